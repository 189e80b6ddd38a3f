"""Rows over variable families become one PuLP model, which can be given one objective after another."""

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
import pulp
from scipy import sparse

from siting.errors import InfeasibleError, SitingError, UnprovenError
from siting.problem.rows import Family, Linear, Rows
from siting.solver.backends import NAMES, can_relax, gap_of, set_gap
from siting.units import Floats, Ints

ROW_TOLERANCE = 1e-4
"""How far a row may be off, relative to its terms and coefficients: solvers promise 1e-6 before whole numbers are rounded."""
Pairs = list[tuple[pulp.LpVariable, float]]
Cuts = Callable[[Mapping[str, Floats]], list[Rows]]
"""Return the rows that some values break, none where they keep all."""

ROUNDS_OF_THE_RELAXATION = 30
"""Rounds of cuts on the relaxation before whole numbers are asked for (assumption)."""


LOOSE_GAP = 0.01
"""Gap at which solutions are asked for the cuts that they break, before the asked one (assumption: measured on
`scenarios/every_limit.toml`)."""
LEAST_TIME_S = 0.1
"""Least time that a solver is given [s]."""


class PulpModel:
    """A PuLP model of families and rows.

    Parameters
    ----------
    name : str
        Name of the model.
    families : mapping of str to Family
        Variables.
    rows : sequence of Rows
        Constraints.
    cuts : callable, optional
        Constraints too many to write: asked of every solution, added where it breaks them, and solved again.

    Raises
    ------
    SitingError
        Two labels that a solver's file format cannot tell apart.
    """

    def __init__(
        self, name: str, families: Mapping[str, Family], rows: Sequence[Rows], cuts: Cuts | None = None
    ) -> None:
        self._families = families
        self._cuts = cuts
        self.cuts_added: list[Rows] = []
        self._problem = pulp.LpProblem(solver_name(name), pulp.LpMinimize)
        self._variables = {f: self._add_family(family) for f, family in families.items()}
        self._counts = {"rows": 0}
        self._blocks: list[Rows] = []
        for block in rows:
            self.add_rows(block)

    @property
    def size(self) -> tuple[int, int]:
        """Number of rows and of variables."""
        return self._counts["rows"], sum(len(f) for f in self._families.values())

    @property
    def considered(self) -> dict[str, int]:
        """What was considered: all options, none left out."""
        n = len(self._families["open"]) if "open" in self._families else 0
        return {"options": n, "options_dominated": 0, "options_in_model": n}

    def _add_family(self, family: Family) -> list[pulp.LpVariable]:
        """Add one variable a label, with its bounds."""
        names = [solver_name(f"{family.name}__{label}") for label in family.labels]
        _refuse_twins(names, family.labels)
        category: Literal["Integer", "Continuous"] = "Integer" if family.integer else "Continuous"
        variables = list(self._problem.add_variable_dict("%s", names, lowBound=0, cat=category).values())
        for variable, low, high in zip(variables, family.lower, family.upper, strict=True):
            if low != 0:
                variable.lowBound = float(low) / family.solver_unit
            if np.isfinite(high):
                variable.upBound = float(high) / family.solver_unit
        return variables

    def add_rows(self, block: Rows) -> None:
        """Add a block of rows, each named after its limit and place and scaled to a largest coefficient of 1."""
        self._blocks.append(block)
        for i in range(len(block)):
            pairs = []
            for family, matrix in block.terms.items():
                start, stop = matrix.indptr[i], matrix.indptr[i + 1]
                pairs += self._pairs(family, matrix.indices[start:stop], matrix.data[start:stop])
            self._add_row(block, i, pairs)

    def _pairs(self, family: str, positions: Ints, coefficients: Floats) -> Pairs:
        """Return variables with their coefficients in solver units, without zeros."""
        variables, unit = self._variables[family], self._families[family].solver_unit
        return [(variables[j], float(c) * unit) for j, c in zip(positions, coefficients, strict=True) if c != 0]

    def _add_row(self, block: Rows, i: int, pairs: Pairs) -> None:
        rhs = float(block.rhs[i])
        if not pairs:
            if (block.sense == "<=" and rhs >= 0) or (block.sense == ">=" and rhs <= 0) or rhs == 0:
                return
            raise InfeasibleError(
                f"limit `{block.limit}`, {block.where[i]}: nothing can make 0 {block.sense} {rhs:g} {block.unit}"
            )
        scale = max(abs(c) for _, c in pairs)
        expression, rhs = pulp.lpSum_vars_coefs([(v, c / scale) for v, c in pairs]), rhs / scale
        constraint = (
            expression <= rhs
            if block.sense == "<="
            else expression >= rhs
            if block.sense == ">="
            else expression == rhs
        )
        name = f"r{self._counts['rows']}__{block.limit}__{block.where[i]}"
        self._problem.addConstraint(constraint, solver_name(name))
        self._counts["rows"] += 1

    def minimise(self, linear: Linear, solver: pulp.LpSolver) -> pulp.LpSolveStats:
        """Solve for one linear objective and return what the solver said, its bound in the objective's unit.

        A gap that the solver is given is relative to the sum without its constant.

        Raises
        ------
        UnprovenError
            The solver broke off without a word, or what it gave back is no plan.
        """
        scale = self._aim_at(linear)
        try:
            stats = self._solve_with_cuts(solver)
        except (pulp.PulpSolverError, OSError) as error:
            raise UnprovenError(
                f"solver `{solver.name}` broke off without an answer ({error}): try again, or another `solver`"
            ) from error
        if stats.has_solution:
            self._refuse_rubbish(solver.name)
        bound = None if stats.best_bound is None else stats.best_bound * scale + linear.constant
        return dataclasses.replace(stats, best_bound=bound)

    def _aim_at(self, linear: Linear) -> float:
        """Set the objective, scaled to a largest coefficient of 1, and return the scale."""
        pairs = [p for f, c in linear.terms.items() for p in self._pairs(f, np.arange(len(c)), c)]
        scale = max((abs(c) for _, c in pairs), default=1.0)
        self._problem.setObjective(pulp.lpSum_vars_coefs([(v, c / scale) for v, c in pairs]))
        return scale

    def cut_relaxation(self, linear: Linear, solver: pulp.LpSolver, cuts: Cuts) -> None:
        """Add the cuts that solutions with broken numbers break, for an objective to come."""
        if can_relax(solver):
            self._aim_at(linear)
            self._cut_relaxation(solver, cuts)

    def _refuse_rubbish(self, solver: str) -> None:
        """Refuse values that break a row by more than a solver's tolerance: they are no plan, whatever was said."""
        values, faults = self.values(), []
        for block in self._blocks:
            used = [abs(t) @ np.abs(values[f]) for f, t in block.terms.items()]
            step = [_largest(t) * self._families[f].solver_unit for f, t in block.terms.items()]
            size = np.maximum(np.sum([np.abs(block.rhs), *used], axis=0), np.max(step, axis=0))
            off = ~(-block.slack(values) <= ROW_TOLERANCE * size)
            faults += [f"`{block.limit}`, {block.where[int(i)]}" for i in np.flatnonzero(off)]
        if faults:
            more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
            raise UnprovenError(
                f"solver `{solver}` gave values that break {', '.join(faults[:3])}{more}: they are no plan; "
                "try another `solver`"
            )

    def cap(self, family: str, upper: Floats) -> None:
        """Lower the upper bounds of a family for now; infinite gives a variable its own bound back."""
        of = self._families[family]
        for variable, high in zip(self._variables[family], np.minimum(of.upper, upper), strict=True):
            variable.upBound = float(high) / of.solver_unit if np.isfinite(high) else None

    def start_from(self, values: Mapping[str, Floats]) -> None:
        """Put values into the variables, for a solver that starts from what it is told."""
        for name, family in self._families.items():
            for variable, value in zip(self._variables[name], values[name], strict=True):
                variable.varValue = float(value) / family.solver_unit

    def _solve_with_cuts(self, solver: pulp.LpSolver) -> pulp.LpSolveStats:
        """Solve, add the cuts that the solution breaks, and solve again until it breaks none.

        First with numbers that may be broken, then to a loose gap, then to the one that was asked for: most cuts are
        found where a solve is cheap. Where the time ends the last solution that breaks none is kept.
        """
        if self._cuts is None:
            return self._problem.solve(solver)
        ends = None if solver.timeLimit is None else time.perf_counter() + float(solver.timeLimit)
        self._add_cuts_of_the_relaxation(solver)
        asked = gap_of(solver)
        if asked >= LOOSE_GAP:
            return self._until_no_cut_is_broken(solver, ends)
        set_gap(solver, LOOSE_GAP)
        loose = self._until_no_cut_is_broken(solver, ends)
        set_gap(solver, asked)
        if not loose.has_solution:
            return loose
        kept = self.values()
        told_before = solver.optionsDict.get("warmStart", False)
        if solver.name == NAMES["highs"]:
            solver.optionsDict["warmStart"] = True
        solver.timeLimit = None if ends is None else max(ends - time.perf_counter(), LEAST_TIME_S)
        close = self._until_no_cut_is_broken(solver, ends)
        if solver.name == NAMES["highs"]:
            solver.optionsDict["warmStart"] = told_before  # another model has no values yet
        if close.has_solution:
            return close
        self.start_from(kept)
        told = [x.best_bound for x in (loose, close) if x.best_bound is not None]
        stopped = pulp.LpSolveStatus.TimeLimit
        return dataclasses.replace(loose, status=stopped, best_bound=max(told, default=None))

    def _until_no_cut_is_broken(self, solver: pulp.LpSolver, ends: float | None) -> pulp.LpSolveStats:
        """Solve and add cuts; no solution where the time ends while the one in hand breaks a limit. Its bound holds."""
        stats = self._problem.solve(solver)
        while self._cuts is not None and stats.has_solution and (broken := self._cuts(self.values())):
            for block in broken:
                self.add_rows(block)
            self.cuts_added += broken
            if ends is not None:
                solver.timeLimit = ends - time.perf_counter()
                if solver.timeLimit <= 0:
                    stopped = pulp.LpSolveStatus.TimeLimit
                    return dataclasses.replace(stats, status=stopped, has_solution=False, objective=None)
            stats = self._problem.solve(solver)
        return stats

    def _add_cuts_of_the_relaxation(self, solver: pulp.LpSolver) -> None:
        """Add the cuts that solutions with broken numbers break: cheap to find, and most of those that matter."""
        if self._cuts is None or not can_relax(solver):
            return
        self.cuts_added += self._cut_relaxation(solver, self._cuts)

    def _cut_relaxation(self, solver: pulp.LpSolver, cuts: Cuts) -> list[Rows]:
        mixed, limit, hand, added = solver.mip, solver.timeLimit, self.values(), list[Rows]()
        ends = None if limit is None else time.perf_counter() + float(limit)
        solver.mip = False
        for _ in range(ROUNDS_OF_THE_RELAXATION):
            if ends is not None:
                solver.timeLimit = ends - time.perf_counter()
                if solver.timeLimit <= 0:
                    break
            stats = self._problem.solve(solver)
            broken = cuts(self.values(whole=False)) if stats.has_solution else []
            if not broken:
                break
            for block in broken:
                self.add_rows(block)
            added += broken
        solver.mip, solver.timeLimit = mixed, limit
        self.start_from(hand)
        return added

    def values(self, *, whole: bool = True) -> dict[str, Floats]:
        """Return the values of all variables, whole where they must be."""
        found: dict[str, Floats] = {}
        for name, family in self._families.items():
            x = np.array([v.varValue or 0.0 for v in self._variables[name]], dtype=float) * family.solver_unit
            x = np.clip(np.rint(x) if family.integer and whole else x, family.lower, family.upper)
            found[name] = x
        return found


def _largest(matrix: sparse.csr_array) -> Floats:
    """Return the largest coefficient of each row, 0 where there is none."""
    if not matrix.shape[1]:
        return np.zeros(matrix.shape[0])
    return np.asarray(abs(matrix).max(axis=1).toarray(), dtype=float).ravel()


def solver_name(text: str) -> str:
    """Return a name that every solver's file format takes: letters, digits and underscores.

    Examples
    --------
    >>> solver_name("open__mo-i-rana__airside")
    'open__mo_i_rana__airside'
    """
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in text)


def _refuse_twins(names: Sequence[str], labels: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    twins = [
        f"`{seen[n]}` and `{label}`"
        for n, label in zip(names, labels, strict=True)
        if seen.setdefault(n, label) != label
    ]
    if twins or len(seen) < len(names):
        raise SitingError.from_faults(
            "names that a solver cannot tell apart: rename one of each pair", twins or ["a label twice"]
        )
