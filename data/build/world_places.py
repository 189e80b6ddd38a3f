"""The `world` set: which towns of GeoNames become candidates, by rules that anyone can run again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
from earth import great_circle_km
from gazetteer import slug
from numpy.typing import NDArray

NORTH_LAT, SOUTH_LAT = 60.0, -50.0
"""Settlements beyond these latitudes are polar or subpolar [degree]."""

APART_KM = {"cloud_region": 50.0, "city": 45.0, "polar": 20.0, "rural_clean": 50.0}
"""A town stands at least this far from every chosen place of its own country [km] (assumption)."""

AT_MOST = {"polar": 600, "rural_clean": 600}
"""Most places of a kind (assumption); cities fill the set up to `WORLD_SIZE`."""

WORLD_SIZE = 3000
"""Candidates of the `world` set, the starter set included (issue: about 3,000)."""

RURAL_PEOPLE = 50_000
"""A rural place has at most this many people (assumption)."""

RURAL_KM_TO_CITY = 30.0
"""A rural place lies at least this far from a town of 100,000 [km] (assumption)."""

RURAL_CLEAN_MW = 1000.0
"""A rural place has at least this much low-carbon plant within 150 km in its country [MW] (assumption)."""

LOW_CARBON_FUELS = ("Hydro", "Nuclear", "Wind", "Solar", "Geothermal", "Biomass", "Wave and Tidal")
"""Fuels of the plant table whose plants count as low-carbon (IPCC 2014 life cycle, below 300 g/kWh)."""

WITHIN_KM = 150.0
"""Radius in which plants count [km] (DATA.md)."""


RULES = (
    "The world set, town by town of GeoNames, by rules in this order (data/build/world_places.py): the most populous town "
    f"within 50 km of each cloud-region hub, {APART_KM['cloud_region']:.0f} km from places chosen before; the most "
    "populous town of every country and of every grid zone that the starter set lacks; settlements of 500 people or more "
    f"north of {NORTH_LAT:.0f} or south of {SOUTH_LAT:.0f} degrees, the most populous {AT_MOST['polar']} that stand "
    f"{APART_KM['polar']:.0f} km apart; rural places: towns of 15,000 to {RURAL_PEOPLE:,} people, {RURAL_KM_TO_CITY:.0f} km "
    f"or more from a town of 100,000, with {RURAL_CLEAN_MW:.0f} MW or more of low-carbon plant within {WITHIN_KM:.0f} km in "
    f"their country, the {AT_MOST['rural_clean']} with most that stand {APART_KM['rural_clean']:.0f} km apart; then the most "
    f"populous towns {APART_KM['city']:.0f} km apart until there are {WORLD_SIZE}. Distances between places of one country."
)
"""The rules in words."""


@dataclass
class Chosen:
    """The places chosen so far, and how many towns each rule left out.

    Parameters
    ----------
    lon, lat : list of float
        Where they stand [degree].
    country_iso2 : list of str
        Their countries.
    """

    lon: list[float]
    lat: list[float]
    country_iso2: list[str]

    def near(self, lon: float, lat: float, country_iso2: str, km: float) -> bool:
        """Return whether a chosen place of the same country is nearer than a distance [km]."""
        own = np.array(self.country_iso2) == country_iso2
        away = great_circle_km(lon, lat, np.array(self.lon)[own], np.array(self.lat)[own])
        return bool((away < km).any())

    def add(self, lon: float, lat: float, country_iso2: str) -> None:
        """Add a place."""
        self.lon.append(lon)
        self.lat.append(lat)
        self.country_iso2.append(country_iso2)


def choose(
    towns: pd.DataFrame, zone_of: NDArray[np.str_], hubs: pd.DataFrame, starter: pd.DataFrame, plants: pd.DataFrame
) -> tuple[pd.DataFrame, Counter[str]]:
    """Choose the towns of the `world` set beyond the starter set.

    Parameters
    ----------
    towns : pandas.DataFrame
        Towns of the gazetteer, most populous first: ``geonameid``, ``iso2``, ``lon``, ``lat``, ``population``.
    zone_of : array of str
        Grid zone of each town, empty where none is known.
    hubs : pandas.DataFrame
        Hubs with ``lon``, ``lat``, ``country_iso2``.
    starter : pandas.DataFrame
        Places already in the set.
    plants : pandas.DataFrame
        From `plants.read_plants`.

    Returns
    -------
    chosen : pandas.DataFrame
        Rows of `towns` with ``kind``.
    left_out : Counter
        Reason to the number of towns that it left out.
    """
    towns = towns.assign(zone_id=zone_of)
    taken = Chosen(list(starter.lon), list(starter.lat), list(starter.country_iso2))
    left_out: Counter[str] = Counter()
    picked: dict[int, str] = {}
    _take(_hub_towns(towns, hubs), "cloud_region", taken, picked, left_out)
    for town in _one_each(towns, starter).itertuples():
        if town.Index not in picked:
            picked[town.Index] = "city"
            taken.add(town.lon, town.lat, town.iso2)
    polar = towns[((towns.lat > NORTH_LAT) | (towns.lat < SOUTH_LAT)) & (towns.population >= 500)]
    _take(polar, "polar", taken, picked, left_out)
    _take(_rural(towns, plants), "rural_clean", taken, picked, left_out)
    room = WORLD_SIZE - len(starter) - len(picked)
    cities = towns[(towns.lat <= NORTH_LAT) & (towns.lat >= SOUTH_LAT) & (towns.population >= 15_000)]
    _take(cities, "city", taken, picked, left_out, room)
    chosen = towns.loc[list(picked)].assign(kind=list(picked.values()))
    return chosen, left_out


def _take(
    towns: pd.DataFrame,
    kind: str,
    taken: Chosen,
    picked: dict[int, str],
    left_out: Counter[str],
    most: int | None = None,
) -> None:
    """Take towns in their order, thinned by distance, until there are enough."""
    most = AT_MOST.get(kind, len(towns)) if most is None else most
    count = 0
    for town in towns.itertuples():
        if town.Index in picked:
            continue
        if taken.near(town.lon, town.lat, town.iso2, APART_KM[kind]):
            left_out[f"{kind}: a chosen place of the same country within {APART_KM[kind]:.0f} km"] += 1
        elif count >= most:
            left_out[f"{kind}: the set was full"] += 1
        else:
            picked[town.Index] = kind
            taken.add(town.lon, town.lat, town.iso2)
            count += 1


def _hub_towns(towns: pd.DataFrame, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return the town of each hub, which bears its name: the most populous within 50 km."""
    rows = []
    for hub in hubs.itertuples():
        own = towns[towns.iso2 == hub.country_iso2]
        km = great_circle_km(hub.lon, hub.lat, own.lon.to_numpy(), own.lat.to_numpy())
        rows.append(own.index[km <= 50.0][0] if (km <= 50.0).any() else own.index[int(km.argmin())])
    return towns.loc[list(dict.fromkeys(rows))]


