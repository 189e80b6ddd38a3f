"""Plans side by side on one map, and many runs as a heat map of sites."""

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from siting.show.cartography.basemap import draw_ground
from siting.show.cartography.labels import draw_site_labels, name_of
from siting.show.cartography.map_layout import HUB_COLOUR, HUB_PT2, INK, SMALL_TEXT_PT, SOFT_INK, credits_of
from siting.show.cartography.own_style import drawable, in_own_style
from siting.show.cartography.views import fitted
from siting.show.figures.axes import axes_or_new
from siting.show.figures.maps import positions
from siting.study.map_data import Ground, ground_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.study.compare import Comparison

PLAN_COLOURS = ("#0b4f8a", "#b5532d", "#3f7d3a", "#7a4b9a", "#8a6d0b", "#2b8a8a")
"""One for each plan; rings of different width keep them apart in grey too."""

RING_PT = 2.2
LARGEST_PT2 = 220.0
CAPTION_CHARACTERS = 150
KEY_ROOM = (0.28, 0.3)
"""Room of the key in a corner, as shares of the map."""
MOST_SITES = 40
MOST_RUNS = 60


def plan_colour(plan: int) -> str:
    """Return the colour of a plan by its position."""
    return PLAN_COLOURS[plan % len(PLAN_COLOURS)]


@in_own_style
def draw_comparison(side: "Comparison", ax: "Axes | None" = None, *, ground: Ground | None = None) -> "Axes":
    """Draw the sites of some plans on one map, each with its name: one ring for each plan that builds a site.

    The map shows all sites and hubs of the plans.

    Parameters
    ----------
    side : Comparison
        As `siting.compare` returns it, of at most six plans.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes if none are given.
    ground : Ground, optional
        What lies under the map; default the grids in the year and by the method of the first plan.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, in the map's metres.
    """
    drawn = axes_or_new(ax, 10.0, 5.4)
    view = fitted(positions(*(table for p in side.plans for table in (p.sites, p.hubs))), wide=True)
    outline = view.outline()
    (west, south), (east, north) = outline.min(axis=0), outline.max(axis=0)
    under = ground or ground_of(side.plans[0].scenario)
    draw_ground(drawn, view, under)
    largest = max(float(p.sites["it_mw"].max()) for p in side.plans if len(p.sites))
    ringed: list[pd.DataFrame] = []
    keys = []  # rings of the map grow from plan to plan, those of its key need not
    for i, plan in enumerate(side.plans):
        colour = plan_colour(i)
        keys.append(Line2D([], [], marker="o", ls="none", ms=6.0, mfc="none", mec=colour, mew=RING_PT * 0.8))
        if plan.sites.empty:
            continue
        x, y = view.to_map(plan.sites.geometry.x, plan.sites.geometry.y).T
        size = (np.sqrt(LARGEST_PT2 * plan.sites["it_mw"].to_numpy(float) / largest) + 2 * RING_PT * i) ** 2
        drawn.scatter(x, y, s=size, facecolors="none", edgecolors=colour, linewidths=RING_PT * 0.8, zorder=7 + i)
        ringed.append(plan.sites[["id", "name", "it_mw"]].assign(x=x, y=y, size=size))
    drawn.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    drawn.set_axis_off()
    hubs = np.unique(np.vstack([view.to_map(p.hubs.geometry.x, p.hubs.geometry.y) for p in side.plans]), axis=0)
    drawn.scatter(hubs[:, 0], hubs[:, 1], marker="+", s=HUB_PT2, color=HUB_COLOUR, linewidth=0.6, zorder=6)
    labels = [f"{name}: {len(plan.sites)} sites" for name, plan in zip(side.names, side.plans, strict=True)]
    at, names = _named(ringed)
    corner = _free_corner(drawn, np.vstack([at, hubs]))
    key = drawn.legend(keys, labels, loc=corner, fontsize=8, facecolor="white", edgecolor="none", framealpha=0.8)
    key.set_zorder(20)
    drawn.apply_aspect()
    draw_site_labels(drawn, names, at, sizes_pt2=names["size"].to_numpy(float), hubs=hubs, edge=outline, scale=1.0)
    shared = int((side.sites["in_plans"] == len(side.plans)).sum())
    every = "both" if len(side.plans) == 2 else f"all {len(side.plans)}"
    drawn.set_title(f"{shared} of {len(side.sites)} sites are in {every} plans", loc="left", color=INK)
    caption = f"One ring for each plan; its area is the IT power, the largest {largest:,.0f} MW. Crosses are hubs of demand. {under.title}. Sources: {credits_of(under.sources)}"
    drawn.text(
        0.0, -0.02, fill(caption, CAPTION_CHARACTERS), transform=drawn.transAxes, va="top", fontsize=SMALL_TEXT_PT,
        color=SOFT_INK,
    )  # fmt: skip
    return drawn


def _named(ringed: list[pd.DataFrame]) -> tuple[np.ndarray, pd.DataFrame]:
    """Return map coordinates and names of the sites of all plans, each once, its largest ring as its mark."""
    sites = pd.concat(ringed).sort_values("size", ascending=False, kind="stable").drop_duplicates("id")
    names = [name_of(name, site) for name, site in zip(sites["name"], sites["id"], strict=True)]
    return sites[["x", "y"]].to_numpy(float), sites.assign(label=names)


def _free_corner(ax: "Axes", points: np.ndarray) -> int:
    """Return the corner of a map with fewest marks, as matplotlib counts them; the lower left one of several."""
    at = ax.transLimits.transform(points)
    corners = {3: (0, 0), 4: (1, 0), 2: (0, 1), 1: (1, 1)}
    near = {code: (np.abs(at - corner) < KEY_ROOM).all(axis=1).sum() for code, corner in corners.items()}
    return min(near, key=lambda code: near[code])


@in_own_style
def draw_heat(heat: pd.DataFrame, ax: "Axes | None" = None) -> "Axes":
    """Draw a table of `site_heat`: a row for each run, a column for each site, shaded by power.

    Parameters
    ----------
    heat : pandas.DataFrame
        A row for each run, a column for each site [MW]; the 40 largest sites and an even choice of 60 runs are drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes if none are given.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Examples
    --------
    >>> heat = pd.DataFrame({"lulea": [60.0, np.nan], "quebec": [np.nan, 60.0]}, index=["near", "far"])
    >>> [t.get_text() for t in draw_heat(heat).get_xticklabels()]
    ['lulea', 'quebec']
    """
    rows = np.unique(np.linspace(0, len(heat) - 1, min(len(heat), MOST_RUNS)).round().astype(int))
    shown = heat.iloc[rows, :MOST_SITES]
    drawn = axes_or_new(ax, 2.2 + 0.24 * shown.shape[1], 1.6 + 0.2 * len(shown))
    image = drawn.imshow(shown.to_numpy(float), aspect="auto", cmap="cividis_r", vmin=0)
    drawn.set_xticks(range(shown.shape[1]), [drawable(str(c)) for c in shown.columns], rotation=90, fontsize=8)
    drawn.set_yticks(range(len(shown)), [drawable(str(r)) for r in shown.index], fontsize=8)
    drawn.set_facecolor("white")
    drawn.spines[:].set_color(SOFT_INK)
    bar = drawn.figure.colorbar(image, ax=drawn, shrink=0.8)
    bar.set_label("MW IT; white: not built")
    left = len(heat) - len(shown), heat.shape[1] - shown.shape[1]
    more = f" ({left[0]} more runs and {left[1]} more sites)" if any(left) else ""
    drawn.set_title(f"Sites built in each run{more}", loc="left", color=INK)
    return drawn
