"""Time for five cooling designs over the years of 3,000 sites, relative to 50 million saturation pressures."""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
from harness.machine import saturation_baseline_s

from siting.physics import cooling
from siting.units import HOURS_PER_YEAR
from siting.world.climate.estimate_inputs import estimate_inputs
from siting.world.climate.typical_year import CHUNK, typical_years
from siting.world.tables import read_table

sys.path.append(str(Path(__file__).parents[1] / "data" / "build"))
from cooling_years import annual

SITES = 3000
THREADS = 2


def weather() -> dict[str, np.ndarray]:
    """Return the typical years of the first 3,000 shipped sites; the sea has the mean temperature of the air."""
    sites = read_table("sites").head(SITES)
    lon, lat, rise = (sites[name].fillna(0.0).to_numpy(float) for name in ("lon", "lat", "elevation_m"))
    dry, wet = (np.empty((len(sites), HOURS_PER_YEAR), dtype=np.float32) for _ in range(2))
    pressure = np.empty(len(sites))
    for first in range(0, len(sites), CHUNK):
        piece = slice(first, first + CHUNK)
        year = typical_years(estimate_inputs(), lon[piece], lat[piece], rise[piece])
        dry[piece], wet[piece], pressure[piece] = year.dry_bulb_c, year.wet_bulb_c, year.pressure_pa
    sea = np.clip(dry.mean(axis=1), -2.0, 36.0)
    return {"dry_bulb_c": dry, "wet_bulb_c": wet, "pressure_pa": pressure, "sea_c": sea}


def main() -> None:
    """Measure all designs together and each alone, and write `cooling.json`."""
    hours = weather()
    base = saturation_baseline_s()
    began, busy = time.perf_counter(), time.process_time()
    annual(tuple(cooling.DESIGNS), **hours, threads=THREADS)
    total_s, busy = time.perf_counter() - began, time.process_time() - busy
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each = {}
    for design in cooling.DESIGNS:
        start = time.perf_counter()
        annual([design], **hours, threads=THREADS)
        each[design] = round(time.perf_counter() - start, 1)
    figures = {
        "sites": len(hours["pressure_pa"]),
        "hours": HOURS_PER_YEAR,
        "designs": len(cooling.DESIGNS),
        "threads": THREADS,
        "all_designs_s": round(total_s, 1),
        "all_designs_processor_s": round(busy, 1),
        "one_design_alone_s": each,
        "baseline_s": round(base, 2),
        "all_over_baseline": round(total_s / base, 1),
        "peak_mb": round(peak_mb),
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
