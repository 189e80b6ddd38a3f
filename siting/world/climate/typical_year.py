"""Typical years of hourly dry and wet bulb at places, morphed from the most similar observed years."""

from dataclasses import dataclass

import numpy as np

from siting.physics.air.psychrometrics import saturation_pressure_pa, standard_pressure_pa, wet_bulb_at_vapour_c
from siting.units import Floats, Ints
from siting.world.climate.estimate_inputs import (
    DAYS_IN_MONTH,
    HALF_YEAR_DAYS,
    MONTH_OF_DAY,
    EstimateInputs,
    YearLibrary,
    chord_to_km,
    monthly_mean,
    unit_vectors,
)
from siting.world.climate.months import Months, months_at

ANALOGUES = 5
"""Observed years from which the twelve months are taken."""

T_SCALE_K, RANGE_SCALE_K, LOG_VAPOUR_SCALE, LOG_DAY_SD_SCALE, LATITUDE_SCALE = 4.0, 1.0, 0.35, 0.3, 15.0
"""Scales of the differences in temperature, range, vapour, spread and latitude: one scale each has equal weight."""

RANGE_STRETCH, DAY_STRETCH = (0.4, 2.0), (0.3, 1.6)
"""Allowed scaling of an observed year within its days and among its days."""

VAPOUR_ROUNDS = 3
"""Iterations of clipping vapour at saturation and restoring the monthly mean."""

CHUNK = 32
"""Places per block: 32 years of 8760 hours are 2 MB per array."""


@dataclass(frozen=True)
class TypicalYears:
    """Hours of typical years and the distance to their inputs.

    Parameters
    ----------
    dry_bulb_c, wet_bulb_c : numpy.ndarray
        (n, 8760) [C], local standard time.
    pressure_pa : numpy.ndarray
        (n,) standard atmosphere at the elevation [Pa].
    km_to_normals : numpy.ndarray
        (n,) distance to the nearest climate normal [km].
    """

    dry_bulb_c: Floats
    wet_bulb_c: Floats
    pressure_pa: Floats
    km_to_normals: Floats


def typical_years(
    known: EstimateInputs,
    lon: Floats,
    lat: Floats,
    elevation_m: Floats,
    *,
    offset_k: float = 0.0,
    beyond_km: float = 0.0,
) -> TypicalYears:
    """Estimate 8760 typical hours of at most `CHUNK` places.

    The months come from `months_at`. Of the five most similar observed years, each calendar month
    takes the one with the most similar month, and morphs it to the place's month.

    Parameters
    ----------
    known : EstimateInputs
        Grid, normals, library, corrections.
    lon, lat, elevation_m : numpy.ndarray
        (n,) places [degree], [m].
    offset_k : float
        Added to every monthly mean [K]; 0 is the climate of 2000-2025.
    beyond_km : float
        Leave out every normal and observed year nearer than this, to measure errors [km].

    Returns
    -------
    TypicalYears
        Hourly dry and wet bulb.
    """
    months = months_at(known, lon, lat, elevation_m, offset_k=offset_k, beyond_km=beyond_km)
    chosen = _analogues(known.library, months, lon, lat, beyond_km)
    dry, vapour = _morph(known.library, chosen, months)
    pressure = standard_pressure_pa(elevation_m)
    wet = np.minimum(wet_bulb_at_vapour_c(dry, vapour, pressure[:, None, None]), dry)
    return TypicalYears(dry.reshape(len(lon), -1), wet.reshape(len(lon), -1), pressure, months.km_to_normals)


