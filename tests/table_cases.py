"""Random tables of places as people write them, with the values that they mean."""

import csv
import io
from dataclasses import dataclass

from hypothesis import strategies as st

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1")
SEPARATORS = (",", ";", "\t", "|")
LON_NAMES = ("lon", "Lon", "lng", "Longitude", "LONGITUDE", "long", "lon (deg)", "Longitude [°]")
LAT_NAMES = ("lat", "LAT", "latitude", "Latitude", "lat_deg", "latitude [deg]")
LETTERS = "abcxyzABC åöüéñß"


@dataclass(frozen=True)
class Dialect:
    """How a table is written: encoding, separator, decimal mark, index column, quotes, comments, ends of lines."""

    encoding: str
    separator: str
    comma: bool
    index: bool
    quoting: int
    comment: bool
    trailing: bool
    end: str
    degrees: str
    lon_name: str
    lat_name: str


@st.composite
def dialects(draw: st.DrawFn) -> Dialect:
    """Draw a dialect; decimal commas only where cells are not separated by commas."""
    separator = draw(st.sampled_from(SEPARATORS))
    return Dialect(
        encoding=draw(st.sampled_from(ENCODINGS)),
        separator=separator,
        comma=separator != "," and draw(st.booleans()),
        index=draw(st.booleans()),
        quoting=draw(st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC))),
        comment=draw(st.booleans()),
        trailing=draw(st.booleans()),
        end=draw(st.sampled_from(("\n", "\r\n", "\r"))),
        degrees=draw(st.sampled_from(("number", "minus", "letter", "sign", "dms"))),
        lon_name=draw(st.sampled_from(LON_NAMES)),
        lat_name=draw(st.sampled_from(LAT_NAMES)),
    )


@dataclass(frozen=True)
class Place:
    """A row: a name, degrees in whole seconds of arc, and a power in kW."""

    name: str
    lon_s: int
    lat_s: int
    plants_kw: int | None

    @property
    def degrees(self) -> tuple[float, float]:
        """Longitude and latitude."""
        return self.lon_s / 3600, self.lat_s / 3600


names = (
    st.text(st.sampled_from(LETTERS + ",;|'\"()#-."), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda t: any(c.isascii() and c.isalpha() for c in t) and not t.startswith(("#", '"')))
)
places = st.lists(
    st.builds(
        Place,
        names,
        st.integers(-180 * 3600, 180 * 3600),
        st.integers(-90 * 3600, 90 * 3600),
        st.none() | st.integers(0, 10**8).filter(lambda kw: kw % 1000 != 0),
    ),
    min_size=1,
    max_size=8,
)


def degree_text(seconds: int, sides: str, way: str) -> str:
    """Return an angle in one way of writing: `sides` holds the letters of positive and negative."""
    size, side = abs(seconds), sides[seconds < 0]
    if way == "dms":
        return f"{size // 3600}° {size // 60 % 60}\u2032 {size % 60}″ {side}"
    text = f"{size / 3600:.9f}"
    if way == "letter":
        return f"{text} {side}"
    sign = {"minus": "\u2212", "number": "-", "sign": "-"}[way] if seconds < 0 else ""
    return f"{sign}{text}{'°' if way == 'sign' else ''}"


def written(rows: list[Place], how: Dialect) -> bytes | None:
    """Return the bytes of a table; None where the encoding lacks a character."""
    mark = (lambda t: t.replace(".", ",")) if how.comma else (lambda t: t)
    out = io.StringIO()
    head = ["name", how.lon_name, how.lat_name, "plants_mw_150km"]
    table = csv.writer(out, delimiter=how.separator, lineterminator=how.end, quoting=how.quoting)
    if how.comment:
        out.write(f"# places of 2026{how.end}")
    more = [""] if how.trailing else []
    table.writerow(([""] if how.index else []) + head + more)
    for k, row in enumerate(rows):
        cells = [row.name, degree_text(row.lon_s, "EW", how.degrees), degree_text(row.lat_s, "NS", how.degrees)]
        plants = "" if row.plants_kw is None else f"{row.plants_kw / 1000:.3f}"
        cells = [cells[0], *map(mark, cells[1:]), mark(plants)]
        table.writerow(([str(k)] if how.index else []) + cells + more)
    try:
        return out.getvalue().encode(how.encoding)
    except UnicodeEncodeError:
        return None
