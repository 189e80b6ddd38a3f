"""The outside air that a cooling design meets: checked once, then known to be possible air."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.physics.psychrometrics import (
    FloatArray,
    density_kg_per_m3,
    enthalpy_kj_per_kg,
    humidity_ratio,
)

LOWEST_PRESSURE_PA = 45_000.0  # about 6,200 m, above any town
HIGHEST_PRESSURE_PA = 110_000.0
WET_BULB_TOLERANCE_K = 0.05
# 1 K bins round dry and wet bulb by up to 0.5 K each, which moves the humidity ratio by up to this.
DRYNESS_TOLERANCE_KG_PER_KG = 0.0015


@dataclass(frozen=True, slots=True)
class OutsideAir:
    """The state of the outside air, checked, as arrays of one shape."""

    dry_bulb_c: FloatArray
    wet_bulb_c: FloatArray
    pressure_pa: FloatArray
    humidity_kg_per_kg: FloatArray

    @property
    def enthalpy_kj_per_kg(self) -> FloatArray:
        """Heat of the air [kJ/kg dry air]."""
        return enthalpy_kj_per_kg(self.dry_bulb_c, self.humidity_kg_per_kg)

    @property
    def density_kg_per_m3(self) -> FloatArray:
        """Density of the air [kg/m3]."""
        return density_kg_per_m3(self.dry_bulb_c, self.pressure_pa)


def outside_air(dry_bulb_c: ArrayLike, wet_bulb_c: ArrayLike, pressure_pa: ArrayLike) -> OutsideAir:
    """Check a weather and derive its humidity.

    Parameters
    ----------
    dry_bulb_c, wet_bulb_c : array_like
        Dry and wet bulb temperature [C]; the wet bulb may lie up to 0.05 K above the dry bulb.
    pressure_pa : array_like
        Air pressure [Pa], 45,000 to 110,000; the three broadcast against each other.

    Returns
    -------
    OutsideAir
        Arrays of the broadcast shape; air that rounding made drier than dry counts as dry.

    Raises
    ------
    DataError
        Names every kind of fault, its first element and how many there are.

    Examples
    --------
    >>> outside_air(20.0, 21.0, 101325.0)
    Traceback (most recent call last):
    ...
    siting.errors.DataError: outside air:
      - a wet bulb above its dry bulb at element 0 (20 C, 21 C, 101325 Pa), 1 in all: check the order
    """
    dry, wet, pressure = np.broadcast_arrays(
        *(np.asarray(values, dtype=np.float64) for values in (dry_bulb_c, wet_bulb_c, pressure_pa))
    )
    known = np.isfinite(dry) & np.isfinite(wet) & np.isfinite(pressure)
    in_range = (pressure >= LOWEST_PRESSURE_PA) & (pressure <= HIGHEST_PRESSURE_PA)
    ordered = wet <= dry + WET_BULB_TOLERANCE_K
    sound = known & in_range & ordered
    humidity = np.full(dry.shape, np.nan)
    humidity[sound] = humidity_ratio(dry[sound], wet[sound], pressure[sound])
    checks = (
        (~known, "a missing value", "leave the place out, or pass imputed values"),
        (known & ~in_range, "a pressure outside 45 to 110 kPa", "pass pascal"),
        (known & ~ordered, "a wet bulb above its dry bulb", "check the order"),
        (
            sound & (humidity < -DRYNESS_TOLERANCE_KG_PER_KG),
            "a wet bulb below that of totally dry air",
            "check the humidity",
        ),
    )
    faults = []
    for faulty, what, way_out in checks:
        if np.any(faulty):
            first = int(np.flatnonzero(faulty)[0])
            weather = f"{dry.flat[first]:g} C, {wet.flat[first]:g} C, {pressure.flat[first]:g} Pa"
            count = int(faulty.sum())
            faults.append(f"{what} at element {first} ({weather}), {count} in all: {way_out}")
    if faults:
        raise DataError.from_faults("outside air:", faults)
    return OutsideAir(dry, wet, pressure, np.maximum(humidity, 0.0))
