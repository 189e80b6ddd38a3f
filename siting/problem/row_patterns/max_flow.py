"""Failure of a site or zone: demand that the other sites cannot carry, found by a maximum flow."""

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from siting.units import Bools, Floats

FLOW_UNITS = 2**29
"""Number of integer units of the largest total of the flow: 1e-9 of it is rounding."""


def short_of(reach: Bools, capacity_mw: Floats, demand_mw: Floats) -> Bools | None:
    """Return a set of sites that alone can serve some demand, and that cannot carry it.

    By Hall's condition (Gale 1957 for capacities): all demand can be served unless some set of groups wants more
    than all the sites that reach any of them have. Such a set is the far side of a minimum cut.

    Parameters
    ----------
    reach : numpy.ndarray
        Which group each site may serve, (n_groups, n_sites).
    capacity_mw : numpy.ndarray
        What each site can carry [MW], 0 where it fails or is not built, (n_sites,).
    demand_mw : numpy.ndarray
        What must be served [MW], (n_groups,).

    Returns
    -------
    numpy.ndarray or None
        The sites that reach those groups, (n_sites,), those without capacity too; None where all is served.

    References
    ----------
    D. Gale, A theorem on flows in networks, Pacific Journal of Mathematics 7 (1957) 1073-1082.

    Examples
    --------
    >>> reach = np.array([[True, True, False], [False, True, True]])
    >>> short_of(reach, np.array([0.0, 1.0, 1.0]), np.array([1.0, 1.0])) is None
    True
    >>> short_of(reach, np.array([0.0, 0.5, 2.0]), np.array([1.0, 1.0])).tolist()
    [True, True, False]
    """
    groups, sites = reach.shape
    unit = max(float(capacity_mw.sum()), float(demand_mw.sum()), 1e-12) / FLOW_UNITS
    # capacity is rounded up and demand down, so that rounding never creates a shortage
    supply, want = np.ceil(capacity_mw / unit).astype(np.int32), np.floor(demand_mw / unit).astype(np.int32)
    g, s = np.nonzero(reach & (capacity_mw > 0))
    source, sink = 0, 1 + sites + groups
    tail = np.concatenate([np.zeros(sites, dtype=int), 1 + s, 1 + sites + np.arange(groups)])
    head = np.concatenate([1 + np.arange(sites), 1 + sites + g, np.full(groups, sink)])
    most = np.concatenate([supply, np.full(len(s), 2 * FLOW_UNITS), want])
    graph = sparse.csr_matrix((most, (tail, head)), shape=(sink + 1, sink + 1), dtype=np.int32)
    flow = maximum_flow(graph, source, sink)
    if flow.flow_value >= int(want.sum()):
        return None
    residual = graph - flow.flow
    residual.data = np.maximum(residual.data, 0)
    residual.eliminate_zeros()
    reached = breadth_first_order(residual, source, return_predecessors=False)
    cut_off = ~np.isin(1 + sites + np.arange(groups), reached) & (want > 0)
    return np.asarray(reach[cut_off].any(axis=0))
