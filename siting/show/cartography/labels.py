"""Names on a map, placed so that none covers another, a mark or the edge; one that is away from its mark has a line to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import geopandas as gpd
import numpy as np
import shapely
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.text import Text

from siting.errors import printable
from siting.show.cartography.map_layout import HUB_PT2, INK, SOFT_INK
from siting.show.cartography.own_style import drawable
from siting.units import Bools, Floats

LABEL_PT = 7.0
MOST_LABELS = 40
POINTS_PER_INCH = 72.0
GAP_EM, LEADER_EM, PAD_EM = 0.25, 0.9, 0.15
"""Distance of a name from its mark, the distance from which on a line joins them, and the room around a name."""
DISTANCES_EM = (GAP_EM, 0.6, 1.2, 2.0, 3.0, 4.2, 5.6, 7.2, 9.0, 11.0, 13.5)
"""Distances from a mark that are tried, the nearest first."""
FAR_EM = DISTANCES_EM[-1]
DIRECTIONS_DEG = (0, 180, 45, -45, 135, -135, 90, -90, 22, -22, 158, -158, 67, -67, 113, -113)
"""Directions from a mark that are tried, the best first: right and left of it a name is read with its mark."""
COVERED_EM = 0.8
"""What covering a hub or a small mark counts, as distance."""


def draw_site_labels(
    ax: Axes,
    sites: gpd.GeoDataFrame,
    points: Floats,
    *,
    sizes_pt2: Floats,
    hubs: Floats,
    edge: Floats,
    scale: float,
    reach_em: float = FAR_EM,
) -> set[str]:
    """Write name and MW beside each site where there is room; at most 40, the first that are given.

    Several orders of placing are tried; the one with most sites, then most power, then the shortest distances is kept.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes whose limits are final.
    sites : geopandas.GeoDataFrame
        Columns `id`, `name`, `it_mw`; a site without power, NaN, is named without it, softly, and after the others.
        A column `label` is written in place of name and power.
    points : numpy.ndarray
        (n, 2) map coordinates of the sites [m].
    sizes_pt2 : numpy.ndarray
        Areas of the sites' marks [pt2], which no name covers.
    hubs : numpy.ndarray
        (m, 2) map coordinates of marks that a name covers only where there is no better place [m].
    edge : numpy.ndarray
        (k, 2) the outline of the map, which no name crosses [m].
    scale : float
        Size of the text against that of an A4 sheet.
    reach_em : float
        Largest distance of a name from its site [heights of the text].

    Returns
    -------
    set of str
        The sites that found room, by id.
    """
    named = sites.iloc[:MOST_LABELS]
    if named.empty:
        return set()
    power = named["it_mw"].to_numpy(float)
    words = named["label"] if "label" in named else map(_words, named["name"], named["id"], power)
    texts = [
        ax.text(
            0.0, 0.0, label, fontsize=LABEL_PT * scale, color=INK if np.isfinite(mw) else SOFT_INK, ha="left",
            va="bottom", zorder=10, gid="name", path_effects=[patheffects.withStroke(linewidth=1.6 * scale, foreground="white")],
        )
        for label, mw in zip(words, power, strict=True)
    ]  # fmt: skip
    room = _Room.of(ax, points, sizes_pt2, hubs, edge, texts, LABEL_PT * scale, reach_em)
    trials = [room.filled(order) for order in _orders(room.marks[: len(named)], power)]
    best = min(trials, key=lambda trial: _badness(trial, power))
    for k, text in enumerate(texts):
        if k in best:
            _put(ax, text, best[k], scale)
        else:
            text.remove()
    return {str(site) for k, site in enumerate(named["id"]) if k in best}


@dataclass(frozen=True, slots=True)
class _Place:
    """A place for a name: its box (left, bottom, right, top) [px], the distance from its mark, and the end of its line."""

    box: Floats
    cost_px: float
    line: shapely.LineString | None


@dataclass(frozen=True, slots=True)
class _Room:
    """What names must keep clear of [px]: marks, their radii, small marks, the outline; and the names' sizes."""

    marks: Floats
    radii: Floats
    small: Floats
    outline: shapely.Geometry
    sizes: Floats
    em: float
    reach_em: float

    @staticmethod
    def of(
        ax: Axes, points: Floats, sizes_pt2: Floats, small: Floats, edge: Floats, texts: Sequence[Text], size_pt: float, reach_em: float
    ) -> "_Room":  # fmt: skip
        """Measure the names and bring all to pixels."""
        em = size_pt * ax.figure.dpi / POINTS_PER_INCH
        radii = 0.5 * np.sqrt(sizes_pt2) * ax.figure.dpi / POINTS_PER_INCH
        boxes = [text.get_window_extent() for text in texts]
        shape = shapely.make_valid(shapely.Polygon(ax.transData.transform(edge)))
        frame = shapely.box(*ax.bbox.extents)
        shapely.prepare(inside := shape.intersection(frame))
        sizes = np.array([(box.width, box.height) for box in boxes])
        return _Room(
            ax.transData.transform(points), radii, ax.transData.transform(small) if len(small) else small, inside, sizes,
            em, reach_em,
        )  # fmt: skip

    def filled(self, order: Sequence[int]) -> dict[int, _Place]:
        """Return a place for each name that finds one, in the order given."""
        taken: dict[int, _Place] = {}
        for k in order:
            found = self._best(k, list(taken.values()))
            if found is not None:
                taken[k] = found
        return taken

    def _best(self, k: int, taken: list[_Place]) -> _Place | None:
        """Return the nearest free place for a name, hubs and small marks covered counted as distance."""
        boxes, away = self._candidates(k)
        pad = PAD_EM * self.em
        ok: Bools = shapely.contains(self.outline, shapely.box(*(boxes + np.array([-pad, -pad, pad, pad])).T))
        gaps = _gaps(boxes, self.marks) - self.radii
        others = np.delete(gaps, k, axis=1).min(axis=1, initial=np.inf)
        ok &= others > pad
        ok &= (away >= LEADER_EM * self.em) | (others >= gaps[:, k])  # without a line, the nearest mark is its own
        for place in taken:
            ok &= ~_overlap(boxes, place.box, 2 * pad)
        cost = away + COVERED_EM * self.em * (_gaps(boxes, self.small) < HUB_RADIUS_EM * self.em).sum(axis=1)
        for j in np.argsort(np.where(ok, cost, np.inf), kind="stable"):
            if not ok[j]:
                return None
            line = self._line(k, boxes[j]) if away[j] >= LEADER_EM * self.em else None
            if self._is_clear(k, boxes[j], line, taken):
                return _Place(boxes[j], float(cost[j]), line)
        return None

    def _candidates(self, k: int) -> tuple[Floats, Floats]:
        """Return boxes around a mark, and their distance from it [px]."""
        (x, y), (wide, high) = self.marks[k], self.sizes[k]
        boxes, away = [], []
        for (i, em), degrees in product(enumerate(DISTANCES_EM), DIRECTIONS_DEG):
            if em > self.reach_em and i:
                continue
            right, up = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
            reach = self.radii[k] + em * self.em
            left = x + reach * right + wide * (-0.5 if abs(right) < 0.4 else 0.0 if right > 0 else -1.0)
            low = y + reach * up + high * (-0.5 if abs(up) < 0.4 else 0.0 if up > 0 else -1.0)
            boxes.append((left, low, left + wide, low + high))
            away.append(em * self.em)
        return np.array(boxes), np.array(away)

    def _line(self, k: int, box: Floats) -> shapely.LineString:
        """Return the line from the middle of a mark to the nearest point of its name."""
        return shapely.LineString([self.marks[k], np.clip(self.marks[k], box[:2], box[2:])])

    def _is_clear(self, k: int, box: Floats, line: shapely.LineString | None, taken: list[_Place]) -> bool:
        """Return whether neither the name nor its line meets another line, name or mark."""
        drawn = shapely.box(*box)
        if any(p.line is not None and p.line.intersects(drawn) for p in taken):
            return False
        if line is None:
            return True
        if any(line.intersects(shapely.box(*p.box)) or (p.line is not None and p.line.intersects(line)) for p in taken):
            return False
        away = shapely.distance(line, shapely.points(self.marks))
        apart = np.hypot(*(self.marks - self.marks[k]).T)
        reached = (away < 0.6 * self.radii) & (
            apart > 0.35 * self.radii
        )  # one on the same spot cannot be kept clear of
        return not np.delete(reached, k).any()


