"""A ratio is told as the product of its causes, with and without an order."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import DataError
from siting.physics.carbon.ratio_waterfall import cumulative, effects, log_shares, steps

PATTERSON_REACHED = {"model": 1.3, "hardware": 7.4, "PUE": 10.5, "grid": 56.5}
"""Patterson et al. 2021, section 4: each with those before it."""


def test_the_published_chain_is_the_product_of_its_steps() -> None:
    factors = dict(zip(PATTERSON_REACHED, steps(list(PATTERSON_REACHED.values())), strict=True))
    assert cumulative(factors) == pytest.approx(PATTERSON_REACHED)


def test_of_the_published_chain_hardware_and_grid_explain_most() -> None:
    factors = dict(zip(PATTERSON_REACHED, steps(list(PATTERSON_REACHED.values())), strict=True))
    shares = log_shares(factors)
    # ln(7.4/1.3) / ln 56.5 = 1.739 / 4.034 = 0.431; ln(56.5/10.5) / ln 56.5 = 1.683 / 4.034 = 0.417
    assert shares["hardware"] == pytest.approx(0.431, abs=1e-3)
    assert shares["grid"] == pytest.approx(0.417, abs=1e-3)


def test_an_order_that_forgets_a_cause_is_refused() -> None:
    with pytest.raises(DataError, match="name each of model, grid once"):
        cumulative({"model": 2.0, "grid": 3.0}, ["grid"])


def test_a_factor_of_zero_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="grid: 0"):
        log_shares({"model": 2.0, "grid": 0.0})


def test_a_product_of_one_has_nothing_to_share() -> None:
    with pytest.raises(DataError, match="multiply to 1"):
        log_shares({"model": 2.0, "grid": 0.5})


factors_above_one = st.dictionaries(st.text(min_size=1), st.floats(1.01, 100), min_size=1, max_size=6)


@given(factors_above_one)
def test_shares_sum_to_one(factors: dict[str, float]) -> None:
    assert math.fsum(log_shares(factors).values()) == pytest.approx(1.0)


@given(factors_above_one)
def test_the_order_changes_no_share(factors: dict[str, float]) -> None:
    backwards = dict(reversed(factors.items()))
    assert log_shares(factors) == pytest.approx(log_shares(backwards))


FACTORS = st.fixed_dictionaries({cause: st.floats(1e-3, 1e3) for cause in ("grid", "PUE", "model")})


@given(before=FACTORS, after=FACTORS)
def test_effects_add_up_to_the_change_of_the_product(before: dict[str, float], after: dict[str, float]) -> None:
    first, last = math.prod(before.values()), math.prod(after.values())
    assert sum(effects(before, after).values()) == pytest.approx(last - first, rel=1e-9, abs=1e-9 * max(first, last))


def test_effects_are_shared_by_the_logarithmic_mean() -> None:
    # 12 -> 3: L = (3 - 12) / ln(3/12) = 6.492; grid 6.492 * ln(1/3) = -7.132, PUE 6.492 * ln(3/4) = -1.868
    told = effects({"grid": 3.0, "PUE": 4.0}, {"grid": 1.0, "PUE": 3.0})
    assert told == pytest.approx({"grid": -7.132, "PUE": -1.868}, abs=1e-3)


def test_effects_of_other_causes_are_refused() -> None:
    with pytest.raises(DataError, match="give the same"):
        effects({"grid": 3.0}, {"PUE": 1.0})
