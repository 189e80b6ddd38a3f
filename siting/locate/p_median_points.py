"""The p-median problem on points: distances from coordinates, without a table of all pairs."""

from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.locate._solve import check_memory, solve
from siting.locate.arguments import ArgumentErrors, documents_limits, shown
from siting.locate.kernel.limits import SearchLimits
from siting.locate.kernel.points import Metric, Points
from siting.locate.labelled_tables import takes_tables
from siting.locate.location import Location
from siting.physics.geodesy import check_lon_lat
from siting.units import Floats

METRICS = {"euclidean": "euclidean", "geodesic": "geodesic", "haversine": "geodesic"}
"""Names of the metrics; the great circle has two."""


@takes_tables
@documents_limits
def p_median_points(
    points: ArrayLike,
    p: int,
    sites: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    metric: str = "euclidean",
    *,
    gap: float = 1e-6,
    time_limit_s: float | None = None,
    seed: int = 0,
    memory_mb: float | None = None,
) -> Location:
    """Open p sites with the smallest sum of weighted distances to points; only near pairs are listed.

    The bound is valid for all pairs: multipliers stay below the distance of the nearest pair that is not listed.

    Parameters
    ----------
    points : array_like
        Customers, (m, d): coordinates in any unit, or longitude and latitude (m, 2) [degrees] for `geodesic`. A DataFrame
        of places (`lon` and `lat` [degree], or point geometries) too: always by great circles, and the result has names.
    p : int
        Number of open sites, 1 to n.
    sites : array_like, optional
        Candidate sites, (n, d), or a table of places; the points themselves by default.
    weights : array_like, optional
        Weight of each customer, (m,) or one number for all, at least 0; 1 each by default. The name of a column
        of a table of places.
    metric : {"euclidean", "geodesic", "haversine"}
        Straight lines in the unit of the coordinates, or great circles on longitude and latitude [km], which
        cross the antimeridian and the poles; the last two are the same.
    <limits>

    Returns
    -------
    siting.locate.Location
        Open sites, allocation and proof.

    Raises
    ------
    siting.errors.DataError
        Lists every invalid argument, or the size that would fit the memory.

    Examples
    --------
    Fiji lies on both sides of the antimeridian: one depot serves three places there and reaches each within 80 km.

    >>> places = [[179.4, -16.5], [-179.9, -16.7], [179.9, -16.6], [15.6, 78.2]]
    >>> found = p_median_points(places, 2, metric="geodesic")
    >>> found.status, found.open.tolist(), round(found.objective)
    ('optimal', [False, False, True, True], 78)
    """
    limits = SearchLimits(gap, time_limit_s, seed, memory_mb)
    errors = ArgumentErrors("p_median_points")
    kind = METRICS.get(metric) if isinstance(metric, str) else None
    if kind is None:
        errors.add(f"`metric` is {shown(metric)}: give one of {', '.join(METRICS)}")
    customers = _coordinates(errors, "points", points, kind)
    places = customers if sites is None else _coordinates(errors, "sites", sites, kind)
    if customers is not None and places is not None and customers.shape[1] != places.shape[1]:
        errors.add(f"`sites` has {places.shape[1]} coordinates and `points` {customers.shape[1]}: give the same")
    n, m = (None if table is None else len(table) for table in (places, customers))
    count = errors.count("p", p, n, "sites")
    weight = errors.per("weights", 1.0 if weights is None else weights, m, "points")
    errors.limits(limits)
    check_memory(errors, None if n is None or m is None else (n, m), count, limits)
    errors.raise_all()
    assert customers is not None
    assert places is not None
    assert weight is not None
    return solve(Points(customers, places, weight, cast("Metric", kind)), np.zeros(len(places)), count, limits)


def _coordinates(errors: ArgumentErrors, name: str, values: ArrayLike, kind: str | None) -> Floats | None:
    """Read a table of coordinates; longitude and latitude must be on the globe."""
    table = errors.numbers(name, values, 2, negative=True)
    if table is None:
        return None
    if kind == "geodesic":
        if table.shape[1] != 2:
            errors.add(f"`{name}` has {table.shape[1]} columns: give longitude and latitude [degrees]")
            return None
        try:
            check_lon_lat(table[:, 0], table[:, 1])
        except DataError as error:
            errors.add(f"`{name}`: {error}")
            return None
    return table.astype(np.float64)
