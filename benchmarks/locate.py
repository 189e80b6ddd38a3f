"""Time, memory and gap of the location problems, compared with HiGHS on plain arrays.

`python benchmarks/locate.py [--instances FOLDER] [--seconds N] [--rival-seconds N] [--only WORD]` measures generated
instances of every family and, where their folder is given, published ones: the p-medians, the large ones with fixed costs
and some small ones. With `--only`, families with that word in their name are measured and the rows of the others are kept.
Writes `locate.json`; `over_time.py` measures the gap over time.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.instances import QUICK, Instance, generated, published
from harness.machine import about
from harness.runner import GAP, Row, as_table, rows

HERE = Path(__file__).parent
SECONDS, RIVAL_SECONDS = 60.0, 30.0
LARGE = ("capa", "capb", "capc")
FOLLOWED = ("3000 x 3000, p=30", "5000 x 5000, p=50")
"""Instances that take minutes: `over_time.py` traces them."""

SKIPPED_BY_HIGHS = {
    "p-median, OR-Library": tuple(f"pmed{number}" for number in (13, 14, 15, 17, 18, 19, 20)),
    "p-median, random points": ("1000 x 1000, p=20",),
    "capacitated, clusters": ("200 x 100",),
    "capacitated, square": ("300 x 300",),
}
"""Instances that HiGHS skips, to save time: of the size of pmed11, 12 and 16, or larger than one that it solves."""

LARGE_FOR_HIGHS = ("capa_8000", "capa_uncapacitated")
"""Large instances with fixed costs that HiGHS solves too."""


def instances(folder: Path | None) -> list[Instance]:
    """List the instances that are measured."""
    found = [] if folder is None else published(folder, quick=False)
    chosen = [i for i in found if i.name.startswith(("pmed", *LARGE)) or i.name in QUICK]
    return [*chosen, *sorted((i for i in generated(quick=False) if i.name not in FOLLOWED), key=lambda i: i.family)]


def with_highs(instance: Instance) -> bool:
    """Return whether HiGHS solves an instance too."""
    if instance.name.startswith(LARGE):
        return instance.name in LARGE_FOR_HIGHS
    return instance.name not in SKIPPED_BY_HIGHS.get(instance.family, ())


def kept(word: str) -> list[dict[str, Any]]:
    """Return the earlier rows of the families without this word; none where all are measured."""
    file = HERE / "locate.json"
    if not word or not file.is_file():
        return []
    return [row for row in json.loads(file.read_text(encoding="utf-8"))["rows"] if word not in row["family"]]


def written(earlier: Sequence[dict[str, Any]], measured: Sequence[Row], header: dict[str, Any]) -> str:
    """Return the figures as JSON."""
    return json.dumps({"about": header, "rows": [*earlier, *(asdict(row) for row in measured)]}, indent=1) + "\n"


def main() -> None:
    """Measure each instance and write the figures after each; exit with an error if a published optimum is contradicted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=Path)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rival-seconds", type=float, default=RIVAL_SECONDS)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    earlier = kept(args.only)
    limits = {"gap": GAP, "seconds_allowed": args.seconds, "rival_seconds_allowed": args.rival_seconds}
    header = about() | limits
    measured: list[Row] = []
    chosen = [i for i in instances(args.instances) if args.only in i.family]
    for row in rows(chosen, time_limit_s=args.seconds, rival_limit_s=args.rival_seconds, with_rival=with_highs):
        measured.append(row)
        print(as_table([row]).splitlines()[-1], flush=True)
        (HERE / "locate.json").write_text(written(earlier, measured, header), encoding="utf-8")
    wrong = [row.instance for row in measured if row.contradicted]
    if wrong:
        sys.exit(f"the published optimum of {', '.join(wrong)} contradicts the bounds proven here")


if __name__ == "__main__":
    main()
