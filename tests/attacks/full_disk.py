"""Commands that write to a disk that fills up: one sentence, exit code 2, and nothing half-written."""

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attacks import question
from attacks.interrupts import half_written
from attacks.outcome import Outcome, fault_of, run

COMMANDS = {
    "plan": ["plan", "own.toml", "--out", "{disk}/out"],
    "frontier": ["frontier", "own.toml", "--points", "2", "--out", "{disk}/out"],
    "sweep": ["sweep", "own.toml", "--vary", "demand.it_mw=40,60", "--out", "{disk}/out", "--workers", "1"],
    "map": ["map", "saved", "--out", "{disk}/map.pdf"],
}
SIZES_KB = (8, 16, 32, 64, 128, 256, 512, 1024)


@contextmanager
def small_disk(folder: Path, kb: int) -> Iterator[Path]:
    """Mount a small disk in memory."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kb}k", "tmpfs", str(folder)], check=True, capture_output=True)  # noqa: S607
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S607


def can_mount(folder: Path) -> bool:
    """Return whether this user may mount a disk in memory."""
    if os.name != "posix" or os.geteuid() or not shutil.which("mount"):
        return False
    try:
        with small_disk(folder / "try", 8):
            return True
    except subprocess.CalledProcessError:
        return False


def attempts(seed: int, n: int, folder: Path) -> Iterator[Outcome]:
    """Run `n` commands whose output goes to a disk that is too small; none where no disk can be mounted."""
    if not can_mount(folder):
        return
    rng = random.Random(seed)  # noqa: S311 (no secret: a seed that repeats)
    question.write(folder)
    run(["plan", "own.toml", "--out", "saved", "--no-report"], folder)
    names = list(COMMANDS)
    for i in range(n):
        name, kb = names[i % len(names)], rng.choice(SIZES_KB)
        with small_disk(folder / f"{seed}-{i}", kb) as disk:
            ended = run([w.format(disk=disk) for w in COMMANDS[name]], folder)
            fault = fault_of(ended) or half_written(disk / "out")
            if fault is None and ended.code == 2 and list(disk.glob("map*")):
                fault = "left a part of a map"
            yield Outcome("full disk", f"{disk.name} {name} {kb} kB", fault)
