"""Error of modelled round trips between cities, one of which neither fit nor calibration saw.

Run it to measure again and print the table: ``python data/build/latency_accuracy.py --sources DIR``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from latency_backbone import read_backbone
from latency_fit import REGIONS, Indices, Pings, fit, read_pings, region_pair_codes
from latency_spread import WITHIN, calibrate
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from siting.physics.geodesy import great_circle_km
from siting.world.latency.rtt_model import FAR_KM, FIBRE_KM_PER_MS, Ends, RttModel

FOLDS = 15
SEED = 20260701
OTHER_SEED = 11
"""Folds on which no setting was chosen."""

ACCURACY_FILE = Path(__file__).parent / "accuracy_latency.json"
PROMISED = {"50": 0.05, "100": 0.02, "150": 0.02, "200": 0.02}
"""Largest share of pairs accepted at a limit [ms] that may be slower."""

SAME_CITY_KM = 100.0
LIMITS_MS = (50, 100, 150, 200)
LEAST_PAIRS = 30


def city_folds(pings: Pings, seed: int = SEED) -> Indices:
    """Return the fold of every server; servers within 100 km of each other share one."""
    near = great_circle_km(pings.lon[:, None], pings.lat[:, None], pings.lon, pings.lat) < SAME_CITY_KM
    count, city = connected_components(sparse.csr_matrix(near))
    fold = np.random.default_rng(seed).permutation(count) % FOLDS
    return np.asarray(fold[city], dtype=np.intp)


def held_out_rows(pings: Pings, seed: int = SEED) -> tuple[pd.DataFrame, list[RttModel]]:
    """Return every pair as estimated by a fit that had not seen one of its cities, and the fits.

    Parameters
    ----------
    pings : Pings
        All pairs.
    seed : int, optional
        Of the folds.

    Returns
    -------
    tuple of DataFrame and list of RttModel
        Rows with `fold`, `index` (of the pair), `rtt_ms`, `residual`, `km`, `pair`, `remote_km`; one
        fit per fold.
    """
    fold, rows, models = city_folds(pings, seed), [], []
    for held in range(FOLDS):
        unseen = (fold[pings.first] == held) | (fold[pings.second] == held)
        model = fit(pings, ~unseen)
        index = np.flatnonzero(unseen)
        a, b = ends_of(pings, model, index)
        city = np.where(fold[pings.first[index]] == held, pings.first[index], pings.second[index])
        median = model.rtt_ms(a, b, pings.km[index], 0.5)
        rows.append(
            pd.DataFrame(
                {
                    "fold": held,
                    "index": index,
                    "rtt_ms": pings.rtt_ms[index],
                    "residual": np.log(pings.rtt_ms[index] / median),
                    "km": pings.km[index],
                    "within": pings.within[index],
                    "pair": np.where(pings.within[index], WITHIN, region_pair_codes(a.region, b.region)),
                    "remote_km": np.maximum(a.remote_km, b.remote_km),
                    "unseen": city,
                    "unseen_region": pings.region[city],
                }
            )
        )
        models.append(model)
    return pd.concat(rows, ignore_index=True), models


def measure(pings: Pings, rows: pd.DataFrame, models: list[RttModel], seed: int = SEED) -> dict[str, Any]:
    """Measure coverage and violations on cities unseen by fit and calibration alike.

    Parameters
    ----------
    pings : Pings
        All pairs.
    rows : pandas.DataFrame
        Of `held_out_rows`.
    models : list of RttModel
        Of `held_out_rows`.
    seed : int, optional
        The one given to `held_out_rows`.

    Returns
    -------
    dict
        Figures as they are written to ``accuracy_latency.json``.
    """
    fold, told = city_folds(pings, seed), []
    for held, model in enumerate(models):
        index = rows.loc[rows["fold"] == held, "index"].to_numpy()
        touches = (fold[pings.first[rows["index"]]] == held) | (fold[pings.second[rows["index"]]] == held)
        calibrated = calibrate(model, rows[~touches], pings.quantile, pings.clustered)
        a, b = ends_of(pings, model, index)
        told.append(
            pd.DataFrame(
                {
                    "rtt_ms": pings.rtt_ms[index],
                    "p50_ms": calibrated.rtt_ms(a, b, pings.km[index], 0.5),
                    "p90_ms": calibrated.rtt_ms(a, b, pings.km[index], 0.9),
                    "pair": region_pair_codes(pings.region[pings.first[index]], pings.region[pings.second[index]]),
                    "km": pings.km[index],
                    "both_unseen": (fold[pings.first[index]] == held) & (fold[pings.second[index]] == held),
                    "remote_km": rows.loc[rows["fold"] == held, "remote_km"].to_numpy(),
                }
            )
        )
    return _figures(pd.concat(told, ignore_index=True), seed, pings.what)


def _figures(told: pd.DataFrame, seed: int, what: str) -> dict[str, Any]:
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
        "seed": seed,
        "method": (
            f"{what}. Cities (servers within {SAME_CITY_KM:.0f} km) held out in {FOLDS} folds; a pair is estimated by a "
            "model fitted and calibrated on pairs without the held-out city. The few settings (priors, reach, "
            "calibration quantile, thin regions, shares allowed at the limits) were chosen on folds of the same cities; "
            "`other_folds` is another split, on which nothing was chosen. "
            f"Region pairs with at least {LEAST_PAIRS} scored pairs are listed."
        ),
        "median_absolute_error_ms": round(float((told["p50_ms"] - told["rtt_ms"]).abs().median()), 2),
        "mean_absolute_error_ms": round(float((told["p50_ms"] - told["rtt_ms"]).abs().mean()), 2),
        "p50_coverage": round(float((told["rtt_ms"] <= told["p50_ms"]).mean()), 4),
        "p90_coverage": round(float(covered.mean()), 4),
        "both_cities_unseen": {
            "n": int(told["both_unseen"].sum()),
            "p90_coverage": round(float(covered[told["both_unseen"]].mean()), 3),
        },
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


def measure_networks(sources: Path) -> tuple[dict[str, Any], dict[str, tuple[Pings, pd.DataFrame]]]:
    """Measure both networks.

    Parameters
    ----------
    sources : Path
        Folder of the raw tables.

    Returns
    -------
    dict
        Figures of the public internet, with those of the backbone as `backbone`, as they are written to
        ``accuracy_latency.json``.
    dict
        Network to its round trips and the held-out rows for the calibration of the shipped model.
    """
    public = read_pings(sources)
    measured = {"public_internet": public, "backbone": read_backbone(sources, public)}
    figures = {network: measure_twice(pings) for network, pings in measured.items()}
    told = figures["public_internet"][0] | {"backbone": figures["backbone"][0]}
    return told, {network: (measured[network], rows) for network, (_, rows) in figures.items()}


def measure_twice(pings: Pings) -> tuple[dict[str, Any], pd.DataFrame]:
    """Measure on the folds of the settings, and on other ones on which nothing was chosen.

    Parameters
    ----------
    pings : Pings
        All pairs.

    Returns
    -------
    dict
        Figures of `measure`, with a digest of the other folds as `other_folds`.
    pandas.DataFrame
        Held-out rows of the first, for the calibration of the shipped model.
    """
    rows, models = held_out_rows(pings)
    figures = measure(pings, rows, models)
    other = measure(pings, *held_out_rows(pings, OTHER_SEED), seed=OTHER_SEED)
    digest = {name: other[name] for name in ("seed", "mean_absolute_error_ms", "p90_coverage", "limit_ms")}
    digest["weakest_region_pairs"] = dict(list(other["p90_coverage_by_region_pair"].items())[:3])
    return figures | {"other_folds": digest}, rows


def table(figures: dict[str, Any]) -> str:
    """Return the figures against what was promised, as lines of text."""
    pair, weakest = next(iter(figures["p90_coverage_by_region_pair"].items()))
    other = figures["other_folds"]
    other_pair, other_weakest = next(iter(other["weakest_region_pairs"].items()))
    rows = [
        ("p90 coverage, all pairs", figures["p90_coverage"], "0.87 to 0.95", other["p90_coverage"]),
        (
            f"p90 coverage, weakest region pair ({pair}; {other_pair})",
            weakest["coverage"],
            "0.80 or more",
            other_weakest["coverage"],
        ),
    ]
    rows += [
        (
            f"slower than {ms} ms, of pairs accepted",
            at["violation_share"],
            f"{PROMISED[ms]:.2f} or less" if ms in PROMISED else "",
            other["limit_ms"][ms]["violation_share"],
        )
        for ms, at in figures["limit_ms"].items()
    ]
    rows.append(
        (
            "mean absolute error of the median [ms]",
            figures["mean_absolute_error_ms"],
            "",
            other["mean_absolute_error_ms"],
        )
    )
    head = f"Round trips, {figures['pairs_told']:,} pairs with a held-out city"
    lines = [f"{head:<92}{'measured':>10}{'goal':>16}{'other folds':>14}"]
    return "\n".join(
        [*lines, *(f"{name:<92}{value:>10.3f}{goal:>16}{again:>14.3f}" for name, value, goal, again in rows)]
    )


def ends_of(pings: Pings, model: RttModel, index: Indices) -> tuple[Ends, Ends]:
    """Return both ends of pairs as a model knows them."""
    first, second = (model.ends(pings.lon[end[index]], pings.lat[end[index]]) for end in (pings.first, pings.second))
    return first, second


def main() -> None:
    """Measure, write the figures and print their table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="folder of the raw tables")
    figures, _ = measure_networks(parser.parse_args().sources)
    ACCURACY_FILE.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(table(figures), table(figures["backbone"]), sep="\n\n")


if __name__ == "__main__":
    main()
