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
from siting.show.cartography.labels import draw_site_labels, name_of
from siting.show.cartography.layers import SMALL_POINT_PT2, Layer, draw_key, draw_points, layer_of, layer_title
from siting.show.cartography.legends import draw_bar
from siting.show.cartography.map_layout import (
    EFLOP_NOTE,
    INK,
    SHEET_INCHES,
    SMALL_TEXT_PT,
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
from siting.show.cartography.projection import WIDE_ASPECT, View
from siting.show.cartography.region import RegionView, draw_scale_bar
from siting.show.cartography.views import FIT, cropped, fitted, view_named
from siting.show.figures.maps import MOST_LOST_NAMED, positions, save_drawn, with_positions
from siting.study.map_data import Ground, candidate_facts, column_sources, ground_of

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.problem.problem import Problem
    from siting.solver.analysis.regret import Explanation
    from siting.study.story import Story

SMALL_MULTIPLES = ("ci_g_per_kwh", "cdd21_k_day", "price_usd_per_mwh", "rtt_p90_ms_mean", "wue_l_per_kwh")
"""Default columns: grid intensity, heat, price, round trip, water."""

FULL_SOURCES = "data/datapackage.json"
SMALL_KEY, SMALL_TITLE = 0.06, 0.032
"""Room beside a small map for its colour bar, and above it for its title, as shares of the sheet."""
FEW_POINTS = 40
"""Number of places from which on their marks are smaller."""
MOST_SMALL_NAMED = 15
"""Candidates are named on small maps where there are no more."""
HEAD_BOTTOM = 0.905
"""Where the head of a sheet ends, as a share of its height."""
ROUNDING = 1e-9
"""A regret below this share of the largest one is rounding of the solver."""
POINT_PT2 = 26.0


@in_own_style
def plot_layer(
    column: str,
    places: pd.DataFrame | None = None,
    ax: Axes | None = None,
    view: str = FIT,
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
    places = with_positions(candidate_facts() if places is None else places)
    layer, under = layer_of(column, places), (ground or ground_of()).plain()
    seen, ax = view_named(view, under.zones, positions(places)), sheet_axes(ax)
    title = field(column).label
    counts = f"Known for {layer.value.notna().sum():,} of {len(layer.value):,} places"
    head = (title[:1].upper() + title[1:], counts)
    return _draw_sheet(ax, seen, under, layer, head, column_sources([column]), names=_names(places))


@in_own_style
def plot_layers(
    problem: "Problem",
    columns: Sequence[str] = SMALL_MULTIPLES,
    ax: Axes | None = None,
    *,
    ground: Ground | None = None,
) -> Axes:
    """Draw several columns of the candidates side by side, each on a map that shows all of them.

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
    view = cropped(fitted(positions(facts)), facts["lat"].to_numpy(float))
    cells = _cells(view, len(layers))
    for layer, cell in zip(layers, cells[:-1], strict=True):
        _small_map(ax, cell, view, under, layer, scale, _names(facts) if len(facts) <= MOST_SMALL_NAMED else None)
    sources = pd.concat([column_sources(columns), under.sources])
    draw_caption(ax, caption(sources, view, _layer_notes(layers), FULL_SOURCES), cells[-1])
    return ax


def _cells(view: View, maps: int) -> list[Rectangle]:
    """Return the rooms of some maps on a sheet, and that of the caption; three in a row where the map is high."""
    across = 2 if np.divide(*np.ptp(view.outline(), axis=0)) >= WIDE_ASPECT else 3
    down = maps // across + 1
    wide, high = 1.0 / across, HEAD_BOTTOM / down
    rooms = [
        (wide * (k % across) + 0.012, HEAD_BOTTOM - high * (k // across + 1) + 0.012, wide - 0.024, high - 0.018)
        for k in range(maps + 1)
    ]
    left, bottom, _, height = rooms[-1]
    return [*rooms[:-1], (left, bottom, 0.985 - left, height)]


def _names(places: pd.DataFrame) -> pd.DataFrame | None:
    """Return what names places on a map, or None where they are too many or have no names."""
    if len(places) > MOST_LOST_NAMED or not {"id", "name"} <= set(places):
        return None
    return places[["id", "name"]].assign(it_mw=np.nan)


@in_own_style
def plot_regret(
    problem: "Problem",
    plan: "Plan",
    explanation: "Explanation",
    ax: Axes | None = None,
    view: str = FIT,
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
    value = pd.Series(np.where(solved, regrets["regret"], np.nan), dtype=float)  # a bound has no colour
    value = value.where(~(value.abs() < ROUNDING * value.abs().max()), 0.0)
    lon, lat = at["lon"].to_numpy(float), at["lat"].to_numpy(float)
    layer = Layer(lon, lat, value, np.zeros(len(at), bool), f"Regret [{explanation.unit}]")
    under = (ground or ground_of()).plain()
    seen, ax = view_named(view, under.zones, positions(at, plan.sites, plan.hubs)), sheet_axes(ax)
    counts = f"{built.sum()} built, {(~built).sum()} not built; {solved.sum()} solved for exactly"
    loses = "What the plan loses if a candidate is forced in, or a built site out"
    head = (f"{plan.name}: regret of every candidate", f"{loses} · {counts}")
    bound = regrets["regret_at_least"].to_numpy(float)
    words = [_regret_words(*one) for one in zip(regrets.index, at["name"], value, bound, built, strict=True)]
    names = pd.DataFrame({"id": regrets.index, "name": at["name"], "it_mw": value.to_numpy(), "label": words})
    none = regrets["status"].eq("infeasible").to_numpy()
    marks = {"s": built, "o": solved & ~built, "v": ~solved & ~built & ~none, "x": none & ~built}
    return _draw_sheet(ax, seen, under, layer, head, plan.sources, marks=marks, names=names)


def _regret_words(site: object, name: object, value: float, bound: float, built: object) -> str:
    """Return the name of a candidate and its regret, or what is proven of it; of a built site nothing is by a bound."""
    if np.isfinite(value):
        return f"{name_of(name, site)} {value:,.3g}"
    return name_of(name, site) + (f" ≥ {bound:,.3g}" if np.isfinite(bound) and bound > ROUNDING and not built else "")


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
    *, marks: Mapping[str, np.ndarray] | None = None, names: pd.DataFrame | None = None,
) -> Axes:  # fmt: skip
    """Put one map, its legend and its caption on the sheet."""
    places = layout(view, inset=False)
    set_extent(ax, view.outline(), places.world)
    scale = text_scale(ax)
    draw_ground(ax, view, ground)
    draw_graticule_labels(ax, view, SMALL_TEXT_PT * scale, meridians=True)
    if isinstance(view, RegionView):
        draw_scale_bar(ax, view, view.to_map(layer.lon, layer.lat))
    size_pt2 = POINT_PT2 * scale**2
    ramp, norm = draw_points(ax, view, layer, size_pt2, marks)
    if names is not None:
        _draw_names(ax, view, layer, names, size_pt2, scale)
    draw_headline(ax, *head)
    left, bottom, width, height = places.legends
    if norm is not None:
        draw_bar(ax, (left, bottom + 0.8 * height, width, 0.058 * height), ramp, norm, layer_title(layer, norm))
    draw_key(ax, (left, bottom, width, 0.65 * height), layer, marks)
    seen = view.shows(layer.lon, layer.lat)
    notes = [*([EFLOP_NOTE] if "EFLOP" in layer.label else []), *_layer_notes([layer])]
    if not seen.all():
        notes.append(f"{int((~seen).sum())} of {len(seen)} places lie beyond this map.")
    text = caption(pd.concat([sources, ground.sources]), view, (*notes, scale_note(ax)), FULL_SOURCES)
    draw_caption(ax, text, places.caption)
    return ax


def _small_map(
    ax: Axes, cell: Rectangle, view: View, ground: Ground, layer: Layer, scale: float, names: pd.DataFrame | None
) -> None:
    """Draw one map of several, its title above and its colour bar or key beside it."""
    left, bottom, width, height = cell
    place = (left, bottom, width - SMALL_KEY, height - SMALL_TITLE)
    inset = ax.inset_axes(place)
    outline = view.outline()
    (west, south), (east, north) = outline.min(axis=0), outline.max(axis=0)
    sheet = SHEET_INCHES[0] / SHEET_INCHES[1] * place[2] / place[3]
    wide, high = 1.01 * np.maximum([east - west, north - south], [(north - south) * sheet, (east - west) / sheet])
    low = (south + north - high) / 2.0
    inset.set(xlim=(west - 0.005 * wide, west + 0.995 * wide), ylim=(low, low + high), aspect="equal")
    inset.set_axis_off()
    draw_ground(inset, view, ground)
    size_pt2 = SMALL_POINT_PT2 * scale**2 * min(1.0, FEW_POINTS / max(len(layer.lon), 1)) ** 0.5
    ramp, norm = draw_points(inset, view, layer, size_pt2, None)
    if names is not None:
        _draw_names(inset, view, layer, names, size_pt2, scale)
    if norm is not None:
        drawn = min(1.0, (east - west) / wide) * place[2]  # the map may be narrower than its room
        draw_bar(ax, (left + drawn + 0.008, bottom + 0.01, 0.011, place[3] - 0.02), ramp, norm, "", upright=True)
    else:
        draw_key(ax, (left + place[2], bottom, SMALL_KEY, place[3]), layer, None)
    ax.text(
        left, bottom + height - 0.004, layer_title(layer, norm), transform=ax.transAxes, ha="left", va="top",
        fontsize=9.0 * scale, color=INK,
    )  # fmt: skip


def _draw_names(
    ax: Axes, view: View, layer: Layer, names: pd.DataFrame, size_pt2: float, scale: float
) -> None:  # fmt: skip
    """Name the places that a map shows, those with a number first and the least of them before the others."""
    seen = np.flatnonzero(view.shows(layer.lon, layer.lat))
    shown = names.iloc[seen]
    order = np.argsort(shown["it_mw"].to_numpy(float), kind="stable")
    draw_site_labels(
        ax, shown.iloc[order], view.to_map(layer.lon[seen], layer.lat[seen])[order], sizes_pt2=np.full(len(seen), size_pt2),
        hubs=np.empty((0, 2)), edge=view.outline(), scale=scale,
    )  # fmt: skip


def _layer_notes(layers: Sequence[Layer]) -> tuple[str, ...]:
    hatched = sum(int(layer.hatched.sum()) for layer in layers)
    return (f"{hatched} values are an assumption or synthetic, and hatched.",) if hatched else ()
