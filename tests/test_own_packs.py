"""Policy packs of a planner beside the shipped ones, their page, and what programmes are worth."""

import json
from pathlib import Path
from typing import Any

import build_packs
import generated_pages
import numpy as np
import pytest
from typer.testing import CliRunner

import siting as st
from siting import Plan, Scenario, ScenarioError, SiteCount, prepare, solve
from siting.cli.main import app, main
from siting.show.text.incentive_text import incentive_sentences
from siting.world.policy import packs, read_pack
from siting.world.policy.pack import KINDS, Pack
from siting.world.user_values.strict_model import Frozen

PLACES = "name,lon,lat,available_mw\nLuleå,22.15,65.58,300\nDallas,-96.8,32.8,150\nOslo,10.75,59.9,300\n"
TAX = """id = "bad"
title = "Contradicts"
jurisdictions = ["US-TX"]
[[sales_taxes]]
id = "bad-tax"
title = "Another tax on servers"
rate = 0.02
base = "it_capex"
effective_from = 2026-01-01
source = "own"
quality = "assumption"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with places, packs and a scenario that adds one to those that ship."""
    found = tmp_path_factory.mktemp("packs")
    (found / "places.csv").write_text(PLACES, encoding="utf-8")
    (found / "lapland.toml").write_text(build_packs.EXAMPLE, encoding="utf-8")
    (found / "bad.toml").write_text(TAX, encoding="utf-8")
    text = 'name = "{}"\n[demand]\nit_mw = 90\nhubs = {{ countries = ["SE"] }}\n[candidates]\nset = "places.csv"\n'
    text += '[[limits]]\nkind = "site_count"\nmin = 2\nmax = 2\n[[limits]]\nkind = "required"\nsites = ["dallas", "lulea"]\n[policy]\npacks = ["all", "{}"]\n'
    for name, pack in (("good", "lapland.toml"), ("bad-question", "bad.toml")):
        (found / f"{name}.toml").write_text(text.format(name, pack), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def plan(folder: Path) -> Plan:
    """Return the plan with the own pack."""
    return solve(prepare(Scenario.read(folder / "good.toml")))


def test_all_and_a_file_are_all_shipped_packs_and_that_one(folder: Path) -> None:
    read = Scenario.read(folder / "good.toml")
    assert [p.id for p in read.policy.asked(read.file)] == [*sorted(packs()), "lapland"]


def test_the_own_grant_is_paid_and_verified(plan: Plan) -> None:
    lines = plan.ledger[plan.ledger["line"] == "incentive lapland-grant"]
    assert lines["site"].tolist() == ["lulea"]
    assert lines["usd_per_year"].iloc[0] < 0
    plan.verify()


def test_a_rule_that_a_shipped_pack_has_too_is_refused_with_the_entry_to_switch_off(folder: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        prepare(Scenario.read(folder / "bad-question.toml"))
    text = str(caught.value)
    assert "pack `bad`: `bad-tax` contradicts `us-tx-sales-tax` of the shipped pack `us-tx`" in text
    assert '`[policy] off = ["us-tx-sales-tax"]`' in text
    text = (folder / "bad-question.toml").read_text(encoding="utf-8")
    (folder / "switched.toml").write_text(text + 'off = ["us-tx-sales-tax"]\n', encoding="utf-8")
    prepare(Scenario.read(folder / "switched.toml"))


def test_a_rule_in_an_area_or_of_another_jurisdiction_contradicts_nothing(folder: Path) -> None:
    text = TAX + 'area = { name = "Dallas", lon = -96.8, lat = 32.8, radius_km = 20 }\n'
    (folder / "local.toml").write_text(text, encoding="utf-8")
    good = Scenario.read(folder / "good.toml")
    local = good.model_copy(update={"policy": good.policy.model_copy(update={"packs": ("all", "local.toml")})})
    assert "bad" in {p.id for p in local.policy.asked(local.file)}


def test_check_says_of_a_pack_what_it_is_and_how_it_is_used(folder: Path) -> None:
    found = CliRunner().invoke(app, ["check", str(folder / "lapland.toml")])
    assert found.exit_code == 0
    assert "is a policy pack, `lapland` (A grant in Lapland), and valid: incentives 1 for SE." in found.stdout
    assert '`[policy] packs = ["all", "lapland.toml"]`' in found.stdout


def test_check_names_the_faults_of_a_pack(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    (folder / "slip.toml").write_text(TAX.replace("rate = 0.02", "rate = 2"), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["siting", "check", str(folder / "slip.toml")])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "sales_taxes `bad-tax`: `rate` is 2: " in capsys.readouterr().err


def test_a_pack_is_no_scenario_for_other_commands(folder: Path) -> None:
    with pytest.raises(ScenarioError, match=r"lapland\.toml is a policy pack, not a scenario: name it in a scenario"):
        Scenario.read(folder / "lapland.toml")


# --- the page ------------------------------------------------------------------------------------


def test_the_page_has_every_kind_with_every_key() -> None:
    page = generated_pages.text_of("packs")
    for kind, model in KINDS.items():
        section = page.split(f"\n## `[[{kind}]]`\n")[1].split("\n## ", maxsplit=1)[0]
        for key in model.model_fields:
            assert f"| `{key}`" in section + page.split("## Every entry")[1].split("\n## ", maxsplit=1)[0], (kind, key)
    assert all(f"| `{k}`" in page for k in Pack.model_fields if k not in KINDS)
    assert issubclass(Pack, Frozen)


def test_the_pack_of_the_page_can_be_read() -> None:
    assert read_pack(build_packs.EXAMPLE, "lapland.toml").incentives[0].rate == 0.1


# --- what programmes are worth -------------------------------------------------------------------


def test_every_programme_has_its_worth_its_needs_and_what_the_plan_meets(plan: Plan) -> None:
    problem = prepare(plan.scenario)
    table = st.incentives(problem, plan).set_index(["site", "programme"])
    grant = table.loc[("lulea", "lapland-grant")]
    facility_usd = 0.1 * (
        -plan.ledger.set_index(["site", "line"]).at[("lulea", "incentive lapland-grant"), "usd_per_year"] / 0.1
    )
    built = plan.sites.set_index("id").loc["lulea"]
    assert grant["usd_per_mw_year"] * built["capacity_it_mw"] == pytest.approx(facility_usd)
    assert (grant["met"], grant["why"], grant["needs"], grant["least_it_mw"]) == ("yes", "claimed", "50 MW of IT", 60.0)
    assert grant["usd_per_year"] == pytest.approx(facility_usd)
    texas = table.loc[("dallas", "us-tx-qdc")]
    assert texas["needs"].startswith("an investment of 200 million USD; 20 permanent jobs, a commitment")
    assert texas["conditions"]
    assert texas["met"] == "yes"
    norway = table.loc["oslo"]
    assert set(norway["met"]) <= {"not built", "not counted"}
    assert np.all(norway["built_it_mw"].fillna(0.0) == 0.0)


def test_a_threshold_that_the_plan_misses_is_named_with_the_size_that_would_do(plan: Plan, folder: Path) -> None:
    text = build_packs.EXAMPLE.replace("min_it_mw = 50", "min_it_mw = 130")
    (folder / "large.toml").write_text(text, encoding="utf-8")
    policy = plan.scenario.policy.model_copy(update={"packs": ("all", "large.toml")})
    problem = prepare(plan.scenario.model_copy(update={"policy": policy}))
    row = st.incentives(problem, plan).set_index(["site", "programme"]).loc[("lulea", "lapland-grant")]
    assert (row["met"], row["least_it_mw"]) == ("no", 140.0)
    assert row["why"] == "the plan has too little IT power: 140 MW of IT would do"
    (folder / "huge.toml").write_text(text.replace("= 130", "= 5000"), encoding="utf-8")
    policy = plan.scenario.policy.model_copy(update={"packs": ("huge.toml",)})
    alone = st.incentives(prepare(plan.scenario.model_copy(update={"policy": policy})))
    assert alone["least_it_mw"].tolist() == [np.inf]
    assert alone["why"].iloc[0].startswith("it would need 5000 MW of IT, and the site may have ")


def test_the_command_prints_writes_and_reads_a_plan(plan: Plan, folder: Path) -> None:
    plan.save(folder / "saved")
    found = CliRunner().invoke(app, ["incentives", str(folder / "saved"), "--out", str(folder / "worth.csv")])
    assert found.exit_code == 0
    assert "What programmes are worth" in found.stdout
    assert "In force, but not counted:" in found.stdout
    head = (folder / "worth.csv").read_text(encoding="utf-8").splitlines()[0]
    assert head.startswith("site,name,country,programme,title,usd_per_mw_year,usd_per_eflop,needs,conditions")
    told = json.loads(CliRunner().invoke(app, ["incentives", str(folder / "saved"), "--json"]).stdout)
    assert told["status"] == "optimal"
    assert {"lulea", "dallas"} <= {row["site"] for row in told["incentives"]}


def test_without_a_programme_there_is_a_sentence() -> None:
    one = Scenario(name="x", demand={"it_mw": 60}, policy={"packs": "none"}, limits=(SiteCount(min=1),))
    table = st.incentives(prepare(one))
    assert table.empty
    assert incentive_sentences(table) == ["No programme that the plan counts is in force at any candidate."]
