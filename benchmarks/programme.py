"""How long the siting programme takes to its proof, beside the whole model handed to the same solver.

Cases: the baseline (`starter`), the same question over `world` with five cooling designs and three classes, and a
growth curve of made-up candidates: sites of the prepared world drawn again and again (seeded), each with its own
costs, emissions and round trips, off by a few percent. CPU seconds stand beside wall seconds, as the machine may
be shared. `python benchmarks/programme.py starter world 1000 20000`
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import siting as st
from siting.model.reach import merge_demand, near_arcs
from siting.solver.solve import solve_with

HERE = Path(__file__).parent
DESIGNS = ("airside_economizer_adiabatic", "waterside_economizer", "air_cooled_chiller", "direct_liquid", "seawater")
SEED = 1
SECONDS = 120.0
GAP = 1e-4


def baseline() -> st.Scenario:
    """Return the baseline."""
    return st.Scenario.read(HERE.parent / "scenarios" / "baseline.toml")


def over_the_world(*, budget: bool = True) -> st.Scenario:
    """Return the baseline over `world`, with five designs and three classes."""
    asked = baseline()
    limits = [st.MaxLatency(batch_ms=250, interactive_ms=180, serving_ms=150)]
    limits += [x for x in asked.limits if x.kind != "max_latency" and (budget or x.kind != "budget")]
    return st.Scenario(
        name="world",
        demand={"it_mw": 1000, "shares": {"batch": 0.6, "interactive": 0.25, "serving": 0.15}},
        candidates={"set": "world"},
        building={"hall_mw": 20, "min_halls": 2, "cooling": DESIGNS},
        minimise=asked.minimise,
        limits=tuple(limits),
        policy=asked.policy,
    )


def grown(problem: st.Problem, n: int) -> st.Problem:
    """Return a problem of n candidates: a site near each demand, then any, drawn with replacement and moved a little."""
    rng = np.random.default_rng(SEED)
    near_each = problem.arcs.site[np.unique(problem.arcs.group, return_index=True)[1]]
    drawn = np.concatenate([near_each, rng.integers(len(problem.sites), size=n)])[:n]
    sites = problem.sites.iloc[drawn].reset_index(drop=True)
    sites["id"] = [f"{s}-{i}" for i, s in enumerate(sites["id"])]
    rtt = problem.rtt_p90_ms[drawn] * rng.uniform(0.95, 1.0, (n, 1))
    near, _ = near_arcs(problem.scenario, sites, problem.hubs, rtt, problem.demand_mw)
    of_site = problem.options.groupby("site").indices
    parts = [of_site[int(s)] for s in drawn]
    source = np.concatenate(parts)
    site = np.repeat(np.arange(n), [len(x) for x in parts])
    options = problem.options.iloc[source].reset_index(drop=True).assign(site=site)
    options["label"] = [f"{sites['id'].iloc[s]}__{c}" for s, c in zip(site, options["cooling"], strict=True)]
    off = rng.uniform(0.98, 1.02, n)[site]
    lines = tuple(
        replace(x, usd_per_year=x.usd_per_year[source] * off, tco2e_per_year=x.tco2e_per_year[source] * off)
        for x in problem.lines
    )
    claims = _claims(problem.claims, source, options)
    names = [[f"{h} {k}" for k in problem.workloads] for h in problem.hubs["id"]]
    groups, arcs = merge_demand(near, problem.demand_mw, names)
    return replace(
        problem, sites=sites, options=options, rtt_p90_ms=rtt, lines=lines, claims=claims, groups=groups, arcs=arcs
    )


def _claims(claims: pd.DataFrame, source: np.ndarray, options: pd.DataFrame) -> pd.DataFrame:
    """Return the claims of the options that were drawn."""
    of_option = claims.groupby("option").indices
    parts = [of_option.get(int(o), np.zeros(0, dtype=np.intp)) for o in source]
    found = claims.iloc[np.concatenate(parts)].reset_index(drop=True)
    option = np.repeat(np.arange(len(source)), [len(x) for x in parts])
    labels = options["label"].to_numpy()[option]
    return found.assign(option=option, label=[f"{o}__{p}" for o, p in zip(labels, found["programme"], strict=True)])


def problem_of(case: str) -> st.Problem:
    """Return the problem of a case: a name, or a number of candidates."""
    if case.isdigit():
        return grown(st.prepare(over_the_world(budget=False)), int(case))
    return st.prepare(baseline() if case == "starter" else over_the_world())


def run(case: str, *, whole: bool) -> dict[str, object]:
    """Prepare and solve one case, and say how long it took and what was proven."""
    began = time.perf_counter()
    problem = problem_of(case)
    prepared = time.perf_counter() - began
    wall, cpu = time.perf_counter(), time.process_time()
    plan = solve_with(problem, [], time_limit_s=SECONDS, gap=GAP, whole=whole)
    return {
        "case": case,
        "model": "whole" if whole else "restricted",
        "sites": len(problem.sites),
        "options": len(problem.options),
        "arcs": len(problem.arcs),
        "prepare_seconds": round(prepared, 1),
        "seconds": round(time.perf_counter() - wall, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "status": plan.status,
        "objective": plan.objective,
        "gap": plan.gap,
        "least_cost_usd_per_year": plan.proof.least_cost_usd_per_year,
        "considered": dict(plan.proof.considered),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Run every case in a process of its own, so that its memory is its own, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=["starter", "world", "1000", "4000", "20000"])
    parser.add_argument("--one", choices=["whole", "restricted"])
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(run(asked.cases[0], whole=asked.one == "whole")))
        return
    figures: dict[str, object] = {
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}; shared, busy",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "seconds_allowed": SECONDS,
        "gap_asked": GAP,
        "runs": [],
    }
    for case in asked.cases:
        for model in ["restricted"] if case.isdigit() else ["restricted", "whole"]:
            command = [sys.executable, __file__, case, "--one", model]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (itself)
            line = done.stdout.strip().splitlines()[-1] if done.returncode == 0 else "{}"
            found = json.loads(line) or {"case": case, "model": model, "error": done.stderr.strip().splitlines()[-1]}
            print(json.dumps(found), flush=True)
            figures["runs"].append(found)  # type: ignore[attr-defined]
            (HERE / "programme.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
