"""Grid zones: one level per country, with price, average generation and carbon intensity."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import package as pk
import pandas as pd
from china import SOURCE as CHINA_SOURCE
from china import by_province, scaled
from earth import Atlas, read_csv
from generation import METHODS, model_check, nation_check, place_plants, zone_generation
from lifecycle import HYDRO_DOMINATED, by_sets, low_carbon_shares, published_set, renewable_mix, supply_of_low_carbon
from plants import read_plants
from price_tables import IMPUTED, LOCAL, imputed_table, local_table
from prices import PRICE_FIELDS, PRICE_METHOD, PRICE_SOURCES, price_table

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
        Rows of the source, with Namibia's codes corrected, China by province and Antarctica, which has no grid, added.
        ``ratio`` is a province's factor over China's.
    """
    table = read_csv(sources / "grid/zones.csv")
    namibia = (table.country_iso3 == "NAM") & table.zone_id.isna()
    table.loc[namibia, ["zone_id", "country_iso2"]] = "NA"
    table = by_province(table[table.level.isin(["country", "grid_zone"])], sources)
    table.loc[table.zone_id.str.startswith("CN-"), "level"] = "grid_zone"
    overlapping = table.has_subzones & ~table.zone_id.isin(atlas.zones.zoneName)
    antarctica = pd.DataFrame(
        [{"zone_id": "AQ", "name": "Antarctica", "level": "country", "country_iso2": "AQ", "country_iso3": "ATA"}]
    )
    kept: pd.DataFrame = pd.concat([table[~overlapping], antarctica], ignore_index=True)
    return kept


