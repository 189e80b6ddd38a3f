"""The first page of a report in sentences: how much a plan is, why these sites, what could overturn it, what is not known."""

from typing import TYPE_CHECKING

from siting.errors import listed
from siting.kpis import KPIS, field
from siting.plan.proof import decisive
from siting.show.text.amounts import amount, rounded
from siting.show.text.limit_text import limit_name, limit_terms, spoken
from siting.show.text.proof_text import proven
from siting.show.text.site_text import counted, tax_sentences, under_used_sentence
from siting.study.board.assumed import LABELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from siting.plan.plan import Plan
    from siting.study.story import Story

EFLOP_MEANS = "EFLOP = 10^18 operations."
"""Stated once on each page, map and table: in the trade an exaflop is also a speed."""
PER_SITE = ("at least", "at most")
"""Labels of rows that are of the plan as a whole, and not of a place."""
LIMITS_NAMED, PLACES_NAMED, INPUTS_NAMED = 3, 3, 2
OF_A_PLACE = ("life-cycle factors", "grid intensity ", "grid year ", "electricity price ", "tax ")
"""Start of the names of inputs that differ between places: only these can change which site is better."""
SAME_COST, MANY = 5e-4, 1.95
"""Relative difference of cost that is none, and ratio of emissions from which one decimal is enough."""
LEAST_EFFECT = 0.01
"""Relative effect of an input's range below which it is not named."""


def how_much(story: "Story") -> str:
    """Return emissions, cost and capital of a year, and their interval."""
    plan, figures, interval = story.plan, story.summary, story.interval
    emissions, cost = KPIS["emissions_g_per_eflop"], KPIS["cost_usd_per_eflop"]
    text = f"It emits {amount(figures['emissions_t_per_year'], 'tCO2e')} a year: {emissions.write(plan.kpis[emissions.name])} {emissions.unit}"
    if interval is not None:
        row = interval.loc[emissions.name]
        text += f" (90 % interval {row['p05']:.1f} to {row['p95']:.1f})"
    text += (
        f". It costs {amount(figures['cost_usd_per_year'], 'USD')} a year: {cost.write(plan.kpis[cost.name])} {cost.unit}, or "
        f"{figures['usd_per_accelerator_hour']:.2f} USD per accelerator-hour, with {amount(figures['capex_usd'], 'USD')} of capital."
    )
    return text


def why(story: "Story") -> str:
    """Return what makes the largest site better than the other candidates, and the limits that decide the rest."""
    plan = story.plan
    top = plan.sites.sort_values("it_mw", ascending=False).iloc[0]
    unit = plan.scenario.minimise.unit
    if unit.startswith("ms"):
        return f"Why: no hub waits longer than {plan.kpis['rtt_p90_ms_max']:,.0f} ms{_held_by(story)}."
    column = "price_usd_per_mwh" if unit.startswith("USD") else "ci_g_per_kwh"
    figure = field(column)
    here = f"{figure.write(top[column])} {figure.unit}{_beside_the_others(story, column)}"
    return f"Why: {top['name']} has {figure.label} {here}{_held_by(story)}."


def _beside_the_others(story: "Story", column: str) -> str:
    """Return the median of the candidates, where the problem is at hand."""
    if story.prepared is None:
        return ""
    carbon = story.plan.scenario.minimise.carbon.column
    values = story.prepared.sites[carbon if column == "ci_g_per_kwh" else column].dropna()
    figure = field(column)
    return f" against {figure.write(values.median())} at the median of {counted(len(values), 'candidate')}"


def _held_by(story: "Story") -> str:
    """Return the limits that hold the plan back, those with the largest shadow price first: the terms of the scenario's own, or where."""
    table = decisive(story.plan.binding)
    if table.empty:
        return ""
    terms = {x.name: limit_terms(x, story.names) for x in story.plan.scenario.acting_limits}
    order = table.sort_values("price", ascending=False, na_position="last") if "price" in table else table
    named = []
    for kind, rows in order.groupby("limit", sort=False):
        where = [w for w in dict.fromkeys(map(str, rows["where"])) if w not in PER_SITE]
        places = f" at {listed([spoken(w, story.names) for w in where], '; ', most=PLACES_NAMED)}" if where else ""
        of = f" ({terms[str(kind)]})" if terms.get(str(kind)) else ""
        named.append(f"{limit_name(str(kind))}{of}{places}")
    return f"; limits that decide the rest: {listed(named, '; ', most=LIMITS_NAMED)}"


