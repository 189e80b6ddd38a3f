"""The months of a place: mean temperature, daily range, vapour and day-to-day spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from climate_sources import MONTHS, ClimateSources, MonthlyGrid, Normals, chord_to_km, unit_vectors
from moist_air import Floats, saturation_over_water_pa

LAPSE_K_PER_M = 0.005
"""Fall of temperature with elevation; fits the stations best, 4-6 K/km are all alike."""

STATIONS_MINUS_GRID_K = -0.8
"""The stations' years (1961-2005) against ERA5 2000-2025 (DATA.md; here -0.84)."""

FAR_FROM_NORMALS_KM = 500.0
"""Beyond this the nearest CRU station says nothing of a place."""

NEUTRAL_HUMIDITY_SHARE = 0.7
"""Relative humidity over water where nothing is known (assumption: mean of land near the surface)."""

NEUTRAL_DIURNAL_RANGE_K = 6.0
"""Daily range where nothing is known (assumption: as on high-latitude coasts)."""

HOURLY_TO_EXTREME_RANGE = 0.9
"""Daily range of hourly values over that of the extremes; median at 1,590 stations."""

NORMALS_USED = 20
NORMALS_ELEVATION_SCALE_M = 300.0

T_REACH, VAPOUR_REACH, DAY_SD_REACH = (250.0, 0.3), (70.0, 0.03), (250.0, 0.3)
"""Reach of a station's residual [km], and the doubt that draws it to zero (tuned, test stations unseen)."""


@dataclass(frozen=True)
class Residuals:
    """What the monthly estimates miss at calibration stations.

    Parameters
    ----------
    unit : numpy.ndarray
        (n, 3) unit vectors.
    t_mean_k, log_vapour, log_day_sd : numpy.ndarray
        (n, 12) station minus estimate; temperature [K], logarithms of vapour pressure and
        of the standard deviation of the daily means.
    day_sd_weights : numpy.ndarray
        Of the features of `_spread_features`, by least squares.
    """

    unit: Floats
    t_mean_k: Floats
    log_vapour: Floats
    log_day_sd: Floats
    day_sd_weights: Floats


@dataclass(frozen=True)
class Months:
    """Twelve months of a place.

    Parameters
    ----------
    t_mean_c, diurnal_range_k, log_vapour, log_day_sd : numpy.ndarray
        (12,) mean [C], mean daily range of hourly values [K], logarithm of the mean vapour
        pressure [Pa] and of the standard deviation of the daily means [K].
    km_to_normals : float
        Distance to the nearest CRU station [km].
    """

    t_mean_c: Floats
    diurnal_range_k: Floats
    log_vapour: Floats
    log_day_sd: Floats
    km_to_normals: float


@dataclass(frozen=True)
class Normal:
    """Monthly daily range [K] and relative humidity over water [1] at a place."""

    diurnal_range_k: Floats
    humidity_share: Floats
    km_away: float


def grid_t_mean_c(grid: MonthlyGrid, lon: Floats, lat: Floats, elevation_m: Floats) -> Floats:
    """Return monthly mean temperatures by bilinear interpolation and lapse rate.

    Preferring land cells at coasts was tried and is no better (0.88 against 0.85 K
    mean absolute error at 293 coastal stations), so all four cells count.

    Parameters
    ----------
    grid : MonthlyGrid
        ERA5 means.
    lon, lat : numpy.ndarray
        (n,) [degree].
    elevation_m : numpy.ndarray
        (n,) [m]; NaN takes the grid's own surface.

    Returns
    -------
    numpy.ndarray
        (n, 12) [C].
    """
    row, column = (90 - lat) * 4, ((lon + 180) % 360) * 4
    top, left = np.minimum(np.floor(row).astype(int), 719), np.floor(column).astype(int)
    down, right = row - top, column - left
    t_mean, ground = np.zeros((12, len(lon))), np.zeros(len(lon))
    for step_down in (0, 1):
        for step_right in (0, 1):
            weight = (down if step_down else 1 - down) * (right if step_right else 1 - right)
            cell = (top + step_down, (left + step_right) % 1440)
            t_mean += weight * grid.t_mean_c[:, cell[0], cell[1]]
            ground += weight * grid.elevation_m[cell]
    above = np.where(np.isnan(elevation_m), 0.0, elevation_m - ground)
    return np.asarray((t_mean - LAPSE_K_PER_M * above).T)


def normal_at(normals: Normals, lon: float, lat: float, elevation_m: float, beyond_km: float) -> Normal:
    """Return daily range and humidity from the nearest normals at a like elevation.

    Parameters
    ----------
    normals : Normals
        CRU stations.
    lon, lat, elevation_m : float
        The place.
    beyond_km : float
        Stations nearer than this are left out, to measure errors; 0 in use [km].

    Returns
    -------
    Normal
        Neutral values beyond `FAR_FROM_NORMALS_KM`.
    """
    here = unit_vectors(np.array([lon]), np.array([lat]))[0]
    chord, found = normals.tree.query(here, k=NORMALS_USED if beyond_km == 0 else 1500)
    km = chord_to_km(chord)
    kept = np.flatnonzero(km >= beyond_km)[:NORMALS_USED]
    km, found = km[kept], found[kept]
    if not len(km) or km[0] > FAR_FROM_NORMALS_KM:
        away = float(km[0]) if len(km) else np.inf
        neutral_range, neutral_share = np.full(12, NEUTRAL_DIURNAL_RANGE_K), np.full(12, NEUTRAL_HUMIDITY_SHARE)
        return Normal(neutral_range, neutral_share, away)
    climb = (normals.elevation_m[found] - elevation_m) / NORMALS_ELEVATION_SCALE_M
    weight = (np.exp(-(climb**2)) + 1e-6) / (km + 10.0) ** 2
    weight /= weight.sum()
    return Normal(weight @ normals.diurnal_range_k[found], weight @ normals.humidity_share[found], float(km[0]))


