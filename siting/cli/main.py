"""The command line: `siting --help`. Each command calls the function that a notebook calls."""

import contextlib
import io
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from siting import __version__
from siting.cli import data, plan, rank, studies, what_if
from siting.cli.common import EXIT_BAD_INPUT, EXIT_INFEASIBLE, EXIT_INTERNAL, EXIT_UNPROVEN, print_json, say
from siting.cli.second_interrupt import EXIT_INTERRUPTED, second_interrupt_ends_at_once
from siting.errors import InfeasibleError, SitingError, UnprovenError, printable

HELP = """Where should AI-training compute be built?

Chooses sites, sizes, cooling and service areas with the least emissions per unit of compute, with a proof of optimality.
Start with `siting plan`: it solves the shipped baseline and writes a map and tables to out/baseline.
"""


class OutputError(Exception):
    """A file or an output failed; typer would end a closed pipe with 1, which means infeasible."""


class ClosedOutputError(OutputError):
    """The reader of an output has gone, as `head` does: nobody is left to read a message."""


class Commands(TyperGroup):
    """The commands, whose system errors reach `main`."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the words of the command line."""
        with _system_errors_kept():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        with _system_errors_kept():
            return super().invoke(ctx)


@contextlib.contextmanager
def _system_errors_kept() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ClosedOutputError from error
    except OSError as error:
        raise OutputError(_system_message(error)) from error


def _system_message(error: OSError) -> str:
    """Return what failed outside the program, and what to do."""
    where = f"{error.filename} cannot be read or written" if error.filename else "an output cannot be written"
    return f"{where} ({error.strerror or error}): check that it exists, may be written and that its disk has room"


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=HELP,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        say(f"siting {__version__}")
        raise typer.Exit


@app.callback(help=HELP)
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


app.command()(plan.plan)
app.command()(rank.rank)
app.command()(plan.check)
app.command()(plan.diagnose)
app.command()(plan.incentives)
app.command(context_settings={"ignore_unknown_options": True})(data.place)
app.command(name="map")(plan.draw_map)
app.command()(data.runs)
app.add_typer(data.app, name="data")
app.command()(studies.compare)
app.command()(what_if.what_if)
app.command()(studies.frontier)
app.command()(studies.sweep)


def _write_details(error: Exception) -> str:
    """Write the traceback of an unexpected error to a file, and return where it is."""
    try:
        handle, name = tempfile.mkstemp(prefix="siting-error-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(traceback.format_exception(error))
    except OSError as refused:
        return f"details could not be written ({refused.strerror})"
    return f"details are in {name}"


def _open_closed_outputs() -> None:
    """Send an output that was closed before the start nowhere, so that no file takes its place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
    sys.stdout, sys.stderr = sys.stdout or io.StringIO(), sys.stderr or io.StringIO()


def _replace_unprintable() -> None:
    """Print characters that the encoding of an output lacks as escapes, instead of failing on them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _say(text: str) -> None:
    """Print a message on stderr, if that can be written."""
    try:
        say(text, lines=True, err=True)
    except OSError:
        _discard(sys.stderr)


def _discard(stream: Any) -> None:
    """Send what an output still holds nowhere: Python would fail on it again at its end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _fail(word: str, error: Exception, code: int) -> NoReturn:
    """End with a message on stderr and, where the answer was to be JSON, with its status on stdout."""
    if "--json" in sys.argv:
        try:
            print_json({"status": word, "message": str(error)})
        except OSError:
            _discard(sys.stdout)
    _say(f"{word}: {error}")
    if isinstance(error, InfeasibleError) and "diagnose" not in sys.argv[1:2]:
        _say("Run `siting diagnose` on this scenario to see the conflicting limits and possible fixes.")
    sys.exit(code)


def _run() -> None:
    """Run the command, and fail where its last words cannot be printed."""
    try:
        app()
    finally:
        with _system_errors_kept():
            sys.stdout.flush()


def main() -> None:
    """Run the command line; an error is one message on stderr and an exit code."""
    _open_closed_outputs()
    _replace_unprintable()
    with second_interrupt_ends_at_once():
        _end_with_a_code()


def _end_with_a_code() -> None:
    """Run the command, and turn what it raises into a message and an exit code."""
    try:
        _run()
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != EXIT_INTERRUPTED:
            raise
        _say("interrupted. A sweep keeps its finished runs; the same command resumes it.")
        sys.exit(EXIT_INTERRUPTED)
    except InfeasibleError as error:
        _fail("infeasible", error, EXIT_INFEASIBLE)
    except UnprovenError as error:
        _fail("unproven", error, EXIT_UNPROVEN)
    except SitingError as error:
        _fail("error", error, EXIT_BAD_INPUT)
    except OutputError as error:
        _discard(sys.stdout)
        if isinstance(error, ClosedOutputError):
            sys.exit(EXIT_BAD_INPUT)
        _say(f"error: {error}")
        sys.exit(EXIT_BAD_INPUT)
    except Exception as error:
        summary = f"{type(error).__name__}: {error}"[:300]
        _say(printable(f"internal error: {summary}; {_write_details(error)}: please report it"))
        sys.exit(EXIT_INTERNAL)


if __name__ == "__main__":
    main()
