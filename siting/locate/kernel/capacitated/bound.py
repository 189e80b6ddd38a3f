"""Lagrangian relaxation of capacitated location: with assignment rows relaxed, each site is a continuous knapsack.

The aggregate capacity row stays in the relaxation, as a continuous covering knapsack over the sites (Cornuejols,
Sridharan, Thizy 1991).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from siting.locate.kernel.capacitated.knapsack import fill
from siting.units import Bools, Floats, Ints

TERM_ROUNDING = 1e-13
"""Share of its terms that is subtracted from a bound, so that no rounding error lifts it above the optimum."""

ROUNDING = 1e-9
"""Relative slack within which two sums of capacity count as equal."""


@dataclass(frozen=True)
class Capacitated:
    """Sites with capacities and customers with demands, on plain arrays.

    Attributes
    ----------
    cost : numpy.ndarray
        Cost of serving all of customer j from site i, infinite where the pair may not serve, (n, m).
    fixed : numpy.ndarray
        Cost of opening a site, (n,).
    capacity : numpy.ndarray
        Of each site, (n,), finite.
    demand : numpy.ndarray
        Of each customer, (m,).
    weight, required : numpy.ndarray and float
        A row that every solution meets: the weights of the open sites sum to at least `required`.
    """

    cost: Floats
    fixed: Floats
    capacity: Floats
    demand: Floats
    weight: Floats
    required: float

    @classmethod
    def of(cls, cost: Floats, fixed: Floats, capacity: Floats, demand: Floats) -> Self:
        """Add the aggregate row: capacity must cover demand, and equal capacities round up to an integer number of sites.

        Examples
        --------
        >>> import numpy as np
        >>> Capacitated.of(np.ones((2, 3)), np.ones(2), np.array([4.0, 4.0]), np.full(3, 2.0)).required
        2.0
        """
        total = float(demand.sum())
        if capacity.size and np.ptp(capacity) == 0 and capacity[0] > 0:
            required = float(np.ceil(total / capacity[0] - ROUNDING))
            return cls(cost, fixed, capacity, demand, np.ones_like(capacity), required)
        return cls(cost, fixed, capacity, demand, capacity, total)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of sites and of customers."""
        return self.cost.shape[0], self.cost.shape[1]

    @cached_property
    def allowed(self) -> Bools:
        """Which pairs may serve, (n, m)."""
        return np.isfinite(self.cost)

    @cached_property
    def highest(self) -> Floats:
        """Largest cost of each customer over the pairs that may serve, 0 where none may, (m,)."""
        return np.asarray(np.where(self.allowed, self.cost, 0.0).max(axis=0))

    def carries(self, sites: Bools) -> bool:
        """Return whether the capacity of some sites covers all demand."""
        total = float(self.demand.sum())
        return bool(self.capacity[sites].sum() >= total * (1 - ROUNDING)) and bool(sites.any())

    def first_prices(self) -> Floats:
        """Return initial prices: the third smallest cost of each customer, with fixed costs shared over capacity."""
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(self.capacity > 0, self.fixed / self.capacity, np.inf)
            cost = self.cost + np.where(self.demand > 0, np.outer(share, self.demand), 0.0)
        rank = min(2, cost.shape[0] - 1)
        best = np.partition(cost, rank, axis=0)[rank]
        return np.where(np.isfinite(best), best, self.highest)


@dataclass(frozen=True)
class Pairs:
    """Listed pairs of site and customer, sorted by site."""

    site: Ints
    customer: Ints
    cost: Floats
    demand: Floats

    @classmethod
    def listed(cls, problem: Capacitated, mask: Bools) -> Self:
        """List the pairs of a mask (n, m)."""
        site, customer = np.nonzero(mask)
        return cls(site, customer, problem.cost[site, customer], problem.demand[customer])

    def without(self, closed: Bools) -> Self:
        """Return the pairs of the sites that are not fixed closed."""
        keep = ~closed[self.site]
        return type(self)(self.site[keep], self.customer[keep], self.cost[keep], self.demand[keep])


@dataclass(frozen=True)
class Relaxation:
    """Value and solution of the relaxation at given prices.

    Attributes
    ----------
    bound : float
        Lower bound over the listed pairs; infinite where the open sites cannot carry the demand.
    margin : numpy.ndarray
        Reduced cost of opening each site, (n,).
    unit_price : numpy.ndarray
        Dual of each site's capacity, (n,).
    opening : numpy.ndarray
        Fraction of each site that the relaxation opens, (n,).
    item, flow : numpy.ndarray
        Pairs used, and the share of the customer on them.
    base : float
        Part of the bound without the margins.
    """

    bound: float
    margin: Floats
    unit_price: Floats
    opening: Floats
    item: Ints
    flow: Floats
    base: float


