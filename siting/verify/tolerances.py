"""One check of a plan: a value against a limit, with the place and the unit; or words against those that must be there."""

import math
from typing import Any

import numpy as np

RELATIVE_TOLERANCE = 1e-6
"""How far a sum may miss its limit, relative to the limit or to 1, whichever is larger."""
MOST_LETTERS = 80
"""Letters of a text that a check shows."""
WORDS = "words"
"""Unit of a check that compares words; its value is 1 if they agree."""

Check = tuple[str, str, float, float, str, bool]
"""check, where, value, limit, unit, whether it holds."""


def at_most(check: str, where: str, value: float, limit: float, unit: str) -> Check:
    """Check that a value is at most its limit."""
    return check, where, value, limit, unit, bool(value <= limit + RELATIVE_TOLERANCE * max(abs(limit), 1.0))


def at_least(check: str, where: str, value: float, limit: float, unit: str) -> Check:
    """Check that a value is at least its limit."""
    return check, where, value, limit, unit, bool(value >= limit - RELATIVE_TOLERANCE * max(abs(limit), 1.0))


def equal(check: str, where: str, value: float, limit: float, unit: str, total: float = 1.0) -> Check:
    """Check that two values are the same; `total` is the sum that a difference of them is a part of."""
    close = abs(value - limit) <= RELATIVE_TOLERANCE * max(abs(value), abs(limit), abs(total), 1.0)
    return check, where, value, limit, unit, bool(close)


def equal_or_unknown(check: str, where: str, value: Any, limit: Any, unit: str) -> Check:
    """Check that two values are the same, or that both are unknown."""
    value, limit = (math.nan if _is_blank(v) else float(v) for v in (value, limit))
    if math.isnan(value) and math.isnan(limit):
        return check, where, value, limit, unit, True
    return equal(check, where, value, limit, unit)


def same(check: str, where: str, stated: Any, expected: Any) -> Check:
    """Check that two words are the same; a check that fails shows both."""
    stated, expected = ("" if _is_blank(v) else str(v) for v in (stated, expected))
    holds = stated == expected
    text = check if holds else f"{check} is `{shortened(stated)}`, not `{shortened(expected)}`"
    return text, where, float(holds), 1.0, WORDS, holds


def not_rechecked(what: str) -> Check:
    """Return the note that something cannot be re-checked; it holds."""
    return f"NOT RE-CHECKED: {what}", "portfolio", np.nan, np.nan, "-", True


def shortened(text: str) -> str:
    """Return a text that fits into a message."""
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 3]}..."


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
