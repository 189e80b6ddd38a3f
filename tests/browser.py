"""A real browser with the network off, for the tests of pages.

Debian's `chromium` and `chromium-driver` are looked for. Without them these tests are skipped, unless the variable
SITING_BROWSER says `required`: then their absence is a failure.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--window-size=1280,1000", "--force-device-scale-factor=1",
)  # fmt: skip
TOOLTIP = """
  const found = [];
  const walk = (node) => {
    if (node.classList && node.classList.contains("bk-Tooltip")) found.push(node.shadowRoot ? node.shadowRoot.textContent : node.textContent);
    for (const child of node.children || []) walk(child);
    if (node.shadowRoot) for (const child of node.shadowRoot.children) walk(child);
  };
  walk(document.body);
  return found.join(" ");
"""
SHOWN = "return [...document.querySelectorAll(`#table-${arguments[0]} tbody tr`)].filter((r) => !r.hidden).length"


def browser_programs() -> tuple[str, str]:
    """Return Chromium and its driver, or skip; fail where a browser is required."""
    found = shutil.which("chromium"), shutil.which("chromedriver")
    if found[0] and found[1]:
        return found[0], found[1]
    if os.environ.get("SITING_BROWSER") == "required":
        pytest.fail("SITING_BROWSER is `required`, but chromium or chromedriver is not installed")
    pytest.skip("chromium or chromedriver is not installed: apt-get install chromium chromium-driver")


@contextmanager
def opened(page: Path, home: Path) -> Iterator[Any]:
    """Open a page in a fresh browser that has no network, its profile in a folder of the test."""
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    chromium, chromedriver = browser_programs()
    options = Options()
    for flag in (*FLAGS, f"--user-data-dir={home / 'profile'}"):
        options.add_argument(flag)
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driven = webdriver.Chrome(options=options, service=Service(chromedriver))
    try:
        driven.execute_cdp_cmd("Network.enable", {})
        off = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        driven.execute_cdp_cmd("Network.emulateNetworkConditions", off)
        driven.get(page.as_uri())
        wait_for(driven, "return document.documentElement.dataset.ready === 'true'")
        yield driven
    finally:
        driven.quit()


def wait_for(driven: Any, script: str, *arguments: Any) -> None:
    """Wait until a script returns something true, a minute at most: the machine may be busy."""
    end = time.monotonic() + 60.0
    while not driven.execute_script(script, *arguments):
        assert time.monotonic() < end, script
        time.sleep(0.1)


def press(driven: Any, element: str) -> None:
    """Press a button by its id."""
    driven.execute_script("document.getElementById(arguments[0]).click()", element)


MAP_WIDTH = """
const p = Bokeh.documents.map((d) => d.get_model_by_name('map')).find((m) => m);
return p.x_range.end - p.x_range.start
"""


def check_map_keys(driven: Any) -> None:
    """Check that the map of a page is drawn nearer by the key `+`, and whole again by `0`."""
    before = driven.execute_script(MAP_WIDTH)
    frame = driven.find_element("id", "map-frame")
    frame.send_keys("+")
    assert driven.execute_script(MAP_WIDTH) == pytest.approx(before / 1.6)
    frame.send_keys("0")
    assert driven.execute_script(MAP_WIDTH) == pytest.approx(before)


def point_within(driven: Any, element: str, right_px: float, down_px: float, *, click: bool = False) -> None:
    """Move the pointer to a place within an element, counted from its middle [px]."""
    from selenium.webdriver.common.action_chains import ActionChains

    frame = driven.find_element("id", element)
    driven.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", frame)
    actions = ActionChains(driven).move_to_element_with_offset(frame, right_px + 40, down_px).pause(0.2)
    actions = actions.move_to_element_with_offset(frame, right_px, down_px).pause(0.3)
    (actions.click() if click else actions).perform()
