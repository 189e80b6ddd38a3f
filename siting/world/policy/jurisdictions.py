"""Codes of countries, states and unions of countries, and which places are in them."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from siting.errors import nearest
from siting.units import Bools
from siting.world.policy.shipped import packs
from siting.world.tables import read_table

UNIONS = ("EU", "EEA")
"""Unions that a code may name: the European Union, and with it Iceland, Liechtenstein and Norway."""

_EEA_ONLY = frozenset({"IS", "LI", "NO"})


def known_code(code: str) -> str:
    """Return a valid code of a jurisdiction; the error names the nearest one.

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
        raise ValueError(
            f"`{code}` is not a country code{nearest(code, countries)} (give a code like `DE`, `US-TX` or `EU`)"
        )
    return code


def members(codes: Iterable[str]) -> tuple[str, ...]:
    """Return codes with unions expanded to their countries.

    Examples
    --------
    >>> "NO" in members(["EU"]), "NO" in members(["EEA"]), "SE" in members(["EU"])
    (False, True, True)
    """
    union = packs()["eu"].jurisdictions
    expanded = {"EEA": union, "EU": tuple(c for c in union if c not in _EEA_ONLY)}
    return tuple(c for code in codes for c in expanded.get(code, (code,)))


def within(jurisdictions: Sequence[object], codes: Iterable[str]) -> Bools:
    """Return which places are in any of the codes; `US` contains `US-TX`.

    Examples
    --------
    >>> within(["US-TX", "US-VA", "DE"], ["US", "EU"]).tolist(), within(["US-TX", "US-VA"], ["US-VA"]).tolist()
    ([True, True, True], [False, True])
    """
    wanted = set(members(codes))
    return np.array([str(j) in wanted or str(j).split("-")[0] in wanted for j in jurisdictions], dtype=bool)
