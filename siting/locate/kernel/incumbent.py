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
    rounding : float, optional
        Cost that is 0 but for rounding: an incumbent of at most this cost is proven by the bound 0.

    Attributes
    ----------
    sites : numpy.ndarray or None
        Open sites of the incumbent; None before the first.
    upper : float
        Their cost.
    lower : float
        Proven lower bound on the optimum.
    floor : float
        Difference of two costs that is rounding error at the magnitude of the search: a bound this close to the
        incumbent's cost proves it, though the relative gap may be wider where the cost is near 0.
    """

    def __init__(self, *, gap: float, integral: bool, rounding: float = 0.0) -> None:
        self.sites: Ints | None = None
        self.upper = np.inf
        self.lower = -np.inf
        self.floor = 0.0
        self.gap = gap
        self.integral = integral
        self.rounding = rounding

    @property
    def target(self) -> float:
        """The bound that proves the incumbent; infinite before the first one."""
        if not np.isfinite(self.upper):
            return np.inf
        if self.upper <= self.rounding:
            return 0.0
        return min(self.upper - max(0.999 * self.gap * self.upper, self.floor), self._cutoff)

    @property
    def _cutoff(self) -> float:
        """The bound from which on no integer cost below the incumbent's is left; infinite where costs are no integers."""
        slack = max(1e-6, 1e-11 * self.upper)  # rounding error of a sum of many floats
        return self.upper - 1.0 + slack if self.integral and slack < 0.5 else np.inf

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
        """Return the bound, raised to the incumbent's cost where it has reached the integer cut-off.

        A bound that has reached the target of the gap alone is not rounded up: better integers may lie above it.
        """
        return self.upper if self.lower >= self._cutoff else min(self.lower, self.upper)
