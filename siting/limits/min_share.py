"""Smallest share of the load in rural or polar places."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from siting.problem.rows import Rows, one_row
from siting.scenario.field_types import NotNegative, PositiveShare
from siting.scenario.limit import Limit
from siting.units import Bools

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.problem.problem import Problem

POLAR_CIRCLE_DEG = 66.56
"""Latitude of the polar circles [degree], by an obliquity of 23.44 degrees (Astronomical Almanac, J2000)."""

RURAL_KM = 50.0
"""Distance to the nearest city of 100,000 beyond which a place counts as rural [km] (assumption)."""


class MinShare(Limit):
    """Put at least a share of the load in rural, or in polar, places.

    ``sum_{o in P} load_mw[o] - min * sum_o load_mw[o] >= 0``. Rural is farther than `rural_km` from the nearest
    city of 100,000; polar is at or beyond `polar_deg` of latitude, north or south. A place whose distance is
    unknown does not count as rural.

    Attributes
    ----------
    of : {"rural", "polar"}
        Kind of place.
    min : float
        Smallest share of the load [0-1], above 0.
    rural_km : float
        Distance to the nearest city of 100,000 [km] (assumption).
    polar_deg : float
        Latitude, north or south [degree]; the polar circle by default.
    """

    loosened_by: ClassVar[str] = "lower `min`"

    kind: Literal["min_share"] = "min_share"
    of: Literal["rural", "polar"]
    min: PositiveShare
    rural_km: NotNegative = RURAL_KM
    polar_deg: Annotated[float, Field(ge=0, le=90)] = POLAR_CIRCLE_DEG

    def unknowns(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites that cannot be classified as rural or not."""
        if self.of == "polar":
            return {}
        missing = sites.loc[sites["km_to_city_100k"].isna(), "id"]
        return {str(s): "UNKNOWN km_to_city_100k: not counted as rural" for s in missing}

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row [MW]."""
        counted = self._counted(problem.sites)[problem.options["site"].to_numpy(np.intp)].astype(np.float64)
        return [one_row(self.kind, self.of, {"load_mw": counted - self.min}, ">=", 0.0, "MW")]

    def _counted(self, sites: "DataFrame") -> Bools:
        if self.of == "rural":
            return np.asarray(sites["km_to_city_100k"].to_numpy(float) > self.rural_km)
        return np.asarray(np.abs(sites["lat"].to_numpy(float)) >= self.polar_deg)
