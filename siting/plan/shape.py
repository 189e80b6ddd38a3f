"""Shape of a plan in a file: columns and types of its tables, fields of its proof, and names that must agree."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypedDict

from pydantic import TypeAdapter, ValidationError

from siting.errors import listed, nearest
from siting.kpis import KPIS
from siting.plan.proof import Proof, Status

_GOOD_TO = {"text": "text", "number": "a finite number", "integer": "an integer", "truth": "true or false"} | {
    "lon": "a longitude of -180 to 180 degrees",
    "lat": "a latitude of -90 to 90 degrees",
}
"""What a cell of each type must be."""
MAY_LACK = "?"
"""Ending of a type whose cells may be null."""


def _columns(**types: str) -> dict[str, str]:
    """Return each column with its type, from the columns of each type."""
    return {name: kind.replace("_or_null", MAY_LACK) for kind, names in types.items() for name in names.split()}


TABLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "sites": _columns(
            text="id name country_iso2 zone_id jurisdiction cooling incentives worst_quality worst_fact export_control "
            "capacity_statements",
            text_or_null="country ci_quality price_quality",
            number="it_mw capacity_it_mw peak_facility_mw pue peak_pue wue_l_per_kwh pue_ci_covariance ci_g_per_kwh "
            "ci_direct_g_per_kwh renewable_share cfe_share price_usd_per_mwh corporate_tax_rate emissions_t_per_year "
            "cost_usd_per_year capex_usd jobs",
            number_or_null="ci_market_g_per_kwh zone_headroom_mw avg_generation_mw plants_mw_150km cdd18_k_day "
            "cdd21_k_day emissions_g_per_eflop",
            integer="halls",
            truth="ci_shape_known",
            lon="lon",
            lat="lat",
        ),
        "hubs": _columns(text="id name", text_or_null="country_iso2", number="weight", lon="lon", lat="lat"),
        "assignments": _columns(text="site hub workload rtt_quality", number="it_mw rtt_p90_ms"),
        "ledger": _columns(text="site line", number="usd_per_year tco2e_per_year"),
        "demand": _columns(text="hub workload", number="it_mw"),
        "excluded": _columns(text="site limit reason"),
        "unknowns": _columns(text="site limit unknown"),
        "binding": _columns(
            text="limit where unit price_unit priced_at because", number="slack", number_or_null="price"
        ),
        "sources": _columns(text="table source year licence quality citation"),
        "contracts": _columns(
            text="contract zone matching rest",
            number="mwh_per_year matched_mwh surplus_mwh g_per_kwh",
            number_or_null="rest_g_per_kwh",
        ),
        "policy": _columns(text="pack entry switch wording"),
    }
)
"""Tables of a plan: each column with the type of its cells."""
NAMES = (("assignments", "site", "sites"), ("assignments", "hub", "hubs"), ("demand", "hub", "hubs"))
"""Columns that name rows of another table."""
WITH_A_PLAN = ("optimal", "feasible")


class _Stage(TypedDict):
    """What a proof records of one objective."""

    objective: str
    unit: str
    status: Status
    value: float
    bound: float | None
    gap: float | None
    tolerance: float
    in_plan: float


_PROOF, _STAGES = TypeAdapter(Proof), TypeAdapter(list[_Stage])


def shape_faults(raw: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the content of a plan file, one fault each; none if a plan can be made of it.

    Parameters
    ----------
    raw : mapping
        Content of `plan.json`.

    Returns
    -------
    list of str
        Missing and unknown parts and columns, cells of another type, figures that are not finite, a proof with other
        fields, and tables that name rows which another table does not have.

    Examples
    --------
    >>> shape_faults({"scenario": {}})[:2]
    ['`proof` is missing', '`kpis` is missing']
    """
    parts = ("scenario", "proof", "kpis", "tables", *TABLES)
    faults = [f"`{name}` is missing" for name in parts if name not in raw]
    faults += [f"`{name}` is {_shown(raw[name])}: it must hold names" for name in parts if _is_no_table(raw, name)]
    if faults:
        return faults
    faults = [*_proof_faults(raw["proof"]), *_number_faults(raw["kpis"])]
    for name, columns in TABLES.items():
        faults += _table_faults(name, raw[name], columns)
    for name, table in raw["tables"].items():
        faults += _length_faults(f"tables.{name}", table)
    return faults or [*_agreement_faults(raw)]


def _is_no_table(raw: Mapping[str, Any], name: str) -> bool:
    return name in raw and not isinstance(raw[name], dict)


