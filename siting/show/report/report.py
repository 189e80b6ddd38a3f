"""The report of a plan: one page that needs nothing but a browser, to be explored, read aloud or printed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.errors import DataError
from siting.kpis import field
from siting.show.cartography.basemap import CI_COLUMN, Ground, carbon_ground
from siting.show.figures import charts
from siting.show.figures.maps import guessed_sites
from siting.show.report import report_tables
from siting.show.report.html_page import Chart, as_picture, assembled, checked_path, embedded, write_page
from siting.show.report.interactive_map import palettes, report_map
from siting.show.report.svg_legends import map_legends
from siting.show.text import answer
from siting.show.text.site_text import site_sentences

if TYPE_CHECKING:
    from bokeh.plotting import figure

    from siting.plan.plan import Plan
    from siting.solver.analysis.regret import Explanation
    from siting.study.todays_pattern import Today

INTERVAL_DRAWS = 200


def write_report(
    plan: "Plan",
    path: str | Path,
    *,
    explanation: "Explanation | None" = None,
    frontier: pd.DataFrame | None = None,
    waterfall: pd.DataFrame | None = None,
    today: "Today | None" = None,
    ground: Ground | None = None,
) -> Path:
    """Write a plan as one HTML file that loads nothing from anywhere.

    The page holds a map to hover, zoom and click, the tables of the plan linked to it, what binds, what was left
    out and why, and where every number comes from. It has a dark and a print style and is read by keyboard and
    screen reader. Scripts in it run only if their checksum is ours, and it may not reach the network.

    Parameters
    ----------
    plan : Plan
        Any plan; one without sites says why there are none.
    path : str or pathlib.Path
        File to write, ending in `.html`.
    explanation : Explanation, optional
        As `siting.explain` returns it: adds the list of regrets.
    frontier : pandas.DataFrame, optional
        Plans to compare with, a row each; the first two columns of numbers are the axes. Something that has such a
        `table` will do.
    waterfall : pandas.DataFrame, optional
        As `siting.waterfall` returns it: adds the ratio of two settings, cause by cause.
    today : Today, optional
        As `siting.today` returns it; computed here where the demand's hubs are today's cloud regions.
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
        The file cannot be written, or the frontier has no two columns of numbers.

    Examples
    --------
    >>> write_report(plan, "report.html")  # doctest: +SKIP
    """
    file = checked_path(path)
    page = report_page(
        plan, explanation=explanation, frontier=frontier, waterfall=waterfall, today=today, ground=ground
    )
    return write_page(page, file, "plan fewer candidates, or read plan.json")


def report_page(
    plan: "Plan",
    *,
    explanation: "Explanation | None" = None,
    frontier: pd.DataFrame | None = None,
    waterfall: pd.DataFrame | None = None,
    today: "Today | None" = None,
    ground: Ground | None = None,
) -> str:
    """Return the page of a report; parameters as for `write_report`."""
    beside, interval = today or _today(plan), _interval(plan)
    figures, drawn = _charts(plan, beside, frontier, waterfall)
    legends, printed = None, ""
    if plan.kpis:
        under = carbon_ground() if ground is None else ground
        figures["map"] = report_map(plan, under)
        legends, printed = map_legends(plan), _printed_map(plan, under)
    sections = {
        "plan": plan,
        "answer": answer.answer_sentences(plan, beside, interval),
        "map_words": answer.map_in_words(plan) if plan.kpis else "",
        "legends": legends,
        "unknown_ground": bool(plan.kpis) and bool(under.zones[CI_COLUMN].isna().any()),
        "guessed": bool(plan.kpis) and bool(guessed_sites(plan.sites).any()),
        "printed_map": printed,
        "kpis": report_tables.kpis_sheet(plan, interval) if plan.kpis else None,
        "charts": drawn,
        "limits": [(x.name, report_tables.planners_words(x.name), _terms(x))
                   for x in plan.scenario.limits],
        "regret": report_tables.regret_sheet(plan, explanation) if explanation is not None else None,
        "left_out": report_tables.left_out(plan),
        "unknowns": report_tables.unknowns_sheet(plan),
        "sources": report_tables.sources_sheet(plan),
        "site_words": site_sentences(plan) if plan.kpis else [],
        **_tables(plan),
    }  # fmt: skip
    data = {"figures": embedded(figures), "palettes": palettes(), "excluded": report_tables.left_out_rows(plan)}
    return assembled("report.html", sections, data, with_figures=bool(figures))


def _tables(plan: "Plan") -> dict[str, Any]:
    """Return the tables that only a plan with sites has."""
    if not plan.kpis:
        return dict.fromkeys(("sites", "assignments", "ledger", "binding", "duties"))
    return {
        "sites": report_tables.sites_sheet(plan),
        "assignments": report_tables.assignments_sheet(plan),
        "ledger": report_tables.ledger_sheet(plan),
        "binding": report_tables.binding_sheet(plan),
        "duties": report_tables.duties_sheet(plan),
    }


def _today(plan: "Plan") -> "Today | None":
    """Return today's pattern where it is known; it needs no more than the question."""
    from siting.study.todays_pattern import today

    return today(plan.scenario) if plan.kpis and plan.scenario.demand.hubs == "cloud_regions" else None


