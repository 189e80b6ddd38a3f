"""Re-check of a plan's facts against the tables: grid, price, physics, jobs, capital, round trips."""

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import DataError
from siting.physics import cooling
from siting.physics.air.warming import warmer
from siting.physics.geodesy import great_circle_km
from siting.units import Floats
from siting.verify.money_check import figure
from siting.verify.question import candidates_again, own_again
from siting.verify.second_reader import numbers, read_rows
from siting.verify.tolerances import Check, at_least, at_most, equal, equal_or_unknown, not_rechecked, same
from siting.world import catalogue, grid
from siting.world.climate import hours_of
from siting.world.climate.weather_carbon_bins import ci_hours
from siting.world.latency.round_trips import rtt_ms, rtt_quality
from siting.world.latency.rtt_model import FIBRE_KM_PER_MS
from siting.world.outlook import with_outlook
from siting.world.sea import sea_of
from siting.world.tables import read_table
from siting.world.user_files.user_rtt import DAY_MAXIMUM_OVER_MEAN_P90, YOURS

if TYPE_CHECKING:
    from siting.plan.plan import Plan

CI_COLUMNS = ("ci_lifecycle_g_per_kwh", "ci_lifecycle_ipcc2014_g_per_kwh", "ci_direct_g_per_kwh")
"""Intensities that a later year changes."""
METRO_KM = 100.0
"""Distance up to which a metro's construction cost applies [km] (assumption)."""
REMOTE_KM = 100.0
"""Beyond this distance to the next city of 100,000 a facility bears the remote uplift [km] (assumption)."""


def facts(plan: "Plan") -> list[Check]:
    """Return every check of a plan's facts against the shipped tables."""
    return [*_grid(plan), *_physics(plan), *_size_facts(plan), *_round_trips(plan), *_embodied(plan)]


def _rows(table: str, key: str) -> dict[Any, dict[Any, Any]]:
    return dict(read_table(table).set_index(key).to_dict("index"))


def _grid(plan: "Plan") -> list[Check]:
    """Compare each site's intensity, shares, price, generation and tax with its zone and country."""
    zones, intensity, signals = (_rows(table, "zone_id") for table in ("zones", "zone_intensity", "zone_signals"))
    countries, counted = _rows("countries", "iso2"), plan.scenario.minimise.carbon.column
    checks: list[Check] = []
    tomorrow, own = intensity_ahead(plan), own_again(plan)
    for s in plan.sites.itertuples():
        zone, carbon = zones[s.zone_id], signals[s.zone_id] | intensity[s.zone_id] | tomorrow.get(s.id, {})
        mine = own.get(str(s.id), {})
        carbon |= _as_given(mine, intensity[s.zone_id])
        checks += [
            equal("intensity of the zone", s.id, s.ci_g_per_kwh, carbon[counted], "g/kWh"),
            equal("direct intensity of the zone", s.id, s.ci_direct_g_per_kwh, carbon["ci_direct_g_per_kwh"], "g/kWh"),
            equal("renewable share of the zone", s.id, s.renewable_share, carbon["renewable_share"], "-"),
            equal("carbon-free share of the zone", s.id, s.cfe_share, carbon["carbon_free_share"], "-"),
            equal(
                "price of the zone",
                s.id,
                s.price_usd_per_mwh,
                mine.get("price_usd_per_mwh", _price(plan, s, zone)),
                "USD/MWh",
            ),
            equal("corporate tax", s.id, s.corporate_tax_rate, countries[s.country_iso2]["corporate_tax_rate"], "-"),
        ]
        stated, made = s.avg_generation_mw, zone["avg_generation_mw"]
        checks.append(equal_or_unknown("generation of the zone", s.id, stated, made, "MW"))
    return checks