def relax(problem: Capacitated, arcs: Pairs, prices: Floats, closed: Bools, forced: Bools) -> Relaxation:
    """Evaluate the bound at one vector of customer prices.

    Parameters
    ----------
    problem : Capacitated
        Costs, capacities, demands.
    arcs : Pairs
        Listed pairs; `complete` makes the bound valid for all.
    prices : numpy.ndarray
        Lagrangian multiplier of each customer's assignment row, (m,).
    closed, forced : numpy.ndarray
        Sites fixed closed and fixed open, bool (n,).

    Returns
    -------
    Relaxation
        Bound, margins of the sites and the relaxed solution.
    """
    filled = fill(arcs.site, arcs.cost - prices[arcs.customer], arcs.demand, problem.capacity)
    reduced = problem.fixed + filled.value
    row_dual, opening = _cover(problem, reduced, closed, forced)
    if opening is None:
        empty = np.empty(0)
        return Relaxation(np.inf, reduced, filled.unit_price, forced.astype(float), filled.item[:0], empty, np.inf)
    margin = reduced - row_dual * problem.weight
    base = float(prices.sum() + row_dual * problem.required)
    flow = filled.share * opening[arcs.site[filled.item]]
    return Relaxation(
        _sum_up(base, margin, closed, forced), margin, filled.unit_price, opening, filled.item, flow, base
    )


def _sum_up(base: float, margin: Floats, closed: Bools, forced: Bools) -> float:
    """Sum a bound, less what rounding may have added to it."""
    counted = margin[((margin < 0) | forced) & ~closed]
    return base + float(counted.sum()) - TERM_ROUNDING * (abs(base) + float(abs(counted).sum()))


def _cover(problem: Capacitated, reduced: Floats, closed: Bools, forced: Bools) -> tuple[float, Floats | None]:
    """Solve the covering knapsack of the aggregate row; return its dual and the fraction of each site that opens."""
    chosen = ((reduced < 0) | forced) & ~closed
    missing = problem.required - float(problem.weight[chosen].sum())
    opening = chosen.astype(float)
    if missing <= ROUNDING * problem.required:
        return 0.0, opening
    free = np.flatnonzero(~chosen & ~closed & (problem.weight > 0))
    per_weight = reduced[free] / problem.weight[free]
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
class ValidBound:
    """A bound that is valid for all pairs, with its margins.

    Attributes
    ----------
    prices : numpy.ndarray
        Lagrangian multipliers, (m,).
    bound : float
        The bound.
    margin : numpy.ndarray
        Reduced cost of opening each site, (n,); the bound includes it where it is negative or the site is forced.
    unit_price : numpy.ndarray
        Dual of each site's capacity, (n,).
    entry : numpy.ndarray
        Increase of the bound by using a site: 0 where the bound includes its margin already, (n,).
    """

    prices: Floats
    bound: float
    margin: Floats
    unit_price: Floats
    entry: Floats


def complete(
    problem: Capacitated, mask: Bools, prices: Floats, relaxed: Relaxation, closed: Bools, forced: Bools
) -> tuple[ValidBound, Bools]:
    """Price the pairs that are not listed (column pricing), so that the bound is valid for all.

    Returns
    -------
    ValidBound
        The valid bound: what an unlisted pair could save is subtracted from the margin of its site.
    numpy.ndarray
        Unlisted pairs of negative reduced cost, bool (n, m).
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
    return ValidBound(prices, bound, margin, relaxed.unit_price, entry), missing


def reduced_costs(problem: Capacitated, bounded: ValidBound) -> Floats:
    """Return the increase of the bound by serving all of customer j from i, the site included: (n, m), at least 0."""
    reduced = problem.cost - bounded.prices + np.outer(bounded.unit_price, problem.demand)
    return np.maximum(reduced, 0.0) + bounded.entry[:, None]


def fix_sites(bounded: ValidBound, upper: float, closed: Bools, forced: Bools) -> tuple[Bools, Bools]:
    """Fix sites closed or open where the opposite decision leaves no solution below `upper`."""
    room = upper - bounded.bound + ROUNDING * abs(upper)
    now_closed = closed | ((bounded.margin > room) & ~forced)
    now_forced = forced | ((-bounded.margin > room) & ~now_closed)
    return now_closed, now_forced
