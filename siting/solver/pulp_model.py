"""PuLP model of families and rows, which is solved for one objective after another; with cutting planes of limits."""

import dataclasses
import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
import pulp
from pulp.constants import LpSolveStatus
from scipy import sparse

from siting.errors import InfeasibleError, SitingError, UnprovenError
from siting.problem.rows import Family, Linear, Rows
from siting.solver.backends import NAMES, can_relax, gap_of, set_gap
from siting.units import Floats, Ints

ROW_TOLERANCE = 1e-4
"""Violation of a row, relative to its terms and coefficients, up to which a solution is feasible: solvers promise 1e-6
before integer variables are rounded."""
Pairs = list[tuple[pulp.LpVariable, float]]
Cuts = Callable[[Mapping[str, Floats]], list[Rows]]
"""Returns the rows that a solution violates, none if it is feasible."""

ROUNDS_OF_THE_RELAXATION = 30
"""Rounds of cuts on the LP relaxation before the MIP is solved (assumption)."""
LOOSE_GAP = 0.01
"""Gap of the solves that find cuts, before the last one with the requested gap (assumption: measured on
`scenarios/every_limit.toml`)."""
LEAST_TIME_S = 0.1
"""Least time limit of a solve [s]."""
CLAIM_ROUNDING = 2e-6
"""Difference between a claimed optimum and the price of its values that is a solver's tolerance: relative, and absolute in
an objective scaled to a largest coefficient of 1."""
REPEATS: tuple[dict[str, object], ...] = ({"warmStart": False}, {"warmStart": False, "presolve": "off"})
"""Options of HiGHS for the repetitions of a solve whose values do not cost what it claims, in this order."""

