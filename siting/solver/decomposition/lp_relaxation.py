"""LP relaxation by column-and-row generation over sites, with a Lagrangian bound that holds for all columns.

The linear programme is solved by HiGHS from arrays, with the columns and rows of few sites. At its dual prices the site
subproblem (`siting.solver.decomposition.site_pricing`) finds sites outside whose reduced cost is negative; they are added
until there are none. Cutting planes (`siting.solver.decomposition.separation`) that the fractional solution violates are
added in rounds. The result is a Lagrangian bound (`siting.solver.decomposition.lagrangian_bound`), computed from the dual
prices over all rows and columns: it holds whatever the tolerances of the solver are.

The number of halls of a plan is an integer. Where the relaxation builds 56.8 halls, plans of at most 56 and of at least
57 halls are bounded separately, as branch-and-bound would do: under a budget one more hall can use all that is left of
it, so that both bounds are far above the common one, and mostly only one of the two parts has to be solved.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from siting.highs import INFINITE, WarmLp
from siting.problem.rows import Rows
from siting.solver.decomposition.columns import SHARED, Columns, ConstraintMatrix
from siting.solver.decomposition.lagrangian_bound import Bound, bound_at
from siting.solver.decomposition.lazy_rows import TOTALS, LazyRows
from siting.solver.decomposition.separation import CutFinder
from siting.solver.decomposition.site_pricing import Pricing
from siting.units import Bools, Floats, Ints

MOST_NEW_SITES = 150
"""Sites added in one round of column generation (assumption: measured on `world`)."""
STARTING_SITES = 150
"""Sites with which the relaxation starts when none are remembered (assumption)."""
CLOSE = 1e-7
"""Relative distance between bound and relaxation at which column generation has converged."""
VIOLATION = 1e-6
"""Sum of the violations of all rows, scaled to 1, above which the relaxation is infeasible."""
ROUNDS_OF_CUTS = 14
"""Rounds of cutting planes (assumption: later ones raise the bound little on `world`)."""
STALLED = 1e-6
"""Relative rise of the bound below which no more cuts are sought."""
FRACTIONAL = 1e-3
"""Distance of the halls of the relaxation from an integer from which plans are split by it."""
FAR = 0.03
"""Relative rise of the bound at which a part of the split is bounded well enough (assumption)."""


@dataclass(frozen=True)
class Relaxed:
    """Result of the LP relaxation.

    Attributes
    ----------
    bound : float or None
        Lower bound on every plan; None where nothing was proven in time.
    infeasible : bool
        Whether the LP relaxation is infeasible, so that no plan exists.
    option_bound : numpy.ndarray
        Lower bound on every plan that builds an option, (n_options,).
    values : numpy.ndarray
        Fractional solution over all columns, (n,).
    sites : numpy.ndarray
        Which sites the linear programme held, (n_sites,).
    halls : tuple of float
        Range of the number of halls of the plans that the bound is about.
    """

    bound: float | None
    infeasible: bool
    option_bound: Floats
    values: Floats
    sites: Bools
    halls: tuple[float, float] = (0.0, math.inf)


@dataclass(frozen=True)
class RelaxationState:
    """What one minimisation over the relaxation leaves to the next.

    Attributes
    ----------
    lines : ConstraintMatrix
        Rows of the limits, and lazy rows that were violated.
    links, regions : ConstraintMatrix
        Cutting planes found so far: strong links, and halls of regions.
    lazy : LazyRows
        Rows that no solution has violated yet.
    sets : tuple of numpy.ndarray
        Sets of sites that fractional flows pointed to, (m, n_sites) each.
    sites : numpy.ndarray
        Sites that the linear programme held, with which the next one starts, (n_sites,).
    """

    lines: ConstraintMatrix
    links: ConstraintMatrix
    regions: ConstraintMatrix
    lazy: LazyRows
    sets: tuple[Bools, ...]
    sites: Bools

    def with_cuts(self, cuts: ConstraintMatrix) -> "RelaxationState":
        """Return the state with more cutting planes."""
        links = cuts.site != SHARED
        return replace(self, links=self.links.plus(cuts.only(links)), regions=self.regions.plus(cuts.only(~links)))


class GrowingLp:
    """Restricted LP in HiGHS, to which sites are added with their rows and columns.

    Parameters
    ----------
    columns, lines : Columns, ConstraintMatrix
        All variables and rows; those that belong to no single site are in it from the start.
    upper : numpy.ndarray
        Upper bounds of the columns, (n,).
    """

    def __init__(self, columns: Columns, lines: ConstraintMatrix, upper: Floats) -> None:
        self._columns, self.lines, self._upper = columns, lines, upper
        self._column_at: Ints = np.zeros(0, dtype=np.intp)
        self._row_at = np.full(len(lines), -1, dtype=np.intp)
        self._rows: Ints = np.zeros(0, dtype=np.intp)
        self.inside = np.zeros(int(columns.site.max(initial=-1)) + 1, dtype=bool)
        self._model = WarmLp(dual_feasibility_tolerance=1e-9)
        shared = np.flatnonzero(lines.site == SHARED)
        self._add_rows(shared)
        self._place: Ints = np.zeros(0, dtype=np.int32)
        self._slacks: Ints = np.zeros(0, dtype=np.int32)
        self._add_slacks(shared)
        self._add_columns(np.flatnonzero(columns.site == SHARED), np.zeros(len(columns)))

    def _add_rows(self, rows: Ints) -> None:
        """Add rows without coefficients."""
        low, high = self.lines.low[rows], self.lines.high[rows]
        nothing: Ints = np.zeros(0, dtype=np.int32)
        self._model.add_rows(low, high, np.zeros(len(rows), dtype=np.int32), nothing, np.zeros(0))
        self._row_at[rows] = len(self._rows) + np.arange(len(rows))
        self._rows = np.concatenate([self._rows, rows])

    def _add_slacks(self, rows: Ints) -> None:
        """Add two slack columns a row for phase 1, one for each direction; their upper bound is 0 in phase 2."""
        for sign in (1.0, -1.0):
            m = len(rows)
            shut = np.zeros(m)
            self._model.add_columns(shut, shut, shut, np.arange(m), self._row_at[rows], np.full(m, sign))
        first = self._model.n_columns - 2 * len(rows)
        self._slacks = np.concatenate([self._slacks, np.arange(first, first + 2 * len(rows), dtype=np.int32)])

    def _add_columns(self, columns: Ints, cost: Floats) -> None:
        part = sparse.csc_array(self.lines.matrix[:, columns])
        lower, upper, rows = self._columns.lower[columns], self._upper[columns], self._row_at[part.indices]
        self._model.add_columns(cost[columns], lower, upper, part.indptr[:-1], rows, part.data)
        first = self._model.n_columns - len(columns)
        self._column_at = np.concatenate([self._column_at, columns])
        self._place = np.concatenate([self._place, np.arange(first, first + len(columns), dtype=np.int32)])

    def add_lines(self, more: ConstraintMatrix) -> None:
        """Add rows, with coefficients in the columns that the LP has."""
        first = len(self.lines)
        self.lines = self.lines.plus(more)
        self._row_at = np.concatenate([self._row_at, np.full(len(more), -1, dtype=np.intp)])
        at = np.full(len(self._columns), -1, dtype=np.int32)
        at[self._column_at] = self._place
        known = at[more.matrix.indices] >= 0
        row = np.repeat(np.arange(len(more)), np.diff(more.matrix.indptr))[known]
        start = np.searchsorted(row, np.arange(len(more)))
        index, data = at[more.matrix.indices][known], more.matrix.data[known]
        self._model.add_rows(more.low, more.high, start, index, data)
        self._row_at[first:] = len(self._rows) + np.arange(len(more))
        self._rows = np.concatenate([self._rows, first + np.arange(len(more))])
        self._add_slacks(first + np.flatnonzero(more.site == SHARED))

    def bound_row(self, row: int, low: float, high: float) -> None:
        """Change the bounds of a row of the LP."""
        self.lines = self.lines.with_bounds(row, low, high)
        self._model.set_row_bounds(self._row_at[[row]], np.array([low]), np.array([high]))

    def grow(self, sites: Ints, cost: Floats) -> None:
        """Add sites: their columns, and the rows that belong to one of them alone."""
        new = np.zeros(len(self.inside), dtype=bool)
        new[sites] = True
        new &= ~self.inside
        self.inside |= new
        theirs = np.append(new, False)  # SHARED is -1, the last entry
        self._add_rows(np.flatnonzero(theirs[self.lines.site]))
        self._add_columns(np.flatnonzero(theirs[self._columns.site]), cost)

    def solve(self, cost: Floats, *, phase_1: bool, time_limit_s: float | None) -> str:
        """Minimise the objective, or in phase 1 the violation of shared rows; return the status."""
        costs = np.zeros(self._model.n_columns)
        costs[self._slacks] = float(phase_1)
        costs[self._place] = 0.0 if phase_1 else cost[self._column_at]
        self._model.set_costs(np.arange(len(costs)), costs)
        upper = np.full(len(self._slacks), INFINITE if phase_1 else 0.0)
        self._model.set_column_bounds(self._slacks, np.zeros(len(self._slacks)), upper)
        return self._model.solve(time_limit_s=time_limit_s)

    @property
    def objective(self) -> float:
        """Objective value of the last solution."""
        return self._model.objective

    def prices(self) -> Floats:
        """Return the dual price of every row, 0 for rows that are not in the LP, (m,).

        A price whose sign has no right-hand side (the solver's rounding) is set to 0, so that the bound stays finite.
        """
        found = np.zeros(len(self.lines))
        found[self._rows] = self._model.duals()
        return np.where(found > 0, np.where(np.isfinite(self.lines.low), found, 0.0),
                        np.where(np.isfinite(self.lines.high), found, 0.0))  # fmt: skip

    def values(self) -> Floats:
        """Return the value of every column, 0 for columns that are not in the LP, (n,)."""
        found = np.zeros(len(self._columns))
        found[self._column_at] = self._model.values()[self._place]
        return found


@dataclass(frozen=True)
class Relaxation:
    """LP relaxation of one problem; what it learns is in the state that it takes and returns.

    Parameters
    ----------
    columns : Columns
        All variables.
    pricing : Pricing
        Data of the site subproblem.
    finder : CutFinder
        Finds cutting planes that a fractional solution violates.
    write : callable
        Writes a block of rows over totals of sites out over options.
    total : int
        Position of the row over the halls of the entire plan.
    """

    columns: Columns
    pricing: Pricing
    finder: CutFinder
    write: Callable[[Rows], ConstraintMatrix]
    total: int

    def minimise(
        self, state: RelaxationState, cost: Floats, upper: Floats, left_s: Callable[[], float | None]
    ) -> tuple[Relaxed, RelaxationState]:
        """Return a lower bound on a linear objective with the fractional solution, and the state for the next one.

        Parameters
        ----------
        state : RelaxationState
            Rows, cuts and sites to start with.
        cost : numpy.ndarray
            Coefficients over all columns, (n,).
        upper : numpy.ndarray
            Upper bounds of the columns, (n,).
        left_s : callable
            Time left [s], None without a limit.
        """
        run = self._search(state, cost, upper, left_s)
        return run.result(run.with_cuts()), run.state

    def by_halls(
        self, state: RelaxationState, cost: Floats, upper: Floats, left_s: Callable[[], float | None]
    ) -> tuple[list[Relaxed], RelaxationState]:
        """Return the same, split into plans of few and of many halls where the relaxation has a fractional number.

        Returns
        -------
        list of Relaxed
            One for each part of the partition of all plans by their number of halls. An infeasible part is left out,
            unless it is the only one.
        RelaxationState
            The state for the next objective.
        """
        run = self._search(state, cost, upper, left_s)
        root = run.result(run.with_cuts())
        halls = float(self.columns.of("halls", root.values).sum())
        few = math.floor(halls + FRACTIONAL)
        if root.bound is None or halls - few < FRACTIONAL:
            return [root], run.state
        # Branch once: every plan has at most `few` halls or at least `few + 1`. A part whose bound rises far is left
        # alone: the incumbent will most likely prune it.
        enough = run.best_total + FAR * abs(run.best_total)
        parts = [run.within(low, high, enough, root) for low, high in ((0.0, float(few)), (few + 1.0, math.inf))]
        return [x for x in parts if not x.infeasible] or parts[:1], run.state

    def _search(
        self, state: RelaxationState, cost: Floats, upper: Floats, left_s: Callable[[], float | None]
    ) -> "_Search":
        scale = float(np.abs(cost).max(initial=0.0)) or 1.0
        return _Search(self, state, cost / scale, scale, upper, left_s)

    def totals(self, values: Floats) -> dict[str, Floats]:
        """Return the totals of sites of a solution."""
        pricing = self.pricing
        return {
            total: np.bincount(pricing.site, self.columns.of(part, values), pricing.n_sites)
            for total, part in TOTALS.items()
        }

    def starting_sites(self, state: RelaxationState, cost: Floats) -> Ints:
        """Return the sites to start with: remembered ones and those that must be built; else the cheapest a MW."""
        pricing = self.pricing
        start = state.sites.copy()
        must = state.lines.violated(self.columns.lower) & (state.lines.site != SHARED)
        start[state.lines.site[must]] = True
        halls = np.maximum(pricing.most_halls, 1.0)
        per_mw = (self.columns.of("open", cost) / halls + self.columns.of("halls", cost)) / pricing.hall_mw
        per_mw = pricing.of_sites(per_mw + self.columns.of("load_mw", cost))
        if not state.sites.any():
            start[np.argsort(per_mw, kind="stable")[:STARTING_SITES]] = True
        return np.flatnonzero(start)


class _Search:
    """One minimisation: column generation inside, cutting planes around it; `state` is what it has learnt."""

    def __init__(
        self,
        of: Relaxation,
        state: RelaxationState,
        cost: Floats,
        scale: float,
        upper: Floats,
        left_s: Callable[[], float | None],
    ) -> None:
        self._relaxation, self._cost, self._scale, self._upper, self._left_s = of, cost, scale, upper, left_s
        self.state = state
        self.lp = GrowingLp(of.columns, state.lines.plus(state.links).plus(state.regions), upper)
        self.lp.grow(of.starting_sites(state, cost), cost)
        self.infeasible, self.best_total = False, -math.inf

    def result(self, best: Bound | None) -> Relaxed:
        """Return what was proven, in the unit of the objective."""
        self.state = replace(self.state, sites=self.state.sites | self.lp.inside)
        if best is None or self.infeasible:
            n = len(self._relaxation.pricing.site)
            unknown = np.full(n, np.inf if self.infeasible else -np.inf)
            return Relaxed(None, self.infeasible, unknown, self.lp.values(), self.lp.inside)
        bounds = best.option_bound * self._scale
        return Relaxed(best.total * self._scale, False, bounds, self.lp.values(), self.lp.inside)

    def within(self, low: float, high: float, enough: float, root: Relaxed) -> Relaxed:
        """Return what is proven of plans with some numbers of halls; the bound of all plans where nothing more is."""
        at, lines = self._relaxation.total, self.state.lines
        ends = max(low, float(lines.low[at])), min(high, float(lines.high[at]))
        if ends[0] > ends[1]:
            return replace(root, bound=None, infeasible=True, halls=(low, high))
        self.lp.bound_row(at, *ends)
        self.infeasible = False
        best = self.with_cuts(enough)
        if best is None and not self.infeasible:
            return replace(root, halls=(low, high))
        return replace(self.result(best), halls=(low, high))

    def with_cuts(self, enough: float = math.inf) -> Bound | None:
        """Return the best bound after rounds of cutting planes; None without one, where `infeasible` may say why.

        The rounds end when the solution violates no cut, the bound stalls, or it is above `enough`.
        """
        relaxation, best = self._relaxation, None
        for _ in range(ROUNDS_OF_CUTS):
            found = self._with_lazy_rows()
            if found is None:
                return best
            values = self.lp.values()
            sets = relaxation.finder.closures(relaxation.columns, values)
            self.state = replace(self.state, sets=(*self.state.sets, sets))
            stalls = best is not None and found.total - best.total <= STALLED * abs(found.total)
            if best is None or found.total > best.total:
                best, self.best_total = found, found.total
            if stalls or found.total > enough:
                break
            cuts = relaxation.finder.violated(relaxation.columns, values, sets)
            if cuts is None:
                break
            self.lp.add_lines(cuts)
            self.state = self.state.with_cuts(cuts)
        return best

    def _with_lazy_rows(self) -> Bound | None:
        """Solve until no lazy row is violated; the bound of the last round where time ends before that."""
        best: Bound | None = None
        while (found := self._column_generation()) is not None:
            best = found if best is None or found.total > best.total else best
            totals = self._relaxation.totals(self.lp.values())
            violated, lazy = self.state.lazy.separate(totals, self._relaxation.write)
            if violated is None:
                break
            self.lp.add_lines(violated)
            self.state = replace(self.state, lines=self.state.lines.plus(violated), lazy=lazy)
        return best

    def _column_generation(self) -> Bound | None:
        """Solve until no site outside has a negative reduced cost; None where time ends or no solution exists.

        Phase 2 minimises the objective. If the restricted LP is infeasible, phase 1 minimises the violation of the
        shared rows: either sites come in that make it feasible, and phase 2 continues, or the Lagrangian bound of the
        violation is above 0, which proves that the LP over all columns is infeasible.
        """
        phase_1, repaired, best = False, False, None
        columns, pricing = self._relaxation.columns, self._relaxation.pricing
        while True:
            status = self.lp.solve(self._cost, phase_1=phase_1, time_limit_s=self._left_s())
            if status == "infeasible" and not phase_1 and not repaired:
                phase_1 = True
                continue
            if status != "optimal":
                return best
            cost = np.zeros(len(self._cost)) if phase_1 else self._cost
            bound = bound_at(self.lp.prices(), cost, columns, self.lp.lines, self._upper, pricing, self.lp.inside)
            if phase_1 and self.lp.objective <= VIOLATION:
                phase_1, repaired = False, True
                continue
            if phase_1 and bound.total > VIOLATION:
                self.infeasible = True
                return None
            if not phase_1 and (best is None or bound.total > best.total):
                best = bound
            # pricing: what each site outside could still lower the objective by, the most negative first
            reduced = np.where(self.lp.inside, 0.0, bound.site)
            new = np.argsort(reduced, kind="stable")[:MOST_NEW_SITES]
            new = new[reduced[new] < -CLOSE * max(abs(self.lp.objective), 1e-9)]
            if not len(new) and phase_1:
                # Nothing left to add, and the violation is too small to be a proof: the MIP solver decides.
                return None
            if not len(new) or (best is not None and self.lp.objective - best.total <= CLOSE * abs(self.lp.objective)):
                return best
            self.lp.grow(new, self._cost)
