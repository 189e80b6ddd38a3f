"""Guarded readers of text, TOML and JSON: bounded in bytes, depth and numbers, with every fault as an error of the package."""

import json
import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from siting.errors import ScenarioError, SitingError
from siting.world.user_files.text_file import decode

MOST_TOML_BYTES = 2 * 2**20
"""Largest scenario or policy pack [byte]: a thousand limits take about a twentieth of it."""
MOST_JSON_BYTES = 256 * 2**20
"""Largest plan, layer or header [byte]."""
MOST_DEPTH = 32
"""Tables and lists inside each other; a scenario has six, a GeoJSON point eight."""
MOST_KEY_PARTS = 32
"""Parts of one dotted key in TOML, whose reader takes time that grows with the square of them."""
LARGEST_INTEGER = 2**63 - 1
"""Largest integer in size, the least that a reader of TOML must hold."""

NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""Characters that no file can hold: NUL, and halves of surrogate pairs."""
_LONG_DIGITS = re.compile(r"[0-9][0-9_]{4000}")
_PART = r"(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')\s*+"
_LONG_KEY = re.compile(rf"(?<![\w.-])(?:{_PART}\.\s*+){{{MOST_KEY_PARTS}}}")
NO_UTF8 = re.compile("[\udc80-\udcff]")
"""Bytes that are not UTF-8, as Python escapes them."""


def read_text(
    path: Path,
    what: str,
    *,
    advice: str,
    error: type[SitingError] = ScenarioError,
    opening: str = "cannot read",
    most_bytes: int = MOST_TOML_BYTES,
) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark, or in UTF-16 with one.

    Parameters
    ----------
    path : pathlib.Path
        A regular file: no folder, pipe or device.
    what : str
        What errors call it: `scenario base.toml`.
    advice : str
        What to do where there is no such file.
    error : type
        Class of the error.
    opening : str
        First words of the error, before `what`.
    most_bytes : int
        Largest size [byte].

    Raises
    ------
    SitingError
        Of class `error`: the file cannot be read, is too large, or is in another encoding.
    """
    try:
        if path.exists() and not path.is_file():
            raise error(f"{opening} {what} (not a regular file): {advice}")
        size = path.stat().st_size
        if size > most_bytes:
            raise error(f"{what} has {size:,} bytes: at most {most_bytes:,} are read")
        return decoded(path.read_bytes(), what, error)
    except OSError as fault:
        raise error(f"{opening} {what} ({fault.strerror}): {advice}") from fault
    except ValueError as fault:  # a NUL in the path
        raise error(f"{opening} {what} ({fault}): {advice}") from fault


def decoded(raw: bytes, what: str, error: type[SitingError] = ScenarioError) -> str:
    r"""Return bytes as text: UTF-8, or UTF-16 with a byte order mark; the mark is left out.

    Raises
    ------
    SitingError
        Of class `error`: another encoding; the line is named.

    Examples
    --------
    >>> decoded(b"\xef\xbb\xbfname", "x"), decoded("name".encode("utf-16"), "x")
    ('name', 'name')
    """
    text, encoding = decode(raw)
    if text is not None and encoding.startswith("UTF-"):
        return text
    odd = NO_UTF8.search(raw.decode("utf-8", "surrogateescape"))
    line = odd.string.count("\n", 0, odd.start()) + 1 if odd else 1
    raise error(f"{what} is not in UTF-8 (line {line}): save it in that encoding")


def toml_table(text: str, what: str, error: type[SitingError] = ScenarioError) -> dict[str, Any]:
    """Return the keys of a TOML text.

    Parameters
    ----------
    text : str
        The text.
    what : str
        What errors call it.
    error : type
        Class of the error.

    Returns
    -------
    dict
        Its keys: integers are within `LARGEST_INTEGER`, text has no NUL. Infinite numbers are left to the model that
        reads the keys, which names the kind of a limit.

    Raises
    ------
    SitingError
        Of class `error`: not TOML, too deep, or a value that no quantity can have; the place is named.

    Examples
    --------
    >>> toml_table("it_mw = 100", "x.toml")
    {'it_mw': 100}
    """
    long_key = _LONG_KEY.search(text)
    if long_key:
        line = text[: long_key.start()].count("\n") + 1
        raise error(f"{what}: line {line} has a key of more than {MOST_KEY_PARTS} parts: shorten it")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise error(f"{what} is not valid TOML: {fault}: correct that line") from fault
    except (RecursionError, ValueError) as fault:
        raise error(f"{what}: {_cause(text, fault)}") from fault
    _refuse_odd_values(raw, what, error, finite=False)
    return raw


