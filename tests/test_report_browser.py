"""The report in a real browser, with the network off: it loads, tells, filters, turns dark, and runs no one's code."""

import base64
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from browser import SHOWN, TOOLTIP, check_map_keys, opened, point_within, press, wait_for

from siting import Plan
from siting.study.story import Story

pytestmark = pytest.mark.slow

HOSTILE = '<script>window.pwned=1</script><img src=x onerror="window.pwned=1">'
FORMULA = '=HYPERLINK("x");=1+1'
MARK = """
  const doc = Bokeh.documents.find((d) => d.get_model_by_name("sites")), plot = doc.get_model_by_name("map");
  const sites = doc.get_model_by_name("sites"), at = sites.data.id.indexOf(arguments[0]);
  const box = document.getElementById("map-frame").getBoundingClientRect();
  const x = (sites.data.x[at] - plot.x_range.start) / (plot.x_range.end - plot.x_range.start);
  const y = (plot.y_range.end - sites.data.y[at]) / (plot.y_range.end - plot.y_range.start);
  return [(x - 0.5) * box.width, (y - 0.5) * box.height];
"""


@pytest.fixture(scope="module")
def hostile(plan: Plan) -> Plan:
    """Take the baseline, with a site whose name is code, one whose name is a formula, and 3,000 places left out."""
    names = plan.sites["name"].tolist()
    names[0], names[1] = HOSTILE, FORMULA
    more = pd.DataFrame({"site": [f"place-{k}" for k in range(3000)], "limit": "data", "reason": f"UNKNOWN {HOSTILE}"})
    return replace(plan, sites=plan.sites.assign(name=names), excluded=pd.concat([plan.excluded, more]))


