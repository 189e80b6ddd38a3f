"""Files of a plan: plan.json, which reads back, and tables for spreadsheets and maps."""

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from siting import __version__
from siting.errors import DataError, printable
from siting.plan.output_folder import OutputFolder
from siting.plan.proof import Proof
from siting.plan.shape import shape_faults
from siting.scenario.files import input_files, with_names_inside
from siting.scenario.limit import Limit
from siting.scenario.objective import Objective
from siting.scenario.scenario import Scenario
from siting.world.user_files.guarded_files import read_json

if TYPE_CHECKING:
    from siting.plan.plan import Plan

FORMAT = 3
"""Version of the layout of `plan.json`."""
VERSION_OF_OLD = "0.1"
"""Version of siting that wrote layouts 1 and 2, which do not record it."""
SCENARIO_FILES = "scenario"
"""Folder beside a saved plan in which its scenario may name files."""
_LAYERS = ("sites", "hubs")
_NOT_TABLES = ("scenario", "proof", "kpis", "tables", *_LAYERS)

FORMULA_STARTS = re.compile("(^|[;\t\r\n])(?=\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])")
"""Where a spreadsheet takes text for a formula: at the start of a cell, or after a character at which some of them split
cells (OWASP, CSV injection)."""


def save_plan(plan: "Plan", folder: Path) -> None:
    """Write a plan into a folder of its own, in place of an earlier one; see `write_plan`."""
    with OutputFolder(folder, input_files(plan.scenario).values(), "plan") as output:
        write_plan(plan, output.new)


def write_plan(plan: "Plan", folder: Path) -> None:
    """Write plan.json, sites.geojson, sites.csv, assignments.csv, ledger.csv and the files that the scenario reads.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    whole = {
        "format": FORMAT,
        "siting": __version__,
        "scenario": with_names_inside(plan.scenario),
        "defined_by": defining_classes(plan.scenario),
        "proof": vars(plan.proof),
        "kpis": dict(plan.kpis),
        **{n: _records(getattr(plan, n)) for n in _tables(type(plan))},
        "tables": {n: _records(table) for n, table in plan.tables.items()},
        **{n: _records(flat(getattr(plan, n))) for n in _LAYERS},
    }
    empty = '{"type": "FeatureCollection", "features": []}'
    layer = str(plan.sites.to_json(drop_id=True, allow_nan=False)) if len(plan.sites) else empty
    tables = {"sites": _with_own_columns(plan), "assignments": plan.assignments, "ledger": plan.ledger}
    tables |= {name: plan.tables[name] for name in ("scorecard",) if name in plan.tables}
    folder.mkdir(parents=True, exist_ok=True)
    copy_inputs(plan.scenario, folder)
    (folder / "plan.json").write_text(json.dumps(whole, indent=1, allow_nan=False), encoding="utf-8")
    (folder / "sites.geojson").write_text(layer, encoding="utf-8")
    for name, table in tables.items():
        write_csv(table, folder / f"{name}.csv")


def _with_own_columns(plan: "Plan") -> pd.DataFrame:
    """Return the built sites with what the planner gave of them, where the plan has no column of that name."""
    sites, given = flat(plan.sites), plan.tables.get("as_given")
    if given is None:
        return sites
    own = given[~given["column"].isin(sites.columns)]
    wide = own.pivot_table(index="site", columns="column", values="value", aggfunc="first", sort=False)
    return sites.join(wide, on="id")


def copy_inputs(scenario: Scenario, folder: Path) -> None:
    """Copy the files that a scenario reads into the folder of its plan, where they are not there yet.

    A file that cannot be read is left out: `prepare` reports it.

    Raises
    ------
    OSError
        A copy cannot be written.
    """
    for name, source in input_files(scenario).items():
        copy = folder / SCENARIO_FILES / name
        if source.is_file() and os.access(source, os.R_OK) and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)


def read_plan(kind: "type[Plan]", folder: Path, files_from: Sequence[str | Path]) -> dict[str, Any]:
    """Return the fields of a plan that `save_plan` wrote; see `Plan.load`."""
    path = folder / "plan.json"
    raw = read_json(
        path, str(path), advice="give a folder that `siting plan` wrote", error=DataError, opening="no plan to read at"
    )
    layout = raw.get("format")
    if not isinstance(layout, int):
        raise DataError(f"{path} is not a plan of siting: give a folder that `siting plan` wrote")
    if layout != FORMAT:
        raise DataError(
            f"{path} has format {layout}, written by siting {raw.get('siting', VERSION_OF_OLD)}; siting {__version__} "
            f"reads format {FORMAT}: solve the scenario again with `siting plan`"
        )
    if undefined := _undefined(raw):
        raise DataError.from_faults(f"{path} cannot be loaded here:", undefined)
    if faults := shape_faults(raw):
        raise DataError.from_faults(f"{path} is not a whole plan: solve the scenario again; it has:", faults)
    first, *more = [*map(Path, files_from), folder / SCENARIO_FILES]
    try:
        scenario = Scenario(**raw["scenario"]).with_folder(first, more)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise DataError(f"{path} has no scenario that can be read ({error}): solve the scenario again") from error
    return {
        "scenario": scenario,
        "proof": Proof(**raw["proof"]),
        "kpis": raw["kpis"],
        **{n: _frame(raw[n]) for n in _tables(kind)},
        "tables": {n: _frame(table) for n, table in raw["tables"].items()},
        **{n: points_of(_frame(raw[n])) for n in _LAYERS},
    }


def defining_classes(scenario: Scenario) -> dict[str, str]:
    """Return module and class of every limit and objective of the user's own, by its kind."""
    classes: dict[str, type] = {x.name: type(x) for x in scenario.limits}
    classes |= {x.name: type(x) for x in scenario.minimise.stages}
    return {
        kind: f"{found.__module__}.{found.__qualname__}"
        for kind, found in classes.items()
        if found.__module__.partition(".")[0] != __name__.partition(".")[0]
    }


