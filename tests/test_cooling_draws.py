"""Sampled plants, alone and over binned years: the same numbers as one balance; invalid bins are refused."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from cooling_draws import mean_of_draws, sample_parameters

from siting.errors import DataError
from siting.physics import cooling

DRY_C = np.array([-20.0, 5.0, 15.0, 30.0, 2.0, 25.0])
SEA_C = np.array([2.0, 9.0, 14.0, 24.0, 5.0, 20.0])
ALL = sorted(cooling.DESIGNS)
WET_C = np.array([-20.5, 3.0, 12.0, 22.0, 1.0, 20.0])
BINS: dict[str, Any] = {
    "dry_bulb_c": DRY_C, "wet_bulb_c": WET_C, "pressure_pa": np.array([1e5, 1e5, 1e5, 1e5, 9e4, 9e4]),
    "hours": np.array([760, 4000, 3000, 1000, 8000, 760]), "place": np.array([0, 0, 0, 0, 1, 1]),
}  # fmt: skip


@pytest.mark.parametrize("design", ALL)
def test_draws_lie_in_their_ranges_and_fill_them(design: str) -> None:
    plants = sample_parameters(design, draws=2000, seed=7)
    for name, bounds in cooling.parameter_ranges(plants).items():
        values = getattr(plants, name)
        assert values.shape == (2000, 1)
        assert bounds.low <= values.min() <= values.max() <= bounds.high, name
        # a uniform distribution: mean within 5 standard errors, sd of a twelfth of the squared width
        width = bounds.high - bounds.low
        assert values.mean() == pytest.approx((bounds.low + bounds.high) / 2, abs=5 * width / 12**0.5 / 2000**0.5)
        assert values.std() == pytest.approx(width / 12**0.5, rel=0.05)


def test_draws_are_repeatable_independent_and_shared_between_designs() -> None:
    one, again = (sample_parameters("seawater", 500, seed=3) for _ in range(2))
    other = sample_parameters("waterside_economizer", 500, seed=3)
    assert np.array_equal(one.ups_efficiency, again.ups_efficiency)
    assert np.array_equal(one.ups_efficiency, other.ups_efficiency)
    assert not np.array_equal(one.ups_efficiency, sample_parameters("seawater", 500, seed=4).ups_efficiency)
    correlation = np.corrcoef(np.ravel(one.ups_efficiency), np.ravel(one.air_rise_k))[0, 1]
    assert abs(correlation) < 0.15


@pytest.mark.parametrize("design", ALL)
def test_a_balance_of_many_draws_is_the_balance_of_each(design: str) -> None:
    plants = sample_parameters(design, draws=5, seed=2)
    sea = {"sea_c": SEA_C} if cooling.DESIGNS[design].needs_sea else {}
    weather: dict[str, Any] = {"dry_bulb_c": DRY_C, "wet_bulb_c": WET_C, "pressure_pa": 101_325.0, **sea}
    together = cooling.balance(design, parameters=plants, **weather)
    assert together.pue.shape == together.wue_l_per_kwh.shape == (5, len(DRY_C))
    for k in range(5):
        one = replace(plants, **{item.name: float(getattr(plants, item.name)[k, 0]) for item in fields(plants)})
        alone = cooling.balance(design, parameters=one, **weather)
        assert together.pue[k] == pytest.approx(alone.pue)
        assert together.wue_l_per_kwh[k] == pytest.approx(alone.wue_l_per_kwh)


def test_draws_broadcast_against_sites_and_hours() -> None:
    plants = sample_parameters("direct_liquid", draws=3, seed=1, weather_axes=2)
    assert cooling.pue("direct_liquid", np.zeros((2, 4)), -1.0, np.full((2, 1), 9e4), plants).shape == (3, 2, 4)


def test_numbers_of_draws_that_are_impossible_are_refused_together() -> None:
    with pytest.raises(DataError, match=r"(?s)`draws` is 0.*`seed` is -1.*`weather_axes` is 1.5"):
        sample_parameters("seawater", 0, seed=-1, weather_axes=1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("design", ALL)
def test_the_mean_of_draws_is_the_weighted_mean_of_one_balance(design: str) -> None:
    plants = sample_parameters(design, draws=7, seed=4)
    sea = {"sea_c": SEA_C} if cooling.DESIGNS[design].needs_sea else {}
    found = mean_of_draws(design, plants=plants, **BINS, **sea)
    whole = cooling.balance(design, DRY_C, WET_C, BINS["pressure_pa"], plants, **sea)
    for k, mine in enumerate((slice(0, 4), slice(4, 6))):
        for name in ("pue", "wue_l_per_kwh"):
            by_hand = np.average(getattr(whole, name)[:, mine], axis=1, weights=BINS["hours"][mine])
            assert getattr(found, name)[:, k] == pytest.approx(by_hand)


def test_pieces_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    plants = sample_parameters("waterside_economizer", draws=9, seed=4)
    whole = mean_of_draws("waterside_economizer", plants=plants, **BINS, threads=1)
    monkeypatch.setattr("cooling_draws.BLOCK_ELEMENTS", 2 * len(DRY_C))
    pieces = mean_of_draws("waterside_economizer", plants=plants, **BINS, threads=3)
    assert np.array_equal(whole.pue, pieces.pue)


def test_draws_spread_about_the_midpoint_plant() -> None:
    design = "waterside_economizer"
    found = mean_of_draws(design, plants=sample_parameters(design, draws=1000, seed=1), **BINS)
    midpoint = cooling.balance(design, DRY_C, WET_C, BINS["pressure_pa"]).pue
    for k, mine in enumerate((slice(0, 4), slice(4, 6))):
        low, high = np.percentile(found.pue[:, k], [5, 95])
        assert low < np.average(midpoint[mine], weights=BINS["hours"][mine]) < high


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"place": np.array([0, 0, 1, 0, 1, 1])}, "`place` is 0 at element 3: number places"),
        ({"place": np.array([1, 1, 1, 1, 2, 2])}, "`place` is 1 at element 0: number places"),
        ({"hours": np.array([1.0, -2.0, 1.0, 1.0, 1.0, 1.0])}, "`hours` is -2 at element 1, 1 faulty"),
        ({"hours": np.array([1.0, 2.0, 1.0, 1.0, 0.0, 0.0])}, "place 1 has no hours: leave it out"),
        ({"hours": np.ones(3)}, r"`hours` is of shape \(3,\): give one for each of the bins, \(6,\)"),
    ],
)
def test_bins_that_cannot_be_are_refused(changes: dict[str, Any], message: str) -> None:
    plants = sample_parameters("direct_liquid", draws=2, seed=1)
    with pytest.raises(DataError, match=message):
        mean_of_draws("direct_liquid", plants=plants, **(BINS | changes))


def test_plants_that_are_not_draws_are_refused() -> None:
    one = cooling.preset("direct_liquid", "default")
    with pytest.raises(DataError, match=r"shapes \[\(\)\]: draw them with sample_parameters"):
        mean_of_draws("direct_liquid", plants=one, **BINS)
    mixed = replace(sample_parameters("direct_liquid", draws=2, seed=1), ups_efficiency=0.95)
    with pytest.raises(DataError, match=r"shapes \[\(\), \(2, 1\)\]"):
        mean_of_draws("direct_liquid", plants=mixed, **BINS)
