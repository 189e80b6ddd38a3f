"""User weather files: EPW files, and CSV files of 8760 hours."""

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from siting.errors import DataError, listed
from siting.physics.air.psychrometrics import (
    HIGHEST_ELEVATION_M,
    LOWEST_ELEVATION_M,
    STANDARD_PRESSURE_PA,
    saturation_over_water_pa,
    saturation_pressure_pa,
    standard_pressure_pa,
    wet_bulb_at_vapour_c,
)
from siting.units import HOURS_PER_YEAR, Floats, Ints
from siting.world.climate.estimate import Climate
from siting.world.climate.weather_axis import (
    FEBRUARY,
    IN_ORDER,
    LEAP_DAY,
    fix_of_hours,
    hours_of_column,
    hours_of_stamps,
    order_of,
)
from siting.world.climate.weather_values import EPW_RANGES, RANGES, Range, value_faults
from siting.world.user_files.table_reader import read_table
from siting.world.user_files.text_file import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_HEADER_LINES = 100
"""Lines in which the header of an EPW file must end; 8 in the format, more where a comment has lines of its own."""

CSV_COLUMNS = dict.fromkeys((*RANGES, "hour"), "number")
"""Columns of a CSV file of hours, and their kind."""

HUMIDITY_COLUMNS = ("wet_bulb_c", "relative_humidity", "dew_point_c")

WET_BULB_TOLERANCE_K = 0.2
"""Allowed excess of wet bulb or dew point over dry bulb, from two roundings to 0.1 K [K]."""

_EPW_CELLS = {"month": 1, "day": 2, "hour": 3, "dry_bulb_c": 6, "relative_humidity": 8, "pressure_pa": 9}
"""Position of the cells of an EPW row that are read."""

_LOCATION = {
    6: ("latitude", -90.0, 90.0),
    7: ("longitude", -180.0, 180.0),
    9: ("elevation [m]", LOWEST_ELEVATION_M, HIGHEST_ELEVATION_M),
}
"""Position of the cells of LOCATION that are read: what, lowest and highest value."""


class Station(NamedTuple):
    """Where a weather file was measured: the place that its LOCATION names, in degrees and metres."""

    name: str
    lon: float
    lat: float
    elevation_m: float


NO_STATION = Station("", np.nan, np.nan, np.nan)

_UNVERIFIED = "hours of the user's file {}, with the error of that file"


def read_weather(path: Path) -> Climate:
    """Read an ``.epw`` or ``.csv`` weather file; see `read_epw` and `read_hours`."""
    readers = {".epw": read_epw, ".csv": read_hours}
    suffix = path.suffix.lower()
    if suffix not in readers:
        raise DataError(f"weather file {path.name} is neither .epw nor .csv: give one of these")
    return readers[suffix](path)


