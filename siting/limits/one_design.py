"""A site is built with one cooling design, or not at all."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from siting.problem.rows import Rows, group_sum
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class OneDesign(Limit):
    """Build at most one option of a site (always in force): ``sum_{o of s} open[o] <= 1``."""

    in_files: ClassVar[bool] = False

    kind: Literal["one_design"] = "one_design"

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row a site that has more than one option."""
        n = len(problem.sites)
        site = problem.options["site"].to_numpy(dtype=np.intp)
        several = np.flatnonzero(np.bincount(site, minlength=n) > 1)
        if not len(several):
            return []
        matrix = group_sum(site, np.ones(len(site)), n)[several]
        where = [str(problem.sites["id"].iloc[s]) for s in several]
        return [Rows(self.kind, where, {"open": matrix}, "<=", np.ones(len(several)), "designs")]
