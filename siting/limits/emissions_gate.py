"""Emissions gate: a place may not open before its emissions fall below a limit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import field_validator, model_validator

from siting.errors import SitingError
from siting.scenario.field_types import NotNegative
from siting.scenario.limit import Limit
from siting.scenario.objective import CarbonMethod
from siting.world.grid.zones import trend

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.scenario.scenario import Scenario

G_PER_KG = 1000.0


class EmissionsGate(Limit):
    """Exclude places above an emission limit, and estimate the year in which they could open (a filter).

    ``CI[zone(s)] <= max_g_per_kwh``, and for every cooling design
    ``PUE[o] * CI[zone(s)] * 1000 / eflop_per_mwh_it <= max_g_per_eflop``: operation only, since
    embodied carbon of servers does not depend on the place. The year follows from the least-squares trend b of the zone's
    life-cycle intensity: the first with ``CI + b * (year - year of CI) <= limit``. There is none if b is not
    below 0 by more than its standard error, or if the method is not life cycle, average.

    Attributes
    ----------
    max_g_per_kwh : float or None
        Largest carbon intensity of the grid [gCO2e/kWh], 0 or more.
    max_g_per_eflop : float or None
        Largest operational emissions per compute [gCO2e/EFLOP], 0 or more.
    carbon : CarbonMethod
        Method of counting the intensity.
    """

    loosened_by: ClassVar[str] = "raise `max_g_per_kwh` or `max_g_per_eflop`"

    kind: Literal["emissions_gate"] = "emissions_gate"
    max_g_per_kwh: NotNegative | None = None
    max_g_per_eflop: NotNegative | None = None
    carbon: CarbonMethod = CarbonMethod()

    @model_validator(mode="after")
    def _a_limit_is_given(self) -> "EmissionsGate":
        if self.max_g_per_kwh is None and self.max_g_per_eflop is None:
            raise ValueError("no limit is given: give `max_g_per_kwh`, `max_g_per_eflop`, or both")
        return self

    @field_validator("carbon")
    @classmethod
    def _of_the_grid(cls, value: CarbonMethod) -> CarbonMethod:
        if value.basis == "market":
            raise ValueError('contracts do not change the grid of a place: set basis = "location"')
        return value

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites above the limit per kWh, each with the year in which it could open."""
        limit = np.inf if self.max_g_per_kwh is None else self.max_g_per_kwh
        return {str(s["id"]): self._shut(s, limit) for s in sites.to_dict("records") if not self._ci(s) <= limit}

    def drop_options(
        self, scenario: "Scenario", sites: "DataFrame", options: "DataFrame", eflop_per_mwh_it: float
    ) -> Mapping[str, str]:
        """Return the options above the limit per compute, each with the year in which it could open."""
        if self.max_g_per_eflop is None:
            return {}
        facts = sites.to_dict("records")
        shut = {}
        for label, s, pue in zip(options["label"], options["site"], options["pue"], strict=True):
            ci_limit = self.max_g_per_eflop * eflop_per_mwh_it / (G_PER_KG * pue)
            ci = self._ci(facts[s])
            if not ci <= ci_limit:
                per_eflop = (
                    f"{pue * ci * G_PER_KG / eflop_per_mwh_it:.3g} gCO2e/EFLOP, above {self.max_g_per_eflop:g}: "
                )
                shut[str(label)] = per_eflop + self._shut(facts[s], ci_limit)
        return shut

    def _ci(self, site: Mapping[object, object]) -> float:
        return float(np.float64(site[self.carbon.column]))  # type: ignore[arg-type]

    def _shut(self, site: Mapping[object, object], limit: float) -> str:
        """Return how far a site is above the limit, and when it could be below."""
        ci, zone = self._ci(site), str(site["zone_id"])
        if np.isnan(ci):
            return f"UNKNOWN {self.carbon.column} of zone {zone}"
        above = f"{ci:g} g/kWh in zone {zone}, above {limit:.4g}"
        if self.carbon.column != CarbonMethod().column:
            return f"{above}; no trend is known of {self.carbon.column}"
        return f"{above}; {year_below(zone, ci, int(site['ci_year']), limit)}"  # type: ignore[call-overload]


def year_below(zone_id: str, ci_g_per_kwh: float, year: int, limit_g_per_kwh: float) -> str:
    """Return the year in which a zone's trend brings its life-cycle intensity to a limit.

    Parameters
    ----------
    zone_id : str
        Grid zone.
    ci_g_per_kwh : float
        Its intensity [gCO2e/kWh] in `year`, above the limit.
    year : int
        Year of the intensity.
    limit_g_per_kwh : float
        The limit [gCO2e/kWh].

    Returns
    -------
    str
        A clause with the year and its range by one standard error of the slope, or the reason for none.

    Examples
    --------
    >>> year_below("GB", 200.0, 2025, 100.0)[:30]
    'by its trend it could open in '
    """
    try:
        line = trend(zone_id)
    except SitingError as error:
        return f"in which year it could open is UNKNOWN: {error}"
    slope, error_ = line.slope_g_per_kwh_per_year, line.slope_error_g_per_kwh_per_year
    trend_text = f"{slope:+.2g} +- {error_:.2g} g/kWh a year, {line.years[0]}-{line.years[-1]}"
    if slope + error_ >= 0:
        return f"it could not open within its trend ({trend_text})"
    above = ci_g_per_kwh - limit_g_per_kwh
    first, middle, last = (year + int(np.ceil(above / -s - 1e-9)) for s in (slope - error_, slope, slope + error_))
    if limit_g_per_kwh <= 0:
        return f"no trend brings an intensity to 0 ({trend_text})"
    return f"by its trend it could open in {middle} ({first} to {last}; {trend_text}; a line through few years is not a forecast)"
