"""The first box of a report: the answer in three sentences; and the map in words for a screen reader."""

from typing import TYPE_CHECKING

from siting.kpis import KPIS
from siting.show.text.board_text import how_much, why
from siting.show.text.proof_text import proven
from siting.show.text.site_text import counted, export_off_sentences

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.plan import Plan
    from siting.study.story import Story

NAMED = 6
"""Sites named in the first sentence; the table has all of them."""


def answer_sentences(story: "Story") -> tuple[str, ...]:
    """Return where to build, how much it emits and costs, and why there, each as a sentence.

    Parameters
    ----------
    story : Story
        A plan and what it is compared with; of a plan without sites, why there are none.

    Returns
    -------
    tuple of str
        Three sentences; before them, whether export control is switched off.
    """
    plan, first = story.plan, export_off_sentences(story.plan.scenario)
    if not plan.kpis:
        return (*first, *_no_answer(plan))
    return *first, _where(plan), how_much(story), why(story)


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


def _no_answer(plan: "Plan") -> tuple[str, ...]:
    """Return why there is no plan, what the scenario requests, and how many candidates were excluded."""
    excluded = plan.excluded["site"].nunique()
    shares = ", ".join(f"{name} {share:g}" for name, share in plan.scenario.demand.shares.items())
    return (
        f"{proven(plan)}.",
        f"The scenario requests compute in the classes {shares}, under {counted(len(plan.scenario.limits), 'limit')}.",
        f"{counted(excluded, 'candidate')} had been excluded before solving; run `siting diagnose` to see the conflicting limits.",
    )
