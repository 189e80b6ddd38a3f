"""How far the typical years are off, measured at stations that were left out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from climate_fit import Lessons, learn
from climate_sources import of_named_sets, read_polar_years

from siting.units import Bools
from siting.world.climate.estimate_inputs import EstimateInputs
from siting.world.climate.months import STATIONS_MINUS_GRID_K
from siting.world.climate.summary import summaries
from siting.world.climate.typical_year import typical_years

TEST_STATIONS = 140
SEED = 20260701
BEYOND_KM = 100.0
BOX_DEGREES = 5
TRUTH = {"cdd18_k_day": "cdd18", "dry_bulb_le_18c_h": "h_db_le18", "wet_bulb_le_16c_h": "h_wb_le16"}
NAMES = {
    "cdd18_k_day": "CDD18 [K day]",
    "dry_bulb_le_18c_h": "hours dry bulb <= 18 C [h]",
    "wet_bulb_le_16c_h": "hours wet bulb <= 16 C [h]",
}
GOALS = {"cdd18_k_day": 85, "dry_bulb_le_18c_h": 195, "wet_bulb_le_16c_h": 205}
OFFSETS_K = (STATIONS_MINUS_GRID_K, 0.0)


def test_stations(stations: pd.DataFrame) -> pd.DataFrame:
    """Return stations of named sets drawn at random, at most one per 5 degree box, so that none dominates."""
    drawn = stations.sample(frac=1, random_state=SEED)
    drawn = drawn[of_named_sets(drawn)]
    boxes = [np.floor(drawn[axis] / BOX_DEGREES) for axis in ("lat", "lon")]
    return drawn.groupby(boxes, sort=False).head(1).head(TEST_STATIONS).sort_values("id")


def leave_out_errors(
    known: EstimateInputs, seen: Lessons, stations: pd.DataFrame, tested: pd.DataFrame, taught: Bools
) -> pd.DataFrame:
    """Return estimate minus station for each tested station and offset; columns (offset, figure).

    Parameters
    ----------
    known : EstimateInputs
        As shipped; its corrections are fitted again for every station.
    seen : Lessons
        Errors of the first guess at all stations.
    stations, tested : pandas.DataFrame
        All stations, and those to estimate.
    taught : numpy.ndarray
        (stations,) which ones teach the shipped fit; the tested ones and those near one teach nothing here.
    """
    free = taught & ~np.isin(np.arange(len(stations)), tested.index)
    rows = []
    for position, station in zip(tested.index, tested.itertuples(), strict=True):
        learnt = learn(seen, np.flatnonzero(free & (seen.km[position] >= BEYOND_KM)))
        here = [np.array([value], dtype=float) for value in (station.lon, station.lat, station.elevation)]
        row = {}
        for offset_k in OFFSETS_K:
            year = typical_years(replace(known, corrections=learnt), *here, offset_k=offset_k, beyond_km=BEYOND_KM)
            figures = summaries(year.dry_bulb_c, year.wet_bulb_c, year.pressure_pa)
            row |= {(offset_k, name): float(figures[name][0] - getattr(station, c)) for name, c in TRUTH.items()}
        rows.append(row)
    return pd.DataFrame(rows, index=tested.index)


def polar_errors(known: EstimateInputs, sources: Path) -> dict[str, Any]:
    """Return estimate minus observed year at the places of the polar years, each year left out."""
    rows, hours = read_polar_years(sources)
    said = {}
    for place, observed in zip(rows.itertuples(), hours / 10, strict=True):
        here = [np.array([value], dtype=float) for value in (place.lon, place.lat, place.elevation)]
        year = typical_years(known, *here, offset_k=STATIONS_MINUS_GRID_K, beyond_km=BEYOND_KM)
        made = summaries(year.dry_bulb_c, year.wet_bulb_c, year.pressure_pa)
        real = summaries(observed[:1], observed[1:], year.pressure_pa)
        said[str(place.site)] = {
            "lat": float(place.lat),
            **{name: round(float(made[name][0] - real[name][0]), 1) for name in (*TRUTH, "hdd18_k_day")},
        }
    return said


def measure(
    known: EstimateInputs, seen: Lessons, stations: pd.DataFrame, taught: Bools, sources: Path
) -> dict[str, Any]:
    """Measure the leave-out errors at the stations' climate and at today's.

    Parameters
    ----------
    known : EstimateInputs
        As shipped; its corrections are fitted again for every station tested.
    seen : Lessons
        Errors of the first guess at all stations.
    stations : pandas.DataFrame
        All stations whose elevation can be trusted.
    taught : numpy.ndarray
        (stations,) which ones teach the shipped fit.
    sources : Path
        Folder of the raw tables.

    Returns
    -------
    dict
        Figures as they are written to ``accuracy_climate.json``.
    """
    tested = test_stations(stations)
    errors = leave_out_errors(known, seen, stations, tested, taught)
    said: dict[str, Any] = {
        "n": len(tested),
        "seed": SEED,
        "method": (
            f"Stations of named sets drawn at random, at most one per {BOX_DEGREES} degree box; none of them calibrates any other; "
            f"every library year, climate normal and calibration station within {BEYOND_KM:.0f} km of the tested one "
            "left out, the corrections fitted again without them. Shipped arrays, package code. Estimate minus "
            "station, whose years are 1961-2005."
        ),
        "countries": int(tested["country"].nunique()),
        "stations_north_of_54p6": int((tested["lat"] > 54.6).sum()),
        "station_mean": {name: round(float(tested[column].mean()), 1) for name, column in TRUTH.items()},
        "goal_at_stations_climate": GOALS,
    }
    for offset_k in OFFSETS_K:
        missed = errors[[(offset_k, name) for name in TRUTH]].set_axis(list(TRUTH), axis=1)
        said[f"offset_{offset_k:g}_k"] = _summary(missed)
    own = errors[[(STATIONS_MINUS_GRID_K, name) for name in TRUTH]].set_axis(list(TRUTH), axis=1)
    published = tested["pub_cdd18_3"].notna()
    apart = (tested["cdd18_3"] - tested["pub_cdd18_3"])[published].abs()
    said["where_degree_days_are_published_offset_-0.8_k"] = {
        "n": int(published.sum()),
        "publication": "climatic design conditions of the ASHRAE Handbook 2009, another period of the same stations",
        "station_minus_publication_k_day": {"median": round(apart.median(), 1), "largest": round(apart.max(), 1)},
        **_summary(own[published]),
    }
    said["polar_years_offset_-0.8_k"] = polar_errors(known, sources)
    return said


def _summary(missed: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return mean absolute error, mean error and 90th percentile of the absolute error by figure."""
    return {
        "mean_absolute_error": missed.abs().mean().round(1).to_dict(),
        "mean_error": missed.mean().round(1).to_dict(),
        "absolute_error_p90": missed.abs().quantile(0.9).round(1).to_dict(),
    }


