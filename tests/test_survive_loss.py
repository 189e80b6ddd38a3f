"""Any one site or zone may fail: against trying everything, and in the words of a planner."""

import itertools
from dataclasses import replace

import numpy as np
import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import Numbers, _best_load, best_by_enumeration, problem_of, random_numbers
from scipy.optimize import linprog
from test_limits import dense, three

from siting import InfeasibleError, Plan, Scenario, ScenarioError, SurviveLoss, prepare, solve
from siting.problem.part import part_rows
from siting.problem.row_patterns.max_flow import short_of
from siting.problem.rows import Rows, one_row
from siting.solver.backends import solver_called
from siting.solver.pulp_model import PulpModel
from siting.verify.limit_check import RECHECK


def a_few(seed: int) -> Numbers:
    """Draw three sites of up to three halls, with room to spare and no programme."""
    n = random_numbers(seed, n_sites=3, n_designs=1, n_hubs=2, max_halls=3)
    return replace(n, demand=n.demand * 0.6, benefit_usd_per_hall=np.zeros(3))


def survives(n: Numbers, halls: np.ndarray, share: float, part: np.ndarray) -> bool:
    """Return whether every demand is served to a share without any one part, by a linear programme a loss."""
    cells = [(s, h, k) for s, h, k in np.argwhere(n.near) if n.demand[h, k] > 0]
    wanted = [tuple(c) for c in np.argwhere(n.demand > 0)]
    serve = [[-float((h, k) == w) for _, h, k in cells] for w in wanted]
    room = [[float(s == t) for s, _, _ in cells] for t in range(len(halls))]
    for f in np.unique(part[halls > 0]):
        left = np.where(part == f, 0.0, n.utilisation * n.hall_mw * halls)
        rhs = [*left, *(-share * n.demand[w] for w in wanted)]
        if linprog(np.zeros(len(cells)), A_ub=[*room, *serve], b_ub=rhs, method="highs").status != 0:
            return False
    return True


def best_that_survives(n: Numbers, share: float, part: np.ndarray) -> float | None:
    """Return the least emissions by trying every number of halls."""
    found = [
        _best_load(n, tuple(None if h == 0 else (0, h) for h in halls), (), cost=False)
        for halls in itertools.product(range(n.max_halls + 1), repeat=len(n.ci))
        if survives(n, np.array(halls), share, part)
    ]
    return min((x for x in found if x is not None), default=None)


@pytest.mark.slow
@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.sampled_from([0.3, 0.6, 1.0]), st.sampled_from(["site", "zone"]))
def test_the_best_plan_that_survives_is_that_found_by_trying_everything(seed: int, share: float, of: str) -> None:
    n = a_few(seed)
    part = np.arange(3) if of == "site" else n.zone
    limit = SurviveLoss(share=share, of=of)
    best = best_that_survives(n, share, part)
    try:
        plan = solve(problem_of(n, (limit,)), gap=1e-9)
    except InfeasibleError:
        assert best is None
        return
    if best is None:
        assert plan.status == "infeasible"
    else:
        assert plan.kpis["emissions_t_per_year"] == pytest.approx(best, rel=1e-6)


@pytest.mark.slow
def test_the_drawn_cases_have_plans_and_none_and_larger_ones() -> None:
    """The test above would prove little if no loss ever cost anything, or every draw were infeasible."""
    drawn = [a_few(seed) for seed in range(12)]
    safe = [best_that_survives(n, 1.0, np.arange(3)) for n in drawn]
    free = [best_by_enumeration(n) for n in drawn]
    dearer = [a > b * (1 + 1e-6) for a, b in zip(safe, free, strict=True) if a is not None and b is not None]
    assert 2 <= sum(x is not None for x in safe) <= 10
    assert sum(dearer) >= 2


