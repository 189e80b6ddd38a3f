"""The shipped data package: every table is checked against its descriptor when it is read."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.errors import DataError, listed

if TYPE_CHECKING:
    from datetime import date

    import numpy as np
    from geopandas import GeoDataFrame
    from pandas import DataFrame, Series

QUALITIES = ("observed", "derived", "modelled", "assumption", "as given", "unverified", "synthetic")
"""Quality words, best first; a plan reports the worst quality of the data behind each number."""

_DTYPES: dict[str, Any] = {"string": "str", "number": "float64", "integer": "Int64", "boolean": "boolean"}


def worst(qualities: "Mapping[str, str] | list[str]") -> str:
    """Return the worst of several quality words.

    Parameters
    ----------
    qualities : list of str or mapping to str
        Words of `QUALITIES`.

    Returns
    -------
    str
        The last of them in the order of `QUALITIES`.

    Raises
    ------
    DataError
        A word that is not a quality.

    Examples
    --------
    >>> worst(["observed", "modelled", "derived"])
    'modelled'
    """
    words = list(qualities.values()) if isinstance(qualities, Mapping) else list(qualities)
    for word in words:
        if word not in QUALITIES:
            raise DataError(f"`{word}` is not a quality word: use one of {', '.join(QUALITIES)}")
    return max(words, key=QUALITIES.index)


@dataclass(frozen=True)
class Resource:
    """One shipped table with its descriptor."""

    name: str
    descriptor: Mapping[str, Any]

    @property
    def path(self) -> Path:
        """Path of the table."""
        return data_dir() / str(self.descriptor["path"])

    @property
    def fields(self) -> list[dict[str, Any]]:
        """Field descriptors, in the order of the columns."""
        return list(self.descriptor.get("schema", {}).get("fields", []))

    def provenance(self) -> dict[str, str]:
        """Return table, source, year, licence, quality and short citation as one row of `Plan.sources`."""
        return {
            "table": self.name,
            "source": "; ".join(s["title"] for s in self.descriptor["sources"]),
            "year": str(self.descriptor["year"]),
            "licence": "; ".join(
                x["title"] if x["name"].startswith("other") else x["name"] for x in self.descriptor["licenses"]
            ),
            "quality": str(self.descriptor["quality"]),
            "citation": str(self.descriptor["citation"]),
        }


@cache
def data_dir() -> Path:
    """Return the folder of the data package: `siting/_data` in a wheel, `data/` in a checkout.

    Raises
    ------
    DataError
        Neither folder holds a `datapackage.json`.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_data", package.parent / "data"):
        if (folder / "datapackage.json").is_file():
            return folder
    raise DataError(
        f"no data package: neither {package / '_data'} nor {package.parent / 'data'} holds datapackage.json; "
        "install the wheel, or run `make data SOURCES=...` in a checkout"
    )


@cache
def resources() -> Mapping[str, Resource]:
    """Return every table of the data package by name.

    Raises
    ------
    DataError
        The package's descriptor is missing or is not JSON.

    Examples
    --------
    >>> "zones" in resources()
    True
    """
    path = data_dir() / "datapackage.json"
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
        return {r["name"]: Resource(r["name"], r) for r in package["resources"]}
    except (OSError, ValueError) as error:
        raise DataError(f"{path.name} is not valid JSON ({error}): restore it from the release") from error
    except (KeyError, TypeError) as error:
        raise DataError(f"{path.name} is not a data package ({error!r}): restore it from the release") from error


def resource(name: str) -> Resource:
    """Return one table's descriptor.

    Raises
    ------
    DataError
        There is no such table; the message lists the known ones.
    """
    known = resources()
    if name not in known:
        raise DataError(f"there is no table `{name}`: choose one of {listed(sorted(known))}")
    return known[name]


