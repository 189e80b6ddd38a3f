"""Run all classes of attempts and print one table: `make fuzz`, or `python -m attacks.run --n 10000 --seed 1`.

The result is written to `docs/accuracy/reliability.json`, and its table into `docs/reliability.md`. The exit code is 1 where one
attempt went wrong.
"""

import argparse
import datetime as dt
import importlib
import json
import multiprocessing
import os
import platform
import sys
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import siting
from attacks.outcome import Outcome

ROOT = Path(__file__).parents[2]
RESULT = ROOT / "docs" / "accuracy" / "reliability.json"
PAGE = ROOT / "docs" / "reliability.md"
MARKS = ("<!-- table -->\n", "<!-- end of table -->")
MOST_FAULTS_KEPT = 20
ALLOWED_SHARE = {"verify: mutants": 0.05}
"""Largest share of attempts of a class that may go wrong; none of the other classes may."""


@dataclass(frozen=True)
class Attack:
    """A class of attempts.

    Attributes
    ----------
    of
        Module and function, which takes a seed, a number of attempts and a folder.
    weight
        Weight of the class among all attempts.
    chunk
        Attempts that one process makes in one go.
    """

    of: str
    weight: float
    chunk: int

    def outcomes(self, seed: int, n: int, folder: Path) -> Iterator[Outcome]:
        """Make the attempts."""
        module, _, function = self.of.partition(":")
        yield from getattr(importlib.import_module(module), function)(seed, n, folder)


ATTACKS = (
    Attack("attacks.mutants:attempts", 800, 800),
    Attack("attacks.interrupts:attempts", 30, 10),
    Attack("attacks.full_disk:attempts", 16, 16),
    Attack("attacks.random_plans:agreements", 60, 10),
    Attack("attacks.random_plans:attempts", 300, 20),
    Attack("attacks.scenario_mutations:attempts", 2000, 60),
    Attack("attacks.file_mutations:attempts", 1200, 60),
    Attack("attacks.tampered_plans:attempts", 600, 100),
    Attack("attacks.locations:attempts", 5000, 500),
)


def attempt_all(attack: Attack, seed: int, n: int) -> list[Outcome]:
    """Make the attempts of one chunk, with warnings as errors as in the tests."""
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory(prefix="siting-attacks-") as folder:
        return list(attack.outcomes(seed, n, Path(folder)))


def chunks(n: int, seed: int) -> Iterator[tuple[Attack, int, int]]:
    """Yield the class, seed and size of every chunk of `n` attempts in all."""
    total = sum(attack.weight for attack in ATTACKS)
    for attack in ATTACKS:
        left, number = round(n * attack.weight / total), 0
        while left > 0:
            size = min(left, attack.chunk)
            yield attack, seed * 1000 + number, size
            left, number = left - size, number + 1


def outcomes_of(n: int, seed: int, workers: int) -> list[Outcome]:
    """Make all attempts on several processes."""
    found: list[Outcome] = []
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = [pool.submit(attempt_all, *chunk) for chunk in chunks(n, seed)]
        for done, future in enumerate(as_completed(waiting), 1):
            found += future.result()
            wrong = sum(o.fault is not None for o in found)
            print(f"{done}/{len(waiting)} chunks, {len(found)} attempts, {wrong} wrong", file=sys.stderr, flush=True)
    return found


def summary(found: Sequence[Outcome], n: int, seed: int) -> dict[str, Any]:
    """Return attempts, right and wrong of each class, and the first faults."""
    by_kind: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in found:
        by_kind[outcome.kind].append(outcome)
    rows = []
    for kind, outcomes in sorted(by_kind.items()):
        wrong = [o for o in outcomes if o.fault is not None]
        rows.append(
            {"class": kind, "attempts": len(outcomes), "right": len(outcomes) - len(wrong), "wrong": len(wrong)}
        )
    faults = [{"class": o.kind, "attempt": o.name, "fault": o.fault} for o in found if o.fault is not None]
    return {
        "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
        "version": siting.__version__,
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores",
        "n": n,
        "seed": seed,
        "classes": rows,
        "faults": faults[:MOST_FAULTS_KEPT],
    }


def failed(found: Sequence[Outcome]) -> list[Outcome]:
    """Return the attempts that went wrong in classes with more of them than are allowed; a traceback never is."""
    kinds = Counter(o.kind for o in found)
    wrong = Counter(o.kind for o in found if o.fault is not None)
    too_many = {kind for kind, n in wrong.items() if n > ALLOWED_SHARE.get(kind, 0.0) * kinds[kind]}
    return [o for o in found if o.fault is not None and (o.kind in too_many or o.fault != "survived")]


def print_table(result: dict[str, Any]) -> None:
    """Print the table and the first faults."""
    table = Table("class", "attempts", "right", "wrong")
    rows = result["classes"]
    for row in rows:
        table.add_row(*map(str, row.values()))
    table.add_section()
    table.add_row("all", *(str(sum(row[key] for row in rows)) for key in ("attempts", "right", "wrong")))
    console = Console(width=120)
    console.print(table)
    for fault in result["faults"]:
        console.print(f"{fault['class']} | {fault['attempt']} | {fault['fault']}", markup=False, highlight=False)


def markdown(result: dict[str, Any]) -> str:
    """Return the table of a result as Markdown."""
    keys = ("class", "attempts", "right", "wrong")
    rows = [[str(row[key]) for key in keys] for row in result["classes"]]
    totals = [f"{sum(row[key] for row in result['classes']):,}" for key in keys[1:]]
    lines = [keys, ("---",) * len(keys), *rows, ("all", *totals)]
    about = f"{result['date']}, version {result['version']}, seed {result['seed']}, {result['system']}."
    return "\n".join(["", *(f"| {' | '.join(line)} |" for line in lines), "", about, ""])


def page_with(table: str, page: str) -> str:
    """Return the page with another table."""
    before, rest = page.split(MARKS[0])
    return before + MARKS[0] + table + MARKS[1] + rest.split(MARKS[1])[1]


def main() -> None:
    """Make the attempts, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=10_000, help="attempts in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=RESULT, help="file of the result")
    args = parser.parse_args()
    found = outcomes_of(args.n, args.seed, args.workers)
    result = summary(found, args.n, args.seed)
    if not any(o.kind == "full disk" for o in found):
        print("full disk: NOT TRIED, no disk in memory can be mounted here", file=sys.stderr)
    args.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if args.out == RESULT:
        PAGE.write_text(page_with(markdown(result), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print_table(result)
    sys.exit(1 if failed(found) else 0)


if __name__ == "__main__":
    main()
