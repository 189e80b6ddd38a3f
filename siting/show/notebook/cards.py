"""Cards: what a notebook shows where a value is the last line of a cell, a small map and a table."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import escape

from siting.errors import printable
from siting.kpis import KPIS, field
from siting.show.notebook.small_map import Marks, small_map
from siting.show.text.proof_text import proven
from siting.show.text.site_text import counted
from siting.study.map_data import candidate_points
from siting.units import Floats

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.problem.problem import Problem
    from siting.scenario.scenario import Scenario
    from siting.study.compare import Comparison
    from siting.study.frontier import Frontier
    from siting.study.runs.sweep import Sweep
    from siting.study.uncertainty.ensemble import Ensemble

MOST_ROWS = 10
"""Rows of a table on a card; the value itself has all of them."""
LARGEST_PX, SMALLEST_PX = 13.0, 3.0
SITE, RIVAL = "#0b4f8a", "#b5532d"
PLAN_KPIS = (
    "emissions_g_per_eflop",
    "emissions_t_per_year",
    "cost_usd_per_eflop",
    "pue",
    "wue_l_per_kwh",
    "rtt_p90_ms_max",
)
COMPUTE = "1 EFLOP is 10<sup>18</sup> operations."
Row = Sequence[object]


def plan_card(plan: "Plan") -> str:
    """Return a plan: its sites on a map, KPIs, and the largest sites."""
    if not plan.kpis:
        return _card(f"Plan {plan.name}", "", _sentence(f"{proven(plan)}."))
    sites = plan.sites.sort_values("it_mw", ascending=False)
    shown = pd.DataFrame(
        {"name": sites["name"], "lon": sites.geometry.x, "lat": sites.geometry.y, "mw": sites["it_mw"]}
    )
    shown["words"] = [f"{n}: {mw:,.0f} MW" for n, mw in zip(shown["name"], shown["mw"], strict=True)]
    hubs = pd.DataFrame({"name": plan.hubs["name"], "lon": plan.hubs.geometry.x, "lat": plan.hubs.geometry.y})
    words = f"{counted(len(sites), 'site')} and {counted(len(hubs), 'hub')}"
    drawn = small_map(Marks(hubs, 3.0, cross=True), Marks(shown, _radii(shown["mw"]), SITE, named=True), label=words)
    columns = ("name", "country", "it_mw", "emissions_g_per_eflop", "pue")
    rows = [[field(c).write(row[c]) for c in columns] for row in sites.head(MOST_ROWS).to_dict("records")]
    table = _table([field(c).heading() for c in columns], rows, more=len(sites) - len(rows))
    return _card(
        f"Plan {plan.name}: {words}", drawn, _pairs(_kpis(plan)), table, _sentence(f"{proven(plan)}."), COMPUTE
    )


def problem_card(problem: "Problem") -> str:
    """Return a prepared problem: candidates and hubs on a map, and its size."""
    excluded = problem.excluded["site"].nunique()
    size = {
        "Candidates": f"{len(problem.sites):,} left, {excluded:,} excluded",
        "Options (site and cooling design)": f"{len(problem.options):,}",
        "Hubs": f"{len(problem.hubs):,}",
        "Demand": f"{problem.demand_mw.sum():,.6g} MW",
        "Pairs of site and demand within the latency limits": f"{len(problem.arcs):,}",
    }
    reasons = problem.excluded.groupby("limit")["site"].nunique().sort_values(ascending=False)
    rows = [[str(limit).replace("_", " "), f"{n:,}"] for limit, n in reasons.head(MOST_ROWS).items()]
    table = _table(["excluded by", "candidates"], rows, more=len(reasons) - len(rows)) if rows else ""
    drawn = small_map(
        Marks(problem.sites, 2.0, RIVAL), Marks(problem.hubs, 3.0, cross=True), label="candidates and hubs"
    )
    return _card(f"Problem {problem.scenario.name}", drawn, _pairs(size), table)


def scenario_card(scenario: "Scenario") -> str:
    """Return a scenario: its candidates on a map, and its parts in words."""
    return _card(
        f"Scenario {scenario.name}",
        small_map(Marks(candidate_points(scenario), 2.0, RIVAL), label="candidates"),
        _pairs(scenario.in_words),
    )


def frontier_card(front: "Frontier") -> str:
    """Return a frontier: a row for each plan, and the sites, larger where more plans build them."""
    columns = [*front.kpis, "n_sites"]
    rows = [[field(c).write(row[c]) for c in columns] for row in front.table.head(MOST_ROWS).to_dict("records")]
    heads = [*(field(c).heading() for c in front.kpis), "sites"]
    table = _table(heads, rows, more=len(front) - len(rows))
    ends = " and ".join(field(c).label for c in front.kpis)
    return _card(f"Frontier of {ends}: {counted(len(front), 'plan')}", _map_of(front.plans), table, COMPUTE)


def comparison_card(side: "Comparison") -> str:
    """Return plans side by side: their KPIs, and the sites, larger where more plans build them."""
    kpis = [k for k in PLAN_KPIS if k in side.kpis.index]
    rows = [[KPIS[k].heading(), *(KPIS[k].write(side.kpis.at[k, n]) for n in side.names)] for k in kpis]
    sites = side.sites.head(MOST_ROWS)
    power = [[row["name"], *(_mw(row[n]) for n in side.names)] for row in sites.to_dict("records")]
    tables = (
        _table(["", *side.names], rows),
        _table(["IT power [MW]", *side.names], power, more=len(side.sites) - len(power)),
    )
    return _card(f"{counted(len(side.plans), 'plan')} side by side", _map_of(side.plans), *tables, COMPUTE)


def sweep_card(found: "Sweep", places: pd.DataFrame) -> str:
    """Return a sweep: a row for each run, and the sites, larger where more runs build them."""
    columns = [*found.paths, "status", "emissions_g_per_eflop", "cost_usd_per_eflop", "n_sites"]
    heads = [
        *(p.replace("_", " ") for p in found.paths),
        "status",
        *(field(c).heading() for c in columns[-3:-1]),
        "sites",
    ]
    rows = [[_cell(row[c], c) for c in columns] for row in found.table.head(MOST_ROWS).to_dict("records")]
    counts = found.table["sites"].explode().dropna().value_counts()
    drawn = _counted_map(counts, places, "runs") if len(counts) else ""
    return _card(
        f"Sweep of {counted(len(found), 'run')}", drawn, _table(heads, rows, more=len(found) - len(rows)), COMPUTE
    )


def ensemble_card(found: "Ensemble", places: pd.DataFrame) -> str:
    """Return an ensemble: how often each site is chosen, larger on the map where that is more often."""
    sites = found.sites.head(MOST_ROWS)
    rows = [
        [row["name"], f"{row['chosen_share']:.0%}", _mw(row["mean_it_mw"]), "yes" if row["in_plan"] else "no"]
        for row in sites.to_dict("records")
    ]
    heads = ["site", "chosen in", "mean IT power [MW]", "in the plan"]
    counts = (found.sites.set_index("site")["chosen_share"] * len(found.table)).round().astype(int)
    return _card(
        f"Ensemble of {found.plan.name}: {counted(len(found.table), 'sample')}",
        _counted_map(counts, places, "samples"),
        _table(heads, rows, more=len(found.sites) - len(rows)),
    )


def _map_of(plans: Sequence["Plan"]) -> str:
    """Return the sites of several plans, larger where more of them build one."""
    built = [p.sites for p in plans if p.kpis]
    if not built:
        return ""
    every = pd.concat(
        [pd.DataFrame({"id": s["id"], "name": s["name"], "lon": s.geometry.x, "lat": s.geometry.y}) for s in built]
    )
    return _counted_map(every["id"].value_counts(), every.drop_duplicates("id").set_index("id"), "plans")


def _counted_map(counts: "pd.Series[int]", places: pd.DataFrame, of: str) -> str:
    """Return sites with a count each; those whose place is not known are left out."""
    known = counts[counts.index.isin(places.index)].sort_values(ascending=False)
    if known.empty:
        return ""
    shown = places.loc[known.index].assign(
        words=[f"{name}: in {n} {of}" for name, n in zip(places.loc[known.index, "name"], known, strict=True)]
    )
    return small_map(Marks(shown, _radii(known), SITE, named=True), label=f"{counted(len(known), 'site')}")


def _radii(size: "pd.Series[Any]") -> Floats:
    """Return radii of circles whose areas are in proportion to a size [px]."""
    share = size.to_numpy(float) / max(float(size.max()), 1e-9)
    return np.maximum(LARGEST_PX * np.sqrt(share), SMALLEST_PX)


def _kpis(plan: "Plan") -> dict[str, str]:
    return {
        KPIS[k].label: f"{KPIS[k].write(plan.kpis[k])} {KPIS[k].unit.replace('-', '')}"
        for k in PLAN_KPIS
        if k in plan.kpis
    }


def _mw(value: float) -> str:
    return "" if pd.isna(value) else f"{value:,.0f}"


def _cell(value: object, column: str) -> str:
    """Return a cell of a table of runs: a KPI in its format, another value as it is."""
    return KPIS[column].write(value) if column in KPIS else "" if value is None or value != value else str(value)  # noqa: PLR0124


def _text(value: object) -> str:
    return str(escape(printable(str(value))))


def _sentence(text: str) -> str:
    return f"<p>{_text(text)}</p>"


def _pairs(values: Mapping[str, str]) -> str:
    return _table((), [(k[:1].upper() + k[1:], v) for k, v in values.items()])


def _table(heads: Sequence[str], rows: Sequence[Row], more: int = 0) -> str:
    """Return a table, the first column of text, and how many rows the value has besides."""
    cell = '<t{0} style="text-align:{1};padding:1px 10px 1px 0">{2}</t{0}>'
    rest_of_row = "right" if heads else "left"

    def line(cells: Row, tag: str) -> str:
        return "".join(cell.format(tag, "left" if i == 0 else rest_of_row, _text(c)) for i, c in enumerate(cells))

    head = f"<thead><tr>{line(heads, 'h')}</tr></thead>" if heads else ""
    body = "".join(f"<tr>{line(row, 'd')}</tr>" for row in rows)
    rest = f"<p>and {counted(more, 'more row')}</p>" if more > 0 else ""
    return f"<table>{head}<tbody>{body}</tbody></table>{rest}"


def _card(title: str, *parts: str) -> str:
    """Return the card: title, map and tables."""
    return f'<div style="font:13px/1.4 sans-serif;max-width:620px"><b>{_text(title)}</b>{"".join(f"<div>{p}</div>" for p in parts if p)}</div>'
