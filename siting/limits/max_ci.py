"""Largest carbon intensity of the grid of a site."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import field_validator

from siting.scenario.field_types import NotNegative
from siting.scenario.limit import Limit
from siting.scenario.objective import CarbonMethod

if TYPE_CHECKING:
    from pandas import DataFrame


class MaxCi(Limit):
    """Exclude sites whose grid emits more than a limit per kWh (a filter).

    ``CI[zone(s)] <= g_per_kwh``, by one named carbon method.

    Attributes
    ----------
    g_per_kwh : float
        Largest carbon intensity [gCO2e/kWh], 0 or more.
    carbon : CarbonMethod
        Method of counting; life cycle, average, location by default.
    """

    loosened_by: ClassVar[str] = "raise `g_per_kwh`"

    kind: Literal["max_ci"] = "max_ci"
    g_per_kwh: NotNegative
    carbon: CarbonMethod = CarbonMethod()

    @field_validator("carbon")
    @classmethod
    def _of_the_grid(cls, value: CarbonMethod) -> CarbonMethod:
        if value.basis == "market":
            raise ValueError('contracts do not change the grid of a place: set basis = "location"')
        return value

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites above the limit, and those whose intensity is unknown."""
        text = "{:g} g/kWh in zone {}, above {:g}"
        found = zip(sites["id"], sites["zone_id"], sites[self.carbon.column].astype(float), strict=True)
        return {
            str(s): text.format(ci, zone, self.g_per_kwh)
            if not np.isnan(ci)
            else f"UNKNOWN {self.carbon.column} of zone {zone}"
            for s, zone, ci in found
            if not ci <= self.g_per_kwh
        }
