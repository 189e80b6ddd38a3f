"""Load fits into whole halls, and a built site has a smallest and a largest size."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy import sparse

from siting.problem.rows import Rows
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class Capacity(Limit):
    """Build halls for the load (always in force).

    ``load_mw[o] <= utilisation_max * hall_mw * halls[o]`` and
    ``min_halls * open[o] <= halls[o] <= max_halls[o] * open[o]``; the largest number of halls
    follows from the grid and size limits, and from the demand.
    """

    in_files: ClassVar[bool] = False

    kind: Literal["capacity"] = "capacity"

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return three rows an option [MW, halls, halls]."""
        n = len(problem.options)
        building = problem.scenario.building
        one, zero = sparse.eye_array(n, format="csr"), np.zeros(n)
        where = list(problem.options["label"])
        usable = building.utilisation_max * building.hall_mw
        most = sparse.diags_array(problem.options["max_halls"].to_numpy(dtype=float), format="csr")
        return [
            Rows(self.kind, where, {"load_mw": one, "halls": -usable * one}, "<=", zero, "MW"),
            Rows(self.kind, where, {"halls": one, "open": -float(building.min_halls) * one}, ">=", zero, "halls"),
            Rows(self.kind, where, {"halls": one, "open": -most}, "<=", zero, "halls"),
        ]
