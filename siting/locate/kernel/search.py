"""The least costly choice of sites with its proof: prices, exchanges and fixing in turn, then cases."""

from dataclasses import dataclass

import numpy as np

from siting.locate.kernel.branch_and_bound import Branch
from siting.locate.kernel.clock import Clock
from siting.locate.kernel.costs import Costs
from siting.locate.kernel.incumbent import Incumbent
from siting.locate.kernel.interchange import Exchange, cost_of, improve, kick_and_improve
from siting.locate.kernel.lagrangian import Lagrangian
from siting.locate.kernel.neighbours import Neighbours
from siting.locate.kernel.subgradient import Ascent, begin, climb, glide
from siting.locate.kernel.variable_fixing import decided
from siting.units import Bools, Floats


@dataclass(frozen=True)
class Effort:
    """How hard each part of the search works.

    Attributes
    ----------
    rounds : int
        Most price moves before cases are made; 0 leaves the whole proof to the cases.
    exchange : bool
        Whether sites are exchanged; without it, answers come from a random start and from the cases alone.
    case_rounds : int
        Price moves in each case.
    small_arcs : int
        Arcs up to which HiGHS closes a case faster than many further cases would; 0 leaves HiGHS out.
    """

    rounds: int = 3000
    exchange: bool = True
    case_rounds: int = 15
    small_arcs: int = 800


LISTED_SHARE = 3.0
"""Sites listed for a customer, in units of the sites per open site: beyond them, prices never went in any trial."""

PRICED_SHARE = 0.45
"""Sites nearer than a customer's first price, in the same unit."""

LARGE_ARCS = 100_000
"""Arcs from which on a case costs so much that prices and answers are worth more patience beforehand."""

STALLED, STALLED_LARGE = 0.05, 0.1
"""Share of the gap that a hundred price moves have to close to go on; a large question has the glide to come."""

GLIDE_ROUNDS = 3000
"""Price moves of the glide that ends the climb on a large question."""

OPENED_OFTEN = 0.5
"""Average from which on a site is among the first to be exchanged, where their number is free."""

KICKS = 100
"""Kicks of a large answer that may fail in a row."""


