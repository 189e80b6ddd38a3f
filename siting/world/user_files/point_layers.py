"""Layers of points: GeoJSON, GeoPackage, Shapefile, Parquet and KML, in any coordinate reference system."""

import json
import math
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import ScenarioError, listed
from siting.world.user_files.guarded_files import json_object
from siting.world.user_files.table_reader import MOST_ROWS, Extra, TextTable, matched_columns
from siting.world.user_files.text_file import MOST_BYTES, read_text

if TYPE_CHECKING:
    import geopandas as gpd

GEOJSON_SUFFIXES = (".geojson", ".json")
"""Suffixes of files that are read as GeoJSON."""

DRIVERS = {".gpkg": ("GPKG", "GeoPackage"), ".shp": ("ESRI Shapefile", "Shapefile"), ".kml": ("KML", "KML")}
"""Suffixes of files that GDAL reads, with its driver and the name of the format."""

PARQUET_SUFFIXES = (".parquet", ".geoparquet")
LAYER_SUFFIXES = (*GEOJSON_SUFFIXES, *DRIVERS, *PARQUET_SUFFIXES)
"""Suffixes of files that are read as layers of points; all others are read as tables of text."""

SIDECARS = (".dbf", ".shx", ".prj", ".cpg")
"""Suffixes of the files beside a Shapefile that belong to it."""

WGS84 = "EPSG:4326"
_SAME_AS_WGS84 = ("CRS84", "EPSG:4326", "EPSG::4326")
_OF_KML = {"description", "timestamp", "begin", "end", "altitudemode", "tessellate", "extrude", "visibility"}
_OF_KML |= {"draworder", "icon", "snippet"}
_SHAPEFILE_NAME = 10
_SAME_DEGREE = 1e-6
_EXPORT = "export the points as GeoJSON or CSV"
_MOST_SHOWN = 60
_MOST_WARNINGS = 3

Point = tuple[float, float]
Cells = dict[str, str]


def companions(path: Path) -> list[Path]:
    """Return the files beside a Shapefile that belong to it; none for other files."""
    if path.suffix.lower() != ".shp":
        return []
    return [file for suffix in SIDECARS if (file := path.with_suffix(suffix)).is_file()]


def read_points(path: Path, columns: Mapping[str, str], extra: Extra = "refuse") -> TextTable:
    """Read a layer of points as a table of text, with longitude and latitude of WGS 84 in degrees.

    A point may have a height, which is left out; a MultiPoint of one point is a point. Coordinates in another reference
    system are converted.

    Parameters
    ----------
    path : pathlib.Path
        A file with one of `LAYER_SUFFIXES`.
    columns : mapping of str to str
        Columns that may be given, to their kind.
    extra : {"refuse", "leave_out", "carry"}, optional
        What to do with an attribute that is not known.

    Returns
    -------
    TextTable
        Rows are numbered from 1; notes state the reference system and what was left out.

    Raises
    ------
    ScenarioError
        The file cannot be read, or is not one layer of features.
    """
    notes, faults = list[str](), list[str]()
    if path.suffix.lower() in GEOJSON_SUFFIXES:
        points, rows = _geojson(path, notes, faults)
    else:
        points, rows = _layer(path, columns, notes, faults)
    names = list(dict.fromkeys(c for row in rows.values() for c in row if c))
    cells = {n: [row.get(name, "") for name in names] for n, row in rows.items()}
    kept = matched_columns(path.name, names, cells, columns, notes, faults, extra)
    carried = tuple(c for c in kept.values() if c not in columns)
    read: dict[int, Cells] = {}
    for n, (lon, lat) in points.items():
        of_row = {c: cells[n][k] for k, c in kept.items()}
        for c, of_point in (("lon", lon), ("lat", lat)):
            if stated := of_row.get(c):
                _compare(n, c, stated, of_point, faults)
        read[n] = of_row | {"lon": repr(lon), "lat": repr(lat)}
    header = tuple(dict.fromkeys([*kept.values(), "lon", "lat"]))
    columns = {**columns, **dict.fromkeys(carried, "text")}
    return TextTable(path.name, columns, header, read, tuple(notes), tuple(faults), carried=carried)


def _compare(n: int, name: str, stated: str, of_point: float, faults: list[str]) -> None:
    """Add a fault where a property states another coordinate than the point."""
    try:
        same = abs(float(stated) - of_point) <= _SAME_DEGREE
    except ValueError:
        same = False
    if not same:
        faults.append(
            f"row {n}: property `{name}` is {stated[:_MOST_SHOWN]}, the point's is {of_point:g}: keep one of them"
        )


