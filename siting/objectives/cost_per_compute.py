"""Cost per unit of training compute."""

from typing import TYPE_CHECKING, ClassVar, Literal

from siting.problem.rows import Linear
from siting.scenario.objective import Objective

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class CostPerCompute(Objective):
    """Minimise USD per EFLOP over the whole plan.

    ``cost / (8760 * eflop_per_mwh_it * sum load_mw)``; the cost is that of `cost`, including the price of
    unmet demand. With elastic demand the ratio is minimised exactly (Dinkelbach).
    """

    objective: Literal["cost_per_compute"] = "cost_per_compute"
    ties_are_many: ClassVar[bool] = False

    def linear(self, problem: "Problem") -> Linear:
        """Return the cost [USD/a]."""
        return problem.cost

    def per(self, problem: "Problem") -> Linear:
        """Return the compute that is served [EFLOP/a]."""
        return problem.compute

    @property
    def unit(self) -> str:
        """Unit of the objective."""
        return "USD/EFLOP"
