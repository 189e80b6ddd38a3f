"""One objective over the options that may matter: models that grow until nothing better can have been left out.

1. The relaxation over all columns (`siting.solver.decomposition.lp_relaxation`) bounds every plan, and every plan that builds a
   given option; plans of few and of many halls apart, where that tells them apart. What follows is done for each such
   part, the most hopeful first, unless its bound lies above the mark already.
2. Options of one site that another one beats in everything are left out (`siting.solver.decomposition.dominance`).
3. A model over the options nearest the bound is solved. A plan found there is the mark: no plan that builds an
   option whose bound lies above the mark, less half of the asked gap, can be better by more than that.
4. If all options below the mark were in the model, the proof is complete; else they are taken in, and step 3 is
   repeated.

The bound of the answer is the lesser of the solver's own and the least bound of what was left out.
"""

import dataclasses
import math
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pulp
from pulp.constants import LpSolveStatus

from siting.errors import InfeasibleError, SitingError
from siting.problem.problem import Problem
from siting.problem.rows import Linear
from siting.solver.backends import gap_of, set_gap, starts_warm
from siting.solver.decomposition.arc_projection import ProjectedSubModel, can_project
from siting.solver.decomposition.columns import constraint_matrix
from siting.solver.decomposition.dominance import dominated_options
from siting.solver.decomposition.lp_relaxation import Relaxed
from siting.solver.decomposition.submodel import SubModel
from siting.solver.pulp_model import PulpModel
from siting.units import Bools, Floats

if TYPE_CHECKING:
    from siting.solver.decomposition.decomposed_model import DecomposedModel

FIRST_OPTIONS = 500
"""Options in the first model (measured on `world` under a budget: with 240 a solver finds plans later)."""
GROWTH = 4
"""By how much a model grows that holds no plan."""
MB_PER_VARIABLE = 2e-3
"""Memory that PuLP and the solver take for a variable with its coefficients [MB] (measured: 1.8 GB for 1.0 million)."""
HAND_ROUNDING = 1e-6
"""How far a plan in hand may be off a row, relative to its terms, and still keep it."""
LOOSE_GAP = 5e-3
"""Relative gap at which models may stop that others follow: the first one, and those whose plans leave regions short
(assumption)."""
REST_OF_GAP = 0.1
"""Share of the gap that finding the arcs may take; the model without arcs has the rest."""
RELAXATION_SHARE = 0.5
"""Share of the time left that one solve of the relaxation may take (assumption)."""
CUTTING_SHARE = 0.2
"""Share of the time left that regions may be sought for before whole numbers are asked for (assumption)."""
NO_TIME_S = 0.2
"""Time [s] in which no model can be built: the plan in hand is looked at, and no more."""
FIRST_SHARE = 0.5
"""Share of the time left that the first model may take, where others may follow (assumption)."""


