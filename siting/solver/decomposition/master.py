"""Restricted master: one objective over the options that may matter, enlarged until no better plan can be left out.

1. The LP relaxation over all columns (`siting.solver.decomposition.lp_relaxation`) bounds every plan, and every plan that
   builds a given option; plans of few and of many halls separately where the relaxation has a fractional number. What
   follows is done for each such part, the one with the least bound first; a part whose bound is above the cutoff is
   pruned.
2. Options that another option of their site dominates are left out (`siting.solver.decomposition.dominance`).
3. A restricted MIP over the options with the least bounds is solved. Its plan becomes the incumbent, and its value less
   half of the gap the cutoff. A plan that builds an option whose bound is above the cutoff improves on the incumbent by
   half of the gap at most: such options are fixed to 0 (reduced-cost fixing).
4. If all options below the cutoff were in the model, the proof is complete. Else they are added, and step 3 is repeated.
   Each repetition adds an option, or is the one at the requested gap; none is dropped, so that the loop ends.

The bound of the answer is the smaller of the bound of the MIP solver and the least bound of the options left out. Every
step takes a `MasterState` and returns the next one.
"""

import dataclasses
import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pulp
from pulp.constants import LpSolveStatus

from siting.errors import InfeasibleError, SitingError
from siting.problem.problem import Problem
from siting.problem.rows import Linear
from siting.solver.backends import Clock, gap_of, relative_gap, set_gap, starts_warm
from siting.solver.decomposition.arc_projection import ProjectedSubModel, can_project
from siting.solver.decomposition.columns import constraint_matrix
from siting.solver.decomposition.dominance import ONE_OPTION, dominated_options
from siting.solver.decomposition.lp_relaxation import Relaxed
from siting.solver.decomposition.master_state import MasterData, MasterState
from siting.solver.decomposition.submodel import SubModel
from siting.solver.pulp_model import PulpModel
from siting.units import Bools, Floats

FIRST_OPTIONS = 500
"""Options in the first model (measured on `world` under a budget: with 240 a solver finds plans later)."""
GROWTH = 4
"""Factor by which an infeasible model is enlarged."""
MB_PER_VARIABLE = 2e-3
"""Memory that PuLP and the solver take for a variable with its coefficients [MB] (measured: 1.8 GB for 1.0 million)."""
INCUMBENT_ROUNDING = 1e-6
"""Violation of a row, relative to its terms, up to which an incumbent is feasible."""
LOOSE_GAP = 5e-3
"""Relative gap of models that are followed by others: the first one, and projected ones that still violate Gale rows
(assumption)."""
ARCS_SHARE_OF_GAP = 0.1
"""Share of the gap that the model with arcs may use; the projected model has the rest."""
RELAXATION_SHARE = 0.5
"""Share of the remaining time for one solve of the relaxation (assumption)."""
CUTTING_SHARE = 0.2
"""Share of the remaining time for cutting planes of regions before the MIP (assumption)."""
NO_TIME_S = 0.2
"""Remaining time [s] below which no model is built: only the incumbent is checked."""
FIRST_SHARE = 0.5
"""Share of the remaining time for the first model, where others may follow (assumption)."""

Values = dict[str, Floats]
Step = tuple[pulp.LpSolveStats, Values | None, MasterState]
"""What a solver reported, the values of all columns, and the state after it."""

log = logging.getLogger(__name__)


def restricted_master(data: MasterData, linear: Linear, solver: pulp.LpSolver) -> "RestrictedMaster":
    """Return the solution procedure for one objective, whose time starts now."""
    return RestrictedMaster(data, linear, solver, gap_of(solver), Clock(time.perf_counter(), solver.timeLimit))


