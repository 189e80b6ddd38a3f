"""Taxes on income, purchases, property and electricity, in the currency of the law."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, model_validator

from siting.physics.money.price_years import in_usd
from siting.world.policy.entries import Entry, Share, Threshold

Base = Literal["it_capex", "facility_capex"]
"""Capital to which a tax or programme applies: servers, or the facility."""

Currency = Literal["EUR", "SEK", "NOK", "DKK", "USD"]


class Exchange(BaseModel):
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

    model_config = ConfigDict(frozen=True, extra="forbid")

    units_per_usd: PositiveFloat
    year: int
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


class SalesTax(Entry):
    """A tax on purchases: a share of a capital line."""

    rate: Share = Field(description="share of the purchase price [0-1]")
    base: Base


class PropertyTax(Entry):
    """A yearly tax on property: a share of its assessed value."""

    rate: Share = Field(description="share of the assessed value, every year [0-1]")
    base: Base
    assessed_share: Share = Field(
        default=1.0, description="assessed value per purchase price, mean over the life [0-1]; 1 by default"
    )


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
