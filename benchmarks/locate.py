"""How the textbook problems fare against HiGHS from plain arrays: time, memory and proof.

`python benchmarks/locate.py [--instances FOLDER] [--seconds N] [--rival-seconds N] [--only WORD]` measures made instances
of every family and, where their folder is given, published ones: the p-medians, the large ones with fixed costs and some
small. With `--only`, families with that word in their name are measured again and the others kept. Writes `locate.json`; how the gap closes over time is measured by `over_time.py`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.instances import QUICK, Instance, made, published
from harness.machine import about
from harness.runner import GAP, Row, as_table, rows

HERE = Path(__file__).parent
SECONDS, RIVAL_SECONDS = 60.0, 30.0
LARGE = ("capa", "capb", "capc")
FOLLOWED = ("3000 x 3000, p=30", "5000 x 5000, p=50")
"""Questions that take minutes: `over_time.py` follows them."""

TWINS = {
    "p-median, OR-Library": tuple(f"pmed{number}" for number in (13, 14, 15, 17, 18, 19, 20)),
    "p-median, random points": ("1000 x 1000, p=20",),
    "capacitated, clusters": ("200 x 100",),
    "capacitated, square": ("300 x 300",),
}
"""Questions that HiGHS is not asked, to end in minutes: of the size of pmed11, 12 and 16, or beyond one that it is asked."""

ASKED_OF_LARGE = ("capa_8000", "capa_uncapacitated")
"""Of the large instances with fixed costs, those that HiGHS is asked."""


def instances(folder: Path | None) -> list[Instance]:
    """List what is measured to its proof."""
    found = [] if folder is None else published(folder, quick=False)
    chosen = [i for i in found if i.name.startswith(("pmed", *LARGE)) or i.name in QUICK]
    return [*chosen, *sorted((i for i in made(quick=False) if i.name not in FOLLOWED), key=lambda i: i.family)]


def ask_highs(instance: Instance) -> bool:
    """Tell whether HiGHS is asked."""
    if instance.name.startswith(LARGE):
        return instance.name in ASKED_OF_LARGE
    return instance.name not in TWINS.get(instance.family, ())


def kept(word: str) -> list[dict[str, Any]]:
    """Return what was measured of the families without this word, none where all are measured."""
    file = HERE / "locate.json"
    if not word or not file.is_file():
        return []
    return [row for row in json.loads(file.read_text(encoding="utf-8"))["rows"] if word not in row["family"]]


def written(earlier: Sequence[dict[str, Any]], measured: Sequence[Row], told: dict[str, Any]) -> str:
    """Return the figures as JSON."""
    return json.dumps({"about": told, "rows": [*earlier, *(asdict(row) for row in measured)]}, indent=1) + "\n"


def main() -> None:
    """Measure problem by problem and write the figures after each; a published optimum that we contradict ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=Path)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rival-seconds", type=float, default=RIVAL_SECONDS)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    earlier = kept(asked.only)
    limits = {"gap": GAP, "seconds_allowed": asked.seconds, "rival_seconds_allowed": asked.rival_seconds}
    told = about() | limits
    measured: list[Row] = []
    chosen = [i for i in instances(asked.instances) if asked.only in i.family]
    for row in rows(chosen, time_limit_s=asked.seconds, rival_limit_s=asked.rival_seconds, ask_rival=ask_highs):
        measured.append(row)
        print(as_table([row]).splitlines()[-1], flush=True)
        (HERE / "locate.json").write_text(written(earlier, measured, told), encoding="utf-8")
    wrong = [row.instance for row in measured if row.contradicted]
    if wrong:
        sys.exit(f"the published optimum of {', '.join(wrong)} clashes with what is proven here")


if __name__ == "__main__":
    main()
