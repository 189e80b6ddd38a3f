"""Rows and filters of the limits: coefficients worked by hand, without a solver; tightening; bad input."""

import re
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from instances import Numbers, problem_of

from siting import (
    CarbonFreeShare,
    ClimateLimit,
    EmissionsCap,
    EmissionsGate,
    Excluded,
    GridHeadroom,
    InfeasibleError,
    Jobs,
    Limit,
    MaxCi,
    MaxCostPerCompute,
    MaxLatency,
    MaxShare,
    MinSeparationKm,
    MinShare,
    Moratorium,
    Problem,
    RenewableShare,
    Required,
    Scenario,
    ScenarioError,
    SiteCount,
    SiteSize,
    WaterUse,
    solve,
)
from siting.limits.emissions_gate import year_below
from siting.problem.rows import Rows
from siting.world.grid.zones import Trend
from siting.world.policy import Area

PLACES = ("SE", "US-TX", "US-VA")
"""Jurisdictions of the three made-up sites."""


def three(**changes: Any) -> Numbers:
    """Return three sites of one design and one hub that each could carry alone."""
    made = Numbers(
        pue=np.array([[1.1], [1.2], [1.3]]),
        ci=np.array([10.0, 100.0, 400.0]),
        price=np.array([90.0, 60.0, 40.0]),
        renewable=np.array([0.9, 0.5, 0.2]),
        hall_usd=np.array([1.0e8, 1.0e8, 1.0e8]),
        hall_t=1000.0,
        zone=np.array([0, 1, 1]),
        zone_mw=np.array([500.0, 1000.0]),
        demand=np.array([[20.0, 10.0]]),
        near=np.ones((3, 1, 2), dtype=bool),
        max_halls=4,
        benefit_usd_per_hall=np.zeros(3),
        min_capex_usd=0.0,
        min_jobs=0.0,
    )
    return replace(made, **changes)


def asked(*limits: Limit, jurisdictions: tuple[str, ...] = PLACES, **columns: Any) -> Problem:
    """Return the three sites under some limits, in three jurisdictions of two countries."""
    problem = problem_of(three(), limits)
    country = [j.partition("-")[0] for j in jurisdictions]
    sites = problem.sites.assign(jurisdiction=list(jurisdictions), country_iso2=country, **columns)
    return replace(problem, sites=sites)


def dense(block: Rows, family: str) -> list[list[float]]:
    """Return the coefficients of a family as plain lists."""
    return block.terms[family].toarray().tolist()


def rows_of(limit: Limit, **columns: Any) -> list[Rows]:
    """Return the rows of a limit on the three sites."""
    return limit.rows(asked(limit, **columns))


def test_site_size_in_megawatts_is_whole_halls() -> None:
    low, high = rows_of(SiteSize(min_it_mw=25, max_it_mw=39.9))  # halls of 10 MW: at least 3, at most 3
    assert low.sense == ">="
    assert dense(low, "halls") == np.eye(3).tolist()
    assert dense(low, "open") == (-3 * np.eye(3)).tolist()
    assert high.sense == "<="
    assert dense(high, "open") == (-3 * np.eye(3)).tolist()


def test_the_stricter_of_halls_and_megawatts_counts() -> None:
    low, high = rows_of(SiteSize(min_halls=1, min_it_mw=20, max_halls=3, max_it_mw=20))
    assert dense(low, "open")[0][0] == -2
    assert dense(high, "open")[0][0] == -2


def test_emissions_cap_sums_the_ledger_of_the_plan_and_of_a_country() -> None:
    whole, us = rows_of(EmissionsCap(t_per_year=5e4, by_jurisdiction={"US": 1e4}))
    per_mw = [8.76 * 1.1 * 10, 8.76 * 1.2 * 100, 8.76 * 1.3 * 400]  # t per MW-year: 8760 h * PUE * kg/MWh / 1000
    assert dense(whole, "load_mw")[0] == pytest.approx(per_mw)
    assert dense(whole, "halls")[0] == [1000.0, 1000.0, 1000.0]
    assert whole.rhs.tolist() == [5e4]
    assert dense(us, "load_mw")[0] == pytest.approx([0.0, *per_mw[1:]])
    assert dense(us, "halls")[0] == [0.0, 1000.0, 1000.0]
    assert (list(us.where), us.rhs.tolist(), us.unit) == (["US"], [1e4], "tCO2e/year")


