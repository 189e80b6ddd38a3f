"""The benchmark of this machine on the command line: each question, our measure beside that of HiGHS."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.errors import DataError

if TYPE_CHECKING:
    from siting.bench.instances import Instance
    from siting.bench.run import Row

QUICK_LIMIT_S, QUICK_RIVAL_LIMIT_S = 10.0, 4.0
"""Time for each question of a quick run, ours and that of HiGHS: all together stay below a minute [s]."""

LIMIT_S = 60.0
"""Time for each question and solver of a whole run [s]."""


def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Small questions only: under a minute.")] = False,
    instances: Annotated[
        Path | None, typer.Option(help="Folder of published questions (optima.csv, p_median/, facility_location/).")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="File for rows, machine, versions and day.")] = None,
    time_limit: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds for each question and solver; 60 if none are given.")
    ] = None,
) -> None:
    """Measure this machine: location questions beside HiGHS.

    Each question is proven by siting and by HiGHS from plain arrays, with time and memory.
    """
    questions = _questions(instances, quick=quick)
    limit_s = time_limit or (QUICK_LIMIT_S if quick else LIMIT_S)
    rival_limit_s = time_limit or (QUICK_RIVAL_LIMIT_S if quick else LIMIT_S)
    _check_writable(json_file)
    measured, whole = _measure(questions, limit_s, rival_limit_s)
    _tell(measured)
    if json_file is not None:
        from siting.bench.run import as_json

        json_file.write_text(as_json(measured) + "\n", encoding="utf-8")
        typer.echo(f"Written: {json_file}")
    if not whole:
        typer.echo(f"Interrupted: {len(measured)} of {len(questions)} questions are measured.", err=True)
    raise typer.Exit(_exit_code(measured, whole=whole))


def _questions(folder: Path | None, *, quick: bool) -> "list[Instance]":
    from siting.bench.instances import made, published

    found = [] if folder is None else published(folder, quick=quick)
    return [*made(quick=quick), *found]


def _check_writable(file: Path | None) -> None:
    """Refuse a file whose folder is not there, before the work is done in vain."""
    if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
        raise DataError(f"cannot write to {file}: pass a file in a folder that exists with --json")


def _measure(questions: "Sequence[Instance]", limit_s: float, rival_limit_s: float) -> "tuple[list[Row], bool]":
    """Measure question by question; Ctrl-C keeps what is finished."""
    from siting.bench.run import rows
    from siting.cli_studies import _bar

    measured: list[Row] = []
    try:
        with _bar("questions") as told:
            for row in rows(questions, time_limit_s=limit_s, rival_limit_s=rival_limit_s):
                measured.append(row)
                if told is not None:
                    told(len(measured), len(questions), None)
    except KeyboardInterrupt:
        return measured, False
    return measured, True


def _tell(measured: "Sequence[Row]") -> None:
    """Print the table, and what it was measured on."""
    import pandas as pd

    from siting.bench.machine import about
    from siting.bench.run import GAP, cells
    from siting.cli import _console
    from siting.show.text.terminal import frame_table

    if measured:
        frame = pd.DataFrame([cells(row) for row in measured])
        _console().print(frame_table(frame, f"siting beside HiGHS from plain arrays, gap {GAP:g}"))
    told = about()
    versions = ", ".join(f"{name} {number}" for name, number in told["versions"].items())
    typer.echo(f"{told['processor']}, {told['cores']} cores; Python {told['python']}, {versions}; {told['date']}")
    typer.echo("CPU s: processor time of one thread. ratio: of it, HiGHS over siting; `>` where HiGHS did not finish.")


def _exit_code(measured: "Sequence[Row]", *, whole: bool) -> int:
    """Return 0 where every answer of ours is proven; a published optimum that we contradict is bad input or a defect."""
    from siting.cli import EXIT_UNPROVEN

    off = [row.instance for row in measured if row.contradicted]
    if off:
        raise DataError(
            f"the published optimum of {', '.join(off)} clashes with what is proven here: check optima.csv, "
            "and report it where it is right"
        )
    return 0 if whole and all(row.proven for row in measured) else EXIT_UNPROVEN
