"""The map of a plan: its sites, their emissions and the hubs they serve, on the carbon intensity of the grids."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Polygon

from siting.errors import DataError, SitingError
from siting.plan.output_folder import write_file
from siting.show.cartography.basemap import draw_graticule_labels, draw_ground
from siting.show.cartography.labels import FAR_EM, draw_site_labels
from siting.show.cartography.layers import GUESSED
from siting.show.cartography.legends import OUTCOME_MARKS, colour_norm, draw_legends
from siting.show.cartography.map_layout import (
    ARC_COLOUR,
    EFLOP_NOTE,
    HUB_COLOUR,
    HUB_PT2,
    INK,
    LARGEST_SITE_PT2,
    SHEET_INCHES,
    SMALL_TEXT_PT,
    Rectangle,
    caption,
    draw_caption,
    draw_headline,
    headline,
    layout,
    scale_note,
    set_extent,
    sheet_axes,
    text_scale,
)
from siting.show.cartography.own_style import has_glyphs, in_own_style, own_style
from siting.show.cartography.projection import ARCTIC, VIEWS, View, geodesic
from siting.show.cartography.region import RegionView, draw_scale_bar
from siting.show.cartography.views import FIT, view_named
from siting.study.map_data import Ground, ground_of, question_places

if TYPE_CHECKING:
    from siting.plan.plan import Plan

INSET_FROM_DEG = 60.0  # a site north of this brings the arctic inset
SITE_RAMP: Colormap = mpl.colormaps["viridis"]  # perceptually even, safe for the colour-blind
FILE_FORMATS = (".png", ".svg", ".pdf")
PNG_DPI = 200
WIDEST_ARC_PT = 2.2
LOST_PT2, MANY_LOST = 14.0, 60
"""Area of the mark of a candidate that was not built [pt2], and the number from which on the marks are smaller."""
INSET_REACH_EM = 3.0
"""Largest distance of a name from its mark in the inset, whose sites are named on the map too [heights of the text]."""
MOST_LOST_NAMED = 25
"""Candidates that were not built are named where there are no more."""
COAST_NOTE = "Coasts are drawn at 1:50 million."
ARC_NOTE = "Arcs are great circles, not cables."


@in_own_style
def draw_plan(
    plan: "Plan",
    ax: Axes | None = None,
    view: str = FIT,
    *,
    ground: Ground | None = None,
    candidates: pd.DataFrame | None = None,
) -> Axes:
    """Draw a plan as a sheet: map, headline, legends, sources.

    Parameters
    ----------
    plan : Plan
        A plan with sites.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the sheet fills it (made for 11.69 : 8.27). Default a new figure of A4.
    view : str
        `fit` for a frame around the candidates and hubs of the scenario, the world if they are all over it; `world`, `pacific` or `americas` in equal area, with an arctic inset when a site lies above 60 N; `arctic` or
        `antarctic`; `zone:SE-SE1` for a grid zone and its surroundings; `bbox:west,south,east,north` [degrees], which
        may cross 180 degrees.
    ground : Ground, optional
        What lies under the plan; default the grids in the year and by the method of its scenario.
    candidates : pandas.DataFrame, optional
        `id`, `name`, `outcome` (`built`, `lost` or `excluded`), and `lon` and `lat` [degrees] or a geometry, such as
        `plan.scorecard`: those not built are drawn as rings, excluded ones as crosses. Default all of the scenario.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, in the map's metres.

    Raises
    ------
    SitingError
        If the plan has no sites, or the view is unknown.

    Examples
    --------
    >>> axes = draw_plan(plan, view="arctic")  # doctest: +SKIP
    """
    if plan.sites is None or plan.sites.empty:
        raise SitingError(f"plan {plan.name!r} is {plan.status} and has no sites to map: relax a limit and solve again")
    under = ground or ground_of(plan.scenario)
    places = with_positions(question_places(plan) if candidates is None else candidates)
    seen = view_named(view, under.zones, positions(places, plan.sites, plan.hubs))
    return _draw_sheet(sheet_axes(ax), plan, seen, under, places)


def with_positions(places: pd.DataFrame) -> pd.DataFrame:
    """Return places with `lon` and `lat` [degrees], taken from the geometry if they have one."""
    if isinstance(places, gpd.GeoDataFrame) and "lon" not in places:
        return pd.DataFrame(places.assign(lon=places.geometry.x, lat=places.geometry.y))
    return places


def positions(*tables: pd.DataFrame) -> np.ndarray:
    """Return (n, 2) longitudes and latitudes [degrees] of the places of some tables, for the view `fit`."""
    known = [with_positions(table)[["lon", "lat"]].to_numpy(float) for table in tables if len(table)]
    return np.vstack([np.empty((0, 2)), *known])


def save_map(
    plan: "Plan",
    path: str | Path,
    view: str = FIT,
    *,
    ground: Ground | None = None,
    candidates: pd.DataFrame | None = None,
) -> Path:
    """Write the map of a plan as PNG (200 dpi), SVG or PDF, on A4 landscape.

    Parameters
    ----------
    plan : Plan
        A plan with sites.
    path : str or pathlib.Path
        File to write; its ending is the format.
    view, ground, candidates
        As for `draw_plan`.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    SitingError
        If the ending is none of .png, .svg, .pdf, or as `draw_plan` does.
    DataError
        If the file cannot be written.

    Examples
    --------
    >>> save_map(plan, "map.svg")  # doctest: +SKIP
    """
    return save_drawn(path, lambda ax: draw_plan(plan, ax, view, ground=ground, candidates=candidates))


def save_drawn(path: str | Path, draw: Callable[[Axes], object]) -> Path:
    """Write a sheet of A4 on which `draw` draws a map, the same bytes for the same map.

    Raises
    ------
    SitingError
        The ending is none of .png, .svg, .pdf; it is refused before the map is drawn.
    DataError
        The file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in FILE_FORMATS:
        raise SitingError(f"cannot write a map as {path.name!r}: end it in {', '.join(FILE_FORMATS)}")
    undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix.lower())
    drawn = BytesIO()
    with own_style():
        figure = Figure(figsize=SHEET_INCHES)
        draw(figure.add_axes((0.0, 0.0, 1.0, 1.0)))
        figure.savefig(drawn, format=path.suffix[1:].lower(), dpi=PNG_DPI, facecolor="white", metadata=undated)
    try:
        write_file(path, drawn.getvalue())
    except OSError as error:
        raise DataError(f"cannot write the map to {path} ({error.strerror}): choose another place") from error
    return path


