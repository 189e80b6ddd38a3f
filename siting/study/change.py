"""A copy of a scenario with other values, and with limits added or removed."""

from collections.abc import Mapping, Sequence
from typing import Any

from siting.errors import ScenarioError, listed, nearest
from siting.scenario.limit import Limit
from siting.scenario.scenario import Scenario
from siting.study.runs.scenario_paths import with_values


def change(
    scenario: Scenario,
    values: Mapping[str, Any] | None = None,
    *,
    name: str | None = None,
    add: Sequence[Limit] = (),
    without: Sequence[str] = (),
) -> Scenario:
    """Return a copy of a scenario with other values, and with limits added or removed.

    Parameters
    ----------
    scenario : Scenario
        The scenario; it is not changed.
    values : mapping of str to object, optional
        Dotted path to value, as in `siting.sweep`: ``{"demand.it_mw": 300, "limits.max_latency.batch_ms": 250}``;
        None removes a value.
    name : str, optional
        Name of the copy; default that of the scenario.
    add : sequence of Limit, optional
        Limits to add.
    without : sequence of str, optional
        Limits to remove, by `kind` (all of that kind), or by position if a kind is given twice (`"2"`).

    Returns
    -------
    Scenario
        Validated like any other; its files are read from the same folders.

    Raises
    ------
    ScenarioError
        A path or a limit that the scenario does not have, or values that are not valid.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="any", demand={"it_mw": 100}, limits=(st.SiteCount(max=4),))
    >>> other = change(scenario, {"demand.it_mw": 60}, add=[st.MaxCi(g_per_kwh=100)], without=["site_count"])
    >>> other.demand.it_mw, [x.kind for x in other.limits]
    (60.0, ['max_ci'])
    """
    changed = with_values(scenario, values or {})
    kinds = [x.name for x in scenario.limits]
    known = [*dict.fromkeys(kinds), *map(str, range(len(kinds)))]
    strangers = [f"`{w}`{nearest(w, known)}" for w in without if w not in known]
    if strangers:
        its = f"its limits are {listed(dict.fromkeys(kinds)) or 'none'}"
        raise ScenarioError.from_faults(f"scenario `{scenario.name}` has no such limit to remove ({its}):", strangers)
    kept = [x for i, x in enumerate(changed.limits) if not {kinds[i], str(i)} & set(without)]
    plain = changed.as_dict() | {"minimise": changed.minimise, "limits": [*kept, *add], "name": name or scenario.name}
    return type(scenario)(**plain).with_folders_of(scenario)
