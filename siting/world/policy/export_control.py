"""US export control of accelerators: what the dated rules mean for a part, a place, an owner and a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

import pandas as pd

from siting.errors import ScenarioError, nearest
from siting.world.tables import read_table

NAME = "export_control"
"""Name of the limit, and of its switch in `[policy] off`."""

TABLES = ("export_countries", "export_rules")

UNKNOWN = "unknown"
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "free": "free",
        "licence_case_by_case": "licence needed, case by case",
        "use_at_risk": "use at risk",
        "presumption_of_denial": "presumption of denial",
        "prohibited": "prohibited",
        UNKNOWN: UNKNOWN,
    }
)
"""Policies of the rules in words, the mildest first; `unknown` where a figure of the part or the rule of the day is."""

NOT_CHECKED = "not checked"
"""Mark of every site where a scenario switches export control off."""

BARRED = ("presumption_of_denial", "prohibited")
"""Policies under which no site is built."""

_FIGURES = ("tpp", "performance_density", "memory_bw_gb_s")


@dataclass(frozen=True)
class Chip:
    """An accelerator as the rules see it; NaN is an unknown figure.

    Parameters
    ----------
    name : str
        Name in the catalogue.
    tpp : float
        Total processing performance: 2 x MacTOPS x bit length, the highest of all formats, dense [TOPS bit].
    performance_density : float
        The same per area of logic dies [TOPS bit/mm2].
    memory_bw_gb_s : float
        Bandwidth of its memory [GB/s].
    """

    name: str
    tpp: float
    performance_density: float
    memory_bw_gb_s: float


@dataclass(frozen=True)
class Verdict:
    """What the first rule that holds means for a site.

    Parameters
    ----------
    policy : str
        A key of `WORDS`.
    rule_id, cite, text : str
        The rule, its short citation, and its content in one line with its conditions.
    """

    policy: str
    rule_id: str
    cite: str
    text: str

    @property
    def is_risk(self) -> bool:
        """Whether a site may be built, but not freely or not for certain."""
        return self.policy not in ("free", *BARRED)

    @property
    def words(self) -> str:
        """The policy in words, with the rule where one binds."""
        return WORDS[self.policy] + ("" if self.policy in ("free", UNKNOWN) else f" ({self.cite})")


def chip_of(name: str) -> Chip:
    """Return an accelerator of the catalogue as the rules see it; unknown figures are NaN.

    Raises
    ------
    siting.errors.ScenarioError
        The catalogue has no accelerator of that name.

    Examples
    --------
    >>> chip_of("NVIDIA H100 SXM5").name
    'NVIDIA H100 SXM5'
    """
    table = read_table("hardware").reindex(columns=["accelerator", *_FIGURES])
    row = next((r for r in table.to_dict("records") if r["accelerator"] == name), None)
    if row is None:
        raise ScenarioError(f"no accelerator is called `{name}`{nearest(name, table['accelerator'])}")
    return Chip(name, *(float(row[figure]) for figure in _FIGURES))


def verdict(chip: Chip, country: str, day: date, *, owner_country: str = "US", owner: str | None = None) -> Verdict:
    """Return what export control means for an accelerator at a place.

    The rows of the table `export_rules` that are in force on the day are tried in their order; the first that holds
    decides. Whether one holds may depend on an unknown figure of the part: the verdict is then `unknown`.

    Parameters
    ----------
    chip : Chip
        The accelerator.
    country : str
        ISO 3166-1 code of the place.
    day : datetime.date
        Policy date.
    owner_country : str
        ISO 3166-1 code of the seat of the owner, or of its parent.
    owner : str, optional
        Name of the owner, if it is one of `listed_owners`.

    Returns
    -------
    Verdict
        The policy, and the rule behind it.

    Examples
    --------
    >>> h200 = Chip("NVIDIA H200 SXM", 15832.0, 19.4, 4800.0)
    >>> [verdict(h200, "CN", date(year, 7, 1)).policy for year in (2025, 2026)]
    ['presumption_of_denial', 'licence_case_by_case']
    >>> verdict(h200, "SE", date(2026, 7, 1)).words
    'free'
    """
    place, seat = _codes(country, day), _codes(owner_country, day)
    in_force = [r for r in _rules() if _is_in_force(r, day)]
    classes = _classes(chip, [r for r in in_force if r["kind"] == "class"])
    for rule in (r for r in in_force if r["kind"] == "review"):
        if not _is_about(rule, chip, place, seat, owner):
            continue
        holds = _and(
            _in_class(rule, classes),
            _compared(chip.tpp, None, rule["below_tpp"]),
            _compared(chip.memory_bw_gb_s, None, rule["below_memory_bw_gb_s"]),
        )
        if holds is None:
            missing = [f for f in _FIGURES if pd.isna(getattr(chip, f))] or ["the bandwidth between chips"]
            why = f"{rule['title']}: {', '.join(missing)} of {chip.name} unknown"
            return Verdict(UNKNOWN, str(rule["rule_id"]), str(rule["cite"]), why)
        if holds:
            note = f" ({rule['note']})" if rule["note"] else ""
            return Verdict(
                str(rule["policy"]), str(rule["rule_id"]), str(rule["cite"]), f"{rule['title']}, {rule['cite']}{note}"
            )
    return Verdict(UNKNOWN, "", "", f"no rule of the table is as old as {day}")


@cache
def listed_owners() -> tuple[str, ...]:
    """Return the owners that a rule names.

    Examples
    --------
    >>> "Google" in listed_owners()
    True
    """
    return tuple(name for rule in _rules() for name in rule["owners"].split(";") if name)


@cache
def _rules() -> tuple[dict[str, Any], ...]:
    """Return the rules in their order, with empty texts and None for empty numbers."""
    table = read_table("export_rules").sort_values("rank")
    empty = {str(c): None if pd.api.types.is_numeric_dtype(table[c]) else "" for c in table}
    rows = table.to_dict("records")
    return tuple({str(k): empty[str(k)] if pd.isna(v) else v for k, v in row.items()} for row in rows)


@cache
def _periods() -> tuple[dict[str, Any], ...]:
    return tuple(
        {str(k): v for k, v in r.items()} for r in read_table("export_countries").fillna("").to_dict("records")
    )


def _codes(country: str, day: date) -> frozenset[str]:
    """Return a country with its groups on a day."""
    rows = [r for r in _periods() if r["iso2"] == country and _is_in_force(r, day)]
    return frozenset({country, *(group for r in rows for group in r["country_groups"].split())})


def _is_in_force(row: Mapping[str, Any], day: date) -> bool:
    return bool(row["effective_from"] <= day.isoformat() <= (row["effective_to"] or "9999"))


def _is_about(
    rule: Mapping[str, Any], chip: Chip, place: frozenset[str], seat: frozenset[str], owner: str | None
) -> bool:
    """Return whether a rule is about the part by name, the place and the owner."""
    named, wanted, barred = (rule[key].split() for key in ("accelerators", "places", "not_places"))
    return (
        chip.name.split()[: len(named)] == named
        and ("*" in wanted or not place.isdisjoint(wanted))
        and place.isdisjoint(barred)
        and (not rule["owner_places"] or not seat.isdisjoint(rule["owner_places"].split()))
        and (not rule["owners"] or owner in rule["owners"].split(";"))
    )


def _classes(chip: Chip, rules: list[dict[str, Any]]) -> dict[str, bool | None]:
    """Return for each class whether the part is in it, None where that is unknown."""
    found: dict[str, bool | None] = {}
    for rule in rules:
        name = str(rule["control_class"])
        inside = _and(
            _compared(chip.tpp, rule["min_tpp"], rule["below_tpp"]),
            _compared(chip.performance_density, rule["min_density"], rule["below_density"]),
            None if rule["also_needs"] else True,
        )
        found[name] = _or(found.get(name, False), inside)
    return found


def _in_class(rule: Mapping[str, Any], classes: Mapping[str, bool | None]) -> bool | None:
    named = rule["control_class"].split()
    return True if "any" in named else _or(*(inside for name, inside in classes.items() if name in named))


def _compared(value: float, least: float | None, below: float | None) -> bool | None:
    """Return whether a figure lies in a range, None where it is unknown and the range has an end."""
    if least is None and below is None:
        return True
    if pd.isna(value):
        return None
    return (least is None or value >= least) and (below is None or value < below)


def _and(*parts: bool | None) -> bool | None:
    return False if False in parts else None if None in parts else True


def _or(*parts: bool | None) -> bool | None:
    return True if True in parts else None if None in parts else False
