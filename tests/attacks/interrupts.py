"""Commands that are interrupted once or twice: they end soon, leave no process, no traceback and nothing half-written."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import siting
from attacks import question
from attacks.outcome import FOREIGN, Outcome
from siting.errors import SitingError

COMMANDS = {
    "plan": ["plan", "{shipped}", "--out", "out"],
    "frontier": ["frontier", "own.toml", "--out", "out"],
    "sweep": ["sweep", "own.toml", "--vary", "demand.it_mw=40,50,60", "--out", "out", "--workers", "2"],
    "diagnose": ["diagnose", "{shipped}"],
    "check": ["check", "{shipped}"],
}
BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.toml"
LATEST_S = 12.0
"""Latest moment of the first interrupt after the start [s]."""
PATIENCE_S = 60.0
"""How long a command may take to end after its last interrupt on a busy machine [s]."""
LAUNCH = "from siting.cli.main import main\nif __name__ == '__main__':\n    main()\n"


def processes_of(group: int) -> list[str]:
    """Return the processes of a group that are alive."""
    listed = subprocess.run(["ps", "-eo", "pgid=,stat=,pid=,args="], capture_output=True, text=True, check=True)  # noqa: S607
    rows = (line.split(None, 3) for line in listed.stdout.splitlines())
    return [" ".join(r[2:]) for r in rows if int(r[0]) == group and not r[1].startswith("Z")]


def attempt(rng: random.Random, name: str, here: Path) -> str | None:
    """Interrupt a command; return what went wrong."""
    question.write(here)
    (here / "launch.py").write_text(LAUNCH, encoding="utf-8")
    words = [w.format(shipped=BASELINE) for w in COMMANDS[name]]
    pipe = subprocess.PIPE
    child = subprocess.Popen(
        [sys.executable, "launch.py", *words], cwd=here, stdout=pipe, stderr=subprocess.STDOUT, start_new_session=True
    )
    group, twice = child.pid, rng.random() < 0.5
    try:
        child.wait(rng.uniform(0.0, LATEST_S))
    except subprocess.TimeoutExpired:
        os.killpg(group, signal.SIGINT)
        if twice:
            time.sleep(rng.uniform(0.0, 1.0))
            if child.poll() is None:
                os.killpg(group, signal.SIGINT)
    try:
        printed = child.communicate(timeout=PATIENCE_S)[0].decode("utf-8", "replace")
        time.sleep(0.5)
        left = processes_of(group)
    except subprocess.TimeoutExpired:
        printed, left = "", ["the command itself"]
    if left:
        os.killpg(group, signal.SIGKILL)
        child.communicate()
        return f"left {left[:3]}"
    if found := FOREIGN.search(printed):
        return f"prints `{found[0]}`: {printed.strip()[-200:]}"
    return half_written(here / "out")


def half_written(folder: Path) -> str | None:
    """Return what is wrong with the plans in an output folder; nothing if there are none."""
    for file in folder.rglob("plan.json") if folder.is_dir() else ():
        try:
            siting.Plan.load(file.parent).verify()
        except SitingError as refused:
            return f"left a plan that is refused: {refused}"[:300]
    return None


def attempts(seed: int, n: int, folder: Path) -> Iterator[Outcome]:
    """Interrupt `n` commands at random moments."""
    rng = random.Random(seed)  # noqa: S311 (no secret: a seed that repeats)
    names = list(COMMANDS)
    for i in range(n):
        name = names[i % len(names)]
        here = folder / f"{seed}-{i}-{name}"
        yield Outcome("interrupt", here.name, attempt(rng, name, here))
