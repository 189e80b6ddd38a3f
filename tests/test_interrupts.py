"""Ctrl-C once ends a study in order, twice ends it at once; no worker outlives its parent; an unguarded script is refused."""

import ast
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pulp
import pytest

from siting import read_sweep
from siting.errors import StudyError
from siting.solver.backends import solver_called
from siting.study.runs import main_guard

ROOT = Path(__file__).parents[1]
PATIENCE_S = 60.0
with_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks processes up in /proc")

SCRIPT = """
import os, subprocess, sys, time
from typing import Literal
import siting as st
from siting.cli import run

class Slow(st.Limit):
    '''Take a while, with a process of its own as a solver has.'''
    kind: Literal["slow"] = "slow"
    seconds: float = 0.0
    def drop_sites(self, sites):
        if self.seconds > 1:
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        time.sleep(self.seconds)
        return {}

if __name__ == "__main__":
    run()
"""


class Study:
    """A sweep of the command line in a session of its own; its processes are found by a mark in their environment."""

    def __init__(self, folder: Path, small: Path, seconds: str) -> None:
        self.folder, self.mark = folder, f"SITING_TEST={folder.name}-{random.random()}"  # noqa: S311
        small.write_text(small.read_text(encoding="utf-8") + '[[limits]]\nkind = "slow"\n', encoding="utf-8")
        (folder / "study.py").write_text(SCRIPT, encoding="utf-8")
        name, value = self.mark.split("=")
        command = ["sweep", str(small), "--vary", f"limits.slow.seconds={seconds}", "--workers", "2", "--out", "store"]
        self.process = subprocess.Popen(
            [sys.executable, "study.py", *command, "--gap", "0.01"], cwd=folder, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT), name: value},
        )  # fmt: skip

    def running(self) -> list[int]:
        """Return all processes of the study that run; those that ended and wait to be collected do not."""
        found = []
        for at in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (at / "environ").read_bytes():
                    state = (at / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
                    found += [int(at.name)] if state not in "ZX" else []
            except OSError:
                continue  # it ended just now, or is another user's
        return found

    def rows(self) -> int:
        """Return the number of finished runs."""
        try:
            return len(read_sweep(self.folder / "store").table)
        except StudyError:
            return 0

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """Send a signal as a terminal does, to the group; to the parent alone if it kills."""
        if number == signal.SIGINT:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def wait_for(self, reached: str) -> None:
        """Wait until processes start, are at work, or have finished a run."""
        met = {
            "starting": lambda: len(self.running()) > 2,
            "working": lambda: len(self.running()) > 5,
            "a row": lambda: self.rows() > 0,
        }
        until = time.monotonic() + PATIENCE_S
        while not met[reached]():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < until, f"no {reached}"
            time.sleep(0.05)

    def left(self) -> list[int]:
        """Return what still runs a while after the end."""
        until = time.monotonic() + PATIENCE_S / 4
        while (left := self.running()) and time.monotonic() < until:
            time.sleep(0.1)
        return left


@pytest.fixture
def started(tmp_path: Path, small: Path) -> Iterator[list[Study]]:
    """Hold the studies of a test, and end whatever is left of them."""
    studies: list[Study] = []
    yield studies
    for study in studies:
        for pid in study.running():
            os.kill(pid, signal.SIGKILL)


@with_proc
@pytest.mark.slow
@pytest.mark.parametrize("reached", ["starting", "working", "a row"])
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_a_sweep_and_leaves_no_process(
    started: list[Study], tmp_path: Path, small: Path, reached: str, times: int
) -> None:
    study = Study(tmp_path, small, "0.1,600,601,602" if reached == "a row" else "600,601,602")
    started.append(study)
    study.wait_for(reached)
    time.sleep(random.random() * 0.5)  # noqa: S311  (any moment is to do)
    for _ in range(times):
        study.interrupt()
        time.sleep(random.random() * 0.3)  # noqa: S311
    out, err = study.process.communicate(timeout=PATIENCE_S)
    assert study.process.returncode == 130
    assert "Traceback" not in out + err
    assert study.left() == []
    if reached == "a row":
        assert study.rows() == 1
    if times == 1:
        assert err.strip() == "interrupted. A sweep keeps its finished runs; the same command resumes it."


@with_proc
@pytest.mark.slow
@pytest.mark.parametrize("reached", ["starting", "working"])
def test_a_parent_that_is_killed_takes_workers_and_their_solvers_along(
    started: list[Study], tmp_path: Path, small: Path, reached: str
) -> None:
    study = Study(tmp_path, small, "600,601,602")
    started.append(study)
    study.wait_for(reached)
    study.interrupt(signal.SIGKILL)
    study.process.communicate(timeout=PATIENCE_S)
    assert study.left() == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signal to a process of its own group alone")
def test_ctrl_c_stops_a_solve_that_would_take_its_whole_time() -> None:
    """A market split problem: cuts and bounds do not help."""
    rng = random.Random(1)  # noqa: S311
    problem = pulp.LpProblem("split")
    built = list(problem.add_variable_dict("x%s", range(40), lowBound=0, upBound=1, cat="Integer").values())
    slack = list(problem.add_variable_dict("s%s", range(10), lowBound=0).values())
    problem.setObjective(pulp.lpSum(slack))
    for row in range(5):
        weights = [rng.randrange(100) for _ in built]
        left = pulp.lpDot(weights, built) + slack[2 * row] - slack[2 * row + 1]
        problem.addConstraint(left == sum(weights) // 2)
    timer = threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        problem.solve(solver_called("highs", time_limit_s=60.0, gap=1e-6))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


UNGUARDED = {
    "top level": "sweep()",
    "in a function": "def go():\n    sweep()\ngo()",
    "in a loop": "for n in (1, 2):\n    sweep()",
    "below another test": "import sys\nif len(sys.argv) < 9:\n    sweep()",
    "beside a guard": "if __name__ == '__main__':\n    print('x')\nsweep()",
    "before a guard": "sweep()\nif __name__ == '__main__':\n    print('x')",
}
GUARDED = {
    "below it": "if __name__ == '__main__':\n    sweep()",
    "in a function": "def go():\n    sweep()\nif '__main__' == __name__:\n    go()",
    "in a test of both": "import sys\nif __name__ == '__main__' and len(sys.argv) < 9:\n    sweep()",
    "in its else": "if __name__ != '__main__':\n    pass\nelse:\n    sweep()",
    "left before": "import sys\nif __name__ != '__main__':\n    sys.exit()\nsweep()",
    "by a variable": "first = __name__ == '__main__'\nif first:\n    sweep()",
    "nested": "try:\n    if __name__ == '__main__':\n        sweep()\nfinally:\n    pass",
}


@pytest.mark.parametrize(
    ("text", "guarded"), [(t, False) for t in UNGUARDED.values()] + [(t, True) for t in GUARDED.values()]
)
def test_the_text_of_a_script_shows_whether_a_call_is_guarded(text: str, guarded: bool) -> None:
    tree = ast.parse(text)
    within = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n) in ("go()", "sweep()")]
    assert main_guard._guarded(tree, max(within)) is guarded


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["top level", "in a function"])
def test_an_unguarded_script_is_refused_before_a_process_starts(tmp_path: Path, kind: str) -> None:
    begin = (
        "from siting.study.runs.workers import in_processes\ndef sweep():\n    return list(in_processes(iter(()), 2))\n"
    )
    (tmp_path / "s.py").write_text("print('once')\n" + begin + UNGUARDED[kind], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "s.py"], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == "once\n"
    last = done.stderr.strip().splitlines()[-1]
    assert 's.py is not below `if __name__ == "__main__":`, so each of the 2 processes' in last
    assert "workers=1" in last
    guarded = textwrap.indent(UNGUARDED[kind], "    ")
    (tmp_path / "s.py").write_text(begin + "if __name__ == '__main__':\n" + guarded, encoding="utf-8")
    assert (
        subprocess.run(
            [sys.executable, "s.py"], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False
        ).returncode
        == 0
    )
