"""Every objective against trying everything, and what is proven of ratios, maxima and orders of objectives."""

import itertools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import WORKLOADS, Numbers, problem_of, random_numbers, with_part
from scipy.optimize import linprog

from siting import (
    Budget,
    Cost,
    CostPerCompute,
    CoveredDemand,
    Emissions,
    EmissionsPerCompute,
    InfeasibleError,
    Limit,
    MeanLatency,
    Objective,
    Plan,
    Problem,
    Scenario,
    ScenarioError,
    SiteCount,
    Sites,
    Water,
    WorstLatency,
    prepare,
    solve,
)
from siting.problem.parts import UnmetDemand
from siting.problem.reachability import merge_demand

EFLOP_PER_MW = 8760 * 1000.0
"""The instances compute 1000 EFLOP/MWh."""
SEEDS = st.integers(0, 10**6)


@dataclass(frozen=True)
class Case:
    """A small problem with round trips and water of its own, and an elastic demand if asked for."""

    n: Numbers
    rtt: np.ndarray  # (site, hub)
    wue: np.ndarray  # (site, design)
    min_share: float = 1.0
    unmet_usd_per_mwh: float = 0.0
    budget_usd: float | None = None

    def problem(self, minimise: Any) -> Problem:
        """Put it into the shape that `solve` takes."""
        limits: tuple[Limit, ...] = () if self.budget_usd is None else (Budget(usd_per_year=self.budget_usd),)
        plain = problem_of(self.n, limits)
        demand: dict[str, Any] = {"it_mw": float(self.n.demand.sum()), "shares": {"batch": 0.5, "interactive": 0.5}}
        if self.min_share < 1:
            demand["elastic"] = {"min_share": self.min_share, "unmet_usd_per_mwh": self.unmet_usd_per_mwh}
        scenario = Scenario(**(plain.scenario.as_dict() | {"demand": demand, "minimise": minimise}))
        names = [[f"hub-{h} {k}" for k in WORKLOADS] for h in range(len(self.n.demand))]
        groups, arcs = merge_demand(self.n.near, self.n.demand, names, apart=True)
        options = plain.options.assign(wue_l_per_kwh=self.wue.ravel())
        found = replace(plain, scenario=scenario, rtt_p90_ms=self.rtt, groups=groups, arcs=arcs, options=options)
        return with_part(found, UnmetDemand(8760 * self.unmet_usd_per_mwh)) if self.min_share < 1 else found


def case(seed: int, **more: Any) -> Case:
    """Draw a case of 3 sites with 2 designs, at most 2 halls each."""
    n = random_numbers(seed, n_sites=3)
    rng = np.random.default_rng(seed + 1)
    return Case(n, rng.integers(5, 200, (3, 3)).astype(float), 2 * rng.random((3, 2)), **more)


def best(c: Case, kind: str) -> float | None:
    """Return the optimum by trying every choice of designs and halls: no code of the package's programme."""
    states = [None, *itertools.product(range(2), range(1, c.n.max_halls + 1))]
    values = [_best_of(c, kind, choice) for choice in itertools.product(states, repeat=3)]
    found = [v for v in values if v is not None]
    return (max(found) if kind == "covered_demand" else min(found)) if found else None


