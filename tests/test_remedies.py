"""Every remedy that a message names exists: options, commands, extras, limits and keys are run or looked up."""

import ast
import functools
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

import siting
from siting import Limit, Scenario
from siting.cli.main import app, main

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "siting"


def texts_of_the_package() -> Iterator[tuple[str, str]]:
    """Yield every text of the package that is no docstring, with its module; gaps of f-strings are `{}`."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                docs |= {id(part) for part in node.values}
                parts = [str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values]
                yield path.name, "".join(parts)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                yield path.name, node.value


@functools.cache
def texts() -> tuple[tuple[str, str], ...]:
    """Return the texts, read once."""
    return tuple(texts_of_the_package())


def found(pattern: str) -> list[tuple[str, ...]]:
    """Return what a pattern finds in the texts, each once."""
    hits = (hit for _, text in texts() for hit in re.findall(pattern, text))
    return sorted({hit if isinstance(hit, tuple) else (hit,) for hit in hits})


def commands() -> dict[str, Any]:
    """Return every command by its words."""
    group = typer.main.get_command(app)
    top = dict(getattr(group, "commands", {}))
    return top | {f"data {name}": command for name, command in top["data"].commands.items()}


def options(command: Any) -> set[str]:
    """Return the options of a command."""
    return {word for parameter in command.params for word in (*parameter.opts, *parameter.secondary_opts)}


def test_every_option_that_a_text_names_exists_in_a_command() -> None:
    known = {option for command in commands().values() for option in options(command)} | {"--version", "--help"}
    named = {option for (option,) in found(r"(?<![\w-])(--[a-z][a-z-]+)")}
    assert "--files-from" in named
    assert named <= known


def test_every_command_that_reads_files_of_a_scenario_takes_files_from() -> None:
    reading = {"plan", "check", "diagnose", "map", "frontier", "sweep", "compare", "what-if", "incentives", "rank"}
    assert {name for name, command in commands().items() if "--files-from" in options(command)} == reading


def test_every_command_that_a_text_names_exists() -> None:
    named = {name for (name,) in found(r"`siting ((?:data )?[a-z]+)[ `]")}
    assert {"plan", "diagnose", "check"} <= named
    assert named <= set(commands())


def test_every_extra_that_a_text_names_exists() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = {name for (name,) in found(r"siting\[(\w+)\]")}
    assert {"study", "cluster"} <= named <= set(extras)


def test_every_key_of_a_scenario_that_a_text_names_exists() -> None:
    named = [(part, key) for part, key in found(r"`(\w+)\.([a-z_]+(?:\.[a-z_]+)*)`") if part in Scenario.model_fields]
    assert len(named) > 5
    assert [f"{part}.{key}" for part, key in named if not has(Scenario, [part, *key.split(".")])] == []


def has(kind: type[BaseModel], path: list[str]) -> bool:
    """Return whether a model has a field at a path; inside mappings and lists any name may stand."""
    field = kind.model_fields.get(path[0])
    if field is None:
        return False
    inner = [field.annotation, *getattr(field.annotation, "__args__", ())]
    models = [k for k in inner if isinstance(k, type) and issubclass(k, BaseModel)]
    return len(path) == 1 or not models or any(has(model, path[1:]) for model in models)


def test_every_limit_that_a_text_calls_a_limit_exists() -> None:
    named = {name for (name,) in found(r"limits? `([a-z_]+)`")}
    assert named <= set(Limit.registry)


def test_every_function_that_a_text_names_exists() -> None:
    named = {name for (name,) in found(r"`?siting\.([a-z_]+)[`(),]")} - {"study", "world", "cli"}
    assert {name for name in named if not hasattr(siting, name)} == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["frontier", "--points", "2", "--gap", "0.01"],
        ["sweep", "--workers", "1", "--gap", "0.01", "--vary", "demand.it_mw=60"],
        ["plan", "--no-report", "--gap", "0.01"],
        ["check"],
        ["diagnose"],
    ],
)
def test_files_from_works_where_the_message_names_it(
    words: list[str],
    small: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The first run names the remedy, the second uses it."""
    there = tmp_path_factory.mktemp("there")
    path = there / "q.toml"
    path.write_text(small.read_text().replace('"sites.csv"', f'"../{small.parent.name}/sites.csv"'))
    (there / "hubs.csv").write_bytes((small.parent / "hubs.csv").read_bytes())
    path.write_text(path.read_text().replace(f'"../{small.parent.name}/', f'"{small.parent.as_posix()}/'))
    monkeypatch.chdir(there)
    codes = []
    for more in ([], ["--files-from", str(small.parent)]):
        monkeypatch.setattr(sys, "argv", ["siting", words[0], str(path), *words[1:], *more])
        with pytest.raises(SystemExit) as end:
            main()
        codes.append((end.value.code, "--files-from FOLDER" in "".join(capsys.readouterr())))
    assert codes == [(2, True), (0, False)]
