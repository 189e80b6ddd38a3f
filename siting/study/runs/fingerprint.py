"""Digests of what a run depends on: the scenario, the files that it names, and the files that those name."""

import hashlib
import inspect
import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from siting.errors import SitingError
from siting.scenario.files import file_digests
from siting.scenario.scenario import Scenario
from siting.study.runs.scenario_paths import with_values
from siting.world.user_files.file_versions import DIGITS
from siting.world.user_values.data_frames import is_of_a_frame


def input_digests(scenario: Scenario) -> dict[str, str]:
    """Return the digest of a scenario and of all its input files, by the name of each.

    The scenario's own name does not count. The files of a sites file (`weather_file`) do, and the code of your own limits
    and objectives.

    Examples
    --------
    >>> import siting as st
    >>> one, other = (st.Scenario(name=n, demand={"it_mw": 100}) for n in ("one", "other"))
    >>> input_digests(one) == input_digests(other)
    True
    """
    plain = scenario.as_dict() | {"code": _own_code(scenario)}
    plain.pop("name")
    for key, name in scenario.named_files.items():
        if is_of_a_frame(name):  # its content is in its name; its folder is another in each process
            part, field = key.split(".")
            plain[part] = {**plain[part], field: PurePath(name).name}
    text = json.dumps(plain, sort_keys=True, default=str)
    return {"scenario": hashlib.sha256(text.encode()).hexdigest()[:DIGITS], **file_digests(scenario)}


def _own_code(scenario: Scenario) -> list[str]:
    """Return the code of limits and objectives that are defined outside the package: the same name may mean another rule."""
    kinds = {type(part) for part in (*scenario.limits, *scenario.minimise.stages)}
    return sorted(_source(kind) for kind in kinds if not kind.__module__.startswith("siting."))


def _source(kind: type) -> str:
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):  # typed at a prompt
        return f"{kind.__module__}.{kind.__qualname__}"


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
