"""The way to a proven plan: least cost where it is needed, the objectives in order, then least cost among equals."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from siting.errors import ScenarioError, listed, nearest
from siting.limits import ALWAYS
from siting.objectives import Cost
from siting.plan.plan import Plan
from siting.plan.proof import Proof
from siting.problem.problem import Problem
from siting.problem.rows import Linear, Rows, one_row
from siting.scenario.limit import Limit
from siting.scenario.objective import Objective
from siting.solver.backends import Verdict, relative_gap, starts_warm
from siting.solver.decomposition.decomposed_model import DecomposedModel
from siting.solver.decomposition.master import require_memory
from siting.solver.lexicographic import Clock, Model, SolverSession, Values, hold, is_better, optimise, value_of
from siting.solver.proof_cache import CacheHit, ProofCache, ProvenSolution, problem_form
from siting.solver.pulp_model import PulpModel
from siting.solver.results.plan_builder import plan_of
from siting.solver.valid_inequalities import strengthen
from siting.solver.warm_start import start_values
from siting.units import Floats

LEAST_COST_SHARE = 0.5
"""Share of the time that the least cost may take where the objective is still to come (assumption), with a
solver that is not told the plan in hand: it would else be left without the time to find one."""

SMALL_OPTIONS = 400
"""Options up to which the solver gets all columns at once (assumption: the relaxation would take as long)."""


def solve(
    problem: Problem,
    time_limit_s: float | None = 60.0,
    gap: float = 1e-4,
    solver: str = "highs",
    *,
    memory_mb: float | None = None,
) -> Plan:
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
    memory_mb : float or None, optional
        Memory that the model handed to the solver may take [MB]; a larger one is refused before it is built.

    Returns
    -------
    Plan
        With the status that was proven; without sites and numbers where there is no plan.

    Raises
    ------
    ScenarioError
        The solver is unknown or not installed, or a limit writes rows that do not fit the problem.
    SitingError
        The model that is left to solve needs more than `memory_mb`; the message says what would fit.

    Examples
    --------
    >>> import siting as st
    >>> asked = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> st.solve(st.prepare(asked)).status
    'optimal'
    """
    return solve_with(problem, [], time_limit_s=time_limit_s, gap=gap, solver=solver, memory_mb=memory_mb)


def solve_with(
    problem: Problem,
    extra: Sequence[Rows],
    *,
    least_cost_usd_per_year: float | None = None,
    start: Plan | None = None,
    time_limit_s: float | None = 60.0,
    gap: float = 1e-4,
    solver: str = "highs",
    memory_mb: float | None = None,
    whole: bool | None = None,
    known: ProofCache | None = None,
) -> Plan:
    """Solve with rows beside those of the scenario; a least cost that is known is not sought again.

    Parameters
    ----------
    problem : Problem
        The numbers.
    extra : sequence of Rows
        Rows such as "this site is open"; the least cost behind a budget is not theirs to change.
    least_cost_usd_per_year : float or None, optional
        Proven least cost of the scenario [USD/a].
    start : Plan or None, optional
        A plan to start from, of this question or of one like it; it changes no answer.
    time_limit_s, gap, solver, memory_mb : float or None, float, str, float or None
        As in `solve`.
    whole : bool or None, optional
        Whether to hand the solver every column; None for small problems only, where leaving some out saves nothing.
    known : Known or None, optional
        What was proven of questions like this one: where that settles it no solver is asked. This answer is added.
    """
    machine = SolverSession(solver, Clock(time.perf_counter(), time_limit_s), gap)
    run = _Run(problem, machine, whole, memory_mb, known if can_be_settled(problem) else None)
    limits = (*ALWAYS, *problem.scenario.limits)
    rows = [block for x in limits if not x.needs_least_cost for block in checked_rows(x, problem)]
    programme: Model | None = None
    least, late, warm = None, list[Rows](), start is not None and bool(start.kpis)
    if any(x.needs_least_cost for x in limits):
        if least_cost_usd_per_year is not None:
            least = Verdict("optimal", least_cost_usd_per_year, least_cost_usd_per_year)
        elif (found := run.settled(rows, problem.cost)) is not None:
            least = found.proven
        else:
            programme = run.programme(rows)
            part = machine.within(1.0 if starts_warm(solver) else LEAST_COST_SHARE)
            # the plan before was not the cheapest: it is kept for the goal
            (least, cheapest), warm = part.minimise(programme, problem.cost, warm=False), True
            if least.objective is None:
                return run.without_plan(least, programme)
            run.learn(rows, problem.cost, least, cheapest, programme)
        assert least.objective is not None
        late = [block for x in limits if x.needs_least_cost for block in checked_rows(x, problem, least.objective)]
    every, told = [*rows, *late, *extra], [*rows, *late]
    goal = goal_of(problem)
    if (found := run.settled(every, goal)) is not None:
        values = problem.settled(found.values)
        return plan_of(problem, values, run.proof(run.settled_stages(found), values, found, least), told)
    if programme is None:
        programme = run.programme(every, start)
    else:
        for block in [*late, *extra]:
            programme.add_rows(block)
        run.begin(programme, every, start)
    stages, some = run.in_order(programme, warm=warm)
    if some is None:
        return run.without_plan(stages[0].proven, programme)
    values = problem.settled(some)
    last = None if len(stages) == 1 else stages[-1].proven
    run.learn(every, goal, stages[0].proven, values, programme, last)
    return plan_of(problem, values, run.proof(stages, values, programme, least), [*told, *programme.cuts_added])


