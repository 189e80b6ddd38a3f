"""The frame of every report page: a template, scripts allowed by checksum, figures, and a picture for paper."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.errors import DataError, SitingError, printable
from siting.plan.output_folder import write_file
from siting.show.cartography.map_layout import SHEET_INCHES

if TYPE_CHECKING:
    from bokeh.plotting import figure
    from matplotlib.axes import Axes

    from siting.show.report.report_tables import ReportTable

PAGE = Path(__file__).parent / "page"
PRINT_DPI = 180
PRINT_QUALITY = 82
LARGEST_BYTES = 6_000_000
"""Largest page that is written: a report is to be mailed."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, a sentence about it, and its figures as a table."""

    key: str
    title: str
    words: str
    table: "ReportTable"


def checked_path(path: str | Path) -> Path:
    """Return the path of a report; refuse one that cannot be written before the page is made.

    Raises
    ------
    SitingError
        The ending is not `.html`.
    DataError
        The folder does not exist.
    """
    path = Path(path)
    if path.suffix.lower() != ".html":
        raise SitingError(f"cannot write a report as {path.name!r}: end it in .html")
    if not path.parent.is_dir():
        raise DataError(f"cannot write the report to {path} (no such folder): choose another folder")
    return path


def write_page(page: str, path: Path, advice: str) -> Path:
    """Write a page and return its path.

    Raises
    ------
    SitingError
        It would be above 6 MB; `advice` is how to make it smaller.
    DataError
        The file cannot be written.
    """
    text = page.encode()
    if len(text) > LARGEST_BYTES:
        size = f"{len(text) / 1e6:.1f} MB, above {LARGEST_BYTES / 1e6:.0f} MB"
        raise SitingError(f"the report would have {size}: {advice}")
    try:
        write_file(path, text)
    except OSError as error:
        raise DataError(f"cannot write the report to {path} ({error.strerror}): choose another folder") from error
    return path


def drawn_picture(
    draw: "Callable[[Axes], object]",
    *,
    inches: tuple[float, float] = SHEET_INCHES,
    place: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0),
) -> str:
    """Return what `draw` draws on axes as a data URL, small enough to be mailed and sharp enough to be printed."""
    from matplotlib.figure import Figure
    from PIL import Image

    from siting.show.cartography.own_style import own_style

    raw, small = BytesIO(), BytesIO()
    with own_style():
        sheet = Figure(figsize=inches)
        draw(sheet.add_axes(place))
        sheet.savefig(raw, dpi=PRINT_DPI, facecolor="white", format="png")
    with Image.open(raw) as picture:
        picture.convert("RGB").save(small, format="WEBP", quality=PRINT_QUALITY)
    return f"data:image/webp;base64,{b64encode(small.getvalue()).decode()}"


def embedded(figures: Mapping[str, "figure"]) -> dict[str, Any]:
    """Return the figures as JSON for the bokeh library in the page."""
    from bokeh.embed import json_item

    return {key: dict(json_item(drawn, f"figure-{key}")) for key, drawn in figures.items()}


def assembled(template: str, sections: Mapping[str, Any], data: Mapping[str, Any], *, with_figures: bool) -> str:
    """Fill a page: text is escaped by the template, data by `_as_script`, and only our scripts may run."""
    from bokeh.resources import Resources
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    library = Resources(mode="inline", components=["bokeh"]).js_raw if with_figures else []
    scripts = [*library, (PAGE / "report.js").read_text(encoding="utf-8")]
    hashes = " ".join(f"'sha256-{b64encode(sha256(s.encode()).digest()).decode()}'" for s in scripts)
    home = Environment(
        autoescape=True, loader=FileSystemLoader(PAGE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else _as_printed(value),
    )  # fmt: skip
    return home.get_template(template).render(
        **sections,
        scripts=[Markup(s) for s in scripts],  # noqa: S704  (ours and the library's, never a user's text)
        style=Markup((PAGE / "report.css").read_text(encoding="utf-8")),  # noqa: S704
        data=_as_script(data),
        hashes=Markup(hashes),  # noqa: S704
    )


def _as_printed(value: Any) -> Any:
    """Return a value, or values nested in mappings and lists, with every text as it is printed."""
    if isinstance(value, str):
        return printable(value, keep="\n\t")
    if isinstance(value, Mapping):
        return {key: _as_printed(v) for key, v in value.items()}
    return [_as_printed(v) for v in value] if isinstance(value, (list, tuple)) else value


def _as_script(data: Mapping[str, Any]) -> Any:
    """Return data as JSON for a script element: nothing in it can close the element."""
    from markupsafe import Markup

    text = json.dumps(_as_printed(data), separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(safe)  # noqa: S704
