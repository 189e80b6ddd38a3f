"""Commands on several plans: frontiers, sweeps and comparisons, with files and a table."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.cli.common import (
    EXIT_UNPROVEN,
    FilesFromOption,
    GapOption,
    JsonOption,
    ScenarioArgument,
    SolverOption,
    load_plan,
    print_json,
    print_table,
    read_scenario,
    records,
    results_in,
    say,
)
from siting.cli.progress import progress_bar, waiting
from siting.cli.second_interrupt import EXIT_INTERRUPTED
from siting.errors import DataError, ScenarioError
from siting.world.user_files.guarded_files import toml_table

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.scenario.scenario import Scenario
    from siting.study.compare import Comparison
    from siting.study.frontier import Frontier
    from siting.study.runs.sweep import Sweep

TimeLimitOption = Annotated[float, typer.Option(min=0.1, help="Time limit of each plan [s].")]

REPORT = "report.html"


def frontier(
    scenario: ScenarioArgument = None,
    x: Annotated[
        str, typer.Option(help="KPI on the horizontal axis, such as cost_usd_per_eflop.")
    ] = "cost_usd_per_eflop",
    y: Annotated[str, typer.Option(help="KPI on the vertical axis.")] = "emissions_g_per_eflop",
    points: Annotated[int, typer.Option(min=2, help="Levels of x, including both ends.")] = 12,
    out: Annotated[Path | None, typer.Option(help="Output folder (default: out/NAME-frontier).")] = None,
    solver: SolverOption = "highs",
    time_limit: TimeLimitOption = 60.0,
    gap: GapOption = 1e-4,
    files_from: FilesFromOption = None,
    report: Annotated[bool, typer.Option("--report", help="Also write report.html.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compute the exact trade-off between two KPIs. Writes a table, a chart and every plan."""
    from siting import frontier as trade_off

    read = read_scenario(scenario, files_from)
    folder = out or Path("out") / f"{read.name}-frontier"
    with results_in(folder, "frontier", read, [scenario]) as new:
        with progress_bar(f"frontier of {read.name}") as progress:
            front = trade_off(
                read, x, y, points, time_limit_s=time_limit, gap=gap, solver=solver, progress=progress, partial=True
            )
        files = _write_frontier(front, new)
        if report and len(front) > 1:
            from siting.show.report.many_plans import write_frontier

            files.append(write_frontier(front, new / REPORT).name)
    if as_json:
        whole = {"settled": front.settled, "interrupted": front.interrupted, "folder": str(folder)}
        print_json({"points": front.table.to_dict("records")} | whole)
    else:
        from siting.show.text.frontier_text import frontier_sentences
        from siting.show.text.site_text import counted

        for sentence in frontier_sentences(front):
            say(sentence)
        print_table(_points_in_words(front), f"{read.name}: {counted(len(front), 'non-dominated plan')}")
        if report and len(front) < 2:
            say("No report is written: the frontier is a single plan, which `siting plan` reports.")
        say(f"Written to {folder}: {', '.join(files)}")
    if front.interrupted:
        raise typer.Exit(EXIT_INTERRUPTED)
    proven = not front.unsolved and (front.table["status"] == "optimal").all()
    raise typer.Exit(0 if proven else EXIT_UNPROVEN)


def _points_in_words(front: "Frontier") -> "DataFrame":
    """Return the points of a frontier with their numbers, labels and names of sites."""
    from siting.kpis import field
    from siting.show.text.frontier_text import named_steps
    from siting.show.text.proof_text import gap_in_words

    table = named_steps(front)
    written = {k: [field(k).write(v) for v in table[k]] for k in front.kpis}
    bound = [field(front.kpis[1]).write(v) for v in table["bound"]]
    table = table.assign(**written, bound=bound, gap=[gap_in_words(g) for g in table["gap"]])
    table.insert(0, "point", range(1, len(table) + 1))
    return table.rename(columns={k: field(k).heading() for k in front.kpis} | {"n_sites": "sites"})


def _write_frontier(front: "Frontier", folder: Path) -> list[str]:
    """Write table, chart and plans."""
    from siting.plan.files import write_csv
    from siting.show.figures.frontier_chart import save_frontier

    save_frontier(front, folder / "frontier.png")
    write_csv(front.table, folder / "frontier.csv")
    for i, plan in enumerate(front):
        plan.save(folder / "plans" / f"{i + 1:02d}")
    return ["frontier.csv", "frontier.png", "plans/"]


