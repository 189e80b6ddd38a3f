"""Write docs/methods.md: the formulas of siting/physics, as their docstrings tell them."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import griffe

ROOT = Path(__file__).parents[2]
ORDER = (
    "psychrometrics",
    "outside_air",
    "cooling",
    "cooling_designs",
    "cooling_plant",
    "cooling_parameters",
    "covariance",
    "carbon",
    "market",
    "compute",
    "indicators",
    "finance",
    "geodesy",
    "waterfall",
)
"""Order of the sections; modules that are not named follow by name."""

NUMERIC = re.compile(r"ArrayLike|FloatArray|Floats|NDArray\[np\.float|\bfloat\b|\bint\b")
EQUATION = re.compile(r"``([^`]*[-+*/=<>][^`]*)``")
UNIT = re.compile(r"\[[^\]]+[\]\[]")
DEFINITION = re.compile(r"\bdefinition\b|\bdefined\b|\bby definition\b", re.IGNORECASE)

Parsed = dict[str, list[griffe.DocstringSection]]


def modules() -> list[griffe.Module]:
    """Return the modules of siting/physics in the order of the page."""
    package = griffe.load("siting.physics", search_paths=[ROOT], docstring_parser="numpy")
    found = [m for m in package.modules.values() if m.docstring]
    rank = {name: i for i, name in enumerate(ORDER)}
    return sorted(found, key=lambda m: (rank.get(m.name, len(rank)), m.name))


def functions(module: griffe.Module) -> list[griffe.Function]:
    """Return the public functions that a module defines itself, in the order of its source."""
    own = [f for name, f in module.members.items() if not name.startswith("_") and not f.is_alias and f.is_function]
    return sorted((f for f in own if isinstance(f, griffe.Function)), key=lambda f: f.lineno or 0)


def classes(module: griffe.Module) -> list[griffe.Class]:
    """Return the public classes that a module defines itself, in the order of its source."""
    own = [c for name, c in module.members.items() if not name.startswith("_") and not c.is_alias and c.is_class]
    return sorted((c for c in own if isinstance(c, griffe.Class)), key=lambda c: c.lineno or 0)


def sections(thing: griffe.Object) -> Parsed:
    """Return the sections of a docstring by kind; those numpydoc has and griffe has not, by their title."""
    told: Parsed = {}
    for section in thing.docstring.parsed if thing.docstring else []:
        title = section.value.kind if section.kind is griffe.DocstringSectionKind.admonition else section.kind.value
        told.setdefault(title, []).append(section)
    return told


def text(told: Parsed) -> str:
    """Return the running text of a docstring."""
    return "\n\n".join(s.value.strip() for s in told.get("text", []))


def references(told: Parsed) -> str:
    """Return the references of a docstring, empty if it has none."""
    return " ".join(s.value.contents.strip() for s in told.get("references", []))


def equations(told: Parsed) -> list[str]:
    """Return the formulas of a docstring: double backticks with an operator in them."""
    return EQUATION.findall(text(told))


def faults(function: griffe.Function) -> list[str]:
    """Return what a function's docstring lacks of a methods section."""
    told = sections(function)
    cited = bool(references(told)) or bool(re.search(r"\[\d+\]_", text(told)))
    defined = bool(DEFINITION.search(text(told)))
    found = [] if equations(told) or cited or defined else ["an equation"]
    found += [] if cited or defined else ["references"]
    found += [] if "examples" in told else ["examples"]
    explained = {
        n.strip(): p.description for s in told.get("parameters", []) for p in s.value for n in p.name.split(",")
    }
    for parameter in function.parameters:
        if NUMERIC.search(str(parameter.annotation or "")) and not UNIT.search(explained.get(parameter.name, "")):
            found.append(f"a unit of `{parameter.name}`")
    return found


def page() -> str:
    """Return the whole page.

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
        "`data/build/docs_methods.py` (`make docs-methods`); do not edit by hand.",
        "",
    ]
    for module in found:
        head.append(f"- [{module.name}](#{module.name}): {_sentence(text(sections(module)))}")
        head += [f"  - [{f.name}](#{module.name}{f.name})" for f in functions(module)]
    body = [line for module in found for line in ("", *_module(module))]
    return "\n".join([*head, *body]).rstrip() + "\n"


def _sentence(told: str) -> str:
    return " ".join(told.split("\n\n", maxsplit=1)[0].split())


def _module(module: griffe.Module) -> Iterator[str]:
    told = sections(module)
    yield from (f"## {module.name}", "", _prose(text(told)), "")
    if cited := references(told):
        yield from ("References:", "", *_references(cited), "")
    for one in classes(module):
        yield from _class(one)
    for function in functions(module):
        yield from _function(module.name, function)


def _class(one: griffe.Class) -> Iterator[str]:
    told = sections(one)
    yield from (f"### class `{one.name}`", "", _prose(text(told)), "")
    yield from _table("field", [s for kind in ("parameters", "attributes") for s in told.get(kind, [])])
    named = [p for name, p in one.members.items() if not name.startswith("_") and "property" in p.labels]
    said = [f"- `{p.name}`: {_sentence(text(sections(p)))}" for p in named if isinstance(p, griffe.Object)]
    yield from ([*said, ""] if said else [])


def _function(module: str, function: griffe.Function) -> Iterator[str]:
    told = sections(function)
    yield from (f'<a id="{module}{function.name}"></a>', "", f"### `{function.name}`", "", _prose(text(told)), "")
    yield from _table("parameter", told.get("parameters", []))
    for kind, word in (("returns", "Returns"), ("raises", "Refuses")):
        said = [" ".join(item.description.split()) for s in told.get(kind, []) for item in s.value]
        yield from ([f"{word}: {' '.join(said)}", ""] if said else [])
    if cited := references(told):
        yield from (f"Reference: {' '.join(cited.split())}", "")


def _table(word: str, told: Sequence[griffe.DocstringSection]) -> Iterator[str]:
    rows = [(item.name, " ".join(item.description.split())) for s in told for item in s.value]
    if rows:
        yield from (f"| {word} | meaning, [unit], range |", "|---|---|")
        yield from (f"| `{name}` | {meaning.replace('|', '\\|')} |" for name, meaning in rows)
        yield ""


def _prose(told: str) -> str:
    """Return running text as Markdown: a formula of its own lines stays one, a paragraph becomes a line."""
    blocks = [b if b.lstrip().startswith(("*", "-")) else " ".join(b.split()) for b in told.split("\n\n")]
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
