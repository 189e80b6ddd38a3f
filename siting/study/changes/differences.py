"""Differences of scenarios, as a planner would list them: one row for each value or kind of limit that differs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from siting.scenario.limit import Limit
from siting.scenario.scenario import Scenario
from siting.study.changes.scenario_words import in_words, label_of, limit_in_words, members_apart

NOT_GIVEN = "-"
OBJECTIVE = "minimise.objective"
MOST_CHANGES = 3
"""Changes that a sentence about a plan names; the table has all."""

Names = Mapping[str, str]


def differences_in_words(scenarios: Mapping[str, Scenario], sites: Names) -> pd.DataFrame:
    """Return in what scenarios differ, their names excepted.

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        By the names of their plans.
    sites : mapping of str to str
        Names of sites by id.

    Returns
    -------
    pandas.DataFrame
        Indexed by `what`; a column of text for each scenario, `-` where a value or limit is not given.

    Examples
    --------
    >>> import siting as st
    >>> one = st.Scenario(name="one", demand={"it_mw": 100})
    >>> other = st.change(one, {"demand.it_mw": 60}, add=[st.Moratorium(jurisdictions=("NO",))])
    >>> differences_in_words({"one": one, "other": other}, {}).to_dict("index")
    {'IT power [MW]': {'one': '100', 'other': '60'}, 'moratorium': {'one': '-', 'other': 'moratorium in Norway'}}
    """
    every = list(scenarios.values())
    rows = {what: texts for what, texts in (*_values(every, sites), *_limits(every, sites)) if len(set(texts)) > 1}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(scenarios), dtype=object).rename_axis("what")


def _values(scenarios: Sequence[Scenario], sites: Names) -> Iterator[tuple[str, list[str]]]:
    """Yield the values outside the limits that differ."""
    leaves = [dict(_leaves("", _without(s, "name", "limits"))) | {OBJECTIVE: _order(s)} for s in scenarios]
    for path in dict.fromkeys(p for one in leaves for p in one):
        values = [one.get(path) for one in leaves]
        if all(v == values[0] for v in values):
            continue
        key = path.rpartition(".")[2]
        texts = members_apart([NOT_GIVEN if v is None else v for v in values], key, sites)
        yield label_of(path).heading(), texts


def _order(scenario: Scenario) -> str:
    """Return the objectives in their order."""
    return ", then ".join(in_words(x.name, "objective") for x in scenario.minimise.stages)


def _without(scenario: Scenario, *keys: str) -> dict[str, Any]:
    plain = {k: v for k, v in scenario.as_dict().items() if k not in keys}
    return plain | {"minimise": {k: v for k, v in plain["minimise"].items() if k != "then"}}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the plain values below a path; a list is one value."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), part)
    else:
        yield path, value


def _limits(scenarios: Sequence[Scenario], sites: Names) -> Iterator[tuple[str, list[str]]]:
    """Yield the kinds of limits that differ; where the short words are alike, with every value."""
    for kind in dict.fromkeys(x.name for s in scenarios for x in s.limits):
        of_kind = [[x for x in s.limits if x.name == kind] for s in scenarios]
        plain = [[x.model_dump(mode="json") for x in some] for some in of_kind]
        if all(p == plain[0] for p in plain):
            continue
        short = [_joined(some, sites, long=False) for some in of_kind]
        alike = len(set(short)) == 1
        yield kind.replace("_", " "), [_joined(some, sites, long=True) for some in of_kind] if alike else short


def _joined(limits: Sequence[Limit], sites: Names, *, long: bool) -> str:
    return "; ".join(limit_in_words(x, sites, long=long) for x in limits) or NOT_GIVEN


def changes(differences: pd.DataFrame, base: str, other: str) -> list[str]:
    """Return what one scenario has and another has not, as phrases that begin with `with` or `without`.

    Parameters
    ----------
    differences : pandas.DataFrame
        As `differences_in_words` returns them.
    base, other : str
        Columns of it.

    Examples
    --------
    >>> rows = {"IT power [MW]": ["100", "60"], "moratorium": ["-", "moratorium in Norway"], "z": ["x", "x"]}
    >>> table = pd.DataFrame.from_dict(rows, orient="index", columns=["a", "b"])
    >>> changes(table, "a", "b"), changes(table, "b", "a")[1]
    (['with IT power of 60 instead of 100 MW', 'with moratorium in Norway'], 'without the moratorium in Norway')
    """
    found = []
    for what, before, after in zip(differences.index, differences[base], differences[other], strict=True):
        if before == after:
            continue
        label, _, unit = str(what).removesuffix("]").partition(" [")
        is_limit = str(what).replace(" ", "_") in Limit.kinds()
        named = "" if is_limit else f"{label} of " if unit else f"{label} "
        ending = f" {unit}" if unit else ""
        if after == NOT_GIVEN:
            the = "the limit of " if is_limit and not before[:1].isalpha() else "the "
            found.append(f"without {the}{named}{before}{ending}")
        elif before == NOT_GIVEN:
            found.append(f"with {named}{after}{ending}")
        else:
            found.append(f"with {named}{after} instead of {before}{ending}")
    return found
