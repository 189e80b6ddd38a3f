"""What a planner knows of a place: the columns of a sites file that replace shipped figures, and names that resemble them."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from siting.errors import listed
from siting.units import Floats

AS_GIVEN = "as given"
"""Quality and source of a value that the planner states for a place."""

RECORD = "own_columns"
"""Column of places: the planner's own values, as a JSON object of column to value."""


@dataclass(frozen=True)
class OwnColumn:
    """A column that a sites file may have, and what it acts on.

    Attributes
    ----------
    unit : str
        Unit of its numbers; `1` for a share, empty for text.
    low, high : float
        Least and greatest value that is read, in that unit.
    least : float
        Values above 0 and below this one are in another unit.
    factor : float
        What leads from that other unit to `unit`.
    other : str
        The other unit.
    acts_on : str
        What it replaces or caps, in words.
    line : str
        Line of the ledger that it sets, empty where it sets none.
    """

    unit: str
    low: float = 0.0
    high: float = 1.0
    least: float = 0.0
    factor: float = 1.0
    other: str = ""
    acts_on: str = ""
    line: str = ""


OWN_COLUMNS: Mapping[str, OwnColumn] = MappingProxyType(
    {
        "price_usd_per_mwh": OwnColumn(
            "USD/MWh", 0, 5000, 2, 1000, "USD/kWh", "the price of electricity before its tax", "energy"
        ),
        "available_mw": OwnColumn("MW", 0, 1e5, acts_on="the largest power that the site may draw from the grid"),
        "available_from": OwnColumn("year", 1990, 2100, acts_on="the first year in which the site has power"),
        "capex_usd_per_mw": OwnColumn(
            "USD/MW", 0, 1e9, 1e4, 1e6, "million USD/MW", "the cost of the facility per MW of IT, without servers and land",
            "facility",
        ),
        "land_usd_per_m2": OwnColumn("USD/m2", 0, 1e6, acts_on="the price of land", line="land"),
        "ci_g_per_kwh": OwnColumn(
            "g/kWh", 0, 5000, 2, 1000, "kg/kWh", "the average carbon intensity of the electricity", "energy"
        ),
        "renewable_share": OwnColumn("1", acts_on="the renewable share of the electricity"),
        "sales_tax": OwnColumn("1", acts_on="the tax on the purchase of servers", line="sales_tax"),
        "property_tax": OwnColumn("1", acts_on="the yearly tax on servers and facility", line="property_tax"),
        "notes": OwnColumn(""),
    }
)  # fmt: skip
"""The planner's own columns; all are optional, in every row."""

KINDS: Mapping[str, str] = MappingProxyType({c: "number" if x.unit else "text" for c, x in OWN_COLUMNS.items()})
"""Each column with what it holds."""

_MEANT: Mapping[str, str] = MappingProxyType(
    {
        r"(power_|energy_|electricity_|el_|elec_|own_)?(price|tariff|rate|cost)s?|ppa(_price)?|usd_(per_)?[mk]wh": "price_usd_per_mwh",
        r"(available_|grid_|site_|contracted_|max_|it_)?(mw|megawatts?|power|capacity|headroom)(_mw|_available)?": "available_mw",
        r"(power_|grid_)?(date|year|from|start|online|cod|energi[sz]ation|ready)(_year|_date)?|(power|available|online)_(from|date|by)(_year)?":
            "available_from",
        r"(build_|facility_|building_)?capex(_usd)?": "capex_usd_per_mw",
        r"land(_price|_cost|_usd)?": "land_usd_per_m2",
        r"ci|(grid_|carbon_|emission_)?(intensity|emissions?|carbon|co2|factor)|g_?(co2e?_)?(per_)?kwh": "ci_g_per_kwh",
        r"renewables?|(share_)?(of_)?(renewables?|green|re)(_share)?": "renewable_share",
        r"(sales|vat|purchase)(_tax)?(_rate)?": "sales_tax",
        r"property(_tax)?(_rate)?": "property_tax",
        r"notes?|comments?|remarks?": "notes",
        r"(population|pop|demand|share|weights?)(_mw)?": "weight",
    }
)  # fmt: skip
"""Names that people give such columns, as patterns of the name without its unit."""

