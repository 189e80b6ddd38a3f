"""Cooling: the balances of energy and water, worked by hand and at the edges of the weather."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import psychrolib
import pytest

from siting.errors import DataError
from siting.physics import cooling
from siting.physics.air.psychrometrics import standard_pressure_pa
from siting.physics.cooling.parameters import AirsideParameters, WatersideParameters
from siting.physics.cooling.plant import chiller_cop
from siting.physics.cooling.ranges import parameter_ranges

AIRSIDE = "airside_economizer_adiabatic"
WATERSIDE = "waterside_economizer"
ALL = sorted(cooling.DESIGNS)
SEA_LEVEL_PA = 101_325.0

# 1 + 1/0.945 - 1 + 1/0.99 - 1 + 0.001: the heat of the hall per kWh of IT at the midpoints
HALL_HEAT_KWH = 1.069302


def sea_of(design: str, sea_c: Any = 24.0) -> dict[str, Any]:
    """Give a sea to the designs that need one."""
    return {"sea_c": sea_c} if cooling.DESIGNS[design].needs_sea else {}


# a year's worth of possible air, from the Antarctic plateau to the Gulf coast
COLD_TO_HOT_C = np.array([-60.0, -45.0, -20.0, -5.0, 0.0, 8.0, 14.0, 20.0, 26.0, 31.0, 35.0])


def test_the_defaults_are_the_midpoints_of_their_published_ranges() -> None:
    for design in cooling.DESIGNS.values():
        for name, bounds in parameter_ranges(design.parameters).items():
            value = getattr(design.parameters, name)
            assert value == pytest.approx((bounds.low + bounds.high) / 2), name
            assert bounds.least <= bounds.low <= bounds.high <= bounds.most, name


def test_what_has_no_source_is_called_an_assumption() -> None:
    ranges = parameter_ranges(WatersideParameters())
    assumed = {name for name, bounds in ranges.items() if bounds.quality == "assumption"}
    assert assumed == {
        "tower_concentration_cycles",
        "tower_drift_share_of_flow",
        "humidifier_reject_share_of_intake",
        "part_load_share",
        "ups_no_load_loss_share",
        "ups_square_loss_share",
        "fan_speed_floor_share",
        "fan_heat_share",
    }


def test_chiller_cop_is_the_fit_inside_its_validity_and_flat_outside() -> None:
    p = AirsideParameters()
    # 16.798751 + 0.00884*400 - 8.528931*0.25 + 9.885294*0.5 - 0.760621*20 + 0.084615*0.5*20
    assert chiller_cop(20.0, p) == pytest.approx(8.778896, abs=1e-6)
    assert chiller_cop([-60.0, 70.0], p) == pytest.approx(chiller_cop([-10.0, 40.0], p))
    assert np.all(np.diff(chiller_cop(np.linspace(-10.0, 40.0, 101), p)) < 0)


def test_airside_in_mild_moist_air_needs_the_fan_alone() -> None:
    hour = cooling.balance(AIRSIDE, 15.0, 13.0, SEA_LEVEL_PA)
    # 1.069302 / (1.01 * 16.65) kg/s per kW, / 1.2257 kg/m3 at 15 C, * 750 Pa / 0.775 / 1000
    assert hour.crah_fan == pytest.approx(0.050205, abs=1e-5)
    assert hour.pue == pytest.approx(HALL_HEAT_KWH + 0.050205, abs=1e-5)
    assert hour.wue_l_per_kwh == pytest.approx(0.0, abs=1e-12)


def test_airside_in_dry_polar_cold_pays_for_humidity() -> None:
    hour = cooling.balance(AIRSIDE, -40.0, -40.2, SEA_LEVEL_PA)
    # Outside air holds 0.00002 kg/kg, the hall 0.00176 (frost point -9 C). The return air is at
    # 30.65 C: 35.40 kJ/kg against -40.4 outside, so 1.0693 * 3600 / 75.8 = 50.8 kg of air take up
    # 0.088 L, of 0.118 L drawn in (a quarter is rejected by the water treatment).
    assert hour.humidifier_l == pytest.approx(0.118, abs=0.003)
    # 7 MPa * 0.088 L / 0.7 = 0.88 kJ
    assert hour.humidifier_pump == pytest.approx(0.000245, abs=1e-5)
    assert hour.chiller == 0.0


@pytest.mark.parametrize(("dry_bulb_c", "wet_bulb_c"), [(-45.0, -45.05), (-25.0, -25.5)])
def test_airside_heat_carried_by_the_outside_air_is_the_heat_of_the_hall(dry_bulb_c: float, wet_bulb_c: float) -> None:
    """Recompute the heat with psychrolib from the water alone: it tells how much air passed."""
    psychrolib.SetUnitSystem(psychrolib.SI)
    hour = cooling.balance(AIRSIDE, dry_bulb_c, wet_bulb_c, SEA_LEVEL_PA)
    outside = psychrolib.GetHumRatioFromTWetBulb(dry_bulb_c, wet_bulb_c, SEA_LEVEL_PA)
    hall = psychrolib.GetHumRatioFromTDewPoint(-9.0, SEA_LEVEL_PA)
    air_kg = 0.75 * float(hour.humidifier_l) / (hall - outside)
    gained_j = psychrolib.GetMoistAirEnthalpy(14.0 + 16.65, hall) - psychrolib.GetMoistAirEnthalpy(dry_bulb_c, outside)
    assert air_kg * gained_j / 3.6e6 == pytest.approx(HALL_HEAT_KWH, rel=0.02)


def test_mixing_and_moistening_in_the_cold_need_no_bought_heat() -> None:
    """Mix outside and return air by psychrolib's enthalpies: the mixture meets the supply air by itself."""
    psychrolib.SetUnitSystem(psychrolib.SI)
    hour = cooling.balance(AIRSIDE, -25.0, -25.5, SEA_LEVEL_PA)
    outside_ratio = psychrolib.GetHumRatioFromTWetBulb(-25.0, -25.5, SEA_LEVEL_PA)
    hall_ratio = psychrolib.GetHumRatioFromTDewPoint(-9.0, SEA_LEVEL_PA)
    outside, supply, back = (
        psychrolib.GetMoistAirEnthalpy(t, ratio)
        for t, ratio in ((-25.0, outside_ratio), (14.0, hall_ratio), (30.65, hall_ratio))
    )
    outside_share = (back - supply) / (back - outside)  # the rest of the supply air comes back from the hall
    hall_air_kg = HALL_HEAT_KWH * 3.6e6 / (back - supply)
    water_l = hall_air_kg * outside_share * (hall_ratio - outside_ratio)
    assert 0.2 < outside_share < 0.4
    assert 0.75 * hour.humidifier_l == pytest.approx(water_l, rel=0.02)
    # what is bought: power chain, fan and 7 MPa / 0.7 on that water
    assert hour.humidifier_pump == pytest.approx(water_l * 1e-3 * 7e6 / 0.7 / 3.6e6, rel=0.02)
    assert hour.pue == pytest.approx(HALL_HEAT_KWH + hour.crah_fan + hour.humidifier_pump, abs=1e-6)


