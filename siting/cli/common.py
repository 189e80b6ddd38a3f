"""What the commands share: exit codes, options, reading a scenario, the console."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.errors import DataError, listed, nearest, printable

if TYPE_CHECKING:
    from pandas import DataFrame
    from rich.console import Console

    from siting.plan.plan import Plan
    from siting.scenario.scenario import Scenario

EXIT_INFEASIBLE, EXIT_BAD_INPUT, EXIT_UNPROVEN, EXIT_INTERNAL = 1, 2, 3, 70
PIPED_WIDTH = 170
"""Width of a table when the output is not a terminal [characters]."""
LEAST_WIDTH = 20
"""Least width of a table, whatever the terminal or COLUMNS gives [characters]."""
MOST_ROWS_PRINTED = 40
"""Rows of a table that are printed; the file has all."""

ScenarioArgument = Annotated[Path | None, typer.Argument(help="Scenario file (default: the shipped baseline).")]
FilesFromOption = Annotated[
    list[Path] | None,
    typer.Option(help="Another folder whose files the scenario may name; repeatable."),
]
SolverOption = Annotated[str, typer.Option(help="highs, cbc, scip or any other solver of PuLP.")]


def _share_not_per_cent(gap: float) -> float:
    """Return the gap, or refuse it with a hint: 1 is meant as per cent."""
    from siting.solver.settings import gap_fault

    if fault := gap_fault(gap):
        raise typer.BadParameter(fault)
    return gap


GapOption = Annotated[
    float,
    typer.Option(
        callback=_share_not_per_cent, help="Relative optimality gap that counts as proven, from 0 to below 1."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print machine-readable results.")]


def read_scenario(path: Path | None, files_from: Sequence[Path] | None = None) -> "Scenario":
    """Return the scenario of a file, the shipped baseline where none is given."""
    from siting import Scenario
    from siting.world.tables import data_dir

    shipped = data_dir() / "scenarios" / "baseline.toml"
    in_repository = data_dir().parent / "scenarios" / "baseline.toml"
    return Scenario.read(path or (shipped if shipped.is_file() else in_repository), files_from=files_from or ())


def load_plan(folder: Path, files_from: Sequence[Path] | None = None) -> "Plan":
    """Return the plan of a folder; for one without a plan, name those near it."""
    from siting import Plan

    if not (folder / "plan.json").exists():
        inside = sorted(p.parent for p in folder.glob("plans/*/plan.json"))
        near = {str(p.parent) for p in folder.parent.glob("*/plan.json")}
        hint = f": it holds the plans {listed(inside, most=4)}" if inside else nearest(str(folder), near)
        raise DataError(f"{folder} is not the folder of a plan{hint or ': give one that `siting plan` wrote'}")
    return Plan.load(folder, files_from or ())


@contextmanager
def results_in(
    folder: Path, kind: str, scenario: "Scenario | None" = None, files: Iterable[Path | None] = ()
) -> Iterator[Path]:
    """Yield a new folder that takes the place of an earlier one when its work ends, and report where that one is kept.

    Results of a scenario with another name are kept, those of another version of the same one are replaced; either is
    reported. A folder that holds a file of the scenario, one of the `files` that are read, or results of another kind is refused.
    """
    from siting.plan.output_folder import OutputFolder
    from siting.scenario.files import file_digests, input_files
    from siting.study.runs.fingerprint import scenario_hash

    inputs = [*({} if scenario is None else input_files(scenario)).values(), *(file for file in files if file)]
    of = None if scenario is None else (scenario.name, scenario_hash(scenario))
    output = OutputFolder(folder, inputs, kind, of)
    before = {} if scenario is None else file_digests(scenario)
    try:
        with output:
            yield output.new
        now = {} if scenario is None else file_digests(scenario)
        if changed := [name for name in now if now[name] != before.get(name)]:
            say(f"Changed during the run, which may have read either version: {listed(changed)}.", err=True)
        if output.replaced:
            say(f"Replaced the earlier results of {folder}, which were of another version of the scenario.", err=True)
    finally:
        if output.earlier is not None:
            say(f"The earlier results of {folder} are kept in {output.earlier}.", err=True)


def console(*, err: bool = False) -> "Console":
    """Return a console that prints text as it is, as wide as the terminal, or of a fixed width when piped.

    A name may hold what rich reads as markup, an emoji code or an escape sequence: none of them acts.
    """
    from rich.console import Console
    from rich.text import Text

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704  (rich calls this in its handler, and would end with 1, which means infeasible)

        def render_str(self, text: str, **style: Any) -> Text:  # every string passes here: lines, cells, titles
            return super().render_str(printable(text), **style)

    to = sys.stderr if err else sys.stdout
    plain = Plain(stderr=err, markup=False, emoji=False, highlight=False)
    plain.width = max(plain.width, LEAST_WIDTH) if to.isatty() or width_is_given() else PIPED_WIDTH
    return plain


def width_is_given() -> bool:
    """Return whether the variable COLUMNS gives the width of a table, on a terminal and piped."""
    return os.environ.get("COLUMNS", "").isdigit()


def say(text: str, *, lines: bool = False, err: bool = False) -> None:
    """Print a sentence, or `lines`; characters that would act on the terminal are shown as escapes."""
    shown = printable(text, keep="\n\t" if lines else "")
    print(shown, file=sys.stderr if err else sys.stdout, flush=True)  # `typer.echo` writes UTF-8 where ASCII is set


def print_json(value: Any) -> None:
    """Print plain values as one line of JSON."""
    say(json.dumps(value))


def records(table: "DataFrame") -> Any:
    """Return a table as JSON values, a mapping a row."""
    return json.loads(table.to_json(orient="records"))


def print_table(table: "DataFrame", title: str) -> None:
    """Print the first rows of a table, and how many more there are."""
    from siting.show.text.terminal import frame_table

    console().print(frame_table(table.head(MOST_ROWS_PRINTED), title))
    if len(table) > MOST_ROWS_PRINTED:
        say(f"... and {len(table) - MOST_ROWS_PRINTED} more rows")
