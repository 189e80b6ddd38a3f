"""Why no plan exists, and the cheapest way to one, in the planner's words."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from siting.errors import InfeasibleError, ScenarioError
from siting.limits import ALWAYS, MaxLatency
from siting.objectives import Cost, WorstLatency
from siting.problem.prepare import prepare
from siting.problem.problem import Problem
from siting.problem.rows import Rows
from siting.scenario.scenario import Scenario
from siting.solver.analysis.infeasibility import (
    STRUCTURE,
    UNMET,
    Loosened,
    Repair,
    cheapest_repair,
    clashing_kinds,
    exists,
    lp_conflict,
)
from siting.solver.analysis.unreachable_hubs import out_of_reach
from siting.solver.lexicographic import Clock, SolverSession
from siting.solver.solve import checked_rows, solve
from siting.solver.valid_inequalities import reach_sets

REPAIR_GAP = 1e-4
"""How close to the least loosening a repair is proven."""
NOTHING_LEFT = 1e-6
"""Share of the demand below which nothing of it is left."""
MOST_REASONS = 6
"""Reasons that are printed; all are kept."""
MOST_UNSERVED = 4
"""Places that are named where not all demand can be served."""
STRUCTURE_WORDS = {
    "serve": "the demand",
    "capacity": "the sizes of sites",
    "one_design": "one design a site",
    "incentives": "the thresholds of programmes",
    "contracts": "the energy of contracts",
    "elastic": "the minimum of `demand.elastic`",
}


@dataclass(frozen=True)
class Diagnosis:
    """What clashes, and what to do about it.

    Attributes
    ----------
    status : str
        `feasible` where a plan exists after all, `infeasible`, or `unknown` where the time was too short.
    cause : str
        `pre-check` (seen before solving), `linear` (the limits clash even with fractions of halls and
        sites), `integer` (only whole halls and sites clash), or nothing.
    reasons : tuple of str
        What clashes, a sentence each.
    ways_out : tuple of str
        What makes a plan possible, each by itself, smallest first.
    conflict : pandas.DataFrame
        Rows that clash: `limit`, `where`, `sense`, `value`, `unit`; none of them can be spared.
    repairs : pandas.DataFrame
        `way` (number of the way out), `limit`, `where`, `now`, `needed`, `unit`, `share` (given, relative
        to its size), `proven` (whether less would not do).
    """

    status: Literal["feasible", "infeasible", "unknown"]
    cause: Literal["", "pre-check", "linear", "integer"]
    reasons: tuple[str, ...]
    ways_out: tuple[str, ...]
    conflict: pd.DataFrame
    repairs: pd.DataFrame

    def __str__(self) -> str:
        """Return the sentences, a line each: the ways out first, then what clashes, of many alike the first few."""
        ways = [f"  way out {i + 1}: {w}" for i, w in enumerate(self.ways_out)]
        more = len(self.reasons) - MOST_REASONS
        told = (
            list(self.reasons)
            if more <= 1
            else [*self.reasons[:MOST_REASONS], f"and {more} more like these (`--json` has them all)"]
        )
        return "\n".join([f"{self.status}" + (f" ({self.cause})" if self.cause else ""), *ways, *told])


def diagnose(question: Scenario | Problem, time_limit_s: float | None = 60.0) -> Diagnosis:
    """Say which limits clash, and the cheapest way to loosen them.

    First what can be seen before solving: no candidate left, no site in a hub's reach, demand above
    all capacity. Then the conflict of the programme without whole numbers, then that of whole halls
    and sites; and for each limit by how much it alone would have to give, the demand included.

    Parameters
    ----------
    question : Scenario or Problem
        What was asked; of a scenario the filters, such as latency, are tried too.
    time_limit_s : float or None, optional
        Wall-clock limit for all solves together [s].

    Returns
    -------
    Diagnosis
        Reasons and ways out, in words and as tables.

    Raises
    ------
    ScenarioError
        The question itself is not valid, or it is none.

    Examples
    --------
    >>> import siting as st
    >>> asked = st.Scenario(name="far", demand={"it_mw": 100}, limits=(st.MaxLatency(batch_ms=1),))
    >>> found = diagnose(asked)
    >>> found.status, found.cause
    ('infeasible', 'pre-check')
    """
    machine = SolverSession("highs", Clock(time.perf_counter(), time_limit_s), REPAIR_GAP)
    if isinstance(question, Problem):
        return _of_problem(question, machine, None)
    if not isinstance(question, Scenario):
        raise ScenarioError(f"cannot diagnose a {type(question).__name__}: give a scenario or a problem")
    try:
        problem = prepare(question)
    except InfeasibleError as error:
        reasons, ways = out_of_reach(question) or ([str(error)], [])
        return _pre_check(reasons, [*ways, *_spared(question)])
    return _of_problem(problem, machine, question)


def _pre_check(reasons: Sequence[str], ways: Sequence[str]) -> Diagnosis:
    return Diagnosis("infeasible", "pre-check", tuple(reasons), tuple(ways), _conflict([]), _repairs([]))


def _conflict(rows: Sequence[tuple[Rows, int]]) -> pd.DataFrame:
    told = [(b.limit, b.where[i], b.sense, float(b.rhs[i]), b.unit) for b, i in rows]
    return pd.DataFrame(told, columns=["limit", "where", "sense", "value", "unit"])


def _repairs(repairs: Sequence[Repair]) -> pd.DataFrame:
    told = [
        (way + 1, x.limit, x.where, x.now, x.needed, x.unit, x.share, repair.proven)
        for way, repair in enumerate(repairs)
        for x in repair.loosened
    ]
    columns = ["way", "limit", "where", "now", "needed", "unit", "share", "proven"]
    return pd.DataFrame(told, columns=columns)


def _without(scenario: Scenario) -> list[tuple[str, Scenario]]:
    """Return the scenario without each of its limits, its exclusions and its policy packs, one at a time."""
    kinds = list(dict.fromkeys(x.name for x in scenario.limits))
    fewer = [(k, tuple(x for x in scenario.limits if x.name != k)) for k in kinds]
    ways = [(f"`{k}`", scenario.model_copy(update={"limits": limits})) for k, limits in fewer]
    if scenario.candidates.exclude:
        every = scenario.candidates.model_copy(update={"exclude": ()})
        ways.append(("`candidates.exclude`", scenario.model_copy(update={"candidates": every})))
    if scenario.policy.packs != "none":
        none = scenario.policy.model_copy(update={"packs": "none"})
        ways.append(("the policy packs", scenario.model_copy(update={"policy": none})))
    return ways


def _spared(scenario: Scenario) -> list[str]:
    """Say without which single limit the question could be put to the solver."""
    said = []
    for name, fewer in _without(scenario):
        try:
            problem = prepare(fewer)
        except (InfeasibleError, ScenarioError):
            continue
        said.append(f"without {name} {len(problem.sites)} candidates are left that reach the demand and carry it")
    return said


def _of_problem(problem: Problem, machine: SolverSession, scenario: Scenario | None) -> Diagnosis:
    """Diagnose what the solver would say."""
    try:
        rows = _rows(problem)
        late = _rows_above_least_cost(problem, machine, rows)
    except InfeasibleError as error:
        return _pre_check([str(error)], [] if scenario is None else _spared(scenario))
    families, rows = problem.families, [*rows, *late]
    clash = lp_conflict(families, rows)
    if clash is None:
        there = exists(machine.within(0.3), families, rows)
        if there is not False:
            words = ("a plan exists: nothing clashes",) if there else ("the time was too short to tell",)
            status: Literal["feasible", "unknown"] = "feasible" if there else "unknown"
            return Diagnosis(status, "", words, (), _conflict([]), _repairs([]))
        kinds = clashing_kinds(machine.within(0.3), families, rows)
        clash = [(b, i) for b in rows if b.limit in kinds for i in range(len(b))]
        cause: Literal["linear", "integer"] = "integer"
    else:
        kinds = list(dict.fromkeys(b.limit for b, _ in clash))
        cause = "linear"
    repairs = _ways(problem, machine, rows, kinds)
    ways = [_say_repair(problem, r) for r in repairs]
    if scenario is not None:
        ways += _filters(scenario, machine)
    return Diagnosis(
        "infeasible",
        cause,
        (*_crowded(problem), _say_clash(clash, cause)),
        tuple(ways),
        _conflict(clash),
        _repairs(repairs),
    )


def _rows(problem: Problem) -> list[Rows]:
    """Return all rows that can be written before any solve; refuse those that nothing can meet."""
    limits = [x for x in (*ALWAYS, *problem.scenario.limits) if not x.needs_least_cost]
    return [block for x in limits for block in checked_rows(x, problem)]


def _rows_above_least_cost(problem: Problem, machine: SolverSession, rows: Sequence[Rows]) -> list[Rows]:
    """Return the rows that rest on the least cost, none where there is no plan to cost."""
    late = [x for x in problem.scenario.limits if x.needs_least_cost]
    if not late or lp_conflict(problem.families, rows) is not None:
        return []
    early = tuple(x for x in problem.scenario.limits if not x.needs_least_cost)
    asked = problem.scenario.model_copy(
        update={"limits": early, "minimise": Cost(carbon=problem.scenario.minimise.carbon)}
    )
    least = solve(replace(problem, scenario=asked), time_limit_s=machine.within(0.3).clock.left(), gap=REPAIR_GAP)
    if least.objective is None:
        return []
    return [block for x in late for block in checked_rows(x, problem, least.objective)]


def _ways(problem: Problem, machine: SolverSession, rows: Sequence[Rows], clashing: Sequence[str]) -> list[Repair]:
    """Return for each limit the least it alone must give, then the demand, then all limits together; smallest first.

    A limit outside the conflict cannot give alone: the conflict would stay. Where the time runs out the ways that
    are found are told.
    """
    kinds = list(dict.fromkeys(b.limit for b in rows if b.limit not in STRUCTURE))
    alone = [k for k in kinds if k in clashing] if clashing else kinds
    each = [*([k] for k in alone), ["demand"], *([kinds] if len(kinds) > 1 else [])]
    found = [cheapest_repair(machine.within(0.3), problem, rows, some) for some in each if not machine.out_of_time()]
    ways = sorted((r for r in found if r is not None and r.loosened and not _gives_all(r)), key=lambda r: r.size)
    told: dict[tuple[tuple[str, str], ...], Repair] = {}
    for r in ways:
        told.setdefault(tuple((x.limit, x.where) for x in r.loosened), r)
    return list(told.values())


def _gives_all(repair: Repair) -> bool:
    """Return whether a repair gives the whole demand up, which is no way out."""
    return any(x.limit == "demand" and x.needed <= NOTHING_LEFT * x.now for x in repair.loosened)


def _say_clash(clash: Sequence[tuple[Rows, int]], cause: str) -> str:
    """Name the rows that clash."""
    fixed = [STRUCTURE_WORDS[k] for k in dict.fromkeys(b.limit for b, _ in clash) if k in STRUCTURE_WORDS]
    asked = [_say_row(b, i) for b, i in clash if b.limit not in STRUCTURE_WORDS]
    some = asked if len(asked) <= 6 else [*asked[:6], f"{len(asked) - 6} more rows"]
    named = ", ".join([*some, *fixed]) or "the demand and the sizes of sites"
    if cause == "linear":
        return f"these clash, even if halls and sites could be divided: {named}"
    return f"whole halls and whole sites cannot meet these together with the demand, though fractions could: {named}"


def _say_row(block: Rows, i: int) -> str:
    """Return a row in words, with its place where it has one."""
    sense = {"<=": "at most", ">=": "at least", "==": "exactly"}[block.sense]
    if block.rhs[i] == 0:  # a share, written as a surplus: its right-hand side says nothing to a planner
        return f"`{block.limit}` ({block.where[i]})"
    where = "" if block.where[i] in ("portfolio", sense) else f"{block.where[i]}: "
    return f"`{block.limit}` ({where}{sense} {block.rhs[i]:,.6g} {block.unit})"


def _say_repair(problem: Problem, repair: Repair) -> str:
    """Say what would have to give, and by how much."""
    words = "; and ".join(_say_loosened(problem, x, repair) for x in repair.loosened)
    return words if repair.proven else f"{words} (this suffices; less might do)"


def _say_loosened(problem: Problem, x: Loosened, repair: Repair) -> str:
    verb = "raise" if x.needed > x.now else "lower"
    if x.limit == "demand":
        return _say_unmet(problem, x, repair)
    if x.limit == "elastic":
        return f"lower the minimum of `demand.elastic` by {x.needed - x.now:,.1f} MW"
    if x.limit == "renewable_share":
        load = repair.plan["load_mw"] * problem.options["pue"].to_numpy(float)
        share = problem.sites["renewable_share"].to_numpy(float)[problem.options["site"]]
        return f"lower `renewable_share`, `min`, to {np.floor(1e4 * float(load @ share / load.sum())) / 1e4:.4f}"
    return f"{verb} `{x.limit}` ({x.where}) from {x.now:,.6g} to {x.needed:,.6g} {x.unit}"


def _say_unmet(problem: Problem, x: Loosened, repair: Repair) -> str:
    """Say how much of the demand can be served, and whose is left out: less demand everywhere would not do."""
    unmet = repair.plan[UNMET]
    first = [int(i) for i in np.argsort(-unmet, kind="stable")[:MOST_UNSERVED] if unmet[i] > 0]
    named = ", ".join(f"{problem.groups.labels[i]} ({unmet[i]:,.1f} MW)" for i in first)
    more = " and others" if int((unmet > 0).sum()) > len(first) else ""
    return f"serve {x.needed:,.1f} of {x.now:,.1f} MW, without {named}{more}"


def _crowded(problem: Problem) -> list[str]:
    """Say where a demand can reach too few halls."""
    sets, needed = reach_sets(problem)
    most = problem.options.groupby("site")["max_halls"].max().to_numpy(float)
    said = []
    for members, halls in zip(sets, needed, strict=True):
        room = float(most[members].sum())
        if room < halls:
            names = ", ".join(str(s) for s in problem.sites["name"].to_numpy()[members][:4])
            said.append(
                f"some demand can reach only {names}{' and more' if members.sum() > 4 else ''}, with room for "
                f"{room:.0f} halls, and needs {halls:.0f}: raise the latency limit or what caps these sites"
            )
    return said


def _raised_times(scenario: Scenario, needed_ms: float) -> list[str]:
    """Return how to raise the round-trip times that are below what is needed."""
    latency = [x for x in scenario.limits if isinstance(x, MaxLatency)]
    low = ({f"{k}_ms": needed_ms for k in scenario.demand.shares if x.limit_ms(k) < needed_ms} for x in latency)
    return [f"`{x.name}`: {x.how_to_loosen(needed)}" for x, needed in zip(latency, low, strict=True) if needed]


def _filters(scenario: Scenario, machine: SolverSession) -> list[str]:
    """Say which filter, taken away alone, lets a plan exist; of latency also which time would do."""
    said = []
    wrote = {b.limit for b in _rows(prepare(scenario))}
    for name, fewer in _without(scenario):
        if machine.out_of_time() or name.strip("`") in wrote - {"grid_headroom"}:
            continue
        try:
            problem = prepare(fewer.model_copy(update={"minimise": WorstLatency(carbon=scenario.minimise.carbon)}))
            plan = solve(problem, time_limit_s=machine.within(0.3).clock.left(), gap=1e-3)
        except (InfeasibleError, ScenarioError):
            continue
        if plan.objective is None:
            continue
        if name == "`max_latency`":
            said += _raised_times(scenario, float(np.ceil(plan.objective)))
        else:
            said.append(f"without {name} a plan exists")
    return said
