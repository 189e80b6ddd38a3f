"""Return the page on what the inputs do to the answer, docs/leverage.md.

`python docs/build_leverage.py [MOST]` measures: the baseline is solved, its assumptions are ranked, and for each of the first MOST
inputs the scenario is solved again at both ends of its interval. The page is written from that file alone.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FIGURES = HERE / "accuracy" / "leverage.json"
BASELINE = HERE.parent / "scenarios" / "baseline.toml"
MOST = 12
NOT_MOVED = {"load_elsewhere": 0.0, "sites_out": 0, "status": "the same objective"}
SHOWN = 30
GAP = 1e-3
HEAD = """# What the inputs do to the answer

Generated from `docs/accuracy/leverage.json` (`python docs/build_leverage.py`). The inputs of the baseline, ranked by what their
interval does to its objective. **10 %**: change of the objective where the value is 10 % larger. **Range**: difference of the
objective between both ends of the interval, over the objective. Both hold sites, halls and loads, as `plan.assumptions` does.
**Choice**: the scenario solved again at each end, with the budget held in dollars; the share of the load that is then elsewhere,
and how many sites leave. An input that scales all places alike, such as the MFU, has a large range and moves no site.

A quality word states how well a value is known, the range what that costs: an unverified value of small leverage matters less than
a derived one of large leverage. How often each site is chosen when all inputs are drawn together is on
[measurements of studies](studies_measured.md)."""


def page() -> str:
    """Return the page."""
    if not FIGURES.is_file():
        return f"{HEAD}\n\nNot measured yet.\n"
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    rows = list(_rows(figures["inputs"][:SHOWN]))
    head = (
        "input",
        "value",
        "interval",
        "10 %",
        "range",
        "choice: load elsewhere, sites that leave",
        "quality",
        "source",
    )
    table = "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows))
    left = len(figures["inputs"]) - len(rows)
    what = f"Objective: {figures['objective']:.1f} {figures['unit']}, {figures['sites']} sites, measured {figures['date']}."
    tail = f"\n\n{left} more inputs have less leverage than these." if left > 0 else ""
    return f"{HEAD}\n\n{what}\n\n{table}{tail}\n"


def _rows(inputs: Sequence[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for x in inputs:
        ten = "-" if x["effect_10_percent"] is None else f"{100 * x['effect_10_percent']:+.2f} %"
        between = f"{x['low']:.4g} to {x['high']:.4g}" if x["low"] < x["high"] else "none known"
        moved = [
            "not moved" if not m["sites_out"] and m["load_elsewhere"] < 1e-3 else _moved(m) for m in x.get("choice", ())
        ]
        where = "; ".join(dict.fromkeys(moved)) or "not solved"
        source = str(x["source"]).replace("|", "/")[:120]
        value = f"{x['value']:.4g} {x['unit']}".removesuffix(" 1").replace("see its name", "")
        yield x["name"], value, between, ten, f"{100 * x['effect_range']:.2f} %", where, x["quality"], source


def _moved(m: dict[str, Any]) -> str:
    return f"at {m['at']:.3g}: {100 * m['load_elsewhere']:.0f} %, {m['sites_out']} of {m['sites']}"


def measure(most: int) -> dict[str, Any]:
    """Return the figures of the page."""
    import datetime as dt

    import numpy as np

    import siting as st
    from siting.study.session import solve_from
    from siting.study.uncertainty.draws import Draws, inputs_of_problem

    scenario = st.Scenario.read(BASELINE)
    problem = st.prepare(scenario)
    plan = st.solve(problem, gap=GAP)
    table = plan.assumptions
    drawn = inputs_of_problem(problem)
    known = {x.name for x in drawn}
    tried = [n for n in table.index[table["effect_range"] > 0] if n in known][:most]
    ends = [(n, float(table.at[n, end])) for n in tried for end in ("low", "high")]
    values = {x.name: np.full(len(ends), x.mid) for x in drawn}
    for k, (name, value) in enumerate(ends):
        values[name][k] = value
    draws = Draws(problem, tuple(drawn), values)
    own = plan.sites.set_index("id")["it_mw"]
    choice: dict[str, list[dict[str, Any]]] = {}
    terms = scenario.minimise.linear(problem).terms
    for k, (name, value) in enumerate(ends):
        if all(np.allclose(a[k], terms.get(f, 0.0), rtol=1e-12, atol=0.0) for f, a in draws.arrays.items()):
            choice.setdefault(name, []).append(NOT_MOVED | {"at": value, "sites": len(own)})
            continue
        there = replace(problem, scenario=scenario.model_copy(update={"minimise": draws.at(k)}))
        best = solve_from(
            there, [], plan, least_cost_usd_per_year=plan.proof.least_cost_usd_per_year, time_limit_s=60.0, gap=GAP
        )
        mw = best.sites.set_index("id")["it_mw"].reindex(own.index.union(best.sites["id"]), fill_value=0.0)
        elsewhere = float((mw - own.reindex(mw.index, fill_value=0.0)).clip(lower=0).sum() / own.sum())
        out = int((mw.reindex(own.index) <= 0).sum())
        choice.setdefault(name, []).append(
            {"at": value, "load_elsewhere": elsewhere, "sites_out": out, "sites": len(own), "status": best.status}
        )
    records = json.loads(table.reset_index().to_json(orient="records", double_precision=12))
    for record in records:
        if record["name"] in choice:
            record["choice"] = choice[record["name"]]
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "objective": plan.objective,
        "unit": plan.proof.unit,
        "sites": len(own),
        "gap": GAP,
        "inputs": records,
    }


if __name__ == "__main__":
    found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else MOST)
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
