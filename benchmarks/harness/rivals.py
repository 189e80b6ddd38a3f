"""HiGHS on the strong formulation, from plain arrays: the rival that needs no modelling layer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from harness.covering_models import mip_of
from harness.instances import LocationProblem
from siting.highs import INFINITE, ArrayMip, new_highs, solve_mip
from siting.locate.kernel.capacitated.bound import Capacitated
from siting.locate.kernel.capacitated.restricted_cflp import restricted
from siting.units import Floats


@dataclass(frozen=True)
class Outcome:
    """Result of a solver.

    Attributes
    ----------
    objective, bound : float or None
        Objective of its incumbent and proven bound; None without one.
    """

    objective: float | None
    bound: float | None


def highs_from_arrays(problem: LocationProblem, *, gap: float, time_limit_s: float) -> Outcome:
    """Solve ``min f.y + c.x, sum_i x_ij = 1, x_ij <= y_i, sum_i y_i = p, y binary`` with HiGHS, one thread.

    Parameters
    ----------
    problem : harness.instances.LocationProblem
        The arrays.
    gap : float
        Relative gap at which HiGHS stops [-].
    time_limit_s : float
        Time limit [s].

    Raises
    ------
    siting.errors.UnprovenError
        HiGHS rejects the model.
    """
    if problem.kind in ("cover all", "cover most", "centre"):
        return _of_reach(problem, gap=gap, time_limit_s=time_limit_s)
    if problem.capacity is not None and problem.demand is not None:
        return _with_capacities(problem, problem.capacity, problem.demand, gap=gap, time_limit_s=time_limit_s)
    solved = solve_mip(strong_model(problem), gap=gap, time_limit_s=time_limit_s)
    return Outcome(solved.objective, solved.bound if np.isfinite(solved.bound) else None)


def strong_highs(problem: LocationProblem, *, gap: float, time_limit_s: float) -> Any:
    """Return a HiGHS that is ready to run on the strong formulation."""
    return new_highs(strong_model(problem), {"mip_rel_gap": gap, "time_limit": time_limit_s})


def strong_model(problem: LocationProblem) -> ArrayMip:
    """Write the strong formulation of a problem without capacities."""
    n, m = problem.costs.shape
    rows, lower, upper = _strong(n, m, problem.count)
    return ArrayMip(
        cost=np.concatenate((problem.fixed, problem.costs.ravel())),
        lower=np.zeros(n + n * m),
        upper=np.concatenate((np.ones(n), np.full(n * m, INFINITE))),
        matrix=rows,
        row_lower=lower,
        row_upper=upper,
        integer=np.arange(n + n * m) < n,
    )


def _with_capacities(
    problem: LocationProblem, capacity: Floats, demand: Floats, *, gap: float, time_limit_s: float
) -> Outcome:
    """Solve the same with ``sum_j d_j x_ij <= s_i y_i`` and the row that all open capacity covers all demand."""
    costs = problem.costs.astype(np.float64)
    capacitated = Capacitated(costs, problem.fixed, capacity, demand, capacity, float(demand.sum()))
    none = np.zeros(costs.shape[0], dtype=bool)
    model = restricted(
        capacitated, np.ones(costs.shape, dtype=bool), none, none, single_source=problem.kind == "one source"
    )
    solved = solve_mip(model.mip, gap=gap, time_limit_s=time_limit_s)
    return Outcome(solved.objective, solved.bound if np.isfinite(solved.bound) else None)


def _of_reach(problem: LocationProblem, *, gap: float, time_limit_s: float) -> Outcome:
    """Solve covering or the p-centre; maximal covering is a maximisation with an upper bound."""
    solved = solve_mip(mip_of(problem), gap=gap, time_limit_s=time_limit_s)
    sign = -1.0 if problem.kind == "cover most" else 1.0
    found = None if solved.objective is None else sign * solved.objective
    return Outcome(found, sign * solved.bound if np.isfinite(solved.bound) else None)


def _strong(n: int, m: int, count: int | None) -> tuple[sparse.csr_array, np.ndarray, np.ndarray]:
    """Write the rows: assignment of each customer, linking of each arc, and the number of facilities."""
    arcs = n * m
    serve = sparse.hstack((sparse.csr_array((m, n)), sparse.hstack([sparse.eye_array(m, format="csr")] * n)))
    strong = sparse.hstack((-sparse.kron(sparse.eye_array(n), np.ones((m, 1))), sparse.eye_array(arcs)))
    blocks, lower, upper = [serve, strong], [np.ones(m), np.full(arcs, -np.inf)], [np.ones(m), np.zeros(arcs)]
    if count is not None:
        blocks.append(sparse.hstack((np.ones((1, n)), sparse.csr_array((1, arcs)))))
        lower.append(np.array([float(count)]))
        upper.append(np.array([float(count)]))
    return sparse.csr_array(sparse.vstack(blocks)), np.concatenate(lower), np.concatenate(upper)
