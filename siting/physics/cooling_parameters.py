"""The plant of a cooling design: published ranges of its parameters, and their midpoints as defaults.

Every default is the midpoint of the range beside it, frozen before the model was first compared with
the check table of [2]_; it is not to be tuned to that table.

References
----------
.. [1] N. Lei and E. Masanet (2020), Energy 201, 117556: ranges of the PUE model.
.. [2] N. Lei and E. Masanet (2022), Resources, Conservation and Recycling 182, 106323.
.. [3] ASHRAE TC 9.9 (2021), Thermal Guidelines for Data Processing Environments, 5th edition.
.. [4] US Department of Energy, FEMP, Best Management Practice 10: cooling tower management (many
   towers run at two to four cycles of concentration; six or more may be possible).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from siting.errors import DataError

PAPER = "Lei & Masanet 2020, Energy 201:117556"
ASHRAE = "ASHRAE TC 9.9 2021, recommended envelope"
FEMP = "US DOE FEMP Best Management Practice 10; the range taken from it is ours"
OURS = "no source: chosen here"


@dataclass(frozen=True, slots=True)
class ParameterRange:
    """What is published of a parameter, in the parameter's own unit, and what is possible at all.

    Attributes
    ----------
    low, high : float
        The published (or assumed) range; the default is its midpoint, an ensemble may draw from it.
    least, most : float
        Values beyond these make no sense and are refused.
    source, quality : str
        Where the range comes from; `derived` (published range) or `assumption`.
    """

    low: float
    high: float
    least: float
    most: float
    source: str
    quality: str


def _between(
    low: float,
    high: float,
    *,
    least: float = 0.01,
    most: float = math.inf,
    source: str = PAPER,
    quality: str = "derived",
) -> float:
    """Declare a parameter by its range; the default is the midpoint."""
    bounds = ParameterRange(low, high, least, most, source, quality)
    return field(default=(low + high) / 2, metadata={"range": bounds})


def _assumed(low: float, high: float, *, least: float = 0.0, most: float = math.inf, source: str = OURS) -> float:
    """Declare a parameter that no source of the project fixes."""
    return _between(low, high, least=least, most=most, source=source, quality="assumption")


def _air_temperature(low: float, high: float, *, source: str = PAPER) -> float:
    """Declare a temperature of the air [C]."""
    return _between(low, high, least=-60.0, most=60.0, source=source)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolingParameters:
    """What the designs have in common: power chain, fans, pumps, chiller and cooling tower.

    Raises
    ------
    DataError
        If a value is missing or impossible (see `ParameterRange`); every fault is named at once.
        A value outside the published range is the user's to choose.
    """

    ups_efficiency: float = _between(0.90, 0.99, most=1.0)
    distribution_loss_share: float = _between(0.0, 0.02, least=0.0, most=0.99)
    lighting_share: float = _between(0.0, 0.002, least=0.0)
    supply_air_upper_c: float = _air_temperature(27.0, 35.0)
    air_rise_k: float = _between(13.9, 19.4)
    water_rise_k: float = _between(5.0, 10.0)
    tower_range_k: float = _between(4.0, 6.0)
    tower_approach_k: float = _between(2.8, 6.7)
    tower_liquid_gas_ratio: float = _between(1.0, 3.0)
    tower_fan_pressure_pa: float = _between(100.0, 400.0)
    fan_efficiency: float = _between(0.65, 0.90, most=1.0)
    pump_efficiency: float = _between(0.6, 0.8, most=1.0)
    chilled_water_pump_pressure_pa: float = _between(0.8 * 143_658.0, 1.2 * 143_658.0)
    tower_pump_pressure_pa: float = _between(0.8 * 208_660.0, 1.2 * 208_660.0)
    humidifier_pump_pressure_pa: float = _between(0.9 * 7e6, 1.1 * 7e6)
    chiller_part_load_share: float = _between(0.2, 0.8, least=0.2, most=0.8)
    chiller_cop_deviation: float = _between(-0.11, 0.11, least=-0.9)
    tower_concentration_cycles: float = _assumed(3.0, 6.0, least=1.01, source=FEMP)
    tower_drift_share_of_flow: float = _assumed(0.0, 0.0001, most=1.0)
    humidifier_reject_share_of_intake: float = _assumed(0.0, 0.5, most=0.99)

    def __post_init__(self) -> None:
        faults = [
            f"{name} is {getattr(self, name)}, possible is {bounds.least:g} to {bounds.most:g}"
            f" (published {bounds.low:g} to {bounds.high:g})"
            for name, bounds in parameter_ranges(self).items()
            if not bounds.least <= getattr(self, name) <= bounds.most
        ]
        if faults:
            raise DataError.from_faults(f"{type(self).__name__}:", faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class AirsideParameters(CoolingParameters):
    """Outside air through the hall, moistened when too dry or too hot; chiller and tower otherwise."""

    supply_air_lower_c: float = _air_temperature(10.0, 18.0)
    crah_fan_pressure_pa: float = _between(500.0, 1000.0)
    economiser_limit_dry_bulb_c: float = _air_temperature(27.0, 27.0, source=ASHRAE)
    economiser_limit_dew_point_c: float = _air_temperature(15.0, 15.0, source=ASHRAE)
    humidity_floor_dew_point_c: float = _air_temperature(-9.0, -9.0, source=ASHRAE)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatersideParameters(CoolingParameters):
    """Closed hall; water cooled by the tower alone while the air is cool enough, else by the chiller.

    The supply air stands at `supply_air_upper_c` all year: the hall is closed, and the warmest air
    that is allowed lets the tower carry the most hours.
    """

    crah_fan_pressure_pa: float = _between(400.0, 600.0)
    exchanger_approach_k: float = _between(1.7, 2.8)
    coil_effectiveness: float = _between(0.7, 0.9, most=1.0)
    sensible_heat_ratio: float = _between(0.95, 0.99, most=1.0)


def parameter_ranges(parameters: CoolingParameters) -> Mapping[str, ParameterRange]:
    """Return the range, source and quality of every parameter by name, for reports and ensembles.

    Parameters
    ----------
    parameters : CoolingParameters
        The parameters of a design.

    Returns
    -------
    Mapping[str, ParameterRange]
        One range per field.

    Examples
    --------
    >>> parameter_ranges(AirsideParameters())["supply_air_lower_c"].high
    18.0
    """
    return {item.name: item.metadata["range"] for item in fields(parameters)}
