"""The legends of a map: meaning of colour, size and mark."""

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LogNorm, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FormatStrFormatter, LogLocator, MaxNLocator, NullLocator

from siting.kpis import field
from siting.show.cartography.basemap import GROUND_NORM, GROUND_RAMP, HATCH_COLOUR, UNKNOWN, UNKNOWN_HATCH
from siting.show.cartography.map_layout import ARC_COLOUR, HUB_COLOUR, INK, SOFT_INK, Rectangle, text_scale

if TYPE_CHECKING:
    from siting.study.map_data import Ground

LINEAR_UP_TO_RATIO = 6.0
ROUND_STEPS = (1.0, 2.0, 5.0)
SIZE_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
"""Round sizes, close enough that the largest circle of a legend is within a seventh of the largest site's power."""


def sites_title(ground: "Ground", norm: Normalize) -> str:
    """Return the title of the sites' colour bar, with the year of the grid that they are counted at."""
    at = f" at {ground.year} grid" if ground.year else ""
    return f"Site: emissions{at} [{field('emissions_g_per_eflop').unit}]" + log_note(norm)


def log_note(norm: Normalize | None) -> str:
    """Return the end of a colour bar's title: whether its scale is logarithmic."""
    return ", log scale" if isinstance(norm, LogNorm) else ""


def round_ticks(norm: Normalize) -> LogLocator | MaxNLocator:
    """Return the locator of round values along a colour scale."""
    return LogLocator(subs=ROUND_STEPS) if isinstance(norm, LogNorm) else MaxNLocator(nbins=6)


def draw_legends(
    ax: Axes,
    rectangle: Rectangle,
    ground: "Ground",
    *,
    ramp: Colormap,
    norm: Normalize,
    pt2_per_mw: float,
    largest_mw: float,
) -> None:
    """Draw colour bars of sites and ground, the sizes in MW, and the key of marks."""
    left, bottom, width, height = rectangle
    bar = 0.058 * height

    def row(share: float) -> float:
        return bottom + share * height

    draw_bar(ax, (left, row(0.90), width, bar), ramp, norm, sites_title(ground, norm))
    _sizes(ax, (left, row(0.46), width, 0.22 * height), pt2_per_mw, largest_mw)
    draw_bar(ax, (left, row(0.27), width, bar), GROUND_RAMP, GROUND_NORM, ground.title)
    _key(ax, (left, row(-0.08), width, 0.1 * height))


def nice_sizes_mw(largest_mw: float) -> list[float]:
    """Return three round sizes [MW]; the largest is the round one nearest to the largest mark.

    Examples
    --------
    >>> nice_sizes_mw(240.0), nice_sizes_mw(306.0)
    ([25.0, 125.0, 250.0], [30.0, 150.0, 300.0])
    """
    power = 10.0 ** math.floor(math.log10(largest_mw))
    top = min((step * power for step in SIZE_STEPS), key=lambda size: abs(math.log(size / largest_mw)))
    return [top / 10.0, top / 2.0, top]


def colour_norm(values: np.ndarray) -> Normalize:
    """Return a colour scale between round values around the given ones; logarithmic above a ratio of `LINEAR_UP_TO_RATIO`.

    Examples
    --------
    >>> norm = colour_norm(np.array([26.0, 410.0]))
    >>> norm.vmin, norm.vmax
    (20.0, 500.0)
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return Normalize(0.0, 1.0)
    least, most = float(known.min()), float(known.max())
    if least > 0.0 and most > LINEAR_UP_TO_RATIO * least:
        powers = 10.0 ** np.arange(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
        steps = np.multiply.outer(powers, ROUND_STEPS).ravel()
        return LogNorm(float(steps[steps <= least].max()), float(steps[steps >= most].min()))
    ticks = MaxNLocator(nbins=5).tick_values(least, most)
    return Normalize(max(float(ticks[0]), 0.0), float(ticks[-1]))


def draw_bar(ax: Axes, rectangle: Rectangle, ramp: Colormap, norm: Normalize, label: str) -> None:
    """Draw a horizontal colour bar with its label above."""
    scale = text_scale(ax)
    inset = ax.inset_axes(rectangle)
    bar = ax.figure.colorbar(ScalarMappable(norm, ramp), cax=inset, orientation="horizontal")
    bar.locator = round_ticks(norm)
    if isinstance(norm, LogNorm):
        bar.minorlocator, bar.formatter = NullLocator(), FormatStrFormatter("%g")
    bar.update_ticks()
    bar.outline.set_linewidth(0.4)
    inset.tick_params(labelsize=6.5 * scale, length=2, width=0.4, colors=SOFT_INK, pad=1.5)
    inset.set_title(label, fontsize=7.5 * scale, color=INK, loc="left", pad=3)


def _sizes(ax: Axes, rectangle: Rectangle, pt2_per_mw: float, largest_mw: float) -> None:
    """Draw marks of round sizes with their MW."""
    scale = text_scale(ax)
    inset = ax.inset_axes(rectangle)
    inset.set_axis_off()
    inset.set(xlim=(0, 1), ylim=(0, 1))
    inset.text(0.0, 0.5, "Size: IT power", fontsize=7.5 * scale, color=INK, va="center")
    for x, size_mw in zip((0.36, 0.56, 0.79), nice_sizes_mw(largest_mw), strict=True):
        inset.scatter([x], [0.5], s=size_mw * pt2_per_mw, facecolor="#ffffff", edgecolor=INK, linewidth=0.7)
        text = f"{size_mw:,.3g} MW"
        inset.text(x + 0.055, 0.5, text, fontsize=6.5 * scale, color=SOFT_INK, va="center")


def _key(ax: Axes, rectangle: Rectangle) -> None:
    """Draw the key of arcs, hubs and unknown ground."""
    scale = text_scale(ax)
    inset = ax.inset_axes(rectangle)
    inset.set_axis_off()
    handles = [
        Line2D([], [], color=ARC_COLOUR, linewidth=1.4, alpha=0.6, label="serves (width: MW)"),
        Line2D([], [], color=HUB_COLOUR, marker="+", linestyle="none", markersize=4, label="hub of demand"),
        Patch(facecolor=UNKNOWN, edgecolor=HATCH_COLOUR, hatch=UNKNOWN_HATCH, linewidth=0.4, label="grid unknown"),
    ]
    inset.legend(
        handles=handles, loc="center left", bbox_to_anchor=(0, 0.5), ncols=3, frameon=False,
        fontsize=6.5 * scale, borderpad=0, borderaxespad=0, handletextpad=0.5, columnspacing=1.2,
        handlelength=1.6, labelcolor=SOFT_INK,
    )  # fmt: skip
