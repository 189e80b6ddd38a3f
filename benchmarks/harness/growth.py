"""The exponent with which time and memory grow with the size of a problem."""

from collections.abc import Sequence

import numpy as np

LEAST_POINTS = 3
"""Fewest sizes from which an exponent is fitted: two are always on a line."""


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float | None:
    """Return the exponent with which values grow with size: the least-squares slope of their logarithms.

    Parameters
    ----------
    sizes, values : sequence of float
        Sizes of problems, and the value of each; all above 0.

    Returns
    -------
    float or None
        The exponent [-]; None for fewer than three sizes.

    Examples
    --------
    >>> round(exponent([10, 100, 1000], [2, 20, 200]), 6)
    1.0
    >>> exponent([10, 100], [2, 20]) is None
    True
    """
    if len(sizes) < LEAST_POINTS:
        return None
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
