"""Cooling machines of a data centre per kWh of IT energy: fans, pumps, chiller, tower, sea, humidifier.

References
----------
.. [1] N. Lei and E. Masanet (2020), Statistical analysis for predicting location-specific data center
   PUE and its improvement potential, Energy 201, 117556. Validity -10 to 40 C.
.. [2] M. H. Sharqawy, J. H. Lienhard and S. M. Zubair (2010), Thermophysical properties of seawater,
   Desalination and Water Treatment 16, 354-380.
"""

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import ArrayLike

from siting.physics.air.outside_air import OutsideAir
from siting.physics.air.psychrometrics import AIR_HEAT_CAPACITY_KJ_PER_KG_K, density_kg_per_m3
from siting.physics.cooling.parameters import (
    CoolingParameters,
    SeawaterParameters,
    TowerParameters,
    WaterCooledParameters,
)
from siting.physics.cooling.power_chain import distribution_loss_kwh, ups_loss_kwh
from siting.physics.cooling.ranges import Quantity
from siting.units import Floats

WATER_HEAT_CAPACITY_KJ_PER_KG_K = 4.2  # [1]
WATER_DENSITY_KG_PER_M3 = 1000.0  # so that a kg of water is a litre
SEA_HEAT_CAPACITY_KJ_PER_KG_K = 3.99  # 35 g/kg at 15 C [2]
SEA_DENSITY_KG_PER_M3 = 1026.0  # 35 g/kg at 15 C [2]
VAPORISATION_HEAT_KJ_PER_KG = 2450.0  # near 20 C
KJ_PER_KWH = 3600.0

COP_VALID_FROM_C = -10.0  # [1]
COP_VALID_TO_C = 40.0

_NONE = np.zeros(())
_NONE.setflags(write=False)


def _no_part() -> Floats:
    return _NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolingBalance:
    """Electricity [kWh] and water [L] of a facility per kWh of IT energy.

    `economiser_share`, `pue` and `wue_l_per_kwh` have the shape of the weather (and the parameters);
    a field that does not depend on the weather may be smaller and broadcasts against it. Shares are
    0-1; a machine that a design does not have uses none.
    """

    economiser_share: Floats
    ups: Floats
    distribution: Floats
    lighting: Floats
    crah_fan: Floats
    humidifier_pump: Floats = field(default_factory=_no_part)
    chiller: Floats = field(default_factory=_no_part)
    chilled_water_pump: Floats = field(default_factory=_no_part)
    tower_pump: Floats = field(default_factory=_no_part)
    tower_fan: Floats = field(default_factory=_no_part)
    sea_pump: Floats = field(default_factory=_no_part)
    dry_cooler_fan: Floats = field(default_factory=_no_part)
    cdu_pump: Floats = field(default_factory=_no_part)
    humidifier_l: Floats = field(default_factory=_no_part)
    evaporation_l: Floats = field(default_factory=_no_part)
    drift_l: Floats = field(default_factory=_no_part)
    blowdown_l: Floats = field(default_factory=_no_part)

    @property
    def pue(self) -> Floats:
        """Facility energy over IT energy [-]."""
        return self._sum(1.0, [name for name in ELECTRICITY if getattr(self, name) is not _NONE])

    @property
    def wue_l_per_kwh(self) -> Floats:
        """Water taken in over IT energy [L/kWh]; sea water that is returned does not count."""
        return self._sum(0.0, [name for name in WATER if getattr(self, name) is not _NONE])

    def _sum(self, start: float, names: list[str]) -> Floats:
        """Add parts, small arrays first, and broadcast the sum to the shape of the weather."""
        total: Floats = np.asarray(start)
        for part in sorted((getattr(self, name) for name in names), key=np.size):
            total = total + part
        return np.array(np.broadcast_to(total, self.economiser_share.shape))


WATER = tuple(item.name for item in fields(CoolingBalance) if item.name.endswith("_l"))
ELECTRICITY = tuple(item.name for item in fields(CoolingBalance) if item.name not in {*WATER, "economiser_share"})


def chiller_cop(condenser_water_c: ArrayLike, p: WaterCooledParameters) -> Floats:
    """Return the coefficient of performance of a water-cooled chiller.

    Parameters
    ----------
    condenser_water_c : array_like
        Wet bulb + tower approach, or the sea [C], clamped to the fit's validity of -10 to 40.
    p : WaterCooledParameters
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
    >>> from siting.physics.cooling.parameters import AirsideParameters
    >>> chiller_cop([-40.0, 25.0], AirsideParameters()).round(1).tolist()
    [27.7, 7.2]
    """
    t = np.clip(np.asarray(condenser_water_c, dtype=np.float64), COP_VALID_FROM_C, COP_VALID_TO_C)
    load, scale = p.chiller_part_load_share, 1.0 + p.chiller_cop_deviation
    constant = (16.798751 - 8.528931 * load**2 + 9.885294 * load) * scale
    slope = (0.084615 * load - 0.760621) * scale
    return np.asarray(constant + t * (slope + (0.008840 * scale) * t))


