"""Values and limits of a scenario in a planner's words: no path, brace or code of a table."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from siting.errors import listed
from siting.kpis import KPIS, Field, usd_a_year
from siting.scenario.limit import NAMING_FIELDS, Limit
from siting.world.tables import read_table

SITE_FIELDS = ("sites", "exclude", "by_site_mw", "halls", "cooling")
"""Fields of limits and candidates that name sites."""
REASON = "reason"
"""Field of a limit that changes no plan."""
LARGE = 1e6
"""Number from which a value is written without decimals."""
MANY = 4
"""Members from which a list is written as its difference from another one (our choice)."""

LABELS: Mapping[str, Field] = MappingProxyType(
    {
        "building.hall_mw": Field("hall", "MW"),
        "building.min_halls": Field("least halls of a site"),
        "building.utilisation_max": Field("largest use of a hall"),
        "building.utilisation_min": Field("least use of a hall"),
        "candidates.exclude": Field("excluded places"),
        "candidates.off_land": Field("places off land"),
        "candidates.set": Field("candidates"),
        "demand.eflop_per_year": Field("compute", "EFLOP/year"),
        "demand.exclude_countries": Field("countries without hubs"),
        "demand.hubs": Field("hubs"),
        "demand.it_mw": Field("IT power", "MW"),
        "demand.network": Field("network"),
        "demand.runs": Field("training runs"),
        "hardware.mfu": Field("MFU"),
        "hardware.server_power_w": Field("mean draw of an accelerator", "W"),
        "minimise.carbon.basis": Field("carbon counted by"),
        "minimise.carbon.factors": Field("carbon factors"),
        "minimise.carbon.scope": Field("scope of carbon"),
        "minimise.carbon.signal": Field("signal of carbon"),
        "minimise.objective": Field("objective"),
        "outlook.year": Field("year of the grid"),
        "policy.carbon_price_usd_per_t": Field("carbon price", "USD/tCO2e"),
        "policy.date": Field("date of policy"),
        "policy.off": Field("policy entries switched off"),
        "policy.on": Field("policy entries switched on"),
        "policy.packs": Field("policy packs"),
    }
)
"""Names of values whose key does not read as one."""

UNITS: Mapping[str, str] = MappingProxyType(
    {
        "_usd_per_mwh": "USD/MWh", "_usd_per_mw": "USD/MW", "_usd_per_year": "USD/year", "_usd_per_eflop": "USD/EFLOP",
        "_usd_per_t": "USD/tCO2e", "_usd_per_kw": "USD/kW", "_usd_per_m2": "USD/m2", "_usd_per_m3": "USD/m3",
        "_g_per_kwh": "gCO2e/kWh", "_g_per_eflop": "gCO2e/EFLOP", "_t_per_year": "tCO2e/year", "_mwh_per_year": "MWh/year",
        "_eflop_per_year": "EFLOP/year", "_m3_per_year": "m3/year", "_l_per_kwh": "L/kWh", "_k_day": "K day", "_mw": "MW",
        "_ms": "ms", "_km": "km", "_w": "W", "_k": "K", "_c": "°C", "_kg": "kg", "_deg": "degrees", "_usd": "USD",
    }
)  # fmt: skip
"""Unit at the end of a key, the longest first."""


def label_of(path: str) -> Field:
    """Return the name and unit of a value of a scenario.

    Examples
    --------
    >>> label_of("demand.it_mw").heading(), label_of("costs.transformer_usd_per_mw").heading()
    ('IT power [MW]', 'costs: transformer [USD/MW]')
    """
    if path in LABELS:
        return LABELS[path]
    *parts, key = path.split(".")
    ending = next((e for e in UNITS if f"_{key}".endswith(e)), "")
    name = f"_{key}".removesuffix(ending).replace("_", " ").strip()
    before = f"{parts[0].replace('_', ' ')}: " if parts and parts[0] not in ("demand", "hardware", "minimise") else ""
    return Field(before + name, UNITS.get(ending, ""))


def in_words(value: Any, field: str = "", sites: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a value of a scenario as text.

    Parameters
    ----------
    value : object
        As `Scenario.as_dict` has it.
    field : str, optional
        Name of the field, which decides what its texts name.
    sites : mapping of str to str, optional
        Names of sites by id.

    Examples
    --------
    >>> in_words(["NO", "SE"], "jurisdictions"), in_words({"lulea": 40.0}, "by_site_mw", {"lulea": "Luleå"}), in_words(True)
    ('Norway, Sweden', 'Luleå 40', 'yes')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        if field in ("year", "date"):
            return str(value)
        return f"{value:,.0f}" if abs(value) >= LARGE else f"{value:,.6g}"
    if isinstance(value, Mapping):
        if inner := str(value.get("name") or value.get("objective") or value.get("id") or ""):
            return in_words(inner, "objective" if "objective" in value else field, sites)
        return listed(f"{in_words(str(k), field, sites)} {in_words(v)}" for k, v in value.items()) or "none"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return listed(in_words(v, field, sites) for v in value) or "none"
    return _name(str(value), field, sites)


def _name(text: str, field: str, sites: Mapping[str, str]) -> str:
    """Return what a text of a field names: a country, a zone, a site, an objective; other words without underscores."""
    if field in NAMING_FIELDS or field in ("exclude_countries", "zone", "owner_country"):
        return place_name(text)
    if field in SITE_FIELDS and (known := sites.get(text) or _shipped_names().get(text)):
        return known
    if field == "objective":
        return next(
            (f"least {k.label}" for k in KPIS.values() if k.objective == text and k.sense == "min"), _plain(text)
        )
    return text if "." in text or "/" in text else _plain(text)


def _plain(text: str) -> str:
    return text.replace("_", " ")


def place_name(code: str) -> str:
    """Return the name of a country or of a grid zone; the code itself where it is neither.

    Examples
    --------
    >>> place_name("NO"), place_name("SE-SE1"), place_name("US-TX")
    ('Norway', 'North Sweden', 'US-TX')
    """
    return _place_names().get(code, code)


@cache
def _place_names() -> Mapping[str, str]:
    tables = (("zones", "zone_id"), ("countries", "iso2"))
    pairs = ((read_table(table), key) for table, key in tables)
    return MappingProxyType(
        {str(k): str(v) for rows, key in pairs for k, v in zip(rows[key], rows["name"], strict=True)}
    )


@cache
def _shipped_names() -> Mapping[str, str]:
    rows = read_table("sites")
    return MappingProxyType(dict(zip(map(str, rows["id"]), map(str, rows["name"]), strict=True)))


HEADS: Mapping[str, str] = MappingProxyType(
    {
        "emissions_cap": "emissions at most",
        "excluded": "excluded:",
        "max_ci": "grid intensity at most",
        "max_cost_per_compute": "cost per compute at most",
        "max_latency": "latency at most",
        "max_share": "share of the load",
        "min_separation_km": "separation at least",
        "min_share": "share of the load",
        "moratorium": "moratorium in",
        "required": "required:",
        "training_domain": "round trip between training sites",
    }
)
"""Beginning of the phrase of a limit whose kind does not read as one."""
BARE = (*NAMING_FIELDS, "sites", "km", "g_per_kwh", "usd_per_eflop", "t_per_year")
"""Fields of limits whose value needs no name beside that of the limit."""


def limit_in_words(limit: Limit, sites: Mapping[str, str] = MappingProxyType({}), *, long: bool = False) -> str:
    """Return a limit as a planner would name it, without what is its default.

    Parameters
    ----------
    limit : Limit
        Any limit, of the user's own too.
    sites : mapping of str to str, optional
        Names of sites by id.
    long : bool, optional
        Whether the reason of the planner, and numbers in full, are written too.

    Examples
    --------
    >>> import siting as st
    >>> limit_in_words(st.SiteCount(min=3, max=16)), limit_in_words(st.Moratorium(jurisdictions=("NO",)))
    ('3 to 16 sites', 'moratorium in Norway')
    >>> limit_in_words(st.Budget(above_least_cost=0.03)), limit_in_words(st.MaxLatency(batch_ms=200))
    ('budget of 3 % above least cost', 'latency at most 200 ms (batch)')
    >>> limit_in_words(st.RenewableShare(min=0.6)), limit_in_words(st.MinSeparationKm(km=50))
    ('renewable share at least 0.6', 'separation at least 50 km')
    """
    fields, kind = type(limit).model_fields, limit.name
    values = {k: v for k, v in limit.model_dump(mode="json").items() if k != limit.kind_field and v is not None}
    values = {k: v for k, v in values.items() if not (k in fields and _is_default(fields[k], v))}
    if not long:
        values.pop(REASON, None)
        if kind in WORDED and (words := WORDED[kind](values)):
            return words
    head = HEADS.get(kind, _plain(kind))
    parts = [_part(k, v, sites, bare=kind in HEADS and k in BARE) for k, v in values.items()]
    if not parts:
        return head.removesuffix(" at most").removesuffix(" at least").removesuffix(" in").removesuffix(":")
    runs_on = kind in HEADS or parts[0].startswith(("at most", "at least"))
    return f"{head}{' ' if runs_on else ': '}{', '.join(parts)}"


def _part(key: str, value: Any, sites: Mapping[str, str], *, bare: bool) -> str:
    """Return one value of a limit: `max` and `min` as bounds, places without a label."""
    bound = {"max": "at most", "min": "at least"}.get(key.partition("_")[0], "")
    field = label_of(key.removeprefix("max_").removeprefix("min_") if bound else key)
    label = "" if bare or key in ("max", "min", *NAMING_FIELDS) else field.label
    return " ".join(x for x in (label, bound, in_words(value, key, sites), field.unit) if x)


def _is_default(field: Any, value: Any) -> bool:
    """Return whether a value, as JSON has it, is the default of a field; `false` switches off what is not set."""
    default = field.get_default(call_default_factory=True)
    plain = default.model_dump(mode="json") if hasattr(default, "model_dump") else default
    return (value is False and plain is None) or value == (list(plain) if isinstance(plain, tuple) else plain)


def _site_count(values: Mapping[str, Any]) -> str:
    low, high = values.get("min", 0), values.get("max")
    if high is None:
        return f"at least {low} sites" if low else ""
    return f"at most {high} sites" if not low else f"{low} sites" if low == high else f"{low} to {high} sites"


def _budget(values: Mapping[str, Any]) -> str:
    if (dollars := values.get("usd_per_year")) is not None:
        return f"budget of {usd_a_year(float(dollars))}"
    return f"budget of {100 * float(values.get('above_least_cost', 0)):.6g} % above least cost"


def _latency(values: Mapping[str, Any]) -> str:
    times = [f"{in_words(v)} ms ({_plain(k.removesuffix('_ms'))})" for k, v in values.items()]
    return f"latency at most {listed(times)}" if times else "latency"


WORDED: Mapping[str, Callable[[Mapping[str, Any]], str]] = MappingProxyType(
    {"site_count": _site_count, "budget": _budget, "max_latency": _latency}
)
"""Limits that have a phrase of their own."""


def members_apart(values: Sequence[Any], field: str, sites: Mapping[str, str]) -> list[str]:
    """Return lists in words, long ones by what they do not share.

    Examples
    --------
    >>> members_apart([["a", "b", "c", "d", "e"], ["a", "b", "c", "d"]], "packs", {})
    ['4 shared and e', '4 shared']
    """
    lists = [v for v in values if isinstance(v, (list, tuple))]
    shared = [x for x in lists[0] if all(x in other for other in lists[1:])] if len(lists) > 1 else []
    if len(shared) < MANY:
        return [in_words(v, field, sites) for v in values]
    texts = []
    for v in values:
        own = [x for x in v if x not in shared] if isinstance(v, (list, tuple)) else v
        rest = f" and {in_words(own, field, sites)}" if own else ""
        texts.append(f"{len(shared)} shared{rest}" if isinstance(v, (list, tuple)) else in_words(v, field, sites))
    return texts
