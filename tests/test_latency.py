"""Round-trip times keep to physics, to the measurements, and to what was promised of them."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from siting.errors import DataError, ScenarioError
from siting.physics.geodesy import great_circle_km
from siting.world.latency.round_trips import rtt_model, rtt_ms, rtt_quality
from siting.world.latency.rtt_model import FIBRE_KM_PER_MS
from siting.world.tables import read_table
from siting.world.user_files.user_rtt import DAY_MAXIMUM_OVER_MEAN_P90

DUBLIN, AMSTERDAM, TOKYO = (-6.2597, 53.3478), (4.9041, 52.3676), (139.6503, 35.6762)
LULEA, LONGYEARBYEN, NAIROBI = (22.15, 65.58), (15.63, 78.22), (36.82, -1.28)
ACCURACY = Path(__file__).parents[1] / "data" / "build" / "accuracy_latency.json"


def random_places(n: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Return places spread evenly over the sphere."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))


def test_great_circle_is_within_0p6_percent_of_the_ellipsoid() -> None:
    (lon_a, lat_a), (lon_b, lat_b) = random_places(2000, 1), random_places(2000, 2)
    ellipsoid_km = Geod(ellps="WGS84").inv(lon_a, lat_a, lon_b, lat_b)[2] / 1000
    assert np.abs(great_circle_km(lon_a, lat_a, lon_b, lat_b) / ellipsoid_km - 1).max() < 0.006


def test_great_circle_crosses_the_antimeridian_and_the_pole_the_short_way() -> None:
    degree_km = 2 * np.pi * 6371.0088 / 360
    assert great_circle_km(179, 0, -179, 0) == pytest.approx(2 * degree_km)
    assert great_circle_km(10, 89, -170, 89) == pytest.approx(2 * degree_km)
    assert great_circle_km(359, 0, -1, 0) == pytest.approx(0, abs=1e-6)


def test_dublin_to_amsterdam_has_the_published_azure_value() -> None:
    pairs = read_table("rtt_measured").set_index(["region_a", "region_b"])["rtt_ms"]
    published = pairs["northeurope", "westeurope"]
    assert rtt_ms(*DUBLIN, *AMSTERDAM, quantile=0.5) == pytest.approx(published)
    assert rtt_ms(*DUBLIN, *AMSTERDAM) == pytest.approx(DAY_MAXIMUM_OVER_MEAN_P90 * published)
    assert rtt_quality(*DUBLIN, *AMSTERDAM) == "measured"


def test_lulea_is_modelled_and_longyearbyen_extrapolated() -> None:
    assert rtt_quality(*LULEA, *AMSTERDAM) == "modelled"
    assert rtt_quality([LONGYEARBYEN[0], LULEA[0]], [LONGYEARBYEN[1], LULEA[1]], *TOKYO).tolist() == [
        "extrapolated",
        "modelled",
    ]


@pytest.mark.parametrize("quantile", [0.5, 0.9])
def test_round_trips_are_symmetric(quantile: float) -> None:
    a, b = random_places(300, 3), random_places(300, 4)
    np.testing.assert_array_equal(rtt_ms(*a, *b, quantile), rtt_ms(*b, *a, quantile))
    np.testing.assert_array_equal(rtt_quality(*a, *b), rtt_quality(*b, *a))


def test_no_round_trip_is_faster_than_light_in_fibre() -> None:
    (lon_a, lat_a), (lon_b, lat_b) = random_places(150, 6), random_places(150, 7)
    matrix = (lon_a[:, None], lat_a[:, None], lon_b, lat_b)
    floor_ms = great_circle_km(*matrix) / 102.0
    assert (rtt_ms(*matrix, 0.5) >= floor_ms).all()
    assert FIBRE_KM_PER_MS == 102.0  # 1 / (2 x 4.9 us/km)


LON, LAT = st.floats(-180, 360), st.floats(-90, 90)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(LON, LAT, LON, LAT, st.sampled_from([0.5, 0.9]))
def test_any_two_places_are_as_far_back_as_forth_and_never_faster_than_light(
    lon_a: float, lat_a: float, lon_b: float, lat_b: float, quantile: float
) -> None:
    forth, back = (rtt_ms(*ends, quantile) for ends in ((lon_a, lat_a, lon_b, lat_b), (lon_b, lat_b, lon_a, lat_a)))
    assert forth == back
    assert forth >= great_circle_km(lon_a, lat_a, lon_b, lat_b) / 102.0
    assert np.isfinite(forth)


def test_ninetieth_percentile_is_never_below_the_median() -> None:
    a, b = random_places(500, 8), random_places(500, 9)
    assert (rtt_ms(*a, *b, 0.9) >= rtt_ms(*a, *b, 0.5)).all()


def test_a_place_is_near_itself() -> None:
    assert 0 < rtt_ms(*LULEA, *LULEA, 0.5) < rtt_ms(*LULEA, *LULEA, 0.9) < 15


def test_pairs_far_from_every_endpoint_are_no_faster_than_the_pooled_line() -> None:
    intercept_ms, slope_ms_per_km = rtt_model().line[0.9]
    km = great_circle_km(*LONGYEARBYEN, *TOKYO)
    assert rtt_ms(*LONGYEARBYEN, *TOKYO) >= intercept_ms + slope_ms_per_km * km


def test_east_asia_to_the_middle_east_is_slower_than_its_distance_says() -> None:
    dubai, osaka_like = (55.27, 25.20), (135.5, 34.69)
    same_distance = great_circle_km(*dubai, *osaka_like) / 102.0
    assert rtt_ms(*dubai, *osaka_like, 0.5) > 1.3 * same_distance


def test_arguments_broadcast_and_each_pair_is_told_alone_as_in_the_matrix() -> None:
    lon, lat = np.array([LULEA[0], NAIROBI[0]]), np.array([LULEA[1], NAIROBI[1]])
    matrix = rtt_ms(
        lon[:, None], lat[:, None], [AMSTERDAM[0], TOKYO[0], DUBLIN[0]], [AMSTERDAM[1], TOKYO[1], DUBLIN[1]]
    )
    assert matrix.shape == (2, 3)
    assert rtt_ms(*NAIROBI, *TOKYO) == matrix[1, 1]


def test_latitude_95_is_refused_with_value_and_way_out() -> None:
    with pytest.raises(DataError, match=r"1 of 1 latitudes is not within -90..90 .*95.*longitude before latitude"):
        rtt_ms(0.0, 95.0, *TOKYO)


def test_all_faulty_coordinates_are_named_at_once() -> None:
    with pytest.raises(DataError, match=r"longitudes.*nan.*latitudes.*-91"):
        rtt_quality([np.nan, 10.0], [-91.0, 20.0], *TOKYO)


@pytest.mark.parametrize("quantile", [0.95, 50, float("nan")])
def test_other_quantiles_are_refused(quantile: float) -> None:
    with pytest.raises(ScenarioError, match=r"`quantile` is .*use 0.5 .* or 0.9"):
        rtt_ms(*DUBLIN, *TOKYO, quantile=quantile)


@pytest.mark.parametrize("folds", ["those the settings were chosen on", "others"])
def test_measured_errors_on_unseen_cities_keep_the_promise(folds: str) -> None:
    figures = json.loads(ACCURACY.read_text())
    pairs = figures["p90_coverage_by_region_pair"]
    if folds == "others":
        figures = figures["other_folds"]
        pairs = figures["weakest_region_pairs"]
    assert 0.87 <= figures["p90_coverage"] <= 0.95
    assert min(pair["coverage"] for pair in pairs.values()) >= 0.80
    assert figures["mean_absolute_error_ms"] <= 19.0  # the reference of the nearest endpoint's own stretch
    promised = {"50": 0.05, "100": 0.02, "150": 0.02}
    assert all(figures["limit_ms"][limit]["violation_share"] <= most for limit, most in promised.items())


def test_no_estimate_on_unseen_cities_is_faster_than_light_in_fibre() -> None:
    assert json.loads(ACCURACY.read_text())["below_fibre_floor"] == 0


def test_no_ping_is_shipped_only_parameters() -> None:
    assert len(read_table("rtt_fit_endpoints")) < 200
    assert set(read_table("rtt_fit_distance").columns) == {"km", "stretch", "spread"}
