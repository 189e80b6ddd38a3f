"""What a plan answers, rebuilt from its scenario and the data, and never from the plan: candidates, hubs and demand."""

import json
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import ScenarioError
from siting.verify.record.export_check import words_of
from siting.verify.second_reader import read_rows, unreadable
from siting.verify.tolerances import Check, equal, equal_or_unknown, not_rechecked, same
from siting.world import places
from siting.world.grid import with_imputed_prices
from siting.world.grid.capacity_statements import in_words
from siting.world.outlook import with_outlook
from siting.world.policy import packs
from siting.world.tables import read_table
from siting.world.user_files import user_places
from siting.world.user_files.own_columns import RECORD
from siting.world.user_files.point_layers import LAYER_SUFFIXES

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.scenario.scenario import Scenario

HOURS = 8760.0
SHIPPED_HUBS = ("cloud_regions", "population")
MILLION = 1e6
"""People of the smallest city that is a hub where no country is named, and unit of the weights."""
NOT_IN_EU = {"IS", "LI", "NO"}
"""Members of the European Economic Area that are not members of the Union."""
WORDS_OF_A_PLACE = ("name", "country", "country_iso2", "zone_id", "jurisdiction", "ci_quality", "price_quality")
NUMBERS_OF_A_PLACE = {
    "avg_generation_mw": "MW",
    "plants_mw_150km": "MW",
    "cdd18_k_day": "K day",
    "cdd21_k_day": "K day",
}
"""Columns of the built sites that are those of the candidates, with their units."""
OWN_NUMBERS = (
    *("price_usd_per_mwh", "available_mw", "available_from", "capex_usd_per_mw", "land_usd_per_m2", "ci_g_per_kwh"),
    *("renewable_share", "sales_tax", "property_tax"),
)
"""Columns of numbers that a planner may give of a place."""


@cache
def _shipped(name: str) -> pd.DataFrame:
    return places.SETS[name]().set_index("id")


def candidates_again(plan: "Plan") -> pd.DataFrame | None:
    """Read the candidates by id; None where the planner's file does not exist."""
    name = plan.scenario.candidates.set
    if name in places.SETS:
        known = _shipped(name)
    else:
        path = plan.scenario.file(name)
        if not path.is_file():
            return None
        known = user_places.read_sites(path, off_land=plan.scenario.candidates.off_land).set_index("id")
    return with_imputed_prices(known) if "price" in plan.scenario.impute else known


def hubs_again(plan: "Plan") -> pd.DataFrame | None:
    """Read the hubs by id; None where the planner's file does not exist."""
    asked = plan.scenario.demand.hubs
    name, codes = (asked, ()) if isinstance(asked, str) else (asked.by, asked.countries)
    if name == "population":
        cities = read_table("cities").set_index("id")
        large = cities if codes else cities[cities["population"] >= MILLION]
        hubs = large.assign(weight=large["population"].astype(float) / MILLION)
    elif name == "cloud_regions":
        hubs = places.cloud_hubs().set_index("id")
    elif not (path := plan.scenario.file(name)).is_file():
        return None
    else:
        hubs = user_places.read_hubs(path).set_index("id")
    if codes:
        union = packs()["eu"].jurisdictions
        wanted = {c for code in codes for c in {"EEA": union, "EU": set(union) - NOT_IN_EU}.get(code, (code,))}
        hubs = hubs[hubs["country_iso2"].isin(wanted)]
    left_out = set(plan.scenario.demand.exclude_countries)
    return hubs[[country not in left_out for country in hubs["country_iso2"]]]


