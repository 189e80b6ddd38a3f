"""Emissions by contract as a curve over the load: exact at every size, for contracts of hours and of years."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from siting import (
    DataError,
)
from siting.physics.carbon.market_based import Contract, Intensity, market_based
from siting.physics.carbon.market_curve import market_curve

grams = some.floats(0.0, 1200.0)
amount = some.floats(1.0, 5000.0)
FOUR_HOURS = some.lists(some.floats(0.0, 10.0), min_size=4, max_size=4).map(np.array)


@given(
    yearly=some.lists(some.tuples(amount, grams), max_size=3),
    hourly=some.lists(some.tuples(FOUR_HOURS, grams), max_size=3),
    rest=grams,
    most=amount,
    share=some.floats(0.001, 1.0),
)
@settings(max_examples=60)
def test_the_curve_is_exact_at_every_size(
    yearly: list[tuple[float, float]],
    hourly: list[tuple[np.ndarray, float]],
    rest: float,
    most: float,
    share: float,
) -> None:
    bought = [Contract(f"h{i}", mwh, Intensity(g, "direct")) for i, (mwh, g) in enumerate(hourly)]
    bought += [Contract(f"y{i}", mwh, Intensity(g, "direct")) for i, (mwh, g) in enumerate(yearly)]
    mix = Intensity(rest, "direct")
    load = np.full(4 if hourly else 1, share * most / (4 if hourly else 1))
    exact = market_based(load, bought, mix)
    assert market_curve(bought, mix, most).at(share * most) == pytest.approx(exact.tonnes, rel=1e-7, abs=1e-7)
    assert sum(exact.covered_mwh) == pytest.approx(exact.matched_mwh)


def test_a_sun_of_two_hours_covers_less_the_more_is_drawn() -> None:
    """Half of the year 2 MW, half of it 0: a flat MW is covered by half, 2 MW by half, 4 MW by a quarter.

    8,760 MWh of load: half at 0 g, half at 400 g: 1,752 t; 17,520 MWh: 3,504 t; 35,040 MWh: 8,760 free: 10,512 t.
    """
    sun = Contract("sun", np.array([8760.0, 0.0]), Intensity(0.0, "direct"))
    curve = market_curve([sun], Intensity(400.0, "direct"), 35040.0)
    assert curve.mwh.tolist() == [0.0, 17520.0, 35040.0]
    assert [curve.at(e) for e in (8760.0, 17520.0, 35040.0)] == pytest.approx([1752.0, 3504.0, 10512.0])
    assert len(curve.runs()) == 1


def test_a_dirty_contract_makes_a_curve_turn_down_and_comes_first() -> None:
    """100 MWh of coal at 900 g, then the grid at 50 g: 90 t, then 0.05 t a MWh."""
    curve = market_curve([Contract("coal", 100.0, Intensity(900.0, "direct"))], Intensity(50.0, "direct"), 300.0)
    assert len(curve.runs()) == 2
    assert [curve.at(e) for e in (50.0, 100.0, 300.0)] == pytest.approx([45.0, 90.0, 100.0])


def test_a_curve_needs_a_load() -> None:
    with pytest.raises(DataError, match="give the largest load, above 0"):
        market_curve([], Intensity(1.0, "direct"), 0.0)
