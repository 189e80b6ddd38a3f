"""The problem: what may be built at one place, and the hours in which it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from siting.errors import ScenarioError, listed, nearest
from siting.units import Floats

LEAST_EFFICIENCY = 1e-3
"""Least share that a one-way efficiency may be: a battery that loses all cannot be charged."""


@dataclass(frozen=True)
class Technology:
    """What is bought by the MW: a plant, a grid connection, servers that may pause.

    Attributes
    ----------
    name : str
        Its name.
    usd_per_mw_year : float
        Annual cost of a MW: capital, fixed operation, taxes [USD/MW/year].
    capacity_factor : numpy.ndarray or None
        Output of a MW in each hour that has to be taken or curtailed, (T,) [MW/MW]; negative: a load. None: no output
        of its own (see `Source`).
    per_mw : mapping of str to float
        Annual quantities of a MW, such as the embodied carbon of a plant or its land.
    min_mw, max_mw : float
        Range of its capacity [MW].
    """

    name: str
    usd_per_mw_year: float
    capacity_factor: Floats | None = None
    per_mw: Mapping[str, float] = field(default_factory=dict)
    min_mw: float = 0.0
    max_mw: float = 30.0


@dataclass(frozen=True)
class Source:
    """Energy at a price in each hour, up to the capacity of a technology: grid import, a firm plant, a pause, a sale.

    Attributes
    ----------
    name : str
        Its name.
    of : str
        The technology whose capacity limits it.
    usd_per_mwh : float or numpy.ndarray
        Price, zero or more, (T,) or one for all hours [USD/MWh].
    per_mwh : mapping of str to float or numpy.ndarray
        Annual quantities of a MWh, such as tonnes.
    per_capacity : float
        MW of the source for a MW of the technology.
    availability : float or numpy.ndarray
        Share of the capacity that can be used, (T,) or one for all hours [0-1, or MW/MW].
    is_sale : bool
        Energy is sold at the price instead of bought.
    """

    name: str
    of: str
    usd_per_mwh: Floats | float
    per_mwh: Mapping[str, Floats | float] = field(default_factory=dict)
    per_capacity: float = 1.0
    availability: Floats | float = 1.0
    is_sale: bool = False


@dataclass(frozen=True)
class Battery:
    """A store of energy with a power and an energy capacity.

    Attributes
    ----------
    usd_per_mw_year, usd_per_mwh_year : float
        Annual cost of power and of energy capacity.
    charge_efficiency, discharge_efficiency : float
        One-way efficiencies (0-1].
    per_mw, per_mwh : mapping of str to float
        Annual quantities of power and of energy capacity, such as embodied carbon.
    max_mw : float
        Largest power [MW].
    max_hours : float
        Largest energy for a MW of power [h].
    """

    usd_per_mw_year: float
    usd_per_mwh_year: float
    charge_efficiency: float = 0.93
    discharge_efficiency: float = 0.93
    per_mw: Mapping[str, float] = field(default_factory=dict)
    per_mwh: Mapping[str, float] = field(default_factory=dict)
    max_mw: float = 10.0
    max_hours: float = 16.0


@dataclass(frozen=True)
class SupplyYear:
    """One place and year: minimise the annual cost of the capacities and of their dispatch.

    The hours form a circle: the battery ends the year as it began it. Annual quantities are the sums of what
    technologies, battery and sources name; they can be limited or priced.

    Attributes
    ----------
    load_mw : numpy.ndarray
        Load of each hour, (T,) [MW].
    technologies : tuple of Technology
        What may be built.
    sources : tuple of Source
        What may be bought or sold by the hour.
    battery : Battery
        The store; ``max_mw=0`` for none.
    quantities : tuple of str
        Names of the annual quantities.
    unserved_usd_per_mwh : float
        Price of load that is not served [USD/MWh]. The value of a paused MWh, not a huge number: 1e5 and more give
        years whose store does not come round, and slopes that no LP solver can scale.

    Raises
    ------
    siting.errors.ScenarioError
        Hours of unequal number, a price below 0, an efficiency outside (0, 1], an unknown technology or quantity, a
        range that is none: all faults in one message.

    Examples
    --------
    >>> import numpy as np
    >>> sun = np.tile([0, 0, 1, 1, 0, 0], 4).astype(float)
    >>> year = SupplyYear(
    ...     np.ones(24), (Technology("pv", 3.0, sun), Technology("grid", 0.0, max_mw=1.0)),
    ...     (Source("import", "grid", 50.0, {"t": 0.4}),), Battery(1.0, 1.0), ("t",),
    ... )
    >>> year.names
    ('pv', 'grid', 'battery_mw', 'battery_mwh')
    """

    load_mw: Floats
    technologies: tuple[Technology, ...]
    sources: tuple[Source, ...]
    battery: Battery
    quantities: tuple[str, ...] = ()
    unserved_usd_per_mwh: float = 10_000.0

    def __post_init__(self) -> None:
        if faults := list(_faults(self)):
            raise ScenarioError.from_faults("the supply of a place cannot be computed:", faults)

    @property
    def n_hours(self) -> int:
        """Number of hours, T."""
        return self.load_mw.size

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The capacities that are chosen, in the order of every array of capacities."""
        return (*(t.name for t in self.technologies), "battery_mw", "battery_mwh")

    @cached_property
    def usd_per_capacity(self) -> Floats:
        """Annual cost of each capacity, (n,)."""
        battery = (self.battery.usd_per_mw_year, self.battery.usd_per_mwh_year)
        return np.array([*(t.usd_per_mw_year for t in self.technologies), *battery])

    @cached_property
    def per_capacity(self) -> Floats:
        """Annual quantities of each capacity, (quantities, n)."""
        owners = (*(t.per_mw for t in self.technologies), self.battery.per_mw, self.battery.per_mwh)
        return np.array([[o.get(q, 0.0) for o in owners] for q in self.quantities]).reshape(len(self.quantities), -1)

    @cached_property
    def lower(self) -> Floats:
        """Least capacities, (n,) [MW, MWh]."""
        return np.array([*(t.min_mw for t in self.technologies), 0.0, 0.0])

    @cached_property
    def upper(self) -> Floats:
        """Largest capacities, (n,) [MW, MWh]."""
        store = (self.battery.max_mw, self.battery.max_mw * self.battery.max_hours)
        return np.array([*(t.max_mw for t in self.technologies), *store])

    @cached_property
    def with_output(self) -> list[int]:
        """Positions of the technologies with hours of their own."""
        return [i for i, t in enumerate(self.technologies) if t.capacity_factor is not None]

    @cached_property
    def capacity_factor(self) -> Floats:
        """Hours of the technologies of `with_output`, (r, T)."""
        hours = [t.capacity_factor for t in self.technologies if t.capacity_factor is not None]
        return np.array(hours).reshape(len(hours), self.n_hours)

    @cached_property
    def source_share(self) -> Floats:
        """MW of each source for a unit of each capacity, (sources, n)."""
        share = np.zeros((len(self.sources), len(self.names)))
        for row, source in zip(share, self.sources, strict=True):
            row[self.names.index(source.of)] = source.per_capacity
        return share

    @cached_property
    def source_usd(self) -> Floats:
        """Price of each source and hour, (sources, T) [USD/MWh]."""
        return self._hours([s.usd_per_mwh for s in self.sources])

    @cached_property
    def availability(self) -> Floats:
        """Availability of each source and hour, (sources, T)."""
        return self._hours([s.availability for s in self.sources])

    @cached_property
    def per_mwh(self) -> Floats:
        """Annual quantities of a MWh of each source and hour, (quantities, sources, T)."""
        rows = [self._hours([s.per_mwh.get(q, 0.0) for s in self.sources]) for q in self.quantities]
        return np.array(rows).reshape(len(rows), len(self.sources), self.n_hours)

    @cached_property
    def is_sale(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether each source is a sale, (sources,)."""
        return np.array([s.is_sale for s in self.sources], dtype=np.bool_)

    @cached_property
    def sign(self) -> Floats:
        """1 for a source and -1 for a sale, (sources, 1)."""
        return np.where(self.is_sale, -1.0, 1.0)[:, None]

    @cached_property
    def most_of_dispatch(self) -> Floats:
        """Largest annual quantities that the sources can give, (quantities,): a bound for the master problem."""
        output = (self.source_share @ self.upper)[:, None] * self.availability
        most: Floats = np.einsum("qst,st->q", np.maximum(self.per_mwh, 0.0), output)
        return most

    def _hours(self, values: list[Floats | float]) -> Floats:
        full = [np.broadcast_to(np.asarray(v, dtype=float), self.load_mw.shape) for v in values]
        hours: Floats = np.array(full).reshape(len(values), self.n_hours)
        return hours


def _faults(year: SupplyYear) -> list[str]:
    """Return every fault of the question as a sentence."""
    names = [t.name for t in year.technologies]
    faults = [] if year.load_mw.ndim == 1 and year.n_hours > 0 else ["`load_mw` has no hours: give one value an hour"]
    faults += [f for t in year.technologies for f in _technology_faults(t)]
    faults += [f for s in year.sources for f in _source_faults(s, names)]
    faults += [*_hour_faults(year), *_battery_faults(year.battery), *_unbounded_sales(year, names)]
    battery = year.battery
    owners = [t.per_mw for t in year.technologies] + [battery.per_mw, battery.per_mwh]
    named = {q for owner in owners for q in owner} | {q for s in year.sources for q in s.per_mwh}
    if unknown := sorted(named - set(year.quantities)):
        faults.append(f"annual quantities that are not in `quantities`: {listed(unknown)}")
    if not 0.0 < year.unserved_usd_per_mwh < np.inf:
        faults.append(f"unserved load is priced at {year.unserved_usd_per_mwh:g} USD/MWh: give a positive price")
    return faults


def _technology_faults(technology: Technology) -> list[str]:
    faults, name = [], technology.name
    if not 0.0 <= technology.min_mw <= technology.max_mw < np.inf:
        span = f"{technology.min_mw:g} to {technology.max_mw:g} MW"
        faults.append(f"{name} has a range of {span}: give 0 <= min_mw <= max_mw")
    if not np.isfinite(technology.usd_per_mw_year):
        faults.append(f"{name} costs {technology.usd_per_mw_year} USD/MW/year: give a number")
    return faults


def _source_faults(source: Source, technologies: list[str]) -> list[str]:
    faults, name = [], source.name
    if np.min(source.usd_per_mwh) < 0.0:
        lowest = f"{np.min(source.usd_per_mwh):g} USD/MWh"
        faults.append(
            f"the price of {name} is {lowest} in an hour: clip it at 0, since below it wasting energy would pay"
        )
    if source.of not in technologies:
        known = nearest(source.of, technologies)
        faults.append(f"source {name} is of technology {source.of}, which is not there{known}")
    if np.min(source.availability) < 0.0 or source.per_capacity < 0.0:
        faults.append(f"source {name} has an availability below 0")
    if any(np.min(values) < 0.0 for values in source.per_mwh.values()):
        faults.append(f"source {name} has a quantity below 0 per MWh: a price on it would pay for wasting energy")
    return faults


def _hour_faults(year: SupplyYear) -> list[str]:
    series: list[tuple[str, Floats | float]] = [("the load", year.load_mw)]
    plants = [(t.name, t.capacity_factor) for t in year.technologies]
    series += [(f"the capacity factor of {name}", hours) for name, hours in plants if hours is not None]
    for s in year.sources:
        series += [(f"the price of {s.name}", s.usd_per_mwh), (f"the availability of {s.name}", s.availability)]
        series += [(f"{quantity} of {s.name}", values) for quantity, values in s.per_mwh.items()]
    faults = []
    for label, values in series:
        if np.size(values) not in {1, year.n_hours}:
            faults.append(f"{label} has {np.size(values)} hours, the load {year.n_hours}")
        elif not np.all(np.isfinite(values)):
            faults.append(f"{label} holds a value that is not finite")
    return faults


def _battery_faults(battery: Battery) -> list[str]:
    faults = []
    for label, share in (("charge", battery.charge_efficiency), ("discharge", battery.discharge_efficiency)):
        if not LEAST_EFFICIENCY <= share <= 1.0:
            faults.append(f"the {label} efficiency of the battery is {share:g}: give a share above 0, at most 1")
    if not (battery.max_mw >= 0.0 and battery.max_hours >= 0.0 and np.isfinite(battery.max_mw * battery.max_hours)):
        faults.append("the battery has a negative or infinite largest size")
    return faults


def _unbounded_sales(year: SupplyYear, names: list[str]) -> list[str]:
    """Return a sentence for every sale that pays more than a purchase in the same hour."""
    hours = np.zeros_like(year.load_mw)
    found = []
    for sale in (s for s in year.sources if s.is_sale):
        for bought in (s for s in year.sources if not s.is_sale and s.of == sale.of and s.of in names):
            try:
                more = (sale.usd_per_mwh - bought.usd_per_mwh + hours) > 0.0
            except ValueError:  # unequal hours: has a sentence of its own
                continue
            if more.any():
                found.append(
                    f"{sale.name} pays more than {bought.name} costs in {int(more.sum())} hour(s): energy would be "
                    "bought to be sold; lower the price of the sale"
                )
    return found
