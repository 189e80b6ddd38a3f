"""Every block of code in README, CONTRIBUTING and docs/ does what it says: it runs, is read, or is a known command."""

import ast
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import generated_pages
import pytest
import typer

import siting
from siting import Limit, Scenario
from siting.cli.main import app

ROOT = Path(__file__).parents[1]
MADE = {f"{name}.md" for name in generated_pages.SCRIPTS}
"""Pages that a build of the docs leaves behind: they are generated from code whose examples are doctests."""

PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    + [p for p in (ROOT / "docs").rglob("*.md") if p.name not in MADE and "generated" not in p.parts]
)
SLOW = {
    "README.md": "solves the baseline",
    "docs/quickstart.md": "solves a question and writes its report",
    "docs/planners_guide.md": "prepares the starter set",
}
"""Pages whose Python takes longer than a second or two: run by `make test-slow`."""

NOT_RUN = {"docs/studies.md": "starts workers on SLURM and Kubernetes, with packages that the page says are not ours"}
"""Pages whose Python needs what no test has: it is compiled, and its names are looked up."""

LANGUAGES = {"python", "toml", "sh", "csv", "text", "", "{eval-rst}", "{toctree}", "{figure}", "{include}"}
"""What a fence may be; another one would be code that nobody runs."""


class Block(NamedTuple):
    """A fenced block: where it begins, what it is, and its text."""

    line: int
    language: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, and its indented shell lines as one block each."""
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(
        r"^(?P<fence>```+)(?P<language>[^\n]*)\n(?P<text>.*?)^(?P=fence)$", text, re.MULTILINE | re.DOTALL
    ):
        yield Block(text.count("\n", 0, found.start()) + 1, found["language"].split(" ")[0], found["text"])
    for found in re.finditer(r"^    ((?:siting|make) [^\n]*)$", text, re.MULTILINE):
        yield Block(text.count("\n", 0, found.start()) + 1, "sh", found[1])


def of(language: str) -> list[tuple[Path, Block]]:
    """Return every block of a language with its page."""
    return [(page, block) for page in PAGES for block in blocks(page) if block.language == language]


def name_of(value: object) -> str | None:
    """Name a page or a block in the list of tests."""
    if isinstance(value, Path):
        return value.relative_to(ROOT).as_posix()
    return f"line {value.line}" if isinstance(value, Block) else None


def python_of(page: Path) -> str:
    """Return the Python of a page as one program whose line numbers are those of the page."""
    lines: list[str] = []
    for block in blocks(page):
        if block.language == "python":
            lines += [""] * (block.line - len(lines)) + block.text.splitlines()
    return "\n".join(lines)


def run(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the Python of a page from top to bottom, where its own files and the scenarios lie beside it."""
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    for block in blocks(page):
        if block.language == "csv":
            (folder / "places.csv").write_text(block.text, encoding="utf-8")
    monkeypatch.chdir(folder)
    exec(compile(python_of(page), str(page), "exec"), {"__name__": "__main__"})  # noqa: S102  (our own pages)


WITH_PYTHON = [page for page in PAGES if python_of(page)]


def test_the_collector_finds_what_is_there() -> None:
    assert {ROOT / "README.md", ROOT / "docs/quickstart.md", ROOT / "docs/planners_guide.md"} <= set(WITH_PYTHON)
    assert len(of("toml")) > 20
    assert len(of("sh")) > 8


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_block_is_of_a_language_that_nobody_tries(page: Path) -> None:
    assert {block.language for block in blocks(page)} <= LANGUAGES
    assert len(re.findall(r"^```", page.read_text(encoding="utf-8"), re.MULTILINE)) % 2 == 0


def test_pages_that_are_called_slow_or_not_run_have_python() -> None:
    assert {(ROOT / name) for name in SLOW | NOT_RUN} <= set(WITH_PYTHON)


@pytest.mark.parametrize("name", NOT_RUN)
def test_the_python_that_is_not_run_is_python_and_uses_names_that_there_are(name: str) -> None:
    found = [n for n in ast.walk(ast.parse(python_of(ROOT / name))) if isinstance(n, ast.Attribute)]
    used = {n.attr for n in found if isinstance(n.value, ast.Name) and n.value.id == "st"}
    assert used
    assert used <= set(siting.__all__)


@pytest.mark.parametrize("page", [p for p in WITH_PYTHON if name_of(p) not in SLOW | NOT_RUN], ids=name_of)
def test_the_python_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(page, tmp_path / "here", monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in WITH_PYTHON if name_of(p) in SLOW], ids=name_of)
def test_the_python_of_a_page_that_takes_long_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = dict(Limit.kinds())
    monkeypatch.setattr(Limit, "registry", registry)  # a page may define a limit of its own
    run(page, tmp_path / "here", monkeypatch)


@pytest.mark.parametrize(("page", "block"), of("toml"), ids=name_of)
def test_toml_is_a_question_or_a_part_of_one(page: Path, block: Block) -> None:
    classes = {
        "shares": {"batch": 0.7, "interactive": 0.3}
    }  # a fragment of limits is about the classes of the baseline
    Scenario(**{"name": "fragment", "demand": {"it_mw": 100} | classes, **tomllib.loads(block.text)})


def test_the_guide_shows_every_limit_that_a_scenario_may_ask_for() -> None:
    guide = [block for page, block in of("toml") if page.name == "planners_guide.md"]
    shown = {x["kind"] for block in guide for x in tomllib.loads(block.text).get("limits", [])}
    rooms = [getattr(siting.limits, n) for n in siting.limits.__all__]
    kinds = {str(room.model_fields["kind"].default) for room in rooms}
    assert len(kinds) > 20
    assert shown == kinds


def commands(block: Block) -> list[list[str]]:
    """Return the commands of a block as words, without their comments."""
    return [words for line in block.text.splitlines() if (words := shlex.split(line, comments=True))]


def refuse_unknown(words: list[str]) -> None:
    """Let the command line read the words of a `siting ...` line without doing anything; it raises on what it does not know."""
    group = typer.main.get_command(app)
    context = group.make_context("siting", list(words), resilient_parsing=not words)
    rest = [*context._protected_args, *context.args]
    while hasattr(group, "resolve_command") and rest:
        name, command, rest = group.resolve_command(context, rest)
        context = command.make_context(name, list(rest), parent=context)
        group, rest = command, ([*context._protected_args, *context.args] if hasattr(command, "commands") else [])


@pytest.mark.parametrize(("page", "block"), of("sh"), ids=name_of)
def test_shell_lines_are_commands_that_exist(page: Path, block: Block) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for words in commands(block):
        if words[0] == "make":
            assert {w for w in words[1:] if "=" not in w} <= targets
        elif words[0] == "siting":
            refuse_unknown(words[1:])
        else:
            assert words[0] in {"pip", "python"}, f"nobody tries `{words[0]}`"


@pytest.mark.parametrize("line", ["plna", "plan x.toml --opne", "map", "data shwo zones", "plan --gap much"])
def test_a_command_or_option_that_is_not_there_would_be_seen(line: str) -> None:
    with pytest.raises(Exception, match=r"(?i)no such|missing|invalid|not a valid|should be"):
        refuse_unknown(line.split())
