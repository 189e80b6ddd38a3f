"""Money of one stated year: capital spread over its life, with the tax that capital bears."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.errors import DataError


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
    growth = (1.0 + discount_rate) ** life_years
    return float(discount_rate * growth / (growth - 1.0))


def fixed_charge_rate(
    discount_rate: float, life_years: float, tax_rate: ArrayLike, itc: ArrayLike = 0.0
) -> NDArray[np.float64]:
    """Return the pre-tax yearly charge on capital that covers repayment and income tax.

    ``CRF (1 - tax PVD (1 - ITC/2) - ITC) / (1 - tax)``. Depreciation is straight-line over
    the same life (an assumption), so its present value PVD is ``1 / (n CRF)``.

    Parameters
    ----------
    discount_rate : float
        Real discount rate per year [0-1].
    life_years : float
        Years of repayment and depreciation [a], above 0.
    tax_rate : array_like
        Corporate income tax rate [0-1[.
    itc : array_like, optional
        Investment tax credit as a share of the capital [0-1].

    Returns
    -------
    numpy.ndarray
        Fixed charge rate [1/a].

    Raises
    ------
    DataError
        A tax rate outside [0, 1[, or what `capital_recovery_factor` refuses.

    References
    ----------
    NREL Annual Technology Baseline 2024, "Equations and variables", project finance factor.

    Examples
    --------
    Without tax it is the capital recovery factor; tax raises it:

    >>> float(fixed_charge_rate(0.07, 5.0, 0.0).round(4))
    0.2439
    >>> float(fixed_charge_rate(0.07, 5.0, 0.21).round(4))
    0.2556
    """
    tax, credit = np.asarray(tax_rate, dtype=float), np.asarray(itc, dtype=float)
    if not np.all((tax >= 0) & (tax < 1)):
        raise DataError("`tax_rate` is outside 0 to 1 (1 excluded), or missing: give a share")
    crf = capital_recovery_factor(discount_rate, life_years)
    pv_depreciation = 1.0 / (life_years * crf)
    return np.asarray(crf * (1.0 - tax * pv_depreciation * (1.0 - credit / 2.0) - credit) / (1.0 - tax))


def carbon_price_not_in_tariff(price_usd_per_t: ArrayLike, in_tariff_usd_per_t: ArrayLike) -> NDArray[np.float64]:
    """Return the part of a carbon price that the electricity tariff does not carry already.

    Parameters
    ----------
    price_usd_per_t : array_like
        Carbon price that shall hold [USD/tCO2e].
    in_tariff_usd_per_t : array_like
        Carbon price that the generators pay and pass on [USD/tCO2e].

    Returns
    -------
    numpy.ndarray
        What is still to be added [USD/tCO2e], at least 0: a price is never added twice.

    Examples
    --------
    >>> carbon_price_not_in_tariff([100.0, 50.0], [70.0, 70.0]).tolist()
    [30.0, 0.0]
    """
    missing = np.asarray(price_usd_per_t, dtype=float) - np.asarray(in_tariff_usd_per_t, dtype=float)
    return np.asarray(np.maximum(missing, 0.0))
