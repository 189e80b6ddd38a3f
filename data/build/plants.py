"""Power plants: how much stands within reach of a place, in its own country."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from earth import great_circle_km, read_countries

NOT_ISO3 = {"KOS": "XKX"}
"""Country codes of the plant table that ISO 3166 spells otherwise."""


def read_plants(sources: Path) -> pd.DataFrame:
    """Return every power plant with its country, place, size and fuel.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        Columns ``country_iso2``, ``lon``, ``lat``, ``fuel``, ``plant_mw`` [MW].
    """
    plants = pd.read_parquet(sources / "risk/power_plants_gppd_rebuilt.parquet")
    iso2 = read_countries(sources).set_index("iso3").iso2
    return pd.DataFrame(
        {
            "country_iso2": plants.country.replace(NOT_ISO3).map(iso2),
            "lon": plants.longitude,
            "lat": plants.latitude,
            "fuel": plants.primary_fuel,
            "plant_mw": plants.capacity_mw,
        }
    )


def plants_mw_within(
    lon: float, lat: float, country_iso2: str, plants: pd.DataFrame, *, radius_km: float = 150.0
) -> float:
    """Return the capacity of the plants of one country within a radius.

    Parameters
    ----------
    lon, lat : float
        The place [degree].
    country_iso2 : str
        Only plants of this country count: a border is a border.
    plants : pandas.DataFrame
        From `read_plants`.
    radius_km : float
        Great-circle radius [km].

    Returns
    -------
    float
        Nameplate capacity [MW]; NaN when no plant is known, for a gap in the table does not prove that there is none.
    """
    own = plants[(plants.country_iso2 == country_iso2) & (plants.fuel != "Storage")]
    near = great_circle_km(lon, lat, own.lon.to_numpy(), own.lat.to_numpy()) <= radius_km
    total = float(own.plant_mw.to_numpy()[near].sum())
    return total if total > 0 else float(np.nan)
