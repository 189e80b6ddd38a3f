"""All table data of one place, one fact per row, with source, year and quality."""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from siting.errors import DataError, ScenarioError, listed, nearest
from siting.physics.geodesy import great_circle_km
from siting.world import places
from siting.world.grid.capacity_statements import TABLE, statements_of
from siting.world.identifiers import slug
from siting.world.latency.round_trips import rtt_ms, rtt_quality
from siting.world.latency.rtt_model import NETWORKS
from siting.world.policy import DATA_DATE, Entry, entries_at
from siting.world.tables import QUALITIES, read_table, resource
from siting.world.user_files import user_places

SAME_PLACE_KM = 5.0
"""Distance within which a point counts as a shipped site [km]."""


@dataclass(frozen=True)
class _Fact:
    """One row of the page: its columns, its table, and the columns of source, year and quality.

    `cites` are words in the titles of the sources of the table from which the fact comes.
    """

    name: str
    columns: str
    unit: str
    table: str
    quality: str
    source_column: str = ""
    year_column: str = ""
    cites: tuple[str, ...] = ()


_WGI = ("Governance Indicators",)
_PRICE = ("zones", "price_quality", "price_source", "price_year")
WET_AND_DRY = "lowest and highest of five years, zones of hydropower"
BEYOND = "next grid zone: the place may be on its grid"
ONLY_WHERE_KNOWN = (WET_AND_DRY, BEYOND)
"""Facts of some places alone; on the page of another there is no line for them."""
_FACTS = (
    _Fact("grid zone", "zone_id", "", "sites", "zone_quality", cites=("Zone outlines",)),
    _Fact(BEYOND, "zone_border_km zone_beyond", "km, zone", "sites", "modelled", cites=("Zone outlines",)),
    _Fact("jurisdiction", "jurisdiction", "", "sites", "derived", cites=("Natural Earth",)),
    _Fact("elevation", "elevation_m", "m", "sites", "derived", "location_source"),
    _Fact("next city of 100,000", "km_to_city_100k", "km", "sites", "derived", cites=("GeoNames (PyPI",)),
    _Fact("nearest cloud region", "km_to_cloud_region", "km", "sites", "derived", cites=("Cloud regions",)),
    _Fact(
        "power plants within 150 km, same country",
        "plants_mw_150km",
        "MW",
        "sites",
        "derived",
        cites=("Power Plant Database",),
    ),
    *(
        _Fact(name, column, "gCO2e/kWh", "zone_intensity", "ci_quality", "ci_source", "ci_year")
        for name, column in (
            ("carbon intensity, life cycle", "ci_lifecycle_g_per_kwh"),
            ("the same by IPCC 2014, not UNECE 2022", "ci_lifecycle_ipcc2014_g_per_kwh"),
            (WET_AND_DRY, "ci_lifecycle_low_g_per_kwh ci_lifecycle_high_g_per_kwh"),
        )
    ),
    _Fact(
        "carbon intensity, direct",
        "ci_direct_g_per_kwh",
        "gCO2/kWh",
        "zone_intensity",
        "modelled",
        "ci_source",
        "ci_year",
    ),
    _Fact("renewable share", "renewable_share", "-", "zone_intensity", "share_quality", "ci_source", "ci_year"),
    _Fact("carbon-free share", "carbon_free_share", "-", "zone_intensity", "share_quality", "ci_source", "ci_year"),
    _Fact("electricity price", "price_usd_per_mwh", "USD/MWh", *_PRICE),
    _Fact("electricity price, low and high", "price_low_usd_per_mwh price_high_usd_per_mwh", "USD/MWh", *_PRICE),
    _Fact("customer who pays the price", "price_load", "", *_PRICE),
    _Fact("the price contains", "price_includes", "", *_PRICE),
    _Fact("exchange rate of the price", "price_exchange", "", *_PRICE),
    _Fact(
        "average generation of the zone",
        "avg_generation_mw",
        "MW",
        "zones",
        "avg_generation_quality",
        cites=("Measured generation", "Ember / Our World in Data", "Power Plant Database"),
    ),
    _Fact(
        "corporate tax rate",
        "corporate_tax_rate",
        "-",
        "countries",
        "observed",
        "",
        "corporate_tax_year",
        cites=("Tax Foundation",),
    ),
    _Fact("political stability (WGI)", "wgi_political_stability", "-", "countries", "observed", "", "wgi_year", _WGI),
    _Fact("rule of law (WGI)", "wgi_rule_of_law", "-", "countries", "observed", "", "wgi_year", _WGI),
    _Fact(
        "power outages a month",
        "outages_per_month",
        "-",
        "countries",
        "observed",
        "",
        "outages_year",
        cites=("Enterprise Surveys",),
    ),
    _Fact(
        "access to electricity",
        "access_to_electricity_share",
        "-",
        "countries",
        "observed",
        cites=("Development Indicators",),
    ),
    _Fact("cooling degree-days, base 18 C", "cdd18_k_day", "K day", "climate", "climate_quality"),
    _Fact("cooling degree-days, base 21 C", "cdd21_k_day", "K day", "climate", "climate_quality"),
    _Fact("heating degree-days, base 18 C", "hdd18_k_day", "K day", "climate", "climate_quality"),
    _Fact("coldest and warmest hour", "t_min_c t_max_c", "C", "climate", "climate_quality"),
    _Fact("mean wet bulb", "wet_bulb_mean_c", "C", "climate", "climate_quality"),
    _Fact("air pressure", "pressure_pa", "Pa", "climate", "modelled"),
)
"""Rows of the page; `quality` is a column, or the quality word itself where the table has none."""


