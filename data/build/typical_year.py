"""A typical year of hourly dry and wet bulb at any place, from the years most like it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from climate_months import Months, Residuals, months_at
from climate_sources import (
    DAYS_IN_MONTH,
    MONTH_OF_DAY,
    MONTH_OF_HOUR,
    ClimateSources,
    YearLibrary,
    chord_to_km,
    unit_vectors,
)
from moist_air import Floats, wet_bulb_c
from numpy.typing import NDArray

from siting.physics.psychrometrics import saturation_pressure_pa, standard_pressure_pa

ANALOGUES = 5
"""Observed years from which the twelve months are taken."""

T_SCALE_K, RANGE_SCALE_K, LOG_VAPOUR_SCALE, LOG_DAY_SD_SCALE, LATITUDE_SCALE = 4.0, 1.0, 0.35, 0.3, 15.0
"""How much unlikeness in temperature, range, vapour, spread and latitude weighs the same."""

RANGE_STRETCH, DAY_STRETCH = (0.4, 2.0), (0.3, 1.6)
"""How far an observed year's days may be stretched within and among themselves."""


@dataclass(frozen=True)
class TypicalYear:
    """Hours of a typical year and what they rest on.

    Parameters
    ----------
    dry_bulb_c, wet_bulb_c : numpy.ndarray
        (8760,) [C], local standard time.
    pressure_pa : float
        Standard atmosphere at the elevation [Pa].
    km_to_normals : float
        Distance to the nearest CRU station [km].
    """

    dry_bulb_c: Floats
    wet_bulb_c: Floats
    pressure_pa: float
    km_to_normals: float


def typical_year(
    source: ClimateSources,
    residuals: Residuals,
    lon: float,
    lat: float,
    elevation_m: float,
    *,
    offset_k: float = 0.0,
    beyond_km: float = 0.0,
) -> TypicalYear:
    """Make 8760 typical hours of a place.

    The months come from `months_at`. The five observed years most alike are morphed to them; each
    calendar month is taken from the one whose month is most alike.

    Parameters
    ----------
    source : ClimateSources
        Grid, normals, library.
    residuals : Residuals
        Of the calibration stations.
    lon, lat : float
        The place [degree].
    elevation_m : float
        Its elevation [m].
    offset_k : float
        Added to every monthly mean [K]; 0 is the climate of 2000-2025.
    beyond_km : float
        Leave out every source station nearer than this, to measure errors [km].

    Returns
    -------
    TypicalYear
        Hourly dry and wet bulb.
    """
    months = months_at(source, residuals, lon, lat, elevation_m, offset_k=offset_k, beyond_km=beyond_km)
    chosen = _analogues(source.library, months, lon, lat, beyond_km)
    dry, vapour = _morph(source.library, chosen, months)
    pressure = float(standard_pressure_pa(elevation_m))
    wet = np.minimum(wet_bulb_c(dry, vapour, pressure), dry)
    return TypicalYear(dry, wet, pressure, months.km_to_normals)


def _analogues(library: YearLibrary, months: Months, lon: float, lat: float, beyond_km: float) -> NDArray[np.intp]:
    """Return for each month which observed year to take, of the few most alike over the year."""
    unlike = (
        ((library.t_mean_c - months.t_mean_c) / T_SCALE_K) ** 2
        + ((library.diurnal_range_k - months.diurnal_range_k) / RANGE_SCALE_K) ** 2
        + ((library.log_vapour - months.log_vapour) / LOG_VAPOUR_SCALE) ** 2
        + ((library.log_day_sd - months.log_day_sd) / LOG_DAY_SD_SCALE) ** 2
    )
    total = unlike.mean(axis=1) + ((library.seasonal_lat - lat) / LATITUDE_SCALE) ** 2
    here = unit_vectors(np.array([lon]), np.array([lat]))[0]
    near = chord_to_km(np.linalg.norm(library.unit - here, axis=1)) < beyond_km
    best = np.argsort(np.where(near, np.inf, total), kind="stable")[:ANALOGUES]
    return np.asarray(best[np.argmin(unlike[best], axis=0)])


def _morph(library: YearLibrary, chosen: NDArray[np.intp], months: Months) -> tuple[Floats, Floats]:
    """Return dry bulb and vapour pressure of the chosen years, moved to the place's months."""
    dry, vapour = np.empty(8760), np.empty(8760)
    for year in np.unique(chosen):
        days = library.dry_bulb_c[year].reshape(365, 24)
        day_mean = days.mean(axis=1)
        own = _through_the_year(library.t_mean_c[year])
        within = np.clip(months.diurnal_range_k / library.diurnal_range_k[year], *RANGE_STRETCH)
        among = np.clip(np.exp(months.log_day_sd - library.log_day_sd[year]), *DAY_STRETCH)
        new_mean = _through_the_year(months.t_mean_c) + (day_mean - own) * among[MONTH_OF_DAY]
        morphed = new_mean[:, None] + (days - day_mean[:, None]) * within[MONTH_OF_DAY][:, None]
        own_vapour = _through_the_year(library.log_vapour[year]).repeat(24)
        departure = (np.log(library.vapour_pa[year]) - own_vapour) * among[MONTH_OF_HOUR]
        moist = np.exp(_through_the_year(months.log_vapour).repeat(24) + departure)
        mine = (chosen == year)[MONTH_OF_HOUR]
        dry[mine], vapour[mine] = morphed.ravel()[mine], moist[mine]
    means = np.bincount(MONTH_OF_HOUR, weights=dry) / (24 * DAYS_IN_MONTH)
    dry += (months.t_mean_c - means)[MONTH_OF_HOUR]
    for _ in range(3):
        vapour = np.minimum(vapour, saturation_pressure_pa(dry))
        held = np.bincount(MONTH_OF_HOUR, weights=vapour) / (24 * DAYS_IN_MONTH)
        vapour *= (np.exp(months.log_vapour) / held)[MONTH_OF_HOUR]
    return dry, np.minimum(vapour, saturation_pressure_pa(dry))


def _through_the_year(monthly: Floats) -> Floats:
    """Return 365 daily values that pass smoothly through monthly means."""
    middle = np.cumsum(DAYS_IN_MONTH) - DAYS_IN_MONTH / 2
    days = np.concatenate([[middle[-1] - 365], middle, [middle[0] + 365]])
    at = np.arange(365) + 0.5
    daily = np.interp(at, days, np.concatenate([monthly[-1:], monthly, monthly[:1]]))
    missed = monthly - np.bincount(MONTH_OF_DAY, weights=daily) / DAYS_IN_MONTH
    return np.asarray(daily + np.interp(at, days, np.concatenate([missed[-1:], missed, missed[:1]])))
