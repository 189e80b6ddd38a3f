"""What the commands share: exit codes, options, reading a scenario, the console."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.errors import DataError

if TYPE_CHECKING:
    from pandas import DataFrame
    from rich.console import Console

    from siting.scenario.scenario import Scenario

EXIT_INFEASIBLE, EXIT_BAD_INPUT, EXIT_UNPROVEN = 1, 2, 3
PIPED_WIDTH = 170
"""Width of a table when the output is not a terminal [characters]."""
MOST_ROWS_PRINTED = 40
"""Rows of a table that are printed; the file has all."""

ScenarioArgument = Annotated[Path | None, typer.Argument(help="Scenario file (default: the shipped baseline).")]
FilesFromOption = Annotated[
    list[Path] | None,
    typer.Option(help="Another folder whose files the scenario may name; repeatable."),
]
SolverOption = Annotated[str, typer.Option(help="highs, cbc, scip or any other solver of PuLP.")]
GapOption = Annotated[float, typer.Option(min=0.0, max=1.0, help="Relative optimality gap that counts as proven.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print machine-readable results.")]


def read_scenario(path: Path | None, files_from: Sequence[Path] | None = None) -> "Scenario":
    """Return the scenario of a file, the shipped baseline where none is given."""
    from siting import Scenario
    from siting.world.tables import data_dir

    shipped = data_dir() / "scenarios" / "baseline.toml"
    in_repository = data_dir().parent / "scenarios" / "baseline.toml"
    return Scenario.read(path or (shipped if shipped.is_file() else in_repository), files_from=files_from or ())


def make_folder(path: Path) -> Path:
    """Make the output folder before the work, so that a folder that cannot be written is reported first."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"cannot write the plan to {path} ({error.strerror}): choose another folder with --out"
        ) from error
    return path


def console() -> "Console":
    """Return a console as wide as the terminal, or of a fixed width when piped."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)


def print_json(value: Any) -> None:
    """Print plain values as one line of JSON."""
    typer.echo(json.dumps(value))


def records(table: "DataFrame") -> Any:
    """Return a table as JSON values, a mapping a row."""
    return json.loads(table.to_json(orient="records"))


def print_table(table: "DataFrame", title: str) -> None:
    """Print the first rows of a table, and how many more there are."""
    from siting.show.text.terminal import frame_table

    console().print(frame_table(table.head(MOST_ROWS_PRINTED), title))
    if len(table) > MOST_ROWS_PRINTED:
        typer.echo(f"... and {len(table) - MOST_ROWS_PRINTED} more rows")
