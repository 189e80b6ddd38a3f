"""Warm start: the decisions of a plan as values of a problem's variables."""

from collections.abc import Sequence

import numpy as np

from siting.plan.plan import Plan
from siting.problem.problem import Problem
from siting.problem.rows import Rows
from siting.solver.valid_inequalities import strengthen
from siting.units import Floats


def start_values(problem: Problem, plan: Plan) -> dict[str, Floats]:
    """Return the variables at a plan's decisions, as far as the problem has its sites, designs and hubs.

    The plan may be of another scenario: what it builds where the problem has no such option is left out, so
    that the values need not be feasible. They do not change the optimum: a solver that cannot use them ignores them.

    Parameters
    ----------
    problem : Problem
        What is to be solved.
    plan : Plan
        A plan with sites.

    Returns
    -------
    dict of str to numpy.ndarray
        Values by family, including those of `strengthen`.
    """
    values = {name: np.zeros(len(family)) for name, family in problem.families.items()}
    for part in problem.parts:
        values |= part.start(problem, plan, values)
    return _with_totals(problem.settled(values), strengthen(problem)[1])


def _with_totals(values: dict[str, Floats], rows: Sequence[Rows]) -> dict[str, Floats]:
    """Add the totals of `strengthen`: each is the sum that its row defines."""
    for block in rows:
        if block.limit == "total":
            parts, total = block.terms
            values[total] = np.asarray(block.terms[parts] @ values[parts], dtype=float)
    return values
