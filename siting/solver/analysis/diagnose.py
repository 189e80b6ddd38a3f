"""Why a problem is infeasible, and the smallest changes that make it feasible, in the planner's terms."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial as partial_of
from typing import Literal

import numpy as np
import pandas as pd

from siting.errors import InfeasibleError, ScenarioError, UnprovenError, listed, printable
from siting.limits import MaxLatency
from siting.objectives import Cost, WorstLatency
from siting.problem.parts.utilisation import UTILISATION
from siting.problem.prepare import prepare
from siting.problem.problem import Problem
from siting.problem.rows import Rows
from siting.progress_bar import Progress, shows_progress
from siting.scenario.scenario import Scenario
from siting.solver.analysis.infeasibility import (
    UNMET,
    Loosened,
    Repair,
    cheapest_repair,
    conflicting_limits,
    exists,
    lp_conflict,
    rows_to_loosen,
)
from siting.solver.analysis.unreachable_hubs import out_of_reach
from siting.solver.backends import Clock
from siting.solver.lexicographic import SolverSession
from siting.solver.settings import require_settings
from siting.solver.solve import checked_rows, early_rows, solve
from siting.solver.valid_inequalities import reach_sets

REPAIR_GAP = 1e-4
"""Relative gap to which the smallest loosening is proven."""
NOTHING_LEFT = 1e-6
"""Share of the demand below which a fix gives up all of it."""
MOST_REASONS = 6
"""Most reasons that are printed; all are kept."""
MOST_ROWS = 6
"""Most conflicting rows that are named in one sentence."""
MOST_UNSERVED = 4
"""Most places that are named where not all demand can be served."""


@dataclass(frozen=True)
class Diagnosis:
    """Conflicting limits, and what to do about them.

    Attributes
    ----------
    status : str
        `feasible` if a plan exists after all, `infeasible`, or `unknown` if the time was too short.
    cause : str
        `pre-check` (found before solving), `linear` (the LP relaxation is infeasible), `integer` (only the MIP with
        integer halls and sites is infeasible), or empty.
    reasons : tuple of str
        What conflicts, one sentence each.
    fixes : tuple of str
        Changes each of which makes the problem feasible by itself, smallest first.
    conflict : pandas.DataFrame
        Irreducible set of conflicting rows: `limit`, `where`, `sense`, `value`, `unit`.
    repairs : pandas.DataFrame
        `fix` (its number), `limit`, `where`, `now`, `needed`, `unit`, `share` (loosening relative to the size of the
        row), `proven` (whether a smaller loosening is proven infeasible).
    not_tried : tuple of str
        What was not looked for, because the time limit or Ctrl-C ended the search.
    interrupted : bool
        Whether Ctrl-C ended it.
    """

    status: Literal["feasible", "infeasible", "unknown"]
    cause: Literal["", "pre-check", "linear", "integer"]
    reasons: tuple[str, ...]
    fixes: tuple[str, ...]
    conflict: pd.DataFrame
    repairs: pd.DataFrame
    not_tried: tuple[str, ...] = ()
    interrupted: bool = False

    def __str__(self) -> str:
        """Return one line for each fix, one for each reason, up to `MOST_REASONS`, and what was not looked for."""
        fixes = [f"  fix {i + 1}: {fix}" for i, fix in enumerate(self.fixes)]
        reasons, more = list(self.reasons), len(self.reasons) - MOST_REASONS
        if more > 1:
            reasons[MOST_REASONS:] = [f"and {more} more like these (`--json` lists all)"]
        first = f"{self.status}" + (f" ({self.cause})" if self.cause else "")
        return "\n".join(printable(line, keep="\n") for line in [first, *fixes, *reasons, *self._unfinished()])

    def _unfinished(self) -> list[str]:
        """Return what ended the search, and what it did not look for."""
        if not self.not_tried:
            return []
        ended = "Ctrl-C" if self.interrupted else "The time limit"
        advice = "" if self.interrupted else " Increase `--time-limit` (`time_limit_s`) to look for it."
        return [f"{ended} ended the search. Not looked for: {listed(self.not_tried, '; ')}.{advice}"]


@shows_progress("looking for conflicting limits")
def diagnose(
    problem: Scenario | Problem,
    time_limit_s: float | None = 60.0,
    *,
    partial: bool = False,
    progress: Progress = None,  # noqa: ARG001
) -> Diagnosis:
    """Return which limits conflict, and the smallest loosening that makes the problem feasible.

    First what can be found before solving: no candidate left, no site in reach of a hub, demand above all capacity. Then
    the conflict of the LP relaxation (irreducible infeasible subsystem), then that of the MIP with integer halls and
    sites; and for each limit, and for the demand, how far it has to be loosened alone.

    Parameters
    ----------
    problem : Scenario or Problem
        What to diagnose; for a scenario also its filters, such as latency, are tried.
    time_limit_s : float or None, optional
        Wall-clock limit for all solves together [s].
    partial : bool, optional
        Whether Ctrl-C, once the conflict is known, returns the fixes so far instead of raising `KeyboardInterrupt`.
    progress : bool or callable, optional
        False for no progress bar.

    Returns
    -------
    Diagnosis
        Reasons and fixes, as sentences and as tables.

    Raises
    ------
    ScenarioError
        The scenario is not valid, or it is neither a scenario nor a problem.

    Examples
    --------
    >>> import siting as st
    >>> far = st.Scenario(name="far", demand={"it_mw": 100}, limits=(st.MaxLatency(batch_ms=1),))
    >>> found = diagnose(far)
    >>> found.status, found.cause
    ('infeasible', 'pre-check')
    """
    require_settings(time_limit_s)
    session = SolverSession("highs", Clock(time.perf_counter(), time_limit_s), REPAIR_GAP)
    if isinstance(problem, Problem):
        return _of_problem(problem, session, None, partial=partial)
    if not isinstance(problem, Scenario):
        raise ScenarioError(f"cannot diagnose a {type(problem).__name__}: give a scenario or a problem")
    try:
        prepared = prepare(problem)
    except InfeasibleError as error:
        reasons, fixes = out_of_reach(problem) or ([str(error)], [])
        return _pre_check(reasons, [*fixes, *_removals(problem)])
    return _of_problem(prepared, session, problem, partial=partial)


def _pre_check(reasons: Sequence[str], fixes: Sequence[str]) -> Diagnosis:
    return Diagnosis("infeasible", "pre-check", tuple(reasons), tuple(fixes), _conflict([]), _repairs([]))


def _conflict(rows: Sequence[tuple[Rows, int]]) -> pd.DataFrame:
    records = [(b.limit, b.where[i], b.sense, float(b.rhs[i]), b.unit) for b, i in rows]
    return pd.DataFrame(records, columns=["limit", "where", "sense", "value", "unit"])


def _repairs(repairs: Sequence[Repair]) -> pd.DataFrame:
    records = [
        (number, x.limit, x.where, x.now, x.needed, x.unit, x.share, repair.proven)
        for number, repair in enumerate(repairs, 1)
        for x in repair.loosened
    ]
    columns = ["fix", "limit", "where", "now", "needed", "unit", "share", "proven"]
    return pd.DataFrame(records, columns=columns)


def _without(scenario: Scenario) -> list[tuple[str, Scenario]]:
    """Return the scenario without each of its limits, its exclusions and its policy packs, one at a time."""
    kinds = list(dict.fromkeys(x.name for x in scenario.limits))
    fewer = [(k, tuple(x for x in scenario.limits if x.name != k)) for k in kinds]
    found = [(f"`{k}`", scenario.model_copy(update={"limits": limits})) for k, limits in fewer]
    if scenario.candidates.exclude:
        every = scenario.candidates.model_copy(update={"exclude": ()})
        found.append(("`candidates.exclude`", scenario.model_copy(update={"candidates": every})))
    if any(x.by_default and x.name not in kinds for x in scenario.acting_limits):
        standing = tuple(x.name for x in scenario.acting_limits if x.by_default and x.name not in kinds)
        off = scenario.policy.model_copy(update={"off": (*scenario.policy.off, *standing)})
        found.append((f"`{standing[0]}`", scenario.model_copy(update={"policy": off})))
    if scenario.policy.packs != "none":
        none = scenario.policy.model_copy(update={"packs": "none"})
        found.append(("the policy packs", scenario.model_copy(update={"policy": none})))
    return found


def _removals(scenario: Scenario) -> list[str]:
    """Return the limits each of which, if removed alone, leaves candidates that can serve the demand."""
    fixes = []
    for name, fewer in _without(scenario):
        try:
            problem = prepare(fewer)
        except (InfeasibleError, ScenarioError):
            continue
        fixes.append(f"removing {name} leaves {len(problem.sites)} candidates that can serve the demand")
    return fixes


@dataclass
class _Fixes:
    """The fixes found so far, and what is left to look for."""

    session: SolverSession
    repairs: list[Repair] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)
    not_tried: list[str] = field(default_factory=list)
    interrupted: bool = False

    def attempt(self, what: str, search: Callable[[], None], *, partial: bool) -> None:
        """Look for one fix in the time left; what ends without a result is noted."""
        if self.interrupted or self.session.clock.has_run_down():
            self.not_tried.append(what)
            return
        try:
            search()
        except UnprovenError:
            self.not_tried.append(what)
        except KeyboardInterrupt:
            if not partial:
                raise
            self.interrupted = True
            self.not_tried.append(what)


def _of_problem(problem: Problem, session: SolverSession, scenario: Scenario | None, *, partial: bool) -> Diagnosis:
    """Diagnose a problem that passed the checks before solving."""
    try:
        rows = early_rows(problem)
        conflict, late = _rows_above_least_cost(problem, session, rows)
    except InfeasibleError as error:
        return _pre_check([str(error)], [] if scenario is None else _removals(scenario))
    families, rows = problem.families, [*rows, *late]
    conflict = conflict if conflict is not None else lp_conflict(families, rows)
    if conflict is None:
        there = exists(session.within(0.3), families, rows)
        if there is not False:
            words = "a plan exists: no limits conflict" if there else "the time limit was reached without a result"
            left: tuple[str, ...] = () if there else ("which limits conflict", "any fix")
            return Diagnosis("feasible" if there else "unknown", "", (words,), (), _conflict([]), _repairs([]), left)
        kinds = conflicting_limits(session.within(0.3), problem, rows)
        conflict = [(b, i) for b in rows if b.limit in kinds for i in range(len(b))]
        cause: Literal["linear", "integer"] = "integer"
    else:
        kinds = list(dict.fromkeys(b.limit for b, _ in conflict))
        cause = "linear"
    found = _Fixes(session)
    _find_repairs(found, problem, rows, kinds, partial=partial)
    if scenario is not None:
        _find_filters(found, scenario, partial=partial)
    repairs = _distinct(found.repairs)
    fixes = []
    for repair in repairs:
        words = "; and ".join(_loosened_text(problem, x, repair) for x in repair.loosened)
        fixes.append(words if repair.proven else f"{words} (this is enough; less may be enough)")
    reasons = (*_crowded(problem), _conflict_text(problem, conflict, cause))
    return Diagnosis(
        "infeasible", cause, reasons, (*fixes, *found.filters), _conflict(conflict), _repairs(repairs), tuple(found.not_tried),
        found.interrupted,
    )  # fmt: skip


def _rows_above_least_cost(
    problem: Problem, session: SolverSession, rows: Sequence[Rows]
) -> tuple[list[tuple[Rows, int]] | None, list[Rows]]:
    """Return the conflict of the other rows, if they have one, and the rows that refer to the least cost, if it is known."""
    late = [x for x in problem.scenario.limits if x.needs_least_cost]
    if not late:
        return None, []
    if (conflict := lp_conflict(problem.families, rows)) is not None:
        return conflict, []
    early = tuple(x for x in problem.scenario.limits if not x.needs_least_cost)
    cheapest = problem.scenario.model_copy(
        update={"limits": early, "minimise": Cost(carbon=problem.scenario.minimise.carbon)}
    )
    least = solve(replace(problem, scenario=cheapest), time_limit_s=session.within(0.3).clock.left(), gap=REPAIR_GAP)
    if least.objective is None:
        return None, []
    return None, [block for x in late for block in checked_rows(x, problem, least.objective)]


def _find_repairs(
    found: _Fixes, problem: Problem, rows: Sequence[Rows], clashing: Sequence[str], *, partial: bool
) -> None:
    """Look for the smallest loosening of each limit alone, of the demand, and of all limits together.

    Loosening a limit outside the conflict cannot help alone: the conflict would remain.
    """
    kinds = rows_to_loosen(problem, rows)
    alone = [k for k in kinds if k in clashing] if clashing else kinds
    each = [(f"how far to loosen `{k}`", [k]) for k in alone]
    each += [("how much demand can be served", ["demand"])]
    each += [("the smallest loosening of all limits together", kinds)] if len(kinds) > 1 else []

    def search(some: Sequence[str]) -> None:
        repair = cheapest_repair(found.session.within(0.3), problem, rows, some)
        if repair is not None and repair.loosened and not _gives_all(repair):
            found.repairs.append(repair)

    for what, some in each:
        found.attempt(what, partial_of(search, some), partial=partial)


def _distinct(repairs: Sequence[Repair]) -> list[Repair]:
    """Return the repairs, smallest first, each set of rows once."""
    distinct: dict[tuple[tuple[str, str], ...], Repair] = {}
    for r in sorted(repairs, key=lambda r: r.size):
        distinct.setdefault(tuple((x.limit, x.where) for x in r.loosened), r)
    return list(distinct.values())


def _gives_all(repair: Repair) -> bool:
    """Return whether a repair gives up the entire demand, which is not a fix."""
    return any(x.limit == "demand" and x.needed <= NOTHING_LEFT * x.now for x in repair.loosened)


def _conflict_text(problem: Problem, clash: Sequence[tuple[Rows, int]], cause: str) -> str:
    """Name the rows that conflict."""
    of_parts = {name: words for part in problem.parts for name, words in part.row_names.items()}
    fixed = [of_parts[k] for k in dict.fromkeys(b.limit for b, _ in clash) if k in of_parts]
    limits = [_row_text(b, i) for b, i in clash if b.limit not in of_parts]
    some = limits if len(limits) <= MOST_ROWS else [*limits[:MOST_ROWS], f"{len(limits) - MOST_ROWS} more rows"]
    named = ", ".join([*some, *fixed]) or "the demand and the sizes of sites"
    if cause == "linear":
        return f"these limits conflict even with fractional halls and sites: {named}"
    return (
        f"integer halls and sites cannot satisfy these limits and the demand, although fractional ones could: {named}"
    )


def _row_text(block: Rows, i: int) -> str:
    """Return a row in words, with its place if it has one."""
    sense = {"<=": "at most", ">=": "at least", "==": "exactly"}[block.sense]
    if block.rhs[i] == 0:  # a share, written as a surplus: its right-hand side means nothing to a planner
        return f"`{block.limit}` ({block.where[i]})"
    where = "" if block.where[i] in ("portfolio", sense) else f"{block.where[i]}: "
    return f"`{block.limit}` ({where}{sense} {block.rhs[i]:,.6g} {block.unit})"


def _loosened_text(problem: Problem, x: Loosened, repair: Repair) -> str:
    """Return what to loosen, and by how much; of the demand how much can be served, and which demand cannot."""
    verb = "raise" if x.needed > x.now else "lower"
    if x.limit == "demand":
        unmet = repair.plan[UNMET]
        first = [int(i) for i in np.argsort(-unmet, kind="stable")[:MOST_UNSERVED] if unmet[i] > 0]
        named = ", ".join(f"{_demand_name(problem, i)} ({unmet[i]:,.1f} MW)" for i in first)
        more = " and others" if int((unmet > 0).sum()) > len(first) else ""
        return f"serve {x.needed:,.1f} of {x.now:,.1f} MW, without {named}{more}"
    if x.limit == "elastic":
        return f"lower the minimum of `demand.elastic` by {x.needed - x.now:,.1f} MW"
    if x.limit == UTILISATION:
        return f"lower `building.utilisation_min` to {x.needed:.4f}, which is enough"
    if x.limit == "renewable_share":
        load = repair.plan["load_mw"] * problem.options["pue"].to_numpy(float)
        share = problem.sites["renewable_share"].to_numpy(float)[problem.options["site"]]
        return f"lower `renewable_share`, `min`, to {np.floor(1e4 * float(load @ share / load.sum())) / 1e4:.4f}"
    return f"{verb} `{x.limit}` ({x.where}) from {x.now:,.6g} to {x.needed:,.6g} {x.unit}"


def _demand_name(problem: Problem, group: int) -> str:
    """Return the label of a demand with the name of its hub."""
    hub, _, rest = problem.groups.labels[group].partition(" ")
    names = dict(zip(map(str, problem.hubs["id"]), map(str, problem.hubs["name"]), strict=True))
    return f"{names.get(hub, hub)} {rest}".strip()


def _crowded(problem: Problem) -> list[str]:
    """Return where the sites in reach of a demand have too few halls."""
    sets, needed = reach_sets(problem)
    most = problem.options.groupby("site")["max_halls"].max().to_numpy(float)
    texts = []
    for members, halls in zip(sets, needed, strict=True):
        room = float(most[members].sum())
        if room < halls:
            names = ", ".join(str(s) for s in problem.sites["name"].to_numpy()[members][:4])
            texts.append(
                f"some demand can be served only from {names}{' and more' if members.sum() > 4 else ''}, which have room "
                f"for {room:.0f} halls, but it needs {halls:.0f}: raise the latency limit or the caps of these sites"
            )
    return texts


def _raised_times(scenario: Scenario, needed_ms: float) -> list[str]:
    """Return how to raise the round-trip times that are below what is needed."""
    latency = [x for x in scenario.limits if isinstance(x, MaxLatency)]
    low = ({f"{k}_ms": needed_ms for k in scenario.demand.shares if x.limit_ms(k) < needed_ms} for x in latency)
    return [f"`{x.name}`: {x.how_to_loosen(needed)}" for x, needed in zip(latency, low, strict=True) if needed]


def _find_filters(found: _Fixes, scenario: Scenario, *, partial: bool) -> None:
    """Look for the filters whose removal alone makes the problem feasible; for latency the times that are enough."""
    wrote = {b.limit for b in early_rows(prepare(scenario))}

    def search(name: str, fewer: Scenario) -> None:
        try:
            problem = prepare(fewer.model_copy(update={"minimise": WorstLatency(carbon=scenario.minimise.carbon)}))
            plan = solve(problem, time_limit_s=found.session.within(0.3).clock.left(), gap=1e-3)
        except (InfeasibleError, ScenarioError):
            return
        if plan.objective is None:
            if plan.status != "infeasible":
                raise UnprovenError(f"removing {name} was not judged in the time left")
        elif name == "`max_latency`":
            found.filters.extend(_raised_times(scenario, float(np.ceil(plan.objective))))
        else:
            found.filters.append(f"removing {name} makes the problem feasible")

    for name, fewer in _without(scenario):
        if name.strip("`") not in wrote - {"grid_headroom"}:
            found.attempt(f"whether removing {name} is enough", partial_of(search, name, fewer), partial=partial)
