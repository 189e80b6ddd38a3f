"""The tables of a report: rows of text and numbers, each cell formatted, sortable and filterable."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.errors import listed
from siting.kpis import G_PER_T, Field, field, per_compute, site_kpis, table_title
from siting.show.text.amounts import amount
from siting.show.text.limit_text import limit_name, limit_words, programme_titles, spoken
from siting.show.text.rank_text import regret_words
from siting.show.text.terminal import NO_NAMES, in_plain_units

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.solver.analysis.regret import Explanation
    from siting.study.story import Story

MILLION = 1e6
SHOWN_AT_FIRST = 8
"""Candidates that a group of excluded ones shows before it is opened further."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, and its number if it has one."""

    text: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row, its site (empty for totals), and the keys of its plans where there are many."""

    cells: tuple[Cell, ...]
    site: str = ""
    plans: str = ""

    @property
    def named(self) -> tuple[str, str]:
        """Id and name of the site, for a list of choices."""
        return self.site, self.cells[0].text


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table of the report.

    Attributes
    ----------
    key : str
        Name of the table within the page.
    caption : str
        A sentence about it.
    heads : tuple of str
        Head of each column, with its unit.
    rows : tuple of Row
        The body.
    numeric : tuple of bool
        Which columns hold numbers.
    plans : tuple of str
        The plan of each column, where columns are plans; empty otherwise.
    """

    key: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    numeric: tuple[bool, ...]
    plans: tuple[str, ...] = ()


def table_of(
    key: str, caption: str, frame: pd.DataFrame, *, sites: Sequence[str] = (), heads: Sequence[str] = (),
    plans: Sequence[str] = (), column_plans: Sequence[str] = (),
) -> ReportTable:  # fmt: skip
    """Return a data frame as a table of the page; `siting.kpis.field` names and formats its columns.

    Parameters
    ----------
    key, caption : str
        Name and sentence of the table.
    frame : pandas.DataFrame
        Its rows.
    sites : sequence of str, optional
        The site that each row belongs to.
    heads : sequence of str, optional
        Heads, if they differ from those of the columns.
    plans : sequence of str, optional
        Keys of the plans of each row, separated by blanks.
    column_plans : sequence of str, optional
        The plan of each column; empty if it has none.

    Returns
    -------
    ReportTable
        The table.

    Examples
    --------
    >>> table_of("t", "Sites.", pd.DataFrame({"name": ["Oslo"], "it_mw": [40.0]})).heads
    ('site', 'IT power [MW]')
    """
    fields = [field(str(c)) for c in frame.columns]
    numeric = tuple(pd.api.types.is_numeric_dtype(frame[c]) for c in frame.columns)
    owners, of = list(sites) or [""] * len(frame), list(plans) or [""] * len(frame)
    rows = tuple(
        Row(tuple(_cell(v, f) for v, f in zip(values, fields, strict=True)), owner, plan)
        for values, owner, plan in zip(frame.itertuples(index=False), owners, of, strict=True)
    )
    names = tuple(heads) or tuple(f.heading() for f in fields)
    return ReportTable(key, caption, names, rows, numeric, tuple(column_plans))


def _cell(value: Any, written: Field) -> Cell:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        known = isinstance(value, str) or not pd.isna(value)
        return Cell(str(value).strip() if known else "unknown")
    if math.isinf(value):
        return Cell("no plan")
    return Cell(written.write(value), None if math.isnan(value) else float(value))


SITE_COLUMNS = (
    "name", "country", "it_mw", "capacity_it_mw", "halls", "cooling", "pue", "wue_l_per_kwh", "ci_g_per_kwh", "emissions_g_per_eflop",
    "cost_usd_per_eflop", "emissions_t_per_year", "musd_per_year", "renewable_share", "cfe_share",
    "rtt_p90_ms_max", "incentives", "price_usd_per_mwh", "zone_headroom_mw", "export_control", "capacity_statements",
    "ci_quality", "price_quality", "worst_quality", "worst_fact",
)  # fmt: skip


