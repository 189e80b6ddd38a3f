"""Heat rejection to air without water: the air-cooled chiller and the dry cooler.

References
----------
.. [1] NREL, EnergyPlus Engineering Reference, Chillers, "Electric Chiller Model Based on Condenser
   Entering Temperature"; the curve of the testfile with design temperatures 35 and 6.67 C and a
   temperature rise coefficient of 2.778 (tst/EnergyPlus/unit of the repository).
.. [2] EnergyPlus issue 763 (change request 5781): the same curve worked in numbers.
.. [3] J. Albornoz, Fujitsu Laboratories of Europe (2011), dry cooler load-temperature model.
"""

import numpy as np
from numpy.typing import ArrayLike

from siting.physics.cooling.parameters import DryParameters
from siting.physics.cooling.ranges import Quantity
from siting.units import Floats

DESIGN_CONDENSER_C, DESIGN_EVAPORATOR_C, TEMPERATURE_RISE = 35.0, 6.67, 2.778  # [1]
CAPACITY_CURVE = (0.9949, -0.045954, -0.0013543)  # [1]
POWER_CURVE = (2.333, -1.975, 0.6121)  # [1]
PART_LOAD_CURVE = (0.03303, 0.6852, 0.2818)  # [1]
LARGEST_CAPACITY_AT_K = -CAPACITY_CURVE[1] / (2.0 * CAPACITY_CURVE[2])
"""Where the capacity curve turns, at -17.0 K: colder air does not make the chiller better beyond it."""


def air_cooled_chiller_share(air_c: ArrayLike, evaporator_out_c: Quantity, p: DryParameters) -> Floats:
    """Return the electricity of an air-cooled chiller over the heat that it takes up.

    ``D = (T_air - 35)/2.778 - (T_evaporator - 6.67)``, ``c = 0.9949 - 0.045954 D - 0.0013543 D^2``,
    ``share = (2.333 - 1.975 c + 0.6121 c^2) (0.03303/p + 0.6852 + 0.2818 p) / COP``; D is held at the
    top of the capacity curve, so that the share never rises in the cold (c stays below the 1.613 where
    the power curve would turn).

    Issue 763 gives the curve in numbers: D = -5.55 K gives c = 1.2083 and a power ratio of 0.84. The
    coefficients 0.944836, -0.0570088 that are sometimes published with this power curve belong to another
    one (design 29.44 C, power 1.907846, -1.204987, 0.2634623), where the third is -0.00185486, not
    +0.00185486; and a second term "(6.67 - 35)" is an error for the evaporator's departure from design.

    The curve gains little in the cold (a quarter from 35 C down at 6.67 C water); chillers with floating
    head pressure gain more, so the effect of climate on this design is a lower bound.

    Parameters
    ----------
    air_c : array_like
        Air entering the condenser, the dry bulb [C].
    evaporator_out_c : float or numpy.ndarray
        Water leaving the evaporator [C].
    p : DryParameters
        Rated COP, taken to include the condenser's fans (as ratings by AHRI 550/590 do), and part load.

    Returns
    -------
    numpy.ndarray
        Electricity over heat taken up [-].

    References
    ----------
    EnergyPlus [1]_, [2]_.

    Examples
    --------
    >>> full = DryParameters(chiller_part_load_share=1.0)
    >>> (1.0 / air_cooled_chiller_share([35.0, -20.0], 6.67, full)).round(2).tolist()
    [3.08, 3.89]
    """
    condenser = (np.asarray(air_c, dtype=np.float64) - DESIGN_CONDENSER_C) / TEMPERATURE_RISE
    departure = np.maximum(condenser - (evaporator_out_c - DESIGN_EVAPORATOR_C), LARGEST_CAPACITY_AT_K)
    capacity = CAPACITY_CURVE[0] + departure * (CAPACITY_CURVE[1] + CAPACITY_CURVE[2] * departure)
    power = POWER_CURVE[0] + capacity * (POWER_CURVE[1] + POWER_CURVE[2] * capacity)
    load = p.chiller_part_load_share
    at_load = PART_LOAD_CURVE[0] / load + PART_LOAD_CURVE[1] + PART_LOAD_CURVE[2] * load
    return np.asarray(power * (at_load / p.chiller_rated_cop))


def dry_cooler(
    air_c: Floats, supply_water_c: Quantity, chiller_share: Floats, p: DryParameters
) -> tuple[Floats, Floats]:
    """Return the share of the heat that a dry cooler carries, and its fans' energy over that heat.

    The heat follows the difference between the hot water and the air. At the rated difference
    (approach + water rise) and full load the fans run at full speed; a larger difference slows them
    (``share = rated share (x rated/difference)^3 / x``, down to the slowest speed), a smaller one
    carries ``difference/(x rated)`` of the heat at full speed. Where its fans would take more than the
    chiller that they replace, the cooler is off.

    Parameters
    ----------
    air_c : numpy.ndarray
        Dry bulb [C].
    supply_water_c : float or numpy.ndarray
        Water that should leave the cooler [C].
    chiller_share : numpy.ndarray
        Electricity over heat of the chiller that takes what the cooler does not [-].
    p : DryParameters
        Approach, water rise, rated fan power, slowest fan, part load x.

    Returns
    -------
    tuple of numpy.ndarray
        Share carried 0-1, and fan energy over all the heat [-].

    References
    ----------
    Cube law and rated fan power of one unit: Albornoz (2011) [3]_.

    Examples
    --------
    >>> carried, fans = dry_cooler(np.array([20.0, 34.0, 40.0]), 38.5, np.array(0.25), DryParameters())
    >>> carried.round(2).tolist(), fans.round(4).tolist()
    ([1.0, 1.0, 0.5], [0.0034, 0.035, 0.035])
    """
    rated_k = (p.dry_cooler_approach_k + p.water_rise_k) * p.part_load_share
    difference_k = np.maximum(supply_water_c + p.water_rise_k - air_c, 0.0)
    carried = np.minimum(difference_k / rated_k, 1.0)
    speed = np.clip(rated_k / np.maximum(difference_k, 1e-9), p.fan_speed_floor_share, 1.0)
    rated_share = p.dry_cooler_fan_share_of_heat / p.part_load_share
    fans = rated_share * (speed * speed * speed)
    worth_it = carried * chiller_share > fans
    return np.where(worth_it, carried, 0.0), np.where(worth_it, fans, 0.0)
