"""Interactive charts of a report: waterfalls from today's pattern or of a ratio, and plans in two KPIs."""

from collections.abc import Sequence
from itertools import pairwise
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from bokeh.models import (
    ColumnDataSource,
    HoverTool,
    LabelSet,
    LogTicker,
    PrintfTickFormatter,
    Range1d,
    Scatter,
    Span,
    TapTool,
    Title,
    VAreaStep,
)
from bokeh.plotting import figure

from siting.errors import DataError
from siting.kpis import field

if TYPE_CHECKING:
    from siting.plan.plan import Plan

WIDE, HIGH = 820, 340
NAME_CHARACTERS = 13
"""Length of a line of a bar's name: five bars are side by side on a phone."""
LEVEL, LESS, MORE = "#6b7780", "#2a78b5", "#c8553d"
"""Colours of a level, of a step down and of a step up; distinct for the colour-blind on light and dark pages."""


def against_today_chart(steps: pd.DataFrame) -> figure:
    """Draw the change from the emissions of today's pattern to those of the plan, cause by cause.

    Parameters
    ----------
    steps : pandas.DataFrame
        As `siting.study.todays_pattern` returns them.

    Returns
    -------
    bokeh.plotting.figure
        Bars on a common scale [gCO2e/EFLOP].
    """
    values = steps["g_per_eflop"].to_numpy(float)
    tops = np.concatenate([[values[0]], values[0] + np.cumsum(values[1:-1])])
    low = np.concatenate([[0.0], np.minimum(tops[:-1], tops[1:]), [0.0]])
    high = np.concatenate([[values[0]], np.maximum(tops[:-1], tops[1:]), [values[-1]]])
    labels = [f"{values[0]:,.1f}", *(f"{v:+,.1f}" for v in values[1:-1]), f"{values[-1]:,.1f}"]
    colour = [LEVEL, *(LESS if v <= 0 else MORE for v in values[1:-1]), LEVEL]
    names = [fill(str(c), NAME_CHARACTERS) for c in steps.index]
    plot = _bars(names, low, high, colour, labels, field("g_per_eflop").heading())
    plot.y_range = Range1d(0.0, 1.15 * float(high.max()))
    return plot


def ratio_chart(table: pd.DataFrame) -> figure:
    """Draw a table of `siting.waterfall`: the factor of each cause on a logarithmic scale.

    Parameters
    ----------
    table : pandas.DataFrame
        Indexed by cause, with `factor` and `cumulative`.

    Returns
    -------
    bokeh.plotting.figure
        A bar for each cause, and one for their product.
    """
    ends = [1.0, *table["cumulative"].astype(float)]
    pairs = [*pairwise(ends), (1.0, ends[-1])]
    low, high = (np.array([f(p) for p in pairs]) for f in (min, max))
    factors = list(table["factor"].astype(float))
    labels = [*(f"x {f:.3g}" for f in factors), f"{ends[-1]:.3g} times"]
    colour = [*(LESS if f >= 1 else MORE for f in factors), LEVEL]
    names = [*(fill(str(c), NAME_CHARACTERS) for c in table.index), "together"]
    plot = _bars(names, low, high, colour, labels, "times less CO2e (log scale)", log=True)
    plot.y_range = Range1d(0.8 * float(low.min()), 1.6 * float(high.max()))
    plot.yaxis.ticker = LogTicker(mantissas=[1, 2, 5])
    plot.yaxis.formatter = PrintfTickFormatter(format="%g")
    return plot


def frontier_chart(frontier: pd.DataFrame, plan: "Plan") -> figure:
    """Draw plans by their first two figures, and this plan among them.

    Parameters
    ----------
    frontier : pandas.DataFrame
        A row for each plan; its first two columns of numbers are the axes.
    plan : Plan
        Marked if it has both KPIs.

    Returns
    -------
    bokeh.plotting.figure
        Points joined by steps: nothing is claimed between two of them.

    Raises
    ------
    DataError
        Fewer than two columns of numbers.
    """
    plot = plans_chart(frontier, step=True)
    x, y = axes_of(frontier)
    if x in plan.kpis and y in plan.kpis:
        mine = ColumnDataSource({"x": [plan.kpis[x]], "y": [plan.kpis[y]]})
        plot.scatter("x", "y", source=mine, size=15, marker="diamond", color=MORE, legend_label="this plan")
        plot.legend.background_fill_alpha = plot.legend.border_line_alpha = 0.0
    return plot


