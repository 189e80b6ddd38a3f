"""Many plants over binned years: the same numbers as one balance, fast, and bins that cannot be refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from siting.errors import DataError
from siting.physics import cooling
from siting.physics.cooling.draws import mean_of_draws

DRY_C = np.array([-20.0, 5.0, 15.0, 30.0, 2.0, 25.0])
WET_C = np.array([-20.5, 3.0, 12.0, 22.0, 1.0, 20.0])
BINS: dict[str, Any] = {
    "dry_bulb_c": DRY_C, "wet_bulb_c": WET_C, "pressure_pa": np.array([1e5, 1e5, 1e5, 1e5, 9e4, 9e4]),
    "hours": np.array([760, 4000, 3000, 1000, 8000, 760]), "place": np.array([0, 0, 0, 0, 1, 1]),
}  # fmt: skip


@pytest.mark.parametrize("design", sorted(cooling.DESIGNS))
def test_the_mean_of_draws_is_the_weighted_mean_of_one_balance(design: str) -> None:
    plants = cooling.sample_parameters(design, draws=7, seed=4)
    sea = {"sea_c": np.array([2.0, 9.0, 14.0, 24.0, 5.0, 20.0])} if cooling.DESIGNS[design].needs_sea else {}
    found = mean_of_draws(design, plants=plants, **BINS, **sea)
    whole = cooling.balance(design, DRY_C, WET_C, BINS["pressure_pa"], plants, **sea)
    for k, mine in enumerate((slice(0, 4), slice(4, 6))):
        for name in ("pue", "wue_l_per_kwh"):
            by_hand = np.average(getattr(whole, name)[:, mine], axis=1, weights=BINS["hours"][mine])
            assert getattr(found, name)[:, k] == pytest.approx(by_hand)


def test_pieces_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    plants = cooling.sample_parameters("waterside_economizer", draws=9, seed=4)
    whole = mean_of_draws("waterside_economizer", plants=plants, **BINS, threads=1)
    monkeypatch.setattr("siting.physics.cooling.draws.ELEMENTS_AT_ONCE", 2 * len(DRY_C))
    pieces = mean_of_draws("waterside_economizer", plants=plants, **BINS, threads=3)
    assert np.array_equal(whole.pue, pieces.pue)


def test_draws_spread_about_the_midpoint_plant() -> None:
    design = "waterside_economizer"
    found = mean_of_draws(design, plants=cooling.sample_parameters(design, draws=1000, seed=1), **BINS)
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
    plants = cooling.sample_parameters("direct_liquid", draws=2, seed=1)
    with pytest.raises(DataError, match=message):
        mean_of_draws("direct_liquid", plants=plants, **(BINS | changes))


def test_plants_that_are_no_draws_are_refused() -> None:
    one = cooling.preset("direct_liquid", "default")
    with pytest.raises(DataError, match=r"shapes \[\(\)\]: draw them with cooling.sample_parameters"):
        mean_of_draws("direct_liquid", plants=one, **BINS)
    mixed = replace(cooling.sample_parameters("direct_liquid", draws=2, seed=1), ups_efficiency=0.95)
    with pytest.raises(DataError, match=r"shapes \[\(\), \(2, 1\)\]"):
        mean_of_draws("direct_liquid", plants=mixed, **BINS)
