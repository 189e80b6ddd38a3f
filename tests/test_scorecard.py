"""The scorecard: every candidate with its outcome, figures of its own, its regret, and a sentence without an id."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from instances import DRAWS_ITS_NAMEPLATE, problem_of, random_numbers
from pandas.testing import assert_frame_equal
from test_cli import Run, run  # noqa: F401  (a fixture)

from siting import Plan, Problem, Scenario, SiteCount, UnprovenError, explain, prepare, solve
from siting.plan.files import flat
from siting.show.report import report_tables
from siting.show.text.rank_text import rank_sentences, regret_words
from siting.solver.analysis import regret as regret_module
from siting.solver.solve import solve_with
from siting.study.ranking.own_best import own_best
from siting.study.ranking.reasons import Reasons, Regret, amount, excluded_sentence
from siting.study.ranking.scorecard import near_ties, scorecard, with_scorecard
from siting.study.story import Story
from siting.verify.plan_check import judge
from siting.verify.record.scorecard_check import scorecard as scorecard_checks

PLACES = """id,name,lon,lat,plants_mw_150km
lulea-own,Luleå,22.2,65.6,5000
dublin-own,Dublin,-6.3,53.3,5000
singapore-own,Singapore,103.8,1.35,5000
beijing-own,Beijing,116.4,39.9,5000
"""
HUBS = """id,name,lon,lat,weight
oslo-hub,Oslo,10.75,59.9,2
singapore-hub,Singapore,103.85,1.3,1
"""


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a question on four places, one of which US export control excludes."""
    home = tmp_path_factory.mktemp("rank")
    (home / "places.csv").write_text(PLACES, encoding="utf-8")
    (home / "hubs.csv").write_text(HUBS, encoding="utf-8")
    text = (
        'name = "four"\n[demand]\nit_mw = 60\nhubs = "hubs.csv"\n[candidates]\nset = "places.csv"\n[building]\nutilisation_min = 0\n'
        '[[limits]]\nkind = "site_count"\nmax = 1\n'
    )
    (home / "four.toml").write_text(text, encoding="utf-8")
    return home / "four.toml"


@pytest.fixture(scope="module")
def problem(question: Path) -> Problem:
    """Return its numbers."""
    return prepare(Scenario.read(question))


@pytest.fixture(scope="module")
def ranked(problem: Problem) -> Plan:
    """Return its plan, with a scorecard."""
    return with_scorecard(solve(problem), problem)


def test_every_candidate_is_there_best_first_with_its_outcome(ranked: Plan) -> None:
    card = ranked.scorecard
    assert list(card["outcome"]) == ["built", "lost", "lost", "excluded"]
    assert card["id"].iloc[0] == ranked.sites["id"].iloc[0] == "lulea-own"
    assert sorted(card["name"]) == ["Beijing", "Dublin", "Luleå", "Singapore"]
    lost = card[card["outcome"] == "lost"]
    assert lost["regret"].is_monotonic_increasing
    assert card.crs == "EPSG:4326"
    assert card.geometry.x.iloc[0] == pytest.approx(22.2)


def test_regrets_are_the_objectives_of_plans_with_the_site_forced(problem: Problem, ranked: Plan) -> None:
    """With one site at most, forcing one in leaves no other: its regret is the difference of two plans."""
    card = ranked.scorecard.set_index("id")
    for site in ("dublin-own", "singapore-own"):
        other = solve_with(problem, [regret_module.forced_row(problem, site, built=False)])
        assert list(other.sites["id"]) == [site]
        assert card.loc[site, "regret"] == pytest.approx(other.objective - ranked.objective, rel=1e-3)
        assert card.loc[site, "replaces"] == "Luleå"
        assert card.loc[site, "regret_proof"] == "exact"
    nearest = card.loc[card["outcome"] == "lost", "regret"].min()
    assert card.loc["lulea-own", "regret"] == pytest.approx(nearest, rel=1e-3)


