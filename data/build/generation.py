"""How much each grid zone generates on average: measured, else national, else from the plants in the zone."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from earth import Atlas, nearest_area, read_countries, read_csv

HERE = Path(__file__).parent

HOURS_PER_YEAR = 8760.0

OFFSHORE_REACH_KM = 150.0
"""Plants off the coast belong to the nearest zone of their country; beyond this a plant is misplaced."""

HIGHEST_CAPACITY_FACTOR = 1.0
"""A plant cannot make more than its nameplate: where national generation says so, plants are missing."""

FUEL_OF_PLANT = {
    "Coal": "coal",
    "Gas": "gas",
    "Cogeneration": "gas",
    "Other": "gas",
    "Oil": "oil",
    "Petcoke": "oil",
    "Nuclear": "nuclear",
    "Hydro": "hydroelectricity",
    "Wind": "wind",
    "Solar": "solar",
    "Biomass": "biofuel",
    "Waste": "biofuel",
    "Geothermal": "other_renewable_exc_biofuel",
    "Wave and Tidal": "other_renewable_exc_biofuel",
}
"""Fuel of the plant table -> fuel of the national generation table; storage generates nothing."""

OUTLINE_DISAGREES_BY = 2.0
"""Where plants in an outline and the authority's own capacity differ by more, the outline is not the grid."""

METHODS = {
    "measured": "observed",
    "national_generation": "derived",
    "national_less_parts": "derived",
    "plants_by_fuel": "modelled",
    "capacity_by_mix": "modelled",
    "cited": "derived",
}
"""How an average was found -> its quality."""


def place_plants(plants: pd.DataFrame, atlas: Atlas) -> pd.DataFrame:
    """Return the plants with the grid zone of their own country in which they stand.

    Parameters
    ----------
    plants : pandas.DataFrame
        From `plants.read_plants`.
    atlas : Atlas
        Zone outlines.

    Returns
    -------
    pandas.DataFrame
        The plants without storage, with ``zone_id`` and ``burns`` (fuel of the national table). A plant
        more than 150 km outside of its country is misplaced in the table and left out.
    """
    making = plants[plants.fuel.isin(FUEL_OF_PLANT)].reset_index(drop=True)
    points = gpd.GeoDataFrame(making, geometry=gpd.points_from_xy(making.lon, making.lat), crs=atlas.zones.crs)
    inside = gpd.sjoin(points, atlas.zones[["zoneName", "countryKey", "geometry"]], predicate="within")
    inside = inside[inside.countryKey == inside.country_iso2].sort_values("zoneName", kind="stable")
    zone_id = inside.zoneName[~inside.index.duplicated()].reindex(making.index).astype("object")
    for at in making.index[zone_id.isna()]:
        plant = making.loc[at]
        own = atlas.zones[atlas.zones.countryKey == plant.country_iso2]
        found = nearest_area(plant.lon, plant.lat, own, "zoneName", tolerance_km=OFFSHORE_REACH_KM)
        zone_id[at] = found.name if found else None
    placed = making.assign(zone_id=zone_id, burns=making.fuel.map(FUEL_OF_PLANT))
    kept: pd.DataFrame = placed[placed.zone_id.notna()]
    return kept


def national_generation(sources: Path) -> pd.DataFrame:
    """Return each country's generation by fuel.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        Index ISO alpha-2; one column per fuel and ``total``, mean over the year [MW].
    """
    mix = read_csv(sources / "grid/country_generation_mix.csv")
    iso2 = read_countries(sources).set_index("iso3").iso2
    mix = mix.assign(iso2=mix.iso_code.map(iso2)).dropna(subset="iso2").set_index("iso2").sort_index()
    fuels = sorted(set(FUEL_OF_PLANT.values()))
    twh = mix[[f"{fuel}_TWh" for fuel in [*fuels, "total"]]]
    mean_mw: pd.DataFrame = twh * (1e6 / HOURS_PER_YEAR)
    return mean_mw.set_axis([*fuels, "total"], axis=1)


