"""The arcs that matter: for each site the customers that it can serve at less than their radius."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from siting.units import Bools, Floats, Ints


@dataclass(frozen=True)
class Neighbours:
    """Arcs grouped by site.

    Attributes
    ----------
    sites : numpy.ndarray
        Number of each site in the whole question, (k,).
    start : numpy.ndarray
        Place of each site's first arc, and the count of arcs at the end, (k + 1,).
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
        """Return the places of all arcs of some rows, one row after the other."""
        return ranges(self.start[rows], self.start[rows + 1])

    def rows_of_arcs(self) -> Ints:
        """Return the row of each arc."""
        return np.repeat(np.arange(len(self.sites)), np.diff(self.start))

    def keep(self, rows: Bools, radius: Floats) -> "Neighbours":
        """Drop sites, and arcs at or beyond a smaller radius.

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
