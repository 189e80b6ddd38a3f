"""Facilities with capacities: proven optima against enumeration and published ones, bad input, honest limits."""

import csv
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from harness.instances import clusters
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from siting.errors import DataError
from siting.locate import Location, facility_location
from siting.locate.capacitated import ScaledProblem
from siting.locate.capacitated import solve as solve_scaled
from siting.locate.kernel.capacitated.search import CapacitatedSearch, Effort
from siting.locate.kernel.capacitated.single_source import SingleSourceSearch
from siting.locate.kernel.limits import SearchLimits

BENCH = Path(__file__).parents[2] / "shared" / "bench"
CRIPPLED = Effort(volume_steps=3, more_steps=1, sets=0, moves=0, dive=0, kernel=False, small_pairs=0)


def transport_cost(cost: np.ndarray, capacity: np.ndarray, demand: np.ndarray) -> float:
    """Cheapest split service of all customers from open sites, by scipy's own linear programme."""
    n, m = cost.shape
    serve = np.zeros((m, n * m))
    load = np.zeros((n, n * m))
    for i, j in itertools.product(range(n), range(m)):
        serve[j, i * m + j] = 1.0
        load[i, i * m + j] = demand[j]
    result = linprog(cost.ravel(), A_ub=load, b_ub=capacity, A_eq=serve, b_eq=np.ones(m), bounds=(0, None))
    return float(result.fun) if result.status == 0 else np.inf


def enumerated(cost, fixed, capacity, demand) -> float:
    best = np.inf
    for picked in itertools.product([False, True], repeat=len(fixed)):
        opened = np.array(picked)
        if opened.any() and capacity[opened].sum() >= demand.sum() - 1e-9:
            best = min(best, fixed[opened].sum() + transport_cost(cost[opened], capacity[opened], demand))
    return best


def enumerated_single_source(cost, fixed, capacity, demand) -> float:
    n, m = cost.shape
    best = np.inf
    for at in itertools.product(range(n), repeat=m):
        site = np.array(at)
        if (np.bincount(site, demand, minlength=n) <= capacity + 1e-9).all():
            value = fixed[np.unique(site)].sum() + cost[site, np.arange(m)].sum()
            best = min(best, value)
    return best


@st.composite
def questions(draw, most_sites=5, most_customers=5):
    """Small questions of every kind: ties, duplicates, zero capacities and demands, equal capacities."""
    n, m = draw(st.integers(1, most_sites)), draw(st.integers(1, most_customers))
    number = st.integers(0, 9)
    cost = np.array(draw(st.lists(st.lists(number, min_size=m, max_size=m), min_size=n, max_size=n)), dtype=float)
    fixed = np.array(draw(st.lists(st.integers(0, 12), min_size=n, max_size=n)), dtype=float)
    demand = np.array(draw(st.lists(st.integers(0, 5), min_size=m, max_size=m)), dtype=float)
    if draw(st.booleans()):
        capacity = np.full(n, float(draw(st.integers(1, 9))))
    else:
        capacity = np.array(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), dtype=float)
    jitter = draw(st.sampled_from([0.0, 0.37]))
    return cost + jitter * (cost % 3), fixed, capacity * (1 + jitter), demand * (1 + jitter)


def check(found: Location, expected: float, question, *, gap=1e-6) -> None:
    """Check that an answer costs what it says, serves all within capacity and is proven best."""
    cost, fixed, capacity, demand = question
    if not np.isfinite(expected):
        assert found.status == "infeasible"
        assert found.objective is None
        return
    assert found.status == "optimal"
    assert found.objective == pytest.approx(expected, rel=2e-6, abs=1e-9)
    share = found.assign.toarray()
    assert share.sum(axis=0) == pytest.approx(1.0)
    assert not share[~found.open].any()
    assert (share @ demand <= capacity * (1 + 1e-6) + 1e-9).all()
    assert fixed[found.open].sum() + (cost * share).sum() == pytest.approx(found.objective, rel=1e-9, abs=1e-9)
    assert found.bound <= found.objective
    assert found.gap <= gap


@settings(max_examples=25, deadline=None)
@given(questions(), st.booleans())
def test_split_answers_equal_enumeration(question, directly):
    effort = Effort() if directly else Effort(small_pairs=0)
    found = solve_scaled(ScaledProblem.of(*question), SearchLimits(), single_source=False, effort=effort)
    check(found, enumerated(*question), question)


