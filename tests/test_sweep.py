"""A sweep: a row a run, failures too; killed and begun again it repeats nothing; on processes and on a cluster."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Literal

import pytest

from siting import Budget, Limit, Scenario, ScenarioError, StudyError, prepare, read_sweep, solve, sweep
from siting.study.runs.fingerprint import input_digests, scenario_hash
from siting.study.runs.scenario_paths import with_values
from siting.study.session import Study

ROOT = Path(__file__).parents[1]
GAP = 1e-3
MORE_FILES_TOML = """
[latency]
measured = "rtt.csv"
[policy]
packs = ["pack.toml"]
[[contracts]]
name = "wind"
zone = "SE-SE1"
mwh_per_year = 1e5
g_per_kwh = 0.0
matching = "hourly"
shape = "hours.csv"
"""


def test_a_row_is_the_plan_that_solve_finds(small: Path, tmp_path: Path) -> None:
    asked = Scenario.read(small)
    found = sweep(asked, {"demand.it_mw": [40, 60]}, store=tmp_path / "s", workers=1, gap=GAP)
    plan = solve(prepare(with_values(asked, {"demand.it_mw": 40})), gap=GAP)
    first = found.table.iloc[0]
    assert first["demand.it_mw"] == 40
    assert first["emissions_g_per_eflop"] == pytest.approx(plan.kpis["emissions_g_per_eflop"], rel=GAP)
    assert dict(zip(first["sites"], first["sites_it_mw"], strict=True)) == pytest.approx(
        dict(zip(plan.sites["id"], plan.sites["it_mw"], strict=True)), rel=1e-2
    )
    assert (first["status"], first["unit"], first["gap_asked"]) == ("optimal", "gCO2e/EFLOP", GAP)
    assert {"version_siting", "version_data", "seconds", "key"} <= set(found.table.columns)


def test_a_run_that_fails_is_a_row_and_not_the_end(small: Path, tmp_path: Path) -> None:
    runs = [
        {"hardware.mfu": 0.4, "limits.site_count.min": 2},
        {"hardware.mfu": 4.0, "limits.site_count.min": 2},
        {"hardware.mfu": 0.4, "limits.site_count.min": 9},
        {"hardware.mfu": 0.5, "limits.site_count.min": 2},
    ]
    table = sweep(Scenario.read(small), runs, store=tmp_path / "s", workers=1, gap=GAP).table
    assert table["status"].tolist() == ["optimal", "error", "infeasible", "optimal"]
    assert "hardware.mfu" in table["error"][1]


def test_what_was_run_is_not_run_again_and_a_wider_grid_only_adds(small: Path, tmp_path: Path) -> None:
    asked = Scenario.read(small)
    first = sweep(asked, {"demand.it_mw": [40, 60]}, store=tmp_path / "s", workers=1, gap=GAP)
    told: list[tuple[int, int]] = []
    second = sweep(
        asked,
        {"demand.it_mw": [60, 50, 40]},
        store=tmp_path / "s",
        workers=1,
        gap=GAP,
        progress=lambda done, of, _: told.append((done, of)),
    )
    assert (first.ran, second.ran, second.found) == (2, 1, 2)
    assert told == [(2, 3), (3, 3)]
    assert second.table["demand.it_mw"].tolist() == [60, 50, 40]
    assert second.table["started_utc"][0] == first.table["started_utc"][1]
    assert len(read_sweep(tmp_path / "s")) == 3


def test_a_store_of_another_scenario_is_refused(small: Path, tmp_path: Path) -> None:
    vary = {"demand.it_mw": [40]}
    sweep(Scenario.read(small), vary, store=tmp_path / "s", workers=1, gap=GAP)
    other = with_values(Scenario.read(small), {"hardware.mfu": 0.2})
    with pytest.raises(StudyError, match=r"inputs scenario: \w+ there, \w+ now"):
        sweep(other, vary, store=tmp_path / "s", workers=1, gap=GAP)


def test_after_a_file_has_changed_all_is_run_again_and_the_old_rows_are_kept(small: Path, tmp_path: Path) -> None:
    """In one process too, whose sessions remember what they prepared; the time of change is set back."""
    folder, vary = small.parent, {"demand.it_mw": [40, 60]}
    weather, sites = folder / "w.csv", folder / "sites.csv"
    rows = sites.read_text().splitlines()
    sites.write_text("\n".join([rows[0] + ",weather_file", *(f"{row},w.csv" for row in rows[1:])]) + "\n")
    weather.write_text("dry_bulb_c,wet_bulb_c\n" + "05,03\n" * 8760)
    state = weather.stat()
    cold = sweep(Scenario.read(small), vary, store=tmp_path / "s", workers=1, gap=GAP)
    weather.write_text("dry_bulb_c,wet_bulb_c\n" + "35,25\n" * 8760)
    os.utime(weather, ns=(state.st_atime_ns, state.st_mtime_ns))
    hot = sweep(Scenario.read(small), vary, store=tmp_path / "s", workers=1, gap=GAP)
    assert (cold.ran, cold.earlier, hot.ran, hot.found) == (2, None, 2, 0)
    assert hot.earlier == tmp_path / "s" / "runs-earlier-1.sqlite"
    assert hot.earlier.is_file()
    assert (hot.table["emissions_g_per_eflop"] > 1.02 * cold.table["emissions_g_per_eflop"]).all()
    assert len(read_sweep(tmp_path / "s")) == 2


def test_the_header_has_every_file_that_a_scenario_or_its_files_name(small: Path) -> None:
    folder = small.parent
    sites = (folder / "sites.csv").read_text().splitlines()
    weather = ["weather_file", "warm.csv", "", "gone.csv"]
    (folder / "sites.csv").write_text("\n".join(f"{r},{w}" for r, w in zip(sites, weather, strict=True)) + "\n")
    for name in ("warm.csv", "rtt.csv", "pack.toml", "hours.csv"):
        (folder / name).write_text("first")
    small.write_text(small.read_text() + MORE_FILES_TOML)
    asked = Scenario.read(small)
    before, same = input_digests(asked), scenario_hash(asked)
    assert set(before) == {
        "scenario", "sites.csv", "hubs.csv", "rtt.csv", "pack.toml", "hours.csv", "warm.csv", "gone.csv"
    }  # fmt: skip
    assert before["gone.csv"] == "no such file"
    for name in set(before) - {"scenario", "gone.csv"}:
        text = (folder / name).read_text()
        (folder / name).write_text(text + "\n\n")
        assert {k for k, v in input_digests(asked).items() if v != before[k]} == {name}
        assert scenario_hash(asked) != same
        (folder / name).write_text(text)


def test_a_path_that_does_not_exist_leaves_no_store(small: Path, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"did you mean `demand\.it_mw`"):
        sweep(Scenario.read(small), {"demand.it_wm": [1]}, store=tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_another_gap_does_not_go_into_the_same_store(small: Path, tmp_path: Path) -> None:
    vary = {"demand.it_mw": [40]}
    sweep(Scenario.read(small), vary, store=tmp_path / "s", workers=1, gap=GAP)
    with pytest.raises(StudyError, match=r"settings gap: 0.001 there, 0.01 now"):
        sweep(Scenario.read(small), vary, store=tmp_path / "s", workers=1, gap=0.01)


def test_workers_and_a_scheduler_are_not_asked_for_together(small: Path, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="none with a `scheduler`"):
        sweep(Scenario.read(small), {"demand.it_mw": [40]}, store=tmp_path, workers=2, scheduler="tcp://127.0.0.1:1")


def test_a_study_finds_what_a_fresh_solve_finds(small: Path) -> None:
    asked, study = Scenario.read(small), Study(gap=1e-6)
    for values in ({"demand.it_mw": 40}, {"demand.it_mw": 80}, {"limits.site_count.min": 1}, {"hardware.mfu": 0.5}):
        question = with_values(asked, values)
        fresh = solve(prepare(question), gap=1e-6)
        again = study.solve(question)
        assert again.status == fresh.status == "optimal"
        assert dict(again.kpis) == pytest.approx(dict(fresh.kpis), rel=1e-5)


def test_least_cost_is_proven_once_for_questions_that_share_its_programme(small: Path) -> None:
    asked, study = Scenario.read(small), Study(gap=1e-6)
    limits = (*asked.limits, Budget(above_least_cost=0.0))
    tight = asked.model_copy(update={"limits": limits})
    loose = with_values(tight, {"limits.budget.above_least_cost": 0.5})
    first, second = study.solve(tight), study.solve(loose)
    assert first.proof.least_cost_usd_per_year == second.proof.least_cost_usd_per_year
    assert second.objective <= first.objective
    assert study._known.hits == 1
    dearer = with_values(loose, {"costs.land-usd-per-m2": 500.0})
    assert study.solve(dearer).proof.least_cost_usd_per_year > first.proof.least_cost_usd_per_year
    assert study._known.hits == 1


SCRIPT = """
import os, signal, sys, time
from typing import Literal
import siting as st