def test_airside_moistens_hot_dry_air_down_to_the_upper_supply_temperature() -> None:
    hour = cooling.balance(AIRSIDE, 40.0, 17.0, 90_000.0)
    assert hour.economiser_share == 1.0
    # per kg of air, cooling 40 to 31 C takes 1.01 * 9 kJ, i.e. 3.6 g; 229 kg of air pass
    air_kg = HALL_HEAT_KWH * 3600.0 / (1.01 * 16.65)
    assert 0.75 * hour.humidifier_l == pytest.approx(air_kg * 1.01 * 9.0 / 2557.0, rel=0.01)


def test_airside_hands_over_to_the_chiller_in_muggy_air() -> None:
    cool, muggy = (cooling.balance(AIRSIDE, t, t - 2.0, SEA_LEVEL_PA) for t in (18.0, 28.0))
    assert cool.chiller == 0.0
    assert cool.economiser_share == 1.0
    assert muggy.chiller > 0.1
    assert muggy.economiser_share == 0.0
    assert muggy.evaporation_l > 1.4


def test_waterside_economiser_falls_in_a_line_from_all_to_none() -> None:
    # supply water 31 + 16.65 - 16.65/0.8 = 26.8375 C, return 34.3375 C; approaches 4.75 + 2.25 K
    full, none = 26.8375 - 7.0, 34.3375 - 7.0
    wet = np.array([-30.0, full, full + 2.5, full + 5.0, none, 30.0])
    hour = cooling.balance(WATERSIDE, wet + 3.0, wet, SEA_LEVEL_PA)
    assert hour.economiser_share == pytest.approx([1.0, 1.0, 2 / 3, 1 / 3, 0.0, 0.0], abs=1e-9)
    assert hour.chiller[0] == 0.0
    assert hour.chiller[-1] > 0.1


