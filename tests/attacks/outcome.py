"""An attempt's outcome, and how a command of `siting` is run and judged."""

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from siting.cli import main as command_line

DOCUMENTED_CODES = {0, 1, 2, 3}
"""Exit codes of an answer: success, infeasible, bad input, unproven. 70 stands for an internal error."""
LONGEST_MESSAGE_BYTES = 4096
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
FOREIGN = re.compile(r"Traceback|internal error|pydantic|ValidationError|[A-Z]\w+(?:Error|Exception)\(")
"""What no message to a user may hold: tracebacks, and exceptions of other libraries."""


@dataclass(frozen=True)
class Outcome:
    """One attempt.

    Attributes
    ----------
    kind
        Class of attempts, a row of the table.
    name
        What was tried, enough to find it again with the seed.
    fault
        What went wrong; None where the program did the right thing.
    """

    kind: str
    name: str
    fault: str | None = None


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, and all that it printed."""

    code: int
    printed: str


@contextlib.contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Change the working directory for a while."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def run(words: Sequence[str], folder: Path) -> Ended:
    """Run `siting WORDS` in this process, with a folder as working directory."""
    text = io.StringIO()
    before, sys.argv = sys.argv, ["siting", *words]
    code = 0
    try:
        with working_in(folder), contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
            command_line.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.argv = before
    return Ended(code, text.getvalue())


def fault_of(ended: Ended, *, must_refuse: bool = False) -> str | None:
    """Return what is wrong with the end of a command, None if nothing is."""
    if ended.code not in DOCUMENTED_CODES:
        return f"exit code {ended.code}: {ended.printed.strip()[-200:]}"
    if found := FOREIGN.search(ended.printed):
        return f"prints `{found[0]}`: {ended.printed.strip()[-200:]}"
    if found := CONTROL.search(ended.printed):
        return f"prints the control character {found[0]!r}"
    if ended.code == 2 and len(ended.printed.encode()) > LONGEST_MESSAGE_BYTES:
        return f"a message of {len(ended.printed.encode())} bytes"
    if ended.code == 2 and not ended.printed.strip():
        return "refused without a message"
    if must_refuse and ended.code == 0:
        return "accepted"
    return None
