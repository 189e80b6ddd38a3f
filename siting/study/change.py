"""A copy of a scenario with other values, and with limits added or removed."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from siting.errors import ScenarioError, UnprovenError, listed, nearest
from siting.limits import Budget
from siting.objectives import Cost
from siting.plan.plan import Plan
from siting.problem.prepare import prepare
from siting.scenario.limit import Limit
from siting.scenario.scenario import Scenario
from siting.study.runs.scenario_paths import with_values

BUDGET = "budget"


def change(
    scenario: Scenario | Plan,
    values: Mapping[str, Any] | None = None,
    *,
    name: str | None = None,
    add: Sequence[Limit | Mapping[str, Any]] = (),
    without: Sequence[str] = (),
    hold: Literal["budget"] | None = None,
) -> Scenario:
    """Return a copy of a scenario with other values, and with limits added or removed.

    Parameters
    ----------
    scenario : Scenario or Plan
        The scenario, or a plan of it; it is not changed.
    values : mapping of str to object, optional
        Dotted path to value, as in `siting.sweep`: ``{"demand.it_mw": 300, "limits.max_latency.batch_ms": 250}``;
        None removes a value.
    name : str, optional
        Name of the copy; default that of the scenario.
    add : sequence of Limit or mapping, optional
        Limits to add, as objects or as a scenario file holds them.
    without : sequence of str, optional
        Limits to remove, by `kind` (all of that kind), or by position if a kind is given twice (`"2"`). A limit that acts
        by default is switched off in `policy.off`.
    hold : {"budget"} or None, optional
        Keep the dollars of the budget: one that is given relative to the least cost, which the change moves, becomes
        the yearly amount of the plan, or of the scenario, whose least cost is then computed (up to a minute).

    Returns
    -------
    Scenario
        Validated like any other; its files are read from the same folders.

    Raises
    ------
    ScenarioError
        A path or a limit that the scenario does not have, or values that are not valid; no budget to hold, or one that is
        changed as well.
    UnprovenError
        The least cost behind the budget to hold is not known.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="any", demand={"it_mw": 100}, limits=(st.SiteCount(max=4),))
    >>> other = change(scenario, {"demand.it_mw": 60}, add=[st.MaxCi(g_per_kwh=100)], without=["site_count"])
    >>> other.demand.it_mw, [x.kind for x in other.limits]
    (60.0, ['max_ci'])
    >>> dollars = st.Scenario(name="any", limits=(st.Budget(usd_per_year=2e9),))
    >>> change(dollars, {"demand.it_mw": 60}, hold="budget").limits[0].usd_per_year
    2000000000.0
    """
    plan, scenario = (scenario, scenario.scenario) if isinstance(scenario, Plan) else (None, scenario)
    values = values or {}
    held = _held_usd(plan, scenario, values, without) if hold == BUDGET else None
    if hold not in (None, BUDGET):
        raise ScenarioError(f'`hold` is {hold!r}: give "budget", the one thing that can be held, or leave it out')
    changed = with_values(scenario, values)
    kinds = [x.name for x in scenario.limits]
    default = [x.name for x in scenario.acting_limits if x.by_default and x.name not in kinds]
    known = [*dict.fromkeys(kinds), *default, *map(str, range(len(kinds)))]
    strangers = [f"`{w}`{nearest(w, known)}" for w in without if w not in known]
    if strangers:
        its = f"its limits are {listed(dict.fromkeys(kinds)) or 'none'}"
        raise ScenarioError.from_faults(f"scenario `{scenario.name}` has no such limit to remove ({its}):", strangers)
    kept = [x for i, x in enumerate(changed.limits) if not {kinds[i], str(i)} & set(without)]
    if held is not None:
        kept = [Budget(usd_per_year=held) if x.name == BUDGET else x for x in kept]
    plain = changed.as_dict() | {"minimise": changed.minimise, "limits": [*kept, *add], "name": name or scenario.name}
    plain["policy"]["off"] = [*plain["policy"].get("off", ()), *(x for x in default if x in without)]
    return type(scenario)(**plain).with_folders_of(scenario)


def _held_usd(plan: Plan | None, scenario: Scenario, values: Mapping[str, Any], without: Sequence[str]) -> float:
    """Return the yearly amount of a scenario's budget, or of its plan's [USD/a]."""
    budgets = [x for x in scenario.limits if isinstance(x, Budget)]
    if not budgets:
        raise ScenarioError(f"scenario `{scenario.name}` has no budget to hold: leave out `hold`, or add a `budget`")
    if BUDGET in without or any(path.startswith(f"limits.{BUDGET}.") for path in values):
        raise ScenarioError("the budget is to be held and changed: leave out `hold`, or the change of `budget`")
    if plan is not None and plan.budget_usd_per_year is not None:
        return plan.budget_usd_per_year
    least = _least_cost_usd(scenario) if any(x.needs_least_cost for x in budgets) else None
    return min(x.largest_usd_per_year(least) for x in budgets)


def _least_cost_usd(scenario: Scenario) -> float:
    """Return the proven least cost of a scenario without the limits that refer to it [USD/a]."""
    from siting.solver.solve import solve

    early = tuple(x for x in scenario.limits if not x.needs_least_cost)
    cheapest = scenario.model_copy(update={"limits": early, "minimise": Cost(carbon=scenario.minimise.carbon)})
    plan = solve(prepare(cheapest))
    if plan.status != "optimal":
        raise UnprovenError(
            f"the least cost behind the budget of `{scenario.name}` is not proven ({plan.status.replace('_', ' ')}): "
            "solve the scenario first and give its plan, or give the budget as `usd_per_year`"
        )
    return float(plan.kpis["cost_usd_per_year"])
