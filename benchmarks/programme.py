"""Time of the siting model to its proof, compared with the undecomposed model in the same solver.

Cases: the baseline (`starter`), the same scenario over `world` with five cooling designs and three classes, and a growth
curve of generated candidates: least cost without the budget over sites that are drawn (seeded, with replacement) from the
prepared world, each with costs, emissions and round trips varied by a few percent; `20000x300` draws hubs as well. CPU
seconds are given with wall seconds, because the machine may be shared.
`python benchmarks/programme.py [starter world 1000 20000 20000x300] [--seconds N]`
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from harness.growth import exponent
from harness.machine import about

import siting as st
from siting.problem.parts import Capacity, Incentives, Service
from siting.problem.reachability import merge_demand, near_arcs
from siting.solver.solve import solve_with

HERE = Path(__file__).parent
DESIGNS = ("airside_economizer_adiabatic", "waterside_economizer", "air_cooled_chiller", "direct_liquid", "seawater")
SEED = 1
SECONDS = 120.0
GAP = 1e-4
CURVE = ("100", "300", "1000", "3000", "10000", "20000")
"""Candidates of the growth curve."""
WIDE = "20000x300"
"""Candidates and hubs of the largest case."""
FITTED_FROM = 1000
"""Candidates from which on the exponent of growth is fitted."""
GRACE_S = 120.0
"""Time beyond its limit, for preparing and for uninterruptible parts of a solver, after which a case is terminated [s]."""


def baseline() -> st.Scenario:
    """Return the baseline."""
    return st.Scenario.read(HERE.parent / "scenarios" / "baseline.toml")


def over_the_world(*, budget: bool = True) -> st.Scenario:
    """Return the baseline over `world`, with five designs and three classes."""
    scenario = baseline()
    limits = [st.MaxLatency(batch_ms=250, interactive_ms=180, serving_ms=150)]
    limits += [x for x in scenario.limits if x.kind != "max_latency" and (budget or x.kind != "budget")]
    return st.Scenario(
        name="world",
        demand={"it_mw": 1000, "shares": {"batch": 0.6, "interactive": 0.25, "serving": 0.15}},
        candidates={"set": "world"},
        building={"hall_mw": 20, "min_halls": 2, "cooling": DESIGNS},
        minimise=scenario.minimise,
        limits=tuple(limits),
        policy=scenario.policy,
    )


def with_hubs(problem: st.Problem, n_hubs: int) -> st.Problem:
    """Return a problem of n hubs: all of them, then copies slightly nearer to each site; copies share their demand."""
    rng = np.random.default_rng(SEED)
    more = np.concatenate([np.arange(len(problem.hubs)), rng.integers(len(problem.hubs), size=n_hubs)])[:n_hubs]
    hubs = problem.hubs.iloc[more].reset_index(drop=True)
    hubs["id"] = [f"{h}-{i}" for i, h in enumerate(hubs["id"])]
    demand_mw = problem.demand_mw[more] / np.bincount(more)[more][:, None]
    rtt = problem.rtt_p90_ms[:, more] * rng.uniform(0.95, 1.0, (len(problem.sites), n_hubs))
    return replace(problem, hubs=hubs, demand_mw=demand_mw, rtt_p90_ms=rtt)


def grown(problem: st.Problem, n: int) -> st.Problem:
    """Return a problem of n candidates: a site near each demand, then any, drawn with replacement and varied."""
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
        for x in problem.part(Capacity).charges
    )
    offers = _offers(problem.part(Incentives).offers, source, options)
    names = [[f"{h} {k}" for k in problem.workloads] for h in problem.hubs["id"]]
    groups, arcs = merge_demand(near, problem.demand_mw, names)
    parts = (Service(), Capacity(lines), Incentives(offers))
    return replace(problem, sites=sites, options=options, rtt_p90_ms=rtt, parts=parts, groups=groups, arcs=arcs)


def _offers(offers: pd.DataFrame, source: np.ndarray, options: pd.DataFrame) -> pd.DataFrame:
    """Return the offers to the options that were drawn."""
    of_option = offers.groupby("option").indices
    parts = [of_option.get(int(o), np.zeros(0, dtype=np.intp)) for o in source]
    found = offers.iloc[np.concatenate(parts)].reset_index(drop=True)
    option = np.repeat(np.arange(len(source)), [len(x) for x in parts])
    labels = options["label"].to_numpy()[option]
    return found.assign(option=option, label=[f"{o}__{p}" for o, p in zip(labels, found["programme"], strict=True)])


def problem_of(case: str) -> st.Problem:
    """Return the problem of a case: a name, or a number of candidates."""
    if case[0].isdigit():
        candidates, *hubs = case.split("x")
        scenario = over_the_world(budget=False).model_copy(update={"minimise": st.Cost()})
        problem = st.prepare(scenario)
        return grown(with_hubs(problem, int(hubs[0])) if hubs else problem, int(candidates))
    return st.prepare(baseline() if case == "starter" else over_the_world())


def run(case: str, *, whole: bool, seconds: float) -> dict[str, Any]:
    """Prepare and solve one case; return times and what was proven."""
    began = time.perf_counter()
    problem = problem_of(case)
    prepared = time.perf_counter() - began
    wall, cpu = time.perf_counter(), time.process_time()
    plan = solve_with(problem, [], time_limit_s=seconds, gap=GAP, decompose=not whole)
    return {
        "case": case,
        "model": "whole" if whole else "restricted",
        "sites": len(problem.sites),
        "hubs": len(problem.hubs),
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


def in_own_process(case: str, model: str, *, seconds: float) -> dict[str, Any]:
    """Run one case in a separate process, so that its memory is measured alone; a failure is a row with an error."""
    command = [sys.executable, __file__, case, "--one", model, "--seconds", str(seconds)]
    row = {"case": case, "model": model}
    try:
        done = subprocess.run(  # noqa: S603  (itself)
            command, capture_output=True, text=True, check=False, timeout=seconds + GRACE_S
        )
    except subprocess.TimeoutExpired:
        return row | {"error": f"did not stop in {seconds + GRACE_S:.0f} s"}
    if done.returncode:
        return row | {"error": (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def powers(runs: Sequence[dict[str, Any]]) -> dict[str, float | None]:
    """Return the exponents of growth of time and memory of the proven runs; None for fewer than three."""
    of = [r for r in runs if r["case"] in CURVE and r.get("gap") is not None and r["gap"] <= GAP]
    large = [r for r in of if r["sites"] >= FITTED_FROM]
    return {
        column: exponent([r["sites"] for r in large], [r[column] for r in large])
        for column in ("cpu_seconds", "peak_memory_mb")
    }


def main() -> None:
    """Run every case and write the figures after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=["starter", "world", *CURVE, WIDE])
    parser.add_argument("--one", choices=["whole", "restricted"])
    parser.add_argument("--seconds", type=float, default=SECONDS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(run(args.cases[0], whole=args.one == "whole", seconds=args.seconds)))
        return
    header = about() | {"gap": GAP, "seconds_allowed": args.seconds}
    runs: list[dict[str, Any]] = []
    for case in args.cases:
        for model in ["restricted", "whole"] if case == "starter" else ["restricted"]:
            runs.append(in_own_process(case, model, seconds=args.seconds))
            print(json.dumps(runs[-1]), flush=True)
            figures = {"about": header, "powers": powers(runs), "runs": runs}
            (HERE / "programme.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
