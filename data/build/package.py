"""Descriptor of a shipped table: its fields, units, origin, licence and checksum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from fields import Field, faults_of, settled
from licences import CC0, CC_BY_4, CC_BY_SA_4, CITED_FACTS, COPERNICUS, MIT, ODBL, PUBLIC_DOMAIN, Licence
from provenance import QUALITY_WORDS, faults_of_rows, faults_of_table

__all__ = [
    "CC0",
    "CC_BY_4",
    "CC_BY_SA_4",
    "CITED_FACTS",
    "COPERNICUS",
    "MIT",
    "ODBL",
    "PUBLIC_DOMAIN",
    "QUALITY_WORDS",
    "Array",
    "Field",
    "Licence",
    "Resource",
    "Source",
    "write_arrays",
    "write_package",
    "write_table",
]


@dataclass(frozen=True)
class Source:
    """Where figures come from: a citation, and an address if there is one."""

    title: str
    path: str = ""

    def descriptor(self) -> dict[str, str]:
        """Return the Frictionless source.

        Returns
        -------
        dict
            ``title``, and ``path`` if known.
        """
        return {"title": self.title, "path": self.path} if self.path else {"title": self.title}


@dataclass(frozen=True)
class Array:
    """One array of an ``npz`` file: what it holds, and the range its values keep.

    Parameters
    ----------
    name : str
        Name in the file.
    description : str
        What a value is, and what each axis runs over.
    unit : str
        Unit of the stored integers or floats, their scale included (``0.1 C``); ``1`` if none.
    minimum, maximum : float or None
        Range that loading checks; None for text.
    """

    name: str
    description: str
    unit: str = "1"
    minimum: float | None = None
    maximum: float | None = None

    def descriptor(self, values: np.ndarray) -> dict[str, Any]:
        """Return the descriptor of the array, its type and shape as written."""
        said: dict[str, Any] = {
            "name": self.name,
            "description": self.description,
            "unit": self.unit,
            "dtype": values.dtype.str,
            "shape": list(values.shape),
        }
        if self.minimum is not None and self.maximum is not None:
            said["constraints"] = {"minimum": self.minimum, "maximum": self.maximum}
        return said


@dataclass(frozen=True)
class Resource:
    """One shipped file and everything a reader must know to trust it.

    Parameters
    ----------
    name : str
        The name by which ``siting.world.tables.read_table`` finds it.
    path : str
        Path below ``data/``, with forward slashes.
    title, description : str
        What the rows are.
    year : str
        Year or years the figures describe.
    quality : str
        Worst quality word that a row may carry, or where each row has its own.
    method : str
        How the figures were made, with the measured error where there is one.
    licenses : tuple of Licence
        Terms of the file.
    sources : tuple of Source
        Origins, in full.
    citation : str
        The same in a few words with year and terms, as a map's caption names it.
    fields : tuple of Field
        Columns in their order; empty for files that are not tables.
    primary_key : tuple of str
        Columns whose values together are unique and never empty.
    format : str
        ``csv``, ``geojson``, ``toml`` or ``npz``.
    """

    name: str
    path: str
    title: str
    description: str
    year: str
    quality: str
    method: str
    licenses: tuple[Licence, ...]
    sources: tuple[Source, ...]
    citation: str
    fields: tuple[Field, ...] = ()
    primary_key: tuple[str, ...] = ()
    format: str = "csv"
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a file without source, year, quality or licence."""
        faults = faults_of_table(self)
        if faults:
            raise ValueError(f"{self.name}: " + "; ".join(faults))

    def descriptor(self, out: Path) -> dict[str, Any]:
        """Return the Frictionless resource, with size and checksum of the file as written.

        Parameters
        ----------
        out : Path
            The ``data`` folder that `path` is relative to.

        Returns
        -------
        dict
            The resource descriptor.

        Raises
        ------
        FileNotFoundError
            If the file has not been written.
        """
        content = (out / self.path).read_bytes()
        said: dict[str, Any] = {
            "name": self.name,
            "path": self.path,
            "title": self.title,
            "description": self.description,
            "format": self.format,
            "encoding": "utf-8",
            "bytes": len(content),
            "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
            "year": self.year,
            "quality": self.quality,
            "method": self.method,
            "licenses": [licence.descriptor() for licence in self.licenses],
            "sources": [source.descriptor() for source in self.sources],
            "citation": self.citation,
        }
        said.update(self.extra)
        if self.fields:
            schema: dict[str, Any] = {"fields": [column.descriptor() for column in self.fields]}
            if self.primary_key:
                schema["primaryKey"] = list(self.primary_key)
            schema["missingValues"] = [""]
            said["schema"] = schema
        return said


