"""User files of sites and hubs: read, checked, and joined with map and table data."""

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from siting.errors import ScenarioError, nearest
from siting.world import locate_point
from siting.world.climate import USER_SET, user_place_id
from siting.world.places import gather
from siting.world.tables import read_table
from siting.world.user_files.own_columns import KINDS, RECORD, with_own_values
from siting.world.user_files.place_checks import (
    coordinate_faults,
    elsewhere_faults,
    located,
    near_notes,
    place_notes,
    with_country_codes,
)
from siting.world.user_files.user_tables import CARRIED, GIVEN, NOTES, faults_of_file, read_typed

OffLand = Literal["refuse", "leave_out"]

_SITE_COLUMNS = {
    "id": "text",
    "name": "text",
    "lon": "lon",
    "lat": "lat",
    "elevation_m": "number",
    "country_iso2": "text",
    "admin1": "text",
    "zone_id": "text",
    "jurisdiction": "text",
    "km_to_city_100k": "number",
    "km_to_cloud_region": "number",
    "plants_mw_150km": "number",
    "weather_file": "text",
    **KINDS,
}
_HUB_COLUMNS = {"id": "text", "name": "text", "lon": "lon", "lat": "lat", "weight": "number"}
_HUB_COLUMNS |= {"country_iso2": "text"}

_DERIVED = {
    "elevation_m": ("elevation_quality", "modelled"),
    "km_to_city_100k": ("km_to_city_quality", "derived"),
    "km_to_cloud_region": ("km_to_cloud_region_quality", "derived"),
    "plants_mw_150km": ("plants_quality", "derived"),
}
"""Columns that are derived where the file has no value, their quality column, and the quality if derived."""


def read_sites(path: Path, *, off_land: OffLand = "refuse") -> pd.DataFrame:
    """Read candidates from a table or a layer of points and join the table data.

    Columns `lon`, `lat` and `id` or `name` are needed; those of `own_columns.OWN_COLUMNS` replace shipped figures,
    and columns that are not known are carried along; the others of `_SITE_COLUMNS` are taken where given
    and derived where missing: country, admin-1 unit, zone and jurisdiction from the shipped cells, elevation from
    a quarter-degree grid, distances and plants from the shipped coordinates. Climate is estimated at the point, or
    read from the EPW or CSV file of hours in `weather_file` (in the folder of this file). A site with an unknown value
    is excluded from a plan, with the reason.

    Parameters
    ----------
    path : pathlib.Path
        Table of text (see `siting.world.user_files.table_reader.read_table`), or GeoJSON, GeoPackage, Shapefile,
        Parquet or KML points with attributes as columns; rows of a layer are its features, from 1.
    off_land : {"refuse", "leave_out"}
        Whether a row at sea is an error, or a site of unknown country and zone, which is excluded from every plan.

    Returns
    -------
    pandas.DataFrame
        Gathered sites. `*_quality` is `unverified` for a value of the file, else the quality of the derivation,
        None where it is unknown; `location_source` lists what was derived. `attrs["notes"]` holds what was assumed to
        read the file.

    Raises
    ------
    ScenarioError
        The file is invalid; all faults are in one message.
    DataError
        A weather file is invalid, or an elevation is out of range.
    """
    of_cells = list[str]()
    read = read_typed(path, _SITE_COLUMNS, "carry", of_cells)
    table, faults, notes = with_country_codes(_placed(_with_record(read)), path.name)
    found = located(table)
    faults = of_cells + coordinate_faults(table) + faults
    leave = ', or exclude such rows with `off_land = "leave_out"` in [candidates]'
    faults += elsewhere_faults(table, found, None if off_land == "leave_out" else leave)
    faults += [*_zone_faults(table, found), *_jurisdiction_faults(table, found), *_weather_faults(table, path.parent)]
    if faults:
        raise faults_of_file(path, faults)
    sites = with_own_values(gather(_with_climate(_derived(table, list(found.values())), path.parent)))
    notes += [*place_notes(table, found, path.name), *near_notes(sites, list(sites["country_iso2"]), path.name)]
    sites.attrs[NOTES] = (*read.attrs[NOTES], *notes, *_weather_notes(sites, list(table["weather_file"])))
    return sites


