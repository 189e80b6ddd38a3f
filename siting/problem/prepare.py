"""Prepare a scenario: gather candidates and hubs, exclude what is not admissible with the reason, and assemble the problem."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import NoReturn

import numpy as np
import pandas as pd

from siting.errors import InfeasibleError, ScenarioError, listed
from siting.physics.compute import eflop_per_mwh_it
from siting.problem.cache import PreparationCache, cache_key
from siting.problem.ledger.cost_figures import rates_of
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.ledger.option_taxes import money_unknowns
from siting.problem.markets.zone_markets import market_notes, market_unknowns, require_markets
from siting.problem.options import cooling_options, with_max_halls
from siting.problem.part import PartInputs, require_fitting_parts
from siting.problem.parts import parts_of
from siting.problem.policy_rules import date_notes, policy_mw_cap, rules_unknown, states_unknown, stopped, unusual_rules
from siting.problem.problem import Problem
from siting.problem.reachability import drop_far, keep_options, merge_demand, near_arcs, require_reach
from siting.problem.sites import require_known_names
from siting.problem.sources import problem_sources
from siting.progress_bar import Progress, shows_progress
from siting.scenario.building import Building
from siting.scenario.files import file_digests
from siting.scenario.limit import Limit
from siting.scenario.named_places import candidates_in_their_year, hubs_of, own_file
from siting.scenario.scenario import Scenario
from siting.units import HOURS_PER_YEAR, Bools, Floats
from siting.world import grid, places
from siting.world.latency.round_trips import rtt_ms
from siting.world.outlook import WARMING
from siting.world.policy import Pack
from siting.world.user_files import own_columns
from siting.world.user_files.user_rtt import read_measured, with_measured
from siting.world.user_files.user_tables import NOTES

EXCLUDED_COLUMNS = ("site", "limit", "reason")

Exclusion = tuple[str, str, str]
"""Site or option, the limit or figure concerned, and the reason or what is unknown."""

LEAST_DEMAND_MW = 1e-3
"""Least demand of a scenario [MW]: a thousand times the rounding of a solver (our choice)."""

NO_UPLIFT = "UNKNOWN distance to the next city of 100,000: no remote-construction uplift is charged"


@shows_progress("preparing the data")
def prepare(scenario: Scenario, *, memory: PreparationCache | None = None, progress: Progress = None) -> Problem:  # noqa: ARG001
    """Combine world data and scenario into aligned, complete numbers.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    memory : PreparationCache or None, optional
        Cache of what earlier scenarios gathered, for a study of many; it changes no number.
    progress : bool or callable, optional
        False for no progress bar.

    Returns
    -------
    Problem
        What `siting.solve` decides on; `excluded` lists every site that is left out, with the reason.

    Raises
    ------
    ScenarioError
        A file, name or figure of the scenario does not exist or is not valid.
    InfeasibleError
        No candidate is left, no site reaches a hub, or the sites together are too small.
    SitingError
        Two parts name the same family of variables, an owner does not exist, or a ledger line is on an unknown family.

    Examples
    --------
    >>> import siting as st
    >>> problem = st.prepare(st.Scenario.read("scenarios/baseline.toml"))
    >>> len(problem.sites) > 10
    True
    """
    _require_scenario(scenario)
    notes: list[str] = []
    try:
        return _prepared(scenario, PreparationCache() if memory is None else memory, notes)
    except InfeasibleError as error:  # what was assumed of the planner's files may be why
        error.args = ("\n".join([str(error), *(f"Note: {note}" for note in notes)]),)
        raise


def _prepared(scenario: Scenario, cache: PreparationCache, notes: list[str]) -> Problem:
    """Return the problem, and add what was assumed to read the planner's files to the notes before anything is excluded."""
    faults: list[str] = []
    gather, policy = cache.get_or_compute, scenario.policy
    here = _key_of_files(scenario)
    rates = _or_fault(faults, gather, ("rates", *cache_key(scenario.hardware, scenario.costs)), rates_of, scenario)
    requested = _or_fault(faults, gather, ("packs", here, *cache_key(policy)), policy.asked, scenario.file)
    places_key = ("candidates", here, *cache_key(scenario.candidates, scenario.outlook, scenario.impute))
    candidates = _or_fault(faults, gather, places_key, candidates_in_their_year, scenario)
    hubs = _or_fault(
        faults, gather, ("hubs", here, scenario.demand.hubs, scenario.demand.exclude_countries), hubs_of, scenario
    )
    if rates is None or requested is None or candidates is None or hubs is None:
        raise ScenarioError.from_faults(f"scenario `{scenario.name}` cannot be prepared:", faults)
    chip = rates.accelerator
    yield_eflop = float(eflop_per_mwh_it(chip.peak_flop_per_s, scenario.hardware.mfu, chip.server_power_w))
    _require_known(scenario, requested, candidates)
    packs = tuple(pack.on(policy.date) for pack in requested)
    measured_rtt = _measured_rtt(scenario, candidates, hubs)
    notes += [*_notes_of(candidates, hubs, measured_rtt), *_imputed(candidates)]
    notes += [
        *market_notes(scenario),
        *date_notes(policy, requested),
        *own_columns.date_notes(candidates, scenario.year),
    ]
    read = (*scenario.limits, policy, scenario.demand, scenario.minimise.carbon, scenario.hardware)
    admitted = (*places_key, *cache_key(*read))
    sites, excluded = gather(("admitted", *admitted), _admissible_sites, scenario, candidates, packs)
    key = ("unknowns", *admitted, *cache_key(*scenario.contracts, *scenario.residual_mix))
    unknowns = gather(key, _unknowns, scenario, sites, requested, packs)
    demand_mw, least_mw = _demand_mw(scenario, hubs, yield_eflop)

    # admissible sites become options, each with its largest size
    building, by_hour = scenario.building, scenario.minimise.carbon.by_hour
    key = (
        "options",
        here,
        *_places_of(sites),
        scenario.cooling_designs,
        *cache_key(building, scenario.minimise.carbon),
    )
    designs = (sites, scenario.cooling_designs, building.cooling_preset, building.sea_reach_km)
    options = gather(key, partial(cooling_options, by_hour=by_hour), *designs)
    sites, options, no_cooling = _drop_uncooled(sites, options, building)
    left_out = [*excluded, *no_cooling]
    sites, options, left_out = _admissible_options(scenario, sites, options, yield_eflop, left_out)
    caps = _power_caps_mw(scenario, sites, packs, notes)
    cap: Floats = np.minimum.reduce(list(caps.values()))
    total_mw = float(demand_mw.sum())
    options = with_max_halls(options, cap, total_mw, building, scenario.usable_hall_mw)
    sites, options, left_out = _drop_too_small(sites, options, caps, building, left_out)

    # arcs join them to the hubs that they reach in time
    network = scenario.demand.network
    pairs = ("rtt", network, *_places_of(sites), *_places_of(hubs))
    lon, lat, hub_lon, hub_lat = (t[c].to_numpy(float) for t in (sites, hubs) for c in ("lon", "lat"))
    shipped = gather(
        pairs, partial(rtt_ms, quantile=0.9, network=network), lon[:, None], lat[:, None], hub_lon, hub_lat
    )
    rtt = with_measured(shipped, sites, hubs, measured_rtt)
    near, allowed = near_arcs(scenario, sites, hubs, rtt, demand_mw)
    require_reach(scenario, hubs, demand_mw, rtt, near, allowed, [kind for _, kind, _ in left_out])
    sites, options, rtt, near, far = drop_far(scenario, sites, options, rtt, near, allowed)
    _require_room(
        scenario,
        options,
        [kind for kind in caps if kind != "policy"],
        least_mw,
        float(demand_mw[near.any(axis=0)].sum()),
    )
    names = [[f"{h} {k}" for k in scenario.demand.shares] for h in hubs["id"]]
    groups, arcs = merge_demand(near, demand_mw, names, apart=scenario.minimise.needs_hubs_apart)
    costs = OptionCosts.of(sites, options, scenario, rates, packs)
    problem = Problem(
        scenario=scenario,
        sites=sites,
        options=options.assign(capex_usd_per_hall=costs.capex_usd_per_hall),
        hubs=hubs,
        workloads=tuple(scenario.demand.shares),
        demand_mw=demand_mw,
        rtt_p90_ms=rtt,
        groups=groups,
        arcs=arcs,
        parts=parts_of(PartInputs(scenario, sites, options, total_mw, costs)),
        eflop_per_mwh_it=yield_eflop,
        jobs_per_mw=rates.jobs_per_mw,
        excluded=pd.DataFrame([*left_out, *far], columns=list(EXCLUDED_COLUMNS)),
        unknowns=pd.DataFrame(unknowns, columns=["site", "limit", "unknown"]),
        sources=problem_sources(scenario, sites, packs, excluded),
        measured_rtt=measured_rtt,
        notes=tuple(notes),
    )
    require_fitting_parts(problem)
    return problem