def plans_chart(points: pd.DataFrame, *, step: bool) -> figure:
    """Draw some plans by their first two figures, each with its name or the number of its sites.

    Parameters
    ----------
    points : pandas.DataFrame
        A row for each plan, in the order of the plans; its first two columns of numbers are the axes. `plan` is its name,
        `status` its proof, `bound` the proven bound of the second figure; `plan` to `n_sites` are optional.
    step : bool
        Whether they are the points of a frontier: then steps join them, as nothing is claimed between two, and a band
        shows how much lower the frontier may run if the points have a `bound`.

    Returns
    -------
    bokeh.plotting.figure
        A mark for each plan, hollow if it is not proven; its source, `plans source`, has the plans' keys.

    Raises
    ------
    DataError
        Fewer than two columns of numbers.
    """
    x, y = axes_of(points)
    source = _plans_source(points, x, y)
    plot = _figure(field(y).heading(), x_axis_label=field(x).heading())
    if step:  # a source of their own: selecting a point does not change them
        steps = ColumnDataSource({k: source.data[k] for k in ("x", "y", "least") if k in source.data})
        if "least" in steps.data and np.isfinite(steps.data["least"]).all():
            plot.add_glyph(
                steps, VAreaStep(x="x", y1="least", y2="y", step_mode="after", fill_color=LESS, fill_alpha=0.12)
            )
        plot.step("x", "y", source=steps, mode="after", line_color=LESS, line_width=2, line_alpha=0.6)
    marks = plot.scatter(
        "x", "y", source=source, size=12, fill_color="fill", line_color=LESS, line_width=1.5, fill_alpha="alpha",
        line_alpha="alpha", name="plans",
    )  # fmt: skip
    marks.selection_glyph = Scatter(x="x", y="y", size=17, fill_color=MORE, line_color=MORE)
    marks.nonselection_glyph = None  # the others keep their look
    tooltips = [("", "@name"), (field(x).heading(), "@tx"), (field(y).heading(), "@ty"), ("sites", "@sites"),
            ("status", "@status")]  # fmt: skip
    plot.add_tools(HoverTool(renderers=[marks], tooltips=tooltips), TapTool(renderers=[marks]))
    beside = "sites" if step else "name"
    if not step:
        plot.x_range.range_padding = 0.7  # room for the names
    plot.y_range.range_padding = 0.2
    plot.add_layout(LabelSet(x="x", y="y", text=beside, x_offset=9, y_offset=3, source=source, text_font_size="13px"))
    return plot


def _plans_source(points: pd.DataFrame, x: str, y: str) -> ColumnDataSource:
    """Return the points from left to right, each with the key of its plan."""
    keyed = points.assign(key=[str(i) for i in range(len(points))]).dropna(subset=[x, y])
    keyed = keyed.sort_values(x, kind="stable")

    def words(column: str, default: list[str]) -> list[str]:
        return [str(v) for v in keyed[column]] if column in keyed else default

    status = words("status", ["optimal"] * len(keyed))
    columns: dict[str, Any] = {
        "x": keyed[x].to_numpy(float), "y": keyed[y].to_numpy(float), "key": list(keyed["key"]),
        "name": words("plan", [f"point {i + 1}" for i in range(len(keyed))]), "status": status,
        "sites": words("n_sites", ["unknown"] * len(keyed)),
        "tx": [field(x).write(v) for v in keyed[x]], "ty": [field(y).write(v) for v in keyed[y]],
        "fill": [LESS if s == "optimal" else None for s in status], "alpha": [1.0] * len(keyed),
    }  # fmt: skip
    if "bound" in keyed:
        columns["least"] = np.append(keyed["bound"].to_numpy(float)[1:], keyed[y].to_numpy(float)[-1:])
    return ColumnDataSource(columns, name="plans source")


def axes_of(frontier: pd.DataFrame) -> tuple[str, str]:
    """Return the names of the two axes: the first two columns of numbers.

    Raises
    ------
    DataError
        There are not two.

    Examples
    --------
    >>> axes_of(pd.DataFrame({"cost_usd_per_eflop": [1.0], "emissions_g_per_eflop": [9.0]}))
    ('cost_usd_per_eflop', 'emissions_g_per_eflop')
    """
    numbers = [str(c) for c in frontier.columns if pd.api.types.is_numeric_dtype(frontier[c])]
    if len(numbers) < 2:
        shown = ", ".join(map(str, frontier.columns))
        raise DataError(f"a frontier needs two columns of numbers; this table has {shown}")
    return numbers[0], numbers[1]


def _bars(
    names: Sequence[str], low: np.ndarray, high: np.ndarray, colour: Sequence[str], labels: Sequence[str], axis: str,
    *, log: bool = False,
) -> figure:  # fmt: skip
    """Draw floating bars with their figures above, and a thin line from each end to the next bar."""
    plot = _figure(axis, x_range=list(names), y_axis_type="log" if log else "linear")
    columns = {"name": list(names), "low": low, "high": high, "colour": list(colour), "label": list(labels)}
    source = ColumnDataSource(columns)
    look = {"width": 0.62, "fill_color": "colour", "line_color": None}
    bars = plot.vbar(x="name", bottom="low", top="high", source=source, **look)
    above = {"y_offset": 4, "text_align": "center", "text_font_size": "13px"}
    plot.add_layout(LabelSet(x="name", y="high", text="label", source=source, **above))
    plot.add_tools(HoverTool(renderers=[bars], tooltips=[("", "@name"), ("", "@label")]))
    plot.add_layout(Span(location=1.0 if log else 0.0, dimension="width", line_color=LEVEL, line_width=1))
    return plot


def _figure(axis: str, **options: Any) -> figure:
    """Return an empty chart in the style of the page: no toolbar, no background, thin grid.

    The title of the upright axis is above the chart, where it is read in one line also on a phone.
    """
    plot = figure(
        width=WIDE, height=HIGH, sizing_mode="stretch_width", tools=[], toolbar_location=None, name="chart",
        background_fill_color=None, border_fill_color=None, outline_line_color=None, **options,
    )  # fmt: skip
    plot.add_layout(Title(text=axis, text_font_size="13px", text_font_style="normal", name="axis title"), "above")
    plot.xgrid.visible = False
    plot.ygrid.grid_line_alpha = 0.3
    plot.axis.axis_label_text_font_style = "normal"
    plot.axis.axis_label_text_font_size = "13px"
    plot.axis.major_label_text_font_size = "13px"
    plot.axis.minor_tick_line_color = None
    return plot
