"""Sampled plants of one cooling design over the binned years of many places, in blocks that fit a processor's cache."""

import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.physics.air.outside_air import outside_air
from siting.physics.cooling.parameters import CoolingParameters
from siting.physics.cooling.performance import DESIGNS, balance_of
from siting.physics.cooling.ranges import parameter_ranges
from siting.units import Floats

BLOCK_ELEMENTS = 16_384
"""Draws times bins of a block: 128 kB per array, so that a balance stays in the cache."""


@dataclass(frozen=True, slots=True)
class DrawnYears:
    """Mean PUE [-] and WUE [L/kWh] of the year, (draws, places)."""

    pue: Floats
    wue_l_per_kwh: Floats


def sample_parameters(design: str, draws: int, seed: int, *, weather_axes: int = 1) -> CoolingParameters:
    """Draw plants of a design, every parameter uniform within its published (or assumed) range.

    The draws are on a leading axis that broadcasts against the weather: `cooling.balance` of weather of
    shape (hours,) returns (draws, hours). Each field has a random stream of its own, made of the seed and
    its name: fields are independent of each other, and a field that two designs share (a UPS, a fan) has
    the same draws for both, because it is the same building.

    Parameters
    ----------
    design : str
        A name of `cooling.DESIGNS`.
    draws : int
        Number of draws [1], at least 1.
    seed : int
        Of the random numbers [1], at least 0.
    weather_axes : int
        Axes of the weather to broadcast against [1], at least 0.

    Returns
    -------
    CoolingParameters
        Fields of shape (draws, 1, ...).

    Raises
    ------
    DataError
        For an unknown design, or numbers that are not integers or too small, all at once.

    References
    ----------
    Ranges by definition of `cooling.parameter_ranges`; uniform, as in Lei and Masanet (2020), Energy 201, 117556.

    Examples
    --------
    >>> from siting.physics import cooling
    >>> plants = sample_parameters("direct_liquid", draws=3, seed=1)
    >>> cooling.balance("direct_liquid", [0.0, 20.0], [-1.0, 15.0], 101325.0, plants).pue.shape
    (3, 2)
    """
    faults = [] if design in DESIGNS else [f"cooling design {design!r} is unknown: use one of {', '.join(DESIGNS)}"]
    faults += [
        f"`{name}` is {value!r}: give an integer of at least {least}"
        for name, value, least in (("draws", draws, 1), ("seed", seed, 0), ("weather_axes", weather_axes, 0))
        if not isinstance(value, int) or isinstance(value, bool) or value < least
    ]
    if faults:
        raise DataError.from_faults("draws of parameters:", faults)
    midpoints = DESIGNS[design].parameters
    drawn = {
        name: np.random.default_rng([seed, zlib.crc32(name.encode())])
        .uniform(bounds.low, bounds.high, draws)
        .reshape(draws, *(1,) * weather_axes)
        for name, bounds in parameter_ranges(midpoints).items()
    }
    return replace(midpoints, **drawn)


