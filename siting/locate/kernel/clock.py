"""How long a search has run, and whether it has to stop."""

import time


class Clock:
    """Wall-clock time since a search began, against its limit.

    Parameters
    ----------
    limit_s : float or None
        Time after which the search stops [s]; None lets it finish.

    Examples
    --------
    >>> Clock(None).over()
    False
    """

    def __init__(self, limit_s: float | None) -> None:
        self._began = time.perf_counter()
        self._limit_s = limit_s

    def seconds(self) -> float:
        """Tell the wall-clock time since the search began [s]."""
        return time.perf_counter() - self._began

    def over(self) -> bool:
        """Tell whether the limit has passed."""
        return self._limit_s is not None and self.seconds() >= self._limit_s

    def left(self) -> float | None:
        """Tell how much time is left [s]; None where there is no limit."""
        return None if self._limit_s is None else self._limit_s - self.seconds()
