"""Ctrl-C and processes of ours: none is started half, none outlives its parent, and a worker never sees Ctrl-C."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess

JOIN_WITHIN_S = 5.0
"""Time in which a killed process must have gone [s] (our choice)."""


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back until the block ends; a process that is started in it does not receive Ctrl-C at all."""
    came: list[int] = []
    in_main = threading.current_thread() is threading.main_thread()
    previous = signal.signal(signal.SIGINT, lambda number, _: came.append(number)) if in_main else None
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if hasattr(signal, "pthread_sigmask") else None
    try:
        yield
    finally:
        if masked is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, masked)
        if in_main:
            signal.signal(signal.SIGINT, signal.SIG_DFL if previous is None else previous)
            if came and callable(previous):
                previous(signal.SIGINT, None)  # not raised again: who counts interrupts has counted it


def kill(processes: Iterable[BaseProcess]) -> None:
    """End workers at once, with the solvers that they started."""
    alive = [process for process in processes if process.is_alive()]
    for process in alive:
        with suppress(OSError):  # it has not begun to work, or is gone
            if hasattr(os, "killpg") and process.pid is not None:
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
    for process in alive:
        process.join(JOIN_WITHIN_S)


def begin_worker() -> None:
    """Ignore Ctrl-C in this worker, lead a group with its solvers, and end with the parent, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "setsid"):
        os.setsid()
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    """Wait for the end of the parent, then end this process and all that it started."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
