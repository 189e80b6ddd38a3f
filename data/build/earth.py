"""Where on Earth a point lies: its country, its admin-1 unit and its grid zone, never across a border."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from china import cut_outline
from numpy.typing import NDArray
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

EARTH_RADIUS_KM = 6371.0088
"""Mean radius, IUGG (GRS 80)."""

COAST_TOLERANCE_KM = 25.0
"""How far outside its own country's or zone's outline a coastal point may lie (assumption)."""

LAPPED_BY_NORWAY = "Svalbard"
"""Natural Earth keeps Svalbard as an admin-1 unit of Norway; ISO 3166 gives it SJ."""


def great_circle_km(
    lon: float | NDArray[np.float64],
    lat: float | NDArray[np.float64],
    other_lon: NDArray[np.float64],
    other_lat: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return distances over the sphere.

    Parameters
    ----------
    lon, lat : float or array
        From [degree].
    other_lon, other_lat : array
        To [degree]; broadcast against the former.

    Returns
    -------
    array
        Great-circle distance [km].
    """
    phi, other_phi = np.radians(lat), np.radians(other_lat)
    half = (
        np.sin((other_phi - phi) / 2) ** 2
        + np.cos(phi) * np.cos(other_phi) * np.sin(np.radians(other_lon - lon) / 2) ** 2
    )
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def distance_to_shape_km(lon: float, lat: float, shape: BaseGeometry) -> float:
    """Return how far a point lies outside a shape.

    Parameters
    ----------
    lon, lat : float
        The point [degree].
    shape : shapely geometry
        Outline in degrees.

    Returns
    -------
    float
        Great-circle distance to the nearest point in degrees of the outline [km]; 0 inside.
    """
    point = Point(lon, lat)
    if shape.covers(point):
        return 0.0
    stretch = max(float(np.cos(np.radians(lat))), 0.05)
    squeezed = _squeezed(shape, stretch)
    near = nearest_points(Point(lon * stretch, lat), squeezed)[1]
    return float(great_circle_km(lon, lat, np.array(near.x / stretch), np.array(near.y)))


def _squeezed(shape: BaseGeometry, stretch: float) -> BaseGeometry:
    """Return the shape with longitudes scaled, so that degrees compare as distances at a latitude."""
    squeezed: BaseGeometry = shapely.transform(shape, lambda xy: xy * np.array([stretch, 1.0]))
    return squeezed


@dataclass(frozen=True)
class Located:
    """An area that holds a point, and how far outside of it the point lies [km]."""

    name: str
    km_outside: float


class Atlas:
    """Outlines of countries, admin-1 units and grid zones, asked country by country.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    """

    def __init__(self, sources: Path) -> None:
        provinces = gpd.read_parquet(sources / "geo/boundaries/qgis_ne10m_states_provinces.parquet").sort_values(
            ["adm0_a3", "name"], kind="stable"
        )
        svalbard = (provinces.iso_a2 == "NO") & (provinces.name == LAPPED_BY_NORWAY)
        self.provinces = provinces.assign(iso_a2=provinces.iso_a2.where(~svalbard, "SJ"))
        zones = gpd.read_parquet(sources / "geo/grid_zone_polygons_LOOKUP_ONLY.parquet")
        cut = cut_outline(zones[zones.zoneName != "XX"], self.provinces, sources)
        self.zones = cut.sort_values("zoneName", kind="stable")

    def admin1(self, lon: float, lat: float, country_iso2: str) -> Located | None:
        """Return the admin-1 unit of a country that holds the point or lies within the tolerance.

        Parameters
        ----------
        lon, lat : float
            The point [degree].
        country_iso2 : str
            The only country asked.

        Returns
        -------
        Located or None
            ``None`` when the country has no unit within 25 km.
        """
        units = self.provinces[self.provinces.iso_a2 == country_iso2]
        return nearest_area(lon, lat, units, "name")

    def zone(self, lon: float, lat: float, country_iso2: str) -> Located | None:
        """Return the grid zone of a country that holds the point or lies within the tolerance.

        Parameters
        ----------
        lon, lat : float
            The point [degree].
        country_iso2 : str
            The only country asked: a border town never takes the neighbour's grid.

        Returns
        -------
        Located or None
            ``None`` when the country has no zone within 25 km.
        """
        return nearest_area(lon, lat, self.zones[self.zones.countryKey == country_iso2], "zoneName")

    def only_zone(self, country_iso2: str, zone_ids: set[str]) -> str:
        """Return the zone of a country that has a single one, drawn or not.

        Parameters
        ----------
        country_iso2 : str
            The country.
        zone_ids : set of str
            Zones that exist in ``grid/zones.csv``.

        Returns
        -------
        str
            The zone; empty when the country has several, or none in the tables.
        """
        drawn = set(self.zones.zoneName[self.zones.countryKey == country_iso2]) & zone_ids
        single = drawn or ({country_iso2} & zone_ids)
        return single.pop() if len(single) == 1 else ""


def nearest_area(
    lon: float, lat: float, areas: gpd.GeoDataFrame, name: str, *, tolerance_km: float = COAST_TOLERANCE_KM
) -> Located | None:
    """Return the area that holds a point, else the nearest one within the tolerance.

    Parameters
    ----------
    lon, lat : float
        The point [degree].
    areas : geopandas.GeoDataFrame
        Candidate areas in degrees.
    name : str
        Column with their names.
    tolerance_km : float
        How far outside the point may lie [km].

    Returns
    -------
    Located or None
        ``None`` when no area is near enough.
    """
    reach = tolerance_km / 111.0
    wide = reach / max(float(np.cos(np.radians(lat))), 0.05)
    boxes = areas.bounds
    near = areas[
        (boxes.minx <= lon + wide)
        & (boxes.maxx >= lon - wide)
        & (boxes.miny <= lat + reach)
        & (boxes.maxy >= lat - reach)
    ]
    found = [
        Located(str(label), distance_to_shape_km(lon, lat, shape))
        for label, shape in zip(near[name], near.geometry, strict=True)
    ]
    found = sorted((f for f in found if f.km_outside <= tolerance_km), key=lambda f: (f.km_outside, f.name))
    return found[0] if found else None


def read_countries(sources: Path) -> pd.DataFrame:
    """Return ISO codes, name and continent of every country of GeoNames that still exists.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        Columns ``iso2``, ``iso3``, ``name``, ``continent``.
    """
    table = read_csv(sources / "geo/countries.csv").rename(columns={"iso": "iso2", "continentcode": "continent"})
    dissolved = table.iso2.isin(["AN", "CS"])
    return table.loc[~dissolved, ["iso2", "iso3", "name", "continent"]].sort_values("iso2")


def read_csv(path: Path) -> pd.DataFrame:
    """Return a table in which ``NA`` is Namibia and only an empty cell is unknown.

    Parameters
    ----------
    path : Path
        The CSV file.

    Returns
    -------
    pandas.DataFrame
        The table as it stands.
    """
    return pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)
