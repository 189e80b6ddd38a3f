"""Where a siting question is a textbook problem, both rooms give the same answer."""

from dataclasses import replace

import numpy as np
import pytest
from instances import Numbers, problem_of, random_numbers, with_part

from siting import Cost, CoveredDemand, MeanLatency, Objective, Problem, SiteCount, Sites, WorstLatency, locate, solve
from siting.problem.parts import UnmetDemand
from siting.problem.reachability import merge_demand
from siting.scenario.demand import Elastic

ROOMY_HALLS = 60
"""So many halls that any one site carries the whole demand."""


def roomy(seed: int, n_sites: int = 6, n_hubs: int = 5) -> Numbers:
    """Draw a problem in which every site can carry everything and build nothing but sites that cost."""
    n = random_numbers(seed, n_sites=n_sites, n_designs=1, n_hubs=n_hubs)
    demand = n.demand / n.demand.sum() * 0.9 * ROOMY_HALLS * n.hall_mw * n.utilisation
    return replace(
        n,
        demand=demand,
        near=np.ones((n_sites, n_hubs, 2), dtype=bool),
        max_halls=ROOMY_HALLS,
        benefit_usd_per_hall=np.zeros(n_sites),
    )


def round_trips(n: Numbers, seed: int) -> np.ndarray:
    """Draw round trips [ms], (n_sites, n_hubs)."""
    return np.random.default_rng(seed + 1000).uniform(5, 300, n.near.shape[:2]).round(1)


def asked(
    n: Numbers, rtt: np.ndarray, minimise: Objective, count: SiteCount, elastic: Elastic | None = None
) -> Problem:
    """Put numbers and round trips into a problem whose hubs stay apart."""
    problem = problem_of(n, (count,))
    groups, arcs = merge_demand(
        n.near, n.demand, [[f"{h} {k}" for k in range(2)] for h in range(len(n.demand))], apart=True
    )
    demand = problem.scenario.demand.model_copy(update={"elastic": elastic})
    scenario = problem.scenario.model_copy(update={"demand": demand, "minimise": minimise})
    found = replace(problem, scenario=scenario, rtt_p90_ms=rtt, groups=groups, arcs=arcs)
    return with_part(found, UnmetDemand(0.0)) if elastic else found


@pytest.mark.parametrize("seed", range(5))
def test_least_cost_with_one_size_is_capacitated_facility_location(seed: int) -> None:
    n = random_numbers(seed, n_sites=6, n_designs=1, n_hubs=4, max_halls=1)
    n = replace(n, benefit_usd_per_hall=np.zeros(6), near=np.ones((6, 4, 2), dtype=bool))
    demand = n.demand.ravel()
    usd_per_mw = 8760 * n.pue[:, 0] * n.price
    found = locate.facility_location(
        np.outer(usd_per_mw, demand), n.hall_usd, np.full(6, n.hall_mw * n.utilisation), demand
    )
    plan = solve(problem_of(n, (), Cost()), gap=1e-6)
    assert found.status == plan.status == "optimal"
    assert plan.objective == pytest.approx(found.objective, rel=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_least_cost_without_a_size_is_uncapacitated_facility_location(seed: int) -> None:
    n = roomy(seed)
    rng = np.random.default_rng(seed)
    reach = rng.random(n.near.shape[:2]) < 0.6
    reach[0] = True
    n = replace(n, near=np.repeat(reach[:, :, None], 2, axis=2), max_halls=1, hall_mw=n.hall_mw * ROOMY_HALLS)
    demand = n.demand.sum(axis=1)
    serve = np.outer(8760 * n.pue[:, 0] * n.price, demand)
    never = n.hall_usd.sum() + serve.max(axis=0).sum()
    found = locate.facility_location(np.where(reach, serve, never), n.hall_usd)
    plan = solve(problem_of(n, (), Cost()), gap=1e-6)
    assert found.status == plan.status == "optimal"
    assert plan.objective == pytest.approx(found.objective, rel=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_least_mean_round_trip_with_p_sites_is_the_p_median(seed: int) -> None:
    n = roomy(seed)
    rtt, weights = round_trips(n, seed), n.demand.sum(axis=1)
    found = locate.p_median(rtt, 2, weights)
    plan = solve(asked(n, rtt, MeanLatency(), SiteCount(min=2, max=2)), gap=1e-6)
    assert found.objective is not None
    assert plan.objective == pytest.approx(found.objective / weights.sum(), rel=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_least_worst_round_trip_with_p_sites_is_the_p_centre(seed: int) -> None:
    n = roomy(seed)
    rtt = round_trips(n, seed)
    plan = solve(asked(n, rtt, WorstLatency(), SiteCount(min=2, max=2)), gap=1e-6)
    assert plan.objective == pytest.approx(locate.p_center(rtt, 2).objective)


@pytest.mark.parametrize("seed", range(5))
def test_fewest_sites_within_a_round_trip_is_set_covering(seed: int) -> None:
    n = roomy(seed)
    rtt = round_trips(n, seed)
    radius = float(np.sort(rtt, axis=0)[1].max())
    near = np.repeat((rtt <= radius)[:, :, None], 2, axis=2)
    plan = solve(problem_of(replace(n, near=near), (), Sites()), gap=1e-6)
    assert plan.objective == pytest.approx(locate.cover_all(rtt, radius).objective)


@pytest.mark.parametrize("seed", range(5))
def test_most_demand_within_a_round_trip_from_p_sites_is_maximal_covering(seed: int) -> None:
    n = roomy(seed)
    rtt, weights = round_trips(n, seed), n.demand.sum(axis=1)
    radius = float(np.quantile(rtt, 0.25))
    n = replace(n, near=np.repeat((rtt <= radius)[:, :, None], 2, axis=2))
    elastic = Elastic(min_share=1e-3)
    plan = solve(asked(n, rtt, CoveredDemand(), SiteCount(max=2), elastic), gap=1e-6)
    assert plan.objective == pytest.approx(locate.max_cover(rtt, radius, 2, weights).objective, rel=1e-5)
