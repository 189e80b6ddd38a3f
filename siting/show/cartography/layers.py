"""Values of places as marks on a map: a column of values, their colours, their hatches and their key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.lines import Line2D

from siting.errors import DataError
from siting.kpis import field
from siting.show.cartography.legends import colour_norm, log_note
from siting.show.cartography.map_layout import INK, SMALL_TEXT_PT, SOFT_INK, Rectangle, text_scale
from siting.show.cartography.projection import View

LAYER_RAMP: Colormap = mpl.colormaps["cividis"]  # made for the colour-blind
CLASS_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#000000")
"""Okabe and Ito 2008, Color universal design: eight colours that everybody can distinguish."""

GUESSED = ("assumption", "synthetic")
"""Quality words whose places are hatched."""
SMALL_POINT_PT2 = 22.0
QUALITY_COLUMNS: Mapping[str, str] = {
    "cdd18_k_day": "climate_quality",
    "cdd21_k_day": "climate_quality",
    "ci_direct_g_per_kwh": "ci_quality",
    "ci_g_per_kwh": "ci_quality",
    "ci_lifecycle_g_per_kwh": "ci_quality",
    "price_usd_per_mwh": "price_quality",
    "renewable_share": "share_quality",
    "carbon_free_share": "share_quality",
}
"""Column that holds the quality of a column's values."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Places with one value each.

    Attributes
    ----------
    lon, lat : numpy.ndarray
        Positions [degrees].
    value : pandas.Series
        Numbers, or up to eight categories.
    hatched : numpy.ndarray
        Whether the value is an assumption, or synthetic.
    label : str
        Name of the values, with their unit.
    """

    lon: np.ndarray
    lat: np.ndarray
    value: pd.Series
    hatched: np.ndarray
    label: str


REGRET_KEY = {
    "s": "built: regret if closed",
    "o": "not built: regret if forced in",
    "v": "not built: only a lower bound is proven",
    "x": "no plan exists with it",
}
"""Meaning of the marks of a regret map."""


def layer_of(column: str, places: pd.DataFrame) -> Layer:
    """Return a column of places as a layer.

    Raises
    ------
    DataError
        There is no such column, it holds more than eight categories, or the places have no coordinates.

    Examples
    --------
    >>> layer_of("it_mw", pd.DataFrame({"lon": [0.0], "lat": [60.0], "it_mw": [40.0]})).label
    'IT power [MW]'
    """
    missing = [c for c in ("lon", "lat", column) if c not in places]
    if missing:
        shown = ", ".join(sorted(map(str, places.columns)))
        raise DataError(f"the places lack the column {', '.join(missing)}; their columns are {shown}")
    values = places[column].reset_index(drop=True)
    if values.dtype == bool:
        values = values.map({True: "yes", False: "no"})
    numeric = pd.api.types.is_numeric_dtype(values)
    if not numeric and values.nunique() > len(CLASS_COLOURS):
        raise DataError(f"`{column}` has {values.nunique()} categories: a map shows at most {len(CLASS_COLOURS)}")
    quality = QUALITY_COLUMNS.get(column, f"{column}_quality")
    guessed = places[quality].isin(GUESSED).to_numpy() if quality in places else np.zeros(len(places), bool)
    return Layer(places["lon"].to_numpy(float), places["lat"].to_numpy(float), values, guessed, field(column).heading())


def draw_points(
    ax: Axes, view: View, layer: Layer, size_pt2: float, marks: Mapping[str, np.ndarray] | None
) -> tuple[Colormap, Normalize | None]:
    """Draw the places in the order of their values, the unknown ones first and empty; return ramp and scale."""
    limits = {"xlim": ax.get_xlim(), "ylim": ax.get_ylim()}
    seen = view.shows(layer.lon, layer.lat)
    points = view.to_map(layer.lon, layer.lat)
    known = layer.value.notna().to_numpy()
    shapes = marks or {"o": np.ones(len(known), bool)}
    edge = 0.35 * text_scale(ax) * np.sqrt(size_pt2 / SMALL_POINT_PT2)
    colour, norm = _colours(layer)
    for mark, of_it in shapes.items():
        unknown = seen & ~known & of_it
        look: dict[str, Any] = {"facecolor": "#ffffffb0", "edgecolor": SOFT_INK} if mark != "x" else {"color": SOFT_INK}
        ax.scatter(
            points[unknown, 0], points[unknown, 1], s=0.8 * size_pt2, marker=mark, linewidth=edge, zorder=5, **look
        )
        for hatch, part in ((None, ~layer.hatched), ("//////", layer.hatched)):
            drawn = np.flatnonzero(seen & known & of_it & part)
            order = drawn[np.argsort(layer.value.iloc[drawn].to_numpy(), kind="stable")]
            if len(order):
                with mpl.rc_context({"hatch.linewidth": 0.5}):
                    ax.scatter(
                        points[order, 0], points[order, 1], s=size_pt2 * (1.6 if mark == "s" else 1.0), c=colour[order], marker=mark,
                        edgecolor=INK if hatch or mark == "s" else "white", linewidth=edge, hatch=hatch, zorder=6,
                    )  # fmt: skip
    ax.set(**limits)
    return LAYER_RAMP, norm


def _colours(layer: Layer) -> tuple[np.ndarray, Normalize | None]:
    """Return the colour of each place, and the scale where the values are numbers."""
    if pd.api.types.is_numeric_dtype(layer.value):
        values = layer.value.to_numpy(float)
        norm = colour_norm(values)
        return np.asarray(LAYER_RAMP(norm(np.nan_to_num(values, nan=norm.vmin or 0.0)))), norm
    words = _words(layer)
    at = [words.index(v) if isinstance(v, str) else 0 for v in layer.value]
    return np.array([mpl.colors.to_rgba(CLASS_COLOURS[k]) for k in at]), None


def _words(layer: Layer) -> list[str]:
    return sorted(str(v) for v in layer.value.dropna().unique())


def layer_title(layer: Layer, norm: Normalize | None) -> str:
    """Return the title of a layer's colour bar."""
    return layer.label[:1].upper() + layer.label[1:] + log_note(norm)


