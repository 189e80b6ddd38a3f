"""Every hub's demand is served."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy import sparse

from siting.problem.rows import Rows, group_sum, one_row
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class Serve(Limit):
    """Serve every hub and workload class in full, from the load of the built options (always in force).

    ``sum_s serve_mw[s,g] = demand_mw[g]`` for every group g of hubs and classes that the same sites
    can reach, and ``sum_{o of s} load_mw[o] = sum_g serve_mw[s,g]`` for every site s. Where demand is
    elastic, ``sum_s serve_mw[s,g] + unmet_mw[g] = demand_mw[g]`` and ``sum_g unmet_mw[g]`` leaves the minimum.
    """

    in_files: ClassVar[bool] = False

    kind: Literal["serve"] = "serve"

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one equality a group and one a site, and the minimum of an elastic demand [MW]."""
        arcs, groups, n_sites = problem.arcs, problem.groups, len(problem.sites)
        ones = np.ones(len(arcs))
        served = group_sum(arcs.group, ones, len(groups.demand_mw))
        given = group_sum(arcs.site, ones, n_sites)
        site = problem.options["site"].to_numpy(np.intp)
        drawn = group_sum(site, np.ones(len(site)), n_sites)
        where = [str(s) for s in problem.sites["id"]]
        terms, minimum = {"serve_mw": served}, []
        if problem.scenario.demand.elastic is not None:
            terms["unmet_mw"] = sparse.csr_array(sparse.eye_array(len(groups.demand_mw), format="csr"))
            spare = float(groups.demand_mw.sum()) - problem.least_served_mw
            unmet = {"unmet_mw": np.ones(len(groups.demand_mw))}
            minimum = [one_row("elastic", "minimum compute", unmet, "<=", max(spare, 0.0), "MW")]
        return [
            Rows(self.kind, list(groups.labels), terms, "==", groups.demand_mw, "MW"),
            Rows(self.kind, where, {"load_mw": drawn, "serve_mw": -given}, "==", np.zeros(n_sites), "MW"),
            *minimum,
        ]