def checked_rows(limit: Limit, problem: Problem, least_cost_usd_per_year: float | None = None) -> list[Rows]:
    """Return the rows of a limit, refused when they do not fit the problem's variables.

    Raises
    ------
    ScenarioError
        What is no list of `Rows`, a family that there is not, or a matrix of another width: all of it; or no row
        at all, of a limit that leaves nothing out either.
    """
    kind, blocks = limit.name, limit.rows(problem, least_cost_usd_per_year)
    if not isinstance(blocks, list) or not all(isinstance(b, Rows) for b in blocks):
        raise ScenarioError(f"limit `{kind}`: `rows` returned {type(blocks).__name__}: return a list of `Rows`")
    known = problem.families
    faults = [
        f"unknown family `{family}`{nearest(family, known)} (known are {listed(known)})"
        if family not in known
        else f"`{family}` has {len(known[family])} variables, the matrix {matrix.shape[1]} columns: one column a variable"
        for block in blocks
        for family, matrix in block.terms.items()
        if family not in known or matrix.shape[1] != len(known[family])
    ]
    if faults:
        raise ScenarioError.from_faults(f"limit `{kind}` writes rows that do not fit:", dict.fromkeys(faults))
    if limit.in_files and not any(len(b) for b in blocks) and not (limit.may_be_idle or limit.is_filter()):
        raise ScenarioError(f"limit `{kind}` would change nothing: it writes no row and leaves nothing out; drop it")
    return blocks


def can_be_settled(problem: Problem) -> bool:
    """Return whether all that must hold is written as rows, so that two questions can be compared."""
    return not any(type(x).cuts is not Limit.cuts for x in problem.scenario.limits)


def goal_of(problem: Problem) -> Linear | None:
    """Return the sum that is to be least, where it alone decides: one sum, and least cost on the same sites after it."""
    (first, *more) = problem.scenario.minimise.stages
    per = first.per(problem)
    is_ratio = per is not None and bool(per.terms)
    if more or first.maximise or first.integer or is_ratio or first.bottleneck(problem) is not None:
        return None
    if not first.is_cost and (first.ties_are_many or first.tolerance > 0):
        return None
    return first.linear(problem).scaled(1.0 if per is None else 1.0 / per.constant)


@dataclass(frozen=True)
class _Stage:
    """One objective and what was proven of it, under what came before."""

    objective: Objective
    proven: Verdict
    asked: bool = True


