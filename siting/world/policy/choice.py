"""Which packs and entries a scenario asks for: all of them, none, some, and without some."""

import difflib
from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from siting.world.policy.pack import KINDS, Pack

OFF = "-"
"""What stands before the id of a pack or an entry that is switched off."""


def chosen(wanted: Literal["all", "none"] | Sequence[str], shipped: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the packs that are asked for, by name, and the ids that are switched off.

    Parameters
    ----------
    wanted : {"all", "none"} or sequence of str
        Ids and `.toml` files; `all` among them stands for every shipped pack; an id after a minus is switched off.
        Nothing but ids that are switched off means all others.
    shipped : iterable of str
        Ids of the shipped packs.

    Returns
    -------
    (list of str, list of str)
        Names without those that are switched off, each once; and what is switched off.

    Examples
    --------
    >>> chosen(["-de"], ["de", "nl"])
    (['nl'], ['de'])
    >>> chosen(["all", "-de", "own.toml"], ["de", "nl"])
    (['nl', 'own.toml'], ['de'])
    """
    words = [wanted] if isinstance(wanted, str) else list(wanted)
    off = [w.removeprefix(OFF) for w in words if w.startswith(OFF)]
    on = [w for w in words if not w.startswith(OFF) and w != "none"]
    if off and not on:
        on = ["all"]
    named = [name for w in on for name in (sorted(shipped) if w == "all" else [w])]
    return [n for n in dict.fromkeys(named) if n not in off], off


def without(asked: Sequence[Pack], off: Collection[str]) -> tuple[Pack, ...]:
    """Return the packs without the entries that are switched off.

    Examples
    --------
    >>> from siting.world.policy import packs
    >>> [d.id for d in without([packs()["de"]], ["de-enefg-pue-new"])[0].duties][0]
    'de-enefg-pue-existing-2027'
    """
    return tuple(
        p.model_copy(update={name: tuple(e for e in getattr(p, name) if e.id not in off) for name in KINDS})
        if any(e.id in off for e in p.entries())
        else p
        for p in asked
    )


def strangers(off: Iterable[str], known: Collection[str]) -> list[str]:
    """Name what is switched off and is nowhere, with the nearest known id.

    Examples
    --------
    >>> strangers(["d"], {"de"})
    ['`-d` switches nothing off: no pack or entry has that id; did you mean `-de`?']
    """
    said = []
    for word in off:
        if word not in known:
            close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.5)
            hint = f"; did you mean `-{close[0]}`?" if close else ""
            said.append(f"`-{word}` switches nothing off: no pack or entry has that id{hint}")
    return said
