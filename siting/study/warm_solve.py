"""Solve from a warm start, and cold if the solver returns the start unproven with time left."""

from collections.abc import Sequence
from typing import Any

from siting.plan.plan import Plan
from siting.problem.problem import Problem
from siting.problem.rows import Rows
from siting.solver.solve import solve_with

TIME_USED_SHARE = 0.9
"""Share of the time limit below which an unproven plan is not due to a lack of time."""


def solve_from(problem: Problem, rows: Sequence[Rows], start: Plan | None, **how: Any) -> Plan:
    """Solve with further rows, from an incumbent plan.

    HiGHS sometimes returns the start as its result, with a bound far from it and time left: such a plan is unproven,
    and the problem is solved again without a start.

    Parameters
    ----------
    problem : Problem
        The numbers.
    rows : sequence of Rows
        Rows in addition to the scenario's.
    start : Plan or None
        The incumbent.
    **how
        As in `siting.solver.solve.solve_with`.
    """
    plan = solve_with(problem, rows, start=start, **how)
    limit = how.get("time_limit_s", 60.0)
    in_time = limit is None or plan.proof.seconds < TIME_USED_SHARE * limit
    if start is None or plan.status in ("optimal", "infeasible") or not in_time:
        return plan
    return solve_with(problem, rows, **how)
