"""The command line: `siting --help`. Each command calls the function that a notebook calls."""

import sys
from typing import Annotated

import typer

from siting import __version__
from siting.cli import data, plan, studies
from siting.cli.common import EXIT_BAD_INPUT, EXIT_INFEASIBLE, EXIT_UNPROVEN
from siting.errors import InfeasibleError, SitingError, UnprovenError

HELP = """Where should AI-training compute be built?

Chooses sites, sizes, cooling and service areas with the least emissions per unit of compute, with a proof of optimality.
Start with `siting plan`: it solves the shipped baseline and writes a map and tables to out/baseline.
"""
app = typer.Typer(
    no_args_is_help=True, add_completion=True, rich_markup_mode=None, pretty_exceptions_enable=False, help=HELP
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"siting {__version__}")
        raise typer.Exit


@app.callback(help=HELP)
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


app.command()(plan.plan)
app.command()(plan.check)
app.command()(plan.diagnose)
app.command(context_settings={"ignore_unknown_options": True})(data.place)
app.command(name="map")(plan.draw_map)
app.command()(data.runs)
app.add_typer(data.app, name="data")
app.command()(studies.compare)
app.command()(studies.frontier)
app.command()(studies.sweep)


def main() -> None:
    """Run the command line; an error is one message on stderr and an exit code."""
    try:
        app()
    except InfeasibleError as error:
        typer.echo(f"infeasible: {error}", err=True)
        if "diagnose" not in sys.argv[1:2]:
            typer.echo(
                "Run `siting diagnose` on this scenario to see the conflicting limits and possible fixes.", err=True
            )
        sys.exit(EXIT_INFEASIBLE)
    except UnprovenError as error:
        typer.echo(f"unproven: {error}", err=True)
        sys.exit(EXIT_UNPROVEN)
    except SitingError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(EXIT_BAD_INPUT)


if __name__ == "__main__":
    main()
