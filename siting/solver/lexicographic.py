"""Lexicographic optimisation, one objective at a time: a sum, a ratio or a bottleneck, each with a proven bound.

* A **sum** is one solve; maximising is minimising with the other sign.
* A **ratio** N/D of two sums is minimised by Dinkelbach's method (1967): with r the ratio of the incumbent, minimise
  N - r D, and repeat with the ratio of its solution. Let L <= 0 be the proven bound of N - r D. Every plan has
  N >= r D + L and D >= D_min > 0, so ``N/D >= r + L/D >= r + L/D_min``: the bound of the ratio. The method stops when
  this bound is within the gap. A relative gap of N - r D itself has no meaning, because its minimum is 0.
* A **bottleneck** (the worst of what is in use) is found by bisection of the sorted levels: the bound is the lowest
  level that is not proven infeasible.
"""

import logging
import math
from dataclasses import dataclass, replace

import numpy as np

from siting.errors import ScenarioError
from siting.problem.parts.service import LOAD_FLOOR_MW
from siting.problem.problem import Problem
from siting.problem.rows import Linear, Rows
from siting.scenario.objective import Objective
from siting.solver.backends import Clock, Verdict, relative_gap, solver_called, verdict
from siting.solver.decomposition.arc_projection import ARCS
from siting.solver.decomposition.decomposed_model import DecomposedModel
from siting.solver.decomposition.site_pricing import box_minimum
from siting.solver.pulp_model import PulpModel
from siting.units import Floats

Model = PulpModel | DecomposedModel
"""The MIP over all columns as one PuLP model, or solved by decomposition."""
Values = dict[str, Floats]
Answer = tuple[Verdict, Values | None]

