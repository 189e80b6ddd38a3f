"""The sheet around a map: its layout, the headline, and a caption that names every source."""

import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from siting.kpis import KPIS
from siting.show.cartography.own_style import new_axes
from siting.show.cartography.projection import View
from siting.show.text.proof_text import gap_in_words

if TYPE_CHECKING:
    from siting.plan.plan import Plan

SHEET_INCHES = (11.69, 8.27)  # A4 landscape
METRES_PER_INCH = 0.0254
INK = "#1c2429"
SOFT_INK = "#4d5961"
ARC_COLOUR = "#0b4f8a"
HUB_COLOUR = "#14232e"
HUB_PT2 = 11.0

LARGEST_SITE_PT2 = 300.0  # the area of the largest site's mark
CAPTION_PT = 7.0
SMALLEST_CAPTION_PT = 3.6
CHARACTER_WIDTH_EM = 0.555  # mean of DejaVu Sans in running text, on the safe side
LINE_HEIGHT_EM = 1.18

Rectangle = tuple[float, float, float, float]  # left, bottom, width, height as shares of the sheet


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions of map, inset, legends and caption on the sheet."""

    world: Rectangle
    inset: Rectangle | None
    legends: Rectangle
    caption: Rectangle


def layout(view: View, *, inset: bool) -> Layout:
    """Return the layout: legends and caption below a world map, beside a polar one."""
    if view.beside:
        return Layout(
            world=(0.04, 0.03, 0.6, 0.84),
            inset=None,
            legends=(0.68, 0.54, 0.29, 0.33),
            caption=(0.68, 0.02, 0.305, 0.46),
        )
    left = 0.28 if inset else 0.03
    return Layout(
        world=(0.03, 0.235, 0.945, 0.655),
        inset=(0.01, 0.01, 0.25, 0.3534) if inset else None,
        legends=(left, 0.03, 0.25, 0.19),
        caption=(left + 0.275, 0.012, 0.985 - left - 0.275, 0.212),
    )


def set_extent(ax: Axes, outline: np.ndarray, rectangle: Rectangle) -> None:
    """Scale the axes, in map metres, so that the map's outline fits a rectangle of the sheet."""
    (west, south), (east, north) = outline.min(axis=0), outline.max(axis=0)
    left, bottom, width, height = rectangle
    aspect = SHEET_INCHES[1] / SHEET_INCHES[0]
    sheet_m = max((east - west) / width, (north - south) / height / aspect)
    sheet_high_m = sheet_m * aspect
    x = (west + east) / 2 - (left + width / 2) * sheet_m
    y = (south + north) / 2 - (bottom + height / 2) * sheet_high_m
    ax.set_xlim(x, x + sheet_m)
    ax.set_ylim(y, y + sheet_high_m)
    ax.set_aspect("equal")
    ax.set_axis_off()


def scale_note(ax: Axes) -> str:
    """Return the map's scale on a sheet of A4, for a caption."""
    west, east = ax.get_xlim()
    return f"Scale on A4 about 1:{(east - west) / (SHEET_INCHES[0] * METRES_PER_INCH) / 1e6:.0f} million."


def text_scale(ax: Axes) -> float:
    """Return the width of the axes over that of an A4 sheet: text is scaled by it."""
    return float(ax.bbox.width / ax.figure.dpi / SHEET_INCHES[0])


def headline(plan: "Plan") -> tuple[str, str]:
    """Return the plan's name with its status, and the line of its figures.

    Parameters
    ----------
    plan : Plan
        A plan with sites.

    Returns
    -------
    tuple of str
        Title and figures; a missing figure is written as unknown.
    """
    gap = getattr(plan, "gap", None)
    proof = "" if gap is None or plan.status == "optimal" else f", gap {gap_in_words(gap)}"
    figures = [_figure(plan.kpis, name, form) for name, form in HEADLINE.items()]
    if "emissions_market_g_per_eflop" in plan.kpis:  # the plan's accounting basis, and its figure on the other one
        bases = ("market", "location")
        mine, other = bases if plan.scenario.minimise.carbon.basis == "market" else bases[::-1]
        figures[0] += f" by {mine} ({plan.kpis[f'emissions_{other}_g_per_eflop']:,.3g} by {other})"
    return f"{plan.name}: {plan.status.replace('_', ' ')}{proof}", "  ·  ".join(figures)


