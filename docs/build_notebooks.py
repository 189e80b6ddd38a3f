"""Execute one notebook and save it with its results: `python docs/build_notebooks.py NOTEBOOK TARGET`."""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

SECONDS_A_CELL = 1200


def run(source: Path, target: Path) -> None:
    """Execute every cell in the folder of the notebook; an error in a cell is an error here."""
    os.environ |= {"PYTHONWARNINGS": "ignore", "TQDM_DISABLE": "1"}  # a page has no use for a progress bar
    notebook = nbformat.read(source, as_version=4)
    NotebookClient(notebook, timeout=SECONDS_A_CELL, resources={"metadata": {"path": str(source.parent)}}).execute()
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
