"""The screens: a known value decides, an unknown is listed, and every threshold can be loosened or switched off."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting import Plan, Scenario, ScenarioError, Screen, prepare
from siting.limits.screen import RULES
from siting.world.hazards import TABLES
from siting.world.places import starter_sites

OFF: Mapping[str, Any] = {rule.threshold: False for rule in RULES}
"""Every threshold switched off, in a scenario file's own word."""

GOOD = {
    "wgi_political_stability": 1.0,
    "wgi_political_stability_stderr": 0.2,
    "wgi_rule_of_law": 1.0,
    "wgi_rule_of_law_stderr": 0.2,
    "outages_per_month": 0.0,
    "access_to_electricity_share": 1.0,
    "sanctions_excluded": 0,
    "sanctions_measure": None,
    "km_to_volcano": 900.0,
    "nearest_volcano": "Etna",
    "cyclone_64kt_per_decade": 0.0,
    "water_stress_share": 0.1,
    "country": "Nowhere",
}
"""A place that no rule removes."""


def sites(*changes: Mapping[str, Any]) -> pd.DataFrame:
    """Return good places, each with some columns changed."""
    return pd.DataFrame([GOOD | {"id": f"s{i}"} | dict(c) for i, c in enumerate(changes)])


@pytest.mark.parametrize(
    ("change", "asked", "reason"),
    [
        ({"wgi_political_stability": -1.3}, {}, "political stability -1.30 in Nowhere, below -1"),
        ({"wgi_rule_of_law": -1.3}, {}, "rule of law -1.30 in Nowhere, below -1"),
        ({"outages_per_month": 4.1}, {}, "4.1 power outages a month in Nowhere, above 4"),
        ({"access_to_electricity_share": 0.5}, {}, "access to electricity 0.50 in Nowhere, below 0.9"),
        (
            {"sanctions_excluded": 1, "sanctions_measure": "embargo"},
            {},
            "sanctions on Nowhere: embargo (unverified list)",
        ),
        ({"km_to_volcano": 19.9}, {}, "19.9 km from the volcano Etna, nearer than 20 km"),
        (
            {"cyclone_64kt_per_decade": 6.0},
            {"max_cyclone_64kt_per_decade": 5},
            "6.0 storms of 64 kt a decade within 200 km, above 5",
        ),
        (
            {"water_stress_share": 1.2},
            {"max_water_stress": 1},
            "water stress 1.20 in Nowhere (mean of the country), above 1",
        ),
    ],
)
def test_each_rule_removes_what_it_names_and_says_why(
    change: dict[str, Any], asked: dict[str, Any], reason: str
) -> None:
    assert Screen(**asked).drop_sites(sites({}, change)) == {"s1": reason}
    assert Screen(**OFF).drop_sites(sites({}, change)) == {}


def test_a_value_on_the_threshold_stays() -> None:
    on_it = {"outages_per_month": 4.0, "access_to_electricity_share": 0.9, "km_to_volcano": 20.0}
    assert Screen().drop_sites(sites(on_it)) == {}


def test_governance_is_judged_one_standard_error_above_its_estimate() -> None:
    """-1.1 + 0.2 is above -1; without a known error -1.1 is not."""
    known, unknown = {"wgi_rule_of_law": -1.1}, {"wgi_rule_of_law": -1.1, "wgi_rule_of_law_stderr": np.nan}
    assert list(Screen().drop_sites(sites(known, unknown))) == ["s1"]


def test_all_reasons_of_a_place_are_told() -> None:
    bad = sites({"outages_per_month": 9.0, "km_to_volcano": 1.0})
    assert Screen().drop_sites(bad)["s0"].split("; ") == [
        "9.0 power outages a month in Nowhere, above 4",
        "1.0 km from the volcano Etna, nearer than 20 km",
    ]


def test_an_unknown_value_removes_nothing_and_is_listed() -> None:
    nothing = sites({rule.column: None for rule in RULES})
    assert Screen(max_water_stress=0, max_cyclone_64kt_per_decade=0).drop_sites(nothing) == {}
    told = Screen().unknowns(nothing)["s0"]
    assert told.startswith("UNKNOWN wgi_political_stability, ")
    assert "km_to_volcano" in told
    assert "water_stress_share" not in told  # nobody asked
    assert Screen(**OFF).unknowns(nothing) == {}


# --- laws ----------------------------------------------------------------------------------------

VALUES = {
    "wgi_political_stability": (-2.5, 2.5),
    "wgi_political_stability_stderr": (0, 0.5),
    "wgi_rule_of_law": (-2.5, 2.5),
    "wgi_rule_of_law_stderr": (0, 0.5),
    "outages_per_month": (0, 40),
    "access_to_electricity_share": (0, 1),
    "sanctions_excluded": (0, 1),
    "km_to_volcano": (0, 100),
    "cyclone_64kt_per_decade": (0, 25),
    "water_stress_share": (0, 15),
}
THRESHOLDS = {rule.threshold: VALUES[rule.column] for rule in RULES if rule.threshold != "sanctions"}


