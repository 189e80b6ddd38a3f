"""Run the search with capacities on a checked problem in scaled units, and return its result in the caller's."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from siting.locate.kernel.capacitated.bound import Capacitated
from siting.locate.kernel.capacitated.search import CapacitatedSearch, Effort
from siting.locate.kernel.capacitated.single_source import SingleSourceSearch
from siting.locate.kernel.capacitated.transport import Allocation, Transport
from siting.locate.kernel.limits import SearchLimits
from siting.locate.location import Location, located, not_located
from siting.units import Floats

TYPICAL_COST = 1024.0
"""Costs of a customer in a plan are scaled to about this, because the tolerances of HiGHS are absolute."""

MOST_COST = 1e4
"""Largest cost that is passed on, as a multiple of the cost of a plan: a plan has less than a ten thousandth of a pair of
that cost. A smaller cost bounds the problem from below, so that the proof stays valid."""

RESCALED = 1e3
"""Factor between the assumed and the found cost of a plan from which the problem is solved again in the found scale."""

MOST_RUNS = 6
"""Runs at different scales; the last ones differ by less than the factor above unless costs cover 1e18."""

LEAST_EXPONENT = -900.0
"""Exponent of the smallest unit of costs: a smaller one has no reciprocal."""


@dataclass(frozen=True)
class ScaledProblem:
    """A problem in units that suit a solver, and the factor that converts its costs back.

    Attributes
    ----------
    problem : Capacitated
        The problem in scaled units, with costs of at most `MOST_COST` times that of a plan.
    cost_unit : float
        Factor from its costs to those of the caller.
    plan_cost : float
        Assumed cost of a plan, in the caller's unit.
    cost, fixed : numpy.ndarray
        The caller's costs, (n, m) and (n,).
    """

    problem: Capacitated
    cost_unit: float
    plan_cost: float
    cost: Floats
    fixed: Floats

    @classmethod
    def of(cls, cost: Floats, fixed: Floats, capacity: Floats, demand: Floats, plan_cost: float | None = None) -> Self:
        """Divide costs and amounts by powers of two, so that solver tolerances always mean the same.

        A power of two changes no digit. The scale is that of costs that can be in a plan: the mean would be that of one
        large cost beside ordinary ones.

        Examples
        --------
        >>> import numpy as np
        >>> ScaledProblem.of(np.full((1, 1), 1e6), np.zeros(1), np.array([np.inf]), np.ones(1)).cost_unit
        1024.0
        """
        amount = _power_of_two(float(demand.mean()))
        room, demands = np.minimum(capacity, demand.sum()) / amount, demand / amount
        assumed = _cheap_plan(cost, fixed, room, demands) if plan_cost is None else plan_cost
        unit = _power_of_two(assumed / demand.size / TYPICAL_COST)
        most = MOST_COST * assumed if assumed > 0 else np.inf
        serve = np.where(np.isfinite(cost), np.minimum(cost, most) / unit, np.inf)
        problem = Capacitated.of(serve, np.minimum(fixed, most) / unit, room, demands)
        return cls(problem, unit, assumed, cost, fixed)

    def at(self, plan_cost: float) -> Self:
        """Return the same problem in the scale of another plan."""
        problem = self.problem
        return type(self).of(self.cost, self.fixed, problem.capacity, problem.demand, plan_cost)

    def cost_of(self, served: Allocation) -> float:
        """Return the cost of an allocation in the caller's unit."""
        return float(self.fixed[served.open].sum() + (self.cost[served.site, served.customer] * served.share).sum())

    def is_servable(self) -> bool:
        """Return whether all sites together can serve everyone: no cut of pairs and capacities is below the demand."""
        everything = np.ones(self.problem.shape[0], dtype=bool)
        if not self.problem.carries(everything):
            return False
        if self.problem.allowed.all():
            return True
        free = np.where(self.problem.allowed, 0.0, np.inf)
        problem = Capacitated.of(free, np.zeros(self.problem.shape[0]), self.problem.capacity, self.problem.demand)
        return Transport(problem, np.zeros(problem.shape, dtype=bool)).cost_of(everything) is not None


def _power_of_two(value: float) -> float:
    if value <= 0:
        return 1.0
    return float(2.0 ** max(float(np.round(np.log2(value))), LEAST_EXPONENT))


def _cheap_plan(cost: Floats, fixed: Floats, capacity: Floats, demand: Floats) -> float:
    """Return the cost at which each customer pays its cheapest pair and a share of the site; the next cheapest where it is 0."""
    share = np.divide(fixed, capacity, out=np.zeros_like(fixed), where=capacity > 0)
    ranked = np.sort(np.where((capacity > 0)[:, None] | (demand <= 0), cost + np.outer(share, demand), np.inf), axis=0)
    totals = np.where(np.isfinite(ranked), ranked, 0.0).sum(axis=1)
    return float(totals[totals > 0][0]) if (totals > 0).any() else 0.0


def solve(
    scaled: ScaledProblem, limits: SearchLimits, *, single_source: bool, effort: Effort | None = None
) -> Location:
    """Search, and return the incumbent with its bound; again in the scale of the incumbent where that is another one."""
    shape = scaled.problem.shape
    if not scaled.is_servable():
        return not_located("infeasible", shape, limits)
    kind = SingleSourceSearch if single_source else CapacitatedSearch
    best, lower, objective = None, 0.0, np.inf
    for _ in range(MOST_RUNS):
        search = kind(scaled.problem, limits, effort or Effort())
        interrupted = False
        try:
            search.run()
        except KeyboardInterrupt:
            interrupted = True
            if search.served is None and best is None:
                raise
        if search.infeasible:
            return not_located("infeasible", shape, limits)
        if np.isfinite(search.lower):
            lower = max(lower, search.lower * scaled.cost_unit)
        if search.served is None:
            break
        found = scaled.cost_of(search.served)
        if found < objective:
            best, objective = search.served, found
        wrong_scale = not scaled.plan_cost / RESCALED <= found <= scaled.plan_cost * RESCALED
        if interrupted or found == 0 or not wrong_scale or limits.expired():
            break
        scaled = scaled.at(found)
    if best is None:
        return not_located("no_solution", shape, limits, bound=lower)
    assign = sparse.csr_array((best.share, (best.site, best.customer)), shape=shape)
    return located(objective, min(lower, objective), best.open, assign, limits)
