"""Return the page on the limits of a scenario, docs/limits.md, from their docstrings."""

import inspect

import siting.limits
from siting.scenario.limit import Limit

HEAD = """# Limits

The entries that a scenario may have under `[[limits]]`, one section per `kind`, generated from the docstrings of
`siting/limits/`. The constraints of every plan are those of the parts, see [model.md](model.md).
"""


def page() -> str:
    """Return the page: one section per limit, with its equation and its keys."""
    rooms = [getattr(siting.limits, name) for name in siting.limits.__all__]
    return HEAD + "".join(_section(c) for c in sorted(rooms, key=_kind))


def _kind(limit: type[Limit]) -> str:
    return str(limit.model_fields["kind"].default)


def _section(limit: type[Limit]) -> str:
    text = inspect.getdoc(limit) or ""
    words, _, rest = text.partition("\nAttributes\n----------\n")
    keys = rest.partition("\nExamples\n--------\n")[0].strip()
    listed = f"\n```text\n{keys}\n```\n" if keys else ""
    return f"\n## `{_kind(limit)}`\n\n{words.partition('Examples')[0].strip()}\n{listed}"
