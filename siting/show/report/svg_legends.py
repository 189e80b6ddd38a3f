"""The legends of the report's map, as drawings in the page: they print, scale and can be read aloud."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import LogLocator, MaxNLocator

from siting.show.cartography.basemap import GROUND_NORM
from siting.show.cartography.legends import ROUND_STEPS, colour_norm, nice_sizes_mw
from siting.show.report.interactive_map import palettes, site_sizes_px

if TYPE_CHECKING:
    from siting.plan.plan import Plan

STOPS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A colour bar: its title, colours from left to right, and ticks as (share of the way, text)."""

    title: str
    colours: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Legends:
    """What colour and size of sites mean, and the grey of the ground on a light and a dark page."""

    sites: Bar
    ground: Bar
    ground_dark: tuple[str, ...]
    sizes: tuple[tuple[float, str], ...]


def map_legends(plan: "Plan") -> Legends:
    """Return the legends of a plan's map.

    Parameters
    ----------
    plan : Plan
        A plan with sites.

    Returns
    -------
    Legends
        Colour bars with units, and diameters [px] of round sizes [MW].
    """
    norm = colour_norm(plan.sites["emissions_g_per_eflop"].to_numpy(float))
    scale = ", log scale" if isinstance(norm, LogNorm) else ""
    stops = np.linspace(0.0, 1.0, STOPS)
    viridis = tuple(mpl.colors.to_hex(c) for c in mpl.colormaps["viridis"](stops))
    looks = palettes()
    ground, dark = (ground_bar(looks[name]["ground"]) for name in ("light", "dark"))
    it_mw = plan.sites["it_mw"].to_numpy(float)
    sizes = [mw for mw in nice_sizes_mw(float(it_mw.max())) if mw > 0]
    drawn = site_sizes_px(np.array([*sizes, float(it_mw.max())]))[:-1]
    return Legends(
        Bar(f"Site: emissions [gCO2e/EFLOP]{scale}", viridis, _ticks(norm)),
        ground,
        dark.colours,
        tuple((float(px), f"{mw:,.3g} MW") for px, mw in zip(drawn, sizes, strict=True)),
    )


def ground_bar(ramp: Sequence[str]) -> Bar:
    """Return the colour bar of the ground.

    Parameters
    ----------
    ramp : sequence of str
        The colours of the ground on a light or on a dark page.

    Returns
    -------
    Bar
        Life-cycle carbon of the grids [gCO2e/kWh].
    """
    colours = tuple(ramp[round(s * (len(ramp) - 1))] for s in np.linspace(0.0, 1.0, STOPS))
    return Bar("Ground: grid, life-cycle average [gCO2e/kWh]", colours, _ticks(GROUND_NORM))


def _ticks(norm: Normalize) -> tuple[tuple[float, str], ...]:
    """Return round values along a scale."""
    low, high = float(norm.vmin or 0.0), float(norm.vmax or 1.0)
    finder = LogLocator(subs=ROUND_STEPS) if isinstance(norm, LogNorm) else MaxNLocator(nbins=6)
    inside = [v for v in finder.tick_values(low, high) if low <= v <= high]
    return tuple((float(norm(v)), f"{v:,g}") for v in inside)
