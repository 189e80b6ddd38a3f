"""A small map as inline SVG: land, places as circles, hubs as crosses; a few kilobytes, for the card of a notebook."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import shapely
from markupsafe import escape

from siting.errors import printable
from siting.show.cartography.projection import WORLD
from siting.study.map_data import ground_of
from siting.units import Floats, Ints

M_PER_UNIT = 10_000.0
"""Length of a unit of the drawing: tens of kilometres, so that integers are exact enough."""
COARSE_DEG, SMALLEST_DEG2 = 0.6, 2.0
"""Error of the coast, and the smallest island that is drawn (our choice: the map is as wide as a column of text)."""
WIDTH_PX, HEIGHT_PX = 560, 280
LEAST_WIDTH_KM = 4000.0
MARGIN = 0.12
"""Least width of the region, and the room around the places as a share of it."""
MOST_NAMES = 8
FONT_PX, WIDTH_OF_A_LETTER = 11.0, 0.56


@dataclass(frozen=True)
class Marks:
    """Places on a small map.

    Attributes
    ----------
    points : pandas.DataFrame
        `name`, `lon`, `lat` [degree], and `words` for the tooltip.
    radius_px : float or numpy.ndarray
        Size of the circles.
    fill : str
        Colour; `none` for hollow ones.
    named : bool
        Whether the first of them, those with room, carry their names.
    cross : bool
        Whether they are crosses.
    """

    points: pd.DataFrame
    radius_px: float | Floats = 2.0
    fill: str = "none"
    named: bool = False
    cross: bool = False


def small_map(*layers: Marks, label: str) -> str:
    """Return places on the land around them as an `svg` element.

    Parameters
    ----------
    *layers : Marks
        What is drawn, from below; the view fits all of it.
    label : str
        The map in words, for a screen reader.

    Examples
    --------
    >>> places = pd.DataFrame({"name": ["Luleå"], "lon": [22.15], "lat": [65.58]})
    >>> small_map(Marks(places, fill="#0b4f8a", named=True), label="one place")[:4]
    '<svg'
    """
    placed = [_units(m.points) for m in layers]
    left, top, wide, high = _view(np.concatenate(placed))
    per_px, taken = wide / WIDTH_PX, list[tuple[float, float, float, float]]()
    drawn = [
        text for marks, xy in zip(layers, placed, strict=True) for text in _drawn(marks, xy, per_px, taken, left + wide)
    ]
    return (
        f'<svg viewBox="{left:.0f} {top:.0f} {wide:.0f} {high:.0f}" width="{WIDTH_PX}" height="{HEIGHT_PX}" role="img" '
        f'aria-label="{escape(printable(label))}" style="max-width:100%;height:auto;background:#eef3f6">'
        f'<path d="{_land()}" fill="#d9d8d2" stroke="#fff" stroke-width="{0.5 * per_px:.2f}"/>{"".join(drawn)}</svg>'
    )


def _units(points: pd.DataFrame) -> Floats:
    xy = WORLD.to_map(points["lon"], points["lat"]) / M_PER_UNIT
    return np.asarray(xy * [1.0, -1.0])


@cache
def _land() -> str:
    """Return the land as a path, with borders of grid zones."""
    zones = ground_of().zones.geometry.to_numpy()
    parts = shapely.get_parts(shapely.simplify(zones, COARSE_DEG))
    kept = parts[shapely.area(parts) >= SMALLEST_DEG2]
    rings = (shapely.get_coordinates(shapely.get_exterior_ring(part)) for part in kept)
    drawn = (WORLD.to_map(*ring.T)[:-1] * [1.0, -1.0] / M_PER_UNIT for ring in rings)
    return "".join(_path(ring.round().astype(int)) for ring in drawn)


def _path(ring: Ints) -> str:
    """Return a ring as a path: its first point, and the steps to the others, which are short to write."""
    steps = np.diff(ring, axis=0)
    return f"M{ring[0, 0]},{ring[0, 1]}l" + " ".join(f"{x},{y}" for x, y in steps[steps.any(axis=1)]) + "z"


def _view(xy: Floats) -> tuple[float, float, float, float]:
    """Return left, top, width and height of the region that holds all points, as wide as the drawing is."""
    shown = xy if len(xy) else WORLD.outline() / M_PER_UNIT
    low, high = shown.min(axis=0), shown.max(axis=0)
    aspect = WIDTH_PX / HEIGHT_PX
    least = LEAST_WIDTH_KM * 1e3 / M_PER_UNIT
    wide = max(*(((high - low) * [1.0, aspect]) * (1 + 2 * MARGIN)), least)
    middle = (low + high) / 2
    return float(middle[0] - wide / 2), float(middle[1] - wide / aspect / 2), float(wide), float(wide / aspect)


def _drawn(
    marks: Marks, xy: Floats, per_px: float, taken: list[tuple[float, float, float, float]], right: float
) -> Iterator[str]:
    """Yield the marks of one layer, and the names for which there is room."""
    radii = np.broadcast_to(np.asarray(marks.radius_px, dtype=float), len(xy)) * per_px
    words = marks.points.get("words", marks.points["name"])
    thin = f'stroke-width="{per_px:.2f}"'
    for (x, y), r, text in zip(xy, radii, words, strict=True):
        title = f"<title>{escape(printable(str(text)))}</title>"
        if marks.cross:
            cross = f"M{x - r:.1f},{y:.1f}h{2 * r:.1f}M{x:.1f},{y - r:.1f}v{2 * r:.1f}"
            yield f'<path d="{cross}" stroke="#4d5961" {thin} fill="none">{title}</path>'
        else:
            edge = "#fff" if marks.fill != "none" else "#8a949b"
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{marks.fill}" stroke="{edge}" {thin}>{title}</circle>'
    if not marks.named:
        return
    size = FONT_PX * per_px
    for (x, y), r, name in list(zip(xy, radii, marks.points["name"], strict=True))[:MOST_NAMES]:
        long = WIDTH_OF_A_LETTER * size * len(str(name))
        start = x + r + 0.3 * size if x + r + long < right else x - r - 0.3 * size - long
        box = (start, y - 0.5 * size, start + long, y + 0.5 * size)
        if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            continue
        taken.append(box)
        yield (
            f'<text x="{start:.1f}" y="{y + 0.35 * size:.1f}" font-size="{size:.1f}" fill="#1c2429" stroke="#fff" '
            f'stroke-width="{0.25 * size:.1f}" paint-order="stroke" font-family="sans-serif">{escape(printable(str(name)))}</text>'
        )
