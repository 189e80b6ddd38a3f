"""Re-check of a plan's facts against the tables: grid, price, physics, jobs, capital, round trips."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.physics import cooling
from siting.physics.air.warming import warmer
from siting.physics.geodesy import great_circle_km
from siting.verify.money_check import figure
from siting.verify.tolerances import Check, at_least, at_most, equal
from siting.world import catalogue, places
from siting.world.climate import hours_of
from siting.world.climate.weather_carbon_bins import ci_hours
from siting.world.latency.round_trips import rtt_ms
from siting.world.latency.rtt_model import FIBRE_KM_PER_MS
from siting.world.outlook import with_outlook
from siting.world.sea import sea_of
from siting.world.tables import read_table
from siting.world.user_files.user_rtt import DAY_MAXIMUM_OVER_MEAN_P90, YOURS

if TYPE_CHECKING:
    from siting.plan.plan import Plan

CI_COLUMNS = ("ci_lifecycle_g_per_kwh", "ci_direct_g_per_kwh")
"""Intensities that a later year changes."""
METRO_KM = 100.0
"""Distance up to which a metro's construction cost applies [km] (assumption)."""
REMOTE_KM = 100.0
"""Beyond this distance to the next city of 100,000 a facility bears the remote uplift [km] (assumption)."""


def facts(plan: "Plan") -> list[Check]:
    """Return every check of a plan's facts against the shipped tables."""
    return [*_grid(plan), *_shipped_places(plan), *_size_facts(plan), *_round_trips(plan), *_embodied(plan)]


def _rows(table: str, key: str) -> dict[Any, dict[Any, Any]]:
    return dict(read_table(table).set_index(key).to_dict("index"))


def _grid(plan: "Plan") -> list[Check]:
    """Compare each site's intensity, shares, price, generation and tax with its zone and country."""
    zones, intensity, signals = (_rows(table, "zone_id") for table in ("zones", "zone_intensity", "zone_signals"))
    countries, counted = _rows("countries", "iso2"), plan.scenario.minimise.carbon.column
    checks: list[Check] = []
    tomorrow = intensity_ahead(plan)
    for s in plan.sites.itertuples():
        zone, carbon = zones[s.zone_id], signals[s.zone_id] | intensity[s.zone_id] | tomorrow.get(s.id, {})
        checks += [
            equal("intensity of the zone", s.id, s.ci_g_per_kwh, carbon[counted], "g/kWh"),
            equal("direct intensity of the zone", s.id, s.ci_direct_g_per_kwh, carbon["ci_direct_g_per_kwh"], "g/kWh"),
            equal("renewable share of the zone", s.id, s.renewable_share, carbon["renewable_share"], "-"),
            equal("carbon-free share of the zone", s.id, s.cfe_share, carbon["carbon_free_share"], "-"),
            equal("price of the zone", s.id, s.price_usd_per_mwh, zone["price_usd_per_mwh"], "USD/MWh"),
            equal("corporate tax", s.id, s.corporate_tax_rate, countries[s.country_iso2]["corporate_tax_rate"], "-"),
        ]
        if not pd.isna(s.avg_generation_mw):
            checks.append(equal("generation of the zone", s.id, s.avg_generation_mw, zone["avg_generation_mw"], "MW"))
    return checks


def intensity_ahead(plan: "Plan") -> dict[Any, dict[Any, Any]]:
    """Return the intensity of each built site in the scenario's outlook year, by id; empty without one."""
    outlook = plan.scenario.outlook
    if outlook.year is None:
        return {}
    today = read_table("zone_intensity")[["zone_id", *CI_COLUMNS, "year"]].rename(columns={"year": "ci_year"})
    here = plan.sites[["id", "zone_id", "jurisdiction"]].merge(today, on="zone_id", how="left")
    then = with_outlook(here, outlook.year, outlook.us_scenario, 0.0).set_index("id")
    return dict(then[list(CI_COLUMNS)].to_dict("index"))


