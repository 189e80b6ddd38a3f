"""What was proven of every stage, and of the least cost that a budget refers to, shows in status, proof and text."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulp
import pytest
from instances import problem_of, random_numbers

from siting import Budget, Cost, Emissions, Objective, Problem, SiteCount, Sites, solve
from siting.problem.rows import Linear
from siting.show.text.proof_text import proof_sentence
from siting.solver.backends import Verdict, solver_called
from siting.solver.lexicographic import SolverSession
from siting.solver.pulp_model import PulpModel
from siting.solver.solve import closer


def some_problem(minimise: Objective, *limits: Any) -> Problem:
    return problem_of(random_numbers(11, n_sites=5), limits, minimise)


def unproven_where(monkeypatch: pytest.MonkeyPatch, family: str) -> None:
    """Let no solve that minimises a sum over a family be proven."""
    real = SolverSession.minimise

    def minimise(self: SolverSession, model: Any, linear: Linear, **how: Any) -> tuple[Verdict, Any]:
        found, values = real(self, model, linear, **how)
        return (replace(found, status="feasible", bound=None) if family in linear.terms else found), values

    monkeypatch.setattr(SolverSession, "minimise", minimise)


def test_an_unproven_tie_break_shows_in_status_proof_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = some_problem(Sites(), SiteCount(max=4))
    assert "benefit_usd" in problem.cost.terms
    unproven_where(monkeypatch, "benefit_usd")
    plan = solve(problem)
    assert plan.status == "feasible"
    assert [s["status"] for s in plan.proof.stages] == ["optimal", "feasible"]
    assert "; sites proven, least cost not" in proof_sentence(plan)


def test_an_unproven_requested_stage_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    unproven_where(monkeypatch, "benefit_usd")
    plan = solve(some_problem(Emissions(tolerance=0.01, then=(Cost(),)), SiteCount(max=4)))
    assert plan.status == "feasible"
    assert "; emissions proven, least cost not" in proof_sentence(plan)


def test_a_proven_plan_has_nothing_to_add() -> None:
    plan = solve(some_problem(Sites(), SiteCount(max=4), Budget(above_least_cost=0.05)))
    assert plan.status == "optimal"
    assert plan.proof.budget_open == 0.0
    assert ";" not in proof_sentence(plan).removeprefix("Proven optimal: ").split(" this one has")[1]


def test_the_least_cost_of_a_budget_is_proven_closer_than_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    gaps, real = [], solver_called

    def called(name: str, *, gap: float, **how: Any) -> pulp.LpSolver:
        gaps.append(gap)
        return real(name, gap=gap, **how)

    monkeypatch.setattr("siting.solver.lexicographic.solver_called", called)
    solve(some_problem(Emissions(), Budget(above_least_cost=0.05)), gap=1e-2)
    assert gaps[0] == closer(1e-2) == 1e-4
    assert max(gaps[1:]) == 1e-2


@pytest.mark.parametrize(("share", "is_open"), [(1.0, False), (0.97, True)])
def test_a_budget_is_open_by_what_the_least_cost_is_not_proven(
    share: float, is_open: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the budget the cheapest plan is the only one, so that it meets no budget at a lower least cost."""
    real, solves = PulpModel.minimise, list[Mapping[str, Any]]()

    def minimise(self: PulpModel, linear: Linear, solver: pulp.LpSolver) -> pulp.LpSolveStats:
        stats = real(self, linear, solver)
        solves.append(linear.terms)
        assert stats.best_bound is not None
        return replace(stats, best_bound=share * stats.best_bound) if len(solves) == 1 else stats

    monkeypatch.setattr(PulpModel, "minimise", minimise)
    plan = solve(some_problem(Emissions(), Budget(above_least_cost=0.0)), gap=0.05)
    assert plan.proof.budget_open == (pytest.approx(1 / share - 1, rel=1e-3) if is_open else 0.0)
    assert ("the budget is open by 3.1 %" in proof_sentence(plan)) == is_open
