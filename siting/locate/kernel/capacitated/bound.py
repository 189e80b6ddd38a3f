"""Lower bounds of capacitated location: customers priced out, each site a knapsack, the volume algorithm over prices."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from siting.locate.kernel.capacitated.knapsack import fill
from siting.units import Bools, Floats, Ints

ROUNDING = 1e-9
"""Relative slack within which two sums of capacity count as equal."""


@dataclass(frozen=True)
class Capacitated:
    """Sites with capacities and customers with demands, on plain arrays.

    Attributes
    ----------
    cost : numpy.ndarray
        Cost of serving all of customer j from site i, (n, m).
    fixed : numpy.ndarray
        Cost of opening a site, (n,).
    capacity : numpy.ndarray
        Of each site, (n,), finite.
    demand : numpy.ndarray
        Of each customer, (m,).
    weight, least : numpy.ndarray and float
        A row that every answer meets: the weights of the open sites sum to at least `least`.
    """

    cost: Floats
    fixed: Floats
    capacity: Floats
    demand: Floats
    weight: Floats
    least: float

    @classmethod
    def of(cls, cost: Floats, fixed: Floats, capacity: Floats, demand: Floats) -> Self:
        """Add the aggregate row: capacity must cover demand, and equal capacities round up to whole sites.

        Examples
        --------
        >>> import numpy as np
        >>> Capacitated.of(np.ones((2, 3)), np.ones(2), np.array([4.0, 4.0]), np.full(3, 2.0)).least
        2.0
        """
        total = float(demand.sum())
        if capacity.size and np.ptp(capacity) == 0 and capacity[0] > 0:
            least = float(np.ceil(total / capacity[0] - ROUNDING))
            return cls(cost, fixed, capacity, demand, np.ones_like(capacity), least)
        return cls(cost, fixed, capacity, demand, capacity, total)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of sites and of customers."""
        return self.cost.shape[0], self.cost.shape[1]

    def carries(self, sites: Bools) -> bool:
        """Return whether the capacity of some sites covers all demand."""
        total = float(self.demand.sum())
        return bool(self.capacity[sites].sum() >= total * (1 - ROUNDING)) and bool(sites.any())

    def first_prices(self) -> Floats:
        """Prices to start from: what the third best site asks, its fixed cost shared over its capacity."""
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(self.capacity > 0, self.fixed / self.capacity, np.inf)
            asked = self.cost + np.where(self.demand > 0, np.outer(share, self.demand), 0.0)
        rank = min(2, asked.shape[0] - 1)
        best = np.partition(asked, rank, axis=0)[rank]
        return np.where(np.isfinite(best), best, self.cost.max(axis=0))


@dataclass(frozen=True)
class Arcs:
    """The pairs of site and customer that are looked at, sorted by site."""

    site: Ints
    customer: Ints
    cost: Floats
    demand: Floats

    @classmethod
    def listed(cls, problem: Capacitated, mask: Bools) -> Self:
        """List the arcs of a mask (n, m)."""
        site, customer = np.nonzero(mask)
        return cls(site, customer, problem.cost[site, customer], problem.demand[customer])

    def without(self, closed: Bools) -> Self:
        """Return the arcs of the sites that may still open."""
        keep = ~closed[self.site]
        return replace(
            self,
            site=self.site[keep],
            customer=self.customer[keep],
            cost=self.cost[keep],
            demand=self.demand[keep],
        )


@dataclass(frozen=True)
class Relaxed:
    """What the relaxation says at given prices.

    Attributes
    ----------
    bound : float
        Lower bound over the listed arcs; infinite where the open sites cannot carry the demand.
    margin : numpy.ndarray
        What opening a site adds to the bound, (n,).
    unit_price : numpy.ndarray
        Price of a unit of each site's capacity, (n,).
    opening : numpy.ndarray
        Share of each site that the relaxation opens, (n,).
    item, flow : numpy.ndarray
        Arcs used, and the share of the customer that flows on them.
    base : float
        Part of the bound that no margin changes.
    """

    bound: float
    margin: Floats
    unit_price: Floats
    opening: Floats
    item: Ints
    flow: Floats
    base: float


