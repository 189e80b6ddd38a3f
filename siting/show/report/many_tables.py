"""The tables of many plans: KPIs, differences of their scenarios, sites, and binding limits."""

import numpy as np
import pandas as pd

from siting.kpis import field
from siting.show.report import report_tables
from siting.show.text.proof_text import gap_in_words
from siting.study.changes.plan_sentences import where_in_words
from siting.study.compare import Comparison

NOT_BUILT, WHOLE = "-", "whole plan"


def kpis_table(side: Comparison) -> report_tables.ReportTable:
    """Return the KPIs, a column for each plan, each in the format of its field."""
    kpis = [str(kpi) for kpi in side.kpis.index]
    of_plans = {
        key: [
            gap_in_words(v) if kpi == "gap" else field(kpi).write(v) for kpi, v in zip(kpis, side.kpis[n], strict=True)
        ]
        for key, n in zip(_keys(side), side.names, strict=True)
    }
    table = pd.DataFrame({"KPI": [field(kpi).label for kpi in kpis], **of_plans, "unit": list(side.kpis["unit"])})
    plans, heads = ["", *_keys(side), ""], ["KPI", *side.names, "unit"]
    return report_tables.table_of("kpis", "KPIs of each plan.", table, heads=heads, column_plans=plans)


def _keys(side: Comparison) -> list[str]:
    """Return the keys of the plans on the page: their numbers."""
    return [str(i) for i in range(len(side.plans))]


def differences_table(side: Comparison) -> report_tables.ReportTable:
    """Return in what the scenarios differ."""
    table = side.in_words.set_axis(_keys(side), axis=1).reset_index()
    caption = "What differs between the scenarios; a dash where a value or a limit is not given."
    return report_tables.table_of(
        "differences", caption, table, heads=["", *side.names], column_plans=["", *_keys(side)]
    )


def sites_table(side: Comparison) -> report_tables.ReportTable:
    """Return the IT power of each site in each plan."""
    power = side.sites[list(side.names)]
    written = power.map("{:,.1f}".format).where(power.notna(), NOT_BUILT).set_axis(_keys(side), axis=1)
    table = pd.concat([side.sites[["name", "country"]], written, side.sites["in_plans"]], axis=1)
    heads = ["site", "country", *(f"{n} [MW]" for n in side.names), "in plans"]
    caption = "IT power of every site; a dash where it is not built."
    return report_tables.table_of(
        "sites", caption, table, heads=heads, sites=list(map(str, side.sites.index)), plans=_members(power.notna()),
        column_plans=["", "", *_keys(side), ""],
    )  # fmt: skip


def _members(held: pd.DataFrame) -> list[str]:
    """Return the keys of the plans that each row belongs to."""
    return [" ".join(str(i) for i in np.flatnonzero(row)) for row in held.to_numpy(bool)]


def built_table(side: Comparison) -> report_tables.ReportTable:
    """Return every site of every plan, largest first within its plan."""
    parts, of = [], []
    for i, (name, plan) in enumerate(zip(side.names, side.plans, strict=True)):
        if plan.sites.empty:
            continue
        shown = report_tables.shown_sites(plan)
        parts.append(shown[["id", *(c for c in report_tables.SITE_COLUMNS if c in shown)]].assign(plan=name))
        of += [str(i)] * len(shown)
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["id", "name", "plan"])
    order = ["name", "plan", *(c for c in table.columns if c not in ("id", "name", "plan"))]
    return report_tables.table_of(
        "built", "The sites of each plan, largest first.", table[order], sites=list(map(str, table["id"])), plans=of
    )  # fmt: skip


def limits_table(side: Comparison) -> report_tables.ReportTable:
    """Return the plans in which each limit binds."""
    binds = side.limits.notna()
    cells = binds.replace({True: "binds", False: NOT_BUILT})
    cells.insert(0, "limit", [str(limit).replace("_", " ") for limit, _ in binds.index])
    cells.insert(1, "where", [where_in_words(str(where), side.site_names) or WHOLE for _, where in binds.index])
    return report_tables.table_of(
        "limits", "Binding limits of each plan.", cells, heads=["limit", "where", *side.names], plans=_members(binds),
        column_plans=["", "", *_keys(side)],
    )  # fmt: skip


def sources_table(side: Comparison) -> report_tables.ReportTable:
    """Return the sources of all plans, each once."""
    every = pd.concat([p.sources for p in side.plans]).drop_duplicates()
    return report_tables.table_of("sources", "Sources of all numbers.", every)
