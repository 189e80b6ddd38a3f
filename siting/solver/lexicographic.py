"""One objective at a time: a sum, an exact ratio or the worst of what is in use, each with what was proven of it.

* A **sum** is one solve; what is to be greatest is made least with the other sign.
* A **ratio** N/D of two sums is Dinkelbach's: with r the best ratio in hand, minimise N - r D until
  its proven bound L shows that nothing is left to gain. In every plan N >= r D + L with L <= 0 and
  D >= D_min, so ``N/D >= r + L/D_min``: the bound on the ratio. A relative gap of N - r D would mean
  nothing, as its least is 0; the test is that of the bound.
* The **worst in use** is found by halving the list of levels: the bound is the lowest level that has
  not been proven too strict.
"""

import math
import time
from dataclasses import dataclass

import numpy as np

from siting.problem.problem import Problem
from siting.problem.rows import Linear, Rows
from siting.scenario.objective import Objective
from siting.solver.backends import Verdict, relative_gap, solver_called, verdict
from siting.solver.decomposition.decomposed_model import DecomposedModel
from siting.solver.pulp_model import PulpModel
from siting.solver.results.plan_builder import LOAD_FLOOR_MW
from siting.units import Floats

Model = PulpModel | DecomposedModel
"""The whole programme, or what is left of it once options are proven away."""
Values = dict[str, Floats]
Answer = tuple[Verdict, Values | None]

RATIO_SHARE = 0.5
"""Part of the asked gap that one solve of a ratio may leave, so that its bound can meet the whole of it."""
MOST_RATIO_STEPS = 50
"""Steps after which a ratio that does not settle is left as it is; four or five are usual (its convergence is
superlinear)."""
WHOLE_ROUNDING = 1e-6
"""Above a whole number by less than this, a bound on a count is that number."""


@dataclass(frozen=True)
class Clock:
    """Wall-clock time left for the solves of one plan."""

    started: float
    limit_s: float | None

    def left(self) -> float | None:
        """Return the time left [s], None where there is no limit."""
        return None if self.limit_s is None else self.limit_s - self.spent()

    def spent(self) -> float:
        """Return the time spent [s]."""
        return time.perf_counter() - self.started

    def part(self, share: float) -> "Clock":
        """Return a clock that stops after a share of the time left."""
        left = self.left()
        return Clock(time.perf_counter(), None if left is None else share * left)


@dataclass(frozen=True)
class SolverSession:
    """A solver with its clock and the gap at which it may stop."""

    solver: str
    clock: Clock
    gap: float

    def minimise(self, programme: Model, linear: Linear, *, gap: float | None = None, warm: bool = False) -> Answer:
        """Minimise a sum in the time left, from the values in hand when they are feasible."""
        asked = self.gap if gap is None else gap
        solver = solver_called(self.solver, time_limit_s=self.clock.left(), gap=asked, warm=warm)
        stats = programme.minimise(linear, solver)
        if not stats.has_solution:
            return verdict(stats, None, asked), None
        values = programme.values()
        return verdict(stats, linear.value(values), asked), values

    def out_of_time(self) -> bool:
        """Return whether the clock has run down."""
        left = self.clock.left()
        return left is not None and left <= 0

    def within(self, share: float) -> "SolverSession":
        """Return the same machine with a share of the time left."""
        return SolverSession(self.solver, self.clock.part(share), self.gap)


def optimise(machine: SolverSession, programme: Model, problem: Problem, objective: Objective, *, warm: bool) -> Answer:
    """Make one objective as good as can be proven in the time left.

    Parameters
    ----------
    machine : SolverSession
        Solver, clock and gap.
    programme : PulpModel
        Variables and rows.
    problem : Problem
        The numbers.
    objective : Objective
        What to optimise; its `then` is not looked at.
    warm : bool
        Whether the variables hold a feasible plan to start from.

    Returns
    -------
    Verdict
        Status, value and bound of the objective's own quantity: of a ratio the ratio, of what is to be
        greatest a bound from above.
    dict of str to numpy.ndarray or None
        Values of the variables, None where none were found.
    """
    if objective.bottleneck(problem) is not None:
        return _worst(machine, programme, problem, objective, warm=warm)
    per = objective.per(problem)
    if per is not None and per.terms:
        return _ratio(machine, programme, problem, objective, per, warm=warm)
    sign = -1.0 if objective.maximise else 1.0
    found, values = machine.minimise(programme, objective.linear(problem).scaled(sign), warm=warm)
    scale = sign / (1.0 if per is None else per.constant)
    bound = None if found.bound is None else _whole(objective, found.bound)
    told = [None if v is None else scale * v for v in (found.objective, bound)]
    return Verdict(found.status, *told), values


def _whole(objective: Objective, bound: float) -> float:
    """Lift the bound on a count to the next whole number."""
    return float(math.ceil(bound - WHOLE_ROUNDING)) if objective.integer else bound


