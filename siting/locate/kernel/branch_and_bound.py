"""Depth-first branch and bound on sites, with a Lagrangian bound at each node: no bound comes from a solver."""

from dataclasses import dataclass, replace

import numpy as np

from siting.locate.kernel.costs import Costs, Neighbours
from siting.locate.kernel.incumbent import Incumbent
from siting.locate.kernel.interchange import cost_of
from siting.locate.kernel.lagrangian import Lagrangian, LagrangianBound
from siting.locate.kernel.limits import SearchLimits
from siting.locate.kernel.variable_fixing import fix_sites
from siting.units import Bools, Floats, Ints


@dataclass(frozen=True)
class Node:
    """One node of the tree.

    Attributes
    ----------
    arcs : Neighbours
        Sites that are not fixed closed, with their arcs.
    forced : numpy.ndarray
        Sites fixed open, bool (k,).
    prices : numpy.ndarray
        Initial prices, (m,).
    bound : float
        Lower bound from its parent.
    root : bool
        Whether this is the root.
    opened, closed : int or None
        Row of `arcs` on which the node branches. Its own lists are made when it is evaluated, so that open nodes
        share those of their parents.
    """

    arcs: Neighbours
    forced: Bools
    prices: Floats
    bound: float
    root: bool = False
    opened: int | None = None
    closed: int | None = None


@dataclass(frozen=True)
class NodeBound:
    """Best prices and bound at a node, and how often each site was open."""

    prices: Floats
    best: LagrangianBound
    openness: Floats


