"""What a jurisdiction takes: taxes on income, purchases, property and electricity, in the law's own currency."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, model_validator

from siting.physics.money.price_years import in_usd
from siting.world.policy.entries import Entry, Share, Threshold

Base = Literal["it_capex", "facility_capex"]
"""Capital that a tax or programme is counted on: servers, or all that is built."""

Currency = Literal["EUR", "SEK", "NOK", "DKK", "USD"]


class Exchange(BaseModel):
    """What a dollar buys of a currency, where a law states its money in that currency.

    Attributes
    ----------
    units_per_usd : float
        Units of the currency per dollar, mean of the year, above 0.
    year : int
        Calendar year of that mean.
    source : str
        Where it stands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    units_per_usd: PositiveFloat
    year: int
    source: Annotated[str, Field(min_length=1)]


def exchange_faults(currency: str, exchange: Exchange | None) -> list[str]:
    """Say what is amiss between a currency and its exchange rate."""
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
    """A tax on what is bought: a share of a capital line."""

    rate: Share = Field(description="share of the purchase price [0-1]")
    base: Base


class PropertyTax(Entry):
    """A yearly tax on what is owned: a share of its assessed value."""

    rate: Share = Field(description="share of the assessed value, every year [0-1]")
    base: Base
    assessed_share: Share = Field(
        default=1.0, description="assessed value per purchase price, mean over the life [0-1]; 1 until it is said"
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
