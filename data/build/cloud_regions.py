"""Where today's cloud regions stand, corrected where they stand nowhere, and the hubs that they make."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from earth import great_circle_km, read_csv
from gazetteer import slug
from lookup import Lookup, placed

HERE = Path(__file__).parent
HUB_RADIUS_KM = 100.0
"""Cloud regions within this distance of the largest one make a hub (DATA.md)."""

COUNTRY_SPELLINGS = {"Hong Kong SAR": "HK", "Netherlands": "NL"}
"""Country names of the cloud-region list that GeoNames spells otherwise."""

HUB_NAMES = {
    "Al Muharraq": "Manama",
    "Quezon City": "Manila",
    "Frankfurt am Main": "Frankfurt",
    "Santiago de Querétaro": "Querétaro",
}
"""Names of towns as the operators of cloud regions call them."""


def read_cloud_regions(sources: Path, lookup: Lookup) -> tuple[pd.DataFrame, list[str]]:
    """Return the cloud regions of all operators, corrected where their coordinates are no place.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    lookup : Lookup
        What places are looked up in.

    Returns
    -------
    regions : pandas.DataFrame
        Columns ``region`` (``operator:name``), ``country_iso2``, ``lon``, ``lat``.
    notes : list of str
        One sentence per region moved or dropped.
    """
    listed = read_csv(sources / "geo/cloud_regions.csv")
    iso2 = {**lookup.countries.set_index("name").iso2, **COUNTRY_SPELLINGS}
    corrections = {
        (m.provider, m.region): m for m in read_csv(HERE / "cloud_region_corrections.csv").fillna("").itertuples()
    }
    rows, notes = [], []
    for row in listed.itertuples(index=False):
        name, country = f"{row.provider}:{row.region}", iso2[row.country]
        lon, lat = float(row.lon), float(row.lat)
        correction = corrections.pop((row.provider, row.region), None)
        if correction is not None and correction.action == "drop":
            notes.append(f"{name} dropped: {correction.reason} ({correction.source})")
            continue
        if correction is not None:
            town = lookup.towns.find(correction.geonames_name, correction.country_iso2, correction.admin1)
            km = float(great_circle_km(lon, lat, np.array(town.lon), np.array(town.lat)))
            notes.append(f"{name} moved {km:.0f} km to {town.name}: {correction.reason} ({correction.source})")
            lon, lat = town.lon, town.lat
        if lookup.atlas.admin1(lon, lat, country) is None:
            lon, lat, said = _inside(lon, lat, country, lookup)
            notes.append(f"{name} {said}")
            if not np.isfinite(lon):
                continue
        rows.append({"region": name, "country_iso2": country, "lon": lon, "lat": lat})
    if corrections:
        raise ValueError(f"corrections of regions that are not listed: {sorted(corrections)}")
    return pd.DataFrame(rows), notes


def _inside(lon: float, lat: float, country: str, lookup: Lookup) -> tuple[float, float, str]:
    """Return coordinates with a wrong sign or swapped, if exactly one such reading lies in the country."""
    readings = {
        "latitude sign": (lon, -lat),
        "longitude sign": (-lon, lat),
        "both signs": (-lon, -lat),
        "swapped": (lat, lon),
    }
    fits = {
        why: at for why, at in readings.items() if abs(at[1]) <= 90 and lookup.atlas.admin1(*at, country) is not None
    }
    if len(fits) == 1:
        why, at = next(iter(fits.items()))
        return at[0], at[1], f"corrected ({why}): ({lon}, {lat}) is not in {country}, {at} is"
    return np.nan, np.nan, f"dropped: ({lon}, {lat}) is not in {country} and no single sign or swap corrects it"


def gather_hubs(regions: pd.DataFrame, lookup: Lookup) -> pd.DataFrame:
    """Return hubs: cloud regions within 100 km of the one with most neighbours, largest hub first.

    Parameters
    ----------
    regions : pandas.DataFrame
        From `read_cloud_regions`.
    lookup : Lookup
        What places are looked up in.

    Returns
    -------
    pandas.DataFrame
        One row per hub, with the columns of the ``hubs`` table.

    Notes
    -----
    A hub stays within one country. It lies where the region that is nearest to all its others lies,
    and bears the name of the most populous town within 50 km of there.
    """
    left = regions.sort_values("region", kind="stable").reset_index(drop=True)
    rows: list[dict[str, object]] = []
    while not left.empty:
        km = great_circle_km(
            left.lon.to_numpy()[:, None], left.lat.to_numpy()[:, None], left.lon.to_numpy(), left.lat.to_numpy()
        )
        same = left.country_iso2.to_numpy()[:, None] == left.country_iso2.to_numpy()
        near = (km <= HUB_RADIUS_KM) & same
        chosen = near[int(near.sum(axis=1).argmax())]
        rows.append(_hub(left[chosen], lookup))
        left = left[~chosen].reset_index(drop=True)
    return _named_apart(pd.DataFrame(rows))


def _hub(members: pd.DataFrame, lookup: Lookup) -> dict[str, object]:
    """Return one row of the ``hubs`` table."""
    country = str(members.country_iso2.iloc[0])
    lon, lat = _most_central(members)
    town = lookup.towns.largest_near(lon, lat, country)
    elevation_m, _ = lookup.towns.elevation_m(None, lon, lat)
    row: dict[str, object] = placed(lon, lat, country, lookup) | {
        "name": HUB_NAMES.get(town.name, town.name),
        "lon": lon,
        "lat": lat,
        "elevation_m": elevation_m,
        "weight": len(members),
        "regions": ";".join(members.region),
    }
    return row


def _most_central(members: pd.DataFrame) -> tuple[float, float]:
    """Return the coordinates of the region that is nearest to all the others together."""
    lon, lat = members.lon.to_numpy(), members.lat.to_numpy()
    away = great_circle_km(lon[:, None], lat[:, None], lon, lat).sum(axis=1)
    chosen = int(away.round(6).argmin())
    return float(lon[chosen]), float(lat[chosen])


def _named_apart(hubs: pd.DataFrame) -> pd.DataFrame:
    """Return the hubs with ids; where two share a town's name, the smaller says its admin-1 unit."""
    ordered = hubs.sort_values(["weight", "name", "lon"], ascending=[False, True, True], kind="stable")
    ids: list[str] = []
    for hub in ordered.itertuples(index=False):
        plainly = slug(hub.name)
        ids.append(plainly if plainly not in ids else f"{plainly}-{slug(hub.admin1 or hub.country_iso2)}")
    return ordered.assign(id=ids)
