"""Money formulas against numbers worked by hand, the laws they keep, and what they refuse."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import DataError
from siting.physics.money import finance, price_years

RATES = st.floats(0.001, 0.3)
LIVES = st.floats(1.0, 40.0)
TAXES = st.floats(0.0, 0.6)


def test_a_loan_of_100_over_two_years_at_ten_per_cent_is_repaid_by_57_62_a_year() -> None:
    """0.1 x 1.21 / 0.21 = 0.576190: 100 grows to 110, less 57.619 is 52.381, grows to 57.619."""
    assert finance.capital_recovery_factor(0.10, 2) == pytest.approx(0.576190, abs=1e-6)
    assert finance.capital_recovery_factor(0.0, 8) == 0.125


@given(RATES, LIVES)
def test_what_is_repaid_is_worth_what_was_lent(rate: float, life: float) -> None:
    annuity = (1 - (1 + rate) ** -life) / rate
    assert finance.capital_recovery_factor(rate, life) * annuity == pytest.approx(1.0)


def test_the_macrs_tables_are_those_of_publication_946() -> None:
    """Table A-1: 5-year 20.00, 32.00, 19.20, 11.52, 11.52, 5.76; 15-year begins 5.00, 9.50 and ends with 2.95."""
    assert [round(100 * f, 2) for f in finance.MACRS_5_YEAR] == [20.0, 32.0, 19.2, 11.52, 11.52, 5.76]
    assert len(finance.MACRS_15_YEAR) == 16
    assert (finance.MACRS_15_YEAR[0], finance.MACRS_15_YEAR[1], finance.MACRS_15_YEAR[-1]) == (0.05, 0.095, 0.0295)
    assert all(sum(s) == pytest.approx(1.0) for s in finance.SCHEDULES.values())


def test_five_year_macrs_at_ten_per_cent_is_worth_77_33_per_cent() -> None:
    """Six years, each share over its power of 1.1.

    .2/1.1 + .32/1.21 + .192/1.331 + .1152/1.4641 + .1152/1.61051 + .0576/1.771561 =
    .181818 + .264463 + .144252 + .078683 + .071530 + .032514 = .773260.
    """
    assert finance.depreciation_present_value(finance.MACRS_5_YEAR, 0.10) == pytest.approx(0.773260, abs=1e-6)


def test_straight_line_over_two_years_at_ten_per_cent_is_worth_86_78_per_cent() -> None:
    """.5/1.1 + .5/1.21 = .454545 + .413223."""
    assert finance.depreciation_present_value(finance.straight_line(2), 0.10) == pytest.approx(0.867769, abs=1e-6)


@given(RATES, st.integers(1, 40))
def test_straight_line_is_worth_one_over_life_times_crf(rate: float, life: int) -> None:
    worth = finance.depreciation_present_value(finance.straight_line(life), rate)
    assert worth == pytest.approx(1 / (life * finance.capital_recovery_factor(rate, life)))


@given(LIVES)
def test_straight_line_writes_off_everything_and_no_more(life: float) -> None:
    shares = finance.straight_line(life)
    assert sum(shares) == pytest.approx(1.0)
    assert len(shares) == math.ceil(life)


def test_the_charge_with_tax_and_credit_is_worked_by_hand() -> None:
    """CRF .576190, PVD .867769, tax .25, credit .2.

    .576190 x (1 - .25 x .867769 x .9 - .2) / .75 = .576190 x .604752 / .75 = .464603.
    """
    found = finance.fixed_charge_rate(0.10, 2, 0.25, itc=0.2)
    assert float(found) == pytest.approx(0.464603, abs=1e-6)


def test_inflation_eats_into_depreciation() -> None:
    """Nominal 1.1 x 1.02 = 1.122: PVD .5/1.122 + .5/1.258884 = .842809; charge .576190 x (1 - .25 x .842809)/.75."""
    found = finance.fixed_charge_rate(0.10, 2, 0.25, inflation=0.02)
    assert float(found) == pytest.approx(0.576190 * (1 - 0.25 * 0.842809) / 0.75, abs=1e-6)


def test_expensing_at_no_interest_makes_tax_neutral() -> None:
    """All written off at once and nothing discounted: (1 - tax)/(1 - tax) = 1, the charge is 1/n at any tax."""
    found = finance.fixed_charge_rate(0.0, 5, [0.0, 0.2, 0.5], schedule=finance.FIRST_YEAR)
    assert found == pytest.approx([0.2, 0.2, 0.2])


@given(RATES, LIVES, TAXES, st.floats(0, 1), st.floats(0, 0.1))
def test_a_credit_never_raises_the_charge_and_inflation_never_lowers_it(
    rate: float, life: float, tax: float, credit: float, inflation: float
) -> None:
    plain = float(finance.fixed_charge_rate(rate, life, tax))
    assert float(finance.fixed_charge_rate(rate, life, tax, credit)) <= plain * (1 + 1e-9)
    assert float(finance.fixed_charge_rate(rate, life, tax, inflation=inflation)) >= plain * (1 - 1e-9)


def test_land_bears_interest_and_its_tax_alone() -> None:
    """7 % at a tax of 30 %: 10 % before tax. An endless life without depreciation says the same."""
    assert float(finance.land_charge_rate(0.07, 0.30)) == pytest.approx(0.10)
    endless = finance.capital_recovery_factor(0.07, 1000) / (1 - 0.30)
    assert float(finance.land_charge_rate(0.07, 0.30)) == pytest.approx(endless)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: finance.capital_recovery_factor(0.07, -5), r"`life_years` is -5: give a life above 0 years"),
        (lambda: finance.capital_recovery_factor(math.nan, 5), r"`discount_rate` is nan"),
        (lambda: finance.straight_line(0), r"`life_years` is 0"),
        (lambda: finance.straight_line(math.inf), r"`life_years` is inf"),
        (
            lambda: finance.fixed_charge_rate(0.07, 5, [0.2, 1.0, np.nan], itc=[0, 0, 1.5]),
            r"`tax_rate\[1\]` is 1: .*\n.*`tax_rate\[2\]` is nan: .*\n.*`itc\[2\]` is 1\.5: give a share from 0 to 1",
        ),
        (lambda: finance.fixed_charge_rate(0.07, 5, -0.1), r"`tax_rate` is -0\.1: give a share from 0 to below 1"),
        (lambda: finance.depreciation_present_value([0.5, -0.5, 1.0], 0.1), r"writes off -0\.5 in year 2"),
        (lambda: finance.depreciation_present_value([0.5, 0.4], 0.1), r"writes off 0\.9 of the price in all"),
        (lambda: finance.depreciation_present_value([1.0], -0.1), r"`nominal_rate` is -0\.1"),
        (lambda: finance.land_charge_rate(-0.1, [0.1, 1.0]), r"`tax_rate\[1\]` is 1(.|\n)*`discount_rate` is -0\.1"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_index(call: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call()  # type: ignore[operator]


# --- one year, one currency ----------------------------------------------------------------------


def test_seven_per_cent_real_is_9_675_nominal_at_two_and_a_half() -> None:
    """1.07 x 1.025 = 1.09675."""
    assert price_years.nominal_rate(0.07, 0.025) == pytest.approx(0.09675)


@given(st.floats(-0.5, 1), st.floats(-0.2, 1))
def test_real_and_nominal_are_inverse(real: float, inflation: float) -> None:
    assert price_years.real_rate(price_years.nominal_rate(real, inflation), inflation) == pytest.approx(real, abs=1e-12)


def test_the_cost_of_capital_is_worked_by_hand() -> None:
    """60 % debt at 5 %, 40 % equity at 12 %, 20 % tax: .6 x .05 x .8 + .4 x .12 = .024 + .048."""
    assert price_years.weighted_cost_of_capital(0.6, 0.05, 0.12, 0.20) == pytest.approx(0.072)


def test_money_is_brought_to_one_year_by_the_index_that_is_given() -> None:
    """An index from 100 to 110: 50 of the first year are 55 of the second, and back."""
    index = {2020: 100.0, 2025: 110.0}
    assert price_years.in_money_of(50.0, 2020, 2025, index) == pytest.approx(55.0)
    assert price_years.in_money_of(55.0, 2025, 2020, index) == pytest.approx(50.0)


def test_krona_become_dollars() -> None:
    """439 SEK at 10.577 SEK a dollar are 41.505 USD."""
    assert price_years.in_usd(439.0, "SEK", {"SEK": 10.577}) == pytest.approx(41.505, abs=1e-3)
    assert price_years.in_usd(7.0, "USD", {}) == 7.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: price_years.nominal_rate(-1.0, -2.0),
            r"`real_rate` is -1: .*\n.*`inflation` is -2: give a rate above -1",
        ),
        (
            lambda: price_years.weighted_cost_of_capital(2, -1, 0.1, 1),
            r"(?s)`debt_share` is 2.*`debt_rate` is -1.*`tax_rate`",
        ),
        (
            lambda: price_years.in_money_of(1, 2019, 2025, {2025: 0.0}),
            r"no year 2019: .*\n.*`price_index\[2025\]` is 0",
        ),
        (lambda: price_years.in_usd(1, "NOK", {"SEK": 10}), r"no exchange rate of `NOK` \(known are USD, SEK\)"),
        (lambda: price_years.in_usd(1, "NOK", {"NOK": 0}), r"`units_per_usd` of NOK is 0"),
        (
            lambda: price_years.require_near_years({"land": 2018, "servers": 2025}, 2025, 1),
            r"`land` is in money of 2018, more than 1 year\(s\) from 2025",
        ),
    ],
)
def test_money_that_does_not_fit_together_is_refused(call: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call()  # type: ignore[operator]
