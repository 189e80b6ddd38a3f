"""The programme without whole numbers, over all columns, solved over the sites that matter and priced over the rest.

The linear programme is given to HiGHS as plain arrays with a few sites; at the prices that it finds,
every site left out is asked what it could still bring (`siting.solver.decomposition.site_pricing`), and those that bring
something are added, until none does. What is returned is a Lagrangian bound: it is summed up from the
prices over all rows and all columns, so that it holds whatever the tolerances of the solver were.

A plan has a whole number of halls. Where the relaxation wants 56.8 of them, plans of at most 56 and of at least
57 are bounded apart: under a budget one more hall can cost all that the budget leaves, so that the two
bounds lie far above the one that they share, and mostly one of them alone is left to look at.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from siting.highs import INFINITE, WarmLp
from siting.solver.decomposition.columns import SHARED, Columns, ConstraintMatrix, constraint_matrix
from siting.solver.decomposition.lazy_rows import LazyRows
from siting.solver.decomposition.separation import CutFinder
from siting.solver.decomposition.site_pricing import Pricing
from siting.units import Bools, Floats, Ints

MOST_NEW_SITES = 150
"""Sites added in one round (assumption: measured on `world`)."""
STARTING_SITES = 150
"""Sites with which the relaxation starts, beside those near every demand (assumption)."""
CLOSE = 1e-7
"""Distance between bound and relaxation, relative, at which no site left out can bring anything."""
BROKEN = 1e-6
"""Sum of what rows, scaled to 1, must be broken by, above which no plan exists."""
ROUNDS_OF_CUTS = 14
"""Rounds of cuts on the relaxation (assumption: later ones lift little on `world`)."""
STALLED = 1e-6
"""Rise of the bound, relative, below which no more cuts are sought."""
BROKEN_HALL = 1e-3
"""How far from a whole number the halls of the relaxation lie for plans to be told apart by it."""
FAR = 0.03
"""Rise of the bound, relative, above which plans of other numbers of halls are bounded well enough (assumption)."""


@dataclass(frozen=True)
class Relaxed:
    """What the relaxation proves.

    Attributes
    ----------
    bound : float or None
        No plan is below it; None where nothing was proven in time.
    infeasible : bool
        Whether no plan exists, even without whole numbers.
    option_bound : numpy.ndarray
        No plan that builds an option is below this, (n_options,).
    values : numpy.ndarray
        Solution over all columns, (n,).
    sites : numpy.ndarray
        Which sites the linear programme held, (n_sites,).
    halls : tuple of float
        Fewest and most halls of the plans that this is about.
    """

    bound: float | None
    infeasible: bool
    option_bound: Floats
    values: Floats
    sites: Bools
    halls: tuple[float, float] = (0.0, math.inf)


class GrowingLp:
    """A linear programme in HiGHS to which sites are added with their rows and columns.

    Parameters
    ----------
    columns, lines : Columns, ConstraintMatrix
        All of them; those that belong to no site are in from the start.
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
        """Add rows without their columns."""
        low, high = self.lines.low[rows], self.lines.high[rows]
        nothing: Ints = np.zeros(0, dtype=np.int32)
        self._model.add_rows(low, high, np.zeros(len(rows), dtype=np.int32), nothing, np.zeros(0))
        self._row_at[rows] = len(self._rows) + np.arange(len(rows))
        self._rows = np.concatenate([self._rows, rows])

    def _add_slacks(self, rows: Ints) -> None:
        """Add what lets a row be broken, shut for now: one column each way."""
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
        """Add rows to those that there are, and to the model with the columns that are in it."""
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

    def bound_line(self, line: int, low: float, high: float) -> None:
        """Give a row that is in the model other ends."""
        self.lines = self.lines.with_ends(line, low, high)
        self._model.set_row_bounds(self._row_at[[line]], np.array([low]), np.array([high]))

    def grow(self, sites: Ints, cost: Floats) -> None:
        """Add sites, with the rows that are theirs alone."""
        new = np.zeros(len(self.inside), dtype=bool)
        new[sites] = True
        new &= ~self.inside
        self.inside |= new
        theirs = np.append(new, False)  # the last one answers for SHARED
        self._add_rows(np.flatnonzero(theirs[self.lines.site]))
        self._add_columns(np.flatnonzero(theirs[self._columns.site]), cost)

    def solve(self, cost: Floats, *, breaking: bool, time_limit_s: float | None) -> str:
        """Minimise a sum, or how far shared rows are broken; return the status."""
        costs = np.zeros(self._model.n_columns)
        costs[self._slacks] = float(breaking)
        costs[self._place] = 0.0 if breaking else cost[self._column_at]
        self._model.set_costs(np.arange(len(costs)), costs)
        most = np.full(len(self._slacks), INFINITE if breaking else 0.0)
        self._model.set_column_bounds(self._slacks, np.zeros(len(self._slacks)), most)
        return self._model.solve(time_limit_s=time_limit_s)

    @property
    def least(self) -> float:
        """Value of the last solution."""
        return self._model.objective

    def prices(self) -> Floats:
        """Return the price of every row, 0 where it is not in, (m,)."""
        found = np.zeros(len(self.lines))
        found[self._rows] = self._model.duals()
        return np.where(found > 0, np.where(np.isfinite(self.lines.low), found, 0.0),
                        np.where(np.isfinite(self.lines.high), found, 0.0))  # fmt: skip

    def values(self) -> Floats:
        """Return the value of every column, 0 where it is not in, (n,)."""
        found = np.zeros(len(self._columns))
        found[self._column_at] = self._model.values()[self._place]
        return found


