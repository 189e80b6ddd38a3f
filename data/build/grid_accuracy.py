"""Compare shipped intensities with what an operator publishes of its regions: `python data/build/grid_accuracy.py`.

Google's figures are a check, never an input: the yearly mean of direct emissions of the grid of each of its regions
(github GoogleCloudPlatform/region-carbon-info, data/yearly, Apache-2.0).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from earth import read_csv

HERE = Path(__file__).parent
DATA = HERE.parent
RESULT = HERE / "accuracy_grid.json"
YEARS = (2024, 2025)
FAR_OFF = 0.2
"""Relative difference from which a region is named."""


def compared(data: Path) -> pd.DataFrame:
    """Return each region's published figures beside the shipped direct intensity of its hub's zone.

    Parameters
    ----------
    data : Path
        The ``data`` folder.

    Returns
    -------
    pandas.DataFrame
        ``region``, ``zone_id``, ``shipped`` and ``google_2024``, ``google_2025`` [g/kWh].
    """
    hubs = read_csv(data / "places/hubs.csv")
    of_region = {r: h.zone_id for h in hubs.itertuples() for r in str(h.regions).split(";")}
    table = read_csv(HERE / "google_regions.csv")
    zone = ("gcp:" + table.region).map(of_region).fillna(table.zone_without_hub)
    direct = read_csv(data / "grid/zone_intensity.csv").set_index("zone_id").ci_direct_g_per_kwh
    found = table.assign(zone_id=zone, shipped=zone.map(direct))
    kept: pd.DataFrame = found.rename(columns={f"g_per_kwh_{y}": f"google_{y}" for y in YEARS})
    return kept[["region", "zone_id", "shipped", *(f"google_{y}" for y in YEARS)]].dropna(subset="shipped")


def measured(data: Path) -> dict[str, object]:
    """Return how far shipped direct intensities of 2025 are from Google's, year by year.

    Parameters
    ----------
    data : Path
        The ``data`` folder.

    Returns
    -------
    dict
        By year: regions, correlation, median and 90th percentile of the relative difference, mean difference, and
        regions that are more than a fifth off; all rows.
    """
    table = compared(data)
    told: dict[str, object] = {
        "source": "github GoogleCloudPlatform/region-carbon-info, data/yearly (Apache-2.0); a check, never an input",
        "checked": "2026-11-29",
    }
    for year in YEARS:
        rows = table.dropna(subset=f"google_{year}")
        theirs = rows[f"google_{year}"]
        gap = (rows.shipped - theirs).abs() / theirs
        told[str(year)] = {
            "regions": len(rows),
            "correlation": round(float(np.corrcoef(rows.shipped, theirs)[0, 1]), 3),
            "median_relative_difference": round(float(gap.median()), 3),
            "p90_relative_difference": round(float(gap.quantile(0.9)), 3),
            "mean_difference_g_per_kwh": round(float((rows.shipped - theirs).mean()), 1),
            "more_than_a_fifth_off": {
                str(r.region): round(float(gap[r.Index]), 2) for r in rows[gap > FAR_OFF].itertuples()
            },
        }
    told["rows"] = [
        {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()}
        for row in table.round(1).to_dict("records")
    ]
    return told


def section(_sources: Path | None = None) -> str:
    """Measure the shipped tables, write the figures, and return them as Markdown; raw sources are not needed."""
    told = measured(DATA)
    RESULT.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    rows = []
    for year in map(str, YEARS):
        of: dict[str, object] = told[year]  # type: ignore[assignment]
        cells = (of["regions"], of["correlation"], of["median_relative_difference"], of["p90_relative_difference"])
        rows.append(f"| {year} | " + " | ".join(str(c) for c in cells) + f" | {of['mean_difference_g_per_kwh']} |")
    return "\n".join(
        (
            "## Carbon intensity of grids",
            "",
            "Shipped direct intensity of 2025 (life cycle times the mix's ratio, `modelled`) beside what Google publishes of "
            "the grids of its regions. Google's figures are a check, never an input; the zone is that of our hub.",
            "",
            "| Google's year | regions | correlation | median difference | 90th percentile | mean difference [g/kWh] |",
            "|---|---|---|---|---|---|",
            *rows,
        )
    )


if __name__ == "__main__":
    print(section())
