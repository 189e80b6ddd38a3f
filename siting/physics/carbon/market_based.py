"""Market-based carbon accounting: contracts by the year or by the hour, and the residual mix.

Intensities carry their scope and signal, so that different kinds cannot be added by mistake.

`residual_mix_g_per_kwh`, `marginal_intensity` and `net_benefit` are accounting functions that a plan does not use.

References
----------
.. [1] WRI/WBCSD (2015), GHG Protocol Scope 2 Guidance, chapters 6 (calculation) and 7 (quality criteria).
.. [2] AIB, European Residual Mixes: issuance-based calculation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.units import Floats

Scope = Literal["lifecycle", "direct"]
Signal = Literal["average", "marginal"]
NEGATIVE = ("refuse", "clip")


@dataclass(frozen=True)
class Intensity:
    """Carbon intensity with its scope and signal.

    Attributes
    ----------
    g_per_kwh : float or numpy.ndarray
        Carbon intensity [gCO2e/kWh]: one number for a year, or (t,) one an hour; 0 or more.
    scope : {"lifecycle", "direct"}
        With or without plant construction and fuel supply.
    signal : {"average", "marginal"}
        Of all generation, or of the generation that responds to one kWh more.

    Raises
    ------
    DataError
        A negative or missing intensity, or an unknown word.

    Examples
    --------
    >>> Intensity(41.0, "lifecycle").signal
    'average'
    """

    g_per_kwh: float | Floats
    scope: Scope
    signal: Signal = "average"

    def __post_init__(self) -> None:
        """Raise for invalid values."""
        faults = []
        if self.scope not in ("lifecycle", "direct"):
            faults.append(f"scope {self.scope!r} is unknown: use lifecycle or direct")
        if self.signal not in ("average", "marginal"):
            faults.append(f"signal {self.signal!r} is unknown: use average or marginal")
        values = np.atleast_1d(np.asarray(self.g_per_kwh, dtype=float))
        wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        if wrong.size:
            faults.append(
                f"g_per_kwh is {values[wrong[0]]:g} at element {wrong[0]}, {wrong.size} in all: give 0 or more "
                "(for marginal factors below 0 see `marginal_intensity`)"
            )
        if faults:
            raise DataError.from_faults("carbon intensity:", faults)


@dataclass(frozen=True)
class Contract:
    """Electricity bought with its attributes, in the market of the load.

    Attributes
    ----------
    name : str
        Name in the ledger.
    mwh : float or numpy.ndarray
        Delivered in the year, or (t,) in each hour [MWh], 0 or more.
    intensity : Intensity
        Intensity of the delivered energy.

    Examples
    --------
    >>> Contract("hydro", 100.0, Intensity(24.0, "lifecycle")).hourly
    False
    """

    name: str
    mwh: float | Floats
    intensity: Intensity

    def __post_init__(self) -> None:
        """Raise for invalid energy."""
        values = np.asarray(self.mwh, dtype=float)
        if not np.all(np.isfinite(values) & (values >= 0)):
            raise DataError(f"contract `{self.name}` delivers a negative or missing energy: give MWh of 0 or more")

    @property
    def hourly(self) -> bool:
        """Whether it is matched hour by hour."""
        return np.ndim(self.mwh) > 0


@dataclass(frozen=True)
class MarketBased:
    """Market-based emissions of a load.

    Attributes
    ----------
    tonnes : float
        Emissions [tCO2e].
    matched_mwh : float
        Load that contracts cover [MWh].
    rest_mwh : float
        Load that they do not cover [MWh].
    covered_mwh : tuple of float
        Load that each contract covers, in the order given [MWh].
    """

    tonnes: float
    matched_mwh: float
    rest_mwh: float
    covered_mwh: tuple[float, ...] = ()

    @property
    def g_per_kwh(self) -> float:
        """Market-based intensity of the load [gCO2e/kWh]."""
        return self.tonnes * 1000.0 / (self.matched_mwh + self.rest_mwh)


def require_alike(intensities: Sequence[Intensity]) -> None:
    """Raise for intensities of different scope or signal: one number has one definition.

    Parameters
    ----------
    intensities : sequence of Intensity
        Intensities to add or compare.

    Raises
    ------
    DataError
        Two that differ; both are named.

    Examples
    --------
    >>> require_alike([Intensity(41.0, "lifecycle"), Intensity(30.0, "lifecycle")])
    """
    for one in intensities[1:]:
        first = intensities[0]
        if (one.scope, one.signal) != (first.scope, first.signal):
            raise DataError(
                f"{first.scope} {first.signal} intensity beside {one.scope} {one.signal} intensity: "
                "they count different things; bring both to one scope and one signal"
            )


def market_based(load_mwh: ArrayLike, contracts: Sequence[Contract], rest: Intensity | None = None) -> MarketBased:
    """Return the market-based emissions of a load: ``sum matched * contract + unmatched * residual mix``.

    An hourly contract covers the load of its own hour only; an annual contract covers the remaining load of the
    year, in equal proportion in every hour. Energy delivered beyond the load does not count. Contracts are used in
    the order given, hourly ones first.

    Parameters
    ----------
    load_mwh : array_like
        Electricity drawn in the year, or (t,) in each hour [MWh], above 0 in all.
    contracts : sequence of Contract
        What was bought.
    rest : Intensity, optional
        Intensity of the uncovered load: the residual mix, where known. Without one, a load that is not entirely
        covered is an error: the mean of the grid would count attributes twice that others have bought.

    Returns
    -------
    MarketBased
        Emissions, and the load covered and not.

    Raises
    ------
    DataError
        No load, hours that do not match, intensities of different scope or signal, or no `rest` where one is needed.

    References
    ----------
    GHG Protocol Scope 2 Guidance [1]_, table 6.3: contracts, then residual mix.

    Examples
    --------
    100 MWh, of which 80 by year from hydropower at 24 g/kWh; the rest at a residual mix of 500:

    >>> by_year = market_based(100.0, [Contract("hydro", 80.0, Intensity(24.0, "lifecycle"))], Intensity(500.0, "lifecycle"))
    >>> by_year.tonnes, by_year.rest_mwh
    (11.92, 20.0)

    The sun by the hour covers the first hour of two alone:

    >>> sun = Contract("sun", np.array([120.0, 0.0]), Intensity(0.0, "direct"))
    >>> market_based([50.0, 50.0], [sun], Intensity(400.0, "direct")).tonnes
    20.0
    """
    left = np.atleast_1d(np.asarray(load_mwh, dtype=float)).copy()
    _check_load(left, contracts)
    require_alike([*(c.intensity for c in contracts), *([rest] if rest is not None else [])])
    tonnes, total = 0.0, float(left.sum())
    by_contract = [0.0] * len(contracts)
    for i in sorted(range(len(contracts)), key=lambda i: not contracts[i].hourly):
        contract = contracts[i]
        amount = np.asarray(contract.mwh, dtype=float)
        share = min(float(amount) / float(left.sum()), 1.0) if not contract.hourly and left.sum() > 0 else 0.0
        covered = np.minimum(amount, left) if contract.hourly else left * share
        tonnes += float((covered * contract.intensity.g_per_kwh).sum()) / 1000.0
        left, by_contract[i] = left - covered, float(covered.sum())
    unmatched = float(left.sum())
    if unmatched > 1e-9 * total:
        if rest is None:
            raise DataError(
                f"{unmatched:,.1f} of {total:,.1f} MWh are under no contract and no residual mix is known: give `rest`, "
                "the residual mix of the market, or the fossil factor of the grid"
            )
        tonnes += float((left * rest.g_per_kwh).sum()) / 1000.0
    return MarketBased(tonnes, total - unmatched, unmatched, tuple(by_contract))


def _check_load(load: Floats, contracts: Sequence[Contract]) -> None:
    """Raise for an invalid load, and for contracts of other hours."""
    faults = []
    if not (np.all(np.isfinite(load) & (load >= 0)) and load.sum() > 0):
        faults.append("`load_mwh` is negative, missing, or 0 in all: give the electricity drawn")
    faults += [
        f"contract `{c.name}` is by the hour, {np.shape(c.mwh)}, and the load is {load.shape}: give both hour by hour"
        for c in contracts
        if c.hourly and np.shape(c.mwh) != load.shape
    ]
    if faults:
        raise DataError.from_faults("market-based emissions:", faults)


def residual_mix_g_per_kwh(
    generation_mwh: float, generation_g_per_kwh: float, claimed_mwh: float, claimed_g_per_kwh: float
) -> float:
    """Return the intensity of the unclaimed generation: ``(G g - C c) / (G - C)``.

    Parameters
    ----------
    generation_mwh, generation_g_per_kwh : float
        Generation of a market [MWh] and its mean intensity [gCO2e/kWh].
    claimed_mwh, claimed_g_per_kwh : float
        Energy claimed by contracts [MWh], and its mean intensity [gCO2e/kWh].

    Returns
    -------
    float
        Residual mix [gCO2e/kWh].

    Raises
    ------
    DataError
        More claimed than generated, in energy or in carbon, or nothing left.

    References
    ----------
    Association of Issuing Bodies [2]_, without exchange between markets.

    Examples
    --------
    A market at 200 g/kWh of which half is claimed as wind at 12 g/kWh leaves 388 for the rest:

    >>> residual_mix_g_per_kwh(100.0, 200.0, 50.0, 12.0)
    388.0
    """
    figures = (generation_mwh, generation_g_per_kwh, claimed_mwh, claimed_g_per_kwh)
    if not all(np.isfinite(x) and x >= 0 for x in figures) or not claimed_mwh < generation_mwh:
        raise DataError(
            f"{claimed_mwh:g} of {generation_mwh:g} MWh are claimed: give numbers of 0 or more, and less than all"
        )
    left_g = generation_mwh * generation_g_per_kwh - claimed_mwh * claimed_g_per_kwh
    if left_g < 0:
        raise DataError("more carbon is claimed than was emitted: the claimed intensity is above the market's")
    return left_g / (generation_mwh - claimed_mwh)


def marginal_intensity(g_per_kwh: ArrayLike, scope: Scope = "direct", *, negative: str = "refuse") -> Intensity:
    """Return marginal factors as an intensity; values below 0 are an error, or clipped if requested.

    ``max(g, 0)`` where clipped. A marginal factor is negative where one kWh more ends a curtailment elsewhere; a
    plant that minimised emissions on it would always draw more.

    Parameters
    ----------
    g_per_kwh : array_like
        Marginal factors [gCO2e/kWh].
    scope : {"lifecycle", "direct"}
        Scope of the factors.
    negative : {"refuse", "clip"}
        Treatment of factors below 0.

    Returns
    -------
    Intensity
        With `signal` marginal.

    Raises
    ------
    DataError
        Negative factors that are not to be clipped, missing ones, or an unknown word.

    References
    ----------
    GHG Protocol Scope 2 Guidance [1]_: marginal factors are for decisions, not for inventories.

    Examples
    --------
    >>> marginal_intensity([300.0, -20.0], negative="clip").g_per_kwh.tolist()
    [300.0, 0.0]
    """
    if negative not in NEGATIVE:
        raise DataError(f"negative={negative!r} is unknown: use {' or '.join(NEGATIVE)}")
    values = np.asarray(g_per_kwh, dtype=float)
    below = np.flatnonzero(np.atleast_1d(values) < 0)
    if below.size and negative == "refuse":
        raise DataError(
            f"marginal factor is {np.atleast_1d(values)[below[0]]:g} at element {below[0]}, {below.size} below 0 in "
            'all: give negative="clip" to count them as 0'
        )
    return Intensity(np.maximum(values, 0.0), scope, "marginal")


@dataclass(frozen=True)
class NetBenefit:
    """Emissions avoided elsewhere: reported separately, never part of a footprint.

    Attributes
    ----------
    name : str
        Cause of the avoidance.
    avoided_t : float
        Emissions avoided elsewhere [tCO2e], by marginal factors.
    quality : str
        Of the factor and the energy, the worse of both.
    """

    name: str
    avoided_t: float
    quality: str


def net_benefit(name: str, displaced_mwh: ArrayLike, marginal: Intensity, quality: str) -> NetBenefit:
    """Return the emissions of displaced generation: ``sum E * marginal / 1000``.

    A consequence elsewhere, reported beside the footprint and never subtracted from it: neither the objective nor a
    KPI of a plan uses it.

    Parameters
    ----------
    name : str
        Cause of the avoidance, such as waste heat or generation given to the grid.
    displaced_mwh : array_like
        Generation displaced in the year, or (t,) in each hour [MWh], 0 or more.
    marginal : Intensity
        Marginal factors of the grid in which it is displaced.
    quality : str
        Quality of the estimate.

    Returns
    -------
    NetBenefit
        A separate line.

    Raises
    ------
    DataError
        An average intensity, or energy that is negative or missing.

    References
    ----------
    GHG Protocol, Estimating and Reporting the Comparative Emissions Impacts of Products (2019): reported apart from
    the inventory.

    Examples
    --------
    >>> net_benefit("heat to the town", 1000.0, marginal_intensity(450.0), "assumption").avoided_t
    450.0
    """
    if marginal.signal != "marginal":
        raise DataError(
            f"net benefit `{name}` needs marginal factors: average ones do not describe displaced generation"
        )
    energy = np.asarray(displaced_mwh, dtype=float)
    if not np.all(np.isfinite(energy) & (energy >= 0)):
        raise DataError(f"net benefit `{name}`: `displaced_mwh` is negative or missing: give 0 or more")
    return NetBenefit(name, float((energy * marginal.g_per_kwh).sum()) / 1000.0, quality)