def draw_key(ax: Axes, place: Rectangle, layer: Layer, marks: Mapping[str, np.ndarray] | None) -> None:
    """Draw the key: categories, the hatch of a guess, the empty ring, and the marks of a regret map."""
    scale = text_scale(ax)
    inset = ax.inset_axes(place)
    inset.set_axis_off()
    look: dict[str, Any] = {"linestyle": "none", "markeredgecolor": INK, "markersize": 5.5 * scale}
    handles: list[Line2D] = []
    if not pd.api.types.is_numeric_dtype(layer.value):
        handles += [
            Line2D([], [], marker="o", color=CLASS_COLOURS[k], label=w, **look) for k, w in enumerate(_words(layer))
        ]
    for mark, of_it in (marks or {}).items():
        if of_it.any():
            fill = "white" if mark == "v" else "#b8bec2"
            handles.append(Line2D([], [], marker=mark, markerfacecolor=fill, label=REGRET_KEY[mark], **look))
    if layer.hatched.any():
        with mpl.rc_context({"text.parse_math": True}):  # the mark is a formula of our own
            handles.append(Line2D([], [], marker="$////$", color=INK, label="an assumption, or synthetic", **look))
    never = np.any([of_it for mark, of_it in (marks or {}).items() if mark in "xv"], axis=0)
    if (layer.value.isna() & ~never).any():
        empty = "unknown" if marks is None else "empty: not solved for"
        handles.append(
            Line2D([], [], marker="o" if marks is None else "s", markerfacecolor="none", label=empty, **look)
        )
    if handles:
        inset.legend(
            handles=handles, loc="upper left", bbox_to_anchor=(0, 1), frameon=False, fontsize=SMALL_TEXT_PT * scale, borderpad=0,
            borderaxespad=0, handletextpad=0.6, labelcolor=SOFT_INK, ncols=1 if len(handles) < 6 else 2,
        )  # fmt: skip
