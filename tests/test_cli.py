"""The command line: files, words, exit codes; one message for bad input, and JSON that is nothing but JSON."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import pytest

import siting
from siting import Plan, Scenario, UnprovenError, place
from siting.cli.main import main
from siting.world.tables import read_table, resources

ROOT = Path(__file__).parents[1]
PNG = b"\x89PNG\r\n\x1a\n"
INFEASIBLE = '[[limits]]\nkind = "budget"\nusd_per_year = 1.0\n'


class Said(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run `siting ...` in this process, from an empty folder."""
    mpl.use("agg")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    def command(*words: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["siting", *map(str, words)])
        capsys.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        said = capsys.readouterr()
        return Said(int(code or 0), said.out, said.err)

    return command


def fresh(*words: str | Path, cwd: Path = ROOT) -> Said:
    """Run `siting ...` in a process of its own, where no library has printed its banner yet."""
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    env = os.environ | {"PYTHONPATH": paths, "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "-m", "siting.cli.main", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=env,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def one_message(said: Said) -> bool:
    """Return whether stderr holds one message and stdout nothing, without a traceback."""
    return said.out == "" and "Traceback" not in said.err and said.err.count("error: ") == 1


# --- siting plan ---------------------------------------------------------------------------------


def test_plan_writes_every_file_prints_the_sites_and_ends_with_0(run: Run, small: Path, tmp_path: Path) -> None:
    said = run("plan", small, "--out", tmp_path / "out")
    assert (said.code, said.err) == (0, "")
    written = sorted(p.name for p in (tmp_path / "out").iterdir())
    files = {"assignments.csv", "ledger.csv", "map.png", "plan.json", "report.html", "sites.csv", "sites.geojson"}
    assert files <= set(written)
    assert "Build 2 sites" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "map.png").read_bytes().startswith(PNG)
    found = Plan.load(tmp_path / "out")
    found.verify()
    assert found.scenario == Scenario.read(small)
    for word in ("small: 2 sites, 60 MW", "Lulea", "gCO2e/EFLOP", "USD/EFLOP", "renewable", "worst RTT ms"):
        assert word in said.out
    assert f"this one has {found.objective:.4f}" in said.out
    assert "Proven optimal: no plan is below" in said.out
    assert "Binding limits and shadow prices" in said.out or "No limit on the plan as a whole" in said.out


