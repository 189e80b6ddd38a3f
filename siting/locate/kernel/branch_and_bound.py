"""Proof by cases: a site is open or it is not, each case with prices of its own, the deepest case first."""

from dataclasses import dataclass, replace

import numpy as np

from siting.locate.kernel import small_mip
from siting.locate.kernel.clock import Clock
from siting.locate.kernel.costs import Costs
from siting.locate.kernel.incumbent import Incumbent
from siting.locate.kernel.interchange import cost_of
from siting.locate.kernel.lagrangian import Lagrangian, Priced
from siting.locate.kernel.neighbours import Neighbours
from siting.locate.kernel.variable_fixing import decided
from siting.units import Bools, Floats, Ints

CASES_BEFORE, CASES_BETWEEN = 400, 100
"""Cases for which the first call of HiGHS and each further one have to wait: a case takes about a hundredth of a call,
and most proofs end before (that of pmed17 in half the time)."""

SMALL_ROOT = 4
"""Where the first case has at most so many times the arcs of a small one, the first call does not wait."""


@dataclass(frozen=True)
class Case:
    """One case of the proof.

    Attributes
    ----------
    arcs : Neighbours
        Sites that may be open, with their arcs.
    forced : numpy.ndarray
        Whether each of them must be, bool (k,).
    prices : numpy.ndarray
        Prices to begin with, (m,).
    bound : float
        What is proven of this case already.
    first : bool
        The case that holds all others.
    opened, closed : int or None
        Row of `arcs` that this case opens or closes beyond its parent; the lists are made when its turn comes, so
        that waiting cases share theirs.
    """

    arcs: Neighbours
    forced: Bools
    prices: Floats
    bound: float
    first: bool = False
    opened: int | None = None
    closed: int | None = None


@dataclass(frozen=True)
class Looked:
    """What pricing a case has shown."""

    prices: Floats
    best: Priced
    openness: Floats


