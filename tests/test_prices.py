"""What one more unit of a limit is worth: by hand, by a small step, and unknown where nobody can say."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import problem_of, random_numbers, with_part
from scipy import sparse
from scipy.optimize import linprog
from test_limits import asked, three

from siting import (
    Budget,
    Cost,
    CoveredDemand,
    EfficiencyDuty,
    EmissionsCap,
    Existing,
    GridHeadroom,
    Limit,
    MaxShare,
    Moratorium,
    Plan,
    Problem,
    RenewableShare,
    SiteCount,
    WorstLatency,
    solve,
)
from siting.problem.parts import UnmetDemand
from siting.problem.rows import Rows
from siting.solver.results.binding import BINDING_COLUMNS, MET, NO_HALL, binding
from siting.solver.results.shadow_prices import AT_THE_PLAN, HALLS_DIVIDED, UNKNOWN, row_prices
from siting.units import Floats
from siting.world.policy import Area, packs

G_PER_EFLOP = 1e6 / (8760 * 1000 * 30)
"""One tonne of the three sites' plan in gCO2e/EFLOP: 30 MW at 1000 EFLOP/MWh."""
TONNES = np.array([8.76 * 1.1 * 10, 8.76 * 1.2 * 100, 8.76 * 1.3 * 400])
"""Operational emissions of the three sites [t per MW-year]."""
TWO = Existing(halls={"site-0": 2, "site-1": 2})


def bound(*limits: Limit) -> pd.DataFrame:
    """Return what binds a proven plan on the three sites."""
    return solve(asked(*limits), gap=1e-9).binding


def test_a_megawatt_of_a_share_is_worth_the_difference_of_two_sites() -> None:
    row = bound(TWO, SiteCount(max=2), MaxShare(max=0.55)).query("limit == 'max_share'").iloc[0]
    assert (row["where"], row["unit"], row["price_unit"]) == ("site-0", "MW", "gCO2e/EFLOP per MW")
    assert row["price"] == pytest.approx((TONNES[1] - TONNES[0]) * G_PER_EFLOP)
    assert row["priced_at"] == AT_THE_PLAN


def test_a_megawatt_of_headroom_is_worth_what_a_divided_hall_would_save() -> None:
    """Zone Z0 spares 17 MW: one hall of 11 MW. A MW more is a 1/11 of a hall, which carries 9 MW of load."""
    limits = (SiteCount(min=2, max=2), GridHeadroom(zone_share=0.034, plants_share=1))
    told = solve(asked(*limits, avg_generation_mw=[500.0, 5000.0, 5000.0]), gap=1e-9).binding
    row = told.query("where == 'Z0'").iloc[0]
    assert "site-0" not in set(told["where"])  # its own cap is that of its zone, and is not told twice
    assert row["slack"] == pytest.approx(17.0 - 11.0)
    assert row["because"] == NO_HALL  # 6 MW are left, and a hall needs 11
    assert row["price"] == pytest.approx((TONNES[1] - TONNES[0]) * 9 / 11 * G_PER_EFLOP)
    assert row["priced_at"] == HALLS_DIVIDED


def test_a_budget_that_one_more_hall_would_break_binds_and_one_with_room_for_it_does_not() -> None:
    """Halls cost 100 million dollars a year each: 60 million left buy none, 101 million one."""
    cost = solve(asked(TWO, SiteCount(max=2)), gap=1e-9).kpis["cost_usd_per_year"]
    near, far = (bound(TWO, SiteCount(max=2), Budget(usd_per_year=cost + more)) for more in (6e7, 1.01e8))
    row = near.query("limit == 'budget'").iloc[0]
    assert row["slack"] == pytest.approx(6e7)
    assert row["because"] == NO_HALL
    assert "budget" not in set(far["limit"])


def test_a_limit_that_is_met_is_told_apart_from_one_without_room_for_more() -> None:
    row = bound(TWO, SiteCount(max=2), MaxShare(max=0.55)).query("limit == 'max_share'").iloc[0]
    assert row["because"] == MET


def test_a_number_of_sites_has_no_price_and_not_the_price_0() -> None:
    row = bound(SiteCount(max=1)).query("limit == 'site_count'").iloc[0]
    assert np.isnan(row["price"])
    assert row["priced_at"] == UNKNOWN


