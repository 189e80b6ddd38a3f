"""Hubs that no candidate reaches within `max_latency`: the nearest candidate, and nearer ones that were excluded."""

import numpy as np
import pandas as pd

from siting.errors import InfeasibleError, ScenarioError
from siting.limits import MaxLatency
from siting.problem.prepare import prepare
from siting.problem.problem import Problem
from siting.scenario.named_places import candidates_of
from siting.scenario.scenario import Scenario
from siting.world.latency.round_trips import rtt_ms


def out_of_reach(scenario: Scenario) -> tuple[list[str], list[str]] | None:
    """Return which hubs are out of reach and how to reach them; None if reach is not the cause.

    Parameters
    ----------
    scenario : Scenario
        A scenario that `prepare` found infeasible.

    Returns
    -------
    (list of str, list of str) or None
        Reasons, one for each hub and class; fixes.
    """
    latency = [x for x in scenario.limits if isinstance(x, MaxLatency)]
    if not latency:
        return None
    limits = tuple(x for x in scenario.limits if not isinstance(x, MaxLatency))
    try:
        problem = prepare(scenario.model_copy(update={"limits": limits}))
    except (InfeasibleError, ScenarioError):
        return None
    needed: dict[str, float] = {}
    reasons = []
    for k, workload in enumerate(problem.workloads):
        limit = min(x.limit_ms(workload) for x in latency)
        for h in map(int, np.flatnonzero((problem.demand_mw[:, k] > 0) & (problem.rtt_p90_ms.min(axis=0) > limit))):
            nearest = int(np.argmin(problem.rtt_p90_ms[:, h]))
            ms = float(np.ceil(problem.rtt_p90_ms[nearest, h]))
            needed[f"{workload}_ms"] = max(ms, needed.get(f"{workload}_ms", 0.0))
            site = problem.sites["name"].iloc[nearest]
            reason = f"no site within {limit:g} ms of {problem.hubs['name'].iloc[h]} (`{workload}`); the nearest, {site}, is {ms:.0f} ms"
            reasons.append(f"{reason}: raise `{workload}_ms` to {ms:.0f}{_allow(scenario, problem, h, limit)}")
    if not reasons:
        return None
    return reasons, [f"`{latency[0].name}`: {latency[0].how_to_loosen(needed)}"]


def _allow(scenario: Scenario, problem: Problem, hub: int, limit_ms: float) -> str:
    """Name the nearest candidate in reach that another limit excluded."""
    out = problem.excluded.drop_duplicates("site").set_index("site")
    excluded = candidates_of(scenario).set_index("id").reindex(out.index).dropna(subset=["lon", "lat"])
    if excluded.empty:
        return ""
    at = problem.hubs.iloc[hub]
    lon, lat = excluded["lon"].to_numpy(float), excluded["lat"].to_numpy(float)
    times = rtt_ms(lon, lat, float(at["lon"]), float(at["lat"]), quantile=0.9, network=scenario.demand.network)
    ms = pd.Series(np.atleast_1d(times), excluded.index)
    site = str(ms.idxmin())
    by = str(out.at[site, "limit"])
    name = str(excluded.at[site, "name"])
    if ms[site] > limit_ms:
        return ""
    return f", or allow {name} ({np.ceil(ms[site]):.0f} ms; excluded by {by})"
