"""Better open sets with capacities: add, drop and exchange sites, guided by the prices of the cheapest service."""

import numpy as np

from siting.locate.kernel.capacitated.bound import Capacitated
from siting.locate.kernel.capacitated.knapsack import fill
from siting.locate.kernel.capacitated.transport import Served, Transport
from siting.locate.kernel.clock import Clock
from siting.units import Bools, Floats, Ints

ADDITIONS = 10
"""Sites that are tried as additions before a set counts as good."""

DROPS = 3
"""Sites that are tried as drops after each addition."""


def added_worth(problem: Capacitated, served: Served, sites: Ints) -> Floats:
    """Estimate what opening each site would add to the cost: its fixed cost less what it saves at today's prices.

    It never overestimates the saving that the programme can make by more than other sites' spare capacity allows: the
    prices are dual, so no addition saves more.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Capacitated.of(np.array([[6.0], [1.0]]), np.array([1.0, 2.0]), np.full(2, 5.0), np.array([2.0]))
    >>> served = Transport(problem, np.ones((2, 1), dtype=bool)).cost_of(np.array([True, False]))
    >>> added_worth(problem, served, np.array([1]))
    array([-3.])
    """
    reduced = problem.cost[sites] - served.prices
    at, customer = np.nonzero(reduced < 0)
    filled = fill(at, reduced[at, customer], problem.demand[customer], problem.capacity[sites])
    return problem.fixed[sites] + filled.value


def dropped_worth(problem: Capacitated, served: Served) -> Floats:
    """Estimate what closing each open site would add to the cost, (n,); infinite at closed sites."""
    worth = np.full(problem.shape[0], np.inf)
    sites = np.flatnonzero(served.open)
    if sites.size < 2:
        return worth
    asked = problem.cost[sites] + np.outer(served.unit_price[sites], problem.demand)
    first = asked.argmin(axis=0)
    two = np.partition(asked, 1, axis=0)[:2]
    position = np.full(problem.shape[0], -1)
    position[sites] = np.arange(sites.size)
    own = position[served.site] == first[served.customer]
    otherwise = np.where(own, two[1, served.customer], two[0, served.customer])
    extra = served.share * (otherwise - problem.cost[served.site, served.customer])
    loss = np.bincount(served.site, extra, minlength=problem.shape[0])
    worth[sites] = loss[sites] - problem.fixed[sites]
    return worth


def improve(
    problem: Capacitated,
    transport: Transport,
    served: Served,
    closed: Bools,
    forced: Bools,
    *,
    rounds: int,
    clock: Clock,
) -> Served:
    """Exchange sites while that lowers the cost.

    Parameters
    ----------
    problem : Capacitated
        Costs, capacities, demands.
    transport : Transport
        Prices an open set exactly.
    served : Served
        The set to start from.
    closed, forced : numpy.ndarray
        Sites decided already, bool (n,).
    rounds : int
        Most exchanges.
    clock : Clock
        When to stop.

    Returns
    -------
    Served
        A set that costs no more.
    """
    for _ in range(rounds):
        better = _exchange(problem, transport, served, closed, forced, clock)
        if better is None:
            return served
        served = better
    return served


def _exchange(
    problem: Capacitated, transport: Transport, served: Served, closed: Bools, forced: Bools, clock: Clock
) -> Served | None:
    """Return the first better set that a drop, an addition or an exchange gives."""
    aim = served.objective - 1e-9 * abs(served.objective)
    found = _drop(problem, transport, served, forced, aim)
    if found is not None:
        return found
    candidates = np.flatnonzero(~served.open & ~closed)
    worth = added_worth(problem, served, candidates)
    for site in candidates[np.argsort(worth, kind="stable")[:ADDITIONS]]:
        if clock.over():
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


def _drop(problem: Capacitated, transport: Transport, served: Served, keep: Bools, aim: float) -> Served | None:
    """Close the site that is missed least, where that gets below the aim."""
    worth = np.where(keep, np.inf, dropped_worth(problem, served))
    for site in np.argsort(worth, kind="stable")[:DROPS]:
        if not np.isfinite(worth[site]) or served.objective + worth[site] > aim + 0.05 * abs(aim):
            return None
        opened = served.open.copy()
        opened[site] = False
        fewer = transport.cost_of(opened)
        if fewer is not None and fewer.objective < aim:
            return fewer
    return None
