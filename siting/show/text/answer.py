"""What a report says first: the answer in three sentences, and what a map says to those who cannot see it."""

from typing import TYPE_CHECKING

from siting.kpis import KPIS
from siting.show.text.proof_text import gap_in_words
from siting.show.text.terminal import proof_sentence

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.plan import Plan
    from siting.study.todays_pattern import Today

NAMED = 6
"""Sites that the first sentence names; the table has them all."""


def answer_sentences(plan: "Plan", today: "Today | None", interval: "pd.DataFrame | None") -> tuple[str, str, str]:
    """Say where to build, what it emits and costs, and what is proven, in three sentences.

    Parameters
    ----------
    plan : Plan
        Any plan; one without sites says why there are none.
    today : Today or None
        The same demand, served next door.
    interval : pandas.DataFrame or None
        As `Plan.kpis_interval` returns it.

    Returns
    -------
    tuple of str
        Three sentences.
    """
    if not plan.kpis:
        return _no_answer(plan)
    return _where(plan), _how_good(plan, today, interval), _proven(plan)


def map_in_words(plan: "Plan") -> str:
    """Return what the map shows, for those who read with their ears.

    Parameters
    ----------
    plan : Plan
        A plan with sites.

    Returns
    -------
    str
        Two sentences; every figure of the map stands in the tables too.
    """
    sites = plan.sites.sort_values("it_mw", ascending=False)
    by_country = sites.groupby("country", sort=False)["it_mw"].sum().sort_values(ascending=False)
    where = ", ".join(f"{country} {mw:,.0f} MW" for country, mw in by_country.items())
    emissions = sites["emissions_g_per_eflop"]
    cleanest, dirtiest = sites.loc[emissions.idxmin()], sites.loc[emissions.idxmax()]
    return (
        f"{_count(len(sites), 'site')} on a map of the world serve {_count(len(plan.hubs), 'hub')}; by country: {where}. "
        f"Least emissions per compute: {cleanest['name']}, {cleanest['emissions_g_per_eflop']:.1f} gCO2e/EFLOP; "
        f"most: {dirtiest['name']}, {dirtiest['emissions_g_per_eflop']:.1f}."
    )


def steps_in_words(steps: "pd.DataFrame") -> str:
    """Return the waterfall from today's pattern to the plan as a sentence.

    Examples
    --------
    >>> import pandas as pd
    >>> steps_in_words(pd.DataFrame({"g_per_eflop": {"today": 10.0, "grid": -6.0, "plan": 4.0}}))
    'Served next door, compute emits 10.0 gCO2e/EFLOP; grid -6.0: this plan emits 4.0.'
    """
    values = steps["g_per_eflop"]
    causes = ", ".join(f"{cause} {change:+,.1f}" for cause, change in values.iloc[1:-1].items())
    return f"Served next door, compute emits {values.iloc[0]:,.1f} gCO2e/EFLOP; {causes}: this plan emits {values.iloc[-1]:,.1f}."


def _where(plan: "Plan") -> str:
    """Name the sites, largest first."""
    sites = plan.sites.sort_values("it_mw", ascending=False)
    named = [f"{name} ({mw:,.0f} MW)" for name, mw in zip(sites["name"], sites["it_mw"], strict=True)][:NAMED]
    more = len(sites) - len(named)
    others = f" and {_count(more, 'other')}" if more else ""
    served = plan.kpis.get("served_share", 1.0)
    short = "" if served > 1 - 1e-9 else f", {served:.1%} of the demand"
    return f"Build {_count(len(sites), 'site')} for {plan.kpis['it_mw']:,.0f} MW of IT load{short}: {', '.join(named)}{others}."


def _how_good(plan: "Plan", today: "Today | None", interval: "pd.DataFrame | None") -> str:
    """Tell emissions and cost per compute, how far they may be off, and how they stand beside today's pattern."""
    kpis = plan.kpis
    mine = kpis["emissions_g_per_eflop"]
    text = f"A unit of compute then emits {KPIS['emissions_g_per_eflop'].write(mine)} gCO2e/EFLOP"
    if interval is not None:
        row = interval.loc["emissions_g_per_eflop"]
        text += f" (90 % interval {row['p05']:.1f} to {row['p95']:.1f})"
    text += f" and costs {KPIS['cost_usd_per_eflop'].write(kpis['cost_usd_per_eflop'])} USD/EFLOP"
    if today is None:
        return text + "."
    times, dearer = today.emissions_g_per_eflop / mine, today.cost_usd_per_eflop / kpis["cost_usd_per_eflop"]
    return text + (
        f"; served next door, as today, it emits {today.emissions_g_per_eflop:,.1f} gCO2e/EFLOP, "
        f"{times:.1f} times as much, at {dearer:.2f} times the cost."
    )


def _proven(plan: "Plan") -> str:
    """Tell what the solver proved; the footer has the rows, the time and the solver."""
    proof = plan.proof
    beyond = "above" if plan.scenario.minimise.maximise else "below"
    if proof.bound is None:
        return "How much better a plan could be is not known: the solver told no bound."
    unit, gap = proof.unit, gap_in_words(proof.gap)
    off = "" if gap == "none" else f" (gap {gap})"
    asked = f"no plan is {beyond} {proof.bound:,.6g} {unit}, and this one has {proof.objective:,.6g}{off}"
    if proof.status == "optimal":
        return f"This is proven optimal: {asked}."
    return f"It is NOT proven to be the best: {asked}; more time may find a better plan or a closer bound."


def _no_answer(plan: "Plan") -> tuple[str, str, str]:
    """Say that there is no plan, what was asked, and what was left out before the search."""
    left_out = plan.excluded["site"].nunique()
    shares = ", ".join(f"{name} {share:g}" for name, share in plan.scenario.demand.shares.items())
    asked = f"Asked was compute in the classes {shares}, under {_count(len(plan.scenario.limits), 'limit')}."
    return (
        proof_sentence(plan).split(" Limits in force")[0],
        asked,
        f"Before the search {_count(left_out, 'candidate')} had been left out; `siting diagnose` tells which limits clash.",
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
