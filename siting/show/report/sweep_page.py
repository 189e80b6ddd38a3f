"""The files of a sweep beside its store: a table, a picture and a page, with names of sites."""

from base64 import b64encode
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from siting.kpis import field
from siting.plan.files import write_csv
from siting.plan.output_folder import start_manifest, write_file
from siting.show.cartography.own_style import own_style
from siting.show.figures.comparison import MOST_RUNS, MOST_SITES, draw_heat
from siting.show.report import report_tables
from siting.show.report.html_page import assembled, write_page
from siting.show.text.sweep_text import SHOWN, run_labels, runs_in_words, sweep_sentences

if TYPE_CHECKING:
    from siting.study.runs.sweep import Sweep

TABLE, PICTURE, PAGE = "runs.csv", "runs.png", "report.html"
INCH_A_SITE, INCH_A_RUN, LABEL_INCHES = 0.3, 0.24, (3.4, 2.4)


def write_sweep(found: "Sweep", name: str, names: Mapping[str, str], heat: pd.DataFrame | None) -> list[str]:
    """Write runs.csv, runs.png and report.html into the folder of a sweep, in place of its earlier ones.

    Parameters
    ----------
    found : Sweep
        As `siting.sweep` returns it.
    name : str
        Name of the scenario.
    names : mapping of str to str
        Names of sites by id.
    heat : pandas.DataFrame or None
        As `siting.site_heat` returns it; None where no run has a plan.

    Returns
    -------
    list of str
        The files; no picture where no run has a plan.

    Raises
    ------
    DataError
        A file of that name that siting did not write.
    """
    start_manifest(found.folder, "sweep")
    runs = runs_in_words(found, names)
    csv = found.folder / f".{TABLE}"
    write_csv(runs, csv)
    write_file(found.folder / TABLE, csv.read_bytes())
    csv.unlink()
    heat = None if heat is None else _named(heat, found, names)
    if heat is not None:
        write_file(found.folder / PICTURE, _png(heat))
    write_page(_page(found, name, names, runs, heat), found.folder / PAGE, "vary fewer values")
    return [TABLE, *([PICTURE] if heat is not None else []), PAGE]


def _named(heat: pd.DataFrame, found: "Sweep", names: Mapping[str, str]) -> pd.DataFrame:
    """Return the table of the picture with names of sites and of values."""
    labels = run_labels(found, names)
    solved = [label for label, has in zip(labels, found.table["objective"].notna(), strict=True) if has]
    return heat.rename(columns=lambda s: names.get(str(s), str(s))).set_axis(solved, axis=0)


def _inches(heat: pd.DataFrame) -> tuple[float, float]:
    runs, sites = min(len(heat), MOST_RUNS), min(heat.shape[1], MOST_SITES)
    return max(6.4, LABEL_INCHES[0] + INCH_A_SITE * sites), max(3.2, LABEL_INCHES[1] + INCH_A_RUN * runs)


def _png(heat: pd.DataFrame) -> bytes:
    raw = BytesIO()
    with own_style():
        sheet = Figure(figsize=_inches(heat), layout="constrained")
        draw_heat(heat, sheet.add_subplot())
        sheet.savefig(raw, dpi=200, format="png")
    return raw.getvalue()


def _keys(runs: pd.DataFrame) -> list[str]:
    """Return the columns with those of KPIs by their keys, which decide the format of a number."""
    kpis = {field(k).heading(): k for k in SHOWN}
    return [kpis.get(str(c), str(c)) for c in runs]


def _page(found: "Sweep", name: str, names: Mapping[str, str], runs: pd.DataFrame, heat: pd.DataFrame | None) -> str:
    proven = int(found.table["status"].isin(["optimal", "infeasible"]).sum())
    sections = {
        "title": f"{name}: sweep of {len(found)} runs",
        "answer": sweep_sentences(found, names),
        "picture": "" if heat is None else f"data:image/png;base64,{b64encode(_png(heat)).decode()}",
        "runs": report_tables.table_of(
            "runs",
            "One row for each run.",
            runs.rename(columns=dict(zip(runs, _keys(runs), strict=True))),
            heads=[str(c) for c in runs.columns],
        ),
        "proven": f"{proven} of {len(found)} runs are proven to the requested gap, or proven infeasible.",
    }
    return assembled("sweep.html", sections, {"figures": {}, "palettes": {}, "excluded": []}, with_figures=False)