def _notes_of(*tables: pd.DataFrame) -> Iterator[str]:
    """Yield what was assumed to read the planner's tables."""
    for table in tables:
        yield from table.attrs.get(NOTES, ())


def _imputed(candidates: pd.DataFrame) -> Iterator[str]:
    """Yield how many candidates have an electricity price that is filled in, and by what."""
    if grid.METHOD in candidates:
        for method, n in candidates[grid.METHOD].value_counts().items():
            yield f"the electricity price of {n} candidates is not known; filled in by {method} of `{grid.IMPUTED}`"


def _require_scenario(scenario: object) -> None:
    if not isinstance(scenario, Scenario):
        raise ScenarioError(
            f"`scenario` is a {type(scenario).__name__}: give a `siting.Scenario`, such as `Scenario.read` returns"
        )


def _key_of_files(scenario: Scenario) -> tuple[object, ...]:
    """Return the folders of a scenario and the content of its files, which may change between two runs of a study."""
    return scenario.folders, *(_or_fault([], file_digests, scenario) or {}).items()


def _unknowns(
    scenario: Scenario, sites: pd.DataFrame, requested: tuple[Pack, ...], packs: tuple[Pack, ...]
) -> list[Exclusion]:
    """Return the missing data of admissible sites, and which limit or figure it concerns."""
    unknowns = [(s, x.name, t) for x in scenario.acting_limits for s, t in x.unknowns(sites).items()]
    unknowns += [*states_unknown(sites, packs), *rules_unknown(scenario, sites, requested)]
    unknowns += [(str(s), "cost", NO_UPLIFT) for s in sites.loc[sites["km_to_city_100k"].isna(), "id"]]
    if scenario.outlook.year is not None:
        text = f"shares of renewable and carbon-free electricity in {scenario.outlook.year}: today's are used"
        unknowns += [(str(s), "outlook", text) for s in sites["id"]]
    return [*unknowns, *money_unknowns(sites, packs), *market_unknowns(scenario, sites)]


