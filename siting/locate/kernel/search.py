"""Search without capacities: Lagrangian ascent, interchange and variable fixing in turn, then branch and bound."""

from dataclasses import dataclass

import numpy as np

from siting.locate.kernel.branch_and_bound import BranchAndBound
from siting.locate.kernel.costs import TINY, Capped, Costs, Neighbours
from siting.locate.kernel.cover import greedy_cover, minimum_cover
from siting.locate.kernel.incumbent import Incumbent
from siting.locate.kernel.interchange import Interchange, cost_of, improve, perturb_and_improve
from siting.locate.kernel.lagrangian import Lagrangian
from siting.locate.kernel.limits import SearchLimits
from siting.locate.kernel.subgradient import Ascent, begin, deflected_subgradient, volume_ascent
from siting.locate.kernel.variable_fixing import fix_sites
from siting.units import Bools, Floats, Ints


@dataclass(frozen=True)
class Effort:
    """Effort of each part of the search.

    Attributes
    ----------
    steps : int
        Most ascent steps before branching; 0 leaves the entire proof to branch and bound.
    interchange : bool
        Whether the interchange heuristic runs; without it, solutions come from a random start and from nodes alone.
    node_steps : int
        Subgradient steps at each node.
    """

    steps: int = 3000
    interchange: bool = True
    node_steps: int = 15


LISTED_SHARE = 3.0
"""Sites listed per customer, in units of the sites per open site: in no trial did a price exceed them."""

PRICED_SHARE = 0.45
"""Sites nearer than a customer's initial price, in the same unit."""

LARGE_ARCS = 100_000
"""Arcs above which a node is expensive: better prices and solutions are then worth more steps before branching."""

STALLED, STALLED_LARGE = 0.05, 0.1
"""Share of the gap that a hundred steps must close to continue; on a large problem deflected steps follow."""

DEFLECTED_STEPS = 3000
"""Deflected subgradient steps that end the ascent on a large problem."""

OPENED_OFTEN = 0.5
"""Average above which a site is open where the interchange starts, if their number is free."""

PERTURBATIONS = 100
"""Perturbations in a row that may fail on a large problem."""


FLOOR = 5e-13
"""Share of the cost of the first plan below which differences of costs are rounding error: that of the Lagrangian bound,
1e-13 of its terms, with room for terms that cancel."""

RESCALED = 1e-3
"""Share of the cost of the first plan below which the search starts again from the better one, with its magnitude."""