def compare(
    plans: Annotated[list[Path], typer.Argument(help="Folders that `siting plan` or `siting frontier` wrote.")],
    report: Annotated[bool, typer.Option("--report", help="Write report.html into the folder --out.")] = False,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("out/compare"),
    files_from: FilesFromOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare plans: KPIs, sites and limits of each."""
    from siting import compare as compare_plans

    if len(plans) < 2:
        raise ScenarioError(f"{len(plans)} plan to compare: give the folders of two or more")
    side = compare_plans([load_plan(p, files_from) for p in plans], _called(plans))
    written = None
    if report:
        from siting.show.report.many_plans import write_comparison

        into = results_in(out, "comparison", files=[p / "plan.json" for p in plans])
        with into as new, waiting("writing the report"):
            write_comparison(side, new / REPORT)
        written = out / REPORT
    if as_json:
        tables = {"kpis": side.kpis, "sites": side.sites, "limits": side.limits, "differences": side.differences}
        plain = {k: records(t.reset_index()) for k, t in tables.items()}
        print_json(plain | {"summary": str(side), "report": None if written is None else str(written)})
        return
    say(str(side), lines=True)
    print_comparison(side)
    if written is not None:
        say(f"Written to {written}")


def _called(plans: Sequence[Path]) -> list[str]:
    """Return the names of the folders, with as much of their paths as makes them differ."""
    parts = [p.resolve().parts for p in plans]
    for deep in range(1, max(map(len, parts)) + 1):
        names = ["/".join(p[-deep:]) for p in parts]
        if len(set(names)) == len(names):
            return names
    raise ScenarioError("a folder is given twice: give each plan once")


def print_comparison(side: "Comparison") -> None:
    """Print in what the scenarios differ, and the KPIs of each plan."""
    import pandas as pd

    from siting.kpis import field
    from siting.show.text.proof_text import gap_in_words

    names = list(side.names)
    if len(different := side.in_words):
        print_table(different.reset_index(names=""), "Differences of the scenarios")
    else:
        say("All plans have the same scenario.")
    rows = [
        {"": field(str(kpi)).label}
        | {n: gap_in_words(row[n]) if kpi == "gap" else field(str(kpi)).write(row[n]) for n in names}
        | {"unit": row["unit"]}
        for kpi, row in side.kpis.iterrows()
    ]
    print_table(pd.DataFrame(rows, columns=["", *names, "unit"]), f"{len(names)} plans")


def sweep(
    scenario: ScenarioArgument = None,
    vary: Annotated[
        list[str], typer.Option(help="PATH=VALUE,VALUE,... such as demand.it_mw=100,300; repeatable.")
    ] = [],  # noqa: B006  (typer reads the default)
    out: Annotated[Path | None, typer.Option(help="Folder of the results (default: out/NAME-sweep).")] = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a dask scheduler, tcp://host:8786.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Local processes (default: one per core).")] = None,
    solver: SolverOption = "highs",
    time_limit: TimeLimitOption = 60.0,
    gap: GapOption = 1e-4,
    files_from: FilesFromOption = None,
    as_json: JsonOption = False,
) -> None:
    """Solve every combination of the values. A second call resumes where the first stopped."""
    from siting import site_heat
    from siting import sweep as run_all
    from siting.show.report.sweep_page import write_sweep

    read = read_scenario(scenario, files_from)
    folder = out or Path("out") / f"{read.name}-sweep"
    if not vary:
        raise ScenarioError("nothing varies: give --vary PATH=VALUE,VALUE, such as --vary demand.it_mw=100,300")
    values = dict(_varied(text) for text in vary)
    if len(values) < len(vary):
        raise ScenarioError("a path of --vary is given twice: give its values once, separated by commas")
    with progress_bar(f"sweep of {read.name}") as progress:
        found = run_all(
            read,
            values,
            scheduler=scheduler,
            store=folder,
            workers=workers,
            time_limit_s=time_limit,
            gap=gap,
            solver=solver,
            progress=progress,
        )
        names = _names_of_sites(read, values)
        heat = site_heat(found) if found.table["objective"].notna().any() else None
        files = write_sweep(found, read.name, names, heat)
    _print_sweep(found, names, files, as_json=as_json)
    raise typer.Exit(0 if found.table["status"].isin(["optimal", "infeasible"]).all() else EXIT_UNPROVEN)


def _varied(text: str) -> tuple[str, list[Any]]:
    """Read one --vary: values are TOML where they parse, otherwise text."""
    path, sign, values = text.partition("=")
    if not sign or not values:
        raise ScenarioError(f"--vary {text}: give PATH=VALUE,VALUE, such as demand.it_mw=100,300")
    try:
        return path.strip(), list(toml_table(f"values = [{values}]", f"--vary {path}", DataError)["values"])
    except DataError:
        return path.strip(), [toml_or_text(v.strip()) for v in values.split(",")]


def toml_or_text(text: str) -> Any:
    """Return a value as TOML has it, otherwise the text itself."""
    try:
        return toml_table(f"value = {text}", "value", DataError)["value"]
    except DataError:
        return text


def _names_of_sites(scenario: "Scenario", values: dict[str, list[Any]]) -> dict[str, str]:
    """Return the names of all candidates of a sweep by id; of a set that cannot be read none, as its runs say why."""
    from siting.errors import SitingError
    from siting.scenario.named_places import candidates_of
    from siting.study.runs.scenario_paths import with_values

    names: dict[str, str] = {}
    for which in values.get("candidates.set", [scenario.candidates.set]):
        with contextlib.suppress(SitingError):
            places = candidates_of(with_values(scenario, {"candidates.set": which}))
            names |= dict(zip(map(str, places["id"]), map(str, places["name"]), strict=True))
    return names


def _print_sweep(found: "Sweep", names: dict[str, str], files: Sequence[str], *, as_json: bool) -> None:
    from siting.show.text.sweep_text import runs_in_words, sweep_sentences

    counts = found.table["status"].value_counts().to_dict()
    if as_json:
        rows = records(found.table)
        print_json(
            {"runs": rows, "ran": found.ran, "found": found.found, "store": str(found.folder), "files": list(files)}
        )
        return
    for sentence in sweep_sentences(found, names):
        say(sentence)
    runs = runs_in_words(found, names)
    print_table(
        runs.drop(columns=[c for c in runs.columns if "/year]" in str(c)]), f"{len(found)} runs in {found.folder}"
    )
    for text in found.table["error"].dropna().unique()[:5]:
        say(f"  failed: {text}", lines=True)
    by_status = ", ".join(f"{n} {status}" for status, n in counts.items())
    say(
        f"{by_status}; {found.ran} run now, {found.found} found in the store. Results: {found.folder} (siting.read_sweep)"
    )
    say(f"Written to {found.folder}: {', '.join(files)}")
    if found.earlier is not None:
        say(f"Input files have changed since the earlier runs, whose rows are kept in {found.earlier}.")
