"""Values of a scenario by dotted path: which can be varied, their current value, and the scenario with another value."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from siting.errors import ScenarioError, listed, nearest
from siting.problem.ledger.cost_figures import COSTS_USED
from siting.scenario.demand import Demand
from siting.scenario.scenario import Scenario

Plain = dict[str, Any]

_PARTS = ("demand", "hardware", "candidates", "building", "latency", "policy", "outlook")
"""Parts of a scenario whose fields are all known; limits, costs and objectives are looked up."""


def known_paths(scenario: Scenario) -> list[str]:
    """Return every path that can be varied in a scenario.

    Parameters
    ----------
    scenario : Scenario
        Its limits are named by their `kind`, or by their position if a kind occurs twice.

    Returns
    -------
    list of str
        Dotted paths, as in a scenario file.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="any", demand={"it_mw": 100}, limits=(st.SiteCount(max=4),))
    >>> [p for p in known_paths(scenario) if p.startswith("limits")]
    ['limits.site_count.min', 'limits.site_count.max']
    """
    parts = [part for part in type(scenario).model_fields if part in _PARTS]
    found = [path for part in parts for path in _fields_of(part, getattr(scenario, part))]
    found += [f"demand.shares.{k}" for k in scenario.demand.shares] if not scenario.demand.runs else []
    found += [f"costs.{c}" for c in COSTS_USED]
    found += [f"minimise.{k}" for k in ("objective", "tolerance")]
    found += [f"minimise.carbon.{k}" for k in type(scenario.minimise.carbon).model_fields]
    for name, i in _limit_names(scenario):
        limit = scenario.limits[i]
        keys = (*type(limit).model_fields, *(limit.__pydantic_extra__ or {}))
        found += [f"limits.{name}.{key}" for key in keys if key != "kind"]
    return found


def _fields_of(prefix: str, part: BaseModel) -> Iterator[str]:
    """Return the paths of a part's own fields, and of the parts within it."""
    for name, field in type(part).model_fields.items():
        classes = [a for a in getattr(field.annotation, "__args__", ()) if isinstance(a, type)]
        inner = next((a for a in classes if issubclass(a, BaseModel)), None)
        if inner is not None:
            yield from (f"{prefix}.{name}.{key}" for key in inner.model_fields)
        elif not (isinstance(part, Demand) and name in ("shares", "runs")):
            yield f"{prefix}.{name}"


def _limit_names(scenario: Scenario) -> list[tuple[str, int]]:
    """Return the name of each limit in a path: its kind if that is unique, else its position."""
    kinds = [x.name for x in scenario.limits]
    return [(k if kinds.count(k) == 1 else str(i), i) for i, k in enumerate(kinds)]


def check_paths(scenario: Scenario, paths: Sequence[str]) -> None:
    """Raise for paths that a scenario does not have, with the nearest known ones; all faults at once.

    Raises
    ------
    ScenarioError
        An unknown path, or one that occurs twice.
    """
    known = known_paths(scenario)
    faults = [f"`{path}`{_hint(path, scenario, known)}" for path in paths if path not in known]
    faults += [f"`{path}` occurs twice" for path in dict.fromkeys(p for p in paths if list(paths).count(p) > 1)]
    if faults:
        raise ScenarioError.from_faults(f"scenario `{scenario.name}` has no such value to vary:", faults)


def _hint(path: str, scenario: Scenario, known: Sequence[str]) -> str:
    kinds = [x.name for x in scenario.limits]
    first, _, rest = path.partition(".")
    kind, _, key = rest.partition(".")
    if first == "limits" and kinds.count(kind) > 1:
        places = listed(f"`limits.{i}.{key}`" for i, k in enumerate(kinds) if k == kind)
        return f": the scenario has {kinds.count(kind)} limits of that kind; choose one: {places}"
    if first == "limits" and kind not in kinds:
        return f"{nearest(path, known)} (the scenario's limits are {listed(dict.fromkeys(kinds)) or 'none'})"
    return nearest(path, known)


def value_at(scenario: Scenario, path: str) -> Any:
    """Return the value of a path, None where it is not set.

    Raises
    ------
    ScenarioError
        The path is not known.

    Examples
    --------
    >>> import siting as st
    >>> value_at(st.Scenario(name="any", demand={"it_mw": 100}), "demand.it_mw")
    100.0
    """
    check_paths(scenario, [path])
    first, *rest = path.split(".")
    if first == "limits":
        value: Any = scenario.limits[dict(_limit_names(scenario))[rest[0]]]
        rest = rest[1:]
    else:
        value = getattr(scenario, first)
    for key in rest:
        value = None if value is None else value.get(key) if isinstance(value, Mapping) else getattr(value, key, None)
    return value


def with_values(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """Return the scenario with other values at some paths.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    values : mapping of str to object
        Path to value; None removes a value.

    Returns
    -------
    Scenario
        A checked scenario, which finds its files in the same folder.

    Raises
    ------
    ScenarioError
        An unknown path, or values that do not make a valid scenario.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="any", demand={"it_mw": 100}, limits=(st.SiteCount(max=4),))
    >>> with_values(scenario, {"limits.site_count.max": 2}).limits[0].max
    2
    """
    check_paths(scenario, list(values))
    plain = scenario.as_dict() | {"minimise": scenario.minimise, "limits": list(scenario.limits)}
    names = dict(_limit_names(scenario))
    changed: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        first, *rest = path.split(".")
        if first in ("limits", "minimise"):
            place = first if first == "minimise" else rest.pop(0)
            changed.setdefault(place, {})[".".join(rest)] = value
        else:
            _put(plain.setdefault(first, {}), rest, value)
    for place, new in changed.items():
        if place == "minimise":
            plain["minimise"] = _changed(scenario.minimise, new)
        else:
            plain["limits"][names[place]] = _changed(scenario.limits[names[place]], new)
    return type(scenario)(**plain).with_folders_of(scenario)


def _changed(part: BaseModel, values: Mapping[str, Any]) -> Any:
    """Return a limit or an objective of the same class with other values; plain values if the class refuses them.

    The class is kept, so that a limit of a notebook needs no registry in another process. The scenario reports invalid
    values.
    """
    plain = _without_none(part.model_dump())
    for path, value in values.items():
        _put(plain, path.split("."), value)
    if "objective" in values:
        return plain
    try:
        return type(part)(**plain)
    except ValidationError:
        return plain


def _without_none(plain: Mapping[str, Any]) -> Plain:
    return {k: _without_none(v) if isinstance(v, Mapping) else v for k, v in plain.items() if v is not None}


def _put(place: Plain, keys: Sequence[str], value: Any) -> None:
    for key in keys[:-1]:
        place = place.setdefault(key, {})
    if value is None:
        place.pop(keys[-1], None)
    else:
        place[keys[-1]] = list(value) if isinstance(value, tuple) else value
