"""PUE and WUE of the cooling designs, hour by hour.

Each design is one balance of energy and water per unit of IT energy; PUE and WUE are both read from it.

* `airside_economizer_adiabatic`: outside air through the hall, moistened or mixed; chiller and tower else.
* `waterside_economizer`: closed hall, its water cooled in the tower; chiller for what is too warm.
* `seawater`: closed hall, its water cooled by the sea; chiller for what is too warm. Needs a sea.
* `air_cooled_chiller`: closed hall on chilled water, no tower, no evaporation outside.
* `direct_liquid`: cold plates on a warm-water loop with dry coolers, a small coil for the air.

The plant is at its published midpoints by default; `preset` returns the better end of every range. A value
without a source is marked `assumption` in `parameter_ranges` and can be set by the user.

Modelled in the cold: moistening of the dry outside air up to the lower dew point (water and pump; the
return air gives the heat of evaporation), mixing with return air up to the lower supply temperature,
and an end to the chillers' gain. Modelled by choice: part load of UPS and fans (`part_load_share`),
the heat of the hall's fans (`fan_heat_share`). Not modelled: part load of chillers, pumps and
distribution, heating or anti-freeze of towers and loops (the tower is taken to lose all its heat by
evaporation, which overstates its water in the cold), heat reuse, an upper humidity bound on outside
air other than its enthalpy, heating of the empty hall, adiabatic trim of dry coolers.

References
----------
.. [1] N. Lei and E. Masanet (2020), Statistical analysis for predicting location-specific data center
   PUE and its improvement potential, Energy 201, 117556. Validity -10 to 40 C.
.. [2] Commission Delegated Regulation (EU) 2024/1364, Annex III: PUE = E_DC / E_IT, WUE = W_IN / E_IT.
.. [3] NREL, EnergyPlus Engineering Reference: Chiller:Electric.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.physics.air.outside_air import OutsideAir, outside_air
from siting.physics.cooling.balances import (
    air_cooled_chiller_balance,
    airside_balance,
    direct_liquid_balance,
    seawater_balance,
    waterside_balance,
)
from siting.physics.cooling.parameters import (
    AirCooledChillerParameters,
    AirsideParameters,
    CoolingParameters,
    DirectLiquidParameters,
    SeawaterParameters,
    WatersideParameters,
)
from siting.physics.cooling.plant import CoolingBalance
from siting.physics.cooling.ranges import best_of
from siting.units import Floats


@dataclass(frozen=True, slots=True)
class Design:
    """A cooling design: its balance, its plant at the midpoints, and whether it needs the sea or cools by hall air alone."""

    balance: Callable[[OutsideAir, Any], CoolingBalance]
    parameters: CoolingParameters
    needs_sea: bool = False
    by_air_alone: bool = False


DESIGNS: Mapping[str, Design] = MappingProxyType(
    {
        "airside_economizer_adiabatic": Design(airside_balance, AirsideParameters(), by_air_alone=True),
        "waterside_economizer": Design(waterside_balance, WatersideParameters()),
        "air_cooled_chiller": Design(air_cooled_chiller_balance, AirCooledChillerParameters()),
        "direct_liquid": Design(direct_liquid_balance, DirectLiquidParameters()),
        "seawater": Design(seawater_balance, SeawaterParameters(), needs_sea=True),
    }
)

PRESETS = ("default", "best_practice")

MODEL_SOURCE: Mapping[str, str] = MappingProxyType(
    {
        "table": "cooling designs",
        "source": "N. Lei and E. Masanet (2020), Energy 201, 117556; NREL, EnergyPlus Engineering Reference "
        "(air-cooled chillers); plants at the midpoints of the published ranges (siting.physics.cooling.performance)",
        "year": "2020",
        "licence": "equations, own implementation",
        "quality": "modelled",
        "citation": "Lei & Masanet 2020, EnergyPlus, published midpoints",
    }
)
"""Source of PUE and WUE, as a row of a plan's sources."""


def balance(
    design: str,
    dry_bulb_c: ArrayLike,
    wet_bulb_c: ArrayLike,
    pressure_pa: ArrayLike,
    parameters: CoolingParameters | None = None,
    *,
    sea_c: ArrayLike | None = None,
) -> CoolingBalance:
    """Balance energy and water of a design under given weather.

    Parameters
    ----------
    design : str
        A name of `DESIGNS`.
    dry_bulb_c, wet_bulb_c : array_like
        Outside dry and wet bulb temperature [C]; they broadcast against each other and the pressure.
        The water-cooled chiller's fit holds for wet bulb + tower approach (or a sea) of -10 to 40 C
        and is held at its end values beyond.
    pressure_pa : array_like
        Air pressure [Pa], 45,000 to 110,000; see `psychrometrics.standard_pressure_pa`.
    parameters : CoolingParameters, optional
        The plant; default the published midpoints of the design. Fields that are arrays broadcast
        against the weather.
    sea_c : array_like, optional
        Temperature of the sea [C], -2 to 36; designs with `needs_sea` need it, others refuse it.

    Returns
    -------
    CoolingBalance
        Per kWh of IT energy, arrays of the broadcast shape.

    Raises
    ------
    DataError
        For an unknown design, parameters of another design, a sea that is missing or not used, or weather
        that is missing or impossible.

    References
    ----------
    Lei and Masanet (2020) [1]_; EnergyPlus [3]_ for air-cooled chillers.

    Examples
    --------
    >>> hour = balance("waterside_economizer", 10.0, 8.0, 101325.0)
    >>> hour.chiller.item(), hour.economiser_share.item()
    (0.0, 1.0)
    """
    plant = _plant(design, parameters)
    _check_sea(design, given=sea_c is not None)
    return DESIGNS[design].balance(outside_air(dry_bulb_c, wet_bulb_c, pressure_pa, sea_c), plant)


