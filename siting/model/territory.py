"""Which sites lie in a jurisdiction, country, zone or union of countries."""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NoReturn

import numpy as np

from siting.errors import InfeasibleError, ScenarioError
from siting.model.rows import Bools, Ints
from siting.model.sentence import nearest
from siting.world.policy import packs
from siting.world.tables import read_table

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.model.problem import Problem

Part = Literal["site", "zone", "country", "jurisdiction"]
"""Into what a plan's sites may be parted."""

_COLUMN: Mapping[str, str] = MappingProxyType(
    {"site": "id", "zone": "zone_id", "country": "country_iso2", "jurisdiction": "jurisdiction"}
)

UNIONS = ("EU", "EEA")
"""Unions that a code may name: the European Union, and with it Iceland, Liechtenstein and Norway."""

_EEA_ONLY = frozenset({"IS", "LI", "NO"})


def known_code(code: str) -> str:
    """Return a code of a jurisdiction, or refuse it with the nearest one.

    Parameters
    ----------
    code : str
        A country (`DE`), a part of one (`US-TX`, ISO 3166-2), or one of `UNIONS`.

    Returns
    -------
    str
        The code.

    Raises
    ------
    ValueError
        No country of that code.

    Examples
    --------
    >>> known_code("US-TX")
    'US-TX'
    """
    countries = set(read_table("countries")["iso2"].astype(str)) | set(UNIONS)
    found = re.fullmatch(r"([A-Z]{2,3})(-[A-Z0-9]{1,3})?", code)
    if not found or found[1] not in countries or (found[2] and found[1] in UNIONS):
        raise ValueError(f"`{code}` is no country{nearest(code, countries)} (give a code like `DE`, `US-TX` or `EU`)")
    return code


def members(codes: Iterable[str]) -> tuple[str, ...]:
    """Return codes with the unions spelt out as their countries.

    Examples
    --------
    >>> "NO" in members(["EU"]), "NO" in members(["EEA"]), "SE" in members(["EU"])
    (False, True, True)
    """
    union = packs()["eu"].jurisdictions
    spelt = {"EEA": union, "EU": tuple(c for c in union if c not in _EEA_ONLY)}
    return tuple(c for code in codes for c in spelt.get(code, (code,)))


def within(jurisdictions: Sequence[object], codes: Iterable[str]) -> Bools:
    """Return which places lie in any of the codes; `US` holds `US-TX`.

    Examples
    --------
    >>> within(["US-TX", "US-VA", "DE"], ["US", "EU"]).tolist(), within(["US-TX", "US-VA"], ["US-VA"]).tolist()
    ([True, True, True], [False, True])
    """
    wanted = set(members(codes))
    return np.array([str(j) in wanted or str(j).split("-")[0] in wanted for j in jurisdictions], dtype=bool)


def parts(sites: "DataFrame", per: Part) -> tuple[list[str], Ints]:
    """Return the parts of the sites: a label each, and the part of each site.

    Examples
    --------
    >>> import pandas as pd
    >>> labels, part = parts(pd.DataFrame({"country_iso2": ["SE", "DE", "SE"]}), "country")
    >>> labels, part.tolist()
    (['DE', 'SE'], [1, 0, 1])
    """
    labels, part = np.unique(sites[_COLUMN[per]].to_numpy(str), return_inverse=True)
    return [str(x) for x in labels], part.astype(np.intp)


def no_site_in(limit: str, codes: Iterable[str]) -> NoReturn:
    """Refuse a limit that would write no row.

    Raises
    ------
    ScenarioError
        Always: nothing that may be built lies in any of the codes.
    """
    raise ScenarioError(
        f"limit `{limit}` would change nothing: no site that may be built lies in {', '.join(codes)}; drop it, or name "
        "places that candidates lie in"
    )


def require_known_sites(limit: str, ids: Iterable[str], candidates: "DataFrame") -> None:
    """Refuse ids that no candidate has.

    Raises
    ------
    ScenarioError
        Every unknown id, with the nearest known one.
    """
    known = [str(s) for s in candidates["id"]]
    strangers = [f"names `{s}`, an id that no candidate has{nearest(s, known)}" for s in ids if s not in set(known)]
    if strangers:
        raise ScenarioError(f"limit `{limit}` {'; '.join(strangers)}; `siting data show sites` lists the shipped ids")


def rows_of_sites(limit: str, ids: Sequence[str], problem: "Problem") -> Ints:
    """Return the positions of sites that must be there.

    Raises
    ------
    InfeasibleError
        Every site that something has left out, with what it was.
    """
    position = {str(s): i for i, s in enumerate(problem.sites["id"])}
    why: dict[str, list[str]] = {}
    for row in problem.excluded.itertuples():
        why.setdefault(str(row.site), []).append(f"{row.limit} ({row.reason})")
    lost = [
        f"`{s}` is left out by {'; '.join(why.get(s, ['no limit: it is no candidate']))}"
        for s in ids
        if s not in position
    ]
    if lost:
        raise InfeasibleError.from_faults(
            f"limit `{limit}` wants sites that may not be built: loosen one of the two", lost
        )
    return np.array([position[s] for s in ids], dtype=np.intp)
