"""The shipped climate keeps to physics, to known places, and to what is said of its error."""

import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psychrolib
import pytest

from siting.errors import DataError
from siting.physics.air.psychrometrics import wet_bulb_at_vapour_c
from siting.world.climate import hours_of, summaries_of
from siting.world.climate.estimate_inputs import estimate_inputs
from siting.world.tables import read_arrays, read_table

ROOT = Path(__file__).parents[1]
SOURCES = ROOT.parent / "shared" / "sources"
ACCURACY = ROOT / "data" / "build" / "accuracy_climate.json"

needs_sources = pytest.mark.skipif(not SOURCES.is_dir(), reason="the raw sources are not beside the checkout")


def summary(place: str) -> dict[str, float]:
    """Return the climate row of a site."""
    return dict(summaries_of([("sites", place)]).iloc[0])


def hours_above(place: str, dry_bulb_c: float) -> float:
    """Return the hours of bins that lie above a dry bulb."""
    year = hours_of([("sites", place)])
    return float(year.hours[year.dry_bulb_c > dry_bulb_c].sum())


def test_every_place_has_8760_hours() -> None:
    arrays = read_arrays("climate_hours")
    assert (np.add.reduceat(arrays["hours"].astype(int), arrays["start"]) == 8760).all()


def test_every_site_and_hub_has_a_climate() -> None:
    climate = read_table("climate")
    for kind in ("sites", "hubs"):
        assert set(climate.loc[climate["set"] == kind, "id"]) == set(read_table(kind)["id"])


def test_the_wet_bulb_is_never_above_the_dry_bulb() -> None:
    arrays = read_arrays("climate_hours")
    assert (arrays["wet_bulb_c"] <= arrays["dry_bulb_c"]).all()


def test_the_hours_agree_with_the_monthly_means() -> None:
    table = read_table("climate").query("set == 'sites'")
    year = hours_of([("sites", place) for place in table["id"]])
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) / 365
    monthly = table[[f"t_mean_c_{month:02d}" for month in range(1, 13)]].to_numpy(float) @ days
    assert np.abs(year.mean(year.dry_bulb_c) - monthly).max() < 0.15
    assert np.abs(year.mean(year.wet_bulb_c) - table["wet_bulb_mean_c"].to_numpy(float)).max() < 0.15


def test_degree_days_obey_the_identity_of_heating_and_cooling() -> None:
    row = summary("berlin")
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    monthly = np.array([row[f"t_mean_c_{month:02d}"] for month in range(1, 13)])
    assert row["cdd18_k_day"] - row["hdd18_k_day"] == pytest.approx(float(days @ (monthly - 18)), abs=25)
    assert row["cdd21_k_day"] < row["cdd18_k_day"]


def test_pressure_is_the_standard_atmosphere_of_the_elevation() -> None:
    sites = read_table("sites").set_index("id")
    for place in ("johannesburg", "amsterdam"):
        psychrolib.SetUnitSystem(psychrolib.SI)
        expected = psychrolib.GetStandardAtmPressure(float(sites.at[place, "elevation_m"]))
        assert summary(place)["pressure_pa"] == pytest.approx(expected, abs=1.0)


@pytest.mark.parametrize(
    ("place", "low_c", "high_c"),
    [  # rounded published normals, 2 to 3 K either way for place and period
        ("singapore", 26, 30),
        ("phoenix", 22, 26),
        ("dublin", 8, 12),
        ("reykjavik", 3, 7),
        ("yakutsk", -10, -6),
        ("mcmurdo", -21, -14),
    ],
)
def test_the_years_mean_is_that_of_the_known_climate(place: str, low_c: float, high_c: float) -> None:
    year = hours_of([("sites", place)])
    assert low_c <= year.mean(year.dry_bulb_c)[0] <= high_c


def test_longyearbyen_needs_no_cooling() -> None:
    assert summary("longyearbyen")["cdd18_k_day"] == 0
    assert hours_above("longyearbyen", 20) == 0


@pytest.mark.parametrize("place", ["yakutsk", "fairbanks"])
def test_the_continental_north_has_a_summer_tail(place: str) -> None:
    assert 20 <= hours_above(place, 25) <= 600


def test_mcmurdo_says_that_its_humidity_is_neutral_and_its_error_unmeasured() -> None:
    said = str(summary("mcmurdo")["error"])
    assert "error unmeasured" in said
    assert "humidity and daily range neutral (assumption)" in said
    year = hours_of([("sites", "mcmurdo")])
    depression_k = year.mean(year.dry_bulb_c - year.wet_bulb_c)[0]
    assert 0 < depression_k < 1.0  # cold air holds too little vapour for more


def test_the_tropics_have_no_frost() -> None:
    for place in ("singapore", "jakarta", "lagos"):
        assert summary(place)["t_min_c"] > 10


def test_only_the_latitudes_of_hourly_years_state_a_measured_error() -> None:
    climate = read_table("climate").merge(read_table("sites")[["id", "lat"]], on="id")
    polar = (climate["lat"] > 54.6) | (climate["lat"] < -46.4)
    assert climate.loc[polar, "error"].str.contains("error unmeasured").all()
    assert climate.loc[~polar, "error"].str.contains("left-out stations|open sea, .* error unmeasured").all()
    assert (climate["quality"] == "modelled").all()


