"""Moist air: humidity, enthalpy and density.

Arrays in, arrays out; temperatures in degrees Celsius, pressures in pascal, humidity ratio in kg of
water per kg of dry air.

References
----------
.. [1] N. Lei and E. Masanet (2020), Statistical analysis for predicting location-specific data center
   PUE and its improvement potential, Energy 201, 117556.
.. [2] A. L. Buck (1981), New equations for computing vapor pressure and enhancement factor, J. Appl.
   Meteorol. 20, 1527-1532, with the coefficients of Buck Research (1996).
.. [3] ASHRAE Handbook of Fundamentals (2017), chapter 1 (SI).
"""

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.units import Floats

STANDARD_PRESSURE_PA = 101_325.0
WATER_TO_AIR_MASS_RATIO = 0.621945  # molar masses 18.015268 / 28.966 g/mol [3]
AIR_HEAT_CAPACITY_KJ_PER_KG_K = 1.01  # dry air [1]
VAPOUR_HEAT_CAPACITY_KJ_PER_KG_K = 1.84  # [1]
VAPORISATION_HEAT_AT_0C_KJ_PER_KG = 2500.0  # [1]

LOWEST_ELEVATION_M = -500.0  # the Dead Sea shore is at -430 m
HIGHEST_ELEVATION_M = 9_000.0
LARGEST_DEPRESSION_K = 50.0  # bracket of the wet bulb; totally dry air of 60 C at sea level has 39 K


def standard_pressure_pa(elevation_m: ArrayLike) -> Floats:
    """Return the pressure of the standard atmosphere at an elevation.

    ``p = 101325 (1 - 2.25577e-5 z)^5.2559``.

    Parameters
    ----------
    elevation_m : array_like
        Height above sea level [m], -500 to 9,000.

    Returns
    -------
    numpy.ndarray
        Pressure [Pa].

    Raises
    ------
    DataError
        If an elevation is missing or outside the range.

    References
    ----------
    ASHRAE Handbook of Fundamentals (2017), chapter 1, equation 3.

    Examples
    --------
    >>> standard_pressure_pa([0.0, 1655.0]).round().astype(int).tolist()
    [101325, 82960]
    """
    elevation = np.asarray(elevation_m, dtype=np.float64)
    outside = ~((elevation >= LOWEST_ELEVATION_M) & (elevation <= HIGHEST_ELEVATION_M))
    if np.any(outside):
        first = int(np.flatnonzero(outside)[0])
        raise DataError(
            f"elevation_m is {elevation.flat[first]} at element {first} ({int(outside.sum())} faulty in all): "
            f"pass metres above sea level between {LOWEST_ELEVATION_M:.0f} and {HIGHEST_ELEVATION_M:.0f}"
        )
    return np.asarray(STANDARD_PRESSURE_PA * (1.0 - 2.25577e-5 * elevation) ** 5.2559)


def saturation_over_water_pa(temperature_c: ArrayLike) -> Floats:
    """Return the saturation pressure over liquid water, also below freezing.

    ``p_ws = 611.21 exp((18.678 - t/234.5) t / (t + 257.14))``. Climate normals state relative humidity over
    water at every temperature.

    Parameters
    ----------
    temperature_c : array_like
        Temperature [C], -80 to 60.

    Returns
    -------
    numpy.ndarray
        Saturation pressure [Pa].

    References
    ----------
    Buck (1981, 1996) [2]_.

    Examples
    --------
    >>> saturation_over_water_pa([-45.0, 20.0]).round(1).tolist()
    [11.2, 2338.3]
    """
    t = np.asarray(temperature_c, dtype=np.float64)
    return np.asarray(611.21 * np.exp((18.678 - t / 234.5) * t / (t + 257.14)))


def saturation_pressure_pa(temperature_c: ArrayLike) -> Floats:
    """Return the vapour pressure of saturated air, over water and below 0 C over ice.

    Over ice ``p_ws = 611.15 exp((23.036 - t/333.7) t / (t + 279.82))``; over water as `saturation_over_water_pa`.

    Parameters
    ----------
    temperature_c : array_like
        Temperature [C], -80 to 50.

    Returns
    -------
    numpy.ndarray
        Saturation pressure [Pa].

    References
    ----------
    Buck (1981, 1996) [2]_. The paper [1]_ uses the form over water throughout, which at -45 C is 55 %
    too high.

    Examples
    --------
    >>> saturation_pressure_pa([-45.0, 0.0, 20.0]).round(1).tolist()
    [7.2, 611.2, 2338.3]
    """
    t = np.asarray(temperature_c, dtype=np.float64)
    wet = t >= 0.0
    exponent = (np.where(wet, 18.678, 23.036) - t / np.where(wet, 234.5, 333.7)) * t
    return np.asarray(np.where(wet, 611.21, 611.15) * np.exp(exponent / (t + np.where(wet, 257.14, 279.82))))


