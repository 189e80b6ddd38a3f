"""Annual emissions of one MW of IT load, and of one MW of built capacity.

`embodied_interval_t_per_mw_year`, `transfer_kwh_per_gb` and `water_energy_mwh` are accounting functions that a plan
does not use.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.units import HOURS_PER_YEAR, Floats


def operational_t_per_mw_year(pue: ArrayLike, ci_g_per_kwh: ArrayLike, covariance: ArrayLike = 1.0) -> Floats:
    """Return the yearly emissions of one MW of mean IT draw.

    ``8760 h * PUE * CI * k / 1000``, with g/kWh = kg/MWh: annual means of both factors, and k for the covariance of
    their hours.

    Parameters
    ----------
    pue : array_like
        Power usage effectiveness, the annual mean [-], at least 1.
    ci_g_per_kwh : array_like
        Carbon intensity of the electricity [gCO2e/kWh], at least 0.
    covariance : array_like, optional
        Of `covariance.covariance_factor` [-], above 0; 1 where no hourly shape is known.

    Returns
    -------
    numpy.ndarray
        Emissions [tCO2e per MW-year of IT draw].

    Raises
    ------
    DataError
        A PUE below 1, a negative or missing intensity, or a factor that is not above 0.

    References
    ----------
    PUE: ISO/IEC 30134-2:2016.

    Examples
    --------
    >>> float(operational_t_per_mw_year(1.1, 20.0))
    192.72
    """
    pue_, ci = np.asarray(pue, dtype=float), np.asarray(ci_g_per_kwh, dtype=float)
    if not np.all(pue_ >= 1):
        raise DataError(f"PUE is {np.min(pue_):g}: a facility draws at least what its IT draws, 1 or more")
    if not np.all(ci >= 0):
        raise DataError("`ci_g_per_kwh` is negative or missing: leave the place out, or give its intensity")
    together = np.asarray(covariance, dtype=float)
    if not np.all(np.isfinite(together) & (together > 0)):
        raise DataError("`covariance` is not above 0: give 1 where the hours of the grid are unknown")
    return np.asarray(HOURS_PER_YEAR * pue_ * ci * together / 1000.0)


G_PER_LB = 453.59237
"""Grams of one international avoirdupois pound, exact (US National Bureau of Standards, 1959)."""


def emissions_t(energy_mwh: ArrayLike, ci_g_per_kwh: ArrayLike) -> Floats:
    """Return the emissions of an amount of electricity, ``E CI / 1000``.

    Parameters
    ----------
    energy_mwh : array_like
        Electricity drawn, facility included [MWh], at least 0.
    ci_g_per_kwh : array_like
        Carbon intensity [gCO2e/kWh, the same as kg/MWh], at least 0.

    Returns
    -------
    numpy.ndarray
        Emissions [tCO2e].

    Raises
    ------
    DataError
        Energy or intensity that is negative or missing.

    References
    ----------
    GHG Protocol Scope 2 Guidance (2015), chapter 6: activity data times emission factor.

    Examples
    --------
    GPT-3 as Patterson et al. 2021 count it, 1,287 MWh on the US mean of 429 g/kWh:

    >>> float(emissions_t(1287.0, 429.0).round(1))
    552.1
    """
    energy, ci = np.asarray(energy_mwh, dtype=float), np.asarray(ci_g_per_kwh, dtype=float)
    if not np.all(energy >= 0):
        raise DataError("`energy_mwh` is negative or missing: give the electricity drawn, 0 or more")
    if not np.all(ci >= 0):
        raise DataError("`ci_g_per_kwh` is negative or missing: leave the run out, or give its intensity")
    return np.asarray(energy * ci / 1000.0)


def embodied_servers_t_per_mw_year(accelerators_per_mw: float, kg_per_accelerator: float, life_years: float) -> float:
    """Return the embodied carbon of servers, spread evenly over their life.

    ``accelerators * kg / 1000 / life``: straight line over the years of use.

    Parameters
    ----------
    accelerators_per_mw : float
        Accelerators in one MW of IT capacity [1/MW].
    kg_per_accelerator : float
        Embodied carbon of one accelerator with its share of host, network and storage [kgCO2e].
    life_years : float
        Years until the servers are replaced [a], above 0.

    Returns
    -------
    float
        Embodied carbon [tCO2e per year and MW of built IT capacity].

    Raises
    ------
    DataError
        A life that is not above 0.

    References
    ----------
    ISO/IEC 21031:2024, embodied emissions: time share of the hardware's life.

    Examples
    --------
    >>> round(embodied_servers_t_per_mw_year(784.3, 537.6, 5.0), 1)
    84.3
    """
    if not life_years > 0:
        raise DataError(f"`life_years` is {life_years:g}: give a life above 0 years")
    return accelerators_per_mw * kg_per_accelerator / 1000.0 / life_years


def embodied_shell_t_per_mw_year(shell_t_per_mw: float, life_years: float) -> float:
    """Return the embodied carbon of building and plant, spread evenly over their life.

    ``t per MW / life``: straight line over the years of use.

    Parameters
    ----------
    shell_t_per_mw : float
        Embodied carbon of building, power and cooling plant [tCO2e per MW of IT capacity].
    life_years : float
        Years of use [a], above 0.

    Returns
    -------
    float
        Embodied carbon [tCO2e per year and MW of built IT capacity].

    Raises
    ------
    DataError
        A life that is not above 0.

    References
    ----------
    ISO/IEC 21031:2024, embodied emissions: time share of the life.

    Examples
    --------
    >>> embodied_shell_t_per_mw_year(1400.0, 14.0)
    100.0
    """
    if not life_years > 0:
        raise DataError(f"`life_years` is {life_years:g}: give a life above 0 years")
    return shell_t_per_mw / life_years


@dataclass(frozen=True)
class EmbodiedInterval:
    """Embodied carbon per year and MW, between the lowest and highest value of the sources [tCO2e/(MW a)]."""

    low: float
    mid: float
    high: float


def embodied_interval_t_per_mw_year(
    low_t_per_mw: float, high_t_per_mw: float, life_years: float, used_share: float = 1.0
) -> EmbodiedInterval:
    """Return embodied carbon as an interval, spread over the capacity that is used.

    ``t per MW / (life * used)``: idle capacity has been built too, so the used capacity carries its carbon.

    Parameters
    ----------
    low_t_per_mw, high_t_per_mw : float
        Least and most embodied carbon of one MW of IT capacity [tCO2e/MW], 0 or more, in order.
    life_years : float
        Years of use [a], above 0.
    used_share : float, optional
        Mean draw over capacity [0-1], above 0; 1 spreads it over the capacity as built.

    Returns
    -------
    EmbodiedInterval
        Per year and MW of mean draw; `mid` is the middle of both ends.

    Raises
    ------
    DataError
        Ends out of order or negative, a life or a share that is not above 0, a share above 1.

    References
    ----------
    ISO/IEC 21031:2024, embodied emissions: over the expected life; Gupta et al. 2021, Chasing carbon,
    arXiv:2011.02839: over the use made of it.

    Examples
    --------
    Servers of 260 to 583 t/MW over 5 years at 90 % use:

    >>> servers = embodied_interval_t_per_mw_year(260.0, 583.0, 5.0, 0.9)
    >>> round(servers.low, 1), round(servers.mid, 1), round(servers.high, 1)
    (57.8, 93.7, 129.6)
    """
    faults = []
    if not 0 <= low_t_per_mw <= high_t_per_mw < np.inf:
        faults.append(f"ends are {low_t_per_mw:g} and {high_t_per_mw:g}: give numbers of 0 or more, the lower first")
    if not life_years > 0:
        faults.append(f"`life_years` is {life_years:g}: give a life above 0 years")
    if not 0 < used_share <= 1:
        faults.append(f"`used_share` is {used_share:g}: give a share above 0 and at most 1")
    if faults:
        raise DataError.from_faults("embodied carbon:", faults)
    low, high = (t / (life_years * used_share) for t in (low_t_per_mw, high_t_per_mw))
    return EmbodiedInterval(low, (low + high) / 2.0, high)


TRANSFER_KWH_PER_GB, TRANSFER_YEAR, TRANSFER_HALVES_YEARS = 0.06, 2015, 2.0  # Aslan et al. 2018
TRANSFER_FROM, TRANSFER_TO = 2000, 2025


def transfer_kwh_per_gb(year: int) -> float:
    """Return the electricity of moving a gigabyte over the fixed network.

    ``0.06 * 2^(-(year - 2015) / 2)``: the core and fixed access network, without data centres and without
    equipment in homes.

    Parameters
    ----------
    year : int
        Calendar year [a], 2000 to 2025; observed to 2015, extrapolated with the same halving after it.

    Returns
    -------
    float
        Electricity [kWh/GB].

    Raises
    ------
    DataError
        A year outside the range.

    References
    ----------
    Aslan, Mayers, Koomey and France 2018, Electricity intensity of internet data transmission, Journal of Industrial
    Ecology 22(4):785-798: 0.06 kWh/GB in 2015, halved every two years since 2000.

    Examples
    --------
    >>> transfer_kwh_per_gb(2015), transfer_kwh_per_gb(2019)
    (0.06, 0.015)
    """
    if not TRANSFER_FROM <= year <= TRANSFER_TO:
        raise DataError(f"`year` is {year}: the halving is known from {TRANSFER_FROM} to {TRANSFER_TO} at most")
    return float(TRANSFER_KWH_PER_GB * 2.0 ** (-(year - TRANSFER_YEAR) / TRANSFER_HALVES_YEARS))


def water_energy_mwh(water_m3: ArrayLike, kwh_per_m3: ArrayLike) -> Floats:
    """Return the electricity of the water supply, ``W e / 1000``.

    No source of the project gives `kwh_per_m3` (it runs from well below 1 for a lake to some 3 to 4 for the sea), so
    there is no default: a plan counts it where the planner gives it.

    Parameters
    ----------
    water_m3 : array_like
        Water taken in [m3], at least 0.
    kwh_per_m3 : array_like
        Electricity to fetch, treat and pump a cubic metre [kWh/m3], at least 0.

    Returns
    -------
    numpy.ndarray
        Electricity [MWh].

    Raises
    ------
    DataError
        Water or electricity that is negative or missing.

    References
    ----------
    By definition of `kwh_per_m3`.

    Examples
    --------
    >>> float(water_energy_mwh(100_000.0, 0.5))
    50.0
    """
    water, each = np.asarray(water_m3, dtype=float), np.asarray(kwh_per_m3, dtype=float)
    for name, values in (("water_m3", water), ("kwh_per_m3", each)):
        if not np.all(np.isfinite(values) & (values >= 0)):
            raise DataError(f"`{name}` is negative or missing: give a number of 0 or more")
    return np.asarray(water * each / 1000.0)