def write_table(rows: pd.DataFrame, out: Path, resource: Resource, *, sort_by: Sequence[str] = ()) -> Resource:
    """Write a table so that the same figures always give the same bytes.

    Parameters
    ----------
    rows : pandas.DataFrame
        At least the columns of `resource`; others are left out.
    out : Path
        The ``data`` folder.
    resource : Resource
        Path, columns, order and digits.
    sort_by : sequence of str
        Columns to sort by; the primary key if empty.

    Returns
    -------
    Resource
        `resource`, for the caller to pass on.

    Raises
    ------
    ValueError
        If columns are missing, a key repeats, a value breaks its field's rule, or a row lacks its source, year or quality.
    """
    names = [column.name for column in resource.fields]
    absent = [name for name in names if name not in rows.columns]
    if absent:
        raise ValueError(f"{resource.name}: columns missing: {', '.join(absent)}")
    table = rows[names].sort_values(list(sort_by or resource.primary_key), kind="stable").copy()
    for column in resource.fields:
        table[column.name] = settled(table[column.name], column)
    faults = [fault for column in resource.fields for fault in faults_of(table[column.name], column)]
    if resource.primary_key and table.duplicated(list(resource.primary_key)).any():
        faults.append(f"{', '.join(resource.primary_key)} repeats")
    faults += faults_of_rows(table, resource)
    if faults:
        raise ValueError(f"{resource.name}: " + "; ".join(faults))
    target = out / resource.path
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as handle:
        table.to_csv(handle, index=False, lineterminator="\n")
    return resource


def write_arrays(arrays: Mapping[str, np.ndarray], out: Path, resource: Resource, said: Sequence[Array]) -> Resource:
    """Write arrays as one compressed ``npz`` file, the same bytes for the same values.

    Parameters
    ----------
    arrays : mapping
        Name to values; NaN is unknown in floats, a missing value of an integer is said in its `Array`.
    out : Path
        The ``data`` folder.
    resource : Resource
        Path and provenance; its `format` becomes ``npz``.
    said : sequence of Array
        What each array is, in the order of the file.

    Returns
    -------
    Resource
        `resource` with the descriptors of the arrays, for the caller to pass on.

    Raises
    ------
    ValueError
        If names differ, an array holds objects, or a value leaves its range.
    """
    if [a.name for a in said] != list(arrays):
        raise ValueError(f"{resource.name}: arrays {', '.join(arrays)} differ from what is said of them")
    for array in said:
        values = arrays[array.name]
        if values.dtype.hasobject:
            raise ValueError(f"{resource.name}: {array.name} holds objects: give numbers or fixed-width text")
        beyond = array.minimum is not None and bool((values < array.minimum).any() or (values > array.maximum).any())
        if beyond:
            raise ValueError(f"{resource.name}: {array.name} leaves {array.minimum}..{array.maximum} {array.unit}")
    target = out / resource.path
    target.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(target, **arrays)
    told = [array.descriptor(arrays[array.name]) for array in said]
    return replace(resource, format="npz", extra={**resource.extra, "arrays": told})


def write_package(resources: Iterable[Resource], out: Path) -> Path:
    """Write ``datapackage.json`` for all resources, in the order given.

    Parameters
    ----------
    resources : iterable of Resource
        Every shipped file.
    out : Path
        The ``data`` folder.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ValueError
        If two resources share a name or a path.
    """
    listed = list(resources)
    for what in ("name", "path"):
        values = [getattr(resource, what) for resource in listed]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ValueError(f"resources share a {what}: {', '.join(twice)}")
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "siting-data",
        "title": "Where on Earth should AI-training compute be built: the figures",
        "description": (
            "Every table is derived by data/build from open sources; no source file is copied. Empty cells mean unknown, never zero."
        ),
        "licenses": [{"name": "other-open", "title": "Per resource: see each resource and data/README.md"}],
        "resources": [resource.descriptor(out) for resource in listed],
    }
    target = out / "datapackage.json"
    with target.open("w", encoding="utf-8", newline="") as handle:
        handle.write(json.dumps(package, indent=1, ensure_ascii=False) + "\n")
    return target
