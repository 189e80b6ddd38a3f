"""Annual charges on capital with tax, in money of one year."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.physics.money import price_years
from siting.units import Bools, Floats


def capital_recovery_factor(discount_rate: float, life_years: float) -> float:
    """Return the yearly payment that repays one unit of capital.

    ``i (1 + i)^n / ((1 + i)^n - 1)``.

    Parameters
    ----------
    discount_rate : float
        Real discount rate per year [0-1]; 0 gives 1/n.
    life_years : float
        Years of repayment [a], above 0.

    Returns
    -------
    float
        Capital recovery factor [1/a].

    Raises
    ------
    DataError
        A negative rate, or a life that is not above 0.

    References
    ----------
    NREL Annual Technology Baseline 2024, "Equations and variables".

    Examples
    --------
    >>> round(capital_recovery_factor(0.07, 5.0), 4)
    0.2439
    """
    if not discount_rate >= 0:
        raise DataError(f"`discount_rate` is {discount_rate:g}: give a share of 0 or more")
    if not life_years > 0:
        raise DataError(f"`life_years` is {life_years:g}: give a life above 0 years")
    if discount_rate == 0:
        return 1.0 / life_years
    worth = (1.0 + discount_rate) ** -life_years  # 0 after centuries, where its inverse is too large for a number
    return float(discount_rate / (1.0 - worth))


MACRS_5_YEAR: tuple[float, ...] = (0.2, 0.32, 0.192, 0.1152, 0.1152, 0.0576)
"""Share of the price written off in each tax year: computers and peripheral equipment (asset class 00.12), half-year
convention, 200 % declining balance; IRS Publication 946, appendix A, table A-1 (5-year)."""

MACRS_15_YEAR: tuple[float, ...] = (
    *(0.05, 0.095, 0.0855, 0.077, 0.0693, 0.0623, 0.059, 0.059),
    *(0.0591, 0.059, 0.0591, 0.059, 0.0591, 0.059, 0.0591, 0.0295),
)
"""The same for land improvements, 150 % declining balance; IRS Publication 946, appendix A, table A-1 (15-year)."""

FIRST_YEAR: tuple[float, ...] = (1.0,)
"""All of the price in the first tax year (expensing)."""

SCHEDULES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {"macrs_5_year": MACRS_5_YEAR, "macrs_15_year": MACRS_15_YEAR, "first_year": FIRST_YEAR}
)
"""Depreciation schedules by name; straight line over any life is `straight_line`."""

_SUM_TOLERANCE = 1e-6


def straight_line(life_years: float) -> tuple[float, ...]:
    """Return equal yearly shares over a life, and the remaining fraction of the last year.

    ``f_t = 1/n`` for complete years t, ``(n - floor(n))/n`` for the last.

    Parameters
    ----------
    life_years : float
        Life [a], above 0.

    Returns
    -------
    tuple of float
        Share of the price written off in each year; they sum to 1.

    Raises
    ------
    DataError
        A life that is not above 0.

    References
    ----------
    IRS Publication 946, chapter 4, straight line method (without a convention for the first year).

    Examples
    --------
    >>> straight_line(4.0)
    (0.25, 0.25, 0.25, 0.25)
    >>> straight_line(2.5)
    (0.4, 0.4, 0.2)
    """
    if not (life_years > 0 and math.isfinite(life_years)):
        raise DataError(f"`life_years` is {life_years:g}: give a life above 0 years")
    complete = int(life_years)
    rest = life_years - complete
    return (*([1.0 / life_years] * complete), *([rest / life_years] if rest > 0 else []))


def depreciation_present_value(schedule: Sequence[float], nominal_rate: float) -> float:
    """Return the present value of a depreciation schedule at purchase, per unit of the price.

    ``PVD = sum_t f_t / (1 + d)^t``, each share taken at the end of its tax year t = 1, 2, ... Tax law writes off
    the historical price: the rate is nominal.

    Parameters
    ----------
    schedule : sequence of float
        Share of the price written off in each tax year [1/a], 0 or more; they sum to 1.
    nominal_rate : float
        Nominal discount rate [1/a], 0 or more.

    Returns
    -------
    float
        Present value per unit of the price [0-1].

    Raises
    ------
    DataError
        A share below 0 (its year is named), shares that do not sum to 1, or a negative rate.

    References
    ----------
    NREL Annual Technology Baseline 2024, "Equations and variables": present value of depreciation.

    Examples
    --------
    >>> round(depreciation_present_value(MACRS_5_YEAR, 0.10), 4)
    0.7733
    """
    faults = [
        f"`schedule` writes off {f:g} in year {t}: give 0 or more" for t, f in enumerate(schedule, 1) if not f >= 0
    ]
    if not faults and abs(sum(schedule) - 1.0) > _SUM_TOLERANCE:
        faults = [f"`schedule` writes off {sum(schedule):g} of the price in all: let its shares sum to 1"]
    if not nominal_rate >= 0:
        faults.append(f"`nominal_rate` is {nominal_rate:g}: give a share of 0 or more")
    if faults:
        raise DataError.from_faults("depreciation:", faults)
    return float(sum(f / (1.0 + nominal_rate) ** t for t, f in enumerate(schedule, 1)))


def fixed_charge_rate(
    discount_rate: float,
    life_years: float,
    tax_rate: ArrayLike,
    itc: ArrayLike = 0.0,
    *,
    schedule: Sequence[float] | None = None,
    inflation: float = 0.0,
) -> Floats:
    """Return the pre-tax yearly charge on capital that covers repayment and income tax.

    ``CRF (1 - tax PVD (1 - ITC/2) - ITC) / (1 - tax)``: capital is repaid at the real rate; tax is saved by
    depreciation, whose base is reduced by half of the credit, and by the credit itself. PVD is discounted at the
    nominal rate ``(1 + i)(1 + inflation) - 1``.

    Parameters
    ----------
    discount_rate : float
        Real discount rate per year [0-1].
    life_years : float
        Years of repayment [a], above 0.
    tax_rate : array_like
        Corporate income tax rate [0-1[.
    itc : array_like, optional
        Investment tax credit as a share of the capital [0-1].
    schedule : sequence of float, optional
        Share of the price written off in each tax year [1/a]; straight line over the life where none is given
        (an assumption).
    inflation : float, optional
        Rise of prices [1/a], 0 or more: it reduces the value of depreciation.

    Returns
    -------
    numpy.ndarray
        Fixed charge rate [1/a].

    Raises
    ------
    DataError
        A tax rate outside [0, 1[ or a credit outside [0, 1], each with its index, or what
        `capital_recovery_factor` and `depreciation_present_value` raise.

    References
    ----------
    NREL Annual Technology Baseline 2024, "Equations and variables": capital recovery factor, project finance
    factor.

    Examples
    --------
    Without tax it is the capital recovery factor; tax raises it, a credit lowers it:

    >>> float(fixed_charge_rate(0.07, 5.0, 0.0).round(4))
    0.2439
    >>> float(fixed_charge_rate(0.07, 5.0, 0.21).round(4))
    0.2556
    >>> float(fixed_charge_rate(0.07, 5.0, 0.21, itc=0.3).round(4))
    0.1709
    """
    tax, credit = np.asarray(tax_rate, dtype=float), np.asarray(itc, dtype=float)
    faults = _outside("tax_rate", tax, (tax >= 0) & (tax < 1), "a share from 0 to below 1")
    faults += _outside("itc", credit, (credit >= 0) & (credit <= 1), "a share from 0 to 1")
    if faults:
        raise DataError.from_faults("fixed charge rate:", faults)
    crf = capital_recovery_factor(discount_rate, life_years)
    written_off = straight_line(life_years) if schedule is None else schedule
    worth = depreciation_present_value(written_off, price_years.nominal_rate(discount_rate, inflation))
    return np.asarray(crf * (1.0 - tax * worth * (1.0 - credit / 2.0) - credit) / (1.0 - tax))


def land_charge_rate(discount_rate: float, tax_rate: ArrayLike) -> Floats:
    """Return the pre-tax yearly charge on land, which is not depreciated.

    ``i / (1 - tax)``: the land is sold at its price, in the same money, so only its return is charged; this is
    the fixed charge rate of an infinite life without depreciation.

    Parameters
    ----------
    discount_rate : float
        Real discount rate per year [0-1].
    tax_rate : array_like
        Corporate income tax rate [0-1[.

    Returns
    -------
    numpy.ndarray
        Yearly charge per unit of the price [1/a].

    Raises
    ------
    DataError
        A negative rate, or a tax rate outside [0, 1[, with its index.

    References
    ----------
    NREL Annual Technology Baseline 2024, "Equations and variables": the limit of the fixed charge rate.

    Examples
    --------
    >>> float(land_charge_rate(0.06, 0.25).round(4))
    0.08
    """
    tax = np.asarray(tax_rate, dtype=float)
    faults = _outside("tax_rate", tax, (tax >= 0) & (tax < 1), "a share from 0 to below 1")
    if not discount_rate >= 0:
        faults.append(f"`discount_rate` is {discount_rate:g}: give a share of 0 or more")
    if faults:
        raise DataError.from_faults("land charge rate:", faults)
    return np.asarray(discount_rate / (1.0 - tax))


def _outside(name: str, values: Floats, good: Bools, wanted: str) -> list[str]:
    """Name each value that is missing or outside its range, with its index."""
    return [
        f"`{name}{list(map(int, at)) if values.ndim else ''}` is {values[tuple(at)]:g}: give {wanted}"
        for at in np.argwhere(~good)
    ]


def carbon_price_not_in_tariff(price_usd_per_t: ArrayLike, in_tariff_usd_per_t: ArrayLike) -> Floats:
    """Return the part of a carbon price that the electricity tariff does not contain.

    ``max(price - in tariff, 0)``.

    Parameters
    ----------
    price_usd_per_t : array_like
        Carbon price to apply [USD/tCO2e].
    in_tariff_usd_per_t : array_like
        Carbon price that the generators pay and pass on [USD/tCO2e].

    Returns
    -------
    numpy.ndarray
        Part to add [USD/tCO2e], at least 0: a price is never added twice.

    References
    ----------
    Directive 2003/87/EC, article 12: generators hand in allowances for what they emit, and their price is in the tariff.

    Examples
    --------
    >>> carbon_price_not_in_tariff([100.0, 50.0], [70.0, 70.0]).tolist()
    [30.0, 0.0]
    """
    missing = np.asarray(price_usd_per_t, dtype=float) - np.asarray(in_tariff_usd_per_t, dtype=float)
    return np.asarray(np.maximum(missing, 0.0))
