"""Yearly cost of the plan."""

from typing import TYPE_CHECKING, ClassVar, Literal

from siting.problem.rows import Linear
from siting.scenario.objective import Objective

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class Cost(Objective):
    """Minimise the yearly cost: capital, energy, taxes and carbon price, less incentives.

    ``sum_o usd_load[o] load_mw[o] + usd_halls[o] halls[o] - sum_r benefit_usd[o,r] (+ unmet_usd sum_g unmet_mw[g])``:
    the lines of the ledger.
    """

    objective: Literal["cost"] = "cost"
    is_cost: ClassVar[bool] = True

    def linear(self, problem: "Problem") -> Linear:
        """Return the cost [USD/a]."""
        return problem.cost

    @property
    def unit(self) -> str:
        """Unit of the objective."""
        return "USD/year"
