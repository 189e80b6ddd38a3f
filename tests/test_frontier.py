"""The frontier of two KPIs: against enumeration, without dominated points, each point proven."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import best_by_enumeration, problem_of, random_numbers

from siting import Budget, InfeasibleError, Scenario, ScenarioError, SiteCount, solve
from siting.study.frontier import Frontier, frontier, undominated
from siting.study.kpi_objectives import MEASURES

EXACT = 1e-7
COST, TONNES = "cost_usd_per_year", "emissions_t_per_year"


def front_of(seed: int, points: int = 5, limits: tuple = ()) -> tuple[Frontier, object]:
    numbers = random_numbers(seed, n_sites=3, max_halls=2)
    return frontier(problem_of(numbers, limits), x=COST, y=TONNES, points=points, gap=EXACT), numbers


@pytest.mark.parametrize("seed", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_every_point_is_the_best_that_its_cost_can_buy(seed: int) -> None:
    """Enumeration under a budget at a point's own cost finds no plan with less, and at the ends no cheaper one."""
    front, numbers = front_of(seed)
    assert len(front) > 2
    for plan in front:
        allowed = Budget(usd_per_year=plan.kpis[COST] * (1 + 1e-9))
        best = best_by_enumeration(numbers, (allowed,))
        assert plan.kpis[TONNES] == pytest.approx(best, rel=1e-5)
    assert front[0].kpis[COST] == pytest.approx(best_by_enumeration(numbers, cost=True), rel=1e-6)
    assert front[-1].kpis[TONNES] == pytest.approx(best_by_enumeration(numbers), rel=1e-6)


def test_no_point_is_even_weakly_dominated() -> None:
    """The end with the least emissions is the cheapest such plan: nothing just below its cost emits as little."""
    front, numbers = front_of(4)
    table = front.table
    assert table[COST].is_monotonic_increasing
    assert table[TONNES].is_monotonic_decreasing
    cheaper = Budget(usd_per_year=front[-1].kpis[COST] * (1 - 1e-4))
    assert best_by_enumeration(numbers, (cheaper,)) > front[-1].kpis[TONNES] * (1 + 1e-7)
    assert (table["status"] == "optimal").all()
    assert (table["bound"] <= table[TONNES] * (1 + 1e-9)).all()


@pytest.mark.slow
def test_a_level_that_a_proof_settles_is_not_solved() -> None:
    """Sites are whole and the levels between them many: a plan with 2 sites is the best at 2.25 too."""
    numbers = random_numbers(10, n_sites=3, max_halls=2)
    front = frontier(problem_of(numbers), x="sites", y=TONNES, points=9, gap=EXACT)
    assert front.settled >= 2
    assert list(front.table["sites"]) == [1, 2, 3]
    for plan in front:
        limit = SiteCount(max=int(plan.kpis["sites"]))
        assert plan.kpis[TONNES] == pytest.approx(best_by_enumeration(numbers, (limit,)), rel=1e-5)


@pytest.mark.slow
def test_three_kpis_leave_no_plan_that_another_beats() -> None:
    numbers = random_numbers(4, n_sites=3, max_halls=2)
    front = frontier(problem_of(numbers), x=COST, y=TONNES, z="sites", points=3, gap=EXACT)
    values = front.table[[COST, TONNES, "sites"]].to_numpy(float)
    assert len(front) >= 2
    assert undominated(values) == list(range(len(front)))
    for plan in front:
        limits = (SiteCount(max=int(plan.kpis["sites"])), Budget(usd_per_year=plan.kpis[COST] * (1 + 1e-9)))
        assert plan.kpis[TONNES] == pytest.approx(best_by_enumeration(numbers, limits), rel=1e-5)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12))
def test_undominated_keeps_exactly_what_no_other_beats(points: list[tuple[int, int]]) -> None:
    kept = undominated(np.array(points, dtype=float))
    chosen = {points[i] for i in kept}
    assert len(chosen) == len(kept)
    beaten = {p for p in points for q in points if q != p and q[0] <= p[0] and q[1] <= p[1]}
    assert chosen == set(points) - beaten


def test_limits_of_the_scenario_hold_on_the_whole_frontier() -> None:
    front, _ = front_of(4, limits=(SiteCount(max=2),))
    assert all(len(plan.sites) <= 2 for plan in front)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"x": "cost_usd_per_eflpo"}, "did you mean `cost_usd_per_eflop`"),
        ({"y": "renewable_share"}, "known are"),
        ({"x": "sites", "y": "sites"}, "must be KPIs that differ"),
        ({"points": 1}, "two ends"),
    ],
)
def test_bad_input_is_refused_in_words(change: dict, word: str) -> None:
    scenario = Scenario(name="any", demand={"it_mw": 60})
    with pytest.raises(ScenarioError, match=word):
        frontier(scenario, **change)


def test_a_question_without_a_plan_has_no_frontier() -> None:
    numbers = random_numbers(4, n_sites=3, max_halls=2)
    with pytest.raises(InfeasibleError, match="siting diagnose"):
        frontier(problem_of(numbers, (Budget(usd_per_year=1.0),)), x=COST, y=TONNES)


def test_every_measure_is_a_kpi_and_its_objective_tells_it() -> None:
    for kpi, objective in MEASURES.items():
        plan = solve(problem_of(random_numbers(4, n_sites=3), minimise=objective()), gap=EXACT)
        assert plan.objective == pytest.approx(plan.kpis[kpi], rel=1e-6), kpi
