"""The rows of every limit and objective on a three-site question are those on file, and each says what it is."""

import inspect
import re

import pytest
from lp_cases import HERE, LIMITS, OBJECTIVES, ROW_NAMES, limit_file, objective_file

import siting.limits
import siting.objectives
from siting import Limit, Objective

EXPORTED_LIMITS = {
    str(getattr(siting.limits, n).model_fields["kind"].default): getattr(siting.limits, n)
    for n in siting.limits.__all__
}
EXPORTED_OBJECTIVES = {
    str(getattr(siting.objectives, n).model_fields["objective"].default): getattr(siting.objectives, n)
    for n in siting.objectives.__all__
}
RENEW = "look at the difference, and run `make lp-files` if it is meant"
UNIT_IN_WORDS = re.compile(r"\[[^\]]+\]")
"""A unit, or a range of a number without one, in brackets: `[MW]`, `[0-1]`."""


@pytest.mark.parametrize("kind", [*LIMITS, *ROW_NAMES])
def test_a_limit_writes_the_rows_on_file(kind: str) -> None:
    assert (HERE / f"limit_{kind}.lp").read_text(encoding="utf-8") == limit_file(kind), RENEW


@pytest.mark.parametrize("word", OBJECTIVES)
def test_an_objective_is_the_sum_on_file(word: str) -> None:
    assert (HERE / f"objective_{word}.lp").read_text(encoding="utf-8") == objective_file(word), RENEW


def test_every_exported_limit_and_objective_has_a_file_and_every_file_has_one() -> None:
    named = {f"limit_{k}" for k in (*EXPORTED_LIMITS, *ROW_NAMES)} | {f"objective_{w}" for w in EXPORTED_OBJECTIVES}
    assert {p.stem for p in HERE.glob("*.lp")} == named


@pytest.mark.parametrize("kind", [*LIMITS, *ROW_NAMES])
def test_a_file_shows_what_the_limit_does(kind: str) -> None:
    """A row, a bound of 0, or a cap: a file of nothing but a title would prove nothing."""
    for part in (HERE / f"limit_{kind}.lp").read_text(encoding="utf-8").split("\\ limit ")[1:]:
        below = part.split("Subject To\n")[1]
        rows, _, bounds = below.partition("Bounds\n")
        shut = re.search(r"^ \w+ = 0$", bounds.replace("__dummy = 0", ""), re.MULTILINE)
        assert re.search(r" (<=|>=|=) ", rows) or shut or " may draw " in part, part


@pytest.mark.parametrize("limit", EXPORTED_LIMITS.values(), ids=EXPORTED_LIMITS)
def test_a_limit_has_its_equation_in_its_docstring(limit: type[Limit]) -> None:
    equations = re.findall(r"``([^`]+)``", inspect.getdoc(limit) or "")
    assert any(re.search(r"<=|>=|=", e) for e in equations), inspect.getdoc(limit)


@pytest.mark.parametrize("objective", EXPORTED_OBJECTIVES.values(), ids=EXPORTED_OBJECTIVES)
def test_an_objective_says_what_it_sums_and_in_which_unit(objective: type[Objective]) -> None:
    said = inspect.getdoc(objective) or ""
    assert "``" in said
    assert OBJECTIVES[str(objective.model_fields["objective"].default)].unit


@pytest.mark.parametrize("limit", EXPORTED_LIMITS.values(), ids=EXPORTED_LIMITS)
def test_every_number_of_a_limit_has_its_unit_in_its_words(limit: type[Limit]) -> None:
    words = _attributes(limit)
    for name, field in limit.model_fields.items():
        if name == "kind":
            continue
        assert name in words, f"`{name}` of {limit.__name__} is not described"
        kind = str(field.annotation)
        if not re.search(r"\b(int|float)\b", kind):
            continue
        assert UNIT_IN_WORDS.search(words[name]), f"`{name}` of {limit.__name__}: unit?"


def _attributes(limit: type[Limit]) -> dict[str, str]:
    """Return what the docstring says of each attribute."""
    text = (inspect.getdoc(limit) or "").partition("Attributes\n----------\n")[2].partition("\nExamples\n")[0]
    said: dict[str, str] = {}
    names: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith(" ") and " : " in line:
            names = [n.strip() for n in line.partition(" : ")[0].split(",")]
        for name in names:
            said[name] = f"{said.get(name, '')} {line.strip()}"
    return said
