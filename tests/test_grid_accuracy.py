"""Shipped intensities beside what an operator publishes of the grids of its regions: a check, never an input."""

import json

import pytest

from siting.world.tables import read_table

from .golden import ROOT

TOLD = json.loads((ROOT / "data/build/accuracy_grid.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("year", ["2024", "2025"])
def test_direct_intensity_agrees_with_an_operators_own_figures(year: str) -> None:
    assert TOLD[year]["regions"] >= 40
    assert TOLD[year]["correlation"] >= 0.98
    assert TOLD[year]["median_relative_difference"] <= 0.06


def test_the_comparison_is_of_the_shipped_table() -> None:
    direct = read_table("zone_intensity").set_index("zone_id")["ci_direct_g_per_kwh"]
    for row in TOLD["rows"]:
        assert direct[row["zone_id"]] == pytest.approx(row["shipped"], abs=0.05)


def test_the_operators_figures_are_no_input() -> None:
    assert not read_table("zone_intensity")["ci_source"].str.contains("Google").any()