@settings(max_examples=25, deadline=None)
@given(questions())
def test_the_bound_alone_finds_the_optimum_when_the_heuristics_are_crippled(question):
    found = solve_scaled(ScaledProblem.of(*question), SearchLimits(), single_source=False, effort=CRIPPLED)
    check(found, enumerated(*question), question)


@settings(max_examples=20, deadline=None)
@given(questions())
def test_the_tree_finds_the_optimum_from_any_start_and_any_capacities(question):
    expected = enumerated(*question)
    if not np.isfinite(expected) or question[3].sum() == 0:
        return
    scaled = ScaledProblem.of(*question)
    search = CapacitatedSearch(scaled.problem, SearchLimits(), CRIPPLED)
    search.bound_and_solutions(1)
    search.by_tree()
    assert search.upper * scaled.cost_unit == pytest.approx(expected, rel=2e-6, abs=1e-9)
    assert search.lower <= search.upper * (1 + 1e-12)
    assert search.proven


@settings(max_examples=25, deadline=None)
@given(questions(most_sites=4, most_customers=5))
def test_undivided_customers_equal_enumeration(question):
    check(facility_location(*question, single_source=True), enumerated_single_source(*question), question)
    found = solve_scaled(ScaledProblem.of(*question), SearchLimits(), single_source=True, effort=Effort(small_pairs=0))
    check(found, enumerated_single_source(*question), question)


def test_a_forced_site_does_not_count_against_its_own_pairs():
    """Site 0 must open: its margin is in the bound already, and all customers at it are cheapest (2 + 4)."""
    question = (
        np.array([[0.0, 0.0, 0.0, 4.0], [0.0, 0.0, 4.0, 0.0]]),
        np.array([2.0, 5.0]),
        np.array([1.0, 1.0]),
        np.array([0.0, 0.0, 0.0, 1.0]),
    )
    for whole in (True, False):
        found = solve_scaled(ScaledProblem.of(*question), SearchLimits(), single_source=whole, effort=CRIPPLED)
        check(found, 6.0, question)


@settings(max_examples=25, deadline=None)
@given(questions(most_sites=4, most_customers=5))
def test_undivided_customers_come_from_the_bound_when_the_heuristics_are_crippled(question):
    found = solve_scaled(ScaledProblem.of(*question), SearchLimits(), single_source=True, effort=CRIPPLED)
    check(found, enumerated_single_source(*question), question)


@settings(max_examples=20, deadline=None)
@given(questions(), st.integers(0, 40))
def test_every_bound_on_the_way_is_below_the_optimum(question, steps):
    expected = enumerated(*question)
    if not np.isfinite(expected):
        return
    scaled = ScaledProblem.of(*question)
    for kind in (CapacitatedSearch, SingleSourceSearch):
        search = kind(scaled.problem, SearchLimits(), CRIPPLED)
        search.bound_and_solutions(steps)
        assert search.lower * scaled.cost_unit <= expected * (1 + 1e-9) + 1e-9
        assert search.best.bound * scaled.cost_unit <= max(expected, search.upper * scaled.cost_unit) + 1e-6


def random_question(n: int, m: int, seed: int, *, tight: float = 3.0):
    """Points in a square with capacities `tight` times the demand, fixed costs by the root of size."""
    rng = np.random.default_rng(seed)
    sites, customers = rng.random((n, 2)), rng.random((m, 2))
    demand = rng.uniform(5, 35, m)
    capacity = rng.uniform(10, 160, n)
    capacity *= tight * demand.sum() / capacity.sum()
    fixed = rng.uniform(0, 90, n) + rng.uniform(100, 110, n) * np.sqrt(capacity)
    cost = 10 * np.linalg.norm(sites[:, None] - customers[None], axis=2) * demand
    return cost, fixed, capacity, demand


def test_a_seed_gives_the_same_answer_twice():
    question = random_question(25, 30, 1)
    one, two = (facility_location(*question, seed=3) for _ in range(2))
    assert one.objective == two.objective
    assert one.bound == two.bound
    assert (one.open == two.open).all()


