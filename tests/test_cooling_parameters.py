"""Presets and part load of the cooling plants."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from siting.errors import DataError
from siting.physics import cooling
from siting.physics.cooling.parameters import WatersideParameters
from siting.physics.cooling.plant import fan_part_load
from siting.physics.cooling.power_chain import ups_loss_kwh

ALL = sorted(cooling.DESIGNS)
SEA_LEVEL_PA = 101_325.0
DRY_C = np.array([-30.0, -10.0, 0.0, 10.0, 18.0, 24.0, 28.0, 32.0, 36.0, 40.0])
HOURS_H = np.array([200, 700, 1500, 2300, 1900, 1300, 500, 200, 120, 40])  # of a temperate year with extremes
WET_C = np.array([-30.2, -11.0, -1.0, 7.0, 14.0, 20.0, 24.0, 26.0, 23.0, 22.0])


def weather_of(design: str) -> dict[str, Any]:
    """Return hours from polar to desert, with a sea where it is needed."""
    sea = {"sea_c": np.clip(WET_C, -2.0, 36.0)} if cooling.DESIGNS[design].needs_sea else {}
    return {"dry_bulb_c": DRY_C, "wet_bulb_c": WET_C, "pressure_pa": SEA_LEVEL_PA, **sea}


def test_the_default_preset_is_the_midpoints() -> None:
    for design in ALL:
        assert cooling.preset(design, "default") == cooling.DESIGNS[design].parameters


def worst_of(design: str, name: str) -> Any:
    bounds = cooling.parameter_ranges(cooling.DESIGNS[design].parameters)[name]
    return {"low": (bounds.high,), "high": (bounds.low,), "middle": (bounds.low, bounds.high)}[bounds.better]


@pytest.mark.parametrize(
    ("design", "name"),
    [(design, item.name) for design in ALL for item in fields(cooling.DESIGNS[design].parameters)],
)
def test_the_better_end_of_a_range_lowers_mean_pue_or_else_water(design: str, name: str) -> None:
    """Over a temperate year with polar and desert hours, at full load; the curves of UPS and fans are felt below it."""
    curve = name in {"ups_no_load_loss_share", "ups_square_loss_share", "fan_speed_floor_share"}
    plant = replace(cooling.DESIGNS[design].parameters, part_load_share=0.3 if curve else 1.0)
    bounds = cooling.parameter_ranges(plant)[name]
    if name == "part_load_share" or bounds.low == bounds.high:
        assert bounds.best == bounds.low
        return
    if design == "air_cooled_chiller":
        plant = replace(plant, dry_economiser_share=0.5)
    better = cooling.balance(design, parameters=replace(plant, **{name: bounds.best}), **weather_of(design))
    for end in worst_of(design, name):
        worse = cooling.balance(design, parameters=replace(plant, **{name: end}), **weather_of(design))
        pue_gain = np.average(worse.pue - better.pue, weights=HOURS_H)
        water_gain = np.average(worse.wue_l_per_kwh - better.wue_l_per_kwh, weights=HOURS_H)
        assert pue_gain > 1e-9 or (abs(pue_gain) < 1e-9 and water_gain > 0.0), (pue_gain, water_gain)


@pytest.mark.parametrize("design", ALL)
def test_best_practice_is_the_better_end_of_every_range_and_lowers_pue(design: str) -> None:
    best = cooling.preset(design, "best_practice")
    for name, bounds in cooling.parameter_ranges(best).items():
        assert getattr(best, name) == bounds.best, name
    assert cooling.preset("waterside_economizer", "best_practice").ups_efficiency == 0.99
    weather = weather_of(design)
    assert np.all(cooling.pue(design, parameters=best, **weather) < cooling.pue(design, **weather))


def test_unknown_presets_are_refused() -> None:
    with pytest.raises(DataError, match="'typical' is unknown: use one of default, best_practice"):
        cooling.preset("seawater", "typical")
    with pytest.raises(DataError, match="'ice_house' is unknown: use one of airside"):
        cooling.preset("ice_house", "default")


def test_an_impossible_draw_is_named_by_its_element() -> None:
    with pytest.raises(DataError, match=r"ups_efficiency is 1.3 at element 1 \(1 faulty in all\), possible is"):
        WatersideParameters(ups_efficiency=np.array([0.9, 1.3]))


def test_the_ups_loses_more_per_unit_at_part_load() -> None:
    p = cooling.DESIGNS["waterside_economizer"].parameters
    full = 1 / 0.945 - 1
    assert ups_loss_kwh(p) == pytest.approx(full)
    # shares 0.4 at no load, 0.3 in proportion, 0.3 in the square: 0.4/0.5 + 0.3 + 0.3*0.5 = 1.25
    assert ups_loss_kwh(replace(p, part_load_share=0.5)) == pytest.approx(full * 1.25)


def test_fans_follow_the_cube_of_the_load_down_to_their_slowest_speed() -> None:
    p = cooling.DESIGNS["waterside_economizer"].parameters
    assert fan_part_load(p) == 1.0
    assert fan_part_load(replace(p, part_load_share=0.5)) == pytest.approx(0.25)
    # at 0.2 of the load the fan turns at 0.4: 0.064 of its power for 0.2 of the energy
    assert fan_part_load(replace(p, part_load_share=0.2)) == pytest.approx(0.32)


def test_part_load_moves_fans_and_ups_alone() -> None:
    p = cooling.DESIGNS["waterside_economizer"].parameters
    full, half = (
        cooling.balance("waterside_economizer", 5.0, 4.0, SEA_LEVEL_PA, replace(p, part_load_share=x))
        for x in (1.0, 0.5)
    )
    heat = (1.069302 + 0.25 * (1 / 0.945 - 1)) / 1.069302
    assert half.ups == pytest.approx(full.ups * 1.25)
    assert half.crah_fan == pytest.approx(full.crah_fan * 0.25 * heat, rel=1e-6)
    assert half.tower_fan == pytest.approx(full.tower_fan * 0.25 * heat, rel=1e-6)
    assert half.tower_pump == pytest.approx(full.tower_pump * heat, rel=1e-6)
    assert half.lighting == full.lighting
