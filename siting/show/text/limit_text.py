"""Limits in words: what each limits, its values with their units, and the places where it binds."""

import sys
from collections.abc import Mapping
from typing import Any

from siting.problem.parts import PARTS
from siting.scenario.limit import Limit

UNITS = {
    "_usd_per_year": "USD a year", "_usd_per_eflop": "USD/EFLOP", "_t_per_year": "tCO2e a year", "_g_per_kwh": "gCO2e/kWh",
    "_g_per_eflop": "gCO2e/EFLOP", "_l_per_kwh": "L/kWh", "_m3_per_year": "m3 a year", "_k_day": "K day", "_mw": "MW", "_ms": "ms",
    "_km": "km", "_c": "°C",
}  # fmt: skip
"""Ending of a field of a limit, and its unit as text."""
NOTHING: tuple[Any, ...] = (None, False, [], {}, "")
"""Values of a field that limits nothing."""


def limit_words(kind: str) -> str:
    """Return what a limit limits: the headline of its module, or of its class if it is the user's own.

    Examples
    --------
    >>> import siting.limits
    >>> limit_words("site_count")
    'Smallest and largest number of sites'
    """
    if kind == "available_mw":
        return "the power that you state for the site"
    if kind.startswith("policy "):
        return f"a stop or rule of the policy pack {kind.removeprefix('policy ')}"
    found = Limit.kinds().get(kind) or {name: x for x in PARTS for name in x.row_names}.get(kind)
    if found is None:
        return ""
    ours = found.__module__.startswith(("siting.limits", "siting.problem"))
    text = (sys.modules[found.__module__].__doc__ if ours else found.__doc__) or ""
    return text.strip().split("\n")[0].rstrip(".")


def limit_name(kind: str) -> str:
    """Return the name of a limit as text: ``grid headroom``."""
    return "stated power" if kind == "available_mw" else kind.replace("_", " ")


def limit_terms(limit: Limit, names: Mapping[str, str]) -> str:
    """Return the values of a limit as text, with units and names; parts that are switched off are omitted.

    Examples
    --------
    >>> import siting as st
    >>> limit_terms(st.SiteCount(min=2, max=4), {}), limit_terms(st.MaxLatency(batch_ms=200), {})
    ('min 2, max 4', 'batch 200 ms')
    """
    values = limit.model_dump(mode="json", exclude={limit.kind_field})
    return ", ".join(_term(key, value, names) for key, value in values.items() if value not in NOTHING)


def _term(key: str, value: Any, names: Mapping[str, str]) -> str:
    ending, unit = next(((e, f" {u}") for e, u in UNITS.items() if key.endswith(e)), ("", ""))
    label = key.removesuffix(ending).replace("_", " ")
    if value is True:
        return label
    if isinstance(value, Mapping):
        return f"{label}: " + "; ".join(f"{_shown(k, names)} {_shown(v, names)}{unit}" for k, v in value.items())
    if isinstance(value, list):
        return f"{label} {', '.join(_shown(v, names) for v in value)}{unit}"
    return f"{label} {_shown(value, names)}{unit}"


def _shown(value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, (int, float)):
        return f"{value:,.10g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{k.replace('_', ' ')} {_shown(v, names)}" for k, v in value.items() if v not in NOTHING)
    return names.get(str(value), str(value).replace("_", " "))


def spoken(where: str, names: Mapping[str, str]) -> str:
    """Return the label of a row as text: names for ids, commas between its parts, blanks for underscores.

    Examples
    --------
    >>> spoken("odense__direct_liquid", {"odense": "Odense"}), spoken("at least", {})
    ('Odense, direct liquid', 'at least')
    """
    parts = [where] if where in names else where.split("__")
    return ", ".join(names.get(part) or (part.replace("_", " ") if "__" in where else part) for part in parts)


def programme_titles(ids: str, programmes: Mapping[str, str]) -> str:
    """Return the titles of programmes, whose ids are separated by commas."""
    return "; ".join(programmes.get(i.strip(), i.strip()) for i in ids.split(",") if i.strip())
