"""In a notebook every result shows a card with a small map, its `repr` is short, and the map to explore needs no network."""

import re
from pathlib import Path
from typing import Any

import pytest

import siting as st

MOST_BYTES = 60_000
"""A card is light: a notebook of twenty cells stays below a megabyte or so."""
GAP = 0.01


@pytest.fixture(scope="module")
def results(alone: st.Scenario, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return one value of each kind, of a question on three places."""
    folder = tmp_path_factory.mktemp("runs")
    plan = st.solve(alone, gap=GAP)
    wide = st.solve(st.change(alone, {"demand.it_mw": 90}, name="wide"), gap=GAP)
    vary = {"hardware.mfu": [0.3, 0.4]}
    return {
        "scenario": alone,
        "problem": st.prepare(alone),
        "plan": plan,
        "comparison": st.compare([plan, wide]),
        "frontier": st.frontier(alone, points=2, gap=GAP),
        "sweep": st.sweep(alone, vary, store=folder / "sweep", workers=1, gap=GAP),
        "ensemble": st.ensemble(alone, samples=2, store=folder / "ensemble", workers=1, gap=GAP),
    }


KINDS = ("scenario", "problem", "plan", "comparison", "frontier", "sweep", "ensemble")


@pytest.mark.parametrize("kind", KINDS)
def test_a_repr_is_short_and_says_what_it_is(results: dict[str, Any], kind: str) -> None:
    text = repr(results[kind])
    assert len(text) < 500
    assert "\n" not in text
    assert text.startswith(f"<{kind.capitalize()}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_has_a_map_and_a_table_in_words(results: dict[str, Any], kind: str) -> None:
    card = results[kind]._repr_html_()
    assert len(card.encode()) < MOST_BYTES
    assert card.count("<svg") == 1
    assert "<table>" in card
    assert "Bordeaux" in card  # the place that is built, in the table or the tooltip of the map
    prose = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", card)
    assert "{" not in prose
    assert "nan" not in prose.lower().split()
    assert "http" not in card


def test_a_plan_s_card_has_its_figures(results: dict[str, Any]) -> None:
    plan = results["plan"]
    card = plan._repr_html_()
    assert f"{plan.kpis['emissions_g_per_eflop']:,.1f} gCO2e/EFLOP" in card
    assert "Proven optimal" in card


def test_a_plan_without_sites_shows_why(alone: st.Scenario) -> None:
    none = st.solve(st.change(alone, add=[st.MaxCostPerCompute(usd_per_eflop=1e-3)], name="none"))
    assert none.status == "infeasible"
    assert "no plan meets all limits" in none._repr_html_()
    assert "infeasible" in repr(none)


def test_a_scenario_whose_files_are_not_there_still_shows_itself() -> None:
    scenario = st.Scenario(name="far", demand={"it_mw": 60}, candidates={"set": "not_there.csv"})
    card = scenario._repr_html_()
    assert "not_there.csv" in card
    assert "<circle" not in card


def test_names_in_a_card_are_text(alone: st.Scenario, tmp_path: Path) -> None:
    """A name that a user gives cannot act in a page."""
    (tmp_path / "sites.csv").write_text("id,name,lon,lat\na,<script>alert(1)</script>,13.0,55.6\n", encoding="utf-8")
    scenario = st.change(alone, {"candidates.set": str(tmp_path / "sites.csv")}, name="bad")
    assert "<script" not in scenario._repr_html_()
    assert "&lt;script" in scenario._repr_html_()


def test_a_scenario_is_prepared_by_solve(results: dict[str, Any], alone: st.Scenario) -> None:
    assert results["plan"].objective == st.solve(st.prepare(alone), gap=GAP).objective
    with pytest.raises(st.ScenarioError, match="`problem` is a str: give a scenario, or a prepared problem"):
        st.solve("baseline")  # type: ignore[arg-type]


def test_a_plan_explains_itself(results: dict[str, Any]) -> None:
    plan = results["plan"]
    own = plan.explain().regret.set_index("site")
    expected = st.explain(results["problem"], plan, gap=GAP).regret.set_index("site")
    assert own["regret"].equals(expected["regret"])
    assert set(own.index) == {"malmo", "bordeaux", "narvik"}


def test_the_map_to_explore_has_every_place_and_needs_no_network(results: dict[str, Any], tmp_path: Path) -> None:
    plan = results["plan"]
    shown = plan.explore()
    page = shown.save(tmp_path / "map.html").read_text(encoding="utf-8")
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", page)
    for name in ("Malmo", "Bordeaux", "Narvik", "Oslo", "admissible, not chosen"):
        assert name in page
    assert shown._repr_html_().startswith("<iframe srcdoc=")
    sources = {s.name: s for s in shown.figure.select({"type": type(shown.figure.renderers[0].data_source)})}
    assert len(sources["candidates source"].data["x"]) == 2
