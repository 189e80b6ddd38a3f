"""Every notebook runs from top to bottom, and is stripped in git."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
QUICK = {
    "04_frontier": "IT_MW, POINTS, GAP, TIME_LIMIT_S = 100, 4, 0.02, 120",
    "05_uncertainty": "IT_MW, SAMPLES, GAP, TIME_LIMIT_S = 60, 50, 0.05, 120",
    "06_sweep": "SIZES_MW, LATENCIES_MS, YEARS, GAP, TIME_LIMIT_S = [100], [200], [None, 2035], 0.02, 120",
}
"""What the parameters cell becomes in the tests: the same way, smaller or proven less closely."""

QUICK_ELSE = "GAP, TIME_LIMIT_S = 0.02, 120"
SLOW = tuple(QUICK)
"""Studies solve many times; fifty samples are the fewest that a robust plan takes."""


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, marks=[pytest.mark.slow] if p.stem in SLOW else []) for p in NOTEBOOKS],
    ids=lambda p: p.stem,
)
def test_notebook_runs_and_says_something(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = QUICK.get(path.stem, QUICK_ELSE)
    NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": os.fspath(path.parent)}}).execute()
    said = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    assert any("image/png" in o.get("data", {}) for o in said)
    assert any("times as much" in o.get("text", "") for o in said)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_is_stripped(path: Path) -> None:
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    assert all(not c.outputs and c.execution_count is None for c in cells)
