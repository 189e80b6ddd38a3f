"""The report is one page that loads nothing, whose words are never code, and which anybody can read."""

import json
import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from siting import DataError, Plan, Scenario, SitingError, prepare, solve
from siting.show.figures.charts import axes_of
from siting.show.report.html_page import LARGEST_BYTES
from siting.show.report.interactive_map import site_sizes_px
from siting.show.report.report import report_page, write_report
from siting.show.report.report_tables import binding_table, duties_table, ledger_table, regret_table
from siting.show.text.board_text import caveats
from siting.solver.analysis.regret import Explanation
from siting.study.map_data import CI_COLUMN, Ground
from siting.study.story import Story, story_of
from siting.study.todays_pattern import EMBODIED, Today, against_today

HOSTILE = '</script><script>alert("x")</script><img src=x onerror=alert(1)>'
SITES = "id,name,lon,lat,plants_mw_150km\nlulea-own,Lulea,22.2,65.6,5000\ndublin-own,Dublin,-6.3,53.3,5000\n"
HUBS = "id,name,lon,lat,weight\noslo,Oslo,10.75,59.9,2\nlondon,London,-0.1,51.5,1\n"
VOID = {"meta", "img", "input", "link", "br", "rect", "path", "circle"}


class Page(HTMLParser):
    """What stands in a page: elements with their attributes, and the text of each."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.open: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs), []))
        if tag not in VOID:
            self.open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        """Close elements up to this one."""
        while self.open and self.elements[self.open.pop()][0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Give the text to every element that is open."""
        for at in self.open:
            self.elements[at][2].append(data)

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        """Return attributes and text of all elements of a kind."""
        return [(attrs, "".join(text)) for name, attrs, text in self.elements if name == tag]


@pytest.fixture(scope="module")
def small_plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Solve a question on two places and two hubs of the planner's own."""
    home = tmp_path_factory.mktemp("small")
    (home / "sites.csv").write_text(SITES, encoding="utf-8")
    (home / "hubs.csv").write_text(HUBS, encoding="utf-8")
    text = '[demand]\nit_mw = 60\nhubs = "hubs.csv"\n[candidates]\nset = "sites.csv"\n[[limits]]\nkind = "site_count"\nmin = 2\n'
    (home / "small.toml").write_text('name = "small"\n' + text, encoding="utf-8")
    return solve(prepare(Scenario.read(home / "small.toml")))


@pytest.fixture(scope="module")
def ground() -> Ground:
    """Make a ground of one known and one unknown zone."""
    import geopandas as gpd

    boxes = [shapely.box(-180.0, 40.0, -60.0, 75.0), shapely.box(60.0, 40.0, 179.9, 75.0)]
    zones = gpd.GeoDataFrame({"zone_id": ["west", "east"], CI_COLUMN: [30.0, np.nan]}, geometry=boxes, crs=4326)
    return Ground(
        zones, pd.DataFrame([{"table": "ground", "source": "x", "year": "2025", "licence": "x", "quality": "x"}])
    )


@pytest.fixture(scope="module")
def hostile_page(small_plan: Plan, ground: Ground) -> str:
    """Write a page where every word a user may choose has the shape of code, and 3,000 places are left out."""
    excluded = pd.DataFrame(
        {"site": [HOSTILE, *(f"place-{k}" for k in range(2999))], "limit": [HOSTILE, "data", "data"] * 1000,
         "reason": f"UNKNOWN electricity price of zone {HOSTILE}"}
    )  # fmt: skip
    plan = replace(
        small_plan,
        sites=small_plan.sites.assign(name=HOSTILE, country=HOSTILE),
        hubs=small_plan.hubs.assign(name=HOSTILE),
        excluded=excluded,
        scenario=small_plan.scenario.model_copy(update={"name": "a<b>&"}),
    )
    return report_page(story_of(plan), ground=ground)


