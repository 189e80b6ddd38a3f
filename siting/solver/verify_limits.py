"""The re-check of each limit, by its `kind`: written anew, from the plan's tables and the shipped ones."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.physics.geodesy import great_circle_km
from siting.solver.checks import Check, at_least, at_most
from siting.solver.verify_facts import round_trips_ms
from siting.world.tables import read_arrays, read_table

if TYPE_CHECKING:
    from siting.model.plan import Plan


def _max_latency(plan: "Plan", limit: Any) -> list[Check]:
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


def _site_count(plan: "Plan", limit: Any) -> list[Check]:
    checks = [at_least("fewest sites", "portfolio", len(plan.sites), limit.min, "sites")]
    return checks + ([at_most("most sites", "portfolio", len(plan.sites), limit.max, "sites")] if limit.max else [])


def _renewable_share(plan: "Plan", limit: Any) -> list[Check]:
    facility = plan.sites["it_mw"] * plan.sites["pue"]
    share = float((facility * plan.sites["renewable_share"]).sum() / facility.sum())
    return [at_least("renewable share", "portfolio", share, limit.min, "-")]


def _grid_headroom(plan: "Plan", limit: Any) -> list[Check]:
    """Add up peak facility power by zone and compare with what zone and neighbourhood generate."""
    hall = plan.scenario.building.hall_mw
    peak = plan.sites.assign(peak=hall * plan.sites["halls"] * plan.sites["peak_pue"])
    checks = [
        at_most("plants within 150 km", s.id, s.peak, limit.plants_share * s.plants_mw_150km, "MW")
        for s in peak.itertuples()
    ]
    for zone, group in peak.groupby("zone_id"):
        spare = limit.zone_share * float(group["avg_generation_mw"].iloc[0])
        checks.append(at_most("headroom of the zone", str(zone), float(group["peak"].sum()), spare, "MW"))
    return checks


def _budget(plan: "Plan", limit: Any) -> list[Check]:
    ceiling = limit.usd_per_year
    if ceiling is None:
        ceiling = (1.0 + limit.above_least_cost) * (plan.proof.least_cost_usd_per_year or np.nan)
    return [at_most("budget", "portfolio", float(plan.ledger["usd_per_year"].sum()), float(ceiling), "USD/year")]


def _screen(plan: "Plan", limit: Any) -> list[Check]:
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


RECHECK: Mapping[str, Callable[["Plan", Any], list[Check]]] = MappingProxyType(
    {
        "max_latency": _max_latency,
        "site_count": _site_count,
        "renewable_share": _renewable_share,
        "grid_headroom": _grid_headroom,
        "budget": _budget,
        "screen": _screen,
    }
)
"""The re-check of each kind; a limit of the user's own has none."""
