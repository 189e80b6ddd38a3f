"""Number of sites."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from siting.problem.rows import Linear
from siting.scenario.objective import Objective

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class Sites(Objective):
    """Minimise the number of sites: ``sum_o open[o]``."""

    objective: Literal["sites"] = "sites"
    integer: ClassVar[bool] = True

    def linear(self, problem: "Problem") -> Linear:
        """Return the number of sites."""
        return Linear({"open": np.ones(len(problem.options))}, "sites")

    @property
    def unit(self) -> str:
        """Unit of the objective."""
        return "sites"
