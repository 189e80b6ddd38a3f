"""The report of a plan: one HTML page that needs only a browser, to explore, to read by screen reader and to print."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.kpis import field
from siting.show.figures import charts
from siting.show.figures.maps import draw_plan, guessed_sites
from siting.show.report import board_tables, report_tables
from siting.show.report.html_page import Chart, assembled, checked_path, drawn_picture, embedded, write_page
from siting.show.report.interactive_map import palettes, report_map
from siting.show.report.svg_legends import map_legends
from siting.show.text import answer
from siting.show.text.board_text import EFLOP_MEANS, beside, caveats
from siting.show.text.limit_text import limit_name, limit_terms, limit_words
from siting.show.text.site_text import carbon_sentences, site_sentences
from siting.study.map_data import CI_COLUMN, Ground

if TYPE_CHECKING:
    import pandas as pd
    from bokeh.plotting import figure

    from siting.study.story import Story


def write_report(story: "Story", path: str | Path, *, ground: Ground | None = None) -> Path:
    """Write a plan as one HTML file that loads nothing from the network.

    The page has an interactive map, the tables of the plan linked to it, the binding limits, the excluded candidates
    with the reason, and the source of every number. It has a dark and a print style and can be used by keyboard and
    screen reader. Scripts run only if their checksum is ours, and the page may not reach the network.

    Parameters
    ----------
    story : Story
        A plan and what it is compared with; the page of a plan without sites states why there are none.
    path : str or pathlib.Path
        File to write, ending in `.html`.
    ground : Ground, optional
        What lies under the map; default the story's.

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
    >>> write_report(story_of(plan), "report.html")  # doctest: +SKIP
    """
    file = checked_path(path)
    return write_page(report_page(story, ground=ground), file, "plan fewer candidates, or read plan.json")


def report_page(story: "Story", *, ground: Ground | None = None) -> str:
    """Return the page of a report; parameters as for `write_report`."""
    plan, explanation = story.plan, story.explanation
    figures, drawn = _charts(story)
    candidates, limits = report_tables.candidate_rows(story)
    data: dict[str, Any] = {
        "palettes": palettes(),
        "candidates": candidates,
        "limits": [limit_name(limit) for limit in limits],
    }
    sections = {
        "plan": plan,
        "answer": answer.answer_sentences(story),
        "charts": drawn,
        "eflop_means": EFLOP_MEANS,
        "limits": [
            (limit_name(x.name), limit_words(x.name), limit_terms(x, story.names)) for x in plan.scenario.acting_limits
        ],
        "regret": report_tables.regret_table(plan, explanation, story.names) if explanation is not None else None,
        "excluded": report_tables.excluded_groups(candidates, limits),
        "candidates": report_tables.candidates_table(story) if plan.kpis else None,
        "n_candidates": len(candidates),
        "near_ties": story.near_ties,
        "unusual": list(plan.scenario.unusual.values()),
        "notes": [] if story.prepared is None else list(story.prepared.notes),
        "unknowns": report_tables.unknowns_table(plan, story.not_rechecked, story.names),
        "sources": report_tables.sources_table(plan),
        "given": report_tables.given_table(plan),
        **(_with_sites(story, ground or story.ground) if plan.kpis else dict.fromkeys(ONLY_WITH_SITES)),
    }
    if plan.kpis:
        figures["map"] = report_map(plan, ground or story.ground)
    return assembled("report.html", sections, data | {"figures": embedded(figures)}, with_figures=bool(figures))


ONLY_WITH_SITES = (
    "beside", "totals", "assumed", "inputs", "caveats", "map_words", "legends", "unknown_ground", "guessed", "printed_map", "kpis", "site_words", "sites", "assignments",
    "ledger", "binding", "duties",
)  # fmt: skip
"""Sections of a plan with sites; None in the page of a plan without."""


def _with_sites(story: "Story", ground: Ground) -> dict[str, Any]:
    """Return the sections `ONLY_WITH_SITES`."""
    plan, assumed, inputs = story.plan, story.assumed, story.assumptions
    return {
        "beside": beside(story),
        "totals": board_tables.totals_table(story),
        "assumed": None if assumed is None else board_tables.assumed_table(assumed),
        "inputs": None if inputs is None else board_tables.inputs_table(inputs),
        "caveats": caveats(story),
        "map_words": f"{answer.map_in_words(plan)} {ground.note}",
        "legends": map_legends(plan, ground),
        "unknown_ground": bool(ground.zones[CI_COLUMN].isna().any()),
        "guessed": bool(guessed_sites(plan.sites).any()),
        # a printer cannot hover: the map for paper has names and legends
        "printed_map": drawn_picture(lambda ax: draw_plan(plan, ax, ground=ground)),
        "kpis": report_tables.kpis_table(plan, story.interval),
        "site_words": [*site_sentences(plan), *carbon_sentences(plan, story.by_other_factors)],
        "sites": report_tables.sites_table(plan, story.programmes, story.names),
        "assignments": report_tables.assignments_table(plan),
        "ledger": report_tables.ledger_table(plan, story.programmes),
        "binding": report_tables.binding_table(plan, story.names),
        "duties": report_tables.duties_table(story),
    }


def _charts(story: "Story") -> tuple[dict[str, "figure"], list[Chart]]:
    """Return the charts that the story has numbers for, each with a sentence and its table."""
    figures: dict[str, figure] = {}
    drawn: list[Chart] = []
    steps, ratio, frontier = story.steps, story.waterfall, story.frontier
    if steps is not None:
        figures["waterfall"] = charts.against_today_chart(steps)
        drawn.append(_chart("waterfall", "From today's pattern to this plan", answer.steps_in_words(steps), steps))
    if ratio is not None:
        figures["ratio"] = charts.ratio_chart(ratio)
        words = f"A ratio of {ratio['cumulative'].iloc[-1]:.3g}, cause by cause."
        drawn.append(_chart("ratio", "Causes of a ratio", words, ratio))
    if frontier is not None:
        figures["frontier"] = charts.frontier_chart(frontier, story.plan)
        x, y = charts.axes_of(frontier)
        by = f"{field(x).heading()} and {field(y).heading()}"
        words = f"{len(frontier)} plans by {by}; nothing is claimed between two."
        drawn.append(_chart("frontier", "Other plans on the frontier", words, frontier, index=False))
    return figures, drawn


def _chart(key: str, title: str, words: str, table: "pd.DataFrame", *, index: bool = True) -> Chart:
    frame = table.reset_index(names="cause") if index else table
    return Chart(key, title, words, report_tables.table_of(f"{key}-figures", f"Figures of the chart: {title}.", frame))
