"""A good choice of sites: exchange one open site for a closed one while that pays, all pairs weighed at once.

References
----------
Resende, M. G. C., Werneck, R. F. (2007). A fast swap-based local search procedure for location problems. Annals of
Operations Research 150: 205-230 (gain, loss and extra of a pair; here as arrays, updated where a swap reaches).
"""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from siting.locate.kernel.costs import Costs
from siting.locate.kernel.neighbours import ranges
from siting.units import Floats, Ints

KICK_REACH = 1.2
"""How far candidates of a kick lie, against the farthest site that it closes."""


def cost_of(costs: Costs, fixed: Floats, sites: Ints) -> float:
    """Return what it costs to open these sites and to serve every customer from the cheapest of them."""
    return float(costs.rows(sites).min(axis=0).sum() + fixed[sites].sum())


class Exchange:
    """Open sites, and what each exchange would save.

    Parameters
    ----------
    costs : Costs
        The whole question.
    fixed : numpy.ndarray
        Cost of opening each site, (n,).
    candidates : numpy.ndarray
        Sites that may be opened, (k,).
    near : scipy.sparse.csc_array
        Arcs of the candidates, a column for each customer, (k, m).
    opened : numpy.ndarray
        Sites that are open to begin with, (q,).
    """

    def __init__(self, costs: Costs, fixed: Floats, candidates: Ints, near: sparse.csc_array, opened: Ints) -> None:
        self._costs, self._fixed, self._candidates, self._near = costs, fixed, candidates, near
        self._start = near.indptr.astype(np.intp)
        self.opened = np.array(opened)
        self._lay_out()

    def _lay_out(self) -> None:
        """Weigh everything anew."""
        self._served = self._costs.rows(self.opened)
        m = self._costs.m
        farthest = max(float(self._served.max()), float(self._near.data.max(initial=0.0)))
        self._nowhere = 2.0 * farthest  # where one site is open, its customers' second site: dearer than any, no more
        self._first = np.zeros(m, dtype=np.intp)
        self._second = np.zeros(m, dtype=np.intp)
        self._d1, self._d2 = np.empty(m), np.empty(m)
        self._gain = np.zeros(len(self._candidates))
        self._loss = np.zeros(len(self.opened))
        self._extra = np.zeros((len(self._candidates), len(self.opened)))
        self._closed = ~np.isin(self._candidates, self.opened)
        everyone = np.arange(m)
        self._rank(everyone)
        self._weigh(everyone, 1.0)

    def _rank(self, customers: Ints) -> None:
        """Find the two cheapest open sites of some customers."""
        served = self._served[:, customers]
        along = np.arange(len(customers))
        first = served.argmin(axis=0)
        self._first[customers], self._d1[customers] = first, served[first, along]
        served[first, along] = self._nowhere
        second = served.argmin(axis=0)
        self._second[customers], self._d2[customers] = second, served[second, along]

    def _weigh(self, customers: Ints, sign: float) -> None:
        """Add (or take away) what some customers say about every exchange."""
        d1, d2, first = self._d1[customers], self._d2[customers], self._first[customers]
        np.add.at(self._loss, first, sign * (d2 - d1))
        lengths = self._start[customers + 1] - self._start[customers]
        arcs = ranges(self._start[customers], self._start[customers + 1])
        whose = np.repeat(np.arange(len(customers)), lengths)
        cost = self._near.data[arcs]
        useful = np.flatnonzero(cost < d2[whose])
        arcs, whose, cost = arcs[useful], whose[useful], cost[useful]
        candidate = self._near.indices[arcs]
        d1 = d1[whose]
        q = len(self.opened)
        cells = candidate.astype(np.intp) * q + first[whose]
        self._gain += sign * np.bincount(candidate, np.maximum(d1 - cost, 0.0), len(self._gain))
        np.add.at(self._extra.reshape(-1), cells, sign * (d2[whose] - np.maximum(d1, cost)))

    def best_swap(self) -> tuple[float, int, int]:
        """Return the saving, the candidate and the open place of the best exchange."""
        saving = self._extra - (self._loss - self._fixed[self.opened])
        saving += (self._gain - self._fixed[self._candidates])[:, None]
        saving[~self._closed] = -np.inf
        row, place = divmod(int(saving.argmax()), len(self.opened))
        return float(saving[row, place]), row, place

    def swap(self, row: int, place: int) -> None:
        """Open a candidate in the place of an open site."""
        site = self._candidates[row]
        served = self._costs.rows(np.array([site]))[0]
        touched = np.flatnonzero((self._first == place) | (self._second == place) | (served < self._d2))
        self._weigh(touched, -1.0)
        self._closed[self._candidates == self.opened[place]] = True
        self._closed[row] = False
        self.opened[place] = site
        self._served[place] = served
        self._rank(touched)
        self._weigh(touched, 1.0)

    def best_opening(self) -> tuple[float, int]:
        """Return the saving and the candidate of the best further site."""
        saving = np.where(self._closed, self._gain - self._fixed[self._candidates], -np.inf)
        row = int(saving.argmax())
        return float(saving[row]), row

    def best_closing(self) -> tuple[float, int]:
        """Return the saving and the place of the open site that is missed least."""
        if len(self.opened) == 1:
            return -np.inf, 0
        saving = self._fixed[self.opened] - self._loss
        place = int(saving.argmax())
        return float(saving[place]), place

    def add(self, row: int) -> None:
        """Open one more site."""
        self.opened = np.append(self.opened, self._candidates[row])
        self._lay_out()

    def remove(self, place: int) -> None:
        """Close one site."""
        self.opened = np.delete(self.opened, place)
        self._lay_out()

    def kick(self, rng: np.random.Generator) -> None:
        """Exchange a few neighbouring sites at random, around a random customer."""
        customer = int(rng.integers(self._costs.m))
        width = int(rng.integers(2, 6))
        served = self._served[:, customer]
        places = np.argsort(served, kind="stable")[:width]
        arcs = slice(self._start[customer], self._start[customer + 1])
        near = self._near.indices[arcs][self._near.data[arcs] < KICK_REACH * served[places[-1]]]
        near = near[self._closed[near]]
        if len(near) >= len(places):
            for row, place in zip(rng.choice(near, len(places), replace=False), places, strict=True):
                self.swap(int(row), int(place))

    def go_to(self, sites: Ints) -> None:
        """Open these sites in place of those that are open now, as many of them."""
        wanted = set(sites.tolist())
        missing = np.flatnonzero(np.isin(self._candidates, sites) & self._closed)
        places = [place for place, site in enumerate(self.opened.tolist()) if site not in wanted]
        for row, place in zip(missing, places, strict=False):
            self.swap(int(row), place)

    def total(self) -> float:
        """Return what the open sites cost."""
        return float(self._d1.sum() + self._fixed[self.opened].sum())


