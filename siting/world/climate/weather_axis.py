"""Time axis of a weather file: the hour of the year that each of its rows states."""

import numpy as np

from siting.errors import listed
from siting.units import HOURS_PER_YEAR, Floats, Ints
from siting.world.climate.estimate_inputs import DAYS_IN_MONTH, FIRST_DAY_OF_MONTH

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    *("August", "September", "October", "November", "December"),
)
FEBRUARY, LEAP_DAY = 2, 29
LEAP_HOURS = HOURS_PER_YEAR + 24
IN_ORDER = (
    "its hours are put in order by their stamps: the rows of the file are not in the order of a year from 1 January"
)
NAMED = 3
"""Hours that a message names before it counts the rest."""


def fix_of_hours(hours: int) -> str:
    """Return what to do about a file of that many hours."""
    return "leave out 29 February" if hours == LEAP_HOURS else "give every hour of a year of 365 days once"


def hours_of_stamps(month: Floats, day: Floats, hour: Floats, line: Ints) -> tuple[Ints, list[str]]:
    """Return the hour of the year [0-8759] of stamps with hours of 1 to 24, and the faults of stamps that do not exist.

    Parameters
    ----------
    month, day, hour : numpy.ndarray
        (n,) stamps; 29 February does not exist.
    line : numpy.ndarray
        (n,) lines in the file, for the message.

    Examples
    --------
    >>> one = np.ones(1)
    >>> hours_of_stamps(12 * one, 31 * one, 24 * one, np.array([8768]))
    (array([8759]), [])
    """
    whole = np.all([x == np.rint(x) for x in (month, day, hour)], axis=0)
    in_month = DAYS_IN_MONTH[np.where((month >= 1) & (month <= 12) & whole, month - 1, 0).astype(int)]
    good = whole & (month >= 1) & (month <= 12) & (day >= 1) & (day <= in_month) & (hour >= 1) & (hour <= 24)
    bad = np.flatnonzero(~good)
    if len(bad):
        k = bad[0]
        stamp = f"month {month[k]:g}, day {day[k]:g}, hour {hour[k]:g}"
        return np.empty(0, dtype=np.intp), [
            f"no such hour as {stamp} in line {line[k]} ({len(bad)} such): give days of a year of 365 days, hours 1 to 24"
        ]
    return ((FIRST_DAY_OF_MONTH[month.astype(int) - 1] + day - 1) * 24 + hour - 1).astype(np.intp), []


def hours_of_column(hour: Floats, line: Ints) -> tuple[Ints, list[str]]:
    """Return the hour of the year [0-8759] of a column `hour`, and the fault of one that is none.

    Parameters
    ----------
    hour : numpy.ndarray
        (8760,) hours of the year from 0 or from 1, in any order; or hours of the day, every day in order.
    line : numpy.ndarray
        (8760,) lines in the file, for the message.

    Examples
    --------
    >>> hours_of_column(np.arange(8760.0, 0.0, -1.0), np.arange(8760))[0][:2].tolist()
    [8759, 8758]
    """
    blank, none = np.flatnonzero(np.isnan(hour)), np.empty(0, dtype=np.intp)
    if len(blank):
        return none, [f"`hour` is blank in line {line[blank[0]]} ({len(blank)} such): give the hour of the year"]
    first, last = float(hour.min()), float(hour.max())
    if first in (0.0, 1.0) and last == first + 23:
        odd = np.flatnonzero(hour != np.tile(np.arange(24) + first, HOURS_PER_YEAR // 24))
        if not len(odd):
            return np.arange(HOURS_PER_YEAR), []
        return none, [
            f"`hour` counts the hours of the day from {first:g}, but is {hour[odd[0]]:g} in line {line[odd[0]]}: give "
            "every day from its first hour, in order"
        ]
    if first not in (0.0, 1.0) or last > first + HOURS_PER_YEAR - 1 or (hour != np.rint(hour)).any():
        odd = np.flatnonzero((hour != np.rint(hour)) | (hour < 0) | (hour > HOURS_PER_YEAR))
        where = f", and is {hour[odd[0]]:g} in line {line[odd[0]]}" if len(odd) else ""
        return none, [
            f"`hour` runs from {first:g} to {last:g}{where}: give the hours of the year, integers from 0 to 8759 or 1 to "
            "8760, or leave the column out"
        ]
    return np.asarray(hour - first, dtype=np.intp), []


def order_of(hours: Ints, line: Ints) -> tuple[Ints, list[str]]:
    """Return the order that sorts rows by their hour of the year, or the hours that are missing or repeated as faults.

    Parameters
    ----------
    hours : numpy.ndarray
        (n,) hour of the year of each row [0-8759].
    line : numpy.ndarray
        (n,) lines in the file, for the message.

    Examples
    --------
    >>> order_of(np.zeros(8760, dtype=int), np.arange(8760) + 2)[1]  # doctest: +NORMALIZE_WHITESPACE
    ['8759 hours are missing (1 January hour 2, 1 January hour 3, 1 January hour 4 and 8756 more): give every hour of a
      year of 365 days once', '1 hour occurs more than once (1 January hour 1, in line 2 and line 3): give every hour once']
    """
    count = np.bincount(hours, minlength=HOURS_PER_YEAR)
    order = np.argsort(hours, kind="stable")
    faults = []
    absent, repeated = np.flatnonzero(count == 0), np.flatnonzero(count > 1)
    if len(absent):
        named = listed([stamp_of(int(k)) for k in absent], most=NAMED)
        faults.append(f"{_are(len(absent), 'is', 'are')} missing ({named}): {fix_of_hours(HOURS_PER_YEAR)}")
    if len(repeated):
        first = line[order[np.searchsorted(hours[order], repeated[0]) :][:2]]
        where = f"{stamp_of(int(repeated[0]))}, in line {first[0]} and line {first[1]}"
        faults.append(f"{_are(len(repeated), 'occurs', 'occur')} more than once ({where}): give every hour once")
    return order, faults


def _are(number: int, one: str, many: str) -> str:
    return f"1 hour {one}" if number == 1 else f"{number} hours {many}"


def stamp_of(hour: int) -> str:
    """Return an hour of the year [0-8759] in words.

    Examples
    --------
    >>> stamp_of(0), stamp_of(8759)
    ('1 January hour 1', '31 December hour 24')
    """
    day = hour // 24
    month = int(np.searchsorted(FIRST_DAY_OF_MONTH, day, side="right")) - 1
    return f"{day - FIRST_DAY_OF_MONTH[month] + 1} {MONTHS[month]} hour {hour % 24 + 1}"
