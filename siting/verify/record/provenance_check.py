"""Re-check of provenance: source tables, switched policy entries, claims, and the worst quality of each site's facts."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.verify.question import candidates_again, own_again
from siting.verify.record.exclusion_check import same_rows
from siting.verify.tolerances import Check, equal, same
from siting.world import catalogue
from siting.world.construction import market_costs
from siting.world.outlook import with_outlook
from siting.world.policy import Pack, pack_table, packs_in_force
from siting.world.tables import QUALITIES, resource, resources, worst
from siting.world.user_files.user_rtt import YOURS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.plan.plan import Plan

    Facts = Iterator[tuple[str, str]]

FACTS_OF_A_PLACE = {
    "zone_id": ("grid zone", "zone_quality"),
    "ci_lifecycle_g_per_kwh": ("carbon intensity", "ci_quality"),
    "renewable_share": ("renewable and carbon-free share", "share_quality"),
    "price_usd_per_mwh": ("electricity price", "price_quality"),
    "avg_generation_mw": ("average generation of the zone", "avg_generation_quality"),
    "climate_id": ("climate", "climate_quality"),
}
"""Facts of a place that numbers depend on: name, and the column of the quality."""
UNVERIFIED, NAMED = "unverified", 3
"""Facts that `worst_fact` names before it counts the rest."""
UPLIFT, REMOTE_KM = "remote-construction-uplift", 100.0
TAXES = ("sales", "property", "electricity")
OWN_COLUMNS = "own_columns"
"""Source of what the planner gives of a place in columns of its own."""


def provenance(plan: "Plan") -> list[Check]:
    """Compare policy switches, claims, source tables, and the worst quality of every site."""
    policy = plan.scenario.policy
    switched = pd.DataFrame(policy.switched(plan.scenario.file), columns=["pack", "entry", "switch", "wording"])
    checks = same_rows("policy switch", plan.policy, switched) if len(plan.policy) or len(switched) else []
    for s in plan.sites.itertuples():
        lines = plan.ledger.loc[plan.ledger["site"] == s.id, "line"]
        claimed = [x.removeprefix("incentive ") for x in lines if x.startswith("incentive ")]
        checks.append(same("claimed programmes", s.id, s.incentives, "; ".join(claimed)))
    return [*checks, *_qualities(plan), *_sources(plan)]


def _packs(plan: "Plan") -> list[Pack]:
    """Return the packs in force, and with a carbon price of the scenario's own all that define what tariffs carry."""
    policy = plan.scenario.policy
    mine = list(policy.in_force(plan.scenario.file))
    if policy.carbon_price_usd_per_t is None:
        return mine
    ids = {p.id for p in mine}
    return mine + [p for p in packs_in_force(policy.date) if p.carbon_prices and p.id not in ids]


def _sources(plan: "Plan") -> list[Check]:
    """Compare every source with the data package, and look for those that the built sites and round trips need."""
    stated = plan.sources.fillna("").astype(str)
    own = {"sites", "hubs", "contracts", "residual_mix", "rtt", OWN_COLUMNS}
    packs = {pack_table(p.id) or f"policy-{p.id}": p for p in _packs(plan)}
    checks = []
    for row in stated.to_dict("records"):
        name = row["table"]
        if name in resources() and not (name in own and row["quality"] == "unverified" and not row["licence"]):
            given = {str(k): v for k, v in row.items()}
            checks += [same(f"{k} of source", name, given.get(k), v) for k, v in resource(name).provenance().items()]
        else:
            known = name in own or name in packs
            checks.append(same("source", name, name if known else "unknown table", name))
            word = "as given" if name == OWN_COLUMNS else "unverified"
            checks.append(same("quality of source", name, row["quality"], word))
            checks.append(same("licence and year of source", name, row["licence"] + row["year"], ""))
    twice = stated["table"][stated.duplicated()]
    checks.append(equal("sources listed twice", ", ".join(twice) or "portfolio", float(len(twice)), 0.0, "found"))
    listed = set(stated["table"])
    return checks + [same("source", name, name if name in listed else "missing", name) for name in _needed(plan, packs)]


