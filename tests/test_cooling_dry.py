"""Air-cooled chillers, dry coolers and warm-water loops, worked by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import DataError
from siting.physics import cooling
from siting.physics.cooling.dry_coolers import LARGEST_CAPACITY_AT_K, air_cooled_chiller_share, dry_cooler
from siting.physics.cooling.parameters import AirCooledChillerParameters, DirectLiquidParameters

CHILLER = "air_cooled_chiller"
LIQUID = "direct_liquid"
SEA_LEVEL_PA = 101_325.0
HALL_HEAT_KWH = 1.069302  # 1 + 1/0.945 - 1 + 1/0.99 - 1 + 0.001


def test_the_chiller_curve_gives_the_numbers_of_the_energyplus_issue() -> None:
    """Issue 763 works D = -5.55 K: capacity ratio 1.2083, power ratio 0.84."""
    full = AirCooledChillerParameters(chiller_part_load_share=1.0, chiller_rated_cop=1.0)
    at_load = 0.03303 + 0.6852 + 0.2818
    air_c = 35.0 - 5.55 * 2.778
    assert air_cooled_chiller_share(air_c, 6.67, full) == pytest.approx(0.8403 * at_load, abs=1e-4)


def test_a_chiller_at_its_design_point_has_about_its_rated_cop() -> None:
    """The departure is 0: c = 0.9949 and 2.333 - 1.975*0.9949 + 0.6121*0.9949^2 = 0.97395."""
    p = AirCooledChillerParameters(chiller_part_load_share=1.0)
    assert air_cooled_chiller_share(35.0, 6.67, p) == pytest.approx(0.97395 * 1.00003 / 3.0, rel=1e-4)


def test_part_load_follows_its_curve() -> None:
    p = AirCooledChillerParameters()
    # 0.03303/0.5 + 0.6852 + 0.2818*0.5 = 0.89216
    assert air_cooled_chiller_share(35.0, 6.67, p) == pytest.approx(0.97395 * 0.89216 / 3.0, rel=1e-4)


def test_cold_air_helps_a_chiller_only_up_to_the_top_of_its_capacity_curve() -> None:
    # 0.045954 / (2 * 0.0013543)
    assert pytest.approx(-16.966, abs=1e-3) == LARGEST_CAPACITY_AT_K
    p = AirCooledChillerParameters()
    air = np.linspace(-60.0, 50.0, 221)
    assert np.all(np.diff(air_cooled_chiller_share(air, 12.5, p)) >= 0.0)
    assert air_cooled_chiller_share(-60.0, 12.5, p) == air_cooled_chiller_share(-15.0, 12.5, p)


def test_an_air_cooled_plant_is_hall_chiller_pump_and_humidifier() -> None:
    hour = cooling.balance(CHILLER, 35.0, 25.0, SEA_LEVEL_PA)
    coil = HALL_HEAT_KWH / 0.97
    # D = -(12.5 - 6.67) = -5.83: c = 1.216780, power 0.836101, at half load 0.89216, COP 3
    assert hour.chiller == pytest.approx(coil * 0.836101 * 0.89216 / 3.0, rel=1e-4)
    # 3600/(4.2*7.5) L per kWh of heat * 143,658 Pa / 0.7 / 3.6e9
    assert hour.chilled_water_pump == pytest.approx(coil * 114.2857 * 143_658 / 0.7 / 3.6e9, rel=1e-5)
    # latent heat 1.069302 * (1/0.97 - 1) = 0.033071 kWh, over 2450 kJ/kg, a quarter of the intake rejected
    assert hour.wue_l_per_kwh == pytest.approx(0.033071 * 3600 / 2450 / 0.75, rel=1e-3)
    for absent in (hour.tower_fan, hour.tower_pump, hour.evaporation_l, hour.blowdown_l, hour.dry_cooler_fan):
        assert absent == 0.0
    assert hour.economiser_share == 0.0


def test_a_dry_economiser_saves_the_chiller_in_the_cold() -> None:
    p = AirCooledChillerParameters(dry_economiser_share=1.0)
    # all while the air is 4.5 K colder than the 12.5 C water, none from 20 C (the return water) on
    air = np.array([-10.0, 8.0, 14.0, 20.0, 30.0])
    with_it = cooling.balance(CHILLER, air, air - 1.0, SEA_LEVEL_PA, p)
    without = cooling.balance(CHILLER, air, air - 1.0, SEA_LEVEL_PA)
    assert with_it.economiser_share == pytest.approx([1.0, 1.0, 0.5, 0.0, 0.0])
    assert with_it.chiller[:2] == pytest.approx([0.0, 0.0])
    assert with_it.chiller[3:] == pytest.approx(without.chiller[3:])
    assert np.all(with_it.pue <= without.pue)


def test_a_dry_cooler_slows_its_fans_with_the_cube_of_the_difference() -> None:
    p = DirectLiquidParameters()
    # rated: approach 4.5 + rise 7.5 = 12 K; hot water 46 C. At 30 C 16 K are there: (12/16)^3 = 0.421875
    carried, fans = dry_cooler(np.array([30.0, 34.0, 40.0, 46.0]), 38.5, np.array(0.25), p)
    assert carried == pytest.approx([1.0, 1.0, 0.5, 0.0])
    assert fans == pytest.approx([0.035 * 0.421875, 0.035, 0.035, 0.0])


def test_a_dry_cooler_stands_still_where_its_fans_take_more_than_the_chiller_they_save() -> None:
    # at 44 C 2 of 12 K are left: a sixth of the heat, 0.25/6 = 0.0417 saved for 0.035; at 45 C 0.0208
    carried, fans = dry_cooler(np.array([44.0, 45.0]), 38.5, np.array(0.25), DirectLiquidParameters())
    assert carried == pytest.approx([1 / 6, 0.0])
    assert fans == pytest.approx([0.035, 0.0])


def test_the_dry_cooler_of_the_source_lies_within_the_assumed_range() -> None:
    bounds = cooling.parameter_ranges(DirectLiquidParameters())["dry_cooler_fan_share_of_heat"]
    assert bounds.low < 4.5 / 123.0 < bounds.high
    assert bounds.quality == "assumption"


def test_a_warm_water_loop_needs_no_chiller_and_no_water_in_a_temperate_summer() -> None:
    hour = cooling.balance(LIQUID, 22.0, 17.0, SEA_LEVEL_PA)
    assert hour.economiser_share == pytest.approx(1.0)
    assert hour.chiller == 0.0
    assert hour.wue_l_per_kwh == 0.0
    # the loop: 0.875 kWh at 24 K of difference, half speed; the air's coil: 0.194302 kWh, its water of
    # 26.8375 C rising to 34.3375, at 12.3375 K: (12/12.3375)^3 = 0.920182
    assert hour.dry_cooler_fan == pytest.approx(0.875 * 0.035 / 8 + 0.194302 * 0.035 * 0.920182, rel=1e-4)
    # air: 0.194302 of the hall's heat; 3600/(1.01*16.65) kg/kWh / 1.161145 kg/m3 at 31 C * 500 Pa / 0.775
    assert hour.crah_fan == pytest.approx(0.194302 * 214.078 / 1.161145 * 500 / 0.775 / 3.6e6, rel=1e-4)
    loop_l = 3600 / (4.2 * 7.5)
    assert hour.cdu_pump == pytest.approx(0.875 * loop_l * 175_000 / 0.7 / 3.6e9, rel=1e-4)


def test_a_warm_water_loop_calls_the_chiller_in_desert_heat() -> None:
    mild, hot = (cooling.balance(LIQUID, t, 20.0, SEA_LEVEL_PA) for t in (22.0, 46.0))
    assert hot.economiser_share == 0.0
    assert hot.chiller > 0.2
    assert hot.pue > mild.pue + 0.2


def test_warmer_loops_are_cheaper_in_the_heat() -> None:
    pue = [
        cooling.pue(LIQUID, 35.0, 24.0, SEA_LEVEL_PA, DirectLiquidParameters(loop_supply_c=loop_c)).item()
        for loop_c in (32.0, 40.0, 45.0)
    ]
    assert pue == sorted(pue, reverse=True)
    assert pue[0] > pue[2]


PLANTS = {CHILLER: AirCooledChillerParameters(dry_economiser_share=0.7), LIQUID: DirectLiquidParameters()}


@given(
    st.floats(-50.0, 50.0),
    st.floats(0.0, 3.0),
    st.sampled_from([CHILLER, LIQUID]),
)
def test_dry_designs_never_get_cheaper_as_the_air_warms(air_c: float, step_k: float, design: str) -> None:
    air = np.array([air_c, air_c + step_k])
    now, then = cooling.pue(design, air, air, SEA_LEVEL_PA, PLANTS[design])
    assert then >= now - 1e-12


def test_the_heat_of_the_hall_counts_its_fans_when_asked() -> None:
    p = cooling.DESIGNS[CHILLER].parameters
    counted = cooling.balance(CHILLER, 20.0, 15.0, SEA_LEVEL_PA, replace(p, fan_heat_share=1.0))
    left_out = cooling.balance(CHILLER, 20.0, 15.0, SEA_LEVEL_PA, p)
    share = float(left_out.crah_fan) / HALL_HEAT_KWH
    assert counted.crah_fan == pytest.approx(float(left_out.crah_fan) / (1.0 - share))
    assert counted.chiller == pytest.approx(float(left_out.chiller) / (1.0 - share))


def test_dry_designs_take_no_sea() -> None:
    with pytest.raises(DataError, match="'direct_liquid' does not use the sea: leave `sea_c` out"):
        cooling.pue(LIQUID, 10.0, 9.0, 1e5, sea_c=10.0)
