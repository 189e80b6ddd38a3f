"""Largest round-trip time between sites that train one model together."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from siting.problem.row_patterns.conflict_cliques import conflict_rows
from siting.problem.rows import Rows
from siting.scenario.field_types import Positive
from siting.scenario.limit import Limit
from siting.world.latency.round_trips import rtt_ms

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class TrainingDomain(Limit):
    """Keep all built sites within a round trip of each other, so that they can train one model together.

    ``open_s + open_t <= 1`` wherever the p90 round trip between s and t is above `max_ms`, written as cliques,
    ``sum_{s in clique} open_s <= 1``; see `siting.problem.row_patterns.conflict_cliques`. Round trips are those of `siting.rtt_ms`
    on the network of the demand (p90 over pairs of places); measured round trips are between sites and hubs, and are not used here.

    Attributes
    ----------
    max_ms : float
        Largest p90 round trip between any two built sites [ms], above 0.
    """

    may_be_idle: ClassVar[bool] = True
    loosened_by: ClassVar[str] = "raise `max_ms`"

    kind: Literal["training_domain"] = "training_domain"
    max_ms: Positive

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row per clique of sites that are too far apart [sites]; none if all are close enough."""
        lon, lat = (problem.sites[c].to_numpy(float) for c in ("lon", "lat"))
        network = problem.scenario.demand.network
        far = rtt_ms(lon[:, None], lat[:, None], lon, lat, quantile=0.9, network=network) > self.max_ms
        return conflict_rows(self.kind, problem, np.asarray(far | far.T))
