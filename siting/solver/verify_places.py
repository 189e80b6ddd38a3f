"""The re-check of limits on where sites stand: the candidates' facts are read anew, and judged anew."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.physics.geodesy import great_circle_km
from siting.solver.checks import Check, at_least, at_most, equal
from siting.solver.verify_facts import round_trips_ms
from siting.world import own_places, places
from siting.world.policy import packs
from siting.world.tables import read_arrays, read_table

if TYPE_CHECKING:
    from siting.model.plan import Plan

NOT_IN_EU = ("IS", "LI", "NO")
"""Members of the European Economic Area that are not of the Union."""


def lies_in(jurisdiction: str, codes: Iterable[str]) -> bool:
    """Return whether a place lies in any of the codes: its own, its country's, or its union's."""
    country = jurisdiction.partition("-")[0]
    area = country in packs()["eu"].jurisdictions
    mine = {jurisdiction, country} | ({"EEA"} if area else set())
    mine |= {"EU"} if area and country not in NOT_IN_EU else set()
    return not mine.isdisjoint(codes)


@cache
def _shipped(name: str) -> pd.DataFrame:
    return places.SETS[name]().set_index("id")


def candidates_again(plan: "Plan") -> pd.DataFrame | None:
    """Read the candidates anew, by id; None where the planner's file is gone."""
    name = plan.scenario.candidates.set
    if name in places.SETS:
        return _shipped(name)
    path = plan.scenario.file(name)
    return own_places.read_sites(path).set_index("id") if path.is_file() else None


def gone(plan: "Plan", kind: str) -> list[Check]:
    """Say that a limit cannot be re-checked because the file of candidates is gone."""
    text = f"NOT RE-CHECKED: limit `{kind}` reads {plan.scenario.candidates.set}, which is gone"
    return [(text, "portfolio", np.nan, np.nan, "-", True)]


def max_latency(plan: "Plan", limit: Any) -> list[Check]:
    """Compare the round trip of every assignment, taken anew from the coordinates, with its class's limit."""
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
    """Read each built site's country and hazards anew and compare every known value with its threshold."""
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
    """Measure every volcano from every built site, and look its cell of the cyclone grid up."""
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
    """Hold every built site against the places that are shut, in facility power."""
    known = candidates_again(plan)
    if known is None:
        return gone(plan, limit.kind)
    checks = []
    for s in plan.sites.itertuples():
        fact = known.loc[s.id]
        circles = [great_circle_km(fact.lon, fact.lat, a.lon, a.lat) <= a.radius_km for a in limit.areas]
        shut = lies_in(str(fact.jurisdiction), limit.jurisdictions) or fact.zone_id in limit.zones
        if shut or fact.admin1 in limit.admin1 or any(circles):
            checks.append(at_most("moratorium", s.id, s.peak_facility_mw, limit.above_facility_mw, "MW"))
    return checks


def climate(plan: "Plan", limit: Any) -> list[Check]:
    """Read the typical year of every built site anew."""
    known = candidates_again(plan)
    if known is None:
        return gone(plan, limit.kind)
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
