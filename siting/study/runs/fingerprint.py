"""Digests of what a run depends on: the scenario, the files that it names, and the files that those name."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from siting.errors import SitingError
from siting.scenario.scenario import Scenario
from siting.study.runs.scenario_paths import with_values
from siting.world.user_files.user_places import weather_files

DIGITS = 24


def input_digests(scenario: Scenario) -> dict[str, str]:
    """Return the digest of a scenario and of all its input files, by the name of each.

    The scenario's own name does not count. The files of a sites file (`weather_file`) do.

    Examples
    --------
    >>> import siting as st
    >>> one, other = (st.Scenario(name=n, demand={"it_mw": 100}) for n in ("one", "other"))
    >>> input_digests(one) == input_digests(other)
    True
    """
    plain = scenario.as_dict()
    plain.pop("name")
    text = json.dumps(plain, sort_keys=True, default=str)
    return {"scenario": hashlib.sha256(text.encode()).hexdigest()[:DIGITS], **dict(_files(scenario))}


def _files(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for name in scenario.named_files.values():
        path = scenario.file(name)
        if path.is_file():
            yield name, _digest(*_version(path))
    places = scenario.file(scenario.candidates.set)
    if places.is_file():
        for path in _weather_files(*_version(places)):
            digest = _digest(*_version(path)) if path.is_file() else "no such file"
            yield str(path.relative_to(places.resolve().parent)), digest


def _version(path: Path) -> tuple[Path, int, int]:
    """Return what identifies the content of a file: it is read again only when its size or time of change differs."""
    state = path.stat()
    return path.resolve(), state.st_size, state.st_mtime_ns


@lru_cache(maxsize=4096)
def _digest(path: Path, _size: int, _changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGITS]


@lru_cache(maxsize=64)
def _weather_files(path: Path, _size: int, _changed_ns: int) -> tuple[Path, ...]:
    return tuple(weather_files(path))


def scenario_hash(scenario: Scenario) -> str:
    """Return one digest of a scenario and of all its input files.

    Examples
    --------
    >>> import siting as st
    >>> one, other = (st.Scenario(name=n, demand={"it_mw": 100}) for n in ("one", "other"))
    >>> scenario_hash(one) == scenario_hash(other)
    True
    """
    return hashlib.sha256(json.dumps(input_digests(scenario)).encode()).hexdigest()[:DIGITS]


def key_of(scenario: Scenario, values: Mapping[str, Any]) -> str:
    """Return the key of a run: the hash of its scenario, or of the values that do not make a valid one."""
    try:
        return scenario_hash(with_values(scenario, values))
    except SitingError:
        text = json.dumps(dict(values), sort_keys=True, default=str)
        return "invalid-" + hashlib.sha256(f"{scenario_hash(scenario)} {text}".encode()).hexdigest()[:16]
