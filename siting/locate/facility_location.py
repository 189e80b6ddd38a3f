"""Facility location with fixed costs, without and with capacities, and with a single source for each customer."""

import numpy as np
from numpy.typing import ArrayLike

from siting.locate import _solve
from siting.locate.arguments import BASE_MB, MEGABYTE, ArgumentErrors, documents_limits
from siting.locate.kernel.costs import Table
from siting.locate.kernel.limits import SearchLimits
from siting.locate.labelled_tables import takes_tables
from siting.locate.location import Location

BYTES_PER_PAIR = 100
"""Measured peak memory of the search with capacities, per pair of facility and customer: dense reduced costs, masks, lists."""


@takes_tables
@documents_limits
def facility_location(
    serve_cost: ArrayLike,
    fixed_cost: ArrayLike,
    capacity: ArrayLike | None = None,
    demand: ArrayLike | None = None,
    *,
    single_source: bool = False,
    mask: ArrayLike | None = None,
    gap: float = 1e-6,
    time_limit_s: float | None = None,
    seed: int = 0,
    memory_mb: float | None = None,
) -> Location:
    """Open facilities and serve every customer from them, at the smallest total cost.

    Parameters
    ----------
    serve_cost : array_like
        Cost of serving ALL of customer j from facility i, (n, m), at least 0. A DataFrame too, with the names as index and
        columns (`siting.locate.distance_km` makes one of two tables of places); the result then has names.
    fixed_cost : array_like
        Cost of opening each facility, (n,) or one number for all, at least 0 [unit of `serve_cost`].
    capacity : array_like, optional
        Largest demand that each facility serves, (n,) or one number for all, infinite where there is no limit.
        Without it, or where it is infinite everywhere, the problem is uncapacitated.
    demand : array_like, optional
        Demand of each customer, (m,) [unit of `capacity`]; needed with `capacity`, and compared with it only. A
        customer without demand uses no capacity, and is served.
    single_source : bool
        Serve each customer from one facility alone; otherwise demand may be split. Without capacities the cheapest
        open facility serves all of it anyway.
    <mask>
    <limits>

    Returns
    -------
    siting.locate.Location
        Open facilities, allocation and proof. `infeasible` where the capacities, or the facilities that may serve,
        cannot carry the demand.

    Raises
    ------
    siting.errors.DataError
        Lists every invalid argument, or the size that would fit the memory.

    References
    ----------
    Barahona, F., Chudak, F. A. (2005). Near-optimal solutions to large-scale facility location problems.
    Discrete Optimization 2(1): 35-50 (volume algorithm on this problem).

    Cornuejols, G., Sridharan, R., Thizy, J. M. (1991). A comparison of heuristics and relaxations for the capacitated
    plant location problem. European Journal of Operational Research 50(3): 280-297 (the relaxation with capacities).

    Examples
    --------
    Serving both customers from the second facility costs 4 + 3 + 3.

    >>> found = facility_location([[1.0, 9.0], [3.0, 3.0]], [5.0, 4.0])
    >>> found.status, found.objective, found.open.tolist()
    ('optimal', 10.0, [False, True])

    With room for 3 units each, one facility cannot serve 4: both open, at 5 + 4 + 1 + 3.

    >>> facility_location([[1.0, 9.0], [3.0, 3.0]], [5.0, 4.0], capacity=3.0, demand=[2.0, 2.0]).objective
    13.0
    """
    limits = SearchLimits(gap, time_limit_s, seed, memory_mb)
    errors = ArgumentErrors("facility_location")
    costs = errors.matrix("serve_cost", serve_cost, mask)
    n, m = (None, None) if costs is None else costs.shape
    fixed = errors.per("fixed_cost", fixed_cost, n, "facilities")
    sizes = None if capacity is None else errors.per("capacity", capacity, n, "facilities", infinite=True)
    demands = None if demand is None else errors.per("demand", demand, m, "customers")
    if capacity is not None and demand is None:
        errors.add("`capacity` is given without `demand`: give the demand of each customer")
    errors.truth("single_source", single_source)
    errors.limits(limits)
    shape = None if costs is None else costs.shape
    capacitated = sizes is not None and bool(np.isfinite(sizes).any())
    if capacitated:
        errors.memory(limits, shape, lambda n, m: BASE_MB + BYTES_PER_PAIR * n * m / MEGABYTE)
    else:
        _solve.check_memory(errors, shape, None, limits)
    errors.raise_all()
    assert costs is not None
    assert fixed is not None
    if not capacitated:
        return _solve.solve(Table(costs), fixed, None, limits)
    assert sizes is not None
    assert demands is not None
    from siting.locate.capacitated import ScaledProblem, solve

    scaled = ScaledProblem.of(costs.astype(np.float64), fixed, sizes, demands)
    return solve(scaled, limits, single_source=single_source)
