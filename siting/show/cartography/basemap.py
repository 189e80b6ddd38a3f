"""The ground of a map: how carbon-intensive each grid zone's electricity is, and where that is unknown."""

from dataclasses import dataclass

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from siting.show.cartography.projection import View
from siting.world.tables import read_geo, read_table, resource

CI_COLUMN = "ci_lifecycle_g_per_kwh"
OCEAN = "#eef3f6"
UNKNOWN = "#ffffff"
UNKNOWN_HATCH = "//////"
HATCH_COLOUR = "#b9bfc4"
BORDER = "#ffffff"
GRATICULE = "#c9d3da"
GRATICULE_TEXT = "#7c8a94"
OUTLINE = "#5b6770"

# Light is clean and dark is dirty; grey, so that colour is left to the sites.
GROUND_RAMP: Colormap = LinearSegmentedColormap.from_list("ground", ["#e4e4de", "#a3a29b", "#55544f"])
PLAIN_CI = 150.0
"""A grey of the ramp that stays behind every colour [g/kWh]."""

# 0 to 900 g/kWh spans hydro to lignite; the few dirtier grids take the end colour.
GROUND_NORM = Normalize(0.0, 900.0, clip=True)


@dataclass(frozen=True)
class Ground:
    """What lies under the plan.

    Attributes
    ----------
    zones : geopandas.GeoDataFrame
        Polygons [EPSG:4326] with `zone_id` and `ci_lifecycle_g_per_kwh`, empty where unknown.
    sources : pandas.DataFrame
        The tables it was read from: table, source, year, licence, quality; they go into the caption.
    """

    zones: gpd.GeoDataFrame
    sources: pd.DataFrame

    def plain(self) -> "Ground":
        """Return the same land in one pale grey, so that colour is left to what is drawn upon it."""
        shape = self.sources[self.sources["table"] != "zone_intensity"]
        return Ground(self.zones.assign(**{CI_COLUMN: PLAIN_CI}), shape)


def carbon_ground() -> Ground:
    """Join the shipped land, lakes cut out, with the life-cycle intensity of its grid zones.

    Returns
    -------
    Ground
        The ground of the shipped tables.

    Raises
    ------
    DataError
        If one of the tables is missing or damaged.
    """
    land = read_geo("ground")[["zone_id", "geometry"]]
    lakes = read_geo("lakes").geometry.union_all()
    zones = land.set_geometry(land.geometry.difference(lakes))
    intensity = read_table("zone_intensity")[["zone_id", "year", CI_COLUMN]]
    latest = intensity.sort_values("year").drop_duplicates("zone_id", keep="last")
    tables = [resource(name).provenance() for name in ("ground", "lakes", "zone_intensity")]
    return Ground(zones.merge(latest[["zone_id", CI_COLUMN]], on="zone_id", how="left"), pd.DataFrame(tables))


def draw_ground(ax: Axes, view: View, ground: Ground) -> PathPatch:
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
        The edge of the map: whatever is drawn later may be clipped to it.
    """
    edge = PathPatch(Path(view.outline()), facecolor=OCEAN, edgecolor="none", zorder=0)
    ax.add_patch(edge)
    _add_lines(ax, view.graticule(), edge, color=GRATICULE, linewidth=0.4, zorder=1)

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
    asked = zones[zones["zone_id"] == view.name.removeprefix("zone:")]
    if not asked.empty:
        asked.boundary.plot(ax=ax, color=OUTLINE, linewidth=1.1, zorder=2.5, aspect=None)
        ax.collections[-1].set_clip_path(edge)
    ax.add_patch(PathPatch(Path(view.outline()), facecolor="none", edgecolor=OUTLINE, linewidth=0.7, zorder=9))
    return edge


def draw_graticule_labels(ax: Axes, view: View, text_pt: float, *, meridians: bool) -> None:
    """Name parallels and, where there is room around the map, meridians.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes in the view's map coordinates.
    view : View
        The projection.
    text_pt : float
        Size of the text [pt].
    meridians : bool
        Whether to name the meridians too.
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


def _add_lines(
    ax: Axes,
    lines: list[np.ndarray],
    edge: PathPatch,
    *,
    color: str,
    linewidth: float,
    zorder: float,
) -> None:
    """Add thin lines, clipped to the map."""
    collection = LineCollection(lines, colors=color, linewidths=linewidth, zorder=zorder)
    ax.add_collection(collection, autolim=False)
    collection.set_clip_path(edge)
