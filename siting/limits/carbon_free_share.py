"""Electricity is carbon-free to a given share."""

from typing import ClassVar, Literal

from siting.problem.row_patterns.grid_share import GridShare


class CarbonFreeShare(GridShare):
    """Draw at least a share of the facility energy from carbon-free generation (nuclear counts), over the year.

    ``sum_{o in J} PUE[o] * (carbon_free_share[zone(o)] - min) * load_mw[o] >= 0`` for all sites together or
    for those of each jurisdiction J; per site ``carbon_free_share[zone(s)] >= min``, a filter. The share of
    the grid the site stands in, on location basis; purchases do not count here.

    Attributes
    ----------
    min : float
        Smallest carbon-free share [0-1], above 0.
    per : {"portfolio", "site", "jurisdiction"}
        Over what the share is taken; over all sites unless said.
    jurisdictions : tuple of str
        Countries, states or unions in which it is asked for; all where none is named.
    """

    column: ClassVar[str] = "carbon_free_share"
    words: ClassVar[str] = "carbon-free share"

    kind: Literal["carbon_free_share"] = "carbon_free_share"