def _require_known(scenario: Scenario, requested: tuple[Pack, ...], candidates: pd.DataFrame) -> None:
    """Refuse places that no table has, in limits, packs and contracts, and unusual numbers of the planner's packs."""
    require_known_names(scenario.name, scenario.limits, requested, candidates)
    if faults := unusual_rules(scenario.policy, requested, scenario.implausible):
        raise ScenarioError.from_faults("policy packs have values outside the usual range:", faults)
    require_markets(scenario, candidates)


def idle_filters(problem: Problem) -> list[str]:
    """Return the filters of the scenario that exclude nothing: no site, design or arc, and no size; `max_ci: g_per_kwh = 900`.

    A limit with rows is not judged: whether it binds shows in the plan.
    """
    scenario, sites, options = problem.scenario, problem.sites, problem.options
    candidates, halls_mw = (
        candidates_in_their_year(scenario),
        scenario.building.hall_mw * options["peak_pue"].to_numpy(float),
    )
    larger_mw = (halls_mw * (options["max_halls"].to_numpy(float) + 1))[:, None]
    rtt_ms_of_arcs, workloads = problem.rtt_p90_ms.ravel(), problem.workloads

    def later(x: Limit, cap: Floats | None) -> bool:
        return cap is not None or any(map(x.overrides, ("drop_options", "keep_arcs", "keep_pairs")))

    def acts(x: Limit) -> bool:
        cap = x.facility_mw_cap(sites)
        arcs = [x.keep_arcs([k] * len(rtt_ms_of_arcs), rtt_ms_of_arcs) for k in workloads]
        pairs = [x.keep_pairs(sites, problem.hubs, k) for k in workloads]
        return bool(
            x.drop_sites(candidates)
            or x.drop_options(scenario, sites, options, problem.eflop_per_mwh_it)
            or (later(x, cap) and (problem.excluded["limit"] == x.name).any())
            or (cap is not None and (np.asarray(cap)[options["site"].to_numpy(), None] < larger_mw).any())
            or any(kept is not None and not np.all(kept) for kept in (*arcs, *pairs))
        )

    judged = [x for x in scenario.limits if x.is_filter() and not any(map(x.overrides, ("rows", "parts", "cuts")))]
    return [f"{x.name}: {x.as_toml()}" for x in judged if not acts(x)]


