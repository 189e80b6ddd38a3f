"""Measure each question in a process of its own, ours and the rival's, and lay the numbers side by side."""

import json
import multiprocessing
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from siting.bench.instances import Instance, Question
from siting.bench.rivals import Outcome, highs_from_arrays

GAP = 1e-6
"""Relative gap that both are asked for."""

MOST_RIVAL_ARCS = 1_000_000
"""Arcs up to which HiGHS is asked: beyond them its model does not fit an ordinary machine."""


@dataclass(frozen=True)
class Measured:
    """One solver on one question.

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
    """One line of the table: a question, our measure and the rival's."""

    family: str
    instance: str
    optimum: float | None
    ours: Measured
    rival: Measured | None

    @property
    def ratio(self) -> float | None:
        """Tell how many times our time the rival took; a lower bound where it did not finish."""
        return None if self.rival is None else self.rival.seconds / self.ours.seconds


def measure(instance: Instance, solver: str, *, time_limit_s: float) -> Measured:
    """Measure one solver on one question, in this process.

    Parameters
    ----------
    instance : siting.bench.instances.Instance
        The question.
    solver : {"siting", "highs"}
        Who answers.
    time_limit_s : float
        Time after which the answer in hand counts [s].
    """
    question = instance.question()
    ask = _siting if solver == "siting" else _highs
    ask(Question(np.ones((2, 2)), np.zeros(2), 1), time_limit_s)  # imports are paid once a process, not once a question
    before, began, cpu = _memory_mb("VmRSS"), time.perf_counter(), time.process_time()
    outcome = ask(question, time_limit_s)
    seconds, cpu_seconds, peak = time.perf_counter() - began, time.process_time() - cpu, _memory_mb("VmHWM")
    used = None if peak is None or before is None else peak - before
    return Measured(seconds, cpu_seconds, used, outcome.objective, outcome.bound)


def _siting(question: Question, time_limit_s: float) -> Outcome:
    from siting import locate

    if question.count is None:
        answer = locate.facility_location(
            question.costs, question.fixed, question.capacity, question.demand, gap=GAP, time_limit_s=time_limit_s
        )
    else:
        answer = locate.p_median(question.costs, question.count, gap=GAP, time_limit_s=time_limit_s)
    return Outcome(answer.objective, answer.bound)


def _highs(question: Question, time_limit_s: float) -> Outcome:
    return highs_from_arrays(question, gap=GAP, time_limit_s=time_limit_s)


def _memory_mb(field: str) -> float | None:
    """Read a field of this process's memory [MB]; None where there is no /proc (macOS, Windows)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    for line in status.read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / 1e6
    return None


def rows(instances: Sequence[Instance], *, time_limit_s: float, rival: bool = True) -> Iterator[Row]:
    """Measure question by question, each solver in a fresh process, so that memory is its own.

    Parameters
    ----------
    instances : sequence of siting.bench.instances.Instance
        The questions.
    time_limit_s : float
        Time for each solver and question [s].
    rival : bool
        Whether HiGHS is asked as well, where its model fits.
    """
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as pool:
        for instance in instances:
            ours = pool.submit(measure, instance, "siting", time_limit_s=time_limit_s).result()
            n, m = instance.question().costs.shape
            asked = rival and n * m <= MOST_RIVAL_ARCS
            other = pool.submit(measure, instance, "highs", time_limit_s=time_limit_s).result() if asked else None
            yield Row(instance.family, instance.name, instance.optimum, ours, other)


def as_table(measured: Sequence[Row]) -> str:
    """Write rows as a Markdown table.

    Examples
    --------
    >>> quick, slow = Measured(0.5, 0.5, 9.0, 10.0, 10.0), Measured(30.0, 29.0, 300.0, 10.0, 9.0)
    >>> print(as_table([Row("p-median", "pmed1", 10.0, quick, slow)]))
    | family | instance | siting s | gap | MB | HiGHS s | gap | MB | ratio |
    |---|---|---:|---:|---:|---:|---:|---:|---:|
    | p-median | pmed1 | 0.50 | 0 | 9 | 30.00 | 1.0e-01 | 300 | > 60 |
    """
    lines = [
        "| family | instance | siting s | gap | MB | HiGHS s | gap | MB | ratio |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines.extend(
        f"| {row.family} | {row.instance} | {_cells(row.ours)} | "
        f"{'- | - | -' if row.rival is None else _cells(row.rival)} | {_ratio(row)} |"
        for row in measured
    )
    return "\n".join(lines)


def _cells(measured: Measured) -> str:
    gap = "-" if measured.gap is None else "0" if measured.gap == 0 else f"{measured.gap:.1e}"
    megabytes = "-" if measured.megabytes is None else f"{measured.megabytes:.0f}"
    return f"{measured.seconds:.2f} | {gap} | {megabytes}"


def _ratio(row: Row) -> str:
    """Write the ratio, as a lower bound where the rival did not prove its answer; no word where we did not."""
    if row.rival is None or row.ratio is None or row.ours.gap is None or row.ours.gap > GAP:
        return "-"
    finished = row.rival.gap is not None and row.rival.gap <= 2 * GAP
    return f"{'' if finished else '> '}{row.ratio:.0f}"


def as_json(measured: Sequence[Row]) -> str:
    """Write rows with the machine, its versions and the day."""
    packages = ("numpy", "scipy", "highspy")
    about = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "versions": {name: version(name) for name in packages},
        "gap": GAP,
    }
    return json.dumps({"about": about, "rows": [asdict(row) for row in measured]}, indent=1)
