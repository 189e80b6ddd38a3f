"""The plan for a board: totals in its units, what they are compared with, what was assumed, and the workbook."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import HUBS_CSV, SITES_CSV, SMALL_TOML

from siting import DataError, Plan, Scenario, SiteCount, SitingError, prepare, solve
from siting.show.report import workbook
from siting.show.report.board_tables import totals_table
from siting.show.report.report import report_page
from siting.show.report.report_tables import assignments_table, binding_table, kpis_table, sites_table, sources_table
from siting.show.report.workbook import write_workbook
from siting.show.text.amounts import amount, rounded
from siting.show.text.board_text import beside, caveats, how_much, why
from siting.show.text.limit_text import limit_terms
from siting.show.text.site_text import capacity_sentences
from siting.solver.analysis.regret import explain
from siting.study.map_data import CI_COLUMN, Ground
from siting.study.story import Story, story_of, with_rivals

ONE_ZONE = gpd.GeoDataFrame({"zone_id": ["east"], CI_COLUMN: [30.0]}, geometry=[shapely.box(0, 40, 90, 75)], crs=4326)
GROUND = Ground(ONE_ZONE, pd.DataFrame([dict.fromkeys(("table", "source", "year", "licence", "quality"), "x")]))
FORMULA = '=HYPERLINK("http://x.example";"x")'


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Solve two of three places of the planner's own, and the rivals of that plan."""
    home = tmp_path_factory.mktemp("board")
    for name, text in (("sites.csv", SITES_CSV), ("hubs.csv", HUBS_CSV), ("small.toml", SMALL_TOML)):
        (home / name).write_text(text, encoding="utf-8")
    problem = prepare(Scenario.read(home / "small.toml"))
    return with_rivals(story_of(solve(problem), prepared=problem))


def changed(story: Story, **changes: Any) -> Story:
    """Return a story with other members, and the tables that took long to compute."""
    new = replace(story, **changes)
    new.__dict__.update({name: getattr(story, name) for name in ("interval", "assumptions", "assumed")})
    return new


def test_the_summary_of_a_plan_is_its_kpis_in_other_units(story: Story) -> None:
    """Worked by hand: an accelerator does peak x MFU x 3600 s of operations an hour; a run of 1e25 is 1e7 EFLOP."""
    plan, summary = story.plan, story.plan.summary
    kpis, chip, mfu = plan.kpis, plan.scenario.hardware.chip, plan.scenario.hardware.mfu
    an_hour = chip.peak_flop_per_s * mfu * 3600 / 1e18
    assert summary["usd_per_accelerator_hour"] == pytest.approx(kpis["cost_usd_per_eflop"] * an_hour)
    hours = kpis["it_mw"] * 1e6 / chip.server_power_w * 8760
    assert summary["usd_per_accelerator_hour"] == pytest.approx(plan.ledger["usd_per_year"].sum() / hours)
    grams = plan.ledger["tco2e_per_year"].sum() * 1e6 / kpis["eflop_per_year"]
    assert summary["t_per_1e25_operations"] == pytest.approx(grams * 1e7 / 1e6)
    assert summary["usd_per_1e25_operations"] == pytest.approx(kpis["cost_usd_per_eflop"] * 1e7)
    assert summary["capex_usd"] == plan.sites["capex_usd"].sum()
    assert summary["cost_usd_per_year"] == pytest.approx(plan.ledger["usd_per_year"].sum())
    assert set(summary["sites"]) == set(plan.sites["name"])
    assert "runner_up" not in summary


def test_the_summary_is_empty_without_a_plan(story: Story) -> None:
    assert replace(story.plan, kpis={}).summary == {}


def test_the_runner_up_is_the_rejected_site_with_the_least_proven_regret(story: Story) -> None:
    assert story.prepared is not None
    told = explain(story.prepared, story.plan)
    known = changed(story, explanation=told)
    rejected = told.regret[(told.regret["forced"] == "in") & (told.regret["status"] == "optimal")]
    best = rejected.sort_values("regret").iloc[0]
    assert (known.runners_up or ())[0] == (known.names[best["site"]], best["regret"])
    assert known.summary["runner_up"][0] == known.names[best["site"]]
    assert any(s.startswith(f"Runner-up: {known.names[best['site']]} (+") for s in caveats(known))
    bounded = replace(told, regret=told.regret.assign(status="screened", regret=np.nan))
    assert changed(story, explanation=bounded).runners_up is None
    assert any(s.startswith("Runner-up: not computed") for s in caveats(changed(story, explanation=bounded)))


def test_the_answer_says_how_much_and_why_in_round_numbers(story: Story) -> None:
    kpis = story.plan.kpis
    assert f"It emits {rounded(kpis['emissions_t_per_year'])} tCO2e a year" in how_much(story)
    assert f"{amount(kpis['cost_usd_per_year'], 'USD')} a year" in how_much(story)
    assert re.match(
        r"Why: Lulea has grid intensity 15 gCO2e/kWh against \d+ at the median of 3 candidates; limits", why(story)
    )


