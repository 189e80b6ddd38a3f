"""Which stations contradict the climate around them: a fault of the station or of its stated elevation."""

from __future__ import annotations

import numpy as np
from climate_fit import Lessons, learn, left_by

from siting.units import Bools, Floats

FOLDS = 15
"""Each station is judged by a fit to the other fourteen fifteenths."""

SEED = 20261129

MOST_ROBUST_SD = 4.0
"""A station farther than this from what is expected contradicts it (assumption; of 1,560 normal ones, 0.1 would)."""

NORMAL_MAD = 1.4826
"""Standard deviation over the median absolute deviation of a normal distribution."""

LOG_VAPOUR = 1
"""Position of the logarithm of the vapour pressure among the quantities of the fit."""


def contradicts_humidity(seen: Lessons) -> Bools:
    """Return which stations have a vapour pressure that normals and other stations contradict.

    The vapour pressure of a place follows from the climate normals and from the stations around it, corrected by a fit that
    does not know the station. The mean over the twelve months of the logarithm of observed over expected is normally
    within 5 % (robust standard deviation); a wrong pressure, elevation or dew point leaves it by 20 % and more.

    Parameters
    ----------
    seen : Lessons
        Errors of the first guess at all stations.

    Returns
    -------
    numpy.ndarray
        (n,) True for a station that is farther than `MOST_ROBUST_SD` from the median.
    """
    fold = np.random.default_rng(SEED).integers(0, FOLDS, len(seen.km))
    off = np.empty(len(seen.km))
    for each in range(FOLDS):
        judged = np.flatnonzero(fold == each)
        off[judged] = left_by(seen, judged, learn(seen, np.flatnonzero(fold != each)))[:, LOG_VAPOUR].mean(axis=1)
    return _far_from_others(off)


def _far_from_others(values: Floats) -> Bools:
    """Return which values are farther from the median than `MOST_ROBUST_SD` robust standard deviations."""
    from_median = np.abs(values - np.median(values))
    return np.asarray(from_median > MOST_ROBUST_SD * NORMAL_MAD * np.median(from_median))
