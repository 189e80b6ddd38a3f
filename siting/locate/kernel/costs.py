"""Costs of serving customers from sites, as a table, and the arcs that are cheap enough to matter."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from siting.units import Bools, Floats, Ints

BLOCK_CELLS = 2_000_000
"""Cells of the table that are read at once: 16 MB of float64."""

TINY = float(np.finfo(np.float64).tiny)
"""Added to a radius, so that it exceeds a cost of 0."""

SAMPLE_SITES = 512
"""Sites sampled to choose radii: any radius gives a valid bound, a good one a short list."""


@dataclass(frozen=True)
class Neighbours:
    """Arcs grouped by site.

    Attributes
    ----------
    sites : numpy.ndarray
        Number of each site in the problem, (k,).
    start : numpy.ndarray
        Position of each site's first arc, and the number of arcs at the end, (k + 1,).
    customer : numpy.ndarray
        Customer of each arc, int32 (arcs,).
    cost : numpy.ndarray
        Cost of each arc (arcs,).
    radius : numpy.ndarray
        Every arc of these sites that is not listed costs its customer at least this, (m,).
    """

    sites: Ints
    start: Ints
    customer: NDArray[np.int32]
    cost: Floats
    radius: Floats

    def arcs_of(self, rows: Ints) -> Ints:
        """Return the positions of all arcs of some rows, one row after the other."""
        return ranges(self.start[rows], self.start[rows + 1])

    def rows_of_arcs(self) -> Ints:
        """Return the row of each arc."""
        return np.repeat(np.arange(len(self.sites)), np.diff(self.start))

    def keep(self, rows: Bools, radius: Floats) -> "Neighbours":
        """Drop sites, and arcs at or above a smaller radius.

        Parameters
        ----------
        rows : numpy.ndarray
            Whether each site stays, bool (k,).
        radius : numpy.ndarray
            The new radius of each customer, at most the old one, (m,).
        """
        lengths = np.diff(self.start)
        near = self.cost < radius.take(self.customer)
        if not rows.all():
            near &= np.repeat(rows, lengths)
        counts = np.diff(np.concatenate(([0], np.cumsum(near)))[self.start])[rows]
        start = np.concatenate(([0], np.cumsum(counts)))
        return Neighbours(self.sites[rows], start, self.customer[near], self.cost[near], radius)

    def by_customer(self) -> sparse.csc_array:
        """Group the same arcs by customer: columns are customers, rows are rows of this list."""
        shape = (len(self.sites), len(self.radius))
        return sparse.csr_array((self.cost, self.customer, self.start.astype(np.int32)), shape=shape).tocsc()


def ranges(first: Ints, last: Ints) -> Ints:
    """Join the ranges from each `first` to below its `last`."""
    lengths = last - first
    before = np.cumsum(lengths) - lengths
    return np.repeat(first - before, lengths) + np.arange(int(lengths.sum()))


def join_rows(sites: Ints, parts: list[tuple[Ints, NDArray[np.int32], Floats]], radius: Floats) -> Neighbours:
    """Join blocks of (arcs per site, their customers, their costs) into one list."""
    counts, customers, costs = zip(*parts, strict=True)
    start = np.concatenate(([0], np.cumsum(np.concatenate(counts))))
    return Neighbours(sites, start, np.concatenate(customers), np.concatenate(costs), radius)


class Costs(Protocol):
    """Costs of serving customers, read in blocks so that no second table is made."""

    n: int
    m: int

    def rows(self, sites: Ints) -> Floats:
        """Return the cost of serving every customer from each of the sites, (len(sites), m)."""

    def radius(self, count: int) -> Floats:
        """Return a cost for each customer below which about `count` sites serve it, (m,)."""

    def within(self, radius: Floats, sites: Ints) -> Neighbours:
        """List the arcs of the sites that cost less than the customer's radius."""

    def integral(self) -> bool:
        """Return whether every cost is an integer, so that bounds may be rounded up."""

    def reach(self) -> Bools | None:
        """Return which site may serve which customer, (n, m); None where every pair may."""

    def rounding(self) -> float:
        """Return the rounding error of the cost of a plan that comes from computing the costs themselves."""


