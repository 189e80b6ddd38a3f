"""Names of sites on a map, placed so that none covers another, a site or a hub."""

from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO

import geopandas as gpd
import numpy as np
import shapely
import textalloc
from matplotlib import patheffects
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.text import Text

from siting.errors import printable
from siting.show.cartography.map_layout import HUB_PT2, INK, SOFT_INK
from siting.show.cartography.own_style import drawable

LABEL_PT = 7.0
MOST_LABELS = 40
POINTS_PER_INCH = 72.0
NEAR_EM, CLEARLY = 0.8, 3.0
"""A name farther than `NEAR_EM` from its mark and `CLEARLY` times nearer to another mark is omitted."""


def draw_site_labels(
    ax: Axes,
    sites: gpd.GeoDataFrame,
    points: np.ndarray,
    *,
    sizes_pt2: np.ndarray,
    hubs: np.ndarray,
    edge: np.ndarray,
    scale: float,
    reach: float,
) -> set[str]:
    """Write name and MW beside each site where there is room; at most 40, the first that are given.

    Several orders of placing are tried; the one with most sites, then most power, then the shortest distances is kept.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes whose limits are final.
    sites : geopandas.GeoDataFrame
        Columns `id`, `name`, `it_mw`.
    points : numpy.ndarray
        (n, 2) map coordinates of the sites [m].
    sizes_pt2 : numpy.ndarray
        Areas of the sites' marks [pt2], which no name covers.
    hubs : numpy.ndarray
        (m, 2) map coordinates of other marks not to cover [m].
    edge : numpy.ndarray
        (k, 2) the outline of the map, which no name crosses [m].
    scale : float
        Size of the text against that of an A4 sheet.
    reach : float
        Largest distance of a name from its site, as a share of the axes.

    Returns
    -------
    set of str
        The sites that found room, by id.
    """
    first = sites.iloc[:MOST_LABELS]
    if first.empty:
        return set()
    marks = np.vstack([points, hubs])
    radii_px = 0.5 * np.sqrt(np.concatenate([sizes_pt2, np.full(len(hubs), HUB_PT2)])) * ax.figure.dpi / POINTS_PER_INCH
    trials: list[_Trial] = []
    for order in _orders(points[: len(first)]):
        kept = _placed(ax, first, order, marks, radii_px, edge, scale=scale, reach=reach)
        for earlier in trials:  # one arrangement stays drawn: the better one
            (worse := max(kept, earlier, key=_Trial.badness)).remove()
            kept = earlier if worse is kept else kept
        trials = [kept]
    return trials[0].named


@dataclass(frozen=True, slots=True)
class _Trial:
    """One arrangement of the names: sites named, their power, and the distance of the names."""

    named: set[str]
    named_mw: float
    away_px: float
    artists: tuple[Artist, ...]

    def badness(self) -> tuple[int, float, float]:
        """Few names are worse, then little power named, then names far from their marks."""
        return -len(self.named), -round(self.named_mw, 3), self.away_px

    def remove(self) -> None:
        """Take the names off the map again."""
        for artist in self.artists:
            artist.remove()


def _orders(points: np.ndarray) -> list[np.ndarray]:
    """Return orders in which names may be placed: as given, and from each side, as the first to come has most room."""
    x, y = points.T
    orders = [np.arange(len(points)), *(np.argsort(k, kind="stable") for k in (-y, y, x, -x))]
    return orders if len(points) > 1 else orders[:1]


def _placed(
    ax: Axes, sites: gpd.GeoDataFrame, order: np.ndarray, marks: np.ndarray, radii_px: np.ndarray, edge: np.ndarray,
    *, scale: float, reach: float,
) -> _Trial:  # fmt: skip
    """Write the names in an order, each where it covers neither mark, name, line nor the edge of the map."""
    named = sites.iloc[order]
    texts = [
        f"{_one_line(name, site)} {it_mw:,.0f} MW"
        for site, name, it_mw in zip(named["id"], named["name"], named["it_mw"], strict=True)
    ]
    with redirect_stdout(StringIO()):  # it prints when no name finds room
        _, _, drawn, lines = textalloc.allocate(
            ax, marks[order, 0], marks[order, 1], texts,
            x_scatter=marks[:, 0], y_scatter=marks[:, 1], scatter_sizes=list(radii_px),
            x_lines=[edge[:, 0]], y_lines=[edge[:, 1]],
            text_scatter_sizes=list(radii_px[order]), textsize=LABEL_PT * scale, textcolor=INK,
            linecolor=SOFT_INK, linewidth=0.5 * scale, margin=0.002, min_distance=0.003,
            max_distance=reach, nbr_candidates=400, draw_all=False, avoid_label_lines_overlap=True,
            avoid_crossing_label_lines=True, plot_kwargs={"zorder": 6.5}, zorder=10,
            path_effects=[patheffects.withStroke(linewidth=1.6 * scale, foreground="white")],
        )  # fmt: skip
    near_px = NEAR_EM * LABEL_PT * scale * ax.figure.dpi / POINTS_PER_INCH
    at, radii = ax.transData.transform(marks[: len(sites)]), radii_px[: len(sites)]
    kept: list[tuple[int, float, tuple[Artist, ...]]] = []
    for k, text, line in zip(order, drawn, lines, strict=True):
        if not isinstance(text, Text):
            continue
        artists = tuple(a for a in (text, line) if isinstance(a, Artist))
        away = np.array([_distance_px(text, point) for point in at]) - radii
        seems_another_s = away[k] > near_px and (np.delete(away, k) < away[k] / CLEARLY).any()
        if seems_another_s or not _within(ax, text, edge):
            for artist in artists:
                artist.remove()
        else:
            kept.append((int(k), float(away[k]), artists))
    places = [k for k, _, _ in kept]
    return _Trial(
        set(sites["id"].iloc[places]), float(sites["it_mw"].iloc[places].sum()), sum(away for _, away, _ in kept),
        tuple(artist for _, _, artists in kept for artist in artists),
    )  # fmt: skip


def _one_line(name: object, site: object) -> str:
    """Return the name of a site, or its id where the font lacks a letter of the name."""
    return drawable(printable(str(name)), str(site))


def _within(ax: Axes, text: Text, edge: np.ndarray) -> bool:
    """Return whether a name is inside the outline of the map."""
    box = text.get_window_extent()
    middle = ax.transData.inverted().transform(((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2))
    return bool(shapely.contains_xy(shapely.Polygon(edge), *middle))


def _distance_px(text: Text, at: np.ndarray) -> float:
    """Return how far the box of a name is from a point [px]."""
    box = text.get_window_extent()
    gap = np.maximum(np.maximum([box.x0, box.y0] - at, at - [box.x1, box.y1]), 0.0)
    return float(np.hypot(*gap))
