"""Proof of a MIP's bound by a tree of LPs, in which every bound is summed here from dual prices.

A solver's claim that no solution is below a target rests on its absolute tolerances. Here each node's LP gives dual prices
alone: any prices bound the node, so that tolerances cost strength and never truth (Neumaier, Shcherbina 2004).

References
----------
Neumaier, A., Shcherbina, O. (2004). Safe bounds in linear and mixed-integer linear programming. Mathematical Programming
99: 283-296.
"""

from dataclasses import dataclass

import numpy as np

from siting.highs import ArrayMip, WarmLp
from siting.locate.kernel.limits import SearchLimits
from siting.units import Floats

MOST_NODES = 500
"""Nodes after which a proof is given up: a number, not a time, so that a result can be repeated."""

MOST_COLUMNS = 100_000
"""Columns of all nodes together, which bounds the time of a proof of a large model by that of about one MIP."""

INTEGRAL = 1e-6
"""Distance from an integer below which a column is not branched on."""

TERM_ROUNDING = 1e-14
"""Share of the terms of a sum that is subtracted from it, so that no rounding error lifts a bound."""


@dataclass(frozen=True)
class Certificate:
    """What a tree of LPs proves.

    Attributes
    ----------
    bound : float
        Lower bound on the optimum; infinite where no solution exists, minus infinity where the tree was given up.
    values : numpy.ndarray
        Columns of the best integer solution that the tree found below its target; empty where there is none.
    """

    bound: float
    values: Floats


def safe_bound(model: ArrayMip, cost: Floats, lower: Floats, upper: Floats, prices: Floats) -> float:
    """Return a lower bound on ``cost @ x`` over the rows and the column bounds: valid for any row prices.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> model = ArrayMip(
    ...     cost=np.array([2.0, 3.0]), lower=np.zeros(2), upper=np.ones(2), matrix=sparse.csr_array([[1.0, 1.0]]),
    ...     row_lower=np.array([1.5]), row_upper=np.array([np.inf]),
    ... )
    >>> round(safe_bound(model, model.cost, model.lower, model.upper, np.array([3.0])), 9)
    3.5
    """
    side = np.where(prices > 0, model.row_lower, model.row_upper)
    counted = np.isfinite(side) & (prices != 0)
    prices, side = np.where(counted, prices, 0.0), np.where(counted, side, 0.0)
    reduced = cost - model.matrix.T @ prices
    terms = abs(cost) + abs(model.matrix).T @ abs(prices)
    least = reduced - TERM_ROUNDING * terms
    at_upper = np.where(least < 0, np.where(least < 0, least, 0.0) * np.where(least < 0, upper, 0.0), 0.0)
    at_lower = np.where(least < 0, 0.0, least * lower)
    parts = np.concatenate((prices * side, at_upper, at_lower))
    return float(parts.sum() - TERM_ROUNDING * abs(parts).sum())


def certify(
    model: ArrayMip, target: float, limits: SearchLimits, *, first: int, most_nodes: int = MOST_NODES
) -> Certificate:
    """Prove that no solution costs less than a target, or bound the optimum from below.

    Parameters
    ----------
    model : ArrayMip
        Costs, rows, column bounds and integer columns; column lower bounds are at least 0.
    target : float
        Cost from which a node is pruned.
    limits : SearchLimits
        Time limit.
    first : int
        Leading columns that are branched on before the others.
    most_nodes : int, optional
        Node limit.
    """
    assert model.integer is not None
    nothing = np.empty(0)
    whole = np.flatnonzero(model.integer)
    most = min(most_nodes, MOST_COLUMNS // model.cost.size)
    solver = WarmLp(model, solver="simplex", presolve="off")
    stack, proven, best, values = [(model.lower[whole], model.upper[whole])], np.inf, target, nothing
    for _ in range(most):
        low, high = stack.pop()
        lower, upper = model.lower.copy(), model.upper.copy()
        lower[whole], upper[whole] = low, high
        solver.set_column_bounds(whole, low, high)
        status = solver.solve(time_limit_s=limits.left_s())
        if status == "infeasible":
            if not _is_empty(model, lower, upper, solver.ray()):
                break
        elif status != "optimal":
            break
        else:
            bound, x = safe_bound(model, model.cost, lower, upper, solver.duals()), solver.values()
            apart = np.where(low < high, abs(x[whole] - np.rint(x[whole])), 0.0)
            integral = apart.max(initial=0.0) <= INTEGRAL
            if bound < target and not integral:
                at = int((apart + (apart > INTEGRAL) * (whole < first)).argmax())
                down, up = high.copy(), low.copy()
                down[at], up[at] = np.floor(x[whole[at]]), np.ceil(x[whole[at]])
                stack += [(low, down), (up, high)]
                continue
            proven = min(proven, bound)
            if integral and bound < best:
                best, values = bound, x
        if not stack:
            return Certificate(proven, values)
    return Certificate(-np.inf, values)


def _is_empty(model: ArrayMip, lower: Floats, upper: Floats, ray: Floats | None) -> bool:
    """Return whether a dual ray proves that no point meets the rows and column bounds."""
    nothing = np.zeros(model.cost.size)
    return ray is not None and any(safe_bound(model, nothing, lower, upper, sign * ray) > 0 for sign in (1.0, -1.0))
