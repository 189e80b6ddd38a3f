"""The tables of a report: plain rows of text and numbers, each cell ready to be read, sorted and filtered."""

import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.errors import SitingError
from siting.kpis import Field, field
from siting.problem.parts import PARTS
from siting.scenario.limit import Limit
from siting.show.text.terminal import in_plain_units
from siting.world.policy import packs_in_force

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.solver.analysis.regret import Explanation

SHOWN_AT_FIRST = 8
"""Places that a group of the excluded shows before it is opened further."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, and the number behind it where it is one."""

    text: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row, the site it belongs to (empty for totals), and the plans it is of where there are many (their keys)."""

    cells: tuple[Cell, ...]
    site: str = ""
    plans: str = ""

    @property
    def named(self) -> tuple[str, str]:
        """The site with its name, to choose from."""
        return self.site, self.cells[0].text


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the report.

    Attributes
    ----------
    key : str
        Name of the table within the page.
    caption : str
        What it says, in a sentence.
    heads : tuple of str
        Head of each column, with its unit.
    rows : tuple of Row
        The body.
    numeric : tuple of bool
        Which columns hold numbers.
    plans : tuple of str
        The plan that each column is of, where columns are plans; empty where not.
    """

    key: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    numeric: tuple[bool, ...]
    plans: tuple[str, ...] = ()


def sheet(
    key: str, caption: str, frame: pd.DataFrame, *, sites: Sequence[str] = (), heads: Sequence[str] = (),
    plans: Sequence[str] = (), column_plans: Sequence[str] = (),
) -> Sheet:  # fmt: skip
    """Make a table of a frame; columns are named and written as `fields` says.

    Parameters
    ----------
    key, caption : str
        Name and sentence of the table.
    frame : pandas.DataFrame
        Its rows.
    sites : sequence of str, optional
        The site that each row belongs to.
    heads : sequence of str, optional
        Heads, where they are not those of the columns.
    plans : sequence of str, optional
        The plans that each row is of, their keys with blanks between.
    column_plans : sequence of str, optional
        The plan that each column is of; empty where it is of none.

    Returns
    -------
    Sheet
        The table.

    Examples
    --------
    >>> sheet("t", "Sites.", pd.DataFrame({"name": ["Oslo"], "it_mw": [40.0]})).heads
    ('site', 'IT power [MW]')
    """
    fields = [field(str(c)) for c in frame.columns]
    numeric = tuple(pd.api.types.is_numeric_dtype(frame[c]) for c in frame.columns)
    owners, of = list(sites) or [""] * len(frame), list(plans) or [""] * len(frame)
    rows = tuple(
        Row(tuple(_cell(v, f) for v, f in zip(values, fields, strict=True)), owner, plan)
        for values, owner, plan in zip(frame.itertuples(index=False), owners, of, strict=True)
    )
    return Sheet(
        key, caption, tuple(heads) or tuple(f.heading() for f in fields), rows, numeric, tuple(column_plans)
    )  # fmt: skip


def _cell(value: Any, written: Field) -> Cell:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        known = value is not None and not (not isinstance(value, str) and pd.isna(value))
        return Cell(str(value).strip() if known else "unknown")
    if math.isinf(value):
        return Cell("no plan")
    return Cell(written.write(value), None if math.isnan(value) else float(value))


SITE_COLUMNS = (
    "name", "country", "it_mw", "capacity_it_mw", "halls", "cooling", "pue", "wue_l_per_kwh", "ci_g_per_kwh", "emissions_g_per_eflop",
    "cost_usd_per_eflop", "emissions_t_per_year", "cost_usd_per_year", "renewable_share", "cfe_share",
    "rtt_p90_ms_max", "incentives", "ci_quality", "price_quality", "worst_quality", "worst_fact",
)  # fmt: skip


def sites_sheet(plan: "Plan") -> Sheet:
    """Return the built sites, largest first."""
    sites = shown_sites(plan)
    shown = sites[[c for c in SITE_COLUMNS if c in sites]]
    return sheet("sites", "The sites to build, largest first.", shown, sites=list(sites["id"]))


def shown_sites(plan: "Plan") -> pd.DataFrame:
    """Return the built sites with what follows from their figures: cost per compute, and their slowest round trip."""
    sites = pd.DataFrame(plan.sites.drop(columns="geometry")).sort_values("it_mw", ascending=False)
    eflop_per_mw = plan.kpis["eflop_per_year"] / plan.kpis["it_mw"]
    sites["cost_usd_per_eflop"] = sites["cost_usd_per_year"] / (sites["it_mw"].where(sites["it_mw"] > 0) * eflop_per_mw)
    sites["rtt_p90_ms_max"] = sites["id"].map(plan.assignments.groupby("site")["rtt_p90_ms"].max())
    sites["cooling"] = sites["cooling"].str.replace("_", " ")
    return sites


