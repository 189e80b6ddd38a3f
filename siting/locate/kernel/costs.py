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


class Table:
    """Costs given as a table of any real dtype, facility x customer.

    Parameters
    ----------
    table : numpy.ndarray
        Cost or distance, finite and at least 0, (n, m).
    weights : numpy.ndarray, optional
        Factor on the column of each customer, (m,).
    """

    def __init__(self, table: NDArray[np.number], weights: Floats | None = None) -> None:
        self.n, self.m = table.shape
        self._table = table
        self._weights = weights

    def rows(self, sites: Ints) -> Floats:
        """Return the cost of serving every customer from each of the sites."""
        rows = self._table[sites].astype(np.float64, copy=False)
        return rows if self._weights is None else rows * self._weights

    def radius(self, count: int) -> Floats:
        """Return a cost for each customer below which about `count` sites serve it."""
        if count >= self.n:
            highest = np.zeros(self.m)
            for block in blocks(np.arange(self.n), self.m):
                np.maximum(highest, self.rows(block).max(axis=0), out=highest)
            return highest * (1 + 1e-9) + 1e-9
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
