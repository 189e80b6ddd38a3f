"""Time and gap of siting, spopt and the textbook model in PuLP on the same p-medians, with a time limit each.

`python benchmarks/rivals.py [--instances FOLDER] [--seconds N]` creates a separate environment for spopt in
`.venv-rivals` (spopt needs an older PuLP than siting) from `rivals.txt`; the textbook model uses the PuLP and HiGHS of
siting's own environment. Every solver runs in a new process. Writes `rivals.json`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from harness.instances import Instance, published
from harness.machine import about
from harness.runner import GAP, Row, rows

HERE = Path(__file__).parent
HOME = HERE.parent / ".venv-rivals"
PINS = HERE / "rivals.txt"
RIVALS = ("spopt", "pulp")
PUBLISHED = ("pmed1", "pmed6", "pmed11")
SECONDS = 40.0
GRACE_S = 40.0
"""Time beyond its limit after which a rival is terminated [s]."""


def environment() -> Path:
    """Return the interpreter that has spopt, and install it where `rivals.txt` has changed."""
    python = HOME / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = HOME / "pins.txt"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != PINS.read_text(encoding="utf-8"):
        print(f"installing {PINS.name} into {HOME.name}", flush=True)
        venv.create(HOME, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(PINS)]
        subprocess.run(install, check=True)  # noqa: S603  (our own pins)
        stamp.write_text(PINS.read_text(encoding="utf-8"), encoding="utf-8")
    return python


def instances(folder: Path | None) -> list[Instance]:
    """List the instances: published ones where their folder is given, and points scattered from a seed."""
    random = [
        Instance("p-median, random points", "100 x 100, p=5", "euclidean", n=100, m=100, p=5),
        Instance("p-median, random points", "1000 x 200, p=20", "euclidean", n=1000, m=200, p=20),
    ]
    return ([] if folder is None else [i for i in published(folder, quick=False) if i.name in PUBLISHED]) + random


def rival_row(instance: Instance, rival: str, python: Path, *, seconds: float) -> dict[str, Any]:
    """Measure one rival on one instance; a failure or a time-out is a row with an error."""
    problem = instance.problem()
    row: dict[str, Any] = {"rival": rival, "family": instance.family, "instance": instance.name}
    with tempfile.TemporaryDirectory() as folder:
        arrays = Path(folder) / "arrays.npz"
        np.savez(arrays, costs=problem.costs, count=problem.count)
        command = [str(python), str(HERE / "rival_models.py"), rival, str(arrays), str(seconds), str(GAP)]
        try:
            done = subprocess.run(  # noqa: S603  (our own script)
                command, capture_output=True, text=True, check=False, timeout=seconds + GRACE_S
            )
        except subprocess.TimeoutExpired:
            return row | {"error": f"did not stop in {seconds + GRACE_S:.0f} s"}
    if done.returncode:
        return row | {"error": done.stderr.strip().splitlines()[-1]}
    return row | json.loads(done.stdout.strip().splitlines()[-1])


def written(ours: Sequence[Row], rivals: Sequence[dict[str, Any]], *, seconds: float, machine: dict[str, Any]) -> str:
    """Return the figures as JSON."""
    figures = {
        "about": machine | {"gap": GAP, "seconds_allowed": seconds},
        "siting": [asdict(row) for row in ours],
        "rivals": list(rivals),
    }
    return json.dumps(figures, indent=1) + "\n"


def main() -> None:
    """Measure all, row by row, and write the figures after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=Path)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    args = parser.parse_args()
    python, machine = {"spopt": environment(), "pulp": Path(sys.executable)}, about()
    ours: list[Row] = []
    rivals: list[dict[str, Any]] = []
    for instance in instances(args.instances):
        ours.extend(rows([instance], time_limit_s=args.seconds))
        for rival in RIVALS:
            rivals.append(rival_row(instance, rival, python[rival], seconds=args.seconds))
            print(json.dumps(rivals[-1]), flush=True)
        text = written(ours, rivals, seconds=args.seconds, machine=machine)
        (HERE / "rivals.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
