"""The cheapest allocation to an open set: a transport problem by column generation, as an LP that stays warm."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siting.highs import INFINITE, ArrayMip, WarmLp
from siting.locate.kernel.capacitated.bound import ROUNDING, TERM_ROUNDING, Capacitated
from siting.units import Bools, Floats, Ints

PRICE_TOLERANCE = 1e-9
"""Reduced cost, relative to the prices, from which a pair that is not listed is worth adding."""


@dataclass(frozen=True)
class Allocation:
    """The cheapest allocation of all customers to an open set.

    Attributes
    ----------
    objective : float
        Serving and fixed costs.
    open : numpy.ndarray
        The open sites, bool (n,).
    site, customer, share : numpy.ndarray
        Pairs in use and the share of the customer on each.
    prices : numpy.ndarray
        Dual of each customer's assignment row, (m,).
    unit_price : numpy.ndarray
        Saving by one more unit of each site's capacity (its dual), (n,), 0 at closed sites.
    """

    objective: float
    open: Bools
    site: Ints
    customer: Ints
    share: Floats
    prices: Floats
    unit_price: Floats

    def mask(self, shape: tuple[int, int]) -> Bools:
        """Return the pairs in use, bool (n, m)."""
        used = np.zeros(shape, dtype=bool)
        used[self.site, self.customer] = True
        return used


class Transport:
    """A transport problem over all sites, in which closed sites have no capacity.

    Pairs enter by column generation. The next open set changes right-hand sides alone, so that the dual simplex starts
    from the last basis. Customers without demand go to their cheapest open site.
    """

    def __init__(self, problem: Capacitated, mask: Bools) -> None:
        self._problem = problem
        self._served = np.flatnonzero(problem.demand > 0)
        self._big = 2.0 * float(problem.highest.max()) + 1.0
        self._mask = mask & (problem.demand > 0) & problem.allowed
        self._solver: WarmLp | None = None
        self._site = self._customer = np.empty(0, dtype=np.int64)
        self._evaluated: dict[bytes, tuple[Allocation | None, float]] = {}

    def cost_of(self, opened: Bools) -> Allocation | None:
        """Return the cheapest allocation to an open set, None where its capacity is too small.

        Examples
        --------
        >>> import numpy as np
        >>> problem = Capacitated.of(
        ...     np.array([[1.0, 2.0], [5.0, 1.0]]), np.array([10.0, 10.0]), np.array([3.0, 3.0]), np.array([2.0, 2.0])
        ... )
        >>> transport = Transport(problem, np.ones((2, 2), dtype=bool))
        >>> transport.cost_of(np.array([True, True])).objective
        22.0
        """
        return self._evaluation(opened)[0]

    def bound_of(self, opened: Bools) -> float:
        """Return a lower bound on the cost of an open set, from dual prices: infinite where it cannot serve everyone."""
        return self._evaluation(opened)[1]

    def _evaluation(self, opened: Bools) -> tuple[Allocation | None, float]:
        key = opened.tobytes()
        if key not in self._evaluated:
            carries = self._problem.carries(opened) or (self._served.size == 0 and bool(opened.any()))
            self._evaluated[key] = self._solve(opened) if carries else (None, np.inf)
        return self._evaluated[key]

    def _dual_value(self, opened: Bools, prices: Floats, unit_price: Floats) -> float:
        """Sum the bound of dual prices over all pairs of the open sites, less what rounding may have added to it."""
        problem, sites = self._problem, np.flatnonzero(opened)
        reduced = problem.cost[sites] - prices + np.outer(unit_price[sites], problem.demand)
        saving = np.minimum(reduced, 0.0).sum(axis=1)
        terms = np.concatenate((prices, -unit_price[sites] * problem.capacity[sites], saving, problem.fixed[sites]))
        return float(terms.sum()) - TERM_ROUNDING * float(abs(terms).sum())

    def _solve(self, opened: Bools) -> tuple[Allocation | None, float]:
        nearest = self._problem.cost[opened].min(axis=0)
        if not np.isfinite(nearest).all():
            return None, np.inf
        if self._served.size == 0:
            result = self._result(opened, np.zeros(0), nearest, np.zeros(opened.size))
            return result, self._dual_value(opened, nearest, np.zeros(opened.size))
        if self._solver is None:
            self._solver = self._build(opened)
        rows = self._served.size
        count = opened.size
        room = np.where(opened, self._problem.capacity, 0.0)
        self._solver.set_row_bounds(rows + np.arange(count), np.full(count, -INFINITE), room)
        lower = -np.inf
        for _ in range(200):
            if self._solver.solve() != "optimal":
                return None, lower
            dual, values = self._solver.duals(), self._solver.values()
            unit_price = np.maximum(-dual[rows:], 0.0)
            prices = dual[:rows]
            if not self._extend(self._solver, opened, prices, unit_price):
                full = nearest.copy()
                full[self._served] = prices
                lower = max(lower, self._dual_value(opened, full, unit_price))
                if values[:rows].max() <= 1e-9:
                    return self._result(opened, values[rows:], full, unit_price), lower
                most = float(self._problem.fixed[opened].sum() + self._problem.highest.sum())
                if lower > most * (1 + ROUNDING):
                    return None, np.inf
                if self._big > 1e12 * (1.0 + self._problem.highest.max()):
                    return None, lower  # capacity equals demand up to rounding: infeasible within tolerances
                self._big *= 100.0
                self._solver.set_costs(np.arange(rows), np.full(rows, self._big))
        return None, lower

    def _build(self, opened: Bools) -> WarmLp:
        """Write an artificial column per customer, then the listed pairs; rows are customers, then sites."""
        problem, rows = self._problem, self._served.size
        row_of = np.full(problem.demand.size, -1)
        row_of[self._served] = np.arange(rows)
        near = problem.cost[opened][:, self._served].argsort(axis=0, kind="stable")[:3]
        self._mask[np.flatnonzero(opened)[near], self._served] = True
        self._mask &= problem.allowed
        self._site, self._customer = np.nonzero(self._mask)
        pairs = self._site.size
        column = rows + np.arange(pairs)
        terms = np.r_[np.ones(rows + pairs), problem.demand[self._customer]]
        at_row = np.r_[np.arange(rows), row_of[self._customer], rows + self._site]
        at_column = np.r_[np.arange(rows), column, column]
        shape = (rows + problem.shape[0], rows + pairs)
        matrix = sparse.csr_array((terms, (at_row, at_column)), shape=shape)
        model = ArrayMip(
            cost=np.r_[np.full(rows, self._big), problem.cost[self._site, self._customer]],
            lower=np.zeros(rows + pairs),
            upper=np.full(rows + pairs, INFINITE),
            matrix=matrix,
            row_lower=np.r_[np.ones(rows), np.full(problem.shape[0], -INFINITE)],
            row_upper=np.r_[np.ones(rows), problem.capacity],
        )
        return WarmLp(model, solver="simplex", presolve="off")

    def _extend(self, solver: WarmLp, opened: Bools, prices: Floats, unit_price: Floats) -> bool:
        """Add the pairs of open sites of negative reduced cost; return whether there were any."""
        problem = self._problem
        sites = np.flatnonzero(opened)
        reduced = problem.cost[np.ix_(sites, self._served)] - prices
        reduced += np.outer(unit_price[sites], problem.demand[self._served])
        tolerance = PRICE_TOLERANCE * (1.0 + np.abs(prices))
        priced_in = (reduced < -tolerance) & ~self._mask[np.ix_(sites, self._served)]
        if not priced_in.any():
            return False
        at, row = np.nonzero(priced_in)
        most = 2 * self._served.size
        if at.size > most:
            keep = np.argpartition(reduced[at, row], most)[:most]
            at, row = at[keep], row[keep]
        site, customer = sites[at], self._served[row]
        self._mask[site, customer] = True
        self._site, self._customer = np.r_[self._site, site], np.r_[self._customer, customer]
        count = site.size
        rows = np.stack([row, self._served.size + site], axis=1).ravel()
        terms = np.stack([np.ones(count), problem.demand[customer]], axis=1).ravel()
        cost, upper = problem.cost[site, customer], np.full(count, INFINITE)
        solver.add_columns(cost, np.zeros(count), upper, 2 * np.arange(count), rows, terms)
        return True

    def _result(self, opened: Bools, values: Floats, prices: Floats, unit_price: Floats) -> Allocation:
        """Return an allocation: shares of each customer sum to 1, customers without demand go to the cheapest site."""
        problem = self._problem
        used = np.flatnonzero(values > 1e-9)
        site, customer, share = self._site[used], self._customer[used], values[used]
        share = share / np.bincount(customer, share, minlength=problem.shape[1])[customer]
        idle = np.flatnonzero(problem.demand <= 0)
        sites = np.flatnonzero(opened)
        nearest = sites[problem.cost[np.ix_(sites, idle)].argmin(axis=0)] if idle.size else np.empty(0, np.int64)
        site, customer = np.r_[site, nearest], np.r_[customer, idle]
        share = np.r_[share, np.ones(idle.size)]
        objective = float(problem.fixed[opened].sum() + (problem.cost[site, customer] * share).sum())
        return Allocation(objective, opened.copy(), site, customer, share, prices, unit_price)
