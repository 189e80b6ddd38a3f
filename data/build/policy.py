"""Policy packs as resources of the data package: rules written by hand, and one table of packs with a single rate."""

from __future__ import annotations

import tomllib
from pathlib import Path

import package as pk
import pandas as pd
import policy_taxes
from earth import read_csv

COUNTRIES = "countries.csv"
CARBON_PRICES = Path(__file__).with_name("carbon_prices.csv")
PLACES = ("places/sites.csv", "places/hubs.csv")
TAX_FOUNDATION = pk.Source(
    "Tax Foundation, worldwide corporate tax rates 2023",
    "https://github.com/TaxFoundation/worldwide-corporate-tax-rates",
)
KINDS = (
    *(
        "carbon_price",
        "corporate_tax",
        "depreciation",
        "minimum_tax",
        "property_tax",
        "sales_tax",
        "sales_tax_exemption",
    ),
)
DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
UNDATED = "the source gives the rate of the year {year}, and neither its beginning nor its end"


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write the table of packs with one rate, and return it with a resource per pack of ``policy/``.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder, with countries, sites and hubs built before.

    Returns
    -------
    list of Resource
        Packs written by hand from cited law in alphabetical order, then the table of rates.
    """
    us = policy_taxes.us_states(sources)
    rows = [
        carbon_prices(),
        tax_rates(sources, out),
        policy_taxes.on_income(out),
        us,
        policy_taxes.world(sources, out, us),
    ]
    rates = pd.concat(rows, ignore_index=True)
    rates = pd.concat([rates, policy_taxes.unknown_property(rates, sources, out)], ignore_index=True)
    table = pk.write_table(rates.assign(licence=pk.CITED_FACTS.title), out, RATES, sort_by=("pack_id", "entry_id"))
    return [*(_resource(path) for path in sorted((out / "policy").glob("*.toml"))), table]


def carbon_prices() -> pd.DataFrame:
    """Return the carbon prices that are the only rule of their pack, written by hand from cited pages."""
    table = pd.read_csv(CARBON_PRICES, keep_default_na=False, dtype={"in_tariff": str})
    return table.assign(kind="carbon_price", checked=policy_taxes.COMPILED)


def tax_rates(sources: Path, out: Path) -> pd.DataFrame:
    """Return the corporate tax rate of each country with a candidate or hub, a pack each.

    The rate is the one of ``countries.csv``, read and not copied by hand. A country without a rate has no pack.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.

    Returns
    -------
    pandas.DataFrame
        Rows of the table of rates.
    """
    table = pd.read_csv(out / COUNTRIES, keep_default_na=False).set_index("iso2")
    since = _known_beginnings(sources)
    known = [iso2 for iso2 in _countries_with_places(out) if table.at[iso2, "corporate_tax_rate"] != ""]
    return pd.DataFrame([_tax_rate(iso2, table.loc[iso2], since.get(str(table.at[iso2, "iso3"]))) for iso2 in known])


def _countries_with_places(out: Path) -> list[str]:
    """Return the countries of the starter set and of the hubs."""
    found: set[str] = set()
    for name in PLACES:
        places = pd.read_csv(out / name, keep_default_na=False)
        if "starter" in places:
            places = places[places["starter"].astype(str).str.lower() == "true"]
        found |= set(places["country_iso2"])
    return sorted(found)


def _known_beginnings(sources: Path) -> dict[str, tuple[int, float, str]]:
    """Return year, rate and source of the rates whose first year the facts give, by ISO 3166-1 alpha-3 code."""
    facts = read_csv(sources / "facts/incentives.csv")
    rows = facts[facts["kind"] == "corporate tax"]
    return {
        str(r.iso3): (int(float(str(r.effective_from))), float(str(r.value)) / 100, str(r.source))
        for r in rows.itertuples(index=False)
    }


def _tax_rate(iso2: str, row: pd.Series, since: tuple[int, float, str] | None) -> dict[str, object]:
    """Return one row of the table of rates."""
    rate, year = float(row["corporate_tax_rate"]), int(row["corporate_tax_year"])
    first, note = year, UNDATED.format(year=year)
    if since is not None:
        first, fact_rate, source = since
        if abs(fact_rate - rate) > 1e-9:
            raise ValueError(f"corporate tax of {iso2}: {rate} in the table, {fact_rate} in {source}")
        note = "the source gives the year only; large groups pay a top-up to 15 % since 2024 (unverified)"
    return {
        "pack_id": f"tax-{iso2.lower()}",
        "pack_title": f"{row['name']}: tax rates",
        "jurisdictions": iso2,
        "kind": "corporate_tax",
        "entry_id": f"{iso2.lower()}-corporate-tax",
        "title": f"Statutory tax on corporate income, with subnational taxes where the source has them: {rate:.2%}",
        "rate_share": rate,
        "effective_from": f"{first}-01-01",
        "date_note": note,
        "year": year,
        "source": TAX_FOUNDATION.title,
        "quality": "observed",
        "checked": policy_taxes.COMPILED,
    }


def _resource(path: Path) -> pk.Resource:
    """Describe one pack."""
    pack = tomllib.loads(path.read_text(encoding="utf-8"))
    return pk.Resource(
        name=f"policy-{pack['id']}",
        citation="laws and pages cited in the pack",
        path=f"policy/{path.name}",
        title=f"Policy pack: {pack['title']}",
        description=f"Taxes, programmes, duties, carbon prices and stops of {', '.join(pack['jurisdictions'])}, each dated.",
        year="dated entry by entry",
        quality="quality, entry by entry",
        method="Written by hand from the cited law or page.",
        licenses=(pk.CITED_FACTS,),
        sources=(pk.Source("Cited in each entry of the pack"),),
        format="toml",
    )


RATES = pk.Resource(
    name="policy_rates",
    citation="Tax Foundation 2023 and midyear 2026; public tables of state exemptions and carbon prices cited row by row",
    path="policy/rates.csv",
    title="Policy packs of rates: taxes on income and servers, exemptions of states, carbon prices",
    description="One rule per row: a statutory tax rate on corporate income; a tax on servers that the buyer does not get "
    "back, or a yearly one on their value, known or as an interval; the exemption of data centres from it by a state of the United States; or a price on the "
    "direct emissions of power generation. Packs with other rules are files of their own.",
    year="row by row: 2023 (tax on income), 2024 (carbon prices), 2026 (taxes on servers)",
    quality="quality, row by row",
    method="Tax rates on income are those of the table countries, for every country with a candidate of the starter set or "
    "a hub. Carbon prices and a few taxes on servers are written by hand from cited pages (data/build/carbon_prices.csv, "
    "equipment_taxes.csv, income_taxes.csv, us_exemption_pauses.csv). An unknown tax on servers, bought or owned, reaches from 0 to the highest rate of its "
    "continent, and its middle is the rate; where none is known to be charged on a continent, to the least of the other "
    "continents' highest. Local sales taxes: none to twice the mean of the state.",
    licenses=(pk.CITED_FACTS,),
    sources=(
        TAX_FOUNDATION,
        pk.Source("Tax Foundation, state and local sales tax rates, midyear 2026"),
        pk.Source("Exemptions, duties and carbon prices: cited in each row"),
    ),
    fields=(
        pk.Field("pack_id", "string", "Pack of the rule, as `policy.packs` of a scenario names it", required=True),
        pk.Field("pack_title", "string", "Title of the pack", required=True),
        pk.Field(
            "jurisdictions",
            "string",
            "Where the pack applies: countries or states, separated by blanks",
            required=True,
            pattern="[A-Z]{2}(-[A-Z]{2})?( [A-Z]{2}(-[A-Z]{2})?)*",
        ),
        pk.Field("kind", "string", "Kind of the rule", required=True, enum=KINDS),
        pk.Field("entry_id", "string", "Identifier of the rule, unique among all packs", required=True, unique=True),
        pk.Field("title", "string", "The rule in one line", required=True),
        pk.Field(
            "rate_share",
            "number",
            "Share of the income, of the price or of the value",
            unit="1",
            minimum=0.0,
            maximum=1.0,
        ),
        pk.Field(
            "low_share", "number", "Least that the rate may be; the rate if empty", unit="1", minimum=0.0, maximum=1.0
        ),
        pk.Field(
            "high_share", "number", "Most that the rate may be; the rate if empty", unit="1", minimum=0.0, maximum=1.0
        ),
        pk.Field(
            "known", "boolean", "Tax on servers: whether a law was read; else the rate is the middle of its interval"
        ),
        pk.Field("base", "string", "What a tax is charged on", enum=("it_capex", "facility_capex")),
        pk.Field(
            "assessed_share",
            "number",
            "Property tax: mean assessed value per price",
            unit="1",
            minimum=0.0,
            maximum=1.0,
        ),
        pk.Field(
            "schedule", "string", "Depreciation: `first_year`, or the share of the price in each tax year, by blanks"
        ),
        pk.Field("min_capex_usd", "number", "Exemption: least investment at the site", unit="USD", minimum=0.0),
        pk.Field(
            "min_jobs", "number", "Exemption: least number of permanent jobs at the site", unit="jobs", minimum=0.0
        ),
        pk.Field("min_it_mw", "number", "Exemption: least IT power of the site", unit="MW", minimum=0.0),
        pk.Field("usd_per_t", "number", "Carbon price on direct emissions", unit="USD/tCO2", minimum=0.0),
        pk.Field("in_tariff", "boolean", "Carbon price: whether the electricity tariff already contains it"),
        pk.Field("effective_from", "string", "First day", required=True, pattern=DAY),
        pk.Field("effective_to", "string", "Last day; open if empty", pattern=DAY),
        pk.Field("date_note", "string", "How the date was read, where the source gives a year only"),
        pk.Field(
            "conditions_not_modelled", "string", "Further conditions that no number here represents, separated by ` | `"
        ),
        pk.Field("year", "integer", "Year of the rate", unit="year", required=True, minimum=2000, maximum=2100),
        pk.Field("checked", "string", "Day until which the rule was checked", required=True, pattern=DAY),
        pk.Field("source", "string", "Where the rate is published", required=True),
        pk.Field("quality", "string", "Quality word", required=True, enum=pk.QUALITY_WORDS),
        pk.Field("licence", "string", "Terms of the row", required=True),
    ),
    primary_key=("entry_id",),
)
"""The table of packs of rates."""