def test_figures_alone_are_those_of_a_plan_of_that_site_in_full_use(tmp_path: Path) -> None:
    """54 MW fill three halls of 20 MW at 0.9: the site's own plan has the figures of the scorecard."""
    (tmp_path / "places.csv").write_text(PLACES, encoding="utf-8")
    (tmp_path / "hubs.csv").write_text(HUBS, encoding="utf-8")
    scenario = Scenario(
        name="full",
        demand={"it_mw": 54, "hubs": str(tmp_path / "hubs.csv")},
        candidates={"set": str(tmp_path / "places.csv")},
        hardware=DRAWS_ITS_NAMEPLATE,
        limits=(SiteCount(max=1),),
    )
    problem = prepare(scenario)
    own = own_best(problem)
    assert list(own["load_mw"]) == pytest.approx([54.0] * len(own))
    for i, site in enumerate(problem.sites["id"]):
        alone = solve_with(problem, [regret_module.forced_row(problem, site, built=False)], gap=1e-8)
        for figure in ("emissions_g_per_eflop", "cost_usd_per_eflop", "pue", "wue_l_per_kwh"):
            assert own.loc[i, figure] == pytest.approx(alone.kpis[figure], rel=1e-6), (site, figure)


def test_sentences_have_names_and_numbers_and_no_id(ranked: Plan) -> None:
    card = ranked.scorecard.set_index("id")
    for reason in card["reason"]:
        assert reason.endswith(".")
        assert not any(site in reason for site in card.index)
        assert not any(mark in reason for mark in ("`", "_", "{", "UNKNOWN", "nan"))
    for site in ("dublin-own", "singapore-own"):
        ours, theirs = card.loc[site, "ci_g_per_kwh"], card.loc["lulea-own", "ci_g_per_kwh"]
        costs = amount(card.loc[site, "regret"], "gCO2e/EFLOP")
        assert card.loc[site, "reason"] == (
            f"Its grid emits {ours:,.0f} g/kWh against {theirs:,.0f} at Luleå; forcing it in costs {costs} (Luleå would leave)."
        )
    assert "the least of 3 candidates" in card.loc["lulea-own", "reason"]
    assert card.loc["beijing-own", "reason"] == "US export control: presumption of denial."


@pytest.mark.parametrize(
    ("limit", "reason", "expected"),
    [
        ("data", "UNKNOWN electricity price of zone CF", "Missing data: electricity price."),
        (
            "grid_headroom",
            "UNKNOWN plant capacity within 150 km (no plant in the tables is a gap, not proof)",
            "Missing data for the grid headroom: plant capacity within 150 km.",
        ),
        (
            "grid_headroom",
            "may draw 3.2 MW of facility power, less than the smallest site needs",
            "Grid headroom: it may draw 3.2 MW of facility power, less than the smallest site needs.",
        ),
        (
            "max_latency",
            "reaches no hub in time: the nearest answers in 243 ms (p90)",
            "No hub is within 200 ms (p90): the nearest answers in 243 ms.",
        ),
        (
            "screen",
            "political stability -1.97 in Ethiopia, below -1; a; b; c",
            "Screened out: political stability -1.97 in Ethiopia, below -1; a and 2 more.",
        ),
        ("policy nl", "Netherlands: Amsterdam has stopped.", "Netherlands: Amsterdam has stopped."),
        ("my_own", "it is pink", "My own: it is pink."),
    ],
)
def test_an_exclusion_is_a_sentence(limit: str, reason: str, expected: str) -> None:
    scenario = Scenario(name="x", demand={"it_mw": 9}, limits=({"kind": "max_latency", "batch_ms": 200},))
    assert excluded_sentence([(limit, reason)], scenario) == expected


@pytest.mark.parametrize(
    ("budget", "extra_usd", "left"),
    [(100.0, 20.0, 70.0), (100.0, 5.0, 0.0), (None, 20.0, 0.0)],
)
def test_a_regret_beyond_the_figures_is_the_budget_s_where_it_cannot_pay(
    problem: Problem, budget: float | None, extra_usd: float, left: float
) -> None:
    """By hand: a regret of 10 g/EFLOP at 10 MW, of which the grids explain 30; the plan leaves 10 USD of its budget."""
    kpis = {"cost_usd_per_year": 90.0, "it_mw": 10.0}
    plan: Any = SimpleNamespace(budget_usd_per_year=budget, kpis=kpis, proof=SimpleNamespace(unit="gCO2e/EFLOP"))
    found = Reasons(problem, plan, {})._left_to_the_budget(extra_usd, 30.0, Regret(10.0, 0.0, 0.1))
    assert found == pytest.approx(left)