@dataclass(frozen=True, slots=True)
class _Style:
    """What the map and its inset share: colours and sizes of sites, size of the text."""

    norm: Normalize
    pt2_per_mw: float
    scale: float


def _draw_sheet(ax: Axes, plan: "Plan", view: View, ground: Ground, candidates: pd.DataFrame) -> Axes:
    """Put map, inset, legends and caption on the sheet."""
    with_inset = bool((plan.sites.geometry.y > INSET_FROM_DEG).any()) and not view.polar and view.name in VIEWS
    places = layout(view, inset=with_inset)
    set_extent(ax, view.outline(), places.world)

    scale = text_scale(ax)
    largest_mw = float(plan.sites["it_mw"].max())
    norm = colour_norm(plan.sites["emissions_g_per_eflop"].to_numpy(dtype=np.float64))
    style = _Style(norm, LARGEST_SITE_PT2 * scale**2 / largest_mw, scale)

    named = _draw_map(ax, plan, view, ground, style, candidates)
    draw_graticule_labels(ax, view, SMALL_TEXT_PT * scale, meridians=True)
    if places.inset is not None:
        named |= _draw_inset(ax, places.inset, plan, ground, style, candidates)
    sources = pd.concat([plan.sources, ground.sources])
    if isinstance(view, RegionView):
        draw_scale_bar(ax, view, view.to_map(plan.sites.geometry.x, plan.sites.geometry.y))
    draw_headline(ax, *headline(plan))
    draw_legends(
        ax, places.legends, ground, ramp=SITE_RAMP, norm=norm, pt2_per_mw=style.pt2_per_mw, largest_mw=largest_mw,
        drawn={str(k): int(n) for k, n in candidates["outcome"].value_counts().items()},
    )  # fmt: skip
    shared = (ground.note,) if ground.note else ()
    notes = (*_notes(plan, view, named, candidates, inset=with_inset), *shared, scale_note(ax))
    draw_caption(ax, caption(sources, view, notes), places.caption)
    return ax