@dataclass(frozen=True)
class Bound:
    """The Lagrangian bound at some prices, part by part.

    Attributes
    ----------
    total : float
        The bound.
    site : numpy.ndarray
        What each site adds to it, at most 0 unless it must be built, (n_sites,).
    option_bound : numpy.ndarray
        No plan that builds an option is below this, (n_options,).
    opening : numpy.ndarray
        What each site would bring if it were built, (n_sites,).
    """

    total: float
    site: Floats
    option_bound: Floats
    opening: Floats


def bound_at(
    prices: Floats,
    cost: Floats,
    columns: Columns,
    lines: ConstraintMatrix,
    upper: Floats,
    pricing: Pricing,
    inside: Bools,
) -> Bound:
    """Sum up what some prices prove, over all rows and all columns.

    Parameters
    ----------
    prices : numpy.ndarray
        Price of each row; one whose sign has no right-hand side must be 0, (m,).
    cost : numpy.ndarray
        What is to be least, (n,).
    columns, lines : Columns, ConstraintMatrix
        All of them.
    upper : numpy.ndarray
        Upper bounds of the columns, (n,).
    pricing : Pricing
        What is asked of each site.
    inside : numpy.ndarray
        Sites whose own rows are priced too, (n_sites,).
    """
    n_sites = pricing.n_sites
    side = np.where(prices > 0, lines.low, lines.high)
    worth = prices * np.where(prices != 0, side, 0.0)
    shared = lines.site == SHARED
    in_shared = cost - lines.matrix.T @ np.where(shared, prices, 0.0)
    opening_option = pricing.of_opening(columns, in_shared)
    opening = pricing.of_sites(opening_option)
    total = float(worth[shared].sum())
    own = cost - lines.matrix.T @ prices
    ends = np.minimum(own * columns.lower, own * np.where(own < 0, upper, 0.0))
    total += float(ends[columns.site == SHARED].sum())
    alone = columns.site != SHARED
    from_rows = np.bincount(columns.site[alone], ends[alone], n_sites)
    from_rows += np.bincount(lines.site[~shared], worth[~shared], n_sites)
    lagrangian = np.minimum(opening, 0.0)
    site = np.where(inside, np.maximum(from_rows, lagrangian), lagrangian)
    forced = from_rows[pricing.site] + np.maximum(columns.of("open", own), 0.0)
    forced += pricing.least_halls * np.maximum(columns.of("halls", own), 0.0)
    with_option = np.where(inside[pricing.site], np.maximum(forced, opening_option), opening_option)
    total += float(site.sum())
    return Bound(total, site, total - site[pricing.site] + with_option, opening)


