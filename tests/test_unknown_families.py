"""Families that the decomposition does not know: bounded, kept and left out by their owners and rows alone."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import problem_of, random_numbers
from scipy import sparse

from siting import Cost, Problem, SiteCount
from siting.problem.part import Line, Part, part_rows
from siting.problem.rows import Family, Rows, group_sum, one_row
from siting.solver.decomposition import lp_relaxation, master
from siting.solver.decomposition.columns import Columns, constraint_matrix, implied_upper, zero_unless_built
from siting.solver.decomposition.decomposed_model import DecomposedModel
from siting.solver.decomposition.lagrangian_bound import bound_at
from siting.solver.decomposition.site_pricing import EXACT, box_minimum
from siting.solver.solve import solve_with
from siting.solver.valid_inequalities import strengthen


@dataclass(frozen=True)
class Extras(Part):
    """Variables of every owner, bounded or not, linked to `open` or not, integer or not, expensive or paid for."""

    name: ClassVar[str] = "extras"
    row_names: ClassVar[tuple[str, ...]] = ("extras",)

    seed: int
    bounded: bool

    def families(self, problem: Problem) -> tuple[Family, ...]:
        """Return five families."""
        n, m = len(problem.options), len(problem.sites)
        labels, ids = list(problem.options["label"]), [str(s) for s in problem.sites["id"]]
        of_option, of_site = (
            {"owner": "option", "owner_index": np.arange(n)},
            {
                "owner": "site",
                "owner_index": np.arange(m),
            },
        )
        most = 50.0 if self.bounded else np.inf
        return (
            Family("modules", labels, np.zeros(n), np.full(n, 3.0), True, **of_option),
            Family("extra_mw", labels, np.zeros(n), np.full(n, most), False, **of_option),
            Family("fee_usd", ids, np.zeros(m), np.full(m, most), False, solver_unit=10.0, **of_site),
            Family("reserve_mw", ids, np.zeros(m), np.full(m, 2.0), False, **of_site),
            Family("pool_mw", ["plan"], np.zeros(1), np.array([most]), False),
        )

    def lines(self, problem: Problem) -> tuple[Line, ...]:
        """Return random charges; extra MW are paid for at some options."""
        rng, lines = np.random.default_rng(self.seed), []
        scale = {"modules": 2e5, "extra_mw": 3e5, "fee_usd": 1e5, "reserve_mw": 1e6, "pool_mw": 5e6}
        for name, usd in scale.items():
            charge = usd * rng.random(len(problem.families[name]))
            if name == "extra_mw":
                charge -= 0.5 * usd
            lines.append(Line(name, name, charge, np.zeros(len(charge))))
        return tuple(lines)

    def rows(self, problem: Problem) -> list[Rows]:
        """Return ``modules <= 3 open``, ``extra <= 2 modules``, a fee for every open site, and two rows of the plan."""
        n, m = len(problem.options), len(problem.sites)
        site, one = problem.options["site"].to_numpy(np.intp), sparse.eye_array(n, format="csr")
        labels, ids = list(problem.options["label"]), [str(s) for s in problem.sites["id"]]
        due = np.random.default_rng(self.seed + 1).uniform(1.0, 40.0, m)
        fee = {"fee_usd": sparse.eye_array(m, format="csr"), "open": -group_sum(site, due[site], m)}
        return [
            Rows("extras", labels, {"modules": one, "open": -3.0 * one}, "<=", np.zeros(n), "modules"),
            Rows("extras", labels, {"extra_mw": one, "modules": -2.0 * one}, "<=", np.zeros(n), "MW"),
            Rows("extras", ids, fee, ">=", np.zeros(m), "USD"),
            one_row("extras", "reserve", {"reserve_mw": np.ones(m)}, ">=", 0.7 * m, "MW"),
            one_row("extras", "extra", {"extra_mw": np.ones(n), "pool_mw": np.ones(1)}, ">=", 4.0, "MW"),
        ]


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start with one site and two options, so that the optimum must come from pricing and fixing."""
    monkeypatch.setattr(master, "FIRST_OPTIONS", 2)
    monkeypatch.setattr(lp_relaxation, "MOST_NEW_SITES", 1)
    monkeypatch.setattr(lp_relaxation, "STARTING_SITES", 1)


def with_extras(seed: int, *, bounded: bool, sites: int = 6) -> Problem:
    """Return a random problem with the part."""
    problem = problem_of(random_numbers(seed, n_sites=sites, max_halls=3), (SiteCount(max=4),), Cost())
    return replace(problem, parts=(*problem.parts, Extras(seed, bounded)))


def decomposed(problem: Problem) -> DecomposedModel:
    """Return the decomposed model."""
    rows = part_rows(problem) + [block for x in problem.scenario.limits for block in x.rows(problem)]
    return DecomposedModel(problem, *strengthen(problem)[:1], rows, strengthen(problem)[1])


