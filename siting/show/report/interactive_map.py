"""The interactive map of a report: hover, zoom and click; the page holds everything that it needs."""

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import shapely
from bokeh.models import (
    ColumnDataSource,
    HoverTool,
    LinearColorMapper,
    MultiLine,
    MultiPolygons,
    PanTool,
    Patch,
    Range1d,
    Scatter,
    TapTool,
    Text,
    WheelZoomTool,
)
from bokeh.plotting import figure

from siting.kpis import field
from siting.show.cartography.basemap import GROUND_NORM
from siting.show.cartography.legends import OUTCOME_MARKS, colour_norm
from siting.show.cartography.projection import View, geodesic
from siting.show.cartography.views import world_of
from siting.show.figures.maps import SITE_RAMP, arc_ends, guessed_sites, positions, with_positions
from siting.study.map_data import CI_COLUMN, Ground, question_places

if TYPE_CHECKING:
    from siting.plan.plan import Plan

M_PER_KM = 1000.0
MARGIN = 1.01
"""Width of the figure over that of the world."""

OPEN_MARGIN, OPEN_ZOOM, WHOLE_SHARE = 1.25, 12.0, 0.8
"""Room around the places on which the map opens, its largest magnification then, and the share of the world's width from
which on it opens on all of it."""
LOST_PX = 6.0
LARGEST_SITE_PX = 34.0
SMALLEST_SITE_PX = 5.0
WIDEST_ARC_PX = 5.0
GROUND_STEPS = 64
DEEPEST_ZOOM = 60.0
"""Largest magnification: beyond it the coasts, accurate to 8 km, would mislead."""

LIGHT = {"ocean": "#eef3f6", "unknown": "#ffffff", "hatch": "#b9bfc4", "line": "#5b6770", "ink": "#1c2429",
         "arc": "#0b4f8a", "lost": "#5a3d2b", "halo": "#ffffff", "graticule": "#c9d3da", "ground": ["#e4e4de", "#a3a29b", "#55544f"]}  # fmt: skip
DARK = {"ocean": "#10181e", "unknown": "#1b252c", "hatch": "#4a5a66", "line": "#8b98a1", "ink": "#eef2f4",
        "arc": "#7fb8ea", "lost": "#e0b89f", "halo": "#10181e", "graticule": "#26333c", "ground": ["#6f7678", "#4a5052", "#262a2c"]}  # fmt: skip
"""Colours of the map on a light and on a dark page; on both, dark ground is high-carbon."""


def palettes() -> dict[str, dict[str, Any]]:
    """Return the colours of the map on a light and on a dark page, ramps as lists."""
    looks: dict[str, dict[str, Any]] = {"light": dict(LIGHT), "dark": dict(DARK)}
    for look in looks.values():
        ramp = mpl.colors.LinearSegmentedColormap.from_list("g", look["ground"])
        look["ground"] = hexes(ramp(np.linspace(0.0, 1.0, GROUND_STEPS)))
    return looks


def report_map(plan: "Plan", ground: Ground, candidates: pd.DataFrame | None = None) -> figure:
    """Draw sites, hubs, the flows between them and what was not built on the carbon intensity of the grids, in Equal Earth.

    The map opens on the candidates and hubs; it is cut where none of them is near.

    Parameters
    ----------
    plan : Plan
        A plan with sites.
    ground : Ground
        The zones under it.
    candidates : pandas.DataFrame, optional
        As for `draw_plan`; a column `reason` is shown in the tooltip. Default all of the scenario.

    Returns
    -------
    bokeh.plotting.figure
        A figure in kilometres, whose sources `sites` and `arcs`, and whose glyphs, are found by name.
    """
    places = with_positions(question_places(plan) if candidates is None else candidates)
    shown = positions(places, plan.sites, plan.hubs)
    view = world_of(shown)
    plot = world_figure(ground, view, shown)
    _add_arcs(plot, plan, view)
    _add_lost(plot, places, view)
    _add_hubs(plot, plan, view)
    _add_sites(plot, plan, view)
    return plot