def _notes(plan: "Plan", view: View, named: set[str], candidates: pd.DataFrame, *, inset: bool) -> tuple[str, ...]:
    """Return notes of the caption: arcs, the inset, hatched sites, and sites that are not named or not shown."""
    seen = view.shows(plan.sites.geometry.x, plan.sites.geometry.y)
    unnamed, beyond, all_of_them = len(set(plan.sites["id"][seen]) - named), int((~seen).sum()), len(plan.sites)
    by_id = sum(not has_glyphs(str(name)) for name in plan.sites.loc[seen & plan.sites["id"].isin(named), "name"])
    notes = (
        (True, EFLOP_NOTE),
        (True, ARC_NOTE),
        (candidates.empty, "Candidates that were not built are not drawn: their file is not there."),
        (isinstance(view, RegionView), COAST_NOTE),
        (inset, f"Inset: north of {ARCTIC.south_deg:.0f}° N, {ARCTIC.projection} (EPSG:{ARCTIC.epsg})."),
        (guessed_sites(plan.sites).any(), "Hatched sites rest on an assumption or on synthetic data."),
        (by_id, f"{by_id} of {all_of_them} sites are labelled by id: the font lacks letters of their names."),
        (unnamed, f"{unnamed} of {all_of_them} sites are not labelled for lack of room."),
        (beyond, f"{beyond} of {all_of_them} sites lie beyond this map."),
    )
    return tuple(note for holds, note in notes if holds)


def _draw_inset(
    ax: Axes, place: Rectangle, plan: "Plan", ground: Ground, style: _Style, candidates: pd.DataFrame
) -> set[str]:
    """Draw the arctic in a corner of the sheet; return the sites named there."""
    inset = ax.inset_axes(place, zorder=20)
    outline = ARCTIC.outline()
    reach = 1.04 * np.abs(outline).max()
    inset.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    inset.set_axis_off()
    inset.add_patch(Polygon(1.035 * outline, facecolor="white", edgecolor="none", zorder=-1))
    named = _draw_map(inset, plan, ARCTIC, ground, style, candidates, INSET_REACH_EM)
    draw_graticule_labels(inset, ARCTIC, SMALL_TEXT_PT * style.scale, meridians=False)
    return named


def _draw_map(
    ax: Axes,
    plan: "Plan",
    view: View,
    ground: Ground,
    style: _Style,
    candidates: pd.DataFrame,
    reach_em: float = FAR_EM,
) -> set[str]:
    """Draw ground, arcs, sites, hubs and names in map coordinates; return the sites named."""
    limits = {"xlim": ax.get_xlim(), "ylim": ax.get_ylim()}
    edge = draw_ground(ax, view, ground)
    _draw_arcs(ax, plan, view, edge, style.scale)

    shown = plan.sites[view.shows(plan.sites.geometry.x, plan.sites.geometry.y)].sort_values("it_mw", ascending=False)
    points = view.to_map(shown.geometry.x, shown.geometry.y)
    sizes_pt2 = shown["it_mw"].to_numpy(dtype=np.float64) * style.pt2_per_mw
    ax.scatter(
        points[:, 0], points[:, 1], s=sizes_pt2, c=shown["emissions_g_per_eflop"], cmap=SITE_RAMP, norm=style.norm,
        edgecolor="white", linewidth=0.8 * style.scale, zorder=7,
    )  # fmt: skip
    guessed = guessed_sites(shown)
    with mpl.rc_context({"hatch.linewidth": 0.6 * style.scale}):
        ax.scatter(
            points[guessed, 0], points[guessed, 1], s=sizes_pt2[guessed], facecolor="none", edgecolor=INK,
            linewidth=0.8 * style.scale, hatch="//////", zorder=7.2,
        )  # fmt: skip
    lon, lat = plan.hubs.geometry.x, plan.hubs.geometry.y
    hubs = view.to_map(lon, lat)[view.shows(lon, lat)]
    lost, lost_at, lost_pt2 = _draw_lost(ax, view, candidates, style.scale)
    ax.scatter(
        hubs[:, 0], hubs[:, 1], marker="+", s=HUB_PT2 * style.scale**2, color=HUB_COLOUR,
        linewidth=0.6 * style.scale, zorder=8,
    )  # fmt: skip
    ax.set(**limits)
    few = len(lost) <= MOST_LOST_NAMED  # of many, the marks are crossed by names where there is no better place
    return draw_site_labels(
        ax, pd.concat([shown[["id", "name", "it_mw"]], lost.assign(it_mw=np.nan)[["id", "name", "it_mw"]]]) if few else shown,
        np.vstack([points, lost_at]) if few else points,
        sizes_pt2=np.append(sizes_pt2, np.full(len(lost), lost_pt2)) if few else sizes_pt2,
        hubs=hubs if few else np.vstack([hubs, lost_at]), edge=view.outline(), scale=style.scale, reach_em=reach_em,
    )  # fmt: skip