def _needed(plan: "Plan", packs: dict[str, Pack]) -> "Iterator[str]":
    """Yield the tables that every plan reads, and those behind its round trips, its limits and the packs at its sites."""
    yield from ("zones", "local_prices", "zone_intensity", "countries", "climate", "climate_hours", "hardware", "costs")
    asked = plan.scenario.demand.hubs
    by_population = (asked if isinstance(asked, str) else asked.by) == "population"
    yield from ("construction", "sites", "cities" if by_population else "hubs", "capacity_statements")
    carbon, outlook = plan.scenario.minimise.carbon, plan.scenario.outlook
    yield from (t for limit in plan.scenario.acting_limits for t in limit.tables)
    yield from ["prices_imputed"] if plan.scenario.impute else []
    yield from ["zone_signals"] if carbon.signal == "marginal" else []
    yield from ["zone_history", "us_projection"] if outlook.year is not None else []
    yield from ["ci_hours"] if carbon.by_hour else []
    yield from ["contracts"] if plan.scenario.contracts else []
    yield from ["residual_mix"] if plan.scenario.residual_mix else []
    kinds = set(plan.assignments["rtt_quality"])
    rtt = [t for t in resources() if t.startswith("rtt_")]
    yield from (t for t in rtt if "measured" in kinds and not t.startswith("rtt_fit_"))
    yield from (t for t in rtt if kinds & {"modelled", "extrapolated"} and t.startswith("rtt_fit_"))
    yield from ["rtt"] if YOURS in kinds else []
    own = own_again(plan)
    yield from [OWN_COLUMNS] if any(own.get(str(s)) for s in plan.sites["id"]) else []
    at = [(str(s.jurisdiction), s.geometry.x, s.geometry.y) for s in plan.sites.itertuples()]
    for table, pack in packs.items():
        acting = [*(e for kind in TAXES for e in getattr(pack, f"{kind}_taxes")), *pack.incentives, *pack.carbon_prices]
        if any(pack.covers(j) and e.holds_at(lon, lat) for j, lon, lat in at for e in acting):
            yield table


def _qualities(plan: "Plan") -> list[Check]:
    """Compare the worst quality of every site, and the facts that have it, with all facts behind its numbers."""
    candidates, outlook = candidates_again(plan), plan.scenario.outlook
    if candidates is None:
        return []
    here = candidates[candidates.index.isin(plan.sites["id"])].reset_index()
    known = with_outlook(here, outlook.year, outlook.us_scenario, outlook.warming_k).set_index("id").to_dict("index")
    packs, checks = _packs(plan), list[Check]()
    for s in plan.sites[plan.sites["id"].isin(known)].itertuples():
        facts = list(_of_site(plan, s, known[s.id], packs))
        word = worst([quality for _, quality in facts])
        names = list(dict.fromkeys(name for name, quality in facts if quality == word))
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        checks.append(same("worst quality", s.id, s.worst_quality, word))
        if word == UNVERIFIED:  # names of assumptions are those of markets, which are not looked up here
            checks.append(same("facts of that quality", s.id, s.worst_fact, "; ".join(names[:NAMED]) + more))
    return checks


def _of_site(plan: "Plan", s: Any, place: dict[Any, Any], packs: list[Pack]) -> "Facts":
    """Yield name and quality of every fact that a site's numbers depend on and that differs between places."""
    scenario = plan.scenario
    carbon = scenario.minimise.carbon
    for value, (name, quality) in FACTS_OF_A_PLACE.items():
        if quality in place and not pd.isna(place.get(value)):
            yield name, place[quality] if place[quality] in QUALITIES else "unverified"
    yield f"PUE and WUE of {s.cooling}", "modelled"
    served = plan.assignments[plan.assignments["site"] == s.id]
    for hub, kind in zip(served["hub"], served["rtt_quality"], strict=True):
        note = {"extrapolated": " (extrapolated)", YOURS: " (yours)"}.get(kind, "")
        yield f"round trip to {hub}{note}", "unverified" if kind == YOURS else "modelled"
    if place["km_to_city_100k"] > REMOTE_KM:
        yield f"cost figure {UPLIFT}", "assumption" if UPLIFT in scenario.costs else catalogue.cost(UPLIFT).quality
    where = {"country_iso2": [place["country_iso2"]], "lon": [s.geometry.x], "lat": [s.geometry.y]}
    if not market_costs(pd.DataFrame(where))["market"].iloc[0]:
        yield "construction cost of another country", "assumption"
    yield from _of_policy(plan, s, packs)
    if carbon.basis == "market":
        yield from ((f"contract {c.name}, yours", "unverified") for c in scenario.contracts if c.zone == s.zone_id)
        given = any(r.zone == s.zone_id for r in scenario.residual_mix)
        mix = f"residual mix of zone {s.zone_id}, "
        yield (f"{mix}yours", "unverified") if given else (f"{mix}its location average", "assumption")


def _of_policy(plan: "Plan", s: Any, packs: list[Pack]) -> "Facts":
    """Yield name and quality of the entries of packs behind the ledger lines of a site."""
    mine = plan.ledger[(plan.ledger["site"] == s.id) & (plan.ledger["usd_per_year"] != 0)]
    charged = set(mine["line"])
    for pack in (p for p in packs if p.covers(str(s.jurisdiction))):
        yield from ((f"programme {e.id}", e.quality) for e in pack.incentives if f"incentive {e.id}" in charged)
        for kind in TAXES:
            held = getattr(pack, f"{kind}_taxes") if f"{kind}_tax" in charged else ()
            yield from ((f"{kind} tax {e.id}", e.quality) for e in held)
        yield from ((f"carbon price {e.id}", e.quality) for e in pack.carbon_prices)
