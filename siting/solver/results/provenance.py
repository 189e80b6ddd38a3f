"""Provenance of a plan's numbers: their source tables, and the least reliable facts of every site."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd

from siting.problem.ledger.cost_figures import REMOTE_KM
from siting.problem.policy_rules import packs_used
from siting.problem.problem import Problem
from siting.problem.sources import own_column_sources, own_source, shipped_sources
from siting.world import catalogue
from siting.world.construction import market_costs
from siting.world.policy import Pack, packs_in_force
from siting.world.tables import QUALITIES, resources, worst
from siting.world.user_files.own_columns import AS_GIVEN
from siting.world.user_files.user_rtt import YOURS

RTT_QUALITY: Mapping[str, str] = MappingProxyType(
    {"measured": "modelled", "modelled": "modelled", "extrapolated": "modelled", YOURS: "unverified"}
)
"""Quality of a p90 round trip: the median of a measured pair is observed, its p90 is not; an extrapolated
one is modelled too, with a note."""

COOLING_QUALITY = "modelled"
"""Quality of PUE and WUE: published midpoints over a typical year."""

_SITE_FACTS = (
    ("grid zone", "zone_id", "zone_quality"),
    ("carbon intensity", "ci_lifecycle_g_per_kwh", "ci_quality"),
    ("renewable and carbon-free share", "renewable_share", "share_quality"),
    ("electricity price", "price_usd_per_mwh", "price_quality"),
    ("average generation of the zone", "avg_generation_mw", "avg_generation_quality"),
    ("climate", "climate_id", "climate_quality"),
)
"""Fact, the column of its value, the column of its quality."""

UPLIFT = "remote-construction-uplift"
NAMED = 3
"""Facts that `worst_fact` names before it counts the rest."""


class Fact(NamedTuple):
    """One fact that a site's numbers depend on."""

    name: str
    quality: str


def site_facts(problem: Problem, row: Mapping[str, Any], assignments: pd.DataFrame, ledger: pd.DataFrame) -> list[Fact]:
    """Return the facts that the numbers of one built site depend on and that differ between places.

    What is the same everywhere (accelerator, cost figures, the carbon method, a carbon price of the scenario) colours no
    site: `Plan.assumptions` lists it.

    Parameters
    ----------
    problem : Problem
        What the plan was solved on.
    row : mapping
        The built site, gathered.
    assignments, ledger : pandas.DataFrame
        Of the plan.

    Returns
    -------
    list of Fact
        The place itself, zone, intensity, shares, price, generation, climate, cooling, the round trips
        it serves at, costs that differ by place, and the policy entries behind its ledger lines.
    """
    site = str(row["id"])
    served = assignments[assignments["site"] == site]
    lines = ledger[ledger["site"] == site]
    note = {"extrapolated": " (extrapolated)", YOURS: " (yours)"}
    return [
        *_of_place(row),
        *(
            Fact(f"round trip to {r.hub}{note.get(str(r.rtt_quality), '')}", RTT_QUALITY[str(r.rtt_quality)])
            for r in served.itertuples()
        ),
        *_of_building(problem, row),
        *_of_policy(problem, str(row["jurisdiction"]), lines),
        *_of_contracts(problem, str(row["zone_id"])),
    ]


def worst_of(facts: Iterable[Fact]) -> tuple[str, str]:
    """Return the worst quality among facts, and the facts that have it.

    Examples
    --------
    >>> worst_of([Fact("climate", "modelled"), Fact("electricity price", "unverified")])
    ('unverified', 'electricity price')
    """
    every = list(facts)
    word = worst([f.quality for f in every])
    names = list(dict.fromkeys(f.name for f in every if f.quality == word))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return word, "; ".join(names[:NAMED]) + more


