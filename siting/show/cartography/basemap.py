"""The base map: ocean, graticule, and grid zones in the grey of their carbon intensity, hatched where it is unknown."""

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from siting.show.cartography.projection import View
from siting.study.map_data import CI_COLUMN

if TYPE_CHECKING:
    from siting.study.map_data import Ground

OCEAN = "#eef3f6"
UNKNOWN = "#ffffff"
UNKNOWN_HATCH = "//////"
HATCH_COLOUR = "#b9bfc4"
BORDER = "#ffffff"
GRATICULE = "#c9d3da"
GRATICULE_TEXT = "#7c8a94"
OUTLINE = "#5b6770"

# Light is low-carbon and dark is high-carbon; grey leaves colour to the sites.
GROUND_RAMP: Colormap = LinearSegmentedColormap.from_list("ground", ["#e4e4de", "#a3a29b", "#55544f"])

# 0 to 900 gCO2e/kWh spans hydro to lignite; the few grids above take the end colour.
GROUND_NORM = Normalize(0.0, 900.0, clip=True)


def draw_ground(ax: Axes, view: View, ground: "Ground") -> PathPatch:
    """Draw ocean, zones, borders and graticule in map coordinates; return the clip of the view.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes in the view's map coordinates.
    view : View
        The projection.
    ground : Ground
        The zones to draw.

    Returns
    -------
    matplotlib.patches.PathPatch
        The edge of the map, to clip what is drawn later.
    """
    edge = PathPatch(Path(view.outline()), facecolor=OCEAN, edgecolor="none", zorder=0)
    ax.add_patch(edge)
    graticule = LineCollection(view.graticule(), colors=GRATICULE, linewidths=0.4, zorder=1)
    ax.add_collection(graticule, autolim=False)
    graticule.set_clip_path(edge)

    zones = view.polygons(ground.zones)
    known = zones[CI_COLUMN].notna()
    colours = GROUND_RAMP(GROUND_NORM(zones.loc[known, CI_COLUMN].to_numpy(dtype=np.float64)))
    drawn = len(ax.collections)
    with mpl.rc_context({"hatch.linewidth": 0.35}):
        for part, look in (
            (zones[~known], {"facecolor": UNKNOWN, "edgecolor": HATCH_COLOUR, "hatch": UNKNOWN_HATCH}),
            (zones[known], {"color": colours, "edgecolor": BORDER}),
        ):
            if not part.empty:
                part.plot(ax=ax, linewidth=0.25, zorder=2, aspect=None, **look)
    for collection in ax.collections[drawn:]:
        collection.set_clip_path(edge)
    chosen = zones[zones["zone_id"] == view.name.removeprefix("zone:")]
    if not chosen.empty:
        chosen.boundary.plot(ax=ax, color=OUTLINE, linewidth=1.1, zorder=2.5, aspect=None)
        ax.collections[-1].set_clip_path(edge)
    ax.add_patch(PathPatch(Path(view.outline()), facecolor="none", edgecolor=OUTLINE, linewidth=0.7, zorder=9))
    return edge


def draw_graticule_labels(ax: Axes, view: View, text_pt: float, *, meridians: bool) -> None:
    """Label parallels and, where there is room around the map, meridians.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes in the view's map coordinates.
    view : View
        The projection.
    text_pt : float
        Size of the text [pt].
    meridians : bool
        Whether to label the meridians too.
    """
    for lon, lat, text, on_parallel in view.graticule_labels():
        if not on_parallel and not meridians:
            continue
        point = view.to_map(lon, lat)[0]
        if not view.polar:
            right, up = (-0.7, 0.0) if on_parallel else (0.0, 0.9)
        elif on_parallel:
            right, up = 0.0, 0.0
        else:
            right, up = point / np.linalg.norm(point) * (2.4, 1.1)
        ax.annotate(
            text, (point[0], point[1]), (right * text_pt, up * text_pt), textcoords="offset points",
            fontsize=text_pt, color=GRATICULE_TEXT, ha="right" if on_parallel and not view.polar else "center",
            va="center", zorder=6 if on_parallel and view.polar else 4,
            path_effects=[patheffects.withStroke(linewidth=0.25 * text_pt, foreground=OCEAN)] if view.polar else None,
        )  # fmt: skip
