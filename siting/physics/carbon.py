"""What one megawatt of IT load, and one megawatt of built capacity, emits in a year."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.errors import DataError
from siting.physics.compute import HOURS_PER_YEAR


def operational_t_per_mw_year(pue: ArrayLike, ci_g_per_kwh: ArrayLike) -> NDArray[np.float64]:
    """Return the yearly emissions of one MW of mean IT draw.

    ``8760 h * PUE * CI / 1000``, with g/kWh = kg/MWh. Annual means of both factors:
    the covariance of hourly PUE and hourly intensity is not in this formula.

    Parameters
    ----------
    pue : array_like
        Power usage effectiveness, the annual mean [-], at least 1.
    ci_g_per_kwh : array_like
        Carbon intensity of the electricity [gCO2e/kWh], at least 0.

    Returns
    -------
    numpy.ndarray
        Emissions [tCO2e per MW-year of IT draw].

    Raises
    ------
    DataError
        A PUE below 1 or a negative or missing intensity.

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
    return np.asarray(HOURS_PER_YEAR * pue_ * ci / 1000.0)


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
