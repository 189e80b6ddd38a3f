"""What a plan assumes, in the words of a planner, with what 10 % of each does to emissions and cost."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.kpis import field
from siting.study.map_data import method_of
from siting.study.uncertainty.extremes import PER_CENT_10, one_at_a_time
from siting.study.uncertainty.inputs import MEAN_DRAW, inputs_of

if TYPE_CHECKING:
    from siting.plan.plan import Plan

COLUMNS = ("assumption", "value", "range", "emissions_10_percent", "cost_10_percent", "source")
MOVED = ("emissions_g_per_eflop", "cost_usd_per_eflop")
NOT_VARIED = (np.nan, np.nan)

LABELS = {
    "mfu": ("Model-FLOP utilisation (MFU)", "{:.2f} of the peak"),
    MEAN_DRAW: ("Mean draw of an accelerator, with host", "{:,.0f} W"),
    "life-it-years": ("Life of the servers", "{:g} years"),
    "life-facility-years": ("Life of the facility", "{:g} years"),
    "discount-rate": ("Discount rate, real", "{:g} %"),
    "capex-it-usd-per-mw": ("Price of servers and network, per MW", "{:,.3g} M USD"),
    "capex-facility-usd-per-mw": ("Price of the facility, per MW (United States)", "{:,.3g} M USD"),
    "embodied-accelerator-kg": ("Embodied carbon of an accelerator, with host", "{:,.0f} kgCO2e"),
    "embodied-shell-t-per-mw": ("Embodied carbon of the facility, per MW", "{:,.0f} tCO2e"),
}
"""Inputs that a board reads, with their label and format, in this order."""
SCALES = {"capex-it-usd-per-mw": 1e6, "capex-facility-usd-per-mw": 1e6, "discount-rate": 0.01}
"""What an input is divided by to be written in the unit of its format."""


def assumed(plan: "Plan") -> pd.DataFrame:
    """Return the assumptions of a plan that a board needs; `Plan.assumptions` has every input.

    Parameters
    ----------
    plan : Plan
        A plan with sites.

    Returns
    -------
    pandas.DataFrame
        `assumption`, `value` and `range` (text with units), `emissions_10_percent` and `cost_10_percent` (relative change of
        the emissions and cost per compute where the value is 10 % larger, sites and loads held; NaN where that means
        nothing), `source`.

    Raises
    ------
    DataError
        As `Plan.kpis_interval` does.
    """
    return pd.DataFrame([*_hardware(plan), *_inputs(plan), *_electricity(plan)], columns=list(COLUMNS))


def _hardware(plan: "Plan") -> Iterator[tuple[object, ...]]:
    hardware, building = plan.scenario.hardware, plan.scenario.building
    yield "Accelerator", f"{hardware.accelerator}, {hardware.precision.upper()}", "", *NOT_VARIED, hardware.chip.source
    full = f"at most {100 * building.utilisation_max:g} % of its draw"
    yield "Use of a hall over the year, mean", full, "", *NOT_VARIED, "scenario: building.utilisation_max"


def _inputs(plan: "Plan") -> Iterator[tuple[object, ...]]:
    """Yield the inputs with a label, each made 10 % larger alone."""
    every = inputs_of(plan)
    known = {x.name: x for x in every if x.name in LABELS}
    moved = one_at_a_time(plan, every, [(name, PER_CENT_10 * x.mid) for name, x in known.items()])
    changes = dict(zip(known, _relative(plan, moved), strict=True))
    for name, (label, form) in LABELS.items():
        if x := known.get(name):
            unit = SCALES.get(name, 1.0)
            low, value, high = (form.format(v / unit) for v in (x.low, x.mid, x.high))
            of = f"{low.split(' ')[0]} to {high.split(' ')[0]}" if x.low < x.high else "none known"
            yield label, value, of, *changes[name], x.source


def _relative(plan: "Plan", moved: pd.DataFrame) -> list[tuple[float, ...]]:
    own = [plan.kpis[k] for k in MOVED]
    return [tuple(row) for row in (moved[list(MOVED)].to_numpy(float) / own - 1.0).tolist()]


def _electricity(plan: "Plan") -> Iterator[tuple[object, ...]]:
    """Yield price and carbon of electricity, whose lines of the ledger are proportional to them."""
    sites, carbon, year = plan.sites, plan.scenario.minimise.carbon, plan.scenario.outlook.year
    energy = plan.ledger[plan.ledger["line"] == "energy"]
    tenth = PER_CENT_10 - 1.0
    of_cost = tenth * float(energy["usd_per_year"].sum()) / plan.kpis["cost_usd_per_year"]
    of_carbon = tenth * float(energy["tco2e_per_year"].sum()) / plan.kpis["emissions_t_per_year"]
    price, intensity = (
        f"{field(c).write(sites[c].min())} to {field(c).write(sites[c].max())} {field(c).unit}"
        for c in ("price_usd_per_mwh", "ci_g_per_kwh")
    )
    yield "Price of electricity at the sites", price, "", 0.0, of_cost, "see Sites"
    when = "" if year is None else f", of {year}"
    method = f"{method_of(carbon)}, by {carbon.basis}{when}"
    yield "Carbon of electricity at the sites", intensity, method, of_carbon, 0.0, "see Sites"
