"""Text files of the planner: bounded in size, decoded from the encodings that spreadsheets write, never unpacked."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from siting.errors import ScenarioError, SitingError

MOST_BYTES = 32_000_000
"""Size of the largest file of the planner that is read [bytes] (our choice: 20 times a table of 8,760 hours)."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
"""Byte order mark, codec, and name; the longer mark before the shorter one that it begins with."""

_UNPACK = "unpack it first"
_AS_CSV = "save the sheet as CSV (UTF-8)"
_AS_TEXT = "give a text file"
_FORMATS = (
    (b"\x1f\x8b", "compressed (gzip)", _UNPACK),
    (b"BZh", "compressed (bzip2)", _UNPACK),
    (b"\xfd7zXZ", "compressed (xz)", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)", _UNPACK),
    (b"7z\xbc\xaf", "compressed (7z)", _UNPACK),
    (b"PK\x03\x04", "a zip archive or a workbook (xlsx, ods)", f"{_UNPACK}, or {_AS_CSV}"),
    (b"\xd0\xcf\x11\xe0", "a workbook (xls)", _AS_CSV),
    (b"SQLite format 3", "a SQLite database", "give a GeoPackage the suffix .gpkg, or export it as GeoJSON"),
    (b"PAR1", "a Parquet table", "give it the suffix .parquet, or export it as GeoJSON"),
    (b"%PDF", "a PDF", _AS_TEXT),
)
"""First bytes of files that are not text, what they are, and what to do."""
WORKBOOKS = {
    ".xlsx": "a workbook (xlsx)",
    ".xlsm": "a workbook (xlsm)",
    ".ods": "a workbook (ods)",
    ".numbers": "a workbook",
}
"""Suffixes of workbooks that are zip archives."""


@dataclass(frozen=True)
class TextFile:
    """The text of a file, and what was assumed to decode it.

    Attributes
    ----------
    text : str
        Without byte order mark.
    notes : tuple of str
        A sentence for the encoding where it is not UTF-8, else none.
    """

    text: str
    notes: tuple[str, ...] = ()


def read_bytes(path: Path, advice: str, error: type[SitingError] = ScenarioError) -> bytes:
    """Return the bytes of a file of the planner.

    Parameters
    ----------
    path : pathlib.Path
        A regular file of at most `MOST_BYTES`.
    advice : str
        What to give, for the message.
    error : type of SitingError, optional
        Error to raise.

    Returns
    -------
    bytes
        All of the file.

    Raises
    ------
    SitingError
        No such file, a folder or a pipe, no right to read it, or too large.
    """
    try:
        if not path.is_file():
            why = "no such file" if not path.exists() else "not a file"
            raise error(f"cannot read {path} ({why}): {advice}")
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise error(f"{path.name} has {size:,} bytes, more than {MOST_BYTES:,}: {advice} of what is needed only")
        return path.read_bytes()
    except (OSError, ValueError) as failed:  # ValueError: a NUL in the name
        why = getattr(failed, "strerror", None) or str(failed)
        raise error(f"cannot read {path} ({why}): {advice}") from failed


def read_text(path: Path, advice: str, error: type[SitingError] = ScenarioError) -> TextFile:
    r"""Return the text of a file in UTF-8, UTF-16, UTF-32, or Windows-1252 (which holds Latin-1).

    Parameters
    ----------
    path : pathlib.Path
        A regular file of at most `MOST_BYTES`, not compressed.
    advice : str
        What to give, for the message: `give a CSV file`.
    error : type of SitingError, optional
        Error to raise.

    Returns
    -------
    TextFile
        Text and notes.

    Raises
    ------
    SitingError
        The file cannot be read, is not text, or its encoding is not one of these.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "own.csv")
    ...     _ = file.write_bytes("Luleå".encode("cp1252"))
    ...     read_text(file, "give a CSV file")
    TextFile(text='Luleå', notes=('own.csv is not UTF-8: read as Windows-1252, for example `Luleå`',))
    """
    raw = read_bytes(path, advice, error)
    for start, what, remedy in _FORMATS:
        if raw.startswith(start):
            named = WORKBOOKS.get(path.suffix.lower())
            what, remedy = (named, _AS_CSV) if named and "workbook" in what else (what, remedy)  # noqa: PLW2901
            raise error(f"{path.name} is {what}, not text: {remedy}")
    text, encoding = decode(raw)
    if text is None or "\0" in text:
        found = "holds NUL characters" if text is not None else "is in an encoding that is not recognised"
        raise error(f"{path.name} {found}: {advice}{'' if 'UTF-8' in advice else ', saved as UTF-8'}")
    if re.match(r"\s*<(!doctype html|html|head|body|table)\b", text, re.IGNORECASE):
        raise error(f"{path.name} is an HTML page, not a table of text: {_AS_CSV}")
    if encoding == "UTF-8":
        return TextFile(text)
    sample = re.search(r"[^\s,;|]*[^\x00-\x7f][^\s,;|]*", text)
    example = f", for example `{sample[0][:30]}`" if sample and encoding == "Windows-1252" else ""
    return TextFile(text, (f"{path.name} is not UTF-8: read as {encoding}{example}",))


def decode(raw: bytes) -> tuple[str | None, str]:
    """Return the text of bytes, without a byte order mark, and the name of its encoding; no text where none fits.

    Every file of a planner is decoded here; what a reader accepts of it is its own choice.
    """
    for mark, codec, name in _MARKS:
        if raw.startswith(mark):
            try:
                return raw.decode(codec).removeprefix("\ufeff"), "UTF-8" if codec == "utf-8" else name
            except UnicodeDecodeError:
                return None, name
    # without a mark, UTF-16 of mostly Latin text has a NUL in every second byte
    for codec, zeros in (("utf-16-le", raw[1::2]), ("utf-16-be", raw[::2])):
        if len(raw) >= 4 and len(raw) % 2 == 0 and zeros.count(0) > 0.7 * len(zeros):
            try:
                return raw.decode(codec), "UTF-16"
            except UnicodeDecodeError:
                return None, "UTF-16"
    for codec, name in (("utf-8", "UTF-8"), ("cp1252", "Windows-1252")):
        try:
            return raw.decode(codec), name
        except UnicodeDecodeError:
            continue
    return None, ""
