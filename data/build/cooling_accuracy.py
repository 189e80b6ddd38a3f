"""Operators' published PUE at named sites beside the modelled PUE of every design, and what climate explains of it."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from cooling_years import annual
from degree_day_fit import COLUMNS, pue_by_degree_days

from siting.physics import cooling
from siting.physics.geodesy import great_circle_km
from siting.world.climate import climate_at

ROOT = Path(__file__).resolve().parents[2]
OPERATORS_JSON = ROOT / "docs" / "accuracy" / "cooling_operators.json"
DEGREE_DAYS_JSON = ROOT / "docs" / "accuracy" / "cooling_degree_days.json"
PLOT = ROOT / "docs" / "images" / "accuracy-operators.png"
PLACES = Path(__file__).with_name("operator_places.csv")
KEYS = ["town", "iso2", "admin1"]
NEAR_KM = 100.0
OPERATORS = {"Google": ("o", "#0072b2"), "Azure": ("s", "#d55e00")}
BAND = "#c8c8c0"


def designs() -> list[str]:
    """Return the designs that every place can have."""
    return [name for name, design in cooling.DESIGNS.items() if not design.needs_sea]


def operator_sites(sources: Path) -> pd.DataFrame:
    """Return the published sites with a twelve months' PUE, at the town that represents each."""
    published = pd.read_csv(sources / "climate" / "google_azure_pue_2025.csv")
    published["operator"] = published["operator"].str.strip()
    towns = pd.read_csv(PLACES, keep_default_na=False)
    cities = pd.read_parquet(sources / "geo" / "cities_over_15000.parquet").rename(columns={"name": "town"})
    cities = cities.merge(towns[KEYS].drop_duplicates(), on=KEYS)
    at = towns.merge(cities[[*KEYS, "lon", "lat"]], on=KEYS, validate="m:1")
    if len(at) != len(towns):
        raise SystemExit(f"towns not in the table of cities: {sorted(set(towns['town']) - set(at['town']))}")
    unplaced = published[~published["site"].isin([*towns["site"], "Global"]) & published["pue_ttm"].notna()]
    if len(unplaced):
        raise SystemExit(f"published sites without a town: {unplaced['site'].tolist()}")
    return at.merge(published[["operator", "site", "pue_ttm"]], on=["operator", "site"], validate="1:1")


def with_modelled_pue(sites: pd.DataFrame) -> pd.DataFrame:
    """Add degree-days and the mean PUE of every design, at its midpoints and at best practice."""
    years = [climate_at(lon, lat) for lon, lat in zip(sites["lon"], sites["lat"], strict=True)]
    dry, wet = (np.stack([getattr(year, name) for year in years]) for name in ("dry_bulb_c", "wet_bulb_c"))
    pressure = np.array([year.pressure_pa for year in years])
    columns: dict[str, Any] = {f"cdd{base}_k_day": [year.cdd(float(base)) for year in years] for base in COLUMNS}
    for preset in cooling.PRESETS:
        plants = {design: cooling.preset(design, preset) for design in designs()}
        found = annual(designs(), dry, wet, pressure, parameters=plants)
        columns |= {f"{design} {preset}": year.pue for design, year in found.items()}
    return sites.assign(**columns)


def r2(y: np.ndarray, *columns: np.ndarray) -> float:
    """Return the share of the variance that a least-squares fit with an intercept explains."""
    x = np.column_stack([np.ones(len(y)), *columns])
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return round(1.0 - float((residual**2).sum() / ((y - y.mean()) ** 2).sum()), 3)


def neighbours(sites: pd.DataFrame) -> list[dict[str, Any]]:
    """Return pairs of sites of different operators within 100 km: the same climate, another design."""
    pairs = []
    for (_, one), (_, other) in product(*([*sites[sites["operator"] == o].iterrows()] for o in ("Azure", "Google"))):
        km = float(great_circle_km(one["lon"], one["lat"], other["lon"], other["lat"]))
        if km <= NEAR_KM:
            pairs.append(
                {
                    "azure": one["site"],
                    "google": other["site"],
                    "km": round(km),
                    "pue_difference": round(float(one["pue_ttm"] - other["pue_ttm"]), 3),
                }
            )
    return pairs


