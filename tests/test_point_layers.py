"""Layers of points from any program and in any reference system, or the cause and the remedy."""

import copy
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, Point

from siting import ScenarioError
from siting.errors import SitingError
from siting.world.user_files import point_layers
from siting.world.user_files.point_layers import read_points
from siting.world.user_files.user_places import read_hubs, read_sites

COLUMNS = {
    "id": "text",
    "name": "text",
    "lon": "lon",
    "lat": "lat",
    "elevation_m": "number",
    "plants_mw_150km": "number",
}
PLACES = {"Luleå": (22.15, 65.58), "Odense": (10.38, 55.39), "Zaragoza": (-0.88, 41.65)}
SAME_FOLDER = [HealthCheck.function_scoped_fixture]


def layer(crs: Any = 4326, **columns: Any) -> gpd.GeoDataFrame:
    """Return the places as a layer, in a reference system."""
    points = gpd.points_from_xy(*zip(*PLACES.values(), strict=True), crs=4326)
    frame = gpd.GeoDataFrame({"name": list(PLACES)} | columns, geometry=points)
    return frame if crs is None else frame.to_crs(crs)


def positions(folder: Path, content: Any, name: str = "p.geojson") -> Any:
    """Read GeoJSON: text, or what is written as such."""
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_points(path, COLUMNS)


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features, **members}


def feature(geometry: Any, properties: Any = None, **members: Any) -> dict[str, Any]:
    properties = {"name": "a"} if properties is None else properties
    return {"type": "Feature", "geometry": geometry, "properties": properties, **members}


def at(*coordinates: Any, kind: str = "Point") -> dict[str, Any]:
    return {"type": kind, "coordinates": list(coordinates)}


GOOD = feature(at(10.38, 55.39), {"name": "b"})


@pytest.mark.parametrize("crs", [4326, 3857, 3035, 4258, 4269, 32633])
@pytest.mark.parametrize("file", ["p.gpkg", "p.shp", "p.geojson", "p.parquet"])
def test_points_of_any_format_and_reference_system_are_where_they_are(tmp_path: Path, file: str, crs: int) -> None:
    written = layer(crs, plants_mw_150km=[1.5, 2.0, None])
    path = tmp_path / file
    if path.suffix == ".parquet":
        written.to_parquet(path)
    elif path.suffix == ".shp":
        written.rename(columns=lambda c: c[:10]).to_file(path)
    else:
        written.to_file(path, driver={".gpkg": "GPKG", ".geojson": "GeoJSON"}[path.suffix])
    found = read_points(path, COLUMNS)
    faults: list[str] = []
    assert found.faults == ()
    assert [row["name"] for row in found.rows.values()] == list(PLACES)
    at_points = np.column_stack([found.numbers("lon", faults), found.numbers("lat", faults)])
    assert at_points == pytest.approx(np.array(list(PLACES.values())), abs=1e-5)
    assert found.numbers("plants_mw_150km", faults) == pytest.approx([1.5, 2.0, np.nan], nan_ok=True)
    assert any(f"converted from EPSG:{crs}" in note for note in found.notes) is (crs != 4326)


def test_the_sites_of_a_geopackage_are_those_of_the_csv(tmp_path: Path) -> None:
    layer(3857).to_file(tmp_path / "p.gpkg", driver="GPKG")
    rows = "\n".join(f"{name},{lon},{lat}" for name, (lon, lat) in PLACES.items())
    (tmp_path / "p.csv").write_text(f"name,lon,lat\n{rows}\n", encoding="utf-8")
    packed, plain = read_sites(tmp_path / "p.gpkg"), read_sites(tmp_path / "p.csv")
    pd.testing.assert_frame_equal(packed.drop(columns="climate_id"), plain.drop(columns="climate_id"), rtol=1e-6)