def _interval(plan: "Plan") -> pd.DataFrame | None:
    """Return how far the figures may be off, or None where it cannot be told (the page says so)."""
    if not plan.kpis:
        return None
    try:
        return plan.kpis_interval(INTERVAL_DRAWS)
    except DataError:
        return None


def _charts(
    plan: "Plan", today: "Today | None", frontier: pd.DataFrame | None, waterfall: pd.DataFrame | None
) -> tuple[dict[str, "figure"], list[Chart]]:
    """Return the charts there are numbers for, each with a sentence and its table."""
    figures: dict[str, figure] = {}
    drawn: list[Chart] = []
    if today is not None:
        from siting.study.against_today import against_today

        steps = against_today(plan, today)
        figures["waterfall"] = charts.against_today_chart(steps)
        drawn.append(_chart("waterfall", "From today's pattern to this plan", answer.steps_in_words(steps), steps))
    if waterfall is not None:
        figures["ratio"] = charts.ratio_chart(waterfall)
        told = f"A ratio of {waterfall['cumulative'].iloc[-1]:.3g}, cause by cause."
        drawn.append(_chart("ratio", "What a ratio is made of", told, waterfall))
    if frontier is not None:
        frontier = getattr(frontier, "table", frontier)
        figures["frontier"] = charts.frontier_chart(frontier, plan)
        x, y = charts.axes_of(frontier)
        told = (
            f"{len(frontier)} plans by {field(x).heading()} and {field(y).heading()}; between them nothing is claimed."
        )
        drawn.append(_chart("frontier", "What else could be had", told, frontier, index=False))
    return figures, drawn


def _chart(key: str, title: str, words: str, table: pd.DataFrame, *, index: bool = True) -> Chart:
    frame = table.reset_index(names="cause") if index else table
    return Chart(key, title, words, report_tables.sheet(f"{key}-figures", f"The figures of the chart: {title}.", frame))


def _terms(limit: Any) -> str:
    """Return what a limit was told, as the scenario says it."""
    told = limit.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
    return ", ".join(f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in told.items() if v != [])


def _printed_map(plan: "Plan", ground: Ground) -> str:
    """Return the map for paper as a data URL: a printer cannot hover, but can show names and legends."""
    from matplotlib.figure import Figure

    from siting.show.cartography.map_layout import SHEET_INCHES
    from siting.show.figures.maps import draw_plan

    sheet = Figure(figsize=SHEET_INCHES)
    draw_plan(plan, sheet.add_axes((0.0, 0.0, 1.0, 1.0)), ground=ground)
    return as_picture(sheet)