class Slow(st.Limit):
    '''Take a while; kill the worker once, at one question.'''
    kind: Literal["slow"] = "slow"
    seconds: float = 0.0
    kill_in: str = ""
    def drop_sites(self, sites):
        time.sleep(self.seconds)
        if self.kill_in and (self.kill_in == "always" or not os.path.exists(self.kill_in)):
            if self.kill_in != "always":
                open(self.kill_in, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return {}

if __name__ == "__main__":
    question, store, seconds, mark = sys.argv[1:5]
    asked = st.Scenario.read(question)
    asked = asked.model_copy(update={"limits": (*asked.limits, Slow(seconds=float(seconds)))})
    marks = [m or None for m in mark.split(",")]
    runs = [{"demand.it_mw": 40.0 + i, "limits.slow.kill_in": m or ""} for i in range(6) for m in (marks if i == 2 else [""])]
    scheduler = sys.argv[5] if len(sys.argv) > 5 else None
    workers = None if scheduler else 2
    found = st.sweep(asked, runs, store=store, workers=workers, scheduler=scheduler, gap=1e-3)
    print(found.ran, found.found, found.table["status"].tolist())
"""


def start(tmp_path: Path, small: Path, seconds: float = 0.0, mark: str = "", *more: str) -> subprocess.Popen[str]:
    script = tmp_path / "study.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(small), str(tmp_path / "s"), str(seconds), mark, *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})


def rows_at(store: Path) -> dict[str, str]:
    """Return key and start of the finished runs."""
    try:
        return dict(read_sweep(store).table.set_index("key")["started_utc"])
    except StudyError:
        return {}


def children_of(pid: int) -> list[int]:
    task = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(c) for c in task.read_text().split()] if task.exists() else []


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks processes up in /proc")
def test_a_sweep_that_is_killed_goes_on_and_repeats_nothing(small: Path, tmp_path: Path) -> None:
    first = start(tmp_path, small, 1.0)
    while len(rows_at(tmp_path / "s")) < 2:
        assert first.poll() is None
        time.sleep(0.05)
    workers = children_of(first.pid)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    kept = rows_at(tmp_path / "s")
    assert 2 <= len(kept) < 6
    deadline = time.time() + 30
    while any(Path(f"/proc/{w}/stat").exists() for w in workers) and time.time() < deadline:
        time.sleep(0.1)
    assert not [w for w in workers if Path(f"/proc/{w}/stat").exists()], "workers outlive a killed sweep"
    known = read_sweep(tmp_path / "s").table.set_index("key")["started_utc"]
    said = start(tmp_path, small, 1.0).communicate()[0]
    assert said.split(" [")[0] == f"{6 - len(kept)} {len(kept)}"
    again = read_sweep(tmp_path / "s").table.set_index("key")["started_utc"]
    assert again[known.index].equals(known)
    assert len(again) == 6


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced_and_its_run_done_again(small: Path, tmp_path: Path) -> None:
    said = start(tmp_path, small, 0.0, str(tmp_path / "killed-once")).communicate()[0]
    assert (tmp_path / "killed-once").exists()
    assert said.strip() == f"6 0 {['optimal'] * 6}"


@pytest.mark.slow
def test_a_run_that_kills_every_worker_is_a_row_and_the_others_are_done(small: Path, tmp_path: Path) -> None:
    """Its class stands in the script itself: limits of `__main__` come along to other processes."""
    said = start(tmp_path, small, 0.0, "always").communicate()[0]
    assert said.startswith("6 0")
    statuses = Counter(read_sweep(tmp_path / "s").table["status"])
    assert statuses == {"optimal": 5, "crashed": 1}


class Southern(Limit):
    """Keep the south; defined outside the package."""

    kind: Literal["southern-of-tests"] = "southern-of-tests"
    below_deg: float = 90.0

    def drop_sites(self, sites: object) -> dict[str, str]:
        """Return what lies north of it."""
        return {i: "north" for i, lat in zip(sites["id"], sites["lat"], strict=True) if lat > self.below_deg}


@pytest.fixture
def cluster() -> object:
    """Start a scheduler and two workers of one thread on the loopback, in this process."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as found:
        yield found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_rows_of_this_machine_and_survives_a_worker(
    small: Path, tmp_path: Path, cluster: object
) -> None:
    said = start(tmp_path, small, 0.2, str(tmp_path / "killed-once"), cluster.scheduler_address).communicate()[0]
    assert (tmp_path / "killed-once").exists()
    assert said.strip() == f"6 0 {['optimal'] * 6}"
    on_cluster = read_sweep(tmp_path / "s").table.sort_values("demand.it_mw", ignore_index=True)
    runs = [{"demand.it_mw": 40.0 + i} for i in range(6)]
    here = sweep(Scenario.read(small), runs, store=tmp_path / "here", workers=1, gap=1e-3).table
    assert on_cluster["emissions_g_per_eflop"].tolist() == pytest.approx(here["emissions_g_per_eflop"], rel=1e-3)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_workers_of_another_version_are_refused(
    small: Path, tmp_path: Path, cluster: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from siting.study.runs import cluster as room

    mine = room.versions() | {"siting": "9.9"}
    monkeypatch.setattr(room, "_differences", lambda found: [f"siting {found['siting']} there, {mine['siting']} here"])
    with pytest.raises(StudyError, match=r"(?s)workers of another version.*9\.9 here"):
        sweep(Scenario.read(small), {"demand.it_mw": [40]}, store=tmp_path / "s", scheduler=cluster.scheduler_address)


def test_versions_that_differ_are_named() -> None:
    from siting.study.runs.cluster import _differences
    from siting.study.runs.store import versions

    assert _differences(versions()) == []
    assert _differences(versions() | {"data": "old"}) == [f"data old there, {versions()['data']} here"]
    assert "cannot be imported" in _differences(ImportError("no siting"))[0]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_is_not_there_is_said_and_nothing_is_lost(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("siting.study.runs.cluster.ANSWER_WITHIN_S", 1)
    with pytest.raises(StudyError, match=r"no dask scheduler answers at tcp://127\.0\.0\.1:9"):
        sweep(Scenario.read(small), {"demand.it_mw": [40]}, store=tmp_path / "s", scheduler="tcp://127.0.0.1:9")
