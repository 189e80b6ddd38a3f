"""Variable fixing by reduced costs: sites that no better solution opens, and sites that every better one opens."""

import numpy as np

from siting.locate.kernel.lagrangian import LagrangianBound
from siting.units import Bools


def fix_sites(relaxed: LagrangianBound, count: int | None, forced: Bools, target: float) -> tuple[Bools, Bools]:
    """Return which sites can be removed and which are open in every solution below the target.

    Forcing open a site that the relaxation closes raises the bound by its reduced cost, less that of the site that it
    replaces where the number is fixed. Closing a site that the relaxation opens raises it by the reduced cost of the
    next site, less its own. Where the raised bound exceeds the target, the opposite decision is fixed.

    Parameters
    ----------
    relaxed : LagrangianBound
        Bound, reduced costs and open sites at some prices.
    count : int or None
        Number of open sites; None leaves it to the costs.
    forced : numpy.ndarray
        Sites that are fixed open already, bool (k,).
    target : float
        Cost that a solution must be below to matter.

    Returns
    -------
    dropped, needed : numpy.ndarray
        Sites fixed closed and fixed open, bool (k,); forced ones stay open.
    """
    reduced, room = relaxed.reduced_cost, target - relaxed.bound
    if count is None:
        return ~forced & (np.maximum(reduced, 0.0) > room), forced | (np.maximum(-reduced, 0.0) > room)
    free = np.sort(reduced[~forced])
    missing = count - int(forced.sum())
    if missing == 0:
        return ~forced, forced.copy()
    last_in = free[missing - 1]
    first_out = free[missing] if missing < len(free) else np.inf
    dropped = ~forced & ~relaxed.open & (reduced - last_in > room)
    needed = forced | (relaxed.open & (first_out - reduced > room))
    return dropped, needed
