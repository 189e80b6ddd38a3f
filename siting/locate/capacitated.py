"""Facilities that can only serve so much: which to open, and who is served from where."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from siting.locate.arguments import MEGABYTE, Faults
from siting.locate.kernel.capacitated.bound import Capacitated
from siting.locate.kernel.capacitated.search import CapacitatedSearch, Effort
from siting.locate.kernel.capacitated.single_source import SingleSourceSearch
from siting.locate.kernel.clock import Clock
from siting.locate.location import Location, Status
from siting.units import Floats

BYTES_A_PAIR = 100
"""Measured peak of the search per pair of facility and customer: dense reduced costs, masks, lists."""

BASE_MB = 20
"""Measured peak of the search on a question of no size, HiGHS included [MB]."""


def capacitated(
    serve_cost: ArrayLike,
    fixed_cost: ArrayLike,
    capacity: ArrayLike,
    demand: ArrayLike,
    *,
    single_source: bool = False,
    gap: float = 1e-6,
    time_limit_s: float | None = None,
    seed: int = 0,
    memory_mb: float | None = None,
) -> Location:
    """Open the facilities, and serve every customer within their capacities, at the least total cost.

    Parameters
    ----------
    serve_cost : array_like
        Cost of serving ALL of customer j from facility i, (n, m), at least 0.
    fixed_cost : array_like
        Cost of opening each facility, (n,) or one number for all, at least 0 [unit of `serve_cost`].
    capacity : array_like
        Most demand that each facility serves, (n,) or one number for all, infinite where there is no limit.
    demand : array_like
        Demand of each customer, (m,) [unit of `capacity`]. A customer without demand takes no capacity, and is served.
    single_source : bool
        Each customer is served from one facility alone; else it may be split.
    gap : float
        Relative gap at which the answer counts as proven, 1e-9 to below 1 [-].
    time_limit_s : float, optional
        Wall-clock time after which the best answer so far is returned with its bound [s].
    seed : int
        Of the random choices of the solver, at least 0.
    memory_mb : float, optional
        Memory that the search may use on top of the arrays that are passed [MB].

    Returns
    -------
    siting.locate.Location
        What is open, who is served from where, and what was proven. `infeasible` where all capacity together, or
        any choice of whole customers, cannot carry the demand.

    Raises
    ------
    siting.errors.DataError
        Lists every fault of the arrays and limits, or the size that would fit the memory.

    References
    ----------
    Barahona, F., Chudak, F. A. (2005). Near-optimal solutions to large-scale facility location problems.
    Discrete Optimization 2(1): 35-50 (volume algorithm).

    Cornuejols, G., Sridharan, R., Thizy, J. M. (1991). A comparison of heuristics and relaxations for the capacitated
    plant location problem. European Journal of Operational Research 50(3): 280-297 (this relaxation).

    Examples
    --------
    Either facility carries both customers but for one unit, so both open: 5 + 4 + 1 + 3.

    >>> answer = capacitated([[1.0, 9.0], [3.0, 3.0]], [5.0, 4.0], [3.0, 3.0], [2.0, 2.0])
    >>> answer.status, answer.objective, answer.open.tolist()
    ('optimal', 13.0, [True, True])
    """
    clock = Clock(time_limit_s)
    faults = Faults("capacitated")
    costs = faults.matrix("serve_cost", serve_cost)
    n, m = (None, None) if costs is None else costs.shape
    fixed = faults.per("fixed_cost", fixed_cost, n, "facilities")
    sizes = faults.per("capacity", capacity, n, "facilities", infinite=True)
    demands = faults.per("demand", demand, m, "customers")
    faults.limits(gap=gap, time_limit_s=time_limit_s, seed=seed, memory_mb=memory_mb)
    if costs is not None:
        _check_memory(faults, *costs.shape, memory_mb=memory_mb)
    faults.refuse()
    assert costs is not None
    assert fixed is not None
    assert sizes is not None
    assert demands is not None
    question = Question.scaled(costs.astype(np.float64), fixed, sizes, demands)
    return answer(question, single_source=single_source, gap=gap, clock=clock, seed=seed)


@dataclass(frozen=True)
class Question:
    """A question in units near 1, and the factor that takes its costs back."""

    problem: Capacitated
    cost_unit: float

    @classmethod
    def scaled(
        cls,
        cost: Floats,
        fixed: Floats,
        capacity: Floats,
        demand: Floats,
    ) -> "Question":
        """Divide costs and amounts by powers of two, which loses nothing, so that solver tolerances mean the same.

        Examples
        --------
        >>> import numpy as np
        >>> Question.scaled(np.full((1, 1), 1e6), np.zeros(1), np.array([np.inf]), np.ones(1)).cost_unit
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


def answer(
    question: Question, *, single_source: bool, gap: float, clock: Clock, seed: int, effort: Effort | None = None
) -> Location:
    """Search, and say what was found and proven."""
    problem, shape = question.problem, question.problem.shape
    everything = np.ones(shape[0], dtype=bool)
    if not problem.carries(everything):
        return _nothing("infeasible", shape, clock)
    kind = SingleSourceSearch if single_source else CapacitatedSearch
    search = kind(problem, gap=gap, clock=clock, seed=seed, effort=effort or Effort())
    try:
        search.run()
    except KeyboardInterrupt:
        if search.served is None:
            raise
    return _located(search, question, gap=gap, clock=clock)


def _located(search: CapacitatedSearch, question: Question, *, gap: float, clock: Clock) -> Location:
    served = search.served
    if isinstance(search, SingleSourceSearch) and search.infeasible:
        return _nothing("infeasible", question.problem.shape, clock)
    if served is None:
        return _nothing("no_solution", question.problem.shape, clock, bound=search.lower * question.cost_unit)
    assign = sparse.csr_array((served.share, (served.site, served.customer)), shape=question.problem.shape)
    objective = served.objective * question.cost_unit
    bound = min(max(search.lower * question.cost_unit, 0.0), objective)
    reached = (objective - bound) / max(abs(objective), float(np.finfo(np.float64).tiny))
    status: Status = "optimal" if reached <= gap else "feasible"
    return Location(status, objective, bound, reached, served.open, assign, clock.seconds())


def _nothing(status: Status, shape: tuple[int, int], clock: Clock, bound: float = -np.inf) -> Location:
    empty = sparse.csr_array(shape, dtype=np.float64)
    known = float(bound) if np.isfinite(bound) else None
    return Location(status, None, known, None, np.zeros(shape[0], dtype=bool), empty, clock.seconds())


def _check_memory(faults: Faults, n: int, m: int, *, memory_mb: float | None) -> None:
    """Note a question that would not fit the stated memory, with the size that would."""
    needed = BASE_MB + BYTES_A_PAIR * n * m / MEGABYTE
    pairs = 0.0 if memory_mb is None else max(memory_mb - BASE_MB, 0.0) * MEGABYTE / BYTES_A_PAIR
    share = np.sqrt(pairs / (n * m))
    facilities, customers = int(n * share), int(m * share)
    fits = f"about {facilities:,} facilities x {customers:,} customers" if facilities * customers else "no question"
    faults.memory(needed_mb=needed, memory_mb=memory_mb, fits=fits)
