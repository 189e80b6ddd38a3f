"""Re-check of exclusions and unknowns: the sites by the re-check's own rules, the words by preparing the scenario again."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from siting.plan.files import points_of
from siting.verify.limit_check import RECHECK
from siting.verify.question import candidates_again, lost_files
from siting.verify.tolerances import WORDS, Check, equal, not_rechecked, shortened
from siting.world.tables import read_table

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.scenario.scenario import Scenario

FILTERS = ("climate", "emissions_gate", "excluded", "export_control", "max_ci", "moratorium", "screen")
"""Kinds of limits that exclude sites whatever their size and design."""
NEEDED = ["id", "country_iso2", "zone_id", "jurisdiction", "lon", "lat"]


class Rebuilt(Protocol):
    """What a scenario gives when it is prepared again."""

    @property
    def excluded(self) -> pd.DataFrame:
        """Excluded sites with reasons."""

    @property
    def unknowns(self) -> pd.DataFrame:
        """Missing data that a limit could not judge."""

    @property
    def sources(self) -> pd.DataFrame:
        """Tables behind the numbers of all candidates."""


def exclusions(plan: "Plan", rebuild: "Callable[[Scenario], Rebuilt]") -> list[Check]:
    """Compare exclusions and unknowns, row by row, and judge every exclusion by a filter again."""
    if lost := lost_files(plan.scenario):
        return [not_rechecked(f"exclusions and unknowns: {', '.join(lost.values())} cannot be found")]
    again = rebuild(plan.scenario)
    return [
        *same_rows("excluded site", plan.excluded, again.excluded),
        *same_rows("unknown", plan.unknowns, again.unknowns),
        *_judged(plan),
    ]


def same_rows(what: str, stated: pd.DataFrame, expected: pd.DataFrame) -> list[Check]:
    """Compare the rows of two tables of words, in any order; each row that only one of them has is a fault."""
    columns = list(expected.columns)
    if list(stated.columns) != columns and len(stated) + len(expected):
        return [(f"columns of the table of each {what}", "portfolio", len(stated.columns), len(columns), "-", False)]
    mine, theirs = (Counter(t.fillna("").astype(str).itertuples(index=False, name=None)) for t in (stated, expected))
    checks = [equal(f"rows of each {what}", "portfolio", float(len(stated)), float(len(expected)), "rows")]
    for verb, rows in (("is not that of the scenario", mine - theirs), ("is not listed", theirs - mine)):
        for first, *rest in rows:
            text = shortened("; ".join(x for x in rest if x))
            checks.append((f"{what} {verb}: {text}", first, 0.0, 1.0, WORDS, False))
    return checks


def _judged(plan: "Plan") -> list[Check]:
    """Hold every candidate against the filters, as if it were built, and compare with the exclusions."""
    candidates = candidates_again(plan)
    if candidates is None:
        return []
    whole = candidates.reset_index()[NEEDED].dropna(subset=["country_iso2", "zone_id"])
    for column, table, key in (("country_iso2", "countries", "iso2"), ("zone_id", "zone_intensity", "zone_id")):
        whole = whole[whole[column].isin(read_table(table)[key])]
    as_built = replace(plan, sites=points_of(whole.assign(peak_facility_mw=1.0, pue=1.0)))
    known, checks = set(whole["id"]), list[Check]()
    for kind in FILTERS:
        limits = [x for x in plan.scenario.acting_limits if x.name == kind and _excludes(x)]
        broken = {w for x in limits for _, w, _, _, _, holds in RECHECK[kind](as_built, _of_sites(x)) if not holds}
        stated = set(plan.excluded.loc[plan.excluded["limit"] == kind, "site"]) & known
        if limits and not _has_designs(limits):
            kept, unfair = sorted((broken & known) - stated), sorted(stated - broken)
            checks += [
                equal(f"sites that `{kind}` excludes and the plan does not", _first(kept), len(kept), 0.0, "found"),
                equal(f"sites that `{kind}` does not exclude", _first(unfair), len(unfair), 0.0, "found"),
            ]
    return checks


def _excludes(limit: Any) -> bool:
    return bool(limit.name != "moratorium" or limit.above_facility_mw == 0)


def _of_sites(limit: Any) -> Any:
    """Return a limit without its rule on designs."""
    return limit.model_copy(update={"max_g_per_eflop": None}) if limit.name == "emissions_gate" else limit


def _has_designs(limits: list[Any]) -> bool:
    """Return whether a limit also excludes sites by what their designs emit, which is not judged here."""
    return any(getattr(x, "max_g_per_eflop", None) is not None for x in limits)


def _first(sites: list[str]) -> str:
    return ", ".join(sites[:3]) or "portfolio"