def _places_of(table: pd.DataFrame) -> tuple[tuple[object, ...], ...]:
    """Return a key of places: their ids, coordinates, zones and weather."""
    columns = [c for c in ("id", "lon", "lat", "zone_id", "climate_set", "climate_id", WARMING) if c in table]
    return tuple(tuple(table[c]) for c in columns)


def _or_fault[**Given, Read](
    faults: list[str], read: Callable[Given, Read], *args: Given.args, **kwargs: Given.kwargs
) -> Read | None:
    """Read one part of what a scenario names; where that fails, add to the faults instead."""
    try:
        return read(*args, **kwargs)
    except ScenarioError as error:
        faults.append(str(error))
        return None


def _measured_rtt(scenario: Scenario, candidates: pd.DataFrame, hubs: pd.DataFrame) -> pd.DataFrame:
    """Return the round trips that the planner measured, none where no file is named."""
    name = scenario.latency.measured
    if name is None:
        return pd.DataFrame(columns=["site", "hub", "rtt_p90_ms"])
    path = own_file(scenario, "latency.measured", name, "give a CSV file with site, hub, rtt_ms")
    return read_measured(path, candidates, hubs)


def _admissible_sites(
    scenario: Scenario, candidates: pd.DataFrame, packs: tuple[Pack, ...]
) -> tuple[pd.DataFrame, list[Exclusion]]:
    """Return the candidates that data, packs and limits admit, and every one left out with its first reasons."""
    reasons: list[tuple[str, Mapping[str, str]]] = [
        ("candidates", dict.fromkeys(scenario.candidates.exclude, "excluded by the scenario")),
        *((f"policy {p.id}", stopped(p, candidates)) for p in packs),
        ("data", places.unknown_facts(candidates, places.needed_of_a_site(scenario.minimise.carbon.column))),
        ("available_from", own_columns.without_power(candidates, scenario.year)),
        *((x.name, x.drop_sites(candidates)) for x in scenario.acting_limits),
    ]
    order = {site: i for i, site in enumerate(candidates["id"])}
    excluded = [(s, limit, why) for limit, dropped in reasons for s, why in dropped.items()]
    out = {s for s, _, _ in excluded}
    left = candidates[~candidates["id"].isin(out)].reset_index(drop=True)
    if left.empty:
        _no_candidate_left(excluded)
    return left, sorted(excluded, key=lambda e: order[e[0]])


def _admissible_options(
    scenario: Scenario, sites: pd.DataFrame, options: pd.DataFrame, yield_eflop: float, left_out: list[Exclusion]
) -> tuple[pd.DataFrame, pd.DataFrame, list[Exclusion]]:
    """Drop the designs that a limit excludes; a site without a design left is excluded too, with every reason.

    A design excluded at a site that keeps another one is listed under its option's label.
    """
    reasons = [
        (label, x.name, why)
        for x in scenario.limits
        for label, why in x.drop_options(scenario, sites, options, yield_eflop).items()
    ]
    gone = options["label"].isin({label for label, _, _ in reasons}).to_numpy()
    ids = sites["id"].to_numpy(str)[options["site"]]
    known, site = set(ids[~gone]), dict(zip(options["label"], ids, strict=True))
    barred = [(label if site[label] in known else site[label], kind, why) for label, kind, why in reasons]
    return _keep(sites, options, ~gone, [*left_out, *dict.fromkeys(barred)])


