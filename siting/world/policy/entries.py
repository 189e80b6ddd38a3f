"""What every rule of a pack says of itself; duties, carbon prices and stops (money: `taxes`, `programmes`)."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, model_validator

from siting.physics.geodesy import great_circle_km

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
