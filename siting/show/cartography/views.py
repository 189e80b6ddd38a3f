"""The views of a map: by name, around a grid zone, or fitted to some places, across 180 degrees and over a pole."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from siting.errors import SitingError, nearest
from siting.show.cartography.projection import SEAM_LON_DEG, VIEWS, WIDE_ASPECT, View
from siting.show.cartography.region import LIMB_M, RegionView, angles_deg, azimuthal, region
from siting.units import Floats

if TYPE_CHECKING:
    import geopandas as gpd

WIDEST_ZONE_DEG = 140.0
"""A wider grid zone is shown on a map of the world or of a pole."""

ZONE_MARGIN = 0.35
"""Surroundings of a zone, as a share of its own extent on each side."""

FIT = "fit"
"""Name of the view that shows the candidates and hubs of a scenario."""
FIT_DEG = 75.0
"""Places farther from their middle than this are shown on a map of the world [degrees]."""
FIT_MARGIN, LEAST_FRAME_M = 0.09, 700_000.0
"""Room around the places, as a share of their extent on each side, and the least width and height of the frame."""
SQUARE_ASPECT, WORLD_ASPECT = 1.01, 2.04
"""Width over height of the room for a map beside its caption and above it (`map_layout.layout`)."""
BOTH_SIDES_DEG = 200.0
"""Places on both sides of 180 degrees that span more are shown on the usual map of the world."""
CROP_DEG = 14.0
"""Room beyond the places of a cropped map of the world [degrees]."""
RECENTRED, CAP_STEPS = 4, 300


def view_named(text: str, zones: "gpd.GeoDataFrame", places: Floats | None = None) -> View:
    """Return a view by its name: `fit`, `world`, `zone:SE-SE1` or `bbox:west,south,east,north`.

    Parameters
    ----------
    text : str
        Name of the view.
    zones : geopandas.GeoDataFrame
        Polygons [EPSG:4326] with `zone_id`.
    places : numpy.ndarray, optional
        (n, 2) longitudes and latitudes [degrees] that `fit` shows; without any it is the world.

    Returns
    -------
    View
        The view.

    Raises
    ------
    SitingError
        There is no such view.
    """
    if text in VIEWS:
        return VIEWS[text]
    if text == FIT:
        return fitted(np.empty((0, 2)) if places is None else places)
    kind, _, rest = text.partition(":")
    if kind == "bbox":
        try:
            west, south, east, north = (float(part) for part in rest.split(","))
        except ValueError as error:
            raise SitingError(f"map view {text!r} is not a box: write bbox:west,south,east,north in degrees") from error
        return region(west, south, east, north, text)
    if kind == "zone":
        return _around_zone(rest, zones)
    raise SitingError(
        f"map view {text!r} is unknown: use one of {', '.join((FIT, *VIEWS))}, zone:ID or bbox:west,south,east,north"
    )


def fitted(places: Floats, *, wide: bool = False) -> View:
    """Return the map that shows all of some places: a frame around them, across 180 degrees and over a pole.

    Places that do not fit on one side of the globe are shown on the map of the world whose edge is farthest from them.

    Parameters
    ----------
    places : numpy.ndarray
        (n, 2) longitudes and latitudes [degrees].
    wide : bool, optional
        Whether the frame has the shape of a map of the world, whatever the places are.

    Returns
    -------
    View
        A frame in Lambert's azimuthal equal area, of the shape of its room on the sheet; or a map of the world.

    Examples
    --------
    >>> fitted(np.array([(170.0, -40.0), (-170.0, -40.0)])).lon_0_deg
    180.0
    >>> fitted(np.array([(0.0, 50.0), (120.0, -30.0), (-100.0, 40.0)])).name
    'world'
    """
    lon, lat = places[np.isfinite(places).all(axis=1)].T
    if not len(lon):
        return VIEWS["world"]
    lon_0, lat_0 = _middle(lon, lat)
    for _ in range(RECENTRED):
        if angles_deg(lon, lat, lon_0, lat_0).max() > FIT_DEG:
            return world_of(places)
        middle = round(lon_0, 1) or 0.0
        view = azimuthal(180.0 if middle == -180.0 else middle, round(lat_0, 1) or 0.0, FIT)
        points = view.to_map(lon, lat)
        low, top = points.min(axis=0), points.max(axis=0)
        lon_0, lat_0 = view.from_map(((low + top) / 2)[None, :])[0].tolist()
    return view.placed(_framed(low, top, wide=wide))


def cropped(view: View, lat: Floats) -> View:
    """Return a map of the world without the latitudes beyond some places; any other map as it is.

    Examples
    --------
    >>> cropped(VIEWS["world"], np.array([-42.0, 65.0])).south_deg
    -56.0
    """
    if view.polar or isinstance(view, RegionView) or not len(lat):
        return view
    south, north = max(float(lat.min()) - CROP_DEG, -90.0), min(float(lat.max()) + CROP_DEG, 90.0)
    return replace(view, south_deg=south, north_deg=north)


def _framed(low: Floats, top: Floats, *, wide: bool) -> tuple[float, float, float, float]:
    """Return the box from `low` to `top` with room around it, widened to the shape of its room on the sheet."""
    size = np.maximum((top - low) * (1.0 + 2.0 * FIT_MARGIN), LEAST_FRAME_M)
    shape = WORLD_ASPECT if wide or size[0] >= WIDE_ASPECT * size[1] else SQUARE_ASPECT
    whole = np.array([max(size[0], size[1] * shape), max(size[1], size[0] / shape)]) / 2.0
    corner = np.sqrt(np.maximum(LIMB_M**2 - size[::-1] ** 2 / 4.0, 0.0))  # no wider than the globe has land to show
    half = np.minimum(np.minimum(whole, np.maximum(size / 2.0, corner)), LIMB_M)
    middle = (low + top) / 2.0
    return (*(middle - half).tolist(), *(middle + half).tolist())


def world_of(places: Floats) -> View:
    """Return the map of the world whose edge is far from some places, (n, 2) longitudes and latitudes.

    It is `world` unless they lie on both sides of 180 degrees and span at most 200 degrees.

    Examples
    --------
    >>> world_of(np.array([(140.0, 35.0), (-120.0, 45.0)])).name, world_of(np.array([(0.0, 50.0), (-120.0, 45.0)])).name
    ('pacific', 'world')
    """
    known = places[np.isfinite(places).all(axis=1)]
    if not len(known):
        return VIEWS["world"]
    west, east = _shortest_span(known[:, 0], known[:, 0])
    middle = (west + east) / 2.0
    worlds = [view for view in VIEWS.values() if not view.polar]
    far = min(worlds, key=lambda view: abs((middle - view.lon_0_deg + 180.0) % 360.0 - 180.0))
    return far if east > SEAM_LON_DEG and east - west < BOTH_SIDES_DEG else VIEWS["world"]


def _middle(lon: Floats, lat: Floats) -> tuple[float, float]:
    """Return the middle of the smallest cap that holds some places [degrees] (Badoiu and Clarkson 2003, on the sphere)."""
    x, y = np.radians(lon), np.radians(lat)
    at = np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])
    middle = at.mean(axis=0)
    for k in range(CAP_STEPS):
        middle = middle + (at[np.argmin(at @ middle)] - middle) / (k + 2)
    return float(np.degrees(np.arctan2(middle[1], middle[0]))), float(
        np.degrees(np.arctan2(middle[2], np.hypot(*middle[:2])))
    )


def _around_zone(zone: str, zones: "gpd.GeoDataFrame") -> View:
    """Return the map of a grid zone and its surroundings, in one piece across 180 degrees; of a large zone a world or polar view."""
    mine = zones.geometry.to_numpy()[(zones["zone_id"] == zone).to_numpy()]
    if not len(mine):
        known = sorted(map(str, zones["zone_id"].dropna().unique()))
        hint = nearest(zone, known) or ": `siting data show zones` lists them"
        raise SitingError(f"map view 'zone:{zone}': no such grid zone{hint}")
    bounds = shapely.bounds(np.concatenate([shapely.get_parts(shape) for shape in mine]))
    west, east = _shortest_span(bounds[:, 0], bounds[:, 2])
    south, north = float(bounds[:, 1].min()), float(bounds[:, 3].max())
    lon_room = max(ZONE_MARGIN * (east - west), 1.0)
    lat_room = max(ZONE_MARGIN * (north - south), 0.5)
    wide = east - west + 2 * lon_room
    if wide > WIDEST_ZONE_DEG:
        return _whole_view(west, south, east, north)
    middle = (west + east) / 2
    return region(
        _wrapped(middle - wide / 2), max(south - lat_room, -90.0), _wrapped(middle + wide / 2), min(north + lat_room, 90.0),
        f"zone:{zone}",
    )  # fmt: skip


def _whole_view(west: float, south: float, east: float, north: float) -> View:
    """Return the polar map or the map of the world that shows a zone too wide for a region."""
    for view in (VIEWS["antarctic"], VIEWS["arctic"]):
        if view.south_deg <= south and north <= view.north_deg:
            return view
    middle = (west + east) / 2
    worlds = [view for view in VIEWS.values() if not view.polar]
    return min(worlds, key=lambda view: abs((middle - view.lon_0_deg + 180.0) % 360.0 - 180.0))


def _shortest_span(west: Floats, east: Floats) -> tuple[float, float]:
    """Return the shortest stretch of longitudes that holds all the parts; its east may lie beyond 180."""
    order = np.argsort(west)
    reach = np.maximum.accumulate(east[order])
    starts = np.append(west[order][1:], west[order][0] + 360.0)
    gap = int(np.argmax(starts - reach))
    if gap == len(order) - 1:
        return float(west.min()), float(east.max())
    return float(starts[gap]), float(reach[gap] + 360.0)


def _wrapped(lon: float) -> float:
    return (lon + 180.0) % 360.0 - 180.0
