"""Smallest renewable share of the electricity."""

from typing import ClassVar, Literal

from siting.problem.row_patterns.grid_share import GridShare


class RenewableShare(GridShare):
    """Draw at least a share of the facility energy from renewable generation, over the year.

    ``sum_{o in J} PUE[o] * (renewable_share[zone(o)] - min) * load_mw[o] >= 0`` for all sites together or
    for those of each jurisdiction J; per site ``renewable_share[zone(s)] >= min``, a filter. The share is
    that of the grid of the site, on location basis; contracts do not count here.

    Attributes
    ----------
    min : float
        Smallest renewable share [0-1], above 0.
    per : {"portfolio", "site", "jurisdiction"}
        Scope of the share; all sites together by default.
    jurisdictions : tuple of str
        Countries, states or unions in which it holds; all by default.
    """

    column: ClassVar[str] = "renewable_share"
    words: ClassVar[str] = "renewable share"

    kind: Literal["renewable_share"] = "renewable_share"
