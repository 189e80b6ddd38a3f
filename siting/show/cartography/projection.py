"""Map projections: equal-area world and polar caps, with lines and polygons cut at the edge."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod, Transformer

from siting.units import Bools, Floats

WGS84 = Geod(ellps="WGS84")
LONGEST_STEP_M = 1_000_000.0
EDGE_STEP_DEG = 1.0  # straight edges are cut this fine before projecting, so that they bend with the map
ARC_STEP_M = 100_000.0
PRINTED_DETAIL_M = 8_000.0  # half a dot of the world on A4 at 200 dpi
JOIN_GRID_M = 10.0
SEAM_LON_DEG = 180.0
SEAM_WIDTH_DEG = 0.11  # land is often cut at 179.9, to be safe from wrapping round

WIDE_ASPECT = 1.45
"""A map wider than this has its caption below, a narrower one beside it."""


@dataclass(frozen=True, slots=True)
class View:
    """A map projection and the part of the globe it shows.

    Attributes
    ----------
    name : str
        Its name in `siting map`.
    epsg : int
        Code of the projection.
    projection : str
        Its name, for the caption.
    south_deg, north_deg : float
        The latitudes shown.
    polar : bool
        Whether the pole is the centre and the outline a circle.
    lon_0_deg : float
        The meridian in the middle.
    half_lon_deg : float
        The longitudes shown on either side of it; a whole map is cut half a turn from it.
    """

    name: str
    epsg: int | None
    projection: str
    south_deg: float
    north_deg: float
    polar: bool
    lon_0_deg: float = 0.0
    half_lon_deg: float = SEAM_LON_DEG

    @property
    def crs(self) -> str:
        """Code of the projection in pyproj, of degrees from the middle meridian."""
        return f"EPSG:{self.epsg}" if self.polar else "EPSG:8857"

    @property
    def detail_m(self) -> float:
        """Largest error of a drawn line [m]: half a dot of the print."""
        return PRINTED_DETAIL_M

    @property
    def around_a_pole(self) -> bool:
        """Whether land cut at the far meridian is joined: around a pole that meridian is not an edge."""
        return self.polar

    @property
    def beside(self) -> bool:
        """Whether the caption is beside the map, not below."""
        wide, high = np.ptp(self.outline(), axis=0)
        return self.polar or bool(wide < WIDE_ASPECT * high)

    def to_map(self, lon: ArrayLike, lat: ArrayLike) -> Floats:
        """Project places; returns an (n, 2) array of map coordinates [m]."""
        degrees = np.atleast_1d(np.asarray(lon, dtype=np.float64))
        return self.turned_to_map(turned_lon(degrees, self.lon_0_deg), lat)

    def turned_to_map(self, lon: ArrayLike, lat: ArrayLike) -> Floats:
        """Project points whose longitudes are degrees from the middle meridian: only there the two edges differ."""
        degrees = [np.atleast_1d(np.asarray(angle, dtype=np.float64)) for angle in (lon, lat)]
        return np.column_stack(transformer(self.crs).transform(degrees[0], degrees[1]))

    def shows(self, lon: ArrayLike, lat: ArrayLike) -> Bools:
        """Return which places [degrees] the view shows."""
        degrees = np.asarray(lat, dtype=np.float64)
        turned = turned_lon(np.asarray(lon, dtype=np.float64), self.lon_0_deg)
        within = (self.half_lon_deg == SEAM_LON_DEG) | (np.abs(turned) <= self.half_lon_deg)
        return np.asarray((degrees >= self.south_deg) & (degrees <= self.north_deg) & within)

    def lines(self, lon: ArrayLike, lat: ArrayLike) -> list[Floats]:
        """Project one line of close points, cut where it leaves the view or crosses the map's edge.

        Parameters
        ----------
        lon, lat : array_like
            The line's points [degrees]; consecutive points are taken the short way round.

        Returns
        -------
        list of numpy.ndarray
            (n, 2) arrays of map coordinates [m], one for each piece.
        """
        turned = turned_lon(np.asarray(lon, float), self.lon_0_deg)
        pieces = [np.column_stack([turned, np.asarray(lat, float)])]
        if not self.polar:
            pieces = list(split_at_antimeridian(pieces[0]))
        inside = (
            run for piece in pieces for run in kept_runs(piece, self.shows(piece[:, 0] + self.lon_0_deg, piece[:, 1]))
        )
        return [self.turned_to_map(*run.T) for run in inside]

    def polygons(self, shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Clip polygons [EPSG:4326] to the view, bend their edges, project them and leave out what no print shows.

        Around a pole, where 180 degrees is not an edge, land that was cut there is joined again.
        """
        joined = _turned(shapely.make_valid(_onto_seam(shapes)), self.lon_0_deg)
        clipped = np.array([_areas_of(shape) for shape in shapely.intersection(joined, self._drawn_box())])
        seen = ~shapely.is_empty(clipped)
        bent = shapely.segmentize(clipped[seen], EDGE_STEP_DEG)
        drawn = shapely.transform(bent, lambda points: self.turned_to_map(points[:, 0], points[:, 1]))
        if self.around_a_pole:
            cut = np.abs(shapely.bounds(bent)[:, [0, 2]]).max(axis=1) == SEAM_LON_DEG
            drawn[cut] = [_joined(shape) for shape in drawn[cut]]
        thinned = shapely.coverage_simplify(drawn, self.detail_m)
        return shapes[seen].set_geometry(shapely.segmentize(thinned, LONGEST_STEP_M), crs=self.crs)

    def _drawn_box(self) -> shapely.Geometry:
        """Return what is drawn, in degrees from the middle meridian."""
        return shapely.box(-self.half_lon_deg, self.south_deg, self.half_lon_deg, self.north_deg)

    def outline(self) -> Floats:
        """Return the edge of the map as a closed line of map coordinates [m]."""
        south, north = self.south_deg, self.north_deg
        if self.polar:
            around = np.linspace(-180.0, 180.0, 361)
            edge = south if north == 90.0 else north
            return self.to_map(around, np.full_like(around, edge))
        up = np.linspace(south, north, 181)
        lon = np.concatenate([np.full_like(up, self.half_lon_deg), np.full_like(up, -self.half_lon_deg)])
        lat = np.concatenate([up, up[::-1]])
        line = self.turned_to_map(lon, lat)
        return np.vstack([line, line[:1]])

    def graticule(self) -> list[Floats]:
        """Return parallels and meridians, 30 degrees apart (on a polar map parallels 10 apart)."""
        along_lon = np.linspace(-self.half_lon_deg, self.half_lon_deg, 361)
        along_lat = np.linspace(max(self.south_deg, -89.9), min(self.north_deg, 89.9), 181)
        lines = [self.turned_to_map(along_lon, np.full_like(along_lon, lat)) for lat in self.parallels_deg()]
        shown = (lon for lon in range(-180, 180, 30) if self._has_meridian(lon))
        return lines + [self.to_map(np.full_like(along_lat, lon), along_lat) for lon in shown]

    def graticule_labels(self) -> list[tuple[float, float, str, bool]]:
        """Return longitude, latitude, text and whether it names a parallel.

        Parallels are named on the western edge of the world, or on the 170 W meridian of a polar map;
        meridians on the northern edge of the world, or on the rim of a polar map.
        """
        west = -170.0 if self.polar else self.lon_0_deg - self.half_lon_deg
        rim = self.south_deg if self.polar and self.north_deg == 90.0 else self.north_deg
        parallels = [(west, float(lat), degrees_text(lat, "N", "S"), True) for lat in self.parallels_deg()]
        cut = bool(self.lon_0_deg) or self.half_lon_deg < SEAM_LON_DEG
        named = [lon for lon in range(-150, 181, 30) if not cut or self._has_meridian(lon)]
        return parallels + [(float(lon), rim, degrees_text(lon, "E", "W"), False) for lon in named]

    def _has_meridian(self, lon: float) -> bool:
        """Return whether a meridian is within the map or, of a map of Greenwich, on its edge."""
        turned = abs(float(turned_lon(np.array(float(lon)), self.lon_0_deg)))
        return turned < self.half_lon_deg or (not self.lon_0_deg and turned == SEAM_LON_DEG == self.half_lon_deg)

    def parallels_deg(self) -> list[int]:
        """Return the latitudes [degrees] that the graticule draws."""
        step = 10 if self.polar else 30
        multiples = range(-90 + step, 90, step)
        return [lat for lat in multiples if self.south_deg < lat < self.north_deg]


