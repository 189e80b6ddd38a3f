"""The frontier of the baseline without its budget, and how often each site is chosen when inputs are drawn.

`python benchmarks/studies.py [--points N --samples N --gap G]` writes `studies.json` beside itself, part by part; `--store`
names a folder from which a stopped ensemble continues.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from harness.machine import about

import siting as st

BASELINE = Path(__file__).parents[1] / "scenarios" / "baseline.toml"
FIGURES = Path(__file__).with_suffix(".json")


def front(points: int, gap: float, time_limit_s: float) -> dict[str, Any]:
    """Return the frontier of cost and emissions of the baseline without its budget."""
    scenario = st.change(st.Scenario.read(BASELINE), without=["budget"], name="baseline without budget")
    began, cpu = time.perf_counter(), time.process_time()
    found = st.frontier(scenario, points=points, gap=gap, time_limit_s=time_limit_s)
    rows = [
        {
            "cost_usd_per_eflop": row.cost_usd_per_eflop,
            "emissions_g_per_eflop": row.emissions_g_per_eflop,
            "gap": row.gap,
            "status": row.status,
            "sites": int(row.n_sites),
            "seconds": plan.proof.seconds,
        }
        for row, plan in zip(found.table.itertuples(), found, strict=True)
    ]
    return {
        "asked_points": points,
        "gap": gap,
        "time_limit_s": time_limit_s,
        "points": rows,
        "levels_settled_without_a_solve": found.settled,
        "levels_without_a_plan": len(found.unsolved),
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
    }


def chosen(samples: int, gap: float, time_limit_s: float, store: str | None) -> dict[str, Any]:
    """Return how often each site is chosen in an ensemble of the baseline, and the regret of its plan."""
    began, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        found = st.ensemble(
            st.Scenario.read(BASELINE),
            samples=samples,
            seed=1,
            store=store or f"{folder}/ensemble",
            workers=1,
            gap=gap,
            time_limit_s=time_limit_s,
        )
    solved = found.solved
    regret = solved["regret"] / solved["objective"]
    return {
        "samples": samples,
        "seed": 1,
        "gap": gap,
        "time_limit_s": time_limit_s,
        "status": {str(k): int(v) for k, v in found.table["status"].value_counts().items()},
        "objective": {str(q): float(solved["objective"].quantile(q)) for q in (0.05, 0.5, 0.95)},
        "unit": found.unit,
        "plan_objective": found.plan.objective,
        "regret_share": {"mean": float(regret.mean()), "largest": float(regret.max())},
        "sites": json.loads(found.sites.to_json(orient="records")),
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
    }


def main() -> None:
    """Measure, and write `studies.json` part by part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=12)
    parser.add_argument("--samples", type=int, default=50)
    parser.add_argument("--gap", type=float, default=1e-2)
    parser.add_argument("--time-limit", type=float, default=120.0, help="a solve [s]")
    parser.add_argument("--store", help="folder of the samples, to continue a stopped run")
    parser.add_argument("--parts", nargs="+", choices=("frontier", "ensemble"), default=["frontier", "ensemble"])
    args = parser.parse_args()
    figures = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    for part in args.parts:
        machine = about()
        if part == "frontier":
            figures[part] = front(args.points, args.gap, args.time_limit)
        else:
            figures[part] = chosen(args.samples, args.gap, args.time_limit, args.store)
        figures[part]["about"] = machine
        FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(part, "written", flush=True)


if __name__ == "__main__":
    main()
