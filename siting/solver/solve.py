"""Solve a problem to a proven plan: least cost if a limit needs it, the objectives in order, then cost as a tie-break."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from siting.errors import InfeasibleError, ScenarioError, listed
from siting.objectives import Cost
from siting.plan.plan import Plan
from siting.plan.proof import Proof
from siting.problem.part import part_rows
from siting.problem.prepare import prepare
from siting.problem.problem import Problem
from siting.problem.rows import Linear, Rows, one_row, require_fitting_rows
from siting.progress_bar import Progress, shows_progress
from siting.scenario.limit import Limit
from siting.scenario.objective import Objective
from siting.scenario.scenario import Scenario
from siting.solver.backends import Clock, Verdict, relative_gap
from siting.solver.decomposition.decomposed_model import DecomposedModel
from siting.solver.decomposition.master import require_memory
from siting.solver.lexicographic import Model, SolverSession, Values, hold, is_better, optimise, value_of
from siting.solver.proof_cache import CacheHit, ProofCache, ProvenSolution, problem_form
from siting.solver.pulp_model import PulpModel
from siting.solver.results.plan_builder import plan_of
from siting.solver.settings import require_settings
from siting.solver.valid_inequalities import strengthen
from siting.solver.warm_start import start_values
from siting.units import Floats

LEAST_COST_SHARE = 0.5
"""Most of the time that goes into the least cost, where a limit refers to it (assumption)."""
LEAST_COST_SHARE_OF_GAP, CLOSEST_GAP = 0.01, 1e-7
"""Gap to which the least cost is proven, as a share of the requested one and at least (assumption): on the baseline a budget
that is too high by 1 lowers the emissions by 5."""
DECIDED = 1e-6
"""Relative excess of a plan over a budget at the least cost's lower bound that is the tolerance of a solver's rows."""

SMALL_OPTIONS = 400
"""Options up to which the solver gets all columns at once (assumption: the LP relaxation would take as long)."""

log = logging.getLogger(__name__)


@shows_progress("solving")
def solve(
    problem: Problem | Scenario,
    time_limit_s: float | None = 60.0,
    gap: float = 1e-4,
    solver: str = "highs",
    *,
    memory_mb: float | None = None,
    progress: Progress = None,  # noqa: ARG001  (`shows_progress` reads it)
) -> Plan:
    """Find the optimal sites, sizes, cooling designs and service areas, with a proof of optimality.

    Parameters
    ----------
    problem : Problem or Scenario
        As `siting.prepare` returns it; a scenario is prepared first.
    time_limit_s : float or None, optional
        Wall-clock limit for all solves together [s], 0 or more; None for no limit.
    gap : float, optional
        Relative gap to the proven bound at which a plan is optimal [0-1), a share and not per cent.
    solver : str, optional
        Any PuLP solver: `highs` (in memory), `cbc`, `scip`, ...
    memory_mb : float or None, optional
        Memory that the model given to the solver may take [MB]; a larger one raises an error before it is built.
    progress : bool or callable, optional
        False for no progress bar.

    Returns
    -------
    Plan
        With the proven status; without sites and numbers if no plan was found.

    Raises
    ------
    ScenarioError
        A setting out of its range, a solver that does not exist or is not installed, or a limit that writes rows that
        do not fit the problem.
    SitingError
        The model needs more than `memory_mb`; the message gives the number of candidates that fit.

    Notes
    -----
    Progress (stage, incumbent, bound, gap) is logged at level INFO to the logger `siting`.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> st.solve(scenario).status
    'optimal'
    """
    if not isinstance(problem, (Problem, Scenario)):
        kind = type(problem).__name__
        raise ScenarioError(f"`problem` is a {kind}: give a scenario, or a prepared problem (see `siting.prepare`)")
    require_settings(time_limit_s, gap, solver, memory_mb)
    problem = prepare(problem) if isinstance(problem, Scenario) else problem
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
    decompose: bool | None = None,
    proofs: ProofCache | None = None,
) -> Plan:
    """Solve with additional rows, a warm start and proofs of earlier solves.

    Parameters
    ----------
    problem : Problem
        The numbers.
    extra : sequence of Rows
        Rows such as "this site is open"; they do not change the least cost that a budget refers to.
    least_cost_usd_per_year : float or None, optional
        Proven least cost of the scenario [USD/a], which is then not computed again.
    start : Plan or None, optional
        A plan for a warm start, of this problem or of a similar one; it does not change the result.
    time_limit_s, gap, solver, memory_mb : float or None, float, str, float or None
        As in `solve`.
    decompose : bool or None, optional
        Whether to solve by decomposition, or to give the solver all columns; None: by the number of options.
    proofs : ProofCache or None, optional
        Proofs of earlier solves: if they prove a plan optimal, no solver is called. The proof of this solve is added.
    """
    session = SolverSession(solver, Clock(time.perf_counter(), time_limit_s), gap, problem)
    run = _Run(problem, session, decompose, memory_mb, None if has_cuts(problem) else proofs)
    limits = problem.scenario.limits
    rows = possible_rows(problem)
    model: Model | None = None
    least, late, warm = None, list[Rows](), start is not None and bool(start.kpis)
    if any(x.needs_least_cost for x in limits):
        if least_cost_usd_per_year is not None:
            least = Verdict("optimal", least_cost_usd_per_year, least_cost_usd_per_year)
        elif (hit := run.look_up(rows, problem.cost, closer(gap))) is not None:
            least = hit.proven
        else:
            log.info("stage: least cost, for the limits that refer to it")
            model = run.model(rows)
            part = replace(session.within(LEAST_COST_SHARE), gap=closer(gap))
            # `start` is not the cheapest plan: it is kept for the objective
            (least, cheapest), warm = part.minimise(model, problem.cost, warm=False), True
            if least.objective is None:
                return run.without_plan(least, model)
            if least.gap is not None and least.gap <= gap:
                least = replace(least, status="optimal")
            run.store(rows, problem.cost, least, cheapest, model)
        assert least.objective is not None
        late = [block for x in limits if x.needs_least_cost for block in checked_rows(x, problem, least.objective)]
    every, of_limits = [*rows, *late, *extra], [*rows, *late]
    goal = single_goal(problem)
    if (hit := run.look_up(every, goal)) is not None:
        values = problem.settled(hit.values)
        return plan_of(problem, values, run.proof(run.cached_stages(hit), values, hit, least), of_limits)
    if model is None:
        model = run.model(every, start)
    else:
        for block in [*late, *extra]:
            model.add_rows(block)
        run.warm_start(model, every, start)
    stages, some = run.in_order(model, warm=warm)
    if some is None:
        return run.without_plan(stages[0].proven, model)
    values = problem.settled(some)
    last = None if len(stages) == 1 else stages[-1].proven
    run.store(every, goal, stages[0].proven, values, model, last)
    return plan_of(problem, values, run.proof(stages, values, model, least), [*of_limits, *model.cuts_added])


def optimise_first(
    problem: Problem, rows: Sequence[Rows], start: Values | None, time_limit_s: float | None, gap: float, solver: str
) -> tuple[Verdict, Values | None]:
    """Optimise the first objective alone under rows that are written already, without the tie-break by cost.

    Parameters
    ----------
    problem : Problem
        The numbers.
    rows : sequence of Rows
        All rows: of parts, limits, and further ones.
    start : mapping of str to numpy.ndarray or None
        Values that satisfy them, for a warm start.
    time_limit_s, gap, solver : float or None, float, str
        As in `solve`.

    Returns
    -------
    Verdict
        Status, value and bound, in the quantity of the objective.
    dict of str to numpy.ndarray or None
        Values of the variables, None if no plan was found.
    """
    session = SolverSession(solver, Clock(time.perf_counter(), time_limit_s), gap, problem)
    model = _Run(problem, session).model(rows)
    if start is not None:
        model.start_from(start)
    return optimise(session, model, problem, problem.scenario.minimise.stages[0], warm=start is not None)


def closer(gap: float) -> float:
    """Return the gap to which the least cost is proven, so that what it leaves open is small beside the requested one.

    Examples
    --------
    >>> closer(1e-2), closer(1e-9)
    (0.0001, 1e-09)
    """
    return min(gap, max(LEAST_COST_SHARE_OF_GAP * gap, CLOSEST_GAP))


def possible_rows(problem: Problem) -> list[Rows]:
    """Return the rows of `early_rows`, after a check that none of the limits excludes every plan by itself.

    Raises
    ------
    InfeasibleError
        Limits that no plan can meet, as far as it is seen before any solve.
    """
    faults = [f"limit `{x.name}`: {why}" for x in problem.scenario.limits if (why := x.never_met(problem))]
    if faults:
        raise InfeasibleError.from_faults("no plan can meet", faults)
    return early_rows(problem)


def early_rows(problem: Problem) -> list[Rows]:
    """Return all rows that can be written before any solve: those that do not refer to the least cost."""
    limits = [x for x in problem.scenario.limits if not x.needs_least_cost]
    return part_rows(problem) + [block for x in limits for block in checked_rows(x, problem)]


def checked_rows(limit: Limit, problem: Problem, least_cost_usd_per_year: float | None = None) -> list[Rows]:
    """Return the rows of a limit, after checking that they fit the variables of the problem.

    Raises
    ------
    ScenarioError
        Not a list of `Rows`, families that do not exist, or matrices of another width, all of them; or a limit without
        effect, which writes no row and excludes nothing.
    """
    kind, blocks = limit.name, limit.rows(problem, least_cost_usd_per_year)
    if not isinstance(blocks, list) or not all(isinstance(b, Rows) for b in blocks):
        raise ScenarioError(f"limit `{kind}`: `rows` returned {type(blocks).__name__}: return a list of `Rows`")
    require_fitting_rows(f"limit `{kind}`", blocks, problem.families)
    owned = {name for part in problem.parts for name in part.row_names}
    if clash := sorted({b.limit for b in blocks} & owned):
        raise ScenarioError(
            f"limit `{kind}` writes rows `{listed(clash)}`, a name of the model: give them another `limit`"
        )
    if limit.in_files and not any(len(b) for b in blocks) and not (limit.may_be_idle or limit.is_filter()):
        raise ScenarioError(f"limit `{kind}` has no effect: it adds no constraint and excludes nothing; remove it")
    return blocks


def has_cuts(problem: Problem) -> bool:
    """Return whether some constraints are not written as rows: then the feasible sets of problems cannot be compared."""
    return any(x.overrides("cuts") for x in problem.scenario.limits)


def single_goal(problem: Problem) -> Linear | None:
    """Return the sum to minimise if it alone decides: one objective, then cost on the same sites; else None."""
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
    """One objective and what was proven of it, after the stages before."""

    objective: Objective
    proven: Verdict


@dataclass(frozen=True)
class _Run:
    """One problem with its solver session, model settings and proofs."""

    problem: Problem
    session: SolverSession
    decompose: bool | None = None
    memory_mb: float | None = None
    proofs: ProofCache | None = None

    def look_up(self, rows: Sequence[Rows], goal: Linear | None, gap: float | None = None) -> CacheHit | None:
        """Return a plan that earlier proofs prove optimal, None if they do not."""
        if self.proofs is None or goal is None or not len(self.proofs):
            return None
        return self.proofs.look_up(problem_form(self.problem, rows, goal), goal.constant, gap or self.session.gap)

    def store(
        self,
        rows: Sequence[Rows],
        goal: Linear | None,
        proven: Verdict,
        values: Values | None,
        model: Model,
        last: Verdict | None = None,
    ) -> None:
        """Add a proof to the cache."""
        if self.proofs is None or goal is None or values is None or proven.objective is None or proven.bound is None:
            return
        form = problem_form(self.problem, rows, goal)
        x, least = form.columns.join(values), goal.constant
        found, bound = proven.objective - least, proven.bound - least
        self.proofs.store(ProvenSolution(form, x, found, bound, last, model.size, model.considered))

    def cached_stages(self, hit: CacheHit) -> list["_Stage"]:
        """Return the stages of a plan from the cache."""
        first = self.problem.scenario.minimise.stages[0]
        last = [] if self._is_cost(first) else [_Stage(Cost(carbon=first.carbon), hit.last)]
        return [_Stage(first, hit.proven), *last]

    def model(self, rows: Sequence[Rows], start: Plan | None = None) -> Model:
        """Build the model with valid inequalities, and a warm start if there is one."""
        problem = self.problem
        families, extra = strengthen(problem)
        cuts = self.cuts if has_cuts(problem) else None
        many = len(problem.options) > SMALL_OPTIONS if self.decompose is None else self.decompose
        if many:
            built: Model = DecomposedModel(problem, families, rows, extra, cuts, self.memory_mb)
        else:
            if self.memory_mb is not None:
                require_memory(problem, np.ones(len(problem.options), dtype=bool), self.memory_mb)
            every = {**problem.families, **families}
            built = PulpModel(problem.scenario.name, every, [*rows, *extra], cuts=cuts)
        if start is not None and start.kpis:
            built.start_from(start_values(self.problem, start))
        return built

    def warm_start(self, model: Model, rows: Sequence[Rows], start: Plan | None) -> None:
        """Put a plan into the variables if it satisfies the rows: it is a better start than the cheapest plan."""
        if start is None or not start.kpis:
            return
        values, form = start_values(self.problem, start), problem_form(self.problem, rows, self.problem.cost)
        if form.is_feasible(form.columns.join(values)):
            model.start_from(values)

    def cuts(self, values: Mapping[str, Floats]) -> list[Rows]:
        """Return rows of limits that a solution violates and that were too many to write."""
        return [block for x in self.problem.scenario.limits for block in x.cuts(self.problem, values)]

    def in_order(self, model: Model, *, warm: bool) -> tuple[list[_Stage], Values | None]:
        """Optimise the objectives lexicographically, and cost last.

        A stage that finds no better plan in its time keeps the incumbent, with status `feasible`.
        """
        order = self.problem.scenario.minimise.stages
        values, done = None, []
        for i, objective in enumerate(order):
            remaining = len(order) - i + self._costs_a_search(order[-1])
            part = self.session.within(1.0 / remaining)
            log.info("stage %d of %d: %s [%s]", i + 1, len(order), objective.name, objective.unit)
            proven, found = optimise(part, model, self.problem, objective, warm=warm or i > 0)
            values, proven = self._better(objective, model, values, found, proven)
            done.append(_Stage(objective, proven))
            if values is None:
                return done, None
            assert proven.objective is not None
            if not (objective is order[-1] and self._is_cost(objective)):
                hold(model, self.problem, objective, proven.objective)
        assert values is not None
        if self._is_cost(order[-1]):
            return done, values
        last, values = self._least_cost_among_equals(model, order[-1], values)
        return [*done, last], values

    def _better(
        self, objective: Objective, model: Model, incumbent: Values | None, found: Values | None, proven: Verdict
    ) -> tuple[Values | None, Verdict]:
        """Keep the incumbent if a stage did not improve it."""
        if incumbent is None:
            return found, proven
        value = value_of(objective, self.problem, incumbent)
        if found is None or not is_better(objective, value_of(objective, self.problem, found), value):
            model.start_from(incumbent)
            status = "feasible" if proven.objective is None else proven.status
            return incumbent, Verdict(status, value, _clipped(objective, proven.bound, value))
        return found, proven

    def _is_cost(self, objective: Objective) -> bool:
        """Return whether an objective is the cost, or the cost over a constant."""
        per = objective.per(self.problem)
        least = objective.bottleneck(self.problem) is None and objective.linear(self.problem) is self.problem.cost
        return objective.is_cost or (least and per is not None and not per.terms)

    def _costs_a_search(self, last: Objective) -> bool:
        """Return whether the cost is minimised over all sites, and not only over those that were chosen."""
        return not self._is_cost(last) and (last.ties_are_many or last.tolerance > 0)

    def _least_cost_among_equals(self, model: Model, last: Objective, values: Values) -> tuple[_Stage, Values]:
        """Return the cheapest of the equally good plans, on the same sites if ties are rare.

        So claims, benefits, designs and loads are not arbitrary. The objectives may not get worse. Without a cheaper
        plan in the time left the incumbent stays.
        """
        if not self._costs_a_search(last):
            opened = values["site_open"] > 0.5
            terms = {"site_open": np.where(opened, -1.0, 1.0)}
            model.add_rows(one_row("same sites", "plan", terms, "<=", -float(opened.sum()), "sites"))
        cost = Cost(carbon=last.carbon)
        log.info("stage: cost, among equally good plans")
        proven, found = optimise(self.session, model, self.problem, cost, warm=True)
        cheapest, proven = self._better(cost, model, values, found, proven)
        assert cheapest is not None
        return _Stage(cost, proven), cheapest

    def proof(
        self, stages: list[_Stage], values: Values, model: Model | CacheHit, least: Verdict | None = None
    ) -> Proof:
        """Return the proof, in the units in which the objectives are reported."""
        first = stages[0].objective
        value = value_of(first, self.problem, values)
        bound = _clipped(first, stages[0].proven.bound, value)
        unproven = [s for s in stages if s.proven.status != "optimal"]
        if least is not None and least.status != "optimal":
            unproven = stages
        reported = [self._stage(s, values) for s in stages]
        return self._proof(
            replace(stages[0].proven, status="feasible" if unproven else "optimal", objective=value, bound=bound),
            model,
            stages=tuple(reported),
            least_cost_usd_per_year=None if least is None else least.objective,
            budget_open=0.0 if least is None else self.budget_open(least, values),
        )

    def budget_open(self, least: Verdict, values: Values) -> float:
        """Return by how much a plan may exceed the limits that refer to the least cost, relative; 0 where it is proven.

        The least cost is at least its lower bound: a plan that meets the limits at that bound meets them at any.
        """
        if least.bound is None:
            return 1.0
        late = [x for x in self.problem.scenario.limits if x.needs_least_cost]
        blocks = [block for x in late for block in checked_rows(x, self.problem, least.bound)]
        over = [-b.slack(values) / np.maximum(np.abs(b.rhs), 1e-12) for b in blocks]
        most = float(np.max(np.concatenate(over), initial=0.0)) if over else 0.0
        return most if most > DECIDED else 0.0

    def _stage(self, stage: _Stage, values: Values) -> dict[str, Any]:
        """Return what was proven of one objective."""
        objective, proven = stage.objective, stage.proven
        value, bound, in_plan = (
            None if v is None else objective.in_unit(self.problem, v)
            for v in (proven.objective, proven.bound, value_of(objective, self.problem, values))
        )
        head = {"objective": objective.name, "unit": objective.unit, "status": proven.status, "value": value}
        return head | {"bound": bound, "gap": proven.gap, "tolerance": objective.tolerance, "in_plan": in_plan}

    def _proof(self, found: Verdict, model: Model | CacheHit, **more: Any) -> Proof:
        """Return a proof in the first objective's unit."""
        objective = self.problem.scenario.minimise
        value, bound = (
            None if v is None else objective.in_unit(self.problem, v) for v in (found.objective, found.bound)
        )
        rows, variables = model.size
        return Proof(
            status=found.status,
            objective=value,
            bound=bound,
            gap=relative_gap(value, bound),
            unit=objective.unit,
            gap_asked=self.session.gap,
            solver=self.session.solver,
            seconds=round(self.session.clock.spent(), 3),
            rows=rows,
            variables=variables,
            tolerance=objective.tolerance,
            considered=model.considered,
            **more,
        )

    def without_plan(self, found: Verdict, model: Model) -> Plan:
        """Return a plan without sites, whose proof gives the reason."""
        return plan_of(self.problem, None, self._proof(found, model), [])


def _clipped(objective: Objective, bound: float | None, value: float) -> float | None:
    """Return a bound that is not on the wrong side of the value, where rounding could put it."""
    return None if bound is None else max(bound, value) if objective.maximise else min(bound, value)
