"""p-medians and uncapacitated facilities: published optima, bad input, and honest answers when time is short."""

import _thread
import csv
import threading

import numpy as np
import pytest
from medians import BENCH, needs_bench, published

from siting import locate
from siting.errors import DataError
from siting.physics.geodesy import great_circle_km

UNCAPACITATED = published("uncapacitated")
P_MEDIAN = published("p-median")


def scattered(n: int, m: int, seed: int) -> np.ndarray:
    """Return straight-line distances between two sets of random points."""
    rng = np.random.default_rng(seed)
    sites, customers = rng.random((n, 2)) * 1000, rng.random((m, 2)) * 1000
    return np.hypot(*(sites[:, None] - customers[None]).transpose(2, 0, 1))


def recomputed(answer: locate.Location, costs: np.ndarray, fixed: float | np.ndarray = 0.0) -> float:
    """Add up an answer from its arcs, and check that it is one."""
    assign = answer.assign.toarray()
    assert assign.sum(axis=0) == pytest.approx(np.ones(costs.shape[1]))
    assert not assign[~answer.open].any()
    assert costs[answer.open].min(axis=0) == pytest.approx((assign * costs).sum(axis=0))
    return float((assign * costs).sum() + (fixed * answer.open).sum())


@needs_bench
@pytest.mark.parametrize("name", P_MEDIAN)
def test_every_published_p_median_is_proven(name: str) -> None:
    with np.load(BENCH / "p_median" / f"{name}.npz") as file:
        distance, p = file["distance"], int(file["p"])
    answer = locate.p_median(distance, p)
    assert answer.status == "optimal"
    assert answer.objective == P_MEDIAN[name]
    assert answer.bound == P_MEDIAN[name], "distances are whole, so the bound is rounded up"
    assert answer.open.sum() == p
    assert recomputed(answer, distance) == P_MEDIAN[name]


@needs_bench
@pytest.mark.parametrize("gap", [0.01, 0.1, 0.3])
@pytest.mark.parametrize("name", P_MEDIAN)
def test_no_bound_is_above_the_published_optimum_at_a_wide_gap(name: str, gap: float) -> None:
    with np.load(BENCH / "p_median" / f"{name}.npz") as file:
        distance, p = file["distance"], int(file["p"])
    answer = locate.p_median(distance, p, gap=gap)
    assert answer.bound is not None
    assert answer.objective is not None
    assert (1 - gap) * answer.objective <= answer.bound <= P_MEDIAN[name] <= answer.objective


@needs_bench
@pytest.mark.parametrize("name", UNCAPACITATED)
def test_every_published_uncapacitated_problem_is_proven(name: str) -> None:
    with np.load(BENCH / "facility_location" / f"{name.removesuffix('_uncapacitated')}.npz") as file:
        serve_cost, fixed_cost, demand = file["serve_cost"], file["fixed_cost"], file["demand"]
    answer = locate.facility_location(serve_cost, fixed_cost, np.full(len(fixed_cost), np.inf), demand)
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(UNCAPACITATED[name], rel=1e-6)
    assert answer.bound is not None
    assert answer.objective is not None
    assert answer.objective * (1 - 1e-6) <= answer.bound <= answer.objective
    assert recomputed(answer, serve_cost, fixed_cost) == pytest.approx(answer.objective)


@needs_bench
def test_four_stores_serve_san_francisco_as_published() -> None:
    file = BENCH / "san_francisco" / "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    with file.open() as text:
        rows = list(csv.DictReader(text))
    stores, tracts = (list(dict.fromkeys(row[key] for row in rows)) for key in ("name", "DestinationName"))
    distance, demand = np.full((len(stores), len(tracts)), np.nan), np.zeros(len(tracts))
    for row in rows:
        i, j = stores.index(row["name"]), tracts.index(row["DestinationName"])
        distance[i, j], demand[j] = float(row["distance"]), float(row["demand"])
    answer = locate.p_median(distance, 4, demand)
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(2848268129.7145, rel=1e-9)
    assert {stores[i] for i in np.flatnonzero(answer.open)} == {"Store_2", "Store_11", "Store_12", "Store_15"}


def test_weights_count_as_copies_of_a_customer() -> None:
    km = scattered(12, 9, seed=1)
    weights = np.array([1, 3, 0, 2, 1, 1, 5, 1, 2])
    weighted = locate.p_median(km, 3, weights)
    copied = locate.p_median(np.repeat(km, weights, axis=1), 3)
    assert weighted.objective == pytest.approx(copied.objective)


