"""The report on a phone: marks do not cover the map, names keep apart, and the titles of axes are whole."""

from collections.abc import Iterator
from typing import Any

import pytest
from browser import opened, wait_for

from siting import Plan

pytestmark = pytest.mark.slow

WIDTHS = {"desktop": (1280, 1000), "phone": (390, 800)}
SIZES = "return Bokeh.documents.map((d) => d.get_model_by_name('sites')).find((m) => m).data.size"
KEY = "return [...document.querySelectorAll('svg.sizes circle')].map((c) => Number(c.getAttribute('r')) * 2)"
FRAME = "return document.getElementById('map-frame').clientWidth"
NAMES = """
  const doc = Bokeh.documents.find((d) => d.get_model_by_name("labels")), plot = doc.get_model_by_name("map");
  const data = doc.get_model_by_name("labels").data, perPx = (plot.x_range.end - plot.x_range.start) / document.getElementById("map-frame").clientWidth;
  return data.text.map((text, i) => {
    const at = data.x[i] / perPx + data.dx[i], wide = 5 * text.length, y = data.y[i] / perPx;
    return data.align[i] === "left" ? [at, y - 6, at + wide, y + 6] : [at - wide, y - 6, at, y + 6];
  });
"""
TITLES = """
  return Bokeh.documents.flatMap((d) => [...d.all_models]).filter((m) => m.name === "axis title").map((m) => m.text);
"""
OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def driver(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Open the report of the baseline."""
    home = tmp_path_factory.mktemp("phone")
    with opened(plan.report(home / "report.html"), home) as driven:
        yield driven


def resized(driven: Any, name: str) -> None:
    """Give the page the width of a device, and wait until the marks follow."""
    width, height = WIDTHS[name]
    shape = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": name == "phone"}
    driven.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", shape)
    wait_for(driven, f"return window.innerWidth === {width}")
    driven.execute_async_script("setTimeout(arguments[0], 500)")


def test_marks_and_their_key_shrink_with_the_map(driver: Any) -> None:
    resized(driver, "desktop")
    wide, key = driver.execute_script(SIZES), driver.execute_script(KEY)
    resized(driver, "phone")
    small, frame = driver.execute_script(SIZES), driver.execute_script(FRAME)
    assert max(small) <= 0.05 * frame
    assert max(small) == pytest.approx(0.4 * max(wide))
    assert driver.execute_script(KEY)[-1] == pytest.approx(0.4 * key[-1])


@pytest.mark.parametrize("device", sorted(WIDTHS))
def test_names_keep_apart_and_the_page_does_not_scroll_sideways(driver: Any, device: str) -> None:
    resized(driver, device)
    boxes = driver.execute_script(NAMES)
    assert len(boxes) >= 3
    for k, a in enumerate(boxes):
        for b in boxes[k + 1 :]:
            assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])
    assert driver.execute_script(OVERFLOW) <= 0


def test_the_title_of_the_upright_axis_is_above_the_chart(driver: Any) -> None:
    assert "emissions per compute [gCO2e/EFLOP]" in driver.execute_script(TITLES)
