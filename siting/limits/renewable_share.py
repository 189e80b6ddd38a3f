"""The electricity of the whole portfolio is renewable to a given share."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from siting.model.limit import Limit
from siting.model.rows import Rows, one_row

if TYPE_CHECKING:
    from siting.model.problem import Problem


class RenewableShare(Limit):
    """Draw at least a share of the facility energy from renewable generation, over all sites and the year.

    ``sum_o PUE[o] * (renewable_share[zone(o)] - min) * load_mw[o] >= 0``: the share of the grid
    the site stands in, on location basis; purchases do not count here.

    Attributes
    ----------
    min : float
        Smallest renewable share [0-1].
    """

    kind: Literal["renewable_share"] = "renewable_share"
    min: Annotated[float, Field(gt=0, le=1)]

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row [MW of facility draw]."""
        share = problem.sites["renewable_share"].to_numpy(float)[problem.options["site"]]
        surplus = problem.options["pue"].to_numpy(float) * (share - self.min)
        return [one_row(self.kind, "portfolio", {"load_mw": surplus}, ">=", 0.0, "MW")]
