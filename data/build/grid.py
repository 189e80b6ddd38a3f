"""Grid zones: one level per country, with price, average generation and carbon intensity."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import package as pk
import pandas as pd
from earth import Atlas, read_csv
from generation import METHODS, model_check, nation_check, place_plants, zone_generation
from plants import read_plants
from prices import CAD_PER_USD_2022, price_of

HERE = Path(__file__).parent
ODBL_SOURCE = "Electricity Maps yearly"
FALLBACK_MIX = "fallbackZoneMixes"


def read_zones(sources: Path, atlas: Atlas) -> pd.DataFrame:
    """Return the zones that overlap no other: grid zones where they exist, else the country.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    atlas : Atlas
        Zone outlines; a country row with parts stays only if it has an outline of its own (its mainland).

    Returns
    -------
    pandas.DataFrame
        Rows of the source, with Namibia's codes mended and Antarctica, which has no grid, added.
    """
    table = read_csv(sources / "grid/zones.csv")
    namibia = (table.country_iso3 == "NAM") & table.zone_id.isna()
    table.loc[namibia, ["zone_id", "country_iso2"]] = "NA"
    table = table[table.level.isin(["country", "grid_zone"])]
    overlapping = table.has_subzones & ~table.zone_id.isin(atlas.zones.zoneName)
    antarctica = pd.DataFrame(
        [{"zone_id": "AQ", "name": "Antarctica", "level": "country", "country_iso2": "AQ", "country_iso3": "ATA"}]
    )
    kept: pd.DataFrame = pd.concat([table[~overlapping], antarctica], ignore_index=True)
    return kept


def zone_table(zones: pd.DataFrame, generation: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``grid/zones.csv``.

    Parameters
    ----------
    zones : pandas.DataFrame
        From `read_zones`.
    generation : pandas.DataFrame
        From `generation.zone_generation`.

    Returns
    -------
    pandas.DataFrame
        One row per zone.
    """
    quotes = read_csv(HERE / "price_quotes.csv").set_index("zone_id")
    prices = pd.DataFrame(
        [price_of(zone, quotes) for _, zone in zones.iterrows()],
        columns=["price_usd_per_mwh", "price_source", "price_quality"],
        index=zones.index,
    )
    known = zones[["zone_id", "name", "level", "country_iso2", "country_iso3"]]
    return known.join(prices).merge(generation, on="zone_id", validate="1:1")