def _undefined(raw: Mapping[str, Any]) -> list[str]:
    """Return the limits and objectives of the file whose class is not defined here, each with where it was."""
    scenario, classes = raw.get("scenario"), raw.get("defined_by", {})
    limits, first = (scenario.get(k) for k in ("limits", "minimise")) if isinstance(scenario, dict) else ((), ())
    stages = [first, *then] if isinstance(first, dict) and isinstance(then := first.get("then", []), list) else []
    found = []
    for base, entries in ((Limit, limits if isinstance(limits, list) else []), (Objective, stages)):
        words = [x.get(base.kind_field) for x in entries if isinstance(x, dict)]
        for word in dict.fromkeys(w for w in words if isinstance(w, str) and w not in base.kinds()):
            where = classes.get(word) if isinstance(classes, dict) else None
            known = f"it was defined by `{where}`" if isinstance(where, str) else "siting does not ship it"
            found.append(
                f"{base.__name__.lower()} `{word}` is not defined here; {known}: import or define its class, "
                "then load the plan again"
            )
    return found


def _tables(kind: "type[Plan]") -> list[str]:
    """Return the names of the plan's tables without geometry."""
    return [f.name for f in fields(kind) if f.name not in _NOT_TABLES]


def flat(layer: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return a layer of points as a table, its points as columns `lon` and `lat`."""
    return pd.DataFrame(layer.drop(columns="geometry")).assign(lon=layer.geometry.x, lat=layer.geometry.y)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as `csv_text` returns it."""
    path.write_text(csv_text(table), encoding="utf-8")


def csv_text(table: pd.DataFrame) -> str:
    """Return a table whose text prints as it is, and no spreadsheet takes for a formula: an apostrophe before = + - @ or tab."""

    def guarded(cell: Any) -> Any:
        return printable(FORMULA_STARTS.sub(r"\1'", cell), keep="\t") if isinstance(cell, str) else cell

    texts = {c: table[c].map(guarded) for c in table.columns if table[c].dtype.kind not in "biuf"}
    return str(table.assign(**texts).rename(columns=guarded).to_csv(index=False, lineterminator="\n"))


def _records(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return columns as plain lists, with None for missing values."""
    return {str(c): [None if pd.isna(v) else v for v in frame[c].tolist()] for c in frame.columns}


def _frame(columns: dict[str, list[Any]]) -> pd.DataFrame:
    """Return a table of plain lists; a column of None alone was one of numbers, all of them missing."""

    def dtype(values: list[Any]) -> type | None:
        return object if not values else float if all(v is None for v in values) else None

    return pd.DataFrame({c: pd.Series(v, dtype=dtype(v)) for c, v in columns.items()})


def points_of(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return a table as a layer of points, in place of its columns `lon` and `lat`."""
    try:
        lon, lat = table["lon"].astype(float), table["lat"].astype(float)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"the scorecard of the plan has no position, or one that is not a number ({error}): solve it again"
        ) from error
    points = gpd.points_from_xy(lon, lat)
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=points, crs="EPSG:4326")
