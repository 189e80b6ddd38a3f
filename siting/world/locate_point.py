"""Country, admin-1 unit, grid zone, elevation and surroundings of any point, from the shipped map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from siting.physics.geodesy import great_circle_km
from siting.units import Floats, Ints
from siting.world.tables import read_arrays, read_table

TABLES = ("ground_areas", "ground_cells", "around", "elevation")
"""Tables that this module reads."""

OFF_LAND_KM = 25.0
"""Distance outside its country's land up to which a point belongs to it [km] (assumption, as in the build)."""

BORDER_KM = 5.0
"""Distance to another zone below which a zone is `modelled`: outlines and cells have errors of a few km [km] (assumption)."""

PLANTS_WITHIN_KM = 150.0
"""Radius in which power plants count [km]."""

_CELLS_PER_DEGREE = 10
_SUB = 4
_MIXED = 65535
_KM_PER_DEGREE = 111.0
_CELL_KM = _KM_PER_DEGREE / _CELLS_PER_DEGREE / _SUB
_CHUNK = 500


@dataclass(frozen=True)
class PointLocation:
    """Location of a point.

    Attributes
    ----------
    country_iso2, admin1, zone_id, jurisdiction : str or None
        None where the map has no data.
    zone_quality : str or None
        `derived` inside, `modelled` within 5 km of another zone or outside the land, None without a zone.
    km_outside : float
        Distance to the country's land [km], 0 inside; infinite if more than 25 km.
    stated : bool
        Whether the country is as stated, of `NOT_ON_THE_MAP`: the map shows another one there, or none.
    """

    country_iso2: str | None
    admin1: str | None
    zone_id: str | None
    jurisdiction: str | None
    zone_quality: str | None
    km_outside: float
    stated: bool = False


NOWHERE = PointLocation(None, None, None, None, None, np.inf)
"""More than 25 km from land, or from the land of the stated country."""


NOT_ON_THE_MAP: Mapping[str, tuple[tuple[float, float], ...]] = MappingProxyType(
    {
        "BQ": ((-68.27, 12.15), (-63.24, 17.63), (-62.98, 17.49)),  # Bonaire, Saba, Sint Eustatius
        "BV": ((3.38, -54.42),),
        "GI": ((-5.35, 36.14),),
        "PN": ((-130.10, -25.07),),
        "TK": ((-172.50, -8.55), (-171.81, -9.17), (-171.21, -9.38)),  # Atafu, Nukunonu, Fakaofo
        "UM": ((166.63, 19.30), (-177.37, 28.21), (-169.53, 16.73)),  # Wake, Midway, Johnston
        "VA": ((12.453, 41.903),),
    }
)
"""Longitude and latitude [degree] of territories that the cells of the map do not show, to a minute of arc (GeoNames)."""


@dataclass(frozen=True)
class _Grid:
    cell: NDArray[np.uint16]
    split_cell: Ints
    first_held: Ints
    area_held: NDArray[np.uint16]
    part: NDArray[np.uint8]
    country: NDArray[np.object_]
    zone: NDArray[np.object_]
    areas: list[dict[str, Any]]


@cache
def _grid() -> _Grid:
    arrays = read_arrays("ground_cells")
    areas = read_table("ground_areas")
    held = arrays["areas_held"].astype(np.int64)
    known = areas.astype(object).where(areas.notna(), None).to_dict("records")
    rows: list[dict[str, Any]] = [dict.fromkeys(areas.columns), *({str(k): v for k, v in r.items()} for r in known)]
    return _Grid(
        cell=arrays["cell"],
        split_cell=np.flatnonzero(arrays["cell"].ravel() == _MIXED),
        first_held=np.cumsum(held) - held,
        area_held=arrays["area_held"],
        part=arrays["part"],
        country=np.array([r["country_iso2"] or "" for r in rows], dtype=np.object_),
        zone=np.array([r["zone_id"] or "" for r in rows], dtype=np.object_),
        areas=rows,
    )


