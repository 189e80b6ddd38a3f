"""Sites that must be built."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from siting.problem.rows import Rows, group_sum
from siting.problem.sites import require_known_sites, rows_of_sites
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.problem.problem import Problem


class Required(Limit):
    """Build every named site: ``sum_{o of s} open[o] >= 1``.

    Attributes
    ----------
    sites : tuple of str
        Ids of candidates, one or more.
    """

    loosened_by: ClassVar[str] = "remove sites from `sites`"

    kind: Literal["required"] = "required"
    sites: Annotated[tuple[str, ...], Field(min_length=1)]

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Exclude nothing; refuse an id that no candidate has."""
        require_known_sites(self.kind, self.sites, sites)
        return {}

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row per site [sites]; refuse a site that another limit excludes."""
        at = rows_of_sites(self.kind, self.sites, problem)
        opened = group_sum(problem.options["site"].to_numpy(np.intp), np.ones(len(problem.options)), len(problem.sites))
        return [Rows(self.kind, list(self.sites), {"open": opened[at]}, ">=", np.ones(len(at)), "sites")]
