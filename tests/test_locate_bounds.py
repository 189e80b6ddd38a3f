"""Bounds, variable fixing, lists and interchange, each against arithmetic that shares no code with it."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from medians import least_cost, small_questions

from siting import locate
from siting.locate.kernel.costs import Table
from siting.locate.kernel.incumbent import Incumbent
from siting.locate.kernel.interchange import Interchange, cost_of, improve
from siting.locate.kernel.lagrangian import Lagrangian
from siting.locate.kernel.points import Points
from siting.locate.kernel.subgradient import begin, volume_ascent
from siting.locate.kernel.variable_fixing import fix_sites
from siting.physics.geodesy import great_circle_km

Question = tuple[np.ndarray, np.ndarray, int]


def listed(costs: np.ndarray, share: float, seed: int) -> tuple[Table, np.ndarray]:
    """Return a table and a radius that leaves some of its arcs out."""
    radius = np.quantile(costs, share, axis=0) + 0.0
    return Table(costs), radius * (1 + 0.1 * np.random.default_rng(seed).random(costs.shape[1]))


@settings(max_examples=80, deadline=None)
@given(question=small_questions())
def test_prices_below_the_radius_bound_the_optimum_though_arcs_are_left_out(question: Question) -> None:
    costs, fixed, count = question
    table, radius = listed(costs, 0.5, seed=3)
    arcs = table.within(radius, np.arange(len(costs)))
    rng = np.random.default_rng(0)
    for p, f in ((count, np.zeros(len(costs))), (None, fixed)):
        problem = Lagrangian(arcs, f, p, np.zeros(len(costs), dtype=bool))
        for _ in range(5):
            bound = problem.evaluate(radius * rng.random(len(radius))).bound
            assert bound <= least_cost(costs, f, p) * (1 + 1e-12) + 1e-18


@settings(max_examples=80, deadline=None)
@given(question=small_questions())
def test_variable_fixing_keeps_every_solution_below_the_target(question: Question) -> None:
    costs, fixed, count = question
    n = len(costs)
    arcs = Table(costs).within(costs.max(axis=0) + 1.0, np.arange(n))
    for p, f in ((count, np.zeros(n)), (None, fixed)):
        problem = Lagrangian(arcs, f, p, np.zeros(n, dtype=bool))
        relaxed = problem.evaluate(np.sort(costs, axis=0)[min(1, n - 1)].astype(float))
        target = least_cost(costs, f, p) * 1.1 + 1e-9
        dropped, needed = fix_sites(relaxed, p, np.zeros(n, dtype=bool), target)
        for size in range(1, n + 1) if p is None else (p,):
            for choice in map(list, itertools.combinations(range(n), size)):
                if costs[choice].min(axis=0).sum() + f[choice].sum() < target * (1 - 1e-9):
                    assert not dropped[choice].any()
                    assert set(np.flatnonzero(needed)) <= set(choice)


def test_swaps_change_the_cost_by_their_computed_saving() -> None:
    rng = np.random.default_rng(2)
    costs, fixed = rng.random((30, 60)), rng.random(30)
    table = Table(costs)
    arcs = table.within(np.full(60, 2.0), np.arange(30))
    interchange = Interchange(table, fixed, np.arange(30), arcs.by_customer(), np.array([0, 1, 2, 3]))
    for _ in range(6):
        before = cost_of(table, fixed, interchange.opened)
        saving, row, place = interchange.best_swap()
        by_hand = [
            before - cost_of(table, fixed, np.array([*np.delete(interchange.opened, out), new]))
            for new in np.setdiff1d(np.arange(30), interchange.opened)
            for out in range(4)
        ]
        assert saving == pytest.approx(max(by_hand), abs=1e-9)
        interchange.swap(row, place)
        assert interchange.total() == pytest.approx(before - saving)
        assert interchange.total() == pytest.approx(cost_of(table, fixed, interchange.opened))


def test_no_swap_addition_or_removal_improves_a_local_optimum() -> None:
    rng = np.random.default_rng(7)
    costs, fixed = rng.random((25, 40)), np.full(25, 0.3)
    table = Table(costs)
    arcs = table.within(np.full(40, 2.0), np.arange(25))
    interchange = Interchange(table, fixed, np.arange(25), arcs.by_customer(), np.array([0]))
    sites, cost = improve(interchange, may_resize=True, stop=lambda: False)
    closed = np.setdiff1d(np.arange(25), sites)
    others = [np.append(sites, new) for new in closed]
    others += [np.delete(sites, out) for out in range(len(sites)) if len(sites) > 1]
    others += [np.append(np.delete(sites, out), new) for out in range(len(sites)) for new in closed]
    assert cost <= min(cost_of(table, fixed, other) for other in others) + 1e-9


def test_the_volume_algorithm_reaches_the_bound_of_the_linear_relaxation() -> None:
    """On a tree the relaxation is tight: the bound must come within 0.1 % of the optimum, here of a road."""
    km = np.sort(np.random.default_rng(1).random(60) * 100)
    costs = abs(km[:, None] - km)
    arcs = Table(costs).within(costs.max(axis=0) + 1.0, np.arange(60))
    problem = Lagrangian(arcs, np.zeros(60), 3, np.zeros(60, dtype=bool))
    ascent = begin(problem, np.full(60, 10.0), patience=10)
    optimum = min(float(costs[list(c)].min(axis=0).sum()) for c in itertools.combinations(range(60), 3))
    volume_ascent(problem, ascent, optimum, 2000, np.isinf)
    assert optimum * 0.999 <= ascent.best.bound <= optimum * (1 + 1e-12)


@pytest.mark.parametrize("metric", ["euclidean", "geodesic"])
def test_points_list_the_arcs_that_a_table_of_their_distances_lists(metric: str) -> None:
    rng = np.random.default_rng(9)
    customers = np.column_stack((rng.uniform(-180, 180, 80), rng.uniform(-90, 90, 80)))
    sites = np.vstack((customers[:20], [[180.0, 10.0], [-180.0, 10.0], [0.0, 90.0], [123.0, 90.0]]))
    weights = rng.integers(0, 4, 80).astype(float)
    if metric == "geodesic":
        distance = great_circle_km(sites[:, None, 0], sites[:, None, 1], customers[None, :, 0], customers[None, :, 1])
    else:
        distance = np.hypot(*(sites[:, None] - customers[None]).transpose(2, 0, 1))
    points, table = Points(customers, sites, weights, metric), Table(distance, weights)  # type: ignore[arg-type]
    radius = table.radius(9)
    chosen = np.array([0, 3, 5, 7, 11, 20, 21, 22, 23])
    for reach in (radius, points.radius(len(sites))):
        listed_by_points, listed_by_table = points.within(reach, chosen), table.within(reach, chosen)
        pairs = [
            sorted(zip(arcs.rows_of_arcs(), arcs.customer, arcs.cost.round(7), strict=True))
            for arcs in (listed_by_points, listed_by_table)
        ]
        assert pairs[0] == pairs[1]
    assert points.rows(chosen) == pytest.approx(table.rows(chosen), abs=1e-9)


def test_a_bound_counts_up_to_the_target_only_as_what_fixing_dropped_is_not_in_it() -> None:
    incumbent = Incumbent(gap=0.01, integral=False)
    incumbent.offer(np.array([0]), 100.0)
    incumbent.prove(99.99)
    assert incumbent.proven
    assert incumbent.proven_bound() == pytest.approx(99.0, abs=0.02)


def test_integer_costs_round_the_bound_up() -> None:
    incumbent = Incumbent(gap=1e-6, integral=True)
    incumbent.offer(np.array([0]), 100.0)
    incumbent.prove(99.0)
    assert not incumbent.proven
    incumbent.prove(99.1)
    assert incumbent.proven_bound() == 100.0


def test_a_bound_that_closed_the_gap_alone_is_not_rounded_up_to_the_incumbent() -> None:
    answer = locate.facility_location([[1.0], [0.0]], [1e6, 1e6 + 2], gap=1e-3)
    assert answer.status == "optimal"
    assert answer.bound <= 1_000_001 <= answer.objective


@settings(max_examples=150, deadline=None)
@given(
    question=small_questions(),
    gap=st.sampled_from([1e-9, 1e-4, 1e-3, 0.01, 0.1, 0.3]),
    offset=st.sampled_from([0.0, 1e3, 1e6]),
    opens_count=st.booleans(),
)
def test_no_bound_is_above_the_optimum_at_any_gap(
    question: Question, gap: float, offset: float, opens_count: bool
) -> None:
    costs, fixed, count = question
    if opens_count:
        costs, fixed = costs + offset, np.zeros(len(costs))
        answer, least = locate.p_median(costs, count, gap=gap), least_cost(costs, fixed, count)
    else:
        fixed = fixed + offset
        answer, least = locate.facility_location(costs, fixed, gap=gap), least_cost(costs, fixed, None)
    rounding = 1e-9 * max(abs(least), 1e-9)
    assert answer.bound is not None
    assert answer.objective is not None
    assert answer.bound <= least + rounding
    assert least <= answer.objective + rounding
    assert answer.status == "optimal"
    assert answer.objective - answer.bound <= gap * answer.objective + rounding
