"""So many facilities, so that whoever is worst off is as near as can be."""

import contextlib

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from siting.locate.arguments import Faults
from siting.locate.covering import check_memory
from siting.locate.kernel.clock import Clock
from siting.locate.kernel.radius_search import CentreSearch
from siting.locate.location import Location, Status


def p_center(
    distance: ArrayLike,
    p: int,
    *,
    gap: float = 1e-6,
    time_limit_s: float | None = None,
    seed: int = 0,
    memory_mb: float | None = None,
) -> Location:
    """Open `p` facilities, so that the farthest customer is as near to one of them as possible.

    Parameters
    ----------
    distance : array_like
        From facility i to customer j, (n, m), at least 0.
    p : int
        How many facilities to open, from 1 to n.
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
        Its objective is the distance of whoever is worst off; each customer is assigned to the nearest open facility.
        Facilities that add nothing fill the number up to `p`.

    Raises
    ------
    siting.errors.DataError
        Lists every fault of the arrays and limits, or the size that would fit the memory.

    References
    ----------
    Minieka, E. (1970). The m-center problem. SIAM Review 12(1): 138-139 (a cover question for each radius).

    Examples
    --------
    >>> answer = p_center([[0.0, 4.0, 9.0], [4.0, 0.0, 5.0], [9.0, 5.0, 0.0]], 2)
    >>> answer.status, answer.objective
    ('optimal', 4.0)
    """
    clock = Clock(time_limit_s)
    faults = Faults("p_center")
    far = faults.matrix("distance", distance)
    count = faults.count("p", p, None if far is None else far.shape[0], "facilities")
    faults.limits(gap=gap, time_limit_s=time_limit_s, seed=seed, memory_mb=memory_mb)
    check_memory(faults, far, memory_mb=memory_mb)
    faults.refuse()
    assert far is not None
    search = CentreSearch(far.astype(np.float64, copy=False), count, gap=gap, clock=clock, seed=seed)
    with contextlib.suppress(KeyboardInterrupt):  # what is known so far is the answer
        search.run()
    opened = search.open.copy()
    opened[np.flatnonzero(~opened)[: count - int(opened.sum())]] = True
    sites = np.flatnonzero(opened)
    nearest = sites[far[sites].argmin(axis=0)]
    objective = float(far[nearest, np.arange(far.shape[1])].max())
    bound = min(search.lower, objective)
    reached = (objective - bound) / max(objective, float(np.finfo(np.float64).tiny))
    status: Status = "optimal" if reached <= gap else "feasible"
    assign = sparse.csr_array((np.ones(far.shape[1]), (nearest, np.arange(far.shape[1]))), shape=far.shape)
    return Location(status, objective, bound, reached, opened, assign, clock.seconds())
