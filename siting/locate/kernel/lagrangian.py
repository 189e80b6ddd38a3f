"""The bound that comes of letting customers be served too often or not at all, at a price each.

With a price u_j >= 0 for serving customer j, each site i is worth
``rho_i = f_i + sum_j min(0, c_ij - u_j)``, and

    ``L(u) = sum_j u_j + min { sum of rho_i over the open sites }``

is at most the cost of every answer. Where arcs that cost at least r_j are not listed, prices of at most r_j keep
the sum the same, so that the bound holds for all arcs.

References
----------
Cornuejols, G., Fisher, M. L., Nemhauser, G. L. (1977). Location of bank accounts to optimize float. Management
Science 23(8): 789-810.
"""

from dataclasses import dataclass

import numpy as np

from siting.locate.kernel.neighbours import Neighbours
from siting.units import Bools, Floats

ROUNDING = 1e-13
"""Share of its terms that a bound gives up, so that rounding of their sums lifts none above the truth."""


@dataclass(frozen=True)
class Priced:
    """What one set of prices shows.

    Attributes
    ----------
    bound : float
        At most the cost of every answer that opens only sites of the list, and all that are forced.
    worth : numpy.ndarray
        rho of each site of the list: negative where opening it pays, (k,).
    open : numpy.ndarray
        The cheapest choice at these prices, bool (k,).
    unserved : numpy.ndarray
        1 less the times that each customer is served: the direction in which prices should move, (m,).
    """

    bound: float
    worth: Floats
    open: Bools
    unserved: Floats


class Lagrangian:
    """Price customers, and see what bound that gives.

    Parameters
    ----------
    arcs : Neighbours
        Sites that may be open and the arcs that matter.
    fixed : numpy.ndarray
        Cost of opening each site of the list, (k,).
    count : int or None
        How many sites are open; None leaves it to the costs.
    forced : numpy.ndarray
        Sites that must be open, bool (k,).
    """

    def __init__(self, arcs: Neighbours, fixed: Floats, count: int | None, forced: Bools) -> None:
        self.arcs, self.fixed, self.count, self.forced = arcs, fixed, count, forced
        self._reduced = np.empty(len(arcs.cost))
        self._filled = np.flatnonzero(np.diff(arcs.start))
        self._first = arcs.start[self._filled]

    def price(self, prices: Floats) -> Priced:
        """Return the bound that these prices give, at most the radius each."""
        reduced = self._reduced
        np.take(prices, self.arcs.customer, out=reduced, mode="clip")
        np.subtract(self.arcs.cost, reduced, out=reduced)
        np.minimum(reduced, 0.0, out=reduced)
        worth = self.fixed.copy()
        if len(self._first):
            worth[self._filled] += np.add.reduceat(reduced, self._first)
        chosen = cheapest(worth, self.count, self.forced)
        served = self.arcs.arcs_of(np.flatnonzero(chosen))
        served = served[reduced[served] < 0]
        times = np.bincount(self.arcs.customer[served], minlength=len(prices))
        unserved = (1 - times).astype(np.float64)
        total, chosen_worth = float(prices.sum()), worth[chosen]
        lost = ROUNDING * (total + float(np.abs(chosen_worth).sum()))
        return Priced(total + float(chosen_worth.sum()) - lost, worth, chosen, unserved)


def cheapest(worth: Floats, count: int | None, forced: Bools) -> Bools:
    """Choose the sites that cost least at their worth, those that are forced among them."""
    chosen = forced.copy()
    if count is None:
        return chosen | (worth < 0)
    missing = count - int(forced.sum())
    if missing > 0:
        free = np.where(forced, np.inf, worth)
        chosen[np.argpartition(free, missing - 1)[:missing]] = True
    return chosen
