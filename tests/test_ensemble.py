"""Ensembles: each sample's best plan, the regret of the plan in hand, and robust plans, against enumeration."""

import re
from pathlib import Path

import numpy as np
import pytest

from siting import Ensemble, MaxLatency, Scenario, ScenarioError, SiteCount, ensemble, prepare, robust, solve
from siting.study.uncertainty.draws import Draws, inputs_of_problem
from siting.study.uncertainty.robust import tail_of
from siting.world.grid.zones import uncertainty

GAP = 1e-7
SAMPLES = 60
HALLS = 4  # 60 MW in halls of 20 MW used at 0.9 are 3.33 halls


@pytest.fixture(scope="module")
def found(alone: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Ensemble:
    """Return a small ensemble of one site of three."""
    return ensemble(alone, 5, seed=3, store=tmp_path_factory.mktemp("e") / "s", workers=1, gap=GAP)


@pytest.fixture(scope="module")
def many(alone: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Ensemble:
    """Return one that is large enough for a robust plan."""
    return ensemble(alone, SAMPLES, seed=3, store=tmp_path_factory.mktemp("m") / "s", workers=1, gap=GAP)


def every_plan(found: Ensemble) -> np.ndarray:
    """Return what each of the six plans emits at each draw [gCO2e/EFLOP], (options, draws)."""
    arrays, problem = found.draws.arrays, found.draws.problem
    tonnes = 60.0 * arrays["load_mw"] + HALLS * arrays["halls"]
    return (tonnes * 1e6 / problem.eflop_per_year).T


def test_each_sample_is_the_best_of_all_plans_there(found: Ensemble) -> None:
    best = every_plan(found).min(axis=0)
    assert found.table["objective"].to_numpy() == pytest.approx(best, rel=1e-5)
    assert (found.table["status"] == "optimal").all()


def test_regret_is_what_the_plan_in_hand_emits_more(found: Ensemble) -> None:
    built = found.plan.sites.iloc[0]
    label = f"{built['id']}__{built['cooling']}"
    mine = every_plan(found)[list(found.draws.problem.options["label"]).index(label)]
    assert found.table["regret"].to_numpy() == pytest.approx(mine - every_plan(found).min(axis=0), abs=1e-4)
    assert found.fails_share == 0.0


@pytest.mark.slow
def test_how_often_a_site_is_chosen_is_counted(many: Ensemble) -> None:
    site = many.draws.problem.sites["id"].to_numpy(str)[many.draws.problem.options["site"]]
    chosen = site[every_plan(many).argmin(axis=0)]
    counted = {s: float((chosen == s).mean()) for s in set(chosen)}
    assert dict(zip(many.sites["site"], many.sites["chosen_share"], strict=True)) == pytest.approx(counted)
    assert len(counted) > 1, "a draw that never changes the choice tests nothing"


@pytest.mark.slow
def test_robust_plans_are_those_that_enumeration_finds(many: Ensemble) -> None:
    answer, plans = robust(many, level=0.9, gap=GAP), every_plan(many)
    best = plans.min(axis=0)
    assert answer.table.at["expected", "expected"] == pytest.approx(plans.mean(axis=1).min(), rel=1e-5)
    assert answer.table.at["regret", "worst_regret"] == pytest.approx((plans - best).max(axis=1).min(), rel=1e-4)
    assert answer.table.at["tail", "tail"] == pytest.approx(min(tail_of(p, 0.9) for p in plans), rel=1e-5)
    for how, column in (("regret", "worst_regret"), ("tail", "tail")):
        assert answer.plans[how].status == "optimal"
        assert answer.plans[how].objective == pytest.approx(answer.table.at[how, column], rel=1e-4)
    assert answer.information_value == pytest.approx(plans.mean(axis=1).min() - best.mean(), rel=1e-3)
    assert answer.stochastic_value >= -1e-6


@pytest.mark.slow
def test_an_ensemble_that_is_begun_again_solves_nothing_twice(alone: Scenario, tmp_path: Path) -> None:
    first = ensemble(alone, 2, seed=3, store=tmp_path / "s", workers=1, gap=1e-3)
    second = ensemble(alone, 3, seed=3, store=tmp_path / "s", workers=1, gap=1e-3)
    assert second.table["started_utc"][:2].tolist() == first.table["started_utc"].tolist()
    assert second.table["objective"][:2].tolist() == first.table["objective"].tolist()


def test_held_inputs_do_not_move_and_no_draw_is_no_ensemble(alone: Scenario) -> None:
    problem = prepare(alone)
    inputs = inputs_of_problem(problem)
    names = [x.name for x in inputs]
    still = Draws.of(problem, inputs, 4, 1, [n for n in names if n != "grid intensity SE"])
    labels = problem.options["label"].str.startswith("malmo").to_numpy()
    assert np.ptp(still.arrays["load_mw"][:, labels], axis=0).min() > 0
    assert np.ptp(still.arrays["load_mw"][:, ~labels], axis=0).max() == pytest.approx(0.0, abs=1e-9)
    half = float(uncertainty(["SE-SE4"])[0]) / 2
    low, mid, high = next((x.low, x.mid, x.high) for x in inputs if x.name == "grid intensity SE")
    assert (low, mid, high) == pytest.approx((1 - half, 1.0, 1 + half))
    with pytest.raises(ScenarioError, match="nothing that is drawn moves"):
        Draws.of(problem, inputs, 4, 1, names)


def test_at_the_mid_of_every_input_the_coefficients_are_the_problems_own(alone: Scenario) -> None:
    problem = prepare(alone)
    inputs = inputs_of_problem(problem)
    mid = Draws(problem, inputs, {x.name: np.full(1, x.mid) for x in inputs})
    assert not mid.arrays, "at the mid of every input no coefficient moves"
    assert mid.at(0).linear(problem).terms.keys() == problem.emissions.terms.keys()


@pytest.mark.slow
def test_a_larger_demand_than_the_plan_was_built_for_is_said(alone: Scenario, tmp_path: Path) -> None:
    """60 MW fill 3.33 of 4 halls: up to 72 MW the plan's own halls do."""
    found = ensemble(alone, 6, seed=2, store=tmp_path / "s", workers=1, gap=1e-3, demand=(0.9, 1.6))
    drawn = 60 * found.draws.values["demand"]
    assert ((found.table["plan_status"] == "infeasible").to_numpy() == (drawn > 72)).all()
    assert 0 < found.fails_share < 1
    assert (found.table["regret"].dropna() >= -1e-3 * found.table["objective"].max()).all()


@pytest.mark.slow
def test_slower_round_trips_leave_less_to_choose(alone: Scenario, tmp_path: Path) -> None:
    near = alone.model_copy(update={"limits": (SiteCount(max=2), MaxLatency(batch_ms=300))})
    found = ensemble(near, 4, seed=2, store=tmp_path / "s", workers=1, gap=1e-3, latency=(0.5, 1.0))
    at = [found.draws.question(near, k).limits[1].limit_ms("batch") for k in range(4)]
    assert at == pytest.approx(300 / found.draws.values["round trips"])
    with pytest.raises(ScenarioError, match="no single plan serves all of them"):
        robust(found)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"hold": ("mfu", "moonlight")}, "`moonlight`, which is not an input"),
        ({"samples": 0}, "1 or more samples"),
        ({"demand": (1.1, 1.2)}, "a factor of 1 or less"),
    ],
)
def test_what_cannot_be_drawn_is_refused(alone: Scenario, tmp_path: Path, change: dict, word: str) -> None:
    with pytest.raises(ScenarioError, match=word):
        ensemble(alone, **({"samples": 4} | change), store=tmp_path / "s", workers=1)


def test_a_robust_plan_needs_fifty_samples(found: Ensemble) -> None:
    with pytest.raises(ScenarioError, match=re.escape("5 samples have a plan of their own")):
        robust(found)


def test_the_plan_in_hand_is_the_one_that_solve_finds(alone: Scenario, found: Ensemble) -> None:
    assert found.plan.objective == pytest.approx(solve(prepare(alone), gap=GAP).objective, rel=1e-6)
