"""The model without arcs: who serves whom is replaced by what every region must carry.

Load can be assigned to hubs if and only if, for every set G of demand groups, the sites that reach any of
them carry at least what G asks for (Gale 1957): ``sum_{s in S} load_mw[s] >= demand_mw[G]``, and all of it is carried.
So the arcs can be left out where nothing else looks at them, at the price of a row a set. There are too many sets;
the model starts with those of single groups and those that the relaxation's flows point to, and gets the
others when a plan breaks them (a minimum cut). It is a relaxation of the model with arcs all the while, so that its
bound holds.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from siting.problem.row_patterns.max_flow import short_of
from siting.problem.rows import Linear, Rows
from siting.solver.decomposition.submodel import SubModel
from siting.solver.pulp_model import PulpModel
from siting.solver.valid_inequalities import halls_for
from siting.units import Bools, Floats

if TYPE_CHECKING:
    from siting.solver.decomposition.decomposed_model import DecomposedModel

ARCS = "serve_mw"
ROUNDING_MW = 1e-4
"""What a region may fall short by before a row is added [MW]: solvers keep rows to 1e-6 of their size."""


def can_project(of: "DecomposedModel", linear: Linear) -> bool:
    """Return whether nothing but the serving of a hard demand looks at the arcs."""
    if of.problem.scenario.demand.elastic is not None or np.any(linear.terms.get(ARCS, np.zeros(1))):
        return False
    capped = np.any(of.columns.of(ARCS, of.upper) < of.columns.of(ARCS, of.columns.upper))
    return not capped and not any(ARCS in b.terms and b.limit != "serve" for b in of.rows)


class ProjectedSubModel(SubModel):
    """The families and rows of some options, with regions in the place of arcs."""

    def __init__(self, of: "DecomposedModel", chosen: Bools) -> None:
        super().__init__(of, chosen)
        del self._keep[ARCS]
        demand, arcs = of.problem.groups.demand_mw, of.problem.arcs
        at = np.full(len(of.problem.sites), -1)
        at[self._sites] = np.arange(len(self._sites))
        here = at[arcs.site] >= 0
        reach = np.zeros((len(demand), len(self._sites)), dtype=bool)
        reach[arcs.group[here], at[arcs.site[here]]] = True
        self._reach, self._of_pattern = np.unique(reach, axis=0, return_inverse=True)
        self._demand_mw = np.bincount(self._of_pattern, demand)
        self._option_at = at[of.site[self._keep["open"]]]
        self._known: set[bytes] = set()

    def programme(self) -> PulpModel:
        """Build the model."""
        of = self._of
        blocks = [self.rows(b) for b in [*of.rows, *of.extra] if ARCS not in b.terms]
        every = sparse.csr_array(np.ones((1, len(self._option_at))))
        total = np.array([self._demand_mw.sum()])
        blocks.append(Rows("serve", ["all demand"], {"load_mw": every}, "==", total, "MW"))
        sets = [self._reach, *(s[:, self._sites] for s in of.relaxation.sets)]
        blocks += self._carried(np.concatenate(sets))
        return PulpModel(of.problem.scenario.name, self._narrow_families(), blocks)

    def _carried(self, sets: Bools) -> list[Rows]:
        """Return what each set of sites must carry: load, whole halls, one site."""
        outside = self._reach.astype(np.float32) @ (~sets).T.astype(np.float32) > 0
        inside = self._demand_mw @ ~outside
        new = np.array([s.tobytes() not in self._known for s in sets], dtype=bool) & (inside > 0) & ~sets.all(axis=1)
        sets, first = np.unique(sets[new], axis=0, return_index=True)
        if not len(sets):
            return []
        inside = inside[new][first]
        self._known |= {s.tobytes() for s in sets}
        of_option = sparse.csr_array(sets[:, self._option_at].astype(float))
        of_site, where = (
            sparse.csr_array(sets.astype(float)),
            [f"region {len(self._known)} {i}" for i in range(len(sets))],
        )
        halls = halls_for(inside, self._of.relaxation.pricing.hall_mw)
        return [
            Rows("region", where, {"load_mw": of_option}, ">=", inside, "MW"),
            Rows("region", where, {"site_halls": of_site}, ">=", halls, "halls"),
            Rows("region", where, {"site_open": of_site}, ">=", np.ones(len(sets)), "sites"),
        ]

    def broken(self, values: Mapping[str, Floats]) -> list[Rows]:
        """Return the regions that values leave short, and the rows of limits that they break."""
        load = np.bincount(self._option_at, values["load_mw"], len(self._sites))
        left, sets = self._demand_mw.copy(), []
        while (short := short_of(self._reach, load + ROUNDING_MW / len(load), left)) is not None:
            sets.append(short)
            left[~(self._reach & ~short).any(axis=1)] = 0.0
        if sets:
            self._of.relaxation.sets.append(self._everywhere(np.array(sets)))
        regions = self._carried(np.array(sets)) if sets else []
        return [*regions, *(self._cuts(values) if self._of.cuts is not None else [])]

    def _everywhere(self, sets: Bools) -> Bools:
        """Return the same regions over all sites, for models to come: all sites that may serve who is inside."""
        outside = self._reach.astype(np.float32) @ (~sets).T.astype(np.float32) > 0
        inside = ~outside[self._of_pattern].T
        return np.asarray(inside.astype(np.float32) @ self._of.relaxation.finder.reach.astype(np.float32) > 0)
