"""Sites and hubs joined with all table data, one row each."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

import pandas as pd

from siting.world.climate import climate_rows
from siting.world.grid import LOCAL, with_local_prices
from siting.world.hazards import with_hazards
from siting.world.locate_point import OFF_LAND_KM
from siting.world.tables import read_table, worst

NEEDED_OF_A_SITE = {
    "zone_id": "grid zone",
    "ci_lifecycle_g_per_kwh": "life-cycle carbon intensity of zone {zone_id}",
    "ci_direct_g_per_kwh": "direct carbon intensity of zone {zone_id}",
    "renewable_share": "renewable share of zone {zone_id}",
    "carbon_free_share": "carbon-free share of zone {zone_id}",
    "price_usd_per_mwh": "electricity price of zone {zone_id}",
    "corporate_tax_rate": "corporate tax rate of {country_iso2}",
    "climate_id": "climate",
    "ci_marginal_direct_g_per_kwh": "marginal carbon intensity of zone {zone_id}",
}
"""Data that emissions or cost of a site need; a site with an unknown value is excluded."""

MARGINAL = "ci_marginal_direct_g_per_kwh"
"""Needed only where emissions are counted at the margin."""

TABLES = ("zones", LOCAL, "zone_intensity", "countries", "climate", "climate_hours")
"""Tables that every plan reads; `gather` also joins hazards, which only screens read."""

_QUALITY_COLUMNS = (
    "zone_quality",
    "elevation_quality",
    "km_to_city_quality",
    "plants_quality",
    "ci_quality",
    "share_quality",
    "price_quality",
    "avg_generation_quality",
    "climate_quality",
)


def starter_sites() -> pd.DataFrame:
    """Return the shipped `starter` candidates, gathered.

    Returns
    -------
    pandas.DataFrame
        One row per site; see `gather`.

    Examples
    --------
    >>> sites = starter_sites().set_index("id")
    >>> sites.at["lulea", "zone_id"]
    'SE-SE1'
    """
    return _shipped("sites", starter_only=True).copy()


def world_sites() -> pd.DataFrame:
    """Return the shipped `world` candidates, the starter set among them, gathered.

    Returns
    -------
    pandas.DataFrame
        One row per site; see `gather`. `starter` is true for those of the starter set.

    Examples
    --------
    >>> sites = world_sites()
    >>> bool(len(sites) > 2500), bool(sites["id"].is_unique)
    (True, True)
    """
    return _shipped("sites").copy()


def cloud_hubs() -> pd.DataFrame:
    """Return the shipped hubs, metros of today's cloud regions, gathered like sites.

    Returns
    -------
    pandas.DataFrame
        One row per hub, with `weight`, the number of cloud regions there.
    """
    return _shipped("hubs").copy()


def city_hubs(least_people: int = 1_000_000) -> pd.DataFrame:
    """Return the largest cities of each country as hubs, weighted by their population.

    Parameters
    ----------
    least_people : int
        Smallest population of a city.

    Returns
    -------
    pandas.DataFrame
        `id`, `name`, `lon`, `lat` [degree], `country_iso2` and `weight`, the people of the city in millions; at most ten cities
        of a country, see the table `cities`.

    Examples
    --------
    >>> city_hubs().query("country_iso2 == 'SE'")["name"].tolist()
    ['Stockholm']
    """
    cities = read_table("cities")
    people = cities["population"].astype(float)
    large = cities.assign(weight=people / 1e6)[people >= least_people]
    return large.drop(columns="population").reset_index(drop=True)


@cache
def _shipped(table: str, *, starter_only: bool = False) -> pd.DataFrame:
    """Gather the rows of a shipped table; cached, because every scenario, report and diagnosis reads them."""
    rows = read_table(table)
    if starter_only:
        rows = rows[rows["starter"].astype(bool)].reset_index(drop=True)
    return gather(rows.assign(climate_set=table, climate_id=rows["id"]))


SETS: Mapping[str, Callable[[], pd.DataFrame]] = MappingProxyType({"starter": starter_sites, "world": world_sites})
"""Shipped sets of candidates, all rows of the table `sites`."""

HUBS: Mapping[str, Callable[[], pd.DataFrame]] = MappingProxyType(
    {"cloud_regions": cloud_hubs, "population": city_hubs}
)
"""Shipped sets of hubs."""
HUB_TABLES: Mapping[str, str] = MappingProxyType({"cloud_regions": "hubs", "population": "cities"})
"""Table of each set of hubs."""


def gather(places: pd.DataFrame) -> pd.DataFrame:
    """Join grid, price, country and climate data to places.

    Parameters
    ----------
    places : pandas.DataFrame
        Columns `id`, `lon`, `lat` [degree], `country_iso2`, `zone_id`, `climate_set`, `climate_id`.

    Returns
    -------
    pandas.DataFrame
        The places with the columns of `zones` (prices of `local_prices` where one holds), `zone_intensity`, `countries` and `climate`;
        unknown values are NaN.
    """
    zones = read_table("zones").drop(columns=["name", "level", "country_iso2", "country_iso3"])
    intensity = read_table("zone_intensity").rename(columns={"year": "ci_year"})
    marginal = read_table("zone_signals")[["zone_id", "ci_marginal_direct_g_per_kwh", "marginal_quality"]]
    countries = (
        read_table("countries").drop(columns=["iso3", "name", "continent"]).rename(columns={"iso2": "country_iso2"})
    )
    climate = climate_rows(list(zip(places["climate_set"], places["climate_id"], strict=True))).rename(
        columns={"set": "climate_set", "id": "climate_id", "quality": "climate_quality", "error": "climate_error"}
    )
    joined = (
        places.merge(zones, on="zone_id", how="left", validate="many_to_one")
        .merge(intensity, on="zone_id", how="left", validate="many_to_one")
        .merge(marginal, on="zone_id", how="left", validate="many_to_one")
        .merge(countries, on="country_iso2", how="left", validate="many_to_one")
        .merge(
            climate,
            on=["climate_set", "climate_id"],
            how="left",
            validate="many_to_one" if places.duplicated(["climate_set", "climate_id"]).any() else "one_to_one",
        )
    )
    joined.loc[joined["t_mean_c_01"].isna(), "climate_id"] = None
    return with_hazards(with_local_prices(joined.reset_index(drop=True)))


def needed_of_a_site(carbon_column: str) -> list[str]:
    """Return the columns a site needs when its emissions are counted by a column of intensity.

    Parameters
    ----------
    carbon_column : str
        As `siting.world.grid.zones.intensity_column` returns it.

    Returns
    -------
    list of str
        Keys of `NEEDED_OF_A_SITE`.

    Examples
    --------
    >>> "ci_marginal_direct_g_per_kwh" in needed_of_a_site("ci_lifecycle_g_per_kwh")
    False
    """
    return [column for column in NEEDED_OF_A_SITE if column != MARGINAL or carbon_column == MARGINAL]


def unknown_facts(places: pd.DataFrame, needed: Sequence[str]) -> dict[str, str]:
    """Return the ids of places that lack a needed value, with the names of the unknown values.

    Parameters
    ----------
    places : pandas.DataFrame
        As `gather` returns them.
    needed : sequence of str
        Columns that must be known, of `NEEDED_OF_A_SITE`.

    Returns
    -------
    dict
        Place id to a sentence that begins with `UNKNOWN`.
    """
    reasons: dict[str, list[str]] = {}
    for column in needed:
        for row in places.loc[places[column].isna(), ["id", "zone_id", "country_iso2"]].to_dict("records"):
            known = {str(c): v if isinstance(v, str) else "(unknown)" for c, v in row.items()}
            reasons.setdefault(known["id"], []).append(NEEDED_OF_A_SITE[column].format(**known))
    nowhere = set(places.loc[places["country_iso2"].isna(), "id"]) & set(reasons)
    at_sea = f"UNKNOWN country: the point is at sea, more than {OFF_LAND_KM:g} km off land"
    return {p: at_sea if p in nowhere else "UNKNOWN " + ", ".join(texts) for p, texts in reasons.items()}


def worst_quality(places: pd.DataFrame) -> list[str]:
    """Return the worst quality word among the data of each place.

    Examples
    --------
    >>> worst_quality(starter_sites().query("id == 'lulea'"))
    ['modelled']
    """
    columns = [c for c in _QUALITY_COLUMNS if c in places]
    return [
        worst([w for w in row if isinstance(w, str)] or ["unverified"])
        for row in places[columns].itertuples(index=False)
    ]
