"""The climate of every shipped place: its months, degree-days, extremes and hours by temperature."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import package as pk
import pandas as pd
from climate_accuracy import write_accuracy
from climate_months import FAR_FROM_NORMALS_KM, STATIONS_MINUS_GRID_K, station_residuals
from climate_sources import MONTHS, monthly_mean, read_climate_sources, read_stations
from typical_year import TypicalYear, typical_year

ACCURACY_FILE = Path(__file__).parent / "accuracy_climate.json"

NORTHERNMOST_YEAR_LAT, SOUTHERNMOST_YEAR_LAT = 54.6, -46.4
"""Beyond these latitudes no observed hourly year lies, so no error can be measured."""

SETS = ("sites", "hubs")

KEYS = (
    pk.Field("set", "string", "Table in which the place stands", required=True, enum=SETS),
    pk.Field("id", "string", "Slug of the place in that table", required=True, pattern="[a-z0-9-]+"),
)

SOURCES = (
    pk.Source(
        "Hersbach et al. (2020), ERA5 global reanalysis, monthly means 2000-2025. Contains modified Copernicus "
        "Climate Change Service information; neither the European Commission nor ECMWF is responsible for its use",
        "https://doi.org/10.1002/qj.3803",
    ),
    pk.Source(
        "New et al. (2002), A high-resolution data set of surface climate over global land areas (CRU CL 2.0)",
        "https://doi.org/10.3354/cr021001",
    ),
    pk.Source("Typical years: NREL TMY2 and TMY3, NCDC TMY, UNEP/NREL SWERA, IMGW Poland"),
    pk.Source("ITU-R P.1511, topography of the quarter-degree grid", "https://www.itu.int/rec/R-REC-P.1511"),
)

METHOD = (
    "Monthly means from ERA5 at the point (bilinear, 5 K/km to the place's elevation, corrected by near stations); "
    "humidity and daily range from CRU CL 2.0 normals; each month's hours from the most alike of five observed "
    "years, morphed to mean, daily range, day-to-day spread and vapour pressure. Climate of 2000-2025. Pressure: "
    "ICAO standard atmosphere. Error: "
)

CLIMATE = pk.Resource(
    name="climate",
    citation="ERA5 2000-2025 (contains modified Copernicus information), CRU CL 2.0, typical years TMY, SWERA, IMGW",
    path="climate/climate.csv",
    title="Climate of sites and hubs",
    description="Monthly means, degree-days of the daily mean and extremes of a typical year, 2000-2025.",
    year="2000-2025",
    quality="modelled",
    method=METHOD,
    licenses=(pk.COPERNICUS,),
    sources=SOURCES,
    fields=(
        *KEYS,
        *(
            pk.Field(f"t_mean_c_{month}", "number", f"Mean dry bulb of month {month}", "C", True, -90, 60, decimals=1)
            for month in MONTHS
        ),
        pk.Field("wet_bulb_mean_c", "number", "Mean wet bulb of the year", "C", True, -90, 40, decimals=1),
        pk.Field("cdd18_k_day", "number", "Cooling degree-days above 18 C", "K day", True, 0, 15000, decimals=0),
        pk.Field(
            "cdd21_k_day",
            "number",
            "Cooling degree-days above 21 C (base of the European Union)",
            "K day",
            True,
            0,
            15000,
            decimals=0,
        ),
        pk.Field("hdd18_k_day", "number", "Heating degree-days below 18 C", "K day", True, 0, 40000, decimals=0),
        pk.Field("t_max_c", "number", "Warmest hour of the typical year", "C", True, -90, 60, decimals=1),
        pk.Field("t_min_c", "number", "Coldest hour of the typical year", "C", True, -90, 60, decimals=1),
        pk.Field(
            "pressure_pa", "number", "Standard air pressure at the elevation", "Pa", True, 30000, 110000, decimals=0
        ),
        pk.Field("quality", "string", "How the row was made", required=True, enum=("modelled",)),
        pk.Field("error", "string", "How far the row may be off, and what it does not know", required=True),
    ),
    primary_key=("set", "id"),
)

CLIMATE_HOURS = pk.Resource(
    name="climate_hours",
    citation="ERA5 2000-2025 (contains modified Copernicus information), CRU CL 2.0, typical years TMY, SWERA, IMGW",
    path="climate/climate_hours.csv",
    title="Hours of a typical year by dry and wet bulb",
    description="Joint count of the 8760 hours in bins of 1 K by 1 K around whole degrees; 8760 per place.",
    year="2000-2025",
    quality="modelled",
    method=METHOD,
    licenses=(pk.COPERNICUS,),
    sources=SOURCES,
    fields=(
        *KEYS,
        pk.Field("dry_bulb_c", "integer", "Middle of the dry-bulb bin", "C", True, -90, 60),
        pk.Field("wet_bulb_c", "integer", "Middle of the wet-bulb bin, at most the dry bulb", "C", True, -90, 60),
        pk.Field("hours", "integer", "Hours of the year in the bin", "h", True, 1, 8760),
    ),
    primary_key=("set", "id", "dry_bulb_c", "wet_bulb_c"),
)


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write ``climate/climate.csv`` and ``climate/climate_hours.csv``, and measure their error.

    Parameters
    ----------
    sources : Path
        Folder of the raw tables.
    out : Path
        The ``data`` folder; ``places/sites.csv`` and ``places/hubs.csv`` must be there.

    Returns
    -------
    list of Resource
        The two tables.

    Raises
    ------
    ValueError
        If a place has no coordinates or elevation, or a value breaks its field's rule.
    """
    source, stations = read_climate_sources(sources), read_stations(sources)
    residuals = station_residuals(source, stations)
    accuracy = write_accuracy(source, stations, ACCURACY_FILE)
    summaries, counts = [], []
    for place in _places(out).itertuples():
        year = typical_year(source, residuals, place.lon, place.lat, place.elevation_m)
        key = {"set": place.set, "id": place.id}
        summaries.append(
            {**key, **summary(year), "quality": "modelled", "error": error_sentence(year, place.lat, accuracy)}
        )
        counts.append(hour_counts(year).assign(**key))
    method = METHOD + accuracy_sentence(accuracy) + "."
    return [
        pk.write_table(pd.DataFrame(summaries), out, replace(CLIMATE, method=method)),
        pk.write_table(pd.concat(counts, ignore_index=True), out, replace(CLIMATE_HOURS, method=method)),
    ]