def fan_part_load(p: CoolingParameters) -> Quantity:
    """Return the fan energy per IT energy at part load x over that of full load: ``max(x, floor)^3 / x``.

    The air follows the load down to the fan's slowest speed; a fan's power follows the cube of its
    speed.

    Parameters
    ----------
    p : CoolingParameters
        Part load x 0.05-1 and slowest speed 0-1.

    Returns
    -------
    float or numpy.ndarray
        Fan energy per IT energy over that of full load [-].

    References
    ----------
    Fan laws: ASHRAE Handbook, HVAC Systems and Equipment, chapter Fans; the slowest speed is an
    assumption.

    Examples
    --------
    >>> round(float(fan_part_load(CoolingParameters(part_load_share=0.5))), 4)
    0.25
    """
    x = p.part_load_share
    return np.maximum(x, p.fan_speed_floor_share) ** 3 / x


def crah_fan_share_of_heat(
    supply_c: ArrayLike, pressure_pa: Floats, fan_pressure_pa: Quantity, p: CoolingParameters
) -> Floats:
    """Return fan energy per heat of the hall: volume of its air times the pressure rise over the efficiency.

    ``m/rho dp/eta`` with ``m = Q/(1.01 dT_air)``.

    Parameters
    ----------
    supply_c : array_like
        Supply air [C].
    pressure_pa : numpy.ndarray
        Air pressure [Pa].
    fan_pressure_pa : float or numpy.ndarray
        Pressure rise of the fan [Pa].
    p : CoolingParameters
        Air rise [K], fan efficiency 0-1, part load.

    Returns
    -------
    numpy.ndarray
        Electricity over heat [-].

    References
    ----------
    Lei and Masanet (2020) [1]_.

    Examples
    --------
    >>> crah_fan_share_of_heat(31.0, np.array(101325.0), 500.0, CoolingParameters()).round(4).item()
    0.033
    """
    air_kg = KJ_PER_KWH / (AIR_HEAT_CAPACITY_KJ_PER_KG_K * p.air_rise_k)
    energy_j = air_kg * fan_pressure_pa / p.fan_efficiency * fan_part_load(p)
    return _kwh(energy_j) / density_kg_per_m3(supply_c, pressure_pa)


def with_fan_heat(heat: Quantity, fan_share_of_heat: Floats, p: CoolingParameters) -> Floats:
    """Add the heat of the hall's own fans: ``heat / (1 - s f)``.

    The fans take a share f of the heat they carry, and their own heat is carried too, as far as
    `fan_heat_share` s counts it.

    Parameters
    ----------
    heat : float or numpy.ndarray
        Heat of the hall without its fans [kWh per kWh of IT].
    fan_share_of_heat : numpy.ndarray
        Fan energy over heat carried, f [-], see `crah_fan_share_of_heat`.
    p : CoolingParameters
        Share s counted, 0-1.

    Returns
    -------
    numpy.ndarray
        Heat [kWh per kWh of IT].

    References
    ----------
    Sum of the series heat (1 + s f + (s f)^2 + ...), by definition of a fan in the air it moves; left out by
    Lei and Masanet (2020) [1]_, hence s = 0 by default.

    Examples
    --------
    >>> with_fan_heat(1.0, np.array(0.04), CoolingParameters(fan_heat_share=1.0)).round(4).item()
    1.0417
    """
    if not np.any(p.fan_heat_share):
        return np.asarray(heat)
    return np.asarray(heat / (1.0 - p.fan_heat_share * fan_share_of_heat))


def _kwh(energy_j: Quantity) -> Floats:
    """Convert joules to kWh."""
    return np.asarray(energy_j / (1000.0 * KJ_PER_KWH))


def pump_kwh(water_l: Quantity, pump_pressure_pa: Quantity, p: CoolingParameters) -> Floats:
    """Return the pump energy of an amount of water, ``V dp / eta``.

    Parameters
    ----------
    water_l : float or numpy.ndarray
        Water [L].
    pump_pressure_pa : float or numpy.ndarray
        Pressure rise [Pa].
    p : CoolingParameters
        Pump efficiency 0-1.

    Returns
    -------
    numpy.ndarray
        Electricity [kWh].

    References
    ----------
    Lei and Masanet (2020) [1]_.

    Examples
    --------
    A cubic metre lifted by 2 bar at the efficiency of the midpoint:

    >>> pump_kwh(1000.0, 2e5, CoolingParameters(pump_efficiency=0.8)).round(4).item()
    0.0694
    """
    return np.asarray(water_l * _kwh(pump_pressure_pa / (p.pump_efficiency * WATER_DENSITY_KG_PER_M3)))


