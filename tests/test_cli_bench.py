"""The benchmark on the command line: rows, file, exit codes, one message for bad input."""

import json
import sys
from pathlib import Path

import pytest

from siting import cli_bench
from siting.bench import instances, run
from siting.bench.instances import Instance
from siting.cli import main

TINY = Instance("p-median, random points", "12 x 9, p=2", "euclidean", n=12, m=9, p=2)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> object:
    """Return what runs `siting bench ...` in this process, on one tiny question."""
    monkeypatch.setattr(instances, "made", lambda **_: (TINY,))

    def command(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["siting", "bench", *map(str, words)])
        capsys.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        return int(code or 0), out, err

    return command


def test_a_quick_run_prints_the_table_and_writes_rows_machine_and_versions(said: object, tmp_path: Path) -> None:
    code, out, err = said("--quick", "--json", tmp_path / "b.json")
    assert (code, err) == (0, "")
    assert "12 x 9, p=2" in out
    assert "ratio" in out
    told = json.loads((tmp_path / "b.json").read_text())
    (row,) = told["rows"]
    assert row["ours"]["objective"] == pytest.approx(row["rival"]["objective"], rel=1e-6)
    assert set(row["ours"]) == {"seconds", "cpu_seconds", "megabytes", "objective", "bound"}
    assert set(told["about"]["versions"]) == {"numpy", "scipy", "highspy", "pulp"}
    assert {"date", "processor", "cores", "memory_mb", "python"} <= set(told["about"])
    assert str(tmp_path) not in json.dumps(told)


def test_a_folder_without_published_questions_ends_with_2(said: object, tmp_path: Path) -> None:
    code, _, err = said("--quick", "--instances", tmp_path / "none")
    assert code == 2
    assert "optima.csv` is not there: pass the folder" in err


def test_a_file_that_cannot_be_written_is_refused_before_the_work(said: object, tmp_path: Path) -> None:
    code, out, err = said("--json", tmp_path / "none" / "b.json")
    assert (code, out) == (2, "")
    assert "pass a file in a folder that exists" in err


def answered(ours: run.Measured, optimum: float | None) -> run.Row:
    return run.Row("p-median", "asked", optimum, ours, None)


@pytest.mark.parametrize(
    ("objective", "bound", "optimum", "code"),
    [(10.0, 10.0, 10.0, 0), (10.0, 9.0, 10.0, 3), (10.0, 10.0, 11.0, 2), (12.0, 12.0, 11.0, 2), (12.0, 11.5, 11.0, 2)],
)
def test_exit_codes_tell_proof_and_clashes_with_the_published(
    said: object, monkeypatch: pytest.MonkeyPatch, objective: float, bound: float, optimum: float, code: int
) -> None:
    row = answered(run.Measured(1.0, 1.0, None, objective, bound), optimum)
    monkeypatch.setattr(run, "rows", lambda *_, **__: iter([row]))
    got, out, err = said("--quick")
    assert got == code
    assert "asked" in out
    assert ("the published optimum of asked clashes" in err) == (code == 2)


def test_ctrl_c_keeps_the_rows_that_are_finished(said: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object):  # type: ignore[no-untyped-def]
        yield answered(run.Measured(1.0, 1.0, None, 10.0, 10.0), None)
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "rows", interrupted)
    code, out, err = said("--quick")
    assert code == 3
    assert "asked" in out
    assert "Interrupted: 1 of 1" in err


def test_a_quick_run_has_every_family_and_fits_a_minute() -> None:
    quick = instances.made(quick=True)
    assert {i.family for i in quick} == {i.family for i in instances.made(quick=False)}
    assert len(quick) * cli_bench.QUICK_RIVAL_LIMIT_S <= 45  # ours ends long before its limit, which leaves a minute