def sites_table(
    plan: "Plan", programmes: Mapping[str, str] = NO_NAMES, names: Mapping[str, str] = NO_NAMES
) -> ReportTable:
    """Return the built sites, largest first; programmes by their titles, and nothing that is empty or the same everywhere."""
    sites = shown_sites(plan)
    if "worst_fact" in sites:
        sites["worst_fact"] = [named_facts(str(facts), {**names, **programmes}) for facts in sites["worst_fact"]]
    sites = sites.assign(incentives=[programme_titles(str(ids), programmes) for ids in sites["incentives"]])
    if "capacity_statements" in sites:
        sites["capacity_statements"] = _once(sites["capacity_statements"], sites["name"])
    same = {c for c in SAID_ONCE if c in sites and len(set(sites[c])) == 1}
    shown = sites[[c for c in SITE_COLUMNS if c in sites and c not in same and not _is_empty(sites[c])]]
    return table_of("sites", "The sites to build, largest first.", shown, sites=list(sites["id"]))


def named_facts(facts: str, names: Mapping[str, str]) -> str:
    """Return facts with names and titles in place of ids.

    Examples
    --------
    >>> named_facts("round trip to new-york; climate", {"new-york": "New York"})
    'round trip to New York; climate'
    """
    return re.sub(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+|(?<=round trip to )[a-z]+", lambda m: names.get(m[0], m[0]), facts)


SAID_ONCE = ("export_control", "worst_quality", "worst_fact")
"""Columns that a sentence below the table replaces where all sites have the same value."""


def _is_empty(column: pd.Series) -> bool:
    return bool((column.isna() | (column.astype(str) == "")).all())


def _once(texts: pd.Series, names: pd.Series) -> list[str]:
    """Return texts, of which one that an earlier row has refers to it by its name."""
    first: dict[str, str] = {}
    return [
        text if not text or (of := first.setdefault(text, name)) == name else f"as for {of}"
        for text, name in zip(texts.astype(str), names.astype(str), strict=True)
    ]


def line_title(line: str, programmes: Mapping[str, str]) -> str:
    """Return the name of a ledger line: that of a programme is its title.

    Examples
    --------
    >>> line_title("site_works", {}), line_title("incentive x", {"x": "Refund of the tax"})
    ('site works', 'programme: Refund of the tax')
    """
    if line.startswith(OF_PROGRAMME):
        entry = line.removeprefix(OF_PROGRAMME)
        return f"programme: {programmes.get(entry, entry)}"
    return line.replace("_", " ")


OF_PROGRAMME = "incentive "
"""Start of the name of a ledger line that is a programme."""


def shown_sites(plan: "Plan") -> pd.DataFrame:
    """Return the built sites with their KPIs, largest first, in words for people."""
    sites = pd.DataFrame(site_kpis(plan.sites, plan.assignments, plan.kpis)).sort_values("it_mw", ascending=False)
    money = sites["cost_usd_per_year"] / MILLION
    return sites.assign(cooling=sites["cooling"].str.replace("_", " "), musd_per_year=money)


LEAST_FLOW_MW = 0.05
"""Flow that is written as 0.0 MW: rounding of the solver, or nothing that anybody builds for."""


def assignments_table(plan: "Plan") -> ReportTable:
    """Return which site serves which hub, largest flows first."""
    flows = plan.assignments.sort_values(["it_mw", "site", "hub"], ascending=[False, True, True])
    flows, every = flows[flows["it_mw"] >= LEAST_FLOW_MW], len(flows)
    names = dict(zip(plan.sites["id"], plan.sites["name"], strict=True))
    hubs = dict(zip(plan.hubs["id"], plan.hubs["name"], strict=True)) if "name" in plan.hubs else {}
    shown = flows.assign(
        site=flows["site"].map(lambda s: names.get(s, s)),
        hub=flows["hub"].map(lambda h: hubs.get(h, h)),
        rtt_quality=flows.get("rtt_quality", "unknown"),
    )[["site", "hub", "workload", "it_mw", "rtt_p90_ms", "rtt_quality"]]
    caption = "Which site serves which hub, largest flows first."
    caption += f" Not shown: {every - len(flows)} below {LEAST_FLOW_MW:g} MW." if every > len(flows) else ""
    return table_of("assignments", caption, shown, sites=list(flows["site"]))


def ledger_table(plan: "Plan", programmes: Mapping[str, str] = NO_NAMES) -> ReportTable:
    """Return the ledger of the plan, then of each site, line by line; lines of 0 are left out."""
    of_sites = site_kpis(plan.sites, plan.assignments, plan.kpis)
    compute = {"": plan.kpis["eflop_per_year"], **dict(zip(of_sites["id"], of_sites["eflop_per_year"], strict=True))}
    parts = [_ledger_of("", plan.ledger, compute, programmes)]
    parts += [
        _ledger_of(str(site), lines, compute, programmes) for site, lines in plan.ledger.groupby("site", sort=False)
    ]
    table = pd.concat(parts, ignore_index=True)
    return table_of(
        "ledger", "Cost and emissions line by line; the lines add up to the total. A claimed programme is negative.",
        table.drop(columns="site"), sites=list(table["site"]),
    )  # fmt: skip


def _ledger_of(
    site: str, lines: pd.DataFrame, compute: dict[str, float], programmes: Mapping[str, str]
) -> pd.DataFrame:
    """Return the ledger of one site, or of all of them, with its total."""
    sums = lines.groupby("line", sort=False)[["usd_per_year", "tco2e_per_year"]].sum()
    sums = sums[(sums != 0).any(axis=1)].sort_values("usd_per_year", ascending=False)
    sums.loc["total"] = sums.sum()
    eflop = compute.get(site, 0.0)
    return pd.DataFrame(
        {
            "site": site,
            "line": [line_title(str(name), programmes) for name in sums.index],
            "musd_per_year": sums["usd_per_year"].to_numpy() / MILLION,
            "cost_usd_per_eflop": per_compute(sums["usd_per_year"], eflop),
            "tco2e_per_year": sums["tco2e_per_year"].to_numpy(),
            "emissions_g_per_eflop": per_compute(G_PER_T * sums["tco2e_per_year"], eflop),
        }
    )


ROUNDING = 1e-4
"""Slack below which a limit is met: the tolerance of the solver, in the unit of a large row."""


def binding_table(plan: "Plan", names: Mapping[str, str] = NO_NAMES) -> ReportTable:
    """Return the binding limits, each with what it limits and its shadow price where one is known."""
    table = in_plain_units(plan.binding.drop_duplicates())
    table["where"] = [spoken(str(where), names) for where in table["where"]]
    table.insert(1, "what it limits", [limit_words(str(kind)) for kind in table["limit"]])
    table["limit"] = [limit_name(str(kind)) for kind in table["limit"]]
    if "slack" in table:
        table["slack"] = table["slack"].where(table["slack"].abs() > ROUNDING, 0.0)
    caption = "Binding limits; slack is the distance to the limit, in its unit."
    if "price" in table:
        caption += " The price is the objective improvement per unit relaxed (shadow price)."
    return table_of("binding", caption, table, heads=[str(c).replace("_", " ") for c in table.columns])


def duties_table(story: "Story") -> ReportTable | str:
    """Return the duties of new data centres at the built sites, in the wording of their packs; or why there are none."""
    duties = story.duties
    if isinstance(duties, str):
        return duties
    judged = duties["judged"].map({True: "checked", False: "listed, not checked"})
    shown = duties.assign(judged=judged).rename(columns={"judged": "in this plan"})
    shown = shown[["site", "duty", "wording", "in this plan", "source", "quality"]].astype(object)
    caption = f"Duties of new data centres at these sites on {story.plan.scenario.policy.date}."
    return table_of("duties", caption, shown, sites=list(duties["site_id"]))


REGRET_WORDS = {
    "optimal": "solved, proven optimal",
    "feasible": "solved, not proven optimal",
    "infeasible": "infeasible: no such plan exists",
    "no_solution": "no plan found within the time limit",
    "screened": "bound only",
}
"""Status of an explanation in a sentence."""


def regret_table(plan: "Plan", explanation: "Explanation", names: Mapping[str, str] = NO_NAMES) -> ReportTable:
    """Return the regret of each site: how much worse the plan gets if it is forced in or out."""
    heads = ("site", "forced", f"regret [{explanation.unit}]", f"proven at least [{explanation.unit}]", "proof")
    numbers = explanation.regret[["site", "forced", "regret", "regret_at_least", "status"]].copy()
    numbers["status"] = numbers["status"].map(lambda word: REGRET_WORDS.get(word, word))
    caption = "Increase of the objective if a built site is forced out, or another site forced in."
    built, ids = set(plan.sites["id"]), list(numbers["site"])
    numbers["site"] = [names.get(s, s) for s in ids]
    return table_of("regret", caption, numbers, sites=[s if s in built else "" for s in ids], heads=heads)


ENTRY = re.compile(r"^[a-z]{2}(?:-[a-z0-9]+)+ \((.+)\): ")
"""Id of an entry of a pack before its title in parentheses, as `Plan.unknowns` has it."""
PACKAGED = re.compile(r" \((?:npm|PyPI) [^)]*\)|, as packaged in [\w.-]+| as \w+ by PyPI [\w.]+ [\w.]+ \([^)]*\)")
"""By which package a source came: no name of the source; `siting data list` has it."""


def given_table(plan: "Plan") -> ReportTable | None:
    """Return what the planner gave of the built sites, with what it acts on; None where nothing was given."""
    given = plan.tables.get("as_given")
    if given is None or given.empty:
        return None
    names = plan.sites.set_index("id")["name"].astype(str).to_dict()
    number = [f"{v} {u}".strip() for v, u in zip(given["value"], given["unit"].fillna(""), strict=True)]
    table = pd.DataFrame(
        {
            "site": [names.get(str(s), str(s)) for s in given["site"]],
            "column": given["column"].astype(str),
            "as given": number,
            "acts on": [str(words) or "nothing: carried along" for words in given["acts_on"].fillna("")],
            "line of the ledger": given["line"].fillna("").str.replace("_", " "),
        }
    )
    caption = "What you gave of the built sites, in place of shipped figures."
    return table_of("given", caption, table, sites=[str(s) for s in given["site"]], heads=list(table.columns))


def sources_table(plan: "Plan") -> ReportTable:
    """Return who published the numbers, with year and licence; tables with the same source are one row."""
    sources = plan.sources.fillna("").astype(str)
    wanted = [c for c in ("source", "year", "licence", "quality") if c in sources]
    named = sources.assign(source=[PACKAGED.sub("", text) for text in sources["source"]])
    titles = named.groupby(wanted, sort=False)["table"].agg(lambda tables: "; ".join(map(_title, tables))).reset_index()
    return table_of("sources", "Sources of all numbers.", titles[["table", *wanted]], heads=("of", *wanted))


def _title(table: str) -> str:
    """Return the title of a table; a file of the planner's own is theirs."""
    return {"sites": "Candidates", "hubs": "Hubs", "rtt": "Round trips"}.get(table) or table_title(table)


def kpis_table(plan: "Plan", interval: pd.DataFrame | None) -> ReportTable:
    """Return the KPIs of the plan, with the 90 % interval where it is known."""
    rows = []
    for name, value in plan.kpis.items():
        known = field(name)
        between = "fixed"
        if interval is not None and name in interval.index:
            ends: Any = interval.loc[name]
            if ends["p05"] < ends["p95"]:
                low, high = (_rounded(ends[end], known) for end in ("p05", "p95"))
                between = f"{low} to {high}" if low != high else "no change at this precision"
        rows.append(
            (known.label, _rounded(value, known), known.unit, between if interval is not None else "not computed")
        )
    frame = pd.DataFrame(rows, columns=["KPI", "value", "unit", "90 % interval"], dtype=object)
    return table_of("kpis", "KPIs of the plan.", frame)


def _rounded(value: float, known: Field) -> str:
    """Return a KPI as text, in millions or billions with three digits where it is large."""
    return amount(value, "").strip() if abs(value) >= MILLION else known.write(value)


CANDIDATE_COLUMNS = (
    "name", "outcome", "regret", "reason", "emissions_g_per_eflop", "cost_usd_per_eflop", "ci_g_per_kwh",
    "price_usd_per_mwh", "pue", "wue_l_per_kwh", "headroom_mw", "rtt_p90_ms", "tax_known",
)  # fmt: skip
"""Columns of the table of candidates."""
CANDIDATE_HEADS = {
    "headroom_mw": "grid and limits allow [MW]",
    "rtt_p90_ms": "slowest round trip, p90 [ms]",
    "tax_known": "tax on servers",
}
MOST_CANDIDATES = 200
"""Candidates in the table of the page, best first; its search knows all of them."""


def candidates_table(story: "Story") -> ReportTable:
    """Return the candidates that were built or lost, best first; excluded ones have lists of their own."""
    card = story.scorecard[story.scorecard["outcome"] != "excluded"].head(MOST_CANDIDATES)
    known = card["tax_known"].map({True: "known", False: "unknown"})
    shown = card.assign(regret=[regret_words(row) for _, row in card.iterrows()], tax_known=known)
    own = {"name": "place", "regret": f"regret [{story.regret_unit}]", "reason": "why"} | CANDIDATE_HEADS
    heads = [own.get(c) or field(c).heading() for c in CANDIDATE_COLUMNS]
    caption = "Every candidate that could have been built, best first."
    return table_of("candidates", caption, shown[list(CANDIDATE_COLUMNS)], heads=heads)


def candidate_rows(story: "Story") -> tuple[list[list[Any]], list[str]]:
    """Return every candidate for the search of the page, and the limits that exclude some.

    A row holds name, place of the outcome in `OUTCOMES`, sentence, and the places of the limits that exclude it.
    """
    excluded = story.plan.excluded
    limits = list(dict.fromkeys(map(str, excluded["limit"])))
    at = {limit: i for i, limit in enumerate(limits)}
    of: dict[str, list[int]] = {}
    for site, limit in excluded[["site", "limit"]].drop_duplicates().itertuples(index=False):
        of.setdefault(str(site), []).append(at[str(limit)])
    card = story.scorecard
    rows = zip(card["id"], card["name"], card["outcome"], card["reason"], strict=True)
    found = [[str(n), OUTCOMES.index(o), str(why), of.get(s, []) if o == OUTCOMES[2] else []] for s, n, o, why in rows]
    return found, limits


OUTCOMES = ("built", "lost", "excluded")
"""Outcomes of candidates, as `Plan.scorecard` names them."""


@dataclass(frozen=True, slots=True)
class ExcludedGroup:
    """Candidates that one limit excluded: the first few, and their number."""

    limit: str
    words: str
    places: int
    first: tuple[tuple[str, str], ...]


EXCLUDED_WORDS = {"data": "missing data", "cooling": "none of the cooling designs can be built there"}
"""Meaning of the words in the column `limit` that are not limits."""


def excluded_groups(candidates: Sequence[Sequence[Any]], limits: Sequence[str]) -> list[ExcludedGroup]:
    """Return the excluded candidates by the limit that excludes them, largest group first; both as `candidate_rows` returns them."""
    groups = []
    for i, limit in enumerate(limits):
        rows = [(name, reason) for name, _, reason, of in candidates if i in of]
        words = EXCLUDED_WORDS.get(limit) or limit_words(limit)
        groups.append(ExcludedGroup(limit_name(limit), words, len(rows), tuple(rows[:SHOWN_AT_FIRST])))
    return sorted((g for g in groups if g.places), key=lambda g: (-g.places, g.limit))


def unknowns_table(plan: "Plan", not_rechecked: Sequence[str] = (), names: Mapping[str, str] = NO_NAMES) -> ReportTable:
    """Return the missing data, counted by limit and fact; then what `Plan.verify` cannot rebuild, for all built sites."""
    lacking = plan.unknowns.assign(site=plan.unknowns["site"].map(lambda s: names.get(s, s)))
    lacking["unknown"] = [ENTRY.sub(r"\1: ", str(fact)).removeprefix("UNKNOWN ") for fact in lacking["unknown"]]
    lacking["limit"] = [limit_name(str(limit)) for limit in lacking["limit"]]
    grouped = lacking.groupby(["limit", "unknown"], sort=True)["site"]
    counts = grouped.agg(places="nunique", examples=lambda s: listed(dict.fromkeys(s), most=4)).reset_index()
    built = {"places": len(plan.sites), "examples": listed(plan.sites["name"], most=4)}
    notes = [{"limit": "re-check", "unknown": f"NOT RE-CHECKED: {note}", **built} for note in not_rechecked]
    counts = pd.concat([counts, pd.DataFrame(notes)], ignore_index=True) if notes else counts
    heads = ("limit", "missing fact", "candidates", "examples")
    caption = "Facts missing where a limit or a ledger line needs them; none of these is imputed."
    return table_of("unknowns", caption, counts, heads=heads)
