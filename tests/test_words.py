"""What a plan says in sentences: halls and load, sites hardly used, gaps, limits and what is not known."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siting.show.text.proof_text import gap_in_words
from siting.show.text.site_text import quality_sentence, site_sentences, under_used_sentence
from siting.show.text.terminal import binding_sentences, excluded_sentences, in_plain_units, unknowns_sentence


def a_plan(it_mw: list[float]) -> Any:
    """Make what the sentences need of a plan: sites of two halls of 20 MW."""
    sites = pd.DataFrame({"name": list("ABC")[: len(it_mw)], "it_mw": it_mw, "capacity_it_mw": 40.0, "halls": 2})
    sites["ci_quality"], sites["price_quality"] = "derived", (["observed", *["unverified"] * 2])[: len(it_mw)]
    building = SimpleNamespace(hall_mw=20.0, utilisation_max=0.9, min_halls=2)
    chip = SimpleNamespace(draw_share=1.0)
    scenario = SimpleNamespace(
        acting_limits=(), building=building, hardware=SimpleNamespace(chip=chip), usable_hall_mw=18.0
    )
    return SimpleNamespace(sites=sites, scenario=scenario, kpis={"it_mw": sum(it_mw)}, tables={})


def test_a_site_that_is_built_and_hardly_used_is_pointed_out() -> None:
    told = under_used_sentence(a_plan([36.0, 4.0, 18.0]))
    assert told.startswith("Under-used: B (built 40 MW, used 4).")  # 18 MW is just half of the 36 that two halls carry
    assert "building.min_halls" in told
    assert under_used_sentence(a_plan([36.0, 18.0])) == ""


def test_halls_exceed_the_load_for_a_reason_that_is_told() -> None:
    halls, *_ = site_sentences(a_plan([36.0, 30.0]))
    assert "4 halls of 20 MW, 80 MW for a mean load of 66 MW" in halls
    assert "times 0.9 (`building.utilisation_max`)" in halls


def test_quality_is_told_by_load_best_first_and_what_is_weak_everywhere() -> None:
    sites = a_plan([30.0, 10.0]).sites.assign(
        worst_quality="unverified", worst_fact=["rate and power of X; jobs", "price; rate and power of X and 2 more"]
    )
    assert quality_sentence(sites) == (
        "Of the load, grid intensity is derived for all; electricity price is observed for 75 %, unverified for 25 %. "
        "At every site rate and power of X: unverified."
    )
    assert quality_sentence(sites.assign(it_mw=0.0)) == ""


@pytest.mark.parametrize(
    ("gap", "told"),
    [(0.0, "none"), (2.1e-15, "none"), (1e-4, "0.01 %"), (0.0274, "2.7 %"), (None, "unknown"), (np.nan, "unknown")],
)
def test_a_gap_of_rounding_is_none(gap: float | None, told: str) -> None:
    assert gap_in_words(gap) == told


def test_a_budget_is_priced_by_the_million_and_other_limits_by_their_unit() -> None:
    table = pd.DataFrame({"price": [1.14e-5, 0.5], "price_unit": ["gCO2e/EFLOP per USD/year", "gCO2e/EFLOP per MW"]})
    told = in_plain_units(table)
    assert told["price"].tolist() == pytest.approx([11.4, 0.5])
    assert told["price_unit"].tolist() == ["gCO2e/EFLOP per million USD/year", "gCO2e/EFLOP per MW"]
    assert in_plain_units(table[["price"]]).equals(table[["price"]])


def test_limits_that_bind_name_their_places_and_exclusions_have_a_heading_of_their_own() -> None:
    rows = [("grid_headroom", w, np.nan, "gCO2e/EFLOP per MW", "unknown") for w in ("NO-NO1", "NO-NO5")]
    binding = pd.DataFrame(rows, columns=["limit", "where", "price", "price_unit", "priced_at"])
    lines = binding_sentences(SimpleNamespace(binding=binding))  # type: ignore[arg-type]
    assert lines[1:] == ["  grid headroom, NO-NO1, NO-NO5: no shadow price (integer limit)"]
    excluded = pd.DataFrame({"site": ["a", "b"], "limit": "screen", "reason": "x"})
    assert excluded_sentences(excluded) == ["Candidates excluded before solving:", "  screen: 2 (a, b)"]
    assert excluded_sentences(excluded.iloc[:0]) == []


def test_what_is_not_known_is_told_in_plain_words() -> None:
    rows = [("cost", "a"), ("cost", "a"), ("cost", "b"), ("policy us", "a"), ("policy de", "b"), ("screen", "a")]
    told = unknowns_sentence(pd.DataFrame(rows, columns=["limit", "site"]))
    assert "a cost component at 2 candidates; a fact for screen at 1 candidate;" in told
    assert "(pack de at 1, pack us at 1)" in told or "(pack us at 1, pack de at 1)" in told
