"""The location problems take tables of places and of distances, and give names back."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import siting as st
from siting import locate
from siting.physics.geodesy import great_circle_km

TOWNS = pd.DataFrame(
    {
        "name": ["Oslo", "Bergen", "Trondheim", "Tromso", "Bodo"],
        "lon": [10.75, 5.32, 10.40, 18.96, 14.40],
        "lat": [59.91, 60.39, 63.43, 69.65, 67.28],
        "people": [700_000, 290_000, 210_000, 78_000, 53_000],
    }
)
POINTS = gpd.GeoDataFrame(
    TOWNS.drop(columns=["lon", "lat"]), geometry=gpd.points_from_xy(TOWNS["lon"], TOWNS["lat"]), crs=4326
)
KM = great_circle_km(*(TOWNS[c].to_numpy()[s] for s in (np.s_[:, None], np.s_[None, :]) for c in ("lon", "lat")))


def test_distances_have_the_names_of_both_tables() -> None:
    found = locate.distance_km(TOWNS, POINTS)
    assert list(found.index) == list(found.columns) == list(TOWNS["name"])
    np.testing.assert_allclose(found.to_numpy(), KM)


@pytest.mark.parametrize(
    "places", [TOWNS, POINTS, POINTS.to_crs(3857)], ids=["lon and lat", "points", "other reference"]
)
def test_p_median_of_places_is_that_of_their_distances(places: pd.DataFrame) -> None:
    expected = locate.p_median(KM, 2, TOWNS["people"].to_numpy())
    found = locate.p_median(places, 2, "people")
    assert found.objective == pytest.approx(expected.objective, rel=1e-6)
    assert found.open_names == list(TOWNS["name"][expected.open])
    assert set(found.allocation["customer"]) == set(TOWNS["name"])
    assert set(found.allocation["facility"]) == set(found.open_names)


@pytest.mark.parametrize("places", [TOWNS, POINTS], ids=["lon and lat", "points"])
def test_points_are_measured_by_great_circles(places: pd.DataFrame) -> None:
    found = locate.p_median_points(places, 2, weights="people")
    expected = locate.p_median(KM, 2, TOWNS["people"].to_numpy())
    assert found.objective == pytest.approx(expected.objective, rel=1e-9)
    assert found.open_names == list(TOWNS["name"][expected.open])


def test_sites_may_be_other_places_than_customers() -> None:
    """Of two sites in the north, Bodo is nearer to everybody than Tromso but for Tromso itself."""
    sites = TOWNS.iloc[3:]
    found = locate.p_median(TOWNS, 1, sites=sites)
    assert found.open_names == ["Bodo"]
    assert found.objective == pytest.approx(KM[4].sum())
    assert locate.p_median_points(TOWNS, 1, sites=sites).open_names == ["Bodo"]
    assert locate.p_center(TOWNS, 1, sites=sites).objective == pytest.approx(KM[4].max())
    assert locate.cover_all(TOWNS, 1200, sites=sites).open_names == ["Bodo"]
    assert locate.max_cover(TOWNS, 500, 1, "people", sites=sites).objective == 210_000 + 78_000 + 53_000


def test_labelled_distances_give_names_and_align_series() -> None:
    table = pd.DataFrame([[1.0, 9.0], [3.0, 3.0]], index=["a", "b"], columns=["x", "y"])
    costs = pd.Series({"b": 4.0, "a": 5.0})
    found = locate.facility_location(table, costs)
    assert found.objective == 10.0
    assert found.open_names == ["b"]
    assert found.allocation.to_dict("records") == [
        {"customer": "x", "facility": "b", "share": 1.0},
        {"customer": "y", "facility": "b", "share": 1.0},
    ]


def test_arrays_give_positions() -> None:
    assert locate.p_median(KM, 1).open_names == [str(int(KM.sum(axis=1).argmin()))]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: locate.p_median(TOWNS, 1, "peple"), "`weights` is `peple`, .* no such column: did you mean `people`"),
        (lambda: locate.p_median(TOWNS.drop(columns="lat"), 1), "give `lon` and `lat`"),
        (lambda: locate.p_median(POINTS.set_crs(None, allow_override=True), 1), "has no reference system"),
        (lambda: locate.p_median(TOWNS.assign(lat=95.0), 1), "`distance`|`customers`|latitude"),
        (lambda: locate.p_median(TOWNS.assign(lat=np.nan), 1), "has no `lon` or `lat` for `Oslo`"),
        (lambda: locate.p_median(KM, 1, sites=TOWNS), "is not a table of places"),
        (lambda: locate.facility_location(TOWNS, 1.0), r"locate\.distance_km\(sites, customers\)"),
        (
            lambda: locate.p_center(POINTS.assign(geometry=POINTS.to_crs(3857).buffer(1).to_crs(4326)), 1),
            "not points: give `representative_point",
        ),
    ],
)
def test_a_table_that_cannot_be_read_is_answered(call: object, message: str) -> None:
    with pytest.raises(st.DataError, match=message):
        call()  # type: ignore[operator]
