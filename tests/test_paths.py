"""Dotted paths: every figure of a scenario can be varied, and none that is not there."""

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting import Limit, MaxLatency, MinShare, Scenario, ScenarioError, SiteCount
from siting.study.runs.scenario_paths import check_paths, known_paths, value_at, with_values
from siting.study.runs.vary import design_of, latin_hypercube

ASKED = Scenario(
    name="asked",
    demand={"it_mw": 100, "shares": {"batch": 0.7, "interactive": 0.3}},
    limits=(MaxLatency(batch_ms=200), SiteCount(max=4)),
)


def test_every_path_of_the_contract_is_known(baseline: Scenario) -> None:
    wanted = {"demand.it_mw", "limits.max_latency.batch_ms", "policy.carbon_price_usd_per_t", "hardware.mfu"}
    assert wanted <= set(known_paths(baseline))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("demand.it_mw", 300.0),
        ("limits.max_latency.batch_ms", 120),
        ("limits.site_count.max", 2),
        ("policy.carbon_price_usd_per_t", 90.0),
        ("building.cooling", ("direct_liquid",)),
        ("candidates.exclude", ("lulea",)),
        ("costs.discount-rate", 0.05),
        ("minimise.carbon.scope", "direct"),
        ("demand.elastic.min_share", 0.5),
    ],
)
def test_a_value_that_is_put_in_is_the_one_that_is_there(path: str, value: object) -> None:
    changed = with_values(ASKED, {path: value})
    assert value_at(changed, path) == value
    assert {p for p in known_paths(ASKED) if value_at(ASKED, p) != value_at(changed, p)} == {path}


def test_two_values_that_only_fit_together_are_put_in_together() -> None:
    changed = with_values(ASKED, {"demand.it_mw": None, "demand.eflop_per_year": 1e9})
    assert (changed.demand.it_mw, changed.demand.eflop_per_year) == (None, 1e9)


def test_another_objective_takes_the_place_of_the_first() -> None:
    assert with_values(ASKED, {"minimise.objective": "cost"}).minimise.name == "cost"


def test_files_are_looked_for_where_they_were(small: Path) -> None:
    changed = with_values(Scenario.read(small), {"demand.it_mw": 50})
    assert changed.file("hubs.csv") == small.parent / "hubs.csv"


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("demand.it_wm", "did you mean `demand.it_mw`"),
        ("limits.max_latncy.batch_ms", "did you mean `limits.max_latency.batch_ms`"),
        ("limits.budget.usd_per_year", "limits are max_latency, site_count"),
        ("name", "no such value"),
        ("demand", "no such value"),
    ],
)
def test_an_unknown_path_is_refused_with_the_nearest(path: str, word: str) -> None:
    with pytest.raises(ScenarioError, match=word):
        with_values(ASKED, {path: 1})


def test_two_limits_of_a_kind_are_told_apart_by_their_position() -> None:
    twice = Scenario(
        name="twice",
        demand={"it_mw": 100},
        limits=(MinShare(of="rural", min=0.2), SiteCount(max=4), MinShare(of="polar", min=0.1)),
    )
    with pytest.raises(ScenarioError, match=r"choose one: `limits.0.min`, `limits.2.min`"):
        check_paths(twice, ["limits.min_share.min"])
    assert with_values(twice, {"limits.2.min": 0.3}).limits[2].min == 0.3


def test_all_faults_come_at_once() -> None:
    with pytest.raises(ScenarioError, match=r"(?s)it_wm.*site_cuont"):
        check_paths(ASKED, ["demand.it_wm", "limits.site_cuont.max"])


def test_a_limit_of_a_notebook_varies_without_being_in_the_registry() -> None:
    class Southern(Limit):
        """Keep the south."""

        kind: Literal["southern-here"] = "southern-here"
        below_deg: float = 60.0

    try:
        own = Scenario(name="own", demand={"it_mw": 100}, limits=(Southern(),))
    finally:
        del Limit.registry["southern-here"]
    assert with_values(own, {"limits.southern-here.below_deg": 50.0}).limits[0].below_deg == 50.0


def test_a_grid_has_every_combination_and_the_last_path_is_the_fastest() -> None:
    design = design_of(ASKED, {"demand.it_mw": [1, 2], "limits.site_count.max": [3, 4]})
    told = [tuple(run.values()) for run in design]
    assert told == [(1, 3), (1, 4), (2, 3), (2, 4)]
    assert design.size == 4


@pytest.mark.parametrize(
    ("vary", "word"),
    [
        ({}, "nothing varies"),
        ({"demand.it_mw": 300}, "list of one or more values"),
        ({"demand.it_mw": []}, "list of one or more values"),
        ([{"demand.it_mw": 1}, {"hardware.mfu": 0.3}], "run.s. 1 vary other paths"),
    ],
)
def test_a_design_that_is_none_is_refused(vary: object, word: str) -> None:
    with pytest.raises(ScenarioError, match=word):
        design_of(ASKED, vary)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 30), st.integers(0, 5))
def test_a_latin_hypercube_has_one_value_in_every_slice(samples: int, seed: int) -> None:
    runs = latin_hypercube({"demand.it_mw": (0.0, 1.0), "limits.site_count.max": (1, 30)}, samples, seed)
    slices = sorted(int(run["demand.it_mw"] * samples) for run in runs)
    assert slices == list(range(samples))
    assert all(isinstance(run["limits.site_count.max"], int) for run in runs)
    assert runs == latin_hypercube({"demand.it_mw": (0.0, 1.0), "limits.site_count.max": (1, 30)}, samples, seed)


def test_a_range_without_width_is_refused() -> None:
    with pytest.raises(ScenarioError, match="2 to 2 is not a range"):
        latin_hypercube({"demand.it_mw": (2, 2)}, 3)