def _best_of(c: Case, kind: str, choice: tuple[Any, ...]) -> float | None:
    """Solve what is left once designs and halls are fixed; a ratio by the change of variables of Charnes and Cooper."""
    n, halls = c.n, np.array([0 if x is None else x[1] for x in choice])
    if n.utilisation * n.hall_mw * halls.sum() < c.min_share * n.demand.sum() * (1 - 1e-6):
        return None  # too small whatever is served from where
    cells = [(s, h, k) for s, h, k in np.argwhere(n.near) if halls[s]]
    if not cells:
        return None
    site, hub = np.array([s for s, _, _ in cells]), np.array([h for _, h, _ in cells])
    pue, wue = (np.array([table[s, choice[s][0]] for s in site]) for table in (n.pue, c.wue))
    claimed = (halls * n.capex_usd_per_hall >= n.min_capex_usd) & (halls * n.jobs_per_hall >= n.min_jobs)
    fixed_usd = float(halls @ n.hall_usd - (claimed * halls) @ n.benefit_usd_per_hall)
    penalty = 8760 * c.unmet_usd_per_mwh
    usd, usd_at_nothing = 8760 * pue * n.price[site] - penalty, fixed_usd + penalty * float(n.demand.sum())
    tonnes, t_at_nothing = 8.76 * pue * n.ci[site], float(halls.sum() * n.hall_t)
    ones = np.ones(len(cells))
    upper = [(ones * (site == s), n.utilisation * n.hall_mw * halls[s]) for s in range(3)]
    upper += [
        (np.array([1.0 * ((h, k) == w) for _, h, k in cells]), float(n.demand[w])) for w in np.ndindex(*n.demand.shape)
    ]
    upper.append((-ones, -c.min_share * float(n.demand.sum())))
    if c.budget_usd is not None:
        upper.append((usd / 1e6, (c.budget_usd - usd_at_nothing) / 1e6))
    if kind == "worst_latency":
        rtt = c.rtt[site, hub]
        # an arc that is shut carries nothing: its column is zero in every row, the minimum's too
        fits = (t for t in np.unique(rtt) if _least(0 * ones, 0.0, [(a * (rtt <= t), b) for a, b in upper]) is not None)
        return None if _least(0 * ones, 0.0, upper) is None else float(next(fits))
    above = {
        "emissions": (tonnes, t_at_nothing),
        "emissions_per_compute": (tonnes * 1e6, t_at_nothing * 1e6),
        "cost": (usd, usd_at_nothing),
        "cost_per_compute": (usd, usd_at_nothing),
        "mean_latency": (c.rtt[site, hub], 0.0),
        "water": (8760 * wue, 0.0),
        "covered_demand": (-ones, 0.0),
        "sites": (0 * ones, float((halls > 0).sum())),
    }[kind]
    if kind in ("emissions_per_compute", "cost_per_compute"):
        return _least_ratio(*above, EFLOP_PER_MW * ones, upper)
    if kind == "mean_latency":
        return _least_ratio(*above, ones, upper)
    found = _least(*above, upper)
    return -found if found is not None and kind == "covered_demand" else found


def _least(c: np.ndarray, at_nothing: float, upper: list[tuple[np.ndarray, float]]) -> float | None:
    found = linprog(c, A_ub=[a for a, _ in upper], b_ub=[b for _, b in upper], method="highs")
    return float(found.fun) + at_nothing if found.status == 0 else None


def _least_ratio(
    c: np.ndarray, at_nothing: float, below: np.ndarray, upper: list[tuple[np.ndarray, float]]
) -> float | None:
    rows = [[*a, -b] for a, b in upper]
    scale = float(np.abs(below).max())
    size = max(float(np.abs([*c, at_nothing]).max()), 1.0)  # costs of 1e9 would be within the solver's tolerances
    found = linprog(
        np.array([*c, at_nothing]) / size,
        A_ub=rows,
        b_ub=np.zeros(len(rows)),
        A_eq=[[*(below / scale), 0.0]],
        b_eq=[1.0],
        method="highs",
    )
    return size * float(found.fun) / scale if found.status == 0 else None


def told(c: Case, minimise: Objective) -> tuple[float | None, Plan]:
    """Return the proven optimum that the programme finds."""
    plan = solve(c.problem(minimise), gap=1e-7)
    assert plan.status in ("optimal", "infeasible")
    return plan.objective, plan


def check_hard(kind: type[Objective], seed: int) -> None:
    """Compare an objective under a hard demand with trying everything."""
    c = case(seed)
    found, _ = told(c, kind())
    assert found == (
        None if (expected := best(c, kind().name)) is None else pytest.approx(expected, rel=1e-6, abs=1e-6)
    )


def check_elastic(kind: type[Objective], seed: int, share: float, price: float) -> None:
    """Compare an objective under an elastic demand with trying everything."""
    c = case(seed, min_share=share, unmet_usd_per_mwh=price)
    found, plan = told(c, kind())
    assert found == (
        None if (expected := best(c, kind().name)) is None else pytest.approx(expected, rel=1e-6, abs=1e-6)
    )
    if found is not None:
        assert plan.kpis["served_share"] >= share * (1 - 1e-6)


ALL = (Cost, CostPerCompute, Emissions, EmissionsPerCompute, MeanLatency, Sites, Water, WorstLatency)
LONG = (MeanLatency, WorstLatency)
"""Objectives whose search by trying everything takes seconds."""
SHORT_AND_LONG = [pytest.param(k, id=k.__name__, marks=[pytest.mark.slow] if k in LONG else []) for k in ALL]


