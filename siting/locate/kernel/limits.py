"""The limits of a search, counted from the moment at which they are made."""

import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SearchLimits:
    """When a search ends, what its random choices start from, and how much memory it may use.

    Attributes
    ----------
    gap : float
        Relative gap at which the solution counts as proven [-].
    time_limit_s : float or None
        Wall-clock limit [s]; None for none.
    seed : int
        Seed of random choices.
    memory_mb : float or None
        Memory on top of the caller's arrays [MB]; None for no limit.
    began : float
        Start of the search on the clock of `time.perf_counter` [s]. It is kept by `dataclasses.replace`.

    Examples
    --------
    >>> SearchLimits().expired(), SearchLimits(time_limit_s=0.0).expired()
    (False, True)
    """

    gap: float = 1e-6
    time_limit_s: float | None = None
    seed: int = 0
    memory_mb: float | None = None
    began: float = field(default_factory=time.perf_counter, repr=False, compare=False)

    def elapsed_s(self) -> float:
        """Return the wall-clock time since the search began [s]."""
        return time.perf_counter() - self.began

    def expired(self) -> bool:
        """Return whether the time limit has passed."""
        return self.time_limit_s is not None and self.elapsed_s() >= self.time_limit_s

    def left_s(self) -> float | None:
        """Return the time that is left [s]; None without a limit."""
        return None if self.time_limit_s is None else self.time_limit_s - self.elapsed_s()
