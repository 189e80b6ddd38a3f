"""The search proves the optimum of full enumeration, also without its heuristics."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from medians import least_cost, small_questions

from siting.locate.kernel import search as search_module
from siting.locate.kernel.costs import Table
from siting.locate.kernel.limits import SearchLimits
from siting.locate.kernel.points import Points
from siting.locate.kernel.search import Effort, Search

CRIPPLED = Effort(steps=0, interchange=False, node_steps=2)
"""A random start, and a proof by branch and bound alone."""

LISTS_ONLY = Effort(steps=60, interchange=False, node_steps=3)
"""Lagrangian bounds and variable fixing without interchange: a fixed site must never be needed."""


def searched(costs: np.ndarray, fixed: np.ndarray, count: int | None, *, seed: int, effort: Effort) -> Search:
    search = Search(Table(costs), fixed, count, SearchLimits(seed=seed), effort)
    search.run()
    return search


@pytest.mark.parametrize("effort", [CRIPPLED, LISTS_ONLY], ids=["branching", "fixing"])
@settings(max_examples=60, deadline=None)
@given(question=small_questions())
def test_without_heuristics_the_optimum_is_that_of_trying_every_choice_of_p_sites(
    question: tuple[np.ndarray, np.ndarray, int], effort: Effort
) -> None:
    costs, _, count = question
    nothing = np.zeros(len(costs))
    incumbent = searched(costs, nothing, count, seed=1, effort=effort).incumbent
    assert incumbent.proven
    assert incumbent.upper == pytest.approx(least_cost(costs, nothing, count), rel=1e-6, abs=0)
    assert incumbent.proven_bound() <= least_cost(costs, nothing, count) * (1 + 1e-12)


@pytest.mark.parametrize("effort", [CRIPPLED, LISTS_ONLY], ids=["branching", "fixing"])
@settings(max_examples=60, deadline=None)
@given(question=small_questions())
def test_without_heuristics_the_optimum_is_that_of_trying_every_choice_with_fixed_costs(
    question: tuple[np.ndarray, np.ndarray, int], effort: Effort
) -> None:
    costs, fixed, _ = question
    incumbent = searched(costs, fixed, None, seed=1, effort=effort).incumbent
    assert incumbent.proven
    assert incumbent.upper == pytest.approx(least_cost(costs, fixed, None), rel=1e-6, abs=0)
    assert incumbent.proven_bound() <= least_cost(costs, fixed, None) * (1 + 1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_a_problem_too_large_to_enumerate_has_one_optimum_with_and_without_heuristics(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = rng.random((40, 2)) * 100
    km = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    nothing = np.zeros(40)
    crippled = searched(km, nothing, 4, seed=seed, effort=Effort(0, interchange=False, node_steps=10))
    full = searched(km, nothing, 4, seed=seed + 1, effort=Effort())
    assert crippled.incumbent.upper == pytest.approx(full.incumbent.upper, rel=2e-6)
    assert crippled.nodes > 1, "the proof must have come from branching"


def test_an_interrupted_search_keeps_its_incumbent_and_a_valid_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    costs = rng.random((30, 40))
    nothing = np.zeros(30)
    full = searched(costs, nothing, 4, seed=0, effort=Effort()).incumbent.upper
    for after in (1, 5, 50, 200):
        from siting.locate.kernel.lagrangian import Lagrangian

        price, calls = Lagrangian.evaluate, iter(range(10**9))

        def interrupted(self: Lagrangian, prices: np.ndarray, price=price, calls=calls, after=after) -> object:  # type: ignore[no-untyped-def]
            if next(calls) >= after:
                raise KeyboardInterrupt
            return price(self, prices)

        with monkeypatch.context() as patch:
            patch.setattr(Lagrangian, "evaluate", interrupted)
            incumbent = searched(costs, nothing, 4, seed=0, effort=Effort()).incumbent
        assert incumbent.sites is not None
        assert incumbent.upper == pytest.approx(costs[incumbent.sites].min(axis=0).sum())
        assert incumbent.proven_bound() <= full * (1 + 1e-12)
        assert not incumbent.proven


def test_no_interchange_starts_with_every_site_open(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []

    class Noted(search_module.Interchange):
        def __init__(self, *asked: Any) -> None:
            begun.append(len(asked[-1]))
            super().__init__(*asked)

    monkeypatch.setattr(search_module, "Interchange", Noted)
    along = np.arange(60)
    round_a_ring = np.minimum(abs(along[:, None] - along), 60 - abs(along[:, None] - along)).astype(float)
    search = Search(Table(round_a_ring), np.full(60, 30.0), None, SearchLimits(gap=0.1))
    search.run()
    assert search.incumbent.proven
    assert 0 < max(begun) < 60  # no place is better than another, so that the averages favour none


def test_an_incumbent_that_is_proven_to_its_gap_is_not_perturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("perturbed")

    monkeypatch.setattr(search_module, "perturb_and_improve", never)
    places = np.random.default_rng(1).random((1000, 2))
    costs = Points(places, places, np.ones(1000), "euclidean")
    search = Search(costs, np.zeros(1000), 10, SearchLimits(gap=0.01))
    search.run()
    assert search.incumbent.proven
