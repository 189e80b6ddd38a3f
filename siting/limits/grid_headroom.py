"""A site draws no more than its grid can spare."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from siting.model.limit import Limit
from siting.model.rows import Floats, Rows, group_sum

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.model.problem import Problem


class GridHeadroom(Limit):
    """Keep peak facility power within a share of what the grid generates.

    ``sum_{o in zone} hall_mw * peak_PUE[o] * halls[o] <= zone_share * average generation of the zone``,
    and each site at most `plants_share` of the plant MW within 150 km in its country. Both shares
    are assumptions. A site whose zone's generation or nearby plants are unknown is left out.

    Attributes
    ----------
    zone_share : float
        Share of the zone's average generation [0-1].
    plants_share : float
        Share of the plant capacity within 150 km [0-1].
    """

    kind: Literal["grid_headroom"] = "grid_headroom"
    zone_share: Annotated[float, Field(gt=0, le=1)] = 0.10
    plants_share: Annotated[float, Field(gt=0, le=1)] = 0.25

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites whose headroom is unknown."""
        missing = {
            "avg_generation_mw": "UNKNOWN average generation of zone {zone_id}",
            "plants_mw_150km": "UNKNOWN plant capacity within 150 km (no plant in the tables is a gap, not proof)",
        }
        zone_of = {
            str(s): z if isinstance(z, str) else "(unknown)" for s, z in zip(sites["id"], sites["zone_id"], strict=True)
        }
        return {
            str(site): text.format(zone_id=zone_of[str(site)])
            for column, text in missing.items()
            for site in sites.loc[sites[column].isna(), "id"]
        }

    def facility_mw_cap(self, sites: "DataFrame") -> Floats:
        """Return the largest facility power of each site, by zone and by plants nearby [MW]."""
        zone = self.zone_share * sites["avg_generation_mw"].to_numpy(float)
        return np.minimum(zone, self.plants_share * sites["plants_mw_150km"].to_numpy(float))

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row a zone [MW of facility power]."""
        zone_of_site, first, zone = np.unique(
            problem.sites["zone_id"].to_numpy(str), return_index=True, return_inverse=True
        )
        peak_mw = problem.scenario.building.hall_mw * problem.options["peak_pue"].to_numpy(float)
        matrix = group_sum(zone[problem.options["site"]], peak_mw, len(zone_of_site))
        spare = self.zone_share * problem.sites["avg_generation_mw"].to_numpy(float)[first]
        return [Rows(self.kind, [str(z) for z in zone_of_site], {"halls": matrix}, "<=", spare, "MW")]
