"""Seawater cooling, worked by hand and at the edges of the sea."""

from typing import Any

import numpy as np
import pytest

from siting.errors import DataError
from siting.physics import cooling
from siting.physics.cooling.plant import chiller_cop

SEA = "seawater"
SEA_LEVEL_PA = 101_325.0
COIL_KWH = 1.069302 / 0.97  # heat of the hall over the sensible heat ratio


def test_only_seawater_needs_the_sea() -> None:
    assert [name for name, design in cooling.DESIGNS.items() if design.needs_sea] == [SEA]


def test_a_cold_sea_carries_all_the_heat_for_the_price_of_its_pump() -> None:
    hour = cooling.balance(SEA, 20.0, 15.0, SEA_LEVEL_PA, sea_c=8.0)
    assert hour.economiser_share == 1.0
    assert hour.chiller == 0.0
    # 3600/(3.99*1026*5) = 0.175880 m3 per kWh * 882 kPa / 0.7 / 3.6e6
    assert hour.sea_pump == pytest.approx(COIL_KWH * 0.175880 * 882_000 / 0.7 / 3.6e6, rel=1e-4)
    assert (hour.tower_fan, hour.tower_pump, hour.evaporation_l, hour.blowdown_l) == (0.0, 0.0, 0.0, 0.0)


def test_the_chiller_takes_over_what_the_sea_is_too_warm_for() -> None:
    # supply water 31 + 16.65 - 16.65/0.8 = 26.8375 C, return 34.3375 C, exchanger 2.25 K
    full, none = 26.8375 - 2.25, 34.3375 - 2.25
    sea = np.array([-2.0, full, full + 3.75, none, 36.0])
    hour = cooling.balance(SEA, 30.0, 25.0, SEA_LEVEL_PA, sea_c=sea)
    assert hour.economiser_share == pytest.approx([1.0, 1.0, 0.5, 0.0, 0.0])
    p = cooling.DESIGNS[SEA].parameters
    assert hour.chiller[2] == pytest.approx(COIL_KWH * 0.5 / float(chiller_cop(sea[2], p)))  # type: ignore[arg-type]


def test_sea_water_that_is_given_back_is_no_water_taken_in() -> None:
    hour = cooling.balance(SEA, 30.0, 25.0, SEA_LEVEL_PA, sea_c=30.0)
    assert hour.wue_l_per_kwh == pytest.approx(hour.humidifier_l)
    # latent 0.033071 kWh over 2450 kJ/kg, a quarter of the intake rejected
    assert hour.wue_l_per_kwh == pytest.approx(0.033071 * 3600 / 2450 / 0.75, rel=1e-3)


def test_a_warmer_sea_never_lowers_pue() -> None:
    sea = np.linspace(-2.0, 36.0, 153)
    assert np.all(np.diff(cooling.pue(SEA, 15.0, 12.0, SEA_LEVEL_PA, sea_c=sea)) >= 0.0)


def test_the_sea_broadcasts_against_the_weather() -> None:
    hour = cooling.balance(SEA, np.zeros(4), -1.0, 9e4, sea_c=np.array([[5.0], [20.0], [30.0]]))
    assert hour.pue.shape == hour.economiser_share.shape == hour.wue_l_per_kwh.shape == (3, 4)


@pytest.mark.parametrize(
    ("sea_c", "message"),
    [
        (
            None,
            "needs the temperature of the sea: give `sea_c` in C; a place without a sea within reach does not offer",
        ),
        ([10.0, np.nan], r"missing sea temperature at element 1 \(nan C\), 1 in all: a place without a sea"),
        ([10.0, 45.0], r"sea outside -2 to 36 C at element 1 \(45 C\)"),
        ([-2.5, 10.0], r"sea outside -2 to 36 C at element 0"),
        ([1.0, 2.0, 3.0], r"shapes \(2,\), \(\), \(\), \(3,\) do not broadcast"),
    ],
)
def test_a_sea_that_is_missing_or_cannot_be_is_refused(sea_c: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        cooling.pue(SEA, [10.0, 11.0], 9.0, 1e5, sea_c=sea_c)


def test_faults_of_air_and_sea_are_told_together() -> None:
    with pytest.raises(DataError, match=r"(?s)wet bulb above its dry bulb.*sea outside"):
        cooling.pue(SEA, 10.0, 12.0, 1e5, sea_c=50.0)


def test_designs_without_a_sea_refuse_one() -> None:
    with pytest.raises(DataError, match="'waterside_economizer' does not use the sea"):
        cooling.balance("waterside_economizer", 10.0, 9.0, 1e5, sea_c=10.0)
