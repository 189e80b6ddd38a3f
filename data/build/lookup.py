"""What the build looks places up in, and what it finds there of a point."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from earth import Atlas, Located, read_countries, read_csv
from gazetteer import Gazetteer
from plants import read_plants

HERE = Path(__file__).parent

STATES_ARE_JURISDICTIONS = ("US", "CA")
"""Countries whose states or provinces tax and regulate on their own in the policy packs."""


@dataclass(frozen=True)
class Lookup:
    """What the build looks places up in."""

    atlas: Atlas
    towns: Gazetteer
    plants: pd.DataFrame
    countries: pd.DataFrame
    postal: dict[tuple[str, str], str]
    renamed: dict[tuple[str, str], str]


def read_lookup(sources: Path) -> Lookup:
    """Return everything a place is looked up in.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    Lookup
        Outlines, towns, plants, countries, postal codes of states, units that the outlines know by a former name.
    """
    states = pd.read_parquet(
        sources / "geo/boundaries/ne_50m_admin_1_states_provinces.parquet",
        columns=["iso_a2", "name", "postal"],
    )
    postal = {(str(row.iso_a2), str(row.name)): str(row.postal) for row in states.itertuples(index=False)}
    names = read_csv(HERE / "admin1_names.csv")
    renamed = {(str(r.country_iso2), str(r.geonames_admin1).zfill(2)): str(r.admin1) for r in names.itertuples()}
    countries = read_countries(sources)
    return Lookup(Atlas(sources), Gazetteer(sources), read_plants(sources), countries, postal, renamed)


def placed(lon: float, lat: float, country_iso2: str, lookup: Lookup) -> dict[str, object]:
    """Return country, admin-1, zone and jurisdiction of a point whose country is known.

    Parameters
    ----------
    lon, lat : float
        The place [degree].
    country_iso2 : str
        Its country.
    lookup : Lookup
        What places are looked up in.

    Returns
    -------
    dict
        Columns shared by sites and hubs; ``zone_id`` is empty when no zone of the country is near.
    """
    country = lookup.countries[lookup.countries.iso2 == country_iso2].iloc[0]
    unit = lookup.atlas.admin1(lon, lat, country_iso2)
    zone = lookup.atlas.zone(lon, lat, country_iso2)
    admin1 = unit.name if unit else ""
    if admin1 and any(iso2 == country_iso2 for iso2, _ in lookup.renamed):
        town, _ = lookup.towns.nearest_city(lon, lat, country_iso2, min_population=0)
        admin1 = lookup.renamed.get((country_iso2, town.admin1), admin1)
    jurisdiction = country_iso2
    if country_iso2 in STATES_ARE_JURISDICTIONS and admin1:
        jurisdiction = f"{country_iso2}-{lookup.postal[country_iso2, admin1]}"
    return {
        "country_iso2": country_iso2,
        "country_iso3": country.iso3,
        "country": country["name"],
        "admin1": admin1,
        "zone_id": zone.name if zone else "",
        "zone_quality": _zone_quality(zone),
        "jurisdiction": jurisdiction,
    }


def _zone_quality(zone: Located | None) -> str:
    if zone is None:
        return ""
    return "derived" if zone.km_outside == 0 else "modelled"