def test_placemarks_of_kml_are_read_by_their_names(tmp_path: Path) -> None:
    marks = "".join(
        f"<Placemark><name>{name}</name><description>x</description><Point><coordinates>{lon},{lat},0</coordinates>"
        "</Point></Placemark>"
        for name, (lon, lat) in PLACES.items()
    )
    text = f'<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>'
    (tmp_path / "p.kml").write_text(text, encoding="utf-8")
    found = read_hubs(tmp_path / "p.kml")
    assert dict(zip(found["name"], zip(found["lon"], found["lat"], strict=True), strict=True)) == PLACES
    assert "heights of 3 point(s) are left out" in "\n".join(found.attrs["notes"])


@pytest.mark.parametrize(
    ("content", "causes"),
    [
        (collection(feature(at("22.15", "65.58"))), ['row 1: the coordinates are text, `["22.15", "65.58"]`']),
        (collection(GOOD, feature(at(True, 2))), ["row 2: the coordinates are `[true, 2]`: give two numbers"]),
        (collection(feature(at(None, 2))), ["row 1: the coordinates are `[null, 2]`: give two numbers"]),
        (collection(feature(at(1))), ["row 1: the coordinates are `[1]`: give two numbers"]),
        (collection(feature(at())), ["row 1: an empty Point"]),
        (collection(feature(at([1, 2]))), ["row 1: the coordinates are `[[1, 2]]`: give two numbers"]),
        (collection(feature(at([1, 2], [3, 4], kind="MultiPoint"))), ["row 1: a MultiPoint of 2 points: explode it"]),
        (collection(feature(at([1, 2], [3, 4], kind="LineString"))), ["row 1: `LineString` is not a Point"]),
        (collection(feature({"type": ["Point"], "coordinates": [1, 2]})), ['row 1: `["Point"]` is not a Point']),
        (collection(feature(None)), ["row 1: no geometry"]),
        (collection(feature({})), ["row 1: no geometry"]),
        (collection(7), ["row 1: a feature is `7`, not an object"]),
        (collection(feature(at(1, 2), [1])), ["row 1: `properties` is `[1]`: give an object"]),
        (collection(feature(at(1, 2), "x")), ["row 1: `properties` is `x`: give an object"]),
        (
            json.dumps(collection(feature(at(1, 2)))).replace("[1, 2]", "[NaN, 2]"),
            ["row 1: `features[0].geometry.coordinates[0]` is nan"],
        ),
        (
            json.dumps(collection(GOOD, feature(at(1, 2)))).replace("[1, 2]", "[1e999, 2]"),
            ["row 2: ", "is inf: give a finite"],
        ),
        (
            json.dumps(collection(feature(at(1, 2)))).replace("[1, 2]", f"[{'9' * 400}, 2]"),
            ["is a number of 401 digits"],
        ),
        (collection(feature(at(1, 2), {"lat": "x"})), ["row 1: property `lat` is x, the point's is 2"]),
        (
            json.dumps(collection(feature(at(1, 2), {"lat": 0}))).replace('"lat": 0', '"lat": Infinity'),
            ["row 1: `features[0].properties.lat` is inf"],
        ),
        (collection(GOOD, crs=7), ["`crs` is `7`: name an EPSG code, or convert to EPSG:4326"]),
        (collection(GOOD, crs={"type": "link", "properties": {"href": "x"}}), ["name an EPSG code, or convert"]),
        (
            collection(GOOD, crs={"type": "name", "properties": {"name": "Martian"}}),
            ["coordinates in `Martian` cannot be converted", "geopandas `to_crs(4326)`"],
        ),
        (
            collection(feature(at(1e30, 1e30)), crs={"type": "name", "properties": {"name": "EPSG:32633"}}),
            ["row 1: `[1e+30, 1e+30]` lies outside of EPSG:32633"],
        ),
    ],
)
def test_each_cause_in_geojson_has_its_own_sentence(tmp_path: Path, content: Any, causes: list[str]) -> None:
    try:
        faults = "\n".join(positions(tmp_path, content).faults)
    except ScenarioError as error:
        faults = str(error)
    for cause in causes:
        assert cause in faults