@pytest.mark.parametrize("dtype", [np.int16, np.int64, np.uint8, np.float32, np.float64, bool])
def test_numbers_of_any_real_dtype_are_the_same_question(dtype: type) -> None:
    costs = np.random.default_rng(3).integers(0, 2 if dtype is bool else 100, (9, 11))
    as_float = locate.p_median(costs.astype(float), 3)
    assert locate.p_median(costs.astype(dtype), 3).objective == as_float.objective
    opened = locate.facility_location(costs.astype(dtype), np.full(9, 5).astype(dtype))
    assert opened.objective == locate.facility_location(costs, 5 if dtype is not bool else 1).objective


@pytest.mark.parametrize(("n", "m", "p"), [(1, 1, 1), (1, 6, 1), (6, 1, 2), (5, 5, 5), (40, 40, 39), (60, 30, 2)])
def test_ties_everywhere_are_answered_with_what_any_choice_costs(n: int, m: int, p: int) -> None:
    answer = locate.p_median(np.full((n, m), 7), p)
    assert (answer.status, answer.objective, answer.bound) == ("optimal", 7.0 * m, 7.0 * m)
    assert answer.open.sum() == p
    assert locate.facility_location(np.full((n, m), 7), 3).objective == 7.0 * m + 3


def test_no_distance_at_all_costs_nothing_and_is_proven() -> None:
    answer = locate.p_median(np.zeros((4, 3)), 2)
    assert (answer.status, answer.objective, answer.bound, answer.gap) == ("optimal", 0.0, 0.0, 0.0)


def test_duplicate_places_change_nothing() -> None:
    places = np.random.default_rng(4).random((15, 2))
    once = locate.p_median_points(places, 4, sites=places)
    twice = locate.p_median_points(places, 4, sites=np.vstack((places, places)))
    assert twice.status == "optimal"
    assert twice.objective == pytest.approx(once.objective)


@pytest.mark.parametrize("metric", ["euclidean", "haversine"])
def test_points_are_the_question_of_their_distances(metric: str) -> None:
    rng = np.random.default_rng(6)
    places = np.column_stack((rng.uniform(-180, 180, 90), rng.uniform(-90, 90, 90)))
    sites, weights = places[::2], rng.integers(0, 5, 90)
    if metric == "euclidean":
        distance = np.hypot(*(sites[:, None] - places[None]).transpose(2, 0, 1))
    else:
        distance = great_circle_km(sites[:, None, 0], sites[:, None, 1], places[None, :, 0], places[None, :, 1])
    by_table = locate.p_median(distance, 5, weights)
    by_points = locate.p_median_points(places, 5, sites, weights, metric)
    assert by_points.status == by_table.status == "optimal"
    assert by_points.objective == pytest.approx(by_table.objective, rel=2e-6)
    assert recomputed(by_points, distance * weights) == pytest.approx(by_points.objective)


def test_the_nearer_site_across_the_antimeridian_serves() -> None:
    answer = locate.p_median_points([[179.9, 0.0]], 1, sites=[[-179.9, 0.0], [170.0, 0.0]], metric="geodesic")
    assert answer.open.tolist() == [True, False]
    assert answer.objective == pytest.approx(22.24, abs=0.01)


def test_one_seed_gives_one_answer() -> None:
    km = scattered(80, 80, seed=8).round()
    first, second = (locate.p_median(km, 6, seed=5) for _ in range(2))
    assert (first.open == second.open).all()
    assert (first.objective, first.bound) == (second.objective, second.bound)


@pytest.mark.parametrize("time_limit_s", [1e-6, 0.01, 0.2])
def test_a_short_time_gives_an_answer_with_an_honest_bound(time_limit_s: float) -> None:
    costs = np.random.default_rng(0).random((150, 150))
    answer = locate.p_median(costs, 9, time_limit_s=time_limit_s)
    assert answer.status == "feasible", "random costs are far from proven in this time"
    assert answer.bound is not None
    assert answer.objective == pytest.approx(recomputed(answer, costs))
    assert 0 <= answer.bound < answer.objective
    assert answer.gap == pytest.approx(1 - answer.bound / answer.objective)
    assert answer.seconds < time_limit_s + 2


def test_a_wider_gap_is_proven_as_wide_as_it_is() -> None:
    km = scattered(60, 60, seed=2)
    exact, loose = locate.p_median(km, 5), locate.p_median(km, 5, gap=0.05)
    assert loose.status == "optimal"
    assert loose.bound <= exact.objective <= loose.objective <= exact.objective * 1.06


