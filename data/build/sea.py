"""The coast, and where the half-degree nodes of the climate grid lie at sea."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import package as pk
import shapely

ROWS, COLUMNS = 361, 720
"""Nodes of the climate grid: latitude 90..-90, longitude -180..179.5."""

COAST_DEGREE = 0.001
"""Coordinates are rounded to this [degree]."""

COAST = pk.Resource(
    name="coast",
    citation="Natural Earth 1:50m land",
    path="climate/coast.npz",
    title="Coast lines, and which nodes of the climate grid lie at sea",
    description="Outlines of land for the distance of a place from the sea; the Caspian counts as one, lakes do not.",
    year="2022",
    quality="derived",
    method=(
        "Natural Earth 1:50m land, every ring, rounded to 0.001 degree; a half-degree node is at sea where no land "
        "polygon holds it. At this scale the line is about 1 km off, and islands below some 10 km2 are missing."
    ),
    licenses=(pk.PUBLIC_DOMAIN,),
    sources=(pk.Source("Natural Earth 1:50m land", "https://www.naturalearthdata.com"),),
)

COAST_ARRAYS = (
    pk.Array("lon_0p001deg", "Longitude of each vertex", "0.001 degree", -180000, 180000),
    pk.Array("lat_0p001deg", "Latitude of each vertex", "0.001 degree", -90000, 90000),
    pk.Array("start", "Position of each line's first vertex; it ends where the next begins", "1", 0, 2**31 - 1),
    pk.Array(
        "at_sea", "Bits: node of the climate grid at sea (latitude 90..-90, longitude), eight to a byte", "1", 0, 255
    ),
)


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write the coast.

    Parameters
    ----------
    sources : Path
        Folder of the raw tables.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        One file.
    """
    land = geopandas.read_parquet(sources / "geo" / "boundaries" / "ne_50m_land.parquet").geometry.to_numpy()
    rings = shapely.get_rings(shapely.get_parts(land))
    points = [np.rint(shapely.get_coordinates(ring) / COAST_DEGREE).astype(np.int32) for ring in rings]
    vertices = np.concatenate(points)
    sizes = np.array([len(p) for p in points])
    lat, lon = 90 - np.arange(ROWS) * 0.5, -180 + np.arange(COLUMNS) * 0.5
    outline = shapely.union_all(land)
    shapely.prepare(outline)
    arrays = {
        "lon_0p001deg": vertices[:, 0],
        "lat_0p001deg": vertices[:, 1],
        "start": (np.cumsum(sizes) - sizes).astype(np.int32),
        "at_sea": np.packbits(~shapely.contains_xy(outline, *np.meshgrid(lon, lat)), axis=1),
    }
    return [pk.write_arrays(arrays, out, COAST, COAST_ARRAYS)]
