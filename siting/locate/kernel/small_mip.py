"""A small branch-and-bound node, solved by HiGHS as one MIP."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siting.highs import ArrayMip, solve_mip
from siting.locate.kernel.costs import Neighbours
from siting.units import Bools, Floats

MOST_NODES = 200
"""Node limit of HiGHS: a number, not a time, so that a result can be repeated."""

TYPICAL_COST = 1000.0
"""Costs are scaled to about this, because the tolerances of HiGHS are absolute (1e-7 on reduced costs)."""

LEAST_GAP = 1e-7
"""HiGHS meets rows and integrality to 1e-6: no smaller gap is claimed on its bound alone [-]."""


@dataclass(frozen=True)
class MipBound:
    """Bound and incumbent of a node.

    Attributes
    ----------
    bound : float
        Lower bound on every solution of the node; infinite where there is none.
    open : numpy.ndarray or None
        Open sites of its incumbent, bool (k,).
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
    left_s: float | None,
) -> MipBound:
    """Bound a node: each customer uses a listed arc of an open site, or pays its radius.

    ``min f.y + c.x + r.z,  sum_i x_ij + z_j = 1,  x_ij <= y_i,  sum_i y_i = p,  y binary``

    Every arc that is not listed costs at least the radius r_j, so that this relaxes the node. It is exact where no
    customer pays the radius, or where a forced site serves at it.

    Parameters
    ----------
    arcs : Neighbours
        Candidate sites with their arcs.
    fixed : numpy.ndarray
        Cost of opening each of them, (k,).
    count : int or None
        Number of open sites; None leaves it to the costs.
    forced : numpy.ndarray
        Sites that must be open, bool (k,).
    gap : float
        Relative gap at which to stop [-].
    integral : bool
        Every solution has an integer cost.
    left_s : float or None
        Time limit [s].

    Raises
    ------
    siting.errors.UnprovenError
        HiGHS rejects the model.
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
    found = solve_mip(model, gap=gap, absolute_gap=absolute, time_limit_s=left_s, node_limit=MOST_NODES)
    if found.interrupted:
        raise KeyboardInterrupt
    if found.infeasible:
        return MipBound(np.inf, None)
    return MipBound(found.bound / scale, found.values[:k] > 0.5 if found.values.size else None)


def _rows(arcs: Neighbours, count: int | None) -> tuple[sparse.csr_array, Floats, Floats]:
    """Write the rows: assignment of each customer, linking of each arc to its site, and the number of sites."""
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