def test_a_property_that_is_not_a_number_is_not_the_point_s(tmp_path: Path) -> None:
    """NaN differs from every number by NaN, which no tolerance exceeds."""
    text = json.dumps(collection(feature(at(1, 2), {"name": "a", "lat": "?"}))).replace('"?"', "NaN")
    with pytest.raises(ScenarioError, match=r"row 1: `features\[0\]\.properties\.lat` is nan: give a finite number"):
        positions(tmp_path, text)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("[" * 100_000, "lie more than 32 deep"),
        ('{"a":' * 5_000, "lie more than 32 deep"),
        (f'{{"type": "FeatureCollection", "features": [{"9" * 5_000}]}}', "a number of more than 4,000 digits"),
        ("[1, 2]", "not a JSON object.*give GeoJSON points"),
        ('{"type": "Topology"}', "is not a GeoJSON FeatureCollection but Topology"),
        ('{"type": "FeatureCollection", "features": {}}', "is not a GeoJSON FeatureCollection"),
    ],
)
def test_json_that_is_not_a_layer_is_refused(tmp_path: Path, content: str, cause: str) -> None:
    with pytest.raises(ScenarioError, match=cause):
        positions(tmp_path, content)


def test_a_feature_without_id_and_name_beside_one_that_has_is_named(tmp_path: Path) -> None:
    path = tmp_path / "h.geojson"
    path.write_text(json.dumps(collection(GOOD, feature(at(1, 2), {}))))
    with pytest.raises(ScenarioError, match=r"row 2 \(no name\): has no id"):
        read_hubs(path)


def test_a_multipoint_of_one_point_with_a_height_is_a_point(tmp_path: Path) -> None:
    found = positions(tmp_path, collection(feature(at([22.15, 65.58, 30.0], kind="MultiPoint")), GOOD))
    assert found.faults == ()
    assert [(row["lon"], row["lat"]) for row in found.rows.values()] == [("22.15", "65.58"), ("10.38", "55.39")]
    assert found.notes == ("p.geojson: heights of 1 point(s) are left out: give `elevation_m`",)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=SAME_FOLDER)
@given(st.data())
def test_hostile_geojson_raises_an_error_of_the_package_or_is_read(tmp_path: Path, data: st.DataObject) -> None:
    members: dict[str, Any] = collection(feature(at(1.0, 2.0), {"name": "a", "id": "b"}), copy.deepcopy(GOOD))
    for _ in range(data.draw(st.integers(1, 3))):
        places: list[Any] = (
            [members, *members["features"]] if isinstance(members.get("features"), (list, tuple)) else [members]
        )
        places = [p for p in places if isinstance(p, dict)]
        places += [v for p in places for v in p.values() if isinstance(v, dict)]
        place = data.draw(st.sampled_from(places))
        keys = ["crs", "id", "lat", "lon", "weight", *place]
        place[data.draw(st.sampled_from(keys))] = data.draw(VALUES)
    path = tmp_path / "h.geojson"
    path.write_text(json.dumps(members), encoding="utf-8")
    try:
        found = read_hubs(path)
    except SitingError:
        return
    assert np.isfinite(found[["lon", "lat", "weight"]].to_numpy(float)).all()


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".kml", ".parquet", ".geojson"])
@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0\x10", b"<kml>", b"PAR1junkPAR1", bytes(range(256)) * 8])
def test_a_damaged_file_is_one_sentence_with_a_remedy(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"p{suffix}"
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match=r"p\.(gpkg|shp|kml|parquet|geojson).*(export|GeoJSON)") as caught:
        read_points(path, COLUMNS)
    assert str(caught.value).isprintable()


def test_two_layers_are_named(tmp_path: Path) -> None:
    layer().to_file(tmp_path / "p.gpkg", layer="north", driver="GPKG")
    layer().to_file(tmp_path / "p.gpkg", layer="south", driver="GPKG")
    with pytest.raises(ScenarioError, match=r"has 2 layers with geometry \(`north`, `south`\): export the points"):
        read_points(tmp_path / "p.gpkg", COLUMNS)


