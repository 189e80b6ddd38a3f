"""Where to open p facilities so that customers are, together, as near to one as can be."""

import numpy as np
from numpy.typing import ArrayLike

from siting.locate._solve import answer, check_memory
from siting.locate.arguments import Faults
from siting.locate.kernel.clock import Clock
from siting.locate.kernel.costs import Table
from siting.locate.location import Location


def p_median(
    distance: ArrayLike,
    p: int,
    weights: ArrayLike | None = None,
    *,
    gap: float = 1e-6,
    time_limit_s: float | None = None,
    seed: int = 0,
    memory_mb: float | None = None,
) -> Location:
    """Open p facilities with the least sum of weighted distances, each customer going to the nearest.

    Parameters
    ----------
    distance : array_like
        Distance or cost from facility i to customer j, (n, m), at least 0; neither square nor symmetric of need.
    p : int
        How many facilities are open, 1 to n.
    weights : array_like, optional
        How much each customer counts, (m,) or one number for all, at least 0; 1 each without it.
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
    Hakimi, S. L. (1964). Optimum locations of switching centers and the absolute centers and medians of a graph.
    Operations Research 12(3): 450-459.

    Examples
    --------
    On a road with towns at 0, 1, 5 and 6 km, two depots stand 2 km away from the others, together.

    >>> import numpy as np
    >>> km = np.array([0.0, 1.0, 5.0, 6.0])
    >>> answer = p_median(abs(km[:, None] - km), 2)
    >>> answer.status, answer.objective
    ('optimal', 2.0)
    """
    clock = Clock(time_limit_s)
    faults = Faults("p_median")
    table = faults.matrix("distance", distance)
    n, m = (None, None) if table is None else table.shape
    count = faults.count("p", p, n, "facilities")
    weight = None if weights is None else faults.per("weights", weights, m, "customers")
    faults.limits(gap=gap, time_limit_s=time_limit_s, seed=seed, memory_mb=memory_mb)
    if n is not None and m is not None:
        check_memory(faults, n, m, count, memory_mb=memory_mb)
    faults.refuse()
    assert table is not None
    return answer(Table(table, weight), np.zeros(len(table)), count, gap=gap, clock=clock, seed=seed)
