"""Incentives that the ledger counts, and programmes that it does not count."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from siting.world.policy.entries import Entry, Positive, Share, Threshold
from siting.world.policy.taxes import Base, Currency, Exchange, Schedule, exchange_faults, schedule_fault, usd_of

CAPITAL_KINDS = ("sales_tax_exemption", "property_tax_abatement", "investment_tax_credit", "grant")
"""Kinds of incentive that pay a share of a base."""

ALONE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "corporate_tax_rate": ("rate",),
        "accelerated_depreciation": ("base", "schedule"),
        "electricity_tax_reduction": ("reduced_per_mwh",),
    }
)
"""Fields that the other kinds need."""


class Incentive(Entry):
    """A programme that a site may claim once it meets the thresholds; the ledger counts it.

    The payment is linear in the size of the site, before tax: see `siting.problem.ledger.incentive_offers`.

    Attributes
    ----------
    kind : str
        `sales_tax_exemption` and `property_tax_abatement` waive `rate` of the base's price or of its tax;
        `investment_tax_credit` and `grant` give `rate` of the base; `corporate_tax_rate` taxes income at `rate`;
        `accelerated_depreciation` writes the base off by `schedule`; `electricity_tax_reduction` lowers the tax to
        `reduced_per_mwh`, or waives `rate` of it.
    """

    kind: Literal[
        "sales_tax_exemption",
        "property_tax_abatement",
        "investment_tax_credit",
        "grant",
        "corporate_tax_rate",
        "accelerated_depreciation",
        "electricity_tax_reduction",
    ]
    rate: Share | None = Field(default=None, description="share [0-1], of the quantity of `kind`")
    base: Base | None = Field(default=None, description="capital to which it applies")
    schedule: Schedule | None = Field(
        default=None, description="share of the price written off in each tax year [0-1], or the name of a schedule"
    )
    reduced_per_mwh: Threshold | None = Field(default=None, description="reduced rate [`currency` per MWh]")
    currency: Currency = "USD"
    exchange: Exchange | None = None
    min_capex_usd: Threshold = Field(default=0.0, description="investment at the site [USD]")
    min_jobs: Threshold = Field(default=0.0, description="permanent jobs at the site")
    min_it_mw: Threshold = Field(default=0.0, description="IT power of the site [MW]")
    min_facility_mw: Threshold = Field(default=0.0, description="power that the site may draw from the grid [MW]")
    max_base_usd: Positive | None = Field(default=None, description="capital that counts at a site [USD]")
    cap_usd_per_year: Positive | None = Field(
        default=None, description="money of the programme for all sites together [USD/year]"
    )
    exclusive_group: str | None = Field(default=None, description="of one group, a site claims one programme at most")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        faults = [*self._missing_faults(), *self._cap_faults(), *exchange_faults(self.currency, self.exchange)]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _missing_faults(self) -> list[str]:
        needed = {"rate", "base"} if self.kind in CAPITAL_KINDS else set(ALONE[self.kind])
        if self.kind == "electricity_tax_reduction":
            needed = set() if self.reduced_per_mwh is not None or self.rate is not None else {"reduced_per_mwh"}
        faults = [f"an incentive of kind `{self.kind}` needs `{n}`" for n in sorted(needed) if getattr(self, n) is None]
        faults += schedule_fault(self.schedule)
        if self.kind == "corporate_tax_rate" and self.rate is not None and self.rate >= 1:
            faults.append(f"`rate` is {self.rate:g}: a tax on income is below 1")
        return faults

    def _cap_faults(self) -> list[str]:
        if self.max_base_usd is not None and self.max_base_usd < self.min_capex_usd:
            return [
                f"`max_base_usd` {self.max_base_usd:g} is below `min_capex_usd` {self.min_capex_usd:g}: the programme "
                "requires more than it counts; correct one of them"
            ]
        if self.max_base_usd is not None and self.base is None:
            return [f"`max_base_usd` needs a `base`: an incentive of kind `{self.kind}` has none"]
        return []

    def reduced_usd_per_mwh(self) -> float | None:
        """Return the reduced electricity tax [USD/MWh]; none where the programme waives a share."""
        if self.reduced_per_mwh is None:
            return None
        return usd_of(self.reduced_per_mwh, self.currency, self.exchange)


class Programme(Entry):
    """A programme that the ledger does not count, for the reason in `why_not_modelled`."""

    kind: Literal[
        "sales_tax_exemption",
        "property_tax_abatement",
        "income_tax_credit",
        "accelerated_depreciation",
        "electricity_tax_reduction",
        "capacity_call",
        "income_tax_holiday",
        "duty_relief",
        "electricity_tariff",
        "grid_rule",
        "label",
        "draft_law",
    ]
    why_not_modelled: Annotated[str, Field(min_length=1)]
    min_capex_usd: Threshold | None = Field(default=None, description="investment at the site [USD]")
    min_jobs: Threshold | None = Field(default=None, description="permanent jobs at the site")
    min_it_mw: Threshold | None = Field(default=None, description="IT power [MW]")
    min_facility_mw: Threshold | None = Field(default=None, description="power drawn from the grid [MW]")
    call_mw: Threshold | None = Field(default=None, description="power that a call assigns in total [MW]")
    credit_share: Share | None = Field(default=None, description="share of the project's cost [0-1], the base rate")
    credit_share_max: Share | None = Field(default=None, description="the same with every bonus [0-1]")
    reduced_per_mwh: Threshold | None = Field(default=None, description="reduced rate [`currency` per MWh]")
    full_per_mwh: Threshold | None = Field(default=None, description="full rate [`currency` per MWh]")
    currency: Currency | None = None

    @model_validator(mode="after")
    def _with_currency(self) -> Self:
        if self.currency is None and (self.reduced_per_mwh is not None or self.full_per_mwh is not None):
            raise ValueError('`reduced_per_mwh` and `full_per_mwh` need a `currency`, like "EUR"')
        return self
