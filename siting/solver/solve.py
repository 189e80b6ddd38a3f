"""The way to a proven plan: least cost where it is needed, the objective, then least cost among equals."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from siting.errors import ScenarioError
from siting.limits import ALWAYS
from siting.model.limit import Limit
from siting.model.objective import Objective
from siting.model.plan import Plan, Proof
from siting.model.problem import Problem
from siting.model.rows import Floats, Rows, one_row
from siting.model.sentence import nearest
from siting.objectives import Cost
from siting.solver.answer import plan_of
from siting.solver.build import Programme
from siting.solver.solvers import Verdict, relative_gap, solver_called, starts_warm, verdict
from siting.solver.strengthen import strengthen

LEAST_COST_SHARE = 0.5
"""Share of the time that the least cost may take where the objective is still to come (assumption), with a
solver that is not told the plan in hand: it would else be left without the time to find one."""


@dataclass(frozen=True)
class _Clock:
    """Wall-clock time left for the solves of one plan."""

    started: float
    limit_s: float | None

    def left(self) -> float | None:
        return None if self.limit_s is None else self.limit_s - self.spent()

    def spent(self) -> float:
        return time.perf_counter() - self.started


def solve(problem: Problem, time_limit_s: float | None = 60.0, gap: float = 1e-4, solver: str = "highs") -> Plan:
    """Choose places, sizes, cooling and service areas, and prove it.

    Parameters
    ----------
    problem : Problem
        As `siting.prepare` returns it.
    time_limit_s : float or None, optional
        Wall-clock limit for all solves together [s].
    gap : float, optional
        Relative distance to the proven bound at which a plan counts as optimal [0-1].
    solver : str, optional
        Any PuLP solver: `highs` (in memory), `cbc`, `scip`, ...

    Returns
    -------
    Plan
        With the status that was proven; without sites and numbers where there is no plan.

    Raises
    ------
    ScenarioError
        The solver is unknown or not installed, or a limit writes rows that do not fit the problem.

    Examples
    --------
    >>> import siting as st
    >>> problem = st.prepare(st.Scenario.read("scenarios/baseline.toml"))
    >>> st.solve(problem, gap=0.02).status
    'optimal'
    """
    run = _Run(problem, _Clock(time.perf_counter(), time_limit_s), gap, solver)
    limits = (*ALWAYS, *problem.scenario.limits)
    rows = [block for x in limits if not x.needs_least_cost for block in checked_rows(x, problem)]
    programme = run.programme(rows)
    least = None
    if any(x.needs_least_cost for x in limits):
        least = run.minimise(programme, Cost(), gap, share=1.0 if starts_warm(solver) else LEAST_COST_SHARE)
        if least.objective is None:
            return run.without_plan(least, programme)
        late = [block for x in limits if x.needs_least_cost for block in checked_rows(x, problem, least.objective)]
        rows += late
        for block in late:
            programme.add_rows(block)
    first = run.minimise(programme, problem.scenario.minimise, gap, warm=least is not None)
    if first.objective is None:
        return run.without_plan(first, programme)
    values, final = run.least_cost_among_equals(programme, first)
    if least is not None and least.status != "optimal":
        final = replace(final, status="feasible")
    return plan_of(problem, values, run.proof(final, programme, least), [*rows, *programme.cuts_added])


def checked_rows(limit: Limit, problem: Problem, least_cost_usd_per_year: float | None = None) -> list[Rows]:
    """Return the rows of a limit, refused when they do not fit the problem's variables.

    Raises
    ------
    ScenarioError
        What is no list of `Rows`, a family that there is not, or a matrix of another width: all of it.
    """
    kind, blocks = str(getattr(limit, "kind", type(limit).__name__)), limit.rows(problem, least_cost_usd_per_year)
    if not isinstance(blocks, list) or not all(isinstance(b, Rows) for b in blocks):
        raise ScenarioError(f"limit `{kind}`: `rows` returned {type(blocks).__name__}: return a list of `Rows`")
    known = problem.families
    faults = [
        f"unknown family `{family}`{nearest(family, known)} (known are {', '.join(known)})"
        if family not in known
        else f"`{family}` has {len(known[family])} variables, the matrix {matrix.shape[1]} columns: one column a variable"
        for block in blocks
        for family, matrix in block.terms.items()
        if family not in known or matrix.shape[1] != len(known[family])
    ]
    if faults:
        raise ScenarioError.from_faults(f"limit `{kind}` writes rows that do not fit:", dict.fromkeys(faults))
    return blocks


@dataclass(frozen=True)
class _Run:
    """One problem on its way through the solves."""

    problem: Problem
    clock: _Clock
    gap: float
    solver: str

    def programme(self, rows: list[Rows]) -> Programme:
        """Build the programme, with what shortens its proof."""
        families, extra = strengthen(self.problem)
        every = {**self.problem.families, **families}
        lazy = any(type(x).cuts is not Limit.cuts for x in self.problem.scenario.limits)
        return Programme(self.problem.scenario.name, every, [*rows, *extra], cuts=self.cuts if lazy else None)

    def cuts(self, values: Mapping[str, Floats]) -> list[Rows]:
        """Return the rows of the scenario's limits that some values break and that were too many to write."""
        return [block for x in self.problem.scenario.limits for block in x.cuts(self.problem, values)]

    def minimise(
        self, programme: Programme, objective: Objective, gap: float, *, warm: bool = False, share: float = 1.0
    ) -> Verdict:
        """Minimise one objective in a share of the time left, from the values in hand when they are feasible."""
        linear = objective.linear(self.problem)
        left = self.clock.left()
        limit_s = None if left is None else share * left
        solver = solver_called(self.solver, time_limit_s=limit_s, gap=gap, warm=warm)
        stats = programme.minimise(linear, solver)
        value = linear.value(programme.values()) if stats.has_solution else None
        return verdict(stats, value, gap)

    def least_cost_among_equals(self, programme: Programme, first: Verdict) -> tuple[dict[str, Floats], Verdict]:
        """Among plans on the same sites that prove as good, take the cheapest.

        So claims, benefits, designs and loads are not arbitrary. The objective may not rise. A solve
        that finds nothing cheaper in the time left leaves the plan as it is.
        """
        assert first.objective is not None
        values, objective = programme.values(), self.problem.scenario.minimise
        if objective.is_cost:
            return values, first
        linear = objective.linear(self.problem)
        programme.add_rows(linear.at_most("objective", first.objective))
        programme.add_rows(_same_sites(values["site_open"]))
        cheapest = self.minimise(programme, Cost(), self.gap, warm=True)
        if cheapest.objective is None or cheapest.objective > self.problem.cost.value(values):
            return values, first
        values = programme.values()
        reached = linear.value(values)
        bound = None if first.bound is None else min(first.bound, reached)
        return values, Verdict(first.status, reached, bound)

    def proof(self, final: Verdict, programme: Programme, least: Verdict | None = None) -> Proof:
        """Put what was proven into the unit in which the objective is told."""
        objective = self.problem.scenario.minimise
        told, bound = (None if v is None else objective.tell(self.problem, v) for v in (final.objective, final.bound))
        rows, variables = programme.size
        return Proof(
            status=final.status,
            objective=told,
            bound=bound,
            gap=relative_gap(told, bound),
            unit=objective.unit,
            gap_asked=self.gap,
            solver=self.solver,
            seconds=round(self.clock.spent(), 3),
            rows=rows,
            variables=variables,
            least_cost_usd_per_year=None if least is None else least.objective,
        )

    def without_plan(self, verdict_: Verdict, programme: Programme) -> Plan:
        """Return the empty plan that says why there is none."""
        return plan_of(self.problem, None, self.proof(verdict_, programme), [])


def _same_sites(site_open: Floats) -> Rows:
    """Return the row that keeps the open sites open and the others shut."""
    opened = site_open > 0.5
    return one_row(
        "same sites", "plan", {"site_open": np.where(opened, -1.0, 1.0)}, "<=", -float(opened.sum()), "sites"
    )