def _areas_of(grid: _Grid, row: Ints, column: Ints) -> Ints:
    """Return the area index of cell parts by their row and column in the fine grid."""
    flat = (row // _SUB) * grid.cell.shape[1] + column // _SUB
    area: Ints = grid.cell.ravel()[flat].astype(np.int64)
    split = area == _MIXED
    at = np.searchsorted(grid.split_cell, flat[split])
    inner = (row[split] % _SUB) * _SUB + column[split] % _SUB
    area[split] = grid.area_held[grid.first_held[at] + grid.part[at, inner]]
    return area


def locate(lon: float, lat: float, country_iso2: str | None = None) -> PointLocation:
    """Return country, admin-1 unit and grid zone of a point, never across a border.

    Parameters
    ----------
    lon, lat : float
        Longitude -180 to 180 and latitude -90 to 90 [degree].
    country_iso2 : str, optional
        Its country, if known: then only its land is considered.

    Returns
    -------
    PointLocation
        The unit that contains the point, else the nearest within 25 km, else `NOWHERE`.

    Notes
    -----
    Cells of 0.1 degree, split into 0.025 degree where a border or a coast crosses; error at a border about 2 km.

    Examples
    --------
    >>> locate(89.3755, 26.8476, "IN").zone_id
    'IN-EA'
    >>> locate(17.08, -22.56).country_iso2
    'NA'
    """
    grid = _grid()
    per_degree = _CELLS_PER_DEGREE * _SUB
    high, wide = grid.cell.shape[0] * _SUB, grid.cell.shape[1] * _SUB
    row, column = min(int((90.0 - lat) * per_degree), high - 1), int((lon + 180.0) * per_degree) % wide
    up = int(np.ceil(OFF_LAND_KM / _KM_PER_DEGREE * per_degree))
    side = min(int(np.ceil(up / max(np.cos(np.radians(lat)), 1e-3))), wide // 2 - 1)
    rows = np.arange(max(row - up, 0), min(row + up, high - 1) + 1)
    columns = np.arange(column - side, column + side + 1)
    r, c = (x.ravel() for x in np.meshgrid(rows, columns % wide, indexing="ij"))
    area = _areas_of(grid, r, c)
    km = great_circle_km(lon, lat, (c + 0.5) / per_degree - 180.0, 90.0 - (r + 0.5) / per_degree)
    km = np.where((r == row) & (c == column), 0.0, km)
    ours = grid.country[area] == country_iso2 if country_iso2 else area > 0
    if not ours.any() or km[ours].min() > OFF_LAND_KM:
        return _as_stated(lon, lat, country_iso2) if country_iso2 else NOWHERE
    nearest = int(np.flatnonzero(ours)[km[ours].argmin()])
    here = grid.areas[int(area[nearest])]
    others = grid.zone[area[ours & (km <= BORDER_KM)]]
    sure = km[nearest] == 0 and bool((others == (here["zone_id"] or "")).all())
    quality = ("derived" if sure else "modelled") if here["zone_id"] else None
    return PointLocation(
        here["country_iso2"], here["admin1"], here["zone_id"], here["jurisdiction"], quality, float(km[nearest])
    )


def country_at(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.str_]:
    """Return the country of many points at once.

    Parameters
    ----------
    lon, lat : array_like
        Longitude -180 to 360 and latitude -90 to 90 [degree]; broadcast.

    Returns
    -------
    numpy.ndarray
        ISO 3166 code of the land at the point, else of land in one of 16 directions within 25 km, else empty.

    Examples
    --------
    >>> country_at([114.07, 114.16, -30.0], [22.55, 22.28, 40.0]).tolist()  # Shenzhen, Hong Kong, mid-Atlantic
    ['CN', 'HK', '']
    """
    lon, lat = np.broadcast_arrays(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    x, y = lon.ravel(), lat.ravel()
    country = _country_of_cell(x, y)
    km, turn = np.meshgrid(
        np.arange(1, OFF_LAND_KM / _CELL_KM) * _CELL_KM, np.arange(0.0, 2 * np.pi, np.pi / 8), indexing="ij"
    )
    degree = (km / _KM_PER_DEGREE).ravel()
    up, east = degree * np.sin(turn.ravel()), degree * np.cos(turn.ravel())
    at_sea = np.flatnonzero(country == "")
    for some in np.split(at_sea, np.arange(_CHUNK, len(at_sea), _CHUNK)):
        wider = np.maximum(np.cos(np.radians(y[some, None])), 1e-3)
        around = _country_of_cell(x[some, None] + east / wider, y[some, None] + up)
        country[some] = around[np.arange(len(some)), (around != "").argmax(axis=1)]
    return country.reshape(lon.shape).astype("<U2")


def _country_of_cell(lon: Floats, lat: Floats) -> NDArray[np.object_]:
    """Return the country of the cell parts that hold the points, empty at sea."""
    grid, per_degree = _grid(), _CELLS_PER_DEGREE * _SUB
    row = np.clip(((90.0 - lat) * per_degree).astype(np.int64), 0, grid.cell.shape[0] * _SUB - 1)
    column = np.floor((lon + 180.0) * per_degree).astype(np.int64) % (grid.cell.shape[1] * _SUB)
    return grid.country[_areas_of(grid, row.ravel(), column.ravel())].reshape(lon.shape)


def _as_stated(lon: float, lat: float, country_iso2: str) -> PointLocation:
    """Return the location of a point in a country that the map does not show, `NOWHERE` if it is far from there."""
    at = [float(great_circle_km(lon, lat, x, y)) for x, y in NOT_ON_THE_MAP.get(country_iso2, ())]
    if not at or min(at) > OFF_LAND_KM:
        return NOWHERE
    zones = read_table("zones")
    own = list(zones.loc[zones["country_iso2"] == country_iso2, "zone_id"])
    zone = str(own[0]) if len(own) == 1 else None
    return PointLocation(country_iso2, None, zone, country_iso2, "unverified" if zone else None, min(at), stated=True)


def elevation_m(lon: Floats, lat: Floats) -> Floats:
    """Return the ground elevation at points, interpolated in a quarter-degree grid.

    Parameters
    ----------
    lon, lat : array
        Points [degree].

    Returns
    -------
    array of float
        Metres above sea level; the error is in the table's `method`: hundreds of metres in fjords and valleys.
    """
    grid = read_arrays("elevation")["elevation_m"]
    y, x = (90.0 - np.asarray(lat, dtype=float)) * 4, ((np.asarray(lon, dtype=float) + 180.0) % 360.0) * 4
    top, left = np.minimum(y.astype(int), grid.shape[0] - 2), x.astype(int) % grid.shape[1]
    right, down, across = (left + 1) % grid.shape[1], y - top, x - np.floor(x)
    upper = grid[top, left] * (1 - across) + grid[top, right] * across
    lower = grid[top + 1, left] * (1 - across) + grid[top + 1, right] * across
    return np.asarray(upper * (1 - down) + lower * down, dtype=float)


def km_to_city_100k(lon: Floats, lat: Floats) -> Floats:
    """Return the distance to the nearest town of 100,000 people in any country [km].

    Examples
    --------
    >>> float(km_to_city_100k(np.array([-18.0878]), np.array([65.68353])).round(1)[0])
    248.6
    """
    return _nearest_km(lon, lat, "city")


def km_to_cloud_region(lon: Floats, lat: Floats) -> Floats:
    """Return the distance to the nearest existing cloud region [km]."""
    return _nearest_km(lon, lat, "cloud_region")


def _nearest_km(lon: Floats, lat: Floats, what: str) -> Floats:
    arrays = read_arrays("around")
    x, y = (arrays[f"{what}_{axis}_1e5_degree"] / 1e5 for axis in ("lon", "lat"))
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    parts = [
        great_circle_km(lon[i : i + _CHUNK, None], lat[i : i + _CHUNK, None], x[None, :], y[None, :]).min(axis=1)
        for i in range(0, len(lon), _CHUNK)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def plants_mw_150km(lon: Floats, lat: Floats, country_iso2: Sequence[str | None]) -> Floats:
    """Return the capacity of the power plants within 150 km in the same country.

    Parameters
    ----------
    lon, lat : array
        Points [degree].
    country_iso2 : sequence of str or None
        Their countries.

    Returns
    -------
    array of float
        Nameplate capacity [MW], storage left out; NaN where no plant is known: the table is not complete.
    """
    arrays = read_arrays("around")
    x, y = arrays["plant_lon_1e2_degree"] / 100.0, arrays["plant_lat_1e2_degree"] / 100.0
    mw, owner = arrays["plant_mw"].astype(float), arrays["plant_country_iso2"]
    total = np.full(len(country_iso2), np.nan)
    for i, country in enumerate(country_iso2):
        own = owner == (country or "")
        near = great_circle_km(float(lon[i]), float(lat[i]), x[own], y[own]) <= PLANTS_WITHIN_KM
        known = float(mw[own][near].sum())
        total[i] = known if known > 0 else np.nan
    return total


def places_of(points: pd.DataFrame) -> list[PointLocation]:
    """Return the location of each row's `lon`, `lat`, in its stated `country_iso2` if there is one."""
    stated = [c if isinstance(c, str) else None for c in points["country_iso2"]]
    return [locate(float(x), float(y), c) for x, y, c in zip(points["lon"], points["lat"], stated, strict=True)]
