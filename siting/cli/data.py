"""Commands on the shipped data: facts of a place, published training runs, and the tables."""

import contextlib
import json
import tomllib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.cli.common import EXIT_BAD_INPUT, JsonOption, console, say
from siting.cli.progress import waiting
from siting.errors import listed

if TYPE_CHECKING:
    from pandas import DataFrame

app = typer.Typer(no_args_is_help=True, help="Inspect and verify the shipped data tables.")


def place(
    where: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME | LON LAT",
            help="Name of a shipped site (with its state or country where several have it: Abilene TX), or longitude and latitude.",
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Show all data on a place. Each line has its source, year and quality."""
    from siting.show.text.terminal import frame_table
    from siting.world import place_facts

    numbers = []
    with contextlib.suppress(ValueError):
        numbers = [float(text) for text in where]
    with waiting("looking up " + " ".join(where)):
        facts = place_facts.place(*numbers) if len(numbers) == 2 else place_facts.place_named(" ".join(where))
    if as_json:
        say(facts.to_json(orient="records"))
    else:
        console().print(frame_table(facts, facts["value"].iloc[0]))


def runs(as_json: JsonOption = False) -> None:
    """Recompute published training runs. Prints ours beside the published numbers."""
    from siting import published_runs
    from siting.show.text import terminal
    from siting.study.training_runs import search_sentence

    with waiting("recomputing the runs"):
        table = published_runs()
    if as_json:
        say(table.to_json(orient="records"))
        return
    out = console()
    for part in terminal.runs_tables(table):
        out.print(part)
    out.print(search_sentence(table))


@app.command("list")
def list_tables(as_json: JsonOption = False) -> None:
    """List the tables with source, year, licence and quality."""
    import pandas as pd

    from siting.show.text.terminal import frame_table
    from siting.world.policy import tax_rate_only
    from siting.world.tables import resources

    table = pd.DataFrame([r.provenance() for r in resources().values()])
    if as_json:
        say(table.to_json(orient="records"))
        return
    out = console()
    out.print(frame_table(table, "Tables"))
    rate_only = list(tax_rate_only().values())
    out.print(
        f"Policy packs: {rate_only.count(False)} with a programme, duty, stop or price; "
        f"{rate_only.count(True)} with tax rates only.",
    )


@app.command("show")
def show(
    table: Annotated[str, typer.Argument(help="Name of a table, as `siting data list` prints it.")],
    rows: Annotated[int, typer.Option(min=1, help="Rows to print.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show one table: its fields with units and ranges, and its first rows."""
    import pandas as pd

    from siting.show.text.terminal import frame_table
    from siting.world.tables import check_hash, read_geo, read_table, resource

    described = resource(table)
    check_hash(described)
    kind, source = described.path.suffix, described.provenance()["source"]
    if kind == ".toml":
        text = described.path.read_text(encoding="utf-8")
        say(json.dumps(tomllib.loads(text), default=str) if as_json else text, lines=True)
        return
    if kind == ".npz":
        frame = _arrays(table)
    else:
        frame = pd.DataFrame(read_geo(table).drop(columns="geometry")) if kind == ".geojson" else read_table(table)
    if as_json:
        say(frame.to_json(orient="records"))
        return
    out, title = console(), f"{table}: {described.descriptor.get('title', '')}"
    if kind == ".npz":
        out.print(frame_table(frame, title))
        say(f"source: {source}")
        return
    fields = [
        {"field": f["name"], "unit": f.get("unit", ""), "meaning": f.get("description", ""), "range": _range(f)}
        for f in described.fields
    ]
    out.print(frame_table(pd.DataFrame(fields), title))
    say(frame.head(rows).to_string(index=False), lines=True)
    out.print(f"{len(frame)} rows; source: {source}")


def _arrays(table: str) -> "DataFrame":
    """Return one row an array: shape, type, unit, meaning, allowed range, and the range of its values."""
    import pandas as pd

    from siting.world.tables import read_arrays, resource

    values = read_arrays(table)
    rows = []
    for described in resource(table).descriptor["arrays"]:
        array = values[described["name"]]
        numeric = array.dtype.kind in "iuf" and array.size > 0
        rows.append(
            {
                "array": described["name"],
                "shape": " x ".join(map(str, array.shape)),
                "type": str(array.dtype),
                "unit": described["unit"],
                "meaning": described["description"],
                "range": _range(described),
                "least": float(array.min()) if numeric else None,
                "most": float(array.max()) if numeric else None,
            }
        )
    return pd.DataFrame(rows)


def _range(field: dict[str, Any]) -> str:
    """Return the range that a descriptor allows."""
    rules = field.get("constraints", {})
    ends = [f"{rules[k]:g}" if k in rules else "" for k in ("minimum", "maximum")]
    return " to ".join(ends) if any(ends) else ", ".join(map(str, rules.get("enum", [])))


@app.command("verify")
def verify() -> None:
    """Check every file against its checksum (sha256) and its descriptor, and list values that are due for a new look."""
    from siting.world.policy import entries_due, pack_table
    from siting.world.tables import facts_due, resources, verify_all

    with waiting("checking every file"):
        faults = verify_all()
    for _, fault in faults:
        say(fault, err=True)
    if faults:
        raise typer.Exit(EXIT_BAD_INPUT)
    say(f"All {len(resources())} files passed: checksums, fields, units, ranges.")
    due = facts_due(_today())
    if len(due):
        say(f"{len(due)} values are older than their check_after date:")
    for fact in due.to_dict("records"):
        value = " ".join(str(fact[name]) for name in ("expected", "unit") if isinstance(fact[name], str))
        row = ", ".join(str(fact[name]) for name in ("table", "key", "field"))
        say(f"{row}: {value} (check_after {fact['check_after']}; {fact['source']})")
    rules: dict[str, list[tuple[date, str]]] = {}
    for after, pack, entry in entries_due(_today()):
        rules.setdefault(pack_table(pack.id) or pack.id, []).append((after, entry.id))
    if rules:
        say(f"{sum(map(len, rules.values()))} policy entries are older than a year or their check_after date:")
    for table, entries in sorted(rules.items()):
        ids = listed([name for _, name in entries])
        say(f"{table}: {ids} (check_after {entries[0][0]} for the oldest)")


def _today() -> date:
    """Return the day of the computer's clock."""
    return datetime.now(tz=UTC).date()
