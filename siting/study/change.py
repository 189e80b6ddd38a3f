"""The same question, changed: other figures, limits added or left out."""

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
    """Return the same question with other figures, and with limits added or left out.

    Parameters
    ----------
    scenario : Scenario
        The question; it stays as it is.
    values : mapping of str to object, optional
        Dotted path to value, as in `siting.sweep`: ``{"demand.it_mw": 300, "limits.max_latency.batch_ms": 250}``;
        None takes a value away.
    name : str, optional
        Name of the new question; the old one if none is given.
    add : sequence of Limit, optional
        Limits that hold as well.
    without : sequence of str, optional
        Limits that no longer hold, by `kind` (all of that kind), or by position where a kind stands twice (`"2"`).

    Returns
    -------
    Scenario
        Checked as any other; files that it names are looked for where they were.

    Raises
    ------
    ScenarioError
        A path or a limit that the scenario does not have, or values that make no valid question.

    Examples
    --------
    >>> import siting as st
    >>> asked = st.Scenario(name="any", demand={"it_mw": 100}, limits=(st.SiteCount(max=4),))
    >>> other = change(asked, {"demand.it_mw": 60}, add=[st.MaxCi(g_per_kwh=100)], without=["site_count"])
    >>> other.demand.it_mw, [x.kind for x in other.limits]
    (60.0, ['max_ci'])
    """
    changed = with_values(scenario, values or {})
    kinds = [x.name for x in scenario.limits]
    _refuse_strangers(scenario, without, kinds)
    kept = [x for i, x in enumerate(changed.limits) if not {kinds[i], str(i)} & set(without)]
    plain = changed.as_dict() | {"minimise": changed.minimise, "limits": [*kept, *add], "name": name or scenario.name}
    return type(scenario)(**plain).with_folders_of(scenario)


def _refuse_strangers(scenario: Scenario, without: Sequence[str], kinds: Sequence[str]) -> None:
    known = [*dict.fromkeys(kinds), *map(str, range(len(kinds)))]
    strangers = [f"`{w}`{nearest(w, known)}" for w in without if w not in known]
    if strangers:
        its = f"its limits are {listed(dict.fromkeys(kinds)) or 'none'}"
        raise ScenarioError.from_faults(
            f"scenario `{scenario.name}` has no such limit to leave out ({its}):", strangers
        )