def test_nothing_has_a_price_where_the_worst_is_what_counts() -> None:
    problem = problem_of(three(), (SiteCount(max=1), MaxShare(max=1.0)), WorstLatency())
    told = solve(problem).binding
    assert len(told) > 1
    assert told["price"].isna().all()


def test_more_is_better_where_more_is_wanted() -> None:
    """A cap of 20 MW on one site, of 30 wanted: a MW more is a MW more served."""
    scenario = problem_of(three()).scenario
    demand = scenario.demand.model_copy(update={"elastic": {"min_share": 0.1}})
    elastic = type(scenario)(
        **{**dict(scenario), "demand": {**dict(demand), "elastic": {"min_share": 0.1}}, "minimise": CoveredDemand()}
        | {"limits": (SiteCount(max=1), MaxShare(max=0.5))}
    )
    problem = with_part(replace(problem_of(three()), scenario=elastic), UnmetDemand(0.0))
    row = solve(problem, gap=1e-9).binding.query("limit == 'max_share'").iloc[0]
    assert row["price"] == pytest.approx(1.0)
    assert row["price_unit"] == "MW per MW"


def test_a_cap_on_a_site_binds_with_its_own_limit_and_a_price() -> None:
    """Site 0 may draw 17 MW of facility power: the cap writes no row, and is told all the same."""
    queue = Moratorium(areas=(Area(name="here", lon=-10, lat=50, radius_km=10),), above_facility_mw=17)
    problem = asked(SiteCount(min=2, max=2), queue)
    sites = problem.sites.assign(admin1="")
    capped = replace(problem, sites=sites, options=problem.options.assign(max_halls=[1, 4, 4]))
    row = solve(capped, gap=1e-9).binding.query("limit == 'moratorium'").iloc[0]
    assert (row["where"], row["unit"]) == ("site-0", "MW")
    assert row["slack"] == pytest.approx(6.0)
    assert row["price"] == pytest.approx((TONNES[1] - TONNES[0]) * 9 / 11 * G_PER_EFLOP)


def test_a_duty_that_binds_is_told_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = asked(EfficiencyDuty(), SiteCount(min=2, max=2), jurisdictions=("DE", "US-TX", "US-VA"))
    pack = packs()["de"]
    duty = pack.duties[0].model_copy(update={"min_facility_mw": 20.0, "max_pue": 1.05})
    larger = pack.model_copy(update={"duties": (duty,)})
    monkeypatch.setattr("siting.scenario.policy.selected_packs", lambda *_: (larger,))
    policy = problem.scenario.policy.model_copy(update={"date": pd.Timestamp("2026-08-01").date()})
    ruled = replace(problem, scenario=problem.scenario.model_copy(update={"policy": policy}))
    row = solve(ruled, gap=1e-9).binding.query("limit == 'efficiency_duty'").iloc[0]
    assert "EnEfG section 11" in row["where"]
    assert row["price"] > 0


