"""Set covering (fewest facilities that reach every customer) and maximal covering (most weight from p facilities)."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from siting.locate.arguments import BASE_MB, MEGABYTE, ArgumentErrors, Numbers, documents_limits, real_number, shown
from siting.locate.kernel.cover import maximum_coverage, minimum_cover
from siting.locate.kernel.limits import SearchLimits
from siting.locate.labelled_tables import takes_tables
from siting.locate.location import Location, located, not_located
from siting.units import Bools

BYTES_PER_PAIR = 26
"""Measured peak memory per pair of facility and customer: who is within reach, as bool and as number, and the MIP."""


@takes_tables
@documents_limits
def cover_all(
    distance: ArrayLike,
    radius: float,
    *,
    sites: ArrayLike | None = None,  # noqa: ARG001  (`takes_tables` reads it)
    mask: ArrayLike | None = None,
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
        A DataFrame too: distances with names as index and columns, or places (`lon` and `lat` [degree], or point
        geometries) with great circles between them [km]; the result then has names.
    radius : float
        Largest distance at which a facility serves, at least 0 [unit of `distance`].
    <sites>
    <mask>
    <limits>

    Returns
    -------
    siting.locate.Location
        Its objective is the number of facilities; each customer is allocated to the nearest of them. `infeasible`
        where some customer has no facility within the radius.

    Raises
    ------
    siting.errors.DataError
        Lists every invalid argument, or the size that would fit the memory.

    References
    ----------
    Toregas, C., Swain, R., ReVelle, C., Bergman, L. (1971). The location of emergency service facilities. Operations
    Research 19(6): 1363-1373.

    Examples
    --------
    >>> found = cover_all([[1.0, 1.0, 9.0], [9.0, 1.0, 1.0], [9.0, 9.0, 1.0]], 1.0)
    >>> found.status, found.objective, found.open.tolist()
    ('optimal', 2.0, [True, True, False])
    """
    limits = SearchLimits(gap, time_limit_s, seed, memory_mb)
    errors = ArgumentErrors("cover_all")
    far = errors.matrix("distance", distance, mask)
    _check(errors, far, radius, limits)
    errors.raise_all()
    assert far is not None
    reach = far <= radius
    if not reach.any(axis=0).all():
        return not_located("infeasible", (far.shape[0], far.shape[1]), limits)
    cover = minimum_cover(reach, limits, gap=0.5 * gap)
    return located(cover.value, cover.bound, cover.open, allocated(far, cover.open, radius), limits)


@takes_tables
@documents_limits
def max_cover(
    distance: ArrayLike,
    radius: float,
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
    """Open `p` facilities and maximise the weight of the customers that have one within the radius.

    Parameters
    ----------
    distance : array_like
        From facility i to customer j, (n, m), at least 0.
        A DataFrame too: distances with names as index and columns, or places (`lon` and `lat` [degree], or point
        geometries) with great circles between them [km]; the result then has names.
    radius : float
        Largest distance at which a facility serves, at least 0 [unit of `distance`].
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
        Its objective is the covered weight, its bound an upper one; each customer within reach is allocated to the
        nearest open facility, the others to none. Where fewer than `p` facilities are enough, others fill the number
        up.

    Raises
    ------
    siting.errors.DataError
        Lists every invalid argument, or the size that would fit the memory.

    References
    ----------
    Church, R., ReVelle, C. (1974). The maximal covering location problem. Papers of the Regional Science Association
    32: 101-118.

    Examples
    --------
    >>> found = max_cover([[1.0, 1.0, 9.0], [9.0, 1.0, 1.0]], 1.0, 1, weights=[5.0, 1.0, 2.0])
    >>> found.status, found.objective, found.open.tolist()
    ('optimal', 6.0, [True, False])
    """
    limits = SearchLimits(gap, time_limit_s, seed, memory_mb)
    errors = ArgumentErrors("max_cover")
    far = errors.matrix("distance", distance, mask)
    n, m = (None, None) if far is None else far.shape
    count = errors.count("p", p, n, "facilities")
    weight = errors.per("weights", 1.0 if weights is None else weights, m, "customers")
    _check(errors, far, radius, limits)
    errors.raise_all()
    assert far is not None
    assert weight is not None
    cover = maximum_coverage(far <= radius, weight, count, limits, gap=0.5 * gap)
    opened = cover.open.copy()
    opened[np.flatnonzero(~opened)[: count - int(opened.sum())]] = True
    return located(cover.value, cover.bound, opened, allocated(far, opened, radius), limits)


def _check(errors: ArgumentErrors, far: Numbers | None, radius: object, limits: SearchLimits) -> None:
    """Note a radius that is not a distance, and limits that are invalid or too small."""
    number = real_number(radius)
    if number is None or not 0 <= number < np.inf:
        errors.add(f"`radius` is {shown(radius)}: give a finite distance of at least 0")
    errors.limits(limits)
    check_memory(errors, far, limits)


def check_memory(errors: ArgumentErrors, far: Numbers | None, limits: SearchLimits) -> None:
    """Note a problem of reach that does not fit the memory limit."""
    errors.memory(limits, None if far is None else far.shape, lambda n, m: BASE_MB + BYTES_PER_PAIR * n * m / MEGABYTE)


def allocated(far: Numbers, opened: Bools, radius: float) -> sparse.csr_array:
    """Allocate each customer to the nearest open facility within the radius, (n, m)."""
    sites = np.flatnonzero(opened)
    nearest = sites[far[sites].argmin(axis=0)]
    customer = np.flatnonzero(far[nearest, np.arange(far.shape[1])] <= radius)
    return sparse.csr_array((np.ones(customer.size), (nearest[customer], customer)), shape=far.shape)
