"""How far the typical years are off, measured at stations that were left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from climate_months import STATIONS_MINUS_GRID_K, Residuals, station_residuals
from climate_sources import ClimateSources
from typical_year import typical_year

TEST_STATIONS = 140
SEED = 20260701
BEYOND_KM = 100.0
BOX_DEGREES = 5
TRUTH = {"cdd18_k_day": "cdd18", "hours_dry_bulb_le_18c": "h_db_le18", "hours_wet_bulb_le_16c": "h_wb_le16"}


def test_stations(stations: pd.DataFrame) -> pd.DataFrame:
    """Return stations drawn at random, at most one per 5 degree box, so that none dominates."""
    drawn = stations.sample(frac=1, random_state=SEED)
    boxes = [np.floor(drawn[axis] / BOX_DEGREES) for axis in ("lat", "lon")]
    return drawn.groupby(boxes, sort=False).head(1).head(TEST_STATIONS).sort_values("id")


def leave_out_errors(
    source: ClimateSources, residuals: Residuals, tested: pd.DataFrame, offset_k: float
) -> pd.DataFrame:
    """Return estimate minus station for each tested station."""
    rows = []
    for station in tested.itertuples():
        year = typical_year(
            source,
            residuals,
            station.lon,
            station.lat,
            station.elevation,
            offset_k=offset_k,
            beyond_km=BEYOND_KM,
        )
        day_mean = year.dry_bulb_c.reshape(365, 24).mean(axis=1)
        rows.append(
            {
                "cdd18_k_day": np.clip(day_mean - 18, 0, None).sum() - station.cdd18,
                "hours_dry_bulb_le_18c": (year.dry_bulb_c <= 18).sum() - station.h_db_le18,
                "hours_wet_bulb_le_16c": (year.wet_bulb_c <= 16).sum() - station.h_wb_le16,
            }
        )
    return pd.DataFrame(rows, index=tested.index)


def measure(source: ClimateSources, stations: pd.DataFrame) -> dict[str, Any]:
    """Measure the leave-out errors at the stations' climate and at today's.

    Parameters
    ----------
    source : ClimateSources
        Grid, normals, library.
    stations : pandas.DataFrame
        All stations that can be trusted.

    Returns
    -------
    dict
        Figures as they are written to ``accuracy_climate.json``.
    """
    tested = test_stations(stations)
    residuals = station_residuals(source, stations.drop(tested.index))
    said: dict[str, Any] = {
        "n": len(tested),
        "seed": SEED,
        "method": (
            f"Stations drawn at random, at most one per {BOX_DEGREES} degree box; none of them calibrates; "
            f"every library year, CRU and calibration station within {BEYOND_KM:.0f} km of the tested one "
            "left out. Estimate minus station, whose years are 1961-2005."
        ),
        "countries": int(tested["country"].nunique()),
        "stations_north_of_54p6": int((tested["lat"] > 54.6).sum()),
        "station_mean": {name: round(float(tested[column].mean()), 1) for name, column in TRUTH.items()},
    }
    for offset_k in (STATIONS_MINUS_GRID_K, 0.0):
        errors = leave_out_errors(source, residuals, tested, offset_k)
        said[f"offset_{offset_k:g}_k"] = {
            "mean_absolute_error": errors.abs().mean().round(1).to_dict(),
            "mean_error": errors.mean().round(1).to_dict(),
            "absolute_error_p90": errors.abs().quantile(0.9).round(1).to_dict(),
        }
    return said


def write_accuracy(source: ClimateSources, stations: pd.DataFrame, target: Path) -> dict[str, Any]:
    """Measure, write the figures as JSON, and return them."""
    figures = measure(source, stations)
    target.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return figures
