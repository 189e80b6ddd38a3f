"""Tables of places that a notebook gives: written once to a file named after their content, which the scenario then names."""

import csv
import hashlib
import re
import tempfile
from functools import cache
from pathlib import Path, PurePath
from typing import Any

NAME = re.compile(r"(candidates|hubs)-[0-9a-f]{24}\.csv")
"""Name of such a file: what it holds, and the digest of its content."""


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Return the folder of this process, which is removed when it ends."""
    return tempfile.TemporaryDirectory(prefix="siting-", ignore_cleanup_errors=True)


def is_of_a_frame(name: str) -> bool:
    """Return whether a file was made from a table of a notebook."""
    return bool(NAME.fullmatch(PurePath(name).name))


def as_file_name(value: Any, kind: str) -> Any:
    """Return the path of a file that holds a table of places; values of another type are returned as they are.

    Parameters
    ----------
    value : Any
        A geopandas.GeoDataFrame of points in any reference system, or a pandas.DataFrame with `lon` and `lat` [degree];
        an index with a name is a column.
    kind : {"candidates", "hubs"}
        First word of the file's name.

    Raises
    ------
    ValueError
        No coordinates, geometry that is not of points, or no reference system.

    Examples
    --------
    >>> import pandas as pd
    >>> path = as_file_name(pd.DataFrame({"id": ["oslo"], "lon": [10.75], "lat": [59.9]}), "hubs")
    >>> is_of_a_frame(path), Path(path).read_text().splitlines()
    (True, ['"id","lon","lat"', '"oslo","10.75","59.9"'])
    """
    import pandas as pd

    if not isinstance(value, pd.DataFrame):
        return value
    table = _with_coordinates(value)
    if table.index.name is not None and table.index.name not in table:
        table = table.reset_index()
    table = table.rename(columns=str)
    texts = {
        c: table[c].map(lambda cell: re.sub(r"[\r\n\0]+", " ", cell) if isinstance(cell, str) else cell) for c in table
    }
    content = table.assign(**texts).to_csv(index=False, quoting=csv.QUOTE_ALL, lineterminator="\n").encode()
    path = Path(_folder().name, f"{kind}-{hashlib.sha256(content).hexdigest()[:24]}.csv")
    path.write_bytes(content)
    return str(path)


def _with_coordinates(frame: Any) -> Any:
    """Return a table with the longitude and latitude of its points in place of its geometry."""
    geometry = getattr(frame, "geometry", None) if hasattr(frame, "crs") else None
    if geometry is None:
        missing = [c for c in ("lon", "lat") if c not in {str(name).strip().lower() for name in frame.columns}]
        if missing and not {"longitude", "latitude", "lng", "long"} & {str(c).lower() for c in frame.columns}:
            raise ValueError(
                f"is a table without `{'` and `'.join(missing)}`: give columns in degrees, or a GeoDataFrame"
            )
        return frame
    if frame.crs is None:
        raise ValueError("is a GeoDataFrame without a reference system: set it, such as `frame.set_crs(4326)`")
    odd = sorted(set(geometry.geom_type.fillna("no geometry")) - {"Point"})
    if odd:
        raise ValueError(f"has {', '.join(odd)} among its geometry: give points, such as `frame.centroid`")
    points = geometry.to_crs(4326)
    table = frame.drop(columns=[geometry.name, *({"lon", "lat"} & set(frame.columns))])
    return table.assign(lon=points.x.round(9), lat=points.y.round(9))
