"""User tables: CSV or GeoJSON points, read as text and typed, with all faults of a file at once."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from siting.errors import ScenarioError
from siting.world.identifiers import identifier
from siting.world.user_files.cell_values import NotANumberError
from siting.world.user_files.own_columns import OWN_COLUMNS, value_fault
from siting.world.user_files.point_layers import LAYER_SUFFIXES, read_points
from siting.world.user_files.table_reader import Extra, TextTable, read_table
from siting.world.user_values.plausible import RANGES as RANGE_OF

NOTES = "notes"
"""Key of `DataFrame.attrs` under which a table of the planner's holds what was assumed to read it."""
GIVEN, CARRIED = "given", "carried"
"""Keys of the columns that the file has, and of those that are carried along."""

_NEEDED = ("lon", "lat")
RANGES = {
    column: (RANGE_OF[column].low, RANGE_OF[column].high, RANGE_OF[column].unit.removeprefix("1"))
    for column in ("weight", "elevation_m", "km_to_city_100k", "km_to_cloud_region", "plants_mw_150km")
}
"""Least and greatest value of a column, and its unit."""

_MOST_SHOWN = 60
LEAST_WEIGHT = 1e-9
"""Least weight above 0 of a hub (our choice): a smaller one is rounding beside another hub's."""


def read_typed(
    path: Path, columns: Mapping[str, str], extra: Extra = "refuse", faults: list[str] | None = None
) -> pd.DataFrame:
    """Read places from a table of text, or from a layer of points with attributes as columns.

    Parameters
    ----------
    path : pathlib.Path
        `.geojson`, `.json`, `.gpkg`, `.shp`, `.kml` and `.parquet` are layers of points; others are tables of text, as
        `read_table` reads them.
    columns : mapping
        Columns that may be given, to `text`, `number`, `lon` or `lat`.
    extra : {"refuse", "leave_out", "carry"}, optional
        What to do with a column that is not known; see `read_table`.
    faults : list of str, optional
        List that takes the faults of rows and columns, for the caller to raise with its own; a number with a fault is NaN.

    Returns
    -------
    pandas.DataFrame
        A column for each of `columns`, and those that are carried along, indexed by line (text) or number of the feature
        (layer); `attrs["notes"]` holds what was assumed to read it, `attrs["given"]` the columns that the file has,
        `attrs["carried"]` those that are carried along.

    Raises
    ------
    ScenarioError
        No such table, unknown columns, or cells that are not numbers: all faults in one message.
    """
    if path.suffix.lower() in LAYER_SUFFIXES:
        table = read_points(path, columns, extra)
    else:
        table = read_table(path, columns, needed=_NEEDED, extra=extra)
    found = list(table.faults)
    if table.header and not {"id", "name"} & set(table.header):
        found.append("column `id` or `name` is missing")
    if not table.rows and not found:
        found.append("no rows: give at least one place")
    whole = bool(table.rows) and {"lon", "lat"} <= set(table.header) and bool({"id", "name"} & set(table.header))
    values = {n: _values(n, row, table, found) for n, row in table.rows.items()}
    if found and not (whole and faults is not None):
        raise faults_of_file(path, found)
    if faults is not None:
        faults += found
    frame = _typed(table, values)
    frame.attrs |= {NOTES: (*table.notes, *_degree_notes(table, values)), GIVEN: table.header, CARRIED: table.carried}
    return frame


def faults_of_file(path: Path, faults: list[str]) -> ScenarioError:
    """Return the error that lists all faults of a file."""
    return ScenarioError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)


def _values(n: int, row: Mapping[str, str], table: TextTable, faults: list[str]) -> dict[str, float]:
    """Return the numbers of a row; cells that are not numbers or are out of range add a fault."""
    found: dict[str, float] = {}
    for c, text in row.items():
        if table.columns[c] == "text" or (not text and c not in _NEEDED):
            continue
        shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
        if not text:
            faults.append(f"row {n}, `{c}` is ``: write a number with a decimal point")
            continue
        try:
            found[c] = table.value(c, text)
        except NotANumberError as error:
            faults.append(f"row {n}, `{c}` is `{shown}`: {error}")
            continue
        if c in OWN_COLUMNS:
            if fault := value_fault(c, found[c], shown):
                faults.append(f"row {n} ({row.get('name') or row.get('id')}): {fault}")
            continue
        low, high, unit = RANGES.get(c, (-np.inf, np.inf, ""))
        if not low <= found[c] <= high:
            span = "0 or more" if low == 0 > found[c] else f"{unit}, {low:g} to {high:g}".removeprefix(", ")
            faults.append(f"row {n}, `{c}` is {shown}: give {span}")
        elif c == "weight" and 0 < found[c] < LEAST_WEIGHT:
            faults.append(f"row {n}, `{c}` is {shown}: give 0, or {LEAST_WEIGHT:g} or more")
    return found


def _degree_notes(table: TextTable, values: Mapping[int, Mapping[str, float]]) -> list[str]:
    """Return a note for coordinates with degree signs, minutes or letters."""
    notes = []
    for c in _NEEDED:
        marked = [
            n
            for n, row in table.rows.items()
            if c in values[n] and re.search(r"[^-+0-9.,eE\s\u2010-\u2014\u2212]|\d\s+\d|[ENSW]$", row[c])
        ]
        if marked:
            text = table.rows[marked[0]][c]
            notes.append(
                f"{table.name}: `{c}` of {len(marked)} row(s) is in degrees: `{text}` is {values[marked[0]][c]:g}"
            )
    return notes


def _typed(table: TextTable, values: Mapping[int, Mapping[str, float]]) -> pd.DataFrame:
    """Return every allowed column, indexed by the row in the file; blanks are None or NaN."""
    text = {
        c: [row.get(c) or None for row in table.rows.values()] for c, kind in table.columns.items() if kind == "text"
    }
    given = list(zip(text["name"], text["id"], strict=True))
    text |= {
        "name": [n or i for n, i in given],
        "id": [identifier(i or n or "", k) for k, (n, i) in zip(table.rows, given, strict=True)],
    }
    index = list(table.rows)
    return pd.DataFrame(
        {
            c: pd.Series(text[c], index=index, dtype=object)
            if kind == "text"
            else pd.Series([row.get(c, np.nan) for row in values.values()], index=index, dtype=float)
            for c, kind in table.columns.items()
        }
    )
