"""Changes to a solved plan, each of which changes what it means, and how many of them its re-check finds.

Every mutant answers another question, claims another proof, or states another number or word than the plan that was
solved. What only a new solve could tell (a shadow price, a weaker bound), and what changes nothing (seconds, the order
of rows), is not among them.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import pandas as pd
from shapely.geometry import Point

from siting import Plan, Problem, Scenario, SitingError, prepare
from siting.verify.plan_check import groups_of, judge
from siting.world.latency.round_trips import rtt_ms

TABLES = [f.name for f in fields(Plan) if f.name not in ("scenario", "proof", "kpis", "tables")]
NOT_JUDGED = {("binding", "price"), ("sites", "geometry"), ("hubs", "geometry")}
"""Columns that only a new solve could tell, or that other mutants change."""
GROUPS = ("the question", "the proof", "sizes", "own places", "contracts and policy", "words and provenance", "numbers")
WORDS = ("excluded", "unknowns", "sources", "binding")


@dataclass(frozen=True)
class Mutant:
    """A changed plan: its name, the group of the change, and the plan."""

    name: str
    group: str
    plan: Plan


@dataclass(frozen=True)
class Counts:
    """How many mutants were tried, and the names of those that were not caught."""

    tried: int
    survived: tuple[str, ...]
    tracebacks: tuple[str, ...]

    @property
    def share_caught(self) -> float:
        """Share of the mutants that were refused in a sentence [0-1]."""
        return 1.0 - (len(self.survived) + len(self.tracebacks)) / max(self.tried, 1)


def run(plans: Mapping[str, Plan], seed: int = 0, n: int | None = None) -> Counts:
    """Try `n` mutants of some plans, all of them if None, drawn with a seed.

    Examples
    --------
    >>> counts = run({"baseline": plan}, seed=1, n=50)  # doctest: +SKIP
    >>> counts.share_caught >= 0.95, counts.tracebacks  # doctest: +SKIP
    (True, ())
    """
    every = [(f"{name}: {m.group}: {m.name}", m.plan) for name, plan in plans.items() for m in mutants(plan)]
    some = every if n is None or n >= len(every) else random.Random(seed).sample(every, n)  # noqa: S311
    known: list[tuple[Scenario, Problem]] = []
    outcomes = {name: outcome(changed, known) for name, changed in some}
    survived = tuple(name for name, found in outcomes.items() if found == "survived")
    crashed = tuple(f"{name}: {found}" for name, found in outcomes.items() if found not in ("survived", "caught"))
    return Counts(len(outcomes), survived, crashed)


def outcome(plan: Plan, known: list[tuple[Scenario, Problem]]) -> str:
    """Return `caught`, `survived`, or the exception that is no sentence; scenarios that were prepared are kept in `known`."""

    def rebuild(scenario: Scenario) -> Problem:
        found = [problem for other, problem in known if other is scenario]
        if not found:
            known.append((scenario, prepare(scenario)))
        return found[0] if found else known[-1][1]

    try:
        for group in groups_of(plan, rebuild):  # up to the first that refuses the plan
            judge(plan, group)
    except SitingError:
        return "caught"
    except Exception as error:
        return repr(error)
    return "survived"


def mutants(plan: Plan) -> Iterator[Mutant]:
    """Yield every mutant of a plan: edits of single values, then forgeries that keep the sums."""
    yield from _edited_tables(plan)
    yield from _edited_figures(plan)
    for group, changes in FORGERIES.items():
        for name, change in changes.items():
            changed = change(plan)
            if changed is not None:
                yield Mutant(name, group, changed)
    yield from _asked(plan)


def _group_of(table: str) -> str:
    if table in ("hubs", "demand"):
        return "the question"
    if table in ("contracts", "policy"):
        return "contracts and policy"
    return "words and provenance" if table in WORDS else "numbers"


def _edited_tables(plan: Plan) -> Iterator[Mutant]:
    """Yield a mutant for the first, the middle and the last row of every column."""
    for name in TABLES:
        table = getattr(plan, name)
        for column in (c for c in table.columns if (name, c) not in NOT_JUDGED):
            for row in sorted({0, len(table) // 2, len(table) - 1} if len(table) else ()):
                old = table[column].iloc[row]
                changed = table.copy()
                new = _other(old)
                if changed[column].dtype != object and isinstance(new, str) != isinstance(old, str):
                    continue
                changed[column] = [new if i == row else x for i, x in enumerate(table[column])]
                yield Mutant(f"{name}.{column}[{row}]", _group_of(name), replace(plan, **{name: changed}))
        for row in sorted({0, len(table) - 1} if len(table) else ()):
            without = table.drop(index=table.index[row]).reset_index(drop=True)
            yield Mutant(f"{name}: row {row} left out", _group_of(name), replace(plan, **{name: without}))
            twice = pd.concat([table, table.iloc[[row]]], ignore_index=True)
            yield Mutant(f"{name}: row {row} twice", _group_of(name), replace(plan, **{name: twice}))


def _other(old: Any) -> Any:
    """Return another value of the same type that could be meant."""
    if isinstance(old, str):
        return f"{old} or so"
    if isinstance(old, bool) or type(old).__name__ == "bool":
        return not old
    if old is None or pd.isna(old):
        return 1.0
    return old + 1 if type(old).__name__.startswith("int") else 1.01 * float(old) + (0.0 if old else 1.0)


def _edited_figures(plan: Plan) -> Iterator[Mutant]:
    """Yield mutants of every KPI, of every field of the proof that can be told, and of every ledger line."""
    for name, value in plan.kpis.items():
        others = {k: v for k, v in plan.kpis.items() if k != name}
        yield Mutant(f"KPI {name} changed", "numbers", replace(plan, kpis=others | {name: _other(value)}))
        yield Mutant(f"KPI {name} left out", "numbers", replace(plan, kpis=others))
    for line in dict.fromkeys(plan.ledger["line"]):
        for column in ("usd_per_year", "tco2e_per_year"):
            table = plan.ledger.copy()
            table.loc[table.index[table["line"] == line][-1], column] += 1e-4 * max(table[column].abs().max(), 1.0)
            yield Mutant(f"ledger line {line}, {column}", "numbers", replace(plan, ledger=table))
    for i, stage in enumerate(plan.proof.stages):
        for key, new in {
            "objective": "beauty", "unit": "furlong", "status": "infeasible", "value": None, "gap": 0.9,
            "tolerance": 0.5, "in_plan": float(stage["in_plan"]) * 1.01, "bound": None,
        }.items():  # fmt: skip
            beyond = {"value": float(stage["value"]) * 0.9 - 1, "bound": float(stage["value"]) * 1.1 + 1}
            up = bool(plan.scenario.minimise.stages[i].maximise) if i < len(plan.scenario.minimise.stages) else False
            if up:
                beyond = {"value": float(stage["value"]) * 1.1 + 1, "bound": float(stage["value"]) * 0.9 - 1}
            changed = {**stage, key: beyond.get(key, new)}
            stages = tuple(changed if j == i else s for j, s in enumerate(plan.proof.stages))
            yield Mutant(f"stage {i}: {key}", "the proof", _proof(stages=stages)(plan))


def _proof(**values: Any) -> Callable[[Plan], Plan]:
    return lambda p: replace(
        p, proof=replace(p.proof, **{k: v(p.proof) if callable(v) else v for k, v in values.items()})
    )


def _better(p: Plan) -> float:
    return 1.05 if p.scenario.minimise.maximise else 0.95


def _sites(**values: Any) -> Callable[[Plan], Plan]:
    return lambda p: replace(
        p, sites=p.sites.assign(**{k: v(p.sites) if callable(v) else v for k, v in values.items()})
    )


def _one_hub_dropped(p: Plan) -> Plan:
    """Drop the hub with the least demand from hubs, demand and assignments, and restate the loads of sites."""
    hub = p.demand.groupby("hub")["it_mw"].sum().idxmin()
    rest = p.assignments[p.assignments["hub"] != hub].reset_index(drop=True)
    load = rest.groupby("site")["it_mw"].sum()
    return replace(
        p,
        hubs=p.hubs[p.hubs["id"] != hub].reset_index(drop=True),
        demand=p.demand[p.demand["hub"] != hub].reset_index(drop=True),
        assignments=rest,
        sites=p.sites.assign(it_mw=p.sites["id"].map(load).fillna(0.0)),
    )


def _hub_beside_its_site(p: Plan) -> Plan:
    """Move the hub of the slowest round trip beside the site that serves it, and restate all its round trips."""
    slow = p.assignments.loc[p.assignments["rtt_p90_ms"].idxmax()]
    at = p.sites.set_index("id").geometry[slow["site"]]
    hubs = p.hubs.copy()
    hubs.loc[hubs["id"] == slow["hub"], "geometry"] = Point(at.x + 0.1, at.y)
    table, point = p.assignments.copy(), p.sites.set_index("id").geometry
    for i in table.index[table["hub"] == slow["hub"]]:
        a = point[table.loc[i, "site"]]
        table.loc[i, "rtt_p90_ms"] = float(rtt_ms(a.x, a.y, at.x + 0.1, at.y, quantile=0.9))
    return replace(p, hubs=hubs, assignments=table)


def _halls_not_whole(p: Plan) -> Plan:
    """Give the first site half a hall more, with capacity, jobs, capital and peak restated."""
    old = p.sites["halls"].iloc[0]
    grown = {c: p.sites[c].astype(float) for c in ("halls", "capacity_it_mw", "jobs", "capex_usd", "peak_facility_mw")}
    for values in grown.values():
        values.iloc[0] *= (old + 0.5) / old
    return replace(p, sites=p.sites.assign(**grown))


def _names_swapped(p: Plan) -> Plan:
    return replace(p, sites=p.sites.assign(name=list(reversed(p.sites["name"]))))


def _empty(name: str) -> Callable[[Plan], Plan | None]:
    return lambda p: replace(p, **{name: getattr(p, name).iloc[:0]}) if len(getattr(p, name)) else None


def _where(table: str, **values: Any) -> Callable[[Plan], Plan | None]:
    def change(p: Plan) -> Plan | None:
        old = getattr(p, table)
        new = old.assign(**values)
        return None if not len(old) or new.equals(old) else replace(p, **{table: new})

    return change


def _renamed_site(p: Plan) -> Plan:
    """Call the first site by another id in every table."""
    old, new = p.sites["id"].iloc[0], "atlantis"
    tables = {"sites": "id", "assignments": "site", "ledger": "site"}
    return replace(p, **{t: getattr(p, t).assign(**{c: getattr(p, t)[c].replace(old, new)}) for t, c in tables.items()})


def _all_halved(p: Plan) -> Plan:
    """Halve loads, demand and the ledger together."""
    return replace(
        p,
        demand=p.demand.assign(it_mw=p.demand["it_mw"] / 2),
        assignments=p.assignments.assign(it_mw=p.assignments["it_mw"] / 2),
        sites=p.sites.assign(it_mw=p.sites["it_mw"] / 2),
        ledger=p.ledger.assign(
            usd_per_year=p.ledger["usd_per_year"] / 2, tco2e_per_year=p.ledger["tco2e_per_year"] / 2
        ),
    )


FORGERIES: dict[str, dict[str, Callable[[Plan], Plan | None]]] = {
    "the question": {
        "a hub dropped everywhere, loads restated": _one_hub_dropped,
        "hub moved beside its site, round trips restated": _hub_beside_its_site,
        "hubs of another country": _where("hubs", country_iso2="AQ"),
        "hubs renamed": _where("hubs", name="Springfield"),
        "loads, demand and ledger halved": _all_halved,
        "demand doubled in the table": lambda p: replace(p, demand=p.demand.assign(it_mw=2 * p.demand["it_mw"])),
        "another class of demand": _where("demand", workload="idle"),
        "a site by another id": _renamed_site,
    },
    "the proof": {
        "status nonsense": _proof(status="splendid"),
        "status infeasible": _proof(status="infeasible"),
        "status no_solution": _proof(status="no_solution"),
        "gap 0 beside a bound": lambda p: _proof(gap=0.0)(p) if (p.proof.gap or 0) > 1e-5 else None,
        "gap 0.4": _proof(gap=0.4),
        "gap negative": _proof(gap=-1.0),
        "gap unknown": lambda p: _proof(gap=None)(p) if p.proof.gap is not None else None,
        "unit": _proof(unit="furlong"),
        "unit of another size": _proof(unit="kgCO2e/EFLOP"),
        "tolerance": _proof(tolerance=lambda x: x.tolerance + 0.2),
        "requested gap negative": _proof(gap_asked=-0.1),
        "requested gap of 40": _proof(gap_asked=40.0),
        "bound on the wrong side": lambda p: _proof(bound=p.proof.objective * (2.0 - _better(p)))(p),
        "bound is text": _proof(bound="NaN"),
        "bound is NaN": _proof(bound=float("nan")),
        "bound and gap better than the first stage's": _proof(bound=lambda x: x.objective, gap=0.0, stages=lambda x: tuple(
            {**s, "bound": s["value"] * 0.9, "gap": 0.1} if i == 0 else s for i, s in enumerate(x.stages)
        )),
        "objective": _proof(objective=lambda x: 0.99 * x.objective),
        "objective and bound": _proof(objective=lambda x: 0.9 * x.objective, bound=lambda x: 0.9 * x.bound),
        "stages dropped": _proof(stages=()),
        "last stage dropped": _proof(stages=lambda x: x.stages[:-1]),
        "stages twice": _proof(stages=lambda x: x.stages * 2),
        "stages reversed": lambda p: _proof(stages=p.proof.stages[::-1])(p) if len(p.proof.stages) > 1 else None,
        "least cost above the plan's own": lambda p: _proof(least_cost_usd_per_year=1.5 * p.kpis["cost_usd_per_year"])(p),
        "least cost halved": lambda p: (
            _proof(least_cost_usd_per_year=p.proof.least_cost_usd_per_year / 2)(p)
            if p.proof.least_cost_usd_per_year
            else None
        ),
        "seconds negative": _proof(seconds=-1.0),
        "no rows": _proof(rows=-5),
    },
    "sizes": {
        "halls not whole, sums restated": _halls_not_whole,
        "peak facility power 0": _sites(peak_facility_mw=0.0),
        "peak facility power halved": _sites(peak_facility_mw=lambda s: s["peak_facility_mw"] / 2),
        "a hall more at every site": _sites(halls=lambda s: s["halls"] + 1),
        "capacity doubled": _sites(capacity_it_mw=lambda s: 2 * s["capacity_it_mw"]),
        "peak PUE lowered, peak restated": _sites(
            peak_pue=lambda s: s["peak_pue"] - 0.05,
            peak_facility_mw=lambda s: s["capacity_it_mw"] * (s["peak_pue"] - 0.05),
        ),
    },
    "own places": {
        "cooling renamed": _sites(cooling="ice"),
        "another design": _sites(cooling=lambda s: [
            "waterside_economizer" if c != "waterside_economizer" else "airside_economizer_adiabatic" for c in s["cooling"]
        ]),
        "plants nearby doubled": _sites(plants_mw_150km=lambda s: 2 * s["plants_mw_150km"]),
        "degree-days 0": lambda p: _sites(cdd18_k_day=0.0)(p) if p.sites["cdd18_k_day"].any() else None,
        "zone of another site": _sites(zone_id="FR"),
        "jurisdiction of another country": _sites(jurisdiction="AQ"),
        "generation of the zone doubled": _sites(avg_generation_mw=lambda s: 2 * s["avg_generation_mw"]),
        "generation of the zone unknown": _sites(avg_generation_mw=float("nan")),
        "moved by a degree": lambda p: replace(p, sites=p.sites.set_geometry(p.sites.translate(1.0))),
    },
    "contracts and policy": {
        "contracts hidden": _empty("contracts"),
        "contract for more": _where("contracts", mwh_per_year=1e9),
        "contracts free of carbon": _where("contracts", g_per_kwh=0.0),
        "rest free of carbon": _where("contracts", rest_g_per_kwh=0.0),
        "surplus 0": _where("contracts", surplus_mwh=-1.0),
        "contract of another zone": _where("contracts", zone="FR"),
        "policy switches hidden": _empty("policy"),
        "policy switch reworded": _where("policy", wording="holds"),
        "programmes claimed in words": _sites(incentives="us-tx-qdc; gift"),
        "market intensity": _sites(ci_market_g_per_kwh=7.0),
    },
    "words and provenance": {
        "names swapped": lambda p: _names_swapped(p) if len(set(p.sites["name"])) > 1 else None,
        "every name the same": _sites(name="Eden"),
        "every country the same": _sites(country="Utopia"),
        "worst quality observed": _sites(worst_quality="observed"),
        "intensity observed": _sites(ci_quality="assumption"),
        "price assumed": _sites(price_quality="assumption"),
        "round trips by hearsay": _where("assignments", rtt_quality="hearsay"),
        "round trips measured by the planner": _where("assignments", rtt_quality="measured (yours)"),
        "exclusions hidden": _empty("excluded"),
        "exclusions without a reason": _where("excluded", reason=""),
        "exclusions by another limit": _where("excluded", limit="site_count"),
        "unknowns hidden": _empty("unknowns"),
        "unknowns known": _where("unknowns", unknown="known"),
        "sources hidden": _empty("sources"),
        "sources under another licence": _where("sources", licence="secret"),
        "sources all observed": _where("sources", quality="perfect"),
        "sources of another year": _where("sources", year="2031"),
        "binding limits hidden": _empty("binding"),
        "binding limits free": _where("binding", slack=1e9),
        "binding limits of another unit": _where("binding", unit="furlong"),
        "binding limits for no reason": _where("binding", because="whim"),
        "a KPI that nobody defines": lambda p: replace(p, kpis={**p.kpis, "beauty": 1.0}),
        "a site excluded that is built": lambda p: None if p.excluded.empty else replace(p, excluded=pd.concat(
            [p.excluded, p.excluded.iloc[[0]].assign(site=p.sites["id"].iloc[0])], ignore_index=True)
        ),
    },
}  # fmt: skip
"""Changes that keep a plan consistent with itself as far as it can be, by group; None where a plan has no such part."""


def _asked(plan: Plan) -> Iterator[Mutant]:
    """Yield the same plan as the answer to another question: a changed scenario."""
    s = plan.scenario
    demand, building, hardware, policy = s.demand, s.building, s.hardware, s.policy
    designs = sorted({"airside_economizer_adiabatic", "waterside_economizer", "seawater"} - set(plan.sites["cooling"]))
    date = policy.date.replace(year=policy.date.year - 8)
    built = tuple(plan.sites["id"])
    changes: dict[str, dict[str, Any]] = {
        "demand doubled": {"demand": demand.model_copy(update={"it_mw": 2 * (demand.it_mw or 100.0)})},
        "demand a hundredth more": {"demand": demand.model_copy(update={"it_mw": 1.01 * (demand.it_mw or 100.0)})},
        "shares other": {"demand": demand.model_copy(update={"shares": {"batch": 0.5, "interactive": 0.5}})},
        "one class": {"demand": demand.model_copy(update={"shares": {"batch": 1.0}})},
        "none of the designs used is on offer": {"building": building.model_copy(update={"cooling": tuple(designs[:1])})},
        "larger halls": {"building": building.model_copy(update={"hall_mw": 1.5 * building.hall_mw})},
        "fuller halls": {"building": building.model_copy(update={"utilisation_max": 0.7})},
        "halls used in full": {"building": building.model_copy(update={"utilisation_min": 1.0})},
        "more halls at least": {"building": building.model_copy(update={"min_halls": 60})},
        "cooling preset": {"building": building.model_copy(update={"cooling_preset": "dry"})},
        "another accelerator": {"hardware": hardware.model_copy(update={"accelerator": "NVIDIA A100 SXM4 80 GB"})},
        "another MFU": {"hardware": hardware.model_copy(update={"mfu": 0.5})},
        "embodied carbon at its high end": {"hardware": hardware.model_copy(update={"embodied": "high"})},
        "another server power": {"hardware": hardware.model_copy(update={"server_power_w": 900.0})},
        "another nameplate": {"hardware": hardware.model_copy(update={"nameplate_w": 2500.0})},
        "embodied carbon of the board alone": {"hardware": hardware.model_copy(update={"embodied_boundary": "board"})},
        "3 K warmer": {"outlook": s.outlook.model_copy(update={"warming_k": 3.0})},
        "in 2040": {"outlook": s.outlook.model_copy(update={"year": 2040})},
        "8 years earlier": {"policy": policy.model_copy(update={"date": date})},
        "no packs": {"policy": policy.model_copy(update={"packs": "none"})},
        "a carbon price of 500": {"policy": policy.model_copy(update={"carbon_price_usd_per_t": 500.0})},
        "dearer capital": {"costs": {**s.costs, "discount-rate": 0.11}},
        "cheaper servers": {"costs": {**s.costs, "capex-it-usd-per-mw": 1e7}},
        "more jobs": {"costs": {**s.costs, "jobs-per-mw": 3.0}},
        "a site excluded that is built": {"candidates": s.candidates.model_copy(update={"exclude": built[:1]})},
        "all sites of the plan excluded": {"candidates": s.candidates.model_copy(update={"exclude": built})},
        "another set of candidates": {"candidates": s.candidates.model_copy(update={"set": "starter"})}
        if s.candidates.set not in ("starter", "world")
        else {"candidates": s.candidates.model_copy(update={"exclude": ("mcmurdo",)})},
        "another objective": {"minimise": _objective(plan)},
        "marginal carbon": {"minimise": s.minimise.model_copy(update={"carbon": _marginal(s)})},
        "direct carbon": {"minimise": s.minimise.model_copy(update={"carbon": s.minimise.carbon.model_copy(update={"scope": "direct"})})},
        "another tolerance": {"minimise": s.minimise.model_copy(update={"tolerance": s.minimise.tolerance + 0.3})},
        "residual mix of nowhere": {"residual_mix": _mix_of("XX-NOWHERE")},
        "a contract of nowhere": {"contracts": _contract_of("XX-NOWHERE")},
        "a contract more": {"contracts": (*s.contracts, *_contract_of(str(plan.sites["zone_id"].iloc[0])))},
    }  # fmt: skip
    for i, limit in enumerate(s.limits):
        for word, update in _tighter(plan, limit):
            limits = tuple(limit.model_copy(update=update) if j == i else x for j, x in enumerate(s.limits))
            changes[f"limit {i} {limit.name}: {word}"] = {"limits": limits}
    for name, update in changes.items():
        changed = s.model_copy(update=update)
        if changed != s:
            yield Mutant(f"asked: {name}", "the question", replace(plan, scenario=changed))


def _objective(plan: Plan) -> Any:
    from siting import Cost, Sites

    return Sites() if plan.scenario.minimise.name != "sites" else Cost()


def _marginal(s: Any) -> Any:
    return s.minimise.carbon.model_copy(update={"scope": "direct", "signal": "marginal", "basis": "location"})


def _mix_of(zone: str) -> tuple[Any, ...]:
    from siting.scenario.contracts import ResidualMix

    return (ResidualMix(zone=zone, g_per_kwh=400.0, source="made up"),)


def _contract_of(zone: str) -> tuple[Any, ...]:
    from siting.scenario.contracts import PowerContract

    return (PowerContract(name="forged", zone=zone, mwh_per_year=1000.0, g_per_kwh=1.0),)


def _tighter(plan: Plan, limit: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield values of a limit that the plan does not keep."""
    n, worst = len(plan.sites), float(plan.kpis["rtt_p90_ms_max"])
    values: dict[str, dict[str, Any]] = {
        "site_count": {"max": n - 1},
        "max_latency": {f"{k}_ms": 0.5 * worst for k in plan.scenario.demand.shares},
        "renewable_share": {"min": 1.0},
        "grid_headroom": {"zone_share": 1e-4},
        "max_share": {"max": 0.01},
        "max_ci": {"g_per_kwh": 1.0},
        "jurisdictions": {"hub_countries": (), "allowed": ("AQ",), "home": False},
        "budget": {"above_least_cost": -0.5},
        "screen": {"min_rule_of_law": 2.4},
        "water": {"max_m3_per_year": 1.0},
    }
    if limit.name in values:
        yield "tighter", values[limit.name]
    if limit.name == "screen":
        yield "looser, fewer exclusions", {"min_political_stability": None, "min_rule_of_law": None}
