"""Tables of places and of distances as arguments: they become arrays, and the result has their names."""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from siting.errors import DataError, listed, nearest
from siting.locate.arguments import shown
from siting.locate.location import Location
from siting.physics.geodesy import check_lon_lat, great_circle_km
from siting.units import Floats

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("name", "id")
"""Columns that name a place; without one, its index does."""
OF_FACILITIES, OF_CUSTOMERS = ("fixed_cost", "capacity"), ("weights", "demand")
"""Parameters with a value for each facility or each customer: a name of a column, or a series."""


def takes_tables[F: Callable[..., Location]](function: F) -> F:
    """Let a location problem take tables: places (`lon` and `lat`, or point geometries), or labelled distances or costs.

    Parameters
    ----------
    function : callable
        Its first parameter is a table of distances or costs, or `points`; `sites` are places.
    """
    parameters = signature(function)
    first = next(iter(parameters.parameters))

    @wraps(function)
    def with_tables(*args: Any, **kwargs: Any) -> Location:
        bound = parameters.bind(*args, **kwargs)
        names = _read_tables(bound.arguments, first, function.__name__)
        found = function(*bound.args, **bound.kwargs)
        return found if names is None else replace(found, facilities=names[0], customers=names[1])

    return cast("F", with_tables)


def distance_km(sites: "pd.DataFrame", customers: "pd.DataFrame") -> "pd.DataFrame":
    """Return great-circle distances between two tables of places [km], a row for each site, a column for each customer.

    Parameters
    ----------
    sites, customers : pandas.DataFrame or geopandas.GeoDataFrame
        With columns `lon` and `lat` [degree], or with point geometries; named by `name`, `id` or the index.

    Raises
    ------
    DataError
        A table without coordinates, or coordinates that are not on the globe.

    Examples
    --------
    >>> import pandas as pd
    >>> towns = pd.DataFrame({"name": ["Oslo", "Bergen"], "lon": [10.75, 5.32], "lat": [59.91, 60.39]})
    >>> distance_km(towns, towns).round().loc["Oslo", "Bergen"]
    np.float64(305.0)
    """
    import pandas as pd

    from_xy, to_xy = (_coordinates(table, name) for table, name in ((sites, "sites"), (customers, "customers")))
    km = great_circle_km(from_xy[:, None, 0], from_xy[:, None, 1], to_xy[None, :, 0], to_xy[None, :, 1])
    return pd.DataFrame(km, index=list(_names(sites)), columns=list(_names(customers)))


Names = tuple[str, ...]


def _read_tables(given: dict[str, Any], first: str, function: str) -> tuple[Names, Names] | None:
    """Replace the tables among the arguments by arrays; return the names of facilities and customers, None without a table."""
    table, own_sites = given[first], given.get("sites")
    if not _is_table(table):
        if own_sites is not None and (first != "points" or _is_table(own_sites)):
            raise DataError(
                f"`{function}` has `sites`, and `{first}` is not a table of places: give both as tables with `lon` and `lat`"
            )
        return None
    sites = table if own_sites is None else own_sites
    if not _has_places(table):
        if first != "points" and own_sites is not None:
            raise DataError(f"`{first}` has distances: leave `sites` out, its index names them")
        return _labelled(given, first)
    if not _is_table(sites):
        raise DataError(f"`sites` is {shown(sites)}: give a table with `lon` and `lat`, as `{first}` is one")
    if function == "facility_location":
        raise DataError(
            f"`{first}` is a table of places, and a cost is needed: give `locate.distance_km(sites, customers)` times the cost "
            "of a kilometre for each customer"
        )
    if first == "points":
        given |= {first: _coordinates(table, first), "sites": _coordinates(sites, "sites"), "metric": "geodesic"}
    else:
        given[first] = distance_km(sites, table).to_numpy()
        given.pop("sites", None)
    for name in OF_CUSTOMERS:
        if name in given:
            given[name] = _values(given[name], table, name)
    return _names(sites), _names(table)


def _labelled(given: dict[str, Any], first: str) -> tuple[Names, Names]:
    """Read a table of numbers with names as index and columns; for `points` the columns are coordinates."""
    table = given[first]
    words = [str(c) for c in table.columns if any(isinstance(cell, str) for cell in table[c])]
    if words:
        raise DataError(
            f"`{first}` is a table with the columns {listed(map(str, table.columns))}: give `lon` and `lat` [degree], point "
            f"geometries, or numbers alone, the names as index and columns (text: {listed(words)})"
        )
    rows = _names(table)
    columns = rows if first == "points" else tuple(map(str, table.columns))
    for names, labels, given_names in ((OF_FACILITIES, rows, table.index), (OF_CUSTOMERS, columns, table.columns)):
        for name in names:
            value: Any = given.get(name)
            if hasattr(value, "reindex") and set(map(str, value.index)) == set(labels):
                given[name] = value.reindex(given_names if first != "points" else table.index).to_numpy()
    given[first] = table.to_numpy()
    return rows, columns


def _values(value: Any, table: "pd.DataFrame", name: str) -> Any:
    """Return a value for each place: a column of the table by its name, or what is given."""
    if not isinstance(value, str):
        return value.to_numpy() if hasattr(value, "to_numpy") else value
    if value not in table:
        raise DataError(
            f"`{name}` is `{value}`, and the table has no such column{nearest(value, table.columns)} "
            f"(it has {listed(map(str, table.columns))})"
        )
    return table[value].to_numpy()


def _is_table(value: object) -> bool:
    """Return whether a value is a DataFrame; pandas is imported already where there is one."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _has_places(table: Any) -> bool:
    return hasattr(table, "crs") or {"lon", "lat"} <= set(table.columns)


def _names(table: "pd.DataFrame") -> Names:
    """Return the names of the rows."""
    column = next((c for c in NAMES if c in table), None)
    return tuple(map(str, table.index if column is None else table[column]))


def _coordinates(table: Any, name: str) -> Floats:
    """Return longitude and latitude of a table of places [degree], (n, 2)."""
    if not _is_table(table) or not _has_places(table):
        raise DataError(f"`{name}` has no coordinates: give a table with `lon` and `lat` [degree], or point geometries")
    if hasattr(table, "crs"):
        table = _on_the_globe(table, name)
        lon_lat = np.column_stack((table.geometry.x, table.geometry.y))
    else:
        try:
            lon_lat = table[["lon", "lat"]].to_numpy(float)
        except (TypeError, ValueError):
            raise DataError(f"`{name}` has a `lon` or `lat` that is not a number: give degrees") from None
    if not np.isfinite(lon_lat).all():
        row = _names(table)[int(np.argmin(np.isfinite(lon_lat).all(axis=1)))]
        raise DataError(f"`{name}` has no `lon` or `lat` for `{row}`: give degrees, or drop the row")
    try:
        check_lon_lat(lon_lat[:, 0], lon_lat[:, 1])
    except DataError as error:
        raise DataError(f"`{name}`: {error}") from None
    return np.asarray(lon_lat, dtype=np.float64)


def _on_the_globe(table: Any, name: str) -> Any:
    """Return points in longitude and latitude."""
    if table.crs is None:
        raise DataError(f"`{name}` has no reference system: give it one, `set_crs(4326)` if it is in degrees")
    if not (table.geometry.geom_type == "Point").all():
        raise DataError(f"`{name}` has geometries that are not points: give `representative_point()` of them")
    return table.to_crs(4326)