class Relaxation:
    """The relaxation of one question, which remembers from one objective to the next which sites and cuts mattered.

    Parameters
    ----------
    columns, lines : Columns, ConstraintMatrix
        All variables and rows.
    pricing : Pricing
        What is asked of each site.
    finder : CutFinder
        Finds rows that every plan meets and a solution breaks.
    waiting : LazyRows
        Rows that every plan meets, too many to write before a solution breaks them.
    total : int
        Position of the row that has the halls of the whole plan.
    """

    def __init__(
        self,
        columns: Columns,
        lines: ConstraintMatrix,
        pricing: Pricing,
        finder: CutFinder,
        waiting: LazyRows,
        total: int,
    ) -> None:
        self.columns, self.lines, self.pricing = columns, lines, pricing
        self.finder, self.waiting, self.total = finder, waiting, total
        self.links = _none(columns)
        self.regions = _none(columns)
        self.sets: list[Bools] = []
        self._sites = np.zeros(pricing.n_sites, dtype=bool)

    def keep(self, sites: Bools) -> None:
        """Start the next time with these sites too."""
        self._sites |= sites

    def remember(self, option_values: Floats) -> None:
        """Start the next time with the sites of a plan."""
        self._sites[self.pricing.site[option_values > 0.5]] = True

    def minimise(self, cost: Floats, upper: Floats, left_s: Callable[[], float | None]) -> Relaxed:
        """Return what is proven of the least of a sum, and the solution of the relaxation.

        Parameters
        ----------
        cost : numpy.ndarray
            Coefficients over all columns, (n,).
        upper : numpy.ndarray
            Upper bounds of the columns, (n,).
        left_s : callable
            Time left [s], None without a limit.
        """
        run = self._search(cost, upper, left_s)
        return run.told(run.to_the_end())

    def by_halls(self, cost: Floats, upper: Floats, left_s: Callable[[], float | None]) -> list[Relaxed]:
        """Return the same apart for plans of few and of many halls, where the relaxation breaks a hall.

        Returns
        -------
        list of Relaxed
            Each about plans of some numbers of halls, all of which are in one of them; parts without a plan are
            left out, unless it is the only one.
        """
        run = self._search(cost, upper, left_s)
        whole = run.told(run.to_the_end())
        halls = float(self.columns.of("halls", whole.values).sum())
        few = math.floor(halls + BROKEN_HALL)
        if whole.bound is None or halls - few < BROKEN_HALL:
            return [whole]
        enough = run.best_total + FAR * abs(run.best_total)
        sides = [run.within(low, high, enough, whole) for low, high in ((0.0, float(few)), (few + 1.0, math.inf))]
        return [x for x in sides if not x.infeasible] or sides[:1]

    def _search(self, cost: Floats, upper: Floats, left_s: Callable[[], float | None]) -> "_Search":
        scale = float(np.abs(cost).max(initial=0.0)) or 1.0
        return _Search(self, cost / scale, scale, upper, left_s)

    def starting_sites(self, cost: Floats) -> Ints:
        """Return the sites to start with: those known, those that must be built, and the best by their own cost."""
        pricing = self.pricing
        start = self._sites.copy()
        must = self.lines.broken_at(self.columns.lower) & (self.lines.site != SHARED)
        start[self.lines.site[must]] = True
        halls = np.maximum(pricing.most_halls, 1.0)
        per_mw = (self.columns.of("open", cost) / halls + self.columns.of("halls", cost)) / pricing.hall_mw
        per_mw = pricing.of_sites(per_mw + self.columns.of("load_mw", cost))
        if not self._sites.any():
            start[np.argsort(per_mw, kind="stable")[:STARTING_SITES]] = True
        return np.flatnonzero(start)


def _none(columns: Columns) -> ConstraintMatrix:
    return constraint_matrix(columns, [])


