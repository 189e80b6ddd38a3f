"""The grid of a zone by scope, signal and basis, its past and its hours; unknown stays unknown."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import siting
from siting.errors import DataError, ScenarioError
from siting.scenario.objective import CarbonMethod
from siting.show.text.site_text import carbon_sentences
from siting.study.story import Story
from siting.world import grid
from siting.world.tables import read_table


def test_life_cycle_lies_above_direct_in_every_zone() -> None:
    zones = read_table("zone_intensity")["zone_id"].tolist()
    whole, direct = (grid.intensity(zones, scope=scope)["ci_g_per_kwh"] for scope in ("lifecycle", "direct"))
    assert (whole >= direct.fillna(0) - 0.1).all()


def test_direct_averages_are_told_as_modelled() -> None:
    assert grid.intensity(["FR"], scope="direct").at["FR", "quality"] == "modelled"


def test_a_zone_without_intensity_has_no_number_no_year_and_no_quality() -> None:
    row = grid.intensity(["SJ"]).loc["SJ"]
    assert row[["ci_g_per_kwh", "low_g_per_kwh", "year", "quality"]].isna().all()


def test_namibia_is_a_zone_and_not_a_missing_value() -> None:
    assert grid.intensity(["NA"]).at["NA", "ci_g_per_kwh"] > 0
    assert grid.history("NA")["carbon_free_share"].tolist() == [0.97, 0.98, 0.99, 0.99, 0.91]


def test_the_interval_holds_the_value() -> None:
    told = grid.intensity(read_table("zone_intensity")["zone_id"].tolist()).dropna(subset=["low_g_per_kwh"])
    assert len(told) > 300
    assert ((told["low_g_per_kwh"] <= told["ci_g_per_kwh"]) & (told["ci_g_per_kwh"] <= told["high_g_per_kwh"])).all()


def test_two_sources_of_a_country_differ_by_a_median_of_twelve_percent() -> None:
    zones = read_table("zones").query("level == 'country'")["zone_id"].tolist()
    assert np.nanmedian(grid.uncertainty(zones)) == pytest.approx(0.12, abs=0.02)


def test_the_margin_of_texas_is_the_mean_of_epas_hours() -> None:
    row = grid.intensity(["US-TEX-ERCO"], scope="direct", signal="marginal").iloc[0]
    assert row["source"] == "EPA AVERT 2023, region TE"
    assert row["quality"] == "modelled"
    assert 400 < row["ci_g_per_kwh"] < 700


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"signal": "marginal"}, "every marginal factor is direct"),
        ({"basis": "market"}, "needs contracts"),
        ({"scope": "lifecyle"}, "did you mean `lifecycle`"),
        ({"signal": "peak"}, "use average or marginal"),
    ],
)
def test_methods_that_cannot_be_counted_are_refused(words: dict[str, str], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        grid.intensity(["FR"], **words)


def test_all_faults_of_a_method_come_in_one_message() -> None:
    with pytest.raises(ScenarioError) as caught:
        grid.intensity_column("lifecycle", "marginal", "market")
    assert "every marginal factor is direct" in str(caught.value)
    assert "needs contracts" in str(caught.value)


def test_a_scenario_refuses_life_cycle_with_marginal() -> None:
    with pytest.raises(ScenarioError, match="every marginal factor is direct"):
        CarbonMethod(signal="marginal")


def test_a_zone_that_is_not_known_is_named_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match="`SE-SE9`: did you mean `SE-SE"):
        grid.intensity(["SE-SE9"])


def test_a_trend_is_the_line_through_five_years() -> None:
    past = grid.history("GB")["ci_lifecycle_g_per_kwh"]
    slope = np.polyfit(past.index.to_numpy(float), past.to_numpy(float), 1)[0]
    found = grid.trend("GB")
    assert found.slope_g_per_kwh_per_year == pytest.approx(slope)
    assert found.slope_error_g_per_kwh_per_year > 0
    assert found.years == (2021, 2022, 2023, 2024, 2025)


def test_a_zone_without_history_has_no_trend() -> None:
    with pytest.raises(DataError, match="a trend needs 4"):
        grid.trend("SJ")


def test_a_shape_has_a_mean_of_one_and_the_sun_lowers_california_at_noon() -> None:
    year = grid.hours("US-CAL-CISO")
    assert year.quality == "derived"
    assert year.ci_shape.mean() == pytest.approx(1.0)
    by_hour = year.ci_shape.reshape(365, 24).mean(axis=0)  # UTC; noon there is 20 UTC
    assert by_hour[20] < 0.8 < by_hour[4]


def test_a_part_of_a_country_takes_its_shape_and_says_so() -> None:
    assert (grid.hours("NO-NO1").of_zone, grid.hours("NO-NO1").quality) == ("NO", "modelled")


def test_no_shape_is_invented() -> None:
    with pytest.raises(DataError, match="zone IS has no hourly shape"):
        grid.hours("IS")


def _asked(carbon: dict[str, str], **limits: Any) -> siting.Scenario:
    return siting.Scenario(
        name="counted",
        demand={"it_mw": 100, "shares": {"batch": 1.0}},
        minimise={"objective": "emissions_per_compute", "carbon": carbon},
        limits=[{"kind": "site_count", "min": 1, "max": 2}],
    )


def test_counting_at_the_margin_changes_the_plan_and_its_sources() -> None:
    average = siting.prepare(_asked({"scope": "direct"}))
    margin = siting.prepare(_asked({"scope": "direct", "signal": "marginal"}))
    assert "zone_signals" in set(margin.sources["table"])
    assert "zone_signals" not in set(average.sources["table"])
    plan = siting.solve(margin, gap=0.02)
    marginal = grid.intensity(plan.sites["zone_id"].tolist(), scope="direct", signal="marginal")["ci_g_per_kwh"]
    assert plan.sites["ci_g_per_kwh"].tolist() == marginal.tolist()
    plan.verify()


def test_a_set_of_life_cycle_factors_decides_the_column_of_every_zone() -> None:
    by = {f: CarbonMethod(factors=f).column for f in ("unece2022", "ipcc2014")}
    assert by == {"unece2022": "ci_lifecycle_g_per_kwh", "ipcc2014": "ci_lifecycle_ipcc2014_g_per_kwh"}
    assert CarbonMethod().factors == "unece2022"
    with pytest.raises(ScenarioError, match=r'`factors` is `ipcc2014` with scope "direct"'):
        CarbonMethod(scope="direct", factors="ipcc2014")
    with pytest.raises(ValidationError, match="factors"):
        CarbonMethod.model_validate({"factors": "ipcc2024"})


def test_a_scenario_by_the_other_factors_counts_every_site_by_them_and_is_verified() -> None:
    carbon = {"objective": "emissions_per_compute", "carbon": {"factors": "ipcc2014"}}
    limits = (siting.SiteCount(max=1),)
    asked = siting.Scenario(name="i", demand={"it_mw": 60}, minimise=carbon, limits=limits)
    plan = siting.solve(siting.prepare(asked))
    table = read_table("zone_intensity").set_index("zone_id")["ci_lifecycle_ipcc2014_g_per_kwh"]
    assert plan.sites["ci_g_per_kwh"].tolist() == table[plan.sites["zone_id"]].tolist()
    plan.verify()
    assert carbon_sentences(plan, Story(plan).by_other_factors)[0].startswith(
        "Carbon of electricity: life-cycle (IPCC 2014) average, by location"
    )
    assert "by UNECE 2022 this plan emits" in carbon_sentences(plan, Story(plan).by_other_factors)[0]