_UNIT = re.compile(
    r"(usd|eur|gbp|sek|nok|dkk|cny|rmb|inr|jpy|cad|aud|brl|mxn|myr|sar|chf|cents?|ct|\$|€|£|¥|%|percent|pct|g|kg|t|mw|gw|kw|"
    r"mva|mwh|kwh|gwh|m2|sqm|acres?|ha|per|a|year|co2e?|it)"
)


def resembling(name: str, plain: str, columns: Iterable[str]) -> str:
    """Return the fault of a column whose name resembles a known one, empty where none does.

    Parameters
    ----------
    name : str
        As the file writes it: `price (EUR/MWh)`.
    plain : str
        The same in lower case, words joined by underscores.
    columns : iterable of str
        Columns that are known here.

    Examples
    --------
    >>> resembling("price (EUR/MWh)", "price_eur_mwh", OWN_COLUMNS)
    'unknown column `price (EUR/MWh)` has its unit in the header: convert it to USD/MWh and name it `price_usd_per_mwh`'
    >>> resembling("MW", "mw", OWN_COLUMNS)
    'unknown column `MW`: did you mean `available_mw`? Give it in MW and rename it, or leave it out'
    """
    known = set(columns)
    words = re.sub(r"[€£¥$%]", lambda m: f"_{m[0]}_", name.casefold())
    parts = [w for w in re.split(r"[^\w€£¥$%]+|_", words) if w]
    bare = "_".join(w for w in parts if not _UNIT.fullmatch(w))
    marked = bare and len(parts) > len(bare.split("_"))
    for text in dict.fromkeys((plain, bare)):
        meant = next((c for pattern, c in _MEANT.items() if text and re.fullmatch(pattern, text)), "")
        if meant not in known:
            continue
        unit = OWN_COLUMNS[meant].unit if meant in OWN_COLUMNS else ""
        shown = "a share of 0 to 1" if unit == "1" else unit
        if marked and text == bare and re.search(r"[(\[/€£¥$%]", name):
            return f"unknown column `{name}` has its unit in the header: convert it to {shown} and name it `{meant}`"
        advice = f"Give it {'as' if unit == '1' else 'in'} {shown} and rename it" if unit else "Rename it"
        return f"unknown column `{name}`: did you mean `{meant}`? {advice}, or leave it out"
    return ""


def value_fault(column: str, value: float, shown: str) -> str:
    """Return what is wrong with a value of one of the planner's own columns, empty where nothing is.

    Examples
    --------
    >>> value_fault("price_usd_per_mwh", 0.08, "0.08")
    '`price_usd_per_mwh` is 0.08, which looks like USD/kWh: write 80 [USD/MWh]'
    >>> value_fault("sales_tax", 8.25, "8.25")
    '`sales_tax` is 8.25: give a share of 0 to 1 (8.25 % is 0.0825)'
    """
    own = OWN_COLUMNS[column]
    if own.unit == "year" and (not own.low <= value <= own.high or value != int(value)):
        return f"`{column}` is {shown}: give a year of {own.low:g} to {own.high:g}, such as 2028"
    if 0 < value < own.least:
        return f"`{column}` is {shown}, which looks like {own.other}: write {value * own.factor:.10g} [{own.unit}]"
    if own.low <= value <= own.high:
        return ""
    if own.unit == "1":
        hint = f" ({value:g} % is {value / 100:g})" if 1 < value <= 100 else ""
        return f"`{column}` is {shown}: give a share of 0 to 1{hint}"
    return f"`{column}` is {shown}: give {own.low:g} to {own.high:g} {own.unit}"


def given(places: pd.DataFrame, column: str) -> Floats:
    """Return one of the planner's own columns of numbers at gathered places, NaN where it is not given, (n,)."""
    name = f"own_{column}"
    return np.asarray(places[name].to_numpy(float)) if name in places else np.full(len(places), np.nan)


