"""Run the search without capacities on a checked problem, and return its result."""

import numpy as np
from scipy import sparse

from siting.locate.arguments import BASE_MB, MEGABYTE, ArgumentErrors
from siting.locate.kernel.costs import Costs
from siting.locate.kernel.limits import SearchLimits
from siting.locate.kernel.search import Search, listed_sites
from siting.locate.location import Location, located, not_located
from siting.units import Floats

BYTES_PER_ARC = 90
"""Measured peak memory per listed arc: the list by site and by customer, and its copies while it shrinks."""


def check_memory(
    errors: ArgumentErrors, shape: tuple[int, ...] | None, count: int | None, limits: SearchLimits
) -> None:
    """Note a problem that does not fit the memory limit; `count` sites are open, or any number."""

    def needed_mb(n: int, m: int) -> float:
        opened = count or n // 4 + 1
        listed = m * min(n, listed_sites(n, count))
        return BASE_MB + (BYTES_PER_ARC * listed + 24 * m * opened + 16 * n * opened) / MEGABYTE

    errors.memory(limits, shape, needed_mb, fewest=count or 1)


def solve(costs: Costs, fixed: Floats, count: int | None, limits: SearchLimits) -> Location:
    """Search, and assign each customer to its cheapest open site.

    Parameters
    ----------
    costs : siting.locate.kernel.costs.Costs
        Costs of serving customers.
    fixed : numpy.ndarray
        Cost of opening each facility, (n,).
    count : int or None
        Number of open facilities; None leaves it to the costs.
    limits : SearchLimits
        When to stop.
    """
    search = Search(costs, fixed, count, limits)
    search.run()
    incumbent = search.incumbent
    if incumbent.sites is None:
        return not_located("infeasible" if search.infeasible else "no_solution", (costs.n, costs.m), limits)
    opened = np.zeros(costs.n, dtype=bool)
    opened[incumbent.sites] = True
    sites = np.flatnonzero(opened)
    nearest = sites[costs.rows(sites).argmin(axis=0)]
    assign = sparse.csr_array((np.ones(costs.m), (nearest, np.arange(costs.m))), shape=(costs.n, costs.m))
    return located(incumbent.upper, incumbent.proven_bound(), opened, assign, limits, rounding=incumbent.rounding)
