"""One policy pack: its entries by kind, read from TOML with all faults at once."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import combinations, product
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from siting.errors import DataError, listed, nearest
from siting.world.policy.country_names import country_code, country_hint, part_hint
from siting.world.policy.entries import CarbonPrice, Duty, Entry, Stop
from siting.world.policy.programmes import Incentive, Programme
from siting.world.policy.taxes import CorporateTax, Depreciation, ElectricityTax, MinimumTax, PropertyTax, SalesTax
from siting.world.user_files.guarded_files import shown, toml_table
from siting.world.user_values.strict_model import Day, Frozen

KINDS: dict[str, type[Entry]] = {
    "corporate_taxes": CorporateTax,
    "minimum_taxes": MinimumTax,
    "depreciations": Depreciation,
    "sales_taxes": SalesTax,
    "property_taxes": PropertyTax,
    "electricity_taxes": ElectricityTax,
    "incentives": Incentive,
    "programmes": Programme,
    "carbon_prices": CarbonPrice,
    "duties": Duty,
    "stops": Stop,
}
"""The lists of a pack, and what each holds."""

_UNIT_ENDINGS = ("_usd", "_mw", "_share", "_jobs", "_pue", "_per_t", "_per_mwh", "_km")


class Pack(Frozen):
    """The rules of one jurisdiction or of a union of them.

    `checked` is the day until which its entries were checked, for those that do not state their own.
    """

    id: str
    title: str
    jurisdictions: tuple[str, ...]
    checked: Day | None = None
    corporate_taxes: tuple[CorporateTax, ...] = ()
    minimum_taxes: tuple[MinimumTax, ...] = ()
    depreciations: tuple[Depreciation, ...] = ()
    sales_taxes: tuple[SalesTax, ...] = ()
    property_taxes: tuple[PropertyTax, ...] = ()
    electricity_taxes: tuple[ElectricityTax, ...] = ()
    incentives: tuple[Incentive, ...] = ()
    programmes: tuple[Programme, ...] = ()
    carbon_prices: tuple[CarbonPrice, ...] = ()
    duties: tuple[Duty, ...] = ()
    stops: tuple[Stop, ...] = ()

    @property
    def tax_rate_only(self) -> bool:
        """Whether the pack holds rates of taxes and nothing else: no programme, duty, stop or price."""
        return all(
            isinstance(e, (CorporateTax, MinimumTax, Depreciation, SalesTax, PropertyTax)) for e in self.entries()
        )

    def entries(self) -> Iterator[Entry]:
        """Yield every entry, list by list."""
        for name in KINDS:
            yield from getattr(self, name)

    def covers(self, jurisdiction: str) -> bool:
        """Return whether a place of that jurisdiction falls under the pack (`US` covers `US-TX`)."""
        return any(j in self.jurisdictions for j in _within(jurisdiction))

    def on(self, day: date) -> "Pack":
        """Return the pack with the entries that hold on a day."""
        kept = {name: tuple(e for e in getattr(self, name) if e.holds_on(day)) for name in KINDS}
        return self.model_copy(update=kept)


@cache
def _within(jurisdiction: str) -> tuple[str, ...]:
    """Return the jurisdictions that a place of one lies in: `US-TX` and `US`."""
    parts = jurisdiction.split("-")
    return tuple("-".join(parts[:n]) for n in range(len(parts), 0, -1))


def read_pack(text: str, file: str) -> Pack:
    r"""Read one pack from TOML.

    Parameters
    ----------
    text : str
        Content of the file.
    file : str
        What errors call it.

    Returns
    -------
    Pack
        All entries, whatever their dates.

    Raises
    ------
    DataError
        The file is not TOML, or breaks the rules of its kinds: every fault in one message, each with
        the id of its entry and the nearest known key.

    Examples
    --------
    >>> read_pack('id = "x"\ntitle = "X"\njurisdictions = ["DE"]', "x.toml").covers("DE")
    True
    """
    return checked_pack(toml_table(text, file, DataError), file)


def checked_pack(raw: Mapping[str, Any], file: str) -> Pack:
    """Return a pack from plain values; errors name `file`.

    Raises
    ------
    DataError
        As `read_pack`.
    """
    try:
        pack = Pack.model_validate(raw)
    except ValidationError as error:
        faults = [_fault(e, raw) for e in error.errors(include_url=False)]
        raise DataError.from_faults(f"{file}:", [*faults, *_jurisdiction_faults(raw.get("jurisdictions"))]) from error
    faults = [*_jurisdiction_faults(pack.jurisdictions), *entry_faults(pack)]
    if faults:
        raise DataError.from_faults(f"{file}:", faults)
    return pack


def _fault(error: ErrorDetails, raw: Mapping[str, Any]) -> str:
    """Return the text of one fault: entry, key, value, fix."""
    loc = error["loc"]
    where, known = _where(loc, raw)
    key = str(loc[-1]) if loc else ""
    if error["type"] == "extra_forbidden":
        return f"{where}unknown key `{key}`{_hint(key, known)}"
    if error["type"] == "missing":
        return f"{where}`{key}` is missing"
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if error["type"] == "value_error":  # of a field, or of the entry
        return f"{where}`{key}` {message}" if isinstance(loc[-1], str) else f"{where}{message}"
    return f"{where}`{key}` is {shown(error['input'])}: {message[:1].lower()}{message[1:]}{_meant(error)}"


def _meant(error: ErrorDetails) -> str:
    """Return the nearest word of a list, or the share that a percentage stands for; nothing for other faults."""
    given = error["input"]
    if error["type"] == "literal_error" and isinstance(given, str):
        return nearest(given, re.findall(r"'([^']*)'", str(error["ctx"]["expected"])))
    if (
        error["type"] == "less_than_equal"
        and error["ctx"].get("le") == 1
        and isinstance(given, (int, float))
        and given <= 100
    ):
        return f" (a share: {given:g} % is {given / 100:g})"
    return ""


def _where(loc: tuple[int | str, ...], raw: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the name of the entry of a fault, and the valid keys."""
    if len(loc) < 2 or loc[0] not in KINDS or not isinstance(loc[1], int):
        return "", sorted(Pack.model_fields)
    lists, place = str(loc[0]), loc[1]
    entry = raw[lists][place] if isinstance(raw.get(lists), list) else {}
    name = entry.get("id", f"entry {place + 1}") if isinstance(entry, Mapping) else f"entry {place + 1}"
    return f"{lists} `{name}`: ", sorted(KINDS[lists].model_fields)


