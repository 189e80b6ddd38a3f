"""Who serves whom: the demand of every hub is served from the load of the built options."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, overload

import numpy as np
import pandas as pd

from siting.problem.part import Decisions, Part
from siting.problem.problem import Arcs, Problem
from siting.problem.rows import Family, Rows, group_sum
from siting.units import Floats
from siting.world.latency.round_trips import rtt_quality
from siting.world.user_files.user_rtt import YOURS

LOAD_FLOOR_MW = 1e-6
"""Loads below this are the solver's rounding, not a service."""
UNMET_FLOOR_MW = 1e-5
"""Unserved demand of a group below this is the solver's rounding: ten times the tolerance of its rows."""
EXACT = 1e-12
"""Relative difference of sums of floating-point numbers that is not a solver's."""


class ArcLabels(Sequence[str]):
    """The labels of arcs, each made on access: millions of them are never handed to a solver.

    Parameters
    ----------
    sites : sequence of str
        Id of each site.
    arcs : Arcs
        The arcs.
    """

    def __init__(self, sites: Sequence[str], arcs: Arcs) -> None:
        self._sites, self._arcs = sites, arcs

    def __len__(self) -> int:
        return len(self._arcs)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        return f"{self._sites[self._arcs.site[at]]}__g{self._arcs.group[at]}"


@dataclass(frozen=True)
class Service(Part):
    """Serve every hub and workload class in full, from the load of the built options.

    ``sum_s serve_mw[s,g] = demand_mw[g]`` for every group g of hubs and classes that the same sites
    can reach, and ``sum_{o of s} load_mw[o] = sum_g serve_mw[s,g]`` for every site s. Where another part leaves
    demand unserved (`Part.unserved`), its variables join the first sum.
    """

    name: ClassVar[str] = "service"
    row_names: ClassVar[Mapping[str, str]] = MappingProxyType({"serve": "the demand"})
    column_rank: ClassVar[int] = 3

    def families(self, problem: Problem) -> tuple[Family, ...]:
        """Return the mean IT draw that each arc carries [MW]."""
        arcs, zero = problem.arcs, np.zeros(len(problem.arcs))
        labels, most = ArcLabels(list(problem.sites["id"]), arcs), problem.groups.demand_mw[arcs.group]
        return (Family("serve_mw", labels, zero, most, integer=False, owner="site", owner_index=arcs.site),)

    def rows(self, problem: Problem) -> list[Rows]:
        """Return one equality a group and one a site [MW]."""
        arcs, groups, n_sites = problem.arcs, problem.groups, len(problem.sites)
        ones = np.ones(len(arcs))
        served = group_sum(arcs.group, ones, len(groups.demand_mw))
        given = group_sum(arcs.site, ones, n_sites)
        site = problem.options["site"].to_numpy(np.intp)
        drawn = group_sum(site, np.ones(len(site)), n_sites)
        terms = {"serve_mw": served}
        for part in problem.parts:
            terms |= part.unserved(problem)
        where = [str(s) for s in problem.sites["id"]]
        return [
            Rows("serve", list(groups.labels), terms, "==", groups.demand_mw, "MW"),
            Rows("serve", where, {"load_mw": drawn, "serve_mw": -given}, "==", np.zeros(n_sites), "MW"),
        ]

    def start(self, problem: Problem, plan: Decisions, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return a plan's assignments, added up over the hubs of each group."""
        site = {str(s): i for i, s in enumerate(problem.sites["id"])}
        hub = {str(h): i for i, h in enumerate(problem.hubs["id"])}
        work = {k: i for i, k in enumerate(problem.workloads)}
        arc = {pair: a for a, pair in enumerate(zip(problem.arcs.site, problem.arcs.group, strict=True))}
        mw = np.zeros(len(problem.arcs))
        table = plan.assignments
        for s, h, k, it_mw in zip(table["site"], table["hub"], table["workload"], table["it_mw"], strict=True):
            if s in site and h in hub and k in work:
                a = arc.get((site[s], problem.groups.of[hub[h], work[k]]))
                if a is not None:
                    mw[a] += it_mw
        return {"serve_mw": mw}

    def settle(self, problem: Problem, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return services and loads without the solver's rounding: none from sites that are not built, full sums.

        A solver satisfies rows and integers to some 1e-6, which leaves loads at closed sites and groups served short.
        """
        arcs, demand = problem.arcs, problem.groups.demand_mw
        site = problem.options["site"].to_numpy(np.intp)
        is_built = np.zeros(len(problem.sites), dtype=bool)
        is_built[site[problem.built(values)]] = True
        floor = LOAD_FLOOR_MW * np.minimum(demand, 1.0)
        unmet = sum(
            (m @ values[f] for p in problem.parts for f, m in p.unserved(problem).items()), np.zeros(len(demand))
        )
        left = demand - np.where(unmet > UNMET_FLOOR_MW, unmet, 0.0)
        serve = np.where(is_built[arcs.site] & (values["serve_mw"] > floor[arcs.group]), values["serve_mw"], 0.0)
        served = np.bincount(arcs.group, serve, len(demand))
        factor = np.where(served > 0, left / np.where(served > 0, served, 1.0), 1.0)
        serve *= np.where(np.abs(factor - 1.0) > EXACT, factor, 1.0)[arcs.group]
        drawn = np.bincount(arcs.site, serve, len(problem.sites))
        load = np.where(values["open"] > 0.5, drawn[site], 0.0)
        same = np.abs(load - values["load_mw"]) <= EXACT * np.abs(load)
        return {"serve_mw": serve, "load_mw": np.where(same, values["load_mw"], load)}


def assignments(problem: Problem, values: Mapping[str, Floats]) -> pd.DataFrame:
    """Return who serves whom, largest first within a site.

    The hubs and classes of a group are served alike: each gets the group's mix of sites, in proportion to its demand.
    """
    given = np.zeros((len(problem.sites), len(problem.groups.demand_mw)))
    given[problem.arcs.site, problem.arcs.group] = values["serve_mw"]
    h, k = np.nonzero(problem.groups.of >= 0)
    group = problem.groups.of[h, k]
    mw = given[:, group] * (problem.demand_mw[h, k] / problem.groups.demand_mw[group])
    site, cell = np.nonzero(mw > LOAD_FLOOR_MW)
    hub = h[cell]
    s, hubs = problem.sites.iloc[site], problem.hubs.iloc[hub]
    lon, lat, hub_lon, hub_lat = (t[c].to_numpy(float) for t in (s, hubs) for c in ("lon", "lat"))
    quality = np.atleast_1d(rtt_quality(lon, lat, hub_lon, hub_lat, problem.scenario.demand.network))
    yours = set(zip(problem.measured_rtt["site"], problem.measured_rtt["hub"], strict=True))
    pairs = zip(s["id"], hubs["id"], strict=True)
    table = pd.DataFrame(
        {
            "site": s["id"].to_numpy(),
            "hub": hubs["id"].to_numpy(),
            "workload": [problem.workloads[i] for i in k[cell]],
            "it_mw": mw[site, cell],
            "rtt_p90_ms": problem.rtt_p90_ms[site, hub],
            "rtt_quality": [YOURS if pair in yours else str(q) for pair, q in zip(pairs, quality, strict=True)],
        }
    )
    order = ["site", "it_mw", "hub", "workload"]
    return table.sort_values(order, ascending=[True, False, True, True], ignore_index=True)