class BranchAndBound:
    """Depth-first branch and bound on sites.

    Parameters
    ----------
    costs : Costs
        Costs of serving customers.
    fixed : numpy.ndarray
        Cost of opening each site, (n,).
    count : int or None
        Number of open sites; None leaves it to the costs.
    incumbent : Incumbent
        Best solution so far; better ones are offered to it.
    limits : SearchLimits
        Ends the search.
    steps : int
        Subgradient steps at each node.
    """

    def __init__(
        self,
        costs: Costs,
        fixed: Floats,
        count: int | None,
        incumbent: Incumbent,
        limits: SearchLimits,
        *,
        steps: int,
    ) -> None:
        self._costs, self._fixed, self._count = costs, fixed, count
        self._incumbent, self._limits, self._steps = incumbent, limits, steps
        self.nodes = 0

    def prove(self, arcs: Neighbours, forced: Bools, prices: Floats) -> None:
        """Search the tree, as far as the time allows; the incumbent receives solutions and the bound."""
        incumbent = self._incumbent
        open_nodes = [Node(arcs, forced, prices, incumbent.lower, root=True)]
        current = incumbent.lower
        try:
            while open_nodes and not self._limits.expired():
                current = open_nodes[-1].bound  # before it is taken: an interrupt in between must not lose it
                node = open_nodes.pop()
                if node.bound < incumbent.target:
                    open_nodes.extend(self._branch(self._listed(node)))
                current = np.inf
        finally:
            left = min([current, *(node.bound for node in open_nodes)])
            if left == np.inf:
                incumbent.settle()
            else:
                incumbent.prove(left)

    def _branch(self, node: Node) -> list[Node]:
        """Evaluate a node and return its two children, none where it is pruned."""
        self.nodes += 1
        sites, missing = len(node.forced), None if self._count is None else self._count - int(node.forced.sum())
        if missing is not None and (missing < 0 or sites < (self._count or 0)):
            return []
        found = self._bound(node)
        if found is None:
            return []
        # the sites that the relaxation opened most often may be a solution
        if self._count is None:
            rows = np.flatnonzero(found.best.open)
        else:
            often = found.openness + node.forced + 1e-6 * found.best.open
            rows = np.argsort(-often, kind="stable")[: self._count]
        self._offer(node.arcs.sites[rows])
        bound = max(node.bound, found.best.bound)
        if bound >= self._incumbent.target:
            return []
        dropped, needed = fix_sites(found.best, self._count, node.forced, self._incumbent.target)
        forced = needed[~dropped]
        narrowed = self._narrow(node, found, ~dropped, forced)
        free = ~forced
        if self._all_fixed(narrowed.sites, forced):
            return []
        site = int(np.where(free, found.openness[~dropped], -1.0).argmax())
        return [
            Node(narrowed, forced, found.prices, bound, closed=site),
            Node(narrowed, forced, found.prices, bound, opened=site),
        ]

    def _listed(self, node: Node) -> Node:
        """Apply the branching decision of a node to its lists."""
        if node.closed is not None:
            others = np.ones(len(node.forced), dtype=bool)
            others[node.closed] = False
            return replace(node, arcs=node.arcs.keep(others, node.arcs.radius), forced=node.forced[others], closed=None)
        if node.opened is not None:
            forced = node.forced.copy()
            forced[node.opened] = True
            return replace(node, arcs=self._shorten(node.arcs, forced), forced=forced, opened=None)
        return node

    def _narrow(self, node: Node, found: NodeBound, stays: Bools, forced: Bools) -> Neighbours:
        """Remove fixed sites, and arcs whose reduced cost exceeds the gap: no better solution uses them."""
        room = self._incumbent.target - found.best.bound
        radius = np.minimum(node.arcs.radius, found.prices + room)
        near = node.arcs if stays.all() and (radius >= node.arcs.radius).all() else node.arcs.keep(stays, radius)
        return self._shorten(near, forced)

    def _shorten(self, arcs: Neighbours, forced: Bools) -> Neighbours:
        """Remove arcs that cost a customer no less than the nearest site that is fixed open."""
        if not forced.any():
            return arcs
        nearest = self._costs.rows(arcs.sites[forced]).min(axis=0)
        radius = np.minimum(arcs.radius, nearest)
        return arcs.keep(np.ones(len(arcs.sites), dtype=bool), radius) if (radius < arcs.radius).any() else arcs

    def _bound(self, node: Node) -> NodeBound | None:
        """Raise the bound by a few deflected subgradient steps; None where it prunes the node."""
        problem = Lagrangian(node.arcs, self._fixed[node.arcs.sites], self._count, node.forced)
        target, radius = self._incumbent.target, node.arcs.radius
        prices = np.minimum(node.prices, radius)
        step, poor, direction, best = (0.3 if node.root else 1.0), 0, None, None
        openness = np.zeros(len(node.forced))
        for _ in range(self._steps * (3 if node.root else 1)):
            relaxed = problem.evaluate(prices)
            if relaxed.bound >= target:
                return None
            openness += 0.15 * (relaxed.open - openness)
            if best is None or relaxed.bound > best[1].bound:
                best, poor = (prices, relaxed), 0
            else:
                poor += 1
                if poor >= 3:
                    step, poor = step * 0.6, 0
            direction = relaxed.unserved if direction is None else 0.6 * direction + 0.4 * relaxed.unserved
            length = float(direction @ direction)
            if length < 1e-12:
                break
            # Polyak step: distance to the target over the squared length of the direction
            prices = np.clip(prices + step * 1.05 * (target - relaxed.bound) / length * direction, 0.0, radius)
        assert best is not None
        return NodeBound(best[0], best[1], openness)

    def _offer(self, sites: Ints) -> None:
        """Offer open sites as a solution."""
        if len(sites):
            self._incumbent.offer(sites, cost_of(self._costs, self._fixed, sites))

    def _all_fixed(self, sites: Ints, forced: Bools) -> bool:
        """Return whether at most one solution is left, and offer it."""
        few = self._count is not None and len(sites) <= self._count
        if not (forced.all() if self._count is None else few or int(forced.sum()) == self._count):
            return False
        chosen = sites if few else sites[forced]
        if self._count is None or len(chosen) == self._count:
            self._offer(chosen)
        return True
