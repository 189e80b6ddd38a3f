"""The p-centre problem: p open facilities with the smallest distance to the farthest customer."""

import contextlib

import numpy as np
from numpy.typing import ArrayLike

from siting.locate.arguments import ArgumentErrors, documents_limits
from siting.locate.covering import allocated, check_memory
from siting.locate.kernel.cover import RadiusSearch
from siting.locate.kernel.limits import SearchLimits
from siting.locate.labelled_tables import takes_tables
from siting.locate.location import Location, Status, located, not_located


@takes_tables
@documents_limits
def p_center(
    distance: ArrayLike,
    p: int,
    *,
    sites: ArrayLike | None = None,  # noqa: ARG001  (`takes_tables` reads it)
    mask: ArrayLike | None = None,
    gap: float = 1e-6,
    time_limit_s: float | None = None,
    seed: int = 0,
    memory_mb: float | None = None,
) -> Location:
    """Open `p` facilities and minimise the distance from the farthest customer to its nearest facility.

    Parameters
    ----------
    distance : array_like
        From facility i to customer j, (n, m), at least 0.
        A DataFrame too: distances with names as index and columns, or places (`lon` and `lat` [degree], or point
        geometries) with great circles between them [km]; the result then has names.
    p : int
        Number of open facilities, 1 to n.
    <sites>
    <mask>
    <limits>

    Returns
    -------
    siting.locate.Location
        Its objective is the distance of the farthest customer; each customer is allocated to the nearest open
        facility. Where fewer than `p` facilities are enough, others fill the number up.

    Raises
    ------
    siting.errors.DataError
        Lists every invalid argument, or the size that would fit the memory.

    References
    ----------
    Minieka, E. (1970). The m-center problem. SIAM Review 12(1): 138-139 (a set covering problem for each radius).

    Examples
    --------
    >>> found = p_center([[0.0, 4.0, 9.0], [4.0, 0.0, 5.0], [9.0, 5.0, 0.0]], 2)
    >>> found.status, found.objective
    ('optimal', 4.0)
    """
    limits = SearchLimits(gap, time_limit_s, seed, memory_mb)
    errors = ArgumentErrors("p_center")
    far = errors.matrix("distance", distance, mask)
    count = errors.count("p", p, None if far is None else far.shape[0], "facilities")
    errors.limits(limits)
    check_memory(errors, far, limits)
    errors.raise_all()
    assert far is not None
    search = RadiusSearch(far.astype(np.float64, copy=False), count, limits)
    with contextlib.suppress(KeyboardInterrupt):  # the incumbent and its bound are the result
        search.run()
    if not np.isfinite(search.upper):
        status: Status = "no_solution" if np.isfinite(search.lower) else "infeasible"
        return not_located(status, (far.shape[0], far.shape[1]), limits, bound=search.lower)
    opened = search.open.copy()
    opened[np.flatnonzero(~opened)[: count - int(opened.sum())]] = True
    objective = float(far[opened].min(axis=0).max())
    return located(objective, min(search.lower, objective), opened, allocated(far, opened, np.inf), limits)
