"""Every file that a run writes reads back, by its own reader and by those of the trade."""

import json
import math
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import fields, replace
from functools import reduce
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import problem_of, random_numbers
from pandas.testing import assert_frame_equal

import siting
from siting import (
    Budget,
    DataError,
    Limit,
    Plan,
    Scenario,
    ScenarioError,
    Screen,
    SiteCount,
    SitingError,
    prepare,
    solve,
)

FILES = ["assignments.csv", "ledger.csv", "manifest.json", "plan.json", "sites.csv", "sites.geojson"]
FRAMES = [f.name for f in fields(Plan) if f.name not in ("scenario", "proof", "kpis")]


@pytest.fixture(scope="module")
def folder(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save the baseline's plan once."""
    return plan.save(tmp_path_factory.mktemp("runs") / "new" / "baseline")


@pytest.fixture(scope="module")
def empty() -> Plan:
    """Return what is left of a question without an answer."""
    return solve(problem_of(random_numbers(4), (Budget(usd_per_year=1.0),)))


def same_frames(one: Plan, other: Plan) -> None:
    """Compare all tables of two plans; what is unknown in both is the same."""
    assert set(one.tables) == set(other.tables)
    for name, table in one.tables.items():
        assert_frame_equal(pd.DataFrame(table), pd.DataFrame(other.tables[name]), check_dtype=False)
    for name in set(FRAMES) - {"tables"}:
        assert_frame_equal(pd.DataFrame(getattr(one, name)), pd.DataFrame(getattr(other, name)), check_dtype=False)


# --- by the readers of the trade -----------------------------------------------------------------


def test_a_plan_is_five_files_and_a_manifest_in_a_folder_that_is_made_for_it(folder: Path) -> None:
    assert sorted(p.name for p in folder.iterdir()) == FILES


def test_pandas_reads_the_tables(plan: Plan, folder: Path) -> None:
    sites = pd.read_csv(folder / "sites.csv", keep_default_na=False)
    assert sites["id"].tolist() == plan.sites["id"].tolist()
    assert sites["it_mw"].sum() == pytest.approx(plan.kpis["it_mw"])
    assert sites["lon"].tolist() == pytest.approx(plan.sites.geometry.x.tolist())
    assert_frame_equal(pd.read_csv(folder / "assignments.csv"), plan.assignments, check_dtype=False)
    ledger = pd.read_csv(folder / "ledger.csv")
    assert ledger["usd_per_year"].sum() == pytest.approx(plan.kpis["cost_usd_per_year"])
    assert ledger["tco2e_per_year"].sum() == pytest.approx(plan.kpis["emissions_t_per_year"])


def test_geopandas_reads_the_layer_in_longitude_and_latitude(plan: Plan, folder: Path) -> None:
    layer = gpd.read_file(folder / "sites.geojson")
    assert layer.crs.to_epsg() == 4326
    assert layer["id"].tolist() == plan.sites["id"].tolist()
    assert layer.geometry.geom_equals_exact(plan.sites.geometry, 1e-9).all()
    assert layer["emissions_t_per_year"].tolist() == pytest.approx(plan.sites["emissions_t_per_year"].tolist())


def test_json_reads_the_plan_and_the_layer_without_any_nan(folder: Path) -> None:
    def refuse(word: str) -> float:
        raise AssertionError(f"{word} is no JSON")

    whole = json.loads((folder / "plan.json").read_text(encoding="utf-8"), parse_constant=refuse)
    assert set(whole) == {"format", "siting", "scenario", "defined_by", "proof", "kpis", *FRAMES}
    layer = json.loads((folder / "sites.geojson").read_text(encoding="utf-8"), parse_constant=refuse)
    assert layer["type"] == "FeatureCollection"
    assert {f["geometry"]["type"] for f in layer["features"]} == {"Point"}


def test_the_files_carry_proof_provenance_and_the_question(plan: Plan, folder: Path) -> None:
    whole = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert Scenario(**whole["scenario"]) == plan.scenario
    assert whole["proof"]["bound"] == plan.bound
    assert {"zones", "zone_intensity", "climate", "hardware", "policy_rates"} <= set(whole["sources"]["table"])
    assert all(whole["sources"][column] for column in ("source", "year", "licence", "quality"))


# --- by its own reader ---------------------------------------------------------------------------


def test_a_plan_reads_back_as_it_was_saved_and_still_verifies(plan: Plan, folder: Path) -> None:
    again = Plan.load(folder)
    same_frames(again, plan)
    assert (again.scenario, again.proof, dict(again.kpis)) == (plan.scenario, plan.proof, dict(plan.kpis))
    assert (again.sites.crs, again.hubs.crs) == (plan.sites.crs, plan.hubs.crs)
    assert_frame_equal(again.verify(), plan.verify())


def test_saving_what_was_loaded_writes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    Plan.load(folder).save(tmp_path)
    assert [name for name in FILES if (tmp_path / name).read_bytes() != (folder / name).read_bytes()] == []


def test_a_claim_survives_the_way_through_the_files(texas_plan: Plan, tmp_path: Path) -> None:
    again = Plan.load(texas_plan.save(tmp_path))
    assert again.sites["incentives"].tolist() == ["us-tx-qdc"]
    again.verify()


def test_a_column_that_nobody_knows_stays_unknown_numbers(texas_plan: Plan, tmp_path: Path) -> None:
    """Without a headroom limit no site has a headroom: NaN, and no word None."""
    assert texas_plan.sites["zone_headroom_mw"].isna().all()
    again = Plan.load(texas_plan.save(tmp_path)).sites["zone_headroom_mw"]
    assert again.dtype == float
    assert math.isnan(again.iloc[0])


def test_a_screen_that_was_switched_off_is_off_after_loading(small: Path, tmp_path: Path) -> None:
    limits = (Screen(min_rule_of_law=None, max_outages_per_month=None), SiteCount(min=2))
    asked = Scenario.read(small).model_copy(update={"limits": limits})
    again = Plan.load(solve(prepare(asked)).save(tmp_path / "out"))
    assert again.scenario.limits == limits


def test_a_plan_written_over_another_leaves_nothing_of_it(plan: Plan, texas_plan: Plan, tmp_path: Path) -> None:
    plan.save(tmp_path)
    texas_plan.save(tmp_path)
    assert Plan.load(tmp_path).sites["id"].tolist() == texas_plan.sites["id"].tolist()


# --- without an answer ---------------------------------------------------------------------------


def test_an_infeasible_plan_saves_and_loads(empty: Plan, tmp_path: Path) -> None:
    again = Plan.load(empty.save(tmp_path))
    same_frames(again, empty)
    assert (again.status, again.objective, again.bound, again.gap, again.kpis) == ("infeasible", None, None, None, {})
    assert again.scenario == empty.scenario


def test_the_files_of_an_infeasible_plan_are_empty_and_readable(empty: Plan, tmp_path: Path) -> None:
    empty.save(tmp_path)
    for name in ("sites.csv", "assignments.csv", "ledger.csv"):
        assert pd.read_csv(tmp_path / name).empty
    assert json.loads((tmp_path / "sites.geojson").read_text(encoding="utf-8"))["features"] == []
    assert gpd.read_file(tmp_path / "sites.geojson").empty


# --- folders that will not do --------------------------------------------------------------------


def test_a_folder_that_cannot_be_written_is_named(empty: Plan, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    for name in ("file", "file/out", "file/of/plans/out"):
        with pytest.raises(DataError, match=rf"cannot write to .*{name} \(.*file is not a folder\): choose another"):
            empty.save(tmp_path / name)


def test_a_folder_without_a_plan_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no plan to read at .*plan\.json .*: give a folder that `siting plan` wrote"):
        Plan.load(tmp_path)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[:500], r"cannot read .*plan\.json \(not valid JSON"),
        (lambda text: "[]" + text[:0], r"holds \[\], not a JSON object\): give a folder that `siting plan` wrote"),
        (
            lambda text: text.replace('"format": 3', '"format": 2').replace('"siting":', '"unused":'),
            rf"has format 2, written by siting 0.1; siting {siting.__version__} reads format 3: solve the scenario again",
        ),
        (
            lambda text: text.replace('"format": 3', '"format": 9').replace(f'"{siting.__version__}"', '"8.1"'),
            r"has format 9, written by siting 8.1; siting .* reads format 3",
        ),
        (lambda _: '{"sites": []}', r"is not a plan of siting"),
        (
            lambda text: text.replace('"binding"', '"bending"'),
            r"is not a whole plan: solve the scenario again; it has:\n  - `binding` is missing",
        ),
        (lambda text: text.replace('"ledger"', '"lodger"'), r"`ledger` is missing"),
        (
            lambda text: text.replace('"gap_asked"', '"gap_wanted"'),
            r"`proof.gap_wanted` is not a field of a proof: did you mean `gap_asked`\?\n  - `proof.gap_asked` is",
        ),
    ],
)
def test_a_damaged_plan_is_no_plan(empty: Plan, tmp_path: Path, damage: Callable[[str], str], message: str) -> None:
    path = empty.save(tmp_path) / "plan.json"
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        Plan.load(tmp_path)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", " =", "\uff1d"])
def test_no_text_of_a_sheet_begins_a_formula_and_numbers_stay(start: str, plan: Plan, tmp_path: Path) -> None:
    name = f'{start}HYPERLINK("x")'
    changed = replace(plan, sites=plan.sites.assign(name=name), ledger=plan.ledger.assign(usd_per_year=-1.5))
    changed.save(tmp_path)
    assert set(pd.read_csv(tmp_path / "sites.csv")["name"]) == {f"'{name}"}
    assert set(pd.read_csv(tmp_path / "ledger.csv")["usd_per_year"]) == {-1.5}
    assert Plan.load(tmp_path).sites["name"].iloc[0] == name