def plan_sources(problem: Problem, sites: pd.DataFrame, assignments: pd.DataFrame) -> pd.DataFrame:
    """Return the tables that the plan's numbers depend on, a row a table.

    The facts of built sites and of hubs, the catalogue, the packs that cover a built site, and
    of the round-trip tables those behind the assignments. `Problem.sources` lists the tables that decided over all
    candidates; an empty plan, whose proof depends on all of them, lists the same.
    """
    if assignments.empty:
        return problem.sources
    kinds = set(assignments["rtt_quality"])
    tables = list(resources())
    measured = [t for t in tables if t.startswith("rtt_") and not t.startswith("rtt_fit_")]
    fitted = [t for t in tables if t.startswith("rtt_fit_")]
    rtt = [*(measured if "measured" in kinds else []), *(fitted if kinds & {"modelled", "extrapolated"} else [])]
    built = problem.sites[problem.sites["id"].isin(sites["id"])]
    under = packs_used(_packs_asked(problem), built, set())
    own = [] if YOURS not in kinds else [own_source("rtt", str(problem.scenario.latency.measured))]
    own += own_column_sources(problem.scenario.candidates.set, built)
    return shipped_sources(problem.scenario, rtt, under, own)


def _of_place(row: Mapping[str, Any]) -> list[Fact]:
    facts = [
        Fact(name, _word(row[quality]))
        for name, value, quality in _SITE_FACTS
        if quality in row and not pd.isna(row.get(value))
    ]
    return [*facts, Fact(f"PUE and WUE of {row['cooling']}", COOLING_QUALITY)]


def _word(quality: Any) -> str:
    """Return a quality word; a fact without a stated quality is unverified."""
    return quality if isinstance(quality, str) and quality in QUALITIES else "unverified"


def _of_building(problem: Problem, row: Mapping[str, Any]) -> list[Fact]:
    """Return the cost figures that differ by place: the uplift where it is remote, and a market that is another country's."""
    if not pd.isna(row.get("own_capex_usd_per_mw")) and "own_capex_usd_per_mw" in row:
        return [Fact("cost of the facility, as you gave it", AS_GIVEN)]
    remote = row.get("km_to_city_100k", 0.0) > REMOTE_KM
    word = "assumption" if UPLIFT in problem.scenario.costs else catalogue.cost(UPLIFT).quality
    facts = [Fact(f"cost figure {UPLIFT}", word)] if remote else []
    place = {"country_iso2": [row["country_iso2"]], "lon": [row["lon"]], "lat": [row["lat"]]}
    if market_costs(pd.DataFrame(place))["market"].iloc[0]:
        return facts
    return [*facts, Fact("construction cost of the United States, for want of another", "assumption")]


def _of_contracts(problem: Problem, zone: str) -> list[Fact]:
    """Return the planner's contracts of a zone, and its residual mix, where carbon is counted by contract."""
    scenario = problem.scenario
    if scenario.minimise.carbon.basis != "market":
        return []
    facts = [Fact(f"contract {c.name}, yours", "unverified") for c in scenario.contracts if c.zone == zone]
    if any(r.zone == zone for r in scenario.residual_mix):
        return [*facts, Fact(f"residual mix of zone {zone}, yours", "unverified")]
    return [*facts, Fact(f"residual mix of zone {zone}, its location average for want of one", "assumption")]


def _of_policy(problem: Problem, jurisdiction: str, lines: pd.DataFrame) -> list[Fact]:
    """Return the entries of packs behind the ledger lines that are not zero."""
    charged = set(lines.loc[lines["usd_per_year"] != 0, "line"])
    found = []
    for pack in _packs_asked(problem):
        if not pack.covers(jurisdiction):
            continue
        found += [Fact(f"programme {e.id}", e.quality) for e in pack.incentives if f"incentive {e.id}" in charged]
        taxes = {"sales": pack.sales_taxes, "property": pack.property_taxes, "electricity": pack.electricity_taxes}
        for kind, entries in taxes.items():
            found += [Fact(f"{kind} tax {e.id}", e.quality) for e in entries if f"{kind}_tax" in charged]
        found += [Fact(f"carbon price {e.id}", e.quality) for e in pack.carbon_prices]
    return found


def _packs_asked(problem: Problem) -> tuple[Pack, ...]:
    """Return the packs of the scenario, and with a carbon price of its own those that define what tariffs carry."""
    policy = problem.scenario.policy
    in_force = policy.in_force(problem.scenario.file)
    if policy.carbon_price_usd_per_t is None:
        return in_force
    others = [p for p in packs_in_force(policy.date) if p.carbon_prices and p.id not in {a.id for a in in_force}]
    return (*in_force, *others)