def test_a_small_set_is_a_row_for_each_loss() -> None:
    limit = SurviveLoss(share=0.5)
    two, block = limit.rows(problem_of(three(), (limit,)))
    assert (two.sense, two.rhs.tolist(), two.where) == (">=", [2.0], ["two of site-0 and 2 more"])
    # any of three sites of 9 MW a hall may fail; half of 30 MW is still to be served
    assert dense(block, "halls") == [[0.0, 9.0, 9.0], [9.0, 0.0, 9.0], [9.0, 9.0, 0.0]]
    assert block.rhs.tolist() == [15.0, 15.0, 15.0]
    assert (block.sense, block.unit, block.where[0]) == (">=", "MW", "without site-0, 3 sites")


def test_a_zone_is_lost_as_a_whole() -> None:
    limit = SurviveLoss(share=0.5, of="zone")
    _, block = limit.rows(problem_of(three(), (limit,)))  # zones Z0 with the first site, Z1 with the others
    assert dense(block, "halls") == [[0.0, 9.0, 9.0], [9.0, 0.0, 0.0]]


def test_a_hub_that_one_site_alone_reaches_is_named() -> None:
    near = np.ones((3, 1, 2), dtype=bool)
    near[1:, 0, 1] = False
    with pytest.raises(
        InfeasibleError,
        match=r"by only one site: allow longer round trips(.|\n)*`hub-0 interactive` can reach only site-0",
    ):
        SurviveLoss(share=0.1).rows(problem_of(three(near=near)))


def test_cuts_are_the_sets_that_a_plan_breaks() -> None:
    n = three()
    limit = SurviveLoss(share=1.0)
    problem = problem_of(n, (limit,))
    values = {"halls": np.array([4.0, 0.0, 0.0])}
    (cut,) = limit.cuts(problem, values)
    assert (cut.slack(values) < 0).sum() == 1
    assert limit.cuts(problem, {"halls": np.array([4.0, 4.0, 0.0])}) == []


def test_larger_sets_are_found_while_solving(monkeypatch: pytest.MonkeyPatch) -> None:
    n = random_numbers(3, n_sites=4, n_designs=1, max_halls=3)
    n = replace(n, demand=n.demand * 0.6, near=np.ones_like(n.near))
    written = solve(problem_of(n, (SurviveLoss(share=0.9),)), gap=1e-9)
    monkeypatch.setattr("siting.limits.survive_loss.SMALL_SET", 0)
    found = solve(problem_of(n, (SurviveLoss(share=0.9),)), gap=1e-9)
    free = solve(problem_of(n), gap=1e-9)
    assert found.proof.rows > free.proof.rows
    assert found.objective == pytest.approx(written.objective)
    assert found.objective > free.objective * (1 + 1e-6)


def test_a_plan_in_hand_that_breaks_a_cut_when_time_ends_is_none() -> None:
    """The clock is at its end after the first solve: the limit's rows were not all seen."""
    problem = problem_of(three(), ())
    always = SurviveLoss(share=1.0)
    programme = PulpModel("late", problem.families, [], cuts=lambda _: always.rows(problem))
    solver = solver_called("highs", time_limit_s=0.1, gap=1e-4)
    stats = programme.minimise(problem.cost, solver)
    assert not stats.has_solution
    assert stats.status == pulp.LpSolveStatus.TimeLimit


def test_two_stand_in_every_smallest_set_and_in_no_other_row() -> None:
    """The first hub reaches sites 0 and 1, the second all three: two of all three follow from two of the two."""
    near = np.ones((3, 2, 2), dtype=bool)
    near[2, 0, :] = False
    n = replace(three(), near=near, demand=np.array([[20.0, 0.0], [5.0, 5.0]]))
    (two, *_) = SurviveLoss(share=0.5).rows(problem_of(n))
    assert dense(two, "open") == [[1.0, 1.0, 0.0]]


def test_a_plan_that_breaks_no_cut_is_kept_when_the_time_ends_in_the_closer_solves() -> None:
    problem = problem_of(three(), ())
    asked: list[dict[str, np.ndarray]] = []
    harmless = one_row("late", "plan", {"open": np.ones(3)}, "<=", 99.0, "sites")

    def cuts(values: dict[str, np.ndarray]) -> list[Rows]:
        asked.append(values)
        return [] if len(asked) <= 2 else [harmless]

    rows = part_rows(problem)
    programme = PulpModel("kept", problem.families, rows, cuts=cuts)
    stats = programme.minimise(problem.cost, solver_called("highs", time_limit_s=0.5, gap=1e-6))
    assert (stats.has_solution, stats.status) == (True, pulp.LpSolveStatus.TimeLimit)
    assert len(asked) > 3
    kept = programme.values()
    assert all((block.slack(kept) >= -1e-6).all() for block in rows)
    assert stats.best_bound <= problem.cost.value(kept) * (1 + 1e-6)


