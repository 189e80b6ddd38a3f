"""Write docs/methods.md: the formulas of siting/physics, from their docstrings."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import griffe

ROOT = Path(__file__).parents[2]
ORDER = (
    "air.psychrometrics",
    "air.outside_air",
    "cooling.performance",
    "cooling.balances",
    "cooling.plant",
    "cooling.power_chain",
    "cooling.parameters",
    "carbon.covariance",
    "carbon.footprint",
    "carbon.market_based",
    "compute",
    "carbon.indicators",
    "money.finance",
    "geodesy",
    "carbon.ratio_waterfall",
)
"""Order of the sections; modules that are not listed follow by name."""

NUMERIC = re.compile(r"ArrayLike|FloatArray|Floats|NDArray\[np\.float|\bfloat\b|\bint\b")
EQUATION = re.compile(r"``([^`]*[-+*/=<>][^`]*)``")
UNIT = re.compile(r"\[[^\]]+[\]\[]")
DEFINITION = re.compile(r"\bdefinition\b|\bdefined\b|\bby definition\b", re.IGNORECASE)

Parsed = dict[str, list[griffe.DocstringSection]]


def modules() -> list[griffe.Module]:
    """Return the modules of siting/physics and of its subpackages in the order of the page."""
    package = griffe.load("siting.physics", search_paths=[ROOT], docstring_parser="numpy")
    rank = {name: i for i, name in enumerate(ORDER)}
    return sorted(_leaves(package), key=lambda m: (rank.get(name_of(m), len(rank)), name_of(m)))


def _leaves(package: griffe.Module) -> Iterator[griffe.Module]:
    for module in package.modules.values():
        if module.is_alias:  # a name of the API for a module that is read where it lives
            continue
        if module.is_package or module.is_subpackage:
            yield from _leaves(module)
        elif module.docstring:
            yield module


def name_of(module: griffe.Module) -> str:
    """Return the dotted name of a module below siting.physics, such as `cooling.plant`."""
    return module.canonical_path.removeprefix("siting.physics.")


def anchor(module: griffe.Module, function: griffe.Function | None = None) -> str:
    """Return the identifier of a section, as Markdown derives it from a headline: without dots."""
    return name_of(module).replace(".", "") + (function.name if function else "")


def functions(module: griffe.Module) -> list[griffe.Function]:
    """Return the public functions that a module defines itself, in the order of its source."""
    own = [f for name, f in module.members.items() if not name.startswith("_") and not f.is_alias and f.is_function]
    return sorted((f for f in own if isinstance(f, griffe.Function)), key=lambda f: f.lineno or 0)


def classes(module: griffe.Module) -> list[griffe.Class]:
    """Return the public classes that a module defines itself, in the order of its source."""
    own = [c for name, c in module.members.items() if not name.startswith("_") and not c.is_alias and c.is_class]
    return sorted((c for c in own if isinstance(c, griffe.Class)), key=lambda c: c.lineno or 0)


def sections(thing: griffe.Object) -> Parsed:
    """Return the sections of a docstring by kind; sections that griffe does not parse, by their title."""
    found: Parsed = {}
    for section in thing.docstring.parsed if thing.docstring else []:
        title = section.value.kind if section.kind is griffe.DocstringSectionKind.admonition else section.kind.value
        found.setdefault(title, []).append(section)
    return found


def text(parsed: Parsed) -> str:
    """Return the running text of a docstring."""
    return "\n\n".join(s.value.strip() for s in parsed.get("text", []))


def references(parsed: Parsed) -> str:
    """Return the references of a docstring, empty if it has none."""
    return " ".join(s.value.contents.strip() for s in parsed.get("references", []))


def equations(parsed: Parsed) -> list[str]:
    """Return the formulas of a docstring: double backticks with an operator in them."""
    return EQUATION.findall(text(parsed))


def faults(function: griffe.Function) -> list[str]:
    """Return what a function's docstring lacks of a methods section."""
    parsed = sections(function)
    cited = bool(references(parsed)) or bool(re.search(r"\[\d+\]_", text(parsed)))
    defined = bool(DEFINITION.search(text(parsed)))
    found = [] if equations(parsed) or cited or defined else ["an equation"]
    found += [] if cited or defined else ["references"]
    found += [] if "examples" in parsed else ["examples"]
    explained = {
        n.strip(): p.description for s in parsed.get("parameters", []) for p in s.value for n in p.name.split(",")
    }
    for parameter in function.parameters:
        if NUMERIC.search(str(parameter.annotation or "")) and not UNIT.search(explained.get(parameter.name, "")):
            found.append(f"a unit of `{parameter.name}`")
    return found


