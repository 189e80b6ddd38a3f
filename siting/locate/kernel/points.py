"""Costs between two sets of points, from a search tree of near pairs instead of a table of all pairs."""

from typing import Literal

import numpy as np
from scipy.spatial import cKDTree

from siting.locate.kernel.costs import TINY, Neighbours, join_rows, sampled_radius
from siting.physics.geodesy import great_circle_km
from siting.units import Bools, Floats, Ints

Metric = Literal["euclidean", "geodesic"]

BLOCK_PAIRS = 1_000_000
"""Pairs that are measured at once."""

SEARCH_SLACK = 1e-9
"""Relative width added to a search radius, so that rounding loses no arc."""

UNITS_IN_LAST_PLACE = 4.0
"""Rounding error of a distance, in units in the last place of the largest coordinate or of half a great circle."""


class Points:
    """Distances from sites to customers, times a weight each.

    Parameters
    ----------
    customers : numpy.ndarray
        Coordinates, (m, d) in any unit, or longitude and latitude (m, 2) [degrees] for `geodesic`.
    sites : numpy.ndarray
        The same for sites, (n, d).
    weights : numpy.ndarray
        Cost per unit of distance of each customer, (m,).
    metric : {"euclidean", "geodesic"}
        Straight lines, or great circles [km].
    """

    def __init__(self, customers: Floats, sites: Floats, weights: Floats, metric: Metric) -> None:
        self.n, self.m = len(sites), len(customers)
        self._customers, self._sites, self._weights, self._metric = customers, sites, weights, metric
        self._placed_customers = self._placed(customers)

    def _placed(self, points: Floats) -> Floats:
        """Return coordinates whose straight distances rank pairs as the metric does: a great circle grows with its chord."""
        if self._metric == "euclidean":
            return points
        lon, lat = np.radians(points.T)
        return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))

    def _distance(self, sites: Floats, customers: Floats) -> Floats:
        """Return the distance of pairs; the two broadcast against each other."""
        if self._metric == "geodesic":
            return great_circle_km(sites[..., 0], sites[..., 1], customers[..., 0], customers[..., 1])
        squared = np.zeros(np.broadcast_shapes(sites.shape[:-1], customers.shape[:-1]))
        for axis in range(sites.shape[-1]):
            squared += (sites[..., axis] - customers[..., axis]) ** 2
        return np.sqrt(squared)

    def rows(self, sites: Ints) -> Floats:
        """Return the cost of serving every customer from each of the sites."""
        return self._distance(self._sites[sites][:, None], self._customers[None]) * self._weights

    def radius(self, count: int) -> Floats:
        """Return a cost for each customer below which about `count` sites serve it."""
        if count >= self.n:
            return self._farthest() * self._weights * (1 + SEARCH_SLACK) + TINY
        return sampled_radius(self, count)

    def _farthest(self) -> Floats:
        """Return a distance that no site exceeds."""
        if self._metric == "geodesic":
            return np.full(self.m, float(great_circle_km(0.0, 0.0, 180.0, 0.0)))
        low, high = self._sites.min(axis=0), self._sites.max(axis=0)
        corner = np.maximum(abs(self._customers - low), abs(self._customers - high))
        return np.asarray(np.sqrt((corner**2).sum(axis=1)))

    def within(self, radius: Floats, sites: Ints) -> Neighbours:
        """List the arcs of the sites that cost less than the customer's radius."""
        tree = cKDTree(self._placed(self._sites[sites]))
        reach = self._straight(radius)
        counts = tree.query_ball_point(self._placed_customers, reach, return_length=True)
        order = np.argsort(counts, kind="stable")
        rows, customers, costs = [np.empty(0, np.intp)], [np.empty(0, np.int32)], [np.empty(0)]
        first = int(np.searchsorted(counts[order], 1))
        while first < self.m:
            last = first + max(1, BLOCK_PAIRS // int(counts[order[min(first + 1000, self.m - 1)]]))
            block = order[first:last]
            first = last
            k = int(counts[block].max())
            found = tree.query(self._placed_customers[block], k=np.arange(1, k + 1))[1]
            row, customer = found.ravel(), np.repeat(block, k)
            cost = self._distance(self._sites[sites[row]], self._customers[customer]) * self._weights[customer]
            near = cost < radius[customer]
            rows.append(row[near])
            customers.append(customer[near].astype(np.int32))
            costs.append(cost[near])
        row = np.concatenate(rows)
        by_site = np.argsort(row, kind="stable")
        arcs = (
            np.bincount(row, minlength=len(sites)),
            np.concatenate(customers)[by_site],
            np.concatenate(costs)[by_site],
        )
        return join_rows(sites, [arcs], radius)

    def _straight(self, radius: Floats) -> Floats:
        """Convert costs into straight distances between the placed points, slightly too long."""
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = np.where(self._weights > 0, radius / self._weights, np.where(radius > 0, np.inf, 0.0))
        if self._metric == "geodesic":
            half_circle_km = float(great_circle_km(0.0, 0.0, 180.0, 0.0))
            distance = 2 * np.sin(np.minimum(distance / half_circle_km, 1.0) * np.pi / 2)
        return np.asarray(distance * (1 + SEARCH_SLACK) + SEARCH_SLACK * 1e-6)

    def integral(self) -> bool:
        """Return False: distances between points are not integers."""
        return False

    def reach(self) -> Bools | None:
        """Return None: every site may serve every customer."""
        return None

    def rounding(self) -> float:
        """Return the rounding error of a sum of distances: two names of one pole are 1e-12 km apart by the formula."""
        if self._metric == "geodesic":
            size = float(great_circle_km(0.0, 0.0, 180.0, 0.0))
        else:
            size = max(float(abs(self._sites).max()), float(abs(self._customers).max()))
        return UNITS_IN_LAST_PLACE * float(np.finfo(np.float64).eps) * size * float(self._weights.sum())
