"""A planner's own sites and hubs: read, checked, and joined to what the tables know nearby."""

import csv
import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.errors import ScenarioError
from siting.world.climate import OWN_SET, own_id
from siting.world.places import gather
from siting.world.tables import read_geo, read_table

COAST_TOLERANCE_DEGREE = 0.25
"""How far off the drawn coast a place may lie and still belong to its country [degree]."""

_SITE_COLUMNS = {
    "id": "text",
    "name": "text",
    "lon": "degree",
    "lat": "degree",
    "elevation_m": "number",
    "country_iso2": "text",
    "zone_id": "text",
    "jurisdiction": "text",
    "km_to_city_100k": "number",
    "plants_mw_150km": "number",
    "weather_file": "text",
}
_HUB_COLUMNS = {"id": "text", "name": "text", "lon": "degree", "lat": "degree", "weight": "number"}
MANY = 20
"""Known words beyond which a message does not list them."""

_NEEDED = ("lon", "lat")
_NEVER_NEGATIVE = ("weight", "km_to_city_100k", "plants_mw_150km")
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


def read_sites(path: Path) -> pd.DataFrame:
    """Read candidates from a CSV file of lon/lat and gather what the tables know of them.

    Columns `lon`, `lat` and `id` or `name` are needed; `elevation_m`, `country_iso2`, `zone_id`,
    `jurisdiction`, `km_to_city_100k` and `plants_mw_150km` are taken where given. Country and zone
    are derived from the shipped map where missing; climate is estimated at the point, or read from
    the EPW or CSV file of hours in `weather_file` (relative to this file). What stays unknown
    leaves the site out of a plan, and says so.

    Parameters
    ----------
    path : pathlib.Path
        CSV file, UTF-8, decimal points.

    Returns
    -------
    pandas.DataFrame
        Gathered sites.

    Raises
    ------
    ScenarioError
        Anything wrong with the file, all faults in one message.
    DataError
        Anything wrong with its weather files, or an elevation out of range.
    """
    table = _read(path, _SITE_COLUMNS)
    faults = _place_faults(table)
    places, outside = _on_the_map(table)
    faults += [*outside, *_zone_faults(table)]
    if faults:
        raise ScenarioError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)
    return gather(_with_climate(places, path.parent))


def point(lon: float, lat: float) -> pd.DataFrame:
    """Gather what the tables know of one point, as of a site of the planner's own."""
    known = {"id": "point", "name": f"{lon:g}, {lat:g}", "lon": lon, "lat": lat}
    text = {c: None for c, kind in _SITE_COLUMNS.items() if kind == "text"}
    numbers = {c: np.nan for c, kind in _SITE_COLUMNS.items() if kind != "text"}
    located, _ = _on_the_map(pd.DataFrame([text | numbers | known]))
    return gather(_with_climate(located))


def read_hubs(path: Path) -> pd.DataFrame:
    """Read hubs from a CSV file with id or name, lon, lat, and weight (1 where missing).

    Raises
    ------
    ScenarioError
        Anything wrong with the file, all faults in one message.
    """
    table = _read(path, _HUB_COLUMNS)
    faults = _place_faults(table)
    table["weight"] = table["weight"].fillna(1.0)
    if not faults and table["weight"].sum() <= 0:
        faults.append("all weights are 0: give one hub a weight above 0")
    if faults:
        raise ScenarioError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)
    return table.assign(country_iso2="").reset_index(drop=True)


