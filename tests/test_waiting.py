"""Rows over totals of sites that wait: written once, when values break them, and the proof is the same."""

import numpy as np
import pytest
from instances import problem_of, random_numbers

from siting import Cost
from siting.limits import ALWAYS
from siting.problem.rows import Rows
from siting.solver.decomposition.decomposed_model import DecomposedModel
from siting.solver.decomposition.lazy_rows import TOTALS, can_wait
from siting.solver.valid_inequalities import strengthen


def restricted(seed: int) -> DecomposedModel:
    """Return a restricted programme whose reach rows wait."""
    problem = problem_of(random_numbers(seed, n_sites=6, max_halls=3), (), Cost())
    rows = [block for limit in ALWAYS for block in limit.rows(problem)]
    return DecomposedModel(problem, *strengthen(problem)[:1], rows, strengthen(problem)[1])


def reach_rows(of: DecomposedModel) -> list[Rows]:
    """Return the rows that wait at first."""
    return [block for block in of.extra if can_wait(block)]


def test_only_rows_over_totals_of_sites_wait() -> None:
    of = restricted(1)
    assert {block.limit for block in reach_rows(of)} == {"reach"}
    assert len(of.relaxation.waiting) == sum(len(block) for block in reach_rows(of)) > 0


def test_rows_come_once_when_they_are_broken() -> None:
    of = restricted(1)
    waiting, nothing = of.relaxation.waiting, np.zeros(len(of.columns))
    count = len(waiting)
    lines = waiting.broken(nothing)
    assert lines is not None
    assert len(lines) == count  # where nothing is built every region is short
    assert len(waiting) == 0
    assert waiting.broken(nothing) is None


def test_a_row_over_options_says_what_it_says_over_sites() -> None:
    of = restricted(1)
    rng = np.random.default_rng(0)
    values = {name: np.rint(3 * rng.random(len(f))) for name, f in of.columns.families.items()}
    lines = of.relaxation.waiting.broken(np.zeros(len(of.columns)))
    assert lines is not None
    at_options = np.concatenate([values[n] for n in of.columns.families]) / of.columns.unit
    totals = {
        "site_open": np.bincount(of.site, values["open"], len(of.problem.sites)),
        "site_halls": np.bincount(of.site, values["halls"], len(of.problem.sites)),
    }
    expected = np.concatenate([block.slack(totals) < 0 for block in reach_rows(of)])
    assert lines.broken_at(at_options).tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_the_relaxation_keeps_every_row_that_waited(seed: int) -> None:
    of = restricted(seed)
    found = of.relaxed(of.problem.cost)
    assert found.bound is not None
    totals = {
        total: np.bincount(of.site, of.columns.of(part, found.values), len(of.problem.sites))
        for total, part in TOTALS.items()
    }
    for block in reach_rows(of):
        assert block.slack(totals).min() >= -1e-6
