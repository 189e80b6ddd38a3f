"""The rule that every row has source, year, quality and licence: of its own, or of its table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from package import Resource

QUALITY_WORDS = ("observed", "derived", "modelled", "assumption", "unverified", "synthetic")
"""The only words a quality column may hold, best first."""

WORDS = ("source", "year", "quality", "licence")

OF_EACH_ROW = re.compile(r"(row by row|entry by entry)")
"""Where the words of a table say this, its rows have a column of their own."""

DATES = re.compile(r"(^|_)(date|checked|from|since)$")
"""Columns that date a row as a year does."""


def faults_of_table(resource: Resource) -> list[str]:
    """Return what a table does not say of its origin.

    Parameters
    ----------
    resource : Resource
        Any shipped file.

    Returns
    -------
    list of str
        Empty when source, year, quality and licence are stated for the table or row by row.
    """
    faults = []
    if not [source for source in resource.sources if source.title.strip()]:
        faults.append("no source")
    if not resource.licenses:
        faults.append("no licence")
    names = [column.name for column in resource.fields]
    own = _columns(names)
    for word, said, pattern in (
        ("year", resource.year, r"\b(1[89]|20)\d\d\b"),
        ("quality", resource.quality, "|".join(QUALITY_WORDS)),
    ):
        columns = [name for name, known, _ in own if known == word]
        columns += [name for name in names if word == "year" and DATES.search(name)]
        if not re.search(pattern, said) and not OF_EACH_ROW.search(said) and not any(c in said for c in columns):
            faults.append(f"no {word}: `{said}`")
        elif names and OF_EACH_ROW.search(said) and not columns:
            faults.append(f"its {word} is said to be row by row, and no column holds it")
    return faults


def faults_of_rows(table: pd.DataFrame, resource: Resource) -> list[str]:
    """Return which rows do not say where they come from.

    A column ``source``, ``year``, ``quality`` or ``licence`` is filled in every row, but for the year of an assumption, which
    has none. A column of a group, as ``price_source`` or ``source_price``, is filled wherever the first of the columns
    ``price_...`` is known.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows as they are written.
    resource : Resource
        Their fields.

    Returns
    -------
    list of str
        One sentence per column with gaps; its first rows are named by their key.
    """
    faults = []
    origins = _columns(table.columns)
    for column, word, prefix in origins:
        if not prefix:
            needed = pd.Series(True, index=table.index)
            if word == "year" and "quality" in table:
                needed = table["quality"] != "assumption"
        else:
            told = [
                name for name in table if name.startswith(f"{prefix}_") and name not in {own for own, _, _ in origins}
            ]
            needed = table[told[0]].notna() if told else pd.Series(False, index=table.index)
        gaps = table[needed & table[column].isna()]
        if len(gaps):
            keys = gaps[list(resource.primary_key or table.columns[:1])].head(3).astype(str).agg("/".join, axis=1)
            faults.append(f"{column} is missing in {len(gaps)} row(s), as {', '.join(keys)}")
    return faults


def _columns(names: Sequence[str] | Iterator[str]) -> list[tuple[str, str, str]]:
    """Return the columns that tell an origin, each with what it tells and the group of which it tells it."""
    found = []
    for name in names:
        match = re.fullmatch(rf"(?:(.+)_)?({'|'.join(WORDS)})(?:_(.+))?", str(name))
        if match and not (match[1] and match[3]):
            found.append((str(name), match[2], match[1] or match[3] or ""))
    return found
