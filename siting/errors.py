"""Errors of the package: each names what is wrong, the value, and how to fix it; and the one door for text that is printed."""

import difflib
import re
from collections.abc import Iterable
from typing import Self

LONGEST_MESSAGE = 4000
"""Bytes of a message, beyond which its middle is left out (our choice: a screen of text)."""

BRIEF_BYTES = 400
"""Bytes of the `repr` of a large value (our choice: a few lines of a notebook)."""

UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Characters that act on a terminal or a page, or are not seen: control, direction of writing, separators of lines, tags,
halves of surrogate pairs."""

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


def printable(text: str, keep: str = "") -> str:
    r"""Return text with control characters, directional marks and lone surrogates as escapes, so that it prints as it is.

    Every text that may hold a name given by a user passes here before a terminal, a figure, a page or a table.

    Parameters
    ----------
    text : str
        Any text.
    keep : str, optional
        Characters not to escape, such as the line breaks of a text of our own.

    Examples
    --------
    >>> print(printable("Depot \x1b[31m [/7] \u202ehtron"))
    Depot \x1b[31m [/7] \u202ehtron
    """
    return UNPRINTABLE.sub(lambda m: m[0] if m[0] in keep else m[0].encode("unicode_escape").decode(), text)


def shortened(text: str, most_bytes: int = LONGEST_MESSAGE) -> str:
    """Return a text of at most this many bytes in UTF-8: its middle is left out, as causes come first and remedies last.

    Examples
    --------
    >>> shortened("cause " + 100 * "x" + " remedy", 60)
    'cause xxxxxxxxxxxxxxxxxxx [... 80 characters ...] x remedy'
    """
    if len(text.encode("utf-8", "surrogatepass")) <= most_bytes:
        return text
    room = most_bytes - len(f" [... {len(text)} characters ...] ")
    head, tail = _within(text, room * 3 // 4), _within(text[::-1], room // 4)[::-1]
    return f"{head} [... {len(text) - len(head) - len(tail)} characters ...] {tail}"


def brief(what: str, *parts: object) -> str:
    """Return the `repr` of a large value: what it is and its main figures, in less than 500 characters.

    Examples
    --------
    >>> brief("Plan 'north'", "optimal", "3 sites")
    "<Plan 'north': optimal, 3 sites>"
    """
    return f"<{shortened(printable(f'{what}: {listed(parts)}'), BRIEF_BYTES)}>"


def _within(text: str, most_bytes: int) -> str:
    """Return the beginning of a text that takes at most this many bytes in UTF-8."""
    return text.encode("utf-8", "surrogatepass")[:most_bytes].decode("utf-8", "ignore")


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

    def __init__(self, *args: object) -> None:
        super().__init__(*(shortened(printable(a, keep="\n")) if isinstance(a, str) else a for a in args))

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


SHORT = 2
"""Length of a code that is too short for a guess [characters]."""


def nearest(word: str, known: Iterable[object]) -> str:
    """Return `: did you mean ...?` for the most similar known word, or an empty string.

    Any code of two capitals is like any other: of those only another case or a beginning is meant.

    Examples
    --------
    >>> nearest("site_cuont", ["site_count", "budget"]), nearest("DK", ["AD", "DK-DK1", "DK-DK2"]), nearest("XX", ["AX"])
    (': did you mean `site_count`?', ': did you mean `DK-DK1` or `DK-DK2`?', '')
    """
    words = sorted(map(str, known)) if isinstance(known, (set, frozenset)) else list(map(str, known))
    if len(word) <= SHORT and word.isupper():
        meant = [k for k in words if k.lower() == word.lower()] or [
            k for k in words if k.lower().startswith(f"{word.lower()}-")
        ]
        return f": did you mean {listed((f'`{k}`' for k in meant), ' or ')}?" if meant else ""
    best = max(words, key=lambda k: _likeness(word, k), default="")
    return f": did you mean `{best}`?" if best and _likeness(word, best) >= NEAR else ""


def _likeness(word: str, known: str) -> float:
    """Return how alike two words are [0-1]; a part counts: `coste` means `cost_usd_per_eflop`, `H100` the `NVIDIA H100`."""
    word, known = word.lower(), known.lower()
    if len(word) > 2 and word != known and re.search(rf"\b{re.escape(word)}", known.replace("_", " ")):
        return 0.99
    parts = known.split("_")
    begins = ("_".join(parts[:n]) for n in range(1, len(parts) + 1))
    return max(difflib.SequenceMatcher(None, word, b).ratio() for b in begins)
