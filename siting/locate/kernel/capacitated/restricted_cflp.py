"""Restricted programmes of capacitated location: the linear one with pairs added as asked, and the whole one."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siting.highs import INFINITE, ArrayMip, solve_lp
from siting.locate.kernel.capacitated.bound import Arcs, Capacitated, Priced, complete, relax
from siting.locate.kernel.clock import Clock
from siting.units import Bools, Floats, Ints

ADDED_AT_ONCE = 4
"""Pairs added to the linear programme in one go, per customer."""


@dataclass(frozen=True)
class Rest:
    """Stands in for all pairs that a restricted programme leaves out, so that its optimum bounds the full one.

    A customer may be served "elsewhere" at the least of ``cost + unit_price * demand`` over the pairs left out. What
    is served elsewhere takes room at some site, which is paid back at that site's unit price. Every answer to the full
    problem is an answer here, at the same cost or less.

    Attributes
    ----------
    customer : numpy.ndarray
        Customers that have pairs left out, (q,).
    cost : numpy.ndarray
        Cost of serving all of each of them elsewhere, (q,).
    unit_price : numpy.ndarray
        Price of a unit of each site's capacity, (n,).
    """

    customer: Ints
    cost: Floats
    unit_price: Floats


def rest_of(problem: Capacitated, mask: Bools, possible: Bools, unit_price: Floats) -> Rest:
    """Gather the pairs that are possible but not listed.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Capacitated.of(np.array([[1.0, 2.0], [5.0, 1.0]]), np.ones(2), np.full(2, 3.0), np.ones(2))
    >>> listed = np.array([[True, True], [False, True]])
    >>> rest_of(problem, listed, np.ones((2, 2), dtype=bool), np.array([0.0, 0.5])).cost
    array([5.5])
    """
    left_out = np.where(possible & ~mask, problem.cost + np.outer(unit_price, problem.demand), np.inf).min(axis=0)
    customer = np.flatnonzero(np.isfinite(left_out))
    return Rest(customer, left_out[customer], unit_price)


@dataclass(frozen=True)
class Restricted:
    """A programme over some sites and pairs, and where its columns stand.

    Columns are the sites, the pairs, then the ways out of the rest.
    """

    programme: ArrayMip
    sites: Ints
    site: Ints
    customer: Ints
    rest: Rest | None

    def opening(self, values: Floats, count: int) -> Floats:
        """Return the share of every site that is open, (n,)."""
        opening = np.zeros(count)
        opening[self.sites] = values[: self.sites.size]
        return opening

    def elsewhere(self, values: Floats) -> Ints:
        """Return the customers that the rest serves."""
        if self.rest is None:
            return np.empty(0, dtype=np.int64)
        start = self.sites.size + self.site.size
        return self.rest.customer[values[start : start + self.rest.customer.size] > 1e-7]

    def start(self, opened: Bools, share: Floats) -> Floats:
        """Return the column values of a known answer whose pairs are all listed."""
        values = np.zeros(self.programme.cost.size)
        values[: self.sites.size] = opened[self.sites]
        values[self.sites.size : self.sites.size + self.site.size] = share[self.site, self.customer]
        return values


def restricted(
    problem: Capacitated,
    mask: Bools,
    closed: Bools,
    forced: Bools,
    *,
    linked: Bools | None = None,
    rest: Rest | None = None,
    whole: bool = True,
    undivided: bool = False,
) -> Restricted:
    """Write the strong programme over the sites that may open and the listed pairs.

    Parameters
    ----------
    problem : Capacitated
        Costs, capacities, demands.
    mask : numpy.ndarray
        Listed pairs, bool (n, m).
    closed, forced : numpy.ndarray
        Sites decided already, bool (n,).
    linked : numpy.ndarray or None, optional
        Listed pairs whose flow is held below the share of their site that is open; all of them without it. At whole
        sites the row of capacity says the same for the others, only later.
    rest : Rest or None, optional
        What stands in for the pairs left out.
    whole : bool, optional
        Sites are open or closed; else shares of them.
    undivided : bool, optional
        Each customer is served from one site.

    Returns
    -------
    Restricted
        The programme and its columns.
    """
    sites = np.flatnonzero(~closed)
    site, customer = np.nonzero(mask & ~closed[:, None])
    count, pairs, customers = sites.size, site.size, problem.shape[1]
    at = np.full(problem.shape[0], -1)
    at[sites] = np.arange(count)
    row_site, pair = at[site], count + np.arange(pairs)
    extra = 0 if rest is None else rest.customer.size + count
    width = count + pairs + extra
    tied = (
        np.arange(pairs) if linked is None else np.flatnonzero(linked[site, customer] | (problem.demand[customer] <= 0))
    )
    link = customers + count + 1 + np.arange(tied.size)
    entries = [
        (customer, pair, np.ones(pairs)),
        (customers + row_site, pair, problem.demand[customer]),
        (customers + np.arange(count), np.arange(count), -problem.capacity[sites]),
        (np.full(count, customers + count), np.arange(count), problem.weight[sites]),
        (link, pair[tied], np.ones(tied.size)),
        (link, row_site[tied], -np.ones(tied.size)),
    ]
    height = customers + count + 1 + tied.size
    cost = [problem.fixed[sites], problem.cost[site, customer]]
    if rest is not None:
        way_out = count + pairs + np.arange(rest.customer.size)
        room = count + pairs + rest.customer.size + np.arange(count)
        entries += [
            (rest.customer, way_out, np.ones(way_out.size)),
            (customers + np.arange(count), room, np.ones(count)),
            (np.full(count, height), room, np.ones(count)),
            (np.full(way_out.size, height), way_out, -problem.demand[rest.customer]),
        ]
        cost += [rest.cost, -rest.unit_price[sites]]
        height += 1
    rows, columns, terms = (np.concatenate(part) for part in zip(*entries, strict=True))
    lower = np.r_[np.ones(customers), np.full(count, -INFINITE), problem.least, np.full(tied.size, -INFINITE)]
    upper = np.r_[np.ones(customers), np.zeros(count), INFINITE, np.zeros(tied.size)]
    if rest is not None:
        lower, upper = np.r_[lower, 0.0], np.r_[upper, 0.0]
    is_whole = np.zeros(width, dtype=bool)
    is_whole[:count] = whole
    is_whole[count : count + pairs] = undivided
    programme = ArrayMip(
        cost=np.concatenate(cost),
        lower=np.r_[forced[sites].astype(float), np.zeros(pairs + extra)],
        upper=np.r_[np.ones(count + pairs), np.full(extra, INFINITE)],
        matrix=sparse.csr_array((terms, (rows, columns)), shape=(height, width)),
        row_lower=lower,
        row_upper=upper,
        integer=is_whole,
    )
    return Restricted(programme, sites, site, customer, rest)


@dataclass(frozen=True)
class LinearBound:
    """What the linear programme gives: prices whose bound holds for all pairs, and the shares of the sites."""

    best: Priced
    opening: Floats
    used: Bools
    mask: Bools


def linear_bound(
    problem: Capacitated, mask: Bools, closed: Bools, forced: Bools, known: Priced, *, gap: float, clock: Clock
) -> LinearBound | None:
    """Solve the linear programme over the listed pairs, adding those its prices ask for.

    Returns
    -------
    LinearBound or None
        None where it could not be solved in time.
    """
    mask = mask & ~closed[:, None]
    best, opening, used = known, None, mask
    for _ in range(40):
        model = restricted(problem, mask, closed, forced, whole=False)
        found = solve_lp(model.programme, time_limit_s=clock.left())
        if found.status != "optimal":
            return None if opening is None else LinearBound(best, opening, used, mask)
        values, prices = found.values, found.duals[: problem.shape[1]]
        opening = model.opening(values, problem.shape[0])
        used = np.zeros_like(mask)
        flowing = values[model.sites.size :] > 1e-9
        used[model.site[flowing], model.customer[flowing]] = True
        relaxed = relax(problem, Arcs.listed(problem, mask), prices, closed, forced)
        priced, missing = complete(problem, mask, prices, relaxed, closed, forced)
        best = priced if priced.bound > best.bound else best
        if found.objective - best.bound <= gap * abs(found.objective) or not missing.any() or clock.over():
            break
        mask = mask | missing
    assert opening is not None
    return LinearBound(best, opening, used, mask)


def least_flow(problem: Capacitated) -> float | None:
    """Return the unit that all demands and capacities are multiples of, None where there is none.

    Flows of a cheapest service are then multiples of it too, since its programme is a transport problem.

    Examples
    --------
    >>> import numpy as np
    >>> least_flow(Capacitated.of(np.ones((1, 2)), np.ones(1), np.array([6.0]), np.array([2.0, 4.0])))
    2.0
    """
    amounts = np.r_[problem.demand, problem.capacity]
    top = float(amounts.max(initial=0.0))
    if top <= 0 or top > 2.0**40:
        return None
    scale = 1.0
    for _ in range(24):  # amounts may have been scaled by a power of two
        whole = amounts * scale
        if (whole == np.round(whole)).all():
            return float(np.gcd.reduce(whole.astype(np.int64))) / scale
        scale *= 2.0
    return None


def still_possible(problem: Capacitated, priced: Priced, upper: float, closed: Bools) -> Bools:
    """Return the pairs that an answer below `upper` may use at all, bool (n, m)."""
    reduced = np.maximum(problem.cost - priced.prices + np.outer(priced.unit_price, problem.demand), 0.0)
    unit = least_flow(problem)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 0.0 if unit is None else np.minimum(unit / problem.demand, 1.0)
    added = reduced * share + priced.entry[:, None]
    return (added <= upper - priced.bound) & ~closed[:, None]
