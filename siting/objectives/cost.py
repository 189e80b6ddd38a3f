"""What the plan costs in a year."""

from typing import TYPE_CHECKING, ClassVar, Literal

from siting.model.objective import Objective
from siting.model.rows import Linear

if TYPE_CHECKING:
    from siting.model.problem import Problem


class Cost(Objective):
    """Minimise the yearly cost: capital, energy, taxes and carbon price, less incentives."""

    objective: Literal["cost"] = "cost"
    is_cost: ClassVar[bool] = True

    def linear(self, problem: "Problem") -> Linear:
        """Return the cost [USD/a]."""
        return problem.cost

    @property
    def unit(self) -> str:
        """Unit of the objective."""
        return "USD/year"
