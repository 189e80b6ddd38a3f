"""Sites by id, zone, country or jurisdiction: checks of the ids and codes that limits name."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NoReturn

import numpy as np
from pandas import DataFrame

from siting.errors import InfeasibleError, ScenarioError, listed, nearest
from siting.problem.problem import Problem
from siting.units import Ints

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