@pytest.fixture(scope="module")
def driver(hostile: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Open the report in a fresh browser that has no network."""
    home = tmp_path_factory.mktemp("browser")
    with opened(hostile.report(home / "report.html"), home) as driven:
        yield driven


def point_at(driven: Any, site: str, *, click: bool = False) -> None:
    """Move the pointer onto a site's mark on the map."""
    driven.execute_script("document.getElementById('map-frame').scrollIntoView({block: 'center', behavior: 'instant'})")
    right, down = driven.execute_script(MARK, site)
    point_within(driven, "map-frame", right, down, click=click)


def test_the_page_loads_with_the_network_off_and_without_a_word_of_complaint(driver: Any) -> None:
    assert driver.execute_script("return navigator.onLine") is False
    complaints = [e for e in driver.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
    assert complaints == []
    loaded = driver.execute_script("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert [name for name in loaded if not name.startswith(("data:", "blob:"))] == []
    assert driver.execute_script("return Bokeh.documents.length") == 2


def test_no_word_of_a_user_runs_as_code(driver: Any) -> None:
    buttons = driver.execute_script("return [...document.querySelectorAll('button.pick')].map((b) => b.textContent)")
    assert HOSTILE in buttons
    driver.execute_script("for (const part of document.querySelectorAll('details')) part.open = true")
    driver.execute_script("for (const more of document.querySelectorAll('button.more:not([hidden])')) more.click()")
    assert driver.execute_script("return window.pwned === undefined")
    assert driver.execute_script("return document.querySelectorAll('img').length") == 1


def test_pointing_at_a_site_shows_what_it_is(driver: Any, hostile: Plan) -> None:
    last = hostile.sites.sort_values("it_mw").iloc[0]
    apart = "hobart" if "hobart" in set(hostile.sites["id"]) else last["id"]
    point_at(driver, apart)
    wait_for(driver, TOOLTIP)
    told = driver.execute_script(TOOLTIP)
    row = hostile.sites.set_index("id").loc[apart]
    assert str(row["name"]) in told
    assert f"{row['it_mw']:,.1f} MW" in told
    assert f"{row['emissions_g_per_eflop']:,.1f} gCO2e/EFLOP" in told


def test_a_tooltip_writes_a_hostile_name_as_text(driver: Any, hostile: Plan) -> None:
    press(driver, "show-all")
    driver.execute_script(
        "const s = document.getElementById('site-choice'); s.value = arguments[0]; s.dispatchEvent(new Event('change'))",
        hostile.sites["id"].iloc[0],
    )
    for _ in range(6):
        press(driver, "zoom-in")  # onto the chosen site
    point_at(driver, hostile.sites["id"].iloc[0])
    wait_for(driver, TOOLTIP)
    assert HOSTILE in driver.execute_script(TOOLTIP)
    assert driver.execute_script("return window.pwned === undefined")
    press(driver, "zoom-reset")
    press(driver, "show-all")


def test_choosing_a_site_on_the_map_filters_the_tables_and_again_shows_all(driver: Any, hostile: Plan) -> None:
    apart = "hobart" if "hobart" in set(hostile.sites["id"]) else hostile.sites.sort_values("it_mw")["id"].iloc[0]
    flows = hostile.assignments["site"].eq(apart).sum()
    assert driver.execute_script(SHOWN, "assignments") == len(hostile.assignments) > flows
    point_at(driver, apart, click=True)
    wait_for(driver, "return !document.getElementById('show-all').hidden")
    assert driver.execute_script(SHOWN, "assignments") == flows
    total = driver.execute_script(
        "const rows = [...document.querySelectorAll('#table-ledger tbody tr')].filter((r) => !r.hidden);"
        "return rows.at(-1).cells[1].dataset.number"
    )
    assert float(total) * 1e6 == pytest.approx(hostile.sites.set_index("id")["cost_usd_per_year"][apart])  # in M USD
    assert f"{flows} flows" in driver.find_element("id", "chosen").text
    press(driver, "show-all")
    assert driver.execute_script(SHOWN, "assignments") == len(hostile.assignments)


def test_a_site_is_chosen_by_keyboard_and_the_map_moves_by_keyboard(driver: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    button = driver.find_elements("css selector", "button.pick")[2]
    button.send_keys(Keys.ENTER)
    assert button.get_attribute("aria-pressed") == "true"
    button.send_keys(Keys.ENTER)
    assert button.get_attribute("aria-pressed") == "false"
    check_map_keys(driver)


def test_why_a_place_is_not_there_can_be_asked(driver: Any, hostile: Plan) -> None:
    asked = driver.find_element("id", "find")
    asked.send_keys("place-299")
    hits = driver.execute_script("return [...document.querySelectorAll('#hits li')].map((l) => l.textContent)")
    assert len(hits) == 11  # place-299 and place-2990 to place-2999
    assert hits[0] == f"place-299 (excluded): Missing data: {HOSTILE}."
    asked.clear()


@pytest.mark.parametrize("outcome", ["built", "lost", "excluded"])
def test_the_search_answers_for_every_candidate(driver: Any, hostile: Plan, outcome: str) -> None:
    """A place that is typed without its accents is found first, with its outcome and its sentence."""
    card = Story(hostile).scorecard
    asked = driver.find_element("id", "find")
    for row in card[(card["outcome"] == outcome) & ~card["name"].isin([HOSTILE, FORMULA])].head(30).itertuples():
        plain = unicodedata.normalize("NFD", row.name).encode("ascii", "ignore").decode()
        driver.execute_script(
            "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))", asked, plain
        )
        hits = driver.execute_script("return [...document.querySelectorAll('#hits li')].map((l) => l.textContent)")
        assert f"{row.name} ({outcome}): {row.reason}" in hits[:3]
    asked.clear()


def test_a_saved_table_holds_no_formula(driver: Any, hostile: Plan) -> None:
    rows = driver.execute_script("return sitingCsv('table-sites')").split("\r\n")
    mine = next(row for row in rows if "HYPERLINK" in row)
    assert mine.startswith('"\'=HYPERLINK(""x"");\'=1+1"')
    assert f",{hostile.sites['it_mw'].iloc[1]}," in mine


def test_the_page_turns_dark_map_and_all(driver: Any) -> None:
    ocean = "return Bokeh.documents.map((d) => d.get_model_by_name('ocean')).find((m) => m).fill_color.value"
    back = "return getComputedStyle(document.body).backgroundColor"
    light = driver.execute_script(ocean), driver.execute_script(back)
    driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    )
    wait_for(driver, "return document.documentElement.dataset.shown === 'dark'")
    dark = driver.execute_script(ocean), driver.execute_script(back)
    assert dark[0] != light[0]
    assert dark[1] != light[1] == "rgb(255, 255, 255)"
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    wait_for(driver, "return document.documentElement.dataset.shown === 'light'")


def test_it_prints_with_a_still_map_and_without_its_controls(driver: Any, tmp_path: Path) -> None:
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    seen = "return [...document.querySelectorAll(arguments[0])].filter((e) => e.checkVisibility()).length"
    assert driver.execute_script(seen, "img.print-only") == 1
    assert driver.execute_script(seen, "nav, .map-tools, .tools, #figure-map") == 0
    pdf = base64.b64decode(driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"])
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 100_000


def test_nothing_was_complained_of_in_all_that_was_done(driver: Any) -> None:
    assert [e for e in driver.get_log("browser") if e["level"] == "SEVERE"] == []
