"""The report of many plans in a real browser: a plan or a site chosen anywhere filters tables, map and chart."""

from collections.abc import Iterator
from typing import Any

import pytest
from browser import SHOWN, TOOLTIP, check_map_keys, opened, point_within, press, wait_for

from siting import Frontier, Scenario, frontier
from siting.show.report.many_plans import write_frontier

pytestmark = pytest.mark.slow

POINT = """
  const doc = Bokeh.documents.find((d) => d.get_model_by_name("plans source")), chart = doc.get_model_by_name("chart");
  const source = doc.get_model_by_name("plans source"), view = Bokeh.index.find_one_by_id(chart.id);
  const frame = view.frame.bbox, box = document.getElementById("figure-plans").getBoundingClientRect();
  const outer = view.el.getBoundingClientRect(), at = source.data.key.indexOf(arguments[0]);
  const x = outer.left - box.left + frame.left + view.frame.x_scale.compute(source.data.x[at]) - frame.left;
  const y = outer.top - box.top + view.frame.y_scale.compute(source.data.y[at]);
  return [x - box.width / 2, y - box.height / 2];
"""
RING = """
  const doc = Bokeh.documents.find((d) => d.get_model_by_name("map")), plot = doc.get_model_by_name("map");
  const source = doc.get_model_by_name("plan " + arguments[0]).data_source, at = source.data.id.indexOf(arguments[1]);
  const box = document.getElementById("map-frame").getBoundingClientRect();
  const x = (source.data.x[at] - plot.x_range.start) / (plot.x_range.end - plot.x_range.start);
  const y = (plot.y_range.end - source.data.y[at]) / (plot.y_range.end - plot.y_range.start);
  return [(x - 0.5) * box.width + source.data.size[at] / 2, (y - 0.5) * box.height];
"""
VISIBLE = """
  const doc = Bokeh.documents.find((d) => d.get_model_by_name("map"));
  return [...Array(arguments[0]).keys()].map((i) => doc.get_model_by_name("plan " + i).visible);
"""
HEADS = "return [...document.querySelectorAll(`#table-${arguments[0]} thead th`)].filter((c) => !c.hidden).length"
TOLD = "return document.getElementById('chosen').textContent"


@pytest.fixture(scope="module")
def front() -> Frontier:
    """Return a frontier of four levels."""
    asked = Scenario(name="front", demand={"it_mw": 60}, limits=({"kind": "site_count", "max": 2},))
    return frontier(asked, points=4, gap=0.01)