def write_accuracy(figures: dict[str, Any], target: Path) -> None:
    """Write the figures as JSON."""
    target.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def table_of(figures: dict[str, Any]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| | goal | offset_k = -0.8: MAE | mean error | p90 | offset_k = 0: MAE | mean error | p90 | station mean |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, words in NAMES.items():
        cells = [f"{GOALS[name]}"]
        for offset_k in OFFSETS_K:
            at = figures[f"offset_{offset_k:g}_k"]
            cells += [f"{at[k][name]:.0f}" for k in ("mean_absolute_error", "mean_error", "absolute_error_p90")]
        lines.append(f"| {words} | {' | '.join(cells)} | {figures['station_mean'][name]:.0f} |")
    return "\n".join(lines)


def sentence_of(figures: dict[str, Any]) -> str:
    """Say the measured errors, in the stations' own climate and in today's."""
    own, today = (figures[f"offset_{offset_k:g}_k"]["mean_absolute_error"] for offset_k in OFFSETS_K)
    told = "; ".join(
        f"{name} {own[key]:.0f} ({today[key]:.0f}) {unit}"
        for name, key, unit in (
            ("CDD18", "cdd18_k_day", "K day"),
            ("hours dry bulb <= 18 C", "dry_bulb_le_18c_h", "h"),
            ("hours wet bulb <= 16 C", "wet_bulb_le_16c_h", "h"),
        )
    )
    return (
        f"mean absolute error at {figures['n']} left-out stations in their own climate of 1961-2005 "
        f"(in brackets with the warming since counted as error): {told}"
    )
