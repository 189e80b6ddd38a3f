"""Which stations contradict the climate around them: a fault of the station or of its stated elevation."""

from __future__ import annotations

import numpy as np
import pandas as pd
from climate_fit import Lessons, learn, left_by
from climate_sources import MONTHS

from siting.units import Bools, Floats
from siting.world.climate.estimate_inputs import Normals
from siting.world.climate.months import normals_at

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


def contradicts_normals(normals: Normals, stations: pd.DataFrame) -> Bools:
    """Return which stations have an annual mean temperature that the climate normals contradict.

    The test knows neither the estimate nor its error, so that it may say which stations a score can trust.

    Parameters
    ----------
    normals : Normals
        As shipped.
    stations : pandas.DataFrame
        Of `climate_sources.read_stations`.

    Returns
    -------
    numpy.ndarray
        (n,) True for a station farther than `MOST_ROBUST_SD` from the median; False where no normal is near.
    """
    at = [stations[name].to_numpy(float) for name in ("lon", "lat", "elevation")]
    observed = stations[[f"t_mean_{month}" for month in MONTHS]].to_numpy(float)
    return _far_from_others(np.nan_to_num((observed - normals_at(normals, *at).t_mean_c).mean(axis=1)))


def _far_from_others(values: Floats) -> Bools:
    """Return which values are farther from the median than `MOST_ROBUST_SD` robust standard deviations."""
    from_median = np.abs(values - np.median(values))
    return np.asarray(from_median > MOST_ROBUST_SD * NORMAL_MAD * np.median(from_median))