def test_cost_per_compute_gives_every_megawatt_its_allowance() -> None:
    (row,) = rows_of(MaxCostPerCompute(usd_per_eflop=2.0))
    # 1000 EFLOP/MWh: a MW-year is 8.76e6 EFLOP, which may cost 17.52e6 USD; its energy costs 8760 * PUE * price
    energy = [8760 * 1.1 * 90, 8760 * 1.2 * 60, 8760 * 1.3 * 40]
    assert dense(row, "load_mw")[0] == pytest.approx([e - 17.52e6 for e in energy])
    assert dense(row, "halls")[0] == [1e8, 1e8, 1e8]
    assert row.rhs.tolist() == [0.0]


def test_max_share_writes_one_short_row_a_part() -> None:
    (row,) = rows_of(MaxShare(per="country", max=0.4))
    assert list(row.where) == ["SE", "US"]
    assert dense(row, "load_mw") == [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]
    assert row.rhs.tolist() == pytest.approx([12.0, 12.0])  # 0.4 of 30 MW
    (zones,) = rows_of(MaxShare(per="zone", max=0.5))
    assert dense(zones, "load_mw") == [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]
    (jurisdictions,) = rows_of(MaxShare(per="jurisdiction", max=0.5))
    assert list(jurisdictions.where) == ["SE", "US-TX", "US-VA"]


@pytest.mark.parametrize("limit", [RenewableShare(min=0.6), CarbonFreeShare(min=0.6)])
def test_a_share_of_energy_weighs_surplus_with_pue(limit: Limit) -> None:
    (row,) = rows_of(limit)
    assert dense(row, "load_mw")[0] == pytest.approx([1.1 * 0.3, 1.2 * -0.1, 1.3 * -0.4])
    assert list(row.where) == ["portfolio"]


def test_a_share_per_jurisdiction_is_a_row_for_each() -> None:
    (every,) = rows_of(RenewableShare(min=0.4, per="jurisdiction"))
    assert list(every.where) == ["SE", "US-TX", "US-VA"]
    (named,) = rows_of(RenewableShare(min=0.4, per="jurisdiction", jurisdictions=("US", "EU")))
    assert list(named.where) == ["US", "EU"]
    assert dense(named, "load_mw") == [
        pytest.approx([0.0, 1.2 * 0.1, 1.3 * -0.2]),
        pytest.approx([1.1 * 0.5, 0.0, 0.0]),
    ]


def test_a_share_of_some_jurisdictions_together_is_one_row() -> None:
    (row,) = rows_of(CarbonFreeShare(min=0.4, jurisdictions=("US-TX", "US-VA")))
    assert list(row.where) == ["US-TX, US-VA"]
    assert dense(row, "load_mw")[0] == pytest.approx([0.0, 1.2 * 0.1, 1.3 * -0.2])


def test_a_share_per_site_is_a_filter_and_says_what_is_low() -> None:
    sites = asked().sites.assign(renewable_share=[0.9, 0.5, np.nan])
    limit = RenewableShare(min=0.6, per="site")
    assert limit.rows(asked(limit)) == []
    assert limit.drop_sites(sites) == {
        "site-1": "renewable share 0.50 in zone Z1, below 0.6",
        "site-2": "UNKNOWN renewable share of zone Z1",
    }
    only_virginia = RenewableShare(min=0.6, per="site", jurisdictions=("US-VA",))
    assert set(only_virginia.drop_sites(sites)) == {"site-2"}


def test_jobs_count_the_halls_of_the_named_places() -> None:
    (row,) = rows_of(Jobs(min=3, jurisdictions=("US",)))
    assert dense(row, "halls") == [[0.0, 1.0, 1.0]]  # 0.1 jobs per MW, halls of 10 MW
    assert (row.sense, row.rhs.tolist()) == (">=", [3.0])


def test_rural_and_polar_places_are_counted_by_distance_and_latitude() -> None:
    places = {"km_to_city_100k": [10.0, 80.0, np.nan], "lat": [70.0, 30.0, -66.56]}
    (rural,) = rows_of(MinShare(of="rural", min=0.25), **places)
    assert dense(rural, "load_mw")[0] == [-0.25, 0.75, -0.25]
    (polar,) = rows_of(MinShare(of="polar", min=0.25), **places)
    assert dense(polar, "load_mw")[0] == [0.75, -0.25, 0.75]
    assert MinShare(of="rural", min=0.25).unknowns(asked(**places).sites) == {
        "site-2": "UNKNOWN km_to_city_100k: not counted as rural"
    }


