"""The machines of a data centre that keep it cool, per kWh of IT energy: fans, pumps, chiller, tower.

References
----------
.. [1] N. Lei and E. Masanet (2020), Statistical analysis for predicting location-specific data center
   PUE and its improvement potential, Energy 201, 117556. Validity -10 to 40 C.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.physics.cooling_parameters import CoolingParameters
from siting.physics.outside_air import OutsideAir
from siting.physics.psychrometrics import (
    AIR_HEAT_CAPACITY_KJ_PER_KG_K,
    FloatArray,
    density_kg_per_m3,
)

WATER_HEAT_CAPACITY_KJ_PER_KG_K = 4.2  # [1]
WATER_DENSITY_KG_PER_M3 = 1000.0  # so that a kg of water is a litre
VAPORISATION_HEAT_KJ_PER_KG = 2450.0  # near 20 C
KJ_PER_KWH = 3600.0

COP_VALID_FROM_C = -10.0  # [1]
COP_VALID_TO_C = 40.0


@dataclass(frozen=True, slots=True)
class CoolingBalance:
    """Electricity [kWh] and water [L] that a facility takes for one kWh of IT energy.

    All fields are arrays of the shape of the weather; shares are 0-1.
    """

    economiser_share: FloatArray
    ups: FloatArray
    distribution: FloatArray
    lighting: FloatArray
    crah_fan: FloatArray
    humidifier_pump: FloatArray
    chiller: FloatArray
    chilled_water_pump: FloatArray
    tower_pump: FloatArray
    tower_fan: FloatArray
    humidifier_l: FloatArray
    evaporation_l: FloatArray
    drift_l: FloatArray
    blowdown_l: FloatArray

    @property
    def pue(self) -> FloatArray:
        """Facility energy over IT energy [-]."""
        power_chain = self.ups + self.distribution + self.lighting
        air = self.crah_fan + self.humidifier_pump
        water = self.chiller + self.chilled_water_pump + self.tower_pump + self.tower_fan
        return 1.0 + power_chain + air + water

    @property
    def wue_l_per_kwh(self) -> FloatArray:
        """Water taken in over IT energy [L/kWh]."""
        return self.humidifier_l + self.evaporation_l + self.drift_l + self.blowdown_l


@dataclass(frozen=True, slots=True)
class WaterPlant:
    """Chiller, chilled water and tower per kWh of IT energy."""

    chiller: FloatArray
    chilled_water_pump: FloatArray
    tower_pump: FloatArray
    tower_fan: FloatArray
    evaporation_l: FloatArray
    drift_l: FloatArray
    blowdown_l: FloatArray


def chiller_cop(condenser_water_c: ArrayLike, p: CoolingParameters) -> FloatArray:
    """Return the coefficient of performance of a water-cooled chiller.

    Parameters
    ----------
    condenser_water_c : array_like
        Wet bulb + tower approach [C], clamped to the fit's validity of -10 to 40.
    p : CoolingParameters
        Part load (0.2-0.8) and deviation from the fit (+-11 %).

    Returns
    -------
    numpy.ndarray
        Heat removed over electricity [-].

    References
    ----------
    Lei and Masanet (2020) [1]_, regression over water-cooled plants.

    Examples
    --------
    >>> from siting.physics.cooling_parameters import AirsideParameters
    >>> chiller_cop([-40.0, 25.0], AirsideParameters()).round(1).tolist()
    [27.7, 7.2]
    """
    t = np.clip(np.asarray(condenser_water_c, dtype=np.float64), COP_VALID_FROM_C, COP_VALID_TO_C)
    load = p.chiller_part_load_share
    of_load = -8.528931 * load**2 + 9.885294 * load
    fit = 16.798751 + 0.008840 * t**2 + of_load - 0.760621 * t + 0.084615 * load * t
    return np.asarray(fit * (1.0 + p.chiller_cop_deviation))


def hall_heat_kwh(p: CoolingParameters) -> float:
    """Heat of the hall per kWh of IT: the IT itself, UPS, distribution and lighting."""
    return 1.0 + _ups(p) + _distribution(p) + p.lighting_share


def _ups(p: CoolingParameters) -> float:
    """Loss of the uninterruptible supply per kWh of IT."""
    return 1.0 / p.ups_efficiency - 1.0


def _distribution(p: CoolingParameters) -> float:
    """Loss of the distribution per kWh of IT."""
    return 1.0 / (1.0 - p.distribution_loss_share) - 1.0


def crah_fan_kwh(
    heat: float,
    supply_c: FloatArray,
    pressure_pa: FloatArray,
    fan_pressure_pa: float,
    p: CoolingParameters,
) -> FloatArray:
    """Fan energy: volume of the supply air times its pressure rise over the fan's efficiency."""
    air_kg = heat * KJ_PER_KWH / (AIR_HEAT_CAPACITY_KJ_PER_KG_K * p.air_rise_k)
    volume_m3 = air_kg / density_kg_per_m3(supply_c, pressure_pa)
    return _kwh(volume_m3 * fan_pressure_pa / p.fan_efficiency)


