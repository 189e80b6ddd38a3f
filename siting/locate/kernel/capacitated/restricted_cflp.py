"""Restricted models of capacitated location: the LP relaxation by column generation, and the MIP over some pairs."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siting.highs import INFINITE, ArrayMip, solve_lp
from siting.locate.kernel.capacitated.bound import Capacitated, Pairs, ValidBound, complete, relax
from siting.locate.kernel.limits import SearchLimits
from siting.units import Bools, Floats, Ints


@dataclass(frozen=True)
class Elsewhere:
    """Aggregate of all pairs that a restricted model leaves out: its optimum then bounds that of the full model.

    A customer may be served elsewhere at the minimum of ``cost + unit_price * demand`` over the pairs left out. What is
    served elsewhere uses capacity of some site, refunded at that site's unit price. Every solution of the full model is
    then feasible here, at the same cost or less.

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


def elsewhere_of(problem: Capacitated, mask: Bools, possible: Bools, unit_price: Floats) -> Elsewhere:
    """Gather the pairs that are possible but not listed.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Capacitated.of(np.array([[1.0, 2.0], [5.0, 1.0]]), np.ones(2), np.full(2, 3.0), np.ones(2))
    >>> listed = np.array([[True, True], [False, True]])
    >>> elsewhere_of(problem, listed, np.ones((2, 2), dtype=bool), np.array([0.0, 0.5])).cost
    array([5.5])
    """
    left_out = np.where(possible & ~mask, problem.cost + np.outer(unit_price, problem.demand), np.inf).min(axis=0)
    customer = np.flatnonzero(np.isfinite(left_out))
    return Elsewhere(customer, left_out[customer], unit_price)


