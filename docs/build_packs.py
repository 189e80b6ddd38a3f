"""Return the page on policy packs of one's own, docs/packs.md, from the models that read them."""

import inspect
import re
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from siting.world.policy.entries import Area, Entry
from siting.world.policy.pack import KINDS, Pack
from siting.world.policy.taxes import Exchange

EXAMPLE = """id = "lapland"
title = "A grant in Lapland"
jurisdictions = ["SE"]

[[incentives]]
id = "lapland-grant"
title = "Grant of 10 % of the facility"
kind = "grant"
rate = 0.10
base = "facility_capex"
min_it_mw = 50
effective_from = 2026-01-01
source = "draft of the region, 12 May 2026"
quality = "assumption"
area = { name = "Norrbotten", lon = 20.0, lat = 66.5, radius_km = 300 }
"""
"""A pack that the page shows, and that the tests read."""

HEAD = f"""# Policy packs of your own

A policy pack is a TOML file with the taxes, incentives, duties, prices and stops of one jurisdiction, or of several. This page is
generated from the models that read it.

```toml
{EXAMPLE}```

Save it beside the scenario, `siting check lapland.toml` validates it, and the scenario adds it to all packs that ship:

```toml
[policy]
packs = ["all", "lapland.toml"]
```

`siting incentives mine.toml` prints what each programme is worth at every candidate. A rule that a shipped pack of the same
jurisdiction has too is refused, with the entry to switch off: `[policy] off = ["..."]`. To change one number of a shipped entry no
pack is needed: `[policy.override]`, for example `us-tx-qdc = {{ min_jobs = 30 }}`.

Shares are 0 to 1, dates `2026-01-01`, capital `it_capex` (servers) or `facility_capex` (building with power and cooling).

## The pack
"""

OF_A_PACK = {
    "id": "short name, unique",
    "title": "one line",
    "jurisdictions": "codes of countries or of their states: `DE`, `US-TX`",
    "checked": "day until which the entries were checked",
}


def page() -> str:
    """Return the page: the pack, what every entry has, and a section for each kind of entry."""
    parts = [HEAD, _table({k: (Pack.model_fields[k], v) for k, v in OF_A_PACK.items()})]
    parts += ["\n## Every entry\n", _table({k: (f, _meanings(Entry)[k]) for k, f in Entry.model_fields.items()})]
    parts += [f"\n`area` and each of `exempt_areas` {_keys(Area)}.\n`exchange` {_keys(Exchange)}.\n"]
    for kind, model in KINDS.items():
        own = {k: (f, f.description or _meanings(model).get(k, "")) for k, f in model.model_fields.items()}
        own = {
            k: v
            for k, v in own.items()
            if k not in Entry.model_fields or v[0].annotation != Entry.model_fields[k].annotation
        }
        words = (inspect.getdoc(model) or "").partition("\nAttributes\n")[0].strip()
        detail = _meanings(model).get("kind", "") if model.__doc__ and "kind : str" in model.__doc__ else ""
        parts += [f"\n## `[[{kind}]]`\n\n{words}\n", f"\n{detail}\n" if detail else "", "\n", _table(own)]
    return "".join(parts)


def _keys(model: Any) -> str:
    """Return the keys of a table inside an entry, in a sentence."""
    found = [f"`{k}` ({_meanings(model)[k]})" for k in model.model_fields]
    return f"have {', '.join(found)}" if model is Area else f"has {', '.join(found)}"


def _table(fields: dict[str, tuple[FieldInfo, str]]) -> str:
    """Return a table of keys: value, whether it is needed, meaning."""
    rows = ["| key | value | meaning |", "|---|---|---|"]
    for key, (field, meaning) in fields.items():
        need = " (needed)" if field.is_required() else ""
        rows.append(f"| `{key}`{need} | {_kind(field.annotation)} | {meaning.replace('|', '/')} |")
    return "\n" + "\n".join(rows) + "\n"


def _kind(annotation: Any) -> str:
    """Return what a value is, in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0])
    if origin is Literal:
        return ", ".join(f"`{x}`" for x in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_kind(x) for x in inner if x is not type(None)))
    if origin is tuple:
        return f"list of {_kind(inner[0])}"
    names = {str: "text", float: "number", int: "integer", bool: "true or false"}
    return names.get(annotation) or {"date": "date"}.get(getattr(annotation, "__name__", ""), "table")


def _meanings(model: Any) -> dict[str, str]:
    """Return the meaning of each attribute from the docstrings of a model and of what it extends."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        text = inspect.cleandoc(base.__doc__ or "").partition("Attributes\n----------\n")[2]
        for names, body in re.findall(r"^(\w[\w, ]*) : [^\n]*\n((?:    [^\n]*\n?)+)", text, re.MULTILINE):
            for name in names.split(", "):
                found[name] = " ".join(body.split()).rstrip(".")
    return found
