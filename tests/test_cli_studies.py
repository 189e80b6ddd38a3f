"""Studies on the command line: files, exit codes, one message for bad input, going on where it stopped."""

import json
import sys
from pathlib import Path

import matplotlib as mpl
import pytest

from siting import Plan, read_sweep
from siting.cli.main import main

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    """Return what runs `siting ...` in this process, from an empty folder."""
    mpl.use("agg")
    monkeypatch.chdir(tmp_path)

    def command(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["siting", *map(str, words)])
        capsys.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        return int(code or 0), out, err

    return command


def test_frontier_writes_table_picture_and_plans(said: object, small: Path, tmp_path: Path) -> None:
    code, out, err = said("frontier", small, "--points", 3, "--gap", 0.001, "--out", tmp_path / "f", "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert (tmp_path / "f" / "frontier.png").read_bytes().startswith(PNG)
    lines = (tmp_path / "f" / "frontier.csv").read_text().splitlines()
    assert len(lines) == 1 + len(told["points"])
    plans = [Plan.load(p) for p in sorted((tmp_path / "f" / "plans").iterdir())]
    assert [p.kpis["cost_usd_per_eflop"] for p in plans] == [p["cost_usd_per_eflop"] for p in told["points"]]


def test_a_frontier_of_what_cannot_be_traded_ends_with_2(said: object, small: Path) -> None:
    code, _, err = said("frontier", small, "--x", "renewable_share")
    assert code == 2
    assert "`x` is `renewable_share`" in err


def test_sweep_prints_every_run_and_goes_on_where_it_stopped(said: object, small: Path, tmp_path: Path) -> None:
    ask = ("sweep", small, "--vary", "demand.it_mw=40,60", "--workers", 1, "--gap", 0.001, "--out", tmp_path / "s")
    code, out, err = said(*ask)
    assert (code, err) == (0, "")
    assert "2 optimal; 2 run now, 0 found in the store" in out
    code, out, _ = said(*ask, "--json")
    told = json.loads(out)
    assert (told["ran"], told["found"], [r["demand.it_mw"] for r in told["runs"]]) == (0, 2, [40, 60])
    assert len(read_sweep(tmp_path / "s")) == 2


def test_a_sweep_with_a_failed_run_ends_with_3_and_says_why(said: object, small: Path, tmp_path: Path) -> None:
    code, out, _ = said("sweep", small, "--vary", "hardware.mfu=2.0", "--workers", 1, "--out", tmp_path / "s")
    assert code == 3
    assert "hardware.mfu" in out
    assert "1 error" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--vary", "demand.it_wm=1"), "did you mean `demand.it_mw`"),
        (("--vary", "demand.it_mw"), "give PATH=VALUE"),
        ((), "nothing varies"),
        (("--vary", "demand.it_mw=1", "--vary", "demand.it_mw=2"), "given twice"),
        (("--vary", "demand.it_mw=1", "--workers", "2", "--scheduler", "tcp://127.0.0.1:9"), "none with a `scheduler`"),
    ],
)
def test_bad_input_of_a_sweep_ends_with_2(said: object, small: Path, words: tuple, message: str) -> None:
    code, _, err = said("sweep", small, *words)
    assert code == 2
    assert message in err


def test_words_and_lists_can_be_varied(said: object, small: Path, tmp_path: Path) -> None:
    said(
        "sweep",
        small,
        "--vary",
        "minimise.objective=cost,emissions",
        "--workers",
        1,
        "--gap",
        0.01,
        "--out",
        tmp_path / "s",
    )
    table = read_sweep(tmp_path / "s").table
    assert set(table["minimise.objective"]) == {"cost", "emissions"}
    assert set(table["unit"]) == {"USD/year", "tCO2e/year"}
