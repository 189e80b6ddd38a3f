"""The shipped packs, and the entries in force at a place on a day."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from siting.errors import DataError, ScenarioError, listed, nearest
from siting.world.policy.entries import Duty, Entry
from siting.world.policy.pack import Pack, checked_pack, read_pack
from siting.world.policy.rates import TABLE, rate_packs
from siting.world.tables import check_hash, resources
from siting.world.user_files.guarded_files import read_text

DATA_DATE = date(2026, 7, 1)
"""Day for which the shipped packs were compiled; the default policy date."""


@cache
def packs() -> dict[str, Pack]:
    """Return all shipped packs by id.

    Raises
    ------
    DataError
        A pack is missing, altered, or breaks the rules of its kind, or two packs or entries share an id; file, entry and field
        are named.

    Examples
    --------
    >>> packs()["us-tx"].incentives[0].min_jobs
    20.0
    """
    read: list[tuple[str, Pack]] = []
    faults: list[str] = []
    sources: list[tuple[str, str | dict[str, Any]]] = [*_pack_files(), *rate_packs()]
    for file, raw in sources:
        try:
            read.append((file, read_pack(raw, file) if isinstance(raw, str) else checked_pack(raw, file)))
        except DataError as error:
            faults.append(str(error))
    faults += shared_ids(read)
    if faults:
        raise DataError.from_faults("policy packs:", faults)
    return {pack.id: pack for _, pack in sorted(read, key=lambda one: one[1].id)}


def _pack_files() -> Iterator[tuple[str, str]]:
    """Yield name and text of each pack that is a file of its own."""
    for name, res in resources().items():
        if name.startswith("policy-"):
            check_hash(res)
            yield str(res.descriptor["path"]), res.path.read_text(encoding="utf-8")


LOOK_AGAIN_DAYS = 365
"""Days after which a rule may have changed since it was checked, where its entry states no day (assumption)."""


def entries_due(today: date) -> list[tuple[date, Pack, Entry]]:
    """Return the entries of shipped packs that are to be looked up again, with the day after which, the oldest first.

    An entry that had ended when it was checked is history and never due.

    Parameters
    ----------
    today : datetime.date
        Day with which `check_after` of an entry, or a year after `checked`, is compared.

    Returns
    -------
    list of (datetime.date, Pack, Entry)
        Those whose day is before `today`.

    Examples
    --------
    >>> entries_due(date(2026, 1, 1))
    []
    """
    found = []
    for pack in packs().values():
        for e in pack.entries():
            checked = e.checked or pack.checked
            if checked is not None and not e.ended(checked):
                after = e.check_after or checked + timedelta(days=LOOK_AGAIN_DAYS)
                found += [(after, pack, e)] if after < today else []
    return sorted(found, key=lambda due: (due[0], due[1].id, due[2].id))


def pack_table(pack_id: str) -> str | None:
    """Return the name of the shipped table or file that has a pack, None for a pack of the planner.

    Examples
    --------
    >>> pack_table("us-tx"), pack_table("eu"), pack_table("mine")
    ('policy-us-tx', 'policy_rates', None)
    """
    name = f"policy-{pack_id}"
    return name if name in resources() else TABLE if pack_id in packs() else None


def shared_ids(read: Iterable[tuple[str, Pack]]) -> list[str]:
    """Name the ids that two packs, or entries of two packs, share.

    Parameters
    ----------
    read : iterable of (str, Pack)
        Packs with the name of their file.

    Returns
    -------
    list of str
        One line per fault.
    """
    faults: list[str] = []
    owner: dict[tuple[str, str], str] = {}
    for file, pack in read:
        keys = [("pack", pack.id), *dict.fromkeys(("entry", e.id) for e in pack.entries())]
        for kind, word in keys:
            other = owner.setdefault((kind, word), file)
            if other != file:
                faults.append(f"{file}: {kind} id `{word}` is also used in {other}: give each an id of its own")
    return faults


def packs_in_force(
    day: date,
    wanted: Literal["all", "none"] | tuple[str, ...] = "all",
    file: Callable[[str], Path] = Path,
) -> tuple[Pack, ...]:
    """Return the packs of a scenario with the entries in force on its policy date.

    Parameters
    ----------
    day : datetime.date
        Policy date.
    wanted : {"all", "none"} or tuple of str, optional
        Pack ids, paths that end in `.toml`, and `all` for all shipped packs; one that is named twice counts once.
    file : callable, optional
        How a path is found: `Scenario.file` looks beside the scenario.

    Returns
    -------
    tuple of Pack
        In the order of `wanted`; all packs in the order of their ids.

    Raises
    ------
    ScenarioError
        An unknown id, or a pack file that is missing or invalid.

    Examples
    --------
    >>> [p.id for p in packs_in_force(date(2026, 7, 1), ("us-tx",))]
    ['us-tx']
    """
    shipped, on_day = packs(), _shipped_on(day)
    return tuple(on_day[p.id] if shipped.get(p.id) is p else p.on(day) for p in selected_packs(wanted, file))


@lru_cache(maxsize=16)
def _shipped_on(day: date) -> dict[str, Pack]:
    """Return the shipped packs with the entries in force on a day; cached, because every site of every plan needs them."""
    return {name: pack.on(day) for name, pack in packs().items()}


def selected_packs(
    wanted: Literal["all", "none"] | tuple[str, ...] = "all", file: Callable[[str], Path] = Path
) -> tuple[Pack, ...]:
    """Return the packs of a scenario with all their entries, past and future; see `packs_in_force`."""
    known = packs()
    listed_names = (wanted,) if isinstance(wanted, str) else wanted
    expanded = (n for name in listed_names for n in (sorted(known) if name == "all" else [name]))
    names = [] if wanted == "none" else list(dict.fromkeys(expanded))
    faults: list[str] = []
    unknown = [n for n in names if n not in known and not n.endswith(".toml")]
    if unknown:
        named = "; ".join(f"`{n}`{nearest(n, known)}" for n in unknown)
        rules = listed(n for n in sorted(known) if pack_table(n) != TABLE)
        faults.append(
            f"no policy pack {named} (shipped are {rules}; us-XX and tax-XX for the rates of a state and a country, and "
            "those of carbon prices; or give a .toml file)"
        )
    own: list[tuple[str, Pack]] = []
    for name in (n for n in names if n.endswith(".toml")):
        try:
            text = read_text(
                file(name), f"policy pack {name}", advice="give a path beside the scenario", error=DataError
            )
            own.append((name, read_pack(text, name)))
        except DataError as error:
            faults.append(str(error))
    shipped = [(n, known[n]) for n in names if n in known]
    faults += shared_ids([*shipped, *own])
    if faults:
        raise ScenarioError.from_faults(faults[0], faults[1:])
    mine = dict(own)
    return tuple(mine.get(n) or known[n] for n in names)


def entries_at(jurisdiction: str, lon: float, lat: float) -> list[tuple[Pack, Entry]]:
    """Return every entry of the shipped packs that covers a point, whatever its dates.

    Parameters
    ----------
    jurisdiction : str
        Code like `DE` or `US-TX`.
    lon, lat : float
        The point [degree].

    Returns
    -------
    list of (Pack, Entry)
        In the order of the packs' ids.

    Examples
    --------
    >>> sorted({p.id for p, _ in entries_at("US-TX", -97.0, 32.8)})
    ['tax-us', 'tax-us-tx', 'us', 'us-tx']
    """
    return [
        (pack, entry)
        for _, pack in sorted(packs().items())
        if pack.covers(jurisdiction)
        for entry in pack.entries()
        if entry.holds_at(lon, lat)
    ]


def duties_at(jurisdiction: str, lon: float, lat: float, day: date = DATA_DATE) -> tuple[Duty, ...]:
    """Return the duties in force at a point on a day.

    Parameters
    ----------
    jurisdiction : str
        Code like `DE` or `US-TX`.
    lon, lat : float
        The point [degree].
    day : datetime.date, optional
        Policy date.

    Returns
    -------
    tuple of Duty
        Known to be in force; duties with an unknown first day are in `unknown_starts`.

    Examples
    --------
    >>> [d.max_pue for d in duties_at("DE", 13.4, 52.5) if d.kind == "pue"]
    [1.2]
    """
    found = (e for _, e in entries_at(jurisdiction, lon, lat))
    return tuple(e for e in found if isinstance(e, Duty) and e.holds_on(day))


def unknown_starts(selected: Iterable[Pack], day: date) -> list[tuple[Pack, Entry]]:
    """Return the entries that may be in force on a day, but whose first day is unknown: they are not applied.

    Parameters
    ----------
    selected : iterable of Pack
        Complete packs, not only the entries in force.
    day : datetime.date
        Policy date.

    Returns
    -------
    list of (Pack, Entry)
        Entries to be listed as unknown.
    """
    return [(p, e) for p in selected for e in p.entries() if e.may_hold_on(day)]


def tax_rate_only() -> dict[str, bool]:
    """Return for each shipped pack whether it holds tax rates and nothing else.

    Returns
    -------
    dict of str to bool
        By pack id; False for a pack with a programme, duty, stop or price.

    Examples
    --------
    >>> tax_rate_only()["eu"], tax_rate_only()["tax-br"]
    (False, True)
    """
    return {name: pack.tax_rate_only for name, pack in packs().items()}
