"""From a question in plain arrays to the kernel, and from what the kernel proved to an answer."""

import numpy as np
from scipy import sparse

from siting.locate.arguments import MEGABYTE, Faults
from siting.locate.kernel.clock import Clock
from siting.locate.kernel.costs import Costs
from siting.locate.kernel.incumbent import Incumbent
from siting.locate.kernel.search import Search, listed_sites
from siting.locate.location import Location, Status
from siting.units import Floats

BYTES_AN_ARC = 90
"""Measured peak of the search per listed arc: the list by site and by customer, its copies while it shrinks."""

BASE_MB = 20
"""Measured peak of the search on a question of no size [MB]."""


def needed_mb(n: int, m: int, count: int | None) -> float:
    """Estimate the memory that a search needs on top of the caller's arrays [MB]."""
    listed = m * min(n, listed_sites(n, count))
    return (
        BASE_MB + (BYTES_AN_ARC * listed + 24 * m * (count or n // 4 + 1) + 16 * n * (count or n // 4 + 1)) / MEGABYTE
    )


def check_memory(faults: Faults, n: int, m: int, count: int | None, *, memory_mb: float | None) -> None:
    """Note a question that would not fit the stated memory, with the size that would."""
    faults.memory(
        needed_mb=needed_mb(n, m, count), memory_mb=memory_mb, fits=_largest(n, m, count, memory_mb or np.inf)
    )


def _largest(n: int, m: int, count: int | None, memory_mb: float) -> str:
    """Say how many facilities and customers, in this proportion, fit the memory."""
    for shrunk in np.linspace(1.0, 0.0, 1000, endpoint=False):
        facilities, customers = int(n * shrunk), int(m * shrunk)
        enough = facilities >= (count or 1) and customers >= 1
        if enough and needed_mb(facilities, customers, count) <= memory_mb:
            return f"about {facilities:,} facilities x {customers:,} customers"
    return "no question of this kind"


def answer(costs: Costs, fixed: Floats, count: int | None, *, gap: float, clock: Clock, seed: int) -> Location:
    """Search, and say what was found and proven.

    Parameters
    ----------
    costs : siting.locate.kernel.costs.Costs
        The whole question.
    fixed : numpy.ndarray
        Cost of opening each facility, (n,).
    count : int or None
        How many facilities are open; None leaves it to the costs.
    gap : float
        Relative gap at which the answer counts as proven [-].
    clock : siting.locate.kernel.clock.Clock
        Began when the question came in.
    seed : int
        Makes random choices repeatable.
    """
    search = Search(costs, fixed, count, gap=gap, clock=clock, seed=seed)
    search.run()
    return located(search.incumbent, costs, gap=gap, clock=clock)


def located(incumbent: Incumbent, costs: Costs, *, gap: float, clock: Clock) -> Location:
    """Turn the best sites and the proven bound into an answer."""
    assert incumbent.sites is not None
    sites = np.sort(incumbent.sites)
    opened = np.zeros(costs.n, dtype=bool)
    opened[sites] = True
    nearest = sites[costs.rows(sites).argmin(axis=0)]
    customers = np.arange(costs.m)
    assign = sparse.csr_array((np.ones(costs.m), (nearest, customers)), shape=(costs.n, costs.m))
    objective = float(incumbent.upper)
    bound = float(incumbent.proven_bound())
    reached = abs(objective - bound) / max(abs(objective), np.finfo(np.float64).tiny)
    status: Status = "optimal" if reached <= gap else "feasible"
    return Location(status, objective, bound, reached, opened, assign, clock.seconds())
