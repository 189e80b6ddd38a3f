"""The printed formulation is what the docstrings say, and it is whole."""

import importlib

import generated_pages
from model_symbols import COEFFICIENTS, LINES, TOTALS, VARIABLES

import siting.limits
import siting.objectives
from siting import Problem
from siting.problem.parts import Capacity
from siting.solver.valid_inequalities import strengthen

TEXT = generated_pages.text_of("model")


def test_every_variable_of_a_problem_is_named_with_its_kind_and_no_other(problem: Problem) -> None:
    on_request = {"unmet_mw", "zone_mwh", "zone_full"}  # elastic demand and contracts, which the baseline does not have
    integer = {v.family: v.kind != "continuous" for v in VARIABLES}
    assert {name: family.integer for name, family in problem.families.items()} == {
        name: kind for name, kind in integer.items() if name not in on_request
    }
    totals, _ = strengthen(problem)
    assert set(totals) <= {v.family for v in TOTALS}


def test_every_line_of_the_ledger_is_named_with_what_it_is_charged_on(problem: Problem) -> None:
    assert [(line.name, line.on) for line in problem.part(Capacity).charges] == [(name, per) for name, per, _ in LINES]


def test_what_is_given_is_computed_where_the_page_says() -> None:
    for symbol in COEFFICIENTS:
        module, _, name = symbol.kind.rpartition(".")
        assert hasattr(importlib.import_module(module), name), symbol.kind


def test_every_limit_and_objective_is_on_the_page() -> None:
    kinds = [getattr(siting.limits, n).model_fields["kind"].default for n in siting.limits.__all__]
    words = [getattr(siting.objectives, n).model_fields["objective"].default for n in siting.objectives.__all__]
    assert len(kinds) > 25
    assert all(f"\n#### `{kind}` (" in TEXT for kind in kinds)
    assert all(f"\n### `{word}` [" in TEXT for word in words)


def test_the_page_explains_how_a_ratio_an_order_and_the_worst_are_proven() -> None:
    for term in ("Dinkelbach", "r + L/D_min", "tolerance_i", "bisection", "reach cuts"):
        assert term in TEXT
