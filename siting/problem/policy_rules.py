"""Effect of the policy packs in force on candidates: exclusions, size caps and missing data."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from siting.scenario.policy import Policy
from siting.scenario.scenario import Scenario
from siting.units import Floats
from siting.world.policy import Entry, Pack, Stop, pack_table, unknown_starts
from siting.world.user_values.plausible import is_possible, quantities, range_fault


def states_unknown(sites: pd.DataFrame, packs: tuple[Pack, ...]) -> list[tuple[str, str, str]]:
    """Return sites in a country whose states have packs, but whose own state is unknown."""
    text = "UNKNOWN state or province: rules of {} are not applied; give a jurisdiction like `{}`"
    return [
        (str(s), f"policy {pack.id}", text.format(", ".join(states), states[0]))
        for pack in packs
        for s, j in zip(sites["id"], sites["jurisdiction"], strict=True)
        if (states := [state for state in pack.jurisdictions if "-" in state and state.split("-")[0] == j])
    ]


def rules_unknown(scenario: Scenario, sites: pd.DataFrame, requested: tuple[Pack, ...]) -> list[tuple[str, str, str]]:
    """Return rules that may hold at a site but are not applied: the first day is unknown, or the model has no number for them."""
    day = scenario.policy.date
    rules = [(p, e, f"UNKNOWN since when: {e.date_unknown}") for p, e in unknown_starts(requested, day)]
    rules += [
        (p, stop, f"not applied: {stop.why_not_modelled}")
        for p in requested
        for stop in p.stops
        if stop.holds_on(day) and stop.why_not_modelled
    ]
    return [
        (s, f"policy {pack.id}", f"{entry.id} ({entry.title}): {why}")
        for pack, entry, why in rules
        for s, _ in _sites_under(pack, entry, sites)
    ]


def date_notes(policy: Policy, requested: Sequence[Pack]) -> list[str]:
    """Return that the date lies before the oldest entry of the packs, or after the last check of any."""
    entries = [(p, e) for p in requested for e in p.entries()]
    begun = [e.effective_from for _, e in entries if e.effective_from is not None]
    checked = [day for p, e in entries if (day := e.checked or p.checked) is not None]
    found = []
    if begun and policy.date < min(begun):
        found.append(
            f"`policy.date` {policy.date} is before the oldest entry of the packs, {min(begun)}: policies are UNKNOWN then, "
            "and none is applied"
        )
    if checked and policy.date > max(checked):
        found.append(
            f"`policy.date` {policy.date} is after the last check of the packs, {max(checked)}: changes since are UNKNOWN"
        )
    return found


def _sites_under(pack: Pack, entry: Entry, sites: pd.DataFrame) -> list[tuple[str, int]]:
    """Return id and row of the sites that an entry of a pack holds at."""
    if not any(pack.covers(str(j)) for j in sites["jurisdiction"].unique()):
        return []  # most packs are of a country without a site
    places_of = zip(sites["id"], sites["jurisdiction"], sites["lon"], sites["lat"], strict=True)
    return [
        (str(s), row)
        for row, (s, j, lon, lat) in enumerate(places_of)
        if pack.covers(str(j)) and entry.holds_at(float(lon), float(lat))
    ]


def stopped(pack: Pack, candidates: pd.DataFrame) -> dict[str, str]:
    """Return the sites that a stop of the pack excludes at any size, with its wording."""
    return {
        s: f"{pack.title}: {stop.wording()}"
        for stop in _acting_stops(pack)
        if stop.above_facility_mw == 0
        for s, _ in _sites_under(pack, stop, candidates)
    }


def _acting_stops(pack: Pack) -> list[Stop]:
    return [stop for stop in pack.stops if stop.why_not_modelled is None]


def policy_mw_cap(sites: pd.DataFrame, packs: tuple[Pack, ...]) -> Floats:
    """Return the facility power up to which stops still let each site open [MW]; infinite without one."""
    caps = [cap for _, cap, _ in policy_mw_caps(sites, packs)]
    return np.asarray(np.min([np.full(len(sites), np.inf), *caps], axis=0))


def policy_mw_caps(sites: pd.DataFrame, packs: tuple[Pack, ...]) -> list[tuple[str, Floats, dict[int, str]]]:
    """Return every stop above a size: its pack, the facility power up to which each site may open, and its wording.

    Returns
    -------
    list of (str, numpy.ndarray, dict)
        Pack id; cap [MW], infinite where the stop does not apply; its wording by row of the sites that it caps.
    """
    found = []
    for pack, stop in ((p, stop) for p in packs for stop in _acting_stops(p) if stop.above_facility_mw > 0):
        under = _sites_under(pack, stop, sites)
        cap = np.full(len(sites), np.inf)
        cap[[row for _, row in under]] = stop.above_facility_mw
        found.append((pack.id, cap, {row: f"{s}: {pack.title}: {stop.wording()}" for s, row in under}))
    return found


def packs_used(packs: tuple[Pack, ...], sites: pd.DataFrame, excluded_by: set[str]) -> tuple[Pack, ...]:
    """Return the packs that the plan's numbers depend on: they act on a site, or exclude one.

    Parameters
    ----------
    packs : tuple of Pack
        Packs in force.
    sites : pandas.DataFrame
        Sites of the problem.
    excluded_by : set of str
        Limits that excluded the others, as in `Problem.excluded`.

    Returns
    -------
    tuple of Pack
        Without those that only hold duties, programmes or tax rates: the plan reads none of them.
    """
    used = []
    for p in packs:
        taxes = (*p.sales_taxes, *p.property_taxes, *p.electricity_taxes, *p.minimum_taxes, *p.depreciations)
        acting = (*taxes, *p.incentives, *p.carbon_prices, *_acting_stops(p))
        if f"policy {p.id}" in excluded_by or any(_sites_under(p, e, sites) for e in acting):
            used.append(p)
    return tuple(used)


def unusual_rules(policy: Policy, packs: Iterable[Pack], meant: Sequence[str]) -> list[str]:
    """Return the numbers of the planner's own packs and overrides outside their usual range, but those in `meant`.

    Parameters
    ----------
    policy : Policy
        Its overrides are checked in shipped packs too.
    packs : iterable of Pack
        Packs of the scenario, overridden.
    meant : sequence of str
        `Scenario.implausible`: `policy.ENTRY.KEY`.

    Returns
    -------
    list of str
        One line per fault.
    """
    own = [e for p in packs for e in p.entries() if pack_table(p.id) is None or e.id in policy.override]
    found = [(path, value) for e in own for path, value in quantities(e, f"policy.{e.id}")]
    return [
        text if not is_possible(path, value) else f'{text}; correct it, or list it: implausible = ["{path}"]'
        for path, value in found
        if (text := range_fault(path, value)) and (path not in meant or not is_possible(path, value))
    ]
