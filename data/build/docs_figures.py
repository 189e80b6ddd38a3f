"""Figures of docs/data.md: what the shipped tables cover, and how their values are spread."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from PIL import Image

from siting.limits import Screen
from siting.limits.screen import RULES
from siting.show.cartography.basemap import BORDER, HATCH_COLOUR, OUTLINE, UNKNOWN, UNKNOWN_HATCH
from siting.show.cartography.projection import WORLD
from siting.world import places
from siting.world.hazards import CELL_DEGREE
from siting.world.tables import read_arrays, read_geo, read_table

HERE = Path(__file__).parent
BLUE, ORANGE, GREY = "#0072b2", "#e69f00", "#9aa3a8"
"""Okabe and Ito's blue and orange, distinguishable with every kind of colour vision; grey for what is not known."""

QUALITY_COLOURS = {"observed": BLUE, "derived": "#56b4e9", "modelled": ORANGE, "unverified": "#cc79a7"}
COLOURS_OF_A_PNG = 48
SIZE_INCHES, DPI = (7.0, 3.7), 100

CAPTIONS = {
    "images/data-intensity-map.png": (
        "Life-cycle carbon intensity of the grid zones, hatched where unknown. Electricity Maps (ODbL 1.0); ground: "
        "Natural Earth, drawn in Equal Earth."
    ),
    "images/data-price-map.png": (
        "Zones with an industrial electricity price, hatched where there is none. Eurostat, EIA, utilities, others; "
        "ground: Natural Earth, drawn in Equal Earth."
    ),
    "images/data-sites.png": (
        "Candidate sites with a climate, and hubs. GeoNames (CC BY 4.0), ERA5 (Copernicus), operators' regions; ground: "
        "Natural Earth, drawn in Equal Earth."
    ),
    "images/data-hazards.png": (
        "Tropical storms of 64 kt or more a decade within 200 km, and Holocene volcanoes. IBTrACS 1980-2023 (NOAA), "
        "Smithsonian GVP; ground: Natural Earth."
    ),
    "images/data-cdd21.png": "Cooling degree-days above 21 C of the candidate sites. ERA5 (Copernicus), CRU CL 2.0.",
    "images/data-intensity.png": "Life-cycle carbon intensity of the grid zones, latest year. Electricity Maps (ODbL 1.0).",
    "images/data-prices.png": "Industrial electricity prices of the grid zones by quality. Eurostat, EIA, utilities, others.",
    "images/data-rtt.png": (
        "Share of unseen pairs whose round trip is within the stated p90, by region pair. Fitted on pings of 2020, each "
        "city held out in turn; the goal is 0.87 to 0.95 overall."
    ),
    "images/data-screens.png": (
        "Candidate sites by what each rule of the default screen says of them alone. World Bank, FAO, Smithsonian GVP, "
        "IBTrACS; the sanctions list is unverified."
    ),
}
"""File below ``docs/`` to caption."""


def _ground(ax: Axes) -> None:
    """Draw the edge of the world and its land, and leave out the axes: a map says its projection in the caption."""
    edge = WORLD.outline()
    ax.plot(edge[:, 0], edge[:, 1], color=OUTLINE, linewidth=0.6)
    WORLD.polygons(read_geo("ground")).plot(ax=ax, color="#e4e4de", edgecolor="none", aspect=None)
    ax.set_aspect("equal")
    ax.set_axis_off()


def _zones(ax: Axes, values: pd.Series, ramp: str, most: float, label: str) -> None:
    """Paint zones by a value; those without one are hatched."""
    edge = WORLD.outline()
    ax.plot(edge[:, 0], edge[:, 1], color=OUTLINE, linewidth=0.6)
    land = read_geo("ground")[["zone_id", "geometry"]].merge(values.rename("value"), on="zone_id", how="left")
    drawn = WORLD.polygons(land)
    unknown = drawn[drawn["value"].isna()]
    norm = Normalize(0.0, most, clip=True)
    with mpl.rc_context({"hatch.linewidth": 0.3}):
        unknown.plot(ax=ax, facecolor=UNKNOWN, edgecolor=HATCH_COLOUR, hatch=UNKNOWN_HATCH, linewidth=0.2, aspect=None)
    known = drawn[drawn["value"].notna()]
    known.plot(ax=ax, color=mpl.colormaps[ramp](norm(known["value"])), edgecolor=BORDER, linewidth=0.2, aspect=None)
    colours = mpl.cm.ScalarMappable(norm, ramp)
    ax.figure.colorbar(colours, ax=ax, orientation="horizontal", shrink=0.5, pad=0.02, label=label, extend="max")
    ax.set_aspect("equal")
    ax.set_axis_off()