def _analogues(library: YearLibrary, months: Months, lon: Floats, lat: Floats, beyond_km: float) -> Ints:
    """Return (n, 12) library entry of each month, among the few most similar years."""
    distance = (
        ((library.t_mean_c - months.t_mean_c[:, None]) / T_SCALE_K) ** 2
        + ((library.diurnal_range_k - months.diurnal_range_k[:, None]) / RANGE_SCALE_K) ** 2
        + ((library.log_vapour_mean - months.log_vapour[:, None]) / LOG_VAPOUR_SCALE) ** 2
        + ((library.log_day_sd - months.log_day_sd[:, None]) / LOG_DAY_SD_SCALE) ** 2
    )
    total = distance.mean(axis=2) + ((library.seasonal_lat - lat[:, None]) / LATITUDE_SCALE) ** 2
    here = unit_vectors(lon, lat)
    near = chord_to_km(np.linalg.norm(library.unit - here[:, None], axis=2)) < beyond_km
    best = np.argsort(np.where(near, np.inf, total), axis=1, kind="stable")[:, :ANALOGUES]
    closest = np.argmin(np.take_along_axis(distance, best[:, :, None], axis=1), axis=1)
    return np.asarray(np.take_along_axis(best, closest, axis=1))


def _morph(library: YearLibrary, chosen: Ints, months: Months) -> tuple[Floats, Floats]:
    """Return (n, 365, 24) dry bulb and vapour pressure of the chosen months, morphed to the places'."""
    stations = len(library.dry_bulb_c)
    entry = chosen[:, MONTH_OF_DAY]
    day = (np.arange(365) + HALF_YEAR_DAYS * (entry >= stations)) % 365
    days = library.dry_bulb_c[entry % stations, day].astype(np.float64)
    log_vapour = library.log_vapour[entry % stations, day].astype(np.float64)
    each, month = np.arange(365), np.arange(12)
    own_t = through_the_year(library.t_mean_c[chosen])[:, MONTH_OF_DAY, each]
    own_vapour = through_the_year(library.log_vapour_mean[chosen])[:, MONTH_OF_DAY, each]
    within = np.clip(months.diurnal_range_k / library.diurnal_range_k[chosen, month], *RANGE_STRETCH)
    among = np.clip(np.exp(months.log_day_sd - library.log_day_sd[chosen, month]), *DAY_STRETCH)
    day_mean = days.mean(axis=2)
    new_mean = through_the_year(months.t_mean_c) + (day_mean - own_t) * among[:, MONTH_OF_DAY]
    new_mean += (months.t_mean_c - monthly_mean(new_mean))[:, MONTH_OF_DAY]
    dry = new_mean[:, :, None] + (days - day_mean[:, :, None]) * within[:, MONTH_OF_DAY, None]
    departure = (log_vapour - own_vapour[:, :, None]) * among[:, MONTH_OF_DAY, None]
    vapour = np.exp(through_the_year(months.log_vapour)[:, :, None] + departure)
    return dry, _below_saturation(vapour, saturation_pressure_pa(dry), np.exp(months.log_vapour))


def _below_saturation(vapour_pa: Floats, saturated_pa: Floats, wanted_pa: Floats) -> Floats:
    """Return vapour with the wanted monthly means that never exceeds saturation."""
    for _ in range(VAPOUR_ROUNDS):
        vapour_pa = np.minimum(vapour_pa, saturated_pa)
        vapour_pa = vapour_pa * (wanted_pa / monthly_mean(vapour_pa.mean(axis=2)))[:, MONTH_OF_DAY, None]
    return np.minimum(vapour_pa, saturated_pa)


def through_the_year(monthly: Floats) -> Floats:
    """Return (..., 365) daily values that pass smoothly through (..., 12) monthly means."""
    daily = monthly @ _TO_DAYS.T
    return np.asarray(daily + (monthly - monthly_mean(daily)) @ _TO_DAYS.T)


def _to_days() -> Floats:
    """Return (365, 12) weights that interpolate between the middles of the months, around the year."""
    middle = np.cumsum(DAYS_IN_MONTH) - DAYS_IN_MONTH / 2
    at = np.concatenate([[middle[-1] - 365], middle, [middle[0] + 365]])
    around = np.eye(12)[[11, *range(12), 0]]
    return np.stack([np.interp(np.arange(365) + 0.5, at, around[:, month]) for month in range(12)], axis=1)


_TO_DAYS = _to_days()