def test_waterside_water_is_evaporation_blowdown_drift_and_the_humidifier() -> None:
    hour = cooling.balance(WATERSIDE, 5.0, 4.0, SEA_LEVEL_PA)
    coil_kwh = HALL_HEAT_KWH / 0.97
    assert hour.evaporation_l == pytest.approx(coil_kwh * 3600.0 / 2450.0, rel=1e-6)
    assert hour.blowdown_l == pytest.approx(hour.evaporation_l / 3.5)
    assert hour.drift_l == pytest.approx(coil_kwh * 3600.0 / (4.2 * 5.0) * 0.00005, rel=1e-6)
    total = hour.evaporation_l + hour.blowdown_l + hour.drift_l + hour.humidifier_l
    assert hour.wue_l_per_kwh == pytest.approx(total)


@pytest.mark.parametrize("design", ALL)
@pytest.mark.parametrize("elevation_m", [0.0, 3600.0])
def test_extreme_weather_gives_sane_numbers(design: str, elevation_m: float) -> None:
    pressure_pa = standard_pressure_pa(elevation_m)
    hour = cooling.balance(design, COLD_TO_HOT_C, COLD_TO_HOT_C - 0.05, pressure_pa, **sea_of(design))
    for item in fields(hour):
        values = getattr(hour, item.name)
        assert np.all((values >= 0.0) & np.isfinite(values)), item.name
    assert np.all((hour.pue > 1.06) & (hour.pue < 1.55))
    assert np.all(hour.wue_l_per_kwh < 4.0)


@pytest.mark.parametrize("design", ALL)
def test_warmer_and_wetter_air_never_lowers_pue_by_more_than_the_fans_lighter_air(
    design: str,
) -> None:
    wet = np.linspace(-40.0, 32.0, 289)
    pue = cooling.pue(design, wet + 1.0, wet, SEA_LEVEL_PA, **sea_of(design, np.clip(wet, -2.0, 36.0)))
    assert np.all(np.diff(pue) > -0.0005)


@pytest.mark.parametrize("design", ALL)
def test_thin_air_costs_fan_power(design: str) -> None:
    sea, mountain = cooling.pue(design, 10.0, 6.0, standard_pressure_pa([0.0, 2500.0]), **sea_of(design))
    assert mountain > sea


@pytest.mark.parametrize("design", ALL)
def test_weather_broadcasts(design: str) -> None:
    pue = cooling.pue(design, np.zeros((3, 4)), -1.0, np.full((3, 1), 9e4), **sea_of(design))
    assert pue.shape == (3, 4)
    assert cooling.wue_l_per_kwh(design, 0.0, -1.0, 9e4, **sea_of(design)).shape == ()


@pytest.mark.parametrize(
    ("dry", "wet", "pressure", "message"),
    [
        ([10.0, 10.0], [9.0, 10.1], 1e5, r"wet bulb above its dry bulb at element 1"),
        ([10.0, np.nan], [9.0, 9.0], 1e5, r"missing value at element 1"),
        (10.0, 9.0, [1e5, 1e5, 101.3], r"pressure outside 45 to 110 kPa at element 2"),
        (40.0, 0.0, 1e5, r"below that of totally dry air at element 0"),
    ],
)
def test_impossible_weather_is_refused_by_its_element(dry: Any, wet: Any, pressure: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        cooling.pue(AIRSIDE, dry, wet, pressure)


def test_all_faults_of_a_weather_are_told_at_once() -> None:
    with pytest.raises(DataError, match=r"(?s)missing value.*pressure.*above its dry bulb"):
        cooling.pue(AIRSIDE, [np.nan, 1.0, 1.0], [0.0, 0.0, 2.0], [1e5, 1.0, 1e5])


def test_a_wet_bulb_within_rounding_of_the_dry_bulb_is_saturated_air() -> None:
    cooling.pue(AIRSIDE, 10.0, 10.04, 1e5)


def test_unknown_designs_and_foreign_parameters_are_refused() -> None:
    with pytest.raises(DataError, match="use one of airside"):
        cooling.pue("ice_house", 10.0, 9.0, 1e5)
    with pytest.raises(DataError, match="needs WatersideParameters"):
        cooling.pue(WATERSIDE, 10.0, 9.0, 1e5, AirsideParameters())


def test_impossible_parameters_are_refused_together() -> None:
    with pytest.raises(DataError, match=r"(?s)ups_efficiency is 1.2.*air_rise_k is nan"):
        AirsideParameters(ups_efficiency=1.2, air_rise_k=float("nan"))


@pytest.mark.parametrize("design", ALL)
def test_a_better_ups_lowers_pue(design: str) -> None:
    p = cooling.DESIGNS[design].parameters
    better = replace(p, ups_efficiency=0.99)
    now, then = (cooling.pue(design, 25.0, 22.0, 1e5, plant, **sea_of(design)) for plant in (p, better))
    assert then < now