def _keep(
    sites: pd.DataFrame, options: pd.DataFrame, kept: Bools, left_out: list[Exclusion]
) -> tuple[pd.DataFrame, pd.DataFrame, list[Exclusion]]:
    """Keep some options, and the sites that still have one; refuse to go on without any."""
    if not kept.any():
        _no_candidate_left(left_out)
    return *keep_options(sites, options, kept), left_out


def _no_candidate_left(excluded: list[Exclusion]) -> NoReturn:
    total = len({site for site, _, _ in excluded})
    counts = pd.Series([limit for _, limit, _ in excluded]).value_counts()
    raise InfeasibleError.from_faults(
        f"no candidate is left of {total}: relax or switch off a limit that excluded them",
        [f"{limit}: {n} excluded" for limit, n in counts.items()],
    )


def _demand_mw(scenario: Scenario, hubs: pd.DataFrame, yield_eflop: float) -> tuple[Floats, float]:
    """Return the demand of the hubs by class [MW], and how much of it must be served [MW]."""
    weight = hubs["weight"].to_numpy(float)
    shares = np.array(list(scenario.demand.shares.values()))
    demand_mw = np.outer(weight / weight.sum(), shares) * scenario.demand.mean_it_mw(yield_eflop)
    total_mw = float(demand_mw.sum())
    if not LEAST_DEMAND_MW <= total_mw < np.inf:
        raise ScenarioError(_beyond_range(scenario, total_mw, yield_eflop))
    least_mw = scenario.demand.least_it_mw(total_mw, yield_eflop)
    if least_mw > total_mw * (1 + 1e-9):
        raise ScenarioError(
            f"`demand.elastic.min_eflop_per_year` needs {least_mw:.1f} MW, but the demand is {total_mw:.1f} MW: "
            "lower the minimum or raise the demand"
        )
    return demand_mw, least_mw


def _beyond_range(scenario: Scenario, total_mw: float, yield_eflop: float) -> str:
    """Return that a demand cannot be told from nothing, or is not finite, and the least that can."""
    demand, least = scenario.demand, f"give at least {LEAST_DEMAND_MW:g} MW, and a finite number"
    if demand.it_mw is not None:
        return f"`demand.it_mw` is {demand.it_mw:g} MW: {least}"
    given = "eflop_per_year" if demand.eflop_per_year is not None else "runs"
    return (
        f"`demand.{given}` comes to {total_mw:.3g} MW: {least}; the least is {LEAST_DEMAND_MW * HOURS_PER_YEAR * yield_eflop:.3g} "
        "EFLOP a year. 1 EFLOP is 1e18 operations; 1 EFLOP/s through a year is 3.15e7 EFLOP"
    )


def _facility_mw_caps(scenario: Scenario, sites: pd.DataFrame) -> dict[str, Floats]:
    """Return the largest facility power of each site by the kind of limit that caps it [MW]."""
    caps: dict[str, Floats] = {}
    for limit in scenario.limits:
        kind, cap = limit.name, limit.facility_mw_cap(sites)
        if cap is None:
            continue
        try:
            cap = np.asarray(cap, dtype=float)
        except (TypeError, ValueError):
            cap = np.array([np.nan])
        if cap.shape != (len(sites),) or np.isnan(cap).any():
            raise ScenarioError(
                f"limit `{kind}`: `facility_mw_cap` must return {len(sites)} numbers, one a site [MW], none of them "
                "missing; infinite where the limit does not apply"
            )
        caps[kind] = np.minimum(caps.get(kind, np.inf), cap)
    return caps