def read_epw(path: Path | str) -> Climate:
    """Read an EnergyPlus weather file: UTF-8 with or without a byte order mark, or Latin-1.

    Parameters
    ----------
    path : path
        File of 8 header lines, LOCATION to DATA PERIODS, and 8760 hours; their stamps give the order. Hours of
        29 February are left out where the header observes leap years.

    Returns
    -------
    Climate
        Wet bulb from relative humidity and pressure of each hour.

    Raises
    ------
    siting.errors.DataError
        The file is not an EPW, its hours are not those of one year, or values are missing or
        out of range; all faults are named.

    References
    ----------
    EnergyPlus, Auxiliary Programs, "EnergyPlus Weather File (EPW) Data Dictionary",
    https://bigladdersoftware.com/epx/docs/
    """
    path = Path(path)
    source = read_text(path, "give an EPW file", DataError)
    lines = re.split("\r\n|\r|\n", source.text)
    if not lines[0].upper().startswith("LOCATION"):
        raise DataError(f"{path.name} is not an EPW file: its first line does not begin with LOCATION")
    faults: list[str] = []
    station = _station(next(csv.reader([lines[0]])), faults)
    begin, leap_years = _header(lines, faults)
    if begin is None or faults:
        raise DataError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)
    rows = [(n, line.split(",")) for n, line in enumerate(lines[begin:], begin + 1) if line.strip()]
    least = max(_EPW_CELLS.values()) + 1
    odd = [n for n, row in rows if len(row) < least]
    if odd:
        faults.append(f"line {odd[0]} does not have the {least} cells from year to pressure ({len(odd)} such)")
    cells = {} if odd else {name: _numbers(name, at, rows, faults) for name, at in _EPW_CELLS.items()}
    if faults:
        raise DataError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)
    line = np.array([n for n, _ in rows], dtype=np.intp)
    extra = (cells["month"] == FEBRUARY) & (cells["day"] == LEAP_DAY)
    notes = list(source.notes)
    if extra.any() and leap_years:
        notes.append("the hours of 29 February are left out")
        cells, line = {name: values[~extra] for name, values in cells.items()}, line[~extra]
    elif extra.any():
        faults.append(
            f"line {line[extra][0]} is an hour of 29 February, but HOLIDAYS/DAYLIGHT SAVINGS observes no leap year: "
            "leave out 29 February, or write Yes there"
        )
    hours, bad = hours_of_stamps(cells["month"], cells["day"], cells["hour"], line)
    order, uneven = order_of(hours, line)
    if not extra.any() or leap_years:
        faults += bad or uneven
    if len(line) != HOURS_PER_YEAR:
        faults.append(f"has {len(line):,} hours, not 8,760: {fix_of_hours(len(line))}")
    if faults:
        raise DataError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)
    if (np.diff(order) != 1).any():
        notes.append(IN_ORDER)
    columns = {name: cells[name][order] for name in EPW_RANGES}
    return _climate(path, columns, EPW_RANGES, line[order], station, notes)


def _station(cells: list[str], faults: list[str]) -> Station:
    """Return the station of the cells of LOCATION, adding its faults."""
    name = cells[1].strip() if len(cells) > 1 else ""
    numbers = {}
    for at, (what, low, high) in _LOCATION.items():
        text = cells[at].strip() if len(cells) > at else ""
        value = _number(text)
        if not text:
            faults.append(f"LOCATION in line 1 has no {what}, its cell {at + 1}: give {low:g} to {high:g}")
        elif not low <= value <= high:
            faults.append(f"LOCATION in line 1 has `{text}` as its {what}: give {low:g} to {high:g}")
        numbers[at] = value
    lat, lon, elevation_m = numbers.values()
    return Station(name, lon, lat, elevation_m)


def _header(lines: list[str], faults: list[str]) -> tuple[int | None, bool]:
    """Return the number of header lines, and whether leap years are observed, adding faults."""
    starts = [line.upper() for line in lines[:MOST_HEADER_LINES]]
    last = next((k for k, line in enumerate(starts) if line.startswith("DATA PERIODS")), None)
    if last is None:
        faults.append("has no header line DATA PERIODS: an EPW file has 8 header lines, from LOCATION to DATA PERIODS")
        return None, False
    cells = [cell.strip() for cell in lines[last].split(",")]
    if len(cells) > 2 and _number(cells[2]) != 1:
        faults.append(
            f"DATA PERIODS in line {last + 1} states {cells[2]} records an hour: give the mean of each hour, one record an hour"
        )
    holidays = next((line for line in starts if line.startswith("HOLIDAYS")), "")
    return last + 1, holidays.split(",")[1:2] == ["YES"]


