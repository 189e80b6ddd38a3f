"""What a sweep costs beside solving, how it scales with workers, and what a re-solve costs against a fresh one.

`python benchmarks/sweep.py [--resolves N]`; ratios are taken in one process, alternating, as machines are busy.
"""

import argparse
import json
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import siting as st
from siting.study.paths import with_values

SMALL = st.Scenario(name="small", demand={"it_mw": 150.0}, limits=(st.SiteCount(min=2, max=4),))
"""A question that is solved in a second or two."""

GAP = 1e-3
EMPTY_RUNS = 1000
SCALED_RUNS = 16


def memory_mb() -> float:
    """Return the most memory that this process had so far [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def overhead() -> dict[str, float]:
    """Return what a run costs that fails before it is prepared: hashing, handing out, writing, reading back."""
    mark: dict[int, float] = {}
    runs = [{"hardware.mfu": 2.0 + i} for i in range(EMPTY_RUNS)]
    with tempfile.TemporaryDirectory() as folder:
        began, cpu = time.perf_counter(), time.process_time()
        st.sweep(SMALL, runs, store=f"{folder}/s", workers=1, told=lambda n, _, __: mark.setdefault(n, memory_mb()))
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
        from siting.study import sweep as room
        from siting.study.workers import in_processes

        own, room.here = room.here, lambda jobs: in_processes(jobs, 1)  # one process too, so that both start alike
        began = time.perf_counter()
        table = st.sweep(SMALL, runs, workers=workers, **how).table
        room.here = own
    else:
        from distributed import LocalCluster

        with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as found:
            began = time.perf_counter()
            table = st.sweep(SMALL, runs, scheduler=found.scheduler_address, **how).table
    took = time.perf_counter() - began
    return {"seconds": round(took, 1), "seconds_in_runs": round(float(table["seconds"].sum()), 1), "runs": len(table)}


def resolves(scenario: st.Scenario, path: str, values: list[float], gap: float) -> dict[str, float]:
    """Return the time of re-solves in a study against fresh `prepare` and `solve`, alternating."""
    study = st.Study(gap=gap, time_limit_s=300.0)
    study.solve(scenario)
    fresh = again = prepared = prepared_again = 0.0
    for value in values:
        question = with_values(scenario, {path: value})
        began = time.perf_counter()
        problem = st.prepare(question)
        prepared += time.perf_counter() - began
        one = st.solve(problem, gap=gap, time_limit_s=300.0)
        fresh += time.perf_counter() - began
        began = time.perf_counter()
        problem = study.prepare(question)
        prepared_again += time.perf_counter() - began
        other = study.solve(problem)
        again += time.perf_counter() - began
        assert one.objective is not None  # noqa: S101
        assert other.objective is not None  # noqa: S101
        assert abs(one.objective - other.objective) <= 2 * gap * one.objective  # noqa: S101
    return {
        "questions": len(values),
        "gap": gap,
        "fresh_s": round(fresh, 2),
        "again_s": round(again, 2),
        "again_over_fresh": round(again / fresh, 3),
        "prepare_again_over_fresh": round(prepared_again / prepared, 3),
    }


def main() -> None:
    """Measure, and write `sweep.json` part by part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resolves", type=int, default=3, help="re-solves of the baseline")
    parser.add_argument("--parts", nargs="+", default=["overhead", "processes", "dask", "small", "price", "budget"])
    asked = parser.parse_args()
    baseline = st.Scenario.read(Path(__file__).parents[1] / "scenarios" / "baseline.toml")
    n = asked.resolves
    parts = {
        "overhead": overhead,
        "processes": lambda: scaling(cluster=False),
        "dask": lambda: scaling(cluster=True),
        "small": lambda: resolves(SMALL, "policy.carbon_price_usd_per_t", [10.0 * i for i in range(1, 21)], GAP),
        "price": lambda: resolves(baseline, "policy.carbon_price_usd_per_t", [10.0 * i for i in range(1, n + 1)], 1e-2),
        "budget": lambda: resolves(
            baseline, "limits.budget.above_least_cost", [0.03 + 0.001 * i for i in range(1, n + 1)], 1e-2
        ),
    }
    path = Path(__file__).with_suffix(".json")
    figures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name in asked.parts:
        load = os.getloadavg()[0] / (os.cpu_count() or 1)
        figures[name] = parts[name]() | {"load_per_core_before": round(load, 1)}
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(name, figures[name], flush=True)


if __name__ == "__main__":
    main()