def test_demand_equal_to_capacity_opens_everything():
    found = facility_location([[1.0, 2.0], [2.0, 1.0]], [3.0, 3.0], [2.0, 2.0], [2.0, 2.0])
    assert (found.status, found.objective) == ("optimal", 8.0)
    assert found.open.all()


def test_demand_equal_to_capacity_in_sums_that_round():
    demand = np.full(10, 0.1)
    found = facility_location(np.ones((2, 10)), [1.0, 1.0], [0.7, 0.3], demand)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(12.0)


def test_demand_above_all_capacity_is_infeasible():
    found = facility_location([[1.0, 1.0]], [1.0], [3.0], [2.0, 2.0])
    assert found.status == "infeasible"
    assert found.objective is None
    assert not found.open.any()


def test_undivided_customers_can_be_infeasible_where_split_ones_are_not():
    question = (np.ones((2, 3)), np.ones(2), np.array([3.0, 3.0]), np.full(3, 2.0))
    assert facility_location(*question).status == "optimal"
    assert facility_location(*question, single_source=True).status == "infeasible"


def test_a_customer_without_demand_is_served_by_an_open_facility():
    found = facility_location([[1.0, 7.0], [9.0, 1.0]], [2.0, 50.0], [4.0, 4.0], [3.0, 0.0])
    assert (found.status, found.objective) == ("optimal", 10.0)
    assert found.assign.toarray()[0].tolist() == [1.0, 1.0]


def test_a_facility_without_capacity_serves_only_customers_without_demand():
    found = facility_location([[0.0, 0.0], [5.0, 9.0]], [1.0, 1.0], [0.0, 9.0], [3.0, 0.0])
    assert (found.status, found.objective) == ("optimal", 7.0)


def test_duplicate_facilities_and_equal_costs_are_ties_not_errors():
    found = facility_location(np.full((6, 8), 4.0), np.full(6, 10.0), np.full(6, 3.0), np.ones(8))
    assert (found.status, found.objective) == ("optimal", 62.0)
    assert found.open.sum() == 3


def test_integers_and_float32_are_read_as_numbers():
    for kind in (np.int32, np.float32, np.uint8):
        found = facility_location(np.array([[1, 9], [3, 3]], dtype=kind), np.array([5, 4], dtype=kind), 3, [2, 2])
        assert found.objective == 13.0


def test_infinite_capacities_may_stand_beside_finite_ones():
    found = facility_location([[1.0, 9.0], [3.0, 3.0]], [5.0, 4.0], [1.0, np.inf], [2.0, 2.0])
    assert (found.status, found.objective) == ("optimal", 10.0)


def test_costs_of_any_size_are_solved_alike():
    cost, fixed, capacity, demand = random_question(12, 15, 2)
    found = facility_location(cost, fixed, capacity, demand)
    for unit in (1e-9, 1e12):
        other = facility_location(cost * unit, fixed * unit, capacity * 1e6, demand * 1e6)
        assert other.status == "optimal"
        assert other.objective == pytest.approx(found.objective * unit, rel=2e-6)


def test_all_faults_are_named_directly():
    with pytest.raises(DataError) as fault:
        facility_location([[1.0, np.nan]], [-1.0], [1.0, 2.0], [1.0], gap=0.0, time_limit_s=-1.0, seed=-2)
    for word in ("serve_cost", "fixed_cost", "gap", "time_limit_s", "seed"):
        assert word in str(fault.value)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"serve_cost": [[1.0], [1.0, 2.0]]}, "serve_cost"),
        ({"capacity": [-1.0, 2.0]}, "capacity"),
        ({"demand": [1.0, -2.0]}, "demand"),
        ({"demand": [1.0, np.inf]}, "demand"),
        ({"capacity": [1.0, np.nan]}, "capacity"),
        ({"demand": [1.0]}, "demand"),
        ({"serve_cost": np.ones((0, 2))}, "serve_cost"),
    ],
)
def test_bad_arrays_are_refused(change, word):
    given_ = {"serve_cost": np.ones((2, 2)), "fixed_cost": np.ones(2), "capacity": [2.0, 2.0], "demand": [1.0, 1.0]}
    with pytest.raises(DataError, match=word):
        facility_location(**(given_ | change))


def test_too_little_memory_is_refused_with_the_size_that_would_fit():
    with pytest.raises(DataError, match=r"about \d+ facilities x [\d,]+ customers would fit"):
        facility_location(np.ones((400, 4000)), 1.0, 40.0, np.ones(4000), memory_mb=70.0)


