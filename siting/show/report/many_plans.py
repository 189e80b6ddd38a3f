"""The report of many plans: an interactive map, a chart, and tables of KPIs, sites and binding limits side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.kpis import field
from siting.show.cartography.projection import View
from siting.show.cartography.views import world_of
from siting.show.figures.charts import axes_of, plans_chart
from siting.show.figures.comparison import PLAN_COLOURS, draw_comparison, plan_colour
from siting.show.figures.maps import positions
from siting.show.report import interactive_map, many_tables, report_tables
from siting.show.report.html_page import Chart, assembled, checked_path, drawn_picture, embedded, write_page
from siting.show.report.svg_legends import ground_bar
from siting.show.text.frontier_text import frontier_sentences, named_steps
from siting.show.text.proof_text import gap_in_words
from siting.show.text.site_text import counted
from siting.study.compare import Comparison, compare
from siting.study.map_data import Ground, ground_of

if TYPE_CHECKING:
    from bokeh.plotting import figure

    from siting.plan.plan import Plan
    from siting.study.frontier import Frontier

MOST_DRAWN = len(PLAN_COLOURS)
"""Most plans on one map, as more colours are hard to distinguish: an even choice with both ends is drawn of more."""

DARK_PLAN_COLOURS = ("#7fb8ea", "#f0936b", "#8fd08a", "#c9a3e6", "#e0c24d", "#7fd6d6")
"""The same colours for a dark page."""

RING_STEP_PX = 5.0
FEW = 2
"""Plans up to which their names are the title of the page."""


def write_comparison(side: Comparison, path: str | Path, *, title: str = "", ground: Ground | None = None) -> Path:
    """Write plans side by side as one HTML file that loads nothing from the network.

    Parameters
    ----------
    side : Comparison
        As `siting.compare` returns it.
    path : str or pathlib.Path
        File to write, ending in `.html`.
    title : str, optional
        Title of the page; default the names of the plans, or their number if there are many.
    ground : Ground, optional
        What lies under the map; default the grids in the year and by the method of the first plan.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    SitingError, DataError
        As `write_report` does.

    Examples
    --------
    >>> write_comparison(compare([plan, other]), "compare.html")  # doctest: +SKIP
    """
    file = checked_path(path)
    every = " and ".join(side.names) if len(side.names) <= FEW else f"{len(side.plans)} plans"
    return write_page(
        many_page(side, title or f"{every} compared", str(side).splitlines(), ground=ground),
        file,
        "compare fewer plans",
    )


def write_frontier(front: "Frontier", path: str | Path, *, ground: Ground | None = None) -> Path:
    """Write a frontier as one HTML file that loads nothing from the network: each point is a plan with its own proof.

    Parameters
    ----------
    front : Frontier
        As `siting.frontier` returns it, of two points or more.
    path, ground
        As for `write_comparison`.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    SitingError, DataError
        As `write_comparison` does.
    ScenarioError
        The frontier has one point only.
    """
    file = checked_path(path)
    side = compare(list(front), [f"point {i + 1}" for i in range(len(front))])
    x, y = front.kpis[:2]
    title = f"{front[0].name}: {field(y).label} against {field(x).label}"
    points = named_steps(front).assign(plan=side.names)
    page = many_page(side, title, frontier_sentences(front), kind="Siting frontier", points=points, ground=ground)
    return write_page(page, file, "trace fewer points")


@dataclass(frozen=True, slots=True)
class Ring:
    """A plan in the key of the map: its number, colour, name and number of sites."""

    plan: int
    colour: str
    name: str
    built: str


def many_page(
    side: Comparison,
    title: str,
    answer: Sequence[str],
    *,
    kind: str = "Siting plans",
    points: pd.DataFrame | None = None,
    ground: Ground | None = None,
) -> str:
    """Return the page; `points` are those of the chart, a row for each plan: cost and emissions unless given."""
    under = ground or ground_of(side.plans[0].scenario)
    figures: dict[str, figure] = {}
    table = _points(side) if points is None else points
    if len(table):
        figures["plans"] = plans_chart(table, step=points is not None)
    drawn = _drawn(side)
    if drawn:
        figures["map"] = plans_map(side, under, at_rest=drawn)
    looks = interactive_map.palettes()
    rings = [
        Ring(i, plan_colour(i), name, counted(len(p.sites), "site") if len(p.sites) else p.status.replace("_", " "))
        for i, (name, p) in enumerate(zip(side.names, side.plans, strict=True))
    ]
    proven = sum(p.status == "optimal" for p in side.plans)
    looks["light"]["plans"], looks["dark"]["plans"] = PLAN_COLOURS, DARK_PLAN_COLOURS
    sections = {
        "title": title,
        "kind": kind,
        "answer": list(answer),
        "points": points is not None,
        "plans": [(str(i), name) for i, name in enumerate(side.names)],
        "printed_map": _printed(side, drawn, under) if drawn else "",
        "map_words": _map_words(side, drawn, under) if drawn else "",
        "rings": rings,
        "ground": ground_bar(under, looks["light"]["ground"]),
        "ground_dark": ground_bar(under, looks["dark"]["ground"]).colours,
        "chart": _chart_words(table, frontier=points is not None) if len(table) else None,
        "kpis": many_tables.kpis_table(side),
        "differences": many_tables.differences_table(side) if points is None else None,
        "built": many_tables.built_table(side),
        "sites": many_tables.sites_table(side),
        "limits": many_tables.limits_table(side),
        "sources": many_tables.sources_table(side),
        "proven": f"{proven} of {len(side.plans)} plans are proven to the requested gap; "
        "the first row of KPIs has the status of each.",
    }
    built = [[str(s) for s in plan.sites["id"]] for plan in side.plans]
    data = {"figures": embedded(figures), "palettes": looks, "plans": list(side.names), "built": built}
    return assembled("many.html", sections, data, with_figures=bool(figures))


def plans_map(side: Comparison, ground: Ground, *, at_rest: Sequence[int]) -> "figure":
    """Draw a ring for each plan around every site it builds; the page shows a selected plan alone, and filled.

    Parameters
    ----------
    side : Comparison
        Any plans; those without sites have no ring.
    ground : Ground
        The zones under it.
    at_rest : sequence of int
        The plans shown while none is selected.

    Returns
    -------
    bokeh.plotting.figure
        The map, with a renderer for each plan: `plan 0`, `plan 1`.
    """
    from bokeh.models import HoverTool, TapTool

    shown = positions(*(table for p in side.plans for table in (p.sites, p.hubs)))
    view = world_of(shown)
    plot = interactive_map.world_figure(ground, view, shown)
    most = max(float(p.sites["it_mw"].max()) for p in side.plans if len(p.sites))
    rings = []
    for i, (name, plan) in enumerate(zip(side.names, side.plans, strict=True)):
        if plan.sites.empty:
            continue
        wider = RING_STEP_PX * (list(at_rest).index(i) if i in at_rest else 0)
        ring = plot.scatter(
            "x", "y", size="size", source=_ring_columns(plan, name, view, most, wider), fill_color=plan_colour(i),
            fill_alpha="fill", line_color=plan_colour(i), line_alpha="alpha", line_width=2.5, name=f"plan {i}",
        )  # fmt: skip
        ring.visible = i in at_rest
        ring.selection_glyph = ring.nonselection_glyph = None  # the page styles selected and other rings
        pointed = [("plan", "plan"), *((field(c).label, c) for c in interactive_map.POINTED_COLUMNS)]
        rows = interactive_map.tooltip("@name", pointed)
        plot.add_tools(HoverTool(renderers=[ring], tooltips=rows))
        rings.append(ring)
    plot.add_tools(TapTool(renderers=rings))
    interactive_map.add_labels(plot)
    return plot


def _ring_columns(plan: "Plan", name: str, view: View, most_mw: float, wider_px: float) -> dict[str, Any]:
    """Return the sites of a plan as columns of marks, largest first."""
    sites = plan.sites.sort_values("it_mw", ascending=False)
    at = view.to_map(sites.geometry.x, sites.geometry.y) / interactive_map.M_PER_KM
    size = interactive_map.site_sizes_px(np.append(sites["it_mw"].to_numpy(float), most_mw))[:-1] + wider_px
    columns: dict[str, Any] = {"x": at[:, 0], "y": at[:, 1], "size": size, "id": list(map(str, sites["id"]))}
    columns |= {"name": list(map(str, sites["name"])), "plan": [name] * len(sites)}
    columns |= {"alpha": [1.0] * len(sites), "fill": [0.0] * len(sites)}
    return columns | {c: interactive_map.written(sites[c], c) for c in interactive_map.POINTED_COLUMNS}


def _drawn(side: Comparison) -> list[int]:
    """Return the plans that the map shows at first: those with sites, an even choice of them if there are too many."""
    built = [i for i, p in enumerate(side.plans) if len(p.sites)]
    places = np.unique(np.linspace(0, len(built) - 1, min(len(built), MOST_DRAWN)).round().astype(int))
    return [built[k] for k in places]


def _map_words(side: Comparison, drawn: Sequence[int], ground: Ground) -> str:
    every = len(side.plans)
    few = f" {len(drawn)} of {every} plans are drawn while none is selected." if len(drawn) < every else ""
    return f"One ring for each plan around each site; its area is the IT power. {ground.note}{few}"


def _printed(side: Comparison, drawn: Sequence[int], ground: Ground) -> str:
    """Return the map for paper."""
    chosen = list(drawn)
    if len(chosen) == 1:
        chosen = sorted({chosen[0], 0 if chosen[0] else 1})  # a comparison has two columns, the other without sites
    shown = compare([side.plans[i] for i in chosen], [side.names[i] for i in chosen])
    place = (0.02, 0.08, 0.96, 0.84)
    return drawn_picture(lambda ax: draw_comparison(shown, ax, ground=ground), inches=(10.0, 5.6), place=place)


def _points(side: Comparison) -> pd.DataFrame:
    """Return cost and emissions of the plans, in their order; NaN for plans without sites."""
    columns = ["cost_usd_per_eflop", "emissions_g_per_eflop"]
    rows = [
        {"plan": n, **{c: float(p.kpis.get(c, np.nan)) for c in columns}, "status": p.status, "n_sites": len(p.sites)}
        for n, p in zip(side.names, side.plans, strict=True)
    ]
    known = any(all(c in p.kpis for c in columns) for p in side.plans)
    return pd.DataFrame(rows if known else [], columns=["plan", *columns, "status", "n_sites"])


CHART_HEADS = {
    "plan": "plan", "n_sites": "sites", "bound": "proven bound", "gap": "gap", "added": "sites added", "dropped": "sites dropped"
}  # fmt: skip


def _chart_words(points: pd.DataFrame, *, frontier: bool) -> Chart:
    """Return the title of the chart, a sentence about it, and its figures."""
    open_ends = int((points["status"] != "optimal").sum()) if "status" in points else 0
    between = "each has its own scenario; see the differences"
    if frontier:
        hollow = f"{open_ends} hollow points are not proven to the requested gap"
        below = hollow if open_ends else "no plan lies below the band"
        between = f"labels are numbers of sites; {below}, and nothing is claimed within it between two points"
    table = points[["plan", *(c for c in points.columns if c != "plan")]]
    if "gap" in table:
        table = table.assign(gap=[gap_in_words(v) for v in table["gap"]])
    heads = [CHART_HEADS.get(str(c), field(str(c)).heading()) for c in table]
    figures = report_tables.table_of(
        "plans-figures", "Figures of the chart.", table, heads=heads, plans=[str(i) for i in range(len(table))]
    )
    x, y = axes_of(points)
    title = f"{field(y).label} against {field(x).label}"
    shown = int(points[[x, y]].notna().all(axis=1).sum())
    return Chart("plans", title[:1].upper() + title[1:], f"{shown} plans; {between}.", figures)