def zone_table(zones: pd.DataFrame, generation: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Return the rows of ``grid/zones.csv``.

    Parameters
    ----------
    zones : pandas.DataFrame
        From `read_zones`.
    generation : pandas.DataFrame
        From `generation.zone_generation`.
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        One row per zone.
    """
    known = zones[["zone_id", "name", "level", "country_iso2", "country_iso3"]]
    return known.join(price_table(zones, sources)).merge(generation, on="zone_id", validate="1:1")


def intensity_table(zones: pd.DataFrame, mix: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``grid/zone_intensity.csv``: only zones of which an intensity is known.

    Parameters
    ----------
    zones : pandas.DataFrame
        From `read_zones`.
    mix : pandas.DataFrame
        From `lifecycle.renewable_mix`.
    history : pandas.DataFrame
        From `yearly_table`.

    Returns
    -------
    pandas.DataFrame
        One row per zone, by each set of life-cycle factors; a country's value on a part of it is ``modelled``, and
        so is a value converted from another set. Zones dominated by hydropower carry their lowest and highest of
        five years.
    """
    fallback = zones.ci_lifecycle_source.str.contains(FALLBACK_MIX, na=False)
    known = zones[zones.ci_lifecycle_g_per_kwh.notna() & ~fallback]
    rows, province = _by_sets(known, mix), known.zone_id.str.startswith("CN-")
    shares = low_carbon_shares(known, mix)
    rest = rows[SET_COLUMNS[0]] - supply_of_low_carbon(shares, DEFAULT_SET)
    rows["ci_direct_g_per_kwh"] = known.ci_direct_g_per_kwh.astype(float).clip(upper=rest.clip(lower=0.0))
    rows["hydro_share"] = shares.hydro.where(~province)
    known = known.assign(**rows)
    known = scaled(known.assign(province=province))
    of_five = history.groupby("zone_id").ci_lifecycle_g_per_kwh.agg(["min", "max"]).reindex(known.zone_id)
    wet = (known.hydro_share >= HYDRO_DOMINATED).to_numpy() & (of_five["min"].notna()).to_numpy()
    value = known.ci_lifecycle_g_per_kwh.to_numpy(float)
    low = np.where(wet, np.fmin(of_five["min"].to_numpy(float), value), np.nan)
    high = np.where(wet, np.fmax(of_five["max"].to_numpy(float), value), np.nan)
    yearly = known.ci_lifecycle_source.str.startswith(ODBL_SOURCE)
    of_country = (known.level == "grid_zone") & known.ci_lifecycle_source.str.contains("OWID")
    converted = known.published_set != DEFAULT_SET
    share_quality = np.where(of_country | known.province, "modelled", "derived")
    source = np.where(
        yearly,
        "Electricity Maps yearly 2025 (npm @tgwf/co2 0.19.0)",
        np.where(
            of_country,
            "Ember / OWID, value of the country (PyPI codecarbon 3.3.2)",
            "Ember / OWID (PyPI codecarbon 3.3.2)",
        ),
    )
    how = np.where(converted, "; low-carbon sources recomputed by one set of factors", "")
    source = np.where(known.province, CHINA_SOURCE + " of " + pd.Series(source, index=known.index), source)
    return known.assign(
        ci_lifecycle_low_g_per_kwh=low,
        ci_lifecycle_high_g_per_kwh=high,
        ci_source=pd.Series(source, index=known.index) + how,
        ci_quality=np.where(converted, "modelled", share_quality),
        share_quality=share_quality,
    )


SET_COLUMNS = ["ci_lifecycle_g_per_kwh", "ci_lifecycle_ipcc2014_g_per_kwh"]
"""Columns of the two sets of factors; the default has the plain name."""

DEFAULT_SET = "unece2022"


def _by_sets(rows: pd.DataFrame, mix: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of both sets and the set that the published value was counted by."""
    published = pd.Series(
        [published_set(z, str(s)) for z, s in zip(rows.zone_id, rows.ci_lifecycle_source, strict=True)], rows.index
    )
    both = by_sets(rows.assign(published_set=published), low_carbon_shares(rows, mix))
    return both[["unece2022", "ipcc2014"]].set_axis(SET_COLUMNS, axis=1).assign(published_set=published)


def yearly_table(zones: pd.DataFrame, mix: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Return five years of every zone by each set of factors, China by province.

    Parameters
    ----------
    zones : pandas.DataFrame
        From `read_zones`.
    mix : pandas.DataFrame
        From `lifecycle.renewable_mix`.
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        One row a zone and year: both intensities and the shares. A province's ratio is that of 2023 in every year.
    """
    rows = by_province(read_csv(sources / "grid/zone_yearly_2021_2025.csv"), sources)
    rows = rows[rows.zone_id.isin(zones.zone_id)].reset_index(drop=True)
    rows = rows.assign(renewable_share=rows.renewable_pct / 100, carbon_free_share=rows.carbon_free_pct / 100)
    both = _by_sets(rows.assign(ci_lifecycle_source=ODBL_SOURCE), mix)
    return scaled(rows.drop(columns=["ci_lifecycle_g_per_kwh"]).assign(**both))


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
UNECE = pk.Source(
    "UNECE 2022, Carbon Neutrality in the UNECE Region: Integrated Life-cycle Assessment of Electricity Sources",
    "https://unece.org/sites/default/files/2022-04/LCA_3_FINAL%20March%202022.pdf",
)
IPCC = pk.Source(
    "IPCC 2014, AR5 WG3 annex III, table A.III.2",
    "https://www.ipcc.ch/site/assets/uploads/2018/02/ipcc_wg3_ar5_annex-iii.pdf",
)
MEE = pk.Source(
    "China, Ministry of Ecology and Environment, factors of provinces 2023, Announcement 2025 No. 47 (PyPI codecarbon 3.3.2)"
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
    citation="Prices: Eurostat, EIA 2024, Ember 2023-2025 (CC BY) and others; Ember via OWID 2022, WRI power plants (CC BY)",
    path="grid/zones.csv",
    title="Grid zones: price and average generation",
    description=(
        "One level per country: grid zones where they exist (a country row beside parts is its mainland), else the "
        "country; China by province. Zones without a known intensity are here too, so that unknown can be said."
    ),
    year="2021-2026; prices as price_year says",
    quality="price_quality and avg_generation_quality, row by row",
    method="",
    licenses=(pk.CC_BY_4,),
    sources=(ELECTRICITY_MAPS, *PRICE_SOURCES, EMBER, GENERATION, CAPACITY, PLANTS),
    fields=(
        ZONE_ID,
        pk.Field("name", "string", "Name", required=True),
        pk.Field(
            "level", "string", "country or grid_zone (a part of one)", required=True, enum=("country", "grid_zone")
        ),
        pk.Field("country_iso2", "string", "Country, ISO 3166-1 alpha-2", required=True, pattern="[A-Z]{2}"),
        pk.Field("country_iso3", "string", "Country, ISO 3166-1 alpha-3", required=True, pattern="[A-Z]{3}"),
        *PRICE_FIELDS,
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
        "The publisher counts low-carbon sources of most of Europe by UNECE 2022 (hydropower 10.7, nuclear 5.13, wind "
        "12.62 g/kWh) and of other zones by IPCC 2014 (24, 12, 11; solar 45), so that published values cannot be "
        "ranked. Each set of all zones: the published value plus, over these four, share times difference of factors "
        "(data/build/lifecycle_factors.csv); hydropower's part of the renewables from the mix of generation (province, "
        "plants in the outline, country), nuclear from the published shares. Solar power of Europe and the USA is "
        "counted by a third study near UNECE's. Fuels keep the publisher's factors in both sets. A converted value is "
        "modelled. China by province: MEE's factors of 2023 over their mean, times China's value; Tibet has none. "
        "Direct intensity is the published life-cycle value times the ratio of direct to life-cycle emissions of the "
        "zone's generation mix, at most what its low-carbon sources leave of the life cycle (compared with Google's figures of 2024 in accuracy_grid.json). "
        "A second source differs by a median 12 %. Fallback mixes of the AGPL repository are left out: those zones "
        "are unknown. A country's value on a part of it is modelled. Electricity Maps publishes estimates for zones "
        "without hourly data and does not flag them in the yearly file."
    ),
    licenses=(pk.ODBL,),
    sources=(ELECTRICITY_MAPS, EMBER, EMISSION_FACTORS, UNECE, IPCC, MEE),
    fields=(
        ZONE_ID,
        pk.Field("year", "integer", "Calendar year of the average", "year", True, 2000, 2030),
        pk.Field(
            "ci_lifecycle_g_per_kwh",
            "number",
            "Life-cycle intensity of consumption by the factors of UNECE 2022, CO2 equivalent",
            "g/kWh",
            True,
            0,
            1500,
            decimals=1,
        ),
        pk.Field(
            "ci_lifecycle_ipcc2014_g_per_kwh",
            "number",
            "The same by the factors of IPCC 2014",
            "g/kWh",
            True,
            0,
            1500,
            decimals=1,
        ),
        pk.Field(
            "ci_lifecycle_low_g_per_kwh",
            "number",
            "Lowest of the years 2021 to 2025 by UNECE 2022, where hydropower is half of consumption or more",
            "g/kWh",
            False,
            0,
            1500,
            decimals=1,
        ),
        pk.Field(
            "ci_lifecycle_high_g_per_kwh",
            "number",
            "Highest of the years 2021 to 2025, likewise",
            "g/kWh",
            False,
            0,
            1500,
            decimals=1,
        ),
        pk.Field("hydro_share", "number", "Hydropower in consumption, modelled", "1", False, 0, 1, decimals=3),
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
        "Single zones by a cited figure, or marked unverified where plants are known to come out low "
        "(data/build/generation_corrections.csv). "
        f"Modelled over measured: {ratios} (median error {middle:.0%}; balancing authorities trade across their "
        f"outlines; elsewhere the error is unmeasured). Sum of zones over national total: {sums}. "
        f"Prices: {PRICE_METHOD}"
    )


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write zones, prices beside them, and intensities.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        Zones, local and imputed prices, intensities.

    Raises
    ------
    ValueError
        If a row breaks a rule of its table.
    """
    atlas = Atlas(sources)
    zones = read_zones(sources, atlas)
    placed = place_plants(read_plants(sources), atlas)
    described = replace(ZONES, method=zones_method(placed, sources))
    table = zone_table(zones, zone_generation(zones, placed, sources), sources)
    mix = renewable_mix(zones, placed, sources)
    return [
        pk.write_table(table, out, described),
        pk.write_table(local_table(), out, LOCAL),
        pk.write_table(imputed_table(table, sources), out, IMPUTED),
        pk.write_table(intensity_table(zones, mix, yearly_table(zones, mix, sources)), out, INTENSITY),
    ]