_COUNTRY = ("country info", "Natural Earth")
_ON_THE_MAP = (("Zone outlines",), ("Natural Earth",))
"""Facts that a user place takes from the map `ground`."""

_RTT_TABLE = {"measured": "rtt_measured", "modelled": "rtt_fit_endpoints", "extrapolated": "rtt_fit_endpoints"}
"""Table of a round trip by its quality."""


def place(lon: float | str, lat: float | None = None) -> pd.DataFrame:
    """Return all table data of a point, or of a shipped site or hub by its name.

    Parameters
    ----------
    lon, lat : float
        Longitude and latitude [degree]; or the name or id of a shipped place alone, with its state or country where
        several have that name: `"Abilene TX"`, `"Abilene, Texas"`, `"Birmingham, United Kingdom"`.

    Returns
    -------
    pandas.DataFrame
        One row per fact: `fact`, `value`, `unit`, `source`, `year`, `quality`; the value of an unknown fact is UNKNOWN.

    Raises
    ------
    DataError
        Coordinates out of range.
    ScenarioError
        A name that no shipped place has, or several have; or a longitude without a latitude.

    Examples
    --------
    >>> facts = place("Abilene TX").set_index("fact")
    >>> facts.at["jurisdiction", "value"]
    'US-TX'
    >>> facts = place(22.15, 65.58).set_index("fact")
    >>> facts.at["grid zone", "value"]
    'SE-SE1'
    """
    if isinstance(lon, str) and lat is None:
        return place_named(lon)
    if isinstance(lon, str) or lat is None:
        raise ScenarioError(f"a place has {lon!r} and {lat!r}: give longitude and latitude as numbers, or one name")
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise DataError(
            f"invalid coordinates lon {lon:g}, lat {lat:g}: give lon -180 to 180, then lat -90 to 90 degrees"
        )
    return _page(_row_at(lon, lat))


def _row_at(lon: float, lat: float) -> "pd.Series[Any]":
    """Return the shipped site within `SAME_PLACE_KM`, else the point as a user place."""
    sites = places.world_sites()
    km = great_circle_km(lon, lat, sites["lon"].to_numpy(float), sites["lat"].to_numpy(float))
    return sites.iloc[int(km.argmin())] if km.min() <= SAME_PLACE_KM else user_places.point(lon, lat).iloc[0]


def place_named(name: str) -> pd.DataFrame:
    """Return all table data of a shipped site or hub by its name or id.

    Raises
    ------
    ScenarioError
        No shipped site has that name, or more than one has; ids are given.
    """
    return _page(row_named(name))


def row_named(name: str) -> "pd.Series[Any]":
    """Return the row of a shipped site or hub by its name or id; see `place_named`."""
    ids, by_name = shipped_names()
    wanted = slug(name)
    rows = ids.get(name) or ids.get(wanted) or by_name.get(wanted) or _with_region(name)
    if len(rows) > 1:
        named = listed(i for _, _, i in rows)
        raise ScenarioError(
            f"{len(rows)} shipped sites are called `{name}`: add the state or country, or give an id: {named}"
        )
    if not rows:
        hint = nearest(wanted, ids) or ": `siting data show sites` lists them"
        raise ScenarioError(f"no shipped site is called `{name}`{hint} (or give LON LAT)")
    lon, lat, found = rows[0]
    sites = places.world_sites()
    same = sites[sites["id"] == found]
    return _row_at(lon, lat) if same.empty else same.iloc[0]


