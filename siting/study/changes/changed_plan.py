"""What a change of its scenario does to a plan: the changed scenario solved from the plan, side by side with it."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from siting.plan.plan import Plan
from siting.problem.prepare import prepare
from siting.scenario.limit import Limit
from siting.scenario.scenario import Scenario
from siting.solver.settings import require_settings
from siting.study.change import change
from siting.study.changes.plan_sentences import AFTER, BEFORE
from siting.study.compare import Comparison, compare
from siting.study.session import solve_from

SAME_MW = 0.05
"""Difference of the IT power of a site that is rounding [MW]."""


def what_if(
    plan: Plan,
    values: Mapping[str, Any] | None = None,
    *,
    add: Sequence[Limit | Mapping[str, Any]] = (),
    without: Sequence[str] = (),
    hold: Literal["budget"] | None = None,
    time_limit_s: float | None = 60.0,
    gap: float = 1e-4,
    solver: str = "highs",
) -> Comparison:
    """Solve the scenario of a plan with changes, and compare the two plans.

    The plan is the warm start. Where the change leaves its least cost as it is, which a budget refers to, that is not
    computed again.

    Parameters
    ----------
    plan : Plan
        As `siting.solve` or `Plan.load` returns it.
    values, add, without, hold
        As in `siting.change`.
    time_limit_s, gap, solver : float or None, float, str
        As in `siting.solve`.

    Returns
    -------
    Comparison
        Of two plans, `before` and `after`; the second has no sites if the changed scenario has no plan.

    Raises
    ------
    ScenarioError
        As `siting.change` does.
    InfeasibleError
        The changed limits exclude every plan, and it can be shown before solving.

    Examples
    --------
    >>> import siting as st
    >>> plan = st.solve(st.prepare(st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))), gap=0.01)
    >>> side = what_if(plan, {"demand.it_mw": 90}, gap=0.01)
    >>> side.kpis.loc["it_mw", ["before", "after"]].round().tolist()
    [60.0, 90.0]
    """
    changed = change(plan, values, add=add, without=without, hold=hold)
    return solved_from(plan, changed, time_limit_s=time_limit_s, gap=gap, solver=solver)


def solved_from(
    plan: Plan, changed: Scenario, *, time_limit_s: float | None = 60.0, gap: float = 1e-4, solver: str = "highs"
) -> Comparison:
    """Return the plan of a changed scenario beside the plan that it is solved from; see `what_if`."""
    require_settings(time_limit_s, gap, solver)
    start = plan if plan.kpis else None
    least = plan.proof.least_cost_usd_per_year if _same_least_cost(plan, changed) else None
    after = solve_from(
        prepare(changed), [], start, least_cost_usd_per_year=least, time_limit_s=time_limit_s, gap=gap, solver=solver
    )
    return compare([plan, after], [BEFORE, AFTER])


def _same_least_cost(plan: Plan, changed: Scenario) -> bool:
    """Return whether a changed scenario has the least cost that was proven for the plan's: only objective or budget differ."""
    if plan.status != "optimal" or plan.proof.budget_open > 0:
        return False
    old, new = (
        s.model_copy(
            update={"minimise": plan.scenario.minimise, "limits": tuple(x for x in s.limits if not x.needs_least_cost)}
        )
        for s in (plan.scenario, changed)
    )
    return old == new and plan.scenario.minimise.carbon == changed.minimise.carbon


def changed_sites(side: Comparison) -> pd.DataFrame:
    """Return the sites whose power differs between the first and the last plan.

    Returns
    -------
    pandas.DataFrame
        `site` (its name), `country`, the IT power in both [MW], 0 where it is not built, and `change` [MW]; the largest
        change first.
    """
    first, last = side.names[0], side.names[-1]
    power = side.sites[[first, last]].astype(float).fillna(0.0)
    table = side.sites[["name", "country"]].rename(columns={"name": "site"}).join(power)
    table = table.assign(change=power[last] - power[first])
    moved = table[table["change"].abs() > SAME_MW]
    return moved.sort_values("change", key=abs, ascending=False, kind="stable", ignore_index=True)
