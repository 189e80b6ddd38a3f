"""User files of the hours of a contract: 8,760 numbers, or the 8,784 of a leap year without 29 February."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from siting.errors import ScenarioError
from siting.units import HOURS_PER_YEAR, Floats
from siting.world.user_files.table_reader import TextTable, read_table

COLUMNS = {"mwh": "number", "hour": "number", "time": "text"}
MOST_MWH = 1e9
"""Most energy of an hour that is taken for a delivery [MWh] (our choice: 300 times what the world generates)."""

FIRST_YEAR, LAST_YEAR = 1900, 2100
LEAP_HOURS = 8784
LEAP_DAY = slice(59 * 24, 60 * 24)
"""Hours of 29 February in a leap year."""

_ADVICE = "give a CSV file with a column `mwh` of 8,760 numbers of 0 or more, in UTC from 1 January"


def read_contract_hours(path: Path) -> tuple[Floats, tuple[str, ...]]:
    r"""Read the energy of every hour of a year from a table of text.

    Parameters
    ----------
    path : pathlib.Path
        Column `mwh` [MWh, any scale]; `hour` (from 0 or 1, of the year or of the day) and `time` (ISO 8601) are compared
        with the order of the rows. Other columns are not used.

    Returns
    -------
    numpy.ndarray
        (8760,) from 1 January, 0 or more [MWh].
    tuple of str
        What was assumed to read the file.

    Raises
    ------
    ScenarioError
        The file cannot be read; not 8,760 or 8,784 hours; an hour that is blank, negative, or out of order; no energy.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "h.csv")
    ...     _ = file.write_text("mwh\n" + "10\n" * 8784)
    ...     hours, notes = read_contract_hours(file)
    >>> len(hours), notes
    (8760, ('h.csv has the 8,784 hours of a leap year: 29 February is left out',))
    """
    table = read_table(path, COLUMNS, needed=("mwh",), advice=_ADVICE, extra="leave_out")
    faults, notes = list(table.faults), list(table.notes)
    if not faults:
        hours = _hours(table, faults, notes)
        if not faults:
            return hours, tuple(notes)
    raise ScenarioError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)


def _hours(table: TextTable, faults: list[str], notes: list[str]) -> Floats:
    """Return the hours; what is wrong with them adds faults."""
    lines, mwh = list(table.rows), table.numbers("mwh", faults)
    if faults:
        return mwh
    if len(mwh) not in (HOURS_PER_YEAR, LEAP_HOURS):
        faults.append(f"has {len(mwh):,} numbers, not 8,760 (or 8,784 in a leap year): give every hour of a year once")
        return mwh
    judged = (
        (np.isnan(mwh), "is blank", "write a number, 0 where nothing is delivered"),
        (mwh < 0, "is below 0", "write 0 where nothing is delivered"),
        (mwh > MOST_MWH, f"is above {MOST_MWH:g}", "correct the number"),
    )
    for wrong, what, remedy in judged:
        if wrong.any():
            k = int(np.argmax(wrong))
            cell = table.rows[lines[k]]["mwh"]
            faults.append(f"`mwh` {what} in line {lines[k]} (`{cell}`), {int(wrong.sum())} such: {remedy}")
    if not faults and not mwh.sum() > 0:
        faults.append("all hours are 0: give an hour in which something is delivered")
    if "hour" in table.header:
        faults += _hour_faults(table.numbers("hour", faults), lines)
    if "time" in table.header:
        faults += _time_faults([row["time"] for row in table.rows.values()], lines, table.name, notes)
    if len(mwh) == LEAP_HOURS:
        notes.append(f"{table.name} has the 8,784 hours of a leap year: 29 February is left out")
        mwh = np.delete(mwh, LEAP_DAY)
    return mwh


def _hour_faults(hour: Floats, lines: Sequence[int]) -> list[str]:
    """Name the first hour that does not follow the one before, by the hours of the year or of the day."""
    place = np.arange(len(hour))
    orders = [place + first for first in (0, 1)] + [place % 24 + first for first in (0, 1)]
    if any(np.array_equal(hour, order) for order in orders):
        return []
    wrong = [int(np.argmax(hour != order)) for order in orders]
    k = max(wrong)
    return [
        f"`hour` is {hour[k]:g} in line {lines[k]}, which does not follow the hour before: give the hours in order from 0 "
        "or 1, or leave `hour` out"
    ]


def _time_faults(cells: Sequence[str], lines: Sequence[int], name: str, notes: list[str]) -> list[str]:
    """Name the first time that is not one hour after the one before, from 1 January."""
    try:
        times = [datetime.fromisoformat(cell) for cell in cells]
        utc = [(t if t.tzinfo is None else t.astimezone(UTC)).replace(tzinfo=None) for t in times]
    except (ValueError, OverflowError):
        notes.append(
            f"{name}: column `time` is not in ISO 8601, and is not used: hours are taken in order from 1 January"
        )
        return []
    year = utc[0].year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return [f"`time` is {cells[0]} in line {lines[0]}: give a year of {FIRST_YEAR} to {LAST_YEAR}"]
    start, end = datetime(year, 1, 1), datetime(year + 1, 1, 1)
    if not start <= utc[0] <= start + timedelta(hours=1):  # stamps are of the begin, the middle or the end of an hour
        return [f"`time` begins at {cells[0]} in line {lines[0]}: begin on 1 January at 00:00 UTC, or leave `time` out"]
    for k, t in enumerate(utc):
        if t != utc[0] + timedelta(hours=k):
            return [
                f"`time` is {cells[k]} in line {lines[k]}, not one hour after the line before: give every hour once, in UTC"
            ]
    of_year = (end - start).days * 24
    if len(utc) != of_year:
        return [f"{len(utc):,} hours from 1 January {year}, which has {of_year:,}: give the hours of one year"]
    return []
