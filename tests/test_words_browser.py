"""Pages of comparisons, frontiers and sweeps in a real browser: desktop, phone and print open with names and numbers."""

import re
from pathlib import Path
from typing import Any

import pytest
from browser import opened
from conftest import HUBS_CSV, SITES_CSV, SMALL_TOML

from siting import Moratorium, Scenario, SiteCount, change, compare, frontier, prepare, site_heat, solve, sweep
from siting.show.report.many_plans import write_comparison, write_frontier
from siting.show.report.sweep_page import write_sweep

pytestmark = pytest.mark.slow

WIDTHS = {"desktop": 1280, "phone": 390}
REPR = re.compile(r"[\[{]\s*['{]|\b(?:limits|demand|minimise|policy)\.[a-z_]+|_g_per_|_usd_per_")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    """Write a page of each kind, and return it with the name of a site in its answer."""
    home = tmp_path_factory.mktemp("pages")
    for name, text in {"sites.csv": SITES_CSV, "hubs.csv": HUBS_CSV, "small.toml": SMALL_TOML}.items():
        (home / name).write_text(text, encoding="utf-8")
    asked = Scenario.read(home / "small.toml")
    halt = change(asked, name="halt", add=[Moratorium(jurisdictions=("SE",))])
    side = compare([solve(prepare(s), gap=1e-3) for s in (asked, halt)])
    found = sweep(asked, {"demand.it_mw": [40, 60]}, store=home / "runs", workers=1, gap=1e-3)
    names = {"lulea-own": "Lulea", "dublin-own": "Dublin", "singapore-own": "Singapore"}
    write_sweep(found, asked.name, names, site_heat(found))
    front = frontier(Scenario(name="front", demand={"it_mw": 60}, limits=(SiteCount(max=2),)), points=3, gap=0.01)
    return {
        "comparison": (write_comparison(side, home / "comparison.html"), "Dublin"),
        "frontier": (write_frontier(front, home / "frontier.html"), str(front[0].sites["name"].iloc[0])),
        "sweep": (home / "runs" / "report.html", "Dublin"),
    }


def sized(driver: Any, width: int) -> None:
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )


@pytest.mark.parametrize("kind", ["comparison", "frontier", "sweep"])
def test_a_page_opens_with_names_and_numbers_at_every_width_and_on_paper(
    pages: dict[str, tuple[Path, str]], kind: str, tmp_path: Path
) -> None:
    page, name = pages[kind]
    with opened(page, tmp_path) as driver:
        for width in WIDTHS.values():
            sized(driver, width)
            assert driver.execute_script("return document.documentElement.scrollWidth") <= width
            answer = driver.execute_script("return document.querySelector('.answer').innerText")
            assert name in answer
            assert re.search(r"\d+(\.\d+)? gCO2e/EFLOP", answer)
            assert not REPR.search(answer)
        text = driver.execute_script("return document.getElementById('main').innerText")
        assert not re.search(r"[\[{]\s*['{]", text)
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        assert driver.execute_script("return document.querySelector('.answer').checkVisibility()")
        assert [e for e in driver.get_log("browser") if e["level"] in ("SEVERE", "WARNING")] == []