def balance_of(design: str, air: OutsideAir, parameters: CoolingParameters | None = None) -> CoolingBalance:
    """Balance a design under air that was checked before, for several designs.

    Parameters
    ----------
    design : str
        A name of `DESIGNS`.
    air : OutsideAir
        See `outside_air.outside_air`; with a sea for designs that need it; others ignore it.
    parameters : CoolingParameters, optional
        The plant; default the published midpoints of the design.

    Returns
    -------
    CoolingBalance
        As `balance` returns it.

    Raises
    ------
    DataError
        For an unknown design, parameters of another design, or a design without its sea.

    References
    ----------
    Lei and Masanet (2020) [1]_; EnergyPlus [3]_ for air-cooled chillers.

    Examples
    --------
    >>> air = outside_air([-20.0, 28.0], [-20.5, 25.0], 101325.0)
    >>> balance_of("direct_liquid", air).wue_l_per_kwh.tolist()
    [0.0, 0.0]
    """
    plant = _plant(design, parameters)
    if air.sea_c is None:
        _check_sea(design, given=False)
    return DESIGNS[design].balance(air, plant)


def _design(design: str) -> Design:
    """Return a design by its name."""
    if design not in DESIGNS:
        raise DataError(f"cooling design {design!r} is unknown: use one of {', '.join(DESIGNS)}")
    return DESIGNS[design]


def _plant(design: str, parameters: CoolingParameters | None) -> CoolingParameters:
    """Return the given or default plant, checked for its type."""
    midpoints = _design(design).parameters
    plant = midpoints if parameters is None else parameters
    if not isinstance(plant, type(midpoints)):
        raise DataError(f"cooling design {design!r} needs {type(midpoints).__name__}, not {type(plant).__name__}")
    return plant


def _check_sea(design: str, *, given: bool) -> None:
    """Raise for a sea temperature that a design does not use, and for a missing one that it needs."""
    if DESIGNS[design].needs_sea and not given:
        raise DataError(
            f"cooling design {design!r} needs the temperature of the sea: give `sea_c` in C; "
            "a place without a sea within reach does not offer this design"
        )
    if given and not DESIGNS[design].needs_sea:
        raise DataError(f"cooling design {design!r} does not use the sea: leave `sea_c` out")


def pue(
    design: str,
    dry_bulb_c: ArrayLike,
    wet_bulb_c: ArrayLike,
    pressure_pa: ArrayLike,
    parameters: CoolingParameters | None = None,
    *,
    sea_c: ArrayLike | None = None,
) -> Floats:
    """Return the power usage effectiveness, ``PUE = E_DC / E_IT``: facility energy over IT energy.

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
    sea_c : array_like, optional
        Temperature of the sea [C], for designs that need it.

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
    >>> pue("seawater", 15.0, 12.0, 101325.0, sea_c=[8.0, 30.0]).round(2).tolist()
    [1.18, 1.32]
    """
    return balance(design, dry_bulb_c, wet_bulb_c, pressure_pa, parameters, sea_c=sea_c).pue


def wue_l_per_kwh(
    design: str,
    dry_bulb_c: ArrayLike,
    wet_bulb_c: ArrayLike,
    pressure_pa: ArrayLike,
    parameters: CoolingParameters | None = None,
    *,
    sea_c: ArrayLike | None = None,
) -> Floats:
    """Return the water usage effectiveness, ``WUE = W_IN / E_IT``: water taken in over IT energy.

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
    sea_c : array_like, optional
        Temperature of the sea [C], for designs that need it. Sea water itself is not counted.

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
    return balance(design, dry_bulb_c, wet_bulb_c, pressure_pa, parameters, sea_c=sea_c).wue_l_per_kwh


def preset(design: str, name: str) -> CoolingParameters:
    """Return a named plant of a design.

    ``default`` is the midpoint of every published (or assumed) range. ``best_practice`` is the better
    end of every range, as `ParameterRange.better` names it: the end that lowers PUE or, where PUE does
    not depend on it, WUE. It is the corner of all ranges, so a bound on the design rather than a
    real plant, and was not tuned to any published PUE.

    Parameters
    ----------
    design : str
        A name of `DESIGNS`.
    name : str
        ``default`` or ``best_practice``.

    Returns
    -------
    CoolingParameters
        To be passed as `parameters`.

    Raises
    ------
    DataError
        For an unknown design or preset.

    References
    ----------
    Ranges and better ends by definition of `parameter_ranges`, each with its source.

    Examples
    --------
    >>> preset("waterside_economizer", "best_practice").ups_efficiency
    0.99
    """
    midpoints = _design(design).parameters
    if name not in PRESETS:
        raise DataError(f"preset {name!r} is unknown: use one of {', '.join(PRESETS)}")
    return best_of(midpoints) if name == "best_practice" else midpoints
