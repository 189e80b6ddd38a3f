"""The second opinion on every limit: a plan that keeps it passes, and the same plan fails a stricter one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_verify import asked, every_site, site

from siting import (
    CarbonFreeShare,
    ClimateLimit,
    EfficiencyDuty,
    EmissionsCap,
    EmissionsGate,
    Excluded,
    Existing,
    GridHeadroom,
    Jobs,
    Jurisdictions,
    Limit,
    MaxCi,
    MaxCostPerCompute,
    MaxShare,
    MinSeparationKm,
    MinShare,
    Moratorium,
    Plan,
    RenewableShare,
    Required,
    SiteSize,
    TrainingDomain,
    UnprovenError,
    WaterUse,
)
from siting.verify.limit_check import RECHECK
from siting.verify.plan_check import judge
from siting.world.policy import Area
from siting.world.tables import read_table

A_WORLD = 20_100.0
"""More than half the way around the Earth [km]."""


def rechecked(plan: Plan, *limits: Limit) -> None:
    """Hold a plan against limits with their own re-checks, and raise with what is off."""
    judge(plan, [check for limit in limits for check in RECHECK[limit.name](plan, limit)])


def first(plan: Plan) -> str:
    """Return the largest site of a plan."""
    return str(plan.sites["id"].iloc[0])


CASES = {
    "site_size, halls": (SiteSize(min_halls=2, max_halls=99), SiteSize(max_halls=2), r"halls of a site, \S+: \d+"),
    "site_size, MW": (SiteSize(min_it_mw=40), SiteSize(min_it_mw=900), r"IT capacity of a site, \S+: \d+ MW"),
    "max_ci": (MaxCi(g_per_kwh=900), MaxCi(g_per_kwh=1), r"carbon intensity, \S+: .* g/kWh against 1"),
    "max_ci, direct": (
        MaxCi(g_per_kwh=900, carbon={"scope": "direct"}),
        MaxCi(g_per_kwh=0, carbon={"scope": "direct"}),
        r"carbon intensity, ",
    ),
    "emissions_cap": (EmissionsCap(t_per_year=1e9), EmissionsCap(t_per_year=1e3), r"emissions cap, portfolio: "),
    "emissions_gate, grid": (
        EmissionsGate(max_g_per_kwh=900),
        EmissionsGate(max_g_per_kwh=1),
        r"gate on the grid, \S+: ",
    ),
    "emissions_gate, compute": (
        EmissionsGate(max_g_per_eflop=900),
        EmissionsGate(max_g_per_eflop=1),
        r"gate on compute, \S+: ",
    ),
    "moratorium, circle": (
        Moratorium(areas=(Area(name="nowhere", lon=0, lat=-80, radius_km=10),)),
        Moratorium(areas=(Area(name="everywhere", lon=0, lat=0, radius_km=A_WORLD),)),
        r"moratorium, \S+: \S+ MW against 0",
    ),
    "moratorium, size": (
        Moratorium(areas=(Area(name="everywhere", lon=0, lat=0, radius_km=A_WORLD),), above_facility_mw=1e4),
        Moratorium(areas=(Area(name="everywhere", lon=0, lat=0, radius_km=A_WORLD),), above_facility_mw=1),
        r"moratorium, \S+: \S+ MW against 1",
    ),
    "grid_headroom, MW": (
        GridHeadroom(zone_share=1, plants_share=1, site_mw=1e4),
        GridHeadroom(zone_share=1, plants_share=1, site_mw=30),
        r"facility power of the site, \S+: \S+ MW against 30",
    ),
    "max_share, site": (MaxShare(max=1), MaxShare(max=0.01), r"share of a site, \S+: "),
    "max_share, country": (
        MaxShare(per="country", max=1),
        MaxShare(per="country", max=0.01),
        r"share of a country, \w\w: ",
    ),
    "max_cost_per_compute": (
        MaxCostPerCompute(usd_per_eflop=9),
        MaxCostPerCompute(usd_per_eflop=1e-3),
        r"cost per compute, portfolio: .* USD/EFLOP against 0\.001",
    ),
    "water, WUE": (WaterUse(max_wue_l_per_kwh=9), WaterUse(max_wue_l_per_kwh=0.001), r"water per energy, \S+: "),
    "water, total": (WaterUse(max_m3_per_year=1e9), WaterUse(max_m3_per_year=10), r"water in a year, portfolio: "),
    "water, site": (
        WaterUse(max_site_m3_per_year=1e9),
        WaterUse(max_site_m3_per_year=10),
        r"water of a site in a year, \S+: ",
    ),
    "jobs": (Jobs(min=1), Jobs(min=1e6), r"jobs, portfolio: \S+ jobs against 1e\+06"),
    "climate, degree-days": (
        ClimateLimit(max_cdd18_k_day=9e3, max_cdd21_k_day=9e3),
        ClimateLimit(max_cdd18_k_day=0),
        r"cooling degree-days, base 18 C, \S+: ",
    ),
    "climate, hours": (
        ClimateLimit(max_dry_bulb_c=60, min_dry_bulb_c=-80),
        ClimateLimit(min_dry_bulb_c=30),
        r"coldest hour, \S+: ",
    ),
    "min_share": (
        MinShare(of="polar", min=0.01, polar_deg=0),
        MinShare(of="polar", min=0.9, polar_deg=89),
        r"share of polar places, portfolio: 0 - against 0\.9",
    ),
    "min_share, rural": (
        MinShare(of="polar", min=0.01, polar_deg=0),  # a loosely proven plan may have no rural site
        MinShare(of="rural", min=0.9, rural_km=9e3),
        r"share of rural places, portfolio: 0 - against 0\.9",
    ),
    "carbon_free_share": (
        CarbonFreeShare(min=0.1),
        CarbonFreeShare(min=1),
        r"carbon-free share, portfolio: 0\.\d+ - against 1",
    ),
    "renewable_share, site": (
        RenewableShare(min=0.001, per="site"),
        RenewableShare(min=1, per="site"),
        r"renewable share, \S+: ",
    ),
    "renewable_share, jurisdiction": (
        RenewableShare(min=0.001, per="jurisdiction"),
        RenewableShare(min=1, per="jurisdiction"),
        r"renewable share, [A-Z]{2}\S*: ",
    ),
    "min_separation_km": (MinSeparationKm(km=1), MinSeparationKm(km=A_WORLD), r"separation, \S+ and \S+: \d+"),
    "training_domain": (TrainingDomain(max_ms=999), TrainingDomain(max_ms=1), r"round trip between sites, \S+ and \S+"),
    "jurisdictions": (
        Jurisdictions(allowed=tuple(read_table("countries")["iso2"])),
        Jurisdictions(allowed=("AQ",)),
        r"site that may serve the hub, \S+ to \S+: 0 - against 1",
    ),
}


@pytest.mark.parametrize(("kept", "broken", "message"), CASES.values(), ids=CASES)
def test_a_plan_that_breaks_a_limit_is_found(
    plan: Plan, texas_plan: Plan, kept: Limit, broken: Limit, message: str
) -> None:
    """The baseline is cooled by dry coolers, so limits on water are held against another plan."""
    made = texas_plan if isinstance(broken, WaterUse) else plan
    rechecked(made, kept)
    with pytest.raises(UnprovenError, match=message):
        rechecked(made, broken)


@pytest.mark.slow
def test_lists_of_sites_are_looked_up(plan: Plan) -> None:
    built = first(plan)
    asked(Required(sites=(built,)), Excluded(sites=("mcmurdo",)), Existing(halls={built: 2}))(plan).verify()
    with pytest.raises(UnprovenError, match=r"site that must be built, mcmurdo: 0 built against 1"):
        asked(Required(sites=("mcmurdo",)))(plan).verify()
    with pytest.raises(UnprovenError, match=rf"site that may not be built, {built}: 1 built against 0"):
        asked(Excluded(sites=(built,)))(plan).verify()
    with pytest.raises(UnprovenError, match=rf"halls that exist, {built}: \d+ halls against 999"):
        asked(Existing(halls={built: 999}))(plan).verify()
    other = {"airside_economizer_adiabatic", "waterside_economizer"} - {plan.sites["cooling"].iloc[0]}
    with pytest.raises(UnprovenError, match=rf"cooling that exists, {built}: 0 - against 1"):
        asked(Existing(halls={built: 2}, cooling={built: other.pop()}))(plan).verify()


def test_caps_shares_and_moratoria_of_a_jurisdiction_are_of_its_sites_alone(texas_plan: Plan) -> None:
    """All sites lie in Texas: a cap there is a cap on the plan, one in Virginia or the Union is none."""
    tonnes = texas_plan.kpis["emissions_t_per_year"]
    above = 1.001 * tonnes
    everywhere = {"US-TX": above, "US": above, "US-VA": 1, "EU": 1, "EEA": 1}
    rechecked(texas_plan, EmissionsCap(by_jurisdiction=everywhere))
    with pytest.raises(UnprovenError, match=r"emissions cap, US: "):
        rechecked(texas_plan, EmissionsCap(by_jurisdiction={"US": 0.5 * tonnes}))
    with pytest.raises(UnprovenError, match=r"moratorium, "):
        rechecked(texas_plan, Moratorium(jurisdictions=("US",)))
    with pytest.raises(UnprovenError, match=r"moratorium, "):
        rechecked(texas_plan, Moratorium(admin1=("Texas",)))
    with pytest.raises(UnprovenError, match=r"jobs, EU: 0 jobs against 1"):
        rechecked(texas_plan, Jobs(min=1, jurisdictions=("EU",)))
    rechecked(texas_plan, Moratorium(jurisdictions=("US-VA", "EU")), RenewableShare(min=1, jurisdictions=("EU",)))


def test_water_counts_only_where_it_is_scarce(texas_plan: Plan) -> None:
    """The United States withdraw 0.28 of their resources."""
    rechecked(texas_plan, WaterUse(max_m3_per_year=1, where_stress_above=0.3))
    with pytest.raises(UnprovenError, match=r"water in a year, "):
        rechecked(texas_plan, WaterUse(max_m3_per_year=1, where_stress_above=0.2))


def test_a_duty_of_the_packs_is_held_against_every_built_site(texas_plan: Plan) -> None:
    policy = texas_plan.scenario.policy.model_copy(update={"date": pd.Timestamp("2026-08-01").date()})
    scenario = texas_plan.scenario.model_copy(update={"policy": policy})
    german = every_site(jurisdiction="DE", pue=1.4)(replace(texas_plan, scenario=scenario))
    with pytest.raises(UnprovenError) as large:
        asked(EfficiencyDuty())(german).verify()
    duties = [fault for fault in large.value.faults if fault.startswith("duty de-")]
    assert any(": 1.4 - against 1.2" in fault for fault in duties)
    assert any(": 0 - against 0.1" in fault for fault in duties)
    tiny = site(capacity_it_mw=0.1, peak_facility_mw=0.2)(german)
    with pytest.raises(UnprovenError) as small:
        asked(EfficiencyDuty())(tiny).verify()
    assert not any(fault.startswith("duty de-") for fault in small.value.faults)


def test_a_file_of_candidates_that_is_gone_is_said(plan: Plan) -> None:
    candidates = plan.scenario.candidates.model_copy(update={"set": "gone.csv"})
    limits = (ClimateLimit(max_cdd21_k_day=1), MinShare(of="rural", min=1), Moratorium(zones=("X",)))
    scenario = plan.scenario.model_copy(update={"candidates": candidates, "limits": limits})
    binding = plan.binding.iloc[:0]
    sites = plan.sites.assign(zone_headroom_mw=np.nan)
    checks = replace(plan, scenario=scenario, binding=binding, sites=sites).verify()["check"]
    for what in ("names and facts of sites", "cooling of sites", "exclusions and unknowns"):
        assert checks.str.startswith(f"NOT RE-CHECKED: {what}: gone.csv").any()
    for limit in limits:
        assert f"NOT RE-CHECKED: limit `{limit.kind}` reads gone.csv, which does not exist" in set(checks)


def test_every_kind_of_the_package_has_a_re_check() -> None:
    own = {kind for kind, found in Limit.kinds().items() if found.__module__.startswith("siting.limits.")}
    assert own == set(RECHECK)
