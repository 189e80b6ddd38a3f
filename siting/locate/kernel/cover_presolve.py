"""Covering made small: sites that another one replaces, customers that another one implies, sites without a choice."""

from dataclasses import dataclass

import numpy as np

from siting.units import Bools, Ints

BLOCK = 2048
"""Rows compared at once, so that no square table is held whole."""


@dataclass(frozen=True)
class Reduced:
    """What is left of a covering question.

    Attributes
    ----------
    forced : numpy.ndarray
        Sites that are the only one in reach of some customer, or of what is left.
    sites, customers : numpy.ndarray
        Sites still to choose from, and customers still to cover.
    """

    forced: Ints
    sites: Ints
    customers: Ints


def reduce_cover(reach: Bools) -> Reduced:
    """Leave only the sites and customers that an least cover has to think about.

    Parameters
    ----------
    reach : numpy.ndarray
        Whether a site reaches a customer, bool (n, m); every customer is in reach of one.

    Returns
    -------
    Reduced
        A least cover of what is left, with the forced sites, is a least cover of all.

    Examples
    --------
    The first customer needs the first site; the last site reaches no more than the second does.

    >>> import numpy as np
    >>> reduced = reduce_cover(np.array([[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1]], dtype=bool))
    >>> reduced.forced, reduced.sites
    (array([0, 1]), array([], dtype=int64))
    """
    sites, customers = np.arange(reach.shape[0]), np.arange(reach.shape[1])
    forced: list[Ints] = []
    while customers.size:
        before = sites.size + customers.size
        left = reach[np.ix_(sites, customers)]
        only = np.flatnonzero(left.sum(axis=0) == 1)
        must = np.unique(left[:, only].argmax(axis=0)) if only.size else np.empty(0, dtype=np.int64)
        if must.size:
            forced.append(sites[must])
            customers = customers[~left[must].any(axis=0)]
            sites = np.delete(sites, must)
            left = reach[np.ix_(sites, customers)]
        keep = left.any(axis=1)
        sites, left = sites[keep], left[keep]
        if not customers.size:
            break
        worthwhile = ~contained(left)
        sites, left = sites[worthwhile], left[worthwhile]
        needed = ~containing(left.T)
        customers = customers[needed]
        if sites.size + customers.size == before:
            break
    chosen = np.sort(np.concatenate(forced)) if forced else np.empty(0, dtype=np.int64)
    return Reduced(chosen, sites if customers.size else sites[:0], customers)


def unreduced(reach: Bools) -> Reduced:
    """Return all that reaches and is reached, as it is.

    Examples
    --------
    >>> import numpy as np
    >>> unreduced(np.array([[1, 1], [0, 0]], dtype=bool)).sites
    array([0])
    """
    nothing = np.empty(0, dtype=np.int64)
    return Reduced(nothing, np.flatnonzero(reach.any(axis=1)), np.arange(reach.shape[1]))


def contained(sets: Bools) -> Bools:
    """Return which sets lie within another one; of equal ones all but the first do.

    Examples
    --------
    >>> import numpy as np
    >>> contained(np.array([[1, 0], [1, 1], [1, 1]], dtype=bool))
    array([ True, False,  True])
    """
    return _compared(sets, smaller=True)


def containing(sets: Bools) -> Bools:
    """Return which sets hold another one; of equal ones all but the first do.

    Examples
    --------
    >>> import numpy as np
    >>> containing(np.array([[1, 0], [1, 1], [1, 0]], dtype=bool))
    array([False,  True,  True])
    """
    return _compared(sets, smaller=False)


def _compared(sets: Bools, *, smaller: bool) -> Bools:
    as_numbers = sets.astype(np.float32)
    size = sets.sum(axis=1)
    order = np.arange(size.size)
    dropped = np.zeros(size.size, dtype=bool)
    for start in range(0, size.size, BLOCK):
        rows = order[start : start + BLOCK]
        shared = as_numbers[rows] @ as_numbers.T
        own = size[rows, None] if smaller else size[None, :]
        within = shared == own
        strict = (size[None, :] > size[rows, None]) if smaller else (size[None, :] < size[rows, None])
        earlier = (size[None, :] == size[rows, None]) & (order[None, :] < rows[:, None])
        dropped[rows] = (within & (strict | earlier)).any(axis=1)
    return dropped


def alike(sets: Bools) -> tuple[Ints, Ints]:
    """Return one of each group of equal rows, and the group that each row belongs to.

    Examples
    --------
    >>> import numpy as np
    >>> first, group = alike(np.array([[1, 0], [0, 1], [1, 0]], dtype=bool))
    >>> (group[0] == group[2]), first.size
    (np.True_, 2)
    """
    _, first, group = np.unique(np.packbits(sets, axis=1), axis=0, return_index=True, return_inverse=True)
    return first, group.reshape(-1)
