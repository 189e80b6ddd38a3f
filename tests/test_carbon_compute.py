"""Carbon of a megawatt and compute of a megawatt-hour, against numbers worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import DataError
from siting.physics import carbon, compute


def test_a_megawatt_at_pue_1_1_and_20_g_emits_193_t_a_year() -> None:
    """8,760 h x 1 MW x 1.1 = 9,636 MWh; at 20 kg/MWh that is 192.72 t."""
    assert carbon.operational_t_per_mw_year(1.1, 20.0).item() == pytest.approx(192.72)


def test_embodied_carbon_is_spread_evenly_over_the_life() -> None:
    """784 accelerators of 500 kg are 392 t: over 4 years 98 t a year. 1,400 t of shell over 14 years are 100."""
    assert carbon.embodied_servers_t_per_mw_year(784.0, 500.0, 4.0) == pytest.approx(98.0)
    assert carbon.embodied_shell_t_per_mw_year(1400.0, 14.0) == pytest.approx(100.0)


def test_a_megawatt_hour_of_a_petaflop_machine_at_half_use_and_1_kw_does_1800_eflop() -> None:
    """1e15 FLOP/s x 0.5 x 3.6e9 J / 1,000 W = 1.8e21 FLOP."""
    assert compute.eflop_per_mwh_it(1e15, 0.5, 1000.0).item() == pytest.approx(1800.0)
    assert compute.accelerators_per_mw(1000.0).item() == pytest.approx(1000.0)


@given(st.floats(1.0, 2.0), st.floats(0.0, 1500.0), st.floats(1.0, 3.0))
def test_emissions_grow_in_proportion_to_the_intensity(pue: float, ci: float, factor: float) -> None:
    once, more = carbon.operational_t_per_mw_year(pue, [ci, factor * ci])
    assert more == pytest.approx(factor * once)


@pytest.mark.parametrize(
    ("pue", "ci", "said"), [(0.9, 20.0, "PUE is 0.9"), (1.1, -1.0, "negative"), (1.1, np.nan, "missing")]
)
def test_impossible_operation_is_refused(pue: float, ci: float, said: str) -> None:
    with pytest.raises(DataError, match=said):
        carbon.operational_t_per_mw_year(pue, ci)


@pytest.mark.parametrize("life", [0.0, -5.0, np.nan])
def test_a_life_that_is_not_above_zero_is_refused(life: float) -> None:
    with pytest.raises(DataError, match="give a life above 0 years"):
        carbon.embodied_servers_t_per_mw_year(784.0, 500.0, life)
    with pytest.raises(DataError, match="give a life above 0 years"):
        carbon.embodied_shell_t_per_mw_year(600.0, life)


def test_impossible_hardware_is_refused_by_name_and_element() -> None:
    with pytest.raises(DataError, match=r"`mfu` is 1.2 at element 1"):
        compute.eflop_per_mwh_it(1e15, [0.4, 1.2], 1000.0)
    with pytest.raises(DataError, match=r"`nameplate_w` is 0 at element 0"):
        compute.accelerators_per_mw(0.0)
