"""Ctrl-C on the command line: the first ends the work in order, the second ends everything at once."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

EXIT_INTERRUPTED = 130
"""Exit code of a command that Ctrl-C ended, as shells have it: 128 and the number of SIGINT."""
UNTIDY = "ignore:resource_tracker:UserWarning"
SHOW_CURSOR = "\x1b[?25h"


@contextmanager
def second_interrupt_ends_at_once() -> Iterator[None]:
    """Watch for a second Ctrl-C from a thread, which sees it while a solver keeps the main thread busy."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard, told = os.pipe()
    os.set_blocking(told, False)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    earlier = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(heard,), daemon=True).start()
    sys.warnoptions.append(UNTIDY)  # for the process that removes what a killed pool leaves
    try:
        yield
    finally:
        sys.warnoptions.remove(UNTIDY)
        signal.set_wakeup_fd(earlier)
        signal.signal(signal.SIGINT, signal.SIG_DFL if handler is None else handler)
        os.close(told)  # the thread reads the end of it


def _watch(heard: int) -> None:
    """Count the interrupts and end the process at the second."""
    came = 0
    while numbers := os.read(heard, 64):
        came += numbers.count(signal.SIGINT)
        if came > 1:
            _end_now()
    os.close(heard)


def _end_now() -> None:
    """End this process, its workers and their solvers without waiting for anything."""
    for worker in multiprocessing.active_children():
        with suppress(OSError):
            if hasattr(os, "killpg") and worker.pid is not None:
                os.killpg(worker.pid, signal.SIGKILL)
        worker.kill()
    with suppress(OSError, ValueError):
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), SHOW_CURSOR.encode())
    os._exit(EXIT_INTERRUPTED)
