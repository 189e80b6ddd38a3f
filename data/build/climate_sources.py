"""What is known of the weather: monthly grid, station normals, observed years, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from moist_air import Floats, vapour_pressure_pa
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from siting.physics.geodesy import EARTH_MEAN_RADIUS_KM
from siting.physics.psychrometrics import standard_pressure_pa

MONTHS = tuple(f"{month:02d}" for month in range(1, 13))
DAYS_IN_MONTH = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
MONTH_OF_DAY = np.repeat(np.arange(12), DAYS_IN_MONTH)
MONTH_OF_HOUR = np.repeat(MONTH_OF_DAY, 24)

SHIPPABLE_KINDS = ("TMY", "TMY2", "TMY3", "SWERA", "IMGW")
"""Kinds of observed year whose licence lets derived figures be passed on."""

UNTRUSTED_ELEVATION_KINDS = ("SWEC",)
"""Kinds of station whose stated elevations are wrong by up to 1,000 m."""

HALF_YEAR_HOURS = 181 * 24
"""Shift that turns a northern year into a southern one, in whole days."""


@dataclass(frozen=True)
class MonthlyGrid:
    """Monthly mean temperature of the Earth, 2000-2025.

    Parameters
    ----------
    t_mean_c : numpy.ndarray
        (12, 721, 1440), latitude 90..-90, longitude -180..179.75 [C].
    elevation_m : numpy.ndarray
        (721, 1440), of the grid's own surface [m].
    """

    t_mean_c: NDArray[np.float32]
    elevation_m: NDArray[np.float32]


@dataclass(frozen=True)
class Normals:
    """Daily range and relative humidity by month at stations, 1961-1990.

    Parameters
    ----------
    unit : numpy.ndarray
        (n, 3) unit vectors of the stations.
    tree : scipy.spatial.cKDTree
        Their nearest-neighbour index, chord lengths on the unit sphere.
    elevation_m, diurnal_range_k, humidity_share : numpy.ndarray
        (n,) [m], (n, 12) [K], (n, 12) relative to saturation over water [1].
    """

    unit: Floats
    tree: cKDTree
    elevation_m: Floats
    diurnal_range_k: Floats
    humidity_share: Floats


@dataclass(frozen=True)
class YearLibrary:
    """Observed years of 8760 hours, each also turned by half a year for the other hemisphere.

    Parameters
    ----------
    unit : numpy.ndarray
        (n, 3) unit vectors of the stations.
    seasonal_lat : numpy.ndarray
        (n,) latitude whose seasons the year has: the station's, negated when turned [degree].
    dry_bulb_c, vapour_pa : numpy.ndarray
        (n, 8760) [C], [Pa].
    t_mean_c, diurnal_range_k, log_vapour, log_day_sd : numpy.ndarray
        (n, 12) monthly mean [C], mean daily range [K], logarithms of mean vapour pressure [Pa]
        and of the standard deviation of the daily means [K].
    """

    unit: Floats
    seasonal_lat: Floats
    dry_bulb_c: Floats
    vapour_pa: Floats
    t_mean_c: Floats
    diurnal_range_k: Floats
    log_vapour: Floats
    log_day_sd: Floats


@dataclass(frozen=True)
class ClimateSources:
    """Everything that a typical year is made from."""

    grid: MonthlyGrid
    normals: Normals
    library: YearLibrary


def unit_vectors(lon: Floats, lat: Floats) -> Floats:
    """Return (n, 3) unit vectors of places given in degrees."""
    lam, phi = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def chord_to_km(chord: Floats) -> Floats:
    """Return great-circle distances [km] of chords on the unit sphere."""
    return np.asarray(2 * EARTH_MEAN_RADIUS_KM * np.arcsin(np.clip(chord / 2, 0, 1)))


def monthly_mean(hours: Floats) -> Floats:
    """Return (n, 12) monthly means of (n, 8760) hourly values."""
    return np.stack([hours[:, month == MONTH_OF_HOUR].mean(axis=1) for month in range(12)], axis=1)


def read_climate_sources(sources: Path) -> ClimateSources:
    """Read the grid, the normals and the shippable observed years.

    Parameters
    ----------
    sources : Path
        Folder of the raw tables.

    Returns
    -------
    ClimateSources
        Ready arrays.
    """
    folder = sources / "climate"
    with np.load(folder / "era5_monthly_t2m_2000_2025_0p25deg.npz") as era5:
        grid = MonthlyGrid(era5["t2m_0p1c"].astype(np.float32) / 10, era5["elevation_m"].astype(np.float32))
    return ClimateSources(grid, _read_normals(folder), _read_library(folder))


def read_stations(sources: Path) -> pd.DataFrame:
    """Read station statistics whose elevation can be trusted, for calibration and tests.

    A station is dropped when its elevation contradicts its pressure by more than
    150 m, when it is of an `UNTRUSTED_ELEVATION_KINDS`, or when it claims sea level
    without being there (5 m or less while its pressure was made from that).

    Parameters
    ----------
    sources : Path
        Folder of the raw tables.

    Returns
    -------
    pandas.DataFrame
        One row per station with annual figures and monthly means.
    """
    folder = sources / "climate"
    stations = pd.read_parquet(folder / "stations.parquet").merge(
        pd.read_parquet(folder / "station_monthly.parquet"), on="id", validate="1:1"
    )
    pressure_altitude_m = 44330.8 * (1 - (stations["p_mean"] / 101325.0) ** 0.190263)
    with np.load(folder / "era5_monthly_t2m_2000_2025_0p25deg.npz") as era5:
        row = ((90 - stations["lat"]) * 4).round().astype(int)
        column = ((stations["lon"] + 180) * 4).round().astype(int) % 1440
        ground_m = era5["elevation_m"][row, column]
    trusted = (
        ((pressure_altitude_m - stations["elevation"]).abs() <= 150)
        & ~stations["kind"].isin(UNTRUSTED_ELEVATION_KINDS)
        & ~((stations["elevation"] <= 5) & (ground_m > 300))
    )
    return stations[trusted].reset_index(drop=True)


def _read_normals(folder: Path) -> Normals:
    """Return the CRU CL 2.0 normals at stations."""
    rows = pd.read_parquet(folder / "cru_cl2_station_normals_1961_1990.parquet")
    unit = unit_vectors(rows["lon"].to_numpy(float), rows["lat"].to_numpy(float))
    ranges = rows[[f"diurnal_range_k_{month}" for month in MONTHS]].to_numpy(float)
    humidity = rows[[f"relative_humidity_pct_{month}" for month in MONTHS]].to_numpy(float) / 100
    return Normals(unit, cKDTree(unit), rows["elevation_m"].to_numpy(float), ranges, humidity)


def _read_library(folder: Path) -> YearLibrary:
    """Return the shippable observed years and their half-year turns."""
    rows = pd.read_csv(folder / "hourly_years.csv", keep_default_na=False, na_values=[""])
    keep = rows["kind"].isin(SHIPPABLE_KINDS).to_numpy()
    rows = rows[keep]
    with np.load(folder / "hourly_years_0p1c.npz") as years:
        hours = years["temperature_and_wet_bulb_0p1c"][keep] / 10.0
    dry, wet = hours[:, 0], hours[:, 1]
    pressure = standard_pressure_pa(rows["elevation"].to_numpy(float))[:, None]
    vapour = np.maximum(vapour_pressure_pa(dry, wet, pressure), 1.0)
    dry = np.concatenate([dry, np.roll(dry, -HALF_YEAR_HOURS, axis=1)])
    vapour = np.concatenate([vapour, np.roll(vapour, -HALF_YEAR_HOURS, axis=1)])
    lat = rows["lat"].to_numpy(float)
    days = dry.reshape(len(dry), 365, 24)
    ranges = np.stack([np.ptp(days[:, month == MONTH_OF_DAY], axis=2).mean(axis=1) for month in range(12)], axis=1)
    day_sd = np.stack([days.mean(axis=2)[:, month == MONTH_OF_DAY].std(axis=1) for month in range(12)], axis=1)
    return YearLibrary(
        unit=np.tile(unit_vectors(rows["lon"].to_numpy(float), lat), (2, 1)),
        seasonal_lat=np.concatenate([lat, -lat]),
        dry_bulb_c=dry,
        vapour_pa=vapour,
        t_mean_c=monthly_mean(dry),
        diurnal_range_k=ranges,
        log_vapour=np.log(monthly_mean(vapour)),
        log_day_sd=np.log(np.maximum(day_sd, 0.2)),
    )
