"""A plant that draws more in dirty hours emits more than annual means tell; both are told in one time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from siting import DataError, Scenario, SiteCount, prepare, solve
from siting.physics import cooling
from siting.physics.carbon.covariance import covariance_factor
from siting.physics.carbon.footprint import operational_t_per_mw_year
from siting.problem.options import cooling_options
from siting.world import grid
from siting.world.climate import climate_at
from siting.world.climate.shipped import hours_of
from siting.world.climate.weather_carbon_bins import ci_hours, ci_hours_of
from siting.world.places import starter_sites

LEVEL = np.ones(8760)
DAY = np.arange(8760) % 24
CIRCULAR = some.integers(-12, 12)


def test_factor_worked_by_hand() -> None:
    """Half the hours at PUE 1.1 and half the mean, half at 1.3 and one and a half times it: 1.25 over 1.2."""
    assert float(covariance_factor([1.1, 1.3], [1.0, 1.0], [0.5, 1.5])) == pytest.approx(1.25 / 1.2)


@given(
    some.lists(some.floats(1.0, 2.0), min_size=3, max_size=3), some.lists(some.floats(0.1, 9.0), min_size=3, max_size=3)
)
def test_level_pue_or_level_grid_gives_one_and_the_factor_stays_between_the_extremes(
    pue: list[float], ci: list[float]
) -> None:
    hours = np.ones(3)
    assert float(covariance_factor([pue[0]] * 3, hours, ci)) == pytest.approx(1.0)
    assert float(covariance_factor(pue, hours, hours)) == pytest.approx(1.0)
    factor, mean = float(covariance_factor(pue, hours, ci)), float(np.mean(pue))
    assert min(pue) / mean - 1e-9 <= factor <= max(pue) / mean + 1e-9


def test_the_grids_hours_are_brought_from_utc_to_the_local_time_of_the_weather() -> None:
    """A grid that is dirty at 0 h UTC is dirty at 6 h local at 90 E, when the weather's sixth hour is cold."""
    weather = np.where(DAY == 6, 0.0, 20.0)
    dirty = np.where(DAY == 0, 24.0, 0.0)
    assert ci_hours_of(weather, weather, dirty, 90.0).tolist() == [8760.0, 0.0]
    assert ci_hours_of(weather, weather, dirty, 0.0).tolist() == [0.0, 8760.0]
    assert ci_hours_of(np.roll(weather, -12), np.roll(weather, -12), dirty, -90.0).tolist() == [8760.0, 0.0]


@given(CIRCULAR)
def test_moving_place_and_weather_together_round_the_earth_changes_nothing(offset: int) -> None:
    """The same weather at the same UTC hours, told in the local time of 15 degrees further east for each hour."""
    weather, shape = 10.0 + 10.0 * (DAY > 12), 1.0 + 0.5 * np.sin(DAY / 24 * 2 * np.pi)
    local = np.roll(weather, offset)
    assert ci_hours_of(local, local, shape, 15.0 * offset) == pytest.approx(ci_hours_of(weather, weather, shape, 0.0))


def test_shipped_weights_are_those_of_the_typical_year_beside_the_shape_of_the_zone() -> None:
    """Hour by hour and in UTC, without bins: mean(PUE CI) / (mean PUE mean CI), to the rounding of bins."""
    sites = starter_sites()
    for name in ("dallas", "lulea", "warsaw"):
        site = sites[sites["id"] == name].reset_index(drop=True)
        row = site.iloc[0]
        year = climate_at(float(row["lon"]), float(row["lat"]), elevation_m=float(row["elevation_m"]))
        pue = cooling.pue("airside_economizer_adiabatic", year.dry_bulb_c, year.wet_bulb_c, year.pressure_pa)
        in_utc = np.roll(pue, -round(float(row["lon"]) / 15))
        shape = grid.hours(str(row["zone_id"])).ci_shape
        by_hour = float((in_utc * shape).mean() / (in_utc.mean() * shape.mean()))
        option = cooling_options(site, ("airside_economizer_adiabatic",)).iloc[0]
        assert option["pue_ci_covariance"] == pytest.approx(by_hour, abs=3e-4)
        assert bool(option["ci_shape_known"])


def test_in_texas_the_plant_works_hardest_when_the_grid_is_not_cleanest() -> None:
    """The largest effect among the shipped sites stays below a hundredth."""
    table = cooling_options(starter_sites(), ("airside_economizer_adiabatic", "waterside_economizer"))
    known = table[table["ci_shape_known"]]
    assert 0.0005 < (known["pue_ci_covariance"] - 1.0).abs().max() < 0.01


def test_where_the_grid_has_no_shape_the_factor_is_one_and_said_to_be_unknown() -> None:
    weights, known = ci_hours([("sites", "singapore"), ("sites", "lulea")])
    assert known.tolist() == [False, True]
    hours = hours_of([("sites", "singapore"), ("sites", "lulea")])
    assert (weights[hours.place == 0] == hours.hours[hours.place == 0]).all()
    assert weights.sum() == pytest.approx(2 * 8760)
    sites = starter_sites()
    option = cooling_options(sites[sites["id"] == "singapore"].reset_index(drop=True), ("direct_liquid",)).iloc[0]
    assert (option["pue_ci_covariance"], bool(option["ci_shape_known"])) == (1.0, False)


def test_a_plan_emits_what_its_hours_do_and_direct_emissions_are_counted_by_annual_means() -> None:
    base = {"name": "x", "demand": {"it_mw": 100}, "limits": (SiteCount(min=1, max=1),)}
    plan = solve(prepare(Scenario(**base)))
    site = plan.sites.iloc[0]
    energy = plan.ledger.set_index("line").at["energy", "tco2e_per_year"]
    by_mean = site["it_mw"] * float(operational_t_per_mw_year(site["pue"], site["ci_g_per_kwh"]))
    assert energy == pytest.approx(by_mean * site["pue_ci_covariance"])
    direct = prepare(
        Scenario(**base, minimise={"objective": "emissions_per_compute", "carbon": {"scope": "direct"}})
    ).options
    assert (direct["pue_ci_covariance"] == 1.0).all()
    assert not direct["ci_shape_known"].any()


def test_figures_that_cannot_be_are_refused() -> None:
    with pytest.raises(DataError, match=r"PUE is 0\.9"):
        covariance_factor([0.9], [1.0], [1.0])
    with pytest.raises(DataError, match="`ci_hours` are negative, missing or none"):
        covariance_factor([1.1], [1.0], [0.0])
    with pytest.raises(DataError, match="8760 hours each"):
        ci_hours_of(LEVEL[:10], LEVEL, LEVEL, 0.0)
    with pytest.raises(DataError, match="`covariance` is not above 0"):
        operational_t_per_mw_year(1.1, 100.0, 0.0)