HEADLINE = {
    "emissions_g_per_eflop": "{:,.3g} {unit}",
    "emissions_t_per_year": "{:,.0f} {unit}",
    "cost_usd_per_eflop": "{:,.3g} {unit}",
    "it_mw": "{:,.0f} MW IT",
    "renewable_share": "{:.0%} renewable",
    "rtt_p90_ms_max": "worst p90 RTT {:.0f} {unit}",
}
"""KPIs of the headline and their formats."""


def caption(sources: pd.DataFrame, view: View, notes: tuple[str, ...], full: str = "plan.json") -> str:
    """Return notes, projection and tables of a map, each table with its short citation.

    Every table is named once; tables of the same citation share an entry.

    Parameters
    ----------
    sources : pandas.DataFrame
        Table, source, year, licence and, as shipped tables have it, a short citation.
    view : View
        The projection.
    notes : tuple of str
        Further sentences.
    full : str, optional
        File with the full sources.

    Returns
    -------
    str
        Running text.
    """
    listed = sources.fillna("").astype(str).drop_duplicates("table")
    year = listed["year"].where(listed["year"] != "", "no year")
    cited = listed["citation"] if "citation" in listed else listed["source"] + ", " + year + ", " + listed["licence"]
    groups = listed.groupby(cited.to_numpy(), sort=False)["table"]
    named = [f"{_tables(list(tables))}: {citation}" for citation, tables in groups]
    code = "" if view.epsg is None else f" (EPSG:{view.epsg})"
    shown = f"Projection: {view.projection}{code}."
    return " ".join([*notes, shown, f"Data (full sources, licences and quality in {full}): " + "; ".join(named) + "."])


def sheet_axes(ax: Axes | None) -> Axes:
    """Return axes that fill a sheet: those given, or those of a new figure of A4."""
    return new_axes(SHEET_INCHES, full=True) if ax is None else ax


def draw_headline(ax: Axes, title: str, figures: str) -> None:
    """Write a title and a line of figures above the map."""
    scale = text_scale(ax)
    for height, text, size_pt, colour, weight in (
        (0.985, title, 15.0, INK, "bold"),
        (0.945, figures, 9.5, SOFT_INK, "normal"),
    ):
        ax.text(
            0.02, height, text, transform=ax.transAxes, va="top", ha="left",
            fontsize=size_pt * scale, color=colour, fontweight=weight,
        )  # fmt: skip


def draw_caption(ax: Axes, text: str, rectangle: Rectangle) -> None:
    """Write the caption into its rectangle, smaller when it is long."""
    scale = text_scale(ax)
    left, bottom, width, height = rectangle
    wide_pt, high_pt = width * SHEET_INCHES[0] * 72, height * SHEET_INCHES[1] * 72
    size_pt = CAPTION_PT
    while True:
        columns = int(wide_pt / (size_pt * CHARACTER_WIDTH_EM))
        lines = textwrap.wrap(text, columns, break_on_hyphens=False)
        if len(lines) * size_pt * LINE_HEIGHT_EM <= high_pt or size_pt <= SMALLEST_CAPTION_PT:
            break
        size_pt -= 0.2
    ax.text(
        left, bottom + height, "\n".join(lines), transform=ax.transAxes, va="top", ha="left",
        fontsize=size_pt * scale, color=SOFT_INK, linespacing=1.15, gid="caption",
    )  # fmt: skip


def _tables(names: list[str]) -> str:
    """Return the tables of one citation, a common stem once (`rtt_fit_*`)."""
    first, last = min(names), max(names)
    stem = first[: next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]
    return f"{stem}*" if len(names) > 2 and stem.endswith(("_", "-")) else ", ".join(names)


def _figure(kpis: Mapping[str, Any], name: str, form: str) -> str:
    """Return one figure of the headline, or that it is unknown."""
    value = kpis.get(name)
    if value is None or not math.isfinite(value):
        return f"{name} unknown"
    return form.format(value, unit=KPIS[name].unit).replace("%", " %")
