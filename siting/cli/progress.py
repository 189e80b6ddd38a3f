"""What a planner sees while the command line works: a word and the seconds on a terminal, nothing when piped."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def waiting(first: str) -> Iterator[Callable[[str], None]]:
    """Say what is being done, and for how long, until it is done; then wipe it away.

    Parameters
    ----------
    first : str
        What is done first, in a few words.

    Yields
    ------
    callable
        Takes the words of the next phase.

    Raises
    ------
    Nothing of its own: an error of what is waited for goes through, and the line is wiped before it is printed.

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
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as line:
        task = line.add_task(first, total=None)
        yield lambda words: line.update(task, description=words)
