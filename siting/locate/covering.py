"""Everybody within reach of as few facilities as possible, or as many people as possible within reach of so many."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from siting.locate.arguments import MEGABYTE, Faults
from siting.locate.kernel.clock import Clock
from siting.locate.kernel.cover import Cover, minimum_cover, maximum_coverage
from siting.locate.location import Location, Status
from siting.units import Floats

BYTES_A_PAIR = 26
"""Measured peak per pair of facility and customer: what is in reach, as truth and as number, and the programme."""

BASE_MB = 20
"""Measured peak on a question of no size, HiGHS included [MB]."""


def cover_all(
    distance: ArrayLike,
    radius: float,
    *,
    gap: float = 1e-6,
    time_limit_s: float | None = None,
    seed: int = 0,
    memory_mb: float | None = None,
) -> Location:
    """Open as few facilities as possible, so that every customer has one within the radius.

    Parameters
    ----------
    distance : array_like
        From facility i to customer j, (n, m), at least 0.
    radius : float
        Farthest that a facility serves, at least 0 [unit of `distance`].
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
        Its objective is the number of facilities; each customer is assigned to the nearest of them. `infeasible` where
        some customer has no facility within the radius.

    Raises
    ------
    siting.errors.DataError
        Lists every fault of the arrays and limits, or the size that would fit the memory.

    References
    ----------
    Toregas, C., Swain, R., ReVelle, C., Bergman, L. (1971). The location of emergency service facilities. Operations
    Research 19(6): 1363-1373.

    Examples
    --------
    >>> answer = cover_all([[1.0, 1.0, 9.0], [9.0, 1.0, 1.0], [9.0, 9.0, 1.0]], 1.0)
    >>> answer.status, answer.objective, answer.open.tolist()
    ('optimal', 2.0, [True, True, False])
    """
    clock = Clock(time_limit_s)
    faults = Faults("cover_all")
    far = faults.matrix("distance", distance)
    check_radius(faults, radius)
    faults.limits(gap=gap, time_limit_s=time_limit_s, seed=seed, memory_mb=memory_mb)
    check_memory(faults, far, memory_mb=memory_mb)
    faults.refuse()
    assert far is not None
    reach = far <= radius
    if not reach.any(axis=0).all():
        empty = sparse.csr_array(far.shape, dtype=np.float64)
        return Location("infeasible", None, None, None, np.zeros(far.shape[0], dtype=bool), empty, clock.seconds())
    cover = minimum_cover(reach, clock=clock, seed=seed, gap=0.5 * gap)
    return located(far, cover, radius, gap=gap, clock=clock)


def max_cover(
    distance: ArrayLike,
    radius: float,
    p: int,
    weights: ArrayLike | None = None,
    *,
    gap: float = 1e-6,
    time_limit_s: float | None = None,
    seed: int = 0,
    memory_mb: float | None = None,
) -> Location:
    """Open `p` facilities, so that as much weight as possible has one within the radius.

    Parameters
    ----------
    distance : array_like
        From facility i to customer j, (n, m), at least 0.
    radius : float
        Farthest that a facility serves, at least 0 [unit of `distance`].
    p : int
        How many facilities to open, from 1 to n.
    weights : array_like, optional
        Weight of each customer, (m,), at least 0; 1 each without it.
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
        Its objective is the weight covered, its bound one from above; each customer within reach is assigned to the
        nearest open facility, the others to none. Facilities that add nothing fill the number up to `p`.

    Raises
    ------
    siting.errors.DataError
        Lists every fault of the arrays and limits, or the size that would fit the memory.

    References
    ----------
    Church, R., ReVelle, C. (1974). The maximal covering location problem. Papers of the Regional Science Association
    32: 101-118.

    Examples
    --------
    >>> answer = max_cover([[1.0, 1.0, 9.0], [9.0, 1.0, 1.0]], 1.0, 1, weights=[5.0, 1.0, 2.0])
    >>> answer.status, answer.objective, answer.open.tolist()
    ('optimal', 6.0, [True, False])
    """
    clock = Clock(time_limit_s)
    faults = Faults("max_cover")
    far = faults.matrix("distance", distance)
    n, m = (None, None) if far is None else far.shape
    check_radius(faults, radius)
    count = faults.count("p", p, n, "facilities")
    worth = faults.per("weights", 1.0 if weights is None else weights, m, "customers")
    faults.limits(gap=gap, time_limit_s=time_limit_s, seed=seed, memory_mb=memory_mb)
    check_memory(faults, far, memory_mb=memory_mb)
    faults.refuse()
    assert far is not None
    assert worth is not None
    cover = maximum_coverage(far <= radius, worth, count, clock=clock, seed=seed, gap=0.5 * gap)
    spare = np.flatnonzero(~cover.open)[: count - int(cover.open.sum())]
    cover.open[spare] = True
    return located(far, cover, radius, gap=gap, clock=clock)


def check_radius(faults: Faults, radius: object) -> None:
    """Note a radius that is no distance."""
    good = isinstance(radius, (int, float, np.integer, np.floating)) and not isinstance(radius, bool)
    if not (good and np.isfinite(radius) and radius >= 0):  # type: ignore[call-overload,operator]
        faults.add(f"`radius` is {radius!r}: give a finite distance of at least 0")


def check_memory(faults: Faults, far: Floats | NDArray[np.integer] | None, *, memory_mb: float | None) -> None:
    """Note a question that would not fit the stated memory, with the size that would."""
    if far is None:
        return
    n, m = far.shape
    needed = BASE_MB + BYTES_A_PAIR * n * m / MEGABYTE
    pairs = 0.0 if memory_mb is None else max(memory_mb - BASE_MB, 0.0) * MEGABYTE / BYTES_A_PAIR
    share = np.sqrt(pairs / (n * m))
    facilities, customers = int(n * share), int(m * share)
    fits = f"about {facilities:,} facilities x {customers:,} customers" if facilities * customers else "no question"
    faults.memory(needed_mb=needed, memory_mb=memory_mb, fits=fits)


def located(far: Floats | NDArray[np.integer], cover: Cover, radius: float, *, gap: float, clock: Clock) -> Location:
    """Assign each customer to the nearest open facility within the radius, and say what was proven."""
    opened = np.flatnonzero(cover.open)
    nearest = opened[far[opened].argmin(axis=0)]
    customer = np.flatnonzero(far[nearest, np.arange(far.shape[1])] <= radius)
    assign = sparse.csr_array((np.ones(customer.size), (nearest[customer], customer)), shape=far.shape)
    reached = abs(cover.value - cover.bound) / max(abs(cover.value), float(np.finfo(np.float64).tiny))
    status: Status = "optimal" if reached <= gap else "feasible"
    return Location(status, float(cover.value), float(cover.bound), reached, cover.open, assign, clock.seconds())
