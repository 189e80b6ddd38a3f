"""Which rows clash, and by how much they would have to give: the arithmetic behind `siting.diagnose`.

* The **conflict** of the programme without whole numbers is HiGHS's irreducible infeasible subset of the
  LP (`iis_strategy`: from the LP, irreducible).
* Where only whole numbers clash, kinds of limits are taken out one after the other (deletion filter):
  what cannot be spared is the conflict (Chinneck 2008, Feasibility and Infeasibility in Optimization,
  ch. 6.2).
* The **repair** is the elastic programme: ``row - slack <= rhs``, least ``sum slack / |rhs|``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siting.errors import InfeasibleError
from siting.highs import INFINITE, ArrayMip, infeasible_rows
from siting.problem.problem import Problem
from siting.problem.rows import Family, Linear, Rows
from siting.solver.lexicographic import SolverSession, Values
from siting.solver.pulp_model import PulpModel
from siting.units import Floats

STRUCTURE = ("serve", "capacity", "one_design", "incentives", "contracts")
"""Rows that say what a plan is; no planner can loosen them."""
UNMET = "not_served_mw"
"""Family that holds what the demand would have to give up [MW]."""


@dataclass(frozen=True)
class Loosened:
    """One row that gives way in a repair.

    Attributes
    ----------
    limit, where, sense, unit : str
        The row.
    now, needed : float
        Its right-hand side, and one that would do.
    share : float
        What it gives, relative to its size.
    """

    limit: str
    where: str
    sense: str
    unit: str
    now: float
    needed: float
    share: float


@dataclass(frozen=True)
class Repair:
    """Rows that give way together so that a plan exists.

    Attributes
    ----------
    loosened : tuple of Loosened
        What gives way, and by how much.
    proven : bool
        Whether no smaller total would do; where it is not, this much suffices.
    plan : mapping
        The plan that then exists.
    """

    loosened: tuple[Loosened, ...]
    proven: bool
    plan: Values

    @property
    def size(self) -> float:
        """Sum of what gives way, each relative to its own size."""
        return sum(x.share for x in self.loosened)


def lp_conflict(families: Mapping[str, Family], rows: Sequence[Rows]) -> list[tuple[Rows, int]] | None:
    """Return an irreducible set of rows that clash even without whole numbers; None where the LP has a solution.

    Parameters
    ----------
    families : mapping of str to Family
        Variables; their bounds hold.
    rows : sequence of Rows
        Constraints.

    Returns
    -------
    list of (Rows, int) or None
        Blocks and positions in them. Empty where HiGHS proves the clash and cannot name it.
    """
    places = [(block, i) for block in rows for i in range(len(block))]
    found = infeasible_rows(_lp(families, rows))
    return None if found is None else [places[i] for i in found]


def _lp(families: Mapping[str, Family], rows: Sequence[Rows]) -> ArrayMip:
    """Write the LP relaxation, with each row scaled to a largest coefficient of 1."""
    matrix = sparse.csr_array(sparse.vstack([_wide(block, families) for block in rows], format="csr"))
    matrix.eliminate_zeros()
    scale = 1.0 / np.maximum(abs(matrix).max(axis=1).toarray().ravel(), 1e-300)
    empty = np.diff(matrix.indptr) == 0
    scale[empty] = 1.0
    matrix = sparse.csr_array(sparse.diags_array(scale, format="csr") @ matrix)
    rhs = np.concatenate([block.rhs for block in rows]) * scale
    sense = np.concatenate([np.full(len(block), block.sense) for block in rows])
    units = np.concatenate([np.full(len(f), f.solver_unit) for f in families.values()])
    return ArrayMip(
        cost=np.zeros(len(units)),
        lower=np.concatenate([f.lower for f in families.values()]) / units,
        upper=np.concatenate([f.upper for f in families.values()]) / units,
        matrix=matrix,
        row_lower=np.where(sense == "<=", -INFINITE, rhs),
        row_upper=np.where(sense == ">=", INFINITE, rhs),
    )


def _wide(block: Rows, families: Mapping[str, Family]) -> sparse.csr_array:
    """Return a block over all variables, in the solver's units."""
    parts = [
        sparse.csr_array(block.terms[f] * family.solver_unit)
        if f in block.terms
        else sparse.csr_array((len(block), len(family)))
        for f, family in families.items()
    ]
    return sparse.csr_array(sparse.hstack(parts, format="csr"))


def exists(machine: SolverSession, families: Mapping[str, Family], rows: Sequence[Rows]) -> bool | None:
    """Return whether a plan exists, None where the time was too short to know."""
    try:
        programme = PulpModel("exists", families, rows)
    except InfeasibleError:
        return False
    found, _ = machine.minimise(programme, Linear({}, "-"))
    return True if found.objective is not None else False if found.status == "infeasible" else None