def _kwh(energy_j: FloatArray) -> FloatArray:
    """Turn joules into kWh."""
    return energy_j / (1000.0 * KJ_PER_KWH)


def _pump(water_l: FloatArray, pump_pressure_pa: float, p: CoolingParameters) -> FloatArray:
    """Pump energy [kWh] of an amount of water."""
    return _kwh(water_l * pump_pressure_pa / (p.pump_efficiency * WATER_DENSITY_KG_PER_M3))


def water_plant(
    air: OutsideAir, p: CoolingParameters, *, coil_heat: FloatArray, chiller_heat: FloatArray
) -> WaterPlant:
    """Carry the coil's heat to the tower, `chiller_heat` of it through the chiller."""
    chiller = chiller_heat / chiller_cop(air.wet_bulb_c + p.tower_approach_k, p)
    rejected_kj = (coil_heat + chiller) * KJ_PER_KWH
    chilled_water_l = coil_heat * KJ_PER_KWH / (WATER_HEAT_CAPACITY_KJ_PER_KG_K * p.water_rise_k)
    tower_water_l = rejected_kj / (WATER_HEAT_CAPACITY_KJ_PER_KG_K * p.tower_range_k)
    tower_air_m3 = tower_water_l / p.tower_liquid_gas_ratio / air.density_kg_per_m3
    evaporation_l = rejected_kj / VAPORISATION_HEAT_KJ_PER_KG
    return WaterPlant(
        chiller=chiller,
        chilled_water_pump=_pump(chilled_water_l, p.chilled_water_pump_pressure_pa, p),
        tower_pump=_pump(tower_water_l, p.tower_pump_pressure_pa, p),
        tower_fan=_kwh(tower_air_m3 * p.tower_fan_pressure_pa / p.fan_efficiency),
        evaporation_l=evaporation_l,
        drift_l=tower_water_l * p.tower_drift_share_of_flow,
        blowdown_l=evaporation_l / (p.tower_concentration_cycles - 1.0),
    )


def whole_balance(
    p: CoolingParameters,
    plant: WaterPlant,
    *,
    economiser_share: FloatArray,
    crah_fan: FloatArray,
    moistening_l: FloatArray,
) -> CoolingBalance:
    """Put the parts together; the humidifier's reject is water taken in but not pumped up."""
    ones = np.ones_like(economiser_share)
    return CoolingBalance(
        economiser_share=economiser_share,
        ups=_ups(p) * ones,
        distribution=_distribution(p) * ones,
        lighting=p.lighting_share * ones,
        crah_fan=crah_fan,
        humidifier_pump=_pump(moistening_l, p.humidifier_pump_pressure_pa, p),
        humidifier_l=moistening_l / (1.0 - p.humidifier_reject_share_of_intake),
        **{name: getattr(plant, name) for name in WaterPlant.__slots__},
    )
