"""What a planner knows of a place: columns of a sites file that replace shipped figures, and names that resemble them."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siting import GridHeadroom, Plan, Scenario, ScenarioError, SiteCount, UnprovenError, prepare, solve
from siting.problem.parts import Incentives
from siting.show.report.report_tables import given_table
from siting.study.uncertainty.inputs import FACTOR_SET, zone_factors
from siting.world import catalogue
from siting.world.user_files.user_places import read_hubs, read_sites

PLACES = """name,lon,lat,country,price_usd_per_mwh,available_mw,available_from,capex_usd_per_mw,land_usd_per_m2,ci_g_per_kwh,renewable_share,sales_tax,property_tax,notes,owner
Abilene,-99.73,32.45,US,42,200,2026,,,,,0.01,0.005,"85 % abated",ours
Luleå,22.15,65.58,Sweden,32.5,120,2026,10500000,20,,,,,,
Reykjavik,-21.94,64.15,IS,,90,,,,9,0.97,,,,partner
Toronto,-79.4,43.7,CA,70,10,2019,,,,,,,,
Ashburn,-77.49,39.04,US,68,120,2029,,,,,,,,
"""
HUBS = "name,lon,lat\nLondon,-0.12,51.5\nNew York,-74,40.7\n"


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Return a question on five places with own values."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "places.csv").write_text(PLACES, encoding="utf-8")
    (folder / "hubs.csv").write_text(HUBS, encoding="utf-8")
    return Scenario(
        name="own",
        demand={"it_mw": 120, "hubs": "hubs.csv"},
        candidates={"set": "places.csv"},
        limits=(SiteCount(min=3),),
    ).with_folder(folder)


@pytest.fixture(scope="module")
def plan(question: Scenario) -> Plan:
    """Return its plan: three places are left, and all are built."""
    return solve(prepare(question))


def sites_of(folder: Path, head: str, *rows: str) -> Any:
    """Read sites with the columns name, lon, lat and others."""
    path = folder / "mine.csv"
    path.write_text("\n".join([f"name,lon,lat,{head}", *rows]) + "\n", encoding="utf-8")
    return read_sites(path)


def test_own_values_replace_the_shipped_ones_and_are_marked_as_given(plan: Plan) -> None:
    sites = plan.sites.set_index("name")
    assert sites.loc[["Abilene", "Luleå"], "price_usd_per_mwh"].tolist() == [42.0, 32.5]
    assert sites["price_quality"].eq("as given").to_dict() == {"Abilene": True, "Luleå": True, "Reykjavik": False}
    assert sites.at["Reykjavik", "ci_g_per_kwh"] == 9.0
    assert sites.at["Reykjavik", "ci_quality"] == "as given"
    assert sites.at["Reykjavik", "renewable_share"] == 0.97
    assert sites.at["Reykjavik", "cfe_share"] >= 0.97


def test_the_ledger_charges_what_is_given(plan: Plan) -> None:
    site = plan.sites.set_index("id")
    usd = plan.ledger.set_index(["site", "line"])["usd_per_year"]
    abilene, lulea = site.loc["abilene"], site.loc["lulea"]
    assert usd["abilene", "energy"] == pytest.approx(8760 * abilene["it_mw"] * abilene["pue"] * 42.0)
    servers_usd = 32_000_000 * abilene["capacity_it_mw"]  # catalogue, capex-it-usd-per-mw
    everything = abilene["capex_usd"]
    assert servers_usd < everything
    assert usd["abilene", "property_tax"] == pytest.approx(0.005 * everything)
    assert usd["abilene", "sales_tax"] == pytest.approx(0.01 * usd["abilene", "servers"])
    facility_usd = lulea["capex_usd"] / lulea["capacity_it_mw"] - everything / abilene["capacity_it_mw"]
    assert facility_usd != 0.0
    again = (
        usd["lulea", "land"]
        / lulea["capacity_it_mw"]
        / (usd["reykjavik", "land"] / site.at["reykjavik", "capacity_it_mw"])
    )
    rates = {s: 1.0 - site.at[s, "corporate_tax_rate"] for s in ("lulea", "reykjavik")}
    minimum = {s: min(r, 0.85) for s, r in rates.items()}
    shipped = catalogue.cost("land-usd-per-m2").mid
    assert again == pytest.approx(20.0 / shipped * minimum["reykjavik"] / minimum["lulea"])


def test_own_capex_has_no_market_and_no_uplift(question: Scenario) -> None:
    problem = prepare(question)
    ids = problem.sites["id"].to_numpy(str)[problem.options["site"]]
    per_mw = problem.options["capex_usd_per_hall"].to_numpy(float) / problem.scenario.building.hall_mw
    servers = float(per_mw[ids == "lulea"][0]) - 10_500_000
    assert servers == pytest.approx(catalogue.cost("capex-it-usd-per-mw").mid)
    told = problem.unknowns[problem.unknowns["site"] == "lulea"]["unknown"]
    assert not told.str.contains("construction").any()


def test_power_caps_a_site_and_its_date_excludes_it_each_with_a_reason(plan: Plan) -> None:
    reasons = plan.excluded.set_index("site")["reason"].to_dict()
    assert reasons["ashburn"] == "`available_from` is 2029 as given, after 2026, the year of the scenario"
    assert reasons["toronto"].startswith("`available_mw` is 10 as given, less than the smallest site needs: ")
    assert reasons["toronto"].endswith(" MW for 2 hall(s) of 20 MW")
    most = {"abilene": 200, "lulea": 120, "reykjavik": 90}
    assert all(s.peak_facility_mw <= most[s.id] for s in plan.sites.itertuples())
    assert "available_mw" in set(plan.binding["limit"])


def test_a_later_year_of_the_scenario_lets_the_place_in(question: Scenario) -> None:
    later = question.model_copy(
        update={"policy": question.policy.model_copy(update={"date": pd.Timestamp("2029-07-01").date()})}
    )
    assert "ashburn" in set(prepare(later).sites["id"])


def test_a_date_of_power_in_the_past_is_a_sentence(question: Scenario) -> None:
    assert (
        "`available_from` of Toronto (2019) lies before 2026, the year of the scenario: taken as in service by then"
        in prepare(question).notes
    )


def test_a_limit_that_allows_less_than_the_planner_states_is_a_sentence(question: Scenario) -> None:
    limits = (*question.limits, GridHeadroom(by_site_mw={"abilene": 150}))
    notes = prepare(Scenario(**{**question.as_dict(), "limits": limits}).with_folders_of(question)).notes
    text = "`grid_headroom` allows less than `available_mw` at Abilene (150) [MW]: loosen it where the power is agreed"
    assert text in notes


def test_the_plan_lists_what_was_given_and_carries_the_other_columns(plan: Plan, tmp_path: Path) -> None:
    given = plan.tables["as_given"].set_index(["site", "column"])
    assert given.at[("lulea", "price_usd_per_mwh"), "value"] == "32.5"
    assert given.at[("lulea", "price_usd_per_mwh"), "line"] == "energy"
    assert given.at[("reykjavik", "owner"), "acts_on"] == ""
    assert set(given["quality"]) == {"as given"}
    source = plan.sources.set_index("table").loc["own_columns"]
    assert source["quality"] == "as given"
    assert source["source"].startswith("as given in places.csv: price_usd_per_mwh, available_mw")
    table = pd.read_csv(plan.save(tmp_path / "plan") / "sites.csv").set_index("id")
    assert table.at["reykjavik", "owner"] == "partner"
    assert table.at["abilene", "notes"] == "85 % abated"
    assert table.at["lulea", "land_usd_per_m2"] == 20


def test_a_plan_that_departs_from_what_was_given_fails_in_every_value(plan: Plan) -> None:
    given = plan.tables["as_given"]
    listed = given.assign(value=np.where(given["column"] == "available_mw", "1000", given["value"]))
    listed = listed[listed["column"] != "land_usd_per_m2"]
    wrong = {"price_usd_per_mwh": 31.0, "renewable_share": 0.5, "peak_facility_mw": 500.0, "capex_usd": 1e9}
    changed = replace(plan, sites=plan.sites.assign(**wrong), tables={**plan.tables, "as_given": listed})
    with pytest.raises(UnprovenError) as caught:
        changed.verify()
    found = "\n".join(caught.value.faults)
    for text in (
        "price of the zone, lulea",
        "renewable share of the zone, reykjavik",
        "available power, as given, reykjavik",
        "capital of the halls, lulea",
        "`available_mw`, as given, abilene",
        "`land_usd_per_m2`, as given, is listed, lulea",
    ):
        assert text in found


def test_a_saved_plan_is_whole_elsewhere(plan: Plan, tmp_path: Path) -> None:
    plan.save(tmp_path / "here")
    shutil.move(tmp_path / "here", tmp_path / "there")
    again = Plan.load(tmp_path / "there")
    pd.testing.assert_frame_equal(again.tables["as_given"], plan.tables["as_given"])
    checks = again.verify()
    assert set(checks.loc[checks["check"] == "available power, as given", "limit"]) == {200.0, 120.0, 90.0}
    assert not checks["check"].str.contains("own columns of sites").any()


def test_what_is_given_has_no_interval(plan: Plan) -> None:
    names = [*(f"grid intensity {c}" for c in plan.sites["country_iso2"]), FACTOR_SET]
    both, lifecycle = zone_factors(plan.scenario, plan.sites, {name: np.array([0.5]) for name in names})
    as_given = (plan.sites["ci_quality"] == "as given").to_numpy()
    assert both[:, 0].tolist() == np.where(as_given, 1.0, 0.5).tolist()
    assert lifecycle[as_given].tolist() == [[1.0]]
    assert lifecycle[~as_given].min() > 1.0 or lifecycle[~as_given].max() < 1.0


def test_an_unknown_tax_is_not_reported_where_it_is_given(question: Scenario) -> None:
    problem = prepare(question)
    here = problem.unknowns[problem.unknowns["site"] == "abilene"]["unknown"].str.cat(sep="; ")
    assert "property" not in here
    option = problem.options.index[problem.options["site"] == int(np.flatnonzero(problem.sites["id"] == "abilene")[0])]
    assert not problem.part(Incentives).unknown["option"].isin(option).any()


@pytest.mark.slow
def test_the_report_lists_what_was_given_by_name(plan: Plan, tmp_path: Path) -> None:
    page = plan.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "What you gave of the built sites, in place of shipped figures." in page
    assert "the power that you state for the site" in page
    table = given_table(plan)
    assert table is not None
    cells = [[c.text for c in row.cells] for row in table.rows]
    assert ["Luleå", "price_usd_per_mwh", "32.5 USD/MWh", "the price of electricity before its tax", "energy"] in cells
    assert ["Reykjavik", "owner", "partner", "nothing: carried along", ""] in cells


# --- names and values ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("price", "unknown column `price`: did you mean `price_usd_per_mwh`? Give it in USD/MWh and rename it, or leave it out"),
        ("power_price", "did you mean `price_usd_per_mwh`"),
        ("MW", "unknown column `MW`: did you mean `available_mw`? Give it in MW and rename it"),
        ("Available Power", "did you mean `available_mw`"),
        ("capex", "did you mean `capex_usd_per_mw`"),
        ("carbon_intensity", "did you mean `ci_g_per_kwh`"),
        ("power_from", "did you mean `available_from`"),
        ("price (EUR/MWh)", "`price (EUR/MWh)` has its unit in the header: convert it to USD/MWh and name it `price_usd_per_mwh`"),
        ("Price [€/MWh]", "has its unit in the header: convert it to USD/MWh"),
        ("capacity (GW)", "has its unit in the header: convert it to MW and name it `available_mw`"),
        ("renewables (%)", "has its unit in the header: convert it to a share of 0 to 1 and name it `renewable_share`"),
        ("prise_usd_per_mwh", "unknown column `prise_usd_per_mwh`: did you mean `price_usd_per_mwh`?"),
        ("elevation", "unknown column `elevation`: did you mean `elevation_m`?"),
    ],
)  # fmt: skip
def test_a_column_that_looks_like_a_known_one_is_asked_about(tmp_path: Path, column: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        sites_of(tmp_path, column, "a,22.15,65.58,5")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "column", ["owner", "Parcel id", "xyz", "operator contact", "priority", "powder", "data centre"]
)
def test_another_column_is_carried_along_with_a_hint(tmp_path: Path, column: str) -> None:
    found = sites_of(tmp_path, column, "a,22.15,65.58,red")
    assert f'"{column}": "red"' in found["own_columns"].iloc[0]
    assert f"mine.csv: column(s) `{column}` act on nothing and are carried to the tables" in found.attrs["notes"]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("price_usd_per_mwh", "0.08", "row 2 (a): `price_usd_per_mwh` is 0.08, which looks like USD/kWh: write 80 [USD/MWh]"),
        ("price_usd_per_mwh", "-5", "give 0 to 5000 USD/MWh"),
        ("price_usd_per_mwh", "cheap", "`price_usd_per_mwh` is `cheap`: write a number"),
        ("ci_g_per_kwh", "0.363", "looks like kg/kWh: write 363 [g/kWh]"),
        ("capex_usd_per_mw", "11.7", "looks like million USD/MW: write 11700000 [USD/MW]"),
        ("sales_tax", "8.25", "give a share of 0 to 1 (8.25 % is 0.0825)"),
        ("renewable_share", "-0.1", "give a share of 0 to 1"),
        ("available_from", "2028.5", "give a year of 1990 to 2100, such as 2028"),
        ("available_from", "28", "give a year of 1990 to 2100, such as 2028"),
        ("available_mw", "-1", "give 0 to 100000 MW"),
    ],
)  # fmt: skip
def test_a_value_in_another_unit_or_out_of_range_names_row_and_remedy(
    tmp_path: Path, column: str, value: str, message: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        sites_of(tmp_path, column, f"a,22.15,65.58,{value}")
    assert message in str(caught.value)


def test_country_is_another_name_and_its_own_name_goes_before(tmp_path: Path) -> None:
    assert sites_of(tmp_path, "country", "a,22.15,65.58,Sweden")["country_iso2"].tolist() == ["SE"]
    both = sites_of(tmp_path, "country,country_iso2", "a,22.15,65.58,Sverige,SE")
    assert both["country_iso2"].tolist() == ["SE"]
    assert '"country": "Sverige"' in both["own_columns"].iloc[0]


def test_a_blank_cell_leaves_the_shipped_value(tmp_path: Path) -> None:
    with_blank = sites_of(tmp_path, "price_usd_per_mwh,ci_g_per_kwh", "a,22.15,65.58,,", "b,10.39,55.4,50,").set_index(
        "id"
    )
    plain = sites_of(tmp_path, "country", "a,22.15,65.58,SE", "b,10.39,55.4,DK").set_index("id")
    for column in ("price_usd_per_mwh", "price_quality", "ci_lifecycle_g_per_kwh", "price_low_usd_per_mwh"):
        assert with_blank.at["a", column] == plain.at["a", column]
    assert with_blank.at["b", "ci_quality"] == plain.at["b", "ci_quality"]
    assert np.isnan(with_blank.at["b", "price_low_usd_per_mwh"])


def test_own_intensity_beside_a_contract_of_the_zone_is_refused(question: Scenario) -> None:
    mix = [{"zone": "IS", "g_per_kwh": 40.0, "source": "operator"}]
    asked = Scenario(**{**question.as_dict(), "residual_mix": mix}).with_folders_of(question)
    with pytest.raises(ScenarioError, match="`ci_g_per_kwh` of Reykjavik is given beside contracts or a residual mix"):
        prepare(asked)


def test_a_hub_file_asks_about_a_column_of_people(tmp_path: Path) -> None:
    (tmp_path / "hubs.csv").write_text("name,lon,lat,population\nOslo,10.75,59.9,700000\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="unknown column `population`: did you mean `weight`"):
        read_hubs(tmp_path / "hubs.csv")
