"""Re-check of the record of a proof: status, unit, gap and stages against the objective, the bound and the KPIs."""

from typing import TYPE_CHECKING, Any

import numpy as np

from siting.verify.tolerances import Check, at_least, at_most, equal, equal_or_unknown, same

if TYPE_CHECKING:
    from siting.plan.plan import Plan

KPI_OF = {
    "emissions_per_compute": ("emissions_g_per_eflop", "gCO2e/EFLOP"),
    "emissions": ("emissions_t_per_year", "tCO2e/year"),
    "cost": ("cost_usd_per_year", "USD/year"),
    "cost_per_compute": ("cost_usd_per_eflop", "USD/EFLOP"),
    "mean_latency": ("rtt_p90_ms_mean", "ms"),
    "worst_latency": ("rtt_p90_ms_max", "ms"),
    "sites": ("sites", "sites"),
    "covered_demand": ("it_mw", "MW"),
    "water": ("water_m3_per_year", "m3/year"),
}
"""KPI and unit of each objective; one of the user's own has none."""
WITH_A_PLAN = ("optimal", "feasible")
TIE_BREAK = "cost"


def proof(plan: "Plan") -> list[Check]:
    """Compare status, unit, gap, bound and every stage with the scenario, the KPIs and each other."""
    p, first = plan.proof, plan.scenario.minimise
    assert p.objective is not None
    checks = [
        equal(f"status `{p.status}` is that of a plan", "portfolio", float(p.status in WITH_A_PLAN), 1.0, "-"),
        same("unit of the objective", first.name, p.unit, _unit(first)),
        equal("tolerance of the objective", first.name, p.tolerance, first.tolerance, "-"),
        equal_or_unknown("gap", "portfolio", p.gap, _gap(p.objective, p.bound), "-"),
        at_least("requested gap", "portfolio", p.gap_asked, 0.0, "-"),
        at_most("requested gap", "portfolio", p.gap_asked, 1.0, "-"),
        at_least("seconds of the solve", "portfolio", p.seconds, 0.0, "s"),
        at_least("rows and variables of the model", "portfolio", min(p.rows, p.variables), 0, "-"),
        *_values(plan),
        *_stages(plan),
        *_considered(plan),
        *_budget_open(plan),
    ]
    if p.bound is not None:
        no_better = at_least if first.maximise else at_most
        checks.append(no_better("bound", "portfolio", p.bound, p.objective, p.unit))
    if p.status == "optimal":
        way = -1.0 if first.maximise else 1.0
        ahead = np.inf if p.bound is None else way * (p.objective - p.bound)
        reached = ahead / max(abs(p.objective), 1e-12)
        checks.append(at_most("gap of an optimal plan", "portfolio", reached, _gap_allowed(plan), "-"))
    if p.least_cost_usd_per_year is not None:
        most = plan.kpis["cost_usd_per_year"] * (1.0 + (p.gap_asked if p.status == "optimal" else 1.0))
        checks.append(at_most("least cost", "portfolio", p.least_cost_usd_per_year, most, "USD/year"))
    return checks


def _unit(objective: Any) -> str:
    return KPI_OF[objective.name][1] if objective.name in KPI_OF else str(objective.unit)


def _gap(value: float, bound: float | None) -> float:
    """Return how far a bound is from a value, relative to the value."""
    return np.nan if bound is None else abs(value - bound) / max(abs(value), 1e-12)


def _values(plan: "Plan") -> list[Check]:
    """Compare the objective, and the plan's value of every stage, with the KPIs."""
    p, first = plan.proof, plan.scenario.minimise
    stated: list[tuple[str, str, Any, str]] = [("portfolio", first.name, p.objective, p.unit)]
    stated += [(str(s["objective"]), str(s["objective"]), s["in_plan"], str(s["unit"])) for s in p.stages]
    return [
        equal("objective", where, float(value), plan.kpis[KPI_OF[word][0]], unit)
        for where, word, value, unit in stated
        if word in KPI_OF
    ]


