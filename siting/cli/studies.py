"""Studies on the command line: frontiers, sweeps and comparisons, with files, a table and, on a terminal, the time left."""

import json
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.errors import DataError, ScenarioError

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.study.compare import Comparison
    from siting.study.frontier import Frontier
    from siting.study.runs.sweep import Sweep, Told

ScenarioArgument = Annotated[Path | None, typer.Argument(help="Scenario file; the shipped baseline if none is given.")]
SolverOption = Annotated[str, typer.Option(help="highs, cbc, scip or any solver PuLP knows.")]
TimeLimitOption = Annotated[float, typer.Option(min=0.1, help="Seconds for each plan.")]
GapOption = Annotated[float, typer.Option(min=0.0, max=1.0, help="Relative gap that counts as proven.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print machine-readable results.")]

REPORT = "report.html"
MOST_ROWS_PRINTED = 40
"""Rows of a table that a terminal is given; the file has all."""


def frontier(
    scenario: ScenarioArgument = None,
    x: Annotated[str, typer.Option(help="KPI across, such as cost_usd_per_eflop.")] = "cost_usd_per_eflop",
    y: Annotated[str, typer.Option(help="KPI upwards.")] = "emissions_g_per_eflop",
    points: Annotated[int, typer.Option(min=2, help="Levels of x, the two ends included.")] = 12,
    out: Annotated[Path | None, typer.Option(help="Folder; out/NAME-frontier if none is given.")] = None,
    solver: SolverOption = "highs",
    time_limit: TimeLimitOption = 60.0,
    gap: GapOption = 1e-4,
    report: Annotated[bool, typer.Option("--report", help="Write report.html too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Trade one KPI against another, exactly. Writes a table, a picture and every plan."""
    from siting import frontier as traded
    from siting.cli.main import EXIT_UNPROVEN, _folder, _read

    question = _read(scenario)
    folder = _folder(out or Path("out") / f"{question.name}-frontier")
    with _bar(f"frontier of {question.name}") as told:
        front = traded(question, x, y, points, time_limit_s=time_limit, gap=gap, solver=solver, told=told)
    files = _write_frontier(front, folder)
    (folder / REPORT).unlink(missing_ok=True)
    if report and len(front) > 1:
        from siting.show.report.many_plans import write_frontier

        files.append(write_frontier(front, folder / REPORT).name)
    if as_json:
        typer.echo(
            json.dumps({"points": front.table.to_dict("records"), "settled": front.settled, "folder": str(folder)})
        )
    else:
        _print(front.table, f"{question.name}: {len(front)} plans, none dominated")
        if front.capped_by:
            from siting.show.text.proof_text import frontier_end_sentence

            typer.echo(frontier_end_sentence(front))
        if report and len(front) < 2:
            typer.echo("No report is written: the frontier is one plan, which `siting plan` reports.")
        if front.unsolved:
            typer.echo(f"No plan was found in the time at {len(front.unsolved)} level(s): give more --time-limit.")
        typer.echo(f"Written to {folder}: {', '.join(files)}")
    proven = not front.unsolved and (front.table["status"] == "optimal").all()
    raise typer.Exit(0 if proven else EXIT_UNPROVEN)


def _write_frontier(front: "Frontier", folder: Path) -> list[str]:
    """Write table, picture and plans; what an earlier frontier left goes first."""
    import matplotlib.pyplot as plt

    from siting.show.figures.frontier_chart import draw_frontier

    plans = folder / "plans"
    if plans.exists() and any(not (p / "plan.json").is_file() for p in plans.iterdir()):
        raise DataError(f"{plans} has files that are no plans: choose another folder with --out")
    figure, axes = plt.subplots(figsize=(7.5, 4.8), layout="constrained")
    draw_frontier(front, axes)
    figure.savefig(folder / "frontier.png", dpi=200)
    plt.close(figure)
    front.table.to_csv(folder / "frontier.csv", index=False)
    for i, plan in enumerate(front):
        plan.save(plans / f"{i + 1:02d}")
    for old in sorted(plans.iterdir())[len(front) :]:
        for file in old.iterdir():
            file.unlink()
        old.rmdir()
    return ["frontier.csv", "frontier.png", "plans/"]


def compare(
    plans: Annotated[list[Path], typer.Argument(help="Folders that `siting plan` or `siting frontier` wrote.")],
    report: Annotated[bool, typer.Option("--report", help="Write report.html into the folder of --out.")] = False,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("out/compare"),
    as_json: JsonOption = False,
) -> None:
    """Put plans side by side: KPIs, sites and limits of each."""
    from siting import Plan
    from siting import compare as compared
    from siting.cli.main import _folder

    if len(plans) < 2:
        raise ScenarioError(f"{len(plans)} plan to compare: give the folders of two or more")
    side = compared([Plan.load(p) for p in plans], _called(plans))
    written = None
    if report:
        from siting.show.report.many_plans import write_comparison

        written = write_comparison(side, _folder(out) / REPORT)
    if as_json:
        tables = {k: json.loads(t.reset_index().to_json(orient="records")) for k, t in _tables_of(side).items()}
        typer.echo(json.dumps(tables | {"said": str(side), "report": None if written is None else str(written)}))
        return
    kpis = side.kpis.copy()
    kpis[list(side.names)] = kpis[list(side.names)].map(_figure)
    _print(kpis.reset_index(), f"{len(plans)} plans")
    typer.echo(str(side))
    if written is not None:
        typer.echo(f"Written to {written}")


def _called(plans: Sequence[Path]) -> list[str]:
    """Return the names of the folders, with as much of their paths as tells them apart."""
    parts = [p.resolve().parts for p in plans]
    for deep in range(1, max(map(len, parts)) + 1):
        names = ["/".join(p[-deep:]) for p in parts]
        if len(set(names)) == len(names):
            return names
    raise ScenarioError("a folder is named twice: give each plan once")


def _tables_of(side: "Comparison") -> "dict[str, DataFrame]":
    return {"kpis": side.kpis, "sites": side.sites, "limits": side.limits, "questions": side.questions}


def _figure(value: Any) -> str:
    """Return a KPI as people write it: thousands apart, four digits of what is small."""
    if not isinstance(value, (int, float)):
        return "" if value is None else str(value)
    return "" if value != value else f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"  # noqa: PLR0124  (NaN)


def sweep(
    scenario: ScenarioArgument = None,
    vary: Annotated[
        list[str], typer.Option(help="PATH=VALUE,VALUE,... such as demand.it_mw=100,300; repeatable.")
    ] = [],  # noqa: B006  (typer reads the default)
    out: Annotated[Path | None, typer.Option(help="Folder of the rows; out/NAME-sweep if none is given.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a dask scheduler, tcp://host:8786.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes here; one a core if none is given.")] = None,
    solver: SolverOption = "highs",
    time_limit: TimeLimitOption = 60.0,
    gap: GapOption = 1e-4,
    as_json: JsonOption = False,
) -> None:
    """Solve every combination of some figures. Begun again, it goes on where it stopped."""
    from siting import sweep as swept
    from siting.cli.main import EXIT_UNPROVEN, _read

    question = _read(scenario)
    folder = out or Path("out") / f"{question.name}-sweep"
    if not vary:
        raise ScenarioError("nothing varies: give --vary PATH=VALUE,VALUE, such as --vary demand.it_mw=100,300")
    values = dict(_varied(text) for text in vary)
    if len(values) < len(vary):
        raise ScenarioError("a path of --vary stands twice: give its values in one, separated by commas")
    with _bar(f"sweep of {question.name}") as told:
        found = swept(
            question,
            values,
            scheduler=scheduler,
            store=folder,
            workers=workers,
            time_limit_s=time_limit,
            gap=gap,
            solver=solver,
            told=told,
        )
    _tell_sweep(found, as_json=as_json)
    raise typer.Exit(0 if found.table["status"].isin(["optimal", "infeasible"]).all() else EXIT_UNPROVEN)


def _varied(text: str) -> tuple[str, list[Any]]:
    """Read one --vary: values are TOML where they can be, else words."""
    path, sign, values = text.partition("=")
    if not sign or not values:
        raise ScenarioError(f"--vary {text}: give PATH=VALUE,VALUE, such as demand.it_mw=100,300")
    try:
        return path.strip(), list(tomllib.loads(f"values = [{values}]")["values"])
    except tomllib.TOMLDecodeError:
        return path.strip(), [_word(v.strip()) for v in values.split(",")]


def _word(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _tell_sweep(found: "Sweep", *, as_json: bool) -> None:
    counts = found.table["status"].value_counts().to_dict()
    if as_json:
        rows = json.loads(found.table.to_json(orient="records"))
        typer.echo(json.dumps({"runs": rows, "ran": found.ran, "found": found.found, "store": str(found.folder)}))
        return
    columns = [*found.paths, "status", "emissions_g_per_eflop", "cost_usd_per_eflop", "n_sites", "seconds"]
    _print(found.table[columns], f"{len(found)} runs in {found.folder}")
    for text in found.table["error"].dropna().unique()[:5]:
        typer.echo(f"  failed: {text}")
    told = ", ".join(f"{n} {status}" for status, n in counts.items())
    typer.echo(f"{told}; {found.ran} run now, {found.found} found. Rows: {found.folder} (siting.read_sweep)")


def _print(table: "DataFrame", title: str) -> None:
    from siting.cli.main import _console
    from siting.show.text.terminal import frame_table

    _console().print(frame_table(table.head(MOST_ROWS_PRINTED), title))
    if len(table) > MOST_ROWS_PRINTED:
        typer.echo(f"... and {len(table) - MOST_ROWS_PRINTED} more rows")


@contextmanager
def _bar(what: str) -> "Iterator[Told | None]":
    """Show a bar with the time left on a terminal, and nothing when piped."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total, _: bar.update(task, completed=done, total=total)
