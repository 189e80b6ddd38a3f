"""Contracts in plans: exact at every size, in the order given, good or bad; both kinds of emissions side by side."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from instances import Numbers, problem_of, random_numbers, with_part
from scipy.optimize import linprog

from siting import (
    Cost,
    Emissions,
    EmissionsCap,
    EmissionsPerCompute,
    Limit,
    MaxCi,
    Objective,
    Plan,
    Problem,
    Scenario,
    ScenarioError,
    UnprovenError,
    diagnose,
    explain,
    prepare,
    solve,
)
from siting.problem.markets.zone_markets import market_t, markets_of, zone_curves
from siting.problem.parts import Contracts, UnmetDemand
from siting.scenario.demand import Elastic
from siting.show.cartography.map_layout import headline
from siting.show.text import terminal

MARKET = {"scope": "lifecycle", "signal": "average", "basis": "market"}


# --- the programme -----------------------------------------------------------------------------------


def with_contracts(
    n: Numbers,
    contracts: list[dict[str, Any]],
    mixes: tuple[dict[str, Any], ...] = (),
    limits: tuple[Limit, ...] = (),
    minimise: Objective | None = None,
    basis: str = "market",
) -> Problem:
    """Return a made-up problem whose zones have contracts."""
    plain = problem_of(n, limits=limits, minimise=minimise)
    counted = {"objective": plain.scenario.minimise.name, "carbon": {**MARKET, "basis": basis}}
    told = plain.scenario.as_dict() | {"minimise": counted, "contracts": contracts, "residual_mix": list(mixes)}
    scenario = Scenario(**told)
    curves = zone_curves(scenario, plain.sites, plain.options, float(n.demand.sum()))
    plain = replace(plain, scenario=scenario)
    return with_part(plain, Contracts(curves)) if curves else plain


def emissions_t(problem: Problem, plan: Plan) -> float:
    """Return market-based and embodied emissions of a plan's sizes and loads, from the hourly formula."""
    s = plan.sites
    mwh = 8760 * (s["it_mw"] * s["pue"]).to_numpy(float)
    ci = s["ci_g_per_kwh"].to_numpy(float)
    market = market_t(markets_of(problem.scenario), list(s["zone_id"]), ci, mwh)
    embodied = float(plan.ledger.loc[plan.ledger["line"] == "servers", "tco2e_per_year"].sum())
    return float(np.where(np.isnan(market), mwh * ci / 1000, market).sum()) + embodied


def draw(seed: int) -> tuple[Numbers, list[dict[str, Any]], tuple[dict[str, Any], ...]]:
    """Draw a problem of three sites in two zones, with clean and dirty contracts of both kinds."""
    rng = np.random.default_rng(seed)
    n = random_numbers(seed, n_sites=3, n_designs=1)
    n = replace(n, ci=np.array([200.0, 300.0])[n.zone], near=np.ones_like(n.near))
    energy = 8760 * float(n.demand.sum())
    contracts = []
    for i in range(3):
        one = {"name": f"c{i}", "zone": f"Z{rng.integers(2)}", "g_per_kwh": float(rng.choice([5.0, 90.0, 700.0]))}
        one["mwh_per_year"] = float(rng.uniform(0.05, 0.7)) * energy
        if rng.random() < 0.4:
            one |= {"matching": "hourly", "shape": [float(x) for x in np.repeat(rng.integers(0, 5, 3) + 0.5, 8)]}
        contracts.append(one)
    mixes = ({"zone": "Z0", "g_per_kwh": 350.0, "source": "made up"},) if rng.random() < 0.5 else ()
    return n, contracts, mixes


