"""Statements of operators and authorities on capacity to connect, written by hand from cited pages."""

from __future__ import annotations

from pathlib import Path

import package as pk
import pandas as pd

STATEMENTS_FILE = Path(__file__).with_name("capacity_statements.csv")
ZONE = "[A-Z]{2}(-[A-Z0-9]+)*"


def build(_: Path, out: Path) -> list[pk.Resource]:
    """Write the table of statements.

    Parameters
    ----------
    out : Path
        The ``data`` folder, with the zones built before.

    Returns
    -------
    list of Resource
        The table.

    Raises
    ------
    ValueError
        A statement names a zone that does not exist.
    """
    rows = pd.read_csv(STATEMENTS_FILE, keep_default_na=False, dtype=str)
    known = set(pd.read_csv(out / "grid/zones.csv", keep_default_na=False)["zone_id"])
    if unknown := {z for zones in rows["zones"] for z in zones.split()} - known:
        raise ValueError(f"capacity_statements: unknown zones {', '.join(sorted(unknown))}")
    rows = rows.assign(licence=pk.CITED_FACTS.title)
    return [pk.write_table(rows, out, STATEMENTS, sort_by=("zones", "date"))]


STATEMENTS = pk.Resource(
    name="capacity_statements",
    citation="grid operators and authorities, cited row by row",
    path="grid/capacity_statements.csv",
    title="Statements on capacity to connect, by grid zone",
    description="Published statements of operators and authorities on how much new load a zone can take. The headroom limit is a "
    "share of generation and reads none of them: a plan shows them beside it.",
    year="2022-2026, dated row by row",
    quality="quality, row by row",
    method="Written by hand from the cited pages (data/build/capacity_statements.csv).",
    licenses=(pk.CITED_FACTS,),
    sources=(pk.Source("Statnett, Hydro-Quebec, BC Hydro, Hydro Tasmania, Landsvirkjun and press: cited row by row"),),
    fields=(
        pk.Field("statement_id", "string", "Identifier", required=True, unique=True),
        pk.Field("zones", "string", "Grid zones, separated by blanks", required=True, pattern=f"{ZONE}( {ZONE})*"),
        pk.Field("date", "string", "Year, month or day of the statement", required=True, pattern="[0-9]{4}(-[0-9]{2}){0,2}"),
        pk.Field("operator", "string", "Who states it", required=True),
        pk.Field("statement", "string", "The statement in one line", required=True),
        pk.Field("mw", "number", "Power that the statement names; empty: none", "MW", minimum=0),
        pk.Field("mw_is", "string", "What that power is", enum=("reserved", "call", "granted", "headroom", "threshold")),
        pk.Field("source", "string", "Where it is published, and how it was read", required=True),
        pk.Field("quality", "string", "Quality word", required=True, enum=pk.QUALITY_WORDS),
        pk.Field("checked", "string", "Day up to which the source was read", required=True, pattern="[0-9]{4}-[0-9]{2}-[0-9]{2}"),
        pk.Field("licence", "string", "Terms of the row", required=True),
        pk.Field("note", "string", "Doubts"),
    ),
    primary_key=("statement_id",),
)  # fmt: skip
