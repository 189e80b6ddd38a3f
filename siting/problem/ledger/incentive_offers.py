"""Incentive offers: the programmes that each option may claim, and what each pays, linear in halls or in load, before tax.

| kind | what it pays a year |
|---|---|
| `sales_tax_exemption` | ``min(rate, tax charged) * capital * charge`` |
| `property_tax_abatement` | ``rate * property tax`` |
| `grant` | ``rate * capital * charge`` |
| `investment_tax_credit` | ``capital * (charge - charge with ITC = rate)`` |
| `accelerated_depreciation` | ``capital * (charge - charge with the schedule)`` |
| `corporate_tax_rate` | ``sum over capital * (charge - charge at the rate)`` |
| `electricity_tax_reduction` | ``(tax - reduced tax) * 8760 * PUE`` per MW of mean IT draw |

The kinds that change the charge of capital (`CHARGE_KINDS`) exclude each other at a site: together they would pay for the
same dollar twice, and their product is not linear. A programme that another of its group dominates is not offered.

Jobs that a programme requires are a commitment of the planner, and no row of the model, unless the scenario makes them one.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from siting.physics.money.finance import SCHEDULES
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.ledger.option_taxes import FACILITY, IT
from siting.units import Floats
from siting.world.policy import Incentive

CHARGE_KINDS = ("grant", "investment_tax_credit", "accelerated_depreciation", "corporate_tax_rate")
"""Kinds that change what capital costs a year: at most one at a site."""

CHARGE_GROUP = "capital charge"
"""The group of `CHARGE_KINDS`."""

OFFER_COLUMNS = (
    *("option", "programme", "label", "benefit_usd_per_hall", "max_benefit_usd", "capex_usd_per_hall"),
    *("min_capex_usd", "jobs_per_hall", "min_jobs", "committed_jobs", "benefit_usd_per_mw", "it_mw_per_hall"),
    *("min_it_mw", "facility_mw_per_hall", "min_facility_mw", "groups", "cap_usd_per_year"),
)
"""Columns of the offers."""

THRESHOLDS = (
    ("capex_usd_per_hall", "min_capex_usd", "USD"),
    ("jobs_per_hall", "min_jobs", "jobs"),
    ("it_mw_per_hall", "min_it_mw", "MW"),
    ("facility_mw_per_hall", "min_facility_mw", "MW"),
)
"""What a hall contributes to a threshold, the threshold, and their unit."""


def incentive_offers(costs: OptionCosts) -> pd.DataFrame:
    """Return a row for each programme that an option could claim and that would pay it something.

    Parameters
    ----------
    costs : OptionCosts
        Options with their site's facts, rates and packs.

    Returns
    -------
    pandas.DataFrame
        `OFFER_COLUMNS`; `groups` are the names of which a site claims one at most, `cap_usd_per_year` is what the
        programme has for all sites together, infinite where it has no cap.
    """
    entries = costs.taxes.entries("incentives", Incentive)
    known = {e.id: e for at in entries for e in at}
    pays = {name: benefit(costs, e) for name, e in known.items()}
    rows = []
    for o, at in enumerate(entries):
        offered = [_offer(costs, o, e, *(float(x[o]) for x in pays[e.id])) for e in at]
        paying = [r for r in offered if r["max_benefit_usd"] > 0]
        rows += [r for r in paying if not _dominated(r, paying)]
    return pd.DataFrame(rows, columns=list(OFFER_COLUMNS))


def _offer(costs: OptionCosts, o: int, e: Incentive, per_hall: float, per_mw: float) -> dict[str, Any]:
    """Return one row: the thresholds of the programme, and the most that it pays."""
    max_halls = int(costs.facts["max_halls"].iloc[o])
    most = (per_hall + per_mw * costs.scenario.usable_hall_mw) * max_halls
    if e.max_base_usd is not None and e.base is not None and per_hall > 0:
        most = min(most, per_hall / float(costs.capital_usd_per_hall[e.base][o]) * e.max_base_usd)
    binding = costs.scenario.policy.jobs_thresholds == "binding"
    groups = [e.exclusive_group] if e.exclusive_group else []
    return {
        "option": o,
        "programme": e.id,
        "label": f"{costs.facts['label'].iloc[o]}__{e.id}",
        "benefit_usd_per_hall": per_hall,
        "max_benefit_usd": min(most, e.cap_usd_per_year or np.inf),
        "capex_usd_per_hall": float(sum(c[o] for c in costs.capital_usd_per_hall.values())),
        "min_capex_usd": e.min_capex_usd,
        "jobs_per_hall": costs.rates.jobs_per_mw * costs.hall_mw,
        "min_jobs": e.min_jobs if binding else 0.0,
        "committed_jobs": 0.0 if binding else e.min_jobs,
        "benefit_usd_per_mw": per_mw,
        "it_mw_per_hall": costs.hall_mw,
        "min_it_mw": e.min_it_mw,
        "facility_mw_per_hall": costs.hall_mw * float(costs.facts["peak_pue"].iloc[o]),
        "min_facility_mw": e.min_facility_mw,
        "groups": (*groups, *([CHARGE_GROUP] if e.kind in CHARGE_KINDS else [])),
        "cap_usd_per_year": e.cap_usd_per_year or np.inf,
    }


def benefit(costs: OptionCosts, e: Incentive) -> tuple[Floats, Floats]:
    """Return what a programme pays per hall and per MW of mean IT draw at each option [USD/a], 0 or more."""
    zero, rate, base, taxes = np.zeros(len(costs.facts)), float(e.rate or 0.0), str(e.base), costs.taxes
    capital, charged = costs.capital_usd_per_hall, costs.capital_usd_per_year
    if e.kind == "electricity_tax_reduction":
        tax, reduced = taxes.electricity_tax_usd_per_mwh, e.reduced_usd_per_mwh()
        saved = np.maximum(tax - reduced, 0.0) if reduced is not None else tax * rate
        return zero, saved * costs.energy_mwh_per_mw
    if e.kind == "corporate_tax_rate":
        least = np.maximum(rate, taxes.minimum_tax_rate)
        per_hall = np.sum([charged[b] - capital[b] * costs.charge(b, tax=least) for b in (IT, FACILITY)], axis=0)
    elif e.kind == "sales_tax_exemption":
        per_hall = np.minimum(rate, taxes.sales_tax_rate[base]) * charged[base]
    elif e.kind == "property_tax_abatement":
        per_hall = rate * taxes.property_tax_rate[base] * capital[base]
    elif e.kind == "grant":
        per_hall = rate * charged[base]
    elif e.kind == "investment_tax_credit":
        per_hall = charged[base] - capital[base] * costs.charge(base, itc=rate)
    else:
        schedule = SCHEDULES[e.schedule] if isinstance(e.schedule, str) else e.schedule
        per_hall = charged[base] - capital[base] * costs.charge(base, schedule=schedule)
    return np.maximum(per_hall, 0.0), zero


def _dominated(offer: dict[str, Any], others: Sequence[dict[str, Any]]) -> bool:
    """Return whether another offer of the same groups has no higher threshold, pays no less, and is better in one of them.

    Of two equal offers the first by name stays.
    """
    return any(
        other["groups"] and other["groups"] == offer["groups"] and _at_least_as_good(other, offer)
        for other in others
        if other is not offer and (not _at_least_as_good(offer, other) or other["programme"] < offer["programme"])
    )


def _at_least_as_good(a: dict[str, Any], b: dict[str, Any]) -> bool:
    pays = ("benefit_usd_per_hall", "benefit_usd_per_mw", "max_benefit_usd", "cap_usd_per_year")
    return all(a[least] <= b[least] for _, least, _ in THRESHOLDS) and all(a[p] >= b[p] for p in pays)
