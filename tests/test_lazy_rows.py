"""Lazy rows over totals of sites: written once, when a solution violates them, and the bound is the same."""

import numpy as np
import pytest
from instances import problem_of, random_numbers

from siting import Cost
from siting.problem.part import part_rows
from siting.problem.rows import Rows
from siting.solver.decomposition.decomposed_model import DecomposedModel
from siting.solver.decomposition.lazy_rows import is_lazy
from siting.solver.valid_inequalities import strengthen


def restricted(seed: int) -> DecomposedModel:
    """Return a decomposed model whose reach rows are lazy."""
    problem = problem_of(random_numbers(seed, n_sites=6, max_halls=3), (), Cost())
    rows = part_rows(problem)
    return DecomposedModel(problem, *strengthen(problem)[:1], rows, strengthen(problem)[1])


def reach_rows(of: DecomposedModel) -> list[Rows]:
    """Return the rows that are lazy at first."""
    return [block for block in of.data.extra if is_lazy(block)]


def test_only_rows_over_totals_of_sites_are_lazy() -> None:
    of = restricted(1)
    assert {block.limit for block in reach_rows(of)} == {"reach"}
    assert len(of.state.relaxation.lazy) == sum(len(block) for block in reach_rows(of)) > 0


def test_lazy_rows_are_added_once_when_they_are_violated() -> None:
    of = restricted(1)
    relaxation, pending = of.data.relaxation, of.state.relaxation.lazy
    nothing = relaxation.totals(np.zeros(len(of.data.columns)))
    lines, rest = pending.separate(nothing, relaxation.write)
    assert lines is not None
    assert len(lines) == len(pending)  # where nothing is built every region is short
    assert len(rest) == 0
    assert rest.separate(nothing, relaxation.write)[0] is None


def test_a_row_over_options_equals_the_row_over_sites() -> None:
    of = restricted(1)
    rng = np.random.default_rng(0)
    columns, relaxation, problem = of.data.columns, of.data.relaxation, of.data.problem
    values = {name: np.rint(3 * rng.random(len(f))) for name, f in columns.families.items()}
    lines, _ = of.state.relaxation.lazy.separate(relaxation.totals(np.zeros(len(columns))), relaxation.write)
    assert lines is not None
    at_options = columns.join(values)
    totals = {
        "site_open": np.bincount(of.data.site, values["open"], len(problem.sites)),
        "site_halls": np.bincount(of.data.site, values["halls"], len(problem.sites)),
    }
    expected = np.concatenate([block.slack(totals) < 0 for block in reach_rows(of)])
    assert lines.violated(at_options).tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_the_relaxation_satisfies_every_lazy_row(seed: int) -> None:
    of = restricted(seed)
    found = of.relaxed(of.data.problem.cost)
    assert found.bound is not None
    totals = of.data.relaxation.totals(found.values)
    for block in reach_rows(of):
        assert block.slack(totals).min() >= -1e-6