def test_water_of_a_year_is_summed_where_it_is_scarce_or_unknown() -> None:
    problem = asked(water_stress_share=[0.1, 0.8, np.nan])
    problem = replace(problem, options=problem.options.assign(wue_l_per_kwh=[1.0, 0.5, 2.0]))
    limit = WaterUse(max_m3_per_year=1e5, where_stress_above=0.4)
    (row,) = limit.rows(problem)
    assert dense(row, "load_mw")[0] == pytest.approx([0.0, 8760 * 0.5, 8760 * 2.0])
    (everywhere,) = WaterUse(max_m3_per_year=1e5).rows(problem)
    assert dense(everywhere, "load_mw")[0] == pytest.approx([8760.0, 8760 * 0.5, 8760 * 2.0])
    assert limit.unknowns(problem.sites) == {"site-2": "UNKNOWN water_stress_share: taken as stressed"}


def test_water_of_a_site_is_a_row_a_site_where_it_is_scarce() -> None:
    problem = asked(water_stress_share=[0.1, 0.8, np.nan])
    problem = replace(problem, options=problem.options.assign(wue_l_per_kwh=[1.0, 0.5, 2.0]))
    (row,) = WaterUse(max_site_m3_per_year=7e4, where_stress_above=0.4).rows(problem)
    assert list(row.where) == ["site-1", "site-2"]
    assert dense(row, "load_mw") == [[0.0, 8760 * 0.5, 0.0], [0.0, 0.0, 8760 * 2.0]]
    assert row.rhs.tolist() == [7e4, 7e4]


def test_water_per_energy_bars_designs_and_not_sites() -> None:
    problem = asked(water_stress_share=[0.1, 0.8, 0.8])
    options = problem.options.assign(wue_l_per_kwh=[3.0, 0.5, 2.0])
    limit = WaterUse(max_wue_l_per_kwh=1.0, where_stress_above=0.4)
    barred = limit.drop_options(problem.scenario, problem.sites, options, 1000.0)
    assert barred == {"site-2__airside_economizer_adiabatic": "airside_economizer_adiabatic uses 2.00 L/kWh, above 1"}
    assert limit.rows(problem) == []


def test_required_sites_each_need_one_open_option() -> None:
    limit = Required(sites=("site-2", "site-0"))
    (row,) = rows_of(limit)
    assert dense(row, "open") == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    assert (row.sense, row.rhs.tolist(), list(row.where)) == (">=", [1.0, 1.0], ["site-2", "site-0"])


def test_a_required_site_that_something_left_out_is_named_with_the_reason() -> None:
    problem = replace(
        asked(), excluded=pd.DataFrame([("gone", "screen", "sanctions")], columns=["site", "limit", "reason"])
    )
    with pytest.raises(InfeasibleError, match=r"`gone` is excluded by screen \(sanctions\)"):
        Required(sites=("gone",)).rows(problem)


@pytest.mark.parametrize("limit", [Required(sites=("site-9",)), Excluded(sites=("site-9",))])
def test_a_list_of_sites_refuses_an_id_that_nobody_has(limit: Limit) -> None:
    with pytest.raises(ScenarioError, match=r"names `site-9`, an id that no candidate has: did you mean `site-\d`\?"):
        limit.drop_sites(asked().sites)


def test_a_site_cannot_be_required_and_excluded() -> None:
    with pytest.raises(ScenarioError, match="`lulea` is required as well: take it out"):
        Scenario(name="torn", limits=(Required(sites=("lulea",)), Excluded(sites=("lulea", "dublin"))))


def test_a_grid_above_the_ceiling_is_left_out_by_the_method_that_is_named() -> None:
    sites = asked().sites.assign(ci_direct_g_per_kwh=[5.0, np.nan, 20.0])
    assert MaxCi(g_per_kwh=100).drop_sites(sites) == {"site-2": "400 g/kWh in zone Z1, above 100"}
    direct = MaxCi(g_per_kwh=10, carbon={"scope": "direct"})
    assert direct.drop_sites(sites) == {
        "site-1": "UNKNOWN ci_direct_g_per_kwh of zone Z1",
        "site-2": "20 g/kWh in zone Z1, above 10",
    }


def fixed_trend(monkeypatch: pytest.MonkeyPatch, slope: float, error: float) -> None:
    """Let every zone have one trend."""
    monkeypatch.setattr(
        "siting.limits.emissions_gate.trend", lambda _: Trend(slope, error, (2021, 2022, 2023, 2024, 2025))
    )


