"""Time for 1,000 draws of the uncertain inputs of a plan, relative to 50 million saturation pressures."""

import json
import time
from pathlib import Path

from harness.machine import saturation_baseline_s

import siting as st

DRAWS = 1000
GAP = 0.02


def main() -> None:
    """Solve the baseline to a large gap, draw its interval, and write `interval.json`."""
    scenario = st.Scenario.read(Path(__file__).parents[1] / "scenarios" / "baseline.toml")
    plan = st.solve(st.prepare(scenario), time_limit_s=60.0, gap=GAP)
    base = saturation_baseline_s()
    began = time.perf_counter()
    table = plan.kpis_interval(DRAWS)
    total_s = time.perf_counter() - began
    row = table.loc["emissions_g_per_eflop"]
    figures = {
        "draws": DRAWS,
        "sites": len(plan.sites),
        "inputs": len(st.uncertain_inputs(plan)),
        "interval_s": round(total_s, 2),
        "baseline_s": round(base, 2),
        "interval_over_baseline": round(total_s / base, 2),
        "g_per_eflop": {k: round(float(row[k]), 1) for k in ("mid", "p05", "p50", "p95")},
        "processes": 1,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
