"""Build every shipped table from the raw sources: `python data/build/build.py --sources FOLDER`."""

from __future__ import annotations

import argparse
import importlib
import time
from pathlib import Path

import package as pk
from readme import write_readme

ROOMS = ("places", "grid", "climate", "latency", "countries", "catalogue", "ground", "policy")
"""Scripts in the order of what they need: climate reads the places, ground reads the zones."""


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
        names = ", ".join(resource.name for resource in made)
        print(f"{room}: {names} ({time.perf_counter() - began:.0f} s)")
    pk.write_package(resources, out)
    write_readme(resources, out)
    return resources


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="folder of raw sources")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1], help="data folder to write")
    asked = parser.parse_args()
    resources = build_all(asked.sources.resolve(), asked.out.resolve())
    size = sum((asked.out / resource.path).stat().st_size for resource in resources)
    print(f"{len(resources)} files, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