def latest_intensity() -> pd.Series:
    """Return the newest life-cycle intensity of each zone [gCO2e/kWh]."""
    table = read_table("zone_intensity").sort_values("year").drop_duplicates("zone_id", keep="last")
    return table.set_index("zone_id")["ci_lifecycle_g_per_kwh"]


def intensity_map(ax: Axes) -> None:
    """Paint the zones by intensity."""
    _zones(ax, latest_intensity(), "cividis", 900.0, "life-cycle carbon intensity [gCO2e/kWh]")


def price_map(ax: Axes) -> None:
    """Paint the zones by price."""
    prices = read_table("zones").set_index("zone_id")["price_usd_per_mwh"]
    _zones(ax, prices, "viridis", 250.0, "industrial electricity price [USD/MWh]")


def sites_map(ax: Axes) -> None:
    """Mark sites and hubs."""
    _ground(ax)
    climate = read_table("climate")
    with_climate = set(climate.loc[climate["set"] == "sites", "id"])
    sites, hubs = read_table("sites"), read_table("hubs")
    known = sites["id"].isin(with_climate)
    for rows, colour, mark, size, label in (
        (sites[known], BLUE, "o", 7, f"{known.sum():,} sites with a climate"),
        (sites[~known], GREY, "x", 14, f"{(~known).sum():,} sites without"),
        (hubs, ORANGE, "^", 9, f"{len(hubs):,} hubs"),
    ):
        if len(rows):
            x, y = WORLD.to_map(rows["lon"], rows["lat"]).T
            ax.scatter(x, y, s=size, c=colour, marker=mark, linewidths=0.4, label=label)
    ax.legend(loc="lower left", fontsize=7, frameon=False, markerscale=2)


def hazards_map(ax: Axes) -> None:
    """Paint cyclones, and mark volcanoes."""
    _ground(ax)
    storms = read_arrays("hazard_grids")["cyclone_64kt_per_decade_x100"] / 100.0
    row, column = np.nonzero(storms >= 1.0)
    lon, lat = -180.0 + CELL_DEGREE * (column + 0.5), -90.0 + CELL_DEGREE * (row + 0.5)
    x, y = WORLD.to_map(lon, lat).T
    dots = ax.scatter(x, y, s=1.2, c=storms[row, column], cmap="viridis_r", vmin=1, vmax=20, marker="s", linewidths=0)
    volcanoes = read_table("volcanoes")
    x, y = WORLD.to_map(volcanoes["lon"], volcanoes["lat"]).T
    ax.scatter(x, y, s=4, c="#d55e00", marker="^", linewidths=0, label=f"{len(volcanoes):,} Holocene volcanoes")
    ax.legend(loc="lower left", fontsize=7, frameon=False, markerscale=2)
    label = "storms of 64 kt a decade within 200 km"
    ax.figure.colorbar(dots, ax=ax, orientation="horizontal", shrink=0.5, pad=0.02, label=label, extend="max")


def cdd_histogram(ax: Axes) -> None:
    """Count sites by cooling degree-days."""
    climate = read_table("climate")
    values = climate.loc[climate["set"] == "sites", "cdd21_k_day"].dropna()
    ax.hist(values, bins=np.arange(0, values.max() + 100, 100), color=BLUE)
    ax.set(xlabel="cooling degree-days above 21 C [K day]", ylabel="sites", title=f"{len(values):,} sites")


def intensity_histogram(ax: Axes) -> None:
    """Count zones by intensity."""
    values = latest_intensity().dropna()
    ax.hist(values, bins=np.arange(0, values.max() + 50, 50), color=BLUE)
    ax.set(xlabel="life-cycle carbon intensity [gCO2e/kWh]", ylabel="grid zones", title=f"{len(values):,} zones")


