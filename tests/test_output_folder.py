"""Output folders: nothing of others is harmed, nothing is half-written, no older answer looks current."""

import contextlib
import errno
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import problem_of, random_numbers

from siting import Budget, DataError, Plan, Scenario, ScenarioError, prepare, solve
from siting.plan.output_folder import MANIFEST, OutputFolder, write_file

ROOT = Path(__file__).parents[1]
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture(scope="module")
def empty() -> Plan:
    """Return a plan that is saved in no time."""
    return solve(problem_of(random_numbers(4), (Budget(usd_per_year=1000.0),)))


def fill(folder: Path, text: str = "one", name: str = "one.csv") -> None:
    """Write a folder of results with one file."""
    with OutputFolder(folder) as output:
        (output.new / name).parent.mkdir(exist_ok=True)
        (output.new / name).write_text(text)


def fail_half_way(folder: Path, failure: BaseException) -> None:
    """Begin to write a folder of results, and fail."""
    with OutputFolder(folder) as output:
        (output.new / "half.csv").write_text("ha")
        raise failure


def tree(folder: Path) -> dict[str, bytes | None]:
    """Return the content of every file by its name; None for a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(p.name for p in folder.iterdir())


# --- what is written ------------------------------------------------------------------------------


def test_results_replace_earlier_ones_as_a_whole(tmp_path: Path) -> None:
    fill(tmp_path / "out", name="old.csv")
    (tmp_path / "out" / ".DS_Store").write_text("left by a file manager")
    fill(tmp_path / "out", "two")
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == [MANIFEST, "one.csv"]
    assert json.loads((tmp_path / "out" / MANIFEST).read_text())["files"].keys() == {"one.csv"}


@pytest.mark.parametrize("failure", [FULL, KeyboardInterrupt(), RuntimeError("late"), DataError("early")])
def test_a_failed_run_leaves_nothing_new_and_the_old_under_a_name_that_says_so(
    tmp_path: Path, failure: BaseException
) -> None:
    fill(tmp_path / "out")
    before = tree(tmp_path / "out")
    for _ in range(2):  # the second finds no earlier results
        with pytest.raises(DataError if failure is FULL else type(failure)):
            fail_half_way(tmp_path / "out", failure)
    assert names(tmp_path) == ["out-earlier-1"]
    assert tree(tmp_path / "out-earlier-1") == before
    fill(tmp_path / "out")
    with pytest.raises(RuntimeError):
        fail_half_way(tmp_path / "out", RuntimeError())
    assert names(tmp_path) == ["out-earlier-1", "out-earlier-2"]


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot write to .*out \(No space left on device\): choose .* make room"):
        fail_half_way(tmp_path / "out", FULL)


def test_a_run_that_was_killed_leaves_nothing_that_the_next_one_minds(tmp_path: Path) -> None:
    fill(tmp_path / "out")
    code = (
        "import os, sys; from siting.plan.output_folder import OutputFolder\n"
        "with OutputFolder(sys.argv[1]) as output:\n"
        "    (output.new / 'half.csv').write_text('ha')\n"
        "    os._exit(9)\n"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], env=env, check=False)
    assert done.returncode == 9
    assert [n for n in names(tmp_path) if n[0] != "."] == ["out-earlier-1"]
    fill(tmp_path / "out", "two")
    assert names(tmp_path) == ["out", "out-earlier-1"]
    assert names(tmp_path / "out") == [MANIFEST, "one.csv"]


def test_what_appears_in_its_place_during_a_run_is_kept_and_the_results_are_too(tmp_path: Path) -> None:
    with contextlib.ExitStack() as run:
        (run.enter_context(OutputFolder(tmp_path / "out")).new / "one.csv").write_text("one")
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "notes.txt").write_text("mine")
        with pytest.raises(DataError, match=r"was taken during the run .*: the results are in .*out-new-1"):
            run.close()
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"
    assert (tmp_path / "out-new-1" / "one.csv").read_text() == "one"


def test_a_note_added_to_earlier_results_during_a_run_is_kept(tmp_path: Path) -> None:
    fill(tmp_path / "out")
    output = OutputFolder(tmp_path / "out")
    with output:
        assert output.earlier is not None
        (output.earlier / "notes.txt").write_text("mine")
    assert names(tmp_path) == ["out", "out-earlier-1"]
    assert output.earlier == tmp_path / "out-earlier-1"


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["notes.txt", "plans/notes.txt", "scenario/", "sub/one.csv", "Manifest.JSON.bak"])
def test_a_file_of_the_user_is_kept_whatever_its_name(tmp_path: Path, name: str) -> None:
    fill(tmp_path / "out", name="plans/one.csv")
    path = tmp_path / "out" / name
    path.parent.mkdir(exist_ok=True)
    path.mkdir() if name.endswith("/") else path.write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(DataError, match=f"contains files that siting did not write.*{name.split('/', maxsplit=1)[0]}"):
        fill(tmp_path / "out")
    assert tree(tmp_path) == before


def test_results_of_another_kind_are_kept(empty: Plan, tmp_path: Path) -> None:
    saved = empty.save(tmp_path / "out")
    write_file(saved / "map.svg", b"map")
    before = tree(tmp_path)
    with pytest.raises(DataError, match=r"holds a plan, which a frontier does not replace: choose another folder"):
        OutputFolder(saved, kind="frontier").__enter__()
    assert tree(tmp_path) == before


def test_an_edited_result_is_kept(tmp_path: Path) -> None:
    fill(tmp_path / "out")
    (tmp_path / "out" / "one.csv").write_text("edited")
    with pytest.raises(DataError, match=r"or that were changed since: one\.csv"):
        fill(tmp_path / "out")
    assert (tmp_path / "out" / "one.csv").read_text() == "edited"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": []}', '{"files": {"one.csv": 1}}', "[" * 100_000, "\x00"])
def test_a_damaged_manifest_lists_nothing(tmp_path: Path, text: str) -> None:
    fill(tmp_path / "out")
    (tmp_path / "out" / MANIFEST).write_text(text)
    with pytest.raises(DataError, match=r"one\.csv"):
        fill(tmp_path / "out")


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    (tmp_path / "link").symlink_to("mine")
    (tmp_path / "gone").symlink_to("nowhere")
    for name in ("link", "gone"):
        with pytest.raises(DataError, match=r"is a link, which is not followed"):
            fill(tmp_path / name)
    fill(tmp_path / "out", name="plans/one.csv")
    (tmp_path / "out" / "plans" / "90").symlink_to(tmp_path / "mine")
    with pytest.raises(DataError, match=r"plans/90"):
        fill(tmp_path / "out")
    (tmp_path / "map.svg").symlink_to(tmp_path / "mine" / "notes.txt")
    with pytest.raises(OSError, match="it is a link"):
        write_file(tmp_path / "map.svg", b"map")
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["x" * 300, "a" * 100 + "/" + "b" * 300, "nul\0byte"])
def test_a_name_that_no_folder_can_have_is_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="cannot write to"):
        fill(tmp_path / name)


def test_the_working_folder_and_its_parents_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (".", "..", "/"):
        with pytest.raises(DataError, match=r"is the working folder or a mount point|contains files"):
            fill(Path(name))


def test_an_input_is_in_no_danger_even_in_a_folder_of_results(small: Path, tmp_path: Path) -> None:
    plan = solve(prepare(Scenario.read(small)), gap=0.01)
    saved = plan.save(tmp_path / "out")
    before = tree(saved)
    with pytest.raises(DataError, match=r"holds (sites|hubs)\.csv, a file that this run reads"):
        Plan.load(saved).save(saved)
    with pytest.raises(DataError, match=r"holds (sites|hubs)\.csv, a file that this run reads"):
        plan.save(small.parent)
    assert tree(saved) == before


def _hold(folder: str, ready: Any, go: Any) -> None:
    with OutputFolder(folder) as output:
        (output.new / "one.csv").write_text("first")
        ready.set()
        go.wait(60)


@pytest.mark.slow
def test_the_second_of_two_runs_is_refused_and_the_first_is_whole(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    ready, go = spawn.Event(), spawn.Event()
    first = spawn.Process(target=_hold, args=(str(tmp_path / "out"), ready, go))
    first.start()
    assert ready.wait(60)
    with pytest.raises(DataError, match=r"another run is writing to .*out: wait until it ends, or choose another"):
        fill(tmp_path / "out", "second")
    go.set()
    first.join(60)
    assert (tmp_path / "out" / "one.csv").read_text() == "first"
    assert names(tmp_path) == ["out"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["one.csv", "sub/two.csv", "three.txt", MANIFEST]), st.sampled_from(["a", "b"])),
        max_size=4,
    )
)
def test_no_change_of_a_folder_by_a_user_is_ever_lost(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, str]]
) -> None:
    """Whatever is written into a folder of results: it is refused, or nothing in it was the user's."""
    folder = tmp_path_factory.mktemp("any") / "out"
    with OutputFolder(folder) as output:
        (output.new / "sub").mkdir()
        for name in ("one.csv", "sub/two.csv"):
            (output.new / name).write_text("a")
    ours = tree(folder)
    for name, text in changes:
        (folder / name).write_text(text)
    theirs = {n for n, content in tree(folder).items() if content != ours.get(n) and n != MANIFEST}
    if theirs:
        with pytest.raises(DataError):
            fill(folder)
        assert all((folder / name).is_file() for name in theirs)


