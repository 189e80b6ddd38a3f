"""Plans side by side, many runs as a heat map, and the value at which a site enters."""

from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from conftest import HUBS_CSV, SITES_CSV, SMALL_TOML

from siting import (
    Budget,
    InfeasibleError,
    Plan,
    Scenario,
    ScenarioError,
    UnprovenError,
    compare,
    prepare,
    site_heat,
    solve,
    sweep,
    threshold,
)
from siting.show.figures.comparison import draw_comparison, draw_heat
from siting.show.figures.frontier_chart import draw_frontier
from siting.show.text.proof_text import proof_sentence
from siting.study.frontier import frontier
from siting.study.runs.scenario_paths import with_values

GAP = 1e-5


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Plan]:
    """Return the plan with two sites or more, and the one with three."""
    folder = tmp_path_factory.mktemp("pair")
    for name, text in {"sites.csv": SITES_CSV, "hubs.csv": HUBS_CSV, "small.toml": SMALL_TOML}.items():
        (folder / name).write_text(text, encoding="utf-8")
    asked = Scenario.read(folder / "small.toml")
    three = with_values(asked, {"limits.site_count.min": 3})
    return tuple(solve(prepare(s), gap=GAP) for s in (asked, three))


@pytest.mark.parametrize("name", ["unit", "country", "in_plans"])
def test_a_plan_called_as_a_column_is_refused(pair: tuple[Plan, Plan], name: str) -> None:
    with pytest.raises(ScenarioError, match=f"the name `{name}` is that of a column"):
        compare(pair, names=[name, "other"])


def test_plans_are_compared_line_by_line(pair: tuple[Plan, Plan]) -> None:
    side = compare(pair, ["two", "three"])
    for name, plan in zip(("two", "three"), pair, strict=True):
        for kpi, value in plan.kpis.items():
            assert side.kpis.at[kpi, name] == value
        power = plan.sites.set_index("id")["it_mw"]
        assert side.sites[name].sum() == pytest.approx(power.sum())
        assert side.sites[name][power.index].tolist() == power.tolist()
    assert side.kpis.at["cost_usd_per_year", "unit"] == "USD/year"
    assert side.sites["in_plans"].tolist() == [2, 2, 1]
    assert f"Only three builds {side.sites['name'].iloc[2]}" in str(side)


def test_a_limit_that_binds_in_one_plan_only_is_seen(pair: tuple[Plan, Plan]) -> None:
    side = compare(pair, ["two", "three"])
    for name, plan in zip(("two", "three"), pair, strict=True):
        bound = set(zip(plan.binding["limit"], plan.binding["where"], strict=True))
        assert set(side.limits.index[side.limits[name].notna()]) == bound


def under(plan: Plan, least_usd: float, share: float = 0.03) -> Plan:
    """Return a plan as if it were found within a share above some least cost."""
    scenario = plan.scenario.model_copy(update={"limits": (*plan.scenario.limits, Budget(above_least_cost=share))})
    return replace(plan, scenario=scenario, proof=replace(plan.proof, least_cost_usd_per_year=least_usd))


def test_plans_of_different_budgets_are_compared_with_a_warning(pair: tuple[Plan, Plan]) -> None:
    one, other = pair
    side = compare([under(one, 10.29e9), under(other, 10.47e9)])
    assert "Their budgets differ: 10.60, 10.78 bn USD a year." in str(side)
    assert "budgets differ" not in str(compare([under(one, 1e9), under(other, 1e9)]))
    assert "budgets differ" not in str(compare([one, other]))
    assert "may come from the budget" not in str(compare([under(one, 1e9), other]))  # it is what was changed
    nothing = replace(other, kpis={}, sites=other.sites.iloc[:0], assignments=other.assignments.iloc[:0])
    assert "budgets differ" not in str(compare([under(one, 1e9), nothing]))  # no plan, and so no budget to compare
    assert "Their budgets differ: 1.03 bn USD a year; small 2: none." in str(compare([under(one, 1e9), other]))


def test_a_bound_is_printed_with_its_budget_in_dollars(pair: tuple[Plan, Plan]) -> None:
    assert "no plan within 10.60 bn USD a year is below " in proof_sentence(under(pair[0], 10.29e9))
    assert "no plan is below " in proof_sentence(pair[0])
    open_ended = replace(pair[0].proof, least_cost_usd_per_year=None)
    assert replace(under(pair[0], 1.0), proof=open_ended).budget_usd_per_year is None


def test_names_that_are_alike_are_numbered_and_one_plan_is_no_comparison(pair: tuple[Plan, Plan]) -> None:
    assert compare(pair).names == ("small 1", "small 2")
    with pytest.raises(ScenarioError, match="two or more"):
        compare(pair[:1])
    with pytest.raises(ScenarioError, match="its own name"):
        compare(pair, ["a", "a"])


