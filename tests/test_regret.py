"""Regrets and near-optimal sets of sites, against solving every set of sites."""

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from instances import Numbers, problem_of, random_numbers

from siting import (
    Budget,
    Cost,
    Objective,
    Plan,
    Problem,
    ScenarioError,
    SiteCount,
    UnprovenError,
    WorstLatency,
    alternatives,
    explain,
    solve,
)
from siting.problem.rows import one_row
from siting.solver.solve import solve_with


def every_set(problem: Problem, least: float | None = None) -> dict[frozenset[str], float]:
    """Return the best objective of each set of sites, by fixing every site open or shut."""
    ids = [str(s) for s in problem.sites["id"]]
    site = problem.options["site"].to_numpy()
    best = {}
    for chosen in itertools.product([0.0, 1.0], repeat=len(ids)):
        fixed = [
            one_row("fixed", s, {"open": (site == i).astype(float)}, "==", chosen[i], "sites")
            for i, s in enumerate(ids)
        ]
        plan = solve_with(problem, fixed, gap=1e-8, least_cost_usd_per_year=least)
        if plan.objective is not None:
            best[frozenset(s for s, on in zip(ids, chosen, strict=True) if on)] = plan.objective
    return best


@cache
def sets_of(seed: int, minimise: Objective | None) -> dict[frozenset[str], float]:
    """Return the best of each set of sites of `made`, solved for once."""
    return every_set(made(seed, minimise)[0])


def made(seed: int, minimise: Objective | None = None) -> tuple[Problem, Plan]:
    n: Numbers = random_numbers(seed, n_sites=4, n_designs=1)
    problem = problem_of(n, (SiteCount(max=3),), minimise)
    plan = solve(problem, gap=1e-8)
    assert plan.status == "optimal"
    return problem, plan


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3, 5))])
@pytest.mark.parametrize("minimise", [None, Cost()], ids=["emissions per compute", "cost"])
def test_alternatives_are_the_next_best_sets_in_order(seed: int, minimise: Objective | None) -> None:
    problem, plan = made(seed, minimise)
    sets = sets_of(seed, minimise)
    mine = frozenset(plan.sites["id"])
    expected = sorted(v for s, v in sets.items() if s != mine and v <= plan.objective * 1.3)
    found = alternatives(problem, plan, within=0.3, n=20, gap=1e-8)
    assert [p.objective for p in found] == pytest.approx(expected, rel=1e-6)
    assert found.complete
    assert len({frozenset(p.sites["id"]) for p in found} | {mine}) == len(found) + 1
    assert all(p.status == "optimal" for p in found)
    assert list(found.table["regret"]) == pytest.approx([v / plan.objective - 1 for v in expected], abs=1e-6)


@pytest.mark.parametrize(("seed", "minimise"), [(1, None), (3, Cost())], ids=["emissions per compute", "cost"])
def test_the_most_different_set_shares_least_and_is_the_best_of_those(seed: int, minimise: Objective | None) -> None:
    problem, plan = made(seed, minimise)
    near = {s: v for s, v in every_set(problem).items() if v <= plan.objective * 1.5}
    known = [frozenset(plan.sites["id"])]
    found = alternatives(problem, plan, within=0.5, n=20, gap=1e-8, most_different=True)
    assert len(found) == len(near) - 1
    assert found.complete
    for other, shared, proven in zip(found, found.table["shared"], found.table["proven"], strict=True):
        left = {s: (sum(len(s & k) for k in known), v) for s, v in near.items() if s not in known}
        least = min(n for n, _ in left.values())
        assert (shared, proven) == (least, True)
        assert other.objective == pytest.approx(min(v for n, v in left.values() if n == least), rel=1e-6)
        assert (other.scenario, other.proof.unit) == (plan.scenario, plan.proof.unit)
        assert other.bound == plan.bound
        known.append(frozenset(other.sites["id"]))


def test_a_most_different_set_that_is_as_good_is_a_tie_and_another_is_none() -> None:
    """Three sites of 20 MW for 25 MW: two of three, and the third is a twin of the second."""
    n = random_numbers(4, n_sites=3, n_designs=1)
    names = ("pue", "ci", "price", "renewable", "hall_usd")
    alike = {name: np.repeat(getattr(n, name)[:1], 3, axis=0) for name in names}
    alike["ci"] = np.array([10.0, 10.0, 11.0])
    more = {"near": np.ones_like(n.near), "benefit_usd_per_hall": np.zeros(3), "demand": n.demand * 8 / n.demand.sum()}
    problem = problem_of(type(n)(**(vars(n) | alike | more)), (SiteCount(max=1),))
    found = alternatives(problem, solve(problem, gap=1e-8), within=0.5, gap=1e-8, most_different=True)
    assert list(found.table["shared"]) == [0, 0]
    assert list(found.table["tie"]) == [True, False]


