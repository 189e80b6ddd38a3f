"""Lagrangian relaxation of the assignment constraints.

With multipliers (prices) u_j >= 0 on ``sum_i x_ij = 1``, the problem decomposes by site. The reduced cost of opening
site i is ``rho_i = f_i + sum_j min(0, c_ij - u_j)``, and

    ``L(u) = sum_j u_j + min { sum of rho_i over the open sites }``

is a lower bound on the optimum. Arcs that cost at least r_j need not be listed as long as ``u_j <= r_j``: they add 0 to
every rho, so that the bound is valid for all arcs.

References
----------
Cornuejols, G., Fisher, M. L., Nemhauser, G. L. (1977). Location of bank accounts to optimize float. Management
Science 23(8): 789-810.
"""

from dataclasses import dataclass

import numpy as np

from siting.locate.kernel.costs import Neighbours
from siting.units import Bools, Floats

ROUNDING = 1e-13
"""Share of its terms that is subtracted from a bound, so that no rounding error lifts it above the optimum."""


@dataclass(frozen=True)
class LagrangianBound:
    """Value and solution of the relaxation at one vector of prices.

    Attributes
    ----------
    bound : float
        Lower bound on every solution that opens only listed sites, and all forced ones.
    reduced_cost : numpy.ndarray
        rho of each listed site: negative where opening it pays, (k,).
    open : numpy.ndarray
        Sites that the relaxation opens, bool (k,).
    unserved : numpy.ndarray
        Subgradient: 1 minus the number of times that each customer is served, (m,).
    """

    bound: float
    reduced_cost: Floats
    open: Bools
    unserved: Floats


class Lagrangian:
    """The relaxation over listed arcs, to be evaluated at prices.

    Parameters
    ----------
    arcs : Neighbours
        Candidate sites and their listed arcs.
    fixed : numpy.ndarray
        Cost of opening each listed site, (k,).
    count : int or None
        Number of open sites; None leaves it to the costs.
    forced : numpy.ndarray
        Sites that must be open, bool (k,).
    """

    def __init__(self, arcs: Neighbours, fixed: Floats, count: int | None, forced: Bools) -> None:
        self.arcs, self.fixed, self.count, self.forced = arcs, fixed, count, forced
        self._reduced = np.empty(len(arcs.cost))
        self._filled = np.flatnonzero(np.diff(arcs.start))
        self._first = arcs.start[self._filled]

    def evaluate(self, prices: Floats) -> LagrangianBound:
        """Evaluate the relaxation; each price must be at most the radius of its customer."""
        reduced = self._reduced
        np.take(prices, self.arcs.customer, out=reduced, mode="clip")
        np.subtract(self.arcs.cost, reduced, out=reduced)
        np.minimum(reduced, 0.0, out=reduced)
        reduced_cost = self.fixed.copy()
        if len(self._first):
            reduced_cost[self._filled] += np.add.reduceat(reduced, self._first)
        chosen = cheapest(reduced_cost, self.count, self.forced)
        served = self.arcs.arcs_of(np.flatnonzero(chosen))
        served = served[reduced[served] < 0]
        times = np.bincount(self.arcs.customer[served], minlength=len(prices))
        unserved = (1 - times).astype(np.float64)
        total, opening = float(prices.sum()), reduced_cost[chosen]
        lost = ROUNDING * (total + float(np.abs(opening).sum()))
        return LagrangianBound(total + float(opening.sum()) - lost, reduced_cost, chosen, unserved)


def cheapest(reduced_cost: Floats, count: int | None, forced: Bools) -> Bools:
    """Open the sites of smallest reduced cost, and all forced ones."""
    chosen = forced.copy()
    if count is None:
        return chosen | (reduced_cost < 0)
    missing = count - int(forced.sum())
    if missing > 0:
        free = np.where(forced, np.inf, reduced_cost)
        chosen[np.argpartition(free, missing - 1)[:missing]] = True
    return chosen
