"""Cache of prepared inputs, keyed by the scenario parts they depend on."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

from pydantic import BaseModel

MOST = 64
"""Entries that are kept; the least recently used is dropped first (our choice)."""


class PreparationCache:
    """Inputs that take time to gather, each under the key of all that it depends on.

    There is no global cache: whoever makes one owns it. Its values are shared and must not be changed.

    Parameters
    ----------
    most : int
        How many entries are kept.

    Examples
    --------
    >>> cache = PreparationCache()
    >>> cache.get_or_compute("answer", max, 41, 42), cache.get_or_compute("answer", max, 1, 2)
    (42, 42)
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._facts: OrderedDict[Hashable, object] = OrderedDict()

    def __len__(self) -> int:
        return len(self._facts)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._facts

    def get_or_compute[*Args, Fact](self, key: Hashable, gather: Callable[[*Args], Fact], *args: *Args) -> Fact:
        """Return the value under a key; compute it from the arguments where there is none."""
        if key not in self._facts:
            self._facts[key] = gather(*args)
            if len(self._facts) > self._most:
                self._facts.popitem(last=False)
        self._facts.move_to_end(key)
        return self._facts[key]  # type: ignore[return-value]


def cache_key(*parts: BaseModel | object) -> tuple[Hashable, ...]:
    """Return a key of some parts of a scenario: their values and their classes.

    The class itself is in the key, since a notebook may redefine it under the same name.
    """
    return tuple((type(p), p.model_dump_json() if isinstance(p, BaseModel) else repr(p)) for p in parts)
