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
from siting.show.cartography.legends import colour_norm
from siting.show.cartography.projection import WORLD, geodesic
from siting.show.figures.maps import SITE_RAMP, arc_ends, guessed_sites
from siting.study.map_data import CI_COLUMN, Ground

if TYPE_CHECKING:
    from siting.plan.plan import Plan

M_PER_KM = 1000.0
MARGIN = 1.01
"""Width of the figure over that of the world."""

LARGEST_SITE_PX = 34.0
SMALLEST_SITE_PX = 5.0
WIDEST_ARC_PX = 5.0
GROUND_STEPS = 64
DEEPEST_ZOOM = 60.0
"""Largest magnification: beyond it the coasts, accurate to 8 km, would mislead."""

LIGHT = {"ocean": "#eef3f6", "unknown": "#ffffff", "hatch": "#b9bfc4", "line": "#5b6770", "ink": "#1c2429",
         "arc": "#0b4f8a", "halo": "#ffffff", "graticule": "#c9d3da", "ground": ["#e4e4de", "#a3a29b", "#55544f"]}  # fmt: skip
DARK = {"ocean": "#10181e", "unknown": "#1b252c", "hatch": "#4a5a66", "line": "#8b98a1", "ink": "#eef2f4",
        "arc": "#7fb8ea", "halo": "#10181e", "graticule": "#26333c", "ground": ["#6f7678", "#4a5052", "#262a2c"]}  # fmt: skip
"""Colours of the map on a light and on a dark page; on both, dark ground is high-carbon."""


def palettes() -> dict[str, dict[str, Any]]:
    """Return the colours of the map on a light and on a dark page, ramps as lists."""
    looks: dict[str, dict[str, Any]] = {"light": dict(LIGHT), "dark": dict(DARK)}
    for look in looks.values():
        ramp = mpl.colors.LinearSegmentedColormap.from_list("g", look["ground"])
        look["ground"] = hexes(ramp(np.linspace(0.0, 1.0, GROUND_STEPS)))
    return looks


def report_map(plan: "Plan", ground: Ground) -> figure:
    """Draw sites, hubs and the flows between them on the carbon intensity of the grids, in Equal Earth kilometres.

    Parameters
    ----------
    plan : Plan
        A plan with sites.
    ground : Ground
        The zones under it.

    Returns
    -------
    bokeh.plotting.figure
        A figure whose sources `sites` and `arcs`, and whose glyphs, are found by name.
    """
    plot = world_figure(ground)
    for add in (_add_arcs, _add_hubs, _add_sites):
        add(plot, plan)
    return plot


def world_figure(ground: Ground) -> figure:
    """Return the carbon intensity of the grids, with pan and zoom."""
    outline = WORLD.outline() / M_PER_KM
    half_x, half_y = MARGIN * np.abs(outline).max(axis=0)
    plot = figure(
        width=1000, height=round(1000 * half_y / half_x), sizing_mode="scale_width", tools=[], toolbar_location=None,
        x_range=Range1d(-half_x, half_x, max_interval=2 * half_x, min_interval=2 * half_x / DEEPEST_ZOOM),
        y_range=Range1d(-half_y, half_y, max_interval=2 * half_y, min_interval=2 * half_y / DEEPEST_ZOOM),
        min_border=0, outline_line_color=None, background_fill_color=None, border_fill_color=None, name="map",
    )  # fmt: skip
    plot.axis.visible = False
    plot.grid.visible = False
    _add_ground(plot, ground, outline)
    wheel = WheelZoomTool(zoom_on_axis=False, name="wheel")
    pan = PanTool()
    plot.add_tools(pan, wheel)
    plot.toolbar.active_drag = pan
    plot.toolbar.active_scroll = None  # the wheel scrolls the page until the reader clicks the map
    return plot


POINTED_COLUMNS = ("country", "it_mw", "emissions_g_per_eflop", "pue", "ci_g_per_kwh", "cooling")
"""Columns of a site in its tooltip."""


def site_sizes_px(it_mw: np.ndarray) -> np.ndarray:
    """Return the diameters of marks whose areas are in proportion to IT power [px]; the smallest can still be clicked."""
    return np.asarray(np.maximum(LARGEST_SITE_PX * np.sqrt(it_mw / it_mw.max()), SMALLEST_SITE_PX))


def _add_ground(plot: figure, ground: Ground, outline: np.ndarray) -> None:
    """Add ocean, graticule, zones of known and of unknown intensity, and the edge of the world."""
    edge = ColumnDataSource({"x": outline[:, 0].round(), "y": outline[:, 1].round()})
    plot.add_glyph(edge, Patch(x="x", y="y", fill_color=LIGHT["ocean"], line_color=None, name="ocean"))
    lines = [line / M_PER_KM for line in WORLD.graticule()]
    thin = MultiLine(line_color=LIGHT["graticule"], line_width=0.6, name="graticule")
    _add_lines(plot, [line[::4] for line in lines], thin)
    zones = WORLD.polygons(ground.zones)
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


def _add_arcs(plot: figure, plan: "Plan") -> None:
    """Add the flows, large ones wide; the page dims those that do not belong to the selected site."""
    flows = plan.assignments.groupby(["site", "hub"])["it_mw"].sum().reset_index().sort_values("it_mw")
    lines, owner, share = [], [], []
    root = np.sqrt(flows["it_mw"].to_numpy(float) / flows["it_mw"].max())
    for site, ends, own_share in zip(flows["site"], arc_ends(flows, plan), root, strict=True):
        for piece in WORLD.lines(*geodesic(*ends).T):
            lines.append(piece / M_PER_KM)
            owner.append(str(site))
            share.append(float(own_share))
    alpha = [0.15 + 0.5 * s for s in share]
    glyph = MultiLine(line_color=LIGHT["arc"], line_width="width", line_alpha="alpha", line_cap="round", name="arcs")
    width = [max(WIDEST_ARC_PX * s, 0.6) for s in share]
    _add_lines(plot, lines, glyph, site=owner, width=width, alpha=list(alpha), resting=alpha)


def _add_hubs(plot: figure, plan: "Plan") -> None:
    """Add the hubs with their demand."""
    points = WORLD.to_map(plan.hubs.geometry.x, plan.hubs.geometry.y) / M_PER_KM
    demand = plan.demand.groupby("hub")["it_mw"].sum()
    names = plan.hubs["name"] if "name" in plan.hubs else plan.hubs["id"]
    labels = [f"{demand.get(h, np.nan):,.1f} MW" for h in plan.hubs["id"]]
    source = ColumnDataSource(
        {"x": points[:, 0], "y": points[:, 1], "name": list(map(str, names)), "label": labels}, name="hubs source"
    )
    glyph = Scatter(x="x", y="y", marker="cross", size=7, line_color=LIGHT["ink"], line_width=1.2, name="hubs")
    drawn = plot.add_glyph(source, glyph)
    plot.add_tools(HoverTool(renderers=[drawn], tooltips=tooltip("Hub @name", [("demand", "label")])))


def _add_sites(plot: figure, plan: "Plan") -> None:
    """Add the sites: area is MW, colour is emissions per compute; a click selects one."""
    points = WORLD.to_map(plan.sites.geometry.x, plan.sites.geometry.y) / M_PER_KM
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
