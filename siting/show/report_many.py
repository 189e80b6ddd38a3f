"""The report of many plans: side by side on a map to hover, in a chart, and in tables of what each reaches and where."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.show import report_tables
from siting.show.compare import PLAN_COLOURS, draw_comparison
from siting.show.fields import field
from siting.show.ground import Ground, carbon_ground
from siting.show.projection import WORLD
from siting.show.report_page import as_picture, assembled, checked_path, embedded, write_page
from siting.study.compare import Comparison, compare
from siting.study.paths import known_paths, value_at

if TYPE_CHECKING:
    from bokeh.plotting import figure

    from siting.study.frontier import Frontier

MOST_DRAWN = len(PLAN_COLOURS)
"""Plans on one map: more colours than these are not told apart. Of more, an even choice with both ends is drawn."""

RING_STEP_PX = 5.0
NOT_BUILT = "-"


def write_comparison(side: Comparison, path: str | Path, *, ground: Ground | None = None) -> Path:
    """Write plans side by side as one HTML file that loads nothing from anywhere.

    Parameters
    ----------
    side : Comparison
        As `siting.compare` returns it.
    path : str or pathlib.Path
        File to write, ending in `.html`.
    ground : Ground, optional
        What lies under the map; default the shipped ground.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    SitingError
        The ending is not `.html`, or the page would be above 6 MB.
    DataError
        The file cannot be written.

    Examples
    --------
    >>> write_comparison(compare([plan, other]), "compare.html")  # doctest: +SKIP
    """
    file = checked_path(path)
    title = f"{len(side.plans)} plans compared"
    return write_page(many_page(side, title, str(side).splitlines(), ground=ground), file, "compare fewer plans")


def write_frontier(front: "Frontier", path: str | Path, *, ground: Ground | None = None) -> Path:
    """Write a frontier as one HTML file that loads nothing from anywhere: each point is a plan with its own proof.

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
        The frontier has one point only: there is nothing to compare.
    """
    file = checked_path(path)
    side = compare(list(front), [f"point {i + 1}" for i in range(len(front))])
    x, y = front.kpis[:2]
    said = [*_ends_in_words(front.table, x, y), *str(side).splitlines()[:1]]
    if front.unsolved:
        said.append(f"No plan was found in the time at {len(front.unsolved)} level(s).")
    title = f"{front[0].name}: {field(y).label} against {field(x).label}"
    page = many_page(side, title, said, kind="Siting frontier", points=front.table, ground=ground)
    return write_page(page, file, "trace fewer points")


def many_page(
    side: Comparison,
    title: str,
    answer: Sequence[str],
    *,
    kind: str = "Siting plans",
    points: pd.DataFrame | None = None,
    ground: Ground | None = None,
) -> str:
    """Return the page; `points` are what the chart shows, the plans' cost and emissions unless given."""
    under = carbon_ground() if ground is None else ground
    figures: dict[str, figure] = {}
    table = _points(side) if points is None else points
    drawn = _drawn(side)
    if drawn is not None:
        figures["plans-map"] = plans_map(drawn, under)
    if len(table):
        figures["plans"] = _chart(table, step=points is not None)
    sections = {
        "title": title,
        "kind": kind,
        "answer": list(answer),
        "printed_map": "" if drawn is None else _printed(drawn),
        "map_words": "" if drawn is None else _map_words(side, drawn),
        "chart": _chart_words(table, frontier=points is not None) if len(table) else None,
        "kpis": _kpis_sheet(side),
        "asked": _asked_sheet(side) if points is None else None,
        "sites": _sites_sheet(side),
        "limits": _limits_sheet(side),
        "sources": _sources_sheet(side),
        "proven": _proven(side),
    }
    return assembled(
        "many.html", sections, {"figures": embedded(figures), "palettes": _looks(), "excluded": []},
        with_figures=bool(figures),
    )  # fmt: skip


