"""Weather of each site over a year as bins, by cooling design, with the carbon intensity of the hours."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from siting.errors import DataError
from siting.physics.air.outside_air import OutsideAir, outside_air
from siting.physics.air.warming import warmer
from siting.physics.carbon.covariance import covariance_factor
from siting.physics.cooling.performance import DESIGNS
from siting.units import Bools, Floats, Ints
from siting.world import climate, grid
from siting.world.climate.weather_carbon_bins import HOURS_PER_DEGREE, ci_hours
from siting.world.outlook import WARMING
from siting.world.sea import sea_of

MONTH_HOURS = 24.0 * np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class Weather:
    """A year of some sites as bins, place by place.

    Attributes
    ----------
    air : OutsideAir
        (bins,) weather; bins of 1 K by 1 K of dry and wet bulb, or the months of the sea.
    place : numpy.ndarray
        (bins,) position of the bin's site.
    hours, ci_hours : numpy.ndarray
        (bins,) hours of the bin, and the same times the grid's intensity over its mean [h].
    ci_known : numpy.ndarray
        (n,) whether the grid has an hourly shape; where it has none, `ci_hours` are the plain hours.
    """

    air: OutsideAir
    place: Ints
    hours: Floats
    ci_hours: Floats
    ci_known: Bools

    def mean(self, values: Floats) -> Floats:
        """Return the mean over the year of each site, (n,)."""
        n = len(self.ci_known)
        total = np.bincount(self.place, weights=self.hours, minlength=n)
        return np.asarray(np.bincount(self.place, weights=self.hours * values, minlength=n) / total)

    def covariance(self, pue: Floats) -> Floats:
        """Return hourly emissions relative to those of annual means at each site, (n,)."""
        ends = np.searchsorted(self.place, np.arange(len(self.ci_known) + 1))
        parts = [slice(a, b) for a, b in pairwise(ends)]
        return np.array([float(covariance_factor(pue[p], self.hours[p], self.ci_hours[p])) for p in parts])


def weather_of(sites: pd.DataFrame, design: str) -> Weather:
    """Return the weather of a design: the air's hours, or the months of the sea where the design uses it.

    Parameters
    ----------
    sites : pandas.DataFrame
        Gathered sites; those of a design that uses the sea have one.
    design : str
        Cooling design.

    Returns
    -------
    Weather
        Bins of all sites, in their order.

    Examples
    --------
    >>> from siting.world.places import starter_sites
    >>> bergen = starter_sites().query("id == 'stavanger'").reset_index(drop=True)
    >>> len(weather_of(bergen, "seawater").hours)
    12
    """
    return _months_of_the_sea(sites) if DESIGNS[design].needs_sea else _hours_of_the_air(sites)


def _hours_of_the_air(sites: pd.DataFrame) -> Weather:
    places = list(zip(sites["climate_set"], sites["climate_id"], strict=True))
    hours = climate.hours_of(places)
    pressure = sites["pressure_pa"].to_numpy(float)[hours.place]
    weights, known = ci_hours(places)
    dry, wet = warmer(hours.dry_bulb_c, hours.wet_bulb_c, pressure, _warming_k(sites)[hours.place])
    return Weather(outside_air(dry, wet, pressure), hours.place, hours.hours.astype(float), weights, known)


def _warming_k(sites: pd.DataFrame) -> Floats:
    """Return the warming of each site relative to the shipped year [K], 0 without an outlook."""
    return sites[WARMING].to_numpy(float) if WARMING in sites else np.zeros(len(sites))


def _months_of_the_sea(sites: pd.DataFrame) -> Weather:
    """Return twelve bins a site: the plant is cooled by the sea, which hardly changes within a month."""
    n = len(sites)
    dry = sites[[f"t_mean_c_{m:02d}" for m in range(1, 13)]].to_numpy(float).ravel()
    pressure = np.repeat(sites["pressure_pa"].to_numpy(float), 12)
    warming = np.repeat(_warming_k(sites), 12)
    dry, sea = dry + warming, sea_of(sites["lon"], sites["lat"]).sea_c.ravel() + warming
    shapes = [_monthly_shape(str(z), float(x)) for z, x in zip(sites["zone_id"], sites["lon"], strict=True)]
    plain = np.tile(MONTH_HOURS, n)
    weights = np.concatenate([np.empty(0), *(MONTH_HOURS if s is None else s for s in shapes)])
    known = np.array([s is not None for s in shapes], dtype=bool)
    return Weather(outside_air(dry, dry, pressure, sea), np.repeat(np.arange(n), 12), plain, weights, known)


def _monthly_shape(zone: str, lon: float) -> Floats | None:
    """Return the hours of each month times the grid's intensity over its mean, None without a shape."""
    try:
        shape = grid.hours(zone).ci_shape
    except DataError:
        return None
    local = np.roll(shape, int(np.rint(lon * HOURS_PER_DEGREE)))
    starts = np.concatenate([[0], np.cumsum(MONTH_HOURS)[:-1]]).astype(int)
    return np.asarray(np.add.reduceat(local, starts))
