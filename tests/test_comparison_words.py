"""Comparisons, frontiers and sweeps in a planner's words: names and numbers, no path, brace or code."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from instances import problem_of, random_numbers

from siting import (
    Budget,
    EmissionsCap,
    Frontier,
    GridHeadroom,
    Limit,
    MaxShare,
    Moratorium,
    Plan,
    Scenario,
    Screen,
    SiteCount,
    SiteSize,
    change,
    compare,
    frontier,
    prepare,
    site_heat,
    solve,
    sweep,
)
from siting.show.report.many_plans import many_page
from siting.show.report.many_tables import differences_table, limits_table
from siting.show.report.sweep_page import write_sweep
from siting.show.text.frontier_text import frontier_sentences, named_steps
from siting.show.text.sweep_text import sweep_sentences
from siting.study.changes.differences import changes, differences_in_words
from siting.study.changes.plan_sentences import limits_at
from siting.study.changes.scenario_words import in_words, label_of, limit_in_words, members_apart

ROOT = Path(__file__).parents[1]
RAW = re.compile(r"[\[{]\s*['{]|\b[a-z]+\.[a-z_]+\.[a-z_]+\b|\b[a-z]+_[a-z_]+\b")
"""A Python repr, a dotted path, or a key."""


def raw_in(text: str) -> list[str]:
    return RAW.findall(text)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Plan]:
    """Return plans of two places or more, and of three, of 60 MW."""
    from conftest import HUBS_CSV, SITES_CSV, SMALL_TOML

    folder = tmp_path_factory.mktemp("words")
    for name, text in {"sites.csv": SITES_CSV, "hubs.csv": HUBS_CSV, "small.toml": SMALL_TOML}.items():
        (folder / name).write_text(text, encoding="utf-8")
    two = Scenario.read(folder / "small.toml")
    three = change(two, {"limits.site_count.min": 3}, name="three", add=[GridHeadroom(zone_share=0.9)])
    return solve(prepare(two), gap=1e-5), solve(prepare(three), gap=1e-5)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (SiteCount(max=4), "at most 4 sites"),
        (SiteCount(min=2, max=2), "2 sites"),
        (
            Moratorium(jurisdictions=("NO", "SE"), above_facility_mw=20),
            "moratorium in Norway, Sweden, above facility 20 MW",
        ),
        (Moratorium(zones=("SE-SE1",), reason="water"), "moratorium in North Sweden"),
        (Budget(usd_per_year=1.5e9), "budget of 1.50 bn USD a year"),
        (GridHeadroom(), "grid headroom"),
        (GridHeadroom(zone_share=0.2), "grid headroom: zone share 0.2"),
        (Screen(sanctions=False), "screen: sanctions no"),
        (MaxShare(max=0.5, per="country"), "share of the load per country, at most 0.5"),
        (SiteSize(max_it_mw=40), "site size: it at most 40 MW"),
        (EmissionsCap(t_per_year=2.5e6), "emissions at most 2,500,000 tCO2e/year"),
    ],
)
def test_a_limit_is_named_by_what_it_demands_without_its_defaults(limit: Limit, words: str) -> None:
    assert limit_in_words(limit) == words


def test_every_limit_of_every_shipped_scenario_has_words_without_a_key() -> None:
    for file in sorted((ROOT / "scenarios").glob("*.toml")):
        for limit in Scenario.read(file).limits:
            assert raw_in(limit_in_words(limit)) == [], limit.name
            assert raw_in(limit_in_words(limit, long=True)) == [], limit.name


def test_values_are_written_with_units_and_names() -> None:
    assert label_of("demand.it_mw").heading() == "IT power [MW]"
    assert label_of("limits.water.max_m3_per_year").unit == "m3/year"
    assert in_words({"lulea-own": 3}, "by_site_mw", {"lulea-own": "Lulea"}) == "Lulea 3"
    assert in_words([], "exclude") == "none"
    assert members_apart([["a", "b", "c", "d", "own.toml"], "all"], "packs", {}) == ["a, b, c, d, own.toml", "all"]


def test_differences_are_listed_as_a_planner_would() -> None:
    one = Scenario(name="one", demand={"it_mw": 100}, limits=(SiteCount(max=4),))
    other = change(
        one,
        {"demand.it_mw": 60, "minimise.objective": "cost", "limits.site_count.max": 2},
        add=[Moratorium(jurisdictions=("NO",))],
    )
    table = differences_in_words({"a": one, "b": other}, {})
    assert table.to_dict("index") == {
        "IT power [MW]": {"a": "100", "b": "60"},
        "objective": {"a": "least emissions per compute", "b": "least cost"},
        "site count": {"a": "at most 4 sites", "b": "at most 2 sites"},
        "moratorium": {"a": "-", "b": "moratorium in Norway"},
    }
    assert changes(table, "b", "a") == [
        "with IT power of 100 instead of 60 MW",
        "with objective least emissions per compute instead of least cost",
        "with at most 4 sites instead of at most 2 sites",
        "without the moratorium in Norway",
    ]
    reason = change(other, {"limits.moratorium.reason": "water"})
    assert (
        differences_in_words({"a": other, "b": reason}, {}).loc["moratorium", "b"]
        == "moratorium in Norway, reason water"
    )
    by_a_dollar = [change(one, add=[Budget(usd_per_year=usd)]) for usd in (1.5e9, 1.5e9 + 1)]
    assert list(differences_in_words(dict(zip("ab", by_a_dollar, strict=True)), {}).loc["budget"]) == [
        "budget: 1,500,000,000 USD/year", "budget: 1,500,000,001 USD/year",
    ]  # fmt: skip


def test_a_comparison_opens_with_names_and_numbers(pair: tuple[Plan, Plan]) -> None:
    side = compare(pair, ["two", "three"])
    first, *rest = str(side).splitlines()
    grams = [p.kpis["emissions_g_per_eflop"] for p in pair]
    assert first.startswith(
        "three (with at least 3 sites instead of at least 2 sites; with grid headroom: zone share 0.9) emits "
    )
    assert (
        f"{100 * (grams[1] / grams[0] - 1):.1f} % more than two ({grams[1]:.1f} against {grams[0]:.1f} gCO2e/EFLOP)"
        in first
    )
    tonnes = pair[1].kpis["emissions_t_per_year"] - pair[0].kpis["emissions_t_per_year"]
    assert f"{tonnes:,.0f} t of CO2e more" in first
    assert rest[0] == "Both plans build Lulea, Dublin."
    assert any(line.startswith("Only three builds Singapore") for line in rest)
    assert raw_in(str(side)) == []


def test_the_tables_of_a_comparison_have_names(pair: tuple[Plan, Plan]) -> None:
    side = compare(pair, ["two", "three"])
    for table in (differences_table(side), limits_table(side)):
        cells = " ".join([*table.heads, *(c.text for row in table.rows for c in row.cells)])
        assert raw_in(cells) == []
    assert limits_at([("grid_headroom", "SE-SE1"), ("grid_headroom", "x"), ("budget", "portfolio")], {"x": "Lulea"}) == [
        "grid headroom (North Sweden, Lulea)", "budget",
    ]  # fmt: skip


def test_a_difference_within_the_proven_gap_is_called_so(pair: tuple[Plan, Plan]) -> None:
    one = pair[0]
    near = replace(one, proof=replace(one.proof, objective=one.proof.objective * 1.001, gap=0.01), kpis=dict(one.kpis))
    assert "is within the gap" in str(compare([one, near]))
    none = solve(prepare(change(one.scenario, add=[Budget(usd_per_year=1.0)], name="none")))
    assert "none has no plan (infeasible)" in str(compare([one, none]))


def _front(points: list[tuple[float, float]], front: Frontier) -> Frontier:
    """Return a frontier with other figures."""
    table = pd.concat([front.table.iloc[[0]]] * len(points), ignore_index=True)
    x, y = front.kpis[:2]
    table = table.assign(**{x: [p[0] for p in points], y: [p[1] for p in points]})
    return replace(front, plans=tuple([front.plans[0]] * len(points)), table=table)


@pytest.fixture(scope="module")
def front() -> Frontier:
    """Return a frontier of an instance small enough for a moment."""
    numbers = random_numbers(4, n_sites=3, max_halls=2)
    return frontier(problem_of(numbers), x="cost_usd_per_eflop", y="emissions_g_per_eflop", points=3, gap=1e-6)


def test_a_frontier_states_what_the_first_per_cent_buys_and_where_it_becomes_steep(front: Frontier) -> None:
    made = _front([(1.0, 100.0), (1.009, 60.0), (1.02, 50.0), (1.2, 45.0)], front)
    text = "\n".join(frontier_sentences(made))
    assert "The first 1 % of cost per compute saves 40 % of emissions per compute (point 2)." in text
    # 0.02 USD for 50 g are 400 USD/t; 0.18 USD for 5 g are 36,000 USD/t
    assert "Up to point 3 a tonne of CO2e saved costs 400 USD; after it 36,000 USD, on average." in text
    assert "2.2 times as much as at the other end" in text


def test_a_straight_frontier_has_no_knee_and_one_point_no_ends(front: Frontier) -> None:
    straight = _front([(1.0, 100.0), (1.5, 75.0), (2.0, 50.0)], front)
    assert not any("Up to point" in s for s in frontier_sentences(straight))
    single = replace(front, plans=front.plans[:1], table=front.table.iloc[:1])
    assert "is one plan" in frontier_sentences(single)[0]


def test_the_sentences_of_a_real_frontier_have_no_key_and_names_of_sites(front: Frontier) -> None:
    sentences = frontier_sentences(front)
    assert str(front[0].sites["name"].iloc[0]) in sentences[0]
    assert raw_in(" ".join(sentences)) == []
    assert set(named_steps(front)["added"]) <= {"", *map(str, front[0].sites["name"]), *named_steps(front)["added"]}


def test_ctrl_c_keeps_the_points_that_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from siting.study import frontier as module

    problem, real, solves = problem_of(random_numbers(4, n_sites=3, max_halls=2)), module.solve_from, []

    def interrupted(*args: object, **how: object) -> Plan:
        solves.append(1)
        if len(solves) > 3:
            raise KeyboardInterrupt
        return real(*args, **how)

    monkeypatch.setattr(module, "solve_from", interrupted)
    how = {"x": "cost_usd_per_year", "y": "emissions_t_per_year", "points": 6, "gap": 1e-6}
    found = frontier(problem, **how, partial=True)
    assert len(found) >= 2
    assert found.interrupted + found.settled == 3
    assert found.interrupted > 0
    assert any(s.startswith(f"Interrupted: {found.interrupted} level") for s in frontier_sentences(found))
    solves.clear()
    with pytest.raises(KeyboardInterrupt):
        frontier(problem, **how)


def test_a_sweep_writes_a_table_a_picture_and_a_page_with_names(small: Path, tmp_path: Path) -> None:
    scenario, names = Scenario.read(small), {"lulea-own": "Luleå", "dublin-own": "Dublin", "singapore-own": "Singapore"}
    found = sweep(scenario, {"limits.site_count.min": [2, 3]}, store=tmp_path / "s", workers=1, gap=1e-4)
    assert write_sweep(found, "small", names, site_heat(found)) == ["runs.csv", "runs.png", "report.html"]
    csv = pd.read_csv(tmp_path / "s" / "runs.csv")
    assert csv["sites and their IT power [MW]"].str.contains("Luleå").all()
    assert (tmp_path / "s" / "runs.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "s" / "report.html").read_text(encoding="utf-8")
    text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    assert "Every run with a plan builds Luleå, Dublin; of 2 runs, Singapore in 1." in text
    assert raw_in(text) == []
    (tmp_path / "s" / "runs.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(Exception, match="siting did not write it"):
        write_sweep(found, "small", names, None)
    assert sweep_sentences(replace(found, table=found.table.assign(objective=None)), names)[-1].startswith(
        "No run has a plan"
    )


@pytest.mark.slow
def test_no_text_of_the_pages_has_a_key_or_a_repr(pair: tuple[Plan, Plan]) -> None:
    page = many_page(compare(pair, ["two", "three"]), "two and three", str(compare(pair)).splitlines())
    text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL).split("Quality and sources")[0]
    assert not re.search(r"[\[{]\s*['{]", text)
    assert not re.search(r"\b(limits|demand|minimise|policy)\.[a-z_]+", text)