@pytest.mark.parametrize("single_source", [False, True])
def test_a_hundredth_of_a_second_gives_an_honest_answer(single_source):
    question = random_question(30, 40, 5)
    found = facility_location(*question, single_source=single_source, time_limit_s=0.01)
    assert found.status in ("feasible", "no_solution", "optimal")
    if found.objective is not None:
        share = found.assign.toarray()
        assert share.sum(axis=0) == pytest.approx(1.0)
        assert found.bound <= found.objective
        best = facility_location(*question, gap=1e-3)
        assert found.bound <= best.objective


def test_an_interrupt_returns_the_best_answer_so_far(monkeypatch):
    def interrupt(self) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(CapacitatedSearch, "prove", interrupt)
    found = facility_location(*random_question(40, 50, 7))
    assert found.status == "feasible"
    assert 0 < found.bound < found.objective


def published(*problems: str) -> list[dict[str, str]]:
    if not BENCH.exists():
        return []
    with (BENCH / "optima.csv").open() as lines:
        return [row for row in csv.DictReader(lines) if row["problem"] in problems]


def instance(row: dict[str, str]):
    with np.load(BENCH / "facility_location" / row["file"]) as arrays:
        capacity = arrays["capacity"]
        if row["capacity_override"]:
            capacity = np.full(capacity.size, float(row["capacity_override"]))
        return arrays["serve_cost"], arrays["fixed_cost"], capacity, arrays["demand"]


@pytest.mark.slow
@pytest.mark.skipif(not BENCH.exists(), reason="third-party instances are not here (../shared/bench)")
def test_the_37_small_published_optima_are_proven():
    rows = [row for row in published("capacitated") if not row["capacity_override"]]
    assert len(rows) == 37
    for row in rows:
        found = facility_location(*instance(row))
        assert found.status == "optimal", row["instance"]
        assert found.objective == pytest.approx(float(row["known_optimum"]), rel=1e-6), row["instance"]


@pytest.mark.slow
@pytest.mark.skipif(not BENCH.exists(), reason="third-party instances are not here (../shared/bench)")
def test_the_12_large_published_optima_are_proven():
    rows = [row for row in published("capacitated") if row["capacity_override"]]
    assert len(rows) == 12
    for row in rows:
        found = facility_location(*instance(row))
        assert found.status == "optimal", row["instance"]
        assert found.objective == pytest.approx(float(row["known_optimum"]), rel=1e-6), row["instance"]


@pytest.mark.skipif(not BENCH.exists(), reason="third-party instances are not here (../shared/bench)")
def test_the_warehouses_of_csplib_034_cost_383():
    stores = json.loads((BENCH / "warehouse_csplib034.json").read_text())
    cost = np.array(stores["supply_cost"]).T
    found = facility_location(
        cost, stores["fixed"], stores["capacity_stores"], np.ones(cost.shape[1]), single_source=True
    )
    assert (found.status, found.objective) == ("optimal", 383.0)
    assert [stores["warehouses"][i] for i in np.flatnonzero(found.open)] == stores["open"]


@pytest.mark.slow
def test_a_capacitated_question_of_300_by_300_is_bounded_closely_in_two_minutes():
    """The proof to 1e-6 takes some minutes: docs/benchmarks.md."""
    cost, fixed, capacity, demand = random_question(300, 300, 1, tight=5.0)
    found = facility_location(cost, fixed, capacity, demand, time_limit_s=120.0)
    assert found.gap is not None
    assert found.gap <= 5e-3
    assert found.status == ("optimal" if found.gap <= 1e-6 else "feasible")
    assert fixed[found.open].sum() + (cost * found.assign.toarray()).sum() == pytest.approx(found.objective)


@pytest.mark.slow
def test_a_thousand_clustered_sites_and_500_customers_are_proven_to_a_ten_thousandth():
    cost, fixed, _, capacity, demand = clusters(1000, 500, 1)
    found = facility_location(cost, fixed, capacity, demand, gap=1e-4, time_limit_s=300.0)
    assert found.status == "optimal"
    load = found.assign.toarray() @ demand
    assert (load <= capacity * (1 + 1e-6)).all()