def mean_of_draws(
    design: str,
    dry_bulb_c: ArrayLike,
    wet_bulb_c: ArrayLike,
    pressure_pa: ArrayLike,
    plants: CoolingParameters,
    *,
    hours: ArrayLike,
    place: ArrayLike,
    sea_c: ArrayLike | None = None,
    threads: int | None = None,
) -> DrawnYears:
    """Evaluate drawn plants over the bins of the years of some places.

    ``sum over bins (hours * PUE) / sum of hours``, and the same for WUE.

    Parameters
    ----------
    design : str
        A name of `cooling.DESIGNS`.
    dry_bulb_c, wet_bulb_c : array_like
        (bins,) dry and wet bulb temperature of the bins, place by place [C].
    pressure_pa : array_like
        (bins,) or one air pressure [Pa].
    plants : CoolingParameters
        Draws with one axis of weather, see `sample_parameters`.
    hours : array_like
        (bins,) weight of each bin, such as hours [h]; above 0 in total for every place.
    place : array_like
        (bins,) position of each bin's place [1]: 0, 1, ... in order, each with a bin.
    sea_c : array_like, optional
        (bins,) or one temperature of the sea [C], for designs that need it.
    threads : int, optional
        Number of threads [1]; all processors by default.

    Returns
    -------
    DrawnYears
        Weighted means.

    Raises
    ------
    DataError
        If places are out of order, weights are missing or negative, plants are not draws, or for any
        error of `cooling.balance_of` and `outside_air`.

    References
    ----------
    N. Lei and E. Masanet (2022), Climate- and technology-specific PUE and WUE estimations for U.S. data centers using
    a hybrid statistical and thermodynamics-based approach, Resources, Conservation and Recycling 182, 106323.

    Examples
    --------
    >>> plants = sample_parameters("direct_liquid", draws=4, seed=1)
    >>> mean_of_draws(
    ...     "direct_liquid", [0.0, 20.0, 30.0], [-1.0, 15.0, 20.0], 1e5, plants, hours=[8000, 760, 8760], place=[0, 0, 1]
    ... ).pue.shape
    (4, 2)
    """
    air = outside_air(dry_bulb_c, wet_bulb_c, pressure_pa, sea_c)
    weight, at = np.asarray(hours, dtype=np.float64), np.asarray(place)
    draws = _draws(plants)
    _check(air.dry_bulb_c, weight, at)
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    total = np.add.reduceat(weight, starts)
    pue, wue = np.empty((draws, len(starts))), np.empty((draws, len(starts)))
    block_size = max(1, BLOCK_ELEMENTS // len(weight))

    def evaluate(first: int) -> None:
        block = slice(first, first + block_size)
        balance = balance_of(design, air, replace(plants, **{name: values[block] for name, values in _fields(plants)}))
        pue[block] = np.add.reduceat(balance.pue * weight, starts, axis=1) / total
        wue[block] = np.add.reduceat(balance.wue_l_per_kwh * weight, starts, axis=1) / total

    with ThreadPoolExecutor(max_workers=threads or os.cpu_count()) as pool:
        for _ in pool.map(evaluate, range(0, draws, block_size)):
            pass
    return DrawnYears(pue, wue)


def _fields(plants: CoolingParameters) -> list[tuple[str, Floats]]:
    """Return every parameter's draws by name."""
    return [(item.name, np.asarray(getattr(plants, item.name))) for item in fields(plants)]


def _draws(plants: CoolingParameters) -> int:
    """Return the number of plants; all parameters must have the same number of draws."""
    shapes = {values.shape for _, values in _fields(plants)}
    if len(shapes) != 1 or len(next(iter(shapes))) != 2 or next(iter(shapes))[1] != 1:
        raise DataError(
            f"`plants` have parameters of shapes {sorted(shapes)}: "
            "draw them with sample_parameters(..., weather_axes=1)"
        )
    return int(next(iter(shapes))[0])


def _check(bins: Floats, weight: Floats, at: np.ndarray) -> None:
    """Raise if bins are not grouped by place in order."""
    faults = [
        f"`{name}` is of shape {values.shape}: give one for each of the bins, {bins.shape}"
        for name, values in (("hours", weight), ("place", at))
        if values.shape != bins.shape
    ]
    if bins.ndim != 1 or not bins.size:
        faults.append(f"the weather is of shape {bins.shape}: give bins along one axis")
    if not faults:
        wrong = ~(np.isfinite(weight) & (weight >= 0.0))
        if np.any(wrong):
            first = int(np.flatnonzero(wrong)[0])
            faults.append(f"`hours` is {weight[first]:g} at element {first}, {int(wrong.sum())} faulty: give hours")
        steps = np.diff(at, prepend=0)
        if at[0] != 0 or np.any((steps != 0) & (steps != 1)):
            first = int(np.flatnonzero((steps != 0) & (steps != 1))[0]) if at[0] == 0 else 0
            faults.append(
                f"`place` is {at[first]} at element {first}: number places 0, 1, ... and keep their bins together"
            )
        elif not wrong.any() and np.any(np.bincount(at, weights=weight) == 0.0):
            faults.append(
                f"place {int(np.flatnonzero(np.bincount(at, weights=weight) == 0.0)[0])} has no hours: leave it out"
            )
    if faults:
        raise DataError.from_faults("draws over bins:", faults)