def json_object(
    text: str, what: str, error: type[SitingError] = ScenarioError, *, advice: str = "restore it"
) -> dict[str, Any]:
    """Return the members of a JSON object; as `toml_table`, and `NaN` and `Infinity` are refused.

    Raises
    ------
    SitingError
        Of class `error`: not a JSON object, too deep, or a value that no quantity can have; the place is named.

    Examples
    --------
    >>> json_object('{"format": 3}', "plan.json")
    {'format': 3}
    """
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as fault:
        raise error(f"cannot read {what} (not valid JSON: {fault}): {advice}") from fault
    except (RecursionError, ValueError) as fault:
        raise error(f"{what}: {_cause(text, fault)}") from fault
    if not isinstance(raw, dict):
        raise error(f"cannot read {what} (it holds {shown(raw)}, not a JSON object): {advice}")
    _refuse_odd_values(raw, what, error, finite=True)
    return raw


def read_toml(path: Path, what: str, *, advice: str, error: type[SitingError] = ScenarioError) -> dict[str, Any]:
    """Return the keys of a TOML file; see `read_text` and `toml_table`."""
    return toml_table(read_text(path, what, advice=advice, error=error), what, error)


def read_json(
    path: Path, what: str, *, advice: str, error: type[SitingError] = ScenarioError, opening: str = "cannot read"
) -> dict[str, Any]:
    """Return the members of the object in a JSON file; see `read_text` and `json_object`."""
    text = read_text(path, what, advice=advice, error=error, opening=opening, most_bytes=MOST_JSON_BYTES)
    return json_object(text, what, error, advice=advice)


def _cause(text: str, fault: Exception) -> str:
    """Return why a parser gave up on a text that it did not call invalid."""
    if isinstance(fault, RecursionError):
        return f"tables and lists lie more than {MOST_DEPTH} deep inside each other: at most {MOST_DEPTH} are read"
    number = _LONG_DIGITS.search(text)
    if number is None:
        return f"a value cannot be read ({fault}): correct it"
    line = text[: number.start()].count("\n") + 1
    return f"line {line} has a number of more than 4,000 digits ({number[0][:20]}...): give at most {LARGEST_INTEGER}"


def _refuse_odd_values(raw: dict[str, Any], what: str, error: type[SitingError], *, finite: bool) -> None:
    level: list[Any] = [raw]
    for _ in range(MOST_DEPTH):
        level = [x for value in level for x in _inside(value) if isinstance(x, (dict, list))]
        if not level:
            break
    else:
        raise error(f"{what}: tables and lists lie more than {MOST_DEPTH} deep inside each other: write fewer levels")
    faults = list(_odd_values(raw, "", finite))
    if faults:
        raise error.from_faults(f"{what} has {len(faults)} value(s) that cannot be used:", faults)


def _inside(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value


def _odd_values(value: Any, at: str, finite: bool) -> Iterator[str]:
    """Yield a fault for each number that is not finite or too long, and for each text that cannot be written to a file, with its place."""
    if isinstance(value, dict):
        for key, one in value.items():
            if NO_TEXT.search(key):
                yield f"key {shown(key)} has a NUL character or half of a surrogate pair: remove it"
            yield from _odd_values(one, f"{at}.{key}" if at else key, finite)
    elif isinstance(value, list):
        for i, one in enumerate(value):
            yield from _odd_values(one, f"{at}[{i}]", finite)
    elif isinstance(value, float):
        if finite and not math.isfinite(value):
            yield f"`{at}` is {value}: give a finite number"
    elif isinstance(value, str):
        if NO_TEXT.search(value):
            yield f"`{at}` is {shown(value)}, with a NUL character or half of a surrogate pair: remove it"
    elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        yield f"`{at}` is {shown(value)}: give an integer of at most {LARGEST_INTEGER}"


def shown(value: Any) -> str:
    """Return a value as Python writes it, its end left out where it is long.

    Examples
    --------
    >>> shown("it_mw"), shown(10**400)
    ("'it_mw'", 'a number of 401 digits')
    """
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return f"a number of {int(value.bit_length() * math.log10(2)) + 1} digits"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