@cache
def read_table(name: str) -> "DataFrame":
    """Read a CSV table, checked: hash, columns, types, ranges, keys. Do not change what it returns.

    Parameters
    ----------
    name : str
        Name of the table, as `siting data list` prints it.

    Returns
    -------
    pandas.DataFrame
        The table; an unknown value is NaN, never a default.

    Raises
    ------
    DataError
        The file is missing or altered, or values break the descriptor; every fault is named
        with table, row and field.

    Examples
    --------
    >>> read_table("zones").set_index("zone_id").at["SE-SE1", "country_iso2"]
    'SE'
    """
    res = resource(name)
    check_hash(res)
    return read_csv_checked(res.path, res)


@cache
def read_geo(name: str) -> "GeoDataFrame":
    """Read a GeoJSON layer in EPSG:4326, its hash checked. Do not change what it returns.

    Raises
    ------
    DataError
        The file is missing or altered.
    """
    import geopandas

    res = resource(name)
    check_hash(res)
    return geopandas.read_file(res.path)


@cache
def read_arrays(name: str) -> "Mapping[str, np.ndarray[Any, Any]]":
    """Read an `npz` resource, checked: hash, names, types, shapes, ranges. The arrays cannot be written to.

    Parameters
    ----------
    name : str
        Name of the resource, as `siting data list` prints it.

    Returns
    -------
    mapping of str to numpy.ndarray
        The arrays by name, in the stored type and unit.

    Raises
    ------
    DataError
        The file is missing or altered, or an array differs from its descriptor.
    """
    res = resource(name)
    check_hash(res)
    return read_npz_checked(res.path, res)


def read_npz_checked(path: Path, res: Resource) -> "Mapping[str, np.ndarray[Any, Any]]":
    """Read an `npz` file and check it against a descriptor, naming every fault at once.

    Raises
    ------
    DataError
        It is not an `npz` file, or names, types, shapes or ranges differ from the descriptor.
    """
    import zipfile
    import zlib

    import numpy as np

    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"table `{res.name}`: {path.name} is not an npz file of plain arrays ({error})") from error
    faults = []
    described = {a["name"]: a for a in res.descriptor.get("arrays", [])}
    if list(described) != list(arrays):
        raise DataError(
            f"table `{res.name}`: arrays differ from the descriptor in {listed(sorted(set(described) ^ set(arrays)))}"
        )
    for key, values in arrays.items():
        values.setflags(write=False)
        if values.dtype.str != described[key]["dtype"] or list(values.shape) != described[key]["shape"]:
            faults.append(
                f"array `{key}` is {values.dtype.str} {list(values.shape)}, not {described[key]['dtype']} {described[key]['shape']}"
            )
        range_ = described[key].get("constraints")
        if range_ and values.size and (values.min() < range_["minimum"] or values.max() > range_["maximum"]):
            faults.append(f"array `{key}` is outside {range_['minimum']}..{range_['maximum']} {described[key]['unit']}")
    if faults:
        raise DataError.from_faults(f"table `{res.name}` has {len(faults)} faults:", faults)
    return arrays


def check_hash(res: Resource) -> None:
    """Compare a file with the sha256 of its descriptor.

    Raises
    ------
    DataError
        The file is missing, truncated or altered.
    """
    if not res.path.is_file():
        raise DataError(f"table `{res.name}`: {res.descriptor['path']} is missing; reinstall, or run `make data`")
    found = hashlib.sha256(res.path.read_bytes()).hexdigest()
    stated = str(res.descriptor["hash"]).removeprefix("sha256:")
    if found != stated:
        raise DataError(
            f"table `{res.name}`: {res.descriptor['path']} has sha256 {found[:12]}..., its descriptor has "
            f"{stated[:12]}...: the file was truncated or altered; reinstall, or run `make data`"
        )


