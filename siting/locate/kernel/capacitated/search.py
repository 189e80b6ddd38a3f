"""The search for a proven optimum of capacitated location: prices, open sets, fixing, then a tree or a programme."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from siting.highs import MipResult, solve_mip
from siting.locate.kernel.capacitated.bound import Capacitated, Priced, fix_sites, reduced_costs
from siting.locate.kernel.capacitated.interchange import improve
from siting.locate.kernel.capacitated.restricted_cflp import (
    LinearBound,
    Restricted,
    linear_bound,
    rest_of,
    restricted,
    still_possible,
)
from siting.locate.kernel.capacitated.subgradient import Volume, trimmed, volume
from siting.locate.kernel.capacitated.transport import Served, Transport
from siting.locate.kernel.capacitated.tree import Node, Tree, search_tree
from siting.locate.kernel.clock import Clock
from siting.units import Bools, Floats, Ints

FEW_SITES = 15
"""With fewer equal sites than this to open, a tree with price bounds is faster than a programme with cuts."""

MOST_OPEN, MOST_UNDECIDED, MOST_NODES = 20, 80, 3000
"""A tree is tried before programmes where no more sites are open and undecided, and given up after so many nodes."""

FIRST_STEPS = 30
"""Steps of the volume algorithm before HiGHS gets a small question at once."""

KERNEL_SHARE = 0.3
"""Share of the gap up to which pairs belong to the first restricted whole programme."""

NEAREST = 3
"""Pairs of each customer in the first restricted whole programme."""


MOST_PAIRS = 60_000
"""Pairs that the last whole programme lists; what is left out beyond them has a stand-in."""


@dataclass(frozen=True)
class Effort:
    """How hard the heuristics try; tests cripple them so that the answer must come from the bound.

    Attributes
    ----------
    volume_steps : int
        Steps of the first run of the volume algorithm.
    more_steps : int
        Steps of each later run.
    sets : int
        Open sets that are priced after each run.
    exchanges : int
        Most exchanges of sites after each run.
    glance : int
        Nodes of a tree that are walked for its answers before programmes are written.
    kernel : bool
        Whether a small whole programme looks for an answer first.
    at_once : int
        Pairs up to which HiGHS gets the question after a few steps.
    """

    volume_steps: int = 300
    more_steps: int = 200
    sets: int = 15
    exchanges: int = 200
    glance: int = 300
    kernel: bool = True
    at_once: int = 1000


class CapacitatedSearch:
    """What is known of one question so far; it only ever gets better."""

    undivided = False
    """Whether each customer is served from one site."""

    def __init__(self, problem: Capacitated, *, gap: float, clock: Clock, seed: int, effort: Effort) -> None:
        self.problem, self.gap, self.clock, self.seed, self.effort = problem, gap, clock, seed, effort
        count = problem.shape[0]
        self.closed = np.zeros(count, dtype=bool)
        self.forced = np.zeros(count, dtype=bool)
        self.mask = _nearest(problem)
        self.served: Served | None = None
        self.lower = -np.inf
        self.best: Priced | None = None
        self.transport = Transport(problem, self.mask & False)
        self.linear: LinearBound | None = None
        self.found: Volume | None = None
        self.trace: list[str] = []

    @property
    def upper(self) -> float:
        """Value of the best answer in hand."""
        return np.inf if self.served is None else self.served.objective

    @property
    def done(self) -> bool:
        """Whether the gap asked for is proven, or the time is over."""
        return self.proven or self.clock.over()

    @property
    def proven(self) -> bool:
        """Whether the gap asked for is proven."""
        return self.served is not None and self.upper - self.lower <= self.gap * abs(self.upper)

    @property
    def small(self) -> bool:
        """Whether so little is undecided that a tree may well prove it sooner than a programme."""
        if self.undivided or self.served is None or not self.effort.glance:
            return False
        undecided = np.count_nonzero(~self.closed & ~self.forced)
        return bool(np.count_nonzero(self.served.open) <= MOST_OPEN and undecided <= MOST_UNDECIDED)

    def run(self) -> None:
        """Search until the gap is proven or the time is over."""
        if self.problem.cost.size <= self.effort.at_once:
            self.prices_and_sets(min(self.effort.volume_steps, FIRST_STEPS))
            if not self.done:
                self.by_whole_programme()
            return
        self.prices_and_sets(self.effort.volume_steps)
        for _ in range(4):
            if self.done:
                return
            room = self.upper - self.lower
            self.prices_and_sets(self.effort.more_steps)
            if self.upper - self.lower > 0.85 * room:
                break
        if not self.done:
            self.prove()

    def prove(self) -> None:
        """Close the gap that prices alone leave."""
        equal = np.ptp(self.problem.weight) == 0
        if equal and self.problem.least < FEW_SITES * self.problem.weight[0]:
            self.by_tree()
            return
        self.programmes()

    def programmes(self) -> None:
        """Look for a better answer in a short tree, then let programmes prove the best."""
        if self.effort.glance and self.served is not None and np.count_nonzero(self.served.open) <= MOST_OPEN:
            self.glance()
        if not self.done and self.small:
            self.by_tree(MOST_NODES)
        if not self.done:
            self.by_linear_programme()
        if not self.done and self.effort.kernel:
            self.kernel()
        if not self.done:
            self.by_whole_programme()

    def prices_and_sets(self, steps: int) -> None:
        """Run the volume algorithm, price the open sets it met, and fix what can be fixed."""
        found = volume(
            self.problem,
            self.mask,
            self.problem.first_prices() if self.best is None else self.best.prices,
            self.closed,
            self.forced,
            upper=self.upper,
            most=steps,
            gap=self.gap,
            clock=self.clock,
            before=self.found,
        )
        self.found = found
        self.mask = found.mask
        self.accept_bound(found.best)
        self.try_sets(found.opening, found.met)
        self.fix()

    def accept_bound(self, priced: Priced) -> None:
        """Keep a bound that holds for all pairs, where it is the best so far."""
        if self.best is None or priced.bound > self.best.bound:
            self.best = priced
        self.lower = max(self.lower, min(priced.bound, self.upper))

    def try_sets(self, opening: Floats, met: Counter[bytes]) -> None:
        """Price the sets that the averaged answer rounds to, and those met most often."""
        order = np.argsort(-opening, kind="stable").astype(np.int64)
        sets = [self.filled_up((opening > threshold) | self.forced, order) for threshold in (0.9, 0.7, 0.5, 0.3, 0.15)]
        sets += [np.frombuffer(key, dtype=bool).copy() for key, _ in met.most_common(self.effort.sets)]
        for opened in sets[: self.effort.sets]:
            if self.clock.over() and self.served is not None:
                return
            self.price_set(opened & ~self.closed)
        if self.served is None:
            self.price_set(~self.closed)
        self.exchange()

    def exchange(self) -> None:
        """Exchange sites of the best answer while that lowers its cost."""
        if self.served is not None:
            self.served = self.exchanged(self.served)

    def exchanged(self, served: Served) -> Served:
        """Return what exchanges of sites make of a service."""
        return improve(
            self.problem,
            self.transport,
            served,
            self.closed,
            self.forced,
            rounds=self.effort.exchanges,
            clock=self.clock,
        )

    def filled_up(self, opened: Bools, order: Ints) -> Bools:
        """Open more sites, in order, until the demand is carried."""
        opened = opened & ~self.closed
        for site in order:
            if self.problem.carries(opened):
                break
            opened[site] |= not self.closed[site]
        return opened

    def price_set(self, opened: Bools) -> float:
        """Price an open set exactly, keep it where it is the best, and return the best value."""
        served = self.transport.cost_of(opened)
        if served is not None:
            idle = opened.copy()
            idle[served.site] = False
            if self.problem.fixed[idle].sum() > 0:
                return self.price_set(opened & ~idle)
            if served.objective < self.upper:
                self.served = served
        return self.upper

    def fix(self) -> None:
        """Decide sites by the bound, and keep to the pairs that its reduced costs leave."""
        if self.best is None or not np.isfinite(self.upper):
            return
        self.closed, self.forced = fix_sites(self.best, self.upper, self.closed, self.forced)
        room = self.upper - self.best.bound + 1e-9 * abs(self.upper)
        self.mask = (reduced_costs(self.problem, self.best) <= room) & ~self.closed[:, None]
        if self.served is not None:
            self.mask |= self.served.mask(self.problem.shape)
        if not self.problem.carries(~self.closed):
            self.lower = self.upper  # no other choice of sites could be better
        else:
            self.settle()
        self.trace.append(
            f"{self.clock.seconds():.2f} s: {self.lower:.8g} .. {self.upper:.8g}, "
            f"{int((~self.closed).sum())} sites, {int(self.mask.sum())} pairs"
        )

    def settle(self) -> None:
        """Price the one set that is left, where every site is decided."""
        if not (~self.closed & ~self.forced).any():
            self.price_set(self.forced)
            self.lower = self.upper

    def tree(self) -> Tree:
        """Return the tree of what is not decided, on the pairs that matter most."""
        assert self.best is not None
        root = Node(self.best.bound, self.closed, self.forced, self.best.prices)
        return Tree([root], trimmed(self.problem, self.mask, self.best, self.closed))

    def glance(self) -> None:
        """Walk so many nodes of the tree for the answers it meets; its bounds need the whole tree."""
        room = self.upper - self.lower
        self.walk(self.tree(), self.effort.glance)
        if self.upper - self.lower < room:
            self.fix()
            self.prices_and_sets(self.effort.more_steps)

    def walk(self, tree: Tree, most_nodes: int | None) -> None:
        """Branch on sites with price bounds and price every leaf exactly."""
        search_tree(
            self.problem,
            tree,
            self.price_set,
            upper=self.upper,
            gap=0.9 * self.gap,
            clock=self.clock,
            most_nodes=most_nodes,
        )

    def by_tree(self, most_nodes: int | None = None) -> None:
        """Search the tree for the proof, and keep what is proven of it."""
        tree = self.tree()
        try:
            self.walk(tree, most_nodes)
        finally:
            slack = 0.9 * self.gap * abs(self.upper)
            self.lower = max(self.lower, tree.lower(self.upper - slack))
            self.trace.append(f"{self.clock.seconds():.2f} s: tree of {tree.nodes} nodes, {len(tree.waiting)} left")

    def by_linear_programme(self) -> None:
        """Better prices from the linear programme, and the sets it suggests."""
        assert self.best is not None
        found = linear_bound(
            self.problem, self.mask, self.closed, self.forced, self.best, gap=0.1 * self.gap, clock=self.clock
        )
        if found is None:
            return
        self.accept_bound(found.best)
        self.linear = found
        self.try_sets(found.opening, Counter())
        self.fix()

    def kernel(self) -> None:
        """Solve a small whole programme over the sites and pairs that the linear one likes."""
        assert self.best is not None
        found = self.linear
        if found is None:
            return
        sites = (found.opening > 1e-6) | self.forced
        reduced = self.problem.cost - self.best.prices + np.outer(self.best.unit_price, self.problem.demand)
        reduced[~self.mask] = np.inf
        near = KERNEL_SHARE * max(self.upper - self.best.bound, 0.0) if self.served is not None else np.inf
        pairs = found.used | (np.maximum(reduced, 0.0) + self.best.entry[:, None] <= near)
        sites |= pairs.any(axis=1)
        chosen = np.flatnonzero(sites)
        nearest = chosen[np.argsort(reduced[chosen], axis=0, kind="stable")[:NEAREST]]
        pairs[nearest, np.arange(self.problem.shape[1])] = True
        if self.served is not None:
            pairs |= self.served.mask(self.problem.shape)
            sites |= self.served.open
        pairs &= sites[:, None]
        self.whole(pairs, closed=~sites, gap=0.5 * self.gap, node_limit=500)
        self.fix()

    def by_whole_programme(self) -> None:
        """Solve the whole programme over what survives; the rest has a stand-in, so its bound holds for all pairs."""
        assert self.best is not None
        while not self.done:
            possible = still_possible(self.problem, self.best, self.upper, self.closed)
            linked = self.mask
            pairs = self.mask | _cheapest(possible, reduced_costs(self.problem, self.best), MOST_PAIRS)
            solved, elsewhere = self.whole(
                pairs, closed=self.closed, gap=0.5 * self.gap, bounds=True, possible=possible, linked=linked
            )
            if solved.infeasible:
                self.lower = self.upper
                return
            self.lower = max(self.lower, min(solved.bound, self.upper))
            if elsewhere.size == 0:
                return
            self.mask[:, elsewhere] |= possible[:, elsewhere] & ~self.mask[:, elsewhere]

    def whole(
        self,
        pairs: Bools,
        *,
        closed: Bools,
        gap: float,
        bounds: bool = False,
        possible: Bools | None = None,
        linked: Bools | None = None,
        node_limit: int | None = None,
    ) -> tuple[MipResult, Ints]:
        """Solve a restricted whole programme and keep what it opens; return also who is served by the rest."""
        assert self.best is not None
        rest = None if possible is None else rest_of(self.problem, pairs, possible, self.best.unit_price)
        if rest is not None and rest.customer.size == 0:
            rest = None
        model = restricted(self.problem, pairs, closed, self.forced, linked=linked, rest=rest, undivided=self.undivided)
        start = None
        if self.served is not None:
            share = np.zeros(self.problem.shape)
            share[self.served.site, self.served.customer] = self.served.share
            start = model.start(self.served.open, share)
        solved = solve_mip(
            model.programme,
            gap=gap,
            time_limit_s=self.clock.left(),
            seed=self.seed,
            start=start,
            node_limit=node_limit,
        )
        self.trace.append(f"{self.clock.seconds():.2f} s: whole programme, {pairs.sum()} pairs, {solved.objective}")
        self.keep(model, solved)
        if solved.interrupted:
            if bounds:
                self.lower = max(self.lower, min(solved.bound, self.upper))
            raise KeyboardInterrupt
        return solved, model.elsewhere(solved.values) if solved.values.size else np.empty(0, dtype=np.int64)

    def keep(self, model: Restricted, solved: MipResult) -> None:
        """Price the set that a whole programme opens."""
        if solved.values.size:
            self.price_set(model.opening(solved.values, self.problem.shape[0]) > 0.5)


def _nearest(problem: Capacitated) -> Bools:
    """List, for each customer, the sites that would ask least, all of them where the table is small."""
    count, customers = problem.shape
    keep = 60
    if count <= keep or count * customers <= 200_000:
        return np.ones(problem.shape, dtype=bool)
    with np.errstate(divide="ignore"):
        share = np.where(problem.capacity > 0, problem.fixed / np.where(problem.capacity > 0, problem.capacity, 1), 0)
    asked = problem.cost + np.outer(share, problem.demand)
    near = np.argpartition(asked, keep, axis=0)[:keep]
    mask = np.zeros(problem.shape, dtype=bool)
    mask[near, np.arange(customers)] = True
    return mask


def _cheapest(possible: Bools, reduced: Floats, most: int) -> Bools:
    """Return the possible pairs of least reduced cost, at most so many but for ties."""
    if np.count_nonzero(possible) <= most:
        return possible
    reduced = np.where(possible, reduced, np.inf)
    limit = float(np.partition(reduced, most, axis=None)[most])
    return possible & (reduced <= limit)
