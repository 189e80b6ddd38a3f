"""Smallest number of permanent jobs."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from siting.problem.rows import Rows, one_row
from siting.problem.sites import no_site_in
from siting.scenario.field_types import Code, Positive
from siting.scenario.limit import Limit
from siting.world.policy.jurisdictions import within

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class Jobs(Limit):
    """Create at least a number of permanent jobs, in total or in some jurisdictions together.

    ``sum_{o in J} jobs_per_mw * hall_mw * halls[o] >= min``.

    Attributes
    ----------
    min : float
        Smallest number of permanent jobs [jobs], above 0.
    jurisdictions : tuple of str
        Countries, states or unions whose sites count; all by default.
    """

    loosened_by: ClassVar[str] = "lower `min`"

    kind: Literal["jobs"] = "jobs"
    min: Positive
    jurisdictions: tuple[Code, ...] = ()

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row [jobs]."""
        place = problem.options["site"].map(problem.sites["jurisdiction"]).to_list()
        inside = within(place, self.jurisdictions) if self.jurisdictions else np.ones(len(place), dtype=bool)
        if not inside.any():
            no_site_in(self.kind, self.jurisdictions)
        per_hall = np.where(inside, problem.jobs_per_mw * problem.scenario.building.hall_mw, 0.0)
        where = ", ".join(self.jurisdictions) or "portfolio"
        return [one_row(self.kind, where, {"halls": per_hall}, ">=", self.min, "jobs")]
