"""Commands on one plan: solve a scenario, check it, diagnose it, draw it again."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    results_in,
    say,
    width_is_given,
)
from siting.cli.progress import waiting
from siting.cli.second_interrupt import EXIT_INTERRUPTED
from siting.errors import InfeasibleError, ScenarioError, SitingError, listed

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from siting.plan.plan import Plan
    from siting.problem.problem import Problem
    from siting.study.story import Story
    from siting.study.todays_pattern import Today

TimeLimitOption = Annotated[float, typer.Option(min=0.1, help="Time limit of all solves together [s].")]


def plan(
    scenario: ScenarioArgument = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the plan's files (default: out/NAME).")] = None,
    solver: SolverOption = "highs",
    time_limit: TimeLimitOption = 60.0,
    gap: GapOption = 1e-4,
    files_from: FilesFromOption = None,
    report: Annotated[bool, typer.Option(help="Write report.html, an interactive page that can be printed.")] = True,
    xlsx: Annotated[
        bool, typer.Option("--xlsx", help="Write plan.xlsx, a workbook of the plan (extra `xlsx`).")
    ] = False,
    rivals: Annotated[
        bool | None,
        typer.Option(help="Solve the cheapest and the nearest plan too, to compare; default: up to 60 candidates."),
    ] = None,
    open_report: Annotated[bool, typer.Option("--open", help="Open report.html in the browser.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Choose the sites, prove the plan optimal and write its files."""
    from siting import prepare, solve
    from siting.plan.files import copy_inputs
    from siting.problem.prepare import idle_filters
    from siting.study.ranking.scorecard import CHEAP_S, with_scorecard
    from siting.study.story import story_of, with_rivals

    if xlsx:
        from siting.show.report.workbook import require_xlsx

        require_xlsx()
    if open_report and not report:
        raise ScenarioError("--open shows report.html, which --no-report does not write: leave one of them out")
    with waiting("reading the scenario") as now:
        read = read_scenario(scenario, files_from)
        folder = out or Path("out") / read.name
        with results_in(folder, "plan", read, [scenario]) as new:
            copy_inputs(read, new)  # as they are read now: a file may be edited during the solve
            now(f"{read.name}: preparing the data")
            problem = prepare(read)
            now(f"{read.name}: solving {len(problem.sites):,} sites, at most {time_limit:g} s")
            solved = solve(problem, time_limit_s=time_limit, gap=gap, solver=solver)
            if solved.kpis:
                now(f"{read.name}: ranking {len(problem.sites):,} candidates")
                solved = with_scorecard(solved, problem, time_limit_s=min(time_limit, CHEAP_S))
            story = story_of(solved, prepared=problem)
            if solved.kpis and rivals is not False and (report or xlsx):
                now(f"{read.name}: solving the cheapest and the nearest plan")
                story = with_rivals(story, always=bool(rivals), time_limit_s=time_limit, gap=gap, solver=solver)
            _write_plan(story, new, now, report=report, xlsx=xlsx)
    _print_plan(story, folder, problem.notes, idle_filters(problem), as_json=as_json)
    if open_report:
        _open(folder / "report.html")
    codes = {"optimal": 0, "feasible": EXIT_UNPROVEN, "infeasible": EXIT_INFEASIBLE}
    raise typer.Exit(codes.get(solved.status, EXIT_UNPROVEN))


def _write_plan(story: "Story", folder: Path, now: Callable[[str], None], *, report: bool, xlsx: bool) -> None:
    """Verify the plan, and write its files and pictures."""
    from siting.plan.files import write_plan

    solved = story.plan
    write_plan(solved, folder)
    if solved.kpis:
        from siting.show.figures.maps import save_map

        now(f"{solved.name}: verifying every limit")
        solved.verify()
        now(f"{solved.name}: drawing the map")
        save_map(solved, folder / "map.png", ground=story.ground)
    if report:
        from siting.show.report.report import write_report

        now(f"{solved.name}: writing the report")
        write_report(story, folder / "report.html")
    if xlsx:
        from siting.show.report.workbook import write_workbook

        now(f"{solved.name}: writing the workbook")
        write_workbook(story, folder / "plan.xlsx")


def _open(page: Path) -> None:
    """Open a page in the browser, or print where it is if there is no browser."""
    import webbrowser

    if not webbrowser.open(page.resolve().as_uri()):
        say(f"No browser could be opened here: open {page} yourself.", err=True)


