"""Errors of the package: each names what is wrong, the value, and how to fix it."""

import difflib
import re
from collections.abc import Iterable
from typing import Self

MOST_LISTED = 10
"""Items of a list that a message shows before it counts the rest (our choice: what a reader takes in at once)."""


def listed(items: Iterable[object], joint: str = ", ", most: int = MOST_LISTED) -> str:
    """Return items as a list for a message: the first ten, or `most`, then how many more there are.

    Examples
    --------
    >>> listed(["a", "b"]), listed(range(13))
    ('a, b', '0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 3 more')
    """
    every = [str(item) for item in items]
    more = len(every) - most
    return joint.join(every[:most]) + (f" and {more} more" if more > 0 else "")


class SitingError(Exception):
    """Base of every error this package raises on purpose.

    Attributes
    ----------
    faults : tuple of str
        Every fault of the input, where the message lists them: the message shows the first ten.

    Examples
    --------
    >>> raise SitingError("`it_mw` is -5: give a positive power in MW")
    Traceback (most recent call last):
    siting.errors.SitingError: `it_mw` is -5: give a positive power in MW
    """

    faults: tuple[str, ...] = ()

    @classmethod
    def from_faults(cls, heading: str, faults: Iterable[str]) -> Self:
        """Return one error for all faults of one input: a line each, the first ten, then how many more there are."""
        every = [fault.replace("\n", "\n  ") for fault in faults]  # a list inside the list is indented
        more = len(every) - MOST_LISTED
        shown = [*every[:MOST_LISTED], *([f"and {more} more"] if more > 0 else [])]
        error = cls("\n  - ".join([heading, *shown]))
        error.faults = tuple(every)
        return error


class DataError(SitingError):
    """A table, row or field of the data is missing, damaged or out of range."""


class ScenarioError(SitingError):
    """A scenario, or an argument of a study, is not valid."""


class InfeasibleError(SitingError):
    """The limits exclude every plan, and it can be shown before solving."""


class UnprovenError(SitingError):
    """A claim does not hold: a plan fails its own re-check, or lacks the proof it needs."""


class StudyError(SitingError):
    """A run store, a cluster or a worker cannot be used."""


NEAR = 0.5
"""Similarity of two words, 0 to 1, from which one is suggested for the other (our choice)."""


def nearest(word: str, known: Iterable[object]) -> str:
    """Return `: did you mean ...?` for the most similar known word, or an empty string."""
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