def test_the_power_that_the_planner_states_is_headroom(question: Path, tmp_path: Path) -> None:
    for file in question.parent.iterdir():
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    stated = PLACES.replace("plants_mw_150km\n", "plants_mw_150km,available_mw\n").replace(",5000\n", ",5000,300\n")
    (tmp_path / "places.csv").write_text(stated, encoding="utf-8")
    problem = prepare(Scenario.read(tmp_path / question.name))
    card = with_scorecard(solve(problem), problem).scorecard
    assert set(card.loc[card["outcome"] != "excluded", "headroom_mw"]) == {300.0}


def test_twins_are_named_as_near_ties() -> None:
    """Two equal sites, of which one is needed: the other could replace it without loss."""
    n = random_numbers(4, n_sites=2, n_designs=1)
    twins = {
        name: np.repeat(getattr(n, name)[:1], 2, axis=0) for name in ("pue", "ci", "price", "renewable", "hall_usd")
    }
    more = {"near": np.ones_like(n.near), "benefit_usd_per_hall": np.zeros(2), "demand": n.demand * 8 / n.demand.sum()}
    problem = problem_of(type(n)(**(vars(n) | twins | more)), (SiteCount(max=1),))
    plan = solve(problem)
    card = scorecard(plan, problem)
    lost, built = card[card["outcome"] == "lost"].iloc[0], card.iloc[0]
    [sentence] = near_ties(plan, card)
    assert sentence.startswith(f"Near tie: {lost['name']} could replace {built['name']} for ")
    assert lost["regret"] <= 1e-4 * plan.objective
    assert "a near tie" in lost["reason"]
    bounds = scorecard(plan, problem, time_limit_s=0)
    [sentence] = near_ties(plan, bounds)
    assert sentence == f"Not solved, and perhaps as near: {lost['name']}."


def test_of_many_candidates_the_nearest_are_solved_and_the_others_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = random_numbers(1, n_sites=6, n_designs=1)
    problem = problem_of(numbers, (SiteCount(max=3),))
    plan = solve(problem, gap=1e-8)
    exact = explain(problem, plan, gap=1e-8).regret.set_index("site")
    assert (exact["status"] != "screened").all()
    monkeypatch.setattr(regret_module, "EXACT_CANDIDATES", 5)
    monkeypatch.setattr(regret_module, "EXACT_REJECTED", 1)
    few = explain(problem, plan, gap=1e-8).regret.set_index("site")
    open_ = few[few["status"] == "screened"]
    assert len(open_) == 6 - len(plan.sites) - 1
    assert (open_["regret_at_least"] <= exact.loc[open_.index, "regret"] + 1e-9).all()
    card = scorecard(plan, problem, explanation=explain(problem, plan, gap=1e-8)).set_index("id")
    assert set(card.loc[open_.index, "regret_proof"]) == {"at least"}
    for _, row in card.loc[open_.index].iterrows():
        assert np.isnan(row["regret"])
        assert regret_words(row).startswith("≥ ")
        assert "not solved" in row["reason"]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_best_plan_on_chosen_sites_first_changes_no_regret(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(random_numbers(seed, n_sites=5, n_designs=1), (SiteCount(max=3),))
    plan = solve(problem, gap=1e-8)
    cold = explain(problem, plan, gap=1e-8).regret.sort_values("site", ignore_index=True)
    monkeypatch.setattr(regret_module, "FEW_SITES", 0)
    warm = explain(problem, plan, gap=1e-8).regret.sort_values("site", ignore_index=True)
    assert_frame_equal(cold[["site", "regret", "status"]], warm[["site", "regret", "status"]], rtol=1e-5, atol=1e-6)


def test_a_saved_scorecard_is_read_again_and_verified(ranked: Plan, tmp_path: Path) -> None:
    ranked.save(tmp_path / "out")
    loaded = Plan.load(tmp_path / "out")
    assert_frame_equal(flat(loaded.scorecard), flat(ranked.scorecard), check_dtype=False)
    table = pd.read_csv(tmp_path / "out" / "scorecard.csv")
    assert list(table["reason"]) == list(ranked.scorecard["reason"])
    checks = loaded.verify()["check"]
    assert checks.str.startswith("NOT RE-CHECKED: scorecard: regrets").sum() == 1


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"outcome": ["lost", "lost", "lost", "excluded"]}, "calls built, or the plan alone"),
        ({"outcome": ["built", "lost", "excluded", "excluded"]}, "calls excluded and the plan does not"),
        ({"outcome": ["built", "lost", "lost", "lost"]}, "calls lost and the plan excludes"),
        ({"outcome": ["built", "lost", "lost", "gone"]}, "outcomes of the scorecard that do not exist"),
        ({"it_mw": [60.0, 0.0, 5.0, 0.0]}, "IT power in the scorecard"),
        ({"ci_g_per_kwh": [1.0, 2.0, 3.0, 4.0]}, "grid intensity in the scorecard"),
        ({"price_usd_per_mwh": [1.0, 2.0, 3.0, 4.0]}, "electricity price in the scorecard"),
        ({"regret": [0.0, 0.0, 0.0, np.nan]}, "regret at or above its bound"),
        ({"id": ["lulea-own", "dublin-own", "dublin-own", "beijing-own"]}, "listed twice"),
        ({"id": ["lulea-own", "dublin-own", "oslo-own", "beijing-own"]}, "candidates that the scorecard lacks"),
    ],
)
def test_a_scorecard_that_does_not_fit_its_plan_is_found(
    ranked: Plan, changes: dict[str, list[object]], fault: str
) -> None:
    spoiled = replace(ranked, tables={**ranked.tables, "scorecard": ranked.tables["scorecard"].assign(**changes)})
    judge(ranked, scorecard_checks(ranked))
    with pytest.raises(UnprovenError, match=fault):
        judge(spoiled, scorecard_checks(spoiled))


