"""Whether a weather file is of the site that uses it: its LOCATION and its mean compared with the site."""

import numpy as np

from siting.physics.geodesy import great_circle_km
from siting.world.climate.estimate import Climate

NEAR_KM, FAR_KM = 25.0, 500.0
"""Distances between station and site from which the plan states it, and from which the file is refused [km] (assumption:
weather correlates over some hundred kilometres)."""

LEVEL_M = 100.0
"""Difference in elevation from which the plan states it [m]: some 0.65 K (assumption)."""

LIKE_THE_ESTIMATE_K = 6.0
"""Difference of the annual mean to the estimate for the place from which the plan states it [K] (assumption: several
times the error of the estimate)."""


def compared(
    file: str, climate: Climate, site: tuple[float, float, float], estimate_c: float, faults: list[str]
) -> list[str]:
    """Return how a weather file differs from its site; one of a far place is a fault.

    Parameters
    ----------
    file : str
        Name of the file.
    climate : Climate
        What was read from it; coordinates are NaN where the file has none.
    site : tuple of float
        Longitude, latitude [degree] and elevation [m] of the site.
    estimate_c : float
        Estimated annual mean at the site [C].
    faults : list of str
        Where a fault is added.

    Returns
    -------
    list of str
        Differences to state beside the plan.
    """
    lon, lat, elevation_m = site
    found = []
    if not np.isnan(climate.lon):
        where = f"{climate.station or 'a station'} at {climate.lon:g} E {climate.lat:g} N"
        km = float(great_circle_km(lon, lat, climate.lon, climate.lat))
        above_m = climate.elevation_m - elevation_m
        if km > FAR_KM:
            faults.append(
                f"{file}: LOCATION is {where}, {km:,.0f} km from its site at {lon:g} E {lat:g} N: give the hours of a "
                f"station within {FAR_KM:g} km{_swapped(climate, lon, lat)}, or correct LOCATION in line 1"
            )
        elif km > NEAR_KM:
            found.append(f"LOCATION is {where}, {km:,.0f} km from the site")
        if km <= FAR_KM and abs(above_m) > LEVEL_M:
            found.append(
                f"LOCATION is {abs(above_m):,.0f} m {'higher' if above_m > 0 else 'lower'} than the site, not corrected"
            )
    warmer_k = float(climate.dry_bulb_c.mean()) - estimate_c
    if abs(warmer_k) > LIKE_THE_ESTIMATE_K:
        found.append(
            f"its annual mean of {climate.dry_bulb_c.mean():.1f} C is {abs(warmer_k):.1f} K "
            f"{'above' if warmer_k > 0 else 'below'} the estimate for the site: check place and unit"
        )
    return found


def _swapped(climate: Climate, lon: float, lat: float) -> str:
    """Return a hint where the station is near once a sign or the order of its coordinates is changed."""
    x, y = climate.lon, climate.lat
    others = {"a missing minus": [(-x, y), (x, -y), (-x, -y)], "latitude and longitude swapped": [(y, x)]}
    for words, points in others.items():
        if any(abs(b) <= 90 and float(great_circle_km(lon, lat, a, b)) <= FAR_KM for a, b in points):
            return f" (it looks like {words})"
    return ""