def best_by_enumeration(problem: Problem, n: Numbers) -> float | None:
    """Return the least emissions by trying all halls, and all pieces of the zones' curves: no rows of the package."""
    curves = {z.zone: z.curve for z in problem.part(Contracts).curves}
    pieces = [range(len(c.length_mwh)) for c in curves.values()]
    values = []
    for halls in itertools.product(range(n.max_halls + 1), repeat=3):
        if sum(halls) * n.hall_mw * n.utilisation < n.demand.sum():
            continue
        for chosen in itertools.product(*pieces):
            slope, fixed, upper, rhs = np.zeros(3), sum(halls) * n.hall_t, [], []
            for s in range(3):
                zone = f"Z{n.zone[s]}"
                slope[s] = 8760 * n.pue[s, 0] * n.ci[s] / 1000 if zone not in curves else 0.0
            for (zone, curve), i in zip(curves.items(), chosen, strict=True):
                here = np.array([f"Z{z}" == zone for z in n.zone]) * 8760 * n.pue[:, 0]
                slope += here * curve.slope_t_per_mwh[i]
                fixed += float(curve.tonnes[i] - curve.slope_t_per_mwh[i] * curve.mwh[i])
                upper += [here, -here]
                rhs += [curve.mwh[i + 1], -curve.mwh[i]]
            room = [n.utilisation * n.hall_mw * h for h in halls]
            found = linprog(
                slope,
                A_ub=upper or None,
                b_ub=rhs or None,
                A_eq=[np.ones(3)],
                b_eq=[n.demand.sum()],
                bounds=[(0, r) for r in room],
            )
            if found.status == 0:
                values.append(found.fun + fixed)
    return min(values, default=None)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(i, marks=pytest.mark.slow) for i in range(2, 20))])
def test_the_programme_finds_what_trying_everything_finds(seed: int) -> None:
    n, contracts, mixes = draw(seed)
    problem = with_contracts(n, contracts, mixes)
    plan, best = solve(problem, gap=1e-7), best_by_enumeration(problem, n)
    assert best is not None
    assert plan.status == "optimal"
    assert plan.kpis["emissions_t_per_year"] == pytest.approx(best, rel=1e-5)
    assert plan.kpis["emissions_market_t_per_year"] == pytest.approx(emissions_t(problem, plan), rel=1e-6)


def two_zones(**more: Any) -> Numbers:
    """Return two sites of PUE 1, each large enough: zone 0 at 100 g/kWh, zone 1 at 150; 10 MW, 87,600 MWh."""
    n = random_numbers(0, n_sites=2, n_designs=1)
    told = {"ci": np.array([100.0, 150.0]), "zone": np.array([0, 1]), "pue": np.ones((2, 1)), "hall_t": 0.0}
    demand = np.array([[10.0, 0.0]])
    return replace(n, **(told | {"near": np.ones((2, 1, 2), dtype=bool), "demand": demand} | more))


def bought(zone: str, mwh: float, g: float, **more: Any) -> dict[str, Any]:
    """Return a contract of a scenario."""
    return {"name": f"{zone} at {g:g}", "zone": zone, "mwh_per_year": mwh, "g_per_kwh": g} | more


def test_a_bad_contract_is_not_left_unused() -> None:
    """All at zone 0: 43,800 MWh of coal at 900 g and as many of the grid are 43,800 t; at zone 1 13,140 t.

    Were the contract a choice, zone 0 would be best with its 8,760 t.
    """
    plan = solve(with_contracts(two_zones(), [bought("Z0", 43_800.0, 900.0)]))
    assert list(plan.sites["zone_id"]) == ["Z1"]
    assert plan.kpis["emissions_t_per_year"] == pytest.approx(13_140.0)
    forced = solve(
        with_contracts(two_zones(near=np.array([[[True, True]], [[False, False]]])), [bought("Z0", 43_800.0, 900.0)])
    )
    assert forced.kpis["emissions_t_per_year"] == pytest.approx(43_800.0)
    assert forced.kpis["emissions_location_t_per_year"] == pytest.approx(8_760.0)


def test_a_good_contract_draws_load_into_its_zone_as_far_as_it_goes() -> None:
    """43,800 MWh at 0 g in zone 1, the rest in zone 0 at 100 g: 4,380 t; by location half of it counts 150 g: 10,950 t."""
    plan = solve(with_contracts(two_zones(), [bought("Z1", 43_800.0, 0.0)]))
    assert plan.kpis["emissions_market_t_per_year"] == pytest.approx(4_380.0)
    assert plan.kpis["emissions_location_t_per_year"] == pytest.approx(10_950.0)
    assert plan.kpis["contract_share"] == pytest.approx(0.5)
    assert plan.contracts.loc[0, ["matched_mwh", "surplus_mwh"]].tolist() == pytest.approx([43_800.0, 0.0])