def test_the_gate_says_in_which_year_a_place_could_open(monkeypatch: pytest.MonkeyPatch) -> None:
    fixed_trend(monkeypatch, -20.0, 5.0)
    # 100 g above: 100/20 = 5 years; at -25 a year 4, at -15 a year 6.67, so 7
    assert year_below("GB", 200.0, 2025, 100.0).startswith("by its trend it could open in 2030 (2029 to 2032; ")
    gate = EmissionsGate(max_g_per_kwh=100)
    shut = gate.drop_sites(asked(ci_year=2025).sites)
    assert set(shut) == {"site-2"}
    assert shut["site-2"].startswith("400 g/kWh in zone Z1, above 100; by its trend it could open in 2040 ")


@pytest.mark.parametrize(("slope", "error"), [(3.0, 1.0), (-2.0, 2.5), (0.0, 0.0)])
def test_the_gate_says_when_no_year_is_in_sight(monkeypatch: pytest.MonkeyPatch, slope: float, error: float) -> None:
    fixed_trend(monkeypatch, slope, error)
    assert year_below("GB", 200.0, 2025, 100.0).startswith("it could not open within its trend")


def test_the_gate_tells_no_year_without_a_trend() -> None:
    assert year_below("SJ", 200.0, 2025, 100.0).startswith("in which year it could open is UNKNOWN: zone SJ has 0 year")
    gate = EmissionsGate(max_g_per_kwh=100, carbon={"scope": "direct"})
    assert gate.drop_sites(asked(ci_year=2025).sites)["site-2"].endswith("no trend is known of ci_direct_g_per_kwh")


def test_the_gate_on_compute_judges_each_design(monkeypatch: pytest.MonkeyPatch) -> None:
    fixed_trend(monkeypatch, -20.0, 5.0)
    problem = asked(ci_year=2025)
    gate = EmissionsGate(max_g_per_eflop=120)
    barred = gate.drop_options(problem.scenario, problem.sites, problem.options, 1000.0)
    # PUE * CI kg/MWh over 1000 EFLOP/MWh: 11, 120 and 520 gCO2e/EFLOP; 120 is met by 120 * 1000 / (1000 * 1.3) = 92.3 g/kWh
    assert list(barred) == ["site-2__airside_economizer_adiabatic"]
    reason = barred["site-2__airside_economizer_adiabatic"]
    assert reason.startswith(
        "520 gCO2e/EFLOP, above 120: 400 g/kWh in zone Z1, above 92.31; by its trend it could open in"
    )


def test_a_moratorium_shuts_countries_units_zones_and_circles() -> None:
    sites = asked(admin1=["Norrbotten", "Texas", "Virginia"]).sites  # at -10, 0 and 10 degrees east on 50 north
    assert set(Moratorium(jurisdictions=("US",)).drop_sites(sites)) == {"site-1", "site-2"}
    assert set(Moratorium(jurisdictions=("EU",)).drop_sites(sites)) == {"site-0"}
    assert Moratorium(admin1=("Texas",), reason="no power").drop_sites(sites) == {"site-1": "no power: Texas"}
    assert set(Moratorium(zones=("Z1",)).drop_sites(sites)) == {"site-1", "site-2"}
    circle = Area(name="a metro", lon=0.5, lat=50.0, radius_km=50)  # 0.5 degree of 50 north is 36 km
    assert Moratorium(areas=(circle,)).drop_sites(sites) == {"site-1": "the planner's moratorium: a metro"}


def test_a_moratorium_above_a_size_caps_instead() -> None:
    limit = Moratorium(jurisdictions=("US-TX",), above_facility_mw=30)
    sites = asked(admin1=None).sites
    assert limit.drop_sites(sites) == {}
    assert limit.facility_mw_cap(sites).tolist() == [np.inf, 30.0, np.inf]


