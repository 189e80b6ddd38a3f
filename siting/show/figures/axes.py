"""Axes of a chart: new ones where none are given, and the head and frame that all charts share."""

from typing import TYPE_CHECKING

from siting.show.cartography.map_layout import INK
from siting.show.cartography.own_style import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def axes_or_new(ax: "Axes | None", width_in: float, height_in: float) -> "Axes":
    """Return the axes given, or those of a new figure of this size [inch]."""
    return new_axes((width_in, height_in)) if ax is None else ax


def finish(ax: "Axes", title: str) -> "Axes":
    """Write the title at the left and hide the frame's upper and right side; return the axes."""
    ax.set_title(title, loc="left", color=INK)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
