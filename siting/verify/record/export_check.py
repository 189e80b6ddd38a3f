"""Re-check of export control, from the country groups and the thresholds in the tables, without the rules' own reader."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.verify.tolerances import Check, equal
from siting.world.policy.export_control import NAME, NOT_CHECKED, chip_of, verdict
from siting.world.tables import read_table

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.scenario.scenario import Scenario

CHINA, EMBARGO = {"CN", "HK", "MO"}, {"CU", "IR", "KP", "SY"}
RULE_OF_2023, CHINA_CASE, RUSSIA = date(2023, 11, 17), date(2026, 1, 15), date(2022, 2, 24)
SINCE = date(2022, 10, 7)


def export_control(plan: "Plan", _: Any) -> list[Check]:
    """Check that no site is built where a licence for the accelerator is presumed to be denied, or where it is prohibited."""
    barred = {c: is_barred(plan.scenario, str(c)) for c in plan.sites["country_iso2"].unique()}
    return [
        equal("export of the accelerator that would be denied", s.id, float(barred[s.country_iso2]), 0.0, "-")
        for s in plan.sites.itertuples()
    ]


def words_of(scenario: "Scenario", country: str) -> str:
    """Return the mark of a site in a country, in the words of the rules; those of a limit are compared, not judged, here."""
    if NAME in scenario.policy.off:
        return NOT_CHECKED
    hardware = scenario.hardware
    chip, day = chip_of(hardware.accelerator), scenario.policy.date
    return verdict(chip, country, day, owner_country=hardware.owner_country, owner=hardware.owner).words


def is_barred(scenario: "Scenario", country: str) -> bool:
    """Return whether the accelerator of a scenario would be refused to a country, by its figures and the country's groups."""
    day, hardware = scenario.policy.date, scenario.hardware
    if country in EMBARGO:
        return day >= SINCE
    if country in ("RU", "BY"):
        return day >= RUSSIA
    ascend = hardware.accelerator.startswith("Huawei Ascend")
    if ascend or country == "US" or day < RULE_OF_2023 or not is_controlled(hardware.accelerator):
        return False
    if country in CHINA and day >= CHINA_CASE:
        row = read_table("export_rules").set_index("rule_id").loc["china-2026"]
        tpp, _, bandwidth = _figures(hardware.accelerator)
        return bool(tpp >= row["below_tpp"] or bandwidth >= row["below_memory_bw_gb_s"])
    return _is_arms_embargoed(country, day) or _is_arms_embargoed(hardware.owner_country, day)


def is_controlled(accelerator: str) -> bool:
    """Return whether a part is in 3A090.a or 3A090.b by its figures; False where these are unknown."""
    tpp, density, _ = _figures(accelerator)
    rules = read_table("export_rules")
    rows = rules[(rules["kind"] == "class") & rules["also_needs"].isna()]
    ends = (rows[c].to_numpy(float) for c in ("min_tpp", "below_tpp", "min_density", "below_density"))
    return any(_within(tpp, a, b) and _within(density, c, d) for a, b, c, d in zip(*ends, strict=True))


def _within(value: float, least: float, below: float) -> bool:
    """Return whether a figure lies in a range; an end that is NaN does not count, and an unknown figure is in no range."""
    return bool((np.isnan(least) or value >= least) and (np.isnan(below) or value < below))


def _figures(accelerator: str) -> tuple[float, float, float]:
    table = read_table("hardware")
    row = table[table["accelerator"] == accelerator][["tpp", "performance_density", "memory_bw_gb_s"]]
    tpp, density, bandwidth = row.to_numpy(float)[0]
    return float(tpp), float(density), float(bandwidth)


def _is_arms_embargoed(country: str, day: date) -> bool:
    """Return whether a country is in group D:5 on a day, or is Macau."""
    periods = read_table("export_countries")
    rows = periods[periods["iso2"] == country]
    ends = [date.max if pd.isna(end) else date.fromisoformat(end) for end in rows["effective_to"]]
    starts = [date.fromisoformat(start) for start in rows["effective_from"]]
    groups = [str(g).split() for g in rows["country_groups"]]
    return country == "MO" or any(a <= day <= b and "D:5" in g for a, b, g in zip(starts, ends, groups, strict=True))