def _geojson(path: Path, notes: list[str], faults: list[str]) -> tuple[dict[int, Point], dict[int, Cells]]:
    """Return points and properties of a GeoJSON file by the number of the feature."""
    advice = "give GeoJSON points in UTF-8, or a CSV file"
    source = read_text(path, advice)
    notes += source.notes
    try:
        content = json_object(source.text, path.name, advice=advice)
    except ScenarioError as error:
        if not error.faults:
            raise
        by_row = [re.sub(r"^`features\[(\d+)\]", lambda m: f"row {int(m[1]) + 1}: {m[0]}", f) for f in error.faults]
        raise ScenarioError.from_faults(
            f"{path.name} has {len(by_row)} value(s) that cannot be used:", by_row
        ) from error
    features = content.get("features")
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        found = content.get("type")
        what = f" but {found[:_MOST_SHOWN]}" if isinstance(found, str) else ""
        raise ScenarioError(f"{path.name} is not a GeoJSON FeatureCollection{what}: give one whose features are points")
    if len(features) > MOST_ROWS:
        raise ScenarioError(
            f"{path.name} has {len(features):,} features, more than {MOST_ROWS:,}: {_EXPORT} needed only"
        )
    points: dict[int, Point] = {}
    rows: dict[int, Cells] = {}
    high = 0
    for n, feature in enumerate(features, 1):
        found_faults: list[str] = []
        point = _position(feature, found_faults)
        cells = _properties(feature, found_faults)
        faults += [f"row {n}: {fault}" for fault in found_faults]
        if point is not None and cells is not None:
            high += len(point) > 2
            points[n], rows[n] = (point[0], point[1]), cells
    _say_heights(path.name, high, notes)
    return _converted(path.name, points, _crs_of(content.get("crs"), faults), notes, faults), rows


def _position(feature: Any, faults: list[str]) -> list[float] | None:
    """Return the coordinates of a feature's point; each cause why it has none adds its own fault."""
    if not isinstance(feature, dict):
        faults.append(f"a feature is {_shown(feature)}, not an object: give a Feature with a Point")
        return None
    shape = feature.get("geometry")
    if not isinstance(shape, dict) or not shape:
        faults.append("no geometry: give a Point with [lon, lat], or remove the feature")
        return None
    kind, at = shape.get("type"), shape.get("coordinates")
    if kind == "MultiPoint" and isinstance(at, list) and len(at) == 1:
        kind, at = "Point", at[0]
    if kind == "MultiPoint" and isinstance(at, list):
        faults.append(
            f"a MultiPoint of {len(at)} points: explode it into single points (in QGIS `Multipart to singleparts`)"
        )
    elif kind != "Point":
        faults.append(f"{_shown(kind)} is not a Point: give points with [lon, lat], such as the centroids")
    elif not isinstance(at, list) or not at:
        faults.append("an empty Point: give [lon, lat], or remove the feature")
    elif len(at) not in (2, 3, 4) or any(isinstance(x, list) for x in at):
        faults.append(f"the coordinates are {_shown(at)}: give two numbers, [lon, lat]")
    elif any(isinstance(x, str) for x in at):
        faults.append(f"the coordinates are text, {_shown(at)}: write numbers without quotes")
    elif not all(type(x) in (int, float) for x in at[:2]):
        faults.append(f"the coordinates are {_shown(at)}: give two numbers, [lon, lat]")
    else:
        return [float(x) for x in at[:2]] + [0.0] * (len(at) > 2)
    return None


def _shown(value: Any) -> str:
    """Return a value of a file for a message, cut where it is long."""
    text = value if isinstance(value, str) else json.dumps(value)
    return f"`{text[:_MOST_SHOWN]}{'...' if len(text) > _MOST_SHOWN else ''}`"


def _properties(feature: Any, faults: list[str]) -> Cells | None:
    """Return the properties of a feature as text, with its id; None where they are not an object."""
    if not isinstance(feature, dict):
        return None
    given = feature.get("properties")
    if given is not None and not isinstance(given, dict):
        faults.append(f"`properties` is {_shown(given)}: give an object of names and values")
        return None
    cells = {str(k).strip(): _text(v) for k, v in (given or {}).items()}
    if not cells.get("id") and feature.get("id") is not None:
        cells["id"] = _text(feature["id"])
    return cells


