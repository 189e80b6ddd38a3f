"""The command `what-if`: a saved plan, its scenario changed and solved again, side by side."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from siting.cli.common import (
    EXIT_INFEASIBLE,
    EXIT_UNPROVEN,
    FilesFromOption,
    GapOption,
    JsonOption,
    SolverOption,
    load_plan,
    print_json,
    print_table,
    records,
    results_in,
    say,
)
from siting.cli.progress import waiting
from siting.cli.studies import REPORT, print_comparison, toml_or_text
from siting.errors import ScenarioError, listed, nearest

if TYPE_CHECKING:
    from siting.scenario.limit import Limit
    from siting.scenario.scenario import Scenario
    from siting.study.compare import Comparison


def what_if(
    folder: Annotated[Path, typer.Argument(help="Folder that `siting plan` wrote.")],
    set_: Annotated[
        list[str],
        typer.Option("--set", help="KEY=VALUE such as demand.it_mw=300; KEY= removes the value; repeatable."),
    ] = [],  # noqa: B006  (typer reads the default)
    add: Annotated[
        list[str],
        typer.Option(help="LIMIT:ARGS to add, such as moratorium:NO or site_count:max=4; repeatable."),
    ] = [],  # noqa: B006
    without: Annotated[list[str], typer.Option(help="LIMIT to remove, such as budget; repeatable.")] = [],  # noqa: B006
    hold: Annotated[str | None, typer.Option(help="budget: keep the dollars of the plan's budget.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the changed plan and report.html.")] = None,
    solver: SolverOption = "highs",
    time_limit: Annotated[float, typer.Option(min=0.1, help="Time limit of all solves together [s].")] = 60.0,
    gap: GapOption = 1e-4,
    files_from: FilesFromOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change a plan's scenario, solve it and print what differs. Writes only with --out."""
    from siting import change
    from siting.study.changes.changed_plan import solved_from

    plan = load_plan(folder, files_from)
    if not (set_ or add or without or hold):
        raise ScenarioError("nothing changes: give --set KEY=VALUE, --add LIMIT:ARGS or --without LIMIT")
    values = dict(_value(text, plan.scenario) for text in set_)
    if len(values) < len(set_):
        raise ScenarioError("a key of --set is given twice: give it once")
    limits = [limit_of(text) for text in add]
    held: Literal["budget"] | None = "budget" if hold == "budget" else None
    if hold and held is None:
        raise ScenarioError(f"--hold {hold}: only `budget` can be held")
    changed = change(plan, values, add=limits, without=without, hold=held)
    into = contextlib.nullcontext() if out is None else results_in(out, "what-if", changed, [folder / "plan.json"])
    with into as new, waiting(f"solving {plan.name} with the changes, at most {time_limit:g} s"):
        side = solved_from(plan, changed, time_limit_s=time_limit, gap=gap, solver=solver)
        if side.plans[-1].kpis:
            side.plans[-1].verify()
        if new is not None:
            _write(side, new)
    _print(side, out, as_json=as_json)
    codes = {"optimal": 0, "infeasible": EXIT_INFEASIBLE}
    raise typer.Exit(codes.get(side.plans[-1].status, EXIT_UNPROVEN))


def _value(text: str, scenario: "Scenario") -> tuple[str, Any]:
    """Read one --set; text with commas is a list where the scenario has one."""
    from siting.study.runs.scenario_paths import value_at

    path, sign, value = (part.strip() for part in text.partition("="))
    if not sign:
        raise ScenarioError(f"--set {text}: give KEY=VALUE, such as demand.it_mw=300")
    if not value:
        return path, None
    now, given = value_at(scenario, path), toml_or_text(value)
    if isinstance(now, (tuple, list)) and not isinstance(given, list):
        return path, [toml_or_text(part.strip()) for part in value.split(",")]
    return path, given


