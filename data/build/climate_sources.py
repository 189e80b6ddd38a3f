"""From raw weather tables to the small arrays that are shipped: grid, normals, observed years."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from siting.physics.air.psychrometrics import saturation_over_water_pa, wet_bulb_at_vapour_c
from siting.world.climate.estimate_inputs import LAPSE_K_PER_M, unit_vectors

Arrays = dict[str, np.ndarray]

MONTHS = tuple(f"{month:02d}" for month in range(1, 13))

SHIPPABLE_KINDS = ("TMY", "TMY2", "TMY3", "SWERA", "IMGW")
"""Kinds of observed year whose licence lets derived figures be passed on."""

UNTRUSTED_ELEVATION_KINDS = ("SWEC",)
"""Kinds of station whose stated elevations are wrong by up to 1,000 m."""

UNNAMED_KIND = "other"
"""Kind of files of no named set: their years are unknown or after 2005."""

YEARS_SHIPPED = 240
"""Observed years kept of the shippable ones, those least like each other."""

NORMALS_BOX_DEGREES, NORMALS_BAND_M = 0.5, 300.0
"""Normals within one box and band of elevation become one."""

SEA_KM = 50.0
"""Farther from land than this lies the open sea."""


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


def of_named_sets(stations: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which stations belong to a named set of the climate of 1961-2005; the others neither teach nor are scored."""
    return (stations["kind"] != UNNAMED_KIND).to_numpy()


def grid_arrays(sources: Path) -> Arrays:
    """Bring the monthly grid to sea level, thin it to half a degree, and store differences.

    At sea level the field is smooth, so that half the resolution costs nothing at the stations
    (mean absolute error 1.09 against 1.10 K of a month).
    """
    with np.load(sources / "climate" / "era5_monthly_t2m_2000_2025_0p25deg.npz") as era5:
        tenths, ground_m = era5["t2m_0p1c"], era5["elevation_m"].astype(float)
    sea_level = np.rint(tenths + 10 * LAPSE_K_PER_M * ground_m)[:, ::2, ::2].astype(np.int32)
    by_month = np.diff(sea_level, axis=0, prepend=0)
    rise = np.rint(ground_m / 10).astype(np.int32)
    return {
        "t_step_0p1c": np.diff(by_month, axis=2, prepend=0).astype(np.int16),
        "elevation_step_10m": np.diff(rise, axis=1, prepend=0).astype(np.int16),
        "near_land": np.packbits(_near_land(sources, rise.shape), axis=1),
    }


