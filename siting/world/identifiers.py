"""Identifiers of places: names as lower-case ASCII words."""

import re
import unicodedata

_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ð": "d",
        "đ": "d",
        "ß": "ss",
        "ẞ": "ss",
        "\u0131": "i",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ĸ": "k",
        "ə": "e",
        "ɓ": "b",
        "ɗ": "d",
        "ƙ": "k",
        "ŀ": "l",
        "ƴ": "y",
        "\u02bb": "",
        "\u02bc": "",
        "\u2018": "",
        "\u2019": "",
    }
)
"""Letters that Unicode does not decompose into a Latin letter and a mark, and apostrophes within a name."""


def slug(text: str) -> str:
    """Return lower-case ASCII words joined by hyphens, empty for a text without Latin letters and digits.

    Examples
    --------
    >>> slug("São Paulo / Barueri"), slug("Tromsø"), slug("Łódź"), slug("Straße"), slug("東京")
    ('sao-paulo-barueri', 'tromso', 'lodz', 'strasse', '')
    """
    folded = unicodedata.normalize("NFKD", text.lower()).translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", folded.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def identifier(name: str, row: int) -> str:
    """Return the id of a place: its name as `slug`, or its row where the name has letters of another script.

    Examples
    --------
    >>> identifier("København", 2), identifier("東京 2", 3), identifier("", 4)
    ('kobenhavn', 'row-3', '')
    """
    lost = any(c.isalpha() and ord(c) not in _LETTERS and not slug(c) for c in name)
    return f"row-{row}" if lost or (name.strip() and not slug(name)) else slug(name)
