"""The legends of a map: meaning of colour, size and mark."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LogNorm, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from siting.kpis import field
from siting.show.cartography.basemap import GROUND_NORM, GROUND_RAMP, HATCH_COLOUR, UNKNOWN, UNKNOWN_HATCH
from siting.show.cartography.map_layout import (
    ARC_COLOUR,
    EXCLUDED_COLOUR,
    HUB_COLOUR,
    INK,
    LOST_COLOUR,
    SMALL_TEXT_PT,
    SOFT_INK,
    Rectangle,
    text_scale,
)

if TYPE_CHECKING:
    from siting.study.map_data import Ground

LINEAR_UP_TO_RATIO = 6.0
ROUND_STEPS = (1.0, 2.0, 5.0)
ROUNDING = 1e-9
"""A value nearer to 0 than this is rounding of the computer."""
SIZE_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
"""Round sizes, close enough that the largest circle of a legend is within a seventh of the largest site's power."""


def sites_title(ground: "Ground", norm: Normalize) -> str:
    """Return the title of the sites' colour bar, with the year of the grid that they are counted at."""
    at = f" at {ground.year} grid" if ground.year else ""
    return f"Site: emissions{at} [{field('emissions_g_per_eflop').unit}]" + log_note(norm)


def log_note(norm: Normalize | None) -> str:
    """Return the end of a colour bar's title: whether its scale is logarithmic."""
    return ", log scale" if isinstance(norm, LogNorm) else ""


MOST_TICKS = 7
TICK_STEPS = (ROUND_STEPS, (1.0, 3.0), (1.0,))
"""Steps of a decade that are tried, the finest first."""


def round_ticks(norm: Normalize, most: int = MOST_TICKS) -> list[float]:
    """Return round values along a colour scale, at most `most`, of which none is near another.

    Examples
    --------
    >>> round_ticks(LogNorm(10.0, 500.0)), round_ticks(LogNorm(0.002, 20.0)), round_ticks(Normalize(0.0, 900.0), 4)
    ([10.0, 20.0, 50.0, 100.0, 200.0, 500.0], [0.01, 0.1, 1.0, 10.0], [0.0, 300.0, 600.0, 900.0])
    """
    low, high = float(norm.vmin or 0.0), float(norm.vmax or 1.0)
    if isinstance(norm, LogNorm):
        for steps in TICK_STEPS:
            values = LogLocator(subs=steps, numticks=50).tick_values(low, high)
            found = [float(f"{v:.3g}") for v in values if low * (1 - 1e-9) <= v <= high * (1 + 1e-9)]
            if len(found) <= most:
                return found
        return found[:: math.ceil(len(found) / most)]
    values = MaxNLocator(nbins=most - 1).tick_values(low, high)
    return [float(f"{v:.6g}") for v in values if low - 1e-9 * abs(low) <= v <= high + 1e-9 * abs(high)]


def draw_legends(
    ax: Axes,
    rectangle: Rectangle,
    ground: "Ground",
    *,
    ramp: Colormap,
    norm: Normalize,
    pt2_per_mw: float,
    largest_mw: float,
    drawn: Mapping[str, int],
) -> None:
    """Draw colour bars of sites and ground, the sizes in MW, and the key of marks; `drawn` counts the candidates by outcome."""
    left, bottom, width, height = rectangle
    bar = 0.058 * height

    def row(share: float) -> float:
        return bottom + share * height

    draw_bar(ax, (left, row(0.90), width, bar), ramp, norm, sites_title(ground, norm))
    _sizes(ax, (left, row(0.5), width, 0.22 * height), pt2_per_mw, largest_mw)
    draw_bar(ax, (left, row(0.33), width, bar), GROUND_RAMP, GROUND_NORM, ground.title)
    _key(ax, (left, row(-0.12), width, 0.26 * height), drawn)


TICK_PT, LINE_PT = 30.0, 16.0
"""Room of the label of a tick along and across a line of text on a sheet of A4 [pt]."""
OUTCOME_MARKS = {"lost": ("o", LOST_COLOUR, "candidate, not built"), "excluded": ("x", EXCLUDED_COLOUR, "excluded")}
"""Mark, colour and words of candidates that were not built."""


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
    known = np.where(np.abs(known) < ROUNDING, 0.0, known)
    if not known.any():
        return Normalize(0.0, 1.0)
    least, most = float(known.min()), float(known.max())
    if least > 0.0 and most > LINEAR_UP_TO_RATIO * least:
        powers = 10.0 ** np.arange(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
        steps = np.multiply.outer(powers, ROUND_STEPS).ravel()
        return LogNorm(float(steps[steps <= least].max()), float(steps[steps >= most].min()))
    ticks = MaxNLocator(nbins=5).tick_values(least, most)
    return Normalize(max(float(ticks[0]), 0.0), float(ticks[-1]))


def draw_bar(
    ax: Axes, rectangle: Rectangle, ramp: Colormap, norm: Normalize, label: str, *, upright: bool = False
) -> None:
    """Draw a colour bar, horizontal with its label above or upright with its numbers at the right."""
    scale = text_scale(ax)
    inset = ax.inset_axes(rectangle)
    bar = ax.figure.colorbar(ScalarMappable(norm, ramp), cax=inset, orientation="vertical" if upright else "horizontal")
    long_px = rectangle[3] * ax.bbox.height if upright else rectangle[2] * ax.bbox.width
    room = int(long_px / ax.figure.dpi * 72.0 / ((LINE_PT if upright else TICK_PT) * scale))
    bar.locator, bar.minorlocator = FixedLocator(round_ticks(norm, min(max(room, 2), MOST_TICKS))), NullLocator()
    bar.formatter = FuncFormatter(lambda value, _: f"{value:,g}")
    bar.update_ticks()
    bar.outline.set_linewidth(0.4)
    inset.tick_params(labelsize=SMALL_TEXT_PT * scale, length=2, width=0.4, colors=SOFT_INK, pad=1.5)
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
        inset.text(x + 0.055, 0.5, text, fontsize=SMALL_TEXT_PT * scale, color=SOFT_INK, va="center")


def _key(ax: Axes, rectangle: Rectangle, drawn: Mapping[str, int]) -> None:
    """Draw the key of arcs, hubs, candidates that were not built, and unknown ground."""
    scale = text_scale(ax)
    inset = ax.inset_axes(rectangle)
    inset.set_axis_off()
    handles = [
        Line2D([], [], color=ARC_COLOUR, linewidth=1.4, alpha=0.6, label="serves (width: MW)"),
        Line2D([], [], color=HUB_COLOUR, marker="+", linestyle="none", markersize=4, label="hub of demand"),
        Patch(facecolor=UNKNOWN, edgecolor=HATCH_COLOUR, hatch=UNKNOWN_HATCH, linewidth=0.4, label="grid unknown"),
    ]
    handles += [
        Line2D(
            [],
            [],
            color=colour,
            marker=mark,
            markerfacecolor="white",
            linestyle="none",
            markersize=4,
            label=f"{words} ({n})",
        )
        for (outcome, (mark, colour, words)) in OUTCOME_MARKS.items()
        if (n := drawn.get(outcome, 0))
    ]
    inset.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False,
        fontsize=SMALL_TEXT_PT * scale, borderpad=0, borderaxespad=0, handletextpad=0.5, columnspacing=1.2,
        handlelength=1.6, labelcolor=SOFT_INK,
    )  # fmt: skip
