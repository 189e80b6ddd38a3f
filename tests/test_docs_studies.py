"""The measurements of studies are computed from the figures, and a missed target is marked as missed."""

import json
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BUILD = runpy.run_path(str(ROOT / "docs" / "build_studies.py"))


def test_the_page_has_a_table_of_each_measurement() -> None:
    text = BUILD["page"]()
    for head in ("## Sweeps", "## Re-solves of the baseline", "## Frontier and ensemble of the baseline"):
        assert head in text
    assert "Not measured yet" not in text


@pytest.mark.parametrize("name", ["sweep", "studies"])
def test_figures_carry_machine_and_day_and_no_path(name: str) -> None:
    text = (ROOT / "benchmarks" / f"{name}.json").read_text(encoding="utf-8")
    for part in json.loads(text).values():
        assert {"date", "processor", "cores", "load_when_begun", "versions"} <= set(part["about"])
    assert not any(root in text for root in ("/home", "/root", "/tmp", "/work"))  # noqa: S108


def test_a_target_that_is_missed_is_marked_as_missed() -> None:
    way = {"questions": 2, "s": 4.0, "cpu_s": 4.0, "prepare_cpu_s": 1.0}
    field = {"proven": 2, "again": way, "fresh": way, "again_over_fresh": 1.0}
    told = {"date": "2026-01-01", "processor": "any", "cores": 2, "load_when_begun": 1.0}
    of = {
        "resolves": 2,
        "fresh": 2,
        "gap": 1e-4,
        "again_over_fresh": 0.21,
        "by_field": {"hardware.mfu": field},
        "about": told,
    }
    assert any("missed" in part for part in BUILD["_resolves"](of))
    assert any(": met" in part for part in BUILD["_resolves"](of | {"again_over_fresh": 0.2}))
