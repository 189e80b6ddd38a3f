"""Whole customers: each is served from one site, by the bounds of the divided question and a whole programme."""

from collections import Counter

import numpy as np

from siting.highs import MipResult
from siting.locate.kernel.capacitated.bound import ROUNDING, Capacitated, reduced_costs
from siting.locate.kernel.capacitated.restricted_cflp import Restricted
from siting.locate.kernel.capacitated.search import CapacitatedSearch
from siting.locate.kernel.capacitated.transport import Served
from siting.units import Bools, Floats, Ints


def whole_assignment(problem: Capacitated, served: Served) -> Served | None:
    """Give each customer to one open site, close to a divided service, None where no room is found.

    Customers go where most of them goes already, the largest first; then single moves and exchanges lower the cost.

    Examples
    --------
    >>> import numpy as np
    >>> from siting.locate.kernel.capacitated.transport import Transport
    >>> problem = Capacitated.of(
    ...     np.array([[1.0, 2.0], [5.0, 4.0]]), np.zeros(2), np.array([3.0, 3.0]), np.array([2.0, 2.0])
    ... )
    >>> divided = Transport(problem, np.ones((2, 2), dtype=bool)).cost_of(np.array([True, True]))
    >>> divided.objective, whole_assignment(problem, divided).objective
    (4.0, 5.0)
    """
    sites = np.flatnonzero(served.open)
    asked = problem.cost[sites] + np.outer(served.unit_price[sites], problem.demand)
    position = np.full(problem.shape[0], -1)
    position[sites] = np.arange(sites.size)
    share = np.zeros(asked.shape)
    share[position[served.site], served.customer] = served.share
    asked = asked - share * (np.ptp(asked) + 1.0)  # a customer stays where most of it is, where there is room
    room = problem.capacity[sites] * (1 + ROUNDING)
    at = np.full(problem.shape[1], -1)
    for customer in np.lexsort((-share.max(axis=0), -problem.demand)):
        fits = room >= problem.demand[customer]
        if not fits.any():
            return None
        at[customer] = int(np.where(fits, asked[:, customer], np.inf).argmin())
        room[at[customer]] -= problem.demand[customer]
    cost = problem.cost[sites]
    while _move(cost, problem.demand, at, room) or _exchange(cost, problem.demand, at, room):
        pass
    return served_by(problem, sites[at], served)


def served_by(problem: Capacitated, site: Ints, prices_of: Served | None = None) -> Served:
    """Put a whole assignment together; only sites that serve somebody are open."""
    opened = np.zeros(problem.shape[0], dtype=bool)
    opened[site] = True
    customer = np.arange(problem.shape[1])
    objective = float(problem.fixed[opened].sum() + problem.cost[site, customer].sum())
    prices = np.zeros(problem.shape[1]) if prices_of is None else prices_of.prices
    unit_price = np.zeros(problem.shape[0]) if prices_of is None else prices_of.unit_price
    return Served(objective, opened, site.copy(), customer, np.ones(customer.size), prices, unit_price)


def _move(cost: Floats, demand: Floats, at: Ints, room: Floats) -> bool:
    """Move the customer that gains most to a site with room; say whether one did."""
    customer = np.arange(at.size)
    gain = np.where(room[:, None] >= demand[None, :], cost[at, customer][None, :] - cost, -np.inf)
    gain[at, customer] = -np.inf
    best = int(gain.argmax())
    site, moved = divmod(best, at.size)
    if gain[site, moved] <= 1e-12 * (1.0 + abs(cost[at[moved], moved])):
        return False
    room[at[moved]] += demand[moved]
    room[site] -= demand[moved]
    at[moved] = site
    return True


def _exchange(cost: Floats, demand: Floats, at: Ints, room: Floats) -> bool:
    """Let the two customers change places that gain most; say whether two did."""
    customer = np.arange(at.size)
    here = cost[at, customer]
    there = cost[at]  # [a, b]: what b costs where a is
    gain = here[:, None] + here[None, :] - there - there.T
    fits = room[at][:, None] + demand[:, None] - demand[None, :] >= 0
    gain = np.where(fits & fits.T, gain, -np.inf)
    one, two = divmod(int(gain.argmax()), at.size)
    if at[one] == at[two] or gain[one, two] <= 1e-12 * (1.0 + here[one] + here[two]):
        return False
    room[at[one]] += demand[one] - demand[two]
    room[at[two]] += demand[two] - demand[one]
    at[one], at[two] = at[two], at[one]
    return True


class SingleSourceSearch(CapacitatedSearch):
    """The same search where customers may not be divided.

    Every bound of the divided question holds here too; open sets are turned into whole assignments, pairs whose reduced
    cost is above the gap are out for good, and what is left is a whole programme in which the pairs are whole too.
    """

    undivided = True
    infeasible = False
    """Whether it is proven that whole customers fit nowhere."""
    divided: Served | None = None
    """The cheapest divided service met: what exchanges of sites start from."""

    def price_set(self, opened: Bools) -> float:
        """Turn an open set into a whole assignment, and keep it where it is the best."""
        divided = self.transport.cost_of(opened)
        if divided is not None and divided.objective < self.upper:
            if self.divided is None or divided.objective < self.divided.objective:
                self.divided = divided
            self.offer(whole_assignment(self.problem, divided))
        return self.upper

    def offer(self, served: Served | None) -> None:
        """Keep an assignment where it is the best."""
        if served is not None and served.objective < self.upper:
            self.served = served

    def try_sets(self, opening: Floats, met: Counter[bytes]) -> None:
        """Price the sets met, then exchange sites from the best divided one."""
        super().try_sets(opening, met)
        if self.divided is not None:
            self.offer(whole_assignment(self.problem, self.divided))

    def exchange(self) -> None:
        """Exchange sites of the best divided service."""
        if self.divided is not None:
            self.divided = self.exchanged(self.divided)

    def keep(self, model: Restricted, solved: MipResult) -> None:
        """Read the assignment that a whole programme found."""
        if solved.values.size == 0:
            return
        flow = np.round(solved.values[model.sites.size : model.sites.size + model.site.size])
        used = np.flatnonzero(flow > 0.5)
        site = np.full(self.problem.shape[1], -1)
        site[model.customer[used]] = model.site[used]
        if (site >= 0).all() and self.fits(site):
            self.offer(served_by(self.problem, site, self.divided))

    def fits(self, site: Ints) -> bool:
        """Return whether the sites can carry whole customers assigned so."""
        load = np.bincount(site, self.problem.demand, minlength=self.problem.shape[0])
        return bool((load <= self.problem.capacity * (1 + ROUNDING)).all())

    def settle(self) -> None:
        """Leave the proof to the programme: fixed sites alone do not prove a whole assignment."""

    def prove(self) -> None:
        """Solve what survives as a whole programme: a leaf of the tree would be a hard question of its own."""
        self.programmes()

    def by_whole_programme(self) -> None:
        """Pairs left out cannot be whole in a better answer, so the restricted programme is exact."""
        assert self.best is not None
        pairs = np.repeat(~self.closed[:, None], self.problem.shape[1], axis=1)
        if self.served is not None:
            room = self.upper - self.best.bound + ROUNDING * abs(self.upper)
            pairs &= reduced_costs(self.problem, self.best) <= room
            pairs |= self.served.mask(self.problem.shape)
        solved, _ = self.whole(pairs, closed=self.closed, gap=0.5 * self.gap, bounds=True)
        if solved.infeasible:
            self.infeasible = self.served is None
            self.lower = self.upper
            return
        self.lower = max(self.lower, min(solved.bound, self.upper))
