"""Interchange heuristic: swap an open site for a closed one while that lowers the cost, all pairs evaluated at once.

References
----------
Resende, M. G. C., Werneck, R. F. (2007). A fast swap-based local search procedure for location problems. Annals of
Operations Research 150: 205-230 (gain, loss and extra of a pair; here as arrays, updated only for the customers that a swap affects).
"""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from siting.locate.kernel.costs import Costs, ranges
from siting.units import Floats, Ints

PERTURBATION_REACH = 1.2
"""Largest cost of a site that a perturbation opens, relative to the farthest site that it closes."""


def cost_of(costs: Costs, fixed: Floats, sites: Ints) -> float:
    """Return the cost of opening these sites and serving every customer from the cheapest of them."""
    return float(costs.rows(sites).min(axis=0).sum() + fixed[sites].sum())


class Interchange:
    """Open sites, and the saving of each swap.

    Parameters
    ----------
    costs : Costs
        Costs of serving customers.
    fixed : numpy.ndarray
        Cost of opening each site, (n,).
    candidates : numpy.ndarray
        Sites that may be opened, (k,).
    near : scipy.sparse.csc_array
        Arcs of the candidates, a column for each customer, (k, m).
    opened : numpy.ndarray
        Sites that are open initially, (q,).
    """

    def __init__(self, costs: Costs, fixed: Floats, candidates: Ints, near: sparse.csc_array, opened: Ints) -> None:
        self._costs, self._fixed, self._candidates, self._near = costs, fixed, candidates, near
        self._start = near.indptr.astype(np.intp)
        self.opened = np.array(opened)
        self._rebuild()

    def _rebuild(self) -> None:
        """Compute all savings from scratch."""
        self._served = self._costs.rows(self.opened)
        m = self._costs.m
        farthest = max(float(self._served.max()), float(self._near.data.max(initial=0.0)))
        self._nowhere = 2.0 * farthest  # cost of the missing second site where one is open: above all others
        self._first = np.zeros(m, dtype=np.intp)
        self._second = np.zeros(m, dtype=np.intp)
        self._d1, self._d2 = np.empty(m), np.empty(m)
        self._gain = np.zeros(len(self._candidates))
        self._loss = np.zeros(len(self.opened))
        self._extra = np.zeros((len(self._candidates), len(self.opened)))
        self._closed = ~np.isin(self._candidates, self.opened)
        everyone = np.arange(m)
        self._rank(everyone)
        self._account(everyone, 1.0)

    def _rank(self, customers: Ints) -> None:
        """Find the two cheapest open sites of some customers."""
        served = self._served[:, customers]
        along = np.arange(len(customers))
        first = served.argmin(axis=0)
        self._first[customers], self._d1[customers] = first, served[first, along]
        served[first, along] = self._nowhere
        second = served.argmin(axis=0)
        self._second[customers], self._d2[customers] = second, served[second, along]

    def _account(self, customers: Ints, sign: float) -> None:
        """Add (or subtract) the share of some customers in the saving of every swap."""
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
        """Return the saving, the candidate and the position of the open site of the best swap."""
        saving = self._extra - (self._loss - self._fixed[self.opened])
        saving += (self._gain - self._fixed[self._candidates])[:, None]
        saving[~self._closed] = -np.inf
        row, place = divmod(int(saving.argmax()), len(self.opened))
        return float(saving[row, place]), row, place

    def swap(self, row: int, place: int) -> None:
        """Open a candidate and close the open site at a position."""
        site = self._candidates[row]
        served = self._costs.rows(np.array([site]))[0]
        touched = np.flatnonzero((self._first == place) | (self._second == place) | (served < self._d2))
        self._account(touched, -1.0)
        self._closed[self._candidates == self.opened[place]] = True
        self._closed[row] = False
        self.opened[place] = site
        self._served[place] = served
        self._rank(touched)
        self._account(touched, 1.0)

    def best_opening(self) -> tuple[float, int]:
        """Return the saving and the candidate of the best addition."""
        saving = np.where(self._closed, self._gain - self._fixed[self._candidates], -np.inf)
        row = int(saving.argmax())
        return float(saving[row]), row

    def best_closing(self) -> tuple[float, int]:
        """Return the saving and the position of the best removal."""
        if len(self.opened) == 1:
            return -np.inf, 0
        saving = self._fixed[self.opened] - self._loss
        place = int(saving.argmax())
        return float(saving[place]), place

    def add(self, row: int) -> None:
        """Open one more site."""
        self.opened = np.append(self.opened, self._candidates[row])
        self._rebuild()

    def remove(self, place: int) -> None:
        """Close one site."""
        self.opened = np.delete(self.opened, place)
        self._rebuild()

    def perturb(self, rng: np.random.Generator) -> None:
        """Swap a few neighbouring sites at random, around a random customer."""
        customer = int(rng.integers(self._costs.m))
        width = int(rng.integers(2, 6))
        served = self._served[:, customer]
        places = np.argsort(served, kind="stable")[:width]
        arcs = slice(self._start[customer], self._start[customer + 1])
        near = self._near.indices[arcs][self._near.data[arcs] < PERTURBATION_REACH * served[places[-1]]]
        near = near[self._closed[near]]
        if len(near) >= len(places):
            for row, place in zip(rng.choice(near, len(places), replace=False), places, strict=True):
                self.swap(int(row), int(place))

    def go_to(self, sites: Ints) -> None:
        """Move by swaps to another set of as many open sites."""
        wanted = set(sites.tolist())
        missing = np.flatnonzero(np.isin(self._candidates, sites) & self._closed)
        places = [place for place, site in enumerate(self.opened.tolist()) if site not in wanted]
        for row, place in zip(missing, places, strict=False):
            self.swap(int(row), place)

    def total(self) -> float:
        """Return the cost of the open sites."""
        return float(self._d1.sum() + self._fixed[self.opened].sum())


