"""User weather files: EPW files, and CSV files of 8760 hours."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import DataError, listed
from siting.physics.air.psychrometrics import (
    STANDARD_PRESSURE_PA,
    saturation_over_water_pa,
    saturation_pressure_pa,
    standard_pressure_pa,
    wet_bulb_at_vapour_c,
)
from siting.units import HOURS_PER_YEAR, Floats
from siting.world.climate.estimate import Climate

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAP_HOURS = 8784
EPW_HEADER_LINES = 8

HUMIDITY_COLUMNS = ("wet_bulb_c", "relative_humidity", "dew_point_c")
RANGES = {
    "dry_bulb_c": (-90.0, 60.0, "C"),
    "wet_bulb_c": (-90.0, 45.0, "C"),
    "relative_humidity": (0.0, 1.1, "1"),
    "dew_point_c": (-90.0, 45.0, "C"),
    "pressure_pa": (45_000.0, 110_000.0, "Pa"),
}
"""Minimum, maximum and unit of each column of a file."""

WET_BULB_TOLERANCE_K = 0.2
"""Allowed excess of wet bulb or dew point over dry bulb, from two roundings to 0.1 K [K]."""

_UNVERIFIED = "hours of the user's file, with the error of that file"


def read_weather(path: Path) -> Climate:
    """Read an ``.epw`` or ``.csv`` weather file; see `read_epw` and `read_hours`."""
    readers = {".epw": read_epw, ".csv": read_hours}
    suffix = path.suffix.lower()
    if suffix not in readers:
        raise DataError(f"weather file {path.name} is neither .epw nor .csv: give one of these")
    return readers[suffix](path)


def read_epw(path: Path | str) -> Climate:
    """Read an EnergyPlus weather file with `pvlib <https://pvlib-python.readthedocs.io>`_.

    Parameters
    ----------
    path : path
        File of 8 header lines and 8760 hours.

    Returns
    -------
    Climate
        Wet bulb from relative humidity and pressure of each hour.

    Raises
    ------
    siting.errors.DataError
        pvlib is not installed, the file is not an EPW, does not have 8760 hours, or values are missing or
        out of range; all faults are named.
    """
    path = Path(path)
    try:
        from pvlib.iotools import read_epw as read  # loads h5py and requests: imported only here
    except ImportError as error:
        raise DataError(f"reading {path.name} needs pvlib: pip install siting[epw], or give a CSV of hours") from error
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise DataError(f"cannot read {path} ({error}): give an EPW file") from error
    hours = len([line for line in lines[EPW_HEADER_LINES:] if line.strip()])
    if not lines or not lines[0].startswith("LOCATION"):
        raise DataError(f"{path.name} is not an EPW file: its first line does not begin with LOCATION")
    if hours != HOURS_PER_YEAR:
        raise DataError(f"{path.name} has {hours:,} hours, not 8,760: {_fix_of_hours(hours)}")
    try:
        table, header = read(str(path))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise DataError(f"{path.name} cannot be read as EPW by pvlib ({error}): give another file") from error
    columns = {
        "dry_bulb_c": _known(table["temp_air"], 99.0),
        "relative_humidity": _known(table["relative_humidity"], 999.0) / 100,
        "pressure_pa": _known(table["atmospheric_pressure"], 999_000.0),
    }
    place = (float(header["longitude"]), float(header["latitude"]), float(header["altitude"]))
    return _climate(path, columns, place, first_line=EPW_HEADER_LINES + 1)


def _known(values: Any, missing_from: float) -> Floats:
    """Return numbers, NaN where the file holds its code for a missing value."""
    import pandas as pd

    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
    return np.where(numbers >= missing_from, np.nan, numbers)


def read_hours(path: Path | str) -> Climate:
    """Read a CSV of 8760 hours from 1 January, local standard time.

    Parameters
    ----------
    path : path
        Columns `dry_bulb_c`, one of `wet_bulb_c`, `relative_humidity` (share, over water) or
        `dew_point_c`, and perhaps `pressure_pa` (sea level's standard if absent) and `hour`.

    Returns
    -------
    Climate
        The hours, ``unverified``.

    Raises
    ------
    siting.errors.DataError
        The file is invalid; all faults are in one message.
    """
    path = Path(path)
    header, rows = _cells(path)
    faults = [] if "dry_bulb_c" in header else ["column `dry_bulb_c` is missing"]
    given = [name for name in HUMIDITY_COLUMNS if name in header]
    if len(given) != 1:
        found = f"has {listed(given)}" if given else "has none"
        faults.append(f"give exactly one of the columns {', '.join(HUMIDITY_COLUMNS)}: it {found}")
    known = (*RANGES, "hour")
    faults += [f"unknown column `{name}`: known are {listed(known)}" for name in header if name not in known]
    faults += [f"column `{name}` occurs twice" for name in dict.fromkeys(header) if header.count(name) > 1]
    if len(header) == 1 and ";" in header[0]:
        faults.append(
            "the header is separated by `;`: separate cells by commas, and write numbers with a decimal point"
        )
    if len(rows) != HOURS_PER_YEAR:
        faults.append(f"has {len(rows):,} hours, not 8,760: {_fix_of_hours(len(rows))}")
    odd = [f"line {n}" for n, row in rows if len(row) != len(header)]
    if odd:
        faults.append(
            f"{len(odd)} row(s) do not have {len(header)} cells (first {odd[0]}): write decimals with a point"
        )
    columns = {} if odd else {c: _numbers(c, k, rows, faults) for k, c in enumerate(header) if c in RANGES}
    if faults:
        raise DataError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)
    return _climate(path, columns, (np.nan, np.nan, np.nan), first_line=2)


def _cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header, and line number and cells of every row that is not blank."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot read {path} ({error}): give a CSV of hours in UTF-8") from error
    if not lines:
        raise DataError(f"{path.name} is empty: give a header with dry_bulb_c and one of {', '.join(HUMIDITY_COLUMNS)}")
    return lines[0][1], lines[1:]


def _fix_of_hours(hours: int) -> str:
    return "leave out 29 February" if hours == LEAP_HOURS else "give every hour of a year of 365 days once"


def _numbers(name: str, column: int, rows: list[tuple[int, list[str]]], faults: list[str]) -> Floats:
    """Return a column as numbers, adding one fault for all cells that are not numbers."""
    values, bad = np.full(len(rows), np.nan), []
    for k, (line, row) in enumerate(rows):
        try:
            values[k] = float(row[column])
        except ValueError:
            bad.append((line, row[column]))
    if bad:
        line, text = bad[0]
        what = "is empty" if not text else f"is `{text}`"
        fix = "write a decimal point" if "," in text else "give a number"
        faults.append(f"`{name}` {what} in line {line} ({len(bad)} such): {fix}")
    return values


def _climate(
    path: Path, columns: "Mapping[str, Floats]", place: tuple[float, float, float], *, first_line: int
) -> Climate:
    """Check the hours and derive wet bulb and pressure from what is given."""
    faults = _range_faults(columns, first_line)
    dry = columns["dry_bulb_c"]
    for name in ("wet_bulb_c", "dew_point_c"):
        if name in columns:
            above = np.flatnonzero(columns[name] > dry + WET_BULB_TOLERANCE_K)
            if len(above):
                faults.append(f"`{name}` is above `dry_bulb_c` in line {above[0] + first_line} ({len(above)} such)")
    if faults:
        raise DataError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)
    standard = STANDARD_PRESSURE_PA if np.isnan(place[2]) else float(standard_pressure_pa(place[2]))
    pressure = columns.get("pressure_pa", np.full(HOURS_PER_YEAR, standard))
    wet = np.minimum(_wet_bulb(columns, pressure), dry)
    assumed = "" if "pressure_pa" in columns else f"; pressure {standard:.0f} Pa (assumption): no column `pressure_pa`"
    return Climate(dry.copy(), wet, float(pressure.mean()), *place, quality="unverified", error=_UNVERIFIED + assumed)


def _range_faults(columns: "Mapping[str, Floats]", first_line: int) -> list[str]:
    """Name the first missing value and the first out of range of each column."""
    faults = []
    for name, values in columns.items():
        low, high, unit = RANGES[name]
        missing, beyond = np.flatnonzero(np.isnan(values)), np.flatnonzero((values < low) | (values > high))
        if len(missing):
            faults.append(f"`{name}` is missing in line {missing[0] + first_line} ({len(missing)} such): fill it")
        if len(beyond):
            k = beyond[0]
            faults.append(
                f"`{name}` is {values[k]:g} in line {k + first_line} ({len(beyond)} such): give {low:g} to {high:g} {unit}"
            )
    return faults


def _wet_bulb(columns: "Mapping[str, Floats]", pressure: Floats) -> Floats:
    """Return the wet bulb [C] from the humidity column of the file."""
    dry = columns["dry_bulb_c"]
    if "wet_bulb_c" in columns:
        return columns["wet_bulb_c"]
    if "dew_point_c" in columns:
        vapour = saturation_over_water_pa(columns["dew_point_c"])
    else:
        vapour = columns["relative_humidity"] * saturation_over_water_pa(dry)
    return wet_bulb_at_vapour_c(dry, np.minimum(vapour, saturation_pressure_pa(dry)), pressure)