def _shipped_places(plan: "Plan") -> list[Check]:
    """Compare sites of the shipped set with the table: coordinates, zone, and PUE and WUE over their year."""
    if plan.scenario.candidates.set not in places.SETS:
        return []
    shipped, climate = _rows("sites", "id"), read_table("climate").set_index(["set", "id"])["pressure_pa"]
    checks: list[Check] = []
    for s in plan.sites.itertuples():
        known = shipped[s.id]
        year = hours_of([("sites", s.id)])
        warmth, pressure = plan.scenario.outlook.warming_k, float(climate[("sites", s.id)])
        dry, wet = warmer(year.dry_bulb_c, year.wet_bulb_c, np.array([pressure]), np.array([warmth]))
        hours, sea_c = year.hours, None
        if s.cooling == "seawater":
            water = sea_of(known["lon"], known["lat"])
            dry = wet = sea_c = water.sea_c[0] + warmth
            hours = 24.0 * np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
            near = float(water.km_to_sea[0] <= plan.scenario.building.sea_reach_km)
            checks.append(equal("has a sea within reach", s.id, near, 1.0, "-"))
        plant = cooling.preset(s.cooling, plan.scenario.building.cooling_preset)
        weather = cooling.balance(s.cooling, dry, wet, pressure, plant, sea_c=sea_c)
        wue = float((weather.wue_l_per_kwh * hours).sum() / hours.sum())
        checks += [
            *_covariance(plan, s, weather.pue, hours),
            equal("longitude", s.id, s.geometry.x, known["lon"], "degree"),
            equal("latitude", s.id, s.geometry.y, known["lat"], "degree"),
            equal("is in its zone", s.id, float(known["zone_id"] == s.zone_id), 1.0, "-"),
            equal("is under its jurisdiction", s.id, float(known["jurisdiction"] == s.jurisdiction), 1.0, "-"),
            equal("PUE over the year", s.id, s.pue, float((weather.pue * hours).sum() / hours.sum()), "-"),
            equal("PUE of the worst hour", s.id, s.peak_pue, float(weather.pue.max()), "-"),
            equal("WUE over the year", s.id, s.wue_l_per_kwh, wue, "L/kWh"),
        ]
        if not pd.isna(known["plants_mw_150km"]):
            checks.append(equal("plants within 150 km", s.id, s.plants_mw_150km, known["plants_mw_150km"], "MW"))
    return checks


def _covariance(plan: "Plan", s: Any, pue: "np.ndarray[Any, np.dtype[np.float64]]", hours: Any) -> list[Check]:
    """Recompute what the hours of PUE and grid owe to each other, from the bins; where nothing is known it is 1."""
    weights, known = ci_hours([("sites", s.id)])
    counted = bool(known[0]) and plan.scenario.minimise.carbon.by_hour
    checks = [equal("hourly shape of the grid is known", s.id, float(s.ci_shape_known), float(counted), "-")]
    if s.cooling == "seawater":
        effect = abs(s.pue_ci_covariance - 1.0)
        return [*checks, at_most("effect of the seasons on a sea plant", s.id, effect, 0.05, "-")]
    mean = float((pue * hours).sum() / hours.sum())
    dirty = float((pue * weights).sum() / weights.sum()) if counted else mean
    return [*checks, equal("PUE and intensity by the hour", s.id, s.pue_ci_covariance, dirty / mean, "-")]


def _size_facts(plan: "Plan") -> list[Check]:
    """Recompute capacity, jobs and capital from the halls; capital with or without the remote uplift."""
    hall_mw = plan.scenario.building.hall_mw
    it, facility = figure(plan, "capex-it-usd-per-mw"), figure(plan, "capex-facility-usd-per-mw")
    uplift, jobs = figure(plan, "remote-construction-uplift"), figure(plan, "jobs-per-mw")
    shipped = read_table("sites").set_index("id")["km_to_city_100k"].to_dict()
    checks: list[Check] = []
    for s in plan.sites.itertuples():
        mw = s.halls * hall_mw
        here = facility * _construction(s)
        km = shipped.get(s.id, np.nan) if plan.scenario.candidates.set in places.SETS else np.nan
        low = uplift if km > REMOTE_KM else 0.0
        high = 0.0 if km <= REMOTE_KM else uplift
        checks += [
            equal("capacity of the halls", s.id, s.capacity_it_mw, mw, "MW"),
            equal("jobs of the halls", s.id, s.jobs, jobs * mw, "jobs"),
            at_least("capital of the halls", s.id, s.capex_usd, (it + here * (1.0 + low)) * mw, "USD"),
            at_most("capital of the halls", s.id, s.capex_usd, (it + here * (1.0 + high)) * mw, "USD"),
        ]
    return checks


