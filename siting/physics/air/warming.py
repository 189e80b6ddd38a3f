"""Air in a warmer climate: every hour warmer, at the same relative humidity."""

import numpy as np

from siting.physics.air.psychrometrics import saturation_over_water_pa, vapour_pressure_pa, wet_bulb_at_vapour_c
from siting.units import Floats


def warmer(dry_bulb_c: Floats, wet_bulb_c: Floats, pressure_pa: Floats, warming_k: Floats) -> tuple[Floats, Floats]:
    """Return air that is warmer in every hour, at the same relative humidity.

    ``T' = T + dT`` and ``p_v' = p_v * p_ws(T') / p_ws(T)``, from which the wet bulb follows. Relative humidity hardly
    changes with warming [1]_; that it is constant is an assumption.

    Parameters
    ----------
    dry_bulb_c, wet_bulb_c, pressure_pa, warming_k : numpy.ndarray
        Air [C, C, Pa] and its warming [K], negative for cooler.

    Returns
    -------
    tuple of numpy.ndarray
        Dry and wet bulb [C].

    References
    ----------
    .. [1] I. M. Held, B. J. Soden (2006), Robust Responses of the Hydrological Cycle to Global Warming, Journal of
       Climate 19(21), 5686-5699.

    Examples
    --------
    >>> one = np.ones(1)
    >>> [round(float(x[0]), 1) for x in warmer(20 * one, 15 * one, 101325 * one, 2 * one)]
    [22.0, 16.7]
    """
    if not np.any(warming_k):
        return dry_bulb_c, wet_bulb_c
    dry = dry_bulb_c + warming_k
    rise = saturation_over_water_pa(dry) / saturation_over_water_pa(dry_bulb_c)
    vapour = vapour_pressure_pa(dry_bulb_c, wet_bulb_c, pressure_pa) * rise
    return dry, np.minimum(wet_bulb_at_vapour_c(dry, vapour, pressure_pa), dry)