def saturated_humidity_ratio(temperature_c: ArrayLike, pressure_pa: ArrayLike) -> Floats:
    """Return the humidity ratio [kg/kg] of saturated air; the same as of air with that dew (frost) point.

    ``w_s = 0.621945 p_ws / (p - p_ws)``.

    Parameters
    ----------
    temperature_c : array_like
        Temperature, or dew point (below 0 C the frost point) [C].
    pressure_pa : array_like
        Air pressure [Pa].

    Returns
    -------
    numpy.ndarray
        Humidity ratio [kg/kg].

    References
    ----------
    ASHRAE Handbook of Fundamentals (2017) [3]_, chapter 1: humidity ratio at saturation.

    Examples
    --------
    >>> saturated_humidity_ratio(15.0, 101325.0).round(4).item()
    0.0106
    """
    vapour_pa = saturation_pressure_pa(temperature_c)
    return np.asarray(WATER_TO_AIR_MASS_RATIO * vapour_pa / (np.asarray(pressure_pa) - vapour_pa))


def humidity_ratio(dry_bulb_c: ArrayLike, wet_bulb_c: ArrayLike, pressure_pa: ArrayLike) -> Floats:
    """Return the humidity ratio [kg/kg] of air of known dry and wet bulb; negative for impossible air.

    ``w = ((2501 - 2.326 t*) w_s* - 1.006 (t - t*)) / (2501 + 1.86 t - 4.186 t*)`` with a wet wick, and
    ``w = ((2830 - 0.24 t*) w_s* - 1.006 (t - t*)) / (2830 + 1.86 t - 2.1 t*)`` with an iced one, t* the wet bulb.

    Parameters
    ----------
    dry_bulb_c, wet_bulb_c : array_like
        Dry and wet bulb temperature [C].
    pressure_pa : array_like
        Air pressure [Pa].

    Returns
    -------
    numpy.ndarray
        Humidity ratio [kg/kg]. Below zero where the wet bulb lies lower than totally dry air allows;
        it is for the caller to refuse that.

    References
    ----------
    ASHRAE Handbook of Fundamentals (2017) [3]_, chapter 1, equations 33 (wick wet) and 35 (iced).

    Examples
    --------
    >>> humidity_ratio(30.0, 20.0, 101325.0).round(4).item()
    0.0105
    """
    dry = np.asarray(dry_bulb_c, dtype=np.float64)
    wet = np.asarray(wet_bulb_c, dtype=np.float64)
    saturated = saturated_humidity_ratio(wet, pressure_pa)
    over_water = ((2501.0 - 2.326 * wet) * saturated - 1.006 * (dry - wet)) / (2501.0 + 1.86 * dry - 4.186 * wet)
    over_ice = ((2830.0 - 0.24 * wet) * saturated - 1.006 * (dry - wet)) / (2830.0 + 1.86 * dry - 2.1 * wet)
    return np.where(wet >= 0.0, over_water, over_ice)


def vapour_pressure_pa(dry_bulb_c: ArrayLike, wet_bulb_c: ArrayLike, pressure_pa: ArrayLike) -> Floats:
    """Return the vapour pressure of air of known dry and wet bulb; negative for impossible air.

    ``p_w = p w / (0.621945 + w)``, with w of `humidity_ratio`.

    Parameters
    ----------
    dry_bulb_c, wet_bulb_c : array_like
        Dry and wet bulb temperature [C]; below 0 C the wet bulb carries ice.
    pressure_pa : array_like
        Air pressure [Pa].

    Returns
    -------
    numpy.ndarray
        Vapour pressure [Pa].

    References
    ----------
    ASHRAE Handbook of Fundamentals (2017) [3]_, chapter 1: partial pressure of water vapour.

    Examples
    --------
    >>> vapour_pressure_pa(30.0, 20.0, 101325.0).round().item()
    1684.0
    """
    ratio = humidity_ratio(dry_bulb_c, wet_bulb_c, pressure_pa)
    return np.asarray(ratio * np.asarray(pressure_pa) / (WATER_TO_AIR_MASS_RATIO + ratio))


