"""Cooling designs: one balance of energy and water each, from the heat of the hall to the outside.

References
----------
.. [1] N. Lei and E. Masanet (2020), Statistical analysis for predicting location-specific data center
   PUE and its improvement potential, Energy 201, 117556. Validity -10 to 40 C.
"""

from dataclasses import dataclass

import numpy as np

from siting.errors import DataError
from siting.physics.air.outside_air import OutsideAir
from siting.physics.air.psychrometrics import (
    AIR_HEAT_CAPACITY_KJ_PER_KG_K,
    enthalpy_kj_per_kg,
    humidity_at_enthalpy,
    saturated_humidity_ratio,
)
from siting.physics.cooling.dry_coolers import air_cooled_chiller_share, dry_cooler
from siting.physics.cooling.parameters import (
    AirCooledChillerParameters,
    AirsideParameters,
    DirectLiquidParameters,
    SeawaterParameters,
    WatersideParameters,
)
from siting.physics.cooling.plant import (
    KJ_PER_KWH,
    VAPORISATION_HEAT_KJ_PER_KG,
    CoolingBalance,
    crah_fan_share_of_heat,
    facility_balance,
    humidifier,
    loop_pump_kwh,
    sea_plant,
    tower_plant,
    with_fan_heat,
)
from siting.physics.cooling.power_chain import power_chain_heat_kwh
from siting.physics.cooling.ranges import Quantity
from siting.units import Floats


def airside_balance(air: OutsideAir, p: AirsideParameters) -> CoolingBalance:
    """Balance a hall cooled by outside air, moistened where too dry or too hot, else by a chiller.

    Outside air serves while its enthalpy lies below that of air at the recommended upper dry bulb and
    dew point. It is moistened to the lower dew point and, when hotter than the upper supply
    temperature, until it has cooled to it; colder air is mixed with return air. Moistening leaves the
    enthalpy of the air as it is, so per kg it carries away the return air's enthalpy less its own: the
    return air also gives the heat that evaporates the humidifier's water, and none is bought.

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

    Examples
    --------
    >>> from siting.physics.air.outside_air import outside_air
    >>> hours = airside_balance(outside_air([-20.0, 28.0], [-20.5, 25.0], 101325.0), AirsideParameters())
    >>> hours.pue.round(3).tolist(), hours.wue_l_per_kwh.round(2).tolist()
    ([1.12, 1.331], [0.12, 2.36])
    """
    supply_c = np.clip(air.dry_bulb_c, p.supply_air_lower_c, p.supply_air_upper_c)
    fan_share = crah_fan_share_of_heat(supply_c, air.pressure_pa, p.crah_fan_pressure_pa, p)
    heat = with_fan_heat(1.0 + power_chain_heat_kwh(p), fan_share, p)
    outside_kj_per_kg = air.enthalpy_kj_per_kg
    limit_humidity = saturated_humidity_ratio(p.economiser_limit_dew_point_c, air.one_pressure_pa)
    serves = outside_kj_per_kg < enthalpy_kj_per_kg(p.economiser_limit_dry_bulb_c, limit_humidity)

    floor = saturated_humidity_ratio(p.humidity_floor_dew_point_c, air.one_pressure_pa)
    cooled_by_water = humidity_at_enthalpy(outside_kj_per_kg, p.supply_air_upper_c)
    too_hot = air.dry_bulb_c > p.supply_air_upper_c
    wanted = np.where(too_hot, np.maximum(floor, cooled_by_water), floor)
    hall_humidity = np.maximum(air.humidity_kg_per_kg, wanted)

    supply_kj_per_kg = enthalpy_kj_per_kg(supply_c, hall_humidity)
    return_kj_per_kg = supply_kj_per_kg + AIR_HEAT_CAPACITY_KJ_PER_KG_K * p.air_rise_k
    carried_kj_per_kg = np.where(serves, return_kj_per_kg - outside_kj_per_kg, 1.0)
    moistening_l = np.where(
        serves, heat * KJ_PER_KWH / carried_kj_per_kg * (hall_humidity - air.humidity_kg_per_kg), 0.0
    )

    chiller_heat = np.where(serves, 0.0, heat)
    parts = tower_plant(air, p, coil_heat=chiller_heat, chiller_heat=chiller_heat)
    parts |= humidifier(moistening_l, p.humidifier_pump_pressure_pa, p.humidifier_reject_share_of_intake, p)
    return facility_balance(p, air, serves.astype(np.float64), parts | {"crah_fan": heat * fan_share})


@dataclass(frozen=True, slots=True)
class _ClosedHall:
    """A closed hall: heat of its coil, and energy of its fans."""

    coil_heat: Floats
    moistening_l: Floats
    crah_fan: Floats