WORLD = View("world", 8857, "Equal Earth", -90.0, 90.0, polar=False)
ARCTIC = View("arctic", 3995, "polar stereographic", 55.0, 90.0, polar=True)
ANTARCTIC = View("antarctic", 3031, "polar stereographic", -90.0, -55.0, polar=True)
PACIFIC = View("pacific", 8859, "Equal Earth Asia-Pacific", -90.0, 90.0, polar=False, lon_0_deg=150.0)
AMERICAS = View("americas", 8858, "Equal Earth Americas", -90.0, 90.0, polar=False, lon_0_deg=-90.0)
VIEWS = {view.name: view for view in (WORLD, PACIFIC, AMERICAS, ARCTIC, ANTARCTIC)}


def turned_lon(lon: Floats, lon_0_deg: float) -> Floats:
    """Return longitudes as degrees from a meridian, -180 to 180; with the meridian of Greenwich they stay as they are.

    Examples
    --------
    >>> turned_lon(np.array([-170.0, 150.0]), 150.0).tolist()
    [40.0, 0.0]
    """
    if not lon_0_deg:
        return lon
    return np.asarray((lon - lon_0_deg + SEAM_LON_DEG) % (2 * SEAM_LON_DEG) - SEAM_LON_DEG)


def geodesic(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> Floats:
    """Return points of the great circle between two places, at most 100 km apart.

    Parameters
    ----------
    lon_a, lat_a, lon_b, lat_b : float
        The two ends [degrees].

    Returns
    -------
    numpy.ndarray
        (n, 2) longitudes and latitudes [degrees], both ends included.

    References
    ----------
    Karney (2013), Algorithms for geodesics, J. Geod. 87, 43-55, as in pyproj.

    Examples
    --------
    >>> len(geodesic(0.0, 0.0, 2.0, 0.0))  # 223 km
    5
    """
    length_m = WGS84.inv(lon_a, lat_a, lon_b, lat_b)[2]
    between = WGS84.npts(lon_a, lat_a, lon_b, lat_b, 1 + int(length_m // ARC_STEP_M))
    return np.array([(lon_a, lat_a), *between, (lon_b, lat_b)])


def split_at_antimeridian(points: Floats) -> Iterator[Floats]:
    """Cut a line of lon/lat points where it crosses 180 degrees, each piece ending on the edge.

    Parameters
    ----------
    points : numpy.ndarray
        (n, 2) longitudes and latitudes [degrees], consecutive points less than half a turn apart.

    Yields
    ------
    numpy.ndarray
        The pieces, in order.

    Examples
    --------
    >>> [piece.tolist() for piece in split_at_antimeridian(np.array([[179.0, 0.0], [-179.0, 2.0]]))]
    [[[179.0, 0.0], [180.0, 1.0]], [[-180.0, 1.0], [-179.0, 2.0]]]
    """
    start, entry = 0, np.empty((0, 2))
    for k in np.flatnonzero(np.abs(np.diff(points[:, 0])) > SEAM_LON_DEG):
        (lon_a, lat_a), (lon_b, lat_b) = points[k], points[k + 1]
        side = np.copysign(SEAM_LON_DEG, lon_a)
        turn = lon_b + 2.0 * side - lon_a
        share = (side - lon_a) / turn if turn else 0.0
        lat = lat_a + share * (lat_b - lat_a)
        yield np.vstack([entry, points[start : k + 1], [[side, lat]]])
        start, entry = int(k) + 1, np.array([[-side, lat]])
    yield np.vstack([entry, points[start:]])


def kept_runs(points: Floats, keep: Bools) -> Iterator[Floats]:
    """Yield the stretches of a line whose points are all kept, of two points or more."""
    kept = np.flatnonzero(keep)
    for run in np.split(kept, np.flatnonzero(np.diff(kept) > 1) + 1):
        if len(run) > 1:
            yield points[run]


def degrees_text(degrees: float, positive: str, negative: str) -> str:
    """Write a latitude or longitude with its side."""
    rounded = round(degrees, 2)
    side = "" if rounded in (0.0, 180.0, -180.0) else f" {positive if rounded > 0 else negative}"
    return f"{abs(rounded):g}°{side}"


def _onto_seam(shapes: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Move vertices a hair from +-180 degrees or a pole onto it, so that no gap shows there."""

    def moved(points: Floats) -> Floats:
        edge = np.array([SEAM_LON_DEG, 90.0])
        return np.where(np.abs(points) > edge - SEAM_WIDTH_DEG, np.copysign(edge, points), points)

    return np.asarray(shapely.transform(shapes.geometry.to_numpy(), moved))


def _turned(shapes: NDArray[np.object_], lon_0_deg: float) -> NDArray[np.object_]:
    """Shift shapes to degrees from a meridian, cut half a turn from it and joined at 180 degrees."""
    if not lon_0_deg:
        return shapes
    window = shapely.box(-SEAM_LON_DEG, -90.0, SEAM_LON_DEG, 90.0)
    parts = []
    for turn in (-360.0, 0.0, 360.0):
        moved = shapely.transform(shapes, partial(np.add, (turn - lon_0_deg, 0.0)))
        bounds = shapely.bounds(moved)
        inside = (bounds[:, 2] > -SEAM_LON_DEG) & (bounds[:, 0] < SEAM_LON_DEG)
        cut = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
        cut[inside] = [_areas_of(shape) for shape in shapely.intersection(moved[inside], window)]
        parts.append(cut)
    filled = np.stack([~shapely.is_empty(part) for part in parts])
    joined = np.choose(filled.argmax(axis=0), parts)
    both = filled.sum(axis=0) > 1
    joined[both] = [shapely.union_all([part[k] for part in parts]) for k in np.flatnonzero(both)]
    return joined


def _areas_of(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Keep the polygons of a shape; points and lines are left where it only touches the view."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.MultiPolygon([part for part in parts if isinstance(part, shapely.Polygon)])


def _joined(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Join the parts of a projected shape that touch."""
    sound = shapely.make_valid(shapely.set_precision(shape, JOIN_GRID_M, mode="pointwise"))
    return _areas_of(shapely.union_all(shapely.get_parts(_areas_of(sound)), grid_size=JOIN_GRID_M))


@cache
def transformer(crs: str) -> Transformer:
    """Return what projects degrees into a projection's metres."""
    return Transformer.from_crs(4326, crs, always_xy=True)
