"""Maps of the candidates: any column as colour, several columns side by side, and the regret of every candidate."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from siting.errors import DataError, SitingError
from siting.kpis import field
from siting.show.cartography.basemap import draw_graticule_labels, draw_ground
from siting.show.cartography.layers import SMALL_POINT_PT2, Layer, draw_key, draw_points, layer_of, layer_title
from siting.show.cartography.legends import draw_bar
from siting.show.cartography.map_layout import (
    INK,
    Rectangle,
    caption,
    draw_caption,
    draw_headline,
    layout,
    scale_note,
    set_extent,
    sheet_axes,
    text_scale,
)
from siting.show.cartography.own_style import in_own_style
from siting.show.cartography.projection import WORLD, View
from siting.show.cartography.region import RegionView, draw_scale_bar, view_named
from siting.show.figures.maps import save_drawn
from siting.study.map_data import Ground, candidate_facts, column_sources, ground_of

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.problem.problem import Problem
    from siting.solver.analysis.regret import Explanation
    from siting.study.story import Story

SMALL_MULTIPLES = ("ci_g_per_kwh", "cdd21_k_day", "price_usd_per_mwh", "rtt_p90_ms_mean", "wue_l_per_kwh")
"""Default columns: grid intensity, heat, price, round trip, water."""

FULL_SOURCES = "data/datapackage.json"
POINT_PT2 = 26.0


@in_own_style
def plot_layer(
    column: str,
    places: pd.DataFrame | None = None,
    ax: Axes | None = None,
    view: str = "world",
    *,
    ground: Ground | None = None,
) -> Axes:
    """Draw any column of the candidates on a map.

    Parameters
    ----------
    column : str
        Numbers, or up to eight categories.
    places : pandas.DataFrame, optional
        With `lon`, `lat` [degrees] and the column, like `Problem.sites` or `candidate_facts(problem)`; default the
        156 well-known places that are shipped.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the sheet fills it (made for 11.69 : 8.27). Default a new figure of A4.
    view : str
        As for `draw_plan`.
    ground : Ground, optional
        What lies under the places; default the shipped ground.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, in the map's metres.

    Raises
    ------
    DataError
        There is no such column, it holds more than eight categories, or the places have no coordinates.
    SitingError
        The view is unknown.

    Examples
    --------
    >>> axes = plot_layer("cdd21_k_day", view="arctic")  # doctest: +SKIP
    """
    places = candidate_facts() if places is None else places
    layer, under = layer_of(column, places), (ground or ground_of()).plain()
    seen, ax = view_named(view, under.zones), sheet_axes(ax)
    title = field(column).label
    counts = f"Known for {layer.value.notna().sum():,} of {len(layer.value):,} places"
    return _draw_sheet(ax, seen, under, layer, (title[:1].upper() + title[1:], counts), column_sources([column]))


@in_own_style
def plot_layers(
    problem: "Problem",
    columns: Sequence[str] = SMALL_MULTIPLES,
    ax: Axes | None = None,
    *,
    ground: Ground | None = None,
) -> Axes:
    """Draw several columns of the candidates side by side, each on a map of the world.

    Parameters
    ----------
    problem : Problem
        Its candidates, their hubs and designs; see `candidate_facts`.
    columns : sequence of str
        One to five columns; default grid intensity, cooling degree-days, price, round trip and water.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the sheet fills it. Default a new figure of A4.
    ground : Ground, optional
        What lies under the places; default the shipped ground.

    Returns
    -------
    matplotlib.axes.Axes
        The axes of the sheet; the maps are its children.

    Raises
    ------
    DataError
        As `plot_layer` does, or there are no columns or more than five.
    """
    if not 1 <= len(columns) <= 5:
        raise DataError(f"{len(columns)} columns do not fit on a sheet: give one to five")
    facts, under = candidate_facts(problem), (ground or ground_of()).plain()
    layers = [layer_of(column, facts) for column in columns]
    ax = sheet_axes(ax)
    ax.set_axis_off()
    scale = text_scale(ax)
    counts = f"{len(facts):,} candidates that no limit excluded before solving"
    draw_headline(ax, f"{problem.scenario.name}: the candidates", counts)
    for k, layer in enumerate(layers):
        left, bottom = 0.015 + 0.495 * (k % 2), 0.645 - 0.302 * (k // 2)
        _small_map(ax, (left, bottom, 0.475, 0.235), under, layer, scale)
    place = (0.515, 0.03, 0.46, 0.26) if len(layers) > 3 else (0.03, 0.02, 0.94, 0.12)
    sources = pd.concat([column_sources(columns), under.sources])
    draw_caption(ax, caption(sources, WORLD, _layer_notes(layers), FULL_SOURCES), place)
    return ax


@in_own_style
def plot_regret(
    problem: "Problem",
    plan: "Plan",
    explanation: "Explanation",
    ax: Axes | None = None,
    view: str = "world",
    *,
    ground: Ground | None = None,
) -> Axes:
    """Draw the regret of every candidate: what the plan loses if it is forced in, or a built site forced out.

    Parameters
    ----------
    problem, plan, explanation : Problem, Plan, Explanation
        The numbers, the plan, and what `siting.explain` returns for it.
    ax, view, ground
        As for `plot_layer`.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, in the map's metres.

    Raises
    ------
    DataError
        The explanation names a site that the problem does not have.
    SitingError
        The view is unknown.
    """
    regrets = explanation.regret.set_index("site")
    sites = problem.sites.set_index("id")
    strangers = sorted(set(regrets.index) - set(sites.index))
    if strangers:
        raise DataError(
            f"{', '.join(strangers)}: not among this problem's candidates; pass the problem that was explained"
        )
    at = sites.loc[regrets.index]
    solved = np.isfinite(regrets["regret"].to_numpy(float))
    built = (regrets["forced"] == "out").to_numpy()
    bound = regrets["regret_at_least"].where(~built)  # the screening proves nothing of a built site
    value = pd.Series(np.where(solved, regrets["regret"], bound), dtype=float).replace(np.inf, np.nan)
    lon, lat = at["lon"].to_numpy(float), at["lat"].to_numpy(float)
    layer = Layer(lon, lat, value, np.zeros(len(at), bool), f"Regret [{explanation.unit}]")
    under = (ground or ground_of()).plain()
    seen, ax = view_named(view, under.zones), sheet_axes(ax)
    counts = f"{built.sum()} built, {(~built).sum()} rejected candidates; {solved.sum()} solved for exactly"
    loses = "What the plan loses if a candidate is forced in, or a built site out"
    head = (f"{plan.name}: regret of every candidate", f"{loses} · {counts}")
    none = regrets["status"].eq("infeasible").to_numpy()
    marks = {"s": built, "o": solved & ~built, "v": ~solved & ~built & ~none, "x": none & ~built}
    return _draw_sheet(ax, seen, under, layer, head, plan.sources, marks=marks)


def save_candidates_map(story: "Story", path: str | Path, what: str) -> Path:
    """Write a map of a plan's candidates.

    Parameters
    ----------
    story : Story
        Its scenario is prepared for this, and for `regret` solved with each site forced in or out.
    path : str or pathlib.Path
        File to write, ending in .png, .svg or .pdf.
    what : str
        `layers` for the columns of `plot_layers`, `regret` for `plot_regret`, or `layer:COLUMN`.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    SitingError
        Another ending or another word, or as `prepare`, `explain`, `plot_layer` and `plot_regret` do.
    """

    def draw(ax: Axes) -> Axes:
        if what == "layers":
            return plot_layers(story.problem, ax=ax)
        if what == "regret":
            return plot_regret(story.problem, story.plan, story.regrets, ax)
        if what.startswith("layer:"):
            return plot_layer(what.removeprefix("layer:"), candidate_facts(story.problem), ax)
        raise SitingError(f"unknown map of candidates {what!r}: use layers, regret or layer:COLUMN")

    return save_drawn(path, draw)


def _draw_sheet(
    ax: Axes, view: View, ground: Ground, layer: Layer, head: tuple[str, str], sources: pd.DataFrame,
    *, marks: Mapping[str, np.ndarray] | None = None,
) -> Axes:  # fmt: skip
    """Put one map, its legend and its caption on the sheet."""
    places = layout(view, inset=False)
    set_extent(ax, view.outline(), places.world)
    scale = text_scale(ax)
    draw_ground(ax, view, ground)
    draw_graticule_labels(ax, view, 6.0 * scale, meridians=True)
    if isinstance(view, RegionView):
        draw_scale_bar(ax, view, view.to_map(layer.lon, layer.lat))
    ramp, norm = draw_points(ax, view, layer, POINT_PT2 * scale**2, marks)
    draw_headline(ax, *head)
    left, bottom, width, height = places.legends
    if norm is not None:
        draw_bar(ax, (left, bottom + 0.8 * height, width, 0.058 * height), ramp, norm, layer_title(layer, norm))
    draw_key(ax, (left, bottom, width, 0.65 * height), layer, marks)
    seen = view.shows(layer.lon, layer.lat)
    notes = list(_layer_notes([layer]))
    if not seen.all():
        notes.append(f"{int((~seen).sum())} of {len(seen)} places lie beyond this map.")
    text = caption(pd.concat([sources, ground.sources]), view, (*notes, scale_note(ax)), FULL_SOURCES)
    draw_caption(ax, text, places.caption)
    return ax


def _small_map(ax: Axes, place: Rectangle, ground: Ground, layer: Layer, scale: float) -> None:
    """Draw one map of several, its colour bar below."""
    inset = ax.inset_axes(place)
    outline = WORLD.outline()
    reach = 1.01 * np.abs(outline).max(axis=0)
    inset.set(xlim=(-reach[0], reach[0]), ylim=(-reach[1], reach[1]), aspect="equal")
    inset.set_axis_off()
    draw_ground(inset, WORLD, ground)
    ramp, norm = draw_points(inset, WORLD, layer, SMALL_POINT_PT2 * scale**2, None)
    if norm is not None:
        left, bottom, width, _ = place
        draw_bar(ax, (left + 0.18 * width, bottom - 0.012, 0.64 * width, 0.011), ramp, norm, "")
    ax.text(
        place[0] + place[2] / 2, place[1] + place[3] + 0.006, layer_title(layer, norm), transform=ax.transAxes, ha="center",
        fontsize=8.0 * scale, color=INK,
    )  # fmt: skip


def _layer_notes(layers: Sequence[Layer]) -> tuple[str, ...]:
    hatched = sum(int(layer.hatched.sum()) for layer in layers)
    return (f"{hatched} values are an assumption or synthetic, and hatched.",) if hatched else ()
