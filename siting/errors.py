"""What can go wrong, in a planner's words: every error names the thing, the value and the way out."""

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
