"""Inputs of the climate estimate as arrays: monthly grid, humidity normals, observed years, corrections."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.physics.air.psychrometrics import standard_pressure_pa, vapour_pressure_pa
from siting.physics.geodesy import EARTH_MEAN_RADIUS_KM
from siting.units import Bools, Floats
from siting.world.tables import read_arrays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scipy.spatial import cKDTree


DAYS_IN_MONTH = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
FIRST_DAY_OF_MONTH = np.cumsum(DAYS_IN_MONTH) - DAYS_IN_MONTH
MONTH_OF_DAY = np.repeat(np.arange(12), DAYS_IN_MONTH)

LAPSE_K_PER_M = 0.005
"""Fall of temperature with elevation; the best fit to the stations, though 4-6 K/km differ little."""

HALF_YEAR_DAYS = 181
"""Shift that turns a northern year into a southern one [day]."""

LEAST_VAPOUR_PA, LEAST_DAY_SD_K = 1.0, 0.2
"""Lower bounds before a logarithm is taken; values below them are rounding [Pa], [K]."""

TABLES = ("climate_grid", "climate_normals", "climate_years", "climate_corrections")
"""Arrays of the data package from which a typical year is estimated."""


@dataclass(frozen=True)
class MonthlyGrid:
    """Monthly mean temperature of the Earth, 2000-2025, brought to sea level.

    Parameters
    ----------
    t_sea_level_c : numpy.ndarray
        (12, 361, 720), latitude 90..-90, longitude -180..179.5 [C]; `LAPSE_K_PER_M` brings it up.
    elevation_m : numpy.ndarray
        (721, 1440), latitude 90..-90, longitude -180..179.75, of the ground [m].
    near_land : numpy.ndarray
        (721, 1440) whether land lies within 50 km.
    """

    t_sea_level_c: NDArray[np.float32]
    elevation_m: NDArray[np.float32]
    near_land: Bools


@dataclass(frozen=True)
class Normals:
    """Monthly normals of land, 1961-1990: means of nearby stations of similar elevation.

    Parameters
    ----------
    tree : scipy.spatial.cKDTree
        Nearest-neighbour index of their unit vectors, chord lengths on the unit sphere.
    elevation_m, t_mean_c, diurnal_range_k, humidity_share : numpy.ndarray
        (n,) [m], (n, 12) [C], (n, 12) [K], (n, 12) relative to saturation over water [1].
    """

    tree: "cKDTree"
    elevation_m: Floats
    t_mean_c: Floats
    diurnal_range_k: Floats
    humidity_share: Floats


@dataclass(frozen=True)
class YearLibrary:
    """Observed years, each also shifted by half a year for the other hemisphere.

    Entry k of the monthly arrays is year ``k % n`` of the hourly ones, shifted when ``k >= n``.

    Parameters
    ----------
    unit : numpy.ndarray
        (2n, 3) unit vectors of the stations.
    seasonal_lat : numpy.ndarray
        (2n,) latitude whose seasons the entry has: the station's, negated when shifted [degree].
    dry_bulb_c, log_vapour : numpy.ndarray
        (n, 365, 24) dry bulb [C], logarithm of the vapour pressure [Pa].
    t_mean_c, diurnal_range_k, log_vapour_mean, log_day_sd : numpy.ndarray
        (2n, 12) monthly mean [C], mean daily range [K], logarithms of the mean vapour pressure [Pa]
        and of the standard deviation of the daily means [K].
    """

    unit: Floats
    seasonal_lat: Floats
    dry_bulb_c: NDArray[np.float32]
    log_vapour: NDArray[np.float32]
    t_mean_c: Floats
    diurnal_range_k: Floats
    log_vapour_mean: Floats
    log_day_sd: Floats


@dataclass(frozen=True)
class Corrections:
    """Kriging-like corrections of the monthly estimates from stations: a drift in features, and a pull near stations.

    Parameters
    ----------
    unit, elevation_m : numpy.ndarray
        (n, 3) unit vectors and (n,) elevations [m] of the stations.
    bounds : numpy.ndarray
        (2, features) range of each feature in the fit: values are clipped to it, never extrapolated.
    drift : numpy.ndarray
        (quantities, features) weights of `months.features`.
    pull : numpy.ndarray
        (n, quantities, 12) weights of `months.likeness` to each station. Quantities are the mean
        temperature [K], the logarithms of vapour pressure and of the spread of the daily means.
    """

    unit: Floats
    elevation_m: Floats
    bounds: Floats
    drift: Floats
    pull: Floats


@dataclass(frozen=True)
class EstimateInputs:
    """All inputs of a typical year."""

    grid: MonthlyGrid
    normals: Normals
    library: YearLibrary
    corrections: Corrections


def unit_vectors(lon: Floats, lat: Floats) -> Floats:
    """Return (n, 3) unit vectors of places given in degrees."""
    lam, phi = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def chord_to_km(chord: Floats) -> Floats:
    """Return great-circle distances [km] of chords on the unit sphere."""
    return np.asarray(2 * EARTH_MEAN_RADIUS_KM * np.arcsin(np.clip(chord / 2, 0, 1)))


def monthly_mean(days: Floats) -> Floats:
    """Return (..., 12) monthly means of (..., 365) daily values."""
    return np.asarray(np.add.reduceat(days, FIRST_DAY_OF_MONTH, axis=-1) / DAYS_IN_MONTH)


@cache
def estimate_inputs() -> EstimateInputs:
    """Return the shipped inputs, loaded once.

    Raises
    ------
    siting.errors.DataError
        A file is missing or altered.
    """
    return EstimateInputs(
        grid=grid_of(read_arrays("climate_grid")),
        normals=normals_of(read_arrays("climate_normals")),
        library=library_of(read_arrays("climate_years")),
        corrections=corrections_of(read_arrays("climate_corrections")),
    )


def grid_of(arrays: "Mapping[str, NDArray[np.generic]]") -> MonthlyGrid:
    """Return the grid from its stored differences over longitude and month."""
    steps = arrays["t_step_0p1c"].astype(np.int32)
    tenths = np.cumsum(np.cumsum(steps, axis=2), axis=0)
    rise = np.cumsum(arrays["elevation_step_10m"].astype(np.int32), axis=1)
    near_land = np.unpackbits(arrays["near_land"].astype(np.uint8), axis=1)[:, : rise.shape[1]].astype(bool)
    return MonthlyGrid((tenths / 10).astype(np.float32), (rise * 10).astype(np.float32), near_land)


def normals_of(arrays: "Mapping[str, NDArray[np.generic]]") -> Normals:
    """Return the normals from their stored steps."""
    from scipy.spatial import cKDTree

    lon, lat = (arrays[axis].astype(float) / 100 for axis in ("lon_0p01deg", "lat_0p01deg"))
    return Normals(
        tree=cKDTree(unit_vectors(lon, lat)),
        elevation_m=arrays["elevation_m"].astype(float),
        t_mean_c=arrays["t_mean_0p1c"].astype(float) / 10,
        diurnal_range_k=arrays["diurnal_range_0p1k"].astype(float) / 10,
        humidity_share=arrays["humidity_0p005"].astype(float) / 200,
    )


def library_of(arrays: "Mapping[str, NDArray[np.generic]]") -> YearLibrary:
    """Return the observed years from their stored hourly differences."""
    lon, lat = (arrays[axis].astype(float) / 100 for axis in ("lon_0p01deg", "lat_0p01deg"))
    dry, depression = (
        np.cumsum(arrays[name].astype(np.int32), axis=1) / 5 for name in ("dry_bulb_step_0p2k", "depression_step_0p2k")
    )
    pressure = standard_pressure_pa(arrays["elevation_m"].astype(float))[:, None]
    vapour = np.maximum(vapour_pressure_pa(dry, dry - depression, pressure), LEAST_VAPOUR_PA)
    days = dry.reshape(-1, 365, 24)
    day_mean, day_range = days.mean(axis=2), np.ptp(days, axis=2)
    day_vapour = vapour.reshape(-1, 365, 24).mean(axis=2)
    both = [np.concatenate([d, np.roll(d, -HALF_YEAR_DAYS, axis=1)]) for d in (day_mean, day_range, day_vapour)]
    t_mean = monthly_mean(both[0])
    day_sd = np.sqrt(monthly_mean((both[0] - t_mean[:, MONTH_OF_DAY]) ** 2))
    return YearLibrary(
        unit=np.tile(unit_vectors(lon, lat), (2, 1)),
        seasonal_lat=np.concatenate([lat, -lat]),
        dry_bulb_c=days.astype(np.float32),
        log_vapour=np.log(vapour).astype(np.float32).reshape(-1, 365, 24),
        t_mean_c=t_mean,
        diurnal_range_k=monthly_mean(both[1]),
        log_vapour_mean=np.log(monthly_mean(both[2])),
        log_day_sd=np.log(np.maximum(day_sd, LEAST_DAY_SD_K)),
    )


def corrections_of(arrays: "Mapping[str, NDArray[np.generic]]") -> Corrections:
    """Return the corrections from their stored weights."""
    lon, lat = (arrays[axis].astype(float) / 100 for axis in ("lon_0p01deg", "lat_0p01deg"))
    return Corrections(
        unit=unit_vectors(lon, lat),
        elevation_m=arrays["elevation_m"].astype(float),
        bounds=arrays["bounds"].astype(float),
        drift=arrays["drift"].astype(float),
        pull=arrays["pull"].astype(float),
    )
