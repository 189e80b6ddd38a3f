"""Statements of operators and authorities on how much new load a zone can take."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from siting.world.tables import read_table

TABLE = "capacity_statements"


class Statement(NamedTuple):
    """One published statement: when, by whom, its content, source and quality."""

    date: str
    operator: str
    text: str
    source: str
    quality: str


def statements_of(zone_id: str) -> tuple[Statement, ...]:
    """Return the statements on a grid zone, the latest first.

    Parameters
    ----------
    zone_id : str
        A zone, as the table `zones` names it.

    Returns
    -------
    tuple of Statement
        Empty where the table has none, which is not a statement that there is room.

    Examples
    --------
    >>> [(s.date, s.operator) for s in statements_of("CA-BC")]
    [('2026-01-30', 'BC Hydro')]
    """
    return _by_zone().get(zone_id, ())


def in_words(zone_id: str) -> str:
    """Return the statements on a zone as one text, empty where there are none."""
    return "; ".join(f"{s.operator}, {s.date}: {s.text} ({s.quality})" for s in statements_of(zone_id))


@cache
def _by_zone() -> Mapping[str, tuple[Statement, ...]]:
    rows = read_table(TABLE).sort_values(["date", "statement_id"], ascending=[False, True])
    found: dict[str, tuple[Statement, ...]] = {}
    for row in rows.itertuples():
        new = Statement(*map(str, (row.date, row.operator, row.statement, row.source, row.quality)))
        for zone in str(row.zones).split():
            found[zone] = (*found.get(zone, ()), new)
    return MappingProxyType(found)