@pytest.mark.parametrize("kind", SHORT_AND_LONG)
@settings(max_examples=5, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_with_hard_demand_each_objective_is_what_trying_everything_finds(kind: type[Objective], seed: int) -> None:
    check_hard(kind, seed)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*ALL, CoveredDemand], ids=lambda k: k.__name__)
@settings(max_examples=5, deadline=None, derandomize=True)
@given(seed=SEEDS, share=st.sampled_from([0.2, 0.5, 0.8]), price=st.sampled_from([0.0, 300.0, 3000.0]))
def test_with_elastic_demand_each_objective_is_what_trying_everything_finds(
    kind: type[Objective], seed: int, share: float, price: float
) -> None:
    check_elastic(kind, seed, share, price)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*ALL, CoveredDemand], ids=lambda k: k.__name__)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=SEEDS, share=st.sampled_from([0.2, 0.5, 0.8]), price=st.sampled_from([0.0, 300.0, 3000.0]))
def test_so_it_is_in_many_more_cases(kind: type[Objective], seed: int, share: float, price: float) -> None:
    if kind is not CoveredDemand:
        check_hard(kind, seed)
    check_elastic(kind, seed, share, price)


@pytest.mark.slow
@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=SEEDS, money=st.floats(1.5e8, 5e8))
def test_the_most_compute_per_tonne_under_a_budget_is_what_trying_everything_finds(seed: int, money: float) -> None:
    c = case(seed, min_share=0.3, budget_usd=money)
    found, plan = told(c, EmissionsPerCompute())
    assert found == (
        None if (expected := best(c, "emissions_per_compute")) is None else pytest.approx(expected, rel=1e-6)
    )
    if found is not None:
        assert plan.kpis["cost_usd_per_year"] <= money * (1 + 1e-6)


def test_the_ratio_is_neither_that_of_least_emissions_nor_that_of_most_compute() -> None:
    """One site, halls that emit 1000 t each standing idle or not: the ratio falls with every MW in a built hall.

    1000 t + 87.6 t/MW * x over x: at x = 9 (one full hall) 198.7 t/MW, at the minimum of 5 MW 287.6 t/MW; 10.8 MW, the
    whole demand, need two halls: 272.8 t/MW. Per compute at 8.76e6 EFLOP/MW: 22.68 gCO2e/EFLOP.
    """
    n = replace(
        random_numbers(3, n_sites=1, n_designs=1, n_hubs=1),
        pue=np.array([[1.0]]),
        ci=np.array([10.0]),
        hall_t=1000.0,
        near=np.ones((1, 1, 2), dtype=bool),
        demand=np.array([[5.4, 5.4]]),
        zone_mw=np.array([1e4, 1e4]),
    )
    c = Case(n, np.full((1, 1), 10.0), np.ones((1, 1)), min_share=5.0 / 10.8)
    plan = solve(c.problem(EmissionsPerCompute()), gap=1e-7)
    assert plan.kpis["it_mw"] == pytest.approx(9.0, rel=1e-6)
    assert plan.objective == pytest.approx((8.76 * 10 * 9 + 1000) * 1e6 / (9 * EFLOP_PER_MW), rel=1e-6)
    assert (1 - 1e-6) * plan.objective <= plan.bound <= plan.objective


@pytest.mark.slow
@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=SEEDS, gap=st.sampled_from([0.3, 0.05, 1e-3]))
def test_the_bound_on_a_ratio_never_passes_the_optimum_however_loosely_it_is_solved(seed: int, gap: float) -> None:
    c = case(seed, min_share=0.3)
    plan = solve(c.problem(EmissionsPerCompute()), gap=gap)
    expected = best(c, "emissions_per_compute")
    if expected is None:
        assert plan.status == "infeasible"
        return
    assert plan.status == "optimal"
    assert plan.bound <= expected * (1 + 1e-6)
    assert plan.objective >= expected * (1 - 1e-6)
    assert plan.gap <= gap * (1 + 1e-6)