def plans_map(side: Comparison, ground: Ground) -> "figure":
    """Draw a ring a plan round every site it builds; the legend hides and shows plans.

    Parameters
    ----------
    side : Comparison
        Of at most six plans; those without sites have no ring.
    ground : Ground
        The zones under it.

    Returns
    -------
    bokeh.plotting.figure
        The map, with a renderer a plan.
    """
    from bokeh.models import HoverTool, ResetTool, ZoomInTool, ZoomOutTool

    from siting.show.report_map import site_sizes_px, tooltip, world_figure, written

    plot = world_figure(ground)
    most = max(float(p.sites["it_mw"].max()) for p in side.plans if len(p.sites))
    told = ("country", "it_mw", "emissions_g_per_eflop", "cooling")
    for i, (name, plan) in enumerate(zip(side.names, side.plans, strict=True)):
        if plan.sites.empty:
            continue
        at = WORLD.to_map(plan.sites.geometry.x, plan.sites.geometry.y) / 1000.0
        size = site_sizes_px(np.append(plan.sites["it_mw"].to_numpy(float), most))[:-1] + RING_STEP_PX * i
        columns: dict[str, Any] = {"x": at[:, 0], "y": at[:, 1], "size": size, "name": list(plan.sites["name"])}
        columns |= {c: written(plan.sites[c], c) for c in told} | {"plan": [name] * len(size)}
        ring = plot.scatter(
            "x", "y", size="size", source=columns, fill_color=None, line_color=PLAN_COLOURS[i], line_width=2.5,
            legend_label=f"{name}: {len(size)} {'site' if len(size) == 1 else 'sites'}", name=f"plan {i}",
        )  # fmt: skip
        rows = tooltip("@name", [("plan", "plan"), *((field(c).label, c) for c in told)])
        plot.add_tools(HoverTool(renderers=[ring], tooltips=rows))
    plot.add_tools(ZoomInTool(), ZoomOutTool(), ResetTool())
    plot.toolbar_location = "right"
    plot.toolbar.logo = None
    plot.legend.location, plot.legend.click_policy = "bottom_left", "hide"
    plot.legend.background_fill_alpha, plot.legend.border_line_alpha = 0.0, 0.0
    return plot


def _looks() -> dict[str, Any]:
    from siting.show.report_map import palettes

    return palettes()


def _drawn(side: Comparison) -> Comparison | None:
    """Return the plans that the map shows: those with sites, an even choice of them where there are too many."""
    built = [i for i, p in enumerate(side.plans) if len(p.sites)]
    if not built:
        return None
    places = np.unique(np.linspace(0, len(built) - 1, min(len(built), MOST_DRAWN)).round().astype(int))
    chosen = [built[k] for k in places]
    if len(chosen) == 1:
        chosen = sorted({chosen[0], 0 if chosen[0] else 1})  # a comparison has two columns, the other without sites
    return compare([side.plans[i] for i in chosen], [side.names[i] for i in chosen])


def _map_words(side: Comparison, drawn: Comparison) -> str:
    few = "" if len(drawn.plans) == len(side.plans) else f" {len(drawn.plans)} of {len(side.plans)} plans are drawn."
    return f"A ring a plan round each site, its area the IT power; ground: life-cycle carbon of the grids.{few}"


def _printed(side: Comparison) -> str:
    """Return the map for paper."""
    from matplotlib.figure import Figure

    sheet = Figure(figsize=(10.0, 5.6))
    draw_comparison(side, sheet.add_axes((0.02, 0.08, 0.96, 0.84)))
    return as_picture(sheet)


def _points(side: Comparison) -> pd.DataFrame:
    """Return cost and emissions of the plans that have them."""
    columns = ["cost_usd_per_eflop", "emissions_g_per_eflop"]
    kpis = [(n, p) for n, p in zip(side.names, side.plans, strict=True) if all(c in p.kpis for c in columns)]
    rows = [{"plan": n, **{c: float(p.kpis[c]) for c in columns}, "status": p.status} for n, p in kpis]
    return pd.DataFrame(rows, columns=["plan", *columns, "status"])


def _chart(points: pd.DataFrame, *, step: bool) -> "figure":
    from siting.show.charts import plans_chart

    return plans_chart(points, step=step)


