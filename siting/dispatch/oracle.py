"""The exact dispatch of one year, with a cut that holds for every vector of capacities and every weight."""

from dataclasses import dataclass

import numpy as np

from siting.dispatch.compiled import Kernel, kernel
from siting.dispatch.supply_year import SupplyYear
from siting.units import Floats

STEPS_PER_HOUR = 60
"""Steps of value curves for which room is made at first, a number an hour; it doubles where it is too little."""

CLOSED_MWH = 1e-7
"""Difference between the store's first and last level below which the year is a circle."""


@dataclass(frozen=True)
class Cut:
    """A lower bound: cost of dispatch >= ``constant + slope @ capacities`` for all capacities.

    Attributes
    ----------
    constant : float
        Its value at no capacities [USD].
    slope : numpy.ndarray
        Change per unit of each capacity, (n,).
    closed : bool
        The store came round at the capacities of the cut; only then it is tight there.
    energy_price : numpy.ndarray
        Price of energy in every hour, (T,) [USD/MWh]: ``constant = energy_price @ load``, so that another load of the
        same place has the same slopes.
    """

    constant: float
    slope: Floats
    closed: bool
    energy_price: Floats

    def at(self, capacities: Floats) -> float:
        """Return the bound at these capacities."""
        return float(self.constant + self.slope @ capacities)

    def for_load(self, load_mw: Floats) -> "Cut":
        """Return the cut of another load of the same place, without a new dispatch."""
        return Cut(float(self.energy_price @ load_mw), self.slope, False, self.energy_price)


@dataclass(frozen=True)
class Dispatch:
    """A feasible year.

    Attributes
    ----------
    usd : float
        Its cost, capacities included, without weights [USD].
    quantities : numpy.ndarray
        Annual quantities, capacities included.
    output_mw : numpy.ndarray
        Output of each source (of a sale: what is sold), (sources, T).
    stored_mwh : numpy.ndarray
        Level of the battery at the beginning of each hour and the end, (T + 1,).
    unserved_mw : numpy.ndarray
        Load that is not served, (T,).
    """

    usd: float
    quantities: Floats
    output_mw: Floats
    stored_mwh: Floats
    unserved_mw: Floats


