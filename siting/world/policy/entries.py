"""The kinds of rule a pack may hold: taxes, incentives, programmes, duties, carbon prices and stops."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, model_validator

from siting.physics.geodesy import great_circle_km
from siting.physics.money import in_usd

Base = Literal["it_capex", "facility_capex"]
"""Capital that a tax or programme is counted on: servers, or all that is built."""

Currency = Literal["EUR", "SEK", "NOK", "DKK", "USD"]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Threshold = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Area(BaseModel):
    """A circle on the Earth, for a rule of a metro and not of its country.

    Attributes
    ----------
    name : str
        What the circle stands for.
    lon, lat : float
        Its centre [degree].
    radius_km : float
        Its radius [km], above 0: an assumption where the rule names a region, not a circle.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    radius_km: PositiveFloat

    def holds(self, lon: float, lat: float) -> bool:
        """Return whether a point [degree] lies in the circle."""
        return bool(great_circle_km(lon, lat, self.lon, self.lat) <= self.radius_km)


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


class Entry(BaseModel):
    """What every rule of a pack says of itself.

    Attributes
    ----------
    id, title : str
        Short name, unique among all packs; one line.
    text : str
        The words that a planner reads where the rule binds; the title where there are none.
    effective_from, effective_to : datetime.date or None
        First and last day. No last day: still open. No first day: see `date_unknown`.
    date_unknown : str or None
        Why the first day is not known. Such a rule never acts: it is listed as unknown.
    date_note : str
        How a date was read, where the source gives a year or a month only.
    source, quality : str
        Where it stands, and how far that can be trusted.
    area : Area or None
        The circle it holds in; none: the whole jurisdiction.
    exempt_areas : tuple of Area
        Circles it does not hold in.
    conditions_not_modelled : tuple of str
        What else the rule asks, which no number here stands for.
    why_not_modelled : str or None
        Why the plan does not act on the rule, though it holds: it is listed, and changes nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    text: str = ""
    effective_from: date | None = None
    effective_to: date | None = None
    date_unknown: str | None = None
    date_note: str = ""
    source: Annotated[str, Field(min_length=1)]
    quality: Literal["observed", "derived", "modelled", "assumption", "unverified"]
    area: Area | None = None
    exempt_areas: tuple[Area, ...] = ()
    conditions_not_modelled: tuple[str, ...] = ()
    why_not_modelled: str | None = None

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.effective_from is None and not self.date_unknown:
            raise ValueError("give `effective_from`, or say in `date_unknown` why the first day is not known")
        if self.effective_from is not None and self.date_unknown is not None:
            raise ValueError(
                "`date_unknown` is for a first day that is not known: leave it out beside `effective_from`"
            )
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError(
                f"`effective_to` {self.effective_to} is before `effective_from` {self.effective_from}: swap or mend them"
            )
        return self

    def holds_on(self, day: date) -> bool:
        """Return whether the rule is known to be in force on a day."""
        return self.effective_from is not None and self.effective_from <= day and not self.ended(day)

    def ended(self, day: date) -> bool:
        """Return whether the rule's last day lies before a day."""
        return self.effective_to is not None and self.effective_to < day

    def may_hold_on(self, day: date) -> bool:
        """Return whether the rule's first day is not known, and its last day not past."""
        return self.effective_from is None and not self.ended(day)

    def holds_at(self, lon: float, lat: float) -> bool:
        """Return whether the rule holds at a point [degree] of its jurisdiction."""
        exempt = any(a.holds(lon, lat) for a in self.exempt_areas)
        return not exempt and (self.area is None or self.area.holds(lon, lat))

    def wording(self) -> str:
        """Return what a planner reads where the rule binds."""
        return self.text or self.title


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
        faults = _exchange_faults(self.currency, self.exchange)
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def usd_per_mwh(self) -> float:
        """Return the tax [USD/MWh]."""
        return _usd(self.per_mwh, self.currency, self.exchange)


CAPITAL_KINDS = ("sales_tax_exemption", "property_tax_abatement", "investment_tax_credit", "grant")
"""Kinds of incentive that pay a share of a base."""

ALONE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "corporate_tax_rate": ("rate",),
        "accelerated_depreciation": ("base", "schedule"),
        "electricity_tax_reduction": ("reduced_per_mwh",),
    }
)
"""What the other kinds need."""


def _exchange_faults(currency: str, exchange: Exchange | None) -> list[str]:
    if currency != "USD" and exchange is None:
        return [f"money in {currency} needs `exchange`: units_per_usd, year and source"]
    if currency == "USD" and exchange is not None:
        return ["`exchange` is for another currency: leave it out beside USD"]
    return []


def _usd(amount: float, currency: str, exchange: Exchange | None) -> float:
    return in_usd(amount, currency, {} if exchange is None else {currency: exchange.units_per_usd})


