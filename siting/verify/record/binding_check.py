"""Re-check of the table of binding limits: its names, units and slack, and that no limit met with equality is left out.

Shadow prices are dual values of the solver's linear programmes and are not computed again.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.verify.tolerances import RELATIVE_TOLERANCE, Check, at_least, equal, same

if TYPE_CHECKING:
    from siting.plan.plan import Plan

OfLimits = Sequence[tuple[str, list[Check]]]
"""Kind of each limit, with the checks made of it."""
PARTS = ("serve", "elastic", "capacity", "utilisation", "incentives", "contracts", "available_mw")
"""Rows of the model itself that may bind, and the power that the planner states for a site."""
BECAUSE = ("met", "less than one more unit is left", "less than one more hall needs is left")
PRICED_AT = ("sites and sizes of the plan", "sites of the plan, halls divided", "unknown")
EXACT = 1e-9
"""Relative slack below which a limit is met with equality, whatever the solver's tolerance."""
LISTED = {"site_count": ("sites",), "budget": ("USD/year",), "grid_headroom": ("MW",), "emissions_cap": ("tCO2e/year",)}
"""Units of the checks that have a row of their own in the model, by the kind of the limit."""


def binding(plan: "Plan", of_limits: OfLimits) -> list[Check]:
    """Compare every binding limit with the checks of that limit, and look for those that are not listed."""
    kinds, checks = {kind for kind, _ in of_limits}, list[Check]()
    listed: Any = plan.binding.itertuples()
    twice = plan.binding.duplicated(["limit", "where", "unit", "slack"])
    checks.append(equal("binding limits listed twice", "portfolio", float(twice.sum()), 0.0, "found"))
    for row in listed:
        where = f"{row.limit} {row.where}"
        known = row.limit in kinds or row.limit in PARTS or row.limit.startswith("policy ")
        checks += [
            equal("binding limit is one of the scenario", where, float(known), 1.0, "-"),
            same("unit of the price", where, row.price_unit, f"{plan.proof.unit} per {row.unit}"),
            equal(f"reason `{row.because}` is one of three", where, float(row.because in BECAUSE), 1.0, "-"),
            equal(f"priced at `{row.priced_at}` is known", where, float(row.priced_at in PRICED_AT), 1.0, "-"),
            equal("price is known", where, float(not np.isnan(row.price)), float(row.priced_at != "unknown"), "-"),
            at_least("price", where, 0.0 if np.isnan(row.price) else row.price, 0.0, row.price_unit),
        ]
        checks += _slack(plan, row, [c for kind, found in of_limits if kind == row.limit for c in found])
    return [*checks, *_left_out(plan, of_limits)]


def _slack(plan: "Plan", row: Any, found: list[Check]) -> list[Check]:
    """Compare the slack with the checks of the limit that have a row of their own, in the same unit and place."""
    units = LISTED.get(row.limit, ())  # a least site size is checked in MW, and is a row of halls
    here = [c for c in found if c[4] == row.unit in units and np.isfinite(c[2]) and np.isfinite(c[3])]
    here = [c for c in here if c[1] in str(row.where)] or here
    if not here:
        return []
    slacks = [abs(limit - value) for _, _, value, limit, _, _ in here]
    size = max(abs(limit) for _, _, _, limit, _, _ in here)
    nearest = min(slacks, key=lambda x: abs(x - abs(row.slack)))
    checks = [equal("slack", f"{row.limit} {row.where}", abs(row.slack), nearest, row.unit, total=size)]
    if row.because == "met":
        most = max(plan.proof.gap_asked, RELATIVE_TOLERANCE) * size
        checks.append(at_least("slack of a limit that is met", row.limit, most - row.slack, 0.0, row.unit))
    return checks


def _left_out(plan: "Plan", of_limits: OfLimits) -> list[Check]:
    """Count the limits that are met with equality, or with less than a hall to spare, and are not listed."""
    listed, hall_mw = set(plan.binding["limit"]), plan.scenario.building.hall_mw
    lost = []
    for kind, found in of_limits:
        tight = [
            c
            for c in found
            if c[4] in LISTED.get(kind, ())
            and (
                abs(c[3] - c[2]) <= EXACT * max(abs(c[3]), 1.0)
                or (c[0] == "headroom of the zone" and 0 < c[3] - c[2] < hall_mw * (1.0 - RELATIVE_TOLERANCE))
            )
        ]
        if tight and kind not in listed:
            lost.append(kind)
    return [equal("binding limits that are not listed", ", ".join(lost) or "portfolio", len(lost), 0.0, "found")]
