"""Covering and centres: proven optima against enumeration and published ones, bad input, honest limits."""

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import DataError
from siting.highs import MipResult
from siting.locate import cover_all, max_cover, p_center
from siting.locate.kernel import cover as cover_kernel

BENCH = Path(__file__).parents[2] / "shared" / "bench"
SAN_FRANCISCO = BENCH / "san_francisco" / "SF_network_distance_candidateStore_16_censusTract_205_new.csv"


@st.composite
def tables(draw, most_sites=7, most_customers=8):
    """Small tables of whole distances, so that ties and duplicates are common."""
    n, m = draw(st.integers(1, most_sites)), draw(st.integers(1, most_customers))
    row = st.lists(st.integers(0, 6), min_size=m, max_size=m)
    return np.array(draw(st.lists(row, min_size=n, max_size=n)), dtype=float)


def choices(n: int, sizes):
    for size in sizes:
        for picked in itertools.combinations(range(n), size):
            yield list(picked)


@settings(max_examples=80, deadline=None)
@given(tables(), st.integers(0, 6))
def test_the_minimum_cover_equals_enumeration(far, radius):
    n = far.shape[0]
    expected = next((len(c) for c in choices(n, range(1, n + 1)) if (far[c] <= radius).any(axis=0).all()), None)
    found = cover_all(far, radius)
    if expected is None:
        assert found.status == "infeasible"
        return
    assert (found.status, found.objective, found.bound) == ("optimal", expected, expected)
    assert found.open.sum() == expected
    assert found.assign.toarray().sum(axis=0).tolist() == [1.0] * far.shape[1]
    assert far[found.assign.toarray() > 0].max() <= radius


@settings(max_examples=80, deadline=None)
@given(tables(), st.integers(0, 6), st.integers(1, 7), st.integers(0, 3))
def test_the_maximum_coverage_equals_enumeration(far, radius, p, spread):
    n, m = far.shape
    p = min(p, n)
    weights = (np.arange(m) * 7 % 5) * spread / 2.0
    expected = max(weights[(far[c] <= radius).any(axis=0)].sum() for c in choices(n, [p]))
    found = max_cover(far, radius, p, weights)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(expected)
    assert found.bound >= found.objective
    assert found.open.sum() == p
    covered = found.assign.toarray().sum(axis=0) > 0
    assert weights[covered].sum() == pytest.approx(expected)


@settings(max_examples=80, deadline=None)
@given(tables(), st.integers(1, 7))
def test_the_least_worst_distance_equals_enumeration(far, p):
    p = min(p, far.shape[0])
    expected = min(far[c].min(axis=0).max() for c in choices(far.shape[0], [p]))
    found = p_center(far, p)
    assert (found.status, found.objective) == ("optimal", expected)
    assert found.open.sum() == p
    assert far[found.open].min(axis=0).max() == expected


@settings(max_examples=40, deadline=None)
@given(tables(), st.integers(0, 6))
def test_a_worst_first_cover_still_ends_in_the_least_one(far, radius):
    reach = far <= radius
    if not reach.any(axis=0).all():
        return
    real = cover_kernel.greedy_cover
    cover_kernel.greedy_cover = lambda left: np.arange(left.shape[0])  # every site: no help at all
    try:
        found = cover_all(far, radius)
    finally:
        cover_kernel.greedy_cover = real
    assert found.objective == cover_all(far, radius).objective
    assert found.status == "optimal"