class Oracle:
    """Dispatches one year at given capacities and weights: about a millisecond a year.

    Parameters
    ----------
    year : SupplyYear
        The problem.
    functions : Kernel or None, optional
        The functions of `value_curves`, compiled by default.

    Raises
    ------
    ImportError
        The extra `energy` is not installed.

    Examples
    --------
    >>> from siting.dispatch.supply_year import Battery, Source, SupplyYear, Technology
    >>> from siting.dispatch import value_curves
    >>> plain = Kernel(*(getattr(value_curves, n) for n in Kernel.__annotations__))  # not compiled: for a few hours
    >>> year = SupplyYear(
    ...     np.ones(24), (Technology("grid", 0.0, max_mw=2.0),), (Source("import", "grid", 50.0),), Battery(1.0, 1.0)
    ... )
    >>> cut = Oracle(year, plain).cut(np.array([2.0, 0.5, 1.0]), np.empty(0))
    >>> cut.at(np.array([2.0, 0.5, 1.0]))
    1200.0
    """

    def __init__(self, year: SupplyYear, functions: Kernel | None = None) -> None:
        self.year, hours = year, year.n_hours
        self._kernel = kernel() if functions is None else functions
        most = 2 * (len(year.sources) + 3)
        self._height, self._length = np.empty((hours, most)), np.empty((hours, most))
        self._n_charge, self._n_steps = np.empty(hours, np.int32), np.empty(hours, np.int32)
        self._value, self._size = np.empty(hours * STEPS_PER_HOUR), np.empty(hours * STEPS_PER_HOUR)
        self._start, self._count = np.zeros(hours + 1, np.int64), np.zeros(hours + 1, np.int32)
        self._energy_price, self._stored_price = np.empty(hours), np.empty(hours + 1)
        self._stored, self._net = np.empty(hours + 1), np.empty(hours)
        self._weights, self._price = np.full(len(year.quantities), np.nan), year.source_usd
        self.calls = 0

    def cut(self, capacities: Floats, weights: Floats) -> Cut:
        """Dispatch at these capacities, with a price on each annual quantity, and return the cut.

        Parameters
        ----------
        capacities : numpy.ndarray
            In the order of ``year.names``, (n,) [MW, MWh].
        weights : numpy.ndarray
            Price of each annual quantity, zero or more [USD per unit].
        """
        year, k, battery = self.year, self._kernel, self.year.battery
        price, capacity = self._prices(weights), year.source_share @ capacities
        power, energy = float(capacities[-2]), float(capacities[-1])
        both = (battery.charge_efficiency, battery.discharge_efficiency)
        np.subtract(year.load_mw, capacities[year.with_output] @ year.capacity_factor, out=self._net)
        steps = (self._height, self._length)
        unserved = year.unserved_usd_per_mwh
        hourly = (price, year.availability, capacity, year.is_sale, unserved, power, *both)
        k.write_steps(self._net, *hourly, *steps, self._n_charge, self._n_steps)
        full_charge = power * battery.charge_efficiency
        while (
            k.backward(*steps, self._n_steps, full_charge, energy, self._value, self._size, self._start, self._count)
            < 0
        ):
            self._value, self._size = np.empty(2 * self._value.size), np.empty(2 * self._size.size)
        k.forward(
            *steps, self._n_charge, self._n_steps, full_charge, energy, *both, self._value, self._size, self._start,
            self._count, self._energy_price, self._stored_price, self._stored,
        )  # fmt: skip
        np.clip(self._energy_price, 0.0, unserved, out=self._energy_price)  # outside, the cut would not be a bound
        np.maximum(self._stored_price, 0.0, out=self._stored_price)
        by_plant, by_source, by_battery = np.empty(len(year.with_output)), np.empty(len(year.sources)), np.empty(2)
        constant = k.write_cut(
            year.load_mw, year.capacity_factor, price, year.availability, year.is_sale, *both,
            self._energy_price, self._stored_price, by_plant, by_source, by_battery,
        )  # fmt: skip
        slope = by_source @ year.source_share
        slope[year.with_output] += by_plant
        slope[-2:] += by_battery
        self.calls += 1
        closed = abs(self._stored[-1] - self._stored[0]) < CLOSED_MWH
        return Cut(constant, slope, closed, self._energy_price.copy())

    def dispatch(self, capacities: Floats, weights: Floats) -> tuple[Cut, Dispatch]:
        """Return the cut at these capacities and the feasible year that its stored energy gives."""
        cut, year = self.cut(capacities, weights), self.year
        output, unserved = np.empty_like(year.source_usd), np.empty(year.n_hours)
        self._kernel.write_outputs(
            self._net, self._stored, self._price, year.availability, year.source_share @ capacities, year.is_sale,
            year.battery.charge_efficiency, year.battery.discharge_efficiency, unserved, output,
        )  # fmt: skip
        usd = year.usd_per_capacity @ capacities + (year.sign * year.source_usd * output).sum()
        usd += year.unserved_usd_per_mwh * unserved.sum()
        quantities = year.per_capacity @ capacities + np.einsum("qst,st->q", year.per_mwh, output)
        return cut, Dispatch(float(usd), quantities, output, self._stored.copy(), unserved)

    def _prices(self, weights: Floats) -> Floats:
        """Return the price of each source and hour with weights on annual quantities, (sources, T)."""
        if not np.array_equal(weights, self._weights):
            year = self.year
            self._price = year.source_usd + year.sign * np.tensordot(weights, year.per_mwh, 1)
            self._weights = np.array(weights)
        return self._price
