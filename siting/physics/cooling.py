"""What it costs in electricity and water to keep one unit of computing cool, hour by hour.

Each design is one balance of energy and water per unit of IT energy; PUE and WUE are both read from
it. Two designs: `airside_economizer_adiabatic` lets outside air through the hall, `waterside_economizer`
keeps the hall closed and cools its water in the tower.

Modelled in the cold: moistening of the dry outside air up to the lower dew point (water and pump), and
mixing with return air up to the lower supply temperature. Not modelled: part load of UPS and fans, the
heat of the fans, heating or anti-freeze of towers (the tower is taken to lose all its heat by
evaporation, which overstates its water in the cold), heat reuse, an upper humidity bound on outside air
other than its enthalpy, heating of the empty hall.

References
----------
.. [1] N. Lei and E. Masanet (2020), Statistical analysis for predicting location-specific data center
   PUE and its improvement potential, Energy 201, 117556. Validity -10 to 40 C.
.. [2] Commission Delegated Regulation (EU) 2024/1364, Annex III: PUE = E_DC / E_IT, WUE = W_IN / E_IT.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.physics.cooling_designs import airside_balance, waterside_balance
from siting.physics.cooling_parameters import (
    AirsideParameters,
    CoolingParameters,
    WatersideParameters,
)
from siting.physics.cooling_plant import CoolingBalance
from siting.physics.outside_air import OutsideAir, outside_air
from siting.physics.psychrometrics import FloatArray, standard_pressure_pa

__all__ = [
    "DESIGNS",
    "AirsideParameters",
    "CoolingBalance",
    "CoolingParameters",
    "Design",
    "WatersideParameters",
    "balance",
    "pue",
    "standard_pressure_pa",
    "wue_l_per_kwh",
]


@dataclass(frozen=True, slots=True)
class Design:
    """A cooling design: its balance of energy and water, and its plant at the midpoints."""

    balance: Callable[[OutsideAir, Any], CoolingBalance]
    parameters: CoolingParameters


DESIGNS: Mapping[str, Design] = MappingProxyType(
    {
        "airside_economizer_adiabatic": Design(airside_balance, AirsideParameters()),
        "waterside_economizer": Design(waterside_balance, WatersideParameters()),
    }
)


def balance(
    design: str,
    dry_bulb_c: ArrayLike,
    wet_bulb_c: ArrayLike,
    pressure_pa: ArrayLike,
    parameters: CoolingParameters | None = None,
) -> CoolingBalance:
    """Balance energy and water of a design under a weather.

    Parameters
    ----------
    design : str
        A name of `DESIGNS`.
    dry_bulb_c, wet_bulb_c : array_like
        Outside dry and wet bulb temperature [C]; they broadcast against each other and the pressure.
        The chiller's fit holds for wet bulb + tower approach of -10 to 40 C and is held at its end
        values beyond.
    pressure_pa : array_like
        Air pressure [Pa], 45,000 to 110,000; see `psychrometrics.standard_pressure_pa`.
    parameters : CoolingParameters, optional
        The plant; default the published midpoints of the design.

    Returns
    -------
    CoolingBalance
        Per kWh of IT energy, arrays of the broadcast shape.

    Raises
    ------
    DataError
        For an unknown design, parameters of another design, or weather that is missing or cannot be.

    References
    ----------
    Lei and Masanet (2020) [1]_.

    Examples
    --------
    >>> hour = balance("waterside_economizer", 10.0, 8.0, 101325.0)
    >>> hour.chiller.item(), hour.economiser_share.item()
    (0.0, 1.0)
    """
    if design not in DESIGNS:
        raise DataError(f"cooling design {design!r} is unknown: use one of {', '.join(DESIGNS)}")
    midpoints = DESIGNS[design].parameters
    plant = midpoints if parameters is None else parameters
    if not isinstance(plant, type(midpoints)):
        raise DataError(f"cooling design {design!r} needs {type(midpoints).__name__}, not {type(plant).__name__}")
    return DESIGNS[design].balance(outside_air(dry_bulb_c, wet_bulb_c, pressure_pa), plant)


def pue(
    design: str,
    dry_bulb_c: ArrayLike,
    wet_bulb_c: ArrayLike,
    pressure_pa: ArrayLike,
    parameters: CoolingParameters | None = None,
) -> FloatArray:
    """Return the power usage effectiveness, facility energy over IT energy.

    Parameters
    ----------
    design : str
        A name of `DESIGNS`.
    dry_bulb_c, wet_bulb_c : array_like
        Outside dry and wet bulb temperature [C].
    pressure_pa : array_like
        Air pressure [Pa].
    parameters : CoolingParameters, optional
        The plant; default the published midpoints of the design.

    Returns
    -------
    numpy.ndarray
        PUE [-] of the broadcast shape, at least 1.

    Raises
    ------
    DataError
        As `balance` does.

    References
    ----------
    Regulation (EU) 2024/1364 [2]_; Lei and Masanet (2020) [1]_.

    Examples
    --------
    >>> pue("airside_economizer_adiabatic", [-20.0, 28.0], [-20.5, 25.0], 101325.0).round(2).tolist()
    [1.12, 1.33]
    """
    return balance(design, dry_bulb_c, wet_bulb_c, pressure_pa, parameters).pue


def wue_l_per_kwh(
    design: str,
    dry_bulb_c: ArrayLike,
    wet_bulb_c: ArrayLike,
    pressure_pa: ArrayLike,
    parameters: CoolingParameters | None = None,
) -> FloatArray:
    """Return the water usage effectiveness, water taken in over IT energy.

    Parameters
    ----------
    design : str
        A name of `DESIGNS`.
    dry_bulb_c, wet_bulb_c : array_like
        Outside dry and wet bulb temperature [C].
    pressure_pa : array_like
        Air pressure [Pa].
    parameters : CoolingParameters, optional
        The plant; default the published midpoints of the design.

    Returns
    -------
    numpy.ndarray
        WUE [L/kWh] of the broadcast shape.

    Raises
    ------
    DataError
        As `balance` does.

    References
    ----------
    Regulation (EU) 2024/1364 [2]_. Evaporation is heat over latent heat; cycles of concentration,
    drift and humidifier reject are assumptions.

    Examples
    --------
    >>> wue_l_per_kwh("airside_economizer_adiabatic", [-20.0, 12.0], [-20.5, 10.0], 101325.0).round(2).tolist()
    [0.12, 0.0]
    """
    return balance(design, dry_bulb_c, wet_bulb_c, pressure_pa, parameters).wue_l_per_kwh
