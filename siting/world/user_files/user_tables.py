"""User tables: CSV or GeoJSON points, read as text and typed, with all faults of a file at once."""

import csv
import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.errors import ScenarioError, listed, nearest

GEOJSON_SUFFIXES = (".geojson", ".json")
"""Suffixes of files that are read as GeoJSON; all others are read as CSV."""

WGS84_NAMES = ("CRS84", "EPSG:4326", "EPSG::4326")
"""Allowed values of a `crs` member: longitude and latitude of WGS 84 (RFC 7946 allows no other)."""

_NEEDED = ("lon", "lat")
_NEVER_NEGATIVE = ("weight", "km_to_city_100k", "km_to_cloud_region", "plants_mw_150km")
_LAND_M = (-450.0, 6000.0)
_SAME_DEGREE = 1e-6
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def slug(text: str) -> str:
    """Return lower-case ASCII words joined by hyphens.

    Examples
    --------
    >>> slug("São Paulo / Barueri")
    'sao-paulo-barueri'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def read_typed(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read places from CSV, or from the points of a GeoJSON file with properties as columns.

    Parameters
    ----------
    path : pathlib.Path
        File in UTF-8; `.geojson` and `.json` are GeoJSON.
    columns : mapping
        Columns that may be given, to `text`, `number` or `degree`.

    Returns
    -------
    pandas.DataFrame
        A column for each of `columns`, indexed by line (CSV) or number of the feature (GeoJSON).

    Raises
    ------
    ScenarioError
        No such table, unknown columns, or cells that are not numbers: all faults in one message.
    """
    faults: list[str] = []
    if path.suffix.lower() in GEOJSON_SUFFIXES:
        header, rows = _points(path, faults)
    else:
        header, rows = read_cells(path, columns)
    if not header and not faults:
        raise ScenarioError(f"{path.name} is empty: give a CSV file in UTF-8 with the columns {listed(columns)}")
    faults += header_faults(header, columns, _NEEDED) if header else []
    if header and not {"id", "name"} & set(header):
        faults.append("column `id` or `name` is missing")
    if not rows and not faults:
        faults.append("no rows: give at least one place")
    complete = complete_rows(header, rows, faults)
    faults += [fault for n, row in complete.items() for fault in _number_faults(n, row, columns)]
    if faults:
        raise ScenarioError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)
    return _typed(complete, columns)


def header_faults(header: list[str], columns: Collection[str], needed: Iterable[str]) -> list[str]:
    """Return the faults of a header: unknown, repeated and missing columns."""
    known = f": known are {listed(columns)}"
    faults = [f"unknown column `{c}`{nearest(c, columns) or known}" for c in header if c not in columns]
    faults += [f"column `{c}` occurs twice" for c in dict.fromkeys(header) if header.count(c) > 1]
    faults += [f"column `{c}` is missing" for c in needed if c not in header]
    if len(header) == 1 and ";" in header[0]:
        faults.append(
            "the header is separated by `;`: separate cells by commas, and write numbers with a decimal point"
        )
    return faults


def complete_rows(header: list[str], rows: Mapping[int, list[str]], faults: list[str]) -> dict[int, dict[str, str]]:
    """Return the rows with as many cells as the header, by column; each other row adds a fault."""
    hint = "write numbers with a decimal point, and text that holds a comma in quotes"
    faults += [
        f"row {n} has {len(row)} cells, the header {len(header)}: {hint}"
        for n, row in rows.items()
        if len(row) != len(header)
    ]
    return {n: dict(zip(header, row, strict=True)) for n, row in rows.items() if len(row) == len(header)}