def _shown(value: Any) -> str:
    """Return a value of a file as text that is short enough for a message."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return f"`{text}`" if len(text) <= 60 else f"`{text[:57]}...`"


def _typed_faults(where: str, adapter: TypeAdapter[Any], value: Any) -> list[str]:
    """Return the fields of a value that do not have the type that the package writes."""
    try:
        adapter.validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        paths = [".".join(map(str, (where, *e["loc"]))) for e in found]
        return [f"`{p}` is {_shown(e['input'])}: {e['msg']}" for p, e in zip(paths, found, strict=True)]
    return []


def _proof_faults(proof: Mapping[str, Any]) -> list[str]:
    """Return fields of the proof, and of its stages, that are missing, unknown, of another type, or not finite."""
    known = Proof.__dataclass_fields__
    faults = [f"`proof.{k}` is not a field of a proof{nearest(k, known)}" for k in proof if k not in known]
    faults += _typed_faults("proof", _PROOF, {k: v for k, v in proof.items() if k in known})
    stages = proof.get("stages", [])
    faults += _typed_faults("proof.stages", _STAGES, stages) if isinstance(stages, list) else []
    return faults + [f"`proof{at}` is {_shown(x)}: it must be finite" for at, x in _numbers(proof) if not _is_number(x)]


def _numbers(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every number inside a value, with its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, f"{at}.{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _numbers(inner, f"{at}[{i}]")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield at, value


def _number_faults(kpis: Mapping[str, Any]) -> list[str]:
    """Return the KPIs that are missing or are not finite numbers; a file without a plan has none at all."""
    missing = [k.name for k in KPIS.values() if not k.by_market and k.name not in kpis] if kpis else []
    faults = [f"`kpis.{k}` is {_shown(v)}: give a finite number" for k, v in kpis.items() if not _is_number(v)]
    return faults + ([f"`kpis` lacks {listed(missing)}"] if missing else [])


def _is_number(value: Any) -> bool:
    """Return whether a value is a finite number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 10**300


def _is_of(kind: str, value: Any) -> bool:
    """Return whether a cell has the type of its column."""
    if value is None:
        return kind.endswith(MAY_LACK)
    kind = kind.removesuffix(MAY_LACK)
    if kind in ("text", "truth"):
        return isinstance(value, str if kind == "text" else bool)
    most = {"lon": 180, "lat": 90}.get(kind, math.inf)
    return _is_number(value) and abs(value) <= most and (kind != "integer" or value == int(value))


def _table_faults(name: str, table: Mapping[str, Any], columns: Mapping[str, str]) -> list[str]:
    """Return the faults of one table: its columns, their lengths, and the first odd cell of each."""
    if not table and name in ("contracts", "policy"):
        return []
    faults = [f"`{name}` lacks column `{c}`" for c in columns if c not in table]
    faults += [f"`{name}` has an unknown column `{c}`{nearest(c, columns)}" for c in table if c not in columns]
    faults += _length_faults(name, table)
    if faults:
        return faults
    for column, kind in columns.items():
        odd = [(row, cell) for row, cell in enumerate(table[column]) if not _is_of(kind, cell)]
        if odd:
            more = f" (and {len(odd) - 1} more)" if len(odd) > 1 else ""
            good = _GOOD_TO[kind.removesuffix(MAY_LACK)]
            faults.append(f"`{name}.{column}[{odd[0][0]}]` is {_shown(odd[0][1])}{more}: it must be {good}")
    return faults


def _length_faults(name: str, table: Any) -> list[str]:
    """Return a fault if a table is not made of columns of one length that hold plain values."""
    if not isinstance(table, dict) or not all(isinstance(c, list) for c in table.values()):
        return [f"`{name}` is not a table of columns"]
    lengths = {c: len(cells) for c, cells in table.items()}
    if len(set(lengths.values())) > 1:
        return [f"`{name}` has columns of different lengths: {listed(f'{c} {n}' for c, n in lengths.items())}"]
    nested = [c for c, cells in table.items() if any(isinstance(x, (list, dict)) for x in cells)]
    return [f"`{name}.{c}` has cells that are lists or tables: it must have plain values" for c in nested]


def _agreement_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield the tables that do not fit the status, and those that name what another table does not have."""
    status, proof = raw["proof"]["status"], raw["proof"]
    filled = [n for n, full in (("kpis", raw["kpis"]), ("sites", raw["sites"]["id"])) if full]
    if status in WITH_A_PLAN and (len(filled) < 2 or proof["objective"] is None):
        yield f"`proof.status` is `{status}`, but the file has no plan: no `sites`, `kpis` or `proof.objective`"
    if status not in WITH_A_PLAN and (filled or proof["objective"] is not None):
        yield f"`proof.status` is `{status}`, but the file has a plan: {listed(filled or ['proof.objective'])}"
    for table, column, other in NAMES:
        lost = dict.fromkeys(raw[table][column]).keys() - set(raw[other]["id"])
        if lost:
            yield f"`{table}.{column}` names {listed(sorted(lost))}, which `{other}` does not have"
    for table in ("sites", "hubs"):
        if twice := [i for i, times in Counter(raw[table]["id"]).items() if times > 1]:
            yield f"`{table}` lists {listed(twice)} more than once"