def measured(sources: Path) -> dict[str, Any]:
    """Compute what climate, operator and design explain of the published PUE, and write it."""
    sites = with_modelled_pue(operator_sites(sources))
    y, azure = sites["pue_ttm"].to_numpy(float), (sites["operator"] == "Azure").to_numpy(float)
    cdd = sites["cdd21_k_day"].to_numpy(float)
    google = sites["operator"] == "Google"
    pairs = neighbours(sites)
    modelled = [f"{design} {preset}" for design, preset in product(designs(), cooling.PRESETS)]
    spread = sites[modelled]
    figures = {
        "published": "operators' PUE of the trailing twelve months, as collected in October 2025 "
        "(emielkwakkel/sustainable-ai, docs/pue-data.md)",
        "method": "the typical year at the town that represents a site (data/build/operator_places.csv), every design "
        "at its midpoints and at best practice; no parameter was chosen by looking at these figures",
        "sites": len(sites),
        "published_spread": round(float(np.ptp(y)), 3),
        "published_sd": round(float(y.std(ddof=1)), 4),
        "r2_of_published_pue": {
            "degree_days_base_21": r2(y, cdd),
            "degree_days_base_18": r2(y, sites["cdd18_k_day"].to_numpy(float)),
            "operator": r2(y, azure),
            "operator_and_degree_days": r2(y, azure, cdd),
            "degree_days_base_21_google_alone": r2(y[google], cdd[google]),
            "degree_days_base_21_azure_alone": r2(y[~google], cdd[~google]),
            **{f"modelled: {name}": r2(y, sites[name].to_numpy(float)) for name in modelled},
        },
        "neighbours": pairs,
        "mean_difference_of_neighbours": round(float(np.mean([p["pue_difference"] for p in pairs])), 3),
        "modelled_spread_over_places_of_one_plant": {name: round(float(np.ptp(spread[name])), 3) for name in modelled},
        "modelled_mean_spread_over_plants_at_one_place": round(
            float((spread.max(axis=1) - spread.min(axis=1)).mean()), 3
        ),
        "share_of_sites_between_least_and_most_modelled": round(
            float(np.mean((y >= spread.min(axis=1)) & (y <= spread.max(axis=1)))), 3
        ),
        "places": [
            {key: (round(float(value), 4) if isinstance(value, float) else value) for key, value in row.items()}
            for row in sites.drop(columns=["iso2", "admin1"]).to_dict("records")
        ],
    }
    _write(OPERATORS_JSON, figures)
    _plot(sites)
    return figures


def degree_day_lines() -> list[dict[str, Any]]:
    """Fit PUE on degree-days of both bases over the shipped sites, and write the lines."""
    rows: list[dict[str, Any]] = []
    for base in COLUMNS:
        rows += pue_by_degree_days(base_c=base).to_dict("records")
    lines = [{k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in row.items()} for row in rows]
    _write(DEGREE_DAYS_JSON, {"method": "least squares over the shipped sites, designs at midpoints", "lines": lines})
    return lines