class Branch:
    """Depth-first branch and bound on sites.

    Parameters
    ----------
    costs : Costs
        The whole question.
    fixed : numpy.ndarray
        Cost of opening each site, (n,).
    count : int or None
        How many sites are open; None leaves it to the costs.
    incumbent : Incumbent
        The best answer so far; better ones are offered to it.
    clock : Clock
        Ends the search.
    rounds : int
        Price moves in each case.
    small_arcs : int
        Arcs up to which a case may be handed to HiGHS whole.
    """

    def __init__(
        self,
        costs: Costs,
        fixed: Floats,
        count: int | None,
        incumbent: Incumbent,
        clock: Clock,
        *,
        rounds: int,
        small_arcs: int,
    ) -> None:
        self._small_arcs = small_arcs
        self._costs, self._fixed, self._count = costs, fixed, count
        self._incumbent, self._clock, self._rounds = incumbent, clock, rounds
        self.cases = 0
        self._next_hand_over = CASES_BEFORE

    def prove(self, arcs: Neighbours, forced: Bools, prices: Floats) -> None:
        """Go through all cases, or as many as the clock allows; the incumbent holds what was proven."""
        incumbent = self._incumbent
        self._next_hand_over = 1 if len(arcs.cost) <= SMALL_ROOT * self._small_arcs else CASES_BEFORE
        open_cases = [Case(arcs, forced, prices, incumbent.lower, first=True)]
        current = incumbent.lower
        try:
            while open_cases and not self._clock.over():
                current = open_cases[-1].bound  # before it is taken: an interrupt in between must not lose it
                case = open_cases.pop()
                if case.bound < incumbent.target:
                    open_cases.extend(self._split(self._made(case)))
                current = np.inf
        finally:
            left = min([current, *(case.bound for case in open_cases)])
            if left == np.inf:
                incumbent.settle()
            else:
                incumbent.prove(left)

    def _split(self, case: Case) -> list[Case]:
        """Look at one case: nothing where it is closed, else the two it falls into."""
        self.cases += 1
        sites, missing = len(case.forced), None if self._count is None else self._count - int(case.forced.sum())
        if missing is not None and (missing < 0 or sites < (self._count or 0)):
            return []
        looked = self._look(case)
        if looked is None:
            return []
        self._try(case, looked)
        bound = max(case.bound, looked.best.bound)
        if bound >= self._incumbent.target:
            return []
        dropped, needed = decided(looked.best, self._count, case.forced, self._incumbent.target)
        forced = needed[~dropped]
        narrowed = self._narrow(case, looked, ~dropped, forced)
        free = ~forced
        if self._closed(narrowed.sites, forced):
            return []
        if self._may_hand_over(narrowed):
            self._next_hand_over = self.cases + CASES_BETWEEN
            bound = max(bound, self._hand_over(narrowed, forced))
            if bound >= self._incumbent.target:
                return []
        site = int(np.where(free, looked.openness[~dropped], -1.0).argmax())
        return [
            Case(narrowed, forced, looked.prices, bound, closed=site),
            Case(narrowed, forced, looked.prices, bound, opened=site),
        ]

    def _made(self, case: Case) -> Case:
        """Make the lists of a case whose turn has come."""
        if case.closed is not None:
            others = np.ones(len(case.forced), dtype=bool)
            others[case.closed] = False
            return replace(case, arcs=case.arcs.keep(others, case.arcs.radius), forced=case.forced[others], closed=None)
        if case.opened is not None:
            forced = case.forced.copy()
            forced[case.opened] = True
            return replace(case, arcs=self._shorten(case.arcs, forced), forced=forced, opened=None)
        return case

    def _narrow(self, case: Case, looked: Looked, stays: Bools, forced: Bools) -> Neighbours:
        """Drop what is decided, and arcs that are too dear for any better answer."""
        room = self._incumbent.target - looked.best.bound
        radius = np.minimum(case.arcs.radius, looked.prices + room)
        near = case.arcs if stays.all() and (radius >= case.arcs.radius).all() else case.arcs.keep(stays, radius)
        return self._shorten(near, forced)

    def _may_hand_over(self, arcs: Neighbours) -> bool:
        """Tell whether a case is small enough for HiGHS, is worth it, and the gap is one that HiGHS can prove."""
        small = len(arcs.cost) <= self._small_arcs and self.cases >= self._next_hand_over
        return small and (self._incumbent.whole or self._incumbent.gap >= small_mip.LEAST_GAP)

    def _hand_over(self, arcs: Neighbours, forced: Bools) -> float:
        """Give a small case to HiGHS; return the bound it proves."""
        gap, whole, left = self._incumbent.gap / 2, self._incumbent.whole, self._clock.left()
        solved = small_mip.solve(
            arcs, self._fixed[arcs.sites], self._count, forced, gap=gap, integral=whole, seconds=left
        )
        if solved.open is not None and solved.open.any():
            sites = arcs.sites[solved.open]
            self._incumbent.offer(sites, cost_of(self._costs, self._fixed, sites))
        return solved.bound

    def _shorten(self, arcs: Neighbours, forced: Bools) -> Neighbours:
        """Drop arcs that cost a customer no less than a site that is open anyway."""
        if not forced.any():
            return arcs
        nearest = self._costs.rows(arcs.sites[forced]).min(axis=0)
        radius = np.minimum(arcs.radius, nearest)
        return arcs.keep(np.ones(len(arcs.sites), dtype=bool), radius) if (radius < arcs.radius).any() else arcs

    def _look(self, case: Case) -> Looked | None:
        """Move the prices for a few rounds along an averaged direction; None where the case is closed."""
        problem = Lagrangian(case.arcs, self._fixed[case.arcs.sites], self._count, case.forced)
        target, radius = self._incumbent.target, case.arcs.radius
        prices = np.minimum(case.prices, radius)
        step, poor, direction, best = (0.3 if case.first else 1.0), 0, None, None
        openness = np.zeros(len(case.forced))
        for _ in range(self._rounds * (3 if case.first else 1)):
            priced = problem.price(prices)
            if priced.bound >= target:
                return None
            openness += 0.15 * (priced.open - openness)
            if best is None or priced.bound > best[1].bound:
                best, poor = (prices, priced), 0
            else:
                poor += 1
                if poor >= 3:
                    step, poor = step * 0.6, 0
            direction = priced.unserved if direction is None else 0.6 * direction + 0.4 * priced.unserved
            length = float(direction @ direction)
            if length < 1e-12:
                break
            reach = (target if np.isfinite(target) else 1.05 * abs(priced.bound) + 1.0) - priced.bound
            prices = np.clip(prices + step * 1.05 * reach / length * direction, 0.0, radius)
        assert best is not None
        return Looked(best[0], best[1], openness)

    def _try(self, case: Case, looked: Looked) -> None:
        """Offer the sites that were open most often."""
        order = looked.openness + case.forced + 1e-6 * looked.best.open
        if self._count is None:
            rows = np.flatnonzero(looked.best.open)
        else:
            rows = np.argsort(-order, kind="stable")[: self._count]
        if len(rows):
            sites = case.arcs.sites[rows]
            self._incumbent.offer(sites, cost_of(self._costs, self._fixed, sites))

    def _closed(self, sites: Ints, forced: Bools) -> bool:
        """Tell whether one choice or none is left, and offer it."""
        if self._count is None:
            last = forced if forced.all() else None
        elif int(forced.sum()) == self._count:
            last = forced
        elif len(sites) <= self._count:
            last = np.ones(len(sites), dtype=bool)
        else:
            last = None
        if last is None:
            return False
        chosen = sites[last]
        if len(chosen) and (self._count is None or len(chosen) == self._count):
            self._incumbent.offer(chosen, cost_of(self._costs, self._fixed, chosen))
        return True
