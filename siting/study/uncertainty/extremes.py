"""Least and largest KPIs over all combinations of the ends of the inputs, and what each input alone does to them."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.kpis import KPIS
from siting.problem.uncertain_input import UncertainInput
from siting.study.uncertainty.inputs import inputs_of
from siting.study.uncertainty.interval import kpis_at

if TYPE_CHECKING:
    from siting.plan.plan import Plan

PER_CENT_10 = 1.1
"""Factor on an input whose leverage is measured."""
COLUMNS = ("value", "unit", "low", "high", "effect_10_percent", "effect_range", "source", "quality")


def varying(inputs: Sequence[UncertainInput], hold: Collection[str]) -> list[UncertainInput]:
    """Return the inputs that are drawn."""
    return [x for x in inputs if x.low < x.high and x.name not in hold]


def one_at_a_time(plan: "Plan", inputs: Sequence[UncertainInput], ends: Sequence[tuple[str, float]]) -> pd.DataFrame:
    """Return the KPIs with one input at another value, a row each; the others are at the plan's own."""
    values = {x.name: np.full(len(ends), x.mid) for x in inputs}
    for row, (name, value) in enumerate(ends):
        values[name][row] = value
    return kpis_at(plan, values)


def extremes(plan: "Plan", inputs: Sequence[UncertainInput], hold: Collection[str] = ()) -> pd.DataFrame:
    """Return `low` and `high` of every KPI: its values at the worst and best combination of the ends of the inputs.

    Each input is moved to its ends alone, which shows at which end a KPI is less; the combination of these ends is then
    evaluated. That is exact where a KPI rises, or falls, with an input whatever the others are.
    """
    free = varying(inputs, hold)
    if not free:
        still = pd.Series(dict(plan.kpis))
        return pd.DataFrame({"low": still, "high": still})
    alone = one_at_a_time(plan, inputs, [(x.name, end) for x in free for end in (x.low, x.high)])
    kpis = list(alone.columns)
    at_low, at_high = alone.to_numpy(float)[0::2], alone.to_numpy(float)[1::2]
    own = np.array([plan.kpis[k] for k in kpis])
    values = {x.name: np.full(2 * len(kpis), x.mid) for x in inputs}
    for x, less, more in zip(free, at_low, at_high, strict=True):
        least = np.where(np.minimum(less, more) >= own, x.mid, np.where(less < more, x.low, x.high))
        most = np.where(np.maximum(less, more) <= own, x.mid, np.where(less > more, x.low, x.high))
        values[x.name] = np.concatenate([least, most])
    corner = kpis_at(plan, values).to_numpy(float)
    n = np.arange(len(kpis))
    low = np.minimum.reduce([corner[n, n], at_low.min(axis=0), at_high.min(axis=0), own])
    high = np.maximum.reduce([corner[n + len(kpis), n], at_low.max(axis=0), at_high.max(axis=0), own])
    return pd.DataFrame({"low": low, "high": high}, index=kpis)


def objective_kpi(plan: "Plan") -> str:
    """Return the KPI that the plan minimises, emissions per compute where its objective is none."""
    word = plan.scenario.minimise.name
    return next(
        (k for k, kpi in KPIS.items() if getattr(kpi, "objective", "") == word and k in plan.kpis),
        "emissions_g_per_eflop",
    )


def leverage(plan: "Plan", inputs: Sequence[UncertainInput]) -> pd.DataFrame:
    """Return what 10 % of each input, and its range, do to the objective; see `Plan.assumptions`."""
    kpi = objective_kpi(plan)
    known = [x for x in inputs if x.quality != "unknown"]
    free = varying(known, ())
    scaled = [x for x in known if x.mid and ": " not in x.name]  # a parameter of a plant has limits of its own
    ends = [(x.name, end) for x in free for end in (x.low, x.high)] + [(x.name, PER_CENT_10 * x.mid) for x in scaled]
    found = one_at_a_time(plan, inputs, ends)[kpi].to_numpy(float) / plan.kpis[kpi] - 1.0
    of_range = dict(
        zip([x.name for x in free], np.abs(found[1 : 2 * len(free) : 2] - found[: 2 * len(free) : 2]), strict=True)
    )
    of_10: Mapping[str, float] = dict(zip([x.name for x in scaled], found[2 * len(free) :], strict=True))
    rows = {
        x.name: (
            x.mid,
            x.unit,
            x.low,
            x.high,
            of_10.get(x.name, np.nan),
            of_range.get(x.name, 0.0),
            x.source,
            x.quality,
        )
        for x in known
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS)).rename_axis("name")
    return table.sort_values("effect_range", ascending=False, kind="stable")


def assumptions(plan: "Plan") -> pd.DataFrame:
    """Return what the plan's numbers rest on, by leverage; see `Plan.assumptions`."""
    return leverage(plan, inputs_of(plan))
