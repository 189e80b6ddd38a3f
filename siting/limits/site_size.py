"""Smallest and largest size of a built site."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator
from scipy import sparse

from siting.problem.rows import Rows
from siting.scenario.field_types import Positive
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from siting.problem.problem import Problem

Halls = Annotated[int, Field(ge=1)]


class SiteSize(Limit):
    """Build every site between a smallest and a largest size, in halls or in MW of IT capacity.

    ``min_halls * open[o] <= halls[o] <= max_halls * open[o]`` and
    ``min_it_mw * open[o] <= hall_mw * halls[o] <= max_it_mw * open[o]``; halls are integer, so that with
    20 MW halls a minimum of 70 MW is four halls and a maximum of 70 MW is three.

    Attributes
    ----------
    min_halls, max_halls : int or None
        Smallest and largest number of halls of a built site [halls], 1 or more.
    min_it_mw, max_it_mw : float or None
        Smallest and largest IT capacity of a built site [MW], above 0.
    """

    loosened_by: ClassVar[str] = "lower the smallest size or raise the largest"

    kind: Literal["site_size"] = "site_size"
    min_halls: Halls | None = None
    max_halls: Halls | None = None
    min_it_mw: Positive | None = None
    max_it_mw: Positive | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "SiteSize":
        if all(v is None for v in (self.min_halls, self.max_halls, self.min_it_mw, self.max_it_mw)):
            raise ValueError("no size is given: give `min_halls`, `max_halls`, `min_it_mw` or `max_it_mw`")
        for low, high in (("min_halls", "max_halls"), ("min_it_mw", "max_it_mw")):
            a, b = getattr(self, low), getattr(self, high)
            if a is not None and b is not None and a > b:
                raise ValueError(f"`{low}` {a:g} is above `{high}` {b:g}: swap them")
        return self

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return a row per option for each bound [halls]."""
        hall_mw, n = problem.scenario.building.hall_mw, len(problem.options)
        least = [h for h in (self.min_halls, _integer_halls(self.min_it_mw, hall_mw, np.ceil)) if h is not None]
        most = [h for h in (self.max_halls, _integer_halls(self.max_it_mw, hall_mw, np.floor)) if h is not None]
        one, where, zero = sparse.eye_array(n, format="csr"), list(problem.options["label"]), np.zeros(n)
        low = [Rows(self.kind, where, {"halls": one, "open": -max(least) * one}, ">=", zero, "halls")] if least else []
        high = [Rows(self.kind, where, {"halls": one, "open": -min(most) * one}, "<=", zero, "halls")] if most else []
        return low + high


def _integer_halls(it_mw: float | None, hall_mw: float, rounded: np.ufunc) -> float | None:
    """Return a size as an integer number of halls; 1e-9 of a hall is floating-point error."""
    slack = -1e-9 if rounded is np.ceil else 1e-9
    return None if it_mw is None else float(rounded(it_mw / hall_mw + slack))
