"""Generate the pages that are not kept in git, from docstrings, descriptors and measurements.

`make docs` writes all of them. `python docs/generated_pages.py [NAME...]` writes them, or those that are named.
"""

import importlib
import runpy
import sys
from pathlib import Path

DOCS = Path(__file__).parent
DATA_BUILD = DOCS.parent / "data" / "build"
IMPORTED_FROM = (DOCS, DATA_BUILD, DOCS.parent / "benchmarks")
"""Folders of the scripts and of the modules that they import."""

SCRIPTS = {
    "limits": DOCS / "build_limits.py",
    "packs": DOCS / "build_packs.py",
    "model": DOCS / "build_model.py",
    "methods": DATA_BUILD / "docs_methods.py",
    "data": DATA_BUILD / "docs_data.py",
    "benchmarks": DOCS / "build_benchmarks.py",
    "studies_measured": DOCS / "build_studies.py",
    "leverage": DOCS / "build_leverage.py",
    "how_good": DOCS / "build_how_good.py",
    "command_line": DOCS / "build_command_line.py",
}
"""Page to the script whose `page()` returns it."""


def text_of(name: str) -> str:
    """Return the text of a generated page."""
    for folder in IMPORTED_FROM:
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    script = runpy.run_path(str(SCRIPTS[name]))
    if name == "data":
        figures = importlib.import_module("docs_figures")
        return str(script["page"](script["read_package"](), figures.CAPTIONS, script["HOLES"]))
    return str(script["page"]())


def write(names: list[str]) -> None:
    """Write the named pages beside the others; `.gitignore` lists them."""
    for name in names:
        (DOCS / f"{name}.md").write_text(text_of(name), encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1:] or list(SCRIPTS))
