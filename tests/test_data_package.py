"""The data package is valid by a validator that is not ours: `frictionless` reads every CSV table by its schema."""

import json
from pathlib import Path
from typing import Any

import pytest

frictionless = pytest.importorskip("frictionless", reason="a tool of development")
DATA = Path(__file__).parents[1] / "data"


def descriptor(*names: str) -> dict[str, Any]:
    """Return the descriptor with its CSV tables, or with those that are named."""
    package: dict[str, Any] = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    tables = [r for r in package["resources"] if r["path"].endswith(".csv") and (not names or r["name"] in names)]
    return package | {"resources": tables}


def faults(package: dict[str, Any], folder: Path) -> list[str]:
    """Return what the validator finds, with the table in which it found it."""
    report = frictionless.Package.from_descriptor(package, basepath=str(folder)).validate()
    return [f"{task.name}: {error.message}" for task in report.tasks for error in task.errors]


@pytest.mark.slow
def test_every_table_keeps_its_schema_checksum_and_size() -> None:
    assert len(descriptor()["resources"]) > 20
    assert faults(descriptor(), DATA) == []


def test_a_value_out_of_range_and_a_changed_file_are_found(tmp_path: Path) -> None:
    package = descriptor("sites")
    target = tmp_path / package["resources"][0]["path"]
    target.parent.mkdir(parents=True)
    head, first, *rest = (DATA / package["resources"][0]["path"]).read_text(encoding="utf-8").splitlines()
    cells = first.split(",")
    cells[head.split(",").index("lat")] = "95.0"
    target.write_text("\n".join([head, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    found = faults(package, tmp_path)
    assert any("hash" in fault for fault in found), found
    del package["resources"][0]["hash"], package["resources"][0]["bytes"]
    assert any("95" in fault and "maximum" in fault for fault in faults(package, tmp_path))
