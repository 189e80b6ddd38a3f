"""Search with capacities: Lagrangian bounds, interchange and variable fixing, then a tree or restricted MIPs."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from siting.highs import DUAL_TOLERANCE, MipResult, solve_mip
from siting.locate.kernel.capacitated.bound import Capacitated, ValidBound, fix_sites, reduced_costs
from siting.locate.kernel.capacitated.interchange import improve
from siting.locate.kernel.capacitated.restricted_cflp import (
    LinearBound,
    Restricted,
    elsewhere_of,
    linear_bound,
    restricted,
    still_possible,
)
from siting.locate.kernel.capacitated.subgradient import Volume, trimmed, volume
from siting.locate.kernel.capacitated.transport import Allocation, Transport
from siting.locate.kernel.capacitated.tree import Node, Tree, search_tree
from siting.locate.kernel.certificate import certify
from siting.locate.kernel.limits import SearchLimits
from siting.units import Bools, Floats, Ints

FEW_SITES = 15
"""Below this number of open sites of equal capacity, a tree with Lagrangian bounds is faster than a MIP with cuts."""

MOST_OPEN, MOST_UNDECIDED, MOST_NODES = 20, 80, 3000
"""Largest numbers of open and of undecided sites for which a tree is tried before MIPs, and its node limit."""

FIRST_STEPS = 30
"""Steps of the volume algorithm before HiGHS solves a small problem directly."""

KERNEL_SHARE = 0.3
"""Reduced cost, as a share of the gap, up to which pairs belong to the kernel."""

NEAREST = 3
"""Cheapest pairs of each customer that belong to the kernel."""


MOST_PAIRS = 60_000
"""Pairs listed in the last restricted MIP; those beyond are aggregated."""


@dataclass(frozen=True)
class Effort:
    """Effort of the heuristics; tests switch them off so that the solution must come from the bound.

    Attributes
    ----------
    volume_steps : int
        Steps of the first run of the volume algorithm.
    more_steps : int
        Steps of each later run.
    sets : int
        Open sets that are evaluated after each run.
    moves : int
        Most interchange moves after each run.
    dive : int
        Nodes of a tree that are explored for solutions before MIPs are solved.
    kernel : bool
        Whether kernel search (a MIP over the most promising columns) comes first.
    small_pairs : int
        Pairs up to which HiGHS solves the problem after a few steps. Measured with a single source for each customer:
        HiGHS takes 0.4 to 1.9 times the CPU time at 15 x 30 and 25 x 50, and leaves gaps at 40 x 80.
    """

    volume_steps: int = 300
    more_steps: int = 200
    sets: int = 15
    moves: int = 200
    dive: int = 300
    kernel: bool = True
    small_pairs: int = 1000


class CapacitatedSearch:
    """Search for a proven optimum of one problem: incumbent, bound, and fixed sites."""

    single_source = False
    """Whether each customer is served from one site."""
    infeasible = False
    """Whether it is proven that no solution exists."""

    def __init__(self, problem: Capacitated, limits: SearchLimits, effort: Effort) -> None:
        self.problem, self.limits, self.effort = problem, limits, effort
        count = problem.shape[0]
        self.closed = np.zeros(count, dtype=bool)
        self.forced = np.zeros(count, dtype=bool)
        self.mask = _nearest(problem)
        self.served: Allocation | None = None
        self.lower = 0.0  # costs are not negative
        self.best: ValidBound | None = None
        self.transport = Transport(problem, self.mask & False)
        self.linear: LinearBound | None = None
        self.found: Volume | None = None
        self.trace: list[str] = []

    @property
    def upper(self) -> float:
        """Objective of the incumbent."""
        return np.inf if self.served is None else self.served.objective

    @property
    def slack(self) -> float:
        """What the dual tolerance of HiGHS can add to the bound of a MIP: shares sum to 1 for each customer.

        Columns are the sites, the shares, and the capacity used elsewhere, at most all demand.
        """
        return DUAL_TOLERANCE * (sum(self.problem.shape) + float(self.problem.demand.sum()))

    @property
    def done(self) -> bool:
        """Whether the requested gap is proven, or the time is over."""
        return self.proven or self.limits.expired()

    @property
    def proven(self) -> bool:
        """Whether the requested gap is proven."""
        return self.served is not None and self.upper - self.lower <= self.limits.gap * abs(self.upper)

    @property
    def small(self) -> bool:
        """Whether so few sites are undecided that a tree may end before a MIP."""
        if self.single_source or self.served is None or not self.effort.dive:
            return False
        undecided = np.count_nonzero(~self.closed & ~self.forced)
        return bool(np.count_nonzero(self.served.open) <= MOST_OPEN and undecided <= MOST_UNDECIDED)

    def run(self) -> None:
        """Search until the gap is proven or the time is over."""
        if self.problem.cost.size <= self.effort.small_pairs:
            self.bound_and_solutions(min(self.effort.volume_steps, FIRST_STEPS))
            if not self.done:
                self.by_restricted_mip()
            return
        self.bound_and_solutions(self.effort.volume_steps)
        for _ in range(4):
            if self.done:
                return
            room = self.upper - self.lower
            self.bound_and_solutions(self.effort.more_steps)
            if self.upper - self.lower > 0.85 * room:
                break
        if not self.done:
            self.prove()

    def prove(self) -> None:
        """Close the gap that the Lagrangian bound leaves."""
        equal = np.ptp(self.problem.weight) == 0
        if equal and self.problem.required < FEW_SITES * self.problem.weight[0]:
            self.by_tree()
            return
        self.by_mips()

    def by_mips(self) -> None:
        """Search a better incumbent in a short tree, then prove the best by the LP relaxation and restricted MIPs."""
        if self.effort.dive and self.served is not None and np.count_nonzero(self.served.open) <= MOST_OPEN:
            self.dive()
        if not self.done and self.small:
            self.by_tree(MOST_NODES)
        if not self.done:
            self.by_lp_relaxation()
        if not self.done and self.effort.kernel:
            self.kernel_search()
        if not self.done:
            self.by_restricted_mip()

    def bound_and_solutions(self, steps: int) -> None:
        """Run the volume algorithm, evaluate the open sets it saw, and fix sites."""
        found = volume(
            self.problem,
            self.mask,
            self.problem.first_prices() if self.best is None else self.best.prices,
            self.closed,
            self.forced,
            upper=self.upper,
            most=steps,
            limits=self.limits,
            before=self.found,
        )
        self.found = found
        self.mask = found.mask
        self.accept_bound(found.best)
        self.try_sets(found.opening, found.met)
        self.fix()

    def accept_bound(self, priced: ValidBound) -> None:
        """Keep a valid bound where it is the best."""
        if self.best is None or priced.bound > self.best.bound:
            self.best = priced
        self.lower = max(self.lower, min(priced.bound, self.upper))

    def try_sets(self, opening: Floats, met: Counter[bytes]) -> None:
        """Evaluate the sets to which the averaged solution rounds, and those seen most often."""
        order = np.argsort(-opening, kind="stable").astype(np.int64)
        sets = [self.filled_up((opening > threshold) | self.forced, order) for threshold in (0.9, 0.7, 0.5, 0.3, 0.15)]
        sets += [np.frombuffer(key, dtype=bool).copy() for key, _ in met.most_common(self.effort.sets)]
        for opened in sets[: self.effort.sets]:
            if self.limits.expired() and self.served is not None:
                return
            self.evaluate(opened & ~self.closed)
        if self.served is None:
            self.evaluate(~self.closed)
        self.improve()

    def improve(self) -> None:
        """Run the interchange heuristic on the incumbent."""
        if self.served is not None:
            self.served = self.improved(self.served)

    def improved(self, served: Allocation) -> Allocation:
        """Return the local optimum that the interchange heuristic reaches."""
        moves, limits = self.effort.moves, self.limits
        return improve(self.problem, self.transport, served, self.closed, self.forced, steps=moves, limits=limits)

    def filled_up(self, opened: Bools, order: Ints) -> Bools:
        """Open more sites, in order, until their capacity covers the demand."""
        opened = opened & ~self.closed
        for site in order:
            if self.problem.carries(opened):
                break
            opened[site] |= not self.closed[site]
        return opened

    def evaluate(self, opened: Bools) -> float:
        """Evaluate an open set exactly, keep it where it is the best, and return the objective of the incumbent."""
        served = self.transport.cost_of(opened)
        if served is not None:
            idle = opened.copy()
            idle[served.site] = False
            if self.problem.fixed[idle].sum() > 0:
                return self.evaluate(opened & ~idle)
            if served.objective < self.upper:
                self.served = served
        return self.upper

    def fix(self) -> None:
        """Fix sites and remove pairs by reduced costs."""
        if self.best is None or not np.isfinite(self.upper):
            return
        self.closed, self.forced = fix_sites(self.best, self.upper, self.closed, self.forced)
        room = self.upper - self.best.bound + 1e-9 * abs(self.upper)
        self.mask = (reduced_costs(self.problem, self.best) <= room) & ~self.closed[:, None]
        if self.served is not None:
            self.mask |= self.served.mask(self.problem.shape)
        if not self.problem.carries(~self.closed):
            self.lower = self.upper  # no set below the incumbent can carry the demand
        else:
            self.evaluate_last()
        self.trace.append(
            f"{self.limits.elapsed_s():.2f} s: {self.lower:.8g} .. {self.upper:.8g}, "
            f"{int((~self.closed).sum())} sites, {int(self.mask.sum())} pairs"
        )

    def evaluate_last(self) -> None:
        """Evaluate the one set that is left, where every site is fixed."""
        if not (~self.closed & ~self.forced).any():
            self.evaluate(self.forced)
            self.lower = max(self.lower, min(self.upper, self.transport.bound_of(self.forced)))

    def tree(self) -> Tree:
        """Return a tree over the undecided sites, on the pairs that matter most."""
        assert self.best is not None
        root = Node(self.best.bound, self.closed, self.forced, self.best.prices)
        return Tree([root], trimmed(self.problem, self.mask, self.best, self.closed))

    def dive(self) -> None:
        """Explore a limited number of nodes for their solutions; a bound would need the entire tree."""
        room = self.upper - self.lower
        self.explore(self.tree(), self.effort.dive)
        if self.upper - self.lower < room:
            self.fix()
            self.bound_and_solutions(self.effort.more_steps)

    def explore(self, tree: Tree, most_nodes: int | None) -> None:
        """Branch on sites with Lagrangian bounds, and evaluate every leaf exactly."""
        gap, limits = 0.9 * self.limits.gap, self.limits
        bound_of, upper = self.transport.bound_of, self.upper
        search_tree(
            self.problem, tree, self.evaluate, bound_of, upper=upper, gap=gap, limits=limits, most_nodes=most_nodes
        )

    def by_tree(self, most_nodes: int | None = None) -> None:
        """Explore the tree, and keep the bound that it proves."""
        tree = self.tree()
        try:
            self.explore(tree, most_nodes)
        finally:
            slack = 0.9 * self.limits.gap * abs(self.upper)
            self.lower = max(self.lower, tree.lower(self.upper - slack))
            self.trace.append(
                f"{self.limits.elapsed_s():.2f} s: tree of {tree.nodes} nodes, {len(tree.open_nodes)} left"
            )

    def by_lp_relaxation(self) -> None:
        """Raise the bound by the LP relaxation, and evaluate the sets to which it rounds."""
        assert self.best is not None
        found = linear_bound(
            self.problem, self.mask, self.closed, self.forced, self.best, gap=0.1 * self.limits.gap, limits=self.limits
        )
        if found is None:
            return
        self.accept_bound(found.best)
        self.linear = found
        self.try_sets(found.opening, Counter())
        self.fix()

    def kernel_search(self) -> None:
        """Solve a small MIP over the sites and pairs that the LP relaxation uses or prices as promising (the kernel)."""
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
        pairs &= sites[:, None] & self.problem.allowed
        self.solve_restricted(pairs, closed=~sites, node_limit=500)
        self.fix()

    def by_restricted_mip(self) -> None:
        """Solve the MIP over the remaining pairs; those beyond are aggregated, so that its bound is valid for all."""
        assert self.best is not None
        while not self.done:
            possible = still_possible(self.problem, self.best, self.upper, self.closed)
            pairs = self.mask | _cheapest(possible, reduced_costs(self.problem, self.best), MOST_PAIRS)
            model, solved, elsewhere = self.solve_restricted(
                pairs, closed=self.closed, bounds=True, possible=possible, linked=self.mask
            )
            if solved.infeasible:
                self.lower = self.upper
                return
            self.accept_claim(model, solved)
            if elsewhere.size == 0:
                return
            self.mask[:, elsewhere] |= possible[:, elsewhere] & ~self.mask[:, elsewhere]

    def solve_restricted(
        self,
        pairs: Bools,
        *,
        closed: Bools,
        bounds: bool = False,
        possible: Bools | None = None,
        linked: Bools | None = None,
        node_limit: int | None = None,
    ) -> tuple[Restricted, MipResult, Ints]:
        """Solve a restricted MIP and keep its solution; return also the customers that are served elsewhere."""
        assert self.best is not None
        rest = None if possible is None else elsewhere_of(self.problem, pairs, possible, self.best.unit_price)
        if rest is not None and rest.customer.size == 0:
            rest = None
        model = restricted(
            self.problem, pairs, closed, self.forced, linked=linked, rest=rest, single_source=self.single_source
        )
        start = None
        if self.served is not None:
            share = np.zeros(self.problem.shape)
            share[self.served.site, self.served.customer] = self.served.share
            start = model.start(self.served.open, share)
        gap, left_s = 0.5 * self.limits.gap, self.limits.left_s()
        solved = solve_mip(
            model.mip, gap=gap, time_limit_s=left_s, seed=self.limits.seed, start=start, node_limit=node_limit
        )
        self.trace.append(f"{self.limits.elapsed_s():.2f} s: restricted MIP, {pairs.sum()} pairs, {solved.objective}")
        self.keep(model, solved.values)
        if solved.interrupted:
            if bounds:
                self.lower = max(self.lower, min(solved.bound - self.slack, self.upper))
            raise KeyboardInterrupt
        return model, solved, model.elsewhere(solved.values) if solved.values.size else np.empty(0, dtype=np.int64)

    def accept_claim(self, model: Restricted, solved: MipResult) -> None:
        """Keep the bound of a restricted MIP: as proven here by a tree of LPs, or less what tolerances can add to it."""
        claimed = min(solved.bound - self.slack, self.upper)
        target = self.upper - 0.9 * self.limits.gap * abs(self.upper)
        if solved.bound >= target:
            found = certify(model.mip, target, self.limits, first=model.sites.size)
            self.keep(model, found.values)
            claimed = claimed if found.bound == -np.inf else min(found.bound, self.upper)
        self.lower = max(self.lower, claimed)

    def keep(self, model: Restricted, values: Floats) -> None:
        """Evaluate the set that a solution of a restricted MIP opens."""
        if values.size:
            self.evaluate(model.opening(values, self.problem.shape[0]) > 0.5)


def _nearest(problem: Capacitated) -> Bools:
    """List the cheapest sites of each customer, fixed costs shared over capacity; all of them where the table is small."""
    count, customers = problem.shape
    keep = 60
    if count <= keep or count * customers <= 200_000:
        return problem.allowed.copy()
    with np.errstate(divide="ignore"):
        share = np.where(problem.capacity > 0, problem.fixed / np.where(problem.capacity > 0, problem.capacity, 1), 0)
    cost = problem.cost + np.outer(share, problem.demand)
    near = np.argpartition(cost, keep, axis=0)[:keep]
    mask = np.zeros(problem.shape, dtype=bool)
    mask[near, np.arange(customers)] = True
    return mask & problem.allowed


def _cheapest(possible: Bools, reduced: Floats, most: int) -> Bools:
    """Return the possible pairs of smallest reduced cost, at most a given number except for ties."""
    if np.count_nonzero(possible) <= most:
        return possible
    reduced = np.where(possible, reduced, np.inf)
    limit = float(np.partition(reduced, most, axis=None)[most])
    return possible & (reduced <= limit)
