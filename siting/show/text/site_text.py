"""The sites of a plan in sentences: halls and their load, under-used sites, and the quality of the data."""

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from siting.errors import listed
from siting.kpis import KPIS
from siting.problem.ledger.option_taxes import TAXES
from siting.study.map_data import method_of
from siting.world.tables import QUALITIES

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.plan import Plan
    from siting.scenario.scenario import Scenario
    from siting.world.policy.export_control import Verdict

EXAMPLES = 4
"""Candidates that a count names."""
EXPORT_CONTROL = "export_control"
"""Name of the limit on export, and of its switch."""
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
        Halls and load, under-used sites, marks of export control and statements on capacity if there are any, what is
        unknown of taxes, jobs taken as committed, and the
        quality of the data.
    """
    sentences = (
        halls_sentence(plan),
        under_used_sentence(plan),
        *export_sentences(plan),
        *tax_sentences(plan),
        *jobs_sentences(plan),
        *capacity_sentences(plan.sites),
        quality_sentence(plan.sites),
    )
    return [sentence for sentence in sentences if sentence]


def jobs_sentences(plan: "Plan") -> list[str]:
    """Return the jobs that claimed programmes require, each taken as committed; none without such a programme."""
    jobs = plan.tables.get("committed_jobs")
    if jobs is None or jobs.empty:
        return []
    names = dict(zip(plan.sites["id"], plan.sites["name"], strict=True))
    needs = "; ".join(
        f"{r.programme} at {names.get(r.site, r.site)} needs {r.committed_jobs:,.0f} jobs, taken as committed ({r.jobs:,.0f} by jobs per MW)"
        for r in jobs.itertuples()
    )
    return [f"Commitments: {needs}."]


def tax_sentences(plan: "Plan") -> list[str]:
    """Return at how many sites each tax on servers is unknown, and what it may cost a year; none where all are known."""
    unknown = plan.tables.get("unknown_taxes")
    if unknown is None or unknown.empty:
        return []
    sentences = []
    for tax, rows in unknown.groupby("tax", sort=False):
        low, mid, high = (rows[f"{end}_usd_per_year"].sum() / 1e6 for end in ("low", "mid", "high"))
        sentences.append(
            f"The {TAXES[str(tax)][0]} is unknown at {rows['site'].nunique()} of {counted(len(plan.sites), 'site')}: "
            f"+{low:,.1f} to {high:,.1f} M USD a year; the middle, {mid:,.1f}, is counted."
        )
    return sentences


def halls_sentence(plan: "Plan") -> str:
    """Return what is built for the load, and why it exceeds the load."""
    building, sites = plan.scenario.building, plan.sites
    built_mw, halls = float(sites["capacity_it_mw"].sum()), int(sites["halls"].sum())
    return (
        f"Built: {halls} halls of {building.hall_mw:g} MW, {built_mw:,.0f} MW for a mean load of {plan.kpis['it_mw']:,.0f} MW; "
        f"a hall's mean load is at most {plan.scenario.hardware.chip.draw_share:.2f} of its power (mean draw over nameplate of the accelerator) "
        f"times {building.utilisation_max:g} (`building.utilisation_max`), and the number of halls is integer."
    )


def under_used_sentence(plan: "Plan") -> str:
    """Return the sites that use less than half of their halls; empty if there are none."""
    sites, building = plan.sites, plan.scenario.building
    may_carry = sites["halls"] * plan.scenario.usable_hall_mw
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


def export_sentences(plan: "Plan") -> list[str]:
    """Return the sites that need a licence for the accelerators, with the rule, and those where that is unknown."""
    found: dict[tuple[str, str], list[str]] = {}
    for verdict, names in _at_risk(plan.scenario, plan.sites):
        found.setdefault((verdict.words, verdict.text), []).extend(names)
    return [f"Export control, a risk at {listed(names)}: {words}. {text}." for (words, text), names in found.items()]


def export_counts(scenario: "Scenario", sites: "pd.DataFrame") -> list[str]:
    """Return at how many candidates the accelerators need a licence, or may need one, by rule."""
    found: dict[str, list[str]] = {}
    for verdict, names in _at_risk(scenario, sites):
        found.setdefault(verdict.words, []).extend(names)
    return [
        f"Export control: {words} at {counted(len(names), 'candidate')} ({listed(names, most=EXAMPLES)})"
        for words, names in found.items()
    ]


def _at_risk(scenario: "Scenario", sites: "pd.DataFrame") -> "Iterator[tuple[Verdict, list[str]]]":
    """Yield what export control means where a site may be built, but not freely or not for certain, with the sites."""
    for limit in (x for x in scenario.acting_limits if x.name == EXPORT_CONTROL):
        for country, verdict in limit.verdicts(sites).items():  # type: ignore[attr-defined]
            if verdict.is_risk:
                yield verdict, [str(name) for name in sites.loc[sites["country_iso2"] == country, "name"]]


def capacity_sentences(sites: "pd.DataFrame") -> list[str]:
    """Return what operators state on the capacity of zones with a site, beside the headroom that the plan assumes.

    Examples
    --------
    >>> import pandas as pd
    >>> capacity_sentences(pd.DataFrame({
    ...     "name": ["Bergen"], "zone_id": ["NO-NO5"], "zone_headroom_mw": [383.2], "peak_facility_mw": [290.0],
    ...     "capacity_statements": ["Statnett, 2022: little is left (unverified)"]}))[0][:76]
    'Capacity at Bergen (290 MW at peak; headroom of zone NO-NO5 in this plan 383'
    """
    if "capacity_statements" not in sites:
        return []
    lines: list[str] = []
    stated: dict[str, object] = {}
    for zone, here in sites[sites["capacity_statements"] != ""].groupby("zone_id", sort=False):
        spare, peak = float(here["zone_headroom_mw"].iloc[0]), float(here["peak_facility_mw"].sum())
        text = str(here["capacity_statements"].iloc[0])
        assumed = "not limited in this plan" if math.isnan(spare) else f"in this plan {spare:,.0f} MW"
        lines.append(
            f"Capacity at {listed(map(str, here['name']))} ({peak:,.0f} MW at peak; headroom of zone {zone} {assumed}). "
            + (f"{text}." if (of := stated.setdefault(text, zone)) == zone else f"Stated as for zone {of}.")
        )
    return lines


def export_off_sentences(scenario: "Scenario") -> list[str]:
    """Return that a scenario switches export control off, if it does."""
    if EXPORT_CONTROL not in scenario.policy.off:
        return []
    return [
        f"Export control is switched off: whether {scenario.hardware.accelerator} may be exported to a site is not checked."
    ]


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


def carbon_sentences(plan: "Plan", other: tuple[str, float] | None) -> list[str]:
    """Return how the carbon of electricity is counted, and the plan's emissions by the other set of factors, if any."""
    carbon = plan.scenario.minimise.carbon
    how = f"Carbon of electricity: {method_of(carbon)}, by {carbon.basis}, one set of factors for all zones"
    if other is None:
        return [f"{how}."]
    return [f"{how}; by {other[0]} this plan emits {other[1]:.1f} {KPIS['emissions_g_per_eflop'].unit}."]