def _as_given(mine: dict[str, float], today: dict[Any, Any]) -> dict[Any, Any]:
    """Return intensities and shares of a place where the planner gives them: the direct one in proportion."""
    found: dict[Any, Any] = {}
    if (ci := mine.get("ci_g_per_kwh")) is not None:
        zone = float(today["ci_lifecycle_g_per_kwh"])
        found |= dict.fromkeys(CI_COLUMNS, ci)
        found["ci_direct_g_per_kwh"] = ci * float(today["ci_direct_g_per_kwh"]) / zone if zone > 0 else ci
    if (share := mine.get("renewable_share")) is not None:
        found["renewable_share"] = share
        found["carbon_free_share"] = np.fmax(share, float(today["carbon_free_share"]))
    return found


def _price(plan: "Plan", s: Any, zone: dict[Any, Any]) -> float:
    """Return the price of a site: of a utility near it, else of its zone, else filled in where the scenario asks for it."""
    for row in read_table("local_prices").to_dict("records"):
        km = float(great_circle_km(row["lon"], row["lat"], s.geometry.x, s.geometry.y))
        if row["zone_id"] == s.zone_id and km <= row["radius_km"]:
            return float(row["price_usd_per_mwh"])
    known = float(zone["price_usd_per_mwh"])
    filled = _rows("prices_imputed", "zone_id").get(s.zone_id)
    if np.isnan(known) and filled is not None and "price" in plan.scenario.impute:
        return float(filled["price_usd_per_mwh"])
    return known


def intensity_ahead(plan: "Plan") -> dict[Any, dict[Any, Any]]:
    """Return the intensity of each built site in the scenario's outlook year, by id; empty without one."""
    outlook = plan.scenario.outlook
    if outlook.year is None:
        return {}
    today = read_table("zone_intensity")[["zone_id", *CI_COLUMNS, "year"]].rename(columns={"year": "ci_year"})
    here = plan.sites[["id", "zone_id", "jurisdiction"]].merge(today, on="zone_id", how="left")
    then = with_outlook(here, outlook.year, outlook.us_scenario, 0.0).set_index("id")
    return dict(then[list(CI_COLUMNS)].to_dict("index"))


def _physics(plan: "Plan") -> list[Check]:
    """Recompute PUE and WUE of every built site over the year of its place, and the facility power of its worst hour."""
    candidates = candidates_again(plan)
    if candidates is None:
        return [not_rechecked(f"cooling of sites: {plan.scenario.candidates.set} does not exist")]
    checks: list[Check] = []
    places = candidates[candidates.index.isin(plan.sites["id"])].to_dict("index")
    named = plan.sites["id"].isin(places) & plan.sites["cooling"].isin(cooling.DESIGNS)
    for s in plan.sites[named].itertuples():
        known = places[s.id]
        at = (str(known["climate_set"]), str(known["climate_id"]))
        year = hours_of([at])
        warmth, pressure = plan.scenario.outlook.warming_k, float(known["pressure_pa"])
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
            *_covariance(plan, s, at, weather.pue, hours),
            equal("PUE over the year", s.id, s.pue, float((weather.pue * hours).sum() / hours.sum()), "-"),
            equal("PUE of the worst hour", s.id, s.peak_pue, float(weather.pue.max()), "-"),
            equal("WUE over the year", s.id, s.wue_l_per_kwh, wue, "L/kWh"),
        ]
    return checks


def _covariance(
    plan: "Plan", s: Any, at: tuple[str, str], pue: "np.ndarray[Any, np.dtype[np.float64]]", hours: Any
) -> list[Check]:
    """Recompute what the hours of PUE and grid owe to each other, from the bins; where nothing is known it is 1."""
    weights, known = ci_hours([at])
    by_sea, by_hour = s.cooling == "seawater", plan.scenario.minimise.carbon.by_hour
    counted = by_hour and (_has_hours(str(s.zone_id)) if by_sea else bool(known[0]))
    checks = [equal("hourly shape of the grid is known", s.id, float(s.ci_shape_known), float(counted), "-")]
    if by_sea:
        effect = abs(s.pue_ci_covariance - 1.0)
        return [*checks, at_most("effect of the seasons on a sea plant", s.id, effect, 0.05, "-")]
    mean = float((pue * hours).sum() / hours.sum())
    dirty = float((pue * weights).sum() / weights.sum()) if counted else mean
    return [*checks, equal("PUE and intensity by the hour", s.id, s.pue_ci_covariance, dirty / mean, "-")]


