"""Overhead of a sweep, its scaling with workers, and the time of re-solves relative to fresh solves.

`python benchmarks/sweep.py` measures all of it, in about six minutes on two quiet cores, and writes `sweep.json`; then
`make docs` shows it on the page of measurements of studies. `--resolves N` solves the baseline N times with one value changed,
an equal number for each of `FIELDS`. Every third scenario is also prepared and solved from scratch, next to it in the same
process because machines are shared; the ratio is over the scenarios solved both ways. Target: 100 re-solves take at most a
fifth of the time of 100 fresh solves.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from harness.machine import about

import siting as st
from siting.study.runs.scenario_paths import with_values

SMALL = st.Scenario(name="small", demand={"it_mw": 150.0}, limits=(st.SiteCount(min=2, max=4),))
"""A scenario that is solved in a second or two."""

BASELINE = Path(__file__).parents[1] / "scenarios" / "baseline.toml"
FIELDS = {
    "hardware.mfu": (0.30, 0.45),
    "limits.budget.above_least_cost": (0.02, 0.05),
    "policy.carbon_price_usd_per_t": (10.0, 100.0),
    "limits.max_latency.batch_ms": (190.0, 220.0),
    "demand.it_mw": (950.0, 1050.0),
}
"""Fields that are changed, one at a time, and the range of each."""
FRESH_EVERY = 3
GAP = 1e-3
EMPTY_RUNS = 1000
SCALED_RUNS = 16


def memory_mb() -> float:
    """Return the peak memory of this process [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def overhead() -> dict[str, float]:
    """Return the overhead of a run that fails before it is prepared: hashing, distributing, writing, reading."""
    mark: dict[int, float] = {}
    runs = [{"hardware.mfu": 2.0 + i} for i in range(EMPTY_RUNS)]
    with tempfile.TemporaryDirectory() as folder:
        began, cpu = time.perf_counter(), time.process_time()
        st.sweep(SMALL, runs, store=f"{folder}/s", workers=1, progress=lambda n, _, __: mark.setdefault(n, memory_mb()))
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        began = time.perf_counter()
        st.sweep(SMALL, runs, store=f"{folder}/s", workers=1)
        again = time.perf_counter() - began
    grown = mark[EMPTY_RUNS] - mark[EMPTY_RUNS // 10]
    return {
        "runs": EMPTY_RUNS,
        "ms_a_run": round(1000 * took / EMPTY_RUNS, 2),
        "cpu_ms_a_run": round(1000 * cpu / EMPTY_RUNS, 2),
        "ms_a_run_found_again": round(1000 * again / EMPTY_RUNS, 2),
        "memory_grown_mb_over_the_last_900": round(grown, 1),
    }


def scaling(cluster: bool) -> dict[str, dict[str, float]]:
    """Return the time of the same runs with one worker and with two, on this machine or on a dask cluster."""
    runs = {"demand.it_mw": [100.0 + 10 * i for i in range(SCALED_RUNS)]}
    found = {}
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            found[str(workers)] = _timed(runs, f"{folder}/s", workers, cluster)
    return found


def _timed(runs: dict[str, Any], store: str, workers: int, cluster: bool) -> dict[str, float]:
    how: dict[str, Any] = {"store": store, "gap": GAP, "from_the_last": False}
    if not cluster:
        from siting.study.runs import sweep as module
        from siting.study.runs.workers import in_processes

        own = module.here
        module.here = lambda jobs: in_processes(jobs, 1)  # one process too, so that both have the same start-up
        began = time.perf_counter()
        table = st.sweep(SMALL, runs, workers=workers, **how).table
        module.here = own
    else:
        from distributed import LocalCluster

        with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as found:
            began = time.perf_counter()
            table = st.sweep(SMALL, runs, scheduler=found.scheduler_address, **how).table
    took = time.perf_counter() - began
    return {"seconds": round(took, 1), "seconds_in_runs": round(float(table["seconds"].sum()), 1), "runs": len(table)}


def values_of(path: str, n: int) -> list[float]:
    """Return n evenly spaced values of a field."""
    low, high = FIELDS[path]
    return [round(low + (high - low) * (i + 1) / (n + 1), 6) for i in range(n)]


def resolves(total: int, gap: float) -> dict[str, Any]:
    """Return the time of re-solves of the baseline relative to fresh `prepare` and `solve`, by changed field."""
    scenario, study = st.Scenario.read(BASELINE), st.Study(gap=gap, time_limit_s=300.0)
    begun = _clocks()
    study.solve(scenario)
    first = _since(begun)
    by_field = {path: _of_field(scenario, study, path, max(total // len(FIELDS), 1), gap) for path in FIELDS}
    again, fresh = (sum(f[k] for f in by_field.values()) for k in ("again_cpu_s_where_both", "fresh_cpu_s_where_both"))
    return {
        "gap": gap,
        "resolves": sum(f["again"]["questions"] for f in by_field.values()),
        "fresh": sum(f["fresh"]["questions"] for f in by_field.values()),
        "first_cpu_s": round(first[1], 2),
        "again_over_fresh": round(again / fresh, 3),
        "by_field": by_field,
    }


def _of_field(scenario: st.Scenario, study: st.Study, path: str, n: int, gap: float) -> dict[str, Any]:
    """Solve for n values of a field in the study, and every third one from scratch as well."""
    again, fresh = ({"questions": 0, "s": 0.0, "cpu_s": 0.0, "prepare_cpu_s": 0.0} for _ in range(2))
    proven, both = 0, [0.0, 0.0]
    for i, value in enumerate(values_of(path, n)):
        changed = with_values(scenario, {path: value})
        begun = _clocks()
        problem = study.prepare(changed)
        prepared = _since(begun)
        one = study.solve(problem)
        took = _since(begun)
        _add(again, prepared, took)
        proven += one.status == "optimal"
        if i % FRESH_EVERY == 0:
            begun = _clocks()
            problem = st.prepare(changed)
            prepared = _since(begun)
            other = st.solve(problem, gap=gap, time_limit_s=300.0)
            took_fresh = _since(begun)
            _add(fresh, prepared, took_fresh)
            both = [both[0] + took[1], both[1] + took_fresh[1]]
            assert one.objective is not None  # noqa: S101
            assert other.objective is not None  # noqa: S101
            assert abs(one.objective - other.objective) <= 2 * gap * one.objective  # noqa: S101
    return {
        "proven": proven,
        "again": again,
        "fresh": fresh,
        "again_cpu_s_where_both": round(both[0], 3),
        "fresh_cpu_s_where_both": round(both[1], 3),
        "again_over_fresh": round(both[0] / both[1], 3),
    }


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(begun: tuple[float, float]) -> tuple[float, float]:
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


def _add(to: dict[str, float], prepared: tuple[float, float], total: tuple[float, float]) -> None:
    to["questions"] += 1
    for key, more in (("s", total[0]), ("cpu_s", total[1]), ("prepare_cpu_s", prepared[1])):
        to[key] = round(to[key] + more, 3)


def main() -> None:
    """Measure, and write `sweep.json` part by part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resolves", type=int, default=30, help="re-solves of the baseline")
    parser.add_argument("--gap", type=float, default=1e-4, help="gap of the re-solves")
    parser.add_argument("--parts", nargs="+", default=["overhead", "processes", "dask", "resolves"])
    args = parser.parse_args()
    parts = {
        "overhead": overhead,
        "processes": lambda: scaling(cluster=False),
        "dask": lambda: scaling(cluster=True),
        "resolves": lambda: resolves(args.resolves, args.gap),
    }
    path = Path(__file__).with_suffix(".json")
    figures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name in args.parts:
        machine = about()
        figures[name] = parts[name]() | {"about": machine}
        kept = {k: v for k, v in figures.items() if k in parts}
        path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        print(name, figures[name], flush=True)


if __name__ == "__main__":
    main()
