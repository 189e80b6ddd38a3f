"""Capacitated location with a single source for each customer, from the bounds of the problem with split demand."""

from collections import Counter

import numpy as np

from siting.locate.kernel.capacitated.bound import ROUNDING, Capacitated, reduced_costs
from siting.locate.kernel.capacitated.restricted_cflp import Restricted
from siting.locate.kernel.capacitated.search import CapacitatedSearch
from siting.locate.kernel.capacitated.transport import Allocation
from siting.locate.kernel.certificate import certify
from siting.units import Bools, Floats, Ints


def undivided(problem: Capacitated, served: Allocation) -> Allocation | None:
    """Assign each customer to one open site, close to a split allocation, None where no room is found.

    Customers go where most of their demand goes already, the largest first. HiGHS improves on it from this warm start: a
    local search by moves and swaps made the proofs no faster.

    Examples
    --------
    >>> import numpy as np
    >>> from siting.locate.kernel.capacitated.transport import Transport
    >>> problem = Capacitated.of(
    ...     np.array([[1.0, 2.0], [5.0, 4.0]]), np.zeros(2), np.array([3.0, 3.0]), np.array([2.0, 2.0])
    ... )
    >>> split = Transport(problem, np.ones((2, 2), dtype=bool)).cost_of(np.array([True, True]))
    >>> split.objective, undivided(problem, split).objective
    (4.0, 5.0)
    """
    sites = np.flatnonzero(served.open)
    priced = problem.cost[sites] + np.outer(served.unit_price[sites], problem.demand)
    position = np.full(problem.shape[0], -1)
    position[sites] = np.arange(sites.size)
    share = np.zeros(priced.shape)
    share[position[served.site], served.customer] = served.share
    spread = np.ptp(priced[np.isfinite(priced)])
    priced = priced - share * (spread + 1.0)  # a customer stays where most of its demand is, if there is room
    room = problem.capacity[sites] * (1 + ROUNDING)
    at = np.full(problem.shape[1], -1)
    for customer in np.lexsort((-share.max(axis=0), -problem.demand)):
        fits = (room >= problem.demand[customer]) & np.isfinite(priced[:, customer])
        if not fits.any():
            return None
        at[customer] = int(np.where(fits, priced[:, customer], np.inf).argmin())
        room[at[customer]] -= problem.demand[customer]
    return served_by(problem, sites[at])


def served_by(problem: Capacitated, site: Ints) -> Allocation:
    """Return an assignment as an allocation; only sites that serve a customer are open."""
    opened = np.zeros(problem.shape[0], dtype=bool)
    opened[site] = True
    customer = np.arange(problem.shape[1])
    objective = float(problem.fixed[opened].sum() + problem.cost[site, customer].sum())
    no_duals = np.zeros(problem.shape[1]), np.zeros(problem.shape[0])
    return Allocation(objective, opened, site.copy(), customer, np.ones(customer.size), *no_duals)


class SingleSourceSearch(CapacitatedSearch):
    """The search with capacities where demand may not be split.

    Split demand is a relaxation, so that every bound is valid here too. Open sets are converted into assignments, pairs
    whose reduced cost exceeds the gap are removed, and the rest is a MIP with binary pairs.
    """

    single_source = True
    split: Allocation | None = None
    """The cheapest split allocation so far, from which the interchange starts."""

    def evaluate(self, opened: Bools) -> float:
        """Convert an open set into an assignment, and keep it where it is the best."""
        split = self.transport.cost_of(opened)
        if split is not None and split.objective < self.upper:
            if self.split is None or split.objective < self.split.objective:
                self.split = split
            self.offer(undivided(self.problem, split))
        return self.upper

    def offer(self, served: Allocation | None) -> None:
        """Keep an assignment where it is the best."""
        if served is not None and served.objective < self.upper:
            self.served = served

    def try_sets(self, opening: Floats, met: Counter[bytes]) -> None:
        """Evaluate sets, then convert the best split allocation."""
        super().try_sets(opening, met)
        if self.split is not None:
            self.offer(undivided(self.problem, self.split))

    def improve(self) -> None:
        """Run the interchange heuristic on the best split allocation."""
        if self.split is not None:
            self.split = self.improved(self.split)

    def keep(self, model: Restricted, values: Floats) -> None:
        """Read the assignment of a restricted MIP."""
        if values.size == 0:
            return
        flow = np.round(values[model.sites.size : model.sites.size + model.site.size])
        used = np.flatnonzero(flow > 0.5)
        site = np.full(self.problem.shape[1], -1)
        site[model.customer[used]] = model.site[used]
        if (site >= 0).all() and self.fits(site):
            self.offer(served_by(self.problem, site))

    def fits(self, site: Ints) -> bool:
        """Return whether an assignment meets the capacities."""
        load = np.bincount(site, self.problem.demand, minlength=self.problem.shape[0])
        return bool((load <= self.problem.capacity * (1 + ROUNDING)).all())

    def evaluate_last(self) -> None:
        """Leave the proof to the MIP: fixed sites alone do not prove an assignment."""

    def prove(self) -> None:
        """Use MIPs alone: a leaf of the tree would be a generalised assignment problem, hard by itself."""
        self.by_mips()

    def by_restricted_mip(self) -> None:
        """Solve the MIP over pairs whose reduced cost is within the gap: no better solution uses another, so it is exact."""
        assert self.best is not None
        pairs = self.problem.allowed & ~self.closed[:, None]
        if self.served is not None:
            room = self.upper - self.best.bound + ROUNDING * abs(self.upper)
            pairs &= reduced_costs(self.problem, self.best) <= room
            pairs |= self.served.mask(self.problem.shape)
        model, solved, _ = self.solve_restricted(pairs, closed=self.closed, bounds=True)
        if solved.infeasible:
            found = certify(model.mip, np.inf, self.limits, first=model.sites.size)
            self.keep(model, found.values)
            self.infeasible = self.served is None and found.bound == np.inf
            return
        self.accept_claim(model, solved)
