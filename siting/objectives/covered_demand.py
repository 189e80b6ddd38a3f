"""Demand that is served, if not all of it must be."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from siting.problem.rows import Linear
from siting.scenario.objective import Objective

if TYPE_CHECKING:
    from siting.problem.problem import Problem
    from siting.scenario.scenario import Scenario


class CoveredDemand(Objective):
    """Maximise the demand that is served within the limits: ``sum_g (demand_mw[g] - unmet_mw[g])``.

    With a limit on latency and on the number of sites this is the maximal covering location problem.

    References
    ----------
    R. Church, C. ReVelle (1974), The maximal covering location problem, Papers of the Regional Science
    Association 32, 101-118.
    """

    objective: Literal["covered_demand"] = "covered_demand"
    maximise: ClassVar[bool] = True

    def faults(self, scenario: "Scenario") -> list[str]:
        """Refuse a demand that must be served in full."""
        if scenario.demand.elastic is None:
            return ["all demand is served, so there is nothing to maximise: give `demand.elastic` with a minimum"]
        return []

    def linear(self, problem: "Problem") -> Linear:
        """Return the demand that is served [MW]."""
        return Linear({"serve_mw": np.ones(len(problem.arcs))}, "MW")

    @property
    def unit(self) -> str:
        """Unit of the objective."""
        return "MW"
