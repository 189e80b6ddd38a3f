"""Yearly emissions of the plan."""

from typing import TYPE_CHECKING, ClassVar, Literal

from siting.problem.rows import Linear
from siting.scenario.objective import Objective

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class Emissions(Objective):
    """Minimise the yearly emissions, operational and embodied.

    ``sum e_op[o] load_mw[o] + sum e_halls[o] halls[o]``.
    """

    objective: Literal["emissions"] = "emissions"
    ties_are_many: ClassVar[bool] = False

    def linear(self, problem: "Problem") -> Linear:
        """Return the emissions [tCO2e/a]."""
        return problem.emissions

    @property
    def unit(self) -> str:
        """Unit of the objective."""
        return "tCO2e/year"
