"""What it costs to serve a customer from a site: a table, or two sets of points."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from siting.locate.kernel.neighbours import Neighbours, join_rows
from siting.units import Floats, Ints

BLOCK_CELLS = 2_000_000
"""Cells of the table that are read at once: 16 MB of float64."""

SAMPLE_SITES = 512
"""Sites that are enough to place a list's radius: any radius gives a valid bound, a good one a short list."""


class Costs(Protocol):
    """Costs of serving customers, read in parts so that no second table is made."""

    n: int
    m: int

    def rows(self, sites: Ints) -> Floats:
        """Return the cost of serving every customer from each of the sites, (len(sites), m)."""

    def radius(self, count: int) -> Floats:
        """Return a cost for each customer below which about `count` sites serve it, (m,)."""

    def within(self, radius: Floats, sites: Ints) -> Neighbours:
        """List the arcs of the sites that cost less than the customer's radius."""

    def whole(self) -> bool:
        """Tell whether every cost is a whole number, so that bounds may be rounded up."""


class Table:
    """Costs given as a table of any real dtype, facility x customer.

    Parameters
    ----------
    table : numpy.ndarray
        Cost or distance, finite and at least 0, (n, m).
    weights : numpy.ndarray, optional
        What one unit of the table costs for each customer, (m,).
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
            for block in self._blocks(np.arange(self.n)):
                np.maximum(highest, self.rows(block).max(axis=0), out=highest)
            return highest * (1 + 1e-9) + 1e-9
        step = max(1, self.n // SAMPLE_SITES)
        sample = self.rows(np.arange(0, self.n, step))
        rank = min(len(sample) - 1, int(count / step))
        return np.asarray(np.partition(sample.T, rank, axis=1)[:, rank])

    def within(self, radius: Floats, sites: Ints) -> Neighbours:
        """List the arcs of the sites that cost less than the customer's radius."""
        parts = []
        for block in self._blocks(sites):
            rows = self.rows(block)
            row, customer = np.nonzero(rows < radius)
            parts.append((np.bincount(row, minlength=len(block)), customer.astype(np.int32), rows[row, customer]))
        return join_rows(sites, parts, radius)

    def whole(self) -> bool:
        """Tell whether every cost is a whole number."""
        if self._weights is not None and not (self._weights == np.rint(self._weights)).all():
            return False
        if self._table.dtype.kind in "iu":
            return True
        return all((rows == np.rint(rows)).all() for rows in (self._table[block] for block in self._slices()))

    def _blocks(self, sites: Ints) -> Iterator[Ints]:
        height = max(1, BLOCK_CELLS // self.m)
        return (sites[first : first + height] for first in range(0, len(sites), height))

    def _slices(self) -> Iterator[slice]:
        """Cut the table into pieces: most tables show in the first that they are not whole."""
        height = max(1, BLOCK_CELLS // self.m)
        return (slice(first, first + height) for first in range(0, self.n, height))