class _Search:
    """One minimisation: sites come in as their prices ask, cuts as solutions break them."""

    def __init__(
        self, of: Relaxation, cost: Floats, scale: float, upper: Floats, left_s: Callable[[], float | None]
    ) -> None:
        self._of, self._cost, self._scale, self._upper, self._left_s = of, cost, scale, upper, left_s
        self.lp = GrowingLp(of.columns, of.lines.plus(of.links).plus(of.regions), upper)
        self.lp.grow(of.starting_sites(cost), cost)
        self.infeasible, self.best_total = False, -math.inf

    def told(self, best: Bound | None) -> Relaxed:
        """Return what was proven, in the unit of the sum."""
        self._of.keep(self.lp.inside)
        n = len(self._of.pricing.site)
        if best is None or self.infeasible:
            nothing = np.full(n, np.inf if self.infeasible else -np.inf)
            return Relaxed(None, self.infeasible, nothing, self.lp.values(), self.lp.inside)
        bounds = best.option_bound * self._scale
        return Relaxed(best.total * self._scale, False, bounds, self.lp.values(), self.lp.inside)

    def within(self, low: float, high: float, enough: float, whole: Relaxed) -> Relaxed:
        """Return what is proven of plans of some numbers of halls; what holds for all of them where nothing more is."""
        at, all_halls = self._of.total, self._of.lines
        ends = max(low, float(all_halls.low[at])), min(high, float(all_halls.high[at]))
        if ends[0] > ends[1]:
            return replace(whole, bound=None, infeasible=True, halls=(low, high))
        self.lp.bound_line(at, *ends)
        self.infeasible = False
        best = self.to_the_end(enough)
        if best is None and not self.infeasible:
            return replace(whole, halls=(low, high))
        return replace(self.told(best), halls=(low, high))

    def to_the_end(self, enough: float = math.inf) -> Bound | None:
        """Return the best bound that was reached; None without one, where `infeasible` may say why."""
        best: Bound | None = None
        for _ in range(ROUNDS_OF_CUTS):
            found = self._without_waiting_rows()
            if found is None:
                return best
            values = self.lp.values()
            sets = self._of.finder.closures(self._of.columns, values)
            self._of.sets.append(sets)
            stalls = best is not None and found.total - best.total <= STALLED * abs(found.total)
            if best is None or found.total > best.total:
                best, self.best_total = found, found.total
            if stalls or found.total > enough:
                break
            more = self._of.finder.broken(self._of.columns, values, sets)
            if more is None:
                break
            self._take(more)
        return best

    def _without_waiting_rows(self) -> Bound | None:
        """Solve until no row that waits is broken; the bound of the last round where time ends before."""
        best: Bound | None = None
        while (found := self._without_new_cuts()) is not None:
            best = found if best is None or found.total > best.total else best
            short = self._of.waiting.broken(self.lp.values())
            if short is None:
                break
            self.lp.add_lines(short)
            self._of.lines = self._of.lines.plus(short)
        return best

    def _take(self, more: ConstraintMatrix) -> None:
        """Add cuts here, and for the objectives to come."""
        self.lp.add_lines(more)
        links = more.site != SHARED
        self._of.links = self._of.links.plus(more.only(links))
        self._of.regions = self._of.regions.plus(more.only(~links))

    def _without_new_cuts(self) -> Bound | None:
        """Solve until no site left out can bring anything; None where time ends or no solution exists."""
        breaking, mended, best = False, False, None
        while True:
            found = self.lp.solve(self._cost, breaking=breaking, time_limit_s=self._left_s())
            if found == "infeasible" and not breaking and not mended:
                breaking = True
                continue
            if found != "optimal":
                return best
            asked = np.zeros(len(self._cost)) if breaking else self._cost
            bound = bound_at(
                self.lp.prices(), asked, self._of.columns, self.lp.lines, self._upper, self._of.pricing, self.lp.inside
            )
            if breaking and self.lp.least <= BROKEN:
                breaking, mended = False, True
                continue
            if breaking and bound.total > BROKEN:
                self.infeasible = True
                return None
            if not breaking and (best is None or bound.total > best.total):
                best = bound
            bringing = np.where(self.lp.inside, 0.0, bound.opening)
            new = np.argsort(bringing, kind="stable")[:MOST_NEW_SITES]
            new = new[bringing[new] < -CLOSE * max(abs(self.lp.least), 1e-9)]
            if not len(new) and breaking:
                # nothing left to add, and too near to tell: let whole numbers decide
                return None
            if not len(new) or (best is not None and self.lp.least - best.total <= CLOSE * abs(self.lp.least)):
                return best
            self.lp.grow(new, self._cost)
