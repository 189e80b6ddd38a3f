"""Smallest carbon-free share of the electricity."""

from typing import ClassVar, Literal

from siting.problem.row_patterns.grid_share import GridShare


class CarbonFreeShare(GridShare):
    """Draw at least a share of the facility energy from carbon-free generation (nuclear counts), over the year.

    ``sum_{o in J} PUE[o] * (carbon_free_share[zone(o)] - min) * load_mw[o] >= 0`` for all sites together or
    for those of each jurisdiction J; per site ``carbon_free_share[zone(s)] >= min``, a filter. The share is
    that of the grid of the site, on location basis; contracts do not count here.

    Attributes
    ----------
    min : float
        Smallest carbon-free share [0-1], above 0.
    per : {"portfolio", "site", "jurisdiction"}
        Scope of the share; all sites together by default.
    jurisdictions : tuple of str
        Countries, states or unions in which it holds; all by default.
    """

    column: ClassVar[str] = "carbon_free_share"
    words: ClassVar[str] = "carbon-free share"

    kind: Literal["carbon_free_share"] = "carbon_free_share"
