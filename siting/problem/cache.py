"""What was gathered for one question and serves the next: kept by the parts that it depends on, as long as its owner."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

from pydantic import BaseModel

MOST = 64
"""Facts that are kept; the one that was not asked for the longest goes first (our choice)."""


class PreparationCache:
    """A few facts that cost time to gather, each under the key of all that it depends on.

    Whoever makes it owns it: there is none behind the scenes. What it gives back is shared and must not be changed.

    Parameters
    ----------
    most : int
        How many facts are kept.

    Examples
    --------
    >>> memory = PreparationCache()
    >>> memory.get_or_compute("answer", lambda: 42), memory.get_or_compute("answer", lambda: 43)
    (42, 42)
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._facts: OrderedDict[Hashable, object] = OrderedDict()

    def __len__(self) -> int:
        return len(self._facts)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._facts

    def get_or_compute[Fact](self, key: Hashable, gather: Callable[[], Fact]) -> Fact:
        """Return the fact under a key; gather it where it is not known."""
        if key not in self._facts:
            self._facts[key] = gather()
            if len(self._facts) > self._most:
                self._facts.popitem(last=False)
        self._facts.move_to_end(key)
        return self._facts[key]  # type: ignore[return-value]


def cache_key(*parts: BaseModel | object) -> tuple[Hashable, ...]:
    """Return a key of some parts of a scenario: what they say, and of which class they are.

    The class itself is in the key, as a notebook may define it anew under the same name.
    """
    return tuple((type(p), p.model_dump_json() if isinstance(p, BaseModel) else repr(p)) for p in parts)
