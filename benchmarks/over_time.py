"""Proven gap of the largest p-medians over time, and of pmed16 compared with HiGHS.

`python benchmarks/over_time.py [--instances FOLDER] [--seconds N] [--rival-seconds N]` writes `over_time.json`.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from harness.instances import Instance, generated, published
from harness.machine import about
from harness.runner import GAP
from harness.trace import Trace, trace

HERE = Path(__file__).parent
SECONDS, RIVAL_SECONDS = 120.0, 40.0
FOLLOWED = ("3000 x 3000, p=30", "5000 x 5000, p=50", "pmed16")


def instances(folder: Path | None) -> list[Instance]:
    """List the instances that are traced."""
    found = [] if folder is None else published(folder, quick=False)
    return [i for i in [*generated(quick=False), *found] if i.name in FOLLOWED]


def main() -> None:
    """Trace each, HiGHS where its model fits, and write the figures after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=Path)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rival-seconds", type=float, default=RIVAL_SECONDS)
    args = parser.parse_args()
    header = about() | {"gap": GAP, "seconds_allowed": args.seconds, "rival_seconds_allowed": args.rival_seconds}
    followed: list[Trace] = []
    for instance in instances(args.instances):
        limits = {"siting": args.seconds, "highs": args.rival_seconds}
        for solver in ["siting"] if instance.shape == "euclidean" else ["siting", "highs"]:
            followed.append(trace(instance, solver, time_limit_s=limits[solver]))
            print(instance.name, solver, followed[-1].moments[-1:], flush=True)
            figures = {"about": header, "traces": [asdict(one) for one in followed]}
            (HERE / "over_time.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
