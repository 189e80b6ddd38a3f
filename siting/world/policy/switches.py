"""Entries of packs that a scenario switches off or on or overrides, with an explanation of each change."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from pydantic import ValidationError

from siting.errors import ScenarioError, listed, nearest
from siting.world.policy.entries import Duty, Entry, Stop
from siting.world.policy.export_control import NAME as EXPORT_CONTROL
from siting.world.policy.pack import KINDS, Pack, entry_faults
from siting.world.policy.programmes import Programme
from siting.world.policy.taxes import CapitalTax, CorporateTax
from siting.world.tables import worst
from siting.world.user_values.strict_model import faults_of

JUDGED_DUTIES = ("pue", "heat_reuse")
"""Kinds of duty that the limit `efficiency_duty` applies."""


@dataclass(frozen=True)
class Switches:
    """Changes of a scenario to the entries of its packs, by id.

    Attributes
    ----------
    off, on : tuple of str
        Entries that are taken as not in force or as in force, whatever their dates.
    override : mapping of str to mapping
        Numbers of an entry by key, in the key's unit.
    """

    off: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    override: Mapping[str, Mapping[str, float]] = MappingProxyType({})

    def apply(self, packs: Sequence[Pack], day: date) -> tuple[Pack, ...]:
        """Return the packs with their entries switched and overridden; see `explanations`.

        An entry that is switched on is in force from the day on; it and an overridden entry have quality `assumption` at best.

        Parameters
        ----------
        packs : sequence of Pack
            Packs of the scenario with all entries.
        day : datetime.date
            Policy date.

        Returns
        -------
        tuple of Pack
            The same packs, changed.

        Raises
        ------
        ScenarioError
            An unknown id, an entry that the plan does not apply, a key or number that its kind does not have, or two
            rules that would be applied twice: all in one message.

        Examples
        --------
        >>> from siting.world.policy.shipped import packs
        >>> on = Switches(on=("ie-eirgrid-dublin",)).apply([packs()["ie"]], date(2026, 7, 1))
        >>> [s.id for s in on[0].on(date(2026, 7, 1)).stops]
        ['ie-eirgrid-dublin']
        """
        faults = self._unknown_ids(packs)
        changed = tuple(self._pack(p, day, faults) for p in packs) if self else tuple(packs)
        faults += [f"`policy`: {fault}" for p in changed for fault in entry_faults(p.on(day))] if self else []
        if faults:
            raise ScenarioError.from_faults("`policy` switches what cannot be switched:", dict.fromkeys(faults))
        return changed

    def explanations(self, packs: Sequence[Pack], day: date) -> list[tuple[str, str, str, str]]:
        """Return pack, entry, switch (`off`, `on`, `override`) and an explanation for every switched entry."""
        switched = [
            (pack.id, e.id, switch, text) for pack in packs for e in pack.entries() for switch, text in self._of(e, day)
        ]
        limit = (
            "export rules",
            EXPORT_CONTROL,
            "off",
            "whether the accelerators may be exported to a site is not checked",
        )
        return [*switched, limit] if EXPORT_CONTROL in self.off else switched

    def __bool__(self) -> bool:
        """Return whether anything is switched."""
        return bool(self.off or self.on or self.override)

    def _of(self, e: Entry, day: date) -> Iterator[tuple[str, str]]:
        held = e.holds_on(day)
        if e.id in self.override:
            changes = ", ".join(f"{k} = {v:g} in place of {_shown(e, k)}" for k, v in self.override[e.id].items())
            yield "override", f"{changes}: an assumption of the scenario"
        if e.id in self.on:
            since = (
                f"first day UNKNOWN ({e.date_unknown})"
                if e.date_unknown
                else f"the pack dates it {e.effective_from} to {e.effective_to or 'open'}"
            )
            if held and e.why_not_modelled:
                yield "on", f"taken to act, though {e.why_not_modelled}; an assumption"
            else:
                yield "on", f"holds on {day} anyway" if held else f"taken to hold on {day}: {since}; an assumption"
        if e.id in self.off:
            yield "off", f"does not hold: an assumption, it did on {day}" if held else f"does not hold on {day} anyway"

    def _pack(self, pack: Pack, day: date, faults: list[str]) -> Pack:
        kept = {
            name: tuple(self._entry(e, day, faults) for e in getattr(pack, name) if e.id not in self.off)
            for name in KINDS
        }
        return pack.model_copy(update=kept)

    def _entry(self, e: Entry, day: date, faults: list[str]) -> Entry:
        """Return an entry with the changes of the scenario; invalid changes are added to the faults."""
        changes: dict[str, object] = dict(self.override.get(e.id, {}))
        odd = [k for k in changes if k not in _numbers(e)]
        faults += [f"`policy.override.{e.id}`: no number `{k}`{_hint(k, _numbers(e))}" for k in odd]
        if e.id in self.on and e.why_not_modelled:
            changes["why_not_modelled"] = None
        if e.id in self.on and not e.holds_on(day):
            ends = None if e.ended(day) else e.effective_to
            changes |= {"effective_from": day, "effective_to": ends, "date_unknown": None}
        if odd or not changes:
            return e
        if isinstance(e, CapitalTax) and "rate" in changes:  # the scenario's own number has no interval
            changes = {"low": None, "high": None, "known": True} | changes
        changes["quality"] = worst([e.quality, "assumption"])
        try:
            return type(e).model_validate(e.model_dump() | changes)
        except ValidationError as error:
            faults += [f"`policy.override.{e.id}`: {fault}" for fault in faults_of(error, type(e), changes)]
            return e

    def _unknown_ids(self, packs: Sequence[Pack]) -> list[str]:
        known = {e.id: e for p in packs for e in p.entries()}
        named = [("off", n) for n in self.off] + [("on", n) for n in self.on]
        named += [("override", n) for n in self.override]
        faults = [
            f"`policy.{switch}`: no entry `{n}` in the packs of the scenario{_hint(n, [*known, EXPORT_CONTROL])}"
            for switch, n in named
            if n not in known and (switch, n) != ("off", EXPORT_CONTROL)
        ]
        return faults + [
            f"`policy.{switch}`: `{n}` would change nothing: {why}"
            for switch, n in named
            if n in known and (why := idle(known[n]))
        ]


def idle(e: Entry) -> str:
    """Return why a plan does not act on an entry, nothing where it does."""
    if e.why_not_modelled:
        return "" if isinstance(e, Stop) else e.why_not_modelled
    if isinstance(e, Programme):
        return "the ledger does not count it"
    if isinstance(e, CorporateTax):
        return "the plan reads the rate in the table `countries`"
    if isinstance(e, Duty) and e.kind not in JUDGED_DUTIES:
        return f"the plan judges duties of kind {' and '.join(JUDGED_DUTIES)}, and not `{e.kind}`"
    return ""


def _hint(word: str, known: Sequence[str]) -> str:
    return nearest(word, known) or f" (known here: {listed(known, most=12)})"


def _numbers(e: Entry) -> list[str]:
    """Return the keys of an entry that hold a number, or could."""
    fields = type(e).model_fields
    return [n for n, field in fields.items() if "float" in str(field.annotation) and n != "schedule"]


def _shown(e: Entry, key: str) -> str:
    value = getattr(e, key, None)
    return "none" if value is None else f"{value:g}" if isinstance(value, (int, float)) else str(value)