def wet_bulb_at_vapour_c(dry_bulb_c: ArrayLike, vapour_pa: ArrayLike, pressure_pa: ArrayLike) -> Floats:
    """Return the thermodynamic wet bulb [C] by bisection, to 0.003 K.

    The wet bulb t* is where ``w(t, t*) = 0.621945 p_w / (p - p_w)``, with w of `humidity_ratio`. Halving,
    because the humidity ratio jumps where the wick freezes.

    Parameters
    ----------
    dry_bulb_c : array_like
        Dry bulb [C].
    vapour_pa : array_like
        Vapour pressure, at most the saturation pressure [Pa].
    pressure_pa : array_like
        Air pressure [Pa].

    Returns
    -------
    numpy.ndarray
        Wet bulb, never above the dry bulb [C].

    References
    ----------
    ASHRAE Handbook of Fundamentals (2017) [3]_, chapter 1, equations 33 and 35.

    Examples
    --------
    >>> wet_bulb_at_vapour_c(30.0, 1683.0, 101325.0).round(1).item()
    20.0
    """
    dry, vapour = np.asarray(dry_bulb_c, dtype=np.float64), np.asarray(vapour_pa, dtype=np.float64)
    wanted = WATER_TO_AIR_MASS_RATIO * vapour / (np.asarray(pressure_pa) - vapour)
    low, high = dry - LARGEST_DEPRESSION_K, dry.copy()
    for _ in range(14):
        middle = (low + high) / 2
        too_wet = humidity_ratio(dry, middle, pressure_pa) > wanted
        high = np.where(too_wet, middle, high)
        low = np.where(too_wet, low, middle)
    return np.asarray((low + high) / 2)


def enthalpy_kj_per_kg(dry_bulb_c: ArrayLike, humidity_ratio_kg_per_kg: ArrayLike) -> Floats:
    """Return the heat of moist air per kg of dry air, from dry air and liquid water at 0 C [1]_.

    ``h = 1.01 t + (2500 + 1.84 t) w``.

    Parameters
    ----------
    dry_bulb_c : array_like
        Dry bulb temperature [C].
    humidity_ratio_kg_per_kg : array_like
        Humidity ratio [kg/kg].

    Returns
    -------
    numpy.ndarray
        Enthalpy [kJ/kg dry air].

    Examples
    --------
    >>> enthalpy_kj_per_kg(27.0, 0.0107).round(1).item()
    54.6
    """
    t = np.asarray(dry_bulb_c, dtype=np.float64)
    vapour_kj_per_kg = VAPORISATION_HEAT_AT_0C_KJ_PER_KG + VAPOUR_HEAT_CAPACITY_KJ_PER_KG_K * t
    return np.asarray(AIR_HEAT_CAPACITY_KJ_PER_KG_K * t + vapour_kj_per_kg * np.asarray(humidity_ratio_kg_per_kg))


def humidity_at_enthalpy(heat_kj_per_kg: ArrayLike, dry_bulb_c: ArrayLike) -> Floats:
    """Return the humidity ratio [kg/kg] at which air of a temperature holds a given heat.

    ``w = (h - 1.01 t) / (2500 + 1.84 t)``, the enthalpy of [1]_ solved for w. Adiabatic humidification moves along a line of equal enthalpy: this is where the line meets a
    temperature.

    Parameters
    ----------
    heat_kj_per_kg : array_like
        Enthalpy [kJ/kg dry air].
    dry_bulb_c : array_like
        Dry bulb temperature [C].

    Returns
    -------
    numpy.ndarray
        Humidity ratio [kg/kg].

    Examples
    --------
    >>> humidity_at_enthalpy(54.6, 27.0).round(4).item()
    0.0107
    """
    t = np.asarray(dry_bulb_c, dtype=np.float64)
    vapour_kj_per_kg = VAPORISATION_HEAT_AT_0C_KJ_PER_KG + VAPOUR_HEAT_CAPACITY_KJ_PER_KG_K * t
    return np.asarray((np.asarray(heat_kj_per_kg) - AIR_HEAT_CAPACITY_KJ_PER_KG_K * t) / vapour_kj_per_kg)


def density_kg_per_m3(temperature_c: ArrayLike, pressure_pa: ArrayLike) -> Floats:
    """Return the density of air, its moisture neglected (at most 2 % too high) [1]_.

    ``rho = 1.293 (p / 101325) (273.15 / (273.15 + t))``.

    Parameters
    ----------
    temperature_c : array_like
        Temperature [C].
    pressure_pa : array_like
        Air pressure [Pa].

    Returns
    -------
    numpy.ndarray
        Density [kg/m3].

    Examples
    --------
    >>> density_kg_per_m3(20.0, 101325.0).round(3).item()
    1.205
    """
    t = np.asarray(temperature_c, dtype=np.float64)
    return np.asarray(1.293 * (np.asarray(pressure_pa) / STANDARD_PRESSURE_PA) * (273.15 / (273.15 + t)))
