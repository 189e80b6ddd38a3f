"""Smallest and largest number of sites."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from siting.problem.rows import Rows, one_row
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class SiteCount(Limit):
    """Build between `min` and `max` sites: ``min <= sum_o open[o] <= max``.

    Attributes
    ----------
    min : int
        Smallest number of sites [sites], 0 or more.
    max : int or None
        Largest number of sites [sites], 1 or more; None for no upper limit.
    """

    loosened_by: ClassVar[str] = "lower `min` or raise `max`"

    kind: Literal["site_count"] = "site_count"
    min: Annotated[int, Field(ge=0)] = 0
    max: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "SiteCount":
        if self.min == 0 and self.max is None:
            raise ValueError("neither `min` nor `max` is given: give at least one")
        if self.max is not None and self.min > self.max:
            raise ValueError(f"`min` {self.min} is above `max` {self.max}: swap them")
        return self

    def never_met(self, problem: "Problem") -> str:
        """Return that fewer candidates are left than sites must be built."""
        left, out = len(problem.sites), problem.excluded["site"].nunique()
        if self.min <= left:
            return ""
        gone = f", {out} excluded" if out else ""
        return f"`min` is {self.min} sites, but there are {left} candidates{gone}: lower `min` or add candidates"

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return a row for each bound [sites]."""
        ones = {"open": np.ones(len(problem.options))}
        rows = [one_row(self.kind, "at least", ones, ">=", self.min, "sites")] if self.min else []
        return rows + ([one_row(self.kind, "at most", ones, "<=", self.max, "sites")] if self.max else [])