def assignments_sheet(plan: "Plan") -> Sheet:
    """Return who serves whom, largest flows first."""
    flows = plan.assignments.sort_values(["it_mw", "site", "hub"], ascending=[False, True, True])
    names = dict(zip(plan.sites["id"], plan.sites["name"], strict=True))
    hubs = dict(zip(plan.hubs["id"], plan.hubs["name"], strict=True)) if "name" in plan.hubs else {}
    shown = pd.DataFrame(
        {
            "site": flows["site"].map(lambda s: names.get(s, s)),
            "hub": flows["hub"].map(lambda h: hubs.get(h, h)),
            "workload": flows["workload"],
            "it_mw": flows["it_mw"],
            "rtt_p90_ms": flows["rtt_p90_ms"],
            "rtt_quality": flows.get("rtt_quality", "unknown"),
        }
    )
    return sheet("assignments", "Who serves whom, largest flows first.", shown, sites=list(flows["site"]))


def ledger_sheet(plan: "Plan") -> Sheet:
    """Return the ledger of the whole plan, then of each site, line by line; lines of nothing are left out."""
    eflop_per_mw = plan.kpis["eflop_per_year"] / plan.kpis["it_mw"]
    compute = {"": plan.kpis["eflop_per_year"]} | {
        str(s): float(mw) * eflop_per_mw for s, mw in zip(plan.sites["id"], plan.sites["it_mw"], strict=True)
    }
    parts = [_ledger_of("", plan.ledger, compute)]
    parts += [_ledger_of(str(site), lines, compute) for site, lines in plan.ledger.groupby("site", sort=False)]
    table = pd.concat(parts, ignore_index=True)
    heads = ("line", "cost [USD/year]", "cost per compute [USD/EFLOP]", "emissions [tCO2e/year]",
             "emissions per compute [gCO2e/EFLOP]")  # fmt: skip
    return sheet(
        "ledger", "What it costs and emits, line by line; the lines add up to the total. A claimed programme is negative.",
        table.drop(columns="site"), sites=list(table["site"]), heads=heads,
    )  # fmt: skip


def _ledger_of(site: str, lines: pd.DataFrame, compute: dict[str, float]) -> pd.DataFrame:
    """Return the ledger of one site, or of all of them, with its total."""
    sums = lines.groupby("line", sort=False)[["usd_per_year", "tco2e_per_year"]].sum()
    sums = sums[(sums != 0).any(axis=1)].sort_values("usd_per_year", ascending=False)
    sums.loc["total"] = sums.sum()
    eflop = compute.get(site, math.nan) or math.nan
    return pd.DataFrame(
        {
            "site": site,
            "line": [str(name).replace("_", " ") for name in sums.index],
            "usd_per_year": sums["usd_per_year"].to_numpy(),
            "cost_usd_per_eflop": sums["usd_per_year"].to_numpy() / eflop,
            "tco2e_per_year": sums["tco2e_per_year"].to_numpy(),
            "emissions_g_per_eflop": sums["tco2e_per_year"].to_numpy() * 1e6 / eflop,
        }
    )


def binding_sheet(plan: "Plan") -> Sheet:
    """Return the limits that bind, each in a planner's words, with the price of one more unit where it is known."""
    table = in_plain_units(plan.binding.drop_duplicates())
    table["where"] = [_spoken(str(where)) for where in table["where"]]
    table.insert(1, "what it asks", [planners_words(str(kind)) for kind in table["limit"]])
    caption = "Limits that leave no room; slack is what is left before the limit is met, in its unit."
    if "price" in table:
        caption += " The price is what one more unit of it is worth."
    return sheet("binding", caption, table, heads=[str(c).replace("_", " ") for c in table.columns])


def _spoken(where: str) -> str:
    """Return where a row acts: the parts of a label apart, an underscore within a part a blank."""
    return ", ".join(part.replace("_", " ") for part in where.split("__")) if "__" in where else where


def planners_words(kind: str) -> str:
    """Return what a limit asks, in a planner's words: those of its module, or of its class where it is the user's own.

    Examples
    --------
    >>> import siting.limits
    >>> planners_words("site_count")
    'How many sites are built, at least and at most'
    """
    if kind.startswith("policy "):
        return f"a stop or rule of the policy pack {kind.removeprefix('policy ')}"
    found = Limit.kinds().get(kind) or {name: x for x in PARTS for name in x.row_names}.get(kind)
    if found is None:
        return ""
    ours = found.__module__.startswith(("siting.limits", "siting.problem"))
    told = (sys.modules[found.__module__].__doc__ if ours else found.__doc__) or ""
    return told.strip().split("\n")[0].rstrip(".")