@st.composite
def any_sites(draw: st.DrawFn) -> pd.DataFrame:
    """Draw places with any values, each of them perhaps unknown."""
    n = draw(st.integers(1, 5))
    columns = {c: draw(st.lists(st.none() | st.floats(*ends), min_size=n, max_size=n)) for c, ends in VALUES.items()}
    frame = pd.DataFrame({c: pd.Series(v, dtype=float) for c, v in columns.items()})
    frame["sanctions_excluded"] = frame["sanctions_excluded"].round()
    return frame.assign(
        id=[f"s{i}" for i in range(n)], country="Nowhere", nearest_volcano="Etna", sanctions_measure="some"
    )


any_screen = st.fixed_dictionaries(
    {name: st.just(False) | st.floats(*ends) for name, ends in THRESHOLDS.items()} | {"sanctions": st.booleans()}
)


@settings(max_examples=60, deadline=None)
@given(any_sites(), any_screen, st.sampled_from(sorted(THRESHOLDS)), st.floats(0, 3))
def test_loosening_a_threshold_never_removes_more(
    places: pd.DataFrame, asked: dict[str, Any], name: str, by: float
) -> None:
    strict = Screen(**asked)
    low, high = THRESHOLDS[name]
    value = asked[name]
    looser = value if value is False else max(value - by, low) if name.startswith("min_") else min(value + by, high)
    loose = Screen(**(asked | {name: looser}))
    assert set(loose.drop_sites(places)) <= set(strict.drop_sites(places))
    off = Screen(**(asked | {name: False}))
    assert set(off.drop_sites(places)) <= set(loose.drop_sites(places))


@settings(max_examples=60, deadline=None)
@given(any_sites(), any_screen)
def test_a_screen_that_is_off_removes_nothing_and_the_unknown_never_does(
    places: pd.DataFrame, asked: dict[str, Any]
) -> None:
    assert Screen(**OFF).drop_sites(places) == {}
    removed = Screen(**asked).drop_sites(places)
    for rule in RULES:
        blind = places.assign(**{rule.column: np.nan})
        assert set(Screen(**asked).drop_sites(blind)) <= set(removed)
        alone = Screen(**(OFF | {rule.threshold: asked[rule.threshold]}))
        assert alone.drop_sites(blind) == {}


# --- the shipped sites ---------------------------------------------------------------------------


def test_the_default_screen_removes_the_places_it_is_meant_for() -> None:
    """Fragile hydropower places by grid or government, Taipei and Auckland by their volcanoes."""
    removed = Screen().drop_sites(starter_sites())
    assert {"bangui", "kinshasa", "kathmandu", "windhoek", "moscow", "taipei", "auckland"} <= set(removed)
    assert {"lulea", "reykjavik", "ashburn", "tokyo", "hong-kong", "asuncion"}.isdisjoint(removed)
    assert removed["taipei"] == "14.1 km from the volcano Tatun Volcanic Group, nearer than 20 km"
    assert removed["windhoek"] == "access to electricity 0.52 in Namibia, below 0.9"


def test_a_cyclone_screen_is_the_planners_own_choice() -> None:
    """At 5 storms a decade it would take Taipei, Hong Kong and Osaka; it is off unless asked for."""
    only = OFF | {"max_cyclone_64kt_per_decade": 5}
    assert set(Screen(**only).drop_sites(starter_sites())) == {"taipei", "hong-kong", "osaka"}
    assert Screen().max_cyclone_64kt_per_decade is None


def test_what_a_screen_removed_stands_among_the_excluded(baseline: Scenario) -> None:
    limits = tuple(Screen(**OFF) if isinstance(x, Screen) else x for x in baseline.limits)
    left_out = prepare(baseline).excluded.query("limit == 'screen'").set_index("site")["reason"]
    assert "Auckland Volcanic Field" in left_out["auckland"]
    off = prepare(baseline.model_copy(update={"limits": limits})).excluded
    assert "screen" not in set(off["limit"])


def test_a_plan_on_a_volcano_fails_its_re_check(plan: Plan) -> None:
    assert "screen: volcanoes" in set(plan.verify()["check"])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"min_km_to_volcano": -1}, "min_km_to_volcano"),
        ({"max_cyclone_64kt_per_decade": -0.1}, "max_cyclone_64kt_per_decade"),
        ({"max_water_stress": "much"}, "max_water_stress"),
        ({"max_water_stres": 1}, "max_water_stres"),
        ({"min_rule_of_law": 3}, "min_rule_of_law"),
    ],
)
def test_a_threshold_that_cannot_be_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        Screen(**asked)


def test_thresholds_that_are_off_come_back_as_false() -> None:
    said = Screen(**OFF).model_dump()
    assert {said[rule.threshold] for rule in RULES} == {False}
    assert Screen(**said) == Screen(**OFF)


def test_only_hazards_that_a_threshold_reads_are_among_the_sources_of_a_plan() -> None:
    def hazards(**thresholds: float | bool) -> set[str]:
        screen = {"kind": "screen"} | thresholds
        asked = Scenario(name="sources", demand={"it_mw": 100}, limits=[screen])
        return set(prepare(asked).sources["table"]) & set(TABLES)

    assert hazards() == {"volcanoes"}
    assert hazards(min_km_to_volcano=False, max_cyclone_64kt_per_decade=9.0) == {"hazard_grids"}
    assert hazards(min_km_to_volcano=False) == set()
