"""The p-median problem: p open facilities with the smallest sum of weighted distances."""

import numpy as np
from numpy.typing import ArrayLike

from siting.locate._solve import check_memory, solve
from siting.locate.arguments import ArgumentErrors, documents_limits
from siting.locate.kernel.costs import Table
from siting.locate.kernel.limits import SearchLimits
from siting.locate.labelled_tables import takes_tables
from siting.locate.location import Location


@takes_tables
@documents_limits
def p_median(
    distance: ArrayLike,
    p: int,
    weights: ArrayLike | None = None,
    *,
    sites: ArrayLike | None = None,  # noqa: ARG001  (`takes_tables` reads it)
    mask: ArrayLike | None = None,
    gap: float = 1e-6,
    time_limit_s: float | None = None,
    seed: int = 0,
    memory_mb: float | None = None,
) -> Location:
    """Open p facilities with the smallest sum of weighted distances from each customer to its nearest one.

    Parameters
    ----------
    distance : array_like
        Distance or cost from facility i to customer j, (n, m), at least 0; it need not be square or symmetric.
        A DataFrame too: distances with names as index and columns, or places (`lon` and `lat` [degree], or point
        geometries) with great circles between them [km]; the result then has names.
    p : int
        Number of open facilities, 1 to n.
    weights : array_like, optional
        Weight of each customer, (m,) or one number for all, at least 0; 1 each by default. The name of a column
        of a table of places.
    <sites>
    <mask>
    <limits>

    Returns
    -------
    siting.locate.Location
        Open facilities, allocation and proof. `infeasible` where no `p` facilities may serve every customer.

    Raises
    ------
    siting.errors.DataError
        Lists every invalid argument, or the size that would fit the memory.

    References
    ----------
    Hakimi, S. L. (1964). Optimum locations of switching centers and the absolute centers and medians of a graph.
    Operations Research 12(3): 450-459.

    Examples
    --------
    On a road with towns at 0, 1, 5 and 6 km, two depots in towns leave the other two towns 2 km away together.

    >>> import numpy as np
    >>> km = np.array([0.0, 1.0, 5.0, 6.0])
    >>> found = p_median(abs(km[:, None] - km), 2)
    >>> found.status, found.objective
    ('optimal', 2.0)
    """
    limits = SearchLimits(gap, time_limit_s, seed, memory_mb)
    errors = ArgumentErrors("p_median")
    table = errors.matrix("distance", distance, mask)
    n, m = (None, None) if table is None else table.shape
    count = errors.count("p", p, n, "facilities")
    weight = None if weights is None else errors.per("weights", weights, m, "customers")
    errors.limits(limits)
    check_memory(errors, None if table is None else table.shape, count, limits)
    errors.raise_all()
    assert table is not None
    return solve(Table(table, weight), np.zeros(len(table)), count, limits)