def test_the_map_says_how_many_sites_are_shared(pair: tuple[Plan, Plan]) -> None:
    axes = draw_comparison(compare(pair, ["two", "three"]))
    assert axes.get_title(loc="left") == "2 of 3 sites are in both plans"
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["two: 2 sites", "three: 3 sites"]
    plt.close(axes.figure)


def test_a_heat_map_has_every_run_and_every_site(small: Path, tmp_path: Path) -> None:
    found = sweep(Scenario.read(small), {"limits.site_count.min": [2, 3]}, store=tmp_path / "s", workers=1, gap=GAP)
    heat = site_heat(found)
    assert heat.index.tolist() == ["min 2", "min 3"]
    assert heat.notna().sum(axis=1).tolist() == [2, 3]
    assert heat.sum(axis=1).tolist() == pytest.approx([60, 60])
    axes = draw_heat(heat)
    assert [t.get_text() for t in axes.get_yticklabels()] == ["min 2", "min 3"]
    plt.close(axes.figure)


@pytest.mark.slow
def test_a_site_enters_where_the_budget_can_pay_for_it(alone: Scenario) -> None:
    """One site of three: the cleanest is chosen as soon as the budget is what it costs more than the cheapest."""
    plans = {}
    for site in ("malmo", "bordeaux", "narvik"):
        others = tuple({"malmo", "bordeaux", "narvik"} - {site})
        only = with_values(alone, {"candidates.exclude": others})
        plans[site] = solve(prepare(only), gap=GAP), solve(prepare(with_values(only, {"minimise.objective": "cost"})))
    clean = min(plans, key=lambda s: plans[s][0].kpis["emissions_g_per_eflop"])
    cheapest = min(cost.kpis["cost_usd_per_year"] for _, cost in plans.values())
    dearer = plans[clean][1].kpis["cost_usd_per_year"] / cheapest - 1
    assert dearer > 0.001, "the cleanest is the cheapest: choose another question"
    asked = alone.model_copy(update={"limits": (*alone.limits, Budget(above_least_cost=0.0))})
    found = threshold(asked, clean, "limits.budget.above_least_cost", 0.0, 4 * dearer, within=0.02, gap=GAP)
    assert found.rejected_at < dearer * (1 + 1e-3)
    assert dearer * (1 - 1e-3) < found.chosen_at < dearer + 0.09 * dearer
    row = found.table.set_index("value").loc[found.rejected_at]
    assert not row["chosen"]
    assert np.isnan(row["with_site"]) or row["with_site_bound"] > row["without_site"]
    assert f"{clean} is chosen at limits.budget.above_least_cost" in str(found)


def test_a_site_that_is_never_chosen_is_said_so_at_both_ends(alone: Scenario) -> None:
    plan = solve(prepare(alone), gap=GAP)
    other = min({"malmo", "bordeaux", "narvik"} - set(plan.sites["id"]))
    found = threshold(alone, other, "hardware.mfu", 0.3, 0.5, gap=GAP)
    assert found.status == "never"
    assert f"{other} is never chosen at both ends of hardware.mfu, 0.3 and 0.5" in str(found)


def test_faults_of_a_threshold_are_said(small: Path) -> None:
    asked = Scenario.read(small)
    with pytest.raises(ScenarioError, match=r"did you mean `hardware\.mfu`"):
        threshold(asked, "lulea-own", "hardware.mfi", 0.3, 0.5)
    with pytest.raises(ScenarioError, match="low below high"):
        threshold(asked, "lulea-own", "hardware.mfu", 0.5, 0.3)
    with pytest.raises(ScenarioError, match="`oslo` is not a candidate"):
        threshold(asked, "oslo", "hardware.mfu", 0.3, 0.5)
    with pytest.raises(InfeasibleError, match="with or without"):
        threshold(asked, "lulea-own", "limits.site_count.min", 4, 5)
    with pytest.raises(UnprovenError, match="tie within the gap"):
        threshold(asked, "dublin-own", "hardware.mfu", 0.3, 0.5)


def test_a_frontier_is_drawn_with_what_it_proves(small: Path) -> None:
    front = frontier(Scenario.read(small), points=3, gap=GAP)
    axes = draw_frontier(front)
    assert axes.get_xlabel() == "cost per compute [USD/EFLOP]"
    assert {t.get_text() for t in axes.texts} >= {str(n) for n in front.table["n_sites"]}
    plt.close(axes.figure)


def test_a_comparison_says_in_which_fields_the_questions_differ(pair: tuple[Plan, Plan]) -> None:
    side = compare(pair, ["two", "three"])
    assert side.differences.to_dict("index") == {"limits.site_count.min": {"two": "2", "three": "3"}}
    assert side.in_words.to_dict("index") == {"site count": {"two": "at least 2 sites", "three": "at least 3 sites"}}
    assert "three (with at least 3 sites instead of at least 2 sites) emits " in str(side)
    same = compare([pair[0], pair[0]])
    assert same.differences.empty
    assert same.in_words.empty
    assert "emits the same as " in str(same)
