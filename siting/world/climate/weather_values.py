"""Values of weather files: ranges, codes of missing values, and units that are not those of the format."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from siting.units import Bools, Floats, Ints


class Range(NamedTuple):
    """Smallest and largest value of a column, its unit in the file, and how many of it are one of ours."""

    low: float
    high: float
    unit: str
    per_unit: float = 1.0


_DRY_BULB, _DEW_POINT = Range(-90.0, 60.0, "C"), Range(-90.0, 45.0, "C")
_PRESSURE = Range(45_000.0, 110_000.0, "Pa")

RANGES: Mapping[str, Range] = MappingProxyType(
    {
        "dry_bulb_c": _DRY_BULB,
        "wet_bulb_c": _DEW_POINT,
        "relative_humidity": Range(0.0, 1.1, "1"),
        "dew_point_c": _DEW_POINT,
        "pressure_pa": _PRESSURE,
    }
)
"""Columns of a CSV file of hours."""

EPW_RANGES: Mapping[str, Range] = MappingProxyType(
    {"dry_bulb_c": _DRY_BULB, "relative_humidity": Range(0.0, 110.0, "%", 100.0), "pressure_pa": _PRESSURE}
)
"""Columns of an EPW file."""

MISSING_CODES = (99.0, 99.9, 999.0, 999.9, 9999.0, 9999.9, 99999.0, 99999.9, 999999.0, 6999.0, 8888.0)
"""Numbers, and their negatives, that mean a missing value where they are out of range: those of EPW and of the
weather services."""


def value_faults(columns: Mapping[str, Floats], ranges: Mapping[str, Range], line: Ints) -> list[str]:
    """Return the faults of the values of each column: missing, out of range, in another unit.

    Parameters
    ----------
    columns : mapping
        Column to (n,) values in the unit of the file.
    ranges : mapping
        Column to its range.
    line : numpy.ndarray
        (n,) lines in the file.

    Examples
    --------
    >>> value_faults({"dry_bulb_c": np.array([999.0, 20.0])}, RANGES, np.array([2, 3]))
    ['`dry_bulb_c` is 999, a code of a missing value, in line 2 (1 such): give the value of that hour']
    >>> value_faults({"dry_bulb_c": np.array([266.0, 280.0])}, RANGES, np.array([2, 3]))
    ['`dry_bulb_c` is 266 in line 2 (2 such): give -90 to 60 C; this looks like kelvin: subtract 273.15']
    """
    faults = []
    for name, values in columns.items():
        low, high, unit, _ = ranges[name]
        beyond = ~((values >= low) & (values <= high))
        slip = _slip(name, values, ranges[name], beyond)
        blank = np.isnan(values)
        code = beyond & np.isin(np.abs(values), MISSING_CODES) & (not slip)
        for missing, words in ((blank, "blank"), (code, "{:g}, a code of a missing value,")):
            if missing.any():
                k = int(np.flatnonzero(missing)[0])
                faults.append(
                    f"`{name}` is {words.format(values[k])} in line {line[k]} ({missing.sum()} such): "
                    "give the value of that hour"
                )
        wrong = beyond & ~code & ~blank
        if wrong.any():
            k = int(np.flatnonzero(wrong)[0])
            faults.append(
                f"`{name}` is {values[k]:g} in line {line[k]} ({wrong.sum()} such): give {low:g} to {high:g} {unit}{slip}"
            )
        elif slip:
            faults.append(f"`{name}` is at most {values.max():g}: give {low:g} to {high:g} {unit}{slip}")
    return faults


def _slip(name: str, values: Floats, of: Range, beyond: Bools) -> str:
    """Return which other unit the values of a column have, where they are as a whole in its range."""
    if of.unit == "%" and values.max() <= of.high / of.per_unit:
        return "; this looks like a share of 0 to 1: multiply by 100"
    odd = beyond & ~np.isin(np.abs(values), MISSING_CODES) & ~np.isnan(values)
    real = values[odd | ~beyond]
    if not odd.any():
        return ""
    others: tuple[tuple[float, float, str], ...] = ()  # lowest, highest, what it looks like
    if of.unit == "C":
        others = (
            (180.0, 340.0, "kelvin: subtract 273.15"),
            (-130.0, 140.0, "degrees Fahrenheit: subtract 32 and divide by 1.8"),
            (10.0 * of.low, 10.0 * of.high, "tenths of a degree: divide by 10"),
        )
    elif name == "pressure_pa":
        others = (
            (450.0, 1100.0, "hPa: multiply by 100"),
            (45.0, 110.0, "kPa: multiply by 1000"),
            (13.0, 33.0, "inches of mercury: multiply by 3386"),
        )
    elif of.unit == "1":
        others = ((0.0, 110.0, "per cent: divide by 100"),)
    most = 0.99  # a few faulty hours do not hide the unit
    for low, high, words in others:
        inside = (real >= low) & (real <= high)
        if inside.mean() >= most and odd.mean() > 1 - most:
            return f"; this looks like {words}"
    return ""
