"""Resilience: a share of the demand is still served in time after the loss of one site or grid zone."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy import sparse

from siting.errors import InfeasibleError
from siting.problem.row_patterns.max_flow import short_of
from siting.problem.rows import Rows, group_sum
from siting.problem.sites import site_groups
from siting.scenario.field_types import PositiveShare
from siting.scenario.limit import Limit
from siting.units import Bools, Floats

if TYPE_CHECKING:
    from siting.problem.problem import Problem
    from siting.scenario.scenario import Scenario

SMALL_SET = 10
"""Sets of sites up to this size are rows from the start; larger ones are added when they are violated."""

MOST_IN_A_BLOCK = 2_000_000
"""Coefficients of one set's rows above which only losses of built sites are added (assumption: memory)."""


class SurviveLoss(Limit):
    """Serve at least a share of every hub's demand after the loss of any one site or zone.

    For every part f and every set S of sites that contains all sites that some groups G can reach,
    ``sum_{s in S, s not in f} usable_hall_mw * halls[s] >= share * demand_mw[G]``. By Hall's condition
    this is equivalent to: the remaining sites can serve the share of each hub and class, within latency and
    residency, with all load reassigned. The sets are too many to enumerate: those of up to 10 sites are rows,
    the others are added when a plan violates them. ``sum_{o in S} open[o] >= 2`` follows for every minimal S
    and is added, as it raises the bound.

    Attributes
    ----------
    share : float
        Share of the demand of every hub and class that is served after the loss [0-1], above 0.
    of : {"site", "zone"}
        Part that may be lost: one site, or all sites of one grid zone.
    """

    loosened_by: ClassVar[str] = "lower `share`"

    kind: Literal["survive_loss"] = "survive_loss"
    share: PositiveShare
    of: Literal["site", "zone"] = "site"

    def faults(self, scenario: "Scenario") -> list[str]:
        """Return that an elastic demand has no share that is always served."""
        if scenario.demand.elastic is None:
            return []
        return ["holds a share of all demand, and `demand.elastic` leaves some unserved: remove one of the two"]

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return the rows of small sets [MW]; refuse a scenario in which one loss cuts off a hub."""
        reach, (labels, group) = self._reach(problem), site_groups(problem.sites, self.of)
        lonely = [
            f"`{problem.groups.labels[g]}` can reach only {labels[group[reach[g]][0]]}"
            for g in range(len(reach))
            if len(set(group[reach[g]])) == 1
        ]
        if lonely:
            raise InfeasibleError.from_faults(
                f"limit `{self.kind}`: some demand can be served by only one {self.of}: allow longer round trips, add "
                "candidates nearby, or remove the limit",
                lonely,
            )
        sets = np.unique(reach[reach.sum(axis=1) <= SMALL_SET], axis=0)
        return [self._two_sites(problem, reach), *(self._block(problem, members, reach) for members in sets)]

    def cuts(self, problem: "Problem", values: Mapping[str, Floats]) -> list[Rows]:
        """Return the rows of the sets that a plan violates when one of its parts is lost [MW]."""
        reach, (_, group) = self._reach(problem), site_groups(problem.sites, self.of)
        halls = np.bincount(problem.options["site"], weights=values["halls"], minlength=len(problem.sites))
        capacity = self._hall_mw(problem) * halls
        wanted = self.share * problem.groups.demand_mw
        broken = {}
        for f in np.unique(group[capacity > 0]):
            left = np.where(group == f, 0.0, capacity)
            members = short_of(reach, left, wanted)
            if members is not None and left[members].sum() < self._inside(problem, members, reach) * (1 - 1e-9):
                broken[members.tobytes()] = members
        return [self._block(problem, members, reach, capacity) for members in broken.values()]

    def _two_sites(self, problem: "Problem", reach: Bools) -> Rows:
        """Return the rows that every minimal set has at least two built sites, since one alone may be lost."""
        sets = np.unique(reach, axis=0)
        size = sets.sum(axis=1)
        inside = (sets.astype(np.intp) @ sets.T.astype(np.intp)) == size  # [i, j]: j lies in i
        smallest = sets[(inside & (size < size[:, None])).sum(axis=1) == 0]
        site = problem.options["site"].to_numpy(np.intp)
        opened = group_sum(site, np.ones(len(site)), len(problem.sites))
        ids = problem.sites["id"].to_numpy(str)
        where = [f"two of {ids[members][0]} and {members.sum() - 1} more" for members in smallest]
        terms = {"open": sparse.csr_array(sparse.csr_array(smallest.astype(float)) @ opened)}
        return Rows(self.kind, where, terms, ">=", np.full(len(smallest), 2.0), "sites")

    def _block(self, problem: "Problem", members: Bools, reach: Bools, capacity: Floats | None = None) -> Rows:
        """Return a row for each part whose loss a set of sites must tolerate."""
        labels, group = site_groups(problem.sites, self.of)
        lost = np.unique(group[members])
        if len(lost) * members.sum() > MOST_IN_A_BLOCK and capacity is not None:
            lost = np.unique(group[members & (capacity > 0)])
        left = sparse.csr_array((members & (group != lost[:, None])).astype(float)) * self._hall_mw(problem)
        site = problem.options["site"].to_numpy(np.intp)
        halls = group_sum(site, np.ones(len(site)), len(members))
        wanted = np.full(len(lost), self._inside(problem, members, reach))
        where = [f"without {labels[f]}, {members.sum()} sites" for f in lost]
        return Rows(self.kind, where, {"halls": sparse.csr_array(left @ halls)}, ">=", wanted, "MW")

    def _inside(self, problem: "Problem", members: Bools, reach: Bools) -> float:
        """Return the demand that only these sites can reach and that must still be served [MW]."""
        return self.share * float(problem.groups.demand_mw[~(reach & ~members).any(axis=1)].sum())

    @staticmethod
    def _reach(problem: "Problem") -> Bools:
        """Return which group each site may serve, (n_groups, n_sites), from the arcs."""
        reach = np.zeros((len(problem.groups.demand_mw), len(problem.sites)), dtype=bool)
        reach[problem.arcs.group, problem.arcs.site] = True
        return reach

    @staticmethod
    def _hall_mw(problem: "Problem") -> float:
        return problem.scenario.usable_hall_mw