def test_the_report_lists_and_searches_every_candidate(ranked: Plan) -> None:
    story = Story(ranked)
    rows, limits = report_tables.candidate_rows(story)
    assert [(name, report_tables.OUTCOMES[o]) for name, o, *_ in rows] == [
        *zip(ranked.scorecard["name"], ranked.scorecard["outcome"], strict=True)
    ]
    [beijing] = [row for row in rows if row[0] == "Beijing"]
    assert [limits[i] for i in beijing[3]] == ["export_control"]
    [group] = report_tables.excluded_groups(rows, limits)
    assert (group.limit, group.first) == ("export control", (("Beijing", "US export control: presumption of denial."),))
    table = report_tables.candidates_table(story)
    assert [row.cells[0].text for row in table.rows] == list(ranked.scorecard["name"])[:3]
    assert not any("-own" in cell.text for row in table.rows for cell in row.cells)


def test_a_narrow_terminal_gets_the_reasons_as_sentences(ranked: Plan) -> None:
    narrow, wide = (rank_sentences(ranked.scorecard, ranked, width) for width in (80, 170))
    assert len(narrow) == len(wide) + 4
    assert f"Luleå: {ranked.scorecard['reason'].iloc[0]}" in narrow


# --- siting rank ---------------------------------------------------------------------------------


def test_rank_prints_every_candidate_and_writes_a_csv(run: Run, question: Path, tmp_path: Path) -> None:  # noqa: F811
    said = run("rank", question, "--out", tmp_path / "new" / "rank.csv")
    assert (said.code, said.err) == (0, "")
    for word in ("Luleå", "Dublin", "Singapore", "Beijing", "US export control", "Proven optimal", "best first"):
        assert word in said.out
    table = pd.read_csv(tmp_path / "new" / "rank.csv")
    assert list(table["outcome"]) == ["built", "lost", "lost", "excluded"]


def test_rank_as_json_has_the_candidates_and_the_near_ties(run: Run, question: Path) -> None:  # noqa: F811
    told = json.loads(run("rank", question, "--json").out)
    assert (told["status"], told["out"], told["near_ties"]) == ("optimal", None, [])
    assert [row["outcome"] for row in told["candidates"]] == ["built", "lost", "lost", "excluded"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("places.csv", "a file that the scenario reads"), ("rank.xlsx", "give a name that ends in .csv")],
)
def test_rank_refuses_an_output_before_it_solves(run: Run, question: Path, name: str, words: str) -> None:  # noqa: F811
    said = run("rank", question, "--out", question.parent / name)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert (question.parent / "places.csv").read_text(encoding="utf-8") == PLACES
