"""The best answer so far, and how far it is proven."""

import numpy as np

from siting.units import Ints


class Incumbent:
    """The best choice of sites that was met, between its cost and the proven bound.

    Parameters
    ----------
    gap : float
        Relative gap at which the answer counts as proven [-].
    whole : bool
        Every answer costs a whole number, so that a bound may be rounded up.

    Attributes
    ----------
    sites : numpy.ndarray or None
        The best sites so far; None before the first.
    upper : float
        What they cost.
    lower : float
        No answer costs less.
    """

    def __init__(self, *, gap: float, whole: bool) -> None:
        self.sites: Ints | None = None
        self.upper = np.inf
        self.lower = -np.inf
        self.gap = gap
        self.whole = whole

    @property
    def target(self) -> float:
        """A bound that is this high proves the answer in hand; infinite before the first one."""
        if not np.isfinite(self.upper):
            return np.inf
        within_gap = self.upper * (1.0 - 0.999 * self.gap)
        slack = max(1e-6, 1e-11 * self.upper)  # what summing many floats may lose
        return min(within_gap, self.upper - 1.0 + slack) if self.whole and slack < 0.5 else within_gap

    @property
    def proven(self) -> bool:
        """Tell whether the bound has reached the target."""
        return self.lower >= self.target

    def offer(self, sites: Ints, cost: float) -> bool:
        """Take an answer if it is better than the one in hand."""
        if cost >= self.upper:
            return False
        self.upper, self.sites = cost, np.array(sites)
        return True

    def prove(self, bound: float) -> None:
        """Take a bound if it is higher than the one in hand.

        It counts up to the target only: sites that no answer below the target opens may be gone from what was bounded.
        """
        self.lower = max(self.lower, min(bound, self.target, self.upper))

    def settle(self) -> None:
        """Note that nothing below the target is left."""
        self.prove(np.inf)

    def proven_bound(self) -> float:
        """Return the bound, rounded up where only whole numbers can be met."""
        if self.whole and self.lower >= self.target and self.upper - self.target > 0.5:
            return self.upper
        return min(self.lower, self.upper)