def test_what_two_contracts_deliver_beyond_the_load_counts_for_nothing() -> None:
    plan = solve(with_contracts(two_zones(), [bought("Z0", 80_000.0, 10.0), bought("Z0", 80_000.0, 20.0)]))
    assert plan.contracts["matched_mwh"].tolist() == pytest.approx([80_000.0, 7_600.0])
    assert plan.contracts["surplus_mwh"].sum() == pytest.approx(160_000.0 - 87_600.0)
    assert plan.kpis["emissions_t_per_year"] == pytest.approx(800.0 + 152.0)


def test_a_contract_counts_in_its_own_zone_alone() -> None:
    far = solve(
        with_contracts(two_zones(near=np.array([[[True, True]], [[False, False]]])), [bought("Z1", 87_600.0, 0.0)])
    )
    assert far.kpis["emissions_t_per_year"] == pytest.approx(8_760.0)
    assert far.contracts["matched_mwh"].tolist() == [0.0]


def test_the_residual_mix_stands_where_it_is_given_and_the_location_average_elsewhere() -> None:
    mix = ({"zone": "Z0", "g_per_kwh": 400.0, "source": "made up"},)
    plan = solve(with_contracts(two_zones(), [], mix))
    drawing = plan.sites[plan.sites["it_mw"] > 0]
    assert list(drawing["ci_market_g_per_kwh"]) == pytest.approx([150.0])
    assert plan.kpis["contract_share"] == 0.0


def test_by_location_contracts_are_told_and_decide_nothing() -> None:
    plan = solve(with_contracts(two_zones(), [bought("Z0", 87_600.0, 900.0)], basis="location"))
    assert plan.kpis["emissions_t_per_year"] == pytest.approx(8_760.0)
    assert plan.kpis["emissions_market_t_per_year"] == pytest.approx(78_840.0)
    assert "contracts" not in set(plan.ledger["line"])


def test_a_cap_counts_by_contract_and_the_ledger_is_that_of_the_loads() -> None:
    """Zone 1 is the cheaper one; 5,000 t let 5,000 / 0.15 MWh of it go without the contract."""
    n = two_zones(price=np.array([100.0, 10.0]), hall_usd=np.ones(2))
    contracts = [bought("Z0", 60_000.0, 0.0)]
    problem = with_contracts(n, contracts, limits=(EmissionsCap(t_per_year=5_000.0),), minimise=Cost())
    plan = solve(problem)
    in_zone_1 = 8.76e3 * float(plan.sites.set_index("zone_id").loc["Z1", "it_mw"])
    assert in_zone_1 == pytest.approx(5_000.0 / 0.15, rel=1e-4)
    assert plan.kpis["emissions_t_per_year"] == pytest.approx(emissions_t(problem, plan))


def test_a_cap_of_a_jurisdiction_counts_the_contracts_of_its_zones_and_refuses_a_zone_across_its_border() -> None:
    """4,000 t at the 80 g of the contract are 50,000 MWh; without the cap 60,000 of them would go to zone 0."""
    n = two_zones(ci=np.array([100.0, 90.0]))
    contracts = [bought("Z0", 60_000.0, 80.0)]
    problem = with_contracts(n, contracts, limits=(EmissionsCap(by_jurisdiction={"FR": 4_000.0}),))
    apart = replace(problem, sites=problem.sites.assign(jurisdiction=["FR", "DE"]))
    plan = solve(apart)
    assert 8.76e3 * float(plan.sites.set_index("zone_id").loc["Z0", "it_mw"]) == pytest.approx(50_000.0, rel=1e-3)
    one_zone = with_contracts(replace(n, zone=np.zeros(2, dtype=int)), contracts, limits=problem.scenario.limits)
    with pytest.raises(ScenarioError, match="zone Z0 has contracts and lies only in part in FR"):
        solve(replace(one_zone, sites=one_zone.sites.assign(jurisdiction=["FR", "DE"])))