def _closed_hall(
    air: OutsideAir, p: WatersideParameters | SeawaterParameters | AirCooledChillerParameters
) -> _ClosedHall:
    """Return the coil's heat, with the latent heat of the moisture that it condenses and that the humidifier replaces."""
    fan_share = crah_fan_share_of_heat(p.supply_air_upper_c, air.one_pressure_pa, p.crah_fan_pressure_pa, p)
    heat = with_fan_heat(1.0 + power_chain_heat_kwh(p), fan_share, p)
    latent_heat = heat * (1.0 / p.sensible_heat_ratio - 1.0)
    moistening_l = latent_heat * (KJ_PER_KWH / VAPORISATION_HEAT_KJ_PER_KG)
    return _ClosedHall(np.asarray(heat + latent_heat), np.asarray(moistening_l), np.asarray(heat * fan_share))


def _coil_water_c(p: WatersideParameters | SeawaterParameters | DirectLiquidParameters) -> Quantity:
    """Return the supply water [C] that the coil needs for the warmest supply air."""
    return p.supply_air_upper_c + p.air_rise_k * (1.0 - 1.0 / p.coil_effectiveness)


def _free_share(cooled_water_c: Floats, p: WatersideParameters | SeawaterParameters) -> Floats:
    """Return the share carried without chiller: 1 up to the supply water, 0 from the return water on."""
    return np.asarray(1.0 - np.clip((cooled_water_c - _coil_water_c(p)) / p.water_rise_k, 0.0, 1.0))


def waterside_balance(air: OutsideAir, p: WatersideParameters) -> CoolingBalance:
    """Balance a closed hall whose water is cooled by the tower alone while the wet bulb allows it.

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

    Examples
    --------
    >>> from siting.physics.air.outside_air import outside_air
    >>> hours = waterside_balance(outside_air([-20.0, 28.0], [-20.5, 25.0], 101325.0), WatersideParameters())
    >>> hours.pue.round(3).tolist(), hours.wue_l_per_kwh.round(2).tolist()
    ([1.134, 1.263], [2.16, 2.39])
    """
    hall = _closed_hall(air, p)
    free = _free_share(air.wet_bulb_c + (p.tower_approach_k + p.exchanger_approach_k), p)
    parts = tower_plant(air, p, coil_heat=hall.coil_heat, chiller_heat=hall.coil_heat * (1.0 - free))
    parts |= humidifier(hall.moistening_l, p.humidifier_pump_pressure_pa, p.humidifier_reject_share_of_intake, p)
    return facility_balance(p, air, free, parts | {"crah_fan": hall.crah_fan})


def seawater_balance(air: OutsideAir, p: SeawaterParameters) -> CoolingBalance:
    """Balance a closed hall whose water is cooled by the sea alone while it is cold enough.

    As `waterside_balance`, with the sea in place of wet bulb + tower approach: for the economiser the
    exchanger approach is added, the chiller's condenser has the sea itself. No tower, no evaporation
    outside; what the humidifier puts back is the only water taken in.

    Parameters
    ----------
    air : OutsideAir
        The weather, with the sea's temperature.
    p : SeawaterParameters
        The plant.

    Returns
    -------
    CoolingBalance
        Per kWh of IT energy.

    References
    ----------
    Lei and Masanet (2020) [1]_; sea of -2 to 36 C. How far the sea water warms is an assumption.

    Examples
    --------
    >>> from siting.physics.air.outside_air import outside_air
    >>> hours = seawater_balance(outside_air([10.0, 28.0], [8.0, 25.0], 101325.0, [6.0, 27.0]), SeawaterParameters())
    >>> hours.pue.round(3).tolist(), hours.wue_l_per_kwh.round(2).tolist()
    ([1.18, 1.236], [0.06, 0.06])
    """
    if air.sea_c is None:
        raise DataError("the sea's temperature is unknown: give `sea_c`")
    hall = _closed_hall(air, p)
    free = _free_share(air.sea_c + p.exchanger_approach_k, p)
    parts = sea_plant(air.sea_c, p, coil_heat=hall.coil_heat, chiller_heat=hall.coil_heat * (1.0 - free))
    parts |= humidifier(hall.moistening_l, p.humidifier_pump_pressure_pa, p.humidifier_reject_share_of_intake, p)
    return facility_balance(p, air, free, parts | {"crah_fan": hall.crah_fan})


