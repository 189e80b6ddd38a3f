"""Which facilities to open when each costs a fixed sum and each customer costs what serving it costs."""

import numpy as np
from numpy.typing import ArrayLike

from siting.locate._solve import answer, check_memory
from siting.locate.arguments import Faults
from siting.locate.kernel.clock import Clock
from siting.locate.kernel.costs import Table
from siting.locate.location import Location


def facility_location(
    serve_cost: ArrayLike,
    fixed_cost: ArrayLike,
    capacity: ArrayLike | None = None,
    demand: ArrayLike | None = None,
    *,
    single_source: bool = False,
    gap: float = 1e-6,
    time_limit_s: float | None = None,
    seed: int = 0,
    memory_mb: float | None = None,
) -> Location:
    """Open the facilities, and serve every customer from them, at the least total cost.

    Parameters
    ----------
    serve_cost : array_like
        Cost of serving ALL of customer j from facility i, (n, m), at least 0.
    fixed_cost : array_like
        Cost of opening each facility, (n,) or one number for all, at least 0 [unit of `serve_cost`].
    capacity : array_like, optional
        Most demand that each facility serves, (n,) or one number for all; without it, or where it is infinite
        everywhere, facilities are as large as they need to be.
    demand : array_like, optional
        Demand of each customer, (m,) [unit of `capacity`]; needed with `capacity`, and counts only against it.
    single_source : bool
        Each customer is served from one facility alone. Without capacities the nearest one serves it anyway.
    gap : float
        Relative gap at which the answer counts as proven, 1e-9 to below 1 [-].
    time_limit_s : float, optional
        Wall-clock time after which the best answer so far is returned with its bound [s].
    seed : int
        Makes the random choices of the search repeatable, at least 0.
    memory_mb : float, optional
        Memory that the search may use on top of the arrays that are passed [MB].

    Returns
    -------
    siting.locate.Location
        What is open, who is served from where, and what was proven.

    Raises
    ------
    siting.errors.DataError
        Lists every fault of the arrays and limits, or the size that would fit the memory.

    References
    ----------
    Barahona, F., Chudak, F. A. (2005). Near-optimal solutions to large-scale facility location problems.
    Discrete Optimization 2(1): 35-50 (volume algorithm on this problem).

    Examples
    --------
    Serving both customers from the second facility costs 4 + 3 + 3.

    >>> answer = facility_location([[1.0, 9.0], [3.0, 3.0]], [5.0, 4.0])
    >>> answer.status, answer.objective, answer.open.tolist()
    ('optimal', 10.0, [False, True])
    """
    clock = Clock(time_limit_s)
    faults = Faults("facility_location")
    costs = faults.matrix("serve_cost", serve_cost)
    n, m = (None, None) if costs is None else costs.shape
    fixed = faults.per("fixed_cost", fixed_cost, n, "facilities")
    sizes = None if capacity is None else faults.per("capacity", capacity, n, "facilities", infinite=True)
    demands = None if demand is None else faults.per("demand", demand, m, "customers")
    if capacity is not None and demand is None:
        faults.add("`capacity` is given without `demand`: give the demand of each customer")
    faults.limits(gap=gap, time_limit_s=time_limit_s, seed=seed, memory_mb=memory_mb)
    capacitated_question = sizes is not None and bool(np.isfinite(sizes).any())
    if n is not None and m is not None and not capacitated_question:
        check_memory(faults, n, m, None, memory_mb=memory_mb)
    faults.refuse()
    assert costs is not None
    assert fixed is not None
    if capacitated_question:
        assert sizes is not None
        assert demands is not None
        from siting.locate.capacitated import capacitated

        return capacitated(
            costs,
            fixed,
            sizes,
            demands,
            single_source=single_source,
            gap=gap,
            time_limit_s=time_limit_s,
            seed=seed,
            memory_mb=memory_mb,
        )
    return answer(Table(costs), fixed, None, gap=gap, clock=clock, seed=seed)