def duties_sheet(plan: "Plan") -> Sheet | str:
    """Return the duties that hold at the built sites on the policy date, in the words of their packs; or why not."""
    policy = plan.scenario.policy
    try:
        packs = packs_in_force(policy.date, policy.packs, plan.scenario.file)
    except SitingError as error:
        return f"The duties at the sites cannot be told: {error}"
    judged = _judged(plan)
    rows, owners = [], []
    for site in plan.sites.itertuples():
        for pack in packs:
            if not pack.covers(str(site.jurisdiction)):
                continue
            for duty in pack.duties:
                if duty.holds_at(site.geometry.x, site.geometry.y) and duty.applies_to != "existing":
                    acts = "judged" if duty.kind in judged and duty.why_not_modelled is None else "told, not judged"
                    rows.append((site.name, duty.title, duty.wording(), acts, duty.source, duty.quality))
                    owners.append(str(site.id))
    frame = pd.DataFrame(rows, columns=["site", "duty", "its words", "in this plan", "source", "quality"], dtype=object)
    return sheet("duties", f"Duties of new data centres at these sites on {policy.date}.", frame, sites=owners)


def _judged(plan: "Plan") -> tuple[str, ...]:
    """Return the kinds of duty that a limit of the scenario acts on."""
    return ("pue", "heat_reuse") if any(x.name == "efficiency_duty" for x in plan.scenario.limits) else ()


REGRET_WORDS = {
    "optimal": "solved and proven",
    "feasible": "solved, not proven best",
    "infeasible": "no plan exists so",
    "no_solution": "no plan found in the time",
    "screened": "the bound only",
}
"""What the words of an explanation mean to a planner."""


def regret_sheet(plan: "Plan", explanation: "Explanation") -> Sheet:
    """Return how much worse the plan gets if a site is forced in or out."""
    unit = explanation.unit
    heads = ("site", "forced", f"regret [{unit}]", f"proven at least [{unit}]", "what is known")
    numbers = explanation.regret[["site", "forced", "regret", "regret_at_least", "status"]].copy()
    numbers["status"] = numbers["status"].map(lambda word: REGRET_WORDS.get(word, word))
    caption = "How much worse the objective gets if a built site is forced out, or another forced in."
    built = set(plan.sites["id"])
    return sheet("regret", caption, numbers, sites=[s if s in built else "" for s in numbers["site"]], heads=heads)


def sources_sheet(plan: "Plan") -> Sheet:
    """Return the tables that the numbers rest on, with source, year, licence and quality."""
    wanted = [c for c in ("table", "quality", "year", "licence", "source") if c in plan.sources]
    return sheet("sources", "Where every number comes from.", plan.sources[wanted].fillna("").astype(str), heads=wanted)


def kpis_sheet(plan: "Plan", interval: pd.DataFrame | None) -> Sheet:
    """Return the figures of the plan, with the 90 % interval where it is known."""
    rows = []
    for name, value in plan.kpis.items():
        known = field(name)
        between = "held"
        if interval is not None and name in interval.index:
            ends = interval.loc[name]
            if ends["p05"] < ends["p95"]:
                between = f"{known.write(ends['p05'])} to {known.write(ends['p95'])}"
        rows.append((known.label, known.write(value), known.unit, between if interval is not None else "not computed"))
    frame = pd.DataFrame(rows, columns=["figure", "value", "unit", "90 % interval"], dtype=object)
    return sheet("kpis", "The figures of the plan.", frame)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Places that one limit left out: the first few, and how many there are."""

    limit: str
    words: str
    places: int
    first: tuple[tuple[str, str], ...]


def left_out(plan: "Plan") -> list[LeftOut]:
    """Return the excluded places by the limit that left them out, most first."""
    groups = []
    for limit, rows in plan.excluded.groupby("limit", sort=False):
        first = tuple(_pairs(rows.head(SHOWN_AT_FIRST)))
        groups.append(LeftOut(str(limit), _why(str(limit)), rows["site"].nunique(), first))
    return sorted(groups, key=lambda g: (-g.places, g.limit))


def left_out_rows(plan: "Plan") -> list[list[str]]:
    """Return every excluded place, as the page's search reads it: site, limit, reason."""
    return [[str(r.site), str(r.limit), str(r.reason)] for r in plan.excluded.itertuples()]


def unknowns_sheet(plan: "Plan") -> Sheet:
    """Return what limits could not judge, counted by what is unknown."""
    grouped = plan.unknowns.groupby(["limit", "unknown"], sort=True)["site"]
    counts = grouped.agg(places="nunique", examples=lambda s: ", ".join(list(dict.fromkeys(s))[:4])).reset_index()
    heads = ("limit", "what is unknown", "places", "among them")
    return sheet("unknowns", "Facts that were unknown where a limit or a line would have acted.", counts, heads=heads)


def _pairs(rows: pd.DataFrame) -> Iterable[tuple[str, str]]:
    return zip(rows["site"].astype(str), rows["reason"].astype(str), strict=True)


def _why(limit: str) -> str:
    """Say what a word in the column `limit` stands for."""
    if limit == "data":
        return "a fact that the plan needs is not known"
    if limit == "cooling":
        return "no design on offer can be built there"
    return planners_words(limit)
