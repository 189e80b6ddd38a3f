"""No combination of the ends of the inputs leaves the interval, and what moves the objective most comes first."""

import numpy as np
import pandas as pd
import pytest

from siting import Plan, Scenario, SiteCount, prepare, solve
from siting.study.uncertainty.extremes import objective_kpi, varying
from siting.study.uncertainty.inputs import inputs_of, published_mfu
from siting.study.uncertainty.interval import kpis_at
from siting.world.tables import read_table

KPI = "emissions_g_per_eflop"


@pytest.fixture(scope="module")
def two() -> Plan:
    """Return a plan of two sites."""
    return solve(prepare(Scenario(name="two", demand={"it_mw": 100}, limits=(SiteCount(min=2, max=2),))))


@pytest.fixture(scope="module")
def table(two: Plan) -> pd.DataFrame:
    """Return its interval."""
    return two.kpis_interval(100)


def test_the_value_at_any_combination_of_ends_lies_inside(two: Plan, table: pd.DataFrame) -> None:
    inputs, rng, n = inputs_of(two), np.random.default_rng(0), 120
    values = {x.name: np.full(n, x.mid) for x in inputs}
    for x in varying(inputs, ()):
        values[x.name] = rng.choice([x.low, x.mid, x.high], n)
    at = kpis_at(two, values)
    slack = 1e-9 * table[["low", "high"]].abs().max(axis=1)
    assert (at.min() >= table["low"] - slack).all()
    assert (at.max() <= table["high"] + slack).all()


def test_the_percentiles_and_the_plan_lie_between_the_ends(table: pd.DataFrame) -> None:
    for column in ("mid", "p05", "p50", "p95"):
        assert (table[column] >= table["low"] * (1 - 1e-9)).all()
        assert (table[column] <= table["high"] * (1 + 1e-9)).all()


def test_the_ends_of_one_input_are_worked_by_hand(two: Plan) -> None:
    """Compute is proportional to the MFU, and nothing else is."""
    others = [x.name for x in inputs_of(two) if x.name != "mfu"]
    row = two.kpis_interval(100, hold=others).loc[KPI]
    low, high, _ = published_mfu()
    assert [row["low"], row["high"]] == pytest.approx([two.kpis[KPI] * 0.38 / high, two.kpis[KPI] * 0.38 / low])


def test_what_is_held_fixed_is_named(two: Plan) -> None:
    table = two.kpis_interval(100, hold=("mfu", "discount-rate"))
    assert {"mfu", "discount-rate", "climate", "life-facility-years"} <= set(table.attrs["held_fixed"])
    assert not {"life-it-years", "embodied-shell-t-per-mw", "round-trip error"} & set(table.attrs["held_fixed"])


def test_the_interval_of_the_mfu_is_the_quartiles_of_the_published_runs() -> None:
    runs = read_table("mfu_runs")
    low, high, n = published_mfu()
    assert n == len(runs) == 56
    assert (runs["mfu"] < low).sum() == (runs["mfu"] > high).sum() == 14


def test_assumptions_are_ranked_by_what_their_range_does_to_the_objective(two: Plan) -> None:
    table = two.assumptions
    assert table["effect_range"].is_monotonic_decreasing
    assert table.at["mfu", "effect_10_percent"] == pytest.approx(1 / 1.1 - 1)
    low, high, _ = published_mfu()
    assert table.at["mfu", "effect_range"] == pytest.approx(0.38 / low - 0.38 / high)
    assert table.at["opex-other-usd-per-mw-year", "effect_10_percent"] == 0.0  # money moves no emissions
    assert table.at["life-facility-years", "effect_range"] == 0.0  # no interval is known
    assert (table[["unit", "source", "quality"]] != "").all(axis=None)


def test_the_objective_is_the_one_that_the_plan_minimises(two: Plan) -> None:
    assert objective_kpi(two) == KPI
