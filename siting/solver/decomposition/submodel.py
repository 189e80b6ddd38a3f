"""Restricted MIP over some options: all families and rows, without the columns of what is left out."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy import sparse

from siting.problem.rows import Family, Rows, Sense
from siting.solver.decomposition.columns import ConstraintMatrix
from siting.solver.decomposition.master_state import MasterData, MasterState
from siting.solver.pulp_model import PulpModel
from siting.units import Bools, Floats, Ints


class SubModel:
    """The families and rows of some options.

    A column is left out if its option or site is and it is 0 then in every plan; all other columns stay.

    Parameters
    ----------
    data : MasterData
        The problem.
    state : MasterState
        Rows, bounds and cuts to build the model with.
    chosen : numpy.ndarray
        Options in the model, (n_options,).
    halls : tuple of float
        Range of the number of halls of the plan.
    """

    def __init__(self, data: MasterData, state: MasterState, chosen: Bools, halls: tuple[float, float]) -> None:
        self._data, self._state, self.chosen, self._halls = data, state, chosen, halls
        built = np.zeros(len(data.problem.sites), dtype=bool)
        built[data.site[chosen]] = True
        self._sites = np.flatnonzero(built)
        self._keep: dict[str, Ints] = {n: np.flatnonzero(self._kept(f, built)) for n, f in data.families.items()}
        self._found_rows: list[Rows] = []
        self._found_sets: list[Bools] = []

    def _kept(self, family: Family, built: Bools) -> Bools:
        """Return which variables of a family are in the model: those whose owner is, and those it does not shut."""
        if family.owner == "option":
            kept = self.chosen[family.owner_index]
        elif family.owner == "site":
            kept = built[family.owner_index]
        else:
            return np.ones(len(family), dtype=bool)
        kept = kept | (family.lower > 0)  # a variable that must be used is never left out with its owner
        columns = self._data.columns
        known = family.name in columns.families
        return kept | ~columns.of(family.name, self._data.with_owner) if known else np.asarray(kept)

    def model(self) -> PulpModel:
        """Build the model.

        Raises
        ------
        InfeasibleError
            A row that nothing in the model can satisfy.
        """
        blocks = [self.rows(b) for b in [*self._state.rows, *self._data.extra, *self._cutting_planes()]]
        cuts = self._violated_limits if self._data.cuts is not None else None
        return PulpModel(self._data.problem.scenario.name, self._families(), blocks, cuts=cuts)

    def _families(self) -> dict[str, Family]:
        """Return the families without the columns that are left out, under the present bounds."""
        data, found = self._data, {}
        for name, keep in self._keep.items():
            f = data.families[name]
            lower, upper = f.lower, f.upper
            if name in data.columns.families:
                upper = data.columns.of(name, self._state.upper) * f.solver_unit
            if name == "total_halls":
                lower, upper = np.maximum(lower, self._halls[0]), np.minimum(upper, self._halls[1])
            found[name] = replace(f.only(keep), lower=lower[keep], upper=upper[keep])
        return found

    def rows(self, block: Rows) -> Rows:
        """Return a block without the columns that are left out."""
        terms = {n: sparse.csr_array(t[:, self._keep[n]]) for n, t in block.terms.items()}
        return Rows(block.limit, block.where, terms, block.sense, block.rhs, block.unit)

    def _cutting_planes(self) -> list[Rows]:
        """Return the cuts that raised the bound of the relaxation: strong links of the sites, and halls of regions."""
        links, regions = self._state.relaxation.links, self._state.relaxation.regions
        links = links.only(np.isin(links.site, self._sites))
        cuts: list[tuple[str, ConstraintMatrix, Sense, Floats]] = [
            ("link", links, "<=", links.high),
            ("region", regions, ">=", regions.low),
        ]
        split = self._data.columns.split_matrix
        return [
            Rows(name, [f"{name} {i}" for i in range(len(x))], split(x.matrix), sense, rhs, "-")
            for name, x, sense, rhs in cuts
            if len(x)
        ]

    def _violated_limits(self, values: Mapping[str, Floats]) -> list[Rows]:
        """Return the rows of limits that a solution violates; over all columns they are kept for `learnt`."""
        assert self._data.cuts is not None
        violated = self._data.cuts(self.widen(values))
        self._found_rows += violated
        return [self.rows(block) for block in violated]

    def learnt(self, state: MasterState) -> MasterState:
        """Return a state with the rows and sets that solutions of this model violated since the last call.

        Raises
        ------
        InfeasibleError
            A row that nothing can satisfy.
        """
        rows, sets, self._found_rows, self._found_sets = self._found_rows, self._found_sets, [], []
        more = state.with_rows(self._data, rows, cuts=True)
        return replace(more, relaxation=replace(more.relaxation, sets=(*more.relaxation.sets, *sets)))

    def narrow(self, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return the part of values by family that is in the model."""
        return {n: v[self._keep[n]] for n, v in values.items() if n in self._keep}

    def widen(self, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return values over all columns, 0 for those that are left out."""
        found = {}
        for name, f in self._data.families.items():
            found[name] = np.zeros(len(f))
            if name in values:
                found[name][self._keep[name]] = values[name]
        return found
