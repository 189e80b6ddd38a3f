"""One reader for the tables of a planner: every file of rows is read here, with one diagnosis of what is wrong."""

import csv
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from siting.errors import MOST_LISTED, ScenarioError, SitingError, listed, nearest
from siting.units import Floats
from siting.world.user_files.cell_values import (
    NotANumberError,
    degrees,
    is_decimal_comma,
    is_grouped,
    is_plain_number,
    number,
)
from siting.world.user_files.own_columns import resembling
from siting.world.user_files.text_file import read_text

Kind = Literal["text", "number", "lon", "lat"]
"""What a column holds: text, a number, or degrees of longitude or latitude."""

Extra = Literal["refuse", "leave_out", "carry"]
"""What is done with a column that is not known: a fault, a note, or kept as text unless its name resembles a known one."""

MOST_ROWS = 500_000
"""Rows of the longest table that is read (our choice: 3,000 sites times 150 hubs)."""
MOST_CELL = 2_000
"""Characters of the longest cell that is read (our choice: a note of a page)."""
MOST_COLUMNS = 1_000
"""Columns of the widest table that is read (our choice)."""

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ALIASES = {
    "lon": ("lng", "long", "longitude", "lon_deg", "longitude_deg", "lon_wgs84", "longitude_degrees"),
    "lat": ("latitude", "lat_deg", "latitude_deg", "lat_wgs84", "latitude_degrees"),
    "country_iso2": ("country", "country_code", "iso2", "iso_a2"),
}
"""Other names of a column, in lower case, with an underscore for each run of other characters."""

_INDEX_NAMES = re.compile(r"|index|unnamed_[0-9]+|level_0")
_MOST_SHOWN = 60
_SLIP, _SHORT = 0.8, 2
"""Similarity from which a name is a slip of a known one, and letters of a name that is too short to be the beginning of one."""
_COUNTRY = ("country_iso2",)
_CURLY = "“”„«»"


@dataclass(frozen=True)
class TextTable:
    """Cells of a table as text, and what was assumed to read them.

    Attributes
    ----------
    name : str
        Name of the file.
    columns : mapping of str to str
        Columns that may be given, to their kind.
    header : tuple of str
        Columns that the file gives, by their canonical names.
    rows : mapping of int to mapping
        Cells by column, for each row by its line in the file (its number for a layer of points).
    notes : tuple of str
        What was assumed: encoding, separator, decimal comma, columns that are read by another name or left out.
    faults : tuple of str
        Unknown, repeated and missing columns, and rows that cannot be split; `rows` lacks those rows.
    decimal_comma : bool
        Whether numbers have decimal commas.
    carried : tuple of str
        Columns that are not known and are kept as text.
    """

    name: str
    columns: Mapping[str, str]
    header: tuple[str, ...]
    rows: Mapping[int, Mapping[str, str]]
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    decimal_comma: bool = False
    carried: tuple[str, ...] = ()

    def value(self, column: str, text: str) -> float:
        """Return the number or the degrees of a cell, NaN where it is blank.

        Raises
        ------
        NotANumberError
            The text of the error is the remedy.
        """
        if not text:
            return np.nan
        kind = self.columns[column]
        if kind in ("lon", "lat"):
            return degrees(text, kind, decimal_comma=self.decimal_comma)
        return number(text, decimal_comma=self.decimal_comma)

    def numbers(self, column: str, faults: list[str]) -> Floats:
        """Return a column as numbers, NaN where blank; all cells that are not numbers add one fault."""
        values, bad = np.full(len(self.rows), np.nan), []
        for k, (line, row) in enumerate(self.rows.items()):
            try:
                values[k] = self.value(column, row[column])
            except NotANumberError as error:
                bad.append((line, row[column][:_MOST_SHOWN], error))
        if bad:
            line, text, remedy = bad[0]
            such = f" ({len(bad)} such)" if len(bad) > 1 else ""
            faults.append(f"`{column}` is `{text}` in line {line}{such}: {remedy}")
        return values