@dataclass(frozen=True)
class Restricted:
    """A model over some sites and pairs, and the meaning of its columns.

    Columns are the sites, the pairs, service elsewhere, then capacity used elsewhere.
    """

    mip: ArrayMip
    sites: Ints
    site: Ints
    customer: Ints
    rest: Elsewhere | None

    def opening(self, values: Floats, count: int) -> Floats:
        """Return the fraction of every site that is open, (n,)."""
        opening = np.zeros(count)
        opening[self.sites] = values[: self.sites.size]
        return opening

    def elsewhere(self, values: Floats) -> Ints:
        """Return the customers that are served elsewhere."""
        if self.rest is None:
            return np.empty(0, dtype=np.int64)
        start = self.sites.size + self.site.size
        return self.rest.customer[values[start : start + self.rest.customer.size] > 1e-7]

    def start(self, opened: Bools, share: Floats) -> Floats:
        """Return the columns of a solution whose pairs are all listed, as a warm start."""
        values = np.zeros(self.mip.cost.size)
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
    rest: Elsewhere | None = None,
    integral: bool = True,
    single_source: bool = False,
) -> Restricted:
    """Write the strong formulation over the sites that may open and the listed pairs.

    Parameters
    ----------
    problem : Capacitated
        Costs, capacities, demands.
    mask : numpy.ndarray
        Listed pairs, bool (n, m).
    closed, forced : numpy.ndarray
        Sites fixed closed and fixed open, bool (n,).
    linked : numpy.ndarray or None, optional
        Listed pairs with a linking row ``x_ij <= y_i``; all without it. The capacity row implies the others once y is
        integral.
    rest : Elsewhere or None, optional
        Aggregate of the pairs left out.
    integral : bool, optional
        Sites are binary; otherwise this is the LP relaxation.
    single_source : bool, optional
        Pairs are binary too: each customer is served from one site.

    Returns
    -------
    Restricted
        The model and its columns.
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
        elsewhere = count + pairs + np.arange(rest.customer.size)
        room = count + pairs + rest.customer.size + np.arange(count)
        entries += [
            (rest.customer, elsewhere, np.ones(elsewhere.size)),
            (customers + np.arange(count), room, np.ones(count)),
            (np.full(count, height), room, np.ones(count)),
            (np.full(elsewhere.size, height), elsewhere, -problem.demand[rest.customer]),
        ]
        cost += [rest.cost, -rest.unit_price[sites]]
        height += 1
    rows, columns, terms = (np.concatenate(part) for part in zip(*entries, strict=True))
    lower = np.r_[np.ones(customers), np.full(count, -INFINITE), problem.required, np.full(tied.size, -INFINITE)]
    upper = np.r_[np.ones(customers), np.zeros(count), INFINITE, np.zeros(tied.size)]
    if rest is not None:
        lower, upper = np.r_[lower, 0.0], np.r_[upper, 0.0]
    integer = np.zeros(width, dtype=bool)
    integer[:count] = integral
    integer[count : count + pairs] = single_source
    mip = ArrayMip(
        cost=np.concatenate(cost),
        lower=np.r_[forced[sites].astype(float), np.zeros(pairs + extra)],
        upper=np.r_[np.ones(count + pairs), np.full(extra, INFINITE)],
        matrix=sparse.csr_array((terms, (rows, columns)), shape=(height, width)),
        row_lower=lower,
        row_upper=upper,
        integer=integer,
    )
    return Restricted(mip, sites, site, customer, rest)


@dataclass(frozen=True)
class LinearBound:
    """Solution of the LP relaxation: a bound that is valid for all pairs, and fractions of the sites."""

    best: ValidBound
    opening: Floats
    used: Bools
    mask: Bools


def linear_bound(
    problem: Capacitated,
    mask: Bools,
    closed: Bools,
    forced: Bools,
    known: ValidBound,
    *,
    gap: float,
    limits: SearchLimits,
) -> LinearBound | None:
    """Solve the LP relaxation by column generation over pairs.

    Returns
    -------
    LinearBound or None
        None where the time was too short.
    """
    mask = mask & ~closed[:, None]
    best, opening, used = known, None, mask
    for _ in range(40):
        model = restricted(problem, mask, closed, forced, integral=False)
        found = solve_lp(model.mip, time_limit_s=limits.left_s())
        if found.status != "optimal":
            return None if opening is None else LinearBound(best, opening, used, mask)
        values, prices = found.values, found.duals[: problem.shape[1]]
        opening = model.opening(values, problem.shape[0])
        used = np.zeros_like(mask)
        flowing = values[model.sites.size :] > 1e-9
        used[model.site[flowing], model.customer[flowing]] = True
        relaxed = relax(problem, Pairs.listed(problem, mask), prices, closed, forced)
        priced, missing = complete(problem, mask, prices, relaxed, closed, forced)
        best = priced if priced.bound > best.bound else best
        if found.objective - best.bound <= gap * abs(found.objective) or not missing.any() or limits.expired():
            break
        mask = mask | missing
    assert opening is not None
    return LinearBound(best, opening, used, mask)


def least_flow(problem: Capacitated) -> float | None:
    """Return the greatest common unit of all demands and capacities, None without one.

    Flows of a cheapest allocation are multiples of it too, because it is a transport problem (total unimodularity).

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
        scaled = amounts * scale
        if (scaled == np.round(scaled)).all():
            return float(np.gcd.reduce(scaled.astype(np.int64))) / scale
        scale *= 2.0
    return None


def still_possible(problem: Capacitated, priced: ValidBound, upper: float, closed: Bools) -> Bools:
    """Return the pairs that a solution below `upper` may use, bool (n, m)."""
    reduced = np.where(problem.allowed, problem.cost, 0.0) - priced.prices
    reduced = np.maximum(reduced + np.outer(priced.unit_price, problem.demand), 0.0)
    unit = least_flow(problem)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 0.0 if unit is None else np.minimum(unit / problem.demand, 1.0)
    added = reduced * share + priced.entry[:, None]
    return (added <= upper - priced.bound) & problem.allowed & ~closed[:, None]
