"""Progress on a terminal: the current step with its seconds, or a bar with the time left; nothing when piped."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from siting.cli.common import console
from siting.errors import printable

if TYPE_CHECKING:
    from siting.progress_bar import Counted


@contextmanager
def waiting(first: str) -> Iterator[Callable[[str], None]]:
    """Show the current step and its seconds until the block ends, then remove the line.

    Parameters
    ----------
    first : str
        First step, in a few words.

    Yields
    ------
    callable
        Takes the name of the next step.

    Examples
    --------
    >>> with waiting("counting") as now:  # nothing is shown, as a test has no terminal
    ...     now("adding up")
    ...     sum([1, 2, 3])
    6
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from siting.progress_bar import quiet

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with quiet(), Progress(*columns, console=console(err=True), transient=True) as line:
        task = line.add_task(printable(first), total=None)
        yield lambda words: line.update(task, description=printable(words))


@contextmanager
def progress_bar(what: str) -> "Iterator[Counted | None]":
    """Show a bar with the time left on a terminal, and nothing when piped."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress as rich

    said = rich.TextColumn("{task.description}", markup=False)
    columns = (said, rich.BarColumn(), rich.MofNCompleteColumn(), rich.TimeElapsedColumn())
    left = (rich.TextColumn("left"), rich.TimeRemainingColumn())
    with rich.Progress(*columns, *left, console=console(err=True)) as bar:
        task = bar.add_task(printable(what), total=None)
        yield lambda done, total, _: bar.update(task, completed=done, total=total)
