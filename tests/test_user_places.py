"""A planner's own sites and hubs: read, refused in one message, or left out with what is unknown."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting import GridHeadroom, InfeasibleError, MaxLatency, Scenario, ScenarioError, Screen, place, prepare, solve
from siting.errors import DataError
from siting.world import locate_point
from siting.world.identifiers import slug
from siting.world.tables import read_table
from siting.world.user_files.user_places import read_hubs, read_sites


def sites(folder: Path, text: str) -> Any:
    """Read sites from the text of a CSV file."""
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return read_sites(path)


def hubs(folder: Path, text: str) -> Any:
    """Read hubs from the text of a CSV file."""
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return read_hubs(path)


def asked(small: Path, **parts: Any) -> Scenario:
    """Read the small question and change some of its parts."""
    own = {"candidates": {"set": str(small.parent / "sites.csv")}}
    demand = {"it_mw": 60, "hubs": str(small.parent / "hubs.csv")} | parts.pop("demand", {})
    return Scenario(**(Scenario.read(small).as_dict() | own | parts | {"demand": demand}))


# --- files that are refused ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,lon,lat\na,22.15,95\n", r"row 2 \(a\): `lat` is 95: give a latitude of -90 to 90 degrees"),
        ("id,lon,lat\na,190,65\n", r"row 2 \(a\): `lon` is 190: give a longitude of -180 to 180 degrees"),
        ("id,lon,lat\na,NaN,65\n", r"row 2, `lon` is `NaN`: write a number with a decimal point"),
        ("id,lon,lat\na,,65\n", r"row 2, `lon` is ``: write a number"),
        ("id,lon,lat\na,22.15,inf\n", r"row 2, `lat` is `inf`: write a number"),
        ('id,lon,lat\na,"22,15","65,58"\n', r"row 2, `lon` is `22,15`: write a number with a decimal point"),
        (
            "id,lon,lat\na,22,15,65,58\n",
            r"row 2 has 5 cells, the header 3: write numbers with a decimal point, and text",
        ),
        ("id,lon,lat\na,22\n", r"row 2 has 2 cells, the header 3"),
        ("id lon lat\na 22.15 65.58\n", r"the header has no comma, semicolon or tab: separate its columns by commas"),
        ("", r"mine\.csv is empty: give a CSV file in UTF-8 with the columns id, name, lon, lat"),
        ("id,lon,lat\n", r"no rows: give at least one place"),
        ("id,lon,lat\n\n,,\n", r"no rows: give at least one place"),
        ("id,lon,lat,lon\na,22,65,22\n", r"column `lon` occurs twice"),
        ("lon,lat\n22,65\n", r"column `id` or `name` is missing"),
        ("id,lat\na,65\n", r"column `lon` is missing"),
        ("id,lon,lat,elevation\na,22.15,65.58,5\n", r"unknown column `elevation`: did you mean `elevation_m`\?"),
        ("id,lon,lat,elevation_m\na,22.15,65.58,high\n", r"row 2, `elevation_m` is `high`: write a number"),
        ("id,lon,lat,plants_mw_150km\na,22.15,65.58,-5\n", r"row 2, `plants_mw_150km` is -5: give 0 or more"),
        ("id,lon,lat\na,22,65\na,23,65\n", r"row 2 \(a\), row 3 \(a\) share the id `a`: give each an id of its own"),
        (
            "id,lon,lat\nNew York,-74,40.7\nnew-york,-73,41\n",
            r"row 2 \(New York\), row 3 \(new-york\) share the id `new-york`",
        ),
        ("id,name,lon,lat\n,,22,65\n", r"row 2 \(no name\): has no id"),
        (
            "id,lon,lat,zone_id\na,22.15,65.58,SE-SE11\n",
            r"row 2 \(a\): no grid zone `SE-SE11`: did you mean `SE-SE1`\?",
        ),
        ("id,lon,lat,zone_id\na,22.15,65.58,???\n", r"row 2 \(a\): no grid zone `\?\?\?` \(leave it blank to take"),
        (
            "id,lon,lat,country_iso2\nlulea,65.58,22.15,SE\n",
            r"row 2 \(lulea\): 65\.58, 22\.15 lies in no country, not in the stated SE: "
            r"correct the coordinates \(swapped, 22\.15, 65\.58 lies in SE\)",
        ),
        (
            "id,lon,lat\na,-30,40\n",
            r"row 2 \(a\): -30, 40 lies at sea, more than 25 km off land: correct the coordinates",
        ),
        ("id,lon,lat\na,65.58,22.15\n", r"row 2 \(a\): 65\.58, 22\.15 lies at sea, .* \(swapped, .* lies in SE\)"),
        ("id,lon,lat,country_iso2\na,-30,40,PT\n", r"-30, 40 lies in no country, not in the stated PT"),
        ("id,lon,lat,country_iso2\na,22.15,65.58,XX\n", r"no country `XX`: give its ISO 3166-1 code"),
        ("id,lon,lat,zone_id\na,22.15,65.58,NO-NO4\n", r"grid zone `NO-NO4` is of NO, the site is in SE"),
        ("id,lon,lat,elevation_m\na,22.15,65.58,65000\n", r"`elevation_m` is 65000: give metres above sea level"),
        (
            "id,lon,lat,country_iso2\nx,103.8,1.35,FI\n",
            r"103\.8, 1\.35 lies in SG, not in the stated FI: correct the coordinates or the country",
        ),
    ],
)
def test_a_file_of_sites_that_cannot_be_is_refused_with_row_value_and_way_out(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ScenarioError, match=message):
        sites(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,lon,lat,weight\na,22,65,-1\n", r"row 2, `weight` is -1: give 0 or more"),
        ("id,lon,lat,weight\na,22,66,0\nb,23,66,0\n", r"all weights are 0: give one hub a weight above 0"),
        ("id,lon,lat,wieght\na,22,65,1\n", r"unknown column `wieght`: did you mean `weight`\?"),
        ("id,lon,lat\na,22,95\n", r"`lat` is 95"),
        ("id,lon,lat\nRio,-43,-23\nrio,-43,-22\n", r"row 2 \(Rio\), row 3 \(rio\) share the id `rio`"),
        ("", r"mine\.csv is empty"),
    ],
)
def test_a_file_of_hubs_that_cannot_be_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        hubs(tmp_path, text)


def test_several_faults_of_one_file_come_in_one_message(tmp_path: Path) -> None:
    rows = [
        "id,lon,lat,country_iso2,zone_id",
        "a,22.15,95,,",
        "",
        "a,200,65,,",
        "c,65.58,22.15,SE,",
        "d,22.15,65.58,,SE-SE9",
    ]
    with pytest.raises(ScenarioError, match=r"mine\.csv has 5 fault\(s\)") as caught:
        sites(tmp_path, "\n".join(rows))
    faults = str(caught.value).split("\n  - ")[1:]
    assert [f.split(":")[0] for f in faults] == [
        "row 2 (a)",
        "row 4 (a)",  # the blank row 3 counts: these are the rows a text editor shows
        "row 2 (a), row 4 (a) share the id `a`",
        "row 5 (c)",
        "row 6 (d)",
    ]


def test_a_file_in_latin_1_is_read_and_the_encoding_is_stated(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("name,lon,lat\nLuleå,22.15,65.58\n".encode("latin-1"))
    found = read_sites(tmp_path / "latin.csv")
    assert found["name"].tolist() == ["Luleå"]
    assert found.attrs["notes"] == ("latin.csv is not UTF-8: read as Windows-1252, for example `Luleå`",)


def test_the_faults_of_sites_and_hubs_come_together(small: Path) -> None:
    (small.parent / "sites.csv").write_text("id,lon,lat\na,22.15,95\n", encoding="utf-8")
    (small.parent / "hubs.csv").write_text("id,lon,lat\nb,500,65\n", encoding="utf-8")
    with pytest.raises(
        ScenarioError, match=r"(?s)sites\.csv has 1 fault.*`lat` is 95.*hubs\.csv has 1 fault.*`lon` is 500"
    ):
        prepare(Scenario.read(small))


# --- files that are read -------------------------------------------------------------------------


def test_country_zone_and_climate_are_found_on_the_map(tmp_path: Path) -> None:
    found = sites(tmp_path, "name,lon,lat\nNear Luleå,22.2,65.6\nNear Windhoek,17.1,-22.5\n")
    columns = ["id", "name", "country_iso2", "country", "zone_id", "jurisdiction", "climate_id"]
    assert found[columns].to_numpy().tolist() == [
        ["near-lulea", "Near Luleå", "SE", "Sweden", "SE-SE1", "SE", "22.2 65.6 14.0 "],
        ["near-windhoek", "Near Windhoek", "NA", "Namibia", "NA", "NA", "17.1 -22.5 1758.8 "],
    ]


def test_a_file_with_a_byte_order_mark_as_excel_writes_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "excel.csv").write_text("id,lon,lat\r\na,22.2,65.6\r\n", encoding="utf-8-sig", newline="")
    assert read_sites(tmp_path / "excel.csv")["zone_id"].tolist() == ["SE-SE1"]


def test_what_the_planner_gives_is_taken_and_marked_unverified(tmp_path: Path) -> None:
    text = "id,lon,lat,zone_id,jurisdiction,plants_mw_150km\na,22.2,65.6,SE-SE2,SE-BD,123.5\n"
    found = sites(tmp_path, text).iloc[0]
    assert found[["zone_id", "jurisdiction", "plants_mw_150km", "zone_quality"]].tolist() == [
        "SE-SE2",
        "SE-BD",
        123.5,
        "unverified",
    ]


def test_a_site_far_above_another_has_a_colder_climate(tmp_path: Path) -> None:
    found = sites(tmp_path, "id,lon,lat,elevation_m\nlow,22.2,65.6,20\nhigh,22.2,65.6,900\n")
    assert found.at[0, "t_mean_c_07"] - found.at[1, "t_mean_c_07"] == pytest.approx(4.4, abs=1.5)  # 880 m at 5 K/km
    assert found["climate_quality"].tolist() == ["modelled", "modelled"]


def test_a_weather_file_beside_the_sites_replaces_the_estimate(tmp_path: Path) -> None:
    (tmp_path / "hours.csv").write_text("dry_bulb_c,wet_bulb_c\n" + "28,20\n" * 8760)
    found = sites(tmp_path, "id,lon,lat,weather_file\nmine,22.2,65.6,hours.csv\nother,22.2,65.6,\n")
    assert found["climate_quality"].tolist() == ["unverified", "modelled"]
    assert found.at[0, "cdd18_k_day"] == 3650.0
    assert found.at[1, "cdd18_k_day"] < 100
    with pytest.raises(DataError, match="cannot read"):
        sites(tmp_path, "id,lon,lat,weather_file\nmine,22.2,65.6,absent.csv\n")


@pytest.mark.parametrize("file", ["../hours.csv", "/etc/hostname"])
def test_a_weather_file_outside_the_folder_of_the_sites_is_refused(tmp_path: Path, file: str) -> None:
    with pytest.raises(ScenarioError, match=r"`weather_file` is `.*`, outside the folder of this file: copy it there"):
        sites(tmp_path, f"id,lon,lat,weather_file\nmine,22.2,65.6,{file}\n")


def test_hubs_without_a_weight_weigh_one(tmp_path: Path) -> None:
    found = hubs(tmp_path, "id,lon,lat,weight\na,22,66,\nb,23,66,3\n")
    assert found["weight"].tolist() == [1.0, 3.0]
    assert hubs(tmp_path, "id,lon,lat\na,22,66\n")["weight"].tolist() == [1.0]


def points(folder: Path, *features: Any, **members: Any) -> Any:
    """Read sites from GeoJSON features."""
    path = folder / "mine.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}), encoding="utf-8")
    return read_sites(path)


def feature(x: Any, y: Any, kind: str = "Point", **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": [x, y]}, "properties": properties}


def test_points_of_geojson_are_read_as_a_csv_of_the_same_columns(tmp_path: Path) -> None:
    csv = sites(tmp_path, "id,lon,lat,plants_mw_150km\na,22.2,65.6,12\nb,17.1,-22.5,\n")
    geo = points(tmp_path, feature(22.2, 65.6, id="a", plants_mw_150km=12), feature(17.1, -22.5, id="b"))
    pd.testing.assert_frame_equal(csv, geo)


def test_all_faults_of_a_geojson_file_come_together(tmp_path: Path) -> None:
    wrong = [feature(1, 2, "LineString", id="a"), feature("x", 2, id="b"), feature(1, 50, id="c", lat=51, colour="red")]
    with pytest.raises(ScenarioError, match=r"mine\.geojson has 3 fault") as caught:
        points(tmp_path, *wrong)
    causes = ("row 1: `LineString` is not a Point", "row 2: the coordinates are text", "row 3: property `lat` is 51")
    for fault in causes:
        assert fault in str(caught.value)


@pytest.mark.parametrize("text", ["not json", "[1, 2]", '{"type": "Point", "coordinates": [1, 2]}'])
def test_a_file_that_is_no_feature_collection_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.geojson").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"cannot read .*give GeoJSON points|not a GeoJSON FeatureCollection"):
        read_sites(tmp_path / "mine.geojson")


def test_what_is_derived_is_marked_and_what_is_given_is_unverified(tmp_path: Path) -> None:
    found = sites(tmp_path, "id,lon,lat,elevation_m\na,22.2,65.6,20\nb,22.2,65.6,\n").set_index("id")
    assert found["elevation_quality"].tolist() == ["unverified", "modelled"]
    assert found["zone_quality"].tolist() == ["derived", "derived"]
    assert found["plants_quality"].tolist() == ["derived", "derived"]
    assert "elevation_m" in found.at["b", "location_source"]
    assert "elevation_m" not in found.at["a", "location_source"]


def test_a_border_town_keeps_its_own_grid_stated_or_not(tmp_path: Path) -> None:
    """Jaigaon in West Bengal touches Phuntsholing in Bhutan."""
    found = sites(tmp_path, "id,lon,lat,country_iso2\na,89.3755,26.8476,IN\nb,89.3755,26.8476,\n")
    assert found["zone_id"].tolist() == ["IN-EA", "IN-EA"]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 2999), min_size=1, max_size=20, unique=True))
def test_shipped_sites_as_ones_own_file_get_the_shipped_columns(rows: list[int]) -> None:
    """Zones agree at 998 of 1,000; distances to the rounding of the table; plants to what lies at the rim."""
    shipped = read_table("sites")
    shipped = shipped[shipped["country_iso2"].notna() & ~shipped["id"].isin(["gibraltar", "laayoune"])]
    some = shipped.iloc[[i % len(shipped) for i in rows]].drop_duplicates("id").reset_index(drop=True)
    lon, lat = some["lon"].to_numpy(float), some["lat"].to_numpy(float)
    same = [
        p.zone_id == z for p, z in zip(locate_point.places_of(some), some["zone_id"], strict=True) if isinstance(z, str)
    ]
    assert sum(same) >= len(same) - 1
    assert np.abs(locate_point.km_to_city_100k(lon, lat) - some["km_to_city_100k"]).max() < 0.06
    assert np.abs(locate_point.km_to_cloud_region(lon, lat) - some["km_to_cloud_region"]).max() < 0.06


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.floats(-180, 180), st.floats(-90, 90))
def test_the_zone_of_any_point_is_of_its_own_country(lon: float, lat: float) -> None:
    owner = read_table("zones").set_index("zone_id")["country_iso2"]
    found = locate_point.locate(lon, lat)
    assert found.zone_id is None or owner[found.zone_id] == found.country_iso2
    assert (found.zone_quality is None) == (found.zone_id is None)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(max_size=30))
def test_a_slug_is_plain_and_stays_itself(text: str) -> None:
    once = slug(text)
    assert slug(once) == once
    assert set(once) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert once == once.strip("-")


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.floats(-180, 180), st.floats(-90, 90))
def test_every_point_on_earth_has_a_page_without_gaps(lon: float, lat: float) -> None:
    page = place(lon, lat)
    assert not page[["fact", "value", "source", "year", "quality"]].isna().any().any()
    assert (page["value"] != "").all()


# --- plans on one's own places -------------------------------------------------------------------


def test_three_places_of_ones_own_give_a_plan_that_verifies(small: Path) -> None:
    """Two sites at least: the cleanest takes what it can, the smallest size of the second holds."""
    found = solve(prepare(asked(small, limits=[{"kind": "site_count", "min": 2}, {"kind": "grid_headroom"}])))
    assert found.status == "optimal"
    assert found.sites["id"].tolist()[0] == "lulea-own"
    assert len(found.sites) == 2
    assert found.kpis["it_mw"] == pytest.approx(60.0)
    found.verify()
    own = found.sources.set_index("table").loc[["sites", "hubs"]]
    assert own["quality"].tolist() == ["unverified", "unverified"]
    assert own["source"].str.startswith("user file").all()


def test_demand_follows_the_weights_of_the_hubs(small: Path) -> None:
    """Oslo weighs 2, Singapore 1: 40 and 20 of 60 MW."""
    found = prepare(asked(small))
    assert found.demand_mw[:, 0].tolist() == pytest.approx([40.0, 20.0])


def test_what_is_unknown_of_a_place_leaves_it_out_and_says_so(small: Path) -> None:
    with (small.parent / "sites.csv").open("a", encoding="utf-8") as file:
        file.write("cyprus,Kyrenia,33.3,35.3,5000\nnuuk,Nuuk,-51.7,64.2,\n")
    found = prepare(asked(small, limits=[{"kind": "grid_headroom"}]))
    said = found.excluded.groupby("site")["reason"].agg("; ".join)
    assert found.sites["id"].tolist() == ["lulea-own", "dublin-own", "singapore-own"]
    assert said["cyprus"].startswith("UNKNOWN grid zone, life-cycle carbon intensity of zone (unknown)")
    assert "UNKNOWN plant capacity within 150 km" in said["nuuk"]
    assert "nan" not in " ".join(said)


def test_a_hub_that_nobody_can_reach_is_named_with_its_class_and_the_best_time(small: Path) -> None:
    with pytest.raises(InfeasibleError) as caught:
        prepare(asked(small, limits=[{"kind": "max_latency", "batch_ms": 15}]))
    said = str(caught.value)
    best = prepare(asked(small)).rtt_p90_ms.min(axis=0)
    assert best[1] < 15 < best[0]
    assert said.startswith("no candidate can serve 1 hub/class demand(s) in time")
    assert f"hub oslo, class `batch`: the nearest candidate answers in {np.ceil(best[0]):.0f} ms (p90)" in said
    assert "singapore" not in said


def test_raising_the_limit_to_the_time_named_is_enough(small: Path) -> None:
    best = prepare(asked(small)).rtt_p90_ms.min(axis=0)
    limit = MaxLatency(batch_ms=float(np.ceil(best.max())))
    assert solve(prepare(asked(small, limits=[limit]))).status == "optimal"


def test_no_candidate_left_is_infeasible_with_the_count_of_every_limit(small: Path) -> None:
    with (small.parent / "sites.csv").open("a", encoding="utf-8") as file:
        file.write("cyprus,Kyrenia,33.3,35.3,5000\nkabul,Kabul,69.2,34.5,5000\n")
    chosen = {"set": str(small.parent / "sites.csv"), "exclude": ["lulea-own", "dublin-own", "singapore-own"]}
    with pytest.raises(InfeasibleError, match=r"no candidate is left of 5: relax or switch off") as caught:
        prepare(asked(small, candidates=chosen, limits=[Screen()]))
    counts = dict(line.split(": ") for line in str(caught.value).split("\n  - ")[1:])
    assert counts["candidates"] == "3 excluded"
    assert counts["screen"] == "1 excluded"
    assert counts["data"] in ("1 excluded", "2 excluded")


def test_grids_too_small_for_the_smallest_site_leave_no_candidate(small: Path) -> None:
    with pytest.raises(InfeasibleError, match=r"no candidate is left of 3: .*\n  - grid_headroom: 3 excluded"):
        prepare(asked(small, limits=[GridHeadroom(zone_share=1e-3)]))


def test_a_demand_above_all_sites_together_is_infeasible_with_both_numbers(small: Path) -> None:
    with pytest.raises(
        InfeasibleError, match=r"demand is 100000 MW, but the 3 sites together carry \d+ MW: lower `demand"
    ):
        prepare(asked(small, demand={"it_mw": 1e5}, limits=[GridHeadroom()]))


def test_excluding_every_shipped_place_is_infeasible() -> None:
    everyone = tuple(read_table("sites").query("starter")["id"])
    with pytest.raises(InfeasibleError, match=rf"no candidate is left of {len(everyone)}"):
        prepare(Scenario(name="nowhere", candidates={"exclude": everyone}))


def test_rows_at_sea_are_all_named_or_left_out_in_the_open_where_that_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text("name,lon,lat\nLulea,22.15,65.58\nMid Atlantic,-35,40\nMid Pacific,-150,10\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="Mid Atlantic") as refused:
        read_sites(file)
    assert "Mid Pacific" in str(refused.value)
    assert 'off_land = "leave_out"' in str(refused.value)
    asked = Scenario(
        name="sea", demand={"it_mw": 40, "shares": {"batch": 1.0}},
        candidates={"set": str(file), "off_land": "leave_out"}, limits=({"kind": "site_count", "max": 1},),
    )  # fmt: skip
    problem = prepare(asked)
    assert list(problem.sites["id"]) == ["lulea"]
    left = problem.excluded.set_index("site")["reason"]
    assert set(left.index) == {"mid-atlantic", "mid-pacific"}
    assert set(left) == {"UNKNOWN country: the point is at sea, more than 25 km off land"}


def test_a_row_whose_stated_country_is_elsewhere_is_never_left_out(tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text("name,lon,lat,country_iso2\nA,-35,40,PT\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="not in the stated PT"):
        read_sites(file, off_land="leave_out")