def price_histogram(ax: Axes) -> None:
    """Count zones by price and its quality."""
    zones = read_table("zones")
    known = zones[zones["price_usd_per_mwh"].notna()]
    groups = {q: g["price_usd_per_mwh"] for q, g in known.groupby("price_quality")}
    order = [q for q in QUALITY_COLOURS if q in groups]
    bins = np.arange(0, known["price_usd_per_mwh"].max() + 20, 20)
    labels = [f"{q} ({len(groups[q])})" for q in order]
    ax.hist([groups[q] for q in order], bins, stacked=True, color=[QUALITY_COLOURS[q] for q in order], label=labels)
    missing = len(zones) - len(known)
    ax.set(xlabel="price [USD/MWh]", ylabel="grid zones", title=f"{len(known):,} zones with a price, {missing} without")
    ax.legend(frameon=False)


def rtt_bars(ax: Axes) -> None:
    """Show the coverage of the p90 by region pair."""
    told = json.loads((HERE / "accuracy_latency.json").read_text(encoding="utf-8"))
    pairs = pd.DataFrame(told["p90_coverage_by_region_pair"]).T.sort_values("coverage")
    ax.axhspan(0.87, 0.95, color="#e4e4de", label="goal overall: 0.87 to 0.95")
    ax.axhline(told["p90_coverage"], color=ORANGE, label=f"all pairs: {told['p90_coverage']:.3f}")
    ax.axhline(0.80, color=GREY, linestyle="--", label="least of each region pair: 0.80")
    ax.scatter(np.arange(len(pairs)), pairs["coverage"], s=12 + pairs["n"] / 60, color=BLUE)
    lowest = ", ".join(str(p).replace("_", " ") for p in pairs.index[:2])
    ax.set(xlabel=f"{len(pairs)} region pairs, the least covered first (area: number of pairs); lowest: {lowest}")
    ax.xaxis.label.set_size(7)
    ax.set(ylabel="share within the stated p90 [1]", ylim=(0.7, 1.0), xticks=[])
    ax.legend(frameon=False, fontsize=7, loc="lower right")


def screen_bars(ax: Axes) -> None:
    """Count sites that each rule removes, passes or does not know."""
    sites = places.starter_sites()
    off = {rule.threshold: False for rule in RULES}
    default = {k: v for k, v in Screen().model_dump().items() if k in off}
    asked = [rule for rule in RULES if default[rule.threshold] is not False]
    rows = []
    for rule in asked:
        alone = Screen(**(off | {rule.threshold: default[rule.threshold]}))
        rows.append((len(alone.drop_sites(sites)), len(alone.unknowns(sites))))
    out, unknown = np.array(rows).T
    at = np.arange(len(asked))
    ax.barh(at, out, color=ORANGE, label="left out")
    ax.barh(at, unknown, left=out, color=GREY, label="unknown: the rule does not act")
    ax.barh(at, len(sites) - out - unknown, left=out + unknown, color="#cfe3f1", label="passes")
    names = [f"{rule.threshold} {default[rule.threshold]:g}".replace("sanctions 1", "sanctions") for rule in asked]
    ax.set_yticks(at, names, fontsize=8)
    ax.invert_yaxis()
    ax.set(xlabel=f"candidate sites (of {len(sites):,})")
    ax.legend(frameon=False, fontsize=7, ncols=3, loc="lower center", bbox_to_anchor=(0.4, 1.0))


DRAW: dict[str, Callable[[Axes], None]] = dict(
    zip(
        CAPTIONS,
        (
            intensity_map,
            price_map,
            sites_map,
            hazards_map,
            cdd_histogram,
            intensity_histogram,
            price_histogram,
            rtt_bars,
            screen_bars,
        ),
        strict=True,
    )
)
"""What draws each file."""


def draw_all(docs: Path) -> None:
    """Draw every figure as a small PNG.

    Parameters
    ----------
    docs : Path
        The ``docs`` folder.
    """
    for path, draw in DRAW.items():
        figure, ax = plt.subplots(figsize=SIZE_INCHES, dpi=DPI, layout="constrained")
        ax.spines[["top", "right"]].set_visible(False)
        draw(ax)
        held = io.BytesIO()
        figure.savefig(held, format="png")
        plt.close(figure)
        held.seek(0)
        few = Image.open(held).convert("RGB").quantize(COLOURS_OF_A_PNG, dither=Image.Dither.NONE)
        few.save(docs / path, optimize=True)
