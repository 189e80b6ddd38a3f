"""Great-circle distance between two places on Earth.

References
----------
Moritz, H. (2000). Geodetic Reference System 1980. Journal of Geodesy 74:
128-133 (mean radius R1 = (2a + b)/3 = 6371.0088 km).
Sinnott, R. W. (1984). Virtues of the haversine. Sky and Telescope 68(2): 159.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.units import Floats

EARTH_MEAN_RADIUS_KM = 6371.0088
"""Mean radius R1 of the GRS 80 ellipsoid [km] (Moritz 2000)."""


def great_circle_km(lon_a: ArrayLike, lat_a: ArrayLike, lon_b: ArrayLike, lat_b: ArrayLike) -> Floats:
    """Return the great-circle distance on a sphere of the Earth's mean radius.

    ``d = 2 R arcsin(sqrt(sin^2((lat_b - lat_a)/2) + cos lat_a cos lat_b sin^2((lon_b - lon_a)/2)))`` with
    R = 6371.0088 km. The sphere differs from the WGS 84 ellipsoid by less than 0.6 % everywhere.
    Poles and the antimeridian need no special treatment.

    Parameters
    ----------
    lon_a, lat_a, lon_b, lat_b : array_like
        Places [degrees], longitude -180..360, latitude -90..90; the four
        broadcast against each other.

    Returns
    -------
    numpy.ndarray
        Distance [km], of the broadcast shape.

    Raises
    ------
    siting.errors.DataError
        A coordinate is missing or out of range.

    References
    ----------
    Sinnott (1984), haversine; radius from Moritz (2000).

    Examples
    --------
    >>> round(float(great_circle_km(0.0, 0.0, 90.0, 0.0)))
    10008
    >>> round(float(great_circle_km(179.9, 0.0, -179.9, 0.0)), 1)
    22.2
    """
    check_lon_lat(lon_a, lat_a)
    check_lon_lat(lon_b, lat_b)
    lon_a, lat_a, lon_b, lat_b = (
        np.radians(np.asarray(degrees, dtype=float)) for degrees in (lon_a, lat_a, lon_b, lat_b)
    )
    haversine = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * EARTH_MEAN_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(haversine, 1.0))))


def check_lon_lat(lon: ArrayLike, lat: ArrayLike) -> None:
    """Raise for coordinates that are missing or out of range.

    Valid are, by definition, ``-180 <= lon <= 360`` and ``-90 <= lat <= 90``.

    Parameters
    ----------
    lon : array_like
        Longitude, -180..360 [degrees].
    lat : array_like
        Latitude, -90..90 [degrees].

    Raises
    ------
    siting.errors.DataError
        Names every faulty coordinate, its first value and the fix.

    Examples
    --------
    >>> check_lon_lat(15.6, 78.2)
    >>> check_lon_lat(15.6, 95.0)
    Traceback (most recent call last):
    ...
    siting.errors.DataError: 1 of 1 latitudes is not within -90..90 degrees (first: 95.0): pass \
longitude before latitude, in degrees
    """
    faults = []
    for name, values, low, high in (("longitudes", lon, -180, 360), ("latitudes", lat, -90, 90)):
        degrees = np.atleast_1d(np.asarray(values, dtype=float))
        outside = ~((degrees >= low) & (degrees <= high))
        if outside.any():
            count = int(outside.sum())
            verb = "is" if count == 1 else "are"
            faults.append(
                f"{count} of {degrees.size} {name} {verb} not within {low}..{high} degrees (first: {degrees[outside][0]})"
            )
    if faults:
        raise DataError("; ".join(faults) + ": pass longitude before latitude, in degrees")