@dataclass(frozen=True)
class _Run:
    """One problem on its way through the solves."""

    problem: Problem
    machine: SolverSession
    whole: bool | None = None
    memory_mb: float | None = None
    known: ProofCache | None = None

    def settled(self, rows: Sequence[Rows], goal: Linear | None) -> CacheHit | None:
        """Return what earlier proofs say, None where they leave the question open."""
        if self.known is None or goal is None or not len(self.known):
            return None
        return self.known.settles(problem_form(self.problem, rows, goal), goal.constant, self.machine.gap)

    def learn(
        self,
        rows: Sequence[Rows],
        goal: Linear | None,
        proven: Verdict,
        values: Values | None,
        programme: Model,
        last: Verdict | None = None,
    ) -> None:
        """Keep what was proven, for the questions to come."""
        if self.known is None or goal is None or values is None or proven.objective is None or proven.bound is None:
            return
        asked = problem_form(self.problem, rows, goal)
        x, least = asked.columns.of_values(values), goal.constant
        found, bound = proven.objective - least, proven.bound - least
        self.known.learn(ProvenSolution(asked, x, found, bound, last, programme.size, programme.told))

    def settled_stages(self, found: CacheHit) -> list["_Stage"]:
        """Return the stages of a question that earlier proofs settled."""
        first = self.problem.scenario.minimise.stages[0]
        last = [] if self._is_cost(first) else [_Stage(Cost(carbon=first.carbon), found.last, asked=False)]
        return [_Stage(first, found.proven), *last]

    def programme(self, rows: Sequence[Rows], start: Plan | None = None) -> Model:
        """Build the programme, with what shortens its proof, and a plan in hand where there is one."""
        built = self._built(list(rows))
        if start is not None and start.kpis:
            built.start_from(start_values(self.problem, start))
        return built

    def begin(self, programme: Model, rows: Sequence[Rows], start: Plan | None) -> None:
        """Put a plan in hand into the variables, if it keeps the rows: it is nearer to the goal than the cheapest plan."""
        if start is None or not start.kpis:
            return
        values, asked = start_values(self.problem, start), problem_form(self.problem, rows, self.problem.cost)
        if asked.keeps(asked.columns.of_values(values)):
            programme.start_from(values)

    def _built(self, rows: list[Rows]) -> Model:
        families, extra = strengthen(self.problem)
        lazy = any(type(x).cuts is not Limit.cuts for x in self.problem.scenario.limits)
        cuts = self.cuts if lazy else None
        whole = len(self.problem.options) <= SMALL_OPTIONS if self.whole is None else self.whole
        if whole:
            if self.memory_mb is not None:
                require_memory(self.problem, np.ones(len(self.problem.options), dtype=bool), self.memory_mb)
            every = {**self.problem.families, **families}
            return PulpModel(self.problem.scenario.name, every, [*rows, *extra], cuts=cuts)
        return DecomposedModel(self.problem, families, rows, extra, cuts, self.memory_mb)

    def cuts(self, values: Mapping[str, Floats]) -> list[Rows]:
        """Return the rows of the scenario's limits that some values break and that were too many to write."""
        return [block for x in self.problem.scenario.limits for block in x.cuts(self.problem, values)]

    def in_order(self, programme: Model, *, warm: bool) -> tuple[list[_Stage], Values | None]:
        """Optimise one objective after the other, each within what those before it leave, and last the cost.

        A stage that finds nothing better in its time leaves the plan as it is, and says so.
        """
        order = self.problem.scenario.minimise.stages
        values, done = None, []
        for i, objective in enumerate(order):
            to_come = len(order) - i + self._costs_a_search(order[-1])
            part = self.machine.within(1.0 / to_come)
            proven, found = optimise(part, programme, self.problem, objective, warm=warm or i > 0)
            values, proven = self._better(objective, programme, values, found, proven)
            done.append(_Stage(objective, proven))
            if values is None:
                return done, None
            assert proven.objective is not None
            if not (objective is order[-1] and self._is_cost(objective)):
                hold(programme, self.problem, objective, proven.objective)
        assert values is not None
        if self._is_cost(order[-1]):
            return done, values
        last, values = self._least_cost_among_equals(programme, order[-1], values)
        return [*done, last], values

    def _better(
        self, objective: Objective, programme: Model, hand: Values | None, found: Values | None, proven: Verdict
    ) -> tuple[Values | None, Verdict]:
        """Keep the plan in hand where a stage found none that beats it."""
        if hand is None:
            return found, proven
        have = value_of(objective, self.problem, hand)
        if found is None or not is_better(objective, value_of(objective, self.problem, found), have):
            programme.start_from(hand)
            status = "feasible" if proven.objective is None else proven.status
            return hand, Verdict(status, have, _no_better(objective, proven.bound, have))
        return found, proven

    def _is_cost(self, objective: Objective) -> bool:
        """Return whether an objective is the cost, or the cost over a constant."""
        per = objective.per(self.problem)
        least = objective.bottleneck(self.problem) is None and objective.linear(self.problem) is self.problem.cost
        return objective.is_cost or (least and per is not None and not per.terms)

    def _costs_a_search(self, last: Objective) -> bool:
        """Return whether least cost is sought over all sites, and not only over those that were chosen."""
        return not self._is_cost(last) and (last.ties_are_many or last.tolerance > 0)

    def _least_cost_among_equals(self, programme: Model, last: Objective, values: Values) -> tuple[_Stage, Values]:
        """Among plans that prove as good, take the cheapest; on the same sites where ties are rare.

        So claims, benefits, designs and loads are not arbitrary. The objectives may not get worse. A
        solve that finds nothing cheaper in the time left leaves the plan as it is.
        """
        if not self._costs_a_search(last):
            programme.add_rows(_same_sites(values["site_open"]))
        cost = Cost(carbon=last.carbon)
        proven, found = optimise(self.machine, programme, self.problem, cost, warm=True)
        cheapest, proven = self._better(cost, programme, values, found, proven)
        assert cheapest is not None
        return _Stage(cost, proven, asked=False), cheapest

    def proof(
        self, stages: list[_Stage], values: Values, programme: Model | CacheHit, least: Verdict | None = None
    ) -> Proof:
        """Put what was proven into the units in which the objectives are told."""
        first = stages[0].objective
        value = value_of(first, self.problem, values)
        bound = _no_better(first, stages[0].proven.bound, value)
        unproven = [s for s in stages if s.asked and s.proven.status != "optimal"]
        if least is not None and least.status != "optimal":
            unproven = stages
        told = [self._stage(s, values) for s in stages]
        return self._proof(
            replace(stages[0].proven, status="feasible" if unproven else "optimal", objective=value, bound=bound),
            programme,
            stages=tuple(told),
            least_cost_usd_per_year=None if least is None else least.objective,
        )

    def _stage(self, stage: _Stage, values: Values) -> dict[str, Any]:
        """Say what was proven of one objective."""
        objective, proven = stage.objective, stage.proven
        value, bound, in_plan = (
            None if v is None else objective.in_unit(self.problem, v)
            for v in (proven.objective, proven.bound, value_of(objective, self.problem, values))
        )
        said = {"objective": objective.name, "unit": objective.unit, "status": proven.status, "value": value}
        return said | {"bound": bound, "gap": proven.gap, "tolerance": objective.tolerance, "in_plan": in_plan}

    def _proof(self, found: Verdict, programme: Model | CacheHit, **more: Any) -> Proof:
        """Return a proof in the first objective's unit."""
        objective = self.problem.scenario.minimise
        told, bound = (
            None if v is None else objective.in_unit(self.problem, v) for v in (found.objective, found.bound)
        )
        rows, variables = programme.size
        return Proof(
            status=found.status,
            objective=told,
            bound=bound,
            gap=relative_gap(told, bound),
            unit=objective.unit,
            gap_asked=self.machine.gap,
            solver=self.machine.solver,
            seconds=round(self.machine.clock.spent(), 3),
            rows=rows,
            variables=variables,
            tolerance=objective.tolerance,
            considered=programme.told,
            **more,
        )

    def without_plan(self, found: Verdict, programme: Model) -> Plan:
        """Return the empty plan that says why there is none."""
        return plan_of(self.problem, None, self._proof(found, programme), [])


def _no_better(objective: Objective, bound: float | None, value: float) -> float | None:
    """Return a bound that is no worse than the value itself, which rounding could make it."""
    return None if bound is None else max(bound, value) if objective.maximise else min(bound, value)


def _same_sites(site_open: Floats) -> Rows:
    """Return the row that keeps the open sites open and the others shut."""
    opened = site_open > 0.5
    return one_row(
        "same sites", "plan", {"site_open": np.where(opened, -1.0, 1.0)}, "<=", -float(opened.sum()), "sites"
    )
