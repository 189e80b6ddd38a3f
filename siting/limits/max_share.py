"""Largest share of the demand at one site, or in one zone or country."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from siting.problem.rows import Rows, group_sum
from siting.problem.sites import GroupBy, site_groups
from siting.scenario.field_types import PositiveShare
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class MaxShare(Limit):
    """Keep the load of every site, zone, country or jurisdiction at or below a share of the demand.

    ``sum_{o in part} load_mw[o] <= max * demand``. The share refers to the demand, which keeps the rows
    short; if all demand is served, it equals the share of the load.

    Attributes
    ----------
    per : {"site", "zone", "country", "jurisdiction"}
        Group of sites whose load is limited.
    max : float
        Largest share of the demand [0-1], above 0.
    """

    loosened_by: ClassVar[str] = "raise `max`"

    kind: Literal["max_share"] = "max_share"
    per: GroupBy = "site"
    max: PositiveShare

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row per group of sites [MW]."""
        labels, group = site_groups(problem.sites, self.per)
        load = group_sum(group[problem.options["site"]], np.ones(len(problem.options)), len(labels))
        most = np.full(len(labels), self.max * float(problem.demand_mw.sum()))
        return [Rows(self.kind, labels, {"load_mw": load}, "<=", most, "MW")]
