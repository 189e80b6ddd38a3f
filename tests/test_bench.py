"""Both sides of a benchmark solve the same problem and prove the same optimum."""

import itertools
import json
import platform

import numpy as np
import pytest
from harness.instances import Instance, LocationProblem, generated, published, scattered_points
from harness.machine import about
from harness.rivals import highs_from_arrays
from harness.runner import Measured, Row, as_json, as_table, measure, rows
from harness.trace import follow
from medians import BENCH, least_cost, needs_bench

from siting.errors import DataError


@pytest.mark.parametrize("count", [2, None])
def test_the_rival_solves_the_same_problem(count: int | None) -> None:
    rng = np.random.default_rng(0)
    costs, fixed = rng.random((6, 9)), np.zeros(6) if count else rng.random(6)
    outcome = highs_from_arrays(LocationProblem(costs, fixed, count), gap=1e-6, time_limit_s=60)
    assert outcome.objective == pytest.approx(least_cost(costs, fixed, count), rel=1e-6)
    assert outcome.bound == pytest.approx(outcome.objective, rel=1e-5)


@pytest.mark.parametrize("shape", ["square with capacities", "clusters with capacities"])
def test_both_sides_prove_the_same_with_capacities(shape: str) -> None:
    instance = Instance("capacitated", "small", shape, n=30, m=15)  # type: ignore[arg-type]
    ours, rivals = (measure(instance, solver, time_limit_s=60) for solver in ("siting", "highs"))
    assert ours.objective == pytest.approx(rivals.objective, rel=1e-5)
    assert ours.gap is not None
    assert ours.gap <= 1e-6


@pytest.mark.parametrize("shape", ["cover all", "cover most", "centre", "square, one source each"])
def test_both_sides_prove_the_same_reach_and_the_same_single_sources(shape: str) -> None:
    instance = Instance("reach", "small", shape, n=12, m=10, p=3, radius=300.0)  # type: ignore[arg-type]
    ours, rivals = (measure(instance, solver, time_limit_s=60) for solver in ("siting", "highs"))
    assert ours.objective == pytest.approx(rivals.objective, rel=1e-5)
    assert ours.gap is not None
    assert rivals.gap is not None
    assert max(ours.gap, rivals.gap) <= 1e-5


@pytest.mark.parametrize("count", [1, 3])
def test_the_rival_of_the_centre_and_of_covering_agrees_with_trying_every_choice(count: int) -> None:
    distance = np.random.default_rng(1).random((6, 8))
    choices = [list(c) for c in itertools.combinations(range(6), count)]
    farthest = min(distance[c].min(axis=0).max() for c in choices)
    most = max((distance[c].min(axis=0) <= 0.3).sum() for c in choices)
    for kind, best in (("centre", farthest), ("cover most", most)):
        problem = LocationProblem(distance, np.zeros(6), count, kind=kind, radius=0.3)  # type: ignore[arg-type]
        outcome = highs_from_arrays(problem, gap=1e-6, time_limit_s=60)
        assert (outcome.objective, outcome.bound) == pytest.approx((best, best), rel=1e-5)


def test_both_sides_prove_the_same_optimum_in_processes_of_their_own() -> None:
    instance = Instance("p-median", "small", "euclidean", n=30, m=20, p=3)
    (row,) = rows([instance], time_limit_s=60)
    assert row.rival is not None
    assert row.ours.objective == pytest.approx(row.rival.objective, rel=1e-5)
    assert row.ours.gap is not None
    assert row.ours.gap <= 1e-6
    assert json.loads(as_json([row]))["rows"][0]["instance"] == "small"


def test_a_made_question_is_the_same_in_every_process() -> None:
    instance = generated(quick=True)[0]
    assert (instance.problem().costs == instance.problem().costs).all()
    assert measure(instance, "siting", time_limit_s=60).objective == pytest.approx(
        measure(instance, "siting", time_limit_s=60).objective
    )


def test_a_ratio_against_an_unproven_rival_is_a_lower_bound_and_none_without_our_proof() -> None:
    proven, open_gap = Measured(1.0, 1.0, None, 10.0, 10.0), Measured(60.0, 60.0, None, 10.0, 9.0)
    assert "| > 60 |" in as_table([Row("f", "i", None, proven, open_gap)])
    assert "| 1.0 |" in as_table([Row("f", "i", None, proven, proven)])
    assert as_table([Row("f", "i", None, open_gap, open_gap)]).endswith("| - |")


def test_a_folder_without_optima_is_refused_with_a_fix(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match=r"optima.csv` does not exist: pass the folder"):
        published(tmp_path, quick=True)


@needs_bench
def test_published_instances_carry_their_optima() -> None:
    instances = published(BENCH, quick=False)
    assert len(instances) == 84
    assert all(instance.optimum for instance in instances)


def test_the_trace_of_a_p_median_only_closes_and_ends_with_the_proof() -> None:
    instance = Instance("p-median", "small", "euclidean", n=40, m=40, p=4)
    ours, rivals = (follow(instance, solver, time_limit_s=60) for solver in ("siting", "highs"))
    for one in (ours, rivals):
        gaps = [moment.gap for moment in one.moments]
        assert gaps == sorted(gaps, reverse=True)
        assert gaps[-1] <= 1e-6
        assert [m.cpu_seconds for m in one.moments] == sorted(m.cpu_seconds for m in one.moments)
    assert ours.moments[-1].objective == pytest.approx(rivals.moments[-1].objective, rel=1e-6)
    assert len(ours.moments) > len(rivals.moments) / 2


def test_points_are_traced_as_their_table_of_distances() -> None:
    made_of_points = Instance("p-median", "small", "euclidean", n=40, m=40, p=4)
    sites, customers = scattered_points(40, 40, 1)
    table = made_of_points.problem().costs
    assert table == pytest.approx(np.hypot(*(sites[:, None] - customers[None]).transpose(2, 0, 1)))


def test_the_machine_is_described_without_its_name() -> None:
    machine = about(packages=("numpy", "no-such-package"))
    assert machine["versions"]["no-such-package"] is None
    assert machine["cores"] >= 1
    assert platform.node() not in json.dumps(machine)