def made_by_fuel(placed: pd.DataFrame, national: pd.DataFrame) -> pd.DataFrame:
    """Return what the plants of each zone make at their country's capacity factors, fuel by fuel.

    Parameters
    ----------
    placed : pandas.DataFrame
        From `place_plants`.
    national : pandas.DataFrame
        From `national_generation`.

    Returns
    -------
    pandas.DataFrame
        Mean generation, zones by fuel [MW]. Where a country makes more from a fuel than its known plants can,
        the surplus is nobody's: zones come out low, never high, by it.
    """
    known_mw = placed.groupby(["country_iso2", "burns"]).plant_mw.sum()
    by_fuel = national.drop(columns="total").rename_axis(index="country_iso2")
    made_mw = by_fuel.reset_index().melt("country_iso2", var_name="burns", value_name="national_mw")
    rates = known_mw.rename("known_mw").reset_index().merge(made_mw, on=["country_iso2", "burns"])
    rates["factor"] = (rates.national_mw / rates.known_mw).clip(upper=HIGHEST_CAPACITY_FACTOR)
    each = placed.merge(rates[["country_iso2", "burns", "factor"]], on=["country_iso2", "burns"])
    making = each.assign(made_mw=each.factor * each.plant_mw).dropna(subset="made_mw")
    by_fuel_made: pd.DataFrame = making.pivot_table(index="zone_id", columns="burns", values="made_mw", aggfunc="sum")
    return by_fuel_made.fillna(0.0)


def modelled_generation(placed: pd.DataFrame, national: pd.DataFrame) -> pd.Series:
    """Return what the plants of each zone make [MW], the sum of `made_by_fuel` over fuels."""
    by_zone: pd.Series[float] = made_by_fuel(placed, national).sum(axis=1)
    return by_zone


def measured_generation(sources: Path) -> pd.Series:
    """Return measured mean generation of the latest year, where the source summed hours rightly.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.Series
        By zone [MW]; Germany and the Netherlands, once summed over quarter-hours, are left out.
    """
    table = read_csv(sources / "risk/zone_generation_measured.csv")
    right = table[table.quarter_hour_corrected == 0].sort_values(["zone_id", "year", "source"], kind="stable")
    latest: pd.Series[float] = right.drop_duplicates("zone_id", keep="last").set_index("zone_id").avg_generation_mw
    return latest


def authority_generation(modelled: pd.Series, placed: pd.DataFrame, sources: Path) -> pd.Series:
    """Return averages of balancing authorities of the USA whose outline holds other authorities' plants.

    Parameters
    ----------
    modelled : pandas.Series
        From `modelled_generation` [MW].
    placed : pandas.DataFrame
        From `place_plants`.
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.Series
        By zone [MW]: the authority's own installed capacity times the mean capacity factor of its outline,
        for authorities whose plants in the outline differ from that capacity by more than a factor 2.
        Authorities interleave (The Dalles dam stands in PacifiCorp's outline and is Bonneville's).
    """
    table = read_csv(sources / "risk/zone_capacity.csv")
    own_mw = table[table.zone_id.str.startswith("US-")].set_index("zone_id").capacity_mw.dropna()
    outline_mw = placed.groupby("zone_id").plant_mw.sum().reindex(own_mw.index).dropna()
    ratio = outline_mw / own_mw.reindex(outline_mw.index)
    astray = ratio[(ratio > OUTLINE_DISAGREES_BY) | (ratio < 1 / OUTLINE_DISAGREES_BY)].index
    by_mix: pd.Series[float] = modelled.reindex(astray) / outline_mw[astray] * own_mw[astray]
    return by_mix


