"""Price years and currencies: real and nominal rates, price indices, exchange rates.

`in_money_of`, `real_rate` and `weighted_cost_of_capital` are accounting functions that a plan does not use.
"""

from collections.abc import Mapping

from siting.errors import DataError, listed


def nominal_rate(real_rate: float, inflation: float) -> float:
    """Return the nominal rate of a real one.

    ``(1 + real)(1 + inflation) - 1`` (Fisher).

    Parameters
    ----------
    real_rate : float
        Real rate [1/a], above -1.
    inflation : float
        Rise of prices [1/a], above -1.

    Returns
    -------
    float
        Nominal rate per year.

    Raises
    ------
    DataError
        A rate of -1 or less.

    References
    ----------
    NREL Annual Technology Baseline 2024, "Equations and variables": weighted average cost of capital, real.

    Examples
    --------
    >>> round(nominal_rate(0.07, 0.025), 5)
    0.09675
    """
    _above_minus_one(real_rate=real_rate, inflation=inflation)
    return (1.0 + real_rate) * (1.0 + inflation) - 1.0


def real_rate(nominal_rate: float, inflation: float) -> float:
    """Return the real rate of a nominal one.

    ``(1 + nominal) / (1 + inflation) - 1`` (Fisher).

    Parameters
    ----------
    nominal_rate : float
        Nominal rate [1/a], above -1.
    inflation : float
        Rise of prices [1/a], above -1.

    Returns
    -------
    float
        Real rate per year.

    Raises
    ------
    DataError
        A rate of -1 or less.

    References
    ----------
    I. Fisher (1930), The Theory of Interest, chapter II.

    Examples
    --------
    >>> round(real_rate(0.09675, 0.025), 5)
    0.07
    """
    _above_minus_one(nominal_rate=nominal_rate, inflation=inflation)
    return (1.0 + nominal_rate) / (1.0 + inflation) - 1.0


def weighted_cost_of_capital(debt_share: float, debt_rate: float, equity_rate: float, tax_rate: float) -> float:
    """Return the nominal discount rate of a project of debt and equity, after tax.

    ``WACC = D r_debt (1 - tax) + (1 - D) r_equity``: interest is deducted from taxed income.

    Parameters
    ----------
    debt_share : float
        Share of the capital that is debt [0-1].
    debt_rate, equity_rate : float
        Nominal interest and nominal return on equity [1/a], 0 or more.
    tax_rate : float
        Corporate income tax rate [0-1[.

    Returns
    -------
    float
        Nominal weighted average cost of capital per year; `real_rate` removes inflation.

    Raises
    ------
    DataError
        A share, rate or tax out of its range: all of them at once.

    References
    ----------
    NREL Annual Technology Baseline 2024, "Equations and variables": weighted average cost of capital, nominal.

    Examples
    --------
    Half debt at 6 %, half equity at 10 %, 25 % tax: 0.5 x 0.045 + 0.5 x 0.10.

    >>> round(weighted_cost_of_capital(0.5, 0.06, 0.10, 0.25), 4)
    0.0725
    """
    faults = []
    if not 0 <= debt_share <= 1:
        faults.append(f"`debt_share` is {debt_share:g}: give a share from 0 to 1")
    faults += [
        f"`{name}` is {value:g}: give a share of 0 or more"
        for name, value in (("debt_rate", debt_rate), ("equity_rate", equity_rate))
        if not value >= 0
    ]
    if not 0 <= tax_rate < 1:
        faults.append(f"`tax_rate` is {tax_rate:g}: give a share from 0 to below 1")
    if faults:
        raise DataError.from_faults("cost of capital:", faults)
    return debt_share * debt_rate * (1.0 - tax_rate) + (1.0 - debt_share) * equity_rate


def in_money_of(amount: float, from_year: int, to_year: int, price_index: Mapping[int, float]) -> float:
    """Return an amount of one year in the money of another.

    ``amount * index[to_year] / index[from_year]``. The index is the caller's: its basket of goods is a
    choice, and none is assumed here.

    Parameters
    ----------
    amount : float
        Money of `from_year` [currency].
    from_year, to_year : int
        Calendar years [a].
    price_index : mapping of int to float
        Price level of each year [1], above 0, on any base.

    Returns
    -------
    float
        Money of `to_year`.

    Raises
    ------
    DataError
        The index lacks a year, or is not above 0 there.

    References
    ----------
    By definition of a price index.

    Examples
    --------
    US GDP deflator, means of four quarters (BEA, 2017 = 100):

    >>> round(in_money_of(100.0, 2023, 2024, {2023: 122.3, 2024: 125.2}), 2)
    102.37
    """
    years = sorted({from_year, to_year})
    faults = [f"`price_index` has no year {y}: give its value, above 0" for y in years if y not in price_index]
    faults += [
        f"`price_index[{y}]` is {price_index[y]:g}: give a level above 0"
        for y in years
        if y in price_index and not price_index[y] > 0
    ]
    if faults:
        raise DataError.from_faults("price years:", faults)
    return amount * price_index[to_year] / price_index[from_year]


def in_usd(amount: float, currency: str, units_per_usd: Mapping[str, float]) -> float:
    """Return an amount of a currency in dollars of the same year.

    ``amount / units_per_usd[currency]``.

    Parameters
    ----------
    amount : float
        Money of the currency [units].
    currency : str
        ISO 4217 code; `USD` needs no rate.
    units_per_usd : mapping of str to float
        How many units of a currency one dollar buys [1/USD], above 0.

    Returns
    -------
    float
        The amount [USD].

    Raises
    ------
    DataError
        No rate of the currency, or one that is not above 0.

    References
    ----------
    By definition of an exchange rate.

    Examples
    --------
    >>> in_usd(21.4, "SEK", {"SEK": 10.7})
    2.0
    """
    if currency == "USD":
        return amount
    rate = units_per_usd.get(currency)
    if rate is None:
        known = listed(["USD", *sorted(units_per_usd)])
        raise DataError(f"no exchange rate of `{currency}` (known are {known}): give one, in units per dollar")
    if not rate > 0:
        raise DataError(f"`units_per_usd` of {currency} is {rate:g}: give a rate above 0")
    return amount / rate


def require_near_years(year_of: Mapping[str, int], price_year: int, tolerance_years: int) -> None:
    """Raise for amounts whose price year is too far from one year.

    ``|year - price_year| <= tolerance_years`` for every figure.

    Parameters
    ----------
    year_of : mapping of str to int
        Figure to the year of its money [a].
    price_year : int
        Price year of the sums [a].
    tolerance_years : int
        Years [a] that an amount may differ without conversion.

    Raises
    ------
    DataError
        Figures beyond the tolerance, each with its year.

    References
    ----------
    By definition of `price_year`.

    Examples
    --------
    >>> require_near_years({"land": 2024, "servers": 2026}, 2025, 1)
    """
    faults = [
        f"`{name}` is in money of {year}, more than {tolerance_years} year(s) from {price_year}: convert it with "
        "`in_money_of`"
        for name, year in sorted(year_of.items())
        if abs(year - price_year) > tolerance_years
    ]
    if faults:
        raise DataError.from_faults("amounts of different price years cannot be added:", faults)


def _above_minus_one(**rates: float) -> None:
    faults = [f"`{name}` is {value:g}: give a rate above -1" for name, value in rates.items() if not value > -1]
    if faults:
        raise DataError.from_faults("rates:", faults)
