"""Numbers and degrees as people write them in tables: decimal commas, typographic minus signs, degrees, N/S/E/W."""

import math
import re

_DASHES = dict.fromkeys(map(ord, "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d"), "-")
_SPACES = "\u00a0\u2007\u2009\u202f"
_GROUPS = rf"[ {_SPACES}'\u2019]"
_LOOK_ALIKE = (("°", "\u00ba\u02da"), ("'", "\u2032\u2019\u2018\u00b4`"), ('"', "\u2033\u201d\u201c"))
_MARKS = {ord(c): mark for mark, signs in _LOOK_ALIKE for c in signs}
_PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_GROUPED = re.compile(rf"[+-]?[0-9]{{1,3}}({_GROUPS}[0-9]{{3}})+([.,][0-9]*)?")
_WITH_UNIT = re.compile(r"(?P<number>[+-]?[0-9][0-9.,]*)\s*(?P<unit>[A-Za-zµ%‰°$€£][^0-9]*)")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+([eE][+-]?[0-9]+)?")
_MISSING = {"na", "n/a", "nan", "null", "none", "nil", "-", "--", "?", "x", "unknown", "#n/a", "."}
_DEGREES = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<d>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*(?:°|deg|:|\s)?\s*"
    r"(?:(?P<m>[0-9]+(?:\.[0-9]*)?)\s*(?:'|:|\s)?\s*(?:(?P<s>[0-9]+(?:\.[0-9]*)?)\s*(?:\"|'')?)?)?",
    re.IGNORECASE,
)
_REMEDY = "write a number with a decimal point"
_DMS_LETTERS = re.compile(r"([+-]?[0-9]+)d([0-9]+)m([0-9.]+)s([NSEW]?)")
_SIDES = {"N": ("lat", 1), "S": ("lat", -1), "E": ("lon", 1), "W": ("lon", -1)}


class NotANumberError(ValueError):
    """A cell is not a number; the text is what to write."""


def number(text: str, *, decimal_comma: bool = False) -> float:
    r"""Return the finite number that a cell holds.

    A minus sign may be typographic, digits may be grouped by spaces or apostrophes in threes.

    Parameters
    ----------
    text : str
        The cell.
    decimal_comma : bool, optional
        Whether the file writes decimal commas.

    Returns
    -------
    float
        Finite.

    Raises
    ------
    NotANumberError
        Anything else; the text of the error is the remedy.

    Examples
    --------
    >>> number("\u22120.88"), number("1 234,5", decimal_comma=True)
    (-0.88, 1234.5)
    """
    plain = text.strip().translate(_DASHES)
    if _GROUPED.fullmatch(plain):
        plain = re.sub(_GROUPS, "", plain)
    if decimal_comma and "." in plain and _PLAIN.fullmatch(plain):
        raise NotANumberError("this file has decimal commas: write one here too, and no separator of thousands")
    if decimal_comma and plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    if not _PLAIN.fullmatch(plain):
        raise NotANumberError(_why_not(plain))
    value = float(plain)
    if not math.isfinite(value):
        raise NotANumberError("this is not a finite number: correct the exponent")
    return value


def degrees(text: str, axis: str, *, decimal_comma: bool = False) -> float:
    """Return the degrees that a cell holds: a number, or degrees with minutes, seconds or a letter N, S, E, W.

    Parameters
    ----------
    text : str
        The cell.
    axis : {"lon", "lat"}
        East and west belong to `lon`, north and south to `lat`.
    decimal_comma : bool, optional
        Whether the file writes decimal commas.

    Returns
    -------
    float
        Degrees, positive to the east and the north; the range is not checked.

    Raises
    ------
    NotANumberError
        Anything else; the text of the error is the remedy.

    Examples
    --------
    >>> degrees("22°9'E", "lon"), degrees("0.88 W", "lon"), degrees("41° 39' 0'' N", "lat")
    (22.15, -0.88, 41.65)
    """
    plain = text.strip().translate(_DASHES)
    if _is_plain(plain):
        return number(plain, decimal_comma=decimal_comma)
    marked = re.sub(rf"[{_SPACES}]", " ", plain.translate(_MARKS))
    if of_letters := _DMS_LETTERS.fullmatch(marked):
        marked = "{}°{}'{}\"{}".format(*of_letters.groups())
    if decimal_comma or marked.count(",") == 1:
        marked = marked.replace(",", ".")
    letters = re.findall(r"[NSEW]", marked.upper())
    body = re.sub(r"^[NSEWnsew]\s*|\s*[NSEWnsew]$", "", marked).strip()
    found = _DEGREES.fullmatch(body)
    is_marked = bool(letters) or bool(re.search(r"[°'\":]|deg", body, re.IGNORECASE))
    if not found or not is_marked or len(letters) > 1:
        raise NotANumberError(_why_not(plain))
    if letters and _SIDES[letters[0]][0] != axis:
        raise NotANumberError(f"this is {'a latitude' if axis == 'lon' else 'a longitude'} (lon and lat look swapped)")
    if letters and found["sign"]:
        raise NotANumberError(f"keep the sign or the letter {letters[0]}, not both")
    part = [float(found[k] or 0) for k in "dms"]
    if not math.isfinite(sum(part)):
        raise NotANumberError("this is not a finite number: correct it")
    if part[1] >= 60 or part[2] >= 60 or (found["m"] and "." in found["d"]) or (found["s"] and "." in found["m"]):
        raise NotANumberError(
            "minutes and seconds are below 60, and only the last part has decimals: write degrees with a decimal point"
        )
    value = round(part[0] + part[1] / 60 + part[2] / 3600, 9)
    return value * (_SIDES[letters[0]][1] if letters else -1 if found["sign"] == "-" else 1)


def is_decimal_comma(text: str) -> bool:
    """Return whether a cell is a number with a decimal comma: `22,15`."""
    plain = re.sub(rf"(?<=[0-9]){_GROUPS}(?=[0-9]{{3}})", "", text.strip().translate(_DASHES))
    return bool(_DECIMAL_COMMA.fullmatch(plain))


def is_grouped(text: str, mark: str) -> bool:
    """Return whether a mark before three digits may separate thousands: `1,050`, but not `0,050`."""
    return bool(re.fullmatch(rf"[+-]?[1-9][0-9]{{0,2}}(\{mark}[0-9]{{3}})+", text.strip().translate(_DASHES)))


def is_plain_number(text: str) -> bool:
    """Return whether a cell is a number with a decimal point and nothing else."""
    return bool(_PLAIN.fullmatch(text.strip().translate(_DASHES)))


def _is_plain(text: str) -> bool:
    return not re.search(r"[^0-9.,eE+-]", text) and not re.search(r"[eE]$|^[eE]", text)


def _why_not(text: str) -> str:
    """Return what to write in place of a text that is not a number."""
    unit = _WITH_UNIT.fullmatch(text)
    if text.strip().lower() in _MISSING:
        return f"{_REMEDY}, and leave a cell blank where the value is unknown"
    if unit and unit["unit"].strip().lower() not in ("e", "d"):
        return f"write the number without `{unit['unit'].strip()}`"
    return _REMEDY
