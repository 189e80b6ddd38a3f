"""What a plan's sites come to, in sentences: halls and what they carry, sites hardly used, and what the numbers rest on."""

import re
from typing import TYPE_CHECKING

from siting.world.tables import QUALITIES

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.plan import Plan

HARDLY_USED = 0.5
"""A site that uses less than this share of what its halls may carry is pointed out."""
RESTS_ON = {"ci_quality": "grid intensity", "price_quality": "electricity price"}
"""Columns of quality, and the figure that each is of."""


def site_sentences(plan: "Plan") -> list[str]:
    """Return the sentences below the table of sites.

    Parameters
    ----------
    plan : Plan
        A plan with sites.

    Returns
    -------
    list of str
        Halls and load, sites hardly used if there are any, and the quality of what the sites rest on.
    """
    sentences = (halls_sentence(plan), hardly_used_sentence(plan), quality_sentence(plan.sites))
    return [sentence for sentence in sentences if sentence]


def halls_sentence(plan: "Plan") -> str:
    """Say what is built for the load, and why it is more."""
    building, sites = plan.scenario.building, plan.sites
    built_mw, halls = float(sites["capacity_it_mw"].sum()), int(sites["halls"].sum())
    return (
        f"Built: {halls} halls of {building.hall_mw:g} MW, {built_mw:,.0f} MW for a mean load of {plan.kpis['it_mw']:,.0f} MW; "
        f"a hall's mean load is at most {building.utilisation_max:g} of its power (`building.utilisation_max`), and halls are whole."
    )


def hardly_used_sentence(plan: "Plan") -> str:
    """Name the sites whose halls stand more than half empty; empty where there are none."""
    sites, building = plan.sites, plan.scenario.building
    may_carry = sites["capacity_it_mw"] * building.utilisation_max
    idle = sites[sites["it_mw"] < HARDLY_USED * may_carry]
    if idle.empty:
        return ""
    named = ", ".join(
        f"{name} (built {built:,.0f} MW, used {used:,.3g})"
        for name, built, used in zip(idle["name"], idle["capacity_it_mw"], idle["it_mw"], strict=True)
    )
    return (
        f"Hardly used: {named}. Reach, a count or another limit may ask for a site there: smaller halls (`building.hall_mw`), "
        f"fewer of them than {building.min_halls} (`building.min_halls`) or looser limits may spare it."
    )


def quality_sentence(sites: "pd.DataFrame") -> str:
    """Say by load how good the figures are that tell one site from another, and what is weak at all of them.

    Examples
    --------
    >>> import pandas as pd
    >>> quality_sentence(pd.DataFrame({
    ...     "it_mw": [30.0, 10.0], "ci_quality": ["derived", "derived"], "price_quality": ["unverified", "observed"]}))
    'Of the load, grid intensity is derived for all; electricity price is observed for 25 %, unverified for 75 %.'
    """
    told = [f"{figure} is {_shares(sites, column)}" for column, figure in RESTS_ON.items() if column in sites]
    if not told or not sites["it_mw"].sum() > 0:
        return ""
    everywhere = _at_all(sites)
    weak = f" At every site {', '.join(everywhere)}: {sites['worst_quality'].iloc[0]}." if everywhere else ""
    return f"Of the load, {'; '.join(told)}.{weak}"


def _shares(sites: "pd.DataFrame", column: str) -> str:
    """Return the shares of the load by quality, best first."""
    share = sites.groupby(column)["it_mw"].sum() / sites["it_mw"].sum()
    words = sorted(share.index, key=lambda word: QUALITIES.index(word) if word in QUALITIES else len(QUALITIES))
    if len(words) == 1:
        return f"{words[0]} for all"
    return ", ".join(f"{word} for {100.0 * share[word]:.0f} %" for word in words)


def _at_all(sites: "pd.DataFrame") -> list[str]:
    """Return the facts of the worst quality that all sites name, where all have the same."""
    if "worst_fact" not in sites or len(set(sites["worst_quality"])) != 1:
        return []
    named = [re.sub(r" and \d+ more$", "", str(facts)).split("; ") for facts in sites["worst_fact"]]
    return [fact for fact in named[0] if all(fact in others for others in named)]
