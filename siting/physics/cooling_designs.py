"""Cooling designs: how each carries the heat of the hall to the outside air, as one balance.

References
----------
.. [1] N. Lei and E. Masanet (2020), Statistical analysis for predicting location-specific data center
   PUE and its improvement potential, Energy 201, 117556. Validity -10 to 40 C.
"""

import numpy as np

from siting.physics.cooling_parameters import AirsideParameters, WatersideParameters
from siting.physics.cooling_plant import (
    KJ_PER_KWH,
    VAPORISATION_HEAT_KJ_PER_KG,
    CoolingBalance,
    crah_fan_kwh,
    hall_heat_kwh,
    water_plant,
    whole_balance,
)
from siting.physics.outside_air import OutsideAir
from siting.physics.psychrometrics import (
    AIR_HEAT_CAPACITY_KJ_PER_KG_K,
    enthalpy_kj_per_kg,
    humidity_at_enthalpy,
    saturated_humidity_ratio,
)


def airside_balance(air: OutsideAir, p: AirsideParameters) -> CoolingBalance:
    """Balance a hall cooled by outside air, moistened where too dry or too hot, else by a chiller.

    Outside air serves while its enthalpy lies below that of air at the recommended upper dry bulb and
    dew point. It is moistened to the lower dew point and, when hotter than the upper supply
    temperature, until it has cooled to it; colder air is mixed with return air. Moistening leaves the
    enthalpy of the air as it is, so per kg it carries away the return air's enthalpy less its own.

    Parameters
    ----------
    air : OutsideAir
        The weather.
    p : AirsideParameters
        The plant.

    Returns
    -------
    CoolingBalance
        Per kWh of IT energy.

    References
    ----------
    Lei and Masanet (2020) [1]_; dew point bounds of ASHRAE TC 9.9 (2021). The reject of the
    humidifier's water treatment is an assumption.
    """
    heat = hall_heat_kwh(p)
    supply_c = np.clip(air.dry_bulb_c, p.supply_air_lower_c, p.supply_air_upper_c)
    limit_humidity = saturated_humidity_ratio(p.economiser_limit_dew_point_c, air.pressure_pa)
    limit_kj_per_kg = enthalpy_kj_per_kg(p.economiser_limit_dry_bulb_c, limit_humidity)
    outside_air_serves = air.enthalpy_kj_per_kg < limit_kj_per_kg

    floor = saturated_humidity_ratio(p.humidity_floor_dew_point_c, air.pressure_pa)
    cooled_by_water = humidity_at_enthalpy(air.enthalpy_kj_per_kg, p.supply_air_upper_c)
    too_hot = air.dry_bulb_c > p.supply_air_upper_c
    wanted = np.where(too_hot, np.maximum(floor, cooled_by_water), floor)
    hall_humidity = np.maximum(air.humidity_kg_per_kg, wanted)

    supply_kj_per_kg = enthalpy_kj_per_kg(supply_c, hall_humidity)
    return_kj_per_kg = supply_kj_per_kg + AIR_HEAT_CAPACITY_KJ_PER_KG_K * p.air_rise_k
    carried_kj_per_kg = np.where(outside_air_serves, return_kj_per_kg - air.enthalpy_kj_per_kg, 1.0)
    outside_air_kg = np.where(outside_air_serves, heat * KJ_PER_KWH / carried_kj_per_kg, 0.0)
    moistening_l = outside_air_kg * (hall_humidity - air.humidity_kg_per_kg)

    chiller_heat = np.where(outside_air_serves, 0.0, heat)
    plant = water_plant(air, p, coil_heat=chiller_heat, chiller_heat=chiller_heat)
    return whole_balance(
        p,
        plant,
        economiser_share=outside_air_serves.astype(np.float64),
        crah_fan=crah_fan_kwh(heat, supply_c, air.pressure_pa, p.crah_fan_pressure_pa, p),
        moistening_l=moistening_l,
    )


def waterside_balance(air: OutsideAir, p: WatersideParameters) -> CoolingBalance:
    """Balance a closed hall whose water the tower cools alone while the wet bulb allows it.

    The coil also carries the latent heat of the moisture it condenses (sensible heat ratio), and the
    humidifier puts that moisture back. The economiser carries all the heat while wet bulb + tower
    approach + exchanger approach stay below the supply water, falling in a line to none at the return
    water; the chiller carries the rest.

    Parameters
    ----------
    air : OutsideAir
        The weather.
    p : WatersideParameters
        The plant.

    Returns
    -------
    CoolingBalance
        Per kWh of IT energy.

    References
    ----------
    Lei and Masanet (2020) [1]_. The reject of the humidifier's water treatment, the cycles of
    concentration and the drift of the tower are assumptions.
    """
    heat = hall_heat_kwh(p)
    latent_heat = heat * (1.0 / p.sensible_heat_ratio - 1.0)
    coil_heat = np.full_like(air.wet_bulb_c, heat + latent_heat)
    supply_water_c = p.supply_air_upper_c + p.air_rise_k * (1.0 - 1.0 / p.coil_effectiveness)
    tower_water_c = air.wet_bulb_c + p.tower_approach_k + p.exchanger_approach_k
    shortfall = (tower_water_c - supply_water_c) / p.water_rise_k
    economiser_share = 1.0 - np.clip(shortfall, 0.0, 1.0)

    chiller_heat = coil_heat * (1.0 - economiser_share)
    plant = water_plant(air, p, coil_heat=coil_heat, chiller_heat=chiller_heat)
    supply_c = np.full_like(air.wet_bulb_c, p.supply_air_upper_c)
    return whole_balance(
        p,
        plant,
        economiser_share=economiser_share,
        crah_fan=crah_fan_kwh(heat, supply_c, air.pressure_pa, p.crah_fan_pressure_pa, p),
        moistening_l=np.full_like(air.wet_bulb_c, latent_heat * KJ_PER_KWH / VAPORISATION_HEAT_KJ_PER_KG),
    )
