"""Moist air agrees with psychrolib, an independent implementation of the ASHRAE Handbook."""

import numpy as np
import psychrolib
import pytest

from siting.errors import DataError
from siting.physics.air import psychrometrics as moist

psychrolib.SetUnitSystem(psychrolib.SI)

SEA_LEVEL_PA = 101_325.0


@pytest.mark.parametrize("temperature_c", [-60.0, -45.0, -20.0, -5.0, 0.5, 10.0, 25.0, 45.0])
def test_saturation_pressure_agrees_with_psychrolib_over_ice_and_water(
    temperature_c: float,
) -> None:
    expected_pa = psychrolib.GetSatVapPres(temperature_c)
    assert moist.saturation_pressure_pa(temperature_c) == pytest.approx(expected_pa, rel=0.01)


@pytest.mark.parametrize(
    ("dry_bulb_c", "wet_bulb_c"),
    [(-40.0, -40.1), (-20.0, -20.5), (-5.0, -7.0), (10.0, 4.0), (30.0, 20.0), (45.0, 22.0)],
)
@pytest.mark.parametrize("pressure_pa", [60_000.0, SEA_LEVEL_PA])
def test_humidity_ratio_agrees_with_psychrolib(dry_bulb_c: float, wet_bulb_c: float, pressure_pa: float) -> None:
    expected = psychrolib.GetHumRatioFromTWetBulb(dry_bulb_c, wet_bulb_c, pressure_pa)
    computed = moist.humidity_ratio(dry_bulb_c, wet_bulb_c, pressure_pa)
    assert computed == pytest.approx(expected, rel=0.02, abs=2e-5)


def test_enthalpy_and_density_agree_with_psychrolib_within_the_papers_coefficients() -> None:
    enthalpy_j = psychrolib.GetMoistAirEnthalpy(27.0, 0.0107)
    assert moist.enthalpy_kj_per_kg(27.0, 0.0107) == pytest.approx(enthalpy_j / 1000, rel=0.005)
    density = psychrolib.GetMoistAirDensity(27.0, 0.0, SEA_LEVEL_PA)
    assert moist.density_kg_per_m3(27.0, SEA_LEVEL_PA) == pytest.approx(density, rel=0.005)


def test_humidity_at_enthalpy_undoes_enthalpy() -> None:
    humidity = np.array([0.0, 0.002, 0.012])
    heat = moist.enthalpy_kj_per_kg(31.0, humidity)
    assert moist.humidity_at_enthalpy(heat, 31.0) == pytest.approx(humidity, abs=1e-12)


@pytest.mark.parametrize("elevation_m", [-400.0, 0.0, 2240.0, 5000.0])
def test_standard_pressure_agrees_with_psychrolib(elevation_m: float) -> None:
    expected_pa = psychrolib.GetStandardAtmPressure(elevation_m)
    assert moist.standard_pressure_pa(elevation_m) == pytest.approx(expected_pa, rel=1e-4)


@pytest.mark.parametrize("elevation_m", [float("nan"), 12_000.0])
def test_an_elevation_that_cannot_be_is_refused_by_its_index(elevation_m: float) -> None:
    with pytest.raises(DataError, match="element 1"):
        moist.standard_pressure_pa([10.0, elevation_m])
