"""Branch and bound over sites with Lagrangian bounds, for questions in which few sites open."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from siting.locate.kernel.capacitated.bound import Arcs, Capacitated, Priced, complete, fix_sites, relax
from siting.locate.kernel.clock import Clock
from siting.units import Bools, Floats

type Upper = Callable[[Bools], float]
"""Prices an open set exactly and returns the value of the best answer in hand."""


@dataclass(frozen=True)
class Node:
    """A part of the search: what is decided, what is proven of it, and the prices it starts from."""

    bound: float
    closed: Bools
    forced: Bools
    prices: Floats


@dataclass
class Tree:
    """What is left of the search.

    Attributes
    ----------
    waiting : list of Node
        Nodes that are not decided, the next one last.
    mask : numpy.ndarray
        Pairs that are looked at; it grows where prices ask for more.
    nodes : int
        Nodes looked at.
    """

    waiting: list[Node]
    mask: Bools
    nodes: int = 0
    _arcs: Arcs | None = field(default=None, repr=False)

    def lower(self, upper: float) -> float:
        """Return what is proven: the least bound of what waits."""
        return min([upper, *(node.bound for node in self.waiting)])

    def arcs(self, problem: Capacitated) -> Arcs:
        """Return the listed arcs."""
        if self._arcs is None:
            self._arcs = Arcs.listed(problem, self.mask)
        return self._arcs

    def widen(self, missing: Bools) -> bool:
        """Add pairs to the list; say whether there were any."""
        if not missing.any():
            return False
        self.mask |= missing
        self._arcs = None
        return True


def search_tree(
    problem: Capacitated,
    tree: Tree,
    price_set: Upper,
    *,
    upper: float,
    gap: float,
    clock: Clock,
    most_nodes: int | None = None,
    steps: int = 20,
) -> float:
    """Search until nothing waits, and return the value of the best answer.

    Parameters
    ----------
    problem : Capacitated
        Costs, capacities, demands.
    tree : Tree
        Holds the root; afterwards, what is left.
    price_set : callable
        Prices an open set exactly.
    upper : float
        Value of the best answer in hand.
    gap : float
        Relative gap asked for: a node within it of the best answer is done.
    clock : Clock
        When to stop.
    most_nodes : int or None, optional
        Most nodes to look at.
    steps : int, optional
        Price steps at a node.

    Returns
    -------
    float
        Value of the best answer in hand.
    """
    while tree.waiting and not clock.over() and (most_nodes is None or tree.nodes < most_nodes):
        node = tree.waiting[-1]  # stays there until it is decided, so that an interrupt loses nothing
        target = upper - gap * abs(upper)
        children: list[Node] = []
        if node.bound <= target:
            tree.nodes += 1
            children, upper = _look_at(problem, tree, node, price_set, upper=upper, gap=gap, steps=steps)
        tree.waiting.pop()
        tree.waiting += children
    return upper


def _look_at(
    problem: Capacitated, tree: Tree, node: Node, price_set: Upper, *, upper: float, gap: float, steps: int
) -> tuple[list[Node], float]:
    """Bound a node; return what it leaves to be searched."""
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
        return [], price_set(forced)
    rounded = forced | (free & (opening > 0.6))
    if tree.nodes % 25 == 1 and problem.carries(rounded):
        upper = price_set(rounded)
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
) -> tuple[Priced | None, Floats]:
    """Take deflected steps from the parent's prices; None where the node holds nothing below the target."""
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
