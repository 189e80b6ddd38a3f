"""The master problem: least cost of capacities and of dispatch over all cuts, with a bound that is re-computed."""

from dataclasses import dataclass

import numpy as np

from siting.dispatch.oracle import Cut
from siting.dispatch.supply_year import SupplyYear
from siting.errors import InfeasibleError, UnprovenError
from siting.highs import INFINITE, WarmLp
from siting.units import Floats, Ints

USD_PER_UNIT = 1e3
"""Unit of cost in the LP [USD], so that its tolerances are small against a MW-year."""

LEAST_DISPATCH_USD = -1e9
"""Lower bound of the cost of dispatch before the first cut [USD]: beyond any sale."""

NO_SUPPLY = "no supply keeps the limits: allow a firm plant, a larger battery or more of the grid"
"""Message for limits that no capacities and dispatch keep."""


@dataclass(frozen=True)
class MasterSolution:
    """The cuts' minimiser.

    Attributes
    ----------
    bound : float
        Lower bound on every design's weighted cost, computed from the duals [USD].
    capacities : numpy.ndarray
        The minimiser, (n,).
    limit_prices : numpy.ndarray
        Price of each annual quantity's limit, (quantities,) [USD per unit].
    """

    bound: float
    capacities: Floats
    limit_prices: Floats


class CutPool:
    """Minimise ``(usd + w A) z + theta + w a`` over ``theta + w_i a >= constant_i + slope_i z`` of all cuts i.

    With the annual quantities `a` of dispatch as variables, a cut made at weights w_i is one row that holds at every
    weight: all points of a menu, and limits on the quantities, share one pool.

    Parameters
    ----------
    year : SupplyYear
        The problem.
    limits : numpy.ndarray or None, optional
        Largest annual quantities, capacities included, (quantities,); infinite for none.
    """

    def __init__(self, year: SupplyYear, limits: Floats | None = None) -> None:
        self.year = year
        n, q = len(year.names), len(year.quantities)
        self._limits = np.full(q, np.inf) if limits is None else limits
        self._limited = np.flatnonzero(np.isfinite(self._limits))
        self._lower = np.concatenate([year.lower, [LEAST_DISPATCH_USD / USD_PER_UNIT], np.zeros(q)])
        most = np.maximum(year.most_of_dispatch, 1.0)  # a column that HiGHS would fix leaves no dual
        self._upper = np.concatenate([year.upper, [INFINITE], most])
        self._lp = WarmLp(presolve="off")
        width = n + 1 + q
        nothing, none = np.zeros(width, dtype=np.int64), np.empty(0)
        self._lp.add_columns(np.zeros(width), self._lower, self._upper, nothing, np.empty(0, np.int64), none)
        self._columns = np.arange(width)
        self._rows: list[Floats] = []
        self._right: list[float] = []
        hours = np.zeros(width)
        hours[n - 2], hours[n - 1] = year.battery.max_hours, -1.0
        self._add(hours, 0.0)
        for j in self._limited:
            row = np.concatenate([-year.per_capacity[j], [0.0], -np.eye(q)[j]])
            self._add(row, -self._limits[j])
        self.weights = np.zeros(q)
        self._cost = np.zeros(width)

    @property
    def n_cuts(self) -> int:
        """Number of cuts."""
        return len(self._rows) - 1 - len(self._limited)

    def aim(self, weights: Floats, extra_usd: Floats | None = None) -> Floats:
        """Price the annual quantities, and capacities by `extra_usd`; return the weighted cost of each capacity, (n,)."""
        capacity = self.year.usd_per_capacity + weights @ self.year.per_capacity
        capacity = capacity + (0.0 if extra_usd is None else extra_usd)
        self._cost = np.concatenate([capacity / USD_PER_UNIT, [1.0], weights / USD_PER_UNIT])
        self._lp.set_costs(self._columns, self._cost)
        self.weights = weights
        return capacity

    def add(self, cut: Cut, weights: Floats) -> None:
        """Add a cut that was made at these weights."""
        self._add(np.concatenate([-cut.slope, [USD_PER_UNIT], weights]) / USD_PER_UNIT, cut.constant / USD_PER_UNIT)

    def solve(self) -> MasterSolution:
        """Return the minimiser over all cuts and the bound that its duals prove.

        Raises
        ------
        siting.errors.InfeasibleError
            No capacities keep the limits, whatever the dispatch.
        siting.errors.UnprovenError
            HiGHS cannot solve the LP.
        """
        if (status := self._lp.solve()) == "infeasible":
            raise InfeasibleError(NO_SUPPLY)
        if status != "optimal":
            raise UnprovenError(f"the master problem of the supply is {status}: loosen its limits or its ranges")
        duals = np.maximum(self._lp.duals(), 0.0)
        values = self._lp.values()[: len(self.year.names)]
        prices = np.zeros(len(self.year.quantities))
        prices[self._limited] = duals[1 : 1 + len(self._limited)] * USD_PER_UNIT
        return MasterSolution(self._proven(duals) * USD_PER_UNIT, np.maximum(values, 0.0), prices)

    def _proven(self, duals: Floats) -> float:
        """Return the Lagrangian bound of these multipliers: it holds whatever the tolerances of the LP are."""
        cuts = slice(1 + len(self._limited), None)
        if (total := duals[cuts].sum()) > 0.0:
            duals = duals.copy()
            duals[cuts] /= total  # the cost of dispatch is then free of charge, as it has no upper bound
        reduced = self._cost - duals @ np.array(self._rows)
        n = len(self.year.names)
        reduced[n] = max(reduced[n], 0.0) if total > 0.0 else reduced[n]  # rounding of a sum that is 1
        at = np.where(reduced >= 0.0, self._lower, self._upper)
        terms = np.where(reduced == 0.0, 0.0, reduced * at)
        return float(duals @ np.array(self._right) + terms.sum())

    def _add(self, row: Floats, right: float) -> None:
        columns: Ints = np.flatnonzero(row)
        start = np.zeros(1, dtype=np.int64)
        self._lp.add_rows(np.array([right]), np.array([INFINITE]), start, columns, row[columns])
        self._rows.append(row)
        self._right.append(right)
