"""Configuration of Sphinx: the pages are built from this repository alone, without the network."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer

import siting

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

import generated_pages  # noqa: E402  (a neighbour of this file)

ROOT = DOCS.parent
EXECUTED = ROOT / "out" / "notebooks"
"""Notebooks that `make docs` has run; any other is shown without its results."""

project = "siting"
author = "The siting contributors"
copyright = author  # noqa: A001  (the name that Sphinx wants)
version = release = siting.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
exclude_patterns = ["accuracy/*"]
suppress_warnings = ["config.cache"]  # `nb_ipywidgets_js` cannot be pickled

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]
nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, Any] = {}  # would be loaded from the network
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # numpydoc's parameters have them, with units
autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_xref_param_type = False

html_theme = "pydata_sphinx_theme"
html_title = "siting"
templates_path = ["_templates"]
html_static_path = ["_static"]
html_css_files = ["siting.css"]
html_copy_source = False
html_sidebars = {
    name: [] for name in ("index", "quickstart", "planners_guide", "studies", "gallery", "how_good", "notebooks/[0-9]*")
}
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "siting"},
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_prev_next": True,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
}


def stage_notebooks() -> None:
    """Copy each notebook into the pages: the executed copy if there is one, else the stripped one of git."""
    folder = DOCS / "notebooks"
    for old in folder.glob("*.ipynb"):
        old.unlink()
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        run = EXECUTED / notebook.name
        shutil.copyfile(run if run.is_file() else notebook, folder / notebook.name)


def listed_references(lines: list[str]) -> list[str]:
    """Turn `.. [1] ...` into a list and `[1]_` into plain text: a function may cite the references of its module."""
    found: list[str] = []
    in_list = False
    for line in lines:
        reference = re.match(r"\.\. (\[\d+\] .*)", line)
        in_list = reference is not None or (in_list and line.startswith("   "))
        item = f"* {reference[1]}" if reference else f"  {line.strip()}" if in_list else line
        found.append(re.sub(r"\[(\d+)\]_", r"[\1]", item))
    return found


def targets(text: str) -> str:
    """Turn the `<a id>` marks of a generated page into targets that Sphinx can link to."""
    return re.sub(r'^<a id="(\w+)"></a>$', r"(\1)=", text, flags=re.MULTILINE)


def setup(app: Any) -> None:
    """Generate the pages and stage the notebooks before Sphinx looks for files."""
    app.connect("builder-inited", lambda _: generated_pages.write(list(generated_pages.SCRIPTS)), priority=100)
    app.connect("builder-inited", lambda _: stage_notebooks(), priority=100)
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", lambda _, __, source: source.__setitem__(0, targets(source[0])))
    app.connect(
        "autodoc-process-docstring",
        lambda *event: event[-1].__setitem__(slice(None), listed_references(event[-1])),
        priority=100,
    )
