"""Rows that every plan meets and that solutions with broken numbers break: they lift the bound where halls are whole.

* **Strong links**: ``serve_mw[s,g] <= demand_mw[g] * sum_{o of s} open[o]``: who is half built serves half a hub.
* **Whole halls of a region**: for sites S that are all some groups G can reach,
  ``sum_{s in S} halls[s] >= ceil(demand_mw[G] / hall_mw)``, of an elastic demand less what may stay unmet. There are too
  many such sets to write; those that a solution makes tight are found from its flows: from a group
  to every site that may serve it, and from a site to every group it does serve (Gale 1957; the
  rounding is Chvatal's).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from siting.problem.problem import Problem
from siting.solver.decomposition.columns import SHARED, Columns, ConstraintMatrix
from siting.solver.valid_inequalities import hall_mw_of, halls_for
from siting.units import Bools, Floats, Ints

LINK_BROKEN = 1e-3
"""Share of a group's demand by which a strong link must be broken to be added (assumption)."""
HALLS_BROKEN = 1e-4
"""Halls by which a region must fall short for its row to be added (assumption)."""
FLOW_FLOOR_MW = 1e-7
"""Flows below this are the solver's rounding."""


@dataclass(frozen=True)
class CutFinder:
    """Finds the rows that a solution of the relaxation breaks.

    Parameters
    ----------
    option_site : numpy.ndarray
        Site of each option, (n_options,).
    site, group : numpy.ndarray
        Site and group of each arc, (n_arcs,).
    demand_mw : numpy.ndarray
        Demand of each group [MW], (n_groups,).
    spare_mw : float
        What of the demand may stay unmet [MW].
    hall_mw : float
        Mean draw that one hall can carry [MW].
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

    def broken(self, columns: Columns, values: Floats, sets: Bools) -> ConstraintMatrix | None:
        """Return the rows that a solution with these closures breaks, None where it breaks none."""
        links = self._links(columns, values)
        regions = self._regions(columns, values, sets)
        if links is None or regions is None:
            return links or regions
        return links.plus(regions)

    def _sums(self, per_option: Floats) -> Floats:
        return np.bincount(self.option_site, per_option, self.n_sites)

    def _links(self, columns: Columns, values: Floats) -> ConstraintMatrix | None:
        """Return the strong links that a solution breaks."""
        opened, served = self._sums(columns.of("open", values)), columns.of("serve_mw", values)
        demand = self.demand_mw[self.group]
        bad = np.flatnonzero(served > (opened[self.site] + LINK_BROKEN) * demand)
        if not len(bad):
            return None
        at_site = sparse.csr_array(
            (np.ones(len(self.option_site)), (self.option_site, np.arange(len(self.option_site)))),
            shape=(self.n_sites, len(self.option_site)),
        )
        scale = 1.0 / np.maximum(demand[bad], 1.0)
        opening = sparse.csr_array(sparse.diags_array(-demand[bad] * scale) @ at_site[self.site[bad]])
        serving = sparse.csr_array((scale, (np.arange(len(bad)), bad)), shape=(len(bad), len(self.site)))
        terms = {"open": opening, "serve_mw": serving}
        return ConstraintMatrix(
            _wide(columns, terms, len(bad)), np.full(len(bad), -np.inf), np.zeros(len(bad)), self.site[bad]
        )

    def _regions(self, columns: Columns, values: Floats, sets: Bools) -> ConstraintMatrix | None:
        """Return the regions whose halls a solution leaves short of a whole number that they need."""
        halls, reach = self._sums(columns.of("halls", values)), self.reach
        outside = reach.astype(np.float32) @ (~sets).T.astype(np.float32) > 0
        needed = halls_for(np.maximum(self.demand_mw @ ~outside - self.spare_mw, 0.0), self.hall_mw)
        bad = needed > sets @ halls + HALLS_BROKEN
        if not bad.any():
            return None
        members = sparse.csr_array(sets[bad][:, self.option_site].astype(float))
        m = int(bad.sum())
        return ConstraintMatrix(
            _wide(columns, {"halls": members}, m), needed[bad], np.full(m, np.inf), np.full(m, SHARED, dtype=np.intp)
        )

    @cached_property
    def reach(self) -> Bools:
        """Which site may serve which group, (n_groups, n_sites)."""
        reach = np.zeros((len(self.demand_mw), self.n_sites), dtype=bool)
        reach[self.group, self.site] = True
        return reach

    def closures(self, columns: Columns, values: Floats) -> Bools:
        """Return the sets of sites that flows tie together: what a group may be served from, and what those serve, on and on."""
        served, reach = columns.of("serve_mw", values), self.reach
        used = np.flatnonzero(served > FLOW_FLOOR_MW)
        n = len(self.demand_mw)
        active = np.unique(self.site[used])
        may = sparse.csr_array(reach[:, active].astype(float))
        does = sparse.csr_array(
            (np.ones(len(used)), (np.searchsorted(active, self.site[used]), self.group[used])), shape=(len(active), n)
        )
        leads = sparse.csr_array(may @ does)
        count, of = connected_components(leads, directed=True, connection="strong")
        between = np.zeros((count, count), dtype=bool)
        row = np.repeat(np.arange(n), np.diff(leads.indptr))
        between[of[row], of[leads.indices]] = True
        np.fill_diagonal(between, val=True)
        for _ in range(int(np.ceil(np.log2(max(count, 2))))):
            between = between.astype(np.float32) @ between.astype(np.float32) > 0
        members = np.eye(count, dtype=np.float32)[of].T
        of_component = members @ self.reach.astype(np.float32) > 0
        return _unlike(between.astype(np.float32) @ of_component.astype(np.float32) > 0)


def _unlike(sets: Bools) -> Bools:
    """Return each of the sets once: compared as bits, which is an eighth of the work."""
    return np.asarray(sets[np.unique(np.packbits(sets, axis=1), axis=0, return_index=True)[1]])


def _wide(columns: Columns, terms: dict[str, sparse.csr_array], m: int) -> sparse.csr_array:
    parts = [terms.get(n, sparse.csr_array((m, len(f)))) for n, f in columns.families.items()]
    return sparse.csr_array(sparse.hstack(parts, format="csr"))


def cut_finder(problem: Problem) -> CutFinder:
    """Take from a problem what finding cuts needs."""
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
