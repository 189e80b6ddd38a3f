"""How well round trips are told between cities, one of which neither fit nor calibration saw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from latency_fit import REGIONS, Indices, Pings, fit, region_pair_codes
from latency_spread import calibrate
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from siting.physics.geodesy import great_circle_km
from siting.world.rtt_model import FAR_KM, FIBRE_KM_PER_MS, RttModel

FOLDS = 15
SEED = 20260701
SAME_CITY_KM = 100.0
LIMITS_MS = (50, 100, 150, 200)
LEAST_PAIRS = 100


def city_folds(pings: Pings) -> Indices:
    """Return the fold of every server; servers within 100 km of each other share one."""
    near = great_circle_km(pings.lon[:, None], pings.lat[:, None], pings.lon, pings.lat) < SAME_CITY_KM
    count, city = connected_components(sparse.csr_matrix(near))
    fold = np.random.default_rng(SEED).permutation(count) % FOLDS
    return np.asarray(fold[city], dtype=np.intp)


def held_out_rows(pings: Pings) -> tuple[pd.DataFrame, list[RttModel]]:
    """Return every pair as told by a fit that had not seen one of its cities, and the fits.

    Parameters
    ----------
    pings : Pings
        All pairs.

    Returns
    -------
    tuple of DataFrame and list of RttModel
        Rows with `fold`, `index` (of the pair), `residual`, `km`, `pair`, `remote_km`; one
        fit per fold.
    """
    fold, rows, models = city_folds(pings), [], []
    for held in range(FOLDS):
        unseen = (fold[pings.first] == held) | (fold[pings.second] == held)
        model = fit(pings, ~unseen)
        index = np.flatnonzero(unseen)
        ends = _ends(pings, index)
        remote = np.maximum(model.remoteness_km(*ends[:2]), model.remoteness_km(*ends[2:]))
        median = model.rtt_ms(*ends, 0.5)
        nearest = [
            model.region[great_circle_km(lon[:, None], lat[:, None], model.lon, model.lat).argmin(axis=1)]
            for lon, lat in (ends[:2], ends[2:])
        ]
        rows.append(
            pd.DataFrame(
                {
                    "fold": held,
                    "index": index,
                    "residual": np.log(pings.rtt_ms[index] / median),
                    "km": pings.km[index],
                    "pair": region_pair_codes(*nearest),
                    "remote_km": remote,
                }
            )
        )
        models.append(model)
    return pd.concat(rows, ignore_index=True), models


def measure(pings: Pings, rows: pd.DataFrame, models: list[RttModel]) -> dict[str, Any]:
    """Measure coverage and violations on cities unseen by fit and calibration alike.

    Parameters
    ----------
    pings : Pings
        All pairs.
    rows : pandas.DataFrame
        Of `held_out_rows`.
    models : list of RttModel
        Of `held_out_rows`.

    Returns
    -------
    dict
        Figures as they are written to ``accuracy_latency.json``.
    """
    fold, told = city_folds(pings), []
    for held, model in enumerate(models):
        index = rows.loc[rows["fold"] == held, "index"].to_numpy()
        touches = (fold[pings.first[rows["index"]]] == held) | (fold[pings.second[rows["index"]]] == held)
        calibrated = calibrate(model, rows[~touches])
        ends = _ends(pings, index)
        told.append(
            pd.DataFrame(
                {
                    "rtt_ms": pings.rtt_ms[index],
                    "p50_ms": calibrated.rtt_ms(*ends, 0.5),
                    "p90_ms": calibrated.rtt_ms(*ends, 0.9),
                    "pair": region_pair_codes(pings.region[pings.first[index]], pings.region[pings.second[index]]),
                    "km": pings.km[index],
                    "remote_km": rows.loc[rows["fold"] == held, "remote_km"].to_numpy(),
                }
            )
        )
    return _figures(pd.concat(told, ignore_index=True))


def _figures(told: pd.DataFrame) -> dict[str, Any]:
    """Return the measures of told against measured round trips."""
    covered = told["rtt_ms"] <= told["p90_ms"]
    names = {
        int(region_pair_codes(np.array([a]), np.array([b]))[0]): f"{REGIONS[a]} - {REGIONS[b]}"
        for a in range(len(REGIONS))
        for b in range(a, len(REGIONS))
    }
    by_pair = covered.groupby(told["pair"]).agg(["size", "mean"])
    by_pair = by_pair[by_pair["size"] >= LEAST_PAIRS].sort_values("mean")
    at_limit = {}
    for limit in LIMITS_MS:
        accepted, feasible = told["p90_ms"] <= limit, told["rtt_ms"] <= limit
        at_limit[str(limit)] = {
            "accepted": int(accepted.sum()),
            "violation_share": round(float((~feasible)[accepted].mean()), 4),
            "feasible_rejected_share": round(float((~accepted)[feasible].mean()), 3),
        }
    remote = pd.cut(told["remote_km"], [0, 250, 500, 1000, FAR_KM, np.inf], right=False)
    return {
        "pairs_told": len(told),
        "folds": FOLDS,
        "seed": SEED,
        "method": (
            f"Cities (servers within {SAME_CITY_KM:.0f} km) held out in {FOLDS} folds; a pair is told by a model "
            "fitted and calibrated on pairs without the held-out city. The few settings (priors, reach, calibration quantile) "
            "were chosen on folds of the same cities. Mean round trips of 19-20 July 2020. "
            f"Region pairs with at least {LEAST_PAIRS} pairs told are listed."
        ),
        "median_absolute_error_ms": round(float((told["p50_ms"] - told["rtt_ms"]).abs().median()), 2),
        "mean_absolute_error_ms": round(float((told["p50_ms"] - told["rtt_ms"]).abs().mean()), 2),
        "p50_coverage": round(float((told["rtt_ms"] <= told["p50_ms"]).mean()), 4),
        "p90_coverage": round(float(covered.mean()), 4),
        "below_fibre_floor": int((told["p50_ms"] < told["km"] / FIBRE_KM_PER_MS).sum()),
        "limit_ms": at_limit,
        "p90_coverage_by_remoteness_km": {
            str(band): {"n": len(group), "coverage": round(float(group.mean()), 3)}
            for band, group in covered.groupby(remote, observed=True)
        },
        "p90_coverage_by_region_pair": {
            names[code]: {"n": int(row["size"]), "coverage": round(float(row["mean"]), 3)}
            for code, row in by_pair.iterrows()
        },
    }


def _ends(pings: Pings, index: Indices) -> tuple[Any, Any, Any, Any]:
    """Return lon, lat of the first and lon, lat of the second ends of pairs."""
    first, second = pings.first[index], pings.second[index]
    return pings.lon[first], pings.lat[first], pings.lon[second], pings.lat[second]
