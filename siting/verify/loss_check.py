"""Re-check of a loss: remove each built site or zone, and serve the demand from the others by a linear programme."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from siting.highs import INFINITE, ArrayMip, solve_lp
from siting.verify.facts import round_trips_ms
from siting.verify.place_check import lies_in
from siting.verify.question import hall_draw_mw
from siting.verify.tolerances import Check, at_least

if TYPE_CHECKING:
    from siting.plan.plan import Plan


def survive_loss(plan: "Plan", limit: Any) -> list[Check]:
    """Find the largest share of every demand that can be served without each site or zone."""
    arcs = _allowed_arcs(plan)
    column = {"site": "id", "zone": "zone_id"}[limit.of]
    return [
        at_least(
            f"share served without a {limit.of}", str(lost), _share_left(plan, arcs, set(gone["id"])), limit.share, "-"
        )
        for lost, gone in plan.sites.groupby(column)
    ]


def _allowed_arcs(plan: "Plan") -> pd.DataFrame:
    """Return every built site and every demand that latency and residency let it serve."""
    pairs = (
        plan.sites[["id", "jurisdiction"]]
        .rename(columns={"id": "site"})
        .merge(plan.hubs[["id", "country_iso2"]], how="cross")
    )
    pairs = pairs.rename(columns={"id": "hub"}).assign(rtt_p90_ms=np.nan, rtt_quality="")
    stated = plan.assignments.drop_duplicates(["site", "hub"]).set_index(["site", "hub"])
    at = pd.MultiIndex.from_frame(pairs[["site", "hub"]])
    for name in ("rtt_p90_ms", "rtt_quality"):
        pairs[name] = stated[name].reindex(at).to_numpy()
    rtt = round_trips_ms(replace(plan, assignments=pairs))
    arcs = pairs.assign(ms=rtt).merge(plan.demand, on="hub")
    may = np.array([_may(plan, row) for row in arcs.itertuples()], dtype=bool)
    return pd.DataFrame(arcs[may]).reset_index(drop=True)


def _may(plan: "Plan", row: Any) -> bool:
    """Return whether the limits of the scenario let a site serve a hub in a class."""
    for limit in plan.scenario.limits:
        kind, given = limit.name, limit.model_dump()
        if kind == "max_latency" and row.ms > given.get(f"{row.workload}_ms", np.inf):
            return False
        about = kind == "jurisdictions" and (not given["workloads"] or row.workload in given["workloads"])
        if about and (not given["hub_countries"] or lies_in(row.country_iso2, given["hub_countries"])):
            home = given["home"] and lies_in(row.jurisdiction, [row.country_iso2])
            if not home and not lies_in(row.jurisdiction, given["allowed"]):
                return False
    return True


def _share_left(plan: "Plan", arcs: pd.DataFrame, lost: set[str]) -> float:
    """Return the largest share t, at most 1, such that every demand is served to t by what is not lost."""
    full_hall_mw = plan.scenario.building.utilisation_max * hall_draw_mw(plan.scenario)
    left = arcs[~arcs["site"].isin(lost)]
    sites, demand = sorted(set(left["site"])), plan.demand.set_index(["hub", "workload"])["it_mw"]
    wants = {key: i for i, key in enumerate(demand.index)}
    n = len(left)
    of_site = np.array([sites.index(s) for s in left["site"]], dtype=int)
    of_demand = np.array([wants[k] for k in zip(left["hub"], left["workload"], strict=True)], dtype=int)
    halls = plan.sites.set_index("id")["halls"]
    room = np.array([full_hall_mw * float(halls[s]) for s in sites])
    mw = demand.to_numpy(float)
    carried = sparse.csr_array((np.ones(n), (of_site, np.arange(n))), shape=(len(sites), n + 1))
    rows = np.concatenate([of_demand, np.arange(len(mw))])
    columns = np.concatenate([np.arange(n), np.full(len(mw), n)])
    served = sparse.csr_array((np.concatenate([-np.ones(n), mw]), (rows, columns)), shape=(len(mw), n + 1))
    found = solve_lp(
        ArrayMip(
            cost=np.append(np.zeros(n), -1.0),
            lower=np.zeros(n + 1),
            upper=np.append(np.full(n, INFINITE), 1.0),
            matrix=sparse.csr_array(sparse.vstack([carried, served], format="csr")),
            row_lower=np.full(len(room) + len(mw), -INFINITE),
            row_upper=np.concatenate([room, np.zeros(len(mw))]),
        )
    )
    return 0.0 - found.objective if found.status == "optimal" else np.nan  # the objective is -t
