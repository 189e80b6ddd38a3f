"""Every notebook runs from top to bottom, and is stripped in git."""

import ast
import json
import os
from pathlib import Path
from typing import Any

import pytest

import siting

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
QUICK = {
    "04_frontier": "IT_MW, POINTS, GAP, TIME_LIMIT_S = 100, 4, 0.02, 120",
    "05_uncertainty": "IT_MW, SAMPLES, GAP, TIME_LIMIT_S = 60, 50, 0.05, 120",
    "06_sweep": "SIZES_MW, LATENCIES_MS, YEARS, GAP, TIME_LIMIT_S = [100], [200], [None, 2035], 0.02, 120",
}
"""What the parameters cell becomes in the tests: the same way, smaller or proven less closely.

Fifty samples are the fewest that a robust plan takes.
"""

LONGEST_CELL, LONGEST_FUNCTION = 25, 5  # lines

SCREEN = 50
"""Lines of a screen (our choice: an editor on a laptop). Two of a planner's own tables take half of one."""
PICTURES = (".map(", "draw_", "plot_layer(", ".plot.")
CARDS = ("plan", "scenario", "problem", "front", "found")
"""Calls that draw, and values that show a card with a map where a cell ends with them."""

QUICK_ELSE = "GAP, TIME_LIMIT_S = 0.02, 120"


def code_cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of code as they are stored."""
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [c for c in cells if c["cell_type"] == "code"]


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_uses_only_names_that_the_package_has(path: Path) -> None:
    """Running one takes long and is left to the slow tests; a name that is gone is seen at once."""
    tree = ast.parse("\n".join("".join(c["source"]) for c in code_cells(path)))
    of_package = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)]
    used = {n.attr for n in of_package if n.value.id == "st"}
    assert used
    assert used <= set(siting.__all__)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_cells_and_functions_are_short(path: Path) -> None:
    """A planner reads a cell at a glance: no more than 25 lines, no function of more than five beside its docstring."""
    cells = ["".join(c["source"]) for c in code_cells(path)]
    assert max(len(text.splitlines()) for text in cells) <= LONGEST_CELL
    functions = [n for text in cells for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
    for function in functions:
        said = ast.get_docstring(function) is not None
        body = function.body[1:] if said else function.body
        assert body[-1].end_lineno is not None
        assert body[-1].end_lineno - body[0].lineno < LONGEST_FUNCTION, function.name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_conclusion_is_computed(path: Path) -> None:
    """What the last section prints has numbers put into it; a typed sentence would outlive the data."""
    last = ["".join(c["source"]) for c in code_cells(path)][-1]
    assert "print(" in last or path.stem == "01_first_plan"
    texts = list(ast.walk(ast.parse("\n".join("".join(c["source"]) for c in code_cells(path)[-4:]))))
    assert any(isinstance(n, ast.FormattedValue) for n in texts)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_title_asks_and_a_picture_is_a_screen_away(path: Path) -> None:
    """The title is a question that a reader has, and no more than a screen of code stands before the first picture."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert "".join(cells[0]["source"]).splitlines()[0].endswith("?")
    before = 0
    for cell in code_cells(path):
        text = "".join(cell["source"])
        before += len([line for line in text.splitlines() if line.strip()])
        if any(picture in text for picture in PICTURES) or text.splitlines()[-1] in CARDS:
            break
    assert before <= SCREEN, before


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_index_has_every_title_with_a_line(path: Path) -> None:
    title = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]).splitlines()[0]
    index = (path.parents[1] / "docs/notebooks/index.md").read_text(encoding="utf-8")
    assert f"| [{title.removeprefix('# ')}]({path.name}) | " in index


def draws(source: str) -> bool:
    """Return whether a cell calls something that draws; an import of it draws nothing."""
    calls = [line for line in source.splitlines() if not line.startswith(("import ", "from "))]
    return any(p in line for line in calls for p in PICTURES)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs_and_says_something(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    monkeypatch.setenv("TQDM_DISABLE", "1")
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = QUICK.get(path.stem, QUICK_ELSE)
    NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": os.fspath(path.parent)}}).execute()
    for cell in (c for c in notebook.cells if c.cell_type == "code" and draws(c.source)):
        assert any("image/png" in o.get("data", {}) for o in cell.outputs), cell.source
    said = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    assert any("times as much" in o.get("text", "") for o in said)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_is_stripped(path: Path) -> None:
    assert all(not c["outputs"] and c["execution_count"] is None for c in code_cells(path))
