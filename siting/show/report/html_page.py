"""What every report page is made of: a template, scripts that may run by their checksum, figures, a picture for paper."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.errors import DataError, SitingError

if TYPE_CHECKING:
    from bokeh.plotting import figure
    from matplotlib.figure import Figure

    from siting.show.report.report_tables import Sheet

PAGE = Path(__file__).parent / "page"
PRINT_DPI = 180
PRINT_QUALITY = 82
LARGEST_BYTES = 6_000_000
"""A report is to be mailed: larger, and it says so instead of being written."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, what it says in a sentence, and its figures as a table."""

    key: str
    title: str
    words: str
    table: "Sheet"


def checked_path(path: str | Path) -> Path:
    """Return where a report goes, before the work is done in vain.

    Raises
    ------
    SitingError
        The ending is not `.html`.
    DataError
        There is no such folder.
    """
    path = Path(path)
    if path.suffix.lower() != ".html":
        raise SitingError(f"cannot write a report as {path.name!r}: end it in .html")
    if not path.parent.is_dir():
        raise DataError(f"cannot write the report to {path} (no such folder): choose another place")
    return path


def write_page(page: str, path: Path, way_out: str) -> Path:
    """Write a page and return where it is.

    Raises
    ------
    SitingError
        It would be above 6 MB; `way_out` says what to do then.
    DataError
        The file cannot be written.
    """
    text = page.encode()
    if len(text) > LARGEST_BYTES:
        raise SitingError(
            f"the report would have {len(text) / 1e6:.1f} MB, above {LARGEST_BYTES / 1e6:.0f} MB: {way_out}"
        )
    try:
        path.write_bytes(text)
    except OSError as error:
        raise DataError(f"cannot write the report to {path} ({error.strerror}): choose another place") from error
    return path


def as_picture(sheet: "Figure") -> str:
    """Return a figure as a data URL, small enough to be mailed and sharp enough to be printed."""
    from PIL import Image

    raw, small = BytesIO(), BytesIO()
    sheet.savefig(raw, dpi=PRINT_DPI, facecolor="white", format="png")
    with Image.open(raw) as picture:
        picture.convert("RGB").save(small, format="WEBP", quality=PRINT_QUALITY)
    return f"data:image/webp;base64,{b64encode(small.getvalue()).decode()}"


def embedded(figures: Mapping[str, "figure"]) -> dict[str, Any]:
    """Return the figures as the library in the page reads them."""
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
        autoescape=True, loader=FileSystemLoader(PAGE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return home.get_template(template).render(
        **sections,
        scripts=[Markup(s) for s in scripts],  # noqa: S704  (ours and the library's, never a user's words)
        style=Markup((PAGE / "report.css").read_text(encoding="utf-8")),  # noqa: S704
        data=_as_script(data),
        hashes=Markup(hashes),  # noqa: S704
    )


def _as_script(data: Mapping[str, Any]) -> Any:
    """Return data as JSON that may stand in a script element: no word in it can close the element."""
    from markupsafe import Markup

    text = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(safe)  # noqa: S704