def read_csv_checked(path: Path, res: Resource) -> "DataFrame":
    """Read a CSV file and check it against a descriptor, naming every fault at once.

    Parameters
    ----------
    path : pathlib.Path
        File to read.
    res : Resource
        Descriptor that it must match.

    Returns
    -------
    pandas.DataFrame
        The typed table.

    Raises
    ------
    DataError
        Columns, types, ranges or keys differ from the descriptor.
    """
    import pandas as pd

    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8").fillna("")
    except ValueError as error:
        raise DataError(f"table `{res.name}`: {path.name} is not a CSV table ({error})") from error
    if not isinstance(raw.index, pd.RangeIndex):
        raise DataError(f"table `{res.name}`: rows of {path.name} have more cells than its header")
    names = [f["name"] for f in res.fields]
    if list(raw.columns) != names:
        odd = sorted(set(raw.columns) ^ set(names)) or ["the order"]
        raise DataError(f"table `{res.name}`: columns differ from the descriptor in {listed(odd)}")
    faults: list[str] = []
    typed = {f["name"]: _typed(raw[f["name"]], f, faults) for f in res.fields}
    table = pd.DataFrame(typed)
    faults += _key_faults(table, res)
    if faults:
        raise DataError.from_faults(f"table `{res.name}` has {len(faults)} faults:", faults)
    return table


def _typed(raw: "Series[str]", field: Mapping[str, Any], faults: list[str]) -> "Series[Any]":
    """Convert one column, adding a fault per value that is of another type or out of range."""
    import pandas as pd

    name, rules = field["name"], field.get("constraints", {})
    empty = raw == ""

    def judge(bad: Any, what: str, mark: str = "`") -> None:
        faults.extend(f"row {i + 2}, field `{name}`: {mark}{raw[i]}{mark} {what}" for i in raw.index[bad])

    if rules.get("required"):
        faults += [f"row {i + 2}, field `{name}`: is empty" for i in raw.index[empty]]
    if field["type"] in ("number", "integer"):
        values = pd.to_numeric(raw.where(~empty), errors="coerce")
        judge((values.isna() | values.isin([float("inf"), float("-inf")])) & ~empty, "is not a number")
        if field["type"] == "integer":
            judge(values.mod(1).gt(0), "is not an integer", mark="")
        for word, bad in (("minimum", values.lt), ("maximum", values.gt)):
            if word in rules:
                judge(bad(rules[word]), f"{field.get('unit', '')} is beyond the {word} {rules[word]}", mark="")
        return values.astype(_DTYPES[field["type"]]) if not faults else values
    if "enum" in rules:
        judge(~raw.isin(rules["enum"]) & ~empty, f"is not one of {rules['enum']}")
    if "pattern" in rules:
        match = raw.map(lambda text: re.fullmatch(rules["pattern"], text) is not None)
        judge(~match & ~empty, f"does not match {rules['pattern']}")
    if field["type"] == "boolean":
        judge(~raw.isin(["true", "false", ""]), "is neither true nor false")
        return raw.map({"true": True, "false": False}).astype("boolean")
    return raw.where(~empty)


def _key_faults(table: "DataFrame", res: Resource) -> list[str]:
    """Name the rows whose primary key is not unique."""
    key = res.descriptor.get("schema", {}).get("primaryKey")
    if not key:
        return []
    columns = [key] if isinstance(key, str) else list(key)
    twice = table.index[table.duplicated(columns, keep="first")]
    return [
        f"row {i + 2}, field `{'+'.join(columns)}`: `{'+'.join(str(table.at[i, c]) for c in columns)}` occurs twice"
        for i in twice
    ]


def facts_due(today: "date") -> "DataFrame":
    """Return the facts behind shipped values that are to be looked up again.

    Parameters
    ----------
    today : datetime.date
        Day with which `check_after` is compared.

    Returns
    -------
    pandas.DataFrame
        Rows of the table ``facts`` whose `check_after` is before that day, the oldest first.

    Examples
    --------
    >>> from datetime import date
    >>> len(facts_due(date(2026, 1, 1)))
    0
    """
    facts = read_table("facts")
    return facts[facts["check_after"] < today.isoformat()].sort_values("check_after", kind="stable")


def verify_all() -> list[tuple[str, str]]:
    """Check every file of the package; return (table, fault) pairs, empty if all files pass."""
    faults: list[tuple[str, str]] = []
    for name, res in resources().items():
        try:
            check_hash(res)
            if res.path.suffix == ".csv":
                read_csv_checked(res.path, res)
            elif res.path.suffix == ".npz":
                read_npz_checked(res.path, res)
        except DataError as error:
            faults.append((name, str(error)))
    return faults
