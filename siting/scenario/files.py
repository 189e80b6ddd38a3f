"""Files of a scenario: read and write TOML, and find the files that a scenario names."""

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import tomlkit

from siting.errors import ScenarioError
from siting.world import places
from siting.world.user_files import guarded_files
from siting.world.user_files.file_versions import Version, digest_of, version_of
from siting.world.user_files.guarded_files import NO_TEXT
from siting.world.user_files.point_layers import companions
from siting.world.user_files.user_places import weather_files
from siting.world.user_values.data_frames import is_of_a_frame

MOST_BYTES = 255
"""Bytes of each part of a path that file systems take; a path is refused from four times as many."""

if TYPE_CHECKING:
    from siting.scenario.scenario import Scenario


def read_toml(file: Path) -> dict[str, Any]:
    """Return the keys of a scenario file, its name from the file where it gives none."""
    raw = guarded_files.read_toml(file, f"scenario {file}", advice="give the path of a TOML file")
    if is_pack(raw):
        raise ScenarioError(f"{file} is a policy pack, not a scenario: {use_of_pack(file)}")
    return {"name": file.stem} | raw


def is_pack(raw: Mapping[str, Any]) -> bool:
    """Return whether the keys of a file are those of a policy pack."""
    return "jurisdictions" in raw and not raw.keys() & {"demand", "candidates", "limits", "minimise", "hardware"}


def use_of_pack(file: Path) -> str:
    """Return how a scenario uses a pack of the planner's own."""
    return f'name it in a scenario beside the shipped packs, `[policy] packs = ["all", "{file.name}"]`'


def write_toml(scenario: "Scenario", path: Path) -> None:
    """Write a scenario, refused where files that it names would not be found from there."""
    folder = path.resolve().parent
    lost, frames = [], {k: n for k, n in scenario.named_files.items() if is_of_a_frame(n)}
    for key, name in scenario.named_files.items():
        if key in frames:
            continue
        here, there = scenario.file(name), (folder / name).resolve()
        if here.is_file():
            inside = there.is_relative_to(folder) and there.is_file()
            if not inside or here.read_bytes() != there.read_bytes():
                lost.append(f"`{key}` is `{name}`: copy it to {folder}, and name it from there")
    if lost:
        raise ScenarioError.from_faults(f"scenario `{scenario.name}` cannot be written to {path}:", lost)
    plain = scenario.as_dict()
    try:
        for key, name in frames.items():  # tables of a notebook go beside the scenario
            part, field = key.split(".")
            plain[part][field] = PurePath(name).name
            if scenario.file(name).resolve() != folder / PurePath(name).name:
                replace_file(folder / PurePath(name).name, scenario.file(name).read_bytes())
        replace_file(path, tomlkit.dumps(plain).encode())
    except OSError as error:
        raise ScenarioError(
            f"cannot write scenario {path} ({error.strerror}): choose another file name or folder"
        ) from error


def input_files(scenario: "Scenario") -> dict[str, Path]:
    """Return every file that a scenario reads, and that those files name, by its name in a folder of its own.

    A name inside the folder of the scenario stays; a file outside it is named after the key of the scenario that names it.
    A file may not exist.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="own", candidates={"set": "places.csv"}, demand={"it_mw": 60, "hubs": "/data/hubs.csv"})
    >>> list(input_files(scenario))
    ['places.csv', 'demand.hubs/hubs.csv']
    """
    found: dict[str, Path] = {}
    for key, name in scenario.named_files.items():
        if name in SHIPPED.get(key, ()):
            continue
        path, inside = scenario.file(name), name_inside(key, name)
        found[inside] = path
        found |= {PurePosixPath(inside).with_name(f.name).as_posix(): f for f in companions(path)}
        if key == "candidates.set" and path.is_file():
            own, beside = path.resolve().parent, PurePosixPath(inside).parent
            found |= {(beside / f.relative_to(own).as_posix()).as_posix(): f for f in _weather_files(version_of(path))}
    return found


