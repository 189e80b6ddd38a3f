"""US export control of accelerators: country groups by date, and the dated rules that read them."""

from __future__ import annotations

from pathlib import Path

import package as pk
import pandas as pd
from earth import read_csv

CHECKED = "2026-09-25"
"""Day up to which the sources were read (facts/export_control_2026.md)."""

RULE_OF_2023 = "2023-11-17"
"""First day of the rule that reads country groups; no earlier change of a group is known here, but for those below."""

CHANGES = {
    "AE": (
        ("D:3 D:4", RULE_OF_2023, "2026-07-09", "left D:3 and D:4 by 91 FR 43034 (abstract read)"),
        ("A:5", "2026-07-10", "", "into A:5 by 91 FR 43034; the entry of 3A090 still names the country"),
    ),
    "KH": (
        ("D:1 D:5", RULE_OF_2023, "2026-02-02", "out of D:5 by 91 FR 5091, read in a code comment"),
        ("D:1", "2026-02-03", "", "out of D:5 by 91 FR 5091, read in a code comment"),
    ),
}
"""Countries whose groups changed: groups, first day, last day, note."""

RULES_FILE = Path(__file__).with_name("export_rules.csv")
DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write the country groups and the rules.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        The two tables.
    """
    licence = pk.CITED_FACTS.title
    rules = pd.read_csv(RULES_FILE, keep_default_na=False, dtype=str).assign(licence=licence)
    return [
        pk.write_table(country_groups(sources).assign(licence=licence), out, COUNTRIES),
        pk.write_table(rules, out, RULES, sort_by=("rank",)),
    ]


def country_groups(sources: Path) -> pd.DataFrame:
    """Return the country groups of each country that is in D or E, by date.

    The source lists what a licence decision would be, class by class; the decision is left to the rules, and the groups
    that it rests on are kept. A country outside of the table is in none of the groups that the rules read.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        One row a country and period.
    """
    facts = read_csv(sources / "facts/export_countries.csv")
    facts = facts[facts["iso2"].str.fullmatch("[A-Z]{2}")].drop_duplicates("iso2")
    text = "15 CFR 740 supplement 1 as of 2026-07-23, in seelpeed-debug/export-controls-agent-mcp@5847b09"
    rows = []
    for fact in facts.itertuples(index=False):
        iso2 = str(fact.iso2)
        for groups, first, last, note in CHANGES.get(iso2, ((str(fact.country_groups), RULE_OF_2023, "", ""),)):
            rows.append(
                {
                    "iso2": iso2,
                    "country": fact.country,
                    "country_groups": groups,
                    "effective_from": first,
                    "effective_to": last,
                    "source": text,
                    "quality": "derived" if note else "observed",
                    "checked": CHECKED,
                    "note": note or "groups of July 2026, taken to hold since the first day of the rule",
                }
            )
    return pd.DataFrame(rows)


_DATES = (
    pk.Field("effective_from", "string", "First day", required=True, pattern=DAY),
    pk.Field("effective_to", "string", "Last day; empty: still in force when checked", pattern=DAY),
)
_ORIGIN = (
    pk.Field("source", "string", "Where it is published, and how it was read", required=True),
    pk.Field("quality", "string", "Quality word", required=True, enum=pk.QUALITY_WORDS),
    pk.Field("checked", "string", "Day up to which the source was read", required=True, pattern=DAY),
    pk.Field("licence", "string", "Terms of the row", required=True),
    pk.Field("note", "string", "Conditions and doubts"),
)

COUNTRIES = pk.Resource(
    name="export_countries",
    citation="15 CFR 740 supplement 1 as of 2026-07-23, by way of a public copy",
    path="policy/export_countries.csv",
    title="Country groups of the US export regulations, by date",
    description="Countries in groups D and E (and A:5, A:6 where they are also there), which the rules of `export_rules` "
    "read. A country that is not listed is in none of them.",
    year="2023-2026, dated row by row",
    quality="quality, row by row",
    method="Groups of each country as the regulations list them in July 2026; changes of 2026 as dated rows. Changes "
    "before 2026 are not known, so that the groups of July 2026 are taken to hold since 17 November 2023.",
    licenses=(pk.CITED_FACTS,),
    sources=(pk.Source("15 CFR 740 supplement 1; 91 FR 43034; 91 FR 5091: cited row by row"),),
    fields=(
        pk.Field("iso2", "string", "ISO 3166-1 alpha-2", required=True, pattern="[A-Z]{2}"),
        pk.Field("country", "string", "Name in the regulations", required=True),
        pk.Field("country_groups", "string", "Country groups, separated by blanks", required=True, pattern="[ADE]:[0-9]( [ADE]:[0-9])*"),
        *_DATES,
        *_ORIGIN,
    ),
    primary_key=("iso2", "effective_from"),
)  # fmt: skip

RULES = pk.Resource(
    name="export_rules",
    citation="15 CFR 740-774; 88 FR 73458; 91 FR 1684; 91 FR 43034; BIS guidance of 2025 and 2026",
    path="policy/export_rules.csv",
    title="US export control of accelerators: classes and review policies, by date",
    description="Rows of kind `class` say from which figures a part is controlled; rows of kind `review` what that means at a "
    "place, in the order in which they are tried: the first that holds decides. Not legal advice.",
    year="2022-2026, dated row by row",
    quality="quality, row by row",
    method="Written by hand from the cited rules (data/build/export_rules.csv). Thresholds are in the unit of the rule: TPP is "
    "2 x MacTOPS x bit length, dense, the highest of all formats; density is TPP per mm2 of logic dies.",
    licenses=(pk.CITED_FACTS,),
    sources=(pk.Source("15 CFR 740-774, Federal Register and BIS guidance: cited row by row"),),
    fields=(
        pk.Field("rule_id", "string", "Identifier", required=True, unique=True),
        pk.Field("rank", "integer", "Order in which rules are tried", "1", required=True, unique=True, minimum=1),
        pk.Field("kind", "string", "Kind of the row", required=True, enum=("class", "review")),
        pk.Field("control_class", "string", "Class that the row defines or reads; `any` for every part"),
        pk.Field("title", "string", "The rule in one line", required=True),
        pk.Field("cite", "string", "Short citation", required=True),
        *_DATES,
        pk.Field("min_tpp", "number", "Total processing performance from which the row holds", "TOPS bit", minimum=0),
        pk.Field("below_tpp", "number", "Total processing performance below which the row holds", "TOPS bit", minimum=0),
        pk.Field("min_density", "number", "Performance density from which the row holds", "TOPS bit/mm2", minimum=0),
        pk.Field("below_density", "number", "Performance density below which the row holds", "TOPS bit/mm2", minimum=0),
        pk.Field("also_needs", "string", "Figure that the rule needs too and the catalogue does not have"),
        pk.Field("below_memory_bw_gb_s", "number", "Memory bandwidth below which the row holds", "GB/s", minimum=0),
        pk.Field("accelerators", "string", "First words of the names of the accelerators that it is about; empty: all"),
        pk.Field("places", "string", "Groups and countries of the place, separated by blanks; `*`: all"),
        pk.Field("not_places", "string", "Groups and countries that the row does not hold in"),
        pk.Field("owner_places", "string", "Groups and countries of the owner's seat; empty: any"),
        pk.Field("owners", "string", "Names of owners, separated by `;`; empty: any"),
        pk.Field("policy", "string", "What the row means for a site", enum=("free", "licence_case_by_case", "use_at_risk", "presumption_of_denial", "prohibited")),
        *_ORIGIN,
    ),
    primary_key=("rule_id",),
)  # fmt: skip