def _with_region(name: str) -> "list[tuple[float, float, str]]":
    """Return the places of a name that ends in their state or country, in words or as a code: `Abilene TX`."""
    ids, by_name = shipped_names()
    words = name.replace(",", " ").split()
    for k in range(len(words) - 1, 0, -1):  # the longest name first: `New York NY`
        town, region = slug(" ".join(words[:k])), slug(" ".join(words[k:]))
        rows = {row[2]: row for row in (*by_name.get(town, ()), *ids.get(town, ()))}
        found = [row for key, row in rows.items() if region in _regions()[key]]
        if found:
            return found
    return []


@cache
def _regions() -> dict[str, frozenset[str]]:
    """Return the names and codes of the state and the country of every shipped place, by its id."""
    columns = ("country", "country_iso2", "country_iso3", "admin1", "jurisdiction")
    found: dict[str, frozenset[str]] = {}
    for table in ("hubs", "sites"):
        rows = read_table(table)
        given = rows[[c for c in columns if c in rows]].fillna("").astype(str)
        codes = given["jurisdiction"].str.split("-").str[-1] if "jurisdiction" in given else given["country_iso2"]
        for key, values in zip(rows["id"], given.assign(code=codes).to_numpy(), strict=True):
            found[str(key)] = frozenset(slug(v) for v in values if v)
    return found


_Named = dict[str, list[tuple[float, float, str]]]


@cache
def shipped_names() -> tuple[_Named, _Named]:
    """Return longitude, latitude and id of shipped places by id, and by slug of the name; hubs where no site is meant."""
    ids: _Named = {}
    names: _Named = {}
    for table in ("sites", "hubs"):
        new: _Named = {}
        rows = read_table(table)
        for key, name, lon, lat in zip(rows["id"], rows["name"], rows["lon"], rows["lat"], strict=True):
            ids.setdefault(str(key), [(float(lon), float(lat), str(key))])
            new.setdefault(slug(str(name)), []).append(ids[str(key)][0])
        names = new | names
    return ids, names


def _page(row: "pd.Series[Any]") -> pd.DataFrame:
    given = {"source": "as given by the user", "year": "", "quality": "unverified"} if row.get("kind") == "own" else {}
    head = [
        _line("name", row["name"], "", "sites", "derived") | given,
        _line("lon, lat", f"{row['lon']:.3f}, {row['lat']:.3f}", "degree", "sites", "derived") | given,
        _line("country", row["country"], "", "ground" if given else "countries", "derived", _COUNTRY),
    ]
    absent = [f for f in _FACTS if f.name in ONLY_WHERE_KNOWN and pd.isna(row.get(f.columns.split()[0]))]
    facts = [*(_row(row, fact) for fact in _FACTS if fact not in absent), *_capacity(str(row["zone_id"]))]
    covering = [e for _, e in entries_at(str(row["jurisdiction"]), float(row["lon"]), float(row["lat"]))]
    rules = [_rule(e) for e in sorted(covering, key=lambda e: not e.holds_on(DATA_DATE))]  # in force first
    return pd.DataFrame([*head, *facts, *map(partial(_nearest_hub, row), NETWORKS), *rules, *_sanctions(row)])


_DERIVED_OF_USER_PLACES = {
    "elevation_m": ("elevation_quality", "elevation"),
    "km_to_city_100k": ("km_to_city_quality", "around"),
    "km_to_cloud_region": ("km_to_cloud_region_quality", "around"),
    "plants_mw_150km": ("plants_quality", "around"),
}
"""Derived values of user places: the column of their quality, and the table from which they are derived."""


def _row(row: "pd.Series[Any]", fact: _Fact) -> dict[str, str]:
    """Return one fact with the source, year and quality of its own row, else of its table."""
    value = ", ".join(_text(row.get(c)) for c in fact.columns.split())
    known = fact.quality in QUALITIES
    table = (
        "ground" if row.get("kind") == "own" and fact.table == "sites" and fact.cites[:1] in _ON_THE_MAP else fact.table
    )
    word = fact.quality if known else row.get(fact.quality)
    line = _line(fact.name, value, fact.unit, table, word if isinstance(word, str) else "", fact.cites)
    source, year = row.get(fact.source_column), row.get(fact.year_column)
    if isinstance(source, str) and source:
        line["source"] = source
    if year is not None and pd.notna(year):
        line["year"] = year if isinstance(year, str) else f"{int(year)}"
    if row.get("kind") == "own" and fact.columns in _DERIVED_OF_USER_PLACES:
        line |= _of_user_place(row, *_DERIVED_OF_USER_PLACES[fact.columns])
    return line if value != "UNKNOWN" else line | {"quality": ""}


