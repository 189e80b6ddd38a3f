"""Accelerators, runs and costs: published figures in clean units, and the project's named assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import package as pk
import pandas as pd
from accelerators import HARDWARE, QUALITY, hardware_table
from earth import read_csv
from workloads import MFU_RUNS, WORKLOADS, mfu_table, workload_table

HERE = Path(__file__).parent
KM_PER_MILE = 1.609344


@dataclass(frozen=True)
class Conversion:
    """How a cost of the source becomes one of the table: factor, unit and quality."""

    factor: float
    unit: str
    quality: str = "observed"


CONVERSIONS = {
    "capex-ai-1gw": Conversion(1e6, "USD/MW", "derived"),
    "capex-ai-bernstein": Conversion(1e6, "USD/MW", "derived"),
    "capex-tt": Conversion(1e6, "USD/MW"),
    "capex-generic": Conversion(1e6, "USD/MW", "derived"),
    "fibre-ug": Conversion(1 / KM_PER_MILE, "USD/km"),
    "tx-line-us": Conversion(1 / KM_PER_MILE, "USD/km", "derived"),
    "tx-line-eu": Conversion(1, "EUR/(MW km)", "derived"),
    "substation": Conversion(1e6, "USD", "derived"),
    "solar-capex": Conversion(1e3, "USD/MW", "derived"),
    "wind-capex": Conversion(1e3, "USD/MW", "derived"),
    "bess-capex": Conversion(1e3, "EUR/MWh", "modelled"),
    "nuclear-capex": Conversion(1e3, "USD/MW", "modelled"),
    "egs": Conversion(1e3, "USD/MW", "modelled"),
    "lcoe-solar": Conversion(1, "USD/MWh", "modelled"),
    "lcoe-wind": Conversion(1, "USD/MWh", "modelled"),
    "lcoe-gas": Conversion(1, "USD/MWh", "modelled"),
    "ppa-eu": Conversion(1, "EUR/MWh"),
    "ppa-eu-lt": Conversion(1, "EUR/MWh"),
    "ppa-nordic": Conversion(1, "EUR/MWh"),
    "opex": Conversion(1e6, "USD/(MW year)", "derived"),
    "cfe-flex": Conversion(1, "EUR/MWh per % of flexible load", "modelled"),
    "pue-climate": Conversion(1, "1", "modelled"),
    "wue-climate": Conversion(1, "L/kWh", "modelled"),
}
"""Rows of the source that ship under their own id."""

YEARS = {"pue-climate": "2022", "wue-climate": "2022"}
"""Year of the study behind a cost that the source does not date: Lei and Masanet 2022, https://doi.org/10.1016/j.resconrec.2022.106323"""

NAMED_ELSEWHERE = {"capex-shell": "capex-facility-usd-per-mw", "land": "land-usd-per-m2"}
"""Rows of the source that ship as a named row."""

LEFT_OUT = {
    "fibre-longhaul": "the source says: toy value, do not use",
    "tx-rating": "has no value",
    "water": "has no value",
}
"""Rows of the source that do not ship, each with the reason."""

ONE_QUANTITY = (("capex-ai-1gw", "capex-ai-bernstein"),)
"""Rows in which sources tell the same quantity: each keeps its own middle, and all span from the least to the most."""

OTHER_CURRENCY = {"nuclear-capex": "value_high"}
"""A figure in euro in a row of dollars: its number stays in the notes."""


def cost_table(sources: Path) -> pd.DataFrame:
    """Return costs in clean units and the named rows that the programme reads.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        The columns of ``catalogue/costs.csv``.

    Raises
    ------
    ValueError
        If a row of the source is absent, or no rule states its use.
    """
    facts = read_csv(sources / "facts/costs.csv").set_index("id")
    odd = sorted({*CONVERSIONS, *NAMED_ELSEWHERE, *LEFT_OUT} ^ set(facts.index))
    if odd:
        raise ValueError(f"facts/costs.csv and what is said of its rows differ in {', '.join(odd)}")
    rows = []
    for cost_id, conversion in CONVERSIONS.items():
        fact = facts.loc[cost_id]
        values = {name: fact[name] * conversion.factor for name in ("value_low", "value_mid", "value_high")}
        if cost_id in OTHER_CURRENCY:
            values[OTHER_CURRENCY[cost_id]] = np.nan
        words = {name: fact[name] for name in ("item", "year", "region", "source", "notes")}
        words["year"] = YEARS.get(cost_id, words["year"])
        rows.append({"id": cost_id, **words, **values, "unit": conversion.unit, "quality": conversion.quality})
    named = read_csv(HERE / "named_costs.csv")
    table: pd.DataFrame = pd.concat([spanned(pd.DataFrame(rows)), named], ignore_index=True)
    return table


def spanned(table: pd.DataFrame) -> pd.DataFrame:
    """Return costs in which rows of one quantity span from the least to the highest value of any source.

    Parameters
    ----------
    table : pandas.DataFrame
        Costs in clean units.

    Returns
    -------
    pandas.DataFrame
        The same rows, with a note where the ends come from another row.
    """
    table = table.set_index("id")
    for group in ONE_QUANTITY:
        values = table.loc[list(group), ["value_low", "value_mid", "value_high"]]
        table.loc[list(group), "value_low"] = values.min(axis=None)
        table.loc[list(group), "value_high"] = values.max(axis=None)
        for cost_id in group:
            table.loc[cost_id, "notes"] += f"; low and high span {', '.join(group)}"
    return table.reset_index()