def listed_sites(n: int, count: int | None) -> int:
    """Return how many sites are listed for each customer."""
    return min(n, max(10, n // 3) if count is None else int(LISTED_SHARE * n / count) + 1)


class Search:
    """Search for a proven optimum of one problem.

    Parameters
    ----------
    costs : Costs
        Costs of serving customers.
    fixed : numpy.ndarray
        Cost of opening each site, (n,).
    count : int or None
        Number of open sites; None leaves it to the costs.
    limits : SearchLimits
        Gap, time limit and seed.
    effort : Effort
        Effort of each part.
    """

    def __init__(
        self,
        costs: Costs,
        fixed: Floats,
        count: int | None,
        limits: SearchLimits,
        effort: Effort | None = None,
    ) -> None:
        self._given, self._given_fixed, self._count = costs, fixed, count
        self._costs, self._fixed = costs, fixed
        self._limits, self._effort = limits, effort or Effort()
        self._rng = np.random.default_rng(limits.seed)
        integral = costs.integral() and bool((fixed == np.rint(fixed)).all())
        self.incumbent = Incumbent(gap=limits.gap, integral=integral, rounding=costs.rounding())
        self.infeasible = False
        self.nodes = 0

    def run(self) -> None:
        """Search until the incumbent is proven, the time is over or the user interrupts; the incumbent holds the result.

        Costs count up to the cost of a known plan. Where the search finds one of less than a thousandth of that, small
        costs may have been lost beside large ones: it starts again from the better plan.
        """
        incumbent = self.incumbent
        try:
            self._start()
            while incumbent.sites is not None:
                reference = incumbent.upper
                incumbent.floor = FLOOR * reference
                self._costs = Capped(self._given, reference)
                self._fixed = np.minimum(self._given_fixed, reference)
                self._search()
                rescaled = incumbent.rounding < incumbent.upper < RESCALED * reference
                if not rescaled or self._limits.expired():
                    break
        except KeyboardInterrupt:
            if incumbent.sites is None:
                raise

    def _start(self) -> None:
        """Start from random sites, or from sites that reach everyone, and from the trivial bound: costs are not negative."""
        size = 1 if self._count is None else self._count
        sites = np.sort(self._rng.choice(self._costs.n, size=size, replace=False))
        cost = cost_of(self._costs, self._fixed, sites)
        if not np.isfinite(cost):
            found = self._reaching()
            if found is None:
                return
            sites, cost = found, cost_of(self._costs, self._fixed, found)
        self.incumbent.offer(sites, cost)
        self.incumbent.prove(0.0)

    def _reaching(self) -> Ints | None:
        """Return sites that may serve every customer, as many as are open; None where none exist, or none was found in time."""
        reach = self._costs.reach()
        assert reach is not None
        if not reach.any(axis=0).all():
            self.infeasible = True
            return None
        if self._count is None:
            return greedy_cover(reach)
        cover = minimum_cover(reach, self._limits, gap=0.0, enough=self._count)
        if cover.value > self._count:
            self.infeasible = cover.bound > self._count
            if cover.interrupted:
                raise KeyboardInterrupt
            return None
        others = np.flatnonzero(~cover.open)[: self._count - int(cover.value)]
        return np.sort(np.concatenate((np.flatnonzero(cover.open), others)))

    def _search(self) -> None:
        if self.incumbent.proven or self._limits.expired():
            return
        if self._count == 1:
            self._enumerate()
            return
        arcs, prices = self._initial_arcs()
        forced = np.zeros(len(arcs.sites), dtype=bool)
        if self._effort.steps:
            arcs, forced, prices = self._ascend(arcs, forced, prices)
        if not (self.incumbent.proven or self._limits.expired()):
            tree = BranchAndBound(
                self._costs,
                self._fixed,
                self._count,
                self.incumbent,
                self._limits,
                steps=self._effort.node_steps,
            )
            try:
                tree.prove(self._longer_lists(arcs), forced, prices)
            finally:
                self.nodes = tree.nodes

    def _enumerate(self) -> None:
        """Evaluate every site, where one alone is open."""
        for site in range(self._costs.n):
            if self._limits.expired():
                return
            alone = np.array([site])
            self.incumbent.offer(alone, cost_of(self._costs, self._fixed, alone))
        self.incumbent.settle()

    def _initial_arcs(self) -> tuple[Neighbours, Floats]:
        """List the cheapest arcs of each customer, and start with prices in the middle of them."""
        n = self._costs.n
        priced = 2 if self._count is None else max(1, int(PRICED_SHARE * n / self._count))
        radius = self._costs.radius(listed_sites(n, self._count))
        prices = np.minimum(self._costs.radius(priced), radius)
        return self._costs.within(radius, np.arange(n)), prices

    def _ascend(self, arcs: Neighbours, forced: Bools, prices: Floats) -> tuple[Neighbours, Bools, Floats]:
        """Raise the bound in runs of the volume algorithm, with interchange and variable fixing between them."""
        incumbent = self.incumbent
        large = len(arcs.cost) > LARGE_ARCS
        problem = Lagrangian(arcs, self._fixed[arcs.sites], self._count, forced)
        ascent: Ascent | None = begin(problem, prices, patience=30 if large else 10)
        made, last = 0, -np.inf
        while ascent is not None and made < self._effort.steps and not self._limits.expired():
            steps = 40 if made < 80 else 100
            moved = volume_ascent(problem, ascent, incumbent.upper, steps, self._enough)
            made += moved
            prices = ascent.prices
            self._enough(ascent.best.bound)
            share = STALLED_LARGE if large else STALLED
            risen = ascent.best.bound - last
            stalled = moved < steps or (made >= 200 and risen <= share * (incumbent.upper - ascent.best.bound))
            if stalled or not self._undecided(ascent):
                self._improve(arcs, ascent, PERTURBATIONS if large and stalled and not incumbent.proven else 0)
            if incumbent.proven:
                break
            last = ascent.best.bound if made >= 200 else last
            ascent.memory = max(0.1 * 0.5 ** (made / (300 if large else 100)), 0.01)
            arcs, forced, ascent = self._fix(arcs, forced, ascent)
            if stalled and large and ascent is not None:
                return self._ascend_deflected(arcs, forced, ascent)
            if stalled:
                break
            problem = Lagrangian(arcs, self._fixed[arcs.sites], self._count, forced)
        return arcs, forced, prices

    def _undecided(self, ascent: Ascent) -> bool:
        """Return whether the averages favour no site yet, where their number is free: the interchange would open all."""
        return self._count is None and float(ascent.openness.max()) <= OPENED_OFTEN

    def _ascend_deflected(self, arcs: Neighbours, forced: Bools, ascent: Ascent) -> tuple[Neighbours, Bools, Floats]:
        """End the ascent of a large problem by deflected subgradient steps and iterated local search."""
        problem = Lagrangian(arcs, self._fixed[arcs.sites], self._count, forced)
        deflected_subgradient(problem, ascent, self.incumbent.upper, DEFLECTED_STEPS, self._enough)
        self._improve(arcs, ascent, 3 * PERTURBATIONS)
        prices = ascent.prices
        if not self.incumbent.proven:
            arcs, forced, _ = self._fix(arcs, forced, ascent)
        return arcs, forced, prices

    def _enough(self, bound: float) -> bool:
        """Record a bound, so that an interrupt keeps it, and return whether to stop."""
        self.incumbent.prove(bound)
        return bound >= self.incumbent.target or self._limits.expired()

    def _improve(self, arcs: Neighbours, ascent: Ascent, perturbations: int) -> None:
        """Run the interchange heuristic from the sites that were open most often."""
        if self._count is None and not self._undecided(ascent):
            rows = np.flatnonzero(ascent.openness > OPENED_OFTEN)
        else:
            many = max(1, int(np.ceil(ascent.openness.sum()))) if self._count is None else self._count
            rows = np.argsort(-ascent.openness, kind="stable")[:many]
        sites = arcs.sites[rows]
        if len(sites) == 0:
            return
        if not self._effort.interchange:
            self.incumbent.offer(sites, cost_of(self._costs, self._fixed, sites))
            return
        interchange = Interchange(self._costs, self._fixed, arcs.sites, arcs.by_customer(), sites)
        found, _ = improve(interchange, may_resize=self._count is None, stop=self._limits.expired)
        if perturbations:
            self.incumbent.offer(found, cost_of(self._costs, self._fixed, found))
            assert self.incumbent.sites is not None
            interchange.go_to(self.incumbent.sites)
            found, _ = perturb_and_improve(
                interchange, self._rng, perturbations=perturbations, stop=self._limits.expired
            )
        self.incumbent.offer(found, cost_of(self._costs, self._fixed, found))

    def _fix(self, arcs: Neighbours, forced: Bools, ascent: Ascent) -> tuple[Neighbours, Bools, Ascent | None]:
        """Fix sites by reduced costs, and drop arcs that neither prices nor swaps reach."""
        dropped, needed = fix_sites(ascent.best, self._count, forced, self.incumbent.target)
        stays = ~dropped
        if not stays.any() or (self._count is not None and int(stays.sum()) < self._count):
            self.incumbent.settle()
            return arcs, forced, None
        assert self.incumbent.sites is not None
        served = self._costs.rows(self.incumbent.sites)
        second = np.partition(served, 1, axis=0)[1] if len(served) > 1 else np.full(self._costs.m, np.inf)
        radius = np.minimum(arcs.radius, np.maximum(second * 1.1, ascent.prices * 1.05 + TINY))
        narrowed = arcs.keep(stays, radius)
        problem = Lagrangian(narrowed, self._fixed[narrowed.sites], self._count, needed[stays])
        ascent.openness = ascent.openness[stays]
        ascent.best = problem.evaluate(ascent.prices)
        return narrowed, needed[stays], ascent

    def _longer_lists(self, arcs: Neighbours) -> Neighbours:
        """List more arcs of the remaining sites, enough for nodes in which near sites are closed."""
        assert self.incumbent.sites is not None
        served = self._costs.rows(self.incumbent.sites)
        if len(arcs.sites) * self._costs.m <= LARGE_ARCS:
            radius = self._costs.radius(self._costs.n)
        elif len(served) == 1:
            radius = arcs.radius
        else:
            radius = np.maximum(np.partition(served, 1, axis=0)[1] * 1.5, arcs.radius)
        return self._costs.within(radius, arcs.sites)