def _read(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read text cells, refuse unknown columns and cells that are no numbers."""
    header, rows = _cells(path, columns)
    if not header:
        raise ScenarioError(f"{path.name} is empty: give a CSV file in UTF-8 with the columns {', '.join(columns)}")
    faults = [f"unknown column `{c}`{_nearest(c, columns)}" for c in header if c not in columns]
    faults += [f"column `{c}` stands twice" for c in dict.fromkeys(header) if header.count(c) > 1]
    faults += [f"column `{c}` is missing" for c in ("lon", "lat") if c not in header]
    if len(header) == 1 and ";" in header[0]:
        faults.append("the header is cut by `;`: separate cells by commas, and write numbers with a decimal point")
    if not {"id", "name"} & set(header):
        faults.append("column `id` or `name` is missing")
    if not rows:
        faults.append("no rows: give at least one place")
    hint = "write numbers with a decimal point, and text that holds a comma in quotes"
    faults += [
        f"row {n} has {len(row)} cells, the header {len(header)}: {hint}"
        for n, row in rows.items()
        if len(row) != len(header)
    ]
    whole = {n: dict(zip(header, row, strict=True)) for n, row in rows.items() if len(row) == len(header)}
    faults += [fault for n, row in whole.items() for fault in _number_faults(n, row, columns)]
    if faults:
        raise ScenarioError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)
    return _typed(whole, columns)


def _cells(path: Path, columns: Mapping[str, str]) -> tuple[list[str], dict[int, list[str]]]:
    """Return the header, and the cells of every row that is not blank by its number in the file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, skipinitialspace=True)
            numbered = [(reader.line_num, [cell.strip() for cell in line]) for line in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ScenarioError(
            f"cannot read {path} ({error}): give a CSV file in UTF-8 with the columns {', '.join(columns)}"
        ) from error
    header = numbered[0][1] if numbered else []
    return header, {number: line for number, line in numbered[1:] if any(line)}


def _nearest(column: str, columns: Iterable[str]) -> str:
    close = difflib.get_close_matches(column, list(columns), n=1, cutoff=0.6)
    return (
        f": did you mean `{close[0]}`?"
        if close
        else f": known are {', '.join(columns)}"
        if len(list(columns)) <= MANY
        else ""
    )


def _number_faults(number: int, row: Mapping[str, str], columns: Mapping[str, str]) -> list[str]:
    """Name the cells of a row that are no numbers, or negative where none can be."""
    faults = []
    for c, text in row.items():
        if columns.get(c, "text") == "text" or (not text and c not in _NEEDED):
            continue
        if not _NUMBER.fullmatch(text):
            faults.append(f"row {number}, `{c}` is `{text}`: write a number with a decimal point")
        elif c in _NEVER_NEGATIVE and float(text) < 0:
            faults.append(f"row {number}, `{c}` is {text}: give 0 or more")
    return faults


def _typed(rows: Mapping[int, Mapping[str, str]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Return a column for each that may be given, indexed by the row in the file; blanks are None or NaN."""
    out: dict[str, pd.Series[Any]] = {}
    for c, kind in columns.items():
        cells = [row.get(c) or None for row in rows.values()]
        values = cells if kind == "text" else [np.nan if cell is None else float(cell) for cell in cells]
        out[c] = pd.Series(values, index=list(rows), dtype=object if kind == "text" else float)
    table = pd.DataFrame(out)
    table["name"] = [n or i for n, i in zip(table["name"], table["id"], strict=True)]
    table["id"] = [slug(i or n or "") for n, i in zip(table["name"], table["id"], strict=True)]
    return table


def _place_faults(table: pd.DataFrame) -> list[str]:
    """Name rows whose coordinates cannot be, or whose id stands twice."""
    faults = []
    for i, row in table.iterrows():
        at = f"row {i} ({row['name'] or 'no name'})"
        if not -90 <= row["lat"] <= 90:
            swapped = " (lon and lat look swapped)" if -90 <= row["lon"] <= 90 else ""
            faults.append(f"{at}: `lat` is {row['lat']:g}: give a latitude of -90 to 90 degrees{swapped}")
        if not -180 <= row["lon"] <= 180:
            faults.append(f"{at}: `lon` is {row['lon']:g}: give a longitude of -180 to 180 degrees")
        if not row["id"]:
            faults.append(f"{at}: gives no id: write one in letters a-z")
    for same in dict.fromkeys(table["id"]):
        group = table[table["id"] == same]
        if len(group) > 1 and same:
            rows = ", ".join(f"row {i} ({n})" for i, n in group["name"].items())
            faults.append(f"{rows} share the id `{same}`: give each an id of its own")
    return faults


def _on_the_map(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Find country and zone of each place, and name places that lie outside the country they state."""
    ground = read_geo("ground")
    faults, rows = [], []
    for i, row in table.iterrows():
        lon, lat = float(row["lon"]), float(row["lat"])
        here = _units_at(ground, lon, lat) if abs(lat) <= 90 and abs(lon) <= 180 else ground.iloc[:0]
        stated = row["country_iso2"]
        if isinstance(stated, str) and abs(lat) <= 90 and abs(lon) <= 180:
            mine = here[here["country_iso2"] == stated]
            if mine.empty:
                faults.append(_elsewhere(ground, i, row, here))
            here = mine
        first = here.iloc[0] if len(here) else None
        rows.append(_placed(row, first))
    return pd.DataFrame(rows).astype(dict.fromkeys(("country_iso2", "country", "zone_id"), object)), faults


def _units_at(ground: Any, lon: float, lat: float) -> Any:
    """Return the map units at a point, the containing one first, then those within the coast tolerance."""
    from shapely.geometry import Point

    point = Point(lon, lat)
    near = ground.iloc[ground.sindex.query(point.buffer(COAST_TOLERANCE_DEGREE), predicate="intersects")]
    return near.iloc[np.argsort([g.distance(point) for g in near.geometry], kind="stable")]


def _elsewhere(ground: Any, i: Any, row: "pd.Series[Any]", here: Any) -> str:
    lon, lat, stated = float(row["lon"]), float(row["lat"]), row["country_iso2"]
    where = f"in {here['country_iso2'].iloc[0]}" if len(here) else "in no country"
    swapped = abs(lon) <= 90 and stated in set(_units_at(ground, lat, lon)["country_iso2"])
    way_out = (
        f"swap `lon` and `lat` ({lat:g}, {lon:g} lies in {stated})"
        if swapped
        else "mend the coordinates or the country"
    )
    return f"row {i} ({row['name']}): {lon:g}, {lat:g} lies {where}, not in the stated {stated}: {way_out}"


def _zone_faults(table: pd.DataFrame) -> list[str]:
    """Name rows whose stated zone no table has."""
    known = list(read_table("zones")["zone_id"])
    return [
        f"row {i} ({name}): no grid zone `{zone}`{_nearest(zone, known)} (leave it blank to take the zone of the map)"
        for i, name, zone in zip(table.index, table["name"], table["zone_id"], strict=True)
        if zone is not None and zone not in known
    ]


def _placed(row: "pd.Series[Any]", unit: "pd.Series[Any] | None") -> dict[str, Any]:
    """Fill country, zone and jurisdiction from the map where the planner gave none; what no one knows is None."""
    given = {str(column): value for column, value in row.items()}
    mapped = {
        c: unit[c] if unit is not None and isinstance(unit[c], str) else None for c in ("country_iso2", "zone_id")
    }
    country, zone = (given[c] or mapped[c] for c in ("country_iso2", "zone_id"))
    names = read_table("countries").set_index("iso2")["name"]
    return given | {
        "country_iso2": country,
        "country": names.get(country),
        "zone_id": zone,
        "zone_quality": "modelled" if given["zone_id"] is None else "unverified",
        "jurisdiction": given["jurisdiction"] or country or "",
        "kind": "own",
    }


def _with_climate(sites: pd.DataFrame, folder: Path = Path()) -> pd.DataFrame:
    """Point each site to the climate of its own point, or of its weather file (relative to `folder`)."""
    files = sites["weather_file"] if "weather_file" in sites else [None] * len(sites)
    places = zip(sites["lon"], sites["lat"], sites["elevation_m"], files, strict=True)
    ids = [own_id(lon, lat, rise, folder / file if isinstance(file, str) else None) for lon, lat, rise, file in places]
    return sites.drop(columns="weather_file", errors="ignore").assign(climate_set=OWN_SET, climate_id=ids)
