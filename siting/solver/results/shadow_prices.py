"""Shadow prices of limits: dual values of the rows of small linear programmes at the sites of a plan.

Sites, designs and claims are those of the plan, so that the programmes are small: they have no arc of a site that is
not built. A price is the improvement of the first objective, in its unit, for one unit by which the row is relaxed
(``<=`` raised, ``>=`` lowered). Three cases:

* **a row with loads, services or benefits** is priced with the sizes of the plan held, too: the dual value of the
  row where halls are fixed. Where that is 0, or the row has slack, halls are scarce, and the next case applies.
* **a row of halls** (headroom, sizes, jobs, what must survive a loss) changes in integer halls and has no price
  of its own; its price is that of the relaxed step, in which halls are continuous at the sites of the plan.
* **a row of sites, designs or claims alone** has no price, nor has a row with slack in the relaxed step, nor
  any row where the objective is a bottleneck: NaN, unknown, and never 0.

A dual value holds for a small step. The minimum of a linear programme is convex in its right-hand sides: a longer
step improves the objective by at most as much per unit. Ratios N/D are priced by ``(dN - r dD) / D`` at the plan's r and D.
Prices are those of the linear programme's own optimum, whatever gap the plan was proven to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siting.highs import INFINITE, ArrayMip, solve_lp
from siting.problem.problem import Problem
from siting.problem.rows import Linear, Rows
from siting.units import Bools, Floats

AT_THE_PLAN, HALLS_DIVIDED, UNKNOWN = "sites and sizes of the plan", "sites of the plan, halls divided", "unknown"
"""What was held when a row was priced."""
TIGHT = 1e-7
"""Slack, relative to the size of a row, below which the row is tight in the linear programme."""


@dataclass(frozen=True)
class Price:
    """Shadow price [unit of the objective per unit of the row], NaN where unknown, and what was held."""

    value: float
    held: str


NO_PRICE = Price(float("nan"), UNKNOWN)


def row_prices(
    problem: Problem, rows: Sequence[Rows], values: Mapping[str, Floats], wanted: Sequence[tuple[int, int]]
) -> list[Price]:
    """Return the price of some rows of a plan.

    Parameters
    ----------
    problem : Problem
        The numbers.
    rows : sequence of Rows
        All rows that the plan satisfies.
    values : mapping of str to numpy.ndarray
        The plan.
    wanted : sequence of (int, int)
        Rows to price: the block, and the row in it.

    Returns
    -------
    list of Price
        One for each row of `wanted`.
    """
    above = _objective(problem, values)
    if above is None or not wanted:
        return [NO_PRICE] * len(wanted)
    at_plan, divided = (_Step(problem, rows, values, above, halls_divided=d).solved() for d in (False, True))
    return [_price_of(where, at_plan, divided) for where in wanted]


def _price_of(
    where: tuple[int, int], at_plan: Mapping[tuple[int, int], float], divided: Mapping[tuple[int, int], float]
) -> Price:
    """Return the price of a row at the plan; where halls are scarce, or nothing moves there, that of the relaxed step."""
    if at_plan.get(where, 0.0) > 0 or (where in at_plan and where not in divided):
        return Price(at_plan[where], AT_THE_PLAN)
    return Price(divided[where], HALLS_DIVIDED) if where in divided else NO_PRICE


def _objective(problem: Problem, values: Mapping[str, Floats]) -> Linear | None:
    """Return the first objective, to be minimised, linearised at the plan; None for a bottleneck."""
    objective = problem.scenario.minimise
    if objective.bottleneck(problem) is not None:
        return None
    linear, per = objective.linear(problem), objective.per(problem)
    if per is not None:
        below = per.value(values)
        ratio = linear.value(values) / below
        linear = linear.plus(Linear(per.terms, per.unit).scaled(-ratio)).scaled(1.0 / below)
    return linear.scaled((-1.0 if objective.maximise else 1.0) * objective.in_unit(problem, 1.0))


@dataclass(frozen=True)
class _Step:
    """One linear programme: integer variables are fixed at the plan, except halls where these are continuous."""

    problem: Problem
    rows: Sequence[Rows]
    values: Mapping[str, Floats]
    linear: Linear
    halls_divided: bool

    def _free(self) -> dict[str, Bools]:
        """Return which variables move: the continuous ones at what is built and claimed, and halls where divided."""
        return {
            name: some
            for name, some in self.problem.in_use(self.values).items()
            if not self.problem.families[name].integer or (name == "halls" and self.halls_divided)
        }

    def solved(self) -> dict[tuple[int, int], float]:
        """Return the price of every tight row with free variables; none where the programme has no optimum."""
        free = self._free()
        unit = np.concatenate([np.full(some.sum(), self.problem.families[f].solver_unit) for f, some in free.items()])
        parts = [self.linear.terms.get(f, np.zeros(len(some)))[some] for f, some in free.items()]
        cost = np.concatenate(parts) * unit
        if not np.any(cost):
            return {}
        large = float(np.abs(cost).max())
        places, matrix, rhs, sense = self._system(free)
        matrix = sparse.csr_array(matrix @ sparse.diags_array(unit))
        size = np.asarray(abs(matrix).max(axis=1).toarray(), dtype=float).ravel()
        size = np.where(sense == ">=", -size, size)  # so that all inequalities are <=
        matrix, rhs, equal = sparse.csr_array(sparse.diags_array(1.0 / size) @ matrix), rhs / size, sense == "=="
        found = solve_lp(
            ArrayMip(
                cost=cost / large,
                lower=np.zeros(len(cost)),
                upper=np.full(len(cost), INFINITE),
                matrix=matrix,
                row_lower=np.where(equal, rhs, -INFINITE),
                row_upper=rhs,
            )
        )
        if found.status != "optimal":
            return {}
        dual = np.maximum(-found.duals, 0.0) * large / np.abs(size)
        tight = ~equal & (rhs - matrix @ found.values <= TIGHT * np.maximum(1.0, np.abs(rhs)))
        return {places[row]: float(dual[row]) for row in np.flatnonzero(tight)}

    def _system(
        self, free: Mapping[str, Bools]
    ) -> "tuple[list[tuple[int, int]], sparse.csr_array, Floats, np.ndarray[tuple[int], np.dtype[np.str_]]]":
        """Return the rows over the free variables, with the fixed ones on the right-hand side."""
        places: list[tuple[int, int]] = []
        parts, rhs, sense = [], [], []
        for number, block in enumerate(self.rows):
            if self._is_size_cap(block):
                continue
            wide = sparse.csr_array(
                sparse.hstack(
                    [
                        block.terms[f][:, np.flatnonzero(some)]
                        if f in block.terms
                        else sparse.csr_array((len(block), int(some.sum())))
                        for f, some in free.items()
                    ],
                    format="csr",
                )
            )
            moves = np.flatnonzero(np.asarray(abs(wide).sum(axis=1)).ravel() > 0)
            moved = sum(block.terms[f] @ np.where(free[f], self.values[f], 0.0) for f in block.terms if f in free)
            # a solver may violate a row by its rounding: the plan itself must stay feasible
            slack = np.maximum(block.slack(self.values), 0.0)
            room = slack * {"<=": 1.0, ">=": -1.0, "==": 0.0}[block.sense]
            places += [(number, int(i)) for i in moves]
            parts.append(wide[moves])
            rhs.append((moved + room)[moves])
            sense.append(np.full(len(moves), block.sense))
        return places, sparse.csr_array(sparse.vstack(parts, format="csr")), np.concatenate(rhs), np.concatenate(sense)

    def _is_size_cap(self, block: Rows) -> bool:
        """Return whether a block caps halls in integer halls: where halls are continuous, the caps in MW hold instead."""
        return self.halls_divided and block.limit == "capacity" and block.unit == "halls" and block.sense == "<="
