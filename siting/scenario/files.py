"""Files of a scenario: read and write TOML, and find the files that a scenario names."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit

from siting.errors import ScenarioError

if TYPE_CHECKING:
    from siting.scenario.scenario import Scenario


def read_toml(file: Path) -> dict[str, Any]:
    """Return the keys of a scenario file, its name from the file where it gives none."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(f"cannot read scenario {file} ({error.strerror}): give the path of a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{file} is not valid TOML: {error}: correct that line") from error
    return {"name": file.stem} | raw


def write_toml(scenario: "Scenario", path: Path) -> None:
    """Write a scenario, refused where files that it names would not be found from there."""
    folder = path.resolve().parent
    lost = []
    for key, name in scenario.named_files.items():
        here, there = scenario.file(name), (folder / name).resolve()
        if here.is_file():
            inside = there.is_relative_to(folder) and there.is_file()
            if not inside or here.read_bytes() != there.read_bytes():
                lost.append(f"`{key}` is `{name}`: copy it to {folder}, and name it from there")
    if lost:
        raise ScenarioError.from_faults(f"scenario `{scenario.name}` cannot be written to {path}:", lost)
    path.write_text(tomlkit.dumps(scenario.as_dict()), encoding="utf-8")


def find_file(name: str, folders: Sequence[Path]) -> Path:
    """Return the path of a file that a scenario names, which has to lie in one of its folders.

    Raises
    ------
    ScenarioError
        A file outside the folders, by an absolute path, by `..` or by a link.
    """
    paths = [(folder / name).resolve() for folder in folders]
    inside = [path for path in paths if any(path.is_relative_to(folder) for folder in folders)]
    if not inside:
        raise ScenarioError(
            f"`{name}` lies outside the folder of the scenario ({folders[0]}): copy it there, or open its folder "
            "to the scenario with `--files-from FOLDER` (in Python `Scenario.read(path, files_from=[folder])`)"
        )
    return next((path for path in inside if path.exists()), inside[0])


def without_none(value: Any) -> Any:
    """Return plain values without the unset ones, and lists for tuples, as TOML needs them."""
    if isinstance(value, Mapping):
        return {k: without_none(v) for k, v in value.items() if v is not None}
    if isinstance(value, tuple):
        return [without_none(v) for v in value]
    return value
