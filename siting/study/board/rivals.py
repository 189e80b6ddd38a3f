"""The least-cost and the nearest plan of the same scenario, and the sites that almost won."""

from typing import TYPE_CHECKING, Any

from siting.objectives import Cost, MeanLatency
from siting.problem.prepare import prepare
from siting.scenario.scenario import Scenario
from siting.solver.solve import solve
from siting.study.kpi_objectives import in_order

if TYPE_CHECKING:
    from siting.plan.plan import Plan

MOST_CANDIDATES = 60
"""Candidates up to which `siting plan` solves the two rivals too: each takes about as long as the plan itself."""


def cheapest_plan(scenario: Scenario, **how: Any) -> "Plan":
    """Return the least-cost plan of a scenario, its limits and carbon method held.

    Parameters
    ----------
    scenario : Scenario
        What it minimises is replaced by cost.
    **how
        As in `siting.solve`.
    """
    return solve(prepare(in_order(scenario, [Cost(carbon=scenario.minimise.carbon)])), **how)


def nearest_plan(scenario: Scenario, **how: Any) -> "Plan":
    """Return the plan with the least mean round trip to the hubs, ties by cost, its limits and carbon method held.

    Parameters
    ----------
    scenario : Scenario
        What it minimises is replaced by the mean round trip, weighted by demand, then cost.
    **how
        As in `siting.solve`.
    """
    carbon = scenario.minimise.carbon
    return solve(prepare(in_order(scenario, [MeanLatency(carbon=carbon), Cost(carbon=carbon)])), **how)
