"""Maps of a part of the world: whole across 180 degrees and around a pole, true in area, and refused where they are none."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import SitingError
from siting.show.cartography.projection import AMERICAS, PACIFIC, WORLD, geodesic, turned_lon
from siting.show.cartography.region import region
from siting.show.cartography.views import view_named

R1_M = 6_371_007.2  # radius of the sphere of equal area


@pytest.fixture(scope="module")
def zones() -> gpd.GeoDataFrame:
    """Make a zone on both sides of 180 degrees, a small one, and one around the North Pole."""
    both = shapely.MultiPolygon([shapely.box(170.0, 60.0, 180.0, 70.0), shapely.box(-180.0, 60.0, -170.0, 70.0)])
    shapes = [both, shapely.box(5.0, 60.0, 6.0, 61.0), shapely.box(-180.0, 85.0, 180.0, 90.0)]
    return gpd.GeoDataFrame({"zone_id": ["RU-FE", "NO-NO5", "POLE"]}, geometry=shapes, crs=4326)


def sphere_m2(south: float, north: float, wide: float) -> float:
    """Return the area of a box of degrees on the sphere of equal area."""
    return float(R1_M**2 * np.radians(wide) * (np.sin(np.radians(north)) - np.sin(np.radians(south))))


def test_a_zone_on_both_sides_of_180_degrees_is_shown_in_one_piece(zones: gpd.GeoDataFrame) -> None:
    view = view_named("zone:RU-FE", zones)
    assert view.lon_0_deg == pytest.approx(180.0)
    drawn = view.polygons(zones.iloc[:1])
    assert len(shapely.get_parts(shapely.union_all(drawn.geometry.to_numpy()))) == 1
    assert drawn.area.sum() == pytest.approx(sphere_m2(60.0, 70.0, 20.0), rel=0.01)


def test_land_cut_at_180_is_whole_on_the_pacific_map_and_keeps_its_area(zones: gpd.GeoDataFrame) -> None:
    [land] = PACIFIC.polygons(zones.iloc[:1]).geometry
    assert len(shapely.get_parts(land)) == 1
    assert land.area == pytest.approx(sphere_m2(60.0, 70.0, 20.0), rel=0.01)


@pytest.mark.parametrize("view", [PACIFIC, AMERICAS])
def test_land_at_the_cut_of_a_turned_world_lies_on_both_edges(view: object) -> None:
    edge = (view.lon_0_deg + 180.0 + 180.0) % 360.0 - 180.0  # type: ignore[attr-defined]
    shapes = gpd.GeoDataFrame(geometry=[shapely.box(edge - 10.0, 0.0, edge + 10.0, 10.0)], crs=4326)
    [land] = view.polygons(shapes).geometry  # type: ignore[attr-defined]
    assert len(shapely.get_parts(land)) == 2
    assert land.area == pytest.approx(sphere_m2(0.0, 10.0, 20.0), rel=0.01)


def test_an_arc_over_180_is_one_piece_on_the_pacific_map() -> None:
    arc = geodesic(139.69, 35.69, -118.24, 34.05)
    assert len(PACIFIC.lines(*arc.T)) == 1
    assert len(WORLD.lines(*arc.T)) == 2


def test_a_box_over_the_pole_shows_the_pole(zones: gpd.GeoDataFrame) -> None:
    view = region(-60.0, 80.0, 60.0, 90.0)
    assert bool(view.shows(0.0, 90.0)[0])
    [ice] = view.polygons(zones.iloc[2:]).geometry
    assert ice.covers(shapely.Point(*view.to_map(0.0, 89.9)[0]))
    assert ice.covers(shapely.LineString(view.to_map([179.0, -179.0], [87.0, 87.0])))
    assert ice.area == pytest.approx(sphere_m2(85.0, 90.0, 360.0), rel=0.01)


def test_a_zone_too_wide_for_a_region_gets_the_map_that_shows_it() -> None:
    shapes = [shapely.box(-180, -90, 180, -65), shapely.box(-180, 60, 180, 80), shapely.box(30, 20, 180, 70)]
    wide = gpd.GeoDataFrame({"zone_id": ["AQ", "N", "RU"]}, geometry=shapes, crs=4326)
    assert [view_named(f"zone:{z}", wide).name for z in wide["zone_id"]] == ["antarctic", "arctic", "pacific"]


def test_the_graticule_of_a_region_has_round_names_that_keep_apart() -> None:
    view = region(165.0, -50.0, -170.0, -30.0)
    named = view.graticule_labels()
    assert {"45° S", "40° S", "35° S", "30° S"} <= {text for _, _, text, parallel in named if parallel}
    assert "180°" in {text for _, _, text, parallel in named if not parallel}
    at = np.sort([view.to_map(lon, lat)[0, 0] for lon, lat, _, parallel in named if not parallel])
    assert np.diff(at).min() > 0.07 * view.width_m


@given(
    west=st.floats(-180, 180), south=st.floats(-85, 80), wide=st.floats(1, 359), high=st.floats(1, 170)
)  # fmt: skip
def test_a_region_shows_every_place_of_its_box(west: float, south: float, wide: float, high: float) -> None:
    north, east = min(south + high, 90.0), (west + wide + 180.0) % 360.0 - 180.0
    view = region(west, south, east, north)
    lon = west + wide * np.array([0.001, 0.5, 0.999, 0.25])
    lat = south + (north - south) * np.array([0.001, 0.5, 0.999, 0.75])
    assert view.shows(lon, lat).all()


@given(lon=st.floats(-180, 180), lon_0=st.floats(-180, 180))
def test_turning_a_longitude_keeps_its_direction(lon: float, lon_0: float) -> None:
    turned = float(turned_lon(np.array(lon), lon_0))
    assert -180.0 <= turned <= 180.0
    assert np.cos(np.radians(turned + lon_0)) == pytest.approx(np.cos(np.radians(lon)), abs=1e-9)


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ("zone:NO-NO9", r"no such grid zone: did you mean `NO-NO\d`\?"),
        ("zone:##", "`siting data show zones` lists them"),
        ("bbox:1,2,3", r"is not a box: write bbox:west,south,east,north in degrees"),
        ("bbox:0,60,10,50", "south must lie below north"),
        ("bbox:0,0,200,10", "longitudes go from -180 to 180"),
        ("bbox:0,0,0.1,0.1", "at least 0.5 degrees wide and high"),
        ("bbox:nan,0,10,10", "is not a box"),
        ("moon", "use one of fit, world, pacific, americas, arctic, antarctic, zone:ID or bbox:"),
    ],
)
def test_what_is_no_view_is_refused_with_the_way_out(view: str, message: str, zones: gpd.GeoDataFrame) -> None:
    with pytest.raises(SitingError, match=message):
        view_named(view, zones)


@pytest.mark.parametrize(
    "box", [(-130.0, -60.0, 170.0, 80.0), (-180.0, -90.0, 180.0, 90.0), (100.0, -50.0, -60.0, 70.0)]
)
def test_a_box_of_any_size_is_a_map_whose_outline_is_its_edge(box: tuple[float, float, float, float]) -> None:
    """San Francisco to Lulea was refused before: no box is too wide."""
    west, south, east, north = box
    view = region(west, south, east, north)
    wide = (east - west) % 360.0 or 360.0
    lon, lat = west + wide * np.array([0.01, 0.5, 0.99]), south + (north - south) * np.array([0.01, 0.5, 0.99])
    inside = shapely.Polygon(view.outline()).buffer(1.0)
    assert view.shows(lon, lat).all()
    assert shapely.contains_xy(inside, *view.to_map(lon, lat).T).all()
    assert len(view.graticule()) > 3