def fixed(
    problem: Problem, rows: list[Rows], values: Mapping[str, Floats], more: Mapping[tuple[int, int], float]
) -> float:
    """Return the least of emissions per compute with whole numbers fixed and some rows loosened, by another way."""
    families = problem.families
    objective = problem.scenario.minimise
    linear = objective.linear(problem)
    cost = np.concatenate([linear.terms.get(f, np.zeros(len(x))) for f, x in families.items()])
    low = np.concatenate([values[f] if x.integer else x.lower for f, x in families.items()])
    high = np.concatenate([values[f] if x.integer else x.upper for f, x in families.items()])
    upper, rhs, equal, right = [], [], [], []
    for n, block in enumerate(rows):
        wide = sparse.hstack([block.terms.get(f, sparse.csr_array((len(block), len(x)))) for f, x in families.items()])
        for i, row in enumerate(wide.toarray()):
            if block.sense == "==":
                equal.append(row)
                right.append(block.rhs[i])
            else:
                sign = 1.0 if block.sense == "<=" else -1.0
                upper.append(sign * row)
                rhs.append(sign * block.rhs[i] + more.get((n, i), 0.0))
    found = linprog(cost, A_ub=upper, b_ub=rhs, A_eq=equal, b_eq=right, bounds=np.column_stack([low, high]))
    assert found.status == 0, found.message
    per = objective.per(problem)
    assert per is not None
    return objective.in_unit(problem, float(found.fun) / per.constant)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_a_step_is_worth_at_most_the_price_and_a_step_back_costs_at_least_it(seed: int) -> None:
    """With whole numbers fixed the optimum is convex in a right-hand side, and the price a slope of it."""
    rng = np.random.default_rng(seed)
    limits: list[Limit] = [SiteCount(min=2, max=4), MaxShare(max=float(rng.uniform(0.3, 0.7)))]
    if rng.random() < 0.5:
        limits.append(RenewableShare(min=float(rng.uniform(0.3, 0.6))))
    problem = problem_of(random_numbers(seed, n_sites=4, n_designs=1), tuple(limits))
    found: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("siting.solver.results.plan_builder.binding", lambda *a: found.append(a) or binding(*a))
        plan = solve(problem, gap=1e-9)
    if plan.objective is None:
        return
    _, rows, values, _ = found[0]
    places = [(n, i) for n, b in enumerate(rows) if b.limit in ("max_share", "renewable_share") for i in range(len(b))]
    now = fixed(problem, rows, values, {})
    for place, price in zip(places, row_prices(problem, rows, values, places), strict=True):
        if price.held != AT_THE_PLAN:
            continue
        step = 0.01
        worth = now - fixed(problem, rows, values, {place: step})
        assert worth <= price.value * step + 1e-9 * abs(now)
        assert worth >= -1e-9 * abs(now)


def test_some_steps_are_worth_the_price_to_the_last_digit() -> None:
    """The law above would hold of prices that are far too large."""
    problem = asked(TWO, SiteCount(max=2), MaxShare(max=0.55))
    found: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("siting.solver.results.plan_builder.binding", lambda *a: found.append(a) or binding(*a))
        solve(problem, gap=1e-9)
    _, rows, values, _ = found[0]
    place = next((n, 0) for n, b in enumerate(rows) if b.limit == "max_share")
    (price,) = row_prices(problem, rows, values, [place])
    worth = fixed(problem, rows, values, {}) - fixed(problem, rows, values, {place: 0.5})
    assert worth == pytest.approx(0.5 * price.value)


def test_a_dollar_of_a_budget_is_worth_the_load_that_it_moves() -> None:
    """Two halls each at sites 0 and 1; the cleanest plan costs 423.2 M USD, the budget is 422 M."""
    usd = 8760 * np.array([1.1 * 90, 1.2 * 60])  # energy of a MW at the two sites
    row = bound(TWO, SiteCount(max=2), Budget(usd_per_year=4.22e8)).query("limit == 'budget'").iloc[0]
    assert row["price"] == pytest.approx((TONNES[1] - TONNES[0]) * G_PER_EFLOP / (usd[0] - usd[1]))
    assert (row["priced_at"], row["price_unit"]) == (AT_THE_PLAN, "gCO2e/EFLOP per USD/year")


def test_a_tonne_of_a_cap_is_worth_the_dearer_energy() -> None:
    usd = 8760 * np.array([1.1 * 90, 1.2 * 60])
    problem = problem_of(three(), (TWO, SiteCount(max=2), EmissionsCap(t_per_year=2e4)), Cost())
    row = solve(problem, gap=1e-9).binding.query("limit == 'emissions_cap'").iloc[0]
    assert row["price"] == pytest.approx((usd[0] - usd[1]) / (TONNES[1] - TONNES[0]))
    assert row["price_unit"] == "USD/year per tCO2e/year"


def test_what_binds_is_told_with_all_its_columns_and_survives_a_file(plan: Plan, tmp_path: Any) -> None:
    assert tuple(plan.binding.columns) == BINDING_COLUMNS
    assert set(plan.binding["priced_at"]) <= {AT_THE_PLAN, HALLS_DIVIDED, UNKNOWN}
    assert (plan.binding["price"].isna() == (plan.binding["priced_at"] == UNKNOWN)).all()
    assert not set(plan.binding["limit"]) & {"serve", "capacity", "one_design"}
    again = Plan.load(plan.save(tmp_path))
    pd.testing.assert_frame_equal(again.binding, plan.binding)
