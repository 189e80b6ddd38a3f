"""The ground of the maps: Natural Earth's admin-1 units joined by grid zone, with lakes and ice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import package as pk
import pandas as pd
import shapely
from earth import Atlas, nearest_area, read_csv
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

GRID_DEGREE = 0.01
"""Coordinates are rounded to this [degree]."""

SIMPLIFY_DEGREE = 0.06
"""Side of the smallest triangle that a border keeps [degree]; shared borders stay shared."""

SMALLEST_ISLAND_DEGREE2 = 0.004
"""Islands below this are left out of the picture, unless they are all that a zone has [square degree]."""

FRANCE_OVERSEAS = ("FR", "GF", "GP", "MQ", "RE", "YT")
"""Natural Earth keeps these as admin-1 units of France; the grid zones have them by themselves."""

UNCLAIMED_REACH_KM = 60.0
"""How far a unit's point may lie from the nearest zone of its country."""

ISO_UKRAINE = ("Crimea", "Sevastopol")
"""Natural Earth draws who holds the land; the tables go by ISO 3166."""

SAME_COUNTRY = {"KAS": "IN", "SOL": "SO", "USG": "CU", "KAB": "KZ"}
"""Natural Earth's units without an ISO code -> the country whose zone is drawn there."""


def zone_units(atlas: Atlas, zone_ids: set[str]) -> gpd.GeoDataFrame:
    """Return every admin-1 unit with the grid zone that covers most of it.

    Parameters
    ----------
    atlas : Atlas
        Outlines.
    zone_ids : set of str
        Zones that exist in ``grid/zones.csv``.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns ``zone_id`` (empty where no zone is known), ``country_iso2``, ``geometry``.
    """
    units = atlas.provinces.copy()
    unnamed = units.iso_a2 == "-1"
    units.loc[unnamed, "iso_a2"] = units.adm0_a3[unnamed].map(SAME_COUNTRY).fillna("")
    zones_of = atlas.zones.groupby("countryKey").zoneName.agg(list).to_dict()
    units["iso_a2"] = units.iso_a2.mask(units.name.isin(ISO_UKRAINE) & (units.iso_a2 == "RU"), "UA")
    found = [_zone_of(unit.geometry, unit.iso_a2, atlas, zones_of, zone_ids) for unit in units.itertuples(index=False)]
    zone_id = pd.Series([zone for zone, _ in found], index=units.index)
    country = pd.Series([country for _, country in found], index=units.index)
    return gpd.GeoDataFrame({"zone_id": zone_id, "country_iso2": country}, geometry=units.geometry, crs=units.crs)


def _zone_of(
    shape: BaseGeometry, country: str, atlas: Atlas, zones_of: dict[str, list[str]], zone_ids: set[str]
) -> tuple[str, str]:
    """Return the zone and the country of one admin-1 unit."""
    homes = FRANCE_OVERSEAS if country == "FR" else (country,)
    names = [zone for home in homes for zone in zones_of.get(home, [])]
    if len(names) > 1:
        zone = _mostly_in(shape, atlas.zones[atlas.zones.countryKey.isin(homes)])
        return (zone, zone[:2] or country) if country == "FR" else (zone, country)
    zone = names[0] if names else country
    return (zone if zone in zone_ids else ""), country


def _mostly_in(shape: BaseGeometry, zones: gpd.GeoDataFrame) -> str:
    """Return the zone that covers most of a unit, else the one nearest to its middle, else nothing."""
    near = zones[zones.intersects(shape)]
    if not near.empty:
        shared = shapely.area(shapely.intersection(near.geometry.to_numpy(), shape))
        return str(near.zoneName.iloc[int(shared.argmax())])
    point = shape.representative_point()
    at = nearest_area(point.x, point.y, zones, "zoneName", tolerance_km=UNCLAIMED_REACH_KM)
    return at.name if at else ""


