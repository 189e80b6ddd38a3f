"""The command line: thin words over the same functions that a notebook calls."""

import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.cli import studies
from siting.cli.progress import waiting
from siting.errors import DataError, InfeasibleError, ScenarioError, SitingError, UnprovenError

if TYPE_CHECKING:
    from pandas import DataFrame
    from rich.console import Console
    from rich.table import Table

    from siting.plan.plan import Plan
    from siting.scenario.scenario import Scenario
    from siting.study.todays_pattern import Today

HELP = """Where should AI-training compute be built?

Chooses places, sizes, cooling and service areas with the least emissions per unit of compute, and proves it.
Begin with `siting plan`: it solves the shipped baseline and writes a map and tables to out/baseline.
"""
app = typer.Typer(
    no_args_is_help=True, add_completion=True, rich_markup_mode=None, pretty_exceptions_enable=False, help=HELP
)
data_app = typer.Typer(no_args_is_help=True, help="What the tables hold, and whether they are whole.")
app.add_typer(data_app, name="data")

EXIT_INFEASIBLE, EXIT_BAD_INPUT, EXIT_UNPROVEN = 1, 2, 3
PIPED_WIDTH = 170
"""Columns of a table when the output is no terminal [characters]."""

ScenarioArgument = Annotated[Path | None, typer.Argument(help="Scenario file; the shipped baseline if none is given.")]
FilesFromOption = Annotated[
    list[Path] | None,
    typer.Option(help="Another folder whose files the scenario may name; give it again for more."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print machine-readable results.")]


@app.command()
def plan(
    scenario: ScenarioArgument = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the plan's files; out/NAME if none is given.")] = None,
    solver: Annotated[str, typer.Option(help="highs, cbc, scip or any solver PuLP knows.")] = "highs",
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for all solves together.")] = 60.0,
    gap: Annotated[float, typer.Option(min=0.0, max=1.0, help="Relative gap that counts as proven.")] = 1e-4,
    files_from: FilesFromOption = None,
    report: Annotated[bool, typer.Option(help="Write report.html, a page to explore and to print.")] = True,
    open_report: Annotated[bool, typer.Option("--open", help="Open report.html in the browser.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Choose the sites, prove it, write the files and print the plan."""
    from siting import prepare, solve

    if open_report and not report:
        raise ScenarioError("--open shows report.html, which --no-report does not write: leave one of them out")
    with waiting("reading the question") as now:
        question = _read(scenario, files_from)
        folder = _folder(out or Path("out") / question.name)
        now(f"{question.name}: preparing the numbers")
        try:
            problem = prepare(question)
        except InfeasibleError as error:
            if as_json:
                typer.echo(json.dumps({"status": "infeasible", "message": str(error)}))
            raise
        now(f"{question.name}: solving {len(problem.sites):,} sites, at most {time_limit:g} s")
        answer = solve(problem, time_limit_s=time_limit, gap=gap, solver=solver)
        beside = _write_plan(answer, folder, now, report=report)
    _tell_plan(answer, beside, folder, as_json=as_json)
    if open_report:
        _open(folder / "report.html")
    codes = {"optimal": 0, "feasible": EXIT_UNPROVEN, "infeasible": EXIT_INFEASIBLE}
    raise typer.Exit(codes.get(answer.status, EXIT_UNPROVEN))


def _write_plan(answer: "Plan", folder: Path, now: Callable[[str], None], *, report: bool) -> "Today | None":
    """Check the plan, write its files and pictures, and return what serving next door would give beside it."""
    from siting import today

    for drawn in ("map.png", "report.html"):
        (folder / drawn).unlink(missing_ok=True)
    answer.save(folder)
    beside = None
    if answer.kpis:
        from siting.show.figures.maps import save_map

        now(f"{answer.name}: checking every limit again")
        answer.verify()
        now(f"{answer.name}: drawing the map")
        save_map(answer, folder / "map.png")
        question = answer.scenario
        beside = today(question) if question.demand.hubs == "cloud_regions" else None
    if report:
        now(f"{answer.name}: writing the report")
        answer.report(folder / "report.html", today=beside)
    return beside


def _open(page: Path) -> None:
    """Open a page in the planner's browser, and say so where there is none."""
    import webbrowser

    if not webbrowser.open(page.resolve().as_uri()):
        typer.echo(f"No browser could be opened here: open {page} in one.", err=True)


def _folder(path: Path) -> Path:
    """Make the folder before the work is done, so that it is not done in vain."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"cannot write the plan to {path} ({error.strerror}): choose another folder with --out"
        ) from error
    return path


def _tell_plan(answer: "Plan", beside: "Today | None", folder: Path, *, as_json: bool) -> None:
    from siting.show.text import site_text, terminal

    if as_json:
        proof = {"status": answer.status, "objective": answer.objective, "bound": answer.bound, "gap": answer.gap}
        today_kpis = (
            None
            if beside is None
            else {
                "emissions_g_per_eflop": beside.emissions_g_per_eflop,
                "cost_usd_per_eflop": beside.cost_usd_per_eflop,
            }
        )
        typer.echo(
            json.dumps(
                proof
                | {
                    "kpis": dict(answer.kpis),
                    "sites": list(answer.sites["id"]),
                    "binding": json.loads(answer.binding.to_json(orient="records")),
                    "today": today_kpis,
                    "folder": str(folder),
                }
            )
        )
        return
    console = _console()
    if answer.kpis:
        table = terminal.sites_table(answer)
        fits = not console.is_terminal or _width(table, console) <= console.width
        console.print(table if fits else terminal.sites_table(answer, narrow=True))
    console.print(terminal.proof_sentence(answer), highlight=False)
    if answer.kpis:
        for sentence in site_text.site_sentences(answer):
            console.print(sentence, highlight=False)
        console.print(terminal.interval_sentence(answer), highlight=False)
    for sentence in [
        *terminal.policy_sentences(answer.policy.to_numpy()),
        *(terminal.market_sentences(answer) if answer.kpis else []),
    ]:
        console.print(sentence, highlight=False)
    for sentence in terminal.today_sentences(answer, beside) if beside else []:
        console.print(sentence, highlight=False)
    for sentence in terminal.binding_sentences(answer) if answer.kpis else []:
        console.print(sentence, highlight=False, soft_wrap=True)
    for sentence in terminal.excluded_sentences(answer.excluded):
        console.print(sentence, highlight=False)
    if len(answer.unknowns):
        console.print(terminal.unknowns_sentence(answer.unknowns), highlight=False)
    files = sorted(p.name for p in folder.iterdir())
    console.print(f"Written to {folder}: {', '.join(files)}", highlight=False, soft_wrap=True)


@app.command()
def check(scenario: ScenarioArgument = None, files_from: FilesFromOption = None, as_json: JsonOption = False) -> None:
    """Validate and size a scenario without solving. Shows every limit with its defaults."""
    from siting import prepare
    from siting.problem.parts import Incentives
    from siting.show.text import terminal

    with waiting("preparing the numbers"):
        question = _read(scenario, files_from)
        problem = prepare(question)
    sizes = {
        "sites": len(problem.sites),
        "options": len(problem.options),
        "hubs": len(problem.hubs),
        "arcs": len(problem.arcs),
        "claims": len(problem.part(Incentives).offers),
        "demand_mw": float(problem.demand_mw.sum()),
    }
    if as_json:
        typer.echo(
            json.dumps(
                sizes
                | {
                    "scenario": question.model_dump(mode="json", exclude_none=True),
                    "excluded": problem.excluded.to_dict("records"),
                }
            )
        )
        return
    console = _console()
    console.print(
        f"Scenario `{question.name}` is valid: " + ", ".join(f"{v:,.0f} {k}" for k, v in sizes.items()), highlight=False
    )
    for limit in question.limits:
        values = {k: "off" if v is False or v is None else v for k, v in limit.model_dump(exclude={"kind"}).items()}
        console.print(
            f"  limit {limit.name}: " + ", ".join(f"{k} = {v}" for k, v in values.items()),
            highlight=False,
            soft_wrap=True,
        )
    for sentence in terminal.policy_sentences(question.policy.switched(question.file)):
        console.print(f"  policy {sentence}", highlight=False, soft_wrap=True)
    for sentence in terminal.excluded_sentences(problem.excluded):
        console.print(sentence, highlight=False)
    if len(problem.unknowns):
        console.print(
            terminal.frame_table(_unknown_counts(problem.unknowns), "What is not known, and what is done without it")
        )


@app.command()
def diagnose(
    scenario: ScenarioArgument = None,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for all solves together.")] = 60.0,
    files_from: FilesFromOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why no plan exists, and the cheapest way to one."""
    from siting import diagnose as diagnosed

    with waiting(f"looking for what clashes, at most {time_limit:g} s"):
        found = diagnosed(_read(scenario, files_from), time_limit_s=time_limit)
    if as_json:
        told = {"status": found.status, "cause": found.cause, "reasons": found.reasons, "fixes": found.fixes}
        tables = {"conflict": found.conflict.to_dict("records"), "repairs": found.repairs.to_dict("records")}
        typer.echo(json.dumps(told | tables))
    else:
        typer.echo(str(found))
    raise typer.Exit({"feasible": 0, "infeasible": EXIT_INFEASIBLE}.get(found.status, EXIT_UNPROVEN))


def _unknown_counts(unknowns: Any) -> Any:
    grouped = unknowns.groupby(["limit", "unknown"])["site"]
    return grouped.agg(sites="count", examples=lambda s: ", ".join(list(s)[:4])).reset_index()


@app.command(context_settings={"ignore_unknown_options": True})
def place(
    where: Annotated[
        list[str], typer.Argument(metavar="NAME | LON LAT", help="A shipped site's name, or longitude and latitude.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Show everything known of a place. Each line has its source, year and quality."""
    from siting.show.text import terminal
    from siting.world import place_facts

    numbers = [_number(w) for w in where]
    with waiting("looking up " + " ".join(where)):
        if len(where) == 2 and None not in numbers:
            facts = place_facts.place(float(where[0]), float(where[1]))
        else:
            facts = place_facts.place_named(" ".join(where))
    if as_json:
        typer.echo(facts.to_json(orient="records"))
    else:
        _console().print(terminal.frame_table(facts, facts["value"].iloc[0]))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@app.command(name="map")
def map_(
    folder: Annotated[Path, typer.Argument(help="Folder that `siting plan` wrote.")],
    view: Annotated[
        str,
        typer.Option(
            help="world, pacific, americas, arctic, antarctic, zone:ID or bbox:WEST,SOUTH,EAST,NORTH; "
            "of the candidates: layers, layer:COLUMN or regret."
        ),
    ] = "world",
    out: Annotated[Path | None, typer.Option(help="File ending in .png, .svg or .pdf.")] = None,
) -> None:
    """Draw a plan again, from another view or into another format."""
    from siting import Plan
    from siting.show.figures.layer_maps import save_candidates_map
    from siting.show.figures.maps import save_map

    path = out or folder / f"map-{view.replace(':', '-').replace(',', '_')}.png"
    of_candidates = view in ("layers", "regret") or view.startswith("layer:")
    with waiting(f"drawing {view}"):
        (save_candidates_map if of_candidates else save_map)(Plan.load(folder), path, view)
    typer.echo(f"Written: {path}")


@app.command()
def runs(as_json: JsonOption = False) -> None:
    """Compute published training runs again. Prints ours beside what their sources print."""
    from siting import published_runs
    from siting.show.text import terminal
    from siting.study.training_runs import search_sentence

    with waiting("computing the runs again"):
        table = published_runs()
    if as_json:
        typer.echo(table.to_json(orient="records"))
        return
    console = _console()
    for part in terminal.runs_tables(table):
        console.print(part)
    console.print(search_sentence(table), highlight=False)


@data_app.command("list")
def data_list(as_json: JsonOption = False) -> None:
    """List the tables with source, year, licence and quality."""
    import pandas as pd

    from siting.show.text import terminal
    from siting.world.policy import tax_rate_only
    from siting.world.tables import resources

    table = pd.DataFrame([r.provenance() for r in resources().values()])
    if as_json:
        typer.echo(table.to_json(orient="records"))
        return
    _console().print(terminal.frame_table(table, "Tables"))
    rate_only = list(tax_rate_only().values())
    _console().print(
        f"Policy packs: {rate_only.count(False)} with a programme, duty, stop or price; "
        f"{rate_only.count(True)} with a corporate tax rate only.",
        highlight=False,
    )


@data_app.command("show")
def data_show(table: str, rows: Annotated[int, typer.Option(min=1)] = 20, as_json: JsonOption = False) -> None:
    """Show one table: its fields with units and ranges, and its first rows."""
    import pandas as pd

    from siting.show.text import terminal
    from siting.world.tables import check_hash, read_geo, read_table, resource

    described = resource(table)
    check_hash(described)
    if described.path.suffix == ".npz":
        arrays = _arrays(table)
        title = f"{table}: {described.descriptor['title']}"
        typer.echo(arrays.to_json(orient="records")) if as_json else _console().print(
            terminal.frame_table(arrays, title)
        )
        if not as_json:
            _console().print(f"source: {described.provenance()['source']}", highlight=False, soft_wrap=True)
        return
    if described.path.suffix == ".toml":
        text = described.path.read_text(encoding="utf-8")
        typer.echo(json.dumps(tomllib.loads(text), default=str) if as_json else text)
        return
    frame = (
        pd.DataFrame(read_geo(table).drop(columns="geometry"))
        if described.path.suffix == ".geojson"
        else read_table(table)
    )
    if as_json:
        typer.echo(frame.to_json(orient="records"))
        return
    console = _console()
    fields = pd.DataFrame(
        [
            {"field": f["name"], "unit": f.get("unit", ""), "meaning": f.get("description", ""), **_range(f)}
            for f in described.fields
        ]
    )
    console.print(terminal.frame_table(fields, f"{table}: {described.descriptor.get('title', '')}"))
    console.print(frame.head(rows).to_string(index=False), highlight=False, soft_wrap=True)
    console.print(f"{len(frame)} rows; source: {described.provenance()['source']}", highlight=False)


def _arrays(table: str) -> "DataFrame":
    """Return one row an array: shape, type, unit, meaning, stated range, and the values' own ends."""
    import pandas as pd

    from siting.world.tables import read_arrays, resource

    values = read_arrays(table)
    rows = []
    for said in resource(table).descriptor["arrays"]:
        array = values[said["name"]]
        numeric = array.dtype.kind in "iuf" and array.size > 0
        ends = {"least": float(array.min()), "most": float(array.max())} if numeric else {"least": None, "most": None}
        shape = " x ".join(str(n) for n in array.shape)
        told = {"array": said["name"], "shape": shape, "type": str(array.dtype), "unit": said["unit"]}
        rows.append(told | {"meaning": said["description"]} | _range(said) | ends)
    return pd.DataFrame(rows)


def _range(field: dict[str, Any]) -> dict[str, str]:
    rules = field.get("constraints", {})
    ends = [f"{rules[k]:g}" if k in rules else "" for k in ("minimum", "maximum")]
    return {"range": " to ".join(ends) if any(ends) else ", ".join(map(str, rules.get("enum", [])))}


@data_app.command("verify")
def data_verify() -> None:
    """Check every file against its sha256 and its descriptor."""
    from siting.world.tables import resources, verify_all

    with waiting("checking every file"):
        faults = verify_all()
    for _, fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(EXIT_BAD_INPUT)
    typer.echo(f"All {len(resources())} files are whole: hashes, fields, units and ranges hold.")


app.command()(studies.compare)
app.command()(studies.frontier)
app.command()(studies.sweep)


def _read(path: Path | None, files_from: list[Path] | None = None) -> "Scenario":
    from siting import Scenario
    from siting.world.tables import data_dir

    shipped = data_dir() / "scenarios" / "baseline.toml"
    beside = data_dir().parent / "scenarios" / "baseline.toml"
    return Scenario.read(path or (shipped if shipped.is_file() else beside), files_from=files_from or ())


def _width(table: "Table", console: "Console") -> int:
    """Return how wide a table is where nothing in it is cut [characters]."""
    from rich.measure import Measurement

    return Measurement.get(console, console.options.update(max_width=10_000), table).maximum


def _console() -> "Console":
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)


def main() -> None:
    """Run the command line; an error is one message on stderr and an exit code."""
    try:
        app()
    except InfeasibleError as error:
        typer.echo(f"infeasible: {error}", err=True)
        if "diagnose" not in sys.argv[1:2]:
            typer.echo("`siting diagnose` with the same scenario says what clashes, and what would mend it.", err=True)
        sys.exit(EXIT_INFEASIBLE)
    except UnprovenError as error:
        typer.echo(f"unproven: {error}", err=True)
        sys.exit(EXIT_UNPROVEN)
    except SitingError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(EXIT_BAD_INPUT)


if __name__ == "__main__":
    main()