@lru_cache(maxsize=64)
def _weather_files(sites: Version) -> tuple[Path, ...]:
    return tuple(weather_files(sites[0]))


SHIPPED: Mapping[str, Collection[str]] = {"candidates.set": places.SETS, "demand.hubs": places.HUBS}
"""Names of shipped sets of places, which a scenario may give in place of a file."""


def name_inside(key: str, name: str) -> str:
    """Return the name of a file in a folder that holds all files of a scenario, with slashes."""
    path = PureWindowsPath(name)  # reads slashes and backslashes
    return f"{key}/{path.name}" if path.anchor or ".." in path.parts else path.as_posix()


def with_names_inside(scenario: "Scenario") -> dict[str, Any]:
    """Return the scenario as plain values, with the names that its files have in a folder of its own."""
    plain: dict[str, Any] = scenario.model_dump(mode="json")
    for key, name in scenario.named_files.items():
        if name in SHIPPED.get(key, ()):
            continue
        *parents, last = (int(part) if part.isdecimal() else part for part in re.findall(r"\w+", key))
        holder: Any = plain
        for part in parents:
            holder = holder[part]
        holder[last] = name_inside(key, name)
    return plain


def file_digests(scenario: "Scenario") -> dict[str, str]:
    """Return the digest of every input file by its name, as `input_files` names it."""

    def digest(path: Path) -> str:
        try:
            return digest_of(path) if path.is_file() else "no such file"
        except OSError as error:
            return str(error.strerror)

    return {name: digest(path) for name, path in input_files(scenario).items()}


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside its place first, then moved there in one step.

    Raises
    ------
    OSError
        The file cannot be written, or is a link, which is not followed.
    """
    if path.is_symlink():
        raise OSError(errno.EEXIST, "it is a link, which is not followed", str(path))
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    part = path.with_name(f".siting-{secrets.token_hex(6)}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def find_file(name: str, folders: Sequence[Path]) -> Path:
    """Return the path of a file that a scenario names, which has to lie in one of its folders, if it has any.

    Raises
    ------
    ScenarioError
        A file outside the folders, by an absolute path, by `..` or by a link; or a name that no file can have.
    """
    _require_file_name(name)
    if re.match(r"~[^/\\]*[/\\]", name):
        raise ScenarioError(
            f"`{name}` begins with `~`, which a scenario does not expand: write the whole path, or a name beside the scenario"
        )
    if not folders:
        return next((path for part in _spellings(name) if (path := Path(part)).is_file()), Path(name))
    paths = [(folder / part).resolve() for part in _spellings(name) for folder in folders]
    inside = [path for path in paths if any(path.is_relative_to(folder) for folder in folders)]
    if not inside:
        raise ScenarioError(
            f"`{name}` lies outside the folder of the scenario ({folders[0]}): copy it there, or open its folder "
            "to the scenario with `--files-from FOLDER` (in Python `Scenario.read(path, files_from=[folder])`)"
        )
    return next((path for path in inside if path.exists()), inside[0])


def _require_file_name(name: str) -> None:
    """Refuse a name that no file can have: the system would raise an error of its own."""
    raw = name.encode("utf-8", "replace")
    if not name or NO_TEXT.search(name) or max(map(len, raw.split(b"/"))) > MOST_BYTES or len(raw) > 4 * MOST_BYTES:
        raise ScenarioError(
            f"{name[:40]!r} is not the name of a file: give at most {MOST_BYTES} bytes a folder, without NUL"
        )


def _spellings(name: str) -> list[str]:
    """Return a file name, and the same with slashes where a name from Windows has backslashes."""
    return list(dict.fromkeys([name, name.replace("\\", "/")])) if os.sep == "/" else [name]


def without_none(value: Any) -> Any:
    """Return plain values without the unset ones, and lists for tuples, as TOML needs them."""
    if isinstance(value, Mapping):
        return {k: without_none(v) for k, v in value.items() if v is not None}
    if isinstance(value, tuple):
        return [without_none(v) for v in value]
    return value