def listed_sites(n: int, count: int | None) -> int:
    """Tell how many sites are listed for each customer."""
    return min(n, max(10, n // 3) if count is None else int(LISTED_SHARE * n / count) + 1)


class Search:
    """One question on its way to a proven answer.

    Parameters
    ----------
    costs : Costs
        The whole question.
    fixed : numpy.ndarray
        Cost of opening each site, (n,).
    count : int or None
        How many sites are open; None leaves it to the costs.
    gap : float
        Relative gap at which the answer counts as proven [-].
    clock : Clock
        Ends the search.
    seed : int
        Makes random choices repeatable.
    effort : Effort
        How hard each part works.
    """

    def __init__(
        self,
        costs: Costs,
        fixed: Floats,
        count: int | None,
        *,
        gap: float,
        clock: Clock,
        seed: int = 0,
        effort: Effort | None = None,
    ) -> None:
        self._costs, self._fixed, self._count = costs, fixed, count
        self._clock, self._effort = clock, effort or Effort()
        self._rng = np.random.default_rng(seed)
        whole = costs.whole() and bool((fixed == np.rint(fixed)).all())
        self.incumbent = Incumbent(gap=gap, whole=whole)
        self.cases = 0

    def run(self) -> None:
        """Search until the answer is proven, the clock ends it or the user interrupts; the incumbent holds all."""
        try:
            self._start()
            self._search()
        except KeyboardInterrupt:
            if self.incumbent.sites is None:
                raise

    def _start(self) -> None:
        """Take a first answer, and the bound that needs no work: costs are not negative."""
        size = 1 if self._count is None else self._count
        sites = np.sort(self._rng.choice(self._costs.n, size=size, replace=False))
        self.incumbent.offer(sites, cost_of(self._costs, self._fixed, sites))
        self.incumbent.prove(0.0)

    def _search(self) -> None:
        if self.incumbent.proven or self._clock.over():
            return
        if self._count == 1:
            self._weigh_each()
            return
        arcs, prices = self._list()
        forced = np.zeros(len(arcs.sites), dtype=bool)
        if self._effort.rounds:
            arcs, forced, prices = self._climb(arcs, forced, prices)
        if not (self.incumbent.proven or self._clock.over()):
            branch = Branch(
                self._costs,
                self._fixed,
                self._count,
                self.incumbent,
                self._clock,
                rounds=self._effort.case_rounds,
                small_arcs=self._effort.small_arcs,
            )
            try:
                branch.prove(self._reach(arcs), forced, prices)
            finally:
                self.cases = branch.cases

    def _weigh_each(self) -> None:
        """Weigh every site, where one alone is open."""
        for site in range(self._costs.n):
            if self._clock.over():
                return
            alone = np.array([site])
            self.incumbent.offer(alone, cost_of(self._costs, self._fixed, alone))
        self.incumbent.settle()

    def _list(self) -> tuple[Neighbours, Floats]:
        """List the arcs that matter, and begin with prices in their midst."""
        n = self._costs.n
        priced = 2 if self._count is None else max(1, int(PRICED_SHARE * n / self._count))
        radius = self._costs.radius(listed_sites(n, self._count))
        prices = np.minimum(self._costs.radius(priced), radius)
        return self._costs.within(radius, np.arange(n)), prices

    def _climb(self, arcs: Neighbours, forced: Bools, prices: Floats) -> tuple[Neighbours, Bools, Floats]:
        """Raise the bound in rounds, exchanging sites and dropping what is decided between them."""
        incumbent = self.incumbent
        large = len(arcs.cost) > LARGE_ARCS
        problem = Lagrangian(arcs, self._fixed[arcs.sites], self._count, forced)
        ascent: Ascent | None = begin(problem, prices, patience=30 if large else 10)
        made, last = 0, -np.inf
        while ascent is not None and made < self._effort.rounds and not self._clock.over():
            rounds = 40 if made < 80 else 100
            moved = climb(problem, ascent, incumbent.upper, rounds, self._enough)
            made += moved
            prices = ascent.prices
            self._enough(ascent.best.bound)
            share = STALLED_LARGE if large else STALLED
            risen = ascent.best.bound - last
            stalled = moved < rounds or (made >= 200 and risen <= share * (incumbent.upper - ascent.best.bound))
            if stalled or not self._undecided(ascent):
                self._exchange(arcs, ascent, kicks=KICKS if large and stalled and not incumbent.proven else 0)
            if incumbent.proven:
                break
            last = ascent.best.bound if made >= 200 else last
            ascent.memory = max(0.1 * 0.5 ** (made / (300 if large else 100)), 0.01)
            arcs, forced, ascent = self._fix(arcs, forced, ascent)
            if stalled and large and ascent is not None:
                return self._glide(arcs, forced, ascent)
            if stalled:
                break
            problem = Lagrangian(arcs, self._fixed[arcs.sites], self._count, forced)
        return arcs, forced, prices

    def _undecided(self, ascent: Ascent) -> bool:
        """Tell whether the averages favour no site yet, where their number is free: all would open, to be closed again."""
        return self._count is None and float(ascent.openness.max()) <= OPENED_OFTEN

    def _glide(self, arcs: Neighbours, forced: Bools, ascent: Ascent) -> tuple[Neighbours, Bools, Floats]:
        """End the climb of a large question: a long glide of the prices, and many kicks of the answer."""
        problem = Lagrangian(arcs, self._fixed[arcs.sites], self._count, forced)
        glide(problem, ascent, self.incumbent.upper, GLIDE_ROUNDS, self._enough)
        self._exchange(arcs, ascent, kicks=3 * KICKS)
        prices = ascent.prices
        if not self.incumbent.proven:
            arcs, forced, _ = self._fix(arcs, forced, ascent)
        return arcs, forced, prices

    def _enough(self, bound: float) -> bool:
        """Note a bound, so that an interrupt keeps it, and tell whether to stop."""
        self.incumbent.prove(bound)
        return bound >= self.incumbent.target or self._clock.over()

    def _exchange(self, arcs: Neighbours, ascent: Ascent, *, kicks: int) -> None:
        """Begin with the sites that were open most often, and exchange while that pays."""
        if self._count is None and not self._undecided(ascent):
            rows = np.flatnonzero(ascent.openness > OPENED_OFTEN)
        else:
            many = max(1, int(np.ceil(ascent.openness.sum()))) if self._count is None else self._count
            rows = np.argsort(-ascent.openness, kind="stable")[:many]
        sites = arcs.sites[rows]
        if len(sites) == 0:
            return
        if not self._effort.exchange:
            self.incumbent.offer(sites, cost_of(self._costs, self._fixed, sites))
            return
        exchange = Exchange(self._costs, self._fixed, arcs.sites, arcs.by_customer(), sites)
        found, _ = improve(exchange, may_resize=self._count is None, stop=self._clock.over)
        if kicks:
            self.incumbent.offer(found, cost_of(self._costs, self._fixed, found))
            assert self.incumbent.sites is not None
            exchange.go_to(self.incumbent.sites)
            found, _ = kick_and_improve(exchange, self._rng, kicks=kicks, stop=self._clock.over)
        self.incumbent.offer(found, cost_of(self._costs, self._fixed, found))

    def _fix(self, arcs: Neighbours, forced: Bools, ascent: Ascent) -> tuple[Neighbours, Bools, Ascent | None]:
        """Drop the sites that no better answer opens, and arcs that neither prices nor exchanges reach."""
        dropped, needed = decided(ascent.best, self._count, forced, self.incumbent.target)
        stays = ~dropped
        if not stays.any() or (self._count is not None and int(stays.sum()) < self._count):
            self.incumbent.settle()
            return arcs, forced, None
        assert self.incumbent.sites is not None
        served = self._costs.rows(self.incumbent.sites)
        second = np.partition(served, 1, axis=0)[1] if len(served) > 1 else np.full(self._costs.m, np.inf)
        radius = np.minimum(arcs.radius, np.maximum(second * 1.1, ascent.prices * 1.05 + 1e-9))
        narrowed = arcs.keep(stays, radius)
        problem = Lagrangian(narrowed, self._fixed[narrowed.sites], self._count, needed[stays])
        ascent.openness = ascent.openness[stays]
        ascent.best = problem.price(ascent.prices)
        return narrowed, needed[stays], ascent

    def _reach(self, arcs: Neighbours) -> Neighbours:
        """List the arcs of the sites that are left anew, far enough for cases in which near sites are closed."""
        assert self.incumbent.sites is not None
        served = self._costs.rows(self.incumbent.sites)
        if len(arcs.sites) * self._costs.m <= LARGE_ARCS:
            radius = self._costs.radius(self._costs.n)
        elif len(served) == 1:
            radius = arcs.radius
        else:
            radius = np.maximum(np.partition(served, 1, axis=0)[1] * 1.5, arcs.radius)
        return self._costs.within(radius, arcs.sites)