def _draw_lost(ax: Axes, view: View, candidates: pd.DataFrame, scale: float) -> tuple[pd.DataFrame, np.ndarray, float]:
    """Draw the candidates that were not built, hollow, and excluded ones as crosses; return them, where, and their area."""
    lost = candidates[candidates["outcome"].isin(OUTCOME_MARKS)]
    lost = lost[view.shows(lost["lon"].to_numpy(float), lost["lat"].to_numpy(float))]
    at = view.to_map(lost["lon"].to_numpy(float), lost["lat"].to_numpy(float)) if len(lost) else np.empty((0, 2))
    size_pt2 = LOST_PT2 * scale**2 * min(1.0, MANY_LOST / max(len(lost), 1)) ** 0.5
    for outcome, (mark, colour, _) in OUTCOME_MARKS.items():
        part = at[(lost["outcome"] == outcome).to_numpy()]
        look: dict[str, Any] = {"facecolor": "#ffffffb0", "edgecolor": colour} if mark == "o" else {"color": colour}
        ax.scatter(
            part[:, 0], part[:, 1], s=size_pt2, marker=mark, linewidth=0.7 * scale, zorder=6.5, gid=outcome, **look
        )
    return lost, at, size_pt2


def guessed_sites(sites: gpd.GeoDataFrame) -> np.ndarray:
    """Return which sites rest on an assumption or on synthetic data: they are hatched."""
    if "worst_quality" not in sites:
        return np.zeros(len(sites), bool)
    return np.asarray(sites["worst_quality"].isin(GUESSED))


def _draw_arcs(ax: Axes, plan: "Plan", view: View, edge: PathPatch, scale: float) -> None:
    """Draw which site serves which hub: large flows wide and dark, small ones thin, pale and drawn first."""
    arcs = plan.assignments.groupby(["site", "hub"])[["it_mw"]].sum().reset_index()
    if arcs.empty:
        return
    ends = arc_ends(arcs, plan)
    share = np.sqrt(arcs["it_mw"].to_numpy() / arcs["it_mw"].max())
    lines, widths, alphas = [], [], []
    for k in np.argsort(share):
        for piece in view.lines(*geodesic(*ends[k]).T):
            lines.append(piece)
            widths.append(max(WIDEST_ARC_PT * share[k], 0.25) * scale)
            alphas.append(0.12 + 0.5 * share[k])
    if not lines:
        return  # no arc passes this view
    collection = LineCollection(
        lines, colors=ARC_COLOUR, linewidths=widths, alpha=np.array(alphas), capstyle="round", zorder=5
    )
    ax.add_collection(collection, autolim=False)
    collection.set_clip_path(edge)


def arc_ends(arcs: pd.DataFrame, plan: "Plan") -> np.ndarray:
    """Return longitude and latitude of both ends of each arc; refuse an end that the plan does not list."""
    columns = []
    for column, table in (("site", plan.sites), ("hub", plan.hubs)):
        places = table.set_index("id").geometry
        lost = sorted(set(arcs[column]) - set(places.index))
        if lost:
            raise SitingError(f"plan {plan.name!r} assigns to {column}s that it does not list: {', '.join(lost)}")
        placed = places.loc[arcs[column]]
        columns += [placed.x.to_numpy(), placed.y.to_numpy()]
    return np.column_stack(columns)
