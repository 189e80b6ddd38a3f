"""Near-optimal alternatives: the next best sets of sites, or the most different ones, each with a proof."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from siting.errors import InfeasibleError, ScenarioError, UnprovenError
from siting.plan.plan import Plan
from siting.problem.problem import Problem
from siting.problem.rows import Linear, Rows, one_row
from siting.progress_bar import Progress, shows_progress
from siting.scenario.objective import Objective
from siting.solver.backends import Clock, relative_gap
from siting.solver.lexicographic import no_worse
from siting.solver.settings import require_settings
from siting.solver.solve import solve_with


@dataclass(frozen=True)
class Alternatives:
    """Plans on other sets of sites, best first.

    Attributes
    ----------
    plans : tuple of Plan
        Each differs from the plan and from each other in at least one site.
    complete : bool
        Whether it is proven that no other set of sites is within the tolerance.
    table : pandas.DataFrame
        A row a plan: `objective`, `regret` (relative to the plan's objective), `tie` (regret within the larger of both
        gaps), `status`, `added` and `dropped` sites, `shared` (how often its sites occur in the sets before it, the
        plan's own included), and `proven`: that no remaining set is better, or, for the most different ones, that none
        shares fewer sites.
    """

    plans: tuple[Plan, ...]
    complete: bool
    table: pd.DataFrame

    def __len__(self) -> int:
        return len(self.plans)

    def __iter__(self) -> Iterator[Plan]:
        return iter(self.plans)

    def __getitem__(self, which: int) -> Plan:
        return self.plans[which]

    def __str__(self) -> str:
        """Return a line a plan: regret, status, sites added and dropped."""
        n = len(self)
        head = f"{n} other set{'' if n == 1 else 's'} of sites; {'there are no more' if self.complete else 'there may be more'}"
        lines = [
            f"  {i}: {row.objective:.6g} (worse by {row.regret:.2%}{', a tie' if row.tie else ''}), {row.status}; "
            f"with {str(row.added) or 'no other site'}; without {str(row.dropped) or 'none'}"
            for i, row in enumerate(self.table.itertuples(), 1)
        ]
        return "\n".join([head, *lines])

    __repr__ = __str__


@shows_progress("near-optimal plans")
def alternatives(
    problem: Problem,
    plan: Plan,
    within: float = 0.02,
    n: int = 10,
    *,
    most_different: bool = False,
    time_limit_s: float | None = 60.0,
    gap: float = 1e-4,
    solver: str = "highs",
    progress: Progress = None,  # noqa: ARG001  (`shows_progress` reads it)
) -> Alternatives:
    """Find the best other sets of sites within a tolerance of a plan, or the most different ones.

    Each solve excludes the sets S found so far, ``sum_{s in S} (1 - open[s]) + sum_{s not in S} open[s] >= 1``, and keeps
    the first objective within the tolerance, so that each plan is the best remaining one. With `most_different` each
    uses the sites of the sets K found so far least, ``min sum_{S in K} sum_{s in S} open[s]``, and is the best of those
    (Brill, Chang, Hopkins 1982).

    Parameters
    ----------
    problem : Problem
        The problem of the plan.
    plan : Plan
        An optimal plan.
    within : float, optional
        How much worse the first objective may be, relative [0-1].
    n : int, optional
        Most plans to return, 1 or more.
    most_different : bool, optional
        Whether to look for different sites rather than for the next best plan. Such a plan has status `feasible`, with
        its gap to the bound of the plan.
    time_limit_s : float or None, optional
        Wall-clock limit for all solves together [s].
    gap, solver : float, str, optional
        As in `siting.solve`.
    progress : bool or callable, optional
        False for no progress bar.

    Returns
    -------
    Alternatives
        The plans, best or most different first, and whether the list is complete.

    Raises
    ------
    ScenarioError
        `within` is not between 0 and 1, or `n` is below 1.
    UnprovenError
        The plan is empty.

    References
    ----------
    E. D. Brill, S.-Y. Chang, L. D. Hopkins (1982), Modeling to generate alternatives, Management Science 28(3),
    221-235.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="two", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> problem = st.prepare(scenario)
    >>> others = alternatives(problem, st.solve(problem), within=0.5, n=2)
    >>> len(others)
    2
    """
    require_settings(time_limit_s, gap, solver)
    if not 0 <= within <= 1 or n < 1:
        raise ScenarioError(f"`within` is {within}, `n` is {n}: give a share from 0 to 1, and 1 or more plans")
    clock = Clock(time.perf_counter(), time_limit_s)
    extra = [_near(problem, plan, within), other_sites(problem, plan)]
    found: list[Plan] = []
    proven: list[bool] = []
    complete = False
    while len(found) < n and not clock.has_run_down():
        try:
            other = solve_with(
                _least_shared(problem, [plan, *found]) if most_different else problem,
                extra,
                least_cost_usd_per_year=plan.proof.least_cost_usd_per_year,
                time_limit_s=clock.left(),
                gap=gap,
                solver=solver,
            )
        except InfeasibleError:
            complete = True
            break
        if other.objective is None:
            complete = other.status == "infeasible"
            break
        proven.append(other.status == "optimal")
        found.append(_as_answer(problem, plan, other) if most_different else other)
        extra.append(other_sites(problem, other))
    return Alternatives(tuple(found), complete, _table(plan, found, proven))


class _Shared(Objective):
    """How often the sites of a plan occur in the sets found so far: ``sum_{S in K} sum_{s in S} open[s]``."""

    in_files: ClassVar[bool] = False
    integer: ClassVar[bool] = True

    objective: Literal["shared_sites"] = "shared_sites"
    found: tuple[frozenset[str], ...]

    def linear(self, problem: Problem) -> Linear:
        """Return the number of sites that are used again, counted once for each set that has them."""
        ids = problem.sites["id"].to_numpy(str)[problem.options["site"]]
        return Linear({"open": np.sum([np.isin(ids, list(s)) for s in self.found], axis=0, dtype=float)}, "sites")

    @property
    def unit(self) -> str:
        """Unit of the objective."""
        return "sites"


def _least_shared(problem: Problem, found: list[Plan]) -> Problem:
    """Return the problem that minimises shared sites first, and then the objectives of its scenario."""
    objective = problem.scenario.minimise
    order = tuple(x.model_copy(update={"then": ()}) for x in objective.stages)
    shared = _Shared(carbon=objective.carbon, found=tuple(frozenset(p.sites["id"]) for p in found), then=order)
    return replace(problem, scenario=problem.scenario.model_copy(update={"minimise": shared}))


def _as_answer(problem: Problem, plan: Plan, other: Plan) -> Plan:
    """Return a most different plan as a plan of the scenario: its objective, with the bound of the optimal plan."""
    stage = other.proof.stages[1]
    objective, bound = stage["in_plan"], plan.proof.bound
    proof = replace(
        other.proof,
        status="feasible",
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        unit=plan.proof.unit,
        tolerance=plan.proof.tolerance,
        stages=other.proof.stages[1:],
    )
    return replace(other, scenario=problem.scenario, proof=proof)


def own_value(problem: Problem, plan: Plan) -> float:
    """Return the first objective of a plan in the quantity of the objective.

    Raises
    ------
    UnprovenError
        The plan is empty.
    """
    if plan.objective is None:
        raise UnprovenError(f"plan `{plan.name}` is {plan.status}: it has no objective value to compare with")
    return plan.objective / problem.scenario.minimise.in_unit(problem, 1.0)


def _near(problem: Problem, plan: Plan, within: float) -> Rows:
    """Return the row that keeps the first objective within a tolerance of the plan's."""
    objective, value = problem.scenario.minimise, own_value(problem, plan)
    worse = -within if objective.maximise else within
    return no_worse(problem, objective, value + worse * abs(value))


def other_sites(problem: Problem, plan: Plan) -> Rows:
    """Return the row that excludes a plan's set of sites, with any designs and sizes."""
    ids = problem.sites["id"].to_numpy(str)[problem.options["site"]]
    built = np.isin(ids, list(plan.sites["id"]))
    terms = {"open": np.where(built, -1.0, 1.0)}
    return one_row("other sites", "plan", terms, ">=", 1.0 - len(plan.sites), "sites")


def _table(plan: Plan, others: list[Plan], proven: list[bool]) -> pd.DataFrame:
    """Return for each plan its regret, and the sites in which it differs from the optimal one."""
    rows, mine = [], set(plan.sites["id"])
    before = [mine]
    for other, best in zip(others, proven, strict=True):
        assert plan.objective is not None
        assert other.objective is not None
        theirs = set(other.sites["id"])
        regret = abs(other.objective - plan.objective) / max(abs(plan.objective), 1e-12)
        tie = regret <= max(plan.proof.gap_asked, other.proof.gap_asked)
        added, dropped = (", ".join(sorted(x)) for x in (theirs - mine, mine - theirs))
        shared = sum(len(theirs & s) for s in before)
        rows.append((other.objective, regret, tie, other.status, added, dropped, shared, best))
        before.append(theirs)
    columns = ["objective", "regret", "tie", "status", "added", "dropped", "shared", "proven"]
    return pd.DataFrame(rows, columns=columns)