def _stages(plan: "Plan") -> list[Check]:
    """Compare the stages with the objectives of the scenario, their bounds with their values, and the first with the plan."""
    p, asked = plan.proof, plan.scenario.minimise.stages
    names = [str(s["objective"]) for s in p.stages]
    wanted = [x.name for x in asked]
    ends_with_cost = wanted[-1] == TIE_BREAK or (wanted[-1] not in KPI_OF and names == wanted)
    hard = plan.scenario.demand.elastic is None
    if not (ends_with_cost or (wanted[-1] == "cost_per_compute" and hard)):
        wanted.append(TIE_BREAK)
    checks = [same("stages", "portfolio", ", ".join(names), ", ".join(wanted))]
    for i, stage in enumerate(p.stages):
        objective = asked[i] if i < len(asked) else None
        name, maximise = names[i], objective is not None and objective.maximise
        unit = _unit(objective) if objective is not None else KPI_OF[TIE_BREAK][1]
        give = 0.0 if objective is None else objective.tolerance
        value, bound = float(stage["value"]), stage["bound"]
        known = float(stage["status"] in WITH_A_PLAN)
        checks += [
            equal(f"status `{stage['status']}` of a stage is that of a plan", name, known, 1.0, "-"),
            same("unit of a stage", name, stage["unit"], unit),
            equal("tolerance of a stage", name, stage["tolerance"], give, "-"),
            equal_or_unknown("gap of a stage", name, stage["gap"], _gap(value, bound), "-"),
        ]
        no_better = at_least if maximise else at_most
        if bound is not None:
            checks.append(no_better("bound of a stage", name, float(bound), value, unit))
        if objective is not None:
            keep, far = (at_least, -1.0) if maximise else (at_most, 1.0)
            limit = value + far * give * abs(value)
            checks.append(keep("stage kept", name, stage["in_plan"], limit, unit))
        if p.status == "optimal" and objective is not None:
            checks.append(same("status of a stage of an optimal plan", name, stage["status"], "optimal"))
    return checks + (_first_stage(plan) if p.stages else [])


def _first_stage(plan: "Plan") -> list[Check]:
    """Compare the bound of the plan with that of the first stage, which may not be beyond the plan's own value."""
    p, stage = plan.proof, plan.proof.stages[0]
    if stage["bound"] is None or p.bound is None or p.objective is None:
        return [same("bound of the first stage is known", "portfolio", p.bound is None, stage["bound"] is None)]
    limit = (max if plan.scenario.minimise.maximise else min)(float(stage["bound"]), p.objective)
    return [equal("bound of the first stage", "portfolio", p.bound, limit, p.unit)]


def _budget_open(plan: "Plan") -> list[Check]:
    """Compare by how much the budget is open with the most that the cost, the least cost and the requested gap allow.

    The least cost of an optimal plan is within the gap of its bound: ``(1 + open) (1 + above) bound = cost`` bounds the rest.
    """
    p, late = plan.proof, [x for x in plan.scenario.limits if x.needs_least_cost]
    if not late:
        return []
    above: list[Any] = [getattr(x, "above_least_cost", None) for x in late]
    cost, most = plan.kpis["cost_usd_per_year"], 1.0
    least = p.least_cost_usd_per_year or 0.0
    if None not in above and p.status == "optimal" and 0.0 < least <= cost:
        at_the_bound = (1.0 + min(map(float, above))) * least * (1.0 - p.gap_asked)
        most = max(cost / max(at_the_bound, 1e-12) - 1.0, 0.0)
    return [
        at_least("share by which the budget is open", "portfolio", p.budget_open, 0.0, "-"),
        at_most("share by which the budget is open", "portfolio", p.budget_open, most, "-"),
    ]


def _considered(plan: "Plan") -> list[Check]:
    """Compare the counts of options with each other, and with what is built."""
    counts = plan.proof.considered
    every, dominated, held = (counts.get(f"options{x}", 0) for x in ("", "_dominated", "_in_model"))
    if not every:
        return []
    return [
        at_most("options in the model", "portfolio", held, every, "options"),
        at_most("options that are dominated", "portfolio", dominated, every, "options"),
        at_least("options in the model", "portfolio", held, len(plan.sites), "options"),
        at_least("options that are dominated", "portfolio", dominated, 0, "options"),
    ]


def _gap_allowed(plan: "Plan") -> float:
    """Return how far an optimal plan may be from its bound: the requested gap, and what the tolerance gave away.

    A value within (1 + tolerance) of one that is within the gap of the bound; of the greatest, within (1 - tolerance).
    """
    give, asked = plan.proof.tolerance, plan.proof.gap_asked
    if give == 0:
        return asked
    if plan.scenario.minimise.maximise:
        return (1.0 + asked) / max(1.0 - give, 1e-12) - 1.0
    return 1.0 - (1.0 - asked) / (1.0 + give)
