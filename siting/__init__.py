"""Where should AI-training compute be built? Places, sizes and cooling with the least emissions per compute, with proof."""

import logging
from importlib import import_module
from typing import Any

__version__ = "0.4.0"

with open(f"{__path__[0]}/__init__.pyi", encoding="utf-8") as _stub:
    # `from MODULE import NAME as NAME`; read as text, since parsing it takes longer than the rest of this import
    _MODULE_OF = {words[3]: words[1] for words in map(str.split, _stub) if words[:1] == ["from"]}
"""Public names and the module of each, as the stub lists them: nothing heavy is imported until it is used."""

__all__ = [*_MODULE_OF, "__version__"]  # noqa: PLE0604  (names come from the stub)

# a library does not print its log: a user who wants it calls `logging.basicConfig(level="INFO")`
logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _MODULE_OF:
        from siting.errors import listed, nearest

        known = listed(_MODULE_OF)
        raise AttributeError(f"module `siting` has no `{name}`{nearest(name, _MODULE_OF)} (it has {known})")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
