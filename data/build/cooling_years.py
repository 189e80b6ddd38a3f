"""Hourly years of many sites under several cooling designs, in blocks that fit a processor's cache.

The weather of a block is checked and its humidity derived once for all designs; blocks run on threads,
because numpy releases the interpreter lock while it computes.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.physics.air.outside_air import OutsideAir, outside_air
from siting.physics.cooling.parameters import CoolingParameters
from siting.physics.cooling.performance import DESIGNS, balance_of
from siting.units import HOURS_PER_YEAR, Floats

BLOCK_SITES = 2
"""Sites of a block: 2 years are 140 kB per array, so that a balance stays in the cache."""


@dataclass(frozen=True, slots=True)
class CoolingYear:
    """Annual results of a design, (n,) one number per site.

    Attributes
    ----------
    pue, peak_pue : numpy.ndarray
        Mean over the hours and largest hour [-].
    wue_l_per_kwh : numpy.ndarray
        Mean over the hours [L/kWh].
    free_cooling_h : numpy.ndarray
        Hours without chiller: the share of the heat that is rejected without it, summed over the year [h].
    """

    pue: Floats
    peak_pue: Floats
    wue_l_per_kwh: Floats
    free_cooling_h: Floats


def annual(
    designs: Sequence[str],
    dry_bulb_c: ArrayLike,
    wet_bulb_c: ArrayLike,
    pressure_pa: ArrayLike,
    *,
    sea_c: ArrayLike | None = None,
    parameters: Mapping[str, CoolingParameters] = MappingProxyType({}),
    threads: int | None = None,
) -> dict[str, CoolingYear]:
    """Evaluate designs over the hourly year of each site.

    IT load is assumed constant, so a year's PUE is the mean of its hours, ``sum PUE_h / 8760``.

    Parameters
    ----------
    designs : sequence of str
        Names of `cooling.DESIGNS`.
    dry_bulb_c, wet_bulb_c : array_like
        (n, 8760) outside dry and wet bulb temperature [C].
    pressure_pa : array_like
        (n,) air pressure [Pa].
    sea_c : array_like, optional
        (n,) or (n, 8760) temperature of the sea [C]; designs with `needs_sea` need it.
    parameters : mapping, optional
        The plant of a design by name; the published midpoints where not given.
    threads : int, optional
        Number of threads [1]; all processors by default.

    Returns
    -------
    dict of str to CoolingYear
        One entry per design.

    Raises
    ------
    DataError
        If the hours are not a year, shapes do not match, a design is unknown or lacks its sea, or
        weather is missing or impossible; the site is named by its position.

    References
    ----------
    PUE and WUE by definition of Regulation (EU) 2024/1364, Annex III: totals over a year.

    Examples
    --------
    >>> mild = np.full((1, 8760), 12.0)
    >>> year = annual(["waterside_economizer"], mild, mild - 2.0, [101325.0])["waterside_economizer"]
    >>> year.pue.round(3).tolist(), year.free_cooling_h.tolist()
    ([1.134], [8760.0])
    """
    dry, wet = np.asarray(dry_bulb_c), np.asarray(wet_bulb_c)
    pressure = np.asarray(pressure_pa, dtype=np.float64)
    sea = None if sea_c is None else np.asarray(sea_c, dtype=np.float64)
    _check(designs, dry, wet, pressure, sea, parameters, threads)
    sites = len(dry)
    found = {design: CoolingYear(*(np.empty(sites) for _ in fields(CoolingYear))) for design in designs}

    def evaluate(first: int) -> None:
        block = slice(first, min(first + BLOCK_SITES, sites))
        air = _air(dry, wet, pressure, sea, block)
        for design in designs:
            _evaluate(design, air, parameters.get(design), found[design], block)

    with ThreadPoolExecutor(max_workers=threads or os.cpu_count()) as pool:
        for _ in pool.map(evaluate, range(0, sites, BLOCK_SITES)):
            pass
    return found


def _evaluate(design: str, air: OutsideAir, plant: CoolingParameters | None, into: CoolingYear, block: slice) -> None:
    """Write the year of a block of the sites."""
    hours = balance_of(design, air, plant)
    pue = hours.pue
    into.pue[block] = pue.mean(axis=1)
    into.peak_pue[block] = pue.max(axis=1)
    into.wue_l_per_kwh[block] = hours.wue_l_per_kwh.mean(axis=1)
    into.free_cooling_h[block] = hours.economiser_share.sum(axis=1)


def _air(dry: np.ndarray, wet: np.ndarray, pressure: Floats, sea: Floats | None, block: slice) -> OutsideAir:
    """Return the checked air of a block; an error names the first faulty site."""
    columns = None if sea is None else sea.reshape(len(sea), -1)

    def of(sites: slice) -> OutsideAir:
        here = None if columns is None else columns[sites]
        return outside_air(dry[sites], wet[sites], pressure[sites, None], here)

    try:
        return of(block)
    except DataError:
        for site in range(block.start, block.stop):
            try:
                of(slice(site, site + 1))
            except DataError as fault:
                raise DataError(f"site {site} of {len(dry)}, elements are hours of its year; {fault}") from fault
        raise


def _check(
    designs: Sequence[str],
    dry: np.ndarray,
    wet: np.ndarray,
    pressure: Floats,
    sea: Floats | None,
    parameters: Mapping[str, CoolingParameters],
    threads: int | None,
) -> None:
    """Raise for arrays that are not years of sites and for designs that cannot be evaluated, all at once."""
    unknown = [design for design in designs if design not in DESIGNS]
    faults = [f"design {design!r} is unknown: use one of {', '.join(DESIGNS)}" for design in unknown]
    if isinstance(designs, str) or not designs:
        faults = [f"`designs` is {designs!r}: give a list of names"]
    elif sea is None:
        faults += [
            f"design {design!r} needs the temperature of the sea: give `sea_c`, or leave out the sites without a sea"
            for design in designs
            if design not in unknown and DESIGNS[design].needs_sea
        ]
    if dry.ndim != 2 or dry.shape[1] != HOURS_PER_YEAR:
        faults.append(
            f"`dry_bulb_c` is of shape {dry.shape}, not (sites, {HOURS_PER_YEAR}): give complete years, without 29 February"
        )
    faults += [
        f"`{name}` is of shape {values.shape}: give {' or '.join(str(shape) for shape in shapes)}, to match the dry bulb"
        for name, values, shapes in (
            ("wet_bulb_c", wet, (dry.shape,)),
            ("pressure_pa", pressure, (dry.shape[:1],)),
            *([] if sea is None else [("sea_c", sea, (dry.shape[:1], dry.shape))]),
        )
        if values.shape not in shapes
    ]
    faults += [
        f"`parameters` of {design!r}, which is not among `designs`" for design in parameters if design not in designs
    ]
    faults += [
        f"`parameters` of {design!r} hold draws: evaluate them with `cooling.balance`, or one plant at a time"
        for design, plant in parameters.items()
        if any(np.ndim(getattr(plant, item.name)) for item in fields(plant))
    ]
    if threads is not None and threads < 1:
        faults.append(f"`threads` is {threads}: give at least 1")
    if faults:
        raise DataError.from_faults("years of cooling:", faults)