def world_figure(ground: Ground, view: View, shown: np.ndarray) -> figure:
    """Return the carbon intensity of the grids, with pan and zoom, opened on some places (longitudes and latitudes)."""
    outline = view.outline() / M_PER_KM
    half_x, half_y = MARGIN * np.abs(outline).max(axis=0)
    (x, y), half = _opened_on(view.to_map(*shown.T) / M_PER_KM, half_x, half_y)
    plot = figure(
        width=1000, height=round(1000 * half_y / half_x), sizing_mode="scale_width", tools=[], toolbar_location=None,
        x_range=Range1d(x - half, x + half, max_interval=2 * half_x, min_interval=2 * half_x / DEEPEST_ZOOM),
        y_range=Range1d(
            y - half * half_y / half_x, y + half * half_y / half_x, max_interval=2 * half_y, min_interval=2 * half_y / DEEPEST_ZOOM
        ),
        min_border=0, outline_line_color=None, background_fill_color=None, border_fill_color=None, name="map",
    )  # fmt: skip
    plot.axis.visible = False
    plot.grid.visible = False
    _add_ground(plot, ground, view, outline)
    wheel = WheelZoomTool(zoom_on_axis=False, name="wheel")
    pan = PanTool()
    plot.add_tools(pan, wheel)
    plot.toolbar.active_drag = pan
    plot.toolbar.active_scroll = None  # the wheel scrolls the page until the reader clicks the map
    return plot


def _opened_on(points: np.ndarray, half_x: float, half_y: float) -> tuple[np.ndarray, float]:
    """Return the middle and half the width of the frame of the map's shape that holds some points [km], within the map."""
    if not len(points):
        return np.zeros(2), half_x
    low, top = points.min(axis=0), points.max(axis=0)
    half = OPEN_MARGIN * max((top - low)[0], (top - low)[1] * half_x / half_y) / 2.0
    half = min(max(half, half_x / OPEN_ZOOM), half_x)
    if half > WHOLE_SHARE * half_x:
        return np.zeros(2), half_x
    room = np.array([half_x - half, half_y - half * half_y / half_x])
    return np.clip((low + top) / 2.0, -room, room), half


POINTED_COLUMNS = ("country", "it_mw", "emissions_g_per_eflop", "pue", "ci_g_per_kwh", "cooling")
"""Columns of a site in its tooltip."""


def site_sizes_px(it_mw: np.ndarray) -> np.ndarray:
    """Return the diameters of marks whose areas are in proportion to IT power [px]; the smallest can still be clicked."""
    return np.asarray(np.maximum(LARGEST_SITE_PX * np.sqrt(it_mw / it_mw.max()), SMALLEST_SITE_PX))


def _add_ground(plot: figure, ground: Ground, view: View, outline: np.ndarray) -> None:
    """Add ocean, graticule, zones of known and of unknown intensity, and the edge of the world."""
    edge = ColumnDataSource({"x": outline[:, 0].round(), "y": outline[:, 1].round()})
    plot.add_glyph(edge, Patch(x="x", y="y", fill_color=LIGHT["ocean"], line_color=None, name="ocean"))
    lines = [line / M_PER_KM for line in view.graticule()]
    thin = MultiLine(line_color=LIGHT["graticule"], line_width=0.6, name="graticule")
    _add_lines(plot, [line[::4] for line in lines], thin)
    zones = view.polygons(ground.zones)
    known = zones[CI_COLUMN].notna().to_numpy()
    mapper = LinearColorMapper(
        palette=palettes()["light"]["ground"], low=GROUND_NORM.vmin, high=GROUND_NORM.vmax, name="ground ramp"
    )
    look = MultiPolygons(
        xs="xs", ys="ys", fill_color={"field": "ci", "transform": mapper}, line_color=LIGHT["halo"], line_width=0.3,
        name="zones",
    )  # fmt: skip
    unknown = MultiPolygons(
        xs="xs", ys="ys", fill_color=LIGHT["unknown"], line_color=LIGHT["hatch"], line_width=0.3,
        hatch_pattern="/", hatch_color=LIGHT["hatch"], hatch_weight=0.5, hatch_scale=6.0, name="unknown zones",
    )  # fmt: skip
    drawn = [
        plot.add_glyph(_zones_source(zones[part], glyph), glyph) for part, glyph in ((known, look), (~known, unknown))
    ]
    plot.add_tools(HoverTool(renderers=drawn, tooltips=None))  # the page shows the zone in a corner
    plot.add_glyph(edge, Patch(x="x", y="y", fill_color=None, line_color=LIGHT["line"], line_width=1.0, name="edge"))


