"""How time and memory grow with the size of a question."""

from collections.abc import Sequence

import numpy as np

LEAST_POINTS = 3
"""Sizes below which no power is fitted: two always lie on a line."""


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float | None:
    """Return the power of the size with which values grow: the slope of their logarithms by least squares.

    Parameters
    ----------
    sizes, values : sequence of float
        Sizes of questions, and what each took; all above 0.

    Returns
    -------
    float or None
        The power [-]; None of fewer than three sizes.

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
