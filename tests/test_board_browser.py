"""The first page in a real browser: on paper, on a phone, and on a desk."""

import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from browser import opened

from siting import Scenario, SiteCount, prepare, solve
from siting.show.report.report import write_report
from siting.study.story import story_of, with_rivals

pytestmark = pytest.mark.slow

TWELVE = (
    "Abilene TX,-99.73,32.45", "Ashburn VA,-77.49,39.04", "Memphis TN,-90.05,35.15", "Luleå,22.15,65.58", "Odense,10.39,55.40",
    "Reykjavik,-21.90,64.13", "Johor Bahru,103.74,1.49", "Jamnagar,70.06,22.47", "Querétaro,-100.39,20.59",
    "Melbourne,144.96,-37.81", "Riyadh,46.72,24.71", "Toronto,-79.38,43.65",
)  # fmt: skip
HUBS = "id,name,lon,lat,weight\nny,New York,-74.0,40.7,3\nsf,San Francisco,-122.4,37.8,3\nlondon,London,-0.13,51.5,2\n"
MOST_PAGES = 6
LETTER_INCHES = (8.5, 11.0)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Open the report of three sites of twelve."""
    home = tmp_path_factory.mktemp("twelve")
    rows = [f"place-{n},{row}" for n, row in enumerate(TWELVE)]
    (home / "places.csv").write_text("id,name,lon,lat\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (home / "hubs.csv").write_text(HUBS, encoding="utf-8")
    limits = (SiteCount(min=3, max=3), {"kind": "max_latency", "batch_ms": 200})
    places = {"demand": {"it_mw": 400, "hubs": "hubs.csv"}, "candidates": {"set": "places.csv"}}
    problem = prepare(Scenario(name="twelve", limits=limits, **places).with_folder(home))
    story = with_rivals(story_of(solve(problem), prepared=problem))
    with opened(write_report(story, home / "report.html"), home) as driven:
        yield driven


def printed(driver: Any, first_page_only: bool) -> bytes:
    """Print the page as a PDF on letter paper, the shorter of the two that are common."""
    wide, high = LETTER_INCHES
    ranges = {"pageRanges": "1"} if first_page_only else {}
    done = driver.execute_cdp_cmd(
        "Page.printToPDF", {"paperWidth": wide, "paperHeight": high, "preferCSSPageSize": True, **ranges}
    )
    return b64decode(done["data"])


def test_on_paper_it_has_six_pages_at_most(driver: Any) -> None:
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", printed(driver, first_page_only=False)))
    assert 1 < pages <= MOST_PAGES


def test_what_was_assumed_ends_on_the_first_sheet(driver: Any) -> None:
    """Measured in the layout of paper: the end of the table is within the height of a sheet less its margins."""
    wide, high = LETTER_INCHES
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": round(96 * (wide - 26 / 25.4)), "height": 1000, "deviceScaleFactor": 1, "mobile": False},
    )
    try:
        ends = "return document.getElementById('assumed').getBoundingClientRect().bottom + window.scrollY"
        assert driver.execute_script(ends) <= 96 * (high - 22 / 25.4)
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("width", [360, 412, 1280])
def test_no_width_scrolls_sideways_and_the_first_tables_need_no_bar_of_their_own(driver: Any, width: int) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 800}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width
        wider = "return ['totals', 'assumed'].filter((id) => { const s = document.querySelector(`#${id} .scroll`); return s.scrollWidth > s.clientWidth + 1; })"
        assert driver.execute_script(wider) == []
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_first_box_has_names_and_numbers_and_nothing_complains(driver: Any) -> None:
    text = driver.find_element("css selector", "section.answer").text
    assert "Luleå (" in text
    assert re.search(r"It emits [\d,.]+ tCO2e a year", text)
    assert re.search(r"[\d.]+ USD per accelerator-hour, with [\d.]+ bn USD of capital", text)
    assert "place-" not in driver.find_element("tag name", "main").text
    assert [e for e in driver.get_log("browser") if e["level"] in ("SEVERE", "WARNING")] == []
