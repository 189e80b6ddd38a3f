"""Re-check of limits on places, from the candidates' facts in tables and files."""

from collections.abc import Iterable
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.physics.geodesy import great_circle_km
from siting.verify.facts import round_trips_ms
from siting.verify.question import candidates_again
from siting.verify.tolerances import Check, at_least, at_most, equal, not_rechecked
from siting.world.latency.round_trips import rtt_ms
from siting.world.policy import packs
from siting.world.tables import read_arrays, read_table

if TYPE_CHECKING:
    from siting.plan.plan import Plan

NOT_IN_EU = ("IS", "LI", "NO")
"""Members of the European Economic Area that are not members of the Union."""


def lies_in(jurisdiction: str, codes: Iterable[str]) -> bool:
    """Return whether a place lies in any of the codes: its own, its country's, or its union's."""
    country = jurisdiction.partition("-")[0]
    area = country in packs()["eu"].jurisdictions
    mine = {jurisdiction, country} | ({"EEA"} if area else set())
    mine |= {"EU"} if area and country not in NOT_IN_EU else set()
    return not mine.isdisjoint(codes)


def without_candidates(plan: "Plan", kind: str) -> list[Check]:
    """Return the note that a limit cannot be re-checked, since the file of candidates does not exist."""
    return [not_rechecked(f"limit `{kind}` reads {plan.scenario.candidates.set}, which does not exist")]


def max_latency(plan: "Plan", limit: Any) -> list[Check]:
    """Compare the round trip of every assignment, computed from the coordinates, with its class's limit."""
    rtt = round_trips_ms(plan)
    given = limit.model_dump()
    return [
        at_most(
            f"round trip, {r.workload}",
            f"{r.site} to {r.hub}",
            float(ms),
            float(given.get(f"{r.workload}_ms", np.inf)),
            "ms",
        )
        for r, ms in zip(plan.assignments.itertuples(), rtt, strict=True)
    ]


def screen(plan: "Plan", limit: Any) -> list[Check]:
    """Compare every known value of each built site's country and hazards with its threshold."""
    country: dict[Any, dict[Any, Any]] = read_table("countries").set_index("iso2").to_dict("index")
    rules = [
        ("political stability", "wgi_political_stability", limit.min_political_stability, at_least, "-"),
        ("rule of law", "wgi_rule_of_law", limit.min_rule_of_law, at_least, "-"),
        ("outages", "outages_per_month", limit.max_outages_per_month, at_most, "a month"),
        ("access to electricity", "access_to_electricity_share", limit.min_access_to_electricity, at_least, "-"),
        ("sanctions", "sanctions_excluded", 0.0 if limit.sanctions else None, at_most, "-"),
        ("water stress", "water_stress_share", limit.max_water_stress, at_most, "-"),
    ]
    checks = []
    for s in plan.sites.itertuples():
        for name, column, threshold, compare, unit in rules:
            value = country[s.country_iso2][column]
            if threshold is not None and not pd.isna(value):
                error = country[s.country_iso2][f"{column}_stderr"] if column.startswith("wgi_") else 0.0
                checks.append(
                    compare(f"screen: {name}", s.id, float(value) + float(np.nan_to_num(error)), threshold, unit)
                )
    return checks + _hazards(plan, limit)


def _hazards(plan: "Plan", limit: Any) -> list[Check]:
    """Compare the nearest volcano and the cyclone grid of every built site with their thresholds."""
    volcanoes = read_table("volcanoes")
    storms = read_arrays("hazard_grids")["cyclone_64kt_per_decade_x100"] / 100.0
    checks = []
    for s, point in zip(plan.sites.itertuples(), plan.sites.geometry, strict=True):
        if limit.min_km_to_volcano is not None:
            km = float(great_circle_km(point.x, point.y, volcanoes["lon"], volcanoes["lat"]).min())
            checks.append(at_least("screen: volcanoes", s.id, km, limit.min_km_to_volcano, "km"))
        if limit.max_cyclone_64kt_per_decade is not None:
            row, column = np.floor([(point.y + 90.0) * 2, (point.x + 180.0) * 2]).astype(int)
            count = float(storms[min(row, 359), column % 720])
            checks.append(at_most("screen: cyclones", s.id, count, limit.max_cyclone_64kt_per_decade, "a decade"))
    return checks


def excluded(plan: "Plan", limit: Any) -> list[Check]:
    """Look every excluded site up among the built ones."""
    built = set(plan.sites["id"])
    return [equal("site that may not be built", s, float(s in built), 0.0, "built") for s in limit.sites]


def required(plan: "Plan", limit: Any) -> list[Check]:
    """Look every required site up among the built ones."""
    built = set(plan.sites["id"])
    return [equal("site that must be built", s, float(s in built), 1.0, "built") for s in limit.sites]


