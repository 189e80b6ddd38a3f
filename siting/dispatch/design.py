"""One design at given weights: cutting planes between the best design and the master's, until value and bound meet."""

from dataclasses import dataclass

import numpy as np

from siting.dispatch.cut_pool import CutPool
from siting.dispatch.oracle import Dispatch, Oracle
from siting.dispatch.supply_year import SupplyYear
from siting.errors import UnprovenError
from siting.units import Floats

KEEP = 0.5
"""Share of the best design in the next query (in-out separation, Ben-Ameur and Neto 2007)."""

NUDGE = 1.0 + 1e-6
"""Factor on capacities at which a store that did not come round is dispatched again."""

MOST_NUDGES = 5
"""Nudges before the gap is reported as it is."""

LEAST_SHARE = 1e-6
"""Least share of a capacity's range in a query: at 0 the slope of a battery is not unique."""


@dataclass(frozen=True)
class Design:
    """Capacities, their feasible year, and a proof.

    Attributes
    ----------
    weights : numpy.ndarray
        Prices of the annual quantities at which it was made [USD per unit].
    capacities : numpy.ndarray
        In the order of ``year.names``, (n,) [MW, MWh].
    usd : float
        Annual cost without weights [USD/year].
    quantities : numpy.ndarray
        Annual quantities, capacities included.
    value, bound : float
        Cost with weights, and a lower bound on that of every design [USD/year].
    unserved_mwh : float
        Load that is not served [MWh/year].
    parts : tuple
        Share, capacities and weights of the dispatches whose mixture the year is: one for a design at weights.
    """

    weights: Floats
    capacities: Floats
    usd: float
    quantities: Floats
    value: float
    bound: float
    unserved_mwh: float
    parts: tuple[tuple[float, Floats, Floats], ...]

    @property
    def gap(self) -> float:
        """Relative gap between value and bound."""
        return (self.value - self.bound) / max(abs(self.value), 1e-12)

    def hours(self, oracle: Oracle) -> Dispatch:
        """Return the feasible year: the mixture of its dispatches."""
        mixed = [(share, oracle.dispatch(z, w)[1]) for share, z, w in self.parts]
        return Dispatch(
            sum(share * d.usd for share, d in mixed),
            np.sum([share * d.quantities for share, d in mixed], axis=0),
            np.sum([share * d.output_mw for share, d in mixed], axis=0),
            np.sum([share * d.stored_mwh for share, d in mixed], axis=0),
            np.sum([share * d.unserved_mw for share, d in mixed], axis=0),
        )


def first_guess(year: SupplyYear) -> Floats:
    """Return capacities to begin with: a few times the mean load of everything."""
    mean = float(year.load_mw.mean())
    guess: Floats = np.minimum(year.upper, np.append(np.full(len(year.names) - 1, 1.5), 6.0) * max(mean, 1e-3))
    return guess


def inside(capacities: Floats, year: SupplyYear) -> Floats:
    """Return capacities within their ranges, and a little above 0."""
    within: Floats = np.clip(np.maximum(capacities, LEAST_SHARE * (year.upper > 0.0)), year.lower, year.upper)
    return within


def least_cost(
    oracle: Oracle,
    pool: CutPool,
    weights: Floats,
    start: Floats,
    *,
    extra_usd: Floats | None = None,
    gap: float = 1e-4,
    most_queries: int = 200,
) -> Design:
    """Return the design of least weighted cost, proven to a gap where that is reached.

    Parameters
    ----------
    oracle : Oracle
        The dispatch of the place.
    pool : CutPool
        Its cuts, to which those of this search are added.
    weights : numpy.ndarray
        Price of each annual quantity, zero or more [USD per unit].
    start : numpy.ndarray
        Capacities to begin with, (n,).
    extra_usd : numpy.ndarray or None, optional
        Further cost of each capacity, such as the price of a zone's headroom [USD per MW and year].
    gap : float, optional
        Relative gap between value and bound at which to stop.
    most_queries : int, optional
        Dispatches after which the design is returned with the gap that it has.

    Returns
    -------
    Design
        With its value, bound and feasible year.

    Raises
    ------
    siting.errors.UnprovenError
        No dispatch came round: the year of a store of almost no size with very expensive unserved load.
    """
    year = oracle.year
    capacity_usd = pool.aim(weights, extra_usd)
    best, best_at, bound, queries, nudges, at = np.inf, start, -np.inf, 0, 0, start
    if pool.n_cuts:
        master = pool.solve()
        bound, at = master.bound, KEEP * start + (1.0 - KEEP) * master.capacities
    while True:
        at = inside(at, year)
        cut = oracle.cut(at, weights)
        pool.add(cut, weights)
        queries += 1
        value = float(capacity_usd @ at) + cut.at(at)
        if cut.closed and value < best:
            best, best_at = value, at
        master = pool.solve()
        bound = max(bound, master.bound)
        if best - bound <= gap * abs(best) < np.inf or queries >= most_queries:
            if not np.isfinite(best):
                raise UnprovenError(
                    f"no year of {queries} came round: lower the price of unserved load ({year.unserved_usd_per_mwh:g} "
                    "USD/MWh)"
                )
            design = _design(oracle, weights, best_at, bound, extra_usd)
            if design.value - bound <= gap * abs(design.value) or nudges == MOST_NUDGES or queries >= most_queries:
                return design
            nudges += 1
            best, at = np.inf, best_at * NUDGE
            continue
        at = KEEP * (best_at if np.isfinite(best) else at) + (1.0 - KEEP) * master.capacities


def _design(oracle: Oracle, weights: Floats, at: Floats, bound: float, extra_usd: Floats | None) -> Design:
    """Return the design whose cost is summed over the hours of its feasible year, not inferred from the cut."""
    _, year = oracle.dispatch(at, weights)
    value = year.usd + float(weights @ year.quantities) + (0.0 if extra_usd is None else float(extra_usd @ at))
    unserved = float(year.unserved_mw.sum())
    return Design(weights, at, year.usd, year.quantities, value, bound, unserved, ((1.0, at, weights),))
