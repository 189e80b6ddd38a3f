"""Time and memory of location problems against their size.

p-medians of n scattered points, one in a hundred open, without a table of distances (`locate.p_median_points`); and
uncapacitated facility location with n facilities and n customers, whose n x n table ends the curve early.
`python benchmarks/growth.py [--seconds N]` writes `growth.json`, each problem in a separate process.
"""

import argparse
import json
import multiprocessing
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from harness.growth import exponent
from harness.instances import scattered_points, square
from harness.machine import about, process_mb

from siting import locate

HERE = Path(__file__).parent
POINTS = (100, 300, 1000, 3000, 10_000, 20_000)
TABLES = (100, 300, 1000, 3000)
ONE_IN, FEWEST = 100, 5
"""One point in this many is open, and at least this many points."""
SECONDS = 60.0
GAP = 0.01
SEED = 1


def of_points(n: int, seconds: float) -> dict[str, Any]:
    """Measure one p-median of points."""
    points, _ = scattered_points(n, n, SEED)
    count = max(FEWEST, n // ONE_IN)
    wall, cpu = time.perf_counter(), time.process_time()
    found = locate.p_median_points(points, count, gap=GAP, time_limit_s=seconds)
    return measured("p-median of points", n, found, wall, cpu) | {"open": count}


def of_table(n: int, seconds: float) -> dict[str, Any]:
    """Measure one uncapacitated facility location problem."""
    serve, fixed, *_ = square(n, n, SEED)
    wall, cpu = time.perf_counter(), time.process_time()
    found = locate.facility_location(serve, fixed, gap=GAP, time_limit_s=seconds)
    return measured("facility location, a table", n, found, wall, cpu) | {"open": int(found.open.sum())}


def measured(family: str, n: int, found: locate.Location, wall: float, cpu: float) -> dict[str, Any]:
    """Return one row of figures; memory is that of the entire process."""
    return {
        "family": family,
        "n": n,
        "seconds": round(time.perf_counter() - wall, 2),
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "gap": found.gap,
        "peak_memory_mb": process_mb("VmHWM"),
    }


def powers(rows: Iterable[dict[str, Any]]) -> dict[str, float | None]:
    """Return the exponent of n in the processor time of each family, fitted from 1,000 on if there are enough sizes."""
    proven = [r for r in rows if r["gap"] is not None and r["gap"] <= GAP]
    found = {}
    for family in dict.fromkeys(r["family"] for r in proven):
        of = [r for r in proven if r["family"] == family]
        large = [r for r in of if r["n"] >= 1000]
        chosen = large if len(large) > 2 else of
        found[family] = exponent([r["n"] for r in chosen], [r["cpu_seconds"] for r in chosen])
    return found


def main() -> None:
    """Measure size by size and write the figures after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    args = parser.parse_args()
    machine, rows = about() | {"gap": GAP, "seconds_allowed": args.seconds}, list[dict[str, Any]]()
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as pool:
        for measure, sizes in ((of_points, POINTS), (of_table, TABLES)):
            for n in sizes:
                rows.append(pool.submit(measure, n, args.seconds).result())
                print(json.dumps(rows[-1]), flush=True)
                figures = {"about": machine, "powers": powers(rows), "rows": rows}
                (HERE / "growth.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
