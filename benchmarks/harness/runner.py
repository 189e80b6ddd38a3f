"""Measure each problem in a process of its own, ours and the rival's, and lay the numbers side by side."""

import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np

from harness.instances import Instance, LocationProblem
from harness.machine import about, process_mb
from harness.rivals import Outcome, highs_from_arrays

GAP = 1e-6
"""Relative gap that both are asked for."""

LEAST_S = 1e-6
"""Shortest time that is told apart from none [s]."""

MOST_RIVAL_ARCS = 1_000_000
"""Arcs up to which HiGHS is asked: beyond them its model does not fit an ordinary machine."""


@dataclass(frozen=True)
class Measured:
    """One solver on one problem.

    Attributes
    ----------
    seconds : float
        Wall-clock time of the call, without making the arrays and importing libraries [s].
    cpu_seconds : float
        Processor time of the same [s]; tells a slow solver from a busy machine.
    megabytes : float or None
        Peak memory above that of the arrays [MB]; None where the system does not tell.
    objective, bound : float or None
        Value of the answer and proven bound.
    """

    seconds: float
    cpu_seconds: float
    megabytes: float | None
    objective: float | None
    bound: float | None

    @property
    def gap(self) -> float | None:
        """Relative gap that was proven [-]."""
        if self.objective is None or self.bound is None:
            return None
        return abs(self.objective - self.bound) / max(abs(self.objective), sys.float_info.min)


@dataclass(frozen=True)
class Row:
    """One line of the table: a problem, our measure and the rival's."""

    family: str
    instance: str
    optimum: float | None
    ours: Measured
    rival: Measured | None

    @property
    def ratio(self) -> float | None:
        """Tell how many times our processor time the rival took; a lower bound where it did not finish.

        Both work on one thread, and other work on the machine stretches wall-clock time but hardly this one.
        """
        return None if self.rival is None else self.rival.cpu_seconds / max(self.ours.cpu_seconds, LEAST_S)

    @property
    def proven(self) -> bool:
        """Tell whether our answer is proven to the gap that was asked for."""
        return self.ours.gap is not None and self.ours.gap <= GAP

    @property
    def contradicted(self) -> bool:
        """Tell whether our proven answer, or our bound, clashes with the published optimum."""
        if self.optimum is None or self.ours.objective is None or self.ours.bound is None:
            return False
        slack = 2 * GAP * abs(self.optimum)
        off = self.ours.objective - self.optimum
        return self.ours.bound > self.optimum + slack or off < -slack or (self.proven and off > slack)


def measure(instance: Instance, solver: str, *, time_limit_s: float) -> Measured:
    """Measure one solver on one problem, in this process.

    Parameters
    ----------
    instance : harness.instances.Instance
        The problem.
    solver : {"siting", "highs"}
        Who answers.
    time_limit_s : float
        Time after which the answer in hand counts [s].
    """
    problem = instance.problem()
    ask = _siting if solver == "siting" else _highs
    ask(_smallest(problem), time_limit_s)  # imports are paid once a process, not once a problem
    before, began, cpu = process_mb("VmRSS"), time.perf_counter(), time.process_time()
    outcome = ask(problem, time_limit_s)
    seconds, cpu_seconds, peak = time.perf_counter() - began, time.process_time() - cpu, process_mb("VmHWM")
    used = None if peak is None or before is None else peak - before
    return Measured(seconds, cpu_seconds, used, outcome.objective, outcome.bound)


def _smallest(problem: LocationProblem) -> LocationProblem:
    """Return the smallest problem of the same kind."""
    two = np.ones(2)
    capacity, demand = (None, None) if problem.capacity is None else (2 * two, two)
    count = None if problem.count is None else 1
    return LocationProblem(np.ones((2, 2)), two, count, capacity, demand, kind=problem.kind, radius=1.0)


def _siting(problem: LocationProblem, time_limit_s: float) -> Outcome:
    from siting import locate

    count = problem.count or 0
    if problem.kind == "cover all":
        answer = locate.cover_all(problem.costs, problem.radius, gap=GAP, time_limit_s=time_limit_s)
    elif problem.kind == "cover most":
        answer = locate.max_cover(problem.costs, problem.radius, count, gap=GAP, time_limit_s=time_limit_s)
    elif problem.kind == "centre":
        answer = locate.p_center(problem.costs, count, gap=GAP, time_limit_s=time_limit_s)
    elif problem.count is not None:
        answer = locate.p_median(problem.costs, count, gap=GAP, time_limit_s=time_limit_s)
    else:
        answer = locate.facility_location(
            problem.costs,
            problem.fixed,
            problem.capacity,
            problem.demand,
            single_source=problem.kind == "one source",
            gap=GAP,
            time_limit_s=time_limit_s,
        )
    return Outcome(answer.objective, answer.bound)