def station_residuals(source: ClimateSources, stations: pd.DataFrame) -> Residuals:
    """Return what the monthly estimates miss at the stations.

    Parameters
    ----------
    source : ClimateSources
        Grid and normals.
    stations : pandas.DataFrame
        Calibration stations of `climate_sources.read_stations`.

    Returns
    -------
    Residuals
        With the years' offset `STATIONS_MINUS_GRID_K` already taken out.
    """
    lon, lat, elevation = (stations[name].to_numpy(float) for name in ("lon", "lat", "elevation"))
    t_station, vapour, day_sd = (
        stations[[f"{name}_{month}" for month in MONTHS]].to_numpy(float)
        for name in ("t_mean", "vap_pressure_pa", "t_dailymean_sd")
    )
    t_grid = grid_t_mean_c(source.grid, lon, lat, elevation)
    normals = [normal_at(source.normals, *place, beyond_km=0) for place in zip(lon, lat, elevation, strict=True)]
    humidity = np.array([normal.humidity_share for normal in normals])
    ranges = np.array([normal.diurnal_range_k for normal in normals])
    features = _spread_features(t_grid, ranges, humidity, lat)
    log_day_sd = np.log(np.maximum(day_sd, 0.2))
    weights = np.linalg.lstsq(features.reshape(-1, features.shape[-1]), log_day_sd.ravel())[0]
    return Residuals(
        unit=unit_vectors(lon, lat),
        t_mean_k=t_station - t_grid - STATIONS_MINUS_GRID_K,
        log_vapour=np.log(vapour / (humidity * saturation_over_water_pa(t_station))),
        log_day_sd=log_day_sd - features @ weights,
        day_sd_weights=weights,
    )


def months_at(
    source: ClimateSources,
    residuals: Residuals,
    lon: float,
    lat: float,
    elevation_m: float,
    *,
    offset_k: float = 0.0,
    beyond_km: float = 0.0,
) -> Months:
    """Estimate the months of a place from grid, normals and the stations' residuals.

    Parameters
    ----------
    source : ClimateSources
        Grid and normals.
    residuals : Residuals
        Of the calibration stations.
    lon, lat, elevation_m : float
        The place [degree], [m].
    offset_k : float
        Added to every monthly mean [K].
    beyond_km : float
        Leave out every station nearer than this, to measure errors [km].

    Returns
    -------
    Months
        Mean, range, vapour and spread by month.
    """
    here = unit_vectors(np.array([lon]), np.array([lat]))[0]
    km = chord_to_km(np.linalg.norm(residuals.unit - here, axis=1))
    far = km >= beyond_km
    t_grid = grid_t_mean_c(source.grid, np.array([lon]), np.array([lat]), np.array([elevation_m]))[0]
    t_mean = t_grid + offset_k + _expected(residuals.t_mean_k[far], km[far], *T_REACH)
    normal = normal_at(source.normals, lon, lat, elevation_m, beyond_km)
    log_vapour = np.log(normal.humidity_share * saturation_over_water_pa(t_mean))
    log_vapour += _expected(residuals.log_vapour[far], km[far], *VAPOUR_REACH)
    features = _spread_features(
        t_grid[None], normal.diurnal_range_k[None], normal.humidity_share[None], np.array([lat])
    )[0]
    log_day_sd = features @ residuals.day_sd_weights
    log_day_sd += _expected(residuals.log_day_sd[far], km[far], *DAY_SD_REACH)
    range_k = HOURLY_TO_EXTREME_RANGE * normal.diurnal_range_k
    return Months(t_mean, range_k, log_vapour, log_day_sd, normal.km_away)


def _expected(residuals: Floats, km: Floats, reach_km: float, doubt: float) -> Floats:
    """Return the residual expected at a place: near stations count, far from all it is zero."""
    weight = np.exp(-km / reach_km)
    return np.asarray(weight @ residuals / (weight.sum() + doubt))


def _spread_features(t_mean_c: Floats, range_k: Floats, humidity: Floats, lat: Floats) -> Floats:
    """Return (n, 12, k) what the day-to-day spread of a month depends on."""
    season = np.ptp(t_mean_c, axis=1, keepdims=True) + np.zeros((1, 12))
    slope = np.abs(np.roll(t_mean_c, -1, axis=1) - np.roll(t_mean_c, 1, axis=1))
    colder = (t_mean_c.mean(axis=1, keepdims=True) - t_mean_c) / (season + 1.0)
    poleward = np.minimum(np.abs(lat), 60.0)[:, None] / 30.0 + np.zeros((1, 12))
    terms = [
        np.ones_like(t_mean_c),
        np.sqrt(season),
        season / 10,
        slope / 10,
        colder,
        colder * season / 10,
        t_mean_c / 10,
        (t_mean_c / 10) ** 2,
        range_k / 10,
        humidity,
        poleward,
        poleward**2,
    ]
    return np.stack(terms, axis=2)
