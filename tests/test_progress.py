"""Long work shows its progress on a terminal and in a notebook, and nothing in a pipe, in a worker or inside other work."""

import inspect
import io
import os
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest

import siting as st
from siting import progress_bar
from siting.progress_bar import quiet, shows_progress

LONG_S = 0.3


@shows_progress("counting sheep")
def count(steps: int, *, progress: Any = None) -> bool:
    """Take `LONG_S` in steps; return whether somebody counts them."""
    for i in range(steps):
        time.sleep(LONG_S / steps)
        if callable(progress):
            progress(i + 1, steps, None)
    return callable(progress)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return standard error as a terminal, on which a bar comes at once."""
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(
        progress_bar, "sys", SimpleNamespace(stderr=screen, modules=sys.modules)
    )  # pytest puts its own back
    monkeypatch.setattr(progress_bar, "DELAY_S", 0.05)
    monkeypatch.setattr(progress_bar, "TICK_S", 0.05)
    return screen


def test_a_terminal_shows_words_steps_and_the_time_left(terminal: io.StringIO) -> None:
    assert count(3)
    shown = terminal.getvalue()
    assert "counting sheep" in shown
    assert "/3 " in shown
    assert "left" in shown
    assert shown.rstrip("\r ").endswith("\r") or shown.endswith("\r")  # the line is removed at the end


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_terminal_without_a_size_shows_it_too() -> None:
    """Consoles of containers often have none."""
    import pty

    outer, inner = pty.openpty()
    code = (
        "import time; from siting import progress_bar as p; p.DELAY_S = p.TICK_S = 0.05\n"
        "@p.shows_progress('counting sheep')\ndef count(*, progress=None): time.sleep(0.3)\ncount()"
    )
    subprocess.run([sys.executable, "-c", code], stderr=inner, check=True, timeout=60)
    os.close(inner)
    assert b"counting sheep" in os.read(outer, 10_000)
    os.close(outer)


def test_short_work_shows_nothing(terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_bar, "DELAY_S", 10.0)
    began = time.perf_counter()
    count(1)
    assert terminal.getvalue() == ""
    assert time.perf_counter() - began < 5.0  # the bar that was not shown is not waited for


def test_it_can_be_switched_off(terminal: io.StringIO) -> None:
    assert not count(1, progress=False)
    with quiet():
        count(1)
    assert terminal.getvalue() == ""


def test_a_function_is_called_in_place_of_the_bar(terminal: io.StringIO) -> None:
    seen: list[tuple[int, int]] = []
    count(2, progress=lambda done, total, _: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]
    assert terminal.getvalue() == ""


def test_only_the_outermost_work_shows_a_bar(terminal: io.StringIO) -> None:
    @shows_progress("outer")
    def outer(*, progress: Any = None) -> None:
        count(1)

    outer()
    assert "outer" in terminal.getvalue()
    assert "sheep" not in terminal.getvalue()


def test_a_pipe_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(
        progress_bar, "sys", SimpleNamespace(stderr=screen, modules=sys.modules)
    )  # pytest puts its own back
    monkeypatch.setattr(progress_bar, "DELAY_S", 0.0)
    count(1)
    assert screen.getvalue() == ""


def test_the_line_is_removed_where_the_work_fails(terminal: io.StringIO) -> None:
    @shows_progress("failing")
    def fail(*, progress: Any = None) -> None:
        time.sleep(LONG_S)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert terminal.getvalue().endswith("\r")


@pytest.mark.parametrize(
    "function",
    [st.prepare, st.solve, st.explain, st.alternatives, st.diagnose, st.frontier, st.sweep, st.ensemble, st.robust,
     st.threshold, st.Study.solve, st.Plan.verify, st.Plan.report],
)  # fmt: skip
def test_everything_long_takes_progress(function: Any) -> None:
    assert inspect.signature(function).parameters["progress"].default is None
    assert "progress" in (function.__doc__ or "")


def test_a_frontier_counts_its_levels(alone: st.Scenario, terminal: io.StringIO) -> None:
    front = st.frontier(alone, points=4, gap=0.01)
    assert len(front)
    assert "frontier" in terminal.getvalue()
    assert "solving" not in terminal.getvalue()