def _zones_source(zones: gpd.GeoDataFrame, glyph: MultiPolygons) -> ColumnDataSource:
    """Return zones as nested lists of kilometres, rounded to integers."""
    shapes = shapely.set_precision(zones.geometry.to_numpy(), M_PER_KM, mode="pointwise")
    xs, ys = zip(*(_rings(shape) for shape in shapes), strict=True) if len(shapes) else ((), ())
    shown = field(CI_COLUMN)
    labels = [f"{shown.write(value)} {shown.unit}" if np.isfinite(value) else "unknown" for value in zones[CI_COLUMN]]
    columns = {"xs": list(xs), "ys": list(ys), "zone": list(zones["zone_id"]), "label": labels}
    return ColumnDataSource(columns | {"ci": list(zones[CI_COLUMN].fillna(0.0))}, name=f"{glyph.name} source")


def _rings(shape: shapely.Geometry) -> tuple[list[list[list[int]]], list[list[list[int]]]]:
    """Return the outer ring and the holes of each part, as x and as y [km]."""
    xs, ys = [], []
    for part in shapely.get_parts(shape):
        rings = [np.asarray(ring.coords) / M_PER_KM for ring in (part.exterior, *part.interiors)]
        drawn = [ring.round().astype(int) for ring in rings if len(ring) > 3]
        if drawn:
            xs.append([ring[:, 0].tolist() for ring in drawn])
            ys.append([ring[:, 1].tolist() for ring in drawn])
    return xs, ys


def _add_lines(plot: figure, lines: list[np.ndarray], glyph: MultiLine, **columns: Any) -> None:
    xs, ys = [line[:, 0].round().tolist() for line in lines], [line[:, 1].round().tolist() for line in lines]
    glyph.update(xs="xs", ys="ys")
    plot.add_glyph(ColumnDataSource({"xs": xs, "ys": ys, **columns}, name=f"{glyph.name} source"), glyph)


def _add_arcs(plot: figure, plan: "Plan", view: View) -> None:
    """Add the flows, large ones wide; the page dims those that do not belong to the selected site."""
    flows = plan.assignments.groupby(["site", "hub"])["it_mw"].sum().reset_index().sort_values("it_mw")
    lines, owner, share = [], [], []
    root = np.sqrt(flows["it_mw"].to_numpy(float) / flows["it_mw"].max())
    for site, ends, own_share in zip(flows["site"], arc_ends(flows, plan), root, strict=True):
        for piece in view.lines(*geodesic(*ends).T):
            lines.append(piece / M_PER_KM)
            owner.append(str(site))
            share.append(float(own_share))
    alpha = [0.15 + 0.5 * s for s in share]
    glyph = MultiLine(line_color=LIGHT["arc"], line_width="width", line_alpha="alpha", line_cap="round", name="arcs")
    width = [max(WIDEST_ARC_PX * s, 0.6) for s in share]
    _add_lines(plot, lines, glyph, site=owner, width=width, alpha=list(alpha), resting=alpha)


def _add_lost(plot: figure, places: pd.DataFrame, view: View) -> None:
    """Add the candidates that were not built, hollow, and excluded ones as crosses."""
    for outcome, (mark, colour, words) in OUTCOME_MARKS.items():
        part = places[places["outcome"] == outcome]
        at = view.to_map(part["lon"].to_numpy(float), part["lat"].to_numpy(float)) / M_PER_KM
        why = part["reason"] if "reason" in part else pd.Series("", index=part.index)
        columns = {"x": at[:, 0].round(1), "y": at[:, 1].round(1), "size": [LOST_PX] * len(part)}
        columns |= {"id": list(map(str, part["id"])), "name": list(map(str, part["name"]))}
        source = ColumnDataSource(columns | {"why": [str(text) or words for text in why]}, name=f"{outcome} source")
        marker = {"o": "circle", "x": "x"}[mark]
        glyph = Scatter(
            x="x", y="y", marker=marker, size="size", line_color=colour, fill_color=LIGHT["halo"], fill_alpha=0.7,
            line_width=1.2, name=outcome,
        )  # fmt: skip
        drawn = plot.add_glyph(source, glyph)
        plot.add_tools(HoverTool(renderers=[drawn], tooltips=tooltip("@name", [("not built", "why")])))


