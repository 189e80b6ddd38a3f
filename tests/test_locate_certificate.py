"""Claims of a MIP solver are proven again by dual prices: a false claim is found out, and a true one kept."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from brute_force import choices, split_cost
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from siting import locate
from siting.highs import ArrayMip, MipResult, solve_mip
from siting.locate.capacitated import ScaledProblem
from siting.locate.capacitated import solve as solve_scaled
from siting.locate.kernel import certificate, cover
from siting.locate.kernel.capacitated import search
from siting.locate.kernel.certificate import certify, safe_bound
from siting.locate.kernel.limits import SearchLimits


def drawn(seed: int, n: int = 6, rows: int = 4) -> ArrayMip:
    """Draw a covering problem in binary columns, with costs of very different size."""
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 4, (rows, n)).astype(float)
    return ArrayMip(
        cost=rng.integers(1, 20, n) * 10.0 ** rng.integers(-3, 6),
        lower=np.zeros(n),
        upper=np.ones(n),
        matrix=sparse.csr_array(matrix),
        row_lower=np.floor(matrix.sum(axis=1) * 0.6) - rng.integers(0, 2, rows),
        row_upper=np.where(rng.random(rows) < 0.5, np.inf, matrix.sum(axis=1)),
        integer=np.ones(n, dtype=bool),
    )


def optimum(model: ArrayMip) -> float:
    """Try every choice of columns."""
    points = np.array(list(itertools.product([0.0, 1.0], repeat=model.cost.size)))
    rows = points @ model.matrix.toarray().T
    inside = ((rows >= model.row_lower) & (rows <= model.row_upper)).all(axis=1)
    return float((points[inside] @ model.cost).min(initial=np.inf))


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.sampled_from([1e-6, 1.0, 1e9]))
def test_any_prices_bound_the_optimum_from_below(seed: int, scale: float) -> None:
    model = drawn(seed)
    prices = np.random.default_rng(seed).normal(size=len(model.row_lower)) * scale
    assert safe_bound(model, model.cost, model.lower, model.upper, prices) <= optimum(model)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), share=st.sampled_from([0.5, 0.999, 1.0, 1.001, 2.0]))
def test_a_tree_of_lps_proves_no_more_than_the_optimum_and_finds_what_is_below_its_target(
    seed: int, share: float
) -> None:
    model = drawn(seed)
    best = optimum(model)
    target = share * best if np.isfinite(best) else np.inf
    found = certify(model, target, SearchLimits(), first=3)
    assert found.bound <= best
    assert found.bound >= min(target, best) * (1 - 1e-9)
    if share > 1 and np.isfinite(best):
        assert model.cost @ np.rint(found.values) == pytest.approx(best)


def test_a_tree_that_reaches_its_node_limit_proves_nothing() -> None:
    assert certify(drawn(2), 1e9, SearchLimits(), first=0, most_nodes=0).bound == -np.inf


def test_rows_that_no_columns_meet_are_proven_infeasible() -> None:
    model = replace(drawn(1), row_lower=np.full(4, 100.0), row_upper=np.full(4, np.inf))
    assert certify(model, np.inf, SearchLimits(), first=0).bound == np.inf


POOR_START = search.Effort(volume_steps=1, more_steps=1, sets=0, moves=0, dive=0, kernel=False)
"""All sites open at first, and a MIP at once."""


def falsely(model: ArrayMip, *, start: np.ndarray | None = None, **options: object) -> MipResult:
    """Claim that the start is optimal, as HiGHS 1.16 has done."""
    honest = solve_mip(model, **options)  # type: ignore[arg-type]
    values = honest.values if start is None else start
    worst = float(model.cost @ values)
    return replace(honest, values=values, objective=worst, bound=worst)


@pytest.mark.parametrize("single_source", [False, True])
def test_a_false_claim_on_a_problem_with_capacities_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, single_source: bool
) -> None:
    monkeypatch.setattr(search, "solve_mip", falsely)
    for seed in range(25):
        rng = np.random.default_rng(seed)
        cost, fixed = rng.integers(1, 50, (5, 6)).astype(float), rng.integers(10, 100, 5).astype(float)
        demand, capacity = np.ones(6), rng.integers(1, 5, 5) + 1.0
        scaled = ScaledProblem.of(cost, fixed, capacity, demand)
        found = solve_scaled(scaled, SearchLimits(), single_source=single_source, effort=POOR_START)
        best = min(fixed[c].sum() + split_cost(cost[c], capacity[c], demand) for c in choices(5))  # flows are integral
        assert found.bound <= best * (1 + 1e-9)
        assert found.status == "feasible" or found.objective == pytest.approx(best, rel=1e-6)


def test_a_false_claim_on_a_covering_problem_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cover, "solve_mip", falsely)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        far, weights = rng.random((7, 9)), rng.integers(1, 9, 9).astype(float)
        reach = far <= 0.35
        fewest = min((len(c) for c in choices(7) if reach[c].any(axis=0).all()), default=None)
        found = locate.cover_all(far, 0.35)
        assert found.bound is None if fewest is None else found.bound <= fewest
        most = max(weights[reach[c].any(axis=0)].sum() for c in choices(7, 3))
        covered = locate.max_cover(far, 0.35, 3, weights)
        assert covered.bound >= most * (1 - 1e-9)


def test_a_true_claim_beyond_the_node_limit_is_kept_less_the_tolerance_of_the_solver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(certificate, "MOST_COLUMNS", 0)
    rng = np.random.default_rng(5)
    cost, demand = rng.random((12, 15)), np.ones(15)
    found = locate.facility_location(cost, 0.7, 4.0, demand)
    assert found.status == "optimal"
    assert found.bound < found.objective
