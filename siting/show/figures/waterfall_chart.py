"""The waterfall chart of a ratio of emissions: the factor of each cause on a logarithmic scale."""

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter, NullFormatter

from siting.errors import printable
from siting.show.cartography.map_layout import ARC_COLOUR, INK, SOFT_INK
from siting.show.cartography.own_style import drawable, in_own_style
from siting.show.figures.axes import axes_or_new, finish

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

AGAINST_COLOUR = "#b5532d"
"""Of a cause with a factor below 1."""


@in_own_style
def draw_waterfall(table: "pd.DataFrame", title: str, axes: "Axes | None" = None) -> "Axes":
    """Draw a table of `waterfall` or `patterson_waterfall`: a bar for each cause, from the ratio before it to the ratio after it.

    Parameters
    ----------
    table : pandas.DataFrame
        Indexed by cause, with `factor` and `cumulative`; `published` is drawn as a mark if there is such a column.
    title : str
        What is compared.
    axes : matplotlib.axes.Axes, optional
        Where to draw; new axes if none are given.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Examples
    --------
    >>> from siting.study.training_setting import patterson_waterfall
    >>> len(draw_waterfall(patterson_waterfall(), "57 times, in four numbers").patches)
    5
    """
    drawn = axes_or_new(axes, 7.0, 3.6)
    ends = [1.0, *table["cumulative"]]
    for i, (cause, factor) in enumerate(table["factor"].items()):
        low, high = sorted((ends[i], ends[i + 1]))
        drawn.bar(i, high - low, bottom=low, color=ARC_COLOUR if factor >= 1 else AGAINST_COLOUR, width=0.62)
        drawn.annotate(f"x {factor:.3g}", (i, high), (0, 4), textcoords="offset points", ha="center", color=INK)
        drawn.plot([i - 0.31, i + 1.31], [ends[i + 1]] * 2, color=SOFT_INK, lw=0.8, gid=printable(f"step {cause}"))
    last = len(table)
    drawn.bar(last, abs(ends[-1] - 1.0), bottom=min(ends[-1], 1.0), color=SOFT_INK, width=0.62)
    drawn.annotate(f"{ends[-1]:.3g} times", (last, max(ends[-1], 1.0)), (0, 4), textcoords="offset points", ha="center")
    if "published" in table:
        drawn.plot(range(last), table["published"], "D", ms=5, mfc="white", mec=INK, ls="none", label="as published")
        drawn.legend(frameon=False, loc="upper left")
    drawn.set_yscale("log")
    drawn.set_ylim(min(1.0, *ends) * 0.8, max(ends) * 2.0)
    drawn.yaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"{ratio:g}"))
    drawn.yaxis.set_minor_formatter(NullFormatter())
    drawn.set_xticks(range(last + 1), [*(drawable(str(cause)) for cause in table.index), "together"])
    drawn.set_ylabel("times less CO2e (log scale)")
    return finish(drawn, title)
