"""Codes of countries, states and unions of countries, and which places are in them."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from siting.units import Bools
from siting.world.policy.country_names import country_code, country_hint
from siting.world.policy.shipped import packs

UNIONS = ("EU", "EEA")
"""Unions that a code may name: the European Union, and with it Iceland, Liechtenstein and Norway."""

_EEA_ONLY = frozenset({"IS", "LI", "NO"})


def known_code(code: str) -> str:
    """Return a valid code of a jurisdiction; the error names the nearest one.

    Parameters
    ----------
    code : str
        A country as `country_code` reads it (`DE`, `DEU`, `Germany`), a part of one (`US-TX`, ISO 3166-2), or one of
        `UNIONS`.

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
    >>> known_code("US-TX"), known_code("UK"), known_code("eea")
    ('US-TX', 'GB', 'EEA')
    """
    if code.upper() in UNIONS:
        return code.upper()
    whole = country_code(code)
    country, _, part = code.partition("-")
    of_part = country_code(country) if re.fullmatch(r"[A-Za-z0-9]{1,3}", part) and len(country) <= len("XKX") else None
    if whole is None and of_part is None:
        raise ValueError(f"`{code}` is not a country code{country_hint(code)} (give a code like `DE`, `US-TX` or `EU`)")
    return whole or f"{of_part}-{part.upper()}"


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
