"""The p-median of points, where distances are a matter of coordinates and no table of them is wanted."""

from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.locate._solve import answer, check_memory
from siting.locate.arguments import Faults
from siting.locate.kernel.clock import Clock
from siting.locate.kernel.points import Metric, Points
from siting.locate.location import Location
from siting.physics.geodesy import check_lon_lat
from siting.units import Floats

METRICS = {"euclidean": "euclidean", "geodesic": "geodesic", "haversine": "geodesic"}
"""Names of the metrics; the great circle goes by two."""


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
    """Open p sites with the least sum of weighted distances to points; only near pairs are ever listed.

    The bound holds for all pairs nevertheless: prices stay below the distance of the nearest pair left out.

    Parameters
    ----------
    points : array_like
        Customers, (m, d): coordinates in any unit, or longitude and latitude (m, 2) [degrees] for `geodesic`.
    p : int
        How many sites are open, 1 to n.
    sites : array_like, optional
        Where sites may be, (n, d); the points themselves without it.
    weights : array_like, optional
        How much each customer counts, (m,) or one number for all, at least 0; 1 each without it.
    metric : {"euclidean", "geodesic", "haversine"}
        Straight lines in the unit of the coordinates, or great circles on longitude and latitude [km], which
        cross the antimeridian and the poles; the last two are the same.
    gap : float
        Relative gap at which the answer counts as proven, 1e-9 to below 1 [-].
    time_limit_s : float, optional
        Wall-clock time after which the best answer so far is returned with its bound [s].
    seed : int
        Makes the random choices of the search repeatable, at least 0.
    memory_mb : float, optional
        Memory that the search may use on top of the arrays that are passed [MB].

    Returns
    -------
    siting.locate.Location
        What is open, who is served from where, and what was proven.

    Raises
    ------
    siting.errors.DataError
        Lists every fault of the arrays and limits, or the size that would fit the memory.

    Examples
    --------
    Fiji lies on both sides of the antimeridian: one depot serves three places there and reaches each within 80 km.

    >>> places = [[179.4, -16.5], [-179.9, -16.7], [179.9, -16.6], [15.6, 78.2]]
    >>> answer = p_median_points(places, 2, metric="geodesic")
    >>> answer.status, answer.open.tolist(), round(answer.objective)
    ('optimal', [False, False, True, True], 78)
    """
    clock = Clock(time_limit_s)
    faults = Faults("p_median_points")
    kind = METRICS.get(metric)
    if kind is None:
        faults.add(f"`metric` is {metric!r}: give one of {', '.join(METRICS)}")
    customers = _coordinates(faults, "points", points, kind)
    places = customers if sites is None else _coordinates(faults, "sites", sites, kind)
    if customers is not None and places is not None and customers.shape[1] != places.shape[1]:
        faults.add(f"`sites` has {places.shape[1]} coordinates and `points` {customers.shape[1]}: give the same")
    n, m = (None if table is None else len(table) for table in (places, customers))
    count = faults.count("p", p, n, "sites")
    weight = faults.per("weights", 1.0 if weights is None else weights, m, "points")
    faults.limits(gap=gap, time_limit_s=time_limit_s, seed=seed, memory_mb=memory_mb)
    if n is not None and m is not None:
        check_memory(faults, n, m, count, memory_mb=memory_mb)
    faults.refuse()
    assert customers is not None
    assert places is not None
    assert weight is not None
    costs = Points(customers, places, weight, cast("Metric", kind))
    return answer(costs, np.zeros(len(places)), count, gap=gap, clock=clock, seed=seed)


def _coordinates(faults: Faults, name: str, values: ArrayLike, kind: str | None) -> Floats | None:
    """Read a table of coordinates; longitude and latitude have to lie on the globe."""
    table = faults.numbers(name, values, 2, negative=True)
    if table is None:
        return None
    if kind == "geodesic":
        if table.shape[1] != 2:
            faults.add(f"`{name}` has {table.shape[1]} columns: give longitude and latitude [degrees]")
            return None
        try:
            check_lon_lat(table[:, 0], table[:, 1])
        except DataError as error:
            faults.add(f"`{name}`: {error}")
            return None
    return table.astype(np.float64)
