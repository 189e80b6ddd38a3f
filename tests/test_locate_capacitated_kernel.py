"""The parts of the search with capacities: knapsacks, bounds, aggregated pairs, the transport problem."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from siting.highs import solve_mip
from siting.locate.kernel.capacitated.bound import Capacitated, Pairs, complete, fix_sites, relax
from siting.locate.kernel.capacitated.interchange import added_cost
from siting.locate.kernel.capacitated.knapsack import fill
from siting.locate.kernel.capacitated.restricted_cflp import elsewhere_of, least_flow, restricted, still_possible
from siting.locate.kernel.capacitated.transport import Transport


def random_problem(rng: np.random.Generator, n: int, m: int) -> Capacitated:
    demand = rng.integers(0, 6, m).astype(float)
    capacity = rng.integers(0, 9, n).astype(float)
    capacity[0] += max(0.0, demand.sum() - capacity.sum())
    return Capacitated.of(rng.integers(0, 20, (n, m)) / 2.0, rng.integers(0, 15, n).astype(float), capacity, demand)


def optimum(problem: Capacitated) -> float:
    n, m = problem.shape
    none = np.zeros(n, dtype=bool)
    model = restricted(problem, np.ones((n, m), dtype=bool), none, none)
    return solve_mip(model.mip, gap=1e-9).objective


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_a_filling_is_the_lp_optimum_of_each_site(seed):
    rng = np.random.default_rng(seed)
    site = np.sort(rng.integers(0, 3, 8))
    value, size = rng.integers(-9, 3, 8).astype(float), rng.integers(0, 5, 8).astype(float)
    capacity = rng.integers(0, 8, 3).astype(float)
    filled = fill(site, value, size, capacity)
    for at in range(3):
        mine = site == at
        expected = 0.0
        if mine.any():
            expected = linprog(value[mine], A_ub=size[mine][None, :], b_ub=[capacity[at]], bounds=(0, 1)).fun
        assert filled.value[at] == pytest.approx(expected, abs=1e-9)
        bounded = np.minimum(0, value[mine] + filled.unit_price[at] * size[mine]).sum()
        assert bounded - filled.unit_price[at] * capacity[at] == pytest.approx(expected, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_any_prices_and_any_list_give_a_bound_below_the_optimum(seed):
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 4, 5)
    best = optimum(problem)
    none = np.zeros(4, dtype=bool)
    mask = rng.random((4, 5)) < rng.random()
    prices = rng.uniform(0, 15, 5)
    relaxed = relax(problem, Pairs.listed(problem, mask), prices, none, none)
    bounded, missing = complete(problem, mask, prices, relaxed, none, none)
    assert bounded.bound <= best + 1e-9
    assert not (missing & mask).any()
    # what is fixed for an aim above the optimum leaves the optimum possible
    closed, forced = fix_sites(bounded, best + 0.01, none, none)
    full = restricted(problem, np.ones((4, 5), dtype=bool), closed, forced)
    assert solve_mip(full.mip, gap=1e-9).objective == pytest.approx(best)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_aggregated_pairs_never_cost_more_than_the_pairs_do(seed):
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 4, 5)
    none = np.zeros(4, dtype=bool)
    mask = rng.random((4, 5)) < 0.4
    rest = elsewhere_of(problem, mask, np.ones((4, 5), dtype=bool), rng.uniform(0, 3, 4))
    model = restricted(problem, mask, none, none, rest=rest)
    assert solve_mip(model.mip, gap=1e-9).objective <= optimum(problem) + 1e-6


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_pairs_that_are_ruled_out_are_not_needed(seed):
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 4, 5)
    best, none, every = optimum(problem), np.zeros(4, dtype=bool), np.ones((4, 5), dtype=bool)
    prices = problem.first_prices() * rng.uniform(0.3, 1.0)
    relaxed = relax(problem, Pairs.listed(problem, every), prices, none, none)
    bounded, _ = complete(problem, every, prices, relaxed, none, none)
    possible = still_possible(problem, bounded, best + 0.01, none)
    model = restricted(problem, possible, none, none)
    assert solve_mip(model.mip, gap=1e-9).objective == pytest.approx(best)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_a_warm_transport_problem_gives_the_cost_of_a_fresh_one(seed):
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 5, 6)
    warm = Transport(problem, np.zeros((5, 6), dtype=bool))
    for _ in range(4):
        opened = rng.random(5) < 0.6
        opened[0] = True
        found, fresh = warm.cost_of(opened), Transport(problem, np.ones((5, 6), dtype=bool)).cost_of(opened)
        assert (found is None) == (fresh is None)
        if found is not None and fresh is not None:
            assert found.objective == pytest.approx(fresh.objective, abs=1e-7)
            others = np.flatnonzero(~opened)
            for site, change in zip(others, added_cost(problem, found, others), strict=True):
                more = opened.copy()
                more[site] = True
                assert warm.cost_of(more).objective >= found.objective + change - 1e-7


def test_equal_capacities_round_the_number_of_sites_up():
    problem = Capacitated.of(np.ones((4, 5)), np.full(4, 10.0), np.full(4, 2.0), np.ones(5))
    none = np.zeros(4, dtype=bool)
    relaxed = relax(problem, Pairs.listed(problem, np.ones((4, 5), dtype=bool)), np.ones(5), none, none)
    assert relaxed.bound == pytest.approx(3 * 10 + 5)


def test_amounts_without_a_common_unit_rule_no_pair_out_by_it():
    problem = Capacitated.of(np.ones((1, 2)), np.ones(1), np.array([1.0]), np.array([0.1, 0.2]))
    assert least_flow(problem) is None
