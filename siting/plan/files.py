"""Files of a plan: plan.json, which reads back, and tables for spreadsheets and maps."""

import json
import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from siting import __version__
from siting.errors import DataError
from siting.plan.proof import Proof
from siting.scenario.scenario import Scenario

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
    """Write plan.json, sites.geojson, sites.csv, assignments.csv and ledger.csv into a folder."""
    whole = {
        "format": FORMAT,
        "siting": __version__,
        "scenario": plan.scenario.model_dump(mode="json"),
        "proof": vars(plan.proof),
        "kpis": dict(plan.kpis),
        **{n: _records(getattr(plan, n)) for n in _tables(type(plan))},
        "tables": {n: _records(table) for n, table in plan.tables.items()},
        **{n: _records(_flat(getattr(plan, n))) for n in _LAYERS},
    }
    empty = '{"type": "FeatureCollection", "features": []}'
    layer = str(plan.sites.to_json(drop_id=True, allow_nan=False)) if len(plan.sites) else empty
    tables = {"sites": _flat(plan.sites), "assignments": plan.assignments, "ledger": plan.ledger}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plan.json").write_text(json.dumps(whole, indent=1, allow_nan=False), encoding="utf-8")
        (folder / "sites.geojson").write_text(layer, encoding="utf-8")
        for name, table in tables.items():
            _without_formulas(table).to_csv(folder / f"{name}.csv", index=False)
    except OSError as error:
        raise DataError(f"cannot write the plan to {folder} ({error.strerror}): choose another folder") from error


def read_plan(kind: "type[Plan]", folder: Path, files_from: Sequence[str | Path]) -> dict[str, Any]:
    """Return the fields of a plan that `save_plan` wrote; see `Plan.load`."""
    path = folder / "plan.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or error
        raise DataError(f"no plan to read at {path} ({why}): give a folder that `siting plan` wrote") from error
    layout = raw.get("format") if isinstance(raw, dict) else None
    if not isinstance(layout, int):
        raise DataError(f"{path} is not a plan of siting: give a folder that `siting plan` wrote")
    if layout != FORMAT:
        raise DataError(
            f"{path} has format {layout}, written by siting {raw.get('siting', VERSION_OF_OLD)}; siting {__version__} "
            f"reads format {FORMAT}: solve the scenario again with `siting plan`"
        )
    try:
        first, *more = [*map(Path, files_from), folder / SCENARIO_FILES]
        return {
            "scenario": Scenario(**raw["scenario"]).with_folder(first, more),
            "proof": Proof(**raw["proof"]),
            "kpis": raw["kpis"],
            **{n: _frame(raw[n]) for n in _tables(kind)},
            "tables": {n: _frame(table) for n, table in raw["tables"].items()},
            **{n: points_of(_frame(raw[n])) for n in _LAYERS},
        }
    except (KeyError, TypeError) as error:
        raise DataError(f"{path} is not a complete plan ({error!r}): solve the scenario again") from error


def _tables(kind: "type[Plan]") -> list[str]:
    """Return the names of the plan's tables without geometry."""
    return [f.name for f in fields(kind) if f.name not in _NOT_TABLES]


def _flat(layer: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(layer.drop(columns="geometry")).assign(lon=layer.geometry.x, lat=layer.geometry.y)


def _without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose text no spreadsheet takes for a formula: an apostrophe before = + - @, tab, return, newline."""

    def guarded(cell: Any) -> Any:
        return FORMULA_STARTS.sub(r"\1'", cell) if isinstance(cell, str) else cell

    return table.assign(**{str(c): table[c].map(guarded) for c in table.columns if table[c].dtype.kind not in "biuf"})


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
    points = gpd.points_from_xy(table["lon"].astype(float), table["lat"].astype(float))
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=points, crs="EPSG:4326")