def loop_pump_kwh(heat: Floats, pump_pressure_pa: Quantity, p: CoolingParameters) -> Floats:
    """Return the pump energy of a loop that carries heat with the plant's water rise.

    ``Q / (4.2 dT_water) * dp / eta``.

    Parameters
    ----------
    heat : numpy.ndarray
        Heat carried [kWh per kWh of IT].
    pump_pressure_pa : float or numpy.ndarray
        Pressure rise [Pa].
    p : CoolingParameters
        Water rise [K], pump efficiency 0-1.

    Returns
    -------
    numpy.ndarray
        Electricity [kWh per kWh of IT].

    References
    ----------
    Lei and Masanet (2020) [1]_.

    Examples
    --------
    >>> p = CoolingParameters(water_rise_k=6.0, pump_efficiency=0.8)
    >>> loop_pump_kwh(np.array(1.0), 2e5, p).round(4).item()
    0.0099
    """
    litres_per_kwh = KJ_PER_KWH / (WATER_HEAT_CAPACITY_KJ_PER_KG_K * p.water_rise_k)
    return heat * pump_kwh(litres_per_kwh, pump_pressure_pa, p)


def tower_plant(air: OutsideAir, p: TowerParameters, *, coil_heat: Floats, chiller_heat: Floats) -> dict[str, Floats]:
    """Return electricity and water of rejecting the coil's heat in the tower, part of it through the chiller.

    ``rejected = coil + chiller heat / COP``; ``evaporation = 3600 rejected / 2450``;
    ``blowdown = evaporation / (cycles - 1)``; drift is a share of the circulating water.

    Parameters
    ----------
    air : OutsideAir
        The weather.
    p : TowerParameters
        Tower range, approach, pressures, liquid to gas ratio, cycles, drift.
    coil_heat : numpy.ndarray
        Heat that the coil takes up [kWh per kWh of IT].
    chiller_heat : numpy.ndarray
        Part of it that goes through the chiller [kWh per kWh of IT].

    Returns
    -------
    dict of str to numpy.ndarray
        Parts of `CoolingBalance`: electricity [kWh] and water [L] per kWh of IT.

    References
    ----------
    Lei and Masanet (2020) [1]_; cycles of concentration and drift are assumptions.

    Examples
    --------
    >>> from siting.physics.cooling.parameters import WatersideParameters
    >>> from siting.physics.air.outside_air import outside_air
    >>> none, one = np.array(0.0), np.array(1.0)
    >>> parts = tower_plant(outside_air(20.0, 15.0, 101325.0), WatersideParameters(), coil_heat=one, chiller_heat=none)
    >>> parts["chiller"].item(), parts["evaporation_l"].round(3).item()
    (0.0, 1.469)
    """
    chiller = chiller_heat / chiller_cop(air.wet_bulb_c + p.tower_approach_k, p)
    rejected_kwh = coil_heat + chiller
    tower_water_l = KJ_PER_KWH / (WATER_HEAT_CAPACITY_KJ_PER_KG_K * p.tower_range_k)  # per kWh rejected
    evaporation_l = rejected_kwh * (KJ_PER_KWH / VAPORISATION_HEAT_KJ_PER_KG)
    fan_j_per_density = tower_water_l / p.tower_liquid_gas_ratio * p.tower_fan_pressure_pa / p.fan_efficiency
    return {
        "chiller": chiller,
        "chilled_water_pump": loop_pump_kwh(coil_heat, p.chilled_water_pump_pressure_pa, p),
        "tower_pump": rejected_kwh * pump_kwh(tower_water_l, p.tower_pump_pressure_pa, p),
        "tower_fan": rejected_kwh * (_kwh(fan_j_per_density * fan_part_load(p)) / air.density_kg_per_m3),
        "evaporation_l": evaporation_l,
        "drift_l": rejected_kwh * (tower_water_l * p.tower_drift_share_of_flow),
        "blowdown_l": evaporation_l * (1.0 / (p.tower_concentration_cycles - 1.0)),
    }


