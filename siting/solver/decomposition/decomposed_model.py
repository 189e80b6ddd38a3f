"""The programme over the options that a better plan could use: others are proven away before PuLP is given a model."""

from collections.abc import Mapping, Sequence

import numpy as np
import pulp
from scipy import sparse

from siting.errors import SitingError
from siting.problem.problem import Problem
from siting.problem.rows import Family, Linear, Rows, group_sum
from siting.solver.decomposition.columns import ConstraintMatrix, columns_of, constraint_matrix
from siting.solver.decomposition.lazy_rows import TOTALS, LazyRows, can_wait
from siting.solver.decomposition.lp_relaxation import Relaxation, Relaxed
from siting.solver.decomposition.master import RestrictedMaster
from siting.solver.decomposition.separation import cut_finder
from siting.solver.decomposition.site_pricing import pricing_of
from siting.solver.pulp_model import Cuts
from siting.units import Floats


class DecomposedModel:
    """Stands for `PulpModel` over all columns, and hands PuLP only those that may matter.

    Parameters
    ----------
    problem : Problem
        The numbers.
    totals : mapping of str to Family
        Families that `strengthen` adds.
    rows : sequence of Rows
        Constraints of the limits.
    extra : sequence of Rows
        What `strengthen` adds.
    cuts : callable, optional
        Constraints too many to write.
    memory_mb : float or None, optional
        Memory that a model may take [MB].
    """

    def __init__(
        self,
        problem: Problem,
        totals: Mapping[str, Family],
        rows: Sequence[Rows],
        extra: Sequence[Rows],
        cuts: Cuts | None = None,
        memory_mb: float | None = None,
    ) -> None:
        self.problem, self.cuts, self.memory_mb = problem, cuts, memory_mb
        self.families = {**problem.families, **totals}
        self.columns = columns_of(problem, problem.families)
        n_sites = len(problem.sites)
        self.site = problem.options["site"].to_numpy(np.intp)
        self._at_site = group_sum(self.site, np.ones(len(self.site)), n_sites)
        self.rows, self.extra = list(rows), list(extra)
        lines = constraint_matrix(self.columns, [self.over_options(b) for b in [*rows, *_whole_total(problem, totals)]])
        waiting = LazyRows([b for b in extra if can_wait(b)], self.columns, self.site, n_sites, self._written)
        self.relaxation = Relaxation(
            self.columns, lines, pricing_of(problem), cut_finder(problem), waiting, total=len(lines) - 1
        )
        self.upper = self.columns.upper.copy()
        self.hand: dict[str, Floats] | None = None
        self.cuts_added: list[Rows] = []
        self.size = (0, 0)
        self.told: dict[str, int] = {}

    def over_options(self, block: Rows) -> Rows:
        """Return a block with totals of sites written as sums over their options."""
        if not set(TOTALS) & set(block.terms):
            return block
        terms: dict[str, sparse.csr_array] = {}
        for family, matrix in block.terms.items():
            part = sparse.csr_array(matrix @ self._at_site) if family in TOTALS else matrix
            name = TOTALS.get(family, family)
            terms[name] = sparse.csr_array(terms[name] + part) if name in terms else part
        return Rows(block.limit, block.where, terms, block.sense, block.rhs, block.unit)

    def _written(self, block: Rows) -> ConstraintMatrix:
        return constraint_matrix(self.columns, [self.over_options(block)])

    def add_rows(self, block: Rows) -> None:
        """Add a block of rows.

        Raises
        ------
        InfeasibleError
            A row that nothing can meet.
        """
        more = self._written(block)
        self.rows.append(block)
        self.relaxation.lines = self.relaxation.lines.plus(more)

    def cap(self, family: str, upper: Floats) -> None:
        """Lower the upper bounds of a family for now; infinite gives a variable its own bound back."""
        start, of = self.columns.start[family], self.problem.families[family]
        self.upper[start : start + len(of)] = np.minimum(of.upper, upper) / of.solver_unit

    def start_from(self, values: Mapping[str, Floats]) -> None:
        """Take a plan in hand."""
        self.hand = dict(values)

    def values(self) -> dict[str, Floats]:
        """Return the values of all variables."""
        if self.hand is None:
            raise SitingError("no plan is in hand: solve first")
        return self.hand

    def relaxed(self, linear: Linear) -> Relaxed:
        """Return what the relaxation proves of a sum, without its constant."""
        return self.relaxation.minimise(self.columns.costs(linear), self.upper, lambda: None)

    def minimise(self, linear: Linear, solver: pulp.LpSolver) -> pulp.LpSolveStats:
        """Solve for one linear objective; see `PulpModel.minimise`.

        Raises
        ------
        UnprovenError
            The solver broke off without a word, or what it gave back is no plan.
        SitingError
            What cannot be left out does not fit the stated memory.
        """
        return RestrictedMaster(self, linear, solver).answer()


def _whole_total(problem: Problem, totals: Mapping[str, Family]) -> list[Rows]:
    """Return the row that asks for the fewest halls with which the demand can be carried."""
    least = totals["total_halls"].lower
    every = sparse.csr_array(np.ones((1, len(problem.options))))
    return [Rows("total", ["plan"], {"halls": every}, ">=", least, "halls")]