def summary(year: TypicalYear) -> dict[str, float]:
    """Return the annual and monthly figures of a typical year; degree-days integrate the daily mean."""
    day_mean = year.dry_bulb_c.reshape(365, 24).mean(axis=1)
    months = monthly_mean(year.dry_bulb_c[None])[0]
    return {
        **{f"t_mean_c_{month}": float(mean) for month, mean in zip(MONTHS, months, strict=True)},
        "wet_bulb_mean_c": float(year.wet_bulb_c.mean()),
        "cdd18_k_day": float(np.maximum(day_mean - 18, 0).sum()),
        "cdd21_k_day": float(np.maximum(day_mean - 21, 0).sum()),
        "hdd18_k_day": float(np.maximum(18 - day_mean, 0).sum()),
        "t_max_c": float(year.dry_bulb_c.max()),
        "t_min_c": float(year.dry_bulb_c.min()),
        "pressure_pa": year.pressure_pa,
    }


def hour_counts(year: TypicalYear) -> pd.DataFrame:
    """Return the joint count of the hours in 1 K bins around whole degrees."""
    bins = pd.DataFrame(
        {
            "dry_bulb_c": np.floor(year.dry_bulb_c + 0.5).astype(int),
            "wet_bulb_c": np.floor(year.wet_bulb_c + 0.5).astype(int),
        }
    )
    return bins.value_counts().rename("hours").reset_index()


def error_sentence(year: TypicalYear, lat: float, accuracy: dict[str, Any]) -> str:
    """Say how far a place's row may be off."""
    if SOUTHERNMOST_YEAR_LAT <= lat <= NORTHERNMOST_YEAR_LAT:
        said = accuracy_sentence(accuracy)
    else:
        said = f"error unmeasured: no observed hourly year lies above {NORTHERNMOST_YEAR_LAT} N or below {-SOUTHERNMOST_YEAR_LAT} S"
    if year.km_to_normals > FAR_FROM_NORMALS_KM:
        said += f"; humidity and daily range neutral (assumption): the nearest climate normal is {year.km_to_normals:.0f} km away"
    return said


def accuracy_sentence(accuracy: dict[str, Any]) -> str:
    """Say the measured errors, in the stations' own climate and in today's."""
    own, today = (
        accuracy[f"offset_{offset_k:g}_k"]["mean_absolute_error"] for offset_k in (STATIONS_MINUS_GRID_K, 0.0)
    )
    figures = "; ".join(
        f"{name} {own[key]:.0f} ({today[key]:.0f}) {unit}"
        for name, key, unit in (
            ("CDD18", "cdd18_k_day", "K day"),
            ("hours dry bulb <= 18 C", "hours_dry_bulb_le_18c", "h"),
            ("hours wet bulb <= 16 C", "hours_wet_bulb_le_16c", "h"),
        )
    )
    return (
        f"mean absolute error at {accuracy['n']} left-out stations in their own climate of 1961-2005 "
        f"(in brackets with the warming since counted as error): {figures}"
    )


def _places(out: Path) -> pd.DataFrame:
    """Return set, id, lon, lat and elevation of all sites and hubs."""
    tables = [
        pd.read_csv(out / "places" / f"{name}.csv", keep_default_na=False, na_values=[""]).assign(set=name)
        for name in SETS
    ]
    places = pd.concat(tables, ignore_index=True)[["set", "id", "lon", "lat", "elevation_m"]]
    holes = places[places.isna().any(axis=1)]
    if len(holes):
        raise ValueError(f"climate: no coordinates or elevation for {', '.join(holes['id'])}")
    return places
