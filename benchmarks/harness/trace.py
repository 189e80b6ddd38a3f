"""The proven gap of a p-median over time, by siting and by HiGHS."""

import multiprocessing
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.instances import Instance, scattered_points
from harness.machine import process_mb
from harness.rivals import strong_highs
from harness.runner import GAP
from siting.locate.kernel.costs import Costs, Table
from siting.locate.kernel.incumbent import Incumbent
from siting.locate.kernel.limits import SearchLimits
from siting.locate.kernel.points import Points
from siting.locate.kernel.search import Search

KEPT_SHARE = 0.9
"""A moment is kept where the gap is at most this share of the previous kept one."""


@dataclass(frozen=True)
class Moment:
    """Incumbent and bound at one moment.

    Attributes
    ----------
    seconds, cpu_seconds : float
        Wall-clock and processor time since the start [s].
    objective, bound : float
        Objective of the incumbent and proven bound.
    gap : float
        Their relative gap [-].
    """

    seconds: float
    cpu_seconds: float
    objective: float
    bound: float
    gap: float


@dataclass(frozen=True)
class Trace:
    """Progress of one solver on one instance.

    Attributes
    ----------
    family, instance : str
        The instance.
    solver : str
        `siting` or `highs`.
    megabytes : float or None
        Peak memory of the entire process, arrays and libraries included [MB]; None where it is not known.
    moments : tuple of Moment
        Moments at which the gap shrank, and the last one.
    """

    family: str
    instance: str
    solver: str
    megabytes: float | None
    moments: tuple[Moment, ...]


class Recorder:
    """Records objectives and bounds with the time since it was made."""

    def __init__(self) -> None:
        self.incumbent: Incumbent | None = None
        self._began, self._began_cpu = time.perf_counter(), time.process_time()
        self._noted: list[Moment] = []

    def note(self, objective: float, bound: float) -> None:
        """Record an objective with its bound, once both are finite."""
        if not (np.isfinite(objective) and np.isfinite(bound)):
            return
        gap = abs(objective - bound) / max(abs(objective), sys.float_info.min)
        seconds, cpu_seconds = time.perf_counter() - self._began, time.process_time() - self._began_cpu
        self._noted.append(Moment(seconds, cpu_seconds, float(objective), float(bound), float(gap)))

    def note_incumbent(self) -> None:
        """Record the watched incumbent."""
        if self.incumbent is not None and self.incumbent.sites is not None:
            self.note(self.incumbent.upper, self.incumbent.proven_bound())

    def moments(self) -> tuple[Moment, ...]:
        """Return the moments at which the gap shrank, and the last one."""
        kept: list[Moment] = []
        for moment in self._noted:
            if not kept or moment.gap <= KEPT_SHARE * kept[-1].gap:
                kept.append(moment)
        return (*kept, *(self._noted[-1:] if kept and self._noted[-1] is not kept[-1] else []))


@dataclass(frozen=True)
class RecordingLimits(SearchLimits):
    """Limits that record the incumbent and the bound whenever the search checks its time."""

    recorder: Recorder = field(default_factory=Recorder)

    def expired(self) -> bool:
        """Record, and return whether the time limit has passed."""
        self.recorder.note_incumbent()
        return super().expired()


def trace(instance: Instance, solver: str, *, time_limit_s: float, gap: float = GAP) -> Trace:
    """Trace one solver on a p-median, in a separate process.

    Parameters
    ----------
    instance : harness.instances.Instance
        A p-median.
    solver : {"siting", "highs"}
        The solver.
    time_limit_s : float
        Time limit [s].
    gap : float
        Relative gap at which it stops [-].
    """
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as pool:
        return pool.submit(follow, instance, solver, time_limit_s=time_limit_s, gap=gap).result()


def follow(instance: Instance, solver: str, *, time_limit_s: float, gap: float = GAP) -> Trace:
    """Trace one solver in this process."""
    run: Callable[..., tuple[Moment, ...]] = _siting if solver == "siting" else _highs
    moments = run(instance, time_limit_s=time_limit_s, gap=gap)
    return Trace(instance.family, instance.name, solver, process_mb("VmHWM"), moments)


def _siting(instance: Instance, *, time_limit_s: float, gap: float) -> tuple[Moment, ...]:
    costs, count = _costs(instance)
    limits = RecordingLimits(gap=gap, time_limit_s=time_limit_s)
    search = Search(costs, np.zeros(costs.n), count, limits)
    limits.recorder.incumbent = search.incumbent
    search.run()
    limits.recorder.note_incumbent()
    return limits.recorder.moments()


def _costs(instance: Instance) -> tuple[Costs, int | None]:
    """Return points for an instance of points, as `locate.p_median_points` does, otherwise its table."""
    if instance.shape == "euclidean":
        sites, customers = scattered_points(instance.n, instance.m, instance.seed)
        return Points(customers, sites, np.ones(instance.m), "euclidean"), instance.p
    problem = instance.problem()
    return Table(problem.costs), problem.count


def _highs(instance: Instance, *, time_limit_s: float, gap: float) -> tuple[Moment, ...]:
    problem = instance.problem()
    recorder = Recorder()
    highs = strong_highs(problem, gap=gap, time_limit_s=time_limit_s)

    def note(event: Any) -> None:
        recorder.note(event.data_out.mip_primal_bound, event.data_out.mip_dual_bound)

    highs.cbMipInterrupt.subscribe(note)
    highs.run()
    info = highs.getInfo()
    recorder.note(info.objective_function_value, info.mip_dual_bound)
    return recorder.moments()