def _placed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose coordinates are numbers: those of the others are faults of their cells."""
    return table[table["lon"].notna() & table["lat"].notna()]


def _with_record(read: pd.DataFrame) -> pd.DataFrame:
    """Return places with what the planner gives of them under names of their own, and as one record a place."""
    given = [c for c in read.attrs[GIVEN] if c in KINDS]
    kept = [*given, *read.attrs[CARRIED]]
    others = read.drop(columns=[*KINDS, *read.attrs[CARRIED]])
    if not kept:
        return others
    records = [json.dumps({c: v for c, v in row.items() if not _blank(v)}) for row in read[kept].to_dict("records")]
    own = {f"own_{c}": read[c] for c in given if KINDS[c] == "number"}
    return others.assign(**own, **{RECORD: pd.Series(records, index=read.index, dtype=object)})


def weather_files(path: Path) -> list[Path]:
    """Return the weather files that a sites file names; none if it cannot be read, which `read_sites` reports.

    Parameters
    ----------
    path : pathlib.Path
        As `read_sites` reads it.

    Returns
    -------
    list of pathlib.Path
        Paths in the folder of the sites file, each once; a file may not exist.
    """
    try:
        named = read_typed(path, _SITE_COLUMNS, "carry")["weather_file"].dropna()
    except ScenarioError:
        return []
    folder = path.resolve().parent
    return [file for name in dict.fromkeys(named) if (file := (folder / name).resolve()).is_relative_to(folder)]


def _weather_faults(table: pd.DataFrame, folder: Path) -> list[str]:
    """Name the weather files outside the folder of the sites: a file is data, and may not point anywhere."""
    text = "row {}: `weather_file` is `{}`, outside the folder of this file: copy it there"
    files = [(i, f) for i, f in table["weather_file"].items() if isinstance(f, str) and f]
    return [text.format(i, f) for i, f in files if not (folder / f).resolve().is_relative_to(folder.resolve())]


def point(lon: float, lat: float) -> pd.DataFrame:
    """Return the table data of one point, as for a user site; at sea most values are unknown."""
    known = {"id": "point", "name": f"{lon:g}, {lat:g}", "lon": lon, "lat": lat}
    columns = {c: kind for c, kind in _SITE_COLUMNS.items() if c not in KINDS}
    text = {c: None for c, kind in columns.items() if kind == "text"}
    numbers = {c: np.nan for c, kind in columns.items() if kind != "text"}
    table = pd.DataFrame([text | numbers | known])
    return gather(_with_climate(_derived(table, [locate_point.locate(lon, lat)])))


def read_hubs(path: Path) -> pd.DataFrame:
    """Read hubs from a file as of sites, with id or name, lon, lat, weight (1 where missing) and perhaps country_iso2.

    Hubs are located like sites: one at sea, or not in its stated country, is a fault; a country that is not given is
    that of the map. `attrs["notes"]` holds what was assumed to read the file.

    Raises
    ------
    ScenarioError
        The file is invalid; all faults are in one message.
    """
    of_cells = list[str]()
    read = read_typed(path, _HUB_COLUMNS, "carry", of_cells).filter(list(_HUB_COLUMNS))
    table, faults, notes = with_country_codes(_placed(read), path.name)
    found = located(table)
    faults = of_cells + coordinate_faults(table) + faults + elsewhere_faults(table, found, "")
    table["weight"] = table["weight"].fillna(1.0)
    if not faults and table["weight"].sum() <= 0:
        faults.append("all weights are 0: give one hub a weight above 0")
    if faults:
        raise faults_of_file(path, faults)
    hubs = table.assign(country_iso2=[p.country_iso2 or "" for p in found.values()]).reset_index(drop=True)
    hubs.attrs[NOTES] = (*read.attrs[NOTES], *notes, *place_notes(table, found, path.name))
    return hubs


def _jurisdiction_faults(table: pd.DataFrame, found: dict[Any, locate_point.PointLocation]) -> list[str]:
    """Name rows whose stated jurisdiction is not in the country of the site."""
    faults = []
    for i, row in table.iterrows():
        stated, country = row["jurisdiction"], row["country_iso2"] or found[i].country_iso2
        if isinstance(stated, str) and country and stated.split("-")[0] != country:
            faults.append(
                f"row {i} ({row['name']}): jurisdiction `{stated}` is not in {country}, the country of the site: correct "
                "one of them"
            )
    return faults


def _weather_notes(sites: pd.DataFrame, files: list[Any]) -> list[str]:
    """Return what was assumed of each weather file, and how it differs from its site."""
    rows = zip(sites["name"], sites["climate_error"], files, strict=True)
    return [
        f"{file} of {name}: {more}"
        for name, error, file in rows
        if isinstance(file, str) and (more := str(error).partition("; ")[2])
    ]


def _zone_faults(table: pd.DataFrame, found: dict[Any, locate_point.PointLocation]) -> list[str]:
    """Name rows whose stated zone is unknown, or is in another country than the site."""
    zones = read_table("zones")
    owner = dict(zip(zones["zone_id"], zones["country_iso2"], strict=True))
    owned = set(owner.values())  # a country without a zone, such as San Marino, is supplied from another one
    faults: list[str] = []
    for i, row in table.iterrows():
        zone, country = row["zone_id"], row["country_iso2"] or found[i].country_iso2
        at = f"row {i} ({row['name']}): "
        if not isinstance(zone, str):
            continue
        if zone not in owner:
            hint = f"{nearest(zone, owner)} (leave it blank to take the zone of the map)"
            faults.append(f"{at}no grid zone `{zone}`{hint}")
        elif country and owner[zone] != country and country in owned:
            faults.append(f"{at}grid zone `{zone}` is of {owner[zone]}, the site is in {country}: correct one of them")
    return faults


def _derived(table: pd.DataFrame, found: list[locate_point.PointLocation]) -> pd.DataFrame:
    """Fill blank values from map and tables, and mark them; unknown values are None or NaN."""
    names = read_table("countries").set_index("iso2")["name"].to_dict()
    on_map = {c: [getattr(p, c) for p in found] for c in ("country_iso2", "admin1", "zone_id", "jurisdiction")}
    text = {c: _first(table[c], values) for c, values in on_map.items()}
    given_zone = table["zone_id"].notna().to_numpy()
    quality = ["unverified" if g else p.zone_quality for g, p in zip(given_zone, found, strict=True)]
    numbers, words = _figures(table, text["country_iso2"], [p is not locate_point.NOWHERE for p in found])
    derived = [
        [c for c in (*on_map, *numbers) if _blank(table[c].iloc[i]) and not _blank((text | numbers)[c][i])]
        for i in range(len(table))
    ]
    sources = [
        "as given in your file" + (f"; derived from the shipped map: {', '.join(d)}" if d else "") for d in derived
    ]
    jurisdiction = [j or c or "" for j, c in zip(text["jurisdiction"], text["country_iso2"], strict=True)]
    filled: dict[str, Any] = {
        **text,
        **numbers,
        **words,
        "jurisdiction": jurisdiction,
        "country": [names.get(c) if c else None for c in text["country_iso2"]],
        "zone_quality": quality,
        "location_source": sources,
        "kind": "own",
        "starter": False,
    }
    table = table.assign(**filled)
    return table.astype(dict.fromkeys(("country_iso2", "country", "admin1", "zone_id", "zone_quality"), object))


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _first(given: "pd.Series[Any]", mapped: list[str | None]) -> list[str | None]:
    return [g if isinstance(g, str) else m for g, m in zip(given, mapped, strict=True)]


def _figures(
    table: pd.DataFrame, country: list[str | None], on_land: list[bool]
) -> tuple[dict[str, Any], dict[str, list[str | None]]]:
    """Return the numbers, given or derived, and their quality words."""
    lon, lat = table["lon"].to_numpy(float), table["lat"].to_numpy(float)
    made = {
        "elevation_m": np.where(on_land, locate_point.elevation_m(lon, lat), np.nan),
        "km_to_city_100k": locate_point.km_to_city_100k(lon, lat),
        "km_to_cloud_region": locate_point.km_to_cloud_region(lon, lat),
        "plants_mw_150km": locate_point.plants_mw_150km(lon, lat, country),
    }
    numbers: dict[str, Any] = {}
    words: dict[str, list[str | None]] = {}
    for column, values in made.items():
        given = table[column].to_numpy(float)
        numbers[column] = np.where(np.isnan(given), values, given)
        label, word = _DERIVED[column]
        words[label] = [
            "unverified" if not np.isnan(g) else None if np.isnan(v) else word
            for g, v in zip(given, values, strict=True)
        ]
    return numbers, words


def _with_climate(sites: pd.DataFrame, folder: Path = Path()) -> pd.DataFrame:
    """Refer each site to the climate of its point, or of its weather file (relative to `folder`)."""
    files = sites["weather_file"] if "weather_file" in sites else [None] * len(sites)
    places = zip(sites["lon"], sites["lat"], sites["elevation_m"], files, strict=True)
    ids = [
        user_place_id(lon, lat, rise, folder / file if isinstance(file, str) else None)
        for lon, lat, rise, file in places
    ]
    return sites.drop(columns="weather_file", errors="ignore").assign(climate_set=USER_SET, climate_id=ids)