def _add_hubs(plot: figure, plan: "Plan", view: View) -> None:
    """Add the hubs with their demand."""
    points = view.to_map(plan.hubs.geometry.x, plan.hubs.geometry.y) / M_PER_KM
    demand = plan.demand.groupby("hub")["it_mw"].sum()
    names = plan.hubs["name"] if "name" in plan.hubs else plan.hubs["id"]
    labels = [f"{demand.get(h, np.nan):,.1f} MW" for h in plan.hubs["id"]]
    source = ColumnDataSource(
        {"x": points[:, 0], "y": points[:, 1], "name": list(map(str, names)), "label": labels}, name="hubs source"
    )
    glyph = Scatter(x="x", y="y", marker="cross", size=7, line_color=LIGHT["ink"], line_width=1.2, name="hubs")
    drawn = plot.add_glyph(source, glyph)
    plot.add_tools(HoverTool(renderers=[drawn], tooltips=tooltip("Hub @name", [("demand", "label")])))


def _add_sites(plot: figure, plan: "Plan", view: View) -> None:
    """Add the sites: area is MW, colour is emissions per compute; a click selects one."""
    points = view.to_map(plan.sites.geometry.x, plan.sites.geometry.y) / M_PER_KM
    it_mw, emissions = (plan.sites[c].to_numpy(float) for c in ("it_mw", "emissions_g_per_eflop"))
    columns: dict[str, Any] = {
        "x": points[:, 0], "y": points[:, 1], "id": list(map(str, plan.sites["id"])),
        "name": list(map(str, plan.sites["name"])), "size": site_sizes_px(it_mw),
        "colour": hexes(SITE_RAMP(colour_norm(emissions)(emissions))),  # as on the printed map
        "hatch": np.where(guessed_sites(plan.sites), "/", " "),
    }  # fmt: skip
    columns |= {column: written(plan.sites[column], column) for column in POINTED_COLUMNS}
    frame = pd.DataFrame(columns).iloc[np.argsort(-it_mw)]
    source = ColumnDataSource({str(c): frame[c].tolist() for c in frame}, name="sites")
    look = {"fill_color": "colour", "line_color": LIGHT["halo"], "line_width": 1.2, "hatch_pattern": "hatch",
            "hatch_color": "#ffffff", "hatch_scale": 5.0}  # fmt: skip
    glyph = Scatter(x="x", y="y", size="size", fill_alpha=1.0, name="site marks", **look)
    chosen = Scatter(x="x", y="y", size="size", fill_color="colour", line_color="#d1495b", line_width=3.0)
    rest = Scatter(
        x="x", y="y", size="size", fill_color="colour", line_color=LIGHT["halo"], fill_alpha=0.35, name="rest"
    )
    drawn = plot.add_glyph(source, glyph, selection_glyph=chosen, nonselection_glyph=rest)
    rows = tooltip("@name", [(field(c).label, c) for c in POINTED_COLUMNS])
    plot.add_tools(HoverTool(renderers=[drawn], tooltips=rows), TapTool(renderers=[drawn]))
    add_labels(plot)


def add_labels(plot: figure) -> None:
    """Add the names of sites; the page fills in those that there is room for."""
    labels = ColumnDataSource({"x": [], "y": [], "text": [], "dx": [], "align": []}, name="labels")
    words = Text(
        x="x", y="y", text="text", x_offset="dx", text_align="align", text_font_size="12px", text_baseline="middle",
        text_color=LIGHT["ink"], background_fill_color=LIGHT["halo"], background_fill_alpha=0.75, padding=1,
        border_radius=3, name="label words",
    )  # fmt: skip
    plot.add_glyph(labels, words)


def tooltip(title: str, rows: list[tuple[str, str]]) -> str:
    """Return the HTML of a tooltip; the library escapes the values that it fills in."""
    lines = "".join(f'<div><span style="color:#4d5961">{label}:</span> @{column}</div>' for label, column in rows)
    return f'<div style="color:#1c2429;background:#fff;font:13px/1.4 sans-serif"><b>{title}</b>{lines}</div>'


def written(values: pd.Series, column: str) -> list[str]:
    """Return values with their unit, for a tooltip."""
    shown = field(column)
    unit = f" {shown.unit}" if shown.unit not in ("", "-") else ""
    return [shown.write(v).replace("_", " ") + unit for v in values]


def hexes(colours: np.ndarray) -> list[str]:
    """Return colours as hexadecimal text."""
    return [mpl.colors.to_hex(c) for c in colours]
