"""Outside air of a cooling design: checked once, then valid for all designs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.physics.air.psychrometrics import density_kg_per_m3, enthalpy_kj_per_kg, humidity_ratio
from siting.units import Bools, Floats

LOWEST_PRESSURE_PA = 45_000.0  # about 6,200 m, above any town
HIGHEST_PRESSURE_PA = 110_000.0
WET_BULB_TOLERANCE_K = 0.05
# bins of 1 K round dry and wet bulb by up to 0.5 K each, which changes the humidity ratio by up to this
DRYNESS_TOLERANCE_KG_PER_KG = 0.0015


COLDEST_SEA_C, WARMEST_SEA_C = -2.0, 36.0  # Lei and Masanet (2020); salt water freezes at -1.9 C


@dataclass(frozen=True, slots=True)
class OutsideAir:
    """The state of the outside air, checked, as arrays of one shape.

    `one_pressure_pa` is the pressure as it was given, which broadcasts against the rest; `sea_c` the
    sea's temperature, likewise, where it was given.
    """

    dry_bulb_c: Floats
    wet_bulb_c: Floats
    pressure_pa: Floats
    humidity_kg_per_kg: Floats
    one_pressure_pa: Floats
    sea_c: Floats | None = None

    @property
    def enthalpy_kj_per_kg(self) -> Floats:
        """Heat of the air [kJ/kg dry air]."""
        return enthalpy_kj_per_kg(self.dry_bulb_c, self.humidity_kg_per_kg)

    @property
    def density_kg_per_m3(self) -> Floats:
        """Density of the air [kg/m3]."""
        return density_kg_per_m3(self.dry_bulb_c, self.pressure_pa)


def outside_air(
    dry_bulb_c: ArrayLike, wet_bulb_c: ArrayLike, pressure_pa: ArrayLike, sea_c: ArrayLike | None = None
) -> OutsideAir:
    """Check weather and derive its humidity.

    Humidity from dry and wet bulb ``W = f(t, t*, p)``, see `psychrometrics`; ``h = 1.01 t + (2500 + 1.84 t) W``.

    Parameters
    ----------
    dry_bulb_c, wet_bulb_c : array_like
        Dry and wet bulb temperature [C]; the wet bulb may be up to 0.05 K above the dry bulb.
    pressure_pa : array_like
        Air pressure [Pa], 45,000 to 110,000; the three broadcast against each other.
    sea_c : array_like, optional
        Temperature of the sea [C], -2 to 36; it broadcasts likewise.

    Returns
    -------
    OutsideAir
        Arrays of the broadcast shape; a humidity below 0 by rounding is set to 0.

    Raises
    ------
    DataError
        Names every kind of fault, its first element and how many there are; or shapes that do not
        broadcast.

    References
    ----------
    ASHRAE Handbook of Fundamentals (2017), chapter 1.

    Examples
    --------
    >>> outside_air(20.0, 21.0, 101325.0)
    Traceback (most recent call last):
    ...
    siting.errors.DataError: outside air:
      - a wet bulb above its dry bulb at element 0 (20 C, 21 C, 101325 Pa), 1 in all: check the order
    """
    given = [np.asarray(values, dtype=np.float64) for values in (dry_bulb_c, wet_bulb_c, pressure_pa)]
    sea = None if sea_c is None else np.asarray(sea_c, dtype=np.float64)
    try:
        shape = np.broadcast_shapes(*(values.shape for values in given), () if sea is None else sea.shape)
    except ValueError as cause:
        shapes = ", ".join(str(values.shape) for values in [*given, *([] if sea is None else [sea])])
        raise DataError(
            f"outside air: dry bulb, wet bulb, pressure (and sea) of shapes {shapes} do not broadcast: "
            "give one of each for every element"
        ) from cause
    dry, wet, pressure = (np.broadcast_to(values, shape) for values in given)
    air_faults, humidity = _humidity_and_faults(dry, wet, pressure)
    faults = air_faults + ([] if sea is None else _sea_faults(sea))
    if faults:
        raise DataError.from_faults("outside air:", faults)
    return OutsideAir(dry, wet, pressure, np.maximum(humidity, 0.0), given[2], sea)


def _humidity_and_faults(dry: Floats, wet: Floats, pressure: Floats) -> tuple[list[str], Floats]:
    """Return the faults of weather, and its humidity ratio where it has none."""
    known = np.isfinite(dry) & np.isfinite(wet) & np.isfinite(pressure)
    in_range = (pressure >= LOWEST_PRESSURE_PA) & (pressure <= HIGHEST_PRESSURE_PA)
    ordered = wet <= dry + WET_BULB_TOLERANCE_K
    sound = known & in_range & ordered
    if np.all(sound):
        humidity = humidity_ratio(dry, wet, pressure)
        if np.all(humidity >= -DRYNESS_TOLERANCE_KG_PER_KG):
            return [], humidity
    else:
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
    faults = [
        f"{what} at element {first} ({dry.flat[first]:g} C, {wet.flat[first]:g} C, {pressure.flat[first]:g} Pa), {found}"
        for what, first, found in _first_faults(checks)
    ]
    return faults, humidity


def _sea_faults(sea: Floats) -> list[str]:
    """Return the faults of sea temperatures."""
    missing, fitting = np.isnan(sea), (sea >= COLDEST_SEA_C) & (sea <= WARMEST_SEA_C)
    no_sea = "a place without a sea within reach does not offer seawater: leave it out"
    beyond = f"a sea outside {COLDEST_SEA_C:g} to {WARMEST_SEA_C:g} C"
    checks = ((missing, "a missing sea temperature", no_sea), (~missing & ~fitting, beyond, "pass degrees Celsius"))
    return [f"{what} at element {i} ({sea.flat[i]:g} C), {found}" for what, i, found in _first_faults(checks)]


def _first_faults(checks: Iterable[tuple[Bools, str, str]]) -> Iterator[tuple[str, int, str]]:
    """Yield what is faulty, its first element, and the number of all with the fix, for each check that fails."""
    for faulty, what, fix in checks:
        if np.any(faulty):
            yield what, int(np.flatnonzero(faulty)[0]), f"{int(faulty.sum())} in all: {fix}"
