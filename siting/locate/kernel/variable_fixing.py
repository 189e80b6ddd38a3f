"""Sites that no better answer opens, and sites that every better answer opens, read from one bound."""

import numpy as np

from siting.locate.kernel.lagrangian import Priced
from siting.units import Bools


def decided(priced: Priced, count: int | None, forced: Bools, target: float) -> tuple[Bools, Bools]:
    """Tell which sites may be dropped and which must be open in any answer below the target.

    Opening a site against the cheapest choice lifts the bound by its worth, less that of the site it pushes out;
    closing one lifts it by what its replacement costs more.

    Parameters
    ----------
    priced : Priced
        Bound, worth and cheapest choice at some prices.
    count : int or None
        How many sites are open; None leaves it to the costs.
    forced : numpy.ndarray
        Sites that must be open already, bool (k,).
    target : float
        Only answers below it matter.

    Returns
    -------
    dropped, needed : numpy.ndarray
        Bools of the sites, (k,); those that were forced stay needed.
    """
    worth, room = priced.worth, target - priced.bound
    if count is None:
        return ~forced & (np.maximum(worth, 0.0) > room), forced | (np.maximum(-worth, 0.0) > room)
    free = np.sort(worth[~forced])
    missing = count - int(forced.sum())
    if missing == 0:
        return ~forced, forced.copy()
    last_in = free[missing - 1]
    first_out = free[missing] if missing < len(free) else np.inf
    dropped = ~forced & ~priced.open & (worth - last_in > room)
    needed = forced | (priced.open & (first_out - worth > room))
    return dropped, needed