def page() -> str:
    """Return the page.

    Returns
    -------
    str
        Markdown.
    """
    found = modules()
    head = [
        "# Methods",
        "",
        "The formulas of `siting/physics`, as the docstrings of the code state them. Written by "
        "`data/build/docs_methods.py` at `make docs`.",
        "",
    ]
    for module in found:
        head.append(f"- [{name_of(module)}](#{anchor(module)}): {_sentence(text(sections(module)))}")
        head += [f"  - [{f.name}](#{anchor(module, f)})" for f in functions(module)]
    body = [line for module in found for line in ("", *_module(module))]
    return "\n".join([*head, *body]).rstrip() + "\n"


def _sentence(parsed: str) -> str:
    return " ".join(parsed.split("\n\n", maxsplit=1)[0].split())


def _module(module: griffe.Module) -> Iterator[str]:
    parsed = sections(module)
    yield from (f"## {name_of(module)}", "", _prose(text(parsed)), "")
    if cited := references(parsed):
        yield from ("References:", "", *_references(cited), "")
    for one in classes(module):
        yield from _class(one)
    for function in functions(module):
        yield from _function(module, function)


def _class(one: griffe.Class) -> Iterator[str]:
    parsed = sections(one)
    yield from (f"### class `{one.name}`", "", _prose(text(parsed)), "")
    yield from _table("field", [s for kind in ("parameters", "attributes") for s in parsed.get(kind, [])])
    named = [p for name, p in one.members.items() if not name.startswith("_") and "property" in p.labels]
    lines = [f"- `{p.name}`: {_sentence(text(sections(p)))}" for p in named if isinstance(p, griffe.Object)]
    yield from ([*lines, ""] if lines else [])


def _function(module: griffe.Module, function: griffe.Function) -> Iterator[str]:
    parsed = sections(function)
    yield from (f'<a id="{anchor(module, function)}"></a>', "", f"### `{function.name}`", "", _prose(text(parsed)), "")
    yield from _table("parameter", parsed.get("parameters", []))
    for kind, word in (("returns", "Returns"), ("raises", "Raises")):
        lines = [" ".join(item.description.split()) for s in parsed.get(kind, []) for item in s.value]
        yield from ([f"{word}: {' '.join(lines)}", ""] if lines else [])
    if cited := references(parsed):
        yield from (f"Reference: {' '.join(cited.split())}", "")


def _table(word: str, parsed: Sequence[griffe.DocstringSection]) -> Iterator[str]:
    rows = [(item.name, " ".join(item.description.split())) for s in parsed for item in s.value]
    if rows:
        yield from (f"| {word} | meaning, [unit], range |", "|---|---|")
        yield from (f"| `{name}` | {meaning.replace('|', '\\|')} |" for name, meaning in rows)
        yield ""


def _prose(parsed: str) -> str:
    """Return running text as Markdown: a list keeps its lines, a paragraph becomes one line."""
    blocks = [b if b.lstrip().startswith(("*", "-")) else " ".join(b.split()) for b in parsed.split("\n\n")]
    return "\n\n".join(re.sub(r"``([^`]+)``", r"`\1`", b) for b in blocks)


def _references(cited: str) -> list[str]:
    """Return a list of references, numbered ones as they are numbered."""
    parts = re.split(r"\.\. (\[\d+\]) ", cited)
    numbered = [f"{n} {' '.join(p.split())}" for n, p in zip(parts[1::2], parts[2::2], strict=True)]
    plain = " ".join(parts[0].split())
    return [f"- {r}" for r in ([plain] if plain else []) + numbered]


def main() -> None:
    """Write the page."""
    target = ROOT / "docs" / "methods.md"
    target.write_text(page(), encoding="utf-8", newline="")
    print(f"{target.relative_to(ROOT)}, {len(modules())} modules")


if __name__ == "__main__":
    main()