@pytest.mark.slow
def test_a_year_of_hours_none_like_another_is_exact_too(tmp_path: Path) -> None:
    """Of some 8,760 corners those are kept that hold the curve to 1e-7 of the hour-by-hour formula."""
    hours = 1.0 + np.sin(np.arange(8760) / 137.0) ** 2
    pd.DataFrame({"mwh": hours}).to_csv(tmp_path / "wind.csv", index=False)
    wind = bought("Z1", 60_000.0, 20.0, matching="hourly", shape=str(tmp_path / "wind.csv"))
    problem = with_contracts(two_zones(), [wind])
    curve, market = problem.part(Contracts).curves[0].curve, markets_of(problem.scenario)["Z1"]
    assert 100 < len(curve.mwh) < 3000
    assert len(curve.runs()) == 1
    for mwh in np.linspace(100.0, 80_000.0, 41):
        assert curve.at(mwh) == pytest.approx(market.of_load(mwh, 150.0).tonnes, rel=2e-7)
    plan = solve(problem, gap=1e-6)
    assert plan.kpis["emissions_t_per_year"] == pytest.approx(emissions_t(problem, plan), rel=1e-6)
    tried = np.linspace(1.0, 87_600.0, 60)
    cheaper = [market.of_load(mwh, 150.0).tonnes + (87_600.0 - mwh) * 0.1 for mwh in tried]
    assert plan.kpis["emissions_t_per_year"] <= min(cheaper) * (1 + 1e-6)


@pytest.mark.slow
@given(factor=some.floats(1.0, 200.0), more=some.floats(1.0, 50.0))
@settings(max_examples=20, deadline=None)
def test_a_dirtier_contract_never_lowers_emissions(factor: float, more: float) -> None:
    n = two_zones()
    one, other = (
        solve(with_contracts(n, [bought("Z0", 30_000.0, g), bought("Z1", 20_000.0, 60.0)]))
        for g in (factor, factor + more)
    )
    assert other.kpis["emissions_t_per_year"] >= one.kpis["emissions_t_per_year"] * (1 - 1e-6)


def test_elastic_demand_takes_the_contract_and_stops_where_it_ends() -> None:
    """Half of 10 MW must be served: the 43,800 MWh of zone 1 at 10 g are the best ratio, and not one MWh more."""
    n = two_zones(hall_usd=np.ones(2))
    problem = with_contracts(n, [bought("Z1", 43_800.0, 10.0)])
    demand = problem.scenario.demand.model_copy(update={"elastic": Elastic(min_share=0.4)})
    ratio = EmissionsPerCompute(carbon=MARKET)
    elastic = replace(problem, scenario=problem.scenario.model_copy(update={"demand": demand, "minimise": ratio}))
    plan = solve(with_part(elastic, UnmetDemand(0.0)), gap=1e-6)
    assert plan.status == "optimal"
    assert plan.kpis["emissions_t_per_year"] / plan.kpis["it_mw"] == pytest.approx(87.6, rel=1e-5)
    assert plan.kpis["it_mw"] <= 5.0 * (1 + 1e-6)


def test_what_no_contract_can_reach_is_diagnosed_and_regret_counts_by_contract() -> None:
    contracts = [bought("Z1", 87_600.0, 10.0)]
    problem = with_contracts(two_zones(), contracts, limits=(EmissionsCap(t_per_year=500.0),))
    found = diagnose(problem)
    assert found.status == "infeasible"
    assert "contracts" not in set(found.repairs["limit"])
    needed = found.repairs.query("limit == 'emissions_cap'")["needed"].to_numpy(float)
    assert needed.min() == pytest.approx(876.0, rel=1e-3)
    free = with_contracts(two_zones(hall_usd=np.ones(2)), contracts, minimise=Emissions())
    regret = explain(free, solve(free), ["site-1"]).regret.set_index("site")["regret"]
    assert float(regret["site-1"]) == pytest.approx(8_760.0 - 876.0, rel=1e-4)


