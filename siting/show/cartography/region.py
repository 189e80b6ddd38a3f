"""Maps of a part of the world in equal area: the frame, its graticule, and a box of degrees."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from matplotlib.patches import Rectangle as Mark
from numpy.typing import ArrayLike

from siting.errors import SitingError
from siting.show.cartography.map_layout import INK, SMALL_TEXT_PT, text_scale
from siting.show.cartography.projection import (
    SEAM_LON_DEG,
    WIDE_ASPECT,
    View,
    degrees_text,
    kept_runs,
    transformer,
    turned_lon,
)
from siting.units import Bools, Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


SMALLEST_DEG = 0.5
"""A box below half a degree would show coasts that are drawn at 1:50 million."""

HALF_DEG = 180.0
LIMB_DEG = 80.0
"""Farthest corner of a box in the azimuthal map [degrees from the middle]; a larger one is shown in Equal Earth."""

FAN_DEG = 60.0
"""North of this meridians are named on the southern edge."""

NEAR = 0.1
"""Cosine of the distance from the middle beyond which lines are not drawn: about 84 degrees."""

STEPS_DEG = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 45.0, 90.0)
WIDEST_STEP_DEG = 30.0
MOST_LINES = 7.0
NAMES_APART = 0.07
"""Least distance between labels of the graticule, as a share of the frame."""

DOTS = 2200.0
"""Dots across a sheet of A4 at 200 dpi."""

EARTH_M = 6_371_007.2
"""Radius of the sphere of the same area as WGS84."""
LIMB_M = 2.0 * EARTH_M * np.sin(np.arccos(NEAR) / 2.0)
"""Distance from the middle of the map to the edge of what is drawn [m]."""
BEYOND = 0.03
"""Land is cut this much beyond the edge, as a cosine, so that no gap shows there."""


@dataclass(frozen=True, slots=True)
class RegionView(View):
    """A part of the world in Lambert's azimuthal equal area around its own middle; the frame is a rectangle.

    Attributes
    ----------
    lat_0_deg : float
        Latitude of the middle.
    frame_m : tuple of float
        West, south, east and north of the rectangle, in map coordinates [m].
    box_deg : tuple of float
        What the rectangle shows: west, south, east and north, longitudes from the middle meridian [degrees].
    """

    lat_0_deg: float = 0.0
    frame_m: tuple[float, float, float, float] = field(default=(0.0, 0.0, 0.0, 0.0))
    box_deg: tuple[float, float, float, float] = field(default=(0.0, 0.0, 0.0, 0.0))

    @property
    def crs(self) -> str:
        """Definition of the projection for pyproj."""
        return f"+proj=laea +lat_0={self.lat_0_deg:.6f} +lon_0={self.lon_0_deg:.6f} +datum=WGS84 +units=m"

    def turned_to_map(self, lon: ArrayLike, lat: ArrayLike) -> Floats:
        """Project points whose longitudes are degrees from the middle meridian."""
        return View.turned_to_map(self, np.asarray(lon, float) + self.lon_0_deg, lat)

    @property
    def width_m(self) -> float:
        """Width of the frame [m]."""
        return self.frame_m[2] - self.frame_m[0]

    @property
    def detail_m(self) -> float:
        """Largest error of a drawn line [m]: half a dot of the print."""
        return self.width_m / DOTS / 2.0

    @property
    def around_a_pole(self) -> bool:
        """Whether the frame holds a pole, so that it shows all longitudes."""
        return self.box_deg[2] - self.box_deg[0] >= 2 * SEAM_LON_DEG

    @property
    def beside(self) -> bool:
        """Whether the caption is beside the map."""
        return self.width_m < WIDE_ASPECT * (self.frame_m[3] - self.frame_m[1])

    def placed(self, frame_m: tuple[float, float, float, float]) -> "RegionView":
        """Return the same map with another frame [m]."""
        return replace(self, frame_m=frame_m, box_deg=_shown_by(self, frame_m))

    def shows(self, lon: ArrayLike, lat: ArrayLike) -> Bools:
        """Return which places [degrees] are within the frame."""
        near = self._near(np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float)))
        points = self.to_map(lon, lat)
        west, south, east, north = self.frame_m
        inside = (points[:, 0] >= west) & (points[:, 0] <= east) & (points[:, 1] >= south) & (points[:, 1] <= north)
        return np.asarray(inside & near)

    def lines(self, lon: ArrayLike, lat: ArrayLike) -> list[Floats]:
        """Project one line of close points, cut at the far side of the globe; the frame clips the rest."""
        points = np.column_stack([np.asarray(lon, float), np.asarray(lat, float)])
        return [self.to_map(*run.T) for run in kept_runs(points, self._near(*points.T))]

    def outline(self) -> Floats:
        """Return the frame, its corners rounded by the edge of the globe, as a closed line of map coordinates [m]."""
        west, south, east, north = self.frame_m
        frame = np.array([(west, south), (east, south), (east, north), (west, north), (west, south)])
        if np.hypot(*frame.T).max() <= LIMB_M:
            return frame
        globe = shapely.Point(0.0, 0.0).buffer(LIMB_M, quad_segs=90)
        return shapely.get_coordinates(shapely.box(*self.frame_m).intersection(globe))

    def graticule(self) -> list[Floats]:
        """Return parallels and meridians, at round steps."""
        return [self.to_map(*line.T) for line, _, _ in self._graticule()]

    def graticule_labels(self) -> list[tuple[float, float, str, bool]]:
        """Return where parallels meet the western edge of the frame, and meridians the one away from the pole, with their names."""
        west, south, east, north = self.frame_m
        spread = south if self.lat_0_deg > FAN_DEG else north  # meridians crowd towards the pole
        edges = {
            True: shapely.LineString([(west, south), (west, north)]),
            False: shapely.LineString([(west, spread), (east, spread)]),
        }
        found: list[tuple[float, float, str, bool]] = []
        taken: dict[bool, list[float]] = {True: [], False: []}
        for line, text, on_parallel in self._graticule():
            met = shapely.intersection(shapely.LineString(self.to_map(*line.T)), edges[on_parallel])
            for point in shapely.get_parts(met):
                if not isinstance(point, shapely.Point) or point.is_empty or np.hypot(point.x, point.y) > LIMB_M:
                    continue
                at = point.y if on_parallel else point.x
                if all(abs(at - other) > NAMES_APART * self.width_m for other in taken[on_parallel]):
                    taken[on_parallel].append(at)
                    lon, lat = self.from_map(np.array([[point.x, point.y]]))[0]
                    found.append((float(lon), float(lat), text, on_parallel))
        return found

    def _graticule(self) -> list[tuple[Floats, str, bool]]:
        """Return each line as points [degrees], its name, and whether it is a parallel."""
        west, south, east, north = self.box_deg
        step, lon_step = _step(north - south), min(_step(east - west), WIDEST_STEP_DEG)
        along_lon, along_lat = np.linspace(west, east, 181) + self.lon_0_deg, np.linspace(south, north, 181)
        parallels = np.arange(np.ceil(south / step), np.floor(north / step) + 1) * step
        lines = [
            (np.column_stack([along_lon, np.full(181, lat)]), degrees_text(lat, "N", "S"), True)
            for lat in parallels
            if abs(lat) < 90
        ]
        first, last = west + self.lon_0_deg, east + self.lon_0_deg
        for lon in np.arange(np.ceil(first / lon_step), np.floor(last / lon_step) + 1) * lon_step:
            name = degrees_text(float(turned_lon(np.array(lon), 1e-12)), "E", "W")
            lines.append((np.column_stack([np.full(181, lon), along_lat]), name, False))
        return lines

    def _near(self, lon: Floats, lat: Floats) -> Bools:
        """Return which places are on the near side of the globe."""
        return np.asarray(angles_deg(lon, lat, self.lon_0_deg, self.lat_0_deg) < np.degrees(np.arccos(NEAR)))

    def from_map(self, points: Floats) -> Floats:
        """Return longitudes and latitudes [degrees] of map coordinates [m]."""
        return np.column_stack(transformer(self.crs).transform(points[:, 0], points[:, 1], direction="INVERSE"))

    def _drawn_box(self) -> shapely.Geometry:
        """Return the box of degrees without the far side of the globe, which the projection would turn inside out."""
        lon = np.linspace(-SEAM_LON_DEG, SEAM_LON_DEG, 721)
        up, along = np.sin(np.radians(self.lat_0_deg)), np.cos(np.radians(self.lat_0_deg)) * np.cos(np.radians(lon))
        middle, length = np.degrees(np.arctan2(up, along)), np.hypot(up, along)
        reach = np.degrees(np.arccos(np.minimum((NEAR - BEYOND) / length, 1.0)))
        low, top = np.maximum(middle - reach, -90.0), np.minimum(middle + reach, 90.0)
        seen = low < top
        rim = [*zip(lon[seen], low[seen], strict=True), *zip(lon[seen][::-1], top[seen][::-1], strict=True)]
        return shapely.make_valid(shapely.Polygon(rim)).intersection(shapely.box(*self.box_deg))


def region(west: float, south: float, east: float, north: float, name: str = "region") -> View:
    """Return the map of a box of degrees.

    Parameters
    ----------
    west, south, east, north : float
        Edges of the box [degrees]; where `west` is greater than `east` it crosses 180 degrees.
    name : str, optional
        Its name in `siting map`.

    Returns
    -------
    View
        A rectangle that holds the box, in Lambert's azimuthal equal area; of a box too large for it, the box in Equal Earth.

    Raises
    ------
    SitingError
        The box is upside down, not on the globe, or below half a degree.

    Examples
    --------
    >>> region(170.0, -50.0, -170.0, -30.0).lon_0_deg
    180.0
    """
    wide = east - west if east > west else (east - west) % 360.0
    faults = []
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= 90 and -90 <= north <= 90):
        faults.append("longitudes go from -180 to 180, latitudes from -90 to 90")
    if not south < north:
        faults.append("south must lie below north")
    if not (wide >= SMALLEST_DEG and north - south >= SMALLEST_DEG):
        faults.append(f"a box is at least {SMALLEST_DEG:g} degrees wide and high")
    if faults:
        raise SitingError(f"map view {west:g},{south:g},{east:g},{north:g} is not a box: {'; '.join(faults)}")
    middle = (west + wide / 2 + 180.0) % 360.0 - 180.0
    lon_0 = 180.0 if middle == -180.0 else middle
    rim = _rim(west, south, west + wide, north)
    for lat_0 in ((south + north) / 2,) if wide <= HALF_DEG else (90.0, -90.0):
        if angles_deg(rim[:, 0], rim[:, 1], lon_0, lat_0).max() <= LIMB_DEG:
            view = azimuthal(lon_0, lat_0, name)
            points = view.to_map(rim[:, 0], rim[:, 1])
            return view.placed((*points.min(axis=0).tolist(), *points.max(axis=0).tolist()))
    title = f"Equal Earth around {degrees_text(round(lon_0, 1), 'E', 'W')}"
    return View(name, None, title, south, north, polar=False, lon_0_deg=lon_0, half_lon_deg=wide / 2)


def azimuthal(lon_0_deg: float, lat_0_deg: float, name: str) -> RegionView:
    """Return Lambert's azimuthal equal area around a place, its frame still to be placed.

    Examples
    --------
    >>> azimuthal(-40.0, 52.5, "fit").projection
    'Lambert azimuthal equal area around 52.5° N, 40° W'
    """
    around = f"{degrees_text(round(lat_0_deg, 1), 'N', 'S')}, {degrees_text(round(lon_0_deg, 1), 'E', 'W')}"
    title = f"Lambert azimuthal equal area around {around}"
    return RegionView(name, None, title, -90.0, 90.0, polar=False, lon_0_deg=lon_0_deg, lat_0_deg=lat_0_deg)


def angles_deg(lon: Floats, lat: Floats, lon_0_deg: float, lat_0_deg: float) -> Floats:
    """Return how far places are from the middle of a map [degrees]."""
    phi, phi_0, turn = np.radians(lat), np.radians(lat_0_deg), np.radians(lon - lon_0_deg)
    cosine = np.sin(phi) * np.sin(phi_0) + np.cos(phi) * np.cos(phi_0) * np.cos(turn)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def draw_scale_bar(ax: "Axes", view: RegionView, marks: Floats) -> None:
    """Draw a bar of round length in a corner of a region that no mark needs.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes in the view's map coordinates.
    view : RegionView
        The region.
    marks : numpy.ndarray
        (n, 2) map coordinates of the marks not to cover [m].
    """
    power = 10.0 ** np.floor(np.log10(view.width_m / 4.0))
    length_m = max(step * power for step in (1.0, 2.0, 5.0) if step * power <= view.width_m / 4.0)
    left, bottom = _free_corner(view, marks, length_m)
    high = 0.006 * view.width_m
    for k, colour in enumerate((INK, "#ffffff")):
        place = (left + k * length_m / 2, bottom)
        ax.add_patch(Mark(place, length_m / 2, high, facecolor=colour, edgecolor=INK, linewidth=0.6, zorder=10))
    ax.text(
        left + length_m / 2, bottom + 1.6 * high, f"{length_m / 1000:,.4g} km", fontsize=SMALL_TEXT_PT * text_scale(ax), ha="center",
        va="bottom", color=INK, zorder=10, bbox={"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.8},
    )  # fmt: skip


def _free_corner(view: RegionView, marks: Floats, length_m: float) -> tuple[float, float]:
    """Return where the bar begins: in the first corner, from the south-west on, whose surroundings are free."""
    west, south, east, north = view.frame_m
    room, high = 0.03 * view.width_m, 0.05 * view.width_m
    corners = [(x, y) for y in (south + room, north - high) for x in (west + room, east - room - length_m)]
    for x, y in corners:
        near = (np.abs(marks[:, 0] - x - length_m / 2) < 0.8 * length_m) & (np.abs(marks[:, 1] - y) < 1.5 * high)
        if not near.any():
            return x, y
    return corners[0]


def _rim(west: float, south: float, east: float, north: float, n: int = 61) -> Floats:
    """Return the rim of a box as close points."""
    x, y = np.linspace(west, east, n), np.linspace(south, north, n)
    sides = [(x, np.full(n, south)), (np.full(n, east), y), (x, np.full(n, north)), (np.full(n, west), y)]
    return np.vstack([np.column_stack(side) for side in sides])


def _shown_by(view: RegionView, frame: tuple[float, ...]) -> tuple[float, float, float, float]:
    """Return the box of degrees that a frame shows, with a hair of room; a pole inside it takes all longitudes."""
    west, south, east, north = frame
    x, y = (g.ravel() for g in np.meshgrid(np.linspace(west, east, 61), np.linspace(south, north, 61)))
    places = view.from_map(np.column_stack([x, y]))
    places = places[np.isfinite(places).all(axis=1)]  # at the pole itself a longitude is undefined
    lon, lat = turned_lon(places[:, 0], view.lon_0_deg or 1e-12), places[:, 1]
    poles = [
        pole for pole in (-90.0, 90.0) if view._near(np.zeros(1), np.array([pole]))[0] and _holds(view, frame, pole)
    ]
    low, top = min([float(lat.min()) - 0.5, *poles]), max([float(lat.max()) + 0.5, *poles])
    left, right = max(float(lon.min()) - 0.5, -SEAM_LON_DEG), min(float(lon.max()) + 0.5, SEAM_LON_DEG)
    if poles:
        left, right = -SEAM_LON_DEG, SEAM_LON_DEG
    return left, max(low, -90.0), right, min(top, 90.0)


def _holds(view: RegionView, frame: tuple[float, ...], pole_deg: float) -> bool:
    x, y = view.to_map(0.0, pole_deg)[0]
    return bool(frame[0] <= x <= frame[2] and frame[1] <= y <= frame[3])


def _step(span_deg: float) -> float:
    """Return the round step that draws a handful of lines over a span [degrees]."""
    return next((step for step in STEPS_DEG if span_deg / step <= MOST_LINES), STEPS_DEG[-1])