def sea_plant(sea_c: Floats, p: SeawaterParameters, *, coil_heat: Floats, chiller_heat: Floats) -> dict[str, Floats]:
    """Return electricity of rejecting the coil's heat to the sea, part of it through the chiller.

    ``rejected = coil + chiller heat / COP(sea)``; the sea pump moves ``rejected / (3.99 * 1026 * dT_sea)``.

    Parameters
    ----------
    sea_c : numpy.ndarray
        Temperature of the sea [C].
    p : SeawaterParameters
        Warming of the sea water [K], pressures.
    coil_heat : numpy.ndarray
        Heat that the coil takes up [kWh per kWh of IT].
    chiller_heat : numpy.ndarray
        Part of it that goes through the chiller [kWh per kWh of IT].

    Returns
    -------
    dict of str to numpy.ndarray
        Parts of `CoolingBalance`: electricity [kWh per kWh of IT].

    References
    ----------
    Sea water: Sharqawy et al. (2010) [2]_; chiller: Lei and Masanet (2020) [1]_.

    Examples
    --------
    >>> parts = sea_plant(np.array(8.0), SeawaterParameters(), coil_heat=np.array(1.0), chiller_heat=np.array(0.0))
    >>> parts["chiller"].item(), parts["sea_pump"].round(4).item()
    (0.0, 0.0616)
    """
    chiller = chiller_heat / chiller_cop(sea_c, p)
    sea_m3 = KJ_PER_KWH / (SEA_HEAT_CAPACITY_KJ_PER_KG_K * SEA_DENSITY_KG_PER_M3 * p.sea_rise_k)  # per kWh
    return {
        "chiller": chiller,
        "chilled_water_pump": loop_pump_kwh(coil_heat, p.chilled_water_pump_pressure_pa, p),
        "sea_pump": (coil_heat + chiller) * _kwh(sea_m3 * p.sea_pump_pressure_pa / p.pump_efficiency),
    }


def humidifier(
    moistening_l: Floats, pump_pressure_pa: Quantity, reject_share: Quantity, p: CoolingParameters
) -> dict[str, Floats]:
    """Return electricity and water of moistening: ``water = moistening / (1 - reject)``.

    The reject of the water's treatment is taken in but not pumped up.

    Parameters
    ----------
    moistening_l : numpy.ndarray
        Water that the air takes up [L per kWh of IT].
    pump_pressure_pa : float or numpy.ndarray
        Pressure at the nozzles [Pa].
    reject_share : float or numpy.ndarray
        Reject over intake [0-1[.
    p : CoolingParameters
        Pump efficiency 0-1.

    Returns
    -------
    dict of str to numpy.ndarray
        Parts of `CoolingBalance`.

    References
    ----------
    Pump: Lei and Masanet (2020) [1]_; the reject is an assumption.

    Examples
    --------
    >>> parts = humidifier(np.array(0.3), 7e6, 0.25, CoolingParameters())
    >>> parts["humidifier_l"].round(3).item()
    0.4
    """
    return {
        "humidifier_pump": pump_kwh(moistening_l, pump_pressure_pa, p),
        "humidifier_l": moistening_l / (1.0 - reject_share),
    }


def facility_balance(
    p: CoolingParameters, air: OutsideAir, economiser_share: Floats, parts: dict[str, Floats]
) -> CoolingBalance:
    """Combine the power chain and the machines, in the shape of weather and parameters.

    ``PUE = 1 + ups + distribution + lighting + sum of parts``, see `CoolingBalance.pue`.

    Parameters
    ----------
    p : CoolingParameters
        Losses of the power chain.
    air : OutsideAir
        The weather, for its shape.
    economiser_share : numpy.ndarray
        Share of the heat carried without chiller [0-1].
    parts : dict of str to numpy.ndarray
        Electricity [kWh] and water [L] of the machines, per kWh of IT.

    Returns
    -------
    CoolingBalance
        Per kWh of IT energy.

    References
    ----------
    PUE by definition of ISO/IEC 30134-2.

    Examples
    --------
    >>> from siting.physics.air.outside_air import outside_air
    >>> p = CoolingParameters()
    >>> parts = {"crah_fan": np.array(0.2), "chilled_water_pump": np.array(0.0)}
    >>> hour = facility_balance(p, outside_air(10.0, 8.0, 101325.0), np.array(1.0), parts)
    >>> from siting.physics.cooling.power_chain import power_chain_heat_kwh
    >>> bool(np.isclose(hour.pue.item(), 1.2 + power_chain_heat_kwh(p)))
    True
    """
    shape = np.broadcast_shapes(air.dry_bulb_c.shape, economiser_share.shape, *(part.shape for part in parts.values()))
    power = (ups_loss_kwh(p), distribution_loss_kwh(p), p.lighting_share)
    ups, distribution, lighting = (np.asarray(part, dtype=np.float64) for part in power)
    shape = np.broadcast_shapes(shape, ups.shape, distribution.shape, lighting.shape)
    return CoolingBalance(
        economiser_share=np.broadcast_to(economiser_share, shape),
        ups=ups,
        distribution=distribution,
        lighting=lighting,
        **parts,
    )
