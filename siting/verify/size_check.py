"""Re-check of limits on size and load, from the plan's tables."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.physics.geodesy import great_circle_km
from siting.verify.place_check import lies_in, without_candidates
from siting.verify.question import candidates_again
from siting.verify.tolerances import Check, at_least, at_most
from siting.world.tables import read_table

if TYPE_CHECKING:
    from siting.plan.plan import Plan

HOURS = 8760.0
ONE_PLACE_KM = 5.0
COLUMN = {"site": "id", "zone": "zone_id", "country": "country_iso2", "jurisdiction": "jurisdiction"}
"""The column of the built sites by which load is grouped."""


def site_count(plan: "Plan", limit: Any) -> list[Check]:
    """Count the built sites."""
    checks = [at_least("fewest sites", "portfolio", len(plan.sites), limit.min, "sites")]
    return checks + ([at_most("most sites", "portfolio", len(plan.sites), limit.max, "sites")] if limit.max else [])


def grid_headroom(plan: "Plan", limit: Any) -> list[Check]:
    """Add up peak facility power by zone and compare with what zone and neighbourhood generate."""
    hall = plan.scenario.building.hall_mw
    peak = plan.sites.assign(peak=hall * plan.sites["halls"] * plan.sites["peak_pue"])
    checks = [
        at_most("plants within 150 km", s.id, s.peak, limit.plants_share * s.plants_mw_150km, "MW")
        for s in peak.itertuples()
    ]
    share = peak["peak"] / peak["plants_mw_150km"]
    for s in peak.itertuples():
        far = great_circle_km(s.geometry.x, s.geometry.y, plan.sites.geometry.x, plan.sites.geometry.y)
        here = (far <= ONE_PLACE_KM) & (peak["country_iso2"] == s.country_iso2).to_numpy()
        if here.sum() > 1:
            checks.append(
                at_most(
                    "plants within 150 km, shared by one place", s.id, float(share[here].sum()), limit.plants_share, "-"
                )
            )
    for s in peak.itertuples():
        caps = [mw for mw in (limit.site_mw, limit.by_site_mw.get(s.id)) if mw is not None]
        checks += [at_most("facility power of the site", s.id, s.peak, mw, "MW") for mw in caps]
    for zone, group in peak.groupby("zone_id"):
        spare = limit.zone_share * float(group["avg_generation_mw"].iloc[0])
        checks.append(at_most("headroom of the zone", str(zone), float(group["peak"].sum()), spare, "MW"))
    return checks


def site_size(plan: "Plan", limit: Any) -> list[Check]:
    """Count the halls of every built site, and their IT power."""
    hall = plan.scenario.building.hall_mw
    checks = []
    for s in plan.sites.itertuples():
        for name, value, low, high, unit in (
            ("halls of a site", float(s.halls), limit.min_halls, limit.max_halls, "halls"),
            ("IT capacity of a site", hall * s.halls, limit.min_it_mw, limit.max_it_mw, "MW"),
        ):
            checks += [] if low is None else [at_least(name, s.id, value, low, unit)]
            checks += [] if high is None else [at_most(name, s.id, value, high, unit)]
    return checks


def max_share(plan: "Plan", limit: Any) -> list[Check]:
    """Group the load by part and compare it with the demand."""
    demand = float(plan.demand["it_mw"].sum())
    load = plan.sites.groupby(COLUMN[limit.per])["it_mw"].sum()
    return [
        at_most(f"share of a {limit.per}", str(part), float(mw) / demand, limit.max, "-") for part, mw in load.items()
    ]


def min_share(plan: "Plan", limit: Any) -> list[Check]:
    """Sum the load in rural or polar places."""
    known = candidates_again(plan)
    if known is None:
        return without_candidates(plan, limit.kind)
    facts = known.loc[plan.sites["id"]]
    far = facts["km_to_city_100k"].astype(float) > limit.rural_km
    counted = far if limit.of == "rural" else facts["lat"].abs() >= limit.polar_deg
    load = plan.sites["it_mw"].to_numpy(float)
    share = float(load[counted.to_numpy()].sum() / load.sum())
    return [at_least(f"share of {limit.of} places", "portfolio", share, limit.min, "-")]


def jobs(plan: "Plan", limit: Any) -> list[Check]:
    """Add up the jobs of the sites that count."""
    codes = limit.jurisdictions
    total = sum(s.jobs for s in plan.sites.itertuples() if not codes or lies_in(str(s.jurisdiction), codes))
    return [at_least("jobs", ", ".join(codes) or "portfolio", float(total), limit.min, "jobs")]


def water(plan: "Plan", limit: Any) -> list[Check]:
    """Compare use per energy with its limit, and sum the water taken where it is scarce or where scarcity is unknown."""
    stress = read_table("countries").set_index("iso2")["water_stress_share"].to_dict()
    floor = -np.inf if limit.where_stress_above is None else limit.where_stress_above
    counted = [
        s for s in plan.sites.itertuples() if pd.isna(stress.get(s.country_iso2)) or stress[s.country_iso2] > floor
    ]
    checks: list[Check] = []
    if limit.max_wue_l_per_kwh is not None:
        checks += [
            at_most("water per energy", s.id, s.wue_l_per_kwh, limit.max_wue_l_per_kwh, "L/kWh") for s in counted
        ]
    if limit.max_m3_per_year is not None:
        total_m3 = sum(HOURS * 1000.0 * s.it_mw * s.wue_l_per_kwh for s in counted) / 1000.0
        checks.append(at_most("water in a year", "portfolio", float(total_m3), limit.max_m3_per_year, "m3"))
    if limit.max_site_m3_per_year is not None:
        most = limit.max_site_m3_per_year
        checks += [
            at_most("water of a site in a year", s.id, HOURS * 1000.0 * s.it_mw * s.wue_l_per_kwh / 1000.0, most, "m3")
            for s in counted
        ]
    return checks
