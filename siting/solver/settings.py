"""Settings of a solve as people give them: time limit, gap and solver, checked before anything is computed."""

import numbers
import sys

from siting.errors import ScenarioError

DEFAULT_GAP = 1e-4


def require_settings(
    time_limit_s: float | None, gap: float = DEFAULT_GAP, solver: str = "highs", memory_mb: float | None = None
) -> None:
    """Check the settings that a user gives to a solve or a study.

    Parameters
    ----------
    time_limit_s : float or None
        Wall-clock limit, 0 or more [s]; None for no limit.
    gap : float, optional
        Relative gap at which a plan is optimal [0-1), a share and not per cent.
    solver : str, optional
        Name of a solver; whether it is installed is seen when it is called.
    memory_mb : float or None, optional
        Memory for a model, above 0 [MB]; None for no limit.

    Raises
    ------
    ScenarioError
        A value that is not a finite number of its range, all of them.

    Examples
    --------
    >>> require_settings(60.0, 1e-4)
    >>> require_settings(60.0, 1)
    Traceback (most recent call last):
    siting.errors.ScenarioError: the settings of the solve are not valid
      - `gap` is 1: give a share from 0 to below 1 (1 % is 0.01)
    """
    faults = [gap_fault(gap), _time_fault(time_limit_s), _solver_fault(solver), _memory_fault(memory_mb)]
    if faults := [fault for fault in faults if fault is not None]:
        raise ScenarioError.from_faults("the settings of the solve are not valid", faults)


def gap_fault(gap: object) -> str | None:
    """Return what is wrong with a gap, None if nothing is.

    Examples
    --------
    >>> gap_fault(0.01) is None, gap_fault("1%")
    (True, "`gap` is '1%': give a share from 0 to below 1 (1 % is 0.01)")
    """
    if _is_finite(gap) and 0 <= gap < 1:  # type: ignore[operator]
        return None
    return f"`gap` is {_shown(gap)}: give a share from 0 to below 1 (1 % is 0.01)"


def _time_fault(limit: object) -> str | None:
    if limit is None or (_is_finite(limit) and limit >= 0):  # type: ignore[operator]
        return None
    return f"`time_limit_s` is {_shown(limit)}: give seconds from 0 on, or None for no limit"


def _memory_fault(limit: object) -> str | None:
    if limit is None or (_is_finite(limit) and limit > 0):  # type: ignore[operator]
        return None
    return f"`memory_mb` is {_shown(limit)}: give megabytes above 0, or None for no limit"


def _solver_fault(solver: object) -> str | None:
    if isinstance(solver, str) and solver:
        return None
    return f"`solver` is {_shown(solver)}: give a name such as `highs`, `cbc` or `scip`"


def _is_finite(value: object) -> bool:
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return is_number and -sys.float_info.max <= value <= sys.float_info.max  # type: ignore[operator]


def _shown(value: object) -> str:
    """Return a value for a message, shortened."""
    try:
        return f"{value!r:.40}"
    except ValueError:  # Python does not write integers of thousands of digits
        return f"a {type(value).__name__} of thousands of digits"
