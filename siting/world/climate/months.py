"""Monthly climate of places: mean temperature, daily range, vapour pressure and day-to-day spread."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.physics.air.psychrometrics import saturation_over_water_pa
from siting.units import Floats
from siting.world.climate.estimate_inputs import (
    LAPSE_K_PER_M,
    Corrections,
    EstimateInputs,
    MonthlyGrid,
    Normals,
    chord_to_km,
    unit_vectors,
)

STATIONS_MINUS_GRID_K = -0.8
"""The stations' years (1961-2005) against ERA5 2000-2025 (Hersbach et al. 2020; here -0.84)."""

FAR_FROM_NORMALS_KM = 500.0
"""Distance beyond which the nearest climate normal is not used (assumption)."""

NEUTRAL_HUMIDITY_SHARE = 0.7
"""Relative humidity over water where nothing is known (assumption: mean of land near the surface)."""

NEUTRAL_DIURNAL_RANGE_K = 6.0
"""Daily range where nothing is known (assumption: as on high-latitude coasts)."""

HOURLY_TO_EXTREME_RANGE = 0.9
"""Daily range of hourly values over that of the extremes; median at 1,590 stations."""

NORMALS_USED, NORMALS_SEARCHED = 20, 1500
NORMALS_ELEVATION_SCALE_M = 300.0
NORMALS_SOFTENING_KM = 10.0
"""Number of nearest normals, elevation scale of their weight, distance below which their weights are equal."""

LIKENESS_REACH_KM, LIKENESS_HEIGHT_M, LIKENESS_DOUBT = 600.0, 1500.0, 1.0
"""Range and elevation scale of a station's correction, and its noise-to-signal ratio (tuned, test stations held out)."""

MOST_T_K, MOST_LOG_VAPOUR = 3.0, 0.5
"""Largest corrections applied [K], [1] (assumption; more than twice the root mean square)."""

DAY_SD_K = (0.64, 8.25)
"""Range of the spread of the daily means in 98 % of the stations' months [K]."""


@dataclass(frozen=True)
class Normal:
    """Normals at places: mean [C], daily range of extremes [K], relative humidity over water [1].

    Parameters
    ----------
    t_mean_c, diurnal_range_k, humidity_share : numpy.ndarray
        (n, 12); the mean is NaN where the nearest normal is beyond `FAR_FROM_NORMALS_KM`.
    km_away : numpy.ndarray
        (n,) distance to the nearest normal [km].
    """

    t_mean_c: Floats
    diurnal_range_k: Floats
    humidity_share: Floats
    km_away: Floats


@dataclass(frozen=True)
class Months:
    """Twelve months of places.

    Parameters
    ----------
    t_mean_c, diurnal_range_k, log_vapour, log_day_sd : numpy.ndarray
        (n, 12) mean [C], mean daily range of hourly values [K], logarithm of the mean vapour
        pressure [Pa] and of the standard deviation of the daily means [K].
    km_to_normals : numpy.ndarray
        (n,) distance to the nearest climate normal [km].
    """

    t_mean_c: Floats
    diurnal_range_k: Floats
    log_vapour: Floats
    log_day_sd: Floats
    km_to_normals: Floats


def bilinear(field: NDArray[np.float32], lon: Floats, lat: Floats) -> Floats:
    """Interpolate a global field (..., rows, columns) from 90 N, 180 W at places; (..., n)."""
    rows, columns = field.shape[-2:]
    row, column = (90 - lat) * (rows - 1) / 180, ((lon + 180) % 360) * columns / 360
    top, left = np.minimum(np.floor(row).astype(int), rows - 2), np.floor(column).astype(int)
    down, right = row - top, column - left
    value = np.zeros((*field.shape[:-2], len(lon)))
    for step_down, vertical in ((0, 1 - down), (1, down)):
        for step_right, sideways in ((0, 1 - right), (1, right)):
            value += vertical * sideways * field[..., top + step_down, (left + step_right) % columns]
    return value


def grid_t_mean_c(grid: MonthlyGrid, lon: Floats, lat: Floats, elevation_m: Floats) -> Floats:
    """Return (n, 12) monthly means [C] of 2000-2025 at places [degree] and elevations [m].

    All four cells count: preferring land cells at coasts did not reduce the error.
    """
    return np.asarray((bilinear(grid.t_sea_level_c, lon, lat) - LAPSE_K_PER_M * elevation_m).T)


def normals_at(normals: Normals, lon: Floats, lat: Floats, elevation_m: Floats, beyond_km: float = 0.0) -> Normal:
    """Return daily range, humidity and mean from the nearest normals of similar elevation.

    Parameters
    ----------
    normals : Normals
        Of the land of the Earth.
    lon, lat, elevation_m : numpy.ndarray
        (n,) places [degree], [m].
    beyond_km : float
        Normals nearer than this are left out, to measure errors; 0 in use [km].

    Returns
    -------
    Normal
        Neutral range and humidity, and no mean, beyond `FAR_FROM_NORMALS_KM`.
    """
    searched = min(NORMALS_USED if beyond_km == 0 else NORMALS_SEARCHED, normals.tree.n)
    chord, found = normals.tree.query(unit_vectors(lon, lat), k=searched)
    km = chord_to_km(chord)
    skipped = np.minimum((km < beyond_km).sum(axis=1), searched - NORMALS_USED)[:, None] + np.arange(NORMALS_USED)
    km, found = np.take_along_axis(km, skipped, axis=1), np.take_along_axis(found, skipped, axis=1)
    climb_m = normals.elevation_m[found] - elevation_m[:, None]
    weight = (np.exp(-((climb_m / NORMALS_ELEVATION_SCALE_M) ** 2)) + 1e-6) / (km + NORMALS_SOFTENING_KM) ** 2
    weight = (weight / weight.sum(axis=1, keepdims=True))[:, None, :]
    at_height = normals.t_mean_c[found] + LAPSE_K_PER_M * climb_m[:, :, None]
    t_mean, range_k, share = (
        (weight @ values)[:, 0] for values in (at_height, normals.diurnal_range_k[found], normals.humidity_share[found])
    )
    far = km[:, :1] > FAR_FROM_NORMALS_KM
    return Normal(
        t_mean_c=np.where(far, np.nan, t_mean),
        diurnal_range_k=np.where(far, NEUTRAL_DIURNAL_RANGE_K, range_k),
        humidity_share=np.where(far, NEUTRAL_HUMIDITY_SHARE, share),
        km_away=km[:, 0],
    )


