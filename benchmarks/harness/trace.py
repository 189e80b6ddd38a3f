"""How the proven gap of a p-median closes while it is worked on, ours and the rival's."""

import multiprocessing
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.instances import Instance, scattered_points
from harness.machine import process_mb
from harness.rivals import strong_highs
from harness.runner import GAP
from siting.locate.kernel.clock import Clock
from siting.locate.kernel.costs import Costs, Table
from siting.locate.kernel.incumbent import Incumbent
from siting.locate.kernel.points import Points
from siting.locate.kernel.search import Search

KEPT_SHARE = 0.9
"""A moment is kept where the gap is at most this share of the one kept before: the curve without its dust."""


@dataclass(frozen=True)
class Moment:
    """What was in hand at one moment.

    Attributes
    ----------
    seconds, cpu_seconds : float
        Wall-clock and processor time since the question came in [s].
    objective, bound : float
        Value of the best answer so far and the bound proven so far.
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
    """One solver's way to its proof.

    Attributes
    ----------
    family, instance : str
        The question.
    solver : str
        `siting` or `highs`.
    megabytes : float or None
        Peak memory of the whole process, question and libraries included [MB]; None where the system does not tell.
    moments : tuple of Moment
        Where the gap closed, and how it ended.
    """

    family: str
    instance: str
    solver: str
    megabytes: float | None
    moments: tuple[Moment, ...]


class Recorder:
    """Notes answers and bounds with the time since it was made."""

    def __init__(self) -> None:
        self._began, self._began_cpu = time.perf_counter(), time.process_time()
        self._noted: list[Moment] = []

    def note(self, objective: float, bound: float) -> None:
        """Note what is in hand now; nothing while there is no answer or no bound."""
        if not (np.isfinite(objective) and np.isfinite(bound)):
            return
        gap = abs(objective - bound) / max(abs(objective), sys.float_info.min)
        seconds, cpu_seconds = time.perf_counter() - self._began, time.process_time() - self._began_cpu
        self._noted.append(Moment(seconds, cpu_seconds, float(objective), float(bound), float(gap)))

    def moments(self) -> tuple[Moment, ...]:
        """Return where the gap closed, and the last of all."""
        kept: list[Moment] = []
        for moment in self._noted:
            if not kept or moment.gap <= KEPT_SHARE * kept[-1].gap:
                kept.append(moment)
        return (*kept, *(self._noted[-1:] if kept and self._noted[-1] is not kept[-1] else []))


class RecordingClock(Clock):
    """A clock that notes the state of a search whenever the search asks whether its time is over."""

    def __init__(self, limit_s: float | None) -> None:
        super().__init__(limit_s)
        self._recorder = Recorder()
        self._incumbent: Incumbent | None = None

    def watch(self, incumbent: Incumbent) -> None:
        """Say whose answer and bound to note."""
        self._incumbent = incumbent

    def over(self) -> bool:
        """Note, then tell whether the limit has passed."""
        self.note()
        return super().over()

    def note(self) -> None:
        """Note what is in hand now."""
        if self._incumbent is not None and self._incumbent.sites is not None:
            self._recorder.note(self._incumbent.upper, self._incumbent.proven_bound())

    def moments(self) -> tuple[Moment, ...]:
        """Return where the gap closed, and the last of all."""
        return self._recorder.moments()


def trace(instance: Instance, solver: str, *, time_limit_s: float, gap: float = GAP) -> Trace:
    """Follow one solver on a p-median, in a process of its own.

    Parameters
    ----------
    instance : harness.instances.Instance
        A p-median.
    solver : {"siting", "highs"}
        Who answers.
    time_limit_s : float
        Time after which it stops [s].
    gap : float
        Relative gap at which it stops [-].
    """
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as pool:
        return pool.submit(follow, instance, solver, time_limit_s=time_limit_s, gap=gap).result()


def follow(instance: Instance, solver: str, *, time_limit_s: float, gap: float = GAP) -> Trace:
    """Do the same in this process."""
    ask: Callable[..., tuple[Moment, ...]] = _siting if solver == "siting" else _highs
    moments = ask(instance, time_limit_s=time_limit_s, gap=gap)
    return Trace(instance.family, instance.name, solver, process_mb("VmHWM"), moments)


def _siting(instance: Instance, *, time_limit_s: float, gap: float) -> tuple[Moment, ...]:
    costs, count = _costs(instance)
    clock = RecordingClock(time_limit_s)
    search = Search(costs, np.zeros(costs.n), count, gap=gap, clock=clock)
    clock.watch(search.incumbent)
    search.run()
    clock.note()
    return clock.moments()


def _costs(instance: Instance) -> tuple[Costs, int | None]:
    """Return points where the question is made of points, as `locate.p_median_points` does, else its table."""
    if instance.shape == "euclidean":
        sites, customers = scattered_points(instance.n, instance.m, instance.seed)
        return Points(customers, sites, np.ones(instance.m), "euclidean"), instance.p
    question = instance.question()
    return Table(question.costs), question.count


def _highs(instance: Instance, *, time_limit_s: float, gap: float) -> tuple[Moment, ...]:
    question = instance.question()
    recorder = Recorder()
    highs = strong_highs(question, gap=gap, time_limit_s=time_limit_s)

    def note(event: Any) -> None:
        recorder.note(event.data_out.mip_primal_bound, event.data_out.mip_dual_bound)

    highs.cbMipInterrupt.subscribe(note)
    highs.run()
    info = highs.getInfo()
    recorder.note(info.objective_function_value, info.mip_dual_bound)
    return recorder.moments()
