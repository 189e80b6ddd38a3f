"""The slowest service of the plan."""

from typing import TYPE_CHECKING, ClassVar, Literal

from siting.scenario.objective import Objective
from siting.units import Floats

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class WorstLatency(Objective):
    """Minimise the largest p90 round-trip time at which any demand is served.

    ``max {rtt_p90_ms[a] : serve_mw[a] > 0}``: the least time within which everything can be served, by
    halving the list of times that occur. Each time below it is proven to be too short.
    """

    objective: Literal["worst_latency"] = "worst_latency"
    needs_arcs_apart: ClassVar[bool] = True

    def bottleneck(self, problem: "Problem") -> Floats:
        """Return the round trip of each arc [ms]."""
        return problem.arc_rtt_ms.worst

    @property
    def unit(self) -> str:
        """Unit of the objective."""
        return "ms"
