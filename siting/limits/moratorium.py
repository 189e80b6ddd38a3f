"""Moratorium of the planner, in addition to those of the policy packs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from siting.scenario.field_types import Code, NotNegative
from siting.scenario.limit import Limit
from siting.units import Bools, Floats
from siting.world.policy import Area
from siting.world.policy.jurisdictions import within

if TYPE_CHECKING:
    from pandas import DataFrame


class Moratorium(Limit):
    """Exclude all sites, or those above a size, in the named places (a filter).

    ``hall_mw * peak_PUE[o] * halls[o] <= above_facility_mw`` for every site in one of the places; a
    site whose cap is below its smallest size is excluded.

    Attributes
    ----------
    jurisdictions : tuple of str
        Countries, states or unions: `["IE", "US-VA", "EU"]`.
    admin1 : tuple of str
        First-level administrative units, as the candidates name them: `["Noord-Holland"]`.
    zones : tuple of str
        Grid zones: `["SE-SE4"]`.
    areas : tuple of Area
        Circles: `{ name = "Dublin", lon = -6.26, lat = 53.35, radius_km = 40 }`.
    above_facility_mw : float
        Facility power up to which a site may still open [MW], 0 or more; 0 for none.
    reason : str
        Reason that the plan lists.
    """

    loosened_by: ClassVar[str] = "raise `above_facility_mw` or name fewer places"

    kind: Literal["moratorium"] = "moratorium"
    jurisdictions: tuple[Code, ...] = ()
    admin1: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    areas: tuple[Area, ...] = ()
    above_facility_mw: NotNegative = 0.0
    reason: str = "the planner's moratorium"

    @model_validator(mode="after")
    def _a_place_is_named(self) -> "Moratorium":
        if not (self.jurisdictions or self.admin1 or self.zones or self.areas):
            raise ValueError("no place is named: give `jurisdictions`, `admin1`, `zones` or `areas`")
        return self

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites in the places, if none may open at all."""
        shut = self._inside(sites) if self.above_facility_mw == 0 else np.zeros(len(sites), dtype=bool)
        return {
            str(s): f"{self.reason}: {where}"
            for s, where in zip(sites["id"][shut], self._where(sites[shut]), strict=True)
        }

    def facility_mw_cap(self, sites: "DataFrame") -> Floats | None:
        """Return the size up to which a site may open [MW]; infinite outside the places."""
        return None if self.above_facility_mw == 0 else np.where(self._inside(sites), self.above_facility_mw, np.inf)

    def _inside(self, sites: "DataFrame") -> Bools:
        return np.array([bool(w) for w in self._where(sites)], dtype=bool)

    def _where(self, sites: "DataFrame") -> list[str]:
        """Return the named place that each site is in, empty for none."""
        under = within(list(sites["jurisdiction"]), self.jurisdictions)
        return [
            str(j)
            if u
            else str(a)
            if str(a) in self.admin1
            else f"zone {z}"
            if str(z) in self.zones
            else next((circle.name for circle in self.areas if circle.holds(float(lon), float(lat))), "")
            for u, j, a, z, lon, lat in zip(
                under, sites["jurisdiction"], sites["admin1"], sites["zone_id"], sites["lon"], sites["lat"], strict=True
            )
        ]