def test_places_come_back_in_the_order_asked_for_and_may_repeat() -> None:
    year = hours_of([("sites", "singapore"), ("sites", "kiruna"), ("sites", "singapore")])
    mean_c = year.mean(year.dry_bulb_c)
    assert mean_c[0] == mean_c[2] > 20 > mean_c[1]


def test_unknown_places_are_all_named_with_a_way_out() -> None:
    with pytest.raises(DataError, match=r"2 place\(s\) \(sites: atlantis, hubs: eldorado\): exclude them"):
        hours_of([("sites", "atlantis"), ("sites", "lulea"), ("hubs", "eldorado")])
    with pytest.raises(DataError, match="atlantis"):
        summaries_of([("sites", "atlantis")])


def test_a_mean_needs_one_value_per_bin() -> None:
    year = hours_of([("sites", "lulea")])
    with pytest.raises(DataError, match="one value per bin"):
        year.mean(np.ones(3))


def test_the_measured_error_keeps_the_promise() -> None:
    figures = json.loads(ACCURACY.read_text())
    own, confirmed = figures["offset_-0.8_k"], figures["where_degree_days_are_published_offset_-0.8_k"]
    assert figures["n"] >= 140
    assert confirmed["n"] >= 100
    for at in (own, confirmed):
        for name, goal in {"cdd18_k_day": 85, "dry_bulb_le_18c_h": 195, "wet_bulb_le_16c_h": 205}.items():
            error = at["mean_absolute_error"][name]
            assert error <= goal
            assert abs(at["mean_error"][name]) < error / 3


def test_two_polar_years_are_in_the_library_and_the_places_are_still_cold() -> None:
    library = estimate_inputs().library
    lat = library.seasonal_lat[: len(library.dry_bulb_c)]
    assert sorted(lat[lat > 54.6]) == pytest.approx([57.74, 64.82], abs=0.01)
    for errors in json.loads(ACCURACY.read_text())["polar_years_offset_-0.8_k"].values():
        assert abs(errors["cdd18_k_day"]) < 60
        assert abs(errors["dry_bulb_le_18c_h"]) < 400


def test_the_wet_bulb_agrees_with_psychrolib() -> None:
    psychrolib.SetUnitSystem(psychrolib.SI)
    for dry_c, share in ((35.0, 0.3), (20.0, 0.9), (-15.0, 0.8)):
        vapour = share * psychrolib.GetSatVapPres(dry_c)
        expected = psychrolib.GetTWetBulbFromRelHum(dry_c, share, 95000.0)
        assert wet_bulb_at_vapour_c(dry_c, vapour, 95000.0) == pytest.approx(expected, abs=0.03)


@pytest.fixture(name="built")
def _built(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Return modules of the climate build with the stations and what they teach."""
    pytest.importorskip("pyarrow", reason="the raw sources are parquet files")
    monkeypatch.syspath_prepend(str(ROOT / "data" / "build"))
    names = ("accuracy", "consistency", "fit", "sources")
    modules = {name: importlib.import_module(f"climate_{name}") for name in names}
    known, stations = estimate_inputs(), modules["sources"].read_stations(SOURCES)
    seen = modules["fit"].lessons(known.grid, known.normals, stations)
    yield SimpleNamespace(**modules, known=known, stations=stations, seen=seen)
    for name in names:
        sys.modules.pop(f"climate_{name}")


@needs_sources
def test_scored_stations_are_of_named_sets_and_end_before_the_climate_of_today(built: SimpleNamespace) -> None:
    tested = built.accuracy.test_stations(built.stations)
    assert len(tested) == built.accuracy.TEST_STATIONS
    assert (tested["kind"] != "other").all()
    assert tested["years"].str[-4:].astype(int).max() <= 2008
    assert {"Eilat", "Kona Intl At Keahol"} <= set(tested["site"]), "hard places whose truth is confirmed stay"


@needs_sources
def test_a_tested_station_teaches_nothing_to_itself(built: SimpleNamespace) -> None:
    stations, known = built.stations, built.known
    one = built.accuracy.test_stations(stations).head(1)
    altered = stations.copy()
    altered.loc[one.index, [c for c in stations if c.startswith(("t_mean_0", "vap_pressure"))]] += 5.0
    taught = np.ones(len(stations), bool)
    errors = [
        built.accuracy.leave_out_errors(known, seen, stations, one, taught)
        for seen in (built.seen, built.fit.lessons(known.grid, known.normals, altered))
    ]
    assert (errors[0] == errors[1]).all(axis=None)


@needs_sources
@pytest.mark.slow
def test_a_station_with_false_humidity_is_found_and_its_year_is_not_shipped(built: SimpleNamespace) -> None:
    found = built.consistency.contradicts_humidity(built.seen)
    assert found.sum() <= 0.01 * len(found)
    honest = int(np.flatnonzero(~found)[100])
    missed = built.seen.missed_near.copy()
    missed[honest, 1] += np.log(1.5)  # 50 % too much vapour in every month
    assert built.consistency.contradicts_humidity(replace(built.seen, missed_near=missed))[honest]
    shipped = {tuple(row) for row in np.round(np.column_stack(_shipped_places()), 2)}
    for station in built.stations[found].itertuples():
        assert (round(station.lon, 2), round(station.lat, 2)) not in shipped


def _shipped_places() -> tuple[np.ndarray, np.ndarray]:
    """Return longitudes and latitudes of the shipped years."""
    arrays = read_arrays("climate_years")
    return arrays["lon_0p01deg"] / 100, arrays["lat_0p01deg"] / 100
