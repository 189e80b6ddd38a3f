"""Vapour pressure from the wet bulb and back, for hourly years."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.physics.psychrometrics import WATER_TO_AIR_MASS_RATIO, humidity_ratio

Floats = NDArray[np.float64]


def saturation_over_water_pa(temperature_c: ArrayLike) -> Floats:
    """Return the saturation pressure over liquid water, also below freezing.

    Climate normals state relative humidity over water at every temperature.

    Parameters
    ----------
    temperature_c : array_like
        Air temperature, -60..60 [C].

    Returns
    -------
    numpy.ndarray
        Pressure [Pa].

    References
    ----------
    Buck Research (1996), CR-1A User's Manual, appendix 1.
    """
    t = np.asarray(temperature_c, float)
    return np.asarray(611.21 * np.exp((18.678 - t / 234.5) * t / (t + 257.14)))


def vapour_pressure_pa(dry_bulb_c: Floats, wet_bulb_c: Floats, pressure_pa: ArrayLike) -> Floats:
    """Return the vapour pressure that a dry and a wet bulb tell of.

    Parameters
    ----------
    dry_bulb_c, wet_bulb_c : numpy.ndarray
        Temperatures [C]; below 0 C the wet bulb carries ice.
    pressure_pa : array_like
        Air pressure [Pa].

    Returns
    -------
    numpy.ndarray
        Vapour pressure [Pa].
    """
    ratio = humidity_ratio(dry_bulb_c, wet_bulb_c, pressure_pa)
    return np.asarray(ratio * pressure_pa / (WATER_TO_AIR_MASS_RATIO + ratio))


def wet_bulb_c(dry_bulb_c: Floats, vapour_pa: Floats, pressure_pa: ArrayLike) -> Floats:
    """Return the thermodynamic wet-bulb temperature by halving, to 0.003 K.

    Parameters
    ----------
    dry_bulb_c : numpy.ndarray
        Dry bulb [C].
    vapour_pa : numpy.ndarray
        Vapour pressure, at most the saturation pressure [Pa].
    pressure_pa : array_like
        Air pressure [Pa].

    Returns
    -------
    numpy.ndarray
        Wet bulb, never above the dry bulb [C].
    """
    wanted = WATER_TO_AIR_MASS_RATIO * vapour_pa / (np.asarray(pressure_pa) - vapour_pa)
    low, high = dry_bulb_c - 50.0, dry_bulb_c.copy()
    for _ in range(14):
        middle = (low + high) / 2
        too_wet = humidity_ratio(dry_bulb_c, middle, pressure_pa) > wanted
        high = np.where(too_wet, middle, high)
        low = np.where(too_wet, low, middle)
    return np.asarray((low + high) / 2)