def own_again(plan: "Plan") -> dict[str, dict[str, float]]:
    """Return the numbers that the planner gives of each place, by its id and column, read by the re-check's own rules.

    Where the second reader cannot read the file, they are those of the first reader; see `own_unread`.
    """
    known = candidates_again(plan)
    if known is None or RECORD not in known:
        return {}
    rows = _own_rows(plan)
    if rows is None or len(rows) != len(known):
        rows = [json.loads(text) for text in known[RECORD]]
    try:
        return {
            str(site): {c: float(row[c]) for c in OWN_NUMBERS if row.get(c) not in (None, "")}
            for site, row in zip(known.index, rows, strict=True)
        }
    except ValueError:  # a number as people write it, which the first reader understands
        first = (json.loads(text) for text in known[RECORD])
        return {str(s): {c: row[c] for c in OWN_NUMBERS if c in row} for s, row in zip(known.index, first, strict=True)}


def _own_rows(plan: "Plan") -> "list[dict[str, str]] | None":
    """Return the rows of the file of candidates as the second reader reads them, None where it cannot."""
    path = plan.scenario.file(plan.scenario.candidates.set)
    return None if path.suffix.lower() in LAYER_SUFFIXES else read_rows(path, [])


def own_unread(plan: "Plan") -> list[Check]:
    """Return the note that the planner's own columns are read by the first reader only, where that is so."""
    known = candidates_again(plan)
    if known is None or RECORD not in known or _own_rows(plan) is not None:
        return []
    return [unreadable("own columns of sites", plan.scenario.candidates.set)]


def lost_files(scenario: "Scenario") -> dict[str, str]:
    """Return the files of the planner's own that do not exist, by the field that names them."""

    def is_there(name: str) -> bool:
        try:
            return scenario.file(name).is_file()
        except ScenarioError:  # outside the folders that the scenario may name
            return False

    shipped = {*places.SETS, *SHIPPED_HUBS}
    named = {field: name for field, name in scenario.named_files.items() if name not in shipped}
    return {field: name for field, name in named.items() if not is_there(name)}


def eflop_per_mwh(scenario: "Scenario") -> float:
    """Return the useful compute of a MWh of IT energy, from the catalogue and the scenario's hardware [EFLOP/MWh]."""
    hardware = scenario.hardware
    chip = hardware.chip
    return float(chip.peak_flop_per_s * hardware.mfu * 3600.0 * 1e6 / chip.server_power_w / 1e18)


def hall_draw_mw(scenario: "Scenario") -> float:
    """Return the IT draw of a hall while all its accelerators train [MW]: their number times the mean draw of each."""
    chip = scenario.hardware.chip
    return scenario.building.hall_mw * 1e6 / chip.nameplate_w * chip.server_power_w / 1e6


def demand_again(scenario: "Scenario", hubs: pd.DataFrame) -> "pd.Series[float]":
    """Return the demand of every hub and class that has any [MW]."""
    asked = scenario.demand
    compute = asked.eflop_per_year or sum(run.eflop_per_year for run in asked.runs)
    total_mw = asked.it_mw if asked.it_mw is not None else compute / eflop_per_mwh(scenario) / HOURS
    share = hubs["weight"].astype(float) / float(hubs["weight"].sum())
    cells = {(str(h), k): total_mw * w * part for h, w in share.items() for k, part in asked.shares.items()}
    return pd.Series({cell: mw for cell, mw in cells.items() if mw > 0}, dtype=float)


def question(plan: "Plan") -> list[Check]:
    """Compare hubs, demand, the names and facts of built sites, and the designs on offer with what the scenario gives."""
    return [*_hubs(plan), *_places(plan), *_offered(plan)]


