"""Runs on this machine: in this process, or in several processes that may be killed without ending the study."""

import importlib.util
import multiprocessing
import os
import pickle
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from typing import Any

from siting.errors import StudyError
from siting.study.runs.interrupts import begin_worker, interrupts_held, kill
from siting.study.runs.job import Job, as_cell, run
from siting.study.runs.main_guard import check_main_guard

Row = dict[str, Any]

MOST_DEATHS = 2
"""Workers that a run may lose while it is the only one running; then it is abandoned (our choice)."""

NEEDS = "several processes need cloudpickle: install `siting[study]`, or run with workers=1"

CRASHED = "crashed"
"""Status of a run that killed its workers, usually by lack of memory."""


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def here(jobs: Iterator[Job]) -> Generator[Row, None, None]:
    """Do the runs one after the other in this process."""
    for job in jobs:
        yield run(job)


def in_processes(jobs: Iterator[Job], workers: int) -> Generator[Row, None, None]:
    """Do the runs in worker processes; yield each row when it is finished.

    Only as many runs are submitted as there are workers, so that memory does not grow with the study. A worker
    that dies breaks its pool: a new pool starts, and the runs in progress are repeated one at a time, which
    identifies the run that kills its worker.

    Raises
    ------
    StudyError
        Workers die before any has finished a run, cloudpickle is not installed, or a script calls this from its top
        level.
    """
    if importlib.util.find_spec("cloudpickle") is None:
        raise StudyError(NEEDS)
    check_main_guard(workers)
    pool = _Pool(workers)
    try:
        yield from pool.each(jobs)
    finally:
        pool.stop()


class _Pool:
    """Pool of processes, the runs in progress, and the runs to repeat."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.running: dict[Future[bytes], Job] = {}
        self.suspects: deque[Job] = deque()
        self.deaths: dict[str, int] = {}
        self.finished = 0
        self.children: set[BaseProcess] = set()
        self.processes = self._start()

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self.workers, mp_context=multiprocessing.get_context("spawn"), initializer=begin_worker
        )

    def each(self, jobs: Iterator[Job]) -> Iterator[Row]:
        """Submit runs and yield rows, until there are none left."""
        while True:
            self._fill(jobs)
            if not self.running:
                return
            done, _ = wait(self.running, return_when=FIRST_COMPLETED)
            broken = [f for f in done if isinstance(f.exception(), BrokenProcessPool)]
            for future in [f for f in done if f not in broken]:
                del self.running[future]
                self.finished += 1
                yield pickle.loads(future.result())  # noqa: S301  (written by our own worker)
            if broken:
                yield from self._start_again()

    def _fill(self, jobs: Iterator[Job]) -> None:
        """Submit a run to every free worker; a suspect runs alone."""
        if self.suspects:
            if not self.running:
                self._submit(self.suspects.popleft())
            return
        while len(self.running) < self.workers and not self.suspects:
            job = next(jobs, None)
            if job is None:
                return
            self._submit(job)

    def _submit(self, job: Job) -> None:
        from cloudpickle import dumps

        pickled, known = dumps(job), set(multiprocessing.active_children())
        try:
            with interrupts_held():  # it may start a worker
                try:
                    self.running[self.processes.submit(_run, pickled)] = job
                finally:
                    self.children |= set(multiprocessing.active_children()) - known
        except BrokenProcessPool:  # a worker died since the last wait: this run was not started
            self.suspects.append(job)
            if not self.running:
                self.processes.shutdown(wait=True, cancel_futures=True)
                self.processes = self._start()
                self._submit(self.suspects.popleft())

    def _start_again(self) -> Iterator[Row]:
        """Start new processes; abandon the run that killed its own too often."""
        lost = list(self.running.values())
        self.running.clear()
        self.processes.shutdown(wait=True, cancel_futures=True)
        self.processes = self._start()
        alone = len(lost) == 1
        for job in lost:
            self.deaths[job.key] = self.deaths.get(job.key, 0) + alone
            if self.deaths[job.key] < MOST_DEATHS:
                self.suspects.append(job)
            elif not self.finished:
                raise StudyError(
                    "worker processes die before they finish a run. In a script, call from below "
                    '`if __name__ == "__main__":`; else try workers=1, which runs in this process'
                )
            else:
                yield died(job, f"its worker process died {MOST_DEATHS} times: usually too little memory")

    def stop(self) -> None:
        """End the processes at once, with the runs in progress."""
        with interrupts_held():
            self.processes.shutdown(wait=False, cancel_futures=True)
            kill(self.children)


def died(job: Job, why: str) -> Row:
    """Return the row of a run that no worker could finish."""
    return {k: as_cell(v) for k, v in job.values.items()} | {"key": job.key, "status": CRASHED, "error": why}


def _run(pickled: bytes) -> bytes:
    """Do a run in a worker; limits and objectives of a notebook are pickled by value."""
    return pickle.dumps(run(pickle.loads(pickled)))  # noqa: S301  (written by our own parent)
