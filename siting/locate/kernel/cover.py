"""Set covering and maximal covering as MIPs with a greedy warm start, and the p-centre by binary search on radii."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siting.highs import DUAL_TOLERANCE, INFINITE, ArrayMip, solve_lp, solve_mip
from siting.locate.kernel.certificate import certify
from siting.locate.kernel.limits import SearchLimits
from siting.units import Bools, Floats, Ints

COUNT_TOLERANCE = 1e-6
"""Tolerance within which a bound on a number of sites is rounded up to the next integer."""

CERTIFIED_NODES = 100
"""Nodes after which a bound of HiGHS is believed, less its tolerance."""

MOST = float(np.finfo(np.float64).max)
"""Largest number: above every distance, and below infinity."""

TYPICAL_WEIGHT = 1e4
"""Weights are scaled to about this on average, because the tolerances of HiGHS are absolute."""


@dataclass(frozen=True)
class Cover:
    """Open sites and the proven bound on their number, or on the weight they cover.

    Attributes
    ----------
    open : numpy.ndarray
        Bool (n,).
    value, bound : float
        Number of sites with a lower bound, or covered weight with an upper bound.
    interrupted : bool
        Ctrl-C stopped the search.
    """

    open: Bools
    value: float
    bound: float
    interrupted: bool = False


def greedy_cover(reach: Bools) -> Ints:
    """Cover all customers: add the site with most uncovered customers, then drop redundant sites.

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


def minimum_cover(reach: Bools, limits: SearchLimits, *, gap: float, enough: int | None = None) -> Cover:
    """Cover every customer with as few sites as possible.

    Parameters
    ----------
    reach : numpy.ndarray
        Whether a site reaches a customer, bool (n, m); each customer is reached by at least one.
    limits : SearchLimits
        Time limit and seed.
    gap : float
        Relative gap at which to stop [0-1].
    enough : int or None, optional
        Stop once it is proven whether this number of sites is enough.

    Returns
    -------
    Cover
        Sites, their number and its lower bound.
    """
    opened = np.zeros(reach.shape[0], dtype=bool)
    opened[greedy_cover(reach)] = True
    value, lower = float(opened.sum()), 1.0
    model = cover_model(reach)
    if enough is not None and value > enough:  # the LP relaxation alone rules out most numbers that are too small
        relaxed = solve_lp(model, time_limit_s=limits.left_s())
        if relaxed.status == "optimal":
            lower = max(lower, _rounded_up(packed(reach, relaxed.duals)))
    decided = enough is not None and (value <= enough or lower > enough)
    if decided or value <= lower or limits.expired():
        return Cover(opened, value, min(lower, value))
    solved = solve_mip(
        model,
        gap=gap,
        time_limit_s=limits.left_s(),
        seed=limits.seed,
        start=opened.astype(np.float64),
        target=None if enough is None else float(enough),
    )
    if solved.values.size and (solved.values > 0.5).sum() < value:
        opened = solved.values > 0.5
        value = float(opened.sum())
    if np.isfinite(solved.bound):
        claimed = _rounded_up(solved.bound - DUAL_TOLERANCE * reach.shape[0])
        if claimed > lower and not solved.interrupted:
            fewer = claimed - 1 + 2 * COUNT_TOLERANCE
            found = certify(model, fewer, limits, first=reach.shape[0], most_nodes=CERTIFIED_NODES)
            if found.values.size:
                opened, value = found.values > 0.5, float((found.values > 0.5).sum())
            claimed = claimed if found.bound == -np.inf else _rounded_up(found.bound)
        lower = max(lower, claimed)
    return Cover(opened, value, min(lower, value), solved.interrupted)


def _rounded_up(bound: float) -> float:
    """Return the smallest number of sites that a bound on it allows."""
    return float(np.ceil(bound - COUNT_TOLERANCE))


def packed(reach: Bools, duals: Floats) -> float:
    """Return the bound of dual prices on the number of sites, by arithmetic of our own: valid for any prices.

    A site that all prices of its customers overpay lowers the bound by the excess.

    Examples
    --------
    >>> import numpy as np
    >>> packed(np.array([[True, True], [False, True]]), np.array([1.0, 0.5]))
    1.0
    """
    prices = np.maximum(duals, 0.0)
    return float(prices.sum() - np.maximum(reach @ prices - 1.0, 0.0).sum())


def cover_model(reach: Bools) -> ArrayMip:
    """Write set covering: ``min sum_i y_i`` with ``sum_{i reaches j} y_i >= 1`` for every j, y binary."""
    sites, customers = reach.shape
    return ArrayMip(
        cost=np.ones(sites),
        lower=np.zeros(sites),
        upper=np.ones(sites),
        matrix=sparse.csr_array(reach.T.astype(np.float64)),
        row_lower=np.ones(customers),
        row_upper=np.full(customers, INFINITE),
        integer=np.ones(sites, dtype=bool),
    )


