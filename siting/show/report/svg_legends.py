"""The legends of the report's map, as drawings in the page: they print, scale and can be read by a screen reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import Normalize

from siting.show.cartography.basemap import GROUND_NORM
from siting.show.cartography.legends import colour_norm, nice_sizes_mw, round_ticks, sites_title
from siting.show.figures.maps import SITE_RAMP
from siting.show.report.interactive_map import hexes, palettes, site_sizes_px

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.study.map_data import Ground

STOPS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A colour bar: its title, colours from left to right, and ticks as (position [0-1], text)."""

    title: str
    colours: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Legends:
    """Meaning of colour and size of sites, and the grey of the ground on a light and a dark page."""

    sites: Bar
    ground: Bar
    ground_dark: tuple[str, ...]
    sizes: tuple[tuple[float, str], ...]


def map_legends(plan: "Plan", ground: "Ground") -> Legends:
    """Return the legends of a plan's map.

    Parameters
    ----------
    plan : Plan
        A plan with sites.
    ground : Ground
        The zones under it.

    Returns
    -------
    Legends
        Colour bars with units, and diameters [px] of round sizes [MW].
    """
    norm = colour_norm(plan.sites["emissions_g_per_eflop"].to_numpy(float))
    stops = np.linspace(0.0, 1.0, STOPS)
    ramp = tuple(hexes(SITE_RAMP(stops)))
    looks = palettes()
    light, dark = (ground_bar(ground, looks[name]["ground"]) for name in ("light", "dark"))
    it_mw = plan.sites["it_mw"].to_numpy(float)
    sizes = [mw for mw in nice_sizes_mw(float(it_mw.max())) if mw > 0]
    drawn = site_sizes_px(np.array([*sizes, float(it_mw.max())]))[:-1]
    return Legends(
        Bar(sites_title(ground, norm), ramp, _ticks(norm)),
        light,
        dark.colours,
        tuple((float(px), f"{mw:,.3g} MW") for px, mw in zip(drawn, sizes, strict=True)),
    )


def ground_bar(ground: "Ground", ramp: Sequence[str]) -> Bar:
    """Return the colour bar of the ground.

    Parameters
    ----------
    ground : Ground
        Its year and method are in the title.
    ramp : sequence of str
        The colours of the ground on a light or on a dark page.

    Returns
    -------
    Bar
        Carbon intensity of the grids [gCO2e/kWh].
    """
    colours = tuple(ramp[round(s * (len(ramp) - 1))] for s in np.linspace(0.0, 1.0, STOPS))
    return Bar(ground.title, colours, _ticks(GROUND_NORM))


def _ticks(norm: Normalize) -> tuple[tuple[float, str], ...]:
    """Return round values along a scale."""
    return tuple((float(norm(v)), f"{v:,g}") for v in round_ticks(norm))
