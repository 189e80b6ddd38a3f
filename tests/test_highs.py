"""The door to HiGHS: MIPs, LPs kept warm, infeasible subsets, interrupts, and models that HiGHS rejects."""

import os
import signal
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from siting.errors import UnprovenError
from siting.highs import INFINITE, ArrayMip, WarmLp, infeasible_rows, solve_lp, solve_mip
from siting.locate import p_center
from siting.locate.kernel.cover import cover_model, greedy_cover


def random_lp(rng: np.random.Generator, n: int, m: int) -> ArrayMip:
    """Return an LP that has an optimum: nonnegative costs, and rows that x = 1 meets."""
    matrix = rng.integers(-3, 6, (m, n)).astype(float)
    at_one = matrix.sum(axis=1)
    return ArrayMip(
        cost=rng.integers(0, 9, n).astype(float),
        lower=np.zeros(n),
        upper=np.full(n, 3.0),
        matrix=sparse.csr_array(matrix),
        row_lower=at_one - rng.integers(0, 2, m),
        row_upper=np.full(m, INFINITE),
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_an_lp_that_grew_and_changed_has_the_optimum_of_a_fresh_one(seed):
    rng = np.random.default_rng(seed)
    model = random_lp(rng, 6, 4)
    start, half = np.zeros(4, dtype=int), model.matrix.tocsc()[:, :3]
    warm = WarmLp()
    warm.add_rows(model.row_lower, model.row_upper, start, np.zeros(0, dtype=int), np.zeros(0))
    warm.add_columns(
        np.full(3, 50.0), model.lower[:3], model.upper[:3] - 1.0, half.indptr[:-1], half.indices, half.data
    )
    warm.solve()
    rest = model.matrix.tocsc()[:, 3:]
    warm.add_columns(model.cost[3:], model.lower[3:], model.upper[3:], rest.indptr[:-1], rest.indices, rest.data)
    warm.set_costs(np.arange(3), model.cost[:3])
    warm.set_column_bounds(np.arange(3), model.lower[:3], model.upper[:3])
    assert warm.solve() == "optimal"
    expected = linprog(
        model.cost, A_ub=-model.matrix, b_ub=-model.row_lower, bounds=np.c_[model.lower, model.upper], method="highs"
    ).fun
    fresh = solve_lp(model)
    assert warm.objective == pytest.approx(expected)
    assert fresh.objective == pytest.approx(expected)
    # strong duality: row duals times right-hand sides, plus reduced costs at the bounds of columns
    reduced = model.cost - model.matrix.T @ fresh.duals
    dual = fresh.duals @ model.row_lower + np.minimum(reduced, 0.0) @ model.upper
    assert dual == pytest.approx(expected)


def test_an_lp_ends_in_one_of_four_words():
    free = ArrayMip(-np.ones(1), np.zeros(1), np.full(1, INFINITE), sparse.csr_array((0, 1)), np.zeros(0), np.zeros(0))
    assert solve_lp(free).status == "unbounded"
    clash = ArrayMip(np.ones(1), np.zeros(1), np.ones(1), sparse.csr_array([[1.0]]), np.array([2.0]), np.array([3.0]))
    assert solve_lp(clash).status == "infeasible"
    assert infeasible_rows(clash) == [0]
    assert infeasible_rows(random_lp(np.random.default_rng(0), 3, 3)) is None


@pytest.mark.parametrize("solve", [solve_lp, lambda model: solve_mip(model, gap=0.0), infeasible_rows])
def test_a_model_that_highs_rejects_is_an_error(solve):
    twice = sparse.csr_array(
        (np.ones(2), np.zeros(2, dtype=int), np.array([0, 2])), shape=(1, 1)
    )  # one term, two entries
    odd = ArrayMip(np.ones(1), np.zeros(1), np.ones(1), twice, np.zeros(1), np.ones(1))
    with pytest.raises(UnprovenError, match="HiGHS rejects a model"):
        solve(odd)


def test_an_objective_that_disagrees_with_its_values_is_solved_again_without_the_start():
    rng = np.random.default_rng(1)
    far = np.linalg.norm(rng.random((40, 1, 2)) - rng.random((1, 60, 2)), axis=2)
    reach = far <= p_center(far, 6).objective
    start = np.zeros(40)
    start[greedy_cover(reach)] = 1.0
    found = solve_mip(cover_model(reach), gap=1e-7, start=start)
    assert found.objective == pytest.approx(found.values.sum()) == pytest.approx(6.0)  # HiGHS 1.16: 5, with 7 open


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signal to a process of its own group alone")
def test_ctrl_c_stops_a_mip_that_would_take_hours():
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 100, (5, 40)).astype(float)  # a market split problem: cuts and bounds do not help
    slack = np.hstack([np.eye(5), -np.eye(5)])
    mip = ArrayMip(
        cost=np.r_[np.zeros(40), np.ones(10)],
        lower=np.zeros(50),
        upper=np.r_[np.ones(40), np.full(10, np.inf)],
        matrix=sparse.csr_array(np.hstack([rows, slack])),
        row_lower=np.floor(rows.sum(axis=1) / 2),
        row_upper=np.floor(rows.sum(axis=1) / 2),
        integer=np.r_[np.ones(40), np.zeros(10)].astype(bool),
    )
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    solved = solve_mip(mip, gap=1e-6, time_limit_s=60)
    timer.join()
    assert solved.interrupted
    assert not solved.proven
    assert solved.bound <= 1.0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signal to a process of its own group alone")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_the_call_of_a_highs_that_does_not_hear_it(monkeypatch, times):
    """Some versions of highspy never ask whether to stop: the first Ctrl-C ends the call after a while, the second at once."""
    end = threading.Event()
    monkeypatch.setattr("siting.highs._run", lambda _: end.wait())
    monkeypatch.setattr("siting.highs.STOPS_WITHIN_S", 0.2 if times == 1 else 600.0)
    for k in range(times):
        threading.Timer(0.3 * (k + 1), lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    one = ArrayMip(
        cost=np.ones(1), lower=np.zeros(1), upper=np.ones(1), matrix=sparse.csr_array([[1.0]]), row_lower=np.zeros(1),
        row_upper=np.ones(1), integer=np.ones(1, dtype=bool),
    )  # fmt: skip
    try:
        with pytest.raises(KeyboardInterrupt):
            solve_mip(one, gap=1e-6)
    finally:
        end.set()


def test_an_infeasible_mip_is_reported_as_infeasible():
    nothing = ArrayMip(
        cost=np.ones(1),
        lower=np.zeros(1),
        upper=np.ones(1),
        matrix=sparse.csr_array([[1.0]]),
        row_lower=np.array([2.0]),
        row_upper=np.array([np.inf]),
        integer=np.ones(1, dtype=bool),
    )
    solved = solve_mip(nothing, gap=1e-6)
    assert solved.infeasible
    assert solved.objective is None
