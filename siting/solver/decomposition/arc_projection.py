"""Projection of the arcs: the model without flow variables, which are replaced by what every region must carry.

A load of the sites can be assigned to the demand if and only if for every set G of demand groups the sites that can serve
any of them carry at least their demand, ``sum_{s in S(G)} load_mw[s] >= demand_mw[G]``, and the total load equals the
total demand (Gale 1957; Hoffman 1960 for the general circulation). So the arcs can be projected out where nothing else
uses them, at the price of one row a set. There are too many sets: the model starts with those of single groups and those
that flows of the relaxation pointed to; others are cutting planes, found by a minimum cut when a plan violates them. It
is a relaxation of the model with arcs at any time, so that its bound is valid.
"""

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from siting.problem.row_patterns.max_flow import short_of
from siting.problem.rows import Linear, Rows
from siting.solver.decomposition.master_state import MasterData, MasterState
from siting.solver.decomposition.submodel import SubModel
from siting.solver.pulp_model import PulpModel
from siting.solver.valid_inequalities import halls_for
from siting.units import Bools, Floats

ARCS = "serve_mw"
ROUNDING_MW = 1e-4
"""Shortage of a region from which a row is added [MW]: solvers satisfy rows to 1e-6 of their size."""


def can_project(data: MasterData, state: MasterState, linear: Linear) -> bool:
    """Return whether the arcs serve an inelastic demand and are used by nothing else: objective, limits or bounds."""
    if data.problem.scenario.demand.elastic is not None or np.any(linear.terms.get(ARCS, np.zeros(1))):
        return False
    capped = np.any(data.columns.of(ARCS, state.upper) < data.columns.of(ARCS, data.upper))
    return not capped and not any(ARCS in b.terms and b.limit != "serve" for b in state.rows)


class ProjectedSubModel(SubModel):
    """The families and rows of some options, with rows of regions instead of arcs."""

    def __init__(self, data: MasterData, state: MasterState, chosen: Bools, halls: tuple[float, float]) -> None:
        super().__init__(data, state, chosen, halls)
        del self._keep[ARCS]
        demand, arcs = data.problem.groups.demand_mw, data.problem.arcs
        at = np.full(len(data.problem.sites), -1)
        at[self._sites] = np.arange(len(self._sites))
        here = at[arcs.site] >= 0
        reach = np.zeros((len(demand), len(self._sites)), dtype=bool)
        reach[arcs.group[here], at[arcs.site[here]]] = True
        # groups that the same chosen sites can serve are one: the flow cannot tell them apart
        self._reach, self._pattern = np.unique(reach, axis=0, return_inverse=True)
        self._demand_mw = np.bincount(self._pattern, demand)
        self._option_at = at[data.site[self._keep["open"]]]
        self._written: set[bytes] = set()

    def model(self) -> PulpModel:
        """Build the model without arcs; see `SubModel.model`."""
        blocks = [self.rows(b) for b in [*self._state.rows, *self._data.extra] if ARCS not in b.terms]
        every = sparse.csr_array(np.ones((1, len(self._option_at))))
        total = np.array([self._demand_mw.sum()])
        blocks.append(Rows("serve", ["all demand"], {"load_mw": every}, "==", total, "MW"))
        sets = [self._reach, *(s[:, self._sites] for s in self._state.relaxation.sets)]
        blocks += self._gale_rows(np.concatenate(sets))
        return PulpModel(self._data.problem.scenario.name, self._families(), blocks)

    def _gale_rows(self, sets: Bools) -> list[Rows]:
        """Return the rows of the sets that are not written yet: load, halls rounded up to an integer, one open site."""
        # a group is inside a set if no site outside can serve it
        outside = self._reach.astype(np.float32) @ (~sets).T.astype(np.float32) > 0
        inside = self._demand_mw @ ~outside
        new = np.array([s.tobytes() not in self._written for s in sets], dtype=bool) & (inside > 0) & ~sets.all(axis=1)
        sets, first = np.unique(sets[new], axis=0, return_index=True)
        if not len(sets):
            return []
        inside = inside[new][first]
        self._written |= {s.tobytes() for s in sets}
        of_option = sparse.csr_array(sets[:, self._option_at].astype(float))
        of_site = sparse.csr_array(sets.astype(float))
        where = [f"region {len(self._written)} {i}" for i in range(len(sets))]
        halls = halls_for(inside, self._data.relaxation.pricing.hall_mw)
        return [
            Rows("region", where, {"load_mw": of_option}, ">=", inside, "MW"),
            Rows("region", where, {"site_halls": of_site}, ">=", halls, "halls"),
            Rows("region", where, {"site_open": of_site}, ">=", np.ones(len(sets)), "sites"),
        ]

    def violated(self, values: Mapping[str, Floats]) -> list[Rows]:
        """Return rows of the regions in which a solution is short, and rows of limits that it violates."""
        load = np.bincount(self._option_at, values["load_mw"], len(self._sites))
        left, sets = self._demand_mw.copy(), []
        # A minimum cut gives the set that is short by most. Its demand is taken out, and the rest is tried again, so
        # that one solution gives several disjoint cuts.
        while (short := short_of(self._reach, load + ROUNDING_MW / len(load), left)) is not None:
            sets.append(short)
            left[~(self._reach & ~short).any(axis=1)] = 0.0
        if sets:
            self._found_sets.append(self._over_all_sites(np.array(sets)))
        regions = self._gale_rows(np.array(sets)) if sets else []
        return [*regions, *(self._violated_limits(values) if self._data.cuts is not None else [])]

    def _over_all_sites(self, sets: Bools) -> Bools:
        """Return the sets lifted from the chosen sites to all sites, for models to come.

        A set S of chosen sites stands for the groups inside it, which no chosen site outside S can serve. Over all
        sites the Gale row of the same groups is over every site that can serve one of them.
        """
        outside = self._reach.astype(np.float32) @ (~sets).T.astype(np.float32) > 0
        inside = ~outside[self._pattern].T
        return np.asarray(inside.astype(np.float32) @ self._data.relaxation.finder.reach.astype(np.float32) > 0)
