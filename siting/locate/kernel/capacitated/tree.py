"""Branch and bound on sites with Lagrangian bounds, for problems in which few sites open."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from siting.locate.kernel.capacitated.bound import Capacitated, Pairs, ValidBound, complete, fix_sites, relax
from siting.locate.kernel.limits import SearchLimits
from siting.units import Bools, Floats

type Evaluate = Callable[[Bools], float]
"""Evaluates an open set and returns the objective of the incumbent; or returns a lower bound on the set."""


@dataclass(frozen=True)
class Node:
    """A node: fixed sites, lower bound and initial prices."""

    bound: float
    closed: Bools
    forced: Bools
    prices: Floats


@dataclass
class Tree:
    """The open nodes of a search.

    Attributes
    ----------
    open_nodes : list of Node
        Nodes that are not explored, the next one last.
    mask : numpy.ndarray
        Listed pairs; it grows by pricing.
    nodes : int
        Explored nodes.
    leaves : float
        Smallest lower bound of the leaves, from dual prices.
    """

    open_nodes: list[Node]
    mask: Bools
    nodes: int = 0
    leaves: float = np.inf
    _arcs: Pairs | None = field(default=None, repr=False)

    def lower(self, upper: float) -> float:
        """Return the lower bound: the smallest one of the leaves and the open nodes."""
        return min([upper, self.leaves, *(node.bound for node in self.open_nodes)])

    def arcs(self, problem: Capacitated) -> Pairs:
        """Return the listed pairs."""
        if self._arcs is None:
            self._arcs = Pairs.listed(problem, self.mask)
        return self._arcs

    def widen(self, missing: Bools) -> bool:
        """Add pairs to the list; return whether there were any."""
        if not missing.any():
            return False
        self.mask |= missing
        self._arcs = None
        return True


def search_tree(
    problem: Capacitated,
    tree: Tree,
    evaluate: Evaluate,
    bound_of: Evaluate,
    *,
    upper: float,
    gap: float,
    limits: SearchLimits,
    most_nodes: int | None = None,
    steps: int = 20,
) -> float:
    """Explore the tree and return the objective of the incumbent.

    Parameters
    ----------
    problem : Capacitated
        Costs, capacities, demands.
    tree : Tree
        Holds the root; afterwards, the open nodes.
    evaluate, bound_of : callable
        Evaluate an open set, and bound its cost from below.
    upper : float
        Objective of the incumbent.
    gap : float
        Relative gap: a node with a bound this close to the incumbent is pruned.
    limits : SearchLimits
        Time limit.
    most_nodes : int or None, optional
        Node limit.
    steps : int, optional
        Subgradient steps at a node.

    Returns
    -------
    float
        Objective of the incumbent.
    """
    while tree.open_nodes and not limits.expired() and (most_nodes is None or tree.nodes < most_nodes):
        node = tree.open_nodes[-1]  # stays there until it is explored, so that an interrupt loses no bound
        target = upper - gap * abs(upper)
        children: list[Node] = []
        if node.bound <= target:
            tree.nodes += 1
            children, upper = _explore(problem, tree, node, evaluate, bound_of, upper=upper, gap=gap, steps=steps)
        tree.open_nodes.pop()
        tree.open_nodes += children
    return upper


def _explore(
    problem: Capacitated,
    tree: Tree,
    node: Node,
    evaluate: Evaluate,
    bound_of: Evaluate,
    *,
    upper: float,
    gap: float,
    steps: int,
) -> tuple[list[Node], float]:
    """Bound a node; return its children and the objective of the incumbent."""
    target = upper - gap * abs(upper)
    first = tree.nodes == 1
    priced, opening = _raise_bound(problem, tree, node, target, upper, steps=2 * steps if first else steps, first=first)
    if priced is None or priced.bound > target:
        return [], upper
    closed, forced = fix_sites(priced, target, node.closed, node.forced)
    if not problem.carries(~closed):
        return [], upper
    free = ~closed & ~forced
    if not free.any():
        upper = evaluate(forced)
        tree.leaves = min(tree.leaves, bound_of(forced))
        return [], upper
    rounded = forced | (free & (opening > 0.6))
    if tree.nodes % 25 == 1 and problem.carries(rounded):
        upper = evaluate(rounded)
    branch = int(np.where(free, opening, -1.0).argmax())
    one = np.zeros_like(closed)
    one[branch] = True
    bound = max(node.bound, priced.bound)
    return [
        Node(bound, closed | one, forced, priced.prices),
        Node(bound, closed, forced | one, priced.prices),
    ], upper


def _raise_bound(
    problem: Capacitated, tree: Tree, node: Node, target: float, upper: float, *, steps: int, first: bool
) -> tuple[ValidBound | None, Floats]:
    """Take deflected subgradient steps from the parent's prices; None where the node is pruned."""
    closed, forced = node.closed, node.forced
    customers = problem.shape[1]
    opening = np.zeros(closed.size)
    arcs = tree.arcs(problem).without(closed)
    prices, best_prices, best_bound = node.prices, node.prices, -np.inf
    length, failures, direction = (0.2 if first else 0.6), 0, None
    for _ in range(steps):
        now = relax(problem, arcs, prices, closed, forced)
        if now.bound > target:
            if not np.isfinite(now.bound):
                return None, opening
            priced, missing = complete(problem, tree.mask, prices, now, closed, forced)
            if priced.bound > target:
                return None, opening
            tree.widen(missing)
            arcs = tree.arcs(problem).without(closed)
            now = relax(problem, arcs, prices, closed, forced)
        if now.bound > best_bound:
            best_bound, best_prices, failures = now.bound, prices, 0
        else:
            failures += 1
            if failures >= 3:
                length, failures = length * 0.6, 0
        opening = 0.8 * opening + 0.2 * now.opening
        lack = 1.0 - np.bincount(arcs.customer[now.item], now.flow, minlength=customers)
        direction = lack if direction is None else 0.6 * direction + 0.4 * lack
        norm = float(direction @ direction)
        if norm < 1e-12:
            break
        prices = prices + length * max(target - now.bound, 1e-4 * abs(upper)) * 1.02 / norm * direction
    now = relax(problem, arcs, best_prices, closed, forced)
    priced, missing = complete(problem, tree.mask, best_prices, now, closed, forced)
    tree.widen(missing)
    return priced, opening