def test_climate_judges_degree_days_and_design_hours() -> None:
    weather = {"cdd21_k_day": [0.0, 500.0, 100.0], "t_max_c": [28.0, 43.0, np.nan], "t_min_c": [-40.0, -5.0, -15.0]}
    sites = asked(**weather).sites
    assert ClimateLimit(max_cdd21_k_day=100).drop_sites(sites) == {
        "site-1": "500 cooling degree-days at base 21 C, above 100 K day"
    }
    out = ClimateLimit(max_dry_bulb_c=40, min_dry_bulb_c=-30).drop_sites(sites)
    assert out == {
        "site-0": "-40 C in the coldest hour of the typical year, below -30",
        "site-1": "43 C in the hottest hour of the typical year, above 40",
        "site-2": "UNKNOWN t_max_c",
    }


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ({"kind": "site_size"}, "no size is given"),
        ({"kind": "site_size", "min_halls": 4, "max_halls": 2}, "`min_halls` 4 is above `max_halls` 2"),
        ({"kind": "site_size", "max_it_mw": 0}, "greater than 0"),
        ({"kind": "max_ci", "g_per_kwh": -1}, "greater than or equal to 0"),
        ({"kind": "emissions_cap"}, "nothing is capped"),
        ({"kind": "emissions_cap", "by_jurisdiction": {"XQ": 1}}, "`XQ` is not a country"),
        ({"kind": "emissions_cap", "t_per_year": "many"}, "give a number"),
        ({"kind": "emissions_gate"}, "no limit is given"),
        ({"kind": "moratorium"}, "no place is named"),
        ({"kind": "moratorium", "jurisdictions": ["Irland"]}, "`Irland` is not a country"),
        ({"kind": "moratorium", "jurisdictions": ["EU-1"]}, "`EU-1` is not a country"),
        ({"kind": "excluded", "sites": []}, "at least 1 item"),
        ({"kind": "required", "sites": []}, "at least 1 item"),
        ({"kind": "max_share", "max": 0}, "greater than 0"),
        ({"kind": "max_share", "max": 0.5, "per": "planet"}, "'planet'"),
        ({"kind": "max_cost_per_compute"}, "`limits.0..usd_per_eflop` is missing|usd_per_eflop` is missing"),
        ({"kind": "water"}, "no limit is given"),
        ({"kind": "jobs", "min": 0}, "greater than 0"),
        ({"kind": "climate"}, "no threshold is given"),
        ({"kind": "climate", "max_dry_bulb_c": 0, "min_dry_bulb_c": 10}, "`min_dry_bulb_c` 10 is above"),
        ({"kind": "min_share", "of": "urban", "min": 0.5}, "'urban'"),
        ({"kind": "carbon_free_share", "min": 1.5}, "less than or equal to 1"),
        ({"kind": "carbon_free_shares", "min": 0.5}, "did you mean `carbon_free_share`"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(kind: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        Scenario(name="odd", limits=(kind,))


@pytest.mark.parametrize(
    "limit",
    [
        EmissionsCap(by_jurisdiction={"DE": 1.0}),
        Jobs(min=1, jurisdictions=("DE",)),
        RenewableShare(min=0.5, jurisdictions=("DE",)),
        RenewableShare(min=0.5, per="jurisdiction", jurisdictions=("DE", "FR")),
    ],
)
def test_a_limit_on_places_without_sites_says_that_it_changes_nothing(limit: Limit) -> None:
    with pytest.raises(ScenarioError, match="has no effect: no site that may be built is in DE"):
        rows_of(limit)


def test_a_limit_on_scarce_water_says_when_no_place_is_scarce() -> None:
    with pytest.raises(ScenarioError, match=r"no site that may be built has a water stress above 0\.9"):
        rows_of(WaterUse(max_m3_per_year=1.0, where_stress_above=0.9), water_stress_share=0.1)


def test_a_site_may_draw_the_least_of_zone_plants_and_what_is_told() -> None:
    limit = GridHeadroom(zone_share=0.1, plants_share=0.25, site_mw=60, by_site_mw={"site-2": 15})
    sites = asked().sites.assign(plants_mw_150km=[150.0, 1000.0, 1000.0])  # zones generate 500, 1000, 1000 MW
    assert limit.facility_mw_cap(sites).tolist() == [37.5, 60.0, 15.0]
    with pytest.raises(ScenarioError, match="names `site-9`"):
        GridHeadroom(by_site_mw={"site-9": 1}).drop_sites(sites)


class Forgotten(Limit):
    """A limit of the planner's own whose author forgot to return its rows."""

    kind: Literal["forgotten"] = "forgotten"

    def rows(self, problem: Problem, least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return nothing."""
        return []


class Sieve(Forgotten):
    """A filter of the planner's own: it has no row to write."""

    kind: Literal["sieve"] = "sieve"

    def drop_sites(self, sites: pd.DataFrame) -> dict[str, str]:
        """Drop nobody today."""
        return {}


def test_a_limit_that_writes_no_row_and_filters_nothing_is_refused() -> None:
    with pytest.raises(
        ScenarioError, match="limit `forgotten` has no effect: it adds no constraint and excludes nothing"
    ):
        solve(asked(Forgotten()))
    assert solve(asked(Sieve())).status == "optimal"
    assert solve(asked(MinSeparationKm(km=1))).status == "optimal"  # met by any choice: nothing to write


@pytest.mark.parametrize("cap", [{"by_jurisdiction": {"SE": 0, "US": 0}}, {"t_per_year": 0.01}])
def test_a_cap_of_nothing_is_infeasible_and_not_a_plan_of_nothing(cap: dict[str, Any]) -> None:
    plan = solve(asked(EmissionsCap(**cap)))
    assert (plan.status, dict(plan.kpis)) == ("infeasible", {})


def test_a_cap_of_zero_in_one_place_leaves_it_unbuilt() -> None:
    plan = solve(asked(EmissionsCap(by_jurisdiction={"SE": 0})), gap=1e-9)
    assert plan.status == "optimal"
    assert "site-0" not in set(plan.sites["id"])


TIGHTENED = [
    (SiteSize(max_halls=3), SiteSize(max_halls=2)),
    (SiteSize(min_halls=1), SiteSize(min_it_mw=45)),
    (EmissionsCap(t_per_year=4e4), EmissionsCap(t_per_year=6e3)),
    (EmissionsCap(by_jurisdiction={"SE": 7000}), EmissionsCap(by_jurisdiction={"SE": 5000})),
    (MaxCostPerCompute(usd_per_eflop=1.8), MaxCostPerCompute(usd_per_eflop=1.61)),
    (MaxShare(per="site", max=0.9), MaxShare(per="site", max=0.4)),
    (MaxShare(per="country", max=1.0), MaxShare(per="country", max=0.7)),
    (RenewableShare(min=0.2), RenewableShare(min=0.95)),
    (Jobs(min=2), Jobs(min=9)),
    (Jobs(min=1, jurisdictions=("US",)), Jobs(min=3, jurisdictions=("US",))),
    (MinShare(of="rural", min=0.1), MinShare(of="rural", min=0.6)),
    (WaterUse(max_m3_per_year=4e5), WaterUse(max_m3_per_year=1e5)),
    (WaterUse(max_site_m3_per_year=6e5), WaterUse(max_site_m3_per_year=2e5)),
    (Required(sites=("site-0",)), Required(sites=("site-0", "site-2"))),
]


@pytest.mark.parametrize(("loose", "tight"), TIGHTENED, ids=lambda x: f"{x.kind}")
def test_tightening_never_lowers_emissions_and_binds_here(loose: Limit, tight: Limit) -> None:
    """Every pair is chosen so that the tighter one costs emissions, or leaves no plan: else it would prove nothing."""
    places = {"km_to_city_100k": [10.0, 80.0, 10.0], "water_stress_share": 0.5}

    def tonnes(limit: Limit) -> float:
        problem = asked(limit, **places)
        thirsty = problem.options.assign(wue_l_per_kwh=[2.0, 1.0, 0.2])
        plan = solve(replace(problem, options=thirsty), gap=1e-9)
        return plan.kpis.get("emissions_t_per_year", np.inf)

    assert np.isfinite(tonnes(loose))
    assert tonnes(tight) > tonnes(loose) * (1 + 1e-6)


def test_every_limit_says_how_it_is_loosened_and_names_its_own_fields() -> None:
    for kind, limit in Limit.kinds().items():
        if limit.__module__.startswith("siting."):
            advice = limit.loosened_by
            named = re.findall(r"`([a-z0-9_.]+)`", advice)
            assert advice != Limit.loosened_by, kind
            assert all(n in limit.model_fields or "." in n or n == "false" for n in named), (kind, advice)


def test_a_limit_names_the_values_that_are_enough() -> None:
    assert SiteCount(max=3).how_to_loosen() == "lower `min` or raise `max`"
    assert SiteCount(min=5, max=6).how_to_loosen({"min": 3, "max": 8}) == "lower `min` to 3, raise `max` to 8"
    assert MaxLatency(batch_ms=50).how_to_loosen({"batch_ms": 62.0}) == "raise `batch_ms` to 62"


def test_a_limit_is_named_by_its_kind() -> None:
    assert [x.name for x in (SiteCount(max=3), MaxLatency(batch_ms=50))] == ["site_count", "max_latency"]
