"""Interchange heuristic with capacities: add, drop and swap sites, guided by the duals of the transport problem."""

import numpy as np

from siting.locate.kernel.capacitated.bound import Capacitated
from siting.locate.kernel.capacitated.knapsack import fill
from siting.locate.kernel.capacitated.transport import Allocation, Transport
from siting.locate.kernel.limits import SearchLimits
from siting.units import Bools, Floats, Ints

ADDITIONS = 10
"""Sites that are tried as additions before a set counts as a local optimum."""

DROPS = 3
"""Sites that are tried as drops after each addition."""


def added_cost(problem: Capacitated, served: Allocation, sites: Ints) -> Floats:
    """Estimate the change of cost by opening each site: its fixed cost less its saving at the current duals.

    The transport cost is convex in the capacities and the duals are its subgradient, so that no addition saves more.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Capacitated.of(np.array([[6.0], [1.0]]), np.array([1.0, 2.0]), np.full(2, 5.0), np.array([2.0]))
    >>> served = Transport(problem, np.ones((2, 1), dtype=bool)).cost_of(np.array([True, False]))
    >>> added_cost(problem, served, np.array([1]))
    array([-3.])
    """
    reduced = problem.cost[sites] - served.prices
    at, customer = np.nonzero(reduced < 0)
    filled = fill(at, reduced[at, customer], problem.demand[customer], problem.capacity[sites])
    return problem.fixed[sites] + filled.value


def dropped_cost(problem: Capacitated, served: Allocation) -> Floats:
    """Estimate the change of cost by closing each open site, (n,); infinite at closed sites."""
    change = np.full(problem.shape[0], np.inf)
    sites = np.flatnonzero(served.open)
    if sites.size < 2:
        return change
    cost = problem.cost[sites] + np.outer(served.unit_price[sites], problem.demand)
    first = cost.argmin(axis=0)
    two = np.partition(cost, 1, axis=0)[:2]
    position = np.full(problem.shape[0], -1)
    position[sites] = np.arange(sites.size)
    own = position[served.site] == first[served.customer]
    otherwise = np.where(own, two[1, served.customer], two[0, served.customer])
    extra = served.share * (otherwise - problem.cost[served.site, served.customer])
    loss = np.bincount(served.site, extra, minlength=problem.shape[0])
    change[sites] = loss[sites] - problem.fixed[sites]
    return change


def improve(
    problem: Capacitated,
    transport: Transport,
    served: Allocation,
    closed: Bools,
    forced: Bools,
    *,
    steps: int,
    limits: SearchLimits,
) -> Allocation:
    """Take better neighbours while there are any.

    Parameters
    ----------
    problem : Capacitated
        Costs, capacities, demands.
    transport : Transport
        Evaluates an open set exactly.
    served : Allocation
        Starting point.
    closed, forced : numpy.ndarray
        Sites fixed closed and fixed open, bool (n,).
    steps : int
        Most moves.
    limits : SearchLimits
        Time limit.

    Returns
    -------
    Allocation
        A set that costs no more.
    """
    for _ in range(steps):
        better = _neighbour(problem, transport, served, closed, forced, limits)
        if better is None:
            return served
        served = better
    return served


def _neighbour(
    problem: Capacitated, transport: Transport, served: Allocation, closed: Bools, forced: Bools, limits: SearchLimits
) -> Allocation | None:
    """Return the first better set by a drop, an addition or both (a swap)."""
    aim = served.objective - 1e-9 * abs(served.objective)
    found = _drop(problem, transport, served, forced, aim)
    if found is not None:
        return found
    candidates = np.flatnonzero(~served.open & ~closed)
    change = added_cost(problem, served, candidates)
    for site in candidates[np.argsort(change, kind="stable")[:ADDITIONS]]:
        if limits.expired():
            return None
        opened = served.open.copy()
        opened[site] = True
        more = transport.cost_of(opened)
        if more is None:
            continue
        if more.objective < aim:
            return more
        keep = forced.copy()
        keep[site] = True
        found = _drop(problem, transport, more, keep, aim)
        if found is not None:
            return found
    return None


def _drop(problem: Capacitated, transport: Transport, served: Allocation, keep: Bools, aim: float) -> Allocation | None:
    """Close one of the sites of smallest estimated loss, if the cost falls below the aim."""
    change = np.where(keep, np.inf, dropped_cost(problem, served))
    for site in np.argsort(change, kind="stable")[:DROPS]:
        if not np.isfinite(change[site]) or served.objective + change[site] > aim + 0.05 * abs(aim):
            return None
        opened = served.open.copy()
        opened[site] = False
        fewer = transport.cost_of(opened)
        if fewer is not None and fewer.objective < aim:
            return fewer
    return None
