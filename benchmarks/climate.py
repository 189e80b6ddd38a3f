"""Time for the typical years of 3,000 places, relative to 50 million saturation pressures."""

import csv
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
from harness.machine import saturation_baseline_s

import siting as st
from siting.world.climate import climate_of_sites

PLACES = 3000
SEED = 1


def places(cities: Path | None) -> np.ndarray:
    """Return lon, lat, elevation of the first cities of a CSV file, or of random land-like places."""
    if cities is None:
        rng = np.random.default_rng(SEED)
        return np.stack([rng.uniform(-180, 180, PLACES), rng.uniform(-55, 72, PLACES), rng.uniform(0, 1500, PLACES)])
    with cities.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:PLACES]
    return np.array([[float(row[c] or "nan") for row in rows] for c in ("lon", "lat", "elev_m")])


def main() -> None:
    """Measure loading, one place and all places, and write `climate.json`."""
    lon, lat, rise = places(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    began = time.perf_counter()
    st.climate_at(10.0, 50.0)
    loaded = time.perf_counter()
    for k in range(20):
        st.climate_at(lon[k], lat[k])
    one = (time.perf_counter() - loaded) / 20
    base = saturation_baseline_s()
    start = time.perf_counter()
    climate_of_sites(lon, lat, rise)
    total_s = time.perf_counter() - start
    figures = {
        "places": len(lon),
        "load_and_first_s": round(loaded - began, 2),
        "one_place_ms": round(one * 1000, 1),
        "all_places_s": round(total_s, 1),
        "baseline_s": round(base, 2),
        "all_over_baseline": round(total_s / base, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "processes": 1,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