def read_table(
    path: Path,
    columns: Mapping[str, str],
    *,
    needed: Iterable[str] = (),
    advice: str = "",
    extra: Extra = "refuse",
    error: type[SitingError] = ScenarioError,
) -> TextTable:
    r"""Read a table of cells separated by commas, semicolons, tabs or bars.

    Encodings are those of `read_text`. Blank lines and lines that begin with `#` are left out; so are a first column
    without a name that counts the rows, and empty cells at the end of lines. A row is one line: a quote that is not
    closed in its line is a fault. Column names are compared without case, blanks and punctuation, and by `ALIASES`.

    Parameters
    ----------
    path : pathlib.Path
        The file, at most `siting.world.user_files.text_file.MOST_BYTES` and `MOST_ROWS` rows.
    columns : mapping of str to str
        Columns that may be given, to `text`, `number`, `lon` or `lat`.
    needed : iterable of str, optional
        Columns that must be given.
    advice : str, optional
        What to give, for the message; made from the columns if empty.
    extra : {"refuse", "leave_out", "carry"}, optional
        Whether a column that is not known is a fault, left out with a note, or carried along as text.
    error : type of SitingError, optional
        Error to raise.

    Returns
    -------
    TextTable
        Cells, notes, and faults, which the caller raises together with its own.

    Raises
    ------
    SitingError
        The file cannot be read, is not text, is empty, or too large.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "own.csv")
    ...     _ = file.write_text("name;Longitude\nLuleå;22,15\n", encoding="utf-8")
    ...     table = read_table(file, {"name": "text", "lon": "lon"})
    ...     table.numbers("lon", []).tolist(), table.rows, table.notes[-1]
    ([22.15], {2: {'name': 'Luleå', 'lon': '22,15'}}, 'own.csv has decimal commas, for example `22,15` is 22.15')
    """
    name, advice = path.name, advice or f"give a CSV file in UTF-8 with the columns {listed(columns, most=20)}"
    source = read_text(path, advice, error)
    lines, comments, stated = _lines(source.text)
    if not lines:
        raise error(f"{name} is empty: {advice}")
    if len(lines) > MOST_ROWS:
        raise error(f"{name} has {len(lines):,} rows, more than {MOST_ROWS:,}: {advice} of what is needed only")
    notes, faults = list(source.notes), list[str]()
    lines = _with_commented_header(name, lines, comments, columns, notes)
    separator = stated or _separator(lines[0][1], columns)
    if separator not in (None, ","):
        notes.append(f"{name} is separated by {SEPARATORS[separator]}s")
    split = {n: cells for n, line in lines if (cells := _split(n, line, separator, faults)) is not None}
    first = lines[0][0]
    if misplaced := _header_faults(lines, separator, columns):
        return TextTable(name, columns, (), {}, tuple(notes), tuple(misplaced))
    if first not in split:
        return TextTable(name, columns, (), {}, tuple(notes), tuple(faults))
    head = split.pop(first)
    if len(head) > MOST_COLUMNS:
        raise error(f"{name} has {len(head):,} columns, more than {MOST_COLUMNS:,}: {advice}")
    rows = {n: row for n, row in split.items() if any(row)}
    kept = matched_columns(name, head, rows, columns, notes, faults, extra)
    others = f" (the file has {listed(f'`{c[:_MOST_SHOWN]}`' for c in head if c)})" if extra == "leave_out" else ""
    faults += [f"column `{c}` is missing{others}" for c in needed if c not in kept.values()]
    read = {n: {c: row[k] for k, c in kept.items()} for n, row in _complete(rows, head, separator, faults)}
    carried = tuple(c for c in kept.values() if c not in columns)
    columns = {**columns, **dict.fromkeys(carried, "text")}
    comma = separator != "," and _decimal_comma(name, columns, read.values(), notes, faults)
    return TextTable(name, columns, tuple(kept.values()), read, tuple(notes), tuple(faults), comma, carried)


