"""Every figure of the README is that of the files and the code."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from siting import Limit, Plan, Scenario, patterson_waterfall, prepare, published_runs, today
from siting.study.training_runs import search_sentence

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str, text: str = README) -> str:
    """Return the first code block of a language, of the README if no other text is given."""
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found
    return found.group(1)


def read_json(path: str) -> dict[str, object]:
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


def test_the_two_commands_are_there() -> None:
    assert "make demo" in README
    assert "make test" in README


def test_the_example_scenario_is_valid() -> None:
    scenario = Scenario(**{"name": "readme", **tomllib.loads(block("toml"))})
    assert [limit.kind for limit in scenario.limits] == ["max_latency", "renewable_share"]
    assert len(prepare(scenario).options)


def test_the_example_of_the_quick_start_can_be_prepared_as_it_is_printed(tmp_path: Path) -> None:
    page = (ROOT / "docs/quickstart.md").read_text(encoding="utf-8")
    (tmp_path / "places.csv").write_text(block("csv", page), encoding="utf-8")
    (tmp_path / "mine.toml").write_text(block("toml", page), encoding="utf-8")
    assert len(prepare(Scenario.read(tmp_path / "mine.toml")).options)


def test_climate_errors_are_those_that_were_measured() -> None:
    own = read_json("data/build/accuracy_climate.json")["offset_-0.8_k"]["mean_absolute_error"]
    warm = read_json("data/build/accuracy_climate.json")["offset_0_k"]["mean_absolute_error"]
    names = ("cdd18_k_day", "dry_bulb_le_18c_h", "wet_bulb_le_16c_h")
    for errors in (own, warm):
        wanted = r"{:.0f} K day,.*{:.0f} h.*{:.0f} h".format(*(errors[n] for n in names))
        assert re.search(wanted, README)


def test_latency_figures_are_those_that_were_measured() -> None:
    measured = read_json("data/build/accuracy_latency.json")
    assert f"{measured['p90_coverage']:.3f}" in README
    assert f"{measured['pairs_told']:,} held-out pairs" in README
    late = [f"{measured['limit_ms'][ms]['violation_share']:.1%}".replace("%", " %") for ms in ("150", "200")]
    assert ", ".join(late) in README


def test_cooling_figures_are_those_that_were_measured() -> None:
    inside = read_json("docs/accuracy/cooling_envelope.json")["share_of_zones_inside"]
    assert all(design["pue"] == 1.0 for design in inside.values())
    assert "14 of 14, both designs" in README


@pytest.mark.slow
def test_the_baseline_is_that_of_the_readme(proven_baseline: Plan) -> None:
    """`proven_baseline` is the baseline solved to the default gap of `siting plan`."""
    kpis, now = proven_baseline.kpis, today(proven_baseline.scenario)
    assert f"**{kpis['emissions_g_per_eflop']:.1f} gCO2e/EFLOP**" in README
    assert f"{kpis['cost_usd_per_eflop']:.3f} USD/EFLOP in {len(proven_baseline.sites)} sites" in README
    assert f"{now.emissions_g_per_eflop:.1f} gCO2e/EFLOP" in README
    assert f"**{now.emissions_g_per_eflop / kpis['emissions_g_per_eflop']:.1f} times as much**" in README


def test_published_runs_are_those_of_the_readme() -> None:
    runs = published_runs()
    runs_with = runs[runs["our_mwh"].notna()]
    measured = runs_with[runs_with["energy_measured"]]
    largest = f"{measured['error_mwh'].abs().max():.1%}".replace("%", " %")
    assert f"({len(measured)} rows) the result is within {largest}" in README
    count = runs_with["energy_basis"].value_counts()
    sentence = f"{count['measured power x hours']} rows are measured power times hours and {count['rated power x hours']} rated"
    assert sentence in README
    reached = [f"{ratio:.1f}" for ratio in patterson_waterfall()["cumulative"]]
    assert f"as a cumulative product ({', '.join(reached)})" in README
    assert search_sentence(runs).startswith("The 626,155 lb")


def test_limits_and_objectives_are_as_many_as_in_the_readme() -> None:
    """Constraints of every model (serve, capacity, one design, incentives, contracts) are not kinds of a scenario."""
    kinds = [x for x in Limit.kinds().values() if x.in_files and x.__module__.startswith("siting.limits.")]
    assert f"Limits: {len(kinds)} kinds" in README
    objectives = [p.stem for p in (ROOT / "siting/objectives").glob("*.py") if p.stem != "__init__"]
    assert len(objectives) == 9
    assert "Objectives: nine" in README


@pytest.mark.slow
def test_the_interval_is_that_of_the_readme(proven_baseline: Plan) -> None:
    row = proven_baseline.kpis_interval(1000).loc["emissions_g_per_eflop"]
    stated = re.search(r"90 % lie between (\d+)\s+and (\d+) gCO2e/EFLOP", README)
    assert stated is not None
    assert [f"{row['p05']:.0f}", f"{row['p95']:.0f}"] == list(stated.groups())
