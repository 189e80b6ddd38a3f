"""The plant of a cooling design: published ranges of its parameters, and their midpoints as defaults.

Every default is the midpoint of its range, fixed before the model was first compared with the check
table of [2]_; it is not tuned to that table.

References
----------
.. [1] N. Lei and E. Masanet (2020), Energy 201, 117556: ranges of the PUE model.
.. [2] N. Lei and E. Masanet (2022), Resources, Conservation and Recycling 182, 106323.
.. [3] ASHRAE TC 9.9 (2021), Thermal Guidelines for Data Processing Environments, 5th edition: air
   classes, and the classes of facility water W17 to W45, each named by its highest supply temperature.
.. [4] US Department of Energy, FEMP, Best Management Practice 10: cooling tower management (many
   towers run at two to four cycles of concentration; six or more may be possible).
.. [5] S. Tian et al. (2020), Summit and Sierra supercomputer cooling solutions, IBM Journal of
   Research and Development 64(3/4): 10 to 15 % of a compute drawer's heat is left to the air.
.. [6] J. Albornoz, Fujitsu Laboratories of Europe (2011), dry cooler load-temperature model: the unit
   BAC S8013-S213B takes 4.5 kW of fans for 123 kW of heat at 12 K between hot water and air, and the
   cube law of fans.
.. [7] V. Avelar, Schneider Electric White Paper 108, Making large UPS systems more efficient: losses
   at no load (over 40 % of all losses in some), in proportion, and in the square of the load.
.. [8] NREL, EnergyPlus, Chiller:Electric; a rated COP of 3.0 to 3.2 in its examples, 2.80 the least
   that ANSI/ASHRAE/IES 90.1-2010 let an air-cooled chiller have.
"""

# ruff: noqa: RUF009  (the calls declare fields, as dataclasses.field does)
from dataclasses import dataclass

from siting.physics.cooling.ranges import Quantity, Ranged, assumed, between, temperature

