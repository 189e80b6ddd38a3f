"""The chart of a frontier: its plans in two KPIs, each with its number of sites and the proven bound."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from siting.kpis import field
from siting.show.cartography.map_layout import ARC_COLOUR, INK, SOFT_INK
from siting.show.cartography.own_style import in_own_style, own_style
from siting.show.figures.axes import axes_or_new, finish

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.study.frontier import Frontier

NOT_PROVEN_COLOUR = "#b5532d"
"""Of points that are not proven to the requested gap."""

BESIDE_COLOUR = "#8a3d1d"
"""Of other plans in the same chart."""


@in_own_style
def draw_frontier(
    front: "Frontier", ax: "Axes | None" = None, *, beside: "Mapping[str, Mapping[str, float]] | None" = None
) -> "Axes":
    """Draw the points of a frontier in their first two KPIs, with the number of sites of each.

    Between two points the frontier runs within the band: it is no worse than the point to the left, and no better
    than the proven bound of the point to the right. A point that is not proven is hollow; a third KPI is the size
    of the points.

    Parameters
    ----------
    front : Frontier
        As `siting.frontier` returns it.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes if none are given.
    beside : mapping, optional
        KPIs of other plans by name, for example of a plan under a budget.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="two", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> draw_frontier(st.frontier(scenario, points=2, gap=0.01)).get_xlabel()
    'cost per compute [USD/EFLOP]'
    """
    drawn = axes_or_new(ax, 7.0, 4.4)
    x, y, *more = front.kpis
    table = front.table
    across, up = table[x].to_numpy(float), table[y].to_numpy(float)
    size = np.full(len(table), 46.0)
    if more:
        third = table[more[0]].to_numpy(float)
        size = 30.0 + 120.0 * (third - third.min()) / max(float(np.ptp(third)), 1e-12)
    else:
        least = np.append(table["bound"].to_numpy(float)[1:], up[-1])
        drawn.fill_between(across, least, up, step="post", color=ARC_COLOUR, alpha=0.15, lw=0, zorder=1)
    proven = (table["status"] == "optimal").to_numpy(bool)
    drawn.scatter(across[proven], up[proven], s=size[proven], color=ARC_COLOUR, zorder=2, label="proven")
    if not proven.all():
        drawn.scatter(
            across[~proven], up[~proven], s=size[~proven], facecolors="white", edgecolors=NOT_PROVEN_COLOUR,
            label="feasible, not proven", zorder=2,
        )  # fmt: skip
        drawn.legend(frameon=False)
    for i, n in enumerate(table["n_sites"]):
        drawn.annotate(f"{n}", (across[i], up[i]), (5, 5), textcoords="offset points", fontsize=8, color=INK)
    drawn.set_xlabel(field(x).heading())
    drawn.set_ylabel(field(y).heading())
    right = max([*across, *(kpis[x] for kpis in (beside or {}).values())])
    for called, kpis in (beside or {}).items():  # above and to the right of a frontier nothing is drawn
        at, last = (kpis[x], kpis[y]), kpis[x] == right
        drawn.scatter(*at, marker="D", s=46.0, color=BESIDE_COLOUR, zorder=3)
        drawn.annotate(
            called, at, (4, -22) if last else (16, 28), textcoords="offset points", fontsize=9, color=BESIDE_COLOUR,
            ha="right" if last else "left", arrowprops=None if last else {"arrowstyle": "-", "color": BESIDE_COLOUR, "lw": 0.7},
        )  # fmt: skip
    third_word = f"; size: {field(more[0]).heading()}" if more else ""
    drawn.annotate(
        f"numbers: sites of each plan{third_word}", (0.99, 0.98), xycoords="axes fraction", ha="right", va="top",
        fontsize=8, color=SOFT_INK,
    )  # fmt: skip
    drawn.margins(x=0.06, y=0.1)
    return finish(drawn, f"{front.plans[0].name}: no plan lies below the band")


def save_frontier(front: "Frontier", path: Path) -> Path:
    """Write the chart of a frontier as PNG (200 dpi)."""
    with own_style():
        figure = Figure(figsize=(7.5, 4.8), layout="constrained")
        draw_frontier(front, figure.add_subplot())
        figure.savefig(path, dpi=200)
    return path
