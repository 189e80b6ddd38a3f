"""Largest cost per unit of compute."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from siting.problem.rows import Rows, one_row
from siting.scenario.field_types import Positive
from siting.scenario.limit import Limit
from siting.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class MaxCostPerCompute(Limit):
    """Keep the yearly cost per unit of useful compute at or below a limit.

    ``cost - usd_per_eflop * 8760 * eflop_per_mwh_it * sum_o load_mw[o] <= 0``.

    Attributes
    ----------
    usd_per_eflop : float
        Largest cost per compute [USD/EFLOP], above 0.
    """

    loosened_by: ClassVar[str] = "raise `usd_per_eflop`"

    kind: Literal["max_cost_per_compute"] = "max_cost_per_compute"
    usd_per_eflop: Positive

    @property
    def caps(self) -> tuple[str, ...]:
        """KPIs that the limit bounds."""
        return ("cost_usd_per_year", "cost_usd_per_eflop")

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row [USD/year]."""
        allowed_usd_per_mw = self.usd_per_eflop * HOURS_PER_YEAR * problem.eflop_per_mwh_it
        load = problem.cost.terms.get("load_mw", np.zeros(len(problem.options))) - allowed_usd_per_mw
        terms = {**problem.cost.terms, "load_mw": load}
        return [one_row(self.kind, "portfolio", terms, "<=", 0.0, problem.cost.unit)]
