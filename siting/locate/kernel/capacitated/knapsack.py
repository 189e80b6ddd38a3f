"""Continuous knapsack problems of many sites at once: which customers fill the capacity of a site best."""

from dataclasses import dataclass

import numpy as np

from siting.units import Floats, Ints


@dataclass(frozen=True)
class Filled:
    """Optimal knapsack of every site.

    Attributes
    ----------
    value : numpy.ndarray
        Sum of values taken at each site, (n,), never above 0.
    unit_price : numpy.ndarray
        Saving by one more unit of capacity at each site (its dual), (n,), 0 where capacity is left.
    item : numpy.ndarray
        Items with a negative value, as positions in the arrays given.
    share : numpy.ndarray
        Share of each of those items that is taken [0-1].
    """

    value: Floats
    unit_price: Floats
    item: Ints
    share: Floats


def fill(site: Ints, value: Floats, size: Floats, capacity: Floats) -> Filled:
    """Fill each site's capacity with parts of items of smallest value per size.

    Parameters
    ----------
    site : numpy.ndarray
        Site of each item, ascending, (a,).
    value : numpy.ndarray
        Value of taking the entire item, (a,); only negative ones are taken.
    size : numpy.ndarray
        Capacity it takes, (a,), at least 0.
    capacity : numpy.ndarray
        Of each site, (n,), at least 0.

    Returns
    -------
    Filled
        Values, duals of capacity and the shares taken.

    Notes
    -----
    With p the dual of the capacity, ``-p * capacity + sum(min(0, value + p * size))`` is the value of the knapsack (LP
    duality): an item that is not listed changes it only where ``value + p * size`` is negative.

    Examples
    --------
    >>> import numpy as np
    >>> filled = fill(np.array([0, 0]), np.array([-6.0, -2.0]), np.array([3.0, 2.0]), np.array([4.0]))
    >>> filled.value, filled.unit_price, filled.share
    (array([-7.]), array([1.]), array([1. , 0.5]))
    """
    count = capacity.size
    item = np.flatnonzero(value < 0)
    if item.size == 0:
        return Filled(np.zeros(count), np.zeros(count), item, np.empty(0))
    with np.errstate(divide="ignore"):
        per_size = value[item] / size[item]
    item = item[np.argsort(per_size, kind="stable")]
    at = site[item]
    # a second, stable sort by site: numpy uses radix sort for 16-bit integers
    by_site = np.argsort(at.astype(np.int16) if count <= np.iinfo(np.int16).max else at, kind="stable")
    item, at = item[by_site], at[by_site]
    taken, need = value[item], size[item]
    upto = np.cumsum(need)
    first = np.flatnonzero(np.r_[True, at[1:] != at[:-1]])
    start = np.zeros(count)
    start[at[first]] = upto[first] - need[first]
    before = upto - need - start[at]
    room = capacity[at] - before
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(need > 0, np.clip(room / need, 0.0, 1.0), 1.0)
    unit_price = np.zeros(count)
    last = np.flatnonzero((room <= need) & (need > 0))
    if last.size:
        critical = last[np.r_[True, at[last][1:] != at[last][:-1]]]
        unit_price[at[critical]] = -taken[critical] / need[critical]
    return Filled(np.bincount(at, taken * share, minlength=count), unit_price, item, share)
