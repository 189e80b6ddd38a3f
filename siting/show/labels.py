"""Names of sites on a map, placed so that none covers another, a site or a hub."""

from contextlib import redirect_stdout
from io import StringIO

import geopandas as gpd
import numpy as np
import textalloc
from matplotlib import patheffects
from matplotlib.axes import Axes

from siting.show.sheet import HUB_PT2, INK, SOFT_INK

LABEL_PT = 7.0
MOST_LABELS = 40
POINTS_PER_INCH = 72.0


def draw_site_labels(
    ax: Axes,
    sites: gpd.GeoDataFrame,
    points: np.ndarray,
    *,
    sizes_pt2: np.ndarray,
    hubs: np.ndarray,
    scale: float,
    reach: float,
) -> set[str]:
    """Write name and MW beside each site, in the order given, where there is room; at most 40.

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
    scale : float
        Size of the text against that of an A4 sheet.
    reach : float
        How far a name may stand from its site, as a share of the axes.

    Returns
    -------
    set of str
        The sites that found room, by id.
    """
    first = sites.iloc[:MOST_LABELS]
    if first.empty:
        return set()
    names = [f"{name} {it_mw:,.0f} MW" for name, it_mw in zip(first["name"], first["it_mw"], strict=True)]
    marks = np.vstack([points, hubs])
    sizes = np.concatenate([sizes_pt2, np.full(len(hubs), HUB_PT2)])
    radii_px = 0.5 * np.sqrt(sizes) * ax.figure.dpi / POINTS_PER_INCH
    with redirect_stdout(StringIO()):  # it prints when no name finds room
        drawn = textalloc.allocate(
            ax, points[: len(names), 0], points[: len(names), 1], names,
            x_scatter=marks[:, 0], y_scatter=marks[:, 1], scatter_sizes=list(radii_px),
            text_scatter_sizes=list(radii_px[: len(names)]), textsize=LABEL_PT * scale, textcolor=INK,
            linecolor=SOFT_INK, linewidth=0.5 * scale, margin=0.002, min_distance=0.003,
            max_distance=reach, nbr_candidates=400, draw_all=False, avoid_label_lines_overlap=True,
            avoid_crossing_label_lines=True, plot_kwargs={"zorder": 6.5}, zorder=10,
            path_effects=[patheffects.withStroke(linewidth=1.6 * scale, foreground="white")],
        )[2]  # fmt: skip
    return {site for site, text in zip(first["id"], drawn, strict=True) if text is not None}
