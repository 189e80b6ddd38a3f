"""Where the planner's sites and hubs are: on land, in the stated country, near the known place of their name, apart."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from siting.errors import MOST_LISTED, ScenarioError, listed
from siting.physics.geodesy import EARTH_MEAN_RADIUS_KM, great_circle_km
from siting.units import Floats, Ints
from siting.world import locate_point
from siting.world.identifiers import slug
from siting.world.policy.country_names import country_code, country_hint
from siting.world.policy.jurisdictions import known_code
from siting.world.tables import read_table

SAME_NAME_KM = 100.0
"""Distance from the known place of the same name up to which a place is taken for it [km] (our choice)."""

ONE_PLACE_KM = 5.0
"""Distance below which candidates of one country are one place: they share the plants nearby [km] (assumption)."""

MOST_PAIRS = 1_000_000
"""Pairs of candidates at one place that are compared (our choice: 1,400 candidates at one point)."""

_SLIPS: tuple[tuple[str, Callable[[float, float], tuple[float, float]]], ...] = (
    ("swapped", lambda lon, lat: (lat, lon)),
    ("with the other sign of the longitude", lambda lon, lat: (-lon, lat)),
    ("with the other sign of the latitude", lambda lon, lat: (lon, -lat)),
    ("with both other signs", lambda lon, lat: (-lon, -lat)),
)
"""Usual slips of coordinates, and what corrects them."""


def with_country_codes(table: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Return places with codes as their stated countries and jurisdictions, the faults of other words, and how names were read.

    Parameters
    ----------
    table : pandas.DataFrame
        Places by row of the file; `country_iso2` is text or missing.
    file : str
        Name of the file, for the notes.
    """
    faults, read, codes = [], {}, []
    known = set(read_table("countries")["iso2"])
    for i, name, stated in zip(table.index, table["name"], table["country_iso2"], strict=True):
        code = stated if not isinstance(stated, str) or stated in known else country_code(stated)
        codes.append(code)
        if isinstance(stated, str) and code is None:
            hint = country_hint(stated) or ": give its ISO 3166-1 code, such as GB, or its English name"
            faults.append(f"row {i} ({name}): no country `{stated[:60]}`{hint}")
        elif isinstance(stated, str) and code != stated:
            read[stated] = code
    notes = (
        [f"{file}: country {listed(f'`{word}` is read as `{code}`' for word, code in read.items())}"] if read else []
    )
    table = table.assign(country_iso2=pd.Series(codes, index=table.index, dtype=object))
    if "jurisdiction" in table:
        stated = zip(table.index, table["name"], table["jurisdiction"], strict=True)
        units = [_unit(i, name, word, faults) for i, name, word in stated]
        table = table.assign(jurisdiction=pd.Series(units, index=table.index, dtype=object))
    return table, faults, notes


def _unit(i: Any, name: str, stated: Any, faults: list[str]) -> Any:
    """Return the code of a stated jurisdiction, None where none is stated or known, which adds a fault."""
    try:
        return known_code(stated) if isinstance(stated, str) else None
    except ValueError as error:
        faults.append(f"row {i} ({name}): {error}")
        return None


def located(table: pd.DataFrame) -> dict[Any, locate_point.PointLocation]:
    """Return the location of each row, `NOWHERE` where its coordinates are not on Earth."""
    on_earth = table["lat"].abs().le(90) & table["lon"].abs().le(180)
    return {i: _locate(row) if bool(on_earth.at[i]) else locate_point.NOWHERE for i, row in table.iterrows()}


def coordinate_faults(table: pd.DataFrame) -> list[str]:
    """Name rows with invalid coordinates or a repeated id."""
    faults = []
    for i, row in table.iterrows():
        at = f"row {i} ({row['name'] or 'no name'})"
        if not -90 <= row["lat"] <= 90:
            swapped = " (lon and lat look swapped)" if -90 <= row["lon"] <= 90 else ""
            faults.append(f"{at}: `lat` is {row['lat']:g}: give a latitude of -90 to 90 degrees{swapped}")
        if not -180 <= row["lon"] <= 180:
            faults.append(f"{at}: `lon` is {row['lon']:g}: give a longitude of -180 to 180 degrees")
        if not row["id"]:
            faults.append(f"{at}: has no id: write one in letters a-z")
    for same in dict.fromkeys(table["id"]):
        group = table[table["id"] == same]
        if len(group) > 1 and same:
            rows = listed(f"row {i} ({n})" for i, n in group["name"].items())
            faults.append(f"{rows} share the id `{same}`: give each an id of its own")
    return faults


def elsewhere_faults(
    table: pd.DataFrame, found: Mapping[Any, locate_point.PointLocation], at_sea: str | None
) -> list[str]:
    """Name rows that are not on the land of their country, or on no land.

    Parameters
    ----------
    table : pandas.DataFrame
        Places by row of the file.
    found : mapping
        As `located` returns it.
    at_sea : str or None
        Last words of the fault of a row at sea; None where such rows are allowed.
    """
    faults = []
    for i, row in table.iterrows():
        if found[i] is not locate_point.NOWHERE or not (abs(row["lat"]) <= 90 and abs(row["lon"]) <= 180):
            continue
        lon, lat, stated = float(row["lon"]), float(row["lat"]), row["country_iso2"]
        at = f"row {i} ({row['name']}): {lon:g}, {lat:g}"
        hint = _slip(lon, lat, stated if isinstance(stated, str) else None)
        if isinstance(stated, str):
            here = locate_point.locate(lon, lat).country_iso2
            fix = f"correct the coordinates{hint}" if hint else "correct the coordinates or the country"
            faults.append(f"{at} lies {f'in {here}' if here else 'in no country'}, not in the stated {stated}: {fix}")
        elif at_sea is not None:
            off = locate_point.OFF_LAND_KM
            faults.append(f"{at} lies at sea, more than {off:g} km off land: correct the coordinates{hint}{at_sea}")
    return faults