def _has_hours(zone: str) -> bool:
    """Return whether the hours of a grid zone are known."""
    try:
        grid.hours(zone)
    except DataError:
        return False
    return True


def _size_facts(plan: "Plan") -> list[Check]:
    """Recompute capacity, jobs and capital from the halls; capital with or without the remote uplift."""
    hall_mw = plan.scenario.building.hall_mw
    it, facility = figure(plan, "capex-it-usd-per-mw"), figure(plan, "capex-facility-usd-per-mw")
    uplift, jobs = figure(plan, "remote-construction-uplift"), figure(plan, "jobs-per-mw")
    candidates = candidates_again(plan)
    kms = {} if candidates is None else candidates["km_to_city_100k"].to_dict()
    own = own_again(plan)
    checks: list[Check] = []
    for s in plan.sites.itertuples():
        mw = s.halls * hall_mw
        here = facility * _construction(s)
        km = kms.get(s.id, np.nan)
        low = uplift if km > REMOTE_KM else 0.0
        high = low if s.id in kms else uplift
        if (stated := own.get(str(s.id), {}).get("capex_usd_per_mw")) is not None:
            here, low, high = stated, 0.0, 0.0
        checks += [
            equal("capacity of the halls", s.id, s.capacity_it_mw, mw, "MW"),
            equal("jobs of the halls", s.id, s.jobs, jobs * mw, "jobs"),
            at_least("capital of the halls", s.id, s.capex_usd, (it + here * (1.0 + low)) * mw, "USD"),
            at_most("capital of the halls", s.id, s.capex_usd, (it + here * (1.0 + high)) * mw, "USD"),
        ]
    return checks


def _construction(s: Any) -> float:
    """Return what a facility costs at a site relative to the catalogue's: metro, country, or the same."""
    here = _markets().get(s.country_iso2, [])
    km = [(float(great_circle_km(lon, lat, s.geometry.x, s.geometry.y)), usd) for _, lon, lat, usd in here]
    metros = [
        (far, usd) for (far, usd), (kind, *_) in zip(km, here, strict=True) if kind == "metro" and far <= METRO_KM
    ]
    country = [usd for kind, *_, usd in here if kind == "country"]
    if not metros and not country:
        return 1.0
    usd_per_mw = min(metros)[1] if metros else sum(country) / len(country)
    return usd_per_mw / catalogue.cost("capex-facility-usd-per-mw").mid


@cache
def _markets() -> dict[Any, list[tuple[str, float, float, float]]]:
    """Return the construction markets of each country: what each stands for, longitude, latitude, and cost [USD/MW]."""
    found: dict[Any, list[tuple[str, float, float, float]]] = {}
    rows: Any = read_table("construction").itertuples()
    for row in rows:
        market = (str(row.stands_for), float(row.lon), float(row.lat), float(row.usd_per_mw))
        found.setdefault(row.country_iso2, []).append(market)
    return found


def _ends(plan: "Plan") -> tuple[Floats, Floats, Floats, Floats]:
    """Return longitude and latitude of the site and of the hub of every assignment [degree]."""
    site, hub = plan.sites.set_index("id").geometry, plan.hubs.set_index("id").geometry
    a, b = site.loc[plan.assignments["site"]], hub.loc[plan.assignments["hub"]]
    return a.x.to_numpy(), a.y.to_numpy(), b.x.to_numpy(), b.y.to_numpy()