def beside(story: "Story") -> str:
    """Return how often the emissions of the plan the others emit, and at how much more or less cost; empty without others."""
    mine, today = story.plan.kpis, story.today
    others = {"The cheapest plan": story.cheapest, "The nearest plan": story.nearest}
    found = {name: other.kpis for name, other in others.items() if other is not None and other.kpis}
    if today is not None:
        year = story.plan.scenario.outlook.year
        name = "Today's pattern (each hub served by the cloud region in its own metro" + (
            f", at the grid of {year})" if year else ")"
        )
        found[name] = {e: getattr(today, e) for e in ("emissions_g_per_eflop", "cost_usd_per_eflop")}
    return " ".join(f"{name} emits {_ratio(kpis, mine)}." for name, kpis in found.items())


def _ratio(kpis: "Mapping[str, float]", mine: "Mapping[str, float]") -> str:
    times = kpis["emissions_g_per_eflop"] / mine["emissions_g_per_eflop"]
    cost = kpis["cost_usd_per_eflop"] / mine["cost_usd_per_eflop"] - 1.0
    money = "as much" if abs(cost) < SAME_COST else f"{100 * abs(cost):.1f} % {'more' if cost > 0 else 'less'}"
    return f"{times:.{1 if times >= MANY else 2}f} times as much and costs {money}"


def caveats(story: "Story") -> list[str]:
    """Return what a reader must know before using the answer: proof, taxes that are unknown, what could overturn it."""
    plan = story.plan
    return [
        f"{proven(plan)}.",
        *tax_sentences(plan),
        *uncharged_sentences(plan),
        _runner_up(story),
        *_overturned_by(story),
        *([under] if (under := under_used_sentence(plan)) else []),
    ]


def _runner_up(story: "Story") -> str:
    best = story.runners_up
    if best is None:
        return "Runner-up: not computed; `siting rank` solves for it."
    named = [f"{name} (+{rounded(regret)} {story.regret_unit} if it is forced in)" for name, regret in best]
    return f"Runner-up: {'; '.join(named)}."


def uncharged_sentences(plan: "Plan") -> list[str]:
    """Return the cost components that are unknown at built sites, and what replaces each; none where all are known."""
    mine = plan.unknowns[(plan.unknowns["limit"] == "cost") & plan.unknowns["site"].isin(plan.sites["id"])]
    if mine.empty:
        return []
    names = dict(zip(plan.sites["id"], plan.sites["name"], strict=True))
    facts = mine.assign(unknown=mine["unknown"].str.removeprefix("UNKNOWN ")).groupby("unknown", sort=False)["site"]
    known = "; ".join(f"{str(fact).replace(': ', ', ')} ({listed(names[s] for s in at)})" for fact, at in facts)
    return [f"Unknown: {known}."]


def _overturned_by(story: "Story") -> list[str]:
    """Return the inputs whose range moves the objective most, first those that differ between places."""
    table = story.assumptions
    if table is None:
        return []
    named = table[table["effect_range"] >= LEAST_EFFECT]
    of_place = named.index.str.startswith(OF_A_PLACE)
    words = {
        "Differs between places, and so could overturn the choice": named[of_place],
        "Moves all plans alike": named[~of_place & ~named.index.str.contains(": ")],
    }
    countries = dict(zip(story.plan.sites["country_iso2"], story.plan.sites["country"], strict=True))
    return [
        f"{start}: {'; '.join(_effects(rows.head(INPUTS_NAMED), story, countries))}."
        for start, rows in words.items()
        if len(rows)
    ]


def _effects(rows: "pd.DataFrame", story: "Story", countries: dict[str, str]) -> list[str]:
    moved = "the objective moves by {:.0f} % over the range of {}"
    return [moved.format(100 * e, input_words(str(n), story, countries)) for n, e in rows["effect_range"].items()]


def input_words(name: str, story: "Story | None", countries: dict[str, str]) -> str:
    """Return the name of an input as text, with the place that it belongs to by name.

    Examples
    --------
    >>> input_words("life-it-years", None, {}), input_words("grid intensity SE", None, {"SE": "Sweden"})
    ('life of the servers', 'grid intensity of Sweden')
    """
    start = next((s for s in OF_A_PLACE if name.startswith(s)), "")
    if start:
        place = name.removeprefix(start)
        if not place:
            return "the set of life-cycle factors"
        known = countries.get(place) or (story.names.get(place) if story else None) or place
        return f"{start.strip()} of {known}"
    label, _ = LABELS.get(name, (name.replace("-", " "), ""))
    return f"{label[0].lower()}{label[1:]}"