def _hint(key: str, known: list[str]) -> str:
    """Return a hint: the same key with a unit, else the nearest key."""
    with_unit = [k for k in known if k.startswith(f"{key}_") and k.endswith(_UNIT_ENDINGS)]
    if with_unit:
        return f": a threshold carries its unit in its name, write `{'` or `'.join(with_unit)}`"
    return nearest(key, known) or f" (known here: {listed(known)})"


@cache
def _country_codes() -> frozenset[str]:
    from siting.world.tables import read_table

    return frozenset(read_table("countries")["iso2"]) | {"AQ"}


def _jurisdiction_faults(codes: Any) -> list[str]:
    """Name the codes that no country has, or no state of a country whose packs are by state, with what may be meant."""
    known, faults = _country_codes(), []
    advice = "write an ISO 3166-1 alpha-2 code like `DE`, or with a state, like `US-TX`"
    for code in map(str, codes if isinstance(codes, (list, tuple)) else ()):
        if code.split("-")[0] not in known:
            same = country_code(code)
            hint = f": did you mean `{same}`?" if same else country_hint(code)
            faults.append(f"jurisdiction `{code}` is unknown{hint or ':'} {advice}")
        elif (part := part_hint(code)) is not None:
            faults.append(f"jurisdiction `{code}` is unknown{part or ':'} {advice}")
    return faults


def entry_faults(pack: Pack) -> list[str]:
    """Name repeated ids, and rules of the same meaning in force at the same time: they would be applied twice."""
    faults = []
    for a, b in combinations(pack.entries(), 2):
        if _overlap(a, b) and a.id == b.id:
            faults.append(f"entry id `{a.id}` occurs twice with overlapping dates {_dates(a)} and {_dates(b)}")
        elif a.id != b.id and _overlap(a, b) and _meaning(a) is not None and _meaning(a) == _meaning(b):
            faults.append(
                f"`{a.id}` and `{b.id}` are the same rule with overlapping dates {_dates(a)} and {_dates(b)}: it would "
                "be applied twice; end one before the other begins"
            )
    return faults


def contradictions(own: Iterable[Pack], shipped: Sequence[Pack], day: date) -> list[str]:
    r"""Name the rules of a planner's packs that a shipped pack of the same jurisdiction has too, both in force on a day.

    Examples
    --------
    >>> text = 'id = "x"\ntitle = "X"\njurisdictions = ["SE"]'
    >>> contradictions([read_pack(text, "x.toml")], [], date(2026, 7, 1))
    []
    """
    faults = []
    for mine, other in product(own, shipped):
        if here := [j for j in mine.jurisdictions if j in other.jurisdictions]:
            known = [(_same_rule(b), b) for b in other.on(day).entries()]
            faults += [
                f"pack `{mine.id}`: `{a.id}` contradicts `{b.id}` of the shipped pack `{other.id}` ({b.title}), the same rule in "
                f'{listed(here)}, and both would act: switch the shipped one off, `[policy] off = ["{b.id}"]`, or give yours '
                "an `area`"
                for a in mine.on(day).entries()
                for rule, b in known
                if rule is not None and rule == _same_rule(a)
            ]
    return faults


def _same_rule(entry: Entry) -> tuple[object, ...] | None:
    """Return a key that rules share of which two packs of a jurisdiction have one; taxes on what is bought or owned too."""
    if isinstance(entry, (SalesTax, PropertyTax)):
        return (type(entry).__name__, entry.base, entry.area.name if entry.area else "")
    return _meaning(entry)


def _overlap(a: Entry, b: Entry) -> bool:
    """Return whether two entries hold on a common day; a first day that is not known counts as never."""
    first, last = date.min, date.max
    if a.effective_from is None or b.effective_from is None:
        return a.id == b.id
    return (a.effective_from or first) <= (b.effective_to or last) and b.effective_from <= (a.effective_to or last)


def _meaning(entry: Entry) -> tuple[object, ...] | None:
    """Return a key that equal rules share; None for entries that may coexist."""
    place = entry.area.name if entry.area else ""
    if isinstance(entry, Incentive):
        return ("incentive", entry.kind, entry.base, place) if entry.exclusive_group is None else None
    if isinstance(entry, ElectricityTax):
        return ("electricity tax", place)
    if isinstance(entry, CarbonPrice):
        return ("carbon price", place)
    if isinstance(entry, CorporateTax):
        return ("corporate tax", place)
    if isinstance(entry, Depreciation):
        return ("depreciation", entry.base, place)
    if isinstance(entry, Duty):
        return ("duty", entry.kind, entry.applies_to, place) if entry.threshold() is not None else None
    return None


def _dates(entry: Entry) -> str:
    return f"{entry.effective_from or 'unknown'} to {entry.effective_to or 'open'}"