COSTS = pk.Resource(
    name="costs",
    citation="single published figures, named row by row",
    path="catalogue/costs.csv",
    title="Costs, lives, shares: intervals with source and quality",
    description=(
        "Published figures in clean units, and the named rows that the programme reads. Rows whose source is siting are "
        "the project's assumptions, to be changed by the planner."
    ),
    year="2017-2026, row by row",
    quality="quality, row by row",
    method=(
        "Factors of unit only; money is of the year stated and euros stay euros. What the programme adds up is of 2024 to "
        "2026 and told as 2025: it refuses anything further off, for no price index ships. The parts "
        "of an AI data centre's cost do not add up among the sources: test the total and the energy share only."
    ),
    licenses=(pk.CITED_FACTS,),
    sources=(pk.Source("Single published figures, cited in the source column"),),
    fields=(
        pk.Field("id", "string", "Slug", required=True, unique=True, pattern="[a-z0-9]+(-[a-z0-9]+)*"),
        pk.Field("item", "string", "What it is", required=True),
        pk.Field("value_low", "number", "Low end, in unit", "", False, 0),
        pk.Field("value_mid", "number", "Middle, in unit", "", False, 0),
        pk.Field("value_high", "number", "High end, in unit", "", False, 0),
        pk.Field("unit", "string", "Unit of the three values; 1 is a share", required=True),
        pk.Field("year", "string", "Year of the money or the figure"),
        pk.Field("region", "string", "Where it holds", required=True),
        pk.Field("source", "string", "Citation; siting: the project's own assumption", required=True),
        pk.Field("quality", "string", "Quality", required=True, enum=QUALITY),
        pk.Field("notes", "string", "What else is known"),
    ),
    primary_key=("id",),
)
CONSTRUCTION = pk.Resource(
    name="construction",
    citation="single published figures, named row by row",
    path="catalogue/construction.csv",
    title="What a data centre costs to build, by market",
    description=(
        "Cost of shell, power and cooling plant per MW of IT in the markets that the sources name. A country's markets "
        "stand for the country (their mean), a metro for what lies near it; elsewhere the US mean stands in, and the "
        "plan says so. The interval of a plan draws the same relative spread, for all sites together (cost figure "
        "`capex-facility-usd-per-mw`)."
    ),
    year="2025",
    quality="quality, row by row; that a market stands for its country is an assumption",
    method=(
        "USD per watt times a million; figures of 2023 are raised to 2025 by the index's own rises. Low and high are those "
        "of 19 US markets over their mean, times the figure (0.79 to 1.28; that it holds elsewhere is an assumption). "
        "Coordinates are the project's own."
    ),
    licenses=(pk.CITED_FACTS,),
    sources=(pk.Source("Single published figures, cited in the source column"),),
    fields=(
        pk.Field("market", "string", "Name of the market", required=True, unique=True),
        pk.Field("country_iso2", "string", "Country", required=True, pattern="[A-Z]{2}"),
        pk.Field("stands_for", "string", "country or metro", required=True, enum=("country", "metro")),
        pk.Field("lon", "number", "Longitude", "degree", True, -180, 180),
        pk.Field("lat", "number", "Latitude", "degree", True, -90, 90),
        pk.Field("usd_per_mw", "number", "Cost per MW of IT, without land and IT", "USD/MW", True, 1e6, 1e8),
        pk.Field("low_usd_per_mw", "number", "Low end of its interval", "USD/MW", True, 1e6, 1e8, decimals=0),
        pk.Field("high_usd_per_mw", "number", "High end of its interval", "USD/MW", True, 1e6, 1e8, decimals=0),
        pk.Field("year", "integer", "Year of the money", "year", True, 2000, 2030),
        pk.Field("source", "string", "Citation", required=True),
        pk.Field("quality", "string", "Quality", required=True, enum=QUALITY),
        pk.Field("notes", "string", "What else is known"),
    ),
    primary_key=("market",),
)


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write hardware, workloads, utilisations, costs and construction.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        Hardware, workloads, utilisations, costs, construction.

    Raises
    ------
    ValueError
        If a row breaks a rule of its table.
    """
    costs = cost_table(sources)
    for name in ("value_low", "value_mid", "value_high"):
        costs[name] = costs[name].map(lambda value: float(f"{value:.6g}"))
    return [
        pk.write_table(hardware_table(sources), out, HARDWARE),
        pk.write_table(workload_table(sources), out, WORKLOADS),
        pk.write_table(mfu_table(sources), out, MFU_RUNS),
        pk.write_table(costs, out, COSTS),
        pk.write_table(construction_table(costs), out, CONSTRUCTION),
    ]


def construction_table(costs: pd.DataFrame) -> pd.DataFrame:
    """Return the markets, each with the relative spread of the US markets behind the cost figure of the facility."""
    figure = costs.set_index("id").loc["capex-facility-usd-per-mw"]
    markets = read_csv(HERE / "construction.csv")
    usd = markets["usd_per_mw"].astype(float)
    ends = {end: usd * figure[f"value_{end}"] / figure["value_mid"] for end in ("low", "high")}
    return markets.assign(**{f"{end}_usd_per_mw": value for end, value in ends.items()})
