"""Command that ranks every candidate of a scenario: built, lost or excluded, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli.common import (
    EXIT_INFEASIBLE,
    EXIT_UNPROVEN,
    FilesFromOption,
    GapOption,
    JsonOption,
    ScenarioArgument,
    SolverOption,
    console,
    print_json,
    read_scenario,
    records,
    say,
)
from siting.cli.progress import waiting
from siting.errors import ScenarioError

if TYPE_CHECKING:
    from siting.scenario.scenario import Scenario


def rank(
    scenario: ScenarioArgument = None,
    out: Annotated[Path | None, typer.Option(help="CSV file to write: every candidate, every column.")] = None,
    solver: SolverOption = "highs",
    time_limit: Annotated[
        float, typer.Option(min=0.1, help="Time limit of the plan, and again of all regrets together [s].")
    ] = 300.0,
    gap: GapOption = 1e-4,
    files_from: FilesFromOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank every candidate: built, lost or excluded, and why."""
    from siting import explain, prepare, solve
    from siting.plan.files import csv_text, flat
    from siting.plan.output_folder import write_file
    from siting.show.text import rank_text
    from siting.study.ranking.scorecard import near_ties, scorecard

    with waiting("reading the scenario") as now:
        read = read_scenario(scenario, files_from)
        _require_free(out, read, scenario)
        now(f"{read.name}: preparing the data")
        problem = prepare(read)
        now(f"{read.name}: solving {len(problem.sites):,} sites, at most {time_limit:g} s")
        plan = solve(problem, time_limit_s=time_limit, gap=gap, solver=solver)
        found = None
        if plan.kpis:
            now(f"{read.name}: regret of {len(problem.sites):,} candidates, at most {time_limit:g} s")
            found = explain(problem, plan, time_limit_s=time_limit, gap=gap, solver=solver)
        table = scorecard(plan, problem, explanation=found)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_file(out, csv_text(flat(table)).encode())
    ties = near_ties(plan, table)
    if as_json:
        print_json(
            {"status": plan.status, "candidates": records(flat(table)), "near_ties": ties, "out": out and str(out)}
        )
    else:
        terminal = console()
        terminal.print(rank_text.rank_table(table, plan, terminal.width))
        for sentence in (*rank_text.rank_sentences(table, plan, terminal.width), *ties):
            say(sentence)
        if out is not None:
            say(f"Written: {out}")
    codes = {"optimal": 0, "feasible": EXIT_UNPROVEN, "infeasible": EXIT_INFEASIBLE}
    raise typer.Exit(codes.get(plan.status, EXIT_UNPROVEN))


def _require_free(out: Path | None, read: "Scenario", scenario: Path | None) -> None:
    """Refuse an output that is no CSV file, or that is a file of the scenario."""
    from siting.scenario.files import input_files

    if out is None:
        return
    if out.suffix.lower() != ".csv":
        raise ScenarioError(f"--out is {out}: give a name that ends in .csv")
    if out.resolve() in {file.resolve() for file in (*input_files(read).values(), *([scenario] if scenario else []))}:
        raise ScenarioError(f"--out is {out}, a file that the scenario reads: give another name")