def test_what_follows_a_semicolon_begins_no_formula_either(plan: Plan, tmp_path: Path) -> None:
    """A spreadsheet whose decimal sign is a comma parts cells at semicolons."""
    replace(plan, sites=plan.sites.assign(name="Oslo;=1+1")).save(tmp_path)
    assert set(pd.read_csv(tmp_path / "sites.csv")["name"]) == {"Oslo;'=1+1"}


def test_a_plan_from_elsewhere_names_no_file_of_the_working_folder(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Scenario.read(small)
    saved = solve(prepare(asked), gap=0.01).save(tmp_path / "plan")
    shutil.rmtree(saved / "scenario")
    monkeypatch.chdir(small.parent)
    own, opened = Plan.load(saved), Plan.load(saved, files_from=[small.parent])
    named = asked.candidates.set
    assert not own.scenario.file(named).exists()
    assert opened.scenario.file(named) == asked.file(named)
    opened.verify()
    with pytest.raises(ScenarioError, match="no such file"):
        prepare(own.scenario)


# --- files from anywhere -------------------------------------------------------------------------

ODD = (None, True, "text", -1, 10**400, math.inf, math.nan, [], [[]], {}, {"a": [1, 2]}, "\x00")
"""Values of every other type than a place in the file has, and numbers that no plan has."""


def places_in(whole: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to every value of a file: all keys, and the first two items of every list."""
    if at:
        yield at
    if isinstance(whole, dict):
        inner = list(whole.items())
    else:
        inner = list(enumerate(whole[:2])) if isinstance(whole, list) else []
    for key, value in inner:
        yield from places_in(value, (*at, key))


def with_value(whole: Any, at: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of a file's content with another value at a path."""
    copy = deepcopy(whole)
    holder = reduce(lambda x, key: x[key], at[:-1], copy)
    holder[at[-1]] = value
    return copy


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.data())
def test_whatever_value_is_put_into_a_plan_file_is_read_or_refused_in_a_sentence(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    at = data.draw(st.sampled_from(list(places_in(whole))))
    spoiled = with_value(whole, at, data.draw(st.sampled_from(ODD)))
    where = tmp_path_factory.mktemp("spoiled")
    (where / "plan.json").write_text(json.dumps(spoiled), encoding="utf-8")
    message = ""
    try:
        Plan.load(where).verify()
    except SitingError as refused:
        message = str(refused)
    assert len(message) < 4000
    assert message.count("\n") <= 12


def test_a_file_with_a_table_that_is_too_short_names_it(folder: Path, tmp_path: Path) -> None:
    whole = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    whole["sites"]["halls"] = whole["sites"]["halls"][:-1]
    whole["sites"]["lat"][0] = 99
    whole["proof"]["status"] = "splendid"
    (tmp_path / "plan.json").write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(DataError, match=r"`sites` has columns of different lengths: .*halls \d+") as refused:
        Plan.load(tmp_path)
    assert "`proof.status` is `\"splendid\"`: Input should be 'optimal'" in str(refused.value)


def test_tables_that_name_what_is_not_there_are_refused(folder: Path, tmp_path: Path) -> None:
    whole = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    whole["assignments"]["site"][0] = "nowhere"
    whole["hubs"]["id"][0] = whole["hubs"]["id"][1]
    whole["proof"]["status"] = "infeasible"
    (tmp_path / "plan.json").write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(DataError, match=r"`assignments.site` names nowhere, which `sites` does not have") as refused:
        Plan.load(tmp_path)
    assert "`hubs` lists" in str(refused.value)
    assert "`proof.status` is `infeasible`, but the file has a plan: kpis, sites" in str(refused.value)


def test_a_limit_of_the_user_s_own_is_named_with_its_class_where_it_is_not_defined(plan: Plan, tmp_path: Path) -> None:
    class Secret(Limit):
        kind: Literal["site_counts"] = "site_counts"

    asked = plan.scenario.model_copy(update={"limits": (*plan.scenario.limits, Secret())})
    try:
        replace(plan, scenario=asked).save(tmp_path)
        assert Plan.load(tmp_path).scenario.limits[-1] == Secret()
    finally:
        Limit.registry.pop("site_counts", None)
    where = rf"{__name__}\.test_a_limit.*Secret"
    with pytest.raises(
        DataError, match=rf"limit `site_counts` is not defined here; it was defined by `{where}`"
    ) as lost:
        Plan.load(tmp_path)
    assert "import or define its class, then load the plan again" in str(lost.value)
    assert "did you mean" not in str(lost.value)