HUB_RADIUS_EM = 0.5 * np.sqrt(HUB_PT2) / LABEL_PT


def _gaps(boxes: Floats, points: Floats) -> Floats:
    """Return how far each point is from each box."""
    if not len(points):
        return np.empty((len(boxes), 0))
    x = np.maximum(np.maximum(boxes[:, [0]] - points[:, 0], points[:, 0] - boxes[:, [2]]), 0.0)
    y = np.maximum(np.maximum(boxes[:, [1]] - points[:, 1], points[:, 1] - boxes[:, [3]]), 0.0)
    return np.hypot(x, y)


def _overlap(boxes: Floats, other: Floats, pad: float) -> Bools:
    """Return which boxes come nearer to another one than `pad`."""
    apart = (boxes[:, 0] > other[2] + pad) | (boxes[:, 2] < other[0] - pad)
    return np.asarray(~(apart | (boxes[:, 1] > other[3] + pad) | (boxes[:, 3] < other[1] - pad)))


def _orders(at: Floats, power: Floats) -> list[list[int]]:
    """Return orders in which names may be placed: as given, and from each side; those with power before the others."""
    x, y = at.T
    keys = (np.arange(len(at)), -y, y, x, -x)
    orders = [[int(k) for k in np.lexsort((key, np.isnan(power)))] for key in keys]
    return orders if len(at) > 1 else orders[:1]


def _badness(trial: dict[int, _Place], power: Floats) -> tuple[int, float, int, float]:
    """Few names with power are worse, then little power named, then few names, then names far from their marks."""
    mw = power[list(trial)]
    named = int(np.isfinite(mw).sum())
    return -named, -round(float(np.nansum(mw)), 3), -len(trial), sum(place.cost_px for place in trial.values())


def _put(ax: Axes, text: Text, place: _Place, scale: float) -> None:
    """Move a name to its place, and draw the line to its mark."""
    back = ax.transData.inverted()
    left, low = back.transform(place.box[:2])
    text.set_position((float(left), float(low)))
    if place.line is not None:
        ends = back.transform(shapely.get_coordinates(place.line))
        ax.plot(
            *ends.T, color=INK, linewidth=0.6 * scale, zorder=9.5, gid="leader", solid_capstyle="round",
            path_effects=[patheffects.withStroke(linewidth=1.4 * scale, foreground="white")],
        )  # fmt: skip


def name_of(name: object, site: object) -> str:
    """Return the name of a site, or its id where the font lacks a letter of the name."""
    return drawable(printable(str(name)), str(site))


def _words(name: object, site: object, it_mw: float) -> str:
    """Return the name of a site and its power."""
    return f"{name_of(name, site)} {it_mw:,.0f} MW" if np.isfinite(it_mw) else name_of(name, site)