@pytest.mark.slow
@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=SEEDS, tolerance=st.sampled_from([0.0, 0.05, 0.3]))
def test_an_order_of_objectives_gives_way_by_its_tolerance_and_no_more(seed: int, tolerance: float) -> None:
    c = case(seed)
    plan = solve(c.problem([{"objective": "emissions", "tolerance": tolerance}, {"objective": "cost"}]), gap=1e-7)
    least_t, least_usd = best(c, "emissions"), best(c, "cost")
    if least_t is None or least_usd is None:
        assert plan.status == "infeasible"
        return
    first, last = plan.proof.stages
    assert plan.status == "optimal"
    assert first["value"] == pytest.approx(least_t, rel=1e-6)
    assert plan.kpis["emissions_t_per_year"] <= least_t * (1 + tolerance) * (1 + 1e-6)
    assert plan.objective == pytest.approx(plan.kpis["emissions_t_per_year"])
    assert least_usd * (1 - 1e-6) <= plan.kpis["cost_usd_per_year"]
    assert last["in_plan"] == pytest.approx(plan.kpis["cost_usd_per_year"])
    assert last["bound"] <= last["in_plan"] * (1 + 1e-6)


def test_whatever_comes_first_least_cost_comes_last() -> None:
    """Of all plans on the fewest sites, the one that costs least: no budget below it is feasible with as few."""
    c = case(5)
    fewest = solve(c.problem(Sites()), gap=1e-7)
    n = int(fewest.objective)
    cheapest = solve(replace(c, n=c.n).problem(Cost()), gap=1e-7)
    with_as_few = problem_of(c.n, (SiteCount(max=n),), Cost())
    assert fewest.kpis["cost_usd_per_year"] == pytest.approx(solve(with_as_few, gap=1e-7).objective, rel=1e-6)
    assert fewest.kpis["cost_usd_per_year"] >= cheapest.objective * (1 - 1e-6)
    assert [s["objective"] for s in fewest.proof.stages] == ["sites", "cost"]


def test_the_bound_of_what_is_to_be_greatest_lies_above() -> None:
    plan = solve(case(8, min_share=0.1, budget_usd=3e8).problem(CoveredDemand()), gap=1e-4)
    assert plan.status == "optimal"
    assert plan.objective <= plan.bound <= plan.objective * (1 + 1e-4)
    assert plan.objective == pytest.approx(plan.kpis["it_mw"])


def test_unmet_demand_that_has_a_price_is_a_line_of_the_ledger() -> None:
    c = case(8, min_share=0.1, unmet_usd_per_mwh=50.0)
    plan = solve(c.problem(Cost()), gap=1e-6)
    unmet_mw = float(c.n.demand.sum()) - plan.kpis["it_mw"]
    assert unmet_mw > 1
    paid = plan.ledger.loc[plan.ledger["line"] == "unmet demand", "usd_per_year"].sum()
    assert paid == pytest.approx(8760 * 50 * unmet_mw)
    assert plan.ledger["usd_per_year"].sum() == pytest.approx(plan.objective, rel=1e-6)


@pytest.mark.parametrize("solver", ["highs", "cbc", "scip"])
def test_every_solver_proves_the_same_ratio(solver: str) -> None:
    c = case(21, min_share=0.3)
    plan = solve(c.problem(EmissionsPerCompute()), gap=1e-6, solver=solver)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(best(c, "emissions_per_compute"), rel=2e-6)


def test_a_ratio_out_of_time_is_feasible_with_its_bound_or_nothing() -> None:
    plan = solve(case(21, min_share=0.3).problem(EmissionsPerCompute()), gap=0.0, time_limit_s=1e-9)
    assert plan.status in ("feasible", "no_solution")


# --- in a scenario --------------------------------------------------------------------------------


