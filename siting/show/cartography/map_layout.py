"""The sheet around a map: its layout, the headline, and a caption that names every source."""

import math
import re
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
from siting.show.text.site_text import counted

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
LOST_COLOUR, EXCLUDED_COLOUR = "#5a3d2b", "#8a6f60"
SMALL_TEXT_PT = 7.0
"""Smallest text of a sheet of A4: what is smaller is not read in print."""
CAPTION_PT = 7.5
CHARACTER_WIDTH_EM = 0.53  # mean of DejaVu Sans in running text
LINE_HEIGHT_EM = 1.17
TITLE_PT, TITLE_CHARACTERS = 15.0, 78
FIGURES_PT, FIGURES_CHARACTERS = 9.5, 138
"""Largest size of title and figures, and the number of characters from which on they are drawn smaller."""
EFLOP_NOTE = "1 EFLOP = 10¹⁸ operations."
CITED = "figures, tariffs and laws cited row by row"
CITED_ENDS, LAW = ("row by row", "cited in the pack"), "15 CFR"
"""Citations of tables whose rows cite one page or law each."""

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
            caption=(0.68, 0.015, 0.31, 0.48),
        )
    left = 0.265 if inset else 0.03
    return Layout(
        world=(0.03, 0.235, 0.945, 0.655),
        inset=(0.005, 0.01, 0.25, 0.3534) if inset else None,
        legends=(left, 0.03, 0.26, 0.19),
        caption=(left + 0.28, 0.008, 0.99 - left - 0.28, 0.217),
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
    return f"Scale on A4 about 1:{(east - west) / (SHEET_INCHES[0] * METRES_PER_INCH) / 1e6:.3g} million."


def text_scale(ax: Axes) -> float:
    """Return the width of the axes over that of an A4 sheet: text is scaled by it."""
    return float(ax.bbox.width / ax.figure.dpi / SHEET_INCHES[0])


def headline(plan: "Plan") -> tuple[str, str]:
    """Return what is built and where, and the line of its figures, which begins with its status.

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
    status = plan.status.replace("_", " ") + proof
    figures = [_figure(plan.kpis, name, form) for name, form in HEADLINE.items()]
    if "emissions_market_g_per_eflop" in plan.kpis:  # the plan's accounting basis, and its figure on the other one
        bases = ("market", "location")
        mine, other = bases if plan.scenario.minimise.carbon.basis == "market" else bases[::-1]
        figures[0] += f" by {mine} ({plan.kpis[f'emissions_{other}_g_per_eflop']:,.3g} by {other})"
    built = f"{plan.sites['it_mw'].sum():,.0f} MW at {counted(len(plan.sites), 'site')}"
    return f"{plan.name}: {built}{_countries(plan.sites)}", "  ·  ".join([status, *figures])


def _countries(sites: pd.DataFrame) -> str:
    """Return in which countries the sites are, those with most power first."""
    if "country" not in sites:
        return ""
    power = sites.groupby("country", sort=False)["it_mw"].sum().sort_values(ascending=False, kind="stable")
    more = len(power) - MOST_COUNTRIES
    names = [str(c) for c in power.index[:MOST_COUNTRIES]] + ([f"{more} more"] if more > 0 else [])
    return f" in {' and '.join([', '.join(names[:-1]), names[-1]] if len(names) > 1 else names)}"


MOST_COUNTRIES = 3
"""Countries that a headline names."""

HEADLINE = {
    "emissions_g_per_eflop": "{:,.3g} {unit}",
    "emissions_t_per_year": "{:,.0f} {unit}",
    "cost_usd_per_eflop": "{:,.3g} {unit}",
    "renewable_share": "{:.0%} renewable",
    "rtt_p90_ms_max": "worst p90 RTT {:.0f} {unit}",
}
"""KPIs of the headline and their formats."""


def caption(sources: pd.DataFrame, view: View, notes: tuple[str, ...], full: str = "plan.json") -> str:
    """Return notes, projection and sources of a map: who measured or published what it shows, each once.

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
    code = "" if view.epsg is None else f" (EPSG:{view.epsg})"
    shown = f"Projection: {view.projection}{code}."
    return " ".join([*notes, shown, f"Sources (tables and licences in {full}): {credits_of(sources)}."])


def credits_of(sources: pd.DataFrame) -> str:
    """Return the sources of some tables by their names, each once; figures that are cited row by row at the end.

    Parameters
    ----------
    sources : pandas.DataFrame
        Table, source, year, licence and, as shipped tables have it, a short citation.

    Examples
    --------
    >>> cited = ["GeoNames (CC BY), WRI (CC BY)", "tariffs, cited row by row", "Natural Earth", "GeoNames (CC BY)"]
    >>> credits_of(pd.DataFrame({"table": list("abcd"), "citation": cited}))
    'GeoNames (CC BY), WRI (CC BY); Natural Earth; figures, tariffs and laws cited row by row'
    """
    listed = sources.fillna("").astype(str).drop_duplicates("table")
    short, source, year, licence = (
        listed[c] if c in listed else pd.Series("", index=listed.index)
        for c in ("citation", "source", "year", "licence")
    )
    whole = source + ", " + year.where(year != "", "no year") + ", " + licence
    row_by_row = short.str.endswith(CITED_ENDS) | short.str.startswith(LAW)
    named: list[str] = []
    seen: set[str] = set()
    for citation in dict.fromkeys(short[(short != "") & ~row_by_row]):
        parts = [part for part in re.split(r"[,;] (?![^(]*\))", citation) if part.lower() not in seen]
        seen |= {part.lower() for part in parts}
        named += [", ".join(parts)] if parts else []
    if (short == "").any():
        named += dict.fromkeys(whole[short == ""])
    named.sort(key=lambda text: "(" not in text)  # licences that ask to be named stand first
    return "; ".join([*named, *([CITED] if row_by_row.any() else [])])


def sheet_axes(ax: Axes | None) -> Axes:
    """Return axes that fill a sheet: those given, or those of a new figure of A4."""
    return new_axes(SHEET_INCHES, full=True) if ax is None else ax


def draw_headline(ax: Axes, title: str, figures: str) -> None:
    """Write a title and a line of figures above the map."""
    scale = text_scale(ax)
    for height, text, size_pt, most, colour, weight in (
        (0.985, title, TITLE_PT, TITLE_CHARACTERS, INK, "bold"),
        (0.945, figures, FIGURES_PT, FIGURES_CHARACTERS, SOFT_INK, "normal"),
    ):
        fitting_pt = max(size_pt * min(1.0, most / max(len(text), 1)), SMALL_TEXT_PT)
        ax.text(
            0.02, height, text, transform=ax.transAxes, va="top", ha="left",
            fontsize=fitting_pt * scale, color=colour, fontweight=weight,
        )  # fmt: skip


def draw_caption(ax: Axes, text: str, rectangle: Rectangle) -> None:
    """Write the caption into its rectangle, smaller when it is long; what does not fit at 7 pt is left to the files."""
    scale = text_scale(ax)
    left, bottom, width, height = rectangle
    wide_pt, high_pt = width * SHEET_INCHES[0] * 72, height * SHEET_INCHES[1] * 72
    size_pt = CAPTION_PT
    while True:
        columns = int(wide_pt / (size_pt * CHARACTER_WIDTH_EM))
        most = int(high_pt / (size_pt * LINE_HEIGHT_EM))
        lines = textwrap.wrap(text, columns, break_on_hyphens=False)
        if len(lines) <= most or size_pt <= SMALL_TEXT_PT:
            break
        size_pt = max(size_pt - 0.1, SMALL_TEXT_PT)
    if len(lines) > most:
        lines = textwrap.wrap(text, columns, break_on_hyphens=False, max_lines=most, placeholder=" ... and more.")
    ax.text(
        left, bottom + height, "\n".join(lines), transform=ax.transAxes, va="top", ha="left",
        fontsize=size_pt * scale, color=SOFT_INK, linespacing=1.15, gid="caption",
    )  # fmt: skip


def _figure(kpis: Mapping[str, Any], name: str, form: str) -> str:
    """Return one figure of the headline, or that it is unknown."""
    value = kpis.get(name)
    if value is None or not math.isfinite(value):
        return f"{KPIS[name].label} unknown"
    return form.format(float(f"{value:.6g}"), unit=KPIS[name].unit).replace("%", " %")
