"""The volume algorithm: near-optimal multipliers, and an averaged primal solution of the relaxation."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from siting.locate.kernel.capacitated.bound import Capacitated, Pairs, ValidBound, complete, relax
from siting.locate.kernel.limits import SearchLimits
from siting.units import Bools, Floats


@dataclass(frozen=True)
class Volume:
    """Result of a run of the volume algorithm.

    Attributes
    ----------
    best : ValidBound
        Best bound.
    opening : numpy.ndarray
        Averaged fraction of each site that is open, (n,).
    mask : numpy.ndarray
        Pairs listed in the end, bool (n, m).
    met : Counter
        How often each set of open sites was seen (bytes of a bool array).
    flow : numpy.ndarray
        Averaged share of each customer on each pair, (n, m).
    length : float
        Length of the last step, with which another run continues.
    """

    best: ValidBound
    opening: Floats
    mask: Bools
    met: Counter[bytes]
    flow: Floats
    length: float


PAIRS_PER_CUSTOMER = 150
"""Pairs kept per customer, on average, once prices separate good pairs from bad ones."""


FIRST_CHECK = 60
"""Steps before open sets are recorded."""


@dataclass
class _Step:
    """Length of the next step, longer after progress and shorter after a run of failures."""

    length: float = 0.2
    failures: int = 0

    def better(self, *, aligned: bool) -> None:
        self.failures = 0
        if aligned:
            self.length = min(2.0, self.length * 1.1)

    def worse(self) -> None:
        self.failures += 1
        if self.failures >= 15:
            self.length, self.failures = max(self.length * 0.75, 2e-3), 0


class _Ascent:
    """State of one run: the best prices, and the averaged primal solution, whose violation is the direction."""

    def __init__(
        self, problem: Capacitated, mask: Bools, prices: Floats, closed: Bools, forced: Bools, before: Volume | None
    ) -> None:
        self.problem, self.closed, self.forced = problem, closed, forced
        self.mask = mask & ~closed[:, None]
        self.arcs = Pairs.listed(problem, self.mask)
        now = relax(problem, self.arcs, prices, closed, forced)
        self.centre, self.centre_bound = prices, now.bound
        self.best, _ = complete(problem, self.mask, prices, now, closed, forced)
        self.flow = np.zeros(self.arcs.site.size)
        self.flow[now.item] = now.flow
        self.opening, self.blend = now.opening.copy(), 0.1
        if before is not None:
            self.flow, self.opening = before.flow[self.mask], before.opening * ~closed
        self.met: Counter[bytes] = Counter()
        self.step = _Step() if before is None else _Step(before.length)
        self.scale = np.maximum(prices, 1e-6 * prices.max(initial=0.0)) / max(float(prices.mean()), 1e-300)

    def advance(self, upper: float, *, remember: bool) -> bool:
        """Step from the best prices along the violation of the averaged solution; return False where there is none."""
        customers = self.problem.shape[1]
        lack = 1.0 - np.bincount(self.arcs.customer, self.flow, minlength=customers)
        norm = float(lack @ (self.scale * lack))
        if norm < 1e-12 or not np.isfinite(self.centre_bound):
            return False
        bound = self.centre_bound
        aim = upper if np.isfinite(upper) else bound + 0.05 * abs(bound) + 1.0
        trial = self.centre + self.step.length * max(aim - bound, 1e-4 * abs(aim)) / norm * self.scale * lack
        now = relax(self.problem, self.arcs, trial, self.closed, self.forced)
        self.flow *= 1 - self.blend
        self.flow[now.item] += self.blend * now.flow
        self.opening += self.blend * (now.opening - self.opening)
        if remember:
            self.met[(self.opening > 0.5).tobytes()] += 1
            self.met[(now.opening > 0.5).tobytes()] += 1
        if now.bound > bound:
            at_trial = 1.0 - np.bincount(self.arcs.customer[now.item], now.flow, minlength=customers)
            self.centre, self.centre_bound = trial, now.bound
            self.step.better(aligned=float(at_trial @ (self.scale * lack)) > 0)
        else:
            self.step.worse()
        return True

    def check(self) -> None:
        """Make the bound valid for all pairs, and list the pairs that matter at these prices."""
        now = relax(self.problem, self.arcs, self.centre, self.closed, self.forced)
        priced, missing = complete(self.problem, self.mask, self.centre, now, self.closed, self.forced)
        self.best = priced if priced.bound > self.best.bound else self.best
        listed = trimmed(self.problem, self.mask | missing, priced, self.closed)
        if (listed != self.mask).any():
            dense = np.zeros(self.mask.shape)
            dense[self.mask] = self.flow
            self.flow, self.mask = dense[listed], listed
            self.arcs = Pairs.listed(self.problem, listed)
            self.centre_bound = priced.bound
        if priced.bound < self.best.bound:  # the list was too short for these prices
            self.centre, self.centre_bound = self.best.prices, self.best.bound
            self.step.length = max(self.step.length / 2, 2e-3)


def volume(
    problem: Capacitated,
    mask: Bools,
    prices: Floats,
    closed: Bools,
    forced: Bools,
    *,
    upper: float,
    most: int,
    limits: SearchLimits,
    before: Volume | None = None,
) -> Volume:
    """Raise the bound by steps along the violation of the averaged primal solution.

    Parameters
    ----------
    problem : Capacitated
        Costs, capacities, demands.
    mask : numpy.ndarray
        Pairs to list first, bool (n, m); others are added by pricing.
    prices : numpy.ndarray
        Initial multipliers, (m,).
    closed, forced : numpy.ndarray
        Sites fixed closed and fixed open, bool (n,).
    upper : float
        Objective of the incumbent (infinite without one).
    most : int
        Most steps.
    limits : SearchLimits
        Gap and time limit.
    before : Volume or None, optional
        An earlier run to continue.

    Returns
    -------
    Volume
        Best bound, averaged opening, sets seen.
    """
    ascent = _Ascent(problem, mask, prices, closed, forced, before)
    last = ascent.centre_bound
    for turn in range(1, most + 1):
        if not ascent.advance(upper, remember=turn > FIRST_CHECK):
            break
        if turn % 10 == 0 and limits.expired():
            break
        if turn % 50 == 0:
            ascent.check()
            if np.isfinite(upper) and upper - ascent.best.bound <= limits.gap * abs(upper):
                break
        if turn % 100 == 0:
            gained, bound = ascent.centre_bound - last, ascent.centre_bound
            if gained < 2e-4 * abs(bound):
                ascent.blend = max(ascent.blend / 2, 0.01)
            enough = 0.02 * (upper - bound) if np.isfinite(upper) else 2e-5 * abs(bound)
            if turn >= 200 and gained < enough:
                break
            last = bound
    ascent.check()
    flow = np.zeros(ascent.mask.shape)
    flow[ascent.mask] = ascent.flow
    return Volume(ascent.best, ascent.opening, ascent.mask, ascent.met, flow, ascent.step.length)


def trimmed(problem: Capacitated, mask: Bools, priced: ValidBound, closed: Bools) -> Bools:
    """Keep the pairs of smallest reduced cost where too many are listed."""
    mask = mask & ~closed[:, None]
    most = PAIRS_PER_CUSTOMER * problem.shape[1]
    if np.count_nonzero(mask) <= 2 * most:
        return mask
    reduced = np.where(mask, problem.cost - priced.prices + np.outer(priced.unit_price, problem.demand), np.inf)
    reduced += priced.entry[:, None]
    limit = max(0.0, float(np.partition(reduced, most, axis=None)[most]))
    return mask & (reduced <= limit)