def air_cooled_chiller_balance(air: OutsideAir, p: AirCooledChillerParameters) -> CoolingBalance:
    """Balance a closed hall on chilled water from air-cooled chillers; nothing evaporates outside.

    A dry cooler, where there is one (`dry_economiser_share`), cools the water while the air is cold
    enough, its share of the heat falling in a line to none where the air is as warm as the return water.

    Parameters
    ----------
    air : OutsideAir
        The weather.
    p : AirCooledChillerParameters
        The plant.

    Returns
    -------
    CoolingBalance
        Per kWh of IT energy.

    References
    ----------
    Hall and coil: Lei and Masanet (2020) [1]_; chiller: EnergyPlus, see `air_cooled_chiller_share`;
    the temperature of the chilled water is an assumption.

    Examples
    --------
    >>> from siting.physics.air.outside_air import outside_air
    >>> hours = air_cooled_chiller_balance(outside_air([-20.0, 28.0], [-20.5, 25.0], 101325.0), AirCooledChillerParameters())
    >>> hours.pue.round(3).tolist(), hours.wue_l_per_kwh.round(2).tolist()
    ([1.365, 1.376], [0.06, 0.06])
    """
    hall = _closed_hall(air, p)
    parts = {"chilled_water_pump": loop_pump_kwh(hall.coil_heat, p.chilled_water_pump_pressure_pa, p)}
    parts |= humidifier(hall.moistening_l, p.humidifier_pump_pressure_pa, p.humidifier_reject_share_of_intake, p)
    chiller_share = air_cooled_chiller_share(air.dry_bulb_c, p.chilled_water_c, p)
    free: Floats = np.zeros(())
    if np.any(p.dry_economiser_share):
        carried, fan_share = dry_cooler(air.dry_bulb_c, p.chilled_water_c, chiller_share, p)
        free = carried * p.dry_economiser_share
        parts["dry_cooler_fan"] = hall.coil_heat * p.dry_economiser_share * fan_share
    parts["chiller"] = hall.coil_heat * (1.0 - free) * chiller_share
    return facility_balance(p, air, free, parts | {"crah_fan": hall.crah_fan})


def direct_liquid_balance(air: OutsideAir, p: DirectLiquidParameters) -> CoolingBalance:
    """Balance cold plates on a warm-water loop, and a small coil for the heat that air still carries.

    Of the IT's heat `liquid_heat_share` goes into the loop, the rest and the heat of the power chain
    into the air, which a coil cools at the warmest allowed supply. Dry coolers cool both waters; for
    the rest there is an air-cooled chiller. The coil's water is warmer than the hall's
    dew point, so nothing condenses and no water is taken in.

    Parameters
    ----------
    air : OutsideAir
        The weather.
    p : DirectLiquidParameters
        The plant.

    Returns
    -------
    CoolingBalance
        Per kWh of IT energy.

    References
    ----------
    See `DirectLiquidParameters` for each range: supply temperatures from the ASHRAE classes, the share
    of heat from Summit and Sierra; approach, fans and pump of the dry cooler and the cold plates are
    assumptions.

    Examples
    --------
    >>> from siting.physics.air.outside_air import outside_air
    >>> hours = direct_liquid_balance(outside_air([-20.0, 28.0], [-20.5, 25.0], 101325.0), DirectLiquidParameters())
    >>> hours.pue.round(3).tolist(), hours.wue_l_per_kwh.round(2).tolist()
    ([1.092, 1.127], [0.0, 0.0])
    """
    liquid_heat = np.asarray(p.liquid_heat_share)
    fan_share = crah_fan_share_of_heat(p.supply_air_upper_c, air.one_pressure_pa, p.crah_fan_pressure_pa, p)
    air_heat = with_fan_heat(1.0 - liquid_heat + power_chain_heat_kwh(p), fan_share, p)
    loop_chiller = air_cooled_chiller_share(air.dry_bulb_c, p.loop_supply_c, p)
    coil_chiller = air_cooled_chiller_share(air.dry_bulb_c, _coil_water_c(p), p)
    liquid_free, liquid_fan = dry_cooler(air.dry_bulb_c, p.loop_supply_c, loop_chiller, p)
    coil_free, coil_fan = dry_cooler(air.dry_bulb_c, _coil_water_c(p), coil_chiller, p)
    liquid_chilled, coil_chilled = liquid_heat * (1.0 - liquid_free), air_heat * (1.0 - coil_free)
    heat = np.asarray(liquid_heat + air_heat)
    parts = {
        "crah_fan": np.asarray(air_heat * fan_share),
        "chiller": liquid_chilled * loop_chiller + coil_chilled * coil_chiller,
        "chilled_water_pump": loop_pump_kwh(heat, p.chilled_water_pump_pressure_pa, p),
        "cdu_pump": loop_pump_kwh(liquid_heat, p.cdu_pump_pressure_pa, p),
        "dry_cooler_fan": liquid_heat * liquid_fan + air_heat * coil_fan,
    }
    return facility_balance(p, air, 1.0 - (liquid_chilled + coil_chilled) / heat, parts)