@dataclass(frozen=True)
class RestrictedMaster:
    """Solution procedure for one objective.

    Parameters
    ----------
    data : MasterData
        The problem.
    linear : Linear
        Objective to minimise.
    solver : pulp.LpSolver
        Solver of the restricted MIPs; its gap and time limit are set for each of them.
    gap : float
        Relative gap to prove [0-1].
    clock : Clock
        Time left for all of it.
    """

    data: MasterData
    linear: Linear
    solver: pulp.LpSolver
    gap: float
    clock: Clock

    def solve(self, state: MasterState) -> tuple[pulp.LpSolveStats, MasterState]:
        """Return what was found and proven, and the state with the incumbent."""
        data, state = self.data, replace(state, found=False)
        left = self.clock.left()
        if left is not None and left < NO_TIME_S and state.incumbent is not None:
            late = pulp.LpSolveStats(solver=self.solver.name, status=LpSolveStatus.TimeLimit)
            unknown = np.full(len(data.site), -np.inf)
            nothing = Relaxed(None, False, unknown, unknown, np.zeros(0, dtype=bool))
            return self._incumbent_or_nothing(state, late, nothing), state
        cost = data.columns.costs(self.linear)
        parts, relaxation = data.relaxation.by_halls(
            state.relaxation, cost, state.upper, lambda: self.clock.share(RELAXATION_SHARE).limit_s
        )
        state = replace(state, relaxation=relaxation)
        log.info("LP relaxation: lower bounds %s", [None if x.bound is None else self._value(x.bound) for x in parts])
        useful = np.ones(len(data.site), dtype=bool)
        if data.cuts is None:  # no row may be added during the solve, so that dominance holds
            rows = [data.over_options(b) for b in state.rows if b.limit not in (*ONE_OPTION, "serve")]
            useful = ~dominated_options(data.problem, data.columns, constraint_matrix(data.columns, rows), cost)
        return self._over_parts(state, sorted(parts, key=lambda x: -math.inf if x.bound is None else x.bound), useful)

    def _value(self, without_constant: float) -> float:
        return without_constant + self.linear.constant

    def _cutoff(self, state: MasterState) -> float:
        """Return the value, without the constant, from which plans are no improvement: the incumbent less half the gap."""
        assert state.incumbent is not None
        found = self.linear.value(state.incumbent) - self.linear.constant
        return found - 0.5 * self.gap * abs(found)

    def _over_parts(
        self, state: MasterState, parts: Sequence[Relaxed], useful: Bools
    ) -> tuple[pulp.LpSolveStats, MasterState]:
        """Solve the parts in turn, except those that the incumbent prunes; the bound is the least of all parts."""
        done: list[pulp.LpSolveStats] = []
        bounds: list[float] = []
        for relaxed in parts:
            pruned = relaxed.bound is not None and state.found and relaxed.bound >= self._cutoff(state)
            if relaxed.bound is not None and (pruned or (state.found and self.clock.has_run_down())):
                bounds.append(self._value(relaxed.bound))
                continue
            if relaxed.infeasible:
                stats = self._infeasible()
            else:
                stats, state = self._over_options(state, relaxed, useful)
            done.append(stats)
            if stats.status != LpSolveStatus.Infeasible:
                bounds.append(-math.inf if stats.best_bound is None else stats.best_bound)
        solved = [x for x in done if x.has_solution]
        if not solved:
            stopped = [x for x in done if x.status != LpSolveStatus.Infeasible]
            best_bound = _finite(min(bounds, default=-math.inf))
            return dataclasses.replace((stopped or done)[0], best_bound=best_bound), state
        unproven = [x for x in solved if not _claims_optimum(x)]
        return dataclasses.replace((unproven or solved)[0], best_bound=_finite(min(bounds))), state

    def _over_options(
        self, state: MasterState, relaxed: Relaxed, useful: Bools
    ) -> tuple[pulp.LpSolveStats, MasterState]:
        """Solve over the options with the least bounds, and again with those that a better plan could use."""
        chosen = self._first(state, relaxed, useful)
        rough = not np.all(chosen | ~useful)
        while True:
            if self.data.memory_mb is not None:
                require_memory(self.data.problem, chosen, self.data.memory_mb)
            # the first model is only to find a good incumbent: a loose gap, and part of the time
            set_gap(self.solver, max(self.gap, LOOSE_GAP) if rough else self.gap)
            stats, values, state = self._solve(state, chosen, relaxed.halls, FIRST_SHARE if rough else 1.0)
            complete = bool(np.all(chosen | ~useful))
            if values is None:
                if not complete and stats.status == LpSolveStatus.Infeasible:
                    chosen = self._nearest(relaxed, useful, GROWTH * int(chosen.sum())) | chosen
                    continue
                return self._incumbent_or_nothing(state, stats, relaxed), state
            state = self._improved(state, values).with_sites(self.data.site[values["open"] > 0.5])
            # Theorem (fixing): a plan that builds an option with a bound of at least the cutoff is at most half of the
            # gap better than the incumbent, so that only the others are missing from a complete model.
            missing = useful & ~chosen & (relaxed.option_bound < self._cutoff(state))
            blind = relaxed.bound is None and self.clock.limit_s is not None  # no bound, so nothing can ever be fixed
            if self.clock.has_run_down() or blind or not (missing.any() or rough):
                left_out = relaxed.option_bound[useful & ~chosen].min(initial=math.inf)
                counts = {"options": len(useful), "options_dominated": int((~useful).sum())}
                state = replace(state, considered=counts | {"options_in_model": int(chosen.sum())})
                found = self.linear.value(values) - self.linear.constant
                proven = self._bounded(stats, relaxed, min(self._proven(stats, found), left_out))
                self._log(state, proven, chosen)
                return proven, state
            self._log(state, stats, chosen)
            chosen |= missing
            rough = False

    def _log(self, state: MasterState, stats: pulp.LpSolveStats, chosen: Bools) -> None:
        """Log incumbent, bound and gap after a restricted MIP."""
        assert state.incumbent is not None
        value = self.linear.value(state.incumbent)
        gap = relative_gap(value, stats.best_bound)
        shown = None if gap is None else f"{gap:.2e}"
        message = "restricted MIP over %d of %d options: incumbent %.8g, bound %s, gap %s"
        log.info(message, int(chosen.sum()), len(chosen), value, stats.best_bound, shown)

    def _improved(self, state: MasterState, values: Values) -> MasterState:
        """Return the state with a plan as the incumbent, unless this solve has found a better one."""
        best = state.incumbent if state.found else None
        if best is not None and self.linear.value(best) <= self.linear.value(values):
            return state
        return replace(state, incumbent=values, found=True)

    def _incumbent_or_nothing(
        self, state: MasterState, stats: pulp.LpSolveStats, relaxed: Relaxed
    ) -> pulp.LpSolveStats:
        """Return that no plan was found; or the incumbent, if it satisfies all rows."""
        data, lines, incumbent = self.data, state.relaxation.lines, state.incumbent
        feasible = incumbent is not None and stats.status != LpSolveStatus.Infeasible
        if feasible and incumbent is not None:
            x = data.columns.join(incumbent)
            size = abs(lines.matrix) @ np.abs(x)
            feasible = not lines.violated(x, INCUMBENT_ROUNDING * np.maximum(size, 1.0)).any()
            feasible = feasible and bool(np.all(x <= state.upper + INCUMBENT_ROUNDING))
            feasible = feasible and bool(np.all(x >= data.columns.lower - INCUMBENT_ROUNDING))
            feasible = feasible and (data.cuts is None or not data.cuts(incumbent))
        return self._bounded(dataclasses.replace(stats, has_solution=True) if feasible else stats, relaxed, None)

    def _proven(self, stats: pulp.LpSolveStats, found: float) -> float:
        """Return the bound of the solver, without the constant; one that claims an optimum vouches for its gap."""
        if stats.best_bound is not None and math.isfinite(stats.best_bound):
            return stats.best_bound - self.linear.constant
        return found - gap_of(self.solver) * abs(found) if _claims_optimum(stats) else -math.inf

    def _bounded(self, stats: pulp.LpSolveStats, relaxed: Relaxed, bound: float | None) -> pulp.LpSolveStats:
        """Return what a solver reported with the bound over all columns; without one only infeasibility is proven."""
        if stats.status == LpSolveStatus.Infeasible:  # of a model with all options, whatever the relaxation found
            return dataclasses.replace(stats, best_bound=None)
        valid = [b for b in (bound, relaxed.bound) if b is not None and math.isfinite(b)]
        if not valid:
            return dataclasses.replace(stats, status=LpSolveStatus.TimeLimit, best_bound=None)
        return dataclasses.replace(stats, best_bound=self._value(max(valid)))

    def _first(self, state: MasterState, relaxed: Relaxed, useful: Bools) -> Bools:
        """Return the options of the first model: least bounds, support of the relaxation, and the incumbent.

        The support makes the model feasible wherever rounding the relaxation does; the incumbent makes it so at once,
        and gives the solver a warm start. How many options are added to that is a heuristic (`FIRST_OPTIONS`): too few
        cost another round, too many a larger model, and the proof is the same.
        """
        chosen = self._nearest(relaxed, useful, FIRST_OPTIONS)
        chosen |= useful & (self.data.columns.of("open", relaxed.values) > 1e-6)
        if state.incumbent is not None:
            chosen |= state.incumbent["open"] > 0.5
        return chosen

    def _nearest(self, relaxed: Relaxed, useful: Bools, count: int) -> Bools:
        """Return the options with the least bounds; at equal bounds those of sites in the relaxation first."""
        bound = np.where(useful, relaxed.option_bound, np.inf)
        outside = ~relaxed.sites[self.data.site]
        first = np.lexsort((outside, bound))[: min(count, int(useful.sum()))]
        chosen = np.zeros(len(useful), dtype=bool)
        chosen[first] = True
        return chosen

    def _solve(self, state: MasterState, chosen: Bools, halls: tuple[float, float], share: float) -> Step:
        """Solve over some options, with arcs projected out if nothing but serving the demand uses them."""
        if not can_project(self.data, state, self.linear):
            return self._solve_sub_model(state, SubModel(self.data, state, chosen, halls), share)
        return self._solve_projected(state, ProjectedSubModel(self.data, state, chosen, halls), halls, share)

    def _solve_projected(
        self, state: MasterState, part: ProjectedSubModel, halls: tuple[float, float], share: float
    ) -> Step:
        """Alternate between the projected model, which gives the bound, and one with arcs, which gives the plan.

        The model with arcs has only the options that the projected plan and the best plan build. They meet, or the
        time ends. As long as plans violate Gale rows a loose gap is enough; the rows are added. If neither row nor
        bound is left to improve, the full model over the same options decides.
        """
        best: Values | None = None
        gap = gap_of(self.solver)
        try:
            model = part.model()
        except InfeasibleError:
            return self._infeasible(), None, state
        state = replace(state, size=max(state.size, model.size))
        if state.incumbent is not None:
            model.start_from(part.narrow(state.incumbent))
        left = self.clock.share(CUTTING_SHARE).limit_s
        self.solver.timeLimit = None if left is None else max(left, 0.1)
        model.cut_relaxation(self._narrow(part), self.solver, part.violated)
        state = part.learnt(state)
        set_gap(self.solver, max(gap, LOOSE_GAP))
        while True:
            stats = self._minimise(state, part, model, share)
            stats, state = self._vouched(stats, part, model), part.learnt(state)
            if not stats.has_solution:
                return dataclasses.replace(stats, has_solution=best is not None), best, state
            values = part.widen(model.values())
            built = values["open"] > 0.5
            if best is not None:
                built |= best["open"] > 0.5
            # the best plan with arcs that builds only these options
            before = gap_of(self.solver)
            set_gap(self.solver, ARCS_SHARE_OF_GAP * gap)
            _, exact, state = self._solve_sub_model(state, SubModel(self.data, state, built, halls), share)
            set_gap(self.solver, before)
            if exact is not None and (best is None or self.linear.value(exact) < self.linear.value(best)):
                best, state = exact, self._improved(state, exact)
            violated = part.violated(model.values())
            state = part.learnt(state)
            loose = gap_of(self.solver) > gap * (1.0 - ARCS_SHARE_OF_GAP)
            if not violated and loose:
                set_gap(self.solver, (1.0 - ARCS_SHARE_OF_GAP) * gap)
            if best is not None and self._meets(stats, best, gap):
                return stats, best, state
            if not (violated or loose):
                set_gap(self.solver, gap)
                full, exact, state = self._solve_sub_model(state, SubModel(self.data, state, part.chosen, halls), share)
                if exact is None or (best is not None and self.linear.value(best) <= self.linear.value(exact)):
                    exact = best
                proven = stats if exact is not None and self._meets(stats, exact, gap) else full
                return dataclasses.replace(proven, has_solution=exact is not None), exact, state
            for block in violated:
                model.add_rows(block)
            if self.clock.has_run_down():
                stopped = dataclasses.replace(stats, status=LpSolveStatus.TimeLimit, has_solution=best is not None)
                return stopped, best, state

    def _vouched(self, stats: pulp.LpSolveStats, part: SubModel, model: PulpModel) -> pulp.LpSolveStats:
        """Return the report with a bound, where a solver claims an optimum and gives none: from its own solution."""
        if stats.best_bound is not None or not stats.has_solution or not _claims_optimum(stats):
            return stats
        value = self.linear.value(part.widen(model.values()))
        bound = value - gap_of(self.solver) * abs(value - self.linear.constant)
        return dataclasses.replace(stats, best_bound=bound)

    def _meets(self, stats: pulp.LpSolveStats, best: Mapping[str, Floats], gap: float) -> bool:
        """Return whether the bound of a model is within a gap of a plan."""
        if stats.best_bound is None:
            return False
        value = self.linear.value(best)
        return value - stats.best_bound <= gap * abs(value - self.linear.constant) * (1 + 1e-6)

    def _solve_sub_model(self, state: MasterState, part: SubModel, share: float) -> Step:
        """Build and solve a model, and return the values of all columns."""
        try:
            model = part.model()
        except InfeasibleError:
            return self._infeasible(), None, state
        state = replace(state, size=max(state.size, model.size))
        stats = self._minimise(state, part, model, share)
        return stats, part.widen(model.values()) if stats.has_solution else None, part.learnt(state)

    def _minimise(self, state: MasterState, part: SubModel, model: PulpModel, share: float) -> pulp.LpSolveStats:
        """Minimise in a share of the remaining time, with the incumbent as a warm start."""
        if state.incumbent is not None:
            model.start_from(part.narrow(state.incumbent))
        left = self.clock.share(share).limit_s
        if left is not None:
            self.solver.timeLimit = max(left, 0.1)
        if state.found and starts_warm(self.solver.name):
            self.solver.optionsDict["warmStart"] = True
        try:
            return model.minimise(self._narrow(part), self.solver)
        except InfeasibleError:
            return self._infeasible()

    def _narrow(self, part: SubModel) -> Linear:
        return Linear(part.narrow(self.linear.terms), self.linear.unit, self.linear.constant)

    def _infeasible(self) -> pulp.LpSolveStats:
        return pulp.LpSolveStats(solver=self.solver.name, status=LpSolveStatus.Infeasible)


def _claims_optimum(stats: pulp.LpSolveStats) -> bool:
    """Return whether a solver reports that it proved optimality within its gap."""
    return stats.status in (LpSolveStatus.Optimal, LpSolveStatus.GapLimit)


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def require_memory(problem: Problem, chosen: Bools, memory_mb: float) -> None:
    """Raise an error if a model does not fit the stated memory, before it is built.

    Raises
    ------
    SitingError
        How much is needed, and how many candidates would fit.
    """
    site = problem.options["site"].to_numpy(np.intp)
    arcs = int(np.isin(problem.arcs.site, site[chosen]).sum())
    needed = MB_PER_VARIABLE * (3 * int(chosen.sum()) + arcs)
    if needed > memory_mb:
        all_mb = MB_PER_VARIABLE * (3 * len(chosen) + len(problem.arcs))
        fits = int(len(problem.sites) * memory_mb / all_mb)
        raise SitingError(
            f"the model needs about {needed:.3g} MB for {int(chosen.sum())} options and {arcs} arcs, but `memory_mb` "
            f"is {memory_mb:g}: raise it, or use at most {fits} candidates, for which the full model fits"
        )
