"""What a change does to a saved plan, which limits it may name, and whose results a folder holds."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from siting import Budget, Plan, Scenario, ScenarioError, SiteCount, UnprovenError, change, prepare, solve, what_if
from siting.cli.main import main
from siting.cli.what_if import limit_of
from siting.plan.output_folder import OutputFolder
from siting.study.changes.changed_plan import changed_sites

GAP = 1e-4
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Said:
    """Run `siting ...`; return the exit code, and what it printed."""

    def command(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["siting", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), *capsys.readouterr()

    return command


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a plan of 60 MW on two of three places, within 3 % of the least cost."""
    from conftest import HUBS_CSV, SITES_CSV, SMALL_TOML

    home = tmp_path_factory.mktemp("whatif")
    budget = '[[limits]]\nkind = "budget"\nabove_least_cost = 0.03\n'
    for name, text in {"sites.csv": SITES_CSV, "hubs.csv": HUBS_CSV, "small.toml": SMALL_TOML + budget}.items():
        (home / name).write_text(text, encoding="utf-8")
    return solve(prepare(Scenario.read(home / "small.toml")), gap=GAP).save(home / "plan")


def test_a_change_is_solved_and_compared_site_by_site(saved: Path) -> None:
    plan = Plan.load(saved)
    side = what_if(plan, {"limits.site_count.min": 3}, gap=GAP)
    assert side.names == ("before", "after")
    alone = solve(prepare(change(plan.scenario, {"limits.site_count.min": 3})), gap=GAP)
    assert side.plans[1].objective == pytest.approx(alone.objective, rel=2 * GAP)
    side.plans[1].verify()
    moved = changed_sites(side)
    power = [p.sites.set_index("id")["it_mw"] for p in side.plans]
    expected = power[1].sub(power[0], fill_value=0.0)
    assert moved["change"].sum() == pytest.approx(0, abs=1e-3)
    assert len(moved) == (expected.abs() > 0.05).sum()
    assert str(side).startswith("With at least 3 sites instead of at least 2 sites, the plan ")


def test_the_command_prints_before_after_and_the_sites_and_writes_only_when_told(said: Said, saved: Path) -> None:
    before = {p: p.read_bytes() for p in saved.rglob("*") if p.is_file()}
    code, out, err = said("what-if", saved, "--set", "demand.it_mw=80", "--gap", GAP)
    assert (code, err) == (0, "")
    assert "With IT power of 80 instead of 60 MW" in out
    assert "before [MW]" in out
    assert "Their budgets differ: " in out
    assert sorted(p.name for p in saved.parent.iterdir()) == ["hubs.csv", "plan", "sites.csv", "small.toml"]
    assert {p: p.read_bytes() for p in saved.rglob("*") if p.is_file()} == before


@pytest.mark.slow
def test_the_changed_plan_is_written_and_loads(said: Said, saved: Path, tmp_path: Path) -> None:
    code, out, err = said("what-if", saved, "--add", "site_count:min=2,max=2", "--without", "site_count", "--without", "budget",
                          "--gap", GAP, "--out", tmp_path / "new", "--json")  # fmt: skip
    told = json.loads(out)
    assert (code, err, told["status"]["after"]) == (0, "", "optimal")
    loaded = Plan.load(tmp_path / "new")
    assert [x.name for x in loaded.scenario.limits] == ["site_count"]
    assert {"plan.json", "report.html", "changed_sites.csv"} <= {p.name for p in (tmp_path / "new").iterdir()}