@pytest.fixture
def no_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `siting plan` draw nothing, where another test has looked at its map."""
    monkeypatch.setattr("siting.show.figures.maps.save_map", lambda *_, **__: None)


@pytest.mark.slow
@pytest.mark.usefixtures("no_map")
def test_without_a_folder_the_plan_goes_to_out_and_its_name(run: Run, small: Path) -> None:
    assert run("plan", small, "--no-report").code == 0
    assert Path("out/small/plan.json").is_file()
    assert not Path("out/small/report.html").exists()


def test_an_infeasible_plan_ends_with_1_says_so_and_draws_no_map(run: Run, small: Path, tmp_path: Path) -> None:
    small.write_text(small.read_text(encoding="utf-8") + INFEASIBLE, encoding="utf-8")
    said = run("plan", small, "--out", tmp_path / "out")
    assert said.code == 1
    assert "Infeasible: no plan meets all limits together" in said.out
    assert "how to loosen each: `site_count`: lower" in " ".join(said.out.split())
    assert not (tmp_path / "out" / "map.png").exists()
    assert "Infeasible: no plan meets all limits" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert Plan.load(tmp_path / "out").status == "infeasible"


def test_what_is_seen_to_be_infeasible_before_solving_ends_with_1_too(run: Run, small: Path) -> None:
    small.write_text(
        small.read_text(encoding="utf-8") + '[[limits]]\nkind = "max_latency"\nbatch_ms = 1\n', encoding="utf-8"
    )
    said = run("plan", small)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("infeasible: no candidate can serve 2 hub/class demand(s) in time")


def test_bad_input_ends_with_2_and_one_message_that_lists_every_fault(run: Run, small: Path) -> None:
    text = small.read_text(encoding="utf-8").replace("it_mw = 60", "it_mw = -60\nhubz = 1") + "[buildng]\n"
    small.write_text(text, encoding="utf-8")
    said = run("plan", small)
    assert said.code == 2
    assert one_message(said)
    assert said.err.count("\n  - ") == 3
    assert "`demand.it_mw` is -60" in said.err
    assert "did you mean `hubs`?" in said.err
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["plan", "nowhere.toml"], "error: cannot read scenario nowhere.toml (No such file or directory)"),
        (["check", "nowhere.toml"], "error: cannot read scenario nowhere.toml"),
        (
            ["plan", "{small}", "--solver", "abacus"],
            "error: solver `abacus` does not exist in PuLP: installed here",
        ),
        (
            ["plan", "{small}", "--out", "/dev/null/out"],
            "error: cannot write to /dev/null/out (/dev/null is not a folder)",
        ),
        (["place", "atlantis"], "error: no shipped site is called `atlantis`"),
        (
            ["place", "200", "100"],
            "error: invalid coordinates lon 200, lat 100: give lon -180 to 180, then lat -90 to 90",
        ),
        (["place", "nan", "5"], "error: invalid coordinates lon nan, lat 5"),
        (
            ["data", "show", "weather"],
            "error: there is no table `weather`: choose one of around, capacity_statements, ci_hours, cities",
        ),
        (["map", "nowhere"], "error: no plan to read at nowhere/plan.json"),
    ],
)
def test_every_bad_input_ends_with_2_and_a_way_out(run: Run, small: Path, words: list[str], message: str) -> None:
    said = run(*[word.format(small=small) for word in words])
    assert said.code == 2
    assert one_message(said)
    assert said.err.startswith(message)


def test_the_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version") == (0, f"siting {siting.__version__}\n", "")


@pytest.mark.parametrize(
    "words", [["plna"], ["plan", "--gap", "5"], ["plan", "--time-limit", "0"], ["data", "show"], []]
)
def test_words_that_are_no_command_end_with_2_and_the_usage(run: Run, words: list[str]) -> None:
    said = run(*words)
    assert said.code == 2
    assert "Usage:" in said.err + said.out
    assert "Traceback" not in said.err


def test_a_plan_that_time_left_unproven_ends_with_3_and_says_the_gap(run: Run, tmp_path: Path) -> None:
    """The baseline takes seconds to prove; a fifth of a second is not enough."""
    said = run(
        "plan", ROOT / "scenarios" / "baseline.toml", "--time-limit", "0.2", "--out", tmp_path / "out", "--no-report"
    )
    status = Plan.load(tmp_path / "out").status
    assert status in ("feasible", "no_solution")
    assert said.code == 3
    sentence = {"feasible": "Feasible, NOT proven optimal", "no_solution": "No plan was found within the time limit"}
    assert sentence[status] in said.out
    assert "Proven" not in said.out


def test_a_plan_that_fails_its_own_check_ends_with_3(run: Run, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(plan: Plan) -> None:
        raise UnprovenError(f"plan `{plan.name}` fails 1 check(s)")

    monkeypatch.setattr(Plan, "verify", fail)
    said = run("plan", small)
    assert (said.code, said.err) == (3, "unproven: plan `small` fails 1 check(s)\n")


# --- siting check --------------------------------------------------------------------------------


def test_check_sizes_a_scenario_and_shows_the_defaults_of_its_limits(run: Run) -> None:
    said = run("check")  # the shipped baseline
    assert said.code == 0
    assert said.out.startswith("Scenario `baseline` is valid: ")
    assert "candidate sites" in said.out
    assert "demand 1,000 MW" in said.out
    assert "limit grid_headroom: zone_share = 0.1, plants_share = 0.25\n" in said.out
    assert (
        "limit screen: min_political_stability = -1.0, min_rule_of_law = -1.0, max_outages_per_month = 4.0" in said.out
    )
    assert "min_km_to_volcano = 20.0, max_cyclone_64kt_per_decade = false, max_water_stress = false" in said.out
    assert "policy aq: " in said.out
    assert "Missing data and how it is handled" in said.out
    assert not {"True", "False", "None", "{}", "()"} & set(said.out.split())
    assert not Path("out").exists()


# --- siting place --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Lulea", "lulea", "Luleå", "LULEA"])
def test_a_place_is_found_however_it_is_spelt(run: Run, name: str) -> None:
    said = run("place", name, "--json")
    facts = {row["fact"]: row["value"] for row in json.loads(said.out)}
    assert (facts["name"], facts["grid zone"], facts["country"]) == ("Luleå", "SE-SE1", "Sweden")


@pytest.mark.parametrize("words", [["--", "-68.5", "-54.8"], ["-68.5", "-54.8"]])
def test_negative_coordinates_work_with_and_without_two_dashes(run: Run, words: list[str]) -> None:
    said = run("place", *words)
    assert (said.code, said.err) == (0, "")
    assert "Argentina" in said.out
    assert "-68.500, -54.800" in said.out


def test_every_fact_of_a_place_has_a_source_and_every_known_one_a_quality(run: Run) -> None:
    rows = json.loads(run("place", "longyearbyen", "--json").out)
    facts = {row["fact"]: row for row in rows}
    assert facts["carbon intensity, life cycle"]["value"] == "UNKNOWN"
    assert all(row["source"] for row in rows)
    assert [row["fact"] for row in rows if bool(row["quality"]) != ("UNKNOWN" not in row["value"])] == []


def test_a_name_of_two_words_needs_no_quotes(run: Run) -> None:
    facts = {row["fact"]: row["value"] for row in json.loads(run("place", "Quebec", "City", "--json").out)}
    assert facts["grid zone"] == "CA-QC"


# --- siting data ---------------------------------------------------------------------------------


def test_data_list_names_every_table_with_its_licence(run: Run) -> None:
    rows = json.loads(run("data", "list", "--json").out)
    assert [row["table"] for row in rows] == list(resources())
    assert all(row["licence"] for row in rows)
    assert run("data", "list").code == 0


def test_data_show_prints_fields_rows_and_source(run: Run) -> None:
    said = run("data", "show", "countries", "--rows", "3")
    assert said.code == 0
    assert "corporate_tax_rate" in said.out
    assert "0 to 1" in said.out
    assert f"{len(read_table('countries'))} rows; source: " in said.out


@pytest.mark.parametrize("name", ["zones", "ground", "policy-us-tx"])
def test_data_show_gives_any_table_as_json(run: Run, name: str) -> None:
    assert json.loads(run("data", "show", name, "--json").out)


def test_data_show_prints_a_pack_as_it_is_written(run: Run) -> None:
    said = run("data", "show", "policy-us-tx")
    assert said.out.strip() == resources()["policy-us-tx"].path.read_text(encoding="utf-8").strip()


def test_data_verify_finds_the_shipped_package_whole(run: Run) -> None:
    said = run("data", "verify")
    assert (said.code, said.out) == (
        0,
        f"All {len(resources())} files passed: checksums, fields, units, ranges.\n",
    )


def test_data_verify_ends_with_2_and_names_what_is_damaged(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "siting.world.tables.verify_all", lambda: [("zones", "table `zones`: grid/zones.csv is missing")]
    )
    assert run("data", "verify") == (2, "", "table `zones`: grid/zones.csv is missing\n")


# --- siting map ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_map_draws_a_saved_plan_again(run: Run, small: Path, tmp_path: Path) -> None:
    run("plan", small, "--out", tmp_path / "out", "--no-report")
    arctic = run("map", tmp_path / "out", "--view", "arctic")
    assert arctic == (0, f"Written: {tmp_path / 'out' / 'map-arctic.png'}\n", "")
    assert (tmp_path / "out" / "map-arctic.png").read_bytes().startswith(PNG)
    vector = run("map", tmp_path / "out", "--out", tmp_path / "world.svg")
    assert vector.code == 0
    assert "<svg" in (tmp_path / "world.svg").read_text(encoding="utf-8")[:2000]
    for words, message in (
        (["--view", "moon"], "map view 'moon' is unknown"),
        (["--out", "map.docx"], "cannot write a map as 'map.docx'"),
    ):
        refused = run("map", tmp_path / "out", *words)
        assert refused.code == 2
        assert message in refused.err


def test_there_is_no_map_of_an_infeasible_plan(run: Run, small: Path, tmp_path: Path) -> None:
    small.write_text(small.read_text(encoding="utf-8") + INFEASIBLE, encoding="utf-8")
    run("plan", small, "--out", tmp_path / "out", "--no-report")
    said = run("map", tmp_path / "out")
    assert said.code == 2
    assert "is infeasible" in said.err


# --- processes of their own ----------------------------------------------------------------------


@pytest.mark.slow
def test_json_of_plan_is_all_that_a_fresh_process_prints(small: Path, tmp_path: Path) -> None:
    """HiGHS prints a banner the first time in a process, whatever its options say."""
    said = fresh("plan", small, "--out", tmp_path / "out", "--json", "--no-report")
    assert (said.code, said.err) == (0, "")
    told, found = json.loads(said.out), Plan.load(tmp_path / "out")
    assert (told["status"], told["objective"], told["bound"], told["gap"]) == (
        found.status,
        found.objective,
        found.bound,
        found.gap,
    )
    assert told["kpis"] == dict(found.kpis)
    assert told["sites"] == found.sites["id"].tolist()
    assert [row["limit"] for row in told["binding"]] == found.binding["limit"].tolist()
    assert Path(told["folder"]) == tmp_path / "out"


def test_json_of_check_is_all_that_it_prints(run: Run, small: Path) -> None:
    """No solver runs, so that no banner of one could stand before it."""
    said = run("check", small, "--json")
    assert (said.code, said.err) == (0, "")
    told = json.loads(said.out)
    assert (told["sites"], told["hubs"], told["demand_mw"]) == (3, 2, 60.0)
    assert Scenario(**told["scenario"]) == Scenario.read(small)


def test_json_of_an_infeasible_plan_has_no_numbers(run: Run, small: Path, tmp_path: Path) -> None:
    small.write_text(small.read_text(encoding="utf-8") + INFEASIBLE, encoding="utf-8")
    told = json.loads(run("plan", small, "--out", tmp_path / "out", "--json").out)
    assert [told[k] for k in ("status", "objective", "bound", "gap", "kpis", "sites")] == [
        "infeasible",
        None,
        None,
        None,
        {},
        [],
    ]


def test_a_fresh_process_prints_no_traceback_for_bad_input(tmp_path: Path) -> None:
    said = fresh("plan", "nowhere.toml", cwd=tmp_path)
    assert said.code == 2
    assert one_message(said)


def test_the_height_of_a_point_is_told_as_the_grids() -> None:
    facts = place(89.3755, 26.8476).set_index("fact")
    assert facts.at["elevation", "quality"] == "modelled"
    assert "you gave" not in facts.at["elevation", "source"]
    assert facts.at["grid zone", "value"] == "IN-EA"  # and not Bhutan's, next door


# --- siting diagnose -----------------------------------------------------------------------------


def test_diagnose_says_what_clashes_and_the_way_out_and_ends_with_1(run: Run, small: Path) -> None:
    small.write_text(small.read_text(encoding="utf-8").replace("min = 2", "min = 4"), encoding="utf-8")
    said = run("diagnose", small)
    assert said.code == 1
    assert "`site_count` (at least 4 sites)" in said.out
    assert "lower `site_count` (at least) from 4 to 3 sites" in said.out
    told = json.loads(run("diagnose", small, "--json").out)
    assert (told["status"], told["cause"]) == ("infeasible", "linear")
    assert told["repairs"][0]["needed"] == 3


def test_diagnose_of_a_question_that_has_a_plan_ends_with_0(run: Run, small: Path) -> None:
    said = run("diagnose", small)
    assert (said.code, said.out) == (0, "feasible\na plan exists: no limits conflict\n")


def test_another_folder_is_opened_to_a_scenario_on_the_command_line(run: Run, small: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    path = home / "small.toml"
    path.write_text(small.read_text(encoding="utf-8").replace('"sites.csv"', '"../sites.csv"'), encoding="utf-8")
    (home / "hubs.csv").write_bytes((small.parent / "hubs.csv").read_bytes())
    refused = run("check", path)
    assert refused.code == 2
    assert "lies outside the folder of the scenario" in refused.err
    assert run("check", path, "--files-from", small.parent).code == 0
    assert run("diagnose", path, "--files-from", small.parent).code == 0