def _lines(text: str) -> tuple[list[tuple[int, str]], list[tuple[int, str]], str | None]:
    """Return the lines that are not blank, the comments, by number, and the separator of a line `sep=;`."""
    lines: list[tuple[int, str]] = []
    comments: list[tuple[int, str]] = []
    stated = None
    for n, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        plain = line.strip()
        if not lines and (found := re.fullmatch(r"\"?sep=(.)\"?", line, re.IGNORECASE)) and found[1] in SEPARATORS:
            stated = found[1]
        elif plain.startswith("#"):
            comments.append((n, plain.lstrip("# \t")))
        elif plain:
            lines.append((n, line))
    return lines, comments, stated


def _canonical(name: str) -> str:
    """Return a column name in lower case, words joined by underscores."""
    return re.sub(r"[^\w]+", "_", name.strip().strip("\"'").replace("°", " deg ").casefold()).strip("_")


@lru_cache(maxsize=64)
def _meanings(columns: tuple[str, ...]) -> dict[str, str]:
    """Return the column that each name means: its own name, then any spelling of it."""
    spelled = {name: c for c in columns for name in (_canonical(c), *ALIASES.get(c, ()))}
    return spelled | {c: c for c in columns}


def _column(name: str, columns: Iterable[str]) -> str | None:
    """Return the column that a name means; None if no column does."""
    meanings = _meanings(tuple(columns))
    return meanings.get(name) or meanings.get(_canonical(name))


def _known(line: str, separator: str, columns: Iterable[str]) -> int:
    """Count the cells of a line that name a column."""
    return sum(_column(cell.strip().strip('"'), columns) is not None for cell in line.split(separator))


def _separator(header: str, columns: Iterable[str]) -> str | None:
    """Return what separates the names of the header: the one with most known names, then the most cells."""
    best = max(SEPARATORS, key=lambda s: (_known(header, s, columns), header.count(s)))
    return best if best in header else None


def _with_commented_header(
    name: str,
    lines: list[tuple[int, str]],
    comments: list[tuple[int, str]],
    columns: Iterable[str],
    notes: list[str],
) -> list[tuple[int, str]]:
    """Put the last comment before the first row at the head, where it is the header and that row is not."""
    above = [c for c in comments if c[0] < lines[0][0]]
    most = {s: _known(lines[0][1], s, columns) for s in SEPARATORS}
    if above and not any(most.values()) and any(_known(above[-1][1], s, columns) > 1 for s in SEPARATORS):
        notes.append(f"{name} has its header in the comment of line {above[-1][0]}")
        return [above[-1], *lines]
    if comments:
        notes.append(f"{name}: lines that begin with `#` are comments: {listed(n for n, _ in comments)}")
    return lines


def _split(n: int, line: str, separator: str | None, faults: list[str]) -> list[str] | None:
    """Return the cells of a line; a quote that does not end adds a fault."""
    if separator is None:
        plain = line.strip().rstrip(",;\t ").strip()
        return [plain[1:-1].strip() if re.fullmatch(r'"[^"]*"', plain) else plain]
    try:
        cells = _cells(line, separator)
    except csv.Error as why:
        if "field limit" in str(why):
            faults.append(f"row {n} has a cell of more than {MOST_CELL:,} characters: shorten it")
        elif "expected after" in str(why):
            faults.append(f"row {n} has text after a closing quote: double a quote inside quotes")
        else:
            faults.append(f"row {n} has a quote that is not closed in its line: close it, and write a row on one line")
        return None
    if max(map(len, cells), default=0) > MOST_CELL:
        faults.append(f"row {n} has a cell of more than {MOST_CELL:,} characters: shorten it")
        return None
    return [cell.strip() for cell in cells]


def _cells(line: str, separator: str) -> list[str]:
    """Return the cells of a line; blanks around quotes are not text."""

    def split(text: str) -> list[str]:
        return next(csv.reader([text], delimiter=separator, skipinitialspace=True, strict=True))

    if separator == "\t":  # a blank cell between tabs is not a blank to skip
        line = re.sub(r"\t +(?=\")", "\t", line.lstrip(" "))
        return next(csv.reader([re.sub(r"\" +(?=\t|$)", '"', line)], delimiter=separator, strict=True))
    try:
        return split(line)
    except csv.Error:
        return split(re.sub(rf"\"[ \t]+(?=[{re.escape(separator)}]|$)", '"', line))


