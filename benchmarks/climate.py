"""How long the climate of 3,000 places takes, against reading the wet bulb of as many hours from dry bulbs alone."""

import csv
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

import siting as st
from siting.physics.air.psychrometrics import saturation_pressure_pa
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


def baseline_s() -> float:
    """Return the time of 50 million saturation pressures: what this machine is worth."""
    hours = np.linspace(-40, 45, 500_000)
    began = time.perf_counter()
    for _ in range(100):
        saturation_pressure_pa(hours)
    return time.perf_counter() - began


def main() -> None:
    """Measure loading, one place and all places, and write `climate.json`."""
    lon, lat, rise = places(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    began = time.perf_counter()
    st.climate_at(10.0, 50.0)
    loaded = time.perf_counter()
    for k in range(20):
        st.climate_at(lon[k], lat[k])
    one = (time.perf_counter() - loaded) / 20
    base = baseline_s()
    start = time.perf_counter()
    climate_of_sites(lon, lat, rise)
    whole = time.perf_counter() - start
    figures = {
        "places": len(lon),
        "load_and_first_s": round(loaded - began, 2),
        "one_place_ms": round(one * 1000, 1),
        "all_places_s": round(whole, 1),
        "baseline_s": round(base, 2),
        "all_over_baseline": round(whole / base, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "processes": 1,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
