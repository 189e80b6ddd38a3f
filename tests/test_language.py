"""The package is written in plain technical English, with the field's terms: refused words and required ones.

`python tests/test_language.py [PATH...]` prints every refused word of the repository, or of these files and folders.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

sys.path.append(str(Path(__file__).parents[1] / "docs"))  # for a run as a script

import generated_pages
import pytest

ROOT = Path(__file__).parents[1]

REFUSED = {
    "anew": (r"\banew\b", "again, independently, recomputed"),
    "told": (r"\b(?:told|tells?|telling)\b", "reported, stated, listed, shown, returned"),
    "says": (r"\b(?:says?|said|saying)\b", "states, reports, names, returns, specifies"),
    "asked": (r"\bask(?:s|ed|ing)?\b", "requested, specified, required; a function takes, needs, calls"),
    "question": (r"\bquestions?\b", "problem, scenario, model"),
    "in hand": (r"\bin\s+hand\b", "incumbent, current, available"),
    "way out": (r"\bways?\s+out\b", "fix, remedy, suggestion"),
    "mend": (r"\bmend(?:s|ed|ing)?\b", "fix, repair, resolve"),
    "dear": (r"\bdear(?:er|est|ly)?\b", "expensive, costly"),
    "broken numbers": (r"\bbroken\s+(?:numbers?|values?|halls?|sites?|answers?|solutions?)\b", "fractional"),
    "whole numbers": (r"\bwhole\s+(?:numbers?|halls?|sites?|customers?)\b|\bhalls?\s+(?:is|are)\s+whole\b", "integer"),
    "stands": (r"\b(?:stands?|stood|standing)\b", "is, is given, is stored, is located, holds"),
    "is no": (r"(?<!there )(?<!there\n)\b(?:is|are|was|were)\s+no\s+(?!longer\b|more\b|better\b|worse\b)", "is not a"),
    "makes least": (r"\bma(?:kes?|de|king)\s+(?:\S+\s+){0,4}?least\b|\bleast\s+is\s+made\b", "minimise"),
}
"""Word: its pattern, whatever the case, and what to write instead."""

EXCEPTIONS: tuple[tuple[str, str, str], ...] = (
    ("notebooks/*", r"The question\.", "at the head of a notebook: what its reader wants to know"),
    ("*", r"(?:research|planner's) questions?", "what a person wants to know, not a problem that is solved"),
    ("*", r"(?:can|cannot|could) stand\b", "endure: a sense that a planner looks up"),
)
"""File pattern, the words around in which the refused one is right, and why."""

REQUIRED = (
    r"LP relaxation",
    r"incumbent",
    r"fractional",
    r"warm[- ]start",
    r"column(?:-and-row)? generation",
    r"cutting[- ]plane",
    r"valid inequalit(?:y|ies)",
    r"shadow price",
    r"reduced[- ]cost",
    r"branch[- ]and[- ]bound",
    r"infeasible",
)
"""What somebody who knows mixed-integer programming searches `siting/solver` for."""

GUIDES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md", "docs/api/*.md", "docs/notebooks/*.md")
MADE = {f"{name}.md" for name in generated_pages.SCRIPTS}
"""Generated pages: their text is checked where it is written."""


class Hit(NamedTuple):
    """One refused word: where it is, which, and the words around it."""

    path: str
    line: int
    word: str
    around: str

    def __str__(self) -> str:
        """Return one line that an editor can jump to."""
        return f"{self.path}:{self.line}: `{self.word}` ({REFUSED[self.word][1]}): ...{self.around}..."


class Text(NamedTuple):
    """A text that a reader meets, and the line on which it begins."""

    line: int
    text: str


def hits_of(path: str, texts: Iterator[Text]) -> Iterator[Hit]:
    """Yield the refused words of the texts of a file."""
    for line, text in texts:
        for word, (pattern, _) in REFUSED.items():
            for found in re.finditer(pattern, text, re.IGNORECASE):
                around = text[max(found.start() - 45, 0) : found.end() + 35]
                if not any(
                    fnmatch(path, where) and re.search(right, around, re.IGNORECASE) for where, right, _ in EXCEPTIONS
                ):
                    yield Hit(path, line + text.count("\n", 0, found.start()), word, " ".join(around.split()))


def python_texts(source: str) -> Iterator[Text]:
    """Yield every docstring of a public thing and every text in code; names of one word are no texts.

    Comments and docstrings of private functions are left to the reviewer.
    """
    tree = ast.parse(source)
    private = {id(constant) for constant in private_docstrings(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in private:
            text = node.value
            if " " in text.strip() or (text != text.strip() and text.strip()):
                # a text that is joined from several lines counts as one line: the first
                spans_lines = "\n" in text and text.count("\n") == (node.end_lineno or 0) - node.lineno
                yield Text(node.lineno, text if spans_lines else text.replace("\n", " "))


def private_docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield the docstrings of functions and classes whose name, or that of what holds them, begins with `_`."""

    def within(node: ast.AST, *, hidden: bool) -> Iterator[ast.Constant]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                below = hidden or child.name.startswith("_") or isinstance(node, ast.FunctionDef)
                first = child.body[0]
                if below and isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                    yield first.value
                yield from within(child, hidden=below)

    return within(tree, hidden=False)