def _of_user_place(row: "pd.Series[Any]", quality: str, table: str) -> dict[str, str]:
    """Return source, year and quality of a value of a user place: given, or derived from a table."""
    word = row.get(quality)
    if word == "unverified":
        return {"source": "as given by the user", "year": "", "quality": word}
    origin = resource(table).provenance()
    return {"source": origin["citation"], "year": origin["year"], "quality": word if isinstance(word, str) else ""}


def _text(value: Any) -> str:
    if value is None or value == "" or (not isinstance(value, str) and pd.isna(value)):
        return "UNKNOWN"
    return value if isinstance(value, str) else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _line(fact: str, value: Any, unit: str, table: str, quality: str, cites: tuple[str, ...] = ()) -> dict[str, str]:
    """Return a row that cites the named sources, or the table if it names none of them."""
    origin = resource(table).provenance()
    titles = [str(s["title"]) for s in resource(table).descriptor["sources"]]
    own = [title for title in titles if any(word in title for word in cites)]
    return {
        "fact": fact,
        "value": _text(value),
        "unit": unit,
        "source": "; ".join(own) or origin["citation"],
        "year": origin["year"] if len(origin["year"]) <= len("2000-2025") else "",
        "quality": quality,
    }


def _nearest_hub(row: "pd.Series[Any]", network: str) -> dict[str, str]:
    hubs = read_table("hubs")
    lon, lat = hubs["lon"].to_numpy(float), hubs["lat"].to_numpy(float)
    lon_of_place, lat_of_place = float(row["lon"]), float(row["lat"])
    rtt = rtt_ms(lon_of_place, lat_of_place, lon, lat, quantile=0.9, network=network)
    best = int(np.argmin(rtt))
    word = str(np.atleast_1d(rtt_quality(lon_of_place, lat_of_place, lon[best], lat[best], network))[0])
    fact = f"round trip to {hubs['name'].iloc[best]} on the {network.replace('_', ' ')} (p90)"
    line = _line(fact, float(rtt[best]), "ms", _RTT_TABLE[word], "modelled")
    return line | {"value": f"{line['value']} ({word})"}


def _capacity(zone_id: str) -> list[dict[str, str]]:
    """Return the statements on the capacity to connect in a zone."""
    return [
        _line(f"capacity to connect, {s.operator}", s.text, "", TABLE, s.quality) | {"source": s.source, "year": s.date}
        for s in statements_of(zone_id)
    ]


def _rule(entry: Entry) -> dict[str, str]:
    """Return one entry: whether it is in force, its text, the parts that the plan does not model, its dates."""
    begin = entry.effective_from.isoformat() if entry.effective_from else "UNKNOWN"
    end = entry.effective_to.isoformat() if entry.effective_to else "open"
    parts = [
        f"({_state(entry)}) {entry.wording()}",
        f"not in the plan: {entry.why_not_modelled}" if entry.why_not_modelled else "",
        *(f"not modelled: {c}" for c in entry.conditions_not_modelled),
        entry.date_unknown or entry.date_note,
        f"checked until {entry.checked}" if entry.checked else "",
    ]
    return {
        "fact": f"policy {entry.id}",
        "value": "; ".join(t for t in parts if t),
        "unit": "",
        "source": entry.source,
        "year": f"{begin} to {end}",
        "quality": entry.quality,
    }


def _state(entry: Entry) -> str:
    """Return the state of an entry on the day of the data."""
    if entry.ended(DATA_DATE):
        return "ended"
    if entry.effective_from is None:
        return "first day UNKNOWN: not applied"
    return f"in force on {DATA_DATE}" if entry.effective_from <= DATA_DATE else "not yet in force"


def _sanctions(row: "pd.Series[Any]") -> list[dict[str, str]]:
    listed = row.get("sanctions_excluded")
    if pd.isna(listed) or listed != 1:
        return []
    return [_line("sanctions", row["sanctions_measure"], "", "countries", "unverified")]