def _one_each(towns: pd.DataFrame, starter: pd.DataFrame) -> pd.DataFrame:
    """Return the most populous town of every country, and of every grid zone, that the starter set lacks."""
    by_country = towns[~towns.iso2.isin(set(starter.country_iso2))].drop_duplicates("iso2")
    zoned = towns[(towns.zone_id != "") & ~towns.zone_id.isin(set(starter.zone_id.dropna()))]
    by_zone = zoned.drop_duplicates("zone_id")
    return towns.loc[by_country.index.union(by_zone.index, sort=False)]


def _rural(towns: pd.DataFrame, plants: pd.DataFrame) -> pd.DataFrame:
    """Return small towns far from cities with much low-carbon plant around, the most first."""
    large = towns[towns.population >= 100_000]
    small = towns[(towns.population >= 15_000) & (towns.population <= RURAL_PEOPLE)]
    small = small[small.lat.between(SOUTH_LAT, NORTH_LAT)]
    to_city = np.array([_nearest_km(t.lon, t.lat, large) for t in small.itertuples()])
    small = small[to_city >= RURAL_KM_TO_CITY]
    clean = plants[plants.fuel.isin(LOW_CARBON_FUELS)]
    by_country = dict(list(clean.groupby("country_iso2")))
    mw = np.array([_mw_near(t.lon, t.lat, by_country.get(t.iso2)) for t in small.itertuples()])
    rural = small.assign(clean_mw=mw)
    rural = rural[rural.clean_mw >= RURAL_CLEAN_MW]
    return rural.sort_values(["clean_mw", "geonameid"], ascending=[False, True], kind="stable")


def _nearest_km(lon: float, lat: float, towns: pd.DataFrame) -> float:
    return float(great_circle_km(lon, lat, towns.lon.to_numpy(), towns.lat.to_numpy()).min())


def _mw_near(lon: float, lat: float, plants: pd.DataFrame | None) -> float:
    if plants is None:
        return 0.0
    near = great_circle_km(lon, lat, plants.lon.to_numpy(), plants.lat.to_numpy()) <= WITHIN_KM
    return float(plants.plant_mw.to_numpy()[near].sum())


def ids_of(chosen: pd.DataFrame, towns: pd.DataFrame, starter_ids: set[str]) -> list[str]:
    """Return a slug per town that does not depend on which other towns were chosen.

    Parameters
    ----------
    chosen : pandas.DataFrame
        Rows of `towns`.
    towns : pandas.DataFrame
        The whole gazetteer: ``name``, ``iso2``, ``admin1``, ``geonameid``.
    starter_ids : set of str
        Ids that are taken.

    Returns
    -------
    list of str
        The name; with the country where the gazetteer has several of the name; with the admin-1 code
        too where the country has several; with the GeoNames number where that is not enough.
    """
    plainly = towns.name.map(slug)
    country = plainly + "-" + towns.iso2.str.lower()
    admin = country + "-" + towns.admin1.astype(str).map(slug)
    ids: list[str] = []
    counts = [names.value_counts() for names in (plainly, country, admin)]
    for index in chosen.index:
        tries = [
            (names[index], count[names[index]]) for names, count in zip((plainly, country, admin), counts, strict=True)
        ]
        single = [name for name, count in tries if count == 1 and name not in starter_ids and plainly[index]]
        ids.append(single[0] if single else f"{country[index]}-{towns.geonameid[index]}".strip("-"))
    return ids