def _write(path: Path, figures: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _plot(sites: pd.DataFrame) -> None:
    """Draw published PUE over degree-days, a panel a design, with what the model gives that design at each place."""
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(2, 2, figsize=(7.4, 5.6), sharex=True, sharey=True, layout="constrained")
    cdd = sites["cdd21_k_day"]
    for ax, design in zip(axes.flat, designs(), strict=True):
        ax.vlines(
            cdd, sites[f"{design} best_practice"], sites[f"{design} default"], color=BAND, linewidth=3.0,
            label="modelled, best practice to midpoints",
        )  # fmt: skip
        for operator, (marker, colour) in OPERATORS.items():
            mine = sites[sites["operator"] == operator]
            ax.scatter(
                mine["cdd21_k_day"], mine["pue_ttm"], s=14, marker=marker, color=colour, edgecolor="black",
                linewidth=0.4, zorder=3, label=f"{operator}, published",
            )  # fmt: skip
        ax.set_title(design.replace("_", " "), fontsize=9)
    fig.supxlabel("cooling degree-days, base 21 C [K day]", fontsize=9)
    fig.supylabel("PUE, mean of the year [-]", fontsize=9)
    fig.legend(*axes[0, 0].get_legend_handles_labels(), fontsize=8, frameon=False, ncols=3, loc="outside upper center")
    fig.savefig(PLOT, dpi=100, metadata={"Software": None})
    plt.close(fig)


def statement(figures: dict[str, Any]) -> str:
    """Say in plain words what explains the published spread; every number is computed."""
    explained = {name: f"{value:.0%}".replace("%", " %") for name, value in figures["r2_of_published_pue"].items()}
    climate, operator = (figures["r2_of_published_pue"][name] for name in ("degree_days_base_21", "operator"))
    places = list(figures["modelled_spread_over_places_of_one_plant"].values())
    plants = figures["modelled_mean_spread_over_plants_at_one_place"]
    within = f"{figures['share_of_sites_between_least_and_most_modelled']:.0%}".replace("%", " %")
    return (
        f"The operator explains {'more' if operator > climate else 'less'} of the published spread than the location: "
        f"over {figures['sites']} sites with PUE up to {figures['published_spread']:.2f} apart, degree-days alone explain "
        f"{explained['degree_days_base_21']} of the variance, the operator alone {explained['operator']}, both together "
        f"{explained['operator_and_degree_days']} (degree-days within Google "
        f"{explained['degree_days_base_21_google_alone']}, within Azure {explained['degree_days_base_21_azure_alone']}). In "
        f"{len(figures['neighbours'])} pairs of an Azure and a Google site within {NEAR_KM:.0f} km of each other, in the "
        f"same climate, PUE differs by {figures['mean_difference_of_neighbours']:.2f} on average. The model "
        f"{'agrees' if plants > max(places) else 'disagrees'}: at one place, designs from best practice to "
        f"midpoints differ by {plants:.2f} on average, while one plant differs by {min(places):.2f} to {max(places):.2f} "
        f"over all these places. {within} of the published values lie between the least and the most of the modelled "
        "plants at their place. Age, load, design and what is metered differ between operators and are not published, so "
        "the operator represents them all."
    )


def section(sources: Path) -> str:
    """Measure, write figures and plot, and return it as Markdown."""
    figures, lines = measured(sources), degree_day_lines()
    table = [
        "| design | base [C] | slope per 1,000 K day | intercept | R2 | residual sd |",
        "|---|---|---|---|---|---|",
    ]
    table += [
        f"| {row['design']} | {row['base_c']} | {1000 * row['slope_per_k_day']:.4f} | {row['intercept']:.4f} "
        f"| {row['r2']:.2f} | {row['residual_sd']:.4f} |"
        for row in lines
    ]
    return "\n\n".join(
        (
            "## Cooling at operators' sites",
            statement(figures),
            "![Published PUE over degree-days, and the modelled range of each design](images/accuracy-operators.png)",
            f"Published: {figures['published']}. Method: {figures['method']}. Seawater is left out, as these sites' sea is "
            "not known. Figures: `docs/accuracy/cooling_operators.json`. The check by climate zone is "
            "`docs/accuracy/cooling_envelope.json`.",
            "### PUE from degree-days",
            f"Least squares over {lines[0]['places']:,} shipped sites, designs at their midpoints: PUE = intercept + slope x "
            "degree-days, for those who plan by degree-days (`pue_by_degree_days` in `data/build/degree_day_fit.py`).",
            "\n".join(table),
        )
    )
