"""Hubs by country, by population or cloud regions, and tables of a notebook as candidates and hubs."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from siting import Plan, Scenario, ScenarioError, SiteCount, prepare, solve
from siting.physics.geodesy import great_circle_km
from siting.scenario.named_places import hubs_of
from siting.study.runs.fingerprint import scenario_hash
from siting.world.places import cloud_hubs
from siting.world.tables import read_table


def hubs(choice: Any, **demand: Any) -> pd.DataFrame:
    """Return the hubs of a choice."""
    return hubs_of(Scenario(name="x", demand={"it_mw": 100, "hubs": choice, **demand}))


def test_the_table_has_ten_cities_of_a_country_apart_from_each_other() -> None:
    cities = read_table("cities")
    assert cities.groupby("country_iso2").size().max() == 10
    us = cities[cities["country_iso2"] == "US"].sort_values("population", ascending=False)
    assert us["name"].tolist()[:3] == ["New York City", "Los Angeles", "Chicago"]
    km = great_circle_km(us["lon"].to_numpy()[:, None], us["lat"].to_numpy()[:, None], us["lon"], us["lat"])
    assert km[km > 0].min() > 40


def test_population_is_the_cities_of_a_million_by_their_people() -> None:
    found = hubs("population").set_index("id")
    people = read_table("cities").set_index("id")["population"]
    assert found["weight"].min() >= 1.0
    assert found.at["stockholm", "weight"] == pytest.approx(people["stockholm"] / 1e6)
    assert len(found) == (people >= 1e6).sum()


def test_countries_choose_among_the_cities_or_the_cloud_regions() -> None:
    by_people = hubs({"countries": ["Sweden", "US"], "by": "population"})
    assert set(by_people["country_iso2"]) == {"SE", "US"}
    assert len(by_people) == 20
    regions = hubs({"countries": ["US", "DE"], "by": "cloud_regions"})
    shipped = cloud_hubs()
    assert regions["id"].tolist() == shipped.loc[shipped["country_iso2"].isin(["US", "DE"]), "id"].tolist()


def test_a_union_is_its_members_and_excluded_countries_leave() -> None:
    found = hubs({"countries": ["EU"]}, exclude_countries=["FR"])
    assert {"DE", "PL", "SE"} <= set(found["country_iso2"])
    assert {"FR", "NO", "CH", "GB"}.isdisjoint(found["country_iso2"])


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"countries": ["Swedn"]}, "`Swedn` is not a country code: did you mean `Sweden`?"),
        ({"countrys": ["SE"]}, "`demand.hubs`: unknown key `countrys`: did you mean `countries`?"),
        ({"countries": ["US-TX"]}, "names `US-TX`, a part of a country"),
        ({"by": "people"}, "`by` is 'people'"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_with_the_nearest_name(choice: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario(name="x", demand={"it_mw": 100, "hubs": choice})
    assert message in str(caught.value)


def test_a_country_without_hubs_is_named() -> None:
    with pytest.raises(ScenarioError, match=r"names IS, where no hub by `cloud_regions` is known: .*takes its cities"):
        hubs({"countries": ["DE", "IS"], "by": "cloud_regions"})


def test_a_choice_goes_through_toml_and_a_plan_on_it_verifies(tmp_path: Path) -> None:
    text = 'name = "eu"\n[demand]\nit_mw = 60\nhubs = { countries = ["SE", "DK"], by = "population" }\n'
    (tmp_path / "eu.toml").write_text(text, encoding="utf-8")
    asked = Scenario.read(tmp_path / "eu.toml")
    asked.write(tmp_path / "again.toml")
    assert Scenario.read(tmp_path / "again.toml").demand == asked.demand
    plan = solve(prepare(asked))
    plan.verify()
    assert set(plan.hubs["country_iso2"]) == {"SE", "DK"}
    assert "cities" in set(plan.sources["table"])
    assert "hubs" not in set(plan.sources["table"])


# --- tables of a notebook ------------------------------------------------------------------------


def places_of_a_notebook() -> gpd.GeoDataFrame:
    """Return three places in a projected reference system, with an own price and a text of two lines."""
    points = gpd.points_from_xy([22.15, 10.39, -3.7], [65.58, 55.4, 40.4])
    table = {
        "name": ["Luleå", "Odense", "Madrid"],
        "price_usd_per_mwh": [30, None, 60.5],
        "owner": ["a\nb", None, "#c"],
    }
    return gpd.GeoDataFrame(table, geometry=points, crs=4326).to_crs(3857)


@pytest.fixture(scope="module")
def asked() -> Scenario:
    """Return a question on tables of a notebook."""
    by_name = pd.DataFrame({"name": ["Berlin", "Paris"], "lon": [13.4, 2.35], "lat": [52.5, 48.85], "weight": [1, 2]})
    return Scenario(
        name="frames",
        demand={"it_mw": 60, "hubs": by_name.set_index("name")},
        candidates={"set": places_of_a_notebook()},
        limits=(SiteCount(min=1, max=1),),
    )


def test_tables_are_candidates_and_hubs(asked: Scenario, tmp_path: Path) -> None:
    problem = prepare(asked)
    assert problem.sites["id"].tolist() == ["lulea", "odense", "madrid"]
    assert problem.sites["lon"].round(6).tolist() == [22.15, 10.39, -3.7]
    assert problem.sites["price_usd_per_mwh"].tolist()[::2] == [30.0, 60.5]
    assert problem.hubs["weight"].tolist() == [1.0, 2.0]
    plan = solve(problem)
    again = Plan.load(plan.save(tmp_path / "plan"))
    again.verify()
    assert {p.parent.name for p in (tmp_path / "plan" / "scenario").rglob("*.csv")} == {"candidates.set", "demand.hubs"}


def test_equal_tables_are_one_question_and_others_are_not(asked: Scenario) -> None:
    again = Scenario(**{**asked.as_dict(), "candidates": {"set": places_of_a_notebook()}})
    assert again == asked
    assert scenario_hash(again) == scenario_hash(asked)
    moved = places_of_a_notebook().assign(price_usd_per_mwh=31.0)
    assert scenario_hash(Scenario(**{**asked.as_dict(), "candidates": {"set": moved}})) != scenario_hash(asked)


def test_a_scenario_with_tables_is_written_with_its_files(asked: Scenario, tmp_path: Path) -> None:
    asked.write(tmp_path / "frames.toml")
    read = Scenario.read(tmp_path / "frames.toml")
    assert Path(read.candidates.set).parent == Path()
    assert prepare(read).sites["id"].tolist() == prepare(asked).sites["id"].tolist()
    read.write(tmp_path / "again.toml")


def test_the_key_of_a_run_does_not_depend_on_the_folder_of_the_process(asked: Scenario, tmp_path: Path) -> None:
    other = tmp_path / Path(asked.candidates.set).name
    other.write_bytes(Path(asked.candidates.set).read_bytes())
    moved = Scenario(**{**asked.as_dict(), "candidates": {"set": str(other)}})
    assert scenario_hash(moved) == scenario_hash(asked)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (places_of_a_notebook().set_crs(None, allow_override=True), "without a reference system: set it"),
        (places_of_a_notebook().assign(geometry=lambda f: f.buffer(10)), "has Polygon among its geometry: give points"),
        (pd.DataFrame({"id": ["a"], "lon": [1.0]}), "is a table without `lat`: give columns in degrees"),
        (5, "`candidates.set` is 5"),
    ],
)
def test_a_table_without_points_is_refused(value: Any, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario(name="x", demand={"it_mw": 100}, candidates={"set": value})
    assert message in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet"])
def test_a_layer_of_candidates_may_have_own_columns(tmp_path: Path, suffix: str) -> None:
    frame = places_of_a_notebook().to_crs(4326)
    path = tmp_path / f"places{suffix}"
    frame.to_parquet(path) if suffix == ".parquet" else frame.to_file(path)
    small = {"it_mw": 60, "hubs": {"countries": ["SE", "DK"]}}
    problem = prepare(Scenario(name="x", demand=small, candidates={"set": str(path)}))
    assert problem.sites["price_usd_per_mwh"].tolist()[::2] == [30.0, 60.5]
    if suffix == ".gpkg":
        checks = solve(problem).verify()
        assert checks["check"].str.startswith("NOT RE-CHECKED: own columns of sites in").any()