def _ratio(
    machine: SolverSession, programme: Model, problem: Problem, objective: Objective, per: Linear, *, warm: bool
) -> Answer:
    """Minimise a ratio exactly.

    The solver minimises ``N + r (D_max - D)``, which is N - r D but for a constant and is of the size
    of N: there a relative gap is safe, and `RATIO_SHARE * gap * D_min / D_max` of it leaves the ratio's
    bound within the gap.
    """
    above, least, most = objective.linear(problem), least_per(problem, per), per.constant
    step_gap = RATIO_SHARE * machine.gap * least / most
    found, values = machine.minimise(programme, above, gap=machine.gap, warm=warm)
    if values is None:
        return Verdict(found.status, None, None), None
    ratio, bound = above.value(values) / per.value(values), -math.inf
    for _ in range(MOST_RATIO_STEPS):
        if machine.out_of_time() or (ratio - bound) <= machine.gap * abs(ratio):
            break
        step = above.plus(Linear(per.terms, per.unit).scaled(-ratio))
        found, newer = machine.minimise(programme, step, gap=step_gap, warm=True)
        if found.bound is not None:
            bound = max(bound, ratio + min(found.bound - ratio * most, 0.0) / least)
        if newer is None:
            programme.start_from(values)
            break
        reached = above.value(newer) / per.value(newer)
        stuck = reached >= ratio and (ratio - bound) > machine.gap * abs(ratio)
        if reached < ratio:
            ratio, values = reached, newer
        if stuck:
            break
    proven = (ratio - bound) <= machine.gap * abs(ratio)
    known = min(bound, ratio) if math.isfinite(bound) else None
    return Verdict("optimal" if proven else "feasible", ratio, known), values


def least_per(problem: Problem, per: Linear) -> float:
    """Return the least of what stands below the line: at the least demand that must be served."""
    return per.constant * problem.least_served_mw / float(problem.demand_mw.sum())


def _worst(machine: SolverSession, programme: Model, problem: Problem, objective: Objective, *, warm: bool) -> Answer:
    """Find the lowest level at which a plan exists, by halving."""
    level = objective.bottleneck(problem)
    assert level is not None
    levels = np.unique(level)
    nothing = Linear({"serve_mw": np.zeros(len(level))}, objective.unit)
    found, best = machine.minimise(programme, nothing, warm=warm)
    if best is None:
        return Verdict(found.status, None, None), None
    reached = value_of(objective, problem, best)
    low, high, proven = 0, int(np.searchsorted(levels, reached)), 0
    while low < high and not machine.out_of_time():
        middle = (low + high) // 2
        _cap_arcs(programme, level, float(levels[middle]))
        found, values = machine.minimise(programme, nothing)
        if values is not None:
            best = values
            high = int(np.searchsorted(levels, value_of(objective, problem, values)))
        else:
            low = middle + 1
            if found.status != "infeasible":
                break
            proven = low
    reached = value_of(objective, problem, best)
    _cap_arcs(programme, level, math.inf)
    bound = min(float(levels[min(proven, len(levels) - 1)]), reached)
    gap = relative_gap(reached, bound)
    return Verdict("optimal" if gap is not None and gap <= machine.gap else "feasible", reached, bound), best


def _cap_arcs(programme: Model, level: Floats, most: float) -> None:
    """Shut the arcs beyond a level, and open the others."""
    programme.cap("serve_mw", np.where(level <= most, np.inf, 0.0))


def value_of(objective: Objective, problem: Problem, values: Values) -> float:
    """Return the objective's own quantity at given values of the variables."""
    level = objective.bottleneck(problem)
    if level is not None:
        return float(level[values["serve_mw"] > LOAD_FLOOR_MW].max(initial=0.0))
    per = objective.per(problem)
    return objective.linear(problem).value(values) / (1.0 if per is None else per.value(values))


def is_better(objective: Objective, new: float, old: float) -> bool:
    """Return whether a value beats another."""
    return new > old if objective.maximise else new < old


def hold(programme: Model, problem: Problem, objective: Objective, value: float) -> None:
    """Keep an objective within its tolerance of a value, in all solves to come."""
    way = -1.0 if objective.maximise else 1.0
    limit = value + way * objective.tolerance * abs(value)
    level = objective.bottleneck(problem)
    if level is not None:
        _cap_arcs(programme, level, limit)
        return
    programme.add_rows(no_worse(problem, objective, limit))


def no_worse(problem: Problem, objective: Objective, limit: float) -> Rows:
    """Return the row that keeps an objective's own quantity at a limit or better."""
    level = objective.bottleneck(problem)
    if level is not None:
        return Linear({"serve_mw": np.where(level > limit, 1.0, 0.0)}, "MW").at_most("objective", 0.0)
    way = -1.0 if objective.maximise else 1.0
    per, linear = objective.per(problem), objective.linear(problem)
    if per is None:
        return linear.scaled(way).at_most("objective", way * limit)
    if per.terms:
        return linear.plus(per.scaled(-limit)).at_most("objective", 0.0)
    return linear.at_most("objective", limit * per.constant)
