"""Fields of every policy entry; duties, carbon prices and stops (money: `taxes`, `programmes`)."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from siting.physics.geodesy import great_circle_km
from siting.world.user_values.strict_model import Day, Frozen

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Threshold = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Area(Frozen):
    """A circle on the Earth, for a rule of a metro and not of its country.

    Attributes
    ----------
    name : str
        Region that the circle represents.
    lon, lat : float
        Its centre [degree].
    radius_km : float
        Its radius [km], above 0: an assumption where the rule names a region, not a circle.
    """

    name: str
    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    radius_km: Positive

    def holds(self, lon: float, lat: float) -> bool:
        """Return whether a point [degree] lies in the circle."""
        return bool(great_circle_km(lon, lat, self.lon, self.lat) <= self.radius_km)


class Entry(Frozen):
    """Fields of every rule of a pack.

    Attributes
    ----------
    id, title : str
        Short name, unique among all packs; one line.
    text : str
        Text that is shown where the rule binds; the title if empty.
    effective_from, effective_to : datetime.date or None
        First and last day. No last day: still open. No first day: see `date_unknown`.
    date_unknown : str or None
        Why the first day is unknown. Such a rule is never applied: it is listed as unknown.
    date_note : str
        How a date was read, where the source gives a year or a month only.
    source, quality : str
        Where the rule is published, and the quality of that source.
    area : Area or None
        Circle in which the rule applies; None for the entire jurisdiction.
    exempt_areas : tuple of Area
        Circles in which the rule does not apply.
    conditions_not_modelled : tuple of str
        Further conditions of the rule that no number here represents.
    why_not_modelled : str or None
        Why the plan does not apply the rule although it is in force: it is listed, and changes nothing.
    checked : datetime.date or None
        Day until which the rule was checked against its source; that of the pack if missing.
    check_after : datetime.date or None
        Day after which the rule may have changed; a year after `checked` if missing.
    """

    id: str
    title: str
    text: str = ""
    effective_from: Day | None = None
    effective_to: Day | None = None
    date_unknown: str | None = None
    date_note: str = ""
    source: Annotated[str, Field(min_length=1)]
    quality: Literal["observed", "derived", "modelled", "assumption", "unverified"]
    area: Area | None = None
    exempt_areas: tuple[Area, ...] = ()
    conditions_not_modelled: tuple[str, ...] = ()
    why_not_modelled: str | None = None
    checked: Day | None = None
    check_after: Day | None = None

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.effective_from is None and not self.date_unknown:
            raise ValueError("give `effective_from`, or state in `date_unknown` why the first day is unknown")
        if self.effective_from is not None and self.date_unknown is not None:
            raise ValueError("`date_unknown` is for an unknown first day: remove it, or remove `effective_from`")
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError(
                f"`effective_to` {self.effective_to} is before `effective_from` {self.effective_from}: correct one of them"
            )
        if self.checked and self.check_after and self.check_after <= self.checked:
            raise ValueError(
                f"`check_after` {self.check_after} is not after `checked` {self.checked}: give a later day"
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
        """Return the text that is shown where the rule binds."""
        return self.text or self.title


DUTY_THRESHOLDS = {
    "pue": "max_pue",
    "renewable_share": "min_renewable_share",
    "heat_reuse": "min_heat_reuse_share",
    "on_site_power": "min_on_site_power_share",
    "reporting": None,
    "permit": None,
}
"""Threshold that a duty of each kind must have; None for reports and permits."""


class Duty(Entry):
    """A requirement on a data centre: a PUE, a share of renewables, heat reuse, a report."""

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
        """Return the threshold of the duty, in the unit of its kind; None for reports and permits."""
        name = DUTY_THRESHOLDS[self.kind]
        return None if name is None else float(getattr(self, name))


class CarbonPrice(Entry):
    """A price on the emissions of power generation."""

    usd_per_t: Positive
    on: Literal["direct"]
    in_tariff: bool = Field(description="whether the electricity tariff carries it already")


class Stop(Entry):
    """A rule under which no new site may open, or none above a size."""

    above_facility_mw: Threshold = Field(
        default=0.0, description="facility power up to which a site may still open [MW]; 0: none may"
    )
