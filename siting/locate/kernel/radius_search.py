"""The least worst distance from so many sites: radii halved between bounds, a cover question at each."""

import numpy as np

from siting.locate.kernel.clock import Clock
from siting.locate.kernel.cover import minimum_cover
from siting.units import Bools, Floats


class CentreSearch:
    """What is known of the least worst distance so far.

    Parameters
    ----------
    distance : numpy.ndarray
        From each site to each customer, (n, m).
    count : int
        Sites that may open.
    gap : float
        Relative gap at which to stop [0-1].
    clock : Clock
        When to stop.
    seed : int
        Of the solver's random choices.

    Attributes
    ----------
    open : numpy.ndarray
        Sites of the best answer, bool (n,).
    upper, lower : float
        Its worst distance, and what no choice can go below.
    """

    def __init__(self, distance: Floats, count: int, *, gap: float, clock: Clock, seed: int) -> None:
        self._distance, self._count, self._gap, self._clock, self._seed = distance, count, gap, clock, seed
        self.lower = float(distance.min(axis=0).max())
        self.open = self._farthest_first()
        self.upper = self._worst(self.open)

    def run(self) -> None:
        """Halve the radii between the bounds, first by the relaxed cover alone, until one is left."""
        inside = (self._distance >= self.lower) & (self._distance <= self.upper)
        radii = np.unique(self._distance[inside])
        low, high = 0, int(np.searchsorted(radii, self.upper))  # the answer is one of radii[low..high]
        while low < high and not self._clock.over():
            self.lower = max(self.lower, float(radii[low]))
            if self.upper - self.lower <= self._gap * self.upper:
                return
            middle = (low + high) // 2
            cover = minimum_cover(
                self._distance <= radii[middle], clock=self._clock, seed=self._seed, gap=0.0, enough=self._count
            )
            if cover.value <= self._count:
                self._offer(cover.open)
                high = int(np.searchsorted(radii, self.upper))
            elif cover.bound > self._count:
                low = middle + 1
            else:
                return  # neither was shown in time
            if cover.interrupted:
                return
        if low >= high:
            self.lower = self.upper

    def _farthest_first(self) -> Bools:
        """Open the site nearest to the customer that is worst off, again and again."""
        opened = np.zeros(self._distance.shape[0], dtype=bool)
        opened[int(self._distance.max(axis=1).argmin())] = True
        nearest = self._distance[opened].min(axis=0)
        for _ in range(self._count - 1):
            site = int(self._distance[:, int(nearest.argmax())].argmin())
            opened[site] = True
            nearest = np.minimum(nearest, self._distance[site])
        return opened

    def _worst(self, opened: Bools) -> float:
        return float(self._distance[opened].min(axis=0).max())

    def _offer(self, opened: Bools) -> None:
        worst = self._worst(opened)
        if worst < self.upper:
            self.open, self.upper = opened, worst