def _power_caps_mw(
    scenario: Scenario, sites: pd.DataFrame, packs: tuple[Pack, ...], notes: list[str]
) -> dict[str, Floats]:
    """Return the largest facility power of each site [MW] by limits, packs and the planner; note where a limit overrules the planner."""
    of_limits, own = _facility_mw_caps(scenario, sites), own_columns.power_mw(sites)
    for kind, cap in of_limits.items():
        low = np.isfinite(own) & (cap < own)
        names = [f"{n} ({c:,.0f})" for n, c, x in zip(sites["name"], cap, low, strict=True) if x]
        if names:
            notes.append(
                f"`{kind}` allows less than `available_mw` at {listed(names)} [MW]: loosen it where the power is agreed"
            )
    stated = {"available_mw": own} if np.isfinite(own).any() else {}
    return {**of_limits, "policy": policy_mw_cap(sites, packs), **stated}


def _drop_uncooled(
    sites: pd.DataFrame, options: pd.DataFrame, building: Building
) -> tuple[pd.DataFrame, pd.DataFrame, list[Exclusion]]:
    """Drop sites where no design on offer can be built, since all of them need the sea."""
    gone = np.setdiff1d(np.arange(len(sites)), options["site"])
    text = f"no sea within {building.sea_reach_km:g} km, and every design of `building.cooling` needs one"
    dropped = [(str(sites["id"].iloc[s]), "cooling", text) for s in gone]
    return _keep(sites, options, np.ones(len(options), dtype=bool), dropped)


def _drop_too_small(
    sites: pd.DataFrame,
    options: pd.DataFrame,
    caps: Mapping[str, Floats],
    building: Building,
    left_out: list[Exclusion],
) -> tuple[pd.DataFrame, pd.DataFrame, list[Exclusion]]:
    """Drop options that may not reach the smallest size, with the limits that set the cap of a site that loses all."""
    fits = (options["max_halls"] >= building.min_halls).to_numpy()
    gone = np.setdiff1d(np.arange(len(sites)), options.loc[fits, "site"])
    needed_mw = building.min_halls * building.hall_mw * options.groupby("site")["peak_pue"].min()
    text = "may draw {:.1f} MW of facility power, less than the smallest site needs"
    own = "`available_mw` is {:g} as given, less than the smallest site needs: {:.1f} MW for {} hall(s) of {:g} MW"
    dropped = []
    for s in gone:
        least = min(cap[s] for cap in caps.values())
        for kind in (kind for kind, cap in caps.items() if cap[s] == least):
            mine = own.format(least, needed_mw[s], building.min_halls, building.hall_mw)
            dropped.append((str(sites["id"].iloc[s]), kind, mine if kind == "available_mw" else text.format(least)))
    return _keep(sites, options, fits, [*left_out, *dropped])


def _require_room(
    scenario: Scenario, options: pd.DataFrame, capping: Iterable[str], least_mw: float, in_reach_mw: float
) -> None:
    """Refuse a demand, or a minimum of it, beyond what sites can reach or carry together, or too small for a site."""
    if in_reach_mw < least_mw * (1 - 1e-9):
        raise InfeasibleError(
            f"{least_mw:.1f} MW must be served, but the candidates reach only {in_reach_mw:.1f} MW of the demand: "
            "lower the minimum of `demand.elastic`, raise the limits on round-trip time, or add candidates"
        )
    halls = options.groupby("site")["max_halls"].max()
    room = float(halls.sum()) * scenario.usable_hall_mw
    if room < least_mw * (1 - 1e-9):
        what = ", ".join(f"`{kind}`" for kind in capping) or "the limits that exclude sites"
        raise InfeasibleError(
            f"demand is {least_mw:.0f} MW, but the {len(halls)} sites together carry {room:.0f} MW: "
            f"lower `demand.it_mw`, relax {what}, or add candidates"
        )
    building = scenario.building
    if in_reach_mw < building.min_halls * scenario.least_hall_mw * (1 - 1e-9):
        share = in_reach_mw / (building.min_halls * scenario.hall_draw_mw)
        raise InfeasibleError(
            f"demand is {in_reach_mw:.3g} MW, {share:.2g} of the smallest site ({building.min_halls} x {building.hall_mw:g} MW) "
            f"while it trains, of which at least {building.utilisation_min:g} has to be used: lower `building.min_halls`, `building.hall_mw` "
            "or `building.utilisation_min`"
        )
