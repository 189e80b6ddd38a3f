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

SIMPLIFY_DEGREE = 0.005
"""How far a coast may be moved by leaving out vertices [degree]."""

SMALLEST_DEGREE2 = 0.0005
"""Islands below this, about 5 km2, are left out [square degree]."""

COAST = pk.Resource(
    name="coast",
    citation="Natural Earth 1:10m",
    path="climate/coast.npz",
    title="Coast lines, and which nodes of the climate grid lie at sea",
    description="Outer outlines of land, for the distance of a place from the sea; inner seas and lakes are not among them.",
    year="2022",
    quality="derived",
    method=(
        "Natural Earth 1:10m admin-1 units joined, outer rings of land above some 5 km2, moved by 0.005 degree at most and "
        "rounded to 0.001; a half-degree node is at sea where no land holds it. The line is within a kilometre."
    ),
    licenses=(pk.PUBLIC_DOMAIN,),
    sources=(pk.Source("Natural Earth 1:10m admin-1 states and provinces", "https://www.naturalearthdata.com"),),
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
    units = geopandas.read_parquet(sources / "geo" / "boundaries" / "qgis_ne10m_states_provinces.parquet").geometry
    land = shapely.union_all(shapely.make_valid(units.to_numpy()), grid_size=COAST_DEGREE)
    parts = shapely.get_parts(shapely.simplify(land, SIMPLIFY_DEGREE))
    rings = shapely.get_exterior_ring(parts[shapely.area(parts) > SMALLEST_DEGREE2])
    points = [np.rint(shapely.get_coordinates(ring) / COAST_DEGREE).astype(np.int32) for ring in rings]
    vertices = np.concatenate(points)
    sizes = np.array([len(p) for p in points])
    lat, lon = 90 - np.arange(ROWS) * 0.5, -180 + np.arange(COLUMNS) * 0.5
    shapely.prepare(land)
    arrays = {
        "lon_0p001deg": vertices[:, 0],
        "lat_0p001deg": vertices[:, 1],
        "start": (np.cumsum(sizes) - sizes).astype(np.int32),
        "at_sea": np.packbits(~shapely.contains_xy(land, *np.meshgrid(lon, lat)), axis=1),
    }
    return [pk.write_arrays(arrays, out, COAST, COAST_ARRAYS)]