@pytest.mark.parametrize(
    ("distance", "p", "more", "message"),
    [
        ([[1.0, np.nan]], 1, {}, r"`distance` has 1 non-finite value \(first: nan at \[0, 1\]\): give finite"),
        ([[1.0, -np.inf]], 1, {}, r"non-finite value \(first: -inf"),
        ([[1.0, -2.0]], 1, {}, r"1 negative value \(first: -2.0 at \[0, 1\]\)"),
        ([[1.0], [1.0, 2.0]], 1, {}, "`distance` is ragged"),
        ([["a", "b"]], 1, {}, "give real numbers"),
        ([1.0, 2.0], 1, {}, "has 1 dimensions: give 2"),
        (np.zeros((0, 3)), 1, {}, "is empty"),
        ([[1.0, 2.0]], 2, {}, "`p` is 2: give 1 to 1, as there are 1 facilities"),
        ([[1.0, 2.0]], 0, {}, "`p` is 0"),
        ([[1.0, 2.0]], 1.5, {}, "`p` is 1.5: give an integer"),
        ([[1.0, 2.0]], 1, {"weights": [1.0]}, "`weights` has 1 values for 2 customers"),
        ([[1.0, 2.0]], 1, {"weights": [1.0, -1.0]}, "`weights` has 1 negative"),
        ([[1.0, 2.0]], 1, {"gap": 0}, "`gap` is 0: give 1e-09"),
        ([[1.0, 2.0]], 1, {"time_limit_s": 0}, "`time_limit_s` is 0: give positive seconds"),
        ([[1.0, 2.0]], 1, {"seed": -1}, "`seed` is -1"),
        ([[1.0, 2.0]], 1, {"memory_mb": -1}, "`memory_mb` is -1"),
    ],
)
def test_invalid_arguments_are_refused_with_a_fix(
    distance: object, p: object, more: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        locate.p_median(distance, p, **more)  # type: ignore[arg-type]


def test_all_errors_of_one_call_are_raised_together() -> None:
    with pytest.raises(DataError) as error:
        locate.facility_location([[1.0, np.nan]], [-1.0], [1.0], None, gap=2.0)
    for word in ("serve_cost", "fixed_cost", "without `demand`", "gap"):
        assert word in str(error.value)


def test_a_problem_beyond_the_memory_limit_names_a_size_that_fits() -> None:
    costs = np.zeros((2000, 2000), dtype=np.uint8)
    with pytest.raises(DataError, match=r"about \d+ MB and `memory_mb` allows 50: about (\d+) facilities x") as error:
        locate.p_median(costs, 4, memory_mb=50)
    fits = int(str(error.value).split("about ")[-1].split(" ")[0].replace(",", ""))
    assert locate.p_median(np.zeros((fits, fits)), 4, memory_mb=50).status == "optimal"


@pytest.mark.parametrize(
    ("points", "more", "message"),
    [
        ([[10.0, 95.0]], {"metric": "geodesic"}, "longitude before latitude"),
        ([[10.0, 5.0, 1.0]], {"metric": "geodesic"}, "has 3 columns: give longitude and latitude"),
        ([[10.0, 5.0]], {"metric": "manhattan"}, "`metric` is 'manhattan': give one of euclidean"),
        ([[10.0, 5.0]], {"sites": [[1.0, 2.0, 3.0]]}, "`sites` has 3 coordinates and `points` 2"),
        ([[10.0, np.nan]], {}, "non-finite"),
    ],
)
def test_points_off_the_globe_or_of_odd_shape_are_refused(
    points: object, more: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        locate.p_median_points(points, 1, **more)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize(("n", "p", "seconds", "gap"), [(3000, 30, 240.0, 2e-3), (5000, 50, 240.0, 2e-3)])
def test_thousands_of_points_are_bounded_closely(n: int, p: int, seconds: float, gap: float) -> None:
    places = np.random.default_rng(1).random((n, 2)) * 1000
    answer = locate.p_median_points(places, p, gap=gap, time_limit_s=seconds)
    assert answer.status == "optimal"


def test_ctrl_c_returns_the_incumbent_with_its_bound() -> None:
    costs = np.random.default_rng(0).random((150, 150))
    timer = threading.Timer(0.5, _thread.interrupt_main)
    timer.start()
    try:
        answer = locate.p_median(costs, 9)
    finally:
        timer.cancel()
    assert answer.status == "feasible"
    assert answer.objective == pytest.approx(recomputed(answer, costs))
    assert answer.bound is not None
    assert 0 < answer.bound < answer.objective