# --- bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contract", "said"),
    [
        ({"mwh_per_year": -5.0}, r"`contracts\[0\]\.mwh_per_year` is -5"),
        ({"g_per_kwh": -1.0}, r"`contracts\[0\]\.g_per_kwh` is -1"),
        ({"matching": "hourly"}, "matched hourly and has no shape"),
        ({"shape": "flat"}, "matched annually, where a shape has no effect"),
        ({"matching": "hourly", "shape": [1.0, 2.0]}, "has 2 numbers that sum to 3"),
        ({"matching": "hourly", "shape": [0.0] * 24}, "24 numbers that sum to 0"),
        ({"scope": "direct"}, "counts direct, the plan counts lifecycle"),
        ({"signal": "marginal"}, "should be 'average'"),
        ({"factor": 3.0}, r"unknown key `contracts\[0\]\.factor`"),
    ],
)
def test_a_contract_that_cannot_be_is_refused(contract: dict[str, Any], said: str) -> None:
    whole = {"name": "one", "zone": "FR", "mwh_per_year": 1e5, "g_per_kwh": 10.0} | contract
    with pytest.raises(ScenarioError, match=said):
        Scenario(name="x", contracts=[whole])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, r'carbon basis "market" needs contracts: give `\[\[contracts\]\]`'),
        ({"contracts": [bought("FR", 1.0, 1.0)] * 2}, "2 have the name `FR at 1`: give each its own"),
        ({"residual_mix": [{"zone": "FR", "g_per_kwh": 1.0, "source": "a"}] * 2}, "zone `FR` has 2: give it one"),
        ({"residual_mix": [{"zone": "FR", "g_per_kwh": 1.0}]}, r"`residual_mix\[0\]\.source` is missing"),
    ],
)
def test_contracts_that_do_not_fit_each_other_are_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        Scenario(name="x", minimise={"objective": "emissions", "carbon": MARKET}, **more)


def test_market_is_not_counted_with_marginal_factors_nor_asked_of_a_place() -> None:
    with pytest.raises(ScenarioError, match="counted with average factors"):
        Scenario(
            name="x", minimise={"objective": "emissions", "carbon": MARKET | {"scope": "direct", "signal": "marginal"}}
        )
    with pytest.raises(ScenarioError, match="contracts do not change the grid of a place"):
        MaxCi(g_per_kwh=100.0, carbon=MARKET)


def ask(small: Path, *contracts: dict[str, Any], basis: str = "market") -> Scenario:
    """Return the question on three places of the planner's own, with contracts."""
    scenario = Scenario.read(small)
    told = scenario.as_dict() | {
        "contracts": contracts,
        "minimise": {"objective": "emissions", "carbon": MARKET | {"basis": basis}},
    }
    again = Scenario(**told)
    again.write(small.with_name("contracts.toml"))
    return Scenario.read(small.with_name("contracts.toml"))