@pytest.fixture(scope="module")
def driver(front: Frontier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Open the report of the frontier in a fresh browser that has no network."""
    home = tmp_path_factory.mktemp("many")
    with opened(write_frontier(front, home / "report.html"), home) as driven:
        yield driven


@pytest.fixture(autouse=True)
def all_shown(driver: Any) -> Iterator[None]:
    """Leave the page as it was found."""
    yield
    press(driver, "show-all")


def built(front: Frontier) -> int:
    """Return how many rows the table of all sites of all plans has."""
    return sum(len(plan.sites) for plan in front)


def test_it_loads_with_the_network_off_and_without_a_word_of_complaint(driver: Any, front: Frontier) -> None:
    assert driver.execute_script("return navigator.onLine") is False
    assert [e for e in driver.get_log("browser") if e["level"] in ("SEVERE", "WARNING")] == []
    assert driver.execute_script("return Bokeh.documents.length") == 2
    assert driver.execute_script(VISIBLE, len(front)) == [True] * len(front)
    assert driver.execute_script(SHOWN, "built") == built(front)
    assert "emissions per compute" in driver.execute_script("return window.sitingCsv('table-kpis')")


def test_pointing_at_the_frontier_tells_that_plan(driver: Any, front: Frontier) -> None:
    right, down = driver.execute_script(POINT, "1")
    point_within(driver, "figure-plans", right, down)
    wait_for(driver, TOOLTIP)
    told = driver.execute_script(TOOLTIP)
    assert "point 2" in told
    assert f"{front.table['emissions_g_per_eflop'].iloc[1]:,.1f}" in told
    assert f"{front.table['cost_usd_per_eflop'].iloc[1]:,.3f}" in told


def test_a_point_of_the_frontier_chosen_by_a_click_shows_the_sites_of_that_plan(driver: Any, front: Frontier) -> None:
    right, down = driver.execute_script(POINT, "1")
    point_within(driver, "figure-plans", right, down, click=True)
    wait_for(driver, "return !document.getElementById('show-all').hidden")
    sites = len(front[1].sites)
    assert driver.execute_script(TOLD).startswith(f"point 2: {sites} sites")
    assert driver.execute_script(SHOWN, "built") == driver.execute_script(SHOWN, "sites") == sites
    assert driver.execute_script(VISIBLE, len(front)) == [i == 1 for i in range(len(front))]
    assert driver.execute_script(HEADS, "kpis") == 3  # figure, this plan, unit
    assert driver.execute_script("return window.sitingCsv('table-kpis')").split("\r\n")[0].count(",") == 2
    press(driver, "show-all")
    assert driver.execute_script(SHOWN, "built") == built(front)
    assert driver.execute_script(HEADS, "kpis") == 2 + len(front)


def test_a_site_chosen_on_the_map_is_told_in_every_plan(driver: Any, front: Frontier) -> None:
    apart = str(front[0].sites["id"].iloc[0])
    holders = [i for i, plan in enumerate(front) if apart in set(plan.sites["id"])]
    driver.execute_script("document.getElementById('map-frame').scrollIntoView({block: 'center', behavior: 'instant'})")
    right, down = driver.execute_script(RING, 0, apart)
    point_within(driver, "map-frame", right, down, click=True)
    wait_for(driver, "return !document.getElementById('show-all').hidden")
    assert driver.execute_script(SHOWN, "built") == len(holders)
    assert driver.execute_script(SHOWN, "plans-figures") == len(holders)
    assert f"built in {len(holders)} of the plans" in driver.execute_script(TOLD)


def test_pointing_at_a_ring_tells_site_and_plan(driver: Any, front: Frontier) -> None:
    last = len(front) - 1
    site = front[last].sites.sort_values("it_mw", ascending=False).iloc[0]
    driver.execute_script("document.getElementById('map-frame').scrollIntoView({block: 'center', behavior: 'instant'})")
    right, down = driver.execute_script(RING, last, site["id"])
    point_within(driver, "map-frame", right, down)
    wait_for(driver, TOOLTIP)
    assert str(site["name"]) in driver.execute_script(TOOLTIP)


def test_plans_are_stepped_through_by_keyboard_and_the_map_moves(driver: Any, front: Frontier) -> None:
    from selenium.webdriver.common.keys import Keys

    chart = driver.find_element("id", "figure-plans")
    chart.send_keys(Keys.ARROW_RIGHT)
    assert driver.execute_script(TOLD).startswith("point 1: ")
    chart.send_keys(Keys.ARROW_RIGHT)
    assert driver.execute_script(TOLD).startswith("point 2: ")
    chart.send_keys(Keys.ARROW_LEFT)
    assert driver.execute_script(TOLD).startswith("point 1: ")
    chart.send_keys(Keys.ESCAPE)
    assert driver.execute_script(TOLD) == "All plans, all sites."
    button = driver.find_element("css selector", "#table-plans-figures button.pick")
    button.send_keys(Keys.ENTER)
    assert button.get_attribute("aria-pressed") == "true"
    check_map_keys(driver)


def test_a_screen_reader_is_told_what_everything_is(driver: Any) -> None:
    unnamed = driver.execute_script(
        "return [...document.querySelectorAll('button, select, [tabindex=\"0\"], [role=img], img')].filter((e) => "
        "!(e.textContent.trim() && e.tagName === 'BUTTON') && !e.getAttribute('aria-label') && !e.alt && !(e.labels && "
        "e.labels.length) && !document.getElementById(e.getAttribute('aria-labelledby'))).map((e) => e.outerHTML.slice(0, 90))"
    )
    assert unnamed == []
    described = driver.execute_script(
        "return [...document.querySelectorAll('[aria-describedby]')].map((e) => "
        "document.getElementById(e.getAttribute('aria-describedby')).textContent.trim().length)"
    )
    assert len(described) == 2
    assert min(described) > 20


def test_the_grid_zone_under_the_pointer_is_told(driver: Any) -> None:
    point_within(driver, "map-frame", 60.0, -20.0)  # inner Africa
    wait_for(driver, "return document.getElementById('zone').textContent.startsWith('Grid zone')")


def test_it_turns_dark_and_prints_with_a_still_map(driver: Any) -> None:
    line = "return Bokeh.documents.map((d) => d.get_model_by_name('plan 0')).find((m) => m).glyph.line_color.value"
    light = driver.execute_script(line)
    press(driver, "theme")
    assert driver.execute_script(line) != light
    press(driver, "theme")
    assert driver.execute_script(line) == light
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    seen = "return [...document.querySelectorAll(arguments[0])].filter((e) => e.checkVisibility()).length"
    assert driver.execute_script(seen, "img.print-only") == 1
    assert driver.execute_script(seen, "nav, .map-tools, .tools, #figure-map") == 0
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_nothing_was_complained_of_in_all_that_was_done(driver: Any) -> None:
    assert [e for e in driver.get_log("browser") if e["level"] == "SEVERE"] == []
