"""Odd values at every argument of the location problems: an answer, or an error of the package with a short message."""

import decimal
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from siting import SitingError, locate
from siting.locate.arguments import ArgumentErrors


class Stubborn:
    """A value that can be neither printed nor read."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")

    def __array__(self, *_: object, **__: object) -> np.ndarray:
        raise RuntimeError("no array")


def nested() -> list[Any]:
    own: list[Any] = []
    own.append(own)
    return own


ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2.5,
    np.nan,
    np.inf,
    -np.inf,
    10**400,
    10**5000,
    -(10**400),
    1e300,
    5e-324,
    "1",
    "1 %",
    b"1",
    "x" * 100_000,
    [],
    {},
    set(),
    {"a": 1},
    object(),
    Stubborn(),
    len,
    1j,
    np.complex64(1),
    np.timedelta64(3, "s"),
    np.datetime64("2025-01-01"),
    np.ma.masked,
    np.float16(2),
    np.longdouble(2),
    np.bool_(True),
    decimal.Decimal(2),
    pd.NA,
    pd.NaT,
    range(3),
    (n for n in range(3)),
    nested(),
    [[1.0, 2.0], [3.0]],
    [["a", "b"], ["c", "d"]],
    [[1, 10**30], [2, 3]],
    [[1, 10**400], [2, 3]],
    [[1.0, None], [2.0, np.inf]],
    [[1.0, np.ma.masked], [2.0, 3.0]],
    [[True, False], [False, True]],
    np.ones((2, 2, 2)),
    np.ones((2, 2), dtype=complex),
    np.ones((2, 2), dtype=np.float16),
    np.ones((2, 2), dtype=np.uint8),
    np.ones((2, 2), dtype=">f8"),
    np.ones((2, 2), dtype="timedelta64[s]"),
    np.array([["1", "2"], ["3", "4"]]),
    np.zeros(2, dtype=[("a", float)]),
    np.ma.masked_array([1.0, 2.0], [True, False]),
    sparse.csr_array(np.eye(2)),
    pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, None]}),
    pd.DataFrame({"a": ["x", "y"], "b": [1, 2]}),
    [1e100, 1e101],
    [1e308, 1e308],
]

CALLS: dict[str, tuple[Callable[..., locate.Location], dict[str, Any]]] = {
    "p_median": (locate.p_median, {"distance": np.ones((2, 2)), "p": 1, "weights": [1.0, 2.0], "mask": None}),
    "p_center": (locate.p_center, {"distance": np.ones((2, 2)), "p": 1, "mask": None}),
    "cover_all": (locate.cover_all, {"distance": np.ones((2, 2)), "radius": 1.0, "mask": None}),
    "max_cover": (
        locate.max_cover,
        {"distance": np.ones((2, 2)), "radius": 1.0, "p": 1, "weights": [1.0, 2.0], "mask": None},
    ),
    "p_median_points": (
        locate.p_median_points,
        {
            "points": [[0.0, 1.0], [2.0, 3.0]],
            "p": 1,
            "sites": [[0.0, 1.0]],
            "weights": [1.0, 2.0],
            "metric": "geodesic",
        },
    ),
    "facility_location": (
        locate.facility_location,
        {
            "serve_cost": np.ones((2, 2)),
            "fixed_cost": [1.0, 2.0],
            "capacity": [3.0, 3.0],
            "demand": [1.0, 2.0],
            "single_source": False,
            "mask": None,
        },
    ),
}
SHARED: dict[str, Any] = {"gap": 1e-6, "time_limit_s": 20.0, "seed": 0, "memory_mb": None}

PLACES = [(name, argument) for name, (_, given) in CALLS.items() for argument in (*given, *SHARED)]


@pytest.mark.parametrize(("name", "argument"), PLACES, ids=["-".join(place) for place in PLACES])
def test_an_odd_value_gives_an_answer_or_an_error_of_the_package(name: str, argument: str) -> None:
    function, given = CALLS[name]
    for value in ODD:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                found = function(**{**given, **SHARED, argument: value})
            except SitingError as refused:
                message = str(refused)
                assert f"`{argument}`" in message or "`capacity`" in message
                assert len(message) < 4096
                continue
        assert found.objective is None or np.isfinite(found.objective)
        assert found.bound is None or np.isfinite(found.bound)


@pytest.mark.parametrize("value", [1, 1.0, 2, "1 %", np.float64(5)])
def test_a_gap_meant_as_per_cent_is_refused_with_a_hint(value: object) -> None:
    with pytest.raises(SitingError, match=r"`gap` is .*; one per cent is 0.01"):
        locate.p_median(np.ones((2, 2)), 1, gap=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [np.nan, -1, 0, "1", True])
@pytest.mark.parametrize("argument", ["time_limit_s", "memory_mb"])
def test_limits_of_time_and_memory_are_positive_numbers(argument: str, value: object) -> None:
    with pytest.raises(SitingError, match=rf"`{argument}` is .*: give positive"):
        locate.p_center(np.ones((2, 2)), 1, **{argument: value})  # type: ignore[arg-type]


def test_the_cell_that_holds_no_number_is_named() -> None:
    errors = ArgumentErrors("p_median")
    assert errors.matrix("distance", [[1.0, 2.0], [3.0, "far"]]) is None  # type: ignore[list-item]
    assert errors.matrix("distance", np.array([[1.0, 2.0], [3.0, "far"]], dtype=object)) is None
    assert errors.found[1] == "`distance` holds object values (first: 'far' at [1, 1]): give real numbers"


def test_a_number_too_large_to_sum_is_refused_with_the_way_to_forbid_a_pair() -> None:
    with pytest.raises(SitingError, match=r"1 too large value \(first: 1e\+300 at \[0, 1\]\): .* inf where the pair"):
        locate.p_median([[1.0, 1e300]], 1)
