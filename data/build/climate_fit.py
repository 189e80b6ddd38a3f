"""What the stations teach the monthly estimates: the drift of their errors, and the pull of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from climate_sources import MONTHS, SHIPPABLE_KINDS, Arrays

from siting.world.climate.estimate_inputs import (
    LEAST_DAY_SD_K,
    Corrections,
    MonthlyGrid,
    Normals,
    chord_to_km,
    unit_vectors,
)
from siting.world.climate.months import (
    LIKENESS_DOUBT,
    STATIONS_MINUS_GRID_K,
    features,
    first_guess,
    grid_t_mean_c,
    likeness,
    normals_at,
)

FAR_NORMALS_KM = 100.0
"""The drift is learnt both with the nearest normals and without those nearer than this [km]."""

BOUND_SHARES = (0.01, 0.99)
"""Features count between these quantiles of what the stations show."""

CROWD_KM = 500.0
"""Stations with many others this near count for less in the drift [km]."""

RIDGE = 1e-3
"""Penalty of each drift weight but the constant's, relative to the mean square of its feature."""

WARM_C, WARM_WIDTH_K, COLD_WEIGHT = 20.0, 8.0, 0.1
"""The drift of vapour and spread counts months near this mean most, cold ones least: they decide on cooling [C], [K], [1]."""


@dataclass(frozen=True)
class Lessons:
    """Errors of the first guess at stations, and all that is needed to learn from some of them.

    Parameters
    ----------
    places : Corrections
        The stations, with weights still empty.
    features_near, features_far : numpy.ndarray
        (n, 12, k) with all normals, and without those within `FAR_NORMALS_KM`.
    missed_near, missed_far : numpy.ndarray
        (n, 3, 12) station minus first guess.
    warmth : numpy.ndarray
        (n, 12) weight of each month in the drift of vapour and of the spread of days [1].
    km : numpy.ndarray
        (n, n) distance of stations [km].
    may_pull : numpy.ndarray
        (n,) whether weights of the station may be shipped; the others teach the drift alone.
    """

    places: Corrections
    features_near: np.ndarray
    features_far: np.ndarray
    missed_near: np.ndarray
    missed_far: np.ndarray
    warmth: np.ndarray
    km: np.ndarray
    may_pull: np.ndarray


def lessons(grid: MonthlyGrid, normals: Normals, stations: pd.DataFrame) -> Lessons:
    """Compare the first guess with the stations.

    Parameters
    ----------
    grid : MonthlyGrid
        As shipped.
    normals : Normals
        As shipped.
    stations : pandas.DataFrame
        Of `climate_sources.read_stations`.

    Returns
    -------
    Lessons
        For `learn`.
    """
    lon, lat, elevation = (stations[name].to_numpy(float).round(2) for name in ("lon", "lat", "elevation"))
    t_mean, vapour, day_sd = (
        stations[[f"{name}_{month}" for month in MONTHS]].to_numpy(float)
        for name in ("t_mean", "vap_pressure_pa", "t_dailymean_sd")
    )
    t_stations = grid_t_mean_c(grid, lon, lat, elevation) + STATIONS_MINUS_GRID_K
    found, missed = [], []
    for beyond_km in (0.0, FAR_NORMALS_KM):
        normal = normals_at(normals, lon, lat, elevation, beyond_km)
        t_guess, vapour_guess = first_guess(t_stations, normal)
        found.append(features(t_stations, normal, lat, elevation))
        log_day_sd = np.log(np.maximum(day_sd, LEAST_DAY_SD_K))
        missed.append(np.stack([t_mean - t_guess, np.log(vapour) - vapour_guess, log_day_sd], axis=1))
    unit = unit_vectors(lon, lat)
    count = found[0].shape[2]
    places = Corrections(unit, elevation, np.empty((2, count)), np.empty((3, count)), np.empty((len(lon), 3, 12)))
    warmth = COLD_WEIGHT + np.exp(-(((t_mean - WARM_C) / WARM_WIDTH_K) ** 2))
    km = chord_to_km(np.linalg.norm(unit[:, None] - unit[None], axis=2))
    may_pull = stations["kind"].isin(SHIPPABLE_KINDS).to_numpy()
    return Lessons(places, *found, *missed, warmth, km, may_pull)