class Capped:
    """Costs of at most the cost of a known plan: no better plan serves a customer at or above it.

    So pairs that may not serve, and pairs too costly to be in a plan, are left out alike, and every cost that is left has
    the magnitude of costs that can be in a plan.

    Parameters
    ----------
    costs : Costs
        The costs; infinite where a pair may not serve.
    cap : float
        Cost of a plan.

    Examples
    --------
    >>> import numpy as np
    >>> Capped(Table(np.array([[1.0, np.inf], [1e9, 3.0]])), 4.0).rows(np.array([0, 1]))
    array([[1., 4.],
           [4., 3.]])
    """

    def __init__(self, costs: Costs, cap: float) -> None:
        self.n, self.m = costs.n, costs.m
        self._costs, self._cap = costs, cap

    def rows(self, sites: Ints) -> Floats:
        """Return the cost of serving every customer from each of the sites."""
        return np.minimum(self._costs.rows(sites), self._cap)

    def radius(self, count: int) -> Floats:
        """Return a cost for each customer below which about `count` sites serve it."""
        return np.minimum(self._costs.radius(count), self._cap)

    def within(self, radius: Floats, sites: Ints) -> Neighbours:
        """List the arcs of the sites that cost less than the customer's radius."""
        return self._costs.within(np.minimum(radius, self._cap), sites)

    def integral(self) -> bool:
        """Return whether every cost is an integer: the cap is the cost of a plan."""
        return self._costs.integral()

    def reach(self) -> Bools | None:
        """Return which site may serve which customer."""
        return self._costs.reach()

    def rounding(self) -> float:
        """Return the rounding error of the cost of a plan that comes from computing the costs themselves."""
        return self._costs.rounding()


class Table:
    """Costs given as a table of any real dtype, facility x customer.

    Parameters
    ----------
    table : numpy.ndarray
        Cost or distance, at least 0, infinite where a pair may not serve, (n, m).
    weights : numpy.ndarray, optional
        Factor on the column of each customer, (m,).
    """

    def __init__(self, table: NDArray[np.number], weights: Floats | None = None) -> None:
        self.n, self.m = table.shape
        self._table = table
        self._weights = weights
        self._sparse = table.dtype.kind == "f" and bool(np.isinf(table.max()))

    def rows(self, sites: Ints) -> Floats:
        """Return the cost of serving every customer from each of the sites."""
        rows = self._table[sites].astype(np.float64, copy=False)
        if self._weights is None:
            return rows
        with np.errstate(invalid="ignore"):
            weighted = rows * self._weights
        return np.where(np.isinf(rows), np.inf, weighted) if self._sparse else weighted

    def radius(self, count: int) -> Floats:
        """Return a cost for each customer below which about `count` sites serve it."""
        if count >= self.n:
            highest = np.zeros(self.m)
            for block in blocks(np.arange(self.n), self.m):
                np.maximum(highest, self.rows(block).max(axis=0), out=highest)
            return highest * (1 + 1e-9) + TINY
        return sampled_radius(self, count)

    def within(self, radius: Floats, sites: Ints) -> Neighbours:
        """List the arcs of the sites that cost less than the customer's radius."""
        parts = []
        for block in blocks(sites, self.m):
            rows = self.rows(block)
            row, customer = np.nonzero(rows < radius)
            parts.append((np.bincount(row, minlength=len(block)), customer.astype(np.int32), rows[row, customer]))
        return join_rows(sites, parts, radius)

    def integral(self) -> bool:
        """Return whether every cost is an integer."""
        if self._weights is not None and not (self._weights == np.rint(self._weights)).all():
            return False
        if self._table.dtype.kind in "iu":
            return True
        # in blocks: most tables that are not integral show it in the first
        return all((rows == np.rint(rows)).all() for rows in blocks(self._table, self.m))

    def reach(self) -> Bools | None:
        """Return which site may serve which customer; None where every pair may."""
        return np.isfinite(self._table) if self._sparse else None

    def rounding(self) -> float:
        """Return 0: the costs are given, and not computed here."""
        return 0.0


def blocks[T: np.generic](rows: NDArray[T], width: int) -> Iterator[NDArray[T]]:
    """Cut an array into blocks, each of so many entries that a table of their number and a width is read at once."""
    height = max(1, BLOCK_CELLS // width)
    return (rows[first : first + height] for first in range(0, len(rows), height))


def sampled_radius(costs: Costs, count: int) -> Floats:
    """Return a cost for each customer below which about `count` sites serve it, from a sample of the sites, (m,)."""
    step = max(1, costs.n // SAMPLE_SITES)
    sample = costs.rows(np.arange(0, costs.n, step))
    rank = min(len(sample) - 1, int(count / step))
    return np.asarray(np.partition(sample.T, rank, axis=1)[:, rank])