def _chart_words(points: pd.DataFrame, *, frontier: bool) -> dict[str, Any]:
    """Return what the chart says in a sentence, and its figures."""
    open_ends = int((points["status"] != "optimal").sum()) if "status" in points else 0
    below = "no plan lies below the points, to the asked gap" if not open_ends else f"{open_ends} hollow, not proven"
    between = (
        f"{below}; between two of them nothing is claimed"
        if frontier
        else "each has its own question; see what was asked"
    )
    told = f"{len(points)} plans; {between}."
    return {"words": told, "table": report_tables.sheet("plans-figures", "The figures of the chart.", points)}


def _ends_in_words(points: pd.DataFrame, x: str, y: str) -> list[str]:
    """Say what the two ends of a frontier are, and what lies between."""
    ends = points.sort_values(x).iloc[[0, -1]]
    (x0, x1), (y0, y1) = ends[x], ends[y]
    named = [f"{field(k).write(v)} {field(k).unit}" for k, v in ((x, x0), (y, y0), (y, y1), (x, x1))]
    times = f", {y0 / y1:.1f} times as much as at the other end" if y1 > 0 else ""
    return [
        f"Least {field(x).label}: {named[0]}, with {field(y).label} of {named[1]}{times}.",
        f"Least {field(y).label}: {named[2]}, with {field(x).label} of {named[3]}.",
    ]


def _kpis_sheet(side: Comparison) -> report_tables.Sheet:
    """Return the KPIs, a column a plan, each written as its own field says."""
    rows = [
        {"figure": field(str(kpi)).label, **{n: _told(str(kpi), row[n]) for n in side.names}, "unit": row["unit"]}
        for kpi, row in side.kpis.iterrows()
    ]
    table = pd.DataFrame(rows, columns=["figure", *side.names, "unit"])
    return report_tables.sheet("kpis", "What each plan reaches.", table, heads=list(table.columns))


def _told(kpi: str, value: Any) -> str:
    if kpi == "gap":
        return "unknown" if value is None or pd.isna(value) else f"{value:.2%}"
    return field(kpi).write(value)


def _asked_sheet(side: Comparison) -> report_tables.Sheet:
    """Return the figures of the questions that are not alike."""
    asked = [{p: value_at(plan.scenario, p) for p in known_paths(plan.scenario)} for plan in side.plans]
    paths = dict.fromkeys(path for told in asked for path in told)
    rows = [
        {"figure": path, **{n: _as_text(told.get(path)) for n, told in zip(side.names, asked, strict=True)}}
        for path in paths
        if len({_as_text(told.get(path)) for told in asked}) > 1
    ]
    table = pd.DataFrame(rows, columns=["figure", *side.names])
    caption = "Figures of the questions that differ, by their path in a scenario file; a dash where it is not set."
    return report_tables.sheet("asked", caption, table, heads=list(table.columns))


def _as_text(value: Any) -> str:
    return NOT_BUILT if value is None or value == () else f"{value:g}" if isinstance(value, float) else str(value)


def _sites_sheet(side: Comparison) -> report_tables.Sheet:
    """Return the IT power of each site in each plan."""
    power = side.sites[list(side.names)]
    written = {n: [NOT_BUILT if pd.isna(v) else f"{v:,.1f}" for v in power[n]] for n in side.names}
    table = side.sites[["name", "country"]].assign(**written).assign(**{"in plans": side.sites["in_plans"]})
    heads = ["site", "country", *(f"{n} [MW]" for n in side.names), "in plans"]
    return report_tables.sheet("sites", "IT power of every site; a dash where it is not built.", table, heads=heads)


def _limits_sheet(side: Comparison) -> report_tables.Sheet:
    """Return where each limit binds."""
    table = side.limits.notna().replace({True: "binds", False: NOT_BUILT}).reset_index()
    return report_tables.sheet("limits", "Limits that leave a plan no room.", table, heads=list(table.columns))


def _sources_sheet(side: Comparison) -> report_tables.Sheet:
    """Return the sources of all plans, each once."""
    every = pd.concat([p.sources for p in side.plans]).drop_duplicates()
    return report_tables.sheet("sources", "The tables that the plans' numbers rest on.", every)


def _proven(side: Comparison) -> str:
    proven = sum(p.status == "optimal" for p in side.plans)
    return f"{proven} of {len(side.plans)} plans are proven to the asked gap; the first row of figures says which."
