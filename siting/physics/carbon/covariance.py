"""Covariance of PUE and carbon intensity over the hours of a year, which annual means omit."""

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.units import Floats


def covariance_factor(pue: ArrayLike, hours: ArrayLike, ci_hours: ArrayLike) -> Floats:
    """Return the ratio of hourly emissions to those of annual means: ``mean(PUE CI) / (mean(PUE) mean(CI))``.

    With hours h and the intensity over its mean c in each bin: ``(sum h c PUE / sum h c) / (sum h PUE / sum h)``.
    Both must be of the same hours, in one time such as UTC.

    Parameters
    ----------
    pue : array_like
        (..., bins) power usage effectiveness [-], 1 or more.
    hours : array_like
        (..., bins) hours of each bin [h], 0 or more, above 0 in all.
    ci_hours : array_like
        (..., bins) the same, each times intensity over its annual mean [h].

    Returns
    -------
    numpy.ndarray
        (...) factor on the emissions of annual means [-]; 1 where either is constant.

    Raises
    ------
    DataError
        A PUE below 1, or hours that are negative, missing or none.

    References
    ----------
    By definition of the mean of a product; hour-by-hour counting as in the 24/7 CFE method (Google 2021).

    Examples
    --------
    Half the year at PUE 1.1 on a grid at half its mean, half at 1.3 on one at one and a half times it:

    >>> float(covariance_factor([1.1, 1.3], [4380.0, 4380.0], [2190.0, 6570.0]).round(4))
    1.0417
    """
    ratio, plain, weighted = (np.asarray(v, dtype=float) for v in (pue, hours, ci_hours))
    if not np.all(ratio >= 1):
        raise DataError(f"PUE is {np.min(ratio):g}: a facility draws at least what its IT draws, 1 or more")
    for name, values in (("hours", plain), ("ci_hours", weighted)):
        if not (np.all(np.isfinite(values) & (values >= 0)) and np.all(values.sum(axis=-1) > 0)):
            raise DataError(f"`{name}` are negative, missing or none: give hours of 0 or more")
    dirty = (weighted * ratio).sum(axis=-1) / weighted.sum(axis=-1)
    return np.asarray(dirty / ((plain * ratio).sum(axis=-1) / plain.sum(axis=-1)))