@pytest.mark.parametrize(
    ("zone", "mwh", "said"),
    [
        ("SE-SE11", 1e4, "no grid zone `SE-SE11`: did you mean `SE-SE1`"),
        ("FR", 1e4, "no candidate is in zone `FR`"),
        ("SE-SE1", 1e9, "the zone generates"),
    ],
)
def test_contracts_where_nothing_can_be_are_refused(small: Path, zone: str, mwh: float, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        prepare(ask(small, bought(zone, mwh, 10.0)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mwh\n1\n2\n", "has 2 numbers"),
        ("power\n1\n", "column `mwh` is missing"),
        ("mwh\n" + "-1\n" * 8760, "below 0"),
        (None, "cannot read .*no such file"),
    ],
)
def test_hours_that_are_no_hours_are_refused(small: Path, text: str | None, said: str) -> None:
    if text is not None:
        small.with_name("wind.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=said):
        prepare(ask(small, bought("SE-SE1", 1e4, 10.0, matching="hourly", shape="wind.csv")))


# --- a plan on real places, and its re-check ---------------------------------------------------------


@pytest.fixture(scope="module")
def contracted(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return a plan of three places, two of them with contracts: the hours of a file, 24 numbers, and a year."""
    from conftest import HUBS_CSV, SITES_CSV, SMALL_TOML

    folder = tmp_path_factory.mktemp("contracts")
    for name, text in (("sites.csv", SITES_CSV), ("hubs.csv", HUBS_CSV), ("small.toml", SMALL_TOML)):
        (folder / name).write_text(text, encoding="utf-8")
    pd.DataFrame({"mwh": np.tile([1.0, 3.0, 2.0], 2920)}).to_csv(folder / "wind.csv", index=False)
    wind = bought("SE-SE1", 2e5, 11.0, matching="hourly", shape="wind.csv")
    night = bought("SE-SE1", 1e5, 13.0, matching="hourly", shape=[1.0] * 6 + [0.0] * 18)
    return solve(prepare(ask(folder / "small.toml", wind, night, bought("SG", 5e4, 30.0), bought("IE", 5e4, 900.0))))


def test_a_plan_with_contracts_stands_its_re_check_and_is_read_back(contracted: Plan, tmp_path: Path) -> None:
    contracted.verify()
    assert contracted.kpis["emissions_market_t_per_year"] == pytest.approx(contracted.kpis["emissions_t_per_year"])
    assert contracted.kpis["emissions_market_t_per_year"] < contracted.kpis["emissions_location_t_per_year"]
    assert contracted.contracts["matched_mwh"].to_numpy()[0] > 0
    assert contracted.sources.set_index("table").loc["contracts", "source"] == "scenario small"
    flagged = contracted.unknowns.query("limit == 'contracts'")["unknown"]
    assert flagged.str.contains("UNKNOWN residual mix of zone SG: the location average is used").any()
    again = Plan.load(contracted.save(tmp_path / "out"))
    pd.testing.assert_frame_equal(again.contracts, contracted.contracts)
    assert not again.verify()["check"].str.contains("NOT RE-CHECKED").any()  # the files are beside the plan
    (tmp_path / "out" / "scenario" / "wind.csv").unlink()
    checks = again.verify()["check"]
    assert checks.str.contains("NOT RE-CHECKED: contract `SE-SE1 at 11` reads wind.csv, which does not exist").any()


def test_a_plan_with_contracts_tells_both_bases_in_words_and_on_the_map(contracted: Plan) -> None:
    k = contracted.kpis
    first, *rest = terminal.market_sentences(contracted)
    assert f"By location {k['emissions_location_g_per_eflop']:.2f} gCO2e/EFLOP" in first
    assert f"by market {k['emissions_market_g_per_eflop']:.2f}; this plan counts by market" in first
    assert len(rest) == 4
    assert any("the zone's other load counts 15 gCO2e/kWh (location average" in line for line in rest)
    assert "gCO2e/kWh (market)" in [c.header for c in terminal.sites_table(contracted).columns]
    assert f"by market ({k['emissions_location_g_per_eflop']:,.3g} by location)" in headline(contracted)[1]


@pytest.mark.slow
def test_the_interval_of_a_plan_with_contracts_is_around_its_own_value(contracted: Plan) -> None:
    table = contracted.kpis_interval(draws=100)
    for name in ("emissions_location_g_per_eflop", "emissions_market_g_per_eflop", "emissions_g_per_eflop"):
        assert table.loc[name, "mid"] == contracted.kpis[name]
        assert table.loc[name, "p05"] < table.loc[name, "mid"] < table.loc[name, "p95"]


def in_ledger(column: str, by: float) -> Callable[[Plan], Plan]:
    """Return what adds to the contracts' line of the first site."""

    def change(plan: Plan) -> Plan:
        table = plan.ledger.copy()
        table.loc[table.index[table["line"] == "contracts"][0], column] += by
        return replace(plan, ledger=table)

    return change


MUTANTS: dict[str, Callable[[Plan], Plan]] = {
    "line of contracts": in_ledger("tco2e_per_year", -50.0),
    "energy that a contract covers": lambda p: replace(p, contracts=p.contracts.assign(matched_mwh=1.0)),
    "market-based intensity": lambda p: replace(p, sites=p.sites.assign(ci_market_g_per_kwh=7.0)),
    "KPI emissions_location_t_per_year": lambda p: replace(
        p, kpis={**p.kpis, "emissions_location_t_per_year": p.kpis["emissions_t_per_year"]}
    ),
    "KPI emissions_market_g_per_eflop": lambda p: replace(p, kpis={**p.kpis, "emissions_market_g_per_eflop": 1.0}),
    "KPI contract_share": lambda p: replace(p, kpis={**p.kpis, "contract_share": 1.0}),
    "emissions by the plan's basis": lambda p: replace(
        p,
        scenario=p.scenario.model_copy(update={"minimise": EmissionsPerCompute(carbon=MARKET | {"basis": "location"})}),
    ),
}


@pytest.mark.parametrize("said", MUTANTS)
def test_whatever_is_changed_of_contracts_is_found(contracted: Plan, said: str) -> None:
    with pytest.raises(UnprovenError, match=said):
        MUTANTS[said](contracted).verify()