def test_other_geometries_of_a_layer_are_named_by_row(tmp_path: Path) -> None:
    shapes = [
        Point(1, 2, 3),
        MultiPoint([(1, 2)]),
        MultiPoint([(1, 2), (3, 4)]),
        LineString([(1, 2), (3, 4)]),
        None,
        Point(),
    ]
    frame = gpd.GeoDataFrame({"name": list("abcdef")}, geometry=shapes, crs=4326)
    frame.to_parquet(tmp_path / "p.parquet")
    found = read_points(tmp_path / "p.parquet", COLUMNS)
    assert list(found.rows) == [1, 2]
    assert [fault.split(":")[0] + fault.split(":")[1][:13] for fault in found.faults] == [
        "row 3 a MultiPoint", "row 4 `LineString`", "row 5 no geometry", "row 6 no geometry",
    ]  # fmt: skip


def test_a_shapefile_without_its_parts_or_its_reference_system_is_named(tmp_path: Path) -> None:
    layer().to_file(tmp_path / "p.shp")
    (tmp_path / "p.prj").unlink()
    assert (
        "p.shp names no reference system: read as longitude and latitude (EPSG:4326)"
        in read_points(tmp_path / "p.shp", COLUMNS).notes
    )
    (tmp_path / "p.dbf").unlink()
    with pytest.raises(ScenarioError, match=r"p\.shp needs p\.dbf beside it: copy it there"):
        read_points(tmp_path / "p.shp", COLUMNS)


def test_names_that_a_shapefile_cuts_are_read_in_full(tmp_path: Path) -> None:
    layer().assign(plants_mw_=[1.0, 2.0, 3.0], elevation_=[5.0, 6.0, 7.0]).to_file(tmp_path / "p.shp")
    found = read_points(tmp_path / "p.shp", COLUMNS)
    assert found.numbers("plants_mw_150km", []).tolist() == [1.0, 2.0, 3.0]
    assert found.numbers("elevation_m", []).tolist() == [5.0, 6.0, 7.0]


def test_a_layer_beyond_the_stated_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layer().to_parquet(tmp_path / "p.parquet")
    layer().to_file(tmp_path / "p.gpkg", driver="GPKG")
    monkeypatch.setattr(point_layers, "MOST_ROWS", 2)
    for name in ("p.parquet", "p.gpkg"):
        with pytest.raises(ScenarioError, match=r"has 3 (rows|features).*more than 2"):
            read_points(tmp_path / name, COLUMNS)
    monkeypatch.setattr(point_layers, "MOST_BYTES", 100)
    with pytest.raises(ScenarioError, match=r"p\.gpkg has [\d,]+ bytes, more than 100"):
        read_points(tmp_path / "p.gpkg", COLUMNS)


def test_a_format_that_gdal_was_built_without_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layer().to_file(tmp_path / "p.gpkg", driver="GPKG")
    monkeypatch.setattr("pyogrio.list_drivers", lambda **_: {})
    with pytest.raises(
        ScenarioError, match=r"p\.gpkg is GeoPackage, which this installation of GDAL does not read: export"
    ):
        read_points(tmp_path / "p.gpkg", COLUMNS)


def test_a_number_that_gdal_reads_in_part_is_refused(tmp_path: Path) -> None:
    """GDAL reads 0 and warns where the cell of a Shapefile holds no number."""
    layer().assign(weight=[1.0, 2.0, 3.0]).to_file(tmp_path / "p.shp")
    table = tmp_path / "p.dbf"
    table.write_bytes(table.read_bytes().replace(b" 2.0000", b" x.0000"))
    with pytest.raises(ScenarioError, match=r"cannot read .*p\.shp \(.*x\.0000.* incompletely.*\): export the points"):
        read_hubs(tmp_path / "p.shp")


def test_a_parquet_table_without_geometry_is_named(tmp_path: Path) -> None:
    pd.DataFrame({"name": ["a"], "lon": [1.0], "lat": [2.0]}).to_parquet(tmp_path / "p.parquet")
    with pytest.raises(ScenarioError, match=r"p\.parquet is Parquet without geometry: write it with geopandas"):
        read_points(tmp_path / "p.parquet", COLUMNS)
