"""The readme of the data: conventions, licences, and one row per table, written from the descriptors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

PREFACE = """\
# The data of siting

Written by `data/build/build.py` from the descriptors in `datapackage.json`; edit those, not this page.

Every table is derived by the scripts in `data/build` (`make data SOURCES=...`): selected, joined, converted or fitted.
No source file is copied. An empty cell is **unknown**: never zero, never a default. Longitude before latitude, WGS 84,
UTC, shares 0-1, units in the column names. `datapackage.json` has the unit, range and meaning of each column, the method
of each table, and the sha256 of each file, which is checked when a file is read. `siting data show TABLE` prints a table.

Quality words, best first: `observed` a measurement or a published figure; `derived` computed from such; `modelled`
estimated, with a known error or an error that is stated to be unmeasured; `assumption` chosen, to be changed by the
planner; `unverified` second-hand; `synthetic` constructed.

## Licences
The code is Apache-2.0. The data are not: each file has the terms below, and its source must always be named.
`grid/zone_intensity.csv` is a database under the **ODbL 1.0**: name Electricity Maps wherever a map or figure shows
it, and pass on a changed version of that file under the same terms. The grid-zone outlines that assigned places to
zones are not shipped; maps are drawn on Natural Earth (public domain).

| table | file | year | licence | sources |
|---|---|---|---|---|
"""


def write_readme(package: Mapping[str, Any], out: Path) -> Path:
    """Write ``README.md`` of the data folder.

    Parameters
    ----------
    package : mapping
        The descriptor of the data package.
    out : Path
        The ``data`` folder.

    Returns
    -------
    Path
        The file written.
    """
    target = out / "README.md"
    target.write_text(PREFACE + "".join(map(_row, package["resources"])), encoding="utf-8", newline="")
    return target


def _row(table: Mapping[str, Any]) -> str:
    licences = "; ".join(x["title"] if x["name"].startswith("other") else x["name"] for x in table["licenses"])
    sources = "; ".join(x["title"] for x in table["sources"])
    cells = (f"`{table['name']}`", f"`{table['path']}`", table["year"], licences, sources)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
