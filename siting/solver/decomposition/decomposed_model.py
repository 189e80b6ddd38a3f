"""MIP over all options, solved by decomposition: a drop-in replacement for `PulpModel` for many candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pulp

from siting.errors import SitingError
from siting.problem.problem import Problem
from siting.problem.rows import Family, Linear, Rows
from siting.solver.decomposition.lp_relaxation import Relaxed
from siting.solver.decomposition.master import restricted_master
from siting.solver.decomposition.master_state import begin
from siting.solver.pulp_model import Cuts
from siting.units import Floats


class DecomposedModel:
    """The interface of `PulpModel` over all columns; only those that may matter are given to PuLP.

    It replaces `state` as a whole, and changes nothing else.

    Parameters
    ----------
    problem : Problem
        The numbers.
    totals : mapping of str to Family
        Families that `strengthen` adds.
    rows : sequence of Rows
        Constraints of the limits.
    extra : sequence of Rows
        Valid inequalities that `strengthen` adds.
    cuts : callable, optional
        Finds constraints that are too many to write.
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
        self.data, self.state = begin(problem, totals, rows, extra, cuts, memory_mb)

    @property
    def size(self) -> tuple[int, int]:
        """Number of rows and of variables of the largest model given to a solver."""
        return self.state.size

    @property
    def considered(self) -> Mapping[str, int]:
        """Number of options in all, dominated, and in the last model."""
        return self.state.considered

    @property
    def cuts_added(self) -> tuple[Rows, ...]:
        """Rows of limits that were added because a solution violated them."""
        return self.state.cuts_added

    def add_rows(self, block: Rows) -> None:
        """Add a block of rows.

        Raises
        ------
        InfeasibleError
            A row that nothing can satisfy.
        """
        self.state = self.state.with_rows(self.data, [block])

    def cap(self, family: str, upper: Floats) -> None:
        """Lower the upper bounds of a family until the next call; infinite restores the bound of the family."""
        columns, all_upper = self.data.columns, self.state.upper.copy()
        own = columns.of(family, self.data.upper)
        columns.of(family, all_upper)[:] = np.minimum(own, upper / columns.families[family].solver_unit)
        self.state = replace(self.state, upper=all_upper)

    def start_from(self, values: Mapping[str, Floats]) -> None:
        """Take a plan as the incumbent for a warm start."""
        self.state = replace(self.state, incumbent=dict(values))

    def values(self) -> dict[str, Floats]:
        """Return the values of all variables of the incumbent."""
        if self.state.incumbent is None:
            raise SitingError("there is no incumbent: solve first")
        return dict(self.state.incumbent)

    def relaxed(self, linear: Linear) -> Relaxed:
        """Return the result of the LP relaxation for an objective, without its constant."""
        data, state = self.data, self.state
        relaxed, relaxation = data.relaxation.minimise(
            state.relaxation, data.columns.costs(linear), state.upper, lambda: None
        )
        self.state = replace(state, relaxation=relaxation)
        return relaxed

    def minimise(self, linear: Linear, solver: pulp.LpSolver) -> pulp.LpSolveStats:
        """Solve for one linear objective; see `PulpModel.minimise`.

        Raises
        ------
        UnprovenError
            The solver terminated without a result, or with an infeasible solution.
        SitingError
            The smallest model does not fit the stated memory.
        """
        stats, self.state = restricted_master(self.data, linear, solver).solve(self.state)
        return stats