def _hubs(plan: "Plan") -> list[Check]:
    """Compare the hubs, and the demand of each class at each hub."""
    known = hubs_again(plan)
    if known is None:
        return [not_rechecked(f"hubs and demand: {plan.scenario.demand.hubs} does not exist")]
    mine = plan.hubs.set_index("id").to_dict("index")
    facts = known[["name", "country_iso2", "weight", "lon", "lat"]].to_dict("index")
    checks = [same("hubs", "portfolio", ", ".join(plan.hubs["id"]), ", ".join(map(str, facts)))]
    for hub, there in ((h, fact) for h, fact in facts.items() if h in mine):
        here = mine[hub]
        checks += [same(f"{c} of the hub", str(hub), here[c], there[c]) for c in ("name", "country_iso2")]
        checks += [
            equal("weight of the hub", str(hub), float(here["weight"]), float(there["weight"]), "-"),
            equal("longitude of the hub", str(hub), here["geometry"].x, float(there["lon"]), "degree"),
            equal("latitude of the hub", str(hub), here["geometry"].y, float(there["lat"]), "degree"),
        ]
    stated = plan.demand.groupby(["hub", "workload"])["it_mw"].sum()
    asked = demand_again(plan.scenario, known)
    rows = float(len(plan.demand))
    checks.append(equal("demand listed", "portfolio", rows, float(len(asked)), "rows"))
    for key in dict.fromkeys([*asked.index, *stated.index]):
        checks.append(equal("demand", " ".join(key), float(stated.get(key, 0.0)), float(asked.get(key, 0.0)), "MW"))
    return checks


def _places(plan: "Plan") -> list[Check]:
    """Compare the names, zones, jurisdictions, qualities and facts of built sites with those of the candidates."""
    known = candidates_again(plan)
    if known is None:
        return [not_rechecked(f"names and facts of sites: {plan.scenario.candidates.set} does not exist")]
    outlook = plan.scenario.outlook
    here = known[known.index.isin(plan.sites["id"])].reset_index()
    facts = with_outlook(here, outlook.year, outlook.us_scenario, outlook.warming_k).set_index("id").to_dict("index")
    strangers = [str(s) for s in plan.sites["id"] if s not in facts]
    checks = [equal("sites that are not candidates", ", ".join(strangers) or "portfolio", len(strangers), 0.0, "found")]
    for row in plan.sites[plan.sites["id"].isin(facts)].itertuples():
        s, there = str(row.id), facts[row.id]
        checks += [same(f"{c} of the site", s, getattr(row, c), there.get(c, "unverified")) for c in WORDS_OF_A_PLACE]
        export, stated = words_of(plan.scenario, str(there["country_iso2"])), in_words(str(there["zone_id"]))
        checks.append(same("export control of the site", s, row.export_control, export))
        checks.append(same("statements on the capacity of the zone", s, row.capacity_statements, stated))
        checks += [
            equal_or_unknown(f"{c.rpartition('_')[0]} of the site", s, getattr(row, c), there.get(c), unit)
            for c, unit in NUMBERS_OF_A_PLACE.items()
        ]
        checks += [
            equal("longitude", s, row.geometry.x, float(there["lon"]), "degree"),
            equal("latitude", s, row.geometry.y, float(there["lat"]), "degree"),
        ]
    return checks


def _offered(plan: "Plan") -> list[Check]:
    """Check designs, integer halls, and what follows from them: the peak of a site, and what its zone spares."""
    building, checks = plan.scenario.building, list[Check]()
    liquid = plan.scenario.hardware.chip.cooling == "liquid"
    shares = [float(x.zone_share) for x in plan.scenario.limits if hasattr(x, "zone_share")]
    for s in plan.sites.itertuples():
        spare = min(shares) * float(s.avg_generation_mw) if shares else np.nan
        on_offer = float(s.cooling in building.cooling and (not liquid or s.cooling != "airside_economizer_adiabatic"))
        checks += [
            equal("halls are integer", s.id, float(s.halls), float(round(s.halls)), "halls"),
            equal(f"cooling design `{s.cooling}` is on offer", s.id, on_offer, 1.0, "-"),
            equal("peak of the facility", s.id, s.peak_facility_mw, s.halls * building.hall_mw * s.peak_pue, "MW"),
            equal_or_unknown("headroom of the site's zone", s.id, s.zone_headroom_mw, spare, "MW"),
        ]
    return checks