def first_guess(t_stations_c: Floats, normal: Normal) -> tuple[Floats, Floats]:
    """Return mean temperature [C] and logarithm of vapour pressure [Pa] before any correction.

    The humidity belongs to the normals' own temperature; where there is none, to the grid's.
    """
    humid_at = np.where(np.isnan(normal.t_mean_c), t_stations_c, normal.t_mean_c)
    return t_stations_c, np.log(normal.humidity_share * saturation_over_water_pa(humid_at))


def features(t_stations_c: Floats, normal: Normal, lat: Floats, elevation_m: Floats) -> Floats:
    """Return (n, 12, k) features on which the error of a month depends."""
    t, flat = t_stations_c, np.ones_like(t_stations_c)
    apart = np.nan_to_num(normal.t_mean_c - t)
    season = np.ptp(t, axis=1, keepdims=True) * flat
    slope = np.abs(np.roll(t, -1, axis=1) - np.roll(t, 1, axis=1))
    year = t.mean(axis=1, keepdims=True) * flat
    colder = (year - t) / (season + 1.0)
    poleward = np.minimum(np.abs(lat), 60.0)[:, None] / 30 * flat
    northward = np.clip(lat, -60, 60)[:, None] / 30 * flat
    height = elevation_m[:, None] / 1000 * flat
    range_10k, share = normal.diurnal_range_k / 10, normal.humidity_share
    terms = [flat, apart, apart * share, apart * height, range_10k, range_10k**2, range_10k * share, share, share**2]
    terms += [np.log(share), share.mean(axis=1, keepdims=True) * flat, t / 10, (t / 10) ** 2, t / 10 * share]
    terms += [np.sqrt(season), season / 10, slope / 10, colder, colder * season / 10, year / 10]
    terms += [poleward, poleward**2, northward, height]
    return np.stack(terms, axis=2)


def likeness(unit: Floats, elevation_m: Floats, corrections: Corrections) -> Floats:
    """Return (n, stations) how much a place shares a station's error: 1 at the station, 0 far from it."""
    km = chord_to_km(np.sqrt(np.maximum(2 - 2 * unit @ corrections.unit.T, 0)))
    climb = (elevation_m[:, None] - corrections.elevation_m) / LIKENESS_HEIGHT_M
    return np.asarray(np.exp(-km / LIKENESS_REACH_KM - climb**2))


def months_at(
    known: EstimateInputs,
    lon: Floats,
    lat: Floats,
    elevation_m: Floats,
    *,
    offset_k: float = 0.0,
    beyond_km: float = 0.0,
) -> Months:
    """Estimate the months of places from grid, normals and what stations taught.

    Warming keeps the relative humidity: the vapour of the stations' decades is brought to the
    wanted temperature.

    Parameters
    ----------
    known : EstimateInputs
        Grid, normals, corrections.
    lon, lat, elevation_m : numpy.ndarray
        (n,) places [degree], [m].
    offset_k : float
        Added to every monthly mean of 2000-2025 [K].
    beyond_km : float
        Leave out normals nearer than this, to measure errors [km].

    Returns
    -------
    Months
        Mean, range, vapour and spread by month.
    """
    t_stations = grid_t_mean_c(known.grid, lon, lat, elevation_m) + STATIONS_MINUS_GRID_K
    normal = normals_at(known.normals, lon, lat, elevation_m, beyond_km)
    learnt = known.corrections
    alike = likeness(unit_vectors(lon, lat), elevation_m, learnt)
    facts = np.clip(features(t_stations, normal, lat, elevation_m), *learnt.bounds)
    drift = np.moveaxis(facts @ learnt.drift.T, 2, 1)
    correction = drift + np.einsum("ns,sqm->nqm", alike, learnt.pull, optimize=True)
    t_guess, vapour_guess = first_guess(t_stations, normal)
    t_then = t_guess + np.clip(correction[:, 0], -MOST_T_K, MOST_T_K)
    wetter = np.where(np.isnan(normal.t_mean_c), 0.0, correction[:, 1])  # neutral humidity stays neutral
    log_vapour_then = vapour_guess + np.clip(wetter, -MOST_LOG_VAPOUR, MOST_LOG_VAPOUR)
    t_mean = t_then + offset_k - STATIONS_MINUS_GRID_K
    log_share = np.minimum(log_vapour_then - np.log(saturation_over_water_pa(t_then)), 0.0)
    return Months(
        t_mean_c=t_mean,
        diurnal_range_k=HOURLY_TO_EXTREME_RANGE * normal.diurnal_range_k,
        log_vapour=log_share + np.log(saturation_over_water_pa(t_mean)),
        log_day_sd=np.clip(correction[:, 2], *np.log(DAY_SD_K)),
        km_to_normals=normal.km_away,
    )