def improve(exchange: Exchange, *, may_resize: bool, stop: Callable[[], bool]) -> tuple[Ints, float]:
    """Exchange sites while that pays; open and close some where their number is free.

    Parameters
    ----------
    exchange : Exchange
        Where to begin; it is left at the end of the search.
    may_resize : bool
        Whether the number of open sites may change.
    stop : callable
        Asked before every move.

    Returns
    -------
    sites : numpy.ndarray
        What is open at the end.
    cost : float
        What that costs.
    """
    while not stop():
        least = 1e-9 * exchange.total()
        saving, row, place = exchange.best_swap()
        if may_resize:
            more, new = exchange.best_opening()
            less, old = exchange.best_closing()
            if max(more, less) > max(saving, least):
                if more >= less:
                    exchange.add(new)
                else:
                    exchange.remove(old)
                continue
        if saving <= least:
            break
        exchange.swap(row, place)
    return exchange.opened.copy(), exchange.total()


def kick_and_improve(
    exchange: Exchange, rng: np.random.Generator, *, kicks: int, stop: Callable[[], bool]
) -> tuple[Ints, float]:
    """Leave a choice that no exchange improves by random kicks, and keep the best that follows.

    Parameters
    ----------
    exchange : Exchange
        A choice that `improve` has left.
    rng : numpy.random.Generator
        Chooses the kicks.
    kicks : int
        How many in a row may fail.
    stop : callable
        Asked before every move.

    Returns
    -------
    sites : numpy.ndarray
        The best choice.
    cost : float
        What it costs.
    """
    best, least = exchange.opened.copy(), exchange.total()
    failed = 0
    while failed < kicks and not stop():
        exchange.kick(rng)
        sites, cost = improve(exchange, may_resize=False, stop=stop)
        failed += 1
        if cost < least - 1e-9 * abs(least):
            best, least, failed = sites, cost, 0
        elif cost > least:
            exchange.go_to(best)
    return best, least
