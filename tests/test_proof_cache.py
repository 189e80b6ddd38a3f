"""Reused proofs give the same plans as a fresh solve, and no proof is used beyond what it proves."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from instances import Numbers, problem_of, random_numbers

from siting import Budget, Cost, EmissionsPerCompute, Problem, RenewableShare, SiteCount, solve
from siting.problem.rows import one_row
from siting.solver.proof_cache import ProofCache, problem_form
from siting.solver.solve import solve_with

GAP = 1e-6
SEEDS = some.integers(0, 10**6)


def budgeted(n: Numbers, share: float, renewable: float = 0.001, most: int = 4) -> Problem:
    """Return a problem with a budget above least cost."""
    limits = (Budget(above_least_cost=share), RenewableShare(min=renewable), SiteCount(max=most))
    return problem_of(n, limits, EmissionsPerCompute())


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SEEDS, some.lists(some.sampled_from([0.0, 0.02, 0.05, 0.1, 0.3]), min_size=2, max_size=4), some.booleans())
def test_a_chain_of_problems_is_solved_as_each_is_alone(seed: int, shares: list[float], fewer: bool) -> None:
    n = random_numbers(seed)
    proofs = ProofCache()
    for i, share in enumerate(shares):
        problem = budgeted(n, share, renewable=0.001 + 0.1 * i, most=4 - i if fewer else 4)
        alone = solve(problem, gap=GAP)
        chained = solve_with(problem, [], gap=GAP, proofs=proofs)
        assert chained.status == alone.status
        if alone.objective is not None:
            assert chained.objective == pytest.approx(alone.objective, rel=3 * GAP)
            assert chained.bound is not None
            assert alone.objective >= chained.bound * (1 - 3 * GAP)
            least = chained.proof.least_cost_usd_per_year
            assert least == pytest.approx(alone.proof.least_cost_usd_per_year, rel=3 * GAP)
            assert chained.kpis["cost_usd_per_year"] <= (1 + share) * least * (1 + 1e-6)


def solved_once(seed: int = 3) -> tuple[Numbers, Problem, ProofCache]:
    """Return a problem with its proof in a cache."""
    n, proofs = random_numbers(seed), ProofCache()
    problem = budgeted(n, 0.3)
    assert solve_with(problem, [], gap=GAP, proofs=proofs).status == "optimal"
    return n, problem, proofs


def test_an_identical_and_a_scaled_problem_take_no_solve() -> None:
    _, problem, proofs = solved_once()
    first = solve_with(problem, [], gap=GAP, proofs=proofs)
    twice = solve_with(replace(problem, eflop_per_mwh_it=2 * problem.eflop_per_mwh_it), [], gap=GAP, proofs=proofs)
    assert proofs.hits == 4  # the least cost and the plan, each time
    assert twice.objective == pytest.approx(first.objective / 2, rel=1e-12)
    assert twice.bound == pytest.approx(first.bound / 2, rel=1e-12)


def test_a_smaller_budget_is_a_hit_if_the_plan_satisfies_it() -> None:
    n, problem, proofs = solved_once()
    plan = solve_with(problem, [], gap=GAP, proofs=proofs)
    spent = plan.kpis["cost_usd_per_year"] / plan.proof.least_cost_usd_per_year - 1.0
    before = proofs.hits
    kept = solve_with(budgeted(n, (spent + 0.3) / 2), [], gap=GAP, proofs=proofs)
    assert proofs.hits == before + 2
    assert (kept.status, kept.objective) == ("optimal", plan.objective)
    broken = solve_with(budgeted(n, spent - 1e-4), [], gap=GAP, proofs=proofs)
    assert proofs.hits == before + 3  # the least cost alone
    assert broken.objective > plan.objective


def test_a_larger_budget_is_not_a_hit() -> None:
    n, _, proofs = solved_once()
    before = proofs.hits
    more = solve_with(budgeted(n, 3.0), [], gap=GAP, proofs=proofs)
    assert proofs.hits == before + 1
    assert more.objective == pytest.approx(solve(budgeted(n, 3.0), gap=GAP).objective, rel=3 * GAP)


def test_between_two_proofs_the_gap_decides() -> None:
    n, _, proofs = solved_once()
    wide = solve_with(budgeted(n, 3.0), [], gap=GAP, proofs=proofs)
    near = solve_with(budgeted(n, 0.01), [], gap=GAP, proofs=proofs)
    apart = 1 - wide.objective / near.objective
    assert apart > 0.01
    before = proofs.hits
    between = solve_with(budgeted(n, 0.02), [], gap=1.1 * apart, proofs=proofs)
    assert proofs.hits == before + 2
    assert between.status == "optimal"
    assert between.gap <= 1.1 * apart
    assert between.bound <= solve(budgeted(n, 0.02), gap=GAP).objective * (1 + GAP)


def test_a_changed_coefficient_is_never_a_hit() -> None:
    n, _, proofs = solved_once()
    before = proofs.hits
    ci = n.ci * np.linspace(1.0, 1.001, len(n.ci))
    solve_with(budgeted(replace(n, ci=ci), 0.3), [], gap=GAP, proofs=proofs)
    assert proofs.hits == before + 1  # the least cost, which no intensity moves


def test_a_changed_cost_is_minimised_again() -> None:
    n, _, proofs = solved_once()
    before = proofs.hits
    solve_with(budgeted(replace(n, price=1.01 * n.price), 0.3), [], gap=GAP, proofs=proofs)
    assert proofs.hits == before


def test_only_identical_problems_are_hits_with_same_only() -> None:
    n, proofs = random_numbers(3), ProofCache(same_only=True)
    for share in (0.3, 0.3, 0.29):
        solve_with(budgeted(n, share), [], gap=GAP, proofs=proofs)
    assert proofs.hits == 3  # least cost twice, and the second problem


def test_an_infeasible_problem_is_not_stored() -> None:
    n, proofs = random_numbers(3), ProofCache()
    assert solve_with(problem_of(n, (Budget(usd_per_year=1.0),), Cost()), [], proofs=proofs).status == "infeasible"
    assert len(proofs) == 0


def test_the_oldest_proofs_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siting.solver.proof_cache.MOST_PROOFS", 3)
    n, proofs = random_numbers(3), ProofCache()
    for factor in (1.0, 1.01, 1.02):  # least cost and goal: two proofs each
        solve_with(budgeted(replace(n, price=factor * n.price), 0.3), [], gap=GAP, proofs=proofs)
    assert len(proofs) == 3
    before = proofs.hits
    solve_with(budgeted(replace(n, price=1.02 * n.price), 0.3), [], gap=GAP, proofs=proofs)
    assert proofs.hits == before + 2  # the newest is kept
    before = proofs.hits
    solve_with(budgeted(n, 0.3), [], gap=GAP, proofs=proofs)
    assert proofs.hits == before  # the oldest is not


def test_rows_that_cannot_be_compared_are_refused() -> None:
    problem = problem_of(random_numbers(3), (), Cost())
    row = one_row("forced", "in", {"site_open": np.ones(len(problem.sites))}, ">=", 1.0, "-")
    with pytest.raises(ValueError, match="rows over site_open cannot be compared"):
        problem_form(problem, [row], problem.cost)
