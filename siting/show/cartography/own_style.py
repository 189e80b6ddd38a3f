"""The one place where a figure meets matplotlib's settings: our own style, our font, and text that is never read as mathematics."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import TYPE_CHECKING, Literal

import matplotlib as mpl
import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text

from siting.errors import printable

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

FONT = "DejaVu Sans"
"""Ships with matplotlib: Latin, Greek, Cyrillic and some more; no Chinese, Japanese or Korean."""

OURS = {"font.family": [FONT], "text.usetex": False, "text.parse_math": False, "svg.hashsalt": "siting"}
"""Settings besides matplotlib's defaults: names with `$`, `_` or a backslash are drawn as they are."""


@contextmanager
def own_style() -> Iterator[None]:
    """Set matplotlib's defaults and ours in place of the user's matplotlibrc, which holds again afterwards.

    The first figure of a notebook makes matplotlib interactive. That is kept, since otherwise no later figure of the
    notebook would be shown.
    """
    with mpl.style.context(["default", OURS]):
        yield
        interactive = mpl.is_interactive()
    mpl.interactive(interactive)


def in_own_style[**Parameters](draw: Callable[Parameters, Axes]) -> Callable[Parameters, Axes]:
    """Make a function draw in our own style; what its font lacks is drawn as escapes, without a warning."""

    @wraps(draw)
    def drawn(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Axes:
        with own_style():
            axes = draw(*args, **kwargs)
            for text in axes.findobj(Text):
                shown = drawable(text.get_text())
                if shown != text.get_text():
                    text.set_text(shown)
        return axes

    return drawn


def drawable(text: str, instead: str | None = None) -> str:
    r"""Return text that the font can draw: `instead`, or escapes, where it lacks a letter.

    Examples
    --------
    >>> drawable("Luleå Αθήνα"), drawable("東京", "tokyo")
    ('Luleå Αθήνα', 'tokyo')
    >>> print(drawable("東京"))
    \u6771\u4eac
    """
    shown = printable(text, keep="\n")
    if instead is not None and not has_glyphs(text):
        return drawable(instead)
    return "".join(c if c == "\n" or ord(c) in _glyphs() else c.encode("unicode_escape").decode() for c in shown)


def has_glyphs(text: str) -> bool:
    """Return whether the font has every letter of a text."""
    return _glyphs().issuperset(map(ord, printable(text, keep="\n").replace("\n", "")))


def new_axes(inches: tuple[float, float], *, full: bool = False) -> Axes:
    """Return axes of a new figure [inch]; in a notebook it is shown, without a display it is drawn all the same.

    `full` axes fill the figure, others leave room for their labels.
    """
    layout: Literal["constrained"] | None = None if full else "constrained"
    figure: Figure | SubFigure
    try:
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=inches, layout=layout)
    except (ImportError, RuntimeError, ValueError):  # the backend of the user's settings is not there
        figure = Figure(figsize=inches, layout=layout)
        FigureCanvasAgg(figure)
    return figure.add_axes((0.0, 0.0, 1.0, 1.0)) if full else figure.add_subplot()


@cache
def _glyphs() -> frozenset[int]:
    """Return the characters that both weights of the font have."""
    files = (findfont(FontProperties(family=[FONT], weight=weight)) for weight in ("normal", "bold"))
    return frozenset.intersection(*(frozenset(get_font(str(file)).get_charmap()) for file in files))