def place_notes(table: pd.DataFrame, found: Mapping[Any, locate_point.PointLocation], file: str) -> list[str]:
    """Return what a planner should know of the places of a file: far from the known place of their name, or as stated."""
    far = [
        f"row {i} ({row['name']}) {text}"
        for i, row in table.iterrows()
        if (text := _far_from_its_name(str(row["name"]), float(row["lon"]), float(row["lat"]), found[i]))
    ]
    stated = [f"row {i} ({n})" for i, n in table["name"].items() if found[i].stated]
    notes = [f"{file}: {listed(far, '; ')}: check the coordinates"] if far else []
    if stated:
        notes.append(f"{file}: country of {listed(stated)} as stated: it is too small for the map, or not on it")
    return notes


def near_pairs(lon: Floats, lat: Floats, country: Sequence[object]) -> Ints:
    """Return the pairs of places of one country within `ONE_PLACE_KM`, (n, 2), sorted.

    Raises
    ------
    ScenarioError
        More than `MOST_PAIRS` places are within that distance of each other.

    Examples
    --------
    >>> near_pairs(np.array([2.44, 2.44, 9.0]), np.array([44.93, 44.94, 50.0]), ["FR", "FR", "DE"]).tolist()
    [[0, 1]]
    """
    x, y = np.radians(lon), np.radians(lat)
    tree = cKDTree(np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)]))
    chord = 2.0 * np.sin(ONE_PLACE_KM / EARTH_MEAN_RADIUS_KM / 2.0)
    many = (int(tree.count_neighbors(tree, chord)) - len(x)) // 2
    if many > MOST_PAIRS:
        raise ScenarioError(
            f"{many:,} pairs of candidates are within {ONE_PLACE_KM:g} km of each other: give each place once"
        )
    pairs = tree.query_pairs(chord, output_type="ndarray").reshape(-1, 2)
    code = np.unique(np.array([str(c) for c in country]), return_inverse=True)[1]
    pairs = pairs[code[pairs[:, 0]] == code[pairs[:, 1]]]
    return np.asarray(pairs[np.lexsort(pairs.T[::-1])], dtype=np.intp)


def near_notes(table: pd.DataFrame, country: Sequence[object], file: str) -> list[str]:
    """Return a note of the candidates that are one place."""
    lon, lat, names = table["lon"].to_numpy(float), table["lat"].to_numpy(float), list(table["name"])
    pairs = near_pairs(lon, lat, country)
    if not len(pairs):
        return []
    told = [
        f"{names[a]} and {names[b]} are {float(great_circle_km(lon[a], lat[a], lon[b], lat[b])):.1f} km apart"
        for a, b in pairs[:MOST_LISTED]
    ]
    more = f" and {len(pairs) - MOST_LISTED:,} more" if len(pairs) > MOST_LISTED else ""
    end = f"within {ONE_PLACE_KM:g} km they are one place, and `grid_headroom` shares the plants nearby among them"
    return [f"{file}: {'; '.join(told)}{more}: {end}"]


def _locate(row: "pd.Series[Any]") -> locate_point.PointLocation:
    stated = row["country_iso2"]
    return locate_point.locate(float(row["lon"]), float(row["lat"]), stated if isinstance(stated, str) else None)


def _slip(lon: float, lat: float, stated: str | None = None) -> str:
    """Return which usual slip brings coordinates onto the land of a country; of any country only by swapping them."""
    for words, change in _SLIPS if stated else _SLIPS[:1]:
        x, y = change(lon, lat)
        if abs(y) <= 90 and (land := locate_point.locate(x, y, stated).country_iso2):
            return f" ({words}, {x:g}, {y:g} lies in {land})"
    return ""


@cache
def _known_places() -> Mapping[str, list[tuple[str, str, float, float]]]:
    """Return name, country and coordinates of the shipped places by the slug of their name."""
    places: dict[str, list[tuple[str, str, float, float]]] = {}
    for table in ("sites", "hubs"):
        shipped = read_table(table)
        for name, country, lon, lat in zip(
            shipped["name"], shipped["country"], shipped["lon"], shipped["lat"], strict=True
        ):
            places.setdefault(slug(str(name)), []).append((str(name), str(country), float(lon), float(lat)))
    return places


def _far_from_its_name(name: str, lon: float, lat: float, here: locate_point.PointLocation) -> str:
    """Return how far a place is from the nearest known place of its name; empty where it is near, or not known."""
    known = _known_places().get(slug(name), [])
    if not known:
        return ""
    km = [float(great_circle_km(lon, lat, x, y)) for _, _, x, y in known]
    best = int(np.argmin(km))
    if km[best] <= SAME_NAME_KM:
        return ""
    hint = next(
        (
            f" (near it {words}: {x:g}, {y:g})"
            for words, change in _SLIPS
            for x, y in [change(lon, lat)]
            if abs(y) <= 90 and min(float(great_circle_km(x, y, a, b)) for _, _, a, b in known) <= SAME_NAME_KM
        ),
        "",
    )
    where = f"in {here.country_iso2}" if here.country_iso2 else "in no country"
    return f"is {where}, {km[best]:,.0f} km from the known place {known[best][0]} ({known[best][1]}){hint}"
