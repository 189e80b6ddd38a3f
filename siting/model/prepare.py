"""From a question to its numbers: gather the places, drop what cannot be, and list why."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from siting.errors import InfeasibleError, ScenarioError
from siting.model.ledger import Rates, ledger_lines, rates_of
from siting.model.options import cooling_options, with_max_halls
from siting.model.problem import Problem
from siting.model.reach import drop_far, keep_sites, merge_demand, near_arcs, require_reach
from siting.model.rows import Floats
from siting.model.scenario import Scenario
from siting.physics.compute import eflop_per_mwh_it
from siting.world import ground, own_places, places
from siting.world.latency import rtt_ms
from siting.world.policy import Pack, packs_in_force
from siting.world.tables import resource

EXCLUDED_COLUMNS = ("site", "limit", "reason")

SHIPPED_SETS: dict[str, Callable[[], pd.DataFrame]] = {"starter": places.starter_sites, "world": places.world_sites}
"""Candidate sets of the data package, by the name that a scenario gives."""

NO_UPLIFT = "UNKNOWN distance to the next city of 100,000: no remote-construction uplift is charged"


def prepare(scenario: Scenario) -> Problem:
    """Bring world and scenario together into aligned, complete numbers.

    Parameters
    ----------
    scenario : Scenario
        The question.

    Returns
    -------
    Problem
        What `siting.solve` decides on; `excluded` lists every site left out, and why.

    Raises
    ------
    ScenarioError
        A file, name or figure of the scenario is not known or not valid.
    InfeasibleError
        No candidate is left, a hub is out of every site's reach, or the sites together are too small.

    Examples
    --------
    >>> import siting as st
    >>> problem = st.prepare(st.Scenario.read("scenarios/baseline.toml"))
    >>> len(problem.sites) > 10
    True
    """
    faults: list[str] = []
    rates = _or_fault(lambda: rates_of(scenario), faults)
    packs = _or_fault(lambda: packs_in_force(scenario.policy.date, scenario.policy.packs), faults)
    candidates = _or_fault(lambda: _candidates(scenario), faults)
    hubs = _or_fault(lambda: _hubs(scenario), faults)
    if rates is None or packs is None or candidates is None or hubs is None:
        raise ScenarioError.from_faults(f"scenario `{scenario.name}` cannot be prepared:", faults)
    yield_eflop = float(
        eflop_per_mwh_it(rates.accelerator.peak_flop_per_s, scenario.hardware.mfu, rates.accelerator.server_power_w)
    )
    sites, excluded = _admissible_sites(scenario, candidates, packs)
    unknowns = [(s, _kind(x), t) for x in scenario.limits for s, t in x.unknowns(sites).items()]
    unknowns += _states_unknown(sites, packs)
    unknowns += [(str(s), "cost", NO_UPLIFT) for s in sites.loc[sites["km_to_city_100k"].isna(), "id"]]
    demand = _demand_mw(scenario, hubs, yield_eflop)
    return assemble(scenario, sites, hubs, demand, rates, packs, yield_eflop, excluded, unknowns)


def assemble(
    scenario: Scenario,
    sites: pd.DataFrame,
    hubs: pd.DataFrame,
    demand_mw: Floats,
    rates: Rates,
    packs: tuple[Pack, ...],
    yield_eflop: float,
    excluded: list[tuple[str, str, str]],
    unknowns: list[tuple[str, str, str]],
) -> Problem:
    """Turn admissible sites and demand into options, arcs, claims and ledger lines."""
    options = cooling_options(sites, scenario.building.cooling)
    cap = _facility_mw_cap(scenario, sites)
    options = with_max_halls(options, cap, float(demand_mw.sum()), scenario.building)
    sites, options, dropped = _drop_too_small(sites, options, cap, scenario.building.min_halls)
    if sites.empty:
        _nobody_left([*excluded, *dropped])
    rtt = rtt_ms(
        sites["lon"].to_numpy(float)[:, None],
        sites["lat"].to_numpy(float)[:, None],
        hubs["lon"].to_numpy(float)[None, :],
        hubs["lat"].to_numpy(float)[None, :],
        quantile=0.9,
    )
    near = near_arcs(scenario, rtt, demand_mw)
    require_reach(scenario, hubs, demand_mw, rtt, near)
    sites, options, rtt, near, far = drop_far(sites, options, rtt, near)
    _require_room(scenario, sites, options, float(demand_mw.sum()))
    lines, capital, claims = ledger_lines(sites, options, scenario, rates, packs)
    groups, arcs = merge_demand(near, demand_mw, [[f"{h} {k}" for k in scenario.demand.shares] for h in hubs["id"]])
    return Problem(
        scenario=scenario,
        sites=sites,
        options=options.assign(capex_usd_per_hall=capital),
        hubs=hubs,
        workloads=tuple(scenario.demand.shares),
        demand_mw=demand_mw,
        rtt_p90_ms=rtt,
        groups=groups,
        arcs=arcs,
        claims=claims,
        lines=lines,
        eflop_per_mwh_it=yield_eflop,
        jobs_per_mw=rates.jobs_per_mw,
        excluded=pd.DataFrame([*excluded, *dropped, *far], columns=list(EXCLUDED_COLUMNS)),
        unknowns=pd.DataFrame(unknowns, columns=["site", "limit", "unknown"]),
        sources=_sources(scenario, packs),
    )


def _states_unknown(sites: pd.DataFrame, packs: tuple[Pack, ...]) -> list[tuple[str, str, str]]:
    """Return sites in a country whose states have packs, but whose own state is not known."""
    states = {j: j.split("-")[0] for p in packs for j in p.jurisdictions if "-" in j}
    text = "UNKNOWN state or province: rules of {} are not applied; give a jurisdiction like `{}`"
    return [
        (str(s), f"policy {j}", text.format(state, state))
        for s, j in zip(sites["id"], sites["jurisdiction"], strict=True)
        for state, country in states.items()
        if j == country
    ]


def _kind(limit: object) -> str:
    return str(getattr(limit, "kind", type(limit).__name__))


def _or_fault[Read](read: Callable[[], Read], faults: list[str]) -> Read | None:
    """Read one part of what a scenario names; where that fails, add to the faults instead."""
    try:
        return read()
    except ScenarioError as error:
        faults.append(str(error))
        return None


def _candidates(scenario: Scenario) -> pd.DataFrame:
    """Return every candidate the scenario names, the excluded ones too."""
    name = scenario.candidates.set
    if name in SHIPPED_SETS:
        candidates = SHIPPED_SETS[name]()
    else:
        candidates = own_places.read_sites(_own_file(scenario, "candidates.set", name, "` or `".join(SHIPPED_SETS)))
    strangers = sorted(set(scenario.candidates.exclude) - set(candidates["id"]))
    if strangers:
        raise ScenarioError(f"`candidates.exclude` names {', '.join(strangers)}: no candidate has that id")
    return candidates


def _hubs(scenario: Scenario) -> pd.DataFrame:
    if scenario.demand.hubs == "cloud_regions":
        return places.cloud_hubs()
    return own_places.read_hubs(_own_file(scenario, "demand.hubs", scenario.demand.hubs, "cloud_regions"))


def _own_file(scenario: Scenario, key: str, name: str, shipped: str) -> Path:
    path = scenario.file(name)
    if not path.is_file():
        raise ScenarioError(
            f"`{key}` is `{name}`: no such file; shipped is `{shipped}`, or give a CSV or GeoJSON file of places"
        )
    return path


def _admissible_sites(
    scenario: Scenario, candidates: pd.DataFrame, packs: tuple[Pack, ...]
) -> tuple[pd.DataFrame, list[tuple[str, str, str]]]:
    """Return the candidates that data, packs and limits admit, and every one left out with its first reasons."""
    reasons: list[tuple[str, Mapping[str, str]]] = [
        ("candidates", dict.fromkeys(scenario.candidates.exclude, "excluded by the scenario")),
        *((f"policy {p.id}", _stopped(p, candidates)) for p in packs),
        ("data", places.unknown_facts(candidates, list(places.NEEDED_OF_A_SITE))),
        *((_kind(x), x.drop_sites(candidates)) for x in scenario.limits),
    ]
    order = {site: i for i, site in enumerate(candidates["id"])}
    excluded = [(s, limit, why) for limit, dropped in reasons for s, why in dropped.items()]
    out = {s for s, _, _ in excluded}
    left = candidates[~candidates["id"].isin(out)].reset_index(drop=True)
    if left.empty:
        _nobody_left(excluded)
    return left, sorted(excluded, key=lambda e: order[e[0]])


def _nobody_left(excluded: list[tuple[str, str, str]]) -> NoReturn:
    total = len({site for site, _, _ in excluded})
    raise InfeasibleError.from_faults(
        f"no candidate is left of {total}: loosen or switch off a limit that removed them", _counts(excluded)
    )


def _stopped(pack: Pack, candidates: pd.DataFrame) -> dict[str, str]:
    covered = candidates[[pack.covers(str(j)) for j in candidates["jurisdiction"]]]
    return {str(s): f"{pack.title}: {stop.title}" for s in covered["id"] for stop in pack.stops}


def _counts(excluded: Iterable[tuple[str, str, str]]) -> list[str]:
    counts = pd.Series([limit for _, limit, _ in excluded]).value_counts()
    return [f"{limit}: {n} left out" for limit, n in counts.items()]


def _demand_mw(scenario: Scenario, hubs: pd.DataFrame, yield_eflop: float) -> Floats:
    """Return the demand of the hubs by class [MW]."""
    weight = hubs["weight"].to_numpy(float)
    shares = np.array(list(scenario.demand.shares.values()))
    return np.outer(weight / weight.sum(), shares) * scenario.demand.mean_it_mw(yield_eflop)


def _facility_mw_cap(scenario: Scenario, sites: pd.DataFrame) -> Floats:
    caps = [c for x in scenario.limits if (c := x.facility_mw_cap(sites)) is not None]
    return np.asarray(np.min([np.full(len(sites), np.inf), *caps], axis=0), dtype=float)


def _drop_too_small(
    sites: pd.DataFrame, options: pd.DataFrame, cap: Floats, min_halls: int
) -> tuple[pd.DataFrame, pd.DataFrame, list[tuple[str, str, str]]]:
    """Drop options whose grid cannot carry the smallest site."""
    fits = (options["max_halls"] >= min_halls).to_numpy()
    kept = np.unique(options.loc[fits, "site"])
    gone = np.setdiff1d(np.arange(len(sites)), kept)
    text = "the grid can spare {:.0f} MW of facility power, less than the smallest site needs"
    dropped = [(str(sites["id"].iloc[s]), "grid_headroom", text.format(cap[s])) for s in gone]
    left, renumbered = keep_sites(sites, options[fits], kept)
    return left, renumbered, dropped


def _require_room(scenario: Scenario, sites: pd.DataFrame, options: pd.DataFrame, demand_mw: float) -> None:
    """Refuse a demand larger than all sites together."""
    building = scenario.building
    halls = float(options.groupby("site")["max_halls"].max().sum())
    room = halls * building.hall_mw * building.utilisation_max
    if room < demand_mw * (1 - 1e-9):
        raise InfeasibleError(
            f"demand is {demand_mw:.0f} MW, but the {len(sites)} sites together carry {room:.0f} MW: "
            "lower `demand.it_mw`, loosen `grid_headroom`, or add candidates"
        )


def _sources(scenario: Scenario, packs: tuple[Pack, ...]) -> pd.DataFrame:
    """Return where the numbers of the problem come from, a row a table."""
    names = [*places.TABLES, "hardware", "costs", "rtt_endpoints", "rtt_measured"]
    names += ["sites"] if scenario.candidates.set in SHIPPED_SETS else []
    names += ground.TABLES if scenario.candidates.set not in SHIPPED_SETS else ()
    names += ["hubs"] if scenario.demand.hubs == "cloud_regions" else []
    names += latency_tables()
    rows = [resource(n).provenance() for n in dict.fromkeys(names)]
    rows += [resource(f"policy-{p.id}").provenance() for p in packs]
    own = {"sites": scenario.candidates.set, "hubs": scenario.demand.hubs}
    for table, file in own.items():
        if file not in (*SHIPPED_SETS, "cloud_regions"):
            rows.append(
                {
                    "table": table,
                    "source": f"user file {file}",
                    "year": "",
                    "licence": "",
                    "quality": "unverified",
                    "citation": f"user file {file}",
                }
            )
    return pd.DataFrame(rows)


def latency_tables() -> list[str]:
    """Return the tables of fitted latency parameters that the data package ships."""
    from siting.world.tables import resources

    return sorted(n for n in resources() if n.startswith("rtt_"))
