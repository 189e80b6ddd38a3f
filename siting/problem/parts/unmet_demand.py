"""Elastic demand: the part of it that is not served, at a price, down to a minimum."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from siting.problem.part import Decisions, Line, Part, PartInputs
from siting.problem.parts.service import EXACT
from siting.problem.problem import Problem
from siting.problem.rows import Family, Rows, one_row
from siting.units import HOURS_PER_YEAR, Floats

UNSERVED, UNMET_LINE = "unserved", "unmet demand"
"""Where the ledger charges demand that is not served, where the scenario gives it a price."""


@dataclass(frozen=True)
class UnmetDemand(Part):
    """Leave demand unserved where `demand.elastic` allows it.

    ``sum_s serve_mw[s,g] + unmet_mw[g] = demand_mw[g]`` for every group g, and ``sum_g unmet_mw[g]`` leaves the minimum.

    Attributes
    ----------
    usd_per_mw : float
        Price of a MW that is not served through the year [USD/a]; 0 without a price.
    """

    name: ClassVar[str] = "unmet_demand"
    row_names: ClassVar[Mapping[str, str]] = MappingProxyType({"elastic": "the minimum of `demand.elastic`"})
    can_be_loosened: ClassVar[bool] = True
    column_rank: ClassVar[int] = 0

    usd_per_mw: float

    @classmethod
    def prepare(cls, inputs: PartInputs) -> Self | None:
        """Return the part where demand is elastic."""
        elastic = inputs.scenario.demand.elastic
        return None if elastic is None else cls(HOURS_PER_YEAR * (elastic.unmet_usd_per_mwh or 0.0))

    def families(self, problem: Problem) -> tuple[Family, ...]:
        """Return the unserved draw of each group [MW]."""
        demand = problem.groups.demand_mw
        return (
            Family("unmet_mw", [f"g{g}" for g in range(len(demand))], np.zeros(len(demand)), demand, integer=False),
        )

    def lines(self, problem: Problem) -> tuple[Line, ...]:
        """Return the price of unserved demand."""
        n = len(problem.groups.demand_mw)
        line = Line(UNMET_LINE, "unmet_mw", np.full(n, self.usd_per_mw), np.zeros(n), booked_at=UNSERVED)
        return (line,) if self.usd_per_mw > 0 else ()

    def rows(self, problem: Problem) -> list[Rows]:
        """Return the minimum of the compute [MW]."""
        demand = problem.groups.demand_mw
        spare = max(float(demand.sum()) - problem.least_served_mw, 0.0)
        return [one_row("elastic", "minimum compute", {"unmet_mw": np.ones(len(demand))}, "<=", spare, "MW")]

    def may_bind(self, block: Rows) -> bool:
        """Return True: the minimum is the planner's."""
        return True

    def unserved(self, problem: Problem) -> Mapping[str, sparse.csr_array]:
        """Return the unserved draw of each group."""
        return {"unmet_mw": sparse.csr_array(sparse.eye_array(len(problem.groups.demand_mw), format="csr"))}

    def start(self, problem: Problem, plan: Decisions, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return the demand that a plan's services leave."""
        return _left(problem, values)

    def settle(self, problem: Problem, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return the demand that the settled services leave."""
        return _left(problem, values)


def _left(problem: Problem, values: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return what the services leave of each group, without the rounding of their sum."""
    demand = problem.groups.demand_mw
    left = demand - np.bincount(problem.arcs.group, values["serve_mw"], len(demand))
    return {"unmet_mw": np.where(left > EXACT * len(problem.sites) * demand, left, 0.0)}
