"""Grids and climates of later years: projections and trends by hand, marked, and plans that verify."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting import Scenario, ScenarioError, SiteCount, prepare, solve, sweep
from siting.physics.air.warming import warmer
from siting.problem.options import cooling_options
from siting.world.grid.zones import history, trend
from siting.world.outlook import LEAST_LEFT, MOST_LEFT, SMALL_G_PER_KWH, UsScenario, with_outlook
from siting.world.places import starter_sites
from siting.world.tables import read_table


@pytest.fixture(scope="module")
def starter() -> pd.DataFrame:
    """Return the shipped places of today."""
    return starter_sites()


def ahead(places: pd.DataFrame, year: int | None, scenario: str = "MidCase", warming_k: float = 0.0) -> pd.DataFrame:
    return with_outlook(places, year, scenario, warming_k)


def test_today_is_today(starter: pd.DataFrame) -> None:
    assert ahead(starter, None) is starter


def test_a_state_follows_its_projection_and_what_is_not_direct_stays(starter: pd.DataFrame) -> None:
    table = read_table("us_projection").set_index(["jurisdiction", "scenario", "year"])["ci_direct_g_per_kwh"]
    texas = starter[starter["jurisdiction"] == "US-TX"]
    now, then = texas.iloc[0], ahead(texas, 2035).iloc[0]
    ratio = float(table["US-TX", "MidCase", 2035]) / float(table["US-TX", "MidCase", 2025])
    beyond = now["ci_lifecycle_g_per_kwh"] - now["ci_direct_g_per_kwh"]
    assert then["ci_direct_g_per_kwh"] == pytest.approx(now["ci_direct_g_per_kwh"] * ratio)
    assert then["ci_lifecycle_g_per_kwh"] == pytest.approx(beyond + now["ci_direct_g_per_kwh"] * ratio)
    assert (then["ci_outlook"], then["ci_quality"]) == ("projection MidCase", "modelled")
    assert then["ci_low_g_per_kwh"] <= then["ci_lifecycle_g_per_kwh"] <= then["ci_high_g_per_kwh"]


def test_elsewhere_the_line_of_five_years_goes_on_within_wide_bands(starter: pd.DataFrame) -> None:
    lulea = starter[starter["id"] == "lulea"]
    line, last = trend("SE-SE1"), float(history("SE-SE1")["ci_lifecycle_g_per_kwh"].iloc[-1])
    slope, error, years = line.slope_g_per_kwh_per_year, line.slope_error_g_per_kwh_per_year, 2030 - line.years[-1]
    then, now = ahead(lulea, 2030).iloc[0], lulea.iloc[0]["ci_lifecycle_g_per_kwh"]
    for column, way in (("ci_lifecycle_g_per_kwh", 0), ("ci_low_g_per_kwh", -2), ("ci_high_g_per_kwh", 2)):
        share = np.clip(1 + (slope + way * error) * years / last, LEAST_LEFT, MOST_LEFT)
        assert then[column] == pytest.approx(now * share)
    assert (then["ci_outlook"], then["ci_quality"]) == ("trend", "modelled")


def test_every_place_is_projected_or_unknown_and_bands_hold_their_middle(starter: pd.DataFrame) -> None:
    then = ahead(starter, 2050, "100by2035")
    known = then[then["ci_outlook"].notna()]
    assert (known["ci_lifecycle_g_per_kwh"].dropna() >= 0).all()
    middle, low, high = (known[c] for c in ("ci_lifecycle_g_per_kwh", "ci_low_g_per_kwh", "ci_high_g_per_kwh"))
    assert ((low <= middle + 1e-9) & (middle <= high + 1e-9))[middle.notna()].all()
    unknown = then[then["ci_outlook"].isna()]
    assert unknown["ci_lifecycle_g_per_kwh"].isna().all()
    states = then["jurisdiction"].isin(set(read_table("us_projection")["jurisdiction"]))
    assert (then["ci_outlook"] == "projection 100by2035").equals(states)


def test_a_state_that_is_nearly_clean_already_takes_the_ratio_of_all(starter: pd.DataFrame) -> None:
    table = read_table("us_projection").pivot_table(
        index=["jurisdiction", "scenario"], columns="year", values="ci_direct_g_per_kwh"
    )
    first = table[2025].xs("MidCase", level="scenario")
    clean = starter[starter["jurisdiction"].isin(first.index[first < SMALL_G_PER_KWH])]
    if clean.empty:
        pytest.skip("no starter site stands in a state below the threshold")
    mean = table.clip(lower=0).groupby("scenario").mean().loc["MidCase"]
    ratio = ahead(clean, 2030)["ci_direct_g_per_kwh"] / clean["ci_direct_g_per_kwh"]
    assert ratio.to_numpy(float) == pytest.approx(mean[2030] / mean[2025])


@settings(max_examples=40, deadline=None)
@given(st.floats(6, 40), st.floats(0, 15), st.floats(-5, 5))
def test_warmer_air_is_as_humid_relative_to_saturation(dry: float, spread: float, warming: float) -> None:
    """Above freezing; below, air at saturation over water is cut to saturation over ice, 1 % a degree."""
    from siting.physics.air.psychrometrics import saturation_over_water_pa, vapour_pressure_pa

    one = np.ones(1)
    wet = (dry - min(spread, 0.2 * max(dry + 5, 1))) * one
    warm = warmer(dry * one, wet, 101325 * one, warming * one)
    before = vapour_pressure_pa(dry * one, wet, 101325 * one) / saturation_over_water_pa(dry * one)
    after = vapour_pressure_pa(warm[0], warm[1], 101325 * one) / saturation_over_water_pa(warm[0])
    assert warm[0] == pytest.approx(dry + warming)
    assert after == pytest.approx(before, abs=2e-3)


def test_warming_never_lowers_the_pue_of_an_economizer(starter: pd.DataFrame) -> None:
    some = starter[starter["id"].isin(["lulea", "dallas", "singapore"])].reset_index(drop=True)
    design = ("airside_economizer_adiabatic",)
    pue = [cooling_options(ahead(some, None, warming_k=k), design)["pue"].to_numpy() for k in (0.0, 1.0, 3.0)]
    assert (np.diff(pue, axis=0) >= -1e-9).all()
    assert (pue[2] > pue[0]).any()


@pytest.mark.slow
def test_a_plan_of_tomorrow_verifies_and_says_what_it_rests_on() -> None:
    asked = Scenario(
        name="tomorrow", demand={"it_mw": 60}, outlook={"year": 2035, "warming_k": 1.5}, limits=(SiteCount(max=1),)
    )
    plan = solve(prepare(asked), gap=1e-3)
    assert len(plan.verify()) > 10
    assert plan.sites["worst_quality"].isin(["modelled", "assumption", "unverified"]).all()
    assert {"zone_history", "us_projection"} <= set(prepare(asked).sources["table"])
    assert plan.unknowns["unknown"].str.contains("2035: today's are used").any()


@pytest.mark.slow
def test_years_are_a_dimension_of_a_sweep(tmp_path: object) -> None:
    asked = Scenario(name="years", demand={"it_mw": 60}, limits=(SiteCount(max=1),))
    vary = {"outlook.year": [None, 2040], "outlook.warming_k": [0.0, 2.0]}
    table = sweep(asked, vary, store=tmp_path / "s", workers=1, gap=1e-3).table
    assert (table["status"] == "optimal").all()
    emissions = table["emissions_g_per_eflop"].to_numpy().reshape(2, 2)
    assert (emissions[:, 1] >= emissions[:, 0] * (1 - 2e-3)).all()
    assert (emissions[1] < emissions[0]).all()


@pytest.mark.parametrize(
    ("outlook", "more", "word"),
    [
        ({"year": 2020}, {}, "greater than or equal to 2026"),
        ({"us_scenario": "Hope"}, {}, "MidCase"),
        (
            {"year": 2030},
            {"minimise": {"objective": "emissions", "carbon": {"scope": "direct", "signal": "marginal"}}},
            "no source projects marginal",
        ),
        ({"warming_k": 9.0}, {}, "less than or equal to 5"),
    ],
)
def test_a_tomorrow_that_no_source_tells_is_refused(outlook: dict, more: dict, word: str) -> None:
    with pytest.raises(ScenarioError, match=word):
        Scenario(name="x", demand={"it_mw": 60}, outlook=outlook, **more)


def test_every_scenario_of_the_table_can_be_asked_for() -> None:
    from typing import get_args

    assert set(read_table("us_projection")["scenario"]) == set(get_args(UsScenario))


@pytest.mark.slow
def test_an_ensemble_of_tomorrow_draws_from_the_band_of_its_year() -> None:
    from siting.study.uncertainty.draws import inputs_of_problem

    asked = Scenario(name="x", demand={"it_mw": 60}, limits=(SiteCount(max=1),))
    later = asked.model_copy(update={"outlook": type(asked.outlook)(year=2040)})
    today, then = ({x.name: x for x in inputs_of_problem(prepare(s))} for s in (asked, later))
    sweden, us = "grid intensity SE", "grid intensity US"
    for name in (sweden, us):
        assert then[name].low < today[name].low
        assert then[name].high >= today[name].high
        assert "band of 2040" in then[name].source