@pytest.mark.parametrize("bounded", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_the_decomposition_has_the_optimum_of_the_full_model(seed: int, bounded: bool) -> None:
    problem = with_extras(seed, bounded=bounded)
    few, full = (solve_with(problem, [], gap=1e-9, decompose=d) for d in (True, False))
    assert few.status == full.status
    assert few.objective == (None if full.objective is None else pytest.approx(full.objective, rel=1e-6))


@settings(max_examples=4, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.booleans())
def test_no_plan_is_below_the_bound_nor_one_with_an_option_below_its_bound(seed: int, bounded: bool) -> None:
    problem = with_extras(seed, bounded=bounded, sites=4)
    relaxed = decomposed(problem).relaxed(problem.cost)
    plan = solve_with(problem, [], gap=1e-9, decompose=False)
    if plan.objective is None:
        return
    assert relaxed.bound is not None
    constant = problem.cost.constant
    assert relaxed.bound + constant <= plan.objective + 1e-7 * abs(plan.objective)
    for option in range(seed % 2, len(problem.options), 3):
        here = (np.arange(len(problem.options)) == option).astype(float)
        forced = solve_with(
            problem, [one_row("forced", "in", {"open": here}, ">=", 1.0, "-")], gap=1e-9, decompose=False
        )
        if forced.objective is not None:
            assert relaxed.option_bound[option] + constant <= forced.objective + 1e-7 * abs(forced.objective)


def test_a_family_leaves_with_its_owner_only_where_rows_make_it_0() -> None:
    model = decomposed(with_extras(1, bounded=True))
    columns, lines = model.data.columns, model.state.relaxation.lines
    with_owner = zero_unless_built(columns, lines, EXACT)
    assert {n: set(columns.of(n, with_owner).tolist()) for n in ("modules", "extra_mw", "fee_usd", "reserve_mw")} == {
        "modules": {True},  # at most 3 open
        "extra_mw": {True},  # at most 2 modules
        "fee_usd": {False},  # bounded from below alone
        "reserve_mw": {False},
    }
    assert not columns.of("pool_mw", with_owner).any()


def test_rows_of_another_option_do_not_close_a_variable() -> None:
    """``x[o] <= open[p]`` with p another option of the site: x may be above 0 where o is not built."""
    each = np.arange(2)
    families = {
        "open": Family("open", ["p", "q"], np.zeros(2), np.ones(2), True, owner="option", owner_index=each),
        "x": Family("x", ["p", "q"], np.zeros(2), np.ones(2), False, owner="option", owner_index=each),
        "w": Family("w", ["s"], np.zeros(1), np.ones(1), False, owner="site", owner_index=np.zeros(1, dtype=int)),
    }
    columns = Columns(families, np.zeros(5, dtype=int), np.array([0, 1, 0, 1, -1]))
    rows = [
        one_row("own", "a", {"x": np.array([1.0, 0.0]), "open": np.array([-1.0, 0.0])}, "<=", 0.0, "-"),
        one_row("own", "b", {"x": np.array([0.0, 1.0]), "open": np.array([-1.0, 0.0])}, "<=", 0.0, "-"),
        one_row("own", "c", {"w": np.ones(1), "open": -np.ones(2)}, "<=", 0.0, "-"),
        one_row("own", "d", {"x": np.array([0.0, 1.0]), "open": np.array([0.0, -1.0])}, "<=", 1.0, "-"),
    ]
    found = zero_unless_built(columns, constraint_matrix(columns, rows), ("open",))
    assert found.tolist() == [True, True, True, False, True]


def test_prices_that_leave_an_unbounded_column_negative_prove_nothing_of_any_option() -> None:
    model = decomposed(with_extras(2, bounded=False))
    data, lines = model.data, model.state.relaxation.lines
    cost = data.columns.costs(data.problem.cost)
    cost[data.columns.start["pool_mw"]] = -1.0  # without an upper bound
    none = np.zeros(len(data.problem.sites), dtype=bool)
    bound = bound_at(np.zeros(len(lines)), cost, data.columns, lines, data.upper, data.relaxation.pricing, none)
    assert bound.total == -np.inf
    assert (bound.option_bound == -np.inf).all()


def test_a_price_moves_by_the_rounding_that_makes_an_unbounded_column_negative() -> None:
    model = decomposed(with_extras(2, bounded=False))
    data, lines = model.data, model.state.relaxation.lines
    pool = data.columns.start["pool_mw"]
    cost = data.columns.costs(data.problem.cost)
    cost /= np.abs(cost).max()
    prices = np.zeros(len(lines))
    row = int(np.flatnonzero(lines.matrix[:, [pool]].toarray().ravel())[0])
    prices[row] = (cost[pool] + 1e-11) / lines.matrix[[row], [pool]][0]
    none = np.zeros(len(data.problem.sites), dtype=bool)
    bound = bound_at(prices, cost, data.columns, lines, data.upper, data.relaxation.pricing, none)
    assert np.isfinite(bound.total)


def test_a_bound_that_rows_imply_replaces_an_infinite_one() -> None:
    model = decomposed(with_extras(2, bounded=False))
    columns = model.data.columns
    upper = implied_upper(columns, model.state.relaxation.lines)
    assert columns.of("extra_mw", upper) == pytest.approx(6.0)  # twice three modules
    assert np.isinf(columns.of("fee_usd", upper)).all()


def test_a_reduced_cost_of_0_proves_0_whatever_the_bounds() -> None:
    """0 times an infinite bound is no number, and a bound that is no number would prove anything."""
    least = box_minimum(
        np.array([0.0, 0.0, 1.0, -2.0]), np.array([-np.inf, 0.0, 3.0, 0.0]), np.array([1, np.inf, 9, 5])
    )
    assert least.tolist() == [0.0, 0.0, 3.0, -10.0]