class Incentive(Entry):
    """A programme that a site may claim once it meets the thresholds; the plan's ledger pays it.

    What it pays is linear in the size of the site, before tax: see `model.claims`.

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
    rate: Share | None = Field(default=None, description="share [0-1], of what `kind` says")
    base: Base | None = Field(default=None, description="capital it is counted on")
    schedule: Literal["macrs_5_year", "macrs_15_year", "first_year"] | tuple[Share, ...] | None = Field(
        default=None, description="share of the price written off in each tax year [0-1], or the name of a schedule"
    )
    reduced_per_mwh: Threshold | None = Field(default=None, description="reduced rate [`currency` per MWh]")
    currency: Currency = "USD"
    exchange: Exchange | None = None
    min_capex_usd: Threshold = Field(default=0.0, description="investment at the site [USD]")
    min_jobs: Threshold = Field(default=0.0, description="permanent jobs at the site")
    min_it_mw: Threshold = Field(default=0.0, description="IT power of the site [MW]")
    min_facility_mw: Threshold = Field(default=0.0, description="power that the site may draw from the grid [MW]")
    max_base_usd: PositiveFloat | None = Field(default=None, description="capital that counts at a site [USD]")
    cap_usd_per_year: PositiveFloat | None = Field(
        default=None, description="money of the programme for all sites together [USD/year]"
    )
    exclusive_group: str | None = Field(default=None, description="of one group, a site claims one programme at most")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        faults = [*self._missing_faults(), *self._cap_faults(), *_exchange_faults(self.currency, self.exchange)]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _missing_faults(self) -> list[str]:
        needed = {"rate", "base"} if self.kind in CAPITAL_KINDS else set(ALONE[self.kind])
        if self.kind == "electricity_tax_reduction":
            needed = set() if self.reduced_per_mwh is not None or self.rate is not None else {"reduced_per_mwh"}
        faults = [f"an incentive of kind `{self.kind}` needs `{n}`" for n in sorted(needed) if getattr(self, n) is None]
        if isinstance(self.schedule, tuple) and abs(sum(self.schedule) - 1.0) > 1e-6:
            faults.append(f"`schedule` writes off {sum(self.schedule):g} of the price: let its shares sum to 1")
        if self.kind == "corporate_tax_rate" and self.rate is not None and self.rate >= 1:
            faults.append(f"`rate` is {self.rate:g}: a tax on income is below 1")
        return faults

    def _cap_faults(self) -> list[str]:
        if self.max_base_usd is not None and self.max_base_usd < self.min_capex_usd:
            return [
                f"`max_base_usd` {self.max_base_usd:g} is below `min_capex_usd` {self.min_capex_usd:g}: the programme "
                "asks for more than it counts; swap or mend them"
            ]
        if self.max_base_usd is not None and self.base is None:
            return [f"`max_base_usd` needs a `base`: an incentive of kind `{self.kind}` has none"]
        return []

    def reduced_usd_per_mwh(self) -> float | None:
        """Return the reduced electricity tax [USD/MWh]; none where the programme waives a share."""
        if self.reduced_per_mwh is None:
            return None
        return _usd(self.reduced_per_mwh, self.currency, self.exchange)


class Programme(Entry):
    """A programme whose money the ledger does not count; `why_not_modelled` says why."""

    kind: Literal[
        "sales_tax_exemption",
        "property_tax_abatement",
        "income_tax_credit",
        "accelerated_depreciation",
        "electricity_tax_reduction",
        "capacity_call",
    ]
    why_not_modelled: Annotated[str, Field(min_length=1)]
    min_capex_usd: Threshold | None = Field(default=None, description="investment at the site [USD]")
    min_jobs: Threshold | None = Field(default=None, description="permanent jobs at the site")
    min_it_mw: Threshold | None = Field(default=None, description="IT power [MW]")
    min_facility_mw: Threshold | None = Field(default=None, description="power drawn from the grid [MW]")
    call_mw: Threshold | None = Field(default=None, description="power that a call gives away in all [MW]")
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


DUTY_THRESHOLDS = {
    "pue": "max_pue",
    "renewable_share": "min_renewable_share",
    "heat_reuse": "min_heat_reuse_share",
    "on_site_power": "min_on_site_power_share",
    "reporting": None,
    "permit": None,
}
"""The threshold that a duty of each kind must name; none for those that ask for papers."""


class Duty(Entry):
    """Something that a data centre must meet: a PUE, a share of renewables, heat reuse, a report."""

    kind: Literal["pue", "renewable_share", "heat_reuse", "on_site_power", "reporting", "permit"]
    text: Annotated[str, Field(min_length=1)]
    applies_to: Literal["new", "existing", "all"]
    max_pue: Annotated[float, Field(ge=1, allow_inf_nan=False)] | None = Field(default=None, description="[-]")
    min_renewable_share: Share | None = Field(default=None, description="of the yearly consumption [0-1]")
    additional: bool = Field(default=False, description="only renewables that are newly built count")
    min_heat_reuse_share: Share | None = Field(default=None, description="energy reuse factor [0-1]")
    min_on_site_power_share: Share | None = Field(default=None, description="of the demand [0-1]")
    min_it_mw: Threshold = Field(default=0.0, description="IT power from which the duty holds [MW]")
    min_facility_mw: Threshold = Field(default=0.0, description="connection power from which the duty holds [MW]")

    @model_validator(mode="after")
    def _one_threshold(self) -> Self:
        wanted = DUTY_THRESHOLDS[self.kind]
        if wanted and getattr(self, wanted) is None:
            raise ValueError(f"a duty of kind `{self.kind}` needs `{wanted}`")
        odd = [n for n in DUTY_THRESHOLDS.values() if n and n != wanted and getattr(self, n) is not None]
        if odd:
            raise ValueError(f"a duty of kind `{self.kind}` has no `{', '.join(odd)}`: make an entry for each kind")
        return self

    def threshold(self) -> float | None:
        """Return what the duty asks for, in the unit of its kind; none for reports and permits."""
        name = DUTY_THRESHOLDS[self.kind]
        return None if name is None else float(getattr(self, name))


class CarbonPrice(Entry):
    """A price on the emissions of power generation."""

    usd_per_t: PositiveFloat
    on: Literal["direct"]
    in_tariff: bool = Field(description="whether the electricity tariff carries it already")


class Stop(Entry):
    """A rule under which no new site may open, or none above a size."""

    above_facility_mw: Threshold = Field(
        default=0.0, description="facility power up to which a site may still open [MW]; 0: none may"
    )