def test_the_folder_of_the_plan_is_not_overwritten(said: Said, saved: Path) -> None:
    before = (saved / "plan.json").read_bytes()
    code, _, err = said("what-if", saved, "--without", "budget", "--gap", 0.01, "--out", saved)
    assert code == 2
    assert "a file that this run reads" in err
    assert (saved / "plan.json").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "demand.it_wm=3"], "did you mean `demand.it_mw`"),
        (["--set", "demand.it_mw"], "give KEY=VALUE"),
        (["--set", "demand.it_mw=1", "--set", "demand.it_mw=2"], "given twice"),
        (["--set", "demand.it_mw=-3"], "greater than 0"),
        (["--add", "moratorum:NO"], "did you mean `moratorium`"),
        (["--add", "moratorium:XX"], "`XX` is not a country code"),
        (["--add", "site_count:4"], "name the field of each value, one of min=, max="),
        (["--without", "budgte"], "did you mean `budget`"),
        (["--without", "moratorium"], "no such limit to remove"),
        (["--hold", "cost"], "only `budget` can be held"),
        (["--hold", "budget", "--without", "budget"], "to be held and changed"),
        (["--add", "budget:usd_per_year=1e9"], "has 2 budgets"),
        ([], "nothing changes"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(
    said: Said, saved: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    code, _, err = said("what-if", saved, *words, "--out", tmp_path / "new")
    assert code == 2
    assert message in " ".join(err.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "hint"), [("paln", "did you mean"), ("nothing/at/all", "that `siting plan` wrote")])
def test_a_folder_that_is_not_a_plan_names_the_nearest_one(said: Said, saved: Path, name: str, hint: str) -> None:
    code, _, err = said("what-if", saved.parent / name, "--without", "budget")
    assert code == 2
    assert "is not the folder of a plan" in err
    assert hint in err


def test_limits_are_read_from_the_command_line() -> None:
    assert limit_of("moratorium:NO,SE") == {"kind": "moratorium", "jurisdictions": ["NO", "SE"]}
    assert limit_of("max_ci:100") == {"kind": "max_ci", "g_per_kwh": 100}
    assert limit_of('existing:halls={"lulea"=2}') == {"kind": "existing", "halls": {"lulea": 2}}
    assert limit_of("max_latency:batch_ms=150") == {"kind": "max_latency", "batch_ms": 150}
    assert limit_of("required:lulea") == {"kind": "required", "sites": ["lulea"]}
    assert limit_of("grid_headroom") == {"kind": "grid_headroom"}


def test_a_held_budget_is_that_of_the_plan_or_of_the_scenario(saved: Path) -> None:
    plan = Plan.load(saved)
    by_plan = change(plan, {"demand.it_mw": 61}, hold="budget")
    assert by_plan.limits[-1].usd_per_year == plan.budget_usd_per_year
    by_scenario = change(plan.scenario, {"demand.it_mw": 61}, hold="budget")
    assert by_scenario.limits[-1].usd_per_year == pytest.approx(plan.budget_usd_per_year, rel=1e-3)
    assert plan.scenario.limits[-1].above_least_cost == 0.03
    with pytest.raises(ScenarioError, match="has no budget to hold"):
        change(Scenario(name="bare"), hold="budget")
    with pytest.raises(ScenarioError, match="held and changed"):
        change(plan, {"limits.budget.above_least_cost": 0.1}, hold="budget")
    with pytest.raises(ScenarioError, match="one thing that can be held"):
        change(plan, hold="carbon")  # type: ignore[arg-type]


def test_a_limit_that_acts_by_default_is_switched_off() -> None:
    bare = Scenario(name="bare")
    assert change(bare, without=["export_control"]).policy.off == ("export_control",)
    assert change(bare, add=[{"kind": "site_count", "max": 3}]).limits == (SiteCount(max=3),)


def test_two_budgets_are_refused_with_both_named() -> None:
    with pytest.raises(ScenarioError, match=r"has 2 budgets \(`usd_per_year`, `above_least_cost`\)"):
        Scenario(name="two", limits=(Budget(usd_per_year=1e9), Budget(above_least_cost=0.1)))


def test_results_of_another_scenario_are_kept_and_of_another_version_replaced(tmp_path: Path) -> None:
    def written(of: tuple[str, str]) -> OutputFolder:
        with OutputFolder(tmp_path / "out", kind="plan", of=of) as output:
            (output.new / "one.csv").write_text(of[0], encoding="utf-8")
        return output

    assert (written(("a", "1")).earlier, written(("a", "1")).replaced) == (None, False)
    again = written(("a", "2"))
    assert (again.earlier, again.replaced) == (None, True)
    other = written(("b", "2"))
    assert other.earlier == tmp_path / "out-earlier-1"
    assert (other.earlier / "one.csv").read_text(encoding="utf-8") == "a"
    assert (tmp_path / "out" / "one.csv").read_text(encoding="utf-8") == "b"


def test_verify_re_checks_by_how_much_the_budget_is_open(saved: Path) -> None:
    plan = Plan.load(saved)
    assert plan.proof.budget_open == 0
    plan.verify()
    opened = replace(plan, proof=replace(plan.proof, budget_open=0.2))
    with pytest.raises(UnprovenError, match="share by which the budget is open"):
        opened.verify()