def scenario(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "asked.toml"
    path.write_text(text, encoding="utf-8")
    return Scenario.read(path)


def test_a_list_in_a_file_is_the_first_objective_with_the_others_after_it(tmp_path: Path) -> None:
    asked = scenario(
        tmp_path,
        '[[minimise]]\nobjective = "emissions_per_compute"\ntolerance = 0.01\ncarbon = { scope = "direct" }\n'
        '[[minimise]]\nobjective = "worst_latency"\n',
    )
    assert [x.name for x in asked.minimise.stages] == ["emissions_per_compute", "worst_latency"]
    assert asked.minimise.then[0].carbon.scope == "direct"
    asked.write(tmp_path / "again.toml")
    assert Scenario.read(tmp_path / "again.toml") == asked
    assert Scenario(**asked.model_dump(mode="json")) == asked


def test_a_list_of_objects_is_the_same_as_a_then() -> None:
    listed = Scenario(name="x", minimise=[Emissions(tolerance=0.02), Cost()])
    assert listed == Scenario(name="x", minimise=Emissions(tolerance=0.02, then=(Cost(),)))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"minimise": []}, "the list is empty"),
        ({"minimise": ["cost"]}, "give a table with `objective`"),
        ({"minimise": [{"objective": "cost"}, {"objective": "cost"}]}, "`cost` is given twice"),
        ({"minimise": [{"objective": "cots"}]}, "did you mean `cost`"),
        ({"minimise": {"objective": "cost", "tolerance": 1.5}}, "tolerance"),
        (
            {"minimise": [{"objective": "cost"}, {"objective": "emissions", "carbon": {"scope": "direct"}}]},
            "counts carbon by another method",
        ),
        (
            {"minimise": [{"objective": "cost"}, {"objective": "sites", "then": [{"objective": "water"}]}]},
            "has a `then` of its own",
        ),
        ({"minimise": {"objective": "covered_demand"}}, r"nothing to maximise: give `demand\.elastic`"),
        (
            {"demand": {"it_mw": 9, "elastic": {}}},
            "without a minimum of compute every objective is minimised by building nothing",
        ),
        ({"demand": {"it_mw": 9, "elastic": {"min_share": 0.0}}}, r"demand\.elastic\.min_share"),
        ({"demand": {"it_mw": 9, "elastic": {"min_share": 0.5, "min_eflop_per_year": 1.0}}}, "one of the two"),
        ({"demand": {"it_mw": 9, "elastic": {"min_share": 0.5, "unmet_usd_per_mwh": -1.0}}}, "unmet_usd_per_mwh"),
        ({"demand": {"it_mw": 9, "elastic": {"min_shar": 0.5}}}, "did you mean `min_share`"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_way_out(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        Scenario(**({"name": "x"} | asked))


def test_a_minimum_above_the_demand_is_refused(small: Path) -> None:
    asked = Scenario.read(small)
    demand = asked.demand.model_copy(
        update={
            "elastic": Scenario(name="x", demand={"it_mw": 1, "elastic": {"min_eflop_per_year": 1e12}}).demand.elastic
        }
    )
    with pytest.raises(ScenarioError, match=r"min_eflop_per_year` needs .* MW, but the demand is 60\.0 MW"):
        prepare(asked.model_copy(update={"demand": demand}))


def test_an_elastic_demand_leaves_a_hub_out_of_reach_unmet_and_verifies(small: Path) -> None:
    text = small.read_text(encoding="utf-8").replace("it_mw = 60", "it_mw = 120")
    text += (
        '[[limits]]\nkind = "max_latency"\nbatch_ms = 120\n[demand.elastic]\nmin_share = 0.3\nunmet_usd_per_mwh = 40\n'
    )
    text = (
        text.replace('[[limits]]\nkind = "site_count"\nmin = 2\n', "")
        + '[minimise]\nobjective = "emissions_per_compute"\n'
    )
    (small.parent / "sites.csv").write_text(
        "id,name,lon,lat,plants_mw_150km\nlulea-own,Lulea,22.2,65.6,5000\n", encoding="utf-8"
    )
    small.write_text(text, encoding="utf-8")
    plan = solve(prepare(Scenario.read(small)), gap=1e-6)
    plan.verify()
    assert set(plan.assignments["hub"]) == {"oslo"}
    assert plan.kpis["served_share"] <= 2 / 3 + 1e-9
    small.write_text(text.replace("min_share = 0.3", "min_share = 0.9"), encoding="utf-8")
    with pytest.raises(InfeasibleError, match=r"108\.0 MW must be served, but the candidates reach only 80\.0 MW"):
        prepare(Scenario.read(small))


@pytest.mark.slow
def test_plans_of_every_objective_verify_and_come_back_from_their_files(small: Path, tmp_path: Path) -> None:
    for kind in (*ALL, CoveredDemand):
        elastic = {"min_share": 0.5, "unmet_usd_per_mwh": 10.0} if kind is CoveredDemand else None
        asked = Scenario.read(small)
        demand = asked.demand.model_copy(
            update={"elastic": Scenario(name="x", demand={"it_mw": 60, "elastic": elastic}).demand.elastic}
        )
        plan = solve(prepare(asked.model_copy(update={"minimise": kind(), "demand": demand})), gap=1e-6)
        assert plan.status == "optimal", kind
        assert len(plan.verify()) > 20
        again = Plan.load(plan.save(tmp_path / kind().name))
        assert again.proof == plan.proof