def learn(seen: Lessons, kept: np.ndarray) -> Corrections:
    """Fit drift and pull to some of the stations.

    The drift is ridge regression over stations and months, a station counting less in a crowd, and a cold month less for
    vapour and spread; the pull is kriging of what the drift leaves, with one likeness for all months, by the stations whose
    figures may be passed on.

    Parameters
    ----------
    seen : Lessons
        Errors at all stations.
    kept : numpy.ndarray
        Positions of the stations that may teach.

    Returns
    -------
    Corrections
        To be used with the same grid and normals.
    """
    alone = 1 / (seen.km[np.ix_(kept, kept)] < CROWD_KM).sum(axis=1)[:, None]
    counts = (alone * np.ones(12), alone * seen.warmth[kept], alone * seen.warmth[kept])
    bounds = np.quantile(seen.features_near[kept], BOUND_SHARES, axis=(0, 1))
    facts = np.clip(np.concatenate([seen.features_near[kept], seen.features_far[kept]]), *bounds)
    errors = np.concatenate([seen.missed_near[kept], seen.missed_far[kept]])
    drift = np.stack(
        [_ridge(facts, errors[:, quantity], np.tile(weight, (2, 1))) for quantity, weight in enumerate(counts)]
    )
    pulling = kept[seen.may_pull[kept]]
    empty = Corrections(seen.places.unit[pulling], seen.places.elevation_m[pulling], bounds, drift, np.empty(0))
    left = seen.missed_near[pulling] - _drift_of(seen, pulling, empty)
    doubted = likeness(empty.unit, empty.elevation_m, empty) + LIKENESS_DOUBT * np.eye(len(pulling))
    pull = np.linalg.solve(doubted, left.reshape(len(pulling), -1)).reshape(left.shape)
    return replace(empty, pull=pull)


def left_by(seen: Lessons, judged: np.ndarray, learnt: Corrections) -> np.ndarray:
    """Return (stations, 3, 12) what corrections leave of the errors at some stations, with all normals."""
    alike = likeness(seen.places.unit[judged], seen.places.elevation_m[judged], learnt)
    pulled = np.einsum("ns,sqm->nqm", alike, learnt.pull, optimize=True)
    return np.asarray(seen.missed_near[judged] - _drift_of(seen, judged, learnt) - pulled)


def _drift_of(seen: Lessons, at: np.ndarray, learnt: Corrections) -> np.ndarray:
    """Return (stations, 3, 12) drift at some stations."""
    return np.moveaxis(np.clip(seen.features_near[at], *learnt.bounds) @ learnt.drift.T, 2, 1)


def _ridge(facts: np.ndarray, errors: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return weights of (n, 12, k) features that explain (n, 12) errors, each month counted as told."""
    root = np.sqrt(counts / counts.mean()).reshape(-1)
    known = facts.reshape(len(root), -1) * root[:, None]
    scale = np.sqrt((known**2).mean(axis=0))
    known = known / scale
    penalty = np.diag(np.r_[0.0, np.full(len(scale) - 1, RIDGE)])
    wanted = known.T @ (errors.reshape(-1) * root) / len(root)
    return np.asarray(np.linalg.solve(known.T @ known / len(root) + penalty, wanted) / scale)


def corrections_arrays(stations: pd.DataFrame, learnt: Corrections) -> Arrays:
    """Return the fitted weights as they are shipped."""
    return {
        "lon_0p01deg": np.rint(stations["lon"].to_numpy(float) * 100).astype(np.int16),
        "lat_0p01deg": np.rint(stations["lat"].to_numpy(float) * 100).astype(np.int16),
        "elevation_m": np.rint(learnt.elevation_m).astype(np.int16),
        "bounds": learnt.bounds,
        "drift": learnt.drift,
        "pull": learnt.pull.astype(np.float32),
    }