def intensity_table(zones: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``grid/zone_intensity.csv``: only zones of which an intensity is known.

    Parameters
    ----------
    zones : pandas.DataFrame
        From `read_zones`.

    Returns
    -------
    pandas.DataFrame
        One row per zone; a country's value on a part of it is ``modelled``.
    """
    fallback = zones.ci_lifecycle_source.str.contains(FALLBACK_MIX, na=False)
    known = zones[zones.ci_lifecycle_g_per_kwh.notna() & ~fallback]
    yearly = known.ci_lifecycle_source.str.startswith(ODBL_SOURCE)
    of_country = (known.level == "grid_zone") & known.ci_lifecycle_source.str.contains("OWID")
    quality = np.where(of_country, "modelled", "derived")
    source = np.where(
        yearly,
        "Electricity Maps yearly 2025 (npm @tgwf/co2 0.19.0)",
        np.where(
            of_country,
            "Ember / OWID, value of the country (PyPI codecarbon 3.3.2)",
            "Ember / OWID (PyPI codecarbon 3.3.2)",
        ),
    )
    return known.assign(ci_source=source, ci_quality=quality, share_quality=quality)


ZONE_ID = pk.Field(
    "zone_id",
    "string",
    "Grid zone, Electricity Maps' naming; NA is Namibia",
    required=True,
    unique=True,
    pattern="[A-Z]{2}(-[A-Z0-9]+)*",
)
ELECTRICITY_MAPS = pk.Source(
    "Electricity Maps yearly averages 2025 (npm @tgwf/co2 0.19.0)", "https://www.electricitymaps.com"
)
EMBER = pk.Source(
    "Ember / Our World in Data, generation and intensity by country 2021-2023 (PyPI codecarbon 3.3.2)",
    "https://ourworldindata.org/electricity-mix",
)
EMISSION_FACTORS = pk.Source(
    "Direct to life-cycle ratio of each zone's mix: emission factors of electricitymaps-contrib",
    "https://github.com/electricitymaps/electricitymaps-contrib",
)
PRICES = pk.Source(
    "Industrial prices: Eurostat nrg_pc_205 bands 20-70 GWh and 2-20 GWh before tax, EIA industrial 2024, and others named row by row"
)
HYDRO_QUEBEC = pk.Source(
    "Hydro-Quebec, Comparison of electricity prices in major North American cities, rates of 1 April 2022",
    "https://www.hydroquebec.com/business/customer-space/rates/comparison-electricity-prices.html",
)
CAPACITY = pk.Source("Installed capacity of US balancing authorities: electricitymaps-contrib (from EIA-860)")
GENERATION = pk.Source("Measured generation: EIA-930 2022, ENTSO-E 2021")
PLANTS = pk.Source(
    "WRI Global Power Plant Database v1.3, rebuilt from its country sources",
    "https://datasets.wri.org/datasets/global-power-plant-database",
)
QUALITY = ("observed", "derived", "modelled", "unverified")

ZONES = pk.Resource(
    name="zones",
    citation="Eurostat, EIA 2024, Hydro-Quebec 2022 and others; Ember via OWID 2022, WRI power plants (CC BY)",
    path="grid/zones.csv",
    title="Grid zones: price and average generation",
    description=(
        "One level per country: grid zones where they exist (a country row beside parts is its mainland), else the "
        "country; China by its national row. Zones without a known intensity are here too, so that unknown can be said."
    ),
    year="2021-2025; Eurostat prices without a stated year",
    quality="price_quality and avg_generation_quality, row by row",
    method="",
    licenses=(pk.CC_BY_4,),
    sources=(ELECTRICITY_MAPS, PRICES, HYDRO_QUEBEC, EMBER, GENERATION, CAPACITY, PLANTS),
    fields=(
        ZONE_ID,
        pk.Field("name", "string", "Name", required=True),
        pk.Field(
            "level", "string", "country or grid_zone (a part of one)", required=True, enum=("country", "grid_zone")
        ),
        pk.Field("country_iso2", "string", "Country, ISO 3166-1 alpha-2", required=True, pattern="[A-Z]{2}"),
        pk.Field("country_iso3", "string", "Country, ISO 3166-1 alpha-3", required=True, pattern="[A-Z]{3}"),
        pk.Field(
            "price_usd_per_mwh",
            "number",
            "Industrial electricity price before tax",
            "USD/MWh",
            False,
            0,
            1000,
            decimals=1,
        ),
        pk.Field("price_source", "string", "Where the price comes from"),
        pk.Field(
            "price_quality",
            "string",
            "observed: the country's Eurostat figure; derived: mean of US states or a converted quote; "
            "modelled: a national Eurostat figure on a part; unverified: the rest",
            enum=QUALITY,
        ),
        pk.Field("avg_generation_mw", "number", "Mean generation over the year", "MW", False, 0, 2e6, decimals=1),
        pk.Field("avg_generation_method", "string", "How it was found", enum=tuple(METHODS)),
        pk.Field("avg_generation_quality", "string", "Quality of the average", enum=QUALITY),
        pk.Field(
            "plants_mw",
            "number",
            "Plants known in the zone, storage left out; empty proves nothing",
            "MW",
            False,
            0,
            2e6,
            decimals=1,
        ),
    ),
    primary_key=("zone_id",),
)
INTENSITY = pk.Resource(
    name="zone_intensity",
    citation="Electricity Maps 2025 (ODbL), Ember via OWID (CC BY)",
    path="grid/zone_intensity.csv",
    title="Carbon intensity and renewable share of grid zones",
    description=(
        "Location-based yearly averages of consumption. A zone that is not here is unknown, and nothing stands in "
        "for it. Contains information from Electricity Maps, made available under the Open Database License."
    ),
    year="2025; 2009-2023 where year says so",
    quality="ci_quality and share_quality, row by row; every ci_direct value is modelled",
    method=(
        "Life-cycle intensity as published. Direct intensity is life-cycle times the ratio of direct to life-cycle "
        "emissions of the zone's generation mix (against Google's regional figures of 2024: r 0.98, median gap 5 %). "
        "A second source differs by a median 12 %. Fallback mixes of the AGPL repository are left out: those zones "
        "are unknown. A country's value on a part of it is modelled. Electricity Maps publishes estimates for zones "
        "without hourly data and does not flag them in the yearly file."
    ),
    licenses=(pk.ODBL,),
    sources=(ELECTRICITY_MAPS, EMBER, EMISSION_FACTORS),
    fields=(
        ZONE_ID,
        pk.Field("year", "integer", "Calendar year of the average", "year", True, 2000, 2030),
        pk.Field(
            "ci_lifecycle_g_per_kwh",
            "number",
            "Life-cycle intensity of consumption, CO2 equivalent",
            "g/kWh",
            True,
            0,
            1500,
            decimals=1,
        ),
        pk.Field(
            "ci_direct_g_per_kwh",
            "number",
            "Direct intensity, modelled from the life-cycle value",
            "g/kWh",
            False,
            0,
            1500,
            decimals=1,
        ),
        pk.Field("renewable_share", "number", "Renewable share of consumption", "1", False, 0, 1, decimals=3),
        pk.Field(
            "carbon_free_share", "number", "Renewable and nuclear share of consumption", "1", False, 0, 1, decimals=3
        ),
        pk.Field("ci_source", "string", "Where the intensity comes from", required=True),
        pk.Field("ci_quality", "string", "Quality of the life-cycle intensity", required=True, enum=QUALITY),
        pk.Field("share_quality", "string", "Quality of the shares", required=True, enum=QUALITY),
    ),
    primary_key=("zone_id",),
)


def zones_method(placed: pd.DataFrame, sources: Path) -> str:
    """Return how average generation was found and how far it errs, in the words of the descriptor.

    Parameters
    ----------
    placed : pandas.DataFrame
        From `generation.place_plants`.
    sources : Path
        The folder of raw sources.

    Returns
    -------
    str
        Method and measured error.
    """
    check = model_check(placed, sources)
    nations = nation_check(placed, sources)
    ratios = ", ".join(f"{zone} {row.ratio:.2f}" for zone, row in check.iterrows())
    sums = ", ".join(f"{iso2} {row.ratio:.2f}" for iso2, row in nations.iterrows())
    middle = float((check.ratio - 1).abs().median())
    return (
        "Average generation: measured where a zone's hourly generation is known (latest year; series once summed over "
        "quarter-hours left out); a country's yearly TWh / 8760 h, less its modelled parts; for parts of a country "
        "the plants in the zone's outline times the country's capacity factor fuel by fuel, at most 1 (where known plants "
        "cannot make what the country makes, the surplus is nobody's, so zones come out low); for balancing authorities "
        "of the USA whose outline and own installed capacity differ by more than a factor 2, that capacity times the "
        "outline's mean capacity factor. "
        f"Modelled over measured: {ratios} (median error {middle:.0%}; balancing authorities trade across their "
        f"outlines; elsewhere the error is unmeasured). Sum of zones over national total: {sums}. "
        "Prices: a utility's tariff stands only for the zone "
        f"it serves; Canadian quotes at {CAD_PER_USD_2022} CAD/USD (Bank of Canada, 2022)."
    )


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write ``grid/zones.csv`` and ``grid/zone_intensity.csv``.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        Zones and their intensity.

    Raises
    ------
    ValueError
        If a row breaks a rule of its table.
    """
    atlas = Atlas(sources)
    zones = read_zones(sources, atlas)
    placed = place_plants(read_plants(sources), atlas)
    described = replace(ZONES, method=zones_method(placed, sources))
    table = zone_table(zones, zone_generation(zones, placed, sources))
    return [
        pk.write_table(table, out, described),
        pk.write_table(intensity_table(zones), out, INTENSITY),
    ]