def zone_generation(zones: pd.DataFrame, placed: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Return mean generation and known plants of every zone, with how they were found.

    Parameters
    ----------
    zones : pandas.DataFrame
        Columns ``zone_id``, ``level``, ``country_iso2``.
    placed : pandas.DataFrame
        From `place_plants`.
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        Columns ``zone_id``, ``avg_generation_mw``, ``avg_generation_method``, ``avg_generation_quality``,
        ``plants_mw``. A national total never stands for a part of the country.
    """
    national = national_generation(sources)
    modelled = modelled_generation(placed, national)
    authority = authority_generation(modelled, placed, sources)
    measured = measured_generation(sources)
    plants_mw = placed.groupby("zone_id").plant_mw.sum()
    rows: list[dict[str, object]] = []
    for zone in zones.itertuples(index=False):
        zone_id, country = str(zone.zone_id), str(zone.country_iso2)
        parts = zones[(zones.country_iso2 == country) & (zones.zone_id != zone_id)]
        average_mw, method = np.nan, ""
        if zone_id in measured.index:
            average_mw, method = measured[zone_id], "measured"
        elif zone.level == "country" and country in national.index:
            parts_mw = modelled.reindex(parts.zone_id).sum()
            average_mw = national.total[country] - parts_mw
            method = "national_less_parts" if len(parts) else "national_generation"
        elif zone_id in authority.index:
            average_mw, method = authority[zone_id], "capacity_by_mix"
        elif zone_id in modelled.index:
            average_mw, method = modelled[zone_id], "plants_by_fuel"
        rows.append(
            {
                "zone_id": zone_id,
                "avg_generation_mw": average_mw,
                "avg_generation_method": method,
                "avg_generation_quality": METHODS.get(method, ""),
                "plants_mw": plants_mw.get(zone_id, np.nan),
            }
        )
    return _corrected(pd.DataFrame(rows))


def _corrected(averages: pd.DataFrame) -> pd.DataFrame:
    """Return averages with those that an independent figure replaces, or that are known to be off marked."""
    corrections = read_csv(HERE / "generation_corrections.csv").set_index("zone_id")
    unknown = sorted(set(corrections.index) - set(averages.zone_id))
    if unknown:
        raise ValueError(f"generation_corrections.csv names zones that are not: {', '.join(unknown)}")
    cited = averages.zone_id.map(corrections.avg_generation_mw)
    return averages.assign(
        avg_generation_mw=cited.fillna(averages.avg_generation_mw),
        avg_generation_method=averages.avg_generation_method.where(cited.isna(), "cited"),
        avg_generation_quality=averages.zone_id.map(corrections.quality).fillna(averages.avg_generation_quality),
    )


def model_check(placed: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Return the modelled averages beside the measured ones, where both exist.

    Parameters
    ----------
    placed : pandas.DataFrame
        From `place_plants`.
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        Index zone; columns ``modelled_mw``, ``measured_mw`` and ``ratio``. Balancing authorities of the USA
        trade across their outlines, so that small ones are off by factors.
    """
    by_plants = modelled_generation(placed, national_generation(sources))
    by_mix = authority_generation(by_plants, placed, sources)
    modelled = by_mix.combine_first(by_plants).rename("modelled_mw")
    both = modelled.to_frame().join(measured_generation(sources).rename("measured_mw"), how="inner")
    return both.assign(ratio=both.modelled_mw / both.measured_mw).sort_index()


def nation_check(placed: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Return the sum of modelled zones beside the national total, for countries cut into zones.

    Parameters
    ----------
    placed : pandas.DataFrame
        From `place_plants`.
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        Index ISO alpha-2; columns ``zones_mw``, ``national_mw``, ``ratio``.
    """
    national = national_generation(sources)
    owner = placed.drop_duplicates("zone_id").set_index("zone_id").country_iso2
    modelled = modelled_generation(placed, national)
    cut = owner[owner.duplicated(keep=False)].index
    sums = modelled.reindex(cut).groupby(owner.reindex(cut)).sum().rename("zones_mw").to_frame()
    sums["national_mw"] = national.total.reindex(sums.index)
    compared: pd.DataFrame = sums.assign(ratio=sums.zones_mw / sums.national_mw)
    return compared
