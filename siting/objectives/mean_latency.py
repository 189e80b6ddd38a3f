"""Mean round-trip time between demand and the sites that serve it."""

from typing import TYPE_CHECKING, ClassVar, Literal

from siting.problem.rows import Linear
from siting.scenario.objective import Objective

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class MeanLatency(Objective):
    """Minimise the p90 round-trip time, mean over the demand that is served.

    ``sum_a rtt_p90_ms[a] serve_mw[a] / sum_a serve_mw[a]``.
    """

    objective: Literal["mean_latency"] = "mean_latency"
    ties_are_many: ClassVar[bool] = False
    needs_arcs_apart: ClassVar[bool] = True

    def linear(self, problem: "Problem") -> Linear:
        """Return the sum of round trips, weighted by load [MW ms]."""
        return Linear({"serve_mw": problem.arc_rtt_ms.mean}, "MW ms")

    def per(self, problem: "Problem") -> Linear:
        """Return the load that is served [MW]."""
        return problem.served_mw

    @property
    def unit(self) -> str:
        """Unit of the objective."""
        return "ms"
