"""Largest round-trip time of the plan."""

from typing import TYPE_CHECKING, ClassVar, Literal

from siting.scenario.objective import Objective
from siting.units import Floats

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class WorstLatency(Objective):
    """Minimise the largest p90 round-trip time at which any demand is served.

    ``max {rtt_p90_ms[a] : serve_mw[a] > 0}``: the smallest time within which all demand can be served, by
    bisection over the times that occur. The next smaller time is proven infeasible.
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