def improve(interchange: Interchange, *, may_resize: bool, stop: Callable[[], bool]) -> tuple[Ints, float]:
    """Take the best swap, addition or removal until none lowers the cost.

    Parameters
    ----------
    interchange : Interchange
        Starting point; it holds the local optimum afterwards.
    may_resize : bool
        Whether the number of open sites may change.
    stop : callable
        Called before every move; true ends the search.

    Returns
    -------
    sites : numpy.ndarray
        Open sites of the local optimum.
    cost : float
        Its cost.
    """
    lowest = np.inf
    while (
        not stop() and interchange.total() < lowest
    ):  # savings have rounding errors: a total that stays ends the search
        lowest = interchange.total()
        tolerance = 1e-9 * lowest
        saving, row, place = interchange.best_swap()
        if may_resize:
            more, new = interchange.best_opening()
            less, old = interchange.best_closing()
            if max(more, less) > max(saving, tolerance):
                if more >= less:
                    interchange.add(new)
                else:
                    interchange.remove(old)
                continue
        if saving <= tolerance:
            break
        interchange.swap(row, place)
    return interchange.opened.copy(), interchange.total()


def perturb_and_improve(
    interchange: Interchange, rng: np.random.Generator, *, perturbations: int, stop: Callable[[], bool]
) -> tuple[Ints, float]:
    """Perturb a local optimum, improve it, and keep the best (iterated local search).

    Parameters
    ----------
    interchange : Interchange
        A local optimum of `improve`.
    rng : numpy.random.Generator
        Source of the perturbations.
    perturbations : int
        Failures in a row after which the search ends.
    stop : callable
        Called before every move; true ends the search.

    Returns
    -------
    sites : numpy.ndarray
        Open sites of the best solution.
    cost : float
        Its cost.
    """
    best, lowest = interchange.opened.copy(), interchange.total()
    failed = 0
    while failed < perturbations and not stop():
        interchange.perturb(rng)
        sites, cost = improve(interchange, may_resize=False, stop=stop)
        failed += 1
        if cost < lowest - 1e-9 * abs(lowest):
            best, lowest, failed = sites, cost, 0
        elif cost > lowest:
            interchange.go_to(best)
    return best, lowest
