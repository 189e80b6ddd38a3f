"""Typical years of many places as table rows and as bins of hours."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.errors import DataError
from siting.units import Floats, Ints
from siting.world.climate.estimate import (
    Climate,
    checked_places,
    cooling_degree_days,
    error_sentences,
    heating_degree_days,
)
from siting.world.climate.estimate_inputs import EstimateInputs, estimate_inputs, monthly_mean
from siting.world.climate.typical_year import CHUNK, typical_years
from siting.world.climate.weather_files import read_weather
from siting.world.climate.weather_place import compared

if TYPE_CHECKING:
    from pandas import DataFrame

COLDEST_BIN_C, BINS = -90, 151
"""Middle of the coldest bin [C], and bins of 1 K up to 60 C."""

MONTH_COLUMNS = tuple(f"t_mean_c_{month:02d}" for month in range(1, 13))
"""Columns of the monthly means [C]."""

Bins = tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.uint16]]
"""Dry bulb [C], wet bulb [C] and hours [h] of the bins of one place."""


def climate_of_sites(
    lon: ArrayLike,
    lat: ArrayLike,
    elevation_m: ArrayLike,
    weather_files: Sequence[Path | str | None] | None = None,
    *,
    known: EstimateInputs | None = None,
    measured: str | None = None,
) -> "tuple[DataFrame, list[Bins]]":
    """Return the climate of many places, estimated or read from the user's weather files.

    Parameters
    ----------
    lon, lat : array_like
        (n,) places [degree].
    elevation_m : array_like
        (n,) elevations [m]; NaN takes the grid's.
    weather_files : sequence of path or None, optional
        An EPW or CSV file that replaces the estimate of its place.
    known : EstimateInputs, optional
        Inputs of the estimate; the shipped arrays if not given.
    measured : str, optional
        Its measured error in words; that of the shipped arrays if not given.

    Returns
    -------
    rows : pandas.DataFrame
        One row per place with the figures of the table ``climate`` (no ``set`` and ``id``).
    bins : list of (dry bulb, wet bulb, hours)
        Per place, the hours in 1 K bins around whole degrees.

    Raises
    ------
    siting.errors.DataError
        Places out of range, or faults of weather files, all at once; one of a far place is a fault.

    Examples
    --------
    >>> rows, bins = climate_of_sites([15.63, 103.82], [78.22, 1.35], [30.0, 15.0])
    >>> (rows["cdd18_k_day"] > 3000).tolist(), [int(hours.sum()) for _, _, hours in bins]
    ([False, True], [8760, 8760])
    """
    import pandas as pd

    lon, lat, given = (np.asarray(values, dtype=np.float64) for values in (lon, lat, elevation_m))
    files = list(weather_files) if weather_files is not None else [None] * len(lon)
    from_files = _user_years(files)
    known = estimate_inputs() if known is None else known
    lon, lat, rise = checked_places(lon, lat, given, known=known)
    rows: list[dict[str, object]] = [{} for _ in lon]
    bins: list[Bins] = [(np.empty(0, np.int8), np.empty(0, np.int8), np.empty(0, np.uint16))] * len(lon)
    every = np.arange(len(lon))
    for start in range(0, len(lon), CHUNK):
        at = every[start : start + CHUNK]
        typical = typical_years(known, lon[at], lat[at], rise[at])
        errors = error_sentences(
            lon[at], lat[at], np.isnan(given[at]), typical.km_to_normals, known=known, measured=measured
        )
        figures = summaries(typical.dry_bulb_c, typical.wet_bulb_c, typical.pressure_pa)
        for k, place in enumerate(at):
            rows[place] = {name: values[k] for name, values in figures.items()} | {
                "quality": "modelled",
                "error": errors[k],
            }
            bins[place] = hour_bins(typical.dry_bulb_c[k], typical.wet_bulb_c[k])
    faults: list[str] = []
    for place, year in from_files.items():
        name, estimate_c = Path(str(files[place])).name, float(np.mean([rows[place][c] for c in MONTH_COLUMNS]))
        notes = compared(name, year, (lon[place], lat[place], rise[place]), estimate_c, faults)
        rows[place] = summary_of(replace(year, error="; ".join([year.error, *notes])))
        bins[place] = hour_bins(year.dry_bulb_c, year.wet_bulb_c)
    if faults:
        raise DataError.from_faults("weather files of other places:", faults)
    return pd.DataFrame(rows), bins


def _user_years(files: Sequence[Path | str | None]) -> dict[int, Climate]:
    """Read the weather files, naming the faults of all of them."""
    years, faults = {}, []
    for k, path in enumerate(files):
        if path is not None:
            try:
                years[k] = read_weather(Path(path))
            except DataError as error:
                faults.append(str(error))
    if len(faults) == 1:
        raise DataError(faults[0])
    if faults:
        raise DataError.from_faults(f"{len(faults)} weather files have faults:", faults)
    return years


def summary_of(climate: Climate) -> dict[str, object]:
    """Return the figures of one climate under the column names of the table ``climate``."""
    figures = summaries(climate.dry_bulb_c[None], climate.wet_bulb_c[None], np.array([climate.pressure_pa]))
    return {name: values[0] for name, values in figures.items()} | {"quality": climate.quality, "error": climate.error}


def summaries(dry_bulb_c: Floats, wet_bulb_c: Floats, pressure_pa: Floats) -> dict[str, Floats]:
    """Return the annual and monthly figures of (n, 8760) hours; degree-days integrate the daily mean."""
    months = monthly_mean(dry_bulb_c.reshape(len(dry_bulb_c), 365, 24).mean(axis=2))
    return {
        **{name: months[:, month] for month, name in enumerate(MONTH_COLUMNS)},
        "wet_bulb_mean_c": wet_bulb_c.mean(axis=1),
        "cdd18_k_day": cooling_degree_days(dry_bulb_c, 18.0),
        "cdd21_k_day": cooling_degree_days(dry_bulb_c, 21.0),
        "hdd18_k_day": heating_degree_days(dry_bulb_c, 18.0),
        "dry_bulb_le_18c_h": (dry_bulb_c <= 18.0).sum(axis=1).astype(np.float64),
        "wet_bulb_le_16c_h": (wet_bulb_c <= 16.0).sum(axis=1).astype(np.float64),
        "t_max_c": dry_bulb_c.max(axis=1),
        "t_min_c": dry_bulb_c.min(axis=1),
        "pressure_pa": np.asarray(pressure_pa, dtype=np.float64),
    }


def hour_bins(dry_bulb_c: Floats, wet_bulb_c: Floats) -> Bins:
    """Return the joint count of 8760 hours in 1 K bins around whole degrees, coldest first."""
    count = np.bincount(bins_of(dry_bulb_c, wet_bulb_c), minlength=BINS * BINS)
    filled = np.flatnonzero(count)
    middle_dry, middle_wet = filled // BINS + COLDEST_BIN_C, filled % BINS + COLDEST_BIN_C
    return middle_dry.astype(np.int8), middle_wet.astype(np.int8), count[filled].astype(np.uint16)


def bins_of(dry_bulb_c: Floats, wet_bulb_c: Floats) -> Ints:
    """Return the number of each hour's bin, which rises with the dry bulb and, within it, with the wet bulb."""
    dry = np.floor(dry_bulb_c + 0.5).astype(np.int64) - COLDEST_BIN_C
    wet = np.floor(wet_bulb_c + 0.5).astype(np.int64) - COLDEST_BIN_C
    return np.asarray(dry * BINS + wet)
