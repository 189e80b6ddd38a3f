"""The incumbent of a search, and the proven bound."""

import numpy as np

from siting.units import Ints


class Incumbent:
    """The best solution found so far, with its cost and the proven lower bound.

    Parameters
    ----------
    gap : float
        Relative gap at which the incumbent counts as proven [-].
    integral : bool
        Every solution has an integer cost, so that a bound may be rounded up.

    Attributes
    ----------
    sites : numpy.ndarray or None
        Open sites of the incumbent; None before the first.
    upper : float
        Their cost.
    lower : float
        Proven lower bound on the optimum.
    """

    def __init__(self, *, gap: float, integral: bool) -> None:
        self.sites: Ints | None = None
        self.upper = np.inf
        self.lower = -np.inf
        self.gap = gap
        self.integral = integral

    @property
    def target(self) -> float:
        """The bound that proves the incumbent; infinite before the first one."""
        if not np.isfinite(self.upper):
            return np.inf
        within_gap = self.upper * (1.0 - 0.999 * self.gap)
        slack = max(1e-6, 1e-11 * self.upper)  # rounding error of a sum of many floats
        return min(within_gap, self.upper - 1.0 + slack) if self.integral and slack < 0.5 else within_gap

    @property
    def proven(self) -> bool:
        """Whether the bound has reached the target."""
        return self.lower >= self.target

    def offer(self, sites: Ints, cost: float) -> bool:
        """Replace the incumbent if a solution is better; return whether it is."""
        if cost >= self.upper:
            return False
        self.upper, self.sites = cost, np.array(sites)
        return True

    def prove(self, bound: float) -> None:
        """Raise the lower bound.

        It counts up to the target only: variable fixing removes sites that no solution below the target opens, so that
        a higher bound holds for the reduced problem alone.
        """
        self.lower = max(self.lower, min(bound, self.target, self.upper))

    def settle(self) -> None:
        """Note that no solution below the target is left."""
        self.prove(np.inf)

    def proven_bound(self) -> float:
        """Return the bound, rounded up where every cost is an integer."""
        if self.integral and self.lower >= self.target and self.upper - self.target > 0.5:
            return self.upper
        return min(self.lower, self.upper)