ASHRAE = "ASHRAE TC 9.9 2021, recommended envelope"
ASHRAE_WATER = "ASHRAE TC 9.9 2021, classes W32 to W45 of facility water"
FEMP = "US DOE FEMP Best Management Practice 10; the range taken from it is ours"
SUMMIT = "Tian et al. 2020, IBM J. Res. Dev. 64(3/4)"
DRY_COOLER = "one unit (BAC S8013-S213B, Fujitsu Laboratories 2011) lies near the middle; the range is ours"
UPS_CURVE = "form of Schneider Electric White Paper 108; the range is ours"
CHILLER = "3.0 to 3.2 in EnergyPlus examples, 2.80 least of ASHRAE 90.1-2010; the range is ours"
ENERGY_PLUS = "part load where the curve is made for"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolingParameters(Ranged):
    """Parameters of all designs: power chain, air and water of the hall, fans and pumps.

    `part_load_share` is IT load over IT capacity. At 1 the UPS and the fans are at the published
    figures; below, the UPS loses ``L (n/x + (1 - n - s) + s x)`` per IT energy, where L is its loss at
    full load, n and s the shares lost at no load and in the square of the load x, and a fan takes
    ``max(x, floor)^3 / x`` of its full-load energy. Chiller, pumps, distribution and lighting stay in
    proportion to the load. `fan_heat_share` is how much of the hall's fan energy becomes heat of the
    hall: 0 as in [1]_, 1 in physics.

    Raises
    ------
    DataError
        If a value is missing or impossible (see `ParameterRange`); every fault is named at once.
        A value outside the published range is accepted.
    """

    ups_efficiency: Quantity = between(0.90, 0.99, better="high", most=1.0)
    distribution_loss_share: Quantity = between(0.0, 0.02, better="low", least=0.0, most=0.99)
    lighting_share: Quantity = between(0.0, 0.002, better="low", least=0.0)
    supply_air_upper_c: Quantity = temperature(27.0, 35.0, better="high")
    air_rise_k: Quantity = between(13.9, 19.4, better="high")
    water_rise_k: Quantity = between(5.0, 10.0, better="high")
    fan_efficiency: Quantity = between(0.65, 0.90, better="high", most=1.0)
    pump_efficiency: Quantity = between(0.6, 0.8, better="high", most=1.0)
    chilled_water_pump_pressure_pa: Quantity = between(0.8 * 143_658.0, 1.2 * 143_658.0, better="low")
    part_load_share: Quantity = assumed(1.0, 1.0, better="high", least=0.05, most=1.0)
    ups_no_load_loss_share: Quantity = assumed(0.3, 0.5, better="low", most=0.5, source=UPS_CURVE)
    ups_square_loss_share: Quantity = assumed(0.2, 0.4, better="high", most=0.5, source=UPS_CURVE)
    fan_speed_floor_share: Quantity = assumed(0.3, 0.5, better="low", most=1.0)
    fan_heat_share: Quantity = assumed(0.0, 0.0, better="low", most=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterCooledParameters(CoolingParameters):
    """A water-cooled chiller and an adiabatic humidifier."""

    humidifier_pump_pressure_pa: Quantity = between(0.9 * 7e6, 1.1 * 7e6, better="low")
    humidifier_reject_share_of_intake: Quantity = assumed(0.0, 0.5, better="low", most=0.99)
    chiller_part_load_share: Quantity = between(0.2, 0.8, better="high", least=0.2, most=0.8)
    chiller_cop_deviation: Quantity = between(-0.11, 0.11, better="high", least=-0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class TowerParameters(WaterCooledParameters):
    """A wet cooling tower behind the chiller."""

    tower_range_k: Quantity = between(4.0, 6.0, better="high")
    tower_approach_k: Quantity = between(2.8, 6.7, better="low")
    tower_liquid_gas_ratio: Quantity = between(1.0, 3.0, better="high")
    tower_fan_pressure_pa: Quantity = between(100.0, 400.0, better="low")
    tower_pump_pressure_pa: Quantity = between(0.8 * 208_660.0, 1.2 * 208_660.0, better="low")
    tower_concentration_cycles: Quantity = assumed(3.0, 6.0, better="high", least=1.01, source=FEMP)
    tower_drift_share_of_flow: Quantity = assumed(0.0, 0.0001, better="low", most=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AirsideParameters(TowerParameters):
    """Outside air through the hall, moistened when too dry or too hot; chiller and tower otherwise.

    Colder supply air is denser and so cheaper to blow; `supply_air_upper_c` does not decide when the
    outside air serves (`economiser_limit_...` do), so its better end is the low one here.
    """

    supply_air_upper_c: Quantity = temperature(27.0, 35.0, better="low")
    supply_air_lower_c: Quantity = temperature(10.0, 18.0, better="low")
    crah_fan_pressure_pa: Quantity = between(500.0, 1000.0, better="low")
    economiser_limit_dry_bulb_c: Quantity = temperature(27.0, 27.0, better="high", source=ASHRAE)
    economiser_limit_dew_point_c: Quantity = temperature(15.0, 15.0, better="high", source=ASHRAE)
    humidity_floor_dew_point_c: Quantity = temperature(-9.0, -9.0, better="low", source=ASHRAE)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatersideParameters(TowerParameters):
    """Closed hall; water cooled by the tower alone while the air is cool enough, else by the chiller.

    The supply air is at `supply_air_upper_c` all year: the hall is closed, and the warmest allowed air
    gives the tower the most hours.
    """

    crah_fan_pressure_pa: Quantity = between(400.0, 600.0, better="low")
    exchanger_approach_k: Quantity = between(1.7, 2.8, better="low")
    coil_effectiveness: Quantity = between(0.7, 0.9, better="high", most=1.0)
    sensible_heat_ratio: Quantity = between(0.95, 0.99, better="high", most=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeawaterParameters(WaterCooledParameters):
    """Closed hall as with `WatersideParameters`, with the sea in place of the tower.

    The warming of the sea water is not in [1]_; it is assumed to be that of the tower's water.
    """

    crah_fan_pressure_pa: Quantity = between(400.0, 600.0, better="low")
    exchanger_approach_k: Quantity = between(1.7, 2.8, better="low")
    coil_effectiveness: Quantity = between(0.7, 0.9, better="high", most=1.0)
    sensible_heat_ratio: Quantity = between(0.95, 0.99, better="high", most=1.0)
    sea_pump_pressure_pa: Quantity = between(294_000.0, 1_470_000.0, better="low")
    sea_rise_k: Quantity = assumed(4.0, 6.0, better="high", least=0.01, source="range of the tower's water in [1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class DryParameters(CoolingParameters):
    """Air-cooled chillers and dry coolers: nothing evaporates outside.

    A dry cooler carries all its heat at full fan speed when the water leaves it `dry_cooler_approach_k`
    above the air; the cooler the air, the slower its fans.
    """

    crah_fan_pressure_pa: Quantity = between(400.0, 600.0, better="low")
    chiller_rated_cop: Quantity = assumed(2.8, 3.2, better="high", least=0.5, source=CHILLER)
    chiller_part_load_share: Quantity = assumed(0.2, 0.8, better="middle", least=0.1, most=1.0, source=ENERGY_PLUS)
    dry_cooler_approach_k: Quantity = assumed(3.0, 6.0, better="low", least=0.01, source=DRY_COOLER)
    dry_cooler_fan_share_of_heat: Quantity = assumed(0.02, 0.05, better="low", source=DRY_COOLER)


@dataclass(frozen=True, slots=True, kw_only=True)
class AirCooledChillerParameters(DryParameters):
    """Closed hall on chilled water from air-cooled chillers, without a tower.

    `dry_economiser_share` is the share of the heat for which there is a dry cooler beside the chillers;
    none by default, as the class of plant in [2]_ has none. The supply air does not determine the chilled
    water here: cooler air is denser and so cheaper to blow.
    """

    supply_air_upper_c: Quantity = temperature(27.0, 35.0, better="low")
    humidifier_pump_pressure_pa: Quantity = between(0.9 * 7e6, 1.1 * 7e6, better="low")
    humidifier_reject_share_of_intake: Quantity = assumed(0.0, 0.5, better="low", most=0.99)
    sensible_heat_ratio: Quantity = between(0.95, 0.99, better="high", most=1.0)
    chilled_water_c: Quantity = assumed(7.0, 18.0, better="high", least=5.0, most=30.0)
    dry_economiser_share: Quantity = assumed(0.0, 0.0, better="high", most=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectLiquidParameters(DryParameters):
    """Cold plates on a warm-water loop with dry coolers; what the air still carries has a small coil.

    Both loops are cooled dry, and by an air-cooled chiller for what the air is too warm for.
    """

    coil_effectiveness: Quantity = between(0.7, 0.9, better="high", most=1.0)
    liquid_heat_share: Quantity = between(0.85, 0.90, better="high", least=0.0, most=1.0, source=SUMMIT)
    loop_supply_c: Quantity = temperature(32.0, 45.0, better="high", source=ASHRAE_WATER)
    cdu_pump_pressure_pa: Quantity = assumed(100_000.0, 250_000.0, better="low")
