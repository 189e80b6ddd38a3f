"""Runs on a dask cluster: submitted a few at a time, and only to workers of the same version."""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

from siting.errors import StudyError
from siting.study.runs.job import Job, run
from siting.study.runs.store import versions
from siting.study.runs.workers import died

if TYPE_CHECKING:
    from distributed import Client, Future

Row = dict[str, Any]

ANSWER_WITHIN_S = 10
"""Time limit for a scheduler's answer [s] (our choice)."""

RUNS_PER_THREAD = 2
"""Runs submitted per thread of the cluster: one in progress, one queued (our choice)."""

NEEDS = "a cluster needs dask.distributed: install `siting[cluster]`"


def on_cluster(jobs: Iterator[Job], scheduler: "str | Client") -> Generator[Row, None, None]:
    """Do the runs on a cluster; yield each row when it is finished.

    A run whose worker dies is run again by another, as dask does.

    Raises
    ------
    StudyError
        No scheduler or no worker is there, they are of another version, or the scheduler goes away.
    """
    client, ours = _client(scheduler)
    try:
        _check_workers(client, str(scheduler))
        yield from _each(client, jobs)
    finally:
        if ours:
            client.close()


def _client(scheduler: "str | Client") -> "tuple[Client, bool]":
    """Return a client, and whether this module opened it."""
    try:
        from distributed import Client
    except ImportError as error:
        raise StudyError(NEEDS) from error
    if isinstance(scheduler, Client):
        return scheduler, False
    try:
        return Client(scheduler, timeout=ANSWER_WITHIN_S, set_as_default=False), True
    except (OSError, TimeoutError, ValueError) as error:
        raise StudyError(
            f"no dask scheduler answers at {scheduler} within {ANSWER_WITHIN_S} s: start one with `dask scheduler`, "
            "or leave `scheduler` out to run on this machine"
        ) from error


def _check_workers(client: "Client", scheduler: str) -> None:
    """Raise for a cluster without workers, or with workers of another version."""
    try:
        there = client.run(versions, on_error="return")
    except (OSError, ValueError) as error:
        raise StudyError(f"the cluster at {scheduler} does not answer ({error})") from error
    if not there:
        raise StudyError(f"the cluster at {scheduler} has no workers: start some with `dask worker {scheduler}`")
    faults = [f"{worker}: {fault}" for worker, found in there.items() for fault in _differences(found)]
    if faults:
        raise StudyError.from_faults(
            "workers of another version would give other numbers; install the same siting and data on all:", faults
        )


def _differences(found: Any) -> list[str]:
    """Return the versions of another process that differ from this one."""
    if isinstance(found, BaseException):
        return [f"siting cannot be imported there ({found})"]
    mine = versions()
    return [f"{k} {found.get(k)} there, {v} here" for k, v in mine.items() if found.get(k) != v]


def _each(client: "Client", jobs: Iterator[Job]) -> Iterator[Row]:
    """Keep the cluster busy with a bounded number of submitted runs."""
    from distributed import as_completed

    mine, doing = versions(), dict[Any, Job]()

    def submit() -> "Future | None":
        job = next(jobs, None)
        if job is None:
            return None
        future = client.submit(_run_there, job, mine, key=f"siting-{job.key}", pure=False)
        doing[future.key] = job
        return future

    most = max(1, sum(client.nthreads().values())) * RUNS_PER_THREAD
    first = [f for f in (submit() for _ in range(most)) if f is not None]
    done = as_completed(first, loop=client.loop)
    for future in done:
        yield _row_of(future, doing.pop(future.key))
        future.release()
        following = submit()
        if following is not None:
            done.add(following)


def _row_of(future: "Future", job: Job) -> Row:
    """Return the row of a run."""
    from distributed import KilledWorker

    if future.status == "cancelled":
        raise StudyError("the cluster stopped: finished runs are kept, start it and the study again")
    error = future.exception()
    if isinstance(error, KilledWorker):
        return died(job, "its workers died one after the other: usually too little memory")
    if isinstance(error, StudyError):
        raise error
    if error is not None:
        return died(job, f"{type(error).__name__}: {error}")
    row: Row = future.result()
    return row


def _run_there(job: Job, expected: dict[str, str]) -> Row:
    """Do a run on a worker, which may have joined after the version check."""
    if versions() != expected:
        raise StudyError(
            f"a worker of another version has joined ({versions()}; required is {expected}): stop it, start again"
        )
    return run(job)