# --- one file -------------------------------------------------------------------------------------


def test_a_map_added_to_a_folder_of_results_joins_it_and_replaces_no_file_of_the_user(
    empty: Plan, tmp_path: Path
) -> None:
    saved = empty.save(tmp_path / "out")
    for content in (b"one", b"two"):
        write_file(saved / "map.svg", content)
    assert (saved / "map.svg").read_bytes() == b"two"
    (saved / "photo.png").write_bytes(b"mine")
    with pytest.raises(DataError, match=r"photo\.png exists, and siting did not write it"):
        write_file(saved / "photo.png", b"map")
    (saved / "photo.png").unlink()
    empty.save(saved)
    assert "map.svg" not in names(saved)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.html"
    write_file(path, b"old")

    def full(_: int) -> None:
        raise FULL

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_file(path, b"new")
    assert (names(tmp_path), path.read_bytes()) == (["page.html"], b"old")


# --- a plan folder is whole -----------------------------------------------------------------------


@pytest.mark.slow
def test_a_plan_works_in_another_place_when_its_inputs_are_gone(
    small: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (small.parent / "sites.csv").read_text().splitlines()
    sites = "\n".join([rows[0] + ",weather_file", rows[1] + ",hours/w.csv", *(f"{row}," for row in rows[2:])])
    (small.parent / "sites.csv").write_text(sites + "\n")
    (small.parent / "hours").mkdir()
    (small.parent / "hours" / "w.csv").write_text("dry_bulb_c,wet_bulb_c\n" + "5,3\n" * 8760)
    plan = solve(prepare(Scenario.read(small)), gap=0.01)
    there = tmp_path_factory.mktemp("elsewhere")
    plan.save(small.parent / "plan")
    shutil.move(small.parent / "plan", there / "moved")
    shutil.rmtree(small.parent)
    monkeypatch.chdir(there)
    again = Plan.load("moved")
    checks = again.verify()
    assert not checks["check"].str.contains("NOT RE-CHECKED").any()
    assert len(prepare(again.scenario).sites) == 3
    assert list(again.kpis_interval(100).index) == list(plan.kpis)
    again.save("second")
    assert tree(there / "second") == tree(there / "moved")


def test_files_outside_the_folder_of_a_scenario_are_renamed_in_its_plan(small: Path, tmp_path: Path) -> None:
    asked = Scenario.read(small)
    places, hubs = (asked.file(name) for name in ("sites.csv", "hubs.csv"))
    built = Scenario(
        name="built", demand={"it_mw": 60, "hubs": str(hubs)}, candidates={"set": str(places)}, limits=asked.limits
    )
    saved = solve(prepare(built), gap=0.01).save(tmp_path / "deep" / "plan")
    again = Plan.load(saved)
    assert again.scenario.candidates.set == "candidates.set/sites.csv"
    assert again.scenario.demand.hubs == "demand.hubs/hubs.csv"
    again.verify()


def test_a_path_from_windows_is_found(small: Path) -> None:
    (small.parent / "data").mkdir()
    (small.parent / "sites.csv").rename(small.parent / "data" / "sites.csv")
    small.write_text(small.read_text().replace('"sites.csv"', r"'data\sites.csv'"))
    assert len(prepare(Scenario.read(small)).sites) == 3


def test_refused_input_leaves_earlier_results_in_their_place(tmp_path: Path) -> None:
    """Nothing was computed: a slip in an argument takes no results away."""
    fill(tmp_path / "out")
    before = tree(tmp_path / "out")
    with pytest.raises(ScenarioError):
        fail_half_way(tmp_path / "out", ScenarioError("`x` is nonsense"))
    assert names(tmp_path) == ["out"]
    assert tree(tmp_path / "out") == before
