"""Run the search with capacities on a checked problem in scaled units, and return its result in the caller's."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from siting.locate.kernel.capacitated.bound import Capacitated
from siting.locate.kernel.capacitated.search import CapacitatedSearch, Effort
from siting.locate.kernel.capacitated.single_source import SingleSourceSearch
from siting.locate.kernel.limits import SearchLimits
from siting.locate.location import Location, located, not_located
from siting.units import Floats


@dataclass(frozen=True)
class ScaledProblem:
    """A problem in units near 1, and the factor that converts its costs back."""

    problem: Capacitated
    cost_unit: float

    @classmethod
    def of(cls, cost: Floats, fixed: Floats, capacity: Floats, demand: Floats) -> Self:
        """Divide costs and amounts by powers of two, so that solver tolerances always mean the same.

        A power of two changes no digit.

        Examples
        --------
        >>> import numpy as np
        >>> ScaledProblem.of(np.full((1, 1), 1e6), np.zeros(1), np.array([np.inf]), np.ones(1)).cost_unit
        1048576.0
        """
        cost_unit = _power_of_two(float(cost.mean()) or float(fixed.mean()))
        amount = _power_of_two(float(demand.mean()))
        problem = Capacitated.of(
            cost / cost_unit, fixed / cost_unit, np.minimum(capacity, demand.sum()) / amount, demand / amount
        )
        return cls(problem, cost_unit)


def _power_of_two(value: float) -> float:
    return float(2.0 ** np.round(np.log2(value))) if value > 0 else 1.0


def solve(
    scaled: ScaledProblem, limits: SearchLimits, *, single_source: bool, effort: Effort | None = None
) -> Location:
    """Search, and return the incumbent with its bound."""
    problem, unit = scaled.problem, scaled.cost_unit
    if not problem.carries(np.ones(problem.shape[0], dtype=bool)):
        return not_located("infeasible", problem.shape, limits)
    kind = SingleSourceSearch if single_source else CapacitatedSearch
    search = kind(problem, limits, effort or Effort())
    try:
        search.run()
    except KeyboardInterrupt:
        if search.served is None:
            raise
    if search.infeasible:
        return not_located("infeasible", problem.shape, limits)
    served, lower = search.served, search.lower
    if served is None:
        return not_located("no_solution", problem.shape, limits, bound=lower * unit)
    assign = sparse.csr_array((served.share, (served.site, served.customer)), shape=problem.shape)
    objective = served.objective * unit
    bound = min(max(lower * unit, 0.0), objective)
    return located(objective, bound, served.open, assign, limits)