def with_own_values(places: pd.DataFrame) -> pd.DataFrame:
    """Return gathered places with the planner's own prices, intensities and shares in place of the shipped ones.

    The direct intensity is scaled like the life-cycle one, so that the rest (fuel supply, plants) keeps its share. The
    carbon-free share is at least the renewable one. What is replaced has the quality `AS_GIVEN`, and no interval.

    Parameters
    ----------
    places : pandas.DataFrame
        As `siting.world.places.gather` returns them, with `own_` columns of what the planner gives.
    """
    if RECORD not in places:
        return places
    found = places.copy()
    price, ci, share = (given(places, c) for c in ("price_usd_per_mwh", "ci_g_per_kwh", "renewable_share"))
    known = ~np.isnan(price)
    found["price_usd_per_mwh"] = np.where(known, price, found["price_usd_per_mwh"].astype(float))
    for end in ("price_low_usd_per_mwh", "price_high_usd_per_mwh"):
        found[end] = found[end].astype(float).where(~known)
    found["price_quality"] = found["price_quality"].astype(object).where(~known, AS_GIVEN)
    known = ~np.isnan(ci)
    ratio = ci / found["ci_lifecycle_g_per_kwh"].to_numpy(float)
    direct = found["ci_direct_g_per_kwh"].to_numpy(float) * ratio
    found["ci_direct_g_per_kwh"] = np.where(
        known, np.where(np.isfinite(direct), direct, ci), found["ci_direct_g_per_kwh"].astype(float)
    )
    for column in ("ci_lifecycle_g_per_kwh", "ci_lifecycle_ipcc2014_g_per_kwh"):
        found[column] = np.where(known, ci, found[column].astype(float))
    found["ci_quality"] = found["ci_quality"].astype(object).where(~known, AS_GIVEN)
    known = ~np.isnan(share)
    free = found["carbon_free_share"].to_numpy(float)
    found["renewable_share"] = np.where(known, share, found["renewable_share"].astype(float))
    found["carbon_free_share"] = np.where(known, np.fmax(free, share), free)
    found["share_quality"] = found["share_quality"].astype(object).where(~known, AS_GIVEN)
    return found


def recorded(places: pd.DataFrame) -> Mapping[str, Mapping[str, Any]]:
    """Return what the planner gave of each place, by its id; places of which nothing was given are left out."""
    if RECORD not in places:
        return {}
    records = zip(places["id"].astype(str), places[RECORD], strict=True)
    return {s: json.loads(text) for s, text in records if isinstance(text, str) and text != "{}"}


def as_given_table(places: pd.DataFrame) -> pd.DataFrame:
    """Return what the planner gave of places, a row a value.

    Returns
    -------
    pandas.DataFrame
        `site`, `column`, `value` (text), `unit`, `acts_on` in words, `line` of the ledger, and `quality`; `acts_on` is
        empty for a column that is carried along.
    """
    rows = [
        (site, c, f"{v:.10g}" if isinstance(v, float) else str(v), *_meaning(c))
        for site, values in recorded(places).items()
        for c, v in values.items()
    ]
    return pd.DataFrame(rows, columns=["site", "column", "value", "unit", "acts_on", "line", "quality"])


def _meaning(column: str) -> tuple[str, str, str, str]:
    own = OWN_COLUMNS.get(column, OwnColumn(""))
    return own.unit.replace("1", ""), own.acts_on, own.line, AS_GIVEN


def acting(columns: Iterable[str]) -> list[str]:
    """Return the columns that act on a plan, in the order of `OWN_COLUMNS`."""
    named = set(columns)
    return [c for c, own in OWN_COLUMNS.items() if c in named and own.acts_on]


def without_power(places: pd.DataFrame, year: int) -> dict[str, str]:
    """Return the places that have power after a year only, by id, with the reason."""
    first = given(places, "available_from")
    return {
        str(s): f"`available_from` is {y:.0f} as given, after {year}, the year of the scenario"
        for s, y in zip(places["id"], first, strict=True)
        if y > year
    }


def power_mw(places: pd.DataFrame) -> Floats:
    """Return the power that the planner states to be available at each place [MW], infinite where nothing is stated."""
    return np.asarray(np.nan_to_num(given(places, "available_mw"), nan=np.inf))


def date_notes(places: pd.DataFrame, year: int) -> list[str]:
    """Return that dates of power lie before the year of the scenario."""
    first = given(places, "available_from")
    past = [f"{n} ({y:.0f})" for n, y in zip(places["name"], first, strict=True) if y < year]
    if not past:
        return []
    return [
        f"`available_from` of {listed(past)} lies before {year}, the year of the scenario: taken as in service by then"
    ]
