"""Budget: largest yearly cost, in dollars or relative to the least-cost plan."""

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from siting.errors import UnprovenError, listed
from siting.problem.rows import Rows
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from siting.problem.problem import Problem
    from siting.scenario.scenario import Scenario


class Budget(Limit):
    """Keep the yearly cost at or below an amount, or within a share above the least-cost plan.

    ``cost <= usd_per_year``, or ``cost <= (1 + above_least_cost) * least cost`` where the least
    cost is the proven optimum under all other limits.

    Attributes
    ----------
    usd_per_year : float or None
        Largest cost [USD/a], above 0.
    above_least_cost : float or None
        Largest excess over the least cost [0-1].
    """

    loosened_by: ClassVar[str] = "raise `usd_per_year` or `above_least_cost`"

    kind: Literal["budget"] = "budget"
    usd_per_year: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    above_least_cost: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "Budget":
        if (self.usd_per_year is None) == (self.above_least_cost is None):
            raise ValueError("give either `usd_per_year` or `above_least_cost`, one of the two")
        return self

    @property
    def caps(self) -> tuple[str, ...]:
        """KPIs that the budget bounds."""
        return ("cost_usd_per_year", "cost_usd_per_eflop")

    @property
    def needs_least_cost(self) -> bool:
        """Whether the least cost must be proven first."""
        return self.above_least_cost is not None

    def faults(self, scenario: "Scenario") -> list[str]:
        """Return that the scenario has more than one budget, once: only the smallest would act."""
        budgets = [x for x in scenario.limits if isinstance(x, Budget)]
        if len(budgets) < 2 or budgets[0] is not self:
            return []
        given = listed("`usd_per_year`" if x.usd_per_year is not None else "`above_least_cost`" for x in budgets)
        return [f"the scenario has {len(budgets)} budgets ({given}), of which only the smallest acts: keep one"]

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row [USD/a]."""
        most = self.largest_usd_per_year(least_cost_usd_per_year)
        if math.isnan(most):
            raise UnprovenError(
                "limit `budget`: `above_least_cost` needs the proven least cost, which is missing: give `usd_per_year`"
            )
        return [problem.cost.at_most(self.kind, most)]

    def largest_usd_per_year(self, least_cost_usd_per_year: float | None = None) -> float:
        """Return the budget [USD/a]; NaN where it refers to a least cost that is not known."""
        if self.usd_per_year is not None:
            return self.usd_per_year
        assert self.above_least_cost is not None
        least = math.nan if least_cost_usd_per_year is None else least_cost_usd_per_year
        return (1.0 + self.above_least_cost) * least