def _near_land(sources: Path, shape: tuple[int, int]) -> np.ndarray:
    """Return which quarter-degree nodes have land within `SEA_KM`."""
    import geopandas
    import shapely

    land = geopandas.read_parquet(next((sources / "geo" / "boundaries").glob("ne_*50m*admin_0_countries*.parquet")))
    outline = shapely.union_all(land.geometry.to_numpy())
    shapely.prepare(outline)
    lat, lon = 90 - np.arange(shape[0]) * 0.25, -180 + np.arange(shape[1]) * 0.25
    on_land = shapely.contains_xy(outline, *np.meshgrid(lon, lat))
    coast = shapely.get_coordinates(outline)
    rows, columns = np.rint((90 - coast[:, 1]) * 4).astype(int), np.rint((coast[:, 0] + 180) * 4).astype(int) % shape[1]
    on_land[rows, columns] = True
    step_km = 0.25 * 111.195
    near = np.zeros_like(on_land)
    for row in range(shape[0]):
        reach = int(SEA_KM // step_km) + 1
        for other in range(max(row - reach, 0), min(row + reach, shape[0] - 1) + 1):
            left_km = SEA_KM**2 - (step_km * (row - other)) ** 2
            if left_km >= 0:
                narrow = max(np.cos(np.radians(lat[row])), 0.01)
                columns_away = min(int(left_km**0.5 / (step_km * narrow)), shape[1] // 2)
                near[row] |= _widened(on_land[other], columns_away)
    return near


def _widened(row: np.ndarray, by: int) -> np.ndarray:
    """Return a circle of flags, each spread to both sides."""
    tripled = np.tile(row, 3)
    return binary_dilation(tripled, np.ones(2 * by + 1, bool))[len(row) : 2 * len(row)]


def normals_arrays(sources: Path) -> Arrays:
    """Average the station normals of a box and band of elevation."""
    rows = pd.read_parquet(sources / "climate" / "cru_cl2_station_normals_1961_1990.parquet")
    box = [np.floor(rows[axis] / NORMALS_BOX_DEGREES) for axis in ("lat", "lon")]
    means = rows.groupby([*box, np.floor(rows["elevation_m"] / NORMALS_BAND_M)]).mean()

    def stored(name: str, scale: float, kind: type) -> np.ndarray:
        return np.rint(means[[f"{name}_{month}" for month in MONTHS]].to_numpy(float) * scale).astype(kind)

    return {
        "lon_0p01deg": np.rint(means["lon"].to_numpy() * 100).astype(np.int16),
        "lat_0p01deg": np.rint(means["lat"].to_numpy() * 100).astype(np.int16),
        "elevation_m": np.rint(means["elevation_m"].to_numpy()).astype(np.int16),
        "t_mean_0p1c": stored("t_mean_c", 10, np.int16),
        "diurnal_range_0p1k": stored("diurnal_range_k", 10, np.uint8),
        "humidity_0p005": stored("relative_humidity_pct", 2, np.uint8),
    }


def years_arrays(sources: Path, trusted: Collection[int]) -> Arrays:
    """Keep the observed years least like each other, in steps of 0.2 K from hour to hour.

    Parameters
    ----------
    sources : Path
        Folder of the raw tables.
    trusted : collection of int
        Identifiers of the stations whose elevation and humidity can be trusted.

    Returns
    -------
    dict
        Of the years whose licence and station allow it, and of the polar years.
    """
    folder = sources / "climate"
    rows = pd.read_csv(folder / "hourly_years.csv", keep_default_na=False, na_values=[""])
    used = (rows["kind"].isin(SHIPPABLE_KINDS) & rows["id"].isin(list(trusted))).to_numpy()
    with np.load(folder / "hourly_years_0p1c.npz") as years:
        hours = years["temperature_and_wet_bulb_0p1c"][used].astype(np.int32)
    polar, polar_hours = read_polar_years(sources)
    rows, hours = pd.concat([rows[used], polar], ignore_index=True), np.concatenate([hours, polar_hours])
    unit = unit_vectors(rows["lon"].to_numpy(float), rows["lat"].to_numpy(float))
    kept = _least_alike(np.column_stack([_year_features(hours / 10), unit * 10]), YEARS_SHIPPED)
    rows, hours = rows.iloc[kept], hours[kept]
    dry = np.rint(hours[:, 0] / 2).astype(np.int32)
    depression = np.maximum(np.rint((hours[:, 0] - hours[:, 1]) / 2).astype(np.int32), 0)
    return {
        "lon_0p01deg": np.rint(rows["lon"].to_numpy(float) * 100).astype(np.int16),
        "lat_0p01deg": np.rint(rows["lat"].to_numpy(float) * 100).astype(np.int16),
        "elevation_m": np.rint(rows["elevation"].to_numpy(float)).astype(np.int16),
        "dry_bulb_step_0p2k": _small_steps(dry),
        "depression_step_0p2k": _small_steps(depression),
    }


def read_polar_years(sources: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Read the observed years above 55 N: place, and (n, 2, 8760) dry and wet bulb [0.1 C]."""
    folder = sources / "energy"
    with np.load(folder / "polar_years_tmy3.npz") as years:
        dry_c = years["dry_bulb_0p1c"] / 10
        vapour = years["relative_humidity_pct"] / 100 * saturation_over_water_pa(dry_c)
        wet_c = np.minimum(wet_bulb_at_vapour_c(dry_c, vapour, years["pressure_pa"].astype(float)), dry_c)
        names = years["id"]
    rows = pd.read_csv(folder / "hourly_solar_wind.csv", keep_default_na=False, na_values=[""])
    return rows.set_index("id").loc[names].reset_index(), np.rint(np.stack([dry_c, wet_c], axis=1) * 10).astype(
        np.int32
    )


def _small_steps(hours: np.ndarray) -> np.ndarray:
    """Return hour-to-hour differences, the first from zero, as small integers."""
    steps = np.diff(hours, axis=1, prepend=0)
    limit = np.iinfo(np.int16).max if np.abs(steps).max() > np.iinfo(np.int8).max else np.iinfo(np.int8).max
    return steps.astype(np.int8 if limit == np.iinfo(np.int8).max else np.int16)


def _year_features(hours_c: np.ndarray) -> np.ndarray:
    """Return what makes years differ: months' means, ranges, dryness and spread, in comparable steps."""
    days = hours_c.reshape(len(hours_c), 2, 365, 24)
    seasons = np.array_split(np.arange(365), 12)
    means = [days[:, 0, s].mean(axis=(1, 2)) / 4.0 for s in seasons]
    dryness = [(days[:, 0, s] - days[:, 1, s]).mean(axis=(1, 2)) / 2.0 for s in seasons]
    ranges = [np.ptp(days[:, 0, s], axis=2).mean(axis=1) for s in seasons]
    spread = [days[:, 0, s].mean(axis=2).std(axis=1) for s in seasons]
    return np.stack([*means, *dryness, *ranges, *spread], axis=1)


def _least_alike(points: np.ndarray, count: int) -> np.ndarray:
    """Return the positions of points chosen one by one, each the farthest from those before it."""
    chosen = [0]
    distance = np.linalg.norm(points - points[0], axis=1)
    while len(chosen) < min(count, len(points)):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(points - points[chosen[-1]], axis=1))
    return np.sort(chosen)