def maximum_coverage(reach: Bools, weights: Floats, count: int, limits: SearchLimits, *, gap: float) -> Cover:
    """Cover as much weight as possible with at most `count` sites.

    Returns
    -------
    Cover
        Sites, the weight they cover and an upper bound on the weight that any choice covers.
    """
    counts = (weights > 0) & reach.any(axis=0)
    total = float(weights[counts].sum())
    near, weight = reach[:, counts], weights[counts]
    opened = np.zeros(reach.shape[0], dtype=bool)
    left = weight.copy()
    for _ in range(count):  # greedy: the site with most uncovered weight
        site = int((near @ left).argmax())
        opened[site] = True
        left[near[site]] = 0.0
    value = float(weight[near[opened].any(axis=0)].sum())
    if value >= total or limits.expired():
        return Cover(opened, value, total)
    start = np.r_[opened, left <= 0].astype(np.float64)
    scale = TYPICAL_WEIGHT * weight.size / value
    model = coverage_model(near, weight * scale, count)
    solved = solve_mip(model, gap=gap, time_limit_s=limits.left_s(), seed=limits.seed, start=start)
    if solved.values.size:
        chosen = solved.values[: opened.size] > 0.5
        reached = float(weight[near[chosen].any(axis=0)].sum())
        if reached > value:
            opened, value = chosen, reached
    slack = DUAL_TOLERANCE * (opened.size + weight.size)
    bound = min(total, (slack - solved.bound) / scale) if np.isfinite(solved.bound) else total
    aim = value * (1 + 1.8 * gap)
    if -solved.bound / scale <= aim < total and not solved.interrupted:
        proof = certify(model, -aim * scale, limits, first=opened.size, most_nodes=CERTIFIED_NODES)
        if proof.values.size:
            opened = proof.values[: opened.size] > 0.5
            value = float(weight[near[opened].any(axis=0)].sum())
        bound = bound if proof.bound == -np.inf else min(total, -proof.bound / scale)
    return Cover(opened, value, max(bound, value), solved.interrupted)


def coverage_model(reach: Bools, weight: Floats, count: int) -> ArrayMip:
    """Write maximal covering: ``max sum_j w_j z_j`` with ``z_j <= sum_{i reaches j} y_i``, ``sum_i y_i <= count``.

    Columns are y (binary), then z (at most 1, integral by itself once y is).
    """
    sites, customers = reach.shape
    link = sparse.hstack([sparse.csr_array(reach.T.astype(np.float64)), -sparse.eye_array(customers)])
    number = sparse.csr_array(np.r_[np.ones(sites), np.zeros(customers)][None, :])
    return ArrayMip(
        cost=np.r_[np.zeros(sites), -weight],
        lower=np.zeros(sites + customers),
        upper=np.ones(sites + customers),
        matrix=sparse.csr_array(sparse.vstack([link, number])),
        row_lower=np.r_[np.zeros(customers), -INFINITE],
        row_upper=np.r_[np.full(customers, INFINITE), float(count)],
        integer=np.arange(sites + customers) < sites,
    )


class RadiusSearch:
    """Binary search on the distances between the bounds of a p-centre: at each, a set covering problem.

    Parameters
    ----------
    distance : numpy.ndarray
        From each site to each customer, infinite where a pair may not serve, (n, m).
    count : int
        Number of sites that may open.
    limits : SearchLimits
        When to stop.

    Attributes
    ----------
    open : numpy.ndarray
        Sites of the incumbent, bool (n,).
    upper, lower : float
        Its largest distance, and the proven lower bound on the optimum.
    """

    def __init__(self, distance: Floats, count: int, limits: SearchLimits) -> None:
        self._distance, self._count, self._limits = distance, count, limits
        self.lower = float(distance.min(axis=0).max())
        self.open = self._farthest_first()
        self.upper = self._largest_distance(self.open)

    def run(self) -> None:
        """Search until one distance is left, the gap is closed or the time is over."""
        inside = (self._distance >= self.lower) & (self._distance <= self.upper)
        radii = np.unique(self._distance[inside])
        low, high = 0, int(np.searchsorted(radii, self.upper))  # the optimum is one of radii[low..high]
        while low < high and not self._limits.expired():
            self.lower = max(self.lower, float(radii[low]))
            if self.upper - self.lower <= self._limits.gap * min(self.upper, MOST):
                return
            middle = (low + high) // 2
            cover = minimum_cover(self._distance <= radii[middle], self._limits, gap=0.0, enough=self._count)
            if cover.value <= self._count:
                self._offer(cover.open)
                high = int(np.searchsorted(radii, self.upper))
            elif cover.bound > self._count:
                low = middle + 1
            else:
                return  # neither was proven in time
            if cover.interrupted:
                return
        if low >= high:
            self.lower = self.upper

    def _farthest_first(self) -> Bools:
        """Open, time after time, the site nearest to the customer that is farthest from the open ones."""
        opened = np.zeros(self._distance.shape[0], dtype=bool)
        opened[int(self._distance.max(axis=1).argmin())] = True
        nearest = self._distance[opened].min(axis=0)
        for _ in range(self._count - 1):
            site = int(self._distance[:, int(nearest.argmax())].argmin())
            opened[site] = True
            nearest = np.minimum(nearest, self._distance[site])
        return opened

    def _largest_distance(self, opened: Bools) -> float:
        return float(self._distance[opened].min(axis=0).max())

    def _offer(self, opened: Bools) -> None:
        largest = self._largest_distance(opened)
        if largest < self.upper:
            self.open, self.upper = opened, largest
