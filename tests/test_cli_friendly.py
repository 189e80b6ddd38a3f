"""What makes the command line friendly: help, completion, progress, the browser, tables that fit, the next step."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from siting import Plan
from siting.cli.common import EXIT_INTERNAL
from siting.cli.main import app, main
from siting.cli.plan import _width
from siting.cli.progress import waiting
from siting.show.text import terminal


class Terminal(io.StringIO):
    """A text that says it is a terminal."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


def command(monkeypatch: pytest.MonkeyPatch, *line: str | Path) -> int:
    """Run `siting ...` in this process and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["siting", *map(str, line)])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_without_a_command_it_says_what_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command(monkeypatch)
    said = "".join(capsys.readouterr())
    for word in ("Start with `siting plan`", "plan", "check", "diagnose", "frontier", "--install-completion"):
        assert word in said
    assert "..." not in said.partition("Commands:")[2]  # no sentence is cut


def test_a_shell_completes_the_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What bash asks of `siting` when a planner presses tab after `siting di`."""
    from typer.testing import CliRunner

    asked = {"_SITING_COMPLETE": "complete_bash", "COMP_WORDS": "siting di", "COMP_CWORD": "1"}
    told = CliRunner().invoke(app, [], env=asked, prog_name="siting")
    assert told.output.split() == ["diagnose"]


def test_a_piped_command_shows_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with waiting("preparing") as now:
        now("solving")
    assert capsys.readouterr() == ("", "")


def test_a_terminal_is_told_what_is_done_now_and_the_line_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with waiting("preparing [the] numbers") as now:
        now("solving 12 sites")
    said = terminal.getvalue()
    assert "solving 12 sites" in said
    assert said.rstrip().endswith("\x1b[2K")  # the line is erased


def test_an_error_goes_through_what_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with pytest.raises(ValueError, match="no such thing"), waiting("looking"):
        raise ValueError("no such thing")


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch, texas_plan: Plan) -> list[str]:
    """Let `siting plan` have its answer at once, and keep the addresses it would open instead of a browser."""
    opened: list[str] = []
    monkeypatch.setattr("siting.solve", lambda *_, **__: texas_plan)
    monkeypatch.setattr("siting.show.figures.maps.save_map", lambda *_, **__: None)
    monkeypatch.setattr("siting.cli.plan._print_plan", lambda *_, **__: None)
    monkeypatch.setattr(
        "siting.show.report.report.write_report", lambda _, path: Path(path).write_text("a page", encoding="utf-8")
    )
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    return opened


def test_open_opens_the_report_that_was_written(
    quiet: list[str], small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command(monkeypatch, "plan", small, "--out", tmp_path / "out", "--open") == 0
    assert quiet == [(tmp_path / "out" / "report.html").resolve().as_uri()]
    assert (tmp_path / "out" / "report.html").is_file()


def test_without_open_no_browser_is_opened(
    quiet: list[str], small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(monkeypatch, "plan", small, "--out", tmp_path / "out", "--no-report")
    assert quiet == []


def test_where_there_is_no_browser_the_page_is_named(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from siting.cli.plan import _open

    monkeypatch.setattr("webbrowser.open", lambda _: False)
    _open(tmp_path / "report.html")
    assert f"No browser could be opened here: open {tmp_path / 'report.html'}" in capsys.readouterr().err


def test_open_without_a_report_is_refused_before_anything_is_solved(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "plan", "--open", "--no-report") == 2
    assert "--open shows report.html, which --no-report does not write" in capsys.readouterr().err


def test_the_table_of_sites_fits_a_narrow_terminal_uncut(texas_plan: Plan) -> None:
    console = Console(width=80, file=io.StringIO(), force_terminal=True)
    whole, narrow = terminal.sites_table(texas_plan), terminal.sites_table(texas_plan, narrow=True)
    assert _width(whole, console) > 80 >= _width(narrow, console)
    console.print(narrow)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in said
    assert "gCO2e/EFLOP" in said
    assert "sites.csv" in said


@pytest.mark.parametrize(
    ("line", "next_step"),
    [
        (["plan", "nowhere.toml"], "give the path of a TOML file"),
        (["plan", "broken.toml"], "correct that line"),
        (["plan", "typo.toml"], "did you mean `it_mw`?"),
        (["check", "kind.toml"], "did you mean `max_latency`?"),
        (["check", "stranger.toml"], "did you mean `atlanta`?"),
        (["check", "file.toml"], "give a CSV or GeoJSON file of places"),
        (["check", "hardware.toml"], "did you mean `NVIDIA H200 SXM`?"),
        (["plan", "fine.toml", "--gap", "much"], "plan --help' for help"),
        (["plna"], "Did you mean 'plan'"),
        (["map", "nowhere"], "give a folder that `siting plan` wrote"),
        (["place", "Atlantis"], "or give LON LAT"),
        (["place", "200", "95"], "give lon -180 to 180"),
        (["data", "show", "zonez"], "choose one of"),
        (["sweep", "fine.toml"], "--vary demand.it_mw=100,300"),
        (["sweep", "fine.toml", "--vary", "demand.it_mv=3"], "did you mean `demand.it_mw`?"),
        (
            ["frontier", "fine.toml", "--x", "cost"],
            "known are emissions_g_per_eflop, emissions_t_per_year, cost_usd_per_eflop",
        ),
    ],
    ids=" ".join,
)
def test_an_error_ends_with_the_next_step(
    line: list[str],
    next_step: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fine = 'name = "x"\n[demand]\nit_mw = 60\nshares = { batch = 1.0 }\n'
    files = {
        "fine": fine,
        "broken": 'name = "x"\n[demand\n',
        "typo": fine.replace("it_mw", "it_mv"),
        "kind": fine + '[[limits]]\nkind = "max_latancy"\n',
        "stranger": fine + '[[limits]]\nkind = "required"\nsites = ["atlantis"]\n',
        "file": fine + '[candidates]\nset = "nowhere.csv"\n',
        "hardware": fine + '[hardware]\naccelerator = "H200"\n',
    }
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert command(monkeypatch, *line) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert next_step in said.err
    assert "Traceback" not in said.err


def test_an_unexpected_error_ends_with_70_one_line_and_the_place_of_its_details(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("siting.Scenario.read", fail)
    assert command(monkeypatch, "check") == EXIT_INTERNAL
    (details,) = tmp_path.glob("siting-error-*.txt")
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "RuntimeError: first line" in printed
    assert str(details) in printed
    assert "second line" in details.read_text(encoding="utf-8")


def test_an_output_in_ascii_gets_escapes_for_what_it_cannot_print() -> None:
    line = [sys.executable, "-m", "siting.cli.main", "data", "show", "sites"]
    ended = subprocess.run(line, env=os.environ | {"PYTHONIOENCODING": "ascii"}, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert rb"\x" in ended.stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_an_output_holds_only_what_its_encoding_has(encoding: str) -> None:
    line = [sys.executable, "-m", "siting.cli.main", "place", "Łódź 東京 \x1b[1m"]
    ended = subprocess.run(line, env=os.environ | {"PYTHONIOENCODING": encoding}, capture_output=True, check=False)
    assert ended.returncode == 2
    message = ended.stderr.decode(encoding)
    assert ("東京" if encoding == "utf-8" else r"\u6771\u4eac") in message
    assert r"\x1b[1m" in message
    assert "Traceback" not in message
