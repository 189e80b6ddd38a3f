"""The indicators give the standards' worked figures and refuse what cannot be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import DataError
from siting.physics.carbon import indicators


def test_pue_of_a_facility_that_draws_less_than_its_it_is_refused_by_element() -> None:
    with pytest.raises(DataError, match=r"`facility_mwh` is 9 at element 1"):
        indicators.pue([12.0, 9.0], 10.0)


def test_renewable_factor_is_at_most_one_however_much_is_bought() -> None:
    assert float(indicators.ref(900.0, 400.0, 0.0, 1_000.0)) == 1.0


def test_reusing_more_heat_than_energy_drawn_is_refused() -> None:
    with pytest.raises(DataError, match="no more heat can be reused"):
        indicators.erf(1_200.0, 1_100.0)


def test_water_without_it_energy_is_refused() -> None:
    with pytest.raises(DataError, match=r"`it_mwh` is 0 at element 0: give a number above 0"):
        indicators.wue_l_per_kwh(5.0, 0.0)


def test_software_carbon_intensity_is_energy_times_intensity_plus_embodied_per_unit() -> None:
    # 2 kWh * 350 g/kWh = 700 g; a server of 1.4e6 g, 1/1000 of its life, all of it: 1400 g; 3 units
    embodied = indicators.embodied_share_g(1.4e6, 1e-3, 1.0)
    assert float(indicators.sci_g_per_unit(2.0, 350.0, embodied, 3.0)) == pytest.approx(700.0)


def test_missing_intensity_is_refused_and_never_read_as_zero() -> None:
    with pytest.raises(DataError, match="`ci_g_per_kwh` is nan"):
        indicators.sci_g_per_unit(2.0, np.nan, 0.0, 1.0)


def test_published_compute_carbon_intensity_is_the_sum_of_its_parts() -> None:
    # 228 gCO2e/EFLOP (TPU v5e, manufacturer): any split of 228e6 g over 1e6 EFLOP gives it
    assert float(indicators.cci_g_per_eflop(170e6, 58e6, 1e6)) == pytest.approx(228.0)


def test_sun_at_noon_does_not_make_the_night_clean() -> None:
    load, sun = [10.0, 10.0], [20.0, 0.0]
    assert indicators.cfe_score(load, sun, 0.0) == pytest.approx(0.5)


def test_series_of_different_length_have_no_score() -> None:
    with pytest.raises(DataError, match="one value an hour"):
        indicators.cfe_score([1.0, 1.0], [1.0], 0.0)


def test_a_score_without_load_is_refused() -> None:
    with pytest.raises(DataError, match="needs a load"):
        indicators.cfe_score([0.0, 0.0], [1.0, 1.0], 0.0)


hours = st.lists(st.tuples(st.floats(0.1, 50), st.floats(0, 80), st.floats(0, 1)), min_size=1, max_size=24)


@given(hours)
def test_a_score_lies_between_the_grids_worst_hour_and_one(series: list[tuple[float, float, float]]) -> None:
    load, contracted, grid = (np.array(column) for column in zip(*series, strict=True))
    score = indicators.cfe_score(load, contracted, grid)
    assert grid.min() - 1e-9 <= score <= 1 + 1e-9


@given(hours, st.floats(0, 10))
def test_contracting_more_never_lowers_the_score(series: list[tuple[float, float, float]], more: float) -> None:
    load, contracted, grid = (np.array(column) for column in zip(*series, strict=True))
    assert indicators.cfe_score(load, contracted + more, grid) >= indicators.cfe_score(load, contracted, grid) - 1e-12
