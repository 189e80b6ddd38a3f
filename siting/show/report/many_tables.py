"""The tables of many plans: what each reaches, what was asked of it, where it builds, and what holds it."""

from typing import Any

import numpy as np
import pandas as pd

from siting.kpis import field
from siting.show.report import report_tables
from siting.show.text.proof_text import gap_in_words
from siting.study.compare import NOT_GIVEN, Comparison

NOT_BUILT = "-"


def kpis_sheet(side: Comparison) -> report_tables.Sheet:
    """Return the KPIs, a column a plan, each written as its own field says."""
    rows = [
        {
            "figure": field(str(kpi)).label,
            **{k: _told(str(kpi), row[n]) for k, n in zip(_keys(side), side.names, strict=True)},
            "unit": row["unit"],
        }
        for kpi, row in side.kpis.iterrows()
    ]
    table = pd.DataFrame(rows, columns=["figure", *_keys(side), "unit"])
    plans, heads = ["", *_keys(side), ""], ["figure", *side.names, "unit"]
    return report_tables.sheet("kpis", "What each plan reaches.", table, heads=heads, column_plans=plans)


def _keys(side: Comparison) -> list[str]:
    """Return the plans as the page tells them apart: by their number."""
    return [str(i) for i in range(len(side.plans))]


def _told(kpi: str, value: Any) -> str:
    if kpi == "gap":
        return gap_in_words(value)
    return field(kpi).write(value)


def asked_sheet(side: Comparison) -> report_tables.Sheet:
    """Return the figures of the questions that are not alike."""
    table = side.questions.set_axis(_keys(side), axis=1).replace({NOT_GIVEN: NOT_BUILT}).reset_index()
    caption = "Figures of the questions that differ, by their path in a scenario file; a dash where it is not set."
    return report_tables.sheet("asked", caption, table, heads=["figure", *side.names], column_plans=["", *_keys(side)])


def sites_sheet(side: Comparison) -> report_tables.Sheet:
    """Return the IT power of each site in each plan."""
    power = side.sites[list(side.names)]
    written = {
        k: [NOT_BUILT if pd.isna(v) else f"{v:,.1f}" for v in power[n]]
        for k, n in zip(_keys(side), side.names, strict=True)
    }
    table = side.sites[["name", "country"]].assign(**written).assign(in_plans=side.sites["in_plans"])
    heads = ["site", "country", *(f"{n} [MW]" for n in side.names), "in plans"]
    caption = "IT power of every site; a dash where it is not built."
    return report_tables.sheet(
        "sites", caption, table, heads=heads, sites=list(map(str, side.sites.index)), plans=_members(power.notna()),
        column_plans=["", "", *_keys(side), ""],
    )  # fmt: skip


def _members(held: pd.DataFrame) -> list[str]:
    """Return the plans, by key, that each row holds for."""
    return [" ".join(str(i) for i in np.flatnonzero(row)) for row in held.to_numpy(bool)]


def built_sheet(side: Comparison) -> report_tables.Sheet:
    """Return every site of every plan, largest first within its plan."""
    parts, of = [], []
    for i, (name, plan) in enumerate(zip(side.names, side.plans, strict=True)):
        if plan.sites.empty:
            continue
        shown = report_tables.shown_sites(plan)
        parts.append(shown[["id", *(c for c in BUILT_COLUMNS if c in shown)]].assign(plan=name))
        of += [str(i)] * len(shown)
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["id", "name", "plan"])
    order = ["name", "plan", *(c for c in table.columns if c not in ("id", "name", "plan"))]
    return report_tables.sheet(
        "built", "The sites of each plan, largest first.", table[order], sites=list(map(str, table["id"])), plans=of
    )  # fmt: skip


BUILT_COLUMNS = (
    "name", "country", "it_mw", "halls", "cooling", "pue", "ci_g_per_kwh", "emissions_g_per_eflop", "cost_usd_per_eflop",
    "emissions_t_per_year", "cost_usd_per_year", "renewable_share", "rtt_p90_ms_max", "incentives",
)  # fmt: skip
"""What is told of a site in each plan."""


def limits_sheet(side: Comparison) -> report_tables.Sheet:
    """Return where each limit binds."""
    binds = side.limits.notna()
    table = binds.replace({True: "binds", False: NOT_BUILT}).reset_index()
    return report_tables.sheet(
        "limits", "Limits that leave a plan no room.", table, heads=list(table.columns), plans=_members(binds),
        column_plans=["", "", *_keys(side)],
    )  # fmt: skip


def sources_sheet(side: Comparison) -> report_tables.Sheet:
    """Return the sources of all plans, each once."""
    every = pd.concat([p.sources for p in side.plans]).drop_duplicates()
    return report_tables.sheet("sources", "The tables that the plans' numbers rest on.", every)
