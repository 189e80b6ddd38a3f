"""The climate: what any place's typical year is made from, and the years of every shipped place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import package as pk
import pandas as pd
from climate_accuracy import measure, sentence_of, write_accuracy
from climate_consistency import contradicts_humidity
from climate_fit import Lessons, corrections_arrays, learn, lessons
from climate_sources import (
    MONTHS,
    Arrays,
    grid_arrays,
    normals_arrays,
    of_named_sets,
    read_stations,
    years_arrays,
)

from siting.units import Bools
from siting.world.climate.estimate_inputs import (
    EstimateInputs,
    corrections_of,
    estimate_inputs,
    grid_of,
    library_of,
    normals_of,
)
from siting.world.climate.shipped import SETS
from siting.world.climate.summary import Bins, climate_of_sites

ACCURACY_FILE = Path(__file__).parent / "accuracy_climate.json"

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
    "Monthly means from ERA5 at the point (bilinear at sea level, 5 K/km to the place's elevation); humidity and "
    "daily range from CRU CL 2.0 normals; both corrected by a drift and by kriging of what they miss at stations; each "
    "month's hours from the most alike of five observed years, morphed to mean, daily range, day-to-day spread and "
    "vapour pressure. Climate of 2000-2025. Pressure: standard atmosphere. Error: "
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
        pk.Field("dry_bulb_le_18c_h", "integer", "Hours at or below 18 C dry bulb", "h", True, 0, 8760),
        pk.Field("wet_bulb_le_16c_h", "integer", "Hours at or below 16 C wet bulb", "h", True, 0, 8760),
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
    citation=CLIMATE.citation,
    path="climate/climate_hours.npz",
    title="Hours of a typical year by dry and wet bulb",
    description="Joint count of the 8760 hours in bins of 1 K by 1 K around whole degrees, place after place.",
    year="2000-2025",
    quality="modelled",
    method=METHOD,
    licenses=(pk.COPERNICUS,),
    sources=SOURCES,
)

HOURS_ARRAYS = (
    pk.Array("set", "Table in which each place stands: 0 sites, 1 hubs", "1", 0, 1),
    pk.Array("id", "Slug of each place in that table"),
    pk.Array("start", "Position of each place's first bin; its bins end where the next begin", "1", 0, 2**31 - 1),
    pk.Array("dry_bulb_c", "Middle of the bin's dry bulb", "C", -90, 60),
    pk.Array("wet_bulb_c", "Middle of the bin's wet bulb, at most the dry bulb", "C", -90, 60),
    pk.Array("hours", "Hours of the year in the bin; 8760 in all per place", "h", 1, 8760),
)

ERA5, CRU, YEARS, TOPOGRAPHY = SOURCES

GRID = pk.Resource(
    name="climate_grid",
    citation="ERA5 2000-2025 (contains modified Copernicus information)",
    path="climate/climate_grid.npz",
    title="Monthly mean temperature at sea level, ground and sea of the Earth",
    description="Half-degree monthly means brought to sea level; quarter-degree elevation; nearness of land.",
    year="2000-2025",
    quality="derived",
    method=(
        "ERA5 monthly means plus 5 K/km of the grid's elevation, every second node, stored as differences over longitude "
        "of differences over month. Elevation in steps of 10 m as differences over longitude. Land of Natural Earth."
    ),
    licenses=(pk.COPERNICUS,),
    sources=(ERA5, TOPOGRAPHY, pk.Source("Natural Earth 1:50m land", "https://www.naturalearthdata.com")),
)

GRID_ARRAYS = (
    pk.Array(
        "t_step_0p1c",
        "Second differences of the mean (month, latitude 90..-90, longitude -180..179.5)",
        "0.1 C",
        -2000,
        2000,
    ),
    pk.Array("elevation_step_10m", "Differences (latitude 90..-90, longitude -180..179.75)", "10 m", -1000, 1000),
    pk.Array("near_land", "Bits: land within 50 km, same nodes, eight to a byte", "1", 0, 255),
)

NORMALS = pk.Resource(
    name="climate_normals",
    citation="CRU CL 2.0 (New et al. 2002)",
    path="climate/climate_normals.npz",
    title="Normals of temperature, daily range and humidity over land",
    description="Means of the normals within half a degree and 300 m of elevation.",
    year="1961-1990",
    quality="derived",
    method="CRU CL 2.0 at 21,895 stations, averaged in boxes of 0.5 degree and bands of 300 m.",
    licenses=(pk.CITED_FACTS,),
    sources=(CRU,),
)

PLACE_ARRAYS = (
    pk.Array("lon_0p01deg", "Longitude", "0.01 degree", -18000, 18000),
    pk.Array("lat_0p01deg", "Latitude", "0.01 degree", -9000, 9000),
    pk.Array("elevation_m", "Elevation", "m", -500, 9000),
)

NORMALS_ARRAYS = (
    *PLACE_ARRAYS,
    pk.Array("t_mean_0p1c", "Monthly mean temperature (box, month)", "0.1 C", -900, 600),
    pk.Array("diurnal_range_0p1k", "Mean daily range of the extremes (box, month)", "0.1 K", 0, 255),
    pk.Array("humidity_0p005", "Relative humidity over water (box, month)", "0.005", 0, 220),
)

YEARS_RESOURCE = pk.Resource(
    name="climate_years",
    citation="Typical years TMY, TMY2, TMY3 (NREL, NCDC), SWERA (UNEP), IMGW",
    path="climate/climate_years.npz",
    title="Observed years whose hours are morphed to other places",
    description="Hourly dry bulb and wet-bulb depression of typical years, in steps of 0.2 K.",
    year="1948-2005",
    quality="derived",
    method=(
        "Of the years whose terms let them be passed on, the 240 least alike; rounded to 0.2 K, stored as differences. Years "
        "whose elevation contradicts their pressure, or whose annual vapour pressure normals and other stations contradict "
        "by more than 4 robust standard deviations, are left out."
    ),
    licenses=(pk.CITED_FACTS,),
    sources=(YEARS,),
)

YEARS_ARRAYS = (
    *PLACE_ARRAYS,
    pk.Array(
        "dry_bulb_step_0p2k",
        "Dry bulb minus that of the hour before, the first minus 0 C (year, hour)",
        "0.2 K",
        -500,
        500,
    ),
    pk.Array(
        "depression_step_0p2k", "Dry minus wet bulb, minus that of the hour before (year, hour)", "0.2 K", -127, 127
    ),
)

CORRECTIONS = pk.Resource(
    name="climate_corrections",
    citation="fitted to statistics of typical years",
    path="climate/climate_corrections.npz",
    title="What stations taught the monthly estimates",
    description="Weights of the drift and of the pull of each station; no station's own figures.",
    year="1961-2005",
    quality="modelled",
    method=(
        "Ridge regression of the errors at stations on features of the month (siting.world.climate.months.features), warm "
        "months first for vapour and spread; stations whose humidity others contradict, and files of no named set, teach nothing; then "
        "kriging of the rest: likeness exp(-km/600 - (m/1500)^2), noise 1. Order: temperature, log vapour, log spread of days."
    ),
    licenses=(pk.CITED_FACTS,),
    sources=(
        pk.Source("Statistics of 1,533 typical years (NREL, NCDC, UNEP, IMGW, national sets); fitted, not shipped"),
    ),
)

CORRECTIONS_ARRAYS = (
    *PLACE_ARRAYS,
    pk.Array("bounds", "Least and most of each feature that counts (2, feature)", "1", -1000, 1000),
    pk.Array("drift", "Weights (quantity, feature)", "K, 1, 1", -1000, 1000),
    pk.Array("pull", "Weights (station, quantity, month)", "K, 1, 1", -100, 100),
)


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write what climates are made from, measure their error, and write those of sites and hubs.

    Parameters
    ----------
    sources : Path
        Folder of the raw tables.
    out : Path
        The ``data`` folder; ``places/sites.csv`` and ``places/hubs.csv`` must be there.

    Returns
    -------
    list of Resource
        Six files.

    Raises
    ------
    ValueError
        If a place has no coordinates or elevation, or a value breaks its field's rule.
    """
    grid, normals = grid_arrays(sources), normals_arrays(sources)
    stations = read_stations(sources)
    seen = lessons(grid_of(grid), normals_of(normals), stations)
    taught = _trusted(seen, stations)
    years = years_arrays(sources, stations.loc[taught, "id"])
    corrections = corrections_arrays(stations[seen.may_pull & taught], learn(seen, np.flatnonzero(taught)))
    known = EstimateInputs(grid_of(grid), normals_of(normals), library_of(years), corrections_of(corrections))
    figures = measure(known, seen, stations, taught, sources)
    write_accuracy(figures, ACCURACY_FILE)
    error = sentence_of(figures)
    library = replace(YEARS_RESOURCE, extra={"measured_error": error})
    made = [
        pk.write_arrays(grid, out, GRID, GRID_ARRAYS),
        pk.write_arrays(normals, out, NORMALS, NORMALS_ARRAYS),
        pk.write_arrays(years, out, library, YEARS_ARRAYS),
        pk.write_arrays(corrections, out, CORRECTIONS, CORRECTIONS_ARRAYS),
    ]
    return [*made, *_places_climate(out, known, error)]


