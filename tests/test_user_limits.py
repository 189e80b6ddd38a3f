"""Limits that a user defines outside the package: found by their kind, checked, and applied like the shipped ones."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from instances import problem_of, random_numbers

from siting import (
    GridHeadroom,
    Limit,
    Scenario,
    ScenarioError,
    prepare,
    solve,
)
from siting.problem.problem import Problem
from siting.problem.rows import Rows, group_sum, one_row


@pytest.fixture
def own_limits() -> Iterator[None]:
    """Forget, after the test, the limits that it defined."""
    known = dict(Limit.kinds())
    yield
    Limit.registry.clear()
    Limit.registry.update(known)


@pytest.mark.usefixtures("own_limits")
def test_a_limit_defined_outside_the_package_is_found_by_its_word_and_its_row_binds() -> None:
    class LargestSite(Limit):
        """No site draws more than `max_mw`: ``sum_{o of s} load_mw[o] <= max_mw``."""

        kind: Literal["largest_site"] = "largest_site"
        max_mw: float

        def rows(self, problem: Problem, least_cost_usd_per_year: float | None = None) -> list[Rows]:
            n, site = len(problem.sites), problem.options["site"].to_numpy(np.intp)
            matrix = group_sum(site, np.ones(len(site)), n)
            return [
                Rows(self.kind, list(problem.sites["id"]), {"load_mw": matrix}, "<=", np.full(n, self.max_mw), "MW")
            ]

    asked = Scenario(name="own", limits=[{"kind": "largest_site", "max_mw": 6}])
    n = replace(random_numbers(5, n_sites=3, n_hubs=1), near=np.ones((3, 1, 2), dtype=bool))
    n = replace(n, demand=np.array([[5.0, 5.0]]), hall_t=1000.0)  # an idle hall emits: none is built
    alone, capped = solve(problem_of(n)), solve(problem_of(n, asked.limits))
    assert alone.sites["it_mw"].max() > 6
    assert capped.sites["it_mw"].tolist() == pytest.approx([6.0, 4.0])
    assert capped.binding.loc[capped.binding["limit"] == "largest_site", "slack"].tolist() == pytest.approx([0.0])
    assert capped.objective >= alone.objective


@pytest.mark.usefixtures("own_limits")
def test_a_filter_defined_outside_the_package_says_what_it_left_out(small: Path) -> None:
    class OnlyNorth(Limit):
        """Build nowhere south of `min_lat`."""

        kind: Literal["only_north"] = "only_north"
        min_lat: float

        def drop_sites(self, sites: Any) -> dict[str, str]:
            return {
                s.id: f"lies at {s.lat:g}, below {self.min_lat:g}"
                for s in sites[sites["lat"] < self.min_lat].itertuples()
            }

    asked = Scenario.read(small).model_copy(update={"limits": (OnlyNorth(min_lat=60),)})
    found = prepare(asked)
    assert found.sites["id"].tolist() == ["lulea-own"]
    assert found.excluded[["site", "limit", "reason"]].to_numpy().tolist() == [
        ["dublin-own", "only_north", "lies at 53.3, below 60"],
        ["singapore-own", "only_north", "lies at 1.35, below 60"],
    ]


@pytest.mark.usefixtures("own_limits")
def test_a_cap_of_one_s_own_is_blamed_for_what_it_left_out(small: Path) -> None:
    class Parcel(Limit):
        """No site draws more than its parcel allows."""

        kind: Literal["parcel"] = "parcel"

        def facility_mw_cap(self, sites: Any) -> Any:
            return np.where(sites["id"] == "dublin-own", 10.0, np.inf)

    asked = Scenario.read(small).model_copy(update={"limits": (GridHeadroom(), Parcel())})
    found = prepare(asked).excluded.set_index("site")
    assert found.loc["dublin-own", "limit"] == "parcel"
    assert found.loc["dublin-own", "reason"] == "may draw 10.0 MW of facility power, less than the smallest site needs"


@pytest.mark.usefixtures("own_limits")
@pytest.mark.parametrize("cap", [5.0, [1.0], [np.nan, 1.0, 1.0], ["a", "b", "c"]])
def test_a_cap_that_is_not_a_number_a_site_is_refused(small: Path, cap: Any) -> None:
    class Broken(Limit):
        kind: Literal["broken"] = "broken"

        def facility_mw_cap(self, sites: Any) -> Any:
            return cap

    asked = Scenario.read(small).model_copy(update={"limits": (Broken(),)})
    with pytest.raises(ScenarioError, match=r"limit `broken`: `facility_mw_cap` must return 3 numbers, one a site"):
        prepare(asked)


@pytest.mark.usefixtures("own_limits")
@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"hals": np.ones(3)}, r"unknown family `hals`: did you mean `halls`\? \(known are open, halls"),
        ({"halls": np.ones(99)}, r"`halls` has \d+ variables, the matrix 99 columns: one column a variable"),
        (None, r"`rows` returned str: return a list of `Rows`"),
    ],
)
def test_bad_rows_of_one_s_own_limit_are_refused(terms: Any, message: str) -> None:
    class Bad(Limit):
        kind: Literal["bad"] = "bad"

        def rows(self, problem: Problem, least_cost_usd_per_year: float | None = None) -> list[Rows]:
            return "no rows" if terms is None else [one_row("bad", "portfolio", terms, "<=", 1.0, "-")]

    with pytest.raises(ScenarioError, match=rf"limit `bad`(.|\n)*{message}"):
        solve(problem_of(random_numbers(5), (Bad(),)))
