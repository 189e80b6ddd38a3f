"""Natural hazards of a place: known cases, the edges of the globe, and what is no place."""

import json

import numpy as np
import pandas as pd
import pytest

from siting import DataError
from siting.cli.main import app
from siting.physics.geodesy import great_circle_km
from siting.world.hazards import COLUMNS, hazards_at, with_hazards
from siting.world.places import starter_sites
from siting.world.tables import read_table, resource

CATANIA, NAPLES, BERLIN, TAIPEI, YAKUTSK = (
    (15.087, 37.503),
    (14.268, 40.852),
    (13.4, 52.5),
    (121.56, 25.03),
    (129.73, 62.03),
)


def at(*places: tuple[float, float]) -> pd.DataFrame:
    lon, lat = zip(*places, strict=True)
    return hazards_at(lon, lat)


def test_well_known_volcanoes_are_near_their_towns() -> None:
    """Etna's summit is 28 km from Catania; Campi Flegrei lies west of Naples."""
    found = at(CATANIA, NAPLES)
    assert found["nearest_volcano"].tolist()[0] == "Etna"
    assert found["km_to_volcano"].iloc[0] == pytest.approx(28, abs=2)
    assert found["km_to_volcano"].iloc[1] < 20


def test_the_nearest_volcano_is_the_nearest_of_all() -> None:
    """Against every distance, worked one by one."""
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(-180, 180, 40), rng.uniform(-90, 90, 40)
    volcanoes = read_table("volcanoes")
    km = great_circle_km(
        lon[:, None], lat[:, None], volcanoes["lon"].to_numpy()[None], volcanoes["lat"].to_numpy()[None]
    )
    np.testing.assert_allclose(hazards_at(lon, lat)["km_to_volcano"], km.min(axis=1), rtol=1e-9)


def test_earthquakes_are_counted_within_200_km_of_the_place_itself() -> None:
    sites = starter_sites().iloc[::12]
    quakes = read_table("earthquakes")
    km = great_circle_km(
        sites["lon"].to_numpy(float)[:, None],
        sites["lat"].to_numpy(float)[:, None],
        quakes["lon"].to_numpy()[None],
        quakes["lat"].to_numpy()[None],
    )
    assert sites["earthquakes_m68_within_200km"].tolist() == (km <= 200.0).sum(axis=1).tolist()


def test_cyclones_come_to_taipei_and_not_to_berlin() -> None:
    assert at(TAIPEI)["cyclone_64kt_per_decade"].iloc[0] > 10
    assert at(BERLIN)["cyclone_64kt_per_decade"].iloc[0] == 0.0


def test_the_ground_is_frozen_at_yakutsk_and_not_at_berlin() -> None:
    """Continuous permafrost: a frost number above 0.6 makes it likely, below 0.5 unlikely."""
    assert at(YAKUTSK)["frost_number"].iloc[0] > 0.6
    assert at(BERLIN)["frost_number"].iloc[0] < 0.5


def test_an_unknown_place_has_unknown_hazards() -> None:
    found = at((np.nan, 10.0), BERLIN)
    assert found.iloc[0].isna().all()
    assert found.iloc[1].notna().all()
    assert at((np.nan, np.nan)).isna().all(axis=None)
    assert len(hazards_at([], [])) == 0


def test_the_poles_and_the_antimeridian_are_places() -> None:
    east, west, north, south = (at(p).iloc[0] for p in [(180.0, -17.0), (-180.0, -17.0), (0.0, 90.0), (0.0, -90.0)])
    pd.testing.assert_series_equal(east, west, check_names=False)
    assert south["frost_number"] == 1.0
    assert north["cyclone_64kt_per_decade"] == 0.0


@pytest.mark.parametrize(
    ("lon", "lat", "message"),
    [
        ([10.0, 200.0], [10.0, 10.0], r"1 place\(s\) are not on Earth, the first lon 200, lat 10"),
        ([10.0], [95.0], r"lat 95: give lon -180 to 180, then lat -90 to 90 degrees"),
        ([1.0, 2.0], [3.0], r"`lon` has shape \(2,\), `lat` \(1,\)"),
        ([[1.0]], [[3.0]], r"shape \(1, 1\)"),
    ],
)
def test_what_is_no_place_is_refused(lon: list[float], lat: list[float], message: str) -> None:
    with pytest.raises(DataError, match=message):
        hazards_at(lon, lat)


def test_sites_carry_the_hazards_and_keep_their_rows() -> None:
    frame = pd.DataFrame({"id": ["b", "a"], "lon": [BERLIN[0], TAIPEI[0]], "lat": [BERLIN[1], TAIPEI[1]]}, index=[7, 3])
    joined = with_hazards(frame)
    assert list(joined.columns) == ["id", "lon", "lat", *COLUMNS]
    assert joined.index.tolist() == [7, 3]
    pd.testing.assert_frame_equal(with_hazards(joined), joined)
    assert set(COLUMNS) <= set(starter_sites().columns)


def test_national_classes_are_shared_alike_and_in_a_file_of_their_own() -> None:
    shared_alike = [
        name
        for name in ("countries", "hazard_classes", "volcanoes")
        if "CC-BY-SA" in resource(name).provenance()["licence"]
    ]
    assert shared_alike == ["hazard_classes"]


def test_uncertain_volcanoes_say_so() -> None:
    volcanoes = read_table("volcanoes")
    uncertain = volcanoes["evidence"] == "Evidence Uncertain"
    assert uncertain.sum() == 90
    assert (volcanoes["quality"] == "unverified").equals(uncertain)


def test_a_file_of_arrays_is_listed_shown_and_verified(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        app(["data", "show", "hazard_grids", "--json"])
    rows = {row["array"]: row for row in json.loads(capsys.readouterr().out)}
    frost = rows["frost_number_x200"]
    assert (frost["shape"], frost["type"], frost["unit"]) == ("360 x 720", "uint8", "0.005")
    assert (frost["range"], frost["least"], frost["most"]) == ("0 to 200", 0.0, 200.0)
    with pytest.raises(SystemExit):
        app(["data", "show", "hazard_grids"])
    said = capsys.readouterr().out
    assert "IBTrACS" in said
    assert "0.01/decade" in said
