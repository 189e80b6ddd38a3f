"""Measure each instance in separate processes, by siting and by HiGHS, and compare the figures."""

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
"""Relative gap that both must prove."""

LEAST_S = 1e-6
"""Shortest time that is distinguished from 0 [s]."""

MOST_RIVAL_ARCS = 1_000_000
"""Arcs up to which HiGHS is measured: larger models do not fit an ordinary machine."""


@dataclass(frozen=True)
class Measured:
    """Figures of one solver on one instance.

    Attributes
    ----------
    seconds : float
        Wall-clock time of the call, without making the arrays and importing libraries [s].
    cpu_seconds : float
        Processor time of the same [s], which separates a slow solver from a busy machine.
    megabytes : float or None
        Peak memory above that of the arrays [MB]; None where it is not known.
    objective, bound : float or None
        Objective of the incumbent and proven bound.
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
    """One row of the table: an instance, our figures and the rival's."""

    family: str
    instance: str
    optimum: float | None
    ours: Measured
    rival: Measured | None

    @property
    def ratio(self) -> float | None:
        """Processor time of the rival relative to ours; a lower bound where it did not finish.

        Both use one thread. Other load on the machine stretches wall-clock time, but hardly processor time.
        """
        return None if self.rival is None else self.rival.cpu_seconds / max(self.ours.cpu_seconds, LEAST_S)

    @property
    def proven(self) -> bool:
        """Whether our incumbent is proven to the requested gap."""
        return self.ours.gap is not None and self.ours.gap <= GAP

    @property
    def contradicted(self) -> bool:
        """Whether our proven optimum, or our bound, contradicts the published optimum."""
        if self.optimum is None or self.ours.objective is None or self.ours.bound is None:
            return False
        slack = 2 * GAP * abs(self.optimum)
        off = self.ours.objective - self.optimum
        return self.ours.bound > self.optimum + slack or off < -slack or (self.proven and off > slack)


def measure(instance: Instance, solver: str, *, time_limit_s: float) -> Measured:
    """Measure one solver on one instance, in this process.

    Parameters
    ----------
    instance : harness.instances.Instance
        The instance.
    solver : {"siting", "highs"}
        The solver.
    time_limit_s : float
        Time limit [s].
    """
    problem = instance.problem()
    run = _siting if solver == "siting" else _highs
    run(_smallest(problem), time_limit_s)  # so that imports are not measured
    before, began, cpu = process_mb("VmRSS"), time.perf_counter(), time.process_time()
    outcome = run(problem, time_limit_s)
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
        found = locate.cover_all(problem.costs, problem.radius, gap=GAP, time_limit_s=time_limit_s)
    elif problem.kind == "cover most":
        found = locate.max_cover(problem.costs, problem.radius, count, gap=GAP, time_limit_s=time_limit_s)
    elif problem.kind == "centre":
        found = locate.p_center(problem.costs, count, gap=GAP, time_limit_s=time_limit_s)
    elif problem.count is not None:
        found = locate.p_median(problem.costs, count, gap=GAP, time_limit_s=time_limit_s)
    else:
        found = locate.facility_location(
            problem.costs,
            problem.fixed,
            problem.capacity,
            problem.demand,
            single_source=problem.kind == "one source",
            gap=GAP,
            time_limit_s=time_limit_s,
        )
    return Outcome(found.objective, found.bound)


def _highs(problem: LocationProblem, time_limit_s: float) -> Outcome:
    return highs_from_arrays(problem, gap=GAP, time_limit_s=time_limit_s)


def rows(
    instances: Sequence[Instance],
    *,
    time_limit_s: float,
    rival_limit_s: float | None = None,
    with_rival: Callable[[Instance], bool] = lambda _: True,
) -> Iterator[Row]:
    """Measure each instance, each solver in a new process, so that its memory is measured alone.

    Parameters
    ----------
    instances : sequence of harness.instances.Instance
        The instances.
    time_limit_s : float
        Time limit per instance [s].
    rival_limit_s : float, optional
        Time limit of HiGHS per instance [s]; the same by default.
    with_rival : callable
        Whether HiGHS solves an instance too; it never does where its model does not fit.
    """
    limit_s = time_limit_s if rival_limit_s is None else rival_limit_s
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as pool:
        for instance in instances:
            ours = pool.submit(measure, instance, "siting", time_limit_s=time_limit_s).result()
            compared = with_rival(instance) and instance.problem().costs.size <= MOST_RIVAL_ARCS
            other = pool.submit(measure, instance, "highs", time_limit_s=limit_s).result() if compared else None
            yield Row(instance.family, instance.name, instance.optimum, ours, other)


def cells(row: Row) -> dict[str, str]:
    """Format a row, column by column.

    Examples
    --------
    >>> quick, slow = Measured(0.5, 0.4, 9.0, 10.0, 10.0), Measured(30.0, 28.0, 300.0, 10.0, 9.0)
    >>> cells(Row("p-median", "pmed1", 10.0, quick, slow))["ratio"]
    '> 70'
    """
    found = {"family": row.family, "instance": row.instance, "published": _published(row)}
    for who, measured in (("siting", row.ours), ("HiGHS", row.rival)):
        found |= {f"{who} {what}": cell for what, cell in _cells(measured).items()}
    return found | {"ratio": _ratio(row)}


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
    """Format the published optimum, and whether our optimum agrees."""
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
    """Format the ratio, as a lower bound where the rival has no proof, and as a dash where we have none."""
    if row.rival is None or row.ratio is None or not row.proven:
        return "-"
    finished = row.rival.gap is not None and row.rival.gap <= 2 * GAP
    return f"{'' if finished else '> '}{row.ratio:.{0 if row.ratio >= 10 else 1}f}"


def as_json(measured: Sequence[Row]) -> str:
    """Write rows with the machine, its versions and the day."""
    return json.dumps({"about": about() | {"gap": GAP}, "rows": [asdict(row) for row in measured]}, indent=1)