def limit_of(text: str) -> dict[str, Any]:
    """Return a limit as a scenario file holds it, of LIMIT, LIMIT:VALUE,VALUE or LIMIT:KEY=VALUE,KEY=VALUE.

    Raises
    ------
    ScenarioError
        A limit or a field that does not exist, or values without a field where it is not clear which is meant.

    Examples
    --------
    >>> limit_of("moratorium:NO,SE"), limit_of("site_count:min=2,max=4")
    ({'kind': 'moratorium', 'jurisdictions': ['NO', 'SE']}, {'kind': 'site_count', 'min': 2, 'max': 4})
    """
    from siting import Limit

    kind, _, args = (part.strip() for part in text.partition(":"))
    kinds = Limit.kinds()
    if kind not in kinds:
        raise ScenarioError(
            f"--add {text}: there is not a limit `{kind}`{nearest(kind, kinds)} (known are {listed(kinds, most=40)})"
        )
    found: dict[str, list[str]] = {}
    key = ""
    for part in _split(args):
        name, sign, value = part.partition("=")
        if sign and name.strip().isidentifier():
            key = name.strip()
            found.setdefault(key, []).append(value.strip())
        else:
            found.setdefault(key or _meant(kinds[kind], text), []).append(part.strip())
    fields = kinds[kind].model_fields
    lists = {k for k, f in fields.items() if "tuple" in str(f.annotation)}
    return {"kind": kind} | {
        k: [toml_or_text(v) for v in values]
        if k in lists and not values[0].startswith("[")
        else toml_or_text(",".join(values))
        for k, values in found.items()
    }


def _split(text: str) -> list[str]:
    """Return the parts between commas that are outside brackets and quotes."""
    parts, depth, quoted = [""], 0, False
    for c in text:
        quoted ^= c == '"'
        depth += (c in "[{") - (c in "]}") if not quoted else 0
        if c == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += c
    return [p for p in parts if p.strip()]


def _meant(kind: "type[Limit]", text: str) -> str:
    """Return the field that a value without one is for: the required one, the one that names places, or the only one."""
    from siting.scenario.limit import NAMING_FIELDS

    fields = {k: f for k, f in kind.model_fields.items() if k != kind.kind_field}
    required = [k for k, f in fields.items() if f.is_required()]
    naming = [k for k in fields if k in NAMING_FIELDS][:1]
    for choice in (required, [] if required else naming, [] if required or naming else list(fields)):
        if len(choice) == 1:
            return choice[0]
    given = listed(f"{k}=" for k in fields) or "CLASS_ms="
    raise ScenarioError(f"--add {text}: name the field of each value, one of {given}")


def _write(side: "Comparison", folder: Path) -> None:
    """Write the changed plan, the sites that changed and the report."""
    from siting.plan.files import write_csv, write_plan
    from siting.show.report.many_plans import write_comparison
    from siting.study.changes.changed_plan import changed_sites

    write_plan(side.plans[-1], folder)
    write_csv(changed_sites(side), folder / "changed_sites.csv")
    write_comparison(side, folder / REPORT, title=f"{side.plans[0].name}: what if")


def _print(side: "Comparison", out: Path | None, *, as_json: bool) -> None:
    from siting.study.changes.changed_plan import changed_sites

    moved = changed_sites(side)
    if as_json:
        tables = {"kpis": side.kpis, "differences": side.differences}
        plain = {k: records(t.reset_index()) for k, t in tables.items()} | {"changed_sites": records(moved)}
        status = {n: p.status for n, p in zip(side.names, side.plans, strict=True)}
        print_json({"status": status, "summary": str(side), "folder": None if out is None else str(out)} | plain)
        return
    say(str(side), lines=True)
    print_comparison(side)
    if len(moved):
        power = {n: f"{n} [MW]" for n in (*side.names, "change")}
        shown = moved.assign(**{n: moved[n].map("{:,.1f}".format) for n in power}).rename(columns=power)
        print_table(shown, "Sites that changed")
    elif side.plans[-1].kpis:
        say("No site changed.")
    if side.plans[-1].status == "infeasible":
        say("The changed scenario has no plan. `siting.diagnose(siting.change(...))` finds the conflicting limits.")
    if out is not None:
        say(f"Written to {out}: {', '.join(sorted(p.name for p in out.glob('*')))}")