def test_a_solver_may_be_given_another_programme_after_one_with_cuts() -> None:
    """PuLP warns of a start without values: what the closer solve asks for holds for that solve alone."""
    problem = problem_of(three(), ())
    rows = part_rows(problem)
    solver = solver_called("highs", time_limit_s=None, gap=1e-6)
    first = PulpModel("first", problem.families, rows, cuts=lambda _: [])
    other = PulpModel("other", problem.families, rows)
    found = [programme.minimise(problem.cost, solver) for programme in (first, other)]
    assert all(stats.has_solution for stats in found)


def test_cuts_with_a_solver_that_starts_cold_find_the_same_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siting.limits.survive_loss.SMALL_SET", 0)
    n = random_numbers(3, n_sites=4, n_designs=1, max_halls=3)
    problem = problem_of(replace(n, demand=n.demand * 0.6, near=np.ones_like(n.near)), (SurviveLoss(share=0.9),))
    found = {solver: solve(problem, solver=solver, gap=1e-7).objective for solver in ("highs", "cbc", "scip")}
    assert found["cbc"] == pytest.approx(found["highs"], rel=1e-6)
    assert found["scip"] == pytest.approx(found["highs"], rel=1e-6)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 6))
def test_a_shortage_is_found_where_and_only_where_there_is_one(seed: int, sites: int, groups: int) -> None:
    rng = np.random.default_rng(seed)
    reach = rng.random((groups, sites)) < 0.5
    capacity, demand = rng.integers(0, 5, sites).astype(float), rng.integers(0, 4, groups).astype(float)
    subsets = [np.array(pick, dtype=bool) for pick in itertools.product([False, True], repeat=groups)]
    short = any(demand[p].sum() > capacity[reach[p].any(axis=0)].sum() + 1e-9 for p in subsets)
    members = short_of(reach, capacity, demand)
    assert (members is not None) == short
    if members is not None:
        inside = ~(reach & ~members).any(axis=1)
        assert demand[inside].sum() > capacity[members].sum() + 1e-9


@pytest.mark.parametrize("share", [0, 1.5])
def test_a_share_outside_its_range_is_refused(share: float) -> None:
    with pytest.raises(ScenarioError, match="share"):
        Scenario(name="odd", limits=({"kind": "survive_loss", "share": share},))


@pytest.fixture(scope="module")
def safe_plan() -> Plan:
    """Return a plan for 200 MW in time for batch work, of which 70 % survive any site."""
    limits = (SurviveLoss(share=0.7), {"kind": "max_latency", "batch_ms": 250})
    return solve(
        prepare(
            Scenario(
                name="safe", demand={"it_mw": 400, "network": "backbone", "exclude_countries": ["CN"]}, limits=limits
            )
        ),
        gap=0.05,
    )


def test_a_plan_on_real_places_survives_and_says_so(safe_plan: Plan) -> None:
    assert safe_plan.status in ("optimal", "feasible")
    checks = safe_plan.verify().query("check == 'share served without a site'")
    assert len(checks) == len(safe_plan.sites) > 1
    assert (checks["value"] >= 0.7 - 1e-6).all()


def test_a_plan_that_would_not_survive_is_found(safe_plan: Plan) -> None:
    zone = safe_plan.sites["zone_id"].iloc[0]
    together = replace(safe_plan, sites=safe_plan.sites.assign(zone_id=zone))
    checks = RECHECK["survive_loss"](together, SurviveLoss(share=1.0, of="zone"))
    assert checks == [("share served without a zone", zone, pytest.approx(0.0), 1.0, "-", False)]
