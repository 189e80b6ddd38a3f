"""Build every shipped table from the raw sources: `python data/build/build.py --sources FOLDER`."""

from __future__ import annotations

import argparse
import importlib
import json
import time
from pathlib import Path
from typing import Any

import package as pk
from readme import write_readme

from siting.world import tables
from siting.world.climate.estimate_inputs import estimate_inputs

ROOMS = (
    "grid",
    "signals",
    "outlook",
    "places",
    "climate",
    "sea",
    "ci_hours",
    "latency",
    "countries",
    "cities",
    "hazards",
    "catalogue",
    "ground",
    "ground_cells",
    "policy",
    "export_control",
    "capacity",
    "facts",
)
"""Scripts in the order of what they need: places and ground read the zones, climate reads the places."""


def build_all(sources: Path, out: Path, rooms: tuple[str, ...] = ROOMS) -> list[pk.Resource]:
    """Write every table, the descriptor and the readme.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.
    rooms : tuple of str
        Scripts to run.

    Returns
    -------
    list of Resource
        Every shipped file.
    """
    resources: list[pk.Resource] = []
    for room in rooms:
        began = time.perf_counter()
        made = importlib.import_module(room).build(sources, out)
        resources += made
        _noted(made, out)
        names = ", ".join(resource.name for resource in made)
        print(f"{room}: {names} ({time.perf_counter() - began:.0f} s)")
    target = pk.write_package(resources, out)
    write_readme(json.loads(target.read_text(encoding="utf-8")), out)
    return resources


def rebuild(sources: Path, out: Path, rooms: tuple[str, ...]) -> None:
    """Run some scripts, and update their entries in the descriptor and in the readme; a file that is gone leaves both.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder, built before.
    rooms : tuple of str
        Scripts to run.
    """
    for room in rooms:
        package = _noted(importlib.import_module(room).build(sources, out), out)
    write_readme(package, out)


def _noted(made: list[pk.Resource], out: Path) -> dict[str, Any]:
    """Enter files in the descriptor, if there is one, so that the next script can read them; return it."""
    target = out / "datapackage.json"
    if not target.is_file():
        return {}
    package: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    entries = {entry["name"]: entry for entry in package["resources"]}
    entries |= {resource.name: resource.descriptor(out) for resource in made}
    package["resources"] = [entry for entry in entries.values() if (out / entry["path"]).is_file()]
    target.write_text(json.dumps(package, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="")
    for read in (tables.resources, tables.read_table, tables.read_arrays, estimate_inputs):
        read.cache_clear()
    return package


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="folder of raw sources")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1], help="data folder to write")
    parser.add_argument("--only", nargs="+", choices=ROOMS, help="run these scripts; other tables stay as they are")
    asked = parser.parse_args()
    if asked.only:
        rebuild(asked.sources.resolve(), asked.out.resolve(), tuple(asked.only))
        return
    resources = build_all(asked.sources.resolve(), asked.out.resolve())
    size = sum((asked.out / resource.path).stat().st_size for resource in resources)
    print(f"{len(resources)} files, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