def prose(markdown: str) -> Iterator[Text]:
    """Yield a page without the code of its fences and spans, its lines kept."""
    fence = r"^(```+)[^\n]*\n.*?^\1$"
    text = re.sub(fence, lambda m: "\n" * m[0].count("\n"), markdown, flags=re.MULTILINE | re.DOTALL)
    yield Text(1, re.sub(r"`[^`\n]*`", "``", text))


def notebook_texts(notebook: str) -> Iterator[Text]:
    """Yield the Markdown and the texts in the code of a notebook; a cell counts as the line of its number."""
    for number, cell in enumerate(json.loads(notebook)["cells"], start=1):
        source = "".join(cell["source"])
        texts = prose(source) if cell["cell_type"] == "markdown" else python_texts(re.sub(r"^[%!].*", "", source))
        for text in texts:
            yield Text(number, text.text.replace("\n", " "))


READERS = {".py": python_texts, ".md": prose, ".ipynb": notebook_texts, ".html": prose}


def files() -> list[Path]:
    """Return what is checked: the package, README and guides, the makers of pages, the notebooks."""
    found = [*ROOT.glob("siting/**/*.py"), *ROOT.glob("siting/**/*.html"), *ROOT.glob("docs/*.py")]
    found += [page for pattern in GUIDES for page in ROOT.glob(pattern) if page.name not in MADE]
    return sorted([*found, *ROOT.glob("notebooks/*.ipynb")])


def refused(paths: list[Path]) -> list[Hit]:
    """Return the refused words of files, in order."""
    found: list[Hit] = []
    for path in paths:
        name = path.relative_to(ROOT).as_posix()
        found += hits_of(name, READERS[path.suffix](path.read_text(encoding="utf-8")))
    return sorted(found)


def test_no_text_of_the_package_or_its_pages_uses_a_refused_word() -> None:
    found = refused(files())
    assert not found, f"{len(found)} refused words:\n" + "\n".join(map(str, found))


def test_no_help_of_a_command_uses_a_refused_word() -> None:
    page = generated_pages.text_of("command_line")
    found = list(hits_of("siting COMMAND --help", iter([Text(1, page)])))
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("term", REQUIRED)
def test_a_term_of_mixed_integer_programming_finds_the_code_that_does_it(term: str) -> None:
    sources = [
        " ".join(path.read_text(encoding="utf-8").split()) for path in (ROOT / "siting" / "solver").rglob("*.py")
    ]
    assert any(re.search(term, text, re.IGNORECASE) for text in sources), term


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ('raise ValueError(f"{path} is no store of runs")', ["is no"]),
        ('raise ValueError("there is no store")', []),
        ('def f():\n    """Solve it anew."""', ["anew"]),
        ('def _f():\n    """Solve it anew."""', []),
        (
            'class A:\n    """One."""\n    def f(self):\n        """Tell\n        what\n        is dear."""',
            ["dear", "told"],
        ),
        ('name = "told"', []),
        ('what = "%s numbers with\\nbroken numbers"', ["broken numbers"]),
    ],
)
def test_refused_words_are_found_in_texts_that_a_reader_meets(code: str, words: list[str]) -> None:
    assert sorted(hit.word for hit in hits_of("a.py", python_texts(code))) == words


def test_a_hit_names_the_line() -> None:
    code = 'def f():\n    """Return x.\n\n    It is solved anew.\n    """\n'
    assert [hit.line for hit in hits_of("a.py", python_texts(code))] == [4]


def main(chosen: list[str]) -> int:
    """Print the refused words of the files and folders that are named, else of all."""
    roots = [Path(name).resolve() for name in chosen] or [ROOT]
    found = refused([path for path in files() if any(path.is_relative_to(root) for root in roots)])
    print("\n".join(map(str, found)) or "no refused word")  # noqa: T201
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