def _highs(problem: LocationProblem, time_limit_s: float) -> Outcome:
    return highs_from_arrays(problem, gap=GAP, time_limit_s=time_limit_s)


def rows(
    instances: Sequence[Instance],
    *,
    time_limit_s: float,
    rival_limit_s: float | None = None,
    ask_rival: Callable[[Instance], bool] = lambda _: True,
) -> Iterator[Row]:
    """Measure problem by problem, each solver in a fresh process, so that memory is its own.

    Parameters
    ----------
    instances : sequence of harness.instances.Instance
        The problems.
    time_limit_s : float
        Time for each problem [s].
    rival_limit_s : float, optional
        Time that HiGHS has for each [s]; the same without it.
    ask_rival : callable
        Whether HiGHS is asked a problem as well; never where its model does not fit.
    """
    limit_s = time_limit_s if rival_limit_s is None else rival_limit_s
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as pool:
        for instance in instances:
            ours = pool.submit(measure, instance, "siting", time_limit_s=time_limit_s).result()
            asked = ask_rival(instance) and instance.problem().costs.size <= MOST_RIVAL_ARCS
            other = pool.submit(measure, instance, "highs", time_limit_s=limit_s).result() if asked else None
            yield Row(instance.family, instance.name, instance.optimum, ours, other)


def cells(row: Row) -> dict[str, str]:
    """Write a row in words, column by column.

    Examples
    --------
    >>> quick, slow = Measured(0.5, 0.4, 9.0, 10.0, 10.0), Measured(30.0, 28.0, 300.0, 10.0, 9.0)
    >>> cells(Row("p-median", "pmed1", 10.0, quick, slow))["ratio"]
    '> 70'
    """
    told = {"family": row.family, "instance": row.instance, "published": _published(row)}
    for who, measured in (("siting", row.ours), ("HiGHS", row.rival)):
        told |= {f"{who} {what}": cell for what, cell in _cells(measured).items()}
    return told | {"ratio": _ratio(row)}


def as_table(measured: Sequence[Row]) -> str:
    """Write rows as a Markdown table.

    Examples
    --------
    >>> quick, slow = Measured(0.5, 0.4, 9.0, 10.0, 10.0), Measured(30.0, 28.0, 300.0, 10.0, 9.0)
    >>> print(as_table([Row("p-median", "pmed1", 10.0, quick, slow)]).splitlines()[2])
    | p-median | pmed1 | 10, met | 0.40 | 0.50 | 0 | 9 | 28.00 | 30.00 | 1.0e-01 | 300 | > 70 |
    """
    table = [cells(row) for row in measured]
    head = list(table[0]) if table else []
    rule = ["---" if name in ("family", "instance") else "---:" for name in head]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *(list(t.values()) for t in table)])


def _published(row: Row) -> str:
    """Write the published optimum, and whether our answer meets it."""
    if row.optimum is None:
        return "-"
    return f"{row.optimum:.10g}, {'CONTRADICTED' if row.contradicted else 'met' if row.proven else 'not reached'}"


def _cells(measured: Measured | None) -> dict[str, str]:
    if measured is None:
        return dict.fromkeys(("CPU s", "s", "gap", "MB"), "-")
    gap = "-" if measured.gap is None else "0" if measured.gap == 0 else f"{measured.gap:.1e}"
    megabytes = "-" if measured.megabytes is None else f"{measured.megabytes:.0f}"
    return {"CPU s": f"{measured.cpu_seconds:.2f}", "s": f"{measured.seconds:.2f}", "gap": gap, "MB": megabytes}


def _ratio(row: Row) -> str:
    """Write the ratio, as a lower bound where the rival did not prove its answer; no word where we did not."""
    if row.rival is None or row.ratio is None or not row.proven:
        return "-"
    finished = row.rival.gap is not None and row.rival.gap <= 2 * GAP
    return f"{'' if finished else '> '}{row.ratio:.{0 if row.ratio >= 10 else 1}f}"


def as_json(measured: Sequence[Row]) -> str:
    """Write rows with the machine, its versions and the day."""
    return json.dumps({"about": about() | {"gap": GAP}, "rows": [asdict(row) for row in measured]}, indent=1)