def plane(n: int, m: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.linalg.norm(rng.random((n, 1, 2)) - rng.random((1, m, 2)), axis=2)


def test_one_table_gives_consistent_answers():
    far = plane(40, 60, 1)
    centre = p_center(far, 6)
    assert cover_all(far, centre.objective).objective <= 6
    assert cover_all(far, centre.objective * (1 - 1e-9)).objective > 6
    assert max_cover(far, centre.objective, 6).objective == 60
    assert max_cover(far, centre.objective * (1 - 1e-9), 6).objective < 60


def test_more_facilities_never_do_worse():
    far = plane(30, 40, 2)
    worst = [p_center(far, p).objective for p in (1, 2, 4, 8, 30)]
    assert worst == sorted(worst, reverse=True)
    covered = [max_cover(far, 0.2, p).objective for p in (1, 2, 4, 8, 30)]
    assert covered == sorted(covered)


def test_a_customer_out_of_reach_makes_a_cover_infeasible():
    found = cover_all([[1.0, 9.0], [2.0, 8.0]], 5.0)
    assert found.status == "infeasible"
    assert found.objective is None


def test_weights_of_zero_cover_nothing_and_are_proven():
    found = max_cover([[1.0, 1.0]], 2.0, 1, weights=[0.0, 0.0])
    assert (found.status, found.objective, found.bound) == ("optimal", 0.0, 0.0)


def test_nobody_within_reach_is_an_answer_of_zero():
    found = max_cover([[5.0, 6.0]], 2.0, 1)
    assert (found.status, found.objective) == ("optimal", 0.0)
    assert found.assign.nnz == 0


def test_as_many_facilities_as_there_are_may_be_opened():
    far = plane(5, 9, 3)
    assert p_center(far, 5).objective == far.min(axis=0).max()
    assert max_cover(far, 2.0, 5).objective == 9


@pytest.mark.parametrize(
    ("ask", "word"),
    [
        (lambda: cover_all([[1.0, -2.0]], 1.0), "distance"),
        (lambda: cover_all([[1.0, 2.0]], -1.0), "radius"),
        (lambda: cover_all([[1.0, 2.0]], np.nan), "radius"),
        (lambda: cover_all([[1.0, 2.0]], "far"), "radius"),
        (lambda: max_cover([[1.0, 2.0]], 1.0, 2), "`p` is 2: give 1 to 1"),
        (lambda: max_cover([[1.0, 2.0]], 1.0, 1, weights=[1.0]), "weights"),
        (lambda: max_cover([[1.0, 2.0]], 1.0, 1, weights=[1.0, -1.0]), "weights"),
        (lambda: p_center([[1.0, np.nan]], 1), "distance"),
        (lambda: p_center([[1.0, -np.inf]], 1), "distance"),
        (lambda: p_center([[1.0, 2.0]], 0), "`p` is 0"),
        (lambda: p_center([[1.0, 2.0]], 1, gap=2.0), "gap"),
        (lambda: p_center(np.ones((2000, 2000)), 1, memory_mb=30.0), "would fit"),
    ],
)
def test_bad_input_is_refused_by_name(ask, word):
    with pytest.raises(DataError, match=word):
        ask()


@pytest.mark.parametrize("seconds", [1e-6, 0.01])
def test_hardly_any_time_gives_an_honest_answer(seconds):
    far = plane(80, 120, 4)
    for found, least in (
        (cover_all(far, 0.2, time_limit_s=seconds), True),
        (max_cover(far, 0.1, 8, time_limit_s=seconds), False),
        (p_center(far, 8, time_limit_s=seconds), True),
    ):
        assert found.status in ("feasible", "optimal")
        assert (found.bound <= found.objective) if least else (found.bound >= found.objective)
        assert (found.status == "optimal") == (found.gap <= 1e-6)


def test_an_interrupt_returns_the_centre_so_far(monkeypatch):
    def interrupt(*_: object, **__: object) -> MipResult:
        raise KeyboardInterrupt

    monkeypatch.setattr(cover_kernel, "solve_lp", interrupt)
    far = plane(60, 90, 5)
    found = p_center(far, 7)
    assert found.status == "feasible"
    assert 0 < found.bound < found.objective
    assert found.open.sum() == 7


def san_francisco() -> tuple[np.ndarray, np.ndarray]:
    with SAN_FRANCISCO.open() as lines:
        rows = list(csv.DictReader(lines))
    stores = sorted({row["name"] for row in rows}, key=lambda name: int(name.split("_")[1]))
    tracts = {row["DestinationName"]: float(row["demand"]) for row in rows}
    number = {tract: j for j, tract in enumerate(tracts)}
    far = np.full((len(stores), len(tracts)), np.nan)
    for row in rows:
        far[stores.index(row["name"]), number[row["DestinationName"]]] = float(row["distance"])
    return far, np.array(list(tracts.values()))


@pytest.mark.skipif(not BENCH.exists(), reason="third-party instances are not here (../shared/bench)")
def test_the_san_francisco_answers_are_those_published():
    far, people = san_francisco()
    assert people.sum() == 955113
    assert cover_all(far, 5000).objective == 8
    assert cover_all(far, 1000).status == "infeasible"
    covered = max_cover(far, 5000, 4, people)
    assert (covered.status, covered.objective) == ("optimal", 875247)
    centre = p_center(far, 4)
    assert centre.status == "optimal"
    assert centre.objective == pytest.approx(7403.06381, rel=1e-8)
