"""Which utility's grid a place is on where outlines say otherwise, and how near the next zone is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from earth import Atlas, distance_to_shape_km, read_csv

HERE = Path(__file__).parent

NEAR_BORDER_KM = 30.0
"""Up to this distance a place may be on the neighbouring zone's grid (assumption): the place says so."""


def corrected(places: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return places with the zone of the utility that serves them, where it is known to be another than the outline's.

    Parameters
    ----------
    places : pandas.DataFrame
        Columns ``id``, ``zone_id``, ``zone_quality``.
    table : {"sites", "hubs"}
        Which table they are of.

    Returns
    -------
    pandas.DataFrame
        The same places.

    Raises
    ------
    ValueError
        If a correction names no place, or the outline's zone is not the one that it corrects.
    """
    corrections = read_csv(HERE / "zone_corrections.csv")
    corrections = corrections[corrections.table == table].set_index("place_id")
    zones = places.set_index("id").zone_id
    stale = [m for m in corrections.index if m not in zones.index or zones[m] != corrections.outline_zone[m]]
    if stale:
        raise ValueError(f"zone_corrections.csv corrects what is not so in {table}: {', '.join(stale)}")
    at = places.id.map(corrections.zone_id), places.id.map(corrections.quality)
    return places.assign(zone_id=at[0].fillna(places.zone_id), zone_quality=at[1].fillna(places.zone_quality))


def with_borders(places: pd.DataFrame, atlas: Atlas, zone_ids: set[str]) -> pd.DataFrame:
    """Return places with the nearest other zone of the country within 30 km, and how far its outline is.

    Parameters
    ----------
    places : pandas.DataFrame
        Columns ``lon``, ``lat``, ``country_iso2``, ``zone_id``.
    atlas : Atlas
        Zone outlines.
    zone_ids : set of str
        Zones that exist in ``grid/zones.csv``.

    Returns
    -------
    pandas.DataFrame
        The places with ``zone_border_km`` and ``zone_beyond``, empty where no other zone is as near; 0 km where
        the place lies in the other zone's outline.
    """
    drawn = atlas.zones[atlas.zones.zoneName.isin(zone_ids)].reset_index(drop=True)
    bounds = drawn.bounds.to_numpy()
    found: list[tuple[float, str]] = []
    for place in places.itertuples():
        reach = NEAR_BORDER_KM / 111.0
        wide = reach / max(float(np.cos(np.radians(place.lat))), 0.05)
        near = (
            (drawn.countryKey == place.country_iso2).to_numpy()
            & (drawn.zoneName != place.zone_id).to_numpy()
            & (bounds[:, 0] <= place.lon + wide)
            & (bounds[:, 2] >= place.lon - wide)
            & (bounds[:, 1] <= place.lat + reach)
            & (bounds[:, 3] >= place.lat - reach)
        )
        away = [
            (distance_to_shape_km(place.lon, place.lat, other.geometry), str(other.zoneName))
            for other in drawn[near].itertuples()
        ]
        km, zone = min(away, default=(np.inf, ""))
        found.append((km, zone) if km <= NEAR_BORDER_KM else (np.nan, ""))
    return places.assign(zone_border_km=[km for km, _ in found], zone_beyond=[zone for _, zone in found])
