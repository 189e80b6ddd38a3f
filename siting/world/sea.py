"""Distance of a place to the sea, and monthly sea temperature."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.physics.geodesy import great_circle_km
from siting.units import Bools, Floats
from siting.world.climate.estimate_inputs import estimate_inputs
from siting.world.tables import read_arrays

FREEZES_C = -1.9
"""Freezing point of sea water of 35 g/kg [C]: the lowest water temperature, also under ice."""

NODE_WITHIN_KM = 150.0
"""Distance to a node at sea beyond which the water temperature is unknown [km] (assumption)."""

FAR_KM = 60.0
"""Distances to the sea beyond this are returned as infinite [km]."""

_KM_PER_DEGREE = 111.195
_DEGREE = 0.001


@dataclass(frozen=True)
class Sea:
    """Distance and temperature of the sea at places.

    Attributes
    ----------
    km_to_sea : numpy.ndarray
        (n,) distance to the coast, 0 for a place at sea [km]; infinite beyond `FAR_KM`.
    sea_c : numpy.ndarray
        (n, 12) monthly mean temperature of the water, at least `FREEZES_C` [C]; NaN where no node at sea is near.
    """

    km_to_sea: Floats
    sea_c: Floats

    def within(self, reach_km: float) -> Bools:
        """Return where a sea of known temperature lies within reach."""
        return np.asarray((self.km_to_sea <= reach_km) & np.isfinite(self.sea_c).all(axis=1))


def sea_of(lon: ArrayLike, lat: ArrayLike) -> Sea:
    """Return distance and temperature of the sea at places.

    The temperature is that of ERA5's monthly mean of the air 2 m above the nearest half-degree node on open water (all
    neighbours at sea), held at the freezing point: there air and surface differ by about a kelvin, near ice by more. A
    pipe that takes deeper water gets it colder in summer. Quality `modelled`.

    Parameters
    ----------
    lon, lat : array_like
        (n,) places [degree], -180 to 180 and -90 to 90.

    Returns
    -------
    Sea
        Distance and monthly temperature.

    Raises
    ------
    DataError
        A coordinate that is missing or out of range.

    References
    ----------
    Hersbach et al. (2020), ERA5, https://doi.org/10.1002/qj.3803; Natural Earth 1:10m.

    Examples
    --------
    >>> sea = sea_of([5.32, 14.42], [60.39, 50.08])
    >>> sea.within(5.0).tolist(), sea.km_to_sea.round(0).tolist()
    ([True, False], [1.0, inf])
    """
    x, y = np.atleast_1d(np.asarray(lon, dtype=float)), np.atleast_1d(np.asarray(lat, dtype=float))
    wrong = ~((np.abs(x) <= 180) & (np.abs(y) <= 90))
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"place {first} is at {x[first]:g}, {y[first]:g}: give longitude -180..180 and latitude -90..90"
        )
    return Sea(
        np.array([_km_to_coast(a, b) for a, b in zip(x, y, strict=True)]),
        np.array([_sea_c(a, b) for a, b in zip(x, y, strict=True)]).reshape(len(x), 12),
    )


@cache
def _segments() -> tuple[Floats, Floats, Floats]:
    """Return lower and upper latitude, and (n, 4) ends of every piece of coast, by lower latitude [degree]."""
    arrays = read_arrays("coast")
    lon, lat = arrays["lon_0p001deg"] * _DEGREE, arrays["lat_0p001deg"] * _DEGREE
    joined = np.ones(len(lon) - 1, dtype=bool)
    joined[arrays["start"][1:] - 1] = False
    ends = np.stack([lon[:-1], lat[:-1], lon[1:], lat[1:]], axis=1)[joined]
    low, high = np.minimum(ends[:, 1], ends[:, 3]), np.maximum(ends[:, 1], ends[:, 3])
    order = np.argsort(low)
    return low[order], high[order], ends[order]


def _km_to_coast(lon: float, lat: float) -> float:
    """Return the distance to the nearest piece of coast in a plane that is true at the place [km]."""
    low, high, ends = _segments()
    reach = FAR_KM / _KM_PER_DEGREE
    near = np.flatnonzero(high[: np.searchsorted(low, lat + reach)] >= lat - reach)
    narrow = max(np.cos(np.radians(lat)), 1e-6)
    ax, bx = (((ends[near, k] - lon + 540.0) % 360.0 - 180.0) * narrow for k in (0, 2))
    ay, by = ends[near, 1] - lat, ends[near, 3] - lat
    ax, ay, bx, by = (v[np.abs(bx - ax) < 90.0] for v in (ax, ay, bx, by))
    if not ax.size:
        return float("inf")
    length2 = (bx - ax) ** 2 + (by - ay) ** 2
    along = np.clip(-(ax * (bx - ax) + ay * (by - ay)) / np.maximum(length2, 1e-18), 0.0, 1.0)
    km = float(np.hypot(ax + along * (bx - ax), ay + along * (by - ay)).min()) * _KM_PER_DEGREE
    return km if km <= FAR_KM else float("inf")


@cache
def _at_sea() -> tuple[Bools, Bools]:
    """Return which nodes of the climate grid are at sea, and for which of them all four neighbours are too."""
    wet = np.unpackbits(read_arrays("coast")["at_sea"].astype(np.uint8), axis=1).astype(bool)
    above, below = np.vstack([wet[:1], wet[:-1]]), np.vstack([wet[1:], wet[-1:]])
    return wet, wet & above & below & np.roll(wet, 1, axis=1) & np.roll(wet, -1, axis=1)


def _sea_c(lon: float, lat: float) -> Floats:
    """Return the twelve months of the nearest node on open water, else of the nearest at sea [C].

    Near a coast the grid averages land and sea: in winter its air is ten kelvin colder than the water.
    """
    wet, open_water = _at_sea()
    row, column = _nearest(lon, lat, open_water) or _nearest(lon, lat, wet) or (-1, -1)
    if row < 0:
        return np.full(12, np.nan)
    monthly = estimate_inputs().grid.t_sea_level_c[:, row, column].astype(np.float64)
    return np.asarray(np.maximum(monthly, FREEZES_C))


def _nearest(lon: float, lat: float, mask: Bools) -> tuple[int, int] | None:
    """Return row and column of the nearest node of a mask, none if it is too far."""
    rows, columns = mask.shape
    row, column = round((90.0 - lat) * 2), round((lon + 180.0) * 2)
    wide = min(int(3.0 / max(np.cos(np.radians(lat)), 0.02)), columns // 2 - 1)
    down, across = np.meshgrid(
        np.arange(max(row - 3, 0), min(row + 4, rows)), np.arange(column - wide, column + wide + 1), indexing="ij"
    )
    among = mask[down, across % columns]
    if not among.any():
        return None
    down, across = down[among], across[among] % columns
    km = np.asarray(great_circle_km(lon, lat, -180.0 + across * 0.5, 90.0 - down * 0.5))
    first = int(km.argmin())
    return (int(down[first]), int(across[first])) if km[first] <= NODE_WITHIN_KM else None