@pytest.fixture(scope="module")
def small_page(small_plan: Plan, ground: Ground) -> str:
    """Write the small plan as a page, with everything that may be added to it."""
    regret = pd.DataFrame(
        [("dublin-own", "out", 3.5, 3.4, "optimal"), ("oslo-own", "in", np.inf, np.inf, "infeasible")],
        columns=["site", "forced", "regret", "regret_at_least", "status"],
    )
    told = Explanation(regret, small_plan.binding, small_plan.excluded, "gCO2e/EFLOP")
    frontier = pd.DataFrame({"cost_usd_per_eflop": [1.0, 1.2], "emissions_g_per_eflop": [90.0, 60.0]})
    factors = pd.DataFrame({"factor": [2.0, 3.0], "cumulative": [2.0, 6.0]}, index=["PUE", "grid"])
    return report_page(story_of(small_plan, explanation=told, frontier=frontier, waterfall=factors), ground=ground)


def test_the_page_names_no_address_to_load_from(small_page: str) -> None:
    page = Page(small_page)
    for tag, attrs, _ in page.elements:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            value = attrs.get(name) or ""
            assert value.startswith(("#", "data:")) or value == "", (tag, name, value[:60])
    styles = "".join(text for _, text in page.all("style"))
    assert "url(" not in styles
    assert "@import" not in styles


