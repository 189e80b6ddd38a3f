"""How long the siting programme takes to its proof, beside the whole model handed to the same solver.

Cases: the baseline (`starter`), the same question over `world` with five cooling designs and three classes, and a
growth curve of made-up candidates: the least cost of that question, without its budget, over sites of the prepared world
drawn again and again (seeded), each with its own costs, emissions and round trips, off by a few percent; `20000x300`
draws hubs as well. CPU seconds stand beside wall seconds, as the machine may be shared.
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
"""Candidates from which on the power of growth is fitted."""
GRACE_S = 120.0
"""Time beyond its limit, for preparing and for what a solver does not interrupt, after which a case is ended [s]."""


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


def with_hubs(problem: st.Problem, n_hubs: int) -> st.Problem:
    """Return a problem of n hubs: all of them, then any again, a little nearer to each site; copies share their demand."""
    rng = np.random.default_rng(SEED)
    more = np.concatenate([np.arange(len(problem.hubs)), rng.integers(len(problem.hubs), size=n_hubs)])[:n_hubs]
    hubs = problem.hubs.iloc[more].reset_index(drop=True)
    hubs["id"] = [f"{h}-{i}" for i, h in enumerate(hubs["id"])]
    demand_mw = problem.demand_mw[more] / np.bincount(more)[more][:, None]
    rtt = problem.rtt_p90_ms[:, more] * rng.uniform(0.95, 1.0, (len(problem.sites), n_hubs))
    return replace(problem, hubs=hubs, demand_mw=demand_mw, rtt_p90_ms=rtt)


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
        asked = over_the_world(budget=False).model_copy(update={"minimise": st.Cost()})
        problem = st.prepare(asked)
        return grown(with_hubs(problem, int(hubs[0])) if hubs else problem, int(candidates))
    return st.prepare(baseline() if case == "starter" else over_the_world())


def run(case: str, *, whole: bool, seconds: float) -> dict[str, Any]:
    """Prepare and solve one case, and say how long it took and what was proven."""
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
    """Run one case in a process of its own, so that its memory is its own; one that fails is a row that says so."""
    command = [sys.executable, __file__, case, "--one", model, "--seconds", str(seconds)]
    told = {"case": case, "model": model}
    try:
        done = subprocess.run(  # noqa: S603  (itself)
            command, capture_output=True, text=True, check=False, timeout=seconds + GRACE_S
        )
    except subprocess.TimeoutExpired:
        return told | {"error": f"did not stop in {seconds + GRACE_S:.0f} s"}
    if done.returncode:
        return told | {"error": (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def powers(runs: Sequence[dict[str, Any]]) -> dict[str, float | None]:
    """Return the powers of the candidates with which time and memory of the proven runs grow; None of fewer than three."""
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
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(run(asked.cases[0], whole=asked.one == "whole", seconds=asked.seconds)))
        return
    told = about() | {"gap": GAP, "seconds_allowed": asked.seconds}
    runs: list[dict[str, Any]] = []
    for case in asked.cases:
        for model in ["restricted", "whole"] if case == "starter" else ["restricted"]:
            runs.append(in_own_process(case, model, seconds=asked.seconds))
            print(json.dumps(runs[-1]), flush=True)
            figures = {"about": told, "powers": powers(runs), "runs": runs}
            (HERE / "programme.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
