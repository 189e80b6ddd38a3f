"""The package has its rooms, each of a size that a newcomer can survey, no circle of imports, and a bound on its code."""

import ast
import io
import tokenize
from collections import defaultdict
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "siting"
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = [
    "cli",
    "locate/kernel",
    "limits",
    "objectives",
    "physics/air",
    "physics/carbon",
    "physics/cooling",
    "physics/money",
    "plan",
    "problem/ledger",
    "problem/markets",
    "scenario",
    "show/cartography",
    "show/figures",
    "show/report",
    "show/text",
    "solver/analysis",
    "solver/decomposition",
    "solver/results",
    "study/board",
    "study/runs",
    "study/uncertainty",
    "verify",
    "world/climate",
    "world/grid",
    "world/latency",
    "world/policy",
    "world/user_files",
]
TOP_MODULES = {"__init__", "errors", "highs", "kpis", "progress_bar", "units"}
GONE = ("core", "bench", "model")

MOST_MODULES, MOST_LINES, MOST_CODE_LINES = 12, 500, 33_000
ONE_FILE_EACH = {"limits", "objectives"}
"""Folders that grow by one file for each limit or objective, and are read one file at a time."""

SAME_NAME = {
    "contracts": "the fields of a scenario, and the part that they become",
    "export_control": "the limit, and the rules that it reads",
    "files": "how a plan is stored, and where a scenario finds the files that it names",
    "interchange": "the same heuristic for facilities without and with capacities",
    "jurisdictions": "the limit, and the table that it reads",
    "plan": "the command, and its result",
    "search": "the same search for facilities without and with capacities",
    "shipped": "the shipped tables of climate, and those of policy",
    "sites": "the objective, and the places that it counts",
    "subgradient": "the same method for facilities without and with capacities",
    "water": "the limit and the objective, both named as in a scenario file",
}
"""Module names of two folders that do the same job for two things, and which."""


def code_lines(source: str) -> int:
    """Count the lines that hold code: no comment, no docstring, no blank."""
    held: set[int] = set()
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in skipped:
            held.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            held.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(held)


@pytest.mark.parametrize("name", ROOMS)
def test_every_room_of_the_architecture_is_there(name: str) -> None:
    assert (PACKAGE / name / "__init__.py").is_file()


def test_the_top_folder_has_the_shared_modules_and_rooms_only() -> None:
    assert {p.stem for p in PACKAGE.glob("*.py")} == TOP_MODULES
    assert [name for name in GONE if (PACKAGE / name).exists()] == []


def test_no_folder_has_more_modules_than_a_reader_can_survey() -> None:
    folders: dict[str, int] = defaultdict(int)
    for path in MODULES:
        folders[path.parent.relative_to(PACKAGE).as_posix()] += path.stem != "__init__"
    assert {f: n for f, n in folders.items() if n > MOST_MODULES and f not in ONE_FILE_EACH} == {}


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {p.relative_to(ROOT).as_posix(): len(p.read_text(encoding="utf-8").splitlines()) for p in MODULES}
    assert {name: n for name, n in lengths.items() if n > MOST_LINES} == {}


def test_no_two_modules_of_different_folders_share_a_name_without_a_reason() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for path in MODULES:
        if path.stem != "__init__":
            places[path.stem].add(path.parent.relative_to(PACKAGE).as_posix())
    shared = {name: sorted(folders) for name, folders in places.items() if len(folders) > 1}
    assert {name: folders for name, folders in shared.items() if name not in SAME_NAME} == {}
    assert set(SAME_NAME) <= set(shared), "drop the reasons that are not needed"


def test_the_package_keeps_its_bound_on_lines_of_code() -> None:
    total = sum(code_lines(p.read_text(encoding="utf-8")) for p in MODULES)
    assert total <= MOST_CODE_LINES, f"{total} lines of code"


def test_modules_import_each_other_in_no_circle_at_run_time() -> None:
    """Imports for type checkers, and those inside functions (facade methods), are not counted."""
    graph = grimp.build_graph("siting", exclude_type_checking_imports=True, cache_dir=None)
    for path in MODULES:
        for name in local_imports(path):
            importer = module_name(path)
            for imported in [m for m in graph.modules if m == name or m.rpartition(".")[0] == name]:
                if graph.direct_import_exists(importer=importer, imported=imported):
                    graph.remove_import(importer=importer, imported=imported)
    assert circles({m: graph.find_modules_directly_imported_by(m) for m in graph.modules}) == []


def module_name(path: Path) -> str:
    """Return the dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def local_imports(path: Path) -> set[str]:
    """Return the modules that are imported inside functions only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)}
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found[id(node) in inside].add(node.module)
    return found[True] - found[False]


def circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """Return groups of modules that import each other, by removing again and again what imports nothing that is left."""
    left = {name: set(others) & set(imports) for name, others in imports.items()}
    while free := {name for name, others in left.items() if not others}:
        left = {name: others - free for name, others in left.items() if name not in free}
    while unused := set(left) - set().union(*left.values()) if left else set():
        left = {name: others for name, others in left.items() if name not in unused}
    return [sorted(left)] if left else []


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c"]]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('"""Doc."""\n\nX = 1  # one\n# two\n"""About\nX."""\n', 1),
        ('def f():\n    """Doc."""\n    return """a\n    b"""\n', 3),
        ("X = (\n    1,\n\n    2,\n)\n", 4),
    ],
)
def test_lines_of_code_are_those_that_do_something(source: str, lines: int) -> None:
    assert code_lines(source) == lines
