"""What every programme is worth at every candidate, what it needs, and whether a plan meets it."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.physics.compute import eflop_per_mwh_it
from siting.problem.ledger.cost_figures import rates_of
from siting.problem.ledger.incentive_offers import benefit
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.parts.incentives import INCENTIVE
from siting.units import HOURS_PER_YEAR, Floats
from siting.world.policy import Entry, Incentive, Pack

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.problem.problem import Problem

COLUMNS = (
    *("site", "name", "country", "programme", "title", "usd_per_mw_year", "usd_per_eflop", "needs", "conditions"),
    *("least_it_mw", "built_it_mw", "met", "usd_per_year", "why"),
)
"""Columns of the table."""

YES, NO, NOT_BUILT, NOT_COUNTED = "yes", "no", "not built", "not counted"
"""What the plan has to do with a programme."""
RIVAL = "not claimed: another programme, which excludes it, pays as much"
NOTHING = "not claimed: it pays nothing, as what it waives is not charged here"


def incentives(problem: "Problem", plan: "Plan | None" = None) -> pd.DataFrame:
    """Return what every programme of the packs is worth at every candidate that may be built.

    Each programme is valued alone, at the design that the plan builds, else at the one with the lowest PUE; two that exclude
    each other are not paid together.

    Parameters
    ----------
    problem : Problem
        The prepared scenario.
    plan : Plan or None, optional
        Its plan, to compare with what the programmes need.

    Returns
    -------
    pandas.DataFrame
        A row for each candidate and programme in force there, the most valuable first: `site`, `name`, `country`,
        `programme`, `title`; `usd_per_mw_year`, what it pays per MW of IT capacity in full use [USD/(MW a)], and the same per
        compute, `usd_per_eflop`; `needs` and the `conditions` that no number here represents, in words; `least_it_mw`, the IT capacity from which a site meets them [MW], infinite where
        the site may not be so large; `built_it_mw` of the plan [MW]; `met`: `yes`, `no`, `not built` or `not counted`;
        `usd_per_year`, what the plan receives [USD/a]; and `why` in words.

    Examples
    --------
    >>> import siting as st
    >>> problem = st.prepare(st.Scenario.read("scenarios/baseline.toml"))
    >>> table = incentives(problem)
    >>> set(table["met"]) <= {"not built", "not counted"}
    True
    """
    scenario, options = problem.scenario, problem.options
    packs = scenario.policy.in_force(scenario.file)
    costs = OptionCosts.of(
        problem.sites, options.drop(columns="capex_usd_per_hall"), scenario, rates_of(scenario), packs
    )
    worth = {e.id: benefit(costs, e) for p in packs for e in p.incentives if e.why_not_modelled is None}
    built = {} if plan is None else {str(s.id): s for s in plan.sites.itertuples()}
    paid = {} if plan is None else _paid(plan)
    rows: list[dict[str, Any]] = []
    for s, place in enumerate(problem.sites.to_dict("records")):
        site = str(place["id"])
        o = _option(options, s, built.get(site))
        for e in _entries(packs, place):
            row = {
                "site": site,
                "name": place["name"],
                "country": place["country"],
                "programme": e.id,
                "title": e.title,
            }
            if e.id not in worth or not isinstance(e, Incentive):
                rows.append(
                    {**row, "met": NOT_COUNTED, "why": e.why_not_modelled or "", "needs": "", "usd_per_year": 0.0}
                )
                continue
            rows.append(
                row
                | _valued(costs, worth[e.id], o, e)
                | _against(costs, worth[e.id], o, e, built.get(site), paid.get((site, e.id)))
            )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = ["usd_per_mw_year", "usd_per_eflop", "least_it_mw", "built_it_mw", "usd_per_year"]
    table = table.astype(dict.fromkeys(numbers, float))
    return table.sort_values(["usd_per_mw_year", "site", "programme"], ascending=[False, True, True], ignore_index=True)


def _entries(packs: tuple[Pack, ...], place: Mapping[Any, Any]) -> Iterator[Entry]:
    """Yield the incentives and programmes in force at a place."""
    for pack in packs:
        if pack.covers(str(place["jurisdiction"])):
            for e in (*pack.incentives, *pack.programmes):
                if e.holds_at(float(place["lon"]), float(place["lat"])):
                    yield e


def _paid(plan: "Plan") -> dict[tuple[str, str], float]:
    """Return what the plan receives of each programme at each site [USD/a]."""
    lines = plan.ledger[plan.ledger["line"].str.startswith(INCENTIVE)]
    rows = zip(lines["site"], lines["line"], lines["usd_per_year"], strict=True)
    return {(str(s), str(line).removeprefix(INCENTIVE)): -float(usd) for s, line, usd in rows}


def _option(options: pd.DataFrame, site: int, built: Any) -> int:
    """Return the option at which programmes are valued."""
    mine = options[options["site"] == site]
    if built is not None and (mine["cooling"] == built.cooling).any():
        return int(mine.index.to_numpy(np.intp)[(mine["cooling"] == built.cooling).to_numpy(bool)][0])
    return int(mine.index.to_numpy(np.intp)[np.argmin(mine["pue"].to_numpy(float))])


def _valued(costs: OptionCosts, worth: tuple[Floats, Floats], o: int, e: Incentive) -> dict[str, Any]:
    """Return what a programme pays at an option, and what it needs."""
    used_mw = costs.scenario.usable_hall_mw
    per_hall = float(worth[0][o]) + float(worth[1][o]) * used_mw
    chip, mfu = costs.rates.accelerator, costs.scenario.hardware.mfu
    eflop = HOURS_PER_YEAR * used_mw * float(eflop_per_mwh_it(chip.peak_flop_per_s, mfu, chip.server_power_w))
    words = {"needs": needs(e, costs), "conditions": "; ".join(e.conditions_not_modelled)}
    return {"usd_per_mw_year": per_hall / costs.hall_mw, "usd_per_eflop": per_hall / eflop, **words}


def needs(e: Incentive, costs: OptionCosts) -> str:
    """Return what a programme needs, in words."""
    committed = "" if costs.scenario.policy.jobs_thresholds == "binding" else ", a commitment"
    asked = [
        (e.min_capex_usd, f"an investment of {e.min_capex_usd / 1e6:,.6g} million USD"),
        (e.min_jobs, f"{e.min_jobs:,.6g} permanent jobs{committed}"),
        (e.min_it_mw, f"{e.min_it_mw:,.6g} MW of IT"),
        (e.min_facility_mw, f"{e.min_facility_mw:,.6g} MW from the grid"),
    ]
    texts = [text for least, text in asked if least > 0]
    return "; ".join(texts) or "nothing that the plan counts"


def _against(
    costs: OptionCosts, worth: tuple[Floats, Floats], o: int, e: Incentive, built: Any, usd: float | None
) -> dict[str, Any]:
    """Return whether a plan meets the thresholds of a programme, and what it receives."""
    per_hall = {
        "investment": (float(sum(c[o] for c in costs.capital_usd_per_hall.values())), e.min_capex_usd),
        "jobs": (costs.rates.jobs_per_mw * costs.hall_mw, e.min_jobs),
        "IT power": (costs.hall_mw, e.min_it_mw),
        "grid power": (costs.hall_mw * float(costs.facts["peak_pue"].iloc[o]), e.min_facility_mw),
    }
    if costs.scenario.policy.jobs_thresholds != "binding":
        del per_hall["jobs"]
    halls = max(
        [costs.scenario.building.min_halls, *(int(np.ceil(least / has - 1e-9)) for has, least in per_hall.values())]
    )
    most = int(costs.facts["max_halls"].iloc[o])
    least_mw = halls * costs.hall_mw if halls <= most else np.inf
    found: dict[str, Any] = {"least_it_mw": least_mw, "built_it_mw": 0.0, "usd_per_year": usd or 0.0}
    if built is None:
        larger = f"it would need {halls * costs.hall_mw:g} MW of IT, and the site may have {most * costs.hall_mw:g}"
        return found | {"met": NOT_BUILT, "why": larger if halls > most else ""}
    short = [what for what, (has, least) in per_hall.items() if has * float(built.halls) < least * (1 - 1e-9)]
    if short:
        why = f"the plan has too little {' and '.join(short)}: {halls * costs.hall_mw:g} MW of IT would do"
    else:
        pays = max(float(x[o]) for x in worth) > 0
        why = "claimed" if usd is not None else RIVAL if pays else NOTHING
    return found | {"built_it_mw": float(built.capacity_it_mw), "met": NO if short else YES, "why": why}
