"""Policy packs: what a jurisdiction takes, gives and forbids, each entry dated and sourced."""

import tomllib
from datetime import date
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError

from siting.errors import DataError, ScenarioError
from siting.world.tables import check_hash, resources


class Entry(BaseModel):
    """What every rule of a pack says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    effective_from: date
    effective_to: date | None = None
    source: str
    quality: Literal["observed", "derived", "modelled", "assumption", "unverified"]

    def holds_on(self, day: date) -> bool:
        """Return whether the rule is in force on a day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


class SalesTax(Entry):
    """A tax on what is bought: a share of a capital line."""

    rate: float = Field(ge=0, le=1, description="share of the purchase price [0-1]")
    base: Literal["it_capex", "facility_capex"]


class Incentive(Entry):
    """A programme that a site may claim once it meets the thresholds."""

    kind: Literal["sales_tax_exemption"]
    rate: float = Field(ge=0, le=1, description="share of the base that is waived [0-1]")
    base: Literal["it_capex", "facility_capex"]
    min_capex_usd: float = Field(default=0.0, ge=0, description="investment at the site [USD]")
    min_jobs: float = Field(default=0.0, ge=0, description="permanent jobs at the site")
    conditions_not_modelled: tuple[str, ...] = ()


class CarbonPrice(Entry):
    """A price on the emissions of power generation."""

    usd_per_t: PositiveFloat
    on: Literal["direct"]
    in_tariff: bool = Field(description="whether the electricity tariff carries it already")


class Stop(Entry):
    """A rule under which no site may open."""


class Pack(BaseModel):
    """The rules of one jurisdiction or of a union of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    jurisdictions: tuple[str, ...]
    sales_taxes: tuple[SalesTax, ...] = ()
    incentives: tuple[Incentive, ...] = ()
    carbon_prices: tuple[CarbonPrice, ...] = ()
    stops: tuple[Stop, ...] = ()

    def covers(self, jurisdiction: str) -> bool:
        """Return whether a place of that jurisdiction falls under the pack (`US` covers `US-TX`)."""
        return any(jurisdiction == j or jurisdiction.startswith(f"{j}-") for j in self.jurisdictions)

    def on(self, day: date) -> "Pack":
        """Return the pack with the entries that hold on a day."""
        kept = {
            name: tuple(e for e in getattr(self, name) if e.holds_on(day))
            for name in ("sales_taxes", "incentives", "carbon_prices", "stops")
        }
        return self.model_copy(update=kept)


@cache
def packs() -> dict[str, Pack]:
    """Return all shipped packs by id.

    Raises
    ------
    DataError
        A pack is missing, altered, or breaks the rules of its kind; file and field are named.

    Examples
    --------
    >>> packs()["us-tx"].incentives[0].min_jobs
    20.0
    """
    found: dict[str, Pack] = {}
    faults: list[str] = []
    for name, res in sorted(resources().items()):
        if not name.startswith("policy-"):
            continue
        check_hash(res)
        try:
            pack = Pack.model_validate(tomllib.loads(res.path.read_text(encoding="utf-8")))
            found[pack.id] = pack
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            faults.append(f"{res.descriptor['path']}: {error}")
    if faults:
        raise DataError.from_faults("policy packs:", faults)
    return found


def packs_in_force(day: date, wanted: Literal["all", "none"] | tuple[str, ...] = "all") -> tuple[Pack, ...]:
    """Return the packs a scenario asks for, with the entries that hold on its policy date.

    Parameters
    ----------
    day : datetime.date
        Policy date.
    wanted : {"all", "none"} or tuple of str, optional
        Pack ids; one that is named twice holds once.

    Returns
    -------
    tuple of Pack
        In the order asked for; all of them in the order of their ids.

    Raises
    ------
    ScenarioError
        An id that no pack has.

    Examples
    --------
    >>> [p.id for p in packs_in_force(date(2026, 7, 1), ("us-tx",))]
    ['us-tx']
    """
    known = packs()
    names = sorted(known) if wanted == "all" else [] if wanted == "none" else list(dict.fromkeys(wanted))
    unknown = [n for n in names if n not in known]
    if unknown:
        raise ScenarioError(f"no policy pack {', '.join(unknown)}: shipped are {', '.join(sorted(known))}")
    return tuple(known[n].on(day) for n in names)
