"""Cutting planes: valid inequalities that every plan satisfies and a fractional solution violates.

* **Strong links**: ``serve_mw[s,g] <= demand_mw[g] * sum_{o of s} open[o]``. A site that is open by half serves at most
  half of a group.
* **Integer rounding of a region**: let S be all sites that can serve the groups G. Then
  ``sum_{s in S} halls[s] >= ceil(demand_mw[G] / usable_hall_mw)`` (rounding: Chvatal 1973). An elastic demand is reduced by what
  may stay unmet. There are too many sets to write them all. Those that a solution makes tight are found from its flows:
  from a group to every site that may serve it, and from a site to every group that it does serve, to the closure
  (Gale 1957).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from siting.problem.problem import Problem
from siting.problem.rows import group_sum
from siting.solver.decomposition.columns import SHARED, Columns, ConstraintMatrix
from siting.solver.valid_inequalities import hall_mw_of, halls_for
from siting.units import Bools, Floats, Ints

LINK_VIOLATION = 1e-3
"""Violation of a strong link, as a share of the group's demand, from which it is added (assumption)."""
HALLS_VIOLATION = 1e-4
"""Violation of a region [halls] from which its row is added (assumption)."""
FLOW_FLOOR_MW = 1e-7
"""Smaller flows are rounding of the solver [MW]."""


@dataclass(frozen=True)
class CutFinder:
    """Separation: finds the cutting planes that a solution of the LP relaxation violates.

    Parameters
    ----------
    option_site : numpy.ndarray
        Site of each option, (n_options,).
    site, group : numpy.ndarray
        Site and group of each arc, (n_arcs,).
    demand_mw : numpy.ndarray
        Demand of each group [MW], (n_groups,).
    spare_mw : float
        Demand that may stay unmet [MW].
    hall_mw : float
        Mean IT draw that one hall can carry [MW].
    n_sites : int
        Number of sites.
    """

    option_site: Ints
    site: Ints
    group: Ints
    demand_mw: Floats
    spare_mw: float
    hall_mw: float
    n_sites: int

    def violated(self, columns: Columns, values: Floats, sets: Bools) -> ConstraintMatrix | None:
        """Return the cuts that a solution with these closures violates, None if there are none."""
        links = self._links(columns, values)
        regions = self._regions(columns, values, sets)
        if links is None or regions is None:
            return links or regions
        return links.plus(regions)

    def _sums(self, per_option: Floats) -> Floats:
        return np.bincount(self.option_site, per_option, self.n_sites)

    def _links(self, columns: Columns, values: Floats) -> ConstraintMatrix | None:
        """Return the strong links that a solution violates."""
        opened, served = self._sums(columns.of("open", values)), columns.of("serve_mw", values)
        demand = self.demand_mw[self.group]
        bad = np.flatnonzero(served > (opened[self.site] + LINK_VIOLATION) * demand)
        if not len(bad):
            return None
        at_site = group_sum(self.option_site, np.ones(len(self.option_site)), self.n_sites)
        scale = 1.0 / np.maximum(demand[bad], 1.0)
        opening = sparse.csr_array(sparse.diags_array(-demand[bad] * scale) @ at_site[self.site[bad]])
        serving = sparse.csr_array((scale, (np.arange(len(bad)), bad)), shape=(len(bad), len(self.site)))
        lines = _wide(columns, {"open": opening, "serve_mw": serving}, len(bad))
        return ConstraintMatrix(lines, np.full(len(bad), -np.inf), np.zeros(len(bad)), self.site[bad])

    def _regions(self, columns: Columns, values: Floats, sets: Bools) -> ConstraintMatrix | None:
        """Return the regions in which a solution builds fewer halls than the integer number that they need."""
        # a group is inside S if no site outside of S can serve it: then all of its demand falls on S
        halls, reach = self._sums(columns.of("halls", values)), self.reach
        outside = reach.astype(np.float32) @ (~sets).T.astype(np.float32) > 0
        needed = halls_for(np.maximum(self.demand_mw @ ~outside - self.spare_mw, 0.0), self.hall_mw)
        bad = needed > sets @ halls + HALLS_VIOLATION
        if not bad.any():
            return None
        members, m = sparse.csr_array(sets[bad][:, self.option_site].astype(float)), int(bad.sum())
        lines = _wide(columns, {"halls": members}, m)
        return ConstraintMatrix(lines, needed[bad], np.full(m, np.inf), np.full(m, SHARED, dtype=np.intp))

    @cached_property
    def reach(self) -> Bools:
        """Which site may serve which group, (n_groups, n_sites)."""
        reach = np.zeros((len(self.demand_mw), self.n_sites), dtype=bool)
        reach[self.group, self.site] = True
        return reach

    def closures(self, columns: Columns, values: Floats) -> Bools:
        """Return the sets of sites that the flows of a solution close: candidates for tight regions, (m, n_sites).

        Start from a group. All sites that may serve it are in the set; all groups that these sites do serve are added,
        and so on. In the closed set every site serves groups inside only, so that the load of the set equals the demand
        inside: the Gale condition of the set is tight, and rounding it up to integer halls cuts the solution off.
        """
        served, reach = columns.of("serve_mw", values), self.reach
        used = np.flatnonzero(served > FLOW_FLOOR_MW)
        n = len(self.demand_mw)
        active = np.unique(self.site[used])
        may = sparse.csr_array(reach[:, active].astype(float))
        does = sparse.csr_array(
            (np.ones(len(used)), (np.searchsorted(active, self.site[used]), self.group[used])), shape=(len(active), n)
        )
        # g -> g' if a site that may serve g does serve g'; the closure is what can be reached from g
        leads = sparse.csr_array(may @ does)
        count, of = connected_components(leads, directed=True, connection="strong")
        # Groups of one strong component share their closure. Among components it is found by squaring the relation:
        # after k squarings paths of 2^k steps are covered.
        between = np.zeros((count, count), dtype=bool)
        row = np.repeat(np.arange(n), np.diff(leads.indptr))
        between[of[row], of[leads.indices]] = True
        np.fill_diagonal(between, val=True)
        for _ in range(int(np.ceil(np.log2(max(count, 2))))):
            between = between.astype(np.float32) @ between.astype(np.float32) > 0
        members = np.eye(count, dtype=np.float32)[of].T
        of_component = members @ self.reach.astype(np.float32) > 0
        sets = between.astype(np.float32) @ of_component.astype(np.float32) > 0
        # each set once; packed as bits they are compared eight times faster
        return np.asarray(sets[np.unique(np.packbits(sets, axis=1), axis=0, return_index=True)[1]])


def _wide(columns: Columns, terms: dict[str, sparse.csr_array], m: int) -> sparse.csr_array:
    parts = [terms.get(n, sparse.csr_array((m, len(f)))) for n, f in columns.families.items()]
    return sparse.csr_array(sparse.hstack(parts, format="csr"))


def cut_finder(problem: Problem) -> CutFinder:
    """Return the data of the separation."""
    demand = problem.groups.demand_mw
    return CutFinder(
        option_site=problem.options["site"].to_numpy(np.intp),
        site=problem.arcs.site,
        group=problem.arcs.group,
        demand_mw=demand,
        spare_mw=max(float(demand.sum()) - problem.least_served_mw, 0.0),
        hall_mw=hall_mw_of(problem),
        n_sites=len(problem.sites),
    )
