"""Prices beside those of the zones: of the utility of one place, and what stands in where a scenario asks for it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import package as pk
import pandas as pd
from countries import CONTINENTS
from earth import great_circle_km, read_countries, read_csv
from prices import HALF, HERE, PRICE_FIELDS, PRICE_SOURCES, quoted

WORLD_BANK_ENDS = (0.43 / 0.87, 1.50 / 0.87)
"""Ends of 80 % of shipped large-industry prices over the scaled World Bank figure, in 71 countries."""

METHODS = ("world_bank", "equalised_tariff", "region_median")

WORLD_BANK = pk.Source(
    "World Bank, Doing Business 2020, getting electricity: price of electricity (CC BY 4.0)",
    "https://archive.doingbusiness.org/en/data/exploretopics/getting-electricity",
)

LOCAL = pk.Resource(
    name="local_prices",
    citation="tariffs of utilities, cited row by row",
    path="grid/local_prices.csv",
    title="Electricity prices of utilities that serve a part of a grid zone",
    description=(
        "Where two utilities of one grid zone charge different prices and the zone cannot be split: within the radius of "
        "the point this price replaces that of the zone."
    ),
    year="price_year, row by row",
    quality="price_quality, row by row",
    method="Circles around the towns, drawn by hand: about the land that the utility serves; none overlap.",
    licenses=(pk.CITED_FACTS,),
    sources=(pk.Source("Tariffs of utilities, cited row by row in price_source"),),
    fields=(
        pk.Field("place", "string", "Town that the utility serves", required=True, unique=True),
        pk.Field("zone_id", "string", "Grid zone of the town", required=True),
        pk.Field("lon", "number", "Longitude", "degree", True, -180, 180, decimals=2),
        pk.Field("lat", "number", "Latitude", "degree", True, -90, 90, decimals=2),
        pk.Field("radius_km", "number", "Distance up to which the price holds", "km", True, 1, 200, decimals=0),
        *PRICE_FIELDS,
    ),
    primary_key=("place",),
)

IMPUTED = pk.Resource(
    name="prices_imputed",
    citation="World Bank 2019 (CC BY 4.0); medians of world regions",
    path="grid/prices_imputed.csv",
    title="Electricity prices that stand in where none is known, on request",
    description=(
        'Zones that have no price in `zones`. Read only by a scenario with `impute = ["price"]`: they tell dear from cheap '
        "and are too coarse to rank by. Antarctica has none."
    ),
    year="2019 for World Bank figures; others as the prices of zones",
    quality="modelled: World Bank figures; assumption: the rest",
    method=(
        "World Bank: price of a small industrial customer (140 kVA, 2019) times 0.87, the median of large-industry price "
        "over it in 71 countries; left out in turn the median error is 36 %, and 80 % lie within the interval, 0.49 to 1.72 "
        "times the price. Equalised tariff: territories charged as the mainland. Region median: the median of the "
        "countries with a price on the continent; the interval is 10 to 90 % of them."
    ),
    licenses=(pk.CC_BY_4,),
    sources=(WORLD_BANK, *PRICE_SOURCES),
    fields=(
        pk.Field("zone_id", "string", "Grid zone", required=True, unique=True),
        *PRICE_FIELDS[:-1],
        pk.Field("price_method", "string", "How the price was found", required=True, enum=METHODS),
        pk.Field("price_quality", "string", "Quality of the price", required=True, enum=("modelled", "assumption")),
    ),
    primary_key=("zone_id",),
)


def local_table() -> pd.DataFrame:
    """Return the rows of ``grid/local_prices.csv``.

    Returns
    -------
    pandas.DataFrame
        One row per utility.

    Raises
    ------
    ValueError
        Two circles overlap.
    """
    table = read_csv(HERE / "local_prices.csv")
    for (_, a), (_, b) in pairwise(table.sort_values(["zone_id", "lon"]).iterrows()):
        km = float(great_circle_km(a.lon, a.lat, b.lon, b.lat))
        if a.zone_id == b.zone_id and km < a.radius_km + b.radius_km:
            raise ValueError(f"local prices: the circles of {a.place} and {b.place} overlap")
    rows = [quoted(row).row() for _, row in table.iterrows()]
    names = [field.name for field in PRICE_FIELDS]
    where = table[["place", "zone_id", "lon", "lat", "radius_km"]]
    return where.join(pd.DataFrame(rows, columns=names, index=table.index))


def imputed_table(zones: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Return the rows of ``grid/prices_imputed.csv``.

    Parameters
    ----------
    zones : pandas.DataFrame
        Rows of ``grid/zones.csv``.
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        One row per zone without a price, but for continents without any.
    """
    compiled = read_csv(sources / "grid/zone_prices_2026.csv")
    compiled = compiled[compiled.kind == "industrial_large_all_in"].set_index("zone_id")
    continent = zones.country_iso2.map(read_countries(sources).set_index("iso2").continent)
    rows = []
    for i, zone in zones[zones.price_usd_per_mwh.isna()].iterrows():
        near = zones[continent == continent[i]]
        peers = near.price_usd_per_mwh.groupby(near.country_iso2).median().dropna()
        if zone.zone_id in compiled.index:
            found = _compiled(compiled.loc[zone.zone_id])
        elif len(peers):
            name = CONTINENTS[continent[i]]
            found = {
                "price_usd_per_mwh": peers.median(),
                "price_low_usd_per_mwh": peers.quantile(0.1),
                "price_high_usd_per_mwh": peers.quantile(0.9),
                "price_year": "as the zones",
                "price_load": "industry",
                "price_includes": "energy, network",
                "price_exchange": "as the zones",
                "price_source": f"median of {len(peers)} countries with a price in {name}, each at the median of its zones",
                "price_method": "region_median",
                "price_quality": "assumption",
            }
        else:
            continue
        rows.append({"zone_id": zone.zone_id} | found)
    return pd.DataFrame(rows)


def _compiled(row: pd.Series) -> dict[str, object]:
    """Return a World Bank figure or an equalised tariff of the compilation of 2026."""
    of_bank = "World Bank" in row.source
    low, high = WORLD_BANK_ENDS if of_bank else HALF["unverified"]
    return {
        "price_usd_per_mwh": row.usd_per_mwh,
        "price_low_usd_per_mwh": row.usd_per_mwh * low,
        "price_high_usd_per_mwh": row.usd_per_mwh * high,
        "price_year": str(row.year),
        "price_load": row.load_class,
        "price_includes": row.includes,
        "price_exchange": row.exchange_rate,
        "price_source": row.source,
        "price_method": "world_bank" if of_bank else "equalised_tariff",
        "price_quality": "modelled" if of_bank else "assumption",
    }
