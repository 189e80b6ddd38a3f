"""Time for round trips between 3,000 sites and 300 hubs, relative to their great circles."""

import json
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import siting as st
from siting.physics.geodesy import great_circle_km
from siting.units import Floats

HERE = Path(__file__).parent
SITES, HUBS, REPEATS, SEED = 3000, 300, 5, 1
BYTES_PER_MB = 1e6


def places(n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return lon and lat spread evenly over the sphere [degree]."""
    return rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))


def fastest_s(work: Callable[[], object]) -> float:
    """Return the shortest of some runs [s]."""
    spent = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return min(spent)


def main() -> None:
    """Run baseline and round trips in one process, and write the figures."""
    rng = np.random.default_rng(SEED)
    (lon_a, lat_a), (lon_b, lat_b) = places(SITES, rng), places(HUBS, rng)
    matrix = (lon_a[:, None], lat_a[:, None], lon_b, lat_b)
    st.rtt_ms(0.0, 0.0, 1.0, 1.0)  # read the tables
    great_circle_s = fastest_s(lambda: great_circle_km(*matrix))
    rtt_s = fastest_s(lambda: st.rtt_ms(*matrix))
    figures = {
        "pairs": SITES * HUBS,
        "great_circle_seconds": round(great_circle_s, 3),
        "rtt_ms_seconds": round(rtt_s, 3),
        "rtt_ms_over_great_circle": round(rtt_s / great_circle_s, 1),
        "rtt_quality_seconds": round(fastest_s(lambda: st.rtt_quality(*matrix)), 3),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / BYTES_PER_MB),
    }
    (HERE / "latency.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
