"""Sites by id, zone, country or jurisdiction: checks of the ids and codes that limits name."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NoReturn

import numpy as np
from pandas import DataFrame

from siting.errors import InfeasibleError, ScenarioError, listed, nearest
from siting.problem.problem import Problem
from siting.scenario.limit import Limit
from siting.units import Ints
from siting.world.policy import Pack
from siting.world.tables import read_table

_UNKNOWN = {"zone": "the grid zone", "admin1": "the first-level unit", "jurisdiction": "the jurisdiction"}
_LISTS = {
    "zone": "`siting data show zones` lists them",
    "admin1": "name it as the column `admin1` of `siting data show sites` does",
}

GroupBy = Literal["site", "zone", "country", "jurisdiction"]
"""How a plan's sites may be grouped."""

_COLUMN: Mapping[str, str] = MappingProxyType(
    {"site": "id", "zone": "zone_id", "country": "country_iso2", "jurisdiction": "jurisdiction"}
)


def site_groups(sites: DataFrame, per: GroupBy) -> tuple[list[str], Ints]:
    """Return the groups of the sites: a label each, and the group of each site.

    Examples
    --------
    >>> import pandas as pd
    >>> labels, group = site_groups(pd.DataFrame({"country_iso2": ["SE", "DE", "SE"]}), "country")
    >>> labels, group.tolist()
    (['DE', 'SE'], [1, 0, 1])
    """
    labels, group = np.unique(sites[_COLUMN[per]].to_numpy(str), return_inverse=True)
    return [str(x) for x in labels], group.astype(np.intp)


def no_site_in(limit: str, codes: Iterable[str]) -> NoReturn:
    """Refuse a limit without effect.

    Raises
    ------
    ScenarioError
        Always: no site that may be built is in any of the codes.
    """
    raise ScenarioError(
        f"limit `{limit}` has no effect: no site that may be built is in {listed(codes)}; remove it, or name "
        "places that contain candidates"
    )


def require_known_sites(limit: str, ids: Iterable[str], candidates: DataFrame) -> None:
    """Refuse ids that are not candidates.

    Raises
    ------
    ScenarioError
        Every unknown id, with the nearest known one.
    """
    known = [str(s) for s in candidates["id"]]
    strangers = [f"names `{s}`, an id that no candidate has{nearest(s, known)}" for s in ids if s not in set(known)]
    if strangers:
        raise ScenarioError(
            f"limit `{limit}` {listed(strangers, '; ')}; `siting data show sites` lists the shipped ids"
        )


def require_known_names(scenario: str, limits: Iterable[Limit], packs: Iterable[Pack], candidates: DataFrame) -> None:
    """Refuse zones, first-level units and parts of countries that limits or packs name and that no table has.

    A name that is in the tables and has no candidate is allowed.

    Parameters
    ----------
    scenario : str
        Name of the scenario.
    limits : iterable of Limit
        Its limits.
    packs : iterable of Pack
        Policy packs of the scenario.
    candidates : pandas.DataFrame
        Every candidate: its own zone, unit and jurisdiction are known too.

    Raises
    ------
    ScenarioError
        One line per unknown name, with the nearest known one.
    """
    areas = read_table("ground_areas")
    tables = {"zone": read_table("zones")["zone_id"], "admin1": areas["admin1"], "jurisdiction": areas["jurisdiction"]}
    own = {"zone": "zone_id", "admin1": "admin1", "jurisdiction": "jurisdiction"}
    known = {w: {str(n) for n in (*tables[w].dropna(), *candidates[own[w]].dropna())} for w in tables}
    named = [(f"limit `{x.name}`", w, n) for x in limits for w, names in x.named.items() for n in names]
    named += [(f"policy pack `{p.id}`", "jurisdiction", n) for p in packs for n in p.jurisdictions]
    faults = [
        f"{what} names {_UNKNOWN[w]} `{n}`, which no table has{_near(w, n, known[w])}"
        for what, w, n in dict.fromkeys(named)
        if n not in known[w] and (w != "jurisdiction" or "-" in n)  # countries and unions are checked when read
    ]
    if faults:
        raise ScenarioError.from_faults(f"scenario `{scenario}` names places that do not exist:", faults)


def _near(what: str, name: str, known: Collection[str]) -> str:
    """Return the nearest known name; for a part of a country, the parts that its country has."""
    if what != "jurisdiction":
        return nearest(name, known) or f": {_LISTS[what]}"
    country = name.split("-", maxsplit=1)[0]
    parts = sorted(code for code in known if code.startswith(f"{country}-"))
    return f" (known are {listed(parts)})" if parts else f": name {country}, or its units by `admin1`"


def rows_of_sites(limit: str, ids: Sequence[str], problem: Problem) -> Ints:
    """Return the positions of sites that must be in the problem.

    Raises
    ------
    InfeasibleError
        Every site that is excluded, with the limit and the reason.
    """
    position = {str(s): i for i, s in enumerate(problem.sites["id"])}
    why: dict[str, list[str]] = {}
    for row in problem.excluded.itertuples():
        why.setdefault(str(row.site), []).append(f"{row.limit} ({row.reason})")
    lost = [
        f"`{s}` is excluded by {listed(why.get(s, ['no limit: it is not a candidate']), '; ')}"
        for s in ids
        if s not in position
    ]
    if lost:
        raise InfeasibleError.from_faults(
            f"limit `{limit}` requires sites that may not be built: relax one of the two", lost
        )
    return np.array([position[s] for s in ids], dtype=np.intp)
