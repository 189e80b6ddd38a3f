"""Small random scenarios over all kinds of limits and objectives, for laws that hold in every one of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from siting import InfeasibleError, Plan, Problem, Scenario, SitingError, prepare
from siting.physics.cooling import DESIGNS
from siting.solver.solve import solve_with
from siting.world import places

MOST_SITES = 6
"""Largest number of candidates: small enough for every solver to prove in seconds."""

WAYS: dict[str, dict[str, Any]] = {
    "HiGHS": {"decompose": False},
    "HiGHS by columns": {"decompose": True},
    "CBC": {"solver": "cbc"},
    "SCIP": {"solver": "scip"},
}
"""Ways of solving that must agree."""
GAP, SAME, SAME_LATER = 1e-6, 2e-6, 1e-4
"""Gap of the solves, and relative differences of the first objective and of later ones that are rounding: a later stage is
solved under rows that hold the earlier ones only to the gap."""
TIME_LIMIT_S = 60.0

Draw = np.random.Generator
Entry = dict[str, Any]

LIMITS: dict[str, Callable[[Draw, list[str]], Entry]] = {
    "site_count": lambda rng, ids: {"min": _whole(rng, 0, 2), "max": _whole(rng, 2, len(ids))},
    "max_latency": lambda rng, _: {"batch_ms": _real(rng, 120, 400)},
    "jurisdictions": lambda _rng, _ids: {"allowed": ["EEA", "US", "CA", "BR", "IN", "JP", "GB", "CH", "AU", "CL"]},
    "site_size": lambda rng, _: {"max_halls": _whole(rng, 2, 9)},
    "min_separation_km": lambda rng, _: {"km": _real(rng, 50, 4000)},
    "training_domain": lambda rng, _: {"max_ms": _real(rng, 80, 350)},
    "max_share": lambda rng, _: {"per": str(rng.choice(["site", "zone", "country"])), "max": _real(rng, 0.4, 1.0)},
    "survive_loss": lambda rng, _: {"share": _real(rng, 0.1, 0.6), "of": str(rng.choice(["site", "zone"]))},
    "required": lambda rng, ids: {"sites": [str(rng.choice(ids))]},
    "excluded": lambda rng, ids: {"sites": [str(rng.choice(ids))], "reason": "drawn"},
    "existing": lambda rng, ids: {"halls": {str(rng.choice(ids)): _whole(rng, 1, 3)}},
    "screen": lambda _rng, _ids: {},
    "moratorium": lambda _rng, _ids: {"jurisdictions": ["IE", "DE", "US"], "above_facility_mw": 30.0},
    "climate": lambda rng, _: {"max_cdd18_k_day": _real(rng, 500, 4000)},
    "grid_headroom": lambda rng, _: {"zone_share": _real(rng, 0.02, 0.5), "plants_share": _real(rng, 0.1, 1.0)},
    "renewable_share": lambda rng, _: {"min": _real(rng, 0.1, 0.7)},
    "carbon_free_share": lambda rng, _: {"min": _real(rng, 0.1, 0.8)},
    "max_ci": lambda rng, _: {"g_per_kwh": _real(rng, 80, 700)},
    "emissions_gate": lambda rng, _: {"max_g_per_eflop": _real(rng, 80, 500)},
    "emissions_cap": lambda rng, _: {"t_per_year": float(10 ** rng.uniform(4, 6))},
    "efficiency_duty": lambda rng, _: {"heat_reuse_share": _real(rng, 0, 0.3)},
    "water": lambda rng, _: {"max_m3_per_year": float(10 ** rng.uniform(4, 6.5))},
    "min_share": lambda rng, _: {"of": str(rng.choice(["rural", "polar"])), "min": _real(rng, 0.02, 0.4)},
    "jobs": lambda rng, _: {"min": _real(rng, 1, 30)},
    "max_cost_per_compute": lambda rng, _: {"usd_per_eflop": _real(rng, 0.9, 1.6)},
    "budget": lambda rng, _: {"above_least_cost": float(rng.choice([0.0, 0.01, 0.03, 0.1]))},
}
"""A draw of the values of each kind of limit, from ranges in which it binds, excludes or is idle (our choice)."""

OBJECTIVES = (
    "emissions_per_compute",
    "cost_per_compute",
    "cost",
    "emissions",
    "water",
    "sites",
    "mean_latency",
    "worst_latency",
    "covered_demand",
)


def _real(rng: Draw, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 4)


def _whole(rng: Draw, low: int, high: int) -> int:
    return int(rng.integers(low, high + 1))


def scenario(seed: int, folder: Path | None = None) -> Scenario:
    """Return a small random scenario.

    It is valid in form. `prepare` may refuse it with a `SitingError`, because its limits exclude every plan or one of
    them has no effect, and its solve may end in `infeasible`.

    Parameters
    ----------
    seed : int
        The same seed gives the same scenario.
    folder : pathlib.Path, optional
        Where to write candidates and hubs as files of the planner; without it they are those of the shipped set, with
        all other candidates excluded.
    """
    rng = np.random.default_rng(seed)
    every = places.starter_sites()
    sites = every.iloc[np.sort(rng.choice(len(every), _whole(rng, 2, MOST_SITES), replace=False))]
    ids = [str(i) for i in sites["id"]]
    content = _question(rng, ids) | {"name": f"random {seed}"}
    if folder is None:
        content["candidates"] = {"exclude": [str(i) for i in every["id"] if i not in ids]}
        return Scenario.model_validate(content)
    hubs = every.iloc[rng.choice(len(every), _whole(rng, 1, 5), replace=False)]
    sites[["id", "name", "lon", "lat", "plants_mw_150km"]].to_csv(folder / f"sites_{seed}.csv", index=False)
    weights = np.round(rng.uniform(0.5, 3, len(hubs)), 2)
    hubs[["id", "name", "lon", "lat"]].assign(weight=weights).to_csv(folder / f"hubs_{seed}.csv", index=False)
    content["candidates"] = {"set": str(folder / f"sites_{seed}.csv")}
    content["demand"]["hubs"] = str(folder / f"hubs_{seed}.csv")
    return Scenario.model_validate(content)


def _question(rng: Draw, ids: list[str]) -> Entry:
    """Return everything of a scenario but its places."""
    kinds = rng.choice(list(LIMITS), _whole(rng, 0, 4), replace=False)
    loads = [{"batch": 1.0}, {"batch": 0.7, "interactive": 0.3}]
    demand: Entry = {"it_mw": _real(rng, 20, 60) * len(ids), "shares": loads[_whole(rng, 0, 1)]}
    if rng.random() < 0.2 and "survive_loss" not in kinds:  # the two are refused together
        demand["elastic"] = {"min_share": _real(rng, 0.3, 0.9), "unmet_usd_per_mwh": _real(rng, 50, 500)}
    designs = rng.choice(sorted(DESIGNS), _whole(rng, 1, 3), replace=False)
    content: Entry = {
        "demand": demand,
        "building": {
            "hall_mw": float(rng.choice([5.0, 10.0, 20.0])),
            "min_halls": _whole(rng, 1, 2),
            "cooling": [str(d) for d in designs],
        },
        "minimise": _minimise(rng, elastic="elastic" in demand),
        "limits": [{"kind": str(k)} | LIMITS[str(k)](rng, ids) for k in kinds],
        "policy": {
            "packs": str(rng.choice(["all", "none"])),
            "carbon_price_usd_per_t": [None, 0.0, 80.0][_whole(rng, 0, 2)],
        },
    }
    return content


def _minimise(rng: Draw, *, elastic: bool) -> list[Entry]:
    """Return one objective, or two or three in order, with tolerances."""
    possible = [n for n in OBJECTIVES if elastic or n != "covered_demand"]
    names = [str(n) for n in rng.choice(possible, int(rng.choice([1, 1, 1, 2, 2, 3])), replace=False)]
    stages: list[Entry] = [{"objective": n, "tolerance": float(rng.choice([0.0, 0.01, 0.05]))} for n in names]
    stages[-1]["tolerance"] = 0.0
    return stages


def disagreements(problem: Problem) -> list[str]:
    """Return in what the ways of solving a problem differ, and what of their plans does not verify; empty if nothing.

    Where the time ends before a proof a way has no say.
    """
    found: dict[str, tuple[str, list[float]]] = {}
    faults = []
    for way, how in WAYS.items():
        try:
            plan = solve_with(problem, [], gap=GAP, time_limit_s=TIME_LIMIT_S, **how)
        except InfeasibleError:
            found[way] = ("infeasible", [])
            continue
        except SitingError as error:
            faults.append(f"{way}: {type(error).__name__}: {error}")
            continue
        if plan.status in ("feasible", "no_solution") and plan.proof.seconds > 0.9 * TIME_LIMIT_S:
            continue
        requested = plan.proof.stages[: len(problem.scenario.minimise.stages)]
        found[way] = (plan.status, [float(stage["in_plan"]) for stage in requested])
        faults += [f"{way}: {fault}" for fault in _not_verified(plan)]
    if len({status for status, _ in found.values()}) > 1:
        faults.append(f"status: { {way: status for way, (status, _) in found.items()} }")
    for i, values in enumerate(zip(*(values for _, values in found.values()), strict=False)):
        apart = SAME_LATER if i or problem.scenario.minimise.tolerance > 0 else SAME
        if max(values) - min(values) > apart * max(abs(values[0]), 1e-3):
            faults.append(f"objective {i + 1}: { {way: v[i] for way, (_, v) in found.items()} }")
    return faults


def _not_verified(plan: Plan) -> list[str]:
    if not plan.kpis:
        return []
    try:
        plan.verify()
    except SitingError as error:
        return [str(error)]
    return []


def solvable(seed: int, folder: Path | None = None) -> Problem | None:
    """Return the prepared scenario of a seed, None where it is refused before any solve."""
    try:
        return prepare(scenario(seed, folder))
    except SitingError:
        return None