log = logging.getLogger(__name__)


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
        Finds constraints that are too many to write: those that a solution violates are added, and it is solved again.

    Raises
    ------
    SitingError
        Two labels that are equal in a solver's file format.
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
        """Number of options in all, dominated, and in the model: all of them."""
        n = len(self._families["open"]) if "open" in self._families else 0
        return {"options": n, "options_dominated": 0, "options_in_model": n}

    def _add_family(self, family: Family) -> list[pulp.LpVariable]:
        """Add one variable a label, with its bounds."""
        names = [solver_name(f"{family.name}__{label}") for label in family.labels]
        _check_unique(names, family.labels)
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
                f"limit `{block.limit}`, {block.where[i]}: no variable can satisfy 0 {block.sense} {rhs:g} {block.unit}"
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
        """Solve for one linear objective and return what the solver reported, with its bound in the unit of the objective.

        The gap of the solver is relative to the sum without its constant.

        Raises
        ------
        UnprovenError
            The solver terminated without a result, or with an infeasible solution.
        """
        scale = self._set_objective(linear)
        try:
            stats = self._solve_with_cuts(solver)
        except (pulp.PulpSolverError, OSError) as error:
            raise UnprovenError(
                f"solver `{solver.name}` terminated without a result ({error}): try again, or another `solver`"
            ) from error
        if stats.has_solution:
            self._check_solution(solver.name)
        bound = None if stats.best_bound is None else stats.best_bound * scale + linear.constant
        return dataclasses.replace(stats, best_bound=bound)

    def _set_objective(self, linear: Linear) -> float:
        """Set the objective, scaled to a largest coefficient of 1, and return the scale."""
        pairs = [p for f, c in linear.terms.items() for p in self._pairs(f, np.arange(len(c)), c)]
        scale = max((abs(c) for _, c in pairs), default=1.0)
        self._problem.setObjective(pulp.lpSum_vars_coefs([(v, c / scale) for v, c in pairs]))
        return scale

    def cut_relaxation(self, linear: Linear, solver: pulp.LpSolver, cuts: Cuts) -> None:
        """Add the cuts that fractional solutions violate, before an objective is minimised."""
        if can_relax(solver):
            self._set_objective(linear)
            self._cut_relaxation(solver, cuts)

    def _check_solution(self, solver: str) -> None:
        """Raise an error if the values violate a row by more than a solver's tolerance, whatever status was reported."""
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
                f"solver `{solver}` returned an infeasible solution, which violates {', '.join(faults[:3])}{more}: "
                "try another `solver`"
            )

    def cap(self, family: str, upper: Floats) -> None:
        """Lower the upper bounds of a family until the next call; infinite restores the bound of the family."""
        of = self._families[family]
        for variable, high in zip(self._variables[family], np.minimum(of.upper, upper), strict=True):
            variable.upBound = float(high) / of.solver_unit if np.isfinite(high) else None

    def start_from(self, values: Mapping[str, Floats]) -> None:
        """Put values into the variables, for a warm start."""
        for name, family in self._families.items():
            for variable, value in zip(self._variables[name], values[name], strict=True):
                variable.varValue = float(value) / family.solver_unit

    def _solve_with_cuts(self, solver: pulp.LpSolver) -> pulp.LpSolveStats:
        """Solve, add the cuts that the solution violates, and solve again until it violates none.

        First the LP relaxation, then the MIP to a loose gap, then to the requested one: most cuts are found where a solve
        is cheap. Where the time ends the last feasible solution is kept.
        """
        if self._cuts is None:
            return self._run(solver)
        ends = None if solver.timeLimit is None else time.perf_counter() + float(solver.timeLimit)
        self._add_cuts_of_the_relaxation(solver)
        gap = gap_of(solver)
        if gap >= LOOSE_GAP:
            return self._until_no_cut_is_violated(solver, ends)
        set_gap(solver, LOOSE_GAP)
        loose = self._until_no_cut_is_violated(solver, ends)
        set_gap(solver, gap)
        if not loose.has_solution:
            return loose
        kept = self.values()
        warm_before = solver.optionsDict.get("warmStart", False)
        if solver.name == NAMES["highs"]:
            solver.optionsDict["warmStart"] = True
        solver.timeLimit = None if ends is None else max(ends - time.perf_counter(), LEAST_TIME_S)
        close = self._until_no_cut_is_violated(solver, ends)
        if solver.name == NAMES["highs"]:
            solver.optionsDict["warmStart"] = warm_before  # other models have no values to start from
        if close.has_solution:
            return close
        self.start_from(kept)
        bounds = [x.best_bound for x in (loose, close) if x.best_bound is not None]
        stopped = LpSolveStatus.TimeLimit
        return dataclasses.replace(loose, status=stopped, best_bound=max(bounds, default=None))

    def _until_no_cut_is_violated(self, solver: pulp.LpSolver, ends: float | None) -> pulp.LpSolveStats:
        """Solve and add cuts; no solution if the time ends while the last one violates a limit. Its bound is valid."""
        stats = self._run(solver)
        while self._cuts is not None and stats.has_solution and (violated := self._cuts(self.values())):
            self._add(violated)
            if ends is not None:
                solver.timeLimit = ends - time.perf_counter()
                if solver.timeLimit <= 0:
                    stopped = LpSolveStatus.TimeLimit
                    return dataclasses.replace(stats, status=stopped, has_solution=False, objective=None)
            stats = self._run(solver)
        return stats

    def _run(self, solver: pulp.LpSolver) -> pulp.LpSolveStats:
        """Solve once, and again where the values cost more than the optimum that the solver claims.

        Started warm, HiGHS 1.16 can claim the optimum and return the start (`benchmarks/highs_warm_start.py`). Where no
        repetition agrees with itself nothing is proven.
        """
        stats, limit = self._problem.solve(solver), solver.timeLimit
        if _agrees(stats, gap_of(solver)) or solver.name != NAMES["highs"]:
            return stats
        ends = None if limit is None else time.perf_counter() + float(limit) - stats.time
        best, kept, options = stats, self.values(rounded=False), solver.optionsDict
        for changed in REPEATS:
            log.info(
                "%s claims %s and returns %s: solve again with %s",
                solver.name,
                best.best_bound,
                best.objective,
                changed,
            )
            solver.optionsDict = options | changed
            solver.timeLimit = None if ends is None else max(ends - time.perf_counter(), LEAST_TIME_S)
            stats = self._problem.solve(solver)
            if stats.has_solution and stats.objective is not None and stats.objective <= (best.objective or math.inf):
                best, kept = stats, self.values(rounded=False)
            if stats.has_solution and _agrees(stats, gap_of(solver)):
                break
        else:
            stats = dataclasses.replace(best, status=LpSolveStatus.TimeLimit, best_bound=None)
        solver.optionsDict, solver.timeLimit = options, limit
        self.start_from(kept)
        return dataclasses.replace(stats, objective=best.objective)

    def _add_cuts_of_the_relaxation(self, solver: pulp.LpSolver) -> None:
        """Add the cuts that fractional solutions violate: cheap to find, and most of those that matter."""
        if self._cuts is None or not can_relax(solver):
            return
        self._cut_relaxation(solver, self._cuts)

    def _add(self, violated: Sequence[Rows]) -> bool:
        """Add cuts, and return whether one is new: a solver may return values that violate a known one by its tolerance."""
        new = [block for block in violated if not any(block.same_as(known) for known in self.cuts_added)]
        for block in violated:
            self.add_rows(block)
        self.cuts_added += new
        return bool(new)

    def _cut_relaxation(self, solver: pulp.LpSolver, cuts: Cuts) -> None:
        mixed, limit, incumbent = solver.mip, solver.timeLimit, self.values()
        ends = None if limit is None else time.perf_counter() + float(limit)
        solver.mip = False
        for _ in range(ROUNDS_OF_THE_RELAXATION):
            if ends is not None:
                solver.timeLimit = ends - time.perf_counter()
                if solver.timeLimit <= 0:
                    break
            stats = self._problem.solve(solver)
            if not stats.has_solution or not self._add(cuts(self.values(rounded=False))):
                break
        solver.mip, solver.timeLimit = mixed, limit
        self.start_from(incumbent)

    def values(self, *, rounded: bool = True) -> dict[str, Floats]:
        """Return the values of all variables; integer ones are rounded unless the solution is fractional."""
        found: dict[str, Floats] = {}
        for name, family in self._families.items():
            x = np.array([v.varValue or 0.0 for v in self._variables[name]], dtype=float) * family.solver_unit
            x = np.clip(np.rint(x) if family.integer and rounded else x, family.lower, family.upper)
            found[name] = x
        return found