def test_the_plan_is_beside_the_cheapest_and_the_nearest_and_says_what_is_missing(story: Story) -> None:
    assert story.cheapest is not None
    assert story.nearest is not None
    assert story.cheapest.kpis["cost_usd_per_year"] <= story.plan.kpis["cost_usd_per_year"] * (1 + 1e-4)
    assert story.nearest.kpis["rtt_p90_ms_mean"] <= story.plan.kpis["rtt_p90_ms_mean"] * (1 + 1e-4)
    table = totals_table(story)
    assert table.heads == ("", "this plan", "cheapest", "nearest")
    assert "Today's pattern is not computed: it needs all shipped hubs" in table.caption
    assert "EFLOP = 10^18 operations." in table.caption
    cells = {row.cells[0].text: [c.text for c in row.cells[1:]] for row in table.rows}
    assert cells["capital"][0] == amount(story.plan.sites["capex_usd"].sum(), "USD")
    times = story.cheapest.kpis["emissions_g_per_eflop"] / story.plan.kpis["emissions_g_per_eflop"]
    assert f"The cheapest plan emits {times:.1f}" in beside(story) or f"{times:.2f} times as much" in beside(story)
    assert "run siting plan with --rivals" in totals_table(replace(story, cheapest=None)).caption


def test_many_candidates_are_not_solved_again_unless_that_is_wanted(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siting.study.story.MOST_CANDIDATES", 2)
    alone = replace(story, cheapest=None, nearest=None)
    assert with_rivals(alone) is alone
    assert with_rivals(alone, always=True).cheapest is not None


def test_what_was_assumed_has_the_effect_of_10_per_cent_on_emissions_and_cost(story: Story) -> None:
    assert story.assumed is not None
    table = story.assumed.set_index("assumption")
    assert table.at["Model-FLOP utilisation (MFU)", "emissions_10_percent"] == pytest.approx(1 / 1.1 - 1)
    assert table.at["Model-FLOP utilisation (MFU)", "cost_10_percent"] == pytest.approx(1 / 1.1 - 1)
    assert table.at["Life of the servers", "value"] == "5 years"
    assert table.at["Discount rate, real", "cost_10_percent"] > 0
    ledger, kpis = story.plan.ledger.groupby("line").sum(numeric_only=True), story.plan.kpis
    price = table.loc["Price of electricity at the sites"]
    assert price["cost_10_percent"] == pytest.approx(
        0.1 * ledger.at["energy", "usd_per_year"] / kpis["cost_usd_per_year"]
    )
    assert table.at["Carbon of electricity at the sites", "range"] == "life-cycle (UNECE 2022) average, by location"


def test_unknown_costs_of_built_sites_are_in_plain_sight(story: Story) -> None:
    rows = [
        (story.plan.sites["id"].iloc[0], "cost", "UNKNOWN property tax: none is charged"),
        ("x", "cost", "UNKNOWN water"),
    ]
    unknowns = pd.DataFrame(rows, columns=["site", "limit", "unknown"])
    told = caveats(changed(story, plan=replace(story.plan, unknowns=unknowns)))
    assert f"Unknown: property tax, none is charged ({story.plan.sites['name'].iloc[0]})." in told


def test_the_page_has_no_raw_text_where_a_board_reads(story: Story) -> None:
    noted = changed(story, prepared=replace(story.prepared, notes=["sites.csv: a note"]))  # type: ignore[type-var]
    page = report_page(noted, ground=GROUND)
    prose = re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)
    for raw in (
        "{'",
        "= false",
        "= true",
        "lulea-own",
        "singapore-own",
        "site_count",
        "__",
        "PyPI",
        "npm @",
        "2.081e-15",
        " -0 ",
    ):
        assert raw not in prose, raw
    assert "How your files were read" in prose
    assert "sites.csv: a note" in prose


def test_limits_are_words_without_what_is_switched_off() -> None:
    assert limit_terms(SiteCount(min=3, max=3), {}) == "min 3, max 3"
    [headroom] = Scenario(
        name="x", demand={"it_mw": 60}, limits=[{"kind": "grid_headroom", "by_site_mw": {"lulea": 120}}]
    ).limits  # fmt: skip
    assert "by site: Luleå 120 MW" in limit_terms(headroom, {"lulea": "Luleå"})
    assert "zone share 0.1" in limit_terms(headroom, {})


def test_rows_of_rounding_are_not_shown(story: Story) -> None:
    plan = story.plan
    tiny = plan.assignments.iloc[:1].assign(it_mw=1e-7)
    more = assignments_table(replace(plan, assignments=pd.concat([plan.assignments, tiny])))
    assert len(more.rows) == len(assignments_table(plan).rows)
    assert "Not shown: 1 below 0.05 MW." in more.caption
    row: dict[str, Any] = {"limit": "budget", "where": "lulea-own__x_y", "slack": -3.8e-06, "unit": "USD"}
    cells = [
        c.text for c in binding_table(replace(plan, binding=pd.DataFrame([row])), {"lulea-own": "Lulea"}).rows[0].cells
    ]
    assert cells[2:4] == ["Lulea, x y", "0"]


