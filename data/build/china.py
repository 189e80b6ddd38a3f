"""China by province: outlines, zones and intensities, on ratios of the Ministry of Ecology and Environment."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

COUNTRY = "CN"

NATIONAL_2023_G_PER_KWH = 530.6
"""Mean factor of China, 2023 (Announcement 2025 No. 47; from memory in the project's audit, 536.6 of 2022 is published)."""

NATURAL_EARTH = {"Inner Mongolia": "Inner Mongol", "Tibet": "Xizang"}
"""Province -> its name in Natural Earth, where it is another."""

UNRATED = {"CN-XZ": "Tibet"}
"""Provinces without a factor: their intensity is unknown."""

SOURCE = "MEE Announcement 2025 No. 47: the province's factor of 2023 over the national one, times China's intensity"


def provinces(sources: Path) -> pd.DataFrame:
    """Return every province of China.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        ``zone_id``, ``name`` and ``ratio`` of its factor to the national mean, empty where it has none.
    """
    table = pd.read_csv(sources / "grid/china_provinces_2023.csv")
    rated = table.assign(ratio=table.co2_g_per_kwh / NATIONAL_2023_G_PER_KWH)[["zone_id", "name", "ratio"]]
    return pd.concat([rated, pd.DataFrame({"zone_id": list(UNRATED), "name": list(UNRATED.values())})])


def cut_outline(zones: gpd.GeoDataFrame, units: gpd.GeoDataFrame, sources: Path) -> gpd.GeoDataFrame:
    """Return zone outlines with China's provinces in place of China.

    Parameters
    ----------
    zones : geopandas.GeoDataFrame
        ``zoneName``, ``countryKey``, geometry.
    units : geopandas.GeoDataFrame
        Admin-1 units: ``iso_a2``, ``name``, geometry.
    sources : Path
        The folder of raw sources.

    Returns
    -------
    geopandas.GeoDataFrame
        The other zones, and one row a province.

    Raises
    ------
    ValueError
        If a province has no outline.
    """
    own = units[units.iso_a2 == COUNTRY].set_index("name").geometry
    table = provinces(sources)
    names = table.name.replace(NATURAL_EARTH)
    missing = sorted(set(names) - set(own.index))
    if missing:
        raise ValueError(f"provinces without an outline: {missing}")
    cut = gpd.GeoDataFrame(
        {"zoneName": table.zone_id.to_numpy(), "countryKey": COUNTRY, "countryName": "China"},
        geometry=own.loc[names].to_numpy(),
        crs=zones.crs,
    )
    return gpd.GeoDataFrame(pd.concat([zones[zones.countryKey != COUNTRY], cut], ignore_index=True), crs=zones.crs)


def by_province(table: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Return rows of zones with China's row repeated for each province.

    Parameters
    ----------
    table : pandas.DataFrame
        A table with ``zone_id``, in the columns of the source of zones.
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        The other rows, and each row of China once a province, with ``ratio``.
    """
    rows = table[table.zone_id == COUNTRY].drop(columns=["zone_id", "name"], errors="ignore")
    each = provinces(sources).merge(rows, how="cross")
    if "name" not in table:
        each = each.drop(columns="name")
    return pd.concat([table[table.zone_id != COUNTRY], each], ignore_index=True)


def scaled(rows: pd.DataFrame) -> pd.DataFrame:
    """Return intensities and shares of provinces from China's.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``ratio``, empty for zones that are no province; columns of intensity and shares.

    Returns
    -------
    pandas.DataFrame
        Intensity times the ratio. What is not carbon-free emits, so its share is times the ratio too (at most all);
        renewables are as large a part of the carbon-free share as in the country. Provinces without a ratio left out.
    """
    province = rows.zone_id.str.startswith(f"{COUNTRY}-")
    ratio = rows.ratio.where(province, 1.0)
    known = rows[ratio.notna()].copy()
    ratio = ratio[ratio.notna()]
    for column in [name for name in known if str(name).startswith("ci_") and str(name).endswith("_g_per_kwh")]:
        known[column] = known[column].astype(float) * ratio
    free = known.carbon_free_share.astype(float)
    own = (1.0 - (1.0 - free) * ratio).clip(lower=0.0)
    scale = (own / free).where(province[known.index], 1.0)
    return known.assign(
        renewable_share=known.renewable_share.astype(float) * scale, carbon_free_share=free * scale
    ).drop(columns="ratio")
