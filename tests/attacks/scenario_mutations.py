"""Scenario files with one change: what cannot be meant has to be refused, and nothing may end in a traceback."""

import copy
import datetime as dt
import math
import random
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tomlkit

from attacks.outcome import Outcome, fault_of, run

SHIPPED = Path(__file__).parents[2] / "scenarios"
FREE_TEXT = {"name", "reason", "notes", "title", "description"}
DEEP = 3000
LONG_TEXT = 100_000
LONG_INTEGER_DIGITS = 5000
GARBAGE = "\x00\x1b[31m\u202e\ufeff=[]{}\"'#,.\n9eE-"

type Tree = dict[str, Any]
type Path_ = tuple[str | int, ...]


def leaves(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Yield every value of a tree that holds no others, with its path."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path, value
    else:
        for key, inner in items:
            yield from leaves(inner, (*path, key))


def replaced(tree: Tree, path: Path_, value: Any) -> Tree:
    """Return a copy of a tree with another value at a path."""
    changed = copy.deepcopy(tree)
    node: Any = changed
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return changed


def is_number(value: Any) -> bool:
    """Return whether a value is a number that is no truth."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def pick(rng: random.Random, tree: Tree, wanted: Callable[[Path_, Any], bool]) -> tuple[Path_, Any]:
    """Return one of the leaves that are wanted."""
    return rng.choice([(p, v) for p, v in leaves(tree) if wanted(p, v)])


def other_type(rng: random.Random, tree: Tree) -> Tree:
    """Give a value of another type."""
    path, value = pick(rng, tree, lambda *_: True)
    others: list[Any] = [[[]], [{"a": 1}], dt.date(2026, 1, 1), {"a": {"b": 1}}]
    if isinstance(value, str):
        others += [7, 7.5, True]
    elif isinstance(value, dt.date):  # its text, and another day, are dates too
        others = [7, 7.5, True, "seven", [value, value]]
    else:
        others += ["seven", str(value), [value, value]]
    return replaced(tree, path, rng.choice(others))


def not_finite(rng: random.Random, tree: Tree) -> Tree:
    """Put nan or an infinite number in the place of a number."""
    path, _ = pick(rng, tree, lambda _, v: is_number(v))
    return replaced(tree, path, rng.choice([math.nan, math.inf, -math.inf]))


def unknown_key(rng: random.Random, tree: Tree) -> Tree:
    """Add a key that no table has, among them names that Python itself uses."""
    tables: list[Path_] = [()] + [p[:-1] for p, _ in leaves(tree) if isinstance(p[-1], str) and len(p) > 1]
    tables = [t for t in tables if t[-1:] not in {("shares",), ("halls",), ("by_jurisdiction",)}]
    key = rng.choice(["self", "cls", "__class__", "model_config", "max_", "kindd", "Name", "sélf", "", "a.b", "0"])
    return replaced(tree, (*rng.choice(tables), key), rng.choice([1, "x", True, [1], {}]))


def misspelled(rng: random.Random, tree: Tree) -> Tree:
    """Change a letter of a name of four letters or more, which has to be one that a table knows."""
    path, value = pick(
        rng, tree, lambda p, v: isinstance(v, str) and len(v) > 3 and not FREE_TEXT & {str(step) for step in p}
    )
    at = rng.randrange(len(value))
    return replaced(tree, path, value[:at] + rng.choice("qxz") + value[at + 1 :] + "q")


def huge(rng: random.Random, tree: Tree) -> Tree:
    """Give a number that no quantity of this world has."""
    path, value = pick(rng, tree, lambda _, v: is_number(v))
    return replaced(tree, path, rng.choice([10**400, -(10**400), 1e300, -1e300, -abs(value) - 1e9]))


def slip_of_units(rng: random.Random, tree: Tree) -> Tree:
    """Multiply a number by a factor that a slip of units makes."""
    path, value = pick(rng, tree, lambda _, v: is_number(v))
    factor = rng.choice([1e-6, 1e-3, 0.01, 100, 1000, 1e6])
    return replaced(tree, path, value * factor)


def edge(rng: random.Random, tree: Tree) -> Tree:
    """Give zero, one, a negative or a tiny number."""
    path, _ = pick(rng, tree, lambda _, v: is_number(v))
    return replaced(tree, path, rng.choice([0, 1, -1, 0.0, -0.0, 1e-300, 5e-324, 0.5, 2]))


def odd_name(rng: random.Random, tree: Tree) -> Tree:
    """Write control characters, markup, mathematics or other scripts into a text."""
    path, value = pick(rng, tree, lambda _, v: isinstance(v, str))
    odd = rng.choice(
        ["\x1b[31m", "[/b]", "[link=x]", ":smile:", "$\\frac$", "\u202e", "名前", "\x07", "{0}", "%s", "\u0000"]
    )
    return replaced(tree, path, value + odd if rng.random() < 0.5 else odd)


def dropped(rng: random.Random, tree: Tree) -> Tree:
    """Leave out a key or an item."""
    changed = copy.deepcopy(tree)
    path, _ = pick(rng, tree, lambda *_: True)
    node: Any = changed
    for step in path[:-1]:
        node = node[step]
    del node[path[-1]]
    return changed


def doubled(rng: random.Random, tree: Tree) -> Tree:
    """State a limit twice, or list an item twice."""
    lists = {p[:i] for p, _ in leaves(tree) for i, step in enumerate(p) if isinstance(step, int)}
    if not lists:
        return tree
    path = rng.choice(sorted(lists, key=str))
    node: Any = tree
    for step in path:
        node = node[step]
    return replaced(tree, path, [*node, copy.deepcopy(rng.choice(node))])


def damaged(rng: random.Random, text: str) -> str:
    """Delete, double or insert a few characters anywhere in the text."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text) + 1)
        cut = at + rng.choice([0, 0, 1, 1, 5, 60])
        text = text[:at] + "".join(rng.choices(GARBAGE, k=rng.randint(0, 3))) + text[cut:]
    return text


def bomb(rng: random.Random, text: str) -> str:
    """Add what is too deep, too long or too many."""
    return text + rng.choice(
        [
            "\n[extra]\nx = " + "[" * DEEP + "]" * DEEP,
            "\nx" + ".x" * DEEP + " = 1",
            f"\n[extra]\nx = {'9' * LONG_INTEGER_DIGITS}",
            f"\n[extra]\nx = 0x{'f' * LONG_INTEGER_DIGITS}",
            f'\n[extra]\nx = "{"y" * LONG_TEXT}"',
            "\n" + '[[limits]]\nkind = "sitecount"\n' * 2000,
            "\n" + '[[limits]]\nkind = "excluded"\nsites = [' + '"a",' * 5000 + "]\n",
            '\n[[limits]]\nkind = "site_count"\nmax = 1e999\n',
        ]
    )


TREES: dict[str, tuple[Callable[[random.Random, Tree], Tree], bool]] = {
    "another type": (other_type, True),
    "nan or infinite": (not_finite, True),
    "an unknown key": (unknown_key, True),
    "a misspelled name": (misspelled, True),
    "a huge number": (huge, True),
    "a slip of units": (slip_of_units, False),
    "a number at the edge": (edge, False),
    "an odd name": (odd_name, False),
    "a key left out": (dropped, False),
    "an item doubled": (doubled, False),
}
"""Changes of the values, and whether the result has to be refused."""
TEXTS: dict[str, tuple[Callable[[random.Random, str], str], bool]] = {
    "damaged text": (damaged, False),
    "a bomb": (bomb, True),
}
"""Changes of the text of a file, and whether the result has to be refused."""


def attempts(seed: int, n: int, folder: Path) -> Iterator[Outcome]:
    """Check `n` scenarios that were changed in one place."""
    rng = random.Random(seed)  # noqa: S311 (no secret: a seed that repeats)
    sources = [p.read_text(encoding="utf-8") for p in sorted(SHIPPED.glob("*.toml"))]
    kinds = [*TREES, *TEXTS]
    for i in range(n):
        kind, text = kinds[i % len(kinds)], rng.choice(sources)
        if kind in TREES:
            change, must_refuse = TREES[kind]
            text = tomlkit.dumps(change(rng, tomllib.loads(text)))
        else:
            alter, must_refuse = TEXTS[kind]
            text = alter(rng, text)
        path = folder / f"case-{seed}-{i}.toml"
        path.write_text(text, encoding="utf-8")
        ended = run(["check", path.name], folder)
        fault = fault_of(ended, must_refuse=must_refuse)
        yield Outcome(f"scenario: {kind}", path.name, fault)
        if fault is None:
            path.unlink()
