"""Reachability: arcs within the latency limits, sites and hubs without any, and demand merged into groups."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from siting.errors import InfeasibleError, listed
from siting.problem.problem import Arcs, Groups
from siting.scenario.scenario import Scenario
from siting.units import Bools, Floats


def near_arcs(
    scenario: Scenario, sites: pd.DataFrame, hubs: pd.DataFrame, rtt: Floats, demand_mw: Floats
) -> tuple[Bools, Bools]:
    """Return which (site, hub, class) triples every limit allows and that have demand, and which are allowed at any distance."""
    near = np.broadcast_to(demand_mw > 0, (*rtt.shape, demand_mw.shape[1])).copy()
    allowed = np.ones_like(near)
    for k, workload in enumerate(scenario.demand.shares):
        for limit in scenario.limits:
            keep, pairs = limit.keep_arcs([workload] * rtt.size, rtt.ravel()), limit.keep_pairs(sites, hubs, workload)
            if keep is not None:
                near[:, :, k] &= keep.reshape(rtt.shape)
            if pairs is not None:
                allowed[:, :, k] &= pairs
    return near & allowed, allowed


def require_reach(
    scenario: Scenario,
    hubs: pd.DataFrame,
    demand_mw: Floats,
    rtt: Floats,
    near: Bools,
    allowed: Bools,
    excluding: Sequence[str],
) -> None:
    """Refuse a demand that no site can reach in time; an elastic one stays unmet there."""
    lost = np.argwhere((demand_mw > 0) & ~near.any(axis=0))
    if scenario.demand.elastic is not None or not len(lost):
        return
    workloads = list(scenario.demand.shares)
    rule = _names_of(scenario, "keep_pairs")
    faults = [
        f"hub {hubs['id'].iloc[h]}, class `{workloads[k]}`: {_nearest_that_may(rtt[:, h], allowed[:, h, k], rule)}"
        for h, k in lost
    ]
    advice = "; ".join(f"`{x.name}`: {x.how_to_loosen()}" for x in scenario.limits if x.overrides("keep_arcs"))
    kinds = listed(f"`{x.name}`" for x in scenario.acting_limits if x.name in excluding)
    raise InfeasibleError.from_faults(
        f"no candidate can serve {len(faults)} hub/class demand(s) in time: loosen the limits to the values below"
        f"{f' ({advice})' if advice else ''}, add candidates nearby{f', relax the limits that excluded some ({kinds})' if kinds else ''}, "
        "or leave hubs out (`demand.exclude_countries`)",
        faults,
    )


def _names_of(scenario: Scenario, method: str) -> str:
    """Return the names of the limits that override a method, such as `keep_arcs`."""
    return " and ".join(dict.fromkeys(x.name for x in scenario.limits if x.overrides(method)))


def _nearest_that_may(rtt_ms: Floats, allowed: Bools, rule: str) -> str:
    """Return the round trip of the nearest candidate that may serve a hub, as text."""
    if len(allowed) and not allowed.any():
        return f"the nearest candidate answers in {_rounded_up(rtt_ms.min())} ms (p90), but `{rule}` allows none"
    best = rtt_ms[allowed].min() if len(allowed) else np.inf
    which = "" if allowed.all() else f" that `{rule}` allows"
    return f"the nearest candidate{which} answers in {_rounded_up(best)} ms (p90)"


def _rounded_up(rtt_ms: float) -> str:
    """Return a time that suffices as a limit, rounded up to milliseconds."""
    return f"{np.ceil(rtt_ms):.0f}"


def drop_far(
    scenario: Scenario, sites: pd.DataFrame, options: pd.DataFrame, rtt: Floats, near: Bools, allowed: Bools
) -> tuple[pd.DataFrame, pd.DataFrame, Floats, Bools, list[tuple[str, str, str]]]:
    """Drop sites that may not serve any hub, or reach none of the allowed ones in time."""
    reach, may = near.any(axis=(1, 2)), allowed.any(axis=2)
    far = []
    for s in np.flatnonzero(~reach):
        method, why = "keep_pairs", "may serve no hub"
        if may[s].any():
            nearest_ms = _rounded_up(rtt[s, may[s]].min())
            method, why = "keep_arcs", f"reaches no hub in time: the nearest answers in {nearest_ms} ms (p90)"
        far.append((str(sites["id"].iloc[s]), _names_of(scenario, method), why))
    left, renumbered = keep_options(sites, options, reach[options["site"]])
    return left, renumbered, rtt[reach], near[reach], far


def merge_demand(
    near: Bools, demand_mw: Floats, names: Sequence[Sequence[str]], *, apart: bool = False
) -> tuple[Groups, Arcs]:
    """Merge demand that the same sites may serve, and return the arcs from sites to groups.

    Parameters
    ----------
    near : numpy.ndarray
        Which site may serve which hub and class, (n_sites, n_hubs, n_workloads).
    demand_mw : numpy.ndarray
        Demand [MW], (n_hubs, n_workloads).
    names : sequence of sequence of str
        A name for each hub and class.
    apart : bool, optional
        Keep hubs separate even if the same sites can serve them: an objective depends on their round trips.

    Returns
    -------
    Groups, Arcs
        The merged demand, and who may serve it.
    """
    wanted = np.argwhere(demand_mw > 0)
    reach = near[:, wanted[:, 0], wanted[:, 1]].T
    alike = np.column_stack([reach, wanted[:, 0]]) if apart else reach
    _, first, group = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    patterns = reach[first]
    of = np.full(demand_mw.shape, -1, dtype=np.intp)
    of[wanted[:, 0], wanted[:, 1]] = group
    total = np.bincount(group, weights=demand_mw[wanted[:, 0], wanted[:, 1]])
    more = np.bincount(group) - 1
    labels = [names[h][k] + (f" and {m} more" if m else "") for (h, k), m in zip(wanted[first], more, strict=True)]
    g, s = np.nonzero(patterns)
    return Groups(of, total, tuple(labels)), Arcs(s, g)


def keep_options(sites: pd.DataFrame, options: pd.DataFrame, kept: Bools) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep some options, and the sites that still have one, renumbered."""
    left = options[kept]
    site, position = np.unique(left["site"].to_numpy(np.intp), return_inverse=True)
    return sites.iloc[site].reset_index(drop=True), left.assign(site=position).reset_index(drop=True)