def read_hours(path: Path | str) -> Climate:
    """Read a CSV of 8760 hours from 1 January, local standard time.

    Parameters
    ----------
    path : path
        Columns `dry_bulb_c`, one of `wet_bulb_c`, `relative_humidity` (share, over water) or
        `dew_point_c`, and perhaps `pressure_pa` (sea level's standard if absent) and `hour`: the hours of the year
        from 0 or 1, in any order, or of the day.

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
    table = read_table(path, CSV_COLUMNS, needed=("dry_bulb_c",), error=DataError)
    faults, notes = list(table.faults), list(table.notes)
    given = [name for name in HUMIDITY_COLUMNS if name in table.header]
    if len(given) != 1 and table.header:
        found = f"has {listed(given)}" if given else "has none"
        faults.append(f"give exactly one of the columns {', '.join(HUMIDITY_COLUMNS)}: it {found}")
    if len(table.rows) != HOURS_PER_YEAR and not table.faults:
        faults.append(f"has {len(table.rows):,} hours, not 8,760: {fix_of_hours(len(table.rows))}")
    columns = {c: table.numbers(c, faults) for c in table.header}
    if faults:
        raise DataError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)
    line = np.array(list(table.rows), dtype=np.intp)
    if "hour" in columns:
        hours, faults = hours_of_column(columns.pop("hour"), line)
        order, uneven = order_of(hours, line)
        if faults or uneven:
            raise DataError.from_faults(
                f"{path.name} has {len(faults or uneven)} fault(s) in its column `hour`:", faults or uneven
            )
        if (np.diff(order) != 1).any():
            notes.append("rows are put in the order of the column `hour` of the file")
        columns, line = {name: values[order] for name, values in columns.items()}, line[order]
    return _climate(path, columns, RANGES, line, NO_STATION, notes)


def _numbers(name: str, column: int, rows: list[tuple[int, list[str]]], faults: list[str]) -> Floats:
    """Return a column as numbers, adding one fault for all cells that are not numbers."""
    values, bad = np.full(len(rows), np.nan), []
    for k, (line, row) in enumerate(rows):
        values[k] = _number(row[column])
        if np.isnan(values[k]):
            bad.append((line, row[column].strip()))
    if bad:
        line, text = bad[0]
        what = "is empty" if not text else f"is `{text}`"
        fix = "write a decimal point" if "," in text else "give a number"
        faults.append(f"`{name}` {what} in line {line} ({len(bad)} such): {fix}")
    return values


def _number(text: str) -> float:
    """Return a number, NaN where the text is not one."""
    try:
        return float(text)
    except ValueError:
        return np.nan


def _climate(
    path: Path,
    columns: "Mapping[str, Floats]",
    ranges: "Mapping[str, Range]",
    line: Ints,
    station: Station,
    notes: list[str],
) -> Climate:
    """Check the values of hours in the order of the year, and derive wet bulb and pressure from what is given."""
    faults = value_faults(columns, ranges, line)
    dry = columns["dry_bulb_c"]
    for name in ("wet_bulb_c", "dew_point_c"):
        if name in columns and not faults:
            above = np.flatnonzero(columns[name] > dry + WET_BULB_TOLERANCE_K)
            if len(above):
                faults.append(f"`{name}` is above `dry_bulb_c` in line {line[above[0]]} ({len(above)} such)")
    if faults:
        raise DataError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)
    one = {name: values / ranges[name].per_unit for name, values in columns.items()}
    standard = (
        STANDARD_PRESSURE_PA if np.isnan(station.elevation_m) else float(standard_pressure_pa(station.elevation_m))
    )
    pressure = one.get("pressure_pa", np.full(HOURS_PER_YEAR, standard))
    wet = np.minimum(_wet_bulb(one, pressure), dry)
    if "pressure_pa" not in one:
        notes = [*notes, f"pressure {standard:.0f} Pa (assumption): no column `pressure_pa`"]
    return Climate(
        dry.copy(),
        wet,
        float(pressure.mean()),
        station.lon,
        station.lat,
        station.elevation_m,
        quality="unverified",
        error="; ".join([_UNVERIFIED.format(path.name), *notes]),
        station=station.name,
    )


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
