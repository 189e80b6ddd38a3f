"""Tables of the planner, read again by rules of the re-check's own: cells are text, and nothing is guessed to be missing."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from siting.verify.tolerances import Check, not_rechecked

SEPARATORS = ",;\t|"
LEAP_DAY = range(59 * 24, 60 * 24)
"""Hours of 29 February in a leap year."""
LEAP_YEAR_HOURS = 8784


def read_rows(path: Path, needed: Sequence[str]) -> list[dict[str, str]] | None:
    """Return the rows of a table by column, or None where this reader cannot be sure what a cell means.

    Names of columns are compared in lower case, without blanks and punctuation around them. A word such as ``nan`` is
    a word. Decimal commas become points where cells are not separated by commas.

    Parameters
    ----------
    path : pathlib.Path
        A file of text in UTF-8, UTF-16 or Windows-1252.
    needed : sequence of str
        Columns without which the table means nothing.
    """
    lines = [x for x in re.split(r"\r\n|\n|\r", _text(path)) if x.strip() and not x.lstrip().startswith("#")]
    stated = re.fullmatch(r'"?sep=(.)"?', lines[0].strip(), re.IGNORECASE) if lines else None
    lines = lines[1:] if stated else lines
    if not lines:
        return None
    separator = (
        stated[1] if stated else max(SEPARATORS, key=lambda s: (len(_named(lines[0], s, needed)), lines[0].count(s)))
    )
    lines = [re.sub(r"(^|\t) +(?=\")", r"\1", line) for line in lines]  # blanks before a quote are not text
    head, *rows = csv.reader(lines, delimiter=separator, skipinitialspace=separator != "\t")
    names = [_plain(name) for name in head]
    if not set(needed) <= set(names) or any(names.count(n) > 1 for n in names if n):
        return None
    width = max(i for i, name in enumerate(names, 1) if name)
    if any(len(row) < width or any(cell.strip() for cell in row[len(names) :]) for row in rows if any(row)):
        return None
    point = str.strip if separator == "," else _with_point
    return [{n: point(c) for n, c in zip(names, row, strict=False) if n} for row in rows if any(c.strip() for c in row)]


def numbers(rows: list[dict[str, str]], column: str) -> list[float] | None:
    """Return a column as numbers; None if a cell is not one."""
    try:
        return [float(row[column]) for row in rows]
    except ValueError:
        return None


def contract_hours(path: Path) -> list[float] | None:
    """Return the energy of each hour in a planner's file, without 29 February; None if it cannot be read again."""
    rows = read_rows(path, ["mwh"])
    mwh = None if rows is None else numbers(rows, "mwh")
    if mwh is None or len(mwh) != LEAP_YEAR_HOURS:
        return mwh
    return [x for hour, x in enumerate(mwh) if hour not in LEAP_DAY]


def unreadable(what: str, name: str) -> Check:
    """Return the note that a file cannot be read a second time."""
    return not_rechecked(f"{what} in {name}, a table that the second reader cannot read")


def _text(path: Path) -> str:
    """Return the text of a file, by its byte order mark, else UTF-8, else Windows-1252."""
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _plain(name: str) -> str:
    return re.sub(r"[^\w]+", "_", name.strip().casefold()).strip("_")


def _named(line: str, separator: str, needed: Sequence[str]) -> list[str]:
    return [n for n in map(_plain, line.split(separator)) if n in needed]


def _with_point(cell: str) -> str:
    """Return a cell whose decimal comma is a point, if it is a number with one."""
    plain = cell.strip()
    return plain.replace(",", ".") if re.fullmatch(r"[+-]?\d*,\d+([eE][+-]?\d+)?", plain) else plain
