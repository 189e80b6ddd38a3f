"""Least covers and greatest coverage: reduction first, then a small whole programme."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siting.highs import INFINITE, ArrayMip, solve_mip
from siting.locate.kernel.clock import Clock
from siting.locate.kernel.cover_presolve import alike, contained, reduce_cover, unreduced
from siting.units import Bools, Floats, Ints

AT_ONCE = 50_000
"""Pairs of site and customer up to which HiGHS gets a cover as it is: its own reduction is faster than ours there."""

WHOLE = 1e-6
"""Slack within which a bound on a count of sites is rounded up."""


@dataclass(frozen=True)
class Cover:
    """Open sites and what is proven of their number, or of the weight they cover.

    Attributes
    ----------
    open : numpy.ndarray
        Bool (n,).
    value, bound : float
        Number of sites with a lower bound, or weight covered with an upper bound.
    interrupted : bool
        Ctrl-C stopped it.
    """

    open: Bools
    value: float
    bound: float
    interrupted: bool = False


def greedy_cover(reach: Bools) -> Ints:
    """Cover all customers, each time by the site that reaches most of those left, then drop sites that are not needed.

    Examples
    --------
    >>> import numpy as np
    >>> greedy_cover(np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]], dtype=bool))
    array([0, 1])
    """
    left = np.ones(reach.shape[1], dtype=bool)
    gain = reach.sum(axis=1)
    chosen: list[int] = []
    while left.any():
        site = int(gain.argmax())
        new = reach[site] & left
        gain = gain - reach[:, new].sum(axis=1)
        left &= ~new
        chosen.append(site)
    times = reach[chosen].sum(axis=0)
    for site in chosen[::-1]:
        if (times[reach[site]] > 1).all():
            times = times - reach[site]
            chosen.remove(site)
    return np.sort(np.array(chosen, dtype=np.int64))


def least_cover(reach: Bools, *, clock: Clock, seed: int, gap: float, enough: int | None = None) -> Cover:
    """Reach every customer from as few sites as possible.

    Parameters
    ----------
    reach : numpy.ndarray
        Whether a site reaches a customer, bool (n, m); every customer is in reach of one.
    clock : Clock
        When to stop.
    seed : int
        Of the solver's random choices.
    gap : float
        Relative gap at which to stop [0-1].
    enough : int or None, optional
        Stop as soon as it is known whether so many sites are enough.

    Returns
    -------
    Cover
        Sites, their number and its lower bound.
    """
    small = enough is None and reach.size <= AT_ONCE
    reduced = unreduced(reach) if small else reduce_cover(reach)
    opened = np.zeros(reach.shape[0], dtype=bool)
    opened[reduced.forced] = True
    base = reduced.forced.size
    if reduced.customers.size == 0:
        return Cover(opened, base, base)
    left = reach[np.ix_(reduced.sites, reduced.customers)]
    start = greedy_cover(left)
    best = opened.copy()
    best[reduced.sites[start]] = True
    lower = base + 1.0
    if not small and (enough is None or start.size + base > enough):
        relaxed = solve_mip(_cover_programme(left, whole=False), gap=gap, time_limit_s=clock.left(), seed=seed)
        lower = max(lower, base + float(np.ceil(relaxed.bound - WHOLE)))
    value = float(best.sum())
    decided = enough is not None and (value <= enough or lower > enough)
    if decided or value <= lower or clock.over():
        return Cover(best, value, min(lower, value))
    values = np.zeros(left.shape[0])
    values[start] = 1.0
    target = None if enough is None else float(enough - base)
    solved = solve_mip(
        _cover_programme(left, whole=True), gap=gap, time_limit_s=clock.left(), seed=seed, start=values, target=target
    )
    if solved.values.size and solved.objective is not None and round(solved.objective) + base < value:
        best = opened.copy()
        best[reduced.sites[solved.values > 0.5]] = True
        value = float(best.sum())
    if np.isfinite(solved.bound):
        lower = max(lower, base + float(np.ceil(solved.bound - WHOLE)))
    return Cover(best, value, min(lower, value), solved.interrupted)


def _cover_programme(reach: Bools, *, whole: bool) -> ArrayMip:
    sites, customers = reach.shape
    return ArrayMip(
        cost=np.ones(sites),
        lower=np.zeros(sites),
        upper=np.ones(sites),
        matrix=sparse.csr_array(reach.T.astype(np.float64)),
        row_lower=np.ones(customers),
        row_upper=np.full(customers, INFINITE),
        integer=np.full(sites, whole),
    )


def most_covered(reach: Bools, weights: Floats, count: int, *, clock: Clock, seed: int, gap: float) -> Cover:
    """Reach as much weight as possible from at most so many sites.

    Returns
    -------
    Cover
        Sites, the weight they reach and an upper bound on what any choice reaches.
    """
    useful = np.flatnonzero(weights > 0)
    first, group = alike(reach[:, useful].T)
    merged = reach[:, useful[first]]
    weight = np.bincount(group, weights[useful], minlength=first.size)
    useless = ~merged.any(axis=1)
    if merged.size > AT_ONCE:
        useless |= contained(merged)
    sites = np.flatnonzero(~useless)
    opened = np.zeros(reach.shape[0], dtype=bool)
    total = float(weight[merged.any(axis=0)].sum()) if first.size else 0.0
    if sites.size <= count:
        opened[sites] = True
        return Cover(opened, total, total)
    left = merged[sites]
    start = _greedy_most(left, weight, count)
    opened[sites[start]] = True
    value = float(weight[left[start].any(axis=0)].sum())
    if value >= total or clock.over():
        return Cover(opened, value, total)
    programme = _coverage_programme(left, weight, count)
    known = np.r_[np.zeros(sites.size), left[start].any(axis=0)].astype(np.float64)
    known[start] = 1.0
    solved = solve_mip(programme, gap=gap, time_limit_s=clock.left(), seed=seed, start=known)
    if solved.values.size:
        chosen = solved.values[: sites.size] > 0.5
        reached = float(weight[left[chosen].any(axis=0)].sum())
        if reached > value:
            opened[:] = False
            opened[sites[chosen]] = True
            value = reached
    scale = float(weight.max())
    bound = min(total, -solved.bound * scale) if np.isfinite(solved.bound) else total
    return Cover(opened, value, max(bound, value), solved.interrupted)


def _greedy_most(reach: Bools, weight: Floats, count: int) -> Ints:
    left, chosen = weight.copy(), []
    for _ in range(count):
        site = int((reach @ left).argmax())
        chosen.append(site)
        left[reach[site]] = 0.0
    return np.unique(np.array(chosen, dtype=np.int64))


def _coverage_programme(reach: Bools, weight: Floats, count: int) -> ArrayMip:
    """Columns: sites, then customers covered; a customer counts no more than the sites that reach it."""
    sites, customers = reach.shape
    tie = sparse.hstack([sparse.csr_array(reach.T.astype(np.float64)), -sparse.eye_array(customers)])
    number = sparse.csr_array(np.r_[np.ones(sites), np.zeros(customers)][None, :])
    return ArrayMip(
        cost=np.r_[np.zeros(sites), -weight / weight.max()],
        lower=np.zeros(sites + customers),
        upper=np.ones(sites + customers),
        matrix=sparse.csr_array(sparse.vstack([tie, number])),
        row_lower=np.r_[np.zeros(customers), -INFINITE],
        row_upper=np.r_[np.full(customers, INFINITE), float(count)],
        integer=np.r_[np.ones(sites), np.zeros(customers)].astype(bool),
    )