def measured(sources: Path) -> dict[str, object]:
    """Measure the error of the shipped arrays, and write it.

    Parameters
    ----------
    sources : Path
        Folder of the raw tables.

    Returns
    -------
    dict
        Of `climate_accuracy.measure`.
    """
    known, stations = estimate_inputs(), read_stations(sources)
    seen = lessons(known.grid, known.normals, stations)
    figures = measure(known, seen, stations, _trusted(seen, stations), sources)
    write_accuracy(figures, ACCURACY_FILE)
    return figures


def _trusted(seen: Lessons, stations: pd.DataFrame) -> Bools:
    """Return which stations may teach: those of named sets whose humidity nothing contradicts."""
    return of_named_sets(stations) & ~contradicts_humidity(seen)


def _places_climate(out: Path, known: EstimateInputs, error: str) -> list[pk.Resource]:
    """Write the rows and bins of all sites and hubs."""
    places = _places(out)
    rows, bins = climate_of_sites(places["lon"], places["lat"], places["elevation_m"], known=known, measured=error)
    table = pd.concat([places[["set", "id"]], rows], axis=1)
    method = METHOD + error + "."
    return [
        pk.write_table(table, out, replace(CLIMATE, method=method)),
        pk.write_arrays(_bins_arrays(places, bins), out, replace(CLIMATE_HOURS, method=method), HOURS_ARRAYS),
    ]


def _bins_arrays(places: pd.DataFrame, bins: list[Bins]) -> Arrays:
    """Return the bins of all places, one after the other."""
    sizes = np.array([len(hours) for _, _, hours in bins])
    return {
        "set": np.array([SETS.index(name) for name in places["set"]], np.int8),
        "id": places["id"].to_numpy().astype(np.str_),
        "start": (np.cumsum(sizes) - sizes).astype(np.int32),
        "dry_bulb_c": np.concatenate([dry for dry, _, _ in bins]),
        "wet_bulb_c": np.concatenate([wet for _, wet, _ in bins]),
        "hours": np.concatenate([hours for _, _, hours in bins]),
    }


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
