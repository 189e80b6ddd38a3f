"""Re-check of what the planner gives of places: power and its date at built sites, and the table that lists the values."""

from typing import TYPE_CHECKING

from siting.verify.question import own_again, own_unread
from siting.verify.tolerances import Check, at_most, equal

if TYPE_CHECKING:
    from siting.plan.plan import Plan


def own_columns(plan: "Plan") -> list[Check]:
    """Compare the size of built sites with the power that the planner states, its year, and the values that the plan lists."""
    own, checks = own_again(plan), own_unread(plan)
    year = plan.scenario.outlook.year or plan.scenario.policy.date.year
    listed: dict[tuple[str, str], str] = {}
    if (table := plan.tables.get("as_given")) is not None:
        listed = {(str(r.site), str(r.column)): str(r.value) for r in table.itertuples()}
    for s in plan.sites.itertuples():
        mine = own.get(str(s.id), {})
        if "available_mw" in mine:
            checks.append(at_most("available power, as given", s.id, s.peak_facility_mw, mine["available_mw"], "MW"))
        if "available_from" in mine:
            checks.append(at_most("first year of power, as given", s.id, mine["available_from"], float(year), "year"))
        for column, value in mine.items():
            stated = listed.get((str(s.id), column))
            if stated is None:
                checks.append(equal(f"`{column}`, as given, is listed", s.id, 0.0, 1.0, "found"))
            else:
                checks.append(equal(f"`{column}`, as given", s.id, float(stated), value, "as given"))
    return checks
