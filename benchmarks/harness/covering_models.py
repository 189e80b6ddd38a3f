"""The textbook MIPs of covering and of the p-centre, for the rival."""

import numpy as np
from scipy import sparse

from harness.instances import LocationProblem
from siting.highs import INFINITE, ArrayMip


def mip_of(problem: LocationProblem) -> ArrayMip:
    """Write a covering or p-centre problem as a MIP.

    Set covering: minimise ``sum_i y_i`` with ``sum_{i in reach of j} y_i >= 1``. Maximal covering: minimise
    ``-sum_j z_j`` with
    ``z_j <= sum_{i in reach of j} y_i, sum_i y_i = p``. p-centre: minimise r with ``sum_i x_ij = 1, x_ij <= y_i,
    sum_i d_ij x_ij <= r, sum_i y_i = p``. Only y is integer.

    Parameters
    ----------
    problem : harness.instances.LocationProblem
        Its kind is one of these three.

    Examples
    --------
    >>> mip_of(LocationProblem(np.eye(2), np.zeros(2), None, kind="cover all", radius=0.5)).matrix.toarray()
    array([[0., 1.],
           [1., 0.]])
    """
    if problem.kind == "centre":
        return _centre(problem)
    n, m = problem.costs.shape
    reach = sparse.csr_array((problem.costs <= problem.radius).T.astype(np.float64))
    if problem.kind == "cover all":
        integer = np.ones(n, dtype=bool)
        return ArrayMip(np.ones(n), np.zeros(n), np.ones(n), reach, np.ones(m), np.full(m, INFINITE), integer)
    covered = sparse.hstack((reach, -sparse.eye_array(m)))
    counted = sparse.csr_array(np.r_[np.ones(n), np.zeros(m)][None, :])
    return ArrayMip(
        cost=np.r_[np.zeros(n), -np.ones(m)],
        lower=np.zeros(n + m),
        upper=np.ones(n + m),
        matrix=sparse.csr_array(sparse.vstack((covered, counted))),
        row_lower=np.r_[np.zeros(m), float(problem.count or 0)],
        row_upper=np.r_[np.full(m, INFINITE), float(problem.count or 0)],
        integer=np.arange(n + m) < n,
    )


def _centre(problem: LocationProblem) -> ArrayMip:
    """Write sites, shares and the radius as columns, in this order."""
    n, m = problem.costs.shape
    arcs, width, count = n * m, n + n * m + 1, float(problem.count or 0)
    site, customer, arc = np.repeat(np.arange(n), m), np.tile(np.arange(m), n), n + np.arange(arcs)
    serve = sparse.csr_array((np.ones(arcs), (customer, arc)), shape=(m, width))
    strong = sparse.hstack(
        (-sparse.csr_array((np.ones(arcs), (np.arange(arcs), site)), shape=(arcs, n)), sparse.eye_array(arcs))
    )
    strong = sparse.hstack((strong, sparse.csr_array((arcs, 1))))
    far = (problem.costs.ravel(), (customer, arc))
    within = sparse.csr_array(sparse.coo_array(far, shape=(m, width)) - _last_column(m, width))
    counted = sparse.csr_array((np.ones(n), (np.zeros(n, dtype=int), np.arange(n))), shape=(1, width))
    cost = np.zeros(width)
    cost[-1] = 1.0
    return ArrayMip(
        cost=cost,
        lower=np.zeros(width),
        upper=np.r_[np.ones(n + arcs), INFINITE],
        matrix=sparse.csr_array(sparse.vstack((serve, strong, within, counted))),
        row_lower=np.r_[np.ones(m), np.full(arcs + m, -INFINITE), count],
        row_upper=np.r_[np.ones(m), np.zeros(arcs + m), count],
        integer=np.arange(width) < n,
    )


def _last_column(m: int, width: int) -> sparse.csr_array:
    return sparse.csr_array((np.ones(m), (np.arange(m), np.full(m, width - 1))), shape=(m, width))
