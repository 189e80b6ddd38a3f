"""Natural hazards: grids of cyclones and frost, volcanoes, earthquakes, and national classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import package as pk
import pandas as pd
from earth import read_countries, read_csv

CYCLONE_SCALE, FROST_SCALE = 100, 200
CELL_CENTRES = (np.arange(-89.75, 90, 0.5), np.arange(-179.75, 180, 0.5))
EVIDENCE_QUALITY = {
    "Eruption Observed": "observed",
    "Eruption Dated": "derived",
    "Evidence Credible": "derived",
    "Unrest / Holocene": "derived",
    "Evidence Uncertain": "unverified",
}
"""How sure the Smithsonian is of an eruption in the last 11,700 years, as a quality word."""

CLASSES = {
    "FL": ("river_flood", "River flood"),
    "UF": ("urban_flood", "Urban flood"),
    "CF": ("coastal_flood", "Coastal flood"),
    "EQ": ("earthquake", "Earthquake"),
    "LS": ("landslide", "Landslide"),
    "TS": ("tsunami", "Tsunami"),
    "VA": ("volcano", "Volcano"),
    "CY": ("cyclone", "Cyclone"),
    "DG": ("water_scarcity", "Water scarcity"),
    "EH": ("extreme_heat", "Extreme heat"),
    "WF": ("wildfire", "Wildfire"),
}

GRIDS = pk.Resource(
    name="hazard_grids",
    citation="IBTrACS 1980-2023 (NOAA); frost number from ERA5 (Copernicus)",
    path="hazards/hazard_grids.npz",
    title="Grids of half a degree: tropical cyclones and frozen ground",
    description=(
        "How often a tropical storm of 64 kt or more (hurricane force) came within 200 km of the middle of a cell, and "
        "the air frost number there. Rows run from 89.75 S to 89.75 N, columns from 179.75 W to 179.75 E."
    ),
    year="cyclones 1980-2023; frost number: ERA5, years not stated by the source",
    quality="cyclones derived; frost number modelled",
    method=(
        "Storms per decade are counted from best tracks, a storm once a cell. The air frost number is "
        "sqrt(freezing) / (sqrt(freezing) + sqrt(thawing)) of the degree-days of ERA5 air temperature (Nelson and "
        "Outcalt 1987): permafrost is possible from 0.5, likely from 0.6. It is low for continental Siberia (Yakutsk 0.61). Both are kept as "
        "whole numbers."
    ),
    licenses=(pk.PUBLIC_DOMAIN, pk.COPERNICUS),
    sources=(
        pk.Source("IBTrACS, International Best Track Archive (NOAA)", "https://www.ncei.noaa.gov/products/ibtracs"),
        pk.Source("ERA5 air temperature, Copernicus Climate Change Service", "https://cds.climate.copernicus.eu"),
    ),
)
ARRAYS = (
    pk.Array(
        "cyclone_64kt_per_decade_x100",
        "Tropical storms of 64 kt or more within 200 km, times 100; latitude by longitude",
        "0.01/decade",
        0,
        10000,
    ),
    pk.Array("frost_number_x200", "Air frost number, times 200; latitude by longitude", "0.005", 0, 200),
)
VOLCANOES = pk.Resource(
    name="volcanoes",
    citation="Smithsonian GVP, Volcanoes of the World (cited facts)",
    path="hazards/volcanoes.csv",
    title="Holocene volcanoes: where, and when they last erupted",
    description=(
        "Volcanoes known or thought to have erupted in the last 11,700 years. The screen keeps 20 km from each, the "
        "uncertain ones too; the planner can change that."
    ),
    year="as listed in 2025",
    quality="quality, row by row: unverified where the Smithsonian calls the evidence uncertain",
    method=(
        "Name, position, evidence and year of the last eruption only. A position is that of the summit or of the middle "
        "of a volcanic field, which may be tens of kilometres wide."
    ),
    licenses=(pk.CITED_FACTS,),
    sources=(
        pk.Source(
            "Global Volcanism Program, Smithsonian Institution: Volcanoes of the World (doi 10.5479/si.GVP.VOTW5)",
            "https://volcano.si.edu",
        ),
    ),
    fields=(
        pk.Field("gvp_number", "integer", "The Smithsonian's number", "id", True, 100000, 999999, unique=True),
        pk.Field("name", "string", "Name", required=True),
        pk.Field("lon", "number", "Longitude", "degree", True, -180, 180, decimals=3),
        pk.Field("lat", "number", "Latitude", "degree", True, -90, 90, decimals=3),
        pk.Field(
            "last_eruption_year", "integer", "Year of the last eruption; negative: BCE", "year", False, -12000, 2030
        ),
        pk.Field("evidence", "string", "What the listing rests on", required=True, enum=tuple(EVIDENCE_QUALITY)),
        pk.Field("quality", "string", "Quality", required=True, enum=("observed", "derived", "unverified")),
    ),
    primary_key=("gvp_number",),
)
EARTHQUAKES = pk.Resource(
    name="earthquakes",
    citation="NOAA significant earthquakes 1900-2017 (public domain)",
    path="hazards/earthquakes.csv",
    title="Earthquakes of magnitude 6.8 and more since 1900",
    description="What happened, not what will: a count of events near a place is no hazard map. Shown, never a filter.",
    year="1900-2017",
    quality="observed",
    method="Year, epicentre and magnitude of the events of magnitude 6.8 and more; nothing else of the database.",
    licenses=(pk.PUBLIC_DOMAIN,),
    sources=(
        pk.Source(
            "NOAA National Centers for Environmental Information: Significant Earthquake Database (doi 10.7289/V5TD9V7K)",
            "https://www.ngdc.noaa.gov/hazel/view/hazards/earthquake/search",
        ),
    ),
    fields=(
        pk.Field("event", "integer", "NOAA's number", "id", True, 1, unique=True),
        pk.Field("year", "integer", "Year", "year", True, 1900, 2030),
        pk.Field("lon", "number", "Longitude of the epicentre", "degree", True, -180, 180, decimals=2),
        pk.Field("lat", "number", "Latitude of the epicentre", "degree", True, -90, 90, decimals=2),
        pk.Field("magnitude", "number", "Magnitude", "1", True, 6.8, 10, decimals=1),
    ),
    primary_key=("event",),
)
HAZARD_CLASSES = pk.Resource(
    name="hazard_classes",
    citation="GFDRR ThinkHazard 2018 (CC BY-SA 4.0)",
    path="hazards/hazard_classes.csv",
    title="Hazard classes of countries, shown only",
    description=(
        "ThinkHazard's class of each country, the worst anywhere in it: 0 very low, 1 low, 2 medium, 3 high. Large "
        "countries are high in nearly all, so no limit reads this table."
    ),
    year="2018",
    quality="modelled",
    method="Joined by ISO code to the countries of this package; classes as published, empty where there is none.",
    licenses=(pk.CC_BY_SA_4,),
    sources=(
        pk.Source("Global Facility for Disaster Reduction and Recovery: ThinkHazard!", "https://thinkhazard.org"),
    ),
    fields=(
        pk.Field("iso2", "string", "ISO 3166-1 alpha-2; NA is Namibia", required=True, unique=True, pattern="[A-Z]{2}"),
        *(
            pk.Field(f"{name}_class", "integer", f"{title}: 0 very low to 3 high", "class", False, 0, 3)
            for name, title in CLASSES.values()
        ),
    ),
    primary_key=("iso2",),
)


def hazard_arrays(sources: Path) -> dict[str, np.ndarray]:
    """Return the grids, south and west first, as integers.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    dict of str to numpy.ndarray
        The arrays of ``hazards/hazard_grids.npz``.

    Raises
    ------
    ValueError
        If a source grid has other cells, or a cell without a value.
    """
    storms = _south_first(sources / "risk/tropical_cyclone_0p5deg.npz", "tc64kt_per_decade")
    frost = _south_first(sources / "risk/permafrost_frost_number_0p5deg.npz", "frost_number_x200")
    return {
        "cyclone_64kt_per_decade_x100": np.round(storms.astype(float) * CYCLONE_SCALE).astype("<u2"),
        "frost_number_x200": frost.astype("u1"),
    }


def _south_first(path: Path, name: str) -> np.ndarray:
    """Return a grid whose first row is the southernmost, its cells checked."""
    with np.load(path) as file:
        lat, lon, values = file["lat"], file["lon"], file[name]
    if lat[0] > lat[-1]:
        lat, values = lat[::-1], values[::-1]
    same = all(np.array_equal(a, b.astype(a.dtype)) for a, b in zip((lat, lon), CELL_CENTRES, strict=True))
    if not same or not np.isfinite(values.astype(float)).all():
        raise ValueError(f"{path.name}: {name} has other cells than half a degree, or cells without a value")
    return values


def volcano_table(sources: Path) -> pd.DataFrame:
    """Return one row a Holocene volcano.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        The columns of ``hazards/volcanoes.csv``.
    """
    table = read_csv(sources / "risk/volcanoes_holocene_gvp.csv").rename(
        columns={
            "volcano_number": "gvp_number",
            "volcano_name": "name",
            "longitude": "lon",
            "latitude": "lat",
            "activity_evidence": "evidence",
        }
    )
    return table.assign(quality=table.evidence.map(EVIDENCE_QUALITY))


def earthquake_table(sources: Path) -> pd.DataFrame:
    """Return one row an earthquake.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        The columns of ``hazards/earthquakes.csv``.
    """
    names = {"i_d": "event", "longitude": "lon", "latitude": "lat", "eq_primary": "magnitude"}
    table: pd.DataFrame = read_csv(sources / "risk/earthquakes_M68_1900_2017_noaa.csv").rename(columns=names)
    return table


def class_table(sources: Path) -> pd.DataFrame:
    """Return one row a country with its hazard classes.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        The columns of ``hazards/hazard_classes.csv``.
    """
    facts = read_csv(sources / "risk/country_hazard_thinkhazard_2018_CC_BY_SA.csv")
    facts = facts.rename(columns={f"th_{code}": f"{name}_class" for code, (name, _) in CLASSES.items()})
    table: pd.DataFrame = read_countries(sources)[["iso2", "iso3"]].merge(facts, on="iso3", validate="one_to_one")
    return table


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write the files of ``hazards/``.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        Grids, volcanoes, earthquakes, classes.

    Raises
    ------
    ValueError
        If a value breaks a rule of its table.
    """
    return [
        pk.write_arrays(hazard_arrays(sources), out, GRIDS, ARRAYS),
        pk.write_table(volcano_table(sources), out, VOLCANOES),
        pk.write_table(earthquake_table(sources), out, EARTHQUAKES),
        pk.write_table(class_table(sources), out, HAZARD_CLASSES),
    ]