def _text(value: Any) -> str:
    """Return a value as the cell of a table: blank where it is missing, integers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (dict, list)):
        return _shown(value)
    return str(value).strip()


def _crs_of(member: Any, faults: list[str]) -> str | None:
    """Return the reference system that a `crs` member names, None where it is WGS 84."""
    if member is None:
        return None
    name = member.get("properties", {}) if isinstance(member, dict) else None
    name = name.get("name") if isinstance(name, dict) else None
    if not isinstance(name, str):
        faults.append(f"`crs` is {_shown(member)}: name an EPSG code, or convert to {WGS84} (geopandas `to_crs(4326)`)")
        return None
    return None if name.upper().endswith(_SAME_AS_WGS84) else name


def _converted(file: str, points: dict[int, Point], crs: Any, notes: list[str], faults: list[str]) -> dict[int, Point]:
    """Return points in longitude and latitude of WGS 84; those that cannot be converted add a fault."""
    if crs is None or not points:
        return points
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    try:
        source = CRS.from_user_input(crs)
        if source == CRS.from_user_input(WGS84):
            return points
        x, y = np.array(list(points.values())).T
        lon, lat = Transformer.from_crs(source, WGS84, always_xy=True).transform(x, y)
    except (ProjError, ValueError) as error:
        why = str(error).splitlines()[0][:120] if str(error) else "not known"
        faults.append(
            f"coordinates in {_shown(str(crs))} cannot be converted ({why}): convert them to {WGS84} "
            "(geopandas `to_crs(4326)`, or `ogr2ogr -t_srs EPSG:4326`)"
        )
        return {}
    code = source.to_authority()
    name = ":".join(code) if code else source.name
    notes.append(f"{file}: coordinates are converted from {name} ({source.name}) to longitude and latitude ({WGS84})")
    beyond = [n for n, a, b in zip(points, lon, lat, strict=True) if not (math.isfinite(a) and math.isfinite(b))]
    faults += [f"row {n}: {_shown(list(points[n]))} lies outside of {name}: correct the coordinates" for n in beyond]
    found = zip(points, lon, lat, strict=True)
    return {n: (round(float(a), 9), round(float(b), 9)) for n, a, b in found if n not in beyond}


def _say_heights(file: str, high: int, notes: list[str]) -> None:
    if high:
        notes.append(f"{file}: heights of {high} point(s) are left out: give `elevation_m`")


def _layer(
    path: Path, columns: Mapping[str, str], notes: list[str], faults: list[str]
) -> tuple[dict[int, Point], dict[int, Cells]]:
    """Return points and attributes of a layer that geopandas reads, by the number of the feature."""
    frame = _frame(path, notes)
    shape = frame.geometry
    points: dict[int, Point] = {}
    high = 0
    for n, point in enumerate(shape, 1):
        if point is not None and point.geom_type == "MultiPoint" and len(point.geoms) == 1:
            point = point.geoms[0]  # noqa: PLW2901
        if point is None or point.is_empty:
            faults.append(f"row {n}: no geometry: give a point, or remove the feature")
        elif point.geom_type == "MultiPoint":
            faults.append(f"row {n}: a MultiPoint of {len(point.geoms)} points: explode it into single points")
        elif point.geom_type != "Point":
            faults.append(f"row {n}: `{point.geom_type}` is not a Point: give points, such as the centroids")
        elif not (math.isfinite(point.x) and math.isfinite(point.y)):
            faults.append(f"row {n}: the coordinates are {point.x:g}, {point.y:g}, which is not finite: give degrees")
        else:
            points[n] = (float(point.x), float(point.y))
            high += bool(point.has_z)
    _say_heights(path.name, high, notes)
    if frame.crs is None:
        notes.append(f"{path.name} names no reference system: read as longitude and latitude ({WGS84})")
    table = frame.drop(columns=shape.name)
    table = table.rename(columns=dict(zip(table.columns, _names(path, table.columns, columns), strict=True)))
    kept = [k for k, c in enumerate(table.columns) if c]
    cells = [[_attribute(v) for v in table.iloc[:, k]] for k in kept]
    names = [table.columns[k] for k in kept]
    rows = {n: dict(zip(names, row, strict=True)) for n, row in enumerate(zip(*cells, strict=True), 1)}
    rows = rows or {n: {} for n in points}
    return _converted(path.name, points, frame.crs, notes, faults), rows


def _attribute(value: Any) -> str:
    """Return an attribute of a layer as the cell of a table."""
    import pandas as pd

    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    return _text(value.item() if isinstance(value, np.generic) else value)


def _names(path: Path, given: Iterable[str], columns: Mapping[str, str]) -> list[str]:
    """Return the columns that attributes mean, blank where the format adds them: a Shapefile cuts names to 10 letters."""
    if path.suffix.lower() == ".kml":
        return ["" if c.lower() in _OF_KML or (c == "id" and "Name" in given) else c for c in given]
    if path.suffix.lower() == ".shp":
        long = [c for c in columns if len(c) > _SHAPEFILE_NAME]
        cut = {c[:_SHAPEFILE_NAME]: c for c in long if sum(x.startswith(c[:_SHAPEFILE_NAME]) for x in long) == 1}
        return [cut.get(c, c) for c in given]
    return list(given)


def _frame(path: Path, notes: list[str]) -> "gpd.GeoDataFrame":
    """Read a layer with geopandas; whatever fails is one sentence."""
    size = sum(file.stat().st_size for file in (path, *companions(path)) if file.is_file())
    if not path.is_file():
        raise ScenarioError(f"cannot read {path} (no such file): {_EXPORT}")
    if size > MOST_BYTES:
        raise ScenarioError(
            f"{path.name} has {size:,} bytes, more than {MOST_BYTES:,}: {_EXPORT} of what is needed only"
        )
    read = _parquet if path.suffix.lower() in PARQUET_SUFFIXES else _gdal
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            frame = read(path, notes)
    except ScenarioError:
        raise
    except Exception as error:  # readers of binary formats raise whatever they like on a damaged file
        why = _fact(str(error)) or type(error).__name__
        raise ScenarioError(f"cannot read {path} ({why}): {_EXPORT}") from error
    texts = list(dict.fromkeys(fact for w in caught if (fact := _fact(str(w.message)))))
    damaged = next((text for text in texts if "incompletely" in text), None)
    if damaged:
        raise ScenarioError(f"cannot read {path} ({damaged}): {_EXPORT}")
    notes += [f"{path.name}: {text}" for text in texts[:_MOST_WARNINGS]]
    return frame


def _fact(text: str) -> str:
    """Return what a reader found wrong, without its advice on drivers and options, which a planner does not choose."""
    first = next(iter(text.splitlines()), "")
    return re.split(r"[;.,:]?\s*(?:It might help|Consider|Try |Use |You (?:may|can)|Set )", first)[0][:200].strip()


def _gdal(path: Path, notes: list[str]) -> "gpd.GeoDataFrame":
    import geopandas as gpd
    import pyogrio  # type: ignore[import-untyped]

    driver, name = DRIVERS[path.suffix.lower()]
    if driver not in pyogrio.list_drivers(read=True):
        raise ScenarioError(f"{path.name} is {name}, which this installation of GDAL does not read: {_EXPORT}")
    missing = [s for s in (".shx", ".dbf") if path.suffix.lower() == ".shp" and not path.with_suffix(s).is_file()]
    if missing:
        raise ScenarioError(
            f"{path.name} needs {listed(path.with_suffix(s).name for s in missing)} beside it: copy it there, or {_EXPORT}"
        )
    layers = [str(layer) for layer, kind in pyogrio.list_layers(path) if kind is not None]
    if len(layers) != 1:
        found = (
            f"{len(layers)} layers with geometry ({listed(f'`{x}`' for x in layers)})"
            if layers
            else "no layer of points"
        )
        raise ScenarioError(f"{path.name} ({name}) has {found}: {_EXPORT}, one layer a file")
    count = pyogrio.read_info(path, layer=layers[0], force_feature_count=True)["features"]
    if count > MOST_ROWS:
        raise ScenarioError(f"{path.name} has {count:,} features, more than {MOST_ROWS:,}: {_EXPORT} needed only")
    notes.append(
        f"{path.name}: layer `{layers[0]}` is read as {name} (export it as GeoJSON or CSV if something is missing)"
    )
    return gpd.read_file(path, layer=layers[0], engine="pyogrio")


def _parquet(path: Path, notes: list[str]) -> "gpd.GeoDataFrame":
    import geopandas as gpd

    try:
        from pyarrow import parquet
    except ImportError as error:
        raise ScenarioError(f"reading {path.name} needs pyarrow: pip install pyarrow, or {_EXPORT}") from error
    held = parquet.read_metadata(path)
    size = sum(held.row_group(k).total_byte_size for k in range(held.num_row_groups))
    if held.num_rows > MOST_ROWS or size > MOST_BYTES:
        raise ScenarioError(
            f"{path.name} has {held.num_rows:,} rows of {size:,} bytes, more than {MOST_ROWS:,} or {MOST_BYTES:,}: "
            f"{_EXPORT} of what is needed only"
        )
    if b"geo" not in (held.metadata or {}):
        raise ScenarioError(
            f"{path.name} is Parquet without geometry: write it with geopandas `to_parquet`, or {_EXPORT}"
        )
    notes.append(f"{path.name} is read as GeoParquet")
    return gpd.read_parquet(path)
