"""Least cost under limits on annual quantities: convex mixtures of designs from above, cuts from below."""

from dataclasses import replace

import numpy as np

from siting.dispatch.cut_pool import CutPool
from siting.dispatch.design import KEEP, Design, first_guess, inside
from siting.dispatch.oracle import Oracle
from siting.dispatch.supply_year import Source, SupplyYear
from siting.errors import UnprovenError, listed
from siting.highs import INFINITE, WarmLp
from siting.units import Floats

HIGHEST_PRICE = 5_000.0
"""Price of a unit beyond its limit while no mixture keeps it [USD per unit]."""

KEPT = 1e-6
"""Excess over the limits below which a mixture keeps them [units a year]."""


class Mixture:
    """Least cost over convex mixtures of designs within limits: a mixture of feasible years is a feasible year."""

    def __init__(self, limits: Floats) -> None:
        self._lp, self._n = WarmLp(), len(limits)
        start = np.zeros(self._n + 1, dtype=np.int64)
        lower = np.concatenate([[1.0], np.full(self._n, -INFINITE)])
        empty: Floats = np.empty(0)
        self._lp.add_rows(lower, np.concatenate([[1.0], limits]), start, np.empty(0, np.int64), empty)
        rows = np.arange(1, self._n + 1)
        everywhere = np.full(self._n, INFINITE)
        self._lp.add_columns(
            np.full(self._n, HIGHEST_PRICE), np.zeros(self._n), everywhere, np.arange(self._n), rows, -np.ones(self._n)
        )
        self.designs: list[tuple[Floats, Floats]] = []

    def add(self, usd: float, quantities: Floats, capacities: Floats, weights: Floats) -> None:
        """Add a design."""
        rows, start = np.arange(self._n + 1), np.zeros(1, dtype=np.int64)
        values = np.concatenate([[1.0], quantities])
        self._lp.add_columns(np.array([usd]), np.zeros(1), np.array([INFINITE]), start, rows, values)
        self.designs.append((capacities, weights))

    def solve(self) -> tuple[float, Floats, Floats, float]:
        """Return cost (infinite while the limits are out of reach), shares, prices of the limits, and the excess."""
        if (status := self._lp.solve()) != "optimal":
            raise UnprovenError(f"the mixture of designs is {status}")
        values = self._lp.values()
        excess = float(values[: self._n].max(initial=0.0))
        cost = self._lp.objective if excess <= KEPT else np.inf
        return cost, np.maximum(values[self._n :], 0.0), np.maximum(-self._lp.duals()[1:], 0.0), excess


def without(year: SupplyYear, limits: Floats) -> SupplyYear:
    """Return the year without the hours of sources that a limit of 0 excludes."""
    for j in np.flatnonzero(limits == 0.0):
        sources: list[Source] = []
        for source, per_mwh in zip(year.sources, year.per_mwh[j], strict=True):
            hours = np.where(per_mwh > 0.0, 0.0, source.availability)
            sources.append(replace(source, availability=hours))
        year = replace(year, sources=tuple(sources))
    return year


def limited(
    year: SupplyYear, limits: Floats, *, start: Floats | None = None, gap: float = 1e-4, most_queries: int = 300
) -> tuple[Design, Oracle]:
    """Return the design of least cost whose annual quantities keep their limits, proven to a gap.

    Parameters
    ----------
    year : SupplyYear
        The problem.
    limits : numpy.ndarray
        Largest annual quantity, capacities included, (quantities,); infinite for none.
    start : numpy.ndarray or None, optional
        Capacities to begin with, (n,).
    gap : float, optional
        Relative gap between value and bound.
    most_queries : int, optional
        Dispatches after which the design is returned with the gap that it has.

    Returns
    -------
    Design
        A mixture of dispatches that keeps every limit; its weights are the prices of the limits.
    Oracle
        The dispatch that its hours come from.

    Raises
    ------
    siting.errors.InfeasibleError
        No supply keeps the limits.
    siting.errors.UnprovenError
        None of those that were tried keeps them.
    """
    year = without(year, limits)
    oracle, pool, mixture = Oracle(year), CutPool(year, limits), Mixture(limits)
    pool.aim(np.zeros(len(limits)))
    active = np.isfinite(limits)
    weights, at = np.zeros(len(limits)), first_guess(year) if start is None else start
    cost, bound, excess = np.inf, -np.inf, np.inf
    shares: Floats = np.empty(0)
    prices = weights
    for query in range(1, most_queries + 1):
        at = inside(at, year)
        cut, dispatch = oracle.dispatch(at, weights)
        pool.add(cut, weights)
        if cut.closed:
            mixture.add(dispatch.usd, dispatch.quantities, at, weights)
        if query == 1:  # both ends of the range of prices first, at the same capacities
            weights = np.where(active, HIGHEST_PRICE, 0.0)
            continue
        cost, shares, inner, excess = mixture.solve()
        master = pool.solve()
        bound = max(bound, master.bound)
        if np.isfinite(cost) and cost - bound <= gap * abs(cost):
            break
        prices = 0.5 * (master.limit_prices + inner) if query % 2 or not np.isfinite(cost) else master.limit_prices
        weights = np.where(active, prices, 0.0)
        best = sum((s * z for s, (z, _) in zip(shares, mixture.designs, strict=True)), np.zeros(len(year.names)))
        at = KEEP * best + (1.0 - KEEP) * master.capacities
    if not np.isfinite(cost):
        names = listed(q for q, a in zip(year.quantities, active, strict=True) if a)
        raise UnprovenError(
            f"no supply of {most_queries} that were tried keeps the limits on {names} (by {excess:.3g} at best), and "
            "none was proven impossible: allow a firm plant, a larger battery or more of the grid"
        )
    parts = tuple((float(s), z, w) for s, (z, w) in zip(shares, mixture.designs, strict=True) if s > 0.0)
    total = sum(s for s, _, _ in parts)
    parts = tuple((s / total, z, w) for s, z, w in parts)
    design = Design(
        prices, sum((s * z for s, z, _ in parts), np.zeros(len(year.names))), 0.0, limits, 0.0, bound, 0.0, parts
    )
    hours = design.hours(oracle)
    return (
        replace(
            design,
            usd=hours.usd,
            quantities=hours.quantities,
            value=hours.usd,
            unserved_mwh=float(hours.unserved_mw.sum()),
        ),
        oracle,
    )
