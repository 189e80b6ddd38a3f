"""Countries as people write them: ISO codes of two or three letters, English names, and the codes of the European Union."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from siting.errors import nearest
from siting.world.identifiers import slug
from siting.world.tables import read_table

ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "AE": ("uae",),
        "BN": ("brunei-darussalam",),
        "BO": ("plurinational-state-of-bolivia",),
        "CD": ("dr-congo", "democratic-republic-of-congo", "congo-kinshasa"),
        "CG": ("congo", "republic-of-congo", "congo-brazzaville"),
        "CI": ("cote-d-ivoire", "ivory-coast"),
        "CN": ("people-s-republic-of-china", "prc"),
        "CV": ("cabo-verde", "cape-verde"),
        "CZ": ("czech-republic", "czechia"),
        "FM": ("federated-states-of-micronesia",),
        "GB": ("uk", "great-britain", "britain", "united-kingdom-of-great-britain-and-northern-ireland"),
        "GR": ("el", "hellas", "hellenic-republic"),
        "HK": ("hong-kong-sar", "hongkong"),
        "IR": ("islamic-republic-of-iran",),
        "KP": ("dprk", "democratic-people-s-republic-of-korea"),
        "KR": ("republic-of-korea", "korea", "korea-republic-of"),
        "LA": ("lao-people-s-democratic-republic", "lao-pdr"),
        "MD": ("republic-of-moldova",),
        "MK": ("macedonia", "north-macedonia"),
        "MM": ("burma",),
        "MO": ("macau", "macao-sar"),
        "NL": ("holland", "netherlands"),
        "PS": ("palestine", "state-of-palestine", "palestinian-territories"),
        "RU": ("russian-federation",),
        "SY": ("syrian-arab-republic",),
        "SZ": ("eswatini", "swaziland"),
        "TL": ("timor-leste", "east-timor"),
        "TR": ("turkey", "turkiye"),
        "TW": ("chinese-taipei",),
        "TZ": ("united-republic-of-tanzania",),
        "US": ("united-states", "united-states-of-america", "u-s", "u-s-a", "america"),
        "VA": ("holy-see", "vatican-city"),
        "VE": ("bolivarian-republic-of-venezuela",),
        "VN": ("viet-nam", "vietnam"),
        "XK": ("kosovo", "xkx"),
    }
)
"""Other names of a country: those of ISO 3166-1 and the United Nations, the codes UK and EL of the European Union
(Interinstitutional style guide, 7.1.1), and common English ones."""


_CANADA = "AB BC MB NB NL NS NT NU ON PE QC SK YT"
_UNITED_STATES = (
    "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR PA RI "
    "SC SD TN TX UT VA VT WA WI WV WY"
)

PARTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {"CA": frozenset(_CANADA.split()), "US": frozenset(_UNITED_STATES.split())}
)
"""Parts of the countries whose packs are by part: provinces and states of ISO 3166-2, without territories overseas."""


def part_hint(code: str) -> str | None:
    """Return the nearest known part of a country with parts, None where the code is valid.

    Examples
    --------
    >>> part_hint("US-TX"), part_hint("DE-XX"), part_hint("US-TEX")
    (None, None, ': did you mean `US-TX`?')
    """
    country, _, part = code.partition("-")
    if country not in PARTS or not part or part in PARTS[country]:
        return None
    return nearest(code, sorted(f"{country}-{p}" for p in PARTS[country]))


@cache
def _meanings() -> Mapping[str, str]:
    """Return the code that each name means, in the form of `slug`; a code of two letters before any other name."""
    countries = read_table("countries")
    found = {other: code for code, others in ALIASES.items() for other in others}
    for code, three, name in zip(countries["iso2"], countries["iso3"], countries["name"], strict=True):
        plain = slug(str(name))
        found |= {plain: str(code), plain.removeprefix("the-"): str(code), str(three).lower(): str(code)}
    return MappingProxyType(found | {str(code).lower(): str(code) for code in countries["iso2"]})


def country_code(text: str) -> str | None:
    """Return the ISO 3166-1 code of two letters of a country, None where no country is called so.

    Parameters
    ----------
    text : str
        A code of two or three letters, an English name, or UK or EL; upper or lower case.

    Examples
    --------
    >>> [country_code(x) for x in ("UK", "EL", "gbr", "The Netherlands", "Türkiye", "XX")]
    ['GB', 'GR', 'GB', 'NL', 'TR', None]
    """
    return _meanings().get(slug(text).removeprefix("the-"))


def country_hint(text: str) -> str:
    """Return the nearest name of a country, as `nearest` does; none for a code of two letters: any could be meant.

    Examples
    --------
    >>> country_hint("XX"), country_hint("Swedn")
    ('', ': did you mean `Sweden`?')
    """
    names = [str(name) for name in read_table("countries")["name"]]
    return nearest(text, names) if len(text) > len("XKX") else ""