def test_fewer_alternatives_than_there_are_is_not_called_complete() -> None:
    problem, plan = made(1)
    assert len(alternatives(problem, plan, within=1.0, n=100, gap=1e-8)) > 1
    found = alternatives(problem, plan, within=1.0, n=1, gap=1e-8)
    assert (len(found), found.complete) == (1, False)
    head, line = str(found).splitlines()
    assert head == "1 other set of sites; there may be more"
    assert all(s in line for s in found.table["added"].iloc[0].split(", "))
    assert len(repr(found)) < 300  # no scenario in it


def test_twins_are_reported_as_ties() -> None:
    """Two equal sites, of which one is needed: the other is a tie."""
    n = random_numbers(4, n_sites=2, n_designs=1)
    twins = {
        name: np.repeat(getattr(n, name)[:1], 2, axis=0) for name in ("pue", "ci", "price", "renewable", "hall_usd")
    }
    more = {"near": np.ones_like(n.near), "benefit_usd_per_hall": np.zeros(2), "demand": n.demand * 8 / n.demand.sum()}
    problem = problem_of(type(n)(**(vars(n) | twins | more)), (SiteCount(max=1),))
    found = alternatives(problem, solve(problem, gap=1e-8), within=0.01)
    assert list(found.table["tie"]) == [True]


@pytest.mark.parametrize("seed", [1, 2, 3, 5])
@pytest.mark.parametrize("minimise", [None, Cost()], ids=["emissions per compute", "cost"])
def test_the_regret_of_every_site_is_what_solving_every_set_finds(seed: int, minimise: Objective | None) -> None:
    problem, plan = made(seed, minimise)
    sets = sets_of(seed, minimise)
    ids = [str(s) for s in problem.sites["id"]]
    table = explain(problem, plan, sites=ids, gap=1e-8).regret.set_index("site")
    screened = explain(problem, plan, sites=[]).regret.set_index("site")
    for s in ids:
        out = s in set(plan.sites["id"])
        left = [v for some, v in sets.items() if (s in some) != out]
        expected = min(left) - plan.objective if left else np.inf
        assert table.loc[s, "forced"] == ("out" if out else "in")
        assert table.loc[s, "regret"] == pytest.approx(expected, rel=1e-5, abs=1e-6 * plan.objective)
        assert 0 <= screened.loc[s, "regret_at_least"] <= expected + 1e-6 * plan.objective
        assert screened.loc[s, "status"] == "screened"


def test_forcing_a_site_leaves_the_budget_where_it_was() -> None:
    """The budget is a share above the least cost of the problem, not of the problem with a site forced."""
    n = random_numbers(3, n_sites=4, n_designs=1)
    problem = problem_of(n, (Budget(above_least_cost=0.1),))
    plan = solve(problem, gap=1e-8)
    sets = every_set(problem, plan.proof.least_cost_usd_per_year)
    table = explain(problem, plan, sites=list(problem.sites["id"]), gap=1e-8).regret.set_index("site")
    for s in problem.sites["id"]:
        left = [v for some, v in sets.items() if (s in some) != (s in set(plan.sites["id"]))]
        expected = min(left) - plan.objective if left else np.inf
        assert table.loc[s, "regret"] == pytest.approx(expected, rel=1e-5, abs=1e-6 * plan.objective)


def test_a_bottleneck_is_explained_and_has_alternatives() -> None:
    problem, plan = made(1, WorstLatency())
    assert (explain(problem, plan).regret["regret_at_least"] >= 0).all()
    assert all(p.objective == plan.objective for p in alternatives(problem, plan, within=0.0, n=2))


def test_what_cannot_be_explained_is_refused() -> None:
    problem, plan = made(1)
    nothing = problem.scenario.model_copy(update={"limits": (Budget(usd_per_year=1.0),)})
    empty = solve(replace(problem, scenario=nothing))
    with pytest.raises(UnprovenError, match="is infeasible: it has no objective value to compare with"):
        explain(problem, empty)
    with pytest.raises(UnprovenError, match="no objective value to compare with"):
        alternatives(problem, empty)
    with pytest.raises(ScenarioError, match="`atlantis`: not a candidate of this problem"):
        explain(problem, plan, sites=["atlantis"])
    with pytest.raises(ScenarioError, match="`within` is 2"):
        alternatives(problem, plan, within=2)