def _print_plan(story: "Story", folder: Path, notes: Sequence[str], idle: Sequence[str], *, as_json: bool) -> None:
    """Print the plan as tables and sentences, with what was assumed to read the planner's files, or as JSON."""
    from siting.show.text import terminal

    solved = story.plan
    if as_json:
        print_json(_as_values(solved, story.today, folder) | {"notes": list(notes)})
        return
    out = console()
    if solved.kpis:
        table = terminal.sites_table(solved)
        if not out.is_terminal and not width_is_given():
            out.width = max(out.width, _width(table, out))  # a name in one piece
        fits = _width(table, out) <= out.width
        out.print(table if fits else terminal.sites_table(solved, narrow=True))
    for sentence in (*terminal.summary(story), *terminal.idle_sentences(idle)):
        say(sentence)
    for note in notes:
        say(f"File {note}")
    files = sorted(p.name for p in folder.glob("*"))  # none if the next run has begun
    say(f"Written to {folder}: {', '.join(files)}")


def _as_values(solved: "Plan", beside: "Today | None", folder: Path) -> dict[str, Any]:
    """Return what `--json` prints of a plan."""
    kpis = ("emissions_g_per_eflop", "cost_usd_per_eflop")
    return {
        "status": solved.status,
        "objective": solved.objective,
        "bound": solved.bound,
        "gap": solved.gap,
        "kpis": dict(solved.kpis),
        "sites": list(solved.sites["id"]),
        "binding": records(solved.binding),
        "today": None if beside is None else {k: getattr(beside, k) for k in kpis},
        "folder": str(folder),
    }


def _width(table: "Table", out: "Console") -> int:
    """Return the width of a table in which no cell is cut [characters]."""
    from rich.measure import Measurement

    return Measurement.get(out, out.options.update(max_width=10_000), table).maximum


def check(scenario: ScenarioArgument = None, files_from: FilesFromOption = None, as_json: JsonOption = False) -> None:
    """Validate a scenario and print its size without solving. Shows every limit with its defaults. Reads a policy pack too."""
    from siting import prepare
    from siting.problem.prepare import idle_filters
    from siting.show.text import site_text, terminal
    from siting.study.story import names_of

    if scenario is not None and _is_pack(scenario):
        _check_pack(scenario, as_json=as_json)
        return
    with waiting("preparing the data"):
        read = read_scenario(scenario, files_from)
        problem = prepare(read)
        unmet = _never_met(problem)
        names = names_of(read)
    if as_json:
        plain = read.model_dump(mode="json", exclude_none=True)
        print_json(
            _sizes(problem)
            | {"scenario": plain, "excluded": problem.excluded.to_dict("records"), "notes": problem.notes}
            | {"idle_filters": idle_filters(problem), "infeasible": unmet}
        )
        return
    out = console()
    n = _sizes(problem)
    say(
        f"Scenario `{read.name}` is valid: {n['sites']:,} candidate sites, {n['options']:,} options (site and cooling "
        f"design), {n['hubs']:,} hubs, {n['arcs']:,} arcs, {n['claims']:,} incentive offers, "
        f"demand {n['demand_mw']:,.0f} MW"
    )
    for note in problem.notes:
        say(f"  file {note}")
    for sentence in site_text.export_off_sentences(read):
        say(sentence)
    for limit in read.acting_limits:
        say(f"  limit {limit.name}: {limit.as_toml()}{'on by default' if limit.by_default else ''}")
    for fault in unmet:
        say(f"INFEASIBLE {fault}")
    for sentence in terminal.idle_sentences(idle_filters(problem)):
        say(sentence)
    for sentence in terminal.unusual_sentences(read.unusual):
        say(sentence)
    for sentence in terminal.policy_sentences(read.policy.switched(read.file)):
        say(f"  policy {sentence}")
    for sentence in (
        *site_text.export_counts(read, problem.sites),
        *terminal.excluded_sentences(problem.excluded, names=names),
    ):
        out.print(sentence)
    if len(problem.unknowns):
        grouped = problem.unknowns.groupby(["limit", "unknown"])["site"]
        table = grouped.agg(
            sites="count", examples=lambda s: listed((names.get(x, x) for x in s), most=4)
        ).reset_index()
        out.print(terminal.frame_table(table, "Missing data and how it is handled"))


def _is_pack(path: Path) -> bool:
    """Return whether a file has the keys of a policy pack; one that cannot be read is left to the reader of scenarios."""
    from siting.scenario.files import is_pack
    from siting.world.user_files.guarded_files import read_toml

    try:
        return path.is_file() and is_pack(read_toml(path, str(path), advice=""))
    except SitingError:
        return False


def _check_pack(path: Path, *, as_json: bool) -> None:
    """Validate a policy pack, print what it holds and how a scenario uses it."""
    from siting.scenario.files import use_of_pack
    from siting.world.policy import read_pack
    from siting.world.policy.pack import KINDS
    from siting.world.user_files.guarded_files import read_text

    pack = read_pack(read_text(path, f"policy pack {path}", advice="give the path of a TOML file"), str(path))
    counts = {kind: n for kind in KINDS if (n := len(getattr(pack, kind)))}
    if as_json:
        print_json({"pack": pack.id, "title": pack.title, "jurisdictions": pack.jurisdictions, "entries": counts})
        return
    held = ", ".join(f"{kind.replace('_', ' ')} {n}" for kind, n in counts.items()) or "no entry"
    say(f"{path} is a policy pack, `{pack.id}` ({pack.title}), and valid: {held} for {', '.join(pack.jurisdictions)}.")
    say(f"To use it, {use_of_pack(path)}.")


