"""Taxes on income, purchases, property and electricity, in the currency of the law."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from siting.physics.money.price_years import in_usd
from siting.world.policy.entries import Entry, Positive, Share, Threshold
from siting.world.user_values.strict_model import FIRST_DAY, LAST_DAY, Frozen

Base = Literal["it_capex", "facility_capex"]
"""Capital to which a tax or programme applies: servers, or the facility."""

Currency = Literal["EUR", "SEK", "NOK", "DKK", "USD"]


class Exchange(Frozen):
    """Exchange rate of a currency in which a law states its amounts.

    Attributes
    ----------
    units_per_usd : float
        Units of the currency per dollar, mean of the year, above 0.
    year : int
        Calendar year of that mean.
    source : str
        Where the rate is published.
    """

    units_per_usd: Positive
    year: Annotated[int, Field(ge=FIRST_DAY.year, le=LAST_DAY.year)]
    source: Annotated[str, Field(min_length=1)]


def exchange_faults(currency: str, exchange: Exchange | None) -> list[str]:
    """Return the faults of a currency and its exchange rate."""
    if currency != "USD" and exchange is None:
        return [f"money in {currency} needs `exchange`: units_per_usd, year and source"]
    if currency == "USD" and exchange is not None:
        return ["`exchange` is for another currency: leave it out beside USD"]
    return []


def usd_of(amount: float, currency: str, exchange: Exchange | None) -> float:
    """Return an amount of a law's currency [USD]."""
    return in_usd(amount, currency, {} if exchange is None else {currency: exchange.units_per_usd})


class CorporateTax(Entry):
    """A statutory rate on corporate income; the plan reads the same number in the table `countries`."""

    rate: Share = Field(description="share of the income [0-1]")


class MinimumTax(Entry):
    """A least rate on the corporate income of large groups: a place with a lower rate collects the difference.

    In force for groups of 750 M EUR of revenue and more; a scenario of a smaller one switches it off.
    """

    rate: Share = Field(description="share of the income [0-1]")


Schedule = Literal["macrs_5_year", "macrs_15_year", "first_year"] | tuple[Share, ...]
"""Share of the price written off in each tax year [0-1], or the name of a schedule."""


def schedule_fault(schedule: Schedule | None) -> list[str]:
    """Return the fault of shares that do not write off the whole price."""
    if isinstance(schedule, tuple) and abs(sum(schedule) - 1.0) > 1e-6:
        return [f"`schedule` writes off {sum(schedule):g} of the price: let its shares sum to 1"]
    return []


class Depreciation(Entry):
    """How the law writes off capital, in place of a straight line over its life: no programme, so it needs no claim."""

    base: Base
    schedule: Schedule = Field(description="share of the price in each tax year [0-1], or a named schedule")

    @model_validator(mode="after")
    def _all_written_off(self) -> Self:
        if faults := schedule_fault(self.schedule):
            raise ValueError("; ".join(faults))
        return self


class CapitalTax(Entry):
    """A tax on servers or the facility, bought or owned, whose rate may be an interval.

    An unknown tax is a rule too: its rate is the middle of an interval from 0 to the highest of its world region, so that a
    place is not favoured because nobody has read its law. It does not hold where a known one on the same base does.
    """

    rate: Share = Field(description="share of the price or of the assessed value [0-1], which the plan charges")
    base: Base
    low: Share | None = Field(default=None, description="least that the rate may be [0-1]; `rate` if missing")
    high: Share | None = Field(default=None, description="most that the rate may be [0-1]; `rate` if missing")
    known: bool = Field(default=True, description="false: the rate is the middle of `low` and `high`, no law was read")

    @model_validator(mode="after")
    def _an_interval(self) -> Self:
        if not self.ends[0] <= self.rate <= self.ends[1]:
            raise ValueError(f"`rate` {self.rate:g} is outside `low` {self.ends[0]:g} to `high` {self.ends[1]:g}")
        if not self.known and self.ends[0] == self.ends[1]:
            raise ValueError("a tax that is not known needs `low` and `high`")
        return self

    @property
    def ends(self) -> tuple[float, float]:
        """Least and most that the rate may be [0-1]."""
        return (
            self.rate if self.low is None else self.low,
            self.rate if self.high is None else self.high,
        )


class SalesTax(CapitalTax):
    """A tax on purchases that the buyer does not get back, a share of a capital line: sales tax, duty, levies."""


class PropertyTax(CapitalTax):
    """A yearly tax on property: a share of its assessed value."""

    assessed_share: Share = Field(
        default=1.0, description="assessed value per purchase price, mean over the life [0-1]; 1 by default"
    )


def acting_taxes[Tax: CapitalTax](held: list[Tax]) -> list[Tax]:
    """Return the taxes of a place without the unknown ones on a base whose tax is known.

    Parameters
    ----------
    held : list of CapitalTax
        Taxes of one kind that hold at the place.

    Returns
    -------
    list of CapitalTax
        In the same order.

    Examples
    --------
    >>> acting_taxes([])
    []
    """
    known = {e.base for e in held if e.known}
    return [e for e in held if e.known or e.base not in known]


class ElectricityTax(Entry):
    """A tax on the electricity drawn from the grid, on top of a price before tax."""

    per_mwh: Threshold = Field(description="tax [`currency` per MWh]")
    currency: Currency = "USD"
    exchange: Exchange | None = None

    @model_validator(mode="after")
    def _convertible(self) -> Self:
        faults = exchange_faults(self.currency, self.exchange)
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def usd_per_mwh(self) -> float:
        """Return the tax [USD/MWh]."""
        return usd_of(self.per_mwh, self.currency, self.exchange)
