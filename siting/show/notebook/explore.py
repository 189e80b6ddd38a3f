"""The map of `Plan.explore`: candidates, hubs, links and sites in a notebook, with nothing from the network."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from bokeh.embed import file_html
from bokeh.models import ColumnDataSource, HoverTool, Legend, LegendItem, Scatter, Text
from bokeh.plotting import figure
from bokeh.resources import Resources

from siting.errors import SitingError, printable
from siting.show.cartography.projection import WORLD
from siting.show.report.html_page import checked_path, write_page
from siting.show.report.interactive_map import LIGHT, M_PER_KM, report_map, tooltip
from siting.study.map_data import ground_of

if TYPE_CHECKING:
    from siting.plan.plan import Plan

HEIGHT_PX = 560
LAYERS = {"sites": "sites", "hubs": "hubs", "links": "arcs", "candidates": "candidates"}
"""Layer of the legend, and the name of its marks."""


@dataclass(frozen=True)
class ExploreMap:
    """An interactive map, shown by a notebook where it is the value of a cell.

    Attributes
    ----------
    figure : bokeh.plotting.figure
        The figure, to add to.
    title : str
        Title of the page.
    """

    figure: figure
    title: str

    def html(self) -> str:
        """Return the map as a page that holds everything that it needs."""
        return str(file_html(self.figure, Resources(mode="inline"), self.title))

    def save(self, path: str | Path) -> Path:
        """Write the map as a page.

        Parameters
        ----------
        path : str or pathlib.Path
            File to write, ending in `.html`.

        Raises
        ------
        SitingError, DataError
            Another ending, or a file that cannot be written.
        """
        return write_page(self.html(), checked_path(path), "write the report instead")

    def _repr_html_(self) -> str:
        page = escape(self.html(), quote=True)
        return f'<iframe srcdoc="{page}" title="{escape(self.title)}" style="width:100%;height:{HEIGHT_PX}px;border:0"></iframe>'


def explore_plan(plan: "Plan", candidates: pd.DataFrame) -> ExploreMap:
    """Draw a plan with the candidates that it does not build.

    Parameters
    ----------
    plan : Plan
        A plan with sites.
    candidates : pandas.DataFrame
        `name`, `lon` and `lat` [degree] of all candidates, by id.

    Raises
    ------
    SitingError
        The plan has no sites.
    """
    if not plan.kpis:
        raise SitingError(
            f"plan `{plan.name}` is {plan.status} and has no sites to explore: relax a limit and solve again"
        )
    plot = report_map(plan, ground_of(plan.scenario))
    _add_candidates(plot, plan, candidates[~candidates.index.isin(plan.sites["id"])])
    points = WORLD.to_map(plan.sites.geometry.x, plan.sites.geometry.y) / M_PER_KM
    names = ColumnDataSource({"x": points[:, 0], "y": points[:, 1], "name": list(map(str, plan.sites["name"]))})
    label = Text(
        x="x", y="y", text="name", x_offset=12, text_font_size="12px", text_baseline="middle", text_color=LIGHT["ink"]
    )
    plot.add_glyph(names, label)
    drawn = {r.glyph.name: r for r in plot.renderers if getattr(r, "glyph", None) is not None}
    drawn["sites"] = drawn["site marks"]
    items = [LegendItem(label=layer, renderers=[drawn[name]]) for layer, name in LAYERS.items() if name in drawn]
    plot.add_layout(Legend(items=items, click_policy="hide", location="bottom_left"))
    plot.toolbar.active_scroll = plot.select_one({"name": "wheel"})
    return ExploreMap(plot, printable(f"Plan {plan.name}"))


def _add_candidates(plot: figure, plan: "Plan", rest: pd.DataFrame) -> None:
    """Add the candidates that are not built, each with the reason."""
    reasons = plan.excluded.drop_duplicates("site").set_index("site")["reason"]
    points = WORLD.to_map(rest["lon"], rest["lat"]) / M_PER_KM
    why = [f"excluded: {reasons[i]}" if i in reasons.index else "admissible, not chosen" for i in rest.index]
    columns = {"x": points[:, 0], "y": points[:, 1], "name": list(map(str, rest["name"])), "why": why}
    glyph = Scatter(x="x", y="y", size=6, fill_color=None, line_color=LIGHT["line"], line_width=1.0, name="candidates")
    added = plot.add_glyph(ColumnDataSource(columns, name="candidates source"), glyph)
    plot.add_tools(HoverTool(renderers=[added], tooltips=tooltip("@name", [("candidate", "why")])))