class RestrictedMaster:
    """One objective over the options that may matter."""

    def __init__(self, of: "DecomposedModel", linear: Linear, solver: pulp.LpSolver) -> None:
        self._of, self._linear, self._solver = of, linear, solver
        self._gap = gap_of(solver)
        self._found, self._share = False, 1.0
        self._ends = None if solver.timeLimit is None else time.perf_counter() + float(solver.timeLimit)

    def _left(self) -> float | None:
        return None if self._ends is None else self._ends - time.perf_counter()

    def _left_to_relax(self) -> float | None:
        left = self._left()
        return None if left is None else RELAXATION_SHARE * left

    def answer(self) -> pulp.LpSolveStats:
        """Return what was found and proven."""
        of = self._of
        cost = of.columns.costs(self._linear)
        left = self._left()
        if left is not None and left < NO_TIME_S and of.hand is not None:
            late = pulp.LpSolveStats(solver=self._solver.name, status=LpSolveStatus.TimeLimit)
            unknown = np.full(len(of.site), -np.inf)
            return self._in_hand(late, Relaxed(None, False, unknown, unknown, np.zeros(0, dtype=bool)))
        parts = of.relaxation.by_halls(cost, of.upper, self._left_to_relax)
        may = self._may_be_built(cost)
        return self._least_of(sorted(parts, key=lambda x: -math.inf if x.bound is None else x.bound), may)

    def _least_of(self, parts: Sequence[Relaxed], may: Bools) -> pulp.LpSolveStats:
        """Solve part after part, the most hopeful first, but for those whose bound no plan in hand leaves anything to."""
        said: list[pulp.LpSolveStats] = []
        bounds: list[float] = []
        for relaxed in parts:
            beaten = relaxed.bound is not None and self._found and relaxed.bound >= self._mark()
            if relaxed.bound is not None and (beaten or (self._found and self._late())):
                bounds.append(relaxed.bound + self._linear.constant)
                continue
            of_part = self._of_part(relaxed, may)
            said.append(of_part)
            if of_part.status != LpSolveStatus.Infeasible:
                bounds.append(-math.inf if of_part.best_bound is None else of_part.best_bound)
        found = [x for x in said if x.has_solution]
        if not found:
            late = [x for x in said if x.status != LpSolveStatus.Infeasible]
            return dataclasses.replace((late or said)[0], best_bound=_known(min(bounds, default=-math.inf)))
        stopped = [x for x in found if not _claims(x)]
        return dataclasses.replace((stopped or found)[0], best_bound=_known(min(bounds)))

    def _keep(self, values: dict[str, Floats]) -> None:
        """Take a plan in hand, unless another part of this question gave a better one."""
        if (
            self._found
            and self._of.hand is not None
            and self._linear.value(self._of.hand) <= self._linear.value(values)
        ):
            return
        self._of.hand, self._found = values, True

    def _mark(self) -> float:
        """Return the value above which plans are no longer sought: that of the plan in hand, less half of the gap."""
        assert self._of.hand is not None
        found = self._linear.value(self._of.hand) - self._linear.constant
        return found - 0.5 * self._gap * abs(found)

    def _of_part(self, relaxed: Relaxed, may: Bools) -> pulp.LpSolveStats:
        """Return what was found and proven of the plans that a bound is about."""
        if relaxed.infeasible:
            return pulp.LpSolveStats(solver=self._solver.name, status=LpSolveStatus.Infeasible)
        every = self._of.families
        halls = every["total_halls"]
        ends = np.maximum(halls.lower, relaxed.halls[0]), np.minimum(halls.upper, relaxed.halls[1])
        self._of.families = {**every, "total_halls": dataclasses.replace(halls, lower=ends[0], upper=ends[1])}
        try:
            return self._over_options(relaxed, may)
        finally:
            self._of.families = every

    def _over_options(self, relaxed: Relaxed, may: Bools) -> pulp.LpSolveStats:
        """Solve over the options nearest the bound, and again with those that a better plan could use."""
        of = self._of
        chosen = self._first(relaxed, may)
        rough = not np.all(chosen | ~may)
        while True:
            if of.memory_mb is not None:
                require_memory(of.problem, chosen, of.memory_mb)
            self._tune(rough=rough)
            stats, values = self._solve(chosen)
            whole = bool(np.all(chosen | ~may))
            if values is None:
                if not whole and stats.status == LpSolveStatus.Infeasible:
                    chosen = self._nearest(relaxed, may, GROWTH * int(chosen.sum())) | chosen
                    continue
                return self._in_hand(stats, relaxed)
            self._keep(values)
            of.relaxation.remember(values["open"])
            missing = may & ~chosen & (relaxed.option_bound < self._mark())
            blind = relaxed.bound is None and self._ends is not None  # nothing is known that could leave any out
            if self._late() or blind or not (missing.any() or rough):
                out = relaxed.option_bound[may & ~chosen].min(initial=math.inf)
                of.told = {
                    "options": len(may),
                    "options_dominated": int((~may).sum()),
                    "options_in_model": int(chosen.sum()),
                }
                found = self._linear.value(values) - self._linear.constant
                return self._bounded(stats, relaxed, min(self._proven(stats, found), out))
            chosen |= missing
            rough = False

    def _tune(self, *, rough: bool) -> None:
        """Set gap and time of the next model: the first one is only to find a good plan."""
        self._share = FIRST_SHARE if rough else 1.0
        set_gap(self._solver, max(self._gap, LOOSE_GAP) if rough else self._gap)

    def _in_hand(self, stats: pulp.LpSolveStats, relaxed: Relaxed) -> pulp.LpSolveStats:
        """Return that no plan was found; or, where the one in hand keeps all rows, that one."""
        of, hand = self._of, self._of.hand
        kept = hand is not None and stats.status != LpSolveStatus.Infeasible
        if kept and hand is not None:
            x = np.concatenate([hand[n] for n in of.columns.families]) / of.columns.unit
            size = abs(of.relaxation.lines.matrix) @ np.abs(x)
            kept = not of.relaxation.lines.broken_at(x, HAND_ROUNDING * np.maximum(size, 1.0)).any()
            kept = kept and bool(np.all(x <= of.upper + HAND_ROUNDING)) and (of.cuts is None or not of.cuts(hand))
        if not kept:
            return self._bounded(stats, relaxed, None)
        return self._bounded(dataclasses.replace(stats, has_solution=True), relaxed, None)

    def _proven(self, stats: pulp.LpSolveStats, found: float) -> float:
        """Return the solver's bound, without the sum's constant; one that claims an optimum vouches for its gap."""
        if stats.best_bound is not None and math.isfinite(stats.best_bound):
            return stats.best_bound - self._linear.constant
        return found - gap_of(self._solver) * abs(found) if _claims(stats) else -math.inf

    def _late(self) -> bool:
        left = self._left()
        return left is not None and left <= 0

    def _may_be_built(self, cost: Floats) -> Bools:
        """Return the options that no other one of their site beats; all of them where rows may still come in."""
        of = self._of
        if of.cuts is not None:
            return np.ones(len(of.site), dtype=bool)
        rows = [of.over_options(b) for b in of.rows if b.limit not in ("capacity", "serve")]
        lines = constraint_matrix(of.columns, rows)
        return ~dominated_options(of.problem, of.columns, lines, cost)

    def _first(self, relaxed: Relaxed, may: Bools) -> Bools:
        """Return the options of the first model: the nearest ones, those of the relaxation and of the plan in hand."""
        chosen = self._nearest(relaxed, may, FIRST_OPTIONS)
        chosen |= may & (self._of.columns.of("open", relaxed.values) > 1e-6)
        if self._of.hand is not None:
            chosen |= self._of.hand["open"] > 0.5
        return chosen

    def _nearest(self, relaxed: Relaxed, may: Bools, count: int) -> Bools:
        """Return the options with the least bounds."""
        bound = np.where(may, relaxed.option_bound, np.inf)
        outside = ~relaxed.sites[self._of.site]
        first = np.lexsort((outside, bound))[: min(count, int(may.sum()))]
        chosen = np.zeros(len(may), dtype=bool)
        chosen[first] = True
        return chosen

    def _bounded(self, stats: pulp.LpSolveStats, relaxed: Relaxed, bound: float | None) -> pulp.LpSolveStats:
        """Return what the solver said with the bound over all columns; without one it has proven nothing."""
        known = [b for b in (bound, relaxed.bound) if b is not None and math.isfinite(b)]
        if not known:
            return dataclasses.replace(stats, status=LpSolveStatus.TimeLimit, best_bound=None)
        return dataclasses.replace(stats, best_bound=max(known) + self._linear.constant)

    def _solve(self, chosen: Bools) -> tuple[pulp.LpSolveStats, dict[str, Floats] | None]:
        """Solve over some options; return what the solver said, and the values of all columns.

        Where nothing looks at who serves whom, the arcs are left out first, and found for what is built then.
        """
        if not can_project(self._of, self._linear):
            return self._solved(SubModel(self._of, chosen))
        return self._by_regions(ProjectedSubModel(self._of, chosen))

    def _by_regions(self, part: ProjectedSubModel) -> tuple[pulp.LpSolveStats, dict[str, Floats] | None]:
        """Solve without arcs, find the arcs for what is built, add the regions that it leaves short, and so on.

        The model without arcs gives the bound; what it builds, together with the best plan so far, is solved
        with arcs and gives the plan. They meet, or the time ends. While plans leave regions short they need not
        be proven.
        """
        best: dict[str, Floats] | None = None
        gap = gap_of(self._solver)
        try:
            programme = part.programme()
        except InfeasibleError:
            return self._clash(), None
        self._of.size = max(self._of.size, programme.size)
        if self._of.hand is not None:
            programme.start_from(part.narrow(self._of.hand))
        left = self._left()
        self._solver.timeLimit = None if left is None else max(CUTTING_SHARE * left, 0.1)
        programme.cut_relaxation(self._narrow(part), self._solver, part.broken)
        set_gap(self._solver, max(gap, LOOSE_GAP))
        while True:
            stats = self._vouched(self._minimised(part, programme), part, programme)
            if not stats.has_solution:
                return (stats, None) if best is None else (dataclasses.replace(stats, has_solution=True), best)
            values = part.wide(programme.values())
            built = values["open"] > 0.5
            if best is not None:
                built |= best["open"] > 0.5
            exact = self._with_arcs(built, REST_OF_GAP * gap)
            if exact is not None and (best is None or self._linear.value(exact) < self._linear.value(best)):
                best = exact
                self._keep(exact)
            broken = part.broken(programme.values())
            loose = gap_of(self._solver) > gap * (1.0 - REST_OF_GAP)
            if not broken and loose:
                set_gap(self._solver, (1.0 - REST_OF_GAP) * gap)
            if best is not None and (self._meets(stats, best, gap) or not (broken or loose)):
                return stats, best
            if not (broken or loose):
                set_gap(self._solver, gap)
                return self._solved(SubModel(self._of, part.chosen))
            for block in broken:
                programme.add_rows(block)
            if self._late():
                return dataclasses.replace(stats, status=LpSolveStatus.TimeLimit, has_solution=best is not None), best

    def _vouched(self, stats: pulp.LpSolveStats, part: SubModel, programme: PulpModel) -> pulp.LpSolveStats:
        """Return what was said with a bound, where a solver claims an optimum and tells none: of this model's own plan."""
        if stats.best_bound is not None or not stats.has_solution or not _claims(stats):
            return stats
        value = self._linear.value(part.wide(programme.values()))
        bound = value - gap_of(self._solver) * abs(value - self._linear.constant)
        return dataclasses.replace(stats, best_bound=bound)

    def _with_arcs(self, built: Bools, gap: float) -> dict[str, Floats] | None:
        """Return the best plan that builds none but some options."""
        before = gap_of(self._solver)
        set_gap(self._solver, gap)
        _, found = self._solved(SubModel(self._of, built))
        set_gap(self._solver, before)
        return found

    def _meets(self, stats: pulp.LpSolveStats, best: Mapping[str, Floats], gap: float) -> bool:
        """Return whether the bound of a model is within a gap of a plan."""
        if stats.best_bound is None:
            return False
        value = self._linear.value(best)
        return value - stats.best_bound <= gap * abs(value - self._linear.constant) * (1 + 1e-6)

    def _minimised(self, part: SubModel, programme: PulpModel) -> pulp.LpSolveStats:
        """Minimise in the time left, from the plan in hand."""
        if self._of.hand is not None:
            programme.start_from(part.narrow(self._of.hand))
        left = self._left()
        if left is not None:
            self._solver.timeLimit = max(self._share * left, 0.1)
        if self._found and starts_warm(self._solver.name):
            self._solver.optionsDict["warmStart"] = True
        try:
            return programme.minimise(self._narrow(part), self._solver)
        except InfeasibleError:
            return self._clash()

    def _narrow(self, part: SubModel) -> Linear:
        return Linear(part.narrow(self._linear.terms), self._linear.unit, self._linear.constant)

    def _clash(self) -> pulp.LpSolveStats:
        return pulp.LpSolveStats(solver=self._solver.name, status=LpSolveStatus.Infeasible)

    def _solved(self, part: SubModel) -> tuple[pulp.LpSolveStats, dict[str, Floats] | None]:
        """Give PuLP a model and return what the solver said, and the values of all columns."""
        try:
            programme = part.programme()
        except InfeasibleError:
            return self._clash(), None
        self._of.size = max(self._of.size, programme.size)
        stats = self._minimised(part, programme)
        return stats, part.wide(programme.values()) if stats.has_solution else None


def _claims(stats: pulp.LpSolveStats) -> bool:
    """Return whether a solver says that it proved what it was asked for."""
    return stats.status in (LpSolveStatus.Optimal, LpSolveStatus.GapLimit)


def _known(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def require_memory(problem: Problem, chosen: Bools, memory_mb: float) -> None:
    """Refuse a model that does not fit the stated memory, before it is built.

    Raises
    ------
    SitingError
        How much is needed, and how many candidates would fit whole.
    """
    site = problem.options["site"].to_numpy(np.intp)
    arcs = int(np.isin(problem.arcs.site, site[chosen]).sum())
    needed = MB_PER_VARIABLE * (3 * int(chosen.sum()) + arcs)
    if needed > memory_mb:
        whole = MB_PER_VARIABLE * (3 * len(chosen) + len(problem.arcs))
        fits = int(len(problem.sites) * memory_mb / whole)
        raise SitingError(
            f"the model needs about {needed:.3g} MB for {int(chosen.sum())} options and {arcs} arcs, and `memory_mb` "
            f"allows {memory_mb:g}: raise it, or ask about {fits} candidates, whose whole model fits"
        )
