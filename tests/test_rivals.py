"""Rivals solve the same instances, and one that fails is a row with its error."""

import json
import runpy
import sys
from pathlib import Path

import pytest
from harness.instances import Instance
from harness.runner import Measured, Row, measure

ROOT = Path(__file__).parents[1]
RIVALS = runpy.run_path(str(ROOT / "benchmarks" / "rivals.py"))
BUILD = runpy.run_path(str(ROOT / "docs" / "build_benchmarks.py"))
SMALL = Instance("p-median", "12 x 9, p=2", "euclidean", n=12, m=9, p=2)


def test_the_textbook_model_proves_what_ours_proves() -> None:
    row = RIVALS["rival_row"](SMALL, "pulp", Path(sys.executable), seconds=30)
    ours = measure(SMALL, "siting", time_limit_s=30)
    assert row["objective"] == pytest.approx(ours.objective, rel=1e-5)
    assert row["bound"] == pytest.approx(ours.objective, rel=1e-5)
    assert 0 < row["build_seconds"] <= row["seconds"]
    assert set(row["versions"]) == {"numpy", "pulp", "highspy"}


def test_a_rival_that_is_not_installed_is_a_row_with_its_error() -> None:
    row = RIVALS["rival_row"](SMALL, "spopt", Path(sys.executable), seconds=30)
    assert "No module named 'spopt'" in row["error"]
    assert row["instance"] == SMALL.name


def test_a_rival_that_was_stopped_does_not_count_as_proven_whatever_its_status() -> None:
    ours = Row("p-median", "200 x 200, p=5", None, Measured(0.1, 0.1, 1.0, 100.0, 100.0), None)
    spent = {"seconds": 60.0, "cpu_seconds": 50.0, "build_seconds": 2.0, "megabytes": 300.0}
    result = {"objective": 120.0, "bound": 90.0, "said": "Optimal"}
    instance = {"rival": "spopt", "family": "p-median", "instance": "200 x 200, p=5"}
    text = RIVALS["written"]([ours], [instance | spent | result], seconds=60.0, machine={})
    figures = json.loads(text)
    (line,) = BUILD["rival_lines"](figures, "spopt")
    assert (line["finished"], line["gap"], line["ratio"]) == (False, pytest.approx(0.25), pytest.approx(500))
    cells = BUILD["_rival_cells"](figures["rivals"][0], figures)
    assert (cells["proof"], cells["status"], cells["ratio"]) == ("not proven in 60 s (25 %)", "Optimal", "> 500")
