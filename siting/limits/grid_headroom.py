"""Grid headroom: power that zone and nearby plants can supply."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field
from scipy import sparse

from siting.errors import MOST_LISTED
from siting.problem.rows import Rows, group_sum
from siting.problem.sites import require_known_sites
from siting.scenario.field_types import NotNegative, Positive
from siting.scenario.limit import Limit
from siting.units import Floats
from siting.world.user_files.place_checks import near_pairs

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.problem.problem import Problem


class GridHeadroom(Limit):
    """Keep peak facility power within a share of the grid's generation.

    ``sum_{o in zone} hall_mw * peak_PUE[o] * halls[o] <= zone_share * average generation of the zone``,
    and each site at most `plants_share` of the plant MW within 150 km in its country,
    ``hall_mw * peak_PUE[o] * halls[o] <= plants_share * plants_mw[s]``, and at most `site_mw` and `by_site_mw`. Sites of
    one country within 5 km of site s are one place and share its plants,
    ``sum_{t near s} hall_mw * peak_PUE[o] * halls[o] / plants_mw[t] <= plants_share``. Both shares and the distance are
    assumptions. A site with unknown generation of its zone, or unknown nearby plants, is excluded.

    Attributes
    ----------
    zone_share : float
        Share of the zone's average generation [0-1].
    plants_share : float
        Share of the plant capacity within 150 km [0-1].
    site_mw : float or None
        Largest facility power of any site [MW], above 0; None for no such limit.
    by_site_mw : mapping of str to float
        Largest facility power of single sites [MW], 0 or more, by id: `{ lulea = 120 }`, as agreed with the grid operator.
    """

    loosened_by: ClassVar[str] = "raise `zone_share`, `plants_share` or the power per site"

    kind: Literal["grid_headroom"] = "grid_headroom"
    zone_share: Annotated[float, Field(gt=0, le=1)] = 0.10
    plants_share: Annotated[float, Field(gt=0, le=1)] = 0.25
    site_mw: Positive | None = None
    by_site_mw: dict[str, NotNegative] = Field(default={})

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites whose headroom is unknown; refuse an id that no candidate has."""
        require_known_sites(self.kind, self.by_site_mw, sites)
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
        """Return the largest facility power of each site, by zone, by nearby plants and by `site_mw` and `by_site_mw` [MW]."""
        zone = self.zone_share * sites["avg_generation_mw"].to_numpy(float)
        plants = self.plants_share * sites["plants_mw_150km"].to_numpy(float)
        every = np.inf if self.site_mw is None else self.site_mw
        own = np.array([min(every, self.by_site_mw.get(str(s), np.inf)) for s in sites["id"]], dtype=float)
        return np.asarray(np.minimum(np.minimum(zone, plants), own))

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row per zone, and one per site with others at its place [MW of facility power]."""
        zone_of_site, first, zone = np.unique(
            problem.sites["zone_id"].to_numpy(str), return_index=True, return_inverse=True
        )
        peak_mw = problem.scenario.building.hall_mw * problem.options["peak_pue"].to_numpy(float)
        matrix = group_sum(zone[problem.options["site"]], peak_mw, len(zone_of_site))
        spare = self.zone_share * problem.sites["avg_generation_mw"].to_numpy(float)[first]
        zones = Rows(self.kind, [str(z) for z in zone_of_site], {"halls": matrix}, "<=", spare, "MW")
        return [zones, *self._shared_plants(problem, peak_mw)]

    def _shared_plants(self, problem: "Problem", peak_mw: Floats) -> list[Rows]:
        """Return a row per site that is one place with others; none where all are apart."""
        sites, site = problem.sites, problem.options["site"].to_numpy(np.intp)
        lon, lat, plants = (sites[c].to_numpy(float) for c in ("lon", "lat", "plants_mw_150km"))
        near: dict[int, list[int]] = {}
        for a, b in near_pairs(lon, lat, list(sites["country_iso2"])).tolist():
            near.setdefault(a, [a]).append(b)
            near.setdefault(b, [b]).append(a)
        apart = {tuple(sorted(others)): centre for centre, others in near.items()}  # those at one point have one row
        if not apart:
            return []
        share = sparse.csr_array((peak_mw / plants[site], (site, np.arange(len(site)))), shape=(len(sites), len(site)))
        row, of = np.array([(k, s) for k, others in enumerate(apart) for s in others], dtype=np.intp).T
        member = sparse.csr_array((np.ones(len(of)), (row, of)), shape=(len(apart), len(sites)))
        room = plants[list(apart.values())]
        matrix = sparse.csr_array(sparse.diags_array(room) @ member @ share)
        where = [", ".join(str(sites["id"].iloc[s]) for s in others[:MOST_LISTED]) for others in apart]
        return [Rows(self.kind, where, {"halls": matrix}, "<=", self.plants_share * room, "MW")]