def matched_columns(
    file: str,
    head: Sequence[str],
    rows: Mapping[int, Sequence[str]],
    columns: Mapping[str, str],
    notes: list[str],
    faults: list[str],
    extra: Extra = "refuse",
) -> dict[int, str]:
    """Return the columns to read by their position; unknown and repeated ones add a fault, those left out a note.

    Parameters
    ----------
    file : str
        Name of the file, for the notes.
    head : sequence of str
        Names that the file gives.
    rows : mapping of int to sequence of str
        Cells of each row by its number.
    columns : mapping of str to str
        Columns that may be given, to their kind.
    notes, faults : list of str
        Lists to add to.
    extra : {"refuse", "leave_out"}, optional
        What to do with a column that is not known.

    Returns
    -------
    dict of int to str
        Position in the file to column.
    """
    kept = {k: c for k, name in enumerate(head) if (c := _column(name, columns)) is not None}
    if extra == "carry":  # a column of its own name goes before another one that may mean it
        kept = {k: c for k, c in kept.items() if c not in _COUNTRY or head[k] == c or c not in head}
    for c in dict.fromkeys(kept.values()):
        names = [head[k] for k, of in kept.items() if of == c]
        if len(names) > 1 and len(set(names)) == 1:
            faults.append(f"column `{c}` occurs twice: keep one of them")
        elif len(names) > 1:
            faults.append(f"columns {listed(f'`{name}`' for name in names)} all mean `{c}`: keep one of them")
        elif names[0] != c:
            notes.append(f"{file}: column `{names[0]}` is read as `{c}`")
    unknown: list[str] = []
    for k, name in ((k, name) for k, name in enumerate(head) if k not in kept):
        cells = {n: row[k] for n, row in rows.items() if k < len(row) and row[k]}
        if k == 0 and _INDEX_NAMES.fullmatch(_canonical(name)) and cells and _counts(list(cells.values())):
            notes.append(f"{file}: the first column is an index that counts the rows, left out")
        elif name:
            unknown.append(name[:_MOST_SHOWN])
        elif cells:
            n, text = next(iter(cells.items()))
            faults.append(
                f"column {k + 1} has no name in the header but holds `{text[:_MOST_SHOWN]}` in row {n}: name it, or "
                "leave it out (pandas writes no index with `index=False`)"
            )
    if unknown and extra == "leave_out":
        notes.append(f"{file}: column(s) {listed(f'`{name}`' for name in unknown)} are not used")
    elif unknown and extra == "carry":
        return kept | _carried(file, head, unknown, columns, notes, faults)
    elif unknown:
        faults += [_unknown(name, columns, k) for k, name in enumerate(unknown)]
    return kept


def _carried(
    file: str, head: Sequence[str], unknown: Sequence[str], columns: Iterable[str], notes: list[str], faults: list[str]
) -> dict[int, str]:
    """Return the columns that are kept as text; one whose name resembles a known one, or occurs twice, adds a fault."""
    found: dict[int, str] = {}
    for name in dict.fromkeys(unknown):
        at = [k for k, given in enumerate(head) if given[:_MOST_SHOWN] == name]
        if _column(name, columns) in head:  # another name of a column that is there
            found[at[0]] = name
        elif meant := resembling(name, _canonical(name), columns):
            faults.append(meant)
        elif len(at) > 1:
            faults.append(f"column `{name}` occurs twice: keep one of them")
        elif len(found) < MOST_LISTED and (close := _misspelt(name, columns)):
            faults.append(f"unknown column `{name}`: did you mean `{close}`? Rename it, or leave it out")
        else:
            found[at[0]] = name
    if found:
        notes.append(
            f"{file}: column(s) {listed(f'`{name}`' for name in found.values())} act on nothing and are carried to the tables"
        )
    return found


def _misspelt(name: str, columns: Iterable[str]) -> str:
    """Return the known column that a name is a slip or the beginning of; empty where it is a word of its own."""
    plain = _canonical(name)
    close = difflib.get_close_matches(plain, list(columns), n=1, cutoff=_SLIP)
    begun = [c for c in columns if len(plain) > _SHORT and c.startswith(f"{plain}_")]
    return (close or begun or [""])[0]