RATIO_SHARE = 0.5
"""Share of the gap that one solve of a ratio may use, so that the bound of the ratio can be within the gap."""
MOST_RATIO_STEPS = 50
"""Most Dinkelbach steps; four or five are usual (convergence is superlinear)."""
INTEGER_ROUNDING = 1e-6
"""A bound on a count that exceeds an integer by less than this is that integer."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SolverSession:
    """A solver with its time limit and relative gap, and the problem whose plans it finds, where it finds plans."""

    solver: str
    clock: Clock
    gap: float
    problem: Problem | None = None

    def minimise(self, model: Model, linear: Linear, *, gap: float | None = None, warm: bool = False) -> Answer:
        """Minimise a sum in the time left, with a warm start from the values of the variables if they are feasible."""
        gap = self.gap if gap is None else gap
        solver = solver_called(self.solver, time_limit_s=self.clock.left(), gap=gap, warm=warm)
        stats = model.minimise(linear, solver)
        if not stats.has_solution:
            return verdict(stats, None, gap), None
        values = model.values() if self.problem is None else self.problem.settled(model.values())
        found = verdict(stats, linear.value(values), gap)
        shown = None if found.gap is None else f"{found.gap:.2e}"
        log.info("%s: incumbent %.8g, bound %s, gap %s", found.status, found.objective, found.bound, shown)
        return found, values

    def within(self, share: float) -> "SolverSession":
        """Return the same session with a share of the time left."""
        return replace(self, clock=self.clock.share(share))


def optimise(session: SolverSession, model: Model, problem: Problem, objective: Objective, *, warm: bool) -> Answer:
    """Optimise one objective in the time left.

    Parameters
    ----------
    session : SolverSession
        Solver, time limit and gap.
    model : PulpModel or DecomposedModel
        Variables and rows.
    problem : Problem
        The numbers.
    objective : Objective
        What to optimise, without its `then`.
    warm : bool
        Whether the variables hold a feasible plan for a warm start.

    Returns
    -------
    Verdict
        Status, value and bound in the quantity of the objective: the ratio of a ratio; an upper bound of what is
        maximised.
    dict of str to numpy.ndarray or None
        Values of the variables, None if no plan was found.
    """
    if objective.bottleneck(problem) is not None:
        return _bottleneck(session, model, problem, objective, warm=warm)
    per = objective.per(problem)
    if per is not None and per.terms:
        return _ratio(session, model, problem, objective, per, warm=warm)
    sign = -1.0 if objective.maximise else 1.0
    found, values = session.minimise(model, objective.linear(problem).scaled(sign), warm=warm)
    scale = sign / (1.0 if per is None else per.constant)
    bound = found.bound
    if bound is not None and objective.integer:  # the bound of a count is rounded up to an integer
        bound = float(math.ceil(bound - INTEGER_ROUNDING))
    value, bound = (None if v is None else scale * v for v in (found.objective, bound))
    return Verdict(found.status, value, bound), values


def _least_denominator(problem: Problem, per: Linear) -> float:
    """Return a lower bound of the denominator of a ratio: over its variables' bounds, or at the demand to be served.

    Raises
    ------
    ScenarioError
        The denominator may be 0 or less, so that the ratio has no bound.
    """
    families = problem.families
    boxes = (box_minimum(c, families[f].lower, families[f].upper).sum() for f, c in per.terms.items())
    least = per.constant + float(sum(boxes))
    compute = problem.compute
    same = per.terms.keys() == compute.terms.keys() and all(
        np.allclose(c * compute.constant, compute.terms[f] * per.constant) for f, c in per.terms.items()
    )
    if same:  # a multiple of the compute: what must be served is at least the scenario's minimum
        least = max(least, per.constant * problem.least_served_mw / float(problem.demand_mw.sum()))
    if not least > 0:
        raise ScenarioError(
            f"the denominator of a ratio may be {least:g} {per.unit}: it must be positive in every plan"
        )
    return least


def _ratio(
    session: SolverSession, model: Model, problem: Problem, objective: Objective, per: Linear, *, warm: bool
) -> Answer:
    """Minimise a ratio by Dinkelbach's method.

    The solver minimises ``N + r (D_max - D)``, which differs from N - r D by a constant and is of the size of N: there a
    relative gap is safe, and one of ``RATIO_SHARE * gap * D_min / D_max`` leaves the bound of the ratio within the gap.
    """
    if objective.maximise:
        raise ScenarioError(f"objective `{objective.name}`: a ratio can only be minimised; minimise its inverse")
    above, most = objective.linear(problem), per.constant
    least = _least_denominator(problem, per)
    step_gap = RATIO_SHARE * session.gap * least / max(most, least)
    found, values = session.minimise(model, above, gap=session.gap, warm=warm)
    if values is None:
        return Verdict(found.status, None, None), None
    ratio, bound = above.value(values) / per.value(values), -math.inf
    for _ in range(MOST_RATIO_STEPS):
        if session.clock.has_run_down() or (ratio - bound) <= session.gap * abs(ratio):
            break
        step = above.plus(Linear(per.terms, per.unit).scaled(-ratio))
        found, newer = session.minimise(model, step, gap=step_gap, warm=True)
        if found.bound is not None:
            # L = bound of N - r D, at most 0; the ratio of every plan is at least r + L / D_min
            bound = max(bound, ratio + min(found.bound - ratio * most, 0.0) / least)
        if newer is None:
            model.start_from(values)
            break
        reached = above.value(newer) / per.value(newer)
        stuck = reached >= ratio and (ratio - bound) > session.gap * abs(ratio)
        if reached < ratio:
            ratio, values = reached, newer
        if stuck:
            break
    proven = (ratio - bound) <= session.gap * abs(ratio)
    found_bound = min(bound, ratio) if math.isfinite(bound) else None
    return Verdict("optimal" if proven else "feasible", ratio, found_bound), values


def _bottleneck(session: SolverSession, model: Model, problem: Problem, objective: Objective, *, warm: bool) -> Answer:
    """Find the lowest level at which a plan exists, by bisection."""
    level = objective.bottleneck(problem)
    assert level is not None
    levels = np.unique(level)
    nothing = Linear({ARCS: np.zeros(len(level))}, objective.unit)
    found, best = session.minimise(model, nothing, warm=warm)
    if best is None:
        return Verdict(found.status, None, None), None
    reached = value_of(objective, problem, best)
    low, high, proven = 0, int(np.searchsorted(levels, reached)), 0
    while low < high and not session.clock.has_run_down():
        middle = (low + high) // 2
        _cap_arcs(model, level, float(levels[middle]))
        found, values = session.minimise(model, nothing)
        if values is not None:
            best = values
            high = int(np.searchsorted(levels, value_of(objective, problem, values)))
        else:
            low = middle + 1
            if found.status != "infeasible":
                break
            proven = low
    reached = value_of(objective, problem, best)
    _cap_arcs(model, level, math.inf)
    bound = min(float(levels[min(proven, len(levels) - 1)]), reached)
    gap = relative_gap(reached, bound)
    return Verdict("optimal" if gap is not None and gap <= session.gap else "feasible", reached, bound), best


def _cap_arcs(model: Model, level: Floats, most: float) -> None:
    """Close the arcs beyond a level, and open the others."""
    model.cap(ARCS, np.where(level <= most, np.inf, 0.0))


def value_of(objective: Objective, problem: Problem, values: Values) -> float:
    """Return the value of an objective, in its own quantity, at given values of the variables."""
    level = objective.bottleneck(problem)
    if level is not None:
        return float(level[values[ARCS] > LOAD_FLOOR_MW].max(initial=0.0))
    per = objective.per(problem)
    return objective.linear(problem).value(values) / (1.0 if per is None else per.value(values))


def is_better(objective: Objective, new: float, old: float) -> bool:
    """Return whether a value is better than another."""
    return new > old if objective.maximise else new < old


def hold(model: Model, problem: Problem, objective: Objective, value: float) -> None:
    """Keep an objective within its tolerance of a value, in all later solves."""
    sign = -1.0 if objective.maximise else 1.0
    limit = value + sign * objective.tolerance * abs(value)
    level = objective.bottleneck(problem)
    if level is not None:
        _cap_arcs(model, level, limit)
        return
    model.add_rows(no_worse(problem, objective, limit))


def no_worse(problem: Problem, objective: Objective, limit: float) -> Rows:
    """Return the row that keeps an objective, in its own quantity, at a limit or better."""
    level = objective.bottleneck(problem)
    if level is not None:
        return Linear({ARCS: np.where(level > limit, 1.0, 0.0)}, "MW").at_most("objective", 0.0)
    sign = -1.0 if objective.maximise else 1.0
    per, linear = objective.per(problem), objective.linear(problem)
    if per is None:
        return linear.scaled(sign).at_most("objective", sign * limit)
    if per.terms:
        return linear.plus(per.scaled(-limit)).at_most("objective", 0.0)
    return linear.at_most("objective", limit * per.constant)