def drawn(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one simplified, valid shape per zone; neighbours still share their border.

    Parameters
    ----------
    units : geopandas.GeoDataFrame
        From `zone_units`.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns ``id``, ``zone_id``, ``country_iso2``, ``geometry``; shapes stay cut at 180 degrees as in
        Natural Earth.
    """
    whole = units.dissolve(by=["country_iso2", "zone_id"], sort=True).reset_index()
    shapes = shapely.coverage_simplify(whole.geometry.to_numpy(), SIMPLIFY_DEGREE)
    shapes = np.array([_printable(shape) for shape in shapes], dtype=object)
    ids = [row.zone_id or f"{row.country_iso2 or 'none'}-unknown" for row in whole.itertuples(index=False)]
    drawn_units = whole.assign(id=ids).set_geometry(gpd.GeoSeries(shapes, crs=units.crs))
    return drawn_units[~drawn_units.geometry.is_empty][["id", "zone_id", "country_iso2", "geometry"]]


def _printable(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape without islets, rounded and valid."""
    parts = [part for part in shapely.get_parts(shapely.make_valid(shape)) if part.geom_type == "Polygon"]
    large = [part for part in parts if part.area >= SMALLEST_ISLAND_DEGREE2]
    kept = large or sorted(parts, key=lambda part: part.area)[-1:]
    rounded = shapely.set_precision(shapely.MultiPolygon(kept), GRID_DEGREE)
    if rounded.is_empty and kept:
        rounded = shapely.set_precision(shapely.MultiPolygon(kept), GRID_DEGREE / 10)
    return rounded


def write_geojson(shapes: gpd.GeoDataFrame, target: Path, properties: list[str]) -> None:
    """Write shapes as GeoJSON (RFC 7946) with few digits, always in the same order.

    Parameters
    ----------
    shapes : geopandas.GeoDataFrame
        Shapes in degrees, EPSG:4326.
    target : Path
        File to write.
    properties : list of str
        Columns to keep; an empty value is null.
    """
    features = [
        {
            "type": "Feature",
            "properties": {name: getattr(row, name) or None for name in properties},
            "geometry": _rounded(mapping(row.geometry)),
        }
        for row in shapes.itertuples(index=False)
    ]
    lines = [json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features]
    target.parent.mkdir(parents=True, exist_ok=True)
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    target.write_text(text, encoding="utf-8", newline="")


def _rounded(geometry: Any) -> Any:
    """Return a GeoJSON geometry with coordinates of three digits."""
    if isinstance(geometry, float):
        return round(geometry, 3) + 0.0
    if isinstance(geometry, dict):
        return {name: _rounded(value) if name == "coordinates" else value for name, value in geometry.items()}
    if isinstance(geometry, (list, tuple)):
        return [_rounded(part) for part in geometry]
    return geometry


NATURAL_EARTH = pk.Source("Natural Earth", "https://www.naturalearthdata.com")
ZONE_OUTLINES = pk.Source("Zone outlines of electricitymaps-contrib: used to look the zone up, not shipped")
GROUND = pk.Resource(
    name="ground",
    citation="Natural Earth",
    path="ground/ground.geojson",
    title="Land by grid zone, for maps",
    description=(
        "Properties: id, zone_id (a key of zones; null where none is known), country_iso2. A picture, not a survey: an "
        "admin-1 unit is drawn whole in the zone that covers most of it, so that grids which cut through a state are coarse, and "
        "small grids (most balancing authorities of the USA) are not drawn at all."
    ),
    year="2018-2024",
    quality="modelled",
    method=(
        "Natural Earth 1:10m admin-1 units joined by the grid zone that covers most of each, within the same "
        f"country (Crimea drawn as Ukraine, as ISO 3166 has it); "
        f"shared borders simplified together (Visvalingam, {SIMPLIFY_DEGREE} degree); islets below {SMALLEST_ISLAND_DEGREE2} "
        "square degree left out; longitude before latitude, EPSG:4326; cut at 180 degrees as Natural Earth is."
    ),
    licenses=(pk.PUBLIC_DOMAIN,),
    sources=(NATURAL_EARTH, ZONE_OUTLINES),
    format="geojson",
)
LAKES = pk.Resource(
    name="lakes",
    citation="Natural Earth",
    path="ground/lakes.geojson",
    title="Large lakes, for maps",
    description="Property: name.",
    year="2018-2024",
    quality="derived",
    method="Natural Earth 1:110m, rounded.",
    licenses=(pk.PUBLIC_DOMAIN,),
    sources=(NATURAL_EARTH,),
    format="geojson",
)
GLACIERS = pk.Resource(
    name="glaciers",
    citation="Natural Earth",
    path="ground/glaciers.geojson",
    title="Glaciated areas, for maps",
    description="Property: id.",
    year="2018-2024",
    quality="derived",
    method="Natural Earth 1:110m, rounded.",
    licenses=(pk.PUBLIC_DOMAIN,),
    sources=(NATURAL_EARTH,),
    format="geojson",
)


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write ``ground/ground.geojson``, ``lakes.geojson`` and ``glaciers.geojson``.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder; ``grid/zones.csv`` must have been written.

    Returns
    -------
    list of Resource
        Ground, lakes, glaciers.
    """
    zone_ids = set(read_csv(out / "grid/zones.csv").zone_id)
    units = zone_units(Atlas(sources), zone_ids)
    write_geojson(drawn(units), out / GROUND.path, ["id", "zone_id", "country_iso2"])
    boundaries = sources / "geo/boundaries"
    lakes = gpd.read_parquet(boundaries / "ne_110m_lakes.parquet").explode(index_parts=False)
    lakes = lakes.assign(name=lakes.name.str.replace("\r", " ")).sort_values(["name"], kind="stable")
    write_geojson(_valid(lakes), out / LAKES.path, ["name"])
    ice = gpd.read_parquet(boundaries / "ne_110m_glaciated_areas.parquet")
    ice = ice.assign(id=[f"ice-{number}" for number in range(1, len(ice) + 1)])
    write_geojson(_valid(ice), out / GLACIERS.path, ["id"])
    return [GROUND, LAKES, GLACIERS]


def _valid(shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return shapes rounded to the grid of the maps, valid and not empty."""
    rounded = shapes.set_geometry(shapely.set_precision(shapes.geometry.to_numpy(), GRID_DEGREE))
    return rounded[~rounded.geometry.is_empty]
