"""Print the limits of a scenario from their docstrings: `python docs/build_limits.py` writes docs/limits.md."""

import inspect
from pathlib import Path

import siting.limits
from siting.scenario.limit import Limit

HEAD = """# Limits

What a scenario may ask for under `[[limits]]`, one `kind` each; printed by `python docs/build_limits.py` from the
docstrings of `siting/limits/`. Rows that hold in every plan are those of the parts, see [model.md](model.md).
"""


def page() -> str:
    """Return the page: a section a limit, with its equation and its keys."""
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


if __name__ == "__main__":
    Path(__file__).with_name("limits.md").write_text(page(), encoding="utf-8")
