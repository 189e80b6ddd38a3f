"""How long 1,000 draws of a plan's uncertain inputs take, against 50 million saturation pressures."""

import json
import time
from pathlib import Path

import numpy as np

import siting as st
from siting.physics.air.psychrometrics import saturation_pressure_pa

DRAWS = 1000
GAP = 0.02


def baseline_s() -> float:
    """Return the time of 50 million saturation pressures: what this machine is worth."""
    hours = np.linspace(-40, 45, 500_000)
    began = time.perf_counter()
    for _ in range(100):
        saturation_pressure_pa(hours)
    return time.perf_counter() - began


def main() -> None:
    """Solve the shipped question loosely, draw its interval, and write `interval.json`."""
    question = st.Scenario.read(Path(__file__).parents[1] / "scenarios" / "baseline.toml")
    plan = st.solve(st.prepare(question), time_limit_s=60.0, gap=GAP)
    base = baseline_s()
    began = time.perf_counter()
    table = plan.kpis_interval(DRAWS)
    whole = time.perf_counter() - began
    row = table.loc["emissions_g_per_eflop"]
    figures = {
        "draws": DRAWS,
        "sites": len(plan.sites),
        "inputs": len(st.uncertain_inputs(plan)),
        "interval_s": round(whole, 2),
        "baseline_s": round(base, 2),
        "interval_over_baseline": round(whole / base, 2),
        "g_per_eflop": {k: round(float(row[k]), 1) for k in ("mid", "p05", "p50", "p95")},
        "processes": 1,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
