"""Progress of what takes more than two seconds, on a terminal and in a notebook; nothing where the output is piped."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial, wraps
from importlib.util import find_spec
from shutil import get_terminal_size
from threading import Event, Thread
from typing import Any, cast

from siting.errors import printable

DELAY_S = 2.0
"""Time before anything is shown [s]: shorter work needs no bar."""
TICK_S = 0.5
TYPICAL_ROWS = 24
WITHOUT_TOTAL = "{desc}  {elapsed}"
WITH_TOTAL = "{desc}  {percentage:3.0f}% |{bar:24}| {n_fmt}/{total_fmt}  {elapsed}, {remaining} left"

type Counted = Callable[[int, int, Any], None]
"""Called with how many steps are done, of how many, and the result of the last one."""
type Progress = bool | Counted | None
"""What the parameter `progress` takes: False for no bar, a function that is called instead, or None."""

_SHOWN: ContextVar[bool] = ContextVar("shown", default=False)
"""Whether a bar is shown, or hidden, by what called: only the outermost work shows one."""


def has_viewer() -> bool:
    """Return whether somebody watches: standard error is a terminal, or the process is the kernel of a notebook."""
    return bool(sys.stderr is not None and sys.stderr.isatty()) or _in_notebook()


@contextmanager
def quiet() -> Iterator[None]:
    """Show no bar until the block ends."""
    token = _SHOWN.set(True)
    try:
        yield
    finally:
        _SHOWN.reset(token)


class Bar(Thread):
    """A line that is drawn again every half second, from `DELAY_S` after its start."""

    def __init__(self, words: str) -> None:
        super().__init__(daemon=True, name="siting progress")
        self._words, self._began = printable(words), time.time()
        self._done: tuple[int, int] = (0, 0)
        self._ended = Event()

    def advance(self, done: int, total: int, _result: Any = None) -> None:
        """Note how many steps are done, of how many."""
        self._done = (done, total)

    def run(self) -> None:
        """Draw until `end` is called."""
        if self._ended.wait(DELAY_S):
            return
        look = {
            "desc": self._words,
            "leave": False,
            "bar_format": WITHOUT_TOTAL,
            "delay": TICK_S,
        }  # not before its start is known
        line = _line_of_tqdm()(total=None, file=sys.stderr, **look)
        line.start_t = self._began
        while True:
            done, total = self._done
            if total:
                line.n, line.total, line.bar_format = done, total, WITH_TOTAL
            line.refresh()
            if self._ended.wait(TICK_S):
                break
        line.close()

    def end(self) -> None:
        """Remove the line."""
        self._ended.set()
        self.join()


def shows_progress[F: Callable[..., Any]](words: str) -> Callable[[F], F]:
    """Let a function show a bar while it runs, unless its parameter `progress` is False or a function.

    The function gets, as `progress`, what notes its steps: the caller's own function, that of the bar, or None.

    Parameters
    ----------
    words : str
        What it does, for the bar.

    Examples
    --------
    >>> @shows_progress("counting")
    ... def count(*, progress=None):
    ...     return sum(range(10))
    >>> count(progress=False)
    45
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def shown(*args: Any, **kwargs: Any) -> Any:
            progress = kwargs.get("progress")
            if progress is False or callable(progress) or _SHOWN.get() or not has_viewer():
                with quiet():
                    return function(*args, **kwargs | ({} if callable(progress) else {"progress": None}))
            bar = Bar(words)
            bar.start()
            try:
                with quiet():
                    return function(*args, **kwargs | {"progress": bar.advance})
            finally:
                bar.end()

        return cast("F", shown)

    return decorate


def _in_notebook() -> bool:
    """Return whether the process is the kernel of a notebook."""
    python = sys.modules.get("IPython")
    shell = python.get_ipython() if python is not None and "ipykernel" in sys.modules else None
    return hasattr(shell, "kernel")


def _line_of_tqdm() -> Any:
    """Return the kind of line that suits the viewer: a widget where notebooks have them, else text."""
    if _in_notebook() and find_spec("ipywidgets"):
        from tqdm.notebook import tqdm

        return tqdm
    from tqdm.std import tqdm as text

    text.monitor_interval = 0  # its thread would draw between ours
    columns = (
        get_terminal_size().columns - 1
    )  # a terminal without a size has the usual one, and is not taken for one of none
    return partial(text, ncols=columns, nrows=TYPICAL_ROWS)