def _agrees(stats: pulp.LpSolveStats, gap: float) -> bool:
    """Return whether the values of a solve cost what it claims: a proven optimum is no further than the gap from its bound."""
    claimed, cost = stats.best_bound, stats.objective
    if stats.status not in (LpSolveStatus.Optimal, LpSolveStatus.GapLimit) or claimed is None or cost is None:
        return True
    return abs(cost - claimed) <= max(gap * abs(cost), CLAIM_ROUNDING * max(abs(cost), 1.0))


def _largest(matrix: sparse.csr_array) -> Floats:
    """Return the largest coefficient of each row, 0 where there is none."""
    if not matrix.shape[1]:
        return np.zeros(matrix.shape[0])
    return np.asarray(abs(matrix).max(axis=1).toarray(), dtype=float).ravel()


def solver_name(text: str) -> str:
    """Return a name that is valid in every solver's file format: letters, digits and underscores.

    Examples
    --------
    >>> solver_name("open__mo-i-rana__airside")
    'open__mo_i_rana__airside'
    """
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in text)


def _check_unique(names: Sequence[str], labels: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    twins = [
        f"`{seen[n]}` and `{label}`"
        for n, label in zip(names, labels, strict=True)
        if seen.setdefault(n, label) != label
    ]
    if twins or len(seen) < len(names):
        raise SitingError.from_faults(
            "names that are equal in a solver's file format: rename one of each pair", twins or ["the same label twice"]
        )