def moratorium(plan: "Plan", limit: Any) -> list[Check]:
    """Compare the facility power of every built site with the moratoria at its place."""
    known = candidates_again(plan)
    if known is None:
        return without_candidates(plan, limit.kind)
    checks = []
    for s in plan.sites.itertuples():
        fact = known.loc[s.id]
        circles = [great_circle_km(fact.lon, fact.lat, a.lon, a.lat) <= a.radius_km for a in limit.areas]
        shut = lies_in(str(fact.jurisdiction), limit.jurisdictions) or fact.zone_id in limit.zones
        if shut or fact.admin1 in limit.admin1 or any(circles):
            checks.append(at_most("moratorium", s.id, s.peak_facility_mw, limit.above_facility_mw, "MW"))
    return checks


def climate(plan: "Plan", limit: Any) -> list[Check]:
    """Compare the typical year of every built site with the limit."""
    known = candidates_again(plan)
    if known is None:
        return without_candidates(plan, limit.kind)
    facts = known.loc[plan.sites["id"]]
    judged = [
        ("cooling degree-days, base 18 C", "cdd18_k_day", limit.max_cdd18_k_day, at_most, "K day"),
        ("cooling degree-days, base 21 C", "cdd21_k_day", limit.max_cdd21_k_day, at_most, "K day"),
        ("hottest hour", "t_max_c", limit.max_dry_bulb_c, at_most, "C"),
        ("coldest hour", "t_min_c", limit.min_dry_bulb_c, at_least, "C"),
    ]
    return [
        compare(name, str(s), value, bound, unit)
        for name, column, bound, compare, unit in judged
        if bound is not None
        for s, value in facts[column].astype(float).items()
    ]


def _pairs(plan: "Plan") -> list[tuple[str, Any, Any]]:
    """Return every two built sites: their names, and both points."""
    points = list(zip(plan.sites["id"], plan.sites.geometry, strict=True))
    return [(f"{i} and {j}", a, b) for (i, a), (j, b) in combinations(points, 2)]


def min_separation_km(plan: "Plan", limit: Any) -> list[Check]:
    """Measure every pair of built sites."""
    return [
        at_least("separation", names, float(great_circle_km(a.x, a.y, b.x, b.y)), limit.km, "km")
        for names, a, b in _pairs(plan)
    ]


def training_domain(plan: "Plan", limit: Any) -> list[Check]:
    """Estimate the round trip of every pair of built sites."""
    between = partial(rtt_ms, quantile=0.9, network=plan.scenario.demand.network)
    return [
        at_most("round trip between sites", names, float(between(a.x, a.y, b.x, b.y)), limit.max_ms, "ms")
        for names, a, b in _pairs(plan)
    ]


def jurisdictions(plan: "Plan", limit: Any) -> list[Check]:
    """Check that the site of every assignment may serve its hub."""
    place = plan.sites.set_index("id")["jurisdiction"].astype(str).to_dict()
    hub = plan.hubs.set_index("id")["country_iso2"].astype(str).to_dict()
    checks = []
    for r in plan.assignments.itertuples():
        about = not limit.workloads or r.workload in limit.workloads
        if about and (not limit.hub_countries or lies_in(hub[r.hub], limit.hub_countries)):
            may = lies_in(place[r.site], limit.allowed) or (limit.home and lies_in(place[r.site], [hub[r.hub]]))
            checks.append(equal("site that may serve the hub", f"{r.site} to {r.hub}", float(may), 1.0, "-"))
    return checks


def existing(plan: "Plan", limit: Any) -> list[Check]:
    """Compare halls and cooling of every existing site with the limit."""
    built = plan.sites.set_index("id")
    halls, cooling = built["halls"].to_dict(), built["cooling"].to_dict()
    checks = [at_least("halls that exist", s, float(halls.get(s, 0)), n, "halls") for s, n in limit.halls.items()]
    return checks + [
        equal("cooling that exists", s, float(cooling.get(s) == design), 1.0, "-")
        for s, design in limit.cooling.items()
    ]


def efficiency_duty(plan: "Plan", limit: Any) -> list[Check]:
    """Compare every built site with the duties of the packs for its size."""
    policy = plan.scenario.policy
    of_pack = [(p, d) for p in policy.asked(plan.scenario.file) for d in p.duties]
    checks = []
    for s in plan.sites.itertuples():
        for pack, duty in of_pack:
            here = pack.covers(str(s.jurisdiction)) and duty.holds_at(s.geometry.x, s.geometry.y)
            large = s.capacity_it_mw >= duty.min_it_mw and s.peak_facility_mw >= duty.min_facility_mw
            new = duty.applies_to != "existing" and duty.why_not_modelled is None
            if here and large and new and duty.holds_on(policy.date):
                if duty.kind == "pue":
                    checks.append(at_most(f"duty {duty.id}", s.id, s.pue, duty.max_pue or 1.0, "-"))
                if duty.kind == "heat_reuse":
                    least = duty.min_heat_reuse_share or 0.0
                    checks.append(at_least(f"duty {duty.id}", s.id, limit.heat_reuse_share, least, "-"))
    return checks