def test_the_page_forbids_the_network_and_any_script_but_its_own(small_page: str) -> None:
    page = Page(small_page)
    [policy] = [a["content"] or "" for a, _ in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "connect-src" not in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert "unsafe-eval" not in policy
    scripts = [text for attrs, text in page.all("script") if attrs.get("type") != "application/json"]
    hashes = [f"'sha256-{b64encode(sha256(s.encode()).digest()).decode()}'" for s in scripts]
    assert re.findall(r"'sha256-[^']+'", policy) == hashes


def test_words_of_users_stay_words(hostile_page: str, small_page: str) -> None:
    page, harmless = Page(hostile_page), Page(small_page)
    counts, usual = (Counter(tag for tag, _, _ in p.elements) for p in (page, harmless))
    assert (counts["script"], counts["img"]) == (usual["script"], usual["img"])
    assert not [attrs for _, attrs, _ in page.elements if any(name.startswith("on") for name in attrs)]
    assert HOSTILE in [text for _, text in page.all("button")]
    assert any(HOSTILE in text for _, text in page.all("li"))
    assert page.all("title")[0][1] == "a<b>&: where to build"
    [data] = [json.loads(text) for attrs, text in page.all("script") if attrs.get("type") == "application/json"]
    excluded = [row for row in data["candidates"] if row[0] == HOSTILE and row[1] == 2]
    assert [data["limits"][i] for i in excluded[0][3]] == [HOSTILE]
    assert f"electricity price of zone {HOSTILE}" in excluded[0][2]


def test_the_page_can_be_walked_by_its_landmarks_and_every_table_says_what_it_is(small_page: str) -> None:
    page = Page(small_page)
    for tag in ("header", "nav", "main", "footer", "h1"):
        assert len(page.all(tag)) == 1
    assert page.all("html")[0][0]["lang"] == "en"
    ids = [a["id"] for _, a, _ in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    for attribute in ("aria-labelledby", "aria-describedby", "for"):
        assert {a[attribute] for _, a, _ in page.elements if attribute in a} <= set(ids)
    assert {(a["href"] or "")[1:] for a, _ in page.all("a")} <= set(ids)
    tables = page.all("table")
    assert len(tables) >= 8
    assert len(page.all("caption")) == len(tables)
    assert all(a.get("scope") in ("row", "col") for a, _ in page.all("th"))
    assert all("aria-labelledby" in a for a, _ in page.all("section"))
    assert all(a.get("tabindex") == "0" for a, _ in page.all("div") if a.get("class") == "scroll")
    [frame] = [a for a, _ in page.all("div") if a.get("id") == "map-frame"]
    assert frame["aria-describedby"] == "map-words"
    assert [a for a, _ in page.all("img") if not a.get("alt")] == []


def test_the_answer_is_three_sentences(small_plan: Plan, small_page: str) -> None:
    told = [text for attrs, text in Page(small_page).all("p") if attrs.get("class") == "sentence"]
    assert len(told) == 3
    assert told[0].startswith("Build 2 sites for 60 MW of IT load: ")
    assert f" a year: {small_plan.kpis['emissions_g_per_eflop']:.1f} gCO2e/EFLOP (90 % interval " in told[1]
    assert told[2].startswith("Why: Lulea has grid intensity 15 gCO2e/kWh; limits that decide the rest: ")
    assert "site count (min 2)" in told[2]


def test_a_plan_that_is_not_proven_says_so(small_plan: Plan) -> None:
    unproven = replace(small_plan, proof=replace(small_plan.proof, status="feasible", bound=30.0, gap=0.25))
    assert caveats(Story(unproven))[0].startswith("Feasible, NOT proven optimal: no plan is below 30.0000 ")
    assert "gap 25 %" in caveats(Story(unproven))[0]
    unbounded = replace(small_plan, proof=replace(small_plan.proof, status="feasible", bound=None, gap=None))
    assert "returned no bound" in caveats(Story(unbounded))[0]


def test_the_ledger_of_the_page_adds_up_to_the_plan_and_to_each_site(small_plan: Plan) -> None:
    rows = ledger_table(small_plan).rows
    costs = dict(zip(small_plan.sites["id"], small_plan.sites["cost_usd_per_year"], strict=True))
    for site, cost in (costs | {"": small_plan.kpis["cost_usd_per_year"]}).items():
        mine = [row for row in rows if row.site == site]
        *lines, total = [float(row.cells[1].number or 0.0) for row in mine]
        assert sum(lines) == pytest.approx(total)
        assert total == pytest.approx(cost / 1e6)
    whole = [row for row in rows if row.site == ""][-1]
    assert whole.cells[0].text == "total"
    assert whole.cells[4].number == pytest.approx(small_plan.kpis["emissions_g_per_eflop"])


def test_a_plan_without_sites_gets_a_page_that_says_why(small_plan: Plan) -> None:
    proof = replace(small_plan.proof, status="infeasible", objective=None, bound=None, gap=None)
    empty = replace(small_plan, proof=proof, kpis={}, sites=small_plan.sites.iloc[:0])
    page = Page(report_page(story_of(empty)))
    told = [text for attrs, text in page.all("p") if attrs.get("class") == "sentence"]
    assert told[0].startswith("Infeasible: no plan meets all limits together")
    assert [a for a, _ in page.all("section") if a.get("id") == "map"] == []
    assert any(text == "site count" for _, text in page.all("dt"))


def test_three_thousand_places_left_out_stay_light(hostile_page: str, small_page: str) -> None:
    page = Page(hostile_page)
    assert len(page.all("li")) < 40
    assert any("2,000 candidates" in text for _, text in page.all("summary"))
    assert len(hostile_page.encode()) - len(small_page.encode()) < 700_000


def test_what_is_passed_in_is_shown(small_page: str) -> None:
    page = Page(small_page)
    heads = [text for _, text in page.all("h2")]
    assert {"Causes of a ratio", "Other plans on the frontier", "Regret"} <= set(heads)
    captions = {a["id"]: text for a, text in page.all("caption")}
    assert "Increase of the objective" in captions["caption-regret"]
    cells = [text.strip() for _, text in page.all("td")]
    assert {"solved, proven optimal", "infeasible: no such plan exists", "no plan"} <= set(cells)
    [data] = [json.loads(text) for attrs, text in page.all("script") if attrs.get("type") == "application/json"]
    assert set(data["figures"]) == {"map", "ratio", "frontier"}


def test_regret_is_in_the_unit_of_the_objective(small_plan: Plan) -> None:
    table = pd.DataFrame(
        [("x", "in", 1.25, 1.0, "optimal")], columns=["site", "forced", "regret", "regret_at_least", "status"]
    )
    told = regret_table(small_plan, Explanation(table, small_plan.binding, small_plan.excluded, "gCO2e/EFLOP"))
    assert told.heads[2] == "regret [gCO2e/EFLOP]"
    assert told.rows[0].cells[2] == type(told.rows[0].cells[2])("1.25", 1.25)


def test_a_limit_that_binds_is_told_in_a_planners_words_and_with_its_price_where_there_is_one(small_plan: Plan) -> None:
    row: dict[str, Any] = {"limit": "site_count", "where": "at least", "slack": 0.0, "unit": "sites"}
    plain = binding_table(replace(small_plan, binding=pd.DataFrame([row])))
    assert "Smallest and largest number of sites" in [c.text for c in plain.rows[0].cells]
    priced = binding_table(replace(small_plan, binding=pd.DataFrame([row | {"price": 12.5}])))
    assert priced.heads[-1] == "price"
    assert priced.rows[0].cells[-1].number == 12.5


def test_duties_are_told_in_the_words_of_their_packs(small_plan: Plan) -> None:
    told = duties_table(Story(small_plan))
    assert not isinstance(told, str)
    words = [cell.text for row in told.rows for cell in row.cells]
    assert any("reports its energy performance each year" in w for w in words)
    assert {row.site for row in told.rows} == {"lulea-own", "dublin-own"}


def test_steps_from_todays_pattern_add_up_to_the_plan() -> None:
    """One site: 50 MW, PUE 1.2, 100 g/kWh; today: 50 MW, PUE 1.5, 400 g/kWh; embodied 10,000 and 11,000 t.

    Operation is 50 * 1.2 * 8760 * 100 / 1000 = 52,560 t, and today 50 * 1.5 * 8760 * 400 / 1000 = 262,800 t; over
    1e9 EFLOP these are 52.56 and 262.8 gCO2e/EFLOP, and with embodied 62.56 and 273.8. The logarithmic mean is
    (52.56 - 262.8) / ln(0.2) = 130.63; grid takes 130.63 * ln(1/4) = -181.09 of it, PUE 130.63 * ln(0.8) = -29.15.
    """
    from types import SimpleNamespace

    plan: Any = SimpleNamespace(
        kpis={"eflop_per_year": 1e9, "it_mw": 50.0, "emissions_t_per_year": 62_560.0},
        sites=pd.DataFrame({"it_mw": [50.0], "pue": [1.2], "ci_g_per_kwh": [100.0]}),
    )
    hubs = pd.DataFrame({"it_mw": [50.0], "pue": [1.5], "ci_g_per_kwh": [400.0], "tco2e_per_year": [273_800.0]})
    steps = against_today(plan, Today(hubs, {}, 1.0, 273.8, 1.0, 0.5))["g_per_eflop"]
    assert steps.to_dict() == pytest.approx(
        {"today": 273.8, "grid": -181.09, "PUE": -29.15, EMBODIED: -1.0, "plan": 62.56}, abs=0.01
    )
    assert steps.iloc[:-1].sum() == pytest.approx(steps.iloc[-1])


def test_marks_have_areas_in_proportion_to_their_power() -> None:
    assert site_sizes_px(np.array([100.0, 25.0])) == pytest.approx([34.0, 17.0])


def test_a_frontier_without_two_figures_is_refused() -> None:
    with pytest.raises(DataError, match="needs two columns of numbers"):
        axes_of(pd.DataFrame({"name": ["a"], "cost": [1.0]}))


def test_another_ending_is_refused(small_plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(SitingError, match=r"cannot write a report as 'x\.pdf': end it in \.html"):
        write_report(Story(small_plan), tmp_path / "x.pdf")


def test_a_folder_that_is_not_there_is_said(small_plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot write the report to .* choose another folder"):
        write_report(Story(small_plan), tmp_path / "no" / "report.html")


@pytest.mark.slow
def test_the_baselines_report_on_the_shipped_ground_can_be_mailed(plan: Plan, tmp_path: Path) -> None:
    path = plan.report(tmp_path / "report.html")
    assert 1_000_000 < path.stat().st_size < LARGEST_BYTES
    words = path.read_text(encoding="utf-8")
    assert "From today's pattern to this plan" in words or "From today&#39;s pattern to this plan" in words
    assert "times as much" in words