def incentives(
    scenario: Annotated[
        Path | None,
        typer.Argument(help="Scenario file, or folder that `siting plan` wrote (default: the shipped baseline)."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file to write with every row.")] = None,
    solver: SolverOption = "highs",
    time_limit: TimeLimitOption = 60.0,
    gap: GapOption = 1e-4,
    files_from: FilesFromOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what every programme is worth at every candidate."""
    from siting import Plan, prepare, solve
    from siting import incentives as worth_of
    from siting.plan.files import write_csv
    from siting.show.text import incentive_text

    with waiting("reading the scenario") as now:
        loaded = Plan.load(scenario, files_from or ()) if scenario is not None and scenario.is_dir() else None
        read = read_scenario(scenario, files_from) if loaded is None else loaded.scenario
        problem = prepare(read)
        now(f"{read.name}: solving {len(problem.sites):,} sites, at most {time_limit:g} s")
        solved = loaded or solve(problem, time_limit_s=time_limit, gap=gap, solver=solver)
        table = worth_of(problem, solved)
    if out is not None:
        write_csv(table, out)
    if as_json:
        print_json({"status": solved.status, "incentives": records(table)})
    else:
        if (table["met"] != "not counted").any():
            console().print(incentive_text.incentive_table(table))
        for sentence in incentive_text.incentive_sentences(table):
            say(sentence)
        if out is not None:
            say(f"Written: {out}")
    codes = {"optimal": 0, "feasible": EXIT_UNPROVEN, "infeasible": EXIT_INFEASIBLE}
    raise typer.Exit(codes.get(solved.status, EXIT_UNPROVEN))


def _never_met(problem: "Problem") -> list[str]:
    """Return the limits that exclude every plan by themselves; rows that cannot be written are an error."""
    from siting.solver.solve import possible_rows

    try:
        possible_rows(problem)
    except InfeasibleError as error:
        return list(error.faults)
    return []


def _sizes(problem: "Problem") -> dict[str, Any]:
    from siting.problem.parts import Incentives

    return {
        "sites": len(problem.sites),
        "options": len(problem.options),
        "hubs": len(problem.hubs),
        "arcs": len(problem.arcs),
        "claims": len(problem.part(Incentives).offers),
        "demand_mw": float(problem.demand_mw.sum()),
    }


def diagnose(
    scenario: ScenarioArgument = None,
    time_limit: TimeLimitOption = 60.0,
    files_from: FilesFromOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain why no plan exists, and list the smallest fixes."""
    from siting import diagnose as find_conflict

    with waiting(f"looking for conflicting limits, at most {time_limit:g} s"):
        found = find_conflict(read_scenario(scenario, files_from), time_limit_s=time_limit, partial=True)
    if as_json:
        plain = {k: getattr(found, k) for k in ("status", "cause", "reasons", "fixes", "not_tried", "interrupted")}
        print_json(plain | {k: getattr(found, k).to_dict("records") for k in ("conflict", "repairs")})
    else:
        say(str(found), lines=True)
    if found.interrupted:
        raise typer.Exit(EXIT_INTERRUPTED)
    raise typer.Exit({"feasible": 0, "infeasible": EXIT_INFEASIBLE}.get(found.status, EXIT_UNPROVEN))


def draw_map(
    folder: Annotated[Path, typer.Argument(help="Folder that `siting plan` wrote.")],
    view: Annotated[
        str,
        typer.Option(
            help="fit (candidates and hubs), world, pacific, americas, arctic, antarctic, zone:ID or bbox:WEST,SOUTH,EAST,NORTH; "
            "of the candidates: layers, layer:COLUMN or regret."
        ),
    ] = "fit",
    out: Annotated[Path | None, typer.Option(help="File ending in .png, .svg or .pdf.")] = None,
    files_from: FilesFromOption = None,
) -> None:
    """Draw a saved plan in another view or format."""
    from siting import Plan
    from siting.show.figures.layer_maps import save_candidates_map
    from siting.show.figures.maps import save_map
    from siting.study.story import Story

    path = out or folder / f"map-{view.replace(':', '-').replace(',', '_')}.png"
    of_candidates = view in ("layers", "regret") or view.startswith("layer:")
    with waiting(f"drawing {view}"):
        loaded = Plan.load(folder, files_from or ())
        if of_candidates:
            save_candidates_map(Story(loaded), path, view)
        else:
            save_map(loaded, path, view)
    say(f"Written: {path}")
