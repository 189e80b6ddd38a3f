"""What a command writes: nothing of others is harmed, and an output that fails is one sentence and an exit code."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from siting import Plan, Scenario, prepare, solve
from siting.cli.main import main

ROOT = Path(__file__).parents[1]
DEV_FULL = Path("/dev/full")


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run `siting ...` in this process, from an empty folder."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def command(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["siting", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return Ended(int(end.value.code or 0), *capsys.readouterr())

    return command


@pytest.fixture
def no_solve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no command solve anything."""

    def solved(*_: object, **__: object) -> None:
        raise AssertionError("solved")

    for name in ("solve", "frontier", "prepare"):
        monkeypatch.setattr(f"siting.{name}", solved, raising=False)


def shell(line: str, cwd: Path) -> Ended:
    """Run a line of bash with `siting` in it, and return the exit code of `siting` itself."""
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    env = os.environ | {"PYTHONPATH": paths, "MPLBACKEND": "agg"}
    line = line.replace("siting ", f"{sys.executable} -m siting.cli.main ", 1)
    words = ["bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=cwd, env=env, check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


def is_one_sentence(ended: Ended) -> bool:
    """Return whether stderr has one message and no traceback."""
    return ended.code == 2 and ended.err.startswith("error: ") and ended.err.count("\n") == 1


# --- standard output ------------------------------------------------------------------------------


@pytest.mark.skipif(not DEV_FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", ["data list", "data show hardware", "data list --json", "--help", "--version"])
def test_a_full_output_is_one_sentence_and_not_infeasible(words: str, tmp_path: Path) -> None:
    ended = shell(f"siting {words} > /dev/full", tmp_path)
    assert is_one_sentence(ended), ended
    assert "No space left on device" in ended.err


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("words", ["data show sites", "data list", "data show climate_hours"])
def test_a_closed_pipe_ends_without_a_word_and_not_as_infeasible(words: str, tmp_path: Path) -> None:
    ended = shell(f"siting {words} | true", tmp_path)
    assert (ended.code, ended.err) == (2, ""), ended


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_outputs_that_are_closed_at_the_start_do_not_fail(tmp_path: Path) -> None:
    assert shell("siting data list >&-", tmp_path) == (0, "", "")
    assert shell("siting data list <&- >&- 2>&-", tmp_path).code == 0
    assert shell("siting check nowhere.toml 2>&-", tmp_path).code == 2
    if DEV_FULL.exists():
        assert shell("siting check nowhere.toml 2>/dev/full", tmp_path).code == 2


# --- folders --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_solve")
@pytest.mark.parametrize("command", ["plan", "frontier"])
def test_the_folder_of_the_inputs_is_refused_before_the_solve(run: Run, small: Path, command: str) -> None:
    before = {p: p.read_bytes() for p in small.parent.iterdir() if p.is_file()}
    for out in (small.parent, small.parent / "work" / ".."):
        ended = run(command, small, "--out", out)
        assert is_one_sentence(ended), ended
        assert "a file that this run reads" in ended.err
    assert {p: p.read_bytes() for p in before} == before
    assert {p for p in small.parent.iterdir() if p.is_file()} == set(before)


@pytest.mark.usefixtures("no_solve")
@pytest.mark.parametrize("command", ["plan", "frontier"])
@pytest.mark.parametrize("name", ["report.html/", "notes.txt", "plans/05/notes.txt", "map.png", "plans/90/scenario/"])
def test_a_folder_with_other_files_is_refused_before_the_solve(
    run: Run, small: Path, tmp_path: Path, command: str, name: str
) -> None:
    path = tmp_path / "out" / name
    path.parent.mkdir(parents=True)
    path.mkdir() if name.endswith("/") else path.write_text("mine")
    ended = run(command, small, "--out", tmp_path / "out")
    assert is_one_sentence(ended), ended
    assert name.split("/", maxsplit=1)[0] in ended.err
    assert path.exists()


@pytest.mark.usefixtures("no_solve")
def test_a_read_only_folder_of_results_is_refused_before_the_solve(
    run: Run, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write anywhere, so the system's word is replaced."""
    saved = solve(prepare(Scenario.read(small)), gap=0.01).save(tmp_path / "out")
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and access(path, mode))
    ended = run("plan", small, "--out", saved)
    assert is_one_sentence(ended), ended
    assert "read-only" in ended.err
    assert (saved / "plan.json").is_file()


@pytest.mark.slow
def test_an_older_plan_is_renamed_when_the_next_run_is_infeasible_at_once(run: Run, small: Path) -> None:
    assert run("plan", small, "--no-report").code == 0
    older = Path("out/small/plan.json").read_bytes()
    text = small.read_text(encoding="utf-8")
    small.write_text(text + '[[limits]]\nkind = "max_latency"\nbatch_ms = 1\n', encoding="utf-8")
    ended = run("plan", small, "--no-report")
    assert ended.code == 1
    assert "The earlier results of out/small are kept in " in ended.err
    assert [p.name for p in Path("out").iterdir()] == ["small-earlier-1"]
    assert Path("out/small-earlier-1/plan.json").read_bytes() == older
    small.write_text(text, encoding="utf-8")
    assert run("plan", small, "--no-report").code == 0
    assert sorted(p.name for p in Path("out").iterdir()) == ["small", "small-earlier-1"]


@pytest.mark.slow
def test_a_frontier_replaces_its_own_plans_and_a_map_of_one_of_them(run: Run, small: Path, tmp_path: Path) -> None:
    ask = ("frontier", small, "--gap", 0.001, "--out", tmp_path / "f", "--points")
    assert run(*ask, 3).code == 0
    assert run("map", tmp_path / "f" / "plans" / "01", "--view", "regret").code == 0
    assert run(*ask, 2).code == 0
    plans = sorted((tmp_path / "f" / "plans").iterdir())
    assert all(Plan.load(p).verify() is not None for p in plans)
    assert not (plans[0] / "map-regret.png").exists()
    Plan.load(plans[0]).save(tmp_path / "f" / "plans" / "99")
    ended = run(*ask, 2)
    assert is_one_sentence(ended), ended
    assert "plans/99/" in ended.err


@pytest.mark.slow
def test_a_comparison_replaces_none_of_its_plans(run: Run, small: Path, tmp_path: Path) -> None:
    plan = solve(prepare(Scenario.read(small)), gap=0.01)
    one, two = (plan.save(tmp_path / name) for name in ("one", "two"))
    ended = run("compare", one, two, "--report", "--out", one)
    assert is_one_sentence(ended), ended
    assert "plan.json, a file that this run reads" in ended.err
    assert Plan.load(one).name == "small"


# --- a small disk ---------------------------------------------------------------------------------


@pytest.fixture(params=["40k", "96k"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Mount a small file system in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    words = [mount or "", "-t", "tmpfs", "-o", f"size={request.param}", "tmpfs", str(folder)]
    if mount is None or umount is None or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no tmpfs can be mounted here")
    yield folder
    subprocess.run([umount, str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["plan", "frontier"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(
    run: Run, small: Path, disk: Path, command: str
) -> None:
    words = ("--no-report",) if command == "plan" else ("--points", 2, "--gap", 0.01)
    ended = run(command, small, "--out", disk / "out", *words)
    assert is_one_sentence(ended), ended
    assert "No space left on device" in ended.err
    assert list(disk.iterdir()) == []
