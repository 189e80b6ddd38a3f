"""Policy packs as resources of the data package: rules written by hand, corporate tax rates from their table."""

from __future__ import annotations

import tomllib
from pathlib import Path

import package as pk
import pandas as pd
from earth import read_csv

COUNTRIES = "countries.csv"
PLACES = ("places/sites.csv", "places/hubs.csv")
TAX_FOUNDATION = pk.Source(
    "Tax Foundation, worldwide corporate tax rates 2023",
    "https://github.com/TaxFoundation/worldwide-corporate-tax-rates",
)
UNDATED = "the source gives the rate of the year {year}, and neither its beginning nor its end"


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write a tax-rate pack per country of a candidate or hub, and return a resource per pack of ``policy/``.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder, with countries, sites and hubs built before.

    Returns
    -------
    list of Resource
        Packs in alphabetical order: those written by hand from cited law, and the tax rates.
    """
    write_tax_packs(sources, out)
    return [_resource(path) for path in sorted((out / "policy").glob("*.toml"))]


def write_tax_packs(sources: Path, out: Path) -> None:
    """Write the corporate tax rate of each country with a candidate or hub as a pack of its own.

    The rate is the one of ``countries.csv``, read and not copied by hand. A country without a rate has no pack.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.
    """
    for old in (out / "policy").glob("tax-*.toml"):
        old.unlink()
    table = pd.read_csv(out / COUNTRIES, keep_default_na=False).set_index("iso2")
    since = _known_beginnings(sources)
    for iso2 in _countries_with_places(out):
        row = table.loc[iso2]
        if row["corporate_tax_rate"] != "":
            text = _tax_pack(str(iso2), row, since.get(str(row["iso3"])))
            (out / "policy" / f"tax-{str(iso2).lower()}.toml").write_text(text, encoding="utf-8", newline="")


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


def _tax_pack(iso2: str, row: pd.Series, since: tuple[int, float, str] | None) -> str:
    """Return the text of one tax-rate pack."""
    rate, year = float(row["corporate_tax_rate"]), int(row["corporate_tax_year"])
    first, note = year, UNDATED.format(year=year)
    if since is not None:
        first, fact_rate, source = since
        if abs(fact_rate - rate) > 1e-9:
            raise ValueError(f"corporate tax of {iso2}: {rate} in the table, {fact_rate} in {source}")
        note = "the source gives the year only; large groups pay a top-up to 15 % since 2024 (unverified)"
    lines = [
        "# Written by data/build/policy.py from countries.csv: change it there.",
        f'id = "tax-{iso2.lower()}"',
        f'title = "{row["name"]}: corporate tax"',
        f'jurisdictions = ["{iso2}"]',
        "",
        "[[corporate_taxes]]",
        f'id = "{iso2.lower()}-corporate-tax"',
        f'title = "Statutory tax on corporate income, with subnational taxes where the source has them: {rate:.2%}"',
        f"rate = {rate}",
        f"effective_from = {first}-01-01",
        f'date_note = "{note}"',
        f'source = "{TAX_FOUNDATION.title}"',
        'quality = "observed"',
    ]
    return "\n".join(lines) + "\n"


def _resource(path: Path) -> pk.Resource:
    """Describe one pack."""
    pack = tomllib.loads(path.read_text(encoding="utf-8"))
    rate_only = path.name.startswith("tax-")
    where = ", ".join(pack["jurisdictions"])
    told = "Corporate tax rate" if rate_only else "Taxes, programmes, duties, carbon prices and stops"
    return pk.Resource(
        name=f"policy-{pack['id']}",
        citation="Tax Foundation 2023" if rate_only else "laws and pages cited in the pack",
        path=f"policy/{path.name}",
        title=f"Policy pack: {pack['title']}",
        description=f"{told} of {where}, each dated." + (" Holds a rate and no programme." if rate_only else ""),
        year="2023" if rate_only else "dated entry by entry",
        quality="observed" if rate_only else "quality, entry by entry",
        method="The rate of the table countries, as a pack."
        if rate_only
        else "Written by hand from the cited law or page.",
        licenses=(pk.CITED_FACTS,),
        sources=(TAX_FOUNDATION if rate_only else pk.Source("Cited in each entry of the pack"),),
        format="toml",
    )
