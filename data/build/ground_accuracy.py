"""How often the shipped cells agree with the outlines that they were made from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from earth import COAST_TOLERANCE_KM, Atlas, great_circle_km

SUB = 4
PER_DEGREE = 40


def agreement(areas: pd.DataFrame, arrays: dict[str, np.ndarray], sources: Path, zone_ids: set[str]) -> dict[str, Any]:
    """Compare the cells with the outlines at every town of 15,000 people.

    Parameters
    ----------
    areas, arrays
        From `ground_cells.grid_of_areas`.
    sources : Path
        The folder of raw sources.
    zone_ids : set of str
        Zones that exist in ``grid/zones.csv``.

    Returns
    -------
    dict
        Counts and shares [0-1].
    """
    towns = pd.read_parquet(sources / "geo/cities_over_15000.parquet").reset_index(drop=True)
    zones = Atlas(sources).zones
    zones = zones[zones.zoneName.isin(zone_ids)]
    points = gpd.GeoDataFrame(towns[["iso2"]], geometry=gpd.points_from_xy(towns.lon, towns.lat), crs="EPSG:4326")
    inside = points.sjoin(zones[["zoneName", "countryKey", "geometry"]])
    inside = inside[inside.iso2 == inside.countryKey]
    drawn = inside[~inside.index.duplicated()].zoneName
    fine = _fine(arrays)
    country = np.append("", areas.country_iso2.to_numpy(str))
    zone = np.append("", areas.zone_id.to_numpy(str))
    found = [_nearest(t.lon, t.lat, t.iso2, fine, country) for t in towns.itertuples()]
    own = pd.Series([f[0] for f in found], index=towns.index)
    at_point = pd.Series([f[1] for f in found], index=towns.index)
    several = set(zones.countryKey[zones.countryKey.duplicated(keep=False)])
    same = pd.Series(zone[own[drawn.index].to_numpy()], index=drawn.index) == drawn
    many = towns.iso2[drawn.index].isin(several)
    return {
        "cities": {
            "towns": len(towns),
            "in_an_outline_of_their_country": len(drawn),
            "same_zone_share": round(float(same.mean()), 5),
            "same_zone_share_where_several": round(float(same[many].mean()), 5),
            "towns_where_several": int(many.sum()),
            "same_country_share": round(float((country[at_point.to_numpy()] == towns.iso2.to_numpy()).mean()), 5),
            "no_land_of_their_country_within_25_km": int((own == 0).sum()),
            "no_zone": int((zone[own.to_numpy()] == "").sum()),
        }
    }


def _fine(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the cells with what finds the parts of the split ones."""
    held = arrays["areas_held"].astype(np.int64)
    return arrays | {"split_at": np.flatnonzero(arrays["cell"].ravel() == 65535), "first": np.cumsum(held) - held}


def _nearest(lon: float, lat: float, iso2: str, fine: dict[str, np.ndarray], country: np.ndarray) -> tuple[int, int]:
    """Return the nearest area of a country within 25 km, and the nearest of any country; 0 where there is none."""
    row, column = int((90.0 - lat) * PER_DEGREE), int((lon + 180.0) * PER_DEGREE)
    for up in (0, int(np.ceil(COAST_TOLERANCE_KM / 111.0 * PER_DEGREE))):
        side = int(np.ceil(up / np.cos(np.radians(lat))))
        r, c = (
            x.ravel()
            for x in np.meshgrid(
                np.arange(row - up, row + up + 1), np.arange(column - side, column + side + 1), indexing="ij"
            )
        )
        flat = (r // SUB) * fine["cell"].shape[1] + (c // SUB) % fine["cell"].shape[1]
        area = fine["cell"].ravel()[flat].astype(np.int64)
        split = area == 65535
        at = np.searchsorted(fine["split_at"], flat[split])
        area[split] = fine["area_held"][fine["first"][at] + fine["part"][at, (r[split] % SUB) * SUB + c[split] % SUB]]
        km = great_circle_km(lon, lat, (c + 0.5) / PER_DEGREE - 180.0, 90.0 - (r + 0.5) / PER_DEGREE)
        km = np.where((r == row) & (c == column), 0.0, km)
        if country[area[0]] == iso2 and up == 0:
            return int(area[0]), int(area[0])
    return _first(area, km, country[area] == iso2), _first(area, km, area > 0)


def _first(area: np.ndarray, km: np.ndarray, wanted: np.ndarray) -> int:
    near = wanted & (km <= COAST_TOLERANCE_KM)
    return int(area[near][km[near].argmin()]) if near.any() else 0
