"""Joint distribution of weather and carbon intensity: carbon weight of each bin of a place's typical year."""

from collections.abc import Sequence

import numpy as np

from siting.errors import DataError
from siting.units import HOURS_PER_YEAR, Bools, Floats
from siting.world.climate.shipped import blocks_of, hours_of
from siting.world.climate.summary import bins_of
from siting.world.tables import read_arrays

STEP_HOURS = 0.05
HOURS_PER_DEGREE = 24.0 / 360.0


def ci_hours_of(dry_bulb_c: Floats, wet_bulb_c: Floats, ci_shape_utc: Floats, lon: float) -> Floats:
    """Return the hours of each bin, each times the intensity of the grid in it over the year's mean.

    ``sum over the bin's hours of shape(t - round(lon / 15))``: typical years are in local standard time, shapes in UTC.

    Parameters
    ----------
    dry_bulb_c, wet_bulb_c : numpy.ndarray
        (8760,) typical year, local standard time [C].
    ci_shape_utc : numpy.ndarray
        (8760,) intensity over the year's mean, UTC [-].
    lon : float
        Longitude [degree].

    Returns
    -------
    numpy.ndarray
        One number per bin, in the order of `summary.hour_bins` [h]; they sum to 8760 times the mean of the shape.

    Raises
    ------
    siting.errors.DataError
        Series that are not a year.

    Examples
    --------
    >>> mild = np.full(8760, 12.0)
    >>> ci_hours_of(mild, mild, np.ones(8760), 22.0).tolist()
    [8760.0]
    """
    lengths = {np.shape(x) for x in (dry_bulb_c, wet_bulb_c, ci_shape_utc)}
    if lengths != {(HOURS_PER_YEAR,)}:
        raise DataError(f"weather and intensity are of shapes {sorted(lengths)}: give {HOURS_PER_YEAR} hours each")
    local = np.roll(ci_shape_utc, int(np.rint(lon * HOURS_PER_DEGREE)))
    at = bins_of(dry_bulb_c, wet_bulb_c)
    _, position = np.unique(at, return_inverse=True)
    return np.bincount(position, weights=local)


def ci_hours(places: Sequence[tuple[str, str]]) -> tuple[Floats, Bools]:
    """Return, for every bin of `hours_of`, its hours times intensity over the year's mean, and for which places it is known.

    Parameters
    ----------
    places : sequence of (str, str)
        Set and id of each place.

    Returns
    -------
    tuple of numpy.ndarray
        (bins,) weights [h], the plain hours where the grid has no hourly shape; and (n,) whether it has one.

    Examples
    --------
    >>> weights, known = ci_hours([("sites", "lulea"), ("sites", "singapore")])
    >>> known.tolist()
    [True, False]
    """
    hours = hours_of(places)
    arrays, blocks = read_arrays("ci_hours"), blocks_of("ci_hours", "ci_hours")
    weights = hours.hours.astype(np.float64)
    known = np.zeros(len(places), dtype=bool)
    starts = np.searchsorted(hours.place, np.arange(len(places) + 1))
    for n, place in enumerate(places):
        if place in blocks:
            mine = arrays["ci_hours"][blocks[place]].astype(np.float64) * STEP_HOURS
            if len(mine) != starts[n + 1] - starts[n]:
                raise DataError(f"tables ci_hours and climate_hours have other bins of {place[1]}: rebuild both")
            weights[starts[n] : starts[n + 1]] = mine * (HOURS_PER_YEAR / mine.sum())
            known[n] = True
    return weights, known