def _unknown(name: str, columns: Iterable[str], place: int) -> str:
    """Return the fault of an unknown column; beyond the faults that a message shows, no similar name is looked for."""
    meant = nearest(name, columns) if place < MOST_LISTED else ""
    if meant:
        return f"unknown column `{name}`{meant} Rename it, or leave it out"
    return f"unknown column `{name}`: known are {listed(columns, most=20)}: leave it out"


def _counts(cells: list[str]) -> bool:
    """Return whether cells are integers that differ, as an index is."""
    return all(re.fullmatch(r"[0-9]+(\.0)?", cell) for cell in cells) and len(set(cells)) == len(cells)


def _header_faults(lines: list[tuple[int, str]], separator: str | None, columns: Iterable[str]) -> list[str]:
    """Return the fault of a first line that is not a header of separated names."""
    number_of_first, head = lines[0]
    no_header = f"line {number_of_first} is not a header: write the names of the columns there ({listed(columns)})"
    if separator is None and is_plain_number(head):
        return [no_header]
    if separator is None:
        blanks = _column(head, columns) is None and len(re.split(r"\s+", head.strip())) > 1
        return ["the header has no comma, semicolon or tab: separate its columns by commas"] if blanks else []
    if _known(head, separator, columns):
        return []
    for n, line in lines[1:20]:
        if any(_known(line, s, columns) > 1 for s in SEPARATORS):
            return [f"the header is in line {n}, not in line {number_of_first}: remove the lines above it"]
    if any(is_plain_number(cell) for cell in head.split(separator)):
        return [no_header]
    return []


def _complete(
    rows: Mapping[int, list[str]], head: list[str], separator: str | None, faults: list[str]
) -> Iterable[tuple[int, list[str]]]:
    """Yield the rows with as many cells as the header, empty ones at their end left out; each other row adds a fault."""
    named = max((k for k, name in enumerate(head, 1) if name), default=0)
    width = len(head)
    for n, row in rows.items():
        if len(row) >= named and not any(row[width:]):
            yield n, row
            continue
        text = " ".join(row)
        other = [name for s, name in SEPARATORS.items() if s != separator and text.count(s) >= width - 1 > 0]
        hint = "write numbers with a decimal point, and text that holds a comma in quotes"
        if other and len(row) < width:
            hint = f"separate it like the header, not by {other[0]}s"
        elif any(c in text for c in _CURLY):
            hint = 'write straight quotes (") around text that holds a separator'
        elif separator != ",":
            hint = "write text that holds a separator in quotes"
        faults.append(f"row {n} has {len(row)} cells, the header {width}: {hint}")


def _decimal_comma(
    name: str, columns: Mapping[str, str], rows: Iterable[Mapping[str, str]], notes: list[str], faults: list[str]
) -> bool:
    """Return whether most numbers that have a decimal mark have a comma; marks that may be of thousands add a fault."""
    cells = [(columns[c], cell) for row in rows for c, cell in row.items() if columns[c] != "text" and cell]
    commas = [(kind, cell) for kind, cell in cells if is_decimal_comma(cell) or (kind != "number" and "," in cell)]
    points = [(kind, cell) for kind, cell in cells if "." in cell and "," not in cell]
    for mark, found in ((",", commas), (".", points)):
        grouped = all(kind == "number" and is_grouped(cell, mark) for kind, cell in found)
        small = any(re.fullmatch(r"[0-9]{3}", cell) for _, cell in cells)
        if found and grouped and not (points if mark == "," else commas) and (mark == "," or small):
            text = found[0][1]
            faults.append(
                f"`{text}` may be {text.replace(mark, '.')} or {text.replace(mark, '')}: write it with a decimal point, "
                "and without separators of thousands"
            )
    if len(commas) <= len(points):
        return False
    marked = next((cell for _, cell in commas if "." not in cell), commas[0][1])
    notes.append(f"{name} has decimal commas, for example `{marked}` is {marked.replace(',', '.')}")
    return True
