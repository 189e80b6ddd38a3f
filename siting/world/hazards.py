"""Natural hazards of a place: cyclones, volcanoes, earthquakes, frozen ground."""

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.physics.geodesy import EARTH_MEAN_RADIUS_KM, great_circle_km
from siting.units import Floats
from siting.world.climate.estimate_inputs import unit_vectors
from siting.world.tables import read_arrays, read_table

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

TABLES = ("hazard_grids", "volcanoes", "earthquakes")
"""Tables that `hazards_at` reads."""

COLUMNS = (
    "cyclone_64kt_per_decade",
    "km_to_volcano",
    "nearest_volcano",
    "earthquakes_m68_within_200km",
    "frost_number",
)
"""Columns of `hazards_at`."""

EARTHQUAKES_WITHIN_KM = 200.0
"""Radius in which earthquakes count [km] (assumption, as for cyclones)."""

CELL_DEGREE = 0.5
"""Size of a cell of `hazard_grids` [degree]; the first is centred on -89.75, -179.75."""

_CYCLONE_SCALE, _FROST_SCALE = 100.0, 200.0
"""Divisors of the stored integers."""


def hazards_at(lon: ArrayLike, lat: ArrayLike) -> pd.DataFrame:
    """Look up the natural hazards of places.

    Parameters
    ----------
    lon, lat : array_like
        Places [degree], (n,); longitude -180 to 180, latitude -90 to 90; NaN is an unknown place.

    Returns
    -------
    pandas.DataFrame
        One row per place, unknown values NaN or None:
        `cyclone_64kt_per_decade`, tropical storms of 64 kt or more within 200 km [1/decade], 1980-2023;
        `km_to_volcano` and `nearest_volcano`, the nearest Holocene volcano;
        `earthquakes_m68_within_200km`, how many of magnitude 6.8 or more since 1900: a count, not a hazard map;
        `frost_number`, air frost number [0-1]: permafrost is possible from 0.5, likely from 0.6 (`modelled`).

    Raises
    ------
    DataError
        `lon` and `lat` differ in number, or are out of range.

    References
    ----------
    Tables `hazard_grids` (IBTrACS; ERA5), `volcanoes` (Smithsonian GVP), `earthquakes` (NOAA).
    Nelson, F. and Outcalt, S. (1987). A computational method for prediction and regionalization of
    permafrost. Arctic and Alpine Research 19: 279-288 (frost number).

    Examples
    --------
    >>> at = hazards_at([174.76, 129.73], [-36.85, 62.03])  # Auckland, Yakutsk
    >>> at["nearest_volcano"].iloc[0], float(at["frost_number"].iloc[1])
    ('Auckland Volcanic Field', 0.61)
    """
    x, y = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (lon, lat))
    if x.shape != y.shape or x.ndim != 1:
        raise DataError(f"`lon` has shape {x.shape}, `lat` {y.shape}: give one of each per place")
    known = np.isfinite(x) & np.isfinite(y)
    out_of_range = known & ~((np.abs(x) <= 180.0) & (np.abs(y) <= 90.0))
    if out_of_range.any():
        i = int(np.argmax(out_of_range))
        raise DataError(
            f"{out_of_range.sum()} place(s) are not on Earth, the first lon {x[i]:g}, lat {y[i]:g}: "
            "give lon -180 to 180, then lat -90 to 90 degrees"
        )
    table = pd.DataFrame(np.nan, index=np.arange(len(x)), columns=list(COLUMNS))
    table["nearest_volcano"] = pd.Series(None, index=table.index, dtype=object)
    if known.any():
        for name, values in _known_hazards(x[known], y[known]).items():
            table.loc[known, name] = values
    return table


def _known_hazards(lon: Floats, lat: Floats) -> dict[str, Any]:
    """Return the columns of places on Earth."""
    grids = read_arrays("hazard_grids")
    row = np.minimum(((lat + 90.0) / CELL_DEGREE).astype(int), round(180.0 / CELL_DEGREE) - 1)
    column = ((lon + 180.0) / CELL_DEGREE).astype(int) % round(360.0 / CELL_DEGREE)
    points = unit_vectors(lon, lat)
    volcanoes = read_table("volcanoes")
    nearest = _tree("volcanoes").query(points)[1]
    at = volcanoes.iloc[nearest]
    chord = 2.0 * np.sin(EARTHQUAKES_WITHIN_KM / (2.0 * EARTH_MEAN_RADIUS_KM))
    return {
        "cyclone_64kt_per_decade": grids["cyclone_64kt_per_decade_x100"][row, column] / _CYCLONE_SCALE,
        "km_to_volcano": great_circle_km(lon, lat, at["lon"].to_numpy(float), at["lat"].to_numpy(float)),
        "nearest_volcano": at["name"].to_numpy(object),
        "earthquakes_m68_within_200km": _tree("earthquakes").query_ball_point(points, chord, return_length=True),
        "frost_number": grids["frost_number_x200"][row, column] / _FROST_SCALE,
    }


def with_hazards(places: pd.DataFrame) -> pd.DataFrame:
    """Return places with the columns of `hazards_at` beside their own.

    Parameters
    ----------
    places : pandas.DataFrame
        Columns `lon`, `lat` [degree].

    Returns
    -------
    pandas.DataFrame
        The same rows in the same order; sources and years are in the descriptors of `TABLES`.

    Examples
    --------
    >>> from siting.world.tables import read_table
    >>> with_hazards(read_table("sites").query("id == 'taipei'"))["km_to_volcano"].round(1).tolist()
    [14.1]
    """
    found = hazards_at(places["lon"], places["lat"]).set_axis(places.index, axis="index")
    return pd.concat([places.drop(columns=[c for c in COLUMNS if c in places]), found], axis="columns")


@cache
def _tree(name: str) -> "cKDTree":
    """Return a search tree over the points of a table, on the unit sphere."""
    from scipy.spatial import cKDTree

    table = read_table(name)
    return cKDTree(unit_vectors(table["lon"].to_numpy(float), table["lat"].to_numpy(float)))