def read_cells(path: Path, columns: Collection[str]) -> tuple[list[str], dict[int, list[str]]]:
    """Return the header, and the cells of every row that is not blank by its number in the file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, skipinitialspace=True)
            numbered = [(reader.line_num, [cell.strip() for cell in line]) for line in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ScenarioError(
            f"cannot read {path} ({error}): give a CSV file in UTF-8 with the columns {listed(columns)}"
        ) from error
    header = numbered[0][1] if numbered else []
    return header, {number: line for number, line in numbered[1:] if any(line)}


def _points(path: Path, faults: list[str]) -> tuple[list[str], dict[int, list[str]]]:
    """Return the points of a GeoJSON file as a header and rows of text, numbered from 1."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise ScenarioError(f"cannot read {path} ({error}): give GeoJSON points in UTF-8, or a CSV file") from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        raise ScenarioError(f"{path.name} is not a GeoJSON FeatureCollection: give one whose features are points")
    crs = content.get("crs")
    if crs is not None and not any(name in json.dumps(crs) for name in WGS84_NAMES):
        faults.append(f"`crs` is {json.dumps(crs)}: give longitude and latitude of WGS 84 (EPSG:4326)")
        return [], {}
    rows = {n: row for n, f in enumerate(features, 1) if (row := _feature(n, f, faults)) is not None}
    header = list(dict.fromkeys(c for row in rows.values() for c in row)) or ["id", *_NEEDED]
    return header, {n: [row.get(c, "") for c in header] for n, row in rows.items()}


def _feature(number: int, feature: Any, faults: list[str]) -> dict[str, str] | None:
    """Return the cells of one feature; a feature that is not a point adds a fault."""
    shape = feature.get("geometry") if isinstance(feature, dict) else None
    kind = shape.get("type") if isinstance(shape, dict) else None
    at = shape.get("coordinates") if isinstance(shape, dict) else None
    is_pair = isinstance(at, list) and len(at) in (2, 3) and all(type(x) in (int, float) for x in at)
    if kind != "Point" or at is None or not is_pair:
        faults.append(f"row {number} is {kind or 'no geometry'}, not a Point with [lon, lat]: give points")
        return None
    lon, lat = float(at[0]), float(at[1])
    given = {str(k): v for k, v in (feature.get("properties") or {}).items()}
    cells = {k: "" if v is None else str(v).strip() for k, v in given.items()}
    if "id" not in cells and feature.get("id") is not None:
        cells["id"] = str(feature["id"])
    for name, value in (("lon", lon), ("lat", lat)):
        stated = given.get(name, value)
        if not isinstance(stated, (int, float)) or abs(stated - value) > _SAME_DEGREE:
            faults.append(f"row {number}: property `{name}` is {stated}, the point's is {value:g}: keep one of them")
    return cells | {"lon": repr(lon), "lat": repr(lat)}


def _number_faults(number: int, row: Mapping[str, str], columns: Mapping[str, str]) -> list[str]:
    """Name the cells of a row that are not numbers or are out of range."""
    faults = []
    for c, text in row.items():
        if columns.get(c, "text") == "text" or (not text and c not in _NEEDED):
            continue
        if not _NUMBER.fullmatch(text):
            faults.append(f"row {number}, `{c}` is `{text}`: write a number with a decimal point")
        elif c in _NEVER_NEGATIVE and float(text) < 0:
            faults.append(f"row {number}, `{c}` is {text}: give 0 or more")
        elif c == "elevation_m" and not _LAND_M[0] <= float(text) <= _LAND_M[1]:
            faults.append(f"row {number}, `{c}` is {text}: give metres above sea level, -450 to 6000")
    return faults


def _typed(rows: Mapping[int, Mapping[str, str]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Return every allowed column, indexed by the row in the file; blanks are None or NaN."""
    out: dict[str, pd.Series[Any]] = {}
    for c, kind in columns.items():
        cells = [row.get(c) or None for row in rows.values()]
        values = cells if kind == "text" else [np.nan if cell is None else float(cell) for cell in cells]
        out[c] = pd.Series(values, index=list(rows), dtype=object if kind == "text" else float)
    table = pd.DataFrame(out)
    table["name"] = [n or i for n, i in zip(table["name"], table["id"], strict=True)]
    table["id"] = [slug(i or n or "") for n, i in zip(table["name"], table["id"], strict=True)]
    return table
