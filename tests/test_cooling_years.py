"""Whole years of many sites: the same numbers as hour by hour, and years that are none refused."""

from typing import Any

import numpy as np
import pytest
from cooling_draws import sample_parameters
from cooling_years import BLOCK_SITES, annual

from siting.errors import DataError
from siting.physics import cooling
from siting.physics.air.psychrometrics import standard_pressure_pa

ALL = tuple(cooling.DESIGNS)
SITES = 2 * BLOCK_SITES + 1  # so that the last piece is a short one


@pytest.fixture(scope="module")
def weather() -> dict[str, Any]:
    """Make the years of some sites from polar to tropical."""
    rng = np.random.default_rng(5)
    hour = np.arange(8760)
    mean, swing = np.linspace(-15.0, 27.0, SITES)[:, None], np.linspace(20.0, 3.0, SITES)[:, None]
    dry = mean - swing * np.cos(2 * np.pi * hour / 8760) - 4 * np.cos(2 * np.pi * hour / 24)
    dry += rng.normal(0.0, 2.0, dry.shape)
    wet = dry - rng.uniform(0.0, 1.0, dry.shape) * np.interp(dry, [-30.0, 0.0, 30.0], [0.2, 2.0, 8.0])
    pressure = standard_pressure_pa(np.linspace(0.0, 2000.0, SITES))
    return {"dry_bulb_c": dry, "wet_bulb_c": wet, "pressure_pa": pressure, "sea_c": np.linspace(-1.0, 30.0, SITES)}


def test_a_year_is_the_mean_and_the_largest_of_its_hours(weather: dict[str, Any]) -> None:
    years = annual(ALL, **weather)
    for design in ALL:
        sea = {"sea_c": weather["sea_c"][:, None]} if cooling.DESIGNS[design].needs_sea else {}
        hours = cooling.balance(
            design, weather["dry_bulb_c"], weather["wet_bulb_c"], weather["pressure_pa"][:, None], **sea
        )
        assert years[design].pue == pytest.approx(hours.pue.mean(axis=1), rel=1e-12)
        assert years[design].peak_pue == pytest.approx(hours.pue.max(axis=1), rel=1e-12)
        assert years[design].wue_l_per_kwh == pytest.approx(hours.wue_l_per_kwh.mean(axis=1), rel=1e-12)
        assert years[design].free_cooling_h == pytest.approx(hours.economiser_share.sum(axis=1), rel=1e-12)


def test_threads_change_nothing(weather: dict[str, Any]) -> None:
    one, three = (annual(ALL, **weather, threads=n) for n in (1, 3))
    for design in ALL:
        assert np.array_equal(one[design].pue, three[design].pue)


def test_free_cooling_hours_fall_from_the_pole_to_the_tropics(weather: dict[str, Any]) -> None:
    hours = annual(["waterside_economizer"], **{k: v for k, v in weather.items() if k != "sea_c"})
    free = hours["waterside_economizer"].free_cooling_h
    assert free[0] > 8700.0
    assert np.all(np.diff(free) <= 0.0)


def test_a_better_plant_can_be_given_by_design(weather: dict[str, Any]) -> None:
    best = {design: cooling.preset(design, "best_practice") for design in ALL}
    default, better = annual(ALL, **weather), annual(ALL, **weather, parameters=best)
    for design in ALL:
        assert np.all(better[design].pue < default[design].pue)


def test_a_sea_of_every_hour_may_be_given(weather: dict[str, Any]) -> None:
    hourly = np.repeat(weather["sea_c"][:, None], 8760, axis=1)
    by_hour = annual(["seawater"], **weather | {"sea_c": hourly})["seawater"]
    assert by_hour.pue == pytest.approx(annual(["seawater"], **weather)["seawater"].pue)


def changed(weather: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    return weather | {name: value}


def test_hours_that_are_not_a_year_are_refused(weather: dict[str, Any]) -> None:
    leap = np.zeros((2, 8784))
    with pytest.raises(DataError, match=r"shape \(2, 8784\), not \(sites, 8760\): give complete years"):
        annual(["direct_liquid"], leap, leap, np.full(2, 1e5))
    with pytest.raises(DataError, match=r"shape \(8760,\), not \(sites, 8760\)"):
        annual(["direct_liquid"], np.zeros(8760), np.zeros(8760), 1e5)


def test_every_fault_of_the_question_is_told_at_once(weather: dict[str, Any]) -> None:
    faulty = weather | {"pressure_pa": np.full(2, 1e5), "sea_c": None}
    with pytest.raises(
        DataError, match=r"(?s)'ice_house' is unknown.*'seawater' needs.*`pressure_pa` is of shape \(2,\)"
    ):
        annual(["ice_house", "seawater"], **faulty)
    with pytest.raises(DataError, match="give a list of names"):
        annual("seawater", **weather)
    with pytest.raises(DataError, match=r"`threads` is 0"):
        annual(ALL, **weather, threads=0)


def test_draws_and_plants_of_other_designs_are_refused(weather: dict[str, Any]) -> None:
    draws = {"seawater": sample_parameters("seawater", 3, seed=1)}
    with pytest.raises(DataError, match="'seawater' hold draws"):
        annual(["seawater"], **weather, parameters=draws)
    with pytest.raises(DataError, match="of 'seawater', which is not among"):
        annual(["direct_liquid"], **weather, parameters=draws)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "wet_bulb_c",
            60.0,
            r"site 3 of 5, elements are hours of its year; outside air:\n  - a wet bulb above its dry bulb at element 17",
        ),
        ("dry_bulb_c", np.nan, r"(?s)site 3 of 5.*a missing value at element 17"),
    ],
)
def test_impossible_hours_are_named_by_site_and_hour(
    weather: dict[str, Any], name: str, value: float, message: str
) -> None:
    hours = weather[name].copy()
    hours[3, 17] = value
    with pytest.raises(DataError, match=message):
        annual(["direct_liquid"], **changed(weather, name, hours) | {"sea_c": None})


def test_a_site_without_a_sea_is_named(weather: dict[str, Any]) -> None:
    sea = weather["sea_c"].copy()
    sea[4] = np.nan
    with pytest.raises(DataError, match=r"(?s)site 4 of 5.*missing sea temperature.*does not offer seawater"):
        annual(["seawater"], **changed(weather, "sea_c", sea))
