"""What can go wrong, in a planner's words: every error names the thing, the value and the way out."""

import difflib
import re
from collections.abc import Iterable
from typing import Self


class SitingError(Exception):
    """Base of every error this package raises on purpose.

    Examples
    --------
    >>> raise SitingError("`it_mw` is -5: give a positive power in MW")
    Traceback (most recent call last):
    siting.errors.SitingError: `it_mw` is -5: give a positive power in MW
    """

    @classmethod
    def from_faults(cls, heading: str, faults: Iterable[str]) -> Self:
        """Put all faults of one input into one message, a line each."""
        return cls("\n  - ".join([heading, *faults]))


class DataError(SitingError):
    """A table, row or field of the data is missing, damaged or out of range."""


class ScenarioError(SitingError):
    """What the planner asks for is not a valid question."""


class InfeasibleError(SitingError):
    """The limits leave nothing to choose, and it can be seen before solving."""


class UnprovenError(SitingError):
    """A claim does not hold: a plan fails its own re-check, or lacks the proof it needs."""


class StudyError(SitingError):
    """A store, a cluster or a worker that a study of many runs cannot use."""


NEAR = 0.5
"""Likeness of two words, of 1, from which one may be meant by the other (our choice)."""


def nearest(word: str, known: Iterable[object]) -> str:
    """Return `: did you mean ...?` for the closest known word, or nothing."""
    best = max(map(str, known), key=lambda k: _likeness(word, k), default="")
    return f": did you mean `{best}`?" if best and _likeness(word, best) >= NEAR else ""


def _likeness(word: str, known: str) -> float:
    """Return how alike two words are [0-1]; a part counts: `coste` means `cost_usd_per_eflop`, `H100` the `NVIDIA H100`."""
    word, known = word.lower(), known.lower()
    if len(word) > 2 and word != known and re.search(rf"\b{re.escape(word)}", known.replace("_", " ")):
        return 0.99
    parts = known.split("_")
    begins = ("_".join(parts[:n]) for n in range(1, len(parts) + 1))
    return max(difflib.SequenceMatcher(None, word, b).ratio() for b in begins)
