"""Yearly water use of the plan."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from siting.problem.rows import Linear
from siting.scenario.objective import Objective
from siting.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class Water(Objective):
    """Minimise the on-site water use of cooling in a year.

    ``8760 * sum_o wue_l_per_kwh[o] * load_mw[o]``, as a litre per kWh is a cubic metre per MWh.
    """

    objective: Literal["water"] = "water"

    def linear(self, problem: "Problem") -> Linear:
        """Return the water [m3/a]."""
        per_mw = HOURS_PER_YEAR * problem.options["wue_l_per_kwh"].to_numpy(float)
        return Linear({"load_mw": np.asarray(per_mw, dtype=float)}, "m3/year")

    @property
    def unit(self) -> str:
        """Unit of the objective."""
        return "m3/year"
