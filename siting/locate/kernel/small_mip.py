"""A small case as a mixed-integer programme, handed to HiGHS whole."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siting.highs import ArrayMip, solve_mip
from siting.locate.kernel.neighbours import Neighbours
from siting.units import Bools, Floats

MOST_NODES = 200
"""Nodes after which HiGHS gives its bound back: a count, not a time, so that an answer can be repeated."""

TYPICAL_COST = 1000.0
"""Costs are scaled to about this, as the tolerances of HiGHS are absolute (1e-7 on reduced costs)."""

LEAST_GAP = 1e-7
"""HiGHS holds rows and integers to 1e-6 each: on its word alone, nothing closer than this is claimed [-]."""


@dataclass(frozen=True)
class NodeBound:
    """What HiGHS has shown of a case.

    Attributes
    ----------
    bound : float
        No answer of the case costs less; infinite where there is none.
    open : numpy.ndarray or None
        Sites of the list in its best answer, bool (k,).
    """

    bound: float
    open: Bools | None


def solve(
    arcs: Neighbours,
    fixed: Floats,
    count: int | None,
    forced: Bools,
    *,
    gap: float,
    integral: bool,
    seconds: float | None,
) -> NodeBound:
    """Bound a case: each customer takes a listed arc of an open site, or pays its radius.

    ``min f.y + c.x + r.z,  sum_i x_ij + z_j = 1,  x_ij <= y_i,  sum_i y_i = p,  y binary``

    Every arc that is not listed costs at least the radius, so that this is a bound on all answers of the case, and
    exact where nobody pays the radius, or where a forced site serves at it.

    Parameters
    ----------
    arcs : Neighbours
        Sites that may be open, with their arcs.
    fixed : numpy.ndarray
        Cost of opening each of them, (k,).
    count : int or None
        How many are open; None leaves it to the costs.
    forced : numpy.ndarray
        Sites that must be open, bool (k,).
    gap : float
        Relative gap that is close enough [-].
    integral : bool
        Every solution has an integer cost.
    seconds : float or None
        Time after which the bound so far is returned [s].

    Raises
    ------
    siting.errors.UnprovenError
        HiGHS does not take the programme.
    """
    k, a, m = len(arcs.sites), len(arcs.cost), len(arcs.radius)
    rows, lower, upper = _rows(arcs, count)
    scale = TYPICAL_COST / max(float(arcs.radius.mean()), float(fixed.mean()), np.finfo(np.float64).tiny)
    model = ArrayMip(
        cost=scale * np.concatenate((fixed, arcs.cost, arcs.radius)),
        lower=np.concatenate((forced.astype(np.float64), np.zeros(a + m))),
        upper=np.ones(k + a + m),
        matrix=rows,
        row_lower=lower,
        row_upper=upper,
        integer=np.arange(k + a + m) < k,
    )
    absolute = 0.999 * scale if integral else 0.0
    found = solve_mip(model, gap=gap, absolute_gap=absolute, time_limit_s=seconds, node_limit=MOST_NODES)
    if found.interrupted:
        raise KeyboardInterrupt
    if found.infeasible:
        return NodeBound(np.inf, None)
    return NodeBound(found.bound / scale, found.values[:k] > 0.5 if found.values.size else None)


def _rows(arcs: Neighbours, count: int | None) -> tuple[sparse.csr_array, Floats, Floats]:
    """Write the rows: every customer once, no arc without its site, and the number of sites."""
    k, a, m = len(arcs.sites), len(arcs.cost), len(arcs.radius)
    arc, customer = np.arange(a), np.arange(m)
    counted = np.arange(k if count is not None else 0)
    row = np.concatenate((arcs.customer, customer, m + arc, m + arc, np.full(len(counted), m + a)))
    column = np.concatenate((k + arc, k + a + customer, k + arc, arcs.rows_of_arcs(), counted))
    value = np.ones(len(row))
    value[a + m + a : a + m + 2 * a] = -1.0
    height = m + a + (count is not None)
    matrix = sparse.csr_array((value, (row, column)), shape=(height, k + a + m))
    last = [] if count is None else [float(count)]
    lower = np.concatenate((np.ones(m), np.full(a, -np.inf), last))
    upper = np.concatenate((np.ones(m), np.zeros(a), last))
    return matrix, lower, upper
