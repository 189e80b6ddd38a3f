"""What was proven, in a planner's words: a gap that only the computer's arithmetic leaves is none."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siting.study.frontier import Frontier

NO_GAP = 1e-9
"""A relative gap below this is the rounding of floating-point numbers (2e-16 each), not a lack of proof."""


def gap_in_words(gap: float | None) -> str:
    """Return how far a plan may be from the best, as a planner reads it.

    Parameters
    ----------
    gap : float or None
        Relative gap between objective and bound [0-1]; None or NaN if no bound is known.

    Returns
    -------
    str
        `none` where the two are equal but for rounding, `unknown` where there is no bound, else per cent.

    Examples
    --------
    >>> gap_in_words(2.1e-15), gap_in_words(0.0274), gap_in_words(8e-5), gap_in_words(None)
    ('none', '2.7 %', '0.008 %', 'unknown')
    """
    if gap is None or math.isnan(gap):
        return "unknown"
    return "none" if gap <= NO_GAP else f"{100.0 * gap:.2g} %"


def frontier_end_sentence(front: "Frontier") -> str:
    """Return which limits end a frontier, for one that a limit ends."""
    names = ", ".join(f"`{name}`" for name in front.capped_by)
    return f"The frontier ends at {names}: remove the limit to see what lies beyond."
