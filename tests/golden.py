"""The golden record: what the shipped scenarios and pmed1-20 come to. `python tests/golden.py` writes it again.

The record holds numbers to 1e-9 relative. It is compared in `test_golden.py`; a change of it belongs in the commit
that causes the change, with the reason.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from medians import BENCH

import siting
from siting import locate

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent / "expected" / "golden"
SCENARIOS = tuple(sorted(p.stem for p in (ROOT / "scenarios").glob("*.toml")))
TIME_LIMIT_S = 900.0


def record_of(name: str) -> dict[str, Any]:
    """Solve a shipped scenario and return the numbers that its plan and report print."""
    plan = siting.solve(
        siting.prepare(siting.Scenario.read(ROOT / "scenarios" / f"{name}.toml")), time_limit_s=TIME_LIMIT_S
    )
    today = siting.today(plan.scenario)
    sums = plan.ledger.groupby("line")[["usd_per_year", "tco2e_per_year"]].sum()
    return {
        "status": plan.status,
        "objective": plan.objective,
        "bound": plan.bound,
        "unit": plan.proof.unit,
        "sites": {
            str(r["id"]): [str(r["cooling"]), int(r["halls"]), float(r["it_mw"])]
            for r in plan.sites.sort_values("id").to_dict("records")
        },
        "kpis": plan.kpis,
        "ledger": {str(k): [float(v["usd_per_year"]), float(v["tco2e_per_year"])] for k, v in sums.iterrows()},
        "binding": len(plan.binding),
        "excluded": len(plan.excluded),
        "today": [today.emissions_g_per_eflop, today.cost_usd_per_eflop, today.renewable_share, today.known_share],
    }


def p_medians() -> dict[str, float]:
    """Solve pmed1 to pmed20 and return their objectives; needs the third-party instances."""
    found = {}
    for i in range(1, 21):
        with np.load(BENCH / "p_median" / f"pmed{i}.npz") as arrays:
            found[f"pmed{i}"] = float(locate.p_median(arrays["distance"], int(arrays["p"])).objective)
    return found


def main() -> None:
    """Write the record of every scenario, and of the p-medians."""
    HERE.mkdir(exist_ok=True)
    for name in SCENARIOS:
        (HERE / f"{name}.json").write_text(json.dumps(record_of(name), indent=1) + "\n", encoding="utf-8")
    (HERE / "p_medians.json").write_text(json.dumps(p_medians(), indent=1) + "\n", encoding="utf-8")
    (HERE / "public_names.json").write_text(json.dumps(sorted(siting.__all__), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
