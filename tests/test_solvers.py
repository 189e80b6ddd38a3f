"""The status that a solver reports and what it proved are two things."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pulp
import pytest
from instances import problem_of, random_numbers
from pulp.constants import LpSolveStatus

from siting import (
    Budget,
    Cost,
    Emissions,
    EmissionsPerCompute,
    GridHeadroom,
    Limit,
    Problem,
    RenewableShare,
    ScenarioError,
    SiteCount,
    Sites,
    SitingError,
    UnprovenError,
    solve,
)
from siting.problem.rows import Family, Linear, Rows, Sense, one_row
from siting.solver.backends import solver_called, verdict
from siting.solver.pulp_model import PulpModel


def stats(status: LpSolveStatus, *, found: bool, bound: float | None) -> pulp.LpSolveStats:
    return pulp.LpSolveStats(status=status, has_solution=found, best_bound=bound)


def test_an_incumbent_at_the_time_limit_is_feasible_with_its_gap_and_not_optimal() -> None:
    said = verdict(stats(LpSolveStatus.TimeLimit, found=True, bound=90.0), 100.0, gap=1e-4)
    assert (said.status, said.bound, said.gap) == ("feasible", 90.0, pytest.approx(0.1))


def test_a_solver_that_claims_optimality_with_a_wide_bound_is_not_believed() -> None:
    assert verdict(stats(LpSolveStatus.Optimal, found=True, bound=90.0), 100.0, gap=1e-4).status == "feasible"


def test_a_bound_within_the_requested_gap_is_optimal() -> None:
    assert verdict(stats(LpSolveStatus.Optimal, found=True, bound=99.999), 100.0, gap=1e-4).status == "optimal"


def test_a_solver_that_reports_no_bound_vouches_for_the_gap_it_was_given() -> None:
    said = verdict(stats(LpSolveStatus.Optimal, found=True, bound=None), 100.0, gap=0.01)
    assert (said.status, said.bound) == ("optimal", pytest.approx(99.0))


def test_a_bound_above_its_own_plan_proves_nothing() -> None:
    said = verdict(stats(LpSolveStatus.Optimal, found=True, bound=101.0), 100.0, gap=1e-4)
    assert (said.status, said.bound) == ("feasible", None)


def test_nothing_found_in_time_is_no_solution_and_not_infeasible() -> None:
    assert verdict(stats(LpSolveStatus.TimeLimit, found=False, bound=None), None, gap=0.01).status == "no_solution"


def test_undecided_between_infeasible_and_unbounded_is_no_solution() -> None:
    assert verdict(stats(LpSolveStatus.Undefined, found=False, bound=None), None, gap=0.01).status == "no_solution"


def market_split(n_rows: int = 5, n: int = 40) -> tuple[dict[str, Family], list[Rows], Linear]:
    """Return a MIP that branch-and-bound cannot prove in seconds (Cornuejols and Dawande 1998)."""
    rng = np.random.default_rng(7)
    a = rng.integers(0, 100, (n_rows, n)).astype(float)
    families = {
        "pick": Family("pick", [f"p{i}" for i in range(n)], np.zeros(n), np.ones(n), True),
        "over": Family("over", [f"o{i}" for i in range(n_rows)], np.zeros(n_rows), np.full(n_rows, np.inf), False),
        "under": Family("under", [f"u{i}" for i in range(n_rows)], np.zeros(n_rows), np.full(n_rows, np.inf), False),
    }
    eye = np.eye(n_rows)
    rows = [
        one_row(
            "split", f"row {i}", {"pick": a[i], "over": -eye[i], "under": eye[i]}, "==", float(a[i].sum() // 2), "-"
        )
        for i in range(n_rows)
    ]
    return families, rows, Linear({"over": np.ones(n_rows), "under": np.ones(n_rows), "pick": np.zeros(n)}, "-")


def test_highs_stopped_by_the_clock_with_an_incumbent_is_not_taken_for_optimal() -> None:
    families, rows, linear = market_split()
    model = PulpModel("split", families, rows)
    stats = model.minimise(linear, solver_called("highs", time_limit_s=1.0, gap=1e-6))
    judged = verdict(stats, linear.value(model.values()), gap=1e-6)
    assert stats.status == LpSolveStatus.TimeLimit
    assert judged.status == "feasible"
    assert judged.gap is not None
    assert judged.gap > 1e-3


@pytest.mark.parametrize("name", ["cbc", "scip"])
def test_other_solvers_by_name_find_the_same_optimum(name: str) -> None:
    problem = problem_of(random_numbers(11, n_sites=5), (SiteCount(max=4),))
    other = solve(problem, solver=name, gap=1e-6)
    assert other.status == "optimal"
    assert other.objective == pytest.approx(solve(problem, gap=1e-6).objective, rel=1e-5)


def drawn(seed: int) -> Problem:
    """Draw a small scenario: limits, objective and numbers of its own."""
    rng = np.random.default_rng(seed)
    limits: list[Limit] = [SiteCount(min=int(rng.integers(1, 3)), max=int(rng.integers(3, 5)))]
    if rng.random() < 0.5:
        limits.append(RenewableShare(min=float(rng.choice([0.2, 0.4, 0.6]))))
    if rng.random() < 0.5:
        limits.append(GridHeadroom(zone_share=float(rng.choice([0.1, 0.3, 1.0]))))
    if rng.random() < 0.4:
        limits.append(Budget(above_least_cost=float(rng.choice([0.02, 0.2]))))
    minimise = [EmissionsPerCompute, Cost, Emissions, Sites][seed % 4]()
    return problem_of(random_numbers(seed, n_sites=4), tuple(limits), minimise)


def agree(seed: int) -> str:
    """Solve with all three, compare, and return the common status."""
    problem = drawn(seed)
    plans = {name: solve(problem, solver=name, gap=1e-6, time_limit_s=None) for name in ("highs", "cbc", "scip")}
    first = plans["highs"]
    for name, other in plans.items():
        assert other.status == first.status, name
        if first.objective is not None:
            # a budget above a least cost rests on that solver's own least cost, which is proven to 1e-6
            assert other.objective == pytest.approx(first.objective, rel=2e-5), name
            assert other.bound == pytest.approx(other.objective, rel=2e-6), name
    return first.status


@pytest.mark.slow
def test_three_solvers_agree_on_eight_random_scenarios() -> None:
    assert {agree(seed) for seed in range(8)} == {"optimal"}


@pytest.mark.slow
def test_three_solvers_agree_on_fifty_random_scenarios() -> None:
    said = [agree(seed) for seed in range(50)]
    assert said.count("optimal") >= 20
    assert set(said) == {"optimal", "infeasible"}


def test_a_solver_that_is_not_installed_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    real = pulp.listSolvers
    monkeypatch.setattr(
        pulp,
        "listSolvers",
        lambda onlyAvailable=False: ["HiGHS"] if onlyAvailable else real(),  # noqa: N803
    )
    with pytest.raises(ScenarioError, match=r"^solver `scip` is not installed: installed here are HiGHS$"):
        solve(problem_of(random_numbers(11)), solver="scip")


class Fake(pulp.LpSolver):
    """A solver that reports a given status and value."""

    name = "Fake"

    def __init__(self, status: LpSolveStatus | None, value: float | None) -> None:
        super().__init__(msg=False)
        self.status, self.value = status, value

    def available(self) -> bool:
        """Return that it is installed."""
        return True

    def actualSolve(self, lp: pulp.LpProblem, **kwargs: object) -> pulp.LpSolveStats:  # noqa: N802
        """Put one value into all variables, or raise an error."""
        if self.status is None:
            raise pulp.PulpSolverError("killed by signal 9")
        for variable in lp.variables():
            variable.varValue = self.value
        return stats(self.status, found=self.value is not None, bound=None)


def with_fake(monkeypatch: pytest.MonkeyPatch, fake: Fake) -> Problem:
    """Let every solve go to the fake."""
    monkeypatch.setattr("siting.solver.lexicographic.solver_called", lambda *_, **__: fake)
    return problem_of(random_numbers(11))


@pytest.mark.parametrize("value", [7.5, float("nan"), -3.0, 0.0])
def test_an_infeasible_solution_of_a_solver_is_an_error_that_names_the_row(
    monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    problem = with_fake(monkeypatch, Fake(LpSolveStatus.Optimal, value))
    with pytest.raises(
        UnprovenError, match=r"solver `Fake` returned an infeasible solution, which violates `\w+`, .*another"
    ):
        solve(problem, solver="fake")


def test_a_solver_that_is_killed_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = with_fake(monkeypatch, Fake(None, None))
    with pytest.raises(UnprovenError, match=r"terminated without a result \(killed by signal 9\): try again"):
        solve(problem, solver="fake")


def test_a_solver_that_times_out_before_a_plan_leaves_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = solve(with_fake(monkeypatch, Fake(LpSolveStatus.TimeLimit, None)), solver="fake")
    assert (plan.status, plan.objective, plan.bound, dict(plan.kpis)) == ("no_solution", None, None, {})


def test_an_unknown_solver_is_refused_with_those_that_are_installed() -> None:
    with pytest.raises(ScenarioError, match=r"does not exist in PuLP: installed here are .*HiGHS"):
        solver_called("hihgs", time_limit_s=None, gap=1e-4)


def test_labels_that_are_equal_in_solver_files_are_an_error() -> None:
    twins = Family("open", ["new-york", "new_york"], np.zeros(2), np.ones(2), True)
    with pytest.raises(SitingError, match="`new-york` and `new_york`"):
        PulpModel("twins", {"open": twins}, [])


def test_rows_with_a_number_that_is_not_finite_are_refused_by_the_limit_s_name() -> None:
    with pytest.raises(SitingError, match=r"limit `budget`.*finite"):
        one_row("budget", "portfolio", {"open": np.array([np.nan])}, "<=", 1.0, "USD")


def test_highs_started_warm_hands_back_the_optimum_and_not_its_start() -> None:
    """`benchmarks/highs_warm_start.py` shows the fault in HiGHS 1.16: the model is reduced to nothing."""
    benchmark = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "highs_warm_start.py"))
    upper, start = np.array(benchmark["UPPER"]), np.array(benchmark["START"])
    families = {
        "open": Family("open", ["0", "1"], np.zeros(2), upper[:2], integer=True),
        "flow": Family("flow", [str(i) for i in range(6)], np.zeros(6), upper[2:], integer=False),
    }
    rows = []
    for i, (low, high, terms) in enumerate(benchmark["ROWS"]):
        row = np.zeros(8)
        row[list(terms)] = list(terms.values())
        sense: Sense = "==" if low == high else ">=" if np.isfinite(low) else "<="
        rhs = high if np.isfinite(high) else low
        rows.append(one_row("row", str(i), {"open": row[:2], "flow": row[2:]}, sense, rhs, "-"))
    cost = Linear({"flow": np.array(benchmark["COST"])[2:]}, "-")
    model = PulpModel("handback", families, rows)
    model.start_from({"open": start[:2], "flow": start[2:]})
    reported = model.minimise(cost, solver_called("highs", time_limit_s=10.0, gap=1e-6, warm=True))
    assert verdict(reported, cost.value(model.values()), gap=1e-6).status == "optimal"
    assert cost.value(model.values()) == 0.0


@pytest.mark.parametrize("lies", [1, 2, 3])
def test_a_claim_that_its_values_do_not_meet_is_solved_again_and_else_not_proven(
    lies: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The solver claims half of what its values cost, in its first runs: warm, cold, and without presolve."""
    families, rows, linear = market_split(n_rows=2, n=6)
    real, options = pulp.LpProblem.solve, list[dict[str, object]]()

    def solve_wrongly(self: pulp.LpProblem, solver: pulp.LpSolver) -> pulp.LpSolveStats:
        options.append(dict(solver.optionsDict))
        found = real(self, solver)
        return replace(found, best_bound=0.5 * found.objective) if len(options) <= lies else found

    model, solver = PulpModel("split", families, rows), solver_called("highs", time_limit_s=10.0, gap=1e-6, warm=True)
    model.minimise(linear, solver_called("highs", time_limit_s=10.0, gap=1e-6))
    best = linear.value(model.values())
    monkeypatch.setattr(pulp.LpProblem, "solve", solve_wrongly)
    judged = verdict(model.minimise(linear, solver), linear.value(model.values()), gap=1e-6)
    assert (judged.status, judged.objective) == ("optimal" if lies < 3 else "feasible", best)
    assert [o["warmStart"] for o in options] == [True, *[False] * min(lies, 2)]
    assert [o.get("presolve") for o in options] == [None, None, "off"][: lies + 1]
    assert judged.bound == (best if lies < 3 else None)
    assert (solver.optionsDict["warmStart"], solver.timeLimit) == (True, 10.0)
