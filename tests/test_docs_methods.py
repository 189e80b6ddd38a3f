"""The methods page covers every formula of the physics, each with equation, units, reference and example."""

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def builder() -> Iterator[ModuleType]:
    """Import the script that writes the page."""
    sys.path.insert(0, str(ROOT / "data" / "build"))
    try:
        yield importlib.import_module("docs_methods")
    finally:
        sys.path.remove(str(ROOT / "data" / "build"))


@pytest.fixture(scope="module")
def text(builder: ModuleType) -> str:
    """Return the page."""
    return str(builder.page())


def imports(path: Path) -> set[str]:
    """Return the dotted names that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def parsed(builder: ModuleType, tmp_path: Path, docstring: str) -> list[str]:
    """Return the faults of a function of two numbers that has a docstring."""
    griffe = importlib.import_module("griffe")
    (tmp_path / "formula.py").write_text(
        f'def f(a_m: float, b: ArrayLike, name: str) -> float:\n    """{docstring}"""\n', encoding="utf-8"
    )
    module = griffe.load("formula", search_paths=[tmp_path], docstring_parser="numpy")
    return list(builder.faults(module["f"]))


def test_every_module_and_public_function_of_the_physics_has_a_section(builder: ModuleType, text: str) -> None:
    physics = ROOT / "siting" / "physics"
    files = {".".join(p.relative_to(physics).with_suffix("").parts) for p in physics.rglob("*.py")}
    assert {builder.name_of(m) for m in builder.modules()} == {f for f in files if not f.endswith("__init__")}
    for module in builder.modules():
        section = text.split(f"\n## {builder.name_of(module)}\n")[1].split("\n## ", maxsplit=1)[0]
        for function in builder.functions(module):
            assert f"\n### `{function.name}`\n" in section
            assert f"](#{builder.anchor(module, function)})" in text


def test_the_page_carries_equations_units_and_references(text: str) -> None:
    section = text.split("\n### `standard_pressure_pa`\n")[1].split("\n### ", maxsplit=1)[0]
    assert "`p = 101325 (1 - 2.25577e-5 z)^5.2559`" in section
    assert "| `elevation_m` | Height above sea level [m], -500 to 9,000. |" in section
    assert "Reference: ASHRAE Handbook of Fundamentals (2017), chapter 1, equation 3." in section


def test_every_public_function_states_equation_units_reference_and_example(builder: ModuleType) -> None:
    found = {
        f"{module.name}.{function.name}": faults
        for module in builder.modules()
        for function in builder.functions(module)
        if (faults := builder.faults(function))
    }
    assert found == {}


def test_every_module_of_the_physics_is_imported_by_a_test_or_by_a_module_that_is(builder: ModuleType) -> None:
    tested = {n for p in (ROOT / "tests").glob("test_*.py") for n in imports(p)}
    files = {p: p.relative_to(ROOT).with_suffix("").parts for p in (ROOT / "siting" / "physics").rglob("*.py")}
    named = {".".join(parts).removesuffix(".__init__"): p for p, parts in files.items()}
    reached = tested & set(named)
    for _ in named:
        reached |= {n for module in tuple(reached) for n in imports(named[module])} & set(named)
    assert {m.canonical_path for m in builder.modules()} <= reached


def test_a_docstring_without_anything_lacks_all_of_it(builder: ModuleType, tmp_path: Path) -> None:
    found = parsed(builder, tmp_path, "Return a sum.")
    assert found == ["an equation", "references", "examples", "a unit of `a_m`", "a unit of `b`"]


def test_a_complete_docstring_lacks_nothing(builder: ModuleType, tmp_path: Path) -> None:
    complete = """Return a sum, ``a + b``.

    Parameters
    ----------
    a_m, b : float
        Lengths [m].
    name : str
        A word.

    References
    ----------
    Euclid, Elements I.

    Examples
    --------
    >>> 1 + 1
    2
    """
    assert parsed(builder, tmp_path, complete) == []
