"""Cooling against Lei & Masanet (2022): annual PUE and WUE of 389 typical years, by climate zone.

The check reads the raw sources, which are not shipped; without them it is skipped. It writes what it
finds to `docs/accuracy/cooling_envelope.json`. The parameters are frozen: this compares, nothing is
tuned to the table.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cooling_years import annual

from siting.physics import cooling
from siting.physics.air.psychrometrics import standard_pressure_pa

ROOT = Path(__file__).resolve().parents[1]
CLIMATE = ROOT.parent / "shared" / "sources" / "climate"
WRITTEN_TO = ROOT / "docs" / "accuracy" / "cooling_envelope.json"

LIKE_FOR_LIKE = "Large-scale"
SYSTEMS = {
    ("airside_economizer_adiabatic", LIKE_FOR_LIKE): "Airside economizer& adiabatic cooling",
    ("waterside_economizer", LIKE_FOR_LIKE): "Water-cooled chiller (waterside economizer)",
    ("waterside_economizer", "Midsize"): "Water-cooled chiller (waterside economizer)",
    ("air_cooled_chiller", "Midsize"): "Air-cooled chiller",
    ("air_cooled_chiller", "Small"): "Air-cooled chiller",
}
"""System of the table for a design and the scale there. Ranges of parameters are those of the large scale:
other scales are shown beside, and not the like."""

AIRSIDE, WATERSIDE = "airside_economizer_adiabatic", "waterside_economizer"
QUANTITIES = ("pue", "wue_l_per_kwh")

OUTSIDE_BECAUSE = [
    "3B, 4B, 5B, 6A airside WUE, below: the model moistens to the recommended lower dew point"
    " (-9 C, ASHRAE 2021) only; a higher floor of humidity takes more water in dry climates",
    "4C airside WUE, above: the source labels five inland years of Oklahoma and Kansas 4C, which is a marine zone",
    "midsize and small scale, PUE below: the table's plants of these scales have power chains, fans and chillers"
    " of their own; the ranges here are those of the large scale, so the medians are a lower bound and no check",
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CLIMATE.is_dir(), reason="the raw climate sources (../shared/sources) are absent"),
]


def published_envelope() -> pd.DataFrame:
    """Read the 5th and 95th percentile by design, scale and ASHRAE climate zone."""
    table = pd.read_csv(CLIMATE / "lei_masanet_2022_UE.csv").rename(
        columns={"PUE": "pue", "WUE": "wue_l_per_kwh", "Climate Zone": "zone", "Data center size": "scale"}
    )
    rows = [
        table[(table["Cooling system"] == system) & (table["scale"] == scale)].assign(design=design)
        for (design, scale), system in SYSTEMS.items()
    ]
    return pd.concat(rows).pivot_table(index=["design", "scale", "zone"], columns="Quantile", values=list(QUANTITIES))


def annual_means() -> pd.DataFrame:
    """Compute annual PUE and WUE of every hourly year whose ASHRAE zone is known."""
    years = np.load(CLIMATE / "hourly_years_0p1c.npz")
    listed = pd.read_csv(CLIMATE / "hourly_years.csv").set_index("id")
    zones = pd.read_parquet(CLIMATE / "stations.parquet").set_index("id")["ashrae_zone"]
    dry, wet = np.moveaxis(years["temperature_and_wet_bulb_0p1c"] / 10.0, 1, 0)
    pressure_pa = standard_pressure_pa(listed.loc[years["id"], "elevation"].to_numpy())
    designs = sorted({design for design, _ in SYSTEMS})
    found = annual(designs, dry, np.minimum(wet, dry), pressure_pa)
    frames = [
        pd.DataFrame(
            {
                "design": design,
                "zone": zones.reindex(years["id"]).to_numpy(),
                **{name: getattr(found[design], name) for name in QUANTITIES},
            }
        )
        for design in designs
    ]
    return pd.concat(frames).dropna(subset=["zone"])


def systems_without_a_design() -> list[str]:
    """Return the systems of the table that no design here is like."""
    table = pd.read_csv(CLIMATE / "lei_masanet_2022_UE.csv")
    pairs = zip(table["Cooling system"], table["Data center size"], strict=True)
    return sorted({f"{system}, {scale}" for system, scale in pairs if system not in SYSTEMS.values()})


def share_inside(rows: list[dict[str, Any]], design: str, scale: str) -> dict[str, float]:
    """Return the share of zones whose median lies inside the envelope."""
    mine = [row for row in rows if (row["design"], row["scale"]) == (design, scale)]
    return {name: round(float(np.mean([row[name]["where"] == "inside" for row in mine])), 3) for name in QUANTITIES}


@pytest.fixture(scope="module")
def comparison() -> dict[str, Any]:
    """Compare zone medians with the published envelope, and write the result."""
    published, computed = published_envelope(), annual_means()
    medians = computed.groupby(["design", "zone"])[list(QUANTITIES)].median()
    counts = computed.groupby(["design", "zone"]).size()
    rows = []
    for design, scale, zone in published.index:
        if (design, zone) not in medians.index:
            continue
        row: dict[str, Any] = {"design": design, "scale": scale, "zone": zone, "years": int(counts[design, zone])}
        for name in QUANTITIES:
            low, high = (float(published.loc[(design, scale, zone), (name, q)]) for q in ("5th", "95th"))
            value = float(medians.loc[(design, zone), name])
            row[name] = {
                "median": round(value, 4),
                "published_5th": round(low, 4),
                "published_95th": round(high, 4),
                "where": "below" if value < low else "above" if value > high else "inside",
            }
        rows.append(row)
    result = {
        "published": "Lei & Masanet 2022, Resources, Conservation and Recycling 182:106323",
        "computed": "median over the typical years of a zone, all parameters at published midpoints",
        "share_of_zones_inside": {d: share_inside(rows, d, LIKE_FOR_LIKE) for d in (AIRSIDE, WATERSIDE)},
        "share_inside_at_scales_that_are_not_the_like": {
            f"{d}, {scale}": share_inside(rows, d, scale) for d, scale in SYSTEMS if scale != LIKE_FOR_LIKE
        },
        "zones_without_a_year": sorted(
            set(published.index.get_level_values("zone")) - set(medians.index.get_level_values("zone"))
        ),
        "systems_without_a_design_here": systems_without_a_design(),
        "designs_not_in_the_table": sorted(set(cooling.DESIGNS) - {design for design, _ in SYSTEMS}),
        "outside_because": OUTSIDE_BECAUSE,
        "zones": rows,
    }
    WRITTEN_TO.parent.mkdir(parents=True, exist_ok=True)
    WRITTEN_TO.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return result


def places_of(comparison: dict[str, Any], name: str, scale: str, design: str) -> dict[str, str]:
    """Return where each zone's median lies."""
    return {r["zone"]: r[name]["where"] for r in comparison["zones"] if (r["design"], r["scale"]) == (design, scale)}


