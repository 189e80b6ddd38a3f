"""The sites of a plan in sentences: halls and their load, under-used sites, and the quality of the data."""

import re
from typing import TYPE_CHECKING

from siting.world.tables import QUALITIES

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.plan import Plan

UNDER_USED = 0.5
"""Share of the permitted load of a site's halls below which the site is reported as under-used."""
QUALITY_OF = {"ci_quality": "grid intensity", "price_quality": "electricity price"}
"""Column of quality, and the figure it belongs to."""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def site_sentences(plan: "Plan") -> list[str]:
    """Return the sentences below the table of sites.

    Parameters
    ----------
    plan : Plan
        A plan with sites.

    Returns
    -------
    list of str
        Halls and load, under-used sites if there are any, and the quality of the data.
    """
    sentences = (halls_sentence(plan), under_used_sentence(plan), quality_sentence(plan.sites))
    return [sentence for sentence in sentences if sentence]


def halls_sentence(plan: "Plan") -> str:
    """Return what is built for the load, and why it exceeds the load."""
    building, sites = plan.scenario.building, plan.sites
    built_mw, halls = float(sites["capacity_it_mw"].sum()), int(sites["halls"].sum())
    return (
        f"Built: {halls} halls of {building.hall_mw:g} MW, {built_mw:,.0f} MW for a mean load of {plan.kpis['it_mw']:,.0f} MW; "
        f"a hall's mean load is at most {building.utilisation_max:g} of its power (`building.utilisation_max`), and the number of halls is integer."
    )


def under_used_sentence(plan: "Plan") -> str:
    """Return the sites that use less than half of their halls; empty if there are none."""
    sites, building = plan.sites, plan.scenario.building
    may_carry = sites["capacity_it_mw"] * building.utilisation_max
    idle = sites[sites["it_mw"] < UNDER_USED * may_carry]
    if idle.empty:
        return ""
    named = ", ".join(
        f"{name} (built {built:,.0f} MW, used {used:,.3g})"
        for name, built, used in zip(idle["name"], idle["capacity_it_mw"], idle["it_mw"], strict=True)
    )
    return (
        f"Under-used: {named}. A limit such as latency or a site count may require a site there; smaller halls "
        f"(`building.hall_mw`), fewer than {building.min_halls} of them (`building.min_halls`) or relaxed limits may avoid it."
    )


def quality_sentence(sites: "pd.DataFrame") -> str:
    """Return the quality of the figures that differ by site, by share of the load, and the weakest facts of all sites.

    Examples
    --------
    >>> import pandas as pd
    >>> quality_sentence(pd.DataFrame({
    ...     "it_mw": [30.0, 10.0], "ci_quality": ["derived", "derived"], "price_quality": ["unverified", "observed"]}))
    'Of the load, grid intensity is derived for all; electricity price is observed for 25 %, unverified for 75 %.'
    """
    shares = [f"{figure} is {_shares(sites, column)}" for column, figure in QUALITY_OF.items() if column in sites]
    if not shares or not sites["it_mw"].sum() > 0:
        return ""
    everywhere = _at_all(sites)
    weak = f" At every site {', '.join(everywhere)}: {sites['worst_quality'].iloc[0]}." if everywhere else ""
    return f"Of the load, {'; '.join(shares)}.{weak}"


def _shares(sites: "pd.DataFrame", column: str) -> str:
    """Return the shares of the load by quality, best first."""
    share = sites.groupby(column)["it_mw"].sum() / sites["it_mw"].sum()
    words = sorted(share.index, key=lambda word: QUALITIES.index(word) if word in QUALITIES else len(QUALITIES))
    if len(words) == 1:
        return f"{words[0]} for all"
    return ", ".join(f"{word} for {100.0 * share[word]:.0f} %" for word in words)


def _at_all(sites: "pd.DataFrame") -> list[str]:
    """Return the worst facts common to all sites, if all sites have the same worst quality."""
    if "worst_fact" not in sites or len(set(sites["worst_quality"])) != 1:
        return []
    named = [re.sub(r" and \d+ more$", "", str(facts)).split("; ") for facts in sites["worst_fact"]]
    return [fact for fact in named[0] if all(fact in others for others in named)]