def relax(problem: Capacitated, arcs: Arcs, prices: Floats, closed: Bools, forced: Bools) -> Relaxed:
    """Evaluate the bound at one vector of customer prices.

    Parameters
    ----------
    problem : Capacitated
        Costs, capacities, demands.
    arcs : Arcs
        Pairs that are looked at; the bound holds for all pairs once `complete` has priced the rest.
    prices : numpy.ndarray
        What each customer pays to be served, (m,).
    closed, forced : numpy.ndarray
        Sites that stay closed, and sites that are open, bool (n,).

    Returns
    -------
    Relaxed
        Bound, margins of the sites and the relaxed answer.
    """
    filled = fill(arcs.site, arcs.cost - prices[arcs.customer], arcs.demand, problem.capacity)
    worth = problem.fixed + filled.value
    row_price, opening = _cover(problem, worth, closed, forced)
    if opening is None:
        empty = np.empty(0)
        return Relaxed(np.inf, worth, filled.unit_price, forced.astype(float), filled.item[:0], empty, np.inf)
    margin = worth - row_price * problem.weight
    base = float(prices.sum() + row_price * problem.least)
    flow = filled.share * opening[arcs.site[filled.item]]
    return Relaxed(_sum_up(base, margin, closed, forced), margin, filled.unit_price, opening, filled.item, flow, base)


def _sum_up(base: float, margin: Floats, closed: Bools, forced: Bools) -> float:
    counted = ((margin < 0) | forced) & ~closed
    return base + float(margin[counted].sum())


def _cover(problem: Capacitated, worth: Floats, closed: Bools, forced: Bools) -> tuple[float, Floats | None]:
    """Open sites of least worth until the aggregate row holds; return its price and the shares opened."""
    chosen = ((worth < 0) | forced) & ~closed
    missing = problem.least - float(problem.weight[chosen].sum())
    opening = chosen.astype(float)
    if missing <= ROUNDING * problem.least:
        return 0.0, opening
    free = np.flatnonzero(~chosen & ~closed & (problem.weight > 0))
    per_weight = worth[free] / problem.weight[free]
    order = np.argsort(per_weight, kind="stable")
    upto = np.cumsum(problem.weight[free][order])
    last = int(np.searchsorted(upto, missing * (1 - ROUNDING)))
    if last >= free.size:
        return 0.0, None
    opening[free[order[:last]]] = 1.0
    before = upto[last - 1] if last else 0.0
    opening[free[order[last]]] = min(1.0, (missing - before) / problem.weight[free[order[last]]])
    return float(per_weight[order[last]]), opening


@dataclass(frozen=True)
class Priced:
    """A bound that holds for all pairs, with the margins that belong to it.

    Attributes
    ----------
    prices : numpy.ndarray
        What each customer pays, (m,).
    bound : float
        The bound.
    margin : numpy.ndarray
        What opening a site adds, (n,); the bound has it where it is negative or the site is forced.
    unit_price : numpy.ndarray
        Price of a unit of each site's capacity, (n,).
    entry : numpy.ndarray
        What using a site adds to the bound: nothing where the bound has its margin already, (n,).
    """

    prices: Floats
    bound: float
    margin: Floats
    unit_price: Floats
    entry: Floats


def complete(
    problem: Capacitated, mask: Bools, prices: Floats, relaxed: Relaxed, closed: Bools, forced: Bools
) -> tuple[Priced, Bools]:
    """Price the pairs that were not looked at, so that the bound holds for all of them.

    Returns
    -------
    Priced
        The valid bound: what an unlisted pair could save is taken off the margin of its site.
    numpy.ndarray
        Pairs that are missing from the list, bool (n, m).
    """
    missing = np.zeros_like(mask)
    margin = relaxed.margin
    open_rows = np.flatnonzero(~closed)
    if not mask[open_rows].all():
        reduced = problem.cost[open_rows] - prices + np.outer(relaxed.unit_price[open_rows], problem.demand)
        saving = (reduced < 0) & ~mask[open_rows]
        if saving.any():
            missing[open_rows] = saving
            margin = margin.copy()
            margin[open_rows] += np.where(saving, reduced, 0.0).sum(axis=1)
    bound = _sum_up(relaxed.base, margin, closed, forced) if np.isfinite(relaxed.base) else np.inf
    entry = np.where(forced, 0.0, np.maximum(margin, 0.0))
    return Priced(prices, bound, margin, relaxed.unit_price, entry), missing


def reduced_costs(problem: Capacitated, priced: Priced) -> Floats:
    """Return what serving all of customer j from i adds to the bound, the site included: (n, m), at least 0."""
    reduced = problem.cost - priced.prices + np.outer(priced.unit_price, problem.demand)
    return np.maximum(reduced, 0.0) + priced.entry[:, None]


def fix_sites(priced: Priced, upper: float, closed: Bools, forced: Bools) -> tuple[Bools, Bools]:
    """Close and force the sites without which, or with which, no answer below `upper` exists."""
    room = upper - priced.bound + ROUNDING * abs(upper)
    now_closed = closed | ((priced.margin > room) & ~forced)
    now_forced = forced | ((-priced.margin > room) & ~now_closed)
    return now_closed, now_forced