def _construction(s: Any) -> float:
    """Return what a facility costs at a site relative to the catalogue's: metro, country, or the same."""
    table = read_table("construction")
    here = table[table["country_iso2"] == s.country_iso2]
    metros = here[here["stands_for"] == "metro"]
    km = great_circle_km(metros["lon"].to_numpy(), metros["lat"].to_numpy(), s.geometry.x, s.geometry.y)
    near = metros.assign(km=km).query("km <= @METRO_KM").sort_values("km")
    usd = near["usd_per_mw"].iloc[0] if len(near) else here.query("stands_for == 'country'")["usd_per_mw"].mean()
    return 1.0 if pd.isna(usd) else float(usd) / catalogue.cost("capex-facility-usd-per-mw").mid


def round_trips_ms(plan: "Plan") -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Return the p90 round trip of every assignment [ms]: from the planner's file, else from the coordinates.

    A pair that is marked as measured, whose file does not exist, keeps the stated value, but never less than light in
    fibre needs.
    """
    site, hub = plan.sites.set_index("id").geometry, plan.hubs.set_index("id").geometry
    a, b = site.loc[plan.assignments["site"]], hub.loc[plan.assignments["hub"]]
    ends = (a.x.to_numpy(), a.y.to_numpy(), b.x.to_numpy(), b.y.to_numpy())
    again = np.atleast_1d(rtt_ms(*ends, quantile=0.9))
    name = plan.scenario.latency.measured
    if name is None:
        return again
    floor_ms = great_circle_km(*ends) / FIBRE_KM_PER_MS
    if not plan.scenario.file(name).is_file():
        yours = (plan.assignments["rtt_quality"] == YOURS).to_numpy()
        stated = plan.assignments["rtt_p90_ms"].to_numpy(float)
        return np.asarray(np.where(yours, np.maximum(stated, floor_ms), again))
    return np.asarray(np.maximum(_measured_ms(plan, again), floor_ms))


def _measured_ms(
    plan: "Plan", estimates: "np.ndarray[Any, np.dtype[np.float64]]"
) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Read the planner's measured pairs, which override the estimates [ms]."""
    table = pd.read_csv(plan.scenario.file(str(plan.scenario.latency.measured)), skipinitialspace=True)
    quantile = table["quantile"].fillna(0.5) if "quantile" in table else pd.Series(0.5, index=table.index)
    p90 = np.where(quantile == 0.9, table["rtt_ms"], DAY_MAXIMUM_OVER_MEAN_P90 * table["rtt_ms"])
    # a stated 0.9 quantile goes before a median
    order = table.assign(p90=p90, quantile=quantile).sort_values("quantile")
    of_pair = order.set_index(["site", "hub"])["p90"].to_dict()
    pairs = zip(plan.assignments["site"], plan.assignments["hub"], strict=True)
    return np.array([of_pair.get(p, e) for p, e in zip(pairs, estimates, strict=True)], dtype=float)


def _round_trips(plan: "Plan") -> list[Check]:
    """Compare the stated round trips with those from the coordinates."""
    where, stated = plan.assignments["site"] + " to " + plan.assignments["hub"], plan.assignments["rtt_p90_ms"]
    pairs = zip(where, stated, round_trips_ms(plan), strict=True)
    return [equal("stated round trip", w, float(a), b, "ms") for w, a, b in pairs]


def _embodied(plan: "Plan") -> list[Check]:
    """Compute the embodied carbon of servers from the catalogue and the scenario's overrides."""
    hardware, end = plan.scenario.hardware, plan.scenario.hardware.embodied
    chip = catalogue.accelerator(hardware.accelerator, hardware.precision, hardware.server_power_w)
    host, years = figure(plan, "embodied-host-kg-per-accelerator"), figure(plan, "life-it-years")
    kg = float(getattr(chip, f"embodied_{end}_kg")) + host
    servers = plan.ledger[plan.ledger["line"] == "servers"].set_index("site")["tco2e_per_year"]
    tonnes = (plan.sites["capacity_it_mw"] * 1e6 / chip.server_power_w * kg / 1000 / years).to_list()
    return [
        equal("embodied carbon of servers", site, float(servers[site]), t, "tCO2e/year")
        for site, t in zip(plan.sites["id"], tonnes, strict=True)
    ]