@pytest.mark.parametrize("design", [AIRSIDE, WATERSIDE])
def test_median_pue_lies_inside_the_published_envelope_of_every_zone(comparison: dict[str, Any], design: str) -> None:
    where = places_of(comparison, "pue", LIKE_FOR_LIKE, design)
    assert len(where) == 14
    assert set(where.values()) == {"inside"}


def test_zones_outside_the_water_envelope_are_the_ones_explained(comparison: dict[str, Any]) -> None:
    airside = places_of(comparison, "wue_l_per_kwh", LIKE_FOR_LIKE, AIRSIDE)
    outside = {zone: where for zone, where in airside.items() if where != "inside"}
    assert outside == {"3B": "below", "4B": "below", "5B": "below", "6A": "below", "4C": "above"}
    assert set(places_of(comparison, "wue_l_per_kwh", LIKE_FOR_LIKE, WATERSIDE).values()) == {"inside"}


@pytest.mark.parametrize(("design", "scale"), [pair for pair in SYSTEMS if pair[1] != LIKE_FOR_LIKE])
def test_a_large_plant_never_takes_more_than_the_worse_plants_of_smaller_scales(
    comparison: dict[str, Any], design: str, scale: str
) -> None:
    assert "above" not in places_of(comparison, "pue", scale, design).values()