def test_an_interval_that_rounding_hides_has_no_two_equal_ends(story: Story) -> None:
    assert story.interval is not None
    interval = story.interval.copy()
    interval.loc["renewable_share", ["p05", "p95"]] = [0.891, 0.893]
    told = {row.cells[0].text: row.cells[3].text for row in kpis_table(story.plan, interval).rows}
    assert told["renewable share"] == "no change at this precision"


def test_programmes_have_titles_and_a_statement_is_made_once(story: Story) -> None:
    sites = story.plan.sites.assign(
        incentives=["a-b, c", ""], capacity_statements="Statnett: little is left", zone_headroom_mw=[10.0, 20.0]
    )
    table = sites_table(replace(story.plan, sites=sites), {"a-b": "Refund", "c": "Grant"})
    cells = [c.text for row in table.rows for c in row.cells]
    assert "Refund; Grant" in cells or "Refund; Grant" in str(cells)
    assert cells.count("Statnett: little is left") == 1
    assert "headroom of the grid zone [MW]" in table.heads
    assert "worst quality of facts that differ by place" not in table.heads or len(set(sites["worst_quality"])) > 1


def test_two_zones_of_one_statement_have_it_once() -> None:
    zones = pd.DataFrame(
        {"name": ["Bergen", "Oslo"], "zone_id": ["NO-NO5", "NO-NO1"], "zone_headroom_mw": [383.0, 90.0],
         "peak_facility_mw": [290.0, 50.0], "capacity_statements": "Statnett, 2022: little is left"}
    )  # fmt: skip
    first, second = capacity_sentences(zones)
    assert first.endswith("Statnett, 2022: little is left.")
    assert second.endswith(" 90 MW). Stated as for zone NO-NO5.")


def test_sources_are_publishers_and_not_packages(story: Story) -> None:
    table = sources_table(story.plan)
    words = " ".join(cell.text for row in table.rows for cell in row.cells)
    for name in ("Electricity Maps", "Eurostat", "GeoNames", "CC-BY-4.0", "Grid zones: price and average generation"):
        assert name in words
    for package in ("PyPI", "npm", "zone_intensity", "az-scout"):
        assert package not in words.replace("see the table zone_hours", "")


def test_the_workbook_opens_elsewhere_with_numbers_formats_and_no_formula(story: Story, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("xlsxwriter")
    hostile = story.plan.sites.assign(name=[FORMULA, *story.plan.sites["name"].iloc[1:]])
    named = changed(story, plan=replace(story.plan, sites=hostile))
    book = openpyxl.load_workbook(write_workbook(named, tmp_path / "plan.xlsx"))
    assert book.sheetnames == [
        "read first",
        "summary",
        "sites",
        "who serves whom",
        "ledger",
        "assumptions",
        "inputs",
        "scorecard",
        "sources",
    ]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [c.value for c in cells if c.data_type == "f"]
    assert FORMULA in [c.value for c in cells]
    ledger = [[c.value for c in row] for row in book["ledger"].iter_rows()]
    assert ledger[0] == ["site", "line", "cost [USD/year]", "emissions [tCO2e/year]"]
    assert sum(row[2] for row in ledger[1:]) == pytest.approx(story.plan.kpis["cost_usd_per_year"])
    assert book["ledger"]["C2"].number_format == "#,##0"
    summary = {row[0].value: (row[1].value, row[2].value) for row in book["summary"].iter_rows()}
    assert summary["capital"] == ("USD", pytest.approx(story.plan.sites["capex_usd"].sum()))


def test_a_workbook_that_cannot_be_written_is_refused_with_the_remedy(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan: Plan = story.plan
    monkeypatch.setattr(workbook.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SitingError, match=r"pip install 'siting\[xlsx\]'"):
        plan.to_excel(tmp_path / "plan.xlsx")
    monkeypatch.undo()
    pytest.importorskip("xlsxwriter")
    with pytest.raises(SitingError, match=r"end it in \.xlsx"):
        write_workbook(story, tmp_path / "plan.csv")
    with pytest.raises(DataError, match="choose another folder"):
        write_workbook(story, tmp_path / "no" / "plan.xlsx")


def test_a_rival_that_cannot_be_solved_for_is_left_out(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> Plan:
        raise SitingError("elastic demand is not served for its cost")

    monkeypatch.setattr("siting.study.story.cheapest_plan", refused)
    monkeypatch.setattr("siting.study.story.nearest_plan", refused)
    alone = with_rivals(replace(story, cheapest=None, nearest=None))
    assert (alone.cheapest, alone.nearest) == (None, None)
