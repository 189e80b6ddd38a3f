"""The optimum against enumeration, and laws that it must satisfy."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import Numbers, best_by_enumeration, problem_of, random_numbers

from siting import Budget, Cost, GridHeadroom, Limit, RenewableShare, SiteCount, solve

SEEDS = st.integers(0, 10**6)
SHAPES = st.sampled_from([(2, 2, 2), (3, 2, 1), (3, 1, 3), (5, 1, 1), (8, 1, 1)])  # sites, designs, halls


@st.composite
def numbers(draw: st.DrawFn) -> Numbers:
    """Draw a problem of at most 8 sites."""
    sites, designs, halls = draw(SHAPES)
    n = random_numbers(draw(SEEDS), n_sites=sites, n_designs=designs, max_halls=halls)
    return replace(n, least_use=draw(st.sampled_from([0.0, 0.6, 0.85])))


@st.composite
def limits(draw: st.DrawFn) -> tuple[Limit, ...]:
    """Draw some limits."""
    chosen: list[Limit] = []
    if draw(st.booleans()):
        chosen.append(SiteCount(min=draw(st.integers(1, 2)), max=draw(st.integers(2, 8))))
    if draw(st.booleans()):
        chosen.append(RenewableShare(min=draw(st.sampled_from([0.2, 0.4, 0.6]))))
    if draw(st.booleans()):
        chosen.append(GridHeadroom(zone_share=draw(st.sampled_from([0.1, 0.3, 1.0]))))
    if draw(st.booleans()):
        chosen.append(Budget(usd_per_year=draw(st.sampled_from([2e8, 4e8, 8e8]))))
    return tuple(chosen)


def tonnes(n: Numbers, some: tuple[Limit, ...] = ()) -> float | None:
    """Return the least emissions of a plan."""
    plan = solve(problem_of(n, some), gap=1e-9)
    assert plan.status in ("optimal", "infeasible")
    return plan.kpis.get("emissions_t_per_year")


def same(a: float | None, b: float | None) -> bool:
    """Return whether two optima agree, two infeasible ones included."""
    return a == b if a is None or b is None else a == pytest.approx(b, rel=1e-6)


def usd(n: Numbers, some: tuple[Limit, ...] = ()) -> float | None:
    """Return the least cost of a plan."""
    return solve(problem_of(n, some, Cost()), gap=1e-9).kpis.get("cost_usd_per_year")


@settings(max_examples=15, deadline=None, derandomize=True)
@given(numbers(), limits())
def test_least_emissions_are_those_found_by_enumeration(n: Numbers, some: tuple[Limit, ...]) -> None:
    assert same(tonnes(n, some), best_by_enumeration(n, some))


@pytest.mark.slow
@settings(max_examples=15, deadline=None, derandomize=True)
@given(numbers(), limits())
def test_least_cost_is_that_found_by_enumeration(n: Numbers, some: tuple[Limit, ...]) -> None:
    assert same(usd(n, some), best_by_enumeration(n, some, cost=True))


@pytest.mark.slow
@settings(max_examples=150, deadline=None, derandomize=True)
@given(numbers(), limits())
def test_least_emissions_and_least_cost_are_found_in_many_more_cases(n: Numbers, some: tuple[Limit, ...]) -> None:
    assert same(tonnes(n, some), best_by_enumeration(n, some))
    assert same(usd(n, some), best_by_enumeration(n, some, cost=True))


def test_enumeration_meets_feasible_and_infeasible_cases_alike() -> None:
    """The two tests above would prove little if almost every drawn case were infeasible."""
    found = [
        best_by_enumeration(random_numbers(seed, n_sites=3), (SiteCount(max=2), RenewableShare(min=0.4)))
        for seed in range(20)
    ]
    feasible = sum(x is not None for x in found)
    assert 4 <= feasible <= 16


@pytest.mark.slow
@settings(max_examples=15, deadline=None, derandomize=True)
@given(numbers(), limits(), st.data())
def test_tightening_a_limit_never_lowers_the_optimum(n: Numbers, some: tuple[Limit, ...], data: st.DataObject) -> None:
    tighter = {
        SiteCount: lambda x: SiteCount(min=x.min, max=max(x.max - 1, x.min)),
        RenewableShare: lambda x: RenewableShare(min=min(1.0, x.min + 0.1)),
        GridHeadroom: lambda x: GridHeadroom(zone_share=x.zone_share * 0.7),
        Budget: lambda x: Budget(usd_per_year=x.usd_per_year * 0.9),
    }
    which = data.draw(st.integers(0, len(some))) if some else 0
    tight = (
        tuple(tighter[type(x)](x) if i == which else x for i, x in enumerate(some))
        if which < len(some)
        else (*some, SiteCount(max=2))
    )
    loose_t, tight_t = tonnes(n, some), tonnes(n, tight)
    if tight_t is not None:
        assert loose_t is not None
        assert tight_t >= loose_t * (1 - 1e-6)


@pytest.mark.slow
@settings(max_examples=20, deadline=None, derandomize=True)
@given(numbers(), limits(), SEEDS)
def test_the_order_of_sites_changes_nothing(n: Numbers, some: tuple[Limit, ...], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(n.ci))
    per_site = ("pue", "ci", "price", "renewable", "hall_usd", "zone", "near", "benefit_usd_per_hall")
    shuffled = replace(n, **{name: getattr(n, name)[order] for name in per_site})
    assert same(tonnes(shuffled, some), tonnes(n, some))


@pytest.mark.slow
@settings(max_examples=20, deadline=None, derandomize=True)
@given(numbers(), limits())
def test_a_dominated_extra_site_changes_nothing(n: Numbers, some: tuple[Limit, ...]) -> None:
    """A twin of the first site that is dirtier, more expensive and not nearer is never needed while the first has halls to spare."""
    roomy = replace(n, max_halls=max(3, n.max_halls), near=np.ones_like(n.near), zone_mw=n.zone_mw * 100)
    worse = {
        "pue": n.pue[0] + 0.05,
        "ci": n.ci[0] * 1.1,
        "price": n.price[0] * 1.1,
        "renewable": n.renewable[0] * 0.9,
        "hall_usd": n.hall_usd[0] * 1.1,
    }
    shared = {"zone": n.zone[0], "near": roomy.near[0], "benefit_usd_per_hall": 0.0}
    unlimited = tuple(x for x in some if isinstance(x, (RenewableShare, Budget)))
    bigger = replace(
        roomy, **{k: np.concatenate([getattr(roomy, k), np.asarray(v)[None]]) for k, v in (worse | shared).items()}
    )
    enough = replace(roomy, demand=roomy.demand * 0.2)
    more = replace(bigger, demand=enough.demand)
    assert same(tonnes(more, unlimited), tonnes(enough, unlimited))


def test_a_claim_needs_its_thresholds() -> None:
    """One hall is one job: a tax programme that needs two jobs pays nothing to a site of one hall."""
    n = replace(random_numbers(1, n_sites=1, n_designs=1, n_hubs=1, max_halls=1), near=np.ones((1, 1, 2), dtype=bool))
    n = replace(n, demand=np.array([[4.0, 4.0]]), benefit_usd_per_hall=np.array([1e7]), min_capex_usd=0.0, min_jobs=2.0)
    refused = solve(problem_of(n, (), Cost()))
    granted = solve(problem_of(replace(n, min_jobs=1.0), (), Cost()))
    assert refused.sites["incentives"].tolist() == [""]
    assert granted.sites["incentives"].tolist() == ["p"]
    assert refused.kpis["cost_usd_per_year"] - granted.kpis["cost_usd_per_year"] == pytest.approx(1e7)


def test_least_cost_comes_last_so_a_claim_is_taken_under_an_emissions_objective() -> None:
    n = replace(random_numbers(2, n_sites=1, n_designs=1, n_hubs=1, max_halls=1), near=np.ones((1, 1, 2), dtype=bool))
    n = replace(n, demand=np.array([[4.0, 4.0]]), benefit_usd_per_hall=np.array([1e7]), min_capex_usd=0.0, min_jobs=0.0)
    assert solve(problem_of(n)).sites["incentives"].tolist() == ["p"]


def test_a_site_has_at_least_its_smallest_size_and_carries_embodied_carbon() -> None:
    n = replace(
        random_numbers(3, n_sites=2, n_designs=1, n_hubs=1, max_halls=4),
        min_halls=3,
        hall_t=1000.0,
        near=np.ones((2, 1, 2), dtype=bool),
    )
    plan = solve(problem_of(replace(n, demand=np.array([[1.0, 1.0]])), (SiteCount(min=2),)))
    assert plan.sites["halls"].tolist() == [3, 3]
    embodied = plan.ledger.loc[plan.ledger["line"] == "servers", "tco2e_per_year"]
    assert embodied.tolist() == pytest.approx([3000.0, 3000.0])


def test_limits_that_conflict_give_an_infeasible_plan_without_numbers() -> None:
    plan = solve(problem_of(random_numbers(4), (Budget(usd_per_year=1.0),)))
    assert (plan.status, plan.objective, plan.bound, dict(plan.kpis), len(plan.sites)) == (
        "infeasible",
        None,
        None,
        {},
        0,
    )
