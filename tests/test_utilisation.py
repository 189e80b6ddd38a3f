"""A built site uses at least a share of its IT power, and whoever asks for more sites than the demand fills is told so."""

from dataclasses import replace

import numpy as np
import pytest
from instances import Numbers, problem_of, random_numbers

import siting as st
from siting.solver.analysis.diagnose import diagnose


def one_hub(least_use: float) -> Numbers:
    """Return a clean site and one far dirtier, and a demand of 10 MW more than the clean one carries."""
    n = random_numbers(0, n_sites=2, n_designs=1, n_hubs=1, max_halls=3)
    return replace(
        n,
        ci=np.array([10.0, 500.0]),
        near=np.ones((2, 1, 2), dtype=bool),
        demand=np.array([[18.0, 12.0]]),
        zone_mw=np.array([1e6, 1e6]),
        benefit_usd_per_hall=np.zeros(2),
        least_use=least_use,
    )


def test_no_hall_is_bought_to_stand_empty() -> None:
    plans = {least: st.solve(problem_of(one_hub(least)), gap=1e-9) for least in (0.0, 0.6)}
    use = {least: float((p.sites["it_mw"] / p.sites["capacity_it_mw"]).min()) for least, p in plans.items()}
    assert use[0.0] == pytest.approx(0.3)  # 27 MW in three halls, 3 MW in a fourth
    assert use[0.6] == pytest.approx(0.6)
    assert plans[0.6].objective > plans[0.0].objective


def test_the_least_use_binds_where_it_is_met() -> None:
    plan = st.solve(problem_of(one_hub(0.6)), gap=1e-9)
    assert list(plan.binding["limit"]) == ["utilisation"]


def test_more_sites_than_the_demand_fills_conflict_with_the_least_use_and_the_way_out_is_enough() -> None:
    n = replace(one_hub(0.6), min_halls=3)
    found = diagnose(problem_of(n, (st.Required(sites=("site-0", "site-1")),)))
    assert found.status == "infeasible"
    assert "the least use of halls (`building.utilisation_min`)" in " ".join(found.reasons)
    assert "lower `building.utilisation_min` to 0.4000, which is enough" in found.fixes
    enough = replace(n, least_use=0.4)
    assert st.solve(problem_of(enough, (st.Required(sites=("site-0", "site-1")),))).status == "optimal"


def test_a_demand_smaller_than_the_smallest_site_fills_is_refused_before_the_solve() -> None:
    small = st.Scenario(name="small", demand={"it_mw": 10})
    with pytest.raises(
        st.InfeasibleError, match=r"0\.36 of the smallest site \(2 x 20 MW\).*`building.utilisation_min`"
    ):
        st.prepare(small)


def test_a_least_use_above_the_largest_is_refused() -> None:
    with pytest.raises(st.ScenarioError, match=r"`utilisation_min` is 0.6, above `utilisation_max`, 0.5: lower"):
        st.Scenario(name="x", demand={"it_mw": 100}, building={"utilisation_max": 0.5})
