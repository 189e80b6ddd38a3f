"""The benchmark asks both sides the same question and compares what they proved."""

import json

import numpy as np
import pytest
from medians import BENCH, least_cost, needs_bench

from siting.bench.instances import Instance, Question, made, published
from siting.bench.rivals import highs_from_arrays
from siting.bench.run import Measured, Row, as_json, as_table, measure, rows
from siting.errors import DataError


@pytest.mark.parametrize("count", [2, None])
def test_the_rival_solves_the_same_question(count: int | None) -> None:
    rng = np.random.default_rng(0)
    costs, fixed = rng.random((6, 9)), np.zeros(6) if count else rng.random(6)
    outcome = highs_from_arrays(Question(costs, fixed, count), gap=1e-6, time_limit_s=60)
    assert outcome.objective == pytest.approx(least_cost(costs, fixed, count), rel=1e-6)
    assert outcome.bound == pytest.approx(outcome.objective, rel=1e-5)


@pytest.mark.parametrize("shape", ["square with capacities", "clusters with capacities"])
def test_both_sides_prove_the_same_with_capacities(shape: str) -> None:
    instance = Instance("capacitated", "small", shape, n=30, m=15)  # type: ignore[arg-type]
    ours, rivals = (measure(instance, solver, time_limit_s=60) for solver in ("siting", "highs"))
    assert ours.objective == pytest.approx(rivals.objective, rel=1e-5)
    assert ours.gap is not None
    assert ours.gap <= 1e-6


def test_both_sides_prove_the_same_optimum_in_processes_of_their_own() -> None:
    instance = Instance("p-median", "small", "euclidean", n=30, m=20, p=3)
    (row,) = rows([instance], time_limit_s=60)
    assert row.rival is not None
    assert row.ours.objective == pytest.approx(row.rival.objective, rel=1e-5)
    assert row.ours.gap is not None
    assert row.ours.gap <= 1e-6
    assert json.loads(as_json([row]))["rows"][0]["instance"] == "small"


def test_a_made_question_is_the_same_in_every_process() -> None:
    instance = made(quick=True)[0]
    assert (instance.question().costs == instance.question().costs).all()
    assert measure(instance, "siting", time_limit_s=60).objective == pytest.approx(
        measure(instance, "siting", time_limit_s=60).objective
    )


def test_a_ratio_against_an_unproven_rival_is_a_lower_bound_and_none_without_our_proof() -> None:
    proven, open_gap = Measured(1.0, 1.0, None, 10.0, 10.0), Measured(60.0, 60.0, None, 10.0, 9.0)
    assert "| > 60 |" in as_table([Row("f", "i", None, proven, open_gap)])
    assert "| 1 |" in as_table([Row("f", "i", None, proven, proven)])
    assert as_table([Row("f", "i", None, open_gap, open_gap)]).endswith("| - |")


def test_a_folder_without_optima_is_refused_with_the_way_out(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match=r"optima.csv` is not there: pass the folder"):
        published(tmp_path, quick=True)


@needs_bench
def test_published_questions_carry_their_optima() -> None:
    instances = published(BENCH, quick=False)
    assert len(instances) == 84
    assert all(instance.optimum for instance in instances)
