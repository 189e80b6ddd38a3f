"""The first box of a report: the answer in three sentences; and the map in words for a screen reader."""

from typing import TYPE_CHECKING

from siting.kpis import KPIS
from siting.show.text.proof_text import proven
from siting.show.text.site_text import counted, export_off_sentences, tax_sentences

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.plan import Plan
    from siting.study.story import Story

NAMED = 6
"""Sites named in the first sentence; the table has all of them."""


def answer_sentences(story: "Story") -> tuple[str, ...]:
    """Return where to build, emissions and cost, and what is proven, each as a sentence.

    Parameters
    ----------
    story : Story
        A plan and what it is compared with; of a plan without sites, why there are none.

    Returns
    -------
    tuple of str
        Three sentences, one more for the cheapest plan where the story has it, and for taxes that are unknown; before
        them, whether export control is switched off.
    """
    plan, first = story.plan, export_off_sentences(story.plan.scenario)
    if not plan.kpis:
        return (*first, *_no_answer(plan))
    cheapest = () if story.cheapest is None else (_cheapest(plan, story.cheapest),)
    return *first, _where(plan), _how_good(story), *tax_sentences(plan), *cheapest, f"{proven(plan)}."


def map_in_words(plan: "Plan") -> str:
    """Return the content of the map, for a screen reader.

    Parameters
    ----------
    plan : Plan
        A plan with sites.

    Returns
    -------
    str
        Two sentences; the tables have every figure of the map.
    """
    sites = plan.sites.sort_values("it_mw", ascending=False)
    by_country = sites.groupby("country", sort=False)["it_mw"].sum().sort_values(ascending=False)
    where = ", ".join(f"{country} {mw:,.0f} MW" for country, mw in by_country.items())
    emissions = sites["emissions_g_per_eflop"]
    cleanest, dirtiest = sites.loc[emissions.idxmin()], sites.loc[emissions.idxmax()]
    return (
        f"{counted(len(sites), 'site')} on a map of the world serve {counted(len(plan.hubs), 'hub')}; by country: {where}. "
        f"Least emissions per compute: {cleanest['name']}, {cleanest['emissions_g_per_eflop']:.1f} gCO2e/EFLOP; "
        f"most: {dirtiest['name']}, {dirtiest['emissions_g_per_eflop']:.1f}."
    )


def steps_in_words(steps: "pd.DataFrame") -> str:
    """Return the waterfall from today's pattern to the plan as a sentence.

    Examples
    --------
    >>> import pandas as pd
    >>> steps_in_words(pd.DataFrame({"g_per_eflop": {"today": 10.0, "grid": -6.0, "plan": 4.0}}))
    "Today's pattern emits 10.0 gCO2e/EFLOP; grid -6.0: this plan emits 4.0."
    """
    values = steps["g_per_eflop"]
    causes = ", ".join(f"{cause} {change:+,.1f}" for cause, change in values.iloc[1:-1].items())
    unit = KPIS["emissions_g_per_eflop"].unit
    return f"Today's pattern emits {values.iloc[0]:,.1f} {unit}; {causes}: this plan emits {values.iloc[-1]:,.1f}."


def _where(plan: "Plan") -> str:
    """Return the sentence that names the sites, largest first."""
    sites = plan.sites.sort_values("it_mw", ascending=False)
    named = [f"{name} ({mw:,.0f} MW)" for name, mw in zip(sites["name"], sites["it_mw"], strict=True)][:NAMED]
    more = len(sites) - len(named)
    others = f" and {counted(more, 'other')}" if more else ""
    served = plan.kpis.get("served_share", 1.0)
    short = "" if served > 1 - 1e-9 else f", {served:.1%} of the demand"
    return f"Build {counted(len(sites), 'site')} for {plan.kpis['it_mw']:,.0f} MW of IT load{short}: {', '.join(named)}{others}."


def _how_good(story: "Story") -> str:
    """Return emissions and cost per compute, their interval, and the ratio to today's pattern."""
    kpis, interval, today = story.plan.kpis, story.interval, story.today
    emissions, cost = KPIS["emissions_g_per_eflop"], KPIS["cost_usd_per_eflop"]
    mine = kpis[emissions.name]
    text = f"One unit of compute emits {emissions.write(mine)} {emissions.unit}"
    if interval is not None:
        row = interval.loc[emissions.name]
        text += f" (90 % interval {row['p05']:.1f} to {row['p95']:.1f})"
    text += f" and costs {cost.write(kpis[cost.name])} {cost.unit}"
    if today is None:
        return text + "."
    year = story.plan.scenario.outlook.year
    of_year = "" if year is None else f", also at the grid of {year}"
    times, cost_ratio = today.emissions_g_per_eflop / mine, today.cost_usd_per_eflop / kpis[cost.name]
    return text + (
        f"; today's pattern (each hub served by the cloud region in its own metro{of_year}) emits "
        f"{today.emissions_g_per_eflop:,.1f} {emissions.unit}, {times:.1f} times as much, at {cost_ratio:.2f} times the cost."
    )


def _cheapest(plan: "Plan", cheapest: "Plan") -> str:
    """Return the comparison with the least-cost plan."""
    if not cheapest.kpis:
        return f"No least-cost plan is known ({cheapest.status.replace('_', ' ')})."
    emissions, cost = (KPIS[name] for name in ("emissions_g_per_eflop", "cost_usd_per_eflop"))
    values = ", ".join(f"{k.write(cheapest.kpis[k.name])} {k.unit}" for k in (emissions, cost))
    ratio = cheapest.kpis[emissions.name] / plan.kpis[emissions.name]
    return f"The least-cost plan has {values}: {ratio:.2f} times the emissions of this plan."


def _no_answer(plan: "Plan") -> tuple[str, ...]:
    """Return why there is no plan, what the scenario requests, and how many candidates were excluded."""
    excluded = plan.excluded["site"].nunique()
    shares = ", ".join(f"{name} {share:g}" for name, share in plan.scenario.demand.shares.items())
    return (
        f"{proven(plan)}.",
        f"The scenario requests compute in the classes {shares}, under {counted(len(plan.scenario.limits), 'limit')}.",
        f"{counted(excluded, 'candidate')} had been excluded before solving; run `siting diagnose` to see the conflicting limits.",
    )
