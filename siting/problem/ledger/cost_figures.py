"""Rates: the cost and hardware figures of a plan, from the catalogue or the scenario."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from siting.errors import DataError, ScenarioError, listed, nearest
from siting.physics.money.price_years import require_near_years
from siting.scenario.scenario import Scenario
from siting.world import catalogue

REMOTE_KM = 100.0
"""Distance to the next city of 100,000 [km] beyond which the remote-construction uplift applies (assumption)."""

PRICE_YEAR = 2025
"""Year of the money of all costs [USD]."""

PRICE_YEAR_TOLERANCE = 1
"""Years that a figure may be off `PRICE_YEAR` unconverted (assumption): no price index ships, and one or two
years are less than what the figures themselves are uncertain by."""

UNITS: Mapping[str, str] = MappingProxyType(
    {
        "capex-it-usd-per-mw": "USD/MW",
        "capex-facility-usd-per-mw": "USD/MW",
        "facility-shell-share": "1",
        "facility-site-share": "1",
        "land-usd-per-m2": "USD/m2",
        "land-m2-per-mw": "m2/MW",
        "water-usd-per-m3": "USD/m3",
        "opex-other-usd-per-mw-year": "USD/(MW year)",
        "life-it-years": "year",
        "life-facility-years": "year",
        "discount-rate": "1",
        "inflation": "1",
        "jobs-per-mw": "jobs/MW",
        "remote-construction-uplift": "1",
        "embodied-shell-t-per-mw": "t/MW",
    }
)
"""Unit in which the model reads each row of the `costs` table."""

COSTS_USED = tuple(UNITS)
"""Rows of the `costs` table that the model reads."""


@dataclass(frozen=True)
class Rates:
    """The figures a plan is priced with, after the scenario's overrides, and the accelerator."""

    accelerator: catalogue.Accelerator
    cost: dict[str, float]
    embodied_kg_per_accelerator: float

    @property
    def jobs_per_mw(self) -> float:
        """Permanent jobs per MW of IT capacity."""
        return self.cost["jobs-per-mw"]


def rates_of(scenario: Scenario) -> Rates:
    """Read hardware and cost figures, with the scenario's overrides and its end of the embodied interval.

    Parameters
    ----------
    scenario : Scenario
        Hardware, and `costs`, in dollars of `PRICE_YEAR`.

    Returns
    -------
    Rates
        Every figure of `COSTS_USED`.

    Raises
    ------
    ScenarioError
        An override names a figure that the model does not read, or shares of the facility are above 1 together.
    DataError
        A figure of the catalogue is in another unit, or in money too far from `PRICE_YEAR`.
    """
    faults = _override_faults(scenario.costs)
    if faults:
        raise ScenarioError.from_faults(faults[0], faults[1:])
    end = scenario.hardware.embodied
    figures = {c: catalogue.cost(c) for c in COSTS_USED}
    odd = [f"`{c}` is in {f.unit}: give it in {UNITS[c]}" for c, f in figures.items() if f.unit != UNITS[c]]
    if odd:
        raise DataError.from_faults("table `costs`:", odd)
    years = {c: y for c, f in figures.items() if c not in scenario.costs and (y := money_year(f)) is not None}
    require_near_years(years, PRICE_YEAR, PRICE_YEAR_TOLERANCE)
    used = {c: getattr(f, end if c.startswith("embodied-") else "mid") for c, f in figures.items()} | scenario.costs
    parts = used["facility-shell-share"] + used["facility-site-share"]
    if parts > 1:
        raise ScenarioError(
            f"`costs`: facility-shell-share and facility-site-share sum to {parts:g}: reduce them to 1 or less together"
        )
    accelerator = scenario.hardware.chip
    return Rates(accelerator, used, float(getattr(accelerator, f"embodied_{end}_kg")))


def money_year(figure: catalogue.Figure) -> int | None:
    """Return the first year of a figure's money; None where it is not in dollars.

    Examples
    --------
    >>> money_year(catalogue.cost("land-usd-per-m2")), money_year(catalogue.cost("life-it-years"))
    (2024, None)
    """
    found = re.search(r"\d{4}", figure.year)
    return int(found.group()) if found and "USD" in figure.unit else None


def _override_faults(costs: dict[str, float]) -> list[str]:
    return [
        f"`costs`: no figure `{k}`{nearest(k, COSTS_USED)} (a scenario may override {listed(COSTS_USED)})"
        for k in sorted(set(costs) - set(COSTS_USED))
    ]
