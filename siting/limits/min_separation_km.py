"""Smallest distance between built sites, so that one event cannot hit two."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from siting.physics.geodesy import great_circle_km
from siting.problem.row_patterns.conflict_cliques import conflict_rows
from siting.problem.rows import Rows
from siting.scenario.field_types import Positive
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class MinSeparationKm(Limit):
    """Keep built sites apart: ``open_s + open_t <= 1`` wherever the great circle between s and t is under `km`.

    Written as cliques, ``sum_{s in clique} open_s <= 1``; see `siting.problem.row_patterns.conflict_cliques`.

    Attributes
    ----------
    km : float
        Smallest distance between any two built sites [km], above 0.
    """

    may_be_idle: ClassVar[bool] = True
    loosened_by: ClassVar[str] = "lower `km`"

    kind: Literal["min_separation_km"] = "min_separation_km"
    km: Positive

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row per clique of sites that are too close [sites]; none if all are far enough apart."""
        lon, lat = (problem.sites[c].to_numpy(float) for c in ("lon", "lat"))
        near = np.asarray(great_circle_km(lon[:, None], lat[:, None], lon, lat)) < self.km
        return conflict_rows(self.kind, problem, near)
