"""The tables of the first page: totals beside other plans, and what was assumed."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.errors import listed
from siting.kpis import G_PER_T, Field, field
from siting.plan.board_units import in_board_units
from siting.show.report.report_tables import Cell, ReportTable, Row
from siting.show.text.amounts import amount, rounded
from siting.show.text.board_text import EFLOP_MEANS

if TYPE_CHECKING:
    from siting.study.story import Story

TOTALS = (
    "emissions_t_per_year", "cost_usd_per_year", "capex_usd", "water_m3_per_year", "usd_per_accelerator_hour",
    "t_per_1e25_operations", "emissions_g_per_eflop", "cost_usd_per_eflop", "eflop_per_year", "rtt_p90_ms_max",
)  # fmt: skip
"""Figures of the table of totals."""
MISSING = "not computed"
SITES_NAMED = 6
ROUNDED_FROM = 1000.0
"""From here on three digits are written."""


def columns_of(story: "Story") -> dict[str, Mapping[str, Any]]:
    """Return the figures of this plan, of the cheapest, of the nearest and of today's pattern, those that the story has."""
    found = {"this plan": story.summary}
    for title, rival in (("cheapest", story.cheapest), ("nearest", story.nearest)):
        if rival is not None:
            found[title] = rival.summary
    if story.today is not None:
        found["today's pattern"] = _of_today(story)
    return found


def _of_today(story: "Story") -> dict[str, Any]:
    """Return the figures of today's pattern for as much compute as the plan's."""
    today, eflop = story.today, story.plan.kpis["eflop_per_year"]
    assert today is not None  # noqa: S101  (`columns_of` has looked)
    emissions, cost = today.emissions_g_per_eflop, today.cost_usd_per_eflop
    return {
        "sites": tuple(today.hubs.sort_values("it_mw", ascending=False)["name"]),
        "emissions_t_per_year": emissions * eflop / G_PER_T,
        "cost_usd_per_year": cost * eflop,
        "emissions_g_per_eflop": emissions,
        "cost_usd_per_eflop": cost,
        "eflop_per_year": eflop,
        **in_board_units(emissions, cost, story.plan.scenario),
    }


def totals_table(story: "Story") -> ReportTable:
    """Return the totals of the plan beside those of the other plans that the story has."""
    columns = columns_of(story)
    names = [listed(map(str, c.get("sites", ())), most=SITES_NAMED) or "no plan" for c in columns.values()]
    rows = [Row((Cell("sites"), *map(Cell, names)))]
    for name in TOTALS:
        figure = field(name)
        values = [c.get(name) for c in columns.values()]
        rows.append(Row((Cell(figure.label), *(_cell(v, figure) for v in values))))
    numeric = (False, *(False for _ in columns))
    return ReportTable(
        "totals", f"Totals of a year. {EFLOP_MEANS} {_left_out(story)}".strip(), ("", *columns), tuple(rows), numeric
    )


def _cell(value: object, figure: Field) -> Cell:
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return Cell(MISSING)
    text = amount(float(value), figure.unit) if abs(value) >= ROUNDED_FROM else f"{figure.write(value)} {figure.unit}"
    return Cell(text, float(value))


def _left_out(story: "Story") -> str:
    """Return which comparison is missing, and how to get it."""
    notes = []
    if story.today is None:
        notes.append(
            'Today\'s pattern is not computed: it needs all shipped hubs (demand.hubs = "cloud_regions").'
            if story.plan.scenario.demand.hubs != "cloud_regions"
            else "Today's pattern is not computed."
        )
    elif story.today.unknown:
        notes.append(f"Today's pattern is that of {story.today.known_share:.0%} of the demand, for the same compute.")
    if story.cheapest is not None:
        notes.append("The cheapest and the nearest plan obey the same limits.")
    else:
        notes.append("The cheapest and the nearest plan are not computed: run siting plan with --rivals.")
    return " ".join(notes)


def assumed_table(assumed: pd.DataFrame) -> ReportTable:
    """Return what was assumed, with what 10 % more of each does."""
    rows = tuple(
        Row((*(Cell(str(r[c])) for c in ("assumption", "value", "range")), _change(r["emissions_10_percent"]), _change(r["cost_10_percent"])))
        for r in assumed.to_dict("records")
    )  # fmt: skip
    heads = ("assumption", "value", "range", "10 % more: emissions", "10 % more: cost")
    caption = "What was assumed, and what 10 % more of it does to emissions and cost per EFLOP; sites and loads held."
    return ReportTable("assumed", caption, heads, rows, (False, False, False, True, True))


def _change(value: float) -> Cell:
    """Return a relative change in per cent; `-` where 10 % more of it means nothing."""
    if math.isnan(value):
        return Cell("-")
    text = "0" if abs(value) < 5e-4 else f"{100 * value:+.1f} %"
    return Cell(text, value)


def inputs_table(assumptions: pd.DataFrame) -> ReportTable:
    """Return every input of the plan, those with the largest effect first."""
    rows = tuple(
        Row((
            Cell(str(r["name"]).replace("-", " ").replace("_", " ")), Cell(_number(r["value"]), r["value"]),
            Cell("fixed" if r["low"] >= r["high"] else f"{_number(r['low'])} to {_number(r['high'])}"), Cell(str(r["unit"])),
            Cell(f"{100 * r['effect_range']:.1f} %", r["effect_range"]), Cell(str(r["quality"])), Cell(str(r["source"])),
        ))
        for r in assumptions.reset_index().to_dict("records")
    )  # fmt: skip
    heads = ("input", "value", "range", "unit", "range moves the objective by", "quality", "source")
    caption = "Every uncertain input of the plan."
    return ReportTable("inputs", caption, heads, rows, (False, True, False, False, True, False, False))


def _number(value: float) -> str:
    return rounded(value) if abs(value) >= 1e-3 else f"{value:.3g}"