def round_trips_ms(plan: "Plan") -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Return the p90 round trip of every assignment [ms]: from the planner's file, else from the coordinates.

    A pair that is marked as measured, whose file does not exist or cannot be read again, keeps the stated value, but never less than light in
    fibre needs.
    """
    ends = _ends(plan)
    again = np.atleast_1d(rtt_ms(*ends, quantile=0.9, network=plan.scenario.demand.network))
    name = plan.scenario.latency.measured
    if name is None:
        return again
    floor_ms = great_circle_km(*ends) / FIBRE_KM_PER_MS
    if measured_pairs(plan) is None:
        yours = (plan.assignments["rtt_quality"] == YOURS).to_numpy()
        stated = plan.assignments["rtt_p90_ms"].to_numpy(float)
        return np.asarray(np.where(yours, np.maximum(stated, floor_ms), again))
    return np.asarray(np.maximum(_measured_ms(plan, again), floor_ms))


def measured_pairs(plan: "Plan") -> dict[tuple[str, str], float] | None:
    """Read the pairs that the planner measured [ms]: a stated 0.9 quantile goes before a median.

    None where the file does not exist, or cannot be read a second time.
    """
    name = plan.scenario.latency.measured
    if name is None:
        return {}
    path = plan.scenario.file(name)
    rows = read_rows(path, ["site", "hub", "rtt_ms"]) if path.is_file() else None
    times = None if rows is None else numbers(rows, "rtt_ms")
    if rows is None or times is None:
        return None
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for row, ms in zip(rows, times, strict=True):
        quantile = 0.9 if row.get("quantile", "").startswith(("0.9", ".9")) else 0.5
        p90 = ms if quantile == 0.9 else DAY_MAXIMUM_OVER_MEAN_P90 * ms
        pair = row["site"], row["hub"]
        found[pair] = max(found.get(pair, (0.0, 0.0)), (quantile, p90))
    return {pair: p90 for pair, (_, p90) in found.items()}


def _measured_ms(
    plan: "Plan", estimates: "np.ndarray[Any, np.dtype[np.float64]]"
) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Read the planner's measured pairs, which override the estimates [ms]."""
    of_pair = measured_pairs(plan) or {}
    pairs = zip(plan.assignments["site"], plan.assignments["hub"], strict=True)
    return np.array([of_pair.get(p, e) for p, e in zip(pairs, estimates, strict=True)], dtype=float)


def _round_trips(plan: "Plan") -> list[Check]:
    """Compare the stated round trips, and their quality, with the planner's file and with the coordinates."""
    pairs = list(zip(plan.assignments["site"], plan.assignments["hub"], strict=True))
    stated = zip(pairs, plan.assignments["rtt_p90_ms"], round_trips_ms(plan), strict=True)
    checks = [equal("stated round trip", " to ".join(pair), float(a), b, "ms") for pair, a, b in stated]
    yours = measured_pairs(plan)
    if yours is None:
        return [*checks, not_rechecked(f"round trips of {plan.scenario.latency.measured}: no table to read again")]
    quality = rtt_quality(*_ends(plan), network=plan.scenario.demand.network)
    again = [YOURS if pair in yours else str(q) for pair, q in zip(pairs, quality, strict=True)]
    words = zip(pairs, plan.assignments["rtt_quality"], again, strict=True)
    return checks + [same("quality of the round trip", " to ".join(pair), a, b) for pair, a, b in words]


def _embodied(plan: "Plan") -> list[Check]:
    """Compute the embodied carbon of servers from the catalogue and the scenario's overrides."""
    hardware, end = plan.scenario.hardware, plan.scenario.hardware.embodied
    chip, years = hardware.chip, figure(plan, "life-it-years")
    kg = float(getattr(chip, f"embodied_{end}_kg"))
    servers = plan.ledger[plan.ledger["line"] == "servers"].set_index("site")["tco2e_per_year"]
    tonnes = (plan.sites["capacity_it_mw"] * 1e6 / chip.nameplate_w * kg / 1000 / years).to_list()
    return [
        equal("embodied carbon of servers", site, float(servers[site]), t, "tCO2e/year")
        for site, t in zip(plan.sites["id"], tonnes, strict=True)
    ]
