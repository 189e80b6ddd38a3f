"""Largest round-trip time between a hub and the sites that serve it."""

from collections.abc import Sequence
from inspect import Parameter
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, model_validator

from siting.errors import listed
from siting.scenario.limit import Limit
from siting.units import Bools, Floats

if TYPE_CHECKING:
    from siting.scenario.scenario import Scenario

MOST_MS = 60_000
"""Longest round-trip time that a limit may name [ms]: a minute, a hundred times the longest on Earth (our choice)."""


class MaxLatency(Limit):
    """Keep the round trip of a workload class below a limit (a filter: slower arcs are excluded).

    ``serve_mw[s,h,k] = 0`` wherever ``rtt_p90_ms[s,h] > <class k>_ms``.

    Give one key per class, `<class>_ms`: the largest p90 round-trip time [ms], p90 over pairs of
    places, above 0. A class without a key has no limit.

    Examples
    --------
    >>> MaxLatency(batch_ms=200, interactive_ms=150).limit_ms("batch")
    200.0
    """

    model_config = ConfigDict(extra="allow")

    loosened_by: ClassVar[str] = "raise its round-trip times"

    kind: Literal["max_latency"] = "max_latency"

    _further_values: ClassVar[tuple[Parameter, ...]] = (
        Parameter("batch_ms", Parameter.KEYWORD_ONLY, default=None, annotation=float | None),
        Parameter("interactive_ms", Parameter.KEYWORD_ONLY, default=None, annotation=float | None),
        Parameter("times_ms", Parameter.VAR_KEYWORD, annotation=float),
    )

    if TYPE_CHECKING:  # further keys are classes of the demand, which no type checker knows

        def __init__(self, *, batch_ms: float = ..., interactive_ms: float = ..., **times_ms: float) -> None: ...

    @model_validator(mode="after")
    def _milliseconds(self) -> "MaxLatency":
        for key, value in (self.__pydantic_extra__ or {}).items():
            if not key.endswith("_ms"):
                raise ValueError(f"unknown key `{key}`: name a workload class with its unit, like `batch_ms`")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= MOST_MS:
                shown = f"{value!r:.20}" if not isinstance(value, int) or value < MOST_MS else f"above {MOST_MS:,}"
                raise ValueError(f"`{key}` is {shown}: give a round-trip time above 0 ms, up to {MOST_MS:,}")
        if not self.__pydantic_extra__:
            raise ValueError("no class is named: give at least one, like `batch_ms = 200`")
        return self

    def limit_ms(self, workload: str) -> float:
        """Return the limit of a class [ms], infinite if none is given."""
        return float((self.__pydantic_extra__ or {}).get(f"{workload}_ms", np.inf))

    def faults(self, scenario: "Scenario") -> list[str]:
        """Return the classes that the demand does not have."""
        classes = [key.removesuffix("_ms") for key in self.__pydantic_extra__ or {}]
        known = listed(f"`{k}`" for k in scenario.demand.shares)
        return [
            f"`{k}_ms`: the demand has no class `{k}`; it has {known}"
            for k in classes
            if k not in scenario.demand.shares
        ]

    def keep_arcs(self, workload: Sequence[str], rtt_p90_ms: Floats) -> Bools:
        """Return which arcs meet the limit of their class."""
        limit = np.array([self.limit_ms(k) for k in workload])
        return np.asarray(rtt_p90_ms <= limit)
