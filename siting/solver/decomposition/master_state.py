"""Data of a decomposed problem, which stays as it is, and the state of its solution, one value passed from step to step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from siting.problem.problem import Problem
from siting.problem.rows import Family, Rows, group_sum
from siting.solver.decomposition.columns import (
    Columns,
    ConstraintMatrix,
    columns_of,
    constraint_matrix,
    implied_upper,
    zero_unless_built,
)
from siting.solver.decomposition.lazy_rows import TOTALS, lazy_rows
from siting.solver.decomposition.lp_relaxation import Relaxation, RelaxationState
from siting.solver.decomposition.separation import cut_finder
from siting.solver.decomposition.site_pricing import EXACT, pricing_of
from siting.solver.pulp_model import Cuts
from siting.units import Bools, Floats, Ints


@dataclass(frozen=True)
class MasterData:
    """What a decomposed problem is, whatever has been found about it.

    Attributes
    ----------
    problem : Problem
        The numbers.
    families : mapping of str to Family
        Variables of the problem, and totals that only the models for PuLP have.
    columns : Columns
        Variables of the problem.
    upper : numpy.ndarray
        Their upper bounds in solver units, (n,).
    site : numpy.ndarray
        Site of each option, (n_options,).
    with_owner : numpy.ndarray
        Columns that are 0 unless their owner is built, and may be left out with it, (n,).
    extra : tuple of Rows
        Valid inequalities and the definition of the totals.
    relaxation : Relaxation
        The LP relaxation.
    cuts : callable or None
        Finds rows of limits that were too many to write.
    memory_mb : float or None
        Memory that a model may take [MB].
    """

    problem: Problem
    families: Mapping[str, Family]
    columns: Columns
    upper: Floats
    site: Ints
    with_owner: Bools
    extra: tuple[Rows, ...]
    relaxation: Relaxation
    cuts: Cuts | None
    memory_mb: float | None

    def over_options(self, block: Rows) -> Rows:
        """Return a block with totals of sites written as sums over their options."""
        return over_options(block, self.site, len(self.problem.sites))


@dataclass(frozen=True)
class MasterState:
    """What is known about a decomposed problem at some point of its solution.

    Attributes
    ----------
    rows : tuple of Rows
        Rows of the limits; they are only ever added.
    upper : numpy.ndarray
        Upper bounds of the columns in solver units, (n,).
    relaxation : RelaxationState
        Rows, cutting planes and sites of the LP relaxation.
    incumbent : mapping of str to numpy.ndarray or None
        Best plan so far, or a plan to start from.
    found : bool
        Whether the incumbent is a plan that the present solve has found.
    cuts_added : tuple of Rows
        Rows of limits that solutions violated.
    size : tuple of int
        Rows and variables of the largest model given to a solver.
    considered : mapping of str to int
        Options in all, dominated, and in the last model.
    """

    rows: tuple[Rows, ...]
    upper: Floats
    relaxation: RelaxationState
    incumbent: Mapping[str, Floats] | None = None
    found: bool = False
    cuts_added: tuple[Rows, ...] = ()
    size: tuple[int, int] = (0, 0)
    considered: Mapping[str, int] = field(default_factory=dict)

    def with_rows(self, data: MasterData, blocks: Sequence[Rows], *, cuts: bool = False) -> "MasterState":
        """Return the state with more rows of limits.

        Raises
        ------
        InfeasibleError
            A row that nothing can satisfy.
        """
        if not blocks:
            return self
        lines = constraint_matrix(data.columns, [data.over_options(b) for b in blocks])
        relaxation = replace(self.relaxation, lines=self.relaxation.lines.plus(lines))
        cuts_added = (*self.cuts_added, *blocks) if cuts else self.cuts_added
        return replace(self, rows=(*self.rows, *blocks), relaxation=relaxation, cuts_added=cuts_added)

    def with_sites(self, sites: Ints) -> "MasterState":
        """Return the state with sites that the relaxation starts with from now on."""
        known = self.relaxation.sites.copy()
        known[sites] = True
        return replace(self, relaxation=replace(self.relaxation, sites=known))


def begin(
    problem: Problem,
    totals: Mapping[str, Family],
    rows: Sequence[Rows],
    extra: Sequence[Rows],
    cuts: Cuts | None,
    memory_mb: float | None,
) -> tuple[MasterData, MasterState]:
    """Return the data of a decomposed problem and the state before its first solve; see `DecomposedModel`."""
    site, n_sites = problem.options["site"].to_numpy(np.intp), len(problem.sites)
    columns = columns_of(problem, problem.families)

    def write(block: Rows) -> ConstraintMatrix:
        return constraint_matrix(columns, [over_options(block, site, n_sites)])

    # the row over the halls of the plan: at least the fewest that carry the demand; branching changes it
    every = sparse.csr_array(np.ones((1, len(problem.options))))
    halls = Rows("total", ["plan"], {"halls": every}, ">=", totals["total_halls"].lower, "halls")
    lines = constraint_matrix(columns, [over_options(b, site, n_sites) for b in [*rows, halls]])
    with_owner = zero_unless_built(columns, lines, EXACT)
    upper = implied_upper(columns, lines)
    pricing = pricing_of(problem, columns, with_owner)
    relaxation = Relaxation(columns, pricing, cut_finder(problem), write, total=len(lines) - 1)
    none = constraint_matrix(columns, [])
    first = RelaxationState(lines, none, none, lazy_rows(list(extra)), (), np.zeros(n_sites, dtype=bool))
    families = {**problem.families, **totals}
    data = MasterData(problem, families, columns, upper, site, with_owner, tuple(extra), relaxation, cuts, memory_mb)
    return data, MasterState(tuple(rows), upper, first)


def over_options(block: Rows, site: Ints, n_sites: int) -> Rows:
    """Return a block with totals of sites written as sums over their options."""
    if not set(TOTALS) & set(block.terms):
        return block
    at_site = group_sum(site, np.ones(len(site)), n_sites)
    terms: dict[str, sparse.csr_array] = {}
    for family, matrix in block.terms.items():
        part = sparse.csr_array(matrix @ at_site) if family in TOTALS else matrix
        name = TOTALS.get(family, family)
        terms[name] = sparse.csr_array(terms[name] + part) if name in terms else part
    return Rows(block.limit, block.where, terms, block.sense, block.rhs, block.unit)
