"""Facts with which shipped values are compared; the tables do not rest on them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import package as pk
import pandas as pd

from siting.world.climate.estimate_inputs import DAYS_IN_MONTH
from siting.world.tables import read_table, resource

FOLDER = Path(__file__).parent / "audit"
"""One CSV file a table, named as the table is."""

DAY = r"20\d\d-[01]\d-[0-3]\d"

FACTS = pk.Resource(
    name="facts",
    path="catalogue/facts.csv",
    title="Facts with which shipped values are compared",
    description="Published values, each with a tolerance, the day it was compared and the day after which to look again.",
    year="1991-2026, as the source of each row says",
    quality="quality, row by row",
    method="Collected in data/build/audit; tests/test_audit.py compares them with the tables.",
    licenses=(pk.CITED_FACTS,),
    sources=(pk.Source("Operators, weather services, statutes and data sheets, named row by row"),),
    citation="published figures, named row by row",
    fields=(
        pk.Field("table", "string", "Table that is checked", required=True),
        pk.Field(
            "key", "string", "Row: values of the primary key with / between; entry of a policy pack", required=True
        ),
        pk.Field(
            "field",
            "string",
            "Column; t_mean_c is the mean of twelve months, zone. that of the place's zone",
            required=True,
        ),
        pk.Field("expected", "string", "Published value", required=True),
        pk.Field("tolerance", "number", "Largest difference that agrees; empty for text", minimum=0.0),
        pk.Field("unit", "string", "Unit of value and tolerance; empty for text"),
        pk.Field("source", "string", "Where it is published", required=True),
        pk.Field("quality", "string", "Quality of the published value", required=True, enum=pk.QUALITY_WORDS),
        pk.Field("checked", "string", "Day of the comparison", required=True, pattern=DAY),
        pk.Field("check_after", "string", "Day after which the value may have changed", required=True, pattern=DAY),
    ),
    primary_key=("table", "key", "field"),
)


def build(sources: Path, out: Path) -> list[pk.Resource]:  # noqa: ARG001  (every room is called alike)
    """Write all facts as one table.

    Parameters
    ----------
    sources : Path
        Not used.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        One file.

    Raises
    ------
    ValueError
        If a fact has no source, quality, date or tolerance, or breaks its field's rule.
    """
    return [pk.write_table(read_facts(), out, FACTS)]


def read_facts(folder: Path = FOLDER) -> pd.DataFrame:
    """Read the facts of all tables.

    Raises
    ------
    ValueError
        If a numeric fact has no tolerance.
    """
    files = sorted(folder.glob("*.csv"))
    facts = pd.concat(
        [pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""]).assign(table=path.stem) for path in files],
        ignore_index=True,
    )
    facts["tolerance"] = pd.to_numeric(facts["tolerance"])
    loose = facts[pd.to_numeric(facts["expected"], errors="coerce").notna() & facts["tolerance"].isna()]
    if len(loose):
        raise ValueError(f"facts without a tolerance: {', '.join(loose['key'] + ' ' + loose['field'])}")
    return facts


def compared(facts: pd.DataFrame) -> pd.DataFrame:
    """Return facts with the shipped value and whether it agrees.

    Parameters
    ----------
    facts : pandas.DataFrame
        Of `read_facts`.

    Returns
    -------
    pandas.DataFrame
        The same rows with `shipped` (None where the table has no such value) and `agrees`.
    """
    shipped = [shipped_value(fact.table, fact.key, fact.field) for fact in facts.itertuples()]
    agrees = [
        str(value) == fact.expected
        if pd.isna(fact.tolerance)
        else value is not None and abs(float(value) - float(fact.expected)) <= fact.tolerance
        for value, fact in zip(shipped, facts.itertuples(), strict=True)
    ]
    return facts.assign(shipped=shipped, agrees=agrees)


def shipped_value(table: str, key: str, field: str) -> Any:
    """Return one shipped value, None where there is none.

    Parameters
    ----------
    table, key, field : str
        As in the columns of the table ``facts``.

    Returns
    -------
    object
        Number, text or date.
    """
    if resource(table).path.suffix == ".toml":
        pack = tomllib.loads(resource(table).path.read_text(encoding="utf-8"))
        entries = [
            entry for group in pack.values() if isinstance(group, list) for entry in group if isinstance(entry, dict)
        ]
        return next((entry.get(field) for entry in entries if entry.get("id") == key), None)
    rows = _keyed(table)
    if key not in rows.index:
        return None
    row = rows.loc[key]
    if field.startswith("zone."):
        return _known(_keyed("zone_intensity")[field.removeprefix("zone.")].get(row["zone_id"]))
    if field == "t_mean_c":
        months = row[[f"t_mean_c_{month:02d}" for month in range(1, 13)]].to_numpy(float)
        return float(months @ DAYS_IN_MONTH / DAYS_IN_MONTH.sum())
    return _known(row.get(field))


@cache
def _keyed(table: str) -> pd.DataFrame:
    """Return a table by its primary key, the values joined by /."""
    rows = read_table(table)
    return rows.set_index(rows[resource(table).descriptor["schema"]["primaryKey"]].astype(str).agg("/".join, axis=1))


def _known(value: Any) -> Any:
    """Return a value, None for a missing one."""
    return None if pd.isna(value) else value