def clashing_kinds(machine: SolverSession, families: Mapping[str, Family], rows: Sequence[Rows]) -> list[str]:
    """Return kinds of limits none of which can be spared if there is to be no plan.

    A kind whose absence cannot be judged in time stays in.
    """
    kept = list(dict.fromkeys(b.limit for b in rows if b.limit not in STRUCTURE))
    for kind in list(kept):
        rest = [b for b in rows if b.limit in STRUCTURE or (b.limit in kept and b.limit != kind)]
        if exists(machine.within(0.5), families, rest) is False:
            kept.remove(kind)
    return kept


def cheapest_repair(
    machine: SolverSession, problem: Problem, rows: Sequence[Rows], kinds: Sequence[str]
) -> Repair | None:
    """Return the least loosening of some kinds of rows with which a plan exists; None where none was found.

    Parameters
    ----------
    machine : SolverSession
        Solver, clock and gap.
    problem : Problem
        The numbers.
    rows : sequence of Rows
        All rows of the programme.
    kinds : sequence of str
        Kinds that may give way; `demand` lets the demand itself.
    """
    families, elastic = dict(problem.families), []
    slack_cost: dict[str, Floats] = {}
    for number, block in enumerate(rows):
        terms = dict(block.terms)
        if block.limit in kinds:
            terms |= _slacks(number, block, problem, families, slack_cost)
        elif block.limit == "serve" and "demand" in kinds and list(block.where) == list(problem.groups.labels):
            terms[UNMET] = sparse.csr_array(sparse.eye_array(len(block), format="csr"))
            labels, most = [f"u{i}" for i in range(len(block))], problem.groups.demand_mw
            families[UNMET] = Family(UNMET, labels, np.zeros(len(block)), most, integer=False)
            slack_cost[UNMET] = np.full(len(block), 1.0 / float(most.sum()))
        elastic.append(Rows(block.limit, block.where, terms, block.sense, block.rhs, block.unit))
    if not slack_cost:
        return None
    try:
        programme = PulpModel("repair", families, elastic)
    except InfeasibleError:
        return None
    found, values = machine.minimise(programme, Linear(slack_cost, "-"))
    if values is None:
        return None
    return Repair(tuple(_given(problem, rows, values, slack_cost)), found.status == "optimal", values)


def _slacks(
    number: int, block: Rows, problem: Problem, families: dict[str, Family], cost: dict[str, Floats]
) -> dict[str, sparse.csr_array]:
    """Add what a block's rows may give, and return its terms."""
    terms: dict[str, sparse.csr_array] = {}
    size, whole = _sizes(block, problem), _is_whole(block, problem)
    for sign, name in ((-1.0, f"over_{number}"), (1.0, f"under_{number}")):
        if (block.sense == "<=" and sign > 0) or (block.sense == ">=" and sign < 0):
            continue
        m = len(block)
        unit = 1.0 if whole else float(np.median(size))
        families[name] = Family(name, [f"s{i}" for i in range(m)], np.zeros(m), np.full(m, np.inf), whole, unit)
        cost[name] = 1.0 / size
        terms[name] = sparse.csr_array(sign * sparse.eye_array(m, format="csr"))
    return terms


def _is_whole(block: Rows, problem: Problem) -> bool:
    """Return whether a block counts whole things, so that it gives way by whole numbers."""
    numbers = [block.rhs, *(matrix.data for matrix in block.terms.values())]
    return all(problem.families[f].integer for f in block.terms) and all(np.all(x == np.rint(x)) for x in numbers)


def _sizes(block: Rows, problem: Problem) -> Floats:
    """Return what each row's slack is measured against: its right-hand side, or where that is 0 its largest term."""
    reach = np.zeros(len(block))
    for family, matrix in block.terms.items():
        if matrix.shape[1] == 0:
            continue
        high = np.where(np.isfinite(problem.families[family].upper), problem.families[family].upper, 1.0)
        reach = np.maximum(reach, np.asarray((abs(matrix) @ sparse.diags_array(high)).max(axis=1).toarray()).ravel())
    size = np.where(np.abs(block.rhs) > 0, np.abs(block.rhs), reach)
    return np.where(size > 0, size, 1.0)


def _given(problem: Problem, rows: Sequence[Rows], values: Values, cost: Mapping[str, Floats]) -> list[Loosened]:
    """Return the rows that gave way."""
    given: list[Loosened] = []
    for number, block in enumerate(rows):
        for sign, name in ((1.0, f"over_{number}"), (-1.0, f"under_{number}")):
            for i in np.flatnonzero(values[name] * cost[name] > 1e-7) if name in values else ():
                by, now = float(values[name][i]), float(block.rhs[i])
                share = by * float(cost[name][i])
                given.append(
                    Loosened(block.limit, block.where[int(i)], block.sense, block.unit, now, now + sign * by, share)
                )
    if UNMET in values:
        by, now = float(values[UNMET].sum()), float(problem.demand_mw.sum())
        if by > 1e-7 * now:
            given.append(Loosened("demand", "portfolio", ">=", "MW", now, now - by, by / now))
    return given
