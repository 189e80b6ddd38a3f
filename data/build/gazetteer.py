"""Towns of the world, found by name and country, with their coordinates and elevation."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from earth import great_circle_km, read_csv

UNFOLDED = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ð": "d", "þ": "th", "\u2019": "'", "\u0131": "i", "đ": "d"}
    | {"Ð": "D", "Đ": "D", "Ł": "L", "ə": "e", "Ə": "E", "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe"}
    | {"ħ": "h", "Ħ": "H", "ŧ": "t", "Þ": "Th", "ŋ": "n"}
)
"""Letters that Unicode does not decompose into a Latin letter and a mark."""

STATION_REACH_KM = 25.0
"""How far a weather station may stand for a town's elevation (assumption)."""


def plain(name: str) -> str:
    """Return a name in ASCII letters, as people without the keyboard write it.

    Parameters
    ----------
    name : str
        A name in any Latin spelling.

    Returns
    -------
    str
        The name without marks.
    """
    split = unicodedata.normalize("NFKD", name.translate(UNFOLDED))
    return "".join(letter for letter in split if letter.isascii())


def slug(name: str) -> str:
    """Return a name as an identifier: ASCII, lower case, words joined by hyphens.

    Parameters
    ----------
    name : str
        A name in any Latin spelling.

    Returns
    -------
    str
        For example ``mo-i-rana``.
    """
    letters = "".join(c if c.isalnum() else " " for c in plain(name).lower().replace("'", "").replace(".", ""))
    return "-".join(letters.split())


@dataclass(frozen=True)
class Town:
    """A town of GeoNames: its number, name, country, admin-1 code and coordinates [degree]."""

    geonameid: int
    name: str
    country_iso2: str
    admin1: str
    lon: float
    lat: float


class Gazetteer:
    """Towns of GeoNames above 15,000 people, and above 500 people near the poles.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    """

    def __init__(self, sources: Path) -> None:
        towns = pd.read_parquet(sources / "geo/cities_over_15000.parquet")
        polar = read_csv(sources / "geo/settlements_over_500_north_58_south_45.csv").rename(
            columns={"countrycode": "iso2", "admin1code": "admin1", "latitude": "lat", "longitude": "lon"}
        )
        both = pd.concat([towns, polar], ignore_index=True).drop_duplicates("geonameid")
        both = both.assign(folded=both.name.map(lambda name: plain(name).lower()))
        self.towns = both.sort_values(["population", "geonameid"], ascending=[False, True], kind="stable")
        high = read_csv(sources / "geo/cities_over_100000_with_elevation.csv")
        self._elevation_m = dict(zip(high.geonameid, high.elev_m, strict=True))
        stations = pd.read_parquet(
            sources / "climate/cru_cl2_station_normals_1961_1990.parquet", columns=["lon", "lat", "elevation_m"]
        )
        self._stations = stations[stations.elevation_m > -450].sort_values(["lon", "lat", "elevation_m"], kind="stable")
        era5 = np.load(sources / "climate/era5_monthly_t2m_2000_2025_0p25deg.npz")
        self._elevation_grid_m = era5["elevation_m"].astype(float)

    def find(self, name: str, country_iso2: str, admin1: str = "") -> Town:
        """Return the most populous town of a name in a country.

        Parameters
        ----------
        name : str
            Name as GeoNames spells it; marks do not matter.
        country_iso2 : str
            Country it lies in.
        admin1 : str
            GeoNames admin-1 code, when the country has several of the name.

        Returns
        -------
        Town
            The town.

        Raises
        ------
        LookupError
            If GeoNames has no such town.
        """
        towns = self.towns
        match = (towns.folded == plain(name).lower()) & (towns.iso2 == country_iso2)
        found = towns[match & (towns.admin1 == admin1)] if admin1 else towns[match]
        if found.empty:
            raise LookupError(f"GeoNames has no {name} in {country_iso2} {admin1}".rstrip())
        return _town(found.iloc[0])

    def nearest_city(
        self, lon: float, lat: float, country_iso2: str = "", *, min_population: int = 100_000
    ) -> tuple[Town, float]:
        """Return the nearest large town and how far it is.

        Parameters
        ----------
        lon, lat : float
            The place [degree].
        country_iso2 : str
            Only towns of this country; of every country when empty.
        min_population : int
            Smallest town that counts [people].

        Returns
        -------
        town : Town
            The nearest.
        km : float
            Great-circle distance [km].

        Raises
        ------
        LookupError
            If no town is large enough.
        """
        large = self.towns[self.towns.population >= min_population]
        large = large[large.iso2 == country_iso2] if country_iso2 else large
        if large.empty:
            raise LookupError(f"no town of {min_population} people in {country_iso2}")
        km = great_circle_km(lon, lat, large.lon.to_numpy(), large.lat.to_numpy())
        return _town(large.iloc[int(km.argmin())]), float(km.min())

    def largest_near(self, lon: float, lat: float, country_iso2: str, *, radius_km: float = 50.0) -> Town:
        """Return the most populous town of a country near a place, else its nearest town.

        Parameters
        ----------
        lon, lat : float
            The place [degree].
        country_iso2 : str
            Only towns of this country.
        radius_km : float
            How near [km].

        Returns
        -------
        Town
            The town.
        """
        own = self.towns[self.towns.iso2 == country_iso2]
        near = own[great_circle_km(lon, lat, own.lon.to_numpy(), own.lat.to_numpy()) <= radius_km]
        if near.empty:
            return self.nearest_city(lon, lat, country_iso2, min_population=0)[0]
        return _town(near.iloc[0])

    def elevation_m(self, town: Town | None, lon: float, lat: float) -> tuple[float, str]:
        """Return the elevation of a place: of the town, else of weather stations near it, else of the grid.

        Parameters
        ----------
        town : Town or None
            The town, if the place is one.
        lon, lat : float
            The place [degree].

        Returns
        -------
        metres : float
            Elevation above sea level [m].
        source : str
            ``GeoNames``, ``weather stations within 25 km`` (the median of the three nearest; a quarter-degree
            cell lies hundreds of metres above a fjord or a valley) or ``quarter-degree grid``.
        """
        known = self._elevation_m.get(town.geonameid) if town else None
        if known is not None and np.isfinite(known):
            return float(known), "GeoNames"
        km = great_circle_km(lon, lat, self._stations.lon.to_numpy(), self._stations.lat.to_numpy())
        nearest = np.argsort(km, kind="stable")[:3]
        nearest = nearest[km[nearest] <= STATION_REACH_KM]
        if nearest.size:
            return float(np.median(self._stations.elevation_m.to_numpy()[nearest])), "weather stations within 25 km"
        return _between_cells(self._elevation_grid_m, lon, lat), "quarter-degree grid"


def _town(row: pd.Series) -> Town:
    return Town(int(row.geonameid), str(row["name"]), str(row.iso2), str(row.admin1), float(row.lon), float(row.lat))


def _between_cells(grid: np.ndarray, lon: float, lat: float) -> float:
    """Return the bilinear value of a quarter-degree grid, latitude 90..-90, longitude -180..179.75."""
    row, column = (90.0 - lat) * 4, ((lon + 180.0) % 360.0) * 4
    top, left = min(int(row), grid.shape[0] - 2), int(column) % grid.shape[1]
    right = (left + 1) % grid.shape[1]
    down, across = row - top, column - int(column)
    upper = grid[top, left] * (1 - across) + grid[top, right] * across
    lower = grid[top + 1, left] * (1 - across) + grid[top + 1, right] * across
    return float(upper * (1 - down) + lower * down)
