"""Pairs that may not serve, ordinary costs beside very large ones, and optima of zero."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from brute_force import choices, least, split_cost

from siting import SitingError, locate

SITES, CUSTOMERS = 5, 7

Call = Callable[..., locate.Location]

CALLS: dict[str, Call] = {
    "p_median": lambda cost, **mask: locate.p_median(cost, 3, **mask),
    "facility_location": lambda cost, **mask: locate.facility_location(cost, 30.0, **mask),
    "capacitated": lambda cost, **mask: locate.facility_location(cost, 30.0, 9.0, np.arange(1.0, 8.0), **mask),
    "single_source": lambda cost, **mask: locate.facility_location(
        cost, 30.0, 9.0, np.arange(1.0, 8.0), single_source=True, **mask
    ),
    "cover_all": lambda cost, **mask: locate.cover_all(cost, 45.0, **mask),
    "max_cover": lambda cost, **mask: locate.max_cover(cost, 20.0, 2, **mask),
    "p_center": lambda cost, **mask: locate.p_center(cost, 3, **mask),
}


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw costs of 1 to 49, and pairs that may not serve; every customer keeps two."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(1, 50, (SITES, CUSTOMERS)).astype(float)
    no = rng.random(cost.shape) < 0.5
    for customer in range(CUSTOMERS):
        no[rng.choice(SITES, 2, replace=False), customer] = False
    return cost, no


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_inf_none_a_mask_and_a_masked_array_forbid_the_same_pairs(call: Call) -> None:
    for seed in range(3):
        cost, no = drawn(seed)
        infinite = np.where(no, np.inf, cost)
        cells = [[None if n else c for c, n in zip(*row, strict=True)] for row in zip(cost, no, strict=True)]
        found = [
            call(infinite),
            call(cells),
            call(cost, mask=no),
            call(cost.astype(int), mask=no.tolist()),
            call(np.ma.masked_array(np.where(no, np.nan, cost), no)),
        ]
        assert {f.status for f in found} == {found[0].status}
        assert {f.objective for f in found} == {found[0].objective}
        for answer in found:
            assert not (answer.assign.toarray() > 0)[no].any()


@pytest.mark.parametrize("name", [name for name in CALLS if name != "max_cover"])
def test_a_customer_whom_no_facility_may_serve_makes_the_problem_infeasible(name: str) -> None:
    cost, no = drawn(1)
    no[:, 3] = True
    found = CALLS[name](cost, mask=no)
    assert (found.status, found.objective, found.bound, found.gap) == ("infeasible", None, None, None)


def test_weight_zero_does_not_serve_a_customer_whom_nobody_may_serve() -> None:
    assert locate.p_median([[1.0, np.inf]], 1, weights=[1.0, 0.0]).status == "infeasible"


def test_too_few_facilities_for_the_pairs_that_may_serve_are_infeasible() -> None:
    one_each = np.where(np.eye(4, dtype=bool), 1.0, np.inf)
    assert locate.p_median(one_each, 3).status == "infeasible"
    assert locate.p_center(one_each, 3).status == "infeasible"
    assert locate.p_median(one_each, 4).objective == 4.0


def test_capacities_that_the_allowed_pairs_cannot_use_are_infeasible() -> None:
    cost = np.array([[1.0, 1.0, 1.0], [np.inf, np.inf, 1.0]])
    found = locate.facility_location(cost, 1.0, [3.0, 9.0], [2.0, 2.0, 2.0])
    assert found.status == "infeasible"
    assert locate.facility_location(cost, 1.0, [4.0, 9.0], [2.0, 2.0, 2.0]).objective == 5.0


@pytest.mark.parametrize("large", [1e6, 1e9, 1e12, 1e18, 1e30, 1e60])
@pytest.mark.parametrize("name", ["p_median", "facility_location", "capacitated", "single_source", "p_center"])
def test_a_large_cost_beside_ordinary_ones_acts_as_a_pair_that_may_not_serve(name: str, large: float) -> None:
    for seed in range(4):
        cost, no = drawn(seed)
        without = CALLS[name](cost, mask=no)
        found = CALLS[name](np.where(no, large, cost))
        if without.objective is None:
            assert found.objective is None or found.objective >= large / 10
            continue
        assert found.status == without.status == "optimal"
        assert found.objective == pytest.approx(without.objective, rel=1e-6)
        assert found.bound <= without.objective * (1 + 1e-12)


@pytest.mark.parametrize("large", [1e7, 1e9, 1e12])
def test_split_demand_that_needs_a_little_of_a_costly_pair_pays_for_it(large: float) -> None:
    cost, demand = np.array([[1.0, 2.0], [large, 3.0]]), np.array([8.0, 1.0])
    for capacity in (np.array([7.0, 2.0]), np.array([8.0, 1.0]), np.array([6.0, 3.0])):
        best = min(split_cost(cost[c], capacity[c], demand) + len(c) for c in choices(2))
        found = locate.facility_location(cost, 1.0, capacity, demand)
        assert found.status == "optimal"
        assert found.objective == pytest.approx(best, rel=1e-6)
        assert found.bound <= best * (1 + 1e-9)


@pytest.mark.parametrize("large", [1e9, 1e15, 1e30])
def test_a_large_fixed_cost_beside_ordinary_ones_is_not_opened(large: float) -> None:
    rng = np.random.default_rng(4)
    cost = rng.integers(1, 50, (5, 6)).astype(float)
    fixed = np.array([large, 7.0, 20.0, large, 11.0])
    found = locate.facility_location(cost, fixed)
    assert found.status == "optimal"
    assert found.objective == least(cost, fixed, None)
    capacitated = locate.facility_location(cost, fixed, 3.0, np.ones(6))
    best = min(fixed[c].sum() + split_cost(cost[c], np.full(len(c), 3.0), np.ones(6)) for c in choices(5))
    assert capacitated.status == "optimal"
    assert capacitated.objective == pytest.approx(best, rel=1e-6)


def test_a_number_that_is_none_is_refused_with_the_way_to_forbid_a_pair() -> None:
    for call in CALLS.values():
        with pytest.raises(SitingError, match=r"first: nan at \[0, 1\].*inf where the pair may not serve.*`mask=`"):
            call([[1.0, np.nan]])


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.zeros((3, 1), dtype=bool), "`mask` has the shape (3, 1) and `distance` (2, 2): give the same"),
        ([[0, 1], [1, 0]], "give an array of booleans"),
        ("all", "give an array of booleans"),
        ([[True], [True, False]], "give an array of booleans"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(mask: Any, words: str) -> None:
    with pytest.raises(SitingError) as refused:
        locate.p_median(np.ones((2, 2)), 1, mask=mask)
    assert words in str(refused.value)


@pytest.mark.parametrize("p", range(1, 7))
@pytest.mark.parametrize("seed", range(3))
def test_points_on_poles_and_the_date_line_end_at_a_distance_of_zero(seed: int, p: int) -> None:
    rng = np.random.default_rng(seed)
    points = np.column_stack((rng.choice([-180.0, -30.0, 150.0, 180.0], 12), rng.choice([-90.0, 90.0], 12)))
    found = locate.p_median_points(points, p, metric="geodesic")
    poles = len(np.unique(points[:, 1]))
    assert found.status == "optimal"
    if p >= poles:
        assert found.objective < 1e-9
        assert (found.bound, found.gap) == (0.0, 0.0)


@pytest.mark.parametrize("p", [2, 3, 4, 5])
def test_date_line_twins_and_identical_points_end(p: int) -> None:
    twins = [[180.0, -16.0], [-180.0, -16.0], [180.0, 10.0], [-180.0, 10.0], [7.0, 1.0], [7.0, 1.0]]
    found = locate.p_median_points(twins, p, metric="geodesic", gap=1e-9)
    assert found.status == "optimal"
    assert (found.objective < 1e-9) == (p >= 3)
    same = locate.p_median_points([[0.1 + 0.2, 1e6]] * 3 + [[0.3, 1e6]] * 3, 1)
    assert (same.status, same.gap) == ("optimal", 0.0)


def test_a_table_whose_optimum_is_rounding_error_ends() -> None:
    rng = np.random.default_rng(3)
    group = rng.integers(0, 4, 30)
    far = np.where(group[:, None] == group, rng.random((30, 30)) * 1e-12, 5e3)
    for gap in (1e-9, 1e-6, 0.1):
        found = locate.p_median(far, 4, gap=gap, time_limit_s=60.0)
        assert found.status == "optimal"
        assert found.bound <= found.objective <= 30e-12
